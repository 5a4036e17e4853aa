"""The `plateau` command: the only place where the parts of a process are put together."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import gettext
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import click
from click.shell_completion import get_completion_class

from workstation import __version__
from workstation.i18n import LOCALES, _, labelled, use_language, wanted_language

use_language(wanted_language())
os.environ["LANGUAGE"] = wanted_language()
gettext.bindtextdomain("messages", str(LOCALES))  # click's own words ("Usage", "Options")

PACKS = Path(__file__).parents[1] / "scenarios" / "packs"
BAD_INPUT = 2


class Refused(click.ClickException):
    """One clear sentence and exit code 2."""

    exit_code = BAD_INPUT

    def show(self, file: object = None) -> None:
        click.echo(self.format_message(), err=True)


class PackPath(click.ParamType[Path]):
    """A pack by the name of a pack that ships, or by its folder."""

    name = "PACK"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        for path in (Path(value), PACKS / value):
            if (path / "pack.yaml").is_file():
                return path.resolve()
        self.fail(_("aucun paquet de scénarios ici : {value} (il faut un dossier qui contient pack.yaml)").format(value=value), param, ctx)


class Day(click.ParamType[dt.date]):
    name = _("JJ/MM/AAAA")

    def convert(self, value: str | dt.date, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        if isinstance(value, dt.date):
            return value
        for form in ("%Y-%m-%d", "%d/%m/%Y"):
            try:
                return dt.datetime.strptime(value, form).date()
            except ValueError:
                continue
        self.fail(_("« {value} » n'est pas une date : écrire 23/11/2026").format(value=value), param, ctx)


F = TypeVar("F", bound=Callable[..., object])


def _options(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    def apply(command: F) -> F:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return apply


sound_options = _options(
    click.option("--mic", type=click.Path(path_type=Path, dir_okay=False), help=_("Un fichier WAV tient lieu de microphone.")),
    click.option("--speaker", type=click.Path(path_type=Path, dir_okay=False), help=_("Un fichier WAV reçoit ce que l'on entend.")),
    click.option("--no-sound", is_flag=True, help=_("N'utiliser aucun périphérique de son (sous-titres seuls).")),
)
pack_option = click.option(
    "--pack", "pack", type=PackPath(), default="marvalune", show_default=True, help=_("Le paquet de scénarios : un nom ou un dossier.")
)
day_option = click.option("--day", type=Day(), help=_("Le jour J0 du scénario (par défaut : aujourd'hui, ou le prochain jour ouvré)."))
engine_option = click.option(
    "--engine", type=click.Choice(["pjsua2", "pyvoip"]), help=_("Le moteur téléphonique (par défaut : le meilleur qui s'installe ici).")
)


@click.group(help=_("Plateau : le poste téléphonique d'entraînement et d'examen des conseillers relation client à distance."))
@click.version_option(__version__, prog_name="plateau", help=_("Montrer la version."))
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def plateau() -> None:
    pass


@plateau.command(help=_("S'entraîner seul, avec un client virtuel : tout démarre ici, sans serveur ni réseau."))
@pack_option
@day_option
@click.option("--new", "fresh", is_flag=True, help=_("Commencer une nouvelle séance, sans reprendre celle qui est ouverte."))
@engine_option
@sound_options
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def lab(pack: Path, day: dt.date | None, fresh: bool, engine: str | None, mic: Path | None, speaker: Path | None, no_sound: bool) -> None:
    from crm_mock.rules.calendar import next_working_day
    from scenarios.sitting_store import place_of_sitting
    from workstation.config import data_folder
    from workstation.lab import LabError, LabOptions, run_lab

    sound = _sound_arguments(mic, speaker, no_sound)
    _need_terminal()
    chosen_day = next_working_day(day or dt.date.today())
    with _folder_refusals(data_folder()):
        place = place_of_sitting(data_folder() / "sittings", pack, chosen_day, fresh=fresh)
        (place.folder / "desk").mkdir(parents=True, exist_ok=True)
    options = LabOptions(
        folder=place.folder,
        pack=pack,
        day=place.day.isoformat(),
        engine=engine or best_engine(),
        log=place.folder / "lab.log",
        desk_arguments=sound,
    )
    try:
        code = asyncio.run(run_lab(options))
    except LabError as error:
        raise Refused(str(error)) from None
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


@plateau.command(help=_("Ouvrir une séance d'entraînement pour un poste de cette machine (le laboratoire le fait de lui-même)."))
@pack_option
@day_option
@click.option("--sitting", "folder", required=True, type=click.Path(path_type=Path, file_okay=False), help=_("Le dossier de la séance."))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help=_("Le port d'écoute (0 : un port libre)."))
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def room(pack: Path, day: dt.date | None, folder: Path, port: int) -> None:
    import secrets

    from crm_mock.rules.calendar import next_working_day
    from scenarios.room import main as serve_room

    if "PLATEAU_TOKENS" not in os.environ:
        tokens = {role: secrets.token_urlsafe(24) for role in ("candidate", "customer", "trainer")}
        os.environ["PLATEAU_TOKENS"] = json.dumps(tokens)
        click.echo(_("Jeton du poste (PLATEAU_TOKEN) : {token}").format(token=tokens["candidate"]), err=True)
        click.echo(_("Jeton du client virtuel (PLATEAU_TOKEN) : {token}").format(token=tokens["customer"]), err=True)
    chosen_day = next_working_day(day or dt.date.today()).isoformat()
    sys.exit(serve_room(["--sitting", str(folder), "--pack", str(pack), "--day", chosen_day, "--port", str(port)]))


@plateau.command(help=_("Ouvrir un poste de conseiller sur une salle (jeton dans PLATEAU_TOKEN)."))
@click.option("--room", "room_url", required=True, metavar="URL", help=_("L'adresse du serveur de salle : http://machine:port"))
@click.option("--data", "folder", type=click.Path(path_type=Path, file_okay=False), help=_("Le dossier des brouillons de ce poste."))
@click.option("--parent-pipe", type=click.IntRange(0), hidden=True)  # the descriptor whose end tells that the lab is gone
@engine_option
@sound_options
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def desk(
    room_url: str, folder: Path | None, engine: str | None, parent_pipe: int | None, mic: Path | None, speaker: Path | None, no_sound: bool
) -> None:
    from cti.phone.audio.station_sound import SoundChoice
    from cti.phone.port import PhoneSettings
    from workstation.config import Settings, data_folder
    from workstation.desk_process import run_desk
    from workstation.links.phone_link import PhoneLink

    token = os.environ.get("PLATEAU_TOKEN", "")
    if not token:
        raise Refused(_("Il manque le jeton du poste : PLATEAU_TOKEN=… plateau desk --room {url}").format(url=room_url))
    _sound_arguments(mic, speaker, no_sound)
    _need_terminal()
    place = folder or data_folder() / "desk"
    with _folder_refusals(place):
        place.mkdir(parents=True, exist_ok=True)

    def make_phone(settings: Settings) -> PhoneLink:
        files = {"mic_file": str(mic or ""), "speaker_file": str(speaker or "")}
        sound = SoundChoice(settings.microphone, settings.speaker, settings.ringer, **files, none=no_sound)
        return PhoneLink(engine or best_engine(), PhoneSettings(user="poste"), sound, place / "phone.log")

    sys.exit(run_desk(room_url, token, make_phone, place, parent_pipe=parent_pipe))


@contextlib.contextmanager
def _folder_refusals(folder: Path) -> Iterator[None]:
    """What the system says against our folder, as one sentence. Raises Refused."""
    try:
        yield
    except OSError as error:
        words = _("Le dossier de Plateau ne peut pas être utilisé : {path} ({why}). La variable PLATEAU_HOME peut en désigner un autre.")
        raise Refused(words.format(path=error.filename or folder, why=error.strerror or error)) from None


def _need_terminal() -> None:
    """Raises Refused where a desk could neither be drawn nor typed in."""
    drawn_on = sys.stdout if sys.platform == "win32" else sys.stderr
    if not (sys.stdin.isatty() and drawn_on.isatty()):
        raise Refused(_("Le poste a besoin d'un terminal : lancez la commande dans une fenêtre de terminal, sans redirection."))


def _sound_arguments(mic: Path | None, speaker: Path | None, no_sound: bool) -> tuple[str, ...]:
    from cti.phone.audio.wav_files import SoundFileError, check_wav

    arguments: list[str] = []
    if mic:
        if not mic.is_file():
            raise Refused(_("--mic : le fichier {path} n'existe pas").format(path=mic))
        try:
            check_wav(mic)
        except SoundFileError as error:
            raise Refused(f"--mic : {error}") from None
        arguments += ["--mic", str(mic.resolve())]
    if speaker:
        if not speaker.resolve().parent.is_dir():
            raise Refused(_("--speaker : le dossier de {path} n'existe pas").format(path=speaker))
        arguments += ["--speaker", str(speaker.resolve())]
    return (*arguments, "--no-sound") if no_sound else tuple(arguments)


def best_engine() -> str:
    """pjsua2 where its wheel is installed, else pyVoIP."""
    from importlib.util import find_spec

    return "pjsua2" if find_spec("pjsua2") else "pyvoip"


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


@plateau.command(help=_("Écrire le script qui complète la commande plateau dans votre interpréteur."))
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def completion(shell: str) -> None:
    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(plateau, {}, "plateau", "_PLATEAU_COMPLETE").source())


def main() -> None:
    plateau(prog_name="plateau")
