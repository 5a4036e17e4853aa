"""A record in a few words: what lists and links show of each kind. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from workstation.desk.state import DeskState, Record
from workstation.i18n import _
from workstation.ui.desk_titles import DESK_SUMMARIES
from workstation.ui.record_line import Summary, line, word
from workstation.ui.record_words import kind_word, value_word
from workstation.ui.widgets.record_drafts import contact_name, records
from workstation.ui.widgets.value_text import day, instant, money, phone, plain_line


def _address(r: Record) -> Summary:
    town = line(" ".join(str(r.get(n) or "") for n in ("postcode", "city")).strip())
    bounds = []
    if r.get("valid_from"):
        bounds.append(_("à partir du {day}").format(day=day(r["valid_from"])))
    if r.get("valid_to"):
        bounds.append(_("jusqu'au {day}").format(day=day(r["valid_to"])))
    return Summary(
        what=_("Adresse {usage}").format(usage=value_word(r.get("usage"))),
        text=line(", ".join(plain_line(p) for p in (r.get("line1"), r.get("line2")) if p), town),
        status=" ".join(bounds),
        sort=str(r.get("valid_from") or ""),
    )


def _contact_point(r: Record) -> Summary:
    value = str(r.get("value") or "")
    called = r.get("channel") in ("téléphone", "mobile") or value.startswith("+")
    return Summary(
        what=value_word(r.get("channel")).capitalize(),
        text=line(phone(value) if called else value, r.get("label"), _("à utiliser d'abord") if r.get("preferred") else ""),
        status=value_word(r.get("status")),
        number=value if called and value.startswith("+") else "",
    )


def _consent(r: Record) -> Summary:
    return Summary(
        date=day(r.get("given_on")),
        what=_("Consentement"),
        text=line(word(r.get("purpose")), r.get("source")),
        status=value_word(r.get("status")),
        sort=str(r.get("given_on") or ""),
    )


def _interaction(r: Record) -> Summary:
    codes = ", ".join(str(c) for c in r.get("codes") or ())
    at = str(r.get("at") or "")
    return Summary(
        date=instant(at) if at else day(r.get("on")),
        what=f"{value_word(r.get('channel'))} {'↑' if r.get('direction') == 'sortant' else '↓'}",
        text=line(r.get("subject"), r.get("comment")),
        status=line(r.get("result"), codes),
        sort=at or str(r.get("on") or ""),
    )


def _order(r: Record) -> Summary:
    count = sum(int(one.get("quantity") or 0) for one in r.get("lines") or ())
    return Summary(
        date=day(r.get("ordered_on")),
        what=plain_line(r.get("reference") or _("(sans numéro)")),
        text=line(_("{count} article(s)").format(count=count), word(r.get("delivery")), r.get("relay_point")),
        amount=money(r.get("total_cents")),
        status=value_word(r.get("status")),
        sort=str(r.get("ordered_on") or "9999"),
    )


def _invoice(r: Record) -> Summary:
    due = _("échéance {day}").format(day=day(r["due_on"])) if r.get("due_on") else ""
    return Summary(
        date=day(r.get("issued_on")),
        what=plain_line(r.get("reference") or ""),
        text=line(r.get("label"), due),
        amount=money(r.get("total_cents")),
        status=value_word(r.get("status")),
        sort=str(r.get("issued_on") or ""),
    )


def _payment(r: Record) -> Summary:
    return Summary(
        date=day(r.get("on")),
        what=plain_line(r.get("reference") or _("Paiement")),
        text=line(word(r.get("means")), r.get("reason")),
        amount=money(r.get("amount_cents")),
        status=value_word(r.get("status")),
        sort=str(r.get("on") or ""),
    )


def _payment_link(r: Record) -> Summary:
    sent = str(r.get("sent_to") or "")
    authorisation = _("autorisation {reference}").format(reference=r["authorisation"]) if r.get("authorisation") else ""
    return Summary(
        what=line(_("Lien"), r.get("reference")),
        text=line(word(r.get("channel")), phone(sent) if sent.startswith("+") else sent, authorisation),
        amount=money(r.get("amount_cents")),
        status=value_word(r.get("status")),
        sort="9999",
    )


def _plan(r: Record) -> Summary:
    instalments = r.get("instalments") or ()
    last = str(instalments[-1].get("due_on")) if instalments else ""
    return Summary(
        what=_("Échéancier"),
        text=line(_("{count} échéance(s)").format(count=len(instalments)), last and _("jusqu'au {day}").format(day=day(last))),
        amount=money(r.get("total_cents")),
        status=value_word(r.get("status")),
        sort=last,
    )


def _promise(r: Record) -> Summary:
    return Summary(
        date=day(r.get("due_on")),
        what=_("Promesse"),
        text=line(word(r.get("means")), r.get("person")),
        amount=money(r.get("amount_cents")),
        status=value_word(r.get("status")),
        sort=str(r.get("due_on") or ""),
    )


def _reminder(r: Record) -> Summary:
    return Summary(
        date=day(r.get("sent_on")),
        what=value_word(r.get("stage")).capitalize(),
        text=line(word(r.get("channel"))),
        amount=money(r.get("total_cents")),
        status=_("envoyée"),
        sort=str(r.get("sent_on") or ""),
    )


def _mandate(r: Record) -> Summary:
    return Summary(
        date=day(r.get("signed_on")),
        what=line(_("Mandat"), r.get("reference")),
        text=line(r.get("iban_masked"), r.get("bank")),
        status=value_word(r.get("status")),
        sort=str(r.get("signed_on") or ""),
    )


def _case(r: Record) -> Summary:
    until = _("jusqu'au {day}").format(day=day(r["dunning_until"])) if r.get("dunning_until") else ""
    return Summary(
        what=_("Dossier de recouvrement"),
        text=line(word(r.get("reason")) or _("motif inconnu"), r.get("remark")),
        amount=money(r.get("total_cents")),
        status=line(_("relances {state}").format(state=value_word(r.get("dunning"))), until),
        sort="9999",
    )


def _subscription(r: Record) -> Summary:
    end = _("engagé jusqu'au {day}").format(day=day(r["commitment_end"])) if r.get("commitment_end") else ""
    return Summary(
        date=day(r.get("started_on")),
        what=plain_line(r.get("reference") or _("Abonnement")),
        text=line(r.get("label"), r.get("machine"), end),
        amount=money(r.get("monthly_cents")),
        status=value_word(r.get("status")),
        sort=str(r.get("started_on") or ""),
    )


def _task(r: Record) -> Summary:
    return Summary(
        date=day(r.get("due_on")),
        what=plain_line(r.get("service") or _("Tâche")),
        text=line(r.get("title"), r.get("detail")),
        status=line(word(r.get("status")), word(r.get("priority")) if r.get("priority") != "normale" else ""),
        sort=str(r.get("due_on") or ""),
    )


def _note(r: Record) -> Summary:
    at = str(r.get("at") or "")
    return Summary(
        date=instant(at) if at else "", what=plain_line(r.get("author") or _("Note")), text=plain_line(r.get("text") or ""), sort=at
    )


def _document(r: Record) -> Summary:
    sent = str(r.get("sent_to") or "")
    return Summary(
        what=value_word(r.get("template")).capitalize(),
        text=line(word(r.get("channel")), sent, r.get("file")),
        status=value_word(r.get("status")),
        sort="",
    )


def _identification(r: Record) -> Summary:
    return Summary(
        what=_("Identification"), text=", ".join(plain_line(word(e)) for e in r.get("elements") or ()), status=value_word(r.get("outcome"))
    )


def _contact(r: Record) -> Summary:
    return Summary(what=plain_line(r.get("reference") or ""), text=plain_line(contact_name(r)), status=value_word(r.get("category")))


_SUMMARIES: dict[str, Callable[[Record], Summary]] = {
    "contact": _contact,
    "address": _address,
    "contact_point": _contact_point,
    "consent": _consent,
    "identification": _identification,
    "subscription": _subscription,
    "order": _order,
    "invoice": _invoice,
    "payment": _payment,
    "payment_link": _payment_link,
    "collection_case": _case,
    "reminder": _reminder,
    "payment_plan": _plan,
    "promise": _promise,
    "mandate": _mandate,
    "document": _document,
    "interaction": _interaction,
    "task": _task,
    "note": _note,
    **DESK_SUMMARIES,
}


def summary(kind: str, record: Record) -> Summary:
    make = _SUMMARIES.get(kind)
    made = make(record) if make else Summary(text=plain_line(record.get("id", "")))
    return made if made.what else replace(made, what=kind_word(kind))


def title_of(kind: str, record: Record) -> str:
    """The record in one phrase: « F-2610-0231 19,90 € »."""
    if kind == "product":
        return plain_line(record.get("name") or kind_word(kind))
    one = summary(kind, record)
    return line(one.what, one.text if kind in ("address", "contact", "contact_point") else "", one.amount)


def link_options(state: DeskState, kinds: Sequence[str], contact_id: str) -> list[tuple[str, str]]:
    """What a link may point to, among the records of the contact's file."""
    found: list[tuple[str, str]] = []
    for kind in kinds:
        found += [(str(r["id"]), title_of(kind, r)) for r in records(state, kind, contact_id)]
    return found


def reached_at(state: DeskState, channel: str, contact_id: str = "") -> str:
    """The contact's usable e-mail ("e-mail") or mobile, then telephone ("sms"): the preferred one first; "" when there is none."""
    wanted = ("e-mail",) if channel == "e-mail" else ("mobile", "téléphone")
    points: list[Any] = [p for p in records(state, "contact_point", contact_id) if p.get("status", "actif") == "actif"]
    for one in wanted:
        usable = sorted((p for p in points if p.get("channel") == one), key=lambda p: not p.get("preferred"))
        if usable:
            return str(usable[0].get("value") or "")
    return ""
