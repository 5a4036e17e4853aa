"""Who was refused by the exchange, out of its security events, and not more often than people can read. Pure."""

from __future__ import annotations

from cti.exchange.asterisk.wire import Message
from cti.exchange.facts import IntruderRefused
from cti.messages import clean_text

REFUSALS = frozenset({"InvalidAccountID", "InvalidPassword", "ChallengeResponseFailed", "FailedACL", "UnexpectedAddress"})
TOLD_EVERY = 10.0  # seconds, of the same account from the same address
SAME_ATTEMPT = 1.0  # seconds: one refused request is told by Asterisk in two or three events
MAX_KNOWN = 300  # addresses with their accounts; beyond, accounts are no longer told apart


class Strangers:
    """`heard` each security event, and `due` from time to time; `now` in seconds of a clock that does not go back."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], float] = {}
        self._counted: dict[tuple[str, str], int] = {}
        self._attempts: dict[str, float] = {}

    def heard(self, message: Message, now: float) -> tuple[IntruderRefused, ...]:
        """The refusal, when it is the first of its sort for a while; it is counted otherwise."""
        if message.event not in REFUSALS:
            return ()
        self._attempts = {session: at for session, at in self._attempts.items() if now - at < SAME_ATTEMPT}
        session = f"{message.get('RemoteAddress')} {message.get('SessionID')}"[:300]
        if session in self._attempts or len(self._attempts) > MAX_KNOWN:
            return ()
        self._attempts[session] = now
        account = message.get("AccountID")
        who = (address_of(message.get("RemoteAddress")), "" if account == "<unknown>" else clean_text(account, 80))
        if who not in self._told and len(self._told) >= MAX_KNOWN:
            who = ("", "")
        self._counted[who] = self._counted.get(who, 0) + 1
        return self.due(now)

    def due(self, now: float) -> tuple[IntruderRefused, ...]:
        """What was counted and may be told again."""
        quiet = [who for who, at in self._told.items() if now - at >= TOLD_EVERY]
        for who in quiet:
            del self._told[who]
        ready = [who for who in self._counted if who not in self._told]
        self._told.update(dict.fromkeys(ready, now))
        return tuple(IntruderRefused(*who, times=self._counted.pop(who)) for who in ready)


def address_of(remote: str) -> str:
    """192.0.2.7 for IPV4/TLS/192.0.2.7/41609."""
    return clean_text("/".join(remote.split("/")[2:-1]), 60)
