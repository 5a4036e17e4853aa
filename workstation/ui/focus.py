"""Where the next key goes, changed at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from textual.widget import Widget


def take_focus(widget: Widget) -> None:
    """`Widget.focus()` takes its turn behind the keys already typed, which then go to the field that is being left; this does not wait.

    Nothing is done for a widget that is not on a screen.
    """
    if widget.is_attached:
        widget.screen.set_focus(widget)


@contextlib.contextmanager
def focus_held(widget: Widget) -> Iterator[None]:
    """By what holds a field that goes away before the next is there: a key that comes when nothing has the focus is lost."""
    widget.can_focus = True
    take_focus(widget)
    try:
        yield
    finally:
        widget.can_focus = False
