"""What was practised, read from the folders of sittings: a lab's `sittings/`, a practice room's, or copies of them on a stick.

Nothing is written in a sitting, and one that is being played may be read. What cannot be read is told and passed over; sittings of an
exam are never read: what a candidate did there is the jury's.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from crm_mock.casefile_look import look
from crm_mock.errors import CaseFileUnusable
from scenarios.debrief import DebriefReport
from scenarios.evidence import window
from scenarios.matching import plain
from scenarios.pack_files import PackErrors, PackFolder
from scenarios.room.jury_seats import PLAYER
from scenarios.rotation import ROTATED, PeerRole, fold_rounds, played_by
from scenarios.sitting import Played, Row, SimulationState, Sitting, SittingError, fold_sitting
from scenarios.sitting_store import CARD, CASEFILE
from scenarios.standard import load_standard
from scenarios.training.kept import kept

PACKS = Path(__file__).parents[1] / "packs"
DEEPEST = 4  # folders under the one that is given
VIRTUAL = "client virtuel"
_KINDS = (
    "SittingOpened", "SimulationStarted", "SimulationEnded", "SimulationReplaced", "RecordCreated", "RecordChanged", "CustomerSpoke",
    "ChatMessage", "JurorCalled", "SeatTaken", ROTATED,
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One observable fact of a debrief. `key` is the same each time the simulation is practised; `shown`: the file and the journal show
    it as the situation asked."""

    key: str
    label: str
    shown: bool


@dataclass(frozen=True)
class Practice:
    """One simulation played to its end. `standard` is the référentiel's id; what only a debrief tells is "" or 0 without one. `customer`:
    who played them (VIRTUAL, a peer's name, a seat's, "" unknown). `findings` None: no debrief was kept."""

    folder: Path
    pack: str  # its title
    subject: str
    simulation: str
    title: str
    competence: str
    standard: str
    channel: str
    direction: str
    started: dt.datetime
    seconds: float
    planned_minutes: int
    trainee: str
    customer: str
    findings: tuple[Finding, ...] | None = None
    reply: str = ""  # of a written reply that was asked for: absente, brouillon, remise


@dataclass(frozen=True)
class Practised:
    """Oldest first; `remarks` are French sentences on what was not read."""

    practices: tuple[Practice, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def trainees(self) -> tuple[str, ...]:
        """The names that were given when contacts were qualified, each in its most frequent writing."""
        written = Counter(one.trainee for one in self.practices if one.trainee)
        names: dict[str, str] = {}
        for name, _count in written.most_common():
            names.setdefault(plain(name), name)
        return tuple(sorted(names.values(), key=plain))

    def whose(self, name: str) -> str | None:
        """The trainee meant: the one of this name, or the only one where none is given; None: several could be."""
        known = self.trainees
        if name.strip():
            return next((one for one in known if plain(one) == plain(name)), name.strip())
        return None if len(known) > 1 else next(iter(known), "")

    def of(self, trainee: str, since: dt.date | None = None, until: dt.date | None = None) -> Practised:
        """Those of one trainee, whatever the case and accents of the name; days are Paris's, included."""
        first, last = since or dt.date.min, until or dt.date.max
        own = (one for one in self.practices if plain(one.trainee) == plain(trainee))
        return replace(self, practices=tuple(one for one in own if first <= one.started.date() <= last))


# --- folders --------------------------------------------------------------------------------------


def read_practice(roots: Iterable[Path], zone: dt.tzinfo) -> Practised:
    """Everything practised under these folders; instants are given in `zone`."""
    practices: list[Practice] = []
    remarks: list[str] = []
    seen: set[Path] = set()
    for root in roots:
        for folder in _folders(root, remarks):
            if folder.resolve() in seen:
                continue
            seen.add(folder.resolve())
            try:
                practices += _practices(folder, zone)
            except NotRead as why:
                remarks.append(f"{folder} : {why}")
    return Practised(tuple(sorted(practices, key=lambda one: (one.started, one.simulation))), tuple(remarks))


class NotRead(Exception):
    """Why a folder was passed over, in French."""


def _folders(root: Path, remarks: list[str]) -> Iterator[Path]:
    if not root.is_dir():
        remarks.append(f"{root} : ce dossier n'existe pas")
        return
    start = root / "sittings" if (root / "sittings").is_dir() else root
    found = list(_sittings_under(start, DEEPEST, remarks))
    if not found and start == root:
        remarks.append(f"{root} : aucune séance dans ce dossier")
    yield from found


def _sittings_under(folder: Path, depth: int, remarks: list[str]) -> Iterator[Path]:
    if (folder / CARD).exists() or (folder / CASEFILE).exists():
        yield folder
        return
    try:
        found = sorted(one for one in folder.iterdir() if not one.name.startswith("."))
    except OSError as error:
        remarks.append(f"{folder} : illisible ({error.strerror or error})")
        return
    inside = [one for one in found if one.is_dir()]
    if found and not inside and depth < DEEPEST:
        remarks.append(f"{folder} : ce n'est pas une séance")
    for one in inside if depth else ():
        yield from _sittings_under(one, depth - 1, remarks)


# --- one sitting ----------------------------------------------------------------------------------


def _practices(folder: Path, zone: dt.tzinfo) -> list[Practice]:
    """Raises NotRead."""
    if not (folder / CASEFILE).exists():
        raise NotRead("le dossier de session (casefile.db) manque")
    try:
        rows = look(folder / CASEFILE, _KINDS)
        opened = rows[0].data if rows and rows[0].kind == "SittingOpened" else {}
        if opened.get("mode") == "exam":
            raise NotRead("séance d'examen, non lue")
        sitting = fold_sitting([str(one) for one in opened["simulations"]], rows)
        named = {one.simulation: one.people for one in played_by(fold_rounds(rows), sitting.simulations.values())}
        return [_practice(folder, opened["pack"], sitting, played, rows, named.get(played.id, {}), zone) for played in _over(sitting)]
    except CaseFileUnusable as error:
        raise NotRead(f"illisible ({error.details.get('reason', error)})") from None
    except (SittingError, KeyError, TypeError, ValueError, IndexError, AttributeError):
        raise NotRead("ce n'est pas le dossier d'une séance, ou il est abîmé") from None


def _over(sitting: Sitting) -> Iterator[Played]:
    return (sitting.simulations[one] for one in sitting.order if sitting.simulations[one].state is SimulationState.OVER)


def _practice(
    folder: Path,
    pack: dict[str, str],
    sitting: Sitting,
    played: Played,
    rows: Sequence[Row],
    named: Mapping[PeerRole, str],
    zone: dt.tzinfo,
) -> Practice:
    """`named`: who was what in it, of people who practise together."""
    assert played.started_at is not None and played.ended_at is not None
    report = kept(folder, played.id)
    own = window(rows, played)
    competence, standard = (report.competence, report.standard_id) if report else _told_by_pack(str(pack["slug"]), played.id)
    return Practice(
        folder=folder,
        pack=str(pack["title"]),
        subject=str(pack.get("subject", "")),
        simulation=played.id,
        title=report.title if report else "",
        competence=competence,
        standard=standard,
        channel=report.channel if report else "",
        direction=report.direction if report else "",
        started=played.started_at.astimezone(zone),
        seconds=(played.ended_at - played.started_at).total_seconds(),
        planned_minutes=report.planned_minutes if report else 0,
        trainee=named.get(PeerRole.TRAINEE) or _trainee(own) or _trainee(rows),
        customer=named.get(PeerRole.CUSTOMER) or _customer(own, [row for row in rows if row.seq <= played.ended_seq]),
        findings=findings(report) if report else None,
        reply=report.written.state if report and report.written else "",
    )


def _trainee(rows: Iterable[Row]) -> str:
    """The name that the last contact was qualified under."""
    name = ""
    for row in rows:
        if row.kind in ("RecordCreated", "RecordChanged") and row.data.get("record_kind") == "interaction":
            name = str((row.data.get("after") or {}).get("agent") or name)
    return name.strip()


def _customer(own: Sequence[Row], before: Sequence[Row]) -> str:
    """Who spoke, or wrote, as the customer: `own` are the simulation's rows, `before` the sitting's up to its end."""
    written = [row for row in own if row.kind == "ChatMessage" and row.data.get("who") == "client"]
    if any(row.kind == "CustomerSpoke" for row in own) or any(row.actor == "customer" for row in written):
        return VIRTUAL
    labels: dict[str, str] = {}
    seated = ""
    for row in before:
        if row.kind == "SeatTaken":
            seat = str(row.data.get("seat"))
            labels[seat] = str(row.data.get("label") or seat)
            plays = row.data.get("role") == PLAYER
            seated = seat if plays else "" if seated == seat else seated
    called = next((str(row.data.get("seat")) for row in reversed(own) if row.kind == "JurorCalled"), "")
    seat = called or (written[-1].actor if written else "") or seated
    return labels.get(seat, seat)


def findings(report: DebriefReport) -> tuple[Finding, ...]:
    """Its facts that are there or are not: records, steps, what a written reply was to hold. What depends on how the call went is left
    out: its absence tells nothing."""
    found = [Finding(f"record {one.id}", one.label, one.same) for one in report.records if not one.optional]
    found += [Finding(f"step {one.id}", one.label, one.same) for one in report.steps]
    if report.written is not None:
        found.append(Finding("reply", "Réponse écrite remise", report.written.state == "remise"))
        found += [Finding(f"reply {one.label}", f"Réponse : {one.label}", one.same) for one in report.written.mentions]
    return tuple(found)


@cache
def _told_by_pack(slug: str, simulation: str) -> tuple[str, str]:
    """Competence and référentiel of a simulation whose debrief was not kept, as the pack of that name tells them, where it ships."""
    folder = PackFolder(PACKS / Path(slug).name)
    of_the_spared = simulation.removesuffix("R")  # a spare is of the competence of what it replaces
    names = [f"simulations/{one}/simulation.yaml" for one in (simulation, of_the_spared)]
    name = next((one for one in names if one in folder.names()), "")
    told, identity = (folder.yaml(name), folder.yaml("pack.yaml")) if name else (None, None)
    if told is None or identity is None:
        return "", ""
    try:
        return str(told.data["competence"]), load_standard(str(identity.data["identity"]["standard"])).referentiel.id
    except (KeyError, TypeError, PackErrors):
        return "", ""
