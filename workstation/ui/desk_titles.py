"""The records of the nine desks in a few words: tickets, appointments, bookings, offers, contracts, chats, replies. Pure."""

from __future__ import annotations

from collections.abc import Callable

from workstation.desk.state import Record
from workstation.i18n import _
from workstation.ui.record_line import Summary, line, word
from workstation.ui.widgets.value_text import day, instant, money, phone, plain_line


def _survey(r: Record) -> Summary:
    done = _("{answered}/{applicable} réponses").format(answered=r.get("answered") or 0, applicable=r.get("applicable") or 0)
    return Summary(
        date=instant(str(r["started_at"])) if r.get("started_at") else "",
        what=line(_("Enquête"), r.get("questionnaire_id")),
        text=line(done, r.get("respondent"), r.get("quota_cell")),
        status=word(r.get("status")),
        sort=str(r.get("started_at") or "9999"),
    )


def _target(r: Record) -> Summary:
    attempts = tuple(r.get("attempts") or ())
    tried = _("{count} essai(s)").format(count=len(attempts)) if attempts else ""
    next_call = " ".join(part for part in (day(r.get("next_on")), str(r.get("next_time") or "")) if part)
    return Summary(
        what=plain_line(r.get("campaign_id") or ""),
        text=line(
            r.get("quota_cell"),
            tried,
            attempts[-1].get("result") if attempts else "",
            next_call and _("à rappeler le {day}").format(day=next_call),
        ),
        status=_("opposé") if r.get("opposed") else word(r.get("status")),
        sort=str(r.get("next_on") or ""),
    )


def _ticket(r: Record) -> Summary:
    promised = _("promis le {day}").format(day=day(r["promised_on"])) if r.get("promised_on") else ""
    return Summary(
        date=day(r.get("opened_on")),
        what=plain_line(r.get("reference") or _("Ticket")),
        text=line(r.get("product_id"), r.get("error_code"), r.get("symptom"), promised),
        status=word(r.get("status")),
        sort=str(r.get("opened_on") or "9999"),
    )


def _goodwill(r: Record) -> Summary:
    return Summary(
        date=day(r.get("on")),
        what=plain_line(r.get("reference") or _("Geste commercial")),
        text=line(r.get("what"), r.get("reason")),
        amount=money(r.get("amount_cents")),
        status=word(r.get("status")),
        sort=str(r.get("on") or "9999"),
    )


def _exchange(r: Record) -> Summary:
    pickup = _("enlèvement le {day}").format(day=day(r["pickup_on"])) if r.get("pickup_on") else ""
    hours = "–".join(str(r[name]) for name in ("pickup_from", "pickup_to") if r.get(name))
    return Summary(
        date=day(r.get("promised_on")),
        what=line(word(r.get("nature")).capitalize(), r.get("reference")),
        text=line(r.get("product_id"), pickup, hours, r.get("label"), r.get("loan")),
        status=word(r.get("status")),
        sort=str(r.get("promised_on") or "9999"),
    )


def _chat(r: Record) -> Summary:
    at = str(r.get("opened_at") or "")
    return Summary(
        date=instant(at) if at else "",
        what=_("Messagerie"),
        text=line(r.get("visitor"), _("{count} message(s)").format(count=len(r.get("transcript") or ()))),
        status=word(r.get("status")),
        sort=at or "9999",
    )


def _appointment(r: Record) -> Summary:
    when = " ".join(part for part in (day(r.get("on")), str(r.get("start") or "")) if part)
    return Summary(
        date=when,
        what=plain_line(r.get("reference") or _("Rendez-vous")),
        text=line(r.get("rep_id"), r.get("purpose"), r.get("place"), ", ".join(plain_line(one) for one in r.get("attendees") or ())),
        status=word(r.get("status")),
        sort=when,
    )


def _proposal(r: Record) -> Summary:
    return Summary(
        date=instant(str(r["at"])) if r.get("at") else "",
        what=word(r.get("what")).capitalize(),
        text=line(
            r.get("product_id"),
            r.get("instead_of") and _("au lieu de {product}").format(product=plain_line(r["instead_of"])),
            r.get("remark"),
        ),
        status=word(r.get("outcome")),
        sort=str(r.get("at") or ""),
    )


def _booking(r: Record) -> Summary:
    days = " → ".join(
        day(r[name]) for name in ("starts_on", "ends_on") if r.get(name) and (name == "starts_on" or r[name] != r["starts_on"])
    )
    return Summary(
        date=day(r.get("booked_on")),
        what=plain_line(r.get("reference") or _("Réservation")),
        text=line(r.get("resource_id"), days, _("{count} personne(s)").format(count=r.get("persons") or 1)),
        amount=money(r.get("total_cents")),
        status=word(r.get("status")),
        sort=str(r.get("starts_on") or "9999"),
    )


def _opportunity(r: Record) -> Summary:
    per_month = r.get("price_basis") == "par mois"
    price = money(r.get("price_cents")) if r.get("price_cents") else ""
    return Summary(
        date=day(r.get("signed_on")),
        what=plain_line(r.get("reference") or _("Offre")),
        text=line(r.get("product_id"), price and (_("{price} par mois").format(price=price) if per_month else price), r.get("needs")),
        amount=money(r.get("total_cents")) if r.get("total_cents") else "",
        status=word(r.get("status")),
        sort=str(r.get("signed_on") or "9999"),
    )


def _termination(r: Record) -> Summary:
    end = _("fin le {day}").format(day=day(r["effective_on"])) if r.get("effective_on") else ""
    return Summary(
        date=day(r.get("asked_on")),
        what=line(_("Résiliation"), r.get("reference")),
        text=line(word(r.get("channel")), r.get("motive"), end),
        status=word(r.get("status")),
        sort=str(r.get("asked_on") or "9999"),
    )


def _amendment(r: Record) -> Summary:
    before, after = money(r.get("before_cents")), money(r.get("discounted_cents") or r.get("after_cents"))
    until = _("jusqu'au {day}").format(day=day(r["ends_on"])) if r.get("ends_on") else ""
    return Summary(
        date=day(r.get("starts_on")),
        what=line(_("Avenant"), r.get("reference")),
        text=line(f"{before} → {after}", r.get("after_product_id"), until, r.get("motive")),
        status=word(r.get("status")),
        sort=str(r.get("starts_on") or "9999"),
    )


def _reply(r: Record) -> Summary:
    at = str(r.get("submitted_at") or "")
    sent = str(r.get("sent_to") or "")
    return Summary(
        date=instant(at) if at else "",
        what=line(_("Réponse"), r.get("simulation")),
        text=line(
            word(r.get("channel")),
            phone(sent) if sent.startswith("+") else sent,
            r.get("subject"),
            _("{count} mot(s)").format(count=r.get("word_count") or 0),
        ),
        status=word(r.get("status")),
        sort=at or "9999",
    )


DESK_SUMMARIES: dict[str, Callable[[Record], Summary]] = {
    "survey": _survey,
    "campaign_target": _target,
    "ticket": _ticket,
    "goodwill": _goodwill,
    "exchange": _exchange,
    "chat": _chat,
    "appointment": _appointment,
    "sale_proposal": _proposal,
    "booking": _booking,
    "opportunity": _opportunity,
    "termination_request": _termination,
    "amendment": _amendment,
    "reply": _reply,
}
