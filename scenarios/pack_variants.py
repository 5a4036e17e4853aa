"""Subjects of equal difficulty, and the spare personas, made from the pack's own files (domain §3.6, §3.7, §4.3).

    pack.yaml                                 identity: {subject: A, subjects: [A, B, C], spares: R}
    variants/B.yaml                           for each simulation, the people it renews and what becomes what, whole tokens only
    variants/B/simulations/S4/expected.yaml   a file of that subject, read as it is in the place of the renewed one
    variants/B/people/name.yaml               the same of a person; or somebody whom only that subject has

What a table makes of `simulations/S4/dialogue.yaml` is told of as `variants/B/simulations/S4/dialogue.yaml`, with the lines of the file
it was made from. A subject keeps the ids of its simulations; the spare of S4 is S4R. Nothing is written to disk.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crm_mock.rules.telephone import display, to_e164
from scenarios.matching import plain
from scenarios.pack_fields import suggestion
from scenarios.pack_files import PackFolder, PackProblem, Plain, Source

PARTS = ("simulation", "persona", "dialogue", "expected")
FILES = (
    r"variants/[^/]+\.yaml|variants/[^/]+/people/[^/]+\.yaml|variants/[^/]+/simulations/[^/]+/(simulation|persona|dialogue|expected)\.yaml"
)
"""Names of files under `variants/`."""

_NAME = re.compile(r"[A-Z\u00c0-\u00de][\w'’]*[a-z\u00df-\u00ff][\w'’]*(?:-[A-Z\u00c0-\u00de][\w'’]+)*")  # Odile, Glycines-Basses
_SPELLED = re.compile(r"\b[A-Z](?:, (?:deux )?[A-Z]){3,}\b")  # V, A, deux S, E, R
_FIELD = re.compile(r"([a-z_]+): (.+)")
_PHONE = re.compile(r"\b0[1-9](?: \d\d){4}\b")
_PROPER = re.compile(r"[A-Z\u00c0-\u00de][\w-]{4,}")  # the Glycines-Basses of an address
_WORD = re.compile(r"\w+")
_NUMBERED = re.compile(r"\b[A-Z]{2,4}-\d{5,}\b|(?<=\}-)\d{4,}\b")  # LS-77120, the 0231 of F-{J|%y%m}-0231
_VIRTUAL = re.compile(r"variants/([^/]+)/(.+)")


# --- a table of replacements ----------------------------------------------------------------------


class Replacements:
    """Whole tokens, the longest first, all in one pass: what was put in is not replaced again.

    A name replaced by a name (Odile: Lucette) is so in each of its writings: Odile, ODILE, odile, without accents too; words are so at
    the beginning of a sentence too. A key and its value (stock: 234) are that value under that key only."""

    def __init__(self, pairs: dict[str, str]) -> None:
        self._of: dict[str, tuple[str, str]] = {}  # what is written -> what takes its place, and the pair it comes from
        self._under: dict[tuple[str, str], tuple[str, str]] = {}  # the same of a value under a key
        for old, new in pairs.items():
            was, becomes = _FIELD.fullmatch(old), _FIELD.fullmatch(new)
            if was and becomes and was[1] == becomes[1]:
                self._under[was[1], was[2]] = (becomes[2], old)
                continue
            for written, put in _writings(old, new):
                self._of.setdefault(written, (put, old))
            self._of[old] = (new, old)
        self.unused = set(pairs)
        ordered = sorted(self._of, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_whole, ordered))) if ordered else None

    def text(self, text: str) -> str:
        if self._pattern is None:
            return text
        return self._pattern.sub(self._put, text)

    def _value(self, key: str, value: Any) -> Any:
        put = self._under.get((key, value)) if isinstance(value, str) else None
        if put is None:
            return self.of(value)
        self.unused.discard(put[1])
        return Plain(put[0]) if isinstance(value, Plain) else put[0]

    def _put(self, found: re.Match[str]) -> str:
        put, pair = self._of[found[0]]
        self.unused.discard(pair)
        return put

    def of(self, data: Any) -> Any:
        """The same data with every text renewed; keys stay."""
        if isinstance(data, dict):
            return {key: self._value(key, value) for key, value in data.items()}
        if isinstance(data, list):
            return [self.of(value) for value in data]
        if isinstance(data, str):
            renewed = self.text(data)
            return Plain(renewed) if isinstance(data, Plain) else renewed
        return data


def _writings(old: str, new: str) -> Iterator[tuple[str, str]]:
    if old[:1].islower() and new[:1].islower():
        yield old[:1].upper() + old[1:], new[:1].upper() + new[1:]
    if not (_NAME.fullmatch(old) and _NAME.fullmatch(new)):
        return
    yield bare(old.lower()), bare(new.lower())  # ids, addresses
    yield old.lower(), new.lower()
    yield old.upper(), new.upper()
    yield bare(old), bare(new)


def bare(text: str) -> str:
    """Without its accents."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def _whole(token: str) -> str:
    """Neither inside a word, nor inside a number (48 is not in 48,00)."""
    before = r"(?<!\w)" if token[:1].isalnum() else ""
    after = r"(?!\w)" if token[-1:].isalnum() else ""
    before += r"(?<!\d[.,])" if token[:1].isdigit() else ""
    after += r"(?![.,]\d)" if token[-1:].isdigit() else ""
    return before + re.escape(token) + after


@dataclass
class SimulationTable:
    """What becomes of one simulation. `people`: stems of files of `people/`; `lines`: where each pair is written."""

    simulation: str
    people: tuple[str, ...]
    pairs: dict[str, str]
    lines: dict[str, int]
    line: int
    replacements: Replacements = field(init=False)

    def __post_init__(self) -> None:
        self.replacements = Replacements(self.pairs)


# --- the files of a subject -----------------------------------------------------------------------


class SubjectFolder(PackFolder):
    """A pack's files as one of its subjects has them. `choose` says which, once pack.yaml is read."""

    def __init__(self, root: Path, like: SubjectFolder | None = None) -> None:
        """`like`: the same files as another subject has them; what it read of them is not read again."""
        super().__init__(root)
        self.subject, self.spare = "", ""
        self.tables: dict[str, dict[str, SimulationTable]] = {}  # by subject, then by simulation
        self._origins: dict[str, Source | None] = like._origins if like is not None else {}

    def choose(self, subject: str, known: Iterable[str], first: str, spare: str) -> None:
        """`first` is the subject that the pack's own files are; `spare` "" when there are no spares. The spares may be the subject
        too (practice): they are its simulations then, with their own people alone."""
        known = tuple(known) or (first,)
        if subject and subject not in (*known, spare):
            self.problem("pack.yaml", 0, f"sujet « {subject} » inconnu{suggestion(subject, known)}", "identity.subjects")
            subject = ""
        for name in self.names("variants"):
            letter = name.split("/")[1].removesuffix(".yaml")
            if letter not in {*known, spare} - {first}:
                self.problem(name, 0, f"« {letter} » n'est pas un sujet de pack.yaml (identity.subjects, identity.spares)")
        self.subject, self.spare = subject or first, spare
        for letter in {self.subject, spare} - {first, ""}:
            self.tables[letter] = self._read(letter)
        missing = [one for one in self.simulation_ids() if self.subject in self.tables and one not in self.tables[self.subject]]
        if missing and self.subject != spare:
            told = f"chaque situation a une autre clientèle : ajouter {', '.join(missing)}"
            self.problem(f"variants/{self.subject}.yaml", 1, told, "simulations")

    def simulation_ids(self) -> list[str]:
        names = {name.split("/")[1] for name in self.names("simulations") if name.count("/") == 2}
        return sorted(names, key=lambda n: (len(n), n))

    def simulations(self) -> list[tuple[str, str]]:
        """Ids and folders of the simulations of the subject."""
        if self._plays_the_spares:
            return self._of_the_spare()
        where = f"variants/{self.subject}/" if self.subject in self.tables else ""
        return [(one, f"{where}simulations/{one}") for one in self.simulation_ids()]

    def spares(self) -> list[tuple[str, str]]:
        """Ids and folders of the spares beside the subject's simulations."""
        return [] if self._plays_the_spares else self._of_the_spare()

    @property
    def _plays_the_spares(self) -> bool:
        return bool(self.spare) and self.subject == self.spare

    def _of_the_spare(self) -> list[tuple[str, str]]:
        return [(f"{one}{self.spare}", f"variants/{self.spare}/simulations/{one}") for one in self.tables.get(self.spare, {})]

    def people(self) -> list[str]:
        """Files of the subject's people, and of the spares'."""
        table = self.tables.get(self.subject, {})
        renewed = {stem for one in table.values() for stem in one.people}
        found = [name for name in self.names("people", ".yaml") if Path(name).stem not in renewed]
        for letter, tables in self.tables.items():
            made = [f"variants/{letter}/people/{stem}.yaml" for one in tables.values() for stem in one.people]
            found += made + [name for name in self.names(f"variants/{letter}/people", ".yaml") if name not in made]
        return found

    def yaml(self, name: str) -> Source | None:
        match = _VIRTUAL.fullmatch(name)
        if match is None or match[1] not in self.tables:
            return super().yaml(name)
        letter, origin = match[1], match[2]
        table = self._table_of(letter, origin)
        own = name in self.names()
        source = super().yaml(name) if own else self.origin(origin)
        if source is None or table is None:
            return source
        data = source.data if own else table.replacements.of(source.data)
        if isinstance(data, dict):
            if origin.endswith("/simulation.yaml") and letter == self.spare:
                data = {**data, "id": f"{table.simulation}{letter}"}
            if origin.startswith("people/") and isinstance(data.get("contact"), dict):
                data = {**data, "contact": {"id": table.replacements.text(Path(origin).stem), **data["contact"]}}
        return Source(name, data, source.lines)

    def origin(self, name: str) -> Source | None:
        """One of the pack's own files, read once for all subjects."""
        if name not in self._origins:
            self._origins[name] = super().yaml(name)
        return self._origins[name]

    def made_from(self, source: Source) -> Source | None:
        """The pack's own file that a table made this one from; None: it is written."""
        match = _VIRTUAL.fullmatch(source.file)
        return self.origin(match[2]) if match is not None and source.file not in self.names() else None

    def numbers(self) -> set[str]:
        """Telephone numbers of the company, which every subject has."""
        sources = [self.origin(name) for name in ("pack.yaml", "services.yaml")]
        return {one for source in sources if source is not None for _spot, text in _texts(source.data, ()) for one in _PHONE.findall(text)}

    def finish(self) -> None:
        """Once everything is read: pairs that nothing was made of."""
        for letter, tables in self.tables.items():
            for table in tables.values():
                for old in sorted(table.replacements.unused):
                    place = f"simulations.{table.simulation}.replace"
                    self.problem(f"variants/{letter}.yaml", table.lines[old], f"« {old} » ne remplace rien dans {table.simulation}", place)

    def _table_of(self, letter: str, origin: str) -> SimulationTable | None:
        folder, stem = origin.split("/")[:2]
        if folder == "simulations":
            return self.tables[letter].get(stem)
        return next((one for one in self.tables[letter].values() if stem.removesuffix(".yaml") in one.people), None)

    # --- tables ---

    def _read(self, letter: str) -> dict[str, SimulationTable]:
        name = f"variants/{letter}.yaml"
        source = super().yaml(name)
        entries = source.data.get("simulations") if source is not None and isinstance(source.data, dict) else None
        if source is None or not isinstance(entries, dict):
            if source is not None:
                self.problem(name, 1, "une clé « simulations: » est attendue", "simulations")
            return {}
        for key in source.data.keys() - {"title", "simulations"}:
            self.problem(name, source.line((key,)), f"clé inconnue{suggestion(key, ('title', 'simulations'))}", key)
        tables: dict[str, SimulationTable] = {}
        taken: dict[str, str] = {}
        for ident, entry in entries.items():
            made = self._entry(name, source, str(ident), entry)
            if made is None:
                continue
            for stem in made.people:
                if stem in taken:
                    spot = source.line(("simulations", ident, "people"))
                    self.problem(name, spot, f"« {stem} » est déjà renouvelé par {taken[stem]}", f"simulations.{ident}.people")
                taken[stem] = made.simulation
            tables[made.simulation] = made
        return tables

    def _entry(self, name: str, source: Source, ident: str, entry: Any) -> SimulationTable | None:
        spot, key = ("simulations", ident), f"simulations.{ident}"
        line = source.line(spot)
        if ident not in self.simulation_ids():
            self.problem(name, line, f"situation « {ident} » inconnue{suggestion(ident, self.simulation_ids())}", key)
            return None
        if not isinstance(entry, dict) or not isinstance(entry.get("replace"), dict) or entry.keys() - {"people", "replace"}:
            self.problem(name, line, "« people: » (une liste) et « replace: » (ancien: nouveau) sont attendus, et rien d'autre", key)
            return None
        people = entry.get("people") or []
        if not isinstance(people, list) or not all(isinstance(one, str) for one in people):
            self.problem(name, source.line((*spot, "people")), "une liste de fichiers de people/ est attendue", f"{key}.people")
            return None
        for stem in people:
            if f"people/{stem}.yaml" not in self.names():
                stems = [Path(one).stem for one in self.names("people", ".yaml")]
                where = source.line((*spot, "people"))
                self.problem(name, where, f"people/{stem}.yaml n'existe pas{suggestion(stem, stems)}", f"{key}.people")
        pairs: dict[str, str] = {}
        lines: dict[str, int] = {}
        for old, new in entry["replace"].items():
            lines[old] = source.line((*spot, "replace", old))
            if not isinstance(new, str | None) or not str(old).strip():
                self.problem(name, lines[old], "un texte est attendu de chaque côté", f"{key}.replace")
                continue
            pairs[old] = str(new or "")
        known = tuple(str(one) for one in people if f"people/{one}.yaml" in self.names())
        return SimulationTable(ident, known, pairs, lines, line)


def subjects(path: Path) -> tuple[str, ...]:
    """The subjects a pack offers, the one its own files are first; () when pack.yaml does not say."""
    identity = _identity(path)
    if not identity:
        return ()
    first, offered = str(identity.get("subject") or "A"), identity.get("subjects") or []
    return (first, *(str(one) for one in offered if one != first)) if isinstance(offered, list) else (first,)


def spare(path: Path) -> str:
    """The table of the spare personas; "" when there is none, or pack.yaml does not say."""
    return str(_identity(path).get("spares") or "")


def _identity(path: Path) -> dict[str, Any]:
    source = PackFolder(path).yaml("pack.yaml")
    identity = source.data.get("identity") if source is not None and isinstance(source.data, dict) else None
    return identity if isinstance(identity, dict) else {}


def variants(path: Path) -> tuple[str, ...]:
    """The subjects beside the one that the pack's own files are."""
    return subjects(path)[1:]


# --- what must not be left of the first subject ---------------------------------------------------


class _Marks:
    """What makes people known, to be looked for in texts."""

    def __init__(self, marks: Iterable[str]) -> None:
        ordered = sorted(set(marks), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_whole, ordered))) if ordered else None
        self._begins = {_WORD.findall(mark)[0] for mark in ordered if _WORD.search(mark)}

    def found(self, text: str) -> set[str]:
        if self._pattern is None or self._begins.isdisjoint(_WORD.findall(text)):
            return set()
        return set(self._pattern.findall(text))


def leftovers(folder: SubjectFolder, sources: dict[str, Source], letter: str) -> Iterator[PackProblem]:
    """Names, numbers, addresses, words, spelled letters of the first subject's people in what a table made. `sources`: as read."""
    tables = folder.tables.get(letter, {})
    known = {ident: _known(folder, table) for ident, table in tables.items()}
    everywhere = frozenset[str]().union(*(one[0] for one in known.values()))
    marks = {ident: _Marks(everywhere | here) for ident, (_everywhere, here) in known.items()}
    of_people = {stem: ident for ident, table in tables.items() for stem in table.people}
    for source in sources.values():
        match = _VIRTUAL.fullmatch(source.file)
        if match is None or match[1] != letter or source.file in folder.names():
            continue
        where, name = match[2].split("/")[:2]
        wanted = marks.get(name if where == "simulations" else of_people.get(name.removesuffix(".yaml"), ""))
        for spot, text in _texts(source.data, ()) if wanted is not None else ():
            for mark in sorted(wanted.found(plain(text)) | wanted.found(text)) if wanted is not None else ():
                key = ".".join(map(str, spot))
                yield PackProblem(source.file, source.line(spot), f"« {mark} » vient du premier sujet : ajouter son remplacement", key)


def _known(folder: SubjectFolder, table: SimulationTable) -> tuple[frozenset[str], frozenset[str]]:
    """What makes a simulation's people known in any file of another subject; and only in those made of the same simulation."""
    everywhere: set[str] = set()
    here: set[str] = set()
    for stem in table.people:
        source = folder.origin(f"people/{stem}.yaml")
        person = source.data if source is not None and isinstance(source.data, dict) else {}
        contact = person.get("contact") or {}
        everywhere |= {stem, *(str(contact.get(key) or "") for key in ("id", "reference", "last_name", "company_name"))}
        here |= {str(contact.get("first_name") or "")}
        for point in person.get("contact_point") or ():
            value = str(point.get("value") or "")
            number = to_e164(value)
            everywhere |= {value, *((number, display(number)) if number else ())}
        for address in person.get("address") or ():
            everywhere.add(str(address.get("line1") or ""))
            here |= set(_PROPER.findall(str(address.get("line1") or "")))
            here |= {str(address.get("city") or ""), str(address.get("postcode") or "")}
        here |= {found for _spot, text in _texts(person, ()) for found in _NUMBERED.findall(text)}
        here |= {part for part in re.split(r"[- ]", str(contact.get("last_name") or "")) if len(part) > 3}
    put = " ".join(table.pairs.values())
    here |= {old for old in table.pairs if " " in old and old not in put and not _FIELD.fullmatch(old)}
    for part in PARTS:
        source = folder.origin(f"simulations/{table.simulation}/{part}.yaml")
        texts = [text for _spot, text in _texts(source.data, ())] if source is not None else []
        here |= {found[0] for text in texts for found in _SPELLED.finditer(text)}
        here |= {number for text in texts for number in _PHONE.findall(text)} - folder.numbers()
    return _folded(everywhere), _folded(here)


def _folded(marks: set[str]) -> frozenset[str]:
    """As they are looked for: as `plain` leaves texts, letters spelled as they are."""
    return frozenset(mark if _SPELLED.fullmatch(mark) else plain(mark) for mark in marks if mark)


def _texts(data: Any, spot: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _texts(value, (*spot, key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from _texts(value, (*spot, number))
    elif isinstance(data, str):
        yield spot, data
