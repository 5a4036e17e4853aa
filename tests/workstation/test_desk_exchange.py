"""The desk and its room's exchange: the account it registers with, who listens, what a replaced machine says."""

from __future__ import annotations

from typing import Any

import pytest

from cti.messages import CallOffered, HangUpCall, RegisterAccount, UnregisterAccount
from workstation.desk import effects as fx
from workstation.desk.events import AccountArrived, PhoneTold, PlaceLost, RowArrived, SittingArrived, SittingLeft, StationArrived
from workstation.desk.exchange_news import OTHER_SITTING, listening_words
from workstation.desk.reducer import apply
from workstation.desk.state import DeskState
from workstation.ui.widgets.call_bar import agent_line, call_line, pop_words

EXAM = {"kind": "asterisk", "transport": "tls", "encrypted": True, "mode": "exam", "user": "poste1"}
ACCOUNT = {"user": "poste1", "password": "secret", "server": "192.0.2.1:5061", "transport": "tls", "label": "Poste 1", "ca": ""}


def arrived(**exchange: Any) -> tuple[DeskState, tuple[object, ...]]:
    return apply(DeskState(), StationArrived({"agent": {}, "calls": [], "exchange": {**EXAM, **exchange}}, 1.0))


def row(seq: int, kind: str, **data: Any) -> RowArrived:
    return RowArrived(seq, "2026-11-23T09:00:00+00:00", kind, "", "central", data, 1763888400.0)


def test_the_phone_registers_with_what_the_room_says_each_time_it_says_it() -> None:
    state, effects = arrived()
    assert fx.FetchAccount() in effects
    state, effects = apply(state, AccountArrived(ACCOUNT, 2.0))
    assert effects == (fx.TellPhone(RegisterAccount("poste1", "secret", "192.0.2.1:5061", "tls", "Poste 1")),)
    assert fx.FetchAccount() not in arrived(kind="direct")[1]


def test_the_agent_can_always_read_who_hears_the_calls() -> None:
    state, _ = arrived()
    assert listening_words(state) == "appels écoutés par le jury"
    state, _ = apply(state, row(1, "ExchangeListeningBegan", listener="jury2", label="Jury 2", line="poste1"))
    state, _ = apply(state, row(2, "ExchangeListeningBegan", listener="jury3", label="[b]Jury 3", line="poste1"))
    assert listening_words(state) == "ÉCOUTE EN COURS : Jury 2, [b]Jury 3"
    state, _ = apply(state, row(3, "ExchangeListeningEnded", listener="jury2", label="Jury 2", line="poste1"))
    assert listening_words(state) == "ÉCOUTE EN COURS : [b]Jury 3"
    assert listening_words(arrived(mode="practice")[0]) == "appels écoutables par le formateur"
    assert listening_words(arrived(kind="direct")[0]) == ""


def test_an_exchange_that_is_gone_is_told() -> None:
    state, _ = apply(arrived()[0], row(1, "ExchangeLinkChanged", up=False))
    assert state.exchange["reachable"] is False
    assert "central téléphonique ne répond plus" in state.notices[-1].text
    state, _ = apply(state, row(2, "ExchangeLinkChanged", up=True))
    assert state.notices[-1].text == "Le central téléphonique répond."


def test_a_replaced_machine_leaves_the_line_and_says_so_once() -> None:
    state, effects = apply(arrived()[0], PlaceLost(5.0))
    assert effects == (fx.TellPhone(UnregisterAccount()),)
    assert state.replaced and "CE POSTE A ÉTÉ REMPLACÉ" in state.notices[-1].text
    assert apply(state, PlaceLost(6.0)) == (state, ())


def test_a_replaced_machine_does_not_stay_in_the_call() -> None:
    offered = CallOffered("i", "k", "+33465712108", "Mme Odile Vasserand", "poste1")
    state, _ = apply(arrived()[0], PhoneTold(offered, 3.0, "f"))
    _, effects = apply(state, PlaceLost(5.0))
    assert effects == (fx.TellPhone(HangUpCall("i")), fx.TellPhone(UnregisterAccount()))


def test_a_desk_whose_sitting_is_over_ends_to_be_opened_on_the_next() -> None:
    state, effects = apply(arrived()[0], SittingLeft(5.0))
    assert effects == (fx.LeaveDesk(OTHER_SITTING),)
    assert "Une autre séance" in state.notices[-1].text


@pytest.mark.parametrize(("encrypted", "said"), [(True, False), (False, True)])
def test_calls_in_clear_are_said(encrypted: bool, said: bool) -> None:
    assert ("NON CHIFFRÉ" in agent_line(arrived(encrypted=encrypted)[0], 1.0, 120).plain) == said


@pytest.mark.parametrize(("position", "waited", "words"), [("1", "12", "(n° 1, attente 00:12)"), ("", "", ""), ("$[1+1]", "-1", "")])
def test_the_queue_its_place_and_the_wait_are_in_the_bar(position: str, waited: str, words: str) -> None:
    headers = {"X-Plateau-Position": position, "X-Plateau-Waited": waited}
    offered = CallOffered("i", "k", "+33465712108", "Mme Odile Vasserand", "poste1", "Service client", headers)
    state, _ = apply(arrived()[0], PhoneTold(offered, 3.0, "f"))
    call = state.call
    assert call is not None
    line = call_line(state, call, pop_words(state, call), 4.0, 140).plain
    assert "file Service client" in line and words in line and ("n°" in line) == bool(words)


def test_a_simulation_that_the_jury_begins_brings_its_brief() -> None:
    state, _ = apply(DeskState(), SittingArrived({"mode": "exam", "simulations": []}, 1.0))
    _, effects = apply(
        state, RowArrived(1, "2026-11-23T09:00:00+00:00", "SimulationStarted", "", "jury1", {"simulation": "S1"}, 1763888400.0)
    )
    assert effects == (fx.FetchSitting(), fx.FetchBrief())
