"""The silence detector: as conversations, and whatever happens in whatever order."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstation.jury.console.hearing import (
    ASK_EVERY,
    ATTACH_WITHIN,
    PATIENCE,
    QUIET_AFTER,
    SOUND,
    SPOKEN_UNHEARD,
    Ask,
    Attached,
    Begun,
    Deed,
    Denied,
    Drop,
    Ear,
    ExchangeSaid,
    Flowed,
    Granted,
    Hearing,
    HearingEvent,
    LegEnded,
    LegUp,
    LevelRead,
    Stopped,
    Tell,
    Why,
    hear,
)

T0 = 1_790_000_000.0
LOUD = LevelRead(0.2)
NOTHING = LevelRead(0.0)  # time goes by


class Listener:
    """`happens` at the present hour, `passes` lets time go by in ticks of a quarter of a second. `deeds`: all there were."""

    def __init__(self) -> None:
        self.hearing, self.now = Hearing(), T0
        self.deeds: list[Deed] = []

    def happens(self, *events: HearingEvent) -> list[Deed]:
        done: list[Deed] = []
        for event in events:
            self.hearing, deeds = hear(self.hearing, event, self.now)
            done += deeds
        self.deeds += done
        return done

    def passes(self, seconds: float, *during: HearingEvent) -> list[Deed]:
        done: list[Deed] = []
        for _quarter in range(round(seconds / 0.25)):
            self.now += 0.25
            done += self.happens(*during, NOTHING)
        return done

    def attached(self, leg: str = "a", state: Attached = "attached") -> Listener:
        """Asked, granted, answered, confirmed by the exchange."""
        if not self.hearing.wanted:
            self.happens(Begun("listen"))
        self.happens(Granted(self.hearing.attempt, leg), LegUp(leg), ExchangeSaid(state, False, state == "attached"))
        return self

    def ear(self) -> Ear:
        return self.hearing.ear

    @property
    def told(self) -> list[tuple[Ear, str]]:
        return [(deed.ear, deed.why) for deed in self.deeds if isinstance(deed, Tell)]


def asks(deeds: list[Deed]) -> list[int]:
    return [deed.attempt for deed in deeds if isinstance(deed, Ask)]


def drops(deeds: list[Deed]) -> list[str]:
    return [deed.call_id for deed in deeds if isinstance(deed, Drop)]


def test_one_demand_and_what_is_heard() -> None:
    listener = Listener()
    assert asks(listener.happens(Begun("listen"))) == [1] and listener.ear() is Ear.JOINING
    assert listener.happens(Granted(1, "a")) == []
    listener.attached()
    assert listener.ear() is Ear.QUIET
    listener.happens(LOUD)
    assert listener.ear() is Ear.HEARING
    listener.passes(QUIET_AFTER + 0.5)
    assert listener.ear() is Ear.QUIET
    assert listener.told == [(Ear.QUIET, ""), (Ear.HEARING, ""), (Ear.QUIET, "")]
    assert asks(listener.deeds) == [1]


def test_before_the_call_it_waits_and_follows_it() -> None:
    listener = Listener().attached(state="waiting")
    assert listener.ear() is Ear.WAITING
    listener.happens(Flowed("a", False))  # the exchange sends nothing while there is nothing to hear
    assert listener.passes(60) == [] and listener.ear() is Ear.WAITING
    listener.happens(ExchangeSaid("attached", True, True), Flowed("a", True), LOUD)
    assert listener.ear() is Ear.HEARING and asks(listener.deeds) == [1]


def test_a_lost_leg_is_asked_again_at_once_then_every_two_seconds() -> None:
    listener = Listener().attached()
    listener.passes(10, LOUD)
    done = listener.happens(LegEnded("a"))
    assert asks(done) == [2] and (listener.ear(), listener.hearing.why) == (Ear.DEAF, Why.LEG_LOST)
    assert asks(listener.happens(Denied(2))) == []
    assert asks(listener.passes(ASK_EVERY - 0.25)) == []
    assert asks(listener.passes(0.25)) == [3]
    listener.happens(Denied(3))
    assert asks(listener.passes(ASK_EVERY)) == [4]
    listener.attached("b")
    listener.happens(LOUD)
    assert listener.ear() is Ear.HEARING
    assert listener.told[-3:] == [(Ear.DEAF, Why.LEG_LOST), (Ear.QUIET, ""), (Ear.HEARING, "")]


def test_silence_is_no_deafness() -> None:
    """Nobody speaks, at either end, for as long as they please."""
    listener = Listener().attached()
    assert listener.passes(120) == [] and listener.ear() is Ear.QUIET


def test_deaf_when_somebody_speaks_and_nothing_comes() -> None:
    listener = Listener().attached()
    listener.happens(ExchangeSaid("attached", True, True))
    assert listener.passes(SPOKEN_UNHEARD) == [] and listener.ear() is Ear.QUIET
    done = listener.passes(0.25)
    assert asks(done) == [2] and drops(done) == ["a"]
    assert (listener.ear(), listener.hearing.why) == (Ear.DEAF, Why.UNHEARD)


def test_a_new_leg_must_be_heard_while_they_speak_before_it_counts() -> None:
    listener = Listener().attached()
    listener.happens(ExchangeSaid("attached", True, True))
    listener.passes(SPOKEN_UNHEARD + 0.25)
    listener.happens(Granted(2, "b"), LegUp("b"), ExchangeSaid("attached", True, True))
    assert listener.ear() is Ear.DEAF
    listener.happens(LOUD)
    assert listener.ear() is Ear.HEARING and listener.told[-1] == (Ear.HEARING, "")


def test_they_cease_to_speak_and_the_deafness_ends_without_proof() -> None:
    listener = Listener().attached()
    listener.happens(ExchangeSaid("attached", True, True))
    listener.passes(SPOKEN_UNHEARD + 0.25)
    listener.attached("b")
    assert listener.ear() is Ear.QUIET


def test_who_is_heard_is_not_missed() -> None:
    """They speak without a pause for a minute, and it is heard."""
    listener = Listener().attached()
    listener.happens(ExchangeSaid("attached", True, True))
    assert asks(listener.passes(60, LOUD)) == [] and listener.ear() is Ear.HEARING


def test_noise_below_the_threshold_is_not_hearing() -> None:
    listener = Listener().attached()
    listener.happens(ExchangeSaid("attached", True, True))
    assert asks(listener.passes(SPOKEN_UNHEARD + 0.25, LevelRead(SOUND / 2))) == [2]


def test_no_media_in_a_conversation_is_deafness() -> None:
    listener = Listener().attached()
    listener.passes(10, LOUD)
    listener.happens(Flowed("a", False))
    done = listener.passes(1.0)
    assert asks(done) == [2] and drops(done) == ["a"] and listener.hearing.why == Why.NO_MEDIA


def test_no_media_while_the_client_is_on_hold_is_none() -> None:
    listener = Listener().attached()
    listener.happens(ExchangeSaid("attached", False, False), Flowed("a", False))
    assert listener.passes(60) == [] and listener.ear() is Ear.QUIET


def test_an_exchange_that_does_not_say_whom_it_hears_is_asked_again() -> None:
    listener = Listener()
    listener.happens(Begun("listen"), Granted(1, "a"), LegUp("a"), ExchangeSaid("asked", False, True))
    assert listener.ear() is Ear.JOINING
    assert asks(listener.passes(ATTACH_WITHIN)) == [2] and listener.hearing.why == Why.DETACHED


def test_a_demand_that_leads_nowhere_is_given_up() -> None:
    listener = Listener()
    listener.happens(Begun("listen"))
    assert asks(listener.passes(PATIENCE - 0.25)) == []
    assert asks(listener.passes(0.25)) == [2] and listener.ear() is Ear.DEAF
    assert listener.happens(Granted(1, "late")) == [] and listener.hearing.call_id == ""  # of a demand given up
    listener.happens(Granted(2, "b"))
    done = listener.passes(PATIENCE)
    assert drops(done) == ["b"] and asks(done) == [3]


def test_the_end_of_another_leg_changes_nothing() -> None:
    listener = Listener().attached()
    before = listener.hearing
    assert listener.happens(LegEnded("z"), LegUp("z"), Flowed("z", False)) == [] and listener.hearing == before


def test_stopping_hangs_up_and_says_no_more() -> None:
    listener = Listener().attached()
    assert drops(listener.happens(Stopped())) == ["a"] and listener.ear() is Ear.OFF
    assert listener.passes(10, LOUD, ExchangeSaid("attached", True, True)) == []


def test_another_mode_takes_the_place_of_the_one_that_runs() -> None:
    listener = Listener().attached()
    done = listener.happens(Begun("whisper"))
    assert drops(done) == ["a"] and [deed for deed in done if isinstance(deed, Ask)] == [Ask("whisper", 2)]


# --- whatever happens -------------------------------------------------------------------------------

LEGS = st.sampled_from(["a", "b", "c"])
EVENTS: st.SearchStrategy[HearingEvent] = st.one_of(
    st.just(Begun("listen")),
    st.just(Stopped()),
    st.builds(Granted, st.integers(0, 4), LEGS),
    st.builds(Denied, st.integers(0, 4)),
    st.builds(LegUp, LEGS),
    st.builds(LegEnded, LEGS),
    st.builds(Flowed, LEGS, st.booleans()),
    st.builds(LevelRead, st.floats(0, 1)),
    st.builds(ExchangeSaid, st.sampled_from(["", "asked", "attached", "waiting"]), st.booleans(), st.booleans()),
)
STORY = st.lists(st.tuples(st.floats(0, 3), EVENTS), max_size=60)


@given(STORY)
def test_never_more_than_one_leg_nor_two_demands_within_two_seconds(story: list[tuple[float, HearingEvent]]) -> None:
    listener, asked_at, attempt, begun = Listener(), -1e9, 0, False
    for after, event in story:
        listener.now += after
        begun = isinstance(event, Begun)
        for deed in listener.happens(event):
            if isinstance(deed, Ask):
                assert begun or listener.now - asked_at >= ASK_EVERY - 1e-6
                assert deed.attempt > attempt
                asked_at, attempt = listener.now, deed.attempt
            if isinstance(deed, Drop):
                assert deed.call_id
        hearing = listener.hearing
        assert (hearing.ear is Ear.OFF) == (not hearing.wanted)
        assert hearing.up_at is None or hearing.call_id
        assert hearing.wanted or not hearing.call_id
        assert (hearing.ear is Ear.DEAF) == bool(hearing.why)


@given(STORY)
def test_each_turn_is_told_once(story: list[tuple[float, HearingEvent]]) -> None:
    listener = Listener()
    told: Ear | None = None
    for after, event in story:
        listener.now += after
        if isinstance(event, (Begun, Stopped)):
            told = None
        for deed in listener.happens(event):
            if isinstance(deed, Tell):
                assert deed.ear is not told and deed.ear not in (Ear.OFF, Ear.JOINING)
                told = deed.ear
        if told is not None and listener.ear() is not Ear.JOINING:
            assert told is listener.ear()


@given(STORY)
def test_from_anywhere_a_good_exchange_ends_the_deafness(story: list[tuple[float, HearingEvent]]) -> None:
    """Whatever came before: within seconds of a room that grants, a leg that stays up and a voice, the juror hears."""
    listener = Listener()
    for after, event in story:
        listener.now += after
        listener.happens(event)
    if not listener.hearing.wanted:
        listener.happens(Begun("listen"))
    for step in range(round((PATIENCE + 2 * ASK_EVERY) / 0.25)):
        listener.now += 0.25
        for deed in listener.happens(ExchangeSaid("attached", True, True), NOTHING):
            if isinstance(deed, Ask):
                leg = f"good-{step}"
                listener.happens(Granted(deed.attempt, leg), LegUp(leg), Flowed(leg, True))
        listener.happens(LOUD)
    assert listener.ear() is Ear.HEARING


@pytest.mark.parametrize("kind", [Begun, Stopped, Granted, Denied, LegUp, LegEnded, Flowed, LevelRead, ExchangeSaid])
def test_events_are_values(kind: type) -> None:
    assert dataclasses.is_dataclass(kind) and kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
