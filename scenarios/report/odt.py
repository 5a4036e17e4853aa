"""The pages of a report as OpenDocument text, to be completed in a word processor."""

from __future__ import annotations

import io
import unicodedata

from odfdo import Cell, Column, Document, Header, Paragraph, Row, Style, StyleMasterPage, Table, VarPageNumber, create_table_cell_style
from odfdo.xmlpart import XmlPart

from scenarios.report.pages import Block, Grid, Heading, Pages, Signatures, ToFill, Words

_TEXT, _BOLD, _QUIET, _SMALL, _SMALL_BOLD = "Rapport_Texte", "Rapport_Gras", "Rapport_Petit", "Rapport_Case", "Rapport_Case_Gras"
_CELL, _HEAD = "Rapport_Cellule", "Rapport_Entete"
_WIDTH_CM = 17.0  # of the page, less its margins


def as_odt(pages: Pages) -> bytes:
    document = Document("text")
    _styles(document)
    body = document.body
    body.clear()
    body.append(Header(1, _clean(pages.title)))
    for text in pages.lead.splitlines():
        body.append(_paragraph(text, _TEXT))
    for place, block in enumerate(pages.blocks):
        for element in _elements(document, block, f"Tableau{place}"):
            body.append(element)
    _foot(document, pages.foot)
    document.meta.title = _clean(pages.title)
    document.meta.language = "fr-FR"
    document.meta.generator = "Plateau"
    out = io.BytesIO()
    document.save(out, pretty=False)
    return out.getvalue()


def _styles(document: Document) -> None:
    for name, points, bold in ((_TEXT, 10, False), (_BOLD, 10, True), (_QUIET, 8, False), (_SMALL, 9, False), (_SMALL_BOLD, 9, True)):
        style = Style("paragraph", name=name, display_name=name.replace("_", " "))
        weight = {"fo:font-weight": "bold"} if bold else {}
        style.set_properties({"style:font-name": "Liberation Sans", "fo:font-size": f"{points}pt", **weight}, area="text")
        document.insert_style(style)
    for name, line in ((_CELL, "0.3pt solid #888888"), (_HEAD, "0.8pt solid #888888")):
        cell = create_table_cell_style(border_bottom=line, padding="0.08cm")
        cell.name = name
        document.insert_style(cell, automatic=True)
    styles = document.get_part("styles")
    assert isinstance(styles, XmlPart)
    for level in styles.get_elements("//text:outline-level-style"):
        for numbered in ("style:num-format", "style:num-suffix", "loext:num-list-format"):  # the titles have no numbers of their own
            level.del_attribute(numbered)
        level.set_attribute("style:num-format", "")


def _foot(document: Document, text: str) -> None:
    """Under every page, with its number."""
    page = document.get_style("master-page", "Standard")
    assert isinstance(page, StyleMasterPage)
    line = _paragraph(f"{text} · page ", _QUIET)
    line.append(VarPageNumber())
    page.set_page_footer([line])


def _elements(document: Document, block: Block, name: str) -> list[Header | Paragraph | Table]:
    match block:
        case Heading(text, level):
            return [Header(min(3, level + 1), _clean(text))]
        case Words(text, bold, quiet):
            style = _BOLD if bold else _QUIET if quiet else _TEXT
            return [_paragraph(line, style) for line in text.splitlines() or [""]]
        case Grid(head, rows, widths):
            return [_table(document, name, head, rows, widths), _paragraph("", _QUIET)]
        case ToFill(text, lines):
            return [_paragraph(f"{text} ………………………………", _TEXT), *(_paragraph("", _TEXT) for _line in range(lines))]
        case Signatures(names):
            return [_table(document, name, names, (("\n\n",) * len(names),))]


def _table(
    document: Document, name: str, head: tuple[str, ...], rows: tuple[tuple[str, ...], ...], widths: tuple[float, ...] = ()
) -> Table:
    table = Table(name)
    shares = widths or (1.0,) * len(head)
    for place, share in enumerate(shares):
        column = Style("table-column", name=f"{name}.{place}", width=f"{_WIDTH_CM * share / sum(shares):.2f}cm")
        document.insert_style(column, automatic=True)
        table.append(Column(style=column.name))
    for cells in (head, *rows):
        row = Row()
        for text in cells:
            cell = Cell(style=_HEAD if cells is head else _CELL)
            for line in text.split("\n"):
                cell.append(_paragraph(line, _SMALL_BOLD if cells is head else _SMALL))
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
