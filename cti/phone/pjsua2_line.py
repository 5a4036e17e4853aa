"""One call of the pjsua2 engine: what we know of it, and the pjsua2 object whose callbacks tell of it.

A `PhoneCall` hangs up, when it is freed, whatever call has its number by then, and one freed outside the engine's thread aborts the
process: only its `Line` refers to it, and the engine drops that reference in its own thread once no other call has that number.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import pjsua2 as pj

from cti.messages import Cause, Party
from cti.phone.pjsua2_media import StreamFigures


class CallEvents(Protocol):
    """What a PhoneCall tells its engine. All but `digit_heard` run in the engine's thread."""

    def call_moved(self, line: Line) -> None: ...
    def media_moved(self, line: Line) -> None: ...
    def stream_ending(self, line: Line, index: int) -> None: ...
    def reinvite_answered(self, line: Line, code: int, reason: str) -> None: ...
    def digit_heard(self, line: Line, digit: str) -> None: ...
    def transfer_asked(self, line: Line, prm: pj.OnCallTransferRequestParam) -> None: ...
    def transfer_moved(self, line: Line, code: int, reason: str, final: bool) -> None: ...
    def replace_asked(self, line: Line, prm: pj.OnCallReplaceRequestParam) -> None: ...
    def faulted(self, where: str, what: str) -> None: ...


class PhoneCall(pj.Call):  # type: ignore[misc]  # pjsua2 ships no types
    def __init__(self, engine: CallEvents, line: Line, account: pj.Account, pj_id: int = pj.PJSUA_INVALID_ID) -> None:
        pj.Call.__init__(self, account, pj_id)
        self.engine = engine
        self.line = line
        line.call = self

    def onCallState(self, prm: pj.OnCallStateParam) -> None:
        if prm.e.type == pj.PJSIP_EVENT_TSX_STATE:
            tsx = prm.e.body.tsxState.tsx
            self.line.hung_up_there = self.line.hung_up_there or (tsx.role == pj.PJSIP_ROLE_UAS and tsx.method == "BYE")
        guarded(self.engine, "call state", functools.partial(self.engine.call_moved, self.line))

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:
        guarded(self.engine, "media state", functools.partial(self.engine.media_moved, self.line))

    def onStreamDestroyed(self, prm: pj.OnStreamDestroyedParam) -> None:
        guarded(self.engine, "stream end", functools.partial(self.engine.stream_ending, self.line, prm.streamIdx))

    def onDtmfDigit(self, prm: pj.OnDtmfDigitParam) -> None:  # pjmedia's thread
        guarded(self.engine, "digit", functools.partial(self.engine.digit_heard, self.line, str(prm.digit)))

    def onCallTransferRequest(self, prm: pj.OnCallTransferRequestParam) -> None:
        guarded(self.engine, "transfer request", functools.partial(self.engine.transfer_asked, self.line, prm))

    def onCallTransferStatus(self, prm: pj.OnCallTransferStatusParam) -> None:
        code, reason, final = int(prm.statusCode), str(prm.reason), bool(prm.finalNotify)
        guarded(self.engine, "transfer status", functools.partial(self.engine.transfer_moved, self.line, code, reason, final))

    def onCallReplaceRequest(self, prm: pj.OnCallReplaceRequestParam) -> None:
        guarded(self.engine, "replace request", functools.partial(self.engine.replace_asked, self.line, prm))

    def onCallTsxState(self, prm: pj.OnCallTsxStateParam) -> None:
        if not self.line.reinviting or prm.e.type != pj.PJSIP_EVENT_TSX_STATE:
            return
        moved = prm.e.body.tsxState
        if moved.type != pj.PJSIP_EVENT_RX_MSG and moved.type != pj.PJSIP_EVENT_TIMER and moved.type != pj.PJSIP_EVENT_TRANSPORT_ERROR:
            return
        tsx = moved.tsx
        if tsx.role == pj.PJSIP_ROLE_UAC and tsx.method == "INVITE" and tsx.statusCode >= 200:
            code, reason = int(tsx.statusCode), str(tsx.statusText)
            guarded(self.engine, "re-INVITE", functools.partial(self.engine.reinvite_answered, self.line, code, reason))


@dataclass(eq=False, slots=True)
class Line:
    """What the engine knows of one call. Times are `time.monotonic()`."""

    call_id: str
    call_key: str
    outbound: bool
    born: float
    direct: bool = False  # past the registrar
    listen_only: bool = False
    call: PhoneCall | None = None
    told: bool = True  # False: its facts concern nobody (refused for want of lines)
    ended: bool = False  # CallEnded was told, or never will be
    over: bool = False  # the library has told its end: its number may be another call's
    answered_at: float | None = None
    rang: bool | None = None  # early_media of the last CallRang told
    ring_until: float | None = None
    ending: tuple[Cause, Party] | None = None  # how we are ending it ourselves
    hung_up_there: bool = False  # its BYE came
    give_up_at: float | None = None  # told as ended then, even if the far end never confirms
    # hold: `want_hold` is the order, the two others what the SDP says
    want_hold: bool = False
    local_held: bool = False
    remote_held: bool = False
    asked: str = ""  # the order that a failed re-INVITE refuses; "" when we held by ourselves
    reinviting: bool = False
    reinvite_until: float = 0.0
    retry_at: float = 0.0
    tries: int = 0
    superseded: bool = False  # its far end sent us elsewhere: no sound to it any more
    # transfer
    parent: Line | None = None  # the call whose far end asked for this one
    transferring: bool = False
    consult: Line | None = None
    transferred: bool = False
    # media
    audio_index: int = 0
    slot: int = -1  # of its sound in the conference bridge
    media_up: bool = False
    codec: str = ""
    packets: int = -1  # last count seen by the watchdog
    packets_at: float = 0.0  # when it last changed
    packets_read: float = 0.0
    flowing: bool = True  # as last told
    quality_at: float = 0.0
    figures: StreamFigures | None = None  # last read
    past_received: int = 0  # of streams that are gone: a re-INVITE may begin a new one
    past_lost: int = 0

    @property
    def talking(self) -> bool:
        """Answered, not over, and not held by us."""
        return self.answered_at is not None and not self.ended and self.ending is None and not self.local_held and not self.superseded

    @property
    def alive(self) -> bool:
        return not self.ended and self.told and self.ending is None


def guarded(engine: CallEvents, where: str, body: Callable[[], None]) -> None:
    """A callback must not raise: pjsua2 would keep the traceback, and with it the Call, until it aborts the process."""
    try:
        body()
    except Exception as error:
        what = error.info() if isinstance(error, pj.Error) else repr(error)
        engine.faulted(where, str(what))
