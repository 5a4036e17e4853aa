"""Recording as the desk decides it: after the trainee agreed, a simulation's calls only, told on the screen, dropped when not wanted."""

from __future__ import annotations

from typing import Any

from cti import messages as m
from tests.workstation.play import Play, offered, ready
from workstation.desk import effects as fx
from workstation.desk import events as ev
from workstation.desk.recording import file_name
from workstation.desk.state import RecordingView
from workstation.ui.actions import BY_ID
from workstation.ui.screens.recording import recording_choices
from workstation.ui.widgets.call_bar import agent_line

BEGAN, ENDED = m.RecordingBegan("id-k1", "k1"), m.RecordingEnded("id-k1", "k1", "k1.wav", 12.0)


def practising(mode: str = "practice", current: str | None = "S1", days: int = 30) -> Play:
    play = ready()
    play.happens(ev.SittingArrived({"mode": mode, "current": current, "simulations": []}, play.now))
    play.row("RecordingAgreed" if days else "RecordingDeclined", {"by": "Ana", "days": days, "purposes": []})
    return play


def answered(play: Play) -> list[Any]:
    play.phone(offered())
    effects = play.phone(m.CallAnswered(offered().call_id, "k1"))
    return [effect.order for effect in effects if isinstance(effect, fx.TellPhone)]


def test_a_call_is_recorded_after_agreement_in_a_simulation_of_practice_only() -> None:
    assert answered(practising()) == [m.RecordCall(offered().call_id, "k1.wav")]
    assert answered(ready()) == answered(practising(days=0)) == answered(practising(current=None)) == []
    assert answered(practising(mode="exam")) == []


def test_it_is_told_for_as_long_as_it_lasts_and_brought_when_it_is_over() -> None:
    play = practising()
    assert "OUI, dès le prochain appel" in play.said and "appels enregistrés" in agent_line(play.state, play.now, 80).plain
    answered(play)
    play.phone(BEGAN)
    assert "CET APPEL EST ENREGISTRÉ, gardé 30 jours" in play.said
    assert "CET APPEL EST ENREGISTRÉ" in agent_line(play.state, play.now, 60).plain
    assert fx.BringRecordings() in play.phone(ENDED)
    assert "CET APPEL" not in agent_line(play.state, play.now, 80).plain
    play.row("CallRecorded", {"kept_until": "2026-12-28T10:00:00+00:00"}, call_key="k1")
    assert play.said == "Appel enregistré, gardé jusqu'au 28/12/2026."
    play.phone(BEGAN, m.RecordingEnded("id-k1", "k1", "k1.wav", 3.0, "disque plein"))
    assert "disque plein" in play.said


def test_no_more_recording_drops_what_is_being_recorded() -> None:
    play = practising()
    answered(play)
    play.phone(BEGAN)
    effects = play.happens(ev.RecordingWanted("w", 0, "Ana"))
    assert effects == [fx.OrderRecording("w", 0, "Ana"), fx.TellPhone(m.StopRecording(offered().call_id, discard=True))]
    play.row("RecordingDeclined", {"by": "Ana"})
    assert fx.BringRecordings() not in play.phone(m.RecordingEnded("id-k1", "k1", "", 3.0))
    assert play.state.recording == RecordingView() and "NON" in play.said
    assert play.happens(ev.RecordingWanted("w2", 7, "Ana")) == [fx.OrderRecording("w2", 7, "Ana")]


def test_the_switch_says_where_it_stands_and_an_exam_has_none() -> None:
    play = practising(days=7)
    assert [choice.id for choice in recording_choices(play.state) if choice.detail] == ["7"]
    action = BY_ID["desk.recording"]
    assert action.blocked(play.state) == "" and "jamais enregistré" in action.blocked(practising("exam").state)
    play.happens(ev.RecordingsEraseWanted())
    assert play.asked == [fx.EraseRecordings()]
    play.happens(ev.RecordingsErased(2, "/x/erased/e.json", play.now))
    assert "2 enregistrement(s) effacé(s)" in play.said and "/x/erased/e.json" in play.said


def test_whoever_takes_the_desk_in_the_next_round_has_agreed_to_nothing() -> None:
    play = practising()
    play.row("PeersRotated", {"round": 2, "people": ["Bao", "Ana"]})
    assert not play.state.recording.days and any("Enregistrement des appels : NON." in one.text for one in play.state.notices)
    assert answered(play) == []


def test_a_key_makes_a_name_the_phone_takes() -> None:
    assert file_name("c-0f/é..") == "c-0f----.wav"
