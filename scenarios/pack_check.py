"""Whether a pack that loads also holds together: every problem at once, with its file and line.

What is checked is in the docstrings below; scenes are `pack_check_scenes`'. Fictional data only: numbers of ARCEP's
ranges for works of fiction (décision 2018-0881, art. 2.5.12), IBAN of bank 99999, e-mails in `.example`, no card.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from stdnum import iban

from crm_mock.models import (
    CollectionCase,
    Contact,
    ContactPoint,
    Document,
    Interaction,
    Invoice,
    Order,
    Owned,
    Payment,
    PaymentPlan,
    Product,
    Record,
    Reminder,
)
from crm_mock.rules import card_numbers, order_totals, payment_plan
from crm_mock.rules.calendar import is_working_day
from crm_mock.rules.money import format_cents
from crm_mock.rules.telephone import display, is_fiction, to_e164
from crm_mock.store import LINKS
from scenarios import pack_sheets
from scenarios.pack import Pack
from scenarios.pack_check_amounts import amount_problems
from scenarios.pack_check_brief import brief_problems
from scenarios.pack_check_chat import chat_problems
from scenarios.pack_check_desks import desk_problems
from scenarios.pack_check_facts import fact_problems
from scenarios.pack_check_hints import hint_problems
from scenarios.pack_check_law import law_problems
from scenarios.pack_check_reach import reach_problems
from scenarios.pack_check_scenes import scene_problems
from scenarios.pack_check_subject import subject_problems
from scenarios.pack_files import PackFolder, PackProblem
from scenarios.pack_letters import letter_problems
from scenarios.pack_load import Loaded, read_pack
from scenarios.pack_variants import leftovers, variants

MAX_SHOWN = 200  # of problems of one kind from generated files

_NUMBER = re.compile(r"(?<![\w.,/-])(?:\+33[ .]?|0033[ .]?|0)[1-9](?:[ .]?\d{2}){4}(?![\d])")
_IBAN = re.compile(r"\bFR\d{2}(?:[ ]?[0-9A-Z]{4}){5}[ ]?[0-9A-Z]{3}\b")
_EMAIL = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
_SITE = re.compile(r"(?<![@\w.])www\.([\w-]+(?:\.[\w-]+)+)")
FICTION_DOMAINS = (".example", "example.org", "example.com", "example.net")


def check_pack(path: Path, day: dt.date) -> list[PackProblem]:
    """Everything wrong with the pack, loading included, in file and line order. `day` must be a working day: sittings are."""
    if not is_working_day(day):
        return [PackProblem(Path(path).name, 0, f"le {day:%d/%m/%Y} n'est pas un jour ouvré : vérifier le pack pour un jour de session")]
    path = Path(path)
    loaded = read_pack(path, day)
    found = [*loaded.problems, *_fiction(PackFolder(path))]
    if loaded.pack is not None:
        found += _subject(loaded.pack, loaded)
        found += _spares(loaded.pack, loaded) if loaded.pack.spares else ()
        found += pack_sheets.sheet_problems(loaded.pack, _real_looking)
        found += brief_problems(loaded.pack, loaded.sources)
        found += _length(loaded.pack)
    for variant in variants(path):
        other = read_pack(path, day, variant, like=loaded)
        found += other.problems
        if other.pack is not None:
            found += _subject(other.pack, other)
    return sorted(set(found))


def _subject(pack: Pack, loaded: Loaded) -> Iterator[PackProblem]:
    """What differs from one of the pack's subjects to another."""
    yield from _Records(pack, loaded).problems()
    yield from desk_problems(pack, loaded)
    yield from _scenes(pack, loaded)
    yield from subject_problems(pack, loaded)
    if loaded.folder is not None:
        yield from leftovers(loaded.folder, loaded.sources, pack.identity.subject)


def _spares(pack: Pack, loaded: Loaded) -> Iterator[PackProblem]:
    """The spares' own scenes; their people are in every subject's records."""
    yield from _scenes(pack.model_copy(update={"simulations": pack.spares}), loaded)
    if loaded.folder is not None:
        yield from leftovers(loaded.folder, loaded.sources, pack.identity.spares)


def _scenes(pack: Pack, loaded: Loaded) -> Iterator[PackProblem]:
    yield from scene_problems(pack, loaded)
    yield from reach_problems(pack, loaded)
    yield from amount_problems(pack, loaded)
    yield from law_problems(pack, loaded)
    yield from chat_problems(pack, loaded)
    yield from hint_problems(pack, loaded)
    yield from fact_problems(pack, loaded)
    yield from letter_problems(pack, loaded.sources)


def _fiction(folder: PackFolder) -> Iterator[PackProblem]:
    """Telephone numbers, IBAN, e-mails, sites and card numbers, in every line of every file."""
    for name in folder.names():
        text = None if pack_sheets.is_sheet(name) else folder.text(name, 8_000_000)
        if text is None:
            continue
        shown = Counter[str]()
        for number, line in enumerate(text.splitlines(), 1):
            for kind, message in _real_looking(line):
                shown[kind] += 1
                if shown[kind] <= MAX_SHOWN:
                    yield PackProblem(name, number, message)


def _real_looking(line: str) -> Iterator[tuple[str, str]]:
    for found in _NUMBER.finditer(line):
        number = to_e164(found[0])
        if number is not None and not is_fiction(number):
            yield (
                "number",
                f"{display(number)} n'est pas un numéro de fiction : prendre 01 99 00, 02 61 91, 03 53 01, 04 65 71, 05 36 49 ou 06 39 98",
            )
    for found in _IBAN.finditer(line) if "FR" in line else ():
        compact = found[0].replace(" ", "")
        if compact[4:9] != "99999":
            yield "iban", f"IBAN d'une banque réelle ({compact[4:9]}) : prendre la banque 99999"
        elif not iban.is_valid(compact):
            yield "iban", "IBAN non valide : sa clé est fausse"
    if card_numbers.find(line):
        yield "card", "numéro de carte ou cryptogramme : aucun pack ne doit en contenir"
    for pattern, what, mark in ((_EMAIL, "adresse e-mail", "@"), (_SITE, "site", "www.")):
        for found in pattern.finditer(line) if mark in line else ():
            domain = found[1].casefold()
            if not domain.endswith(FICTION_DOMAINS):
                yield "domain", f"{what} hors fiction (« {domain} ») : finir par .example"


def _length(pack: Pack) -> Iterator[PackProblem]:
    """There is something to read; how much of it at most is `pack_check_brief`'s."""
    if all(text.kind != "brief" for text in pack.texts):
        yield PackProblem("brief", 0, "dossier du candidat absent : écrire au moins brief/01-consignes.md")
    if all(text.kind != "procedure" for text in pack.texts):
        yield PackProblem("procedures", 0, "aucune procédure : écrire au moins procedures/P-01-….md")


class _Records:
    """Records against each other, the catalogue, the codes and the company's rules."""

    def __init__(self, pack: Pack, loaded: Loaded) -> None:
        self.pack, self.loaded = pack, loaded
        self.by_id = {(record.kind, record.id): record for record in pack.records}
        self.delivery = {str(way): rule for way, rule in pack.company.delivery.items()}
        self.results = {code.code for code in pack.codes.results}
        self.codes = {code.code for codes in pack.codes.competences.values() for code in codes}
        self.found: list[PackProblem] = []

    def problems(self) -> list[PackProblem]:
        self._references()
        for record in self.pack.records:
            if isinstance(record, Owned) and ("contact", record.contact_id) not in self.by_id:
                self._say(record, f"contact « {record.contact_id} » inconnu", "contact_id")
            match record:
                case Contact():
                    self._known(record, "company_id", "contact", record.company_id)
                case Product():
                    self._product(record)
                case Order():
                    self._order(record)
                case Invoice():
                    self._invoice(record)
                case Payment():
                    self._payment(record)
                case CollectionCase() | Reminder():
                    self._owed(record, record.invoice_ids, record.total_cents)
                case PaymentPlan():
                    self._plan(record)
                case Interaction():
                    self._interaction(record)
                case ContactPoint():
                    if record.channel != "e-mail" and not is_fiction(record.value):
                        self._say(record, f"{display(record.value)} n'est pas un numéro de fiction", "value")
                    if record.channel == "e-mail" and "@" not in record.value:
                        self._say(record, "adresse e-mail attendue", "value")
                case Document():
                    subjects = (
                        "order",
                        "invoice",
                        "payment_plan",
                        "subscription",
                        "contact",
                        "amendment",
                        "termination_request",
                        "booking",
                    )
                    if record.subject_id and not any((kind, record.subject_id) in self.by_id for kind in subjects):
                        self._say(record, f"« {record.subject_id} » ne désigne rien dont parle un document", "subject_id")
                case _:
                    self._linked(record)
        return self.found

    def _say(self, record: Record, message: str, key: str = "") -> None:
        file, line = self.loaded.where.get(f"{record.kind}:{record.id}", ("catalogue.csv", 0))
        self.found.append(PackProblem(file, line, message, f"{record.kind} {record.id}" + (f".{key}" if key else "")))

    def _known(self, record: Record, key: str, kind: str, ident: str) -> None:
        if ident and (kind, ident) not in self.by_id:
            self._say(record, f"{kind} « {ident} » inconnu", key)

    def _linked(self, record: Record) -> None:
        """Every id of another record leads to one."""
        for (kind, name), target in LINKS.items():
            value = getattr(record, name) if kind == record.kind else ()
            for ident in value if isinstance(value, tuple) else (value,):
                self._known(record, name, target, ident)

    def _references(self) -> None:
        """What people read and say aloud names one thing."""
        said = Counter((r.kind, r.reference) for r in self.pack.records if isinstance(r, Contact | Order | Invoice) and r.reference)
        for record in self.pack.records:
            if isinstance(record, Contact | Order | Invoice) and said[(record.kind, record.reference)] > 1:
                self._say(record, f"référence « {record.reference} » donnée {said[(record.kind, record.reference)]} fois", "reference")

    def _product(self, product: Product) -> None:
        for key, ids in (("substitutes", product.substitutes), ("addons", product.addons)):
            for ident in ids:
                self._known(product, key, "product", ident)
                if ident == product.id:
                    self._say(product, "un produit ne peut pas être proposé à sa propre place", key)
        if product.stock == 0 and product.back_on is None and not product.substitutes:
            self._say(product, "en rupture : donner back_on ou substitutes", "stock")
        if product.withdrawal == "exception" and not product.withdrawal_exception:
            self._say(product, "dire l'article de L221-28 qui retire la rétractation", "withdrawal_exception")

    def _order(self, order: Order) -> None:
        for line in order.lines:
            self._known(order, "lines", "product", line.product_id)
        self._known(order, "address_id", "address", order.address_id)
        sums = order_totals.totals(order.lines, order.delivery, self.delivery)
        for key, written, right in (("items", order.items_cents, sums.items_cents), ("total", order.total_cents, sums.total_cents)):
            if written != right:
                self._say(order, f"{format_cents(written)} écrits, les lignes et la livraison font {format_cents(right)}", key)

    def _invoice(self, invoice: Invoice) -> None:
        self._known(invoice, "order_id", "order", invoice.order_id)
        self._known(invoice, "subscription_id", "subscription", invoice.subscription_id)
        order = self.by_id.get(("order", invoice.order_id))
        if isinstance(order, Order) and order.total_cents != invoice.total_cents:
            self._say(
                invoice, f"{format_cents(invoice.total_cents)} facturés pour une commande de {format_cents(order.total_cents)}", "total"
            )
        if invoice.issued_on and invoice.due_on and invoice.due_on < invoice.issued_on:
            self._say(invoice, "l'échéance précède la facture", "due_on")

    def _payment(self, payment: Payment) -> None:
        self._known(payment, "invoice_id", "invoice", payment.invoice_id)
        self._known(payment, "order_id", "order", payment.order_id)
        self._known(payment, "booking_id", "booking", payment.booking_id)
        invoice = self.by_id.get(("invoice", payment.invoice_id))
        if isinstance(invoice, Invoice):
            if invoice.total_cents != payment.amount_cents:
                self._say(
                    payment, f"{format_cents(payment.amount_cents)} réglés pour {format_cents(invoice.total_cents)} facturés", "amount"
                )
            if payment.status == "encaissé" and invoice.status == "impayée":
                self._say(payment, "paiement encaissé d'une facture dite impayée", "status")

    def _owed(self, record: CollectionCase | Reminder, invoice_ids: tuple[str, ...], total: int) -> None:
        for ident in invoice_ids:
            self._known(record, "invoice_ids", "invoice", ident)
        owed = [r for i in invoice_ids if isinstance(r := self.by_id.get(("invoice", i)), Invoice)]
        if len(owed) == len(invoice_ids) and sum(r.total_cents for r in owed) != total:
            self._say(record, f"{format_cents(total)} écrits, les factures font {format_cents(sum(r.total_cents for r in owed))}", "total")
        if isinstance(record, Reminder) and record.sent_on is not None:
            for invoice in owed:
                if invoice.due_on is not None and invoice.due_on > record.sent_on:
                    self._say(record, f"relance d'une facture pas encore échue ({invoice.reference})", "sent_on")

    def _plan(self, plan: PaymentPlan) -> None:
        start = plan.instalments[0].due_on if plan.instalments else self.pack.day
        for message in payment_plan.check(plan.instalments, plan.total_cents, self.pack.company.scale, start):
            self._say(plan, message, "instalments")

    def _interaction(self, interaction: Interaction) -> None:
        if interaction.result and interaction.result not in self.results:
            self._say(interaction, f"résultat « {interaction.result} » absent de codes.yaml", "result")
        for code in interaction.codes:
            if code not in self.codes:
                self._say(interaction, f"code « {code} » absent de codes.yaml", "codes")
        if interaction.on is not None and interaction.on > self.pack.day:
            self._say(interaction, "contact daté après le jour de la session", "on")
