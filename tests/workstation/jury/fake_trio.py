"""People who practise together at the third station of the fake room: rounds, and the grid of its one simulation, in memory."""

from __future__ import annotations

from typing import Any

from tests.workstation.jury.fake_exam import CRITERIA, EVIDENCE, LABELS, _now

PLAYED = "S1"


class FakeTrio:
    """`shows` is what the observer of the other console does."""

    def __init__(self) -> None:
        self.team: dict[str, Any] = {"round": 0, "people": [], "proposed": PLAYED, "played": [], "shown": []}
        self.marks: dict[str, dict[str, str]] = {}
        self.notes: dict[str, dict[str, Any]] = {}
        self.shared: dict[str, str] = {}
        self.revealed: dict[str, dict[str, str]] = {}

    def of_station(self, place: int) -> dict[str, Any]:
        return {"team": self.team, "grid_version": 0} if place == 3 else {"team": {**self.team}, "grid_version": 0}

    def plays(self, simulation: str = PLAYED) -> None:
        """Begun and over in this round."""
        people = dict(zip(("stagiaire", "client", "observateur"), self.team["people"], strict=False))
        self.team["played"] = [
            {"simulation": simulation, "round": self.team["round"], "people": people, "began_at": _now(), "ended_at": _now()}
        ]
        self.team["proposed"] = "S4"

    def shows(self, seat: str, marks: dict[str, str]) -> None:
        self.marks[seat], self.shared[seat] = marks, _now()

    def answer(self, method: str, path: str, body: dict[str, Any], me: dict[str, Any], station: dict[str, Any]) -> Any:
        """None for what is no route of this."""
        if path == "/jury/team":
            self.team.update(round=1, people=body["people"])
        elif path == "/jury/team/next":
            people = self.team["people"]
            self.team.update(round=body["round"] + 1, people=[people[-1], *people[:-1]])
        elif path == f"/jury/grid/evidence/{PLAYED}":
            return EVIDENCE
        elif path.startswith("/jury/grid"):
            begun = any(one["id"] == PLAYED and one["state"] != "à faire" for one in station["simulations"])
            if not begun or not self._write(path.removeprefix("/jury/grid/"), body, str(me["seat"])):
                return None
            return self.grid(str(me["seat"]), str(me["role"]))
        else:
            return None
        return self.team

    def _write(self, what: str, body: dict[str, Any], seat: str) -> bool:
        if what == "marks":
            self.marks.setdefault(seat, {})[body["criterion"]] = body["value"]
        elif what == "share":
            self.shared[seat] = _now()
            self.team["shown"] = [PLAYED]
        elif what == "reveals":
            self.revealed.setdefault(body["simulation"], {})[body["fact"]] = _now()
        elif what.startswith("notes/"):
            id = what.removeprefix("notes/")
            self.notes[id] = {"at": _now(), **body, "id": id, "seat": seat}
        return True

    def grid(self, me: str, role: str) -> dict[str, Any]:
        readable = [*([me] if role == "observer" else []), *(one for one in self.shared if one != me)]
        return {
            "sitting": "s3",
            "simulation": PLAYED,
            "session": {"interview": []},
            "competences": [{"id": "c2", "label": LABELS["c2"], "ccp": "ccp1", "criteria": CRITERIA["c2"], "written": []}],
            "transversal": [{"id": "t1", "label": "Communiquer à l'oral et à l'écrit"}],
            "me": me,
            "jurors": readable,
            "shared": self.shared,
            "open": False,
            "marks": {seat: dict(self.marks.get(seat, {})) for seat in readable},
            "notes": [one for one in self.notes.values() if one["seat"] in readable],
            "revealed": self.revealed,
        }
