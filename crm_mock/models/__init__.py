"""Every kind of record of the case file: the one list that tables, API, packs and screens are made from.

Amounts are integer euro cents, TTC unless a name says `_ht`. Dates are `datetime.date`; instants are
ISO 8601 strings in UTC. Telephone numbers are E.164. `id` is chosen by whoever creates the record (a UUID at the
desk, a readable key in a pack); `reference` is what people read and say aloud. `version` starts at 1
and grows by one with each change. Enumerated values are the French words that agents read.
"""

from __future__ import annotations

from crm_mock.models.answers import CustomerFile, Listing, Saved, SearchHit, SearchPage
from crm_mock.models.appointments import AgendaSlot, Appointment, FieldRep
from crm_mock.models.base import Cents, Owned, Record, Short, Text
from crm_mock.models.bookings import Availability, Booking, OtherDates, Resource
from crm_mock.models.campaigns import Answer, Attempt, CampaignTarget, Survey
from crm_mock.models.catalogue import Product
from crm_mock.models.collection import CollectionCase, Instalment, Mandate, PaymentPlan, Promise, Reminder
from crm_mock.models.contracts import Amendment, Subscription, TerminationRequest
from crm_mock.models.exchanges import Chat, ChatLine, Document, Interaction, Note, Reply, Task
from crm_mock.models.people import Address, Consent, Contact, ContactPoint, Identification
from crm_mock.models.sales import Invoice, Order, OrderLine, Payment, PaymentLink, Proposal, SaleProposal
from crm_mock.models.selling import LegalItem, Opportunity, StageReached
from crm_mock.models.support import Exchange, Goodwill, Ticket, TreeStep

__all__ = [
    "COMPANY_KINDS",
    "KINDS",
    "Address",
    "AgendaSlot",
    "Amendment",
    "Answer",
    "Appointment",
    "Attempt",
    "Availability",
    "Booking",
    "CampaignTarget",
    "Cents",
    "Chat",
    "ChatLine",
    "CollectionCase",
    "Consent",
    "Contact",
    "ContactPoint",
    "CustomerFile",
    "Document",
    "Exchange",
    "FieldRep",
    "Goodwill",
    "Identification",
    "Instalment",
    "Interaction",
    "Invoice",
    "LegalItem",
    "Listing",
    "Mandate",
    "Note",
    "Opportunity",
    "Order",
    "OrderLine",
    "OtherDates",
    "Owned",
    "Payment",
    "PaymentLink",
    "PaymentPlan",
    "Product",
    "Promise",
    "Proposal",
    "Record",
    "Reminder",
    "Reply",
    "Resource",
    "SaleProposal",
    "Saved",
    "SearchHit",
    "SearchPage",
    "Short",
    "StageReached",
    "Subscription",
    "Survey",
    "Task",
    "TerminationRequest",
    "Text",
    "Ticket",
    "TreeStep",
]

KINDS: dict[str, type[Record]] = {
    k.kind: k
    for k in (
        Contact, Address, ContactPoint, Consent, Identification, Subscription, Product, Order, Invoice, Payment, PaymentLink,
        CollectionCase, Reminder, PaymentPlan, Promise, Mandate, Document, Interaction, Task, Note,
        Survey, CampaignTarget, Ticket, Goodwill, Exchange, Chat, FieldRep, AgendaSlot, Appointment, SaleProposal, Resource,
        Availability, Booking, Opportunity, TerminationRequest, Amendment, Reply,
    )
}  # fmt: skip
COMPANY_KINDS = frozenset(kind for kind, model in KINDS.items() if model is not Contact and not issubclass(model, Owned))  # nobody's
