"""A pane over records in sections, chosen on a bar."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from workstation.ui.screens.record_pane import RecordPane
from workstation.ui.widgets.section_bar import SectionBar


class SectionedPane(RecordPane):
    """Alt+→ and Alt+← go from one section to the next, wherever one is in it."""

    bar: SectionBar
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("alt+right", "section(1)", show=False),
        Binding("alt+left", "section(-1)", show=False),
    ]

    def action_section(self, by: int) -> None:
        self.bar.action_step(by)

    def go(self, section: str) -> None:
        self.bar.choose(section)

    @property
    def focus_goes_along(self) -> bool:
        """Whether one is in the pane, not on its bar: the section chosen takes the focus."""
        return (self.screen.focused is None or self.has_focus_within) and not self.bar.has_focus
