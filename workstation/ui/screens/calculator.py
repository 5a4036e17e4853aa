"""The calculator: a line to type in, what it gives, what was calculated before; as a page, or a small dialog over any pane."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, Input, TextArea

from workstation.desk.calculation import Calculation, CannotCalculate, as_typed, calculate, written
from workstation.desk.state import DeskState
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.plain_text import plain
from workstation.ui.screens.dialog import Dialog
from workstation.ui.widgets.choice_list import Choice, ChoiceList
from workstation.ui.widgets.static import Static

KEPT = 30

Field = Input | TextArea


class History:
    """What was calculated at this desk since it started, newest first; the page and the dialog share it."""

    def __init__(self) -> None:
        self.lines: list[Calculation] = []

    @property
    def last(self) -> Decimal | None:
        return self.lines[0].result if self.lines else None

    def add(self, line: Calculation) -> None:
        self.lines = [line, *(other for other in self.lines if other != line)][:KEPT]


HISTORY = History()


class Calculator(Vertical):
    """`Wanted` when a result is wanted elsewhere: a second Enter, or a button."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    class Wanted(Message):
        def __init__(self, text: str, how: str) -> None:
            """`text` is the result as one would type it; `how`: insert or copy."""
            super().__init__()
            self.text, self.how = text, how

    def __init__(self, history: History = HISTORY, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._history = history
        self.line = Input(placeholder=_("12,50 × 3 + 20 %   ·   100 ttc   ·   120 ht 5,5"), compact=True, max_length=200)
        self.result = Static("", classes="calc-result", markup=False)
        self.list = ChoiceList()
        self._shown = ""  # the line whose result is shown

    def compose(self) -> ComposeResult:
        yield self.line
        yield self.result
        with Horizontal(classes="calc-buttons"):
            yield Button(_("Insérer dans le champ"), id="calc-insert", compact=True)
            yield Button(_("Copier"), id="calc-copy", compact=True)
        words = _("Entrée calcule ; encore Entrée insère. r : dernier résultat. ttc, ht, tva : à 20 %, ou au taux qui suit.")
        yield Static(words, classes="note", markup=False)
        yield self.list

    def on_mount(self) -> None:
        self._show_history()

    def open(self) -> None:
        self._show_history()
        take_focus(self.line)

    def _show_history(self) -> None:
        lines = self._history.lines
        self.list.set_choices([Choice(str(at), f"{one.typed} = {written(one.result)}") for at, one in enumerate(lines)])
        self.list.display = bool(lines)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        typed = event.value.strip()
        if typed and typed == self._shown:
            self._want("insert")
            return
        try:
            result = calculate(typed, self._history.last)
        except CannotCalculate as error:
            self._shown = ""
            self.result.update(plain(f"▲ {error}"))
            return
        self._history.add(Calculation(typed, result))
        self._shown = typed
        rounded = written(result, cents=True)
        exact = written(result)
        also = "" if exact == rounded or "," not in exact else _("   (au centime : {rounded})").format(rounded=rounded)
        self.result.update(plain(f"= {exact}{also}", "bold"))
        self._show_history()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value.strip() != self._shown:
            self.result.update("")

    @on(ChoiceList.Chosen)
    def _again(self, event: ChoiceList.Chosen) -> None:
        """A former line is taken up again."""
        event.stop()
        self.line.value = self._history.lines[int(event.choice.id)].typed
        take_focus(self.line)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self._want("insert" if event.button.id == "calc-insert" else "copy")

    def _want(self, how: str) -> None:
        if self._history.last is None:
            self.result.update(plain("▲ " + _("Il n'y a pas encore de résultat.")))
        else:
            self.post_message(self.Wanted(as_typed(self._history.last), how))


class CalculatorDialog(Dialog[DeskState]):
    """Over any pane: the result goes into `field`, the one last typed in, or to the clipboard where there is none."""

    def __init__(self, state: DeskState, field: Field | None, say: Callable[[str], object]) -> None:
        super().__init__("calculator", _("Calculatrice"), state)
        self._field, self._say = field, say
        self.calculator = Calculator()

    def body(self) -> ComposeResult:
        yield self.calculator

    def on_mount(self) -> None:
        super().on_mount()
        self.calculator.open()

    def on_calculator_wanted(self, event: Calculator.Wanted) -> None:
        event.stop()
        self.dismiss(None)
        words = give(event.text, self._field if event.how == "insert" else None, self.app.copy_to_clipboard)
        self._say(words)


def give(text: str, field: Field | None, copy: Callable[[str], object], *, focus: bool = True) -> str:
    """Put a result in a field, at its cursor, else on the clipboard; what is said of it."""
    if isinstance(field, Input) and field.is_mounted and not field.disabled:
        field.insert_text_at_cursor(text)
    elif isinstance(field, TextArea) and field.is_mounted and not field.read_only:
        field.insert(text)
    else:
        copy(text)
        return _("{text} est copié : Ctrl+V pour le coller.").format(text=text)
    if focus:
        take_focus(field)
    return _("{text} est inséré dans le champ.").format(text=text)
