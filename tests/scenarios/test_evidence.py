"""What a simulation left behind, folded from rows and records made by hand; and the debrief made of it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios import evidence
from scenarios.debrief import (
    NOTICE,
    DebriefReport,
    FieldLine,
    Moment,
    RecordLine,
    StepLine,
    build_debrief,
    record_finding,
    step_sentence,
)
from scenarios.debrief_markdown import text, to_markdown
from scenarios.debrief_words import sentence_fr, value_fr, wanted_fr
from scenarios.evidence import compare_records, compare_steps, records_at, window
from scenarios.pack import Cue, ExpectedRecord, ExpectedStep, HiddenFact
from scenarios.pack_load import load_pack
from scenarios.sitting import Played, SimulationState
from scenarios.standard import load_standard
from tests.scenarios.room_world import DAY, write_pack

START = dt.datetime(2026, 11, 23, 15, 0, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Kept:
    seq: int
    at: str
    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)
    actor: str = "candidate"
    call_key: str = ""


class Story:
    """Rows of a journal, one after the other."""

    def __init__(self) -> None:
        self.rows: list[Kept] = []

    def row(self, second: float, kind: str, call_key: str = "", **data: Any) -> Kept:
        made = Kept(len(self.rows) + 1, self.iso(second), kind, data, call_key=call_key)
        self.rows.append(made)
        return made

    def fact(self, second: float, kind: str, key: str = "k", **data: Any) -> Kept:
        body = {"call_id": f"id-{key}", "call_key": key, "fact_id": f"f{len(self.rows)}", "told_at": self.iso(second), **data}
        made = Kept(len(self.rows) + 1, self.iso(second + 0.5), kind, body, call_key=key)
        self.rows.append(made)
        return made

    @staticmethod
    def iso(second: float) -> str:
        return (START + dt.timedelta(seconds=second)).isoformat()


INBOUND = {"caller": "+33465712108", "caller_name": "", "called": "", "queue": "Service client"}


def inbound(story: Story) -> None:
    story.fact(5, "CallOffered", **INBOUND)
    story.fact(9, "CallAnswered")
    story.row(28, "CueGiven", cue="attente")
    story.fact(30, "CallHeld", by="local")
    story.fact(50, "CallResumed", by="local")
    story.fact(100, "CallHeld", by="local")
    story.fact(110, "CallResumed", by="local")
    story.fact(200, "CallEnded", cause="hung_up", by="remote", answered=True)


CUES = (Cue(id="attente", label="J'annonce une mise en attente"), Cue(id="conge", label="Je prends congé"))


def test_a_call_with_its_times_and_its_holds() -> None:
    story = Story()
    inbound(story)
    story.row(230, "RecordCreated", "k", record_kind="interaction", id="i", after={"result": "ABOUTI", "call_key": "k"})
    (call,) = evidence.call_stories(story.rows, CUES)
    assert (call.answered_after, call.talked, call.wrap_up, call.transferred) == (4, 191, 30, False)
    assert [(h.seconds, h.announced) for h in call.holds] == [(20, "J'annonce une mise en attente"), (10, "")]
    (call,) = evidence.call_stories(story.rows, CUES[1:])
    assert [h.announced for h in call.holds] == [None, None]


def test_a_hold_that_ends_with_the_call_and_one_that_is_not_over() -> None:
    story = Story()
    story.fact(0, "CallPlaced", target="sip:+33261917044@x")
    story.fact(5, "CallAnswered")
    story.fact(10, "CallHeld", by="local")
    assert evidence.call_stories(story.rows, ())[0].holds[0].seconds is None
    story.fact(40, "CallEnded", cause="hung_up", answered=True)
    (call,) = evidence.call_stories(story.rows, ())
    assert (call.holds[0].seconds, call.call.direction) == (30, "outbound")


def test_a_transfer_is_told_by_its_final_notice() -> None:
    story = Story()
    inbound(story)
    story.fact(199, "TransferProgressed", code=100, final=False)
    assert not evidence.call_stories(story.rows, ())[0].transferred
    story.fact(199, "TransferProgressed", code=200, final=True)
    assert evidence.call_stories(story.rows, ())[0].transferred


# --- records ----------------------------------------------------------------------------------------

ADDRESS = ExpectedRecord(
    id="a",
    label="Nouvelle adresse",
    kind="address",
    match={"contact_id": "c", "line1": {"contains": "colombier"}},
    expect={"city": {"contains": "saint-orme"}, "valid_from": "2026-12-01"},
)


def address(record_id: str, **changes: Any) -> dict[str, Any]:
    base = {"id": record_id, "contact_id": "c", "line1": "3 impasse du Colombier-Vert", "city": "Saint-Orme", "valid_from": "2026-12-01"}
    return {**base, "version": 1, **changes}


def test_the_nearest_record_is_compared_field_by_field() -> None:
    records = {
        "address": [address("far", city="Paris", valid_from=None), address("near", valid_from=None), address("other", line1="ailleurs")]
    }
    (found,) = compare_records([ADDRESS], records, [])
    assert (found.record_id, found.found, found.same) == ("near", 0, False)
    assert [(f.name, f.actual, f.same) for f in found.fields] == [("city", "Saint-Orme", True), ("valid_from", None, False)]


def test_a_record_written_in_the_simulation_comes_before_an_older_one() -> None:
    records = {"address": [address("old"), address("new")]}
    rows = [Kept(5, "", "RecordCreated", {"record_kind": "address", "id": "new", "contact_id": "c"})]
    assert compare_records([ADDRESS], records, rows)[0].record_id == "new"
    assert compare_records([ADDRESS], {}, rows)[0].record_id == ""


@pytest.mark.parametrize(
    ("count", "how_many", "same"), [(None, 0, False), (None, 2, True), (0, 0, True), (0, 1, False), (1, 1, True), (1, 2, False)]
)
def test_how_many_there_should_be(count: int | None, how_many: int, same: bool) -> None:
    expected = ADDRESS.model_copy(update={"count": count})
    (found,) = compare_records([expected], {"address": [address(f"a{n}") for n in range(how_many)]}, [])
    assert (found.found, found.same) == (how_many, same)


def test_a_contact_to_be_left_alone() -> None:
    untouched = ExpectedRecord(id="u", label="La fille", untouched="daughter")
    opened = Kept(1, "", "RecordOpened", {"record_kind": "contact", "id": "daughter", "contact_id": "daughter"})
    other = Kept(2, "", "RecordChanged", {"record_kind": "address", "id": "a", "contact_id": "c"})
    changed = Kept(3, "", "RecordChanged", {"record_kind": "address", "id": "b", "contact_id": "daughter"})
    assert compare_records([untouched], {}, [opened, other])[0].same
    (found,) = compare_records([untouched], {}, [opened, other, changed])
    assert (found.same, found.touched) == (False, (changed,))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), max_size=20), st.integers(0, 20))
def test_records_are_taken_back_to_how_they_stood_at_any_row(writes: list[tuple[str, int]], stop: int) -> None:
    now: dict[str, dict[str, Any]] = {}
    rows: list[Kept] = []
    history: list[dict[str, dict[str, Any]]] = [{}]
    for seq, (one, value) in enumerate(writes, start=1):
        before = now.get(one)
        record = {"id": one, "value": value, "version": 1 if before is None else before["version"] + 1}
        kind = "RecordCreated" if before is None else "RecordChanged"
        data = {"record_kind": "address", "id": one, "version": record["version"], "after": {"value": value}}
        rows.append(Kept(seq, "", kind, {**data, "before": {} if before is None else {"value": before["value"]}}))
        now = {**now, one: record}
        history.append(now)
    stop = min(stop, len(writes))
    taken_back = records_at({"address": list(now.values())}, rows[stop:])
    assert {r["id"]: r for r in taken_back["address"]} == history[stop]


# --- steps ------------------------------------------------------------------------------------------


def step(step_id: str, kind: str, **more: Any) -> ExpectedStep:
    fields = more.pop("fields", {})
    return ExpectedStep(id=step_id, label=step_id, event={"kind": kind, **fields}, **more)


def test_steps_are_found_in_their_order_in_the_call_or_not_at_all() -> None:
    story = Story()
    story.row(1, "RecordOpened", record_kind="contact", id="c")
    inbound(story)
    story.rows.insert(4, opened := Kept(99, Story.iso(20), "RecordOpened", {"record_kind": "contact", "id": "c"}))
    story.rows = [Kept(n, r.at, r.kind, r.data, r.actor, r.call_key) for n, r in enumerate(story.rows, start=1)]
    document = story.row(40, "DocumentProduced", template="duplicata")
    story.rows = sorted(story.rows, key=lambda r: r.seq)
    found = compare_steps(
        [
            step("sent", "DocumentProduced", after="opened"),
            step("opened", "RecordOpened", fields={"id": "c"}, during_call=True),
            step("before", "RecordOpened", during_call=False),
            step("never", "CardNumberRefused", absent=True),
            step("nothing", "Searched"),
            step("after_nothing", "DocumentProduced", after="nothing"),
            step("not_this", "DocumentProduced", absent=True),
        ],
        story.rows,
    )
    assert [(f.expected.id, f.same) for f in found] == [
        ("sent", True),
        ("opened", True),
        ("before", True),
        ("never", True),
        ("nothing", False),
        ("after_nothing", False),
        ("not_this", False),
    ]
    assert [row.at for row in found[1].seen] == [opened.at]
    assert [row.at for row in found[1].elsewhere] == [Story.iso(1)]
    assert found[0].seen == (document,)
    assert found[5].elsewhere == (document,)


def test_steps_that_follow_each_other_in_a_circle_end() -> None:
    circle = [step("a", "Searched", after="b"), step("b", "Searched", after="a")]
    assert [f.same for f in compare_steps(circle, [Kept(1, "", "Searched")])] == [False, False]


# --- the rest ---------------------------------------------------------------------------------------


def test_what_was_revealed_and_when() -> None:
    story = Story()
    first = story.row(10, "CustomerRevealed", fact="email")
    story.row(20, "CustomerRevealed", fact="email")
    hidden = [HiddenFact(id="email", fact="E-mail fermé", reveal="si on demande"), HiddenFact(id="mandat", fact="Aucun", reveal="jamais")]
    assert [r.row for r in evidence.reveals(hidden, story.rows)] == [first, None]


@pytest.mark.parametrize("outcome", ["vérifié", "non vérifié"])
def test_identification_beside_the_first_thing_given(outcome: str) -> None:
    story = Story()
    checked = story.row(10, "RecordCreated", record_kind="identification", id="i", after={"outcome": outcome})
    story.row(11, "RecordCreated", record_kind="note", id="n", after={})
    given_out = story.row(20, "DocumentProduced", template="duplicata")
    found = evidence.identification(story.rows)
    assert (found.checked, found.first_given) == (checked if outcome == "vérifié" else None, given_out)


def test_seconds_in_each_state() -> None:
    story = Story()
    for second, before, after in ((10, "ready", "offered"), (14, "offered", "talking"), (100, "talking", "wrap_up")):
        story.row(second, "AgentStateChanged", before=before, after=after)
    spent = evidence.seconds_by_state(story.rows, START, START + dt.timedelta(seconds=130))
    assert spent == {"ready": 10, "offered": 4, "talking": 86, "wrap_up": 30}
    assert evidence.seconds_by_state([], START, START) == {}


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("*", "une valeur"),
        ({"any": True}, "une valeur"),
        ({"absent": True}, "rien"),
        ({"one_of": ["2026-12-01", "2026-11-30"]}, "01/12/2026 ou 30/11/2026"),
        ({"contains": "Colombier"}, "contient « Colombier »"),
        ({"contains": [{"product_id": "CAFE", "quantity": 6}]}, "contient produit CAFE, quantité 6"),
        (4115, "41,15 €"),
        ("ABOUTI", "ABOUTI"),
    ],
)
def test_what_a_pack_wants_reads_as_french(wanted: Any, words: str) -> None:
    assert wanted_fr(wanted, "amount_cents" if wanted == 4115 else "") == words


def test_values_read_as_people_write_them() -> None:
    assert [value_fr(None), value_fr([]), value_fr(-5, "total_cents"), value_fr(True), value_fr(["a", "b"])] == [
        "–",
        "–",
        "−0,05 €",
        "oui",
        "a ; b",
    ]


@given(
    st.dictionaries(st.text(max_size=8), st.one_of(st.none(), st.text(max_size=8), st.integers())),
    st.sampled_from(["RecordChanged", "CallEnded", "Searched"]),
)
def test_any_row_reads_as_a_sentence(data: dict[str, Any], kind: str) -> None:
    assert sentence_fr(kind, data)


# --- the debrief ------------------------------------------------------------------------------------

GAP = FieldLine(name="city", label="ville", wanted="Saint-Orme", actual="Paris", same=False)


def record_line(**changes: Any) -> RecordLine:
    base = {
        "id": "a",
        "label": "L",
        "kind": "address",
        "kind_label": "adresse",
        "record_id": "r",
        "optional": False,
        "found": 1,
        "count": None,
    }
    return RecordLine(**{**base, "same": False, **changes})


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (record_line(same=True), "dans le dossier, comme attendu"),
        (record_line(same=True, count=0, found=0, record_id=""), "comme attendu"),
        (record_line(count=0, found=2), "2 dans le dossier, 0 attendu(s)"),
        (record_line(count=1, found=2), "2 dans le dossier, 1 attendu(s)"),
        (record_line(count=2, found=1), "1 dans le dossier, 2 attendu(s)"),
        (record_line(found=0, record_id="", fields=(GAP,)), "absent du dossier"),
        (record_line(found=0, fields=(GAP,)), "ville : Paris (attendu : Saint-Orme)"),
        (record_line(kind="", same=True), "rien n'a changé"),
        (record_line(kind="", touched=("09:41 Modifié", "09:42 Créé")), "09:41 Modifié ; 09:42 Créé"),
    ],
)
def test_what_the_file_shows_in_words(line: RecordLine, words: str) -> None:
    assert record_finding(line) == words


SEEN = (Moment(hour="09:41:00", after=60),)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"seen": SEEN}, "L : vu à 09:41:00"),
        ({"seen": SEEN * 7}, "L : vu à 09:41:00, 09:41:00, 09:41:00, 09:41:00, 09:41:00 …"),
        ({"elsewhere": SEEN}, "L : vu à un autre moment, à 09:41:00"),
        ({}, "L : non trouvé dans le journal"),
        ({"absent": True}, "L : rien de contraire au journal"),
        ({"absent": True, "elsewhere": SEEN}, "L : rien de contraire au journal"),
        ({"absent": True, "seen": SEEN}, "L : le contraire est au journal, à 09:41:00"),
    ],
)
def test_what_the_journal_shows_in_words(fields: dict[str, Any], words: str) -> None:
    assert step_sentence(StepLine(**{"id": "s", "label": "L", "absent": False, "same": False, **fields})) == words


@pytest.fixture
def report(tmp_path: Path) -> DebriefReport:
    pack = load_pack(write_pack(tmp_path), DAY)
    story = Story()
    story.row(0, "SimulationStarted", simulation="S1")
    story.row(2, "RecordOpened", record_kind="contact", id="martin-lea", contact_id="martin-lea")
    inbound(story)
    story.row(210, "CustomerRevealed", fact="date")
    made = {"line1": "3 impasse du Colombier-Vert", "city": "Paris *gras* | <b>", "valid_from": "2026-12-01"}
    story.row(220, "RecordCreated", record_kind="address", id="new", contact_id="martin-lea", version=1, before={}, after=made)
    story.row(300, "SimulationEnded", simulation="S1")
    played = Played("S1", SimulationState.OVER, START, START + dt.timedelta(seconds=300), 1, len(story.rows))
    records = {"address": [{"id": "new", "contact_id": "martin-lea", "version": 1, **made}]}
    rows = window([*story.rows, Kept(99, Story.iso(999), "Searched", {"q": "later", "total": 0})], played)
    standard = load_standard(pack.identity.standard)
    return build_debrief(pack.simulation("S1"), played, DAY, rows, records, standard, sitting="séance", pack="Petit paquet")


def test_the_debrief_quotes_every_criterion_to_the_letter_with_its_facts(report: DebriefReport) -> None:
    standard = load_standard("crcd_rc_m05").competence("c2")
    assert {c.id: c.text for c in report.criteria} == dict(standard.criteria)
    by_id = {c.id: c.facts for c in report.criteria}
    assert by_id["c2.1"] == (
        "Nouvelle adresse : ville : Paris *gras* | <b> (attendu : contient « Saint-Orme »)",
        "Fiche ouverte : vu à un autre moment, à 09:40:02",
    )
    assert by_id["c2.2"] == ("Le dossier de Luc : rien n'a changé",)
    assert by_id["c2.7"] == ()


def test_the_debrief_tells_times_of_the_scenario_clock(report: DebriefReport) -> None:
    assert (report.started, report.ended, report.seconds, report.planned_minutes) == ("09:40:00", "09:45:00", 300, 8)
    (call,) = report.calls
    assert (call.began and call.began.hour, call.answered_after, call.talked, call.direction) == ("09:40:05", 4, 191, "entrant")
    assert [(h.at.hour, h.seconds, h.announced) for h in call.holds] == [
        ("09:40:30", 20, "J'annonce une mise en attente"),
        ("09:41:40", 10, ""),
    ]
    assert [(h.fact, h.at and h.at.hour) for h in report.hidden] == [("Elle déménage le 1er décembre.", "09:43:30")]
    assert [line.at.after for line in report.timeline] == sorted(line.at.after for line in report.timeline)
    assert "later" not in str(report.timeline)
    assert report.identification.startswith("Aucune identification")


def test_the_debrief_holds_no_mark(report: DebriefReport) -> None:
    told = to_markdown(report).replace(NOTICE, "")
    assert not re.search(r"\b(note|score|points?|réussi|échoué|bravo|insuffisant|acquis|validé)\b|\d+\s*/\s*20\b|%", told, re.IGNORECASE)


def test_the_export_shows_everything_and_text_makes_no_layout(report: DebriefReport) -> None:
    told = to_markdown(report)
    for criterion in report.criteria:
        assert criterion.text in told
    assert "| ≠ | ville | contient « Saint-Orme » | Paris \\*gras\\* \\| \\<b\\> |" in told
    assert "mise en attente à 09:40:30, 20 s, annoncée" in told
    assert "mise en attente à 09:41:40, 10 s, sans annonce" in told
    assert "révélé à 09:43:30" in told


@given(st.text(max_size=50))
def test_outside_text_stays_on_its_line_and_unmarked(value: str) -> None:
    told = text(value)
    assert len(told.splitlines()) <= 1
    assert not re.search(r"(?<!\\)(\\\\)*[*_`#|<>\[\]]", told)
