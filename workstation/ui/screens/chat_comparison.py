"""Two or three products side by side, as the catalogue has them: price, kind, compost, stock, delivery. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from workstation.desk.state import DeskState, Record
from workstation.i18n import _
from workstation.ui.record_words import value_word
from workstation.ui.widgets.value_text import day, folded, money, plain_line

MOST = 3  # products side by side
_KINDS = ("capsules", "grains", "moulu")  # as the catalogue's texts write them


def kind_of(product: Record) -> str:
    """capsules, grains or moulu, whichever its name, category or description says first; "" neither."""
    for name in ("name", "category", "description"):
        text = folded(str(product.get(name) or ""))
        found = [(text.index(one), one) for one in _KINDS if one in text]
        if found:
            return min(found)[1]
    return ""


def compost_of(product: Record) -> str:
    """The catalogue's own sentence about compost; "" when it says nothing of it."""
    sentences = str(product.get("description") or "").split(".")
    return next((plain_line(one.strip()) for one in sentences if "compost" in folded(one)), "")


def stock_of(product: Record) -> str:
    stock = int(product.get("stock") or 0)
    if stock > 0:
        return _("{count} en stock").format(count=stock)
    return _("rupture, retour le {day}").format(day=day(product["back_on"])) if product.get("back_on") else _("rupture")


def price_of(product: Record) -> str:
    price = money(int(product.get("price_cents") or 0))
    return f"{price} HT" if product.get("price_ht") else price


def delivery_of(state: DeskState, product: Record) -> str:
    """The cheapest way for one of it: « relais offert », « relais 3,90 € »."""
    price, ways = int(product.get("price_cents") or 0), (state.brief.get("rules") or {}).get("delivery") or {}
    told = []
    for way in ("relais", "domicile"):
        rule = ways.get(way)
        if not isinstance(rule, dict):
            continue
        free = not rule.get("fee_cents") or price >= int(rule.get("free_from_cents") or 0)
        told.append(value_word(way) + " " + (_("offert") if free else money(int(rule["fee_cents"]))))
    return ", ".join(told)


def rows(state: DeskState, products: Sequence[Record]) -> list[tuple[str, tuple[str, ...]]]:
    """(word, one cell a product), without the rows that say nothing of any of them."""
    made = [
        (_("Prix"), tuple(price_of(p) for p in products)),
        (_("Catégorie"), tuple(plain_line(p.get("category") or "") for p in products)),
        (_("Café"), tuple(value_word(kind_of(p)) if kind_of(p) else "" for p in products)),
        (_("Compost"), tuple(compost_of(p) for p in products)),
        (_("Stock"), tuple(stock_of(p) for p in products)),
        (_("Livraison"), tuple(delivery_of(state, p) for p in products)),
        (_("À savoir"), tuple(plain_line(p.get("description") or "") for p in products)),
    ]
    return [row for row in made if any(row[1])]


def table(state: DeskState, products: Sequence[Record], width: int) -> Text:
    """The comparison in so many cells: a column a product, long cells on several lines."""
    if not products:
        return Text(_("Entrée compare un produit (trois au plus), Espace met sa fiche dans le message."), style="italic")
    words = max(len(word) for word, _cells in rows(state, products)) + 1
    column = max(10, (width - words) // len(products) - 1)
    lines = [_line("", [_short(plain_line(p.get("name") or ""), column) for p in products], words, column, "bold")]
    lines += [_line(word, list(cells), words, column) for word, cells in rows(state, products)]
    return Text("\n").join(lines)


def _line(word: str, cells: list[str], words: int, column: int, style: str = "") -> Text:
    parts = [_cut(cell or "–", column) for cell in cells]
    text = Text(no_wrap=True)
    for n in range(max(len(part) for part in parts)):
        if n:
            text.append("\n")
        text.append((word if n == 0 else "").ljust(words), "dim")
        for part in parts:
            text.append((part[n] if n < len(part) else "").ljust(column) + " ", style)
    return text


def _short(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _cut(text: str, width: int) -> list[str]:
    lines: list[str] = [""]
    for one in text.split():
        while len(one) > width:
            lines.append(one[:width])
            one = one[width:]
        if len(lines[-1]) + len(one) + 1 > width:
            lines.append(one)
        else:
            lines[-1] = f"{lines[-1]} {one}".strip()
    return [line for line in lines if line] or [""]


def sheet_link(state: DeskState, product: Record) -> str:
    """What is put into a message to lead to a product's sheet: its name, its price, its page of the company's site."""
    site = str((state.brief.get("company") or {}).get("website") or "").removeprefix("https://")
    page = f" – {plain_line(site)}/{plain_line(str(product.get('id') or '')).lower()}" if site else ""
    return f"{plain_line(product.get('name') or '')}, {price_of(product)}{page}"


def summary(state: DeskState, products: Sequence[Record]) -> str:
    """The comparison as a short message, a line a product."""
    told = []
    for product in products:
        facts = [price_of(product), value_word(kind_of(product)) if kind_of(product) else "", stock_of(product)]
        told.append(f"{plain_line(product.get('name') or '')} : {', '.join(fact for fact in facts if fact)}")
    return "\n".join(told)
