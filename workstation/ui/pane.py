"""A pane of the main area: one of the candidate's desks (customer file, order, collection …), one of the jury's views.

The app mounts a pane once (at start, or a situation's own desk when it is first shown: 100 ms), calls `show_state` after each
change of the state from then on, and `opened` when the pane comes to the front.
"""

from __future__ import annotations

from typing import Generic

from textual.containers import Vertical

from workstation.desk.state import C


class Pane(Vertical, Generic[C]):
    """`pane_id` names it in actions, traces and drafts; `title()` is its tab's word."""

    pane_id: str = ""

    def title(self) -> str:
        raise NotImplementedError

    def show_state(self, state: C) -> None:
        """Paint what changed; must not touch a field that is being typed in."""
        raise NotImplementedError

    def show_time(self) -> None:
        """Paint what only time changes, of the state last shown."""

    def opened(self, state: C) -> None:
        """The pane came to the front; put the focus where the work begins."""
