"""One call of the room's check, fact by fact; and what a machine does of the room's questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cti.messages import (
    AnswerCall,
    CallAnswered,
    CallEnded,
    CallOffered,
    CallPlaced,
    Cause,
    HangUpCall,
    HearPattern,
    LoopMeasured,
    OrderRefused,
    PatternHeard,
    PhoneLost,
    PlaceCall,
    ProbeLoop,
    Refusal,
    SetVolume,
    SoundChanged,
)
from workstation.check import calls
from workstation.check.calls import CheckCall, Phase, Question, Step
from workstation.check.machine import MachineCheck
from workstation.desk.softphone_facts import fact_told
from workstation.desk.state import DeskState

ECHO = "sip:600@192.0.2.1:5061;transport=tls"


def began(ask: Any, call_id: str = "check-1") -> CheckCall:
    call = calls.place(Question(7, ask, ECHO, 5.0), call_id).call
    assert call is not None
    return call


def answered(ask: Any) -> Step:
    return calls.told(began(ask), CallAnswered("check-1", "k", "PCMA", True))


def test_an_echo_is_called_measured_and_hung_up() -> None:
    step = calls.place(Question(7, "loop", ECHO), "check-1")
    assert step.orders == (PlaceCall("check-1", ECHO, ring_limit=5.0),)
    step = answered("loop")
    assert step.orders == (ProbeLoop("check-1"),) and step.report is None and step.call is not None and step.call.phase is Phase.MEASURING
    step = calls.told(step.call, LoopMeasured("check-1", True, 61.5, 0.98, True, True, 0.1))
    assert step.call is None and step.orders == (HangUpCall("check-1"),)
    assert step.report is not None and step.report[0] == 7
    assert step.report[1] == {
        "answered": True, "encrypted": True, "codec": "PCMA", "heard": True, "delay_ms": 61.5, "level": 0.98, "microphone_open": True,
        "speaker_open": True, "microphone_level": 0.1,
    }  # fmt: skip


def test_a_station_that_plays_the_tone_says_nothing_over_it() -> None:
    assert calls.place(Question(7, "tone", "sip:601@h"), "check-1").orders == (
        PlaceCall("check-1", "sip:601@h", ring_limit=5.0, listen_only=True),
    )


def test_a_seat_only_listens() -> None:
    step = calls.place(Question(7, "listen", "sip:ecoute-1@h", 4.0), "check-1")
    assert step.orders == (PlaceCall("check-1", "sip:ecoute-1@h", ring_limit=5.0, listen_only=True),)
    assert answered("listen").orders == (HearPattern("check-1", 5.0),)


def test_a_tone_is_kept_on_until_the_room_says_stop() -> None:
    step = answered("tone")
    assert step.report == (7, {"answered": True}) and step.orders == ()
    assert step.call is not None and calls.end(step.call, "stopped") == Step(None, (HangUpCall("check-1"),), None)


@pytest.mark.parametrize("ask", ["loop", "tone", "listen"])
@pytest.mark.parametrize(
    ("fact", "why"),
    [
        (CallEnded("check-1", "k", Cause.NO_ANSWER), "no_answer"),
        (OrderRefused("PlaceCall", Refusal.NO_PHONE, "check-1"), "no_phone"),
        (PhoneLost(1), "phone_lost"),
    ],
)
def test_a_call_that_does_not_come_about_is_told_why(ask: Any, fact: Any, why: str) -> None:
    assert calls.told(began(ask), fact) == Step(None, (), (7, {"answered": False, "why": why}))


@pytest.mark.parametrize("ask", ["loop", "listen"])
def test_a_call_cut_while_it_is_measured_is_no_measure(ask: Any) -> None:
    call = answered(ask).call
    assert call is not None
    assert calls.told(call, PhoneLost(1)).report == (7, {"answered": True, "why": "phone_lost"})


def test_the_facts_of_other_calls_change_nothing() -> None:
    call = began("loop")
    for fact in (
        CallAnswered("c-9", "k"),
        CallEnded("c-9", "k", Cause.HUNG_UP),
        LoopMeasured("c-9", True, 1, 1, True, True),
        CallPlaced("check-1", "", "t"),
    ):
        assert calls.told(call, fact) == Step(call)


def test_nobody_else_hears_of_a_check_s_call() -> None:
    assert calls.is_of_check(CallEnded("check-1", "k", Cause.HUNG_UP)) and calls.is_of_check(PatternHeard("check-1", True, 0.2))
    assert not calls.is_of_check(CallEnded("c-1", "k", Cause.HUNG_UP)) and not calls.is_of_check(SoundChanged("ok"))


class Machine:
    """A machine whose phone and room tests speak for."""

    def __init__(self, state: DeskState | None = None) -> None:
        self.state = state or DeskState()
        self.sent: list[Any] = []
        self.said: list[str] = []
        self.reports: dict[int, dict[str, Any]] = {}

        async def printer(address: str) -> dict[str, str]:
            return {"printer_state": "ready", "printer_name": address}

        self.check = MachineCheck(
            self,
            self.sent.append,
            lambda: self.state,
            lambda text, tone: self.said.append(text),
            printer="ipp://p/q",
            probe_printer=printer,
            version="9.9",
            clock=lambda: 1234.5,
        )
        self.check.connected(self.reports.__setitem__)

    async def run(self, machine: MachineCheck) -> None:
        raise AssertionError("not in these tests")

    async def ask(self, number: int, ask: str, **more: Any) -> None:
        await self.check.asked({"id": number, "ask": ask, **more})

    @property
    def call_id(self) -> str:
        return next(str(order.call_id) for order in reversed(self.sent) if isinstance(order, PlaceCall))


async def test_a_machine_says_how_it_is() -> None:
    state = fact_told(DeskState(), SoundChanged("ok", "Micro", "Casque"), 1.0)
    machine = Machine(replace(state, phone=replace(state.phone, state="ready", registration="registered")))
    await machine.ask(1, "clock")
    assert machine.reports[1] == {
        "version": "9.9", "now": 1234.5, "phone": "ready", "registration": "registered", "printer": "ipp://p/q",
    }  # fmt: skip
    await machine.ask(2, "look")
    assert machine.reports[2] == {**machine.reports[1], "printer_state": "ready", "printer_name": "ipp://p/q"}


async def test_a_loop_is_reported_with_the_devices_it_went_through() -> None:
    machine = Machine(fact_told(DeskState(), SoundChanged("ok", "Micro", "Casque"), 1.0))
    await machine.ask(3, "loop", target=ECHO)
    assert len(machine.said) == 1
    assert machine.check.takes(CallAnswered(machine.call_id, "", "PCMA", True))
    assert machine.check.takes(LoopMeasured(machine.call_id, True, 60.0, 1.0, True, True))
    assert machine.reports[3]["heard"] and machine.reports[3]["microphone"] == "Micro" and machine.reports[3]["sound"] == "ok"
    assert machine.sent[-1] == HangUpCall(machine.call_id)
    await machine.ask(4, "stop")
    assert machine.reports[4] == {} and len(machine.said) == 2


async def test_a_person_s_call_comes_first() -> None:
    happenings: tuple[Callable[[Machine], object], ...] = (
        lambda machine: machine.check.takes(CallOffered("in-1", "k", "0612345678", "", "poste1")),
        lambda machine: machine.check.ordered(PlaceCall("c-1", "sip:0612345678@h")),
        lambda machine: machine.check.ordered(AnswerCall("in-1")),
    )
    for happens in happenings:
        machine = Machine()
        await machine.ask(3, "loop", target=ECHO)
        machine.check.takes(CallAnswered(machine.call_id, ""))
        happens(machine)
        assert machine.reports[3]["why"] == "gave_way" and machine.sent[-1] == HangUpCall(machine.call_id)
    machine = Machine()
    await machine.ask(3, "loop", target=ECHO)
    machine.check.ordered(SetVolume(1.0))
    assert machine.reports == {}


async def test_a_machine_in_a_call_places_none_for_the_check() -> None:
    machine = Machine(fact_told(DeskState(), CallOffered("in-1", "k", "0612345678", "", "poste1"), 1.0))
    await machine.ask(3, "loop", target=ECHO)
    assert machine.sent == [] and machine.said == []
    assert machine.reports[3]["answered"] is False and machine.reports[3]["why"] == "busy"


async def test_a_room_that_goes_away_leaves_no_call_behind() -> None:
    machine = Machine()
    await machine.ask(3, "tone", target=ECHO)
    machine.check.takes(CallAnswered(machine.call_id, ""))
    machine.check.disconnected()
    assert machine.sent[-1] == HangUpCall(machine.call_id)


async def test_a_second_question_ends_the_call_of_the_first() -> None:
    machine = Machine()
    await machine.ask(3, "loop", target=ECHO)
    first = machine.call_id
    await machine.ask(4, "loop", target=ECHO)
    assert machine.reports[3]["why"] == "replaced" and HangUpCall(first) in machine.sent and machine.call_id != first


@pytest.mark.parametrize("question", [{}, {"id": "x", "ask": "clock"}, {"id": 1, "ask": "explode"}, {"id": 1}])
async def test_what_is_no_question_changes_nothing(question: dict[str, Any]) -> None:
    machine = Machine()
    await machine.check.asked(question)
    assert machine.reports == {} and machine.sent == []
