"""Direct lines, without an exchange: every number leads to the virtual customer, whose phone takes calls from anywhere.

Emergency numbers lead nowhere: a training desk must never teach a hand to dial them, and a desk moved to a
real trunk would call them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping

import phonenumbers

from cti.exchange.facts import ExchangeFact
from cti.exchange.port import DialPlan, DialRefused, ExchangeRefused, LineAccount, ListenMode

EMERGENCY = frozenset({"15", "17", "18", "112", "114", "115", "116000", "116117", "119", "191", "196", "197"})
"""Arcep décision 2018-0881 annexe 2 and European harmonised numbers that lead to emergency or distress services in France."""

_SIP_URI = re.compile(r"sips?:(?:[^@]*@)?(?P<place>[^@]+)", re.IGNORECASE)


class DirectExchange:
    """`customer_contact` gives the SIP URI of the virtual customer's phone ("" while it is away);
    `known` maps an E.164 number to a name every agent may read (the company's directory)."""

    kind = "direct"

    def __init__(self, customer_contact: Callable[[], str], known: Mapping[str, str] | None = None, region: str = "FR") -> None:
        self._customer_contact = customer_contact
        self._known = dict(known or {})
        self._region = region

    def dial(self, text: str, line: str) -> DialPlan:
        number = e164(text, self._region)
        place = _SIP_URI.fullmatch(self._customer_contact().strip().strip("<>"))
        if place is None:
            raise DialRefused("nobody_there", "Le client virtuel n'est pas en ligne : l'appel ne peut aboutir.", number)
        return DialPlan(f"sip:{number}@{place['place']}", number, self._known.get(number, ""))

    def describe(self, line: str) -> dict[str, object]:
        return {"kind": self.kind, "dial": {"region": self._region, "reachable": bool(self._customer_contact())}}

    def account(self, line: str) -> LineAccount | None:
        return None

    async def run(self, emit: Callable[[ExchangeFact], None]) -> None:
        await asyncio.Event().wait()  # the phones tell everything themselves

    async def set_ready(self, line: str, ready: bool, reason: str = "", shared: bool = True) -> None:
        """Nothing distributes calls here: the customer looks at the agent's state before calling."""

    async def set_player(self, station: str, seat: str) -> None:
        """Every number leads to the virtual customer."""

    def offer_target(self, station: str) -> str:
        raise ExchangeRefused("no_queue", "Sans central téléphonique (plateau asterisk), il n'y a pas de file d'attente.")

    async def allow_listening(self, listener: str, station: str, mode: ListenMode) -> str:
        raise ExchangeRefused("no_listening", "L'écoute demande un central téléphonique (plateau asterisk).")

    async def stop_listening(self, listener: str) -> None:
        """Nobody listens on a direct line."""

    async def clear(self, line: str, call_key: str = "") -> None:
        """A direct call is its two phones' own."""


def e164(text: str, region: str = "FR") -> str:
    """The number in E.164, from any French or international writing. Raises DialRefused for what cannot or must not be called."""
    typed = text.strip()
    if re.sub(r"[\s.\-()/\u00a0\u202f]", "", typed).removeprefix("+33").removeprefix("0033").lstrip("*#") in EMERGENCY:
        raise DialRefused(
            "emergency_number", "Les numéros d'urgence ne s'appellent pas depuis ce poste : prenez un vrai téléphone.", typed[:40]
        )
    try:
        parsed = phonenumbers.parse(typed, region)
    except phonenumbers.NumberParseException:
        parsed = None
    if len(typed) > 40 or parsed is None or not phonenumbers.is_possible_number(parsed) or parsed.extension:
        raise DialRefused("not_a_number", "Ce n'est pas un numéro de téléphone complet.", typed[:40])
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
