"""Whose conversation it is: the prospect's card made from it, consents exactly as given, the conversation attached to it."""

from __future__ import annotations

from typing import Any

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button

from workstation.desk.state import ChatView, DeskState
from workstation.i18n import _
from workstation.ui.messages import FileAsked, SaveAsked
from workstation.ui.widgets.record_drafts import contact, contact_name, drafts_at, scenario_today
from workstation.ui.widgets.record_form import RecordForm
from workstation.ui.widgets.record_list import Contents, RecordList
from workstation.ui.widgets.record_subject import Subject
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import plain_line

SOURCE = "messagerie"
FIELDS = ("civility", "last_name", "first_name", "preferred_channel", "budget_cents", "horizon", "need")


def _begins(state: DeskState, kind: str) -> dict[str, Any]:
    """Nothing of a consent is said before the person has said it."""
    if kind == "consent":
        return {"given_on": scenario_today(state).isoformat(), "source": SOURCE}
    return {"channel": "e-mail"} if kind == "contact_point" else {}


CONTENTS = Contents(
    ("contact", "contact_point", "consent", "task"), ("what", "text", "status"), ("contact_point", "consent", "task"), _begins, alone=True,
    by_kind=True, widths=(("what", 14), ("status", 10)),
)  # fmt: skip


class CardPanel(Vertical):
    """A form while nobody is known, then the records of whom the conversation belongs to."""

    def __init__(self, pane_id: str, *, id: str) -> None:
        super().__init__(id=id)
        self.pane_id = pane_id
        self._words = Static("", markup=False, classes="whose")
        self.attach = Button("", compact=True, id="chat-attach")
        self.form = RecordForm(pane_id, id="chat-prospect")
        self.list = RecordList(pane_id, CONTENTS, id="chat-records")
        self._state, self._chat = DeskState(), ChatView("")
        self._asked_for = ""  # file asked for
        self._attaching = ""
        self._created_id = ""  # the card made from this conversation
        self._go_on = False  # to its coordinates, once its file is there

    def compose(self) -> ComposeResult:
        with Horizontal(classes="whose-line"):
            yield self._words
            yield self.attach
        yield self.form
        yield self.list

    # --- painting -----------------------------------------------------------------------------------

    def show(self, state: DeskState, chat: ChatView | None) -> None:
        if chat is None or chat.chat_id != self._chat.chat_id:
            self._created_id = ""
        self._state, self._chat = state, chat or ChatView("")
        owner = self._chat.contact_id
        known = contact(state)
        self.form.display = bool(self._chat.chat_id) and not owner and self.form.subject is not None
        self.list.display = bool(owner)
        self.attach.display = bool(self._chat.version) and not owner and known is not None
        if known is not None:
            self.attach.label = _("Rattacher à {name}").format(name=plain_line(contact_name(known)))
        self.form.show_state(state)
        self.list.show(state, owner)
        self._words.update(self._whose(owner))
        if owner and owner not in state.files and owner != self._asked_for:
            self._asked_for = owner
            self.post_message(FileAsked(owner, stay=True).set_sender(self))
        self._again(state)
        if self._go_on and owner in state.files:
            self._go_on = False
            if self.screen.focused is None:
                self.call_after_refresh(self.list.focus_add)

    def _whose(self, owner: str) -> Text:
        if not self._chat.chat_id:
            return Text(_("Aucune conversation."), style="italic")
        if not owner:
            return Text("▲ " + _("Conversation sans fiche"), style="bold")
        file = self._state.files.get(owner)
        name = plain_line(contact_name(file["contact"])) if file else _("ouverture…")
        return Text("✓ " + _("Rattachée à {name}").format(name=name))

    def _again(self, state: DeskState) -> None:
        """The room wrote its record meanwhile: what was asked still holds upon the new version."""
        view = state.saves.get(self._chat.chat_id)
        if not self._attaching or view is None or view.state == "pending":
            return
        current = view.current or {}
        contact_id, self._attaching = self._attaching, ""
        if view.state == "conflict" and not current.get("contact_id"):
            self._save(contact_id, int(current.get("version") or 0))

    # --- what a person does -------------------------------------------------------------------------

    @property
    def wants_form(self) -> bool:
        """Nobody is known, and the form of a new prospect is not there yet."""
        return bool(self._chat.chat_id) and not self._chat.contact_id and self.form.subject is None and not self._created_id

    async def ready(self) -> None:
        """The form of a new prospect, or what was typed in it before."""
        if not self.wants_form:
            return
        draft = next((d for d in drafts_at(self._state, pane=self.pane_id, form="chat-prospect") if d.kind == "contact"), None)
        more: dict[str, Any] = {"names": FIELDS, "needed": ("last_name",), "title": _("Nouveau prospect")}
        begins = {"category": "prospect", "source": SOURCE}
        subject = Subject.of_draft(draft, **more) if draft is not None else Subject.new("contact", "", begins, **more)
        await self.form.open(subject, self._state, focus=False)
        self.show(self._state, self._chat)

    @on(RecordForm.Confirmed, "#chat-prospect")
    def _created(self, event: RecordForm.Confirmed) -> None:
        event.stop()
        self._created_id, self._go_on = self.form.record_id, self.form.has_focus_within
        self.form.close()
        self._belongs_to(self._created_id)

    @on(Button.Pressed, "#chat-attach")
    def _attach_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self._belongs_to(self._state.contact_id)

    def _belongs_to(self, contact_id: str) -> None:
        """The conversation is this contact's; its file opens here."""
        if not contact_id or self._chat.contact_id:
            return
        self._save(contact_id, self._chat.version)
        self._asked_for = contact_id
        self.post_message(FileAsked(contact_id, stay=True).set_sender(self))

    def _save(self, contact_id: str, version: int) -> None:
        self._attaching = contact_id
        self.post_message(SaveAsked("chat", self._chat.chat_id, version, {"contact_id": contact_id}).set_sender(self))

    def focus_first(self) -> None:
        if self._chat.contact_id:
            self.list.focus_add() if self.list.form.subject is None else self.list.form.focus_first()
        elif self.form.subject is not None:
            self.form.focus_first()

    def save(self) -> None:
        if self._chat.contact_id:
            self.list.form.save()
        else:
            self.form.save()
