"""A pane that makes one record step by step: what is asked for, its summary, how it is paid, what confirms it (c6)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import ContentSwitcher

from workstation.desk.state import DeskState, Record
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.messages import DraftChanged, SaveAsked
from workstation.ui.screens.holding_pane import HoldingPane
from workstation.ui.screens.record_pane import ContactLine, identification_of_call
from workstation.ui.screens.sectioned_pane import SectionedPane
from workstation.ui.widgets.record_drafts import drafts_at, find_record, records
from workstation.ui.widgets.record_form import RecordForm
from workstation.ui.widgets.record_table import Column, RecordTable, Row
from workstation.ui.widgets.section_bar import Section, SectionBar
from workstation.ui.widgets.static import Static

NEW = "new"
BESIDE = 110  # cells from which the receipt stands beside the step


class Made(Protocol):
    """What is being made, as people change it: a frozen value."""

    @property
    def empty(self) -> bool:
        """Nothing was asked for yet."""
        ...

    def fields(self) -> dict[str, Any]:
        """The record's fields, as the API's JSON."""
        ...

    def draft(self) -> dict[str, Any]:
        """`fields`, and what only this desk keeps."""
        ...


class Step(Protocol):
    """One step: a widget whose id is the step's key."""

    def paint(self, state: DeskState) -> None: ...

    def focus_first(self) -> None: ...


M = TypeVar("M", bound=Made)


class MakingPane(HoldingPane, SectionedPane, Generic[M]):
    """`made` is the record as shown; the steps show it and ask for changes through `change`."""

    kind: ClassVar[str] = ""
    STEPS: ClassVar[tuple[tuple[str, str, str], ...]] = ()  # key, word, short word; the first lists the records there are
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.made = self.made_of({})
        self.line = ContactLine()
        self.bar = SectionBar([Section(k, _(w), _(s)) for k, w, s in self.STEPS], keys="Alt+→", id=f"{self.kind}-steps")
        self.list = RecordTable(columns)
        self.receipt = Static("", classes="receipt", markup=False)

    # --- what each desk says of its own

    def made_of(self, fields: Record) -> M:
        """Of a record, or of the fields of a draft; parts that make no sense are left out."""
        raise NotImplementedError

    @property
    def steps(self) -> dict[str, Any]:
        """The steps after the list, by key; each a widget and a Step."""
        raise NotImplementedError

    def rows(self, state: DeskState) -> list[Row]:
        """Of the list: the records there are, after the one that begins another."""
        raise NotImplementedError

    def done(self, step: str) -> bool:
        raise NotImplementedError

    def receipt_words(self) -> Text:
        """The whole of it, as it would be read to the customer."""
        raise NotImplementedError

    def foot_words(self) -> str:
        """The whole of it on one line."""
        raise NotImplementedError

    def to_pay(self) -> int:
        """Cents that a payment link would ask for now."""
        raise NotImplementedError

    def words(self, what: str) -> str:
        """What this desk calls things: `list` (above the list), `changed` (a conflict), `unsaved` (nothing to pay or confirm yet),
        `unconfirmed` (no reference yet)."""
        raise NotImplementedError

    # --- painting

    def compose(self) -> ComposeResult:
        yield self.line
        yield self.bar
        with Horizontal(classes="body"):
            with ContentSwitcher(initial=self.STEPS[0][0]):
                with Vertical(id=self.STEPS[0][0]):
                    yield Static(self.words("list"), classes="note", markup=False)
                    yield self.list
                yield from self.steps.values()
            yield self.receipt
        yield self.foot

    def paint(self, state: DeskState) -> None:
        if state.contact_id != self._contact_id:
            self._contact_id = state.contact_id
            self._take_up(state)
        self._follow(state)
        self.line.show(state)
        self.bar.set_sections([Section(k, _(w), _(s), " ✓" if self.done(k) else "") for k, w, s in self.STEPS])
        self.list.set_rows([Row(NEW, (_("+ nouvelle"), "", "", "")), *self.rows(state)] if state.contact_id else [])
        for step in self.steps.values():
            step.paint(state)
        self._paint_receipt()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= BESIDE, "-beside")
        for step in self.steps.values():
            step.paint(self.state)
        self._paint_receipt()

    def _paint_receipt(self) -> None:
        beside = self.size.width >= BESIDE
        self.receipt.display = beside
        if beside:
            self.receipt.update(self.receipt_words())
        conflict = self._conflict is not None
        words = self.words("changed") if conflict else self.foot_words()
        self.foot.show(self.state, self.record_id, self.edited, words, conflict)

    # --- following the state

    def _take_up(self, state: DeskState) -> None:
        """What this contact was being served: its draft, else the one in progress, else a new one."""
        draft = next((d for d in drafts_at(state, pane=self.pane_id, contact=state.contact_id) if d.kind == self.kind), None)
        if draft is not None:
            known = find_record(state, self.kind, draft.record_id)
            self.begin(state, known or {"id": draft.record_id, "version": 0}, self.made_of(draft.typed))
            return
        open_one = next((o for o in records(state, self.kind) if o.get("status") == "brouillon"), None)
        self.begin(state, open_one or {"id": str(uuid.uuid4()), "version": 0})

    def begin(self, state: DeskState, record: Record, made: M | None = None) -> None:
        self.record, self._sent, self._conflict = record, {}, None
        self._settled = state.saves.get(str(record["id"]))
        self.made = made or self.made_of(record)

    def _follow(self, state: DeskState) -> None:
        """What the server said of it since; what was changed here since stays."""
        if not self.record:
            return
        view, fresh = state.saves.get(self.record_id), find_record(state, self.kind, self.record_id)
        edited = self.edited
        if view is not None and view is not self._settled:
            self._settled = view
            if view.state == "saved":
                self.record = {**self.record, **self._sent, "version": self.version + 1, **(fresh or {})}
                edited = self.made_of(self.record).fields() != self.made.fields()
                self._sent = {}
                self.keep_draft()
            elif view.state == "conflict" and view.current is not None:
                self._conflict = view.current
        if fresh is not None and fresh != self.record and int(fresh.get("version") or 0) >= self.version:
            names = self.made.fields()
            theirs_changed = any(fresh.get(n) != self.record.get(n) and fresh.get(n) != self._sent.get(n, ...) for n in names)
            if edited and theirs_changed and self.version:
                self._conflict = fresh
            else:
                self.record = {**self.record, **fresh}
        if not edited and self._conflict is None:
            self.made = self.made_of(self.record) if self.version else self.made

    # --- the record

    @property
    def edited(self) -> bool:
        """Whether what is shown differs from what was last confirmed."""
        before = self.made_of(self.record).fields()
        return before != self.made.fields() and (bool(self.version) or not self.made.empty)

    @property
    def confirmed(self) -> bool:
        """Whether the amounts of the record are of what is shown."""
        return bool(self.version) and not self.edited

    @property
    def identified(self) -> bool:
        found = identification_of_call(self.state)
        return found is not None and found.get("outcome") == "vérifié"

    def links(self) -> list[Record]:
        """Secure links sent for it."""
        return [link for link in records(self.state, "payment_link") if link.get(f"{self.kind}_id") == self.record_id]

    def change(self, made: M) -> None:
        """It becomes this; kept as a draft at once."""
        if made != self.made and self._contact_id:
            self.made = made
            self.keep_draft()
            self.paint(self.state)

    def keep_draft(self) -> None:
        where = {"pane": self.pane_id, "contact": self._contact_id}
        self.post_message(DraftChanged(self.kind, self.record_id, self.version, self.made.draft() if self.edited else None, where))

    def save(self, status: str = "") -> None:
        """Save it as it is shown; `status` changes it too (« validée »)."""
        view = self.state.saves.get(self.record_id)
        if not self._contact_id or self._conflict is not None or (view is not None and view.state == "pending"):
            return
        fields = self.made.fields()
        if self.version:
            before = self.made_of(self.record).fields()
            fields = {n: v for n, v in fields.items() if v != before[n]}
        else:
            fields["contact_id"] = self._contact_id
        if status and status != self.record.get("status"):
            fields["status"] = status
        if fields:
            self._sent = fields
            self.post_message(SaveAsked(self.kind, self.record_id, self.version, fields))

    def action_save(self) -> None:
        """What is typed in a form of a step is what one saves there."""
        form = next((f for f in self.query(RecordForm) if f.has_focus_within), None)
        if form is not None:
            form.save()
        else:
            self.save()

    # --- moving about

    def opened(self, state: DeskState) -> None:
        super().opened(state)
        self._focus_step()

    @on(SectionBar.Chosen)
    def _step_chosen(self, event: SectionBar.Chosen) -> None:
        event.stop()
        from_bar = self.bar.has_focus
        self.query_one(ContentSwitcher).current = event.key
        self._paint_receipt()
        if not from_bar:
            self._focus_step()

    def _focus_step(self) -> None:
        step = self.steps.get(self.bar.key)
        if step is None:
            take_focus(self.list)
        else:
            step.focus_first()

    def next_step(self, record: Record) -> str:
        """Where one goes on with a record of the list."""
        raise NotImplementedError

    @on(RecordTable.Opened)
    def _row_opened(self, event: RecordTable.Opened) -> None:
        if event.table is not self.list:
            return
        event.stop()
        if event.key == NEW:
            self.begin(self.state, {"id": str(uuid.uuid4()), "version": 0})
            self.go(self.STEPS[1][0])
        else:
            record = find_record(self.state, self.kind, event.key)
            if record is not None:
                draft = next((d for d in drafts_at(self.state, pane=self.pane_id) if d.record_id == event.key), None)
                self.begin(self.state, record, self.made_of(draft.typed) if draft else None)
                self.go(self.next_step(record))
        self.paint(self.state)
