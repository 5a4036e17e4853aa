"""From what a trainer writes to what the types take: euros to cents, relative dates, telephone numbers, key names.

A field `x_cents` is written `x` (`x_euros` where `x` is another field), in euros ("4,20" or 4.20). A date is an expression
of `pack_dates`, ISO, or dd/mm/yyyy; an instant (`at`) is a date and an hour of the scenario's clock, Paris time. A telephone
number is in any French writing.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, Union

from pydantic import BaseModel

from crm_mock.models import KINDS, ContactPoint, FieldRep
from crm_mock.rules import calendar
from crm_mock.rules.money import parse_cents
from crm_mock.rules.profile import CompanyProfile
from crm_mock.rules.telephone import to_e164
from scenarios import pack_dates
from scenarios.matching import is_operators
from scenarios.pack import ExpectedRecord, ExpectedStep, Persona, Service, When
from scenarios.pack_files import PackFolder, Plain, Source, Spot

PHONES = {(Service, "number"), (CompanyProfile, "phone"), (Persona, "number"), (ContactPoint, "value"), (FieldRep, "phone")}
_FRENCH_DATE = re.compile(r"(\d{2})/(\d{2})/(\d{4})")
_ORDER_LINE = re.compile(r"([A-Za-z0-9._:\-]+?)[x×](\d{1,3})")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class FieldError(ValueError):
    """A value that cannot be read; the message is French."""


def cents(text: str) -> int:
    """Euros as written to cents. Raises FieldError."""
    try:
        return parse_cents(text)
    except ValueError as error:
        raise FieldError(f"« {text} » n'est pas un montant en euros : écrire par exemple 4,20") from error


@lru_cache(maxsize=8192)
def date(text: str, day: dt.date) -> dt.date:
    """A date as written. Raises FieldError."""
    text = text.strip()
    try:
        if pack_dates.is_expression(text):
            return pack_dates.resolve(text, day)
        if found := _FRENCH_DATE.fullmatch(text):
            return dt.date(int(found[3]), int(found[2]), int(found[1]))
        if _ISO_DATE.fullmatch(text):
            return dt.date.fromisoformat(text)
    except pack_dates.DateExpressionError as error:
        raise FieldError(str(error)) from error
    except ValueError as error:
        raise FieldError(f"« {text} » n'existe pas au calendrier") from error
    raise FieldError(f"« {text} » n'est pas une date : écrire J+8, 2026-12-01 ou 01/12/2026")


def instant(text: str, day: dt.date) -> str:
    """« J-30 14:32 », Paris time, as an ISO instant in UTC. Raises FieldError."""
    when, _, hour = text.strip().rpartition(" ")
    try:
        clock = dt.time.fromisoformat(hour)
    except ValueError as error:
        raise FieldError(f"« {text} » n'est pas un moment : écrire par exemple « J-30 14:32 »") from error
    return calendar.instant(dt.datetime.combine(date(when, day), clock))


def attempts(text: str, day: dt.date) -> list[dict[str, str]]:
    """« J-3 14:05 NRP | J-1 10:20 RAPPEL » as a target's attempts. Raises FieldError."""
    parted = [part.strip().rpartition(" ") for part in text.split("|")]
    return [{"at": instant(when, day), "result": result} for when, _, result in parted]


def filled(text: str, day: dt.date) -> str:
    """A text with its dates written out. Raises FieldError."""
    try:
        return pack_dates.fill(text, day)
    except pack_dates.DateExpressionError as error:
        raise FieldError(str(error)) from error


def phone(text: str) -> str:
    """E.164. Raises FieldError."""
    number = to_e164(text)
    if number is None:
        raise FieldError(f"« {text} » n'est pas un numéro de téléphone : écrire par exemple 04 65 71 21 08")
    return number


def suggestion(key: str, known: Iterable[str]) -> str:
    """« ; vouliez-vous dire … ? », or nothing when no known key is near."""
    near = difflib.get_close_matches(key, list(known), n=1, cutoff=0.6)
    return f" ; vouliez-vous dire « {near[0]} » ?" if near else ""


@dataclass(frozen=True)
class FieldKind:
    """How a field of a type is read."""

    name: str  # in the type
    key: str  # in the file
    how: str  # "money" | "date" | "instant" | "phone" | "number" | "text" | "model" | "wanted" | "any"
    model: type[BaseModel] | None = None
    many: bool = False
    keyed: bool = False


@cache
def fields_of(model: type[BaseModel]) -> Mapping[str, FieldKind]:
    """The fields of a type by the key that files give them."""
    kinds = [_field_kind(model, name, info.annotation) for name, info in model.model_fields.items()]
    return {kind.key: kind for kind in kinds}


def _leaves(annotation: Any) -> list[Any]:
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _leaves(typing.get_args(annotation)[0])
    if origin in (Union, types.UnionType, tuple):
        return [leaf for argument in typing.get_args(annotation) for leaf in _leaves(argument)]
    if origin is dict:
        return _leaves(typing.get_args(annotation)[1])
    return [annotation]


def _origins(annotation: Any) -> set[Any]:
    origin = typing.get_origin(annotation)
    if origin in (Union, types.UnionType, typing.Annotated):
        return {o for argument in typing.get_args(annotation)[: None if origin is not typing.Annotated else 1] for o in _origins(argument)}
    return {origin}


def _field_kind(model: type[BaseModel], name: str, annotation: Any) -> FieldKind:
    leaves, origins = _leaves(annotation), _origins(annotation)
    nested = next((leaf for leaf in leaves if isinstance(leaf, type) and issubclass(leaf, BaseModel)), None)
    many, keyed = tuple in origins, dict in origins
    key = name
    if name.endswith("_cents"):
        key, how = name.removesuffix("_cents"), "money"
        if key in model.model_fields:  # an order's way of delivery, and what it costs
            key += "_euros"
    elif (model, name) in {(ExpectedRecord, "match"), (ExpectedRecord, "expect"), (ExpectedStep, "event"), (When, "record")}:
        how = "wanted"
    elif nested is not None:
        how = "model"
    elif (model, name) in PHONES:
        how = "phone"
    elif dt.date in leaves:
        how = "date"
    elif name == "at" or name.endswith("_at"):
        how = "instant"
    elif int in leaves or float in leaves or bool in leaves:
        how = "number"
    elif dt.time in leaves or Any in leaves:
        how = "any"
    else:
        how = "text"
    return FieldKind(name, key, how, nested, many, keyed)


@dataclass
class Reader:
    """Turns raw data of one source into what `model_validate` takes; what cannot be read becomes a problem."""

    folder: PackFolder
    source: Source
    day: dt.date
    failed: set[Spot] = field(default_factory=set)  # already told: validation need not tell again

    def problem(self, spot: Spot, message: str) -> None:
        self.failed.add(spot)
        key = ".".join(str(part) for part in spot)
        self.folder.problem(self.source.file, self.source.line(spot), message, key)

    def model(self, model: type[BaseModel], raw: Any, spot: Spot) -> dict[str, Any] | None:
        """The mapping with the type's own keys, or None when it is not a mapping."""
        if not isinstance(raw, dict):
            self.problem(spot, "des clés sont attendues ici (clé: valeur)")
            return None
        known = fields_of(model)
        result: dict[str, Any] = {}
        for key, value in raw.items():
            kind = known.get(key)
            if kind is None:
                self.problem((*spot, key), f"clé inconnue{suggestion(key, known)}")
            elif value is not None:
                read = self._field(kind, value, (*spot, key), raw)
                if (*spot, key) not in self.failed:
                    result[kind.name] = read
        return result

    def _field(self, kind: FieldKind, value: Any, spot: Spot, owner: dict[str, Any]) -> Any:
        if kind.how == "wanted":
            return self.wanted(value, spot, record_kind(value, owner))
        if kind.how == "model":
            assert kind.model is not None
            if kind.many and isinstance(value, list):
                return [self.model(kind.model, item, (*spot, n)) for n, item in enumerate(value)]
            if kind.keyed and isinstance(value, dict):
                return {k: self._value(kind, v, (*spot, k)) for k, v in value.items()}
            if kind.many or kind.keyed:
                self.problem(spot, "une liste est attendue ici (- …)" if kind.many else "des clés sont attendues ici (clé: valeur)")
                return None
            return self.model(kind.model, value, spot)
        return self._value(kind, value, spot)

    def _value(self, kind: FieldKind, value: Any, spot: Spot) -> Any:
        if isinstance(value, list):
            if kind.how == "model" and kind.model is not None:
                return [self.model(kind.model, item, (*spot, n)) for n, item in enumerate(value)]
            return [self._scalar(kind.how, item, (*spot, n)) for n, item in enumerate(value)]
        if isinstance(value, dict):
            if kind.how == "model" and kind.model is not None:
                return self.model(kind.model, value, spot)
            return {k: self._value(kind, v, (*spot, k)) for k, v in value.items()}
        read = self._scalar(kind.how, value, spot)
        return [read] if kind.many and isinstance(value, str) else read  # a list of one may be written without its dash

    def _scalar(self, how: str, value: Any, spot: Spot) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return scalar(how, value, self.day)
        except FieldError as error:
            self.problem(spot, str(error))
            return None

    # --- conditions and expectations ---

    def wanted(self, raw: Any, spot: Spot, kind: str) -> Any:
        """A mapping of wanted fields; those of a record kind are read as that kind's, and must exist."""
        if not isinstance(raw, dict):
            self.problem(spot, "des clés sont attendues ici (clé: valeur)")
            return None
        model = KINDS.get(kind)
        if kind and model is None:
            self.problem(spot, f"genre d'enregistrement « {kind} » inconnu{suggestion(kind, KINDS)}")
        result: dict[str, Any] = {}
        event = "record_kind" in raw or spot[-1] in ("event", "record")
        for key, value in raw.items():
            prefix, _, rest = key.partition(".") if event else ("", "", key)
            inner = prefix in ("before", "after") and bool(rest)
            if model is None or (event and not inner):
                result[key] = self._plain(value, (*spot, key))
                continue
            path, how = self._path(model, rest if event else key, (*spot, key))
            name = f"{prefix}.{path}" if event else path
            result[name] = self._want(how, value, (*spot, key))
        return result

    def _path(self, model: type[BaseModel], path: str, spot: Spot) -> tuple[str, FieldKind | None]:
        names: list[str] = []
        kind: FieldKind | None = None
        inside: type[BaseModel] | None = model
        for part in path.split("."):
            known: Mapping[str, FieldKind] = fields_of(inside) if inside else {}
            kind = known.get(part)
            if kind is None:
                self.problem(spot, f"« {part} » n'est pas un champ de {getattr(model, 'kind', model.__name__)}{suggestion(part, known)}")
                return path, None
            names.append(kind.name)
            inside = kind.model
        return ".".join(names), kind

    def _want(self, kind: FieldKind | None, value: Any, spot: Spot) -> Any:
        if kind is None or value is None:
            return value
        if isinstance(value, dict):
            if is_operators(value):
                return {
                    o: (self._plain(v, (*spot, o)) if o in ("any", "absent") else self._want(kind, v, (*spot, o))) for o, v in value.items()
                }
            if kind.model is None:
                self.problem(spot, "une valeur est attendue, ou any, absent, one_of, contains, min, max")
                return None
            fields: dict[str, Any] = {}
            for key, item in value.items():
                name, inner = self._path(kind.model, key, (*spot, key))
                fields[name] = self._want(inner, item, (*spot, key))
            return fields
        if isinstance(value, list):
            return [self._want(kind, item, (*spot, n)) for n, item in enumerate(value)]
        if value == "*":
            return "*"
        read = self._scalar("any" if kind.how == "number" else kind.how, value, spot)
        return read.isoformat() if isinstance(read, dt.date) else read

    def _plain(self, value: Any, spot: Spot) -> Any:
        if isinstance(value, dict):
            return {k: self._plain(v, (*spot, k)) for k, v in value.items()}
        if isinstance(value, list):
            return [self._plain(v, (*spot, n)) for n, v in enumerate(value)]
        return self._scalar("any", value, spot)


def record_kind(raw: Any, owner: dict[str, Any]) -> str:
    """The kind of record a mapping of wanted fields is about: its own `record_kind`, else the `kind` beside it."""
    if isinstance(raw, dict) and "record_kind" in raw:
        return str(raw["record_kind"])
    return str(owner.get("kind", ""))


def scalar(how: str, value: str, day: dt.date) -> Any:
    """One written value as its field wants it. Raises FieldError."""
    if how == "money":
        return cents(value)
    if how == "date":
        return date(value, day)
    if how == "instant":
        return instant(value, day)
    if how == "phone":
        return value if "@" in value else phone(value)
    if how == "any" and isinstance(value, Plain):
        return plain_value(value)
    return filled(str(value), day)


def plain_value(value: Plain) -> Any:
    """What an unquoted scalar means where any type may stand: true, false, a number, else a text."""
    text = str(value)
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"-?(0|[1-9]\d*)", text):
        return int(text)
    if re.fullmatch(r"-?\d+\.\d+", text):
        return float(text)
    return text


def order_lines(text: str) -> list[dict[str, Any]]:
    """« P-101x6 | P-301x1 » as lines of an order. Raises FieldError."""
    lines: list[dict[str, Any]] = []
    for part in text.split("|"):
        found = _ORDER_LINE.fullmatch(part.strip())
        if found is None:
            raise FieldError(f"« {part.strip()} » : écrire produit x quantité, par exemple P-101x6")
        lines.append({"product_id": found[1], "quantity": Plain(found[2])})
    return lines
