"""A room server in memory: the real switchboard for agent and calls, a dictionary for records, a list for the journal.

It speaks through httpx's mock transport and a socket of its own, so that the desk's own link is what is tested.
`up` False makes it unreachable; `cut` closes the sockets.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from cti.switchboard import AgentOrder, CtiError, Switchboard, agent_dict

CODES = {
    "results": [
        {"code": "ABOUTI", "label": "Contact utile", "effect": "Le dossier est clos.", "asks": ["contact"]},
        {"code": "RAPPEL", "label": "À rappeler", "effect": "Une tâche de rappel est créée.", "asks": ["next_on"]},
        {"code": "NRP", "label": "Ne répond pas", "effect": "", "asks": []},
    ],
    "competences": {"c2": [{"code": "INFO_DONNEE", "label": "Information donnée", "effect": "Aucun envoi.", "asks": []}]},
}
CONTACTS: dict[str, dict[str, Any]] = {
    "odile": {"id": "odile", "version": 1, "reference": "MVL-204518", "civility": "Mme", "first_name": "Odile", "last_name": "VASSERAND"},
    "bastien": {
        "id": "bastien",
        "version": 1,
        "reference": "MVL-201340",
        "civility": "M.",
        "first_name": "Bastien",
        "last_name": "LORMIER",
    },
}
NUMBERS = {"+33465712108": ["odile"], "+33536491275": ["bastien"], "+33199006318": ["odile", "bastien"]}


class FakeRoom:
    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.records: dict[tuple[str, str], dict[str, Any]] = {("contact", id): dict(c) for id, c in CONTACTS.items()}
        self.answers: dict[str, dict[str, Any]] = {}
        self.puts: list[dict[str, Any]] = []
        self.traces: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.up = True
        self.refuse_puts: tuple[int, dict[str, Any]] | None = None
        self.lose_answers = False  # writes are done and their answers lost on the way
        self.simulation = "à faire"
        self.course: dict[str, Any] | None = None  # of an exam's session
        self.progress: dict[str, Any] = {}
        self.team: dict[str, Any] = {"round": 0, "people": [], "proposed": "S1", "played": [], "shown": []}
        self.debrief: dict[str, Any] | None = None
        self._sockets: set[asyncio.Queue[str | None]] = set()
        self.board = Switchboard(self, lambda: dt.datetime.now(dt.UTC))

    # --- journal ------------------------------------------------------------------------------------

    def append(self, rows: Sequence[Any]) -> None:
        for row in rows:
            self.journal(row.kind, dict(row.data), row.actor, row.call_key)

    def journal(self, kind: str, data: dict[str, Any], actor: str = "system", call_key: str = "", *, durable: bool = True) -> None:
        at = dt.datetime.now(dt.UTC).isoformat()
        row = {"seq": len(self.rows) + 1 if durable else None, "at": at, "kind": kind, "call_key": call_key, "actor": actor, "data": data}
        if durable:
            self.rows.append(row)
        for socket in self._sockets:
            socket.put_nowait(json.dumps(row))

    @asynccontextmanager
    async def connect(self, url: str, headers: dict[str, str]) -> AsyncIterator[AsyncIterator[str]]:
        if not self.up:
            raise OSError("refused")
        assert headers["Authorization"] == "Bearer candidate"
        after = int(url.rpartition("=")[2])
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        for row in self.rows[after:]:
            queue.put_nowait(json.dumps(row))
        self._sockets.add(queue)

        async def rows() -> AsyncIterator[str]:
            while (text := await queue.get()) is not None:
                yield text

        try:
            yield rows()
        finally:
            self._sockets.discard(queue)

    def cut(self) -> None:
        """Unreachable from now on."""
        self.up = False
        for socket in self._sockets:
            socket.put_nowait(None)

    # --- requests -----------------------------------------------------------------------------------

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._handle)

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        if not self.up:
            raise httpx.ConnectError("refused", request=request)
        assert request.headers["Authorization"] == "Bearer candidate"
        self.requests.append(f"{request.method} {request.url.path}")
        body = json.loads(request.content) if request.content else {}
        try:
            status, answer = self._answer(request.method, request.url.path, dict(request.url.params), body)
        except CtiError as refusal:
            status, answer = refusal.status, {"error_id": refusal.error_id, "title": refusal.title, "details": refusal.details}
        if self.lose_answers and request.method in ("PUT", "POST"):
            raise httpx.ReadError("lost", request=request)
        return httpx.Response(status, json=answer) if not isinstance(answer, str) else httpx.Response(status, text=answer)

    def _answer(self, method: str, path: str, params: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        if path == "/cti/station":
            if method == "PUT":
                self.board.connect(
                    "candidate",
                    body["contact"],
                    body["engine"],
                    body["capabilities"],
                    body["calls"],
                    dt.datetime.fromisoformat(body["as_of"]),
                )
            owed = self.board.station.owed()
            calls = [c.public() for c in self.board.station.calls.values() if c.alive or c.call_key in owed]
            return 200, {"agent": agent_dict(self.board.station.agent), "exchange": {"kind": "direct"}, "calls": calls}
        if path == "/cti/facts":
            accepted, refused = self.board.take([(f["id"], f["at"], f["fact"]) for f in body["facts"]], "candidate")
            return 200, {"accepted": accepted, "refused": refused}
        if path == "/cti/agent":
            order = AgentOrder(body["order"], body["reason"], body["state"])
            return 200, self.board.order(order, body["write_id"], "candidate")
        if path == "/cti/dial":
            if params["number"] in ("15", "112"):
                return 422, {"error_id": "emergency", "title": "Un numéro d'urgence ne s'appelle pas d'ici.", "details": {}}
            return 200, {"target": "sip:client@127.0.0.1:5080", "number": "+33465712108", "known_as": ""}
        if path == "/crm/lookup":
            return 200, self._page(params["phone"], NUMBERS.get(params["phone"], []))
        if path == "/crm/search":
            return 200, self._page(params["q"], [id for id, c in CONTACTS.items() if params["q"].lower() in c["last_name"].lower()])
        if found := re.fullmatch(r"/crm/contacts/([^/]+)/file", path):
            id = found[1]
            records: dict[str, list[dict[str, Any]]] = {}
            for (kind, _rid), record in self.records.items():
                if record.get("contact_id") == id:
                    records.setdefault(kind, []).append(record)
            return 200, {"contact": self.records["contact", id], "records": records}
        if path == "/crm/products":
            return 200, []
        if method == "PUT" and (found := re.fullmatch(r"/crm/([^/]+)/([^/]+)", path)):
            return self._put(found[1], found[2], body)
        return self._sitting(method, path, body)

    def _page(self, query: str, ids: list[str]) -> dict[str, Any]:
        hits = [
            {
                "contact_id": id,
                "reference": c["reference"],
                "name": f"{c['first_name']} {c['last_name']}",
                "matched_on": "téléphone",
                "matched": query,
            }
            for id, c in ((id, CONTACTS[id]) for id in ids)
        ]
        return {"query": query, "hits": hits, "total": len(hits), "page": 1}

    def _put(self, kind: str, id: str, body: dict[str, Any]) -> tuple[int, Any]:
        if body["write_id"] in self.answers:
            return 200, self.answers[body["write_id"]]
        if self.refuse_puts is not None:
            return self.refuse_puts
        record = self.records.get((kind, id), {"id": id, "version": 0})
        if body["version"] != record["version"]:
            return 409, {"error_id": "version_conflict", "title": "La fiche a changé entre-temps.", "details": {"current": record}}
        self.puts.append({"kind": kind, "id": id, **body})
        record = {**record, **body["fields"], "version": record["version"] + 1}
        self.records[kind, id] = record
        row = {"record_kind": kind, "id": id, "contact_id": record.get("contact_id", ""), "before": {}, "after": body["fields"]}
        name = "RecordCreated" if record["version"] == 1 else "RecordChanged"
        self.journal(name, {**row, "version": record["version"]}, "candidate", body["call_key"])
        if kind == "interaction" and record.get("call_key"):
            self.board.qualified(record["call_key"])
        saved = {"kind": kind, "id": id, "version": record["version"], "record": record, "saved_at": "", "seq": len(self.rows)}
        self.answers[body["write_id"]] = saved
        return 200, saved

    def _sitting(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        if path == "/sitting":
            return 200, {
                "id": "s",
                "mode": "practice",
                "day": "2026-11-23",
                "pack": {"slug": "marvalune", "title": "Brûlerie Marvalune", "version": "1", "hash": ""},
                "clock": {"scenario_now": "2026-11-23T09:12:00.000", "server_now": dt.datetime.now(dt.UTC).isoformat()},
                "simulations": [
                    {
                        "id": "S1", "competence": "c2", "title": "Un renseignement", "direction": "entrant", "channel": "téléphone",
                        "minutes": 8, "state": self.simulation, "briefing": "Vous êtes conseiller. [bold]Soyez bref[/bold].",
                    }
                ],
                "current": "S1" if self.simulation == "en cours" else None,
                "course": self.course,
                "team": self.team,
            }  # fmt: skip
        if path == "/sitting/brief":
            cues = [{"id": "accueil", "label": "J'accueille le client"}, {"id": "reformule", "label": "Je reformule"}]
            return 200, {
                "company": {"name": "Brûlerie Marvalune"},
                "documents": [],
                "directory": [{"id": "n2", "name": "Service technique", "number": "+33199007700", "hours": "9 h – 18 h", "role": ""}],
                "codes": CODES,
                "rules": {},
                "simulations": {"S1": {"cues": cues, "instructions": "", "codes": ["c2"], "queue": "Clients"}},
            }
        if path == "/sitting/traces":
            self.traces += body["traces"]
            return 200, {"accepted": len(body["traces"])}
        if found := re.fullmatch(r"/sitting/simulations/S1/(start|end)", path):
            self.simulation = "en cours" if found[1] == "start" else "terminée"
            self.journal("SimulationStarted" if found[1] == "start" else "SimulationEnded", {"simulation": "S1"})
            return 200, {"state": self.simulation}
        if path == "/sitting/progress":
            return 200, self.progress
        if path == "/sitting/debrief/S1" and self.debrief is not None:
            return 200, self.debrief
        if path == "/sitting/debrief/S1/export":
            return 200, "# Bilan\n"
        return 404, {"error_id": "not_found", "title": "Rien à cette adresse.", "details": {}}
