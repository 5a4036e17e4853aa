"""A reducer under test as a conversation: what happens, what is asked of the world, what is then to be seen."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeVar

from cti import messages as m
from workstation.desk import events as ev
from workstation.desk.effects import Effect, ReportFact
from workstation.desk.reducer import apply
from workstation.desk.state import CallView, DeskState

E = TypeVar("E")
T0 = 1_790_000_000.0  # UNIX
NUMBER = "+33465712108"
CAPABILITIES = ("hold", "mute", "digits_out", "blind_transfer", "attended_transfer")


class Play:
    """`now` moves one second a fact. Every state and every event must stay frozen values: the former state is kept and compared."""

    def __init__(self, state: DeskState | None = None) -> None:
        self.state = state or DeskState()
        self.now = T0
        self.asked: list[Effect] = []
        self._seq = 0

    def happens(self, *events: ev.DeskEvent) -> list[Effect]:
        """What the last of these events asked for (reports of facts apart, which are always there)."""
        for event in events:
            self.state, effects = apply(self.state, event)
            self.asked = list(effects)
        return [effect for effect in self.asked if not isinstance(effect, ReportFact)]

    def phone(self, *facts: m.Fact) -> list[Effect]:
        effects: list[Effect] = []
        for fact in facts:
            self.now += 1
            effects = self.happens(ev.PhoneTold(fact, self.now, f"f{self.now}"))
        return effects

    def row(
        self, kind: str, data: dict[str, Any], *, call_key: str = "", actor: str = "system", age: float = 0.0, seq: int | None = -1
    ) -> list[Effect]:
        if seq == -1:
            self._seq += 1
            seq = self._seq
        at = dt.datetime.fromtimestamp(self.now - age, dt.UTC).isoformat()
        return self.happens(ev.RowArrived(seq, at, kind, call_key, actor, data, self.now))

    @property
    def said(self) -> str:
        return self.state.notices[-1].text if self.state.notices else ""

    @property
    def link(self) -> str:
        return self.state.link

    @property
    def phone_state(self) -> str:
        return self.state.phone.state

    @property
    def call(self) -> CallView:
        assert self.state.call is not None
        return self.state.call


def only(effects: list[Effect], kind: type[E]) -> E:
    found = [effect for effect in effects if isinstance(effect, kind)]
    assert len(found) == 1, effects
    return found[0]


def ready() -> Play:
    """A desk whose phone is ready and whose room is there."""
    play = Play()
    play.phone(m.PhoneStarted("fake", "1", CAPABILITIES, "sip:me@127.0.0.1:1"))
    play.happens(ev.LinkUp(play.now))
    return play


def offered(key: str = "k1", call_id: str = "1", number: str = NUMBER, **more: Any) -> m.CallOffered:
    return m.CallOffered(call_id, key, number, more.pop("name", ""), "plateau", **more)


def page(*contacts: str) -> dict[str, Any]:
    hits = [{"contact_id": c, "name": c.title(), "matched_on": "téléphone", "matched": NUMBER} for c in contacts]
    return {"query": NUMBER, "hits": hits, "total": len(hits), "page": 1}


def file_of(contact: str, **records: list[dict[str, Any]]) -> dict[str, Any]:
    return {"contact": {"id": contact, "version": 1, "last_name": contact.upper()}, "records": records}


def talking(play: Play | None = None) -> Play:
    """In conversation with Odile, whose file is open."""
    play = play or ready()
    play.phone(offered())
    play.happens(ev.LookedUp("k1", page("odile"), play.now))
    play.happens(ev.FileArrived("odile", "k1", file_of("odile"), True, play.now))
    play.phone(m.CallAnswered("1", "k1", "PCMA"))
    return play
