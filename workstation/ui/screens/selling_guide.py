"""What the company's own guides say of a sale: questions, arguments per motive, objections, and what each formula holds. Pure.

A guide is any text of the brief that has a heading named after a motive (« ## Confort »). In it: the bullets under « Découverte » are
questions; those under a motive are arguments, « - **Grain** : … » being for that offer only; the table « Objection | Piste » answers
objections; the table « Formule | Tasses par mois | Au-delà » says what a formula holds, « 10 tasses : 3,90 € » beyond it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm_mock.rules.money import parse_cents
from workstation.ui.widgets.value_text import folded, plain_line

MOTIVES = ("sécurité", "orgueil", "nouveauté", "confort", "argent", "sympathie", "environnement")
DAYS_A_MONTH = 30  # as the trade counts
MOST_CUPS = 10_000
ARGUMENT_LIMIT = 120  # of `Opportunity.arguments`

_HEADING = re.compile(r"^#{1,6}\s+(.*)$")
_BULLET = re.compile(r"^\s*[-*]\s+(.*)$")
_FOR_ONE = re.compile(r"^\*\*([^*]+)\*\*\s*[:–-]\s*(.*)$")
_EXTRA = re.compile(r"(\d+)\D*?:\s*([\d\s\u00a0\u202f.,]+)\s*€")
_PRODUCT = re.compile(r"(\d+)\s*[x×*]\s*(\d+)")
_NUMBERS = {
    "un": "1", "une": "1", "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "six": "6", "sept": "7", "huit": "8", "neuf": "9",
    "dix": "10",
}  # fmt: skip


@dataclass(frozen=True)
class Argument:
    """`offer`: the name it is for, "" for any."""

    motive: str
    text: str
    offer: str = ""


@dataclass(frozen=True)
class Formula:
    """What a monthly price holds, in cups, and what more costs: `extra_cups` for `extra_cents` (0: nothing is sold beyond)."""

    name: str
    cups: int
    extra_cups: int = 0
    extra_cents: int = 0

    def monthly(self, price_cents: int, cups: int) -> int | None:
        """What a month of so many cups costs, in cents; None when the formula cannot hold them."""
        beyond = max(0, cups - self.cups)
        if not beyond:
            return price_cents
        return price_cents + -(-beyond // self.extra_cups) * self.extra_cents if self.extra_cups else None


@dataclass(frozen=True)
class Guide:
    questions: tuple[str, ...] = ()
    arguments: tuple[Argument, ...] = ()
    objections: tuple[tuple[str, str], ...] = ()
    formulas: tuple[Formula, ...] = ()

    def arguments_for(self, motives: Sequence[str], offer: str) -> tuple[Argument, ...]:
        """Those of these motives that fit this offer's name, in the order of the motives."""
        named = folded(offer)
        fit = [a for a in self.arguments if not a.offer or folded(a.offer) in named]
        return tuple(a for motive in motives for a in fit if a.motive == motive)

    def formula_of(self, name: str) -> Formula | None:
        """That of the product so named: « Grain » is of « Abonnement Grain (1 kg par mois) »."""
        return next((f for f in self.formulas if re.search(rf"\b{re.escape(folded(f.name))}\b", folded(name))), None)


def read_guide(documents: Iterable[Mapping[str, Any]]) -> Guide:
    """Of all the guides among these texts, in their order."""
    found = [_of_text(str(one.get("text") or "")) for one in documents]
    return Guide(
        tuple(q for g in found for q in g.questions),
        tuple(a for g in found for a in g.arguments),
        tuple(o for g in found for o in g.objections),
        tuple(f for g in found for f in g.formulas),
    )


def _of_text(text: str) -> Guide:
    questions: list[str] = []
    arguments: list[Argument] = []
    objections: list[tuple[str, str]] = []
    formulas: list[Formula] = []
    section, table, is_guide = "", "", False
    for line in text.split("\n"):
        if heading := _HEADING.match(line):
            section, table = _section(heading[1]), ""
            is_guide = is_guide or section in MOTIVES
        elif line.lstrip().startswith("|"):
            cells = [_bare(cell) for cell in line.strip().strip("|").split("|")]
            if not table:
                table = _table_of(cells)
            elif not set(line) <= set("|-: "):
                if table == "objections" and len(cells) >= 2:
                    objections.append((cells[0], cells[1]))
                elif table == "formulas" and (formula := _formula(cells)) is not None:
                    formulas.append(formula)
        else:
            table = ""
            if bullet := _BULLET.match(line):
                if section == "decouverte":
                    questions.append(_bare(bullet[1]))
                elif section in MOTIVES:
                    arguments.append(_argument(section, bullet[1]))
    return Guide(tuple(questions), tuple(arguments), tuple(objections), tuple(formulas)) if is_guide else Guide()


def _section(title: str) -> str:
    word = re.split(r"\W+", folded(title).strip(), maxsplit=1)[0]
    return next((motive for motive in MOTIVES if folded(motive) == word), word)


def _table_of(cells: Sequence[str]) -> str:
    first = folded(cells[0]) if cells else ""
    return "objections" if first.startswith("objection") else "formulas" if first.startswith("formule") else "other"


def _bare(text: str) -> str:
    return plain_line(re.sub(r"[*`]", "", text).strip())


def _argument(motive: str, text: str) -> Argument:
    one = _FOR_ONE.match(text.strip())
    offer, said = (one[1], one[2]) if one else ("", text)
    return Argument(motive, _bare(said)[:ARGUMENT_LIMIT].strip(), _bare(offer))


def _formula(cells: Sequence[str]) -> Formula | None:
    cups = re.search(r"\d+", cells[1]) if len(cells) > 1 else None
    if cups is None or not cells[0]:
        return None
    extra = _EXTRA.search(cells[2]) if len(cells) > 2 else None
    if extra is None or not int(extra[1]):
        return Formula(cells[0], int(cups[0]))
    return Formula(cells[0], int(cups[0]), int(extra[1]), parse_cents(extra[2]))


def cups_a_month(consumption: str, persons: int) -> int | None:
    """Cups a month of what was noted: « 120 par mois », « 4 tasses par jour », « 2 x 2 par jour », « deux par jour chacun »; a number
    alone is a month's. None when it cannot be told."""
    text = " ".join(_NUMBERS.get(word, word) for word in re.findall(r"\d+|[^\W\d_]+|[^\s\w]", folded(consumption)))
    numbers = re.search(r"\d+", text)
    if numbers is None:
        return None
    each = _PRODUCT.search(text)
    count = int(each[1]) * int(each[2]) if each else int(numbers[0])
    if re.search(r"\b(chacune?|par (pers|personne|tete)|chaque)\b", text):
        count *= persons
    if re.search(r"\b(jour|jours|j|quotidien|quotidiennes?)\b", text):
        count *= DAYS_A_MONTH
    elif re.search(r"\b(semaine|semaines|sem|hebdo)\b", text):
        count = (count * DAYS_A_MONTH + 3) // 7
    return count if 0 < count <= MOST_CUPS else None


def per_cup(monthly_cents: int, cups: int) -> int:
    """Cents, to the nearest."""
    return (2 * monthly_cents + cups) // (2 * cups)
