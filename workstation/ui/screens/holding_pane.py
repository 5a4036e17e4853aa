"""A pane that holds one record for the contact in front: as confirmed, as it stands here, and in conflict with what another saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button

from workstation.desk.state import DeskState, Record
from workstation.i18n import _
from workstation.ui.screens.record_pane import RecordPane
from workstation.ui.widgets.save_line import SaveLine


class Foot(Horizontal):
    """How the save stands and, in a conflict, the choice between both."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__()
        self.saved = SaveLine()
        self.mine = Button(_("Garder la mienne"), classes="mine", compact=True)
        self.theirs = Button(_("Prendre l'autre"), classes="theirs", compact=True)

    def compose(self) -> ComposeResult:
        yield self.saved
        yield self.mine
        yield self.theirs

    def show(self, state: DeskState, record_id: str, edited: bool, words: str, conflict: bool) -> None:
        self.mine.display = self.theirs.display = conflict
        self.saved.show(state, record_id, edited, words)


class HoldingPane(RecordPane):
    """`record` is as confirmed, {"id", "version": 0} for one not saved yet; `_conflict` what another saved of it meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.record: Record = {}
        self._contact_id = ""
        self._sent: dict[str, Any] = {}  # fields of the save on its way
        self._settled: object = None  # the save that was taken note of
        self._conflict: Record | None = None
        self.foot = Foot()

    # --- what each pane does of its own

    def begin(self, state: DeskState, record: Record) -> None:
        """Hold this record, as it is confirmed."""
        raise NotImplementedError

    def keep_draft(self) -> None:
        """What is held and not confirmed is kept; nothing when all of it is."""
        raise NotImplementedError

    def save(self) -> None:
        """Save what is held."""
        raise NotImplementedError

    def theirs_taken(self) -> None:
        """What another saved is held and painted."""

    # --- the record

    @property
    def record_id(self) -> str:
        return str(self.record.get("id", ""))

    @property
    def version(self) -> int:
        return int(self.record.get("version") or 0)

    @on(Button.Pressed, ".mine")
    def _keep_mine(self, event: Button.Pressed) -> None:
        event.stop()
        if self._conflict is not None:
            self.record, self._conflict = {**self.record, **self._conflict}, None
            self.save()
            self.paint(self.state)

    @on(Button.Pressed, ".theirs")
    def _take_theirs(self, event: Button.Pressed) -> None:
        event.stop()
        if self._conflict is not None:
            self.begin(self.state, {**self.record, **self._conflict})
            self.keep_draft()
            self.paint(self.state)
            self.theirs_taken()
