"""The field team's agenda: two slots to propose, and why another is outside the rules (SC13; c5)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import DataTable, Input

from workstation.desk.state import DeskState
from workstation.i18n import _
from workstation.ui.messages import ListAsked, Told
from workstation.ui.screens import agenda_words as words
from workstation.ui.screens.campaign_step import Step
from workstation.ui.widgets.picker import Picker
from workstation.ui.widgets.record_drafts import scenario_today
from workstation.ui.widgets.record_table import Column, RecordTable
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_input import DateInput
from workstation.ui.widgets.value_text import Unreadable

if TYPE_CHECKING:
    from workstation.ui.screens.campaign_desk import CampaignDeskPane


class AgendaStep(Step):
    """Enter on a free slot puts the appointment on it."""

    def __init__(self, desk: CampaignDeskPane) -> None:
        super().__init__(desk, "agenda")
        self.week = Picker(id="agenda-week")
        self.rep = Picker(id="agenda-rep")
        self.after = DateInput(lambda: scenario_today(desk.state), id="agenda-after")
        self.told = Static("", classes="told", markup=False)
        self.table = RecordTable(
            [
                Column(_("Jour"), 10),
                Column(_("Heure"), 5),
                Column(_("Min"), 3, True),
                Column(_("Commercial"), 17),
                Column(_("État"), 9),
                Column(_("Pour, ou pourquoi pas")),
            ],
            id="slots",
        )
        self.why = Static("", classes="told", markup=False)
        self.foot = Static("", classes="note", markup=False)
        self._asked: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        with Horizontal(classes="fields"):
            yield self.week
            yield self.rep
            yield Static(_("Pas avant le"), classes="tag", markup=False)
            yield self.after
        yield self.told
        yield self.table
        yield self.why
        yield self.foot

    def focus_first(self) -> None:
        self.go_to(self.table)

    @property
    def not_before(self) -> dt.date | None:
        """The day the customer asked to wait for; None for none, or while it cannot be read."""
        try:
            value = self.after.read()
        except Unreadable:
            return None
        return dt.date.fromisoformat(value) if isinstance(value, str) else None

    def paint(self, state: DeskState) -> None:
        wanted = words.bounds(state)
        if wanted != self._asked and state.sitting:
            self._asked = wanted
            self.post_message(ListAsked(words.REPS, "field_rep").set_sender(self))
            self.post_message(ListAsked(words.SLOTS, "agenda_slot", **wanted).set_sender(self))
        form = self.desk.appointment.form
        agenda = words.agenda_of(state, form.typed("address_id") if form.subject is not None else "")
        if agenda is None:
            self.told.update(_("L'agenda arrive…"))
            return
        self.week.set_options(words.week_options(agenda))
        self.rep.set_options(words.rep_options(agenda))
        after = self.not_before
        self.told.update(Text(words.proposal_words(agenda, after)))
        slots = words.shown(agenda, self.week.value or words.FREE_ONES, self.rep.value or words.ZONE)
        self.table.set_rows(words.slot_rows(agenda, slots, after, self.desk.appointment.held_id))
        self._tell_why()
        act = _("Entrée déplace le rendez-vous ici") if self.desk.appointment.held_id else _("Entrée prend le créneau")
        self.foot.update(Text(" · ".join((act, _("Maj+Tab : semaine, commercial, date"), _("Alt+→ section")))))

    def _tell_why(self) -> None:
        """The whole of what the row has no room for."""
        row = next((r for r in self.table.rows_shown if r.key == self.table.row_key), None)
        self.why.update(Text(f"{row.cells[0]} {row.cells[1]} : {row.cells[-1]}" if row is not None and row.cells[-1] else ""))

    @on(DataTable.RowHighlighted)
    def _row_in_hand(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        self._tell_why()

    @on(Picker.Changed)
    @on(Input.Changed, "#agenda-after")
    def _chosen(self, event: Picker.Changed | Input.Changed) -> None:
        event.stop()
        self.paint(self.desk.state)

    @on(Input.Submitted, "#agenda-after")
    def _date_typed(self, event: Input.Submitted) -> None:
        event.stop()
        self.after.tidy()
        self.go_to(self.table)

    @on(RecordTable.Opened)
    async def _opened(self, event: RecordTable.Opened) -> None:
        event.stop()
        agenda = words.agenda_of(self.desk.state)
        slot = agenda.slot(event.key) if agenda is not None else None
        if agenda is None or slot is None:
            return
        if not self.desk.state.contact_id:
            self.post_message(Told(_("Ouvrez d'abord la fiche de la personne."), "warning"))
        elif slot.status != "libre":
            self.post_message(Told(_("Ce créneau n'est pas libre : {slot}").format(slot=words.slot_words(agenda, slot)), "warning"))
        else:
            await self.desk.take_slot(slot.id)
