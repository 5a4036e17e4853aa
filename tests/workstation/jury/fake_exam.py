"""The exam session of the fake room: one candidate at the third station, this juror and another; their grid, in memory."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

CRITERIA = {
    "c2": {
        "c2.1": "La demande de l'interlocuteur est identifiée",
        "c2.5": "Les attentes et besoins de l'interlocuteur sont satisfaits dans les limites définies du service",
    },
    "c6": {"c6.1": "Les disponibilités sont vérifiées"},
    "c9": {"c9.1": "Les règles de la relation sont respectées", "c9.6": "La formalisation écrite est conforme à l'accord"},
}
LABELS = {"c2": "Délivrer une information ou un renseignement administratif", "c6": "Prendre des commandes", "c9": "Recouvrer à l'amiable"}
EVIDENCE = {
    "criteria": [{"id": "c2.1", "facts": ["Motif de l'appel : absent du dossier", "Fiche ouverte : vu à 09:13:05"]}],
    "records": [],
    "written": None,
}
ME, OTHER = "jury1", "jury2"
CONTACTS, INTERVIEW, FINAL = "contacts", "technical_interview", "final_interview"


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat()


class FakeExam:
    def __init__(self) -> None:
        self.phase, self.frozen = CONTACTS, dict[str, Any]()
        self.ends_at = (dt.datetime.now(dt.UTC) + dt.timedelta(minutes=72)).isoformat()
        self.version = 0
        self.written_competences: tuple[str, ...] = ()
        self.marks: dict[str, dict[str, str]] = {ME: {}, OTHER: {}}
        self.notes: dict[str, dict[str, Any]] = {}
        self.shared: dict[str, str] = {}
        self.decisions: list[dict[str, Any]] = []
        self.revealed: dict[str, dict[str, str]] = {}
        self.exhibits: list[dict[str, str]] = []
        self.evidence: dict[str, Any] = {"S1": EVIDENCE}

    @property
    def open(self) -> bool:
        return {ME, OTHER} <= set(self.shared)

    def session(self) -> dict[str, Any]:
        phases: list[dict[str, Any]] = [
            {"id": one, "state": "en cours" if one == self.phase else "à venir", "seconds": 5400, "jury_present": True, "late": 0}
            for one in (CONTACTS, INTERVIEW, FINAL)
        ]
        now = next(one for one in phases if one["id"] == self.phase)
        now.update({"remaining": 4000.0} if self.frozen else {"ends_at": self.ends_at})
        course = {"type": "titre", "phase": self.phase, "frozen": self.frozen or None, "phases": phases}
        candidate = {"number": "017", "station": "poste3", "label": "Poste 3", "course": course}
        people = [{"place": ME, "role": "juror", "name": "Mme Arvel"}, {"place": OTHER, "role": "juror", "name": "M. Bistorte"}]
        return {"id": "s", "label": "Session du titre", "grid_version": self.version, "people": people, "candidates": [candidate]}

    def grid(self) -> dict[str, Any]:
        seats = [ME, OTHER] if self.open else [ME]
        every = [one for own in CRITERIA.values() for one in own]
        differs = [one for one in every if self.marks[ME].get(one) != self.marks[OTHER].get(one)]
        return {
            "sitting": "s3",
            "candidate": "017",
            "session": {"id": "titre", "label": "Session du titre", "interview": ["c2", "c9"]},
            "competences": [
                {"id": id, "label": LABELS[id], "ccp": "ccp1", "criteria": own, "written": [id] if id in self.written_competences else []}
                for id, own in CRITERIA.items()
            ],
            "transversal": [{"id": "t1", "label": "Communiquer à l'oral et à l'écrit"}],
            "ccps": [{"id": "ccp1", "label": "Assurer des prestations"}],
            "me": ME,
            "names": {ME: "Mme Arvel", OTHER: "M. Bistorte"},
            "jurors": [ME, OTHER],
            "shared": self.shared,
            "open": self.open,
            "marks": {seat: dict(self.marks[seat]) for seat in seats},
            "notes": [one for one in self.notes.values() if one["juror"] in seats],
            "compared": [{"criterion": one, "differs": True} for one in differs]
            + [{"criterion": one, "differs": False} for one in every if one not in differs]
            if self.open
            else [],
            "subjects": ["c2", "c6", "c9", "ccp1", "titre"],
            "decisions": [{**one, "agreed": one is self._standing(one["subject"]) and len(one["assents"]) == 2} for one in self.decisions],
            "revealed": self.revealed,
            "exhibits": self.exhibits,
        }

    def _standing(self, subject: str) -> dict[str, Any]:
        return [one for one in self.decisions if one["subject"] == subject][-1]

    def decides(self, subject: str, outcome: str, reason: str) -> None:
        """The other juror."""
        one = {"id": f"d{len(self.decisions)}", "subject": subject, "outcome": outcome, "reason": reason, "juror": OTHER}
        self.decisions.append({**one, "at": _now(), "assents": [OTHER]})

    def answer(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """None for what is no route of this."""
        if found := re.fullmatch(r"/jury/grid/evidence/(.+)", path):
            return self.evidence.get(found[1])
        if path == "/jury/grid" and method == "GET":
            return self.grid()
        if not path.startswith(("/jury/grid", "/session/")):
            return None
        self.version += 1
        if found := re.fullmatch(r"/session/stations/poste3/(freeze|resume|end)", path):
            if found[1] == "freeze":
                self.frozen = {"id": body["write_id"], "nature": body["nature"], "cause": body["cause"], "by": ME, "proposed": {}}
            elif found[1] == "resume":
                self.frozen.setdefault("proposed", {})["jury"] = {"choice": body["choice"], "given": body["given"], "by": "Mme Arvel"}
            else:
                self.phase = FINAL
            return self.session()
        self._write(method, path, body)
        return self.grid()

    def _write(self, method: str, path: str, body: dict[str, Any]) -> None:
        what = path.removeprefix("/jury/grid/")
        if what == "marks":
            self.marks[ME][body["criterion"]] = body["value"]
        elif what == "reveals":
            own = self.revealed.setdefault(body["simulation"], {})
            if body["said"]:
                own.setdefault(body["fact"], _now())
            else:
                own.pop(body["fact"], None)
        elif what == "share":
            self.shared[ME] = _now()
        elif what == "exhibits":
            self.exhibits = [*self.exhibits, {**body, "juror": ME, "at": _now()}]
        elif what == "decisions":
            self.decisions.append({**body, "juror": ME, "at": _now(), "assents": [ME]})
        elif found := re.fullmatch(r"decisions/(.+)/assent", what):
            next(one for one in self.decisions if one["id"] == found[1])["assents"].append(ME)
        elif method == "DELETE":
            self.notes.pop(what.removeprefix("notes/"), None)
        else:
            id = what.removeprefix("notes/")
            self.notes[id] = {"at": _now(), **self.notes.get(id, {}), **body, "id": id, "juror": ME}
