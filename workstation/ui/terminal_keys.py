"""Keys as terminals send them: Alt and a digit, on QWERTY and on AZERTY; F3 with Shift."""

from __future__ import annotations

import re
from enum import Enum
from typing import cast

from textual import _ansi_sequences, _xterm_parser

AZERTY_DIGITS = "&é\"'(-è_çà"  # the unshifted keys under 1 … 9, 0


class AltDigit(Enum):
    """Textual's table of sequences holds enumerations of key names; these are ours."""

    ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE, ZERO = (f"alt+{digit}" for digit in "1234567890")


def read_alt_digits() -> None:
    """Textual reads Escape + digit as the sign a Mac types with Option (¡, £, § …), which a field would take as text, and loses
    the Alt of Escape + &. A terminal that means those signs sends them as themselves: from now on both are Alt+digit."""
    table = cast("dict[str, tuple[AltDigit, ...]]", _ansi_sequences.ANSI_SEQUENCES_KEYS)
    for digit, key, unshifted in zip("1234567890", AltDigit, AZERTY_DIGITS, strict=True):
        table[f"\x1b{digit}"] = table[f"\x1b{unshifted}"] = (key,)


def read_shifted_f3() -> None:
    """Shift+F3 is sent as `CSI 1;2 R`, which is also how a terminal tells where its cursor is: line 1, column 2. Textual reads it as that;
    but a full-screen program never asks, so it is the key (2 to 8: Shift, Alt, Ctrl and what they make together)."""
    _xterm_parser._re_cursor_position = re.compile(r"\x1b\[(?!1;[2-8]R)(?P<row>\d+);(?P<col>\d+)R")


def digit_of(character: str | None) -> str:
    """The digit typed, with or without Shift on an AZERTY keyboard; "" for anything else."""
    if character is None:
        return ""
    if character in AZERTY_DIGITS:
        return str((AZERTY_DIGITS.index(character) + 1) % 10)
    return character if character.isascii() and character.isdigit() else ""
