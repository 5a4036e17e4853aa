"""The practice lab with its processes killed one after the other, as a machine in a training centre would do it."""

from __future__ import annotations

import re
import resource
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from crm_mock.models import Interaction, Note
from tests.e2e.lab import SLOW, Lab, energy_db, speech_wav
from tests.e2e.processes import Processes
from tests.scenarios.pack_folders import lean_marvalune

ODILE, NUMBER = "vasserand-odile", "04 65 71 21 08"
GREETING = "Brûlerie Marvalune bonjour, que puis-je faire pour vous ?"


@pytest.fixture
def mic(tmp_path: Path) -> Path:
    return speech_wav(tmp_path / "mic.wav", [(0.6, GREETING)], seconds=8)


@pytest.fixture
def pack(tmp_path: Path) -> str:
    return str(lean_marvalune(tmp_path))


@pytest.fixture
def lab(tmp_path: Path, pack: str, mic: Path) -> Lab:
    return Lab(tmp_path, pack=pack, mic=mic)


@pytest.fixture
def processes(lab: Lab) -> Processes:
    return Processes(lab.home)


# --- what the drills are made of --------------------------------------------------------------------


def in_a_call(lab: Lab) -> str:
    """Signed in, S1 begun, its customer's call answered, her file open; the call's key."""
    lab.sign_in()
    lab.start_simulation("S1")
    lab.ready()
    lab.terminal.wait_for("SONNE", "MVL-204518", within=SLOW)
    lab.terminal.keys("F3")
    lab.terminal.wait_for("En communication")
    return lab.wait_for_row("CallAnswered").call_key


def type_a_note(lab: Lab, text: str) -> None:
    open_notes(lab)
    lab.terminal.wait_for("Note : à créer")
    lab.terminal.type(text)
    lab.terminal.wait_for(text, "brouillon gardé")


def open_notes(lab: Lab) -> None:
    """Until the room knows that the pane is in front: its field has the focus by then."""
    since = lab.last_seq()
    lab.terminal.keys("M-8")
    lab.terminal.wait_for("[8 Notes]")
    lab.wait_for_row("ScreenOpened", since=since, screen="notes")


def on_the_desks_disk(lab: Lab, text: str) -> None:
    """Until the desk's spool (or its write-ahead log) has the text: it is locked, so its bytes are read."""
    files = [lab.folder / "desk" / name for name in ("desk.spool", "desk.spool-wal")]
    wanted = text.encode()
    lab.wait_until(lambda: any(wanted in path.read_bytes() for path in files if path.exists()), f"{text!r} on the desk's disk")


def qualify(lab: Lab, call_key: str) -> None:
    """F8, then the first result of the list; the server says the call is qualified."""
    if "Qualification de l'appel" not in lab.terminal.screen():
        lab.terminal.keys("F8")
    lab.terminal.wait_for("Qualification de l'appel", "— choisir —")
    lab.terminal.keys("Right")
    lab.terminal.wait_for("◂ ABOUTI ·")
    lab.terminal.keys("C-s")
    lab.wait_for_row("RecordCreated", record_kind="interaction", after={"call_key": call_key})
    lab.terminal.wait_gone("Qualification de l'appel")


def call_customer(lab: Lab) -> str:
    """A new call, answered by the customer; both sides talk. Its key."""
    since = lab.last_seq()
    lab.terminal.keys("F3")
    lab.terminal.wait_for("Annuaire")
    lab.terminal.type(NUMBER)
    lab.terminal.wait_for(NUMBER)
    lab.terminal.keys("Enter")
    answered = lab.wait_for_row("CallAnswered", since=since, within=SLOW)
    lab.wait_for_row("CallQuality", since=since, call_key=answered.call_key, received=lambda count: count > 20)
    return answered.call_key


def call_out(lab: Lab) -> None:
    """The same, and the agent hangs up."""
    hang_up_and_qualify(lab, call_customer(lab))


def hang_up_and_qualify(lab: Lab, call_key: str) -> None:
    lab.terminal.keys("F4")
    lab.wait_for_row("CallEnded", call_key=call_key, by="local")
    qualify(lab, call_key)


def agent_state(lab: Lab) -> str:
    return str(lab.rows("AgentStateChanged")[-1].data["after"])


def clean(lab: Lab) -> None:
    """Once left: no fault in any log, an unbroken chain, and no fact, write or order of an agent journaled twice."""
    lab.verify()
    ids = [(r.kind, r.data[name]) for r in lab.rows() for name in ("fact_id", "write_id") if isinstance(r.data, dict) and r.data.get(name)]
    assert len(ids) == len(set(ids))
    assert lab.tracebacks() == []


# --- one process killed -----------------------------------------------------------------------------


def test_the_room_dies_in_a_call_then_the_desk(lab: Lab, processes: Processes, record_property: Callable[[str, object], None]) -> None:
    with lab:
        key = in_a_call(lab)
        _room_dies(lab, processes, record_property)
        _desk_dies(lab, processes, key, record_property)
        call_out(lab)
        lab.leave()
    clean(lab)
    texts = [n.text for n in lab.records(Note, contact_id=ODILE)]
    assert len([text for text in texts if text.startswith("Duplicata")]) == texts.count("Note inachevee") == 1
    assert [i.comment for i in lab.records(Interaction, call_key=key)] == ["Commentaire inacheve"]
    states = [r.data["after"] for r in lab.rows("AgentStateChanged")]
    assert states[:5] == ["not_ready", "ready", "offered", "talking", "wrap_up"]


def _room_dies(lab: Lab, processes: Processes, record_property: Callable[[str, object], None]) -> None:
    lab.says("ouverture", "ouverture_allo")
    type_a_note(lab, "Duplicata demandé")
    lab.cue("identification")
    lab.cue("a_vous")
    lab.says("identite")  # some seconds of speech
    lab.terminal.keys("C-s")  # on its way
    room = processes.kill("room")
    died = time.monotonic()
    lab.terminal.wait_for("SALLE COUPÉE", within=3)
    ear = len(lab.heard())
    lab.terminal.type(", et demenagement")
    lab.terminal.wait_for("Duplicata demandé, et demenagement", "En communication")
    lab.wait_until(lambda: len(lab.heard()) > ear + 16000, "a second more in the ear")
    assert energy_db(lab.heard()[ear : ear + 16000]) > -45, "the customer is no longer heard"
    new_room = processes.one("room", other_than=room)
    lab.terminal.wait_for("✓ salle", within=SLOW)
    record_property("room back (s)", round(time.monotonic() - died, 2))
    work = processes.worked(new_room)
    record_property("processor time of the room's start (s)", round(work, 2))
    lab.terminal.keys("C-s")
    lab.wait_until(lambda: [n for n in lab.records(Note, contact_id=ODILE) if n.text == "Duplicata demandé, et demenagement"], "saved")
    lab.terminal.wait_for("✓ Enregistré")
    record_property("save confirmed (s)", round(time.monotonic() - died, 2))
    assert work < 4.0, "on an idle machine the room would not be back in five seconds"
    assert agent_state(lab) == "talking"
    assert len(processes.pids("phone")) == 1


def _desk_dies(lab: Lab, processes: Processes, key: str, record_property: Callable[[str, object], None]) -> None:
    another_note(lab, "Note inachevee")
    lab.terminal.keys("F8")
    lab.terminal.wait_for("Qualification de l'appel", "Mme Odile VASSERAND ▸")
    lab.terminal.keys("Tab", "Tab")
    lab.terminal.type("Commentaire inacheve")
    lab.terminal.wait_for("Commentaire inacheve")
    on_the_desks_disk(lab, "Note inachevee")
    on_the_desks_disk(lab, "Commentaire inacheve")
    (phone,) = processes.pids("phone")
    desk = processes.kill("desk")
    died = time.monotonic()
    processes.wait_gone(phone, within=8)
    processes.one("desk", other_than=desk)
    lab.terminal.wait_for("Post-appel", "Coupé", "à qualifier", within=SLOW)
    record_property("desk back (s)", round(time.monotonic() - died, 2))
    lab.wait_for_row("CallEnded", cause="fault", by="system")
    assert "recherche…" not in lab.terminal.wait_for("Mme Odile VASSERAND · MVL-204518")  # her file came back by itself
    lab.terminal.keys("M-8")
    lab.terminal.wait_for("[8 Notes]", "Note inachevee")
    lab.save_and_wait("note", contact_id=ODILE)
    lab.terminal.keys("F8")
    lab.terminal.wait_for("Commentaire inacheve", "Mme Odile VASSERAND")
    qualify(lab, key)


def test_the_phone_dies_in_a_call_then_the_customer(lab: Lab, processes: Processes, record_property: Callable[[str, object], None]) -> None:
    with lab:
        key = in_a_call(lab)
        _phone_dies(lab, processes, key, record_property)
        key = call_customer(lab)
        _customer_dies(lab, processes, key, record_property)
        call_out(lab)
        lab.leave()
    clean(lab)


def _phone_dies(lab: Lab, processes: Processes, key: str, record_property: Callable[[str, object], None]) -> None:
    type_a_note(lab, "Avant la coupure")
    phone = processes.kill("phone")
    died = time.monotonic()
    lab.terminal.wait_for("TÉLÉPHONE PERDU", within=3)
    lab.terminal.wait_for("Le téléphone est revenu", within=SLOW)
    record_property("phone back (s)", round(time.monotonic() - died, 2))
    work = processes.worked(processes.one("phone", other_than=phone))
    record_property("processor time of the phone's start (s)", round(work, 2))
    assert work < 1.5, "on an idle machine the phone would not be back in two seconds"
    lab.terminal.wait_for("Coupé : téléphone en défaut", "à qualifier (F8)", "Avant la coupure")
    ended = lab.wait_for_row("CallEnded", call_key=key)
    assert (ended.data["cause"], ended.data["by"]) == ("fault", "system")
    assert agent_state(lab) == "wrap_up"
    qualify(lab, key)
    customer_hung_up(lab)


def customer_hung_up(lab: Lab) -> None:
    """Until the customer has noticed that nobody is at the other end."""
    log = lab.folder / "lab.log"
    lab.wait_until(lambda: re.search("call ended: ", log.read_text(encoding="utf-8", errors="replace")), "the customer hung up")


def _customer_dies(lab: Lab, processes: Processes, key: str, record_property: Callable[[str, object], None]) -> None:
    contacts = len(lab.rows("CustomerConnected"))
    customer = processes.kill("customer")
    died = time.monotonic()
    ended = lab.wait_for_row("CallEnded", call_key=key)
    record_property("end of the call seen (s)", round(time.monotonic() - died, 2))
    assert (ended.data["cause"], ended.data["by"]) == ("network", "system")
    lab.terminal.wait_for("Coupé : réseau", "à qualifier (F8)")
    processes.one("customer", other_than=customer)
    lab.wait_until(lambda: len(lab.rows("CustomerConnected")) > contacts, "the customer is back", SLOW)
    record_property("customer back (s)", round(time.monotonic() - died, 2))
    qualify(lab, key)


# --- a disk that is full ------------------------------------------------------------------------------


def test_a_disk_fills_up_and_is_emptied(lab: Lab, processes: Processes) -> None:
    """A size no file of the process may pass stands for the full disk; lifted, everything is written, once."""
    texts = {"desk": "Disque du poste plein", "room": "Disque de la salle plein"}
    with lab:
        lab.sign_in()
        open_file(lab)
        for role, text in texts.items():
            if role == "desk":
                type_a_note(lab, text)
            else:
                another_note(lab, text)
            since, pid = lab.last_seq(), processes.one(role)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
            lab.terminal.keys("C-s")
            lab.terminal.wait_for("NON ENREGISTRÉ – nouvel essai (")
            assert not lab.records(Note, contact_id=ODILE, text=text)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            lab.wait_for_row("RecordCreated", since=since, record_kind="note")
            lab.terminal.wait_gone("nouvel essai (")
            lab.terminal.wait_for("✓ Enregistré")
            assert processes.one(role) == pid
        lab.leave()
    lab.verify()
    assert [len(lab.records(Note, contact_id=ODILE, text=text)) for text in texts.values()] == [1, 1]


# --- everything killed ------------------------------------------------------------------------------


def test_a_killed_lab_leaves_nothing_behind_and_resumes(lab: Lab, processes: Processes, tmp_path: Path, pack: str, mic: Path) -> None:
    with lab:
        key = in_a_call(lab)
        type_a_note(lab, "Note en suspens")
        on_the_desks_disk(lab, "Note en suspens")
        folder = lab.folder
        processes.kill("lab")
        processes.wait_gone(within=15)
        assert "[8 Notes]" not in lab.terminal.screen(), "the terminal was not given back"
    with Lab(tmp_path, pack=pack, mic=mic) as again:
        again.terminal.wait_for("Post-appel", "à qualifier (F8)", "Mme Odile VASSERAND · MVL-204518", within=SLOW)
        assert again.folder == folder
        again.terminal.keys("M-8")
        again.terminal.wait_for("[8 Notes]", "Note en suspens")
        qualify(again, key)
        again.leave()
    clean(again)
    assert processes.all() == {}


def test_a_power_cut_while_saving_loses_nothing_that_was_said_saved(tmp_path: Path, pack: str) -> None:
    """Two cuts, each after a note was said saved and, at once, while the next is on its way."""
    said: list[str] = []
    on_their_way: list[str] = []
    for cut in range(2):
        with Lab(tmp_path, pack=pack) as lab:
            if cut == 0:
                lab.sign_in()
            open_file(lab)
            processes = Processes(lab.home)
            open_notes(lab)
            if "brouillon gardé" in lab.terminal.wait_for("Note : à créer"):  # the cut came before the save was on the disk
                lab.save_and_wait("note", contact_id=ODILE)
                another_note(lab, f"Dite enregistree {cut}")
            else:
                lab.terminal.type(f"Dite enregistree {cut}")
                lab.terminal.wait_for(f"Dite enregistree {cut}", "brouillon gardé")
            lab.save_and_wait("note", contact_id=ODILE)
            lab.terminal.wait_gone("… enregistrement")
            said.append(f"Dite enregistree {cut}")
            another_note(lab, f"Au moment de la coupure {cut}")
            on_the_desks_disk(lab, f"Au moment de la coupure {cut}")
            on_their_way.append(f"Au moment de la coupure {cut}")
            lab.terminal.keys("C-s")
            time.sleep(0.03 * cut)  # no fact to wait for: the cut comes at another moment of the same save
            processes.kill_all()
    with Lab(tmp_path, pack=pack) as lab:
        lab.terminal.wait_for("✓ salle", within=SLOW)
        lab.wait_until(lambda: set(said) <= {n.text for n in lab.records(Note, contact_id=ODILE)}, "every note said saved")
        lab.wait_until(lambda: any(words in lab.terminal.screen() for words in ("✓ Enregistré", "✓ rien à enregistrer")), "nothing owed")
        lab.leave()
    clean(lab)
    texts = [n.text for n in lab.records(Note, contact_id=ODILE)]
    assert [texts.count(text) for text in said] == [1, 1]
    assert all(texts.count(text) <= 1 for text in on_their_way)
    sqlite = sqlite3.connect(lab.folder / "casefile.db")
    assert sqlite.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    sqlite.close()


def open_file(lab: Lab) -> None:
    lab.terminal.wait_for("✓ salle", within=SLOW)
    lab.terminal.keys("F5")
    lab.terminal.wait_for("[7 Recherche]")
    lab.terminal.type("MVL-204518")
    lab.terminal.keys("Enter")
    lab.terminal.wait_for("VASSERAND")
    if "[1 Fiche]" not in lab.terminal.screen():
        lab.terminal.keys("Enter")
    lab.terminal.wait_for("[1 Fiche]", "Mme Odile VASSERAND · MVL-204518")


def another_note(lab: Lab, text: str) -> None:
    """From the field of a note that was saved, the button for a new one."""
    before = lab.terminal.painted("+ Nouvelle note")
    lab.terminal.keys("Tab", "Tab")
    lab.terminal.wait_repainted("+ Nouvelle note", before)
    lab.terminal.keys("Enter")
    lab.terminal.wait_for("Note : à créer")
    lab.terminal.type(text)
    lab.terminal.wait_for(text, "brouillon gardé")
