"""What follows from a save: stock, totals, references, payments, reminders, each with its row."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeVar

import pytest
from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from crm_mock import errors
from crm_mock.consequences import follow, received_cents
from crm_mock.models import CollectionCase, Note, Order, OrderLine, Payment, PaymentLink, PaymentPlan, Product, Record
from crm_mock.rules import payment_plan
from crm_mock.rules.profile import CompanyProfile
from tests.crm_mock.world import PROFILE, SCALE, TODAY, Room, records

LINES: list[dict[str, Any]] = [
    {"product_id": "zenith", "quantity": 6, "origin": "substitution", "replaces": "equinoxe"},
    {"product_id": "kit"},
    {"product_id": "filtre", "origin": "additionnel"},
]


def stock(room: Room, product_id: str) -> int:
    return room.case.get(Product, product_id).stock


def order(room: Room, version: int, **fields: Any) -> Order:
    base = {"contact_id": "lormier", "relay_point": "Place des Halles-Neuves"} if version == 0 else {}
    room.put("order", "cde", version, **(base | fields))
    return room.case.get(Order, "cde")


def test_the_domain_s_order_from_draft_to_payment(room: Room) -> None:
    draft = order(room, 0, lines=LINES[:2])
    assert (draft.items_cents, draft.delivery_cents, draft.total_cents) == (3810, 390, 4200)
    assert draft.reference == "" and stock(room, "zenith") == 40 and draft.lines[0].label == "Zénith, étui"
    done = order(room, 1, lines=LINES, status="validée")
    assert (done.delivery_cents, done.total_cents) == (0, 4800)
    assert done.reference == "CDE-2611-0001" and done.ordered_on == TODAY
    assert done.withdrawal_until == dt.date(2026, 12, 9)  # received on the 25th, fourteen days
    assert [stock(room, p) for p in ("zenith", "kit", "filtre")] == [34, 4, 2]
    changes = [(r.data["record_kind"], r.data["id"], r.actor) for r in room.published[-4:]]
    assert changes == [
        ("order", "cde", "Camille"),
        ("product", "filtre", "système"),
        ("product", "kit", "système"),
        ("product", "zenith", "système"),
    ]
    assert room.published[-1].data["after"] == {"stock": 34}
    assert room.published[-1].data["because"] == {"record_kind": "order", "id": "cde"}


def test_a_corrected_order_gives_back_and_a_cancelled_one_gives_all_back(room: Room) -> None:
    order(room, 0, lines=LINES, status="validée")
    five = order(room, 1, lines=[{**LINES[0], "quantity": 5}, *LINES[1:]])
    assert five.total_cents == 4380 and stock(room, "zenith") == 35
    assert five.reference == "CDE-2611-0001"
    order(room, 2, status="annulée")
    assert [stock(room, p) for p in ("zenith", "kit", "filtre")] == [40, 5, 3]
    with pytest.raises(errors.BusinessRefusal, match="ne se modifie plus"):
        order(room, 3, lines=LINES)
    with pytest.raises(errors.BusinessRefusal, match="« annulée » ne peut pas passer à « validée »"):
        order(room, 3, status="validée")


def test_what_is_out_of_stock_is_refused_with_its_return_date(room: Room) -> None:
    with pytest.raises(errors.BusinessRefusal, match=r"Équinoxe.*0 disponible.*12/01/2027"):
        order(room, 0, lines=[{"product_id": "equinoxe"}], status="validée")
    assert order(room, 0, lines=[{"product_id": "equinoxe"}]).status == "brouillon"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"status": "validée"}, "lines"),
        ({"status": "validée", "lines": LINES, "relay_point": ""}, "relay_point"),
        ({"status": "validée", "lines": LINES, "delivery": "domicile"}, "address_id"),
        ({"lines": [{"product_id": "inconnu"}]}, "lines.0.product_id"),
    ],
)
def test_what_an_order_lacks_is_said(room: Room, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(errors.InvalidFields) as caught:
        order(room, 0, **fields)
    assert list(caught.value.fields) == [field]


def test_prices_are_the_catalogue_s_and_an_ordered_line_keeps_its_own(room: Room) -> None:
    assert order(room, 0, lines=[{"product_id": "kit", "unit_cents": 1}]).items_cents == 1290
    room.put("product", "kit", 1, role="trainer", price_cents=1500)
    assert order(room, 1, lines=[{"product_id": "kit", "quantity": 2}, {"product_id": "filtre"}]).items_cents == 2 * 1290 + 990


def pay(room: Room, link_id: str = "lien", version: int = 1) -> PaymentLink:
    room.put("payment_link", link_id, version, role="customer", status="autorisé")
    return room.case.get(PaymentLink, link_id)


def test_an_authorised_link_is_a_payment_received(room: Room) -> None:
    order(room, 0, lines=LINES, status="validée")
    sent = room.put("payment_link", "lien", 0, contact_id="lormier", order_id="cde").record
    assert (sent["amount_cents"], sent["sent_to"], sent["reference"]) == (4800, "b.lormier@courriel.example", "LP-2611-0001")
    room.put("payment_link", "lien", 1, role="customer", status="ouvert")
    paid = pay(room, version=2)
    assert paid.authorisation.startswith("AUT-") and len(paid.authorisation) == 10
    (payment,) = room.case.all(Payment, order_id="cde")
    assert (payment.amount_cents, payment.status, payment.means, payment.on) == (4800, "encaissé", "lien sécurisé", TODAY)
    with pytest.raises(errors.BusinessRefusal, match="déjà réglée"):
        room.put("payment_link", "autre", 0, contact_id="lormier", order_id="cde")
    with pytest.raises(errors.BusinessRefusal, match="« autorisé » ne peut pas passer à « refusé »"):
        room.put("payment_link", "lien", 3, role="customer", status="refusé")


def test_correcting_after_the_payment_refunds_and_before_it_expires_the_link(room: Room) -> None:
    order(room, 0, lines=LINES, status="validée")
    room.put("payment_link", "lien", 0, contact_id="lormier", order_id="cde")
    order(room, 1, lines=[{**LINES[0], "quantity": 5}, *LINES[1:]])
    assert room.case.get(PaymentLink, "lien").status == "expiré"
    with pytest.raises(errors.BusinessRefusal):
        pay(room, version=2)
    room.put("payment_link", "lien2", 0, contact_id="lormier", order_id="cde")
    pay(room, "lien2")
    order(room, 2, lines=[{**LINES[0], "quantity": 4}, *LINES[1:]])
    refunds = [p for p in room.case.all(Payment, order_id="cde") if p.status == "remboursé"]
    assert [(p.amount_cents, p.reason) for p in refunds] == [(420, "commande corrigée")]
    order(room, 3, status="annulée")
    received = sum(p.amount_cents if p.status == "encaissé" else -p.amount_cents for p in room.case.all(Payment, order_id="cde"))
    assert received == 0


def test_a_second_link_replaces_the_first(room: Room) -> None:
    order(room, 0, lines=LINES, status="validée")
    room.put("payment_link", "lien", 0, contact_id="lormier", order_id="cde")
    room.put("payment_link", "lien2", 0, contact_id="lormier", order_id="cde")
    assert room.case.get(PaymentLink, "lien").status == "expiré"
    with pytest.raises(errors.BusinessRefusal, match="« expiré » ne peut pas passer à « autorisé »"):
        pay(room, version=2)
    pay(room, "lien2")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "order_id"),
        ({"order_id": "cde", "plan_id": "plan"}, "order_id"),
        ({"order_id": "cde", "amount_cents": 100}, "amount_cents"),
        ({"order_id": "cde", "channel": "sms"}, "sent_to"),
        ({"order_id": "cde", "channel": "sms", "sent_to": "12"}, "sent_to"),
        ({"order_id": "cde", "sent_to": "moi"}, "sent_to"),
        ({"order_id": "cde", "status": "expiré"}, "status"),
    ],
)
def test_a_link_that_cannot_be_sent(room: Room, fields: dict[str, Any], field: str) -> None:
    order(room, 0, lines=LINES, status="validée")
    room.put("payment_plan", "plan", 0, contact_id="lormier")
    with pytest.raises(errors.InvalidFields) as caught:
        room.put("payment_link", "lien", 0, contact_id="lormier", **fields)
    assert list(caught.value.fields) == [field]


def instalments(count: int, total: int = 16460) -> list[dict[str, Any]]:
    return [i.model_dump(mode="json") for i in payment_plan.propose(total, count, TODAY, 10, SCALE)]


def test_the_domain_s_plan_suspends_the_reminders_and_is_paid_by_link(room: Room) -> None:
    proposed = room.put("payment_plan", "plan", 0, contact_id="corbulon", instalments=instalments(4))
    assert (proposed.record["case_id"], proposed.record["total_cents"]) == ("dossier", 16460)
    assert room.case.get(CollectionCase, "dossier").dunning == "active"
    with pytest.raises(errors.BusinessRefusal, match="d'abord être accepté"):
        room.put("payment_link", "lien", 0, contact_id="corbulon", plan_id="plan")
    accepted = room.put("payment_plan", "plan", 1, status="accepté", agreed_by="Mme Corbulon")
    assert accepted.record["total_cents"] == 16460
    case = room.case.get(CollectionCase, "dossier")
    assert (case.dunning, case.dunning_until) == ("suspendue", dt.date(2027, 2, 10))
    assert room.put("payment_link", "lien", 0, contact_id="corbulon", plan_id="plan").record["amount_cents"] == 4115
    pay(room)
    paid = [p for p in room.case.all(Payment, contact_id="corbulon") if p.status == "encaissé"]
    assert [(p.amount_cents, p.reason) for p in paid] == [(4115, "échéance 1/4")]
    with pytest.raises(errors.BusinessRefusal, match="ne peut plus être retiré"):
        room.put("payment_plan", "plan", 2, status="refusé")


def test_a_plan_given_up_before_payment_wakes_the_reminders(room: Room) -> None:
    room.put("payment_plan", "plan", 0, contact_id="corbulon", instalments=instalments(4), status="accepté")
    room.put("payment_plan", "plan", 1, status="refusé")
    assert room.case.get(CollectionCase, "dossier").dunning == "active"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"instalments": []}, "aucune échéance"),
        ({"instalments": instalments(4, 16400)}, "il manque 0,60"),
        ({"instalments": instalments(4), "total_cents": 1}, "alors que 164,60"),
        ({"instalments": instalments(4), "invoice_ids": ["F-2608-0917", "F-2609-0917"]}, "pour 59,80"),
    ],
)
def test_a_plan_beside_the_scale_or_the_debt_is_refused(room: Room, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(errors.BusinessRefusal, match=said):
        room.put("payment_plan", "plan", 0, contact_id="corbulon", status="accepté", **fields)


def test_over_indebtedness_stops_everything(room: Room) -> None:
    room.put("payment_plan", "avant", 0, contact_id="corbulon", instalments=instalments(4), status="accepté")
    case = room.put("collection_case", "dossier", room.case.get(CollectionCase, "dossier").version, reason="surendettement").record
    assert case["dunning"] == "suspendue" and room.case.get(PaymentPlan, "avant").status == "refusé"
    for kind, fields in (
        ("payment_plan", {"instalments": instalments(4), "status": "accepté"}),
        ("promise", {"amount_cents": 4115, "due_on": "2026-11-23"}),
        ("payment_link", {"plan_id": "avant"}),
    ):
        with pytest.raises(errors.BusinessRefusal, match="surendettement"):
            room.put(kind, "autre", 0, contact_id="corbulon", **fields)
    with pytest.raises(errors.BusinessRefusal, match="ne reprennent pas"):
        room.put("collection_case", "dossier", room.case.get(CollectionCase, "dossier").version, dunning="active")


def test_reminders_not_yet_stopped_are_by_over_indebtedness(room: Room) -> None:
    assert room.put("collection_case", "dossier", 1, reason="surendettement").record["dunning"] == "suspendue"


def test_dates_are_completed(room: Room) -> None:
    made = room.put("interaction", "i", 0, contact_id="odile", call_key="k1", result="ABOUTI", codes=["MAJ_DOSSIER"]).record
    assert made["on"] == "2026-11-23" and str(made["at"]).endswith("Z")
    assert room.put("note", "n", 0, contact_id="odile", text="x").record["at"]


R = TypeVar("R", bound=Record)


class Shelf:
    """A world in memory: consequences need no database."""

    def __init__(self) -> None:
        self.today, self.now, self.clock = TODAY, "2026-11-23T09:00:00Z", dt.datetime.combine(TODAY, dt.time(10))
        self.profile: CompanyProfile = PROFILE
        self.spellcheck = False
        self.held: dict[str, dict[str, Record]] = {}
        for record in records():
            self.held.setdefault(record.kind, {})[record.id] = record

    def get(self, model: type[R], record_id: str) -> R | None:
        found = self.held.get(model.kind, {}).get(record_id)
        return found if isinstance(found, model) else None

    def where(self, model: type[R], **equal: str) -> list[R]:
        held = [r for r in self.held.get(model.kind, {}).values() if isinstance(r, model)]
        return [r for r in held if all(getattr(r, name) == value for name, value in equal.items())]

    def next_reference(self, model: type[Record], prefix: str) -> str:
        return f"{prefix}{len(self.where(model)):04d}"

    def write(self, after: Record) -> None:
        """As the case file does: all or nothing."""
        outcome = follow(self.held.get(after.kind, {}).get(after.id), after, self)
        for record in (outcome.record, *outcome.others):
            self.held.setdefault(record.kind, {})[record.id] = record


class Ordering(RuleBasedStateMachine):
    """Whatever is ordered, corrected, paid and cancelled, stock and money balance."""

    def __init__(self) -> None:
        super().__init__()
        self.shelf = Shelf()
        self.links = 0
        self.shelf.write(Order(id="cde", contact_id="lormier", relay_point="Place"))

    @property
    def order(self) -> Order:
        found = self.shelf.get(Order, "cde")
        assert found is not None
        return found

    def attempt(self, record: Record) -> None:
        try:
            self.shelf.write(record)
        except (errors.BusinessRefusal, errors.InvalidFields):
            event("refused")

    @rule(quantities=st.dictionaries(st.sampled_from(["zenith", "kit", "filtre", "equinoxe"]), st.integers(1, 12), max_size=4))
    def correct(self, quantities: dict[str, int]) -> None:
        lines = tuple(OrderLine(product_id=p, quantity=q) for p, q in quantities.items())
        self.attempt(self.order.model_copy(update={"lines": lines}))

    @rule(status=st.sampled_from(["validée", "validée", "annulée", "brouillon"]), delivery=st.sampled_from(["relais", "retrait"]))
    def move(self, status: str, delivery: str) -> None:
        self.attempt(self.order.model_copy(update={"status": status, "delivery": delivery}))

    @rule()
    def send_link(self) -> None:
        self.links += 1
        self.attempt(PaymentLink(id=f"lien{self.links}", contact_id="lormier", order_id="cde"))

    @rule(status=st.sampled_from(["ouvert", "autorisé", "autorisé", "refusé"]), which=st.integers(1, 9))
    def customer_acts(self, status: str, which: int) -> None:
        link = self.shelf.get(PaymentLink, f"lien{which}")
        if link is not None:
            self.attempt(link.model_copy(update={"status": status}))

    @invariant()
    def stock_is_kept(self) -> None:
        taken = {line.product_id: line.quantity for line in self.order.lines} if self.order.status == "validée" else {}
        for first in records():
            if isinstance(first, Product):
                now = self.shelf.get(Product, first.id)
                assert now is not None and now.stock >= 0 and now.stock + taken.get(first.id, 0) == first.stock

    @invariant()
    def money_is_kept(self) -> None:
        due = 0 if self.order.status == "annulée" else self.order.total_cents
        received = received_cents("cde", self.shelf)
        assert 0 <= received <= due
        open_links = [link for link in self.shelf.where(PaymentLink, order_id="cde") if link.status in ("envoyé", "ouvert", "refusé")]
        assert all(link.amount_cents == due - received for link in open_links) and len(open_links) <= 1


def test_stock_and_money_balance_whatever_is_done() -> None:
    run_state_machine_as_test(Ordering, settings=settings(max_examples=100, stateful_step_count=25, deadline=None))


def test_a_note_is_dated_by_the_company_s_clock(room: Room) -> None:
    room.case.story_time = lambda: dt.datetime(2026, 11, 23, 10, 20)  # in winter Paris is an hour ahead of UTC
    room.put("note", "n1", 0, contact_id="odile", text="Rappeler.")
    assert room.case.get(Note, "n1").at == "2026-11-23T09:20:00.000Z"
