"""Plays a dialogue against a clock of its own: stimuli in, a list of short strings out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scenarios.customer import dialogue as core
from scenarios.customer import moves as m
from scenarios.pack import Dialogue, Edge, Line, When


def line(name: str, *says: str, next: Iterable[Edge] = (), **more: Any) -> Line:
    return Line(id=name, say=says, next=tuple(next), **more)


def on(go: str, *, unless: tuple[str, ...] = (), **when: Any) -> Edge:
    return Edge(when=When(**when), go=go, unless=unless)


def made(*lines: Line, always: Iterable[Edge] = ()) -> Dialogue:
    return Dialogue(start=lines[0].id, lines=lines, always=tuple(always))


def row(kind: str = "RecordChanged", **data: Any) -> dict[str, Any]:
    return {"seq": 1, "at": "2026-11-23T09:00:00Z", "kind": kind, "call_key": "k", "actor": "candidate", "data": data}


class Playbook:
    """`told` is everything the customer did, in words: "says opening: …", "stops", "waits in x", "reveals f", "does d", "hangs up in x"."""

    def __init__(self, dialogue: Dialogue, seed: str = "7") -> None:
        self.dialogue = dialogue
        self.state = core.start(dialogue, seed)
        self.now = 100.0
        self.told: list[str] = []
        self.saying: m.Say | None = None

    def give(self, *stimuli: m.Stimulus) -> list[str]:
        fresh: list[str] = []
        for stimulus in stimuli:
            self.state, actions = core.step(self.dialogue, self.state, stimulus, self.now)
            for action in actions:
                fresh.append(self._word(action))
        self.told += fresh
        return fresh

    def _word(self, action: m.Action) -> str:
        match action:
            case m.Say():
                self.saying = action
                return f"says {action.line_id}{' on' if action.resumed else ''}: {action.text}"
            case m.StopSaying():
                self.saying = None
                return "stops"
            case m.Waiting(line_id=name):
                return f"waits in {name}"
            case m.HangUp(line_id=name):
                return f"hangs up in {name}"
            case m.Do(what=what):
                return f"does {what}"
            case m.Reveal(fact=fact):
                return f"reveals {fact}"

    def finish(self) -> list[str]:
        """The lines being said come to their end, one after the other, two seconds each."""
        fresh: list[str] = []
        while self.saying is not None:
            said, self.saying = self.saying, None
            self.now += 2
            fresh += self.give(m.LineFinished(said.line_id))
        return fresh

    def speak(self, text: str | None = None, seconds: float = 2.0) -> list[str]:
        """A turn of the trainee, over whatever is said."""
        fresh = self.give(m.TraineeSpoke())
        self.now += seconds + 0.8
        return fresh + self.give(m.TurnEnded(seconds, text))

    def wait(self, seconds: float) -> list[str]:
        fresh: list[str] = []
        until = self.now + seconds
        while self.now < until:
            self.now = min(until, self.now + 0.25)
            fresh += self.give(m.Tick())
        return fresh

    def row(self, kind: str = "RecordChanged", **data: Any) -> list[str]:
        return self.give(m.JournalRow(row(kind, **data)))
