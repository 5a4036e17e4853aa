"""What the two ends of a pyVoIP call agree on, what may be heard of it, and how it ends. In the engine's thread.

What the far end of a held call, held by either side, gets from us is no sound at all, and never the microphone.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

from cti.messages import (
    CallAnswered,
    CallEnded,
    CallHeld,
    CallResumed,
    Cause,
    DigitReceived,
    Fact,
    Party,
    clean_text,
)  # fmt: skip
from cti.phone.audio.port import SoundIO
from cti.phone.port import PhoneSettings
from cti.phone.pyvoip_line import Line
from cti.phone.pyvoip_media import Stream
from cti.phone.pyvoip_network import Network
from cti.phone.pyvoip_transactions import Transactions
from cti.phone.pyvoip_wire import (
    CODECS,
    EVENT_TYPE,
    RTP,
    Packet,
    Session,
    answer_direction,
    describe,
    response,
)  # fmt: skip

BYE_LIFE = 4.0  # seconds a BYE is repeated: its call is over for us at once


class Account:
    """Who we call as: registered, or else a user at our own address."""

    def __init__(self, user: str, domain: str, display_name: str) -> None:
        self._own = (user, domain, display_name)
        self.reset()

    def reset(self) -> None:
        self.user, self.domain, self.display_name = self._own
        self.password = ""


class Conversation:
    def __init__(
        self,
        settings: PhoneSettings,
        sound: SoundIO,
        network: Network,
        transactions: Transactions,
        account: Account,
        emit: Callable[[Fact], None],
    ) -> None:
        self.stopping = False
        self.muted = False
        self.line: Line | None = None
        self._settings, self._sound, self._network, self._transactions = settings, sound, network, transactions
        self._account, self._emit = account, emit
        self._codecs = [name for name in settings.codecs if name in CODECS] or list(CODECS)
        self._past: list[Line] = []  # ended: their late messages are still theirs

    def _agree(self, line: Line, session: Session) -> None:
        """Take the far end's session as the one in force; tell of its hold; let the sound flow that it allows."""
        assert line.stream is not None
        line.session = session
        line.stream.move(session)
        held = line.remote_held if line.local_held else session.holds  # while we hold, their own hold cannot be told from their consent
        if held != line.remote_held and line.answered_at is not None:
            line.remote_held = held
            if line.told_answered:
                self._emit((CallHeld if held else CallResumed)(line.call_id, line.call_key, "remote"))
        self._let_sound(line)

    def _let_sound(self, line: Line) -> None:
        if line.stream is None or line.session is None:
            return
        talking = line.answered_at is not None and not line.ended and not line.local_held and line.reinviting != "HoldCall"
        line.stream.answered = line.answered_at is not None
        line.stream.sending = talking and not line.remote_held and line.session.direction != "sendonly"
        line.stream.hearing = talking and line.session.direction not in ("recvonly", "inactive")

    def _tell_answered(self, line: Line) -> None:
        if line.told_answered or line.stream is None:
            return
        line.told_answered = True
        self._emit(CallAnswered(line.call_id, line.call_key, line.stream.codec, False))
        if line.remote_held:
            self._emit(CallHeld(line.call_id, line.call_key, "remote"))

    def _offer_text(self, line: Line, direction: str) -> str:
        if line.stream is None and line.session is None:
            line.version = 0
        line.version += 1
        kinds = {int(CODECS[name].value): CODECS[name] for name in self._codecs}
        address = self._network.media_address()
        return describe(address, {**kinds, EVENT_TYPE: RTP.PayloadType.EVENT}, direction, line.identity, line.version)

    def _reply(self, line: Line, packet: Packet, code: int, now: float, session: Session) -> None:
        assert line.stream is not None
        line.version += 1
        holding = line.local_held
        direction = answer_direction(session.direction, holding) if packet.session_text else ("sendonly" if holding else "sendrecv")
        kept = {kind: codec for kind, codec in session.codecs.items() if codec in (line.stream.preference, RTP.PayloadType.EVENT)}
        body = describe(self._network.media_address(), kept, direction, line.identity, line.version)
        self._transactions.answer(
            packet, response(packet, code, line.local_tag, line.contact, body), now,
            lambda: self._bye(line, Cause.NETWORK, "system", time.monotonic()),
        )  # fmt: skip

    def _open(self, line: Line, session: Session) -> None:
        line.stream = Stream(self._network.media_socket(), session, self._sound, functools.partial(self._digit, line))
        line.session = session
        self._sound.call_began()

    def _digit(self, line: Line, digit: str) -> None:
        if not line.ended and line.told_answered:
            self._emit(DigitReceived(line.call_id, line.call_key, digit))

    # --- the end ---------------------------------------------------------------------------------------

    def _deaf_for(self, line: Line, now: float) -> float:
        """Seconds without RTP where there should be some."""
        due = line.told_answered and not line.remote_held and line.stream is not None and line.stream.hearing
        return now - line.stream.received_at if due and line.stream is not None else 0.0

    def _turn_away(self, line: Line, code: int, cause: Cause, now: float, by: Party = "local") -> None:
        assert line.invite is not None
        self._transactions.answer(line.invite, response(line.invite, code, line.local_tag), now, gave_up=nothing)
        self._end(line, cause, by, now, code)

    def _bye(self, line: Line, cause: Cause, by: Party, now: float, reason: str = "") -> None:
        branch, data = line.request("BYE")
        self._transactions.request(branch, data, line.far, now, ignored, nothing, life=BYE_LIFE)
        self._end(line, cause, by, now, 0, reason)

    def _end(self, line: Line, cause: Cause, by: Party, now: float, code: int = 0, reason: str = "") -> None:
        if line.ended:
            return
        line.ended = True
        if line.stream is not None:
            line.stream.stop()
            self._sound.call_ended()
        if line is self.line:
            self.line = None
            self._network.close_media()
        self._past = [line, *self._past[:7]]
        seconds = now - line.answered_at if line.answered_at is not None else 0.0
        answered = line.answered_at is not None
        self._emit(CallEnded(line.call_id, line.call_key, cause, by, code, clean_text(reason), answered, round(seconds, 3)))


def nothing() -> None:
    """For an answer nobody acknowledged, when its call is over anyway."""


def ignored(packet: Packet) -> None:
    """For the answer to a BYE or CANCEL: the call is over whatever it says."""
