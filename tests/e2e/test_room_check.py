"""`plateau check` in a real room: its Asterisk, its room server, a desk's machine and a seat's, over TLS and SRTP; then what is broken."""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from cti.messages import CallEnded, CallPlaced, MuteMicrophone
from scenarios.room.register import Register
from tests.cti.audio.measure import tone_file
from tests.e2e.exam import Console, Desk, ExamRoom
from tests.terminal import plateau
from tests.workstation.headless_machine import headless
from tests.workstation.test_printer_probe import answer

pytestmark = pytest.mark.e2e
LISTENED = ["ExchangeListeningBegan", "ExchangeListeningEnded"]


@contextmanager
def printer() -> Iterator[str]:
    """The address of a printer that waits for work."""

    class Ipp(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = answer(info="Laser de la salle")
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Ipp)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"ipp://127.0.0.1:{server.server_port}/salle"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run_check(room: ExamRoom) -> tuple[int, str, str]:
    """`plateau check` as the session manager types it: exit code, screen, progress."""
    environment = {**os.environ, "PLATEAU_LANG": "fr", "PYTHONIOENCODING": "utf-8", "COLUMNS": "160"}
    done = subprocess.run(plateau("check", "--room", str(room.folder)), capture_output=True, text=True, timeout=100, env=environment)
    return done.returncode, done.stdout, done.stderr


def kept(room: ExamRoom) -> Any:
    register = Register.open(room.folder / "register.db")
    try:
        return register.checks()[0]
    finally:
        register.close()


async def test_a_room_is_proven_by_its_own_calls(tmp_path: Path) -> None:
    mic = tone_file(tmp_path / "mic.wav", 610.0, 60.0)
    with ExamRoom(tmp_path, stations=2, juries=1) as room, printer() as address:
        async with (
            headless(room.url, room.code("poste1"), tmp_path / "m1", mic_file=mic, printer=address) as one,
            headless(room.url, room.code("poste2"), tmp_path / "m2", mic_file=mic) as two,
            headless(room.url, room.code("jury1"), tmp_path / "mj", mic_file=mic) as seat,
        ):
            machines = (one, two, seat)
            began = {machine.enrolment.place: len(machine.heard) for machine in machines}
            code, screen, progress = await asyncio.to_thread(run_check, room)
            measured = kept(room).measurements
            assert code == 0, screen + progress
            assert "GO : la salle est prête" in screen and "Écoute, tour 2 sur 2" in progress
            for place in ("poste1", "poste2", "jury1"):
                cells = measured[place]
                assert {
                    item: cells[item]["state"] for item in ("version", "clock", "line", "secret", "loop", "listening")
                } == dict.fromkeys(("version", "clock", "line", "secret", "loop", "listening"), "ok")
                assert abs(cells["clock"]["values"]["skew"]) < 0.2
                assert cells["secret"]["values"]["codec"] == "PCMA"
                assert 20 <= cells["loop"]["values"]["delay_ms"] <= 300 and cells["loop"]["values"]["level"] == pytest.approx(1.0, abs=0.1)
                assert cells["listening"]["values"]["level"] > 0.02
                assert cells["headset"]["why"] == "file"
            assert measured["poste1"]["printer"]["values"]["printer"] == "Laser de la salle"
            assert measured["poste2"]["printer"]["why"] == "no_printer"
            print(screen)
            for machine in machines:
                others = machine.heard[began[machine.enrolment.place] :]
                assert not [fact for fact in others if str(getattr(fact, "call_id", ""))], "a check's call is nobody else's business"
                said = [words.split(" :")[0] for words in machine.said]  # once, or again when its turn to be listened to comes late
                assert said == ["CONTRÔLE DE LA SALLE EN COURS", "Contrôle de la salle terminé ici."] * (len(said) // 2) and said
            for station in ("poste1", "poste2"):
                rows = [row.kind for row in room.rows(station)]
                listening = [kind for kind in rows if kind.startswith("ExchangeListening")]
                assert listening in (LISTENED, LISTENED * 2)  # twice where a busy machine had it listened to again
                assert not [kind for kind in rows if kind.startswith(("Call", "Agent", "ExchangeEst", "ExchangeDel", "ExchangeCleared"))]
            room.wait(lambda: "0 active channels" in room.exchange.cli("core show channels"), "every call to be over")
            code, screen, _progress = await asyncio.to_thread(run_check, room)
            assert code == 0, screen


def test_a_desk_and_a_console_are_checked_without_a_trace_in_the_sitting(tmp_path: Path) -> None:
    """As people sit there: an agent who is ready stays ready, nothing is rung, nothing is owed."""
    with ExamRoom(tmp_path, stations=1, juries=1) as room, Desk(room, "poste1") as desk, Console(room, "jury1") as console:
        desk.sign_in()
        console.sits("Jouer le client", 1)
        room.wait(lambda: "(paused" not in room.exchange.cli("queue show poste1"), "the station to be offered calls")
        since = room.last_seq("poste1")
        with ThreadPoolExecutor(1) as aside:
            checking = aside.submit(run_check, room)
            desk.terminal.wait_for("CONTRÔLE DE LA SALLE EN COURS", within=30)
            console.terminal.wait_for("CONTRÔLE DE LA SALLE EN COURS", within=30)
            code, screen, progress = checking.result(timeout=90)
        assert code == 0, screen + progress
        desk.terminal.wait_for("Contrôle de la salle terminé ici")
        console.terminal.wait_for("Contrôle de la salle terminé ici")
        rows = {row.kind for row in room.rows("poste1", since=since)}
        assert {"ExchangeListeningBegan", "ExchangeListeningEnded"} <= rows, "listened to, and told so"
        assert rows <= {"ExchangeListeningBegan", "ExchangeListeningEnded", "ExchangeLineChanged"}, rows
        room.wait(lambda: "(paused" not in room.exchange.cli("queue show poste1"), "the station to be offered calls again")
        desk.terminal.wait_for("Prêt")
        # and the room still works: the juror calls, the candidate's screen pops, which a check does not survive
        console.terminal.keys("F3")
        desk.terminal.wait_for("SONNE", within=30)
        code, screen, progress = run_check(room)
        assert code == 2 and "Poste 1 est en communication : le contrôle attendra la fin." in progress, screen + progress


async def test_what_is_broken_is_told_with_its_mend(tmp_path: Path) -> None:
    mic = tone_file(tmp_path / "mic.wav", 610.0, 60.0)
    with ExamRoom(tmp_path, stations=4, juries=2) as room:
        closed = room.code("poste4")
        async with headless(room.url, closed, tmp_path / "m4", mic_file=mic, register=False):
            pass
        async with (
            headless(room.url, room.code("poste1"), tmp_path / "m1", mic_file=mic, offset=-90.0) as muted,
            headless(room.url, room.code("poste2"), tmp_path / "m2", mic_file=mic, register=False),
            headless(room.url, room.code("jury1"), tmp_path / "mj", mic_file=mic, printer="ipp://127.0.0.1:9/salle"),
        ):
            muted.phone.send(MuteMicrophone(True))
            await muted.until(lambda: muted.state.phone.muted, "its microphone to be muted")
            code, screen, progress = await asyncio.to_thread(run_check, room)
            print(screen)
            assert code == 1, screen + progress
            cells = {place: {item: cell["why"] for item, cell in found.items()} for place, found in kept(room).measurements.items()}
            assert (cells["poste1"]["clock"], cells["poste1"]["loop"], cells["poste1"]["listening"]) == ("clock", "muted", "heard")
            assert (cells["poste2"]["line"], cells["poste2"]["loop"], cells["poste2"]["listening"]) == (
                "not_registered",
                "no_call",
                "no_line",
            )
            assert cells["poste3"]["version"] == "not_enrolled" and cells["poste4"]["version"] == "closed"
            assert (cells["jury1"]["printer"], cells["jury1"]["listening"]) == ("printer_unreachable", "heard")
            for words in (
                "✕ Poste 1 · Horloge : l'horloge s'écarte de -",
                "✕ Poste 1 · Boucle : le micro est coupé au poste →",
                "✕ Poste 2 · Ligne : la ligne n'est pas inscrite au central →",
                "✕ Poste 4 · Plateau : Plateau n'est pas ouvert sur PC-m4 →",
                "✕ Jury 1 · Imprimante : l'imprimante ipp://127.0.0.1:9/salle ne répond pas",
                "! Poste 3, Jury 2 · Plateau : aucune machine n'y est inscrite",
                "NO-GO : ",
            ):
                assert words in screen, words
            assert not [fact for fact in muted.heard if isinstance(fact, (CallPlaced, CallEnded))]
