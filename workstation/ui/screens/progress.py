"""What moves from one practice to the next: each simulation's times side by side, each observable fact shown or not. No mark, no colour."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from scenarios.training.progress import Progress
from scenarios.training.progress_words import lines
from workstation.desk.events import ProgressWanted
from workstation.desk.state import DeskState, Record
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.happened import Happened
from workstation.ui.pane import Pane
from workstation.ui.plain_text import one_line, plain
from workstation.ui.widgets.static import Static

STYLES = {"title": "bold", "head": "bold underline", "subhead": "bold", "text": "", "quiet": "italic"}


def progress_text(told: Record, width: int) -> Text:
    """The whole of it, no line wider than `width` cells; what is not one says so."""
    try:
        progress = Progress.model_validate(told)
    except ValidationError:
        return Text(_("Le relevé reçu n'a pas la forme attendue."))
    text = Text()
    for line in lines(progress, width):
        indent = line.text[: len(line.text) - len(line.text.lstrip())]
        text.append(indent).append(one_line(line.text.strip(), 400), STYLES[line.kind]).append("\n")
    return text


class ProgressPane(Pane[DeskState]):
    pane_id = "progress"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__(id=self.pane_id)
        self._told: Record | None = None
        self._drawn: tuple[int, int] = (0, 0)
        self.report = Static("", markup=False)
        self._room = VerticalScroll(self.report)

    def title(self) -> str:
        return _("Progression")

    def compose(self) -> ComposeResult:
        yield self._room

    def show_state(self, state: DeskState) -> None:
        self._told = state.progress
        self._draw()

    def opened(self, state: DeskState) -> None:
        """Read anew each time: a simulation may have ended since."""
        self.show_state(state)
        take_focus(self._room)
        self.post_message(Happened(ProgressWanted(str(getattr(self.app, "agent_name", "")))))

    def _draw(self) -> None:
        width = self._room.scrollable_content_region.width
        wanted = id(self._told), width
        if not width or wanted == self._drawn:
            return
        self._drawn = wanted
        self.report.update(plain(_("Lecture des séances…")) if self._told is None else progress_text(self._told, width))

    def on_resize(self, event: events.Resize) -> None:
        self._draw()
