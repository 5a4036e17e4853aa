"""The company's texts on screen: a small part of Markdown, and what was searched for marked. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.text import Text

from workstation.ui.widgets.value_text import folded, plain_line

_INLINE = re.compile(r"(\*\*[^*\n]+\*\*|\*[^*\n]+\*|`[^`\n]+`)")
_HEADING = re.compile(r"^(#{1,4})\s+(.*)$")
_BULLET = re.compile(r"^(\s*)[-*]\s+(.*)$")
_RULE = re.compile(r"^\s*\|?\s*:?-{2,}")
MARK = "black on yellow"
AROUND = 36  # signs before and after a word looked for


def shown(markdown: str, query: str = "") -> tuple[Text, int]:
    """The text ready to be drawn, and the line of its first match (0 when there is none)."""
    lines = [plain_line(line, 4000) if line.strip() else "" for line in markdown.replace("\r\n", "\n").split("\n")]
    indents = [len(line) - len(line.lstrip(" ")) for line in markdown.replace("\r\n", "\n").split("\n")]
    text = Text()
    for number, line in enumerate(lines):
        if number:
            text.append("\n")
        _append_line(text, line, indents[number], _table_widths(lines, number))
    first = _mark(text, query)
    return text, text.plain.count("\n", 0, first) if first >= 0 else 0


def _append_line(text: Text, line: str, indent: int, widths: list[int]) -> None:
    if heading := _HEADING.match(line):
        text.append(heading[2], style="bold underline" if len(heading[1]) < 3 else "bold")
    elif _RULE.match(line):
        text.append("─" * max(3, sum(widths) + 3 * (len(widths) - 1)), style="dim")
    elif line.startswith("|"):
        for index, cell in enumerate(_cells(line)):
            text.append(" │ " if index else "", style="dim")
            _append_inline(text, cell.ljust(widths[index]) if index < len(widths) else cell)
    elif bullet := _BULLET.match(line):
        text.append(" " * indent + "• ")
        _append_inline(text, bullet[2])
    else:
        text.append(" " * min(indent, 8))
        _append_inline(text, line)


def _append_inline(text: Text, line: str) -> None:
    for part in _INLINE.split(line):
        if part.startswith("**") and part.endswith("**") and len(part) > 4:
            text.append(part[2:-2], style="bold")
        elif len(part) > 2 and part[0] == part[-1] and part[0] in "*`":
            text.append(part[1:-1], style="italic")
        else:
            text.append(part)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _table_widths(lines: list[str], number: int) -> list[int]:
    """Widths of the columns of the table this line is in."""
    if not lines[number].startswith("|"):
        return []
    first = last = number
    while first > 0 and lines[first - 1].startswith("|"):
        first -= 1
    while last + 1 < len(lines) and lines[last + 1].startswith("|"):
        last += 1
    rows = [_cells(line) for line in lines[first : last + 1] if not _RULE.match(line)]
    count = max((len(row) for row in rows), default=0)
    return [max(len(row[i]) if i < len(row) else 0 for row in rows) for i in range(count)]


def words_of(query: str) -> list[str]:
    return folded(query).split()


def _mark(text: Text, query: str) -> int:
    """Mark each word searched for, accents and case aside; offset of the first, -1 when there is none."""
    plain, first = folded(text.plain), -1
    for word in words_of(query):
        start = plain.find(word)
        while start >= 0:
            text.stylize(MARK, start, start + len(word))
            first = start if first < 0 else min(first, start)
            start = plain.find(word, start + len(word))
    return first


def preview(title: str, markdown: str, query: str, lines: int = 4) -> Text:
    """What a text is before it is opened: its whole title, and a few words around the first words looked for."""
    text, words = Text(plain_line(title), style="bold"), words_of(query)
    body = Text()
    for line in markdown.split("\n"):
        plain = re.sub(r"[*`|#]+", " ", plain_line(line)).strip()
        places = [at for word in words if (at := folded(plain).find(word)) >= 0]
        if places and lines:
            start = max(0, min(places) - AROUND)
            piece = plain[start : min(places) + AROUND]
            body.append(f"\n{'… ' if start else ''}{piece.strip()}{' …' if min(places) + AROUND < len(plain) else ''}")
            lines -= 1
    _mark(body, query)
    return text.append_text(body)


class Shelf:
    """Texts that are searched at each letter typed: folded once."""

    def __init__(self, documents: Sequence[Mapping[str, Any]]) -> None:
        self.documents = tuple(documents)
        self._named = [folded(f"{d.get('title') or ''}\n{d.get('keywords') or ''}") for d in self.documents]
        self._texts = [folded(str(d.get("text") or "")) for d in self.documents]

    def found(self, query: str) -> list[tuple[Mapping[str, Any], int]]:
        """Those that hold every word, with how often; first those named by them, then where they are said most. No query: all, in order."""
        words = words_of(query)
        if not words:
            return [(document, 0) for document in self.documents]
        hits: list[tuple[bool, int, int]] = []
        for index, (named, text) in enumerate(zip(self._named, self._texts, strict=True)):
            counts = [named.count(word) + text.count(word) for word in words]
            if all(counts):
                hits.append((not all(word in named for word in words), -sum(counts), index))
        return [(self.documents[index], -count) for _, count, index in sorted(hits)]


def count_matches(query: str, parts: Iterable[str]) -> int:
    """How often the words of the query occur, 0 unless each of them does."""
    plain = folded("\n".join(parts))
    counts = [plain.count(word) for word in words_of(query)]
    return sum(counts) if counts and all(counts) else 0
