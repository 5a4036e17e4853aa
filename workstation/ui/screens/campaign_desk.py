"""Prospecting and calling a file: preview, dial, people, arguments, agenda, appointment, result (SC11, SC13, SC14; c5, c1)."""

from __future__ import annotations

from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.widgets import ContentSwitcher

from workstation.desk.state import DeskState
from workstation.i18n import N_, _
from workstation.ui.messages import Told, Traced
from workstation.ui.screens import campaign_words as words
from workstation.ui.screens.agenda_step import AgendaStep
from workstation.ui.screens.appointment_step import AppointmentStep
from workstation.ui.screens.campaign_file import CallStep, FileStep
from workstation.ui.screens.campaign_people import PeopleStep
from workstation.ui.screens.campaign_result import NAMES, AttemptForm
from workstation.ui.screens.campaign_sheet import SheetStep
from workstation.ui.screens.campaign_step import Step
from workstation.ui.screens.record_pane import ContactLine
from workstation.ui.screens.sectioned_pane import SectionedPane
from workstation.ui.widgets.record_drafts import drafts_at
from workstation.ui.widgets.record_form import RecordForm
from workstation.ui.widgets.record_subject import Subject
from workstation.ui.widgets.section_bar import Section, SectionBar
from workstation.ui.widgets.static import Static

SECTIONS: tuple[tuple[str, str, str], ...] = (
    ("fichier", N_("1 Fichier"), N_("1 Fichier")),
    ("fiche", N_("2 Fiche"), N_("2 Fiche")),
    ("interlocuteurs", N_("3 Interlocuteurs"), N_("3 Interl.")),
    ("argumentaire", N_("4 Argumentaire"), N_("4 Argum.")),
    ("agenda", N_("5 Agenda"), N_("5 Agenda")),
    ("rendezvous", N_("6 Rendez-vous"), N_("6 RDV")),
    ("resultat", N_("7 Tentative"), N_("7 Tent.")),
)
TRACED = ("fiche", "agenda", "rendezvous", "resultat")  # sections whose opening the journal keeps; the texts opened tell of the others


class ResultStep(Step):
    """The attempts made so far, and the form that adds one."""

    def __init__(self, desk: CampaignDeskPane) -> None:
        super().__init__(desk, "resultat")
        self.told = Static("", classes="told", markup=False)
        self.form = AttemptForm(desk.pane_id, id="attempt-form")

    def compose(self) -> ComposeResult:
        yield self.told
        yield self.form

    def focus_first(self) -> None:
        if self.form.subject is not None:
            self.form.focus_first()
        else:
            self.go_to(self.desk.bar)

    def paint(self, state: DeskState) -> None:
        self.form.show_state(state)
        target = words.target_of(state, self.desk.file.campaign_id)
        if target is None:
            self.told.update(_("Cette fiche n'est dans le fichier d'aucune campagne.") if state.contact_id else "")
            return
        self.told.update(_("Tentatives : {attempts}").format(attempts=words.attempts_words(target)))

    async def take_up(self, state: DeskState) -> None:
        """The target of the contact in front."""
        target = words.target_of(state, self.desk.file.campaign_id)
        if target is None:
            self.form.close()
            return
        self.form.results = tuple(words.results(state, words.campaign(state, str(target.get("campaign_id") or ""))))
        title = words.campaign_title(state, str(target.get("campaign_id") or ""))
        await self.form.open(Subject("campaign_target", target, state.contact_id, NAMES, title), state, focus=False)

    @on(RecordForm.Left)
    def _left(self, event: RecordForm.Left) -> None:
        event.stop()
        self.go_to(self.desk.bar)


class CampaignDeskPane(SectionedPane):
    """Holds which file is read; the sections show the contact in front in it."""

    pane_id = "campaign_desk"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__()
        self.expects = ""  # the contact whose file was asked for from the list
        self._taken_up = ""  # contact and target the forms were opened for
        self._contact_id = ""
        self._chosen = False
        self._go_in = False  # the section was changed from within it: its work begins at once
        self.line = ContactLine()
        self.bar = SectionBar([Section(k, _(w), _(s)) for k, w, s in SECTIONS], id="campaign-sections")
        self.file = FileStep(self)
        self.call = CallStep(self)
        self.contacts = PeopleStep(self)
        self.sheet = SheetStep(self)
        self.appointment = AppointmentStep(self)
        self.agenda = AgendaStep(self)
        self.result = ResultStep(self)

    @property
    def steps(self) -> dict[str, Step]:
        found: tuple[Step, ...] = (self.file, self.call, self.contacts, self.sheet, self.agenda, self.appointment, self.result)
        return {key: step for (key, _word, _short), step in zip(SECTIONS, found, strict=True)}

    def title(self) -> str:
        return _("Campagne")

    def compose(self) -> ComposeResult:
        yield self.line
        yield self.bar
        with ContentSwitcher(initial="fichier"):
            yield from self.steps.values()

    # --- following the state

    def paint(self, state: DeskState) -> None:
        self.line.show(state)
        if not self._chosen and words.campaigns(state):
            self._chosen = True
            self.file.choose(words.first_campaign(state))
        arrived = state.contact_id in state.files and state.contact_id != self._contact_id
        if arrived:
            self._contact_id = state.contact_id
            own = words.target_of(state, self.file.campaign_id)
            if own is not None and own.get("campaign_id") != self.file.campaign_id:
                self.file.choose(str(own["campaign_id"]))
        for step in self.steps.values():
            step.paint(state)
        self.bar.set_sections([Section(k, _(w), _(s), " ✓" if self._done(k) else "") for k, w, s in SECTIONS])
        self._take_up(state)
        if arrived or (self.expects and self.expects == state.contact_id):
            asked, self.expects = self.expects == state.contact_id, ""
            self.bar.choose("fiche" if asked else self._where_left(state))

    def _take_up(self, state: DeskState) -> None:
        """Open the forms of the contact in front, once its file is there."""
        target = words.target_of(state, self.file.campaign_id)
        key = f"{state.contact_id}:{target['id'] if target else ''}" if state.contact_id in state.files else ""
        if key != self._taken_up:
            self._taken_up = key
            self.call_later(self._open_forms, key)

    async def _open_forms(self, key: str) -> None:
        if key != self._taken_up or not key:
            return
        await self.result.take_up(self.state)
        await self.appointment.take_up()
        await self.contacts.take_up()
        for step in self.steps.values():
            step.paint(self.state)

    def _where_left(self, state: DeskState) -> str:
        """The section where something typed was left, else the record."""
        for draft in drafts_at(state, pane=self.pane_id, contact=state.contact_id):
            match draft.kind:
                case "appointment":
                    return "rendezvous"
                case "campaign_target":
                    return "resultat"
                case "contact":
                    return "interlocuteurs"
        return "fiche" if words.target_of(state, self.file.campaign_id) is not None else "fichier"

    def _done(self, section: str) -> bool:
        match section:
            case "rendezvous":
                return self.appointment.held is not None
            case "resultat":
                target = words.target_of(self.state, self.file.campaign_id)
                return target is not None and target.get("status") != "à appeler"
            case _:
                return False

    def opened(self, state: DeskState) -> None:
        super().opened(state)
        self.steps[self.bar.key].focus_first()

    # --- what a person does

    def action_section(self, by: int) -> None:
        self._go_in = True
        self.bar.action_step(by)

    @on(SectionBar.Chosen)
    def _section_chosen(self, event: SectionBar.Chosen) -> None:
        event.stop()
        here = self._go_in or self.focus_goes_along
        self._go_in = False
        self.query_one(ContentSwitcher).current = event.key
        step = self.steps[event.key]
        step.paint(self.state)
        if event.key in TRACED:
            self.post_message(Traced("ScreenOpened", screen=self.pane_id, section=event.key))
        elif isinstance(step, SheetStep):
            step.entered()
        if here:
            step.focus_first()

    async def take_slot(self, slot_id: str) -> None:
        """The appointment goes on this slot; what qualifies it is asked next."""
        await self.appointment.put_on(slot_id)
        self._go_in = True
        self.bar.choose("rendezvous")

    def action_save(self) -> None:
        match self.bar.key:
            case "interlocuteurs":
                self.contacts.form.save()
            case "rendezvous" | "agenda":
                self.appointment.form.save()
            case "resultat":
                self.result.form.save()
            case _:
                self.post_message(Told(_("Rien à enregistrer ici.")))
