"""The case file as its users see it: durable, idempotent, in step with its journal."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from crm_mock import errors
from crm_mock.casefile import CaseFile
from crm_mock.journal import Event
from crm_mock.models import KINDS, Address, Contact, ContactPoint, Note, Product
from crm_mock.schema import columns, table_name
from tests.crm_mock.world import PROFILE, TODAY, Room, make_case, people


def test_a_new_file_starts_with_the_first_event_tied_to_its_records(room: Room) -> None:
    first = room.case.rows()[0]
    assert (first.seq, first.kind, first.data["pack"]) == (1, "SittingOpened", "essai")
    assert first.data["records"] > 20 and len(first.data["records_sha256"]) == 64
    assert room.case.profile == PROFILE
    assert room.case.get(Contact, "odile").version == 1


def test_every_kind_has_its_table_and_a_column_for_each_field(room: Room) -> None:
    raw = sqlite3.connect(room.case.path)
    try:
        for kind, model in KINDS.items():
            found = [row[1] for row in raw.execute(f"PRAGMA table_info({table_name(kind)})")]
            assert found == list(columns(model)) == list(model.model_fields)
        assert raw.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    finally:
        raw.close()


def test_a_save_is_there_after_reopening_with_its_journal_row(room: Room) -> None:
    saved = room.put("note", "n1", 0, contact_id="odile", text="  Déménage le 1er décembre  ")
    assert saved.version == 1 and saved.record["text"] == "Déménage le 1er décembre"
    assert room.published[-1].seq == saved.seq
    room.case.close()
    with CaseFile.open(room.case.path, today=lambda: TODAY) as again:
        assert again.get(Note, "n1").text == "Déménage le 1er décembre"
        row = again.rows(after=saved.seq - 1)[0]
        assert row.kind == "RecordCreated" and row.actor == "Camille" and row.call_key == "appel-1"
        assert row.data["record_kind"] == "note" and row.data["contact_id"] == "odile" and row.data["before"] == {}


def test_a_change_tells_only_what_changed(room: Room) -> None:
    room.put("address", "adr-odile", 1, city="Saint-Orme-le-Haut", valid_from="2026-12-01")
    data = room.published[-1].data
    assert data["before"] == {"city": "Saint-Orme-le-Bas", "valid_from": None}
    assert data["after"] == {"city": "Saint-Orme-le-Haut", "valid_from": "2026-12-01"}
    assert data["version"] == 2 and room.case.get(Address, "adr-odile").valid_from == dt.date(2026, 12, 1)


def test_the_same_write_again_gets_the_same_answer_and_changes_nothing(room: Room) -> None:
    first = room.put("note", "n1", 0, write_id="w", contact_id="odile", text="un")
    room.put("note", "n1", 1, text="deux")
    assert room.put("note", "n1", 0, write_id="w", contact_id="odile", text="un") == first
    assert room.case.get(Note, "n1").text == "deux"
    assert len(room.published) == 2
    with pytest.raises(errors.WriteIdReused):
        room.put("note", "n1", 2, write_id="w", text="trois")


def test_a_save_that_changes_nothing_has_no_row(room: Room) -> None:
    saved = room.put("address", "adr-odile", 1, city="Saint-Orme-le-Bas")
    assert saved.version == 1 and room.published == [] and saved.seq == 1


def test_a_stale_version_is_a_conflict_that_shows_the_present_record(room: Room) -> None:
    room.put("address", "adr-odile", 1, city="Ailleurs")
    with pytest.raises(errors.VersionConflict) as caught:
        room.put("address", "adr-odile", 1, city="Nulle part")
    current = caught.value.details["current"]
    assert isinstance(current, dict) and current["city"] == "Ailleurs" and current["version"] == 2
    with pytest.raises(errors.VersionConflict):
        room.put("address", "adr-odile", 0, contact_id="odile", line1="x")
    with pytest.raises(errors.RecordNotFound):
        room.put("address", "inconnue", 3, city="x")
    with pytest.raises(errors.UnknownKind):
        room.put("carte", "x", 0)


@pytest.mark.parametrize(
    ("kind", "fields", "field", "message"),
    [
        ("task", {"contact_id": "odile"}, "title", "À renseigner."),
        ("task", {"contact_id": "odile", "title": "x", "due_on": "demain"}, "due_on", "Date non reconnue ; attendu : AAAA-MM-JJ."),
        ("task", {"contact_id": "odile", "title": "x" * 121}, "title", "120 caractères au plus."),
        (
            "task",
            {"contact_id": "odile", "title": "x", "priority": "urgente"},
            "priority",
            "Valeur non prévue ; attendu : basse, normale ou haute.",
        ),
        ("task", {"contact_id": "odile", "title": "x", "couleur": "bleu"}, "couleur", "Champ inconnu."),
        ("task", {"contact_id": "personne", "title": "x"}, "contact_id", "Ce client n'existe pas."),
        ("address", {"contact_id": "odile", "line1": "x", "postcode": "750"}, "postcode", "Forme non reconnue."),
        ("contact_point", {"contact_id": "odile", "channel": "mobile", "value": "12"}, "value", "Numéro de téléphone non reconnu."),
        ("contact_point", {"contact_id": "odile", "channel": "e-mail", "value": "a@b"}, "value", "Adresse e-mail non reconnue."),
        ("order", {"contact_id": "odile", "lines": [{"product_id": "kit", "quantity": 0}]}, "lines.0.quantity", "1 au moins."),
        ("order", {"contact_id": "odile", "address_id": "adr-lormier"}, "address_id", "La fiche indiquée est celle d'un autre client."),
        ("payment_link", {"contact_id": "odile", "order_id": "rien"}, "order_id", "La fiche indiquée n'existe pas."),
        ("note", {"contact_id": "odile", "text": "nul \x00"}, "text", "Ce texte contient des caractères illisibles."),
    ],
)
def test_what_does_not_fit_is_said_in_french_field_by_field(
    room: Room, kind: str, fields: dict[str, Any], field: str, message: str
) -> None:
    with pytest.raises(errors.InvalidFields) as caught:
        room.put(kind, "nouveau", 0, **fields)
    assert caught.value.fields == {field: message}
    assert room.published == [] and room.case.last_seq() == 1


@pytest.mark.parametrize(
    ("role", "kind", "record_id", "version", "fields"),
    [
        ("candidate", "product", "kit", 1, {"price_cents": 1}),
        ("candidate", "payment", "nouveau", 0, {"contact_id": "odile", "means": "chèque", "amount_cents": 100}),
        ("candidate", "contact", "odile", 1, {"reference": "MVL-1"}),
        ("candidate", "invoice", "F-2610-0231", 1, {"total_cents": 1}),
        ("candidate", "invoice", "F-2610-0231", 1, {"status": "avoir"}),
        ("candidate", "address", "adr-odile", 1, {"contact_id": "lormier"}),
        ("candidate", "order", "nouveau", 0, {"contact_id": "odile", "total_cents": 5}),
        ("candidate", "order", "nouveau", 0, {"contact_id": "odile", "status": "livrée"}),
        ("customer", "note", "nouveau", 0, {"contact_id": "odile", "text": "x"}),
        ("customer", "contact", "odile", 1, {"last_name": "x"}),
        ("passant", "note", "nouveau", 0, {"contact_id": "odile", "text": "x"}),
    ],
)
def test_what_a_role_may_not_write(room: Room, role: str, kind: str, record_id: str, version: int, fields: dict[str, Any]) -> None:
    with pytest.raises(errors.Forbidden):
        room.put(kind, record_id, version, role=role, **fields)
    assert room.case.last_seq() == 1


def test_repeating_the_present_value_of_a_protected_field_is_harmless(room: Room) -> None:
    saved = room.put("contact", "odile", 1, reference="MVL-204518", remark="malentendante")
    assert saved.record["remark"] == "malentendante"


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE crm_note; --",
        '" OR 1=1',
        "[/bold][red]",
        "{{7*7}}",
        "../../etc/passwd",
        "☕️ 👩‍🦰",
        "\u202einversé",
        "a" * 4000,
        "ligne\nautre",
    ],
)
def test_any_text_is_only_text(room: Room, text: str) -> None:
    room.put("note", "n1", 0, contact_id="odile", text=text)
    room.put("contact", "c9", 0, first_name=text[:100], last_name=text[:100])
    assert room.case.get(Note, "n1").text == text
    assert room.case.search(text).total >= 0
    room.case.verify()


def test_card_numbers_reach_neither_records_nor_journal_nor_disk(room: Room) -> None:
    with pytest.raises(errors.CardNumberRefused) as caught:
        room.put("note", "n1", 0, contact_id="odile", text="carte 4970 1011 2233 4455, cryptogramme 123")
    assert caught.value.details["fields"] == {"text": "carte •••• •••• •••• 4455, cryptogramme •••"}
    assert room.published[-1].kind == "CardNumberRefused"
    room.case.append_events([Event("CustomerSpoke", {"text": "c'est le 4970101122334455", "line_id": "4970101122334455"})])
    assert room.published[-1].data["text"] == "c'est le ••••••••••••4455"
    room.case.search("4970 1011 2233 4455")
    room.case.close()
    on_disk = b"".join(p.read_bytes() for p in room.case.folder.iterdir() if p.is_file())
    assert b"4970 1011 2233 4455" not in on_disk
    with pytest.raises(errors.CaseFileClosed):
        room.put("note", "n2", 0, contact_id="odile", text="x")


def test_events_of_other_floors_are_journaled_once(room: Room) -> None:
    events = [Event("CallOffered", {"number": "+33465712108"}, "phone", "k1", f"e{n}", "2026-11-23T09:00:00Z") for n in (1, 2)]
    assert [r.kind for r in room.case.append_events(events)] == ["CallOffered", "CallOffered"]
    assert room.case.append_events([*events, Event("CallEnded", {}, "phone", "k1", "e3")])[0].kind == "CallEnded"
    assert [r.seq for r in room.case.rows(after=1)] == [2, 3, 4]
    assert room.case.rows(after=1, limit=1)[0].at == "2026-11-23T09:00:00Z"


def test_watchers_hear_after_the_commit_and_in_order_even_when_one_fails(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[tuple[int, bool]] = []

    def look(rows: object) -> None:
        seen.append((room.case.last_seq(), True))
        raise RuntimeError("watcher")

    room.case.on_commit = look
    saved = room.put("note", "n1", 0, contact_id="odile", text="x")
    assert seen == [(saved.seq, True)] and room.case.get(Note, "n1").version == 1
    assert "on_commit failed" in caplog.text


def test_a_failure_in_the_transaction_leaves_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("disk")

    with monkeypatch.context() as patch:
        patch.setattr("crm_mock.journal.append", broken)
        with pytest.raises(OSError, match="disk"):
            room.put("note", "n1", 0, write_id="w", contact_id="odile", text="x")
    with pytest.raises(errors.RecordNotFound):
        room.case.get(Note, "n1")
    assert room.put("note", "n1", 0, write_id="w", contact_id="odile", text="x").version == 1
    assert room.case.last_seq() == 2


def test_a_full_disk_is_said_and_the_same_write_goes_through_afterwards(room: Room) -> None:
    conn = room.case._conn
    free = conn.execute("PRAGMA max_page_count").fetchone()[0]
    conn.execute(f"PRAGMA max_page_count = {conn.execute('PRAGMA page_count').fetchone()[0]}")
    with pytest.raises(errors.StorageFailed, match="rien n'a été enregistré"):
        for n in range(200):
            room.put("note", f"n{n}", 0, write_id=f"w{n}", contact_id="odile", text="x" * 4000)
    saved = len(room.case.all(Note))
    conn.execute(f"PRAGMA max_page_count = {free}")
    again = room.put("note", f"n{saved}", 0, write_id=f"w{saved}", contact_id="odile", text="x" * 4000)
    assert again.version == 1 and len(room.case.all(Note)) == saved + 1
    room.case.verify()


def test_half_characters_and_deep_nests_harm_nothing(room: Room) -> None:
    room.case.append_events([Event("CallOffered", {"name": "a\ud800b", "list": ["\udfff"]}, "ph\ud800ne", "k\ud800")])
    assert room.published[-1].data == {"name": "a?b", "list": ["?"]} and room.published[-1].actor == "ph?ne"
    assert room.case.search("a\ud800@").total == 0
    with pytest.raises(errors.InvalidFields):
        room.put("note", "n", 0, contact_id="odile", text="a\ud800")
    nest: list[Any] = []
    for _ in range(5000):
        nest = [nest]
    with pytest.raises(errors.InvalidFields):
        room.put("note", "n", 0, contact_id="odile", text=nest)
    with pytest.raises(errors.InvalidFields):
        room.put("product", "kit", 1, role="trainer", stock=2**70)


def test_writers_in_many_threads_take_turns(room: Room) -> None:
    barrier = threading.Barrier(6)

    def work(worker: int) -> int:
        barrier.wait(10)
        conflicts = 0
        for n in range(8):
            room.case.put(
                "note", f"n{worker}-{n}", 0, {"contact_id": "odile", "text": "x"}, write_id=f"{worker}-{n}", actor="a", role="candidate"
            )
            try:
                version = room.case.get(Contact, "odile").version
                room.case.put(
                    "contact", "odile", version, {"remark": f"{worker}-{n}"}, write_id=f"c{worker}-{n}", actor="a", role="candidate"
                )
            except errors.VersionConflict:
                conflicts += 1
        return conflicts

    with ThreadPoolExecutor(6) as pool:
        conflicts = sum(pool.map(work, range(6)))
    assert len(room.case.all(Note)) == 48
    assert room.case.get(Contact, "odile").version == 1 + 48 - conflicts
    assert [r.seq for r in room.published] == list(range(2, 2 + 96 - conflicts))
    room.case.verify()


def test_the_same_write_from_many_threads_happens_once(room: Room) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: room.put("note", "n1", 0, write_id="w", contact_id="odile", text="x"), range(12)))
    assert len({a.model_dump_json() for a in answers}) == 1 and len(room.published) == 1


def test_two_owners_of_one_file_still_make_one_chain(room: Room) -> None:
    with CaseFile.open(room.case.path, today=lambda: TODAY) as other:
        for n in range(5):
            room.case.append_events([Event("A", {"n": n})])
            other.append_events([Event("B", {"n": n})])
        other.verify()
    assert Counter(r.kind for r in room.case.rows()) == {"SittingOpened": 1, "A": 5, "B": 5}


def test_the_customer_file_holds_everything_newest_first(room: Room) -> None:
    room.put("note", "n1", 0, contact_id="odile", text="avant", at="2026-11-23T08:00:00Z")
    room.put("note", "n2", 0, contact_id="odile", text="après", at="2026-11-23T09:00:00Z")
    found = room.case.customer_file("odile")
    assert found.contact.last_name == "VASSERAND"
    assert [n["text"] for n in found.records["note"]] == ["après", "avant"]
    assert [i["reference"] for i in found.records["invoice"]] == ["F-2610-0231"]
    assert found.records["payment"] == []
    assert [c["id"] for c in room.case.customer_file("sentis").records["contact"]] == ["cabinet"]
    assert [c.id for c in room.case.related("cabinet")["contact"]] == ["sentis"]
    with pytest.raises(errors.RecordNotFound):
        room.case.customer_file("personne")


def test_a_number_is_kept_as_e164_however_it_was_written(room: Room) -> None:
    saved = room.put("contact_point", "p", 0, contact_id="odile", channel="mobile", value="06 39 98 41-02")
    assert saved.record["value"] == "+33639984102"
    assert room.case.get(ContactPoint, "p").value == "+33639984102"


def test_an_iban_is_kept_masked(room: Room) -> None:
    saved = room.put("mandate", "m", 0, contact_id="corbulon", iban_masked="FR76 9999 9000 0100 0000 0000 115", status="à signer")
    assert saved.record["iban_masked"] == "FR•• •••• 0115"
    assert saved.record["reference"] == "RUM-2611-0001"


def test_the_catalogue_is_searched_by_words(room: Room) -> None:
    assert [p.id for p in room.case.products("equi")] == ["equinoxe"]
    assert [p.id for p in room.case.products("étui corsé")] == ["zenith"]
    assert len(room.case.products()) == len(room.case.all(Product)) == 6


def test_creating_refuses_what_is_wrong_and_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "sitting" / "casefile.db"
    lost = Note(id="n", contact_id="personne", text="x")
    card = Note(id="carte", contact_id="odile", text="4970101122334455")
    with pytest.raises(errors.InvalidFields) as caught:
        CaseFile.create(path, [*people()[:1], people()[0], lost, card], Event("SittingOpened", {}), PROFILE)
    assert set(caught.value.fields) == {"contact/odile", "note/n.contact_id", "note/carte"}
    assert not path.exists()
    with pytest.raises(errors.CaseFileMissing):
        CaseFile.open(path)


def test_a_file_is_never_overwritten_and_a_half_made_one_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "casefile.db.new").write_bytes(b"cut short")
    make_case(tmp_path).close()
    with pytest.raises(errors.CaseFileExists):
        make_case(tmp_path)


def test_a_file_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "casefile.db"
    path.write_bytes(b"not a database, by any means" * 40)
    with pytest.raises(errors.CaseFileUnusable):
        CaseFile.open(path)


def test_tables_of_another_version_are_refused(room: Room) -> None:
    room.case.close()
    raw = sqlite3.connect(room.case.path)
    raw.execute("ALTER TABLE crm_note ADD COLUMN colour TEXT")
    raw.commit()
    raw.close()
    with pytest.raises(errors.SchemaMismatch) as caught:
        CaseFile.open(room.case.path)
    assert caught.value.details["unknown"] == ["colour"]


def test_a_call_that_reached_nobody_known_is_qualified_without_a_file(room: Room) -> None:
    saved = room.put("interaction", "i1", 0, contact_id="", call_key="appel-1", direction="sortant", result="FAUX_NUM")
    assert (saved.record["contact_id"], saved.record["result"], saved.version) == ("", "FAUX_NUM", 1)
    with pytest.raises(errors.InvalidFields) as refused:
        room.put("interaction", "i2", 0, contact_id="personne", call_key="appel-2", result="FAUX_NUM")
    assert refused.value.fields == {"contact_id": "Ce client n'existe pas."}
