"""The debrief of an ended simulation: facts beside what the situation asked, criterion by criterion. No marks."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button

from scenarios.debrief import (
    CallLine,
    DebriefReport,
    RecordLine,
    note_sentences,
    observed_sentences,
    people_sentence,
    record_finding,
    step_sentence,
)
from scenarios.debrief_words import STATES_FR
from scenarios.debrief_written import reply_sentences
from workstation.desk.events import DebriefExportWanted
from workstation.desk.state import DeskState, Record
from workstation.desk.words import duration, number_words
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.happened import Happened
from workstation.ui.messages import PaneAsked
from workstation.ui.pane import Pane
from workstation.ui.plain_text import one_line
from workstation.ui.widgets.static import Static

HEAD = "bold underline"


def debrief_text(told: Record) -> Text:
    """The whole report as text to scroll through; what is not a report says so."""
    try:
        report = DebriefReport.model_validate(told)
    except ValidationError:
        return Text(_("Le bilan reçu n'a pas la forme attendue."))
    text = Text()
    text.append(one_line(report.title) + "\n", "bold")
    text.append(f"{one_line(report.pack)} · {report.day:%d/%m/%Y} · {one_line(report.competence_label)}\n")
    words = _("De {start} à {end}, soit {time} ({planned} min prévues).\n")
    text.append(words.format(start=report.started, end=report.ended, time=duration(report.seconds), planned=report.planned_minutes))
    if report.people:
        text.append(one_line(people_sentence(report.people)) + "\n")
    text.append(one_line(report.notice) + "\n", "italic")
    for part in (_criteria, _file) if report.observed else (_file, _criteria):  # a grid that was shown is what they talk about
        part(text, report)
    _head(text, _("Les appels"))
    for call in report.calls:
        _call(text, call)
    if not report.calls:
        text.append(_("Aucun appel.") + "\n")
    for state, seconds in report.states.items():
        _item(text, "·", f"{STATES_FR.get(state, state)} : {duration(seconds)}")
    if report.hidden:
        _head(text, _("Ce que le client ne disait pas d'emblée"))
        for one in report.hidden:
            shown = _("révélé à {hour}").format(hour=one.at.hour) if one.at else _("non révélé")
            _item(text, "·", f"{one.fact} – {shown} ({one.reveal})")
    _head(text, _("Déroulé"))
    for line in report.timeline:
        _item(text, line.at.hour, line.text)
    return text


def _file(text: Text, report: DebriefReport) -> None:
    _head(text, _("Le dossier : attendu et obtenu"))
    for record in report.records:
        _record(text, record)
    _head(text, _("Les étapes"))
    _item(text, "·", report.identification)
    for step in report.steps:
        _item(text, "=" if step.same else "≠", step_sentence(step))
    if report.written is not None:
        _head(text, _("La réponse écrite"))
        for sentence in reply_sentences(report.written):
            _item(text, "·", sentence)


def _criteria(text: Text, report: DebriefReport) -> None:
    """Each with its facts, and what observers whose grid was shown had for it; then their notes."""
    _head(text, _("Les critères de la compétence, et les faits"))
    for criterion in report.criteria:
        text.append(f"{one_line(criterion.id)} {one_line(criterion.text, 1000)}\n", "bold")
        for fact in criterion.facts or (_("Rien dans le journal ni dans le dossier ne s'y rapporte."),):
            _item(text, "·", fact)
        for sentence in observed_sentences(report, criterion.id):
            _item(text, "›", sentence)
    for observed in report.observed:
        _head(text, _("Les notes de {who}").format(who=one_line(observed.by, 60)))
        for sentence in note_sentences(observed):
            _item(text, "·", sentence)
        if not observed.notes:
            text.append(_("Aucune note.") + "\n")


def _head(text: Text, words: str) -> None:
    text.append(f"\n{words}\n", HEAD)


def _item(text: Text, mark: str, words: str) -> None:
    text.append(f"  {mark} ", "bold" if mark == "≠" else "")
    text.append(one_line(words, 1000) + "\n")


def _record(text: Text, record: RecordLine) -> None:
    optional = _(" (selon le déroulement)") if record.optional else ""
    text.append(f"{'=' if record.same else '≠'} {one_line(record.label)}{optional} : {one_line(record_finding(record), 1000)}\n", "bold")
    for field in record.fields:
        wanted = _("{label} – attendu : {wanted} – dans le dossier : {actual}")
        _item(text, "=" if field.same else "≠", wanted.format(label=field.label, wanted=field.wanted, actual=field.actual))


def _call(text: Text, call: CallLine) -> None:
    began = call.began.hour if call.began else "–"
    text.append(f"{began} {one_line(call.direction)} {one_line(number_words(call.number))}\n", "bold")
    if call.answered_after is not None:
        words = _("décroché après {wait}, conversation {talk}")
        _item(text, "·", words.format(wait=duration(call.answered_after), talk=duration(call.talked or 0.0)))
    for hold in call.holds:
        announced = {None: "", "": _(", sans annonce")}.get(hold.announced, _(", annoncée"))
        _item(text, "·", _("mise en attente à {hour}, {time}").format(hour=hold.at.hour, time=duration(hold.seconds or 0.0)) + announced)
    if call.ended:
        _item(text, "·", _("fin à {hour} : {cause} {by}").format(hour=call.ended.hour, cause=call.cause, by=call.ended_by))
    if call.wrap_up is not None:
        _item(text, "·", _("qualifié {time} après la fin").format(time=duration(call.wrap_up)))


class Debrief(Pane[DeskState]):
    pane_id = "debrief"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__(id=self.pane_id)
        self._shown: Record | None = None
        self._simulation = ""
        self.report = Static("", markup=False)
        self._room = VerticalScroll(self.report)
        self.export = Button(_("Enregistrer dans un fichier"), id="export", compact=True, disabled=True)
        self.progress = Button(_("Ma progression"), id="progress", compact=True)

    def title(self) -> str:
        return _("Bilan")

    def compose(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield self.progress
            yield self.export
        yield self._room

    def show_state(self, state: DeskState) -> None:
        if state.debrief is self._shown and self._shown is not None:
            return
        self._shown = state.debrief
        self.export.disabled = state.debrief is None
        if state.debrief is None:
            self.report.update(Text(_("Le bilan se demande depuis les simulations (Alt+0), une fois la simulation terminée.")))
            return
        self._simulation = str(state.debrief.get("simulation", ""))
        self.report.update(debrief_text(state.debrief))
        self._room.scroll_home(animate=False)

    def opened(self, state: DeskState) -> None:
        self.show_state(state)
        take_focus(self._room)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button is self.progress:
            self.post_message(PaneAsked("progress"))
        else:
            self.post_message(Happened(DebriefExportWanted(self._simulation)))
