"""A candidate's phases on the desk: what is open, the clock, the curtain while nothing is, calls held when the clock stops."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from cti import messages as m
from scenarios.phases import Opens
from tests.workstation.desk_of_tests import Desk, running_desk
from tests.workstation.fake_room import FakeRoom
from tests.workstation.play import Play, talking
from workstation.desk import effects as fx
from workstation.desk import events as ev
from workstation.desk.course import clock_words, closed
from workstation.ui.actions import ACTIONS, BY_ID
from workstation.ui.closed import NEEDS, needs_of, why_closed

PHASES = ("preparation", "contacts", "written", "technical_interview", "final_interview")


def course(phase: str = "", opens: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """As the room tells it, `ends_in` seconds from now for the phase under way."""
    now = dt.datetime.now(dt.UTC)
    ends_in, grace_in = more.pop("ends_in", 600), more.pop("grace_in", None)
    phases: list[dict[str, Any]] = []
    for one in PHASES:
        told: dict[str, Any] = {"id": one, "seconds": 3600, "jury_present": True, "late": 0}
        if one != phase:
            phases.append({**told, "state": "à venir", "remaining": 3600.0})
        elif grace_in is not None:
            phases.append({**told, "state": "temps écoulé", "grace_ends_at": (now + dt.timedelta(seconds=grace_in)).isoformat()})
        else:
            phases.append({**told, "state": "en cours", "ends_at": (now + dt.timedelta(seconds=ends_in)).isoformat()})
    return {
        "type": "titre", "label": "Session du titre professionnel", "candidate": "017", "phase": phase, "next": "preparation",
        "opens": list(opens), "over": False, "absent": False, "postponed": False, "frozen": None, "phases": phases, **more,
    }  # fmt: skip


FROZEN = {"id": "f", "nature": "incident", "cause": "panne", "by": "invigilator", "since": "", "proposed": {}}
WORKING = ("brief", "file", "records", "work")


def sitting(play: Play, told: dict[str, Any] | None) -> None:
    play.happens(ev.SittingArrived({"mode": "exam", "course": told}, play.now, 0.0))


def test_outside_a_session_nothing_is_closed() -> None:
    play = Play()
    sitting(play, None)
    assert closed(play.state) is None and clock_words(play.state, play.now) == ""
    assert all(not why_closed(play.state, action.id) for action in ACTIONS)


def test_each_phase_opens_what_it_is_for() -> None:
    play = Play()
    sitting(play, course("preparation", ("brief",)))
    assert not why_closed(play.state, "tab.reference") and not why_closed(play.state, "tab.notes")
    assert why_closed(play.state, "work.search") == "Fermé pendant cette phase (Préparation)."
    assert BY_ID["call.answer"].blocked(play.state).startswith("Fermé")
    sitting(play, course("contacts", WORKING))
    assert not any(why_closed(play.state, one) for one in ("call.answer", "tab.customer_file", "agent.ready", "call.qualify"))
    assert why_closed(play.state, "tab.reply_desk")
    sitting(play, course("written", ("brief", "records", "replies", "hand_in")))
    assert not why_closed(play.state, "tab.reply_desk") and not why_closed(play.state, "tab.customer_file")
    assert why_closed(play.state, "agent.ready") and why_closed(play.state, "call.answer")
    sitting(play, course("contacts", ("file",), grace_in=100))
    assert not why_closed(play.state, "call.qualify") and why_closed(play.state, "call.answer") and why_closed(play.state, "work.search")


def test_every_action_says_what_it_needs_and_help_is_never_closed() -> None:
    assert set(NEEDS) <= set(BY_ID)
    assert all(needs_of(one.id) <= frozenset(Opens) for one in ACTIONS)
    assert all(not needs_of(one.id) for one in ACTIONS if one.id.startswith("desk."))


@pytest.mark.parametrize(
    ("told", "title"),
    [
        (course(next="preparation"), "À venir : Préparation"),
        (course("contacts", (), frozen=FROZEN), "ÉPREUVE SUSPENDUE"),
        (course("contacts", (), frozen={**FROZEN, "nature": "pause"}), "PAUSE"),
        (course("technical_interview"), "Entretien technique"),
        (course(over=True, next=""), "Votre passage est terminé"),
        (course(postponed=True, over=True), "Passage reporté"),
    ],
)
def test_why_nothing_is_open_is_said(told: dict[str, Any], title: str) -> None:
    play = Play()
    sitting(play, told)
    why = closed(play.state)
    assert why is not None and why.title == title and why.text


def test_the_clock_of_the_phase_is_the_room_s() -> None:
    play = Play()
    play.now = dt.datetime.now(dt.UTC).timestamp()
    sitting(play, course("contacts", WORKING, ends_in=3723))
    assert clock_words(play.state, play.now) in ("Contacts 1:02:03", "Contacts 1:02:02")
    play.happens(ev.SittingArrived({"course": course("contacts", WORKING, ends_in=100)}, play.now, 40.0))
    assert clock_words(play.state, play.now) in ("Contacts 01:00", "Contacts 00:59")  # the room's clock is 40 s ahead of ours
    sitting(play, course("contacts", ("file",), grace_in=61))
    assert clock_words(play.state, play.now) in ("Contacts 01:01 pour enregistrer", "Contacts 01:00 pour enregistrer")


def test_a_stop_holds_the_customer_and_the_end_hangs_up() -> None:
    play = talking()
    call = play.state.call
    assert call is not None
    asked = play.row("PhaseFrozen", {"phase": "contacts", "nature": "incident"})
    assert fx.TellPhone(m.HoldCall(call.call_id)) in asked and fx.FetchSitting() in asked and "suspendue" in play.said
    assert fx.TellPhone(m.HangUpCall(call.call_id)) not in play.row("SimulationEnded", {"simulation": "S1"})
    cut = play.row("SimulationEnded", {"simulation": "S1", "reason": "incident"})
    assert fx.TellPhone(m.HangUpCall(call.call_id)) in cut and fx.FetchSitting() in cut and fx.FetchBrief() in cut
    asked = play.row("PhaseEnded", {"phase": "contacts"})
    assert fx.TellPhone(m.HangUpCall(call.call_id)) in asked
    assert play.row("PhaseStarted", {"phase": "written"}) == [fx.FetchSitting(), fx.FetchBrief(), fx.FetchProducts()]
    assert play.row("PhaseFrozen", {"phase": "written"}, age=60) == []  # a replay


async def test_the_curtain_lies_over_the_desk_until_something_opens(tmp_path: Path) -> None:
    room = FakeRoom()
    room.course = course()
    async with running_desk(tmp_path, room=room) as desk:
        await desk.until("À venir : Préparation", "Candidat n° 017")
        await desk.pilot.press("escape", "f2", "alt+1", "f5")
        assert "À venir : Préparation" in desk.screen() and "Prise de poste" not in desk.screen()
        await desk.pilot.press("f12")
        await desk.until("Aide")
        await desk.pilot.press("escape")
        await desk.until("À venir : Préparation")
        await began(desk, room, course("preparation", ("brief",)), "preparation")
        await desk.until("Préparation 0", "[6 Proc", gone="À venir")
        await desk.pilot.press("f5")
        await desk.until("Fermé pendant cette phase")
        await began(desk, room, course("contacts", WORKING), "contacts")
        await desk.until("Prise de poste")
        await desk.pilot.press("enter")
        await desk.until("Contacts 0", gone="Prise de poste")
        room.course = course("contacts", (), frozen=FROZEN)
        room.journal("PhaseFrozen", {"phase": "contacts", "nature": "incident"})
        await desk.until("ÉPREUVE SUSPENDUE", "rien n'est perdu")
        room.course = course("contacts", WORKING)
        room.journal("PhaseResumed", {"phase": "contacts"})
        await desk.until("reprise", gone="ÉPREUVE SUSPENDUE")


async def began(desk: Desk, room: FakeRoom, told: dict[str, Any], phase: str) -> None:
    room.course = told
    room.journal("PhaseStarted", {"phase": phase})
