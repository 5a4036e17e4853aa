"""What a subject must let a jury see, and whether its scenes can happen: criteria, replies, amounts, law, screens that ship."""

from __future__ import annotations

import datetime as dt
import importlib
import re
import sys
from pathlib import Path

import pytest

from crm_mock.models import KINDS
from scenarios.pack import Pack
from scenarios.pack_check import check_pack
from scenarios.pack_check_amounts import amount_problems
from scenarios.pack_check_law import law_problems
from scenarios.pack_check_reach import FOLLOWS, SCREENS, SHOWN, reach_problems
from scenarios.pack_check_subject import heard_in, seen_in, subject_problems
from scenarios.pack_files import PackProblem
from scenarios.pack_load import read_pack
from scenarios.standard import load_standard

from .pack_folders import DAY, MARVALUNE, OTHER_DAYS, marvalune, read_marvalune, skeleton, spoil

S1 = "simulations/S1/"
HOLDERS = {"interaction": "workstation/ui/screens/qualification.py"}  # no pane of its own: a form that opens by itself


def problems(pack: Pack) -> list[PackProblem]:
    return [p for part in (subject_problems, reach_problems, amount_problems, law_problems) for p in part(pack, read_marvalune())]


def changed(simulation: str, part: str, old: str, new: str) -> Pack:
    """Marvalune with a value of a situation's expected records or steps changed, wherever it is."""
    found = marvalune().simulation(simulation)
    text = found.expected.model_dump_json()
    assert old in text, old
    expected = type(found.expected).model_validate_json(text.replace(old, new))
    other = found.model_copy(update={"expected": expected})
    return marvalune().model_copy(update={"simulations": tuple(other if s.id == simulation else s for s in marvalune().simulations)})


def test_each_of_the_58_criteria_is_shown_by_the_desk_or_declared_the_jurys() -> None:
    standard = load_standard(marvalune().identity.standard)
    assert len(standard.criteria()) == 58
    seen = {ident for simulation in marvalune().simulations for ident in seen_in(simulation)}
    heard = {ident for simulation in marvalune().simulations for ident in heard_in(simulation)}
    assert seen | heard == set(standard.criteria())
    by_ear_alone = set(standard.criteria()) - seen
    assert by_ear_alone == {"c2.4", "c3.7", "c3.8", "c8.6", "c8.7", "c9.6"}


@pytest.mark.parametrize("day", [OTHER_DAYS[1], OTHER_DAYS[5]], ids=str)
def test_the_scenes_hold_on_any_day(day: dt.date) -> None:
    loaded = read_pack(MARVALUNE, day)
    assert loaded.pack is not None
    for part in (reach_problems, amount_problems, law_problems):
        assert part(loaded.pack, loaded) == []


def test_a_subject_without_its_chat_or_a_reply_is_not_whole() -> None:
    calls = tuple(s.model_copy(update={"channel": "téléphone"}) for s in marvalune().simulations)
    told = " / ".join(p.message for p in subject_problems(marvalune().model_copy(update={"simulations": calls}), read_marvalune()))
    assert "0 conversation écrite pour 1 attendus" in told
    mute = tuple(s.model_copy(update={"written": None}) if s.id == "S8" else s for s in marvalune().simulations)
    told = " / ".join(p.message for p in subject_problems(marvalune().model_copy(update={"simulations": mute}), read_marvalune()))
    assert "2 réponse écrite pour 3 attendus" in told and "aucune réponse écrite pour c8" in told


@pytest.mark.parametrize(
    ("simulation", "old", "new", "words"),
    [
        ("S2", '"amount_cents":780', '"amount_cents":4600', "il en reste 45,00"),
        ("S2", '"stock":41', '"stock":40', "42 au catalogue, 1 pris ici"),
        ("S2", '"guarantee_until":"2027-02-14"', '"guarantee_until":"2026-02-14"', "14/02/2027"),
        ("S2", '"bought_on":"2025-02-14"', '"bought_on":"2025-03-14"', "garantie légale jusqu'au 14/03/2027"),
        ("S4", '"amount_cents":4800', '"amount_cents":4200', "ni un total, ni un acompte"),
        ("S4", '"stock":234', '"stock":235', "6 pris ici"),
        ("S4", '"status":"autorisé"', '"status":"en cours"', "ni le poste ni le client"),
        ("S4", '"FILTRE-EAU"', '"BROSSE"', "le poste ne propose « BROSSE » avec aucune autre ligne"),
        ("S4", '"replaces":"CAP-EQUINOXE"', '"replaces":"CAP-AUBE"', "ne propose pas « CAP-ZENITH » à la place de « CAP-AUBE »"),
        ("S5", '"price_cents":3490', '"price_cents":2990', "le catalogue dit 34,90"),
        ("S5", '"total_cents":41880', '"total_cents":40000', "12 mois à 34,90"),
        ("S6", '"slot_id":"kerdilis-3"', '"slot_id":"kerdilis-9"', "absent de l'agenda"),
        ("S6", '"start":"09:00"', '"start":"10:00"', "le créneau « kerdilis-3 »"),
        ("S6", '"template":"confirmation de rendez-vous"', '"contact_id":"x","template":"confirmation de rendez-vous"', "rien à confirmer"),
        ("S7", '"question_id":"Q10","value":"2"', '"question_id":"Q10","value":"7"', "hors liste"),
        ("S7", '"question_id":"Q12"', '"question_id":"Q13"', "question « Q13 » absente"),
        ("S7", '"applicable":12', '"applicable":13', "13 réponses attendues pour 12 questions"),
        ("S7", '"fact":"note_delai"', '"fact":"note_delais"', "vouliez-vous dire « note_delai »"),
        ("S7", '"screen":"survey_desk"', '"screen":"survey"', "vouliez-vous dire « survey_desk »"),
        ("S8", '"discounted_cents":1692', '"discounted_cents":1690', "la grille donne 16,92"),
        ("S8", '"offer_rule":"douceur-15"', '"offer_rule":"douceur"', "ne convient pas à 32 mois"),
        ("S8", '"amount_cents":1788', '"amount_cents":4501', "plafond 45,00"),
        ("S8", '"id":"bellonte-tancrede.rsl"', '"id":"bellonte-tancrede.rls"', "vouliez-vous dire « bellonte-tancrede.rsl »"),
        ("S9", '"total_cents":16460', '"total_cents":16400', "échéancier de 164,00"),
        ("S9", '"due_on":"2026-11-23"', '"due_on":"2026-11-22"', "n'est pas un jour ouvré"),
        ("S9", '"kind":"mandate"', '"kind":"resource"', "aucun écran ne fait"),
    ],
)
def test_what_could_not_be_is_told(simulation: str, old: str, new: str, words: str) -> None:
    found = problems(changed(simulation, "expected", old, new))
    assert any(words.replace(" €", "") in p.message.replace("\u00a0", " ") and simulation in p.file and p.line for p in found), found


def test_a_call_the_law_forbids_is_told() -> None:
    night = tuple(s.model_copy(update={"start_time": s.start_time.replace(hour=20)}) for s in marvalune().simulations if s.id == "S8")
    assert any(p.key == "R-DEM-3" for p in law_problems(marvalune().model_copy(update={"simulations": night}), read_marvalune()))
    people = tuple(r.model_copy(update={"status": "refusé"}) if r.kind == "consent" else r for r in marvalune().records)
    found = law_problems(marvalune().model_copy(update={"records": people}), read_marvalune())
    assert any(p.key == "R-DEM-OPP" and "S8" in p.file for p in found) and not any("S9" in p.file for p in found)


def test_a_criterion_nobody_could_judge_and_a_fact_only_heard_are_told(tmp_path: Path) -> None:
    pack = skeleton(tmp_path)
    spoil(pack, S1 + "expected.yaml", "[c2.4, c2.5]", "[c2.4]")
    spoil(pack, S1 + "dialogue.yaml", "{when: {turn: 1}, go: identite}", "{when: {turn: 1}, go: numero}")
    spoil(pack, S1 + "dialogue.yaml", "{when: {cue: identification}, go: identite}", "{when: {heard: [nom]}, go: identite}")
    spoil(pack, S1 + "dialogue.yaml", "{when: {cue: identification}, go: identite, unless", "{when: {heard: [nom]}, go: identite, unless")
    told = " / ".join(map(str, check_pack(pack, DAY)))
    assert "c2.5" in told and "observable nulle part" in told
    assert "« identite » ne se dit que si la parole est reconnue" in told


def test_every_fault_comes_at_once(tmp_path: Path) -> None:
    pack = skeleton(tmp_path)
    for name, old, new in (
        (S1 + "expected.yaml", "[c2.4, c2.5]", "[c2.4]"),
        (S1 + "persona.yaml", "04 65 71 70 01", "04 65 71 70 09"),
        ("catalogue.csv", ";20;PRODUIT-B;", ";20;PRODUIT-C;"),
        ("people/durand-alix.yaml", "result: ABOUTI", "result: ABOUTIE"),
    ):
        spoil(pack, name, old, new)
    assert {p.file for p in check_pack(pack, DAY)} >= {
        S1 + "expected.yaml",
        S1 + "persona.yaml",
        "catalogue.csv",
        "people/durand-alix.yaml",
    }


# --- the table of what a desk makes, against the desks


def _modules(name: str, seen: set[str]) -> set[str]:
    """A module of the screens and those it is made of."""
    if name not in seen:
        seen.add(name)
        text = Path(str(importlib.import_module(name).__file__)).read_text(encoding="utf-8")
        for found in re.findall(r"^from (workstation\.ui\.(?:screens|widgets)(?:\.\w+)?) import (\w+(?:, \w+)*)?", text, re.MULTILINE):
            for one in (found[0], *(f"{found[0]}.{part}" for part in found[1].split(", ") if part)):
                if one in sys.modules and one.count(".") == 3:
                    _modules(one, seen)
    return seen


def test_each_kind_is_made_by_a_pane_that_ships() -> None:
    from workstation.ui.screens import RECORD_PANES

    panes = {pane.pane_id: pane.__module__ for pane in RECORD_PANES}
    assert {pane for kind, pane in SCREENS.items() if kind not in HOLDERS} <= set(panes)
    assert set(panes) <= SHOWN
    for kind, pane in SCREENS.items():
        names = [str(importlib.import_module(m).__file__) for m in _modules(panes[pane], set())] if kind not in HOLDERS else [HOLDERS[kind]]
        texts = [Path(name).read_text(encoding="utf-8") for name in names]
        assert any(f'"{kind}"' in text for text in texts), f"{pane} never names {kind}"
        assert kind in HOLDERS or any("SaveAsked(" in text or "RecordForm(" in text or "RecordList(" in text for text in texts), pane


def test_every_kind_is_accounted_for() -> None:
    read_only = {"payment", "reminder", "field_rep", "resource"}
    assert set(SCREENS) | set(FOLLOWS) | read_only == set(KINDS) and not set(SCREENS) & set(FOLLOWS)
    assert all(kind in SCREENS for causes in FOLLOWS.values() for kind in causes)
    expected = {record.kind for s in marvalune().simulations for record in s.expected.records if record.kind}
    assert expected <= set(SCREENS) | set(FOLLOWS)
