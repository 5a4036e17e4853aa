"""What passed between the company and its customers, and what is left to do."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from crm_mock.models.base import Owned, Short, Text


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
