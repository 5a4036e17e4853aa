"""A small pack on disk and a room made from it, for tests of the room server: in this process over ASGI, or as a real one."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import textwrap
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from scenarios.room.core import RoomSettings
from scenarios.room.live_sitting import LiveSitting
from scenarios.room.serve import open_lab

DAY = dt.date(2026, 11, 23)
TOKENS = {"candidate": "candidate-token-000", "customer": "customer-token-0000", "trainer": "trainer-token-00000"}
REPO = Path(__file__).parents[2]
CLIENT = "martin-lea"

_FILES = {
    "pack.yaml": """
        identity: {slug: petit, title: Petit paquet, version: "1", summary: Deux situations pour les tests., standard: crcd_rc_m05}
        company:
          name: Exemple
          legal: société fictive
          address: [1 rue du Test]
          phone: 01 99 00 40 00
          email: bonjour@exemple.example
          website: www.exemple.example
          mediator: aucun
          order_prefix: CDE
          delivery:
            relais: {fee: "3,90", free_from: "39,00"}
            domicile: {fee: "5,90", free_from: "59,00"}
            retrait: {fee: 0, free_from: 0}
          scale:
            - {up_to: "300,00", instalments: 4, first_percent: 25}
        """,
    "services.yaml": """
        services:
          - {id: contrats, name: Service Contrats, number: 01 99 00 40 05, hours: 9 h – 17 h, role: Contrats}
        """,
    "codes.yaml": """
        results:
          - {code: ABOUTI, label: Contact abouti}
          - {code: NRP, label: Ne répond pas}
        competences:
          c2:
            - {code: MAJ_DOSSIER, label: Dossier mis à jour}
          c9:
            - {code: ECHEANCIER, label: Échéancier}
        """,
    "catalogue.csv": """
        id;name;category;unit;price;price_ht;stock;back_on;substitutes;addons;withdrawal;withdrawal_exception;description;keywords
        CAFE;Café;Cafés;étui;4,20;;10;;;;;;Du café.;café
        """,
    "procedures/P-01.md": """
        # P-01 Adresse

        Noter la date d'effet.
        """,
    "brief/accueil.md": """
        # Accueil

        Vous êtes au service client.
        """,
    f"people/{CLIENT}.yaml": """
        contact:
          id: martin-lea
          reference: EX-100001
          civility: Mme
          first_name: Léa
          last_name: MARTIN
          birth_date: 14/03/1984
        address:
          - {id: martin-lea.adresse, usage: principale, line1: 12 rue des Glycines, postcode: "96320", city: Courzac, valid_from: J-30}
        contact_point:
          - {id: martin-lea.tel, channel: téléphone, value: 04 65 71 21 08, preferred: true}
        """,
    "people/martin-luc.yaml": """
        contact: {id: martin-luc, reference: EX-100002, category: particulier, civility: M., first_name: Luc, last_name: MARTIN}
        """,
    **{
        f"simulations/{name}/{part}.yaml": text
        for name, competence, direction, hour in (("S1", "c2", "entrant", "09:40"), ("S2", "c9", "sortant", "10:30"))
        for part, text in {
            "simulation": f"""
                id: {name}
                title: Un déménagement
                competence: {competence}
                channel: téléphone
                direction: {direction}
                minutes: 8
                start_time: "{hour}"
                queue: Service client
                briefing: Vous êtes au service client.
                cues:
                  - {{id: identification, label: Je vérifie son identité}}
                  - {{id: attente, label: J'annonce une mise en attente}}
                """,
            "persona": """
                contact_id: martin-lea
                number: 04 65 71 21 08
                name: Mme Léa Martin
                speakers: [{id: client, name: Léa Martin, gender: f}]
                opening: Bonjour.
                situation: Elle déménage.
                request: Sa nouvelle adresse.
                hidden:
                  - {id: date, fact: Elle déménage le 1er décembre., reveal: si on demande la date}
                hint: {after: 3, says: "Et vous ne me demandez pas quand ?"}
                """,
            "dialogue": """
                start: bonjour
                lines:
                  - id: bonjour
                    say: ["Client virtuel automatique de Plateau. Bonjour, je déménage."]
                    reveals: [date]
                    next: [{when: {turn: 1}, go: adieu}]
                  - id: adieu
                    say: [Au revoir.]
                    hang_up: true
                """,
            "expected": f"""
                records:
                  - id: adresse
                    label: Nouvelle adresse
                    kind: address
                    match: {{contact_id: martin-lea, line1: {{contains: Colombier}}}}
                    expect: {{city: {{contains: Saint-Orme}}, valid_from: J+8}}
                    criteria: [{competence}.1]
                  - {{id: luc, label: Le dossier de Luc, untouched: martin-luc, criteria: [{competence}.2]}}
                steps:
                  - id: ouverte
                    label: Fiche ouverte
                    event: {{kind: RecordOpened, id: martin-lea}}
                    during_call: true
                    criteria: [{competence}.1]
                """,
        }.items()
    },
}


def write_pack(folder: Path) -> Path:
    """The pack's folder, made under `folder`."""
    root = folder / "petit"
    for name, text in _FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return root


def settings(folder: Path, pack: Path, **changes: Any) -> RoomSettings:
    lab = {"sittings": {"poste1": folder}, "pack": pack, "day": DAY, "tokens": TOKENS, "history": folder.parent}
    return RoomSettings(**{**lab, **changes})


@dataclass
class RoomClients:
    """The one station of a lab in this process, and an HTTP client for each role."""

    app: FastAPI
    room: LiveSitting
    candidate: httpx.AsyncClient
    customer: httpx.AsyncClient
    trainer: httpx.AsyncClient
    nobody: httpx.AsyncClient

    def of(self, role: str) -> httpx.AsyncClient:
        return {"candidate": self.candidate, "customer": self.customer, "trainer": self.trainer}.get(role, self.nobody)


@asynccontextmanager
async def open_room(folder: Path, pack: Path, **changes: Any) -> AsyncIterator[RoomClients]:
    app = open_lab(settings(folder, pack, **changes))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    def client(role: str) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {TOKENS[role]}"} if role else {}
        return httpx.AsyncClient(transport=transport, base_url="http://room", headers=headers)

    async with (
        app.router.lifespan_context(app),
        client("candidate") as candidate,
        client("customer") as customer,
        client("trainer") as trainer,
        client("") as nobody,
    ):
        yield RoomClients(app, app.state.room.stations["poste1"], candidate, customer, trainer, nobody)


def fact(name: str, key: str, at: dt.datetime, **fields: Any) -> dict[str, Any]:
    """One entry of POST /cti/facts."""
    return {"id": str(uuid.uuid4()), "at": at.isoformat(), "fact": {"type": name, "call_id": f"id-{key}", "call_key": key, **fields}}


def offered(key: str, at: dt.datetime) -> dict[str, Any]:
    return fact("CallOffered", key, at, caller="+33465712108", caller_name="", called="", queue="Service client")


class RoomProcess:
    """A real room server in a process of its own. `start` returns once it serves; its standard error is kept in `errors`."""

    def __init__(self, folder: Path, pack: Path, *more: str) -> None:
        self.folder = folder
        self._command = [sys.executable, "-m", "scenarios.room", "--sitting", str(folder), "--pack", str(pack), "--day", DAY.isoformat()]
        self._command += ["--parent-pipe", *more]
        self._environment = {**os.environ, "PLATEAU_TOKENS": json.dumps(TOKENS)}
        self.process: subprocess.Popen[str] | None = None
        self.url = ""
        self.errors = ""

    def start(self) -> dict[str, Any]:
        self.process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment,
            cwd=REPO,
            text=True,
            encoding="utf-8",
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            code = self._finish()
            raise AssertionError(f"the room ended with {code}: {self.errors}")
        ready: dict[str, Any] = json.loads(line)
        self.url = ready["url"]
        return ready

    def run_to_end(self) -> int:
        """For a room that should refuse to start."""
        done = subprocess.run(
            self._command, env=self._environment, cwd=REPO, capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL
        )
        self.errors = done.stderr
        return done.returncode

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self._finish()

    def stop(self) -> int:
        """Closes the parent's pipe and waits; returns the exit code."""
        assert self.process is not None and self.process.stdin is not None
        self.process.stdin.close()
        return self._finish()

    def _finish(self) -> int:
        assert self.process is not None and self.process.stderr is not None and self.process.stdout is not None
        code = self.process.wait(20)
        self.errors = self.process.stderr.read()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        return code
