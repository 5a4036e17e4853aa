"""Qualifying a call: its result, the codes of the competence with their effect, a comment, what comes next. Mandatory after each attempt.

What is typed is kept as a draft from the first change; one record a call, so that saving twice is saving once.
"""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path
from typing import Any

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, Input, TextArea

from crm_mock.rules import calendar
from workstation.desk.changes import owed
from workstation.desk.events import DraftTyped, SaveWanted
from workstation.desk.state import CallView, DeskState, Record
from workstation.desk.words import call_words, scenario_now, who
from workstation.i18n import _, labelled
from workstation.ui.focus import take_focus
from workstation.ui.happened import Happened, new_id
from workstation.ui.plain_text import one_line, plain
from workstation.ui.screens.dialog import Dialog
from workstation.ui.widgets.check_list import CheckList
from workstation.ui.widgets.picker import Picker
from workstation.ui.widgets.record_drafts import contact_name
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import Unreadable, day, read_day

COMMENT_MAX = 500
_NAMESPACE = uuid.UUID("4f1f3b1e-6d1c-4a53-9a0f-6c2f5f7b9a10")


def record_id_of(call_key: str) -> str:
    """The interaction of a call has an id made from the call's key: a desk that was killed writes the same record again."""
    return str(uuid.uuid5(_NAMESPACE, call_key))


def call_to_qualify(state: DeskState) -> CallView | None:
    """The call in front if it can be qualified, else the oldest that is owed."""
    calls = {call.call_key: call for call in (*state.log, *state.calls.values())}
    front = state.call
    if (
        front is not None
        and not front.qualified
        and not front.consultation
        and (front.answered_at is not None or front.direction == "sortant")
    ):
        return front
    return next((calls[key] for key in owed(state) if key in calls), None)


def codes_offered(state: DeskState) -> tuple[list[Record], list[Record]]:
    """(results, second-level codes of the simulation's competences; every competence's when no simulation is running)."""
    tree = state.brief.get("codes") or {}
    competences: dict[str, list[Record]] = tree.get("competences") or {}
    current = (state.brief.get("simulations") or {}).get(str(state.sitting.get("current") or "")) or {}
    wanted = [str(name) for name in current.get("codes") or ()] or list(competences)
    second = [code for name in wanted for code in competences.get(name) or ()]
    return list(tree.get("results") or ()), list({str(code.get("code")): code for code in second}.values())


def complaints(fields: Record, results: list[Record], codes: list[Record], contact_known: bool) -> list[tuple[str, str]]:
    """(field, what it lacks, in French), in the order of the screen but for the length; the server has the last word."""
    found = []
    chosen = {str(code.get("code")): code for code in (*results, *codes)}
    used = [chosen[code] for code in (fields["result"], *fields["codes"]) if code in chosen]
    asks = {ask for code in used for ask in code.get("asks") or ()}
    if "contact" in asks and not contact_known:
        found.append(("contact_id", _("Ce code demande la fiche du client (F5 pour la rechercher).")))
    if not fields["result"]:
        found.append(("result", _("Choisissez le résultat de l'appel.")))
    if "next_on" in asks and not fields["next_on"]:
        found.append(("next_on", _("Ce code demande une date de suite.")))
    if "comment" in asks and not fields["comment"].strip():
        found.append(("comment", _("Ce code demande un commentaire.")))
    if len(fields["comment"]) > COMMENT_MAX:
        found.append(("comment", _("Commentaire trop long : {count} signes de trop.").format(count=len(fields["comment"]) - COMMENT_MAX)))
    return found


class Qualification(Dialog[DeskState]):
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS = [Binding("ctrl+s", "save", show=False)]  # noqa: RUF012 - Textual's own way

    def __init__(self, state: DeskState, call: CallView, agent_name: str) -> None:
        title = _("Qualification de la conversation") if call.written else _("Qualification de l'appel")
        super().__init__("qualification", title, state)
        self.call, self.agent_name = call, agent_name
        self.record_id = record_id_of(call.call_key)
        self._results, self._codes = codes_offered(state)
        choose = ("", _("— choisir —"))
        self.contact = Picker(self._contacts(state), self._contact_of(state))
        self.result = Picker([choose, *((str(c["code"]), one_line(f"{c['code']} · {c.get('label', '')}")) for c in self._results)], "")
        self.codes = CheckList([(str(c["code"]), one_line(f"{c['code']} · {c.get('label', '')}")) for c in self._codes])
        self.effect = Static("", classes="effect", markup=False)
        self.comment = TextArea("", compact=True, soft_wrap=True, tab_behavior="focus")
        self.next_action = Input(compact=True, max_length=120, placeholder=_("ce qui reste à faire"))
        self.next_on = Input(compact=True, max_length=10, placeholder=_("jj/mm/aaaa"))
        self._said = Static("", classes="said", markup=False)
        self._too_long = False
        self._sent: dict[str, Any] | None = None

    # --- shape --------------------------------------------------------------------------------------

    def body(self) -> ComposeResult:
        yield Static(plain(f"{call_words(self.call)} · {who(self.call)}"), markup=False)
        with VerticalScroll(can_focus=False, classes="room"):
            yield from self._line(_("Fiche"), self.contact)
            yield from self._line(_("Résultat"), self.result)
            yield from self._line(_("Codes"), self.codes)
            yield self.effect
            yield from self._line(_("Commentaire"), self.comment)
            yield from self._line(_("Suite"), self.next_action)
            yield from self._line(_("Date de suite"), self.next_on)
        yield self._said
        with Horizontal(classes="buttons"):
            yield Button(_("Enregistrer (Ctrl+S)"), variant="primary", id="save", compact=True)
            yield Button(_("Plus tard (Échap)"), id="later", compact=True)

    @staticmethod
    def _line(word: str, widget: Widget) -> ComposeResult:
        with Horizontal(classes="line"):
            yield Static(Text(word), classes="word", markup=False)
            yield widget

    def on_mount(self) -> None:
        super().on_mount()
        self._restore()
        self._show_effect()
        take_focus(self.result)

    def _contacts(self, state: DeskState) -> list[tuple[str, str]]:
        known = [(contact_id, one_line(contact_name(file["contact"]))) for contact_id, file in state.files.items()]
        return [*known, ("", _("sans fiche : correspondant inconnu"))]

    def _contact_of(self, state: DeskState) -> str:
        call = state.calls.get(self.call.call_key, self.call)
        wanted = call.contact_id or state.contact_id
        return wanted if wanted in state.files else ""

    # --- content ------------------------------------------------------------------------------------

    def fields(self) -> dict[str, Any]:
        """As the record takes them, save `next_on`, which is as typed; see `_send`."""
        return {
            "contact_id": self.contact.value,
            "result": self.result.value,
            "codes": self.codes.value,
            "comment": self.comment.text,
            "next_action": self.next_action.value.strip(),
            "next_on": self.next_on.value.strip(),
        }

    def _restore(self) -> None:
        draft = self.state.drafts.get(self.record_id)
        if draft is None:
            return
        typed = draft.get("fields") or {}
        with self.prevent(Input.Changed, TextArea.Changed):
            if typed.get("contact_id") in self.state.files:
                self.contact.set_value(str(typed["contact_id"]))
            self.result.set_value(str(typed.get("result") or ""))
            self.codes.set_value(typed.get("codes") or ())
            self.comment.text = str(typed.get("comment") or "")
            self.next_action.value = str(typed.get("next_action") or "")
            self.next_on.value = day(typed.get("next_on")) if typed.get("next_on") else ""

    def _show_effect(self) -> None:
        chosen = {self.result.value, *self.codes.value}
        used = [code for code in (*self._results, *self._codes) if str(code.get("code")) in chosen and code.get("effect")]
        words = [labelled(code["code"], one_line(code["effect"])) for code in used]
        self.effect.update(Text("\n".join(dict.fromkeys(words)) or _("L'effet de chaque code s'affiche ici.")))

    @on(Picker.Changed)
    @on(CheckList.Changed)
    @on(Input.Changed)
    @on(TextArea.Changed)
    def _edited(self) -> None:
        self._show_effect()
        extra = len(self.comment.text) - COMMENT_MAX
        if extra > 0 or self._too_long:  # other complaints stay until the next save
            self._said.update(Text(_("Commentaire trop long : {count} signes de trop.").format(count=extra) if extra > 0 else ""))
        self._too_long = extra > 0
        where = {"pane": "qualification", "call_key": self.call.call_key}
        self.post_message(Happened(DraftTyped("interaction", self.record_id, 0, self.fields(), where)))

    # --- saving -------------------------------------------------------------------------------------

    def action_save(self) -> None:
        fields = self.fields()
        now = scenario_now(self.state, dt.datetime.now().timestamp()) or dt.datetime.now()
        try:
            fields["next_on"] = read_day(fields["next_on"], now.date())
        except Unreadable as unreadable:
            self._said.update(Text(str(unreadable)))
            take_focus(self.next_on)
            return
        missing = complaints(fields, self._results, self._codes, bool(fields["contact_id"]))
        if missing:
            self._said.update(Text("\n".join(words for _field, words in missing)))
            editors: dict[str, Widget] = {"result": self.result, "next_on": self.next_on, "comment": self.comment}
            lacking = next((editors[field] for field, _words in missing if field in editors), None)
            if lacking is not None:  # a file is not chosen here but opened (F5)
                take_focus(lacking)
            return
        fields |= {
            "call_key": self.call.call_key,
            "channel": "chat" if self.call.written else "téléphone",
            "direction": self.call.direction,
            "at": self._began(),
            "on": now.date().isoformat(),
            "agent": self.agent_name,
        }
        if not fields["next_on"]:
            del fields["next_on"]
        self._said.update(Text(_("Enregistrement demandé…")))
        self._sent = fields
        self.post_message(Happened(SaveWanted(new_id(), "interaction", self.record_id, 0, fields, self.call.call_key)))

    def _began(self) -> str:
        """When the call began, on the sitting's own clock, as every date of its records; "" leaves it to the room."""
        hour = scenario_now(self.state, self.call.began_at)
        return calendar.instant(hour) if hour is not None else ""

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "save":
            self.action_save()
        else:
            self.action_close()

    def show_state(self, state: DeskState) -> None:
        super().show_state(state)
        contacts = self._contacts(state)
        if tuple(contacts) != self.contact.options:
            chosen = self.contact.value
            self.contact.set_options(contacts)
            self.contact.set_value(chosen if chosen in state.files else self._contact_of(state))
        view = state.saves.get(self.record_id)
        if self._sent is None or view is None:
            return
        if view.state == "saved":
            self._sent = None
            if self.is_current:
                self.dismiss(None)
        elif view.state in ("failed", "conflict"):
            self._sent = None
            self._said.update(plain("\n".join([view.title, *view.fields.values()]), "bold", limit=2000))
        elif state.late:
            self._said.update(Text(_("NON ENREGISTRÉ – nouvel essai en cours. Rien n'est perdu : vous pouvez fermer.")))
