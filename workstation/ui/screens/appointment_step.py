"""The appointment of the contact in front: made on a slot of the agenda, qualified, confirmed, moved, cancelled (c5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual import on
from textual.app import ComposeResult

from workstation.desk.state import DeskState, Record
from workstation.i18n import _
from workstation.ui.record_titles import summary
from workstation.ui.screens import campaign_words
from workstation.ui.screens.appointment_form import AppointmentForm
from workstation.ui.screens.appointment_sending import AppointmentSending
from workstation.ui.screens.campaign_step import Step
from workstation.ui.widgets.field_box import FieldBox
from workstation.ui.widgets.record_drafts import contact_name, draft_of, drafts_at, find_record, records
from workstation.ui.widgets.record_form import RecordForm
from workstation.ui.widgets.record_subject import Subject
from workstation.ui.widgets.record_table import Column, RecordTable, Row
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import plain_line

if TYPE_CHECKING:
    from workstation.ui.screens.campaign_desk import CampaignDeskPane

FORM_ID = "appointment-form"


class AppointmentStep(Step):
    """The form is the whole of it; the list is there when the contact has several."""

    def __init__(self, desk: CampaignDeskPane) -> None:
        super().__init__(desk, "rendezvous")
        self.table = RecordTable(
            [Column(_("Quand"), 16), Column(_("Numéro"), 14), Column(_("Détail")), Column(_("État"), 12)], id="appointments"
        )
        self.form = AppointmentForm(desk.pane_id, id=FORM_ID)
        self.told = Static("", id="appointment-told", markup=False)
        self.sending = AppointmentSending(self.form)
        self._contact_id = ""

    def compose(self) -> ComposeResult:
        yield self.table
        yield self.told
        yield self.form
        yield self.sending

    def focus_first(self) -> None:
        if self.form.subject is not None:
            self.form.focus_first()
        elif self.table.display:
            self.go_to(self.table)
        else:
            self.go_to(self.desk.bar)

    # --- following the state

    @property
    def held(self) -> Record | None:
        """The appointment that holds a slot: the last one that is not cancelled."""
        return next((a for a in records(self.desk.state, "appointment") if a.get("status") != "annulé"), None)

    @property
    def held_id(self) -> str:
        return str((self.held or {}).get("id") or "")

    def paint(self, state: DeskState) -> None:
        if state.contact_id != self._contact_id:
            self._contact_id = state.contact_id
            self.form.close()
        self.form.show_state(state)
        known = records(state, "appointment")
        rows = []
        for one in known:
            said = summary("appointment", one)
            status = "✎ " + _("brouillon") if draft_of(state, str(one["id"])) is not None else said.status
            rows.append(Row(str(one["id"]), (said.date, said.what, said.text, status)))
        self.table.set_rows(rows)
        self.table.display = len(rows) > 1 or (bool(rows) and self.form.subject is None)
        self._tell()

    def _tell(self) -> None:
        self.sending.paint(self.desk.state)
        if self.form.subject is None:
            self.told.update(_("Choisissez un créneau dans l'agenda (Alt+←, Entrée)."))
            return
        warned = self.form.warnings()
        self.told.update(Text("\n".join(f"▲ {w}" for w in warned) if warned else "✓ " + _("Rendez-vous qualifié, dans les règles.")))

    # --- what a person does

    async def take_up(self) -> bool:
        """What was left before it was saved, else the appointment that holds a slot; False when there is neither."""
        state = self.desk.state
        for draft in drafts_at(state, pane=self.desk.pane_id, contact=state.contact_id, form=FORM_ID):
            known = find_record(state, "appointment", draft.record_id)
            subject = Subject("appointment", known, state.contact_id) if known is not None else Subject.of_draft(draft)
            await self._open(subject, focus=False)
            return True
        if self.held is not None:
            await self._open(Subject("appointment", self.held, state.contact_id), focus=False)
            return True
        return False

    async def _open(self, subject: Subject, *, focus: bool = True) -> None:
        await self.form.open(subject, self.desk.state, focus=focus)
        self.paint(self.desk.state)

    async def put_on(self, slot_id: str) -> None:
        """A new appointment on this slot, or the one there is moved to it: nothing is taken before it is saved."""
        state = self.desk.state
        if self.form.subject is None and not await self.take_up():
            address = next(iter(records(state, "address")), {})
            begins: dict[str, Any] = {"slot_id": slot_id, "address_id": str(address.get("id") or ""), "purpose": "Démonstration"}
            await self._open(Subject.new("appointment", state.contact_id, begins), focus=False)
            deciders = [p for p in campaign_words.people(state) if campaign_words.role_of(p) != campaign_words.GATEKEEPER]
            self.form.tick([plain_line(contact_name(p)) for p in deciders])
        self.form.put("slot_id", slot_id)
        if self.form.typed("status") == "annulé":
            self.form.put("status", "à confirmer")
        self.paint(state)

    @on(FieldBox.Edited)
    @on(RecordForm.Confirmed)
    def _changed(self, event: FieldBox.Edited | RecordForm.Confirmed) -> None:
        self._tell()

    @on(RecordTable.Opened)
    async def _opened(self, event: RecordTable.Opened) -> None:
        event.stop()
        found = find_record(self.desk.state, "appointment", event.key)
        if found is not None:
            await self._open(Subject("appointment", found, self._contact_id))

    @on(RecordForm.Left)
    def _left(self, event: RecordForm.Left) -> None:
        """Out of the form: to the list where there is one, else to the sections."""
        event.stop()
        self.go_to(self.table if self.table.display else self.desk.bar)
