"""A pack's folder to a `Pack` resolved for one day; or everything that is wrong with it, each with its file and line.

    pack.yaml services.yaml codes.yaml catalogue.csv      brief/NN-*.md  procedures/P-NN-*.md  knowledge/K-NN-*.md
    people/*.yaml (a contact and all its records)         crowd/<kind>.csv (many records of a kind)
    simulations/<id>/{simulation,persona,dialogue,expected}.yaml
    questionnaires/*.yaml  trees/*.yaml  retention.yaml  campaigns.yaml  canned.yaml  letters/*.md  (none of them required)
    variants/*.yaml  variants/<subject>/…  (other subjects and spares: `pack_variants`)

`docs/pack.md` tells trainers the same. Consistency between parts is `pack_check`'s.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from crm_mock.bulk import nothing_is_garbage
from crm_mock.models import KINDS, Attempt, Contact, Order, OrderLine, Owned, Product, Record
from crm_mock.rules.diagnostic_tree import Tree
from crm_mock.rules.order_totals import totals
from crm_mock.rules.profile import CompanyProfile, DeliveryRule
from crm_mock.rules.questionnaire import Questionnaire
from crm_mock.rules.retention_grid import Grid
from scenarios import pack_fields, pack_sheets
from scenarios.pack import (
    Campaign,
    CannedReply,
    CodeTree,
    Dialogue,
    Expected,
    Identity,
    Letter,
    Pack,
    Persona,
    ReferenceText,
    Service,
    Simulation,
)  # fmt: skip
from scenarios.pack_fields import FieldError, FieldKind, Reader
from scenarios.pack_files import PackErrors, PackProblem, Source, Spot, pack_hash
from scenarios.pack_letters import read_letters
from scenarios.pack_variants import FILES, SubjectFolder
from scenarios.pack_words import explain

__all__ = ["Loaded", "PackErrors", "PackProblem", "load_pack", "read_pack"]

M = TypeVar("M", bound=BaseModel)
_HEADING = re.compile(r"#\s+(.+?)\s*\n")
_KEYWORDS = re.compile(r"^Mots-clés\s*:\s*(.+)\n?", re.MULTILINE)
_CCPS = re.compile(r"^CCP\s*:\s*(.+)\n?", re.MULTILINE)


@dataclass
class Loaded:
    """What could be read. `where` says where each record (by id), and each part of a simulation, was written."""

    pack: Pack | None
    problems: list[PackProblem]
    where: dict[str, tuple[str, int]] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)  # "S1/persona", "codes", … as read
    folder: SubjectFolder | None = None


def load_pack(path: Path, day: dt.date, variant: str = "") -> Pack:
    """A subject of the pack ("": its own files' one) for the sitting's day. Raises PackErrors with every problem found."""
    loaded = read_pack(path, day, variant)
    if loaded.pack is None or loaded.problems:
        raise PackErrors(loaded.problems)
    return loaded.pack


def read_pack(path: Path, day: dt.date, variant: str = "", like: Loaded | None = None) -> Loaded:
    """Reads everything that can be read; `pack` is None when a part is missing or wrong. `like`: another subject of the same pack for
    the same day, whose crowd and catalogue are taken as they were read."""
    with nothing_is_garbage():
        return _Loading(Path(path), day, variant, like).run()


class _Loading:
    def __init__(self, root: Path, day: dt.date, variant: str, like: Loaded | None) -> None:
        self.folder, self.root, self.day = SubjectFolder(root, like.folder if like is not None else None), root, day
        self.variant, self.like = variant, like
        self.where: dict[str, tuple[str, int]] = {}
        self.sources: dict[str, Source] = {}
        self.records: list[Record] = []
        self.products: dict[str, Product] = {}
        self.company: CompanyProfile | None = None
        self.delivery: dict[str, DeliveryRule] = {}

    def run(self) -> Loaded:
        if self.folder.problems:
            return Loaded(None, sorted(self.folder.problems))
        identity, self.company = self._identity()
        self.delivery = {str(way): rule for way, rule in self.company.delivery.items()} if self.company else {}
        services = self._listed("services", Service)
        codes = self._one("codes.yaml", "codes", CodeTree)
        texts = tuple(self._texts())
        if identity is not None:
            self.folder.choose(self.variant, identity.subjects, identity.subject, identity.spares)
            identity = identity.model_copy(update={"subject": self.folder.subject})
        shared = self.like is not None and self.like.pack is not None
        if self.like is not None and shared:
            self._as_read(self.like)
        else:
            self._catalogue()
        for name in self.folder.people():
            self._person(name)
        for name in self.folder.names("crowd", ".csv") if not shared else ():
            self._crowd(name)
        simulations = tuple(s for s in (self._simulation(*one) for one in self.folder.simulations()) if s is not None)
        spares = tuple(s for s in (self._simulation(*one) for one in self.folder.spares()) if s is not None)
        questionnaires = tuple(self._each("questionnaires", Questionnaire))
        trees = tuple(self._each("trees", Tree))
        retention = self._one("retention.yaml", "retention", Grid) if self._has("retention.yaml") else None
        campaigns = self._listed("campaigns", Campaign) if self._has("campaigns.yaml") else ()
        canned = self._listed("canned", CannedReply) if self._has("canned.yaml") else ()
        letters = read_letters(self.folder, self.sources, lambda source, raw: self._build(Letter, source, raw, ()))
        sheets = pack_sheets.sheet_files(self.folder)
        self._twice()
        self._strangers()
        self.folder.finish()
        pack: Pack | None = None
        if not self.folder.problems and identity is not None and self.company is not None and codes is not None:
            pack = Pack(
                identity=identity.model_copy(update={"hash": pack_hash(self.root)}),
                day=self.day,
                company=self.company,
                services=services,
                texts=texts,
                codes=codes,
                simulations=simulations,
                records=tuple(self.records),
                questionnaires=questionnaires,
                trees=trees,
                retention=retention,
                campaigns=campaigns,
                sheets=sheets,
                canned=canned,
                letters=letters,
                spares=spares,
            )
        return Loaded(pack, sorted(set(self.folder.problems)), self.where, self.sources, self.folder)

    # --- parts ---

    def _identity(self) -> tuple[Identity | None, CompanyProfile | None]:
        source = self._source("pack.yaml", "pack")
        if source is None or not isinstance(source.data, dict):
            return None, None
        for key in source.data.keys() - {"identity", "company"}:
            hint = pack_fields.suggestion(key, ("identity", "company"))
            self.folder.problem("pack.yaml", source.line((key,)), f"clé inconnue{hint}", key)
        return (
            self._build(Identity, source, source.data.get("identity"), ("identity",)),
            self._build(CompanyProfile, source, source.data.get("company"), ("company",)),
        )

    def _has(self, name: str) -> bool:
        return name in self.folder.names()

    def _listed(self, key: str, model: type[M]) -> tuple[M, ...]:
        """The list that `<key>.yaml` holds under its own name."""
        name = f"{key}.yaml"
        source = self._source(name, key)
        if source is None:
            return ()
        entries = source.data.get(key) if isinstance(source.data, dict) else None
        if not isinstance(entries, list):
            self.folder.problem(name, 1, f"une liste « {key}: » est attendue")
            return ()
        built = (self._build(model, source, entry, (key, n)) for n, entry in enumerate(entries))
        return tuple(part for part in built if part is not None)

    def _each(self, where: str, model: type[M]) -> Iterator[M]:
        """One a file; the file's name is its id when it gives none."""
        for name in self.folder.names(where, ".yaml"):
            source = self._source(name, name)
            if source is None:
                continue
            raw = {"id": Path(name).stem, **source.data} if isinstance(source.data, dict) else source.data
            built = self._build(model, source, raw, ())
            if built is not None:
                yield built

    def _texts(self) -> Iterator[ReferenceText]:
        for kind, where in (("brief", "brief"), ("procedure", "procedures"), ("knowledge", "knowledge")):
            for name in self.folder.names(where, ".md"):
                text = self.folder.text(name)
                if text is None:
                    continue
                heading = _HEADING.match(text)
                if heading is None:
                    self.folder.problem(name, 1, "la première ligne doit être un titre (# Titre)")
                    continue
                stem = Path(name).stem
                ident = re.match(r"[PK]-\d+", stem)
                body = text[heading.end() :]
                keywords, ccps = _KEYWORDS.search(body[:400]), _CCPS.search(body[:400])
                for line in (keywords, ccps):
                    body = body.replace(line[0], "", 1) if line else body
                raw = {
                    "id": ident[0] if ident else f"{where}-{stem}",
                    "title": heading[1],
                    "kind": kind,
                    "text": body.strip() + "\n",
                    "keywords": keywords[1] if keywords else "",
                    "ccps": [one.strip().lower() for one in ccps[1].split(",")] if ccps else [],
                }
                source = Source(name, raw, {})
                self.sources[name] = source
                built = self._build(ReferenceText, source, raw, ())
                if built is not None:
                    yield built

    def _simulation(self, ident: str, start: str) -> Simulation | None:
        persona = self._one(f"{start}/persona.yaml", f"{ident}/persona", Persona)
        dialogue = self._one(f"{start}/dialogue.yaml", f"{ident}/dialogue", Dialogue)
        expected = self._one(f"{start}/expected.yaml", f"{ident}/expected", Expected)
        source = self._source(f"{start}/simulation.yaml", f"{ident}/simulation")
        if source is None:
            return None
        for key in ("persona", "dialogue", "expected"):
            if isinstance(source.data, dict) and key in source.data:
                self.folder.problem(source.file, source.line((key,)), f"à écrire dans {key}.yaml", key)
                return None
        parts = {"persona": persona, "dialogue": dialogue, "expected": expected}
        raw = {"id": ident, **source.data} if isinstance(source.data, dict) else source.data
        return self._build(Simulation, source, raw, (), extra=parts)

    # --- records ---

    def _as_read(self, like: Loaded) -> None:
        """Catalogue and crowd, which every subject of a pack shares."""
        for record in like.pack.records if like.pack is not None else ():
            place = like.where[f"{record.kind}:{record.id}"]
            if place[0] == "catalogue.csv" or place[0].startswith("crowd/"):
                self.records.append(record)
                self.where.setdefault(f"{record.kind}:{record.id}", place)
                if isinstance(record, Product):
                    self.products[record.id] = record

    def _catalogue(self) -> None:
        for line, product in self._rows("catalogue.csv", Product):
            self.products[product.id] = product
            self._keep(product, "catalogue.csv", line)

    def _person(self, name: str) -> None:
        source = self._source(name, name)
        if source is None:
            return
        if not isinstance(source.data, dict) or not isinstance(source.data.get("contact"), dict):
            self.folder.problem(name, 1, "une clé « contact: » avec la personne est attendue")
            return
        stem = Path(name).stem
        contact = self._build(Contact, source, {"id": stem, **source.data["contact"]}, ("contact",))
        owner = contact.id if contact else stem
        if contact is not None:
            self._keep(contact, name, source.line(("contact",)))
        for kind, entries in source.data.items():
            if kind == "contact":
                continue
            model = KINDS.get(kind)
            if model is None or not issubclass(model, Owned):
                hint = pack_fields.suggestion(kind, KINDS)
                self.folder.problem(name, source.line((kind,)), f"genre d'enregistrement inconnu{hint}", kind)
                continue
            if not isinstance(entries, list):
                self.folder.problem(name, source.line((kind,)), "une liste est attendue ici (- …)", kind)
                continue
            for n, entry in enumerate(entries):
                if isinstance(entry, dict):
                    raw = {"id": f"{owner}.{kind}.{n + 1}", "contact_id": owner, **entry}
                    self._order(raw, Reader(self.folder, source, self.day), (kind, n)) if model is Order else None
                    record = self._build(model, source, raw, (kind, n))
                else:
                    record = self._build(model, source, entry, (kind, n))
                if record is not None:
                    self._keep(record, name, source.line((kind, n)))

    def _crowd(self, name: str) -> None:
        kind = Path(name).stem
        model = KINDS.get(kind)
        if model is None:
            self.folder.problem(name, 0, f"le nom du fichier doit être un genre d'enregistrement{pack_fields.suggestion(kind, KINDS)}")
            return
        for line, record in self._rows(name, model):
            self._keep(record, name, line)

    def _keep(self, record: Record, name: str, line: int) -> None:
        self.records.append(self._completed(record) if isinstance(record, Order) else record)
        self.where.setdefault(f"{record.kind}:{record.id}", (name, line))

    def _order(self, raw: dict[str, Any], reader: Reader, spot: Spot) -> None:
        """Lines may be told as « P-101x6 | P-301x1 »; price and label come from the catalogue."""
        if isinstance(raw.get("lines"), str):
            try:
                raw["lines"] = pack_fields.order_lines(raw["lines"])
            except FieldError as error:
                reader.problem((*spot, "lines"), str(error))
                raw.pop("lines")

    def _completed(self, order: Order) -> Order:
        """The order with labels, prices and totals that the file left to the catalogue and the delivery rules."""
        lines = tuple(self._line(line) for line in order.lines)
        changes: dict[str, Any] = {"lines": lines}
        if not order.total_cents and self.company is not None:
            sums = totals(lines, order.delivery, self.delivery)
            changes |= {"items_cents": sums.items_cents, "delivery_cents": sums.delivery_cents, "total_cents": sums.total_cents}
        return order.model_copy(update=changes)

    def _line(self, line: OrderLine) -> OrderLine:
        product = self.products.get(line.product_id)
        if product is None:
            return line
        return line.model_copy(update={"label": line.label or product.name, "unit_cents": line.unit_cents or product.price_cents})

    def _rows(self, name: str, model: type[M]) -> Iterator[tuple[int, M]]:
        rows = self.folder.csv(name)
        if not rows:
            return
        known = pack_fields.fields_of(model)
        columns: list[tuple[str, FieldKind]] = []
        for column in rows[0][1]:
            kind = known.get(column)
            if kind is None:
                self.folder.problem(name, 1, f"colonne inconnue{pack_fields.suggestion(column, known)}", column)
            else:
                columns.append((column, kind))
        for line, row in rows:
            raw: dict[str, Any] = {}
            for column, kind in columns:
                text = row[column]
                if text == "":
                    continue
                try:
                    raw[kind.name] = self._cell(kind, text)
                except FieldError as error:
                    self.folder.problem(name, line, str(error), column)
            try:
                yield line, model.model_validate(raw)
            except ValidationError as error:
                for found in error.errors():
                    key = ".".join(str(part) for part in found["loc"])
                    self.folder.problem(name, line, explain(found), key)

    def _cell(self, kind: FieldKind, text: str) -> Any:
        if kind.how == "model" and kind.model is OrderLine:
            return pack_fields.order_lines(text)
        if kind.how == "model" and kind.model is Attempt:
            return pack_fields.attempts(text, self.day)
        if kind.many:
            return [pack_fields.scalar(kind.how, part.strip(), self.day) for part in text.split("|")]
        return pack_fields.scalar(kind.how, text, self.day)

    # --- building ---

    def _source(self, name: str, key: str) -> Source | None:
        source = self.folder.yaml(name)
        if source is not None:
            self.sources[key] = source
        return source

    def _one(self, name: str, key: str, model: type[M]) -> M | None:
        source = self._source(name, key)
        return None if source is None else self._build(model, source, source.data, ())

    def _build(self, model: type[M], source: Source, raw: Any, spot: Spot, extra: dict[str, Any] | None = None) -> M | None:
        reader = Reader(self.folder, source, self.day)
        data = reader.model(model, raw, spot)
        if data is None:
            return None
        try:
            return model.model_validate(data | (extra or {}))
        except ValidationError as error:
            absent = {key for key, part in (extra or {}).items() if part is None}  # told where it is written
            for found in error.errors():
                place = (*spot, *(_written(part) for part in found["loc"]))
                if place not in reader.failed and not absent.intersection(found["loc"][:1]):
                    self.folder.problem(source.file, source.line(place), explain(found), ".".join(map(str, place)))
            return None

    def _twice(self) -> None:
        seen: dict[tuple[str, str], None] = {}
        for record in self.records:
            key = (record.kind, record.id)
            if key in seen:
                file, line = self.where.get(f"{record.kind}:{record.id}", ("catalogue.csv", 0))
                self.folder.problem(file, line, f"identifiant « {record.id} » donné à deux enregistrements « {record.kind} »", "id")
            seen[key] = None

    def _strangers(self) -> None:
        """Files that nothing reads are more often a slip than a wish."""
        read = re.compile(
            r"(pack|services|codes|retention|campaigns|canned)\.yaml|(questionnaires|trees)/[^/]+\.yaml|letters/[^/]+\.md|catalogue\.csv|(brief|procedures|knowledge)/[^/]+\.md|people/[^/]+\.yaml|crowd/[^/]+\.csv"
            r"|simulations/[^/]+/(simulation|persona|dialogue|expected)\.yaml|(README|LISEZMOI)\.md|LICENCE\.txt|"
            + f"{FILES}|{pack_sheets.NAMES}"
        )
        for name in self.folder.names():
            if not read.fullmatch(name):
                self.folder.problem(name, 0, "rien ne lit ce fichier : vérifier son nom et son dossier (voir docs/pack.md)")


def _written(part: str | int) -> str | int:
    """The key as files write it, near enough to find its line."""
    return part.removesuffix("_cents") if isinstance(part, str) else part
