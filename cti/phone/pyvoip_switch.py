"""The calls of one pyVoIP phone: orders in, SIP in, facts out. Everything here runs in the engine's thread.

One call at a time: a second INVITE is answered 486.
"""

from __future__ import annotations

import random
import uuid

from cti.messages import (
    CALL_KEY_HEADER,
    QUEUE_HEADER,
    CallOffered,
    CallPlaced,
    Cause,
    PlaceCall,
    Refusal,
)  # fmt: skip
from cti.phone.port import OrderUnmet
from cti.phone.pyvoip_conversation import nothing
from cti.phone.pyvoip_line import Line
from cti.phone.pyvoip_outgoing import Outgoing
from cti.phone.pyvoip_wire import (
    Packet,
    Unacceptable,
    new_call,
    new_tag,
    response,
    tag_of,
    without_tag,
)  # fmt: skip
from cti.phone.sip_text import name_address, quote_user, read_invitation, safe_header, safe_target


class Switchboard(Outgoing):
    # --- orders: each raises OrderUnmet ------------------------------------------------------

    def place(self, order: PlaceCall, now: float) -> None:
        if order.direct or order.listen_only:
            raise OrderUnmet(Refusal.UNABLE, "direct" if order.direct else "listen_only")
        if self.line is not None:
            raise OrderUnmet(Refusal.TOO_MANY_CALLS)
        target = safe_target(order.target)
        far = self._network.resolve(target)
        if far is None:
            raise OrderUnmet(Refusal.BAD_VALUE, target)
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
            raise OrderUnmet(Refusal.NOT_ANSWERED)
        if line.reinviting:
            raise OrderUnmet(Refusal.HOLD_UNDER_WAY)
        if line.local_held == holding:
            raise OrderUnmet(Refusal.ALREADY_HELD if holding else Refusal.NOT_HELD)
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
            raise OrderUnmet(Refusal.NO_SUCH_CALL)
        return self.line

    def _offered(self, call_id: str) -> Line:
        line = self._any(call_id)
        if line.outbound or line.answered_at is not None:
            raise OrderUnmet(Refusal.NOT_RINGING)
        return line

    # --- requests that come ----------------------------------------------------------------------------

    def invited(self, packet: Packet, now: float) -> None:
        line, ours = self._of(packet), tag_of(packet.value("to"))
        if line is not None and ours == line.local_tag:
            self._reinvited(line, packet, now)
        elif line is not None or ours:  # the same call by another way (RFC 3261 §8.2.2.2), or a dialog that is not
            self._answer(packet, 481 if ours else 482, now)
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
        if line is not None and tag_of(packet.value("to")) != line.local_tag:
            line = None  # who does not know our tag is not our far end
        self._answer(packet, 481 if line is None else 200, now)
        if line is not None and not line.ended:
            if line.invite is not None and line.answered_at is None and not line.outbound:
                self._transactions.answer(line.invite, response(line.invite, 487, line.local_tag), now, gave_up=nothing)
            self._end(line, Cause.HUNG_UP, "remote", now)

    def _of(self, packet: Packet) -> Line | None:
        known = [self.line, *self._past] if self.line else self._past
        return next((line for line in known if line.dialog == packet.call), None)

    def _answer(self, packet: Packet, code: int, now: float, tag: str = "") -> None:
        gave_up = nothing if packet.method == "INVITE" else None
        self._transactions.answer(packet, response(packet, code, tag or new_tag()), now, gave_up)

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
