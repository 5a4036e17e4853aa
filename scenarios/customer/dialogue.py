"""The conversation of a virtual customer: a fold of what happens on the call into what the customer says and does. Pure.

The customer is in one node (a `Line` of the pack) at a time. Entering a node says its line; the line said, its `then` is
followed, or the customer hangs up, or waits. What an edge can do:

- When the trainee's turn ends, the edges are looked at by what they wait for, in this order: `heard`, `cue`, `record`,
  `interrupted`, `turn`; for each of these, the node's own edges before `always`.
- A cue acts at once when nobody speaks. Given while the trainee or the customer speaks, it acts at the end of that turn or line,
  however long; after that, or given while nobody speaks, it is forgotten in `CUE_MEMORY` seconds. A cue used is spent.
- Journal rows are kept from the beginning, those that came before the call was answered, during a line or in an earlier node
  included: a trainee who works ahead of the conversation is not asked to do it twice. They act at the end of the trainee's
  turn, or once nobody has spoken for `RECORD_PAUSE` seconds. An edge taken by `record` consumes every kept row that fits its
  condition, the others stay: a later edge with the same condition waits for a new row.
- `turn: n` counts the turns ended in this node, the trainee's talking over a line not included.
- `silence` runs while nobody speaks, from the last word or from the entry into the node. An edge of `always` that goes by
  silence is taken once, then not again before the trainee has spoken; one that goes by hold once in each hold.
- A node reached through `always` that leads nowhere (no `next`, no `then`, no `hang_up`) is an aside: said, the customer comes
  back to the node he left, its count of turns kept, its line said again if it had been cut. It is said, and so is a goodbye reached
  that way, by whoever has the phone: the voice of the line before, unless it names another than the customer's.
- Over an interruptible line the trainee's speech stops the customer. A word (less than `BACKCHANNEL` seconds, "oui, d'accord") makes
  him go on where he was, and so does any turn over a line that reveals something; else the line counts as said, its reveals do
  not. When less than `NEARLY_SAID` of it was missing, a line counts as said, reveals and all.
- On hold nothing is said nor heard: a line cut by it is said again when the call is taken back (an aside counts as said), a line
  reached by `hold` is said then, and a node reached by `hold` that hangs up does so at once. Rows and cues are kept.
- Asked to repeat (key, cue "repeter", or words when speech is recognised and no edge wants them), the customer says his last
  line again; if he had just taken the trainee's request for an ordinary turn, he goes back to where he was.

`now` is in seconds on any clock that only goes forward.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scenarios.customer import graph, hearing
from scenarios.customer import moves as m
from scenarios.customer.moves import REPEAT_CUE, Action, Say, Stimulus
from scenarios.customer.state import DialogueState, Phase
from scenarios.matching import event_matches
from scenarios.pack import CUSTOMER_VOICE, Dialogue, Edge, Line

CUE_MEMORY = 10.0
RECORD_PAUSE = 1.0
BACKCHANNEL = 0.9
NEARLY_SAID = 0.25  # share of a line that may be missing
UNDO_WITHIN = 4.0  # seconds during which "repeat" takes back a move made by `turn`
MAX_ROWS = 2000  # kept rows; the oldest go first


def start(dialogue: Dialogue, seed: str | int = 0) -> DialogueState:
    """The state before the call is answered. The same seed draws the same variants. Raises DialogueError."""
    graph.check(dialogue)
    return DialogueState(seed=str(seed))


def step(dialogue: Dialogue, state: DialogueState, stimulus: Stimulus, now: float) -> tuple[DialogueState, tuple[Action, ...]]:
    """The state after `stimulus` and what to do, in order. After OVER nothing changes any more. Raises nothing on a dialogue that
    passed `graph.check`."""
    return _Play(dialogue, state, now).take(stimulus)


class _Play:
    """One step. Holds the state while it changes, and the actions it gives."""

    def __init__(self, dialogue: Dialogue, state: DialogueState, now: float) -> None:
        self.dialogue, self.state, self.now = dialogue, state, now
        self.actions: list[Action] = []

    def take(self, stimulus: Stimulus) -> tuple[DialogueState, tuple[Action, ...]]:
        if not self._is(Phase.OVER):
            self._keep(stimulus)
            if isinstance(stimulus, m.CallOver):
                self._stop()
                self._set(phase=Phase.OVER)
            elif not self._is(Phase.BEFORE):
                self._react(stimulus)
            elif isinstance(stimulus, m.CallConnected):
                self._enter(self.dialogue.start)
                if self._is(Phase.WAITING):
                    self._go_by("answered")
        return self.state, tuple(self.actions)

    def _keep(self, stimulus: Stimulus) -> None:
        """What is remembered whatever the phase."""
        if isinstance(stimulus, m.JournalRow):
            self._set(rows=(*self.state.rows, stimulus.row)[-MAX_ROWS:])
        elif isinstance(stimulus, m.CueGiven):
            self._set(cues=(*self.state.cues, (stimulus.cue, self.now)))
        busy = self._is(Phase.SAYING) or self.state.talking
        fresh = tuple(
            (cue, self.now if busy and given >= self.state.busy_since else given)
            for cue, given in self.state.cues
            if self.now - given <= CUE_MEMORY or (busy and given >= self.state.busy_since)
        )
        if fresh != self.state.cues:
            self._set(cues=fresh)

    def _react(self, stimulus: Stimulus) -> None:
        held = self._is(Phase.HELD)
        match stimulus:
            case m.CallHeld() if not held:
                self._put_on_hold()
            case m.CallResumed() if held:
                self._taken_back()
            case m.Tick() if held:
                self._go_by("hold")
            case _ if held:
                pass
            case m.LineFinished(line_id=line_id) if self._is(Phase.SAYING) and self.state.last and line_id == self.state.last.line_id:
                self._line_said()
            case m.TraineeSpoke(unsaid=unsaid):
                self._trainee_spoke(unsaid)
            case m.TurnEnded(seconds=seconds, text=text):
                self._turn_ended(seconds, text)
            case m.RepeatAsked():
                self._repeat()
            case m.CueGiven(cue=cue) if cue == REPEAT_CUE and not self._wanted(cue):
                self._forget_cue(cue)
                self._repeat()
            case m.CueGiven() | m.JournalRow() | m.Tick():
                self._while_quiet()

    # --- what happens ---

    def _while_quiet(self) -> None:
        if not self._is(Phase.WAITING) or self.state.talking or self._go_by("cue"):
            return
        if self.now - self.state.quiet_since >= RECORD_PAUSE and self._go_by("record"):
            return
        self._go_by("silence")

    def _trainee_spoke(self, unsaid: float) -> None:
        if not self.state.talking:
            self._set(busy_since=self.now)
        self._set(talking=True, spent=self._spent_without("silence"))
        if self._is(Phase.SAYING) and self.state.last and self.state.last.interruptible:
            self._stop()
            self._set(phase=Phase.WAITING, nearly=unsaid <= NEARLY_SAID)

    def _turn_ended(self, seconds: float, text: str | None) -> None:
        self._set(talking=False, quiet_since=self.now, spent=self._spent_without("silence"))
        if not self._is(Phase.WAITING):
            return  # talked over a line that goes on
        stopped, again, nearly, line = self.state.cut, self.state.repeating, self.state.nearly, self._line()
        if nearly:
            self._set(nearly=False, cut=False)
            if stopped:
                self._reveals(line)
        if self._go_by("heard", text=text) or self._go_by("cue"):
            return
        if (text and hearing.asked_to_repeat(text)) or any(cue == REPEAT_CUE for cue, _ in self.state.cues):
            self._forget_cue(REPEAT_CUE)
            self._repeat()
            return
        if self._go_by("record") or (stopped and self._go_by("interrupted")):
            return
        if again and not nearly and seconds < BACKCHANNEL and self.state.last:
            self._say_last(resumed=True, repeating=True)
        elif stopped and not nearly and line.say and (seconds < BACKCHANNEL or line.reveals):
            self._say(line, again=True, resumed=True)
        else:
            before = self.state
            self._set(turns=self.state.turns + 1, repeating=False)
            if self._go_by("turn"):
                self._set(undo=before, undo_until=self.now + UNDO_WITHIN)
            elif stopped:
                self._set(cut=False)
                self._onward(line)

    def _line_said(self) -> None:
        self._set(quiet_since=self.now)
        if self.state.repeating:
            self._set(repeating=False)
            self._wait()
        else:
            line = self._line()
            self._set(cut=False)
            self._reveals(line)
            self._onward(line)
        if self._is(Phase.WAITING) and not self.state.talking:
            self._go_by("cue")

    def _put_on_hold(self) -> None:
        self._stop()
        self._set(phase=Phase.HELD, held_since=self.now, talking=False, repeating=False, nearly=False, undo=None)
        self._set(spent=self._spent_without("hold"))
        line = self._line()
        if self.state.cut and self.state.back and not (line.next or line.then or line.hang_up):
            self._reveals(line)
            self._come_back()

    def _taken_back(self) -> None:
        self._set(phase=Phase.WAITING, quiet_since=self.now)
        if self.state.unsaid:
            self._say(self._line())
        elif self._go_by("resumed"):
            return
        elif self.state.cut:
            self._say(self._line(), again=True)
        else:
            self._wait()

    def _repeat(self) -> None:
        state, undo = self.state, self.state.undo
        if state.talking:
            self._set(cues=(*state.cues, (REPEAT_CUE, self.now)))  # once the turn has ended
            return
        self._stop()
        if undo is not None and self.now <= state.undo_until:
            self.state = replace(
                undo,
                rows=state.rows,
                cues=state.cues,
                visits=state.visits,
                spent=state.spent,
                talking=False,
                quiet_since=self.now,
                undo=None,
            )
            if undo.last is None:  # nothing has been said yet
                self._wait()
        if self.state.last is not None:
            self._say_last(resumed=False, repeating=not self.state.cut)

    # --- moving ---

    def _enter(self, name: str) -> None:
        """Into a node; goes on through nodes that say nothing and lead on."""
        line, held = self._named(name), self._is(Phase.HELD)
        self._set(node=name, turns=0, quiet_since=self.now, cut=bool(line.say), unsaid=held and bool(line.say), repeating=False, undo=None)
        if held and line.hang_up:
            self._hang_up()
        elif not line.say:
            self._does(line)
            self._reveals(line)
            self._onward(line)
        elif not held:
            self._say(line)

    def _onward(self, line: Line) -> None:
        """The line is said (or there was none): hang up, go on, come back from an aside, or wait."""
        if line.hang_up:
            self._hang_up()
        elif line.then:
            self._enter(line.then)
        elif not line.next and self.state.back:
            self._come_back()
        else:
            self._set(back="", back_cut=False, back_turns=0)
            self._wait()

    def _come_back(self) -> None:
        back, cut, turns = self.state.back, self.state.back_cut, self.state.back_turns
        self._set(node=back, cut=cut, turns=turns, back="", back_cut=False, back_turns=0)
        if cut and not self._is(Phase.HELD):
            self._say(self._line(), again=True)
        else:
            self._wait()

    def _say(self, line: Line, *, again: bool = False, resumed: bool = False) -> None:
        """`again`: in the words it was begun with; else the next variant, and what the line does is done."""
        times = self.state.visits.get(line.id, 0)
        if again and times:
            times -= 1
        else:
            self._set(visits={**self.state.visits, line.id: times + 1})
        text = line.say[_draw(self.state.seed, line.id, times, len(line.say))]
        said = Say(line.id, text, self._voice(line), line.interruptible, resumed)
        self._set(phase=Phase.SAYING, last=said, cut=True, unsaid=False, repeating=False, busy_since=self.now)
        self.actions.append(said)
        if not again:
            self._does(line)

    def _voice(self, line: Line) -> str:
        last, leads_on = self.state.last, line.next or line.then
        return last.speaker if self.state.back and last and not leads_on and line.speaker == CUSTOMER_VOICE else line.speaker

    def _say_last(self, *, resumed: bool, repeating: bool) -> None:
        assert self.state.last is not None
        said = replace(self.state.last, resumed=resumed)
        self._set(phase=Phase.SAYING, last=said, repeating=repeating, undo=None, busy_since=self.now)
        self.actions.append(said)

    def _does(self, line: Line) -> None:
        if line.does:
            self.actions.append(m.Do(line.does))

    def _reveals(self, line: Line) -> None:
        self._set(revealed=self.state.revealed.union(line.reveals))
        self.actions.extend(m.Reveal(fact) for fact in line.reveals)

    def _hang_up(self) -> None:
        self._set(phase=Phase.OVER)
        self.actions.append(m.HangUp(self.state.node))

    def _stop(self) -> None:
        if self._is(Phase.SAYING):
            self.actions.append(m.StopSaying())

    def _wait(self) -> None:
        if not self._is(Phase.HELD):
            self._set(phase=Phase.WAITING)
            self.actions.append(m.Waiting(self.state.node))

    # --- edges ---

    def _go_by(self, kind: str, text: str | None = None) -> bool:
        """Takes the first edge that waits for `kind` and has it: the node's own, then `always`."""
        line, state = self._line(), self.state
        own = len(line.next)
        for index, edge in enumerate((*line.next, *self.dialogue.always)):
            key = (kind, index - own)
            timed = index >= own and kind in ("silence", "hold")
            if (timed and key in state.spent) or not self._holds(kind, edge, text):
                continue
            self._consume(kind, edge)
            if timed:
                self._set(spent=state.spent | {key})
            if index < own:
                self._set(back="", back_cut=False, back_turns=0)
            elif not state.back:
                self._set(back=state.node, back_cut=state.cut, back_turns=state.turns)
            self._enter(edge.go)
            return True
        return False

    def _holds(self, kind: str, edge: Edge, text: str | None) -> bool:
        when, state = edge.when, self.state
        if getattr(when, kind) is None or (edge.unless and state.revealed.issuperset(edge.unless)):
            return False
        match kind:
            case "heard":
                return bool(text) and hearing.heard(when.heard or (), text or "")
            case "cue":
                return any(cue == when.cue for cue, _ in state.cues)
            case "record":
                return any(_fits(when.record or {}, row) for row in state.rows)
            case "turn":
                return state.turns >= (when.turn or 0)
            case "silence":
                return self.now - state.quiet_since >= (when.silence or 0.0)
            case "hold":
                return self.now - state.held_since >= (when.hold or 0.0)
        return bool(getattr(when, kind))  # answered, resumed, interrupted: true or not at all

    def _consume(self, kind: str, edge: Edge) -> None:
        if kind == "cue":
            self._forget_cue(edge.when.cue)
        elif kind == "record":
            condition = edge.when.record or {}
            self._set(rows=tuple(r for r in self.state.rows if not _fits(condition, r)))

    def _forget_cue(self, cue: str | None) -> None:
        self._set(cues=tuple(c for c in self.state.cues if c[0] != cue))

    def _wanted(self, cue: str) -> bool:
        return any(e.when.cue == cue for e in (*self._line().next, *self.dialogue.always))

    def _spent_without(self, kind: str) -> frozenset[tuple[str, int]]:
        return frozenset(k for k in self.state.spent if k[0] != kind)

    # --- small ---

    def _is(self, phase: Phase) -> bool:
        return self.state.phase is phase

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)

    def _named(self, name: str) -> Line:
        return next(line for line in self.dialogue.lines if line.id == name)

    def _line(self) -> Line:
        return self._named(self.state.node)


def _fits(condition: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    return event_matches(str(row.get("kind", "")), row.get("data") or {}, condition)


def _draw(seed: str, line_id: str, times: int, count: int) -> int:
    """Which variant to say: drawn from the seed the first time, the next one each time after."""
    first = int.from_bytes(hashlib.sha256(f"{seed}|{line_id}".encode()).digest()[:4], "big")
    return (first + times) % count
