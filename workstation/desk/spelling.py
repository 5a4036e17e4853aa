"""Which words of a text a dictionary does not know, and where they stand. Pure: the dictionary is given.

It only shows: nothing is ever corrected by itself. Left out, because nobody looks them up: references, amounts, addresses of e-mails and
sites, blanks of a template, acronyms, single letters, and the names of the file in front (`names`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from workstation.desk.state import DeskState

Place = tuple[int, int]  # row and column, from 0
_CHUNK = re.compile(r"\[[^\]\n]*\]|\S+")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019\u2010\u2011-][^\W\d_]+)*")
_PARTS = re.compile(r"[\u2010\u2011-]|['\u2019]")
_NOT_WORDS = re.compile(r"[\[@\d_]|://|www\.|\.[a-z]{2,}/?$", re.IGNORECASE)


@dataclass(frozen=True)
class Unknown:
    word: str
    start: Place
    end: Place


def allowed(state: DeskState) -> bool:
    """Whether the room says that a spelling checker may be used in this sitting."""
    return bool(state.sitting.get("spellcheck"))


def names(values: Iterable[object]) -> frozenset[str]:
    """Every word of these texts, and of those inside them, as `unknown` compares them."""
    found: set[str] = set()
    for value in values:
        if isinstance(value, str):
            found.update(_plain(part) for word in _WORD.findall(value) for part in (word, *_PARTS.split(word)))
        elif isinstance(value, dict):
            found |= names(value.values())
        elif isinstance(value, (list, tuple)):
            found |= names(value)
    return frozenset(found)


def unknown(text: str, knows: Callable[[str], bool], names: frozenset[str] = frozenset()) -> tuple[Unknown, ...]:
    """In their order. `knows` is asked once a word, with a straight apostrophe."""
    asked: dict[str, bool] = {}

    def known(word: str) -> bool:
        plain = _plain(word)
        if len(plain) < 2 or word.isupper() or plain in names:
            return True
        straight = word.replace("\u2019", "'").replace("\u2010", "-").replace("\u2011", "-")
        if straight not in asked:
            asked[straight] = knows(straight)
        if asked[straight]:
            return True
        parts = _PARTS.split(word)
        return len(parts) > 1 and all(known(part) for part in parts if part)

    found = []
    for row, line in enumerate(text.split("\n")):
        for chunk in _CHUNK.finditer(line):
            if _NOT_WORDS.search(chunk[0].rstrip(".,;:!?)»…")):
                continue
            for word in _WORD.finditer(line, chunk.start(), chunk.end()):
                if not known(word[0]):
                    found.append(Unknown(word[0], (row, word.start()), (row, word.end())))
    return tuple(found)


def after(words: Sequence[Unknown], cursor: Place) -> Unknown | None:
    """The next one past the cursor, the first again after the last; None when there is none."""
    return next((one for one in words if one.start > cursor), words[0] if words else None)


def at(words: Sequence[Unknown], cursor: Place) -> Unknown | None:
    """The one that the cursor is in or at the end of."""
    return next((one for one in words if one.start <= cursor <= one.end), None)


def _plain(word: str) -> str:
    return word.casefold().replace("\u2019", "'").replace("\u2010", "-").replace("\u2011", "-")
