"""OpenDocument spreadsheets (.ods) read and written, through odfdo: values, formulas, number formats, bold, widths; nothing else."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from html import escape
from typing import Any

import odfdo

from scenarios.sheet import typed
from scenarios.sheet.document import (
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_SHEETS,
    MAX_TEXT,
    Cell,
    Document,
    Sheet,
    Value,
    column_letters,
    from_serial,
    place,
    reference,
    serial,
    sheet_name,
)
from scenarios.sheet.references import from_open_formula, to_open_formula

MM_A_CHARACTER = 2.0
_DURATION = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")
_LENGTH = re.compile(r"([\d.]+)(cm|mm|in|pt)")
_MM = {"cm": 10.0, "mm": 1.0, "in": 25.4, "pt": 25.4 / 72}


# --- reading --------------------------------------------------------------------------------------------


def read_ods(content: bytes) -> Document:
    """Raises whatever odfdo raises of a file that is not one."""
    document = odfdo.Document(io.BytesIO(content))
    if document.get_type() != "spreadsheet":
        raise ValueError("not a spreadsheet")
    styles = _Styles(document)
    tables = document.body.get_elements("table:table")[:MAX_SHEETS]
    return Document(sheets=tuple(_sheet(table, rank, styles) for rank, table in enumerate(tables, 1)))


class _Styles:
    """What styles of the file say: bold, widths, number formats, by the style's name."""

    def __init__(self, document: odfdo.Document) -> None:
        self.bold: set[str] = set()
        self.widths: dict[str, int] = {}
        self.formats: dict[str, str] = {}
        styles = [*document.get_styles(automatic=False), *document.get_styles(automatic=True)]
        data = {str(style.get_attribute("style:name") or ""): _format_of(style) for style in styles if style.tag.startswith("number:")}
        for style in styles:
            name = str(style.get_attribute("style:name") or "")
            form = data.get(str(style.get_attribute("style:data-style-name") or ""))
            if form:
                self.formats[name] = form
            for part in style.get_elements("style:text-properties"):
                if part.get_attribute("fo:font-weight") == "bold":
                    self.bold.add(name)
            for part in style.get_elements("style:table-column-properties"):
                found = _LENGTH.match(str(part.get_attribute("style:column-width") or ""))
                if found is not None:
                    self.widths[name] = max(1, min(120, round(float(found[1]) * _MM[found[2]] / MM_A_CHARACTER)))


def _format_of(style: Any) -> str:
    """The number format of an OpenDocument data style; "" where it is general, or one that is not kept."""
    number = next(iter(style.get_elements("number:number")), None)
    digits = ""
    if number is not None:
        places = str(number.get_attribute("number:decimal-places") or "")
        grouped = number.get_attribute("number:grouping") in ("true", True)
        digits = ("#,##0" if grouped else "0") + (f".{'0' * int(places)}" if places.isdigit() and int(places) else "")
        digits = "" if not places and not grouped else digits  # as many decimals as there are: general
    kinds = {part.tag.removeprefix("number:") for part in style.get_elements("*")}
    match style.tag:
        case "number:currency-style":
            return typed.EURO if "." in digits else typed.EURO_WHOLE
        case "number:percentage-style":
            return f"{digits.replace('#,##', '') or '0'}%"
        case "number:date-style":
            return typed.DATE_TIME if "hours" in kinds else typed.DATE
        case "number:time-style":
            return typed.TIME
        case "number:number-style" if any("€" in str(part.text) for part in style.get_elements("number:text")):
            return typed.EURO if "." in digits else typed.EURO_WHOLE
        case "number:number-style" if kinds <= {"number"}:
            return "" if digits == "0" else digits
        case "number:text-style":
            return typed.TEXT
    return ""


def _sheet(table: Any, rank: int, styles: _Styles) -> Sheet:
    cells: dict[str, Cell] = {}
    row, defaults = 0, _column_styles(table)
    for element in table.xpath("descendant::table:table-row"):
        repeated = _count(element, "table:number-rows-repeated")
        read = list(_cells(element, styles, defaults)) if row < MAX_ROWS else []
        for again in range(repeated if read else 0):
            if row + again < MAX_ROWS:
                cells |= {reference(row + again + 1, column): cell for column, cell in read}
        row += repeated
    name = sheet_name(str(table.get_attribute("table:name") or ""), rank)
    return Sheet(name=name, cells=cells, widths=dict(_widths(table, styles)))


def _widths(table: Any, styles: _Styles) -> Iterator[tuple[str, int]]:
    column = 0
    for element in table.xpath("descendant::table:table-column"):
        repeated = _count(element, "table:number-columns-repeated")
        width = styles.widths.get(str(element.get_attribute("table:style-name") or ""))
        if width is not None and repeated <= MAX_COLUMNS:
            yield from ((column_letters(column + n), width) for n in range(1, repeated + 1) if column + n <= MAX_COLUMNS)
        column += repeated


def _column_styles(table: Any) -> list[str]:
    """The style of cells that have none of their own, column by column."""
    names: list[str] = []
    for element in table.xpath("descendant::table:table-column"):
        name = str(element.get_attribute("table:default-cell-style-name") or "")
        names += [name] * min(MAX_COLUMNS - len(names), _count(element, "table:number-columns-repeated"))
    return names


def _cells(row: Any, styles: _Styles, defaults: list[str]) -> Iterator[tuple[int, Cell]]:
    column = 0
    for element in row.xpath("table:table-cell|table:covered-table-cell"):
        repeated = _count(element, "table:number-columns-repeated")
        cell = _cell(element, styles, defaults[column] if column < len(defaults) else "")
        if cell is not None:
            yield from ((column + n, cell) for n in range(1, repeated + 1) if column + n <= MAX_COLUMNS)
        column += repeated


def _count(element: Any, name: str) -> int:
    return max(1, int(element.get_attribute(name) or 1))


def _cell(element: Any, styles: _Styles, default: str) -> Cell | None:
    value, form = _value(element)
    style = str(element.get_attribute("table:style-name") or default)
    form = styles.formats.get(style, form) if not isinstance(value, bool) else ""
    formula = str(element.get_attribute("table:formula") or "")
    if value in (None, "") and not formula:
        return None
    return Cell(v=value, f=from_open_formula(formula)[:MAX_TEXT] if formula else "", n=form, b=style in styles.bold)


def _value(element: Any) -> tuple[Value, str]:
    """A cell's value, and the number format that what it shows tells of."""
    shown = "\n".join(str(part.text_recursive) for part in element.xpath("text:p"))
    number = str(element.get_attribute("office:value") or "")
    match str(element.get_attribute("office:value-type") or element.get_attribute("calcext:value-type") or ""):
        case "float":
            return _number(number), _written_as(shown)
        case "currency":
            return _number(number), typed.EURO if "," in shown or "." in shown else typed.EURO_WHOLE
        case "percentage":
            decimals = re.search(r"[.,](\d+)", shown)
            return _number(number), f"0.{'0' * min(4, len(decimals[1]))}%" if decimals else "0%"
        case "date":
            written = typed.read(str(element.get_attribute("office:date-value"))[:16], dt.date.today())
            return written.value, written.format
        case "time":
            found = _DURATION.match(str(element.get_attribute("office:time-value") or ""))
            return ((int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3])) / 86400, typed.TIME) if found else (shown[:MAX_TEXT], "")
        case "boolean":
            return element.get_attribute("office:boolean-value") in ("true", True), ""
        case "string":
            return str(element.get_attribute("office:string-value") or shown)[:MAX_TEXT], ""
        case _:
            return shown[:MAX_TEXT] or None, ""


def _number(text: str) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _written_as(shown: str) -> str:
    """The format of a number that is shown with two decimals, or in groups of three digits; else general."""
    decimals = re.search(r"[.,](\d\d)$", shown)
    grouped = re.search(rf"\d[{typed.SPACES}]\d{{3}}", shown)
    return {(True, True): "#,##0.00", (True, False): "0.00", (False, True): "#,##0"}.get((decimals is not None, grouped is not None), "")


# --- writing --------------------------------------------------------------------------------------------


def write_ods(document: Document, shown: dict[tuple[int, str], str]) -> bytes:
    """`shown` gives what each cell shows, by (sheet from 0, reference)."""
    file = odfdo.Document("spreadsheet")
    file.body.clear()
    named = _NamedStyles(file)
    for at, sheet in enumerate(document.sheets):
        file.body.append(odfdo.Element.from_tag(_table(at, sheet, shown, named)))
    target = io.BytesIO()
    file.save(target)
    return target.getvalue()


class _NamedStyles:
    """Automatic styles of the file, each made when first asked for."""

    def __init__(self, file: odfdo.Document) -> None:
        self._file = file
        self._known: dict[tuple[str, ...], str] = {}

    def cell(self, form: str, bold: bool) -> str:
        """The name of the style, "" for the default. Data styles are not called N1, N2…: LibreOffice reads its own formats in these."""
        key = ("cell", form, str(bold))
        if (not form and not bold) or key in self._known:
            return self._known.get(key, "")
        name = f"ce{len(self._known) + 1}"
        data = _data_style(f"format{len(self._known) + 1}", form) if form else ""
        if data:
            self._insert(data)
        linked = f' style:data-style-name="format{len(self._known) + 1}"' if data else ""
        weight = '<style:text-properties fo:font-weight="bold"/>' if bold else ""
        parent = ' style:parent-style-name="Default"'
        self._insert(f'<style:style style:name="{name}" style:family="table-cell"{parent}{linked}>{weight}</style:style>')
        self._known[key] = name
        return name

    def column(self, width: int) -> str:
        key = ("column", str(width))
        if key not in self._known:
            name = f"co{len(self._known) + 1}"
            size = f'<style:table-column-properties style:column-width="{width * MM_A_CHARACTER:.1f}mm"/>'
            self._insert(f'<style:style style:name="{name}" style:family="table-column">{size}</style:style>')
            self._known[key] = name
        return self._known[key]

    def _insert(self, style: str) -> None:
        self._file.insert_style(style, automatic=True)


def _data_style(name: str, form: str) -> str:
    """The OpenDocument style of a number format; "" for one that has none here."""
    digits = re.search(r"[#0][#,0]*(?:\.(0+))?", form)
    decimals = len(digits[1] or "") if digits else 0
    grouping = ' number:grouping="true"' if "#,##0" in form else ""
    number = f'<number:number number:min-integer-digits="1" number:decimal-places="{decimals}"{grouping}/>'
    clock = '<number:hours number:style="long"/><number:text>:</number:text><number:minutes number:style="long"/>'
    day = "<number:text>/</number:text>".join(f'<number:{part} number:style="long"/>' for part in ("day", "month", "year"))
    match form:
        case typed.TEXT:
            return f'<number:text-style style:name="{name}"><number:text-content/></number:text-style>'
        case typed.DATE_TIME:
            return f'<number:date-style style:name="{name}">{day}<number:text> </number:text>{clock}</number:date-style>'
        case typed.TIME:
            return f'<number:time-style style:name="{name}">{clock}</number:time-style>'
        case _ if "%" in form:
            return f'<number:percentage-style style:name="{name}">{number}<number:text>%</number:text></number:percentage-style>'
        case _ if "€" in form:
            symbol = '<number:currency-symbol number:language="fr" number:country="FR">€</number:currency-symbol>'
            return f'<number:currency-style style:name="{name}">{number}<number:text> </number:text>{symbol}</number:currency-style>'
        case _ if _is_date(form):
            return f'<number:date-style style:name="{name}">{day}</number:date-style>'
        case _ if digits:
            return f'<number:number-style style:name="{name}">{number}</number:number-style>'
    return ""


def _is_date(form: str) -> bool:
    return re.search(r"[dy]", re.sub(r'"[^"]*"|\[[^\]]*\]', "", form)) is not None


def _table(at: int, sheet: Sheet, shown: dict[tuple[int, str], str], styles: _NamedStyles) -> str:
    placed = {place(where): (where, cell) for where, cell in sheet.cells.items()}
    rows, columns = max((r for r, _c in placed), default=1), max((c for _r, c in placed), default=1)
    parts = [f'<table:table table:name="{escape(sheet.name, quote=True)}">']
    for column in range(1, columns + 1):
        width = sheet.widths.get(column_letters(column))
        parts.append(f'<table:table-column table:style-name="{styles.column(width)}"/>' if width else "<table:table-column/>")
    for row in range(1, rows + 1):
        parts.append("<table:table-row>")
        for column in range(1, columns + 1):
            found = placed.get((row, column))
            parts.append(_written(found[1], shown.get((at, found[0]), ""), styles) if found else "<table:table-cell/>")
        parts.append("</table:table-row>")
    return "".join([*parts, "</table:table>"])


def _written(cell: Cell, shown: str, styles: _NamedStyles) -> str:
    attributes = {}
    if name := styles.cell(cell.n, cell.b):
        attributes["table:style-name"] = name
    if cell.f:
        attributes["table:formula"] = to_open_formula(cell.f)
    match cell.v:
        case bool():
            attributes |= {"office:value-type": "boolean", "office:boolean-value": str(cell.v).lower()}
        case int() | float():
            attributes |= _numeric(cell.v, cell.n)
        case str():
            attributes |= {"office:value-type": "string"}
    written = " ".join(f'{key}="{escape(value, quote=True)}"' for key, value in attributes.items())
    body = "".join(f"<text:p>{escape(line)}</text:p>" for line in shown.split("\n")) if shown else ""
    return f"<table:table-cell {written}>{body}</table:table-cell>"


def _numeric(value: int | float, form: str) -> dict[str, str]:
    if form == typed.TIME and 0 <= value < 1:
        minutes = round(value * 1440)
        return {"office:value-type": "time", "office:time-value": f"PT{minutes // 60:02}H{minutes % 60:02}M00S"}
    if _is_date(form) and serial(dt.date(1900, 3, 1)) <= value < serial(dt.date(9999, 12, 31)):
        clock = f"T{int(value % 1 * 24):02}:{round(value % 1 * 1440) % 60:02}:00" if value % 1 else ""
        return {"office:value-type": "date", "office:date-value": from_serial(value).isoformat() + clock}
    if "%" in form:
        return {"office:value-type": "percentage", "office:value": repr(value)}
    if "€" in form:
        return {"office:value-type": "currency", "office:currency": "EUR", "office:value": repr(value)}
    return {"office:value-type": "float", "office:value": repr(value)}
