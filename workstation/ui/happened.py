"""The one message that carries a desk event to the app, from links, dialogs and the app's own panes."""

from __future__ import annotations

import uuid

from textual.message import Message

from workstation.desk.events import DeskEvent


class Happened(Message):
    def __init__(self, event: DeskEvent) -> None:
        super().__init__()
        self.event = event


def new_id() -> str:
    return str(uuid.uuid4())
