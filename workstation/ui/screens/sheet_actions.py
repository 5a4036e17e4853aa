"""What each command of the spreadsheet does: of its menu, and of the keys of its cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scenarios.sheet.area import Area
from scenarios.sheet.document import column_letters
from workstation.desk.sheets import outside_program_blocked
from workstation.i18n import _
from workstation.ui.messages import SheetAsked
from workstation.ui.screens import sheet_commands as commands
from workstation.ui.screens.dialog import ChoiceDialog
from workstation.ui.screens.sheet_dialogs import ChangesDialog, NameDialog
from workstation.ui.widgets.choice_list import Choice

if TYPE_CHECKING:
    from scenarios.sheet.workbook import Workbook
    from workstation.ui.screens.sheet_page import SheetPage

OVER_ROWS = frozenset({"clear", "cut", "paste", "fill", "delete_row", "insert_row"})
"""Commands that change every row from the first of the selection to the last, those that a filter hides too."""
HOTS = "123456789abcdefghijklmnopqrstuvwxyz"


def open_menu(page: SheetPage) -> None:
    blocked: dict[str, str] = {}
    why = outside_program_blocked(page.state)
    if why:
        blocked |= {"office_edit": why, "office_view": why}
    if page.name_of_file not in page.state.sheets.handed:
        blocked["take_back"] = _("rien n'y a été ouvert")
    if page.filter is None:
        blocked["unfilter"] = _("aucun filtre")
    if not page.dirty:
        blocked |= {"save": _("rien de nouveau"), "revert": _("rien de nouveau")}
    choices = commands.command_choices(blocked)
    page.ask(ChoiceDialog("sheet", _("Tableur : que faire ?"), page.state, lambda state: choices, page.perform))


def take_changes(page: SheetPage, back: dict[str, Any]) -> None:
    """What was done in the office program, shown before it is taken."""
    from scenarios.sheet.document import Document, changed_cells

    name, document = page.name_of_file, Document.model_validate(back)
    changes = changed_cells(_book(page).document(), document)

    def chosen(id: str) -> None:
        if id == "take" and page.change(lambda book: book.replace(document)):
            page.grid.show_book(page.book, min(page.grid.sheet, len(document.sheets) - 1))
            page.tell(_("{count} cellule(s) reprise(s) : Ctrl+S pour enregistrer.").format(count=len(changes)))
        page.post_message(SheetAsked("let_go", name))

    page.ask(ChangesDialog(page.state, name, changes, chosen))


def _book(page: SheetPage) -> Workbook:
    assert page.book is not None
    return page.book


# --- the file -------------------------------------------------------------------------------------------


def _export(page: SheetPage) -> None:
    choices = (
        Choice("ods", _("Classeur OpenDocument (.ods)"), "1"),
        Choice("xlsx", _("Classeur Excel (.xlsx)"), "2"),
        Choice("csv", _("Texte, cette feuille seule (.csv)"), "3"),
    )

    def chosen(form: str) -> None:
        """What is exported is what is saved: a save comes first when there is something new."""
        if page.dirty:
            page.export_due = form
            page.save()
        else:
            page.post_message(SheetAsked("export", page.name_of_file, form=form, sheet=page.grid.sheet))

    page.ask(ChoiceDialog("sheet", _("Exporter"), page.state, lambda state: choices, chosen))


def _other(page: SheetPage) -> None:
    """Back to the list: what is not saved is kept as a draft."""
    page.book, page.name_of_file = None, ""
    page.grid.show_book(None)
    page.show_part()
    page.first_look()


def _in_office(page: SheetPage, *, read_only: bool) -> None:
    why = outside_program_blocked(page.state)
    if why:
        page.tell(why, "warning")
        return
    today = page.today
    page.post_message(SheetAsked("hand_over", page.name_of_file, document=page.document, read_only=read_only, today=today))


def _take_back(page: SheetPage) -> None:
    handed = page.state.sheets.handed.get(page.name_of_file)
    if handed is not None:
        page.post_message(SheetAsked("take_back", page.name_of_file, path=handed.path, today=page.today))


def _revert(page: SheetPage) -> None:
    """As last saved, or as in the pack; it can be undone."""
    from scenarios.sheet.document import Document

    opened = page.state.sheets.opened.get(page.name_of_file)
    if opened is None or not opened.document:
        page.tell(_("Ce classeur n'a encore jamais été enregistré."), "warning")
    elif page.change(lambda book: book.replace(Document.model_validate(opened.document))):
        page.tell(_("Dernière version enregistrée reprise (Ctrl+Z pour revenir)."))


# --- data -----------------------------------------------------------------------------------------------


def _table(page: SheetPage) -> commands.Table | None:
    """The selection when it has several rows, else the table around the cursor; told when there is none."""
    area = page.grid.area
    if area.rows > 1:
        return commands.Table(Area(area.top, 1, area.bottom, max(area.right, _book(page).extent(page.grid.sheet)[1])), 0)
    found = commands.table_around(_book(page), page.grid.sheet, page.grid.cursor[0])
    if found is None:
        page.tell(_("Placez-vous sur une ligne remplie."), "warning")
    return found


def _sort(page: SheetPage, *, descending: bool) -> None:
    from scenarios.sheet import moves

    table = _table(page)
    if table is None:
        return
    sheet, column, body = page.grid.sheet, page.grid.cursor[1], table.body
    if page.change(lambda book: moves.sort(book, sheet, body, column, descending=descending)):
        title = _book(page).shown(sheet, table.header, column) if table.header else column_letters(column)
        words = _("Trié par « {title} », lignes {first} à {last}.")
        page.tell(words.format(title=title, first=body.top, last=body.bottom))


def _filter(page: SheetPage) -> None:
    from scenarios.sheet import moves

    book, sheet, column = _book(page), page.grid.sheet, page.grid.cursor[1]
    table = page.filter.table if page.filter is not None else _table(page)
    if table is None:
        return
    body = table.body
    values = moves.values_of(book, sheet, range(body.top, body.bottom + 1), column)[: len(HOTS)]
    choices = tuple(
        Choice(f"={word}", word or _("(vide)"), hot, "", _("{count} ligne(s)").format(count=count))
        for hot, (word, count) in zip(HOTS, values, strict=False)
    )

    def chosen(id: str) -> None:
        wanted = {**(page.filter.wanted if page.filter is not None else {}), column: id[1:]}
        page.filter = commands.Filter(table, wanted)
        page.filter_again()
        page.show_cell()

    title = book.shown(sheet, table.header, column) if table.header else column_letters(column)
    page.ask(ChoiceDialog("sheet", _("Filtrer : {title}").format(title=title), page.state, lambda state: choices, chosen))


def _unfilter(page: SheetPage) -> None:
    page.filter = None
    page.filter_again()
    page.show_cell()


# --- cells ----------------------------------------------------------------------------------------------


def _copy(page: SheetPage) -> None:
    from scenarios.sheet import moves

    page.clip = moves.copy(_book(page), page.grid.sheet, page.grid.area)
    page.app.copy_to_clipboard(page.clip.text)
    page.tell(_("Copié : {where}. Ctrl+V pour coller.").format(where=page.grid.where))


def _cut(page: SheetPage) -> None:
    _copy(page)
    _clear(page)


def _paste(page: SheetPage) -> None:
    from scenarios.sheet import moves

    clip, elsewhere = page.clip, page.app.clipboard
    where = (page.grid.sheet, *page.grid.cursor)
    if clip is not None and elsewhere in ("", clip.text):
        page.change(lambda book: moves.paste(book, *where, clip))
    elif elsewhere:  # copied since then in another part of the desk
        page.change(lambda book: moves.paste_text(book, *where, elsewhere))
    else:
        page.tell(_("Rien à coller : Ctrl+C copie les cellules choisies."), "warning")


def _clear(page: SheetPage) -> None:
    page.change(lambda book: book.clear(page.grid.sheet, page.grid.area))


def _fill(page: SheetPage) -> None:
    from scenarios.sheet import moves

    page.change(lambda book: moves.fill_down(book, page.grid.sheet, page.grid.area))


def _format(page: SheetPage) -> None:
    choices = tuple(Choice(form or "general", _("Standard") if not form else label, hot) for form, hot, label in commands.FORMATS)

    def chosen(form: str) -> None:
        page.change(lambda book: book.set_format(page.grid.sheet, page.grid.area, "" if form == "general" else form))

    page.ask(ChoiceDialog("sheet", _("Format de nombre"), page.state, lambda state: choices, chosen))


def _bold(page: SheetPage) -> None:
    bold = not _book(page).bold(page.grid.sheet, *page.grid.cursor)
    page.change(lambda book: book.set_bold(page.grid.sheet, page.grid.area, bold))


# --- rows, columns, sheets ------------------------------------------------------------------------------


def _insert_row(page: SheetPage) -> None:
    page.change(lambda book: book.insert_rows(page.grid.sheet, page.grid.area.top, page.grid.area.rows))


def _delete_row(page: SheetPage) -> None:
    page.change(lambda book: book.delete_rows(page.grid.sheet, page.grid.area.top, page.grid.area.rows))


def _insert_column(page: SheetPage) -> None:
    page.change(lambda book: book.insert_column(page.grid.sheet, page.grid.cursor[1]))


def _delete_column(page: SheetPage) -> None:
    page.change(lambda book: book.delete_column(page.grid.sheet, page.grid.cursor[1]))


def _widen(page: SheetPage, by: int) -> None:
    column = page.grid.cursor[1]
    page.change(lambda book: book.set_width(page.grid.sheet, column, book.width(page.grid.sheet, column) + by))


def _fit(page: SheetPage) -> None:
    book, sheet, column = _book(page), page.grid.sheet, page.grid.cursor[1]
    longest = max((len(book.shown(sheet, row, column)) for row in range(1, book.extent(sheet)[0] + 1)), default=0)
    page.change(lambda changed: changed.set_width(sheet, column, longest + 1))


def _go_to_sheet(page: SheetPage, by: int) -> None:
    book = _book(page)
    page.filter = None
    page.grid.show_book(book, (page.grid.sheet + by) % len(book.sheets))
    page.show_cell()


def _add_sheet(page: SheetPage) -> None:
    if page.change(lambda book: book.add_sheet()):
        _go_to_sheet(page, len(_book(page).sheets) - 1 - page.grid.sheet)


def _rename_sheet(page: SheetPage) -> None:
    sheet = page.grid.sheet
    before = _book(page).sheets[sheet]
    page.ask(NameDialog(page.state, before, lambda name: page.change(lambda book: book.rename_sheet(sheet, name))))


def _step(page: SheetPage, *, back: bool) -> None:
    book = _book(page)
    if not (book.undo() if back else book.redo()):
        page.tell(_("Rien à annuler.") if back else _("Rien à rétablir."))
        return
    if page.grid.sheet >= len(book.sheets):
        page.grid.show_book(book)
    page.changed()


SHEET_ACTIONS: dict[str, Callable[[SheetPage], object]] = {
    "save": lambda page: page.save(),
    "export": _export,
    "other": _other,
    "office_edit": lambda page: _in_office(page, read_only=False),
    "office_view": lambda page: _in_office(page, read_only=True),
    "take_back": _take_back,
    "revert": _revert,
    "ascending": lambda page: _sort(page, descending=False),
    "descending": lambda page: _sort(page, descending=True),
    "filter": _filter,
    "unfilter": _unfilter,
    "insert_row": _insert_row,
    "delete_row": _delete_row,
    "insert_column": _insert_column,
    "delete_column": _delete_column,
    "copy": _copy,
    "cut": _cut,
    "paste": _paste,
    "clear": _clear,
    "fill": _fill,
    "format": _format,
    "bold": _bold,
    "wider": lambda page: _widen(page, 4),
    "narrower": lambda page: _widen(page, -4),
    "fit": _fit,
    "next_sheet": lambda page: _go_to_sheet(page, 1),
    "former_sheet": lambda page: _go_to_sheet(page, -1),
    "add_sheet": _add_sheet,
    "rename_sheet": _rename_sheet,
    "undo": lambda page: _step(page, back=True),
    "redo": lambda page: _step(page, back=False),
}
"""Every command of `sheet_commands`, and the keys of the grid."""
