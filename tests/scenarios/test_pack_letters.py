"""Letters of a pack and what simulations ask in writing: read, every fault at its line, and what the debrief says of a reply."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crm_mock.rules import written_reply
from scenarios.debrief_written import MentionLine, mention_sentence, reply_sentences, written_facts, written_line
from scenarios.pack import ExpectedMention, Simulation, Written
from scenarios.pack_check import check_pack
from scenarios.pack_letters import FIELDS, blanks, filled, writings
from scenarios.pack_load import load_pack

from .pack_folders import DAY, read_marvalune, skeleton, spoil, told

LETTER = """# Suite de votre appel
Canaux : e-mail, lettre
Objet : Votre demande – [référence client]

[nom],

Nous faisons suite à votre appel du {J|date}.

[ce qui a été convenu]
"""
SIMULATION, EXPECTED = "simulations/S1/simulation.yaml", "simulations/S1/expected.yaml"
ASKED = """written:
  id: W1
  title: Confirmation
  instructions: Confirmez ce qui a été convenu.
  channels: [e-mail, lettre]
  letters: [suite]
"""
LOOKED_FOR = """written:
  - {element: solution, mentions: ["échange"], criteria: [c3.6]}
  - {label: Aucun remboursement, absent: true, mentions: [rembourser], criteria: [c3.8]}
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """The skeleton, its simulation one of assistance that ends with a written reply."""
    path = skeleton(tmp_path)
    (path / "letters").mkdir()
    (path / "letters" / "suite.md").write_text(LETTER, encoding="utf-8")
    competence = load_pack(path, DAY).simulations[0].competence
    for name, more in ((SIMULATION, ASKED), (EXPECTED, LOOKED_FOR)):
        text = (
            (path / name)
            .read_text(encoding="utf-8")
            .replace(f"{competence}.", "c3.")
            .replace(f"competence: {competence}", "competence: c3")
        )
        (path / name).write_text(text + more, encoding="utf-8")
    codes = (path / "codes.yaml").read_text(encoding="utf-8").replace(f"  {competence}:", "  c3:")
    (path / "codes.yaml").write_text(codes, encoding="utf-8")
    assert check_pack(path, DAY) == []
    return path


def test_letters_and_what_is_asked_are_read(pack: Path) -> None:
    read = load_pack(pack, DAY)
    (letter,) = read.letters
    assert (letter.id, letter.title, letter.channels) == ("suite", "Suite de votre appel", ("e-mail", "lettre"))
    assert letter.subject == "Votre demande – [référence client]"
    assert letter.text.startswith("[nom],") and "du 23 novembre 2026." in letter.text and letter.text.endswith("convenu]")
    asked = read.simulations[0].written
    assert asked is not None and (asked.id, asked.channels, asked.letters) == ("W1", ("e-mail", "lettre"), ("suite",))
    assert [one.absent for one in read.simulations[0].expected.written] == [False, True]


def test_a_pack_may_have_none(tmp_path: Path) -> None:
    read = load_pack(skeleton(tmp_path), DAY)
    assert read.letters == () and all(s.written is None and s.expected.written == () for s in read.simulations)


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("letters/suite.md", "# Suite", "Suite", "la première ligne doit être un titre"),
        ("letters/suite.md", "Canaux : e-mail, lettre", "Objet : rien", "dire les canaux"),
        ("letters/suite.md", "Canaux : e-mail, lettre", "Canaux : e-mail, télégramme", "channels"),
        ("letters/suite.md", "{J|date}", "{J|dimanche}", "format de date"),
        ("letters/suite.md", "# Suite", "# Suite\nCanaux : sms\n\n" + "x" * 307 + "\n# Suite", "un SMS tient en 306 signes"),
        (SIMULATION, "letters: [suite]", "letters: [suitte]", "vouliez-vous dire « suite »"),
        (SIMULATION, "channels: [e-mail, lettre]", "channels: [sms]", "aucun de ses canaux n'est admis"),
        (SIMULATION, "channels: [e-mail, lettre]", "channels: [pigeon]", "channels"),
        (EXPECTED, "element: solution", "element: solutions", "vouliez-vous dire « solution »"),
        (EXPECTED, 'mentions: ["échange"]', 'mentions: [""]', "aucune vide"),
        (EXPECTED, "criteria: [c3.6]}", "criteria: [c3.2]}", "n'est pas un critère écrit"),
        (EXPECTED, "{label: Aucun remboursement, absent", "{absent", "donner un element ou un label"),
    ],
)
def test_each_fault_is_told_where_it_is(pack: Path, name: str, old: str, new: str, words: str) -> None:
    line = spoil(pack, name, old, new)
    problems = [*check_pack(pack, DAY)]
    assert any(p.file == name and 0 <= line - p.line + 2 <= 5 and words in f"{p.key} {p.message}" for p in problems), problems


def test_a_letter_without_subject_or_text_is_a_fault(pack: Path) -> None:
    (pack / "letters" / "vide.md").write_text("# Vide\nCanaux : lettre\n", encoding="utf-8")
    problems = check_pack(pack, DAY)
    assert told(problems, "letters/vide.md", 1, "donner l'objet") and told(problems, "letters/vide.md", 3, "le modèle est vide")


def test_what_is_looked_for_and_what_is_asked_go_together(pack: Path) -> None:
    text = (pack / SIMULATION).read_text(encoding="utf-8")
    (pack / SIMULATION).write_text(text.replace(ASKED, ""), encoding="utf-8")
    assert any("aucune réponse écrite n'est demandée" in p.message for p in check_pack(pack, DAY))
    (pack / SIMULATION).write_text(text, encoding="utf-8")
    spoil(pack, EXPECTED, LOOKED_FOR, "")
    assert any("dire ce que l'on cherche" in p.message for p in check_pack(pack, DAY))


def test_marvalune_has_its_letters() -> None:
    """The fields that the desk fills in are among those of its letters, and each letter may be chosen by some channel."""
    letters = [s for s in read_marvalune().sources.values() if s.file.startswith("letters/")]
    assert len(letters) >= 12
    used = {field for source in letters for field in blanks(source.data["text"] + source.data.get("subject", ""))}
    assert {"nom", "conseiller", "date du contact", "téléphone société", "référence client"} <= used & set(FIELDS)
    assert {"lettre", "e-mail", "sms"} == {channel for source in letters for channel in source.data["channels"]}


WORDS = st.text(alphabet="ab ", min_size=1, max_size=4)


@given(
    st.text(alphabet="ab[] \n", max_size=60),
    st.dictionaries(WORDS, st.text(alphabet="xy"), max_size=3),
)
def test_filling_a_letter_touches_only_its_fields(text: str, values: dict[str, str]) -> None:
    assume(not re.search(r"\[[^\]\n]*\[", text))  # brackets within brackets: what fills the inner ones may make others
    made = filled(text, values)
    left = [name for name in blanks(text) if not values.get(name)]
    assert [name for name in blanks(made)] == left
    assert filled(text, {}) == text


# --- what the debrief says of a reply ---------------------------------------------------------------


def simulation(*looked_for: ExpectedMention) -> Simulation:
    asked = Written(id="W3", title="Accord", instructions="…", channels=("e-mail",))
    expected = type("E", (), {"written": looked_for})()
    return Simulation.model_construct(id="S9", competence="c9", written=asked, expected=expected)


TOTAL = ExpectedMention(element="factures", mentions=("164,60",), criteria=("c9.5",))
DATES = ExpectedMention(
    element="échéancier", label="Les dates", mentions=("10/12/2026 | 10 décembre 2026", "11/01/2027"), criteria=("c9.5",)
)
NO_FEE = ExpectedMention(label="Aucun frais", absent=True, mentions=("frais de dossier",), criteria=("c9.5",))


def reply(body: str, **more: Any) -> dict[str, Any]:
    return {"id": "w", "simulation": "S9", "channel": "e-mail", "subject": "Accord", "body": body, "status": "brouillon", **more}


def test_no_reply_is_said_as_such() -> None:
    line = written_line(simulation(TOTAL), [reply("autre", simulation="S8")])
    assert line is not None and reply_sentences(line) == ["Réponse écrite W3 : rien n'a été écrit."]
    assert written_facts(line, "c9.5", ("c9.5", "c9.6")) == ["Réponse écrite W3 : rien n'a été écrit."]
    assert written_facts(line, "c9.1", ("c9.5", "c9.6")) == []


def test_what_is_in_the_text_and_what_is_not() -> None:
    body = "Madame Corbulon,\n\nTotal : 164,60 €, première date le 10 décembre 2026. [montant] Des frais de dossier s'y ajoutent."
    line = written_line(
        simulation(TOTAL, DATES, NO_FEE), [reply("vieux"), reply(body, status="remise", submitted_at="2026-11-23T14:20:00Z")]
    )
    assert line is not None and (line.state, line.submitted, line.blanks) == ("remise", "15:20:00", ("montant",))
    assert [m.same for m in line.mentions] == [True, False, False]
    said = reply_sentences(line)
    assert said[0].startswith("Réponse écrite W3 : remise à 15:20:00 (e-mail, ")
    assert "Champs du modèle laissés tels quels : [montant]" in said
    assert said[-3:] == [
        "Chaque facture : numéro, date, montant ; total : dans le texte",
        "Les dates : non trouvé dans le texte : « 11/01/2027 »",
        "Aucun frais : le texte contient « frais de dossier »",
    ]
    assert written_facts(line, "c9.6", ("c9.5", "c9.6")) == [said[0]]  # spelling: nothing but the reply itself
    assert len(written_facts(line, "c9.5", ("c9.5", "c9.6"))) == 4


def test_a_missing_expression_tells_all_its_writings() -> None:
    line = MentionLine(label="Date", found=(), missing=("10/12/2026 | 10 décembre 2026",), absent=False, same=False)
    assert mention_sentence(line) == "Date : non trouvé dans le texte : « 10/12/2026 » ou « 10 décembre 2026 »"


def test_a_simulation_without_a_reply_has_no_such_part() -> None:
    assert written_line(Simulation.model_construct(id="S1", written=None), []) is None
    assert writings("23/11/2026 | 23 novembre 2026") == ("23/11/2026", "23 novembre 2026") and writings("a|b") == ("a|b",)
    assert set(written_reply.ELEMENTS) == {"c3", "c8", "c9"}
