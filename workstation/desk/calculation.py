"""The calculator's arithmetic: decimal, as a French agent types it. Nothing is evaluated as code. Pure.

12,50 × 3        6.5+2        (120 - 20) / 4        120 + 20 %   (144: a percentage of what is before it)
100 ttc          100 plus VAT at 20 %               100 ttc 5,5     at another rate
120 ht           120 without its VAT                120 tva         the VAT that 120 holds
r                the last result
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, DecimalException, localcontext

from workstation.i18n import _

VAT = Decimal(20)
PRECISION = 28
LONGEST = 200
GROUP = "\u202f"

_SPACES = "\u0020\u00a0\u202f"
_TOKEN = re.compile(
    rf"[{_SPACES}\t]*(?:(?P<number>\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)?|[.,]\d+)|(?P<word>[A-Za-z]+)|(?P<sign>[-+*/x×÷:()%€−]))"
)
_SAME = {"×": "*", "x": "*", "X": "*", "÷": "/", ":": "/", "−": "-"}


class CannotCalculate(Exception):
    """The message says why, for a person."""


@dataclass(frozen=True)
class Calculation:
    """One line of the history."""

    typed: str
    result: Decimal


def calculate(typed: str, last: Decimal | None = None) -> Decimal:
    """Raises CannotCalculate."""
    if len(typed) > LONGEST:
        raise CannotCalculate(_("Calcul trop long."))
    tokens = list(_tokens(typed))
    if not tokens:
        raise CannotCalculate(_("Tapez un calcul : 12,50 × 3, 120 + 20 %, 100 ttc…"))
    with localcontext(Context(prec=PRECISION, rounding=ROUND_HALF_UP)):
        try:
            reading = _Reading(tokens, last)
            value = reading.sum()
            if reading.rest:
                raise CannotCalculate(_("Je ne comprends pas « {what} ».").format(what=reading.rest))
        except DecimalException:
            raise CannotCalculate(_("Division par zéro, ou nombre trop grand.")) from None
        except RecursionError:
            raise CannotCalculate(_("Trop de parenthèses.")) from None
    return value


def _tokens(typed: str) -> list[str]:
    tokens, at = [], 0
    text = typed.strip().rstrip("=").rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise CannotCalculate(_("Je ne comprends pas « {what} ».").format(what=text[at:].strip()))
        at = found.end()
        if found["number"]:
            tokens.append(re.sub(rf"[{_SPACES}]", "", found["number"]).replace(",", "."))
        elif found["word"]:
            tokens.append(_SAME.get(found["word"], found["word"].lower()))
        elif found["sign"] != "€":
            tokens.append(_SAME.get(found["sign"], found["sign"]))
    return tokens


def _is_number(token: str) -> bool:
    return token[:1].isdigit() or token[:1] == "."


class _Reading:
    """sum = product (± product [%])*; product = signed (×÷ signed)*; signed = ± signed | value; value = number | r | ( sum ), words."""

    def __init__(self, tokens: list[str], last: Decimal | None) -> None:
        self._tokens, self._at, self._last = tokens, 0, last

    @property
    def rest(self) -> str:
        return " ".join(self._tokens[self._at :])

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, *wanted: str) -> str:
        token = self._next()
        if token and token in wanted:
            self._at += 1
            return token
        return ""

    def sum(self) -> Decimal:
        total = self._product()[0]
        while sign := self._take("+", "-"):
            value, percentage = self._product()
            part = total * value if percentage else value
            total = total + part if sign == "+" else total - part
        return total

    def _product(self) -> tuple[Decimal, bool]:
        """The value, and whether it is nothing but a percentage (20 % is then 0.2)."""
        value, percentage = self._signed()
        while sign := self._take("*", "/"):
            factor, _alone = self._signed()
            value, percentage = (value * factor if sign == "*" else value / factor), False
        return value, percentage

    def _signed(self) -> tuple[Decimal, bool]:
        if sign := self._take("-", "+"):
            value, percentage = self._signed()
            return (-value if sign == "-" else value), percentage
        return self._value()

    def _value(self) -> tuple[Decimal, bool]:
        token = self._next()
        if self._take("("):
            value = self.sum()
            if not self._take(")") and self._next():
                raise CannotCalculate(_("Il manque une parenthèse."))
        elif self._take("r"):
            if self._last is None:
                raise CannotCalculate(_("Il n'y a pas encore de résultat."))
            value = self._last
        elif _is_number(token):
            self._at += 1
            value = Decimal(token)
        else:
            missing = not token or token in "+-*/%)"
            raise CannotCalculate(_("Il manque un nombre.") if missing else _("Je ne comprends pas « {what} ».").format(what=token))
        percentage = False
        while word := self._take("%", "ttc", "ht", "tva"):
            percentage = word == "%"
            value = value / 100 if percentage else self._with_vat(value, word)
        return value, percentage

    def _with_vat(self, value: Decimal, word: str) -> Decimal:
        rate = VAT
        if _is_number(self._next()):
            rate = Decimal(self._next())
            self._at += 1
            self._take("%")
        if word == "ttc":
            return value * (1 + rate / 100)
        without = value / (1 + rate / 100)
        return without if word == "ht" else value - without


def written(value: Decimal, *, cents: bool = False) -> str:
    """1 234,5: grouped, ten decimals at most, none that says nothing; with `cents`, rounded to two."""
    exact = abs(value).quantize(Decimal("0.01") if cents else Decimal("1e-10"), ROUND_HALF_UP, Context(prec=60))
    whole, _point, decimals = f"{exact:f}".partition(".")
    decimals = decimals if cents else decimals.rstrip("0")
    groups = [whole[max(0, end - 3) : end] for end in range(len(whole), 0, -3)][::-1]
    sign = "-" if value < 0 and exact else ""
    return sign + GROUP.join(groups) + (f",{decimals}" if decimals else "")


def as_typed(value: Decimal) -> str:
    """The same without groups, for a field or another calculation."""
    return written(value).replace(GROUP, "")
