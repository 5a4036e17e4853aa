"""The sitting's spreadsheets in the room: found as the pack has them, saved for good, exported as files that reopen."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from scenarios.sheet.document import Document, changed_cells
from scenarios.sheet.files import read_file
from tests.scenarios.room_world import TOKENS, RoomClients, RoomProcess, open_room, write_pack

DAY = dt.date(2026, 11, 23)
SHEET = "/sitting/sheets/appels.csv"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = write_pack(tmp_path)
    (folder / "sheets").mkdir()
    (folder / "sheets" / "appels.csv").write_text("nom;montant;rappel\nLéa;12,50 €;{J+8}\n", encoding="utf-8")
    return folder


@pytest.fixture
async def clients(tmp_path: Path, pack: Path) -> AsyncIterator[RoomClients]:
    async with open_room(tmp_path / "sitting", pack) as opened:
        yield opened


def written(document: dict[str, Any], version: int = 0, **cells: Any) -> dict[str, Any]:
    """A save of this document with these cells set."""
    sheet = document["sheets"][0]
    changed = {**document, "sheets": [{**sheet, "cells": {**sheet["cells"], **{where: {"v": value} for where, value in cells.items()}}}]}
    return {"write_id": str(uuid.uuid4()), "version": version, "document": changed}


async def opened(http: httpx.AsyncClient, **params: Any) -> dict[str, Any]:
    answer = await http.get(SHEET, params=params)
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def test_the_packs_file_as_it_is_on_the_day_of_the_sitting(clients: RoomClients) -> None:
    assert (await clients.candidate.get("/sitting/sheets")).json() == [{"name": "appels.csv", "version": 0, "of_pack": True}]
    view = await opened(clients.candidate)
    assert (view["version"], view["saved_at"]) == (0, "")
    cells = view["document"]["sheets"][0]["cells"]
    assert cells["B2"] == {"v": 12.5, "n": '#,##0.00 "€"'} and cells["C2"] == {"v": 46357, "n": "dd/mm/yyyy"}


async def test_a_save_is_answered_once_on_the_disk_and_the_original_stays(clients: RoomClients, tmp_path: Path) -> None:
    first = (await opened(clients.candidate))["document"]
    body = written(first, D1="Résultat", D2="Abouti")
    saved = (await clients.candidate.put(SHEET, json=body)).json()
    assert saved["version"] == 1 and saved["saved_at"]
    assert (await clients.candidate.put(SHEET, json=body)).json() == saved  # the same request again
    view = await opened(clients.candidate)
    assert view["document"]["sheets"][0]["cells"]["D2"] == {"v": "Abouti"}
    assert (await opened(clients.candidate, original=True))["document"] == first
    rows = [row for row in clients.room.case.rows() if row.kind == "SheetSaved"]
    assert [(row.data["sheet"], row.data["version"], row.data["changed"]) for row in rows] == [("appels.csv", 1, 2)]
    assert (tmp_path / "sitting" / "sheets" / "appels.csv.1.json").is_file()


async def test_a_save_made_on_an_older_one_is_refused_and_none_is_overwritten(clients: RoomClients, tmp_path: Path) -> None:
    document = (await opened(clients.candidate))["document"]
    assert (await clients.candidate.put(SHEET, json=written(document, D1="un"))).status_code == 200
    refused = await clients.candidate.put(SHEET, json=written(document, D1="deux"))
    assert (refused.status_code, refused.json()["error_id"], refused.json()["details"]["version"]) == (409, "sheet_changed", 1)
    assert (await clients.candidate.put(SHEET, json=written(document, 1, D1="deux"))).json()["version"] == 2
    kept = sorted(path.name for path in (tmp_path / "sitting" / "sheets").iterdir())
    assert kept == ["appels.csv.1.json", "appels.csv.2.json"]


async def test_only_that_sittings_candidate_saves(clients: RoomClients) -> None:
    body = written((await opened(clients.candidate))["document"], D1="x")
    assert (await clients.trainer.get(SHEET)).status_code == 200
    for role, status in (("trainer", 403), ("customer", 403), ("", 401)):
        assert (await clients.of(role).put(SHEET, json=body)).status_code == status
    for role, status in (("customer", 403), ("", 401)):
        for path in ("/sitting/sheets", SHEET, f"{SHEET}/export/ods"):
            assert (await clients.of(role).get(path)).status_code == status


async def test_what_is_meant_for_another_sitting_is_refused(clients: RoomClients) -> None:
    body = written((await opened(clients.candidate))["document"], D1="x")
    answer = await clients.candidate.put(SHEET, json=body, headers={"X-Plateau-Sitting": "autre"})
    assert answer.json()["error_id"] == "sitting_left"


@pytest.mark.parametrize("name", ["..%2F..%2Fcasefile.ods", ".cache.csv", "appels.exe", "a b.csv", "absent.ods"])
async def test_no_other_file_is_reached(clients: RoomClients, name: str) -> None:
    assert (await clients.candidate.get(f"/sitting/sheets/{name}")).status_code in (404, 422)


async def test_a_card_number_is_refused_with_its_cell(clients: RoomClients) -> None:
    document = (await opened(clients.candidate))["document"]
    refused = await clients.candidate.put(SHEET, json=written(document, D2="4111 1111 1111 1111"))
    assert (refused.status_code, refused.json()["details"]) == (422, {"cells": ["appels!D2"]})
    assert (await opened(clients.candidate))["version"] == 0


@pytest.mark.parametrize(
    "sheet",
    [
        {"name": "F", "cells": {"A5001": {"v": 1}}},
        {"name": "F", "cells": {"a1": {"v": 1}}},
        {"name": "F", "cells": {"A1": {"v": "x" * 2001}}},
        {"name": "F/2", "cells": {}},
        {"name": "F", "cells": {"A1": {"v": 1, "x": 2}}},
    ],
)
async def test_what_is_no_document_is_refused(clients: RoomClients, sheet: dict[str, Any]) -> None:
    body = {"write_id": "w", "version": 0, "document": {"sheets": [sheet]}}
    assert (await clients.candidate.put(SHEET, json=body)).status_code == 422


async def test_a_workbook_of_ones_own_is_begun_kept_and_counted(clients: RoomClients) -> None:
    for number in range(1, 21):
        body = {"write_id": f"w{number}", "version": 0, "document": {"sheets": [{"name": "F", "cells": {"A1": {"v": number}}}]}}
        assert (await clients.candidate.put(f"/sitting/sheets/classeur-{number}.ods", json=body)).status_code == 200
    refused = await clients.candidate.put("/sitting/sheets/classeur-21.ods", json={**body, "write_id": "w21"})
    assert (refused.status_code, refused.json()["error_id"]) == (409, "too_many_sheets")
    names = [one["name"] for one in (await clients.candidate.get("/sitting/sheets")).json() if not one["of_pack"]]
    assert len(names) == 20


@pytest.mark.parametrize("form", ["ods", "xlsx", "csv"])
async def test_an_export_reopens_and_stays_in_the_sittings_folder(clients: RoomClients, tmp_path: Path, form: str) -> None:
    document = (await opened(clients.candidate))["document"]
    body = written(document, D2=3)
    body["document"]["sheets"][0]["cells"]["E2"] = {"f": "=B2*D2", "n": '#,##0.00 "€"'}
    await clients.candidate.put(SHEET, json=body)
    answer = await clients.candidate.get(f"{SHEET}/export/{form}")
    assert answer.headers["content-disposition"] == f'attachment; filename="appels.{form}"'
    assert (tmp_path / "sitting" / "sheets" / f"appels.{form}").read_bytes() == answer.content
    again = read_file(f"appels.{form}", answer.content, DAY)
    assert again.sheets[0].cells["E2"].v == 37.5
    if form != "csv":
        assert changed_cells(Document.model_validate(body["document"]), again) == []
    assert (await clients.trainer.get(f"{SHEET}/export/{form}")).status_code == 200


async def test_a_damaged_file_of_the_pack_is_told_in_one_sentence(tmp_path: Path, pack: Path) -> None:
    (pack / "sheets" / "abime.ods").write_bytes(b"PK\x03\x04")
    async with open_room(tmp_path / "sitting", pack) as opened_room:
        answer = await opened_room.candidate.get("/sitting/sheets/abime.ods")
        assert (answer.status_code, "abime.ods » est illisible" in answer.json()["title"]) == (422, True)


def test_a_room_killed_right_after_its_answer_has_lost_nothing(tmp_path: Path, pack: Path) -> None:
    room = RoomProcess(tmp_path / "sitting", pack)
    room.start()
    headers = {"Authorization": f"Bearer {TOKENS['candidate']}"}
    with httpx.Client(base_url=room.url, headers=headers, trust_env=False) as http:
        body = written(http.get(SHEET).json()["document"], D2="Abouti")
        assert http.put(SHEET, json=body).json()["version"] == 1
    room.kill()
    room.start()
    with httpx.Client(base_url=room.url, headers=headers, trust_env=False) as http:
        view = http.get(SHEET).json()
        assert view["version"] == 1 and view["document"]["sheets"][0]["cells"]["D2"] == {"v": "Abouti"}
        assert http.put(SHEET, json=body).json()["version"] == 1
    assert room.stop() == 0
