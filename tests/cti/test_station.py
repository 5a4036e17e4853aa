"""A station's facts as conversations: what is told in, the agent and the calls out; whatever the order, however often."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.agent import AGENT_TRANSITIONS, Agent, AgentEvent, AgentState, NotReadyReason
from cti.call import CallState
from cti.chat import ChatAccepted, ChatClosed, ChatFact, ChatOffered
from cti.messages import CallAnswered, CallEnded, CallHeld, CallOffered, CallPlaced, CallRang, CallResumed, Cause, Fact, PhoneLost
from cti.station import Outcome, Station, Told, fold_call, outcome_of, path_between, settle

S = AgentState
START = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
READY = Agent(S.READY, since="t0")


def told(second: float, fact: Fact | ChatFact) -> Told:
    return Told(f"{type(fact).__name__}-{getattr(fact, 'call_key', '')}-{second}", START + dt.timedelta(seconds=second), fact)


def offered(key: str) -> CallOffered:
    return CallOffered(f"id-{key}", key, "+33465712108", "", "", "Service client")


def placed(key: str) -> CallPlaced:
    return CallPlaced(f"id-{key}", key, "sip:+33261917044@127.0.0.1")


def ended(key: str, cause: Cause = Cause.HUNG_UP, **more: Any) -> CallEnded:
    return CallEnded(f"id-{key}", key, cause, **more)


def answered(key: str) -> CallAnswered:
    return CallAnswered(f"id-{key}", key)


def play(facts: Sequence[Told], agent: Agent = READY) -> tuple[Station, list[Agent]]:
    """The station after the facts in this order, and every state its agent went through."""
    station = Station(agent)
    states: list[Agent] = []
    for one in facts:
        after = station.heard(one)
        steps = settle(station, after, one.at.isoformat())
        states += steps
        station = Station(steps[-1] if steps else after.agent, after.calls, after.qualified, after.lost)
    return station, states


def states_of(facts: Sequence[Told], agent: Agent = READY) -> list[AgentState]:
    return [a.state for a in play(facts, agent)[1]]


INBOUND = [
    told(0, offered("k")),
    told(4, answered("k")),
    told(30, CallHeld("id-k", "k")),
    told(50, CallResumed("id-k", "k")),
    told(90, ended("k", answered=True)),
]


def test_an_inbound_call_from_ring_to_wrap_up() -> None:
    assert states_of(INBOUND) == [S.OFFERED, S.TALKING, S.HOLDING, S.TALKING, S.WRAP_UP]
    assert play(INBOUND)[0].agent.unqualified == ("k",)


@pytest.mark.parametrize("cause", [Cause.CANCELLED, Cause.NO_ANSWER, Cause.REFUSED, Cause.BUSY])
def test_an_inbound_call_nobody_answered_withdraws_the_agent(cause: Cause) -> None:
    station, states = play([told(0, offered("k")), told(12, ended("k", cause))])
    assert [a.state for a in states] == [S.OFFERED, S.NOT_READY]
    assert (station.agent.reason, station.agent.unqualified) == (NotReadyReason.MISSED, ())


@pytest.mark.parametrize("cause", [Cause.NETWORK, Cause.FAULT])
def test_an_inbound_call_that_a_failure_took_away_is_no_missed_call(cause: Cause) -> None:
    station, states = play([told(0, offered("k")), told(12, ended("k", cause))])
    assert [a.state for a in states] == [S.OFFERED, S.NOT_READY]
    assert station.agent.reason is NotReadyReason.INCIDENT


def test_a_missed_call_that_its_queue_offers_once_more_is_a_call_again() -> None:
    again = CallOffered("id-2", "k", "+33465712108", "", "poste")
    first = [told(0, offered("k")), told(5, ended("k", Cause.REFUSED)), told(9, again)]
    station, states = play(first)
    assert [a.state for a in states] == [S.OFFERED, S.NOT_READY, S.OFFERED]
    assert station.calls["k"].offered_since(first[1].at) and not station.calls["k"].offered_since(first[2].at)
    late = told(11, CallEnded("id-k", "k", Cause.NETWORK))  # told of the first offer by whoever found its leg gone
    station, states = play([*first, late, told(12, CallAnswered("id-2", "k", "PCMA"))])
    assert station.agent.state is S.TALKING and station.calls["k"].answered
    station, _ = play([*first, told(12, CallAnswered("id-2", "k", "PCMA")), told(60, CallEnded("id-2", "k", Cause.HUNG_UP, answered=True))])
    assert (station.agent.state, station.owed()) == (S.WRAP_UP, ("k",))


def test_an_attempt_nobody_answered_is_to_be_qualified() -> None:
    facts = [told(0, placed("k")), told(1, CallRang("id-k", "k")), told(30, ended("k", Cause.NO_ANSWER))]
    assert states_of(facts) == [S.OFFERED, S.WRAP_UP]
    assert play(facts)[0].agent.unqualified == ("k",)


def test_held_by_the_far_end_is_not_our_holding() -> None:
    facts = [*INBOUND[:2], told(10, CallHeld("id-k", "k", "remote")), told(20, CallResumed("id-k", "k", "remote"))]
    assert states_of(facts) == [S.OFFERED, S.TALKING]


def test_a_consultation_keeps_the_customer_held_and_owes_nothing() -> None:
    facts = [*INBOUND[:3], told(31, placed("c")), told(35, answered("c")), told(45, ended("c", answered=True)), *INBOUND[3:]]
    station, states = play(facts)
    assert [a.state for a in states] == [S.OFFERED, S.TALKING, S.HOLDING, S.TALKING, S.HOLDING, S.TALKING, S.WRAP_UP]
    assert station.agent.unqualified == ("k",)
    assert outcome_of(station.calls["c"], station.calls) is Outcome.NOTHING


def test_a_waiting_call_that_rings_out_does_not_end_the_conversation() -> None:
    facts = [*INBOUND[:2], told(10, offered("w")), told(25, ended("w", Cause.CANCELLED)), told(90, ended("k", answered=True))]
    station, states = play(facts)
    assert [a.state for a in states] == [S.OFFERED, S.TALKING, S.WRAP_UP]
    assert station.agent.unqualified == ("k",)


def test_a_waiting_call_still_rings_when_the_first_one_ends() -> None:
    facts = [
        *INBOUND[:2],
        told(10, offered("w")),
        told(20, ended("k", answered=True)),
        told(22, answered("w")),
        told(60, ended("w", answered=True)),
    ]
    station, states = play(facts)
    assert [a.state for a in states] == [S.OFFERED, S.TALKING, S.WRAP_UP, S.OFFERED, S.TALKING, S.WRAP_UP]
    assert station.agent.unqualified == ("k", "w")


def test_a_missed_call_does_not_excuse_what_is_owed() -> None:
    station, states = play([told(0, offered("k")), told(9, ended("k", Cause.CANCELLED))], Agent(S.READY))
    assert states[-1].state is S.NOT_READY
    facts = [*INBOUND, told(95, offered("w")), told(99, ended("w", Cause.CANCELLED))]
    station, states = play(facts)
    assert (station.agent.state, station.agent.unqualified) == (S.WRAP_UP, ("k",))


def test_a_qualification_made_during_the_call_counts_at_its_end() -> None:
    station, _ = play(INBOUND[:2])
    station = station.qualify("k")
    after = station.heard(INBOUND[-1])
    steps = settle(station, after, "t")
    assert (steps[-1].state, steps[-1].unqualified) == (S.NOT_READY, ())


def test_a_lost_phone_leaves_orphans_of_the_calls_it_had() -> None:
    station = play(INBOUND[:2])[0].heard(told(20, PhoneLost(-6)))
    assert [(c.call_key, at) for c, at in station.orphans()] == [("k", START + dt.timedelta(seconds=20))]
    assert [c.call_key for c, _ in station.heard(told(21, offered("new"))).orphans()] == ["k"]


def _ends(facts: Sequence[Told]) -> tuple[AgentState, object, tuple[str, ...], dict[str, object]]:
    station = play(facts)[0]
    agent = station.agent
    return agent.state, agent.reason, agent.unqualified, {k: (c.state, c.answered, c.direction) for k, c in station.calls.items()}


CALLS = {
    "inbound": INBOUND,
    "missed": [told(0, offered("k")), told(12, ended("k", Cause.CANCELLED))],
    "refused": [told(0, offered("k")), told(3, ended("k", Cause.REFUSED, by="local"))],
    "outbound": [told(0, placed("k")), told(1, CallRang("id-k", "k")), told(5, answered("k")), told(9, ended("k", answered=True))],
    "no answer": [told(0, placed("k")), told(1, CallRang("id-k", "k")), told(40, ended("k", Cause.NO_ANSWER))],
    "flag forgotten": [told(0, offered("k")), told(4, answered("k")), told(9, ended("k"))],
    "still up": INBOUND[:4],
}


@pytest.mark.parametrize("name", list(CALLS))
def test_the_order_of_arrival_within_a_call_changes_nothing(name: str) -> None:
    wanted = _ends(CALLS[name])
    for order in itertools.permutations(CALLS[name]):
        assert _ends(order) == wanted, [type(t.fact).__name__ for t in order]


@given(st.permutations(INBOUND), st.lists(st.integers(0, 4), max_size=6))
def test_facts_told_again_change_nothing(order: list[Told], again: list[int]) -> None:
    assert _ends([*order, *(order[n] for n in again)]) == _ends(INBOUND)


ANY_FACT = st.builds(
    lambda second, make, key: told(second, make(key)),
    st.integers(0, 50),
    st.sampled_from(
        [
            offered,
            placed,
            answered,
            ended,
            lambda k: CallHeld(f"id-{k}", k),
            lambda k: CallResumed(f"id-{k}", k),
            lambda k: CallRang(f"id-{k}", k),
            lambda k: ended(k, answered=True),
        ]
    ),
    st.sampled_from(["a", "b"]),
)


@given(st.lists(ANY_FACT, max_size=25), st.sampled_from([S.READY, S.NOT_READY, S.SIGNED_OUT]))
def test_any_facts_move_the_agent_by_the_table_only_and_to_the_level_of_his_calls(facts: list[Told], start: AgentState) -> None:
    agent = Agent(start)
    station, states = play(facts, agent)
    legal = {(before, after) for (before, _), after in AGENT_TRANSITIONS.items()}
    for before, after in itertools.pairwise([agent, *states]):
        assert before.state is after.state or (before.state, after.state) in legal
    if start is S.SIGNED_OUT:
        assert station.agent.state is S.SIGNED_OUT
        return
    live = {c.state for c in station.alive}
    if CallState.TALKING in live:
        assert station.agent.state is S.TALKING
    elif CallState.HELD in live:
        assert station.agent.state is S.HOLDING
    elif live:
        assert station.agent.state is S.OFFERED
    else:
        assert (station.agent.state is S.WRAP_UP) == bool(station.agent.unqualified)
    assert station.agent.unqualified == station.owed()


def test_facts_that_do_not_fit_are_noted() -> None:
    call = fold_call("k", [told(0, offered("k")), told(1, CallResumed("id-k", "k")), told(2, ended("k")), told(3, CallHeld("id-k", "k"))])
    assert call.state is CallState.ENDED
    assert [note.partition(":")[0] for note in call.notes] == ["CallResumed", "CallHeld"]


def test_paths_are_made_of_legal_moves() -> None:
    assert path_between(S.READY, S.TALKING) == (AgentEvent.CALL_OFFERED, AgentEvent.CALL_ANSWERED)
    assert path_between(S.NOT_READY, S.OFFERED, AgentEvent.CALL_PLACED) == (AgentEvent.CALL_PLACED,)
    assert path_between(S.SIGNED_OUT, S.TALKING) is None
    assert path_between(S.TALKING, S.TALKING) == ()


def test_a_call_is_told_in_json_values() -> None:
    body = fold_call("k", INBOUND).public()
    assert (body["state"], body["began_at"], "told" in body) == ("ended", "2026-11-23T09:00:00+00:00", False)


# --- written conversations --------------------------------------------------------------------------

CHAT = [told(0, ChatOffered("m", "Inès")), told(8, ChatAccepted("m")), told(300, ChatClosed("m", "client"))]


def test_a_written_conversation_from_its_offer_to_wrap_up() -> None:
    station, states = play(CHAT)
    assert [a.state for a in states] == [S.OFFERED, S.CHATTING, S.WRAP_UP]
    assert (station.agent.unqualified, station.owed()) == (("m",), ("m",))
    call = station.calls["m"]
    assert (call.written, call.name, call.direction, call.ended_by) == (True, "Inès", "inbound", "remote")


def test_a_written_conversation_nobody_accepted_withdraws_the_agent() -> None:
    station, states = play([CHAT[0], told(90, ChatClosed("m", "client"))])
    assert [(a.state, a.reason) for a in states][-1] == (S.NOT_READY, NotReadyReason.CHAT_MISSED)
    assert station.owed() == ()


def test_a_call_during_a_written_conversation_is_a_consultation_and_leaves_the_agent_in_it() -> None:
    facts = [*CHAT[:2], told(20, placed("c")), told(24, answered("c")), told(60, ended("c", answered=True)), CHAT[2]]
    station, states = play(facts)
    assert [a.state for a in states] == [S.OFFERED, S.CHATTING, S.OFFERED, S.TALKING, S.CHATTING, S.WRAP_UP]
    assert station.owed() == ("m",)


def test_a_phone_that_dies_or_has_no_call_takes_no_written_conversation_away() -> None:
    station = play(CHAT[:2])[0].heard(told(20, PhoneLost(-6)))
    assert (station.orphans(), station.spoken, [c.call_key for c in station.alive]) == ((), (), ["m"])


def test_a_written_conversation_qualified_before_its_end_owes_nothing_after_it() -> None:
    station = play(CHAT[:2])[0].qualify("m")
    steps = settle(station, station.heard(CHAT[2]), "t")
    assert (steps[-1].state, steps[-1].reason, steps[-1].unqualified) == (S.NOT_READY, NotReadyReason.AFTER_CALL, ())


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_written_conversation_told_in_any_order_is_owed_once(order: tuple[int, ...]) -> None:
    assert play([CHAT[i] for i in order])[0].owed() == ("m",)
