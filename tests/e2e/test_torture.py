"""What a hostile network may send to the phone of a running desk: nothing is drawn raw, nothing breaks, the next call works."""

from __future__ import annotations

import socket
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.hostile_text import INVITE, OFFER
from tests.contract.sipp_peer import Sipp
from tests.contract.test_engine_hostile import datagrams
from tests.e2e.lab import Lab, speech_wav
from tests.e2e.processes import Processes
from tests.scenarios.pack_folders import lean_marvalune
from tests.terminal import NotSeen

pytestmark = pytest.mark.sipp
FLOOD = 40  # calls
HOSTILE_NAME = '"[red]Boss[/red] [/x][@click=app.quit]zz[/] \u202e\u2066gnp.exe\u0007\u001b[2J" <sip:0612345678@127.0.0.1>'


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with Lab(tmp_path, pack=str(lean_marvalune(tmp_path)), mic=speech_wav(tmp_path / "mic.wav", [(0.5, "Bonjour")], seconds=5)) as lab:
        lab.sign_in()
        lab.terminal.wait_for("ligne prête")
        yield lab


def address(lab: Lab) -> tuple[str, int]:
    """Of the desk's phone."""
    contact = str(lab.wait_for_row("StationConnected").data["contact"])
    host, _, port = contact.partition("@")[2].rstrip(">").partition(";")[0].rpartition(":")
    return host, int(port)


def invite(port: int, tag: str, sender: str, more: str = "") -> bytes:
    text = INVITE.format(port=port, tag=tag, sender=sender, more=more)
    body = f"Content-Type: application/sdp\r\nContent-Length: {len(OFFER)}\r\n\r\n{OFFER}"
    return text.replace("Content-Length: 0\r\n\r\n", body).encode()


def cancel(port: int, tag: str, sender: str) -> bytes:
    return INVITE.format(port=port, tag=tag, sender=sender, more="").replace("INVITE", "CANCEL").encode()


def drawn_clean(screen: str) -> None:
    """Only characters a screen should show: no control, no direction change, no private use."""
    odd = {character for character in screen if character != "\n" and unicodedata.category(character)[0] == "C"}
    assert not odd, odd


def test_what_comes_from_the_network_breaks_nothing(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "name").mkdir()
    _a_hostile_name_is_drawn_as_text(lab, tmp_path / "name")
    lab.qualify([], result="FAUX_NUM", comment="nom hostile")
    _rubbish_and_a_flood_of_calls(lab, tmp_path)


def _a_hostile_name_is_drawn_as_text(lab: Lab, folder: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        port = peer.getsockname()[1]
        peer.sendto(invite(port, "hostile-name", HOSTILE_NAME, "X-Plateau-Queue: [blink]\u202eFile[/blink]\r\n"), address(lab))
        screen = lab.terminal.wait_for("SONNE", "06 12 34 56 78", "[red]Boss[/red] [/x][@click=app.quit]zz[/] gnp.exe[2J")
        drawn_clean(screen)
        peer.sendto(cancel(port, "hostile-name", HOSTILE_NAME), address(lab))
        lab.wait_for_row("CallEnded")
    lab.terminal.wait_for("APPEL MANQUÉ")
    lab.terminal.keys("M-9")
    drawn_clean(lab.terminal.wait_for("[9 Appels]", "[red]Boss[/red]"))
    lab.terminal.keys("C-l")
    drawn_clean(lab.terminal.wait_for("Journal des messages"))
    lab.terminal.keys("Escape")
    still_works(lab, folder)


def _rubbish_and_a_flood_of_calls(lab: Lab, folder: Path) -> None:
    phone, since = Processes(lab.home).one("phone"), lab.last_seq()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        port = peer.getsockname()[1]
        for datagram in datagrams(port):
            peer.sendto(datagram, address(lab))
        lab.wait_for_row("CallOffered", since=since)
        refuse_all(lab)
        for number in range(FLOOD):
            sender = f'"[b]Flood {number}[/b]" <sip:06000000{number:02}@127.0.0.1>'
            peer.sendto(invite(port, f"flood{number}", sender), address(lab))
            if number % 2:  # a race: the far end gives up at once
                peer.sendto(cancel(port, f"flood{number}", sender), address(lab))
        offered = lab.wait_until(lambda: [r for r in lab.rows("CallOffered") if "Flood" in r.data["caller_name"]], "a call of the flood")
        drawn_clean(lab.terminal.wait_for("SONNE"))
        for number in range(FLOOD):
            peer.sendto(cancel(port, f"flood{number}", f'"[b]Flood {number}[/b]" <sip:06000000{number:02}@127.0.0.1>'), address(lab))
        assert offered
        refuse_all(lab)
    assert Processes(lab.home).one("phone") == phone, "the phone died of it"
    still_works(lab, folder)


def refuse_all(lab: Lab) -> None:
    """F4 until nothing rings any more: calls whose far end never gives up are there too."""
    deadline = time.monotonic() + 40
    while "SONNE" in lab.terminal.screen():
        assert time.monotonic() < deadline, lab.terminal.screen()
        ended = len(lab.rows("CallEnded"))
        lab.terminal.keys("F4")
        try:
            lab.wait_until(lambda known=ended: len(lab.rows("CallEnded")) > known, "one more ended", 2)  # type: ignore[misc]  # mypy and a bound default
        except AssertionError:
            continue  # it had ended by itself before the key
    lab.wait_until(lambda: len(lab.rows("CallEnded")) >= len({r.call_key for r in lab.rows("CallOffered")}), "every call ended")


def still_works(lab: Lab, folder: Path) -> None:
    """A call to the desk that is answered and talks, the desk and its journal whole."""
    since = lab.last_seq()
    host, port = address(lab)
    with Sipp("uac_talk.xml", folder, f"{host}:{port}", user="poste", fill={"TALK": "3000"}) as peer:
        lab.terminal.wait_for("SONNE")
        lab.terminal.keys("F3")
        lab.wait_for_row("CallAnswered", since=since)
        lab.terminal.wait_for("En communication")
        lab.wait_for_row("CallEnded", since=since)
        peer.finish()
    lab.terminal.wait_for("à qualifier (F8)")
    assert lab.tracebacks() == []
    try:
        lab.terminal.wait_for("Défaut", within=0.2)
    except NotSeen:
        return
    raise AssertionError(lab.terminal.screen())
