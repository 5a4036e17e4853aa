"""Lines for the livret d'ECF (évaluations passées en cours de formation): what was practised, laid out as the booklet's sheets are. Pure.

A line says what, when and about which competence, to the letter. Every box is left empty: whether the trainee has satisfied the criteria
is for the trainer to say, tick, date and sign (domain §3.5); a simulation that was practised is not an assessment by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scenarios.debrief_words import seconds_fr
from scenarios.report.pages import BOX, Block, Grid, Heading, Pages, Signatures, ToFill, Words
from scenarios.standard import About, Ccp, Standard
from scenarios.training.practised import Practice

BOOKLET = "Livret d'évaluations passées en cours de formation"
NOTICE = (
    "Lignes à reporter au livret : ce qui a été pratiqué, sans rien dire de la réussite. Le formateur évalue, coche, date et signe ;"
    " le programme ne coche rien."
)
SATISFIED = (
    f"{BOX}\u00a0Avoir satisfait aux critères issus des référentiels du titre professionnel"
    " attendus pour la réalisation de cette activité-type."
)
NOT_SATISFIED = f"{BOX}\u00a0Ne pas avoir satisfait aux critères issus des référentiels du titre professionnel."
CONSIDERED = "Lors de l'évaluation ou des évaluations passée(s) en cours de formation, le/la candidat(e) est considéré(e) :"
EVALUATOR = "Formateur évaluateur : nom, date, visa"

CSV_HEAD = (
    "activité-type", "libellé de l'activité", "n°", "description", "date", "compétence évaluée", "libellé de la compétence", "a satisfait",
    "n'a pas satisfait", "stagiaire", "sigle", "type de document", "code titre", "millésime", "date JO", "mise à jour",
)  # fmt: skip


@dataclass(frozen=True)
class EcfLine:
    """`number`: the competence's, as the booklet counts them in the title."""

    description: str
    day: dt.date
    competence: str
    number: int
    label: str


@dataclass(frozen=True)
class EcfActivity:
    """One activité-type. `number` counts from 1, in the order of the référentiel."""

    number: int
    ccp: Ccp
    competences: tuple[tuple[int, str], ...]
    lines: tuple[EcfLine, ...]


@dataclass(frozen=True)
class Ecf:
    trainee: str
    standard: Standard
    activities: tuple[EcfActivity, ...]


def build_ecf(trainee: str, practices: Sequence[Practice], standard: Standard) -> Ecf:
    """Only the activities of which something was practised."""
    numbers = {one.id: place for place, one in enumerate(standard.competences, 1)}
    labels = {one.id: one.label for one in standard.competences}
    own = [one for one in practices if one.standard == standard.referentiel.id and one.competence in numbers]
    activities = []
    for place, ccp in enumerate(standard.ccps, 1):
        lines = tuple(
            EcfLine(description(one), one.started.date(), one.competence, numbers[one.competence], labels[one.competence])
            for one in own
            if one.competence in ccp.competences
        )
        if lines:
            activities.append(EcfActivity(place, ccp, tuple((numbers[one], labels[one]) for one in ccp.competences), lines))
    return Ecf(trainee, standard, tuple(activities))


def description(one: Practice) -> str:
    """What was done, as a line of the booklet tells it."""
    what = f"Simulation {one.simulation}" + (f" « {one.title} »" if one.title else "")
    kind = "conversation écrite" if one.channel == "chat" else f"appel {one.direction}" if one.direction else ""
    planned = f" ({one.planned_minutes} min prévues)" if one.planned_minutes else ""
    parts = [
        kind,
        one.pack,
        f"sujet {one.subject}" if one.subject else "",
        f"client joué par {one.customer}" if one.customer and one.customer != "client virtuel" else one.customer,
        seconds_fr(one.seconds) + planned,
        {"remise": "réponse écrite remise", "brouillon": "réponse écrite commencée, non remise", "absente": "réponse écrite non faite"}.get(
            one.reply, ""
        ),
    ]
    return f"{what} : {', '.join(filter(None, parts))}."


def foot_fields(about: About) -> tuple[str, ...]:
    """What stands at the foot of the booklet's pages: sigle, document, code, millésime, Journal officiel, update."""
    return about.sigle, BOOKLET, about.title_code, about.millesime, _day(about.jo_date), _day(about.updated)


def _day(day: dt.date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""


def ecf_pages(ecf: Ecf, today: dt.date) -> Pages:
    about = ecf.standard.referentiel
    blocks: list[Block] = [Words(NOTICE, quiet=True)]
    if not ecf.activities:
        blocks.append(Words("Aucune simulation terminée de ce référentiel n'a été trouvée."))
    for activity in ecf.activities:
        blocks += _activity(activity)
    if ecf.activities:
        blocks += [Heading("Remise"), Signatures((EVALUATOR, "Représentant de l'organisme de formation : nom, date, visa"))]
        blocks.append(ToFill("Un exemplaire du livret a été remis au candidat le", 0))
    lead = f"{about.title} ({about.title_code}, millésime {about.millesime})\nStagiaire : {ecf.trainee or '…'}\nRelevé du {_day(today)}"
    sigle, booklet, code, millesime, journal, updated = foot_fields(about)
    foot = f"{sigle} · {booklet} · {code} · millésime {millesime} · JO {journal} · mise à jour {updated}"
    return Pages("ecf", "Livret d'ECF : lignes à reporter", lead, foot, tuple(blocks))


def _activity(activity: EcfActivity) -> Iterator[Block]:
    yield Heading(f"Activité-type {activity.number} : {activity.ccp.label}")
    yield Words("Compétences :\n" + "\n".join(f"{number}. {label}" for number, label in activity.competences))
    rows = tuple(
        (str(place), line.description, _day(line.day), f"{BOX}\u00a0{line.number}. {line.label}", BOX, BOX)
        for place, line in enumerate(activity.lines, 1)
    )
    head = "N°", "Description des évaluations mises en œuvre", "Dates", "Compétences évaluées (cochez)", "A satisfait", "N'a pas satisfait"
    yield Grid(head, rows, (0.8, 5.6, 2, 4.8, 1.7, 1.7))
    yield Words(CONSIDERED, bold=True)
    yield Words(f"{SATISFIED}\n{NOT_SATISFIED}")
    yield ToFill("Points d'attention et précisions éventuelles :", 2)
    yield ToFill("Compétences à réévaluer :", 1)
    yield ToFill("Évaluations complémentaires :", 1)
    yield Words(f"L'activité {activity.number} est maîtrisée : OUI\u00a0{BOX}\u00a0\u00a0\u00a0NON\u00a0{BOX}", bold=True)
    yield Signatures((EVALUATOR, EVALUATOR))


def ecf_rows(ecf: Ecf) -> Iterator[tuple[str, ...]]:
    """The same as a table; the cells to tick are empty."""
    foot = foot_fields(ecf.standard.referentiel)
    for activity in ecf.activities:
        for place, line in enumerate(activity.lines, 1):
            about = str(activity.number), activity.ccp.label, str(place), line.description, _day(line.day)
            yield (*about, str(line.number), line.label, "", "", ecf.trainee, *foot)
