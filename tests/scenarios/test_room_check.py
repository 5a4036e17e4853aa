"""The check of a room, pure: rounds of listening that leave nobody out, and the verdict from what machines report."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scenarios.room.check import (
    ITEMS,
    Called,
    Cell,
    Found,
    Heard,
    Line,
    Listened,
    Look,
    Looped,
    Outcome,
    Pair,
    Place,
    RoomFacts,
    crossed,
    judge,
    listening_rounds,
)

names = st.integers(0, 15)
ROOM = RoomFacts("0.1.0", encrypted=True, exam=True)
STATION, SEAT = Place("poste1", "Poste 1", "station", "here", "PC-1"), Place("jury1", "Jury 1", "seat", "here", "PC-J")
LOOK = Look(version="0.1.0", now=0.0, phone="ready", registration="registered")
LOOP = Looped(
    answered=True, encrypted=True, codec="PCMA", heard=True, delay_ms=62.4, level=0.98, sound="ok", microphone="Casque", speaker="Casque",
    microphone_open=True, speaker_open=True, microphone_level=0.01,
)  # fmt: skip
GOOD = Found(Line(True, True, "tls", "192.0.2.7:5061"), LOOK, 0.02, LOOP)
HEARD = Listened(Pair("jury1", "poste1"), Called(answered=True), Heard(answered=True, heard=True, level=0.21), journaled=True)


@given(seats=names, stations=names)
def test_every_seat_and_every_station_is_proven_in_the_fewest_rounds(seats: int, stations: int) -> None:
    juries, desks = [f"jury{n}" for n in range(seats)], [f"poste{n}" for n in range(stations)]
    rounds = listening_rounds(juries, desks)
    if not seats or not stations:
        assert rounds == ()
        return
    pairs = [pair for pairs in rounds for pair in pairs]
    assert {pair.seat for pair in pairs} == set(juries) and {pair.station for pair in pairs} == set(desks)
    assert len(rounds) == math.ceil(stations / seats)
    assert len(pairs) == max(seats, stations)
    for one in rounds:
        assert len({pair.seat for pair in one}) == len(one)


@given(st.data())
def test_a_crossed_round_pairs_each_doubt_with_somebody_proven(data: st.DataObject) -> None:
    seats, stations = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 10))
    pairs = [p for r in listening_rounds([f"jury{n}" for n in range(seats)], [f"poste{n}" for n in range(stations)]) for p in r]
    proven = data.draw(st.lists(st.sampled_from(pairs), unique=True))
    failed = [pair for pair in pairs if pair not in proven]
    again = crossed(failed, proven)
    good_seats, good_stations = {pair.seat for pair in proven}, {pair.station for pair in proven}
    assert len({pair.seat for pair in again}) == len(again)
    for pair in again:
        assert (pair.seat in good_seats) != (pair.station in good_stations)
    if proven:
        assert {pair.seat for pair in failed} - good_seats <= {pair.seat for pair in again}
    else:
        assert again == ()


def verdict(found: Found = GOOD, place: Place = STATION, room: RoomFacts = ROOM, listened: tuple[Listened, ...] = (HEARD,)) -> Outcome:
    """Of a room of one station and one seat, the other being good."""
    other = SEAT if place.kind == "station" else STATION
    return judge(room, [place, other], {place.id: found, other.id: GOOD}, listened)


def test_a_good_room_goes_and_a_printer_that_is_not_configured_does_not_hold_it_back() -> None:
    outcome = verdict()
    assert outcome.verdict == "go"
    station, seat = outcome.rows
    assert {item: cell.state for item, cell in station.cells.items()} == {**dict.fromkeys(ITEMS, "ok"), "printer": "warning"}
    assert seat.cells["printer"].state == "none"
    assert station.cells["loop"].values == {"delay_ms": 62, "level": 0.98}
    assert station.cells["listening"].values == {"with": "jury1", "level": 0.21}
    assert seat.cells["listening"].values == {"with": "poste1", "level": 0.21}


def changed(part: str, **fields: Any) -> Found:
    if part == "found":
        return replace(GOOD, **fields)
    if part == "line":
        return replace(GOOD, line=replace(GOOD.line, **fields))
    if part == "look":
        return replace(GOOD, look=LOOK.model_copy(update=fields))
    return replace(GOOD, loop=LOOP.model_copy(update=fields))


FAULTS = [
    (changed("look", version="0.0.9"), "version", "failed", "version"),
    (changed("found", look=None), "version", "failed", "silent"),
    (changed("found", skew=-1.0), "clock", "failed", "clock"),
    (changed("found", skew=0.999), "clock", "ok", "clock"),
    (changed("line", registered=False), "line", "failed", "not_registered"),
    (changed("line", reachable=False), "line", "failed", "unreachable"),
    (replace(changed("line", registered=False), look=LOOK.model_copy(update={"phone": "lost"})), "line", "failed", "no_phone"),
    (replace(changed("line", registered=False), look=LOOK.model_copy(update={"registration": "failed"})), "line", "failed", "refused"),
    (changed("line", transport="udp"), "secret", "failed", "plain_signalling"),
    (changed("loop", encrypted=False), "secret", "failed", "plain_voice"),
    (changed("loop", answered=False, why="no_answer"), "secret", "failed", "no_call"),
    (changed("found", loop=None), "loop", "failed", "silent"),
    (changed("loop", heard=False, level=0.0), "loop", "failed", "no_echo"),
    (changed("loop", heard=False, muted=True), "loop", "failed", "muted"),
    (changed("loop", level=0.3), "loop", "failed", "faint"),
    (changed("loop", level=2.5), "loop", "warning", "loud"),
    (changed("loop", delay_ms=450.0), "loop", "warning", "slow"),
    (changed("loop", delay_ms=900.0), "loop", "failed", "late"),
    (changed("loop", sound="none"), "headset", "failed", "no_device"),
    (changed("loop", sound="lost"), "headset", "failed", "lost"),
    (changed("loop", sound="file"), "headset", "warning", "file"),
    (changed("loop", microphone_open=False), "headset", "failed", "microphone_shut"),
    (changed("loop", speaker_open=False), "headset", "failed", "speaker_shut"),
    (changed("loop", microphone_level=0.0), "headset", "warning", "still_microphone"),
    (changed("loop", answered=False), "headset", "warning", "not_tried"),
    (changed("look", printer="ipp://p/q", printer_state="ready", printer_name="Laser"), "printer", "ok", "printer_ready"),
    (changed("look", printer="ipp://p/q", printer_state="unreachable"), "printer", "failed", "printer_unreachable"),
    (changed("look", printer="ipp://p/q", printer_state="stopped"), "printer", "failed", "printer_stopped"),
    (changed("look", printer="ipp://p/q"), "printer", "failed", "printer_unreachable"),
]


@pytest.mark.parametrize(("found", "item", "state", "why"), FAULTS)
def test_each_fault_is_told_where_it_is(found: Found, item: str, state: str, why: str) -> None:
    outcome = verdict(found)
    cell = outcome.rows[0].cells[item]
    assert (cell.state, cell.why) == (state, why)
    assert outcome.verdict == ("no_go" if any(c.state == "failed" for c in outcome.rows[0].cells.values()) else "go")


PAIR = HEARD.pair
TONE = Called(answered=True)


UNPROVEN: list[tuple[tuple[Listened, ...], str]] = [
    ((Listened(PAIR, TONE, Heard(answered=True), journaled=True),), "deaf"),
    ((Listened(PAIR, TONE, Heard(answered=True, heard=True)),), "not_journaled"),
    ((Listened(PAIR, TONE, Heard(answered=False, why="busy")),), "no_ear"),
    ((Listened(PAIR, Called(answered=False)),), "no_tone"),
    ((Listened(PAIR, None),), "no_tone"),
    ((Listened(PAIR, TONE, refused="Le central téléphonique ne répond pas."),), "listening_refused"),
    ((), "no_seat"),
]


@pytest.mark.parametrize(("listened", "why"), UNPROVEN)
def test_a_listening_that_was_not_proven_says_where_it_stopped(listened: tuple[Listened, ...], why: str) -> None:
    outcome = verdict(listened=listened)
    assert outcome.verdict == "no_go"
    assert outcome.rows[0].cells["listening"] == Cell("failed", why, outcome.rows[0].cells["listening"].values)


def test_one_proof_is_enough_whatever_failed_before() -> None:
    assert verdict(listened=(Listened(PAIR, TONE, Heard(answered=True)), HEARD)).verdict == "go"


@pytest.mark.parametrize(("exam", "state", "told"), [(True, "failed", "no_go"), (False, "warning", "go")])
def test_a_room_without_encryption_is_no_exam_room(exam: bool, state: str, told: str) -> None:
    outcome = verdict(room=RoomFacts("0.1.0", encrypted=False, exam=exam))
    assert outcome.rows[0].cells["secret"] == Cell(state, "plain_room", {})  # type: ignore[arg-type]
    assert outcome.verdict == told


def test_places_where_nobody_was_let_in_do_not_count_and_a_closed_desk_does() -> None:
    never, closed = Place("poste2", "Poste 2", "station", "not_enrolled"), Place("poste3", "Poste 3", "station", "closed", "PC-3")
    outcome = judge(ROOM, [STATION, never, SEAT], {"poste1": GOOD, "jury1": GOOD}, (HEARD,))
    assert outcome.verdict == "go"
    assert outcome.rows[1].cells["version"] == Cell("warning", "not_enrolled")
    assert {cell.state for item, cell in outcome.rows[1].cells.items() if item != "version"} == {"none"}
    outcome = judge(ROOM, [STATION, closed, SEAT], {"poste1": GOOD, "jury1": GOOD}, (HEARD,))
    assert outcome.verdict == "no_go"
    assert outcome.rows[1].cells["version"] == Cell("failed", "closed", {"device": "PC-3"})


@pytest.mark.parametrize("places", [[], [STATION], [SEAT], [Place("poste1", "Poste 1", "station", "not_enrolled"), SEAT]])
def test_a_room_without_stations_or_without_seats_does_not_go(places: list[Place]) -> None:
    assert judge(ROOM, places, {"poste1": GOOD, "jury1": GOOD}, (HEARD,)).verdict == "no_go"


@pytest.mark.parametrize(
    "told",
    [
        {"answered": True, "delay_ms": -1},
        {"answered": True, "level": float("nan")},
        {"answered": "peut-être"},
        {},
        {"answered": True, "sound": "fort"},
    ],
)
def test_a_report_that_cannot_be_true_is_not_believed(told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Looped.model_validate(told)


def test_what_a_machine_calls_its_devices_is_fit_to_be_shown() -> None:
    assert Looped(answered=True, microphone="Casque\x1b[31m\u202e" + "x" * 500).microphone == "Casque[31m" + "x" * 110
