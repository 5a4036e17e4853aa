"""What a juror notes and orders, as the requests that say it; each may be sent again without harm. Pure."""

from __future__ import annotations

from typing import Any

from workstation.desk.state import Record
from workstation.jury.console import room_view as view
from workstation.jury.console.exam_view import FREE, GRID, Note, candidate, competence, simulation_noted, sitting
from workstation.jury.console.hint_view import hint_path
from workstation.jury.console.state import JuryState, JuryWrite


def _write(state: JuryState, id: str, at: float, method: str, path: str, body: Record) -> JuryWrite:
    return JuryWrite(id, sitting(state), method, path, body, at)


def mark(state: JuryState, criterion: str, value: str, id: str, at: float) -> JuryWrite:
    body = {"write_id": id, "criterion": criterion, "value": value, **_of_simulation(state)}
    return _write(state, id, at, "PUT", f"{GRID}/marks", body)


def _of_simulation(state: JuryState) -> Record:
    """In practice a grid is of one simulation: what is late for it goes into no other."""
    noted = simulation_noted(state)
    return {"simulation": noted} if noted else {}


def new_note(state: JuryState, page: str, text: str, id: str, at: float, *, simulation: str = "") -> JuryWrite:
    """`page`: a competence, a transversal one, FREE. Of a competence, it says which simulation runs."""
    own = bool(competence(state, page))
    about = {"competence": page if own else "", "transversal": "" if own or page == FREE else page}
    body = {"text": text, "simulation": simulation, **about, "pinned": False, "answer": ""}
    return _write(state, id, at, "PUT", f"{GRID}/notes/{id}", body)


def changed_note(state: JuryState, note: Note, id: str, at: float, **changes: Any) -> JuryWrite:
    """`changes`: text, pinned, answer."""
    own = bool(competence(state, note.about))
    about = {"competence": note.about if own else "", "transversal": "" if own or note.about == FREE else note.about}
    body = {"text": note.text, "simulation": note.simulation, **about, "pinned": note.pinned, "answer": note.answer, **changes}
    return _write(state, id, at, "PUT", f"{GRID}/notes/{note.id}", body)


def removed_note(state: JuryState, note: Note, id: str, at: float) -> JuryWrite:
    return _write(state, id, at, "DELETE", f"{GRID}/notes/{note.id}", {})


def reveal(state: JuryState, simulation: str, fact: str, said: bool, id: str, at: float) -> JuryWrite:
    body = {"write_id": id, "simulation": simulation, "fact": fact, "said": said}
    return _write(state, id, at, "PUT", f"{GRID}/reveals", body)


def hint(state: JuryState, simulation: str, given: bool, id: str, at: float) -> JuryWrite:
    return _write(state, id, at, "POST", hint_path(simulation), {"write_id": id, "given": given})


def share(state: JuryState, id: str, at: float) -> JuryWrite:
    return _write(state, id, at, "POST", f"{GRID}/share", _of_simulation(state))


def decide(state: JuryState, subject: str, outcome: str, reason: str, id: str, at: float) -> JuryWrite:
    return _write(state, id, at, "POST", f"{GRID}/decisions", {"id": id, "subject": subject, "outcome": outcome, "reason": reason})


def assent(state: JuryState, decision: str, id: str, at: float) -> JuryWrite:
    return _write(state, id, at, "POST", f"{GRID}/decisions/{decision}/assent", {})


def exhibit(state: JuryState, what: str, remark: str, id: str, at: float) -> JuryWrite:
    return _write(state, id, at, "PUT", f"{GRID}/exhibits", {"what": what, "remark": remark})


# --- the phases -------------------------------------------------------------------------------------


def _station(state: JuryState, order: str) -> str:
    return f"/session/stations/{candidate(state).get('station') or view.my_station_id(state)}/{order}"


def freeze(state: JuryState, cause: str, id: str, at: float) -> JuryWrite:
    return _write(state, id, at, "POST", _station(state, "freeze"), {"write_id": id, "nature": "incident", "cause": cause})


def resume(state: JuryState, choice: str, given: int, remark: str, id: str, at: float) -> JuryWrite:
    """`given`: seconds given back besides those of the stop itself."""
    body = {"write_id": id, "choice": choice, "given": given, "remark": remark}
    return _write(state, id, at, "POST", _station(state, "resume"), body)


def end_phase(state: JuryState, phase: str, id: str, at: float) -> JuryWrite:
    return _write(state, id, at, "POST", _station(state, "end"), {"write_id": id, "phase": phase})


# --- the written conversation, as the customer ------------------------------------------------------


def offer_chat(state: JuryState, simulation: str, chat_id: str, id: str, at: float) -> JuryWrite:
    return _write(state, id, at, "POST", "/chat", {"write_id": id, "chat_id": chat_id, "simulation": simulation})


def say_in_chat(state: JuryState, chat_id: str, text: str, id: str, at: float) -> JuryWrite:
    return _write(state, id, at, "POST", f"/chat/{chat_id}/messages", {"write_id": id, "text": text})


def close_chat(state: JuryState, chat_id: str, id: str, at: float) -> JuryWrite:
    return _write(state, id, at, "POST", f"/chat/{chat_id}/close", {"write_id": id})
