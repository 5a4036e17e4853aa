"""A field of a form: its word, the editor its type asks for, and what is wrong with it, beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, TextArea

from crm_mock.rules import card_numbers
from workstation.i18n import _
from workstation.ui.messages import Traced
from workstation.ui.record_words import value_word
from workstation.ui.widgets.check_list import CheckList
from workstation.ui.widgets.fields import FieldSpec
from workstation.ui.widgets.picker import Option, Picker, options_of
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_input import DateInput, MoneyInput, ValueInput, count_input, point_input, text_input
from workstation.ui.widgets.value_text import Unreadable, day, money, phone, plain_line, plain_lines

Typed = str | list[str]  # what the editor holds, readable or not: what a draft keeps

FLAG: tuple[Option, ...] = (("non", "non"), ("oui", "oui"))


class FieldBox(Vertical):
    """`Edited` is posted for what a person typed or chose, never for what the program showed."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    class Edited(Message):
        def __init__(self, box: FieldBox) -> None:
            super().__init__()
            self.box = box

    def __init__(self, spec: FieldSpec, today: Callable[[], dt.date]) -> None:
        super().__init__(classes="wide" if spec.wide else "")
        self.spec = spec
        self._shown: Typed = ""
        self._on_the_way = False
        self.editor = self._editor(today)
        self._message = Static("", classes="complaint", markup=False)
        self._message.display = False

    def _editor(self, today: Callable[[], dt.date]) -> Widget:
        spec = self.spec
        match spec.typing:
            case "choice":
                return Picker(options_of(spec.choices))
            case "flag":
                return Picker(tuple((v, _(w)) for v, w in FLAG))
            case "link":
                return Picker((("", "—"),))
            case "choices":
                return CheckList(options_of(spec.choices))
            case "links":
                return CheckList()
            case "date":
                return DateInput(today)
            case "money":
                return MoneyInput()
            case "count":
                return count_input()
            case "point":
                return point_input()
            case "lines":
                area = TextArea(compact=True, show_line_numbers=False, tab_behavior="focus", soft_wrap=True)
                area.styles.height = 3
                return area
            case _:
                return text_input(spec.limit)

    def compose(self) -> ComposeResult:
        with Horizontal(classes="line"):
            mark = " *" if self.spec.required else ""
            yield Static(Text(self.spec.word + mark, no_wrap=True, overflow="ellipsis"), classes="word")
            yield self.editor
        yield self._message

    # --- what the program shows

    def show(self, value: Any) -> None:
        """Show a value of the record."""
        editor = self.editor
        if isinstance(editor, ValueInput):
            editor.show(value)
        elif isinstance(editor, TextArea):
            text = plain_lines(value or "")
            if plain_lines(editor.text).strip() != text.strip():  # blanks around it are not kept: the cursor stays where it is
                editor.load_text(text)
        elif isinstance(editor, CheckList):
            editor.set_value([str(v) for v in value or ()])
        elif isinstance(editor, Picker):
            editor.set_value(("oui" if value else "non") if self.spec.typing == "flag" else str(value or ""))
        self._shown = self.typed
        self._on_the_way = False

    def restore(self, typed: Any) -> None:
        """Put back what had been typed (a draft), readable or not."""
        editor = self.editor
        if isinstance(editor, ValueInput):
            editor.value = typed if isinstance(typed, str) else ""
            if not isinstance(typed, str):
                editor.show(typed)
        elif isinstance(editor, TextArea):
            editor.load_text(str(typed))
        elif isinstance(editor, CheckList):
            editor.set_value(list(typed) if isinstance(typed, list | tuple) else [])
        elif isinstance(editor, Picker):
            editor.set_value(str(typed))
        self._shown = self.typed
        self._on_the_way = False

    def set_options(self, options: Sequence[Option]) -> None:
        if isinstance(self.editor, Picker):
            self.editor.set_options((("", "—"), *options) if self.spec.typing == "link" else options)
        elif isinstance(self.editor, CheckList):
            self.editor.set_options(options)

    def complain(self, message: str) -> None:
        """What is wrong, beside the field; "" when nothing is."""
        self._message.update(Text("▲ " + plain_lines(message) if message else ""))
        self._message.display = bool(message)

    @property
    def complaint(self) -> str:
        return str(self._message.content).removeprefix("▲ ") if self._message.display else ""

    def words_of(self, value: Any) -> str:
        """A value of the record as this field would show it, on one line; "—" for none."""
        match self.spec.typing:
            case "money":
                words = money(value)
            case "date":
                words = day(value)
            case "point":
                words = phone(str(value or ""))
            case "choices" | "links":
                words = ", ".join(str(v) for v in value or ())
            case _:
                words = plain_line(value_word(value) if isinstance(value, bool) else value or "")
        return words or "—"

    # --- what a person typed

    @property
    def typed(self) -> Typed:
        editor = self.editor
        if isinstance(editor, ValueInput):
            return editor.value
        if isinstance(editor, TextArea):
            return editor.text
        if isinstance(editor, CheckList):
            return editor.value
        assert isinstance(editor, Picker)
        return editor.value

    def read(self) -> Any:
        """The value for the record. Raises Unreadable."""
        editor = self.editor
        if isinstance(editor, ValueInput):
            value = editor.read()
            return self.spec.empty if value is None else value
        if self.spec.typing == "flag":
            return self.typed == "oui"
        typed = self.typed
        return typed.strip() if isinstance(typed, str) else typed

    def differs_from(self, value: Any) -> bool:
        """Whether what is typed stands for another value than this one of the record."""
        try:
            mine = self.read()
        except Unreadable:
            return True
        theirs = value if value is not None else self.spec.empty
        if isinstance(theirs, tuple):
            theirs = list(theirs)
        if isinstance(theirs, str) and isinstance(mine, str):
            return plain_lines(theirs).strip() != plain_lines(mine).strip()
        return bool(mine != theirs)

    @property
    def being_typed_in(self) -> bool:
        return self.editor.has_focus

    @property
    def untold(self) -> bool:
        """Typed, and its message still on the way."""
        return self._on_the_way or self.typed != self._shown

    def told(self) -> None:
        """Its message has come."""
        self._on_the_way = False

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Picker.Changed)
    @on(CheckList.Changed)
    def _editor_changed(self, event: Message) -> None:
        event.stop()
        if self.typed == self._shown:
            return
        self._mask_cards()
        self._shown, self._on_the_way = self.typed, True
        self.post_message(self.Edited(self))

    def _mask_cards(self) -> None:
        """A card number never stays in a field: it would go to drafts on disk (CNIL 2018-303)."""
        typed = self.typed
        if not isinstance(typed, str) or self.spec.typing in ("link", "choice", "point") or not card_numbers.find(typed):
            return
        masked = card_numbers.mask(typed)
        if isinstance(self.editor, ValueInput):
            self.editor.value = masked
        elif isinstance(self.editor, TextArea):
            self.editor.load_text(masked)
            self.editor.move_cursor(self.editor.document.end)
        self.post_message(Traced("CardNumberRefused", field=self.spec.name))
        self.complain(_("Un numéro de carte ou un cryptogramme ne s'écrit nulle part : masqué"))
