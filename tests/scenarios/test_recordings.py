"""A recorded practice call in a room: only with agreement, brought in pieces, kept to its date, erased with its proof; never in an exam."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from crm_mock.casefile_look import look
from crm_mock.journal import JournalRow
from scenarios.room.recordings import erasing
from scenarios.sitting_store import CASEFILE
from scenarios.training.recordings import KINDS, MOST_DAYS, consent_now, recordings
from scenarios.training.recordings_erasure import erase_asked, forget_at_desks, with_recordings
from tests.scenarios.practice_world import wav
from tests.scenarios.room_world import RoomClients, fact, open_room, write_pack
from tests.scenarios.session_world import Clock
from workstation.links import recordings as brought

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)


def write(**more: Any) -> dict[str, Any]:
    return {"write_id": uuid.uuid4().hex, **more}


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[RoomClients]:
    clock = Clock()
    clock.now = NOW
    async with open_room(tmp_path / "data" / "sittings" / "one", write_pack(tmp_path), now=clock) as clients:
        clients.app.state.clock = clock
        yield clients


def _at_the_desk(folder: Path, key: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{key}.wav").write_bytes(wav(20))


async def recorded(there: RoomClients, key: str, desk: Path, days: int = 30) -> None:
    """Agreed, begun, and the desk's file brought."""
    assert (await there.candidate.put("/sitting/recording", json=write(days=days, name="Ana"))).json() == {"days": days}
    await there.candidate.post("/cti/facts", json={"facts": [fact("RecordingBegan", key, there.app.state.clock())]})
    _at_the_desk(desk, key)
    await brought.bring(there.candidate, desk)


async def test_a_call_is_kept_with_agreement_and_erased_on_its_day_with_proof(there: RoomClients, tmp_path: Path) -> None:
    folder, desk = there.room.folder, tmp_path / "desk"
    await recorded(there, "k1", desk, days=7)
    assert list(desk.iterdir()) == [] and (folder / "recordings" / "k1.wav").read_bytes() == wav(20)
    known = recordings(there.room.case.rows())["k1"]
    assert (known.seconds, known.consent.by, known.consent.days, known.there) == (20.0, "Ana", 7, True)
    assert dt.datetime.fromisoformat(known.kept_until) == NOW + dt.timedelta(days=7)
    again = await there.candidate.post("/sitting/recordings/k1", json={"bytes": 99, "sha256": "0" * 64})
    assert again.json()["kept_until"] == known.kept_until
    clock, chore = there.app.state.clock, erasing(there.app.state.room)
    clock.advance(days=6)
    chore()
    assert (folder / "recordings" / "k1.wav").exists()
    clock.advance(days=2)
    chore()
    assert not (folder / "recordings" / "k1.wav").exists()
    assert not recordings(there.room.case.rows())["k1"].there
    report = next((tmp_path / "data" / "erased").glob("enregistrements-*.json"))
    told = json.loads(report.read_text())
    assert [(one["call_key"], one["sha256"]) for one in told["files"]] == [("k1", hashlib.sha256(wav(20)).hexdigest())]
    assert told["why"] == "durée de conservation passée"
    key = serialization.load_pem_public_key((report.parent / "signature.pem").read_bytes())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(report.with_name(f"{report.name}.sig").read_bytes(), report.read_bytes(), ec.ECDSA(hashes.SHA256()))
    there.room.case.verify()


async def test_what_was_not_agreed_to_is_not_taken_and_the_desk_keeps_nothing(there: RoomClients, tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    desk.mkdir()
    for order in ({"days": 30, "name": "Ana"}, {"days": 0}):
        await there.candidate.put("/sitting/recording", json=write(**order))
    await there.candidate.post("/cti/facts", json={"facts": [fact("RecordingBegan", "k1", NOW)]})
    (desk / "k1.wav").write_bytes(wav())
    await brought.bring(there.candidate, desk)
    assert list(desk.iterdir()) == [] and not (there.room.folder / "recordings").exists()
    assert (await there.candidate.put("/sitting/recording", json=write(days=MOST_DAYS + 1))).status_code == 422
    assert (await there.customer.put("/sitting/recording", json=write(days=30))).status_code == 403
    assert (await there.candidate.put("/sitting/recordings/..%2Fx", content=b"x")).status_code in (404, 422)


def test_a_new_round_ends_what_the_one_before_agreed_to() -> None:
    agreed = JournalRow(1, "2026-11-23T09:00:00Z", "RecordingAgreed", "candidate", "", {"by": "Ana", "days": 30, "purposes": []}, "", "")
    began = replace(agreed, seq=3, kind="RecordingBegan", call_key="k1", data={})
    assert consent_now([agreed]) is not None and "k1" in recordings([agreed, began])
    assert recordings([agreed, replace(agreed, seq=2, kind="PeersRotated", data={"round": 2}), began]) == {}


async def test_all_of_a_sitting_goes_when_it_is_asked(there: RoomClients, tmp_path: Path) -> None:
    await recorded(there, "k1", tmp_path / "desk")
    await recorded(there, "k2", tmp_path / "desk")
    told = (await there.candidate.delete("/sitting/recordings")).json()
    assert told["erased"] == 2 and "enregistrements-" in told["report"]
    assert list((there.room.folder / "recordings").iterdir()) == []
    assert (await there.candidate.delete("/sitting/recordings")).json()["erased"] == 0
    assert (await there.candidate.put("/sitting/recordings/k1", content=b"x")).status_code == 410


async def test_a_sitting_that_is_open_elsewhere_is_left_and_told(there: RoomClients, tmp_path: Path) -> None:
    await recorded(there, "k1", tmp_path / "desk")
    root = tmp_path / "data" / "sittings"
    assert with_recordings(root) == [there.room.folder]
    held = erase_asked(tmp_path / "data", [there.room.folder], NOW)
    assert held.gone == [] and "déjà ouverte" in held.held[0] and (there.room.folder / "recordings" / "k1.wav").exists()


async def test_a_closed_sitting_s_go_and_its_journal_says_so(tmp_path: Path) -> None:
    clock = Clock()
    clock.now = NOW
    async with open_room(tmp_path / "data" / "sittings" / "one", write_pack(tmp_path), now=clock) as clients:
        clients.app.state.clock = clock
        await recorded(clients, "k1", tmp_path / "desk")
    folder = tmp_path / "data" / "sittings" / "one"
    done = erase_asked(tmp_path / "data", [folder], NOW)
    assert [one.call_key for one in done.gone] == ["k1"] and done.report is not None and done.held == []
    assert not recordings(look(folder / CASEFILE, KINDS))["k1"].there


def test_what_a_desk_never_brought_goes_in_time(tmp_path: Path) -> None:
    left = tmp_path / "sittings" / "one" / "desk" / "recordings" / "k.wav"
    left.parent.mkdir(parents=True)
    left.write_bytes(wav())
    assert forget_at_desks(tmp_path, dt.datetime.now(dt.UTC)) == []
    os.utime(left, (0, 0))
    assert forget_at_desks(tmp_path, dt.datetime.now(dt.UTC)) == [left] and not left.exists()
