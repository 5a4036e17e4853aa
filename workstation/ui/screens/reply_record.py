"""What stands beside a reply (the customer, what was agreed), what a new one begins with, what is shown of a closed one. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.text import Text

from crm_mock.rules.calendar import long
from workstation.desk.state import DeskState, Record
from workstation.desk.words import number_words
from workstation.i18n import _
from workstation.ui.record_titles import reached_at, summary
from workstation.ui.record_words import field_word, kind_word, value_word
from workstation.ui.screens.reply_due import Due, handed_in
from workstation.ui.widgets.fields import field_specs
from workstation.ui.widgets.record_drafts import contact_name, records, scenario_today
from workstation.ui.widgets.value_text import day, instant, money, plain_line, plain_lines

IDENTITY = ("address", "contact_point")
AGREED = ("ticket", "exchange", "goodwill", "amendment", "termination_request", "payment_plan", "promise", "payment_link")
BEHIND = ("collection_case", "mandate", "subscription", "booking", "appointment")
LAST_CONTACTS = 3
_MORE = {  # filled in by the server, and what a letter needs
    "ticket": ("reference", "guarantee", "guarantee_until"),
    "exchange": ("reference", "label"),
    "amendment": ("reference", "before_cents", "after_cents", "discounted_cents", "ends_on"),
    "payment_link": ("reference", "status"),
}
_UNTOLD = frozenset({"remark", "plan_id", "case_id", "invoice_ids", "subscription_id", "ticket_id", "address_id", "offer_rule", "tree_id"})


def beside(state: DeskState, due: Due) -> Text:
    """The instructions, then the file."""
    text = Text()
    _head(text, _("Consigne (Alt+↓ : le dossier)"))
    text.append(plain_line(due.instructions) + "\n")
    if due.minutes:
        text.append(_("Durée conseillée : {minutes} min").format(minutes=due.minutes) + "\n", "dim")
    who = next(iter(records(state, "contact", due.contact_id)), None)
    if who is None:
        return text.append("\n" + _("Le dossier arrive…"), "italic")
    _head(text, plain_line(contact_name(who)))
    preferred = _("préfère : {channel}").format(channel=value_word(who["preferred_channel"])) if who.get("preferred_channel") else ""
    text.append(plain_line(" · ".join(str(part) for part in (who.get("reference"), preferred) if part)) + "\n")
    for kind in IDENTITY:
        for record in records(state, kind, due.contact_id):
            said = summary(kind, record)
            _item(text, said.what, said.text + (f" ({said.status})" if said.status and said.status != "actif" else ""))
    for kind in AGREED:
        for record in records(state, kind, due.contact_id):
            _agreed(text, kind, record)
    _unpaid(text, [one for one in records(state, "invoice", due.contact_id) if one.get("status") in ("impayée", "en litige")])
    for kind in BEHIND:
        for record in records(state, kind, due.contact_id):
            _agreed(text, kind, record)
    _contacts(text, records(state, "interaction", due.contact_id))
    return text


def _unpaid(text: Text, invoices: list[Record]) -> None:
    if not invoices:
        return
    _head(text, _("Factures non réglées"))
    for one in invoices:
        what = (day(one.get("issued_on")), money(one.get("total_cents")), str(one.get("label") or ""))
        _item(text, str(one.get("reference") or ""), " · ".join(filter(None, what)))
    _item(text, _("Total"), money(sum(int(one.get("total_cents") or 0) for one in invoices)))


def _agreed(text: Text, kind: str, record: Record) -> None:
    status = f" · {value_word(record['status'])}" if record.get("status") else ""
    _head(text, plain_line(kind_word(kind) + status))
    for name, words in _fields(kind, record):
        _item(text, name, words)
    for one in record.get("instalments") or ():
        due_on, amount = day(one.get("due_on")), money(one.get("amount_cents"))
        _item(text, f"{one.get('number')}", f"{due_on} · {amount} · {value_word(one.get('means'))}")


def _fields(kind: str, record: Record) -> Iterator[tuple[str, str]]:
    names = [spec.name for spec in field_specs(kind) if spec.name not in _UNTOLD and spec.name != "status"]
    for name in dict.fromkeys((*_MORE.get(kind, ()), *names)):
        words = _value(name, record.get(name))
        if words:
            yield field_word(kind, name), words


def _value(name: str, value: Any) -> str:
    if value in (None, "", [], ()) or (value == 0 and not isinstance(value, bool)):
        return ""
    if isinstance(value, bool):
        return value_word(value)
    if name.endswith("_cents"):
        return money(int(value))
    if isinstance(value, str) and (name.endswith("_on") or name.endswith("_until")):
        return day(value)
    if isinstance(value, list):
        return ", ".join(str(one) for one in value if not isinstance(one, dict))
    return value_word(value) if isinstance(value, str) else str(value)


def _contacts(text: Text, interactions: list[Record]) -> None:
    if interactions:
        _head(text, _("Derniers contacts"))
    for one in interactions[:LAST_CONTACTS]:
        said = summary("interaction", one)
        _item(text, said.date, plain_line(" · ".join(part for part in (said.what, said.text) if part)))


def _head(text: Text, words: str) -> None:
    text.append(("\n" if len(text) else "") + words + "\n", "bold underline")


def _item(text: Text, name: str, words: str) -> None:
    text.append(f"{plain_line(name)} : ", "dim")
    text.append(plain_line(words) + "\n")


def letter_values(state: DeskState, due: Due, agent_name: str) -> dict[str, str]:
    """What the known fields of a template (scenarios/pack_letters.py) stand for; those that the file does not tell are left out."""
    who = next(iter(records(state, "contact", due.contact_id)), {})
    company = state.brief.get("company") or {}
    civility = {"Mme": "Madame", "M.": "Monsieur"}.get(str(who.get("civility") or ""), "Madame, Monsieur")
    last = str(who.get("last_name") or "").title()
    today = scenario_today(state)
    contacts = records(state, "interaction", due.contact_id)
    called = any(one.get("channel") == "téléphone" and one.get("on") == today.isoformat() for one in contacts)
    values = {
        "civilité": civility,
        "client": contact_name(who) if who else "",
        "nom": f"{civility} {last}".strip() if who.get("civility") else civility,
        "référence client": str(who.get("reference") or ""),
        "date": long(today),
        "date du contact": long(today) if called else "",  # a sitting's contacts are of its day
        "conseiller": agent_name,
        "société": str(company.get("name") or ""),
        "téléphone société": number_words(str(company.get("phone") or "")),
        "e-mail société": str(company.get("email") or ""),
    }
    return {name: value for name, value in values.items() if value}


def begins_with(state: DeskState, due: Due) -> dict[str, Any]:
    """What a new reply begins with: the channel that the customer prefers, when it is admitted."""
    who: dict[str, Any] = next(iter(records(state, "contact", due.contact_id)), {})
    preferred = {"courrier": "lettre"}.get(str(who.get("preferred_channel")), str(who.get("preferred_channel")))
    channel = preferred if preferred in due.channels else due.channels[0] if due.channels else "e-mail"
    return {"simulation": due.simulation, "channel": channel, "sent_to": destination(state, channel, due)}


def destination(state: DeskState, channel: str, due: Due) -> str:
    """Where it goes by this channel, as the file says; "" when it does not."""
    if channel != "lettre":
        return reached_at(state, channel, due.contact_id)
    addresses = [one for one in records(state, "address", due.contact_id) if one.get("usage") == "principale"]
    return summary("address", addresses[0]).text[:120] if addresses else ""


def final_text(reply: Record | None) -> Text:
    """A reply that is no longer edited: whether and when it was handed in, then its text."""
    text = Text()
    if reply is None:
        return text.append(_("Rien n'a été écrit."), "italic")
    if handed_in(reply):
        at = instant(str(reply.get("submitted_at") or ""))
        text.append("✓ " + _("Remise le {at} : elle ne se modifie plus.").format(at=at) + "\n", "bold")
        text.append(f"SHA-256 {plain_line(reply.get('sha256'))[:16]}…\n", "dim")
    else:
        text.append(_("Brouillon, non remis.") + "\n", "bold")
    head = (value_word(str(reply.get("channel") or "")), reply.get("sent_to"), reply.get("subject"))
    text.append(plain_line(" · ".join(str(part) for part in head if part)) + "\n\n")
    return text.append(plain_lines(reply.get("body") or ""))
