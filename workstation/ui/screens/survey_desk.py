"""Holding a survey by telephone: target, questions word for word in their order, verbatim, quota, status (SC12, SC14; c1)."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import ContentSwitcher

from crm_mock.rules import questionnaire as rules
from workstation.desk.state import DeskState
from workstation.i18n import N_, _
from workstation.ui.messages import Traced
from workstation.ui.screens import survey_interview as held
from workstation.ui.screens import survey_words as words
from workstation.ui.screens.record_pane import ContactLine
from workstation.ui.screens.sectioned_pane import SectionedPane
from workstation.ui.screens.survey_closing import ClosingStep, ComplaintStep
from workstation.ui.screens.survey_holder import SurveyHolder
from workstation.ui.screens.survey_steps import OpeningStep, QuestionStep
from workstation.ui.widgets.section_bar import Section, SectionBar
from workstation.ui.widgets.static import Static

STEPS: tuple[tuple[str, str, str], ...] = (
    ("accroche", N_("1 Accroche"), N_("1 Accr.")),
    ("questions", N_("2 Questions"), N_("2 Quest.")),
    ("cloture", N_("3 Clôture"), N_("3 Clôt.")),
    ("reclamation", N_("Réclamation"), N_("Récl.")),
)
BESIDE = 110  # cells from which all the questions stand beside the one that is read


class SurveyDeskPane(SurveyHolder, SectionedPane):
    """The steps of an interview; each shows what is held and asks for changes."""

    pane_id = "survey_desk"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("insert", "complain", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._traced = ("", "")
        self.line = ContactLine()
        self.bar = SectionBar([Section(k, _(w), _(s)) for k, w, s in STEPS], keys="Alt+→", id="survey-steps")
        self.opening = OpeningStep(self)
        self.questions = QuestionStep(self)
        self.closing = ClosingStep(self)
        self.complaint = ComplaintStep(self)
        self.progress = Static("", id="survey-progress", markup=False)

    def title(self) -> str:
        return _("Enquête")

    def compose(self) -> ComposeResult:
        yield self.line
        yield self.bar
        with Horizontal(id="survey-body"):
            with ContentSwitcher(initial="accroche"):
                yield self.opening
                yield self.questions
                yield self.closing
                yield self.complaint
            yield self.progress
        yield self.foot

    # --- showing

    def paint(self, state: DeskState) -> None:
        self.follow(state)
        self.show()

    def show(self) -> None:
        state = self.state
        self.line.show(state)
        self.bar.set_sections([Section(k, _(w), _(s), self._mark(k)) for k, w, s in STEPS])
        for step in (self.opening, self.questions, self.closing, self.complaint):
            step.paint(state)
        beside = self.size.width >= BESIDE and self.bar.key != "reclamation" and self.read is not None
        self.progress.display = beside
        if beside and self.read is not None:
            self.progress.update(words.progress(self.read, self.interview, self._question_id()))
        self.show_saved()

    def show_saved(self) -> None:
        conflict, title = self._conflict is not None, self.read.title if self.read is not None else ""
        words = _("Enquête modifiée entre-temps") if conflict else title
        self.foot.show(self.state, self.record_id, self.edited, words, conflict)

    def _mark(self, step: str) -> str:
        interview = self.interview
        match step:
            case "accroche":
                return " ✓" if self.record.get("target_reached") == held.TARGET else ""
            case "questions" if self.read is not None and interview.answers:
                answered, wanted = rules.completeness(self.read, interview.answers)
                return f" {answered}/{wanted}"
            case "cloture":
                return " ✓" if self.version and self.record.get("status", held.OPEN) != held.OPEN else ""
            case _:
                return ""

    def _question_id(self) -> str:
        question = self.questions.question
        return question.id if question is not None and self.bar.key == "questions" else ""

    @property
    def status_shown(self) -> str:
        """The status that closing would give."""
        return self.closing.status.value

    # --- what one does

    def action_save(self) -> None:
        """What is in front is what one saves: a complaint, the end of the interview, an answer typed."""
        match self.bar.key:
            case "reclamation":
                self.complaint.form.save()
            case "cloture" if self.unsettled() and not self._changed():
                self._settle()
            case "cloture":
                self.closing.close()
            case "questions" if self.interview.typing:
                self.questions.enter()
            case _:
                self.save()

    def theirs_taken(self) -> None:
        if (question := self.questions.question) is not None:
            self.questions.show(question.id)

    # --- moving about

    def opened(self, state: DeskState) -> None:
        super().opened(state)
        if self.bar.key == "accroche" and (self.interview.answers or self.interview.typing):
            self.bar.choose("cloture" if self.interview.status != held.OPEN else "questions")
        self._focus_step()
        self.question_shown(self._question_id())

    async def action_complain(self) -> None:
        """A new complaint, from wherever one is; the question stays where it is."""
        if self.bar.key != "reclamation":
            self.bar.choose("reclamation")
        await self.complaint.open(new=True, focus=True)

    @on(SectionBar.Chosen)
    async def _section_chosen(self, event: SectionBar.Chosen) -> None:
        event.stop()
        from_bar = self.bar.has_focus
        self.query_one(ContentSwitcher).current = event.key
        if event.key == "reclamation":
            await self.complaint.open(new=False, focus=not from_bar)
        self.show()
        if not from_bar:
            self._focus_step()
        self.question_shown(self._question_id())

    def _focus_step(self) -> None:
        for step in (self.opening, self.questions, self.closing, self.complaint):
            if step.id == self.bar.key:
                step.focus_first()

    @on(ComplaintStep.Done)
    def _back_to_the_question(self, event: ComplaintStep.Done) -> None:
        event.stop()
        self.bar.choose("questions" if self.interview.status == held.OPEN else "cloture")

    def question_shown(self, question_id: str) -> None:
        """The wording of this question is on the screen: traced, with the seal of the whole questionnaire's wording."""
        seen = (self.record_id, question_id)
        if self.read is None or not question_id or self.bar.key != "questions" or not self._in_sight() or seen == self._traced:
            return
        self._traced = seen
        seal = rules.wording_hash(self.read)[:16]
        self.post_message(Traced("ScreenOpened", screen=self.pane_id, question=question_id, questionnaire=self.read.id, wording=seal))

    def on_resize(self, event: events.Resize) -> None:
        self.show()
