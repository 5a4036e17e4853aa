"""The ticket of the customer, in one form whose fields each section shows some of; what is exchanged and offered after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual import on
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button

from workstation.desk.state import DeskState, Record
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.record_titles import title_of
from workstation.ui.screens import support_words as words
from workstation.ui.screens.contact_desk import current_address
from workstation.ui.widgets.field_box import FieldBox
from workstation.ui.widgets.picker import Option, options_of
from workstation.ui.widgets.record_drafts import draft_of, find_record, records
from workstation.ui.widgets.record_form import RecordForm
from workstation.ui.widgets.record_list import Contents, RecordList
from workstation.ui.widgets.record_subject import Subject

TICKET_FIELDS = (
    "product_id", "serial", "bought_on", "second_hand", "error_code", "priority", "symptom", "context", "expectations", "reachability",
    "consumer_choice", "solution", "promised_on",
)  # fmt: skip
SHOWN: dict[str, tuple[str, ...]] = {  # of the ticket, by section
    "ticket": TICKET_FIELDS[:10],
    "garantie": ("bought_on", "second_hand", "consumer_choice"),
    "solution": ("solution", "promised_on"),
    "escalade": ("product_id", "serial", "bought_on", "symptom", "context", "expectations", "reachability", "promised_on"),
}
EXCHANGE_FIELDS = (
    "nature", "product_id", "serial", "address_id", "pickup_on", "pickup_from", "pickup_to", "loan", "promised_on", "status", "remark",
)  # fmt: skip
GOODWILL_FIELDS = ("what", "amount_cents", "reason", "status")
LONG = frozenset({"product_id", "address_id", "status"})
_STATUSES = ("demandé", "étiquette envoyée", "annulé")  # those an agent may give an exchange


def give_room(form: RecordForm) -> None:
    """The fields with long words a line each; one that is alone on its line takes all of it."""
    for pair in form.query(".pair"):
        boxes = [box for box in pair.children if isinstance(box, FieldBox)]
        shown = sum(box.display for box in boxes)
        pair.display = shown > 0
        pair.set_class(shown == 1 or any(box.display and box.spec.name in LONG for box in boxes), "-stacked")


class SupportBook(RecordList):
    @property
    def first(self) -> Widget:
        """The list, or the button that makes its first record."""
        button = next(iter(self.query(Button).filter(".add")), None)
        return self.table if self.table.rows_shown or button is None or not self._contact_id else button


class TicketBook(SupportBook):
    """The customer's tickets, and the one in hand: its form stays open from section to section, so that one save takes all of it."""

    class TakenInHand(Message):
        """Another ticket is in hand, or none."""

    def __init__(self, pane_id: str) -> None:
        super().__init__(pane_id, Contents(("ticket",), ("what", "text", "status"), ("ticket",), widths=(("status", 12),)), id="tickets")
        self.section = "ticket"

    def show_section(self, section: str) -> None:
        self.section = section
        self._arrange()

    def _arrange(self) -> None:
        super()._arrange()
        if self.section != "ticket":
            self.query_one(".list").display = False
        wanted = SHOWN.get(self.section, ())
        self.form.display = self.form.subject is not None and bool(wanted)
        for box in self.form.query(FieldBox):
            box.display = box.spec.name in wanted
        give_room(self.form)

    async def open(self, subject: Subject, *, focus: bool = True) -> None:
        await super().open(subject, focus=focus)
        self.post_message(self.TakenInHand())

    async def add(self, kind: str) -> None:
        if self._contact_id:
            await self.open(self._subject(self._state, Subject.new("ticket", self._contact_id).record))

    async def edit(self, kind: str, record_id: str, *, focus: bool = True) -> None:
        record = find_record(self._state, kind, record_id)
        draft = draft_of(self._state, record_id)
        if record is None and draft is not None:
            record = Subject.of_draft(draft).record
        if record is not None:
            await self.open(self._subject(self._state, record), focus=focus)

    def _subject(self, state: DeskState, record: Record) -> Subject:
        return Subject("ticket", record, self._contact_id, TICKET_FIELDS, options={"product_id": words.bought_options(state)})

    @on(RecordForm.Left)
    def _left(self, event: RecordForm.Left) -> None:
        """Out of the form is back to the list, where the list is; elsewhere the ticket stays in hand."""
        if self.section != "ticket":
            event.stop()
            event.prevent_default()
        self.post_message(self.TakenInHand())

    def put_in(self, name: str) -> bool:
        """Into this field, when the section shows it."""
        if self.form.subject is None or name not in SHOWN.get(self.section, ()):
            return False
        take_focus(self.form.box(name).editor)
        return True

    @property
    def wrong(self) -> str:
        """The first field that cannot be saved as it is; "" when there is none."""
        if self.form.subject is None:
            return ""
        return next((name for name in TICKET_FIELDS if self.form.box(name).complaint), "")


class AfterBook(SupportBook):
    """Gestures and exchanges of the ticket in hand."""

    def __init__(self, pane_id: str) -> None:
        kinds, columns = ("exchange", "goodwill"), ("what", "text", "amount", "status")
        widths = (("what", 16), ("amount", 9), ("status", 12))
        contents = Contents(kinds, columns, kinds, by_kind=True, widths=widths)
        super().__init__(pane_id, contents, id="after")
        self.ticket: Record = {}

    async def open(self, subject: Subject, *, focus: bool = True) -> None:
        await super().open(subject, focus=focus)
        give_room(self.form)

    async def add(self, kind: str) -> None:
        if self._contact_id:
            await self.open(self._subject(kind, Subject.new(kind, self._contact_id, self._beginning(kind)).record))

    async def edit(self, kind: str, record_id: str, *, focus: bool = True) -> None:
        record = find_record(self._state, kind, record_id)
        draft = draft_of(self._state, record_id)
        if record is None and draft is not None:
            fixed = {k: v for k, v in draft.typed.items() if k not in (EXCHANGE_FIELDS if kind == "exchange" else GOODWILL_FIELDS)}
            record = {"id": draft.record_id, "version": 0, **fixed}
        if record is not None:
            await self.open(self._subject(kind, record), focus=focus)

    def _subject(self, kind: str, record: Record) -> Subject:
        if kind == "goodwill":
            return Subject(kind, record, self._contact_id, GOODWILL_FIELDS, title=_("Geste commercial"), needed=("what", "reason"))
        options: dict[str, Sequence[Option]] = {
            "product_id": words.exchange_options(self._state, str(self.ticket.get("product_id") or "")),
            "status": options_of(_STATUSES),
        }
        title = "" if int(record.get("version") or 0) == 0 else title_of(kind, record)
        return Subject(kind, record, self._contact_id, EXCHANGE_FIELDS, title=title, options=options)

    def _beginning(self, kind: str) -> dict[str, Any]:
        """From the ticket: what broke down, what the customer chose, what was promised; goods are fetched where the customer lives."""
        state, ticket = self._state, self.ticket
        linked = {"ticket_id": str(ticket["id"])} if ticket.get("version") else {}
        if kind == "goodwill":
            return linked
        options = words.exchange_options(state, str(ticket.get("product_id") or ""))
        address = current_address(state, "principale") or next(iter(records(state, "address")), None)
        promised = ticket.get("promised_on") or words.promised_day(state)
        return {
            **linked,
            "nature": "réparation" if ticket.get("consumer_choice") == "réparation" else "échange",
            "product_id": options[0][0] if options else "",
            "serial": str(ticket.get("serial") or ""),
            "address_id": str(address["id"]) if address else "",
            "promised_on": str(promised) if promised else None,
        }

    @property
    def gesture_typed(self) -> tuple[str, int | None]:
        """(record id, cents typed) of the gesture being written; ("", None) when none is."""
        subject = self.form.subject
        if subject is None or subject.kind != "goodwill" or "amount_cents" not in self.form.edited:
            return "", None
        try:
            cents = self.form.box("amount_cents").read()
        except ValueError:
            return self.form.record_id, None
        return self.form.record_id, cents if isinstance(cents, int) else None
