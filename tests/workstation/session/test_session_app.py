"""The console on a real room: what is read on the screen, what keys do, at both sizes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.session_world import STATION, ok, write
from tests.workstation.session.console_of_tests import Console, session_console
from tests.workstation.wait import wait_for
from workstation.session import view

SIZES = [(80, 24), (120, 36)]


@pytest.fixture(autouse=True)
def faults(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No test may leave a fault in the console's log."""
    yield
    assert [r.getMessage() for r in caplog.records if r.name == "plateau.desk" and r.levelname == "ERROR"] == []


async def session(console: Console, *stations: str, kind: str = "ccp1") -> None:
    """A session with a candidate at each of these stations, sittings open, desks there."""
    people = [{"place": "jury1", "role": "juror", "name": "Mme A"}, {"place": "jury2", "role": "juror", "name": "M. B"}]
    await ok(await console.room.manager.post("/session", json={"type": kind, "title": "Novembre", "people": people}))
    for number, station in enumerate(stations, 17):
        await ok(await console.room.manager.post("/session/candidates", json={"number": f"0{number}", "station": station}))
        await ok(await console.room.manager.post(f"/session/candidates/0{number}/sitting"))
        console.link_station(station)
    if stations:
        await wait_for(lambda: len(view.ready(console.app.state)) == len(stations), "every candidate ready, in the view")
        await console.until("017", f"0{16 + len(stations)}", "prêt : Préparation")


async def seats(console: Console) -> None:
    await console.room.seat("jury1", "role_player", STATION)
    await console.room.seat("jury2", "observer", STATION)


@pytest.mark.parametrize("size", SIZES)
async def test_a_session_is_opened_and_a_candidate_named_by_keys(tmp_path: Path, size: tuple[int, int]) -> None:
    async with session_console(tmp_path, size=size) as console:
        await console.until("aucune session", "Aucune session n'est ouverte : Ctrl+N", "Responsable de session")
        await console.pilot.press("ctrl+n")
        await console.until("Ouvrir une session", "Type de session", "Intitulé")
        await console.pilot.press("right", "tab")
        await console.types("Novembre")
        await console.pilot.press("enter")
        await console.until("Nommez au moins un juré")
        await console.types("Mme A")
        await console.pilot.press("enter")
        await console.told("Confirmé : ouvrir la session")
        await console.until("Novembre", "Session CCP 1", "Aucun candidat : F6")
        told = (await console.room.manager.get("/session")).json()
        assert told["type"] == "ccp1" and told["people"] == [{"place": "jury1", "role": "juror", "name": "Mme A"}]
        assert told["settings"] | {"spellcheck": False, "office": False, "retention_days": 365} == told["settings"]
        await console.pilot.press("f6")
        await console.until("Inscrire un candidat", "Numéro de candidat", "Préparation", "minutes ; la session : 30")
        await console.types("017")
        await console.pilot.click("#third")
        await console.pilot.press("shift+tab", "enter")  # the button that names
        await console.told("Confirmé : inscrire le candidat 017")
        await console.until("017", "Poste 1", "inscrit, séance à ouvrir")
        [candidate] = (await console.room.manager.get("/session")).json()["candidates"]
        assert candidate["seconds"] == {"preparation": 2400, "contacts": 3600, "written": 1200, "technical_interview": 1200}
        await console.pilot.press("f5")
        await console.until("Le poste repart de zéro")
        await console.pilot.press("2")
        await console.until("◇ prêt : Préparation", "✕ POSTE COUPÉ", "Temps accordé : Préparation 40:00")


@pytest.mark.parametrize("size", SIZES)
async def test_phases_are_started_at_once_and_every_clock_is_in_sight(tmp_path: Path, size: tuple[int, int]) -> None:
    async with session_console(tmp_path, size=size) as console:
        await session(console, STATION, "poste2")
        await console.pilot.press("f3")
        await console.until("Commencer pour tous les candidats prêts", "Préparation : candidats 017, 018")
        await console.pilot.press("2")
        shown = await console.until("► Préparation", "2 en cours", gone="prêt : Préparation")
        assert sum("► Préparation" in line and ("29:5" in line or "30:00" in line) for line in shown.splitlines()) == 2, shown
        assert all(console.course(station)["phase"] == "preparation" for station in (STATION, "poste2"))
        await console.pilot.press("f4")
        await console.until("Une phase terminée ne se rouvre pas", "rendu avant l'heure")
        await console.pilot.press("1")
        await console.until(gone="ne se rouvre pas")
        assert console.course(STATION)["phase"] == "preparation"
        await console.pilot.press("f4", "3")
        await console.until("◇ prêt : Contacts", "1 en cours")
        ended = next(row for row in console.room.room.stations[STATION].case.rows() if row.kind == "PhaseEnded")
        assert ended.data["reason"] == "rendu avant l'heure par le candidat"


async def test_late_entry_takes_from_the_start_not_from_the_end(tmp_path: Path) -> None:
    async with session_console(tmp_path) as console:
        await session(console, STATION)
        console.clock.advance(minutes=10)
        console.room.room.changed()
        await console.room.enrol("jury3")  # something the view tells, so that the room's clock comes with it
        await ok(await console.room.manager.put("/session/people", json={"people": [{"place": "jury3", "role": "juror", "name": "C"}]}))
        await wait_for(lambda: "'C'" in str(console.app.state.view), "the view")
        await console.pilot.press("f2")
        await console.until("Entrée tardive : 10:0")
        await console.pilot.press("3")
        await console.until("► Préparation", "Entrée tardive : 10:0", "19:5")


@pytest.mark.parametrize("size", SIZES)
async def test_an_incident_by_one_key_and_what_follows_beside_the_jury(tmp_path: Path, size: tuple[int, int]) -> None:
    async with session_console(tmp_path, size=size) as console:
        await session(console, STATION)
        await seats(console)
        for name in ("preparation", "contacts"):
            await ok(await console.room.manager.post(f"/session/stations/{STATION}/start", json=write(phase=name)))
            if name == "preparation":
                await ok(await console.room.manager.post(f"/session/stations/{STATION}/end", json=write(phase=name)))
        await console.until("► Contacts")
        await console.pilot.press("f8", "1")
        await console.until("‖ INCIDENT · Contacts", "TEMPS ARRÊTÉ : 017", "Téléphone ou son en panne")
        await console.pilot.press("f9")
        await console.until("Le jury : pas encore dit", "Vous : pas encore dit", "quand le jury et vous")
        juror = console.room.clients["jury2"]
        await ok(await juror.post(f"/session/stations/{STATION}/resume", json=write(choice="rejoué", given=300)))
        await console.until("Le jury : rejoué avec la réserve (+ 05:00)")
        await console.pilot.press("right", "tab", "home", "delete", "5", "tab")
        await console.types("Ecran fige")
        await console.pilot.press("enter")
        await console.until("► Contacts", "49:5", gone="TEMPS ARRÊTÉ")
        resumed = next(row for row in console.room.room.stations[STATION].case.rows() if row.kind == "PhaseResumed")
        assert (resumed.data["choice"], resumed.data["given"], resumed.data["remark"]) == ("rejoué", 300, "Ecran fige")
        await console.pilot.press("f7")
        await console.types("5")
        await console.pilot.press("enter")
        await console.until("Dites le motif")
        await console.types("Alarme")
        await console.pilot.press("enter")
        await console.told("Confirmé : candidat 017 : 05:00 de plus")
        await console.until("54:5")


async def test_a_jury_is_changed_by_one_form_with_its_reason(tmp_path: Path) -> None:
    async with session_console(tmp_path) as console:
        await session(console, STATION)
        await seats(console)
        await console.room.enrol("jury3")
        await console.until("Jury : Mme A (jury1, joue le client), M. B (jury2, observe)")
        await console.pilot.press("alt+e")
        await console.until("Candidat 017 : changer le jury", "grille close", "◂ comme avant (Mme A) ▸")
        await console.pilot.press("right", "tab", "right", "tab")  # the role-player leaves, somebody else comes to the same seat
        await console.pilot.press("enter")
        await console.until("Donnez le nom de la personne qui arrive")
        await console.types("Mme C")
        await console.pilot.press("enter")
        await console.until("Dites le motif")
        await console.pilot.press("right", "right", "tab", "enter")
        await console.until("Confirmé : changer le jury du candidat 017")
        await console.until("Mme C (jury1, joue le client), M. B (jury2, observe)")
        changed = next(row for row in console.room.room.stations[STATION].case.rows() if row.kind == "JuryChanged")
        assert (changed.data["left_name"], changed.data["entered_name"], changed.data["reason"]) == ("Mme A", "Mme C", "Juré souffrant")
        await console.pilot.press("alt+e", "end", "tab", "end", "tab", "tab", "right")  # the same person, at another seat
        assert "M. B" in await console.until("la même personne : sa grille la suit")
        await console.pilot.press("tab", "tab", "end", "tab")
        await console.types("ecran noir")
        await console.pilot.press("enter")
        await console.until("Mme C (jury1, joue le client), M. B (jury3, observe)")


async def test_absent_archives_annex_and_closing(tmp_path: Path) -> None:
    async with session_console(tmp_path) as console:
        await session(console, STATION)
        await console.pilot.press("alt+a", "2")
        await console.until("– ABSENT")
        await console.pilot.press("alt+z")
        await console.until("SANS ARCHIVE : 017", "ne se rouvre pas")
        await console.pilot.press("1")
        await console.until(gone="SANS ARCHIVE")
        await console.pilot.press("alt+s", "2")
        await console.until("✓ candidat-017.zip", "Sur le serveur", "Empreinte SHA-256")
        await console.pilot.press("enter")
        await console.until("Archive enregistrée et vérifiée ici")
        kept = tmp_path / "documents" / "candidat-017.zip"
        made = (await console.room.manager.get("/session/archives")).json()["archives"][0]
        assert kept.is_file() and made["sha256"] in console.screen()
        await console.pilot.press("alt+m", "2")
        await console.until("Annexe du procès-verbal enregistrée ici")
        assert (tmp_path / "documents" / "annexe-proces-verbal.pdf").read_bytes().startswith(b"%PDF-")
        await console.pilot.press("alt+m", "1")
        await wait_for(lambda: (tmp_path / "documents" / "annexe-proces-verbal.odt").is_file(), "the ODT")
        await console.pilot.press("alt+z", "2")
        await console.told("Confirmé : fermer la session")
        await console.until("aucune session")
        assert (await console.room.manager.get("/session")).json() == {}


async def test_a_lost_answer_is_asked_again_and_done_once(tmp_path: Path) -> None:
    async with session_console(tmp_path) as console:
        await session(console, STATION)
        console.wire.lost = 2
        await console.pilot.press("f2", "2")
        await console.told("Confirmé : Préparation, candidat 017")
        await console.until("► Préparation")
        assert [row.kind for row in console.room.room.stations[STATION].case.rows()].count("PhaseStarted") == 1
        assert len([one for one in console.wire.sent if one[1].endswith("/start")]) > 1


async def test_an_order_that_gets_no_answer_is_given_up_but_a_stop_is_not(tmp_path: Path) -> None:
    async with session_console(tmp_path) as console:
        await session(console, STATION)
        await ok(await console.room.manager.post(f"/session/stations/{STATION}/start", json=write(phase="preparation")))
        await console.until("► Préparation")
        console.wire.down = True
        await console.pilot.press("f4", "2")
        await console.until("NON CONFIRMÉ : Préparation, candidat 017 : terminer")
        await console.pilot.press("f8", "2")
        await console.until("NON CONFIRMÉ : 1")
        console.wire.down = False
        await console.told("Confirmé : INCIDENT")
        await console.until("‖ INCIDENT · Préparation")
        assert console.course(STATION)["phase"] == "preparation"


async def test_a_refusal_is_the_rooms_own_sentence(tmp_path: Path) -> None:
    async with session_console(tmp_path) as console:
        await session(console, STATION)
        await ok(await console.room.manager.post("/session/candidates", json={"number": "030", "station": STATION}))
        await console.until("030", "inscrit, séance à ouvrir")
        await console.pilot.press("2", "f5", "2")
        await console.until("Refusé : ouvrir la séance du candidat 030", "n'est pas terminé à")
        await console.pilot.press("alt+v", "2")
        await console.told("Confirmé : retirer le candidat 030")
        await console.until(gone="inscrit, séance à ouvrir")


@pytest.mark.parametrize("size", SIZES)
async def test_an_invigilator_sees_presence_and_clocks_and_stops_one(tmp_path: Path, size: tuple[int, int]) -> None:
    async with session_console(tmp_path, role="invigilator", size=size) as console:
        people = [{"place": "surveillance", "role": "invigilator", "name": "M. S"}]
        await ok(await console.room.manager.post("/session", json={"type": "ccp1", "title": "Novembre", "people": people}))
        await ok(await console.room.manager.post("/session/candidates", json={"number": "017", "station": STATION}))
        await ok(await console.room.manager.post("/session/candidates/017/sitting"))
        await ok(await console.room.manager.post(f"/session/stations/{STATION}/start", json=write(phase="preparation")))
        await console.until("Surveillant", "Poste 1", "► Préparation", "✕ POSTE COUPÉ", "Poste 2", "aucun candidat")
        console.link_station(STATION)
        await console.until("✓ relié")
        for key in ("f2", "f3", "ctrl+n", "alt+z"):  # none of it is his
            await console.pilot.press(key)
        assert "Ne rien faire" not in console.screen()
        await console.pilot.press("f8", "4")
        await console.until("‖ INCIDENT · Préparation", "Candidat souffrant", "décident de la suite")
        assert console.course(STATION)["frozen"]["by"] == "invigilator"
        assert "sujet" not in console.screen().lower()
