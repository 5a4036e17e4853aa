"""The exchange as a process, and who may talk to it: started, asked, reloaded, attacked, killed."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cti.exchange.asterisk import intruders
from cti.exchange.asterisk.configure import configure, keeping_secrets
from cti.exchange.asterisk.install import MARK, find_unpacked
from cti.exchange.asterisk.intruders import ATTEMPTS, LOCKED, WITHIN, IntruderWatch, LockOuts, failed_address
from cti.exchange.asterisk.plan import new_plan, save_plan
from cti.exchange.asterisk.server import ExchangeServer, ServerFailed, check_ports, control, reload, status, stop
from tests.cti.asterisk.raw_manager import RawManager
from tests.cti.asterisk.raw_phone import RawPhone
from tests.cti.asterisk.room_exchange import RoomExchange, asterisk

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).resolve().parents[3]
LISTENING = "0A"  # in /proc/net/tcp


@pytest.fixture
def room(tmp_path: Path) -> Iterator[RoomExchange]:
    with RoomExchange(tmp_path, stations=2, juries=2) as running:
        yield running


# --- the process ----------------------------------------------------------------------------------------


def test_its_life(room: RoomExchange) -> None:
    found = status(room.folder)
    assert found is not None and (found.pid, found.booted, found.calls, found.lines) == (room.pid, True, 0, ())
    assert found.version == asterisk().version
    with RawPhone(room, "poste1") as phone:
        assert phone.register().code == 200
        call = phone.call("600")
        found = status(room.folder)
        assert found is not None and (found.calls, found.lines) == (1, ("poste1",))
        with pytest.raises(ServerFailed, match="tourne déjà"):
            ExchangeServer(room.folder, asterisk()).start()
        assert call.code == 200
        assert stop(room.folder)  # calls are told
        phone.told("BYE")
    assert status(room.folder) is None and not stop(room.folder)
    with pytest.raises(ServerFailed, match="ne tourne pas"):
        control(room.folder, "core show uptime")
    room.restart()
    room.kill()  # leaves its socket and pid file behind
    assert status(room.folder) is None
    room.restart()
    told = [line for line in room.log().splitlines() if "PJSIP_SAFE_MODULE" not in line]  # pjproject's own, by the order modules load in
    assert not [line for line in told if "ERROR" in line or "WARNING" in line]


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    room = RoomExchange(tmp_path)
    for port, kind, transport in (
        (room.plan.ports.sip, socket.SOCK_STREAM, "tls"),
        (room.plan.ports.sip, socket.SOCK_DGRAM, "udp"),
        (room.plan.ports.manager, socket.SOCK_STREAM, "tls"),
    ):
        plan = new_plan("127.0.0.1", stations=1, juries=0, transport="udp" if transport == "udp" else "tls", ports=room.plan.ports)
        check_ports(plan)
        with socket.socket(socket.AF_INET, kind) as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # after a former test's exchange of that port
            taken.bind(("127.0.0.1", port))
            if kind == socket.SOCK_STREAM:
                taken.listen()
            with pytest.raises(ServerFailed, match=f"Le port {port} de 127.0.0.1"):
                check_ports(plan)
    room.__enter__()
    room.__exit__(None, None, None)


def test_what_does_not_start_says_why(room: RoomExchange) -> None:
    room.stop()
    (room.folder / "etc/modules.conf").write_text("[modules]\nautoload=no\nrequire=chan_pjsip.so\nload=chan_pjsip.so\n")
    with pytest.raises(ServerFailed, match=r"s'est arrêté en démarrant : .*chan_pjsip.*log/messages"):
        ExchangeServer(room.folder, asterisk()).start()


def test_a_reload_changes_lines_and_cuts_no_call(room: RoomExchange) -> None:
    with RawPhone(room, "poste1") as talker, RawManager(room) as manager:
        assert talker.register().code == 200
        call = talker.call("600")
        assert call.code == 200
        manager.ask("Setvar", Variable="PLAYER_poste1", Value="jury1")
        manager.ask("QueueAdd", Queue="poste1", Interface="PJSIP/poste1", StateInterface="PJSIP/poste1")
        old = room.plan
        wider = keeping_secrets(new_plan(old.host, stations=3, juries=1, ports=old.ports), old)
        assert [line.password for line in wider.stations[:2]] == [line.password for line in old.stations]
        room.plan = wider.with_new_password("poste2")
        configure(room.plan, room.folder, asterisk())
        reload(room.folder)
        with RawPhone(room, "poste3") as new, RawPhone(room, "poste2") as renewed:
            assert (new.register().code, renewed.register().code) == (200, 200)
        with RawPhone(room, "poste2", old.line("poste2").password) as stale, RawPhone(room, "jury2", old.line("jury2").password) as gone:
            assert (stale.register().code, gone.register().code) == (401, 401)
        assert "poste3" in room.cli("queue show poste3") and "PJSIP/poste1" in room.cli("queue show poste1")
        assert manager.ask("Getvar", Variable="PLAYER_poste1")["Value"] == "jury1"
        assert room.channels() and all(request.method != "BYE" for request in talker.requests.queue)
        call.bye()
        room.wait(lambda: room.channels() == [], "the call ends when its phone says so")


def listening_ports(pid: int) -> set[tuple[str, int]]:
    """(address, port) of every TCP socket on which that process waits for connections."""
    sockets = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            sockets |= set(re.findall(r"socket:\[(\d+)\]", os.readlink(entry)))
    found = set()
    for row in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
        fields = row.split()
        if fields[3] == LISTENING and fields[9] in sockets:
            address, port = fields[1].split(":")
            found.add((socket.inet_ntoa(bytes.fromhex(address)[::-1]), int(port, 16)))
    return found


def test_nothing_listens_but_sip_and_the_managers_loopback(room: RoomExchange) -> None:
    assert room.pid is not None
    ports = room.plan.ports
    assert listening_ports(room.pid) == {("127.0.0.1", ports.sip), ("127.0.0.1", ports.manager)}
    files = [*room.folder.rglob("*")]
    loose = [path for path in files if not path.is_symlink() and path.is_dir() and path.stat().st_mode & 0o077]
    assert loose == []


def test_the_room_server_may_do_its_work_and_no_more(room: RoomExchange) -> None:
    with RawManager(room) as manager:
        for action, fields in (
            ("Setvar", {"Variable": "PLAYER_poste1", "Value": "jury1"}),
            ("QueueAdd", {"Queue": "poste1", "Interface": "PJSIP/poste1"}),
            ("QueuePause", {"Queue": "poste1", "Interface": "PJSIP/poste1", "Paused": "true"}),
            ("CoreShowChannels", {}),
            ("Status", {}),
            ("ParkedCalls", {}),
            ("Getvar", {"Variable": "PJSIP_AOR(poste1,contact)"}),
            ("QueueStatus", {}),
        ):
            assert manager.ask(action, **fields)["Response"] == "Success", action
    for action, fields in (
        ("Originate", {"Channel": "PJSIP/poste1", "Application": "Echo"}),
        ("Command", {"Command": "core stop now"}),
        ("GetConfig", {"Filename": "pjsip.conf"}),
        ("UpdateConfig", {"SrcFilename": "pjsip.conf", "DstFilename": "pjsip.conf"}),
        ("ModuleLoad", {"Module": "chan_pjsip.so", "LoadType": "unload"}),
        ("Reload", {}),
        ("DBGet", {"Family": "registrar", "Key": "contact"}),
        ("Setvar", {"Variable": "SHELL(id)", "Value": "x"}),
        ("Getvar", {"Variable": "FILE(/etc/passwd,0,10)"}),
    ):
        with RawManager(room) as manager:
            answer = manager.ask(action, **fields)
            assert answer["Response"] == "Error" or answer.get("Value") == "", action


# --- strangers ------------------------------------------------------------------------------------------


def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(room: RoomExchange) -> None:
    def refusal(user: str) -> tuple[object, float]:
        with RawPhone(room, user, "wrong") as phone:
            began = time.monotonic()
            answer = phone.register()
            took = time.monotonic() - began
            challenge = re.sub(r'(nonce|opaque)="[^"]*"', "", answer.header("www-authenticate"))
            return (answer.first, sorted(answer.headers), challenge, answer.body), took

    with RawPhone(room, "poste1") as phone:
        assert phone.register().code == 200  # a line that is there, and registered
        known, unknown = [refusal("poste1") for _ in range(15)], [refusal("poste77") for _ in range(15)]
    assert {str(what) for what, _ in known} == {str(what) for what, _ in unknown}
    assert known[0][0][0] == "SIP/2.0 401 Unauthorized"  # type: ignore[index]
    difference = statistics.median(took for _, took in known) - statistics.median(took for _, took in unknown)
    assert abs(difference) < 0.01
    for user in ("poste1", "poste77"):
        with RawPhone(room, user, "wrong") as phone:
            assert phone.call("600").code == 401


def test_a_source_that_keeps_trying_is_locked_out_and_nobody_else(room: RoomExchange) -> None:
    told: list[str] = []
    watch = IntruderWatch(room.folder, frozenset({"127.0.0.1"}), told.append)
    forged = {"Call-ID": 'x",RemoteAddress="IPV4/TLS/127.0.0.3/5061"'}

    def refused(source: str, number: int) -> None:
        with RawPhone(room, "poste1" if number % 2 else "nobody", "wrong", source) as phone:
            to = f"<sip:poste1@{room.plan.server}>"
            given = {"To": to, **({**forged, "Call-ID": f"{number}{forged['Call-ID']}"} if number % 3 == 0 else {})}
            assert phone.ask("REGISTER", f"sip:{room.plan.server}", given).code == 401

    def seen() -> int:
        return sum(bool(failed_address(line)) for line in room.security_log().splitlines())

    for number in range(ATTEMPTS):
        for source in ("127.0.0.2", "127.0.0.1"):
            refused(source, number)
        room.wait(lambda number=number: seen() == 2 * (number + 1), "the failures are in the log")  # type: ignore[misc]
        assert told == []
        watch.look(1000.0 + number)
    assert len(told) == 1 and told[0].startswith("127.0.0.2 ")
    with RawPhone(room, "poste1", source="127.0.0.2") as phone:
        room.wait(lambda: phone.register().code == 403, "the right password is refused too")
        assert phone.call("600").code == 403
    for source in ("127.0.0.1", "127.0.0.3"):
        with RawPhone(room, "poste1", source=source) as phone:
            assert phone.register().code == 200
    room.restart()  # and stays so
    with RawPhone(room, "poste1", source="127.0.0.2") as phone:
        assert phone.register().code == 403
        watch.look(1000.0 + ATTEMPTS + LOCKED)
        room.wait(lambda: phone.register().code == 200, "let in again")


def test_what_is_counted_and_forgotten() -> None:
    lockouts = LockOuts(frozenset({"10.0.0.1"}))
    every = WITHIN / (ATTEMPTS - 1) + 0.1  # a little too slow to be locked out
    assert not any(lockouts.failed("10.0.0.2", n * every) for n in range(ATTEMPTS * 3))
    assert not any(lockouts.failed("10.0.0.1", 0.0) for _ in range(ATTEMPTS * 3))
    assert [lockouts.failed("10.0.0.3", 0.0) for _ in range(ATTEMPTS)] == [False] * (ATTEMPTS - 1) + [True]
    assert list(lockouts.addresses) == ["10.0.0.3"] and not lockouts.ended(LOCKED - 1)
    assert lockouts.ended(LOCKED) and list(lockouts.addresses) == []


FAILED = '[d] SECURITY[1] res_security_log.c: SecurityEvent="ChallengeResponseFailed",'


@pytest.mark.parametrize(
    ("line", "address"),
    [
        (FAILED + 'AccountID="x",RemoteAddress="IPV4/TLS/10.0.0.2/5",Challenge="y"', "10.0.0.2"),
        (FAILED.replace("ChallengeResponseFailed", "InvalidPassword") + 'A="x",RemoteAddress="IPV6/UDP/fd00::2/5"', "fd00::2"),
        (FAILED.replace("ChallengeResponseFailed", "ChallengeSent") + 'A="x",RemoteAddress="IPV4/TLS/10.0.0.2/5"', ""),
        (FAILED.replace("SECURITY", "NOTICE") + 'A="x",RemoteAddress="IPV4/TLS/10.0.0.2/5"', ""),
        (FAILED + 'A="x",RemoteAddress="IPV4/TLS/999.0.0.2/5"', ""),
        (FAILED + 'A="x",Challenge="a\\",RemoteAddress=\\"IPV4/TLS/10.0.0.9/5"', ""),
        (FAILED + 'SessionID="a",RemoteAddress="IPV4/TLS/10.0.0.9/5",RemoteAddress="IPV4/TLS/10.0.0.2/5"', "10.0.0.2"),
    ],
)
def test_which_lines_name_an_intruder(line: str, address: str) -> None:
    assert failed_address(line) == address


def test_a_log_that_grows_is_begun_anew_and_still_followed(room: RoomExchange, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    watch = IntruderWatch(room.folder, frozenset(), told.append)
    monkeypatch.setattr(intruders, "LARGEST_LOG", 10)
    watch.look(0.0)
    assert (room.folder / "log/security.1").is_file()
    monkeypatch.setattr(intruders, "LARGEST_LOG", 10**9)
    for _ in range(ATTEMPTS):
        with RawPhone(room, "poste1", "wrong", "127.0.0.2") as phone:
            phone.register()
    room.wait(lambda: room.security_log().count("ChallengeResponseFailed") == ATTEMPTS, "the failures are in the new log")
    watch.look(1.0)
    assert len(told) == 1


# --- the command ----------------------------------------------------------------------------------------


def plateau(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workstation", "asterisk", *words, "--room", str(folder)]
    environment = {**os.environ, "PLATEAU_LANG": "fr", "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, env=environment, check=False)


def test_run_in_the_background_killed_started_again_and_stopped(tmp_path: Path) -> None:
    room = RoomExchange(tmp_path)
    place = room.folder.parent
    refused = plateau("status", folder=place)
    assert refused.returncode == 2 and refused.stderr.strip() == "Le central de cette salle ne tourne pas : plateau asterisk run."
    assert plateau("run", folder=place).returncode == 2  # not configured
    save_plan(room.plan, room.folder)  # ports of this test alone; the command keeps them
    done = plateau("configure", "--stations", "3", "--host", "127.0.0.1", folder=place)
    assert done.returncode == 0 and "3 poste(s), 3 place(s) de jury, examen" in done.stdout, done.stderr
    try:
        done = plateau("run", "--detach", folder=place)
        assert done.returncode == 0, done.stderr
        first = status(room.folder)
        assert first is not None
        again = plateau("run", "--detach", folder=place)
        assert again.returncode == 2 and "tourne déjà" in again.stderr and len(again.stderr.strip().splitlines()) == 1
        os.kill(first.pid, signal.SIGKILL)

        def back() -> bool:
            found = status(room.folder)
            return found is not None and found.pid != first.pid and found.booted

        room.wait(back, "it is started again")
        shown = plateau("status", folder=place)
        assert shown.returncode == 0 and "Lignes en service : aucune" in shown.stdout and shown.stderr == ""
        assert plateau("reload", folder=place).returncode == 0
    finally:
        stopped = plateau("stop", folder=place)
    assert stopped.returncode == 0, stopped.stderr
    assert status(room.folder) is None
    assert plateau("stop", folder=place).returncode == 2
    room.release()


def test_an_ordinary_user_runs_the_unpacked_tree(tmp_path: Path) -> None:
    """As root, somebody who is not; else as whoever runs the tests."""
    if not asterisk().ours:
        pytest.skip("this machine has its own Asterisk")
    room = RoomExchange(tmp_path)
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        source = next(folder for folder in asterisk().modules.parents if (folder / MARK).is_file())
        copied = place / "cache" / "tree"
        shutil.copytree(source, copied, symlinks=True, copy_function=os.link)
        found = find_unpacked(place / "cache")
        assert found is not None and found.ours and str(copied) in found.command[0]
        folder = place / "exchange"
        configure(room.plan, folder, found)
        server = ExchangeServer(folder, found)
        if root:
            subprocess.run(["chown", "-R", "4242:4242", str(folder)], check=True)
            server = ExchangeServer(
                folder, dataclasses.replace(found, command=("setpriv", "--reuid=4242", "--regid=4242", "--clear-groups", *found.command))
            )
        try:
            server.start()
            assert server.process is not None
            owner = Path(f"/proc/{server.process.pid}").stat().st_uid
            assert owner == (4242 if root else os.geteuid())
            assert "fully booted" in control(folder, "core waitfullybooted")
        finally:
            server.stop()
            room.release()
