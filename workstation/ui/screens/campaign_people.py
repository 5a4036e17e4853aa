"""The people of the company being called, and their part in the decision: found out and added during the call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Button

from workstation.desk.state import DeskState
from workstation.i18n import _
from workstation.ui.messages import ListAsked
from workstation.ui.screens import campaign_words as words
from workstation.ui.screens.campaign_step import Step
from workstation.ui.widgets.field_box import FieldBox
from workstation.ui.widgets.fields import FieldSpec
from workstation.ui.widgets.record_drafts import contact_name, draft_of, drafts_at
from workstation.ui.widgets.record_form import RecordForm
from workstation.ui.widgets.record_subject import Subject
from workstation.ui.widgets.record_table import Column, RecordTable, Row
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_input import ValueInput
from workstation.ui.widgets.value_text import plain_line

if TYPE_CHECKING:
    from workstation.ui.screens.campaign_desk import CampaignDeskPane

FORM_ID = "people-form"
NAMES = ("civility", "first_name", "last_name", "role", "remark")
SIDE_BY_SIDE = 110  # cells from which list and form stand beside each other


class RoleBox(FieldBox):
    """The part in the decision, then the work, told apart by a dash."""

    def _editor(self, today: Callable[[], dt.date]) -> Widget:
        return ValueInput(lambda text: words.role_text(text) or None, lambda v: plain_line(v or ""), max_length=self.spec.limit)


class PersonForm(RecordForm):
    def make_box(self, spec: FieldSpec) -> FieldBox:
        return RoleBox(spec, self._today) if spec.name == "role" else super().make_box(spec)


class PeopleStep(Step):
    """Enter opens a person; + adds one, with the part it has: who keeps the door, who decides, who decides too."""

    BINDINGS = [Binding("insert,plus", "add", show=False)]  # noqa: RUF012

    def __init__(self, desk: CampaignDeskPane) -> None:
        super().__init__(desk, "interlocuteurs")
        self.table = RecordTable([Column(_("Rôle"), 13), Column(_("Nom"), 26), Column(_("Fonction"))], id="people")
        self.form = PersonForm(desk.pane_id, id=FORM_ID)
        self.foot = Static("", classes="note", markup=False)
        self._company = ""

    def compose(self) -> ComposeResult:
        with Horizontal(classes="split"):
            with Vertical(classes="list"):
                yield self.table
                with Horizontal(classes="buttons"):
                    for role, word in words.ROLES:
                        yield Button(_(word), name=role, compact=True, classes="add")
                yield self.foot
            yield self.form

    def focus_first(self) -> None:
        if self.form.subject is not None:
            self.form.focus_first()
        else:
            self.go_to(self.table)

    # --- following the state

    def paint(self, state: DeskState) -> None:
        company = words.company_id(state)
        if company != self._company:
            self._company = company
            self.form.close()
            if company:
                self.post_message(ListAsked(words.PEOPLE, "contact", company_id=company, limit="100").set_sender(self))
        self.form.show_state(state)
        rows = []
        for person in words.people(state):
            role = words.role_of(person)
            work = plain_line(person.get("role") or "").removeprefix(role).strip(" –")
            mark = " ✎" if draft_of(state, str(person["id"])) is not None else ""
            rows.append(Row(str(person["id"]), (role or "–", plain_line(contact_name(person)) + mark, work)))
        known = {row.key for row in rows}
        for draft in drafts_at(state, pane=self.desk.pane_id, contact=company, form=FORM_ID):
            if draft.record_id not in known and not draft.version:
                rows.append(Row(draft.record_id, ("✎ " + _("brouillon"), plain_line(draft.typed.get("last_name") or ""), _("à créer"))))
        self.table.set_rows(rows if company else [])
        keys = [_("Entrée ouvre")] if rows else [_("Personne encore")]
        told = [*keys, _("+ ajoute"), _("Alt+→ section")] if company else [_("Cette fiche n'est pas celle d'une société.")]
        self.foot.update(Text(" · ".join(told)))
        self._arrange()

    def on_resize(self, event: events.Resize) -> None:
        self._arrange()

    def _arrange(self) -> None:
        beside = self.size.width >= SIDE_BY_SIDE
        self.query_one(".list").display = beside or self.form.subject is None
        self.query_one(".buttons").display = bool(self._company)

    # --- what a person does

    async def take_up(self) -> bool:
        """The person whose form was left before it was saved; False when there is none."""
        for draft in drafts_at(self.desk.state, pane=self.desk.pane_id, contact=self._company, form=FORM_ID):
            await self.edit(draft.record_id, focus=False)
            return True
        return False

    async def edit(self, record_id: str, *, focus: bool = True) -> None:
        state = self.desk.state
        person = next((p for p in words.people(state) if p.get("id") == record_id), None)
        more: dict[str, Any] = {"names": NAMES, "needed": ("last_name",)}
        if person is not None:
            subject = Subject("contact", person, self._company, title=plain_line(contact_name(person)), **more)
        elif (draft := draft_of(state, record_id)) is not None:
            subject = Subject.of_draft(draft, title=_("Interlocuteur"), **more)
        else:
            return
        await self.form.open(subject, state, focus=focus)
        self._arrange()

    async def add(self, role: str) -> None:
        if not self._company:
            return
        begins = {"company_id": self._company, "category": "professionnel", "source": "appel", "role": f"{role} –"}
        subject = Subject.new("contact", self._company, begins, names=NAMES, needed=("last_name",), title=_("Interlocuteur"))
        await self.form.open(subject, self.desk.state)
        self._arrange()

    async def action_add(self) -> None:
        await self.add(words.ROLES[0][0])

    @on(Button.Pressed, ".add")
    async def _add_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        await self.add(str(event.button.name))

    @on(RecordTable.Opened)
    async def _opened(self, event: RecordTable.Opened) -> None:
        event.stop()
        await self.edit(event.key)

    @on(RecordForm.Left)
    def _left(self, event: RecordForm.Left) -> None:
        event.stop()
        self.form.close()
        self.paint(self.desk.state)
        self.go_to(self.table)
