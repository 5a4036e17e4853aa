"""Where the next key goes, changed at once."""

from __future__ import annotations

from textual.widget import Widget


def take_focus(widget: Widget) -> None:
    """`Widget.focus()` takes its turn behind the keys already typed, which then go to the field that is being left; this does not wait.

    Nothing is done for a widget that is not on a screen.
    """
    if widget.is_attached:
        widget.screen.set_focus(widget)
