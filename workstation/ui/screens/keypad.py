"""Dialling a number, sending tones, handing a customer over."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Input, Static

from cti.phone.port import Capability
from workstation.desk.changes import alive, held
from workstation.desk.events import DigitsWanted, JoinWanted, TransferWanted
from workstation.desk.state import DeskState, S
from workstation.desk.words import number_words, who
from workstation.i18n import _
from workstation.ui.happened import Happened
from workstation.ui.plain_text import one_line, plain
from workstation.ui.screens.dialog import Dialog
from workstation.ui.widgets.choice_list import Choice, ChoiceList
from workstation.ui.widgets.record_drafts import contact, contact_name, records

DIGITS = "0123456789*#ABCD"


def directory(state: DeskState) -> tuple[Choice, ...]:
    """The company's services, by their E.164 number."""
    services = state.brief.get("directory") or ()
    return tuple(
        Choice(str(s.get("number", "")), one_line(s.get("name", "")), "", "", number_words(str(s.get("number", "")))) for s in services
    )


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
    """Blind, or by consulting first; once consulted, the customer on hold is put through."""

    def __init__(self, state: DeskState, consult: Callable[[str], object]) -> None:
        super().__init__("transfer", _("Transférer"), state)
        self._consult = consult
        self.number = Input(placeholder=_("numéro du destinataire"), compact=True, max_length=40)
        self.list = ChoiceList(directory(state))
        attended = Capability.ATTENDED_TRANSFER in state.phone.capabilities
        self._blind = Button(_("Transférer sans annonce"), id="blind")
        self._first = Button(_("Appeler d'abord"), id="first", disabled=not attended)
        customer = held(state, beside=state.front)
        self._join = Button(_("Mettre en relation"), id="join", variant="primary") if customer is not None and attended else None
        self._customer = customer

    def body(self) -> ComposeResult:
        if self._join is not None and self._customer is not None:
            yield Static(plain(_("En attente : {who}").format(who=who(self._customer))), markup=False)
            yield self._join
        yield self.number
        with Horizontal(classes="buttons"):
            yield self._blind
            yield self._first
        hint = _("Choisissez un service ou tapez un numéro. « Appeler d'abord » met le client en attente ; revenez ici ensuite.")
        yield Static(Text(hint), classes="hint", markup=False)
        with VerticalScroll(can_focus=False, classes="room"):
            yield self.list

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        event.stop()
        self.number.value = event.choice.id
        self._blind.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._blind.focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        number = self.number.value.strip()
        if event.button.id == "join":
            self.dismiss(None)
            self.app.post_message(Happened(JoinWanted()))
        elif not number:
            self.number.focus()
        elif event.button.id == "blind":
            self.dismiss(None)
            self.app.post_message(Happened(TransferWanted(number)))
        else:
            self.dismiss(None)
            self._consult(number)
