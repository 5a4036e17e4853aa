"""The référentiel as data."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.pack_files import PackErrors
from scenarios.standard import FOLDER, load_standard, standards


def test_the_crcd_of_2016() -> None:
    crcd = load_standard("crcd_rc_m05")
    assert crcd.referentiel.sigle == "CRCD" and crcd.referentiel.millesime == "05"
    assert [len(c.criteria) for c in crcd.competences] == [5, 7, 8, 6, 7, 5, 6, 7, 7] and len(crcd.criteria()) == 58
    assert crcd.competence("c2").criteria["c2.7"] == "La mise à jour du dossier est conforme aux procédures"
    assert crcd.competence("c9").written_criteria == ("c9.5", "c9.6", "c9.7")
    assert [s.totals["candidate"] for s in crcd.sessions] == [240, 105, 135]
    assert all(len(t.competences) == 9 for t in crcd.transversal) and len(crcd.transversal) == 4
    assert crcd.competence("c6").assessed_in["entretien_technique"] is False
    with pytest.raises(KeyError):
        crcd.competence("c10")
    with pytest.raises(KeyError):
        load_standard("crcd_rc_m99")
    assert "crcd_rc_m05" in standards()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("minutes: 90", "minutes: 91", "les phases font 241 minutes pour 240"),
        ("c2.3:", "c1.3:", "mal numéroté"),
        ("competences: [c1, c2, c3, c4]", "competences: [c1, c2, c3, c44]", "« c44 » inconnue"),
        ("written_criteria: [c3.6", "written_criteria: [c3.9", "critère écrit « c3.9 » inconnu"),
        ("millesime:", "milesime:", "vouliez-vous dire « millesime »"),
        ("jury_present: false", "jury_present: parfois", "true ou false"),
    ],
)
def test_a_standard_that_does_not_hold_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = (FOLDER / "crcd_rc_m05.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "essai.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PackErrors, match=words):
        load_standard("essai", tmp_path)
