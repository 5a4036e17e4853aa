"""What must be so when a rehearsal is over: clocks to the millisecond, nothing confirmed lost, grids as given, archives that verify."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from crm_mock.casefile import CaseFile
from crm_mock.journal import JournalRow
from crm_mock.models import KINDS
from scenarios.archive import ArchiveUnusable, verify_archive
from scenarios.phases import PhaseState, fold_course, planned
from scenarios.rehearsal.play import GIVEN, LATE_MINUTES, Played
from scenarios.room.open import REGISTER
from scenarios.room.register import Register
from scenarios.sitting import REPLACED
from scenarios.sitting_store import CASEFILE
from scenarios.standard import Session, load_standard

MINUTE = 60


def faults(played: Played) -> list[str]:
    """One French sentence for each thing that is not as it must be; none when the rehearsal is good."""
    with closing(Register.open(played.room.folder / REGISTER)) as register:
        folders = {one.id: Path(one.folder) for one in register.sittings()}
    found: list[str] = []
    for candidate in played.session["candidates"]:
        passage = _passage_faults(played, candidate, folders[candidate["sitting"]])
        found += [f"Candidat {candidate['number']} : {words}" for words in passage]
    return found + list(_draw_faults(played))


def _draw_faults(played: Played) -> Iterator[str]:
    """Each subject of the pack is given to as many candidates as another, to one more at most."""
    drawn = Counter(one["variant"] for one in played.session["candidates"])
    offered = played.session["variants"]
    if strange := set(drawn) - set(offered):
        yield f"des sujets que le paquet n'offre pas ont été tirés : {', '.join(sorted(strange))}"
    given = [drawn[one] for one in offered]
    if max(given) - min(given) > 1:
        yield f"les sujets sont mal répartis : {', '.join(f'{one} × {drawn[one]}' for one in offered)}"


def _passage_faults(played: Played, candidate: dict[str, Any], folder: Path) -> Iterator[str]:
    case = CaseFile.open(folder / CASEFILE, on_commit=lambda _rows: None, today=dt.date.today, now=lambda: dt.datetime.now(dt.UTC))
    with closing(case):
        case.verify()
        rows = case.rows()
        session = _session(rows)
        if (subject := rows[0].data["pack"].get("subject", candidate["variant"])) != candidate["variant"]:
            yield f"la séance est du sujet {subject}, le candidat a tiré le {candidate['variant']}"
        yield from _clock_faults(played, candidate, session, rows)
        replay = played.spares and played.plan.replay(int(candidate["number"]))
        yield from _unplayed({one for one, about in played.simulations.items() if about in session.competences}, replay, rows)
        yield from _lost(played.everybody[candidate["station"]].confirmed, case, rows)
    yield from _archive_faults(played, candidate)
    for path in played.open_too_early[candidate["number"]]:
        yield f"{path} était ouvert pendant la préparation"


def _session(rows: list[JournalRow]) -> Session:
    told = rows[0].data["session"]
    return next(one for one in load_standard(told["standard"]).sessions if one.id == told["type"])


def _clock_faults(played: Played, candidate: dict[str, Any], session: Session, rows: list[JournalRow]) -> Iterator[str]:
    course = fold_course(planned(session, candidate["seconds"]), rows)
    if not course.over:
        yield "le passage n'est pas terminé"
    for run in course.phases.values():
        if run.state is not PhaseState.OVER or run.began_at is None:
            yield f"la phase {run.plan.id} n'est pas terminée"
            continue
        if run.plan.grace is None:
            continue
        wanted = run.plan.seconds + run.granted - run.late
        expired = next((row for row in rows if row.kind == "PhaseExpired" and row.data["phase"] == run.plan.id), None)
        if expired is None:
            yield f"la phase {run.plan.id} n'a pas été arrêtée par l'horloge"
            continue
        ran = (dt.datetime.fromisoformat(expired.data["at"]) - run.began_at).total_seconds() - run.stood
        if abs(ran - wanted) > 0.001:
            yield f"la phase {run.plan.id} a duré {ran:.3f} s au lieu de {wanted} s"
    place, plan = int(candidate["number"]), played.plan
    expected = {one.id: one.minutes * MINUTE * (4 if plan.third(place) else 3) // 3 for one in session.phases}
    given = {"contacts": GIVEN} if plan.incident(place) else {}
    if plan.late(place) and course.phases["preparation"].late < LATE_MINUTES * MINUTE:
        yield "l'entrée tardive n'est pas comptée"
    for run in course.phases.values():
        if run.plan.seconds + run.granted != expected[run.plan.id] + given.get(run.plan.id, 0):
            yield f"la phase {run.plan.id} : {run.plan.seconds + run.granted} s accordées, {expected[run.plan.id]} s attendues"


def _unplayed(wanted: set[str], replay: bool, rows: list[JournalRow]) -> Iterator[str]:
    """A contact that the end of its phase cut short, or that was never begun: there was time for all of them."""
    begun = {row.data["simulation"] for row in rows if row.kind == "SimulationStarted"}
    ended = {row.data["simulation"] for row in rows if row.kind == "SimulationEnded" and row.actor != "system"}
    replaced = {row.data["simulation"]: row.data["spare"] for row in rows if row.kind == REPLACED}
    if replay and len(replaced) != 1:
        yield "la simulation à rejouer n'a pas été remplacée par celle de réserve"
    if short := sorted(begun - ended - set(replaced)):
        yield f"simulation(s) arrêtée(s) par la fin des contacts : {', '.join(short)}"
    if missing := sorted({*wanted, *replaced.values()} - begun):
        yield f"simulation(s) jamais commencée(s) : {', '.join(missing)}"


def _lost(confirmed: list[tuple[str, dict[str, Any]]], case: CaseFile, rows: list[JournalRow]) -> Iterator[str]:
    """Every record the room said it had, with what was last written in it; every fact of a call."""
    written: dict[tuple[str, str], dict[str, Any]] = {}
    for path, body in confirmed:
        parts = path.strip("/").split("/")
        if parts[0] == "crm":
            written.setdefault((parts[1], parts[2]), {}).update(body["fields"])
    for (kind, ident), fields in written.items():
        record = json.loads(case.get(KINDS[kind], ident).model_dump_json())
        wrong = [name for name, value in fields.items() if record.get(name) != value]
        if wrong:
            yield f"{kind} {ident} : {', '.join(wrong)} n'est pas ce qui a été confirmé"
    told = {fact["id"] for path, body in confirmed if path == "/cti/facts" for fact in body["facts"]}
    kept = {str(row.data.get("fact_id")) for row in rows}
    if missing := told - kept:
        yield f"{len(missing)} fait(s) d'appel confirmé(s) manquent au journal"


def _archive_faults(played: Played, candidate: dict[str, Any]) -> Iterator[str]:
    made = played.archives[candidate["number"]]
    path = played.archive_folder / made["name"]
    try:
        verify_archive(path)
        with zipfile.ZipFile(path) as archive:
            data = json.loads(archive.read("donnees.json"))
    except (ArchiveUnusable, OSError, KeyError, ValueError) as error:
        yield f"l'archive ne se vérifie pas ({error})"
        return
    jury = {one["seat"] for one in candidate["jury"]}
    for seat in sorted(jury):
        given = [(body["criterion"], str(body["value"])) for path, body in played.everybody[seat].confirmed if path == "/jury/grid/marks"]
        kept = [(one["criterion"], one["value"]) for one in data["marks"] if one["juror"] == seat]
        if given != kept:
            yield f"la grille de {seat} n'est pas celle qui a été remplie"
    decided = {one["subject"] for one in data["decisions"] if set(one["assents"]) == jury}
    if not decided:
        yield "aucune décision du jury n'est dans l'archive"
