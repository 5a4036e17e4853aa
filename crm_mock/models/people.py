"""People and companies the company knows, how to reach them, what they agreed to, and who they proved to be."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from crm_mock.models.base import Cents, Owned, Record, Short, Text


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
