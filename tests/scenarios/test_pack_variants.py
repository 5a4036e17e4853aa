"""Other subjects and spare personas: tables of replacements that say everything they must, and Marvalune's, played."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_mock.models import Contact, Product
from scenarios.customer import moves as m
from scenarios.customer.french import spoken
from scenarios.customer.graph import spoken_texts
from scenarios.customer.state import Phase
from scenarios.matching import plain
from scenarios.pack import Pack, Simulation
from scenarios.pack_check import check_pack
from scenarios.pack_check_facts import numbers
from scenarios.pack_files import PackProblem
from scenarios.pack_load import PackErrors, load_pack, read_pack
from scenarios.pack_schemas import schemas
from scenarios.pack_subjects import Subjects
from scenarios.pack_variants import Replacements, spare, subjects, variants
from scenarios.room.core import Room
from scenarios.sitting_store import SittingUnusable, read_card, subject_of
from tests.scenarios.customer.playbook import Playbook
from tests.scenarios.exam_room import open_exam_room
from tests.scenarios.pack_folders import DAY, MARVALUNE, marvalune, skeleton, spoil, told
from tests.scenarios.room_world import settings, write_pack
from tests.scenarios.session_world import Clock, ok, opened, session_room

# --- replacements ---------------------------------------------------------------------------------

WORD = st.text(alphabet="abé", min_size=1, max_size=4)


def renewed(pairs: dict[str, str], text: str) -> str:
    return Replacements(pairs).text(text)


@given(st.lists(WORD, max_size=12), WORD, WORD)
def test_whole_tokens_only_and_each_of_them(words: list[str], old: str, new: str) -> None:
    made = renewed({old: new}, " ".join(words)).split(" ") if words else []
    assert made == [new if word == old else word for word in words]


@given(st.lists(st.sampled_from(["rouge", "bleu", "vert"]), max_size=8))
def test_two_tokens_that_change_places_come_back_when_they_do_it_again(words: list[str]) -> None:
    text = ", ".join(words)
    swap = {"rouge": "bleu", "bleu": "rouge"}
    assert renewed(swap, renewed(swap, text)) == text
    assert renewed(swap, text).split(", ").count("rouge") == words.count("bleu")


@pytest.mark.parametrize(
    ("pairs", "text", "made"),
    [
        ({"Régis": "Gérald"}, "Régis RÉGIS régis regis.t@x.example Regisseur", "Gérald GÉRALD gérald gerald.t@x.example Regisseur"),
        ({"Glycines": "Fauvettes", "Glycines-Basses": "Prés-Hauts"}, "glycines, Glycines-Basses", "fauvettes, Prés-Hauts"),
        ({"48": "50"}, "48 étuis, 48,00 €, 148, 1.48", "50 étuis, 48,00 €, 148, 1.48"),
        ({"J+8": "J+10"}, "{J+8|jour} J+8jo J+8", "{J+10|jour} J+8jo J+10"),
        ({"six étuis": "sept étuis"}, "Six étuis, six étuis, dix-six", "Sept étuis, sept étuis, dix-six"),
        ({"d'Aube": "de Lever", "Aube": "Lever", "CAP-AUBE": "CAP-LEVER"}, "d'Aube, Aube : CAP-AUBE", "de Lever, Lever : CAP-LEVER"),
    ],
)
def test_the_writings_of_a_token(pairs: dict[str, str], text: str, made: str) -> None:
    assert renewed(pairs, text) == made


def test_a_value_under_its_key_alone_and_keys_are_kept() -> None:
    table = Replacements({"stock: 41": "stock: 17", "stock": "réserve"})
    assert table.of({"stock": "41", "total": "41", "label": ["Le stock : 41"]}) == {
        "stock": "17",
        "total": "41",
        "label": ["Le réserve : 41"],
    }
    assert table.unused == set()


def test_what_replaces_nothing_is_known() -> None:
    table = Replacements({"Odile": "Lucette", "Clémence": "Maëlle"})
    table.text("ODILE")
    assert table.unused == {"Clémence"}


# --- a pack with subjects -------------------------------------------------------------------------

B = """\
simulations:
  S1:
    people: [durand-alix]
    replace:
      Alix: Solène
      Durand: Marbeuil
      Orval: Tissier
      "100001": "100002"
      04 65 71 70 01: 04 65 71 70 09
      06 39 98 70 02: 06 39 98 70 08
      soixante-dix, zéro deux: soixante-dix, zéro huit
      5 rue de l'Ancienne-Forge: 9 rue du Vieux-Four
      Cinq rue de l'Ancienne-Forge: Neuf rue du Vieux-Four
      "96120": "96130"
      quatre-vingt-seize mille cent vingt: quatre-vingt-seize mille cent trente
      Saint-Cassin-des-Prés: La Ferté-Morvelle
"""


def pack_of_two(tmp_path: Path, table: str = B, spares: str = "") -> Path:
    pack = skeleton(tmp_path)
    shutil.rmtree(pack / "crowd", ignore_errors=True)  # a crowd names nobody whom a subject renews
    text = (pack / "pack.yaml").read_text(encoding="utf-8")
    more = f"  subjects: [A, B]\n  spares: {spares}\n" if spares else "  subjects: [A, B]\n"
    (pack / "pack.yaml").write_text(text.replace("identity:\n", "identity:\n" + more, 1), encoding="utf-8")
    (pack / "variants").mkdir()
    (pack / "variants" / "B.yaml").write_text(table, encoding="utf-8")
    return pack


def checked(pack: Path) -> list[PackProblem]:
    return check_pack(pack, DAY)


def test_a_second_subject_has_other_people_and_the_same_simulations(tmp_path: Path) -> None:
    pack = pack_of_two(tmp_path)
    assert checked(pack) == []
    assert subjects(pack) == ("A", "B") and variants(pack) == ("B",)
    a, b = load_pack(pack, DAY), load_pack(pack, DAY, "B")
    assert (a.identity.subject, b.identity.subject) == ("A", "B") and a.identity.hash == b.identity.hash
    assert [s.id for s in a.simulations] == [s.id for s in b.simulations]
    assert {r.id for r in b.records if isinstance(r, Contact)} == {"marbeuil-solene"}
    assert b.simulation("S1").persona.name == "Mme Solène Marbeuil-Tissier"
    assert b.simulation("S1").expected.records[0].match["value"] == "+33639987008"
    assert a.simulation("S1").expected.steps[0].id == b.simulation("S1").expected.steps[0].id


def test_a_pair_that_replaces_nothing_is_told_with_its_line(tmp_path: Path) -> None:
    pack = pack_of_two(tmp_path, B + "      Théodule: Anselme\n")
    assert told(checked(pack), "variants/B.yaml", B.count("\n") + 1, "ne remplace rien")
    with pytest.raises(PackErrors, match="Théodule"):
        load_pack(pack, DAY, "B")


@pytest.mark.parametrize("line", [one for one in B.splitlines() if re.match(r"      \W?[A-Z0-9]", one)])
def test_whatever_is_forgotten_is_found(tmp_path: Path, line: str) -> None:
    """Each name and number of the table taken away in turn: it is left in the subject, and the check says so."""
    assert checked(pack_of_two(tmp_path, B.replace(line + "\n", ""))) != []


def test_what_is_left_of_the_first_subject_is_told_at_its_line(tmp_path: Path) -> None:
    pack = pack_of_two(tmp_path, B.replace("      Orval: Tissier\n", ""))
    persona = (pack / "simulations/S1/persona.yaml").read_text(encoding="utf-8").splitlines()
    line = next(n for n, text in enumerate(persona, 1) if text.startswith("name:"))
    assert told(checked(pack), "variants/B/simulations/S1/persona.yaml", line, "« orval » vient du premier sujet")


def test_letters_spelled_aloud_are_looked_for_too(tmp_path: Path) -> None:
    pack = pack_of_two(tmp_path)
    dialogue = pack / "simulations/S1/dialogue.yaml"
    text = dialogue.read_text(encoding="utf-8").replace("Oui : Durand-Orval, Alix.", "Oui : O, R, V, A, L. Alix.")
    dialogue.write_text(text, encoding="utf-8")
    assert any("« O, R, V, A, L »" in p.message and p.file == "variants/B/simulations/S1/dialogue.yaml" for p in checked(pack))


def test_a_number_renewed_in_what_is_said_and_not_on_the_sheet_is_told(tmp_path: Path) -> None:
    pack = pack_of_two(tmp_path, B + "      cinq ans: six ans\n")
    line = spoil(pack, "simulations/S1/persona.yaml", "96120 Saint-Cassin-des-Prés", "96120 Saint-Cassin-des-Prés, depuis 5 étés")
    spoil(pack, "simulations/S1/dialogue.yaml", "Durand-Orval, Alix.", "Durand-Orval, Alix. Ici depuis cinq ans.")
    assert told(checked(pack), "variants/B/simulations/S1/persona.yaml", line, "« cinq » vient du premier sujet")
    spoil(pack, "variants/B.yaml", "cinq ans: six ans", "cinq ans: six ans\n      5 étés: 6 étés")
    assert checked(pack) == []


def test_numbers_are_the_same_in_figures_and_in_words() -> None:
    assert numbers("Donne 5 au délai, quarante et un le {J+8|jour}") == {"cinq", "quarante et un"}
    assert numbers("16,92 € par mois, MVL-204518, 96120, dix-sept, un étui, soixante-douze") == {"dix-sept", "soixante-douze"}


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("  S1:\n", "  S9:\n", 2, "situation « S9 » inconnue"),
        ("durand-alix", "durand-alice", 3, "n'existe pas"),
        ("    replace:\n", "    remplacer:\n", 2, "et rien d'autre"),
        ("simulations:\n", "title: B\nsimulations: {}\nextra: 1\n# ", 3, "clé inconnue"),
        ("simulations:\n", "simulations: []\n# ", 1, "est attendue"),
    ],
)
def test_a_table_that_is_no_table(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    table = B.replace(old, new, 1)
    if "# " in new:
        table = table[: table.index("# ")]
    assert told(checked(pack_of_two(tmp_path, table)), "variants/B.yaml", line, words)


def test_every_simulation_is_renewed_and_every_table_is_a_subject(tmp_path: Path) -> None:
    pack = pack_of_two(tmp_path, "simulations: {}\n")
    assert any("ajouter S1" in p.message and p.file == "variants/B.yaml" for p in checked(pack))
    (pack / "variants" / "D.yaml").write_text(B, encoding="utf-8")
    (pack / "variants" / "notes.txt").write_text("?", encoding="utf-8")
    found = checked(pack)
    assert any(p.file == "variants/D.yaml" and "n'est pas un sujet" in p.message for p in found)
    assert any(p.file == "variants/notes.txt" for p in found)
    with pytest.raises(PackErrors, match="« C » inconnu"):
        load_pack(pack, DAY, "C")


def test_a_file_of_the_subject_takes_the_place_of_the_renewed_one(tmp_path: Path) -> None:
    pack = pack_of_two(tmp_path)
    own = pack / "variants/B/simulations/S1/persona.yaml"
    own.parent.mkdir(parents=True)
    text = (pack / "simulations/S1/persona.yaml").read_text(encoding="utf-8")
    for old, new in (("durand-alix", "marbeuil-solene"), ("04 65 71 70 01", "04 65 71 70 09"), ("mood: 4", "mood: 1")):
        text = text.replace(old, new)
    own.write_text(text.replace("Alix Durand-Orval", "Solène Marbeuil"), encoding="utf-8")
    somebody = pack / "variants/B/people/tissier-jean.yaml"
    somebody.parent.mkdir()
    somebody.write_text("contact: {reference: CLI-100055, last_name: TISSIER, first_name: Jean}\n", encoding="utf-8")
    assert checked(pack) == []
    b = load_pack(pack, DAY, "B")
    assert b.simulation("S1").persona.mood == 1 and b.simulation("S1").persona.name == "Mme Solène Marbeuil"
    assert {r.id for r in b.records if isinstance(r, Contact)} == {"marbeuil-solene", "tissier-jean"}
    assert {r.id for r in load_pack(pack, DAY).records if isinstance(r, Contact)} == {"durand-alix"}
    own.write_text(text.replace("cid", "x") + "inconnu: 1\n", encoding="utf-8")
    assert any(p.file == "variants/B/simulations/S1/persona.yaml" and "inconnu" in f"{p.key} {p.message}" for p in checked(pack))


def test_spares_are_beside_every_subject(tmp_path: Path) -> None:
    pack = pack_of_two(tmp_path, spares="R")
    spare = B.replace("Solène", "Ludivine").replace("Marbeuil", "Vasselon").replace("100002", "100003").replace("70 09", "70 10")
    (pack / "variants" / "R.yaml").write_text(spare, encoding="utf-8")
    assert checked(pack) == []
    for subject, hero in (("", "durand-alix"), ("B", "marbeuil-solene")):
        read = load_pack(pack, DAY, subject)
        assert [s.id for s in read.simulations] == ["S1"] and [s.id for s in read.spares] == ["S1R"]
        assert {r.id for r in read.records if isinstance(r, Contact)} == {hero, "vasselon-ludivine"}
        assert read.simulation("S1R").persona.contact_id == "vasselon-ludivine"


def test_subjects_share_what_they_do_not_change(tmp_path: Path) -> None:
    both = Subjects(pack_of_two(tmp_path), DAY, "B")
    assert both.pack() is both.pack("B") and both.pack().identity.subject == "B"
    product = {id(r) for r in both.pack("A").records if isinstance(r, Product)}
    assert product == {id(r) for r in both.pack("B").records if isinstance(r, Product)} != set()
    with pytest.raises(PackErrors):
        both.pack("Z")


# --- the room -------------------------------------------------------------------------------------

PETIT_B = """\
simulations:
  S1:
    people: [martin-lea]
    replace:
      martin-lea: sarrelange-paule
      Léa Martin: Paule Sarrelange
      04 65 71 21 08: 04 65 71 21 99
      "reference: EX-100001": "reference: EX-100009"
      "last_name: MARTIN": "last_name: SARRELANGE"
      "first_name: Léa": "first_name: Paule"
      12 rue des Glycines: 4 rue Neuve
  S2:
    replace: {martin-lea: sarrelange-paule, Léa Martin: Paule Sarrelange, 04 65 71 21 08: 04 65 71 21 99}
"""


def petit(tmp_path: Path) -> Path:
    pack = write_pack(tmp_path)
    (pack / "variants").mkdir()
    (pack / "variants" / "B.yaml").write_text(PETIT_B, encoding="utf-8")
    text = (pack / "pack.yaml").read_text(encoding="utf-8")
    (pack / "pack.yaml").write_text(text.replace("slug: petit,", "slug: petit, subjects: [A, B],"), encoding="utf-8")
    return pack


def names(live: Any) -> set[str]:
    return {r.id for r in live.case.all(Contact)}


async def test_a_candidate_has_the_subject_named_for_him_and_keeps_it_when_the_room_comes_back(tmp_path: Path) -> None:
    petit(tmp_path)
    async with session_room(tmp_path, Clock()) as room:
        assert room.app.state.exam.variants == ("A", "B")
        await opened(room, variant="B")
        live = room.room.stations["poste1"]
        assert live.pack.identity.subject == live.card.subject == "B" and "sarrelange-paule" in names(live)
        assert live.sitting.opened["pack"]["subject"] == "B"
        assert room.room.stations["poste2"].pack.identity.subject == "A"
    async with session_room(tmp_path, Clock()) as room:
        live = room.room.stations["poste1"]
        assert live.pack.identity.subject == "B" and live.pack.simulation("S1").persona.contact_id == "sarrelange-paule"
        assert room.room.who_is(live, "04 65 71 21 99")["kind"] == "persona"


async def test_an_unknown_subject_is_refused_and_the_lot_gives_each_in_turn(tmp_path: Path) -> None:
    petit(tmp_path)
    async with session_room(tmp_path, Clock()) as room:
        await opened(room)
        refused = await room.manager.post("/session/candidates", json={"number": "018", "station": "poste2", "variant": "C"})
        assert refused.status_code == 422 and "A, B" in refused.text
        await ok(await room.manager.post("/session/candidates", json={"number": "018", "station": "poste2"}))
        assert {one.variant for one in room.app.state.exam.session().candidates} == {"A", "B"}


async def test_a_practice_room_plays_one_subject(tmp_path: Path) -> None:
    pack = petit(tmp_path)
    async with open_exam_room(tmp_path / "salle", pack, mode="practice", variant="B", customers=1) as room:
        assert {live.pack.identity.subject for live in room.room.stations.values()} == {"B"}
    async with open_exam_room(tmp_path / "salle", pack, mode="practice") as room:  # taken up again as it was
        assert {live.pack.identity.subject for live in room.room.stations.values()} == {"B"}
    async with open_exam_room(tmp_path / "salle", pack, mode="practice", variant="A") as room:
        assert {live.pack.identity.subject for live in room.room.stations.values()} == {"A"}
        assert room.room.settings.variant == "A"


def test_a_sitting_of_another_subject_is_not_opened_as_this_one(tmp_path: Path) -> None:
    pack, folder = petit(tmp_path), tmp_path / "seance"
    Room(settings(folder, pack, variant="B")).close()
    card = read_card(folder)
    assert card is not None and card.subject == subject_of(folder) == "B"
    again = Room(settings(folder, pack))
    assert again.stations["poste1"].pack.identity.subject == "B"
    again.close()
    (folder / "sitting.json").unlink()  # told by the journal's first row
    assert subject_of(folder) == "B" and subject_of(tmp_path / "none") == ""
    (folder / "sitting.json").write_text(
        '{"id": "x", "pack": "petit", "pack_hash": "x", "title": "x", "day": "2026-11-23", "mode": "practice", "opened_at": "x",'
        ' "simulations": [], "over": [], "subject": "A"}',
        encoding="utf-8",
    )
    with pytest.raises(SittingUnusable, match="sujet B"):
        Room(settings(folder, pack))


# --- Marvalune's ----------------------------------------------------------------------------------

LETTERS = ("", "B", "C")


def played() -> Iterator[tuple[str, Simulation]]:
    for letter in ("B", "C"):
        yield from ((letter, one) for one in marvalune(letter).simulations)
    yield from (("R", one) for one in marvalune().spares)


ALOUD = [(letter, f"S{n}") for letter in ("B", "C", "R") for n in (1, 2, 4, 5, 6, 7, 8, 9)]  # S3 is written


def strings(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for value in data.values():
            yield from strings(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from strings(value)
    elif isinstance(data, str):
        yield data


def heroes(read: Pack, simulation: Simulation) -> list[Contact]:
    """Whose records a simulation is about."""
    told = set(strings(simulation.model_dump(mode="json")))
    return [r for r in read.records if isinstance(r, Contact) and r.id in told]


def test_each_subject_has_every_competence_and_a_spare_for_each() -> None:
    a = marvalune()
    for letter in LETTERS:
        read = marvalune(letter)
        assert [(s.id, s.competence, s.minutes, s.channel, s.direction) for s in read.simulations] == [
            (s.id, s.competence, s.minutes, s.channel, s.direction) for s in a.simulations
        ]
        assert {s.competence for s in read.spares} == {s.competence for s in a.simulations}
        assert read.identity.hash == a.identity.hash and read.identity.offered == ("A", "B", "C")
        for mine, first in zip(read.simulations, a.simulations, strict=True):
            assert [r.id for r in mine.expected.records] == [r.id for r in first.expected.records]
            assert [(r.id, r.criteria) for r in mine.expected.steps] == [(r.id, r.criteria) for r in first.expected.steps]
            assert [c.id for c in mine.cues] == [c.id for c in first.cues]
            assert len(mine.persona.hidden) == len(first.persona.hidden)
            assert len(mine.dialogue.lines) == len(first.dialogue.lines)


def test_nobody_of_one_subject_is_in_another() -> None:
    found = {letter: {h.id for s in marvalune(letter).simulations for h in heroes(marvalune(letter), s)} for letter in LETTERS}
    found["R"] = {h.id for s in marvalune().spares for h in heroes(marvalune(), s)}
    assert all(len(one) >= 9 for one in found.values())
    letters = list(found)
    for n, one in enumerate(letters):
        for other in letters[n + 1 :]:
            assert not found[one] & found[other]
    for letter in LETTERS:
        here = {r.id for r in marvalune(letter).records}
        assert found["R"] <= here and not here & (set().union(*(found[x] for x in LETTERS)) - found[letter])


def test_no_name_nor_number_of_a_is_in_another_subject() -> None:
    a = marvalune()
    of_a = [hero for one in a.simulations for hero in heroes(a, one)]
    known = {plain(x) for h in of_a for x in (h.last_name, h.reference, h.company_name, h.id) if x} | {"calvarez"}
    known |= {
        str(getattr(r, "value", ""))
        for r in a.records
        if r.kind == "contact_point" and getattr(r, "contact_id", "") in {h.id for h in of_a}
    }
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in known))
    for letter, simulation in played():
        read = marvalune("" if letter == "R" else letter)
        ids = {hero.id for hero in heroes(read, simulation)}
        mine = [r.model_dump(mode="json") for r in read.records if r.id in ids or getattr(r, "contact_id", "") in ids]
        for text in (*strings(simulation.model_dump(mode="json")), *strings(mine)):
            assert not pattern.search(plain(text)), (letter, simulation.id, text)


UNITS = "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf".split()
TENS = ("", "", "vingt", "trente", "quarante", "cinquante", "soixante", "soixante", "quatre-vingt", "quatre-vingt")


def in_words(n: int) -> str:
    if n < 20:
        return UNITS[n]
    if n < 100:
        tens, rest = divmod(n, 10)
        rest += 10 if tens in (7, 9) else 0
        if n == 80:
            return "quatre-vingts"
        if rest == 0:
            return TENS[tens]
        return f"{TENS[tens]} et {in_words(rest)}" if rest in (1, 11) and tens < 8 else f"{TENS[tens]}-{in_words(rest)}"
    hundreds, rest = divmod(n, 100)
    head = "cent" if hundreds == 1 else f"{UNITS[hundreds]} cent" + ("" if rest else "s")
    return f"{head} {in_words(rest)}" if rest else head


@pytest.mark.parametrize("letter", LETTERS)
def test_what_is_said_aloud_is_what_the_file_holds(letter: str) -> None:
    """Client numbers, names spelled, e-mail addresses: as the virtual customer says them and as the desk shows them."""
    read = marvalune(letter)
    said = 0
    for simulation in (*read.simulations, *read.spares):
        contacts = heroes(read, simulation)
        references = {r.reference.removeprefix("MVL-") for r in contacts if r.reference}
        words = {f"M, V, L, {in_words(int(ref[:3]))}, {in_words(int(ref[3:]))}" for ref in references}
        points = [str(x).casefold() for x in strings(simulation.expected.model_dump(mode="json")) if "@" in x]
        points += [
            str(getattr(r, "value", ""))
            for r in read.records
            if r.kind == "contact_point" and getattr(r, "contact_id", "") in {c.id for c in contacts}
        ]
        for _speaker, text in spoken_texts(simulation.dialogue) if simulation.channel == "téléphone" else ():
            for number in re.findall(r"M, V, L, [^.?!…]+", text):
                said += 1
                assert number in words, (letter, simulation.id, number)
            for letters in re.findall(r"\b[A-Z](?:, (?:deux )?[A-Z]){4,}\b", text):
                name = "".join(one[-1] * (2 if one.startswith("deux ") else 1) for one in letters.split(", "))
                said += 1
                assert any(plain(c.last_name).startswith(plain(name)) for c in contacts), (letter, simulation.id, letters)
            for mail in re.findall(r"(\w+(?:,? (?:point|tiret),? \w+)*),? arobase,? (\w+(?:,? (?:point|tiret),? \w+)*)", text):
                address = "@".join(mail).replace(",", "").replace(" point ", ".").replace(" tiret ", "-")
                said += 1
                assert simulation.competence == "c5" or any(plain(address) == plain(point) for point in points), address
    assert said >= 20


def test_the_traps_are_the_same() -> None:
    """S4: under the free delivery by less than an euro, and over it with the filter. S5: one formula alone within the budget. S9: four
    equal parts of a debt of the third scale."""
    for letter in LETTERS:
        read = marvalune(letter)
        for simulation in (read.simulation("S4"), read.simulation("S4R")):
            products = {r.id: r for r in read.records if isinstance(r, Product)}
            record = next(r for r in simulation.expected.records if r.id == "lignes")
            lines = record.expect["lines"]["contains"]
            sums = {
                way: sum(products[x["product_id"]].price_cents * x["quantity"] for x in lines if way or x["origin"] != "additionnel")
                for way in (False, True)
            }
            assert (
                3800
                <= sums[False]
                < 3900
                <= sums[True]
                == next(r.expect["total_cents"] for r in simulation.expected.records if r.id == "commande")
            )
            assert any(
                products[x["product_id"]].stock == 0 for x in ({"product_id": line["replaces"]} for line in lines if line.get("replaces"))
            )
        prices = {r.id: r.price_cents for r in read.records if isinstance(r, Product)}
        for simulation in (read.simulation("S5"), read.simulation("S5R")):
            budget = next(r.expect["budget_cents"] for r in simulation.expected.records if "budget_cents" in r.expect)
            capsules = prices["ABO-INTENSE"] + 2 * prices["CAP-AUBE"]  # 100 capsules, and twenty more for 120 cups a month
            assert prices["ABO-GRAIN"] <= budget < capsules, (letter, simulation.id)
        plan = next(r.expect for r in read.simulation("S9").expected.records if r.kind == "payment_plan")
        parts = [part["amount_cents"] for part in plan["instalments"]]
        assert 9000 < plan["total_cents"] <= 30000 and len(parts) == 4 and len(set(parts)) == 1 and sum(parts) == plan["total_cents"]
        assert "2027-01-11" in [part["due_on"] for part in plan["instalments"]]  # the 10th is a Sunday


def test_the_spare_debtor_is_over_indebted_and_nothing_is_to_be_agreed() -> None:
    spare = marvalune().simulation("S9R")
    expected = {record.id: record for record in spare.expected.records}
    assert [expected[one].count for one in ("aucun_echeancier", "aucune_promesse", "aucun_lien", "aucun_mandat")] == [0, 0, 0, 0]
    assert expected["motif"].expect["reason"] == "surendettement" and expected["motif"].expect["total_cents"] == 17360
    assert any(code.code == "SURENDETTEMENT" for code in marvalune().codes.competences["c9"])
    play = Playbook(spare.dialogue)
    play.give(m.CallConnected())
    play.finish()
    for cue in ("demande_cible", "discret", "identification", "annonce", "motif", "recevabilite", "proposition", "arret", "justificatif"):
        play.give(m.CueGiven(cue))
        play.finish()
    assert {"dossier", "recevable", "arret_dit", "courrier"} <= play.state.revealed and "vingt_euros" not in play.state.revealed
    assert play.state.phase is not Phase.OVER


def test_the_spares_are_practised_as_a_subject_of_their_own() -> None:
    spares, a = marvalune("R"), marvalune()
    assert spare(MARVALUNE) == "R" and subjects(MARVALUNE) == ("A", "B", "C")
    assert (spares.identity.subject, spares.spares) == ("R", ())
    assert [s.id for s in spares.simulations] == [s.id for s in a.spares]
    people = {r.id for r in spares.records}
    assert all(h.id in people for s in spares.simulations for h in heroes(spares, s))
    assert not people & {h.id for s in a.simulations for h in heroes(a, s)}


def test_all_customers_but_the_one_who_writes_are_played_aloud() -> None:
    assert {(letter, one.id.removesuffix("R")) for letter, one in played() if one.channel == "téléphone"} == set(ALOUD)


@pytest.mark.parametrize(("letter", "ident"), ALOUD)
def test_turns_alone_lead_every_customer_to_the_end(letter: str, ident: str) -> None:
    simulation = next(one for asked, one in played() if asked == letter and one.id.removesuffix("R") == ident)
    play = Playbook(simulation.dialogue)
    play.give(m.CallConnected())
    play.finish()
    for _ in range(60):
        if play.state.phase is Phase.OVER:
            break
        play.speak()
        play.finish()
    assert play.state.phase is Phase.OVER, play.state.node
    speakers = {speaker.id for speaker in simulation.persona.speakers}
    for speaker, text in spoken_texts(simulation.dialogue):
        assert speaker in speakers and spoken(text) and "{" not in text


def test_tables_fit_the_published_schema() -> None:
    read = read_pack(MARVALUNE, DAY, "B")
    assert read.folder is not None and set(read.folder.tables) == {"B", "R"}
    known = schemas()["variant"]["properties"]["simulations"]["additionalProperties"]["properties"].keys()
    assert known == {"people", "replace"}
