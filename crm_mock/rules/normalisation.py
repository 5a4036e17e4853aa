"""Text as search compares it: no accents, no case, no punctuation."""

from __future__ import annotations

import re
import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l"})
_WORD = re.compile(r"[^\W_]+")
MAX_WORDS = 8


def plain(text: str) -> str:
    """Lower case, accents off, ligatures opened; other characters kept. Idempotent."""
    if text.isascii():  # most of what there is to search: nothing to take off
        return text.lower()
    previous = None
    while previous != text:  # case folding may bring back what decomposition took away
        previous = text
        decomposed = unicodedata.normalize("NFKD", text.translate(_LIGATURES)).casefold()
        text = "".join(c for c in decomposed if not unicodedata.combining(c))
    return text


def words(text: str) -> list[str]:
    """Words of letters and digits, normalised: "Saint-Orme-le-Haut" gives saint, orme, le, haut."""
    return _WORD.findall(plain(text))


def joined(text: str) -> str:
    """Letters and digits only: "F-2610-0231" gives f26100231."""
    return "".join(words(text))


def trigrams(word: str) -> set[str]:
    """Three-letter windows of a normalised word, with two blanks before and one after."""
    padded = f"  {word} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}
