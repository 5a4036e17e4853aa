"""`plateau rehearsal`: a whole exam session played by virtual people, for a centre's dry run, and what was found."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from pathlib import Path

import click

from workstation.cli_options import PackPath, Refused, day_option, folder_refusals
from workstation.i18n import _

FAULTS = 1  # exit code when something is not as it must be
PARIS_HOURS = "%H:%M"


@click.command(help=_("Répéter une session d'examen entière, jouée par des candidats et un jury virtuels, et dire ce qui ne va pas."))
@click.option(
    "--pack", "pack", type=PackPath(), default="marvalune", show_default=True, help=_("Le paquet de scénarios : un nom ou un dossier.")
)
@day_option
@click.option("--type", "kind", default="titre", show_default=True, metavar=_("TYPE"), help=_("Le type de session (titre, ccp1, ccp2)."))
@click.option("--candidates", type=click.IntRange(1, 12), default=4, show_default=True, help=_("Combien de candidats, tous en même temps."))
@click.option(
    "--speed",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help=_("Combien de fois plus vite que la réalité, au plus (0 : aussi vite que cette machine le peut)."),
)
@click.option(
    "--crashes", type=click.IntRange(0, 50), default=1, show_default=True, help=_("Combien de fois le serveur de la salle est tué.")
)
@click.option("--seed", type=int, default=1, show_default=True, help=_("Un autre nombre, d'autres hasards."))
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help=_("Où la jouer (par défaut : le dossier de Plateau)."))
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def rehearsal(
    pack: Path, day: dt.date | None, kind: str, candidates: int, speed: float, crashes: int, seed: int, folder: Path | None
) -> None:
    from crm_mock.rules.calendar import PARIS, next_working_day
    from scenarios.pack_load import PackErrors
    from scenarios.rehearsal.checks import faults
    from scenarios.rehearsal.play import Plan, Rehearsal
    from scenarios.rehearsal.room import RehearsalFailed
    from workstation.config import data_folder

    chosen = next_working_day(day or dt.date.today())
    _known_type(pack, chosen, kind)
    place = folder or data_folder() / "rehearsals" / f"{dt.datetime.now():%Y%m%d-%H%M%S}-{kind}"
    if place.exists() and any(place.iterdir()):
        raise Refused(_("{folder} n'est pas vide : choisir un autre dossier").format(folder=place))

    def say(words: str) -> None:
        click.echo(f"{played.stage.clock().astimezone(PARIS):{PARIS_HOURS}}  {words}")

    with folder_refusals(place):
        place.mkdir(parents=True, exist_ok=True)
        played = Rehearsal(place, pack, chosen, Plan(kind, candidates, speed, crashes, seed), say)
    try:
        done = asyncio.run(played.play())
        found = faults(done)
    except PackErrors as errors:
        raise Refused(str(errors)) from None
    except RehearsalFailed as failure:
        click.echo(_("La répétition s'est arrêtée : {why}").format(why=failure), err=True)
        click.echo(_("Tout ce qui a été fait reste ici : {folder}").format(folder=place), err=True)
        sys.exit(FAULTS)
    except KeyboardInterrupt:
        click.echo(_("Répétition interrompue. Ce qui a été fait reste ici : {folder}").format(folder=place), err=True)
        sys.exit(130)
    click.echo(_("Archives de la répétition : {folder}").format(folder=done.archive_folder))
    for one in found:
        click.echo(f"≠ {one}", err=True)
    if found:
        click.echo(_("{count} anomalie(s) : ne tenez pas de session avant d'en connaître la cause.").format(count=len(found)), err=True)
        sys.exit(FAULTS)
    told = _("Tout est bon : horloges justes, rien de perdu après {crashes} panne(s), grilles et archives conformes.")
    click.echo(told.format(crashes=done.room.deaths))


def _known_type(pack: Path, day: dt.date, kind: str) -> None:
    """Raises Refused for a session type that the pack's standard has not, or a pack that cannot be read."""
    from scenarios.pack_load import PackErrors, load_pack
    from scenarios.standard import load_standard

    try:
        known = [one.id for one in load_standard(load_pack(pack, day).identity.standard).sessions]
    except PackErrors as errors:
        raise Refused(str(errors)) from None
    except KeyError:
        raise Refused(_("référentiel inconnu : plateau pack check dit où")) from None
    if kind not in known:
        raise Refused(_("type de session « {kind} » inconnu : {known}").format(kind=kind, known=", ".join(known)))
