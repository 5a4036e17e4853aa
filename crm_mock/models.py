"""Every kind of record of the case file: the one list that tables, API, packs and screens are made from.

Amounts are integer euro cents, TTC unless a name says `_ht`. Dates are `datetime.date`; instants are
ISO 8601 strings in UTC. Telephone numbers are E.164. `id` is chosen by whoever creates the record (a UUID at the
desk, a readable key in a pack); `reference` is what people read and say aloud. `version` starts at 1
and grows by one with each change. Enumerated values are the French words that agents read.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

Cents = Annotated[int, Field(ge=-10_000_000_00, le=10_000_000_00)]
Short = Annotated[str, Field(max_length=120)]
Text = Annotated[str, Field(max_length=4000)]


class Record(BaseModel):
    """What all kinds share. `model_fields` minus these two are the kind's own fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
    kind: ClassVar[str]
    id: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:\-]*$")]
    version: Annotated[int, Field(ge=0)] = 0


class Owned(Record):
    """A record that belongs to one contact."""

    contact_id: Annotated[str, Field(min_length=1, max_length=64)]


class Contact(Record):
    """A person or a company known to the company. Identification elements: names, birth date, postcode, reference."""

    kind: ClassVar[str] = "contact"
    reference: Short = ""  # customer number, "MVL-204518"; empty for a prospect
    category: Literal["particulier", "professionnel", "prospect"] = "particulier"
    civility: Literal["", "M.", "Mme"] = ""
    first_name: Short = ""
    last_name: Short = ""
    birth_date: dt.date | None = None
    company_name: Short = ""
    company_id: str = ""  # contact of the company this person belongs to
    role: Short = ""  # in that company
    customer_since: dt.date | None = None
    segment: Short = ""
    source: Short = ""
    need: Text = ""
    budget_cents: Cents | None = None
    horizon: dt.date | None = None
    preferred_channel: Literal["", "téléphone", "e-mail", "sms", "courrier"] = ""
    remark: Text = ""


class Address(Owned):
    kind: ClassVar[str] = "address"
    usage: Literal["principale", "livraison", "facturation"] = "principale"
    line1: Short
    line2: Short = ""
    postcode: Annotated[str, Field(pattern=r"^(\d{5})?$")] = ""
    city: Short = ""
    valid_from: dt.date | None = None  # date d'effet
    valid_to: dt.date | None = None


class ContactPoint(Owned):
    """A telephone number (E.164) or an e-mail address."""

    kind: ClassVar[str] = "contact_point"
    channel: Literal["téléphone", "mobile", "e-mail"]
    value: Short
    label: Short = ""
    status: Literal["actif", "fermé", "erroné"] = "actif"
    preferred: bool = False


class Consent(Owned):
    """RGPD art. 6 and 7; c. conso. L223-1: a consent to be canvassed by telephone lasts a year at most (R223-1)."""

    kind: ClassVar[str] = "consent"
    purpose: Literal["téléphone", "e-mail", "sms", "courrier"]
    status: Literal["inconnu", "donné", "refusé", "retiré"] = "inconnu"
    given_on: dt.date | None = None
    source: Short = ""


class Identification(Owned):
    """Which elements were checked before anything was told, in which call."""

    kind: ClassVar[str] = "identification"
    call_key: str = ""
    elements: tuple[
        Literal[
            "nom",
            "prénom",
            "code postal",
            "date de naissance",
            "numéro client",
            "numéro de commande",
            "numéro de facture",
            "adresse",
            "e-mail",
        ],
        ...,
    ] = ()
    outcome: Literal["vérifié", "non vérifié", "tiers non autorisé"] = "vérifié"


class Subscription(Owned):
    kind: ClassVar[str] = "subscription"
    reference: Short = ""
    product_id: str
    label: Short = ""
    monthly_cents: Cents = 0
    started_on: dt.date | None = None
    commitment_end: dt.date | None = None
    ended_on: dt.date | None = None
    status: Literal["actif", "suspendu", "résilié", "en attente de signature"] = "actif"
    machine: Short = ""
    discount_cents: Cents = 0
    discount_until: dt.date | None = None


class Product(Record):
    kind: ClassVar[str] = "product"
    name: Short
    category: Short = ""
    unit: Short = ""
    price_cents: Cents = 0
    price_ht: bool = False
    stock: int = 0
    back_on: dt.date | None = None  # expected again when out of stock
    substitutes: tuple[str, ...] = ()  # product ids, best first
    addons: tuple[str, ...] = ()
    withdrawal: Literal["14 jours", "exception"] = "14 jours"
    withdrawal_exception: Short = ""  # the article of L221-28 when there is no withdrawal
    description: Text = ""
    keywords: Short = ""


class OrderLine(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    product_id: str
    label: Short = ""
    quantity: Annotated[int, Field(ge=1, le=999)] = 1
    unit_cents: Cents = 0
    origin: Literal["demandé", "substitution", "additionnel"] = "demandé"
    replaces: str = ""  # product id this line stands for


class Proposal(BaseModel):
    """A substitution or an additional sale put to the customer; the référentiel grades the proposal (c6.2, c6.3)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    nature: Literal["substitution", "additionnelle"]
    product_id: str
    for_product_id: str = ""
    outcome: Literal["proposée", "acceptée", "refusée"] = "proposée"
    at: str = ""


class Order(Owned):
    """`items_cents`, `delivery_cents` and `total_cents` are computed by the server from the lines and the delivery."""

    kind: ClassVar[str] = "order"
    reference: Short = ""
    status: Literal["brouillon", "validée", "annulée", "expédiée", "livrée"] = "brouillon"
    ordered_on: dt.date | None = None
    delivery: Literal["relais", "domicile", "retrait"] = "relais"
    relay_point: Short = ""
    address_id: str = ""
    lines: tuple[OrderLine, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    items_cents: Cents = 0
    delivery_cents: Cents = 0
    total_cents: Cents = 0
    withdrawal_until: dt.date | None = None


class Invoice(Owned):
    kind: ClassVar[str] = "invoice"
    reference: Short = ""
    order_id: str = ""
    subscription_id: str = ""
    label: Short = ""
    issued_on: dt.date | None = None
    due_on: dt.date | None = None
    total_cents: Cents = 0
    status: Literal["payée", "impayée", "en litige", "avoir"] = "payée"
    detail: Text = ""


class Payment(Owned):
    """A payment received or a debit returned. There is no card field, here or anywhere."""

    kind: ClassVar[str] = "payment"
    reference: Short = ""
    invoice_id: str = ""
    order_id: str = ""
    means: Literal["prélèvement", "lien sécurisé", "chèque", "virement"]
    amount_cents: Cents = 0
    status: Literal["en cours", "encaissé", "rejeté", "remboursé"] = "encaissé"
    on: dt.date | None = None
    reason: Short = ""  # of a returned debit


class PaymentLink(Owned):
    """A secure link sent to the customer, who pays outside the call: the agent sees states only (domain §2.6, CNIL 2018-303)."""

    kind: ClassVar[str] = "payment_link"
    reference: Short = ""
    order_id: str = ""
    plan_id: str = ""
    amount_cents: Cents = 0
    channel: Literal["e-mail", "sms"] = "e-mail"
    sent_to: Short = ""
    status: Literal["envoyé", "ouvert", "autorisé", "refusé", "expiré"] = "envoyé"
    authorisation: Short = ""  # reference given by the bank


class CollectionCase(Owned):
    """The debtor's file: what is owed, why, and where the reminders stand."""

    kind: ClassVar[str] = "collection_case"
    invoice_ids: tuple[str, ...] = ()
    total_cents: Cents = 0
    reason: Literal[
        "",
        "oubli",
        "litige",
        "difficulté passagère",
        "difficulté durable",
        "changement de banque",
        "baisse de revenus",
        "changement de banque et baisse de revenus",
        "contestation",
        "surendettement",
        "refus",
    ] = ""
    dunning: Literal["active", "suspendue", "arrêtée", "close"] = "active"
    dunning_until: dt.date | None = None
    remark: Text = ""


class Reminder(Owned):
    kind: ClassVar[str] = "reminder"
    stage: Literal["relance 1", "relance 2", "mise en demeure"]
    sent_on: dt.date | None = None
    channel: Literal["e-mail", "courrier", "sms", "téléphone"] = "e-mail"
    invoice_ids: tuple[str, ...] = ()
    total_cents: Cents = 0


class Instalment(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    number: Annotated[int, Field(ge=1, le=60)]
    due_on: dt.date
    amount_cents: Cents
    means: Literal["lien sécurisé", "prélèvement", "chèque", "virement"] = "prélèvement"


class PaymentPlan(Owned):
    """A schedule that sums to the debt, to the cent, and respects the company's scale (`crm_mock/rules`)."""

    kind: ClassVar[str] = "payment_plan"
    case_id: str = ""
    invoice_ids: tuple[str, ...] = ()
    total_cents: Cents = 0
    instalments: tuple[Instalment, ...] = ()
    status: Literal["proposé", "accepté", "refusé"] = "proposé"
    agreed_by: Short = ""


class Promise(Owned):
    kind: ClassVar[str] = "promise"
    plan_id: str = ""
    amount_cents: Cents = 0
    due_on: dt.date | None = None
    means: Literal["lien sécurisé", "prélèvement", "chèque", "virement"] = "lien sécurisé"
    person: Short = ""
    status: Literal["en cours", "tenue", "rompue"] = "en cours"


class Mandate(Owned):
    """A SEPA direct debit mandate; the IBAN is shown masked but for its last four characters."""

    kind: ClassVar[str] = "mandate"
    reference: Short = ""
    iban_masked: Short = ""
    bank: Short = ""
    status: Literal["actif", "à signer", "révoqué"] = "actif"
    signed_on: dt.date | None = None


class Document(Owned):
    """A document produced from the records as a real file and sent; `file` and `sha256` are set by the server."""

    kind: ClassVar[str] = "document"
    template: Literal[
        "confirmation de commande",
        "duplicata de facture",
        "conditions générales",
        "formulaire de rétractation",
        "échéancier",
        "attestation",
    ]
    subject_id: str = ""  # the order, invoice or plan it is about
    channel: Literal["e-mail", "courrier"] = "e-mail"
    sent_to: Short = ""
    status: Literal["produit", "envoyé"] = "envoyé"
    file: Short = ""
    sha256: str = ""


class Interaction(Owned):
    """One contact with a customer and its qualification. `call_key` ties it to the journal; results are codes of the pack.
    `contact_id` is empty when nobody known was reached (wrong number, unknown caller)."""

    kind: ClassVar[str] = "interaction"
    contact_id: Annotated[str, Field(max_length=64)] = ""
    call_key: str = ""
    channel: Literal["téléphone", "chat", "e-mail", "courrier"] = "téléphone"
    direction: Literal["entrant", "sortant"] = "entrant"
    at: str = ""
    on: dt.date | None = None
    subject: Short = ""
    result: Short = ""  # first level
    codes: tuple[str, ...] = ()  # second level
    comment: Annotated[str, Field(max_length=500)] = ""
    next_action: Short = ""
    next_on: dt.date | None = None
    agent: Short = ""


class Task(Owned):
    kind: ClassVar[str] = "task"
    service: Short = ""
    title: Short
    detail: Text = ""
    due_on: dt.date | None = None
    priority: Literal["basse", "normale", "haute"] = "normale"
    status: Literal["à faire", "en cours", "faite", "annulée"] = "à faire"


class Note(Owned):
    kind: ClassVar[str] = "note"
    text: Text
    at: str = ""
    author: Short = ""


KINDS: dict[str, type[Record]] = {
    k.kind: k
    for k in (
        Contact, Address, ContactPoint, Consent, Identification, Subscription, Product, Order, Invoice, Payment, PaymentLink,
        CollectionCase, Reminder, PaymentPlan, Promise, Mandate, Document, Interaction, Task, Note,
    )
}  # fmt: skip


class SearchHit(BaseModel):
    """One contact found, and why: `matched_on` is the French name of what matched, `matched` its value."""

    contact_id: str
    reference: str
    name: str
    city: str = ""
    postcode: str = ""
    category: str = ""
    matched_on: str = ""
    matched: str = ""
    exact: bool = True


class SearchPage(BaseModel):
    query: str
    hits: tuple[SearchHit, ...]
    total: int
    page: int = 1


class CustomerFile(BaseModel):
    """Everything the desk shows of one contact, newest first; `records` maps a kind to its records as plain dicts."""

    contact: Contact
    records: dict[str, list[dict[str, object]]]


class Saved(BaseModel):
    """The answer to a PUT: durable. `seq` is the journal row that tells of it."""

    kind: str
    id: str
    version: int
    record: dict[str, object]
    saved_at: str
    seq: int
