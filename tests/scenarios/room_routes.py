"""Every route and socket of a room and who may use it: the one table, for the lab and for the exam room."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Any

CLIENT = "martin-lea"
LAB_ROLES = {"candidate", "customer", "trainer"}
EXAM_ROLES = (
    "candidate", "next candidate", "juror", "other juror", "stranger", "invigilator", "session_manager", "nobody", "revoked",
)  # fmt: skip
"""candidate and juror: of the same sitting. next candidate and other juror: of another station. stranger: a seat at the candidate's
station that is not of the jury. revoked: the candidate's former token."""
OPEN = frozenset(EXAM_ROLES)
DESKS, JURY = frozenset({"candidate", "next candidate"}), frozenset({"juror", "other juror"})
SEATS = JURY | {"stranger"}
MANAGER = frozenset({"session_manager"})
LEADS = MANAGER | {"juror"}  # of the candidate's station
WATCHES = LEADS | {"invigilator"}
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Route:
    """`path` is asked as it is; `template` is the OpenAPI's. `lab`: who may in practice, None where a lab has it not. `exam`: who may
    in an exam room, in the phase that opens it. `of_sitting`: what names another sitting (X-Plateau-Sitting) is refused."""

    method: str
    path: str
    body: dict[str, Any] | None
    lab: frozenset[str] | None
    exam: frozenset[str]
    of_sitting: bool
    phase: str = "contacts"
    template: str = ""

    @property
    def spec(self) -> tuple[str, str]:
        return self.method, self.template or self.path.partition("?")[0]


def _w(**body: Any) -> dict[str, Any]:
    return {"write_id": uuid.uuid4().hex, **body}


def _route(
    method: str, path: str, body: Any, lab: set[str] | None, exam: frozenset[str], sitting: bool = True, phase: str = "contacts"
) -> Route:
    """`{name=value}` in a path is a parameter and what it is asked with; "fresh": another each time."""
    asked = re.sub(r"\{\w+=([^}]*)\}", r"\1", path)
    template = re.sub(r"\{(\w+)=[^}]*\}", r"{\1}", path).partition("?")[0]
    return Route(method, asked, body, None if lab is None else frozenset(lab), exam, sitting, phase, template)


_ALL, _READ, _DESK, _CUSTOMER = {*LAB_ROLES}, {"candidate", "trainer"}, {"candidate"}, {"customer"}
_SAVE = {"write_id": str(uuid.uuid4()), "version": 0, "fields": {"contact_id": CLIENT, "text": "vu"}}
_SHEET = {"write_id": "w", "version": 0, "document": {"sheets": [{"name": "A"}]}}
_GRID = "/jury/grid"
_AT = "/session/stations/{station=poste1}"
ROUTES: tuple[Route, ...] = (
    _route("GET", "/", None, {*_ALL, ""}, OPEN, False),
    # the sitting
    _route("GET", "/sitting", None, _ALL, DESKS | JURY),
    _route("GET", "/sitting/brief", None, _ALL, DESKS | JURY),
    _route("POST", "/sitting/simulations/{simulation_id=S9}/start", _w(), _READ, NOBODY),
    _route("POST", "/sitting/simulations/{simulation_id=S9}/end", _w(), _READ, NOBODY),
    _route("POST", "/sitting/traces", _w(traces=[]), _READ, DESKS),
    _route("POST", "/sitting/customer/spoke", _w(data={}), _CUSTOMER, NOBODY),
    _route("POST", "/sitting/customer/caption", {"kind": "CustomerSpeaking"}, _CUSTOMER, NOBODY),
    _route("GET", "/sitting/debrief/{simulation_id=S1}", None, _READ, NOBODY),
    _route("GET", "/sitting/debrief/{simulation_id=S1}/export", None, _READ, NOBODY),
    _route("PUT", "/sitting/recording", _w(days=0), _DESK, NOBODY),
    _route("PUT", "/sitting/recordings/{call_key=k9}?offset=0", None, _DESK, NOBODY),
    _route("POST", "/sitting/recordings/{call_key=k9}", {"bytes": 44, "sha256": "0" * 64}, _DESK, NOBODY),
    _route("DELETE", "/sitting/recordings", None, _DESK, NOBODY),
    _route("GET", "/sitting/progress?name=Camille", None, _READ, NOBODY),
    _route("GET", "/sitting/replies/{reply_id=r1}/{form=pdf}", None, _READ, DESKS, phase="written"),
    _route("GET", "/sitting/sheets", None, _READ, DESKS),
    _route("GET", "/sitting/sheets/{name=x.ods}", None, _READ, DESKS),
    _route("PUT", "/sitting/sheets/{name=x.ods}", _SHEET, _DESK, DESKS),
    _route("GET", "/sitting/sheets/{name=x.ods}/export/{form=ods}", None, _READ, DESKS),
    # conversations
    _route("GET", "/chat", None, _ALL, DESKS | JURY),
    _route("POST", "/chat", _w(chat_id="x", simulation="S1"), _CUSTOMER, JURY),
    _route("POST", "/chat/{chat_id=x}/accept", _w(), _DESK, DESKS),
    _route("POST", "/chat/{chat_id=x}/messages", _w(text="Bonjour"), {"candidate", "customer"}, DESKS | JURY),
    _route("POST", "/chat/{chat_id=x}/typing", {"typing": True}, {"candidate", "customer"}, DESKS | JURY),
    _route("POST", "/chat/{chat_id=x}/close", _w(), {"candidate", "customer"}, DESKS | JURY),
    # telephone
    _route("GET", "/cti/station", None, _ALL, DESKS),
    _route("PUT", "/cti/station", {"contact": ""}, {"candidate", "customer"}, DESKS),
    _route("POST", "/cti/facts", {"facts": []}, _DESK, DESKS),
    _route("POST", "/cti/agent", _w(order="sign_in"), _DESK, DESKS),
    _route("GET", "/cti/dial?number=15", None, _READ, DESKS, False),
    _route("GET", "/cti/account", None, _ALL, DESKS | SEATS, False),
    # the company's files
    _route("GET", "/crm/search?q=martin", None, _READ, DESKS),
    _route("GET", "/crm/lookup?phone=0465712108", None, _READ, DESKS),
    _route("GET", f"/crm/contacts/{{contact_id={CLIENT}}}/file", None, _READ, DESKS),
    _route("GET", "/crm/products?q=", None, _READ, DESKS),
    _route("GET", "/crm/documents/{document_id=x}/content", None, _READ, DESKS),
    _route("GET", "/crm/{kind=appointment}", None, _READ, DESKS),
    _route("GET", f"/crm/{{kind=contact}}/{{record_id={CLIENT}}}", None, _READ, DESKS),
    _route("PUT", "/crm/{kind=note}/{record_id=n1}", _SAVE, _READ, DESKS),
    # the jury's seats
    _route("GET", "/jury/room", None, set(), SEATS, False),
    _route("PUT", "/jury/seat", {"role": "observer", "station": "x"}, set(), SEATS, False),
    _route("GET", "/jury/persona/{simulation_id=S1}", None, set(), JURY),
    _route("POST", "/jury/simulations/{simulation_id=x}/start", _w(), set(), JURY),
    _route("POST", "/jury/simulations/{simulation_id=x}/end", _w(), set(), JURY),
    _route("POST", "/jury/simulations/{simulation_id=x}/hint", _w(), set(), JURY),
    _route("POST", "/jury/calls", _w(simulation="x"), set(), JURY),
    _route("GET", "/jury/who?number=15", None, set(), JURY),
    _route("POST", "/jury/listening", {}, set(), JURY),
    _route("DELETE", "/jury/listening", None, set(), SEATS, False),
    _route("POST", "/jury/listening/state", _w(state="quiet"), set(), JURY),
    _route("POST", "/jury/stream", {"simulations": ["S1"]}, set(), NOBODY, False),
    _route("DELETE", "/jury/stream", None, set(), NOBODY, False),
    _route("PUT", "/jury/team", _w(people=["Ana", "Bao"]), set(), NOBODY, False),
    _route("POST", "/jury/team/next", _w(round=1), set(), NOBODY, False),
    # the jury's grid
    _route("GET", _GRID, None, None, JURY),
    _route("GET", f"{_GRID}/evidence/{{simulation_id=S1}}", None, None, JURY),
    _route("PUT", f"{_GRID}/marks", _w(criterion="c2.1", value="constaté"), None, JURY),
    _route("PUT", f"{_GRID}/notes/{{note_id=fresh}}", {"text": "x"}, None, JURY),
    _route("DELETE", f"{_GRID}/notes/{{note_id=fresh}}", None, None, JURY),
    _route("PUT", f"{_GRID}/reveals", _w(simulation="S1", fact="x"), None, JURY),
    _route("POST", f"{_GRID}/share", None, None, JURY),
    _route("POST", f"{_GRID}/decisions", {"id": "x", "subject": "c1", "outcome": "acquis", "reason": "x"}, None, JURY),
    _route("POST", f"{_GRID}/decisions/{{decision_id=x}}/assent", None, None, JURY),
    _route("PUT", f"{_GRID}/exhibits", {"what": "ecf"}, None, JURY),
    # places, machines
    _route("GET", "/enrol/hello", None, None, OPEN, False),
    _route("POST", "/enrol", None, None, OPEN - DESKS, False),
    _route("GET", "/phone/certificate", None, None, DESKS | SEATS, False),
    _route("GET", "/manage/places", None, None, MANAGER, False),
    _route("POST", "/manage/places/{place=x}/code", None, None, MANAGER, False),
    _route("DELETE", "/manage/places/{place=x}", None, None, MANAGER, False),
    _route("GET", "/manage/sessions", None, None, MANAGER, False),
    _route("DELETE", "/manage/sessions/{session=x}", None, None, MANAGER, False),
    _route("GET", "/manage/check", None, None, MANAGER, False),
    _route("POST", "/manage/check", None, None, MANAGER, False),
    # the session; what changes its course last
    _route("GET", "/session", None, None, SEATS | MANAGER | {"invigilator"}, False),
    _route("POST", "/session", {"type": "titre", "title": "x"}, None, MANAGER, False),
    _route("PUT", "/session/people", {"people": [{"place": "x", "role": "juror", "name": "x"}]}, None, MANAGER, False),
    _route("POST", "/session/candidates", {"number": "x", "station": "x"}, None, MANAGER, False),
    _route("DELETE", "/session/candidates/{number=x}", None, None, MANAGER, False),
    _route("POST", "/session/candidates/{number=x}/sitting", None, None, MANAGER, False),
    _route("POST", "/session/candidates/{number=x}/jury", _w(entered="x", reason="x"), None, MANAGER, False),
    _route("POST", "/session/candidates/{number=x}/archive", None, None, MANAGER, False),
    _route("GET", "/session/archives", None, None, MANAGER, False),
    _route("GET", "/session/archives/{name=x}", None, None, MANAGER, False),
    _route("GET", "/session/minutes.pdf", None, None, MANAGER, False),
    _route("GET", "/session/minutes.odt", None, None, MANAGER, False),
    _route("POST", f"{_AT}/start", _w(phase="final_interview"), None, MANAGER, False),
    _route("POST", f"{_AT}/end", _w(phase="final_interview"), None, LEADS, False),
    _route("POST", f"{_AT}/absent", _w(), None, MANAGER, False),
    _route("POST", f"{_AT}/grant", _w(seconds=1, reason="x"), None, MANAGER, False),
    _route("POST", f"{_AT}/freeze", _w(cause="x"), None, WATCHES, False),
    _route("POST", f"{_AT}/resume", _w(choice="rendu"), None, LEADS, False),
    _route("POST", "/session/close", None, None, MANAGER, False),
)
SOCKETS: tuple[tuple[str, frozenset[str], bool], ...] = (
    # path, who may in an exam room, whether it is of a sitting
    ("/events?after=0", DESKS | JURY, True),
    ("/jury/watch", SEATS, False),
    ("/customer/watch", NOBODY, False),
    ("/session/watch", SEATS | MANAGER | {"invigilator"}, False),
    ("/check", DESKS | SEATS, False),
)
