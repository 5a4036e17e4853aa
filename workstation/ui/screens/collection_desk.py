"""Recovering a debt amicably: the debtor's file, the reason, the plan, the promise, the means of payment (SC7, SC16; c9)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.widgets import ContentSwitcher

from workstation.desk.state import DeskState, Record
from workstation.i18n import N_, _
from workstation.ui.focus import take_focus
from workstation.ui.record_titles import reached_at
from workstation.ui.screens import collection_words as words
from workstation.ui.screens.plan_step import PlanStep
from workstation.ui.screens.record_pane import ContactLine
from workstation.ui.screens.sectioned_pane import SectionedPane
from workstation.ui.widgets.record_drafts import contact, contact_name, drafts_at, records, scenario_today
from workstation.ui.widgets.record_list import Contents, RecordList
from workstation.ui.widgets.record_subject import Subject
from workstation.ui.widgets.section_bar import Section, SectionBar
from workstation.ui.widgets.static import Static


def _plan(state: DeskState) -> Record | None:
    """The plan agreed, else the last one."""
    plans = records(state, "payment_plan")
    return next((p for p in plans if p.get("status") == "accepté"), plans[0] if plans else None)


def _begins(state: DeskState, kind: str) -> dict[str, Any]:
    """New records of this desk start from the plan agreed."""
    plan = _plan(state)
    first = (plan.get("instalments") or [None])[0] if plan else None
    amount = int(first["amount_cents"]) if first else words.owed_cents(state)
    plan_id = str(plan["id"]) if plan else ""
    who = contact(state)
    match kind:
        case "promise":
            due = str(first["due_on"]) if first else scenario_today(state).isoformat()
            return {"plan_id": plan_id, "amount_cents": amount, "due_on": due, "person": contact_name(who) if who else ""}
        case "payment_link":
            return {"plan_id": plan_id, "amount_cents": amount, "channel": "e-mail", "sent_to": reached_at(state, "e-mail")}
        case "mandate":
            return {"status": "à signer"}
        case "document":
            return {"template": "échéancier", "subject_id": plan_id, "channel": "e-mail", "sent_to": reached_at(state, "e-mail")}
        case "collection_case":
            return {"invoice_ids": [str(r["id"]) for r in words.unpaid(state)], "total_cents": words.owed_cents(state)}
        case _:
            return {}


def _of_the_debt(kind: str, record: Record) -> bool:
    match kind:
        case "invoice":
            return record.get("status") in ("impayée", "en litige")
        case "payment":
            return record.get("status") in ("rejeté", "en cours")
        case _:
            return True


_WIDE = (("what", 20), ("status", 10))
SECTIONS: tuple[tuple[str, str, str, Contents | None], ...] = (
    (
        "dossier",
        N_("Dossier"),
        N_("Dossier"),
        Contents(
            ("invoice", "payment", "reminder", "promise", "mandate"),
            keep=_of_the_debt,
            note=words.age_note,
            by_kind=True,
            widths=(("what", 13), ("status", 10)),
        ),
    ),
    ("motif", N_("Motif et relances"), N_("Motif"), Contents(("collection_case",), ("what", "text", "amount", "status"), widths=_WIDE)),
    ("echeancier", N_("Échéancier"), N_("Échéancier"), None),
    ("promesse", N_("Promesse"), N_("Promesse"), Contents(("promise",), adds=("promise",), begins=_begins)),
    (
        "reglement",
        N_("Lien et mandat"),
        N_("Lien/mandat"),
        Contents(
            ("payment_link", "mandate"),
            ("what", "text", "amount", "status"),
            adds=("payment_link", "mandate"),
            begins=_begins,
            widths=_WIDE,
        ),
    ),
    (
        "document",
        N_("Documents"),
        N_("Docs"),
        Contents(("document",), ("what", "text", "status"), adds=("document",), begins=_begins, widths=(("what", 28),)),
    ),
)
_CONTENTS = {key: contents for key, _word, _short, contents in SECTIONS}


class CollectionDeskPane(SectionedPane):
    pane_id = "collection_desk"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__()
        first = _CONTENTS["dossier"]
        assert first is not None
        self.line = ContactLine()
        self.debt = Static("", classes="contact-line", markup=False)
        self.bar = SectionBar([Section(k, _(w), _(s)) for k, w, s, _c in SECTIONS], id="collection-sections")
        self.list = RecordList(self.pane_id, first, id="collection-list")
        self.plan = PlanStep(self.pane_id)
        self._contact_id = ""

    def title(self) -> str:
        return _("Recouvrement")

    def compose(self) -> ComposeResult:
        yield self.line
        yield self.debt
        yield self.bar
        with ContentSwitcher(initial="collection-list"):
            yield self.list
            yield self.plan

    def paint(self, state: DeskState) -> None:
        self.line.show(state)
        self.debt.update(words.debt_words(state))
        self.bar.set_sections([Section(k, _(w), _(s), " ✓" if self._done(k) else "") for k, w, s, _c in SECTIONS])
        self.list.show(state, state.contact_id)
        self.plan.paint(state)
        if state.contact_id in state.files and state.contact_id != self._contact_id:
            self._contact_id = state.contact_id
            self.bar.choose(self._where_left(state))

    def _where_left(self, state: DeskState) -> str:
        """The section where something typed was left, else the file."""
        for draft in drafts_at(state, pane=self.pane_id, contact=state.contact_id):
            if draft.kind == "payment_plan":
                return "echeancier"
            for key, contents in _CONTENTS.items():
                if contents is not None and draft.kind in contents.kinds:
                    return key
        return "dossier"

    def _done(self, section: str) -> bool:
        state = self.state
        match section:
            case "motif":
                return bool((words.case_of(state) or {}).get("reason"))
            case "echeancier":
                return (_plan(state) or {}).get("status") == "accepté"
            case "promesse":
                return any(p.get("status") == "en cours" for p in records(state, "promise"))
            case "document":
                return any(d.get("template") == "échéancier" for d in records(state, "document"))
            case _:
                return False

    def opened(self, state: DeskState) -> None:
        super().opened(state)
        self._focus_section()

    def _focus_section(self) -> None:
        if self.bar.key == "echeancier":
            self.plan.focus_first()
        elif self.list.form.subject is not None:
            self.list.form.focus_first()
        else:
            take_focus(self.list.table)

    @on(SectionBar.Chosen)
    async def _section_chosen(self, event: SectionBar.Chosen) -> None:
        event.stop()
        here = self.focus_goes_along
        contents, state = _CONTENTS[event.key], self.state
        self.query_one(ContentSwitcher).current = "plan" if contents is None else "collection-list"
        if contents is None:
            if here:
                self.plan.focus_first()
            return
        await self.list.set_contents(contents)
        self.list.show(state, state.contact_id)
        if event.key == "motif" and state.contact_id:
            await self._open_case(here)
            return
        draft = next((d for d in drafts_at(state, pane=self.pane_id, contact=state.contact_id) if d.kind in contents.kinds), None)
        if draft is not None:
            await self.list.edit(draft.kind, draft.record_id, focus=here)
        elif here:
            take_focus(self.list.table)

    async def _open_case(self, focus: bool) -> None:
        state, names = self.state, ("reason", "dunning", "dunning_until", "remark")
        case = words.case_of(state)
        if case is not None:
            subject = Subject("collection_case", case, state.contact_id, names, _("Motif et relances"))
        else:
            begins = _begins(state, "collection_case")
            subject = Subject.new("collection_case", state.contact_id, begins, names=names, title=_("Motif et relances"))
        await self.list.open(subject, focus=focus)

    def action_save(self) -> None:
        if self.bar.key == "echeancier":
            self.plan.save()
        else:
            self.list.form.save()
