"""Who has the sound: at most one call is talking and not held, and the microphone goes to no other. Hold and resume by re-INVITE.

Everything here runs in the engine's thread.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import pjsua2 as pj

from cti.messages import CallHeld, CallResumed, EngineFaulted, Fact, Party, Refusal, clean_text
from cti.phone.audio.port import SoundIO
from cti.phone.pjsua2_line import Line
from cti.phone.pjsua2_media import SilentPort, SoundBridge
from cti.phone.pjsua2_setup import call_options
from cti.phone.port import OrderUnmet

FLOOR_LIMIT = 2.0  # seconds a running call has to let itself be held
REINVITE_LIMIT = 8.0
REINVITE_TRIES = 4


@dataclass
class Pending:
    """An order that waits until the other calls are held."""

    order: str
    call_id: str
    line: Line | None  # the call it is about, once there is one
    others: list[Line]
    action: Callable[[], None]
    until: float


class Floor:
    def __init__(self, lines: list[Line], sound: SoundIO, bridge: SoundBridge, silence: SilentPort, emit: Callable[[Fact], None]) -> None:
        """`lines`: every call, kept by the switchboard."""
        self._lines = lines
        self._sound = sound
        self._bridge = bridge
        self._silence = silence
        self._emit = emit
        self._pending: list[Pending] = []
        self._sounding: set[Line] = set()

    def clear(self) -> None:
        """Forget the orders that wait."""
        self._pending.clear()

    def take(self, order: str, call_id: str, line: Line | None, action: Callable[[], None]) -> None:
        others = [other for other in self._lines if other.talking and other is not line]
        if not others:
            action()
            return
        for other in others:
            if not other.want_hold:
                self.want_hold(other, True, "")
        self._pending.append(Pending(order, call_id, line, others, action, time.monotonic() + FLOOR_LIMIT))

    def serve(self, now: float) -> None:
        for wait in list(self._pending):
            if wait.line is not None and not wait.line.alive:
                self._pending.remove(wait)
            elif all(not other.talking for other in wait.others):
                self._pending.remove(wait)
                try:
                    wait.action()
                except (pj.Error, OrderUnmet) as error:
                    self._refuse_pending(wait, unmet(error))
            elif now > wait.until or any(not other.want_hold for other in wait.others if other.talking):
                self._pending.remove(wait)
                for other in wait.others:
                    if other.talking and other.want_hold:
                        self.want_hold(other, False, "")
                self._refuse_pending(wait, OrderUnmet(Refusal.OTHER_CALL_NOT_HELD))

    def _refuse_pending(self, wait: Pending, why: OrderUnmet) -> None:
        self._emit(why.told(wait.order, wait.call_id))

    def want_hold(self, line: Line, hold: bool, asked: str) -> None:
        line.want_hold, line.asked, line.tries, line.retry_at = hold, asked, 0, 0.0
        self.route(line)  # the microphone is cut now, not when the far end has agreed
        self.settle(line, time.monotonic())

    def settle(self, line: Line, now: float) -> None:
        """Bring the SDP to what was ordered: one re-INVITE at a time."""
        if line.call is None or line.answered_at is None or not line.alive:
            return
        if line.reinviting:
            if now > line.reinvite_until:
                line.reinviting = False
                self._give_up_hold(line, "no answer to the re-INVITE")
            return
        if line.want_hold == line.local_held or now < line.retry_at:
            return
        line.reinviting, line.reinvite_until = True, now + REINVITE_LIMIT
        options = call_options()
        try:
            if line.want_hold:
                line.call.setHold(options)
            else:
                options.opt.flag = pj.PJSUA_CALL_UNHOLD
                line.call.reinvite(options)
        except pj.Error as error:  # most often: another re-INVITE is under way
            line.reinviting = False
            line.tries += 1
            line.retry_at = now + 0.2
            if line.tries > 2 * REINVITE_TRIES:
                self._give_up_hold(line, said(error))

    def tell_hold(self, line: Line, local: bool, remote: bool, before: tuple[bool, bool]) -> None:
        both: tuple[tuple[Party, bool, bool], ...] = (("local", before[0], local), ("remote", before[1], remote))
        for by, was, now in both:
            if now and not was:
                self._emit(CallHeld(line.call_id, line.call_key, by))
            elif was and not now:
                self._emit(CallResumed(line.call_id, line.call_key, by))

    def _give_up_hold(self, line: Line, reason: str) -> None:
        line.want_hold, line.tries = line.local_held, 0
        self.route(line)
        if line.asked:
            self._emit(OrderUnmet(Refusal.FAR_END, reason).told(line.asked, line.call_id))
            line.asked = ""

    def route(self, line: Line) -> None:
        """Connect or cut this call's sound; never the microphone to a call that is held, unanswered or ending."""
        if line.call is None or not line.media_up:
            return
        held = line.want_hold or line.local_held or line.superseded or line.ending is not None
        try:
            far = line.call.getAudioMedia(line.audio_index)
            source = self._silence if line.listen_only else self._bridge
            if line.answered_at is not None and not held and not line.remote_held:
                source.startTransmit(far)
            else:
                source.stopTransmit(far)
            if held:
                far.stopTransmit(self._bridge)
            else:
                far.startTransmit(self._bridge)
        except pj.Error as error:
            if line.ending is None:
                self._emit(EngineFaulted("sound", said(error)))

    def set_sounding(self, line: Line, up: bool) -> None:
        line.media_up = up
        was = bool(self._sounding)
        (self._sounding.add if up else self._sounding.discard)(line)
        if bool(self._sounding) != was:
            (self._sound.call_ended if was else self._sound.call_began)()

    def reinvite_answered(self, line: Line, code: int, reason: str) -> None:
        if code in (401, 407):
            return  # the library answers the challenge itself
        line.reinviting = False
        if code < 300:
            line.tries = 0
            return
        line.tries += 1
        if code == 491 and line.tries < REINVITE_TRIES:  # glare: both ends at once (RFC 3261 §14.1)
            line.retry_at = time.monotonic() + (random.uniform(2.1, 4.0) if line.outbound else random.uniform(0.0, 2.0))
            return
        self._give_up_hold(line, f"{code} {clean_text(reason, 80)}")


def unmet(error: Exception) -> OrderUnmet:
    """Why, whatever was raised; pjsua2's own errors are faults."""
    return error if isinstance(error, OrderUnmet) else OrderUnmet(Refusal.FAULT, said(error))


def said(error: Exception) -> str:
    return clean_text(error.reason if isinstance(error, pj.Error) else str(error))
