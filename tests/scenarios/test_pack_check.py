"""The check of a pack: what it refuses, at which line."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from scenarios.pack_check import check_pack

from .pack_folders import DAY, skeleton, spoil, told

S1 = "simulations/S1/"


def test_a_skeleton_holds(tmp_path: Path) -> None:
    assert check_pack(skeleton(tmp_path), DAY) == []


def test_a_sitting_is_on_a_working_day(tmp_path: Path) -> None:
    assert "jour ouvré" in check_pack(skeleton(tmp_path), dt.date(2026, 11, 22))[0].message


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("people/durand-alix.yaml", "04 65 71 70 01", "04 66 71 70 01", "numéro de fiction"),
        ("people/durand-alix.yaml", "courriel.example", "courriel.fr", "hors fiction"),
        ("people/durand-alix.yaml", "CLI-100001", "4539 1488 0343 6467", "numéro de carte"),
        ("people/durand-alix.yaml", "CLI-100001", "FR76 3000 6000 0112 3456 7890 189", "banque réelle (30006)"),
        ("people/durand-alix.yaml", "CLI-100001", "FR76 9999 9000 0100 0000 0000 116", "clé est fausse"),
        ("people/durand-alix.yaml", "result: ABOUTI", "result: ABOUTIE", "« ABOUTIE » absent"),
        ("people/durand-alix.yaml", "codes: [INFO_DONNEE]", "codes: [INFO]", "code « INFO » absent"),
        ("pack.yaml", "crcd_rc_m05", "crcd_rc_m5", "vouliez-vous dire « crcd_rc_m05 »"),
        ("codes.yaml", "  c2:", "  c12:", "absente du référentiel"),
        ("catalogue.csv", ";20;PRODUIT-B;", ";20;PRODUIT-C;", "product « PRODUIT-C » inconnu"),
        (S1 + "simulation.yaml", "competence: c2", "competence: c3", "pas de codes pour « c3 »"),
        (S1 + "persona.yaml", "contact_id: durand-alix", "contact_id: durand-ali", "vouliez-vous dire « durand-alix »"),
        (S1 + "persona.yaml", "04 65 71 70 01", "04 65 71 70 09", "pas au dossier du contact"),
        (S1 + "persona.yaml", "reveal: si on demande le numéro", "reveal: jamais", "ne doit jamais être dit"),
        (
            S1 + "persona.yaml",
            "- {id: numero, fact",
            "- {id: autre, fact: x, reveal: si on demande}\n  - {id: numero, fact",
            "aucune réplique ne révèle « autre »",
        ),
        (S1 + "persona.yaml", "after: 3", "after: 6", "l'indice vient à 6 min, la simulation en dure 6"),
        (S1 + "persona.yaml", "le nouveau ?", "le nouveau ? " * 20, "indice trop long"),
        (S1 + "persona.yaml", "hint: {", "# hint: {", "donner l'indice au candidat bloqué"),
        (S1 + "dialogue.yaml", "{turn: 2}, go: merci", "{turn: 2}, go: mercy", "vouliez-vous dire « merci »"),
        (S1 + "dialogue.yaml", "{cue: conge}, go: au_revoir", "{cue: congé}, go: au_revoir", "vouliez-vous dire « conge »"),
        (S1 + "dialogue.yaml", "reveals: [identite]", "reveals: [identitee]", "ni un fait caché ni une marque"),
        (S1 + "dialogue.yaml", "{turn: 2}", "{turn: 2, silence: 3}", "une condition et une seule"),
        (S1 + "dialogue.yaml", "  - id: merci\n", "  - id: merci\n    speaker: mere\n", "voix « mere » non déclarée"),
        (S1 + "dialogue.yaml", "Client virtuel automatique de Plateau. ", "", "annoncer un client automatique"),
        (S1 + "dialogue.yaml", "record_kind: contact_point", "record_kind: contact_point, contact_id: x", "contact « x » inconnu"),
        (
            S1 + "dialogue.yaml",
            "kind: [RecordCreated, RecordChanged]",
            "kind: [RecordMade, RecordChanged]",
            "événement « RecordMade » inconnu",
        ),
        (
            S1 + "dialogue.yaml",
            "  - id: merci\n",
            "  - id: perdue\n    say: [x]\n    hang_up: true\n\n  - id: merci\n",
            "rien ne mène à la réplique « perdue »",
        ),
        (
            S1 + "dialogue.yaml",
            "    next:\n      - {when: {turn: 1}, go: au_revoir}\n      - {when: {silence: 8}, go: au_revoir}\n",
            "",
            "ne mène nulle part",
        ),
        (S1 + "expected.yaml", "[c2.3]", "[c2.33]", "absent du référentiel"),
        (S1 + "expected.yaml", "[c2.3]", "[c6.3]", "d'une autre compétence"),
        (S1 + "expected.yaml", "MAJ_DOSSIER", "MAJ_DOSSIERS", "vouliez-vous dire « MAJ_DOSSIER »"),
        (S1 + "expected.yaml", "during_call: true", "after: plus_tard", "doit être écrite avant"),
    ],
)
def test_what_does_not_hold_is_told_at_its_line(tmp_path: Path, file: str, old: str, new: str, words: str) -> None:
    pack = skeleton(tmp_path)
    spoil(pack, file, old, new)
    problems = check_pack(pack, DAY)
    assert any(words in p.message and p.file == file and p.line for p in problems), problems


def test_the_line_is_the_one_spoiled(tmp_path: Path) -> None:
    pack = skeleton(tmp_path)
    number = spoil(pack, "people/durand-alix.yaml", "04 65 71 70 01", "06 12 34 56 78")
    edge = spoil(pack, S1 + "dialogue.yaml", "{turn: 2}, go: merci", "{turn: 2}, go: mercy")
    problems = check_pack(pack, DAY)
    assert told(problems, "people/durand-alix.yaml", number, "numéro de fiction")
    assert told(problems, S1 + "dialogue.yaml", edge, "mercy")


def test_a_wait_must_end_without_keys(tmp_path: Path) -> None:
    pack = skeleton(tmp_path)
    spoil(pack, S1 + "dialogue.yaml", "      - {when: {turn: 2}, go: merci}\n", "")
    spoil(pack, S1 + "dialogue.yaml", "  - {when: {silence: 12}, go: allo}\n  - {when: {silence: 60}, go: raccroche}\n", "")
    assert any("attend sans fin sans touche" in p.message and "numero" in p.message for p in check_pack(pack, DAY))


def test_sums_of_orders_invoices_payments_and_debts(tmp_path: Path) -> None:
    pack = skeleton(tmp_path)
    with (pack / "people" / "durand-alix.yaml").open("a", encoding="utf-8") as more:
        more.write(
            """
order:
  - {id: o1, status: livrée, ordered_on: J-20, delivery: relais, lines: PRODUIT-Ax2, items: "24,00", total: "24,00"}
invoice:
  - {id: f1, order_id: o1, total: "27,90", status: impayée, issued_on: J-20, due_on: J-5}
payment:
  - {means: chèque, invoice_id: f1, amount: "20,00", status: encaissé, on: J-3}
collection_case:
  - {invoice_ids: [f1, f2], total: "27,90"}
reminder:
  - {stage: relance 1, sent_on: J-10, invoice_ids: [f1], total: "30,00"}
payment_plan:
  - id: p1
    total: "120,00"
    instalments:
      - {number: 1, due_on: J, amount: "20,00"}
      - {number: 2, due_on: J+1m@10>, amount: "100,00"}
"""
        )
    messages = " | ".join(p.message.replace("\u00a0", " ") for p in check_pack(pack, DAY))
    for words in (
        "24,00 € écrits, les lignes et la livraison font 27,90 €",
        "27,90 € facturés pour une commande de 24,00 €",
        "20,00 € réglés pour 27,90 € facturés",
        "encaissé d'une facture dite impayée",
        "invoice « f2 » inconnu",
        "30,00 € écrits, les factures font 27,90 €",
        "pas encore échue",
        "Le premier versement doit être d'au moins 30,00 €",
    ):
        assert words in messages


def test_the_brief_can_be_read_in_an_hour(tmp_path: Path) -> None:
    pack = skeleton(tmp_path)
    (pack / "brief" / "02-long.md").write_text("# Long\n\n" + "mot " * 40_000, encoding="utf-8")
    assert any("trop longs" in p.message for p in check_pack(pack, DAY))
    for path in (pack / "brief").iterdir():
        path.unlink()
    assert any("dossier du candidat absent" in p.message for p in check_pack(pack, DAY))
