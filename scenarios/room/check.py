"""The check of a room before an exam, pure: who listens to whom in which round, and what is made of what the machines report.

Each place gets one `Cell` an item: its state, a code that says why, and the values measured. The words for people are those of whoever
shows them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from cti.messages import clean_text
from scenarios.room.register_tables import Verdict

ITEMS = ("version", "clock", "line", "secret", "loop", "headset", "printer", "listening")
CLOCK_LIMIT = 1.0  # seconds between a machine's clock and the room's
LOOP_GOOD_MS = 300.0  # there and back; ITU-T G.114 finds 150 ms one way good, 400 the most
LOOP_MOST_MS = 800.0
FAINT, LOUD = 0.5, 2.0  # of what was sent: half of it, twice
LATE = "late"  # why a call was not answered, when the time that the check may take was over

State = Literal["ok", "warning", "failed", "none"]
Presence = Literal["here", "closed", "not_enrolled"]
Kind = Literal["station", "seat"]
Measure = Annotated[float, Field(ge=0.0)]
Text = Annotated[str, AfterValidator(lambda text: clean_text(text, 120))]


# --- what machines report: believed within these bounds only ------------------------------------------


class Report(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Look(Report):
    """How a machine is. `now`: its clock, UNIX seconds. `printer`: its address, "" none configured."""

    version: Text
    now: float
    phone: Text = ""  # starting, ready, lost, unusable
    registration: Text = ""
    printer: Text = ""
    printer_state: Literal["", "ready", "stopped", "refusing", "unreachable"] = ""
    printer_name: Text = ""
    printer_detail: Text = ""


class Called(Report):
    """A call that the machine placed for the check. `why`: what ended it, when it was not answered."""

    answered: bool
    why: Text = ""


class Looped(Called):
    """`level` 1.0: as loud as sent. `microphone_level`: what the microphone itself took meanwhile."""

    encrypted: bool = False
    codec: Text = ""
    heard: bool = False
    delay_ms: Measure = 0.0
    level: Measure = 0.0
    muted: bool = False
    sound: Literal["", "ok", "lost", "none", "file"] = ""
    microphone: Text = ""
    speaker: Text = ""
    microphone_open: bool = False
    speaker_open: bool = False
    microphone_level: Measure = 0.0


class Heard(Called):
    heard: bool = False
    level: Measure = 0.0


# --- who listens to whom ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    seat: str
    station: str


def listening_rounds(seats: Sequence[str], stations: Sequence[str]) -> tuple[tuple[Pair, ...], ...]:
    """Every seat and every station at least once, a seat once a round, in as few rounds as there can be; none where either is empty."""
    if not seats or not stations:
        return ()
    rounds = []
    for n in range(math.ceil(len(stations) / len(seats))):
        played = stations[n * len(seats) : (n + 1) * len(seats)]
        # the first round has every seat in it, several at one station where they are more; after it, the rest of the stations only
        listening = seats if n == 0 else seats[: len(played)]
        rounds.append(tuple(Pair(seat, played[place % len(played)]) for place, seat in enumerate(listening)))
    return tuple(rounds)


def crossed(failed: Collection[Pair], proven: Collection[Pair]) -> tuple[Pair, ...]:
    """One more round that tells which of a pair is at fault: each of them with somebody who has proved good."""
    good_seats, good_stations = [pair.seat for pair in proven], [pair.station for pair in proven]
    seats = list(dict.fromkeys(pair.seat for pair in failed if pair.seat not in good_seats))
    stations = list(dict.fromkeys(pair.station for pair in failed if pair.station not in good_stations))
    free = list(dict.fromkeys(good_seats))
    pairs = [Pair(seat, good_stations[place % len(good_stations)]) for place, seat in enumerate(seats)] if good_stations else []
    return (*pairs, *(Pair(seat, station) for seat, station in zip(free, stations, strict=False)))


# --- the verdict --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """`none`: there is nothing to say here."""

    state: State
    why: str
    values: Mapping[str, str | float] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """A place's line as the exchange says it."""

    registered: bool = False
    reachable: bool = False
    transport: str = ""
    address: str = ""


@dataclass(frozen=True)
class Place:
    id: str
    label: str
    kind: Kind
    presence: Presence
    device: str = ""


@dataclass(frozen=True)
class Found:
    """What is known of a place at the end. None: it did not answer in time."""

    line: Line = Line()
    look: Look | None = None
    skew: float = 0.0  # the machine's clock less the room's, seconds
    loop: Looped | None = None


@dataclass(frozen=True)
class Listened:
    """What came of a pair. `tone`: the station plays; None where one of them did not answer. `journaled`: the station's own journal says
    that this seat listened, as it must of whoever does."""

    pair: Pair
    tone: Called | None = None
    ear: Heard | None = None
    journaled: bool = False
    refused: str = ""  # by the exchange, in its words

    @property
    def proven(self) -> bool:
        return self.ear is not None and self.ear.heard and self.journaled


@dataclass(frozen=True)
class RoomFacts:
    """What does not depend on a place. `exam`: in practice a room may do without encryption."""

    version: str
    encrypted: bool
    exam: bool


@dataclass(frozen=True)
class Row:
    place: Place
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Outcome:
    verdict: Verdict
    rows: tuple[Row, ...]


def judge(room: RoomFacts, places: Iterable[Place], found: Mapping[str, Found], listened: Sequence[Listened]) -> Outcome:
    """Places where no machine was ever let in are told and do not count; a room without any station, or any seat, is no room."""
    rows = []
    for place in places:
        if place.presence == "not_enrolled":
            cells = {"version": Cell("warning", "not_enrolled")}
        elif place.presence == "closed":
            cells = {"version": Cell("failed", "closed", {"device": place.device})}
        else:
            cells = _cells(room, place, found.get(place.id, Found()), listened)
        rows.append(Row(place, {item: cells.get(item, Cell("none", "")) for item in ITEMS}))
    kinds = {row.place.kind for row in rows if row.place.presence == "here"}
    failed = any(cell.state == "failed" for row in rows for cell in row.cells.values())
    return Outcome("no_go" if failed or kinds != {"station", "seat"} else "go", tuple(rows))


def _cells(room: RoomFacts, place: Place, found: Found, listened: Sequence[Listened]) -> dict[str, Cell]:
    return {
        "version": _version(room, found.look),
        "clock": _clock(found),
        "line": _line(found),
        "secret": _secret(room, found),
        "loop": _loop(found.loop),
        "headset": _headset(found.loop),
        "printer": _printer(place, found.look),
        "listening": _listening(place, found, listened),
    }


def _version(room: RoomFacts, look: Look | None) -> Cell:
    if look is None:
        return Cell("failed", "silent")
    return Cell("ok" if look.version == room.version else "failed", "version", {"here": look.version, "room": room.version})


def _clock(found: Found) -> Cell:
    if found.look is None:
        return Cell("failed", "silent")
    return Cell("ok" if abs(found.skew) < CLOCK_LIMIT else "failed", "clock", {"skew": round(found.skew, 3)})


def _line(found: Found) -> Cell:
    line, look = found.line, found.look
    if line.registered:
        return Cell("ok" if line.reachable else "failed", "registered" if line.reachable else "unreachable", {"address": line.address})
    if look is not None and look.phone != "ready":
        return Cell("failed", "no_phone")
    return Cell("failed", "refused" if look is not None and look.registration == "failed" else "not_registered")


def _no_call(loop: Looped | None) -> Cell | None:
    if loop is None:
        return Cell("failed", "silent")
    return None if loop.answered else Cell("failed", "no_call", {"cause": loop.why})


def _secret(room: RoomFacts, found: Found) -> Cell:
    if not room.encrypted:
        return Cell("failed" if room.exam else "warning", "plain_room")
    cell = _no_call(found.loop)
    if cell is not None:
        return cell
    assert found.loop is not None
    if found.line.transport != "tls":
        return Cell("failed", "plain_signalling", {"transport": found.line.transport})
    return Cell(
        "ok" if found.loop.encrypted else "failed", "secret" if found.loop.encrypted else "plain_voice", {"codec": found.loop.codec}
    )


def _loop(loop: Looped | None) -> Cell:
    cell = _no_call(loop)
    if cell is not None:
        return cell
    assert loop is not None
    values = {"delay_ms": round(loop.delay_ms), "level": round(loop.level, 2)}
    if not loop.heard:
        return Cell("failed", "muted" if loop.muted else "no_echo")
    if loop.level < FAINT:
        return Cell("failed", "faint", values)
    if loop.delay_ms > LOOP_MOST_MS:
        return Cell("failed", "late", values)
    if loop.delay_ms > LOOP_GOOD_MS:
        return Cell("warning", "slow", values)
    return Cell("warning" if loop.level > LOUD else "ok", "loud" if loop.level > LOUD else "echo", values)


def _headset(loop: Looped | None) -> Cell:
    if loop is None:
        return Cell("failed", "silent")
    values = {"microphone": loop.microphone, "speaker": loop.speaker}
    if loop.sound in ("none", "lost", ""):
        return Cell("failed", {"none": "no_device", "lost": "lost", "": "unknown"}[loop.sound], values)
    if not loop.answered:  # devices are opened by a call
        return Cell("warning", "not_tried", values)
    if not loop.microphone_open or not loop.speaker_open:
        return Cell("failed", "speaker_shut" if loop.microphone_open else "microphone_shut", values)
    if loop.sound == "file":
        return Cell("warning", "file", values)
    if loop.microphone_level == 0.0:
        return Cell("warning", "still_microphone", values)
    return Cell("ok", "headset", values)


def _printer(place: Place, look: Look | None) -> Cell:
    if look is None:
        return Cell("failed", "silent")
    if not look.printer:
        return Cell("warning", "no_printer") if place.kind == "station" else Cell("none", "no_printer")
    values = {"printer": look.printer_name or look.printer, "detail": look.printer_detail}
    return Cell("ok" if look.printer_state == "ready" else "failed", f"printer_{look.printer_state or 'unreachable'}", values)


def _listening(place: Place, found: Found, listened: Sequence[Listened]) -> Cell:
    seat = place.kind == "seat"
    mine = [one for one in listened if place.id == (one.pair.seat if seat else one.pair.station)]
    proof = next((one for one in mine if one.proven), None)
    if proof is not None:
        assert proof.ear is not None
        return Cell("ok", "heard", {"with": proof.pair.station if seat else proof.pair.seat, "level": round(proof.ear.level, 2)})
    if found.loop is None or not found.loop.answered:
        return Cell("failed", "no_line")
    if not mine:
        return Cell("failed", "no_station" if seat else "no_seat")
    last = mine[-1]
    if last.refused:
        return Cell("failed", "listening_refused", {"detail": last.refused})
    partner = last.pair.station if seat else last.pair.seat
    if last.tone is None or not last.tone.answered:
        return Cell("failed", "no_tone", {"with": partner})
    if last.ear is None or not last.ear.answered:
        return Cell("failed", "no_ear", {"with": partner, "cause": last.ear.why if last.ear else LATE})
    return Cell("failed", "not_journaled" if last.ear.heard else "deaf", {"with": partner})
