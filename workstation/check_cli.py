"""`plateau check`: is the room ready for an exam? Given on the room's server; one screen, GO or NO-GO."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import Any

import click

from workstation.cli_options import Refused
from workstation.i18n import _
from workstation.room_cli import default_room, help_option, room_folder_option

ASKED_EVERY = 0.5  # seconds
LIMIT = 90.0  # seconds; the room server ends a check within 60
NO_GO = 1
COLOURS = {"✓": "green", "!": "yellow", "✕": "red"}


@click.command(
    help=_("Contrôler toute la salle avant un examen : chaque poste et chaque place de jury s'appelle et se mesure. GO ou NO-GO.")
)
@room_folder_option
@help_option
def check(folder: Path | None) -> None:
    from workstation.links.manage_link import ManageLink, RoomAway

    try:
        with ManageLink(folder or default_room()) as link:
            link.ask("POST", "/manage/check")
            result = _follow(link)
    except RoomAway as error:
        raise Refused(str(error)) from None
    sys.exit(show(result))


def _follow(link: Any) -> dict[str, Any]:
    """The result, once the check has ended. Raises Refused for one that was given up, RoomAway."""
    from workstation.check.words import progress_words

    until, told = time.monotonic() + LIMIT, ""
    while time.monotonic() < until:
        state = link.ask("GET", "/manage/check")
        if state["state"] == "done":
            result: dict[str, Any] = state["result"]
            return result
        if state["state"] != "running":
            raise Refused(str(state.get("title") or _("Le contrôle a été perdu : le serveur de salle a redémarré. À refaire.")))
        if (words := progress_words(state)) != told:
            told = words
            click.echo(words, err=True)
        time.sleep(ASKED_EVERY)
    raise Refused(_("Le contrôle ne se termine pas : voir le journal du serveur de salle."))


def show(result: dict[str, Any]) -> int:
    """Write the result on the terminal; the exit code: 0 GO, 1 NO-GO."""
    from workstation.check.words import faults, missing, tables, verdict_words

    for table in tables(result, shutil.get_terminal_size((120, 40)).columns):
        click.secho(table[0], bold=True)
        for line in table[1:]:
            click.echo(coloured(line))
        click.echo()
    against = [*missing(result), *faults(result)]
    for fault in against:
        click.echo(coloured(fault.text))
    go = result["verdict"] == "go"
    if against:
        click.echo()
    click.secho(verdict_words(result, against), bold=True, fg="green" if go else "red")
    if not result["kept"]:
        click.echo(_("Ce résultat n'a pas pu être gardé dans le registre de la salle."), err=True)
    return 0 if go else NO_GO


def coloured(line: str) -> str:
    """Each symbol in its colour; the words say the same without it."""
    return "".join(click.style(c, fg=COLOURS[c], bold=True) if c in COLOURS else c for c in line)
