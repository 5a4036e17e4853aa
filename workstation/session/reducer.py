"""`apply(state, event)`: the one place where a session console's state moves. Pure.

An order is told when it is asked, then as confirmed or refused; what the room shows is only ever its own view.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from workstation.desk.changes import link_is_down, link_is_up, say
from workstation.desk.course import phase_word
from workstation.desk.events import LinkDown, LinkUp, PlaceLost, Said
from workstation.desk.state import Record
from workstation.desk.words import duration, instant
from workstation.i18n import _
from workstation.session import effects as fx
from workstation.session import events as ev
from workstation.session import view
from workstation.session.state import Asked, SessionState

Step = tuple[SessionState, tuple[fx.SessionEffect, ...]]


def apply(state: SessionState, event: ev.SessionEvent) -> Step:
    """The state after `event`, and what to ask of the world, in order."""
    return _MOVES[type(event)](state, event)


def _ordered(state: SessionState, *orders: fx.Order | fx.MakeArchive) -> Step:
    asked = {**state.asked, **{one.write_id: Asked(one.words) for one in orders}}
    return replace(state, asked=asked), orders


# --- the room ---------------------------------------------------------------------------------------


def _link_up(state: SessionState, event: LinkUp) -> Step:
    return replace(link_is_up(state, event.at), replaced=False), ()


def _link_down(state: SessionState, event: LinkDown) -> Step:
    words = _("Liaison avec la salle coupée : nouvel essai en cours. Les temps des candidats courent sur le serveur.")
    return link_is_down(state, words, event.at), ()


def _place_lost(state: SessionState, event: PlaceLost) -> Step:
    if state.replaced:
        return state, ()
    words = _("Cette place a été reprise par un autre ordinateur : demandez un nouveau code sur le serveur de la salle.")
    return say(replace(state, replaced=True, link="down"), words, event.at, "error"), ()


def _view_arrived(state: SessionState, event: ev.ViewArrived) -> Step:
    before = state
    state = replace(state, view=event.view)
    told = instant(str(view.room(state).get("server_now") or ""))
    if told:
        state = replace(state, clock_offset=told - event.at)
    if before.view:
        state = _say_changes(before, state, event.at)
    known = _known(state)
    if state.chosen not in known:
        state = replace(state, chosen=known[0] if known else "")
    opened = view.session(state).get("id")
    if view.leads(state) and opened and opened != view.session(before).get("id"):
        return replace(state, archives={}), (fx.ListArchives(),)
    return state, ()


def _known(state: SessionState) -> list[str]:
    return [str(one["number"]) for one in view.candidates(state)] if view.leads(state) else [str(one["id"]) for one in view.stations(state)]


def _say_changes(before: SessionState, state: SessionState, at: float) -> SessionState:
    """What happened to a candidate that nobody here has done, or that must be seen: stops, decisions, ends, a station gone."""
    for one in view.candidates(state):
        number = str(one["number"])
        was = view.candidate(before, number)
        if not was:
            continue
        who = _("Candidat {number} ({station})").format(number=number, station=view.label(one))
        stopped, stopped_before = view.frozen(one), view.frozen(was)
        if stopped and not stopped_before:
            nature = _(view.NATURE_WORDS.get(str(stopped.get("nature")), "INCIDENT"))
            by = view.actor(state, one, str(stopped.get("by") or ""))
            words = _("{who} : {nature}, {cause} (arrêté par {by}).").format(who=who, nature=nature, cause=stopped.get("cause"), by=by)
            state = say(state, words, at, "warning", quiet=stopped.get("by") == state.role)  # one's own is confirmed besides
        elif stopped_before and not stopped:
            told = _("passage reporté") if view.course(one).get("postponed") else _("le temps court de nouveau")
            state = say(state, f"{who} : {told}.", at)
        elif stopped and view.proposal(one, "jury") != view.proposal(was, "jury"):
            state = say(state, _("{who} : le jury dit « {choice} ».").format(who=who, choice=view.proposal_words(one, "jury")), at)
        if view.phase(was) and view.phase(was).get("id") != view.phase(one).get("id") and not stopped_before:
            state = say(state, _("{who} : {phase}, terminé.").format(who=who, phase=phase_word(str(view.phase(was)["id"]))), at)
        if was.get("connected") and not one.get("connected") and not view.over(one):
            state = say(state, _("{who} : POSTE COUPÉ.").format(who=who), at, "error")
    return state


# --- what became of an order ------------------------------------------------------------------------


def _done(state: SessionState, write_id: str) -> tuple[SessionState, str]:
    asked = state.asked.get(write_id)
    rest = {key: one for key, one in state.asked.items() if key != write_id}
    return replace(state, asked=rest), asked.words if asked is not None else ""


def _confirmed(state: SessionState, event: ev.Confirmed) -> Step:
    state, words = _done(state, event.write_id)
    more = f" {event.words}" if event.words else ""
    return (say(state, _("Confirmé : {what}.").format(what=words) + more, event.at) if words else state), ()


def _refused(state: SessionState, event: ev.Refused) -> Step:
    state, words = _done(state, event.write_id)
    told = _("Refusé : {what}. {why}").format(what=words, why=event.title) if words else event.title
    return say(state, told, event.at, "error"), ()


def _sent_again(state: SessionState, event: ev.SentAgain) -> Step:
    asked = state.asked.get(event.write_id)
    if asked is None or asked.late:
        return state, ()
    state = replace(state, asked={**state.asked, event.write_id: replace(asked, late=True)})
    return say(state, _("PAS ENCORE CONFIRMÉ : {what}. Nouvel essai.").format(what=asked.words), event.at, "warning"), ()


def _given_up(state: SessionState, event: ev.GivenUp) -> Step:
    state, words = _done(state, event.write_id)
    told = _("NON CONFIRMÉ : {what}. La salle ne répond pas : au retour de la liaison, regardez l'écran avant de recommencer.")
    return say(state, told.format(what=words), event.at, "error"), ()


def _archives(state: SessionState, event: ev.ArchivesArrived) -> Step:
    return replace(state, archives=event.told), ()


def _chosen(state: SessionState, event: ev.Chosen) -> Step:
    return replace(state, chosen=event.ident), ()


def _said(state: SessionState, event: Said) -> Step:
    return say(state, event.text, event.at, event.tone), ()


# --- orders -----------------------------------------------------------------------------------------


def _people(people: tuple[tuple[str, str, str], ...]) -> list[Record]:
    return [{"place": place, "role": role, "name": name} for place, role, name in people]


def _open(state: SessionState, event: ev.OpenWanted) -> Step:
    settings = {"spellcheck": event.spellcheck, "office": event.office, "retention_days": event.retention_days}
    body = {"write_id": event.write_id, "type": event.kind, "title": event.title, "people": _people(event.people), "settings": settings}
    words = _("ouvrir la session « {title} »").format(title=event.title)
    return _ordered(state, fx.Order(event.write_id, "POST", "/session", words, body))


def _set_people(state: SessionState, event: ev.PeopleWanted) -> Step:
    body = {"people": _people(event.people)}
    return _ordered(state, fx.Order(event.write_id, "PUT", "/session/people", _("noms des personnes"), body))


def _candidate(state: SessionState, event: ev.CandidateWanted) -> Step:
    body = {
        "number": event.number,
        "station": event.station,
        "variant": event.variant,
        "seconds": dict(event.seconds),
        "starts_at": event.starts_at,
        "jury": list(event.jury),
        "trainers": list(event.trainers),
    }
    words = _("inscrire le candidat {number}").format(number=event.number)
    state, effects = _ordered(state, fx.Order(event.write_id, "POST", "/session/candidates", words, body))
    return replace(state, chosen=state.chosen or event.number), effects


def _jury(state: SessionState, event: ev.JuryWanted) -> Step:
    body = {"write_id": event.write_id, "left": event.left, "entered": event.entered, "name": event.name, "same": event.same}
    body |= {"player": event.player, "reason": event.reason}
    words = _("changer le jury du candidat {number}").format(number=event.number)
    path = f"/session/candidates/{quote(event.number, safe='')}/jury"
    return _ordered(state, fx.Order(event.write_id, "POST", path, words, body))


def _remove(state: SessionState, event: ev.RemoveWanted) -> Step:
    path = f"/session/candidates/{quote(event.number, safe='')}"
    return _ordered(state, fx.Order(event.write_id, "DELETE", path, _("retirer le candidat {number}").format(number=event.number)))


def _sitting(state: SessionState, event: ev.SittingWanted) -> Step:
    path = f"/session/candidates/{quote(event.number, safe='')}/sitting"
    words = _("ouvrir la séance du candidat {number}").format(number=event.number)
    return _ordered(state, fx.Order(event.write_id, "POST", path, words, {"write_id": event.write_id}))


def _at(state: SessionState, number: str, order: str) -> str:
    return f"/session/stations/{quote(str(view.candidate(state, number).get('station') or ''), safe='')}/{order}"


def _start(state: SessionState, event: ev.StartWanted) -> Step:
    orders = []
    for number, phase, write_id in event.starts:
        body = {"write_id": write_id, "phase": phase, "late": event.late}
        words = _("{phase}, candidat {number} : commencer").format(phase=phase_word(phase), number=number)
        orders.append(fx.Order(write_id, "POST", _at(state, number, "start"), words, body))
    return _ordered(state, *orders)


def _end(state: SessionState, event: ev.EndWanted) -> Step:
    body = {"write_id": event.write_id, "phase": event.phase, "reason": event.reason}
    words = _("{phase}, candidat {number} : terminer").format(phase=phase_word(event.phase), number=event.number)
    return _ordered(state, fx.Order(event.write_id, "POST", _at(state, event.number, "end"), words, body))


def _freeze(state: SessionState, event: ev.FreezeWanted) -> Step:
    """Sent until the room has it: a clock that ought to stand must stand."""
    body = {"write_id": event.write_id, "nature": event.nature, "cause": event.cause}
    one = view.at_station(state, event.station)
    nature = _(view.NATURE_WORDS[event.nature])
    words = _("{nature}, candidat {number} : arrêter le temps").format(nature=nature, number=one.get("number") or "?")
    path = f"/session/stations/{quote(event.station, safe='')}/freeze"
    return _ordered(state, fx.Order(event.write_id, "POST", path, words, body, patient=True))


def _resume(state: SessionState, event: ev.ResumeWanted) -> Step:
    body = {"write_id": event.write_id, "choice": event.choice, "given": event.given, "remark": event.remark}
    choice = _(view.CHOICE_WORDS[event.choice])
    words = _("candidat {number} : {choice}").format(number=event.number, choice=choice)
    if event.given:
        words += " " + _("(+ {time})").format(time=duration(event.given))
    return _ordered(state, fx.Order(event.write_id, "POST", _at(state, event.number, "resume"), words, body))


def _grant(state: SessionState, event: ev.GrantWanted) -> Step:
    body = {"write_id": event.write_id, "seconds": event.seconds, "reason": event.reason}
    words = _("candidat {number} : {time} de plus").format(number=event.number, time=duration(event.seconds))
    return _ordered(state, fx.Order(event.write_id, "POST", _at(state, event.number, "grant"), words, body))


def _absent(state: SessionState, event: ev.AbsentWanted) -> Step:
    words = _("candidat {number} : absent").format(number=event.number)
    return _ordered(state, fx.Order(event.write_id, "POST", _at(state, event.number, "absent"), words, {"write_id": event.write_id}))


def _archive(state: SessionState, event: ev.ArchiveWanted) -> Step:
    wanted = [
        fx.MakeArchive(write_id, number, _("archive du candidat {number}").format(number=number)) for number, write_id in event.archives
    ]
    return _ordered(state, *wanted)


def _save_archive(state: SessionState, event: ev.SaveArchiveWanted) -> Step:
    return state, (fx.SaveArchive(event.name, event.sha256, event.folder),)


def _minutes(state: SessionState, event: ev.MinutesWanted) -> Step:
    return state, (fx.SaveMinutes(event.form, event.folder),)


def _close(state: SessionState, event: ev.CloseWanted) -> Step:
    body = {"session": str(view.session(state).get("id") or "")}
    return _ordered(state, fx.Order(event.write_id, "POST", "/session/close", _("fermer la session"), body))


_MOVES: dict[type, Callable[[Any, Any], Step]] = {
    LinkUp: _link_up,
    LinkDown: _link_down,
    PlaceLost: _place_lost,
    Said: _said,
    ev.ViewArrived: _view_arrived,
    ev.Confirmed: _confirmed,
    ev.Refused: _refused,
    ev.SentAgain: _sent_again,
    ev.GivenUp: _given_up,
    ev.ArchivesArrived: _archives,
    ev.Chosen: _chosen,
    ev.OpenWanted: _open,
    ev.PeopleWanted: _set_people,
    ev.CandidateWanted: _candidate,
    ev.JuryWanted: _jury,
    ev.RemoveWanted: _remove,
    ev.SittingWanted: _sitting,
    ev.StartWanted: _start,
    ev.EndWanted: _end,
    ev.FreezeWanted: _freeze,
    ev.ResumeWanted: _resume,
    ev.GrantWanted: _grant,
    ev.AbsentWanted: _absent,
    ev.ArchiveWanted: _archive,
    ev.SaveArchiveWanted: _save_archive,
    ev.MinutesWanted: _minutes,
    ev.CloseWanted: _close,
}
