"""Assistance, level 1: the ticket, the diagnostic tree, the legal guarantee, the solution and what follows it, escalation (SC10; c3)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Button

from crm_mock.models import Ticket, TreeStep
from crm_mock.rules import diagnostic_tree
from workstation.desk.state import DeskState
from workstation.i18n import N_, _
from workstation.ui.focus import take_focus
from workstation.ui.messages import DraftChanged, ListAsked, SaveAsked, Told
from workstation.ui.screens import support_words as words
from workstation.ui.screens.record_pane import ContactLine
from workstation.ui.screens.sectioned_pane import SectionedPane
from workstation.ui.screens.support_books import SHOWN, TICKET_FIELDS, AfterBook, TicketBook
from workstation.ui.screens.support_card import CARDS, SupportCard
from workstation.ui.screens.support_queue import Queue
from workstation.ui.screens.tree_walk import TreeWalk
from workstation.ui.widgets.record_drafts import drafts_at, records
from workstation.ui.widgets.record_form import RecordForm
from workstation.ui.widgets.save_line import SaveLine
from workstation.ui.widgets.section_bar import Section, SectionBar
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import Unreadable

SECTIONS: tuple[tuple[str, str, str], ...] = (
    ("ticket", N_("Ticket"), N_("Ticket")),
    ("diagnostic", N_("Diagnostic"), N_("Diag.")),
    ("garantie", N_("Garantie"), N_("Gar.")),
    ("solution", N_("Solution"), N_("Sol.")),
    ("suites", N_("Échange et geste"), N_("Éch./geste")),
    ("escalade", N_("Escalade"), N_("Esc.")),
)
WIDE = 110  # cells from which the machine is named beside the ticket
QUEUE = "next"  # where what is to be saved beside the form is kept
STOCK = "support.products"  # the catalogue's list, asked for its stocks


class SupportDeskPane(SectionedPane):
    """Holds which ticket is in hand (the one open in the form), and what is to be saved of it beside what is typed."""

    pane_id = "support_desk"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__()
        self.line = ContactLine()
        self.saved = SaveLine()
        self.bar = SectionBar([Section(k, _(w), _(s)) for k, w, s in SECTIONS], keys="Alt+→", id="support-sections")
        self.tickets = TicketBook(self.pane_id)
        self.walk = TreeWalk()
        self.card = SupportCard()
        self.after = AfterBook(self.pane_id)
        self.cap = Static("", markup=False, id="cap")
        self._contact_id = ""
        self.queue = Queue()  # tests and status on their way to the server
        self._tree_id = ""  # chosen before any test

    def title(self) -> str:
        return _("Assistance")

    def compose(self) -> ComposeResult:
        yield self.line
        yield self.saved
        yield self.bar
        yield self.walk
        yield self.card
        yield self.tickets
        with Vertical(id="follow"):
            yield self.cap
            yield self.after

    def on_mount(self) -> None:
        self._show_section()

    # --- the ticket in hand

    @property
    def form(self) -> RecordForm:
        return self.tickets.form

    @property
    def ticket_id(self) -> str:
        return self.form.record_id

    @property
    def steps(self) -> tuple[TreeStep, ...]:
        """The tests as they stand here, those on their way included."""
        if self.queue.record_id == self.ticket_id and "path" in self.queue.fields:
            return tuple(TreeStep.model_validate(step) for step in self.queue.fields["path"])
        return words.ticket_of(self.form.subject.record).path if self.form.subject is not None else ()

    @property
    def ticket(self) -> Ticket:
        """The ticket with what is typed and not saved yet; an empty one when none is in hand."""
        subject = self.form.subject
        if subject is None:
            return words.ticket_of({})
        typed: dict[str, Any] = dict(subject.record)
        for name in TICKET_FIELDS:
            try:
                typed[name] = self.form.box(name).read()
            except (KeyError, Unreadable):
                continue
        typed["path"] = [step.model_dump() for step in self.steps]
        return words.ticket_of(typed)

    def _done(self, section: str) -> bool:
        ticket = self.ticket
        match section:
            case "ticket":
                return bool(ticket.version and ticket.product_id and ticket.symptom)
            case "diagnostic":
                tree = words.tree_of(self.state, ticket)
                return tree is not None and bool(diagnostic_tree.walk(tree, self.steps).ending)
            case "garantie":
                return bool(ticket.bought_on and ticket.consumer_choice)
            case "solution":
                return bool(ticket.solution and ticket.promised_on) or ticket.status == "résolu N1"
            case "suites":
                kinds = ("exchange", "goodwill")
                return any(r.get("ticket_id") == self.ticket_id for k in kinds for r in records(self.state, k)) and bool(self.ticket_id)
            case _:
                return ticket.status == "escaladé N2"

    # --- following the state

    def paint(self, state: DeskState) -> None:
        if STOCK in state.lists:  # the catalogue as it was read at the start, with today's stocks
            state = replace(state, products=state.lists[STOCK].records or state.products)
        self.line.show(state)
        self.tickets.show(state, state.contact_id)
        self.after.ticket = self.ticket.model_dump(mode="json")
        self.after.show(state, state.contact_id)
        self._follow_queue(state)
        if state.contact_id in state.files and state.contact_id != self._contact_id:
            self._contact_id, self._tree_id = state.contact_id, ""
            self.call_later(self._take_up)
        self._paint_parts(state)

    def _follow_queue(self, state: DeskState) -> None:
        if not self.queue.record_id or self.queue.record_id != self.ticket_id:
            return
        view = state.saves.get(self.ticket_id)
        if self.queue.follow(view):
            self._keep_queue()
        fields = self.queue.ready(view)
        if fields:
            self.queue.asked(view, fields)
            self.post_message(SaveAsked("ticket", self.ticket_id, self.form.version, fields).set_sender(self))

    def _keep_queue(self) -> None:
        """On disk until the server has it."""
        where = {"pane": self.pane_id, "contact": self._contact_id, "form": QUEUE, "ticket": self.ticket_id}
        self.post_message(DraftChanged("ticket", f"{self.ticket_id}.{QUEUE}", 0, self.queue.fields or None, where).set_sender(self))

    def _want(self, fields: dict[str, Any]) -> None:
        """Save these fields of the ticket, after what its form has asked for."""
        if self.queue.record_id != self.ticket_id:
            self.queue = Queue(self.ticket_id)
        self.queue.want(fields)
        self._keep_queue()
        self.paint(self.state)

    def _paint_parts(self, state: DeskState) -> None:
        ticket, in_hand = self.ticket, self.form.subject is not None
        self.bar.set_sections([Section(k, _(w), _(s), " ✓" if in_hand and self._done(k) else "") for k, w, s in SECTIONS])
        told = (
            words.ticket_words(state, ticket, whole=self.size.width >= WIDE)
            if in_hand
            else _("Aucun ticket en main : ouvrez-en un, ou + pour en créer un.")
        )
        view = state.saves.get(self.ticket_id)
        refused = view is not None and view.state in ("failed", "conflict")  # why is then all the line says
        self.saved.show(state, self.ticket_id, bool(in_hand and self.form.edited), told if state.contact_id and not refused else "")
        self._paint_walk(state, ticket, in_hand)
        self.card.paint(state, self.bar.key, ticket if in_hand else None, self.size.width)
        gesture, cents = self.after.gesture_typed
        cap = words.cap_words(state, self.ticket_id, cents, gesture)
        if labels := words.label_words(state, self.ticket_id):
            cap.append(("\n" if cap else "") + labels)
        self.cap.update(cap)

    def _paint_walk(self, state: DeskState, ticket: Ticket, in_hand: bool) -> None:
        known = words.trees(state, ticket.product_id)
        tree = words.tree_of(state, ticket.model_copy(update={"tree_id": ticket.tree_id or self._tree_id}))
        blocked = ""
        if not in_hand:
            blocked = _("Ouvrez ou créez d'abord un ticket (Alt+←).")
        elif ticket.status != "ouvert":
            blocked = _("Ce ticket n'est plus ouvert : « Rouvrir », dans Escalade, pour reprendre les tests.")
        self.walk.show(known, tree, self.steps, blocked)

    # --- moving about

    def opened(self, state: DeskState) -> None:
        super().opened(state)
        self.post_message(ListAsked(STOCK, "product", limit="500"))
        self._focus_section()

    async def _take_up(self) -> None:
        """What this contact's call was about: a draft, else the ticket still open; else the list."""
        state = self.state
        drafts = list(drafts_at(state, pane=self.pane_id, contact=state.contact_id))
        kept = next((d for d in drafts if d.where.get("form") == QUEUE), None)
        draft = next((d for d in drafts if d is not kept), None)
        here = self.has_focus_within
        if kept is not None:
            self.queue = Queue(kept.where.get("ticket", ""), kept.typed)
        if draft is not None and draft.kind in ("exchange", "goodwill"):
            ticket = str(draft.typed.get("ticket_id") or "")
            if ticket:
                await self.tickets.edit("ticket", ticket, focus=False)
            self.bar.choose("suites")
            await self.after.edit(draft.kind, draft.record_id, focus=here)
            return
        wanted = words.open_ticket(state)
        if draft is not None or kept is not None:
            await self.tickets.edit("ticket", draft.record_id if draft is not None else self.queue.record_id, focus=False)
        elif wanted is not None:
            await self.tickets.edit("ticket", str(wanted["id"]), focus=False)
        self.bar.choose("ticket")

    @on(SectionBar.Chosen)
    def _section_chosen(self, event: SectionBar.Chosen) -> None:
        event.stop()
        here = self.focus_goes_along
        self._show_section()
        self.paint(self.state)
        if here:
            self._focus_section()

    def _show_section(self) -> None:
        section = self.bar.key
        self.walk.display = section == "diagnostic"
        self.card.display = section in CARDS
        self.query_one("#follow").display = section == "suites"
        self.tickets.display = section in SHOWN
        self.tickets.show_section(section)

    def _focus_section(self) -> None:
        """At once, so that the next key typed is for it."""
        section = self.bar.key
        if section == "suites" and self.after.form.subject is not None:
            self.after.form.focus_first()
        elif section not in ("diagnostic", "suites") and self.form.subject is not None and self._focus_field(section):
            pass
        else:
            take_focus(self._first_of(section))

    def _focus_field(self, section: str) -> bool:
        """Into the field one most likely fills next; False when there is none to fill."""
        if section == "escalade":
            lacking = next((name for name, told, _value in words.check_list(self.state, self.ticket) if not told), "")
            return self.tickets.put_in(lacking)
        return self.tickets.put_in("consumer_choice" if section == "garantie" else SHOWN[section][0])

    def _first_of(self, section: str) -> Widget:
        match section:
            case "diagnostic":
                return self.walk.results
            case "suites":
                return self.after.first
            case "escalade" if self.form.subject is not None:
                return self.card.first or self.bar
            case "ticket":
                return self.tickets.first
            case _:
                return self.bar

    def on_resize(self, event: events.Resize) -> None:
        self._paint_parts(self.state)

    @on(TicketBook.TakenInHand)
    def _taken_in_hand(self, event: TicketBook.TakenInHand) -> None:
        event.stop()
        self.paint(self.state)

    # --- the walk

    @on(TreeWalk.Walked)
    def _walked(self, event: TreeWalk.Walked) -> None:
        event.stop()
        if self.form.subject is None:
            return
        if not self.form.version and self.state.saves.get(self.ticket_id) is None and not self.save():
            return  # a ticket is created with what is typed of it; what is wrong is shown
        at = words.story_instant(self.state)
        steps = [step if step.at else step.model_copy(update={"at": at}) for step in event.steps]
        self._want({"tree_id": event.tree.id, "path": [step.model_dump() for step in steps]})

    @on(TreeWalk.TreeChosen)
    def _tree_chosen(self, event: TreeWalk.TreeChosen) -> None:
        event.stop()
        self._tree_id = event.tree_id
        self._paint_parts(self.state)

    @on(TreeWalk.Kept)
    def _kept(self, event: TreeWalk.Kept) -> None:
        """The end's solution is written down when nothing is yet; then what comes next: the guarantee of what goes to level 2."""
        event.stop()
        if not self.ticket.solution:
            self.form.put("solution", event.node.solution)
        self.bar.choose("garantie" if event.node.ending == "escaladé N2" else "solution")

    # --- the buttons of the cards

    @on(Button.Pressed, "#purchase")
    def _take_purchase(self, event: Button.Pressed) -> None:
        event.stop()
        bought = words.purchases(self.state, self.ticket.product_id)
        if bought:
            self.form.put("bought_on", bought[0][0].isoformat())
            self._focus_section()

    @on(Button.Pressed, "#take-solution")
    def _take_solution(self, event: Button.Pressed) -> None:
        event.stop()
        tree = words.tree_of(self.state, self.ticket)
        if tree is not None:
            end = diagnostic_tree.walk(tree, self.steps).at
            self.form.put("solution", "\n".join(part for part in (self.ticket.solution, end.solution) if part))
            self._focus_section()

    @on(Button.Pressed, "#promise")
    def _promise(self, event: Button.Pressed) -> None:
        event.stop()
        promised = words.promised_day(self.state)
        if promised is not None:
            self.form.put("promised_on", promised.isoformat())
            self._focus_section()

    @on(Button.Pressed, "#solved")
    def _solved(self, event: Button.Pressed) -> None:
        event.stop()
        self._set_status("résolu N1")

    @on(Button.Pressed, "#escalate")
    def _escalate(self, event: Button.Pressed) -> None:
        event.stop()
        self._set_status("escaladé N2")

    @on(Button.Pressed, "#reopen")
    def _reopen(self, event: Button.Pressed) -> None:
        event.stop()
        self._set_status("ouvert")

    def _set_status(self, status: str) -> None:
        """What is typed goes first: the status is that of the ticket as it is read here."""
        if self.form.subject is not None and self.save():
            self._want({"status": status})

    # --- saving

    def save(self) -> bool:
        """The ticket as it is typed; what is wrong is shown in its section."""
        asks = bool(self.form.edited) or not self.form.version
        if self.form.save():
            if asks:
                if self.queue.record_id != self.ticket_id:
                    self.queue = Queue(self.ticket_id)
                self.queue.asked(self.state.saves.get(self.ticket_id))
            return True
        wrong = self.tickets.wrong
        section = next((key for key, names in SHOWN.items() if wrong in names), "")
        if wrong and wrong not in SHOWN.get(self.bar.key, ()) and section:
            self.bar.choose(section)
            self.call_later(self.tickets.put_in, wrong)
        return False

    def action_save(self) -> None:
        if self.bar.key == "suites":
            if self.after.form.subject is not None:
                self.after.form.save()
        elif self.form.subject is None:
            self.post_message(Told(_("Rien à enregistrer ici.")))
        else:
            self.save()
