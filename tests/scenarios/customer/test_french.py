"""What the voice is given to read."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.customer.french import figures, spoken, two_digits


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("C'est le 04 65 71 21 08.", "C'est le zéro quatre, soixante-cinq, soixante et onze, vingt et un, zéro huit."),
        ("+33465712108", "zéro quatre, soixante-cinq, soixante et onze, vingt et un, zéro huit"),
        ("06.39.98.41.02", "zéro six, trente-neuf, quatre-vingt-dix-huit, quarante et un, zéro deux"),
        ("Mon numéro client est MVL-204518", "Mon numéro client est M V L, vingt, quarante-cinq, dix-huit"),
        ("la facture F-2610-0231", "la facture F, vingt-six, dix, zéro deux, trente et un"),
        ("38,10\u00a0€", "38 euros 10"),
        ("0,90 € de moins", "90 centimes de moins"),
        ("1\u202f234,05 €", "1234 euros et 5 centimes"),
        ("19,90 €/mois", "19 euros 90 par mois"),
        ("1 €", "1 euro"),
        ("-15 % sur le prix", "moins 15 pour cent sur le prix"),
        ("le 23/11/2026", "le 23 novembre 2026"),
        ("dès le 01/12", "dès le premier décembre"),
        ("à 14 h 30 ou 17h", "à 14 heures 30 ou 17 heures"),
        ("M. Lormier et Mme Vasserand", "monsieur Lormier et madame Vasserand"),
        ("odile.vasserand@courriel.example", "odile point vasserand arobase courriel point example"),
        ("le SAV, un SMS, les CGV", "le S A V, un S M S, les C G V"),
        ("Un « oui » — vraiment… <b>", "Un oui, vraiment... b"),
        ("code E4", "code E 4"),
        ("Bonjour\u00a0!\r\nÇa va\u200b\u00a0?", "Bonjour ! Ça va ?"),
    ],
)
def test_what_is_said_for_what_is_written(written: str, said: str) -> None:
    assert spoken(written) == said


def test_numbers_in_words() -> None:
    assert [two_digits(n) for n in (16, 21, 30, 70, 71, 77, 80, 81, 91, 99)] == [
        "seize", "vingt et un", "trente", "soixante-dix", "soixante et onze", "soixante-dix-sept",
        "quatre-vingts", "quatre-vingt-un", "quatre-vingt-onze", "quatre-vingt-dix-neuf",
    ]  # fmt: skip
    assert figures("123") == "un, vingt-trois"
    assert len({two_digits(n) for n in range(100)}) == 100


@given(st.text(max_size=400))
def test_any_text_comes_out_fit_to_be_spoken(text: str) -> None:
    said = spoken(text)
    assert not set(said) & set("<>\n\r\t\0")
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") for c in said)
    assert all(len(word) <= 60 for word in said.split(" "))
