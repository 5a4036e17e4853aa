"""The phone of an enrolled machine: its line's account and its certificate asked of the room once, kept for a start without it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from crm_mock import durable
from cti.phone.port import PhoneSettings, room_settings
from workstation.i18n import _
from workstation.links.answers import title_of, unreachable
from workstation.links.enrol_link import Enrolment, verified_by
from workstation.links.left_behind import folder_of
from workstation.links.room_wire import bearer

ACCOUNT, CA, CHAIN, KEY, SITTING = "line.json", "room-ca.pem", "phone.pem", "phone.key", "sitting.txt"
TIMEOUT = httpx.Timeout(5.0, connect=3.0)


class PhoneUnprepared(Exception):
    """The line cannot be had; the message, for the person at this machine, says why and what to do."""


class PlaceRefused(PhoneUnprepared):
    """The room lets this machine in no more: a new code is needed."""


@dataclass(frozen=True)
class Kept:
    """What is written beside the drafts of this machine, readable by its owner only."""

    folder: Path

    def write(self, name: str, text: str) -> str:
        path = self.folder / name
        durable.write_file(path, text.encode(), private=True)
        return str(path)

    def account(self) -> dict[str, Any] | None:
        try:
            found = json.loads((self.folder / ACCOUNT).read_text(encoding="utf-8"))
            return found if isinstance(found, dict) else None
        except (OSError, ValueError):
            return None


def prepare_phone(enrolment: Enrolment, folder: Path) -> PhoneSettings:
    """How the phone of this place meets the network. Asks the room; while the room does not answer, what it said last serves: its
    password is not kept, the desk asks for it again. Raises PhoneUnprepared, OSError."""
    kept = Kept(folder)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        account = _ask(enrolment, kept)
    except httpx.TransportError as error:
        known = kept.account()
        if known is None:
            raise PhoneUnprepared(unreachable(error)) from None
        account = known
    server, line, label = (str(account.get(name, "")) for name in ("server", "user", "label"))
    files = {name: str(folder / file) for name, file in (("ca_file", CA), ("cert_file", CHAIN), ("key_file", KEY))}
    return room_settings(line, label, server, **files, encrypted=account.get("transport") != "udp")


def still_let_in(enrolment: Enrolment, folder: Path) -> None:
    """For a place without a phone. Raises PlaceRefused; a room that does not answer is no refusal."""
    try:
        with _client(enrolment) as http:
            answer = http.get("/session")
    except httpx.TransportError:
        return
    if answer.status_code in (401, 403):
        raise PlaceRefused(_("Cette machine n'est plus inscrite dans la salle : demandez un nouveau code au surveillant."))


def sitting_at(enrolment: Enrolment, folder: Path) -> str:
    """The id of the sitting that is this station's now; while the room does not answer, the last one. Raises PhoneUnprepared, OSError."""
    kept = folder / SITTING
    try:
        with _client(enrolment) as http:
            answer = http.get("/sitting")
    except httpx.TransportError as error:
        try:
            return kept.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise PhoneUnprepared(unreachable(error)) from None
    if answer.status_code != httpx.codes.OK:
        raise PhoneUnprepared(title_of(answer))
    told = answer.json()
    sitting = str(told["id"])
    folder_of(folder, sitting, str(told.get("mode") or ""))
    Kept(folder).write(SITTING, sitting)
    return sitting


def _client(enrolment: Enrolment) -> httpx.Client:
    trust = verified_by(enrolment.ca_pem) if enrolment.ca_pem else True
    return httpx.Client(base_url=enrolment.url, headers=bearer(enrolment.token), timeout=TIMEOUT, verify=trust, trust_env=False)


def _ask(enrolment: Enrolment, kept: Kept) -> dict[str, Any]:
    with _client(enrolment) as http:
        answer = http.get("/cti/account")
        if answer.status_code in (401, 403):
            raise PlaceRefused(_("Cette machine n'est plus inscrite dans la salle : demandez un nouveau code au surveillant."))
        if answer.status_code != httpx.codes.OK:
            raise PhoneUnprepared(title_of(answer))
        account: dict[str, Any] = answer.json()
        if account.get("transport") != "udp":
            certificate = http.get("/phone/certificate")
            if certificate.status_code != httpx.codes.OK:
                raise PhoneUnprepared(title_of(certificate))
            kept.write(CA, enrolment.ca_pem)
            kept.write(CHAIN, str(certificate.json()["chain"]))
            kept.write(KEY, str(certificate.json()["key"]))
    kept.write(ACCOUNT, json.dumps({name: account[name] for name in ("user", "server", "transport", "label")}))
    return account
