"""A pane of the main area: one of the candidate's desks (customer file, order, collection …), one of the jury's views.

The app mounts every pane once at start (mounting costs 80 ms, showing an installed one does not),
calls `show_state` after each change of the state, and `opened` when the pane comes to the front.
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

    def opened(self, state: C) -> None:
        """The pane came to the front; put the focus where the work begins."""
