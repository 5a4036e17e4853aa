"""The debrief of one simulation: expected beside actual, the steps with their times, each criterion with its facts. Pure.

It holds no mark and no judgement: the criteria are quoted from the référentiel, what bears on them is listed under
them, and people conclude. Hours are those of the scenario clock, HH:MM:SS; `after` counts seconds from the start.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from scenarios import evidence
from scenarios.clock import Run, scenario_at
from scenarios.debrief_words import (
    BY_FR,
    CAUSES_FR,
    COMMON_CUES_FR,
    KINDS_FR,
    field_fr,
    hour_fr,
    seconds_fr,
    sentence_fr,
    value_fr,
    wanted_fr,
)
from scenarios.debrief_written import Reply, WrittenLine, written_facts, written_line
from scenarios.evidence import CallStory, RecordFinding, Records, StepFinding
from scenarios.pack import Simulation
from scenarios.sitting import Played, Row
from scenarios.standard import Standard
from scenarios.watched import ShownGrid, Watched

NOTICE = "Ce bilan rapporte des faits, sans note ni appréciation."
QUIET = frozenset({"CallQuality", "CustomerHeard"})  # rows that say too much or too little for a timeline


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Moment(Part):
    hour: str
    after: float


class FieldLine(Part):
    """`wanted` and `actual` in French, as people write them."""

    name: str
    label: str
    wanted: str
    actual: str
    same: bool


class RecordLine(Part):
    """`found`: how many records are wholly as asked, of `count` (None: one at least). `touched`: what changed where nothing should."""

    id: str
    label: str
    kind: str
    kind_label: str
    record_id: str
    optional: bool
    found: int
    count: int | None
    same: bool
    fields: tuple[FieldLine, ...] = ()
    touched: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()


class StepLine(Part):
    """`absent`: the step was not to happen. `elsewhere`: times it happened at another moment than asked."""

    id: str
    label: str
    absent: bool
    same: bool
    seen: tuple[Moment, ...] = ()
    elsewhere: tuple[Moment, ...] = ()
    criteria: tuple[str, ...] = ()


class HoldLine(Part):
    """`announced`: the cue given before; "" none was; None: the situation has no cue for it."""

    at: Moment
    seconds: float | None
    announced: str | None


class CallLine(Part):
    call_key: str
    direction: str
    number: str
    queue: str
    began: Moment | None
    answered_after: float | None
    talked: float | None
    holds: tuple[HoldLine, ...]
    ended: Moment | None
    cause: str
    ended_by: str
    transferred: bool
    wrap_up: float | None


class RevealLine(Part):
    fact: str
    reveal: str
    at: Moment | None


class CriterionLine(Part):
    """`text` is the référentiel's, to the letter; `facts` what bears on it, as French sentences."""

    id: str
    text: str
    facts: tuple[str, ...]


class TimelineLine(Part):
    seq: int
    at: Moment
    kind: str
    text: str


class NoteLine(Part):
    """`about`: a competence or a transversal one, "" the whole."""

    at: Moment
    about: str
    text: str


class ObservedLine(Part):
    """An observer's grid, once shown: `marks` by criterion, in words. `by`: who observed."""

    by: str
    marks: dict[str, str]
    notes: tuple[NoteLine, ...]


class DebriefReport(Part):
    """`standard_id` is the référentiel's own (`About.id`); `channel`, `direction` the simulation's."""

    simulation: str
    title: str
    competence: str
    competence_label: str
    standard: str
    standard_id: str
    channel: str
    direction: str
    sitting: str
    pack: str
    day: dt.date
    notice: str
    started: str
    ended: str
    seconds: float
    planned_minutes: int
    states: dict[str, float]  # agent state -> seconds
    calls: tuple[CallLine, ...]
    records: tuple[RecordLine, ...]
    steps: tuple[StepLine, ...]
    hidden: tuple[RevealLine, ...]
    identification: str
    criteria: tuple[CriterionLine, ...]
    timeline: tuple[TimelineLine, ...]
    written: WrittenLine | None = None
    people: dict[str, str] = {}  # stagiaire, client, observateur, of people who practise together
    observed: tuple[ObservedLine, ...] = ()


def build_debrief(
    simulation: Simulation,
    played: Played,
    day: dt.date,
    rows: Sequence[Row],
    records: Records,
    standard: Standard,
    *,
    sitting: str,
    pack: str,
    replies: Sequence[Reply] = (),
    watched: Watched = Watched(),  # noqa: B008  # a frozen value
) -> DebriefReport:
    """`rows`: the simulation's window of the journal; `records`: as they stood at its end; `replies`: the written ones, which come
    after it, as they are now; `watched`: what people saw of it. `played` has started."""
    start = played.started_at
    if start is None:
        raise ValueError(f"{simulation.id} has not started")
    end = played.ended_at or evidence.instant_of(rows[-1])
    run = Run(simulation.start_time, start, end)

    def moment(instant: dt.datetime) -> Moment:
        return Moment(hour=hour_fr(scenario_at(day, run, instant)), after=round((instant - start).total_seconds(), 1))

    def of(row: Row) -> Moment:
        return moment(evidence.instant_of(row))

    record_lines = [_record_line(one, of) for one in evidence.compare_records(simulation.expected.records, records, rows)]
    step_lines = [_step_line(one, of) for one in evidence.compare_steps(simulation.expected.steps, rows)]
    calls = [_call_line(story, moment) for story in evidence.call_stories(rows, simulation.cues)]
    competence = next((c for c in standard.competences if c.id == simulation.competence), None)
    written = written_line(simulation, replies)
    written_criteria = competence.written_criteria if competence else ()
    labels = {**COMMON_CUES_FR, **{cue.id: cue.label for cue in simulation.cues}}
    said = {fact: moment(at) for fact, at in watched.said.items()}
    timeline = [
        TimelineLine(seq=row.seq, at=of(row), kind=row.kind, text=text)
        for row in rows
        if row.kind not in QUIET and (text := sentence_fr(row.kind, {**row.data, "label": labels.get(str(row.data.get("cue")), "")}))
    ]
    return DebriefReport(
        simulation=simulation.id,
        title=simulation.title,
        competence=simulation.competence,
        competence_label=competence.label if competence else "",
        standard=standard.referentiel.title,
        standard_id=standard.referentiel.id,
        channel=simulation.channel,
        direction=simulation.direction,
        sitting=sitting,
        pack=pack,
        day=day,
        notice=NOTICE,
        started=moment(start).hour,
        ended=moment(end).hour,
        seconds=round((end - start).total_seconds(), 1),
        planned_minutes=simulation.minutes,
        states=evidence.seconds_by_state(rows, start, end),
        calls=tuple(calls),
        records=tuple(record_lines),
        steps=tuple(step_lines),
        hidden=tuple(
            RevealLine(fact=r.fact.fact, reveal=r.fact.reveal, at=of(r.row) if r.row else said.get(r.fact.id))
            for r in evidence.reveals(simulation.persona.hidden, rows)
        ),
        identification=_identification(evidence.identification(rows), of),
        criteria=tuple(
            CriterionLine(
                id=one, text=text, facts=(*_facts_for(one, record_lines, step_lines), *written_facts(written, one, written_criteria))
            )
            for one, text in (competence.criteria.items() if competence else ())
        ),
        timeline=tuple(sorted(timeline, key=lambda line: (line.at.after, line.seq))),
        written=written,
        people={str(role): name for role, name in watched.people.items()},
        observed=tuple(_observed_line(one, moment) for one in watched.grids),
    )


def _observed_line(grid: ShownGrid, moment: Callable[[dt.datetime], Moment]) -> ObservedLine:
    notes = tuple(NoteLine(at=moment(one.at), about=one.about, text=one.text) for one in grid.notes)
    return ObservedLine(by=grid.by, marks=dict(grid.marks), notes=notes)


def _record_line(finding: RecordFinding, of: Callable[[Row], Moment]) -> RecordLine:
    one = finding.expected
    return RecordLine(
        id=one.id,
        label=one.label,
        kind=one.kind,
        kind_label=KINDS_FR.get(one.kind, one.kind),
        record_id=finding.record_id,
        optional=one.optional,
        found=finding.found,
        count=one.count,
        same=finding.same,
        fields=tuple(
            FieldLine(
                name=f.name, label=field_fr(f.name), wanted=wanted_fr(f.wanted, f.name), actual=value_fr(f.actual, f.name), same=f.same
            )
            for f in finding.fields
        ),
        touched=tuple(f"{of(row).hour} {sentence_fr(row.kind, row.data)}" for row in finding.touched),
        criteria=one.criteria,
    )


def _step_line(finding: StepFinding, of: Callable[[Row], Moment]) -> StepLine:
    return StepLine(
        id=finding.expected.id,
        label=finding.expected.label,
        absent=finding.expected.absent,
        same=finding.same,
        seen=tuple(map(of, finding.seen)),
        elsewhere=tuple(map(of, finding.elsewhere)),
        criteria=finding.expected.criteria,
    )


def _call_line(story: CallStory, moment: Callable[[dt.datetime], Moment]) -> CallLine:
    call = story.call
    return CallLine(
        call_key=call.call_key,
        direction={"inbound": "entrant", "outbound": "sortant"}.get(call.direction, ""),
        number=call.number.removeprefix("sip:").partition("@")[0],
        queue=call.queue,
        began=moment(call.began_at) if call.began_at else None,
        answered_after=None if story.answered_after is None else round(story.answered_after, 1),
        talked=None if story.talked is None else round(story.talked, 1),
        holds=tuple(
            HoldLine(at=moment(h.at), seconds=None if h.seconds is None else round(h.seconds, 1), announced=h.announced)
            for h in story.holds
        ),
        ended=moment(call.ended_at) if call.ended_at else None,
        cause=CAUSES_FR.get(call.cause or "", ""),
        ended_by=BY_FR.get(call.ended_by, ""),
        transferred=story.transferred,
        wrap_up=None if story.wrap_up is None else round(story.wrap_up, 1),
    )


def _identification(found: evidence.Identification, of: Callable[[Row], Moment]) -> str:
    given = f"{of(found.first_given).hour} ({sentence_fr(found.first_given.kind, found.first_given.data)})" if found.first_given else ""
    if found.checked is None:
        return "Aucune identification vérifiée n'est enregistrée" + (f" ; première action sur le dossier à {given}." if given else ".")
    text = f"Identification vérifiée enregistrée à {of(found.checked).hour}"
    if found.first_given is None:
        return f"{text} ; aucune action sur le dossier."
    order = "avant" if found.checked.seq < found.first_given.seq else "après"
    return f"{text}, {order} la première action sur le dossier, à {given}."


def _facts_for(criterion: str, records: Sequence[RecordLine], steps: Sequence[StepLine]) -> list[str]:
    return [record_sentence(r) for r in records if criterion in r.criteria] + [step_sentence(s) for s in steps if criterion in s.criteria]


def record_sentence(line: RecordLine) -> str:
    """An expected record and what the file shows of it."""
    return f"{line.label} : {record_finding(line)}"


def record_finding(line: RecordLine) -> str:
    """What the file shows for one expected record."""
    if not line.kind:
        return " ; ".join(line.touched) or "rien n'a changé"
    if line.same:
        return "comme attendu" if line.count == 0 else "dans le dossier, comme attendu"
    if line.count == 0 or (line.count is not None and line.found > line.count):
        return f"{line.found} dans le dossier, {line.count} attendu(s)"
    gaps = [f"{f.label} : {f.actual} (attendu : {f.wanted})" for f in line.fields if not f.same]
    if not line.record_id or not gaps:
        return "absent du dossier" if not line.found else f"{line.found} dans le dossier, {line.count} attendu(s)"
    return " ; ".join(gaps)


def step_sentence(line: StepLine) -> str:
    """An expected step and what the journal shows of it. A step that was not to be has a label that says so: « Dossier non ouvert »."""
    if line.seen:
        hours = ", ".join(m.hour for m in line.seen[:5]) + (" …" if len(line.seen) > 5 else "")
        return f"{line.label} : {'le contraire est au journal, à' if line.absent else 'vu à'} {hours}"
    if line.elsewhere and not line.absent:
        return f"{line.label} : vu à un autre moment, à {', '.join(m.hour for m in line.elsewhere[:5])}"
    return f"{line.label} : {'rien de contraire au journal' if line.absent else 'non trouvé dans le journal'}"


def duration(seconds: float | None) -> str:
    return "–" if seconds is None else seconds_fr(seconds)


def people_sentence(people: Mapping[str, str]) -> str:
    """« Stagiaire : Ana ; client : Bao ; observateur : Cyr. »; "" of nobody named."""
    words = " ; ".join(f"{role} : {name}" for role, name in people.items())
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def observed_sentences(report: DebriefReport, criterion: str) -> list[str]:
    """What each observer whose grid was shown had for this criterion."""
    return [f"Observé par {one.by} : {one.marks[criterion]}" for one in report.observed if criterion in one.marks]


def note_sentences(observed: ObservedLine) -> list[str]:
    return [f"{one.at.hour}{f' {one.about}' if one.about else ''} : {one.text}" for one in observed.notes]
