"""Loading: what trainers write becomes the types, and every mistake is told at its line, all at once."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from crm_mock.models import Address, Contact, ContactPoint, Interaction, Order, Product
from scenarios import pack_files
from scenarios.pack_fields import plain_value
from scenarios.pack_files import pack_hash
from scenarios.pack_load import PackErrors, load_pack, read_pack

from .pack_folders import DAY, skeleton, spoil, told

# "billion laughs": each list holds nine times the one before
LAUGHS = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(7)
)


def test_a_skeleton_becomes_a_pack(tmp_path: Path) -> None:
    pack = load_pack(skeleton(tmp_path), DAY)
    assert pack.identity.slug == "mon-pack" and pack.identity.title == "Mon pack" and pack.day == DAY
    assert pack.company.delivery["relais"].fee_cents == 390
    assert pack.company.phone == "+33199007000"
    assert [t.id for t in pack.texts] == ["brief-01-consignes", "P-01"]
    assert pack.texts[0].keywords == "règles, déroulement"
    assert "lundi 23 novembre" in pack.texts[0].text
    contact = next(r for r in pack.records if isinstance(r, Contact))
    assert contact.birth_date == dt.date(1975, 5, 4) and contact.customer_since == dt.date(2024, 11, 23)
    address = next(r for r in pack.records if isinstance(r, Address))
    assert address.contact_id == contact.id and address.id == "durand-alix.address.1" and address.postcode == "96120"
    assert {p.value for p in pack.records if isinstance(p, ContactPoint)} == {"+33465717001", "alix.durand@courriel.example"}
    talk = next(r for r in pack.records if isinstance(r, Interaction))
    assert talk.on == dt.date(2026, 10, 23) and talk.at == "2026-10-23T08:15:00Z"  # 10:15 in Paris, summer time
    assert next(r for r in pack.records if isinstance(r, Product)).price_cents == 1200
    edge = next(line for line in pack.simulation("S1").dialogue.lines if line.id == "numero").next[2]
    assert edge.when.record == {"kind": ["RecordCreated", "RecordChanged"], "record_kind": "contact_point", "after.value": "+33639987002"}
    with pytest.raises(KeyError):
        pack.simulation("S8")


def test_all_mistakes_are_told_at_once_each_at_its_line(tmp_path: Path) -> None:
    pack = skeleton(tmp_path)
    here = "simulations/S1/"
    lines = {
        "typo": spoil(pack, "people/durand-alix.yaml", "first_name: Alix", "fist_name: Alix"),
        "date": spoil(pack, "people/durand-alix.yaml", "04/05/1975", "31/02/1975"),
        "choice": spoil(pack, here + "simulation.yaml", "direction: entrant", "direction: entrante"),
        "minutes": spoil(pack, here + "simulation.yaml", "minutes: 6", "minutes: beaucoup"),
        "missing": spoil(pack, "services.yaml", "    name: Service Contrats\n", ""),
        "field": spoil(pack, here + "expected.yaml", "value: 06 39 98 70 02", "valeur: 06 39 98 70 02"),
        "twice": spoil(pack, here + "persona.yaml", "limits: Rien", "limits: Déjà\nlimits: Rien"),
        "money": spoil(pack, "pack.yaml", "agent_goodwill: 30,00", "agent_goodwill: trente"),
        "cell": spoil(pack, "catalogue.csv", "15;PRODUIT-A", "quinze;PRODUIT-A"),
        "kind": spoil(pack, "people/durand-alix.yaml", "contact_point:", "contact_points:"),
        "relative": spoil(pack, here + "persona.yaml", "veut que", "le {J+huit} veut que"),
    }
    with pytest.raises(PackErrors) as refused:
        load_pack(pack, DAY)
    problems = refused.value.problems
    assert told(problems, "people/durand-alix.yaml", lines["typo"], "vouliez-vous dire « first_name »")
    assert told(problems, "people/durand-alix.yaml", lines["date"], "n'existe pas au calendrier")
    assert told(problems, here + "simulation.yaml", lines["choice"], "vouliez-vous dire « entrant »")
    assert told(problems, here + "simulation.yaml", lines["minutes"], "un nombre entier")
    assert told(problems, "services.yaml", lines["missing"] - 1, "services.1.name clé obligatoire absente")
    assert told(problems, here + "expected.yaml", lines["field"], "« valeur » n'est pas un champ de contact_point")
    assert told(problems, here + "persona.yaml", lines["twice"] + 1, "clé donnée deux fois")
    assert told(problems, "pack.yaml", lines["money"], "n'est pas un montant en euros")
    assert told(problems, "catalogue.csv", 3, "un nombre entier")
    assert told(problems, "people/durand-alix.yaml", lines["kind"], "vouliez-vous dire « contact_point »")
    assert any("{J+huit}" in str(p) or "J+huit" in str(p) for p in problems)
    assert problems == sorted(problems) and len(problems) == len(set(problems))


def test_a_key_written_twice_keeps_its_second_line(tmp_path: Path) -> None:
    pack = skeleton(tmp_path)
    line = spoil(pack, "codes.yaml", "competences:\n", "results: []\ncompetences:\n")
    assert told(read_pack(pack, DAY).problems, "codes.yaml", line, "clé donnée deux fois")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("codes.yaml", b"results: [\n", "YAML illisible"),
        ("codes.yaml", b"results: \xff\xfe", "UTF-8"),
        ("codes.yaml", b"", "fichier vide"),
        (
            "codes.yaml",
            LAUGHS,
            "trop grand",
        ),
        ("codes.yaml", b"[" * 3000, "YAML illisible"),
        ("codes.yaml", b"results: " + b"[" * 40 + b"]" * 40, "trop imbriqu"),
        ("codes.yaml", b"results: " + b"x" * 1_100_000, "trop gros"),
        ("brief/02-sans-titre.md", b"Sans titre\n", "la première ligne doit être un titre"),
        ("crowd/contacts.csv", b"id\nx\n", "vouliez-vous dire « contact »"),
        ("crowd/contact.csv", b"id;nom\nx;y\n", "colonne inconnue"),
        ("crowd/contact.csv", b"id;last_name\nx;y;z\n", "3 colonnes au lieu de 2"),
        ("people/vide.yaml", b"adresse: []\n", "une clé « contact: »"),
        ("notes.txt", b"?", "rien ne lit ce fichier"),
    ],
)
def test_files_that_cannot_be_read_are_told(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    pack = skeleton(tmp_path)
    (pack / name).parent.mkdir(exist_ok=True)
    (pack / name).write_bytes(content)
    loaded = read_pack(pack, DAY)
    assert loaded.pack is None
    assert any(p.file == name and words in p.message for p in loaded.problems), loaded.problems


def test_no_tag_makes_an_object(tmp_path: Path) -> None:
    pack = skeleton(tmp_path)
    spoil(pack, "codes.yaml", "label: Contact abouti", 'label: !!python/object/apply:os.system ["exit 1"]')
    assert any("codes.yaml" == p.file and "texte" in p.message for p in read_pack(pack, DAY).problems)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    pack = skeleton(tmp_path)
    (tmp_path / "secret.md").write_text("# Secret\n", encoding="utf-8")
    os.symlink(tmp_path / "secret.md", pack / "brief" / "02-secret.md")
    assert any("lien symbolique" in p.message for p in read_pack(pack, DAY).problems)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PackErrors, match="n'existe pas"):
        load_pack(tmp_path / "rien", DAY)


def test_a_crowd_and_orders_take_prices_from_the_catalogue(tmp_path: Path) -> None:
    pack = skeleton(tmp_path)
    (pack / "crowd").mkdir()
    (pack / "crowd" / "order.csv").write_text(
        "id;contact_id;ordered_on;delivery;lines\n"
        "o1;durand-alix;J-30<;relais;PRODUIT-Ax2 | PRODUIT-Bx1\n"
        "o2;durand-alix;J-9;domicile;PRODUIT-Ax9\n",
        encoding="utf-8",
    )
    first, second = [r for r in load_pack(pack, DAY).records if isinstance(r, Order)]
    assert (first.items_cents, first.delivery_cents, first.total_cents) == (3800, 390, 4190)
    assert [(line.label, line.unit_cents) for line in first.lines] == [("Produit A", 1200), ("Produit B", 1400)]
    assert (second.items_cents, second.delivery_cents, second.total_cents) == (10800, 0, 10800)


def test_the_hash_follows_every_file(tmp_path: Path) -> None:
    pack = skeleton(tmp_path)
    before = pack_hash(pack)
    assert load_pack(pack, DAY).identity.hash == before and len(before) == 64
    spoil(pack, "simulations/S1/persona.yaml", "mood: 4", "mood: 3")
    after = pack_hash(pack)
    assert after != before
    (pack / "brief" / "01-consignes.md").rename(pack / "brief" / "02-consignes.md")
    assert pack_hash(pack) not in (before, after)


@pytest.mark.parametrize("parser", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)])
def test_a_number_is_one_only_without_quotes_whichever_parser_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parser: Any
) -> None:
    monkeypatch.setattr(pack_files, "_Loader", parser)
    (tmp_path / "one.yaml").write_text('{plain: 6, quoted: "6", yes: [true], text: six}', encoding="utf-8")
    source = pack_files.PackFolder(tmp_path).yaml("one.yaml")
    assert source is not None
    assert {k: plain_value(v) if isinstance(v, pack_files.Plain) else v for k, v in source.data.items() if k != "yes"} == {
        "plain": 6,
        "quoted": "6",
        "text": "six",
    }
    assert [plain_value(v) for v in source.data["yes"]] == [True]


def test_what_is_expected_of_a_number_is_a_number() -> None:
    pack = load_pack(Path(pack_files.__file__).parent / "packs" / "marvalune", DAY)
    plan = next(r for r in pack.simulation("S9").expected.records if r.id == "echeancier")
    assert [i["number"] for i in plan.expect["instalments"]] == [1, 2, 3, 4]
    assert plan.expect["agreed_by"] == {"any": True}
