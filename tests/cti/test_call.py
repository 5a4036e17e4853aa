"""One call's table, row by row and in walks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.call import CALL_TRANSITIONS, IllegalCallMove, next_call_state
from cti.call import CallEvent as E
from cti.call import CallState as S

PROMISED = {
    S.OFFERED: {E.ANSWERED: S.TALKING, E.ENDED: S.ENDED},
    S.DIALLING: {E.RANG: S.RINGING, E.ANSWERED: S.TALKING, E.ENDED: S.ENDED},
    S.RINGING: {E.RANG: S.RINGING, E.ANSWERED: S.TALKING, E.ENDED: S.ENDED},
    S.TALKING: {E.HELD: S.HELD, E.ENDED: S.ENDED},
    S.HELD: {E.RESUMED: S.TALKING, E.ENDED: S.ENDED},
    S.ENDED: {},
}


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("event", list(E))
def test_every_move_of_the_table_and_no_other(state: S, event: E) -> None:
    wanted = PROMISED[state].get(event)
    if wanted is None:
        with pytest.raises(IllegalCallMove, match=f"{state}.*{event}"):
            next_call_state(state, event)
    else:
        assert next_call_state(state, event) is wanted


@given(st.sampled_from([S.OFFERED, S.DIALLING]), st.lists(st.sampled_from(list(E)), max_size=30))
def test_a_call_that_is_over_stays_over(start: S, events: list[E]) -> None:
    state = start
    for event in events:
        try:
            after = next_call_state(state, event)
        except IllegalCallMove:
            assert (state, event) not in CALL_TRANSITIONS
            continue
        assert state is not S.ENDED
        assert after is S.ENDED or event is not E.ENDED
        state = after


def test_every_live_call_can_end() -> None:
    assert all((state, E.ENDED) in CALL_TRANSITIONS for state in S if state is not S.ENDED)
