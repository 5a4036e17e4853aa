"""A candidate's passage at a real desk, on real Asterisk: everything the room said to it, everything on its disk, the memory of its
processes, and every file they opened are searched for what the jury knows. Then the next candidate sits down: nothing is left."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from scenarios.pack import Pack
from scenarios.pack_load import load_pack
from scenarios.room.open import manager_token, room_address
from tests.e2e.exam import DAY, PRESENT, Desk, ExamRoom, Place, place
from tests.e2e.lab import SLOW, energy_db, sound_of
from tests.e2e.processes import Processes
from tests.e2e.recorded_room import FOLDER, name_of
from tests.scenarios.secrets_of import found_in, secrets_of
from tests.scenarios.session_world import write
from workstation.cli_options import PACKS
from workstation.links.enrol_link import enrolment_file, load_enrolment, verified_by

STATION = "poste1"
MARKED = "SECRET-DU-JURY-"  # begins whatever the jury types
PUBLIC = "Pour protéger votre dossier"  # of the procedures: what a search must find
COMMANDS = {"desk": "plateau desk", "phone": "cti.phone"}
REPLY = "Madame, nous confirmons vos quatre versements"  # typed by the candidate


class WatchedRoom(ExamRoom):
    """Its server writes down what it says; a desk of it, what it opens."""

    program = "tests.e2e.recorded_room"

    def __enter__(self) -> WatchedRoom:
        super().__enter__()
        return self

    def _environment(self, place: str) -> dict[str, str]:
        looked_at = {"PYTHONPATH": str(Path(__file__).parent / "looked_at"), "PLATEAU_OPENED": str(self.root / f"opened-{place}")}
        return {**super()._environment(place), **looked_at}

    def case_file(self, station: str) -> Path:
        """Of the sitting opened last; the one before is written to while it is closed."""
        return max((self.folder / "sittings" / station).glob("*/casefile.db"))

    def opened(self, place: str) -> list[str]:
        return (self.root / f"opened-{place}").read_text(errors="replace").splitlines()


class Search:
    """For every secret of the pack, in all that is or was at the candidate's station."""

    def __init__(self, room: WatchedRoom, pack: Pack) -> None:
        self.room, self.secrets = room, secrets_of(pack)
        self.home, self.data = room.root / f"home-{STATION}", room.root / STATION

    def memory(self, role: str, *public: str) -> None:
        """Of the desk or of its phone, now."""
        (pid,) = [pid for pid, words in Processes(self.home).all().items() if COMMANDS[role] in words]
        self._look(_memory_of(pid), f"memory of the {role}", *public)

    def disk(self) -> None:
        for root in (self.home, self.data):
            for path in root.rglob("*") if root.exists() else ():
                if path.is_file():
                    self._look(path, str(path))

    def wire(self) -> None:
        kept = load_enrolment(enrolment_file(self.data))
        assert kept is not None
        self._look(self.room.root / FOLDER / name_of(kept.token), "wire", PUBLIC)

    def files_opened(self) -> None:
        """The pack is on this machine, and nobody at the station has looked at it."""
        opened = self.room.opened(STATION)
        assert any(line.startswith("open ") and line.endswith("desk.log") for line in opened)
        assert "import workstation.ui.app" in opened and "import pjsua2" in opened
        packs = [line for line in opened if (str(PACKS) in line or str(self.room.pack) in line) and "__pycache__" not in line]
        assert packs == []
        assert not {"import scenarios.pack_load", "import scenarios.sealed_pack", "import scenarios.room.unsealed"} & set(opened)

    def _look(self, content: bytes | Path, where: str, *public: str) -> None:
        found = found_in(content, [*self.secrets.values(), MARKED, *public], self.room.root / "search")
        assert found == set(public), (where, {key: piece for key, piece in self.secrets.items() if piece in found}, found)


def _memory_of(pid: int) -> bytes:
    """What is written or may be, of its address space."""
    content = bytearray()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights, _offset, _device, _inode, *name = line.split()
            if "w" not in rights or name[:1] in (["[vvar]"], ["[vsyscall]"]):
                continue
            first, last = (int(one, 16) for one in span.split("-"))
            with contextlib.suppress(OSError, OverflowError):  # a region that went meanwhile
                memory.seek(first)
                while first < last and (read := memory.read(last - first)):
                    content += read
                    first += len(read)
    return bytes(content)


@contextlib.asynccontextmanager
async def _manager(room: ExamRoom) -> AsyncIterator[httpx.AsyncClient]:
    address = room_address(room.folder)
    headers = {"Authorization": f"Bearer {manager_token(room.folder)}"}
    async with httpx.AsyncClient(
        base_url=address.url, headers=headers, verify=verified_by(address.ca_pem), trust_env=False, timeout=60
    ) as http:
        yield http


async def _ok(http: httpx.AsyncClient, method: str, path: str, **body: Any) -> Any:
    answer = await http.request(method, path, json=body)
    assert answer.is_success, f"{method} {path}: {answer.text}"
    return answer.json()


async def _phase(manager: httpx.AsyncClient, order: str, phase: str) -> None:
    reason = {"reason": f"{MARKED}fin"} if order == "end" else {}
    await _ok(manager, "POST", f"/session/stations/{STATION}/{order}", **write(phase=phase, **reason))


@pytest.mark.timeout(500)  # a machine that is busy elsewhere makes it long, never wrong
async def test_nothing_of_the_jury_s_is_ever_at_the_candidate_s_station(tmp_path: Path) -> None:
    with WatchedRoom(tmp_path, stations=1, juries=2) as room, Desk(room, STATION) as desk:
        search = Search(room, load_pack(room.pack, DAY))
        await asyncio.to_thread(desk.terminal.wait_for, "Prise de poste", "ligne enregistrée", "rien à enregistrer", within=SLOW)
        async with (
            _manager(room) as manager,
            place(room, "jury1", "role_player", STATION) as player,
            place(room, "jury2", "observer", STATION) as observer,
        ):
            people = [{"place": seat, "role": "juror", "name": f"{MARKED}{seat}"} for seat in ("jury1", "jury2")]
            await _ok(manager, "POST", "/session", type="titre", title="Novembre", people=people)
            for number in ("017", "018"):
                await _ok(manager, "POST", "/session/candidates", number=number, station=STATION, variant="A")
            await _ok(manager, "POST", "/session/candidates/017/sitting")
            await asyncio.to_thread(_preparation, desk)
            await _phase(manager, "start", "preparation")
            await asyncio.to_thread(desk.terminal.wait_for, "Préparation", "Consignes et déroulement", within=SLOW)
            await asyncio.to_thread(search.memory, "desk", PUBLIC)
            await _phase(manager, "end", "preparation")
            await _phase(manager, "start", "contacts")
            await _a_call(room, desk, player, observer, manager, search)
            await _ok(manager, "POST", f"/session/stations/{STATION}/grant", **write(seconds=60, reason=f"{MARKED}motif"))
            for one in ("S9",):
                await player.ask("POST", f"/jury/simulations/{one}/start", **write())
                await asyncio.to_thread(desk.wait_for_row, "SimulationStarted", simulation=one, within=SLOW)
                await player.ask("POST", f"/jury/simulations/{one}/end", **write())
            await _phase(manager, "end", "contacts")
            await _phase(manager, "start", "written")
            await asyncio.to_thread(_a_reply, desk)
            await asyncio.to_thread(search.memory, "desk", PUBLIC, REPLY)
            await asyncio.to_thread(search.memory, "phone")
            for name in ("technical_interview", "final_interview"):
                await _phase(manager, "end", "written" if name == "technical_interview" else "technical_interview")
                await _phase(manager, "start", name)
            await _phase(manager, "end", "final_interview")
            await asyncio.to_thread(desk.terminal.wait_for, "Votre passage est terminé", within=SLOW)
            await asyncio.to_thread(search.disk)
            await _the_next(room, desk, manager)
            await asyncio.to_thread(search.memory, "desk")
            await asyncio.to_thread(search.disk)
        search.wire()
        search.files_opened()
        assert desk.tracebacks() == []


def _preparation(desk: Desk) -> None:
    """What the phone told while the sitting was being made may be left: it is of no candidate."""

    def there() -> bool:
        screen = desk.terminal.screen()
        if "Appelez le surveillant" in screen:
            desk.terminal.keys("Space")
        return "À venir : Préparation" in screen and "Candidat n° 017" in screen

    desk.wait_until(there, "the desk of candidate 017", SLOW)


async def _a_call(room: ExamRoom, desk: Desk, player: Place, observer: Place, manager: httpx.AsyncClient, search: Search) -> None:
    """S1 on the telephone; an incident in the middle holds it, and the customer hears music; then it goes on."""
    await asyncio.to_thread(desk.sign_in)
    await player.call("S1")
    await asyncio.to_thread(desk.terminal.wait_for, "SONNE", "Mme Odile Vasserand", within=SLOW)
    desk.terminal.keys("F3")
    await asyncio.to_thread(desk.terminal.wait_for, "En communication", within=SLOW)
    note = {"text": f"{MARKED}note", "simulation": "S1", "competence": "c2", "answer": f"{MARKED}réponse"}
    await observer.ask("PUT", f"/jury/grid/notes/{uuid.uuid4().hex}", **note)
    await observer.ask("PUT", "/jury/grid/marks", **write(criterion="c2.1", value="non constaté"))
    await player.ask("PUT", "/jury/grid/reveals", **write(simulation="S1", fact="email"))
    await asyncio.to_thread(lambda: room.wait_hears("jury1", STATION, since=room.mark("jury1"), within=SLOW))
    await observer.ask("POST", f"/session/stations/{STATION}/freeze", **write(cause=f"{MARKED}cause"))
    await asyncio.to_thread(desk.wait_for_row, "CallHeld", by="local", within=SLOW)
    await asyncio.to_thread(desk.terminal.wait_for, "ÉPREUVE SUSPENDUE", within=SLOW)
    since = room.mark("jury1")
    await asyncio.to_thread(room.wait, lambda: _music(room, since), "the customer to hear music", SLOW)
    await asyncio.to_thread(search.memory, "desk", PUBLIC)
    await asyncio.to_thread(search.memory, "phone")
    resumed = {"choice": "rendu", "given": 30, "remark": f"{MARKED}remarque"}
    await observer.ask("POST", f"/session/stations/{STATION}/resume", **write(**resumed))
    await _ok(manager, "POST", f"/session/stations/{STATION}/resume", **write(**resumed))
    await asyncio.to_thread(desk.terminal.wait_gone, "ÉPREUVE SUSPENDUE", within=SLOW)
    desk.terminal.keys("F6")
    await asyncio.to_thread(desk.wait_for_row, "CallResumed", within=SLOW)
    await asyncio.to_thread(lambda: room.wait_hears("jury1", STATION, since=room.mark("jury1"), within=SLOW))
    desk.terminal.keys("F4")
    await asyncio.to_thread(desk.wait_for_row, "CallEnded", within=SLOW)
    await asyncio.to_thread(desk.qualify, ["INFO_DONNEE"], comment="duplicata promis")
    await player.ask("POST", "/jury/simulations/S1/end", **write())


def _music(room: ExamRoom, since: int) -> bool:
    """A second that is loud with no voice of the room in it."""
    sound = sound_of(room.heard_file("jury1"))[since:]
    return (
        len(sound) > 16000 and energy_db(sound[-16000:]) > -50 and room.hears("jury1", since=since + len(sound) - 16000)[STATION] < PRESENT
    )


def _a_reply(desk: Desk) -> None:
    desk.terminal.wait_for("W3 Confirmation de l'accord de paiement", "CORBULON", within=SLOW)
    desk.terminal.keys("S-F9")
    desk.terminal.wait_for("W3 : à créer", "0 mots")
    desk.terminal.type(REPLY)
    desk.terminal.wait_for(REPLY[-12:], within=SLOW)
    desk.wait_until(
        lambda: (
            [r for r in desk.rows("RecordChanged") if REPLY in str(r.data)]
            or [r for r in desk.rows("RecordCreated", record_kind="reply") if REPLY in str(r.data)]
        ),
        "the reply to be kept",
        SLOW,
    )


async def _the_next(room: ExamRoom, desk: Desk, manager: httpx.AsyncClient) -> None:
    """A clean station: on the disk and on the screen, nothing of the one before."""
    first = desk.folder.name
    before = room.root / STATION / "sittings" / first
    assert before.exists()
    await _ok(manager, "POST", "/session/candidates/018/sitting")
    screen = await asyncio.to_thread(desk.terminal.wait_for, "À venir : Préparation", "Candidat n° 018", within=SLOW)
    assert desk.folder.name != first and not before.exists()
    left = [path for root in (room.root / f"home-{STATION}", room.root / STATION) for path in root.rglob("*") if path.is_file()]
    assert left and not [path for path in left if found_in(path, [REPLY, "Camille Renard"], room.root / "search")]
    await _phase(manager, "start", "preparation")
    await asyncio.to_thread(desk.terminal.wait_for, "Préparation", "Consignes et déroulement", within=SLOW)
    for _pane in range(3):
        screen += await asyncio.to_thread(desk.terminal.screen)
        desk.terminal.keys("M-8")
    assert not [words for words in ("Camille", "CORBULON", REPLY[:20], "duplicata promis") if words in screen]
