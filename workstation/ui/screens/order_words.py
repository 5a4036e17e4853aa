"""An order in words: lines, delivery threshold, totals, and what is still to be done before it is validated. Pure."""

from __future__ import annotations

from typing import Protocol

from rich.text import Text

from workstation.desk.state import DeskState, Record
from workstation.i18n import _, labelled
from workstation.ui.record_words import value_word
from workstation.ui.screens.basket import Basket, delivery_rules, estimate
from workstation.ui.screens.record_pane import identification_of_call
from workstation.ui.widgets.value_text import day, money, plain_line


class OrderHeld(Protocol):
    """What the words need of the order desk."""

    record: Record
    state: DeskState

    @property
    def basket(self) -> Basket: ...

    @property
    def edited(self) -> bool: ...

    @property
    def version(self) -> int: ...


def product_name(state: DeskState, product_id: str) -> str:
    found = next((p for p in state.products if p.get("id") == product_id), None)
    return plain_line(found.get("name") if found else product_id)


def threshold_words(held: OrderHeld) -> str:
    """« livraison relais offerte dès 39,00 € : il manque 0,90 € »"""
    rule = delivery_rules(held.state).get(held.basket.delivery)
    if rule is None:
        return ""
    way = value_word(held.basket.delivery)
    if not rule.fee_cents:
        return _("livraison {way} sans frais").format(way=way)
    missing = estimate(held.basket, held.state).missing_for_free
    words = _("livraison {way} offerte dès {amount}").format(way=way, amount=money(rule.free_from_cents))
    if not held.basket.lines:
        return words
    return labelled(words, _("il manque {amount}").format(amount=money(missing)) if missing else _("atteint"))


def confirmed(held: OrderHeld) -> bool:
    """Whether the totals are the server's."""
    return bool(held.version) and not held.edited


def amounts(held: OrderHeld) -> tuple[int, int, int]:
    """Articles, delivery, total in cents: the server's when they are of what is shown, else this desk's own estimate."""
    if confirmed(held):
        record = held.record
        return int(record.get("items_cents") or 0), int(record.get("delivery_cents") or 0), int(record.get("total_cents") or 0)
    told = estimate(held.basket, held.state)
    return told.items_cents, told.delivery_cents, told.total_cents


def one_line_total(held: OrderHeld) -> str:
    if not held.basket.lines:
        return _("Panier vide")
    items, delivery, total = amounts(held)
    count = sum(line.quantity for line in held.basket.lines)
    words = _("{count} art. {items} + {delivery} = {total}").format(
        count=count, items=money(items), delivery=money(delivery), total=money(total)
    )
    return words if confirmed(held) else _("{words} (estimation)").format(words=words)


def receipt(held: OrderHeld) -> Text:
    """The whole order, as it would be read to the customer."""
    text = Text()
    text.append(plain_line(held.record.get("reference") or _("Commande sans numéro")), style="bold")
    text.append(f" · {value_word(held.record.get('status') or 'brouillon')}\n")
    for line in held.basket.lines:
        text.append(f"{line.quantity} × {plain_line(line.label)}  {money(line.unit_cents)} = {money(line.quantity * line.unit_cents)}")
        if line.origin != "demandé":
            instead = " " + _("au lieu de {name}").format(name=product_name(held.state, line.replaces)) if line.replaces else ""
            text.append(f" ({value_word(line.origin)}{instead})", style="italic")
        text.append("\n")
    items, delivery, total = amounts(held)
    text.append("\n" + _("Articles {amount}").format(amount=money(items)) + "\n")
    text.append(_("Livraison {way} {amount}").format(way=value_word(held.basket.delivery), amount=money(delivery)) + "\n")
    text.append(_("Total {amount}").format(amount=money(total)), style="bold")
    text.append(" " + (_("(confirmé)") if confirmed(held) else _("(estimation, confirmée à l'enregistrement)")) + "\n")
    if words := threshold_words(held):
        text.append(words[:1].upper() + words[1:] + "\n")
    if held.record.get("withdrawal_until"):
        text.append(_("Rétractation jusqu'au {day}").format(day=day(str(held.record["withdrawal_until"]))) + "\n")
    return text


def withdrawal_words(held: OrderHeld) -> str:
    """What to say of the right of withdrawal (c. conso. L221-18, L221-28) for what is in the basket."""
    by_id = {str(p.get("id")): p for p in held.state.products}
    without = [by_id[line.product_id] for line in held.basket.lines if (by_id.get(line.product_id) or {}).get("withdrawal") == "exception"]
    words = _("Rétractation : 14 jours à réception, prix et frais annoncés avant l'accord.")
    if without:
        names = ", ".join(f"{plain_line(p.get('name'))} ({plain_line(p.get('withdrawal_exception'))})" for p in without)
        words += " " + _("Sans rétractation : {names}.").format(names=names)
    return words


def still_to_do(held: OrderHeld) -> list[str]:
    """What is usually done before an order is validated, and is not yet: guidance, nothing is refused."""
    state, basket = held.state, held.basket
    missing = []
    done = identification_of_call(state)
    if state.front and (done is None or done.get("outcome") != "vérifié"):
        missing.append(_("client non identifié dans cet appel"))
    by_id = {str(p.get("id")): p for p in state.products}
    for line in basket.lines:
        stock = int((by_id.get(line.product_id) or {}).get("stock") or 0)
        if line.product_id in by_id and stock < line.quantity and held.record.get("status") in (None, "", "brouillon"):
            missing.append(_("{name} : stock {stock}").format(name=plain_line(line.label), stock=stock))
    if not any(p.nature == "additionnelle" for p in basket.proposals):
        missing.append(_("vente additionnelle non proposée"))
    if any(p.outcome == "proposée" for p in basket.proposals):
        missing.append(_("réponse du client à noter"))
    if basket.delivery == "relais" and not basket.relay_point:
        missing.append(_("point relais à choisir"))
    if basket.delivery == "domicile" and not basket.address_id:
        missing.append(_("adresse à choisir"))
    return missing
