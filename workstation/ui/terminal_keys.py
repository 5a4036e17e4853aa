"""Keys as terminals send them: Alt and a digit, on QWERTY and on AZERTY."""

from __future__ import annotations

from textual import _ansi_sequences

AZERTY_DIGITS = "&é\"'(-è_çà"  # the unshifted keys under 1 … 9, 0
_AZERTY_NAMES = (
    "ampersand",
    "latin_small_letter_e_with_acute",
    "quotation_mark",
    "apostrophe",
    "left_parenthesis",
    "minus",
    "latin_small_letter_e_with_grave",
    "underscore",
    "latin_small_letter_c_with_cedilla",
    "latin_small_letter_a_with_grave",
)


def read_alt_digits() -> None:
    """Textual reads Escape + digit as the sign a Mac types with Option (¡, £, § …), which a field would take as text; a
    terminal that means those signs sends them as themselves. From now on Escape + digit is Alt+digit."""
    table = _ansi_sequences.ANSI_SEQUENCES_KEYS
    if isinstance(table, dict):
        for digit in "0123456789":
            table.pop(f"\x1b{digit}", None)


def alt_digit(digit: str) -> str:
    """The Textual keys of Alt+digit, for a binding: the digit's own and its AZERTY key unshifted."""
    return f"alt+{digit},alt+{_AZERTY_NAMES[(int(digit) - 1) % 10]}"


def digit_of(character: str | None) -> str:
    """The digit typed, with or without Shift on an AZERTY keyboard; "" for anything else."""
    if character is None:
        return ""
    if character in AZERTY_DIGITS:
        return str((AZERTY_DIGITS.index(character) + 1) % 10)
    return character if character.isascii() and character.isdigit() else ""
