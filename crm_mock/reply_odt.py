"""A written reply as OpenDocument text (ODF 1.4, `.odt`), for a word processor: letterhead above, stamp below, the text line by line.

Pages are the word processor's to make, so the foot carries the hash of the text and a page number; the hash of each page is
the PDF's (`reply_pages.py`).
"""

from __future__ import annotations

import datetime as dt
import io
import unicodedata

from odfdo import Document, Element, Paragraph, Style, StyleMasterPage, VarPageNumber

from crm_mock.reply_paper import Paper
from crm_mock.rules.calendar import PARIS
from crm_mock.rules.telephone import display

LETTERHEAD, SMALL, ADDRESS, TEXT, SUBJECT = "Lettre_Societe", "Lettre_Petit", "Lettre_Adresse", "Lettre_Texte", "Lettre_Objet"


def reply_odt(paper: Paper) -> bytes:
    document = Document("text")
    _styles(document)
    body = document.body
    body.clear()
    for style, text in _lines(paper):
        line = Paragraph(style=style)
        line.append_plain_text(_clean(text))  # blanks kept as they are
        body.append(line)
    _about(document, paper)
    _margins(document, paper)
    out = io.BytesIO()
    document.save(out, pretty=False)
    return out.getvalue()


def _lines(paper: Paper) -> list[tuple[str, str]]:
    reply = paper.reply
    if reply.channel == "lettre":
        address = paper.addressee or tuple(part for part in (reply.sent_to,) if part)
        lines = [*((ADDRESS, line) for line in address), (TEXT, ""), (TEXT, paper.dated), (TEXT, "")]
        lines += [(SUBJECT, f"Objet : {reply.subject}"), (TEXT, "")] if reply.subject else []
    else:
        lines = [*((TEXT, f"{name} : {value}") for name, value in paper.head), (TEXT, "")]
    return lines + [(TEXT, line) for line in reply.body.splitlines()]


def _clean(text: str) -> str:
    """Without the signs that XML does not take; tabs stay."""
    return "".join(c for c in text if c == "\t" or (unicodedata.category(c) not in ("Cc", "Cs", "Cn") and c not in "\ufffe\uffff"))


def _styles(document: Document) -> None:
    for name, points, bold, margin in (
        (LETTERHEAD, 13, True, ""),
        (SMALL, 8, False, ""),
        (ADDRESS, 11, False, "9.5cm"),
        (TEXT, 11, False, ""),
        (SUBJECT, 11, True, ""),
    ):
        style = Style("paragraph", name=name, display_name=name.replace("_", " "))
        weight = {"fo:font-weight": "bold"} if bold else {}
        style.set_properties({"style:font-name": "Liberation Sans", "fo:font-size": f"{points}pt", **weight}, area="text")
        style.set_properties({"fo:margin-bottom": "0cm", **({"fo:margin-left": margin} if margin else {})}, area="paragraph")
        document.insert_style(style)


def _about(document: Document, paper: Paper) -> None:
    meta = document.meta
    handed_in = paper.reply.submitted_at
    at = dt.datetime.combine(paper.day, dt.time())
    if handed_in:
        at = dt.datetime.fromisoformat(handed_in).astimezone(PARIS).replace(tzinfo=None)
    meta.title = _clean(paper.title)
    meta.creator = _clean(paper.company.name)
    meta.language = "fr-FR"
    meta.description = _clean(f"{paper.stamp} · SHA-256 {paper.sha256}")
    meta.generator = "Plateau"
    meta.creation_date = at
    meta.date = at


def _margins(document: Document, paper: Paper) -> None:
    company = paper.company
    page = document.get_style("master-page", "Standard")
    assert isinstance(page, StyleMasterPage)
    page.set_page_header(
        [
            Paragraph(_clean(company.name), style=LETTERHEAD),
            Paragraph(_clean(" – ".join(company.address)), style=SMALL),
            Paragraph(_clean(f"{display(company.phone)} (appel non surtaxé) – {company.email} – {company.website}"), style=SMALL),
            Paragraph("", style=SMALL),
        ]
    )
    number = Paragraph("Page ", style=SMALL)
    number.append(VarPageNumber())
    foot: list[Element | str] = [
        Paragraph("", style=SMALL),
        Paragraph(_clean(paper.stamp), style=SMALL),
        Paragraph(f"Texte, SHA-256 : {paper.sha256}", style=SMALL),
        number,
        Paragraph(_clean(company.legal), style=SMALL),
        Paragraph(_clean(f"Médiateur de la consommation : {company.mediator}"), style=SMALL),
    ]
    page.set_page_footer(foot)
