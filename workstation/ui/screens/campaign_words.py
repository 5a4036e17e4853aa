"""What the campaign desk says: campaigns and quotas, a target of the file, the law before the call, the people of a company. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.text import Text

from crm_mock.rules import canvassing
from crm_mock.rules.calendar import PARIS
from crm_mock.rules.caution import Caution
from crm_mock.rules.questionnaire import Questionnaire, quota_full
from workstation.desk.state import DeskState, ListView, Record
from workstation.desk.words import scenario_now
from workstation.i18n import N_, _
from workstation.ui.record_titles import summary
from workstation.ui.record_words import value_word
from workstation.ui.widgets.picker import Option
from workstation.ui.widgets.record_drafts import contact, contact_name, records, scenario_today
from workstation.ui.widgets.record_table import Row
from workstation.ui.widgets.value_text import day, instant, phone, plain_line

TARGETS, PEOPLE = "campaign_targets", "campaign_people"  # keys of the lists asked for
LIST_LIMIT = "500"
COMPLETE = "ENQ_COMPLETE"  # the attempt that counts in a quota
OPPOSITION = "OPPOSITION"
OPEN = ("à appeler", "à rappeler")

# What becomes of a target whose attempt ended so; any other result ends it.
STATUS_AFTER: dict[str, str] = {
    **dict.fromkeys(("NRP", "OCC", "REP", "TIERS", "RAPPEL", "RACC", "BARRAGE", "INCIDENT_TECH"), "à rappeler"),
    **dict.fromkeys(("RDV_A_CONFIRMER", "PROJET_DATE", "DOC_A_ENVOYER", "DEJA_EQUIPE", "ENQ_RDV_TEL"), "à rappeler"),
    "HORS_CIBLE": "hors cible",
    "FAUX_NUM": "injoignable",
}

GATEKEEPER, TARGET, CO_DECIDER = "barrage", "cible", "codécideur"
ROLES: tuple[tuple[str, str], ...] = ((GATEKEEPER, N_("+ Barrage")), (TARGET, N_("+ Cible")), (CO_DECIDER, N_("+ Codécideur")))
SHEET_WORDS = ("argumentaire", "objection", "script", "prospection", "rendez-vous", "démarchage", "opposition", "enquête")


# --- campaigns


def campaigns(state: DeskState) -> list[Record]:
    return list(state.brief.get("campaigns") or ())


def campaign(state: DeskState, campaign_id: str) -> Record:
    """{} for one that the pack does not tell of."""
    return next((c for c in campaigns(state) if c.get("id") == campaign_id), {})


def campaign_title(state: DeskState, campaign_id: str) -> str:
    return plain_line(campaign(state, campaign_id).get("title") or campaign_id)


def first_campaign(state: DeskState) -> str:
    """The one that suits the simulation being played: a survey for an interview, else the first that sells."""
    known = campaigns(state)
    current = (state.brief.get("simulations") or {}).get(str(state.sitting.get("current") or "")) or {}
    survey = current.get("competence") == "c1"
    suited = [c for c in known if bool(c.get("questionnaire")) == survey]
    return str((suited or known or [{"id": ""}])[0]["id"])


def is_survey(one: Mapping[str, Any]) -> bool:
    return bool(one.get("questionnaire"))


def purpose(one: Mapping[str, Any]) -> canvassing.Purpose:
    """What the law calls these calls; reading a questionnaire to people is a survey, whatever the pack says."""
    told = "enquête" if is_survey(one) else str(one.get("purpose") or "commercial")
    known: tuple[canvassing.Purpose, ...] = ("commercial", "fidélisation", "enquête", "service", "recouvrement")
    return next((p for p in known if p == told), "commercial")


def _questionnaire(state: DeskState, one: Mapping[str, Any]) -> Questionnaire | None:
    raw = next((q for q in state.brief.get("questionnaires") or () if q.get("id") == one.get("questionnaire")), None)
    return Questionnaire.model_validate(raw) if raw is not None else None


def quota_words(state: DeskState, one: Mapping[str, Any], targets: Sequence[Record]) -> str:
    """« Moins de 35 ans 30/30 pleine · … », counted on the attempts of the file; "" without quotas."""
    read = _questionnaire(state, one)
    if read is None or not read.quotas:
        return ""
    done = quota_counts(targets)
    cells = []
    for quota in read.quotas:
        full = " " + _("pleine") if quota_full(read, quota.cell, done) else ""
        cells.append(f"{plain_line(quota.cell)} {done.get(quota.cell, 0)}/{quota.wanted}{full}")
    return " · ".join(cells)


def cell_is_full(state: DeskState, one: Mapping[str, Any], cell: str, targets: Sequence[Record]) -> bool:
    read = _questionnaire(state, one)
    return read is not None and bool(cell) and quota_full(read, cell, quota_counts(targets))


def quota_counts(targets: Sequence[Record]) -> dict[str, int]:
    """Complete interviews by quota cell."""
    counts: dict[str, int] = {}
    for target in targets:
        if any(a.get("result") == COMPLETE for a in target.get("attempts") or ()):
            cell = str(target.get("quota_cell") or "")
            counts[cell] = counts.get(cell, 0) + 1
    return counts


# --- the file


def targets_of(state: DeskState, campaign_id: str) -> ListView | None:
    """The file of this campaign as the server gave it; None while it is asked for."""
    view = state.lists.get(TARGETS)
    return view if view is not None and view.params.get("campaign_id") == campaign_id else None


def target_of(state: DeskState, campaign_id: str) -> Record | None:
    """What the contact in front is in this campaign, else in any; None when in none."""
    own = records(state, "campaign_target")
    return next((t for t in own if t.get("campaign_id") == campaign_id), own[0] if own else None)


def callback_words(target: Mapping[str, Any]) -> str:
    return " ".join(part for part in (day(target.get("next_on"))[:5], str(target.get("next_time") or "")) if part)


def is_due(target: Mapping[str, Any], now: dt.datetime) -> bool:
    """A callback whose day and hour have come."""
    on = str(target.get("next_on") or "")
    if target.get("status") != "à rappeler" or not on:
        return False
    return f"{on} {target.get('next_time') or '00:00'}" <= f"{now:%Y-%m-%d %H:%M}"


def status_words(target: Mapping[str, Any]) -> str:
    return "⊘ " + _("opposé") if target.get("opposed") else value_word(target.get("status"))


def file_rows(state: DeskState, view: ListView) -> list[Row]:
    """Still to be called first: due callbacks, new ones, later callbacks; then what is over; by position within each."""
    now = now_of(state)

    def rank(target: Record) -> tuple[int, int]:
        over = bool(target.get("opposed")) or target.get("status") not in OPEN
        order = 3 if over else 0 if is_due(target, now) else 1 if target.get("status") == "à appeler" else 2
        return order, int(target.get("position") or 0)

    rows = []
    for target in sorted(view.records, key=rank):
        attempts = target.get("attempts") or ()
        last = str(attempts[-1].get("result") or "") if attempts else ""
        due = "▲ " if is_due(target, now) else ""
        rows.append(
            Row(
                str(target["id"]),
                (
                    str(target.get("position") or ""),
                    plain_line(view.names.get(str(target.get("contact_id")), "?")),
                    plain_line(f"{len(attempts)} {last}".strip() if attempts else "–"),
                    due + callback_words(target),
                    status_words(target),
                ),
                tone="dim" if target.get("opposed") or target.get("status") not in OPEN else "bold" if due else "",
            )
        )
    return rows


# --- the call about to be made


def now_of(state: DeskState) -> dt.datetime:
    """The scenario's local moment, as last told by the room."""
    told = scenario_now(state, state.sitting_at)
    return told if told is not None else dt.datetime.combine(scenario_today(state), dt.time(12))


def cautions(state: DeskState, target: Mapping[str, Any]) -> list[Caution]:
    """What the law says against calling the contact in front for this target's campaign, on the scenario's clock."""
    who = contact(state) or {}
    given = records(state, "consent")
    consent = next((c for c in given if c.get("purpose") == "téléphone"), {})
    given_on = str(consent.get("given_on") or "")
    one = campaign(state, str(target.get("campaign_id") or ""))
    call = canvassing.PlannedCall(
        purpose(one),
        consumer=not (who.get("company_name") or who.get("company_id") or who.get("category") == "professionnel"),
        consent=consent.get("status") or "inconnu",
        consent_on=dt.date.fromisoformat(given_on[:10]) if given_on else None,
        ongoing_contract=any(s.get("status") == "actif" for s in records(state, "subscription")),
        linked_offer=purpose(one) == "fidélisation",
        opposed=is_opposed(state),
        attempts=tuple(_attempt_days(state)),
    )
    return canvassing.warnings(call, now_of(state))


def is_opposed(state: DeskState) -> bool:
    """Whether the contact in front asked not to be called: in one campaign, so in all of them."""
    return any(t.get("opposed") for t in records(state, "campaign_target"))


def _attempt_days(state: DeskState) -> Iterator[dt.date]:
    """Local days of the attempts made to sell, whatever the campaign."""
    for target in records(state, "campaign_target"):
        if purpose(campaign(state, str(target.get("campaign_id") or ""))) in canvassing.SELLING:
            for attempt in target.get("attempts") or ():
                try:
                    yield dt.datetime.fromisoformat(str(attempt.get("at"))).astimezone(PARIS).date()
                except ValueError:
                    continue


def preview(state: DeskState, target: Mapping[str, Any], targets: Sequence[Record]) -> Text:
    """All that is read before the number is dialled."""
    one, text = campaign(state, str(target.get("campaign_id") or "")), Text()
    who = contact(state) or {}
    text.append(campaign_title(state, str(target.get("campaign_id") or "")), style="bold")
    text.append(" · " + " · ".join(_where(target)))
    if one.get("objective"):
        text.append("\n" + _("Mission : {objective}").format(objective=plain_line(one["objective"])))
    for caution in cautions(state, target):
        text.append(f"\n▲ {caution.text}", style="bold")
        text.append(f" ({caution.source})", style="dim")
    cell = str(target.get("quota_cell") or "")
    if cell_is_full(state, one, cell, targets):
        text.append("\n▲ " + _("Quota « {cell} » atteint : la fiche est hors quota.").format(cell=plain_line(cell)), style="bold")
    if callback_words(target):
        text.append("\n" + _("Rappel convenu : {when}").format(when=callback_words(target)))
    text.append("\n" + _("Tentatives : {attempts}").format(attempts=attempts_words(target)))
    known = [who.get("segment"), who.get("source"), who.get("role"), who.get("need")]
    if any(known):
        text.append("\n" + " · ".join(plain_line(part) for part in known if part))
    if named := [person_words(p) for p in people(state)]:
        text.append("\n" + _("Interlocuteurs : {names}").format(names=", ".join(named)))
    for address in records(state, "address")[:1]:
        text.append("\n" + summary("address", address).text)
    for talk in records(state, "interaction")[:2]:
        said = summary("interaction", talk)
        text.append(f"\n{said.date} {said.what} {said.text} {said.status}", style="dim")
    if purpose(one) in canvassing.SELLING:
        text.append(f"\n{canvassing.OPENING.text}")
        text.append(f" ({canvassing.OPENING.source})", style="dim")
    elif is_survey(one):
        text.append("\n" + _("Le questionnaire se lit dans Enquête (⇧F2). Rien ne se vend pendant cet appel."))
    return text


def _where(target: Mapping[str, Any]) -> list[str]:
    parts = [_("rang {position}").format(position=target.get("position") or "–"), status_words(target)]
    if target.get("quota_cell"):
        parts.append(plain_line(target["quota_cell"]))
    if target.get("remark"):
        parts.append(plain_line(target["remark"]))
    return parts


def attempts_words(target: Mapping[str, Any]) -> str:
    made = [f"{instant(str(a.get('at') or ''))} {plain_line(a.get('result') or '')}".strip() for a in target.get("attempts") or ()]
    return " · ".join(made) or _("aucune")


def number_rows(state: DeskState) -> list[Row]:
    """The numbers one may dial from the file, the preferred one first; none of them can be for who is opposed."""
    points = [p for p in records(state, "contact_point") if p.get("channel") != "e-mail" and p.get("status", "actif") == "actif"]
    points.sort(key=lambda p: not p.get("preferred"))
    stopped = is_opposed(state)
    rows = []
    for point in points:
        number = str(point.get("value") or "")
        label = " · ".join(part for part in (plain_line(point.get("label") or ""), value_word(point.get("channel"))) if part)
        rows.append(Row(str(point["id"]), (("⊘ " if stopped else "☎ ") + phone(number), label), "" if stopped else number))
    return rows


# --- results


def results(state: DeskState, one: Mapping[str, Any]) -> list[Option]:
    """How an attempt may end: the results of any contact, then the codes of a survey or of prospecting. One that is both is told once."""
    codes = state.brief.get("codes") or {}
    own = (codes.get("competences") or {}).get("c1" if is_survey(one) else "c5") or ()
    found: dict[str, str] = {}
    for code in (*own, *(codes.get("results") or ())):
        found.setdefault(str(code.get("code")), f"{code.get('code')} · {plain_line(code.get('label') or '')}")
    found.pop("ABOUTI", None)  # says nothing of what came of it
    return list(found.items())


# --- the people of a company


def company_id(state: DeskState) -> str:
    """The company of the contact in front: itself, or the one the person belongs to; "" for a private person."""
    who = contact(state) or {}
    return str(who.get("company_id") or (who.get("id") if who.get("company_name") else "") or "")


def people(state: DeskState) -> list[Record]:
    """The people of that company, deciders first."""
    view = state.lists.get(PEOPLE)
    if view is None or view.params.get("company_id") != company_id(state):
        return []
    order = {TARGET: 0, CO_DECIDER: 1, GATEKEEPER: 3}
    return sorted(view.records, key=lambda p: (order.get(role_of(p), 2), str(p.get("last_name") or "")))


def role_of(person: Mapping[str, Any]) -> str:
    """Its part in the decision, the first word of its role; "" when none is noted."""
    first = str(person.get("role") or "").replace("–", " ").split()
    return first[0] if first and first[0] in (GATEKEEPER, TARGET, CO_DECIDER) else ""


def role_text(typed: str) -> str:
    """« barrage – standard » of « barrage –standard »; « barrage » of « barrage – »."""
    part, dash, work = typed.partition("–")
    return " – ".join(p for p in (part.strip(), work.strip()) if p) if dash else typed.strip()


def person_words(person: Mapping[str, Any]) -> str:
    role = plain_line(person.get("role") or "")
    return f"{plain_line(contact_name(person))} ({role})" if role else plain_line(contact_name(person))


# --- the argument sheet


def sheets(state: DeskState) -> list[Record]:
    """The texts of the brief one has at hand while convincing: by their key words."""
    found = []
    for document in state.brief.get("documents") or ():
        told = f"{document.get('keywords') or ''} {document.get('title') or ''}".lower()
        if any(word in told for word in SHEET_WORDS):
            found.append(document)
    return found
