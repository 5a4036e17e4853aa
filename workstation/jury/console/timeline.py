"""The journal of the candidate's station as a list that only grows: each row once, with what it ends and how long that lasted."""

from __future__ import annotations

from dataclasses import replace

from workstation.desk.events import RowArrived
from workstation.desk.state import Record
from workstation.desk.words import instant
from workstation.jury.console.events import JournalRestarted
from workstation.jury.console.room_view import record
from workstation.jury.console.state import Entry, JuryState, Running
from workstation.jury.console.steps import Step, left_by_transfer, meet

KEPT = 5000


def restarted(state: JuryState, event: JournalRestarted) -> Step:
    return replace(state, seq=0, timeline=(), running=Running(), hints={}, screen="", recorded=False), ()


def row_arrived(state: JuryState, event: RowArrived) -> Step:
    """Rows without `seq` are only for the moment."""
    data = record(event.data)
    if event.seq is None or event.seq <= state.seq:
        return state, ()
    telling, running = _telling(state.running, event.kind, data)
    state = replace(state, running=running)
    if not telling:
        return replace(state, seq=event.seq), ()
    at = instant(str(data.get("told_at") or "")) or instant(event.at)
    running, lasted = _lasting(state.running, event.kind, event.call_key, data, at)
    since_start = running.elapsed(at)
    entry = Entry(event.seq, at, event.kind, event.call_key, event.actor, data, since_start, lasted)
    if event.kind == "SimulationEnded":
        running = replace(running, started_at=None)
    state = replace(state, seq=event.seq, running=running, timeline=(*state.timeline, entry)[-KEPT:])
    if event.kind in ("RecordingAgreed", "RecordingDeclined", "PeersRotated"):
        state = replace(state, recorded=event.kind == "RecordingAgreed")
    elif event.kind == "ScreenOpened":
        state = replace(state, screen=str(data.get("screen") or ""))
    elif event.kind == "HintGiven":
        others = {one: when for one, when in state.hints.items() if one != data.get("simulation")}
        state = replace(state, hints={**others, str(data.get("simulation")): at} if data.get("given") else others)
    elif event.kind in ("RecordCreated", "RecordChanged") and data.get("record_kind") == "contact":
        state = meet(state, str(data.get("id") or ""), _contact_words(record(data.get("after"))))
    elif event.kind == "ExchangeTransferred":
        state = replace(state, handed=state.handed | left_by_transfer(state, event.call_key, str(data.get("kind") or "")))
    return state, ()


def _telling(running: Running, kind: str, data: Record) -> tuple[bool, Running]:
    """Whether a row is news. Of what jurors hear, only deafness and its end; of a transfer, only its outcome; of the exchange, its stops
    and their ends; of listening, none that only checks the room."""
    listener = str(data.get("listener") or "")
    match kind:
        case "JurorHears":
            return data.get("state") == "deaf" or data.get("seat") in running.deaf, running
        case "TransferProgressed":
            return bool(data.get("final")), running
        case "ExchangeLinkChanged":
            return bool(data.get("up")) == running.cut_off, replace(running, cut_off=not data.get("up"))
        case "ExchangeListeningBegan":
            kept = running.checks - {listener} | ({listener} if data.get("check") else frozenset())
            return not data.get("check"), replace(running, checks=kept)
        case "ExchangeListeningEnded":
            return listener not in running.checks, replace(running, checks=running.checks - {listener})
    return True, running


def _contact_words(after: Record) -> str:
    person = " ".join(str(after.get(name) or "") for name in ("civility", "first_name", "last_name") if after.get(name))
    name = person if after.get("last_name") else str(after.get("company_name") or "")
    return " ".join(part for part in (name, str(after.get("reference") or "")) if part) if name else ""


def _lasting(running: Running, kind: str, key: str, data: dict[str, object], at: float) -> tuple[Running, float | None]:
    match kind:
        case "SimulationStarted":
            return replace(running, started_at=at, stood=0.0), None
        case "SimulationEnded":
            return running, running.elapsed(at)
        case "PhaseFrozen":
            return replace(running, frozen_at=at), None
        case "PhaseResumed" | "PhaseEnded" if running.frozen_at is not None:
            return replace(running, frozen_at=None, stood=running.stood + at - running.frozen_at), None
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
