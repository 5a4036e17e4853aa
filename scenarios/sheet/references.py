"""Formulas as text: which parts of one are references, and what becomes of them when the formula is moved or goes to another file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from scenarios.sheet.document import column_letters, column_number

_TOKEN = re.compile(
    r'"(?:[^"]|"")*"?'  # a text
    r"|(?:'(?:[^']|'')+'|[A-Za-zÀ-ÿ_][\wÀ-ÿ.]*)!"  # a sheet's name
    r"|\$?[A-Za-z]{1,3}\$?[1-9]\d{0,6}(?![\w.(])"  # a cell
    r"|[A-Za-zÀ-ÿ_][\wÀ-ÿ.]*"  # a function, a name
    r"|\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?"  # a number
    r"|#[\w/]+[!?]?"  # an error
    r"|\s+|.",
    re.DOTALL,
)
_CELL = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)([1-9]\d{0,6})")
_WORD = re.compile(r"[A-Za-zÀ-ÿ_][\wÀ-ÿ.]*")
BROKEN = "#REF!"


def tokens(formula: str) -> Iterator[str]:
    """The formula cut in texts, sheet names (with their !), cells, words, numbers, errors, blanks, signs: joined, they are it again."""
    return (found[0] for found in _TOKEN.finditer(formula))


def _cut(formula: str) -> list[tuple[str, bool]]:
    """The tokens, and whether each is a cell: LOG10 is one, but not before a parenthesis."""
    parts = list(tokens(formula))
    after = [*parts[1:], ""]
    return [(token, _CELL.fullmatch(token) is not None and following != "(") for token, following in zip(parts, after, strict=True)]


def shifted(formula: str, rows: int, columns: int) -> str:
    """The formula as it reads when copied so far down and right: what has a $ stays; what leaves the sheet becomes #REF!."""
    return "".join(_moved(token, rows, columns) if cell else token for token, cell in _cut(formula))


def _moved(cell: str, rows: int, columns: int) -> str:
    found = _CELL.fullmatch(cell)
    assert found is not None
    column = column_number(found[2].upper()) + (0 if found[1] else columns)
    row = int(found[4]) + (0 if found[3] else rows)
    if not (1 <= column <= 16384 and 1 <= row <= 1048576):
        return BROKEN
    return f"{found[1]}{column_letters(column)}{found[3]}{row}"


def renamed(formula: str, rename: Callable[[str], str]) -> str:
    """The formula with each function's name as `rename` gives it (called with the name in capitals)."""
    parts = list(tokens(formula))
    for at, token in enumerate(parts):
        called = next((after for after in parts[at + 1 :] if not after.isspace()), "") == "("
        if called and _WORD.fullmatch(token):
            parts[at] = rename(token.upper())
    return "".join(parts)


def closed(formula: str) -> str:
    """The formula with the parentheses that were left open closed at its end, as spreadsheets do."""
    opened = sum({"(": 1, ")": -1}.get(token, 0) for token in tokens(formula))
    return formula + ")" * max(0, opened)


def without_empty_calls(formula: str) -> str:
    """TRUE() and FALSE() as TRUE and FALSE."""
    pieces = re.split(r'("(?:[^"]|"")*")', formula)
    pieces[::2] = [re.sub(r"\b(TRUE|FALSE)\(\)", r"\1", piece) for piece in pieces[::2]]
    return "".join(pieces)


def skeleton(formula: str) -> list[str]:
    """What an engine must not have lost in reading it: signs, names and texts, with a mark for each number."""
    return ["#" if token[0].isdigit() else token.casefold().rstrip('"') for token in tokens(formula) if not token.isspace()]


# --- OpenDocument ---------------------------------------------------------------------------------------

_OPEN_SHEET = r"\$?(?:'(?:[^']|'')+'|[^\]'.:]+)"
_OPEN_REFERENCE = re.compile(rf"\[((?:{_OPEN_SHEET})?)\.(\$?[A-Z]+\$?\d+)(?::(?:{_OPEN_SHEET})?\.(\$?[A-Z]+\$?\d+))?\]")
_EXTENSION = "COM.MICROSOFT."
_EXTENDED = frozenset("CONCAT IFS SWITCH TEXTJOIN MAXIFS MINIFS XLOOKUP XMATCH FILTER SORT SORTBY UNIQUE SEQUENCE".split())


def to_open_formula(formula: str) -> str:
    """`=SUM(A1:A3,2)` as OpenDocument writes it: `of:=SUM([.A1:.A3];2)`."""
    parts = _cut(renamed(formula, lambda name: _EXTENSION + name if name in _EXTENDED else name))
    written, at, depth = [], 0, 0
    while at < len(parts):
        token, cell = parts[at]
        depth += {"{": 1, "}": -1}.get(token, 0)
        named = token.endswith("!") and token[0] not in '"#' and at + 1 < len(parts) and parts[at + 1][1]
        if cell or named:
            at += 1 if named else 0
            last = parts[at + 2][0] if at + 2 < len(parts) and parts[at + 1][0] == ":" and parts[at + 2][1] else ""
            start = f"${token[:-1]}." if named else "."
            written.append(f"[{start}{parts[at][0].upper()}{f':.{last.upper()}' if last else ''}]")
            at += 2 if last else 0
        elif depth == 0 and "," in token and not token.startswith('"'):  # alone, or between two numbers
            written.append(token.replace(",", ";"))
        else:
            written.append(token)
        at += 1
    return "of:" + "".join(written)


def from_open_formula(formula: str) -> str:
    """What `to_open_formula` undoes. Texts are left as they are; an unknown prefix is taken off."""
    body = formula.partition("=")[2]
    pieces = re.split(r'("(?:[^"]|"")*")', body)
    for at in range(0, len(pieces), 2):
        piece = _OPEN_REFERENCE.sub(_plain_reference, pieces[at])
        pieces[at] = piece.replace(";", ",").replace(_EXTENSION, "")
    return "=" + "".join(pieces)


def _plain_reference(found: re.Match[str]) -> str:
    sheet, first, last = found[1].lstrip("$"), found[2], found[3]
    return f"{sheet + '!' if sheet else ''}{first}{':' + last if last else ''}"
