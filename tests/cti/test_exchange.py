"""Direct lines: every number leads to the virtual customer, emergency numbers lead nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.exchange.direct import EMERGENCY, DirectExchange, e164
from cti.exchange.port import DialPlan, DialRefused

CONTACT = "<sip:client@127.0.0.1:40123;transport=udp>"


def exchange(contact: str = CONTACT) -> DirectExchange:
    return DirectExchange(lambda: contact, {"+33199004005": "Service Contrats"})


@pytest.mark.parametrize(
    "written", ["0261917044", "02 61 91 70 44", "02.61.91.70.44", "+33261917044", "0033 2 61 91 70 44", "+33 (0)2 61 91 70 44"]
)
def test_every_french_writing_of_a_number_leads_to_the_customer(written: str) -> None:
    assert exchange().dial(written, "poste1") == DialPlan("sip:+33261917044@127.0.0.1:40123;transport=udp", "+33261917044", "")


def test_a_service_of_the_company_is_named() -> None:
    assert exchange().dial("01 99 00 40 05", "poste1").known_as == "Service Contrats"


@pytest.mark.parametrize("number", sorted(EMERGENCY))
@pytest.mark.parametrize("shape", ["{}", " {} ", "+33{}", "0033 {}", "*{}", "{}."])
def test_emergency_numbers_are_refused_however_written(number: str, shape: str) -> None:
    with pytest.raises(DialRefused) as refusal:
        exchange().dial(shape.format(number), "poste1")
    assert refusal.value.error_id == "emergency_number"
    assert "urgence" in refusal.value.title


@pytest.mark.parametrize("text", ["", "bonjour", "0261", "sip:x@y", "+", "9" * 60, "02 61 91 70 44 p 3"])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    with pytest.raises(DialRefused) as refusal:
        exchange().dial(text, "poste1")
    assert refusal.value.error_id == "not_a_number"


def test_nobody_answers_while_the_customer_is_away() -> None:
    with pytest.raises(DialRefused) as refusal:
        exchange("").dial("0261917044", "poste1")
    assert refusal.value.error_id == "nobody_there"
    assert exchange("").describe("poste1") == {"kind": "direct", "dial": {"region": "FR", "reachable": False}}


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        number = e164(text)
    except DialRefused:
        return
    assert number.startswith("+") and number[1:].isdecimal() and number[1:].isascii()
