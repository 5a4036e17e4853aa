"""What the jury notes against a référentiel, who may read it, and what they decide. Pure.

A juror's grid and notes are theirs alone until every juror of the sitting has shared; then both originals are readable by all of
them, and never change again. Nothing here counts, weighs or suggests: people decide, with reasons (domain §1.7, §3.1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scenarios.sitting import SittingError
from scenarios.standard import Session, Standard


class Mark(StrEnum):
    SEEN = "constaté"
    NOT_SEEN = "non constaté"
    NOT_OBSERVABLE = "non observable"


class Outcome(StrEnum):
    """Of a competence, a CCP or the title: a decision is a person's words, these are what the minutes ask for."""

    GRANTED = "acquis"
    REFUSED = "non acquis"


JURORS_NEEDED = 2  # habilitated members who deliberate (domain §3.1)


@dataclass(frozen=True)
class MarkMade:
    """One juror's mark of one criterion; the latest of a juror and criterion counts. `at` is ISO 8601, UTC. `simulation`: of practice,
    where each has a grid of its own; "" in an exam, where a grid is of the whole passage."""

    juror: str
    criterion: str
    value: Mark
    at: str
    simulation: str = ""


@dataclass(frozen=True)
class JurorNote:
    """`competence` or `transversal` says what it is about, "" the whole; `pinned`: a question for the technical interview."""

    id: str
    juror: str
    text: str
    at: str
    simulation: str = ""
    competence: str = ""
    transversal: str = ""
    pinned: bool = False
    answer: str = ""  # noted in the interview


@dataclass(frozen=True)
class Decision:
    """`subject` is a competence's id, a CCP's, or "titre". It stands once every juror has assented."""

    id: str
    subject: str
    outcome: Outcome
    reason: str
    juror: str
    at: str
    assents: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Grids:
    """Everything the jurors of one sitting noted, those who have left its jury too. `jurors`: those of it now; `shared`: who has shared,
    with when. All by a juror's id (scenarios.jury)."""

    jurors: tuple[str, ...]
    marks: tuple[MarkMade, ...] = ()
    notes: tuple[JurorNote, ...] = ()
    shared: Mapping[str, str] | None = None
    decisions: tuple[Decision, ...] = ()

    @property
    def open_to_all(self) -> bool:
        """Every juror has shared, and they are enough to deliberate."""
        return len(self.jurors) >= JURORS_NEEDED and set(self.jurors) <= set(self.shared or {})

    def readable_by(self, juror: str) -> tuple[str, ...]:
        """Whose grids and notes this one may read; nobody's for who is no juror here, never those of one who has left."""
        if juror not in self.jurors:
            return ()
        return self.jurors if self.open_to_all else (juror,)

    def shown_to(self, juror: str) -> tuple[str, ...]:
        """In practice, whose grids and notes this one may read: their own, and those that were shown; "": a trainee's desk."""
        return tuple(one for one in self.jurors if one == juror or one in (self.shared or {}))

    def marks_of(self, juror: str) -> dict[str, Mark]:
        """Latest by criterion."""
        return {one.criterion: one.value for one in sorted(self.marks, key=lambda one: one.at) if one.juror == juror}

    def may_write(self, juror: str) -> None:
        """Marks and notes are closed by sharing. Raises SittingError."""
        if juror not in self.jurors:
            raise SittingError("not_a_juror", 403, "Vous n'êtes pas du jury de ce candidat.", {"juror": juror})
        if juror in (self.shared or {}):
            raise SittingError("already_shared", 409, "Votre grille est partagée : elle ne change plus.", {"juror": juror})

    def may_decide(self, juror: str) -> None:
        """Raises SittingError until every juror has shared."""
        if juror not in self.jurors:
            raise SittingError("not_a_juror", 403, "Vous n'êtes pas du jury de ce candidat.", {"juror": juror})
        if len(self.jurors) < JURORS_NEEDED:
            raise SittingError("too_few_jurors", 409, "Le jury délibère à deux au moins.", {"jurors": list(self.jurors)})
        if not self.open_to_all:
            waiting = [one for one in self.jurors if one not in (self.shared or {})]
            raise SittingError("not_shared", 409, "Chaque juré partage d'abord sa grille.", {"waiting": waiting})

    def standing(self, subject: str) -> Decision | None:
        """The last decision on it, whether or not all have assented yet."""
        found = [one for one in self.decisions if one.subject == subject]
        return max(found, key=lambda one: one.at, default=None)

    def agreed(self, subject: str) -> bool:
        decision = self.standing(subject)
        return decision is not None and set(self.jurors) <= {*decision.assents, decision.juror}


@dataclass(frozen=True)
class Compared:
    """One criterion as each juror marked it; `values` in the order of the jurors, None where one did not mark it."""

    criterion: str
    values: tuple[Mark | None, ...]

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


def compared(grids: Grids, standard: Standard, session: Session) -> tuple[Compared, ...]:
    """Every criterion of the session, where the jurors differ first, each part in the order of the document. Raises SittingError before
    all have shared."""
    if not grids.open_to_all:
        raise SittingError("not_shared", 409, "Chaque juré partage d'abord sa grille.", {})
    marks = [grids.marks_of(one) for one in grids.jurors]
    found = [Compared(one, tuple(mark.get(one) for mark in marks)) for one in criteria_of(standard, session)]
    return (*(one for one in found if one.differs), *(one for one in found if not one.differs))


def criteria_of(standard: Standard, session: Session) -> list[str]:
    """Ids of the criteria a session type assesses, in the document's order."""
    return [one for competence in standard.competences if competence.id in session.competences for one in competence.criteria]


def subjects_of(standard: Standard, session: Session) -> list[str]:
    """What is decided in a session: its competences, its CCP(s), and the title in a session of the title."""
    ccps = [ccp.id for ccp in standard.ccps if set(ccp.competences) <= set(session.competences)]
    whole = {one for ccp in standard.ccps for one in ccp.competences} <= set(session.competences)
    return [*session.competences, *ccps, *(["titre"] if whole else [])]


def interview_competences(session: Session) -> tuple[str, ...]:
    """The competences whose points may be pinned for the technical interview."""
    return next((phase.competences for phase in session.phases if phase.id == "technical_interview"), ())


def may_pin(session: Session, competence: str) -> None:
    """Raises SittingError for a competence the interview does not take up."""
    if competence not in interview_competences(session):
        words = "Cette compétence n'est pas abordée à l'entretien technique de cette session."
        raise SittingError("not_in_interview", 422, words, {"competence": competence})


def questions(grids: Grids, juror: str, session: Session) -> list[JurorNote]:
    """The pinned notes this juror may read, by competence in the session's order, then by time."""
    order = {one: place for place, one in enumerate(interview_competences(session))}
    readable = set(grids.readable_by(juror))
    pinned = [note for note in grids.notes if note.pinned and note.juror in readable and note.competence in order]
    return sorted(pinned, key=lambda note: (order[note.competence], note.at))


def check_reason(reason: str) -> str:
    """A decision's reason, stripped. Raises SittingError without one."""
    if not reason.strip():
        raise SittingError("no_reason", 422, "Une décision est motivée : écrivez pourquoi.", {})
    return reason.strip()


def undecided(grids: Grids, subjects: Sequence[str]) -> list[str]:
    """Subjects that not every juror has agreed on."""
    return [one for one in subjects if not grids.agreed(one)]
