"""The company's letters and e-mails: templates that a written reply may start from, each a Markdown file of `letters/`.

    # Confirmation d'un échange                  the title, as the candidate chooses it
    Canaux : e-mail, lettre                      among lettre, e-mail, sms
    Objet : Échange de votre [produit]           of an e-mail or a letter
                                                 a blank line, then the text
    Madame, Monsieur, …

Fields in square brackets that `FIELDS` names are filled from the customer's record, the others are blanks for whoever writes.
What a simulation asks in writing, and what is looked for in the answer, is checked here too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from crm_mock.rules import written_reply
from scenarios.pack import ExpectedMention, Letter, Pack, Simulation
from scenarios.pack_fields import suggestion
from scenarios.pack_files import PackFolder, PackProblem, Source, Spot
from scenarios.standard import Standard, load_standard

FOLDER = "letters"
FIELDS: dict[str, str] = {
    "civilité": "Madame, Monsieur, ou les deux quand on ne sait pas",
    "client": "Civilité, prénom et nom",
    "nom": "Civilité et nom, pour l'appel : Madame Vasserand",
    "référence client": "Numéro de client",
    "date": "Date du jour, en toutes lettres",
    "date du contact": "Date du dernier contact téléphonique",
    "conseiller": "Nom de qui tient le poste",
    "société": "Nom de la société",
    "téléphone société": "Numéro du Service client",
    "e-mail société": "Adresse de la société",
}
MAX_LETTERS = 60
_HEAD = re.compile(r"(Canaux|Objet)\s*:\s*(.*)")
_BLANK = re.compile(r"\[([^\[\]\n]{1,80})\]")

Build = Callable[[Source, Mapping[str, Any]], Letter | None]


def read_letters(folder: PackFolder, sources: dict[str, Source], build: Build) -> tuple[Letter, ...]:
    """The templates of a pack, in the order of their files; what is wrong goes to the folder's problems. `build` makes the type."""
    made = (_letter(folder, name, sources, build) for name in folder.names(FOLDER, ".md"))
    return tuple(letter for letter in made if letter is not None)


def _letter(folder: PackFolder, name: str, sources: dict[str, Source], build: Build) -> Letter | None:
    text = folder.text(name)
    if text is None:
        return None
    lines = text.splitlines()
    if not lines or not lines[0].startswith("# "):
        folder.problem(name, 1, "la première ligne doit être un titre (# Titre)")
        return None
    head: dict[str, Any] = {}
    where: dict[Spot, int] = {("title",): 1}
    at = 1
    while at < len(lines) and (found := _HEAD.fullmatch(lines[at].strip())):
        key = "channels" if found[1] == "Canaux" else "subject"
        head[key] = [part.strip() for part in found[2].split(",")] if key == "channels" else found[2].strip()
        where[(key,)] = at + 1
        at += 1
    where[("text",)] = at + 1
    if "channels" not in head:
        folder.problem(name, 2, "dire les canaux sous le titre (Canaux : e-mail, lettre)")
        return None
    source = Source(name, {"id": Path(name).stem, "title": lines[0][2:].strip(), **head, "text": "\n".join(lines[at:]).strip()}, where)
    sources[name] = source
    return build(source, source.data)


def blanks(text: str) -> tuple[str, ...]:
    """What stands in square brackets, each once, in order: of a template its fields, of a reply what was left to fill in."""
    return tuple(dict.fromkeys(found[1] for found in _BLANK.finditer(text)))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its known fields written out; a field without a value stays as a blank."""
    return _BLANK.sub(lambda found: values.get(found[1]) or found[0], text)


def letter_problems(pack: Pack, sources: Mapping[str, Source]) -> list[PackProblem]:
    """Faults of the templates, of what simulations ask in writing, and of what is looked for in it."""
    return [*_letters(pack, sources), *_written(pack, sources)]


def _at(source: Source, spot: Spot, message: str) -> PackProblem:
    return PackProblem(source.file, source.line(spot), message, ".".join(str(part) for part in spot))


def _letters(pack: Pack, sources: Mapping[str, Source]) -> Iterator[PackProblem]:
    for letter in pack.letters:
        source = sources[f"{FOLDER}/{letter.id}.md"]
        if not letter.text:
            yield _at(source, ("text",), "le modèle est vide : écrire son texte après une ligne vide")
        if letter.channels != ("sms",) and not letter.subject:
            yield _at(source, ("title",), "donner l'objet (Objet : …), sauf pour un SMS")
        if "sms" in letter.channels and written_reply.sms_parts(letter.text) > 2:
            yield _at(source, ("text",), f"{len(letter.text)} signes : un SMS tient en 306 signes (deux messages joints)")
    if len(pack.letters) > MAX_LETTERS:
        yield PackProblem(FOLDER, 0, f"trop de modèles ({len(pack.letters)}, {MAX_LETTERS} au plus)")


def _written(pack: Pack, sources: Mapping[str, Source]) -> Iterator[PackProblem]:
    try:
        standard = load_standard(pack.identity.standard)
    except KeyError:
        return  # told of the pack itself
    seen: dict[str, str] = {}
    for simulation in pack.simulations:
        source, expected = sources[f"{simulation.id}/simulation"], sources[f"{simulation.id}/expected"]
        asked = simulation.written
        if asked is None:
            if simulation.expected.written:
                yield _at(expected, ("written",), "aucune réponse écrite n'est demandée : donner written dans simulation.yaml")
            continue
        if asked.id in seen:
            yield _at(source, ("written", "id"), f"« {asked.id} » est déjà la réponse écrite de {seen[asked.id]}")
        seen.setdefault(asked.id, simulation.id)
        if not asked.channels:
            yield _at(source, ("written", "channels"), "admettre au moins un canal : lettre, e-mail, sms")
        known = {letter.id: letter for letter in pack.letters}
        for n, ident in enumerate(asked.letters):
            if ident not in known:
                yield _at(source, ("written", "letters", n), f"modèle « {ident} » absent de letters/{suggestion(ident, known)}")
            elif not set(known[ident].channels) & set(asked.channels):
                yield _at(source, ("written", "letters", n), f"modèle « {ident} » : aucun de ses canaux n'est admis ici")
        yield from _looked_for(simulation, standard, expected)


def _looked_for(simulation: Simulation, standard: Standard, source: Source) -> Iterator[PackProblem]:
    elements = {element.id for element in written_reply.ELEMENTS.get(simulation.competence, ())}
    competence = next((c for c in standard.competences if c.id == simulation.competence), None)
    if not simulation.expected.written:
        yield _at(source, ("written",), "dire ce que l'on cherche dans la réponse écrite (written: …)")
    for n, one in enumerate(simulation.expected.written):
        spot: Spot = ("written", n)
        if one.element and one.element not in elements:
            yield _at(source, (*spot, "element"), f"élément « {one.element} » inconnu de {simulation.competence}{_near(one, elements)}")
        if not one.element and not one.label:
            yield _at(source, spot, "donner un element ou un label")
        if not one.mentions or not all(writing for mention in one.mentions for writing in writings(mention)):
            yield _at(source, (*spot, "mentions"), "donner au moins une expression à chercher, aucune vide")
        for criterion in one.criteria:
            if competence is not None and criterion not in competence.written_criteria:
                wanted = ", ".join(competence.written_criteria) or "aucun"
                yield _at(source, (*spot, "criteria"), f"« {criterion} » n'est pas un critère écrit de {competence.id} ({wanted})")


def _near(one: ExpectedMention, elements: set[str]) -> str:
    return suggestion(one.element, elements) or (f" : {', '.join(sorted(elements))}" if elements else "")


def writings(mention: str) -> tuple[str, ...]:
    """The writings of one expression, any of which is it: « 23/11/2026 | 23 novembre 2026 »."""
    return tuple(part.strip() for part in re.split(r"\s\|\s", mention))
