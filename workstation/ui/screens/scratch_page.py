"""Scratch paper: kept at each keystroke on this station for the sitting, searched, sent to nobody; never evidence."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, TextArea

from workstation.desk.state import DeskState
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.messages import DraftChanged
from workstation.ui.plain_text import plain
from workstation.ui.widgets.record_drafts import draft_of
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import folded

DRAFT = "scratch"
LONGEST = 20_000  # signs


class ScratchPage(Vertical):
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def __init__(self) -> None:
        super().__init__(id="scratch-page")
        self.search = Input(
            placeholder=_("Chercher dans le brouillon (Entrée : suivant)"), compact=True, max_length=60, id="scratch-search"
        )
        self.found = Static("", id="scratch-found", markup=False)
        self.text = TextArea(id="scratch-text", tab_behavior="focus", show_line_numbers=False)
        self._kept = ""

    def compose(self) -> ComposeResult:
        yield self.text
        yield self.search
        yield self.found
        words = _("Gardé à chaque frappe sur ce poste, pour cette séance seulement. Ni envoyé, ni vu du jury : ce n'est pas une preuve.")
        yield Static(words, classes="note", markup=False)

    def show(self, state: DeskState) -> None:
        """What was written before the desk was stopped; what is being written is never replaced."""
        draft = draft_of(state, DRAFT)
        if draft is not None and not self._kept and not self.text.text:
            self._kept = str(draft.typed.get("text") or "")
            self.text.text = self._kept
            self.text.move_cursor(self.text.document.end)

    def first_look(self) -> None:
        take_focus(self.text)

    @on(TextArea.Changed)
    def _typed(self, event: TextArea.Changed) -> None:
        event.stop()
        if len(self.text.text) > LONGEST:
            self.text.undo()
            self.found.update(plain("▲ " + _("Le brouillon est plein ({count} signes).").format(count=LONGEST), "bold"))
        elif self.text.text != self._kept:
            self._kept = self.text.text
            where = {"pane": "office_desk", "contact": ""}
            self.post_message(DraftChanged(DRAFT, DRAFT, 0, {"text": self._kept} if self._kept else None, where))

    @on(Input.Changed, "#scratch-search")
    def _searched(self, event: Input.Changed) -> None:
        event.stop()
        self._find(after=-1)

    @on(Input.Submitted, "#scratch-search")
    def _next(self, event: Input.Submitted) -> None:
        event.stop()
        lines = self.text.text.split("\n")
        row, column = self.text.selection.start
        self._find(after=sum(len(line) + 1 for line in lines[:row]) + column)

    def _find(self, after: int) -> None:
        """The next place after this offset, else the first; case and accents aside."""
        wanted, text = folded(self.search.value.strip()), folded(self.text.text)
        count = text.count(wanted) if wanted else 0
        if not count:
            self.found.update(plain(_("Pas trouvé.") if wanted else ""))
            return
        place = text.find(wanted, after + 1)
        place = place if place >= 0 else text.find(wanted)
        row = text.count("\n", 0, place)
        column = place - (text.rfind("\n", 0, place) + 1)
        self.text.selection = type(self.text.selection)((row, column), (row, column + len(wanted)))
        self.text.scroll_cursor_visible()
        self.found.update(plain(_("{count} fois ; ligne {row}").format(count=count, row=row + 1)))

    def action_back(self) -> None:
        take_focus(self.text)
