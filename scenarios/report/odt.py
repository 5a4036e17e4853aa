"""The pages of a report as OpenDocument text, to be completed in a word processor."""

from __future__ import annotations

import io
import unicodedata

from odfdo import Cell, Document, Header, Paragraph, Row, Style, Table

from scenarios.report.pages import Block, Grid, Heading, Pages, Signatures, ToFill, Words

_TEXT, _BOLD, _QUIET = "Rapport_Texte", "Rapport_Gras", "Rapport_Petit"


def as_odt(pages: Pages) -> bytes:
    document = Document("text")
    for name, points, bold in ((_TEXT, 10, False), (_BOLD, 10, True), (_QUIET, 8, False)):
        style = Style("paragraph", name=name, display_name=name.replace("_", " "))
        weight = {"fo:font-weight": "bold"} if bold else {}
        style.set_properties({"style:font-name": "Liberation Sans", "fo:font-size": f"{points}pt", **weight}, area="text")
        document.insert_style(style)
    body = document.body
    body.clear()
    body.append(Header(1, _clean(pages.title)))
    for text in pages.lead.splitlines():
        body.append(_paragraph(text, _TEXT))
    for place, block in enumerate(pages.blocks):
        for element in _elements(block, f"Tableau{place}"):
            body.append(element)
    body.append(_paragraph(pages.foot, _QUIET))
    document.meta.title = _clean(pages.title)
    document.meta.language = "fr-FR"
    document.meta.generator = "Plateau"
    out = io.BytesIO()
    document.save(out, pretty=False)
    return out.getvalue()


def _elements(block: Block, name: str) -> list[Header | Paragraph | Table]:
    match block:
        case Heading(text, level):
            return [Header(min(3, level + 1), _clean(text))]
        case Words(text, bold, quiet):
            style = _BOLD if bold else _QUIET if quiet else _TEXT
            return [_paragraph(line, style) for line in text.splitlines() or [""]]
        case Grid(head, rows, _widths):
            return [_table(name, head, rows)]
        case ToFill(text, lines):
            return [_paragraph(f"{text} ………………………………", _TEXT), *(_paragraph("", _TEXT) for _line in range(lines))]
        case Signatures(names):
            return [_table(name, names, (("",) * len(names),))]


def _table(name: str, head: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Table:
    table = Table(name)
    for cells in (head, *rows):
        row = Row()
        for text in cells:
            cell = Cell()
            for line in text.splitlines() or [""]:
                cell.append(_paragraph(line, _BOLD if cells is head else _TEXT))
            row.append_cell(cell)
        table.append_row(row)
    return table


def _paragraph(text: str, style: str) -> Paragraph:
    made = Paragraph(style=style)
    made.append_plain_text(_clean(text))
    return made


def _clean(text: str) -> str:
    """Without the signs that XML does not take; tabs stay."""
    return "".join(c for c in text if c == "\t" or (unicodedata.category(c) not in ("Cc", "Cs", "Cn") and c not in "\ufffe\uffff"))
