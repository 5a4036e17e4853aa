"""A text in a pane."""

from __future__ import annotations

from rich.text import Text
from textual import widgets
from textual.visual import VisualType


class Static(widgets.Static):
    """Laid out again only when it is told another text: panes are told everything after each change of the state, in sight or not, and
    each new layout is that of the whole screen."""

    _told: VisualType | None = None

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        if _same(content, self._told):
            return
        self._told = content.copy() if isinstance(content, Text) else content  # whoever told it may go on writing in it
        super().update(content, layout=layout)


def _same(one: VisualType, other: VisualType | None) -> bool:
    if isinstance(one, Text) and isinstance(other, Text):
        return one == other and one.style == other.style
    return isinstance(one, str) and isinstance(other, str) and one == other
