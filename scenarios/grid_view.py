"""A grid as one juror may read it: plain values for whoever draws it, in a room or over files that a class carried. Pure.

No count, no colour, no suggestion is made of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from scenarios.grid import Grids, compared, interview_competences, questions, subjects_of
from scenarios.standard import Competence, Session, Standard


def grid_told(grids: Grids, me: str, readable: Collection[str], standard: Standard, competences: Sequence[Competence]) -> dict[str, Any]:
    """What is noted of these competences, by those that `me` may read."""
    return {
        "competences": [
            {"id": one.id, "label": one.label, "ccp": one.ccp, "criteria": one.criteria, "written": list(one.written_criteria)}
            for one in competences
        ],
        "transversal": [{"id": one.id, "label": one.label} for one in standard.transversal],
        "me": me,
        "jurors": list(grids.jurors),
        "shared": {juror: at for juror, at in (grids.shared or {}).items() if juror in grids.jurors},
        "marks": {one: {criterion: str(value) for criterion, value in grids.marks_of(one).items()} for one in readable},
        "notes": [asdict(one) for one in grids.notes if one.juror in readable],
    }


def deliberation_told(grids: Grids, me: str, standard: Standard, session: Session) -> dict[str, Any]:
    """What people make of their grids once all have shared: where they differ first, and what they decide."""
    decided = grids.decisions if grids.open_to_all else ()
    return {
        "session": {"id": session.id, "label": session.label, "interview": list(interview_competences(session))},
        "ccps": [{"id": one.id, "label": one.label} for one in standard.ccps if set(one.competences) & set(session.competences)],
        "open": grids.open_to_all,
        "questions": [one.id for one in questions(grids, me, session)],
        "compared": [{"criterion": one.criterion, "differs": one.differs} for one in compared(grids, standard, session)]
        if grids.open_to_all
        else [],
        "subjects": subjects_of(standard, session),
        "decisions": [
            {**asdict(one), "assents": sorted(one.assents), "agreed": grids.agreed(one.subject) and grids.standing(one.subject) == one}
            for one in decided
        ],
    }
