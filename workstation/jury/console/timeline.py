"""The journal of the candidate's station as a list that only grows: each row once, with what it ends and how long that lasted."""

from __future__ import annotations

from dataclasses import replace

from workstation.desk.events import RowArrived
from workstation.desk.words import instant
from workstation.jury.console.events import JournalRestarted
from workstation.jury.console.room_view import record
from workstation.jury.console.state import Entry, JuryState, Running
from workstation.jury.console.steps import Step

KEPT = 5000
LOOKS = "DeskLooks"


def restarted(state: JuryState, event: JournalRestarted) -> Step:
    return replace(state, seq=0, timeline=(), running=Running(), looks={}, parked={}), ()


def row_arrived(state: JuryState, event: RowArrived) -> Step:
    """Rows without `seq` are only for the moment: of them, what the desk shows is kept."""
    data = record(event.data)
    if event.seq is None:
        return (replace(state, looks=data), ()) if event.kind == LOOKS else (state, ())
    if event.seq <= state.seq:
        return state, ()
    if not _telling(state.running, event.kind, data):
        return replace(state, seq=event.seq), ()
    at = instant(str(data.get("told_at") or "")) or instant(event.at)
    running, lasted = _lasting(state.running, event.kind, event.call_key, data, at)
    since_start = at - running.started_at if running.started_at is not None else None
    entry = Entry(event.seq, at, event.kind, event.call_key, event.actor, data, since_start, lasted)
    if event.kind == "SimulationEnded":
        running = replace(running, started_at=None)
    state = replace(state, seq=event.seq, running=running, timeline=(*state.timeline, entry)[-KEPT:])
    if event.kind == "ScreenOpened":
        state = replace(state, looks={"screen": data.get("screen")})
    return _parking(state, event.kind, event.call_key, data), ()


def _telling(running: Running, kind: str, data: dict[str, object]) -> bool:
    """Of what jurors hear, only deafness and its end; of a transfer, only its outcome."""
    if kind == "JurorHears":
        return data.get("state") == "deaf" or data.get("seat") in running.deaf
    return kind != "TransferProgressed" or bool(data.get("final"))


def _lasting(running: Running, kind: str, key: str, data: dict[str, object], at: float) -> tuple[Running, float | None]:
    match kind:
        case "SimulationStarted":
            return replace(running, started_at=at), None
        case "SimulationEnded":
            return running, at - running.started_at if running.started_at is not None else None
        case "AgentStateChanged":
            return replace(running, state_since=at), at - running.state_since if running.state_since is not None else None
        case "JurorHears":
            seat = frozenset({str(data.get("seat"))})
            return replace(running, deaf=running.deaf | seat if data.get("state") == "deaf" else running.deaf - seat), None
        case "CallAnswered":
            return replace(running, answered={**running.answered, key: at}), None
        case "CallHeld":
            return replace(running, held={**running.held, key: at}), None
        case "CallResumed" | "CallEnded":
            begun = running.held if kind == "CallResumed" else running.answered
            lasted = at - begun[key] if key in begun else None
            return replace(
                running,
                held=_without(running.held, key),
                answered=running.answered if kind == "CallResumed" else _without(running.answered, key),
            ), lasted
    return running, None


def _without(times: dict[str, float], key: str) -> dict[str, float]:
    return {k: at for k, at in times.items() if k != key}


def _parking(state: JuryState, kind: str, key: str, data: dict[str, object]) -> JuryState:
    if kind != "ExchangeParked":
        return state
    space = str(data.get("space") or "")
    parked = {place: call for place, call in state.parked.items() if call != key}
    if space:
        parked[space] = key
    return replace(state, parked=parked)
