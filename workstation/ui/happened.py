"""The one message that carries an event to the app, from links, dialogs and the app's own panes."""

from __future__ import annotations

import uuid

from textual.message import Message


class Happened(Message):
    """`event` is one of those the app's reducer knows."""

    def __init__(self, event: object) -> None:
        super().__init__()
        self.event = event


def new_id() -> str:
    return str(uuid.uuid4())
