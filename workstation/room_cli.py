"""The commands of a room: its server, its enrolment codes, its desks and its jury."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import platform
import secrets
import ssl
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from workstation.cli_options import (
    Refused,
    best_engine,
    day_option,
    engine_option,
    folder_refusals,
    known_subject,
    need_terminal,
    sound_arguments,
    sound_options,
    spellcheck_option,
    variant_option,
)
from workstation.i18n import _
from workstation.links.enrol_link import Enrolment
from workstation.seal_cli import RoomPack, codes_fd, opened_subject

if TYPE_CHECKING:
    from cti.phone.port import PhoneSettings

T = TypeVar("T")
help_option = click.help_option("--help", "-h", help=_("Montrer cette aide."))
room_folder_option = click.option(
    "--room",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help=_("Le dossier de la salle, sur son serveur."),
)


COMMAND_OF_KIND = {"station": "desk", "seat": "jury", "manager": "session", "invigilator": "session"}


def default_room() -> Path:
    from workstation.config import data_folder

    return data_folder() / "room"


@click.command(help=_("Ouvrir la salle sur son serveur : les séances des postes, le jury, le lien avec le central."))
@click.option(
    "--pack",
    type=RoomPack(),
    default="marvalune",
    show_default=True,
    help=_("Le paquet de scénarios : un nom, un dossier, ou un sujet scellé (.plateau)."),
)
@day_option
@variant_option
@room_folder_option
@click.option("--new", "fresh", is_flag=True, help=_("Commencer de nouvelles séances, sans reprendre celles qui sont ouvertes."))
@click.option("--host", default="", help=_("L'adresse d'écoute (par défaut : celle du central)."))
@click.option("--port", type=click.IntRange(0, 65535), default=8443, show_default=True, help=_("Le port d'écoute (0 : un port libre)."))
@click.option("--name", default=_("Salle"), show_default=True, help=_("Le nom de la salle, tel que les postes le montrent."))
@click.option("--no-customers", is_flag=True, help=_("Ne pas lancer les clients virtuels d'une salle d'entraînement."))
@spellcheck_option
@click.option("--sitting", type=click.Path(path_type=Path, file_okay=False), help=_("Sans central : la séance d'un seul poste."))
@codes_fd
@help_option
def room(
    pack: Path,
    day: dt.date | None,
    variant: str,
    folder: Path | None,
    fresh: bool,
    host: str,
    port: int,
    name: str,
    no_customers: bool,
    spellcheck: bool,
    sitting: Path | None,
    codes_fd: int | None,
) -> None:
    from crm_mock.rules.calendar import next_working_day
    from scenarios.room.serve import main as serve_room

    chosen_day = next_working_day(day or dt.date.today()).isoformat()
    if pack.is_file():
        if sitting is not None:
            raise Refused(_("Un sujet scellé s'ouvre pour une salle (--room), pas pour une séance seule."))
        with folder_refusals(folder or default_room()):
            pack = opened_subject(pack, folder or default_room(), codes_fd)
    common = ["--pack", str(pack), "--day", chosen_day, "--port", str(port)]
    common += ["--variant", known_subject(pack, variant)] if variant else []
    common += ["--spellcheck"] if spellcheck else []
    if sitting is not None:
        if "PLATEAU_TOKENS" not in os.environ:
            tokens = {role: secrets.token_urlsafe(24) for role in ("candidate", "customer", "trainer")}
            os.environ["PLATEAU_TOKENS"] = json.dumps(tokens)
            click.echo(_("Jeton du poste (PLATEAU_TOKEN) : {token}").format(token=tokens["candidate"]), err=True)
            click.echo(_("Jeton du client virtuel (PLATEAU_TOKEN) : {token}").format(token=tokens["customer"]), err=True)
        sys.exit(serve_room(["--sitting", str(sitting), *common]))
    given = ["--room", str(folder or default_room()), *common, "--name", name]
    flags = [*(["--new"] if fresh else []), *(["--no-customers"] if no_customers else [])]
    sys.exit(serve_room([*given, *(["--host", host] if host else []), *flags]))


@click.command(help=_("Montrer le code qui inscrit une machine à une place (poste3, jury1) ; sans place, l'état de toutes."))
@click.argument("place", required=False, metavar=_("[PLACE]"))
@click.option("--revoke", is_flag=True, help=_("La machine qui est à cette place n'entre plus."))
@room_folder_option
@help_option
def code(place: str | None, revoke: bool, folder: Path | None) -> None:
    from workstation.links.manage_link import ManageLink, RoomAway

    try:
        with ManageLink(folder or default_room()) as link:
            if place is None:
                for one in link.places():
                    words = (
                        _("inscrit : {device}").format(device=one["device"]) if one["device"] else _("à inscrire : plateau code {place}")
                    )
                    click.echo(f"{one['id']:<10} {one['label']:<14} " + words.format(place=one["id"]))
            elif revoke:
                link.revoke(place)
                click.echo(_("{place} : plus aucune machine n'y entre.").format(place=place))
            else:
                made = link.code(place)
                kinds = {one["id"]: str(one.get("kind") or "") for one in link.places()}
                command = COMMAND_OF_KIND.get(kinds.get(place, ""), "desk")
                click.echo(_("{label} : code {code}, valable jusqu'à {until}.").format(**made))
                click.echo(_("Sur cette machine-là : plateau {command} --room {url}").format(command=command, url=link.url))
    except RoomAway as error:
        raise Refused(str(error)) from None


place_options = (
    click.option("--room", "room_url", metavar="URL", help=_("L'adresse de la salle : https://machine:port (inutile une fois inscrit).")),
    click.option("--code", "typed", metavar=_("CODE"), help=_("Le code montré par la salle, pour inscrire cette machine.")),
    click.option("--data", "folder", type=click.Path(path_type=Path, file_okay=False), help=_("Le dossier des brouillons de ce poste.")),
)


@click.command(help=_("Ouvrir un poste de conseiller dans une salle. La première fois, le code montré par la salle est demandé."))
@place_options[0]
@place_options[1]
@place_options[2]
@click.option("--parent-pipe", type=click.IntRange(0), hidden=True)  # the descriptor whose end tells that the lab is gone
@engine_option
@sound_options
@help_option
def desk(
    room_url: str | None,
    typed: str | None,
    folder: Path | None,
    parent_pipe: int | None,
    engine: str | None,
    mic: Path | None,
    speaker: Path | None,
    no_sound: bool,
) -> None:
    from cti.phone.audio.station_sound import SoundChoice
    from cti.phone.port import PhoneSettings
    from workstation.config import Settings, data_folder
    from workstation.desk.exchange_news import OTHER_SITTING
    from workstation.desk_process import run_desk
    from workstation.links.left_behind import EXAM, SITTINGS, leave_nothing
    from workstation.links.phone_link import PhoneLink
    from workstation.links.recordings import FOLDER as RECORDINGS

    sound_arguments(mic, speaker, no_sound)
    need_terminal()
    place = folder or data_folder() / "desk"
    with folder_refusals(place):
        place.mkdir(parents=True, exist_ok=True)
    token = os.environ.get("PLATEAU_TOKEN", "")

    def phone(settings: PhoneSettings) -> Callable[[Settings], PhoneLink]:
        def make(kept: Settings) -> PhoneLink:
            files = {"mic_file": str(mic or ""), "speaker_file": str(speaker or "")}
            sound = SoundChoice(kept.microphone, kept.speaker, kept.ringer, **files, none=no_sound)
            return PhoneLink(engine or best_engine(), settings, sound, place / "phone.log")

        return make

    if token and room_url and not typed:
        own_phone = PhoneSettings(user="poste", recordings=str(place / RECORDINGS))
        sys.exit(run_desk(room_url, token, phone(own_phone), place, parent_pipe=parent_pipe))
    if (engine or best_engine()) != "pjsua2":
        raise Refused(_("Une salle demande le moteur pjsua2 (Python 3.11 ou 3.12) : l'autre ne sait pas chiffrer."))
    code = OTHER_SITTING
    while code == OTHER_SITTING:
        enrolment, settings, trust = _enrolled(room_url, typed, place, "station")
        typed = None  # a code serves once
        sitting = _sitting(enrolment, place)
        own = place / SITTINGS / sitting
        with folder_refusals(place):
            leave_nothing(place, sitting)
        if not (own / EXAM).exists():  # the phone of an exam is given no folder: it cannot record
            settings = replace(settings, recordings=str(own / RECORDINGS))
        code = run_desk(enrolment.url, enrolment.token, phone(settings), own, trust=trust, checked=True, sitting=sitting)
        if code == OTHER_SITTING:
            _say_what_is_left(own)
    sys.exit(code)


def _sitting(enrolment: Enrolment, folder: Path) -> str:
    """Raises Refused."""
    from workstation.links.enrolled_phone import PhoneUnprepared, sitting_at

    try:
        return sitting_at(enrolment, folder)
    except (PhoneUnprepared, OSError) as error:
        raise Refused(str(error)) from None


def _say_what_is_left(folder: Path) -> None:
    """What the desk of a sitting that is over could not send stays where it is: somebody must know."""
    from contextlib import closing, suppress

    from workstation.links.spool import Spool, SpoolInUse, SpoolUnusable

    with suppress(SpoolInUse, SpoolUnusable), closing(Spool(folder / "desk.spool")) as spool:
        if count := spool.count():
            words = _("{count} écriture(s) de la séance précédente n'ont pas pu être envoyées ; elles restent dans {folder}.")
            click.echo(words.format(count=count, folder=folder), err=True)
            click.pause(_("Appelez le surveillant, puis appuyez sur une touche."), err=True)


@click.command(help=_("Ouvrir une place de jury dans une salle : jouer le client, ou observer. La première fois, le code est demandé."))
@place_options[0]
@place_options[1]
@place_options[2]
@sound_options
@help_option
def jury(room_url: str | None, typed: str | None, folder: Path | None, mic: Path | None, speaker: Path | None, no_sound: bool) -> None:
    from cti.phone.audio.station_sound import SoundChoice
    from workstation.config import Settings, data_folder
    from workstation.jury.jury_process import run_jury
    from workstation.links.phone_link import PhoneLink

    sound_arguments(mic, speaker, no_sound)
    need_terminal()
    place = folder or data_folder() / "jury"
    with folder_refusals(place):
        place.mkdir(parents=True, exist_ok=True)
    enrolment, settings, _trust = _enrolled(room_url, typed, place, "seat")

    def make_phone(kept: Settings) -> PhoneLink:
        files = {"mic_file": str(mic or ""), "speaker_file": str(speaker or "")}
        sound = SoundChoice(kept.microphone, kept.speaker, kept.ringer, **files, none=no_sound)
        return PhoneLink("pjsua2", settings, sound, place / "phone.log")

    sys.exit(run_jury(enrolment.url, enrolment.token, enrolment.ca_pem, make_phone, place))


def _enrolled(room_url: str | None, typed: str | None, folder: Path, kind: str) -> tuple[Enrolment, PhoneSettings, ssl.SSLContext | None]:
    """This machine's place in its room, its phone's settings, and what the room's certificate is verified by. Raises Refused."""
    from workstation.links.enrol_link import verified_by
    from workstation.links.enrolled_phone import prepare_phone

    kept, settings = let_in(room_url, typed, folder, (kind,), prepare_phone)
    return kept, settings, verified_by(kept.ca_pem) if kept.ca_pem else None


def let_in(
    room_url: str | None, typed: str | None, folder: Path, kinds: tuple[str, ...], prepare: Callable[[Enrolment, Path], T]
) -> tuple[Enrolment, T]:
    """This machine's place in its room, and what `prepare` makes of it. A code is asked for where one is needed: no place yet, another
    room, a place that was taken away. Raises Refused."""
    from workstation.links.enrol_link import EnrolmentFailed, EnrolmentUnusable, enrolment_file, load_enrolment
    from workstation.links.enrol_link import room_url as read_url
    from workstation.links.enrolled_phone import PhoneUnprepared, PlaceRefused

    try:
        kept = load_enrolment(enrolment_file(folder))
        if not room_url and kept is None:
            words = _("Cette machine n'est inscrite dans aucune salle : plateau {command} --room https://machine:port")
            raise Refused(words.format(command=COMMAND_OF_KIND[kinds[0]]))
        if typed or kept is None or (room_url and read_url(room_url) != kept.url):
            kept = _enrol(room_url or (kept.url if kept else ""), typed, folder, kinds)
        try:
            return kept, prepare(kept, folder)
        except PlaceRefused as refusal:
            click.echo(str(refusal), err=True)
            kept = _enrol(kept.url, None, folder, kinds)
            return kept, prepare(kept, folder)
    except (EnrolmentFailed, EnrolmentUnusable, PhoneUnprepared) as error:
        raise Refused(str(error)) from None
    except OSError as error:
        words = _("Ce que cette machine doit garder de la salle ne peut pas être écrit : {path} ({why}).")
        raise Refused(words.format(path=error.filename or folder, why=error.strerror or error)) from None


def _enrol(address: str, typed: str | None, folder: Path, kinds: tuple[str, ...]) -> Enrolment:
    """Let in by the code that was typed, or that is asked for now; kept in `folder`. Raises Refused, EnrolmentFailed, OSError."""
    from workstation.links.enrol_link import enrol, enrolment_file, save_enrolment

    asked = typed or click.prompt(_("Code montré par la salle"), err=True)
    made = asyncio.run(enrol(address, asked, platform.node() or "poste"))
    if made.kind not in kinds:
        words = _("Ce code est celui de {label} : sur cette machine, lancez plateau {command}.")
        raise Refused(words.format(label=made.label, command=COMMAND_OF_KIND.get(made.kind, "desk")))
    save_enrolment(made, enrolment_file(folder))
    return made
