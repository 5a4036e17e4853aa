"""The register's tables, and its rows as callers see them.

Every instant is text, ISO 8601 in UTC to the millisecond with a final Z: fixed width, so that text order is time order on every
database. The tables here are what the latest revision of scenarios/room/migrations makes; a test holds one to the other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text, text

Kind = Literal["station", "seat", "manager", "invigilator"]
Role = Literal["role_player", "observer"]
Verdict = Literal["go", "no_go"]

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)


def instant_column(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, String(24), nullable=nullable)


def place_column(name: str = "place") -> Column[Any]:
    return Column(name, String(64), ForeignKey("places.id"), nullable=False)


places = Table(
    "places",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("label", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    instant_column("retired_at", nullable=True),
    CheckConstraint("kind IN ('station', 'seat', 'manager', 'invigilator')", name="kind"),
)
enrolments = Table(
    "enrolments",
    metadata,
    Column("id", Integer, primary_key=True),
    place_column(),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("device", Text, nullable=False),
    instant_column("created_at"),
    instant_column("revoked_at", nullable=True),
    instant_column("last_seen", nullable=True),
)
_STANDING = text("revoked_at IS NULL")
Index("ix_enrolments_standing", enrolments.c.place, unique=True, sqlite_where=_STANDING, postgresql_where=_STANDING)
enrolment_codes = Table(
    "enrolment_codes",
    metadata,
    Column("id", Integer, primary_key=True),
    place_column(),
    Column("salt", String(64), nullable=False),
    Column("verifier", String(64), nullable=False),
    instant_column("expires_at"),
    Column("wrong", Integer, nullable=False),
    instant_column("used_at", nullable=True),
    instant_column("closed_at", nullable=True),
)
assignments = Table(
    "assignments",
    metadata,
    Column("id", Integer, primary_key=True),
    place_column("seat"),
    Column("role", String(16), nullable=False),
    place_column("station"),
    instant_column("since"),
    instant_column("until", nullable=True),
    CheckConstraint("role IN ('role_player', 'observer')", name="role"),
)
sittings = Table(
    "sittings",
    metadata,
    Column("id", String(128), primary_key=True),
    place_column("station"),
    Column("folder", Text, nullable=False),
    Column("pack", String(128), nullable=False),
    Column("pack_hash", String(128), nullable=False),
    Column("mode", String(16), nullable=False),
    instant_column("opened_at"),
)
room_checks = Table(
    "room_checks",
    metadata,
    Column("id", Integer, primary_key=True),
    instant_column("at"),
    Column("verdict", String(8), nullable=False),
    Column("run_by", Text, nullable=False),
    Column("measurements", JSON, nullable=False),
    CheckConstraint("verdict IN ('go', 'no_go')", name="verdict"),
)


def instant(when: dt.datetime) -> str:
    """As the register writes it. `when` is aware."""
    return when.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class RoomPlace:
    """Where somebody sits: `id` is its telephone line (poste3, jury1), `label` what people read."""

    id: str
    label: str
    kind: Kind


@dataclass(frozen=True)
class EnrolledDevice:
    """A machine that was let in at a place. `revoked_at` None: its token still opens the room."""

    id: int
    place: str
    device: str
    created_at: str
    revoked_at: str | None
    last_seen: str | None


@dataclass(frozen=True)
class Assignment:
    """What a seat of the jury does, on which station; `until` None: now."""

    seat: str
    role: Role
    station: str
    since: str
    until: str | None


@dataclass(frozen=True)
class SittingEntry:
    """Where a sitting's folder is and whose it is; what happened in it is in its case file only."""

    id: str
    station: str
    folder: str
    pack: str  # slug
    pack_hash: str
    mode: str
    opened_at: str


@dataclass(frozen=True)
class RoomCheck:
    """A test of the room before the exam. `measurements`: line id to what was measured on it."""

    id: int
    at: str
    verdict: Verdict
    run_by: str
    measurements: Mapping[str, Any]
