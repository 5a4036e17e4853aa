"""Who hears of what, after it is committed: one bounded queue a watcher, so that a slow one never slows the room.

A watcher says the last journal row it saw; it gets what it missed from the journal itself, then the rest live. One that
cannot keep up is let go (`SlowWatcher`) and comes back with its last `seq`: nothing is lost. Ephemeral messages
(`seq` null) are dropped for those who are not there.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from scenarios.sitting import Row

logger = logging.getLogger(__name__)
QUEUE_LIMIT = 1000  # messages waiting for one watcher
PAGE = 200  # rows read at once from the journal

HIDDEN_FROM_CANDIDATE = frozenset(
    {
        "CustomerRevealed", "CustomerHeard", "JurorCalled", "JurorHears", "SeatTaken", "CustomerAssigned", "PhaseResumeProposed",
        "SimulationReplaced", "HintGiven", "JuryChanged",
    }
)  # fmt: skip
"""In practice, where a kind that is not named here is told."""

WHOLE: frozenset[str] | None = None
_OF_THE_PHONE = (
    "PhoneStarted", "RegistrationChanged", "CallOffered", "CallPlaced", "CallRang", "CallAnswered", "CallHeld", "CallResumed", "CallEnded",
    "TransferProgressed", "DigitReceived", "DigitsSent", "MicrophoneMuted", "CallQuality", "MediaFlowed", "VolumeChanged", "LevelsMeasured",
    "SoundChanged", "LoopMeasured", "PatternHeard", "RecordingBegan", "RecordingEnded", "OrderRefused", "EngineFaulted", "PhoneLost",
)  # fmt: skip
_OF_THE_DESK = (
    "StationConnected", "AgentStateChanged", "ScreenOpened", "ProcedureOpened", "BriefSearched", "CaptionShown", "CueGiven", "Dialled",
    "CardNumberRefused", "ReplyPrinted", "Searched", "RecordOpened", "RecordCreated", "RecordChanged", "DocumentProduced", "SheetSaved",
    "SheetExported", "ReplyExported",
)  # fmt: skip
TOLD_IN_EXAM: dict[str, frozenset[str] | None] = {
    **dict.fromkeys((*_OF_THE_PHONE, *_OF_THE_DESK), WHOLE),  # what the candidate's own station said or did
    "SimulationStarted": frozenset({"simulation"}),
    "SimulationEnded": frozenset({"simulation", "reason"}),
    "ChatOffered": frozenset({"chat_id", "simulation", "visitor"}),
    "ChatAccepted": frozenset({"chat_id"}),
    "ChatMessage": frozenset({"chat_id", "who", "text", "n", "write_id"}),
    "ChatClosed": frozenset({"chat_id", "by"}),
    "ChatTyping": frozenset({"chat_id", "who", "typing"}),
    "ExchangeLinkChanged": frozenset({"up"}),
    "ExchangeListeningBegan": frozenset({"listener", "label"}),
    "ExchangeListeningEnded": frozenset({"listener", "label"}),
    "PhaseStarted": frozenset({"phase", "late"}),
    "PhaseFrozen": frozenset({"phase", "freeze", "nature"}),
    "PhaseResumed": frozenset({"phase", "freeze"}),
    "PhaseTimeGranted": frozenset({"phase", "seconds"}),
    "PhaseExpired": frozenset({"phase", "at"}),
    "PhaseEnded": frozenset({"phase", "at"}),
    "SittingPostponed": frozenset({"phase"}),
    "SpellcheckSet": frozenset({"allowed"}),
    "CandidateAbsent": frozenset(),
}
"""What a candidate is told in an exam: the kinds, each with the fields of its data, all of them for WHOLE. A kind that is not named is
not told. Not told at all, on purpose: UNTOLD_IN_EXAM."""

UNTOLD_IN_EXAM = HIDDEN_FROM_CANDIDATE | {
    "PeersRotated", "GridShown",  # of practice
    "RecordingAgreed", "RecordingDeclined", "CallRecorded", "RecordingExported", "RecordingErased",  # of practice alone
    "SittingOpened", "CustomerConnected", "CustomerSpoke", "CustomerSpeaking", "CustomerListening", "CustomerSilent",
    "ExchangeLineChanged", "ExchangeQueued", "ExchangeAbandoned", "ExchangeDelivered", "ExchangeFailed", "ExchangeEstablished",
    "ExchangeHeld", "ExchangeRetrieved", "ExchangeTransferred", "ExchangeParked", "ExchangeCleared",
}  # fmt: skip


class PublishedRow(Row, Protocol):
    """A committed row of the journal, and what watchers are told of it."""

    def as_event(self) -> dict[str, object]: ...


class SlowWatcher(Exception):
    """This watcher's queue was full; it should come back with the last `seq` it saw."""


class UnknownSeq(Exception):
    """The watcher has seen more than the journal holds: it comes from another sitting."""


def may_see(role: str, kind: str, mode: str = "practice") -> bool:
    """Whether a role hears of journal rows of this kind."""
    if role != "candidate":
        return True
    return kind not in HIDDEN_FROM_CANDIDATE if mode == "practice" else kind in TOLD_IN_EXAM


def told(role: str, event: Mapping[str, Any], mode: str = "practice") -> Mapping[str, Any]:
    """An event that the role may see, with what of its data is for that role."""
    fields = TOLD_IN_EXAM[event["kind"]] if role == "candidate" and mode != "practice" else WHOLE
    if fields is None:
        return event
    return {**event, "data": {name: value for name, value in event["data"].items() if name in fields}}


@dataclass(eq=False)
class _Watcher:
    role: str
    guard: asyncio.Timeout
    waiting: deque[tuple[int, str]] = field(default_factory=deque)  # (seq, text); seq 0 when ephemeral
    wake: asyncio.Event = field(default_factory=asyncio.Event)


class Hub:
    """`read(after, limit)` gives committed rows in order. Everything but `publish` belongs to the event loop's thread."""

    def __init__(self, read: Callable[[int, int], Sequence[PublishedRow]], mode: str = "practice", limit: int = QUEUE_LIMIT) -> None:
        self._read = read
        self._mode = mode
        self._limit = limit
        self._watchers: set[_Watcher] = set()
        self._early: dict[int, PublishedRow] = {}
        self._next = 1
        self._loop: asyncio.AbstractEventLoop | None = None
        self.listeners: list[Callable[[PublishedRow], None]] = []  # called in order of seq, on the loop, before the watchers

    def open(self, last_seq: int) -> None:
        """Starts delivering what follows `last_seq`; call it on the event loop."""
        self._loop = asyncio.get_running_loop()
        self._next = last_seq + 1

    @property
    def last_seq(self) -> int:
        """The last row delivered."""
        return self._next - 1

    def publish(self, rows: Iterable[PublishedRow]) -> None:
        """Committed rows, from any thread, in any order; they are delivered in order of `seq`."""
        if self._loop is None or self._loop.is_closed():
            return  # the room opens or closes: whoever comes later reads the journal
        self._loop.call_soon_threadsafe(self._deliver, tuple(rows))

    def tell(self, message: dict[str, Any], roles: Iterable[str] = ("candidate", "customer", "trainer", "juror")) -> None:
        """An ephemeral message, never journaled, to whoever is there now and may see its kind."""
        event = {**message, "seq": None}
        for watcher in list(self._watchers):
            if watcher.role in roles and may_see(watcher.role, str(message.get("kind", "")), self._mode):
                self._queue(watcher, 0, _text(told(watcher.role, event, self._mode)))

    def _deliver(self, rows: tuple[PublishedRow, ...]) -> None:
        self._early.update((row.seq, row) for row in rows if row.seq >= self._next)
        while (row := self._early.pop(self._next, None)) is not None:
            self._next += 1
            for listener in self.listeners:
                try:
                    listener(row)
                except Exception:
                    # The row is committed and must reach its watchers; what the listener owed is made up for at the next start.
                    logger.exception("a listener failed on journal row %d", row.seq)
            event = row.as_event()
            texts: dict[str, str] = {}  # by role: written once for all who hear it alike
            for watcher in list(self._watchers):
                if may_see(watcher.role, row.kind, self._mode):
                    if watcher.role not in texts:
                        texts[watcher.role] = _text(told(watcher.role, event, self._mode))
                    self._queue(watcher, row.seq, texts[watcher.role])

    def _queue(self, watcher: _Watcher, seq: int, text: str) -> None:
        if len(watcher.waiting) >= self._limit:
            self._watchers.discard(watcher)
            watcher.guard.reschedule(asyncio.get_running_loop().time())
            return
        watcher.waiting.append((seq, text))
        watcher.wake.set()

    async def watch(self, role: str, after: int, send: Callable[[str], Awaitable[None]]) -> None:
        """Sends every row after `after` that the role may see, then live ones, until `send` raises. Raises SlowWatcher, UnknownSeq."""
        watcher: _Watcher | None = None
        try:
            async with asyncio.timeout(None) as guard:
                cursor = await self._catch_up(role, after, send)
                watcher = _Watcher(role, guard)
                self._watchers.add(watcher)
                while True:
                    await watcher.wake.wait()
                    watcher.wake.clear()
                    while watcher.waiting:
                        seq, text = watcher.waiting.popleft()
                        if seq == 0 or seq > cursor:
                            await send(text)
        except TimeoutError:
            raise SlowWatcher from None
        finally:
            if watcher is not None:
                self._watchers.discard(watcher)

    async def _catch_up(self, role: str, after: int, send: Callable[[str], Awaitable[None]]) -> int:
        """Sends what the journal holds; returns its last seq, with no pause between the last look and the return."""
        cursor = after
        if after > 0 and not self._read(after - 1, 1):
            raise UnknownSeq
        while page := self._read(cursor, PAGE):
            for row in page:
                if may_see(role, row.kind, self._mode):
                    await send(_text(told(role, row.as_event(), self._mode)))
            cursor = page[-1].seq
        return cursor


def _text(message: Mapping[str, Any]) -> str:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))
