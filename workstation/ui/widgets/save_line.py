"""The save state of one record, for desks that are not one form."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from workstation.desk.state import DeskState
from workstation.i18n import labelled
from workstation.ui.widgets.save_words import save_words
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import plain_line


class SaveLine(Static):
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self.words = ""

    def show(self, state: DeskState, record_id: str, edited: bool, title: str = "") -> None:
        """`title` names the record before its state."""
        view = state.saves.get(record_id)
        words, tone, why = save_words(view, edited)
        fields = "; ".join(labelled(plain_line(k), plain_line(v)) for k, v in (view.fields if view else {}).items())
        self.words = " – ".join(part for part in (words, plain_line(why), fields if tone == "bad" else "") if part)
        self.set_classes(tone)
        self.update(Text(" · ".join(part for part in (plain_line(title), self.words) if part)))
