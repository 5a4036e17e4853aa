"""A référentiel de certification as data: its sessions, phases, competences and criteria, word for word.

Each file of `scenarios/standards/` is one millésime. Criteria are never translated nor reworded; their ids
(`c2.7`) are what packs, debriefs and grids name.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scenarios.pack_fields import Reader
from scenarios.pack_files import PackErrors, PackFolder
from scenarios.pack_words import explain

FOLDER = Path(__file__).parent / "standards"


class StandardPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class About(StandardPart):
    """`pages`: of the printed document. Dates are those of the orders that made it."""

    id: str
    document_type: str
    title: str
    sigle: str
    title_code: str
    millesime: str
    level: str
    nsf: tuple[str, ...] = ()
    rome: tuple[str, ...] = ()
    formacode: tuple[str, ...] = ()
    order_date: dt.date | None = None
    jo_date: dt.date | None = None
    effective_date: dt.date | None = None
    updated: dt.date | None = None
    pages: int | None = None
    general_order: str = ""
    regulatory_obligations: str = ""
    ccs: tuple[str, ...] = ()


class Ccp(StandardPart):
    """A block of competences."""

    id: str
    label: str
    competences: tuple[str, ...]
    replaces: str = ""


class Phase(StandardPart):
    """A part of a session; `minutes` are data of the session type, never computed."""

    id: str
    minutes: int = Field(ge=1)
    jury_present: bool
    part_of: str = ""
    supervised: bool = False
    supervised_by: str = ""
    roles: tuple[str, ...] = ()
    competences: tuple[str, ...] = ()
    after: str = ""
    assessed: str = ""


class Session(StandardPart):
    id: str
    label: str
    competences: tuple[str, ...]
    simulations: dict[str, Any]  # phone, chat, total, source
    written_replies: dict[str, Any]
    phases: tuple[Phase, ...]
    totals: dict[str, int]


class Competence(StandardPart):
    """`criteria` maps an id to its words."""

    id: str
    ccp: str
    label: str
    label_sic: str = ""
    assessed_in: dict[str, bool]
    criteria: dict[str, str]
    written_criteria: tuple[str, ...] = ()


class Transversal(StandardPart):
    id: str
    label: str
    competences: tuple[str, ...]


class Standard(StandardPart):
    document: str = Field("", alias="schema")  # the file's format: plateau.referentiel/1
    referentiel: About
    ccps: tuple[Ccp, ...]
    sessions: tuple[Session, ...]
    competences: tuple[Competence, ...]
    transversal: tuple[Transversal, ...] = ()

    def competence(self, competence_id: str) -> Competence:
        """Raises KeyError for an unknown id."""
        for competence in self.competences:
            if competence.id == competence_id:
                return competence
        raise KeyError(competence_id)

    def criteria(self) -> dict[str, str]:
        """Every criterion's words, by id, in the order of the document."""
        return {ident: words for competence in self.competences for ident, words in competence.criteria.items()}


def standards(folder: Path = FOLDER) -> list[str]:
    """Ids of the standards that are there: their files' names."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


@cache
def load_standard(standard_id: str, folder: Path = FOLDER) -> Standard:
    """A checked standard. Raises KeyError when there is no such file, PackErrors when it is wrong."""
    if standard_id not in standards(folder):
        raise KeyError(standard_id)
    files = PackFolder(folder)
    source = files.yaml(f"{standard_id}.yaml")
    if source is None:
        raise PackErrors(files.problems)
    if isinstance(source.data, dict):
        source.data["document"] = source.data.pop("schema", "")
    data = Reader(files, source, dt.date.min).model(Standard, source.data, ())
    if data is None or files.problems:
        raise PackErrors(files.problems)
    data["schema"] = data.pop("document", "")
    try:
        standard = Standard.model_validate(data)
    except ValidationError as error:
        for found in error.errors():
            files.problem(source.file, source.line(found["loc"]), explain(found), ".".join(map(str, found["loc"])))
        raise PackErrors(files.problems) from error
    for message in inconsistencies(standard):
        files.problem(source.file, 0, message)
    if files.problems:
        raise PackErrors(files.problems)
    return standard


def standard_called(referentiel: str, folder: Path = FOLDER) -> Standard | None:
    """The one whose référentiel has this id (`About.id`). Raises PackErrors when one of them is wrong."""
    found = (load_standard(one, folder) for one in standards(folder))
    return next((one for one in found if one.referentiel.id == referentiel), None)


def inconsistencies(standard: Standard) -> list[str]:
    """French sentences on what does not hold together: unknown competences, doubled criteria, sums of minutes."""
    known = {competence.id for competence in standard.competences}
    ccps = {ccp.id for ccp in standard.ccps}
    wrong: list[str] = []
    holders: tuple[Ccp | Session | Transversal, ...] = (*standard.ccps, *standard.sessions, *standard.transversal)
    for holder in holders:
        wrong += [f"{holder.id} : compétence « {c} » inconnue" for c in holder.competences if c not in known]
    seen: set[str] = set()
    for competence in standard.competences:
        if competence.ccp not in ccps:
            wrong.append(f"{competence.id} : bloc « {competence.ccp} » inconnu")
        for ident in competence.criteria:
            if not ident.startswith(f"{competence.id}.") or ident in seen:
                wrong.append(f"{competence.id} : critère « {ident} » mal numéroté ou donné deux fois")
            seen.add(ident)
        wrong += [f"{competence.id} : critère écrit « {c} » inconnu" for c in competence.written_criteria if c not in competence.criteria]
    for session in standard.sessions:
        total = sum(phase.minutes for phase in session.phases)
        if total != session.totals.get("candidate"):
            wrong.append(f"{session.id} : les phases font {total} minutes pour {session.totals.get('candidate')} annoncées")
        jury = sum(phase.minutes for phase in session.phases if phase.jury_present)
        if jury != session.totals.get("jury"):
            wrong.append(f"{session.id} : le jury est présent {jury} minutes pour {session.totals.get('jury')} annoncées")
    return wrong
