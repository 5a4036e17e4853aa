"""A new pack that loads, passes the check and can be played: one company, one customer, one simulation, to be rewritten; and an
example of each part a pack may have (survey, campaign, tree, grid, letter, ready replies, spreadsheet, article), to keep or delete.

The files are templates with `@SLUG@` and `@TITLE@`; comments in them tell a trainer what to change.
"""

from __future__ import annotations

import re
from pathlib import Path

from scenarios.pack_schemas import schemas, written

TEMPLATES = Path(__file__).parent / "pack_templates"
SCHEMAS = ".schemas"  # hidden: no part of the pack, for editors only
OF_FOLDERS = {"people": "person", "questionnaires": "questionnaire", "trees": "tree"}  # schema of each file of a folder
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def create(path: Path, slug: str, title: str) -> list[Path]:
    """Writes the skeleton into the folder `path`, which must not exist or be empty; returns the files written.
    Raises ValueError (French) for a slug that is not one, an empty title, or a folder that holds something."""
    if not _SLUG.fullmatch(slug) or len(slug) > 40:
        raise ValueError("l'identifiant d'un pack s'écrit en minuscules, chiffres et tirets : « les-clairs-rivages »")
    title = " ".join(title.split())
    if not title or len(title) > 80 or any(c in title for c in '"\\{}#<>'):
        raise ValueError("le titre d'un pack est un texte de 80 signes au plus, sans guillemets ni accolades")
    path = Path(path)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ValueError(f"« {path.name} » existe déjà et n'est pas vide")
    made: list[Path] = []
    for source in sorted(TEMPLATES.rglob("*")):
        if not source.is_file():
            continue
        target = path / source.relative_to(TEMPLATES)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text(encoding="utf-8").replace("@SLUG@", slug).replace("@TITLE@", title)
        target.write_text(_editor_line(source.relative_to(TEMPLATES)) + text, encoding="utf-8")
        made.append(target)
    (path / SCHEMAS).mkdir()
    for name, schema in schemas().items():
        (path / SCHEMAS / f"{name}.json").write_text(written(schema), encoding="utf-8")
    return made


def _editor_line(relative: Path) -> str:
    """The comment by which an editor finds the schema of a YAML file."""
    if relative.suffix != ".yaml":
        return ""
    name = OF_FOLDERS.get(relative.parts[0], relative.stem)
    return f"# yaml-language-server: $schema={'../' * (len(relative.parts) - 1)}{SCHEMAS}/{name}.json\n"
