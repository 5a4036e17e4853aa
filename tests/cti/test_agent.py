"""The agent's table, row by row and in walks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.agent import AGENT_TRANSITIONS, Agent, IllegalAgentMove, NotReadyReason
from cti.agent import AgentEvent as E
from cti.agent import AgentState as S

AT = "2026-11-23T09:00:00+00:00"
LATER = "2026-11-23T09:05:00+00:00"

# What the desk's documentation promises, written apart from the table.
PROMISED = {
    S.SIGNED_OUT: {E.SIGNED_IN: S.NOT_READY},
    S.NOT_READY: {
        E.SIGNED_OUT: S.SIGNED_OUT,
        E.MADE_READY: S.READY,
        E.WITHDREW: S.NOT_READY,
        E.CALL_PLACED: S.OFFERED,
        E.CALL_OFFERED: S.OFFERED,
    },
    S.READY: {E.MADE_READY: S.READY, E.WITHDREW: S.NOT_READY, E.CALL_OFFERED: S.OFFERED, E.CALL_PLACED: S.OFFERED},
    S.OFFERED: {E.CALL_ANSWERED: S.TALKING, E.CHAT_TAKEN: S.CHATTING, E.CALL_MISSED: S.NOT_READY, E.CALL_ENDED: S.WRAP_UP},
    S.TALKING: {E.CALL_HELD: S.HOLDING, E.CALL_PLACED: S.TALKING, E.CALL_ENDED: S.WRAP_UP, E.CHAT_TAKEN: S.CHATTING},
    S.HOLDING: {
        E.CALL_RESUMED: S.TALKING,
        E.CALL_PLACED: S.HOLDING,
        E.CALL_ANSWERED: S.TALKING,
        E.CALL_ENDED: S.WRAP_UP,
        E.CHAT_TAKEN: S.CHATTING,
    },
    S.CHATTING: {E.CALL_PLACED: S.OFFERED, E.CALL_OFFERED: S.OFFERED, E.CALL_ENDED: S.WRAP_UP},
    S.WRAP_UP: {E.QUALIFIED: S.NOT_READY, E.CALL_PLACED: S.OFFERED, E.CALL_OFFERED: S.OFFERED},
}


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("event", list(E))
def test_every_move_of_the_table_and_no_other(state: S, event: E) -> None:
    agent = Agent(state)
    wanted = PROMISED[state].get(event)
    if wanted is None:
        with pytest.raises(IllegalAgentMove, match=f"{state}.*{event}"):
            agent.apply(event, at=AT)
    else:
        assert agent.apply(event, at=AT).state is wanted


def test_signing_in_lands_withdrawn_and_a_missed_call_withdraws() -> None:
    agent = Agent().apply(E.SIGNED_IN, at=AT)
    assert (agent.state, agent.reason) == (S.NOT_READY, NotReadyReason.SIGN_IN)
    agent = agent.apply(E.MADE_READY, at=AT).apply(E.CALL_OFFERED, at=AT).apply(E.CALL_MISSED, at=LATER)
    assert (agent.state, agent.reason, agent.since) == (S.NOT_READY, NotReadyReason.MISSED, LATER)


def test_a_call_is_left_by_its_qualification_only_for_the_armed_state() -> None:
    agent = Agent(S.READY).apply(E.CALL_OFFERED, at=AT).apply(E.CALL_ANSWERED, at=AT).arm(S.READY)
    agent = agent.apply(E.CALL_ENDED, at=AT, call_key="k1")
    assert (agent.state, agent.unqualified) == (S.WRAP_UP, ("k1",))
    with pytest.raises(IllegalAgentMove):
        agent.apply(E.MADE_READY, at=AT)
    agent = agent.apply(E.QUALIFIED, at=LATER, call_key="k1")
    assert agent == Agent(S.READY, None, LATER)


def test_two_calls_owed_are_both_to_be_qualified() -> None:
    agent = Agent(S.WRAP_UP, unqualified=("k1", "k2")).apply(E.QUALIFIED, at=AT, call_key="k1")
    assert (agent.state, agent.unqualified) == (S.WRAP_UP, ("k2",))
    agent = agent.apply(E.QUALIFIED, at=AT, call_key="k2")
    assert (agent.state, agent.reason) == (S.NOT_READY, NotReadyReason.AFTER_CALL)


def test_only_ready_or_withdrawn_can_be_armed_and_only_during_a_call() -> None:
    with pytest.raises(IllegalAgentMove):
        Agent(S.TALKING).arm(S.TALKING)
    with pytest.raises(IllegalAgentMove):
        Agent(S.READY).arm(S.READY)
    assert Agent(S.TALKING).arm(S.NOT_READY, NotReadyReason.BREAK).armed_reason is NotReadyReason.BREAK


@given(st.lists(st.sampled_from(list(E)), max_size=40))
def test_walks_never_leave_the_table_and_keep_their_promises(events: list[E]) -> None:
    agent = Agent()
    for number, event in enumerate(events):
        try:
            after = agent.apply(event, at=f"t{number}", reason=NotReadyReason.BREAK, call_key=f"k{number}")
        except IllegalAgentMove:
            assert (agent.state, event) not in AGENT_TRANSITIONS
            continue
        assert (after.reason is not None) == (after.state is S.NOT_READY)
        if agent.state is S.WRAP_UP and event is not E.QUALIFIED:
            assert set(agent.unqualified) <= set(after.unqualified)
        agent = after
