"""Sums and thresholds of the scenes: what a situation expects to find against the catalogue, the company's rules and the person's file.

Orders and schedules are looked at by `pack_check_scenes`; here gestures, links, promises, debts, offers, amendments, stocks and surveys.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from crm_mock.models import Answer, CollectionCase, Goodwill, Invoice, Product, Subscription
from crm_mock.rules import goodwill, questionnaire, retention_grid
from crm_mock.rules.money import format_cents
from scenarios.pack import ExpectedRecord, Pack
from scenarios.pack_check_wanted import Scene, field, items
from scenarios.pack_fields import suggestion
from scenarios.pack_files import PackProblem
from scenarios.pack_load import Loaded

PER_MONTH = "par mois"


def amount_problems(pack: Pack, loaded: Loaded) -> list[PackProblem]:
    return [problem for simulation in pack.simulations for problem in _Amounts(pack, simulation, loaded).problems()]


class _Amounts(Scene):
    def problems(self) -> Iterator[PackProblem]:
        yield from self._gestures()
        yield from self._links()
        yield from self._debts()
        yield from self._offers()
        yield from self._amendments()
        yield from self._stocks()
        yield from self._surveys()

    def _gestures(self) -> Iterator[PackProblem]:
        """Together, and with those of the last twelve months, they stay under the cap."""
        cap, asked = self.pack.company.agent_goodwill_cents, dict[object, int]()
        for number, record in self.of("goodwill"):
            owner = record.match.get("contact_id")
            granted = [goodwill.Gesture(g.on, g.amount_cents) for g in self.owned(Goodwill, owner) if g.on and g.status == "accordé"]
            left = goodwill.remaining_cents(granted, self.pack.day, cap)
            asked[owner] = asked.get(owner, 0) + max(field(record, "amount_cents"), default=0)
            if asked[owner] > left:
                said = f"{format_cents(asked[owner])} de gestes attendus : il en reste {format_cents(left)} (plafond {format_cents(cap)})"
                yield self.problem(number, said, "expect", "amount")

    def _due(self) -> set[int]:
        """What may be paid at once in this situation: totals of its orders, its instalments, its deposits; what the file says is unpaid."""
        sums: set[int] = set()
        for record in self.simulation.expected.records:
            sums.update(v for name in ("total_cents", "deposit_cents", "stay_cents") for v in field(record, name) if isinstance(v, int))
            for part in items(record.expect.get("instalments")):
                sums.update(v for v in (part.get("amount_cents"),) if isinstance(v, int))
        owner = self.simulation.persona.contact_id
        return sums | {r.total_cents for r in self.owned(Invoice, owner) if r.status != "payée"}

    def _links(self) -> Iterator[PackProblem]:
        for kind in ("payment_link", "promise"):
            for number, record in self.of(kind):
                for cents in field(record, "amount_cents"):
                    if cents not in self._due():
                        said = f"{format_cents(cents)} ne sont ni un total, ni un acompte, ni une échéance de cette situation"
                        yield self.problem(number, said, "expect", "amount")

    def _debts(self) -> Iterator[PackProblem]:
        """A file's total is that of its invoices, and a schedule is of a debt that is there."""
        for number, record in self.of("collection_case"):
            case = self.by_id.get(("collection_case", str(record.match.get("id"))))
            if isinstance(case, CollectionCase) and any(cents != case.total_cents for cents in field(record, "total_cents")):
                yield self.problem(number, f"la dette du dossier est de {format_cents(case.total_cents)}", "expect", "total")
        for number, record in self.of("payment_plan"):
            debts = {case.total_cents for case in self.owned(CollectionCase, record.match.get("contact_id"))}
            for cents in field(record, "total_cents"):
                if debts and cents not in debts:
                    said = f"échéancier de {format_cents(cents)} pour une dette de {format_cents(max(debts))}"
                    yield self.problem(number, said, "expect", "total")

    def _offers(self) -> Iterator[PackProblem]:
        """Prices are the catalogue's, a year's total is twelve months'."""
        for number, record in self.of("opportunity"):
            for product in self._products(record, "product_id"):
                for cents in field(record, "price_cents"):
                    if cents != product.price_cents:
                        said = f"{product.id} : le catalogue dit {format_cents(product.price_cents)}"
                        yield self.problem(number, said, "expect", "price")
                for months in field(record, "commitment_months"):
                    right = product.price_cents * months
                    for cents in field(record, "total_cents") if PER_MONTH in field(record, "price_basis") and months else ():
                        if cents != right:
                            said = f"{format_cents(cents)} attendus, {months} mois à {format_cents(product.price_cents)} font "
                            yield self.problem(number, said + format_cents(right), "expect", "total")

    def _amendments(self) -> Iterator[PackProblem]:
        """An amendment follows its offer of the grid: formula, price during and after, last day."""
        grid = self.pack.retention
        for number, record in self.of("amendment"):
            owner = record.match.get("contact_id")
            held = next((s for s in self.owned(Subscription, owner) if s.status == "actif"), None)
            for rule in field(record, "offer_rule"):
                offer = next((o for o in grid.offers if o.id == rule), None) if grid else None
                if offer is None or grid is None:
                    hint = suggestion(str(rule), [o.id for o in grid.offers] if grid else [])
                    yield self.problem(number, f"offre « {rule} » : rien de tel dans retention.yaml{hint}", "expect", "offer_rule")
                elif held is not None and held.started_on is not None:
                    yield from self._terms(number, record, offer, held, held.started_on)

    def _terms(
        self, number: int, record: ExpectedRecord, offer: retention_grid.Offer, held: Subscription, since: dt.date
    ) -> Iterator[PackProblem]:
        unused = max([held.unused_units, *self._told_unused()])
        months = retention_grid.seniority_months(since, self.pack.day)
        if not retention_grid.suits(offer, retention_grid.Situation(months, held.product_id, unused, 0)):
            said = f"« {offer.label} » ne convient pas à {months} mois d'ancienneté en {held.label}"
            yield self.problem(number, said, "expect", "offer_rule")
        proposed = self.by_id.get(("product", offer.product_id or held.product_id))
        after = proposed.price_cents if isinstance(proposed, Product) else held.monthly_cents
        for written in field(record, "starts_on"):
            begins = dt.date.fromisoformat(written)
            terms = retention_grid.terms(
                held.monthly_cents, after, offer.discount_percent, offer.discount_months, offer.pause_months, begins
            )
            until = terms.until.isoformat() if terms.until else None
            rights: tuple[tuple[str, object], ...] = (
                ("before_cents", terms.before_cents),
                ("discounted_cents", terms.during_cents if offer.discount_percent else 0),
                ("after_cents", terms.after_cents),
                ("ends_on", until),
            )
            for name, right in rights:
                for value in field(record, name):
                    if value != right:
                        shown = format_cents(right) if isinstance(right, int) else right
                        said = f"la grille donne {shown} ({name.removesuffix('_cents')})"
                        yield self.problem(number, said, "expect", name.removesuffix("_cents"))

    def _told_unused(self) -> list[int]:
        return [v for _, record in self.of("subscription") for v in field(record, "unused_units") if isinstance(v, int)]

    def _stocks(self) -> Iterator[PackProblem]:
        """What is left is what there was, less what the situation takes."""
        taken = dict[str, int]()
        counted: list[dict[str, Any]] = []
        for _, record in self.of("order"):
            if record.match not in counted and items(record.expect.get("lines")):
                counted.append(record.match)
                for line in items(record.expect.get("lines")):
                    taken[str(line.get("product_id"))] = taken.get(str(line.get("product_id")), 0) + int(line.get("quantity", 1))
        for _, record in self.of("exchange"):
            for ident in field(record, "product_id"):
                taken[str(ident)] = taken.get(str(ident), 0) + 1
        for number, record in self.of("product"):
            product = self.by_id.get(("product", str(record.match.get("id"))))
            for stock in field(record, "stock"):
                if isinstance(product, Product) and stock != product.stock - taken.get(product.id, 0):
                    said = f"stock de {product.id} : {product.stock} au catalogue, {taken.get(product.id, 0)} pris ici"
                    yield self.problem(number, said, "expect", "stock")

    def _products(self, record: ExpectedRecord, name: str) -> Iterator[Product]:
        for ident in field(record, name):
            product = self.by_id.get(("product", str(ident)))
            if isinstance(product, Product):
                yield product

    def _surveys(self) -> Iterator[PackProblem]:
        """Answers are to questions that are asked, and may be kept."""
        known = {one.id: one for one in self.pack.questionnaires}
        for number, record in self.of("survey"):
            for ident in field(record, "questionnaire_id"):
                read = known.get(str(ident))
                if read is None:
                    hint = suggestion(str(ident), known)
                    yield self.problem(number, f"questionnaire « {ident} » absent de questionnaires/{hint}", "match")
                    continue
                questions = {question.id: question for question in read.questions}
                for answer in items(record.expect.get("answers")):
                    asked = str(answer.get("question_id"))
                    if asked not in questions:
                        said = f"question « {asked} » absente de « {read.id} »{suggestion(asked, questions)}"
                        yield self.problem(number, said, "expect", "answers")
                    elif isinstance(value := answer.get("value"), str):
                        wrong = questionnaire.answer_problem(questions[asked], Answer(question_id=asked, value=value))
                        if wrong:
                            yield self.problem(number, f"« {asked} », réponse « {value} » : {wrong}", "expect", "answers")
                for count in (v for name in ("applicable", "answered") for v in field(record, name)):
                    if isinstance(count, int) and count > len(questions):
                        yield self.problem(number, f"{count} réponses attendues pour {len(questions)} questions", "expect")
