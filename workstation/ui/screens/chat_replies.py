"""The ready replies of the pack: one is chosen, put into the message at the cursor, then completed by whoever writes."""

from __future__ import annotations

from typing import Any

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message

from workstation.desk.state import DeskState
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.widgets.choice_list import Choice, ChoiceList
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import plain_line, plain_lines


class PutIn(Message):
    """Put this into the message being written."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class RepliesPanel(Vertical):
    """Enter puts the reply under the cursor into the message; its whole text is shown below the list."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.list = ChoiceList()
        self._texts: dict[str, str] = {}
        self._preview = Static("", markup=False, classes="preview")

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False, classes="choices"):
            yield self.list
        yield self._preview

    def show(self, state: DeskState) -> None:
        replies: list[dict[str, Any]] = list(state.brief.get("canned") or ())
        self._texts = {str(one.get("id", "")): plain_lines(one.get("text") or "") for one in replies}
        self.list.set_choices([Choice(str(one.get("id", "")), plain_line(one.get("label") or "")) for one in replies])
        self._show_text()

    def _show_text(self) -> None:
        chosen = self.list.current
        text = self._texts.get(chosen.id, "") if chosen is not None else ""
        self._preview.update(Text(text or _("Aucune réponse prête dans ce dossier."), style="" if text else "italic"))

    @on(ChoiceList.Moved)
    def _moved(self, event: ChoiceList.Moved) -> None:
        event.stop()
        self._show_text()

    @on(ChoiceList.Chosen)
    def _chosen(self, event: ChoiceList.Chosen) -> None:
        event.stop()
        self._show_text()
        self.post_message(PutIn(self._texts.get(event.choice.id, "")))

    def focus_first(self) -> None:
        take_focus(self.list)
