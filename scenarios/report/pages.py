"""A document as content, whatever it is drawn with: headings, paragraphs, tables, places to sign. Pure.

Text is text: nothing in it is markup, whoever wrote it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

BOX = "\u2610"  # a box to tick; nothing here ever ticks one


@dataclass(frozen=True)
class Heading:
    text: str
    level: int = 1  # 1 or 2


@dataclass(frozen=True)
class Words:
    """One paragraph; its line breaks are kept. `quiet`: small and grey (a notice, a source)."""

    text: str
    bold: bool = False
    quiet: bool = False


@dataclass(frozen=True)
class Grid:
    """A table. `widths` are shares of the page's width, one a column."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = ()


@dataclass(frozen=True)
class ToFill:
    """A line to complete by hand, after its words; `lines` blank lines more."""

    text: str
    lines: int = 0


@dataclass(frozen=True)
class Signatures:
    """A place to sign for each name."""

    names: tuple[str, ...]


Block = Heading | Words | Grid | ToFill | Signatures


@dataclass(frozen=True)
class Pages:
    """`name` is the file's, without its ending; `foot` is on every page."""

    name: str
    title: str
    lead: str
    foot: str
    blocks: tuple[Block, ...] = field(default=())


REHEARSAL = "RÉPÉTITION"
REHEARSAL_NOTICE = "RÉPÉTITION — personne n'a été examiné : ce document n'a aucune valeur."


def of_rehearsal(pages: Pages) -> Pages:
    """The same document, that nobody can take for an exam's: its title, its lead and the foot of every page say so."""
    return replace(
        pages,
        title=f"{REHEARSAL} — {pages.title}",
        lead=f"{REHEARSAL_NOTICE}\n{pages.lead}" if pages.lead else REHEARSAL_NOTICE,
        foot=f"{REHEARSAL} · {pages.foot}",
    )
