"""`plateau archive verify`: whether an archive is the one that was sealed, in clear words."""

from __future__ import annotations

from pathlib import Path

import click

from workstation.cli_options import Refused
from workstation.i18n import _


@click.group(help=_("Vérifier l'archive d'un candidat."))
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def archive() -> None:
    pass


@archive.command("verify", help=_("Dire si une archive est bien celle qui a été scellée : fichiers, liste, signature."))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar=_("ARCHIVE"))
@click.option("--key", "wanted", default="", metavar=_("EMPREINTE"), help=_("L'empreinte de la clé du centre, à comparer."))
@click.help_option("--help", "-h", help=_("Montrer cette aide."))
def archive_verify(file: Path, wanted: str) -> None:
    from scenarios.archive import ArchiveUnusable, verify_archive

    try:
        found = verify_archive(file)
    except ArchiveUnusable as error:
        raise Refused(_("NE PAS S'Y FIER. {why}").format(why=error)) from None
    if wanted and "".join(wanted.lower().split()) != found.key_sha256:
        words = _("NE PAS S'Y FIER. {name} est entière, mais signée avec une autre clé : {key}")
        raise Refused(words.format(name=file.name, key=found.key_sha256))
    click.echo(_("{name} : archive intacte.").format(name=file.name))
    click.echo(
        _("  {count} fichiers, chacun tel qu'il a été scellé ; aucun ne manque, aucun n'a été ajouté.").format(count=len(found.files))
    )
    click.echo(_("  La liste est signée. Empreinte de la clé : {key}").format(key=found.key_sha256))
    if wanted:
        click.echo(_("  C'est la clé attendue."))
    else:
        click.echo(_("  Comparez-la avec celle que le centre garde ; l'option --key le fait."))
