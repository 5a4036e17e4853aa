"""Which written replies are due, and whether they may be written now: told by the sitting alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scenarios.phases import Opens
from workstation.desk.course import course_of, opens, phase_now
from workstation.desk.state import DeskState, Record
from workstation.desk.words import instant
from workstation.i18n import _


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
    """`open`: texts may be typed now; `hand_in`: what was begun may be handed in and printed; when not `open`, `why` is a sentence.
    `ends_at`: when the writing ends, UNIX time of the room's clock, 0 without an end."""

    dues: tuple[Due, ...]
    open: bool
    hand_in: bool = False
    why: str = ""
    ends_at: float = 0.0


def writing(state: DeskState, now: float) -> Writing:
    """In an exam session the phases open and close the writing, to the second; outside one each reply opens when its simulation is over.
    `now`: UNIX seconds of the room's clock."""
    dues = tuple(_due(one) for one in state.sitting.get("simulations") or () if one.get("written"))
    if course_of(state) is None:
        if state.sitting.get("current"):
            return Writing(dues, False, why=_("Une simulation est en cours : les écrits se font après les contacts."))
        return Writing(dues, True, True)
    opened, ends_at = opens(state), instant(str((phase_now(state) or {}).get("ends_at") or ""))
    over = bool(ends_at) and now >= ends_at
    if Opens.REPLIES in opened and not over:
        return Writing(dues, True, True, ends_at=ends_at)
    if Opens.HAND_IN in opened:
        why = _("Le temps de l'épreuve écrite est écoulé : le texte ne se modifie plus, il se remet et s'imprime encore.")
        return Writing(dues, False, True, why, ends_at)
    return Writing(dues, False, why=_("L'épreuve écrite n'est pas ouverte."))


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
