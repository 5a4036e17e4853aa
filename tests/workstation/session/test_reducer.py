"""Conversations with the reducer of a session console: what is asked of the room, what is told, what its view says."""

from __future__ import annotations

import copy
from typing import Any

from workstation.desk.events import LinkDown, LinkUp, PlaceLost
from workstation.session import effects as fx
from workstation.session import events as ev
from workstation.session import view
from workstation.session.actions import MANAGER, useful_now
from workstation.session.reducer import apply
from workstation.session.state import Role, SessionState

T0 = 1_795_417_200.0  # 2026-11-23 07:00 UTC
RUNNING = {"id": "contacts", "state": "en cours", "seconds": 2700, "jury_present": True, "late": 0, "ends_at": "2026-11-23T07:30:00+00:00"}
TO_COME = {"id": "written", "state": "à venir", "seconds": 900, "jury_present": True, "late": 0, "remaining": 900}


def candidate(number: str, station: str, **course: Any) -> dict[str, Any]:
    told = {"phases": [RUNNING, TO_COME], "phase": "contacts", "next": "", "frozen": None, "over": False, **course}
    return {"number": number, "station": station, "label": f"Poste {station[-1]}", "opened": True, "connected": True, "course": told}


def frozen(proposed: dict[str, Any] | None = None) -> dict[str, Any]:
    about = {"id": "f1", "nature": "incident", "cause": "Coupure", "by": "invigilator", "since": "2026-11-23T07:00:00+00:00"}
    return {**about, "proposed": proposed or {}}


def session(*candidates: dict[str, Any]) -> dict[str, Any]:
    people = [{"place": "surveillance", "role": "invigilator", "name": "M. S"}]
    stations = [{"id": one["station"], "label": one["label"], "connected": one["connected"]} for one in candidates]
    phases = [{"id": "contacts", "seconds": 2700}, {"id": "written", "seconds": 900}]
    return {"id": "s1", "title": "Novembre", "people": people, "stations": stations, "phases": phases, "candidates": list(candidates)}


class Play:
    def __init__(self, *candidates: dict[str, Any], role: Role = "session_manager") -> None:
        self.state = SessionState(role=role)
        self.asked: list[Any] = []
        self.happens(LinkUp(T0))
        self.sees(*candidates)

    def happens(self, *events: ev.SessionEvent) -> list[Any]:
        self.asked = []
        for event in events:
            self.state, effects = apply(self.state, event)
            self.asked += effects
        return self.asked

    def sees(self, *candidates: dict[str, Any]) -> None:
        told = {"room": {"server_now": "2026-11-23T07:00:00+00:00"}, "session": session(*candidates) if candidates else {}}
        self.happens(ev.ViewArrived(copy.deepcopy(told), T0 - 5))

    @property
    def said(self) -> list[str]:
        return [one.text for one in self.state.notices]


def test_the_clock_is_the_servers_whatever_the_hour_here() -> None:
    play = Play(candidate("017", "poste1"))
    assert play.state.clock_offset == 5 and view.left(play.state, view.candidate(play.state, "017"), T0 - 5) == 1800


def test_an_order_is_told_as_asked_then_confirmed_or_refused() -> None:
    play = Play(candidate("017", "poste1", phase="", next="written"))
    [order] = play.happens(ev.StartWanted((("017", "written", "w1"),), late=True))
    assert (order.method, order.path, order.patient) == ("POST", "/session/stations/poste1/start", False)
    assert order.body == {"write_id": "w1", "phase": "written", "late": True} and list(play.state.asked) == ["w1"]
    play.happens(ev.SentAgain("w1", T0), ev.SentAgain("w1", T0))
    assert [one for one in play.said if "PAS ENCORE CONFIRMÉ" in one] == play.said and len(play.said) == 1
    play.happens(ev.Confirmed("w1", T0))
    assert play.said[-1] == "Confirmé : Écrits, candidat 017 : commencer." and play.state.asked == {}
    play.happens(ev.StartWanted((("017", "written", "w2"),)), ev.Refused("w2", "La phase est terminée.", T0))
    assert play.said[-1] == "Refusé : Écrits, candidat 017 : commencer. La phase est terminée." and play.state.asked == {}
    play.happens(ev.StartWanted((("017", "written", "w3"),)), ev.GivenUp("w3", T0))
    assert play.said[-1].startswith("NON CONFIRMÉ") and play.state.asked == {}


def test_every_ready_candidate_is_started_by_an_order_of_its_own() -> None:
    play = Play(*(candidate(f"01{n}", f"poste{n}", phase="", next="written") for n in (1, 2, 3)))
    assert view.next_phases(play.state) == ["written"]
    orders = play.happens(ev.StartWanted(tuple((str(one["number"]), "written", f"w{one['number']}") for one in view.ready(play.state))))
    assert [one.path for one in orders] == [f"/session/stations/poste{n}/start" for n in (1, 2, 3)]
    assert len({one.write_id for one in orders}) == 3


def test_a_stop_made_elsewhere_is_told_with_who_and_why_and_the_jurys_word_after_it() -> None:
    play = Play(candidate("017", "poste1"))
    play.sees(candidate("017", "poste1", frozen=frozen()))
    assert play.said[-1] == "Candidat 017 (Poste 1) : INCIDENT, Coupure (arrêté par M. S)."
    jury = {"choice": "rendu", "given": 90, "by": "jury1"}
    play.sees(candidate("017", "poste1", frozen=frozen({"jury": jury})))
    assert "le jury dit « temps rendu (+ 01:30) »" in play.said[-1]
    play.sees(candidate("017", "poste1"))
    assert play.said[-1].endswith("le temps court de nouveau.")


def test_a_stop_is_patient_and_goes_by_the_station() -> None:
    play = Play(candidate("017", "poste1"), role="invigilator")
    assert play.state.chosen == "poste1" and view.in_front(play.state)["number"] == "017"
    [order] = play.happens(ev.FreezeWanted("poste1", "pause", "Pause accordée au candidat", "w1"))
    assert order == fx.Order(
        "w1",
        "POST",
        "/session/stations/poste1/freeze",
        "PAUSE, candidat 017 : arrêter le temps",
        {"write_id": "w1", "nature": "pause", "cause": "Pause accordée au candidat"},
        patient=True,
    )


def test_a_station_that_goes_is_told_once_and_a_place_that_is_lost_too() -> None:
    play = Play(candidate("017", "poste1"))
    play.sees({**candidate("017", "poste1"), "connected": False})
    play.sees({**candidate("017", "poste1"), "connected": False})
    assert [one for one in play.said if "POSTE COUPÉ" in one] == ["Candidat 017 (Poste 1) : POSTE COUPÉ."]
    play.happens(LinkDown(T0), PlaceLost(T0), PlaceLost(T0))
    assert play.state.link == "down" and sum("reprise par un autre" in one for one in play.said) == 1


def test_numbers_that_are_no_path_are_not_one() -> None:
    play = Play(candidate("17/3", "poste1"))
    [order] = play.happens(ev.SittingWanted("17/3", "w"))
    assert order.path == "/session/candidates/17%2F3/sitting"


def test_what_can_be_done_says_why_not_otherwise() -> None:
    play = Play(candidate("017", "poste1", frozen=frozen()))
    blocked = {action.id: action.blocked(play.state) for action in MANAGER}
    assert blocked["stop.resume"] == "" and "déjà arrêté" in blocked["stop.one"] and "décidez d'abord" in blocked["phase.end"]
    assert "017" in blocked["session.close"]
    assert useful_now(play.state)[0].id == "stop.resume"
    empty = Play()
    assert "stop.one" not in [one.id for one in useful_now(empty.state)]


def test_archives_are_asked_again_when_another_session_opens() -> None:
    play = Play()
    play.sees(candidate("017", "poste1", over=True, phase=""))
    assert play.asked == [fx.ListArchives()]
    assert view.without_archive(play.state) == ["017"]
    play.happens(ev.ArchivesArrived({"archives": [{"name": "candidat-017.zip", "sha256": "0" * 64}]}))
    assert view.without_archive(play.state) == []
