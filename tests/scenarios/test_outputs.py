"""What comes out of a session: a candidate's archive with everything in it, verified; the annex of the minutes."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pypdf
from odfdo import Document

from scenarios.archive import verify_archive
from scenarios.report.odt import as_odt
from scenarios.report.pages import Grid, Heading, Pages, Signatures, ToFill, Words
from scenarios.report.pdf import as_pdf
from tests.scenarios.session_world import STATION, Clock, ok, opened, phase, session_room, through, write

PAPERS = {
    "fiche-individuelle", "fiche-synthese", "annexe-incidents", "chronologie", "modifications", "messagerie", "reponses", "grille-jury1",
    "grille-jury2",
}  # fmt: skip


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


async def test_a_candidate_s_archive_holds_everything_and_verifies(tmp_path: Path) -> None:
    clock = Clock()
    async with session_room(tmp_path, clock) as room:
        candidate = await opened(room)
        one, two = room.clients["jury1"], room.clients["jury2"]
        going_on = await room.manager.post("/session/candidates/017/archive")
        assert (going_on.status_code, going_on.json()["error_id"]) == (409, "passage_going_on")
        await through(room, clock, "contacts")
        await ok(await one.post("/jury/simulations/S1/start", json=write()))
        await ok(
            await candidate.put(
                "/crm/note/n1", json=write(version=0, fields={"contact_id": "martin-lea", "text": "rappeler <b>demain</b>"})
            )
        )
        await ok(await two.put("/jury/grid/marks", json=write(criterion="c2.1", value="constaté")))
        await ok(await two.put("/jury/grid/notes/n2", json={"text": "la procédure ?", "competence": "c2", "pinned": True}))
        await ok(await two.post(f"/session/stations/{STATION}/freeze", json=write(cause="Casque en panne")))
        clock.advance(minutes=4)
        for client in (one, room.manager):
            await ok(await client.post(f"/session/stations/{STATION}/resume", json=write(choice="rendu", remark="rien à dire")))
        await ok(await room.manager.post(f"/session/stations/{STATION}/end", json=write(phase="contacts")))
        for name in ("written", "technical_interview"):
            await phase(room, clock, name)
            if name == "technical_interview":
                for client in (one, two):
                    await ok(await client.post("/jury/grid/share"))
                decision = {"id": "d1", "subject": "ccp1", "outcome": "acquis", "reason": "Les quatre situations sont tenues."}
                await ok(await one.post("/jury/grid/decisions", json=decision))
                await ok(await two.post("/jury/grid/decisions/d1/assent"))
            await ok(await room.manager.post(f"/session/stations/{STATION}/end", json=write(phase=name)))
        made = await ok(await room.manager.post("/session/candidates/017/archive"))
        (tmp_path / made["name"]).write_bytes((await room.manager.get(f"/session/archives/{made['name']}")).content)
        verify_archive(tmp_path / made["name"])
        with zipfile.ZipFile(tmp_path / made["name"]) as archive:
            names = set(archive.namelist())
            assert {f"documents/{paper}.pdf" for paper in PAPERS} <= names and "documents/fiche-individuelle.odt" in names
            data = json.loads(archive.read("donnees.json"))
            grid = text_of(archive.read("documents/grille-jury2.pdf"))
            incident = text_of(archive.read("documents/annexe-incidents.pdf"))
            sheet = text_of(archive.read("documents/fiche-individuelle.pdf"))
            changes = text_of(archive.read("documents/modifications.pdf"))
            line = text_of(archive.read("documents/chronologie.pdf"))
        assert "La demande de l'interlocuteur est identifiée" in grid and "constaté" in grid and "la procédure ?" in grid
        assert "Casque en panne" in incident and "4 min 00 s" in incident and "temps rendu" in incident and "rien à dire" in incident
        assert "Les quatre situations sont tenues." in sheet and "acquis" in sheet and "candidat" in sheet.lower()
        assert "rappeler <b>demain</b>" in changes and "Début de la phase : Contacts" in line
        assert data["decisions"][0]["reason"] and data["journal"][0]["kind"] == "SittingOpened" and data["marks"][0]["value"] == "constaté"
        annex = text_of((await room.manager.get("/session/minutes.pdf")).content)
        assert "017" in annex and "ccp1" in annex and "Casque en panne" in annex
        odt = Document(io.BytesIO((await room.manager.get("/session/minutes.odt")).content))
        assert "017" in odt.get_formatted_text()
        for client in (one, candidate, room.nobody):
            for method, path in (
                ("POST", "/session/candidates/017/archive"),
                ("GET", f"/session/archives/{made['name']}"),
                ("GET", "/session/minutes.pdf"),
            ):
                assert (await client.request(method, path)).status_code in (401, 403, 423)


async def test_the_archive_of_one_who_has_left_the_station_is_made_from_the_folder(tmp_path: Path) -> None:
    async with session_room(tmp_path, Clock()) as room:
        await opened(room)
        await ok(await room.manager.post(f"/session/stations/{STATION}/absent", json=write()))
        await ok(await room.manager.post("/session/candidates", json={"number": "018", "station": STATION}))
        await ok(await room.manager.post("/session/candidates/018/sitting"))
        made = await ok(await room.manager.post("/session/candidates/017/archive"))
        path = room.room.settings.sittings[STATION].parents[2] / "archives"
        assert verify_archive(next(path.rglob(made["name"]))).files


def test_nothing_in_a_document_is_markup_and_long_cells_are_broken_over_pages() -> None:
    odd = "<b>gras</b> & \x07 « 1/2 » \U0001f600 " + "mot " * 1500
    blocks = (
        Heading("<i>h</i>"),
        Words(odd),
        Grid(("a", "b"), (("x", odd), ("y", "z"))),
        ToFill("Avis :", 2),
        Signatures(("Mme A", "M. B")),
    )
    pages = Pages("essai", "T & <T>", "ligne 1\nligne 2", "pied", blocks)
    pdf = as_pdf(pages)
    assert "<b>gras</b> &" in text_of(pdf) and "T & <T>" in text_of(pdf) and len(pypdf.PdfReader(io.BytesIO(pdf)).pages) > 1
    assert "page 2 sur" in text_of(pdf)
    assert "<b>gras</b> &" in Document(io.BytesIO(as_odt(pages))).get_formatted_text()
