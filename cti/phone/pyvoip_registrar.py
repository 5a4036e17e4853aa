"""Registration of the pyVoIP engine (RFC 3261 §10), digest with MD5."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from cti.messages import Refusal, RegisterAccount, RegistrationChanged, clean_text
from cti.phone.port import OrderUnmet
from cti.phone.pyvoip_conversation import Account
from cti.phone.pyvoip_network import Network
from cti.phone.pyvoip_transactions import Transactions
from cti.phone.pyvoip_wire import Packet, credentials, message, new_branch, new_call, new_tag
from cti.phone.sip_text import name_address, one_line, quote_user, safe_target

ANSWER_LIMIT = 10.0  # seconds a registrar has to answer
RETRY = 30.0  # seconds before a lost registration is tried again


class Registrar:
    def __init__(self, network: Network, transactions: Transactions, account: Account, emit: Callable[[RegistrationChanged], None]) -> None:
        self._network, self._transactions, self._account, self._emit = network, transactions, account, emit
        self._order: RegisterAccount | None = None
        self._call, self._tag, self._number = new_call(network.host), new_tag(), 0
        self._again_at = 0.0
        self._told: tuple[str, int] | None = None
        self.registered = False

    def register(self, order: RegisterAccount, now: float) -> None:
        """Raises Refusal or UnsafeText."""
        if order.transport != "udp":
            raise OrderUnmet(Refusal.UNABLE, order.transport)
        for text, what in ((order.user, "user"), (order.password, "password"), (order.display_name, "display name")):
            one_line(text, what)
        if '"' in order.user or "\\" in order.user:
            raise OrderUnmet(Refusal.BAD_VALUE, order.user)
        if self._network.resolve(safe_target(f"sip:{order.server}")) is None:
            raise OrderUnmet(Refusal.BAD_VALUE, order.server)
        self._order, self._told = order, None
        self._send(order.expires, now)

    def unregister(self, now: float) -> None:
        if self._order is None or not self.registered:
            self._tell("unregistered", 0, "")
            return
        self._send(0, now)

    def tick(self, now: float) -> None:
        if self._order is not None and self._again_at and now >= self._again_at:
            self._send(self._order.expires, now)

    def _send(self, expires: int, now: float, challenge: Packet | None = None) -> None:
        order = self._order
        assert order is not None
        self._again_at = 0.0
        uri = f"sip:{order.server}"
        who = name_address(f"sip:{quote_user(order.user)}@{order.server}", order.display_name)
        contact = f"sip:{quote_user(order.user)}@{self._network.host}:{self._network.port}"
        self._number += 1
        branch = new_branch()
        headers = [
            ("Via", f"SIP/2.0/UDP {self._network.host}:{self._network.port};rport;branch={branch}"), ("Max-Forwards", "70"),
            ("From", f"{who};tag={self._tag}"), ("To", who), ("Call-ID", self._call), ("CSeq", f"{self._number} REGISTER"),
            ("Contact", f"<{contact}>"), ("Expires", str(expires)),
        ]  # fmt: skip
        if challenge is not None:
            name = "Authorization" if challenge.code == 401 else "Proxy-Authorization"
            headers.append((name, credentials(challenge.authentication, order.user, order.password, "REGISTER", uri)))
        to = self._network.resolve(uri)
        if to is None:
            self._failed(0, "serveur introuvable", now)
            return
        self._transactions.request(
            branch, message(f"REGISTER {uri} SIP/2.0", headers), to, now,
            lambda packet: self._answered(packet, expires, challenge is None, time.monotonic()),
            lambda: self._failed(408, "le serveur ne répond pas", time.monotonic()), life=ANSWER_LIMIT,
        )  # fmt: skip

    def _answered(self, packet: Packet, expires: int, may_try: bool, now: float) -> None:
        order = self._order
        if packet.code < 200 or order is None:
            return
        if packet.code in (401, 407) and may_try:
            try:
                self._send(expires, now, packet)
            except (KeyError, ValueError):
                self._failed(packet.code, "authentification non prise en charge", now)
        elif packet.code >= 300:
            self._failed(packet.code, packet.reason, now)
        elif expires == 0:
            self.registered = False
            self._leave()
            self._tell("unregistered", packet.code, packet.reason)
        else:
            granted = re.search(r"expires\s*=\s*(\d+)", packet.value("contact"), re.IGNORECASE) or re.match(
                r"(\d+)", packet.value("expires")
            )
            seconds = min(int(granted.group(1)) if granted else expires, expires)
            self.registered = True
            self._again_at = now + max(seconds * 0.8, 5.0)
            self._account.user, self._account.password = order.user, order.password
            self._account.domain, self._account.display_name = order.server, order.display_name
            self._tell("registered", packet.code, packet.reason)

    def _failed(self, code: int, reason: str, now: float) -> None:
        if self.registered:  # a refresh that failed: the network may come back
            self._again_at = now + RETRY
        self.registered = False
        self._leave()
        self._tell("failed", code, reason)

    def _leave(self) -> None:
        self._account.reset()

    def _tell(self, state: str, code: int, reason: str) -> None:
        if self._told == (state, code):
            return  # a refresh is no news
        self._told = (state, code)
        server = self._order.server if self._order else ""
        match state:
            case "registered" | "unregistered" | "failed":
                self._emit(RegistrationChanged(state, server, code, clean_text(reason)))
