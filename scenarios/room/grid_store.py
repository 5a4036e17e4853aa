"""The jurors' grids in the register: marks, notes, what was revealed, shares, decisions. Nothing of it is reachable by a candidate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from scenarios.grid import Decision, Grids, JurorNote, Mark, MarkMade, Outcome
from scenarios.room.register import Register
from scenarios.room.session_tables import assents, decisions, exhibits, juror_notes, marks, reveals, shares
from scenarios.sitting import SittingError


class GridStore:
    """Every method is one transaction of the register. Raises RegisterFailed. Who may do what is `scenarios.grid`'s to say, before."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def grids(self, sitting: str, jurors: tuple[str, ...]) -> Grids:
        """Everything of an exam's passage, for whoever decides what a juror is shown (`Grids.readable_by`)."""
        with self._register.transaction() as db:
            made = db.execute(select(marks).where(marks.c.sitting == sitting).order_by(marks.c.id))
            noted = db.execute(select(juror_notes).where(juror_notes.c.sitting == sitting, juror_notes.c.removed_at.is_(None)))
            shared = db.execute(select(shares).where(shares.c.sitting == sitting))
            return Grids(
                jurors,
                tuple(map(_mark, made)),
                tuple(map(_note, noted)),
                {one.juror: one.at for one in shared},
                self._decisions(db, sitting),
            )

    def practised(self, sitting: str, simulation: str, juror: str, shared: Mapping[str, str]) -> Grids:
        """Of one simulation of practice, whoever noted it, for whoever decides what is shown (`Grids.shown_to`). `juror` is one that may
        note; "" none. `shared`: those whose grid of it was shown, with when."""
        with self._register.transaction() as db:
            made = db.execute(select(marks).where(marks.c.sitting == sitting, marks.c.simulation == simulation).order_by(marks.c.id))
            own = juror_notes.c.sitting == sitting, juror_notes.c.simulation == simulation, juror_notes.c.removed_at.is_(None)
            noted = db.execute(select(juror_notes).where(*own).order_by(juror_notes.c.at))
            found, said = tuple(map(_mark, made)), tuple(map(_note, noted))
        jurors = {*(one.juror for one in found), *(one.juror for one in said), *shared, juror} - {""}
        return Grids(tuple(sorted(jurors)), found, said, dict(shared))

    @staticmethod
    def _decisions(db: Connection, sitting: str) -> tuple[Decision, ...]:
        agreed: dict[str, set[str]] = defaultdict(set)
        joined = select(assents).join(decisions, assents.c.decision == decisions.c.id).where(decisions.c.sitting == sitting)
        for one in db.execute(joined):
            agreed[one.decision].add(one.juror)
        made = db.execute(select(decisions).where(decisions.c.sitting == sitting).order_by(decisions.c.at, decisions.c.id))
        return tuple(
            Decision(one.id, one.subject, Outcome(one.outcome), one.reason, one.juror, one.at, frozenset(agreed[one.id])) for one in made
        )

    def mark(self, sitting: str, juror: str, criterion: str, value: Mark, write_id: str, simulation: str = "") -> None:
        """Once for one `write_id`."""
        with self._register.transaction() as db:
            if db.execute(select(marks.c.id).where(marks.c.write_id == write_id)).first() is None:
                values = {"sitting": sitting, "juror": juror, "criterion": criterion, "value": str(value), "simulation": simulation}
                db.execute(insert(marks).values(**values, at=self._register.stamp(), write_id=write_id))

    def note(self, sitting: str, note: JurorNote) -> None:
        """Written, or written again by its author: its first instant stays. Raises SittingError for somebody else's."""
        with self._register.transaction() as db:
            values = {
                "simulation": note.simulation,
                "competence": note.competence,
                "transversal": note.transversal,
                "text": note.text,
                "pinned": note.pinned,
                "answer": note.answer,
            }
            known = db.execute(select(juror_notes).where(juror_notes.c.id == note.id)).first()
            if known is None:
                first = {"id": note.id, "sitting": sitting, "juror": note.juror, "at": self._register.stamp()}
                db.execute(insert(juror_notes).values(**first, **values))
            elif (known.sitting, known.juror) != (sitting, note.juror):
                raise SittingError("not_yours", 403, "Cette note est d'une autre personne.", {})
            else:
                db.execute(update(juror_notes).where(juror_notes.c.id == note.id).values(**values, removed_at=None))

    def noted_of(self, sitting: str, ident: str) -> str:
        """The simulation that a note is about; "" of none, or for no note of this sitting."""
        with self._register.transaction() as db:
            here = juror_notes.c.id == ident, juror_notes.c.sitting == sitting
            return db.execute(select(juror_notes.c.simulation).where(*here)).scalar() or ""

    def remove_note(self, sitting: str, juror: str, ident: str) -> None:
        """Out of sight; only its author's."""
        with self._register.transaction() as db:
            mine = juror_notes.c.id == ident, juror_notes.c.sitting == sitting, juror_notes.c.juror == juror
            db.execute(update(juror_notes).where(*mine).values(removed_at=self._register.stamp()))

    def reveal(self, sitting: str, juror: str, simulation: str, fact: str, said: bool, write_id: str) -> None:
        """The role-player ticks, or unticks, a hidden fact as said."""
        with self._register.transaction() as db:
            if db.execute(select(reveals.c.id).where(reveals.c.write_id == write_id)).first() is None:
                values = {"sitting": sitting, "juror": juror, "simulation": simulation, "fact": fact, "said": said}
                db.execute(insert(reveals).values(**values, at=self._register.stamp(), write_id=write_id))

    def forget(self, sittings: Iterable[str]) -> None:
        """What was noted of these, of practice: their folders are gone."""
        gone = list(sittings)
        with self._register.transaction() as db:
            for table in (marks, juror_notes, reveals):
                db.execute(table.delete().where(table.c.sitting.in_(gone)))

    def revealed(self, sitting: str) -> dict[str, dict[str, str]]:
        """By simulation, the facts said now and when they were ticked."""
        found: dict[str, dict[str, str]] = defaultdict(dict)
        with self._register.transaction() as db:
            for one in db.execute(select(reveals).where(reveals.c.sitting == sitting).order_by(reveals.c.id)):
                if one.said:
                    found[one.simulation].setdefault(one.fact, one.at)
                else:
                    found[one.simulation].pop(one.fact, None)
        return dict(found)

    def share(self, sitting: str, juror: str) -> None:
        with self._register.transaction() as db:
            mine = shares.c.sitting == sitting, shares.c.juror == juror
            if db.execute(select(shares.c.at).where(*mine)).first() is None:
                db.execute(insert(shares).values(sitting=sitting, juror=juror, at=self._register.stamp()))

    def decide(self, sitting: str, decision: Decision) -> None:
        """A new decision on a subject; the one who makes it assents to it."""
        with self._register.transaction() as db:
            if db.execute(select(decisions.c.id).where(decisions.c.id == decision.id)).first() is not None:
                return
            values = {"subject": decision.subject, "outcome": str(decision.outcome), "reason": decision.reason, "juror": decision.juror}
            stamp = self._register.stamp()
            db.execute(insert(decisions).values(id=decision.id, sitting=sitting, at=stamp, **values))
            db.execute(insert(assents).values(decision=decision.id, juror=decision.juror, at=stamp))

    def assent(self, sitting: str, juror: str, decision: str) -> None:
        """Raises SittingError for a decision of another sitting."""
        with self._register.transaction() as db:
            here = select(decisions.c.id).where(decisions.c.id == decision, decisions.c.sitting == sitting)
            if db.execute(here).first() is None:
                raise SittingError("unknown_decision", 404, "Cette décision n'existe pas.", {"decision": decision})
            mine = assents.c.decision == decision, assents.c.juror == juror
            if db.execute(select(assents.c.at).where(*mine)).first() is None:
                db.execute(insert(assents).values(decision=decision, juror=juror, at=self._register.stamp()))

    def exhibit(self, sitting: str, juror: str, what: str, remark: str) -> None:
        """A document of the candidate that this juror saw: the professional portfolio, the results of the in-training assessments."""
        with self._register.transaction() as db:
            mine = exhibits.c.sitting == sitting, exhibits.c.what == what, exhibits.c.juror == juror
            if db.execute(update(exhibits).where(*mine).values(remark=remark)).rowcount == 0:
                db.execute(insert(exhibits).values(sitting=sitting, what=what, juror=juror, remark=remark, at=self._register.stamp()))

    def exhibits(self, sitting: str) -> list[dict[str, str]]:
        with self._register.transaction() as db:
            found = db.execute(select(exhibits).where(exhibits.c.sitting == sitting).order_by(exhibits.c.at))
            return [{"what": one.what, "juror": one.juror, "remark": one.remark, "at": one.at} for one in found]


def _mark(one: Row[Any]) -> MarkMade:
    return MarkMade(one.juror, one.criterion, Mark(one.value), one.at, one.simulation)


def _note(one: Row[Any]) -> JurorNote:
    return JurorNote(one.id, one.juror, one.text, one.at, one.simulation, one.competence, one.transversal, one.pinned, one.answer)
