"""One written conversation of the virtual customer: the dialogue's lines typed at a human pace, the agent's messages read as turns.

What differs from a telephone: nobody is interrupted. A message that comes while the customer types is read once his own is sent; short
messages that follow each other are read together, once the agent has finished. While the agent types, the customer does not lose patience.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scenarios.customer import dialogue as core
from scenarios.customer import hearing
from scenarios.customer import moves as m
from scenarios.customer.state import DialogueState, Phase
from scenarios.customer.thread import Thread
from scenarios.pack import Dialogue, Simulation

logger = logging.getLogger(__name__)
TICK = 0.2  # seconds
TYPING_TOLD_EVERY = 3.0  # seconds
AGENT_TYPES = 6.0  # seconds after the last word of it
PATIENCE = 20.0  # seconds an agent may go on typing after a message before that one is read
LEAST, MOST = 0.8, 25.0  # seconds to type a message
TURN = 2.0  # seconds a message counts for, as a turn


@dataclass(frozen=True)
class Outside:
    """What a conversation needs of its process: `send(text, line_id)`, `reveal(fact)`, `act(what)`, `typing(on)`, `close()`."""

    send: Callable[[str, str], None]
    reveal: Callable[[str], None]
    act: Callable[[str], None]
    typing: Callable[[bool], None]
    close: Callable[[], None]


def going_on(simulation: Simulation, seed: str, thread: Thread, revealed: Iterable[str], now: float) -> tuple[DialogueState, m.Say | None]:
    """The state a thread left the dialogue in, and the line that counts as being sent just now; None before the first."""
    state = core.start(simulation.dialogue, seed)
    if not thread.own:
        return state, None
    last = thread.own[-1]
    line = next((line for line in simulation.dialogue.lines if line.id == last), None)
    if line is None:  # of another version of the pack
        return state, None
    text = next(one.text for one in reversed(thread.said) if one.line_id == last)
    say = m.Say(last, text, line.speaker)
    visits = {name: thread.own.count(name) for name in thread.own}
    state = replace(state, phase=Phase.SAYING, node=last, cut=True, last=say, visits=visits, revealed=frozenset(revealed), quiet_since=now)
    return state, say


def unanswered(dialogue: Dialogue, state: DialogueState, text: str) -> bool:
    """Whether something in a message that was read has still no answer where the customer now waits: what is answered once only."""
    line = next((line for line in dialogue.lines if line.id == state.node), None)
    own = line.next if line is not None else ()
    return bool(text) and any(
        edge.when.heard and edge.unless and not state.revealed.issuperset(edge.unless) and hearing.heard(edge.when.heard, text)
        for edge in (*own, *dialogue.always)
    )


class WrittenConversation:
    """`tell` takes the sitting's rows as they come; `run` lasts until the conversation is over. `pace` is how many times quicker than a
    person it goes."""

    def __init__(
        self,
        simulation: Simulation,
        seed: str,
        outside: Outside,
        thread: Thread,
        rows: Iterable[Mapping[str, Any]] = (),
        revealed: Iterable[str] = (),
        pace: float = 1.0,
        reading: float = 2.5,
    ) -> None:
        self.simulation, self.chat_id = simulation, thread.chat_id
        self._outside, self._pace, self._reading = outside, pace, reading
        self._loop = asyncio.get_running_loop()
        self._stimuli: asyncio.Queue[m.Stimulus] = asyncio.Queue()
        self._unread: list[str] = list(thread.unread)
        self._unread_since = self._last_unread = self._loop.time()
        self._asked = ""  # what was read last
        self._agent_types_until = 0.0
        self._typing: asyncio.TimerHandle | None = None
        self._told_typing = 0.0
        self._begun = bool(thread.own)
        self._facts, self.revealed = {fact.id for fact in simulation.persona.hidden}, set(revealed)
        self._state, sent = going_on(simulation, seed, thread, self.revealed, self._now())
        for row in rows:
            if row.get("kind") != "CueGiven":
                self._step(m.JournalRow(row))
        self._stimuli.put_nowait(m.LineFinished(sent.line_id) if sent is not None else m.CallConnected())

    @property
    def over(self) -> bool:
        return self._state.phase is Phase.OVER

    @property
    def node(self) -> str:
        return self._state.node

    def _now(self) -> float:
        """Seconds of a person, however quick we are."""
        return self._loop.time() * self._pace

    def tell(self, row: Mapping[str, Any]) -> None:
        """A row of the sitting, or an ephemeral message of the same shape."""
        data = row.get("data") or {}
        kind, ours = row.get("kind"), data.get("chat_id") == self.chat_id
        if kind == "ChatTyping":
            if ours and data.get("who") == "conseiller":
                self._agent_types_until = self._loop.time() + (AGENT_TYPES if data.get("typing") else 0.0)
            return
        if kind == "ChatMessage" and ours and data.get("who") == "conseiller":
            now = self._loop.time()
            self._unread_since = self._unread_since if self._unread else now
            self._last_unread, self._agent_types_until = now, 0.0
            self._unread.append(str(data.get("text", "")))
        if kind == "ChatClosed" and ours:
            self._stimuli.put_nowait(m.CallOver())
        elif kind == "CueGiven":
            self._stimuli.put_nowait(m.CueGiven(str(data.get("cue", ""))))
        else:
            self._stimuli.put_nowait(m.JournalRow(row))

    def leave(self) -> None:
        """Over, without a word."""
        self._stimuli.put_nowait(m.CallOver())

    async def run(self) -> None:
        while not self.over:
            stimulus: m.Stimulus | None
            try:
                async with asyncio.timeout(TICK / self._pace):
                    stimulus = await self._stimuli.get()
            except TimeoutError:
                stimulus = m.Tick() if self._loop.time() >= self._agent_types_until else None
            if stimulus is not None:
                self._step(stimulus)
            self._read()
        if self._typing is not None:
            self._typing.cancel()

    def _read(self) -> None:
        """The agent's messages become one turn, once he has finished and we have; of several questions, each gets its answer."""
        now = self._loop.time()
        if self._state.phase is not Phase.WAITING or now - self._last_unread < self._reading:
            return
        if now < self._agent_types_until and now - self._unread_since < PATIENCE / self._pace:
            return
        if self._unread:
            self._asked, self._unread = "\n".join(self._unread), []
        elif not unanswered(self.simulation.dialogue, self._state, self._asked):
            return
        self._step(m.TraineeSpoke(unsaid=0.0))
        self._step(m.TurnEnded(TURN, self._asked))

    def _step(self, stimulus: m.Stimulus) -> None:
        self._state, actions = core.step(self.simulation.dialogue, self._state, stimulus, self._now())
        for action in actions:
            match action:
                case m.Say():
                    self._type(action, self._seconds(action.text))
                case m.StopSaying() if self._typing is not None:
                    self._typing.cancel()
                case m.HangUp():
                    logger.info("leaves in %s", action.line_id)
                    self._outside.close()
                case m.Do():
                    self._outside.act(action.what)
                case m.Reveal() if action.fact in self._facts and action.fact not in self.revealed:
                    self.revealed.add(action.fact)
                    self._outside.reveal(action.fact)

    def _seconds(self, text: str) -> float:
        """To type it; the first message was written before anybody was there to read it."""
        if not self._begun:
            return 0.0
        return max(LEAST, min(MOST, len(text) / self.simulation.persona.typing)) / self._pace

    def _type(self, say: m.Say, seconds: float) -> None:
        """Send it in that time; who looks is told from time to time that it is being typed."""
        if self._loop.time() - self._told_typing >= TYPING_TOLD_EVERY / self._pace:
            self._told_typing = self._loop.time()
            self._outside.typing(True)
        if seconds > TYPING_TOLD_EVERY:
            self._typing = self._loop.call_later(TYPING_TOLD_EVERY, self._type, say, seconds - TYPING_TOLD_EVERY)
        else:
            self._typing = self._loop.call_later(seconds, self._send, say)

    def _send(self, say: m.Say) -> None:
        self._told_typing, self._begun = 0.0, True
        self._outside.send(say.text, say.line_id)
        self._stimuli.put_nowait(m.LineFinished(say.line_id))
