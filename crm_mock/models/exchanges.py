"""What passed between the company and its customers, aloud or in writing, and what is left to do."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from crm_mock.models.base import Count, Owned, Short, Text


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
        "avenant",
        "accusé de résiliation",
        "confirmation de réservation",
        "devis",
        "confirmation d'offre",
        "confirmation de rendez-vous",
    ]
    subject_id: str = ""  # the order, invoice, plan, amendment, termination request, booking, opportunity or appointment it is about
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


class ChatLine(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    who: Literal["client", "conseiller"]
    text: Text
    at: str = ""


class Chat(Owned):
    """A written conversation and its transcript. `contact_id` stays empty until the visitor is known, and is then set once. Instants are
    ISO; `first_answer_seconds` is the server's, from `opened_at` and `answered_at`."""

    kind: ClassVar[str] = "chat"
    contact_id: Annotated[str, Field(max_length=64)] = ""
    call_key: str = ""
    visitor: Short = ""
    opened_at: str = ""
    answered_at: str = ""
    closed_at: str = ""
    first_answer_seconds: Count = 0
    transcript: tuple[ChatLine, ...] = ()
    status: Literal["ouverte", "close", "abandonnée"] = "ouverte"


class Reply(Owned):
    """A written reply of the exam. Handed in ("remise"), it never changes again. Counts, `submitted_at`, `sha256` (of the body, UTF-8) and
    `spellcheck` (unknown words could be shown to whoever wrote it) are the server's."""

    kind: ClassVar[str] = "reply"
    simulation: Short
    channel: Literal["lettre", "e-mail", "sms"] = "e-mail"
    template: Short = ""
    sent_to: Short = ""
    subject: Short = ""
    body: Annotated[str, Field(max_length=20_000)] = ""
    word_count: Count = 0
    line_count: Count = 0
    status: Literal["brouillon", "remise"] = "brouillon"
    spellcheck: bool = False
    submitted_at: str = ""
    sha256: str = ""
