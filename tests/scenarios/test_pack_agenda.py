"""The field team's agenda of Marvalune, and what it leaves to propose to the company that S6 calls."""

from __future__ import annotations

import datetime as dt
import shutil
from collections import Counter
from pathlib import Path

import pytest

from crm_mock.models import AgendaSlot, CampaignTarget, FieldRep
from crm_mock.rules import field_agenda
from crm_mock.rules.calendar import public_holidays
from scenarios.pack import Pack
from scenarios.pack_load import load_pack

from .pack_folders import DAY, MARVALUNE, OTHER_DAYS, marvalune

WEEK = tuple(DAY + dt.timedelta(days=n) for n in range(5))


def agenda(pack: Pack) -> tuple[FieldRep, list[AgendaSlot]]:
    rep = next(r for r in pack.records if isinstance(r, FieldRep) and r.id == "kerdilis")
    return rep, [r for r in pack.records if isinstance(r, AgendaSlot) and r.rep_id == rep.id]


@pytest.fixture(scope="module")
def field_team(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Marvalune less the crowd that has no part in an agenda: read in half the time, once for each of the days."""
    pack = tmp_path_factory.mktemp("pack") / "marvalune"
    crowd = {path.name for path in (MARVALUNE / "crowd").iterdir()} - {"agenda_slot.csv", "field_rep.csv"}
    return Path(shutil.copytree(MARVALUNE, pack, ignore=lambda folder, _names: crowd if folder.endswith("crowd") else set()))


@pytest.mark.parametrize("day", [*WEEK, *OTHER_DAYS], ids=str)
def test_three_free_slots_that_keep_every_rule_and_one_after_the_second(field_team: Path, day: dt.date) -> None:
    """Whatever the day of the session: the first two are proposed, and only the third comes after the second's day."""
    pack = load_pack(field_team, day)
    rep, slots = agenda(pack)
    now = dt.datetime.combine(day, pack.simulation("S6").start_time)
    free = [s for s in slots if s.status == "libre"]
    assert [s.id for s in free] == ["kerdilis-1", "kerdilis-2", "kerdilis-3"]
    kept = [s for s in free if s.on not in public_holidays(s.on.year)]  # on a holiday, the desk says why it is not proposed
    assert kept[-1].id == "kerdilis-3" and field_agenda.open_slots(rep, slots, "96330", now) == kept
    assert field_agenda.two_slots([rep], slots, "96330", now) == tuple(kept[:2])
    later = field_agenda.two_slots([rep], slots, "96330", now, after=free[1].on + dt.timedelta(days=1))
    assert [s.id for s in later] == ["kerdilis-3"]


def test_the_slots_of_subject_a() -> None:
    _, slots = agenda(marvalune())
    free = [(s.on.isoformat(), s.start) for s in slots if s.status == "libre"]
    assert free == [("2026-11-26", "10:00"), ("2026-12-01", "14:30"), ("2026-12-04", "09:00")]


def test_four_files_of_twenty_five_to_call_with_one_opposed_each() -> None:
    targets = [r for r in marvalune().records if isinstance(r, CampaignTarget)]
    still = Counter(t.campaign_id for t in targets if t.position <= 25)
    assert set(still) == {"enquete-livraison", "enquete-abonnes", "prospection-cabinets", "relance-devis"}
    assert still["prospection-cabinets"] == still["relance-devis"] == still["enquete-abonnes"] == 25
    assert len({(t.campaign_id, t.position) for t in targets}) == len(targets)
    assert Counter(t.campaign_id for t in targets if t.opposed) == dict.fromkeys(still, 1)
    assert all(t.status in ("traitée", "hors cible", "injoignable") for t in targets if t.opposed)
    assert all(t.next_on is not None and t.next_time for t in targets if t.status == "à rappeler")
