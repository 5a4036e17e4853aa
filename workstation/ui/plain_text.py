"""Outside text made fit to be drawn: never markup, no controls, no bidirectional marks, one line unless told otherwise."""

from __future__ import annotations

from rich.style import Style
from rich.text import Text

from cti.messages import clean_text


def plain(text: object, style: str | Style = "", *, limit: int = 400) -> Text:
    """One line of outside text; line breaks read as spaces."""
    return Text(one_line(text, limit), style=style, no_wrap=True, overflow="ellipsis")


def one_line(text: object, limit: int = 400) -> str:
    return clean_text(str(text).replace("\r", " ").replace("\n", " ").replace("\t", " "), limit)


def plain_lines(text: object, style: str | Style = "", *, limit: int = 20_000) -> Text:
    """Several lines of outside text, wrapped by whoever draws them."""
    return Text("\n".join(clean_text(line.replace("\t", "    "), 2000) for line in str(text)[:limit].splitlines()), style=style)


def fitted(parts: list[tuple[Text, int]], width: int, gap: str = "  ") -> Text:
    """Parts on one line of `width` cells: the least important (highest rank, the last of equals) are left out until the rest fits;
    those of rank 0 always stay, and are cut short at the end of the line if need be."""
    kept = [part for part in parts if part[0].plain]
    while sum(part.cell_len for part, _rank in kept) + len(gap) * (len(kept) - 1) > width:
        least = max((rank, place) for place, (_part, rank) in enumerate(kept))
        if least[0] == 0:
            break
        del kept[least[1]]
    line = Text(gap, no_wrap=True, overflow="ellipsis").join(part for part, _rank in kept)
    line.truncate(max(1, width), overflow="ellipsis")
    return line
