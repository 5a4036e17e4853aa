"""The tables of exam sessions: who is examined by whom, and what the jury noted and decided. Instants as in register_tables.

Marks, reveals and decisions are only ever added, so that what a juror thought first is never lost; the latest counts. `juror` is a
juror's id (scenarios.jury): what was noted by one who left the jury stays beside what the one in their place notes.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint, text

from scenarios.room.register_tables import instant_column, metadata, place_column


def _sitting() -> Column[Any]:
    return Column("sitting", String(128), ForeignKey("sittings.id"), nullable=False)


def _juror(**more: Any) -> Column[Any]:
    return Column("juror", String(96), nullable=False, **more)


def _text(name: str) -> Column[Any]:
    return Column(name, Text, nullable=False, server_default=text("''"))


sessions = Table(
    "sessions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("type", String(16), nullable=False),  # of the standard: titre, ccp1, ccp2
    Column("standard", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("day", String(10), nullable=False),
    Column("pack", String(128), nullable=False),
    Column("pack_hash", String(128), nullable=False),
    Column("settings", JSON, nullable=False),
    instant_column("opened_at"),
    instant_column("closed_at", nullable=True),
    instant_column("erased_at", nullable=True),
)
session_people = Table(
    "session_people",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session", String(64), ForeignKey("sessions.id"), nullable=False),
    Column("role", String(16), nullable=False),
    Column("name", Text, nullable=False),
    place_column("place"),
    CheckConstraint("role IN ('juror', 'session_manager', 'invigilator')", name="role"),
    UniqueConstraint("session", "place"),
)
candidates = Table(
    "candidates",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session", String(64), ForeignKey("sessions.id"), nullable=False),
    Column("number", String(32), nullable=False),
    place_column("station"),
    Column("sitting", String(128), ForeignKey("sittings.id"), nullable=True),
    Column("variant", String(16), nullable=False),
    Column("seconds", JSON, nullable=False),  # by phase, where an authority decided so
    Column("jury", JSON, nullable=False),  # seats, as named; what became of it since is in the journal of the sitting
    Column("trainers", JSON, nullable=False),  # names of those who trained the candidate
    Column("starts_at", String(24), nullable=False),  # planned
    UniqueConstraint("session", "number"),
)
marks = Table(
    "marks",
    metadata,
    Column("id", Integer, primary_key=True),
    _sitting(),
    _juror(),
    Column("criterion", String(16), nullable=False),
    Column("simulation", String(16), nullable=False, server_default=text("''")),  # of practice; "" of an exam's whole passage
    Column("value", String(16), nullable=False),
    instant_column("at"),
    Column("write_id", String(128), nullable=False, unique=True),
)
juror_notes = Table(
    "juror_notes",
    metadata,
    Column("id", String(128), primary_key=True),
    _sitting(),
    _juror(),
    Column("simulation", String(16), nullable=False),
    Column("competence", String(16), nullable=False),
    Column("transversal", String(16), nullable=False),
    _text("text"),
    Column("pinned", Boolean, nullable=False),
    _text("answer"),
    instant_column("at"),
    instant_column("removed_at", nullable=True),
)
reveals = Table(
    "reveals",
    metadata,
    Column("id", Integer, primary_key=True),
    _sitting(),
    _juror(),
    Column("simulation", String(16), nullable=False),
    Column("fact", String(64), nullable=False),
    Column("said", Boolean, nullable=False),
    instant_column("at"),
    Column("write_id", String(128), nullable=False, unique=True),
)
shares = Table(
    "shares",
    metadata,
    Column("sitting", String(128), ForeignKey("sittings.id"), primary_key=True),
    _juror(primary_key=True),
    instant_column("at"),
)
decisions = Table(
    "decisions",
    metadata,
    Column("id", String(128), primary_key=True),
    _sitting(),
    Column("subject", String(16), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    _juror(),
    instant_column("at"),
)
assents = Table(
    "assents",
    metadata,
    Column("decision", String(128), ForeignKey("decisions.id"), primary_key=True),
    _juror(primary_key=True),
    instant_column("at"),
)
exhibits = Table(
    "exhibits",
    metadata,
    Column("sitting", String(128), ForeignKey("sittings.id"), primary_key=True),
    Column("what", String(32), primary_key=True),  # dossier_professionnel, ecf
    _juror(primary_key=True),
    _text("remark"),
    instant_column("at"),
)
