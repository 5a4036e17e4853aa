"""A ticket in words and figures: its machine, its tree, the guarantee, what may be promised or offered, what level 2 lacks. Pure."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import ValidationError
from rich.text import Text

from crm_mock.models import Ticket, TreeStep
from crm_mock.rules import calendar, diagnostic_tree, escalation, goodwill, legal_guarantee
from crm_mock.rules.diagnostic_tree import Tree
from workstation.desk.state import DeskState, Record
from workstation.desk.words import scenario_now
from workstation.i18n import _
from workstation.ui.record_words import field_word, value_word
from workstation.ui.widgets.picker import Option
from workstation.ui.widgets.record_drafts import records, scenario_today
from workstation.ui.widgets.value_text import day, instant, money, plain_line

MACHINES = "Machines"  # a catalogue's category


def rule(state: DeskState, name: str) -> Any:
    """A company's rule as the brief tells it; None before it has come."""
    return (state.brief.get("rules") or {}).get(name)


# --- the ticket


def ticket_of(fields: Mapping[str, Any]) -> Ticket:
    """The ticket a record, or what is typed, stands for; what a field cannot hold is left out."""
    told = {name: value for name, value in fields.items() if name in Ticket.model_fields and value is not None}
    told = {"id": "new", "contact_id": "new", **told}
    try:
        return Ticket.model_validate(told)
    except ValidationError as error:
        wrong = {str(one["loc"][0]) for one in error.errors() if one["loc"]}
        return Ticket.model_validate({name: value for name, value in told.items() if name not in wrong})


def product_name(state: DeskState, product_id: str) -> str:
    found = next((p for p in state.products if p["id"] == product_id), None)
    return plain_line(found["name"]) if found else plain_line(product_id)


def ticket_words(state: DeskState, ticket: Ticket, *, whole: bool) -> str:
    """« T-26-1123-0001 · Machine Lune S · E4 · ouvert », the machine only when `whole`."""
    kept = ticket.version or ticket.reference
    machine = product_name(state, ticket.product_id) if whole else ""
    parts = (ticket.reference or ("" if kept else _("Nouveau ticket")), machine, ticket.error_code)
    return " · ".join(plain_line(part) for part in (*parts, value_word(ticket.status) if kept else "") if part)


def open_ticket(state: DeskState) -> Record | None:
    """The contact's only ticket still open, to go on with."""
    found = [t for t in records(state, "ticket") if t.get("status") == "ouvert"]
    return found[0] if len(found) == 1 else None


def machine_options(state: DeskState, category: str = MACHINES, *, stock: bool = False) -> list[Option]:
    """The products of a category, with what is left of each when `stock`; all of them when the catalogue has no such category."""
    found = [p for p in state.products if p.get("category") == category] or list(state.products)
    return [(str(p["id"]), (f"{_stock_words(p)} · " if stock else "") + plain_line(p["name"])) for p in found]


def bought_options(state: DeskState) -> list[Option]:
    """The machines, those the customer bought before the others."""
    options, mine = machine_options(state), {product: on for on, _words, product in reversed(purchases(state, ""))}
    own = [(id, words + _(" – achetée le {day}").format(day=day(mine[id]))) for id, words in options if id in mine]
    return [*own, *(option for option in options if option[0] not in mine)]


def _stock_words(product: Record) -> str:
    count = int(product.get("stock") or 0)
    if count:
        return _("{count} en stock").format(count=count)
    back = product.get("back_on")
    return _("rupture jusqu'au {day}").format(day=day(str(back))) if back else _("rupture")


def exchange_options(state: DeskState, product_id: str) -> list[Option]:
    """What may be sent in exchange: the same machine, then what replaces it, then the others of its category."""
    known = {str(p["id"]): p for p in state.products}
    own = known.get(product_id) or {}
    first = [product_id, *(str(s) for s in own.get("substitutes") or ())]
    options = dict(machine_options(state, str(own.get("category") or MACHINES), stock=True))
    return [(id, options[id]) for id in first if id in options] + [(id, words) for id, words in options.items() if id not in first]


def purchases(state: DeskState, product_id: str) -> list[tuple[dt.date, str, str]]:
    """(day, order's reference and article, product's id) of what the customer bought of this product, or of any machine when it is
    not known yet; the latest first."""
    wanted = {product_id} if product_id else {id for id, _words in machine_options(state)}
    found: list[tuple[dt.date, str, str]] = []
    for order in records(state, "order"):
        for one in order.get("lines") or ():
            if one.get("product_id") in wanted and order.get("status") in ("validée", "expédiée", "livrée") and order.get("ordered_on"):
                words = " · ".join(plain_line(part) for part in (order.get("reference"), one.get("label")) if part)
                found.append((dt.date.fromisoformat(str(order["ordered_on"])), words, str(one["product_id"])))
    return sorted(found, key=lambda one: one[0], reverse=True)


# --- the tree


@cache
def _tree(told: str) -> Tree | None:
    try:
        tree = Tree.model_validate_json(told)
    except ValidationError:
        return None
    return None if diagnostic_tree.problems(tree) else tree


def trees(state: DeskState, product_id: str = "") -> list[Tree]:
    """The trees for a product, those for any product included; all of them when it is not known. A tree that does not hold is left out."""
    found = [_tree(json.dumps(told)) for told in state.brief.get("trees") or ()]
    return [t for t in found if t is not None and (not product_id or not t.products or product_id in t.products)]


def tree_of(state: DeskState, ticket: Ticket) -> Tree | None:
    """The tree the ticket follows, else the first for its product."""
    known = trees(state)
    named = next((t for t in known if t.id == ticket.tree_id), None)
    return named or next(iter(trees(state, ticket.product_id)), None)


def story_instant(state: DeskState) -> str:
    """Now by the scenario's clock, as an ISO instant; "" before the clock is known: the server then says."""
    now = scenario_now(state, time.time())
    return calendar.instant(now) if now is not None else ""


def step_words(tree: Tree | None, number: int, step: TreeStep) -> str:
    """« 3. Le filtre à eau : jamais changé (10:02) »."""
    node = tree.node(step.node) if tree is not None else None
    hour = instant(step.at)[-5:] if step.at else ""
    return f"{number}. {plain_line(node.title if node else step.node)} : {plain_line(step.result)}" + (f" ({hour})" if hour else "")


# --- the guarantee


def guarantee_words(state: DeskState, ticket: Ticket) -> Text:
    """Where the legal guarantee stands, who has to prove what, what may be asked for and until when, and the articles that say so."""
    today = scenario_today(state)
    asked = ticket.opened_on or today
    found = legal_guarantee.guarantee(ticket.bought_on, today, second_hand=ticket.second_hand)
    text = Text()
    if found.status == "inconnue" or found.until is None or found.presumed_until is None:
        text.append("? " + _("Garantie inconnue : demandez la date d'achat, ou reprenez la commande."), style="bold yellow")
        return text
    if found.status == "expirée":
        text.append("✗ " + _("EXPIRÉE depuis le {day}").format(day=day(found.until)), style="bold red")
        text.append("\n" + _("La garantie des vices cachés peut rester (c. civ. 1641) : au niveau 2 d'en juger."))
        return text
    left = (found.until - today).days
    told = _("ACTIVE jusqu'au {day} (encore {left} j)").format(day=day(found.until), left=left)
    text.append("✓ " + told, style="bold green")
    if found.presumed:
        proof = _("Le client n'a rien à prouver jusqu'au {day}.").format(day=day(found.presumed_until))
    else:
        proof = _("Occasion : depuis le {day}, au client de prouver le défaut.").format(day=day(found.presumed_until))
    text.append("\n" + proof)
    limit = day(legal_guarantee.remedy_deadline(asked))
    choices = _(" ou ").join(value_word(one) for one in legal_guarantee.remedies(asked, today) if one in legal_guarantee.CHOICES)
    text.append(
        "\n" + _("Au choix du client, sans frais : {choices}, le {limit} au plus tard (30 j).").format(choices=choices, limit=limit)
    )
    if today > legal_guarantee.remedy_deadline(asked):
        text.append("\n▲ " + _("Trente jours passés : prix réduit ou remboursement possibles."), style="bold")
    else:
        text.append("\n" + _("Prix réduit ou remboursement : seulement si les deux ont échoué ou sont impossibles."))
    text.append("\n" + _("Source : {source}").format(source=found.source + ", L217-9, L217-10, L217-14"), style="dim")
    return text


# --- what may be promised or offered


def promised_day(state: DeskState) -> dt.date | None:
    """The company's delay for an exchange, in working days from today; None when it has none."""
    count = rule(state, "exchange_working_days")
    return calendar.add_working_days(scenario_today(state), int(count)) if count else None


def promise_words(state: DeskState, ticket: Ticket) -> str:
    """What is wrong with the date promised, or how many working days it leaves."""
    if ticket.promised_on is None:
        return ""
    today = scenario_today(state)
    wrong = legal_guarantee.promise_problems(ticket.promised_on, ticket.opened_on or today)
    if wrong:
        return "▲ " + " ".join(wrong)
    ahead = sum(calendar.is_working_day(today + dt.timedelta(days=n)) for n in range(1, (ticket.promised_on - today).days + 1))
    told = _("dans 1 jour ouvré") if ahead == 1 else _("dans {count} jours ouvrés")
    said = calendar.long(ticket.promised_on) + ", " + told.format(count=ahead)
    return said if calendar.is_working_day(ticket.promised_on) else "▲ " + said + _(" (jour non ouvré)")


def gestures(state: DeskState, but: str = "") -> list[goodwill.Gesture]:
    """Granted to the contact in front, but the one of that id."""
    granted = [g for g in records(state, "goodwill") if g.get("status", "accordé") == "accordé" and g.get("on") and g.get("id") != but]
    return [
        goodwill.Gesture(dt.date.fromisoformat(str(g["on"])), int(g.get("amount_cents") or 0), str(g.get("ticket_id") or ""))
        for g in granted
    ]


def cap_words(state: DeskState, ticket_id: str = "", wanted: int | None = None, but: str = "") -> Text:
    """What remains of the cap on gestures; with `wanted` cents, what would remain or why it would be refused."""
    cap = rule(state, "agent_goodwill_cents")
    text = Text()
    if cap is None:
        return text
    given, today = gestures(state, but), scenario_today(state)
    used, left = goodwill.used_cents(given, today), goodwill.remaining_cents(given, today, int(cap))
    told = _("Gestes sur 12 mois : reste {left} sur {cap} (accordé : {used})")
    text.append(told.format(cap=money(int(cap)), used=money(used), left=money(left)), style="bold" if left else "bold red")
    if wanted:
        wrong = goodwill.problems(wanted, ticket_id, given, today, int(cap))
        after = _("{wanted} : il restera {left}").format(wanted=money(wanted), left=money(left - wanted))
        text.append("\n" + ("▲ " + " ".join(wrong) if wrong else after), style="bold red" if wrong else "green")
    return text


def label_words(state: DeskState, ticket_id: str) -> str:
    """What to tell the customer of each prepaid label sent for this ticket, a line each."""
    told = []
    for one in records(state, "exchange"):
        if ticket_id and one.get("ticket_id") == ticket_id and one.get("label") and one.get("status") != "annulé":
            hours = _(" à partir de {hour}").format(hour=one["pickup_from"]) if one.get("pickup_from") else ""
            pickup = _("enlèvement le {day}").format(day=day(one["pickup_on"])) + hours if one.get("pickup_on") else _("enlèvement à dater")
            told.append(_("Étiquette prépayée {label} · {pickup}").format(label=plain_line(one["label"]), pickup=pickup))
    return "\n".join(told)


# --- escalation


def check_list(state: DeskState, ticket: Ticket) -> list[tuple[str, bool, str]]:
    """(field, whether it is told, its value on one line) for each thing level 2 needs, in the order of the form."""
    lacking = {name for name, _words in escalation.missing(ticket)}
    found = []
    for name, words, _told in escalation.NEEDED:
        found.append((name, name not in lacking, _value(state, ticket, name) if name not in lacking else words))
    return found


def _value(state: DeskState, ticket: Ticket, name: str) -> str:
    match name:
        case "product_id":
            return product_name(state, ticket.product_id)
        case "path":
            return _("1 test") if len(ticket.path) == 1 else _("{count} tests").format(count=len(ticket.path))
        case "expectations":
            return plain_line(" · ".join(p for p in (_(ticket.consumer_choice), ticket.expectations.replace("\n", " ")) if p))
        case "bought_on" | "promised_on":
            return day(getattr(ticket, name))
        case _:
            return plain_line(str(getattr(ticket, name)).replace("\n", " "))


def check_lines(checks: Sequence[tuple[str, bool, str]], width: int) -> Text:
    """The list in two columns where there is room: « ✓ Symptôme : … », « ✗ Joignable : quand joindre le client »."""
    cells = []
    for name, told, value in checks:
        word = _("Tests") if name == "path" else field_word("ticket", name)
        cells.append((told, f"{'✓' if told else '✗'} {word} : {value}"))
    text, column = Text(no_wrap=True, overflow="ellipsis"), max(24, width // 2 - 1)
    rows = (len(cells) + 1) // 2 if width >= 60 else len(cells)
    for row in range(rows):
        for place in (row, row + rows):
            if place < len(cells):
                told, words = cells[place]
                cell = Text(words, style="" if told else "bold red", no_wrap=True)
                cell.truncate(column if rows < len(cells) else width, overflow="ellipsis", pad=place == row and rows < len(cells))
                text.append_text(cell)
                text.append(" " if place == row else "")
        text.append("\n" if row < rows - 1 else "")
    return text
