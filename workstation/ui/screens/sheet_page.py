"""The spreadsheet: the sitting's files, one of them open, its cells, what can be done to them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input

from crm_mock.rules import card_numbers
from workstation.desk.sheets_view import draft_id
from workstation.desk.state import DeskState
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.happened import new_id
from workstation.ui.messages import DraftChanged, SheetAsked, Told, Traced
from workstation.ui.plain_text import plain
from workstation.ui.screens import sheet_commands as commands
from workstation.ui.screens.dialog import ChoiceDialog
from workstation.ui.screens.sheet_actions import OVER_ROWS, SHEET_ACTIONS, open_menu, take_changes
from workstation.ui.screens.sheet_grid import SheetGrid
from workstation.ui.screens.sheet_words import file_rows, hint_words, saving_words
from workstation.ui.widgets.choice_list import Choice
from workstation.ui.widgets.record_drafts import draft_of, scenario_today
from workstation.ui.widgets.record_table import Column, RecordTable
from workstation.ui.widgets.static import Static

if TYPE_CHECKING:
    from scenarios.sheet.moves import Clip
    from scenarios.sheet.workbook import Workbook

PANE = "office_desk"


class SheetPage(Vertical):
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave_bar", show=False),
        Binding("up", "commit(-1)", show=False),
        Binding("down", "commit(1)", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(id="sheet-page")
        self.state = DeskState()
        self.name_of_file = ""
        self.book: Workbook | None = None
        self._wanted = ""  # the file asked for
        self.version = 0
        self.document: dict[str, Any] = {}
        self.dirty = False
        self.clip: Clip | None = None
        self.filter: commands.Filter | None = None
        self._sent = ""  # the last save asked for: a draft typed since then says so
        self.export_due = ""  # asked for while a save is on its way
        self.files = RecordTable([Column(_("Tableur"), 34), Column(_("État"))], id="sheet-files")
        self.where = Static("", id="sheet-where", markup=False)
        self.bar = Input(compact=True, id="sheet-bar", max_length=2000, select_on_focus=False)
        self.grid = SheetGrid(id="sheet-grid")
        self.grid.take_key, self.grid.entered = self._take_key, self._back_in_cells
        self.editing = False  # a cell is being typed in
        self.tabs = Static("", id="sheet-tabs", markup=False)
        self.foot = Static("", id="sheet-foot", markup=False)

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet-choose"):
            yield self.files
            with Horizontal(classes="sheet-buttons"):
                yield Button(_("+ Nouveau classeur"), id="sheet-new", compact=True)
            yield Static(
                _("Entrée ouvre. Vous travaillez sur une copie : le fichier du dossier reste intact."), classes="note", markup=False
            )
        with Vertical(id="sheet-work"):
            with Horizontal(id="sheet-line"):
                yield self.where
                yield self.bar
            yield self.grid
            yield self.tabs
            yield self.foot

    def on_mount(self) -> None:
        self.show_part()

    # --- what the desk knows ------------------------------------------------------------------------

    def show(self, state: DeskState) -> None:
        before, self.state = self.state, state
        view = state.sheets
        if view.files is not before.sheets.files or state.drafts is not before.drafts or view.opened is not before.sheets.opened:
            self._show_files()
        opened = view.opened.get(self._wanted)
        if self._wanted and opened is not None and opened is not before.sheets.opened.get(self._wanted) and opened.document:
            self._open_one(self._wanted)
        current = view.opened.get(self.name_of_file)
        if current is not None and self.book is not None:
            if current.version != self.version:
                self.version = current.version
            if not current.save and self.document == current.document:
                self.dirty = False
                if self.export_due:
                    form, self.export_due = self.export_due, ""
                    self.post_message(SheetAsked("export", self.name_of_file, form=form, sheet=self.grid.sheet))
            if current.save == "failed":
                self.export_due = ""
        handed = view.handed.get(self.name_of_file)
        if handed is not None and handed.back is not None and handed is not before.sheets.handed.get(self.name_of_file):
            take_changes(self, handed.back)
        self._show_foot()

    def first_look(self) -> None:
        """The pane came to the front."""
        self.post_message(SheetAsked("list"))
        take_focus(self.grid if self.book is not None else self.files)

    @property
    def today(self) -> dt.date:
        return scenario_today(self.state)

    def _show_files(self) -> None:
        self.files.set_rows(file_rows(self.state))

    def show_part(self) -> None:
        self.set_class(self.book is None, "-choosing")

    # --- opening ------------------------------------------------------------------------------------

    @on(RecordTable.Opened)
    def _chosen(self, event: RecordTable.Opened) -> None:
        event.stop()
        self._wanted = event.key
        if event.key in self.state.sheets.opened or (draft_of(self.state, draft_id(event.key)) and not self._in_room(event.key)):
            self._open_one(event.key)
        else:
            self.post_message(SheetAsked("open", event.key))

    def _in_room(self, name: str) -> bool:
        return any(file["name"] == name for file in self.state.sheets.files or ())

    @on(Button.Pressed, "#sheet-new")
    def _new(self, event: Button.Pressed) -> None:
        event.stop()
        taken = {str(file["name"]) for file in self.state.sheets.files or ()} | {id.removeprefix("sheet:") for id in self.state.drafts}
        self._wanted = next(name for n in range(1, 1000) if (name := f"classeur-{n}.ods") not in taken)
        self._open_one(self._wanted)

    def _open_one(self, name: str) -> None:
        """A draft that does not know of the last save was typed before it: the person says which one is wanted."""
        opened, draft = self.state.sheets.opened.get(name), draft_of(self.state, draft_id(name))
        if draft is None or opened is None or draft.version >= opened.version or draft.typed.get("after") == opened.write_id:
            self._open(name)
            return
        self._wanted = ""

        def chosen(id: str) -> None:
            if id == "saved":
                self._forget_draft(name)
            self._open(name, draft=id == "draft")

        choices = (
            Choice("saved", _("La version enregistrée ({clock})").format(clock=opened.saved_at), "1"),
            Choice("draft", _("Le brouillon de ce poste, commencé avant"), "2"),
        )
        self.ask(ChoiceDialog("sheet", _("Deux versions de {name}").format(name=name), self.state, lambda state: choices, chosen))

    def _forget_draft(self, name: str) -> None:
        self.post_message(DraftChanged("sheet", draft_id(name), 0, None, {"pane": PANE, "contact": ""}))

    def _open(self, name: str, *, draft: bool = True) -> None:
        """The draft when there is one, else the copy; the engine is loaded here, the first time."""
        from scenarios.sheet import SheetError
        from scenarios.sheet.document import Document
        from scenarios.sheet.workbook import Workbook

        self._wanted = ""
        opened, kept = self.state.sheets.opened.get(name), draft_of(self.state, draft_id(name)) if draft else None
        document = (kept.typed.get("document") if kept else None) or (opened.document if opened else None)
        try:
            book = Workbook(Document.model_validate(document), self.today) if document else Workbook.blank(self.today)
        except (SheetError, ValueError) as error:
            self.tell(str(error) if isinstance(error, SheetError) else _("Ce tableur ne peut pas être lu."), "error")
            return
        self.name_of_file, self.book, self.clip, self.filter, self.editing = name, book, None, None, False
        self.version = opened.version if opened else 0
        self.document, self.dirty = document or book.document().compact(), kept is not None
        self._sent = str(kept.typed.get("after") or "") if kept else opened.write_id if opened else ""
        if kept is not None:
            self.tell(_("Votre brouillon est repris."))
        self.grid.show_book(book)
        self.show_part()
        self.show_cell()
        typing = (kept.typed.get("typing") or {}) if kept else {}
        if typing:
            self._resume(typing)
        else:
            take_focus(self.grid)
        self.post_message(Traced("ScreenOpened", screen="sheet", sheet=name))

    def _resume(self, typing: dict[str, Any]) -> None:
        """What was being typed in a cell when the desk was stopped."""
        assert self.book is not None
        sheet = int(typing.get("sheet", 0))
        self.grid.show_book(self.book, sheet if sheet < len(self.book.sheets) else 0)
        self.grid.go(int(typing.get("row", 1)), int(typing.get("column", 1)))
        self._edit(str(typing.get("text", "")))

    # --- the formula bar ----------------------------------------------------------------------------

    def show_cell(self) -> None:
        if self.book is None:
            return
        self.where.update(Text(self.grid.where, "bold"))
        if not self.editing:
            with self.bar.prevent(Input.Changed):
                self.bar.value = self.book.content(self.grid.sheet, *self.grid.cursor)
        self._show_foot()

    def _edit(self, text: str | None = None) -> None:
        assert self.book is not None
        value = self.book.content(self.grid.sheet, *self.grid.cursor) if text is None else text
        self.editing = True
        take_focus(self.bar)
        self.bar.value = value
        self.bar.cursor_position = len(value)

    @on(Input.Changed, "#sheet-bar")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.book is None or event.value != self.bar.value:  # told late: the line says something else by now
            return
        if self.bar.has_focus and not self.editing:  # reached by Tab or a click
            self.editing = event.value != self.book.content(self.grid.sheet, *self.grid.cursor)
        if self.editing:
            row, column = self.grid.cursor
            self._keep_draft({"sheet": self.grid.sheet, "row": row, "column": column, "text": event.value})

    @on(Input.Submitted, "#sheet-bar")
    def _submitted(self, event: Input.Submitted) -> None:
        self._commit(1)

    def action_commit(self, by: int) -> None:
        if self.bar.has_focus:
            self._commit(by)

    def _enter(self) -> bool:
        """What is typed goes in its cell; refused, it stays in the line."""
        if self.book is None or not self.change(lambda book: book.enter(self.grid.sheet, *self.grid.cursor, self.bar.value)):
            return False
        self.editing = False
        self.show_cell()
        return True

    def _commit(self, down: int, right: int = 0) -> None:
        if self._enter():
            take_focus(self.grid)
            self.grid.action_move(down, right)

    def _take_key(self, event: events.Key) -> bool:
        """A key that came to the cells: it begins to type in one, or goes on, however busy the machine is."""
        if self.book is None:
            return False
        if not self.editing:
            if not event.is_printable or not event.character or event.character == "/":
                return False
            self._edit(event.character)
            return True
        if event.is_printable and event.character:
            self.bar.insert_text_at_cursor(event.character)
        elif event.key in ("enter", "down", "up"):
            self._commit(-1 if event.key == "up" else 1)
        elif event.key == "backspace":
            self.bar.action_delete_left()
        elif event.key == "escape":
            self.action_leave_bar()
        return True

    def _back_in_cells(self) -> None:
        """By Tab or a click, a cell being typed in: as spreadsheets do, what is typed goes in."""
        if self.editing and not self._enter():
            take_focus(self.bar)

    def action_leave_bar(self) -> None:
        """Give up what is being typed in the cell."""
        if (self.bar.has_focus or self.editing) and self.book is not None:
            self.editing = False
            self._keep_draft(None)
            take_focus(self.grid)
            self.show_cell()

    # --- changing -----------------------------------------------------------------------------------

    def change(self, change: Any) -> bool:
        """Whether it was done; what is refused is told and has changed nothing."""
        from scenarios.sheet import SheetError

        assert self.book is not None
        try:
            change(self.book)
        except SheetError as error:
            if card_numbers.find(self.bar.value):
                self.post_message(Traced("CardNumberRefused", where="sheet"))
            self.tell(str(error), "warning")
            return False
        self.changed()
        return True

    def changed(self) -> None:
        assert self.book is not None
        self.document, self.dirty = self.book.document().compact(), True
        self._keep_draft(None)
        self.filter_again()
        self.grid.refresh()
        self.show_cell()

    def _keep_draft(self, typing: dict[str, Any] | None) -> None:
        """All of it on the disk of this desk; nothing, when it says no more than what the room has."""
        opened = self.state.sheets.opened.get(self.name_of_file)
        same = opened is not None and opened.document == self.document and not opened.save
        fields = None if same and not typing else {"document": self.document, "after": self._sent, **({"typing": typing} if typing else {})}
        self.dirty = not same
        self.post_message(DraftChanged("sheet", draft_id(self.name_of_file), self.version, fields, {"pane": PANE, "contact": ""}))

    def save(self) -> None:
        """With what is being typed in the cell."""
        if self.book is None:
            self.tell(_("Ouvrez d'abord un tableur."), "warning")
            return
        if self.editing and not self._enter():
            return
        opened = self.state.sheets.opened.get(self.name_of_file)
        if opened is not None and opened.save == "saving":
            self.tell(_("Enregistrement déjà en cours."))
        elif not self.dirty:
            self.tell(_("Rien de nouveau à enregistrer."))
        else:
            self._sent = new_id()
            sent = {"version": self.version, "document": self.document, "write_id": self._sent}
            self.post_message(SheetAsked("save", self.name_of_file, **sent))

    def tell(self, text: str, tone: str = "info") -> None:
        self.post_message(Told(text, tone))

    # --- filtering ----------------------------------------------------------------------------------

    def filter_again(self) -> None:
        if self.book is None or self.filter is None:
            self.grid.show_rows(None)
            return
        table = commands.table_around(self.book, self.grid.sheet, self.filter.table.area.top)
        if table is None:
            self.filter = None
            self.grid.show_rows(None)
            return
        self.filter = commands.Filter(table, self.filter.wanted)
        last = self.book.extent(self.grid.sheet)[0] + 1  # an empty row to go on in
        self.grid.show_rows(self.filter.rows(self.book, self.grid.sheet, last), frozenset(self.filter.wanted))

    # --- the lines under the cells ------------------------------------------------------------------

    def _show_foot(self) -> None:
        if self.book is None:
            return
        tabs = Text(no_wrap=True, overflow="ellipsis")
        tabs.append(saving_words(self.state.sheets.opened.get(self.name_of_file), dirty=self.dirty)).append(" ")
        for at, name in enumerate(self.book.sheets):
            tabs.append(f" {plain(name).plain} ", "bold reverse" if at == self.grid.sheet else "dim")
        tabs.append("  " + plain(self.name_of_file).plain, "dim")
        self.tabs.update(tabs)
        self.foot.update(Text(hint_words(self.book, self.grid, self.filter, typing=self.editing), no_wrap=True, overflow="ellipsis"))

    @on(SheetGrid.Moved)
    def _moved(self, event: SheetGrid.Moved) -> None:
        event.stop()
        self.show_cell()

    # --- what the grid and the menu ask -------------------------------------------------------------

    @on(SheetGrid.Asked)
    def _asked(self, event: SheetGrid.Asked) -> None:
        event.stop()
        if self.book is None:
            return
        if event.what == "menu":
            open_menu(self)
        elif event.what == "edit":
            self._edit()
        elif event.what == "paste_text":
            self._paste_text(event.text)
        else:
            self.perform(event.what)

    def _paste_text(self, text: str) -> None:
        from scenarios.sheet import moves

        self.change(lambda book: moves.paste_text(book, self.grid.sheet, *self.grid.cursor, text))

    def ask(self, dialog: Any) -> None:
        self.app.push_screen(dialog)

    def perform(self, id: str) -> None:
        """One command of the menu, or of a key of the grid."""
        if self.book is None:
            return
        if id in OVER_ROWS and self._touches_hidden_rows(id):
            self.tell(_("Des lignes cachées par le filtre seraient touchées : / puis a pour tout afficher d'abord."), "warning")
        else:
            SHEET_ACTIONS[id](self)

    def _touches_hidden_rows(self, id: str) -> bool:
        if self.filter is None:
            return False
        area = self.grid.area
        bottom = area.top + len(self.clip.rows) - 1 if id == "paste" and self.clip is not None else area.bottom
        return bottom - area.top + 1 > sum(area.top <= row <= bottom for row in self.grid.shown_rows)
