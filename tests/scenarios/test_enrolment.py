"""Enrolment by a short code: what each side believes, and what it refuses to believe."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.room.enrolment import (
    ADDRESS_MEMORY,
    ADDRESSES,
    ALPHABET,
    CODE_LENGTH,
    HELLO_LIFE,
    TRIES,
    TRY,
    CodeUnreadable,
    DeskSide,
    EnrolmentRefused,
    Gate,
    Grant,
    Hello,
    KeptCode,
    RoomNotProven,
    charge,
    derive_key,
    new_code,
    new_salt,
    normalised,
    shown,
)

SALT = new_salt()
NOW, LATER, BEFORE = "2026-11-23T08:00:00.000Z", "2026-11-23T08:15:00.000Z", "2026-11-23T07:59:00.000Z"
CODE, OTHER = "ABCD2345", "WXYZ6789"
KEYS = {code: derive_key(code, SALT).hex() for code in (CODE, OTHER)}
GRANT = Grant("Salle A", "poste3", "Poste 3", "station", "jeton", {"sip": {"password": "é;", "port": 5061}, "servers": ("a", "b")})


def kept(code: str = CODE, place: str = "poste3", id: int = 1, **more: Any) -> KeptCode:
    return KeptCode(id, place, KEYS[code], more.pop("expires_at", LATER), **more)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(clock: Clock) -> Gate:
    return Gate("Salle A", "CA DE LA SALLE", SALT, clock=clock)


def refused(gate: Gate, side: DeskSide, *codes: KeptCode, address: str = "192.0.2.7", now: str = NOW) -> EnrolmentRefused:
    with pytest.raises(EnrolmentRefused) as refusal:
        gate.match(side.request(), address, codes, now)
    return refusal.value


# --- codes ------------------------------------------------------------------------------------------


@given(
    st.text(ALPHABET, min_size=CODE_LENGTH, max_size=CODE_LENGTH),
    st.lists(st.sampled_from(["", " ", "-", "–", "\u2011", "\u202f", "\t"]), min_size=9, max_size=9),
    st.booleans(),
)
def test_a_code_is_read_however_it_is_spaced_and_cased(code: str, between: list[str], lower: bool) -> None:
    typed = "".join(space + c for space, c in zip(between, code, strict=False)) + between[-1]
    assert normalised(typed.lower() if lower else typed) == code


@given(st.text())
def test_whatever_is_typed_is_a_code_or_a_french_sentence(typed: str) -> None:
    try:
        code = normalised(typed)
    except CodeUnreadable as error:
        assert str(error).startswith(("Un code a 8 caractères", "Ce code contient un caractère impossible"))
    else:
        assert len(code) == CODE_LENGTH and set(code) <= set(ALPHABET)
        assert normalised(shown(code)) == code


@pytest.mark.parametrize("typed", ["ABCD-EFG0", "ABCD-EFGO", "ABCD-EFG1", "ABCD-EFGI", "abcd-efgl", "ABCD-EFGé", "ABCD_EFG", "ABCD-EFGſ"])
def test_what_no_code_contains_is_named(typed: str) -> None:
    with pytest.raises(CodeUnreadable, match="caractère impossible"):
        normalised(typed)


def test_codes_are_drawn_from_the_whole_alphabet_and_read_back() -> None:
    codes = [new_code() for _ in range(400)]
    assert set("".join(codes)) == set(ALPHABET) and not set("01OIL") & set(ALPHABET)
    assert len(set(codes)) == len(codes)
    assert shown("ABCDEFGH") == "ABCD-EFGH"


# --- the two sides ----------------------------------------------------------------------------------


def test_who_knows_the_code_is_let_in_at_its_place_among_several_codes(gate: Gate) -> None:
    side = DeskSide(gate.hello(NOW), CODE, "pc-12")
    codes = [kept(OTHER, "poste9", 2), kept(CODE, "poste3", 1)]
    request = side.request()
    code = gate.match(request, "192.0.2.7", codes, NOW)
    assert code.place == "poste3"
    sent = json.loads(json.dumps(gate.answer(request, code, GRANT)))
    assert side.believe(sent) == replace(GRANT, payload={"sip": {"password": "é;", "port": 5061}, "servers": ["a", "b"]})


def test_neither_the_code_nor_its_key_travels(gate: Gate) -> None:
    hello = gate.hello(NOW)
    side = DeskSide(hello, CODE, "pc-12")
    request = side.request()
    sent = json.dumps([hello.as_dict(), dataclasses.asdict(request), gate.answer(request, kept(), GRANT)])
    assert CODE not in sent and shown(CODE) not in sent and KEYS[CODE] not in sent


def test_a_wrong_code_is_refused(gate: Gate) -> None:
    refusal = refused(gate, DeskSide(gate.hello(NOW), OTHER, "pc-12"), kept())
    assert (refusal.error_id, refusal.status, refusal.details) == ("wrong_code", 403, {"tries_left": TRIES - 1})


@pytest.mark.parametrize("changed", ["client_nonce", "device", "proof"])
def test_a_request_changed_on_the_way_is_refused(gate: Gate, changed: str) -> None:
    request = DeskSide(gate.hello(NOW), CODE, "pc-12").request()
    with pytest.raises(EnrolmentRefused) as refusal:
        gate.match(replace(request, **{changed: "0" * 64}), "192.0.2.7", [kept()], NOW)
    assert refusal.value.error_id == "wrong_code"


def test_who_shows_the_desk_another_ca_is_refused_by_the_room(gate: Gate) -> None:
    """He passes on everything of the room's but its CA."""
    hello = replace(gate.hello(NOW), ca_pem="CA D'UN AUTRE")
    assert refused(gate, DeskSide(hello, CODE, "pc-12"), kept()).error_id == "wrong_code"


def test_who_shows_the_desk_another_ca_is_not_believed_by_the_desk(gate: Gate) -> None:
    """Even if the room answered: its proof covers its own CA."""
    hello = gate.hello(NOW)
    request = DeskSide(hello, CODE, "pc-12").request()
    deceived = DeskSide(replace(hello, ca_pem="CA D'UN AUTRE"), CODE, "pc-12")
    with pytest.raises(RoomNotProven):
        deceived.believe(gate.answer(request, kept(), GRANT))


def test_an_answer_changed_on_the_way_is_not_believed(gate: Gate) -> None:
    side = DeskSide(gate.hello(NOW), CODE, "pc-12")
    request = side.request()
    sent = gate.answer(request, kept(), GRANT)
    assert side.believe(sent).token == "jeton"
    for changed in (
        {**sent, "answer": {**sent["answer"], "place": "poste4"}},
        {**sent, "answer": {**sent["answer"], "payload": {}}},
        {**sent, "proof": "0" * 64},
        {**sent, "proof": request.proof},
        {"answer": sent["answer"]},
        [sent],
        None,
    ):
        with pytest.raises(RoomNotProven):
            side.believe(changed)


def test_a_room_that_does_not_know_the_code_is_not_believed(gate: Gate) -> None:
    side = DeskSide(gate.hello(NOW), CODE, "pc-12")
    with pytest.raises(RoomNotProven):
        side.believe(gate.answer(side.request(), kept(OTHER), GRANT))


def test_an_answer_heard_before_is_not_believed_again(gate: Gate) -> None:
    hello = gate.hello(NOW)
    first, second = DeskSide(hello, CODE, "pc-12"), DeskSide(hello, CODE, "pc-12")
    heard = gate.answer(first.request(), kept(), GRANT)
    assert first.believe(heard).place == "poste3"
    with pytest.raises(RoomNotProven):
        second.believe(heard)


def test_a_request_heard_before_is_refused_even_for_a_code_still_open(gate: Gate) -> None:
    side = DeskSide(gate.hello(NOW), CODE, "pc-12")
    assert gate.match(side.request(), "192.0.2.7", [kept()], NOW).place == "poste3"
    assert refused(gate, side, kept()).error_id == "stale_hello"


def test_a_hello_is_good_for_two_minutes_in_one_room(gate: Gate, clock: Clock) -> None:
    in_time, late = (DeskSide(gate.hello(NOW), CODE, "pc-12") for _ in range(2))
    clock.now += HELLO_LIFE - 1
    assert gate.match(in_time.request(), "192.0.2.7", [kept()], NOW).place == "poste3"
    clock.now += 2
    assert refused(gate, late, kept()).error_id == "stale_hello"
    foreign = Gate("Salle A", "CA DE LA SALLE", SALT, clock=clock)  # the same room, started anew
    assert refused(gate, DeskSide(foreign.hello(NOW), CODE, "pc-12"), kept()).error_id == "stale_hello"


@given(st.text())
def test_a_nonce_made_up_is_refused(nonce: str) -> None:
    gate = Gate("Salle A", "CA", SALT)
    with pytest.raises(EnrolmentRefused, match="recommencez"):
        gate.match(replace(REQUEST, server_nonce=nonce), "192.0.2.7", [kept()], NOW)


REQUEST = DeskSide(Gate("Salle A", "CA", SALT).hello(NOW), CODE, "pc-12").request()


@pytest.mark.parametrize(
    ("code", "error_id"),
    [
        (kept(used_at=BEFORE), "code_used"),
        (kept(expires_at=BEFORE), "code_expired"),
        (kept(expires_at=NOW), "code_expired"),
        (kept(wrong=TRIES * TRY), "code_dead"),
        (kept(closed_at=BEFORE), "code_closed"),
    ],
)
def test_who_knows_a_code_that_is_good_no_more_is_told_why(gate: Gate, code: KeptCode, error_id: str) -> None:
    refusal = refused(gate, DeskSide(gate.hello(NOW), CODE, "pc-12"), code)
    assert (refusal.error_id, refusal.status) == (error_id, 410)
    assert refused(gate, DeskSide(gate.hello(NOW), OTHER, "pc-12"), code).error_id == "wrong_code"


# --- guessing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("together", [1, 2, 3, 7, 20, 29, 99, 198])
def test_codes_open_together_share_the_wrong_tries(together: int) -> None:
    """Alone, a code bears five; twenty bear a hundred between them."""
    wrong = 0
    for _ in range(TRIES * together - 1):
        wrong += charge(together)
    assert kept(wrong=wrong).state(NOW) == "open"
    assert kept(wrong=wrong + charge(together)).state(NOW) == "dead"


def test_an_address_that_guessed_five_times_waits(gate: Gate, clock: Clock) -> None:
    wrong = [DeskSide(gate.hello(NOW), OTHER, "pc-12") for _ in range(TRIES)]
    left = [refused(gate, side, kept()).details["tries_left"] for side in wrong]
    assert left == [4, 3, 2, 1, 0]
    right = DeskSide(gate.hello(NOW), CODE, "pc-12")
    refusal = refused(gate, right, kept())
    assert (refusal.error_id, refusal.status, refusal.details) == ("too_many_tries", 429, {"wait": ADDRESS_MEMORY})
    assert gate.match(right.request(), "192.0.2.8", [kept()], NOW).place == "poste3"  # refused before its nonce was spent
    clock.now += ADDRESS_MEMORY + 1
    assert gate.match(DeskSide(gate.hello(NOW), CODE, "pc-12").request(), "192.0.2.7", [kept()], NOW).place == "poste3"


def test_being_right_makes_up_for_having_been_wrong(gate: Gate) -> None:
    for _ in range(3):
        for _ in range(TRIES - 1):
            refused(gate, DeskSide(gate.hello(NOW), OTHER, "pc-12"), kept())
        assert gate.match(DeskSide(gate.hello(NOW), CODE, "pc-12").request(), "192.0.2.7", [kept()], NOW).place == "poste3"


def test_what_a_gate_remembers_is_bounded(gate: Gate, clock: Clock) -> None:
    side = DeskSide(gate.hello(NOW), OTHER, "pc-12")
    for n in range(ADDRESSES + 50):
        clock.now += HELLO_LIFE / 100
        request = replace(side.request(), server_nonce=gate.hello(NOW).server_nonce)
        with pytest.raises(EnrolmentRefused, match="vérifiez-le"):
            gate.match(request, f"2001:db8::{n:x}", [kept()], NOW)
    assert len(gate._wrong) == ADDRESSES
    assert len(gate._spent) <= 101


def test_a_try_costs_the_room_little_whatever_the_codes_open(gate: Gate) -> None:
    """No scrypt on the room's side: two hundred codes are tried within what one key costs the desk."""
    codes = [kept(OTHER, f"poste{n}", n) for n in range(200)]
    started = time.thread_time()
    side = DeskSide(gate.hello(NOW), CODE, "pc-12")
    one_key = time.thread_time() - started
    request = side.request()
    started = time.thread_time()
    with pytest.raises(EnrolmentRefused):
        gate.match(request, "192.0.2.7", codes, NOW)
    assert time.thread_time() - started < one_key


# --- reading ----------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_anything_may_answer_hello_and_nothing_else_is_raised(body: object) -> None:
    with pytest.raises(ValueError):
        Hello.read(body)


@settings(deadline=None)
@given(st.sampled_from(["room", "ca_pem", "salt", "server_nonce", "now", "protocol"]), JSON | st.just("\ud800") | st.just("x" * 70_000))
def test_a_hello_with_one_field_of_another_making_is_read_or_refused(name: str, value: object) -> None:
    body = {**Hello("Salle A", "CA", SALT, "n", NOW).as_dict(), name: value}
    try:
        told = Hello.read(body)
    except ValueError:
        return
    assert isinstance(value, str)
    DeskSide(told, CODE, "pc-12").request()


@given(JSON)
def test_anything_may_answer_the_desk_and_is_not_believed(body: object) -> None:
    for told in (body, {"answer": body, "proof": "0" * 64}, {"answer": {"x": body}, "proof": body}):
        with pytest.raises(RoomNotProven):
            ANSWERED.believe(told)


ANSWERED = DeskSide(Hello("Salle A", "CA", SALT, "n", dt.datetime.now(dt.UTC).isoformat()), CODE, "pc-12")
