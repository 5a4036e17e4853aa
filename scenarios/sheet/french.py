"""Formulas as French users write them, and as the engine takes them: English names too, the scenario's today, formats of TEXTE."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from functools import cache

import ironcalc

from scenarios.sheet.references import closed, renamed

ENGLISH = (
    "SUM SUMIF SUMIFS SUMPRODUCT AVERAGE AVERAGEIF AVERAGEIFS COUNT COUNTA COUNTBLANK COUNTIF COUNTIFS MIN MAX MINIFS MAXIFS"
    " MEDIAN MODE LARGE SMALL RANK RANK.EQ STDEV STDEV.S VAR ROUND ROUNDUP ROUNDDOWN TRUNC INT MOD ABS SQRT POWER CEILING"
    " FLOOR SIGN RAND RANDBETWEEN SUBTOTAL IF IFS IFERROR IFNA AND OR NOT XOR TRUE FALSE SWITCH CHOOSE ISBLANK ISERROR ISNA"
    " ISNUMBER ISTEXT ISLOGICAL ISEVEN ISODD VLOOKUP HLOOKUP LOOKUP XLOOKUP INDEX MATCH XMATCH OFFSET INDIRECT ROW ROWS COLUMN"
    " COLUMNS TODAY NOW DATE DATEVALUE DATEDIF DAY MONTH YEAR HOUR MINUTE SECOND TIME TIMEVALUE WEEKDAY WEEKNUM ISOWEEKNUM"
    " EDATE EOMONTH DAYS DAYS360 WORKDAY WORKDAY.INTL NETWORKDAYS NETWORKDAYS.INTL CONCATENATE CONCAT TEXTJOIN LEFT RIGHT MID"
    " LEN UPPER LOWER PROPER TRIM CLEAN SUBSTITUTE REPLACE FIND SEARCH REPT TEXT VALUE FIXED EXACT CHAR CODE PMT FV PV NPER"
    " RATE UNIQUE SORT FILTER"
).split()
"""Names a user may type in either language; the engine itself says the French of each."""

_TEXTS = re.compile(r'("(?:[^"]|"")*")')
_TODAY_FR, _NOW_FR = "AUJOURDHUI()", "MAINTENANT()"
_ASKS_TODAY, _ASKS_NOW = (
    re.compile(r"\b(?:AUJOURD'?HUI|TODAY)\(\s*\)", re.IGNORECASE),
    re.compile(r"\b(?:MAINTENANT|NOW)\(\s*\)", re.IGNORECASE),
)
_TEXT_FORMAT = re.compile(r'(\bTEXTE\([^"]*?;\s*)"([^"]*)"(\s*\))', re.IGNORECASE)
_GIVES_DATE = re.compile(r"=\s*(?:AUJOURDHUI|DATE|MOIS\.DECALER|FIN\.MOIS|SERIE\.JOUR\.OUVRE(?:\.INTL)?|DATEVAL)\(", re.IGNORECASE)
_MOVED_DAYS = re.compile(r"^=\s*[A-Z.]+\(\)(?:\s*[+-]\s*\d+|\s*\+\s*\$?[A-Z]+\$?\d+)*\s*$", re.IGNORECASE)

ERRORS = {
    "#DIV/0!": "Division par zéro ou par une cellule vide.",
    "#VALEUR!": "Un texte est là où un nombre ou une date est attendu.",
    "#REF!": "La formule cite une cellule ou une feuille qui n'existe pas (ou plus).",
    "#NOM?": "Un nom de fonction ou de plage n'est pas connu : vérifiez son écriture.",
    "#N/A": "La valeur cherchée n'a pas été trouvée.",
    "#NOMBRE!": "Un nombre n'est pas admis ici (négatif, trop grand…).",
    "#NUL!": "Deux plages n'ont aucune cellule commune.",
    "#CIRC!": "La formule dépend d'elle-même, directement ou par une autre cellule.",
    "#PROPAGATION!": "Le résultat tient sur plusieurs cellules, et l'une d'elles est occupée.",
    "#ERREUR!": "La formule n'a pas pu être calculée.",
}
"""What each error means, for a person: said under the sheet when the cursor is on one."""
_RENAMED_ERRORS = {
    "#ERROR!": "#ERREUR!",
    "#SPILL!": "#PROPAGATION!",
    "#CALC!": "#ERREUR!",
    "#N/IMPL!": "#ERREUR!",
    "#NULL!": "#NUL!",
    "#NUM!": "#NOMBRE!",
    "#VALUE!": "#VALEUR!",
    "#NAME?": "#NOM?",
}


def error_word(shown: str) -> str:
    """The engine's word for an error as French users know it."""
    return _RENAMED_ERRORS.get(shown, shown)


@cache
def french_names() -> Mapping[str, str]:
    """English name to French name, as the engine writes both."""
    model = ironcalc.create("noms", "en", "UTC", "en")
    names = {}
    for name in ENGLISH:
        model.update_cell_with_formula(0, 1, 1, f"={name}()")
        model.set_language("fr")
        french = model.get_cell_content(0, 1, 1)[1:].partition("(")[0]
        model.set_language("en")
        names[name] = french if french.isupper() else name
    return names


@cache
def english_names() -> Mapping[str, str]:
    return {french: english for english, french in french_names().items()}


def for_engine(formula: str, today: dt.date) -> str:
    """The formula with French names, whichever were typed; `today` stands where the day is asked for."""
    text = renamed(_today_in(formula, today, ";"), lambda name: french_names().get(name, name))
    return _TEXT_FORMAT.sub(lambda found: f'{found[1]}"{_english_format(found[2])}"{found[3]}', closed(text))


def for_engine_english(formula: str, today: dt.date) -> str:
    """The same for a formula that separates by commas."""
    return closed(renamed(_today_in(formula, today, ","), lambda name: english_names().get(name, name)))


def for_people(formula: str, today: dt.date) -> str:
    """What was typed, as near as the engine's own writing allows."""
    text = formula.replace(_day(today, ";"), _TODAY_FR).replace(_moment(today, ";"), _NOW_FR)
    return _TEXT_FORMAT.sub(lambda found: f'{found[1]}"{_french_format(found[2])}"{found[3]}', text)


def for_document(formula: str, today: dt.date) -> str:
    """A formula of the engine in English, as documents keep it."""
    return formula.replace(_day(today, ","), "TODAY()").replace(_moment(today, ","), "NOW()")


def from_document(formula: str, today: dt.date) -> str:
    return _today_in(formula, today, ",")


def gives_date(formula: str) -> bool:
    """Whether a French formula computes a date: a function of dates first, moved by days at most."""
    return _GIVES_DATE.match(formula) is not None and _MOVED_DAYS.search(_outermost(formula)) is not None


def _outermost(formula: str) -> str:
    """The formula without what stands between parentheses."""
    kept, depth = [], 0
    for sign in formula:
        depth -= sign == ")"
        if depth <= 0 or (sign == "(" and depth == 0):
            kept.append(sign)
        depth += sign == "("
    return "".join(kept)


def _day(today: dt.date, between: str) -> str:
    """+0 tells it from a date typed as such."""
    return f"DATE({today.year}{between}{today.month}{between}{today.day}+0)"


def _moment(today: dt.date, between: str) -> str:
    return f"DATE({today.year}{between}{today.month}{between}{today.day}+0+0)"


def _today_in(formula: str, today: dt.date, between: str) -> str:
    def put(piece: str) -> str:
        return _ASKS_NOW.sub(_moment(today, between), _ASKS_TODAY.sub(_day(today, between), piece))

    return _outside_texts(formula, put)


def _outside_texts(formula: str, change: Callable[[str], str]) -> str:
    pieces = _TEXTS.split(formula)
    return "".join(piece if at % 2 else change(piece) for at, piece in enumerate(pieces))


def _english_format(form: str) -> str:
    if re.search(r"[jJaA]", form) or (re.search(r"[mM]", form) and not re.search(r"[#0]", form)):
        return form.lower().replace("j", "d").replace("a", "y")
    return re.sub(r"(?<=[#0])[ \u00a0\u202f](?=[#0])", "\u0001", form).replace(",", ".").replace("\u0001", ",")


def _french_format(form: str) -> str:
    if re.search(r"[dDyY]", form):
        return form.lower().replace("d", "j").replace("y", "a")
    return form.replace(",", "\u0001").replace(".", ",").replace("\u0001", " ")
