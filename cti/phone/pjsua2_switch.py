"""The calls of one pjsua2 phone: orders in, pjsua2's callbacks in, facts out. Everything here runs in the engine's thread.

At most one call has sound and is not held: answering, calling or resuming with another one talking puts that one on hold first,
and is refused when its far end does not let itself be held.
"""

from __future__ import annotations

import collections
import functools
import time
import uuid
from collections.abc import Callable

import pjsua2 as pj

from cti.messages import (
    CALL_KEY_HEADER,
    QUEUE_HEADER,
    CallAnswered,
    CallEnded,
    CallOffered,
    CallPlaced,
    CallRang,
    Cause,
    DigitReceived,
    DigitsSent,
    EngineFaulted,
    Fact,
    Party,
    PlaceCall,
    Refusal,
    TransferProgressed,
    clean_text,
)  # fmt: skip
from cti.phone.audio.port import SoundIO
from cti.phone.pjsua2_floor import Floor, said
from cti.phone.pjsua2_line import Line, PhoneCall
from cti.phone.pjsua2_media import SilentPort, SoundBridge, codec_of, slot_of, wait_unplugged
from cti.phone.pjsua2_setup import MAX_CALLS, call_options, invite_options
from cti.phone.pjsua2_watch import count_ended_stream, last_quality, media_is_dead, quality_due, read_flow
from cti.phone.port import OrderUnmet, PhoneSettings
from cti.phone.sip_text import (
    Invitation,
    UnsafeText,
    cause_of_status,
    read_invitation,
    safe_digits,
    safe_target,
)

OFFER_LIMIT = 180.0  # seconds a call may ring here, RFC 3261's timer C: a caller that never cancels must not keep a line for ever
FOLLOW_LIMIT = 3.0  # seconds for the library to make the call a REFER asked for
HANGUP_LIMIT = 2.0  # seconds before a call whose far end says nothing any more is told as ended


class Switchboard:
    account: Callable[[bool], pj.Account]
    """The account new calls are made from, direct ones or not; set by the engine."""
    dress: Callable[[str, bool], str]
    """Adds the transport to a target, of a direct call or not; set by the engine."""

    def __init__(
        self, settings: PhoneSettings, sound: SoundIO, bridge: SoundBridge, silence: SilentPort, emit: Callable[[Fact], None]
    ) -> None:
        self.settings = settings
        self.stopping = False
        self._emit = emit
        self._lines: list[Line] = []
        self._later: collections.deque[Callable[[], None]] = collections.deque()
        self._floor = Floor(self._lines, sound, bridge, silence, emit)
        self.reinvite_answered = self._floor.reinvite_answered

    # --- orders: each raises OrderUnmet or pj.Error ---------------------------------------

    def place(self, order: PlaceCall) -> None:
        if any(line.call_id == order.call_id for line in self._lines):
            raise OrderUnmet(Refusal.CALL_EXISTS)
        self._need_room()
        target = self.dress(safe_target(order.target), order.direct)
        options = invite_options(order, str(self.account(order.direct).getInfo().uri))
        self._floor.take("PlaceCall", order.call_id, None, functools.partial(self._dial, order, target, options))

    def _dial(self, order: PlaceCall, target: str, options: pj.CallOpParam) -> None:
        self._need_room()
        now = time.monotonic()
        line = Line(order.call_id, order.call_key, outbound=True, born=now, ring_until=now + max(order.ring_limit, 0.1))
        line.direct, line.listen_only = order.direct, order.listen_only
        call = PhoneCall(self, line, self.account(line.direct))
        self._lines.append(line)
        self._emit(CallPlaced(line.call_id, line.call_key, order.target))
        try:
            call.makeCall(target, options)
        except pj.Error as error:
            self._end(line, Cause.NETWORK, "system", 0, said(error))
        if line.ended:  # may also have ended inside makeCall
            self._drop(line)

    def answer(self, call_id: str) -> None:
        line = self._offered(call_id)
        self._floor.take("AnswerCall", call_id, line, functools.partial(self._answer_now, line))

    def _answer_now(self, line: Line) -> None:
        if line.call is not None and line.alive:
            line.call.answer(call_options(200))

    def refuse(self, call_id: str, how: str) -> None:
        line = self._offered(call_id)
        line.ending = (Cause.BUSY, "local") if how == "busy" else (Cause.REFUSED, "local")
        self._hang_up(line, 486 if how == "busy" else 603)

    def hang_up(self, call_id: str) -> None:
        line = self._running(call_id)
        if not line.outbound and line.answered_at is None:
            self.refuse(call_id, "decline")
            return
        line.ending = (Cause.HUNG_UP if line.answered_at is not None else Cause.CANCELLED, "local")
        self._hang_up(line)

    def hold(self, call_id: str) -> None:
        line = self._answered(call_id)
        if line.want_hold:
            raise OrderUnmet(Refusal.ALREADY_HELD)
        self._floor.want_hold(line, True, "HoldCall")

    def resume(self, call_id: str) -> None:
        line = self._answered(call_id)
        if not line.want_hold:
            raise OrderUnmet(Refusal.NOT_HELD)
        self._floor.take("ResumeCall", call_id, line, functools.partial(self._floor.want_hold, line, False, "ResumeCall"))

    def send_digits(self, call_id: str, digits: str) -> None:
        line = self._spoken(call_id)
        digits = safe_digits(digits)
        assert line.call is not None
        line.call.dialDtmf(digits)
        self._emit(DigitsSent(line.call_id, line.call_key, digits))

    def transfer(self, call_id: str, target: str) -> None:
        line = self._spoken(call_id)
        if line.transferring:
            raise OrderUnmet(Refusal.TRANSFER_UNDER_WAY)
        assert line.call is not None
        line.call.xfer(self.dress(safe_target(target), line.direct), pj.CallOpParam())
        line.transferring = True

    def complete_transfer(self, call_id: str, consult_id: str) -> None:
        line, consult = self._spoken(call_id), self._spoken(consult_id)
        if line is consult or line.transferring:
            raise OrderUnmet(Refusal.TRANSFER_UNDER_WAY if line.transferring else Refusal.SAME_CALL)
        assert line.call is not None
        line.call.xferReplaces(consult.call, pj.CallOpParam())
        line.transferring, line.consult = True, consult
        consult.transferred = True  # its end may come before the NOTIFY that says why

    # --- what pjsua2 tells ------------------------------------------------------------------------------

    def invited(self, account: pj.Account, pj_id: int, message: str, direct: bool) -> None:
        """`direct`: from somebody else than our registrar."""
        now = time.monotonic()
        line = Line(uuid.uuid4().hex, "", outbound=False, born=now, direct=direct, ring_until=now + OFFER_LIMIT)
        busy = [other for other in self._lines if other.alive]
        call = PhoneCall(self, line, account, pj_id)
        self._lines.append(line)
        if self.stopping or len(busy) >= MAX_CALLS:
            line.told = False
            code = 480 if self.stopping else 486
            # later: refused inside this callback, an INVITE without SDP aborts pjsip (rdata freed twice)
            self._later.append(functools.partial(self._hang_up, line, code))
            return
        said = read_invitation(message)
        call.answer(call_options(180))
        self._offer(line, said, waiting=bool(busy))

    def _offer(self, line: Line, said: Invitation, waiting: bool) -> None:
        line.call_key = said.header(CALL_KEY_HEADER)
        queue = said.header(QUEUE_HEADER)
        name, number = said.caller_name, said.caller
        self._emit(CallOffered(line.call_id, line.call_key, number, name, said.called, queue, said.headers, waiting))

    def call_moved(self, line: Line) -> None:
        if line.call is None:
            return
        info = line.call.getInfo()
        state, code = int(info.state), int(info.lastStatusCode)
        if state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self._disconnected(line, code, str(info.lastReason))
        elif state == pj.PJSIP_INV_STATE_EARLY and line.outbound:
            self._rang(line)
        elif state == pj.PJSIP_INV_STATE_CONFIRMED and line.answered_at is None:
            line.answered_at = line.packets_at = line.quality_at = time.monotonic()
            line.ring_until = None
            line.codec, encrypted = codec_of(line.call, line.audio_index)
            for other in self._lines:  # it was ringing at the far end while another one was taken up again
                if other is not line and other.talking and not other.want_hold:
                    self._floor.want_hold(other, True, "")
            if line.alive:
                self._emit(CallAnswered(line.call_id, line.call_key, line.codec, encrypted))
                self._floor.tell_hold(line, line.local_held, line.remote_held, before=(False, False))
            self._floor.route(line)

    def _rang(self, line: Line) -> None:
        """Told once for 180, and once more if the far end then sends its own tone."""
        if not line.alive or line.rang is True or (line.rang is False and not line.media_up):
            return
        line.rang = line.media_up
        self._emit(CallRang(line.call_id, line.call_key, early_media=line.media_up))

    def _disconnected(self, line: Line, code: int, reason: str) -> None:
        if line.ending is not None:
            cause, by = line.ending
        elif line.transferred or line.transferring:
            cause, by = Cause.TRANSFERRED, "remote"
        elif line.answered_at is not None:
            # without a BYE from there it was the library: connection lost and not found again, no answer to a request of ours
            cause, by = (Cause.HUNG_UP, "remote") if line.hung_up_there else (Cause.NETWORK, "system")
        elif line.outbound:
            cause, by = cause_of_status(code), "remote"
        else:  # neither they nor we ended it: the library did, its connection lost
            cause, by = (Cause.CANCELLED, "remote") if code in (487, 200, 0) else (Cause.NETWORK, "system")
        self._end(line, cause, by, code, clean_text(reason))
        line.over = True  # dropped at the next tick: the streams are still to end

    def media_moved(self, line: Line) -> None:
        if line.call is None:
            return
        info = line.call.getInfo()
        up, status = False, pj.PJSUA_CALL_MEDIA_NONE
        for media in info.media:
            if media.type == pj.PJMEDIA_TYPE_AUDIO:
                status, line.audio_index = media.status, int(media.index)
                up = status in (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_LOCAL_HOLD, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD)
                break
        before = (line.local_held, line.remote_held)
        line.local_held = status == pj.PJSUA_CALL_MEDIA_LOCAL_HOLD
        if not line.local_held:  # while we hold, the far end's own hold cannot be seen
            line.remote_held = status == pj.PJSUA_CALL_MEDIA_REMOTE_HOLD
        line.packets, line.packets_at = -1, time.monotonic()
        line.slot = slot_of(line.call, line.audio_index) if up else -1
        self._floor.set_sounding(line, up)
        self._floor.route(line)
        if line.answered_at is not None and line.alive:
            self._floor.tell_hold(line, line.local_held, line.remote_held, before)
        elif line.outbound and up and int(info.state) == pj.PJSIP_INV_STATE_EARLY:
            self._rang(line)

    def stream_ending(self, line: Line, index: int) -> None:
        if line.call is not None and index == line.audio_index:
            count_ended_stream(line)
            wait_unplugged(line.slot)

    def digit_heard(self, line: Line, digit: str) -> None:
        self._later.append(functools.partial(self._emit, DigitReceived(line.call_id, line.call_key, digit.upper()[:1])))

    def transfer_asked(self, line: Line, prm: pj.OnCallTransferRequestParam) -> None:
        """Somebody refers our call elsewhere: follow, as RFC 3515 lets a user agent do inside a dialog."""
        target = str(prm.dstUri).strip()
        plain = target.strip("<>").split("?")[0]
        try:
            safe_target(plain)
        except UnsafeText:
            prm.statusCode = 400
            return
        if self.stopping or line.call is None or len([x for x in self._lines if x.alive]) >= MAX_CALLS:
            prm.statusCode = 486
            return
        now = time.monotonic()
        follow = Line(uuid.uuid4().hex, line.call_key, outbound=True, born=now, ring_until=now + 60.0, parent=line)
        follow.direct, follow.listen_only = line.direct, line.listen_only
        prm.newCall = PhoneCall(self, follow, self.account(line.direct))
        prm.opt.audioCount, prm.opt.videoCount = 1, 0
        prm.statusCode = 202
        self._lines.append(follow)
        line.transferred = line.superseded = True
        self._floor.route(line)
        self._emit(CallPlaced(follow.call_id, follow.call_key, plain))

    def transfer_moved(self, line: Line, code: int, reason: str, final: bool) -> None:
        self._emit(TransferProgressed(line.call_id, line.call_key, code, clean_text(reason), final))
        if not final:
            return
        line.transferring, consult, line.consult = False, line.consult, None
        if consult is not None:
            consult.transferred = 200 <= code < 300
        if 200 <= code < 300:
            for leg in (line, consult):
                if leg is not None and leg.alive:
                    leg.ending = (Cause.TRANSFERRED, "local")
                    self._later.append(functools.partial(self._hang_up, leg))

    def replace_asked(self, line: Line, prm: pj.OnCallReplaceRequestParam) -> None:
        """An INVITE with Replaces (RFC 3891): the person we talk to hands us over to somebody else."""
        if self.stopping:
            prm.statusCode = 480
            return
        follow = Line(uuid.uuid4().hex, "", outbound=False, born=time.monotonic(), parent=line)
        follow.direct, follow.listen_only = line.direct, line.listen_only
        prm.newCall = PhoneCall(self, follow, self.account(line.direct))
        prm.opt.audioCount, prm.opt.videoCount = 1, 0
        prm.statusCode = 200
        self._lines.append(follow)
        self._offer(follow, read_invitation(str(prm.rdata.wholeMsg)), waiting=True)
        line.transferred = line.superseded = True
        self._floor.route(line)

    def faulted(self, where: str, what: str) -> None:
        self._emit(EngineFaulted(where, clean_text(what)))

    # --- time -------------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        while self._later:
            self._later.popleft()()
        self._drop_over()
        self._floor.serve(now)
        for line in list(self._lines):
            self._floor.settle(line, now)
            flow = read_flow(line, now)
            if flow is not None:
                self._emit(flow)
            if line.ring_until is not None and now > line.ring_until and line.alive and line.answered_at is None:
                line.ending = (Cause.NO_ANSWER, "system")
                self._hang_up(line, 0 if line.outbound else 480)
            elif media_is_dead(line, now, self.settings.media_timeout):
                line.ending = (Cause.NETWORK, "system")
                self._hang_up(line)
            elif line.alive and quality_due(line, now):
                fact = last_quality(line)
                if fact is not None:
                    self._emit(fact)
            if line.give_up_at is not None and now > line.give_up_at and not line.ended and line.ending is not None:
                self._end(line, *line.ending, 0, "the far end does not answer any more")
            if (
                line.parent is not None
                and now - line.born > FOLLOW_LIMIT
                and line.call is not None
                and line.call.getId() == pj.PJSUA_INVALID_ID
            ):
                self._end(line, Cause.NETWORK, "system", 0, "the transfer's call could not be made")
                self._drop(line)

    def registrar_gone(self) -> None:
        """End the calls that went through it."""
        for line in list(self._lines):
            if line.alive and not line.direct:
                line.ending = (Cause.NETWORK, "system")
                self._hang_up(line)

    # --- the end ----------------------------------------------------------------------------------------

    def end_all(self) -> None:
        """Hang up everything; the caller polls until `idle`."""
        self.stopping = True
        self._floor.clear()
        for line in list(self._lines):
            if line.alive:
                offered = not line.outbound and line.answered_at is None
                cause = Cause.HUNG_UP if line.answered_at is not None else Cause.NO_ANSWER if offered else Cause.CANCELLED
                line.ending = (cause, "local")
                self._hang_up(line, 480 if offered else 0)

    @property
    def idle(self) -> bool:
        return not self._lines

    def forget_all(self, cause: Cause = Cause.FAULT) -> None:
        """Drop every object, whatever its state."""
        self._later.clear()
        for line in list(self._lines):
            self._end(line, *(line.ending or (cause, "system")), 0, "the phone stopped")
            self._drop(line)

    def _hang_up(self, line: Line, code: int = 0) -> None:
        if line.call is None or line.ended:
            return
        if line.call.getId() == pj.PJSUA_INVALID_ID:  # a transfer's call that is not made yet: hanging it up aborts the process
            self._end(line, *(line.ending or (Cause.CANCELLED, "system")), 0, "the transfer's call was not made")
            return
        line.give_up_at = time.monotonic() + HANGUP_LIMIT
        fact = last_quality(line)
        if fact is not None and line.told and not line.ended:
            self._emit(fact)
        self._floor.route(line)
        try:
            line.call.hangup(call_options(code))
        except pj.Error as error:
            self.faulted("hang up", said(error))

    def _end(self, line: Line, cause: Cause, by: Party, code: int, reason: str) -> None:
        if line.ended:
            return
        if line.told:
            seconds = time.monotonic() - line.answered_at if line.answered_at is not None else 0.0
            if line.ending is None:
                fact = last_quality(line)
                if fact is not None:
                    self._emit(fact)
            answered = line.answered_at is not None
            self._emit(CallEnded(line.call_id, line.call_key, cause, by, code, reason, answered, round(seconds, 3)))
        line.ended = True
        self._floor.set_sounding(line, False)
        if line.parent is not None and line.answered_at is None:  # the transfer came to nothing: back to who asked for it
            line.parent.transferred = line.parent.superseded = False
            self._floor.route(line.parent)

    def _drop_over(self) -> None:
        """A call may have come, or been placed, on the number of one that is over before its turn to be dropped: it is dropped after."""
        taken = {line.call.getId() for line in self._lines if line.call is not None and not line.over}
        for line in [line for line in self._lines if line.over]:
            if line.call is None or line.call.getId() not in taken:
                self._drop(line)

    def _drop(self, line: Line) -> None:
        line.call = None  # the last reference: pjsua2's object is freed here, in its own thread
        if line in self._lines:
            self._lines.remove(line)

    # --- finding calls ----------------------------------------------------------------------------------

    def _running(self, call_id: str) -> Line:
        line = next((x for x in self._lines if x.call_id == call_id and x.alive and x.call is not None), None)
        if line is None:
            raise OrderUnmet(Refusal.NO_SUCH_CALL)
        return line

    def _answered(self, call_id: str) -> Line:
        line = self._running(call_id)
        if line.answered_at is None:
            raise OrderUnmet(Refusal.NOT_ANSWERED)
        return line

    def _spoken(self, call_id: str) -> Line:
        """An answered call that more than listens."""
        line = self._answered(call_id)
        if line.listen_only:
            raise OrderUnmet(Refusal.LISTEN_ONLY)
        return line

    def _offered(self, call_id: str) -> Line:
        line = self._running(call_id)
        if line.outbound or line.answered_at is not None:
            raise OrderUnmet(Refusal.NOT_RINGING)
        return line

    def _need_room(self) -> None:
        if self.stopping:
            raise OrderUnmet(Refusal.STOPPING)
        if len([line for line in self._lines if line.alive]) >= MAX_CALLS:
            raise OrderUnmet(Refusal.TOO_MANY_CALLS)
