"""Who examines a candidate, as the journal tells it: who is gone, who came, who sat where when; what a change must be."""

from __future__ import annotations

from typing import Any

import pytest

from scenarios.debrief_words import jury_change_fr
from scenarios.jury import CHANGED, Circumstances, Juror, Jury, JuryChange, check_change, fold_jury, row_of, same_name, stand
from scenarios.sitting import SittingError
from tests.scenarios.test_phases import T0, Row

OPENED = {"session": {"jury": [{"seat": "jury1", "name": "Mme A"}, {"seat": "jury2", "name": "M. B"}]}}


class Told:
    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.add("SittingOpened", OPENED)

    def add(self, kind: str, data: dict[str, Any]) -> None:
        self.rows.append(Row(len(self.rows) + 1, T0.isoformat(), kind, data, "session_manager"))

    @property
    def jury(self) -> Jury:
        return fold_jury(self.rows)

    def change(self, **wanted: Any) -> Jury:
        self.add(CHANGED, row_of(self.jury, JuryChange(**{"reason": "souffrant", **wanted}), f"w{len(self.rows)}"))
        return self.jury


def ids(jury: Jury) -> list[str]:
    return [one.id for one in jury.members]


def test_whoever_takes_a_place_is_another_juror_even_at_the_same_seat() -> None:
    told = Told()
    assert ids(told.jury) == ["jury1", "jury2"] and told.jury.names == {"jury1": "Mme A", "jury2": "M. B"}
    jury = told.change(left="jury2", entered="jury2", name="Mme C")
    assert jury.members == (Juror("jury1", "jury1", "Mme A"), Juror("jury2~2", "jury2", "Mme C", 2))
    assert jury.gone == (Juror("jury2", "jury2", "M. B"),)
    assert stand("s1", jury.members[0]) == "s1" and stand("s1", jury.members[1]) == "s1~jury2~2"
    assert jury.left("jury2", "s1") == ("s1",) and jury.left("jury1", "s1") == ()
    assert jury.made("w1") == jury.changes[0] and jury.made("w9") is None


def test_a_person_who_goes_on_keeps_who_they_are() -> None:
    told = Told()
    jury = told.change(left="jury1", entered="jury3", name="Mme A", same=True)
    assert jury.members[0] == Juror("jury1", "jury3", "Mme A") and jury.gone == ()
    assert stand("s1", jury.members[0]) == "s1~jury1" and jury.left("jury1", "s1") == ("s1",)
    jury = told.change(left="jury3", entered="jury1", name="Mme Arvel", same=True)
    assert jury.members[0] == Juror("jury1", "jury1", "Mme Arvel") and jury.left("jury1", "s1") == ()


def test_one_who_comes_back_begins_again() -> None:
    told = Told()
    told.change(entered="jury3", name="M. D")
    told.change(left="jury1")
    jury = told.change(entered="jury1", name="Mme A")
    assert ids(jury) == ["jury2", "jury3~2", "jury1~4"] and jury.left("jury1", "s") == ("s",)


def test_who_sat_there_when_a_row_was_written() -> None:
    told = Told()
    told.add("JurorHears", {})
    told.change(left="jury2", entered="jury2", name="Mme C")
    told.add("JurorHears", {})
    jury = told.change(left="jury1", entered="jury3", name="M. D")
    said = {(seat, seq): who.name for seat in ("jury1", "jury2", "jury3") for seq in (2, 4, 6) if (who := jury.sat(seat, seq)) is not None}
    assert said == {
        ("jury1", 2): "Mme A",
        ("jury1", 4): "Mme A",
        ("jury2", 2): "M. B",
        ("jury2", 4): "Mme C",
        ("jury2", 6): "Mme C",
        ("jury3", 6): "M. D",
    }


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (
            {"left": "jury2", "entered": "jury3", "name": "Mme C", "player": "jury3"},
            "M. B (jury2) est remplacé par Mme C (jury3) ; Mme C joue le client",
        ),
        ({"left": "jury2"}, "M. B (jury2) quitte le jury"),
        ({"entered": "jury3", "name": "M. D"}, "M. D (jury3) entre au jury"),
        ({"player": "jury1"}, "Mme A joue le client"),
        ({"left": "jury1", "entered": "jury3", "name": "Mme A", "same": True}, "Mme A passe de la place jury1 à la place jury3"),
        ({"left": "jury1", "entered": "jury1", "name": "Mme Arvel", "same": True}, "Mme A : nom corrigé en Mme Arvel"),
    ],
)
def test_a_change_in_words(wanted: dict[str, Any], words: str) -> None:
    assert jury_change_fr(row_of(Told().jury, JuryChange(**wanted), "w")) == words


@pytest.mark.parametrize(
    ("wanted", "around", "error_id"),
    [
        ({"left": "jury2"}, {}, "too_few_jurors"),
        ({"left": "jury2", "entered": "jury3", "name": "Mme C"}, {"contact": True}, "contact_under_way"),
        ({"left": "jury2", "entered": "jury3", "name": "Mme C"}, {"decided": True}, "jury_decided"),
        ({"left": "jury2", "entered": "jury3", "name": "Mme C"}, {"over": True}, "sitting_ended"),
        ({"left": "jury2", "entered": "jury3", "name": "Mme C"}, {"trainers": ("Madame c",)}, "trainer"),
        ({"left": "jury2", "entered": "jury3", "name": "Mme C", "reason": " "}, {}, "no_reason"),
        ({"left": "jury2", "entered": "jury3"}, {}, "no_name"),
        ({"left": "jury9", "entered": "jury3", "name": "Mme C"}, {}, "not_a_juror"),
        ({"left": "jury2", "entered": "jury3", "name": "Mme C", "player": "jury2"}, {}, "not_a_juror"),
        ({"left": "jury2", "entered": "jury1", "name": "Mme C"}, {}, "juror_already"),
        ({"left": "jury2", "entered": "jury3", "name": "A"}, {}, "juror_already"),
        ({"left": "jury2", "entered": "jury2", "name": "M. B"}, {}, "juror_already"),
        ({"entered": "jury3", "name": "Mme C", "same": True}, {}, "nobody_goes_on"),
        ({}, {}, "nothing_changes"),
    ],
)
def test_what_is_refused(wanted: dict[str, Any], around: dict[str, Any], error_id: str) -> None:
    with pytest.raises(SittingError) as refusal:
        check_change(Told().jury, JuryChange(**{"reason": "souffrant", **wanted}), Circumstances(**around))
    assert refusal.value.error_id == error_id and refusal.value.title.endswith((".", "suit."))


def test_a_third_juror_may_go_and_a_name_is_known_however_it_is_written() -> None:
    told = Told()
    told.change(entered="jury3", name="M. D")
    check_change(told.jury, JuryChange(left="jury3", reason="absent"), Circumstances(trainers=("Mme Élodie Prévost",)))
    assert same_name("Mme Élodie PRÉVOST", "elodie prevost") and not same_name("Mme", "M.") and not same_name("", "")
    assert same_name("Mme A", "A") and not same_name("Mme A", "M. B")
