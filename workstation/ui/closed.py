"""What each action of the desk needs to be open in an exam's phase: one table, asked by keys, menu, palette and help. Pure."""

from __future__ import annotations

from dataclasses import replace

from scenarios.phases import Opens
from workstation.desk.course import closed, course_of, opens, phase_now, phase_word
from workstation.desk.state import DeskState
from workstation.i18n import _
from workstation.ui.action_table import Action

_ALWAYS: frozenset[Opens] = frozenset()
_RECORDS, _BRIEF, _WORK = frozenset({Opens.RECORDS}), frozenset({Opens.BRIEF}), frozenset({Opens.WORK})
NEEDS: dict[str, frozenset[Opens]] = {
    "call.hang_up": _ALWAYS,
    "call.qualify": frozenset({Opens.WORK, Opens.FILE}),
    "work.save": _ALWAYS,
    "work.brief": _BRIEF,
    "work.word": frozenset({Opens.REPLIES}),
    "work.search": _RECORDS,
    "work.cue": _WORK,
    "work.your_turn": _WORK,
    "tab.reference": _BRIEF,
    "tab.notes": _BRIEF,
    "tab.office_desk": _BRIEF,
    "tab.simulations": _ALWAYS,
    "tab.debrief": _ALWAYS,
    "tab.progress": _ALWAYS,
    "tab.reply_desk": frozenset({Opens.REPLIES, Opens.HAND_IN}),
}
BY_GROUP: dict[str, frozenset[Opens]] = {"call": _WORK, "agent": _WORK, "tab": _RECORDS, "desk": _ALWAYS}


def needs_of(action_id: str) -> frozenset[Opens]:
    """Any of these; none: always. An action that neither table names needs the work of contacts."""
    return NEEDS.get(action_id, BY_GROUP.get(action_id.partition(".")[0], _WORK))


def why_closed(state: DeskState, action_id: str) -> str:
    """ "" when it is open now, and outside a session."""
    needs = needs_of(action_id)
    if not needs or course_of(state) is None or needs & opens(state):
        return ""
    if (why := closed(state)) is not None:
        return why.title
    phase = phase_now(state)
    return _("Fermé pendant cette phase ({phase}).").format(phase=phase_word(str((phase or {}).get("id", ""))))


def gated(action: Action[DeskState]) -> Action[DeskState]:
    """The same action, that says first whether its phase allows it."""
    original = action.why_not

    def why_not(state: DeskState) -> str:
        return why_closed(state, action.id) or original(state)

    return replace(action, why_not=why_not)


def front_for(state: DeskState) -> str:
    """The pane a phase begins with, "" for none in particular."""
    phase = phase_now(state)
    return {"preparation": "reference", "contacts": "simulations", "written": "reply_desk"}.get(str((phase or {}).get("id", "")), "")
