"""The business rules, by the domain's examples and by their properties."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_mock.models import Instalment, OrderLine
from crm_mock.rules import calendar, money, normalisation, order_totals, payment_plan, telephone, withdrawal
from crm_mock.rules.profile import DeliveryRule
from tests.crm_mock.world import PROFILE, SCALE, TODAY

days = st.dates(dt.date(2020, 1, 1), dt.date(2040, 12, 31))
cents = st.integers(-(10**9), 10**9)

# -- telephone


@pytest.mark.parametrize(
    "text",
    [
        "04 65 71 21 08",
        "04.65.71.21.08",
        "04-65-71-21-08",
        "0465712108",
        "+33 4 65 71 21 08",
        "+33465712108",
        "0033 4 65 71 21 08",
        "+33 (0)4 65 71 21 08",
        "(+33) 4 65 71 21 08",
        "+33 04 65 71 21 08",
        "0033 (0) 4 65 71 21 08",
        "04\u00a065\u202f71 21 08",
        "０４ ６５ ７１ ２１ ０８",
        "tel:+33465712108",
        "sip:0465712108@192.0.2.1",
    ],
)
def test_french_writings_of_one_number(text: str) -> None:
    assert telephone.to_e164(text) == "+33465712108"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "anonymous",
        "Anonyme",
        "sip:anonymous@anonymous.invalid",
        "masqué",
        "15",
        "3949",
        "04 65 71 21",
        "04657121089",
        "+330",
        "00 65 71 21 08",
        "CDE-2611-0001",
        "+",
        "++33465712108x",
        "\x00",
        "٠٤٦٥٧١٢١٠٨ ",
        "+1",
    ],
)
def test_what_is_not_a_number(text: str) -> None:
    # Arabic-Indic digits are folded by no keyboard in use here; full-width ones are, by NFKC.
    assert telephone.to_e164(text) is None


def test_other_countries_and_display() -> None:
    assert telephone.to_e164("+32 2 555 12 12") == "+3225551212"
    assert telephone.display("+33465712108") == "04\u00a065\u00a071\u00a021\u00a008"
    assert telephone.display("+3225551212") == "+32\u00a02\u00a0555\u00a012\u00a012"
    assert telephone.display("inconnu") == "inconnu"


@given(st.sampled_from(telephone.FICTION_ROOTS), st.integers(0, 9999), st.sampled_from([" ", ".", "-", "", "\u00a0"]))
def test_numbers_of_fiction_are_read_back_from_any_display(root: str, tail: int, separator: str) -> None:
    digits = f"{root}{tail:04d}"
    e164 = telephone.to_e164(separator.join(digits[i : i + 2] for i in range(0, 10, 2)))
    assert e164 == "+33" + digits[1:]
    assert telephone.to_e164(telephone.display(e164)) == e164 and telephone.is_fiction(e164)
    assert telephone.national_digits(e164) == digits


@given(st.text(max_size=40))
def test_any_text_gives_a_number_or_none(text: str) -> None:
    found = telephone.to_e164(text)
    assert found is None or (found[0] == "+" and found[1:].isascii() and found[1:].isdigit() and telephone.to_e164(found) == found)


# -- calendar


def test_french_public_holidays() -> None:
    assert next(iter(calendar.public_holidays(2026).values())) == "Jour de l'an"
    assert set(calendar.public_holidays(2026)) == {
        dt.date(2026, *day) for day in ((1, 1), (4, 6), (5, 1), (5, 8), (5, 14), (5, 25), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    }


@given(days)
def test_next_and_previous_working_days_enclose_the_day(day: dt.date) -> None:
    after, before = calendar.next_working_day(day), calendar.previous_working_day(day)
    assert before <= day <= after and (after - before).days <= 6
    assert calendar.is_working_day(after) and calendar.is_working_day(before)
    assert (after == day) == calendar.is_working_day(day) == (before == day)


@given(days, st.integers(-60, 60))
def test_adding_working_days_counts_them(day: dt.date, count: int) -> None:
    reached = calendar.add_working_days(day, count)
    low, high = sorted((day, reached))
    inside = [low + dt.timedelta(days=n) for n in range((high - low).days + 1)]
    counted = sum(calendar.is_working_day(d) for d in inside if d != day)
    assert counted == abs(count) and (reached >= day) == (count >= 0)
    assert count == 0 or calendar.is_working_day(reached)


@given(days, st.integers(-30, 30), st.integers(1, 31))
def test_adding_months_keeps_to_the_month(day: dt.date, count: int, wanted: int) -> None:
    reached = calendar.add_months(day, count, wanted)
    assert (reached.year * 12 + reached.month) - (day.year * 12 + day.month) == count
    assert reached.day == wanted or (reached + dt.timedelta(days=1)).day == 1


def test_dates_in_words() -> None:
    assert calendar.long(TODAY) == "lundi 23 novembre 2026"
    assert calendar.long(dt.date(2026, 12, 1)) == "mardi 1er décembre 2026"
    assert calendar.short(TODAY) == "23/11/2026" and calendar.short(None) == ""


# -- money


def test_amounts_as_french_people_write_them() -> None:
    assert money.format_cents(123450) == "1\u00a0234,50\u00a0€"
    assert money.format_cents(-5) == "-0,05\u00a0€"
    for text in ("41,15", "41.15", "41,15 €", " 41.15€ ", "41,15 EUR", "41,15 euros", "41,15\u202f€"):
        assert money.parse_cents(text) == 4115
    assert money.parse_cents("1 234,5") == 123450


@given(cents)
def test_amounts_are_read_back(amount: int) -> None:
    assert money.parse_cents(money.format_cents(amount)) == amount


@pytest.mark.parametrize("text", ["", "abc", "1,234.50", "12,345", "1 23,50", "1e3", "٤١", "--4", "€", "4 €€", "nan", "4,-5"])
def test_what_is_not_an_amount(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        money.parse_cents(text)


# -- payment plans


def test_the_domain_s_plan() -> None:
    plan = payment_plan.propose(16460, 4, TODAY, 10, SCALE)
    assert [(i.due_on.isoformat(), i.amount_cents) for i in plan] == [
        ("2026-11-23", 4115),
        ("2026-12-10", 4115),
        ("2027-01-11", 4115),  # 10/01/2027 is a Sunday
        ("2027-02-10", 4115),
    ]
    assert [i.means for i in plan] == ["lien sécurisé", "prélèvement", "prélèvement", "prélèvement"]
    assert payment_plan.check(plan, 16460, SCALE, TODAY) == []


debts = st.integers(100, 30000)


@given(debts, st.integers(1, 4), days.map(calendar.next_working_day), st.integers(1, 28))
def test_a_proposed_plan_within_the_scale_is_always_accepted(total: int, count: int, today: dt.date, day: int) -> None:
    tier = payment_plan.tier_for(total, SCALE)
    assert tier is not None
    count = min(count, tier.instalments)
    plan = payment_plan.propose(total, count, today, day, SCALE)
    assert payment_plan.check(plan, total, SCALE, today) == []
    assert sum(i.amount_cents for i in plan) == total and len(plan) == count
    rest = [i.amount_cents for i in plan[1:]]
    assert len(set(rest)) <= 1 and all(plan[0].amount_cents >= r for r in rest)


@given(st.integers(1, 10**7), st.integers(1, 60), st.integers(0, 100))
def test_amounts_sum_to_the_cent(total: int, count: int, percent: int) -> None:
    if total < count:
        with pytest.raises(ValueError, match="at least"):
            payment_plan.amounts(total, count)
        return
    parts = payment_plan.amounts(total, count, percent)
    assert sum(parts) == total and len(parts) == count and min(parts) >= 0
    assert parts[0] == max(parts)
    assert parts[0] * 100 >= total * percent or parts[0] == total - (count - 1)


def plan_of(*parts: tuple[str, int]) -> list[Instalment]:
    return [Instalment(number=n, due_on=dt.date.fromisoformat(day), amount_cents=c) for n, (day, c) in enumerate(parts, start=1)]


@pytest.mark.parametrize(
    ("plan", "total", "said"),
    [
        (plan_of(("2026-11-23", 4000), ("2026-12-10", 12460)), 16460, "doit être d'au moins 41,15\u00a0€ (25 % de la dette)."),
        (plan_of(("2026-11-23", 4115), ("2026-12-10", 4115)), 16460, "82,30\u00a0€ pour 164,60\u00a0€ dus : il manque 82,30\u00a0€."),
        (plan_of(("2026-11-23", 9000), ("2026-12-10", 9000)), 16460, "il y a de trop 15,40\u00a0€"),
        (plan_of(("2026-11-24", 16460)), 16460, "Le premier versement se fait le jour même."),
        (plan_of(("2026-11-22", 16460)), 16460, "La première échéance (22/11/2026) est passée."),
        (plan_of(("2026-11-23", 8230), ("2027-01-10", 8230)), 16460, "Le 10/01/2027 n'est pas un jour ouvré : proposez le 11/01/2027."),
        (plan_of(("2026-11-23", 8230), ("2027-02-10", 8230)), 16460, "Les échéances sont mensuelles : une par mois, sans mois sauté."),
        (plan_of(("2026-11-23", 8230), ("2026-11-23", 8230)), 16460, "L'échéance 2 doit venir après l'échéance 1."),
        (plan_of(*((f"2026-11-{d}", 3292) for d in range(23, 28))), 16460, "le barème permet 4 échéance(s) au plus."),
        (plan_of(("2026-11-23", 20000), ("2026-12-10", -3540)), 16460, "Chaque échéance doit avoir un montant positif."),
        (plan_of(("2026-11-23", 4500), ("2026-12-28", 4500)), 9000, "doit tomber au plus tard le 23/12/2026 (30 jours)."),
        (plan_of(("2026-11-23", 30001)), 30001, "Au-delà de 300,00\u00a0€, la demande relève du service Comptes clients."),
        ([], 16460, "L'échéancier n'a aucune échéance."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_plan_is_said(plan: list[Instalment], total: int, said: str) -> None:
    problems = payment_plan.check(plan, total, SCALE, TODAY)
    assert any(said in p for p in problems), problems


def test_over_indebtedness_stops_everything() -> None:
    plan = payment_plan.propose(16460, 4, TODAY, 10, SCALE)
    assert payment_plan.check(plan, 16460, SCALE, TODAY, "surendettement") == [payment_plan.SURENDETTEMENT]


# -- order totals


RULES = {str(k): v for k, v in PROFILE.delivery.items()}


def line(quantity: int, unit: int) -> OrderLine:
    return OrderLine(product_id="p", quantity=quantity, unit_cents=unit)


def test_the_domain_s_basket() -> None:
    basket = [line(6, 420), line(1, 1290)]
    assert order_totals.totals(basket, "relais", RULES) == order_totals.Totals(3810, 390, 4200, 90)
    assert order_totals.totals([*basket, line(1, 990)], "relais", RULES) == order_totals.Totals(4800, 0, 4800, 0)
    assert order_totals.totals(basket, "domicile", RULES).delivery_cents == 590
    assert order_totals.totals(basket, "retrait", RULES).total_cents == 3810
    assert order_totals.totals([], "relais", RULES).total_cents == 0


@given(st.lists(st.builds(line, st.integers(1, 99), st.integers(0, 10000))), st.integers(0, 2000), st.integers(0, 20000))
def test_totals_add_up_and_missing_for_free_is_enough(lines: list[OrderLine], fee: int, free_from: int) -> None:
    rules = {"relais": DeliveryRule(fee_cents=fee, free_from_cents=free_from)}
    found = order_totals.totals(lines, "relais", rules)
    assert found.total_cents == found.items_cents + found.delivery_cents
    assert found.delivery_cents in (0, fee)
    if found.missing_for_free:
        assert order_totals.totals([*lines, line(1, found.missing_for_free)], "relais", rules).delivery_cents == 0
        assert order_totals.totals([*lines, line(1, found.missing_for_free - 1)], "relais", rules).delivery_cents == fee


# -- withdrawal


def test_withdrawal_periods() -> None:
    assert withdrawal.last_day(dt.date(2026, 11, 23)) == dt.date(2026, 12, 7)
    assert withdrawal.last_day(dt.date(2026, 11, 28)) == dt.date(2026, 12, 14)  # a Saturday: to Monday
    assert withdrawal.last_day(dt.date(2026, 12, 11)) == dt.date(2026, 12, 28)  # Christmas, then the week-end
    assert withdrawal.last_day_uninformed(dt.date(2026, 11, 23)) == dt.date(2027, 12, 7)
    assert withdrawal.last_day_uninformed(dt.date(2026, 11, 23), dt.date(2027, 3, 1)) == dt.date(2027, 3, 15)
    found = withdrawal.exception("L221-28 4°")
    assert found is not None and "périmer" in found.label
    assert withdrawal.exception("L1") is None


@given(days)
def test_withdrawal_never_ends_before_fourteen_full_days_nor_on_a_day_off(received: dt.date) -> None:
    last = withdrawal.last_day(received)
    assert 14 <= (last - received).days <= 18 and calendar.is_working_day(last)


@given(days, st.integers(0, 800))
def test_late_information_never_shortens_nor_outlasts_the_extension(received: dt.date, later: int) -> None:
    last = withdrawal.last_day_uninformed(received, received + dt.timedelta(days=later))
    assert withdrawal.last_day(received) <= last <= withdrawal.last_day_uninformed(received)


# -- words


def test_words_lose_accents_case_and_punctuation() -> None:
    assert normalisation.words("Cœur-Joyeux d'Œillets, N° 4") == ["coeur", "joyeux", "d", "oeillets", "n", "4"]
    assert normalisation.joined("F-2610-0231") == "f26100231"
    assert normalisation.trigrams("ab") == {"  a", " ab", "ab "}


@given(st.text())
def test_normalisation_is_stable(text: str) -> None:
    once = normalisation.plain(text)
    assert normalisation.plain(once) == once
    assert normalisation.joined(text) == "".join(normalisation.words(text))
