"""The generated crowd: the same from the same seed, and the one that is committed."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from scenarios.pack_crowd import Crowd, main, read_catalogue, write

from .pack_folders import MARVALUNE

BY_HAND = {"resource.csv", "availability.csv"}


def test_the_committed_crowd_is_what_the_seed_draws(tmp_path: Path) -> None:
    write(tmp_path, Crowd(read_catalogue(MARVALUNE)).made())
    drawn = sorted(path.name for path in tmp_path.iterdir())
    assert drawn == sorted({path.name for path in (MARVALUNE / "crowd").iterdir()} - BY_HAND)
    for name in drawn:
        assert (tmp_path / name).read_bytes() == (MARVALUNE / "crowd" / name).read_bytes(), name


def test_another_seed_draws_others() -> None:
    catalogue = read_catalogue(MARVALUNE)
    assert Crowd(catalogue, 1).made()["contact"] != Crowd(catalogue, 2).made()["contact"]


def test_volumes_and_near_duplicates() -> None:
    rows: dict[str, list[dict[str, str]]] = {}
    for path in (MARVALUNE / "crowd").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as source:
            rows[path.stem] = list(csv.DictReader(source, delimiter=";"))
    people = [r for r in rows["contact"] if r["last_name"]]
    companies = [r for r in rows["contact"] if r["company_name"]]
    assert len(people) >= 400 and len(companies) == 120
    assert len(rows["order"]) == 1500 and len(rows["interaction"]) == 3000
    assert len(rows["invoice"]) >= 2500 and len(rows["payment"]) >= 2500
    names = {f"{r['first_name']} {r['last_name']}" for r in people}
    assert {"Odette VASSERAND", "Sébastien LORMIER", "Nadine CORBULON"} <= names
    numbers = Counter(r["value"] for r in rows["contact_point"] if r["channel"] != "e-mail")
    assert any(count > 1 for count in numbers.values())  # a call that pops several files
    assert not {"04 65 71 21 08", "05 36 49 12 75", "02 61 91 70 44"} & set(numbers)  # the heroes' pop alone


def test_the_command_wants_one_folder() -> None:
    assert main([]) == 2
