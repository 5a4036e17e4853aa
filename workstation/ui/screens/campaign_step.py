"""What the sections of the campaign desk share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.widget import Widget

from workstation.desk.state import DeskState
from workstation.ui.focus import take_focus

if TYPE_CHECKING:
    from workstation.ui.screens.campaign_desk import CampaignDeskPane


class Step(Vertical):
    """One section; `desk` is the pane that holds it."""

    def __init__(self, desk: CampaignDeskPane, id: str) -> None:
        super().__init__(id=id)
        self.desk = desk

    def paint(self, state: DeskState) -> None:
        """Show the contact in front."""
        raise NotImplementedError

    def focus_first(self) -> None:
        """To where the work of this section begins."""
        raise NotImplementedError

    def go_to(self, widget: Widget) -> None:
        """At once, not after the messages that wait: the next key typed is for it. A section no longer in front takes nothing back."""
        if self.display:
            take_focus(widget)
