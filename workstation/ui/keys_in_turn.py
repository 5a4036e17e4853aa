"""Keys acted on one after the other, however busy the machine is: what is typed ahead is for what was in front when it was struck."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Generic

from textual import events
from textual.app import App, ReturnType
from textual.dom import DOMNode
from textual.message import Message
from textual.widget import Widget

KEY_TAKES = 2.0  # seconds that what has the focus may need for a key


class KeysInTurn(App[ReturnType], Generic[ReturnType]):
    """Textual acts on most keys only once they have come back up from what had the focus, when keys struck after them may have changed
    the field, the focus or the screen. Here the next is not looked at before."""

    _in_hand: Message | None = None  # the key that what has the focus is busy with
    _came_up = False

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, (events.Key, events.Paste)) or event.is_forwarded or not self.screen_stack:  # there may be no screen yet
            await super().on_event(event)
            return
        target = self.focused or self.screen
        await super().on_event(event)
        if not event.is_forwarded:  # a key of the whole app: done
            return
        self._in_hand, self._came_up = event, False
        await self._caught_up(target)
        self._in_hand = None
        if self._came_up:
            await super().on_event(event)
            await self._caught_up(target)  # with what the key made the field or the list tell: that it is submitted, chosen

    def post_message(self, message: Message) -> bool:
        if message is self._in_hand:  # come back up, and waited for
            self._came_up = True
            return True
        return super().post_message(message)

    async def _caught_up(self, target: Widget) -> None:
        """Until a widget and what holds it have handled what they had been told."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(KEY_TAKES):
                for node in target.ancestors_with_self:
                    if node is self or not await _handled(node):
                        return


async def _handled(node: DOMNode) -> bool:
    """False when it takes no message any more."""
    handled, pump = asyncio.Event(), node._task
    if pump is None or not node.call_later(handled.set):
        return False

    def over(_task: object) -> None:
        handled.set()

    pump.add_done_callback(over)  # it may close with its dialog
    try:
        await handled.wait()
    finally:
        pump.remove_done_callback(over)
    return True
