"""A written reply as PDF: letterhead, address, the text as it was typed, and on each page who wrote it and its hash.

The same reply on the same day gives the same bytes.
"""

from __future__ import annotations

import io
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Table, TableStyle

from crm_mock.document_pages import ADDRESS, BODY, HEAD, draw_letterhead, gap, paragraph, printable
from crm_mock.reply_paper import Paper, page_hash

TEXT = ParagraphStyle("text", parent=BODY, fontSize=10.5, leading=14.5, spaceAfter=0)


def reply_pdf(paper: Paper) -> bytes:
    out = io.BytesIO()
    doc = BaseDocTemplate(
        out,
        pagesize=A4,
        title=printable(paper.title),
        author=printable(paper.company.name),
        subject=printable(paper.stamp),
        keywords=["sha256", paper.sha256],
        creator="Plateau",
        lang="fr-FR",
        invariant=1,
    )
    frame = Frame(20 * mm, 32 * mm, A4[0] - 40 * mm, A4[1] - 66 * mm, leftPadding=0, rightPadding=0)
    doc.addPageTemplates(
        [PageTemplate(id="reply", frames=[frame], onPage=lambda canvas, _doc: draw_letterhead(canvas, paper.company))],
    )

    def canvas(*args: Any, **kwargs: Any) -> Canvas:
        return _StampedCanvas(paper, *args, **kwargs)

    doc.build([*_opening(paper), *_text(paper.reply.body)], canvasmaker=canvas)
    return out.getvalue()


def _opening(paper: Paper) -> list[Flowable]:
    if paper.reply.channel == "lettre":
        lines = paper.addressee or tuple(part for part in (paper.reply.sent_to,) if part)
        address = Table([["", [paragraph(line, ADDRESS) for line in lines] or ""]], colWidths=[95 * mm, 75 * mm])
        subject = [paragraph(f"Objet : {paper.reply.subject}", HEAD), gap(3)] if paper.reply.subject else []
        return [address, gap(6), paragraph(paper.dated), gap(3), *subject]
    head = Table([[paragraph(name, HEAD), paragraph(value, ADDRESS)] for name, value in paper.head], colWidths=[20 * mm, 150 * mm])
    head.setStyle(
        TableStyle(
            [("VALIGN", (0, 0), (-1, -1), "TOP"), ("BOTTOMPADDING", (0, 0), (-1, -1), 0), ("LINEBELOW", (0, -1), (-1, -1), 0.4, "#b8a99f")]
        )
    )
    return [paragraph("E-mail" if paper.reply.channel == "e-mail" else "SMS", HEAD), head, gap(5)]


def _text(body: str) -> list[Flowable]:
    """Line by line: an empty one leaves a gap."""
    return [paragraph(line, TEXT) if line.strip() else gap(3.5) for line in body.splitlines()]


class _StampedCanvas(Canvas):
    """Says on each page, once their number is known, whose it is and what proves it."""

    def __init__(self, paper: Paper, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._paper = paper
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:
        self._pages.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # absent from the published types

    def save(self) -> None:
        paper, pages = self._paper, len(self._pages)
        for number, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            self.setFont("Helvetica-Bold", 8)
            self.drawString(20 * mm, 27 * mm, printable(paper.stamp)[:120])
            self.setFont("Helvetica", 7)
            self.drawString(20 * mm, 23.2 * mm, f"Texte, SHA-256 : {paper.sha256}")
            own = page_hash(paper.sha256, paper.candidate, number, pages)
            self.drawRightString(A4[0] - 20 * mm, 23.2 * mm, f"Page {number}/{pages} : {own}")
            super().showPage()
        super().save()
