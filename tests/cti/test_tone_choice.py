"""Which tone is heard, call by call."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.messages import CallAnswered, CallEnded, CallHeld, CallOffered, CallPlaced, CallRang, CallResumed, Cause, Fact, Party
from cti.phone.audio.tones import TONES
from cti.phone.tone_choice import END_TONE, END_TONES, Sounding, ToneChoice


def after(*facts: Fact, now: float = 0.0) -> Sounding:
    choice = ToneChoice()
    for fact in facts:
        choice.told(fact, 0.0)
    return choice.sounding(now)


def offered(call_id: str, waiting: bool = False) -> CallOffered:
    return CallOffered(call_id, "", "", "", "", waiting=waiting)


def ended(call_id: str, cause: Cause = Cause.HUNG_UP, by: Party = "remote", answered: bool = False) -> CallEnded:
    return CallEnded(call_id, "", cause, by, answered=answered)


PLACED, RANG, ANSWERED = CallPlaced("o", "", "sip:x"), CallRang("o", ""), CallAnswered("o", "")
SILENCE = Sounding()


@pytest.mark.parametrize(
    ("facts", "heard"),
    [
        ((), SILENCE),
        ((offered("i"),), Sounding(bell=True)),
        ((offered("i"), CallAnswered("i", "")), SILENCE),
        ((offered("i"), ended("i", Cause.CANCELLED)), SILENCE),
        ((PLACED,), SILENCE),
        ((PLACED, RANG), Sounding(tone="ringback")),
        ((PLACED, RANG, CallRang("o", "", early_media=True)), SILENCE),
        ((PLACED, RANG, ANSWERED), SILENCE),
        ((PLACED, RANG, ended("o", Cause.BUSY)), Sounding(tone="busy")),
        ((PLACED, ended("o", Cause.NETWORK)), Sounding(tone="congestion")),
        ((PLACED, RANG, ended("o", Cause.CANCELLED, "local")), SILENCE),
        ((PLACED, RANG, ANSWERED, ended("o", Cause.NETWORK, "system", answered=True)), SILENCE),
        ((PLACED, RANG, ANSWERED, offered("i", True)), Sounding(tone="waiting")),
        ((PLACED, RANG, ANSWERED, offered("i", True), ended("o", answered=True)), Sounding(bell=True)),
        ((PLACED, RANG, ANSWERED, CallHeld("o", ""), CallPlaced("p", "", "sip:y"), CallRang("p", "")), Sounding(tone="ringback")),
        ((PLACED, RANG, ANSWERED, CallHeld("o", "", "remote"), CallResumed("o", "", "remote")), SILENCE),
        ((PLACED, ended("o", Cause.BUSY), CallPlaced("p", "", "sip:y")), SILENCE),
    ],
)
def test_what_is_heard(facts: tuple[Fact, ...], heard: Sounding) -> None:
    assert after(*facts) == heard


def test_the_tone_of_a_failed_call_ends_by_itself() -> None:
    assert after(PLACED, ended("o", Cause.BUSY), now=END_TONE - 0.1) == Sounding(tone="busy")
    assert after(PLACED, ended("o", Cause.BUSY), now=END_TONE) == SILENCE


def test_every_tone_named_exists() -> None:
    assert {*END_TONES.values(), "ringback", "waiting"} <= set(TONES)


CALLS = st.sampled_from("abc")
FACTS = st.one_of(
    CALLS.map(offered),
    CALLS.map(lambda call: CallPlaced(call, "", "sip:x")),
    st.builds(CallRang, CALLS, st.just(""), st.booleans()),
    st.builds(CallAnswered, CALLS, st.just("")),
    st.builds(CallHeld, CALLS, st.just(""), st.sampled_from(["local", "remote"])),
    st.builds(CallResumed, CALLS, st.just(""), st.sampled_from(["local", "remote"])),
    st.builds(ended, CALLS, st.sampled_from(list(Cause)), st.sampled_from(["local", "remote", "system"]), st.booleans()),
)


@given(st.lists(FACTS, max_size=30))
def test_any_order_of_facts_gives_a_known_tone_and_never_a_bell_over_a_tone(facts: list[Fact]) -> None:
    heard = after(*facts)
    assert not heard.tone or (heard.tone in TONES and not heard.bell)


@given(st.lists(FACTS, max_size=30))
def test_silence_returns_when_every_call_is_over(facts: list[Fact]) -> None:
    assert after(*facts, *(ended(call) for call in "abc"), now=END_TONE + 1) == SILENCE
