"""A pack of two telephone simulations and as little else as loads, written to a folder."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from scenarios.pack import Pack
from scenarios.pack_load import load_pack

DAY = dt.date(2026, 11, 23)
CALLER, CALLED, SERVICE, COMPANY, OTHER = "+33465712108", "+33261917044", "+33199004005", "+33199004000", "+33536491275"

PACK = """
identity: {slug: petit, title: Petit paquet, version: "1", summary: Pour les essais., standard: crcd_rc_m05}
company:
  name: Essais
  legal: Société fictive
  address: [1 rue du Banc]
  phone: 01 99 00 40 00
  email: bonjour@essais.example
  website: essais.example
  mediator: aucun
  delivery: {}
  scale: []
"""
SERVICES = """
services:
  - {id: contrats, name: Service Contrats, number: 01 99 00 40 05, hours: lundi au vendredi, role: Les contrats}
"""
CODES = """
results: [{code: ABOUTI, label: Contact abouti}]
competences: {c2: [{code: INFO, label: Information}]}
"""
PERSON = """
contact: {last_name: Vasserand, first_name: Odile, reference: ESS-1}
contact_point: [{channel: téléphone, value: 05 36 49 12 75}]
"""
SIMULATION = """
id: NAME
title: Un essai
competence: c2
channel: téléphone
direction: DIRECTION
minutes: 5
start_time: "09:40"
queue: Service client
"""
PERSONA = """
contact_id: vasserand-odile
number: NUMBER
name: Mme Odile Vasserand
speakers:
  - {id: client, name: Odile Vasserand, gender: f}
  - {id: mere, name: Sa mère, gender: f, pitch: 0.8}
opening: Bonjour.
situation: Essai.
request: Rien.
hidden: [{id: demenagement, fact: Elle déménage., reveal: spontanément}]
"""
EXPECTED = "records: []\nsteps: []\n"
INBOUND = """
start: ecoute
lines:
  - id: ecoute
    next:
      - {when: {turn: 1}, go: ouverture}
      - {when: {silence: 8}, go: ouverture}
  - id: ouverture
    say: ["Bonjour, ici Odile Vasserand. Je déménage le mois prochain."]
    reveals: [demenagement]
    next:
      - {when: {turn: 1}, go: fin}
      - {when: {cue: conge}, go: fin}
      - {when: {record: {kind: RecordCreated, record_kind: payment_link}}, go: lien}
  - id: lien
    say: ["Je l'ouvre et je paie."]
    does: authorise_link
    next: [{when: {turn: 1}, go: fin}]
  - id: fin
    say: ["Merci beaucoup, au revoir."]
    hang_up: true
"""
OUTBOUND = """
start: decroche
lines:
  - id: decroche
    speaker: mere
    say: ["Allô, oui ?"]
    next: [{when: {turn: 1}, go: fille}]
  - id: fille
    say: ["Je suis sa fille. Au revoir."]
    hang_up: true
"""


def write_pack(folder: Path) -> Path:
    files = {
        "pack.yaml": PACK,
        "services.yaml": SERVICES,
        "codes.yaml": CODES,
        "catalogue.csv": "id,name,price\nP1,Café,3.90\n",
        "people/vasserand-odile.yaml": PERSON,
    }
    for name, direction, number, dialogue in (("IN", "entrant", CALLER, INBOUND), ("OUT", "sortant", CALLED, OUTBOUND)):
        base = f"simulations/{name}"
        files[f"{base}/simulation.yaml"] = SIMULATION.replace("NAME", name).replace("DIRECTION", direction)
        files[f"{base}/persona.yaml"] = PERSONA.replace("NUMBER", f"0{number[3:]}")
        files[f"{base}/dialogue.yaml"] = dialogue
        files[f"{base}/expected.yaml"] = EXPECTED
    for file, text in files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def tiny_pack(folder: Path) -> Pack:
    return load_pack(write_pack(folder), DAY)
