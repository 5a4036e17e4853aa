"""The sitting's spreadsheets as the desk knows them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class OpenSheet:
    """As last confirmed: `document` is the server's (scenarios.sheet.document), `saved_at` a local HH:MM:SS, "" for never,
    `write_id` names that save.
    `save`: one on its way, or refused with `title`."""

    name: str
    version: int
    document: dict[str, Any]
    saved_at: str = ""
    write_id: str = ""
    save: Literal["", "saving", "failed"] = ""
    title: str = ""


@dataclass(frozen=True)
class HandedSheet:
    """A copy given to an office program. `back` is the document read again from it, None until asked for."""

    name: str
    path: str
    read_only: bool = False
    back: dict[str, Any] | None = None


@dataclass(frozen=True)
class SheetsView:
    """`files` lists the sitting's spreadsheets as GET /sitting/sheets gives them, None before it was asked."""

    files: tuple[dict[str, Any], ...] | None = None
    opened: dict[str, OpenSheet] = field(default_factory=dict)
    handed: dict[str, HandedSheet] = field(default_factory=dict)


def draft_id(name: str) -> str:
    return f"sheet:{name}"
