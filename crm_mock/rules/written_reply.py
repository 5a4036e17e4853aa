"""Written replies: how long they are, and what one finds in them. What is found is shown beside a criterion; it judges nothing.

The competences that end with a written reply (c3, c8, c9) are the standard's; what each reply should hold is a
trainer's reading of it, as data. Lengths: eight to fifteen lines for an e-mail (company's editorial charter).
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from crm_mock.rules.normalisation import plain

LINE = 80  # signs of a line, as lines are counted
LINES_WANTED = {"e-mail": (8, 15), "lettre": (8, 25), "sms": (1, 4)}
SMS = 160  # signs of one message in the alphabet of telephones; 153 each when joined
_WORD = re.compile(r"\S*\w\S*")


@dataclass(frozen=True)
class Length:
    """`lines`: written lines, folded at eighty signs, blank ones left out; `signs`: with spaces."""

    words: int
    lines: int
    signs: int


@dataclass(frozen=True)
class Element:
    """Something the reply should hold."""

    id: str
    label: str


ELEMENTS: dict[str, tuple[Element, ...]] = {
    "c3": (
        Element("références", "Références : client, ticket, produit, date de l'appel"),
        Element("symptôme", "Rappel du symptôme en une ligne"),
        Element("solution", "Solution telle que validée au téléphone"),
        Element("étapes", "Ce que nous faisons, ce que vous faites, dates et délais"),
        Element("garantie", "Fondement de la garantie s'il y a lieu"),
        Element("contact", "Contact"),
        Element("formule", "Formule de politesse adaptée au canal"),
    ),
    "c8": (
        Element("références", "Références : client, contrat, date de l'appel"),
        Element("remerciement", "Remerciement, ancienneté"),
        Element("formule convenue", "Formule convenue, mot pour mot"),
        Element("prix", "Prix TTC avant et après"),
        Element("dates", "Dates de début et de fin"),
        Element("remise", "Durée de la remise et prix ensuite"),
        Element("engagement", "Engagement : aucun ou nouveau"),
        Element("résiliation", "État de la demande de résiliation"),
        Element("revenir", "Comment changer d'avis"),
        Element("contact", "Contact"),
        Element("formule", "Formule de politesse adaptée au canal"),
    ),
    "c9": (
        Element("références", "Identités et références, date de l'appel"),
        Element("factures", "Chaque facture : numéro, date, montant ; total"),
        Element("échéancier", "Échéances : numéro, date, montant, moyen ; leur somme"),
        Element("service", "Ce qui s'arrête, ce qui continue : service, relances"),
        Element("conséquence", "Suite d'une échéance manquée, sans frais"),
        Element("recours", "Contact, droit de signaler une difficulté ou de contester"),
        Element("ton", "Ton neutre et respectueux, rien de visible de l'extérieur"),
    ),
}


def length(text: str) -> Length:
    """Words are what stands between blanks and holds a letter or a figure: « l'offre » is one, « : » none."""
    lines = [folded for line in text.splitlines() for folded in textwrap.wrap(line, LINE)]
    return Length(len(_WORD.findall(text)), len(lines), len(text))


def sms_parts(text: str) -> int:
    """How many messages it takes; 0 for none."""
    return 0 if not text else 1 if len(text) <= SMS else -(-len(text) // 153)


def length_words(text: str, channel: str) -> str:
    """A French remark when it is shorter or longer than is usual for the channel, "" else."""
    low, high = LINES_WANTED.get(channel, (0, 10_000))
    lines = length(text).lines
    if low <= lines <= high:
        return ""
    return f"{lines} ligne(s) ; usage : de {low} à {high}."


def fingerprint(text: str) -> str:
    """SHA-256 of the body as handed in."""
    return hashlib.sha256(text.encode()).hexdigest()


def comparable(text: str) -> str:
    """Text as mentions are looked for: no accents nor case, one blank between words, figures joined (« 1 234,50 € » is 1234,50 €)."""
    flat = re.sub(r"\s+", " ", plain(text).replace("\u202f", " ").replace("\u00a0", " "))
    flat = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", "", flat)
    return re.sub(r"(?<=\d)\.(?=\d{2}(?!\d))(?!\d{2}[./])", ",", flat).strip()


def mentions(text: str, wanted: Iterable[str]) -> dict[str, bool]:
    """Whether each expression stands in the text, apart from longer words and figures: « 19,90 » is not in « 119,90 »."""
    held = comparable(text)
    return {one: _stands(comparable(one), held) for one in wanted}


def _stands(wanted: str, held: str) -> bool:
    return bool(wanted) and re.search(rf"(?<![\w,]){re.escape(wanted)}(?!\w|,\d)", held) is not None
