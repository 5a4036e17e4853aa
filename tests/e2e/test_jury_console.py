"""The jury's console in a real exam room when things go elsewhere or wrong: transfer, parking, a room server or an exchange that dies."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.exam import Console, Desk, ExamRoom

SAV = "SAV niveau 2 (01 99 00 40 07)"


def test_a_juror_is_never_left_without_words_or_line(tmp_path: Path) -> None:
    with ExamRoom(tmp_path) as room, Desk(room, "poste1") as desk, Console(room, "jury1") as player, Console(room, "jury2") as observer:
        desk.sign_in()
        player.sits("Jouer le client", 1)
        observer.sits("Observer", 1)
        observer.terminal.keys("F5")
        observer.terminal.wait_for("l'écoute attend")
        _transferred(room, desk, player)
        _parked(room, desk, player, observer)
        _without_room_server(room, player, observer)
        _without_exchange(room, desk, player, observer)
        for name in ("jury1", "jury2"):
            assert "Traceback" not in (tmp_path / name / "jury.log").read_text()


def _answered(desk: Desk, player: Console) -> None:
    player.terminal.wait_for("Mme Odile Vasserand", "Aucun appel")
    player.terminal.keys("F3")
    desk.terminal.wait_for("SONNE")
    desk.terminal.keys("F3")
    desk.terminal.wait_for("En communication")
    player.terminal.wait_for("VOUS JOUEZ : Mme Odile Vasserand", "candidat : ● En communication")


def _over(desk: Desk, player: Console) -> None:
    player.terminal.keys("F4")
    player.terminal.wait_for("Aucun appel")
    desk.terminal.wait_for("à qualifier")
    desk.qualify(["INFO_DONNEE"], comment="suite à donner")
    desk.ready()


def _transferred(room: ExamRoom, desk: Desk, player: Console) -> None:
    """The candidate sends the customer to a service: it is the same juror who rings, and is told whom he is now."""
    _answered(desk, player)
    desk.terminal.keys("C-t")
    desk.terminal.wait_for("Transférer sans annonce")
    desk.terminal.type("0199004007")
    desk.terminal.wait_for("0199004007")
    before = desk.terminal.painted("Transférer sans annonce")
    desk.terminal.keys("Enter")
    room.wait(lambda: desk.terminal.painted("Transférer sans annonce") != before, "the button to have the focus")
    desk.terminal.keys("Enter")
    player.terminal.wait_for(f"APPEL TRANSFÉRÉ : vous êtes maintenant {SAV}", "SONNE", "transfert : le candidat a quitté l'appel")
    player.terminal.keys("F3")
    player.terminal.wait_for("EN ATTENTE", "Entrant", "En communication", "F4 Raccrocher les deux")
    desk.terminal.wait_for("Transfert réussi")
    _over(desk, player)
    assert "Le candidat a raccroché" not in player.terminal.screen()


def _parked(room: ExamRoom, desk: Desk, player: Console, observer: Console) -> None:
    """Picked up by whoever parked it, then by a colleague who plays at another station: both are told whom they are."""
    _answered(desk, player)
    player.terminal.keys("C-t")
    player.terminal.wait_for("Garer l'appel en cours (700)")
    player.terminal.keys("1")
    player.terminal.wait_for("Aucun appel")
    observer.terminal.wait_for("Appel garé : 70")
    player.terminal.keys("C-t")
    player.terminal.wait_for("Reprendre l'appel garé en 70", "Mme Odile Vasserand")
    player.terminal.keys("2")
    player.terminal.wait_for("VOUS JOUEZ : Mme Odile Vasserand", "appel garé 70", "candidat : ● En communication")
    for who, other in (("poste1", "jury1"), ("jury1", "poste1")):
        room.wait_hears(who, other, since=room.mark(who))
    assert "VOUS JOUEZ : Mme Odile Vasserand" in player.terminal.screen() and "attend dans la file" not in player.terminal.screen()
    player.terminal.keys("C-t")
    player.terminal.wait_for("Garer l'appel en cours (700)")
    player.terminal.keys("1")
    player.terminal.wait_for("Aucun appel")
    with Console(room, "jury3", columns=80, lines=24) as colleague:
        colleague.sits("Jouer le client", 2)
        colleague.terminal.wait_for("vous jouez le client", "✓ ligne")
        colleague.terminal.keys("C-t")
        colleague.terminal.wait_for("Reprendre l'appel garé en 70", "Vasserand")
        colleague.terminal.keys("2")
        colleague.terminal.wait_for("VOUS JOUEZ : Mme Odile Vasserand", "simulation S1", "candidat : ● En communication")
        for who, other in (("poste1", "jury3"), ("jury3", "poste1")):
            room.wait_hears(who, other, since=room.mark(who))
        _over(desk, colleague)


def _without_room_server(room: ExamRoom, player: Console, observer: Console) -> None:
    room.kill()
    for one in (player, observer):
        one.terminal.wait_for("SALLE COUPÉE", "? central")
    player.terminal.wait_for("F9 Appel direct")
    room.start()
    for one in (player, observer):
        one.terminal.wait_for("✓ salle", "✓ central", within=30)
    observer.terminal.wait_for("l'écoute attend")


def _without_exchange(room: ExamRoom, desk: Desk, player: Console, observer: Console) -> None:
    """Its calls end; a direct one is made by one key, and says that nobody hears it. Back, it is listened to again by itself."""
    room.exchange.kill()
    player.terminal.wait_for("✕ CENTRAL ARRÊTÉ", "F9 Appel direct")
    observer.terminal.wait_for("VOUS N'ENTENDEZ PLUS")
    player.terminal.keys("F9")
    player.terminal.wait_for("APPEL DIRECT : personne ne peut l'écouter", "Sonne chez le candidat")
    desk.terminal.wait_for("SONNE", "04 65 71 21 08", "file Service client")
    desk.terminal.keys("F3")
    player.terminal.wait_for("VOUS JOUEZ : Mme Odile Vasserand", "En communication", "chiffré")
    for who, other in (("poste1", "jury1"), ("jury1", "poste1")):
        room.wait_hears(who, other, since=room.mark(who))
    _over(desk, player)
    room.exchange.restart()
    player.terminal.wait_for("✓ central", "✓ ligne", within=60)
    observer.terminal.wait_for("l'écoute attend", "✓ ligne", within=60)
    _answered(desk, player)
    observer.terminal.wait_for("Vous écoutez Poste 1 — on parle")
    _over(desk, player)
