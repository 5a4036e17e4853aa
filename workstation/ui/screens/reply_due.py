"""Which written replies are due, and whether they may be written now: told by the sitting alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workstation.desk.state import DeskState, Record
from workstation.desk.words import instant
from workstation.i18n import _

WRITTEN_PHASE = "written"  # id of the phase in the référentiel
RUNNING = "en cours"


@dataclass(frozen=True)
class Due:
    """What is asked in writing after a simulation. `letters`: ids of the templates offered first."""

    id: str  # W1
    simulation: str
    title: str
    instructions: str
    channels: tuple[str, ...]
    letters: tuple[str, ...]
    minutes: int
    contact_id: str


@dataclass(frozen=True)
class Writing:
    """`open`: texts may be typed and handed in now; else `why` is a sentence. `ends_at`: the end, UNIX time of the room's clock, 0 none."""

    dues: tuple[Due, ...]
    open: bool
    why: str = ""
    ends_at: float = 0.0


def writing(sitting: Record, now: float) -> Writing:
    """A sitting with phases opens and closes the writing by its phase, to the second; one without opens each reply when its simulation is
    over. `now`: UNIX seconds of the room's clock."""
    dues = tuple(_due(one) for one in sitting.get("simulations") or () if one.get("written"))
    phase = sitting.get("phase")
    if isinstance(phase, Mapping):
        ends_at = instant(str(phase.get("ends_at") or ""))
        if phase.get("id") != WRITTEN_PHASE or phase.get("state") != RUNNING:
            return Writing(dues, False, _("L'épreuve écrite n'est pas ouverte."))
        if ends_at and now >= ends_at:
            return Writing(dues, False, _("Le temps de l'épreuve écrite est écoulé : rien ne se modifie plus."), ends_at)
        return Writing(dues, True, "", ends_at)
    if sitting.get("current"):
        return Writing(dues, False, _("Une simulation est en cours : les écrits se font après les contacts."))
    return Writing(dues, True)


def _due(simulation: Mapping[str, Any]) -> Due:
    asked = simulation["written"]
    return Due(
        str(asked.get("id", "")),
        str(simulation.get("id", "")),
        str(asked.get("title", "")),
        str(asked.get("instructions", "")),
        tuple(str(one) for one in asked.get("channels") or ()),
        tuple(str(one) for one in asked.get("letters") or ()),
        int(asked.get("minutes") or 0),
        str(asked.get("contact_id", "")),
    )


def reply_of(state: DeskState, due: Due) -> Record | None:
    """The reply as the file holds it: the one handed in, else the first begun; None when there is none, or no file is open."""
    file = state.files.get(due.contact_id) or {}
    own = [one for one in (file.get("records") or {}).get("reply") or () if one.get("simulation") == due.simulation]
    return next((one for one in own if handed_in(one)), own[-1] if own else None)


def handed_in(reply: Record | None) -> bool:
    return reply is not None and reply.get("status") == "remise"


def letters_for(state: DeskState, due: Due, channel: str) -> list[Record]:
    """The company's templates for this channel, those of the simulation first."""
    letters = [one for one in state.brief.get("letters") or () if channel in (one.get("channels") or ())]
    first = [one for ident in due.letters for one in letters if one.get("id") == ident]
    return [*first, *(one for one in letters if one not in first)]
