"""The calls of one pyVoIP phone: orders in, SIP in, facts out. Everything here runs in the engine's thread.

One call at a time: a second INVITE is answered 486. What the far end of a held call, held by either side,
gets from us is no sound at all, and never the microphone.
"""

from __future__ import annotations

import functools
import random
import time
import uuid
from collections.abc import Callable

from cti.messages import (
    CALL_KEY_HEADER,
    QUEUE_HEADER,
    CallAnswered,
    CallEnded,
    CallHeld,
    CallOffered,
    CallPlaced,
    CallRang,
    CallResumed,
    Cause,
    DigitReceived,
    Fact,
    OrderRefused,
    Party,
    PlaceCall,
    clean_text,
)  # fmt: skip
from cti.phone.audio.port import SoundIO
from cti.phone.port import PhoneSettings
from cti.phone.pyvoip_line import Line
from cti.phone.pyvoip_media import Stream
from cti.phone.pyvoip_network import Network
from cti.phone.pyvoip_transactions import LIFE, Transactions, cancel_of
from cti.phone.pyvoip_wire import (
    CODECS,
    EVENT_TYPE,
    RTP,
    Packet,
    Session,
    Unacceptable,
    answer_direction,
    credentials,
    describe,
    new_branch,
    new_call,
    new_tag,
    response,
    tag_of,
    without_tag,
)  # fmt: skip
from cti.phone.sip_text import cause_of_status, name_address, quote_user, read_invitation, safe_header, safe_target

GLARE_TRIES = 3
BYE_LIFE = 4.0  # seconds a BYE is repeated: its call is over for us at once


class Refusal(Exception):
    """Why an order is not carried out; the message, in French, is for whoever gave it."""


class Account:
    """Who we call as: registered, or else a user at our own address."""

    def __init__(self, user: str, domain: str, display_name: str) -> None:
        self._own = (user, domain, display_name)
        self.reset()

    def reset(self) -> None:
        self.user, self.domain, self.display_name = self._own
        self.password = ""


class Switchboard:
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

    # --- orders: each raises Refusal or UnsafeText ------------------------------------------------------

    def place(self, order: PlaceCall, now: float) -> None:
        if self.line is not None:
            raise Refusal("une communication est déjà en cours : ce moteur n'en tient qu'une")
        target = safe_target(order.target)
        far = self._network.resolve(target)
        if far is None:
            raise Refusal(f"adresse inconnue : {clean_text(target, 80)}")
        headers = [safe_header(name, value) for name, value in order.headers.items()]
        if order.call_key:
            headers.append(safe_header(CALL_KEY_HEADER, order.call_key))
        user = quote_user(order.present_number or self._account.user)
        local = name_address(f"sip:{user}@{self._account.domain}", order.display_name or self._account.display_name)
        if order.present_number:
            headers.append(("P-Asserted-Identity", local))
        line = self.line = Line(
            order.call_id, order.call_key, True, new_call(self._network.host), local, f"<{target}>", new_tag(), target, far,
            self._network.contact, extra=headers, ring_until=now + max(order.ring_limit, 0.1), identity=random.getrandbits(31),
        )  # fmt: skip
        self._emit(CallPlaced(line.call_id, line.call_key, order.target))
        self._invite(line, now)

    def answer(self, call_id: str, now: float) -> None:
        line = self._offered(call_id)
        assert line.invite is not None and line.session is not None
        line.answered_at = now
        self._open(line, line.session)
        self._reply(line, line.invite, 200, now, line.session)
        self._let_sound(line)

    def refuse(self, call_id: str, how: str, now: float) -> None:
        line = self._offered(call_id)
        busy = how == "busy"
        self._turn_away(line, 486 if busy else 603, Cause.BUSY if busy else Cause.REFUSED, now)

    def hang_up(self, call_id: str, now: float) -> None:
        line = self._any(call_id)
        if line.answered_at is not None:
            self._bye(line, Cause.HUNG_UP, "local", now)
        elif line.outbound:
            self._cancel(line, Cause.CANCELLED, "local", now)
        else:
            self._turn_away(line, 603, Cause.REFUSED, now)

    def hold(self, call_id: str, holding: bool, now: float) -> None:
        line = self._any(call_id)
        if not line.told_answered:
            raise Refusal("l'appel n'est pas décroché")
        if line.reinviting:
            raise Refusal("une mise en attente ou une reprise est déjà en cours")
        if line.local_held == holding:
            raise Refusal("l'appel est déjà en attente" if holding else "l'appel n'est pas en attente")
        line.reinviting, line.tries = "HoldCall" if holding else "ResumeCall", 0
        self._reinvite(line, now)

    def end_all(self, now: float) -> None:
        """Hang up; the caller polls until the transactions are idle."""
        self.stopping = True
        if (line := self.line) is None:
            return
        if line.answered_at is None and not line.outbound:
            self._turn_away(line, 480, Cause.NO_ANSWER, now)
        else:
            self.hang_up(line.call_id, now)

    def _any(self, call_id: str) -> Line:
        if self.line is None or self.line.call_id != call_id:
            raise Refusal("cet appel n'existe pas, ou plus")
        return self.line

    def _offered(self, call_id: str) -> Line:
        line = self._any(call_id)
        if line.outbound or line.answered_at is not None:
            raise Refusal("cet appel ne sonne pas ici")
        return line

    # --- requests that come ----------------------------------------------------------------------------

    def invited(self, packet: Packet, now: float) -> None:
        line = self._of(packet)
        if line is not None:
            self._reinvited(line, packet, now)
        elif tag_of(packet.value("to")):
            self._answer(packet, 481, now)
        elif self.stopping or self.line is not None:
            self._answer(packet, 480 if self.stopping else 486, now)
        else:
            self._offer(packet, now)

    def _offer(self, packet: Packet, now: float) -> None:
        try:
            session = packet.session(self._codecs)
        except Unacceptable:
            self._answer(packet, 488, now)
            return
        said = read_invitation(packet.raw.decode("utf-8", "replace"))
        line = self.line = Line(
            uuid.uuid4().hex, said.header(CALL_KEY_HEADER), False, packet.call, packet.value("to"), without_tag(packet.value("from")),
            new_tag(), "", packet.source, self._network.contact, routes=packet.record_route, far_number=packet.number, invite=packet,
            session=session, identity=random.getrandbits(31),
        )  # fmt: skip
        line.target = f"sip:{packet.source[0]}:{packet.source[1]}"  # where there is no Contact worth it
        line.learn(packet, packet.value("from"))
        line.far = self._network.resolve(line.hop) or packet.source
        self._transactions.answer(packet, response(packet, 180, line.local_tag, line.contact), now)
        self._emit(
            CallOffered(line.call_id, line.call_key, said.caller, said.caller_name, said.called, said.header(QUEUE_HEADER), said.headers)
        )

    def _reinvited(self, line: Line, packet: Packet, now: float) -> None:
        if line.answered_at is None or packet.number <= line.far_number:
            self._answer(packet, 491 if line.answered_at is None else 500, now)
            return
        if line.reinviting and not line.retry_at:  # both at once (RFC 3261 §14.2)
            self._answer(packet, 491, now)
            return
        session = line.session
        if packet.session_text:
            try:
                session = packet.session(self._codecs)
            except Unacceptable:
                self._answer(packet, 488, now)
                return
        assert session is not None and line.stream is not None
        line.far_number = packet.number
        line.learn(packet, packet.value("from"))
        line.far = self._network.resolve(line.hop) or packet.source
        self._agree(line, session)
        self._reply(line, packet, 200, now, session)

    def acknowledged(self, packet: Packet) -> None:
        line = self._of(packet)
        if not self._transactions.acknowledged(packet) or line is None or line.ended or line.answered_at is None:
            return
        if packet.session_text:  # the answer to an offer of ours, which their INVITE without one asked for
            try:
                self._agree(line, packet.session(self._codecs))
            except Unacceptable:
                pass  # the former session goes on
        self._tell_answered(line)

    def cancelled(self, packet: Packet, now: float) -> None:
        line = self._of(packet)
        if line is None or line.outbound or line.invite is None or line.invite.branch != packet.branch:
            self._answer(packet, 481, now)
            return
        self._answer(packet, 200, now, line.local_tag)
        if line.answered_at is None and not line.ended:
            self._turn_away(line, 487, Cause.CANCELLED, now, by="remote")

    def over(self, packet: Packet, now: float) -> None:
        line = self._of(packet)
        self._answer(packet, 481 if line is None else 200, now)
        if line is not None and not line.ended:
            if line.invite is not None and line.answered_at is None and not line.outbound:
                self._transactions.answer(line.invite, response(line.invite, 487, line.local_tag), now, gave_up=_nothing)
            self._end(line, Cause.HUNG_UP, "remote", now)

    def _of(self, packet: Packet) -> Line | None:
        known = [self.line, *self._past] if self.line else self._past
        return next((line for line in known if line.dialog == packet.call), None)

    def _answer(self, packet: Packet, code: int, now: float, tag: str = "") -> None:
        gave_up = _nothing if packet.method == "INVITE" else None
        self._transactions.answer(packet, response(packet, code, tag or new_tag()), now, gave_up)

    # --- our INVITE ------------------------------------------------------------------------------------

    def _invite(self, line: Line, now: float) -> None:
        line.number += 1
        line.branch, line.provisional = new_branch(), False
        data = line.compose("INVITE", line.branch, line.number, line.extra, self._offer_text(line, "sendrecv"), to_tag="")
        number, branch = line.number, line.branch
        self._transactions.request(
            branch, data, line.far, now,
            lambda packet: self._invite_answered(line, packet, branch, number, time.monotonic()),
            lambda: self._end(line, Cause.NO_ANSWER, "system", time.monotonic(), 408, "aucune réponse du réseau"),
            is_invite=True,
        )  # fmt: skip

    def _invite_answered(self, line: Line, packet: Packet, branch: str, number: int, now: float) -> None:
        if packet.code < 200:
            self._progressed(line, packet, now)
        elif packet.code < 300:
            self._accepted(line, packet, number, now)
        else:
            self._acknowledge_refusal(line, packet, branch, number)
            if packet.code in (401, 407) and not line.challenged and self._account.password and not line.cancel_wanted:
                line.challenged = True
                try:
                    name = "Authorization" if packet.code == 401 else "Proxy-Authorization"
                    value = credentials(packet.authentication, self._account.user, self._account.password, "INVITE", line.target)
                except (KeyError, ValueError):
                    self._end(line, Cause.REFUSED, "remote", now, packet.code, packet.reason)
                    return
                line.extra = [*line.extra, (name, value)]
                self._invite(line, now)
            elif not line.ended:
                self._end(line, *(line.ending or (cause_of_status(packet.code), "remote")), now, packet.code, packet.reason)

    def _acknowledge_refusal(self, line: Line, packet: Packet, branch: str, number: int) -> None:
        """The ACK of a refusal belongs to its INVITE: same branch, same way (RFC 3261 §17.1.1.3)."""
        self._network.send(line.compose("ACK", branch, number, to_tag=tag_of(packet.value("to"))), line.far)

    def _progressed(self, line: Line, packet: Packet, now: float) -> None:
        line.provisional = True
        if line.cancel_wanted:
            self._send_cancel(line, now)
        elif packet.code == 180 or (packet.code == 183 and packet.session_text):
            early = False
            if packet.session_text and line.stream is None:
                try:
                    self._open(line, packet.session(self._codecs))
                except Unacceptable:
                    pass  # the final answer will say more
            if line.stream is not None:
                line.stream.hearing = early = True
            if line.rang is None or (early and not line.rang):
                line.rang = early
                self._emit(CallRang(line.call_id, line.call_key, early))

    def _accepted(self, line: Line, packet: Packet, number: int, now: float) -> None:
        line.learn(packet, packet.value("to"))
        line.routes = list(reversed(packet.record_route))
        line.far = self._network.resolve(line.hop) or packet.source
        ack = line.request("ACK", number=number)[1]
        self._network.send(ack, line.far)
        self._network.acks[packet.call, number] = (ack, line.far)
        line.answered_at = now
        if line.ended or line.cancel_wanted:  # it was answered while we gave up
            self._bye(line, *(line.ending or (Cause.CANCELLED, "local")), now)
            return
        try:
            session = packet.session(self._codecs)
        except Unacceptable:
            self._bye(line, Cause.NETWORK, "system", now, "aucun codec commun")
            return
        if line.stream is None:
            self._open(line, session)
        self._agree(line, session)
        self._tell_answered(line)

    def _cancel(self, line: Line, cause: Cause, by: Party, now: float) -> None:
        line.ending, line.cancel_wanted = (cause, by), True
        if line.provisional:
            self._send_cancel(line, now)
        self._transactions.expire(line.branch, now + LIFE)
        self._end(line, cause, by, now)

    def _send_cancel(self, line: Line, now: float) -> None:
        """Same branch and number as the INVITE (RFC 3261 §9.1); its own transaction under another name."""
        data = line.compose("CANCEL", line.branch, line.number, to_tag="")
        line.provisional = False  # once is enough
        self._transactions.request(cancel_of(line.branch), data, line.far, now, _ignored, _nothing, life=BYE_LIFE)

    # --- in the call -----------------------------------------------------------------------------------

    def _reinvite(self, line: Line, now: float) -> None:
        line.retry_at = 0.0
        direction = "sendonly" if line.reinviting == "HoldCall" else "sendrecv"
        if line.reinviting == "HoldCall" and line.stream is not None:
            line.stream.sending = line.stream.hearing = False  # from the order on: what is said to a colleague is not for the customer
        branch, data = line.request("INVITE", (), self._offer_text(line, direction))
        number = line.number
        self._transactions.request(
            branch, data, line.far, now,
            lambda packet: self._reinvite_answered(line, packet, branch, number, time.monotonic()),
            lambda: self._give_up_reinvite(line, "aucune réponse"),
            is_invite=True,
        )  # fmt: skip

    def _reinvite_answered(self, line: Line, packet: Packet, branch: str, number: int, now: float) -> None:
        if packet.code < 200:
            return
        if packet.code >= 300:
            self._acknowledge_refusal(line, packet, branch, number)
            line.tries += 1
            if packet.code == 491 and line.tries < GLARE_TRIES:
                line.retry_at = now + (random.uniform(2.1, 4.0) if line.outbound else random.uniform(0.0, 2.0))
            elif packet.code in (408, 481):
                self._bye(line, Cause.NETWORK, "remote", now)
            else:
                self._give_up_reinvite(line, f"{packet.code} {clean_text(packet.reason, 80)}")
            return
        ack = line.request("ACK", number=number)[1]
        self._network.send(ack, line.far)
        self._network.acks[packet.call, number] = (ack, line.far)
        if line.ended:
            return
        line.local_held, line.reinviting = line.reinviting == "HoldCall", ""
        self._emit((CallHeld if line.local_held else CallResumed)(line.call_id, line.call_key, "local"))
        try:
            session = packet.session(self._codecs)
        except Unacceptable:
            session = line.session  # type: ignore[assignment]  # an answered call has one
        self._agree(line, session)

    def _give_up_reinvite(self, line: Line, why: str) -> None:
        if line.reinviting and not line.ended:
            self._emit(OrderRefused(line.reinviting, f"le correspondant n'a pas accepté : {why}", line.call_id))
        line.reinviting = ""
        self._let_sound(line)

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
        line.stream.sending = talking and not line.remote_held and line.session.direction != "sendonly"
        line.stream.hearing = talking and line.session.direction not in ("recvonly", "inactive")

    def _tell_answered(self, line: Line) -> None:
        if line.told_answered or line.stream is None:
            return
        line.told_answered = line.acknowledged = True
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

    # --- time and the end ------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        line = self.line
        if line is None:
            return
        limit = self._settings.media_timeout
        if line.outbound and line.answered_at is None and now > line.ring_until:
            self._cancel(line, Cause.NO_ANSWER, "system", now)
        elif line.retry_at and now >= line.retry_at:
            self._reinvite(line, now)
        elif limit and self._deaf_for(line, now) > limit:
            self._bye(line, Cause.NETWORK, "system", now, "plus aucun son reçu")

    def _deaf_for(self, line: Line, now: float) -> float:
        """Seconds without RTP where there should be some."""
        due = line.told_answered and not line.remote_held and line.stream is not None and line.stream.hearing
        return now - line.stream.received_at if due and line.stream is not None else 0.0

    def _turn_away(self, line: Line, code: int, cause: Cause, now: float, by: Party = "local") -> None:
        assert line.invite is not None
        self._transactions.answer(line.invite, response(line.invite, code, line.local_tag), now, gave_up=_nothing)
        self._end(line, cause, by, now, code)

    def _bye(self, line: Line, cause: Cause, by: Party, now: float, reason: str = "") -> None:
        branch, data = line.request("BYE")
        self._transactions.request(branch, data, line.far, now, _ignored, _nothing, life=BYE_LIFE)
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


def _nothing() -> None:
    """For an answer nobody acknowledged, when its call is over anyway."""


def _ignored(packet: Packet) -> None:
    """For the answer to a BYE or CANCEL: the call is over whatever it says."""
