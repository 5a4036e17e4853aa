"""`plateau session`: the console of who leads or watches; on the room's server, the sessions held there and their erasure."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from workstation.cli_options import Refused, folder_refusals, need_terminal
from workstation.i18n import _
from workstation.room_cli import default_room, help_option, let_in, place_options, room_folder_option


@click.group(
    invoke_without_command=True,
    help=_("Ouvrir la console du responsable de session, ou du surveillant, selon le code. La première fois, le code est demandé."),
)
@place_options[0]
@place_options[1]
@place_options[2]
@help_option
@click.pass_context
def session(context: click.Context, room_url: str | None, typed: str | None, folder: Path | None) -> None:
    if context.invoked_subcommand is not None:
        return
    from workstation.config import data_folder
    from workstation.links.enrolled_phone import still_let_in
    from workstation.session.session_process import run_session

    need_terminal()
    place = folder or data_folder() / "session"
    with folder_refusals(place):
        place.mkdir(parents=True, exist_ok=True)
    enrolment, _still = let_in(room_url, typed, place, ("manager", "invigilator"), still_let_in)
    sys.exit(run_session(enrolment, place))


@session.command("list", help=_("Sur le serveur de la salle : les sessions qui s'y sont tenues."))
@room_folder_option
@help_option
def session_list(folder: Path | None) -> None:
    for one in _on_server(folder or default_room(), "GET", ""):
        state = _("fermée") if one["closed_at"] else _("ouverte")
        if one["erased_at"]:
            state = _("effacée le {day}").format(day=one["erased_at"][:10])
        click.echo(f"{one['id']:<28} {one['day']}  {state:<22} {one['title']}")


@session.command(
    "erase",
    help=_("Sur le serveur de la salle : effacer ce qui reste d'une session fermée (séances, archives, notes du jury), preuve à l'appui."),
)
@click.argument("ident", metavar=_("SESSION"))
@click.option("--yes", is_flag=True, help=_("Ne pas demander confirmation."))
@room_folder_option
@help_option
def session_erase(ident: str, yes: bool, folder: Path | None) -> None:
    if not yes:
        words = _("Effacer définitivement les séances, les archives et les notes de la session {session} ?")
        click.confirm(words.format(session=ident), abort=True, err=True)
    made = _on_server(folder or default_room(), "DELETE", ident)
    words = _("Session {session} effacée : {files} fichiers, {rows} lignes du registre.")
    click.echo(words.format(session=made["session"], files=made["files"], rows=made["rows"]))
    click.echo(_("Compte rendu signé : {path}").format(path=made["report"]))


def _on_server(folder: Path, method: str, ident: str) -> Any:
    """By the room server while it serves, else in its folder. Raises Refused."""
    from workstation.links.manage_link import ManageLink, RoomAway, RoomSilent

    try:
        with ManageLink(folder) as link:
            return link.ask(method, f"/manage/sessions/{quote(ident, safe='')}" if ident else "/manage/sessions")
    except RoomSilent:
        return _in_folder(folder, ident)
    except RoomAway as error:
        raise Refused(str(error)) from None


def _in_folder(folder: Path, ident: str) -> Any:
    from scenarios.room.erasure import ASKED, erase, told_sessions
    from scenarios.room.open import REGISTER
    from scenarios.room.register import Register, RegisterUnusable
    from scenarios.sitting import SittingError

    if not (folder / REGISTER).is_file():
        raise Refused(_("Il n'y a pas de salle dans le dossier {folder}.").format(folder=folder))
    try:
        register = Register.open(folder / REGISTER)
    except RegisterUnusable as error:
        raise Refused(str(error)) from None
    try:
        if not ident:
            return told_sessions(register)
        made = erase(register, folder, ident, ASKED, dt.datetime.now(dt.UTC))
        return {"session": made.session, "report": str(made.report.resolve()), "files": made.files, "rows": made.rows}
    except SittingError as error:
        raise Refused(error.title) from None
    finally:
        register.close()
