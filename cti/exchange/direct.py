"""Direct lines, without an exchange: every number leads to the virtual customer, whose phone takes calls from anywhere.

Emergency numbers lead nowhere: a training desk must never teach a hand to dial them, and a desk moved to a
real trunk would call them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import phonenumbers

from cti.exchange.port import DialPlan, DialRefused

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

    def dial(self, text: str) -> DialPlan:
        number = e164(text, self._region)
        place = _SIP_URI.fullmatch(self._customer_contact().strip().strip("<>"))
        if place is None:
            raise DialRefused("nobody_there", "Le client virtuel n'est pas en ligne : l'appel ne peut aboutir.", number)
        return DialPlan(f"sip:{number}@{place['place']}", number, self._known.get(number, ""))

    def describe(self) -> dict[str, object]:
        return {"kind": self.kind, "dial": {"region": self._region, "reachable": bool(self._customer_contact())}}


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
