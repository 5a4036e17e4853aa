"""French text made ready for a speech engine: what is written for the eye is written out for the voice. Pure.

Engines read numbers well, but not telephone numbers, references, amounts, dates in figures, e-mail addresses nor abbreviations;
and some cut the text at a control character or take `<...>` for markup.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

VERSION = "1"
"""Changes with the rules: part of the cache key of rendered sound."""

_UNITS = (
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf"
).split()  # fmt: skip
_TENS = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante", 6: "soixante", 8: "quatre-vingt"}
_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
_SPELLED = {"SAV", "TVA", "CGV", "SMS", "TTC", "RDV", "CDE", "DUP", "CCP", "URL", "PDF", "CB"}
_SAID = {"TTC": "toutes taxes comprises", "RDV": "rendez-vous", "CB": "carte bancaire"}


def two_digits(number: int) -> str:
    """0..99 in words. Raises ValueError outside."""
    if not 0 <= number <= 99:
        raise ValueError(f"{number} is not 0..99")
    if number < 20:
        return _UNITS[number]
    tens, unit = divmod(number, 10)
    if tens in (7, 9):
        tens, unit = tens - 1, unit + 10
    if unit == 0:
        return _TENS[tens] + ("s" if tens == 8 else "")
    return _TENS[tens] + (" et " if unit in (1, 11) and tens != 8 else "-") + _UNITS[unit]


def pair(digits: str) -> str:
    """Two figures as they are said in a telephone number: "08" is "zéro huit"."""
    return f"zéro {_UNITS[int(digits[1])]}" if digits[0] == "0" else two_digits(int(digits))


def figures(digits: str) -> str:
    """A string of figures by pairs, a leading odd one alone: "204518" is "vingt, quarante-cinq, dix-huit"."""
    odd = len(digits) % 2
    parts = [_UNITS[int(digits[0])]] if odd else []
    return ", ".join(parts + [pair(digits[i : i + 2]) for i in range(odd, len(digits), 2)])


def _phone(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match[0])
    if digits.startswith("0033"):
        digits = "0" + digits[4:]
    elif digits.startswith("33") and match[0].startswith("+"):
        digits = "0" + digits[2:]
    return figures(digits)


def _reference(match: re.Match[str]) -> str:
    return ", ".join(figures(part) if part.isdecimal() else " ".join(part) for part in match[0].split("-"))


def _amount(match: re.Match[str]) -> str:
    euros, cents = int(re.sub(r"\s", "", match["euros"])), (match["cents"] or "00").ljust(2, "0")
    if euros == 0 and cents != "00":
        return f"{int(cents)} centime{'s' if int(cents) > 1 else ''}"
    said = f"{euros} euro{'s' if euros > 1 else ''}"
    if cents == "00":
        return said
    return f"{said} {cents}" if cents[0] != "0" else f"{said} et {int(cents)} centime{'s' if int(cents) > 1 else ''}"


def _date(match: re.Match[str]) -> str:
    day, month = int(match["day"]), int(match["month"])
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return match[0]
    year = f" {match['year']}" if match["year"] else ""
    return f"{'premier' if day == 1 else day} {_MONTHS[month - 1]}{year}"


def _time(match: re.Match[str]) -> str:
    hours, minutes = int(match["hours"]), match["minutes"]
    if hours > 24 or (minutes and int(minutes) > 59):
        return match[0]
    return f"{hours} heure{'s' if hours > 1 else ''}" + (f" {int(minutes)}" if minutes and int(minutes) else "")


def _email(match: re.Match[str]) -> str:
    said = {"@": "arobase", ".": "point", "-": "tiret", "_": "tiret bas", "+": "plus"}
    return " ".join(said.get(part, part) for part in re.split(r"([@.\-_+])", match[0]) if part)


def _letters(match: re.Match[str]) -> str:
    word = match[0]
    if word in _SAID:
        return _SAID[word]
    return " ".join(word) if word in _SPELLED or not set(word) & set("AEIOUY") else word


_RULES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+", _email),
    (r"(?<![\d])(?:(?:\+33|0033)[ .\-]?[1-9]|0[1-9])(?:[ .\-]?\d{2}){4}(?!\d)", _phone),
    (r"\b[A-Z]{1,4}(?:-\d{1,8})+\b", _reference),
    (r"(?<![\d,])(?P<euros>\d{1,3}(?: \d{3})+|\d+)(?:,(?P<cents>\d{1,2}))? ?(?:€|\bEUR\b)", _amount),
    (r"(euros?(?: \d+)?|centimes?) ?/ ?(mois|an|heure|kg|étui|tasse)\b", r"\1 par \2"),
    (r"(?<!\d)[-−](?=\d+(?:,\d+)? ?%)", "moins "),
    (r"(?<=\d) ?%", " pour cent"),
    (r"\b(?P<day>\d{2})/(?P<month>\d{2})(?:/(?P<year>\d{4}))?\b", _date),
    (r"\b(?P<hours>\d{1,2}) ?[hH](?: ?(?P<minutes>\d{2}))?\b", _time),
    (r"\b(?P<hours>\d{1,2}):(?P<minutes>\d{2})\b", _time),
    (r"(?<=\d) (?=\d{3}\b)", ""),
    (r"\bM\. (?=[A-ZÉÈÀ])", "monsieur "),
    (r"\bMme\b\.?", "madame"),
    (r"\bMlle\b\.?", "mademoiselle"),
    (r"\b[nN]°s? ?", "numéro "),
    (r"\b1er\b", "premier"),
    (r"\b1re\b", "première"),
    (r"\b[A-Z]{2,4}\b", _letters),
    (r"\b([A-Z])(\d{1,2})\b", r"\1 \2"),  # E4, an error code
    (r" ?[–—] ", ", "),
    (r"[«»\"“”*_#\[\]{}|\\^~`]", " "),
    (r"\.{2,}", "..."),
    (r"&", " et "),
    (r"[<>]", " "),
    (r"\s+", " "),
    (r" ([,.])", r"\1"),
)
_COMPILED = tuple((re.compile(pattern), said) for pattern, said in _RULES)


def spoken(text: str) -> str:
    """`text` as it should be given to an engine: one line, no control character, no markup, at most 2000 characters."""
    plain = "".join(
        " " if unicodedata.category(c) in ("Cc", "Zs", "Zl", "Zp") else c
        for c in unicodedata.normalize("NFC", text)
        if unicodedata.category(c) != "Cf"
    )
    plain = plain.replace("’", "'").replace("…", "...").replace("œ", "oe").replace("Œ", "Oe")
    for pattern, said in _COMPILED:
        plain = pattern.sub(said, plain)
    return _no_endless_word(plain.strip())[:2000]


def _no_endless_word(text: str) -> str:
    """An engine fails on a word of thousands of letters: such a thing is no word, and is cut."""
    return " ".join(word[:60] for word in text.split(" "))
