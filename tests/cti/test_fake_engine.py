"""The scripted engine keeps the port's promises, so that a screen tested on it works on a real one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.call import CallEvent, CallState, IllegalCallMove, next_call_state
from cti.messages import (
    AnswerCall,
    CallAnswered,
    CallEnded,
    CallHeld,
    CallOffered,
    CallPlaced,
    CallRang,
    CallResumed,
    Cause,
    ChooseDevices,
    CompleteTransfer,
    DigitReceived,
    DigitsSent,
    EngineFaulted,
    Fact,
    HangUpCall,
    HoldCall,
    MediaFlowed,
    MicrophoneMuted,
    MuteMicrophone,
    Order,
    OrderRefused,
    PhoneStarted,
    PlaceCall,
    Refusal,
    RefuseCall,
    RegisterAccount,
    RegistrationChanged,
    ResumeCall,
    SendDigits,
    SetVolume,
    SoundChanged,
    StopPhone,
    TransferCall,
    TransferProgressed,
    VolumeChanged,
)  # fmt: skip
from cti.phone.fake_engine import FakeEngine
from cti.phone.port import Capability, EngineUnavailable, PhoneSettings, SoftphoneEngine
from tests.contract.station import ToneSound


class Desk:
    def __init__(self, engine: FakeEngine) -> None:
        self.engine = engine
        self.sound = ToneSound()
        self.facts: list[Fact] = []
        port: SoftphoneEngine = engine
        port.start(PhoneSettings(), self.sound, self.facts.append)

    def do(self, *orders: Order) -> list[Fact]:
        """The facts these orders ended in."""
        before = len(self.facts)
        for order in orders:
            self.engine.execute(order)
        return self.facts[before:]

    def after(self, act: Callable[[], object]) -> list[Fact]:
        before = len(self.facts)
        act()
        return self.facts[before:]


@pytest.fixture
def desk() -> Desk:
    now = iter(range(0, 10_000, 5))
    return Desk(FakeEngine(clock=lambda: float(next(now))))


def test_an_offered_call_from_the_ring_to_the_end(desk: Desk) -> None:
    started = desk.facts[0]
    assert isinstance(started, PhoneStarted)
    assert set(started.capabilities) == set(Capability)
    call = desk.engine.offer(caller="+33612345678", name="Mme\u202e Durand", queue="Commandes", call_key="k1")
    assert desk.facts[-1] == CallOffered(call, "k1", "+33612345678", "Mme Durand", "plateau", "Commandes", {}, False)
    assert desk.do(AnswerCall(call)) == [CallAnswered(call, "k1", "PCMA", False)]
    assert desk.do(HoldCall(call), ResumeCall(call)) == [CallHeld(call, "k1", "local"), CallResumed(call, "k1", "local")]
    ended = desk.after(lambda: desk.engine.far_hangs_up(call))
    assert ended == [CallEnded(call, "k1", Cause.HUNG_UP, "remote", answered=True, seconds=5.0)]
    assert (desk.sound.began, desk.sound.ended) == (1, 1)


def test_a_placed_call(desk: Desk) -> None:
    assert desk.do(PlaceCall("c1", "sip:0612@127.0.0.1", "k")) == [CallPlaced("c1", "k", "sip:0612@127.0.0.1")]
    desk.engine.far_rings("c1")
    desk.engine.far_answers("c1")
    assert [type(fact) for fact in desk.facts[-2:]] == [CallRang, CallAnswered]
    assert desk.do(SendDigits("c1", "12#")) == [DigitsSent("c1", "k", "12#")]
    desk.engine.far_presses("c1", "5")
    assert desk.facts[-1] == DigitReceived("c1", "k", "5")
    assert isinstance(desk.do(HangUpCall("c1"))[0], CallEnded)


@pytest.mark.parametrize(
    ("act", "cause", "by"),
    [
        (lambda engine: engine.far_refuses("c1", 486), Cause.BUSY, "remote"),
        (lambda engine: engine.far_refuses("c1", 404), Cause.UNKNOWN_NUMBER, "remote"),
        (lambda engine: engine.ring_limit_passes("c1"), Cause.NO_ANSWER, "system"),
        (lambda engine: engine.network_drops("c1"), Cause.NETWORK, "system"),
        (lambda engine: engine.execute(HangUpCall("c1")), Cause.CANCELLED, "local"),
    ],
)
def test_a_placed_call_that_is_not_answered(desk: Desk, act: Callable[[FakeEngine], None], cause: Cause, by: str) -> None:
    desk.do(PlaceCall("c1", "sip:0612@127.0.0.1"))
    ended = desk.after(lambda: act(desk.engine))[-1]
    assert isinstance(ended, CallEnded)
    assert (ended.cause, ended.by, ended.answered, ended.seconds) == (cause, by, False, 0.0)
    assert desk.sound.began == 0


def test_answering_the_second_holds_the_first(desk: Desk) -> None:
    first = desk.engine.offer(call_key="k1")
    desk.do(AnswerCall(first))
    second = desk.engine.offer(call_key="k2")
    offered = desk.facts[-1]
    assert isinstance(offered, CallOffered)
    assert offered.waiting
    assert desk.do(AnswerCall(second)) == [CallHeld(first, "k1", "local"), CallAnswered(second, "k2", "PCMA", False)]
    assert desk.do(ResumeCall(first)) == [CallHeld(second, "k2", "local"), CallResumed(first, "k1", "local")]


def test_transfers(desk: Desk) -> None:
    call = desk.engine.offer()
    desk.do(AnswerCall(call), TransferCall(call, "sip:201@127.0.0.1"))
    assert desk.after(lambda: desk.engine.transfer_moves(call, 180)) == [TransferProgressed(call, "", 180)]
    assert desk.after(lambda: desk.engine.transfer_moves(call, 486)) == [TransferProgressed(call, "", 486, final=True)]
    assert desk.engine.calls[call].state is CallState.TALKING
    desk.do(HoldCall(call), PlaceCall("consult", "sip:201@127.0.0.1"))
    desk.engine.far_answers("consult")
    assert desk.do(CompleteTransfer(call, "consult")) == []
    facts = desk.after(lambda: desk.engine.transfer_moves(call, 200))
    assert [fact.cause for fact in facts if isinstance(fact, CallEnded)] == [Cause.TRANSFERRED] * 2


def test_a_call_that_only_listens(desk: Desk) -> None:
    desk.do(PlaceCall("c1", "sip:ecoute@127.0.0.1", "k", listen_only=True))
    desk.engine.far_answers("c1")
    refused = desk.do(SendDigits("c1", "1"), TransferCall("c1", "sip:201@127.0.0.1"))
    assert [fact.reason for fact in refused if isinstance(fact, OrderRefused)] == [Refusal.LISTEN_ONLY] * 2
    assert desk.after(lambda: desk.engine.media_flows("c1", False)) == [MediaFlowed("c1", "k", False)]
    with pytest.raises(IllegalCallMove):
        desk.engine.media_flows("c1", False)
    assert desk.after(lambda: desk.engine.media_flows("c1", True)) == [MediaFlowed("c1", "k", True)]
    assert desk.do(SetVolume(0.4)) == [VolumeChanged(0.4)]
    assert isinstance(desk.do(SetVolume(3.0))[0], OrderRefused)


def test_the_far_end_holds_us(desk: Desk) -> None:
    call = desk.engine.offer(call_key="k")
    desk.do(AnswerCall(call))
    desk.engine.far_holds(call)
    assert desk.facts[-1] == CallHeld(call, "k", "remote")
    with pytest.raises(IllegalCallMove):
        desk.engine.far_holds(call)
    assert desk.after(lambda: desk.engine.far_resumes(call)) == [CallResumed(call, "k", "remote")]


def test_refusals(desk: Desk) -> None:
    call = desk.engine.offer()
    refused = desk.do(HoldCall(call), ResumeCall(call), AnswerCall("nobody"), SendDigits(call, "1"), PlaceCall("x", "not an address"))
    assert [type(fact) for fact in refused] == [OrderRefused] * 5
    ended = desk.do(RefuseCall(call, "busy"))[0]
    assert isinstance(ended, CallEnded)
    assert (ended.cause, ended.by) == (Cause.BUSY, "local")
    assert isinstance(desk.do(RefuseCall(call))[0], OrderRefused)


def test_what_an_engine_does_not_declare_it_refuses() -> None:
    desk = Desk(FakeEngine(capabilities=frozenset({Capability.MUTE})))
    call = desk.engine.offer()
    desk.do(AnswerCall(call))
    for order in (HoldCall(call), TransferCall(call, "sip:a@b"), SendDigits(call, "1"), RegisterAccount("a", "b", "c")):
        assert isinstance(desk.do(order)[0], OrderRefused), order
    assert desk.do(MuteMicrophone(True)) == [MicrophoneMuted(True)]
    assert isinstance(desk.do(PlaceCall("c2", "sip:a@b"))[0], OrderRefused), "no call waiting"
    desk.do(HangUpCall(call))
    for wish in (PlaceCall("d1", "sip:a@b", direct=True), PlaceCall("d2", "sip:a@b", listen_only=True)):
        assert isinstance(desk.do(wish)[0], OrderRefused), wish


def test_registration_sound_and_death(desk: Desk) -> None:
    assert desk.do(RegisterAccount("a", "b", "pbx:5060")) == [RegistrationChanged("registered", "pbx:5060", 200, "OK")]
    desk.engine.lose_registration()
    desk.engine.registration_answer = (403, "Forbidden")
    assert desk.do(RegisterAccount("a", "b", "pbx")) == [RegistrationChanged("failed", "pbx", 403, "Forbidden")]
    desk.engine.lose_sound()
    lost = desk.facts[-1]
    assert isinstance(lost, SoundChanged)
    assert lost.state == "lost"
    assert desk.do(ChooseDevices(speaker="Casque 2")) == [SoundChanged("ok", "Micro d'essai", "Casque 2", "Casque d'essai")]
    call = desk.engine.offer()
    assert desk.after(desk.engine.die) == [EngineFaulted("engine thread", "assertion failed")]
    assert isinstance(desk.do(AnswerCall(call))[0], OrderRefused)


def test_stopping_ends_every_call_once(desk: Desk) -> None:
    talking, ringing = desk.engine.offer(), desk.engine.offer()
    desk.do(AnswerCall(talking))
    facts = desk.do(StopPhone())
    assert [(fact.call_id, fact.cause) for fact in facts if isinstance(fact, CallEnded)] == [
        (talking, Cause.HUNG_UP),
        (ringing, Cause.NO_ANSWER),
    ]
    assert desk.after(desk.engine.stop) == []


def test_an_engine_that_is_not_here() -> None:
    with pytest.raises(EngineUnavailable, match="installez"):
        Desk(FakeEngine(unavailable="installez pjsua2-python"))


@pytest.mark.parametrize(("user", "last"), [("answers", CallAnswered), ("rings", CallRang), ("busy", CallEnded), ("unknown", CallEnded)])
def test_calls_that_play_themselves(desk: Desk, user: str, last: type) -> None:
    assert isinstance(desk.do(PlaceCall("c", f"sip:{user}@fake.invalid"))[-1], last)


_EVENTS = {CallRang: CallEvent.RANG, CallAnswered: CallEvent.ANSWERED, CallEnded: CallEvent.ENDED}
_SCRIPT = ("far_rings", "far_answers", "far_refuses", "far_cancels", "far_hangs_up", "far_holds", "far_resumes", "network_drops")
_ORDERS = (AnswerCall, RefuseCall, HangUpCall, HoldCall, ResumeCall)
steps = st.lists(st.tuples(st.sampled_from((*_SCRIPT, *_ORDERS, "offer", "place")), st.integers(0, 3)), max_size=30)


@given(steps)
def test_whatever_happens_the_facts_of_each_call_follow_the_table(plan: list[tuple[object, int]]) -> None:
    desk = Desk(FakeEngine(clock=lambda: 1.0))
    for step, which in plan:
        known = list(desk.engine.calls) or ["none"]
        call_id = known[which % len(known)]
        if step == "offer":
            desk.engine.offer()
        elif step == "place":
            desk.do(PlaceCall(f"p{len(desk.engine.calls)}", "sip:a@b"))
        elif isinstance(step, str):
            try:
                getattr(desk.engine, step)(call_id)
            except IllegalCallMove:
                continue
        elif isinstance(step, type):
            told = desk.do(step(call_id))
            assert told, "every order ends in a fact"
    states: dict[str, CallState] = {}
    for fact in desk.facts:
        if isinstance(fact, CallOffered):
            states[fact.call_id] = CallState.OFFERED
        elif isinstance(fact, CallPlaced):
            states[fact.call_id] = CallState.DIALLING
        elif isinstance(fact, (CallHeld, CallResumed)) and fact.by == "local":
            event = CallEvent.HELD if isinstance(fact, CallHeld) else CallEvent.RESUMED
            states[fact.call_id] = next_call_state(states[fact.call_id], event)
        elif isinstance(fact, (CallRang, CallAnswered, CallEnded)):
            states[fact.call_id] = next_call_state(states[fact.call_id], _EVENTS[type(fact)])
    assert states == {call.call_id: call.state for call in desk.engine.calls.values()}
    assert sum(state is CallState.TALKING for state in states.values()) <= 1, "one voice at a time"
    assert desk.sound.began - desk.sound.ended == sum(state in (CallState.TALKING, CallState.HELD) for state in states.values())
