"""Practice sittings made in no time, as a room leaves them: the small pack, a clock of their own, one simulation played in each."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crm_mock.journal import Event
from scenarios.pack_load import load_pack
from scenarios.room.debrief import keep_debrief
from scenarios.room.live_sitting import LiveSitting
from scenarios.training.recordings import PURPOSES
from tests.scenarios.room_world import CLIENT, DAY

CALL = "k1"


@dataclass(frozen=True)
class Play:
    """`moved`: the address is saved as the situation asks; `opened`: the file is opened during the call; `seat`: a peer's, "" the virtual
    customer; `kept`: the room keeps the debrief; `people`: who practise together, in the order of the roles."""

    at: dt.datetime
    simulation: str = "S1"
    agent: str = "Camille Roux"
    moved: bool = True
    opened: bool = True
    seat: str = ""
    minutes: float = 7.0
    kept: bool = True
    ended: bool = True
    people: tuple[str, ...] = ()
    recorded: bool = False
    purposes: tuple[str, ...] = PURPOSES


def wav(seconds: float = 1.0) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(b"\x01\x02" * int(16_000 * seconds))
    return out.getvalue()


def _sound(folder: Path, at: dt.datetime) -> dict[str, Any]:
    path, content = folder / "recordings" / f"{CALL}.wav", wav(5)
    path.parent.mkdir()
    path.write_bytes(content)
    kept = (at + dt.timedelta(days=30)).isoformat()
    return {"file": path.name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(), "seconds": 5.0, "kept_until": kept}


def play(root: Path, pack: Path, name: str, one: Play) -> Path:
    """The sitting's folder, closed."""
    clock = [one.at]
    live = LiveSitting("poste1", root / name, load_pack(pack, DAY), "practice", now=lambda: clock[0])

    def save(kind: str, ident: str, **fields: Any) -> None:
        live.case.put(kind, ident, 0, fields, write_id=f"{name}-{ident}", actor="candidate", role="candidate", call_key=CALL)

    try:
        if one.people:
            live.team.name(one.people, live.sitting, f"{name}-team", "jury1")
        if one.seat:
            live.journal([Event("SeatTaken", {"seat": "jury1", "label": one.seat, "role": "role_player", "left": False}, "jury1")])
        if one.recorded:
            agreed = {"by": one.agent, "days": 30, "purposes": list(one.purposes)}
            live.journal([Event("RecordingAgreed", agreed, "candidate")])
        live.start(one.simulation, f"{name}-start", "candidate")
        told = {"call_id": "c", "call_key": CALL, "fact_id": f"{name}-a", "told_at": clock[0].isoformat()}
        answered = {**told, "codec": "PCMA", "encrypted": False}
        live.journal([Event("CallAnswered", answered, "candidate", CALL, f"{name}-a")])
        if one.recorded:
            began = {"call_id": "c", "call_key": CALL, "fact_id": f"{name}-r", "told_at": clock[0].isoformat()}
            live.journal([Event("RecordingBegan", began, "candidate", CALL, f"{name}-r")])
        if one.seat:
            live.journal([Event("JurorCalled", {"seat": "jury1", "simulation": one.simulation}, "jury1", CALL)])
        else:
            live.journal([Event("CustomerSpoke", {"text": "Bonjour.", "line_id": "bonjour", "speaker": "client"}, "customer", CALL)])
        if one.opened:
            live.journal([Event("RecordOpened", {"record_kind": "contact", "id": CLIENT}, "candidate", CALL)])
        if one.moved:
            new = {"contact_id": CLIENT, "line1": "3 impasse du Colombier-Vert", "city": "Saint-Orme", "postcode": "96240"}
            save("address", "nouvelle", **new, valid_from="2026-12-01")
        clock[0] += dt.timedelta(minutes=one.minutes)
        ended = {**told, "fact_id": f"{name}-e", "told_at": clock[0].isoformat(), "cause": "hung_up", "by": "remote", "answered": True}
        live.journal([Event("CallEnded", ended, "candidate", CALL, f"{name}-e")])
        if one.recorded:
            live.journal([Event("CallRecorded", _sound(live.folder, one.at), "candidate", CALL)])
        coded = {"contact_id": CLIENT, "call_key": CALL, "result": "ABOUTI", "codes": ["MAJ_DOSSIER"], "agent": one.agent}
        save("interaction", "i1", **coded)
        if one.ended:
            live.end(one.simulation, f"{name}-end", "candidate")
        if one.ended and one.kept:
            keep_debrief(live, one.simulation)
    finally:
        live.close()
    return root / name
