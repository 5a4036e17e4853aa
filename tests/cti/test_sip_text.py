"""SIP text in: never raises, never lets a control through. SIP text out: never a line more than was meant."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cti.messages import MAX_TEXT, Cause
from cti.phone.sip_text import (
    MAX_HEADERS,
    Correspondent,
    UnsafeText,
    cause_of_status,
    name_address,
    parse_party,
    quote_user,
    read_invitation,
    safe_digits,
    safe_header,
    safe_target,
)

ANY = st.text(st.characters(), max_size=300)  # surrogates too: what undecodable bytes become


def clean(text: str) -> bool:
    return len(text) <= MAX_TEXT and all(unicodedata.category(c) not in ("Cc", "Cf", "Cs") for c in text)


@pytest.mark.parametrize(
    ("value", "name", "user"),
    [
        ("<sip:0612345678@h>;tag=1", "", "0612345678"),
        ("sip:0612345678@h;tag=1", "", "0612345678"),
        ('"Durand, Zoé" <sip:%2B33612345678@h:5060;user=phone>', "Durand, Zoé", "+33612345678"),
        ('"a \\"b\\" \\\\c" <sip:u@h>', 'a "b" \\c', "u"),
        ("Zoé Durand <sips:u:pw@[::1]:5061>", "Zoé Durand", "u"),
        ("<tel:+33612345678;phone-context=x>", "", "+33612345678"),
        ('"Anonymous" <sip:anonymous@anonymous.invalid>', "Anonymous", ""),
        ('"<sip:trap@h>" <sip:real@h>', "<sip:trap@h>", "real"),
        ("<sip:h>", "", ""),
        ("", "", ""),
        ("nonsense", "", ""),
    ],
)
def test_parties(value: str, name: str, user: str) -> None:
    party = parse_party(value)
    assert (party.name, party.user) == (name, user)


@given(ANY)
@example('"' * 300)
@example('"\\')
@example("<" * 100)
def test_no_party_raises_or_keeps_a_control(value: str) -> None:
    party = parse_party(value)
    assert isinstance(party, Correspondent)
    assert clean(party.name) and clean(party.user) and clean(party.host)


@given(
    st.lists(st.tuples(st.sampled_from(["From", "f", "To", "X-A", "x-b", "P-Asserted-Identity", "Privacy", "Via", " "]), ANY), max_size=60)
)
def test_no_message_raises_or_keeps_a_control(headers: list[tuple[str, str]]) -> None:
    message = "INVITE sip:a@b SIP/2.0\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\nX-Body: no\r\n"
    said = read_invitation(message)
    assert len(said.headers) <= MAX_HEADERS
    assert all(clean(text) for text in (said.caller, said.caller_name, said.called, *said.headers.values()))
    assert all(name.lower().startswith("x-") and name.isascii() for name in said.headers)


def test_the_asserted_identity_wins_and_privacy_hides() -> None:
    start = 'INVITE sip:a@b SIP/2.0\r\nFrom: "x" <sip:1@h>\r\nP-Asserted-Identity: "Y" <sip:2@h>\r\nX-Plateau-Call: k\r\n folded\r\n'
    said = read_invitation(start + "\r\nX-Evil: body\r\n")
    assert (said.caller, said.caller_name, said.header("x-plateau-call")) == ("2", "Y", "k folded")
    assert "X-Evil" not in said.headers
    assert read_invitation(start + "Privacy: id\r\n\r\n").caller == ""


def test_a_long_name_is_cut() -> None:
    assert name_address("sip:1@h", "é" * 300) == f'"{"é" * 128}" <sip:1@h>'
    assert name_address("sip:1@h", '"' * 128) == '"' + '\\"' * 128 + '" <sip:1@h>'


@given(ANY)
def test_a_presented_name_stays_one_quoted_string(name: str) -> None:
    try:
        line = name_address("sip:1@h", name)
    except UnsafeText:
        return
    assert "\r" not in line and "\n" not in line
    assert line.endswith("<sip:1@h>")
    if name:
        inner = line.removesuffix(" <sip:1@h>")[1:-1]
        assert inner.replace("\\\\", "").replace('\\"', "").count('"') == 0


@given(ANY)
def test_a_header_is_one_line_or_refused(value: str) -> None:
    try:
        _, kept = safe_header("X-Any", value)
    except UnsafeText:
        return
    assert kept == value
    assert value.isprintable() or all(ord(c) >= 0x20 for c in value)


@pytest.mark.parametrize("name", ["Via", "From", "Contact", "Route", "Content-Length", "X-A\r\nVia", "X A", "", "X-é"])
def test_headers_that_route_or_break_are_refused(name: str) -> None:
    with pytest.raises(UnsafeText):
        safe_header(name, "v")


@pytest.mark.parametrize(
    "target", ["sip:0612345678@127.0.0.1:5060", "sip:101@h;transport=tls", "sips:a.b@exemple.fr", "sip:127.0.0.1:5060", "sip:a@[::1]:5060"]
)
def test_good_targets(target: str) -> None:
    assert safe_target(target) == target


@pytest.mark.parametrize(
    "target",
    [
        "",
        "0612345678",
        "sip:",
        "sip:a@h\r\nX: 1",
        "sip:a@h>",
        "<sip:a@h>",
        "sip:a b@h",
        'sip:"a"@h',
        "http://h",
        "sip:a@h?X=1",
        "sip:a@h\n",
    ],
)
def test_bad_targets(target: str) -> None:
    with pytest.raises(UnsafeText):
        safe_target(target)


@pytest.mark.parametrize("digits", ["", "1 2", "12\n", "1" * 33, "e", "١"])
def test_bad_digits(digits: str) -> None:
    with pytest.raises(UnsafeText):
        safe_digits(digits)


def test_users_are_escaped() -> None:
    assert quote_user("a b@c<d>") == "a%20b%40c%3Cd%3E"


@given(st.integers(400, 699))
def test_every_refusal_has_a_cause(code: int) -> None:
    assert cause_of_status(code) in {Cause.BUSY, Cause.UNKNOWN_NUMBER, Cause.NO_ANSWER, Cause.CANCELLED, Cause.NETWORK, Cause.REFUSED}
