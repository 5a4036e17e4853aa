"""The field team, its agenda, the appointments made for it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from crm_mock.models.base import Count, Hour, Owned, Record, Short, Text

Weekday = Literal["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
Minutes = Annotated[int, Field(ge=1, le=24 * 60)]


class FieldRep(Record):
    """A representative: where (`postcodes` are beginnings of postcodes), which days, until what hour, with what notice."""

    kind: ClassVar[str] = "field_rep"
    name: Short
    zone: Short = ""
    postcodes: tuple[Short, ...] = ()
    weekdays: tuple[Weekday, ...] = ()
    first_start: Hour = "09:00"
    last_start: Hour = "17:00"
    notice_hours: Count = 48  # counted on working days, twenty-four hours each
    minutes: Minutes = 30  # of an appointment
    travel_minutes: Count = 30  # between two appointments
    phone: Short = ""
    email: Short = ""


class AgendaSlot(Record):
    """A stretch of a representative's day, on the scenario's local clock. `appointment_id` says who has it."""

    kind: ClassVar[str] = "agenda_slot"
    rep_id: str
    on: dt.date
    start: Hour
    minutes: Minutes = 30
    status: Literal["libre", "pris", "trajet"] = "libre"
    appointment_id: str = ""
    label: Short = ""


class Appointment(Owned):
    """Takes its slot from the agenda, and gives it back when moved or cancelled. `reference`, `rep_id`, `on`, `start`, `minutes` (the
    slot's) and `warnings` (the agenda's rules it does not keep, French sentences) are the server's."""

    kind: ClassVar[str] = "appointment"
    reference: Short = ""
    slot_id: str
    rep_id: str = ""
    on: dt.date | None = None
    start: Hour = ""
    minutes: Count = 0
    address_id: str = ""
    place: Short = ""
    purpose: Short = ""
    attendees: tuple[Short, ...] = ()
    documents: Short = ""
    machine: Short = ""
    volume: Short = ""
    supplier: Short = ""
    supplier_end_on: dt.date | None = None
    confirmation: Literal["", "e-mail", "sms", "courrier"] = ""
    status: Literal["à confirmer", "confirmé", "annulé"] = "à confirmer"
    remark: Text = ""
    warnings: tuple[str, ...] = ()
