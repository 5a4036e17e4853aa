"""What the exam session and the jury's grid change, and what the juror notes. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from scenarios.chat import Chats
from workstation.desk.changes import say
from workstation.desk.events import LinkUp, RowArrived
from workstation.desk.state import Record
from workstation.desk.team import people_of, round_words, team_of
from workstation.i18n import _, labelled
from workstation.jury.console import exam_view as exam
from workstation.jury.console import room_view as view
from workstation.jury.console import timeline
from workstation.jury.console.effects import FetchEvidence, FetchGrid, FetchSheet, ForgetWork, JuryEffect, KeepTyped, KeepWrite
from workstation.jury.console.events import (
    EvidenceArrived,
    EvidenceWanted,
    FactsWanted,
    GridArrived,
    JournalRestarted,
    OwedLoaded,
    SessionArrived,
    SheetWanted,
    Typed,
    WriteAnswered,
    WriteRefused,
    WriteWanted,
)
from workstation.jury.console.state import Facts, JuryState
from workstation.jury.console.steps import Step


@dataclass(frozen=True)
class _Row:
    """A row as the folds of scenarios read it."""

    seq: int
    at: str
    kind: str
    call_key: str
    actor: str
    data: Record


REPLY = "reply"  # kind of the record of a written reply


def following(move: Callable[[JuryState, Any], Step]) -> Callable[[JuryState, Any], Step]:
    """That move, and the grid asked for when whoever plays at our station is another, or something of the grid has changed. A juror who
    has left leaves nothing here."""

    def moved(before: JuryState, event: Any) -> Step:
        state, effects = move(before, event)
        state, forgotten = _forget_left(before, state, getattr(event, "at", 0.0))
        effects = (*effects, *forgotten)
        if exam.sitting(before) != exam.sitting(state):
            state = replace(state, grid={}, evidence={}, facts=Facts())
        fresh = isinstance(event, LinkUp) or (isinstance(event, SessionArrived) and event.fresh)
        if exam.noting(state) and (fresh or not exam.noting(before) or exam.grid_sign(before) != exam.grid_sign(state)):
            effects = (*effects, FetchGrid())
        at = getattr(event, "at", 0.0)
        return _say_round(before, _say_stop(before, state, at), at), effects

    return moved


def _forget_left(before: JuryState, state: JuryState, at: float) -> Step:
    """Nothing that a juror of before noted here, was told or was reading is for whoever sits here now."""
    gone = exam.left(state)
    owed = tuple(one for one in state.owed if one.sitting not in gone)
    typed = {key: text for key, text in state.typed.items() if key.partition("|")[0] not in gone}
    was = exam.sitting(before)
    if was not in gone and (owed, typed) == (state.owed, state.typed):
        return state, ()
    state = replace(state, owed=owed, typed=typed)
    if was in gone:
        state, _none = restarted(replace(state, notices=()), JournalRestarted())
        out = _("Cette place n'est plus du jury de ce candidat (responsable de session) : plus rien de lui ne se lit ici.")
        other = _("Une autre personne siège à cette place (responsable de session) : sa grille commence vide, rien d'avant ne se lit ici.")
        state = say(state, other if exam.sitting(state) else out, at, "warning")
    return state, (ForgetWork(gone),)


def _say_round(before: JuryState, state: JuryState, at: float) -> JuryState:
    """People who practise together have moved on, by whichever console asked for it."""
    was, now = team_of(view.my_station(before)), team_of(view.my_station(state))
    moved = (was.get("round"), people_of(was)) != (now.get("round"), people_of(now))
    if not moved or not people_of(now) or view.my_station_id(before) != view.my_station_id(state):
        return state
    return say(state, round_words(now.get("round"), people_of(now)), at, "warning")


def _say_stop(before: JuryState, state: JuryState, at: float) -> JuryState:
    """A stop of the candidate's clock, by whoever asked for it, and its end."""
    was, now = exam.frozen(before), exam.frozen(state)
    if now and now.get("id") != was.get("id"):
        words = labelled(_("ÉPREUVE SUSPENDUE"), str(now.get("cause") or ""))
        return say(state, words, at, "warning")
    if was and not now and exam.sitting(before) == exam.sitting(state) and exam.candidate(state):
        return say(state, _("L'épreuve reprend."), at)
    return state


def session_arrived(state: JuryState, event: SessionArrived) -> Step:
    return replace(state, session=event.session), ()


def grid_arrived(state: JuryState, event: GridArrived) -> Step:
    return replace(state, grid=event.grid), ()


def owed_loaded(state: JuryState, event: OwedLoaded) -> Step:
    known = {one.id for one in event.writes}
    later = tuple(one for one in state.owed if one.id not in known)
    return replace(state, owed=(*event.writes, *later), typed={**event.typed, **state.typed}), ()


def want_write(state: JuryState, event: WriteWanted) -> Step:
    """Never without knowing whose it is."""
    if not event.write.sitting:
        return say(state, _("Choisissez d'abord un poste et un rôle (F2)."), event.write.at, "warning"), ()
    return replace(state, owed=(*state.owed, event.write)), (KeepWrite(event.write),)


def write_answered(state: JuryState, event: WriteAnswered) -> Step:
    done = next((one for one in state.owed if one.id == event.id), None)
    if done is None:
        return state, ()
    state = replace(state, owed=tuple(one for one in state.owed if one.id != event.id))
    if done.path.startswith(exam.GRID) and done.sitting == exam.sitting(state):
        return replace(state, grid=event.told), ()
    return state, ()


def write_refused(state: JuryState, event: WriteRefused) -> Step:
    """What was written stays readable in the messages."""
    done = next((one for one in state.owed if one.id == event.id), None)
    state = replace(state, owed=tuple(one for one in state.owed if one.id != event.id))
    words = str((done.body.get("text") or done.body.get("reason") or done.body.get("remark") or "") if done else "")
    title = _("Non enregistré : {why}").format(why=event.title)
    return say(state, f"{title} « {words} »" if words else title, event.at, "error"), ()


def typed(state: JuryState, event: Typed) -> Step:
    kept = {key: text for key, text in state.typed.items() if key != event.key}
    return replace(state, typed={**kept, event.key: event.text} if event.text else kept), (KeepTyped(event.key, event.text),)


# --- facts of the file ------------------------------------------------------------------------------


def want_facts(state: JuryState, event: FactsWanted) -> Step:
    if not event.simulation:
        return replace(state, facts=Facts()), ()
    return replace(state, facts=Facts(event.simulation, asked=True)), (FetchEvidence(event.simulation),)


def want_evidence(state: JuryState, event: EvidenceWanted) -> Step:
    return state, (FetchEvidence(event.simulation),)


def want_sheet(state: JuryState, event: SheetWanted) -> Step:
    return state, () if event.simulation in state.sheets else (FetchSheet(event.simulation),)


def evidence_arrived(state: JuryState, event: EvidenceArrived) -> Step:
    state = replace(state, evidence={**state.evidence, event.simulation: event.report})
    if state.facts.simulation != event.simulation:
        return state, ()
    again = state.facts.stale
    return replace(state, facts=Facts(event.simulation, asked=again)), (FetchEvidence(event.simulation),) if again else ()


def row_arrived(state: JuryState, event: RowArrived) -> Step:
    """A row of the journal: the timeline's, the conversations', the replies'; facts in sight are asked for again."""
    known = state.seq
    state, effects = timeline.row_arrived(state, event)
    if event.seq is None or event.seq <= known:
        return state, effects
    data = view.record(event.data)
    if event.kind.startswith("Chat") and data.get("chat_id"):
        row = _Row(event.seq, event.at, event.kind, event.call_key, event.actor, data)
        state = replace(state, chats=state.chats.apply(row))
    if event.kind in ("RecordCreated", "RecordChanged") and data.get("record_kind") == REPLY:
        id = str(data.get("id") or "")
        state = replace(state, replies={**state.replies, id: {**state.replies.get(id, {}), **view.record(data.get("after"))}})
    more: tuple[JuryEffect, ...] = ()
    if state.facts.simulation and state.facts.asked:
        state = replace(state, facts=replace(state.facts, stale=True))
    elif state.facts.simulation:
        state = replace(state, facts=replace(state.facts, asked=True))
        more = (FetchEvidence(state.facts.simulation),)
    return state, (*effects, *more)


def restarted(state: JuryState, event: JournalRestarted) -> Step:
    state, effects = timeline.restarted(state, event)
    return replace(state, replies={}, chats=Chats()), effects
