"""From the fields of a request to a record, with a French message for each field that does not fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from crm_mock.errors import InvalidFields
from crm_mock.models import ContactPoint, Mandate, Record
from crm_mock.rules.telephone import to_e164

R = TypeVar("R", bound=Record)

_MESSAGES: dict[str, str] = {
    "missing": "À renseigner.",
    "extra_forbidden": "Champ inconnu.",
    "string_too_short": "À renseigner.",
    "string_too_long": "{max_length} caractères au plus.",
    "string_type": "Un texte est attendu.",
    "string_unicode": "Ce texte contient des caractères illisibles.",
    "string_pattern_mismatch": "Forme non reconnue.",
    "literal_error": "Valeur non prévue ; attendu : {expected}.",
    "int_type": "Un nombre entier est attendu.",
    "int_parsing": "Un nombre entier est attendu.",
    "int_parsing_size": "Ce nombre est trop grand.",
    "int_from_float": "Un nombre entier est attendu.",
    "bool_type": "Oui ou non est attendu.",
    "bool_parsing": "Oui ou non est attendu.",
    "greater_than_equal": "{ge} au moins.",
    "less_than_equal": "{le} au plus.",
    "tuple_type": "Une liste est attendue.",
    "uuid_parsing": "Un identifiant UUID est attendu.",
    "uuid_type": "Un identifiant UUID est attendu.",
    "dict_type": "Une fiche est attendue.",
    "json_invalid": "Ce texte n'est pas du JSON.",
    "model_type": "Une fiche est attendue.",
    "model_attributes_type": "Une fiche est attendue.",
}
_DATE = "Date non reconnue ; attendu : AAAA-MM-JJ."
_EMAIL = re.compile(r"^[^\s@<>()\[\],;:\"\\]{1,64}@(?:[A-Za-z0-9À-ÿ](?:[A-Za-z0-9À-ÿ\-]{0,62})\.)+[A-Za-z]{2,}$")


def french_messages(errors: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Field path to message, from pydantic's error list; `body`, `query` and `path` are left out of the path."""
    return {".".join(str(p) for p in e["loc"] if p not in ("body", "query", "path")): _message(e) for e in errors}


def _message(error: Mapping[str, Any]) -> str:
    kind = error["type"]
    if kind.startswith("date"):
        return _DATE
    template = _MESSAGES.get(kind, "Valeur non acceptée.")
    context: dict[str, Any] = dict(error.get("ctx") or {})
    if "expected" in context:
        context["expected"] = str(context["expected"]).replace("''", "(vide)").replace("'", "").replace(" or ", " ou ")
    return template.format(**context)


def to_record(model: type[R], values: Mapping[str, Any]) -> R:
    """Raises InvalidFields; a nested field is named by its path, "lines.0.quantity"."""
    try:
        record = model.model_validate(dict(values))
    except ValidationError as error:
        raise InvalidFields(french_messages(dict(e) for e in error.errors(include_url=False, include_input=False))) from None
    _refuse_unwritable(record.model_dump(mode="python"), "")
    return normalised(record)


def _refuse_unwritable(values: Mapping[str, Any], prefix: str) -> None:
    """Lone surrogates cannot be stored as UTF-8, NUL cuts texts in other tools, SQLite's integers have 64 bits."""
    for name, value in values.items():
        if isinstance(value, str) and ("\x00" in value or any("\ud800" <= c <= "\udfff" for c in value)):
            raise InvalidFields({prefix + name: _MESSAGES["string_unicode"]})
        if isinstance(value, int) and abs(value) >= 2**63:
            raise InvalidFields({prefix + name: _MESSAGES["int_parsing_size"]})
        if isinstance(value, Mapping):
            _refuse_unwritable(value, f"{prefix}{name}.")
        elif isinstance(value, tuple | list):
            _refuse_unwritable({str(i): v for i, v in enumerate(value)}, f"{prefix}{name}.")


def _contact_point(point: ContactPoint) -> ContactPoint:
    if point.channel == "e-mail":
        if not _EMAIL.match(point.value):
            raise InvalidFields({"value": "Adresse e-mail non reconnue."})
        return point
    number = to_e164(point.value)
    if number is None:
        raise InvalidFields({"value": "Numéro de téléphone non reconnu."})
    return point.model_copy(update={"value": number})


def _mandate(mandate: Mandate) -> Mandate:
    """An IBAN is kept without its middle: last four characters, and the country."""
    compact = re.sub(r"\s", "", mandate.iban_masked)
    if len(compact) < 14 or not compact.isalnum():
        return mandate
    return mandate.model_copy(update={"iban_masked": f"{compact[:2]}•• •••• {compact[-4:]}"})


_NORMALISE: dict[type[Record], Callable[[Any], Record]] = {ContactPoint: _contact_point, Mandate: _mandate}


def normalised(record: R) -> R:
    """Telephone numbers to E.164, IBANs masked. Raises InvalidFields."""
    change = _NORMALISE.get(type(record))
    if change is None:
        return record
    result = change(record)
    assert isinstance(result, type(record))
    return result
