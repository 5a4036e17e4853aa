"""From a plan to the files of a running exchange. The templates are in `asterisk-config/`; `@{name}` in them is filled in here.

Written again and again with the same result; what the room server keeps in Asterisk (globals, queue members) is not in these files.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import re
import resource
import socket
import tempfile
from collections.abc import Iterable
from pathlib import Path

from cti.exchange.asterisk.certificates import RoomAuthority
from cti.exchange.asterisk.install import Installation, major, missing_modules
from cti.exchange.asterisk.modules import MODULES
from cti.exchange.asterisk.plan import SHARED_QUEUE, ExchangePlan, Line, save_plan
from cti.exchange.asterisk.sounds import write_announcement, write_music
from cti.exchange.direct import EMERGENCY
from cti.messages import clean_text
from cti.phone.audio.wav_files import SoundFileError

TEMPLATES = Path(__file__).parents[3] / "asterisk-config"
FILES = (
    "asterisk", "modules", "logger", "manager", "rtp", "queues", "musiconhold", "res_parking", "features", "indications", "stasis", "cdr",
    "pjsip", "extensions",
)  # fmt: skip
EMPTY_FILES = ("ccss", "udptl", "pjproject", "sorcery", "codecs", "queuerules", "cel", "cli", "cli_aliases", "dsp")
FOLDERS = ("etc", "log", "spool", "db", "cache", "data", "data/sounds", "keys", "keys/keys", "music", "sounds", "certificates", "run")
ANNOUNCEMENT = "urgence"
SYSTEM_ANNOUNCEMENT = "ss-noservice"
"""What is played in place of ours when no voice could make it: Asterisk's own "the number you have dialed is not in service"."""
SILENCE_MS = 500  # a pause so long ends somebody's speaking, for those who watch
LONGEST_SOCKET = 100  # bytes; the system refuses a longer path for the control socket
OPEN_FILES = 20_000
LONGEST_NUMBER = 22  # characters: 00 and 15 digits after a code such as *31#
TICKET_LENGTHS = (4, 8, 16, 24)  # hexadecimal digits; Asterisk reads no pattern of more than 255 characters


class ConfigureFailed(Exception):
    """The exchange's files cannot be written; the message, in French, says why and what to do."""


_PLACE = re.compile(r"@\{([a-z_]+)\}")


def configure(plan: ExchangePlan, folder: Path, installation: Installation, *, announcement: Path | None = None) -> None:
    """Write the plan and everything Asterisk needs under `folder`, readable by its owner only.

    `announcement`: a WAV that says that emergency numbers are not called from a desk in training; without it the one given before is
    kept, or Asterisk's own "not in service" is played. Raises ConfigureFailed, CertificatesUnusable."""
    lacking = missing_modules(installation.modules)
    if lacking:
        raise ConfigureFailed(f"Cet Asterisk ({installation.version}) n'a pas ce qu'il faut : {', '.join(lacking[:5])}.")
    values = _values(plan, folder, installation)
    try:
        _lay_folders(folder, installation)
        save_plan(plan, folder)
        if announcement is not None:
            write_announcement(folder / "sounds" / f"{ANNOUNCEMENT}.wav16", announcement)
        ours = folder / "sounds" / ANNOUNCEMENT
        values["announcement"] = str(ours) if ours.with_suffix(".wav16").is_file() else SYSTEM_ANNOUNCEMENT
        if not (folder / "music/attente.wav").is_file():
            write_music(folder / "music/attente.wav")
        for name in FILES:
            _write(folder / "etc" / f"{name}.conf", _filled(f"{name}.conf", values))
        for name in EMPTY_FILES:
            if not (folder / "etc" / f"{name}.conf").exists():
                _write(folder / "etc" / f"{name}.conf", _filled("empty.conf", values))
        if not (folder / "etc/acl.conf").exists():
            write_denied(folder, ())
    except SoundFileError as error:
        raise ConfigureFailed(str(error)) from None
    except OSError as error:
        raise ConfigureFailed(f"Le central ne peut pas être écrit : {error.filename or folder} ({error.strerror or error}).") from None


def keeping_secrets(plan: ExchangePlan, former: ExchangePlan) -> ExchangePlan:
    """`plan` with the labels and passwords that its lines had in `former`, its manager's secret and its ports."""
    known = {line.id: line for line in former.lines}

    def kept(lines: tuple[Line, ...]) -> tuple[Line, ...]:
        return tuple(known.get(line.id, line) for line in lines)

    return dataclasses.replace(
        plan,
        stations=kept(plan.stations),
        seats=kept(plan.seats),
        customers=kept(plan.customers),
        check=known[plan.check.id],
        ports=former.ports if former.transport == plan.transport else plan.ports,
        manager_user=former.manager_user,
        manager_secret=former.manager_secret,
    )


def authority(folder: Path) -> RoomAuthority:
    """The room's certification authority, made at first use. Raises CertificatesUnusable."""
    return RoomAuthority(folder / "certificates")


def run_folder(folder: Path) -> Path:
    """Where the control socket is: `run/`, or a private folder of the system's temporary ones when that path would be too long."""
    usual = folder / "run"
    if len(os.fsencode(usual / "asterisk.ctl")) <= LONGEST_SOCKET:
        return usual
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"plateau-{os.getuid()}-{name}"


def write_denied(folder: Path, addresses: Iterable[str]) -> None:
    """The addresses that get no answer but a refusal; read by Asterisk at `module reload acl`. Raises OSError."""
    _write(folder / "etc/acl.conf", _filled("acl.conf", {"denied": "\n".join(f"deny = {address}" for address in addresses)}))


def address_of(host: str) -> str:
    """The IP address that SIP and RTP are bound to; `host` may be a name. Raises ConfigureFailed."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        raise ConfigureFailed(
            f"L'adresse du serveur « {host} » n'est pas connue : donnez son adresse IP sur le réseau de la salle."
        ) from None
    return str(found[0][4][0])


def _values(plan: ExchangePlan, folder: Path, installation: Installation) -> dict[str, str]:
    address = address_of(plan.host)
    secure = plan.transport == "tls"
    transport, media = "protocol = udp", "; plain: sound passes unencrypted\nmedia_encryption = no"
    if secure:
        server = authority(folder).server(plan.host)
        transport = f"protocol = tls\nmethod = tlsv1_2\ncert_file = {server.chain}\npriv_key_file = {server.key}\nverify_client = no"
        media = "; mandatory: a phone that does not encrypt gets no call\nmedia_encryption = sdes\nmedia_encryption_optimistic = no"
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    queues = [line.id for line in plan.stations] + ([SHARED_QUEUE] if plan.mode == "practice" else [])
    return {
        "folder": str(folder),
        "run_folder": str(run_folder(folder)),
        "modules_folder": str(installation.modules),
        "program_folder": str(Path(installation.command[-1]).parent),
        "open_files": str(OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)),
        "max_calls": str(20 + 6 * len(plan.lines)),
        "modules": "\n".join(f"load = {name}.so" for name in MODULES),
        "manager_port": str(plan.ports.manager),
        "manager_user": plan.manager_user,
        "manager_secret": plan.manager_secret,
        "rtp_first": str(plan.ports.rtp_first),
        "rtp_last": str(plan.ports.rtp_last),
        "host": address,
        "bind": f"[{address}]:{plan.ports.sip}" if ":" in address else f"{address}:{plan.ports.sip}",
        "transport": transport,
        "media": media,
        "qualify_seconds": "10" if secure else "5",
        "auth_type": "digest" if major(installation.version) >= 22 else "userpass",
        "queues": "\n".join(f"[{name}](file)" for name in queues),
        "lines": "\n".join(_line(plan, line) for line in plan.lines),
        "labels": "\n".join(f"LABEL_{line.id}={_label(line)}" for line in plan.lines),
        "station_numbers": _numbers("dialled"),
        "transfer_numbers": _numbers("transferred"),
        "queue_numbers": "\n".join(f"exten => file-{name},1,Set(QUEUE={name})\n same => n,Goto(join,s,1)" for name in queues),
        "ticket_numbers": "\n".join(
            f"exten => _ecoute-{'[0-9a-f]' * length},1,Set(TICKET=${{FILTER(0-9a-f,${{EXTEN:7}})}})\n same => n,Goto(ticket,s,1)"
            for length in TICKET_LENGTHS
        ),
        "emergency": "\n".join(
            f"exten => {prefix}{number},1,Goto(emergency-told,s,1)" for number in sorted(EMERGENCY) for prefix in ("", "+33", "0033")
        ),
        "silence_ms": str(SILENCE_MS),
        "shared_queue": SHARED_QUEUE,
        "practice": _filled("practice.conf", {}) if plan.mode == "practice" else "",
    }


def _numbers(context: str) -> str:
    """A pattern for each length of a number, leading to `context`."""
    return "\n".join(
        f"exten => _[+0-9*#]{'[0-9*#]' * more},1,Set(__PLATEAU_DIALLED=${{FILTER(0-9+*#,${{EXTEN}})}})\n same => n,Goto({context},s,1)"
        for more in range(LONGEST_NUMBER)
    )


def _line(plan: ExchangePlan, line: Line) -> str:
    kind = "poste" if line in plan.stations else "controle" if line == plan.check else "place"
    return (
        f'[{line.id}]({kind})\ncallerid = "{_label(line)}" <{line.id}>\nauth = {line.id}\naors = {line.id}\n'
        f"[{line.id}](compte)\nusername = {line.id}\npassword = {line.password}\n"
        f"[{line.id}](adresse)\n"
    )


def _label(line: Line) -> str:
    """Without what a configuration file or a header would take for its own."""
    return "".join(c for c in clean_text(line.label, 60) if c not in '";\\<>[]${}')


def _filled(name: str, values: dict[str, str]) -> str:
    try:
        template = (TEMPLATES / name).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigureFailed(f"Un modèle du central manque : {error.filename} ({error.strerror}). Réinstallez Plateau.") from None
    return _PLACE.sub(lambda place: values[place[1]], template)


def _lay_folders(folder: Path, installation: Installation) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name in FOLDERS:
        (folder / name).mkdir(exist_ok=True)
        (folder / name).chmod(0o700)
    elsewhere = run_folder(folder)
    if elsewhere != folder / "run":
        elsewhere.mkdir(mode=0o700, exist_ok=True)
        found = elsewhere.lstat()
        if elsewhere.is_symlink() or found.st_uid != os.getuid():
            raise PermissionError(1, "il appartient à quelqu'un d'autre", str(elsewhere))
        elsewhere.chmod(0o700)
    links = {"documentation": installation.data / "documentation", "moh": folder / "music"}
    if installation.french_sounds is not None:
        links["sounds/fr"] = installation.french_sounds
    for name, target in links.items():
        link = folder / "data" / name
        if link.is_symlink() or not link.exists():
            with contextlib.suppress(FileNotFoundError):
                link.unlink()
            link.symlink_to(target)


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(draft, path)
