"""Numbers, durations and states as people read them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from cti import messages as m
from cti.agent import AgentState, NotReadyReason
from cti.call import CallState
from workstation.desk import words
from workstation.desk.state import CallView, DeskState


@pytest.mark.parametrize(
    ("number", "read"),
    [
        ("+33536491275", "05 36 49 12 75"),
        ("0536491275", "05 36 49 12 75"),
        ("sip:+33536491275@127.0.0.1", "05 36 49 12 75"),
        ("", "numéro masqué"),
        ("+4420794600", "+44 207 946 00"),
        ("poste", "poste"),
        ("+33[red]", "+33[red]"),
    ],
)
def test_numbers(number: str, read: str) -> None:
    assert words.number_words(number) == read


@pytest.mark.parametrize(("seconds", "read"), [(-3, "00:00"), (0, "00:00"), (65.9, "01:05"), (3725, "1:02:05")])
def test_durations(seconds: float, read: str) -> None:
    assert words.duration(seconds) == read


def call(**changes: object) -> CallView:
    return CallView(**{"call_id": "1", "call_key": "k", "direction": "entrant", "state": CallState.ENDED, "number": "", **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "read"),
    [
        (call(cause=m.Cause.CANCELLED), "Manqué"),
        (call(cause=m.Cause.FAULT), "Coupé : téléphone en défaut"),
        (call(answered_at=1.0, cause=m.Cause.HUNG_UP, ended_by="remote"), "Le client a raccroché"),
        (call(answered_at=1.0, cause=m.Cause.HUNG_UP, ended_by="local"), "Vous avez raccroché"),
        (call(answered_at=1.0, cause=None, ended_by="system"), "Terminé"),
        (call(direction="sortant", cause=m.Cause.CANCELLED), "Appel abandonné"),
        (call(direction="sortant", cause=m.Cause.BUSY), "Occupé"),
    ],
)
def test_why_a_call_is_over(one: CallView, read: str) -> None:
    assert words.cause_words(one) == read
    assert words.call_words(one).endswith(read)


def test_every_state_has_a_symbol_and_a_word_of_its_own() -> None:
    for table in (words.AGENT_WORDS, words.CALL_WORDS):
        symbols, said = zip(*table.values(), strict=True)
        assert len(set(symbols)) == len(symbols) and len(set(said)) == len(said)
    assert words.agent_words(AgentState.NOT_READY, NotReadyReason.BREAK) == "‖ En retrait (pause)"
    assert set(words.AGENT_WORDS) == set(AgentState) and set(words.CALL_WORDS) == set(CallState)
    assert set(words.REASON_WORDS) == set(NotReadyReason)


@pytest.mark.parametrize(
    ("mos", "loss", "read"), [(None, None, ""), (4.2, 0.2, "son bon"), (3.3, 4.0, "son moyen (pertes 4 %)"), (2.0, None, "son mauvais")]
)
def test_quality(mos: float | None, loss: float | None, read: str) -> None:
    assert words.quality_words(call(mos=mos, loss_pct=loss)) == read


def test_the_scenarios_own_clock_goes_on() -> None:
    told = {"clock": {"scenario_now": "2026-11-23T09:00:00"}}
    assert words.scenario_now(DeskState(sitting=told, sitting_at=100.0), 160.0) == dt.datetime(2026, 11, 23, 9, 1)
    assert words.scenario_now(DeskState(), 0.0) is None
    assert words.instant("no instant") == 0.0
    assert words.instant("1970-01-01T00:00:10") == 10.0
    assert words.who(call(name="Zoé", number="0536491275")) == "Zoé – 05 36 49 12 75"


def test_a_call_of_ones_own_is_dialled_not_offered() -> None:
    state = DeskState(agent=replace(DeskState().agent, state=AgentState.OFFERED), front="k")
    out = call(direction="sortant", state=CallState.RINGING)
    assert words.agent_now_words(replace(state, calls={"k": out})) == "◆ Numérotation"
    assert words.agent_now_words(replace(state, calls={"k": replace(out, direction="entrant")})) == "◆ Appel présenté"
