"""Sealing a subject, and opening it for a room: two people, a code each, never on a command line.

For programs, codes go by a descriptor (`--codes-fd`): what seals writes two lines there, what opens reads JSON,
`[{"name": …, "code": …}, {"name": …, "code": …}]`.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workstation.cli_options import PackPath, Refused
from workstation.i18n import _

if TYPE_CHECKING:
    from scenarios.room.unsealed import Keeper

TRIES = 5
codes_fd = click.option("--codes-fd", type=click.IntRange(0), hidden=True)


class RoomPack(PackPath):
    """A pack, or a subject under seal."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        from scenarios.sealed_pack import is_sealed

        path = Path(value)
        return path.resolve() if path.is_file() and is_sealed(path) else super().convert(value, param, ctx)


@click.command("seal", help=_("Sceller un sujet : un fichier chiffré, que deux personnes ouvrent avec chacune son code."))
@click.argument("folder", type=PackPath(), metavar=_("PAQUET"))
@click.option("--out", "output", type=click.Path(path_type=Path, dir_okay=False), help=_("Le fichier à écrire (ici, par défaut)."))
@codes_fd
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def pack_seal(folder: Path, output: Path | None, codes_fd: int | None) -> None:
    from scenarios.pack_files import pack_hash
    from scenarios.pack_load import PackErrors, load_pack
    from scenarios.sealed_pack import SUFFIX, SealUnusable, new_code, seal

    if codes_fd is None and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refused(_("Les codes se montrent sur un terminal, à une personne après l'autre : lancez la commande sans redirection."))
    try:
        read = load_pack(folder, dt.date.today())
    except PackErrors as errors:
        raise Refused(str(errors)) from None
    target = output or Path(f"{read.identity.slug}{SUFFIX}")
    codes = (new_code(), new_code())
    try:
        made = seal(
            folder,
            target,
            slug=read.identity.slug,
            title=read.identity.title,
            digest=pack_hash(folder),
            codes=codes,
            now=dt.datetime.now(dt.UTC),
        )
    except SealUnusable as error:
        raise Refused(str(error)) from None
    if codes_fd is not None:
        os.write(codes_fd, "".join(f"{one}\n" for one in codes).encode())
    else:
        _show(codes)
    words = _("{path} : sujet scellé (empreinte {digest}…). Sans les deux codes, personne ne l'ouvre : ni vous, ni nous.")
    click.echo(words.format(path=target, digest=made.digest[:16]))


def _show(codes: tuple[str, str]) -> None:
    """One screen a person, cleared before the other looks."""
    for number, code in enumerate(codes, 1):
        click.clear()
        click.echo(_("Code de la personne {number} sur 2 : elle seule regarde, et le note.").format(number=number))
        click.echo(f"\n    {code}\n")
        click.prompt(_("Entrée quand c'est noté"), default="", show_default=False, prompt_suffix=" ")
        click.clear()
        if number == 1:
            click.prompt(_("Passez la place à la deuxième personne, puis Entrée"), default="", show_default=False, prompt_suffix=" ")


def opened_subject(sealed: Path, room: Path, codes_fd: int | None) -> Path:
    """The folder of a sealed subject, opened by its two people; not asked again while the session that uses it is open. Raises Refused."""
    from scenarios.room.open import REGISTER
    from scenarios.room.register import Register, RegisterUnusable
    from scenarios.room.unsealed import open_sealed, still_open, tidy
    from scenarios.sealed_pack import SealUnusable, read_seal

    try:
        register = Register.open(room / REGISTER)
        try:
            known = still_open(room, sealed, register)
            if known is not None:
                click.echo(_("Session ouverte : son sujet reste ouvert, aucun code n'est demandé."), err=True)
                return known
            tidy(room, register)
        finally:
            register.close()
        outside = read_seal(sealed)
    except (RegisterUnusable, SealUnusable) as error:
        raise Refused(str(error)) from None
    click.echo(_("Sujet scellé : {title}, du {day}.").format(title=outside.title, day=outside.sealed_at[:10]), err=True)
    for left in range(TRIES - 1, -1, -1):
        keepers = _keepers(codes_fd)
        try:
            opened = open_sealed(room, sealed, keepers, dt.datetime.now(dt.UTC))
        except SealUnusable as error:
            if codes_fd is not None or not left:
                raise Refused(str(error)) from None
            click.echo(str(error), err=True)
            continue
        names = _(" et ").join(one.name for one in keepers)
        click.echo(_("Sujet ouvert par {names} à {hour}.").format(names=names, hour=f"{dt.datetime.now():%H:%M:%S}"), err=True)
        return opened
    raise AssertionError("unreachable")


def _keepers(codes_fd: int | None) -> tuple[Keeper, Keeper]:
    from scenarios.room.unsealed import Keeper

    if codes_fd is not None:
        try:
            with os.fdopen(codes_fd, encoding="utf-8") as told:
                first, second = (Keeper(str(one["name"]), str(one["code"])) for one in json.load(told))
        except (OSError, ValueError, KeyError, TypeError):
            raise Refused(_("--codes-fd : deux personnes, chacune avec « name » et « code », en JSON.")) from None
        return first, second
    if not sys.stdin.isatty():
        raise Refused(_("Un sujet scellé s'ouvre devant un terminal : deux personnes y tapent chacune leur code."))
    found = []
    for number in (1, 2):
        click.echo(_("Personne {number} sur 2.").format(number=number), err=True)
        name = click.prompt(_("Nom"), err=True)
        found.append(Keeper(name, click.prompt(_("Code (rien ne s'affiche)"), hide_input=True, err=True)))
    return found[0], found[1]
