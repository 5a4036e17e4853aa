"""Keeping a customer who may leave, and letting go one who wants to: contract, motive, grid, amendment, termination (SC15; c8)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.widgets import ContentSwitcher

from workstation.desk.state import DeskState, Record
from workstation.i18n import N_, _
from workstation.ui.focus import take_focus
from workstation.ui.messages import Told
from workstation.ui.record_titles import reached_at
from workstation.ui.screens import retention_words as words
from workstation.ui.screens.record_pane import ContactLine
from workstation.ui.screens.retention_answer import AmendmentStep
from workstation.ui.screens.retention_offers import GridStep
from workstation.ui.screens.retention_request import RequestStep
from workstation.ui.screens.sectioned_pane import SectionedPane
from workstation.ui.widgets.field_box import FieldBox
from workstation.ui.widgets.record_drafts import drafts_at, find_record
from workstation.ui.widgets.record_list import Contents, RecordList
from workstation.ui.widgets.section_bar import Section, SectionBar
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import plain_line

TEMPLATES = ("avenant", "accusé de résiliation")
SECTIONS: tuple[tuple[str, str, str], ...] = (
    ("contrat", N_("Contrat"), N_("Contrat")),
    ("motif", N_("Motif"), N_("Motif")),
    ("grille", N_("Grille"), N_("Grille")),
    ("avenant", N_("Avenant"), N_("Avenant")),
    ("resiliation", N_("Résiliation"), N_("Résil.")),
    ("documents", N_("Documents"), N_("Docs")),
)
_SHOWN = {"contrat": "retention-contract", "motif": "demande", "resiliation": "demande", "documents": "retention-documents"}
_FORMS = {"usage-form": "motif", "request-form": "motif", "amendment-form": "avenant"}


def _begins(state: DeskState, kind: str) -> dict[str, Any]:
    subscription = next(iter(words.subscriptions(state)), None)
    begins = words.documents_begin(state, subscription)
    subject = words.document_subject(state, str(begins["template"]), subscription)
    return {**begins, "subject_id": subject, "channel": "e-mail", "sent_to": reached_at(state, "e-mail")}


CONTRACT = Contents(
    ("subscription", "termination_request", "goodwill", "amendment", "interaction"),
    ("date", "what", "text", "status"),
    by_kind=True,
    widths=(("what", 16), ("status", 10)),
    note=words.amount_note,
)
DOCUMENTS = Contents(("document",), ("what", "text", "status"), ("document",), _begins, widths=(("what", 28),))


class RetentionDeskPane(SectionedPane):
    """One contract is in hand: that of an open request, or the one opened in the list of contracts."""

    pane_id = "retention_desk"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__()
        self.line = ContactLine()
        self.contract = Static("", classes="contact-line", markup=False)
        self.bar = SectionBar([Section(k, _(w), _(s)) for k, w, s in SECTIONS], keys="Alt+→", id="retention-sections")
        self.list = RecordList(self.pane_id, CONTRACT, id="retention-contract")
        self.request = RequestStep(self)
        self.grid = GridStep(self)
        self.amendment = AmendmentStep(self)
        self.documents = RecordList(self.pane_id, DOCUMENTS, id="retention-documents")
        self._contact_id = ""
        self._subscription_id = ""
        self._request_id = ""

    def title(self) -> str:
        return _("Fidélisation")

    def compose(self) -> ComposeResult:
        yield self.line
        yield self.contract
        yield self.bar
        with ContentSwitcher(initial="retention-contract"):
            yield self.list
            yield self.request
            yield self.grid
            yield self.amendment
            yield self.documents

    # --- following the state

    @property
    def subscription(self) -> Record | None:
        """The contract in hand."""
        chosen = find_record(self.state, "subscription", self._subscription_id) if self._subscription_id else None
        return chosen or next(iter(words.subscriptions(self.state)), None)

    def paint(self, state: DeskState) -> None:
        self.line.show(state)
        changed = state.contact_id != self._contact_id and (not state.contact_id or state.contact_id in state.files)
        if changed:
            self._contact_id, self._subscription_id = state.contact_id, ""
        request = str((words.request_of(state, self.subscription) or {}).get("id") or "")
        if changed or request != self._request_id:
            self._request_id = request
            self.call_later(self._take_up, changed)
        self.contract.update(words.contract_words(state, self.subscription))
        self.bar.set_sections([Section(k, _(w), _(s), " ✓" if self._done(k) else "") for k, w, s in SECTIONS])
        self.list.show(state, state.contact_id)
        self.documents.show(state, state.contact_id)
        for step in (self.request, self.grid, self.amendment):
            step.paint(state)
        if changed and state.contact_id:
            self.bar.choose(self._where_left(state))

    async def _take_up(self, other: bool) -> None:
        """The forms of the contract in hand, as the file and the drafts have them. One that is being filled in is left alone, unless
        it is of an `other` contract."""
        for step in (self.request, self.amendment):
            if other or not step.has_focus_within:
                await step.take_up(self.state)
            step.paint(self.state)
        if other and self.has_focus_within:
            self._focus_section()

    def _where_left(self, state: DeskState) -> str:
        """The section where something typed was left, else the contract."""
        for draft in drafts_at(state, pane=self.pane_id, contact=state.contact_id):
            if draft.where.get("form", "") in _FORMS:
                return _FORMS[draft.where["form"]]
            if draft.kind == "document":
                return "documents"
        return "contrat"

    def _done(self, section: str) -> bool:
        state, subscription = self.state, self.subscription
        request = words.request_of(state, subscription) or {}
        match section:
            case "motif":
                return bool(request.get("motive"))
            case "grille":
                return any(a.get("offer_rule") for a in words.amendments_of(state, subscription))
            case "avenant":
                return words.agreed_amendment(state, subscription) is not None
            case "resiliation":
                return request.get("status") in (words.WITHDRAWN, "traitée")
            case "documents":
                return bool(words.sent_templates(state, TEMPLATES))
            case _:
                return False

    # --- offers

    async def offer(self, line: words.OfferLine) -> None:
        """Put this offer to the customer: it is on record at once, its answer is awaited."""
        if self.subscription is None:
            return
        await self.amendment.make(words.begins(self.state, self.subscription, line.offer), save=True)
        self.post_message(Told(_("Offre inscrite : {offer}. Notez sa réponse.").format(offer=plain_line(line.offer.label))))
        self.go("avenant")

    async def answer(self, amendment_id: str) -> None:
        """To the answer to an offer already made."""
        await self.amendment.open(amendment_id, focus=False)
        self.go("avenant")

    # --- moving about

    def opened(self, state: DeskState) -> None:
        super().opened(state)
        self._focus_section()

    def shows(self, section: str) -> bool:
        return self.bar.key == section

    @on(SectionBar.Chosen)
    def _section_chosen(self, event: SectionBar.Chosen) -> None:
        event.stop()
        here = self.focus_goes_along
        self._contract_in_hand()
        self.query_one(ContentSwitcher).current = _SHOWN.get(event.key, event.key)
        self.request.paint(self.state)
        if here:
            self._focus_section()

    def _contract_in_hand(self) -> None:
        """The contract opened in the list becomes the one worked on."""
        opened = self.list.form.subject
        if opened is None or opened.kind != "subscription" or opened.record["id"] == (self.subscription or {}).get("id"):
            return
        self._subscription_id = str(opened.record["id"])
        self.call_later(self._take_up, True)
        self.paint(self.state)

    def _focus_section(self) -> None:
        match self.bar.key:
            case "motif" | "resiliation":
                self.request.focus_first()
            case "grille":
                self.grid.focus_first()
            case "avenant":
                self.amendment.focus_first()
            case key:
                shown = self.list if key == "contrat" else self.documents
                if shown.form.subject is not None:
                    shown.form.focus_first()
                elif key == "documents" and not shown.table.rows_shown:
                    shown.focus_add()
                else:
                    take_focus(shown.table)

    # --- contract and documents

    @on(FieldBox.Edited)
    def _document_changed(self, event: FieldBox.Edited) -> None:
        form = self.documents.form
        if form.subject is None or form.version or form not in event.box.ancestors:
            return
        if event.box.spec.name == "template":
            form.put("subject_id", words.document_subject(self.state, str(event.box.typed), self.subscription))
        elif event.box.spec.name == "channel":
            form.put("sent_to", reached_at(self.state, "e-mail") if event.box.typed == "e-mail" else "")

    def action_save(self) -> None:
        match self.bar.key:
            case "contrat":
                self.list.form.save()
            case "motif" | "resiliation":
                self.request.save()
            case "avenant":
                self.amendment.form.save()
            case "documents":
                self.documents.form.save()
            case _:
                pass
