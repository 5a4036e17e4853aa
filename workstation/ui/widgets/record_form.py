"""The one way to edit a record, whatever its kind."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Button

from workstation.desk.state import DeskState, Record, SaveView
from workstation.i18n import _
from workstation.ui.focus import focus_held, take_focus
from workstation.ui.messages import DraftChanged, SaveAsked
from workstation.ui.pane import Pane
from workstation.ui.record_titles import link_options
from workstation.ui.widgets import value_text
from workstation.ui.widgets.check_list import CheckList
from workstation.ui.widgets.field_box import FieldBox
from workstation.ui.widgets.fields import FieldSpec, complaints, field_specs
from workstation.ui.widgets.picker import Option, Picker, options_of
from workstation.ui.widgets.record_drafts import draft_of, find_record, scenario_today
from workstation.ui.widgets.record_subject import Subject, in_lines
from workstation.ui.widgets.save_words import NOT_SAVED, save_words
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import Unreadable

TWO_COLUMNS = 70  # cells from which short fields stand two a line


class RecordForm(Vertical):
    """Edits one record at a time; `open` puts it in, `show_state` follows what the server says of it.

    A field a person touched, or is in, is never repainted by the program; a field nobody touched follows the record.
    """

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    class Left(Message):
        """The person went out of the form; what was typed stays in the draft."""

        def __init__(self, form: RecordForm) -> None:
            super().__init__()
            self.form = form

        @property
        def control(self) -> RecordForm:
            return self.form

    class SaveSent(Message):
        """A save was asked for; `fields` are those sent, `created` tells a creation."""

        def __init__(self, form: RecordForm, fields: dict[str, Any], created: bool) -> None:
            super().__init__()
            self.form, self.fields, self.created = form, fields, created

        @property
        def control(self) -> RecordForm:
            return self.form

    class Confirmed(Message):
        """The server has what was sent."""

        def __init__(self, form: RecordForm) -> None:
            super().__init__()
            self.form = form

        @property
        def control(self) -> RecordForm:
            return self.form

    def __init__(self, pane_id: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.pane_id = pane_id
        self.subject: Subject | None = None
        self._boxes: dict[str, FieldBox] = {}
        self._turn, self._one_at_a_time = 0, asyncio.Lock()
        self._touched: set[str] = set()
        self._sent: dict[str, Any] = {}
        self._again = False
        self._asked = False  # a save whose answer has not come; the state tells of it a moment later
        self._hint_text, self._reason = Text(""), ""
        self._conflict: Record | None = None
        self._settled: SaveView | None = None  # a save's answer already shown on the fields
        self._state = DeskState()
        self._drafted: dict[str, Any] | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(classes="head"):
            yield Static("", classes="title", markup=False)
            yield Static("", classes="saved", markup=False)
        yield Static("", classes="reason", markup=False)
        yield VerticalScroll(classes="boxes", can_focus=False)
        yield Static("", classes="hint", markup=False)
        with Horizontal(classes="conflict"):
            yield Button(_("Garder ma saisie"), id="keep-mine", compact=True)
            yield Button(_("Prendre la valeur enregistrée"), id="take-theirs", compact=True)

    def on_mount(self) -> None:
        self.query_one(".conflict").display = False
        self.display = False

    # --- opening

    async def open(self, subject: Subject, state: DeskState, *, focus: bool = True) -> None:
        """Show this record with its draft, if there is one. The last one asked for, or `close`, wins over those before."""
        self._turn += 1
        turn = self._turn
        async with self._one_at_a_time:
            self._keep_last_keys()
            specs = self.specs_of(subject)
            if tuple(box.spec for box in self._boxes.values()) != specs:
                self.subject = None  # nothing is followed while the fields change
                boxes = self.query_one(".boxes", VerticalScroll)
                with self._focus_while_changing(boxes, focus):
                    await boxes.remove_children()
                    self._boxes = {s.name: self.make_box(s) for s in specs}
                    await boxes.mount(*in_lines(list(self._boxes.values())))
            if turn == self._turn:
                self._fill(replace(subject, record=subject.whole(specs)), state)
                if focus or self.screen.focused in self.ancestors:
                    self.focus_first()

    def _focus_while_changing(self, boxes: VerticalScroll, coming: bool) -> contextlib.AbstractContextManager[object]:
        """The pane's, where a field has it or is to have it."""
        held, pane = self.screen.focused, next((node for node in self.ancestors if isinstance(node, Pane)), None)
        here = coming or (held is not None and boxes in held.ancestors)
        return focus_held(pane) if here and pane is not None else contextlib.nullcontext()

    def specs_of(self, subject: Subject) -> tuple[FieldSpec, ...]:
        """The fields shown; a desk whose form has fields of its own adds them here."""
        return field_specs(subject.kind, subject.names)

    def make_box(self, spec: FieldSpec) -> FieldBox:
        return FieldBox(spec, self._today)

    def _fill(self, subject: Subject, state: DeskState) -> None:
        self._state, self._sent, self._conflict, self._again, self._asked = state, {}, None, False, False
        self._touched.clear()
        self.subject = subject
        view = state.saves.get(self.record_id)
        self._settled = view if view is not None and view.state in ("saved", "pending") else None
        for box in self._boxes.values():
            if box.spec.typing in ("choice", "choices", "link", "links"):
                box.set_options(self._options(box.spec) or options_of(box.spec.choices))
            box.show(subject.record.get(box.spec.name))
            box.complain("")
        self._restore_draft()
        self.display = True
        self.query_one(".conflict").display = False
        self.show_state(state)
        self.query_one(".boxes").scroll_home(animate=False)

    def title_words(self) -> str:
        """What is edited; a desk whose record is known by something else says it here."""
        assert self.subject is not None
        return self.subject.title_words(self._boxes)

    def _options(self, spec: FieldSpec) -> Sequence[Option]:
        assert self.subject is not None
        if spec.name in self.subject.options:
            return self.subject.options[spec.name]
        return link_options(self._state, spec.linked, self.subject.contact_id) if spec.linked else ()

    def _today(self) -> dt.date:
        return scenario_today(self._state)

    def _restore_draft(self) -> None:
        draft = draft_of(self._state, self.record_id)
        self._drafted = dict(draft.typed) if draft else None
        for name, typed in (draft.typed if draft else {}).items():
            if box := self._boxes.get(name):
                box.restore(typed)
                self._touched.add(name)

    def close(self) -> None:
        self._turn += 1
        self._keep_last_keys()
        self.subject = None
        self._touched.clear()
        self.display = False

    def give_to(self, contact_id: str) -> None:
        """A new record typed before any file was open becomes this contact's."""
        if self.subject is not None and not self.version:
            owned = {**self.subject.record, "contact_id": contact_id}
            self.subject = replace(self.subject, record=owned, contact_id=contact_id)
            self._drafted = {}
            self._keep_draft()

    def focus_first(self) -> None:
        """Into the first field in error, else the first field; at once, so that the next letter typed is in it."""
        boxes = list(self._boxes.values())
        wrong = next((b for b in boxes if b.complaint), None)
        if boxes:
            take_focus((wrong or boxes[0]).editor)

    # --- what is known of the record

    @property
    def record_id(self) -> str:
        return str(self.subject.record["id"]) if self.subject else ""

    @property
    def version(self) -> int:
        return int(self.subject.record.get("version") or 0) if self.subject else 0

    @property
    def edited(self) -> set[str]:
        """Names of the fields whose typed value is not the confirmed one."""
        if self.subject is None:
            return set()
        return {n for n in self._touched if n in self._boxes and self._boxes[n].differs_from(self.subject.record.get(n))}

    def box(self, name: str) -> FieldBox:
        return self._boxes[name]

    def put(self, name: str, value: Any) -> None:
        """Fill a field as if it had been typed (a computed proposal); a field being typed in is left alone."""
        box = self._boxes[name]
        if not box.being_typed_in:
            box.show(value)
            self._touched.add(name)
            self._keep_draft()
            self._paint()

    # --- saving

    def save(self) -> bool:
        """Ask for what was typed to be saved; False when something is wrong, shown beside its field."""
        if self.subject is None:
            return False
        self._keep_last_keys()
        if self._conflict is not None:
            take_focus(self.query_one("#keep-mine", Button))
            return False
        view = self._state.saves.get(self.record_id)
        if self._asked or (view is not None and view.state == "pending"):
            self._again = True  # one save of a record at a time: the next would not know its version
            return True
        fields, wrong = self._read()
        if not wrong:
            wrong = self._check(fields)
        for name, box in self._boxes.items():
            box.complain(wrong.get(name, ""))
        if wrong:
            self.focus_first()
            self._paint(reason=_("À corriger : {fields}").format(fields=", ".join(self._words(wrong))))
            return False
        if self.version and not fields:
            self._paint(_("Rien à enregistrer"))
            return True
        self._sent, self._asked = {**self._sent, **fields}, True
        self._ask(SaveAsked(self.subject.kind, self.record_id, self.version, fields))
        self._ask(self.SaveSent(self, fields, self.version == 0))
        return True

    def _words(self, names: Mapping[str, str]) -> list[str]:
        return [self._boxes[n].spec.word if n in self._boxes else n for n in names]

    def _read(self) -> tuple[dict[str, Any], dict[str, str]]:
        """The fields to send (all that are set, for a creation) and what cannot be read."""
        assert self.subject is not None
        names = self.edited if self.version else set(self._boxes)
        fields: dict[str, Any] = {}
        wrong: dict[str, str] = {}
        for name, box in self._boxes.items():
            if name not in names:
                continue
            try:
                fields[name] = box.read()
            except Unreadable as error:
                wrong[name] = str(error)
                continue
            if (box.spec.required or name in self.subject.needed) and fields[name] in ("", None):
                wrong[name] = _("À remplir")
        if not self.version:
            begins = {k: v for k, v in self.subject.record.items() if k not in ("id", "version")}
            fields = {**begins, **fields}
        return fields, wrong

    def _check(self, fields: dict[str, Any]) -> dict[str, str]:
        """What is wrong in them; a desk whose form asks for more says it here."""
        assert self.subject is not None
        return complaints(self.subject.kind, {**self.subject.record, **fields})

    def _ask(self, message: Message) -> None:
        """Post in our own name: Textual ends the rise of a message at its sender, which may be the pane that called us."""
        self.post_message(message.set_sender(self))

    # --- drafts

    def _keep_last_keys(self) -> None:
        """What was typed and not told yet, before the fields show something else."""
        last = {n for n, box in self._boxes.items() if box.untold} if self.subject is not None else set()
        if last:
            self._touched |= last
            self._keep_draft()

    @on(FieldBox.Edited)
    def _field_edited(self, event: FieldBox.Edited) -> None:
        event.box.told()
        if self.subject is None:
            return
        name = event.box.spec.name
        self._touched.add(name)
        if not str(event.box.complaint).startswith(_("Un numéro de carte")):
            event.box.complain("")
        self._keep_draft()
        self._paint()
        self._hint(event.box)

    def _keep_draft(self) -> None:
        """A new record's draft holds all of it, what it begins with too: after a restart it is found again from the draft alone."""
        assert self.subject is not None
        edited = self.edited
        kept: dict[str, Any] | None = {n: self._boxes[n].typed for n in sorted(edited)} or None
        if kept and not self.version:
            begins = {k: v for k, v in self.subject.record.items() if k not in self._boxes and k not in ("id", "version")}
            kept = {**begins, **{n: box.typed for n, box in self._boxes.items()}}
        if kept == self._drafted:
            return
        self._drafted = kept
        where = {"pane": self.pane_id, "contact": self.subject.contact_id, "form": self.id or ""}
        self._ask(DraftChanged(self.subject.kind, self.record_id, self.version, kept, where))

    # --- following the state

    def show_state(self, state: DeskState) -> None:
        self._state = state
        if self.subject is None:
            return
        for box in self._boxes.values():
            if box.spec.linked or box.spec.name in self.subject.options:
                box.set_options(self._options(box.spec))
        view = state.saves.get(self.record_id)
        if view is not None and view is not self._settled:  # two answers of the same second say the same
            self._follow_save(view)
        fresh = find_record(state, self.subject.kind, self.record_id)
        if fresh is not None and self._conflict is None and int(fresh.get("version") or 0) >= self.version:
            self._follow_record(fresh)
        self._paint()

    def _follow_save(self, view: SaveView) -> None:
        assert self.subject is not None
        self._settled, self._asked = view, self._asked and view.state == "pending"
        if view.state == "saved":
            known = find_record(self._state, self.subject.kind, self.record_id) or {"version": self.version + 1}
            self.subject = replace(self.subject, record={**self.subject.record, **self._sent, **known})
            self._sent = {}
            self._touched = self.edited
            self._keep_draft_after_save()
            if self._again and self._touched:
                self.call_later(self.save)
            self._again = False
            self._ask(self.Confirmed(self))
        elif view.state == "conflict" and view.current is not None:
            self._show_conflict(view.current)
        elif view.state == "failed":
            for name, message in view.fields.items():
                if box := self._boxes.get(name.partition(".")[0]):
                    box.complain(message)

    def _keep_draft_after_save(self) -> None:
        """What was typed while the save was on its way is still a draft; else the draft is dropped."""
        self._drafted = {}
        self._keep_draft()

    def _follow_record(self, fresh: Record) -> None:
        assert self.subject is not None
        before = self.subject.record
        if fresh == before:
            return
        edited = self.edited
        clash = {
            n
            for n in edited
            if fresh.get(n) != before.get(n) and self._boxes[n].differs_from(fresh.get(n)) and fresh.get(n) != self._sent.get(n, ...)
        }
        if clash and self.version:
            self._show_conflict(fresh)
            return
        self.subject = replace(self.subject, record={**before, **fresh})
        for name, box in self._boxes.items():
            if name not in edited and not box.being_typed_in and not box.untold:
                box.show(fresh.get(name))

    @on(events.DescendantBlur)
    def _repaint_left_field(self, event: events.DescendantBlur) -> None:
        if self.subject is None:
            return
        self._keep_last_keys()  # typed and left at once: what was typed is told after the field was left
        for name, box in self._boxes.items():
            if box.editor is event.widget and name not in self.edited:
                box.show(self.subject.record.get(name))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        for box in self._boxes.values():
            if box.editor is event.widget:
                self._hint(box)

    def _hint(self, box: FieldBox) -> None:
        editor, hint = box.editor, Text("")
        if isinstance(editor, Picker) and len(editor.options) > 1:
            hint = editor.hint()
        elif isinstance(editor, CheckList):
            hint = editor.hint()
        self._hint_text = hint
        self._paint_line()

    def _paint_line(self) -> None:
        """What went wrong, under the title; the choices of the field one is in, at the foot, where they move nothing."""
        reason, hint = self.query_one(".reason", Static), self.query_one(".hint", Static)
        reason.update(Text(self._reason))
        reason.display = bool(self._reason)
        hint.update(self._hint_text)

    # --- conflicts

    def _show_conflict(self, current: Record) -> None:
        assert self.subject is not None
        self._conflict = current
        for name in self.edited:
            box = self._boxes[name]
            if box.differs_from(current.get(name)):
                box.complain(_("Enregistré entre-temps : {value}").format(value=box.words_of(current.get(name))))
        bar = self.query_one(".conflict")
        bar.display = True

    @on(Button.Pressed, "#keep-mine")
    def _keep_mine(self, event: Button.Pressed) -> None:
        event.stop()
        if self._end_conflict():
            self.save()

    @on(Button.Pressed, "#take-theirs")
    def _take_theirs(self, event: Button.Pressed) -> None:
        event.stop()
        if not self._end_conflict() or self.subject is None:
            return
        self._touched.clear()
        for name, box in self._boxes.items():
            box.show(self.subject.record.get(name))
        self._keep_draft_after_save()
        self._paint(_("Valeur enregistrée reprise"))
        self.focus_first()

    def _end_conflict(self) -> bool:
        if self._conflict is None or self.subject is None:
            return False
        self.subject = replace(self.subject, record={**self.subject.record, **self._conflict})
        self._conflict = None
        for box in self._boxes.values():
            box.complain("")
            if box.spec.name not in self._touched:
                box.show(self.subject.record.get(box.spec.name))
        self.query_one(".conflict").display = False
        return True

    # --- painting

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < TWO_COLUMNS, "-single")

    def _paint(self, instead: str = "", reason: str = "") -> None:
        view = self._state.saves.get(self.record_id)
        words, tone, why = save_words(view, bool(self.edited))
        if self._conflict is not None:
            words, tone, why = NOT_SAVED, "bad", _("Modifié entre-temps : choisissez la valeur à garder")
        elif reason:
            words, tone, why = NOT_SAVED, "bad", reason
        if self.subject is not None:
            self.query_one(".title", Static).update(Text(self.title_words(), style="bold"))
        line = self.query_one(".saved", Static)
        line.set_classes(f"saved {tone}")
        line.update(Text(value_text.plain_line(instead or _(words))))
        self._reason = value_text.plain_line(why)
        self._paint_line()

    @property
    def saved_words(self) -> str:
        """What the form says of its save, with the reason when it failed."""
        said = str(self.query_one(".saved", Static).content)
        return f"{said} – {self._reason}" if self._reason else said

    def action_leave(self) -> None:
        self.post_message(self.Left(self))
