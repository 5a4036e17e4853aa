"""What the case file answers: pages of a search, a customer's whole file, a save."""

from __future__ import annotations

from pydantic import BaseModel

from crm_mock.models.people import Contact


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
    """`total` counts a thousand contacts at most: `more` says that there are others, among which to be more precise."""

    query: str
    hits: tuple[SearchHit, ...]
    total: int
    more: bool = False
    page: int = 1


class CustomerFile(BaseModel):
    """Everything the desk shows of one contact, newest first; `records` maps a kind to its records as plain dicts."""

    contact: Contact
    records: dict[str, list[dict[str, object]]]


class Listing(BaseModel):
    """A page of a list: `total` counts all of it; `names` gives the name of each contact that the records belong to."""

    kind: str
    records: tuple[dict[str, object], ...]
    total: int
    offset: int = 0
    names: dict[str, str] = {}


class Saved(BaseModel):
    """The answer to a PUT: durable. `seq` is the journal row that tells of it."""

    kind: str
    id: str
    version: int
    record: dict[str, object]
    saved_at: str
    seq: int
