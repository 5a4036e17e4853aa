"""This machine as the room's check sees it: the room's questions in, calls of its own phone, reports out.

Lives in the loop of whoever holds the phone, the candidate's desk or the jury's console. A call for a person comes first: the check's own
call is hung up as soon as there is one, and the room is told.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, Literal, Protocol

from cti.messages import AnswerCall, CallOffered, Fact, Order, PlaceCall
from workstation import __version__
from workstation.check import calls
from workstation.check.calls import PREFIX, CheckCall, Question, Report, Step
from workstation.desk.changes import alive
from workstation.desk.state import Softphone
from workstation.i18n import _

logger = logging.getLogger("plateau.check")

PrinterProbe = Callable[[str], Awaitable[Report]]
Answer = Callable[[int, Report], Awaitable[None]]


class Asked(Protocol):
    """Where the questions come from: workstation.links.check_link."""

    async def run(self, machine: MachineCheck) -> None: ...


class MachineCheck:
    """`here` gives the state of the softphone, `send` orders its phone, `say` tells whoever sits here. `printer`: its address, "" none;
    `clock` is the machine's, UNIX seconds."""

    def __init__(
        self,
        link: Asked,
        send: Callable[[Order], object],
        here: Callable[[], Softphone],
        say: Callable[[str, Literal["info", "warning"]], object],
        *,
        printer: str = "",
        probe_printer: PrinterProbe,
        version: str = __version__,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._link, self._send, self._here, self._say = link, send, here, say
        self._printer, self._probe_printer = printer, probe_printer
        self._version, self._clock = version, clock
        self._call: CheckCall | None = None
        self._reports: Callable[[int, Report], object] = lambda number, report: None
        self._told = False  # whoever sits here knows that the room is being checked

    async def run(self) -> None:
        """Until cancelled, or the place is lost."""
        await self._link.run(self)

    # --- the phone's side -----------------------------------------------------------------------------

    def takes(self, fact: Fact) -> bool:
        """A fact of the phone, before anybody else: True when it was of a check's call, and is nobody else's business."""
        if isinstance(fact, CallOffered):
            self.gives_way()
        if self._call is not None:
            self._carry_out(calls.told(self._call, fact))
        return calls.is_of_check(fact)

    def ordered(self, order: Order) -> None:
        """An order that a person gave the phone."""
        if isinstance(order, (PlaceCall, AnswerCall)):
            self.gives_way()

    def gives_way(self) -> None:
        if self._call is not None:
            self._carry_out(calls.end(self._call, "gave_way"))

    # --- the room's side ------------------------------------------------------------------------------

    def connected(self, reports: Callable[[int, Report], object]) -> None:
        """The room may ask from now on; `reports` takes the answers, and returns at once."""
        self._reports = reports

    def disconnected(self) -> None:
        self._reports = lambda number, report: None
        self._over()

    async def asked(self, question: dict[str, Any]) -> None:
        """One question; whatever the room sends beside those known changes nothing."""
        number, ask = question.get("id"), question.get("ask")
        if not isinstance(number, int):
            return
        match ask:
            case "clock":
                self._reports(number, self._look())
            case "look":
                self._reports(number, {**self._look(), **await self._look_at_printer()})
            case "loop" | "tone" | "listen":
                seconds = question.get("seconds", 5.0)
                self._begin(Question(number, ask, str(question.get("target", "")), seconds if isinstance(seconds, (int, float)) else 5.0))
            case "stop":
                self._over()
                self._reports(number, {})

    def _begin(self, question: Question) -> None:
        if self._call is not None:
            self._carry_out(calls.end(self._call, "replaced"))
        if self._busy:
            self._carry_out(calls.not_called(question, "busy"))
            return
        if not self._told:
            self._told = True
            self._say(_("CONTRÔLE DE LA SALLE EN COURS : ce téléphone s'appelle lui-même, attendez la fin."), "warning")
        self._carry_out(calls.place(question, f"{PREFIX}{uuid.uuid4().hex[:12]}"))

    def _over(self) -> None:
        if self._call is not None:
            self._carry_out(calls.end(self._call, "stopped"))
        if self._told:
            self._told = False
            self._say(_("Contrôle de la salle terminé ici."), "info")

    def _carry_out(self, step: Step) -> None:
        self._call = step.call
        for order in step.orders:
            self._send(order)
        if step.report is not None:
            number, report = step.report
            self._reports(number, {**report, **self._sound()})

    @property
    def _busy(self) -> bool:
        return any(alive(call) for call in self._here().calls.values())

    def _look(self) -> Report:
        phone = self._here().phone
        told = {"version": self._version, "now": self._clock(), "printer": self._printer}
        return {**told, "phone": phone.state, "registration": phone.registration}

    def _sound(self) -> Report:
        phone = self._here().phone
        return {"muted": phone.muted, "sound": phone.sound, "microphone": phone.microphone, "speaker": phone.speaker}

    async def _look_at_printer(self) -> Report:
        return await self._probe_printer(self._printer) if self._printer else {}
