"""Everything a report says of one candidate's passage, gathered: pure data, no file, no network."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scenarios.grid import Grids
from scenarios.jury import Jury
from scenarios.phases import Course
from scenarios.sitting import Row
from scenarios.standard import Session, Standard

EXHIBITS_FR = {"dossier_professionnel": "Dossier professionnel", "ecf": "Évaluations passées en cours de formation"}


@dataclass(frozen=True)
class ReplySent:
    """A written reply as handed in, or as it stood at the end."""

    simulation: str
    channel: str
    subject: str
    body: str
    status: str
    submitted_at: str
    sha256: str
    spellcheck: bool = False


@dataclass(frozen=True)
class Passage:
    """One candidate. `names`: of the session's people, by place or role; `simulations`: id → its title; instants are shown in `zone`.
    `grids` are by juror, those who left the jury too."""

    candidate: str
    station: str
    variant: str
    centre: str  # the room's name
    title: str  # the session's
    day: str  # ISO
    standard: Standard
    session: Session
    course: Course
    grids: Grids
    names: Mapping[str, str]
    simulations: Mapping[str, str]
    jury: Jury = field(default_factory=Jury)
    rows: Sequence[Row] = ()
    replies: Sequence[ReplySent] = ()
    exhibits: Sequence[Mapping[str, str]] = ()
    revealed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    zone: dt.tzinfo = dt.UTC
    rehearsal: bool = False  # nobody was examined

    @property
    def lead(self) -> str:
        about = self.standard.referentiel
        day = dt.date.fromisoformat(self.day)
        whose = f"Candidat n° {self.candidate} · poste {self.station}" + (f" · sujet {self.variant}" if self.variant else "")
        what = f"{about.title} ({about.title_code}, millésime {about.millesime}) — {self.session.label}"
        return f"{what}\n{self.centre} · {self.title} · {day:%d/%m/%Y}\n{whose}"

    @property
    def foot(self) -> str:
        return f"Plateau · {self.session.label} · candidat {self.candidate}"

    def at(self, text: str) -> str:
        """An instant of the register or of the journal, as a French hour; "" for none."""
        if not text:
            return ""
        return f"{dt.datetime.fromisoformat(text).astimezone(self.zone):%d/%m/%Y %H:%M:%S}"

    def name(self, juror: str) -> str:
        """Of a juror of this candidate, by id."""
        return self.jury.names.get(juror) or self.names.get(juror, juror)

    def who(self, place: str, seq: int) -> str:
        """Who was at that place, or in that role, when that row was written."""
        juror = self.jury.sat(place, seq)
        return juror.name if juror is not None and juror.name else self.names.get(place, place)

    def hour(self, text: str) -> str:
        """As `at`, without the day."""
        return self.at(text).rpartition(" ")[2]

    def label_of(self, subject: str) -> str:
        """A competence's, a CCP's, or the title's words."""
        if subject == "titre":
            return f"Titre professionnel {self.standard.referentiel.title}"
        labels = {one.id: one.label for one in self.standard.competences} | {one.id: one.label for one in self.standard.ccps}
        return f"{subject} — {labels[subject]}" if subject in labels else subject
