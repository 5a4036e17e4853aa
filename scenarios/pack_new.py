"""A new pack that loads, passes the check and can be played: one company, one customer, one simulation, to be rewritten.

The files are templates with `@SLUG@` and `@TITLE@`; comments in them tell a trainer what to change.
"""

from __future__ import annotations

import re
from pathlib import Path

TEMPLATES = Path(__file__).parent / "pack_templates"
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
    written: list[Path] = []
    for source in sorted(TEMPLATES.rglob("*")):
        if not source.is_file():
            continue
        target = path / source.relative_to(TEMPLATES)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text(encoding="utf-8").replace("@SLUG@", slug).replace("@TITLE@", title), encoding="utf-8")
        written.append(target)
    return written
