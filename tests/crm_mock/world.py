"""A small company for the tests: a few people of the domain's situations, and a case file made of them."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crm_mock.casefile import CaseFile
from crm_mock.journal import Event, JournalRow
from crm_mock.models import (
    Address,
    AgendaSlot,
    Availability,
    CampaignTarget,
    CollectionCase,
    Contact,
    ContactPoint,
    FieldRep,
    Invoice,
    Order,
    OrderLine,
    Payment,
    Product,
    Record,
    Resource,
    Saved,
    Subscription,
)
from crm_mock.rules.profile import CompanyProfile, DeliveryRule, ScaleTier

TODAY = dt.date(2026, 11, 23)

SCALE = (
    ScaleTier(up_to_cents=9000, instalments=2, within_days=30),
    ScaleTier(up_to_cents=30000, instalments=4, first_percent=25),
    ScaleTier(up_to_cents=1_000_000_00, instalments=0),
)

PROFILE = CompanyProfile(
    name="Brûlerie Marvalune SAS",
    legal="Société fictive",
    address=("14 quai des Tanneurs-Bleus", "Valmérac-sur-Ouzelle"),
    phone="+33199004000",
    email="bonjour@marvalune.example",
    website="marvalune.example",
    mediator="Médiation Conso Exemple (fictif)",
    agent_goodwill_cents=4500,
    delivery={"relais": DeliveryRule(fee_cents=390, free_from_cents=3900), "domicile": DeliveryRule(fee_cents=590, free_from_cents=5900)},
    scale=SCALE,
    terms=tuple(f"Article de démonstration, alinéa {n} : les prix sont indiqués toutes taxes comprises. " * 4 for n in range(1, 30)),
)


def people() -> list[Record]:
    return [
        Contact(id="odile", reference="MVL-204518", civility="Mme", first_name="Odile", last_name="VASSERAND"),
        Contact(id="odette", reference="MVL-204777", civility="Mme", first_name="Odette", last_name="Vasserand"),
        Contact(id="lormier", reference="MVL-201340", civility="M.", first_name="Bastien", last_name="LORMIER"),
        Contact(id="corbulon", reference="MVL-199407", civility="Mme", first_name="Nadège", last_name="CORBULON"),
        Contact(id="cabinet", category="professionnel", company_name="Cabinet Lagarrigue-Sentis & Associés"),
        Contact(id="sentis", category="professionnel", company_id="cabinet", first_name="Armand", last_name="Sentis"),
        Address(id="adr-odile", contact_id="odile", line1="8 rue des Œillets", postcode="84980", city="Saint-Orme-le-Bas"),
        Address(id="adr-lormier", contact_id="lormier", line1="2 place des Halles-Neuves", postcode="36990", city="Valbrune"),
        Address(id="adr-corbulon", contact_id="corbulon", line1="5 allée Cœur-Joyeux", postcode="02990", city="Brévigny"),
        ContactPoint(id="tel-odile", contact_id="odile", channel="téléphone", value="+33465712108"),
        ContactPoint(id="mel-odile", contact_id="odile", channel="e-mail", value="odile.v@ancien.example", status="fermé"),
        ContactPoint(id="tel-lormier", contact_id="lormier", channel="téléphone", value="+33536491275"),
        ContactPoint(id="mel-lormier", contact_id="lormier", channel="e-mail", value="b.lormier@courriel.example"),
        ContactPoint(id="tel-corbulon", contact_id="corbulon", channel="téléphone", value="+33261917044"),
        ContactPoint(id="mel-corbulon", contact_id="corbulon", channel="e-mail", value="n.corbulon@courriel.example"),
        ContactPoint(id="tel-cabinet", contact_id="cabinet", channel="téléphone", value="+33465718000"),
        ContactPoint(id="tel-sentis", contact_id="sentis", channel="téléphone", value="+33465718000"),
        Subscription(id="abo-odile", contact_id="odile", reference="ABO-1", product_id="zenith", label="Douceur", monthly_cents=1990),
    ]


def catalogue() -> list[Record]:
    return [
        Product(id="equinoxe", name="Équinoxe, étui", category="capsules", price_cents=420, stock=0, back_on=dt.date(2027, 1, 12)),
        Product(id="zenith", name="Zénith, étui", category="capsules", price_cents=420, stock=40, keywords="corsé intense"),
        Product(id="kit", name="Kit détartrage", category="entretien", price_cents=1290, stock=5),
        Product(
            id="filtre",
            name="Filtre",
            category="entretien",
            price_cents=990,
            stock=3,
            withdrawal="exception",
            withdrawal_exception="L221-28 5°",
        ),
    ]


def debts() -> list[Record]:
    bills: list[tuple[str, int]] = [("F-2608-0917", 2990), ("F-2609-0917", 2990), ("F-2610-0917", 2990), ("F-2609-1187", 7490)]
    invoices: list[Record] = [
        Invoice(
            id=reference, contact_id="corbulon", reference=reference, total_cents=cents, status="impayée", issued_on=dt.date(2026, 9, 10)
        )
        for reference, cents in bills
    ]
    rejected: list[Record] = [
        Payment(id=f"rej-{r}", contact_id="corbulon", invoice_id=r, means="prélèvement", amount_cents=c, status="rejeté")
        for r, c in bills[:3]
    ]
    case = CollectionCase(id="dossier", contact_id="corbulon", invoice_ids=tuple(r for r, _ in bills), total_cents=16460)
    return [*invoices, *rejected, case]


def formulas() -> list[Record]:
    """M. Bellonte's subscription of thirty-two months, and what it may become."""
    return [
        Product(id="intense", name="Abonnement Intense", category="abonnements", price_cents=2990, stock=999),
        Product(id="douceur", name="Abonnement Douceur", category="abonnements", price_cents=1990, stock=999),
        Contact(id="bellonte", reference="MVL-200212", civility="M.", first_name="Tancrède", last_name="BELLONTE"),
        Subscription(
            id="abo-bellonte",
            contact_id="bellonte",
            reference="ABO-200212",
            product_id="intense",
            label="Intense",
            monthly_cents=2990,
            started_on=dt.date(2024, 3, 10),
            commitment_end=dt.date(2025, 3, 10),
        ),
    ]


def calendar_of_the_company() -> list[Record]:
    """A representative and his slots; a lodging free but for two nights of Christmas; a tasting of eight places."""
    days = [dt.date(2026, 12, 15) + dt.timedelta(days=n) for n in range(20)]
    return [
        FieldRep(id="kerdilis", name="Yoann Kerdilis", zone="Sud-Est", postcodes=("84",), weekdays=("mardi", "jeudi", "vendredi")),
        AgendaSlot(id="jeu", rep_id="kerdilis", on=dt.date(2026, 11, 26), start="10:00"),
        AgendaSlot(id="jeu-bis", rep_id="kerdilis", on=dt.date(2026, 11, 26), start="10:15"),
        AgendaSlot(id="mar", rep_id="kerdilis", on=dt.date(2026, 12, 1), start="14:30"),
        AgendaSlot(id="ven", rep_id="kerdilis", on=dt.date(2026, 12, 4), start="09:00"),
        AgendaSlot(id="ven-route", rep_id="kerdilis", on=dt.date(2026, 12, 4), start="09:30", status="trajet"),
        AgendaSlot(id="mer", rep_id="kerdilis", on=dt.date(2026, 11, 25), start="09:00"),
        Address(id="adr-cabinet", contact_id="cabinet", line1="27 rue des Ormeaux-Clairs", postcode="84970", city="Valmérac"),
        Resource(id="dune", name="Dune 4", category="logements", capacity=4, price_cents=8450, deposit_percent=30),
        *(Availability(id=f"dune-{day}", resource_id="dune", day=day, free=0 if day.day in (24, 25) else 1) for day in days),
        Resource(id="atelier", name="Atelier du samedi", basis="séance", capacity=8, price_cents=3500, deposit_percent=100),
        Availability(id="atelier-12", resource_id="atelier", day=dt.date(2026, 12, 12), free=8),
        CampaignTarget(id="cible-1", contact_id="sentis", campaign_id="pro-hiver", position=2),
        CampaignTarget(id="cible-2", contact_id="odile", campaign_id="pro-hiver", position=1),
        CampaignTarget(id="cible-3", contact_id="odile", campaign_id="enquete", position=1, quota_cell="femmes"),
    ]


def records() -> list[Record]:
    past: list[Record] = [
        Order(
            id="cde-ancienne",
            contact_id="odile",
            reference="CDE-2610-0412",
            status="livrée",
            ordered_on=dt.date(2026, 10, 2),
            relay_point="Place du Marché",
            lines=(OrderLine(product_id="zenith", label="Zénith, étui", quantity=2, unit_cents=420),),
            items_cents=840,
            delivery_cents=390,
            total_cents=1230,
        ),
        Invoice(id="F-2610-0231", contact_id="odile", reference="F-2610-0231", label="Abonnement Douceur, octobre 2026", total_cents=1990),
    ]
    return people() + catalogue() + debts() + past + formulas() + calendar_of_the_company()


class Room:
    """A case file and what it published, with short ways of writing to it."""

    def __init__(self, folder: Path) -> None:
        self.published: list[JournalRow] = []
        self._numbers = itertools.count(1)
        self.case = make_case(folder, self)

    def committed(self, rows: Sequence[JournalRow]) -> None:
        self.published += rows

    def put(self, kind: str, record_id: str, version: int, role: str = "candidate", write_id: str = "", **fields: Any) -> Saved:
        write_id = write_id or f"w{next(self._numbers)}"
        return self.case.put(kind, record_id, version, fields, write_id=write_id, actor="Camille", role=role, call_key="appel-1")


def make_case(folder: Path, room: Room | None = None) -> CaseFile:
    first = Event("SittingOpened", {"pack": "essai"})
    on_commit = room.committed if room is not None else None
    return CaseFile.create(folder / "casefile.db", records(), first, PROFILE, on_commit=on_commit, today=lambda: TODAY)
