"""Unknown words of a text: where they stand, what is left alone, going from one to the next; the dictionary of a machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstation.desk import spelling
from workstation.links import french_dictionary as of_machine

KNOWN = {"bonjour", "votre", "l'échéancier", "échéancier", "est", "joint", "rendez-vous", "compte", "rendu", "le", "du"}


def words(text: str, *names: str) -> list[str]:
    return [one.word for one in spelling.unknown(text, lambda word: word.casefold() in KNOWN, spelling.names(names))]


def test_words_that_the_dictionary_does_not_know_are_told_where_they_stand() -> None:
    found = spelling.unknown("Bonjour,\n\nvotre echeancier est joitn.", lambda word: word.casefold() in KNOWN)
    assert [(one.word, one.start, one.end) for one in found] == [("echeancier", (2, 6), (2, 16)), ("joitn", (2, 21), (2, 26))]


def test_what_nobody_looks_up_is_left_alone() -> None:
    assert words("F-2610-0231 MVL-199407 41,15 € SEPA n.c@courriel.example www.marvalune.example [échéances] A") == []
    assert words("Bonjour Mme Corbulon, Nadège", "Mme Nadège CORBULON") == []
    assert words("l\u2019échéancier rendez-vous compte-rendu") == []  # a curly apostrophe; a compound whose parts are known
    assert words("zzz compte-zzz") == ["zzz", "compte-zzz"]


@given(st.text(alphabet="abé '-[]@.\n1", max_size=60))
def test_a_place_holds_its_word(text: str) -> None:
    lines = text.split("\n")
    found = spelling.unknown(text, lambda word: False)
    assert [lines[one.start[0]][one.start[1] : one.end[1]] for one in found] == [one.word for one in found]
    assert list(found) == sorted(found, key=lambda one: one.start)


def test_the_next_one_comes_after_the_cursor_and_the_first_after_the_last() -> None:
    found = spelling.unknown("xx yy\nzz", lambda word: False)
    assert [spelling.after(found, place) for place in ((0, 0), (0, 3), (1, 0))] == [found[1], found[2], found[0]]
    assert spelling.at(found, (0, 4)) == found[1] and spelling.at(found, (9, 0)) is None and spelling.after((), (0, 0)) is None


def test_a_machine_without_a_dictionary_says_so_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(of_machine.VARIABLE, str(tmp_path / "absent.dic"))
    of_machine.french_dictionary.cache_clear()
    with pytest.raises(of_machine.NoSpeller, match="pas de dictionnaire français"):
        of_machine.french_dictionary()


def test_a_dictionary_knows_its_words_and_suggests_near_ones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("hunspell")
    (tmp_path / "fr.aff").write_text("SET UTF-8\nTRY esianrtolcdué\nSFX S Y 1\nSFX S 0 s .\n", encoding="utf-8")
    (tmp_path / "fr.dic").write_text("2\néchéance/S\nréponse\n", encoding="utf-8")
    monkeypatch.setenv(of_machine.VARIABLE, str(tmp_path / "fr.dic"))
    of_machine.french_dictionary.cache_clear()
    french = of_machine.french_dictionary()
    assert french.known("échéances") and not french.known("echeances") and "échéances" in french.suggest("échéancs")
    assert french.known("x" * 100) and french.suggest("x" * 100) == [] and not french.known("\U0001f600")
    of_machine.french_dictionary.cache_clear()
