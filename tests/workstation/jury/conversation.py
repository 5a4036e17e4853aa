"""A conversation with the console's reducer: what happens, what is asked of the world, what is then to be seen."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any, TypeVar

from cti import messages as m
from tests.workstation.jury.fake_jury_room import PERSONA, FakeJuryRoom
from workstation.desk import events as phone
from workstation.desk.effects import TellPhone
from workstation.jury.console import events as ev
from workstation.jury.console.hearing import Ear
from workstation.jury.console.reducer import apply
from workstation.jury.console.state import JuryState
from workstation.jury.console.words import banner_words

T0 = 1_790_000_000.0
CAPABILITIES = ("register", "hold", "mute", "digits_out", "blind_transfer", "attended_transfer")
ACCOUNT = {"user": "jury1", "password": "secret", "server": "192.0.2.1:5061", "transport": "tls", "label": "Jury 1", "ca": ""}
SHEET = {"simulation": {"id": "S9", "queue": "Recouvrement"}, "persona": PERSONA}
PERSONA_S9 = {"kind": "persona", "name": "Mme Nadège CORBULON", "number": "+33261917044", "reference": "MVL-199407", "simulation": "S9"}
SERVICE = {"kind": "service", "name": "SAV niveau 2", "number": "+33199007700", "reference": "", "simulation": ""}
T = TypeVar("T")


class Play:
    def __init__(self, role: str = "role_player", mode: str = "exam") -> None:
        self.room = FakeJuryRoom(role=role, mode=mode)
        self.state, self.now, self._seq = JuryState(), T0, 0
        self.asked: list[Any] = []

    def happens(self, *events: ev.JuryEvent) -> list[Any]:
        asked: list[Any] = []
        for event in events:
            self.state, effects = apply(self.state, event)
            asked += effects
        self.asked = asked
        return asked

    def phone(self, *facts: m.Fact) -> list[Any]:
        self.now += 1
        return self.happens(*(phone.PhoneTold(fact, self.now, "f") for fact in facts))

    def sees(self, **changes: Any) -> list[Any]:
        """The room's view, with these changes of our station."""
        self.room.mine.update(changes)
        if "sitting" in changes:
            self.room.view["me"]["sitting"] = changes["sitting"]["id"]
        return self.happens(ev.ViewArrived(copy.deepcopy(self.room.view), self.now))

    def row(self, kind: str, data: dict[str, Any], *, call_key: str = "", after: float = 0.0) -> None:
        self.now += after
        self._seq += 1
        at = dt.datetime.fromtimestamp(self.now, dt.UTC).isoformat()
        self.happens(phone.RowArrived(self._seq, at, kind, call_key, "candidate", data, self.now))

    def orders(self, kind: type[T]) -> list[T]:
        return [effect.order for effect in self.asked if isinstance(effect, TellPhone) and isinstance(effect.order, kind)]

    def effects(self, kind: type[T]) -> list[T]:
        return [effect for effect in self.asked if isinstance(effect, kind)]

    @property
    def said(self) -> str:
        return self.state.notices[-1].text if self.state.notices else ""

    def ear(self) -> Ear:
        return self.state.hearing.ear

    def banner(self, key: str) -> str:
        return banner_words(self.state.calls[key], self.state.guises[key])


def seated(role: str = "role_player", mode: str = "exam") -> Play:
    play = Play(role, mode)
    play.phone(m.PhoneStarted("fake", "1", CAPABILITIES, "sip:me@127.0.0.1:1"))
    play.happens(phone.LinkUp(play.now))
    play.happens(phone.AccountArrived(ACCOUNT, play.now))
    play.phone(m.RegistrationChanged("registered", "192.0.2.1:5061"))
    play.sees()
    play.happens(ev.SimulationChosen("S9"), ev.SheetArrived("S9", SHEET))
    return play


def called(play: Play, dialled: str, key: str = "k1", transfer: str = "", who: dict[str, str] | None = None) -> Play:
    headers = {"x-plateau-dialled": dialled, **({"X-Plateau-Transfer": transfer} if transfer else {})}
    play.phone(m.CallOffered(key, key, "poste3", "Poste 3", "jury1", "", headers))
    if who is not None:
        play.happens(ev.WhoArrived(key, who, play.now))
    return play


def calls_as_persona(play: Play, *, direct: bool = False) -> None:
    play.happens(ev.PersonaCallWanted(direct, "w1", "c1", "asked-1", play.now))


def in_talk(play: Play) -> Play:
    """We have called as the customer, and talk with the candidate."""
    calls_as_persona(play)
    play.happens(ev.CallGranted("asked-1", "j-1", "sip:file-poste3@192.0.2.1", {}, False))
    play.phone(m.CallPlaced("c1", "j-1", "x"), m.CallAnswered("c1", "j-1", "PCMA", True))
    return play
