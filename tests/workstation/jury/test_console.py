"""The console's reducer as conversations: what happens, what is asked of the world, what is then to be seen."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from cti import messages as m
from tests.workstation.jury.conversation import (
    ACCOUNT,
    CAPABILITIES,
    T0,
    Play,
    seated,
)
from workstation.desk import events as phone
from workstation.desk.effects import BringToFront
from workstation.jury.console import effects as fx
from workstation.jury.console import events as ev
from workstation.jury.console import room_view as view
from workstation.jury.console.hearing import Ear
from workstation.jury.widgets.timeline_words import looks_words

# --- account and seat -------------------------------------------------------------------------------


def test_the_line_registers_when_phone_and_account_are_there_in_either_order() -> None:
    play = Play()
    play.happens(phone.AccountArrived(ACCOUNT, play.now))
    assert play.asked == []
    play.phone(m.PhoneStarted("fake", "1", CAPABILITIES, ""))
    wanted = m.RegisterAccount("jury1", "secret", "192.0.2.1:5061", "tls", "Jury 1")
    assert play.orders(m.RegisterAccount) == [wanted]
    play.happens(phone.AccountArrived(dict(ACCOUNT), play.now))
    assert play.asked == []  # nothing new
    play.happens(phone.AccountArrived({**ACCOUNT, "password": "new"}, play.now))
    assert play.orders(m.RegisterAccount) == [dataclasses.replace(wanted, password="new")]


def test_a_seat_taken_brings_its_pane_journal_and_sheet() -> None:
    play = Play(role="")
    play.sees()
    assert play.effects(fx.FollowJournal) == [] and view.role(play.state) == ""
    play.happens(ev.SeatWanted("role_player", "poste3"))
    assert play.asked == [fx.TakeSeat("role_player", "poste3")] and play.state.asked == "seat"
    play.happens(ev.SeatAnswered({"seat": "jury1", "role": "role_player", "station": "poste3", "direct": ""}, play.now))
    others = [fx.FetchSheet("S4"), fx.FetchSheet("S9")]  # read though the room is cut off
    assert play.asked == [fx.FollowJournal("poste3"), BringToFront("client"), fx.FetchSheet("S1"), *others]
    assert play.state.asked == ""
    play.happens(ev.SeatAnswered({"seat": "jury1", "role": "observer", "station": "poste2", "direct": ""}, play.now))
    assert play.asked == [fx.FollowJournal("poste2"), BringToFront("live"), fx.FetchSheet("S1"), *others]
    play.happens(ev.SeatAnswered({"seat": "jury1", "role": "", "station": "", "direct": ""}, play.now))
    assert play.asked == [fx.FollowJournal(""), BringToFront("stations")]


def test_a_refused_seat_says_who_has_it() -> None:
    play = Play(role="")
    play.happens(ev.SeatWanted("role_player", "poste1"), ev.Refused("seat", "Jury 2 joue déjà le client au Poste 1.", T0))
    assert play.said == "Jury 2 joue déjà le client au Poste 1." and play.state.asked == ""


def test_a_replaced_seat_answers_no_more() -> None:
    play = seated()
    play.happens(phone.PlaceLost(play.now))
    assert play.orders(m.UnregisterAccount) == [m.UnregisterAccount()] and play.state.replaced
    assert play.happens(phone.PlaceLost(play.now)) == []


def test_the_simulation_that_begins_comes_in_front() -> None:
    play = seated()
    play.sees(current="S4")
    assert play.state.chosen == "S4" and play.effects(fx.FetchSheet) == [fx.FetchSheet("S4")]
    play.happens(ev.SimulationChosen("S9"))
    assert play.state.chosen == "S9" and play.effects(fx.FetchSheet) == []  # kept
    play.sees(current="S4")
    assert play.state.chosen == "S9"  # what the juror looks at is not taken from him
    assert play.happens(ev.SimulationChosen("S7")) == [BringToFront("client")] and play.state.chosen == "S9"


def test_a_sheet_arrived_for_another_station_is_forgotten_with_it() -> None:
    play = seated()
    play.happens(ev.SeatAnswered({**play.room.view["me"], "station": "poste1"}, play.now))
    assert play.state.sheets == {} and play.state.chosen == "S1"


# --- the exchange -----------------------------------------------------------------------------------


def test_an_exchange_that_stops_offers_the_direct_call() -> None:
    play = seated()
    play.room.view["room"]["exchange"]["up"] = False
    play.sees()
    assert play.said == "CENTRAL ARRÊTÉ : F9 appelle le candidat en direct ; personne ne pourra écouter."
    assert view.may_go_direct(play.state) == "exchange"
    play.room.view["room"]["exchange"]["up"] = True
    play.sees()
    assert play.said == "Le central téléphonique est revenu." and view.may_go_direct(play.state) == ""
    play.phone(m.RegistrationChanged("failed", "", 503, "no"))
    assert view.may_go_direct(play.state) == "line"


@pytest.mark.parametrize(
    "torn", [{}, {"stations": None, "me": [], "room": "x"}, {"stations": [3, {}], "me": {"role": "king", "station": 7}}]
)
def test_a_torn_view_is_no_fault(torn: dict[str, Any]) -> None:
    play = Play()
    play.happens(ev.ViewArrived(torn, T0))
    assert view.role(play.state) == "" and view.place(play.state) == (0, 0) and not view.exchange_up(play.state)


# --- listening --------------------------------------------------------------------------------------


def listening(play: Play) -> Play:
    play.happens(ev.ListenWanted("listen", play.now))
    [asked] = play.effects(fx.AskListening)
    play.happens(ev.ListeningGranted(asked.attempt, "l1", "ear-1", "sip:ecoute-00@192.0.2.1", "listen", play.now))
    return play


def test_listening_is_a_silent_call_that_is_never_in_front() -> None:
    play = listening(seated("observer"))
    assert play.orders(m.PlaceCall) == [m.PlaceCall("l1", "sip:ecoute-00@192.0.2.1", "ear-1", listen_only=True)]
    play.phone(m.CallPlaced("l1", "ear-1", "x"), m.CallRang("l1", "ear-1"), m.CallAnswered("l1", "ear-1"))
    assert play.state.calls == {} and play.ear() is Ear.WAITING  # the station has no call
    play.room.view["listening"] = {"station": "poste3", "mode": "listen", "state": "attached", "since": ""}
    play.sees(calls=[{"call_key": "k", "state": "talking"}])
    assert play.ear() is Ear.QUIET and play.effects(fx.TellListening) == [fx.TellListening("quiet", "")]
    play.happens(ev.LevelHeard(0.3, play.now))
    assert play.ear() is Ear.HEARING


def test_a_lost_leg_is_mended_within_the_same_event() -> None:
    play = listening(seated("observer"))
    play.phone(m.CallAnswered("l1", "ear-1"))
    play.now += 10
    play.phone(m.CallEnded("l1", "ear-1", m.Cause.NETWORK, answered=True))
    assert play.effects(fx.AskListening) == [fx.AskListening("listen", 2)]
    assert play.effects(fx.TellListening) == [fx.TellListening("deaf", "leg_lost")]
    assert "VOUS N'ENTENDEZ PLUS" in play.said and play.state.log == ()
    play.phone(m.CallEnded("l1", "ear-1", m.Cause.NETWORK))  # told twice
    assert play.asked == []


def test_a_phone_that_dies_or_refuses_is_a_lost_leg() -> None:
    for fact in (m.PhoneLost(-9), m.OrderRefused("PlaceCall", m.Refusal.FAULT, "l1")):
        play = listening(seated("observer"))
        play.now += 10
        play.phone(fact)
        assert play.effects(fx.AskListening) == [fx.AskListening("listen", 2)]


def test_a_grant_that_comes_late_is_not_placed() -> None:
    play = seated("observer")
    play.happens(ev.ListenWanted("listen", play.now), ev.ListenWanted("", play.now))
    assert fx.StopListening() in play.asked
    play.happens(ev.ListeningGranted(1, "l1", "ear-1", "sip:x@y", "listen", play.now))
    assert play.asked == [] and play.state.hearing.call_id == ""


def test_what_will_never_be_granted_is_not_asked_again() -> None:
    play = seated("observer")
    play.happens(ev.ListenWanted("whisper", play.now))
    play.happens(ev.ListeningDenied(1, "Pendant un examen, on écoute sans parler au candidat.", True, play.now))
    assert play.said == "Pendant un examen, on écoute sans parler au candidat." and not play.state.hearing.wanted
    play.now += 60
    assert play.happens(ev.Ticked(play.now)) == []


def test_another_station_ends_the_listening() -> None:
    play = listening(seated("observer"))
    play.happens(ev.SeatAnswered({**play.room.view["me"], "station": "poste1"}, play.now))
    assert play.orders(m.HangUpCall) == [m.HangUpCall("l1")] and fx.StopListening() in play.asked and not play.state.hearing.wanted


def test_volume() -> None:
    play = seated()
    play.happens(ev.VolumeWanted(10), ev.VolumeWanted(10))
    assert play.state.volume == 120 and play.orders(m.SetVolume)[-1] == m.SetVolume(1.2)
    for _press in range(20):
        play.happens(ev.VolumeWanted(-10))
    assert play.state.volume == 0
    play.phone(m.VolumeChanged(0.5))
    assert play.state.volume == 50
    play.phone(m.PhoneStarted("fake", "1", CAPABILITIES, ""))
    assert play.orders(m.SetVolume) == [m.SetVolume(0.5)]


# --- the timeline -----------------------------------------------------------------------------------


def test_each_row_once_with_how_long_what_it_ends_has_lasted() -> None:
    play = seated()
    play.row("CallOffered", {"caller": "+33465712108"}, call_key="k")
    play.row("SimulationStarted", {"simulation": "S1"}, after=5)
    play.row("CallAnswered", {}, call_key="k", after=10)
    play.row("CallHeld", {"by": "local"}, call_key="k", after=20)
    play.row("CallResumed", {"by": "local"}, call_key="k", after=42)
    play.row("CallEnded", {"cause": "hung_up", "by": "local"}, call_key="k", after=8)
    play.row("SimulationEnded", {"simulation": "S1"}, after=1)
    play.row("Searched", {"q": "x", "total": 0}, after=1)
    lines = [(e.kind, e.since_start and round(e.since_start), e.lasted and round(e.lasted)) for e in play.state.timeline]
    assert lines == [
        ("CallOffered", None, None), ("SimulationStarted", 0, None), ("CallAnswered", 10, None), ("CallHeld", 30, None),
        ("CallResumed", 72, 42), ("CallEnded", 80, 70), ("SimulationEnded", 81, 81), ("Searched", None, None),
    ]  # fmt: skip
    before = play.state
    play.happens(phone.RowArrived(3, "", "CallAnswered", "k", "", {}, play.now))
    assert play.state is before
    play.happens(ev.JournalRestarted())
    assert play.state.timeline == () and play.state.seq == 0


def test_of_what_jurors_hear_only_deafness_and_its_end() -> None:
    play = seated()
    for state in ("waiting", "hearing", "deaf", "hearing", "quiet"):
        play.row("JurorHears", {"seat": "jury2", "state": state})
    play.row("TransferProgressed", {"code": 100, "final": False})
    play.row("TransferProgressed", {"code": 200, "final": True})
    told = [(e.kind, e.data.get("state")) for e in play.state.timeline]
    assert told == [("JurorHears", "deaf"), ("JurorHears", "hearing"), ("TransferProgressed", None)] and play.state.seq == 7


def test_what_the_candidate_looks_at() -> None:
    play = seated()
    play.row("ScreenOpened", {"screen": "search"})
    assert play.state.screen == "search" and looks_words(play.state) == "Devant le candidat : Recherche"
    play.happens(phone.RowArrived(None, "", "CustomerSpeaking", "", "customer", {}, play.now))
    assert play.state.screen == "search" and len(play.state.timeline) == 1
    play.happens(ev.JournalRestarted())
    assert looks_words(play.state) == ""


def test_an_exchange_is_back_only_when_it_was_away() -> None:
    play = seated()
    for up in (True, True, False, False, True, True):  # each start of the room server tells that it is there
        play.row("ExchangeLinkChanged", {"up": up})
    assert [entry.data["up"] for entry in play.state.timeline] == [False, True]


def test_who_listens_for_the_room_s_check_is_no_news() -> None:
    play = seated()
    play.row("ExchangeListeningBegan", {"listener": "jury1", "line": "poste3", "check": True})
    for kind, listener in (("Began", "jury2"), ("Ended", "jury1"), ("Ended", "jury2"), ("Began", "jury1")):
        play.row(f"ExchangeListening{kind}", {"listener": listener, "line": "poste3"})
    told = [(entry.kind.removeprefix("ExchangeListening"), entry.data["listener"]) for entry in play.state.timeline]
    assert told == [("Began", "jury2"), ("Ended", "jury2"), ("Began", "jury1")]


def test_customers_are_known_by_their_names() -> None:
    play = seated()
    after = {"civility": "M.", "first_name": "Paul", "last_name": "Aubin", "reference": "MVL-1"}
    play.row("RecordCreated", {"record_kind": "contact", "id": "aubin", "after": after})
    play.happens(ev.WhoArrived("gone", {"contact_id": "x", "name": "X"}, play.now))
    assert play.state.people == {"corbulon-nadege": "Mme Nadège Corbulon", "aubin": "M. Paul Aubin MVL-1"}


def test_the_next_simulation_to_do_comes_when_one_ends() -> None:
    play = seated()
    play.happens(ev.SimulationChosen("S4"))
    play.sees(current="S4")
    play.room.mine["simulations"][1]["state"] = "terminée"
    play.sees(current=None)
    assert play.state.chosen == "S9"
    play.sees(current="S9")
    play.room.mine["simulations"][2]["state"] = "terminée"
    play.sees(current=None)
    assert play.state.chosen == "S1"  # the one that was left out
    play.happens(ev.SimulationChosen("S9"))
    play.sees()
    assert play.state.chosen == "S9"  # read again, by choice
    play.sees(current="S1")
    play.room.mine["simulations"][0]["state"] = "terminée"
    play.sees(current=None)
    assert play.state.chosen == "S1"  # nothing is left to do


def test_calls_for_the_shared_queue() -> None:
    play = seated(mode="practice")
    play.happens(ev.StreamWanted(("S1", "S4"), 5, 20))
    assert play.asked == [fx.AskStream(("S1", "S4"), 5, 20)] and play.state.asked == "stream"
    play.happens(ev.Done("stream", "Appels demandés.", play.now))
    assert play.state.asked == "" and play.said == "Appels demandés."


def test_beginning_and_ending_a_simulation() -> None:
    play = seated()
    play.happens(ev.SimulationOrdered("start", "S9", "w"))
    assert play.asked == [fx.OrderSimulation("start", "S9", "w")] and play.state.asked == "start"
    play.happens(ev.Done("start"))
    assert play.state.asked == ""
    play.happens(ev.SimulationOrdered("end", "S9", "w2"), ev.Refused("end", "Elle n'est pas commencée.", T0))
    assert play.state.asked == "" and play.said == "Elle n'est pas commencée."


def test_every_event_has_its_move() -> None:
    import typing

    from workstation.jury.console.reducer import _MOVES

    assert set(typing.get_args(ev.JuryEvent)) == set(_MOVES)
