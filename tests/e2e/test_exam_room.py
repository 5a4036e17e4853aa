"""A whole simulation each way in a real exam room: a candidate at his desk, a juror who plays the customer, one who listens.

Three terminals driven by keys, three softphones, Asterisk between them over TLS and SRTP; who hears whom is told by tones.
"""

from __future__ import annotations

from pathlib import Path

from crm_mock.models import Interaction
from tests.e2e.exam import Console, Desk, ExamRoom


def test_a_simulation_each_way_with_three_people(tmp_path: Path) -> None:
    with ExamRoom(tmp_path) as room, Desk(room, "poste1") as desk, Console(room, "jury1") as player, Console(room, "jury2") as observer:
        desk.sign_in()
        desk.terminal.wait_for("appels écoutés par le jury")
        player.sits("Jouer le client", 1)
        observer.sits("Observer", 1)
        observer.terminal.keys("F5")
        observer.terminal.wait_for("l'écoute attend")
        _inbound(room, desk, player, observer)
        _outbound(room, desk, player, observer)
        _without_the_exchange(room, desk, player, observer)
        rows = [row.kind for row in desk.rows()]
        assert rows.count("ExchangeListeningBegan") == rows.count("ExchangeListeningEnded") >= 2
        assert room.rows("poste2", "ExchangeDelivered") == []
        for terminal in (desk.terminal, player.terminal, observer.terminal):
            terminal.keys("C-q")
            terminal.wait_for("Quitter")
            terminal.keys("2")
            terminal.wait_for("EXIT=0", within=30)
        assert desk.tracebacks() == []
        assert "Traceback" not in room.log()
    desk.verify()


def _inbound(room: ExamRoom, desk: Desk, player: Console, observer: Console) -> None:
    """S1: the juror calls with the customer's own number; the candidate's screen pops."""
    player.terminal.wait_for("Mme Odile Vasserand", "PREMIERS MOTS", "Je vais déménager")
    player.terminal.keys("F3")
    desk.terminal.wait_for("SONNE", "04 65 71 21 08", "Mme Odile Vasserand", "file Service client (n° 1, attente")
    desk.terminal.wait_for("Mme Odile VASSERAND · MVL-204518")
    player.terminal.wait_for("VOUS JOUEZ : Mme Odile Vasserand")
    offered = desk.wait_for_row("CallOffered")
    assert [desk.wait_for_row(kind).call_key for kind in ("JurorCalled", "ExchangeQueued", "ExchangeDelivered")] == [offered.call_key] * 3
    desk.terminal.keys("F3")
    desk.terminal.wait_for("En communication", "ÉCOUTE EN COURS : Jury 2")
    desk.wait_for_row("CallAnswered", encrypted=True, codec="PCMA")
    for who, others in {"poste1": ("jury1",), "jury1": ("poste1",), "jury2": ("poste1", "jury1")}.items():
        room.wait_hears(who, *others, since=room.mark(who))
    observer.terminal.wait_for("Vous écoutez Poste 1 — on parle")
    desk.terminal.keys("F6")
    desk.terminal.wait_for("Client en attente")
    observer.terminal.wait_for("Met le client en attente")
    player.terminal.wait_for("EN ATTENTE")
    desk.terminal.keys("F6")
    room.wait_hears("jury2", "poste1", "jury1", since=room.mark("jury2"))
    player.terminal.keys("F4")
    desk.wait_for_row("CallEnded", cause="hung_up")
    observer.terminal.wait_for("pas d'appel en cours")
    desk.qualify(["INFO_DONNEE"], comment="duplicata promis")
    kept = {one.call_key: one.result for one in desk.records(Interaction)}
    assert kept[offered.call_key] == "ABOUTI"
    observer.terminal.wait_for("ABOUTI")
    _end_simulation(desk, player, "S1")


def _outbound(room: ExamRoom, desk: Desk, player: Console, observer: Console) -> None:
    """S9: the candidate calls a debtor from her file; the same juror rings, and is told whom he is called as."""
    player.terminal.wait_for("M. Régis Tournevault")  # the next to do comes to the front by itself
    player.terminal.keys("M-3")
    player.terminal.wait_for("[3 Simulations]", "Quatre factures en attente")
    player.terminal.keys(*["Down"] * 7, "Enter")
    player.terminal.wait_for("Mme Nadège Corbulon")
    player.terminal.keys("F8")
    player.terminal.wait_for("1  Commencer")
    player.terminal.keys("1")
    desk.wait_for_row("SimulationStarted", simulation="S9")
    since = desk.last_seq()
    desk.terminal.keys("F5")
    desk.terminal.wait_for("[7 Recherche]")
    desk.terminal.type("corbulon nadege")
    desk.terminal.wait_for("corbulon nadege")
    desk.terminal.keys("Enter")
    desk.terminal.wait_for("« corbulon nadege »", "MVL-199407")
    desk.terminal.keys("Enter")
    desk.terminal.wait_for("Mme Nadège CORBULON · MVL-199407")
    desk.terminal.keys("M-4")
    desk.terminal.wait_for("[4 Coordonnées]", "☎ 02 61 91 70 44", "Alt+N appelle")
    desk.terminal.keys("Down", "M-n")
    player.terminal.wait_for("ON VOUS APPELLE COMME : Mme Nadège Corbulon (02 61 91 70 44)", "simulation S9")
    delivered = desk.wait_for_row("ExchangeDelivered", since=since, line="jury1", dialled="+33261917044")
    assert delivered.call_key == desk.wait_for_row("CallPlaced", since=since).call_key
    player.terminal.keys("F3")
    desk.wait_for_row("CallAnswered", since=since)
    desk.terminal.wait_for("Sortant", "En communication", "02 61 91 70 44")
    for who, others in {"poste1": ("jury1",), "jury1": ("poste1",), "jury2": ("poste1", "jury1")}.items():
        room.wait_hears(who, *others, since=room.mark(who))
    observer.terminal.wait_for("Vous écoutez Poste 1 — on parle")
    desk.terminal.keys("F4")
    desk.wait_for_row("CallEnded", since=since)
    desk.qualify(["PROMESSE"], comment="rappelle demain", next_on="24/11/2026")
    _end_simulation(desk, player, "S9")


def _without_the_exchange(room: ExamRoom, desk: Desk, player: Console, observer: Console) -> None:
    """Asterisk is dead: one key calls the desk's own phone, encrypted, and everyone is told that nobody can listen."""
    room.exchange.kill()
    for terminal in (player.terminal, observer.terminal):
        terminal.wait_for("CENTRAL ARRÊTÉ")
    desk.terminal.wait_for("Le central téléphonique ne répond plus")
    since = desk.last_seq()
    player.terminal.keys("M-3")
    player.terminal.wait_for("[3 Simulations]")
    player.terminal.keys(*["Up"] * 5, "Enter")
    player.terminal.wait_for("M. Bastien Lormier")
    player.terminal.keys("F9")
    desk.terminal.wait_for("SONNE", "05 36 49 12 75", "M. Bastien Lormier")
    assert desk.wait_for_row("JurorCalled", since=since).data["direct"] is True
    desk.terminal.keys("F3")
    desk.wait_for_row("CallAnswered", since=since, encrypted=True)
    for who, others in {"poste1": ("jury1",), "jury1": ("poste1",)}.items():
        room.wait_hears(who, *others, since=room.mark(who))
    player.terminal.keys("F4")
    desk.wait_for_row("CallEnded", since=since)
    desk.qualify(["CDE_VALIDEE"], comment="appel de secours")
    room.exchange.restart()
    for terminal in (player.terminal, observer.terminal):
        terminal.wait_for("✓ central", "✓ ligne")
    desk.terminal.wait_for("ligne enregistrée")
    _end_simulation(desk, player, "S4")


def _end_simulation(desk: Desk, player: Console, simulation: str) -> None:
    player.terminal.keys("F8")
    player.terminal.wait_for("1  Terminer")
    player.terminal.keys("1")
    desk.wait_for_row("SimulationEnded", simulation=simulation)
