"""The plan calculator: proposes a schedule on the company's scale, lets every line be changed, checks the sum to the cent."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Button, Input

from crm_mock.models import Instalment
from workstation.desk.state import DeskState, Record
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.messages import DraftChanged, SaveAsked
from workstation.ui.record_words import value_word
from workstation.ui.screens import collection_words as words
from workstation.ui.widgets.picker import Picker, options_of
from workstation.ui.widgets.record_drafts import contact, contact_name, drafts_at, find_record, records, scenario_today
from workstation.ui.widgets.save_line import SaveLine
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_input import DateInput, MoneyInput, ValueInput, text_input
from workstation.ui.widgets.value_text import Unreadable, money

MEANS = ("lien sécurisé", "prélèvement", "chèque", "virement")
MAX_LINES = 24


class InstalmentLine(Horizontal):
    """One instalment: date, amount, means."""

    class Edited(Message):
        pass

    def __init__(self, number: int, step: PlanStep) -> None:
        super().__init__(classes="instalment")
        self.number = number
        self.due_on = DateInput(lambda: scenario_today(step.state))
        self.amount = MoneyInput()
        self.means = Picker(options_of(MEANS))

    def compose(self) -> ComposeResult:
        yield Static(str(self.number), classes="number", markup=False)
        yield self.due_on
        yield self.amount
        yield self.means

    def show(self, due_on: str, cents: int, means: str) -> None:
        self.due_on.show(due_on)
        self.amount.show(cents)
        self.means.set_value(means)

    def restore(self, typed: Mapping[str, Any]) -> None:
        self.due_on.value = str(typed.get("due_on") or "")
        self.amount.value = str(typed.get("amount") or "")
        self.means.set_value(str(typed.get("means") or MEANS[0]))

    def typed(self) -> dict[str, str]:
        return {"due_on": self.due_on.value, "amount": self.amount.value, "means": self.means.value}

    def cents(self) -> int | None:
        """None when nothing readable is typed."""
        try:
            return _int_or_none(self.amount.read())
        except Unreadable:
            return None

    def read(self) -> Instalment:
        """Raises ValueError with a French sentence."""
        try:
            return words.instalment_of(self.number, self.due_on.read(), _int_or_none(self.amount.read()), self.means.value)
        except Unreadable as error:
            raise ValueError(_("Échéance {number} : {why}").format(number=self.number, why=error)) from None


def _int_or_none(value: Any) -> int | None:
    return value if isinstance(value, int) else None


class PlanStep(Vertical):
    """Holds one payment plan: the one in progress for the contact, or a new one."""

    def __init__(self, pane_id: str) -> None:
        super().__init__(id="plan")
        self.pane_id = pane_id
        self.state = DeskState()
        self.record: Record = {}
        self._contact_id = ""
        self._kept: dict[str, Any] | None = None
        self._touched = False
        self._settled: object = None
        self.count = Input(compact=True, id="plan-count", type="integer", max_length=2)
        self.agreed: ValueInput = text_input(120)
        self.said = Static("", classes="note", markup=False)
        self.sums = Static("", id="plan-sum", markup=False)
        self.saved = SaveLine()

    def compose(self) -> ComposeResult:
        yield self.said
        with Horizontal(classes="fields"):
            yield Static(_("Échéances"), classes="tag")
            yield self.count
            yield Button(_("Proposer"), id="propose", compact=True)
            yield Static(_("Accord de"), classes="tag")
            yield self.agreed
        yield VerticalScroll(id="instalments", can_focus=False)
        yield self.sums
        with Horizontal(classes="fields"):
            yield Button(_("Accepté par le client (Ctrl+S)"), id="accept", compact=True)
            yield Button(_("Refusé"), id="refuse", compact=True)
            yield self.saved

    def focus_first(self) -> None:
        lines = self.lines
        take_focus(lines[0].due_on if lines else self.count)

    # --- following the state

    def paint(self, state: DeskState) -> None:
        self.state = state
        if state.contact_id != self._contact_id:
            self._contact_id = state.contact_id
            self.call_later(self._take_up)
        self._follow()
        self._paint_words()

    async def _take_up(self) -> None:
        """The plan this contact was discussing: its draft, the last one saved, or a new one."""
        state = self.state
        draft = next((d for d in drafts_at(state, pane=self.pane_id, contact=self._contact_id) if d.kind == "payment_plan"), None)
        known = records(state, "payment_plan")
        if draft is not None:
            self.record = find_record(state, "payment_plan", draft.record_id) or {"id": draft.record_id, "version": 0}
            await self._set_count(len(draft.typed.get("lines") or ()))
            for line, typed in zip(self.lines, draft.typed.get("lines") or (), strict=False):
                line.restore(typed)
            self.agreed.value = str(draft.typed.get("agreed_by") or "")
            self._touched = True
        else:
            self.record = known[0] if known else {"id": str(uuid.uuid4()), "version": 0}
            await self._show_record()
        self._settled = state.saves.get(str(self.record["id"]))
        self._kept = self._fields_typed() if self._touched else None
        self.count.value = str(len(self.lines) or words.allowed(state, self.total))
        self._paint_words()

    async def _show_record(self) -> None:
        instalments = self.record.get("instalments") or ()
        await self._set_count(len(instalments))
        for line, one in zip(self.lines, instalments, strict=True):
            line.show(str(one["due_on"]), int(one["amount_cents"]), str(one["means"]))
        who = contact(self.state)
        self.agreed.show(self.record.get("agreed_by") or (contact_name(who) if who else ""))
        self._touched = False

    def _follow(self) -> None:
        view = self.state.saves.get(self.record_id)
        if view is None or view is self._settled:
            return
        self._settled = view
        fresh = find_record(self.state, "payment_plan", self.record_id)
        if view.state == "saved":
            self.record = fresh or {**self.record, "version": self.version + 1}
            self._touched, self._kept = False, None
        elif view.state == "conflict" and view.current is not None:
            self.record = {**self.record, **view.current}  # what is typed stays; saving again is the agent's choice

    # --- the plan

    @property
    def record_id(self) -> str:
        return str(self.record.get("id", ""))

    @property
    def version(self) -> int:
        return int(self.record.get("version") or 0)

    @property
    def total(self) -> int:
        """What the plan must sum to, in cents."""
        if self.version and self.record.get("status") == "accepté":
            return int(self.record.get("total_cents") or 0)
        return words.owed_cents(self.state)

    @property
    def lines(self) -> list[InstalmentLine]:
        return list(self.query(InstalmentLine))

    async def _set_count(self, count: int) -> None:
        place = self.query_one("#instalments", VerticalScroll)
        lines = self.lines
        for line in lines[count:]:
            await line.remove()
        await place.mount(*(InstalmentLine(n, self) for n in range(len(lines) + 1, min(count, MAX_LINES) + 1)))

    @on(Button.Pressed, "#propose")
    async def _propose_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        await self.propose(int(self.count.value) if self.count.value.isdigit() else 0)

    @on(Input.Submitted, "#plan-count")
    async def _count_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        await self.propose(int(event.value) if event.value.isdigit() else 0)

    async def propose(self, count: int) -> None:
        """Fill the lines with a plan on the scale."""
        try:
            plan = words.propose(self.state, self.total, min(count, MAX_LINES))
        except ValueError:
            self.sums.update(
                Text(_("Impossible : {count} échéance(s) pour {total}").format(count=count, total=money(self.total)), style="bold")
            )
            return
        await self._set_count(len(plan))
        for line, one in zip(self.lines, plan, strict=True):
            line.show(one.due_on.isoformat(), one.amount_cents, one.means)
        self._edited()
        self.focus_first()

    @on(Input.Changed)
    @on(Picker.Changed)
    def _typed(self, event: Message) -> None:
        event.stop()
        if isinstance(event, Input.Changed) and event.input is self.count:
            return
        if self._kept != self._fields_typed() and (self.screen.focused is not None and self in self.screen.focused.ancestors):
            self._edited()

    def _fields_typed(self) -> dict[str, Any]:
        return {"lines": [line.typed() for line in self.lines], "agreed_by": self.agreed.value}

    def _edited(self) -> None:
        self._touched = True
        self._kept = self._fields_typed()
        where = {"pane": self.pane_id, "contact": self._contact_id}
        self.post_message(DraftChanged("payment_plan", self.record_id, self.version, self._kept, where))
        self._paint_words()

    def complaints(self) -> tuple[tuple[Instalment, ...], list[str]]:
        """The instalments as typed, and what is wrong with them."""
        found: list[Instalment] = []
        wrong: list[str] = []
        for line in self.lines:
            try:
                found.append(line.read())
            except ValueError as error:
                wrong.append(str(error))
        return tuple(found), wrong or words.problems(self.state, found, self.total)

    def _paint_words(self) -> None:
        total = self.total
        self.said.update(Text(words.scale_words(self.state, total)))
        text = Text()
        if self.lines:
            said, right = words.sum_words([line.cents() for line in self.lines], total)
            text.append(said, style="bold green" if right else "bold red")
            if self.version:
                text.append(_(" · enregistré : {status}").format(status=value_word(self.record.get("status"))))
            for problem in self.complaints()[1]:
                text.append("\n▲ " + problem)
        self.sums.update(text)
        self.saved.show(self.state, self.record_id, self._touched and bool(self.lines))

    # --- saving

    def save(self, status: str = "accepté") -> bool:
        """Save the plan as it is typed; an accepted one must be within the scale."""
        view = self.state.saves.get(self.record_id)
        if not self._contact_id or (view is not None and view.state == "pending"):
            return False
        instalments, wrong = self.complaints()
        if status == "accepté" and (wrong or not instalments):
            self._paint_words()
            return False
        case = words.case_of(self.state)
        fields: dict[str, Any] = {
            "total_cents": self.total,
            "invoice_ids": [str(r["id"]) for r in words.unpaid(self.state)],
            "instalments": [i.model_dump(mode="json") for i in instalments],
            "status": status,
            "agreed_by": self.agreed.value.strip() if status == "accepté" else "",
            "case_id": str(case["id"]) if case else "",
        }
        if not self.version:
            fields["contact_id"] = self._contact_id
        self.post_message(SaveAsked("payment_plan", self.record_id, self.version, fields).set_sender(self))
        return True

    @on(Button.Pressed, "#accept")
    def _accept(self, event: Button.Pressed) -> None:
        event.stop()
        self.save("accepté")

    @on(Button.Pressed, "#refuse")
    def _refuse(self, event: Button.Pressed) -> None:
        event.stop()
        self.save("refusé")
