"""Calling people to sell: the rules R-DEM-1 to R-DEM-5 as dated data, and what they say of one call about to be made.

Warnings only: the law binds the company, and an agent who passes one over does so knowingly, in the journal. Before
11 August 2026 consumers were opposed by a list (Bloctel), which is not modelled; from that day a prior consent is needed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from crm_mock.rules import calling_hours
from crm_mock.rules.calendar import short
from crm_mock.rules.caution import Caution


@dataclass(frozen=True)
class DatedRule:
    """`limit` is the rule's number (days, calls); `since` its first day; `until` its last, None while in force."""

    id: str
    since: dt.date
    text: str
    source: str
    limit: int = 0
    until: dt.date | None = None

    def applies(self, day: dt.date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


CONSENT = DatedRule(
    "R-DEM-1",
    dt.date(2026, 8, 11),
    "Aucun appel commercial à un consommateur sans son consentement préalable, sauf contrat en cours et offre liée à ce contrat.",
    "c. conso. L223-1",
)
CONSENT_AGE = DatedRule(
    "R-DEM-2",
    dt.date(2026, 8, 11),
    "Un consentement vaut un an au plus, sans reconduction tacite ; son retrait peut être oral et prend effet aussitôt.",
    "c. conso. R223-1 à R223-3",
    limit=365,
)
HOURS = DatedRule(
    "R-DEM-3", dt.date(2023, 3, 1), "Du lundi au vendredi, hors jours fériés, de 10 h à 13 h et de 14 h à 20 h.", "c. conso. D223-9"
)
ATTEMPTS = DatedRule("R-DEM-4", dt.date(2023, 3, 1), "Quatre appels ou tentatives au plus en trente jours.", "c. conso. D223-9", limit=4)
OPENING = DatedRule(
    "R-DEM-5",
    dt.date(2022, 5, 28),
    "Dès le début : son identité, celle de l'entreprise pour qui l'on appelle, la nature commerciale de l'appel. Numéro affiché.",
    "c. conso. L221-16 et L221-17",
)
OPPOSITION = DatedRule(
    "R-DEM-OPP",
    dt.date(2018, 5, 25),
    "Une opposition est respectée sans limite de durée, particuliers et professionnels.",
    "RGPD art. 21 ; c. conso. L221-16",
)
RULES: tuple[DatedRule, ...] = (CONSENT, CONSENT_AGE, HOURS, ATTEMPTS, OPENING, OPPOSITION)
ATTEMPTS_DAYS = 30

Purpose = Literal["commercial", "fidélisation", "enquête", "service", "recouvrement"]
SELLING: tuple[Purpose, ...] = ("commercial", "fidélisation")


@dataclass(frozen=True)
class PlannedCall:
    """A call about to be made. `attempts`: local days of earlier calls, answered or not, by this company for selling. `linked_offer`: the
    offer bears on the object of the ongoing contract."""

    purpose: Purpose
    consumer: bool
    consent: Literal["inconnu", "donné", "refusé", "retiré"] = "inconnu"
    consent_on: dt.date | None = None
    ongoing_contract: bool = False
    linked_offer: bool = False
    opposed: bool = False
    attempts: Sequence[dt.date] = field(default_factory=tuple)


def consent_valid(status: str, given_on: dt.date | None, today: dt.date) -> bool:
    """Given, dated, not older than a year: on the 366th day it no longer is."""
    return status == "donné" and given_on is not None and 0 <= (today - given_on).days <= CONSENT_AGE.limit


def recent_attempts(attempts: Sequence[dt.date], today: dt.date) -> int:
    """Those of the thirty days that end today."""
    return sum(0 <= (today - on).days < ATTEMPTS_DAYS for on in attempts)


def warnings(call: PlannedCall, moment: dt.datetime) -> list[Caution]:
    """What the rules in force at this local time say against the call; empty when nothing does."""
    today = moment.date()
    found: list[Caution] = []
    if call.opposed or (call.purpose in SELLING and call.consent in ("refusé", "retiré")):
        found.append(Caution(OPPOSITION.id, "Cette personne s'est opposée à être appelée : ne l'appelez pas.", OPPOSITION.source))
    if call.purpose not in SELLING or not call.consumer:
        return found
    exception = call.ongoing_contract and call.linked_offer
    if CONSENT.applies(today) and not exception and not consent_valid(call.consent, call.consent_on, today):
        found.append(_no_consent(call, today))
    hours = calling_hours.in_force(today)
    if hours is not None and not (hours.waived_by_consent and call.consent == "donné"):
        found += calling_hours.cautions(moment)
    made = recent_attempts(call.attempts, today)
    if ATTEMPTS.applies(today) and made >= ATTEMPTS.limit:
        text = f"{made} appels ou tentatives dans les trente derniers jours : quatre au plus sont permis."
        found.append(Caution(ATTEMPTS.id, text, ATTEMPTS.source))
    return found


def _no_consent(call: PlannedCall, today: dt.date) -> Caution:
    if call.consent == "donné" and call.consent_on is not None and call.consent_on <= today:
        text = f"Le consentement du {short(call.consent_on)} a plus d'un an : il ne vaut plus."
        return Caution(CONSENT_AGE.id, text, CONSENT_AGE.source)
    if call.consent == "donné":
        return Caution(CONSENT_AGE.id, "Le consentement n'est pas daté : sa preuve manque.", CONSENT_AGE.source)
    text = "Pas de consentement valable à être appelé"
    text += " : le contrat en cours ne couvre que les offres qui s'y rapportent." if call.ongoing_contract else "."
    return Caution(CONSENT.id, text, CONSENT.source)
