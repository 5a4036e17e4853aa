"""Where a message is written: Enter sends it, what is put in comes at the cursor, a card number never stays."""

from __future__ import annotations

from pathlib import Path

from textual import events
from textual.message import Message
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from crm_mock.rules import card_numbers

GAP = "…"  # in a ready reply: what its writer completes
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
        """What is written, unless it is nothing or too long; the next letter is of the next message, however busy the machine is."""
        text = self.text.strip()
        if text and len(text) <= MAX_TEXT:
            with self.prevent(self.Changed):
                self.load_text("")
            self.post_message(self.Sent(self, text))

    def put_in(self, text: str) -> None:
        """At the cursor, apart from what is written before it; nothing of that is lost. What is left to complete is selected."""
        row, column = self.cursor_location
        before = self.get_text_range((0, 0), (row, column))
        apart = " " if before and not before[-1].isspace() else ""
        self.insert(apart + text)
        gap = (apart + text).find(GAP)
        if gap >= 0 and "\n" not in text:
            self.selection = Selection((row, column + gap), (row, column + gap + 1))

    def mask_cards(self) -> None:
        """Before anything typed goes anywhere (CNIL 2018-303)."""
        if not card_numbers.find(self.text):
            return
        at = self.cursor_location
        self.load_text(card_numbers.mask(self.text))  # as long as it was
        self.move_cursor(at)
        self.post_message(self.CardMasked())
