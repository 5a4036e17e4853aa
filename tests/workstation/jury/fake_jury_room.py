"""A room server for the jury's console, in memory: one view, one journal, the jury's requests. Spoken to through httpx's mock transport
and two sockets of its own, so that the console's own link is what is tested. `up` False makes it unreachable; `cut` closes the sockets.
"""

from __future__ import annotations

import asyncio
import copy
import datetime as dt
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.workstation.jury.fake_exam import FakeExam
from tests.workstation.jury.fake_trio import FakeTrio

PERSONA: dict[str, Any] = {
    "contact_id": "corbulon-nadege",
    "number": "02 61 91 70 44",
    "name": "Mme Nadège Corbulon",
    "mood": 2,
    "opening": "Allô, oui ?",
    "situation": "Séparée depuis l'été, elle a changé de banque.",
    "request": "Aucune ; elle n'attendait pas l'appel.",
    "real_need": "Régler sans se mettre à découvert.",
    "hidden": [
        {"id": "banque", "fact": "L'ancien compte est clos.", "reveal": "si on demande ce qui s'est passé"},
        {"id": "iban", "fact": "Son nouvel IBAN.", "reveal": "jamais"},
    ],
    "objections": [
        {"says": "On m'a parlé de trente euros de frais.", "yields_if": "on confirme qu'il n'y en a pas", "holds_if": "on menace"}
    ],
    "branches": {"good": "Cherche une solution.", "average": "Se défend."},
    "hint": {"after": 5, "says": "Et si je ne peux pas tout payer d'un coup ?"},
    "limits": "Quatre versements de 41,15 €.",
    "forbidden": "La mère ne sait rien de la dette.",
    "ending": "Soulagée, remercie.",
}


def known(number: str, kind: str, name: str = "", reference: str = "", simulation: str = "") -> dict[str, str]:
    return {"number": number, "kind": kind, "name": name, "reference": reference, "simulation": simulation, "contact_id": ""}


WHO = {
    "0261917044": known("+33261917044", "persona", "Mme Nadège CORBULON", "MVL-199407", "S9"),
    "0199007700": known("+33199007700", "service", "SAV niveau 2"),
    "0199000001": known("+33199000001", "unknown"),
}
SIMULATIONS = [
    {"id": "S1", "competence": "c2", "title": "Un renseignement", "direction": "entrant", "channel": "téléphone", "minutes": 8},
    {"id": "S4", "competence": "c6", "title": "Une commande", "direction": "entrant", "channel": "téléphone", "minutes": 12},
    {"id": "S9", "competence": "c9", "title": "Quatre factures en attente", "direction": "sortant", "channel": "téléphone", "minutes": 10},
]
TOKEN = "seat-token"


def now() -> str:
    return dt.datetime.now(dt.UTC).isoformat()


class FakeJuryRoom:
    """`station(…)`, `exchange(…)` change the view and push it; `journal(…)` adds a row and pushes it."""

    def __init__(self, *, mode: str = "exam", role: str = "", stations: int = 3, customers: int = 0, exam: bool = False) -> None:
        self.up = True
        self.requests: list[tuple[str, str, dict[str, Any]]] = []
        self.tellings: list[tuple[str, str]] = []
        self.rows: list[dict[str, Any]] = []
        self.refuse: dict[str, tuple[int, str]] = {}  # path: (status, title)
        self.account = {"user": "jury1", "password": "x", "server": "192.0.2.1:5061", "transport": "tls", "label": "Jury 1", "ca": ""}
        self.personas = {one["id"]: copy.deepcopy(PERSONA) for one in SIMULATIONS}
        self.lines: dict[str, list[dict[str, Any]]] = {}  # ready ones of a chat, by simulation
        self.who: dict[str, dict[str, Any]] = copy.deepcopy(WHO)
        self._grants = 0
        self.exam = FakeExam() if exam else None
        self.trio = FakeTrio() if mode == "practice" else None
        self._sessions: set[asyncio.Queue[str | None]] = set()
        self._views: set[asyncio.Queue[str | None]] = set()
        self._journals: set[asyncio.Queue[str | None]] = set()
        exchange = {"kind": "asterisk", "up": True, "encrypted": True, "server": "192.0.2.1:5061", "since": now()}
        self.view: dict[str, Any] = {
            "room": {"name": "Salle", "mode": mode, "server_now": now(), "exchange": exchange},
            "me": {"seat": "jury1", "label": "Jury 1", "role": "", "station": "", "sitting": "", "left": [], "direct": ""},
            "stations": [self._station(place) for place in range(1, stations + 1)],
            "seats": [{"id": f"jury{n}", "label": f"Jury {n}", "role": "", "station": "", "connected": n == 1} for n in (1, 2)],
            "queues": [{"id": f"poste{n}", "waiting": [], "ready": []} for n in range(1, stations + 1)],
            "stream": None,
            "parked": [],
            "customers": [{"id": f"client{n}", "label": f"Client virtuel {n}", "connected": True} for n in range(1, customers + 1)],
            "listening": None,
        }
        if customers:
            self.view["queues"].append({"id": "commune", "waiting": [], "ready": ["poste1", "poste3"]})
        if role:
            self._sit(role, "poste3")

    def _station(self, place: int) -> dict[str, Any]:
        return {
            "id": f"poste{place}",
            "label": f"Poste {place}",
            "connected": True,
            "device": f"PC-{place}",
            "agent": {"state": "ready", "reason": None, "since": now(), "armed": None, "armed_reason": None, "unqualified": []},
            "line": {"registered": True, "reachable": True, "address": f"192.0.2.1{place}:41234", "transport": "tls"},
            "calls": [],
            "sitting": {"id": f"s{place}", "day": "2026-11-23", "title": "Brûlerie Marvalune", "scenario_now": "2026-11-23T09:12"},
            "current": None,
            "simulations": [{**one, "state": "à faire"} for one in SIMULATIONS],
            "player": "",
            "listeners": [],
            "talking": {"own": False, "far": False},
            **(self.trio.of_station(place) if self.trio is not None else {}),
        }

    # --- what tests make happen ---------------------------------------------------------------------

    @property
    def mine(self) -> dict[str, Any]:
        """The third station, where tests sit."""
        third: dict[str, Any] = self.view["stations"][2]
        return third

    def station(self, **changes: Any) -> None:
        self.mine.update(changes)
        if "sitting" in changes:
            self.view["me"]["sitting"] = changes["sitting"]["id"]
        self.push()

    def exchange(self, **changes: Any) -> None:
        self.view["room"]["exchange"].update(changes)
        self.push()

    def hears(self, state: str, *, speaking: bool = False, calls: tuple[str, ...] = ("talking",)) -> None:
        """What the exchange says of our listening, and of the station."""
        self.view["listening"] = {"station": "poste3", "mode": "listen", "state": state, "since": now()} if state else None
        self.station(talking={"own": speaking, "far": False}, calls=[{"call_key": f"k{n}", "state": one} for n, one in enumerate(calls)])

    def begin(self, simulation: str, minutes_ago: float = 0.0) -> None:
        for one in self.mine["simulations"]:
            if one["id"] == simulation:
                one["state"] = "en cours"
        began = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes_ago)
        self.journal("SimulationStarted", {"simulation": simulation, "told_at": began.isoformat()})
        self.station(current=simulation)

    def end(self, simulation: str) -> None:
        for one in self.mine["simulations"]:
            if one["id"] == simulation:
                one["state"] = "terminée"
        self.journal("SimulationEnded", {"simulation": simulation})
        self.station(current=None)

    def park(self, space: str, call_key: str) -> None:
        """That call is in that space, in place of what was parked."""
        self.view["parked"] = [{"space": space, "call_key": call_key}] if space else []
        self.push()

    def waits(self, queue: str, *since: str) -> None:
        """As many calls wait there, since these instants."""
        found = next(one for one in self.view["queues"] if one["id"] == queue)
        found["waiting"] = [{"call_key": f"w{n}", "number": "", "name": "", "since": at, "position": n} for n, at in enumerate(since, 1)]
        self.push()

    def push(self) -> None:
        self.view["room"]["server_now"] = now()
        for socket in self._views:
            socket.put_nowait(json.dumps(self.view))
        for socket in self._sessions:
            socket.put_nowait(self._session())

    def _session(self) -> str:
        return json.dumps({"room": {}, "session": self.exam.session() if self.exam is not None else {}})

    def journal(self, kind: str, data: dict[str, Any], *, call_key: str = "", actor: str = "candidate", durable: bool = True) -> None:
        row = {
            "seq": len(self.rows) + 1 if durable else None,
            "at": now(),
            "kind": kind,
            "call_key": call_key,
            "actor": actor,
            "data": data,
        }
        if durable:
            self.rows.append(row)
        for socket in self._journals:
            socket.put_nowait(json.dumps(row))

    def cut(self) -> None:
        """Unreachable from now on."""
        self.up = False
        for socket in (*self._views, *self._journals, *self._sessions):
            socket.put_nowait(None)

    def asked(self, method: str, path: str) -> list[dict[str, Any]]:
        return [body for verb, where, body in self.requests if (verb, where) == (method, path)]

    # --- sockets ------------------------------------------------------------------------------------

    @asynccontextmanager
    async def connect(self, url: str, headers: dict[str, str]) -> AsyncIterator[AsyncIterator[str]]:
        if not self.up:
            raise OSError("refused")
        assert headers["Authorization"] == f"Bearer {TOKEN}"
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        sockets = self._views if "/jury/watch" in url else self._sessions if "/session/watch" in url else self._journals
        if sockets is self._sessions:
            queue.put_nowait(self._session())
        elif sockets is self._views:
            queue.put_nowait(json.dumps(self.view))
        else:
            for row in self.rows[int(url.rpartition("=")[2]) :]:
                queue.put_nowait(json.dumps(row))
        sockets.add(queue)

        async def texts() -> AsyncIterator[str]:
            while (text := await queue.get()) is not None:
                yield text

        try:
            yield texts()
        finally:
            sockets.discard(queue)

    # --- requests -----------------------------------------------------------------------------------

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._handle)

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        if not self.up:
            raise httpx.ConnectError("refused", request=request)
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        path, body = request.url.path, json.loads(request.content) if request.content else {}
        self.requests.append((request.method, path, body))
        if path in self.refuse:
            status, title = self.refuse[path]
            return httpx.Response(status, json={"error_id": "refused", "title": title, "details": {}})
        answer = self._answer(request.method, path, dict(request.url.params), body)
        return httpx.Response(200, json=answer) if answer is not None else httpx.Response(404, json={"title": "Rien à cette adresse."})

    def _sit(self, role: str, station: str) -> None:
        direct = "sip:poste@192.0.2.13:5071;transport=tls" if role == "role_player" else ""
        there = next((one["sitting"]["id"] for one in self.view["stations"] if one["id"] == station), "")
        self.view["me"].update(role=role, station=station, sitting=there, direct=direct)
        for one in self.view["stations"]:
            if one["player"] == "jury1":
                one["player"] = ""
            if one["id"] == station and role == "role_player":
                one["player"] = "jury1"

    def _answer(self, method: str, path: str, params: dict[str, str], body: dict[str, Any]) -> Any:
        if self.exam is not None and (told := self.exam.answer(method, path, body)) is not None:
            if method != "GET":
                self.push()
            return told
        if self.trio is not None and (told := self.trio.answer(method, path, body, self.view["me"], self.mine)) is not None:
            if method != "GET":
                self.push()
            return told
        if path == "/cti/account":
            return self.account
        if path == "/jury/seat":
            self._sit(body["role"], body["station"])
            self.push()
            return {"me": self.view["me"]}
        if found := re.fullmatch(r"/jury/persona/(.+)", path):
            one = next(s for s in SIMULATIONS if s["id"] == found[1])
            lines = {"lines": self.lines[found[1]]} if found[1] in self.lines else {}
            return {"simulation": {**one, "queue": "Recouvrement", "briefing": ""}, "persona": self.personas[found[1]], **lines}
        if path == "/jury/who":
            return self.who.get(params["number"], {"number": params["number"], "kind": "unknown"})
        if found := re.fullmatch(r"/jury/simulations/(.+)/(start|end)", path):
            if found[2] == "start":
                self.begin(found[1])
            else:
                self.end(found[1])
            return {"simulation": found[1], "state": found[2], "at": now(), "seq": len(self.rows)}
        if found := re.fullmatch(r"/jury/simulations/(.+)/hint", path):
            self.journal("HintGiven", {"simulation": found[1], "given": body["given"], "elapsed": 312.4, **PERSONA["hint"]}, actor="jury1")
            return {}
        if path == "/chat":
            self.journal("ChatOffered", {**body, "visitor": "Visiteur"})
            return {"chat_id": body["chat_id"]}
        if found := re.fullmatch(r"/chat/(.+)/(messages|close)", path):
            said = {"chat_id": found[1], "who": "client", "by": "client", "text": body.get("text", ""), "n": 1}
            self.journal("ChatMessage" if found[2] == "messages" else "ChatClosed", said)
            return {"chat_id": found[1]}
        if path == "/jury/stream":
            asked = {"simulations": body["simulations"], "left": body["calls"], "every": body["every"]} if method == "POST" else None
            self.view["stream"] = asked
            self.push()
            return {"stream": asked}
        if path == "/jury/calls":
            key, name = f"j-{body['write_id'][:8]}", "Mme Nadège Corbulon"
            presented = {"X-Plateau-Present-Number": "+33261917044", "X-Plateau-Present-Name": name}
            headers = {"X-Plateau-Call": key, **presented, "X-Plateau-Queue": "Clients"}
            target = self.view["me"]["direct"] if body["direct"] else "sip:file-poste3@192.0.2.1:5061"
            return {"call_key": key, "target": target, "headers": headers, "display": name}
        if path == "/jury/listening" and method == "POST":
            self._grants += 1
            return {"call_key": f"ear-{self._grants}", "target": f"sip:ecoute-{self._grants:04x}@192.0.2.1:5061"}
        if path == "/jury/listening":
            return {}
        if path == "/jury/listening/state":
            self.tellings.append((body["state"], body["detail"]))
            return {}
        return None
