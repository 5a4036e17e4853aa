"""Every kind of record of the case file: the one list that tables, API, packs and screens are made from.

Amounts are integer euro cents, TTC unless a name says `_ht`. Dates are `datetime.date`; instants are
ISO 8601 strings in UTC. Telephone numbers are E.164. `id` is chosen by whoever creates the record (a UUID at the
desk, a readable key in a pack); `reference` is what people read and say aloud. `version` starts at 1
and grows by one with each change. Enumerated values are the French words that agents read.
"""

from __future__ import annotations

from crm_mock.models.answers import CustomerFile, Saved, SearchHit, SearchPage
from crm_mock.models.base import Cents, Owned, Record, Short, Text
from crm_mock.models.catalogue import Product
from crm_mock.models.collection import CollectionCase, Instalment, Mandate, PaymentPlan, Promise, Reminder
from crm_mock.models.contracts import Subscription
from crm_mock.models.exchanges import Document, Interaction, Note, Task
from crm_mock.models.people import Address, Consent, Contact, ContactPoint, Identification
from crm_mock.models.sales import Invoice, Order, OrderLine, Payment, PaymentLink, Proposal

__all__ = [
    "KINDS",
    "Address",
    "Cents",
    "CollectionCase",
    "Consent",
    "Contact",
    "ContactPoint",
    "CustomerFile",
    "Document",
    "Identification",
    "Instalment",
    "Interaction",
    "Invoice",
    "Mandate",
    "Note",
    "Order",
    "OrderLine",
    "Owned",
    "Payment",
    "PaymentLink",
    "PaymentPlan",
    "Product",
    "Promise",
    "Proposal",
    "Record",
    "Reminder",
    "Saved",
    "SearchHit",
    "SearchPage",
    "Short",
    "Subscription",
    "Task",
    "Text",
]

KINDS: dict[str, type[Record]] = {
    k.kind: k
    for k in (
        Contact, Address, ContactPoint, Consent, Identification, Subscription, Product, Order, Invoice, Payment, PaymentLink,
        CollectionCase, Reminder, PaymentPlan, Promise, Mandate, Document, Interaction, Task, Note,
    )
}  # fmt: skip
