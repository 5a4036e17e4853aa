"""What stands above the ticket's fields: the guarantee, the solution, what level 2 lacks, each with what may be done from there."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button

from crm_mock.models import Ticket
from crm_mock.rules import diagnostic_tree
from workstation.desk.state import DeskState
from workstation.i18n import _
from workstation.ui.screens import support_words as words
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import day, plain_line

CARDS = ("garantie", "solution", "escalade")  # sections that have one
BUTTONS = ("purchase", "take-solution", "promise", "solved", "escalate", "reopen")


class SupportCard(Vertical):
    """Only shows; whoever holds it answers its buttons, by their ids."""

    def __init__(self) -> None:
        super().__init__(id="card")
        self.text = Static("", markup=False, id="card-text")

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False, id="card-room"):
            yield self.text
        with Horizontal(id="card-buttons"):
            yield Button("", id="purchase", compact=True)
            yield Button(_("Reprendre la solution de l'arbre"), id="take-solution", compact=True)
            yield Button("", id="promise", compact=True)
            yield Button(_("Résolu au niveau 1"), id="solved", compact=True)
            yield Button("", id="escalate", compact=True)
            yield Button(_("Rouvrir"), id="reopen", compact=True)

    @property
    def first(self) -> Button | None:
        return next((button for button in self.query(Button) if button.display), None)

    def paint(self, state: DeskState, section: str, ticket: Ticket | None, width: int) -> None:
        """`ticket`: the one in hand, with what is typed of it; None when none is."""
        if section not in CARDS:
            return
        buttons: dict[str, str] = {}  # those shown, with another label than their own or ""
        if ticket is None:
            text = Text(_("Ouvrez ou créez d'abord un ticket (Alt+←)."), style="italic")
        elif section == "garantie":
            text = self._guarantee(state, ticket, buttons)
        elif section == "solution":
            text = self._solution(state, ticket, buttons)
        else:
            text = self._escalation(state, ticket, buttons, width)
        self.text.update(text)
        for name in BUTTONS:
            button = self.query_one(f"#{name}", Button)
            button.display = name in buttons
            if buttons.get(name):
                button.label = buttons[name]
        self.query_one("#card-buttons").display = bool(buttons)

    @staticmethod
    def _guarantee(state: DeskState, ticket: Ticket, buttons: dict[str, str]) -> Text:
        text = words.guarantee_words(state, ticket)
        for on, what, _product in words.purchases(state, ticket.product_id)[:1]:
            text.append("\n" + _("Acheté le {day} : {what}").format(day=day(on), what=what))
            if on != ticket.bought_on:
                buttons["purchase"] = _("Reprendre l'achat du {day}").format(day=day(on))
        return text

    @staticmethod
    def _solution(state: DeskState, ticket: Ticket, buttons: dict[str, str]) -> Text:
        text, tree = Text(), words.tree_of(state, ticket)
        end = diagnostic_tree.walk(tree, ticket.path).at if tree is not None and ticket.path else None
        if end is not None and end.ending:
            text.append(_("L'arbre propose : {solution}").format(solution=plain_line(end.solution or end.title)))
            if end.benefit:
                text.append("\n" + _("À valoriser : {benefit}").format(benefit=plain_line(end.benefit)), style="bold")
            if end.solution and end.solution not in ticket.solution:
                buttons["take-solution"] = ""
        else:
            text.append(_("Le diagnostic n'est pas terminé : l'arbre ne propose rien encore."), style="italic")
        promised = words.promised_day(state)
        if ticket.promised_on is not None:
            text.append("\n" + _("Promis : {words}").format(words=words.promise_words(state, ticket)))
        elif promised is not None:
            count = words.rule(state, "exchange_working_days")
            text.append("\n" + _("Délai de l'entreprise : {count} jours ouvrés, le {day}.").format(count=count, day=day(promised)))
            buttons["promise"] = _("Promettre le {day}").format(day=day(promised))
        if ticket.status == "ouvert":
            buttons["solved"] = ""
        elif ticket.version:
            buttons["reopen"] = ""
        return text

    @staticmethod
    def _escalation(state: DeskState, ticket: Ticket, buttons: dict[str, str], width: int) -> Text:
        checks = words.check_list(state, ticket)
        lacking = sum(not told for _name, told, _value in checks)
        if ticket.status == "ouvert":
            told = _("Escalader quand même (1 manque)") if lacking == 1 else _("Escalader quand même ({count} manquent)")
            buttons["escalate"] = told.format(count=lacking) if lacking else _("Escalader au niveau 2")
        elif ticket.version:
            buttons["reopen"] = ""
        return words.check_lines(checks, width - 4)
