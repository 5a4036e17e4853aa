"""The field team's agenda, bookings and their prices."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_mock.models import AgendaSlot, FieldRep, OrderLine, Resource
from crm_mock.rules import booking, field_agenda, withdrawal
from crm_mock.rules.calendar import is_working_day
from tests.crm_mock.world import TODAY

NOW = dt.datetime.combine(TODAY, dt.time(10, 20))  # Monday 23/11/2026
YOANN = FieldRep(id="kerdilis", name="Yoann Kerdilis", zone="Sud-Est", postcodes=("84", "13"), weekdays=("mardi", "jeudi", "vendredi"))


def slot(name: str, day: dt.date, start: str, status: str = "libre", minutes: int = 30) -> AgendaSlot:
    return AgendaSlot.model_validate({"id": name, "rep_id": "kerdilis", "on": day, "start": start, "minutes": minutes, "status": status})


THURSDAY = slot("jeu", dt.date(2026, 11, 26), "10:00")
TUESDAY = slot("mar", dt.date(2026, 12, 1), "14:30")
FRIDAY = slot("ven", dt.date(2026, 12, 4), "09:00")
SLOTS = [FRIDAY, TUESDAY, THURSDAY]


def test_the_domain_s_slots() -> None:
    assert field_agenda.open_slots(YOANN, SLOTS, "84980", NOW) == [THURSDAY, TUESDAY, FRIDAY]
    assert field_agenda.two_slots([YOANN], SLOTS, "84980", NOW) == (THURSDAY, TUESDAY)
    assert field_agenda.two_slots([YOANN], SLOTS, "84980", NOW, after=dt.date(2026, 12, 2)) == (FRIDAY,)


@pytest.mark.parametrize(
    ("wanted", "postcode", "said"),
    [
        (THURSDAY, "75011", "ne se déplace pas au 75011"),
        (slot("x", dt.date(2026, 11, 30), "10:00"), "", "ne reçoit pas le lundi"),
        (slot("x", dt.date(2026, 11, 27), "17:30"), "", "Dernier rendez-vous à 17:00"),
        (slot("x", dt.date(2026, 11, 27), "08:30"), "", "Premier rendez-vous à 09:00"),
        (slot("x", dt.date(2026, 11, 24), "10:00"), "", "Préavis de 48 h ouvrées : pas avant le 25/11/2026 à 10 h 20"),
        (slot("x", dt.date(2026, 12, 25), "10:00"), "", "férié"),
    ],
)
def test_a_slot_outside_the_rules_says_why(wanted: AgendaSlot, postcode: str, said: str) -> None:
    found = field_agenda.slot_problems(YOANN, wanted, postcode, NOW)
    assert len(found) == 1 and said in found[0]


def test_travel_between_two_appointments() -> None:
    busy = slot("pris", dt.date(2026, 11, 26), "10:00", "pris")
    near, far = slot("a", dt.date(2026, 11, 26), "10:45"), slot("b", dt.date(2026, 11, 26), "11:00")
    assert "trajet" in field_agenda.slot_problems(YOANN, near, "84980", NOW, [busy, near, far])[0]
    assert field_agenda.open_slots(YOANN, [busy, near, far], "84980", NOW) == [far]
    before = slot("c", dt.date(2026, 11, 26), "09:15")
    assert "10:00" in field_agenda.slot_problems(YOANN, before, "84980", NOW, [busy])[0]


@pytest.mark.parametrize(
    ("now", "hours", "earliest"),
    [
        ("2026-11-27T10:00", 48, "2026-12-01T10:00"),  # Friday to Tuesday
        ("2026-11-28T15:00", 24, "2026-12-01T00:00"),  # from the Saturday: Monday, whole
        ("2026-12-24T09:00", 24, "2026-12-28T09:00"),  # Christmas
        ("2026-11-23T10:20", 0, "2026-11-23T10:20"),
    ],
)
def test_the_notice_skips_days_off(now: str, hours: int, earliest: str) -> None:
    assert field_agenda.earliest(dt.datetime.fromisoformat(now), hours) == dt.datetime.fromisoformat(earliest)


@given(st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2032, 1, 1)), st.integers(0, 200))
def test_the_notice_is_never_shorter_and_ends_on_a_working_day(now: dt.datetime, hours: int) -> None:
    found = field_agenda.earliest(now, hours)
    assert found >= now + dt.timedelta(hours=hours) and is_working_day(found.date())
    assert field_agenda.earliest(now, hours + 1) >= found


@given(st.lists(st.tuples(st.integers(0, 25), st.integers(8, 18), st.sampled_from(["libre", "pris", "trajet"])), max_size=12))
def test_what_is_proposed_keeps_every_rule(drawn: list[tuple[int, int, str]]) -> None:
    slots = [slot(f"s{n}", TODAY + dt.timedelta(days=d), f"{h:02d}:00", status) for n, (d, h, status) in enumerate(drawn)]
    proposed = field_agenda.two_slots([YOANN], slots, "13990", NOW)
    assert len(proposed) <= 2 and len({s.id for s in proposed}) == len(proposed)
    for one in proposed:
        assert one.status == "libre" and field_agenda.slot_problems(YOANN, one, "13990", NOW, slots) == []
    assert len(proposed) == min(2, len(field_agenda.open_slots(YOANN, slots, "13990", NOW)))


# -- bookings

STAY = Resource(id="dune", name="Dune 4", capacity=4, price_cents=8450, deposit_percent=30)
SESSION = Resource(id="atelier", name="Atelier", basis="séance", capacity=8, price_cents=3500, deposit_percent=100)
ARRIVAL, LEAVING = dt.date(2026, 12, 19), dt.date(2026, 12, 26)


def test_nights_places_and_prices() -> None:
    assert len(booking.days("nuit", ARRIVAL, LEAVING)) == 7 and booking.days("nuit", ARRIVAL, ARRIVAL) == ()
    assert booking.days("séance", ARRIVAL, ARRIVAL) == (ARRIVAL,) and booking.days("séance", ARRIVAL, LEAVING) == ()
    linen = OrderLine(product_id="linge", quantity=4, unit_cents=1250)
    found = booking.price(STAY, ARRIVAL, LEAVING, 4, [linen])
    assert found == booking.Price(59150, 5000, 64150, 19245, 44905)
    assert booking.price(SESSION, ARRIVAL, ARRIVAL, 3).total_cents == 10500
    exception = withdrawal.exception(booking.NO_WITHDRAWAL)
    assert exception is not None and "hébergement" in exception.label


def test_what_is_wrong_with_dates() -> None:
    assert booking.date_problems(STAY, ARRIVAL, LEAVING, 4, TODAY) == []
    assert "4 personne(s) au plus" in booking.date_problems(STAY, ARRIVAL, LEAVING, 5, TODAY)[0]
    assert "passée" in booking.date_problems(STAY, dt.date(2026, 11, 22), LEAVING, 2, TODAY)[0]
    assert "d'une nuit" in booking.date_problems(STAY, ARRIVAL, ARRIVAL, 2, TODAY)[0]
    assert "un jour" in booking.date_problems(SESSION, ARRIVAL, LEAVING, 2, TODAY)[0]


def test_other_dates_are_the_nearest_that_are_free() -> None:
    free = {ARRIVAL + dt.timedelta(days=n): 1 for n in range(-10, 30) if n not in (3, 4)}
    found = booking.other_dates(STAY, ARRIVAL, LEAVING, 4, free, TODAY)
    assert found == ((dt.date(2026, 12, 15), dt.date(2026, 12, 22)), (dt.date(2026, 12, 24), dt.date(2026, 12, 31)))
    for start, end in found:
        assert end - start == LEAVING - ARRIVAL and booking.lacking(booking.days("nuit", start, end), 1, free) == ()


@given(st.integers(0, 5_000_00), st.integers(0, 100), st.integers(1, 30), st.integers(1, 8), st.lists(st.integers(1, 9000), max_size=4))
def test_deposit_and_balance_make_the_total(price: int, percent: int, nights: int, persons: int, options: list[int]) -> None:
    stay = Resource(id="r", name="R", capacity=8, price_cents=price, deposit_percent=percent)
    lines = [OrderLine(product_id="p", quantity=2, unit_cents=cents) for cents in options]
    found = booking.price(stay, TODAY, TODAY + dt.timedelta(days=nights), persons, lines)
    assert found.stay_cents == price * nights and found.total_cents == found.stay_cents + found.options_cents
    assert found.deposit_cents + found.balance_cents == found.total_cents
    assert abs(found.deposit_cents * 100 - found.total_cents * percent) <= 50 and 0 <= found.deposit_cents <= found.total_cents


@given(st.dictionaries(st.integers(0, 40), st.integers(0, 3), max_size=40), st.integers(1, 5), st.integers(0, 30))
def test_other_dates_are_always_free_and_never_past(free_in: dict[int, int], nights: int, start: int) -> None:
    free = {TODAY + dt.timedelta(days=n): count for n, count in free_in.items()}
    arrival = TODAY + dt.timedelta(days=start)
    length = dt.timedelta(days=nights)
    found = booking.other_dates(STAY, arrival, arrival + length, 2, free, TODAY, count=3)
    distances = [abs((one - arrival).days) for one, _ in found]
    assert distances == sorted(distances) and 0 not in distances
    for one, end in found:
        assert one >= TODAY and end - one == length and not booking.lacking(booking.days("nuit", one, end), 1, free)
