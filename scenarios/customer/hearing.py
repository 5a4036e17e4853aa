"""What a dialogue edge makes of words that speech recognition understood. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from scenarios.matching import plain

_ASKED_TO_REPEAT = (
    r"\b(re)?repete[rz]\b",
    r"\bre(dire|dites)\b",
    r"(pas|mal) (bien )?(entendu|compris|saisi)",
    r"vous (avez|aviez) dit\b",
    r"^\W*(pardon|comment)\W*$",
)


@lru_cache(maxsize=512)
def heard_pattern(expression: str) -> re.Pattern[str]:
    """The expression without accents, case ignored; escapes such as \\b and \\W keep their meaning. Raises re.error."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", expression.replace("’", "'")) if not unicodedata.combining(c))
    return re.compile(bare, re.IGNORECASE)


def heard(expressions: tuple[str, ...], text: str) -> bool:
    """Whether any of the regular expressions is found in `text`, case, accents and runs of spaces ignored."""
    words = plain(text)
    return any(heard_pattern(e).search(words) for e in expressions)


def asked_to_repeat(text: str) -> bool:
    return heard(_ASKED_TO_REPEAT, text)
