"""`plateau training calibrate`: one recorded practice call carried out of its sitting, graded by each alone, read side by side."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workstation.cli_options import Refused, need_terminal, options, sound_arguments
from workstation.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cti.phone.audio.playback import Playback
    from scenarios.training.calibration import Calibration, Graded
    from scenarios.training.calibration_making import RecordedCall
    from workstation.calibrate.app import CalibrateApp

playback_options = options(
    click.option("--speaker", type=click.Path(path_type=Path, dir_okay=False), help=_("Un fichier WAV reçoit ce que l'on entend.")),
    click.option("--no-sound", is_flag=True, help=_("N'utiliser aucun périphérique de son (sous-titres seuls).")),
)
folders_option = click.option(
    "--folder",
    "folders",
    type=click.Path(path_type=Path, file_okay=False),
    multiple=True,
    help=_("Un dossier de séances, ou celui d'une salle d'entraînement (par défaut : les séances de cette machine). Répétable."),
)


@click.group(help=_("Calibrage : une classe note le même appel enregistré, chacun de son côté, puis lit les grilles côte à côte."))
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def calibrate() -> None:
    pass


@calibrate.command("make", help=_("Faire le fichier de calibrage d'un appel enregistré : le dernier, ou celui que l'on dit."))
@folders_option
@click.option("--call", "wanted", default="", metavar=_("APPEL"), help=_("Le début de la clé de l'appel, comme « recordings » la montre."))
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help=_("Le fichier à écrire (ici, par défaut)."))
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def make(folders: tuple[Path, ...], wanted: str, output: Path | None) -> None:
    from scenarios.training.calibration import CalibrationUnusable
    from scenarios.training.calibration_making import make_calibration, recorded_calls
    from workstation.config import data_folder

    found, wrong = recorded_calls(folders or (data_folder() / "sittings",))
    for one in wrong:
        click.echo(_("Non lu : {what}").format(what=one), err=True)
    meant = [one for one in found if one.recording.call_key.startswith(wanted)]
    if not meant:
        raise Refused(_("Aucun appel enregistré : Maj+F1 au poste d'entraînement, avant l'appel."))
    if wanted and len(meant) > 1:
        raise Refused(_("Plusieurs appels commencent ainsi : donnez plus de la clé."))
    try:
        path = make_calibration(meant[-1], output, _now())
    except CalibrationUnusable as error:
        raise Refused(str(error)) from None
    click.echo(call_words(meant[-1]))
    click.echo(_("Écrit : {path}").format(path=path))
    click.echo(_("La voix y est : ne le donnez qu'à la classe, et effacez-le ensuite (plateau training erase)."))


def call_words(call: RecordedCall) -> str:
    """One recorded call on one line."""
    one = call.recording
    began = dt.datetime.fromisoformat(one.began_at).astimezone()
    until = dt.datetime.fromisoformat(one.kept_until).astimezone()
    words = _("{at} · {simulation} {title} · {seconds} s · {who} · gardé jusqu'au {until} · {key}")
    about = {"at": f"{began:%d/%m/%Y %H:%M}", "simulation": call.simulation or "–", "title": call.title, "seconds": round(one.seconds)}
    return words.format(**about, who=one.consent.by or "–", until=f"{until:%d/%m/%Y}", key=one.call_key[:12])


@calibrate.command("grade", help=_("Écouter l'appel d'un fichier de calibrage et remplir sa grille, sans voir celle des autres."))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar=_("CALIBRAGE"))
@click.option("--name", default="", help=_("Qui note."))
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help=_("Sa grille (par défaut : à côté du fichier)."))
@playback_options
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def grade(file: Path, name: str, output: Path | None, speaker: Path | None, no_sound: bool) -> None:
    from scenarios.training.calibration import CalibrationUnusable, Graded, grid_path, read_calibration, read_graded, write_graded
    from workstation.calibrate.app import CalibrateApp
    from workstation.calibrate.book import Book
    from workstation.calibrate.screens import CallFacts, CallGrid, Sharing
    from workstation.calibrate.told import state_of, with_typed

    sound_arguments(None, speaker, no_sound)
    need_terminal()
    try:
        about, sound = read_calibration(file, _now())
    except CalibrationUnusable as error:
        raise Refused(str(error)) from None
    name = " ".join((name or click.prompt(_("Qui note ? Prénom et nom"), err=True)).split())
    if not name:
        raise Refused(_("Une grille porte un nom : --name."))
    path = output or grid_path(file, name)
    try:
        graded = read_graded(path) if path.exists() else Graded(calibration=about.id, name=name)
    except CalibrationUnusable as error:
        raise Refused(str(error)) from None
    if graded.calibration != about.id:
        raise Refused(_("{path} est la grille d'un autre appel : donnez-en une autre avec -o.").format(path=path))
    try:
        write_graded(path, graded)
    except OSError as error:
        raise Refused(_("{folder} ne peut pas être écrit : {why}").format(folder=path, why=error.strerror or error)) from None
    state = with_typed(state_of(about, [graded], graded.name), graded)
    playback = _playback(sound, speaker, no_sound)
    app = CalibrateApp(about, state, Book(about, graded, path), (CallGrid(), CallFacts(), Sharing()), playback)
    code = _run(app, playback)
    click.echo(_("Grille de {name} : {path}").format(name=graded.name, path=path), err=True)
    sys.exit(code)


@calibrate.command("compare", help=_("Lire côte à côte les grilles partagées d'un dossier : là où elles diffèrent d'abord."))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar=_("DOSSIER"))
@click.option(
    "--file", "chosen", type=click.Path(path_type=Path, dir_okay=False), help=_("Le fichier de calibrage, s'il y en a plusieurs.")
)
@click.option("--pdf", type=click.Path(path_type=Path, dir_okay=False), help=_("Écrire un PDF au lieu d'ouvrir l'écran."))
@playback_options
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def compare(folder: Path, chosen: Path | None, pdf: Path | None, speaker: Path | None, no_sound: bool) -> None:
    from scenarios.training.calibration import SUFFIX, CalibrationUnusable, read_calibration

    files = [chosen] if chosen else sorted(folder.glob(f"*{SUFFIX}"))
    if len(files) != 1:
        known = ", ".join(one.name for one in files) or _("aucun")
        raise Refused(
            _("Il faut un fichier de calibrage dans {folder} (trouvé : {known}) : --file dit lequel.").format(folder=folder, known=known)
        )
    try:
        about, sound = read_calibration(files[0], _now())
    except CalibrationUnusable as error:
        raise Refused(str(error)) from None
    graded = _shared(folder, about)
    if pdf is not None:
        _write_pdf(pdf, about, graded)
        return
    sound_arguments(None, speaker, no_sound)
    need_terminal()
    from workstation.calibrate.app import CalibrateApp
    from workstation.calibrate.book import Closed
    from workstation.calibrate.screens import CallFacts, Compared
    from workstation.calibrate.told import state_of

    playback = _playback(sound, speaker, no_sound)
    app = CalibrateApp(about, state_of(about, graded, graded[0].name), Closed(about), (Compared(), CallFacts()), playback)
    sys.exit(_run(app, playback))


def _shared(folder: Path, about: Calibration) -> list[Graded]:
    """The grids of this call that are shared, in the order of names; the others are told. Raises Refused for fewer than two."""
    from scenarios.grid import JURORS_NEEDED
    from scenarios.training.calibration import GRID_SUFFIX, CalibrationUnusable, read_graded
    from workstation.calibrate.told import named_apart

    found: list[Graded] = []
    for path in sorted(folder.glob(f"*{GRID_SUFFIX}")):
        try:
            one = read_graded(path)
        except CalibrationUnusable as error:
            click.echo(_("Non lu : {what}").format(what=error), err=True)
            continue
        if one.calibration != about.id:
            click.echo(_("Non lu : {what}").format(what=_("{path} est d'un autre appel").format(path=path.name)), err=True)
        elif not one.shared_at:
            words = _("{name} n'a pas partagé sa grille ({path}) : elle n'est pas lue.")
            click.echo(words.format(name=one.name, path=path.name), err=True)
        else:
            found.append(one)
    if len(found) < JURORS_NEEDED:
        raise Refused(
            _("Il faut au moins deux grilles partagées dans {folder} ; trouvé : {count}.").format(folder=folder, count=len(found))
        )
    return named_apart(sorted(found, key=lambda one: one.name.casefold()))


def _write_pdf(path: Path, about: Calibration, graded: Sequence[Graded]) -> None:
    """Raises Refused."""
    from scenarios.report.pdf import as_pdf
    from scenarios.training.calibration_pages import calibration_pages

    try:
        path.write_bytes(as_pdf(calibration_pages(about, graded)))
    except OSError as error:
        raise Refused(_("{folder} ne peut pas être écrit : {why}").format(folder=path, why=error.strerror or error)) from None
    click.echo(_("Écrit : {path}").format(path=path))


def _playback(sound: bytes, speaker: Path | None, no_sound: bool) -> Playback:
    """Raises Refused for a sound that cannot be read or a file that cannot be written."""
    import io

    from cti.phone.audio.devices import choose_backend
    from cti.phone.audio.playback import Playback
    from cti.phone.audio.wav_files import SoundFileError, read_wav
    from workstation.config import load_settings

    try:
        backend = None if no_sound or speaker else choose_backend()
        return Playback(read_wav(io.BytesIO(sound)), backend, load_settings().speaker, file=speaker)
    except SoundFileError as error:
        raise Refused(str(error)) from None


def _run(app: CalibrateApp, playback: Playback) -> int:
    from workstation.config import data_folder
    from workstation.desk_process import LEFT, draw_on_this_terminal, output_to_log, start_log

    log = data_folder() / "calibrage.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    start_log(log)
    with output_to_log(log):
        draw_on_this_terminal(app)
        app.run()
    playback.close()
    return app.return_code or LEFT


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
