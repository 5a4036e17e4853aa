"""A booking in words: what, when, amounts, the law, and what is still to be done before it is confirmed. Pure."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from rich.text import Text

from crm_mock.models import Resource
from crm_mock.rules import booking
from workstation.desk.state import DeskState, Record
from workstation.i18n import _
from workstation.ui.record_words import value_word
from workstation.ui.screens import booking_stay
from workstation.ui.screens.booking_stay import Stay
from workstation.ui.screens.order_words import product_name
from workstation.ui.widgets.record_drafts import records, scenario_today
from workstation.ui.widgets.value_text import day, money, plain_line

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


class BookingHeld(Protocol):
    """What the words need of the booking desk."""

    record: Record
    state: DeskState

    @property
    def made(self) -> Stay: ...

    @property
    def record_id(self) -> str: ...

    @property
    def confirmed(self) -> bool: ...

    @property
    def identified(self) -> bool: ...


def name_of(state: DeskState, any_id: str) -> str:
    """Of a resource, else of a product."""
    resource = booking_stay.resource_of(state, any_id)
    return plain_line(resource.name) if resource is not None else product_name(state, any_id)


def when_words(resource: Resource | None, dates: tuple[dt.date, dt.date] | None) -> str:
    """« samedi 12/12/2026 », « du 18/12/2026 au 21/12/2026 (3 nuit(s)) »"""
    if dates is None:
        return _("date à choisir")
    if resource is not None and resource.basis == "séance":
        return f"{value_word(WEEKDAYS[dates[0].weekday()])} {day(dates[0])}"
    nights = (dates[1] - dates[0]).days
    return _("du {start} au {end} ({nights} nuit(s))").format(start=day(dates[0]), end=day(dates[1]), nights=nights)


def held_resource(held: BookingHeld) -> Resource | None:
    return booking_stay.resource_of(held.state, held.made.resource_id)


def amounts(held: BookingHeld) -> booking.Price:
    """The server's when they are of what is shown, else this desk's own estimate."""
    if held.confirmed:
        names = ("stay_cents", "options_cents", "total_cents", "deposit_cents", "balance_cents")
        return booking.Price(*(int(held.record.get(n) or 0) for n in names))
    return booking_stay.price(held_resource(held), held.made) or booking.Price(0, 0, 0, 0, 0)


def received_cents(held: BookingHeld) -> int:
    """What was received for this booking, less what was given back."""
    own = [p for p in records(held.state, "payment") if p.get("booking_id") == held.record_id]
    signs = {"encaissé": 1, "remboursé": -1}
    return sum(signs.get(str(p.get("status")), 0) * int(p.get("amount_cents") or 0) for p in own)


def due_cents(held: BookingHeld) -> int:
    """The deposit, then what is left."""
    told, received = amounts(held), received_cents(held)
    return told.deposit_cents - received if received < told.deposit_cents else told.total_cents - received


def one_line(held: BookingHeld) -> str:
    stay, resource = held.made, held_resource(held)
    if resource is None:
        return _("Rien de choisi")
    told = amounts(held)
    words = _("{name} · {persons} pers. · {total}, acompte {deposit}").format(
        name=plain_line(resource.name), persons=stay.persons, total=money(told.total_cents), deposit=money(told.deposit_cents)
    )
    return words if held.confirmed else _("{words} (estimation)").format(words=words)


def receipt(held: BookingHeld) -> Text:
    """The whole booking, as it would be read to the customer."""
    text, stay, resource = Text(), held.made, held_resource(held)
    text.append(plain_line(held.record.get("reference") or _("Réservation sans numéro")), style="bold")
    text.append(f" · {value_word(held.record.get('status') or 'brouillon')}\n")
    if resource is None:
        return text.append(_("Rien de choisi") + "\n")
    told = amounts(held)
    text.append(plain_line(resource.name) + "\n")
    text.append(when_words(resource, booking_stay.stay_dates(resource, stay)) + "\n")
    text.append(_("{persons} personne(s) : {amount}").format(persons=stay.persons, amount=money(told.stay_cents)) + "\n")
    for line in stay.options:
        text.append(f"{line.quantity} × {plain_line(line.label)}  {money(line.quantity * line.unit_cents)}")
        text.append(f" ({value_word(line.origin)})\n" if line.origin != "demandé" else "\n", style="italic")
    text.append(_("Total {amount}").format(amount=money(told.total_cents)), style="bold")
    text.append(" " + (_("(confirmé)") if held.confirmed else _("(estimation, confirmée à l'enregistrement)")) + "\n")
    text.append(_("Acompte {deposit} · solde {balance}").format(deposit=money(told.deposit_cents), balance=money(told.balance_cents)))
    text.append(" " + _("pour le {day}").format(day=day(stay.balance_due_on)) + "\n" if stay.balance_due_on else "\n")
    received = received_cents(held)
    if received:
        text.append(_("Reçu {received}, reste {left}").format(received=money(received), left=money(told.total_cents - received)) + "\n")
    return text


def law_words() -> str:
    """To be said before the agreement: L221-5, L221-28 12°."""
    return _("Séance ou séjour daté : pas de droit de rétractation ({article}). Total et acompte annoncés avant l'accord.").format(
        article=booking.NO_WITHDRAWAL
    )


def still_to_do(held: BookingHeld) -> list[str]:
    """What is usually done before a booking is confirmed, and is not yet: guidance, nothing is refused."""
    state, stay, resource = held.state, held.made, held_resource(held)
    missing: list[str] = []
    if state.front and not held.identified:
        missing.append(_("client non identifié dans cet appel"))
    if resource is None:
        return [*missing, _("rien de choisi")]
    dates = booking_stay.stay_dates(resource, stay)
    if dates is None:
        missing.append(_("date à choisir"))
    elif held.record.get("status") in (None, "", "brouillon"):
        missing += [plain_line(p).rstrip(".") for p in booking.date_problems(resource, *dates, stay.persons, scenario_today(state))]
        left = booking_stay.places(state, resource, stay)
        if left is not None and left < booking.taken_each_day(resource.basis, stay.persons):
            missing.append(_("complet à cette date"))
    made = booking_stay.proposals(state, held.record_id)
    if resource.addons and not any(p.get("what") == "vente additionnelle" for p in made):
        missing.append(_("vente additionnelle non proposée"))
    if any(p.get("outcome") == "proposée" for p in made) or any(d.outcome == "proposée" for d in stay.other_dates):
        missing.append(_("réponse du client à noter"))
    if amounts(held).balance_cents and not stay.balance_due_on:
        missing.append(_("date du solde à donner"))
    return missing
