"""Whatever is said, held, pressed or written, the customer is speaking, waiting, on hold or gone: never lost."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.customer import moves as m
from scenarios.customer.dialogue import start, step
from scenarios.customer.graph import DialogueError, check
from scenarios.customer.state import Phase
from scenarios.pack import Dialogue, Edge, Line, When
from tests.scenarios.customer.playbook import row

NAMES = ("a", "b", "c", "d", "e")
CUES = ("x", "y", m.REPEAT_CUE)
KINDS = ("RecordOpened", "RecordChanged")
FACTS = ("f", "g")

whens = st.one_of(
    st.builds(When, cue=st.sampled_from(CUES)),
    st.builds(When, heard=st.just(("oui",))),
    st.builds(When, record=st.sampled_from(KINDS).map(lambda kind: {"kind": kind})),
    st.builds(When, turn=st.integers(1, 3)),
    st.builds(When, silence=st.sampled_from((0.0, 2.0, 8.0))),
    st.builds(When, hold=st.sampled_from((0.0, 5.0))),
    st.sampled_from((When(resumed=True), When(interrupted=True), When(answered=True))),
)
edges = st.builds(Edge, when=whens, go=st.sampled_from(NAMES), unless=st.sampled_from(((), ("f",))))


def node(name: str) -> st.SearchStrategy[Line]:
    return st.builds(
        Line,
        id=st.just(name),
        say=st.sampled_from(((), ("Un.",), ("Un.", "Deux."))),
        reveals=st.sampled_from(((), (), FACTS)),
        interruptible=st.booleans(),
        does=st.sampled_from(("", "", "open_link")),
        next=st.lists(edges, max_size=3).map(tuple),
        then=st.one_of(st.none(), st.none(), st.sampled_from(NAMES)),
        hang_up=st.sampled_from((False, False, False, True)),
    )


def playable(dialogue: Dialogue) -> bool:
    try:
        check(dialogue)
    except DialogueError:
        return False
    return True


dialogues = st.builds(
    Dialogue, start=st.just("a"), lines=st.tuples(*map(node, NAMES)), always=st.lists(edges, max_size=3).map(tuple)
).filter(playable)
FINISH = object()
events = st.one_of(
    st.just(FINISH),
    st.sampled_from(
        (m.CallConnected(), m.TraineeSpoke(), m.TraineeSpoke(0.1), m.Tick(), m.Tick(), m.CallHeld(), m.CallResumed(), m.RepeatAsked())
    ),
    st.builds(m.TurnEnded, st.sampled_from((0.3, 3.0)), st.sampled_from((None, "oui", "répétez"))),
    st.sampled_from(CUES).map(m.CueGiven),
    st.sampled_from(KINDS).map(lambda kind: m.JournalRow(row(kind))),
    st.builds(m.LineFinished, st.sampled_from(NAMES)),
)


@settings(max_examples=120, deadline=None)
@given(dialogues, st.lists(st.tuples(events, st.sampled_from((0.0, 0.3, 2.0, 9.0))), max_size=40))
def test_the_customer_is_never_lost(dialogue: Dialogue, happens: list[tuple[object, float]]) -> None:
    state, now = start(dialogue), 0.0
    sounding: m.Say | None = None
    hung_up = False
    told: set[str] = set()
    for event, later in [(m.CallConnected(), 0.0), *happens]:
        now += later
        stimulus = m.LineFinished(sounding.line_id if sounding else "a") if event is FINISH else event
        if isinstance(stimulus, m.LineFinished) and sounding is not None and stimulus.line_id == sounding.line_id:
            sounding = None
        before = state
        state, actions = step(dialogue, state, stimulus, now)  # type: ignore[arg-type]  # FINISH was replaced above
        assert (state, actions) == step(dialogue, before, stimulus, now)  # type: ignore[arg-type]  # the same in, the same out
        assert not (hung_up and actions)
        for action in actions:
            match action:
                case m.Say():
                    assert sounding is None, "two lines at once"
                    sounding = action
                case m.StopSaying():
                    assert sounding is not None
                    sounding = None
                case m.HangUp():
                    assert not hung_up and sounding is None
                    hung_up = True
                case m.Reveal(fact=fact):
                    told.add(fact)
                case _:
                    pass
        assert (sounding is not None) == (state.phase is Phase.SAYING)
        assert hung_up == (state.phase is Phase.OVER)
        assert state.node in NAMES
        assert state.revealed == told


@settings(max_examples=100, deadline=None)
@given(dialogues, st.lists(st.tuples(events, st.floats(0, 5)), max_size=20))
def test_the_end_of_the_call_ends_everything(dialogue: Dialogue, happens: list[tuple[object, float]]) -> None:
    state, now = start(dialogue), 0.0
    for event, later in [(m.CallConnected(), 0.0), *happens, (m.CallOver(), 0.0)]:
        now += later
        if event is not FINISH:
            state, _ = step(dialogue, state, event, now)  # type: ignore[arg-type]  # FINISH was left out
    assert state.phase is Phase.OVER
    assert step(dialogue, state, m.CallConnected(), now) == (state, ())
