"""`plateau rotation`: for a class that practises in threes, who is what in each round, and over which simulation."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from workstation.cli_options import Refused, day_option, pack_option
from workstation.i18n import _


@click.command(help=_("Écrire le plan de rotation d'une classe qui s'entraîne à trois : qui joue quoi, à quel poste, à chaque tour."))
@click.argument("names", nargs=-1, metavar=_("[PRÉNOMS]..."))
@click.option("--students", type=click.IntRange(2, 99), help=_("Combien de stagiaires, quand on ne donne pas leurs prénoms."))
@click.option("--stations", type=click.IntRange(1, 40), default=1, show_default=True, help=_("Combien de postes servent en même temps."))
@click.option("--rounds", type=click.IntRange(1, 999), help=_("Combien de tours (par défaut : une séance, chaque simulation une fois)."))
@click.option("--whole", is_flag=True, help=_("Le plan entier : chacun dans chaque rôle, dans chaque simulation."))
@click.option("--csv", "file", type=click.Path(path_type=Path, dir_okay=False), help=_("L'écrire aussi dans un fichier pour tableur."))
@pack_option
@day_option
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def rotation(
    names: tuple[str, ...],
    students: int | None,
    stations: int,
    rounds: int | None,
    whole: bool,
    file: Path | None,
    pack: Path,
    day: dt.date | None,
) -> None:
    from crm_mock.rules.calendar import next_working_day
    from scenarios import rotation_plan as plans
    from scenarios.pack_load import PackErrors, load_pack
    from scenarios.standard import load_standard

    if bool(names) == bool(students):
        raise Refused(_("Donner les prénoms, ou leur nombre : plateau rotation Ana Bao Cyr, plateau rotation --students 12"))
    people = names or tuple(_("Stagiaire {n}").format(n=n) for n in range(1, (students or 0) + 1))
    try:
        plans.teams(people, stations)
        read = load_pack(pack, next_working_day(day or dt.date.today()))
    except (PackErrors, ValueError) as error:
        raise Refused(str(error)) from None
    simulations = [f"{one.id} {one.competence}" for one in read.simulations]
    count = plans.whole(people, stations, simulations) if whole else rounds or len(simulations)
    plan = plans.class_plan(people, stations, simulations, count)
    if file is not None:
        try:
            file.write_bytes(plans.plan_csv(plan))
        except OSError as error:
            raise Refused(_("{folder} ne peut pas être écrit : {why}").format(folder=file, why=error.strerror or error)) from None
    click.echo(plans.plan_text(plan))
    competences = {one.id: one.label for one in load_standard(read.identity.standard).competences}
    for one in read.simulations:
        click.echo(f"{one.id} {one.competence} : {competences.get(one.competence, '')}, {one.minutes} min")
