"""Dialling a number, sending tones, handing a customer over with what the next service must know."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Input

from cti.phone.port import Capability
from workstation.desk.changes import alive, held
from workstation.desk.events import DigitsWanted, DraftTyped, JoinWanted, SaveWanted, TransferWanted
from workstation.desk.state import DeskState, Record, S
from workstation.desk.words import number_words, scenario_now, who
from workstation.i18n import N_, _
from workstation.ui.focus import take_focus
from workstation.ui.happened import Happened, new_id
from workstation.ui.plain_text import one_line, plain
from workstation.ui.screens import opening_hours
from workstation.ui.screens.dialog import Dialog
from workstation.ui.widgets.choice_list import Choice, ChoiceList
from workstation.ui.widgets.record_drafts import contact, contact_name, drafts_at, records, scenario_today
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import Unreadable, read_phone

CONTEXT_MAX = 500  # characters of what travels with a customer
TRANSFER = "transfer"  # where its draft is kept
CONTEXT_TITLE = N_("Client transféré : contexte")
DIGITS = "0123456789*#ABCD"


def directory(state: DeskState) -> tuple[Choice, ...]:
    """The company's services, by their E.164 number, each with whether it is open now by the scenario's clock."""
    now = scenario_now(state, time.time())
    found = []
    for service in state.brief.get("directory") or ():
        number, hours = str(service.get("number", "")), opening_hours.words(str(service.get("hours") or ""), now)
        detail = " · ".join(part for part in (number_words(number), hours) if part)
        found.append(Choice(number, one_line(service.get("name", "")), "", "", detail))
    return tuple(found)


def service_of(state: DeskState, number: str) -> Record | None:
    """The service that has this number, in any French writing."""
    try:
        wanted = read_phone(number)
    except Unreadable:
        return None
    return next((s for s in state.brief.get("directory") or () if wanted and s.get("number") == wanted), None)


def numbers_on_file(state: DeskState) -> tuple[Choice, ...]:
    """The telephone numbers of the file in front that may be used, the preferred one first; the choice's id is the number (E.164)."""
    who = contact(state)
    points = [p for p in records(state, "contact_point") if p.get("channel") != "e-mail" and p.get("status", "actif") == "actif"]
    points.sort(key=lambda point: not point.get("preferred"))
    name = one_line(contact_name(who)) if who is not None else ""
    return tuple(Choice(str(p["value"]), name, "", "", number_words(str(p["value"]))) for p in points if who is not None)


class DialDialog(Dialog[DeskState]):
    """A number in any French writing, one of the file in front, or a service of the directory. `dial` is called with what was typed.

    The file's own number stands ready when nobody is on the line: Enter calls it, typing takes its place.
    """

    def __init__(self, state: DeskState, dial: Callable[[str], object]) -> None:
        super().__init__("dial", _("Appeler"), state)
        self._dial = dial
        known = numbers_on_file(state)
        free = not any(alive(call) for call in state.calls.values())
        ready = known[0].detail if known and free else ""
        self.number = Input(ready, placeholder=_("numéro : 05 36 49 12 75, +33…"), compact=True, max_length=40)
        self.list = ChoiceList((*known, *directory(state)))

    def body(self) -> ComposeResult:
        yield self.number
        yield Static(Text(_("Entrée appelle. Un client en conversation est mis en attente. Annuaire :")), classes="hint", markup=False)
        with VerticalScroll(can_focus=False, classes="room"):
            yield self.list

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self._call(event.value)

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        event.stop()
        self._call(event.choice.id)

    def _call(self, number: str) -> None:
        self.dismiss(None)
        self._dial(number)


class DigitsDialog(Dialog[S]):
    """Each key typed is sent at once as a tone of the call in front."""

    def __init__(self, state: S) -> None:
        super().__init__("digits", _("Touches envoyées dans l'appel"), state)
        self.typed = Input(placeholder="0-9 * #", compact=True, restrict=r"[0-9*#A-Da-d]*", max_length=40)
        self._sent = ""

    def body(self) -> ComposeResult:
        yield self.typed
        yield Static(Text(_("Chaque touche part aussitôt. Échap ferme.")), classes="hint", markup=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        new = event.value[len(self._sent) :] if event.value.startswith(self._sent) else ""
        self._sent = event.value
        digits = "".join(c for c in new.upper() if c in DIGITS)
        if digits:
            self.post_message(Happened(DigitsWanted(digits)))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(None)


class TransferDialog(Dialog[DeskState]):
    """Blind, or by consulting first; once consulted, the customer on hold is put through.

    What is written for the service becomes a task of the customer's file, for that service, when the customer is sent on or the service
    is called: it is there before the customer is.
    """

    def __init__(self, state: DeskState, consult: Callable[[str], object]) -> None:
        super().__init__(TRANSFER, _("Transférer"), state)
        self._consult = consult
        self.number = Input(placeholder=_("numéro du destinataire"), compact=True, max_length=40)
        self.list = ChoiceList(directory(state))
        attended = Capability.ATTENDED_TRANSFER in state.phone.capabilities
        self._blind = Button(_("Transférer sans annonce"), id="blind")
        self._first = Button(_("Appeler d'abord"), id="first", disabled=not attended)
        customer = held(state, beside=state.front)
        self._join = Button(_("Mettre en relation"), id="join", variant="primary") if customer is not None and attended else None
        self._customer = customer
        where = {"pane": TRANSFER, "contact": state.contact_id}
        draft = next((d for d in drafts_at(state, **where) if d.kind == "task" and not d.version), None)
        self.task_id = draft.record_id if draft else str(uuid.uuid4())
        kept = str(draft.typed.get("detail") or "") if draft else ""
        self.context = Input(kept, placeholder=_("qui, quoi, ce qui a été fait"), compact=True, max_length=CONTEXT_MAX, id="context")
        self._kept = kept
        self._said = Static("", classes="said", markup=False)
        self._sent = Static("", classes="hint", markup=False)

    def body(self) -> ComposeResult:
        if self._join is not None and self._customer is not None:
            yield Static(plain(_("En attente : {who}").format(who=who(self._customer))), markup=False)
            yield self._join
        yield self.number
        if contact(self.state) is not None:
            with Horizontal(classes="line"):
                yield Static(Text(_("Contexte")), classes="word", markup=False)
                yield self.context
            yield self._sent
        with Horizontal(classes="buttons"):
            yield self._blind
            yield self._first
        yield self._said
        yield Static(Text(self._hint()), classes="hint", markup=False)
        with VerticalScroll(can_focus=False, classes="room"):
            yield self.list

    def _hint(self) -> str:
        hint = _("Choisissez un service ou tapez un numéro. « Appeler d'abord » met le client en attente ; revenez ici ensuite.")
        if contact(self.state) is None:
            return hint + " " + _("Sans fiche ouverte, aucun contexte écrit ne suit le client.")
        return hint + " " + _("Le contexte part au service, en tâche au dossier.")

    def on_mount(self) -> None:
        super().on_mount()
        self._say_of_service()
        self._say_what_was_sent()

    def show_state(self, state: DeskState) -> None:
        super().show_state(state)
        self._say_what_was_sent()

    def _say_what_was_sent(self) -> None:
        """What was written for a service today: after a consultation one comes back here to put the customer through."""
        today, title = scenario_today(self.state).isoformat(), _(CONTEXT_TITLE)
        task = next((t for t in records(self.state, "task") if (t.get("title"), t.get("due_on")) == (title, today)), None)
        told = _("Déjà transmis à {service} : {text}").format(service=task.get("service"), text=task.get("detail")) if task else ""
        self._sent.update(plain(one_line(told), ""))
        self._sent.display = bool(told)

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        event.stop()
        self.number.value = event.choice.id
        take_focus(self.context if self.context.is_attached and not self.context.value else self._blind)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        take_focus(self._blind)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._say_of_service()
        if event.input is self.context and self.context.value != self._kept:
            self._kept = self.context.value
            fields = {"detail": self._kept} if self._kept.strip() else None
            where = {"pane": TRANSFER, "contact": self.state.contact_id}
            self.post_message(Happened(DraftTyped("task", self.task_id, 0, fields, where)))

    def _say_of_service(self) -> None:
        """That nobody will answer there now, before the customer is sent on."""
        service = service_of(self.state, self.number.value) or {}
        hours, now = str(service.get("hours") or ""), scenario_now(self.state, time.time())
        closed = opening_hours.is_closed(hours, now)
        told = f"▲ {one_line(service.get('name', ''))} : {opening_hours.words(hours, now)}" if closed else ""
        self._said.update(plain(told, "bold"))
        self._said.display = closed

    def _send_context(self, number: str) -> None:
        """The task, made before the customer goes; nothing when nothing was written."""
        detail = self.context.value.strip()
        if not detail or contact(self.state) is None:
            return
        service = service_of(self.state, number)
        name = one_line(service.get("name", "")) if service else number_words(number)
        fields: dict[str, Any] = {
            "contact_id": self.state.contact_id,
            "service": name[:120],
            "title": _(CONTEXT_TITLE),
            "detail": detail,
            "due_on": scenario_today(self.state).isoformat(),
        }
        self.app.post_message(Happened(SaveWanted(new_id(), "task", self.task_id, 0, fields)))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        number = self.number.value.strip()
        if event.button.id == "join":
            asked = self.state.call
            self._send_context(number or (asked.number if asked is not None else ""))
            self.dismiss(None)
            self.app.post_message(Happened(JoinWanted()))
        elif not number:
            take_focus(self.number)
        elif event.button.id == "blind":
            self._send_context(number)
            self.dismiss(None)
            self.app.post_message(Happened(TransferWanted(number)))
        else:
            self._send_context(number)
            self.dismiss(None)
            self._consult(number)
