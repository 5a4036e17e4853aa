"""The pages of a report as PDF (A4), page numbers and foot on each."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    HRFlowable,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from crm_mock.document_pages import printable
from scenarios.report.pages import BOX, Block, Grid, Heading, Pages, Signatures, ToFill, Words

_SIDE, _TOP, _FOOT = 18 * mm, 16 * mm, 18 * mm
_WIDTH = A4[0] - 2 * _SIDE
_BOX = '<font name="ZapfDingbats">\u2751</font>'  # the text fonts have none
LONG_CELL = 1500  # signs of a cell that may be taller than a page
_RULE = colors.HexColor("#888888")
_TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=9.5, leading=13)
_BOLD = ParagraphStyle("bold", parent=_TEXT, fontName="Helvetica-Bold")
_QUIET = ParagraphStyle("quiet", parent=_TEXT, fontSize=8, leading=10.5, textColor=colors.HexColor("#555555"))
_CELL = ParagraphStyle("cell", parent=_TEXT, fontSize=8.5, leading=11)
_HEAD = ParagraphStyle("head", parent=_CELL, fontName="Helvetica-Bold")
_TITLE = ParagraphStyle("title", parent=_BOLD, fontSize=15, leading=19)
_HEADINGS = {
    1: ParagraphStyle("h1", parent=_BOLD, fontSize=12, leading=16, spaceBefore=8),
    2: ParagraphStyle("h2", parent=_BOLD, fontSize=10.5, leading=14, spaceBefore=5),
}


class _Numbered(Canvas):
    """« page 2 sur 5 »: the pages are drawn once they are counted."""

    def __init__(self, *args: Any, foot: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self._foot, self._held = foot, list[dict[str, Any]]()

    def showPage(self) -> None:  # reportlab's name
        self._held.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # what showPage does but for writing the page

    def save(self) -> None:
        count = len(self._held)
        for number, page in enumerate(self._held, 1):
            self.__dict__.update(page)
            self.setFont("Helvetica", 7.5)
            self.drawString(_SIDE, 10 * mm, _fitted(self._foot, _WIDTH - 24 * mm))
            self.drawRightString(A4[0] - _SIDE, 10 * mm, f"page {number} sur {count}")
            super().showPage()
        super().save()


def _fitted(text: str, width: float) -> str:
    """As much of the foot as there is room for before the page's number."""
    while stringWidth(text, "Helvetica", 7.5) > width:
        text = text[:-1]
    return text


def as_pdf(pages: Pages) -> bytes:
    out = io.BytesIO()
    document = BaseDocTemplate(out, pagesize=A4, title=printable(pages.title), author="Plateau", invariant=1)
    frame = Frame(_SIDE, _FOOT, _WIDTH, A4[1] - _TOP - _FOOT, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate("page", [frame])])
    flow: list[Flowable] = [_paragraph(pages.title, _TITLE), Spacer(0, 4)]
    if pages.lead:
        flow += [_paragraph(pages.lead, _TEXT), Spacer(0, 6)]
    for block in pages.blocks:
        flow += _drawn(block)
    foot = printable(pages.foot)
    document.build(flow, canvasmaker=lambda *args, **more: _Numbered(*args, foot=foot, **more))
    return out.getvalue()


def _paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    drawn = _BOX.join(escape(printable(part)) for part in text.split(BOX))
    return Paragraph(drawn.replace("\n", "<br/>"), style)


def _drawn(block: Block) -> Iterator[Flowable]:
    match block:
        case Heading(text, level):
            yield _paragraph(text, _HEADINGS.get(level, _HEADINGS[2]))
            yield Spacer(0, 3)
        case Words(text, bold, quiet):
            yield _paragraph(text, _BOLD if bold else _QUIET if quiet else _TEXT)
            yield Spacer(0, 4)
        case Grid(head, rows, widths):
            yield _table(head, rows, widths)
            yield Spacer(0, 7)
        case ToFill(text, lines):
            blank = [part for _line in range(lines) for part in (Spacer(0, 16), HRFlowable(_WIDTH, 0.4, color=_RULE))]
            yield KeepTogether([_paragraph(f"{text} ................................................................", _TEXT), *blank])
            yield Spacer(0, 8)
        case Signatures(names):
            cells: list[list[Any]] = [[_paragraph(name, _CELL) for name in names], ["" for _name in names]]
            table = Table(cells, colWidths=[_WIDTH / max(1, len(names))] * len(names), rowHeights=[None, 22 * mm])
            table.setStyle(TableStyle([("BOX", (0, 0), (-1, -1), 0.4, _RULE), ("INNERGRID", (0, 0), (-1, -1), 0.4, _RULE)]))
            yield KeepTogether([Spacer(0, 6), table])


def _table(head: tuple[str, ...], rows: tuple[tuple[str, ...], ...], widths: tuple[float, ...]) -> Table:
    shares = widths or (1.0,) * len(head)
    cells = [[_paragraph(one, _HEAD) for one in head], *([_paragraph(one, _CELL) for one in row] for row in rows)]
    table = Table(
        cells,
        colWidths=[_WIDTH * share / sum(shares) for share in shares],
        repeatRows=1,
        splitInRow=any(len(text) > LONG_CELL for row in rows for text in row),
    )
    lines: list[Any] = [
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, _RULE),
        ("LINEBELOW", (0, 1), (-1, -1), 0.25, _RULE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    table.setStyle(TableStyle([*lines, ("LEFTPADDING", (0, 0), (-1, -1), 3), ("RIGHTPADDING", (0, 0), (-1, -1), 3)]))
    return table
