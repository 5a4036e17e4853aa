"""The `plateau` command: the only place where the parts of a process are put together."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import sys
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from workstation import __version__
from workstation.archive_cli import archive
from workstation.asterisk_cli import asterisk
from workstation.check_cli import check
from workstation.cli_options import (
    PackPath,
    Refused,
    best_engine,
    day_option,
    engine_option,
    folder_refusals,
    known_subject,
    need_terminal,
    pack_option,
    sound_arguments,
    sound_options,
    spellcheck_option,
    variant_option,
)
from workstation.i18n import _, labelled
from workstation.rehearsal_cli import rehearsal
from workstation.room_cli import code, desk, jury, room
from workstation.rotation_cli import rotation
from workstation.seal_cli import pack_seal
from workstation.session_cli import session
from workstation.training_cli import training


@click.group(help=_("Plateau : le poste téléphonique d'entraînement et d'examen des conseillers relation client à distance."))
@click.version_option(__version__, prog_name="plateau", help=_("Montrer la version."))
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def plateau() -> None:
    pass


@plateau.command(help=_("S'entraîner seul, avec un client virtuel : tout démarre ici, sans serveur ni réseau."))
@pack_option
@day_option
@variant_option
@click.option("--new", "fresh", is_flag=True, help=_("Commencer une nouvelle séance, sans reprendre celle qui est ouverte."))
@engine_option
@spellcheck_option
@sound_options
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def lab(
    pack: Path,
    day: dt.date | None,
    variant: str,
    fresh: bool,
    engine: str | None,
    spellcheck: bool,
    mic: Path | None,
    speaker: Path | None,
    no_sound: bool,
) -> None:
    from crm_mock.rules.calendar import next_working_day
    from scenarios.sitting_store import place_of_sitting
    from workstation.config import data_folder
    from workstation.lab import LabError, LabOptions, run_lab

    sound = sound_arguments(mic, speaker, no_sound)
    need_terminal()
    chosen_day, subject = next_working_day(day or dt.date.today()), known_subject(pack, variant, practice=True)
    with folder_refusals(data_folder()):
        place = place_of_sitting(data_folder() / "sittings", pack, chosen_day, fresh=fresh, variant=subject)
        (place.folder / "desk").mkdir(parents=True, exist_ok=True)
    options = LabOptions(
        folder=place.folder,
        pack=pack,
        day=place.day.isoformat(),
        engine=engine or best_engine(),
        log=place.folder / "lab.log",
        desk_arguments=sound,
        variant=place.subject,
        spellcheck=spellcheck,
    )
    try:
        code = asyncio.run(run_lab(options))
    except LabError as error:
        raise Refused(str(error)) from None
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


@plateau.group(help=_("Contrôler ou créer un paquet de scénarios."))
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def pack() -> None:
    pass


@pack.command("check", help=_("Contrôler un paquet : toutes les erreurs d'un coup, avec fichier et ligne."))
@click.argument("folder", type=PackPath(), metavar=_("PAQUET"))
@day_option
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def pack_check(folder: Path, day: dt.date | None) -> None:
    from crm_mock.rules.calendar import next_working_day
    from scenarios.pack_check import check_pack

    problems = check_pack(folder, next_working_day(day or dt.date.today()))
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        raise Refused(_("{count} erreur(s) dans {folder}").format(count=len(problems), folder=folder.name))
    click.echo(_("{folder} : aucune erreur").format(folder=folder.name))


@pack.command("brief", help=_("Écrire le dossier du candidat en PDF, à imprimer : le dossier entier, ou l'extrait d'un bloc."))
@click.argument("folder", type=PackPath(), metavar=_("PAQUET"))
@click.option("--ccp", default="", help=_("Le bloc du référentiel dont écrire l'extrait (ccp1, ccp2) ; par défaut, le dossier entier."))
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help=_("Le fichier à écrire (ici, par défaut)."))
@day_option
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def pack_brief(folder: Path, ccp: str, output: Path | None, day: dt.date | None) -> None:
    from crm_mock.rules.calendar import next_working_day
    from scenarios.brief_pdf import brief_pdf
    from scenarios.pack_load import PackErrors, load_pack
    from scenarios.standard import load_standard

    try:
        read = load_pack(folder, next_working_day(day or dt.date.today()))
        blocks = [one.id for one in load_standard(read.identity.standard).ccps]
    except PackErrors as errors:
        raise Refused(str(errors)) from None
    except KeyError:
        raise Refused(_("référentiel inconnu : plateau pack check dit où")) from None
    if ccp and ccp not in blocks:
        raise Refused(_("bloc « {ccp} » inconnu : {known}").format(ccp=ccp, known=", ".join(blocks)))
    made = brief_pdf(read, ccp)
    _write(output or Path(f"dossier-{read.identity.slug}{f'-{ccp}' if ccp else ''}.pdf"), made.pdf, made.pages)


@pack.command("personas", help=_("Écrire les fiches des clients en PDF, une page par simulation : pour le jury seulement."))
@click.argument("folder", type=PackPath(), metavar=_("PAQUET"))
@variant_option
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help=_("Le fichier à écrire (ici, par défaut)."))
@day_option
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def pack_personas(folder: Path, variant: str, output: Path | None, day: dt.date | None) -> None:
    from crm_mock.rules.calendar import next_working_day
    from scenarios.pack_load import PackErrors, load_pack
    from scenarios.persona_pdf import persona_pdf

    subject = known_subject(folder, variant)
    try:
        read = load_pack(folder, next_working_day(day or dt.date.today()), subject)
    except PackErrors as errors:
        raise Refused(str(errors)) from None
    made = persona_pdf(read)
    _write(output or Path(f"fiches-{read.identity.slug}-{read.identity.subject}.pdf"), made.pdf, made.pages)


def _write(path: Path, pdf: bytes, pages: int) -> None:
    try:
        path.write_bytes(pdf)
    except OSError as error:
        raise Refused(_("{folder} ne peut pas être écrit : {why}").format(folder=path, why=error.strerror or error)) from None
    click.echo(_("{path} : {pages} pages").format(path=path, pages=pages))


@pack.command("new", help=_("Créer un paquet qui fonctionne, à transformer en le vôtre."))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar=_("DOSSIER"))
@click.option("--title", default="", help=_("Le titre du paquet."))
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def pack_new(folder: Path, title: str) -> None:
    from scenarios.pack_new import create

    folder = folder.resolve()
    try:
        if folder.exists() and any(folder.iterdir()):
            raise Refused(_("{folder} n'est pas vide : choisir un autre dossier").format(folder=folder))
        create(folder, folder.name, title or folder.name)
    except ValueError as error:
        raise Refused(labelled(str(folder.name), str(error))) from None
    except OSError as error:
        raise Refused(_("{folder} ne peut pas être écrit : {why}").format(folder=folder, why=error.strerror or error)) from None
    click.echo(_("Paquet créé. Le contrôler : plateau pack check {folder} ; le jouer : plateau lab --pack {folder}").format(folder=folder))


pack.add_command(pack_seal)
for command in (asterisk, room, code, check, desk, jury, session, archive, rehearsal, rotation, training):
    plateau.add_command(command)


@plateau.command(help=_("Écrire le script qui complète la commande plateau dans votre interpréteur."))
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def completion(shell: str) -> None:
    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(plateau, {}, "plateau", "_PLATEAU_COMPLETE").source())


def main() -> None:
    os.umask(0o077)  # what a sitting holds, and what opens a room, is for whoever started it alone
    plateau(prog_name="plateau")
