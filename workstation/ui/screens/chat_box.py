"""Where a message is written: Enter sends it, what is put in comes at the cursor, a card number never stays."""

from __future__ import annotations

from pathlib import Path

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from crm_mock.rules import card_numbers

MAX_TEXT = 1000  # characters of one message, as the room takes them


class MessageBox(TextArea):
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    class Sent(Message):
        def __init__(self, box: MessageBox, text: str) -> None:
            super().__init__()
            self.box, self.text = box, text

        @property
        def control(self) -> MessageBox:
            return self.box

    class CardMasked(Message):
        """A card number was typed, and is masked."""

    def __init__(self, *, id: str) -> None:
        super().__init__("", id=id, compact=True, show_line_numbers=False, tab_behavior="focus", soft_wrap=True)

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.send()

    def send(self) -> None:
        """What is written, unless it is nothing."""
        if self.text.strip():
            self.post_message(self.Sent(self, self.text.strip()[:MAX_TEXT]))

    def put_in(self, text: str) -> None:
        """At the cursor, apart from what is written before it; nothing of that is lost."""
        before = self.get_text_range((0, 0), self.cursor_location)
        apart = " " if before and not before[-1].isspace() else ""
        self.insert(apart + text)

    def mask_cards(self) -> None:
        """Before anything typed goes anywhere (CNIL 2018-303)."""
        if not card_numbers.find(self.text):
            return
        at = self.cursor_location
        self.load_text(card_numbers.mask(self.text))  # as long as it was
        self.move_cursor(at)
        self.post_message(self.CardMasked())
