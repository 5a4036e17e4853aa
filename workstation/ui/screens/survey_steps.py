"""The first two parts of an interview: reaching the target and reading the opening, then one question after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Button, Input, TextArea

from crm_mock.models import Answer
from crm_mock.rules import questionnaire as rules
from crm_mock.rules.questionnaire import Question
from workstation.desk.state import DeskState
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.screens import survey_interview as held
from workstation.ui.screens import survey_words as words
from workstation.ui.screens.survey_inputs import Response, Verbatim, masked
from workstation.ui.screens.survey_interview import NotAnAnswer
from workstation.ui.widgets.picker import Picker, options_of
from workstation.ui.widgets.record_drafts import contact, contact_name
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_input import ValueInput, text_input
from workstation.ui.widgets.value_text import plain_line, plain_lines

if TYPE_CHECKING:
    from workstation.ui.screens.survey_desk import SurveyDeskPane

TALL = 20  # rows of a step from which the wording stands in a frame
VERBATIM_LIMIT = 4000


class ReadingStep(Vertical):
    """A step with a text to read, longer than its place at worst: the page keys move it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "scroll_reading(-1)", show=False),
        Binding("pagedown", "scroll_reading(1)", show=False),
    ]

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.height >= TALL, "-tall")

    def action_scroll_reading(self, by: int) -> None:
        reading = self.query_one(".reading", VerticalScroll)
        if by < 0:
            reading.scroll_page_up(animate=False)
        else:
            reading.scroll_page_down(animate=False)


class OpeningStep(ReadingStep):
    """Which questionnaire, who was reached, and the opening to read. Enter begins."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "begin", show=False)]

    def __init__(self, desk: SurveyDeskPane) -> None:
        super().__init__(id="accroche")
        self.desk = desk
        self.which = Picker(id="survey-which")
        self.reached = Picker(options_of(("", held.TARGET, held.THIRD_PARTY)), id="survey-reached")
        self.respondent: ValueInput = text_input(120, _("qui a répondu"))
        self.campaign = Static("", id="survey-campaign", markup=False)
        self.quotas = Static("", id="survey-quotas", markup=False)
        self.text = Static("", classes="wording", markup=False)
        self.said = Static("", classes="said", markup=False)

    def compose(self) -> ComposeResult:
        with Horizontal(classes="fields"):
            yield Static(_("Questionnaire"), classes="tag")
            yield self.which
            yield self.campaign
        yield self.quotas
        with Horizontal(classes="fields"):
            yield Static(_("Personne jointe"), classes="tag")
            yield self.reached
            yield Static(_("A répondu"), classes="tag")
            yield self.respondent
            yield Button(_("Commencer"), id="survey-begin", compact=True)
        with VerticalScroll(classes="reading", can_focus=False):
            yield self.text
        yield self.said

    def focus_first(self) -> None:
        take_focus(self.reached)

    def paint(self, state: DeskState) -> None:
        read, interview = self.desk.read, self.desk.interview
        self.which.set_options([(one.id, one.title) for one in self.desk.questionnaires])
        self.which.set_value(interview.questionnaire_id)
        if not self.reached.has_focus or self.reached.value != interview.target_reached:
            self.reached.set_value(interview.target_reached)
        if not self.respondent.has_focus:
            self.respondent.show(interview.respondent)
        if read is None:
            self.quotas.update("")
            self.text.update(Text(_("Aucun questionnaire dans ce dossier.") if not self.desk.questionnaires else ""))
            self.said.update("")
            return
        self.campaign.update(plain_line(self.desk.campaign_title()))
        self.quotas.update(words.quota_words(read, interview, self.desk.done))
        third = interview.target_reached == held.THIRD_PARTY
        self.text.update(Text(_(words.TO_THIRD_PARTY) if third else plain_lines(read.opening), style="bold"))
        self.said.update(Text(self._warning(state), style="bold"))

    def _warning(self, state: DeskState) -> str:
        read, interview = self.desk.read, self.desk.interview
        assert read is not None
        if full := words.full_words(read, interview, self.desk.done):
            return "▲ " + full
        if interview.target_reached == held.THIRD_PARTY:
            return _("La personne vient au téléphone ? C (cible), puis Entrée.")
        who = contact(state)
        if interview.target_reached == "" and who is not None:
            return _("Assurez-vous de parler à {name} : C cible, T tiers, puis Entrée.").format(name=plain_line(contact_name(who)))
        return words.status_line(interview) or _("Son accord obtenu, Entrée commence.")

    @on(Picker.Changed, "#survey-which")
    def _another(self, event: Picker.Changed) -> None:
        event.stop()
        self.desk.take_questionnaire(self.which.value)

    @on(Picker.Changed, "#survey-reached")
    def _reached(self, event: Picker.Changed) -> None:
        event.stop()
        name = self.desk.contact_name() if self.reached.value == held.TARGET else ""
        respondent = name if self.desk.interview.respondent in ("", self.desk.contact_name()) else self.desk.interview.respondent
        self.desk.change(target_reached=self.reached.value, respondent=respondent)

    @on(Input.Changed)
    def _named(self, event: Input.Changed) -> None:
        event.stop()
        if self.respondent.has_focus and self.respondent.value != self.desk.interview.respondent:
            self.desk.change(respondent=masked(self, self.respondent))

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_begin()

    @on(Button.Pressed, "#survey-begin")
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_begin()

    def action_begin(self) -> None:
        """Keep who was reached; with the target, on to the questions."""
        reached = self.desk.interview.target_reached
        if not reached:
            self.said.update(Text("▲ " + _("Dites d'abord qui a répondu : C la personne cible, T un tiers."), style="bold"))
            take_focus(self.reached)
            return
        self.desk.save()
        if reached == held.TARGET:
            self.desk.go("questions")


class QuestionStep(ReadingStep):
    """One question, its wording locked: a number or a key, then Enter. Up and down go back to what was answered, and forward again to
    the first question without an answer, never past it."""

    def __init__(self, desk: SurveyDeskPane) -> None:
        super().__init__(id="questions")
        self.desk = desk
        self._shown = ("", "")  # survey and question in the fields
        self._wrong: tuple[object, str] = (None, "")  # what was typed, and why it is no answer
        self.heading = Static("", classes="heading", markup=False)
        self.text = Static("", classes="wording", markup=False)
        self.aids = Static("", classes="aids", markup=False)
        self.response = Response(self, id="survey-response", max_length=60, select_on_focus=True)
        self.beside = Response(self, id="survey-beside", max_length=VERBATIM_LIMIT, placeholder=_("mot pour mot, s'il y a lieu"))
        self.verbatim = Verbatim(self, id="survey-verbatim")
        self.said = Static("", classes="said", markup=False)
        self.hint = Static("", classes="hint", markup=False)

    def compose(self) -> ComposeResult:
        yield self.heading
        with VerticalScroll(classes="reading", can_focus=False):
            yield self.text
            yield self.aids
        yield self.verbatim
        with Horizontal(classes="fields"):
            yield Static(_("Réponse"), classes="tag", id="survey-tag")
            yield self.response
            yield self.beside
            yield Button(_("Ne sait pas"), id="survey-nsp", compact=True)
            yield Button(_("Refuse"), id="survey-refusal", compact=True)
            yield Button("+ " + _("Réclamation"), id="survey-complain", compact=True)
        yield self.said
        yield self.hint

    # --- showing

    @property
    def question(self) -> Question | None:
        """The one shown."""
        read = self.desk.read
        return next((q for q in read.questions if q.id == self._shown[1]), None) if read is not None else None

    def focus_first(self) -> None:
        question = self.question
        if question is not None:
            take_focus(self.verbatim if held.free_text(question) else self.response)

    def paint(self, state: DeskState) -> None:
        read, interview = self.desk.read, self.desk.interview
        self.set_class(read is None, "-empty")
        if read is None:
            return
        asked = [question.id for question in rules.applicable(read, interview.answers)]
        if self._shown[0] != self.desk.record_id or self._shown[1] not in asked:
            due = rules.next_question(read, interview.answers)
            self.show(due.id if due is not None else asked[-1])
            return
        question = self.question
        assert question is not None
        self.heading.update(words.heading(read, interview, question))

    def show(self, question_id: str) -> None:
        """Put this question in the fields, with what was typed of it or the answer that stands."""
        read, interview = self.desk.read, self.desk.interview
        assert read is not None
        here = self.has_focus_within
        self._shown = (self.desk.record_id, question_id)
        question = self.question
        assert question is not None
        free = held.free_text(question)
        response, verbatim = held.typed_again(question, interview.latest(question_id))
        response, verbatim = interview.typed(question_id) or (response, verbatim)
        self.response.value, self.beside.value = response, "" if free else verbatim
        self.response.select_all()  # what is typed takes its place
        self.verbatim.load_text(verbatim if free else "")
        self.verbatim.move_cursor(self.verbatim.document.end)
        self.verbatim.display = free
        for widget in (self.response, self.beside, self.query_one("#survey-tag")):
            widget.display = not free
        self.response.placeholder = "" if free else f"{question.low}–{question.high}" if question.type == "échelle" else ""
        self.query_one("#survey-nsp").display = question.nsp
        self.query_one("#survey-refusal").display = question.refusal
        self.text.update(words.wording(question))
        self.aids.update(words.reading_aids(question, max(20, self.size.width - 4)))
        self.hint.update(self._hint_words(question))
        self.heading.update(words.heading(read, interview, question))
        self.query_one(".reading").scroll_home(animate=False)
        self._tell()
        if here:
            self.focus_first()
        self.desk.question_shown(question_id)

    def _hint_words(self, question: Question) -> str:
        keys = [_("Entrée note")]
        if not held.free_text(question):
            keys += [_("N ne sait pas")] if question.nsp else []
            keys += [_("R refuse")] if question.refusal else []
        return " · ".join([*keys, _("↑ ↓ questions"), _("Inser ou + réclamation")])

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        if self.question is not None:
            self.aids.update(words.reading_aids(self.question, max(20, event.size.width - 4)))

    def _tell(self, complaint: str = "") -> None:
        """What Enter would note; or a complaint, which stays as long as what it is about."""
        question, typed = self.question, (self._shown, self.response.value, self.verbatim.text)
        if complaint:
            self._wrong = (typed, complaint)
        wrong = self._wrong[1] if self._wrong[0] == typed else ""
        self.said.set_class(bool(wrong), "-wrong")
        if wrong:
            self.said.update(Text("▲ " + wrong, style="bold"))
            return
        meant = ""
        if question is not None and not held.free_text(question) and self.response.value.strip():
            try:
                meant = "= " + plain_line(held.answer_words(question, held.read_answer(question, self.response.value, "")))
            except NotAnAnswer:
                meant = ""
        self.said.update(Text(meant))

    # --- typing

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _typed(self, event: Message) -> None:
        event.stop()
        question = self.question
        if question is None or not self.has_focus_within:
            return
        verbatim = masked(self, self.verbatim if held.free_text(question) else self.beside)
        response = masked(self, self.response)
        stands = held.typed_again(question, self.desk.interview.latest(question.id))
        self.desk.type(question.id, None if (response, verbatim) == stands else (response, verbatim))
        self._tell()

    @on(Button.Pressed, "#survey-nsp")
    def _nsp(self, event: Button.Pressed) -> None:
        event.stop()
        if self.question is not None:
            self._note(held.dont_know(self.question, self.desk.now(), self._typed_beside()))

    @on(Button.Pressed, "#survey-refusal")
    def _refusal(self, event: Button.Pressed) -> None:
        event.stop()
        if self.question is not None:
            self._note(held.refusal(self.question, self.desk.now(), self._typed_beside()))

    @on(Button.Pressed, "#survey-complain")
    async def _complain(self, event: Button.Pressed) -> None:
        event.stop()
        await self.desk.action_complain()

    def _typed_beside(self) -> str:
        return masked(self, self.verbatim if self.question is not None and held.free_text(self.question) else self.beside).strip()

    def enter(self) -> bool:
        """Note what is typed as the answer; False, with the reason on the screen, when it is none."""
        question = self.question
        if question is None:
            return False
        try:
            answer = held.read_answer(question, self.response.value, self._typed_beside(), self.desk.now())
        except NotAnAnswer as error:
            self._tell(str(error))
            self.focus_first()
            return False
        self._note(answer)
        return True

    def _note(self, answer: Answer) -> None:
        question, read = self.question, self.desk.read
        if question is None or read is None:
            return
        self.desk.answer(question, answer)
        due = rules.next_question(read, self.desk.interview.answers)
        if due is not None:
            self.show(due.id)
            self.focus_first()
        else:
            self.show(question.id)
            self.desk.go("cloture")

    def action_step(self, by: int) -> None:
        """To the question before or after, no further than the first without an answer."""
        read, interview = self.desk.read, self.desk.interview
        if read is None:
            return
        asked = [question.id for question in rules.applicable(read, interview.answers)]
        due = rules.next_question(read, interview.answers)
        last = asked.index(due.id) if due is not None else len(asked) - 1
        place = (asked.index(self._shown[1]) if self._shown[1] in asked else last) + by
        if 0 <= place <= last:
            self.show(asked[place])
        elif by > 0 and due is not None:
            self._tell(_("Répondez d'abord à cette question : elles se posent dans l'ordre."))
