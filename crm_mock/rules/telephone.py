"""Telephone numbers as people write them, to E.164 and back.

Numbers of French shape are accepted whether or not they are assigned: packs use ARCEP's fiction ranges
(décision 2018-0881, art. 2.5.12), of which 06 39 98 is unknown to phonenumbers.
"""

from __future__ import annotations

import re
import unicodedata

import phonenumbers

NBSP = "\u00a0"
FICTION_ROOTS = ("019900", "026191", "035301", "046571", "053649", "063998")  # + 4 digits
_SIP = re.compile(r"^(?:sips?|tel):([^@;>]+)", re.IGNORECASE)
_FRENCH = re.compile(r"^\+33([1-9]\d{8})$")
_ALLOWED = re.compile(r"^[\d+() ./\-]+$")


def to_e164(text: str) -> str | None:
    """E.164 of a number in any French or international writing; None for anonymous, short, or no number at all.

    Accepts spaces of any width, dots, hyphens, slashes, +33, 0033, (0), `tel:` and `sip:` addresses.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if match := _SIP.match(text):
        text = match.group(1)
    text = re.sub(r"[\s‐‑‒–—_\u200b-\u200f\u2060]+", " ", text).strip()
    if not text or not _ALLOWED.match(text) or not text.isascii():
        return None
    prefix_less = re.sub(r"\(\s*0\s*\)", "", text)
    digits = re.sub(r"\D", "", prefix_less)
    if text.lstrip("( ").startswith("+"):
        number = "+" + digits
    elif digits.startswith("00"):
        number = "+" + digits[2:]
    elif len(digits) == 10 and digits.startswith("0"):
        number = "+33" + digits[1:]
    else:
        return None
    if re.match(r"^\+330[1-9]\d{8}$", number):  # "+33 04 65 …": a common slip
        number = "+33" + number[4:]
    if number.startswith("+33"):
        return number if _FRENCH.match(number) else None
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) if phonenumbers.is_valid_number(parsed) else None


def display(e164: str) -> str:
    """« 04 65 71 21 08 » with no-break spaces; foreign numbers in international form; anything else unchanged."""
    if match := _FRENCH.match(e164):
        national = "0" + match.group(1)
        return NBSP.join(national[i : i + 2] for i in range(0, 10, 2))
    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL).replace(" ", NBSP)


def national_digits(e164: str) -> str:
    """Digits as dialled in France ("0465712108"), or of the whole number abroad."""
    match = _FRENCH.match(e164)
    return "0" + match.group(1) if match else e164.lstrip("+")


def is_fiction(e164: str) -> bool:
    """Whether the number belongs to ARCEP's ranges for works of fiction: assigned to nobody."""
    return national_digits(e164)[:6] in FICTION_ROOTS
