"""Which channel each listener has to hear: the one that its station is really talking on. Pure.

A station that consults holds the customer on one channel and talks on another; a listener is moved after it. Left alone, a listener
waits for its station's next channel by itself and stays on it to its end.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from cti.exchange.asterisk.legs import Leg

PATIENCE = 1.0  # seconds for a listener to begin hearing by itself, or after it was moved


@dataclass(frozen=True)
class Move:
    """Make the listener on `channel` spy `target`, a channel's name."""

    channel: str
    target: str


def aim(listener: Leg, legs: Collection[Leg]) -> str:
    """The channel that listener should be moved to; "" when it is well where it is. All of its station's calls held: it stays."""
    calls = [leg for leg in legs if leg.line == listener.station and leg.up and not leg.mode]
    open_calls = [leg for leg in calls if not leg.held] or calls
    if not calls or listener.spying in {leg.channel for leg in open_calls}:
        return ""
    return max(open_calls, key=lambda leg: leg.order).channel


class Listening:
    """Remembers what each listener was last given, so as to order each move once, and again when nothing came of it."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}  # listener's leg → the channel it was last moved to
        self._since: dict[str, float] = {}  # when that was, or when it was first seen to hear nothing

    def moves(self, legs: Collection[Leg], now: float) -> list[Move]:
        """The moves to order now; `now` in seconds of a clock that does not go back."""
        found = []
        for listener in [leg for leg in legs if leg.mode and leg.up and leg.station]:
            target = aim(listener, legs)
            if not target:
                self._since.pop(listener.id, None)
                self._given.pop(listener.id, None)
                continue
            since = self._since.setdefault(listener.id, now)
            # on another channel it would stay; hearing nothing, it is about to begin by itself
            if (listener.spying and self._given.get(listener.id) != target) or now - since >= PATIENCE:
                self._given[listener.id], self._since[listener.id] = target, now
                found.append(Move(listener.channel, target))
        here = {leg.id for leg in legs}
        self._given = {leg: target for leg, target in self._given.items() if leg in here}
        self._since = {leg: at for leg, at in self._since.items() if leg in here}
        return found
