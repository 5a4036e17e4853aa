"""When and whom one may call to sell, what must be said, until when one may withdraw."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_mock.rules import calendar, calling_hours, canvassing, distance_selling, withdrawal
from crm_mock.rules.canvassing import PlannedCall

MONDAY = dt.datetime(2026, 11, 23, 10, 20)
moments = st.datetimes(dt.datetime(2023, 3, 1), dt.datetime(2035, 12, 31))


@pytest.mark.parametrize(
    ("moment", "allowed", "following"),
    [
        ("2026-11-23T10:00", True, "2026-11-23T10:00"),
        ("2026-11-23T09:59", False, "2026-11-23T10:00"),
        ("2026-11-23T12:59", True, "2026-11-23T12:59"),
        ("2026-11-23T13:00", False, "2026-11-23T14:00"),
        ("2026-11-23T19:59", True, "2026-11-23T19:59"),
        ("2026-11-23T20:00", False, "2026-11-24T10:00"),
        ("2026-11-28T11:00", False, "2026-11-30T10:00"),  # Saturday
        ("2026-11-11T11:00", False, "2026-11-12T10:00"),  # Armistice
        ("2026-12-24T20:30", False, "2026-12-28T10:00"),  # Christmas, then the week-end
        ("2022-06-05T22:00", True, "2022-06-05T22:00"),  # before hours were regulated
    ],
)
def test_hours(moment: str, allowed: bool, following: str) -> None:
    at = dt.datetime.fromisoformat(moment)
    assert calling_hours.allowed(at) == allowed
    assert calling_hours.next_allowed(at) == dt.datetime.fromisoformat(following)
    assert (calling_hours.cautions(at) == []) == allowed


def test_a_caution_says_why_and_when_and_where_it_is_written() -> None:
    (holiday,) = calling_hours.cautions(dt.datetime(2026, 11, 11, 11))
    assert (holiday.rule, "férié" in holiday.text, "12/11/2026 à 10 h 00" in holiday.text) == ("R-DEM-3", True, True)
    assert "D223-9" in holiday.source
    assert "2022-1313" in calling_hours.cautions(dt.datetime(2026, 8, 10, 9))[0].source
    assert "11 août 2026" in calling_hours.cautions(dt.datetime(2026, 8, 11, 9))[0].source


@given(moments)
def test_the_next_hour_is_allowed_and_none_was_before_it(moment: dt.datetime) -> None:
    following = calling_hours.next_allowed(moment)
    assert following >= moment and calling_hours.allowed(following)
    if following != moment:
        assert not calling_hours.allowed(moment) and following.time() in (dt.time(10), dt.time(14))
        assert (following - moment) < dt.timedelta(days=6)
        between = [moment + n * (following - moment) / 7 for n in range(7)]
        assert not any(calling_hours.allowed(m) for m in between)


# -- canvassing

SELL = PlannedCall("commercial", consumer=True, consent="donné", consent_on=dt.date(2026, 1, 10))


def rules(call: PlannedCall, moment: dt.datetime = MONDAY) -> list[str]:
    return [caution.rule for caution in canvassing.warnings(call, moment)]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"consent": "inconnu", "consent_on": None}, ["R-DEM-1"]),
        ({"consent_on": dt.date(2025, 11, 23)}, []),  # 365 days
        ({"consent_on": dt.date(2025, 11, 22)}, ["R-DEM-2"]),
        ({"consent_on": None}, ["R-DEM-2"]),
        ({"consent": "inconnu", "ongoing_contract": True, "linked_offer": True}, []),
        ({"consent": "inconnu", "ongoing_contract": True}, ["R-DEM-1"]),
        ({"consent": "retiré"}, ["R-DEM-OPP", "R-DEM-1"]),
        ({"opposed": True}, ["R-DEM-OPP"]),
        ({"consumer": False, "consent": "inconnu"}, []),
        ({"consumer": False, "opposed": True}, ["R-DEM-OPP"]),
        ({"purpose": "enquête", "consent": "refusé"}, []),
        ({"purpose": "recouvrement", "consent": "inconnu"}, []),
        ({"purpose": "enquête", "opposed": True}, ["R-DEM-OPP"]),
        ({"attempts": [dt.date(2026, 11, d) for d in (2, 9, 16)]}, []),
        ({"attempts": [dt.date(2026, 11, d) for d in (2, 9, 16, 20)]}, ["R-DEM-4"]),
        ({"attempts": [dt.date(2026, 10, 24), *(dt.date(2026, 11, d) for d in (9, 16, 20))]}, []),  # thirty days ago: out
        ({"attempts": [dt.date(2026, 10, 25), *(dt.date(2026, 11, d) for d in (9, 16, 20))]}, ["R-DEM-4"]),
    ],
)
def test_what_is_said_of_a_call(changes: dict[str, object], found: list[str]) -> None:
    assert rules(replace(SELL, **changes)) == found  # type: ignore[arg-type]


def test_before_the_eleventh_of_august_no_consent_was_needed_and_hours_already_held() -> None:
    unknown = replace(SELL, consent="inconnu", consent_on=None)
    assert rules(unknown, dt.datetime(2026, 8, 10, 11)) == [] and rules(unknown, dt.datetime(2026, 8, 11, 11)) == ["R-DEM-1"]
    assert rules(unknown, dt.datetime(2026, 8, 10, 9)) == ["R-DEM-3"]
    assert rules(SELL, dt.datetime(2026, 8, 10, 9)) == []  # who had agreed could be called at other hours
    assert rules(SELL, dt.datetime(2026, 8, 11, 9)) == ["R-DEM-3"]


@given(moments, st.booleans(), st.sampled_from(["inconnu", "donné", "refusé", "retiré"]), st.lists(st.dates(), max_size=6))
def test_every_warning_has_a_rule_a_sentence_and_a_source(
    moment: dt.datetime, consumer: bool, consent: str, attempts: list[dt.date]
) -> None:
    call = PlannedCall("commercial", consumer, consent, moment.date(), attempts=attempts)  # type: ignore[arg-type]
    for caution in canvassing.warnings(call, moment):
        assert caution.rule.startswith("R-DEM-") and caution.text.endswith(".") and caution.source
    assert {w.rule for w in canvassing.warnings(replace(call, opposed=True), moment)} >= {"R-DEM-OPP"}


@given(st.dates(dt.date(2020, 1, 1), dt.date(2040, 1, 1)), st.integers(-10, 900))
def test_a_consent_is_worth_a_year(given_on: dt.date, later: int) -> None:
    assert canvassing.consent_valid("donné", given_on, given_on + dt.timedelta(days=later)) == (0 <= later <= 365)


# -- distance selling


def test_what_is_left_to_say() -> None:
    spoken = {one.id for one in distance_selling.CHECKLIST if one.spoken}
    assert spoken == {"identité", "caractéristiques", "prix", "durée", "rétractation"}  # L221-12
    assert distance_selling.missing(spoken, "entrant", spoken_only=True) == ()
    assert [one.id for one in distance_selling.missing(spoken, "sortant", spoken_only=True)] == ["nature commerciale"]
    left = [one.id for one in distance_selling.missing(spoken, "entrant", early_start=False)]
    assert "médiateur" in left and "commencement anticipé" not in left
    assert distance_selling.unknown({"prix", "nature commerciale", "météo"}) == ("météo",)


@given(st.sets(st.sampled_from([one.id for one in distance_selling.CHECKLIST])), st.sampled_from(["entrant", "sortant"]))
def test_said_and_missing_make_the_whole(said: set[str], direction: distance_selling.Direction) -> None:
    missing = {one.id for one in distance_selling.missing(said, direction)}
    assert missing | said >= {one.id for one in distance_selling.checklist(direction)} and not missing & said


def test_after_an_outgoing_call_only_a_signature_binds() -> None:
    assert distance_selling.binding("entrant", agreed=True, signed=False).bound
    out = distance_selling.binding("sortant", agreed=True, signed=False)
    assert not out.bound and out.source == "c. conso. L221-16"
    assert distance_selling.binding("sortant", agreed=True, signed=True).bound
    assert not distance_selling.binding("entrant", agreed=False, signed=False).bound


def test_the_withdrawal_form_is_the_law_s() -> None:
    form = distance_selling.withdrawal_form("Marvalune", "Abonnement Grain", "23/11/2026", "M. Plessis", "1 rue X")
    assert form[0].startswith("(Veuillez compléter et renvoyer") and form[-1] == "(*) Rayez la mention inutile."
    assert "notifie/notifions (*)" in form[2] and form[3] == "Abonnement Grain" and form[4].endswith(": 23/11/2026")


# -- withdrawal, by event and exception


def test_thirteen_exceptions_each_named_once() -> None:
    assert [e.article for e in withdrawal.EXCEPTIONS] == [f"L221-28 {n}°" for n in range(1, 14)]


def test_a_period_by_its_event() -> None:
    contract = withdrawal.period("contrat", dt.date(2026, 11, 23))
    assert (contract.last_day, contract.exception, contract.extended) == (dt.date(2026, 12, 7), None, False)
    barred = withdrawal.period("contrat", dt.date(2026, 11, 23), article="L221-28 12°")
    assert barred.last_day is None and barred.exception is not None and "hébergement" in barred.exception.label
    untold = withdrawal.period("réception", dt.date(2026, 11, 23), informed=False)
    assert (untold.last_day, untold.extended) == (dt.date(2027, 12, 7), True)
    with pytest.raises(ValueError, match="no exception"):
        withdrawal.period("contrat", dt.date(2026, 11, 23), article="L221-28 99°")


@given(st.dates(dt.date(2020, 1, 1), dt.date(2040, 1, 1)), st.booleans())
def test_a_period_ends_on_a_working_day_and_longer_when_untold(start: dt.date, informed: bool) -> None:
    found = withdrawal.period("réception", start, informed=informed).last_day
    assert found is not None and calendar.is_working_day(found)
    assert (found - start).days >= (14 if informed else 365)
