"""What lies over the panes for a moment, under the call bar, which stays in sight with its keys. Escape closes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar, Generic

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widget import Widget

from workstation.desk.state import C
from workstation.ui.plain_text import plain
from workstation.ui.widgets.choice_list import Choice, ChoiceList
from workstation.ui.widgets.static import Static

AROUND = 3 + 4 + 2  # rows of the call bar, of the foot, and of the box's own border


class Dialog(ModalScreen[None], Generic[C]):
    """`name` says which dialog it is: one of a name is open at a time. `show_state` is called after each change of the desk."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    AUTO_FOCUS = "*"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", show=False)]

    def __init__(self, name: str, title: str, state: C) -> None:
        super().__init__(name=name)
        self.heading, self.state = title, state

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(plain(self.heading), classes="heading", markup=False)
            yield from self.body()

    def body(self) -> Sequence[Widget] | ComposeResult:
        raise NotImplementedError

    def show_state(self, state: C) -> None:
        self.state = state

    def on_mount(self) -> None:
        self.call_after_refresh(self.fit)

    def on_resize(self) -> None:
        self.call_after_refresh(self.fit)

    def fit(self) -> None:
        """The part that scrolls takes what the call bar, the foot and the rest of the box leave."""
        for room in self.query(".room"):
            beside = sum(
                child.outer_size.height + child.styles.margin.height for child in self.query_one(".box").children if child is not room
            )
            room.styles.max_height = max(3, self.size.height - AROUND - beside)

    def action_close(self) -> None:
        self.dismiss(None)


class ChoiceDialog(Dialog[C]):
    """`choices` is asked again after each change of the desk; `choose` is called with the choice's id once the dialog is closed.
    A greyed choice stays and says why."""

    def __init__(
        self,
        name: str,
        title: str,
        state: C,
        choices: Callable[[C], Sequence[Choice]],
        choose: Callable[[str], object],
        *,
        lead: str = "",
    ) -> None:
        super().__init__(name, title, state)
        self._choices, self._choose, self._lead = choices, choose, lead
        self.list = ChoiceList(choices(state))
        self._said = Static("", classes="said", markup=False)

    def body(self) -> ComposeResult:
        if self._lead:
            yield Static(Text(self._lead), markup=False)
        with VerticalScroll(can_focus=False, classes="room"):
            yield self.list
        yield self._said

    def show_state(self, state: C) -> None:
        super().show_state(state)
        self.list.set_choices(self._choices(state))

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        event.stop()
        if event.choice.why_not:
            self._said.update(plain(event.choice.why_not, "bold"))
            return
        self.dismiss(None)
        self._choose(event.choice.id)
