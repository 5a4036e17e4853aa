"""A small application that holds one pane, records what it asks for, and answers saves as the room server would.

`python -m tests.workstation.panes.host customer_file vasserand` shows it.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.message import Message
from textual.pilot import Pilot

from tests.workstation.panes import sample
from workstation.desk.state import DeskState, Record, SaveView
from workstation.ui import messages
from workstation.ui.keys_in_turn import KeysInTurn
from workstation.ui.pane import Pane
from workstation.ui.screens import RECORD_PANES

T = TypeVar("T", bound=Message)
ASKED = (
    messages.SaveAsked, messages.DraftChanged, messages.FileAsked, messages.SearchAsked, messages.DialAsked, messages.DocumentAsked,
    messages.Traced, messages.Told, messages.ListAsked,
)  # fmt: skip


class Host(KeysInTurn[None]):
    """`confirms`: answer each save at once as the server does when all is well."""

    BINDINGS = [Binding("ctrl+s", "save_pane", priority=True)]  # noqa: RUF012

    def __init__(self, pane_id: str, state: DeskState, *, confirms: bool = True) -> None:
        super().__init__()
        self.pane: Pane[DeskState] = next(p for p in RECORD_PANES if p.pane_id == pane_id)()
        self.state = state
        self.confirms = confirms
        self.asked: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_mount(self) -> None:
        self.pane.show_state(self.state)
        self.pane.opened(self.state)

    def action_save_pane(self) -> None:
        self.pane.action_save()  # type: ignore[attr-defined]  # every record pane has it

    def show(self, state: DeskState) -> None:
        self.state = state
        self.pane.show_state(state)

    def of(self, kind: type[T]) -> list[T]:
        return [m for m in self.asked if isinstance(m, kind)]

    @on(messages.SaveAsked)
    @on(messages.DraftChanged)
    @on(messages.FileAsked)
    @on(messages.SearchAsked)
    @on(messages.ListAsked)
    @on(messages.DialAsked)
    @on(messages.DocumentAsked)
    @on(messages.Traced)
    @on(messages.Told)
    def _asked(self, event: Message) -> None:
        self.asked.append(event)
        if isinstance(event, messages.SaveAsked):
            pending = SaveView(event.kind, event.record_id, "pending")
            self.show(replace(self.state, saves={**self.state.saves, event.record_id: pending}))
            if self.confirms:
                self.confirm(event, **_computed(event))
        elif isinstance(event, messages.DraftChanged):
            drafts = {k: v for k, v in self.state.drafts.items() if k != event.record_id}
            if event.fields is not None:
                names = ("kind", "record_id", "version", "fields", "where")
                drafts[event.record_id] = {name: getattr(event, name) for name in names}
            self.show(replace(self.state, drafts=drafts))

    def confirm(self, save: messages.SaveAsked, **computed: Any) -> None:
        """What the state becomes once the server has committed this save."""
        contact_id = str(save.fields.get("contact_id") or self.state.contact_id)
        file = self.state.files.get(contact_id)
        files = dict(self.state.files)
        if file is not None:
            files[contact_id] = _patched(file, save, computed)
        drafts = {k: v for k, v in self.state.drafts.items() if k != save.record_id}
        saves = {**self.state.saves, save.record_id: SaveView(save.kind, save.record_id, "saved", at="14:03:22")}
        self.show(replace(self.state, files=files, saves=saves, drafts=drafts))

    def answer(self, record_id: str, view: SaveView) -> None:
        self.show(replace(self.state, saves={**self.state.saves, record_id: view}))

    def screen_text(self) -> str:
        """All the lines of the screen, as a person sees them."""
        width, height = self.size
        lines = self.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).ljust(width) for strip in lines[:height]).replace("\u00a0", " ")


def _computed(save: messages.SaveAsked) -> dict[str, Any]:
    """What the server adds to an order or a link."""
    if save.kind == "payment_link":
        return {"reference": "LNK-0001", "status": "envoyé"}
    if save.kind == "document":
        return {"status": "envoyé"}
    if save.kind != "order" or "lines" not in save.fields:
        return {}
    items = sum(line["quantity"] * line["unit_cents"] for line in save.fields["lines"])
    delivery = 0 if items >= 3900 else 390
    reference = "CDE-261123-01" if save.fields.get("status") == "validée" else ""
    return {"items_cents": items, "delivery_cents": delivery, "total_cents": items + delivery, "reference": reference}


def _patched(file: Record, save: messages.SaveAsked, computed: dict[str, Any]) -> Record:
    if save.kind == "contact":
        return {**file, "contact": {**file["contact"], **save.fields, "version": save.version + 1}}
    found = list(file["records"].get(save.kind) or ())
    place = next((i for i, r in enumerate(found) if r["id"] == save.record_id), None)
    before = found[place] if place is not None else {"id": save.record_id}
    record = {**before, **save.fields, **computed, "version": save.version + 1}
    if place is None:
        found.insert(0, record)
    else:
        found[place] = record
    return {**file, "records": {**file["records"], save.kind: found}}


async def wait_for(pilot: Pilot[None], fact: Callable[[], object], what: str, seconds: float = 10.0) -> None:
    """Until `fact` holds; fails, saying what was awaited, when it does not within the deadline."""
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            app = pilot.app
            shown = app.screen_text() if isinstance(app, Host) else ""
            raise AssertionError(f"not seen: {what}\n{shown}")
        await pilot.pause()
        await asyncio.sleep(0.01)


async def type_text(pilot: Pilot[None], text: str) -> None:
    names = {
        " ": "space",
        "/": "slash",
        ",": "comma",
        ".": "full_stop",
        "@": "at",
        "-": "minus",
        "'": "apostrophe",
        "[": "left_square_bracket",
    }
    for char in text:
        await pilot.press(names.get(char, char))


def main() -> None:
    pane_id, contact_id = [*sys.argv[1:], *("customer_file", "vasserand")[len(sys.argv) - 1 :]][:2]
    Host(pane_id, sample.desk(contact_id)).run()


if __name__ == "__main__":
    main()
