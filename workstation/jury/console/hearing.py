"""Whether a juror hears the station: a pure state machine that tells silence from deafness, and asks for the listening again by itself.

Silence between two words is no fault; hearing nothing while somebody speaks is. What is known: the leg of our own phone (placed,
answered, ended, RTP that flows or not, level received), what the exchange says (`attached` to the station's channel, `waiting` for
its next call, who speaks), and the hour. `hear` takes one event and gives the new state and what to do. Times are seconds; while a
juror listens, what the exchange says is to be told again several times a second, so that time counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal, Union

ASK_EVERY = 2.0  # between two demands while nothing answers
PATIENCE = 4.0  # for a demand that is on its way: granted or being placed
SPOKEN_UNHEARD = 2.0  # somebody speaks for so long and nothing is heard: deaf
ATTACH_WITHIN = 3.0  # for the exchange to say that it hears the station, once our leg is up
QUIET_AFTER = 3.0  # without a sound: nobody speaks
DRY = 1.0  # no RTP for so long, beyond the second our phone takes to notice: deaf
SOUND = 0.01  # peak level 0..1 above which something is heard (-40 dBFS; line noise stays far below)
LEVEL_GRAIN = 0.5  # sounds nearer to each other than this change nothing

Mode = Literal["", "listen", "whisper", "barge"]
Attached = Literal["", "asked", "attached", "waiting"]


class Ear(StrEnum):
    OFF = "off"
    JOINING = "joining"  # asked for, nothing known yet
    HEARING = "hearing"
    QUIET = "quiet"  # attached, nobody speaks
    WAITING = "waiting"  # the station has no call
    DEAF = "deaf"


class Why(StrEnum):
    """Why we are deaf."""

    LEG_LOST = "leg_lost"  # our call to the exchange ended, or could not be made
    REFUSED = "refused"  # the room server would not grant it, or does not answer
    NO_MEDIA = "no_media"  # the call is up and nothing comes
    DETACHED = "detached"  # the exchange says we hear nobody
    UNHEARD = "unheard"  # somebody speaks, we hear nothing


# --- what happens -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Begun:
    mode: Mode


@dataclass(frozen=True)
class Stopped:
    pass


@dataclass(frozen=True)
class Granted:
    """The room server answered demand number `attempt`: our phone is placing `call_id`."""

    attempt: int
    call_id: str


@dataclass(frozen=True)
class Denied:
    attempt: int


@dataclass(frozen=True)
class LegUp:
    call_id: str


@dataclass(frozen=True)
class LegEnded:
    call_id: str


@dataclass(frozen=True)
class Flowed:
    call_id: str
    flowing: bool


@dataclass(frozen=True)
class LevelRead:
    level: float


@dataclass(frozen=True)
class ExchangeSaid:
    """`spoken`: somebody speaks on the station's calls, at either end; `in_talk`: one of them is in conversation, not held."""

    attached: Attached
    spoken: bool
    in_talk: bool = False


HearingEvent = Union[Begun, Stopped, Granted, Denied, LegUp, LegEnded, Flowed, LevelRead, ExchangeSaid]


# --- what to do -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ask:
    """Demand the listening of the room server, then place the call it grants."""

    mode: Mode
    attempt: int


@dataclass(frozen=True)
class Drop:
    """Hang up this leg."""

    call_id: str


@dataclass(frozen=True)
class Tell:
    """The room server is to know that the ear is in this state now."""

    ear: Ear
    why: str


Deed = Union[Ask, Drop, Tell]


@dataclass(frozen=True)
class Hearing:
    """`mode` "": nobody listens here. `up_at` None: our leg is not answered (yet, or any more)."""

    mode: Mode = ""
    ear: Ear = Ear.OFF
    why: str = ""
    since: float = 0.0  # of the ear's state
    attempt: int = 0
    asked_at: float = 0.0
    under_way: bool = False  # the last demand is neither refused nor over
    call_id: str = ""
    up_at: float | None = None
    flowing: bool = True
    attached: Attached = ""
    spoken_since: float | None = None
    in_talk: bool = False
    dry_since: float | None = None  # RTP should come and does not
    astray_since: float | None = None  # our leg is up and the exchange does not say what it hears
    heard_at: float | None = None
    fault: str = ""  # why the last leg was given up, until another proves good

    @property
    def wanted(self) -> bool:
        return bool(self.mode)


def hear(hearing: Hearing, event: HearingEvent, now: float) -> tuple[Hearing, tuple[Deed, ...]]:
    """The state after `event` at `now`, and what to do, in order."""
    before = hearing
    hearing = _missed(_take(hearing, event, now), now)
    deeds: list[Deed] = []
    if isinstance(event, (Begun, Stopped)) and before.call_id:
        deeds.append(Drop(before.call_id))
    if hearing.wanted:
        hearing, more = _mend(hearing, now)
        deeds += more
    hearing = _name(hearing, now)
    if hearing.wanted and hearing.ear is not Ear.JOINING and hearing.ear is not before.ear:
        deeds.append(Tell(hearing.ear, hearing.why))
    return hearing, tuple(deeds)


def _take(h: Hearing, event: HearingEvent, now: float) -> Hearing:
    """The fact alone."""
    match event:
        case Begun(mode):
            return Hearing(mode=mode, ear=Ear.JOINING, since=now, attempt=h.attempt, asked_at=now - ASK_EVERY)
        case Stopped():
            return Hearing(attempt=h.attempt)
        case LevelRead(level):
            if level < SOUND or h.up_at is None or (h.heard_at is not None and 0 <= now - h.heard_at < LEVEL_GRAIN):
                return h
            return replace(h, heard_at=now)
        case ExchangeSaid(attached, spoken, in_talk):
            return replace(h, attached=attached, spoken_since=_since(h.spoken_since, spoken, now), in_talk=in_talk)
    if not h.wanted:
        return h
    match event:
        case Granted(attempt, call_id) if attempt == h.attempt and h.under_way:
            return replace(h, call_id=call_id)
        case Denied(attempt) if attempt == h.attempt and h.under_way:
            return replace(h, under_way=False, fault=Why.REFUSED)
        case LegUp(call_id) if call_id == h.call_id and h.up_at is None:
            return replace(h, up_at=now, flowing=True, heard_at=None, under_way=False)
        case LegEnded(call_id) if call_id == h.call_id:
            return _without_leg(h, Why.LEG_LOST)
        case Flowed(call_id, flowing) if call_id == h.call_id:
            return replace(h, flowing=flowing)
    return h


def _missed(h: Hearing, now: float) -> Hearing:
    """Since when something is missing. The exchange sends nothing while there is nothing to hear: RTP is missed in a conversation only."""
    dry = h.up_at is not None and not h.flowing and h.attached == "attached" and (h.in_talk or h.spoken_since is not None)
    astray = h.up_at is not None and h.attached in ("", "asked")
    return replace(h, dry_since=_since(h.dry_since, dry, now), astray_since=_since(h.astray_since, astray, now))


def _since(before: float | None, so: bool, now: float) -> float | None:
    return (before if before is not None else now) if so else None


def _without_leg(h: Hearing, fault: str) -> Hearing:
    """As before the demand, with what is known of the station."""
    kept = Hearing(mode=h.mode, ear=h.ear, why=h.why, since=h.since, attempt=h.attempt, asked_at=h.asked_at)
    return replace(kept, spoken_since=h.spoken_since, in_talk=h.in_talk, fault=fault)


def _fault(h: Hearing, now: float) -> str:
    """What is wrong with a leg that is up; "" when nothing is."""
    if h.up_at is None:
        return ""
    if h.dry_since is not None and now - h.dry_since >= DRY:
        return Why.NO_MEDIA
    if _heard(h, now, SPOKEN_UNHEARD):
        return ""
    if h.astray_since is not None:
        return Why.DETACHED if now - h.astray_since >= ATTACH_WITHIN else ""
    if h.spoken_since is not None and now - max(h.spoken_since, h.up_at) > SPOKEN_UNHEARD:
        return Why.UNHEARD
    return ""


def _heard(h: Hearing, now: float, within: float) -> bool:
    return h.heard_at is not None and now - h.heard_at < within


def _mend(h: Hearing, now: float) -> tuple[Hearing, list[Deed]]:
    """Give a bad leg up, and ask again: at once the first time, then every ASK_EVERY."""
    deeds: list[Deed] = []
    fault = _fault(h, now)
    if fault:
        deeds.append(Drop(h.call_id))
        h = _without_leg(h, fault)
    elif h.under_way and now - h.asked_at >= PATIENCE:
        if h.call_id:
            deeds.append(Drop(h.call_id))
        h = _without_leg(h, h.fault or Why.LEG_LOST)
    if h.up_at is None and not h.under_way and not h.call_id and now - h.asked_at >= ASK_EVERY:
        h = replace(h, attempt=h.attempt + 1, asked_at=now, under_way=True)
        deeds.append(Ask(h.mode, h.attempt))
    return h, deeds


def _name(h: Hearing, now: float) -> Hearing:
    """The one word for people; a leg that proves good clears the fault of those before it."""
    ear, why = _ear(h, now)
    if h.fault and ear in _WELL:
        h = replace(h, fault="")
    if (ear, why) == (h.ear, h.why):
        return h
    return replace(h, ear=ear, why=why, since=now if ear is not h.ear else h.since)


_WELL = (Ear.HEARING, Ear.QUIET, Ear.WAITING)


def _ear(h: Hearing, now: float) -> tuple[Ear, str]:
    if not h.wanted:
        return Ear.OFF, ""
    if h.up_at is None:
        return (Ear.DEAF, h.fault) if h.fault else (Ear.JOINING, "")
    if _heard(h, now, QUIET_AFTER):
        return Ear.HEARING, ""
    if h.ear is Ear.DEAF and h.spoken_since is not None:  # a new leg proves itself by being heard
        return Ear.DEAF, h.why
    if h.attached == "waiting":
        return Ear.WAITING, ""
    if h.attached == "attached":
        return Ear.QUIET, ""
    return (Ear.DEAF, h.fault) if h.fault else (Ear.JOINING, "")
