"""Records of some kinds as a list, each opened in the form beside it, or instead of it where the screen is narrow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button

from workstation.desk.state import DeskState, Record
from workstation.i18n import N_, _
from workstation.ui.focus import take_focus
from workstation.ui.messages import DocumentAsked
from workstation.ui.record_line import Summary
from workstation.ui.record_titles import summary, title_of
from workstation.ui.record_words import kind_word
from workstation.ui.widgets.record_drafts import draft_of, drafts_at, find_record, records
from workstation.ui.widgets.record_form import RecordForm
from workstation.ui.widgets.record_subject import Subject
from workstation.ui.widgets.record_table import Column, RecordTable, Row, left_out_words
from workstation.ui.widgets.static import Static

SIDE_BY_SIDE = 110  # cells from which list and form stand beside each other

Begins = Callable[[DeskState, str], dict[str, Any]]  # what a new record of a kind begins with


def _nothing(state: DeskState, kind: str) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Contents:
    """What a list shows. `columns` name parts of a Summary (date, what, text, amount, status); `adds` the kinds one may create."""

    kinds: tuple[str, ...]
    columns: tuple[str, ...] = ("date", "what", "text", "amount", "status")
    adds: tuple[str, ...] = ()
    begins: Begins = _nothing
    keep: Callable[[str, Record], bool] | None = None
    widths: tuple[tuple[str, int], ...] = ()
    note: Callable[[DeskState, str, Record], str] | None = None  # what to add to a record's text
    alone: bool = False  # the only list of its pane: no other section to go to
    by_kind: bool = False  # one kind after the other instead of the latest first


_WORDS = {
    "date": (N_("Date"), 10),
    "what": (N_("Quoi"), 16),
    "text": (N_("Détail"), 0),
    "amount": (N_("Montant"), 11),
    "status": (N_("État"), 16),
}


def _columns(contents: Contents) -> list[Column]:
    widths = dict(contents.widths)
    return [Column(_(_WORDS[name][0]), widths.get(name, _WORDS[name][1]), right=name == "amount") for name in contents.columns]


class RecordList(Vertical):
    """`show` says what to list; Enter opens a row; insert or + creates one of the first kind that can be."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("insert,plus", "add", show=False)]

    def __init__(self, pane_id: str, contents: Contents, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.pane_id = pane_id
        self._contents = contents
        self._contact_id = ""
        self._state = DeskState()
        self.form = RecordForm(pane_id, id=f"{id or 'record'}-form")
        self.table = RecordTable(_columns(contents))

    def compose(self) -> ComposeResult:
        with Horizontal(classes="split"):
            with Vertical(classes="list"):
                yield self.table
                yield Static("", classes="more", markup=False)
                with Horizontal(classes="adds"):
                    for kind in self._contents.adds:
                        yield self._button(kind)
            yield self.form

    def _button(self, kind: str) -> Button:
        return Button(f"+ {kind_word(kind)}", name=kind, compact=True, classes="add")

    async def set_contents(self, contents: Contents) -> None:
        """List other kinds; a form left open is closed, what was typed stays in its draft."""
        if contents == self._contents:
            return
        self._contents = contents
        self.form.close()
        adds = self.query_one(".adds", Horizontal)
        await adds.remove_children()
        await adds.mount(*(self._button(k) for k in contents.adds))
        self.table.set_columns(_columns(contents))
        self._paint()

    def show(self, state: DeskState, contact_id: str) -> None:
        """Paint the records of this contact."""
        self._state = state
        if contact_id != self._contact_id:
            self._contact_id = contact_id
            self.form.close()
        self.form.show_state(state)
        self._paint()

    def _paint(self) -> None:
        state, rows = self._state, []
        for kind in self._contents.kinds:
            found = records(state, kind, self._contact_id)
            known = {str(r["id"]) for r in found}
            for record in found:
                if self._contents.keep is None or self._contents.keep(kind, record):
                    rows.append((kind, str(record["id"]), self._summary(kind, record)))
            for draft in drafts_at(state, pane=self.pane_id, contact=self._contact_id, form=self.form.id or ""):
                if draft.kind == kind and draft.record_id not in known:
                    rows.append((kind, draft.record_id, Summary(what=kind_word(kind), text=_("à créer"), sort="9999")))
        if not self._contents.by_kind:
            rows.sort(key=lambda one: one[2].sort, reverse=True)
        self.table.set_rows([self._row(*one) for one in rows])
        self.query_one(".more", Static).update(self._foot_words())
        self._arrange()

    def _foot_words(self) -> str:
        """What is not shown, or that there is nothing, then the keys of the list."""
        if self.table.left_out:
            return left_out_words(self.table.left_out)
        keys = [_("Entrée ouvre")] if self.table.rows_shown else [_("Rien ici")] if self._contact_id else []
        if self._contents.adds and self._contact_id:
            keys.append(_("+ ajoute"))
        if any(row.number for row in self.table.rows_shown):
            keys.append(_("Alt+N appelle"))
        if self._contact_id and not self._contents.alone:
            keys.append(_("Alt+→ section"))
        return " · ".join(keys)

    def _summary(self, kind: str, record: Record) -> Summary:
        said = summary(kind, record)
        note = self._contents.note(self._state, kind, record) if self._contents.note else ""
        return replace(said, text=" · ".join(part for part in (note, said.text) if part)) if note else said

    def _row(self, kind: str, record_id: str, said: Summary) -> Row:
        if draft_of(self._state, record_id) is not None:
            said = replace(said, status="✎ " + _("brouillon"))
        phone_mark = "☎ " if said.number else ""
        cells = tuple((phone_mark if name == "text" else "") + str(getattr(said, name)) for name in self._contents.columns)
        return Row(f"{kind}:{record_id}", cells, said.number)

    def on_resize(self, event: events.Resize) -> None:
        self._arrange()

    def _arrange(self) -> None:
        editing = self.form.subject is not None
        beside = self.size.width >= SIDE_BY_SIDE
        self.query_one(".list").display = beside or not editing
        self.query_one(".adds").display = bool(self._contents.adds) and bool(self._contact_id)

    # --- what a person does

    @on(RecordTable.Opened)
    async def _row_opened(self, event: RecordTable.Opened) -> None:
        event.stop()
        kind, _colon, record_id = event.key.partition(":")
        if kind == "document":
            self.post_message(DocumentAsked(record_id))
            return
        await self.edit(kind, record_id)

    async def edit(self, kind: str, record_id: str, *, focus: bool = True) -> None:
        """Open this record, or the draft of one not created yet."""
        record = find_record(self._state, kind, record_id)
        if record is not None:
            await self.open(Subject(kind, record, self._contact_id, title=title_of(kind, record)), focus=focus)
            return
        draft = draft_of(self._state, record_id)
        if draft is not None:
            await self.open(Subject.of_draft(draft), focus=focus)

    async def open(self, subject: Subject, *, focus: bool = True) -> None:
        await self.form.open(subject, self._state, focus=focus)
        self._arrange()

    async def add(self, kind: str) -> None:
        """Begin a new record of this kind."""
        if self._contact_id:
            await self.open(Subject.new(kind, self._contact_id, self._contents.begins(self._state, kind)))

    @on(Button.Pressed, ".add")
    async def _add_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        await self.add(str(event.button.name))

    async def action_add(self) -> None:
        if self._contents.adds:
            await self.add(self._contents.adds[0])

    @on(RecordForm.Left)
    def _form_left(self, event: RecordForm.Left) -> None:
        event.stop()
        self.form.close()
        self._paint()
        take_focus(self.table)

    def focus_add(self) -> None:
        """To the first button that creates, or to the list when there is none."""
        button = next(iter(self.query(Button).filter(".add")), None)
        take_focus(button if button is not None and self._contact_id else self.table)
