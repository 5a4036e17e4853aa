"""The INVITEs a pyVoIP phone sends: calls, hold and resume (RFC 3261 §13, §14). In the engine's thread."""

from __future__ import annotations

import random
import time

from cti.messages import (
    CallHeld,
    CallRang,
    CallResumed,
    Cause,
    Party,
    Refusal,
    clean_text,
)  # fmt: skip
from cti.phone.port import OrderUnmet
from cti.phone.pyvoip_conversation import BYE_LIFE, Conversation, ignored, nothing
from cti.phone.pyvoip_line import Line
from cti.phone.pyvoip_transactions import LIFE, cancel_of
from cti.phone.pyvoip_wire import (
    Packet,
    Unacceptable,
    credentials,
    new_branch,
    tag_of,
)  # fmt: skip
from cti.phone.sip_text import cause_of_status

GLARE_TRIES = 3


class Outgoing(Conversation):
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
        self._transactions.request(cancel_of(line.branch), data, line.far, now, ignored, nothing, life=BYE_LIFE)

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
            self._emit(OrderUnmet(Refusal.FAR_END, why).told(line.reinviting, line.call_id))
        line.reinviting = ""
        self._let_sound(line)
