"""Marvalune's written conversation played to its end, and what a pack's check says of a chat."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from scenarios.chat import MAX_TEXT
from scenarios.customer import moves as m
from scenarios.customer.graph import spoken_texts
from scenarios.customer.state import Phase
from scenarios.pack import Simulation
from scenarios.pack_check import check_pack
from scenarios.pack_check_chat import MESSAGE_LIMIT
from tests.scenarios.chat_world import write_chat_pack
from tests.scenarios.customer.playbook import Playbook
from tests.scenarios.room_world import DAY

from .pack_folders import marvalune

ADVISED = (  # what an adviser writes, and the line that answers
    ("Bonjour, Camille de la Brûlerie. Combien de cafés buvez-vous par jour ?", "usage"),
    ("Quel budget prévoyez-vous ?", "budget"),
    ("Pour quand la souhaitez-vous ? C'est pour quelle date ?", "delai"),
    ("Nos capsules sont compostables en compostage industriel seulement.", "compost"),
    ("Je vous conseille la Lune M, car elle broie les grains.", "conseil"),
    ("Il n'existe pas de décaféiné en grains, mais du moulu.", "deca_note"),
    ("Est-ce clair pour vous ?", "clair"),
    ("Puis-je avoir votre nom et votre prénom ?", "identite"),
    ("Êtes-vous d'accord pour recevoir nos offres par e-mail ? Et par téléphone ?", "accords"),
    ("Quel est votre numéro de téléphone ?", "telephone"),
    ("Bonne journée !", "adieu"),
)


@functools.cache
def s3() -> Simulation:
    return marvalune().simulation("S3")


def connected() -> Playbook:
    play = Playbook(s3().dialogue)
    play.give(m.CallConnected())
    play.finish()
    return play


def lines(play: Playbook) -> list[str]:
    return [words.removeprefix("says ").split(":")[0] for words in play.told if words.startswith("says ")]


def test_what_an_adviser_writes_is_understood_and_tells_every_fact() -> None:
    play = connected()
    for text, line in ADVISED:
        play.speak(text)
        play.finish()
        assert lines(play)[-1] == line, text
        if line == "deca_note":  # she goes silent for a minute and a half, once
            play.speak("Je reste à votre disposition.")
            assert lines(play)[-1] == line
            play.wait(91)
            play.finish()
            assert lines(play)[-1] == "revenue"
    assert play.state.phase is Phase.OVER
    told = {words.removeprefix("reveals ") for words in play.told if words.startswith("reveals ")}
    assert {fact.id for fact in s3().persona.hidden} <= told


def test_turns_alone_lead_to_the_end_and_only_the_telephone_is_kept_back() -> None:
    play = connected()
    for _ in range(40):
        play.speak("hm")
        play.finish()
        play.wait(5)
        play.finish()
    assert play.state.phase is Phase.OVER
    told = {words.removeprefix("reveals ") for words in play.told if words.startswith("reveals ")}
    assert {fact.id for fact in s3().persona.hidden} - told == {"telephone"}  # given only if it is asked for


def test_every_key_does_something() -> None:
    for cue in s3().cues:
        play = connected()
        assert play.give(m.CueGiven(cue.id)), cue.id


def test_nobody_there_loses_her() -> None:
    play = connected()
    play.wait(700)
    play.finish()
    play.wait(700)
    play.finish()
    assert play.state.phase is Phase.OVER and "allo" in lines(play)


def test_her_messages_are_messages() -> None:
    texts = [text for _speaker, text in spoken_texts(s3().dialogue)]
    assert all(0 < len(text) <= min(MAX_TEXT, MESSAGE_LIMIT) for text in texts)
    assert "virtuel" in texts[0] and "bjr je veut une machine mais jsp" in texts[0]
    assert s3().persona.contact_id == "" and s3().persona.speakers == ()


def test_the_ready_replies_are_those_of_the_pack() -> None:
    replies = marvalune().canned
    assert len(replies) >= 8 and len({reply.id for reply in replies}) == len(replies)
    assert all(len(reply.text) <= MAX_TEXT for reply in replies)


# --- the check --------------------------------------------------------------------------------------


def faults(root: Path) -> list[str]:
    return [f"{one.file}: {one.message}" for one in check_pack(root, DAY) if "S3" in one.file or one.file == "canned.yaml"]


def changed(root: Path, file: str, before: str, after: str) -> Path:
    path = root / file
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, (file, before)
    path.write_text(text.replace(before, after), encoding="utf-8")
    return root


def test_a_chat_needs_neither_number_nor_contact_nor_voice(tmp_path: Path) -> None:
    assert faults(write_chat_pack(tmp_path)) == []


@pytest.mark.parametrize(
    ("file", "before", "after", "told"),
    [
        ("simulation", "direction: entrant", "direction: sortant", "toujours entrante"),
        ("simulation", "channel: chat", "channel: téléphone", "au moins une voix"),
        ("persona", "name: Mme", "number: 06 12 34 56 78\nname: Mme", "numéro de fiction"),
        ("persona", "name: Mme", "contact_id: inconnue\nname: Mme", "inconnu"),
        ("dialogue", 'say: ["vous etes un robot ?"]', f'say: ["{"x" * (MESSAGE_LIMIT + 1)}"]', "message trop long"),
        ("dialogue", "{silence: 30}", "{hold: 30}", "n'arrive jamais par écrit"),
        ("dialogue", "Client virtuel automatique de Plateau. bjr", "bjr", "annoncer un client automatique"),
        ("expected", "match: {purpose: e-mail}\n    expect", "of: personne\n    match: {purpose: e-mail}\n    expect", "clé"),
    ],
)
def test_each_fault_of_a_chat_is_told(tmp_path: Path, file: str, before: str, after: str, told: str) -> None:
    root = changed(write_chat_pack(tmp_path), f"simulations/S3/{file}.yaml", before, after)
    assert [one for one in faults(root) if told in one], faults(root)


def test_an_expected_record_is_of_a_contact_expected_before_it(tmp_path: Path) -> None:
    root = write_chat_pack(tmp_path)
    path = root / "simulations/S3/expected.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("of: prospecte", "of: personne", 1), encoding="utf-8")
    assert [one for one in faults(root) if "n'est pas un contact attendu plus haut" in one]


def test_ready_replies_have_each_their_name(tmp_path: Path) -> None:
    root = write_chat_pack(tmp_path)
    (root / "canned.yaml").write_text(
        "canned:\n  - {id: a, label: A, text: Bonjour}\n  - {id: a, label: B, text: Merci}\n", encoding="utf-8"
    )
    assert faults(root) == ["canned.yaml: réponse « a » donnée deux fois"]
