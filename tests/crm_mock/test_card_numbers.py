"""Card numbers are found in any writing, and nothing else is taken for one."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from crm_mock.rules import card_numbers
from crm_mock.rules.telephone import FICTION_ROOTS

# Networks' prefixes and lengths, written here again on purpose.
KNOWN = [
    ("4", 16),
    ("4", 13),
    ("4", 19),
    ("51", 16),
    ("5599", 16),
    ("2221", 16),
    ("2720", 16),
    ("34", 15),
    ("37", 15),
    ("36", 14),
    ("3528", 16),
]
KNOWN += [("6011", 16), ("65", 16), ("62", 19), ("50", 16), ("5018", 13), ("6759", 16)]


@st.composite
def cards(draw: st.DrawFn) -> str:
    prefix, length = draw(st.sampled_from(KNOWN))
    body = prefix + "".join(
        draw(st.lists(st.sampled_from("0123456789"), min_size=length - len(prefix) - 1, max_size=length - len(prefix) - 1))
    )
    return body + luhn.calc_check_digit(body)


separators = st.sampled_from(["", " ", "-", ".", "\u00a0", "\u202f", " - ", "\u200b", ", ", "/", "\n", "–"])


@given(
    cards(),
    st.integers(1, 7),
    separators,
    st.sampled_from(["", "carte ", "c'est le : ", "n°", "日本 ☕ "]),
    st.sampled_from(["", " merci", ".", " !"]),
)
def test_a_card_number_is_found_however_it_is_grouped(card: str, size: int, separator: str, before: str, after: str) -> None:
    written = separator.join(card[i : i + size] for i in range(0, len(card), size))
    text = f"{before}{written}{after}"
    found = card_numbers.find(text)
    assert len(found) == 1 and found[0].nature == "carte"
    masked = card_numbers.mask(text)
    assert card not in "".join(c for c in masked if c.isdigit()) and masked.startswith(before)
    assert sum(c.isdigit() for c in masked) == 4 and len(masked) == len(text)


@given(
    cards(),
    st.sampled_from(["12/27 123", "1227 123", "12 27", "exp 12/27", "123"]),
    st.sampled_from(["", "06 39 98 41 02 ", "0465712108 "]),
)
def test_an_expiry_a_code_or_a_telephone_number_beside_it_hide_nothing(card: str, after: str, before: str) -> None:
    spaced = " ".join(card[i : i + 4] for i in range(0, len(card), 4))
    masked = card_numbers.mask(f"{before}{spaced} {after}")
    assert spaced not in masked and card_numbers.MASK in masked


@pytest.mark.parametrize("tail", ["123", "1227", "1227123", "12271234"])
def test_an_expiry_or_a_code_glued_to_it(tail: str) -> None:
    assert "49701011" not in card_numbers.mask("4970101122334455" + tail)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("cryptogramme 123", "cryptogramme •••"),
        ("le cryptogramme est le 1 2 3", "le cryptogramme est le • • •"),
        ("CVV: 4567.", "CVV: ••••."),
        ("les trois chiffres au dos c'est 987", "les trois chiffres au dos c'est •••"),
        ("les 3 derniers chiffres : 987", "les 3 derniers chiffres : •••"),
        ("code de sécurité 042", "code de sécurité •••"),
        ("٤٩٧٠١٠١١٢٢٣٣٤٤٥٥", "••••••••••••٤٤٥٥"),
    ],
)
def test_lone_cryptograms_and_other_digits(text: str, masked: str) -> None:
    assert card_numbers.mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "04 65 71 21 08 puis 06 39 98 41 02 et 01 99 00 40 00",
        "+33 4 65 71 21 08, 0033 4 65 71 21 08, +8613800138000",
        "FR76 9999 9000 0100 0000 0000 115",
        "iban FR7699999000010000000000212 à signer",
        "CDE-2611-0001 du 23/11/2026, F-2610-0231, MVL-204518, LP-2611-0003",
        "5 étuis à 4,20 € le 23/11/2026 à 14:30, puis 12/01/2027 et 10/02/2027",
        "4970 1011 2233 4456",  # fails Luhn's check
        "ticket 1234567890123456",
        "cryptogramme refusé, client rappelé au 04 65 71 21 08",
        "échéances : 23/11/2026 10/12/2026 11/01/2027 10/02/2027, 24/11/2026 26/12/2026",
        "2026-11-23 2026-12-10 2026-12-26",
        "41,15 41,15 41,15 41,15 puis 41.15 41.15 41.15 41.15 et 52,50 49,00 16,00 9,90",
        "4× 41,15 € = 164,60 €",
    ],
)
def test_what_is_not_a_card(text: str) -> None:
    assert card_numbers.find(text) == []
    assert card_numbers.mask(text) == text


@given(
    st.lists(st.dates(), min_size=2, max_size=5), st.sampled_from(["%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y"]), st.sampled_from([" ", ", ", "\n"])
)
def test_lists_of_dates_are_left_alone(days: list[dt.date], writing: str, separator: str) -> None:
    written = separator.join(day.replace(year=2000 + day.year % 60).strftime(writing) for day in days if (day.month, day.day) != (2, 29))
    assert card_numbers.find(written) == []


@given(st.lists(st.integers(0, 999999), min_size=3, max_size=8), st.sampled_from([" ", ", ", " + ", "\n"]))
def test_lists_of_amounts_are_left_alone(amounts: list[int], separator: str) -> None:
    assert card_numbers.find(separator.join(f"{a // 100},{a % 100:02d}" for a in amounts)) == []


@given(cards())
def test_a_card_beside_an_iban_a_date_or_an_amount_is_found(card: str) -> None:
    for beside in ("FR76 9999 9000 0100 0000 0000 115", "23/11/2026", "41,15", str(uuid.UUID(int=7))):
        for text in (f"{beside} {card}", f"{card} {beside}"):
            assert card not in card_numbers.mask(text) and beside in card_numbers.mask(text)


@given(
    st.lists(st.tuples(st.sampled_from(FICTION_ROOTS), st.integers(0, 9999)), min_size=1, max_size=3), st.sampled_from([" ", ".", "-", ""])
)
def test_telephone_numbers_side_by_side_are_left_alone(numbers: list[tuple[str, int]], separator: str) -> None:
    written = []
    for root, tail in numbers:
        digits = f"{root}{tail:04d}"
        written.append(separator.join(digits[i : i + 2] for i in range(0, 10, 2)))
    # One number alone is never a card; several might be one by chance, and then masking is the safe side.
    assert card_numbers.find(written[0]) == []


@given(st.uuids())
def test_uuids_are_left_alone(value: uuid.UUID) -> None:
    assert card_numbers.find(f"écriture {value}") == []
    assert card_numbers.refused_fields({"id": str(value)}) == {}


@given(st.text(alphabet=st.sampled_from("0123456789 .-+/,abcFR\u00a0cvv"), max_size=80))
def test_masking_is_final_and_keeps_every_other_character(text: str) -> None:
    masked = card_numbers.mask(text)
    assert card_numbers.find(masked) == [] and card_numbers.mask(masked) == masked
    assert len(masked) == len(text)
    assert all(m in (t, card_numbers.MASK) for t, m in zip(text, masked, strict=True))


@given(
    st.recursive(
        st.text(max_size=12) | cards() | st.integers() | st.none(),
        lambda v: st.lists(v, max_size=3) | st.dictionaries(st.sampled_from("abc"), v, max_size=3),
    )
)
def test_masking_goes_through_any_nesting(value: Any) -> None:
    masked = card_numbers.mask_deep({"données": value})
    assert card_numbers.refused_fields({"données": [v for v in _texts(masked)]}) == {}


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [t for v in value.values() for t in _texts(v)]
    return [t for v in value for t in _texts(v)] if isinstance(value, list) else []


def test_refused_fields_are_named_by_their_path() -> None:
    fields = {"text": "ok", "lines": [{"label": "4970101122334455"}], "amount_cents": 4970101122334455, "call_key": "4970101122334455@pbx"}
    assert card_numbers.refused_fields(fields) == {"lines.0.label": "••••••••••••4455", "amount_cents": "••••••••••••4455"}


def test_logs_are_masked(caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(mask := card_numbers.CardMaskingFilter())
    try:
        logging.getLogger("essai").warning("GET /crm/search?q=%s", "4970 1011 2233 4455")
    finally:
        caplog.handler.removeFilter(mask)
    assert caplog.messages == ["GET /crm/search?q=•••• •••• •••• 4455"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("4970 1051", "4970 1051"),
        ("4970 1051 8", "•••• •••• •"),
        ("4970 1051 8185 432", "•••• •••• •••• •••"),
        ("4970 1051 8185 4329", "•••• •••• •••• 4329"),
        ("rappel 05 36 49 12 75", "rappel 05 36 49 12 75"),
        ("+33536491275", "+33536491275"),
        ("CDE-2611-3458 du 23/11/2026", "CDE-2611-3458 du 23/11/2026"),
    ],
)
def test_what_may_become_a_card_number_is_hidden_while_it_is_typed(text: str, kept: str) -> None:
    assert card_numbers.mask_unfinished(text) == kept
