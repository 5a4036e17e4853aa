"""A whole room on a network of its own, its cables pulled out: for a moment, for long, for good. Each machine is a network namespace.

The room is at an address of a network, not at the machine's own: its certificates name it, its voices pass there.
"""

from __future__ import annotations

import contextlib
import os
import re
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509

from crm_mock.models import Note
from tests.e2e.exam import Console, Desk, ExamRoom
from tests.e2e.lab import SLOW
from tests.e2e.namespaces import SERVER, Machine, Network, NoNamespaces
from tests.e2e.people import DeskAgain, Headless, Watch, membership
from tests.e2e.test_room_drills import (
    BACK,
    LOADED,
    nobody_waits,
    once,
    over,
    qualified,
    replacement,
    talking,
    type_a_note,
)

Record = Callable[[str, object], None]


@pytest.fixture
def network() -> Iterator[Network]:
    with contextlib.ExitStack() as stack:
        try:
            made = stack.enter_context(Network())
        except NoNamespaces as why:
            words = f"AUCUN CÂBLE NE PEUT ÊTRE DÉBRANCHÉ ICI, ce test n'a rien vérifié : {why}. Il lui faut root et iproute2."
            if os.geteuid() == 0 or os.environ.get("CI"):
                pytest.fail(words)
            pytest.skip(words)
        yield made


def test_cables_are_pulled_out_for_a_moment_for_long_and_for_good(network: Network, tmp_path: Path, record_property: Record) -> None:
    candidate, other, juror = (network.machine(f"192.0.2.{n}") for n in (21, 22, 31))
    with contextlib.ExitStack() as stack:
        room = stack.enter_context(ExamRoom(tmp_path, host=SERVER))
        room.on_its_machine = {"poste1": candidate.command, "poste1-bis": other.command, "jury2": juror.command}
        desk = stack.enter_context(Desk(room, "poste1"))
        observer = stack.enter_context(Console(room, "jury2"))
        player = stack.enter_context(Headless(room, "jury1", "role_player", "poste1"))
        desk.sign_in()
        observer.sits("Observer", 1)
        observer.terminal.keys("F5")
        observer.terminal.wait_for("l'écoute attend")
        key = talking(desk, player)
        _everything_is_on_the_network(room, candidate)
        _three_hear_each_other(room)

        _pulled_for_a_moment(room, desk, observer, candidate, key, record_property)
        _the_observers_is_pulled(room, desk, observer, juror, record_property)
        _pulled_for_long(room, desk, observer, player, candidate, key, record_property)
        key = talking(desk, player)
        _three_hear_each_other(room)
        desk = _pulled_for_good(room, desk, observer, player, candidate, key, stack, record_property)
        observer.terminal.keys("F5")
        observer.terminal.wait_for("Vous n'écoutez pas")
        nobody_waits(room)
        assert "Traceback" not in room.log()
    once(desk)


def _three_hear_each_other(room: ExamRoom) -> None:
    for who, others in {"poste1": ("jury1",), "jury1": ("poste1",), "jury2": ("poste1", "jury1")}.items():
        room.wait_hears(who, *others, since=room.mark(who))


def _everything_is_on_the_network(room: ExamRoom, candidate: Machine) -> None:
    """The certificates of SIP and of the room server name the server's address; RTP is there and nowhere else."""
    for port in (room.exchange.plan.ports.sip, int(room.url.rpartition(":")[2])):
        shown = x509.load_pem_x509_certificate(ssl.get_server_certificate((SERVER, port), ca_certs=str(room.exchange.ca)).encode())
        names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert SERVER in [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    ports = room.exchange.plan.ports
    bound = [row.split()[1].split(":") for row in Path("/proc/thread-self/net/udp").read_text().splitlines()[1:]]
    voices = [address for address, port in bound if ports.rtp_first <= int(port, 16) <= ports.rtp_last]
    assert len(voices) >= 3 and set(voices) == {bytes(reversed([int(part) for part in SERVER.split(".")])).hex().upper()}
    contact = room.exchange.cli("pjsip show contacts")
    assert re.search(rf"poste1/sips?:poste1@{re.escape(candidate.address)}:", contact), contact


def _pulled_for_a_moment(room: ExamRoom, desk: Desk, observer: Console, cable: Machine, key: str, record: Record) -> None:
    """Three seconds: the call outlives it, and nobody has to do anything."""
    since = desk.last_seq()
    with _out(cable):
        time.sleep(3)  # its length is what the drill is about
    back = Watch()
    _three_hear_each_other(room)
    record("3 s: the voices are back (s)", back.seconds)
    desk.terminal.wait_for("En communication", "✓ salle", "☏ ligne enregistrée")
    observer.terminal.wait_for("Vous écoutez Poste 1")
    record("3 s: every screen as before (s)", back.seconds)
    assert not desk.rows("CallEnded", since=since) and not desk.rows("AgentStateChanged", since=since)
    assert back.seconds < BACK * LOADED


def _the_observers_is_pulled(room: ExamRoom, desk: Desk, observer: Console, cable: Machine, record: Record) -> None:
    """The juror is told that he hears nothing, the candidate notices nothing, the journal knows when nobody listened."""
    since = desk.last_seq()
    with _out(cable):
        out = Watch()
        observer.terminal.wait_for("VOUS N'ENTENDEZ PLUS Poste 1", within=10)
        record("an observer's cable: he is told (s)", out.seconds)
        desk.wait_for_row("ExchangeListeningEnded", since=since, within=15)
        record("an observer's cable: in the journal (s)", out.seconds)
        desk.terminal.wait_for("appels écoutés par le jury", "En communication")
        observer.terminal.wait_for("SALLE COUPÉE", within=15)
    back = Watch()
    room.wait_hears("jury2", "poste1", "jury1", since=room.mark("jury2"), within=BACK * LOADED)
    record("an observer's cable: he hears again (s)", back.seconds)
    observer.terminal.wait_for("Vous écoutez Poste 1", "✓ salle", "✓ ligne")
    record("an observer's cable: everything back (s)", back.seconds)
    desk.terminal.wait_for("ÉCOUTE EN COURS : Jury 2")
    assert not desk.rows("CallEnded", since=since)


def _pulled_for_long(room: ExamRoom, desk: Desk, observer: Console, player: Headless, cable: Machine, key: str, record: Record) -> None:
    """Fifteen seconds: the call ends on both sides, the desk goes on writing, and everything comes back by itself."""
    type_a_note(desk, "Avant la coupure")
    with _out(cable):
        out = Watch()
        desk.terminal.wait_for("Coupé : réseau", "à qualifier (F8)", within=10)
        record("15 s: the call ended at the desk (s)", out.seconds)
        room.wait(lambda: not player.live_calls(), "the juror's phone to be free")
        record("15 s: the call ended at the juror's (s)", out.seconds)
        desk.terminal.wait_for("LIGNE COUPÉE, reprise en cours", "SALLE COUPÉE", within=15)
        record("15 s: the desk knows that it is alone (s)", out.seconds)
        observer.terminal.wait_for("✎ Post-appel", "✕ POSTE ÉTEINT", within=15)
        record("15 s: the jury knows (s)", out.seconds)
        desk.terminal.type(", et pendant")
        desk.terminal.wait_for("Avant la coupure, et pendant", "brouillon gardé")
        desk.terminal.keys("C-s")
        desk.terminal.wait_for("NON ENREGISTRÉ")
        time.sleep(max(0.0, 15 - out.seconds))  # its length is what the drill is about
    back = Watch()
    desk.terminal.wait_for("✓ salle", within=BACK * LOADED)
    record("15 s: the room is back (s)", back.seconds)
    desk.terminal.wait_for("☏ ligne enregistrée", within=BACK * LOADED)
    record("15 s: the line is back (s)", back.seconds)
    room.wait(lambda: [n for n in desk.records(Note) if n.text == "Avant la coupure, et pendant"], "the note saved")
    observer.terminal.wait_for("✎ Post-appel", "✓ ligne", "l'écoute attend")
    record("15 s: everything back (s)", back.seconds)
    assert back.seconds < BACK * LOADED
    over(room, desk, player, key)
    qualified(desk, key)
    room.wait(lambda: membership(room, "poste1") == "open", "the station open to its queue")


def _pulled_for_good(
    room: ExamRoom, desk: Desk, observer: Console, player: Headless, cable: Machine, key: str, stack: contextlib.ExitStack, record: Record
) -> DeskAgain:
    """The machine never comes back: another takes its place and its sitting. Plugged in at last, it is told."""
    cable.pull_out()
    out = Watch()
    room.wait(lambda: not player.live_calls(), "the juror's phone to be free")
    observer.terminal.wait_for("✎ Post-appel", "✕ POSTE ÉTEINT", within=20)
    record("for good: the jury knows (s)", out.seconds)
    given = Watch()
    fresh = stack.enter_context(replacement(room, desk))
    fresh.terminal.wait_for("✎ Post-appel", "Coupé", "à qualifier (F8)", "☏ ligne enregistrée", within=SLOW)
    fresh.terminal.wait_for("Mme Odile VASSERAND · MVL-204518")
    record("for good: another machine in its place (s)", given.seconds)
    assert given.seconds < 60
    observer.terminal.wait_gone("POSTE ÉTEINT")
    over(room, fresh, player, key)
    qualified(fresh, key)
    key = talking(fresh, player)
    observer.terminal.wait_for("● En conversation", "écoute : Jury 2")
    room.wait_hears("poste1-bis", "jury1", since=room.mark("poste1-bis"))
    cable.plug_in()
    desk.terminal.wait_for("CE POSTE A ÉTÉ REMPLACÉ", within=SLOW)
    desk.terminal.wait_for("ligne non enregistrée", within=SLOW)
    room.wait_hears("poste1-bis", "jury1", since=room.mark("poste1-bis"))
    fresh.terminal.keys("F4")
    fresh.wait_for_row("CallEnded", call_key=key, by="local")
    over(room, fresh, player, key)
    qualified(fresh, key)
    return fresh


@contextlib.contextmanager
def _out(cable: Machine) -> Iterator[None]:
    cable.pull_out()
    try:
        yield
    finally:
        cable.plug_in()
