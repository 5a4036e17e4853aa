"""S7: who answers first, what makes her leave the questionnaire, and what brings her back to it."""

from __future__ import annotations

import datetime as dt
import functools
from pathlib import Path

import pytest

from crm_mock.models import Answer
from crm_mock.rules import questionnaire as rules
from scenarios.customer import moves as m
from scenarios.pack import Pack
from scenarios.pack_load import load_pack
from tests.scenarios.customer.playbook import Playbook

PACK = Path(__file__).parents[3] / "scenarios" / "packs" / "marvalune"


@functools.cache
def marvalune() -> Pack:
    return load_pack(PACK, dt.date(2026, 11, 23))


def called() -> Playbook:
    play = Playbook(marvalune().simulation("S7").dialogue)
    play.give(m.CallConnected())
    play.finish()
    return play


def told(play: Playbook) -> set[str]:
    return {word.removeprefix("reveals ") for word in play.told if word.startswith("reveals ")}


def cue(play: Playbook, *cues: str) -> None:
    for one in cues:
        before = play.state.node
        assert play.give(m.CueGiven(one)), f"{one} does nothing in {before}"
        play.finish()


def say(play: Playbook, text: str) -> None:
    """A turn that is recognised."""
    play.give(m.TraineeSpoke())
    play.give(m.TurnEnded(2.5, text))
    play.finish()


def test_the_son_learns_nothing_from_who_asks_for_her() -> None:
    play = called()
    cue(play, "demande_cible", "discret")
    assert play.state.node == "joelle" and "tiers_informe" not in told(play)


@pytest.mark.parametrize("words", ["Bonjour, c'est pour une enquête sur votre livraison", "J'ai des questions sur la commande"])
def test_told_the_subject_the_son_offers_to_answer(words: str) -> None:
    play = called()
    say(play, words)
    assert play.state.node == "fils_propose" and "tiers_informe" in told(play)
    say(play, "Je ne peux interroger que madame Ferrandis elle-même")
    assert play.state.node == "joelle"


def test_by_keys_every_fact_and_every_digression() -> None:
    play = called()
    cue(play, "demande_cible", "discret", "accroche", "accroche", "question", "question")
    assert play.state.node == "r2"  # « bof, moyen »
    cue(play, "echelle", "question", "question", "recentre", "question", "question", "question", "question")
    assert play.state.node == "r8"
    cue(play, "reclamation", "question", "question", "neutre", "question", "relance", "question", "conge", "conge")
    assert play.told[-1].startswith("hangs up")
    hidden = {fact.id for fact in marvalune().simulation("S7").persona.hidden}
    assert hidden <= told(play) and "tiers_informe" not in told(play)


def test_by_words_every_fact() -> None:
    """The questionnaire read as it is written: she follows it, and says all she has to say."""
    read = next(one for one in marvalune().questionnaires if one.id == "livraison")
    play = called()
    say(play, "Bonjour, je voudrais parler à madame Ferrandis")
    say(play, "Je préfère le lui dire directement")
    say(play, read.opening)
    say(play, "Quatre minutes environ, et c'est facultatif")
    for question in read.questions:
        say(play, question.text)
        assert play.state.node.split("_")[0].upper().replace("R", "Q") == question.id, play.state.node
        match question.id:
            case "Q2":
                say(play, "Sur une échelle de zéro à dix, quelle note ?")
            case "Q4":
                say(play, "Merci. Je reprends le questionnaire")
            case "Q8":
                say(play, "Je note votre réclamation à part. Qu'attendez-vous de nous ?")
            case "Q10":
                say(play, "Je ne peux pas vous donner mon avis, c'est le vôtre qui compte")
            case "Q11":
                say(play, "Et quoi d'autre ?")
    say(play, read.closing)
    say(play, "Au revoir madame")
    assert play.told[-1].startswith("hangs up")
    assert {fact.id for fact in marvalune().simulation("S7").persona.hidden} <= told(play)


def test_what_she_answers_is_what_is_expected_of_the_record() -> None:
    """Her answers go through the questionnaire to its end, none missing, and the cell is that of her place in the campaign."""
    pack = marvalune()
    read = next(one for one in pack.questionnaires if one.id == "livraison")
    expected = {record.id: record for record in pack.simulation("S7").expected.records}
    noted = [Answer.model_validate(one) for one in expected["notes"].expect["answers"]["contains"]]
    noted.append(Answer(question_id="Q11", verbatim="le carton était enfoncé mais la machine va très bien"))
    assert all(rules.answer_problem(question, rules.latest(noted)[question.id]) == "" for question in read.questions)
    assert rules.completeness(read, noted) == (12, 12) == (expected["enquete"].expect["answered"], expected["enquete"].expect["applicable"])
    age = next(choice.label for choice in read.questions[-1].choices if choice.code == rules.latest(noted)["Q12"].value)
    assert age == expected["campagne"].expect["quota_cell"]


def test_both_questionnaires_are_of_twelve_questions_whose_wording_is_sealed() -> None:
    found = {one.id: one for one in marvalune().questionnaires}
    kinds = [question.type for question in found["livraison"].questions]
    assert kinds.count("échelle") == 6 and kinds.count("ouverte") == kinds.count("signalétique") == 1
    assert sum(bool(question.routes) for question in found["livraison"].questions) == 1 and kinds.count("fermée") == 4  # the filter too
    for name in ("livraison", "abonnes"):
        read = found[name]
        assert len(read.questions) == 12 and rules.problems(read) == []
        cells = {choice.label for choice in read.questions[-1].choices}
        assert cells == {quota.cell for quota in read.quotas}
        changed = read.model_copy(update={"closing": read.closing + " "})
        assert rules.wording_hash(changed) != rules.wording_hash(read)
