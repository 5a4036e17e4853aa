"""The survey a desk holds for the contact in front: taken up, followed, saved answer by answer, and told to its campaign when it ends."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crm_mock.models import Answer
from crm_mock.rules import questionnaire as rules
from crm_mock.rules.calendar import instant
from crm_mock.rules.questionnaire import Question, Questionnaire
from workstation.desk.state import DeskState, Record
from workstation.desk.words import scenario_now
from workstation.i18n import _
from workstation.ui.messages import DraftChanged, ListAsked, SaveAsked, Told
from workstation.ui.screens import survey_interview as held
from workstation.ui.screens import survey_words as words
from workstation.ui.screens.holding_pane import HoldingPane
from workstation.ui.screens.survey_interview import Interview, interview_of
from workstation.ui.widgets.record_drafts import Draft, contact, contact_name, drafts_at, find_record, records

TARGETS = "survey_targets"  # key of the campaign's file among the lists of the desk


class SurveyHolder(HoldingPane):
    """The interview of the contact in front. Every answer is saved as it is entered, and is in a draft until the server has it."""

    def __init__(self) -> None:
        super().__init__()
        self.interview = Interview()
        self.read: Questionnaire | None = None
        self.questionnaires: tuple[Questionnaire, ...] = ()
        self.done: Mapping[str, int] = {}  # complete interviews of the campaign, by cell
        self._brief: object = None
        self._again = False  # more was entered while a save was on its way
        self._callback = ("", "")
        self._to_settle = False  # the campaign's file is to be told once the server has the end of the survey
        self._asked = ""  # campaign whose file was asked for

    def show(self) -> None:
        """Paint what is held."""
        raise NotImplementedError

    def show_saved(self) -> None:
        """Paint how its save stands."""
        raise NotImplementedError

    # --- following the state

    def follow(self, state: DeskState) -> None:
        """Bring what is held to this state of the desk."""
        if state.brief.get("questionnaires") is not self._brief:
            self._brief = state.brief.get("questionnaires")
            found = (held.questionnaire_of(raw) for raw in state.brief.get("questionnaires") or ())
            self.questionnaires = tuple(one for one in found if one is not None and one.questions)
            self.read = next((q for q in self.questionnaires if q.id == self.interview.questionnaire_id), None)
        arrived = state.contact_id in state.files and not self.record
        if state.contact_id != self._contact_id or arrived or (self.read is None and self.questionnaires and not self.edited):
            self._contact_id = state.contact_id
            self._take_up(state)
        self._follow(state)
        self._ask_for_targets()
        view = state.lists.get(TARGETS)
        mine = view is not None and view.params.get("campaign_id") == self.interview.campaign_id
        self.done = held.complete_by_cell(view.records) if view is not None and mine else {}

    def _ask_for_targets(self) -> None:
        campaign = self.interview.campaign_id
        if campaign and campaign != self._asked:
            self._asked = campaign
            self.post_message(ListAsked(TARGETS, "campaign_target", campaign_id=campaign, limit="500"))

    def _take_up(self, state: DeskState, wanted: str = "") -> None:
        """The survey this contact was answering: what was typed of it, the one being held, the campaign's, the last one, a new one."""
        self.record, self._asked = {}, ""
        if state.contact_id not in state.files:
            self.interview, self.read = Interview(), None
            return
        drafts = [one for one in drafts_at(state, pane=self.pane_id, contact=state.contact_id) if one.kind == "survey"]
        known = [one for one in records(state, "survey") if wanted in ("", one.get("questionnaire_id"))]
        draft = next((one for one in drafts if wanted in ("", one.typed.get("questionnaire_id"))), None)
        if draft is not None:
            self.begin(state, find_record(state, "survey", draft.record_id) or {"id": draft.record_id, "version": 0}, draft)
            return
        target = self._campaign_target(state, wanted)
        campaign = str(target.get("campaign_id")) if target is not None else ""
        going = next((one for one in known if one.get("status") == held.OPEN), None)
        answered = next((one for one in known if not campaign or one.get("campaign_id") == campaign), None)
        if going is not None or answered is not None:
            self.begin(state, going or answered or {})
            return
        self.begin(state, {"id": str(uuid.uuid4()), "version": 0})
        chosen = wanted or self._questionnaire_of(state, campaign) or next((one.id for one in self.questionnaires), "")
        self.read = next((one for one in self.questionnaires if one.id == chosen), None)
        if self.read is not None:
            cell = str(target.get("quota_cell") or "") if target is not None else ""
            self.interview = Interview(self.read.id, self.read.version, campaign, quota_cell=cell)

    def begin(self, state: DeskState, record: Record, draft: Draft | None = None) -> None:
        self.record, self._sent, self._conflict, self._again, self._to_settle = record, {}, None, False, False
        view = state.saves.get(str(record["id"]))
        self._settled = view if view is not None and view.state in ("saved", "pending") else None
        self._again = draft is not None and view is not None and view.state == "pending"  # it may not hold all of the draft
        self.interview = interview_of(draft.typed if draft is not None else record)
        self.read = next((one for one in self.questionnaires if one.id == self.interview.questionnaire_id), None)

    def _questionnaire_of(self, state: DeskState, campaign_id: str) -> str:
        campaign: Record = next((one for one in state.brief.get("campaigns") or () if one.get("id") == campaign_id), {})
        return str(campaign.get("questionnaire") or "")

    def _campaign_target(self, state: DeskState, questionnaire_id: str = "") -> Record | None:
        """The contact's place in the file of a campaign that reads a questionnaire (this one); those still to be called first."""
        found = []
        for target in records(state, "campaign_target"):
            read = self._questionnaire_of(state, str(target.get("campaign_id") or ""))
            if read and questionnaire_id in ("", read):
                found.append(target)
        return min(found, key=lambda one: one.get("status") not in ("à appeler", "à rappeler"), default=None)

    def _follow(self, state: DeskState) -> None:
        """What the server said of the survey since; what was entered here since stays, and is sent."""
        if not self.record:
            return
        view, fresh = state.saves.get(self.record_id), find_record(state, "survey", self.record_id)
        if view is not None and view is not self._settled and view.state != "pending":
            self._settled = view
            if view.state == "saved":
                self._confirmed(fresh)
            elif view.state == "conflict" and view.current is not None:
                self._conflict, self._sent = view.current, {}
            elif view.state == "failed":
                if "status" in self._sent:  # what ends it was refused: it goes on
                    self.interview = replace(self.interview, status=str(self.record.get("status") or held.OPEN))
                self._sent, self._to_settle = {}, False
        elif fresh is not None and fresh != self.record and int(fresh.get("version") or 0) >= self.version and not self._pending:
            edited = self.edited
            if edited and self.version and any(fresh.get(n) != self.record.get(n) for n in self.interview.fields(self.read)):
                self._conflict = fresh
            else:
                self.record = {**self.record, **fresh}
                if not edited:
                    self.interview = replace(interview_of(self.record), typing=self.interview.typing)

    def _confirmed(self, fresh: Record | None) -> None:
        self.record = {**self.record, **self._sent, "version": self.version + 1, **(fresh or {})}
        self._sent = {}
        self.keep_draft()
        if self._again and self._changed():
            self.call_later(self.save)
        self._again = False
        if self._to_settle and self.record.get("status", held.OPEN) != held.OPEN:
            self._to_settle = False
            self._settle()

    # --- the interview

    @property
    def _pending(self) -> bool:
        view = self.state.saves.get(self.record_id)
        return view is not None and view.state == "pending"

    def _changed(self) -> dict[str, Any]:
        """The fields that differ from what was last confirmed."""
        fields = self.interview.fields(self.read)
        if self.version:
            before = {**interview_of(self.record).fields(self.read), "applicable": int(self.record.get("applicable") or 0)}
            return {name: value for name, value in fields.items() if value != before[name]}
        begun = self.interview.answers or self.interview.target_reached or self.interview.respondent or self.interview.remark
        return fields if begun or self.interview.status != held.OPEN else {}

    @property
    def edited(self) -> bool:
        """Whether something here is not with the server yet, entered or only typed."""
        return bool(self.record) and (bool(self._changed()) or bool(self.interview.typing))

    def contact_name(self) -> str:
        who = contact(self.state)
        return contact_name(who) if who is not None else ""

    def campaign_title(self) -> str:
        found = (one for one in self.state.brief.get("campaigns") or () if one.get("id") == self.interview.campaign_id)
        return str(next((one.get("title") for one in found), ""))

    def now(self) -> str:
        """The scenario's instant, ISO 8601, as the server would write it: an answer keeps its hour even when it is sent later."""
        at = time.time()
        told = scenario_now(self.state, at)
        if told is not None:
            return instant(told, "milliseconds")
        return dt.datetime.fromtimestamp(at + self.state.clock_offset, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def change(self, **fields: Any) -> None:
        """These fields become so; kept as a draft at once, sent when something is entered."""
        if self.record:
            self.interview = replace(self.interview, **fields)
            self.keep_draft()
            self.show()

    def type(self, question_id: str, typed: tuple[str, str] | None) -> None:
        """What stands in the fields of a question."""
        if self.record and typed != self.interview.typed(question_id):
            self.interview = self.interview.with_typing(question_id, typed)
            self.keep_draft()
            self.show_saved()

    def answer(self, question: Question, answer: Answer) -> None:
        """An answer entered: noted, and saved."""
        if self.read is None or not self.record:
            return
        before, interview = self.interview, self.interview.with_answer(self.read, question, answer)
        answered, wanted = rules.completeness(self.read, interview.answers)
        if interview.status == held.COMPLETE and answered < wanted:
            interview = replace(interview, status=held.OPEN)
            self.post_message(Told(_("L'enquête n'est plus complète : d'autres questions s'appliquent."), "warning"))
        self.interview = interview
        self.keep_draft()
        if interview.quota_cell != before.quota_cell and (full := words.full_words(self.read, interview, self.done)):
            self.post_message(Told(full, "warning"))
        self.save()
        self.show()

    def close(self, status: str, remark: str, on_day: str = "", hour: str = "") -> None:
        """The interview ends so; the campaign's file follows once the server has it."""
        if self.read is None or not self.record:
            return
        self.interview = self.interview.closed(self.read, status, remark)
        self._callback, self._to_settle = (on_day, hour), status != held.OPEN
        self.keep_draft()
        if self._changed():
            self.save()
        elif self._to_settle and not self._pending:
            self._to_settle = False
            self._settle()
        self.show()

    def target(self) -> Record | None:
        """The contact's place in the file of the campaign this survey is of."""
        campaign = self.interview.campaign_id
        return next((one for one in records(self.state, "campaign_target") if campaign and one.get("campaign_id") == campaign), None)

    def unsettled(self) -> bool:
        """Whether the survey has ended and the campaign's file does not say so."""
        target, attempt = self.target(), held.ATTEMPTS.get(str(self.record.get("status") or ""))
        if target is None or attempt is None or not self.version:
            return False
        attempts = target.get("attempts") or ()
        return not attempts or attempts[-1].get("result") != attempt

    def _settle(self) -> None:
        """One attempt more in the campaign's file, with how the interview ended."""
        target = self.target()
        view = self.state.saves.get(str(target["id"])) if target is not None else None
        if target is None or not self.unsettled() or (view is not None and view.state == "pending"):
            return
        status = str(self.record.get("status"))
        attempts = [*(target.get("attempts") or ()), {"result": held.ATTEMPTS[status]}]
        fields: dict[str, Any] = {"attempts": attempts, "status": "traitée", "next_on": None, "next_time": ""}
        if status == held.CALLBACK:
            fields |= {"status": "à rappeler", "next_on": self._callback[0] or None, "next_time": self._callback[1]}
        if self.interview.quota_cell and self.interview.quota_cell != target.get("quota_cell"):
            fields["quota_cell"] = self.interview.quota_cell
        fields = {name: value for name, value in fields.items() if value != target.get(name)}
        self.post_message(SaveAsked("campaign_target", str(target["id"]), int(target.get("version") or 0), fields))

    def take_questionnaire(self, questionnaire_id: str) -> None:
        """Another questionnaire for the same person; what was begun of the other stays where it is."""
        if questionnaire_id != self.interview.questionnaire_id and self._contact_id:
            self._take_up(self.state, questionnaire_id)
            self.paint(self.state)

    # --- saving

    def keep_draft(self) -> None:
        kept = None
        if self.edited:
            interview = self.interview
            kept = {**interview.identity(), **interview.fields(self.read), "typing": [list(one) for one in interview.typing]}
        where = {"pane": self.pane_id, "contact": self._contact_id}
        self.post_message(DraftChanged("survey", self.record_id, self.version, kept, where))

    def save(self) -> None:
        """Save what was entered; one save at a time, the next holds all that came meanwhile."""
        if self._conflict is not None or not self.record or self.read is None:
            return
        if self._pending or self._sent:
            self._again = True
            return
        fields = self._changed()
        if not fields:
            return
        if not self.version:
            fields = {"contact_id": self._contact_id, **self.interview.identity(), **fields}
        self._sent = fields
        self.post_message(SaveAsked("survey", self.record_id, self.version, fields))
