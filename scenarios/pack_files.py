"""Reading a pack's files: text that knows its file and line. Nothing here knows what a pack means.

YAML is composed into nodes and never constructed: no tag can make an object, every scalar stays text
(`34171` keeps what was written; what it means is for the type that receives it), a key given twice is a problem.
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

MAX_YAML = 1_000_000  # bytes of one file
MAX_CSV = 8_000_000
MAX_TEXT = 200_000
MAX_NODES = 60_000  # of one YAML file, aliases counted each time they are used
MAX_DEPTH = 24
MAX_FILES = 600

Spot = tuple[str | int, ...]

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Plain(str):
    """A scalar written without quotes: a number, true or false where the receiving type wants one."""

    __slots__ = ()


@dataclass(frozen=True, order=True)
class PackProblem:
    """Something to mend. `file` is relative to the pack, `line` counts from 1 (0: the file as a whole), `message` is French."""

    file: str
    line: int
    message: str
    key: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place} : {self.key} : {self.message}" if self.key else f"{place} : {self.message}"


class PackErrors(Exception):
    """Everything wrong with a pack, in file and line order."""

    def __init__(self, problems: list[PackProblem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))


@dataclass
class Source:
    """A file's content as plain data, with the line of each of its parts."""

    file: str
    data: Any
    lines: dict[Spot, int] = field(default_factory=dict)

    def line(self, spot: Spot) -> int:
        """The line of a part, or of the nearest part that holds it."""
        while spot and spot not in self.lines:
            spot = spot[:-1]
        return self.lines.get(spot, 1)


class PackFolder:
    """The files of a pack, read once, with what is wrong with them kept in `problems`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[PackProblem] = []
        self._names: list[str] = []
        if not root.is_dir():
            self.problem(str(root.name), 0, "ce dossier n'existe pas : indiquer le dossier qui contient pack.yaml")
            return
        found = sorted(p for p in root.rglob("*") if not any(part.startswith(".") for part in p.relative_to(root).parts))
        for path in found:
            name = path.relative_to(root).as_posix()
            if path.is_symlink():
                self.problem(name, 0, "un lien symbolique n'est pas admis dans un pack : copier le fichier lui-même")
            elif path.is_file() and "__pycache__" not in name:
                self._names.append(name)
        if len(self._names) > MAX_FILES:
            self.problem(root.name, 0, f"trop de fichiers ({len(self._names)}, {MAX_FILES} au plus)")
            self._names = self._names[:MAX_FILES]

    def names(self, folder: str = "", suffix: str = "") -> list[str]:
        """Files under a folder, in order, as paths relative to the pack."""
        start = f"{folder}/" if folder else ""
        return [n for n in self._names if n.startswith(start) and n.endswith(suffix)]

    def problem(self, file: str, line: int, message: str, key: str = "") -> None:
        self.problems.append(PackProblem(file, line, message, key))

    def text(self, name: str, limit: int = MAX_TEXT) -> str | None:
        """A file's text, or None (and a problem) when it is missing, too large or not UTF-8."""
        if name not in self._names:
            self.problem(name, 0, "fichier absent : le créer (« plateau pack new » en écrit un modèle)")
            return None
        path = self.root / name
        try:
            if path.stat().st_size > limit:
                self.problem(name, 0, f"fichier trop gros ({path.stat().st_size} octets, {limit} au plus)")
                return None
            return path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self.problem(name, 0, f"ce fichier n'est pas en UTF-8 (octet {error.start}) : l'enregistrer en UTF-8")
        except OSError as error:
            self.problem(name, 0, f"fichier illisible : {error.strerror}")
        return None

    def yaml(self, name: str) -> Source | None:
        text = self.text(name, MAX_YAML)
        if text is None:
            return None
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.problem(name, mark.line + 1 if mark else 0, f"YAML illisible : {error.problem or error.context}")
            return None
        except (yaml.YAMLError, RecursionError) as error:
            self.problem(name, 0, f"YAML illisible : {error}")
            return None
        finally:
            loader.dispose()
        if node is None:
            self.problem(name, 1, "fichier vide")
            return None
        walk = _Walk(self, name)
        return Source(name, walk.value(node, ()), walk.lines)

    def csv(self, name: str) -> list[tuple[int, dict[str, str]]] | None:
        """Rows with their line numbers; the separator is « ; » or « , », told by the first line."""
        text = self.text(name, MAX_CSV)
        if text is None:
            return None
        first = text.partition("\n")[0]
        reader = csv.reader(io.StringIO(text), delimiter=";" if first.count(";") >= first.count(",") else ",")
        rows: list[tuple[int, dict[str, str]]] = []
        try:
            header = [column.strip() for column in next(reader, [])]
            for twice in sorted({c for c in header if header.count(c) > 1}):
                self.problem(name, 1, "colonne donnée deux fois : en retirer une", twice)
            for row in reader:
                if len(row) != len(header) and any(row):
                    self.problem(
                        name, reader.line_num, f"{len(row)} colonnes au lieu de {len(header)} : vérifier les « ; » et les guillemets"
                    )
                elif any(row):
                    rows.append((reader.line_num, dict(zip(header, row, strict=True))))
        except csv.Error as error:
            self.problem(name, reader.line_num, f"CSV illisible : {error}")
        return rows


class _Walk:
    def __init__(self, folder: PackFolder, name: str) -> None:
        self.folder, self.name = folder, name
        self.lines: dict[Spot, int] = {}
        self.seen = 0

    def value(self, node: yaml.Node, spot: Spot) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(spot, line)
        self.seen += 1
        if self.seen > MAX_NODES or len(spot) > MAX_DEPTH:
            if self.seen != MAX_NODES + 2:  # told once
                self.folder.problem(self.name, line, "fichier trop grand ou trop imbriqué")
            self.seen = MAX_NODES + 1
            return None
        if isinstance(node, yaml.ScalarNode):
            if node.style:  # libyaml says "" of a plain scalar where PyYAML's own parser says None
                return str(node.value)
            return None if node.value in ("", "~", "null") else Plain(node.value)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*spot, n)) for n, item in enumerate(node.value)]
        return self._mapping(node, spot)

    def _mapping(self, node: yaml.Node, spot: Spot) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.folder.problem(self.name, line, "une clé doit être un mot")
                continue
            key = str(key_node.value)
            if key in result:
                self.folder.problem(
                    self.name, line, f"clé donnée deux fois (déjà ligne {self.lines.get((*spot, key), line)}) : en retirer une", key
                )
                continue
            self.lines[(*spot, key)] = line
            result[key] = self.value(value_node, (*spot, key))
        return result


def pack_hash(path: Path) -> str:
    """SHA-256 over the names and contents of the pack's files, in path order."""
    folder = PackFolder(path)
    digest = hashlib.sha256()
    for name in folder.names():
        content = (path / name).read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
