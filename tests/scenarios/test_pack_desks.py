"""Questionnaires, trees, the retention grid and campaigns of a pack: read, and every fault at its line."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_mock.models import Answer, CampaignTarget
from crm_mock.rules import questionnaire
from crm_mock.rules.questionnaire import Question, Questionnaire, Route
from scenarios.pack_check import check_pack
from scenarios.pack_load import load_pack, read_pack
from scenarios.pack_schemas import schemas

from .pack_desks import FILES, desks
from .pack_folders import DAY, skeleton, spoil, told
from .test_pack_schemas import OF_FOLDERS, keys_known

PERSON = "people/durand-alix.yaml"
SURVEY, TREE, GRID, CAMPAIGNS = FILES


def test_a_pack_keeps_them(tmp_path: Path) -> None:
    path = desks(tmp_path)
    assert check_pack(path, DAY) == []
    pack = load_pack(path, DAY)
    (survey,) = pack.questionnaires
    assert (survey.id, survey.version, survey.minutes) == ("livraison", "2", 4)  # the id is the file's name
    assert survey.opening.endswith("du 13 novembre 2026.")
    assert [q.id for q in questionnaire.applicable(survey, [Answer(question_id="Q1", value="10")])] == ["Q1", "Q3"]
    assert not survey.questions[2].nsp and survey.questions[2].routes == (Route(values=("B",), go="fin"),)
    assert [(q.cell, q.wanted) for q in survey.quotas] == [("Nord", 20), ("Sud", 30)]
    (tree,) = pack.trees
    assert (
        tree.id == "voyant-orange"
        and tree.products == ("PRODUIT-A",)
        and [n.id for n in tree.nodes if n.ending] == ["remplir", "fini", "n2"]
    )
    assert pack.retention is not None
    assert [(o.id, o.from_months, o.to_months) for o in pack.retention.offers[2:]] == [("remise", 12, None), ("pause", 0, 12)]
    assert [(c.id, c.questionnaire) for c in pack.campaigns] == [("livraison", "livraison"), ("essais", "")]


def test_a_pack_may_have_none(tmp_path: Path) -> None:
    pack = load_pack(skeleton(tmp_path), DAY)
    assert (pack.questionnaires, pack.trees, pack.retention, pack.campaigns) == ((), (), None, ())


def test_they_fit_their_schemas(tmp_path: Path) -> None:
    made, sources = schemas(), read_pack(desks(tmp_path), DAY).sources
    seen = [source for source in sources.values() if source.file in FILES]
    assert len(seen) == len(FILES)
    for source in seen:
        name = OF_FOLDERS.get(source.file.split("/")[0]) or Path(source.file).stem
        assert keys_known(made[name], made[name]["$defs"], source.data, source.file) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (SURVEY, "title: Votre", "titel: Votre", "vouliez-vous dire « title »"),
        (SURVEY, "type: ouverte", "type: ouvert", "vouliez-vous dire « ouverte »"),
        (SURVEY, "minutes: 4", "minutes: quatre", "un nombre entier"),
        (TREE, "ending: escaladé N2", "ending: escalade N2", "vouliez-vous dire « escaladé N2 »"),
        (GRID, "rank: 2", "rank: 0", "au moins 1"),
        (CAMPAIGNS, "title: Essais", "titre: Essais", "clé inconnue"),
        (CAMPAIGNS, "campaigns:", "campagnes:", "une liste « campaigns: » est attendue"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_line(tmp_path: Path, file: str, old: str, new: str, words: str) -> None:
    pack = desks(tmp_path)
    line = spoil(pack, file, old, new)
    loaded = read_pack(pack, DAY)
    assert loaded.pack is None and told(loaded.problems, file, line, words), loaded.problems


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (SURVEY, "- id: Q1\n", "- id: Q1\n    low: 10\n", "« Q1 » : l'échelle va de 10 à 10"),
        (SURVEY, "- id: Q1\n", "- id: Q1\n    high: 9\n", "« Q1 » : le filtre attend « 10 »"),
        (SURVEY, "- id: Q3\n", "- id: fin\n", "« fin » ne peut pas être l'identifiant"),
        (SURVEY, "{cell: Sud", "{cell: Nord", "case « Nord » donnée deux fois"),
        (TREE, "products: [PRODUIT-A]", "products: [PRODUIT-C]", "produit « PRODUIT-C » inconnu"),
        (TREE, "start: eau", "start: eaux", "le départ « eaux » n'existe pas"),
        (TREE, "  - {id: fini", "  - {id: perdu, title: x, ending: résolu N1}\n  - {id: fini", "« perdu » : aucun chemin n'y mène"),
        (TREE, "- id: eau\n", "- id: eau\n    ending: résolu N1\n", "« eau » : un nœud a des résultats"),
        (GRID, "- {id: douceur", "- {id: conseil", "« conseil » : identifiant donné à deux offres"),
        (
            GRID,
            "- {id: remise, label: Remise fidélité, nature: remise, rank: 3, from_months: 12, discount_percent: 15",
            "- {id: remise, label: Remise fidélité, nature: remise, rank: 3, from_months: 12",
            "un pourcentage et une durée",
        ),
        (
            GRID,
            "- {id: douceur, label: Formule douce, nature: formule, rank: 2, product_id: PRODUIT-B",
            "- {id: douceur, label: Formule douce, nature: formule, rank: 2, product_id: PRODUIT-Z",
            "produit « PRODUIT-Z » inconnu",
        ),
        (
            CAMPAIGNS,
            "- {id: livraison, title: Satisfaction livraison, questionnaire: livraison}",
            "- {id: livraison, title: Satisfaction livraison, questionnaire: livraisons}",
            "vouliez-vous dire « livraison »",
        ),
        (CAMPAIGNS, "- {id: essais", "- {id: livraison", "donné à deux campagnes"),
        (PERSON, "- {campaign_id: livraison, quota_cell: Nord}", "- {campaign_id: livraisons}", "campagne « livraisons »"),
        (PERSON, "- {campaign_id: livraison, quota_cell: Nord}", "- {campaign_id: livraison, quota_cell: Nor}", "case « Nor » absente"),
        (PERSON, "- questionnaire_id: livraison", "- questionnaire_id: accueil", "questionnaire « accueil »"),
        (PERSON, "- tree_id: voyant-orange", "- tree_id: voyant-rouge", "vouliez-vous dire « voyant-orange »"),
        (PERSON, "- {subscription_id: abo, offer_rule: remise}", "- {subscription_id: abo, offer_rule: cadeau}", "offre « cadeau »"),
    ],
)
def test_what_does_not_hold_is_told_at_its_line(tmp_path: Path, file: str, old: str, new: str, words: str) -> None:
    pack = desks(tmp_path)
    line = spoil(pack, file, old, new)
    problems = check_pack(pack, DAY)
    assert told(problems, file, line, words), problems


def test_faults_are_told_together(tmp_path: Path) -> None:
    pack = desks(tmp_path)
    survey = spoil(pack, SURVEY, "{values: [9, 10], go: Q3}", "{values: [9, 10], go: Q1}")
    tree = spoil(pack, TREE, "{result: revient, go: n2}", "{result: revient, go: n3}")
    spoil(pack, PERSON, 'question_id: Q1, value: "8"', 'question_id: Q1, value: "bof"')
    spoil(pack, PERSON, "    campaign_id: livraison\n", "    campaign_id: accueil\n")
    (pack / "trees/copie.yaml").write_text(FILES[TREE], encoding="utf-8")
    problems = check_pack(pack, DAY)
    text = (pack / PERSON).read_text(encoding="utf-8").splitlines()
    record = next(n for n, line in enumerate(text, 1) if "questionnaire_id" in line)
    assert told(problems, SURVEY, survey - 7 + 1, "« Q1 », qui n'est pas une question suivante")
    assert told(problems, TREE, tree - 3, "mène à « n3 », qui n'existe pas")
    assert told(problems, TREE, 1, "déjà donné dans trees/copie.yaml")
    assert told(problems, PERSON, record, "Réponse hors échelle") and told(problems, PERSON, record, "campagne « accueil »")
    assert problems == sorted(problems)


def test_a_path_that_leaves_the_tree(tmp_path: Path) -> None:
    pack = desks(tmp_path)
    spoil(pack, PERSON, "{node: reset, result: revient}", "{node: remplir, result: revient}")
    assert any("hors de l'arbre" in p.message and p.file == PERSON and p.line for p in check_pack(pack, DAY))


def test_attempts_of_a_crowd_s_target_stand_in_one_cell(tmp_path: Path) -> None:
    pack = desks(tmp_path)
    rows = "id;contact_id;campaign_id;attempts\nt1;durand-alix;livraison;J-3 14:05 NRP | J-1 10:20 ENQ_COMPLETE\n"
    (pack / "crowd").mkdir(exist_ok=True)
    (pack / "crowd/campaign_target.csv").write_text(rows, encoding="utf-8")
    target = next(r for r in load_pack(pack, DAY).records if isinstance(r, CampaignTarget) and r.id == "t1")
    assert [(a.at, a.result) for a in target.attempts] == [
        ("2026-11-20T13:05:00Z", "NRP"),
        ("2026-11-22T09:20:00Z", "ENQ_COMPLETE"),
    ]
    spoil(pack, "crowd/campaign_target.csv", "J-3 14:05 NRP", "J-3 NRP")
    assert told(check_pack(pack, DAY), "crowd/campaign_target.csv", 2, "« J-3 » n'est pas un moment")


def test_files_of_other_places_are_strangers(tmp_path: Path) -> None:
    pack = desks(tmp_path)
    (pack / "trees/sous").mkdir()
    for name in ("arbres.yaml", "trees/notes.txt", "campaigns.csv"):
        (pack / name).write_text("x\n", encoding="utf-8")
    told_of = {p.file for p in read_pack(pack, DAY).problems if "rien ne lit" in p.message}
    assert told_of == {"arbres.yaml", "trees/notes.txt", "campaigns.csv"}


_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="{}"), min_size=1, max_size=20)
_QUESTIONS = st.lists(
    st.builds(
        Question,
        id=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,8}", fullmatch=True),
        text=_WORDS,
        type=st.sampled_from(["échelle", "ouverte", "signalétique"]),
        low=st.integers(-3, 5),
        high=st.integers(0, 12),
        nsp=st.booleans(),
        routes=st.lists(st.builds(Route, values=st.tuples(_WORDS), go=st.sampled_from(["fin", "Q1", "Q2"])), max_size=2).map(tuple),
    ),
    max_size=4,
).map(tuple)


@settings(max_examples=25, deadline=None)
@given(st.builds(Questionnaire, id=st.just("q"), version=_WORDS, title=_WORDS, opening=_WORDS, questions=_QUESTIONS))
def test_whatever_is_written_comes_back_and_its_faults_have_a_line(written: Questionnaire) -> None:
    """Any wording, in the file as YAML writes it, is read the same; every fault the rule finds is in that file."""
    with tempfile.TemporaryDirectory() as folder:
        pack = skeleton(Path(folder))
        (pack / "questionnaires").mkdir()
        file = pack / "questionnaires/q.yaml"
        file.write_text(yaml.safe_dump(written.model_dump(mode="json"), allow_unicode=True), encoding="utf-8")
        loaded = read_pack(pack, DAY)
        assert loaded.pack is not None and loaded.pack.questionnaires == (written,), loaded.problems
        found = [p for p in check_pack(pack, DAY) if p.file == "questionnaires/q.yaml" and "fiction" not in p.message]
        lines = len(file.read_text(encoding="utf-8").splitlines())
        assert bool(found) == bool(questionnaire.problems(written)) and all(1 <= p.line <= lines for p in found)


def test_the_examples_of_the_guide_hold(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs/pack.md").read_text(encoding="utf-8")
    pack = skeleton(tmp_path)
    for name in ("questionnaires/livraison.yaml", "trees/voyant.yaml", "retention.yaml", "campaigns.yaml"):
        _, _, after = guide.partition(f"**`{name}`**")
        (pack / name).parent.mkdir(exist_ok=True)
        (pack / name).write_text(after.split("```yaml\n", 1)[1].split("```", 1)[0], encoding="utf-8")
    assert check_pack(pack, DAY) == []
    read = load_pack(pack, DAY)
    assert len(read.questionnaires) == len(read.trees) == 1 and read.retention is not None and len(read.campaigns) == 2
