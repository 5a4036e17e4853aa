"""Finding and masking bank card numbers and cryptograms in free text.

CNIL, délibération 2018-303: the cryptogram is never kept; PCI DSS 3.3.1: no sensitive authentication data after
authorisation. Here none is ever written. A card number is 13 to 19 digits, in any grouping, that passes Luhn's check and begins
like a known network's (ISO/IEC 7812); telephone numbers, valid IBANs, UUIDs, dates and amounts are left alone. Spelled-out
numbers are not seen.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stdnum import iban as stdnum_iban
from stdnum import luhn

MASK = "•"

# (first prefix, last prefix, lengths) of the networks met in France and its visitors' wallets.
NETWORKS: tuple[tuple[int, int, tuple[int, ...]], ...] = (
    (4, 4, (13, 16, 19)),  # Visa
    (51, 55, (16,)),  # Mastercard
    (2221, 2720, (16,)),  # Mastercard
    (34, 34, (15,)),  # American Express
    (37, 37, (15,)),
    (300, 305, (14,)),  # Diners
    (36, 36, (14,)),
    (38, 39, (14, 16)),
    (3528, 3589, (16, 17, 18, 19)),  # JCB
    (50, 50, tuple(range(13, 20))),  # Maestro
    (56, 58, tuple(range(13, 20))),
    (60, 69, tuple(range(13, 20))),  # Maestro, Discover, UnionPay
)
UNFINISHED_FROM = 9  # digits; PCI SSC FAQ 1091 lets the first eight and four others be kept
GLUED_TAILS = (3, 4, 7, 8)  # a cryptogram, an expiry date or both written right after the number

_SEPARATOR = r"[\s.,\-‐‑‒–—_·/|\u200b-\u200d\u2060\ufeff]"
_GROUP = re.compile(r"\d+")
_RUN = re.compile(rf"\d+(?:{_SEPARATOR}{{1,3}}\d+)*")
_UUID = re.compile(r"(?<![0-9a-zA-Z])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![0-9a-zA-Z])")
_IBAN = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]{2}\d{2}(?:[ \u00a0\u202f]?[0-9A-Za-z]){10,30}(?![0-9A-Za-z])")
_DATE = re.compile(
    r"(?<![\d/.\-])(?:(?:0?[1-9]|[12]\d|3[01])([/.\-])(?:0?[1-9]|1[0-2])\1(?:19|20)\d\d"
    r"|(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?![\d/]|[.\-]\d)"
)
_AMOUNT = re.compile(r"(?<![\d.,])\d{1,4}[.,]\d{2}(?!\d|[.,]\d)")
# Lengths of the groups of digits in the usual writings of a French telephone number.
_PHONE_SHAPES = frozenset(
    {(10,), (2, 2, 2, 2, 2), (4, 2, 2, 2), (4, 3, 3), (11,), (13,), (2, 9), (4, 9), (2, 1, 2, 2, 2, 2), (4, 1, 2, 2, 2, 2)}
)
_CODE_WORDS = (
    r"(?:cryptogramme|crypto|cvv2?|cvc2?|ccv|cv2|code\s+de\s+s[ée]curit[ée]"
    r"|(?:trois|3)\s+(?:derniers\s+)?chiffres(?:\s+au\s+(?:dos|verso))?)"
)
_THREE_DIGITS = re.compile(r"\d\D*\d\D*\d")
_CODE = re.compile(rf"\b{_CODE_WORDS}\b[^\d\n]{{0,24}}(\d(?:[ .\-]?\d){{2,3}})(?![ .\-]?\d)", re.IGNORECASE)
_FREE_KEYS = re.compile(r"(?:^|_)(?:id|key|hash|sha256|seq|at|ids)$")


@dataclass(frozen=True)
class Found:
    """`start` and `end` are offsets in the text; `nature` is "carte" or "cryptogramme"."""

    start: int
    end: int
    nature: str


def _is_card(digits: str) -> bool:
    if not 13 <= len(digits) <= 19 or not luhn.is_valid(digits):
        return False
    return any(low <= int(digits[: len(str(low))]) <= high and len(digits) in lengths for low, high, lengths in NETWORKS)


def _ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.digit(c)) for c in text if c.isdecimal())


def _shielded(text: str) -> str:
    """The text, of the same length, with letters in place of what digits beside it must not be read with."""
    spans = [m.span() for pattern in (_UUID, _DATE, _AMOUNT) for m in pattern.finditer(text)]
    for match in _IBAN.finditer(text):
        # The pattern may run into the words after an IBAN: the longest valid beginning is the IBAN.
        for end in range(match.end(), match.start() + 14, -1):
            if stdnum_iban.is_valid(text[match.start() : end], check_country=False):
                spans.append((match.start(), end))
                break
    for start, end in spans:
        text = text[:start] + "x" * (end - start) + text[end:]
    return text


def _phone_groups(groups: list[tuple[int, int, str]], text: str, forward: bool) -> int:
    """How many groups at one end of the run make a French telephone number; 0 when none does."""
    for count in range(1, min(6, len(groups)) + 1):
        part = groups[:count] if forward else groups[-count:]
        digits = "".join(g[2] for g in part)
        if tuple(len(g[2]) for g in part) not in _PHONE_SHAPES:
            continue
        plus = part[0][0] > 0 and text[part[0][0] - 1] == "+"
        national = len(digits) == 10 and digits[0] == "0" and digits[1] != "0"
        international = (len(digits) == 11 and digits.startswith("33") and plus) or (len(digits) == 13 and digits.startswith("0033"))
        if national or international:
            return count
    return 0


def _cards_in_run(run: re.Match[str], text: str) -> Iterator[tuple[int, int]]:
    if sum(map(str.isdecimal, run.group())) < 13:
        return
    groups = [(run.start() + g.start(), run.start() + g.end(), _ascii_digits(g.group())) for g in _GROUP.finditer(run.group())]
    if run.start() > 0 and text[run.start() - 1] == "+" and len(groups) == 1:
        return  # an international telephone number
    if _is_card("".join(g[2] for g in groups)):
        yield groups[0][0], groups[-1][1]
        return
    while groups and (count := _phone_groups(groups, text, True)):
        groups = groups[count:]
    # A card number at the start wins over a telephone number that its last digits and an expiry date would make.
    while groups and _card_end(groups, 0) is None and (count := _phone_groups(groups, text, False)):
        groups = groups[:-count]
    first = 0
    while first < len(groups):
        last = _card_end(groups, first)
        if last is None:
            first += 1
            continue
        yield groups[first][0], groups[last][1]
        first = last + 1


def _card_end(groups: list[tuple[int, int, str]], first: int) -> int | None:
    """Index of the last group of a card number that begins with group `first`."""
    digits = ""
    for last in range(first, len(groups)):
        digits += groups[last][2]
        if _is_card(digits):
            return last
        if any(_is_card(digits[:-tail]) and len(groups[last][2]) > tail for tail in GLUED_TAILS):
            return last
        if len(digits) > 19:
            return None
    return None


def find(text: str) -> list[Found]:
    """Card numbers and cryptograms, in order, without overlap."""
    found: list[Found] = []
    if _THREE_DIGITS.search(text) is None:
        return found
    shielded = _shielded(text) if sum(map(str.isdecimal, text)) >= 13 else ""
    for run in _RUN.finditer(shielded):
        found += [Found(start, end, "carte") for start, end in _cards_in_run(run, shielded)]
    for match in _CODE.finditer(text):
        start, end = match.span(1)
        if not any(f.start < end and start < f.end for f in found):
            found.append(Found(start, end, "cryptogramme"))
    return sorted(found, key=lambda f: f.start)


def mask(text: str) -> str:
    """The text with each digit of what `find` finds replaced by a bullet, the last four of a card number kept."""
    while spans := find(text):
        for span in reversed(spans):
            digits = [i for i in range(span.start, span.end) if text[i].isdecimal()]
            hidden = set(digits[:-4] if span.nature == "carte" else digits)
            text = text[: span.start] + "".join(MASK if i in hidden else text[i] for i in range(span.start, span.end)) + text[span.end :]
    return text


def mask_unfinished(text: str) -> str:
    """`mask`, and no digit left of what may still become a card number: nine digits or more that begin as one does.

    For what is kept on disk while it is being typed: what stays of a number, typed digit by digit, is its first eight and last four.
    """
    text = mask(text)
    for run in _RUN.finditer(_shielded(text)):
        digits = _ascii_digits(run.group())
        begins = any(low <= int(digits[: len(str(low))]) <= high for low, high, _lengths in NETWORKS)
        if len(digits) >= UNFINISHED_FROM and begins and not (run.start() and text[run.start() - 1] == "+"):
            hidden = "".join(MASK if c.isdecimal() else c for c in text[run.start() : run.end()])
            text = text[: run.start()] + hidden + text[run.end() :]
    return text


def mask_unfinished_deep(value: Any) -> Any:
    """`mask_unfinished` over every text of a JSON value, identifiers left as they are."""
    return mask_deep(value, masking=mask_unfinished)


def mask_deep(value: Any, key: str = "", masking: Callable[[str], str] = mask) -> Any:
    """`mask` over every text of a JSON value; identifiers (`…_id`, `call_key`, hashes, instants) are left as they are."""
    if isinstance(value, str):
        return value if _FREE_KEYS.search(key) else masking(value)
    if isinstance(value, Mapping):
        return {str(k): mask_deep(v, str(k), masking) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [mask_deep(v, key, masking) for v in value]
    return value


def refused_fields(fields: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Field path ("lines.0.label") to masked text, for each text that holds a card number or cryptogram."""
    refused: dict[str, str] = {}
    for name, value in fields.items():
        path = f"{prefix}{name}"
        if isinstance(value, str):
            # The key of a call comes from the exchange; a chance resemblance in it must not block a save.
            if find(value) and not (name == "call_key" and any(c.isalpha() for c in value)):
                refused[path] = mask(value)
        elif isinstance(value, Mapping):
            refused |= refused_fields(value, f"{path}.")
        elif isinstance(value, list | tuple):
            refused |= refused_fields({str(i): v for i, v in enumerate(value)}, f"{path}.")
        elif isinstance(value, int) and not isinstance(value, bool) and _is_card(str(value)):
            refused[path] = mask(str(value))
    return refused


class CardMaskingFilter(logging.Filter):
    """For log handlers: what reaches the log has been through `mask`, arguments included."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = mask(record.getMessage()), None
        return True
