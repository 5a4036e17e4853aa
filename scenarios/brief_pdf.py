"""The candidate's brief as a paper: a PDF of the very texts the desk shows, with a table of contents and page numbers.

The whole is for a session of the title; `ccp1`, `ccp2` are the extracts for a session of one block: the texts whose file says so
under its title (`CCP : ccp1`), and those that say nothing. Sections keep the numbers of the whole, so that one may refer to them.
The Markdown is the small part of it that the desk draws (headings, lists, tables, bold, italic).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    ListFlowable,
    ListItem,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from crm_mock.document_pages import printable
from crm_mock.rules.calendar import long
from crm_mock.rules.telephone import display
from scenarios.pack import Pack, ReferenceText

WHOLE = (12, 16)  # pages, read in an hour
EXTRACT = (6, 8)  # in half an hour
CLOSE_SET = 0.87  # an extract's letters beside the whole's
_INK, _RULE, _SHADE = colors.HexColor("#2b2320"), colors.HexColor("#b8a99f"), colors.HexColor("#f3eeea")
_SIDE = 16 * mm
_WIDTH = A4[0] - 2 * _SIDE

_INLINE = re.compile(r"(\*\*[^*\n]+\*\*|\*[^*\n]+\*|`[^`\n]+`)")
_HEADING = re.compile(r"(#{1,4})\s+(.*)")
_BULLET = re.compile(r"(\s*)([-*]|\d+[.)])\s+(.*)")
_RULER = re.compile(r"\s*\|?\s*:?-{2,}")
_SYMBOLS = {"→": '<font name="Symbol">\u2192</font>', "≤": '<font name="Symbol">\u2264</font>', "≥": '<font name="Symbol">\u2265</font>'}


@dataclass(frozen=True)
class Brief:
    """`places`: the page on which each text begins, by its id."""

    pdf: bytes
    pages: int
    places: Mapping[str, int]


@dataclass(frozen=True)
class Part:
    """A section as it is numbered in the whole: « 7 » for a page of the brief, a procedure's own number is in its title."""

    number: str
    text: ReferenceText

    @property
    def title(self) -> str:
        return f"{self.number}. {self.text.title}" if self.number else self.text.title


def parts(pack: Pack, ccp: str = "") -> tuple[Part, ...]:
    """The brief's pages then the procedures, those of one block when it is named."""
    pages = [text for text in pack.texts if text.kind == "brief"]
    numbered = [Part(str(n), text) for n, text in enumerate(pages, 1)] + [Part("", text) for text in pack.texts if text.kind == "procedure"]
    return tuple(part for part in numbered if not ccp or not part.text.ccps or ccp in part.text.ccps)


def brief_pdf(pack: Pack, ccp: str = "") -> Brief:
    """`ccp` "": the whole. The same texts give the same bytes."""
    return _made(parts(pack, ccp), _about(pack, ccp), CLOSE_SET if ccp else 1.0)


def _about(pack: Pack, ccp: str) -> tuple[str, ...]:
    company, identity = pack.company, pack.identity
    subject = f"Sujet {identity.subject}" + (f" – extrait {ccp.upper()}" if ccp else "") + f" – version {identity.version}"
    return company.name, subject, long(pack.day), " – ".join(company.address), f"{display(company.phone)} – {company.email}"


def page_count(pack: Pack, ccp: str = "") -> int:
    """How many pages `brief_pdf` makes."""
    return _counted(parts(pack, ccp), _about(pack, ccp), CLOSE_SET if ccp else 1.0)


def wanted_pages(ccp: str = "") -> tuple[int, int]:
    """From how many to how many pages can be read in the time a session gives."""
    return EXTRACT if ccp else WHOLE


@lru_cache(maxsize=16)
def _made(chosen: tuple[Part, ...], about: tuple[str, ...], scale: float) -> Brief:
    """Drawn twice: once to know on which page each part begins, then with its table of contents, which is as long without the numbers."""
    look = _Look(scale)
    first = _drawn(chosen, about, look, {}, 0)
    return _drawn(chosen, about, look, first.places, first.pages)


@lru_cache(maxsize=16)
def _counted(chosen: tuple[Part, ...], about: tuple[str, ...], scale: float) -> int:
    return _drawn(chosen, about, _Look(scale), {}, 0).pages


def _drawn(chosen: Sequence[Part], about: tuple[str, ...], look: _Look, places: Mapping[str, int], pages: int) -> Brief:
    """`places`, by id of the text, for the table of contents; `pages` for « Page n/N »; nothing and 0 while they are not known."""
    company, subject, day, address, contact = about
    out = io.BytesIO()
    doc = _Document(
        out,
        pagesize=A4,
        title=printable(f"{company} – dossier du candidat"),
        author=printable(company),
        subject=printable(subject),
        creator="Plateau",
        lang="fr-FR",
        invariant=1,
    )
    frame = Frame(_SIDE, 17 * mm, _WIDTH, A4[1] - 35 * mm, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
    doc.addPageTemplates(
        [PageTemplate(id="brief", frames=[frame], onPage=lambda canvas, _doc: _running_head(canvas, company, subject, pages))]
    )
    story: list[Flowable] = [
        Paragraph(_inline(company), look.title),
        Paragraph("Dossier du candidat", look.second),
        Paragraph(_inline(f"{subject}. Mise en situation du {day}."), look.under),
        Paragraph(_inline(f"{address}. {contact}."), look.under),
        Spacer(1, 3 * mm),
        look.contents_of(chosen, places),
        Spacer(1, 2 * mm),
    ]
    doc.places = {}
    for part in chosen:
        story += look.section(part)
    doc.build(story)
    return Brief(out.getvalue(), doc.page, doc.places)


class _Document(BaseDocTemplate):
    places: dict[str, int]

    def afterFlowable(self, flowable: Flowable) -> None:
        """Where a part begins, for the table of contents and the reader's outline."""
        title = getattr(flowable, "entry", "")
        if title:
            key = getattr(flowable, "key", "")
            self.canv.bookmarkPage(key)
            self.canv.addOutlineEntry(printable(title), key, 0, 0)
            self.places[key] = self.page


def _running_head(canvas: Canvas, company: str, subject: str, pages: int) -> None:
    canvas.saveState()
    canvas.setFillColor(_INK)
    canvas.setFont("Helvetica", 8)
    canvas.drawString(_SIDE, A4[1] - 12 * mm, printable(f"{company} – dossier du candidat"))
    canvas.drawRightString(A4[0] - _SIDE, A4[1] - 12 * mm, printable(subject))
    canvas.setStrokeColor(_RULE)
    canvas.line(_SIDE, A4[1] - 14 * mm, A4[0] - _SIDE, A4[1] - 14 * mm)
    canvas.line(_SIDE, 14 * mm, A4[0] - _SIDE, 14 * mm)
    canvas.drawString(_SIDE, 10 * mm, "Document fictif, remis pour la mise en situation ; à rendre à la fin de l'épreuve.")
    canvas.drawRightString(A4[0] - _SIDE, 10 * mm, f"Page {canvas.getPageNumber()}/{pages}")
    canvas.restoreState()


class _Look:
    """How texts are drawn; an extract (`scale` below 1) is closer set than the whole, its lines too."""

    def __init__(self, scale: float) -> None:
        between = 0.94 if scale < 1 else 1.0

        def style(name: str, size: float, leading: float, *, bold: bool = False, before: float = 0, after: float = 0) -> ParagraphStyle:
            font = "Helvetica-Bold" if bold else "Helvetica"
            return ParagraphStyle(
                f"brief-{name}-{scale}",
                fontName=font,
                fontSize=size * scale,
                leading=leading * scale * between,
                textColor=_INK,
                spaceBefore=before * scale * between,
                spaceAfter=after * scale * between,
            )

        self.scale = scale
        self.body = style("body", 10, 14.2, after=5)
        self.item = style("item", 10, 14.2, after=2)
        self.title = style("title", 22, 27, bold=True, after=4)
        self.second = style("second", 14, 19, bold=True, after=3)
        self.under = style("under", 11, 15, after=3)
        self.h1 = style("h1", 14.5, 18, bold=True, before=12, after=6)
        self.h2 = style("h2", 11, 15, bold=True, before=6, after=3)
        self.cell = style("cell", 9.2, 12)
        self.head = style("head", 9.2, 12, bold=True)
        self.contents = style("contents", 9.2, 12)
        self.number = ParagraphStyle("brief-number", parent=self.contents, alignment=TA_RIGHT)

    def contents_of(self, chosen: Sequence[Part], places: Mapping[str, int]) -> Flowable:
        """The table of contents, in two columns, each line leading to its part."""
        half = -(-len(chosen) // 2)
        rows = []
        for n in range(half):
            row: list[Any] = []
            for part in (chosen[n], chosen[n + half] if n + half < len(chosen) else None):
                link = f'<a href="#{escape(part.text.id)}">{_inline(part.title)}</a>' if part else ""
                row += [Paragraph(link, self.contents), Paragraph(str(places.get(part.text.id, "")) if part else "", self.number)]
            rows.append(row)
        column, number = _WIDTH / 2 - 12 * mm, 12 * mm
        made = Table(rows, colWidths=[column, number, column, number], hAlign="LEFT")
        made.setStyle(
            TableStyle(
                [
                    ("LEFTPADDING", (0, 0), (-1, -1), 0),
                    ("RIGHTPADDING", (1, 0), (1, -1), 12),
                    ("RIGHTPADDING", (3, 0), (3, -1), 0),
                    ("TOPPADDING", (0, 0), (-1, -1), 1),
                    ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
                    ("LINEBELOW", (0, 0), (1, -1), 0.3, _RULE),
                    ("LINEBELOW", (2, 0), (3, -1), 0.3, _RULE),
                ]
            )
        )
        return made

    def section(self, part: Part) -> list[Flowable]:
        heading = Paragraph(_inline(part.title), self.h1)
        heading.entry, heading.key = part.title, part.text.id  # type: ignore[attr-defined]  # told to the document's afterFlowable
        blocks = list(self._blocks(part.text.text))
        return [KeepTogether([heading, *blocks[:1]]), *blocks[1:]] if blocks else [heading]

    def _blocks(self, markdown: str) -> Iterator[Flowable]:
        """Block by block: a heading stays with what follows it."""
        lines = markdown.replace("\r\n", "\n").split("\n")
        at = 0
        heading: Flowable | None = None
        while at < len(lines):
            line = lines[at]
            if not line.strip():
                at += 1
                continue
            if found := _HEADING.fullmatch(line.strip()):
                if heading is not None:
                    yield heading
                heading = Paragraph(_inline(found[2]), self.h2)
                at += 1
                continue
            end = at + 1
            if line.lstrip().startswith("|"):
                while end < len(lines) and lines[end].lstrip().startswith("|"):
                    end += 1
                block = self._table(lines[at:end])
            elif _BULLET.fullmatch(line):
                while end < len(lines) and (_BULLET.fullmatch(lines[end]) or (lines[end].startswith("  ") and lines[end].strip())):
                    end += 1
                block = self._list(lines[at:end])
            else:
                while end < len(lines) and lines[end].strip() and not _starts_another(lines[end]):
                    end += 1
                block = Paragraph(_inline(" ".join(one.strip() for one in lines[at:end])), self.body)
            yield KeepTogether([heading, block]) if heading is not None else block
            heading, at = None, end
        if heading is not None:
            yield heading

    def _list(self, lines: Sequence[str]) -> Flowable:
        """A list, and the list inside an item when its lines are indented."""
        items: list[Any] = []
        number = re.match(r"\s*(\d+)", lines[0])
        base = _indent(lines[0])
        at = 0
        while at < len(lines):
            found = _BULLET.fullmatch(lines[at])
            text = found[3] if found else lines[at].strip()
            end = at + 1
            inner: list[str] = []
            while end < len(lines) and _indent(lines[end]) > base:
                inner.append(lines[end])
                end += 1
            bullets = [line for line in inner if _BULLET.fullmatch(line)]
            words = " ".join([text, *(line.strip() for line in inner if line not in bullets)])
            content: list[Flowable] = [Paragraph(_inline(words), self.item)]
            if bullets:
                content.append(self._list(bullets))
            items.append(ListItem(content))
            at = end
        return ListFlowable(
            items,
            bulletType="1" if number else "bullet",
            start=int(number[1]) if number else "•",
            leftIndent=14,
            bulletFontName="Helvetica",
            bulletFontSize=(9.5 if number else 8) * self.scale,
            bulletFormat="%s." if number else None,
            spaceAfter=4 * self.scale,
        )

    def _table(self, lines: Sequence[str]) -> Flowable:
        rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines if not _RULER.match(line)]
        count = max((len(row) for row in rows), default=0)
        rows = [[*row, *[""] * (count - len(row))] for row in rows]
        headless = bool(rows) and not any(rows[0])
        body = rows[1:] if headless else rows
        if not body:
            return Spacer(1, 0)
        cells = [
            [Paragraph(_inline(cell), self.head if n == 0 and not headless else self.cell) for cell in row] for n, row in enumerate(body)
        ]
        widths = self._widths(body)
        made = Table(
            cells, colWidths=widths, repeatRows=0 if headless else 1, hAlign="LEFT", spaceBefore=2 * self.scale, spaceAfter=7 * self.scale
        )
        style: list[tuple[Any, ...]] = [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, _RULE),
            ("TOPPADDING", (0, 0), (-1, -1), 2 * self.scale),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5 * self.scale),
            ("LEFTPADDING", (0, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ]
        if len(body) > 4:  # no row alone on a page
            style += [("NOSPLIT", (0, 0), (-1, 1)), ("NOSPLIT", (0, -3), (-1, -1))]
        if not headless:
            style.append(("BACKGROUND", (0, 0), (-1, 0), _SHADE))
        made.setStyle(TableStyle(style))
        return made

    def _widths(self, rows: Sequence[Sequence[str]]) -> list[float]:
        """The line's width shared by how much each column has to say, none narrower than its longest word."""

        def width(text: str) -> float:
            return stringWidth(printable(_bare(text)), "Helvetica-Bold", self.cell.fontSize)

        columns = list(zip(*rows, strict=True))
        least = [max((width(word) for cell in column for word in cell.split()), default=0.0) + 8 for column in columns]
        whole = [max(width(cell) for cell in column) + 8 for column in columns]
        if sum(whole) <= _WIDTH:
            return whole
        spare = max(0.0, _WIDTH - sum(least))
        wishes = [max(0.0, one - low) ** 0.7 for one, low in zip(whole, least, strict=True)]
        total = sum(wishes) or 1.0
        return [low + spare * wish / total for low, wish in zip(least, wishes, strict=True)]


def _starts_another(line: str) -> bool:
    return bool(_HEADING.fullmatch(line.strip()) or _BULLET.fullmatch(line) or line.lstrip().startswith("|"))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _bare(text: str) -> str:
    return text.replace("**", "").replace("`", "").replace("*", "")


def _inline(text: str) -> str:
    """Bold, italic and code of Markdown as ReportLab's; everything else is only text."""
    made = []
    for part in _INLINE.split(text):
        if part.startswith("**") and part.endswith("**") and len(part) > 4:
            made.append(f"<b>{_plain(part[2:-2])}</b>")
        elif len(part) > 2 and part[0] == part[-1] == "*":
            made.append(f"<i>{_plain(part[1:-1])}</i>")
        elif len(part) > 2 and part[0] == part[-1] == "`":
            made.append(f'<font name="Courier">{_plain(part[1:-1])}</font>')
        else:
            made.append(_plain(part))
    return "".join(made)


def _plain(text: str) -> str:
    pieces = re.split(f"([{''.join(_SYMBOLS)}])", text.replace("\u2212", "–"))
    return "".join(_SYMBOLS.get(piece) or escape(printable(piece)) for piece in pieces)
