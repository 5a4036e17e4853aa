"""The look of the company's letters: letterhead, address, tables, page numbers. The same content gives the same bytes."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph, Spacer, Table, TableStyle

from crm_mock.rules.profile import CompanyProfile
from crm_mock.rules.telephone import display

_INK = colors.HexColor("#2b2320")
_RULE = colors.HexColor("#b8a99f")
BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=10, leading=14, textColor=_INK, spaceAfter=6)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=8, leading=10.5, spaceAfter=3)
TITLE = ParagraphStyle("title", parent=BODY, fontName="Helvetica-Bold", fontSize=14, leading=18, spaceBefore=4, spaceAfter=10)
HEAD = ParagraphStyle("head", parent=BODY, fontName="Helvetica-Bold", spaceBefore=6, spaceAfter=3)
ADDRESS = ParagraphStyle("address", parent=BODY, spaceAfter=0)
AMOUNT = ParagraphStyle("amount", parent=BODY, alignment=TA_RIGHT)
AMOUNT_HEAD = ParagraphStyle("amount_head", parent=HEAD, alignment=TA_RIGHT)


@dataclass(frozen=True)
class Letter:
    """What a template makes: its title, and what stands under it."""

    title: str
    story: list[Flowable]


def printable(text: str) -> str:
    """What the standard fonts can draw: other letters lose their accents, other signs become "?"."""
    kept: list[str] = []
    for char in unicodedata.normalize("NFC", text).replace("\u202f", "\u00a0"):
        if char in "\n\t" or ((char.isprintable() or char == "\u00a0") and _in_font(char)):
            kept.append(char)
            continue
        bare = "".join(c for c in unicodedata.normalize("NFKD", char) if c.isascii() and c.isprintable())
        kept.append(bare or ("" if unicodedata.category(char).startswith(("C", "M")) else "?"))
    return "".join(kept)


def _in_font(char: str) -> bool:
    try:
        char.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def paragraph(text: str, style: ParagraphStyle = BODY) -> Paragraph:
    """Outside text is never markup."""
    return Paragraph(escape(printable(text)).replace("\n", "<br/>"), style)


def gap(millimetres: float) -> Spacer:
    return Spacer(1, millimetres * mm)


def table(rows: Sequence[Sequence[str]], widths: Sequence[float], amounts: Sequence[int], total_rows: int = 0) -> Table:
    """`widths` in millimetres, `amounts` the columns set to the right; the first row is the heading, repeated on each page;
    the last of the `total_rows` is bold."""
    body = [
        [paragraph(cell, HEAD if r == 0 else AMOUNT if c in amounts else BODY) for c, cell in enumerate(row)] for r, row in enumerate(rows)
    ]
    drawn = Table(body, colWidths=[w * mm for w in widths], repeatRows=1, hAlign="LEFT")
    style: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, _RULE),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
    ]
    if total_rows:
        style.append(("LINEABOVE", (0, -total_rows), (-1, -total_rows), 1, _INK))
    drawn.setStyle(TableStyle(style))
    return drawn


class _NumberedCanvas(Canvas):
    """Draws "Page n/N" once the number of pages is known."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:
        self._pages.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # absent from the published types

    def save(self) -> None:
        for number, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            self.setFont("Helvetica", 8)
            self.drawRightString(A4[0] - 20 * mm, 12 * mm, f"Page {number}/{len(self._pages)}")
            super().showPage()
        super().save()


def draw_letterhead(canvas: Canvas, profile: CompanyProfile) -> None:
    """The company's name and ways to reach it above, what the law wants said of it below."""
    canvas.saveState()
    canvas.setFillColor(_INK)
    canvas.setFont("Helvetica-Bold", 13)
    canvas.drawString(20 * mm, A4[1] - 18 * mm, printable(profile.name))
    canvas.setFont("Helvetica", 8)
    contact = f"{display(profile.phone)} (appel non surtaxé) – {profile.email} – {profile.website}"
    for row, line in enumerate((" – ".join(profile.address), contact)):
        canvas.drawString(20 * mm, A4[1] - (23 + 4 * row) * mm, printable(line))
    canvas.setStrokeColor(_RULE)
    canvas.line(20 * mm, A4[1] - 30 * mm, A4[0] - 20 * mm, A4[1] - 30 * mm)
    canvas.line(20 * mm, 20 * mm, A4[0] - 20 * mm, 20 * mm)
    canvas.setFont("Helvetica", 7)
    canvas.drawString(20 * mm, 16 * mm, printable(profile.legal)[:150])
    canvas.drawString(20 * mm, 12.5 * mm, printable(f"Médiateur de la consommation : {profile.mediator}")[:130])
    canvas.restoreState()


def letter(profile: CompanyProfile, title: str, addressee: Sequence[str], dated: str, story: Sequence[Flowable]) -> bytes:
    """A PDF: letterhead, the addressee's lines, place and date, `title`, then `story`."""

    def letterhead(canvas: Canvas, _doc: BaseDocTemplate) -> None:
        draw_letterhead(canvas, profile)

    out = io.BytesIO()
    doc = BaseDocTemplate(
        out, pagesize=A4, title=printable(title), author=printable(profile.name), creator="Plateau", lang="fr-FR", invariant=1
    )
    frame = Frame(20 * mm, 24 * mm, A4[0] - 40 * mm, A4[1] - 58 * mm, leftPadding=0, rightPadding=0)
    doc.addPageTemplates([PageTemplate(id="letter", frames=[frame], onPage=letterhead)])
    opening: list[Flowable] = []
    if addressee:
        opening += [Table([["", [paragraph(line, ADDRESS) for line in addressee]]], colWidths=[95 * mm, 75 * mm]), gap(4)]
    opening += [paragraph(dated), gap(2), paragraph(title, TITLE)]
    doc.build([*opening, *story], canvasmaker=_NumberedCanvas)
    return out.getvalue()
