"""Exam sessions in the register: who is examined, on which station, in which variant and with how much time; who sits on the jury."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy import Row, insert, select, update

from scenarios.room.register import Register
from scenarios.room.session_tables import (
    assents,
    candidates,
    decisions,
    exhibits,
    juror_notes,
    marks,
    reveals,
    session_people,
    sessions,
    shares,
)
from scenarios.sitting import SittingError

PersonRole = Literal["juror", "session_manager", "invigilator"]


@dataclass(frozen=True)
class Person:
    """Who sits at a place of the room, by the name that goes into the minutes."""

    place: str
    role: PersonRole
    name: str


@dataclass(frozen=True)
class Candidate:
    """`number` is all that is known of a person. `seconds`: by phase, where an authority decided another duration than the session's.
    `starts_at`: planned, ISO 8601; `sitting` "" until one was opened; `jury`: the seats named to examine this candidate, what became of it
    since the sitting was opened is in its journal (scenarios.jury); `trainers`: names of those who trained the candidate."""

    number: str
    station: str
    variant: str = ""
    seconds: Mapping[str, int] = field(default_factory=dict)
    starts_at: str = ""
    sitting: str = ""
    jury: tuple[str, ...] = ()
    trainers: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExamSession:
    """`settings`: spellcheck, office (LibreOffice allowed), retention_days. Erased: what was noted of its candidates is gone."""

    id: str
    type: str
    standard: str
    title: str
    day: str
    pack: str
    pack_hash: str
    settings: Mapping[str, Any]
    opened_at: str
    closed_at: str | None = None
    erased_at: str | None = None
    people: tuple[Person, ...] = ()
    candidates: tuple[Candidate, ...] = ()

    def candidate(self, station: str) -> Candidate | None:
        """Who is examined at this station now: the last one named for it."""
        return next((one for one in reversed(self.candidates) if one.station == station), None)

    def of_sitting(self, sitting: str) -> Candidate | None:
        return next((one for one in self.candidates if sitting and one.sitting == sitting), None)

    @property
    def jurors(self) -> tuple[str, ...]:
        """Seats, in the order they were named."""
        return tuple(one.place for one in self.people if one.role == "juror")

    def name_of(self, place: str) -> str:
        """Of whoever the session names there; "" for nobody."""
        return next((one.name for one in self.people if one.place == place), "")


class SessionStore:
    """Every method is one transaction of the register. Raises RegisterFailed."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def open(
        self,
        kind: str,
        standard: str,
        title: str,
        day: dt.date,
        pack: str,
        pack_hash: str,
        settings: Mapping[str, Any],
        people: Iterable[Person],
        tag: str = "",
    ) -> ExamSession:
        """`tag` ends its id; drawn when empty. Raises SittingError `session_open` while another one is."""
        ident = f"{day:%Y%m%d}-{kind}-{tag or secrets.token_hex(3)}"
        with self._register.transaction() as db:
            if db.execute(select(sessions.c.id).where(sessions.c.closed_at.is_(None))).first() is not None:
                raise SittingError("session_open", 409, "Une session est déjà ouverte dans cette salle : fermez-la d'abord.", {})
            values = {"id": ident, "type": kind, "standard": standard, "title": title, "day": day.isoformat(), "pack": pack}
            db.execute(insert(sessions).values(**values, pack_hash=pack_hash, settings=dict(settings), opened_at=self._register.stamp()))
            for one in people:
                db.execute(insert(session_people).values(session=ident, role=one.role, name=one.name, place=one.place))
        found = self.session(ident)
        assert found is not None
        return found

    def current(self) -> ExamSession | None:
        """The one that is open."""
        with self._register.transaction() as db:
            row = db.execute(select(sessions.c.id).where(sessions.c.closed_at.is_(None))).first()
        return self.session(row.id) if row is not None else None

    def all(self) -> tuple[ExamSession, ...]:
        """Newest first, without people nor candidates."""
        with self._register.transaction() as db:
            return tuple(_session(row) for row in db.execute(select(sessions).order_by(sessions.c.opened_at.desc())))

    def session(self, ident: str) -> ExamSession | None:
        with self._register.transaction() as db:
            row = db.execute(select(sessions).where(sessions.c.id == ident)).first()
            if row is None:
                return None
            people = db.execute(select(session_people).where(session_people.c.session == ident).order_by(session_people.c.id))
            named = db.execute(select(candidates).where(candidates.c.session == ident).order_by(candidates.c.id))
            return replace(
                _session(row),
                people=tuple(Person(one.place, one.role, one.name) for one in people),
                candidates=tuple(_candidate(one) for one in named),
            )

    def set_people(self, ident: str, people: Iterable[Person]) -> None:
        """These and no others."""
        with self._register.transaction() as db:
            db.execute(session_people.delete().where(session_people.c.session == ident))
            for one in people:
                db.execute(insert(session_people).values(session=ident, role=one.role, name=one.name, place=one.place))

    def add_candidate(self, ident: str, candidate: Candidate) -> None:
        """Raises SittingError `known_candidate` for a number that is there already."""
        with self._register.transaction() as db:
            same = select(candidates.c.id).where(candidates.c.session == ident, candidates.c.number == candidate.number)
            if db.execute(same).first() is not None:
                raise SittingError("known_candidate", 409, "Ce numéro de candidat est déjà inscrit à cette session.", {})
            db.execute(insert(candidates).values(session=ident, **_values(candidate)))

    def change_candidate(self, ident: str, candidate: Candidate) -> None:
        """Brings what is known of this number to what is given. Raises SittingError `unknown_candidate`."""
        with self._register.transaction() as db:
            meant = candidates.c.session == ident, candidates.c.number == candidate.number
            if db.execute(update(candidates).where(*meant).values(**_values(candidate))).rowcount == 0:
                raise SittingError("unknown_candidate", 404, "Ce candidat n'est pas inscrit à cette session.", {"number": candidate.number})

    def remove_candidate(self, ident: str, number: str) -> None:
        """Named by mistake: no sitting was opened for this number. Nothing when there is none such."""
        with self._register.transaction() as db:
            meant = candidates.c.session == ident, candidates.c.number == number, candidates.c.sitting.is_(None)
            db.execute(candidates.delete().where(*meant))

    def close(self, ident: str) -> None:
        with self._register.transaction() as db:
            db.execute(update(sessions).where(sessions.c.id == ident).values(closed_at=self._register.stamp()))

    def erase(self, ident: str, sittings: list[str], prove: Callable[[dict[str, int], str], object]) -> dict[str, int]:
        """What was noted of these sittings, deleted; rows by table. `prove` is called with them and the instant before anything is final:
        what it raises undoes it all."""
        stamp = self._register.stamp()
        with self._register.transaction() as db:
            decided = select(decisions.c.id).where(decisions.c.sitting.in_(sittings))
            rows = {"assents": db.execute(assents.delete().where(assents.c.decision.in_(decided))).rowcount}
            for table in (decisions, marks, juror_notes, reveals, shares, exhibits):
                rows[table.name] = db.execute(table.delete().where(table.c.sitting.in_(sittings))).rowcount
            db.execute(update(sessions).where(sessions.c.id == ident).values(erased_at=stamp))
            prove(rows, stamp)
        return rows


def _values(candidate: Candidate) -> dict[str, Any]:
    return {
        "number": candidate.number,
        "station": candidate.station,
        "variant": candidate.variant,
        "seconds": dict(candidate.seconds),
        "starts_at": candidate.starts_at,
        "jury": list(candidate.jury),
        "trainers": list(candidate.trainers),
        "sitting": candidate.sitting or None,
    }


def _candidate(row: Row[Any]) -> Candidate:
    given = row.number, row.station, row.variant, dict(row.seconds), row.starts_at, row.sitting or "", tuple(row.jury), tuple(row.trainers)
    return Candidate(*given)


def _session(row: Row[Any]) -> ExamSession:
    return ExamSession(
        row.id,
        row.type,
        row.standard,
        row.title,
        row.day,
        row.pack,
        row.pack_hash,
        dict(row.settings),
        row.opened_at,
        row.closed_at,
        row.erased_at,
    )
