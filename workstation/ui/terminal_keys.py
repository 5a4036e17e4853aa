"""Keys as terminals send them: Alt and a digit, on QWERTY and on AZERTY."""

from __future__ import annotations

from enum import Enum
from typing import cast

from textual import _ansi_sequences

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


def digit_of(character: str | None) -> str:
    """The digit typed, with or without Shift on an AZERTY keyboard; "" for anything else."""
    if character is None:
        return ""
    if character in AZERTY_DIGITS:
        return str((AZERTY_DIGITS.index(character) + 1) % 10)
    return character if character.isascii() and character.isdigit() else ""
