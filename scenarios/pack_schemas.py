"""JSON Schemas of a pack's YAML files, for editors (`# yaml-language-server: $schema=…`): made from the types, kept in `schemas/`.

python -m scenarios.pack_schemas        writes them again; a test tells when they are not current
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic_core import PydanticUndefined

from crm_mock.models import KINDS, Contact, Order, Owned, Record
from crm_mock.rules.diagnostic_tree import Tree
from crm_mock.rules.profile import CompanyProfile
from crm_mock.rules.questionnaire import Questionnaire
from crm_mock.rules.retention_grid import Grid
from scenarios.pack import Campaign, CannedReply, CodeTree, Dialogue, Expected, Identity, Persona, Service, Simulation, When
from scenarios.pack_fields import FieldKind, fields_of
from scenarios.pack_schema_words import WORDS

FOLDER = Path(__file__).parent / "schemas"
DRAFT = "https://json-schema.org/draft/2020-12/schema"
Json = dict[str, Any]

_MONEY: Json = {"type": ["string", "number"], "description": "Montant en euros : 4,20"}
_DATE: Json = {"type": "string", "description": "Date : J, J+8, J-49, J+3jo, J-3m@5, J+48> ; ou 2026-12-01, 01/12/2026"}
_HOW: dict[str, Json] = {
    "money": _MONEY,
    "date": _DATE,
    "instant": {"type": "string", "description": "Moment, heure de Paris : J-30 14:32"},
    "phone": {
        "type": "string",
        "description": "Numéro d'une plage de fiction : 04 65 71 21 08 ; ou une adresse e-mail là où elle est admise",
    },
    "wanted": {"type": "object", "description": "Champs attendus : valeur, ou any, absent, one_of, contains, min, max"},
}


_TABLE: Json = {
    "type": "object",
    "additionalProperties": False,
    "required": ["replace"],
    "properties": {
        "people": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Fichiers de people/, sans .yaml, des personnes de cette situation",
        },
        "replace": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "ancien: nouveau, mots entiers ; un nom suit dans ses écritures ; « stock: 41 » ne vaut que sous cette clé",
        },
    },
}
_VARIANT: Json = {
    "type": "object",
    "additionalProperties": False,
    "required": ["simulations"],
    "properties": {
        "title": {"type": "string"},
        "simulations": {"type": "object", "additionalProperties": _TABLE, "description": "Une table par situation : S1, S2…"},
    },
}


class _Schemas:
    """Builds one file's schema; types met on the way go to `$defs`."""

    def __init__(self) -> None:
        self.defs: dict[str, Json] = {}

    def model(self, model: type[BaseModel], implied: frozenset[str] = frozenset()) -> Json:
        """The object of a type. `implied` keys are told elsewhere: not required here."""
        required = [k.key for k in fields_of(model).values() if model.model_fields[k.name].is_required() and k.key not in implied]
        properties = {
            kind.key: self._described(model, kind) for kind in fields_of(model).values() if kind.key not in implied or kind.key == "id"
        }
        made: Json = {"type": "object", "additionalProperties": False, "properties": properties}
        if required:
            made["required"] = required
        if model is When:
            made |= {"minProperties": 1, "maxProperties": 1}
        return made

    def ref(self, model: type[BaseModel]) -> Json:
        name = model.__name__
        if name not in self.defs:
            self.defs[name] = {}
            self.defs[name] = self.model(model)
        return {"$ref": f"#/$defs/{name}"}

    def _described(self, model: type[BaseModel], kind: FieldKind) -> Json:
        made = self._field(model, kind)
        words = WORDS.get(f"{model.__name__}.{kind.key}") or WORDS.get(kind.key)
        if words:
            made = {**made, "description": words}
        default = model.model_fields[kind.name].default
        if isinstance(default, str | int | float) and default not in ("", PydanticUndefined) and kind.how in ("text", "number"):
            made = {**made, "default": default}
        return made

    def _field(self, model: type[BaseModel], kind: FieldKind) -> Json:
        if kind.how == "model":
            assert kind.model is not None
            item = self.ref(kind.model)
            if kind.keyed:
                values = {"type": "array", "items": item} if kind.many else item
                return {"type": "object", "additionalProperties": values}
            if kind.many:
                listed: Json = {"type": "array", "items": item}
                return {"anyOf": [listed, {"type": "string"}]} if (model, kind.key) == (Order, "lines") else listed
            return item
        if kind.how in _HOW:
            item = _HOW[kind.how]
            return {"type": "array", "items": item} if kind.many else item
        info = model.model_fields[kind.name]
        annotation: Any = info.annotation
        made = TypeAdapter(annotation).json_schema()
        for constraint in info.metadata:
            for name, key in (
                ("pattern", "pattern"),
                ("min_length", "minLength"),
                ("max_length", "maxLength"),
                ("ge", "minimum"),
                ("le", "maximum"),
            ):
                value = getattr(constraint, name, None)
                if value is not None:
                    made[key] = value
        return _plain(made)


def _plain(made: Json) -> Json:
    """Optional fields are left out rather than written null; lists of texts may be written as one text."""
    if "anyOf" in made:
        kept = [part for part in made["anyOf"] if part.get("type") != "null"]
        made = kept[0] if len(kept) == 1 else {**made, "anyOf": kept}
    if made.get("type") == "array" and made.get("items", {}).get("type") == "string":
        return {"anyOf": [made, made["items"]]}
    return {key: value for key, value in made.items() if key != "title"}


def schemas() -> dict[str, Json]:
    """Every schema by file name without suffix: pack, services, codes, person, simulation, persona, dialogue, expected,
    questionnaire, tree, retention, campaigns, canned, variant."""
    return {
        "pack": _whole("pack.yaml : le pack et son entreprise", {"identity": Identity, "company": CompanyProfile}),
        "services": _listed("services.yaml : l'annuaire des services", "services", Service),
        "codes": _single("codes.yaml : les codes de qualification", CodeTree),
        "person": _person(),
        "simulation": _single(
            "simulation.yaml : la situation, sans sa persona",
            Simulation,
            frozenset({"id", "persona", "dialogue", "expected"}),
            {"persona", "dialogue", "expected"},
        ),
        "persona": _single("persona.yaml : la fiche du client", Persona),
        "dialogue": _single("dialogue.yaml : ce que dit le client virtuel", Dialogue),
        "expected": _single("expected.yaml : les enregistrements et les étapes attendus", Expected),
        "questionnaire": _single("questionnaires/*.yaml : une enquête, lue mot pour mot", Questionnaire, frozenset({"id"})),
        "tree": _single("trees/*.yaml : un arbre de diagnostic", Tree, frozenset({"id"})),
        "retention": _single("retention.yaml : la grille de rétention", Grid),
        "campaigns": _listed("campaigns.yaml : les campagnes d'appels", "campaigns", Campaign),
        "variant": _head("variants/*.yaml : un autre sujet, ou les personas de réserve, faits des fichiers du pack", _VARIANT, {}),
        "canned": _listed("canned.yaml : les réponses prêtes de la messagerie", "canned", CannedReply),
    }


def _head(title: str, body: Json, defs: dict[str, Json]) -> Json:
    return {"$schema": DRAFT, "title": title, **body, **({"$defs": dict(sorted(defs.items()))} if defs else {})}


def _single(
    title: str, model: type[BaseModel], implied: frozenset[str] = frozenset(), absent: frozenset[str] | set[str] = frozenset()
) -> Json:
    build = _Schemas()
    body = build.model(model, implied)
    for key in absent:
        body["properties"].pop(key, None)
        build.defs.pop(key.capitalize(), None)
    return _head(title, body, build.defs)


def _whole(title: str, parts: dict[str, type[BaseModel]]) -> Json:
    build = _Schemas()
    properties = {key: build.ref(model) for key, model in parts.items()}
    return _head(title, {"type": "object", "additionalProperties": False, "properties": properties, "required": list(parts)}, build.defs)


def _listed(title: str, key: str, model: type[BaseModel]) -> Json:
    build = _Schemas()
    properties = {key: {"type": "array", "items": build.ref(model)}}
    return _head(title, {"type": "object", "additionalProperties": False, "properties": properties, "required": [key]}, build.defs)


def _person() -> Json:
    build = _Schemas()
    implied = frozenset({"id", "contact_id"})
    properties: Json = {"contact": build.model(Contact, frozenset({"id"}))}
    kinds: list[type[Record]] = [model for model in KINDS.values() if issubclass(model, Owned)]
    for model in kinds:
        properties[model.kind] = {"type": "array", "items": build.model(model, implied)}
    return _head(
        "people/*.yaml : une personne et tous ses enregistrements",
        {"type": "object", "additionalProperties": False, "properties": properties, "required": ["contact"]},
        build.defs,
    )


def written(schema: Json) -> str:
    """As the file holds it."""
    return json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=False) + "\n"


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    for name, schema in schemas().items():
        (FOLDER / f"{name}.json").write_text(written(schema), encoding="utf-8")
        print(f"{name}.json", file=sys.stdout)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
