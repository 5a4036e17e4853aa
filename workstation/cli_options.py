"""What the commands of `plateau` share: the language they speak, options, and how a refusal is said: one sentence, exit code 2.

The language is chosen when this module is imported: what describes a command is made at import, and every module of commands
imports this one first.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gettext
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import click

from workstation.i18n import LOCALES, _, use_language, wanted_language

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


def options(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    def apply(command: F) -> F:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return apply


sound_options = options(
    click.option("--mic", type=click.Path(path_type=Path, dir_okay=False), help=_("Un fichier WAV tient lieu de microphone.")),
    click.option("--speaker", type=click.Path(path_type=Path, dir_okay=False), help=_("Un fichier WAV reçoit ce que l'on entend.")),
    click.option("--no-sound", is_flag=True, help=_("N'utiliser aucun périphérique de son (sous-titres seuls).")),
)
pack_option = click.option(
    "--pack", "pack", type=PackPath(), default="marvalune", show_default=True, help=_("Le paquet de scénarios : un nom ou un dossier.")
)
day_option = click.option("--day", type=Day(), help=_("Le jour J0 du scénario (par défaut : aujourd'hui, ou le prochain jour ouvré)."))
variant_option = click.option(
    "--variant",
    default="",
    metavar=_("SUJET"),
    help=_("Le sujet du paquet (A, B…) ; par défaut, le premier, ou celui qui est ouvert."),
)
spellcheck_option = click.option(
    "--spellcheck", is_flag=True, help=_("Permettre le correcteur des réponses écrites (entraînement ; noté au journal).")
)
engine_option = click.option(
    "--engine", type=click.Choice(["pjsua2", "pyvoip"]), help=_("Le moteur téléphonique (par défaut : le meilleur qui s'installe ici).")
)


def known_subject(pack: Path, variant: str, *, practice: bool = False) -> str:
    """The subject as the pack writes it, "" where none is asked; the spares are one in `practice`. Raises Refused for one that it does
    not offer."""
    from scenarios.pack_variants import spare, subjects

    offered = (*subjects(pack), *filter(None, [spare(pack) if practice else ""]))
    found = next((one for one in offered if one.casefold() == variant.strip().casefold()), "")
    if variant and not found:
        raise Refused(_("sujet « {variant} » inconnu de ce paquet : {known}").format(variant=variant, known=", ".join(offered)))
    return found


@contextlib.contextmanager
def folder_refusals(folder: Path) -> Iterator[None]:
    """What the system says against our folder, as one sentence. Raises Refused."""
    try:
        yield
    except OSError as error:
        words = _("Le dossier de Plateau ne peut pas être utilisé : {path} ({why}). La variable PLATEAU_HOME peut en désigner un autre.")
        raise Refused(words.format(path=error.filename or folder, why=error.strerror or error)) from None


def need_terminal() -> None:
    """Raises Refused where a desk could neither be drawn nor typed in."""
    drawn_on = sys.stdout if sys.platform == "win32" else sys.stderr
    if not (sys.stdin.isatty() and drawn_on.isatty()):
        raise Refused(_("Le poste a besoin d'un terminal : lancez la commande dans une fenêtre de terminal, sans redirection."))


def sound_arguments(mic: Path | None, speaker: Path | None, no_sound: bool) -> tuple[str, ...]:
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
