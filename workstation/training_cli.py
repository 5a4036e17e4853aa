"""`plateau training`: what the practice sittings of this machine are good for afterwards: lines for the livret d'ECF, progress,
recorded calls and what a class makes of them."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workstation.calibrate_cli import calibrate, call_words, folders_option
from workstation.cli_options import Day, Refused, options
from workstation.i18n import _

if TYPE_CHECKING:
    from scenarios.training.practised import Practised

trainee_options = options(
    click.option("--name", default="", metavar=_("STAGIAIRE"), help=_("De qui : le nom donné à la prise de poste. Inutile s'il est seul.")),
    folders_option,
    click.option("--since", type=Day(), help=_("Seulement depuis ce jour.")),
    click.option("--until", type=Day(), help=_("Seulement jusqu'à ce jour.")),
)


@click.group(help=_("L'après de l'entraînement : progression, lignes pour le livret d'ECF, appels enregistrés, calibrage."))
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def training() -> None:
    pass


@training.command("progress", help=_("Dire ce qu'un stagiaire a pratiqué, et ce que ses bilans montrent d'une fois à l'autre. Sans note."))
@trainee_options
@click.option("--pdf", type=click.Path(path_type=Path, dir_okay=False), help=_("Écrire aussi un PDF."))
@click.option("--csv", "table", type=click.Path(path_type=Path, dir_okay=False), help=_("Écrire aussi un tableau CSV."))
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def progress(
    name: str, folders: tuple[Path, ...], since: dt.date | None, until: dt.date | None, pdf: Path | None, table: Path | None
) -> None:
    from scenarios.report.csv_table import as_csv
    from scenarios.report.pdf import as_pdf
    from scenarios.standard import load_standard, standards
    from scenarios.training.progress import build_progress
    from scenarios.training.progress_words import CSV_HEAD, lines, progress_pages, progress_rows

    whose, practised = _practised(name, folders, since, until)
    told = build_progress(whose, practised, [load_standard(one) for one in standards()])
    for line in lines(told, min(120, shutil.get_terminal_size().columns)):
        click.echo(line.text)
    files = {}
    if pdf:
        files[pdf] = as_pdf(progress_pages(told, f"{dt.date.today():%d/%m/%Y}"))
    if table:
        files[table] = as_csv(CSV_HEAD, progress_rows(told))
    _write(files)


@training.command("ecf", help=_("Écrire les lignes à reporter au livret d'ECF d'un stagiaire : ODT, PDF et CSV. Aucune case n'est cochée."))
@trainee_options
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help=_("Le dossier où écrire (ici, par défaut)."))
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def ecf(name: str, folders: tuple[Path, ...], since: dt.date | None, until: dt.date | None, output: Path | None) -> None:
    from scenarios.report.csv_table import as_csv
    from scenarios.report.odt import as_odt
    from scenarios.report.pdf import as_pdf
    from scenarios.standard import standard_called
    from scenarios.training.ecf import CSV_HEAD, build_ecf, ecf_pages, ecf_rows

    whose, practised = _practised(name, folders, since, until)
    _tell_remarks(practised)
    found = (standard_called(one) for one in sorted({one.standard for one in practised.practices if one.standard}))
    books = [build_ecf(whose, practised.practices, standard) for standard in found if standard is not None]
    books = [one for one in books if one.activities]
    if not books:
        raise Refused(_("Aucune simulation terminée n'a été trouvée : rien à reporter."))
    files: dict[Path, bytes] = {}
    for book in books:
        own = f"-{book.standard.referentiel.title_code}" if len(books) > 1 else ""
        stem = (output or Path()) / f"ecf-{_file_word(whose)}{own}"
        pages = ecf_pages(book, dt.date.today())
        files[stem.with_suffix(".odt")] = as_odt(pages)
        files[stem.with_suffix(".pdf")] = as_pdf(pages)
        files[stem.with_suffix(".csv")] = as_csv(CSV_HEAD, ecf_rows(book))
    if unknown := sum(not one.standard for one in practised.practices):
        click.echo(_("{count} simulation(s) dont la compétence n'est pas connue : laissées de côté.").format(count=unknown), err=True)
    _write(files)


@training.command("recordings", help=_("Montrer les appels d'entraînement enregistrés, et jusqu'à quand chacun est gardé."))
@folders_option
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def recordings(folders: tuple[Path, ...]) -> None:
    from scenarios.training.calibration_making import recorded_calls
    from workstation.config import data_folder

    found, wrong = recorded_calls(folders or (data_folder() / "sittings",))
    for one in found:
        click.echo(call_words(one))
    if not found:
        click.echo(_("Aucun appel enregistré."))
    for told in wrong:
        click.echo(_("Non lu : {what}").format(what=told), err=True)


@training.command("erase", help=_("Effacer les appels enregistrés dont le temps est passé, avec une preuve ; --all : tous."))
@folders_option
@click.option("--all", "everything", is_flag=True, help=_("Tous, même avant leur date."))
@click.option("--yes", is_flag=True, help=_("Sans demander confirmation."))
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def erase(folders: tuple[Path, ...], everything: bool, yes: bool) -> None:
    from scenarios.archive import ArchiveUnusable
    from scenarios.training.calibration import expired_files
    from scenarios.training.recordings_erasure import erase_asked, erase_due, forget_at_desks, with_recordings
    from workstation.config import data_folder

    if everything and not yes:
        click.confirm(_("Effacer tous les appels enregistrés de ces dossiers ?"), abort=True, err=True)
    now, count, held = dt.datetime.now(dt.UTC), 0, list[str]()
    for folder in folders or (data_folder(),):
        home = folder.parent if folder.name == "sittings" else folder
        try:
            done = (erase_asked if everything else erase_due)(home, with_recordings(folder), now)
        except ArchiveUnusable as error:
            raise Refused(str(error)) from None
        left = forget_at_desks(folder, now)
        copies = expired_files(folder, now)
        for path in copies:
            path.unlink(missing_ok=True)
            click.echo(_("Effacé : {path}").format(path=path))
        count += len(done.gone) + len(left) + len(copies)
        held += done.held
        if done.report is not None:
            click.echo(_("{count} enregistrement(s) effacé(s). Preuve : {path}").format(count=len(done.gone), path=done.report))
    if not count:
        click.echo(_("Rien à effacer."))
    for one in held:
        click.echo(_("Pas effacé : {why}").format(why=one), err=True)
    if held:
        sys.exit(1)


training.add_command(calibrate)


def _practised(name: str, folders: tuple[Path, ...], since: dt.date | None, until: dt.date | None) -> tuple[str, Practised]:
    """Whose practice is meant, and it. Raises Refused when that is not clear."""
    from crm_mock.rules.calendar import PARIS
    from scenarios.training.practised import read_practice
    from workstation.config import data_folder

    roots = folders or (data_folder() / "sittings",)
    found = read_practice(roots, PARIS)
    known, whose = ", ".join(found.trainees) or _("personne"), found.whose(name)
    if whose is None:
        raise Refused(_("Plusieurs stagiaires se sont entraînés ici : {names}. Dites lequel avec --name.").format(names=known))
    if name and not found.of(whose).practices:
        raise Refused(_("Aucune simulation terminée de « {name} » ; ici se sont entraînés : {names}.").format(name=name, names=known))
    return whose, found.of(whose, since, until)


def _file_word(name: str) -> str:
    """A person's name as a part of a file's."""
    from scenarios.matching import plain

    return re.sub(r"[^a-z0-9]+", "-", plain(name)).strip("-") or "stagiaire"


def _tell_remarks(practised: Practised) -> None:
    for remark in practised.remarks:
        click.echo(_("Non lu : {what}").format(what=remark), err=True)


def _write(files: Mapping[Path, bytes]) -> None:
    """Raises Refused."""
    for path, body in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        except OSError as error:
            raise Refused(_("{folder} ne peut pas être écrit : {why}").format(folder=path, why=error.strerror or error)) from None
        click.echo(_("Écrit : {path}").format(path=path))
