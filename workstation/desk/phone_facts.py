"""What the desk does with a fact of its phone beyond what any softphone does: look the caller up, report to the journal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cti.messages import CallOffered, Fact, LevelsMeasured, MediaFlowed, PhoneStarted, VolumeChanged
from workstation.desk import recording
from workstation.desk.changes import Step, alive, change_call, in_log, say
from workstation.desk.effects import BringToFront, Effect, LookUp, ReportFact, TellStation
from workstation.desk.events import PhoneTold, PhoneUnusable
from workstation.desk.softphone_facts import OF_A_CALL, fact_told, key_of, missed_before
from workstation.desk.state import DeskState
from workstation.i18n import _

SEARCH_PANE = "search"
UNREPORTED = (LevelsMeasured, MediaFlowed, VolumeChanged)  # of this station's sound alone


def phone_told(state: DeskState, event: PhoneTold) -> Step:
    """A fact of our own phone: change, and report it to the journal (levels are never reported)."""
    if isinstance(event.fact, UNREPORTED):
        return state, ()
    state, effects = _ask_more(state, fact_told(state, event.fact, event.at), event.fact, event.at)
    state, recorded = recording.follow(state, event.fact, event.at)
    return state, (*effects, ReportFact(event.id, event.at, event.fact), *recorded)


def _ask_more(before: DeskState, state: DeskState, fact: Fact, at: float) -> tuple[DeskState, tuple[Effect, ...]]:
    if isinstance(fact, PhoneStarted):
        return state, (tell_station(state),)
    if not isinstance(fact, CallOffered) or state is before:
        return state, ()
    if fact.caller:
        return state, (LookUp(key_of(fact), fact.caller),)
    in_front = state.front == key_of(fact)
    return say(state, _("Numéro masqué : rechercher la fiche."), at), (BringToFront(SEARCH_PANE),) if in_front else ()


def remembered(state: DeskState, fact: Any, at: float) -> DeskState:
    """A call fact the journal tells: news only of calls our phone does not hold itself, whose own telling is fresher."""
    if type(fact) not in OF_A_CALL:  # some have no key at all
        return state
    key = key_of(fact)
    known = state.calls.get(key)
    if (known is not None and known.live) or (in_log(state, key) and missed_before(state, fact) is None):
        return state
    state = replace(fact_told(state, fact, at, live=False), notices=state.notices)
    contact = state.opened.get(key, "")
    return change_call(state, key, contact_id=contact) if contact and key in state.calls and not state.calls[key].contact_id else state


def tell_station(state: DeskState) -> TellStation:
    keys = tuple(c.call_key for c in state.calls.values() if c.live and alive(c))
    return TellStation(state.phone.contact, state.phone.engine, tuple(sorted(state.phone.capabilities)), keys)


def phone_unusable(state: DeskState, event: PhoneUnusable) -> Step:
    state = replace(state, phone=replace(state.phone, state="unusable", detail=event.detail))
    return say(state, _("Téléphone inutilisable : {why}").format(why=event.detail), event.at, "error"), (tell_station(state),)
