"""The customer's file: who it is, what was checked, and all that the company holds of them (SC2, SC4, SC5, SC7)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual import on
from textual.app import ComposeResult

from cti.call import CallState
from workstation.desk.state import DeskState, Record
from workstation.i18n import N_, _
from workstation.ui.focus import take_focus
from workstation.ui.record_words import value_word
from workstation.ui.screens.record_pane import ContactLine, identification_of_call
from workstation.ui.screens.sectioned_pane import SectionedPane
from workstation.ui.widgets.picker import Option
from workstation.ui.widgets.record_drafts import contact, drafts_at, records, scenario_today
from workstation.ui.widgets.record_list import Contents, RecordList
from workstation.ui.widgets.record_subject import Subject
from workstation.ui.widgets.section_bar import Section, SectionBar
from workstation.ui.widgets.value_text import day, plain_line


def _begins(state: DeskState, kind: str) -> dict[str, Any]:
    today = scenario_today(state).isoformat()
    match kind:
        case "address":
            return {"valid_from": today}
        case "consent":
            return {"given_on": today, "source": "appel"}
        case "interaction":
            return {"call_key": state.front, "on": today}
        case _:
            return {}


SECTIONS: tuple[tuple[str, str, str, Contents], ...] = (  # key, word, short word, what is listed
    (
        "historique",
        N_("Historique"),
        N_("Hist."),
        Contents(("interaction",), ("date", "what", "text", "status"), widths=(("date", 16), ("what", 11), ("status", 19))),
    ),
    ("identification", N_("Identification"), N_("Ident."), Contents(("identification",), ("what", "text", "status"))),
    ("fiche", N_("Identité"), N_("Fiche"), Contents(("contact",), ("what", "text", "status"))),
    (
        "coordonnees",
        N_("Coordonnées"),
        N_("Coord."),
        Contents(
            ("contact_point", "address", "consent"),
            ("what", "text", "status"),
            ("address", "contact_point", "consent"),
            _begins,
            by_kind=True,
            widths=(("what", 20), ("status", 24)),
        ),
    ),
    ("abonnements", N_("Abonnements"), N_("Abon."), Contents(("subscription",))),
    ("commandes", N_("Commandes"), N_("Cdes"), Contents(("order",))),
    ("factures", N_("Factures"), N_("Fact."), Contents(("invoice",))),
    (
        "paiements",
        N_("Paiements"),
        N_("Paie."),
        Contents(
            ("payment", "payment_link", "collection_case", "payment_plan", "promise", "mandate", "reminder"),
            widths=(("what", 20), ("status", 18)),
        ),
    ),
    ("suivi", N_("Suivi"), N_("Suivi"), Contents(("task", "note"), ("date", "what", "text", "status"), ("task", "note"), _begins)),
    ("documents", N_("Documents"), N_("Docs"), Contents(("document",), ("what", "text", "status"), widths=(("what", 28),))),
)
_CONTENTS = {key: contents for key, _word, _short, contents in SECTIONS}


def check_options(state: DeskState) -> list[Option]:
    """Each element one may check, with the value on file to check it against."""
    who: Record = contact(state) or {}

    def all_of(kind: str, name: str, *wanted: str) -> str:
        found = [str(r.get(name) or "") for r in records(state, kind) if not wanted or r.get("channel") in wanted]
        return " / ".join(f for f in found[:3] if f)

    addresses = [r for r in records(state, "address") if r.get("usage", "principale") == "principale"][:2]
    on_file = {
        "nom": who.get("last_name") or who.get("company_name"),
        "prénom": who.get("first_name"),
        "code postal": " / ".join(str(a.get("postcode") or "") for a in addresses),
        "date de naissance": day(who.get("birth_date")),
        "numéro client": who.get("reference"),
        "numéro de commande": all_of("order", "reference"),
        "numéro de facture": all_of("invoice", "reference"),
        "adresse": " / ".join(f"{a.get('line1')}, {a.get('city')}" for a in addresses),
        "e-mail": all_of("contact_point", "value", "e-mail"),
    }
    return [(name, f"{value_word(name):<20}{plain_line(value or '—')}") for name, value in on_file.items()]


class CustomerFilePane(SectionedPane):
    pane_id = "customer_file"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__()
        self.line = ContactLine()
        self.bar = SectionBar([Section(k, _(w), _(s)) for k, w, s, _c in SECTIONS], id="file-sections")
        self.list = RecordList(self.pane_id, _CONTENTS["historique"], id="file-list")
        self._shown_contact = ""

    def title(self) -> str:
        return _("Fiche client")

    def compose(self) -> ComposeResult:
        yield self.line
        yield self.bar
        yield self.list

    # --- following the state

    def paint(self, state: DeskState) -> None:
        self.line.show(state)
        self.bar.set_sections([Section(k, _(w), _(s), self._mark(k)) for k, w, s, _c in SECTIONS])
        self.list.show(state, state.contact_id)
        if state.contact_id in state.files and state.contact_id != self._shown_contact:
            self._shown_contact = state.contact_id
            self._begin_with(state)

    def _begin_with(self, state: DeskState) -> None:
        """History first; where something typed was left, that first, except while a call rings."""
        left = next(iter(drafts_at(state, pane=self.pane_id, contact=state.contact_id)), None)
        rings = state.call is not None and state.call.state is CallState.OFFERED
        section = next((k for k, _w, _s, c in SECTIONS if left is not None and left.kind in c.kinds), "historique")
        self.bar.choose("historique" if rings else section)

    def _mark(self, section: str) -> str:
        contents = _CONTENTS[section]
        if section == "identification":
            return " ✓" if identification_of_call(self.state) else ""
        if section == "fiche":
            return ""
        count = sum(len(records(self.state, kind)) for kind in contents.kinds)
        return f" {count}" if count else ""

    def opened(self, state: DeskState) -> None:
        super().opened(state)
        if self.list.form.subject is not None:
            self.list.form.focus_first()
        elif state.contact_id:
            take_focus(self.list.table)
        else:
            take_focus(self.bar)

    # --- sections

    @on(SectionBar.Chosen)
    async def _section_chosen(self, event: SectionBar.Chosen) -> None:
        event.stop()
        here = self.screen.focused is None or self.has_focus_within
        from_bar = self.bar.has_focus
        await self.list.set_contents(_CONTENTS[event.key])
        self.list.show(self.state, self.state.contact_id)
        if not self.state.contact_id:
            return
        focus = here and not from_bar
        if event.key == "identification":
            await self._open_identification(focus)
        elif event.key == "fiche" and (who := contact(self.state)) is not None:
            await self.list.form.open(Subject("contact", who, self.state.contact_id, title=_("Identité")), self.state, focus=focus)
            self.list.show(self.state, self.state.contact_id)
        else:
            if focus:
                take_focus(self.list.table)
            await self._reopen_draft(_CONTENTS[event.key], focus)

    async def _reopen_draft(self, contents: Contents, focus: bool) -> None:
        """What was being typed here comes back in its form."""
        for draft in drafts_at(self.state, pane=self.pane_id, contact=self.state.contact_id):
            if draft.kind in contents.kinds:
                await self.list.edit(draft.kind, draft.record_id, focus=focus)
                return

    async def _open_identification(self, focus: bool) -> None:
        """The check-list of this call: the one already recorded, the draft, or a new one."""
        state = self.state
        more: dict[str, Any] = {"options": {"elements": check_options(state)}, "title": _("Identification dans cet appel")}
        done = identification_of_call(state)
        draft = next((d for d in drafts_at(state, pane=self.pane_id, contact=state.contact_id) if d.kind == "identification"), None)
        if done is not None:
            subject = Subject("identification", done, state.contact_id, **more)
        elif draft is not None:
            subject = Subject.of_draft(draft, **more)
        else:
            subject = Subject.new("identification", state.contact_id, {"call_key": state.front}, **more)
        await self.list.form.open(subject, state, focus=focus)
        self.list.show(state, state.contact_id)

    def action_save(self) -> None:
        self.list.form.save()
