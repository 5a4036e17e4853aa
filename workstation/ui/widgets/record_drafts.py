"""Drafts and records as found in the desk's state. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from workstation.desk.state import DeskState, Record
from workstation.desk.words import scenario_now


@dataclass(frozen=True)
class Draft:
    """Fields typed and not yet confirmed. `typed` holds what the editors held; `where` what the form said of its place."""

    record_id: str
    kind: str
    version: int
    typed: dict[str, Any] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)


def draft_of(state: DeskState, record_id: str) -> Draft | None:
    raw = state.drafts.get(record_id)
    return _draft(record_id, raw) if raw is not None else None


def _draft(record_id: str, raw: Mapping[str, Any]) -> Draft:
    return Draft(
        record_id,
        str(raw.get("kind", "")),
        int(raw.get("version", 0)),
        dict(raw.get("fields") or {}),
        {str(k): str(v) for k, v in (raw.get("where") or {}).items()},
    )


def drafts_at(state: DeskState, **where: str) -> Iterator[Draft]:
    """Drafts whose `where` holds all of this, oldest first."""
    for record_id, raw in state.drafts.items():
        draft = _draft(record_id, raw)
        if all(draft.where.get(name) == value for name, value in where.items()):
            yield draft


def records(state: DeskState, kind: str, contact_id: str = "") -> list[Record]:
    """Records of a kind in a contact's file (the one in front by default), as the server orders them."""
    if kind == "product":
        return list(state.products)
    file = state.files.get(contact_id or state.contact_id)
    if file is None:
        return []
    if kind == "contact":
        return [file["contact"]]
    return list((file.get("records") or {}).get(kind) or ())


def find_record(state: DeskState, kind: str, record_id: str) -> Record | None:
    """The record wherever a file holds it."""
    for contact_id in state.files:
        for record in records(state, kind, contact_id):
            if record.get("id") == record_id:
                return record
    return next((p for p in state.products if p.get("id") == record_id), None) if kind == "product" else None


def contact(state: DeskState) -> Record | None:
    """The contact in front."""
    file = state.files.get(state.contact_id) if state.contact_id else None
    return file["contact"] if file else None


def contact_name(record: Mapping[str, Any]) -> str:
    person = " ".join(str(record.get(n) or "") for n in ("civility", "first_name", "last_name") if record.get(n))
    company = str(record.get("company_name") or "")
    return f"{person} ({company})" if person and company else person or company or "?"


def scenario_today(state: DeskState) -> dt.date:
    """The scenario's own day as last told by the room; the machine's when there is none."""
    told = scenario_now(state, state.sitting_at)
    return told.date() if told is not None else dt.date.today()
