"""What goes wrong in an exam room, done on purpose to its real processes: what each screen says, and how long until it works again."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import resource
import shutil
import signal
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import httpx

from crm_mock.journal import JournalRow
from crm_mock.models import Note
from cti.exchange.asterisk.server import reload
from cti.messages import HangUpCall, RegistrationChanged
from cti.phone.audio.port import RATE
from tests.e2e.exam import PRESENT, Console, Desk, ExamRoom, tones_in
from tests.e2e.lab import SLOW, sound_of
from tests.e2e.people import PHONE, DeskAgain, Headless, Machine, Watch, again, membership

Record = Callable[[str, object], None]
BACK = 5.0  # seconds: what a room may take to work again, once the peer is back
OWED = ("écritures en attente", "NON ENREGISTRÉ")
LOADED = 3.0  # how many times longer a machine may take whose every core is busy


# --- what the drills are made of --------------------------------------------------------------------


def ringing(desk: Desk, player: Headless) -> str:
    """The juror calls as the customer of the first simulation; the call's key, once the desk rings."""
    since = desk.last_seq()
    key = player.do(player.place.call("S1"))
    desk.wait_for_row("CallOffered", since=since, call_key=key)
    desk.terminal.wait_for("SONNE")
    return key


def talking(desk: Desk, player: Headless) -> str:
    key = ringing(desk, player)
    desk.terminal.keys("F3")
    desk.terminal.wait_for("En communication")
    desk.wait_for_row("CallAnswered", call_key=key)
    return key


def held(desk: Desk, player: Headless) -> str:
    key = talking(desk, player)
    desk.terminal.keys("F6")
    desk.terminal.wait_for("EN ATTENTE", "Client en attente")
    desk.wait_for_row("CallHeld", call_key=key)
    return key


def over(room: ExamRoom, desk: Desk, player: Headless, key: str, offers: int = 1) -> None:
    """Nothing of that call remains anywhere: no leg at the exchange, none in a phone; the journal tells one end of each offer of it."""
    room.wait(lambda: not player.live_calls(), "the role-player's phone to be free")
    room.wait(lambda: not [c for c in room.exchange.channels() if not c.startswith("PJSIP/jury2-")], "the exchange to be rid of the call")
    assert len([row for row in ends(desk.rows()) if row.call_key == key]) == offers
    desk.terminal.wait_gone("En communication")


def ends(rows: Sequence[JournalRow]) -> list[JournalRow]:
    """Ends of calls, but those told after the room had told them for a station that could not."""
    return [row for row in rows if row.kind == "CallEnded" and "misfit" not in row.data]


def qualified(desk: Desk, key: str) -> None:
    since = desk.last_seq()
    desk.terminal.keys("F8")
    desk.terminal.wait_for("Qualification de l'appel", "— choisir —")
    desk.terminal.keys("Right")
    desk.terminal.wait_for("◂ ABOUTI ·")
    desk.terminal.keys("C-s")
    desk.wait_for_row("RecordCreated", since=since, record_kind="interaction", after={"call_key": key})
    desk.terminal.wait_gone("Qualification de l'appel")
    desk.wait_for_row("AgentStateChanged", since=since, after="not_ready")
    desk.ready()


def nobody_waits(room: ExamRoom) -> None:
    """Every call that was offered or placed has ended, every listening too."""
    for station in ("poste1",):
        rows = room.rows(station)
        keys = [row.call_key for row in rows if row.kind in ("CallOffered", "CallPlaced")]
        assert sorted(keys) == sorted(row.call_key for row in ends(rows))
        kinds = [row.kind for row in rows]
        assert kinds.count("ExchangeListeningBegan") == kinds.count("ExchangeListeningEnded")


def once(desk: Desk) -> None:
    """No fact, write or order of an agent is in the journal twice; its chain holds."""
    ids = [(r.kind, r.data[name]) for r in desk.rows() for name in ("fact_id", "write_id") if isinstance(r.data, dict) and r.data.get(name)]
    assert len(ids) == len(set(ids))
    desk.verify()


def leave(*terminals: Desk | Console) -> None:
    for one in terminals:
        one.terminal.keys("C-q")
        one.terminal.wait_for("Quitter")
        one.terminal.keys("2")
    for one in terminals:
        one.terminal.wait_for("EXIT=0", within=30)


# --- the exchange -----------------------------------------------------------------------------------


def test_the_exchange_dies_at_every_moment(tmp_path: Path, record_property: Record) -> None:
    """Killed while the room is idle, a call rings, is talked in, is held, is being dialled; an observer listens all the while. Then stopped
    cleanly, then made to read its configuration anew, each in a call."""
    with (
        ExamRoom(tmp_path) as room,
        Desk(room, "poste1") as desk,
        Console(room, "jury2") as observer,
        Headless(room, "jury1", "role_player", "poste1") as player,
    ):
        desk.sign_in()
        observer.sits("Observer", 1)
        observer.terminal.keys("F5")
        observer.terminal.wait_for("l'écoute attend")

        _exchange_lost(room, desk, observer, player, "idle", "", record_property)
        assert desk.rows("AgentStateChanged")[-1].data["after"] == "ready"

        key = ringing(desk, player)
        _exchange_lost(room, desk, observer, player, "ringing", key, record_property)
        (ended,) = desk.rows("CallEnded", call_key=key)
        assert (ended.data["cause"], ended.data["by"]) == ("network", "system")
        assert desk.rows("AgentStateChanged")[-1].data["reason"] == "incident"
        desk.ready()

        for moment, begin in (("talking", talking), ("held", held)):
            key = begin(desk, player)
            observer.terminal.wait_for("Vous écoutez Poste 1", "on parle")
            _exchange_lost(room, desk, observer, player, moment, key, record_property)
            (ended,) = desk.rows("CallEnded", call_key=key)
            assert (ended.data["cause"], ended.data["by"]) == ("network", "system")
            desk.terminal.wait_for("Coupé : réseau", "à qualifier (F8)", "Post-appel")
            qualified(desk, key)

        key = dialling(desk, player)
        _exchange_lost(room, desk, observer, player, "dialling", key, record_property)
        qualified(desk, key)

        key = talking(desk, player)
        observer.terminal.wait_for("Vous écoutez Poste 1", "on parle")
        room.exchange.stop()
        desk.terminal.wait_for("à qualifier (F8)", "LIGNE COUPÉE")
        observer.terminal.wait_for("CENTRAL ARRÊTÉ")
        _exchange_back(room, desk, observer, "stopped", record_property)
        over(room, desk, player, key)
        qualified(desk, key)

        key = talking(desk, player)
        observer.terminal.wait_for("Vous écoutez Poste 1", "on parle")
        since = desk.last_seq()
        reload(room.exchange.folder)
        room.wait_hears("jury2", "poste1", "jury1", since=room.mark("jury2"))
        room.wait_hears("poste1", "jury1", since=room.mark("poste1"))
        assert [row.kind for row in desk.rows(since=since) if row.kind in ("CallEnded", "RegistrationChanged", "ExchangeLinkChanged")] == []
        desk.terminal.keys("F4")
        desk.wait_for_row("CallEnded", call_key=key, by="local")
        over(room, desk, player, key)
        qualified(desk, key)
        observer.terminal.keys("F5")
        observer.terminal.wait_for("Vous n'écoutez pas")
        room.wait_row("poste1", "AgentStateChanged", after="ready")
        nobody_waits(room)
        leave(desk, observer)
        assert desk.tracebacks() == []
        assert "Traceback" not in room.log()
    once(desk)


def dialling(desk: Desk, player: Headless) -> str:
    """The candidate calls the customer of his file; the juror's phone rings and is not answered."""
    since = desk.last_seq()
    desk.terminal.keys("F3")
    desk.terminal.wait_for("Annuaire")
    desk.terminal.type("04 65 71 21 08")
    desk.terminal.wait_for("04 65 71 21 08")
    desk.terminal.keys("Enter")
    placed = desk.wait_for_row("CallRang", since=since)
    return placed.call_key


def _exchange_lost(room: ExamRoom, desk: Desk, observer: Console, player: Headless, moment: str, key: str, record: Record) -> None:
    room.exchange.kill()
    died = Watch()
    desk.terminal.wait_for("LIGNE COUPÉE, reprise en cours", within=3)
    if not key:  # else the end of the call is told under it
        desk.terminal.wait_for("Le central téléphonique ne répond plus")
    observer.terminal.wait_for("CENTRAL ARRÊTÉ", "VOUS N'ENTENDEZ PLUS Poste 1", within=10)
    if key:
        desk.wait_for_row("CallEnded", call_key=key, within=10)
    record(f"{moment}: told on every screen (s)", died.seconds)
    _exchange_back(room, desk, observer, moment, record)
    if key:
        over(room, desk, player, key)


def _exchange_back(room: ExamRoom, desk: Desk, observer: Console, moment: str, record: Record) -> None:
    since = desk.last_seq()
    room.exchange.restart()
    back = Watch()
    desk.wait_for_row("RegistrationChanged", since=since, state="registered")
    desk.terminal.wait_for("☏ ligne enregistrée")
    record(f"{moment}: the line registered again (s)", back.seconds)
    room.wait(lambda: membership(room, "poste1"), "the station in its queue")
    observer.terminal.wait_for("✓ central", "✓ ligne", "l'écoute attend")
    record(f"{moment}: everything back (s)", back.seconds)
    assert back.seconds < BACK * LOADED


# --- the room server --------------------------------------------------------------------------------


def test_the_room_server_dies_at_every_moment(tmp_path: Path, record_property: Record) -> None:
    """Killed while the room is idle, a call rings, is talked in, is being written up: calls and listening go on, nothing typed is lost."""
    with (
        ExamRoom(tmp_path) as room,
        Desk(room, "poste1") as desk,
        Console(room, "jury2") as observer,
        Headless(room, "jury1", "role_player", "poste1") as player,
    ):
        desk.sign_in()
        observer.sits("Observer", 1)
        observer.terminal.keys("F5")
        observer.terminal.wait_for("l'écoute attend")

        _room_lost(room, desk, observer)
        _room_back(room, desk, observer, "idle", record_property)
        room.wait(lambda: membership(room, "poste1") == "open", "the station open to its queue")

        key = ringing(desk, player)
        _room_lost(room, desk, observer)
        desk.terminal.wait_for("SONNE")
        desk.terminal.keys("F3")
        desk.terminal.wait_for("En communication")  # answered without a room server
        at, heard = room.mark("poste1"), room.mark("jury2")
        room.wait_hears("poste1", "jury1", since=at)
        room.wait_hears("jury2", "poste1", "jury1", since=heard)
        _room_back(room, desk, observer, "ringing", record_property)
        desk.wait_for_row("CallAnswered", call_key=key)
        desk.terminal.wait_for("● En conversation")
        observer.terminal.wait_for("Vous écoutez Poste 1", "on parle")
        room.wait_row("poste1", "ExchangeListeningBegan")
        assert membership(room, "poste1") == "paused"

        heard = room.mark("jury2")
        _room_lost(room, desk, observer)
        _room_back(room, desk, observer, "talking", record_property)
        room.wait_hears("poste1", "jury1", since=room.mark("poste1"))
        observer.terminal.wait_for("Vous écoutez Poste 1", "on parle", "écoute : Jury 2")
        assert longest_silence(room, "jury2", "poste1", since=heard) < 0.2  # seconds
        assert desk.rows("AgentStateChanged")[-1].data["after"] == "talking"
        assert len(desk.rows("ExchangeListeningBegan")) == 1 + len(desk.rows("ExchangeListeningEnded"))

        type_a_note(desk, "Avant la coupure")
        _room_lost(room, desk, observer)
        desk.terminal.type(", et pendant")
        desk.terminal.wait_for("Avant la coupure, et pendant")
        desk.terminal.keys("C-s")
        desk.terminal.wait_for("NON ENREGISTRÉ")
        desk.terminal.keys("F4")
        desk.terminal.wait_for("Vous avez raccroché", "à qualifier (F8)")
        over_there = Watch()
        room.wait(lambda: not player.live_calls(), "the juror's phone to be free")
        record_property("talking: hung up without a room server (s)", over_there.seconds)
        _room_back(room, desk, observer, "wrap-up", record_property)
        desk.wait_for_row("CallEnded", call_key=key, by="local")
        desk.terminal.wait_for("✎ Post-appel", "✓ Enregistré")
        assert [note.text for note in desk.records(Note) if note.text.startswith("Avant la coupure")] == ["Avant la coupure, et pendant"]

        desk.terminal.keys("F8")
        desk.terminal.wait_for("Qualification de l'appel")
        desk.terminal.keys("Tab", "Tab")
        desk.terminal.type("Commentaire inacheve")
        desk.terminal.wait_for("Commentaire inacheve")
        _room_lost(room, desk, observer)
        _room_back(room, desk, observer, "wrap-up with a draft", record_property)
        desk.terminal.wait_for("Commentaire inacheve", "✎ Post-appel")
        since = desk.last_seq()
        desk.terminal.keys("BTab", "BTab", "Right")
        desk.terminal.wait_for("◂ ABOUTI ·")
        desk.terminal.keys("C-s")
        kept = {"call_key": key, "comment": "Commentaire inacheve"}
        desk.wait_for_row("RecordCreated", since=since, record_kind="interaction", after=kept)
        desk.wait_for_row("AgentStateChanged", since=since, after="not_ready")
        desk.ready()
        room.wait(lambda: membership(room, "poste1") == "open", "the station open to its queue")
        key = talking(desk, player)
        desk.terminal.keys("F4")
        desk.wait_for_row("CallEnded", call_key=key, by="local")
        over(room, desk, player, key)
        qualified(desk, key)
        observer.terminal.keys("F5")
        observer.terminal.wait_for("Vous n'écoutez pas")
        nobody_waits(room)
        leave(desk, observer)
        assert desk.tracebacks() == []
        assert "Traceback" not in room.log()
    once(desk)


def type_a_note(desk: Desk, text: str, *, told: bool = True) -> None:
    """`told`: the room server is there to be told which pane is in front; its field has the focus by then."""
    since = desk.last_seq()
    desk.terminal.keys("M-8")
    desk.terminal.wait_for("[8 Notes]", "Note : à créer")
    if told:
        desk.wait_for_row("ScreenOpened", since=since, screen="notes")
    desk.terminal.type(text)
    desk.terminal.wait_for(text, "brouillon gardé")


def _room_lost(room: ExamRoom, desk: Desk, observer: Console) -> None:
    room.kill()
    desk.terminal.wait_for("SALLE COUPÉE", within=3)
    observer.terminal.wait_for("SALLE COUPÉE", within=3)


def _room_back(room: ExamRoom, desk: Desk, observer: Console, moment: str, record: Record) -> None:
    record(f"{moment}: the room server's own start (s)", round(room.start(), 2))
    back = Watch()
    desk.terminal.wait_for("✓ salle", within=BACK * LOADED)
    observer.terminal.wait_for("✓ salle", "✓ central", "✓ ligne", within=BACK * LOADED)
    record(f"{moment}: every screen back (s)", back.seconds)
    room.wait(lambda: not [word for word in OWED if word in desk.terminal.line("✓ salle")], "nothing owed")
    record(f"{moment}: nothing owed any more (s)", back.seconds)
    assert back.seconds < BACK * LOADED


def longest_silence(room: ExamRoom, who: str, other: str, since: int) -> float:
    """Seconds for which that headset did not hear the other's tone, from there on."""
    sound, step = sound_of(room.heard_file(who))[since:], RATE // 20
    longest = now = 0.0
    for at in range(0, len(sound) - step, step):
        now = 0.0 if tones_in(sound[at : at + step])[other] > PRESENT else now + step / RATE
        longest = max(longest, now)
    return longest


# --- a station, a juror's place -----------------------------------------------------------------------


def test_a_station_dies_at_every_moment(tmp_path: Path, record_property: Record) -> None:
    """The power of the candidate's machine goes while it is idle, rings, talks, holds; then its telephone alone, then it is replaced by
    another machine in the middle of a call. In between, the machines of the jury have their turn."""
    with (
        ExamRoom(tmp_path) as room,
        contextlib.ExitStack() as desks,
        Console(room, "jury2") as observer,
        Headless(room, "jury1", "role_player", "poste1") as player,
    ):
        desk = desks.enter_context(Desk(room, "poste1"))
        desk.sign_in()
        observer.sits("Observer", 1)
        observer.terminal.keys("F5")
        observer.terminal.wait_for("l'écoute attend")

        desk = desks.enter_context(_power_cut(room, desk, observer, "idle", record_property))
        desk.terminal.wait_for("► Prêt", "☏ ligne enregistrée", within=SLOW)
        room.wait(lambda: membership(room, "poste1") == "open", "the station open to its queue")

        key = ringing(desk, player)
        desk = desks.enter_context(_power_cut(room, desk, observer, "ringing", record_property))
        desk.terminal.wait_for("‖ En retrait (incident)", "☏ ligne enregistrée", within=SLOW)
        desk.ready()
        desk.terminal.wait_for("SONNE")  # the caller has waited in the queue
        desk.terminal.keys("F3")
        desk.terminal.wait_for("En communication")
        room.wait_hears("poste1", "jury1", since=room.mark("poste1"))
        desk.terminal.keys("F4")
        desk.wait_for_row("CallEnded", call_key=key, by="local")
        over(room, desk, player, key, offers=2)
        qualified(desk, key)

        for moment, begin in (("talking", talking), ("held", held)):
            key = begin(desk, player)
            observer.terminal.wait_for("Vous écoutez Poste 1", "on parle")
            desk = desks.enter_context(_power_cut(room, desk, observer, moment, record_property))
            desk.terminal.wait_for("✎ Post-appel", "Coupé", "à qualifier (F8)", "☏ ligne enregistrée", within=SLOW)
            desk.terminal.wait_for("Mme Odile VASSERAND · MVL-204518")
            over(room, desk, player, key)
            observer.terminal.wait_for("l'écoute attend")
            qualified(desk, key)

        key = talking(desk, player)
        observer.terminal.wait_for("Vous écoutez Poste 1", "on parle")
        Machine(room, "poste1").kill(PHONE)
        died = Watch()
        desk.terminal.wait_for("TÉLÉPHONE PERDU", "à qualifier (F8)", within=3)
        room.wait(lambda: not player.live_calls(), "the juror's phone to be free")
        record_property("the desk's phone: the juror's side ended (s)", died.seconds)
        desk.terminal.wait_for("Le téléphone est revenu", "☏ ligne enregistrée", within=SLOW)
        record_property("the desk's phone: back (s)", died.seconds)
        over(room, desk, player, key)
        qualified(desk, key)

        # the juror who plays: his phone dies in the call
        key = talking(desk, player)
        observer.terminal.wait_for("Vous écoutez Poste 1", "on parle")
        seen = player.place.now
        os.kill(player.place.watched.phone.pid or 0, signal.SIGKILL)
        died = Watch()
        desk.wait_for_row("CallEnded", call_key=key, within=10)
        record_property("the role-player's phone: the candidate's call ended (s)", died.seconds)
        player.do(player.place.wait(RegistrationChanged, lambda fact: fact.state == "registered", seen))
        record_property("the role-player's phone: back (s)", died.seconds)
        observer.terminal.wait_for("l'écoute attend")
        qualified(desk, key)

        # the one who listens: his phone, then his whole machine
        key = talking(desk, player)
        observer.terminal.wait_for("Vous écoutez Poste 1", "on parle")
        Machine(room, "jury2").kill(PHONE)
        died = Watch()
        observer.terminal.wait_for("VOUS N'ENTENDEZ PLUS Poste 1", within=5)
        observer.terminal.wait_for("Vous écoutez Poste 1", within=SLOW)
        room.wait_hears("jury2", "poste1", "jury1", since=room.mark("jury2"))
        record_property("the observer's phone: hears again (s)", died.seconds)
        room.wait_hears("poste1", "jury1", since=room.mark("poste1"))
        Machine(room, "jury2").processes.kill_all()
        died = Watch()
        room.wait(lambda: _listening(room) == 0, "the end of the listening in the journal")
        record_property("the observer's machine: the end of the listening told (s)", died.seconds)
        desk.terminal.wait_for("appels écoutés par le jury")

        with again(room, "jury", "jury2") as console:
            console.wait_for("vous observez", "✓ central", "✓ ligne", within=SLOW)
            console.keys("F5")
            console.wait_for("Vous écoutez Poste 1", "on parle")
            room.wait_hears("jury2", "poste1", "jury1", since=room.mark("jury2"))

            # another machine takes the place of the candidate's, in the call
            former = desk
            since = former.last_seq()
            given = Watch()
            desk = desks.enter_context(replacement(room, former))
            former.terminal.wait_for("CE POSTE A ÉTÉ REMPLACÉ", within=SLOW)
            desk.terminal.wait_for("✎ Post-appel", "Coupé", "à qualifier (F8)", "☏ ligne enregistrée", within=SLOW)
            desk.terminal.wait_for("Mme Odile VASSERAND · MVL-204518")
            record_property("another machine in the place of the candidate's (s)", given.seconds)
            assert given.seconds < 60
            over(room, desk, player, key)
            assert [row.kind for row in desk.rows("CallEnded", since=since)] == ["CallEnded"]
            former.terminal.wait_for("ligne non enregistrée")
            qualified(desk, key)
            key = talking(desk, player)
            assert "SONNE" not in former.terminal.screen() and "En communication" not in former.terminal.screen()
            room.wait_hears("poste1-bis", "jury1", since=room.mark("poste1-bis"))
            desk.terminal.keys("F4")
            desk.wait_for_row("CallEnded", call_key=key, by="local")
            qualified(desk, key)
            console.keys("F5")
            console.wait_for("Vous n'écoutez pas")
            nobody_waits(room)
        leave(desk)
        assert "Traceback" not in room.log()
    once(desk)


def _power_cut(room: ExamRoom, desk: Desk, observer: Console, moment: str, record: Record) -> DeskAgain:
    Machine(room, "poste1").processes.kill_all()
    died = Watch()
    observer.terminal.wait_for("✕ POSTE ÉTEINT", within=10)
    record(f"{moment}: the jury knows (s)", died.seconds)
    return DeskAgain(desk)


def _listening(room: ExamRoom) -> int:
    kinds = [row.kind for row in room.rows("poste1")]
    return kinds.count("ExchangeListeningBegan") - kinds.count("ExchangeListeningEnded")


def replacement(room: ExamRoom, former: Desk) -> DeskAgain:
    place = f"{former.station}-bis"
    shutil.copy(room.root / f"{former.station}-says.wav", room.root / f"{place}-says.wav")
    return DeskAgain(former, place, room.code(former.station))


# --- a clock that is wrong, a disk that is full -----------------------------------------------------


def test_a_wrong_clock_and_a_full_disk(tmp_path: Path, record_property: Record) -> None:
    """The candidate's machine is two minutes fast; then the disk of the room server takes no more, in a call that is listened to."""
    with (
        ExamRoom(tmp_path) as room,
        contextlib.ExitStack() as stack,
        Headless(room, "jury1", "role_player", "poste1") as player,
        Headless(room, "jury2", "observer", "poste1") as observer,
    ):
        room.on_its_machine["poste1"] = lambda words: ["faketime", "--exclude-monotonic", "-f", f"+{FAST}s", *words]
        desk = stack.enter_context(Desk(room, "poste1"))
        desk.sign_in()
        desk.terminal.wait_for("! horloge décalée de 02:00")
        listening = observer.do(observer.place.listen())
        key = talking(desk, player)
        desk.wait_for_row("ExchangeListeningBegan")
        desk.terminal.wait_for("● En conversation 00:0", "En communication 00:0")
        room.wait_hears("poste1", "jury1", since=room.mark("poste1"))
        desk.terminal.keys("F6")
        desk.terminal.wait_for("EN ATTENTE 00:0")
        desk.terminal.keys("F6")
        desk.wait_for_row("CallResumed", call_key=key)
        _in_order(desk)

        assert room.process is not None
        with _full_disk(room.process.pid):
            type_a_note(desk, "Disque plein", told=False)
            desk.terminal.keys("C-s")
            desk.terminal.wait_for("NON ENREGISTRÉ – nouvel essai", "En communication")
            refused = player.do(_asked(player, "POST", "/jury/calls", simulation="S1"))
            assert "n'a pas pu être écrit : rien n'a été enregistré" in refused.json()["title"], refused.text
            room.wait_hears("poste1", "jury1", since=room.mark("poste1"))
            observer.place.send(HangUpCall(listening))
            desk.terminal.keys("F4")
            desk.terminal.wait_for("Vous avez raccroché", "à qualifier (F8)")
            room.wait(lambda: not player.live_calls() and not room.exchange.channels(), "the exchange to be rid of every call")
            assert not desk.rows("CallEnded") and not desk.records(Note, text="Disque plein")
        freed = Watch()
        desk.wait_for_row("CallEnded", call_key=key, by="local")
        desk.wait_for_row("ExchangeListeningEnded")
        room.wait(lambda: desk.records(Note, text="Disque plein"), "the note saved")
        desk.terminal.wait_for("✎ Post-appel", "✓ Enregistré", "appels écoutés par le jury")
        record_property("the disk takes again: everything is written (s)", freed.seconds)
        assert freed.seconds < BACK * LOADED
        assert len(desk.records(Note, text="Disque plein")) == 1
        over(room, desk, player, key)
        qualified(desk, key)
        key = talking(desk, player)
        desk.terminal.keys("F4")
        desk.wait_for_row("CallEnded", call_key=key, by="local")
        over(room, desk, player, key)
        qualified(desk, key)
        _in_order(desk)
        nobody_waits(room)
        leave(desk)
    once(desk)


FAST = 120  # seconds


def _in_order(desk: Desk) -> None:
    """Rows are dated in their order; what the candidate's machine tells of calls is dated by the room's clock, to the second."""
    rows = desk.rows()
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    told = [row for row in rows if row.call_key and row.kind.startswith("Call") and row.data.get("told_at")]
    late = [abs((instant_of(row.at) - instant_of(str(row.data["told_at"]))).total_seconds()) for row in told]
    assert told and max(late) < FAST / 4, late


def instant_of(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


async def _asked(who: Headless, method: str, path: str, **body: str) -> httpx.Response:
    return await who.place.http.request(method, path, json={"write_id": uuid.uuid4().hex, **body})


@contextlib.contextmanager
def _full_disk(pid: int) -> Iterator[None]:
    """A size that no file of the process may pass stands for it."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
