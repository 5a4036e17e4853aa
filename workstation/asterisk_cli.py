"""`plateau asterisk`: the exchange of a room, installed, configured and run on the room's server."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workstation.cli_options import Refused
from workstation.i18n import _
from workstation.room_cli import default_room, help_option, room_folder_option

if TYPE_CHECKING:
    from cti.exchange.asterisk.install import Installation

EXCHANGE = "exchange"
ANNOUNCEMENT = (
    "Ceci est un exercice. Ce poste n'appelle pas les secours, et personne n'a été prévenu. "
    "En cas d'urgence réelle, raccrochez, et prenez un vrai téléphone."
)
DETACH_LIMIT = 30.0  # seconds until the exchange that was started in the background must answer


PORT = click.IntRange(1024, 65535)


class PortRange(click.ParamType[tuple[int, int]]):
    """« 20000-20999 » as (first, last)."""

    name = "ports"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        first, dash, last = str(value).partition("-")
        if not (dash and first.strip().isdecimal() and last.strip().isdecimal()):
            self.fail(_("écrire le premier et le dernier port, par exemple 20000-20999"), param, ctx)
        return int(first), int(last)


@click.group(help=_("Le central téléphonique d'une salle : l'installer, le régler, le faire tourner."))
@help_option
def asterisk() -> None:
    pass


@asterisk.command(help=_("Trouver l'Asterisk de cette machine, ou l'obtenir de son dépôt de paquets, sans être administrateur."))
@help_option
def install() -> None:
    from cti.exchange.asterisk.install import install as install_asterisk

    with _refusals():
        found = install_asterisk(told=lambda words: click.echo(words, err=True))
    click.echo(_("Asterisk {version} est prêt.").format(version=found.version))
    if found.french_sounds is None:
        click.echo(_("Ses annonces en français manquent : installez le paquet asterisk-core-sounds-fr-gsm."), err=True)


@asterisk.command(help=_("Écrire les réglages du central. Refait, il garde les mots de passe ; les options non données restent."))
@click.option("--stations", type=click.IntRange(1, 99), help=_("Le nombre de postes (par défaut : 1)."))
@click.option("--juries", type=click.IntRange(0, 99), help=_("Le nombre de places de jury (par défaut : 2)."))
@click.option("--customers", type=click.IntRange(0, 99), help=_("Le nombre de clients virtuels, en entraînement (par défaut : 0)."))
@click.option("--host", help=_("L'adresse de ce serveur sur le réseau de la salle."))
@click.option("--mode", type=click.Choice(["exam", "practice"]), help=_("Examen (écoute seule, par défaut) ou entraînement."))
@click.option("--plain-udp/--encrypted", "plain", default=None, help=_("Sans chiffrement, pour un réseau isolé et sûr."))
@click.option("--sip-port", type=PORT, help=_("Le port SIP (par défaut : 5061, ou 5060 sans chiffrement)."))
@click.option("--manager-port", type=PORT, help=_("Le port du pilotage, sur cette machine seulement (par défaut : 5038)."))
@click.option("--rtp-ports", type=PortRange(), help=_("Les ports de la parole (par défaut : 20000-20999)."))
@click.option("--new-secrets", is_flag=True, help=_("Tirer de nouveaux mots de passe : chaque poste est à inscrire de nouveau."))
@room_folder_option
@help_option
def configure(
    stations: int | None,
    juries: int | None,
    customers: int | None,
    host: str | None,
    mode: str | None,
    plain: bool | None,
    sip_port: int | None,
    manager_port: int | None,
    rtp_ports: tuple[int, int] | None,
    new_secrets: bool,
    folder: Path | None,
) -> None:
    from cti.exchange.asterisk.configure import configure as write
    from cti.exchange.asterisk.configure import keeping_secrets
    from cti.exchange.asterisk.plan import FILE, Ports, Transport, load_plan, new_plan
    from cti.exchange.asterisk.server import find as running

    place = _exchange(folder)
    with _refusals():
        former = load_plan(place) if (place / FILE).exists() else None

        kept = [len(former.stations), len(former.seats), len(former.customers)] if former else [1, 2, 0]
        counts = [there if given is None else given for given, there in zip((stations, juries, customers), kept, strict=True)]
        transport: Transport = "udp" if (plain if plain is not None else former is not None and former.transport == "udp") else "tls"
        ports = former.ports if former is not None and former.transport == transport else Ports.of(transport)
        if former is not None:  # the others do not depend on the transport
            ports = replace(former.ports, sip=ports.sip)
        chosen = {"sip": sip_port, "manager": manager_port}
        if rtp_ports is not None:
            chosen |= {"rtp_first": rtp_ports[0], "rtp_last": rtp_ports[1]}
        plan = new_plan(
            host or (former.host if former else _own_address()),
            stations=counts[0],
            juries=counts[1],
            customers=counts[2],
            mode="practice" if (mode or (former.mode if former else "exam")) == "practice" else "exam",
            transport=transport,
            ports=replace(ports, **{name: port for name, port in chosen.items() if port is not None}),
        )
        if former is not None and not new_secrets:
            plan = keeping_secrets(plan, former)
        with _announcement(place) as announcement:
            write(plan, place, _installed(), announcement=announcement)
        click.echo(
            _("Central réglé : {server}, {stations} poste(s), {juries} place(s) de jury, {mode}.").format(
                server=plan.server,
                stations=len(plan.stations),
                juries=len(plan.seats),
                mode=_("examen") if plan.mode == "exam" else _("entraînement"),
            )
        )
        if plan.customers:
            click.echo(_("Avec {count} client(s) virtuel(s), que plateau room fait jouer.").format(count=len(plan.customers)))
        if plan.transport == "udp":
            click.echo(_("Attention : ni la parole ni les mots de passe ne sont chiffrés sur ce réseau."), err=True)
        if running(place) is not None:
            same = former is not None and (former.host, former.transport, former.ports) == (plan.host, plan.transport, plan.ports)
            click.echo(
                _("Il tourne : plateau asterisk reload le met à jour sans couper d'appel.")
                if same
                else _("Il tourne à son ancienne adresse : arrêtez-le, puis relancez-le (plateau asterisk stop, run).")
            )


@asterisk.command(help=_("Faire tourner le central : au premier plan jusqu'à Ctrl+C, ou en arrière-plan."))
@click.option("--detach", is_flag=True, help=_("En arrière-plan ; plateau asterisk stop l'arrête."))
@room_folder_option
@help_option
def run(detach: bool, folder: Path | None) -> None:
    from cti.exchange.asterisk.configure import configure as write
    from cti.exchange.asterisk.keeper import keep, keeper_of
    from cti.exchange.asterisk.plan import load_plan
    from cti.exchange.asterisk.server import ServerFailed

    place = _exchange(folder)
    with _refusals():
        plan = load_plan(place)
        keeper = keeper_of(place)
        if keeper is not None:
            words = _("Le central de cette salle tourne déjà (processus {pid}) : plateau asterisk stop l'arrête.")
            raise Refused(words.format(pid=keeper))
        if detach:
            _detach(place, folder)
            return
        if os.geteuid() == 0:
            click.echo(_("Le central tourne ici avec tous les droits de la machine ; un compte ordinaire lui suffit."), err=True)
        write(plan, place, _installed())  # the program may have moved since: a new version, another cache
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: stop.set())
        try:
            keep(place, _installed(), stop, lambda words: click.echo(words, err=True))
        except ServerFailed as error:
            raise Refused(str(error)) from None


@asterisk.command(help=_("Dire si le central tourne, depuis quand, ses appels et ses lignes en service."))
@room_folder_option
@help_option
def status(folder: Path | None) -> None:
    from cti.exchange.asterisk.keeper import keeper_of
    from cti.exchange.asterisk.server import status as state_of

    place = _exchange(folder)
    with _refusals():
        found = state_of(place)
        if found is None:
            raise Refused(_("Le central de cette salle ne tourne pas : plateau asterisk run."))
        hours, minutes = divmod(found.uptime // 60, 60)
        click.echo(
            _("Asterisk {version} tourne depuis {hours} h {minutes:02} (processus {pid}) : {calls} appel(s).").format(
                version=found.version, hours=hours, minutes=minutes, pid=found.pid, calls=found.calls
            )
        )
        click.echo(_("Lignes en service : {lines}").format(lines=", ".join(found.lines) or _("aucune")))
        if not found.booted:
            click.echo(_("Il démarre encore."))
        if keeper_of(place) is None:
            click.echo(_("Personne ne le relancerait s'il s'arrêtait : arrêtez-le, puis plateau asterisk run."), err=True)


@asterisk.command(help=_("Arrêter le central ; les appels en cours sont coupés."))
@room_folder_option
@help_option
def stop(folder: Path | None) -> None:
    from cti.exchange.asterisk.keeper import stop_room

    with _refusals():
        if not stop_room(_exchange(folder)):
            raise Refused(_("Le central de cette salle ne tourne pas."))
    click.echo(_("Central arrêté."))


@asterisk.command(help=_("Relire les réglages sans couper d'appel."))
@room_folder_option
@help_option
def reload(folder: Path | None) -> None:
    from cti.exchange.asterisk.server import reload as read_again

    with _refusals():
        read_again(_exchange(folder))
    click.echo(_("Réglages relus ; les appels continuent."))


def _exchange(folder: Path | None) -> Path:
    return (folder or default_room()).absolute() / EXCHANGE


def _installed() -> Installation:
    from cti.exchange.asterisk.install import find

    found = find()
    if found is None:
        raise Refused(_("Asterisk n'est pas installé ici : plateau asterisk install."))
    return found


def _own_address() -> str:
    from cti.phone.own_address import own_address

    return own_address("", "192.0.2.1") or "127.0.0.1"  # an address of no network (RFC 5737): only the route is asked


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """What the exchange says against it, as one sentence. Raises Refused."""
    from cti.exchange.asterisk.certificates import CertificatesUnusable
    from cti.exchange.asterisk.configure import ConfigureFailed
    from cti.exchange.asterisk.install import InstallFailed
    from cti.exchange.asterisk.plan import PlanUnusable
    from cti.exchange.asterisk.server import ServerFailed

    try:
        yield
    except (CertificatesUnusable, ConfigureFailed, InstallFailed, PlanUnusable, ServerFailed) as error:
        raise Refused(str(error)) from None
    except OSError as error:
        words = _("Le dossier du central ne peut pas être utilisé : {path} ({why}).")
        raise Refused(words.format(path=error.filename or "?", why=error.strerror or error)) from None


@contextlib.contextmanager
def _announcement(place: Path) -> Iterator[Path | None]:
    """A WAV of what an emergency number answers; None where no voice can be had, or one was made before."""
    from cti.exchange.asterisk.configure import ANNOUNCEMENT as NAME
    from cti.phone.audio.port import RATE
    from scenarios.customer import french
    from scenarios.customer.voice import VoiceUnavailable, choose_voice, levelled

    if (place / "sounds" / f"{NAME}.wav16").is_file():
        yield None
        return
    draft = place / "sounds" / f"{NAME}.draft"
    try:
        sound = levelled(choose_voice().render(french.spoken(ANNOUNCEMENT), "f", 1.0, 0.95))
    except VoiceUnavailable as error:
        click.echo(_("Pas de voix ici ({why}) : un numéro d'urgence répondra par l'annonce d'Asterisk.").format(why=error), err=True)
        yield None
        return
    draft.parent.mkdir(parents=True, exist_ok=True)
    try:
        with draft.open("wb") as file, wave.open(file, "wb") as wav:
            wav.setparams((1, 2, RATE, 0, "NONE", ""))
            wav.writeframes(sound)
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _detach(place: Path, folder: Path | None) -> None:
    """The same command in a session of its own; comes back once the exchange answers. Raises Refused with what it last said."""
    from cti.exchange.asterisk.keeper import keeper_of
    from cti.exchange.asterisk.server import status as state_of

    log = place / "log" / "run"
    log.parent.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, "-m", "workstation", "asterisk", "run", *(["--room", str(folder.absolute())] if folder else [])]
    with log.open("wb") as output:
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
    until = time.monotonic() + DETACH_LIMIT
    while time.monotonic() < until:
        if child.poll() is not None:
            said = log.read_text(errors="replace").strip().splitlines()
            raise Refused(said[-1] if said else _("Le central ne démarre pas."))
        if keeper_of(place) == child.pid and (found := state_of(place)) is not None and found.booted:
            click.echo(_("Le central tourne en arrière-plan (processus {pid}).").format(pid=child.pid))
            child.returncode = 0  # it outlives us on purpose
            return
        time.sleep(0.05)
    child.terminate()
    raise Refused(_("Le central ne répond pas après {seconds} secondes.").format(seconds=round(DETACH_LIMIT)))
