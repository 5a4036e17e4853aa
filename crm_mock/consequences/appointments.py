"""What follows from an appointment: its slot taken or given back, never twice; the agenda's rules it does not keep, told."""

from __future__ import annotations

import datetime as dt

from crm_mock.consequences.world import Follows, Outcome, World, month_prefix
from crm_mock.errors import BusinessRefusal, InvalidFields
from crm_mock.models import Address, AgendaSlot, Appointment, FieldRep, Record
from crm_mock.rules import field_agenda
from crm_mock.rules.calendar import short


def _appointment(before: Appointment | None, after: Appointment, world: World) -> Outcome:
    slot = world.get(AgendaSlot, after.slot_id)
    if slot is None:
        raise InvalidFields({"slot_id": "Choisissez un créneau de l'agenda."})
    held = before.slot_id if before is not None and before.status != "annulé" else ""
    wanted = after.slot_id if after.status != "annulé" else ""
    changes: dict[str, object] = {"rep_id": slot.rep_id, "on": slot.on, "start": slot.start, "minutes": slot.minutes}
    changes["reference"] = after.reference or world.next_reference(Appointment, month_prefix(world, "RDV"))
    others: list[Record] = []
    if held != wanted:
        others += _given_back(held, after.id, world)
        if wanted:
            others.append(_taken(slot, after.id, world))
    if wanted and (held != wanted or before is None or before.address_id != after.address_id):
        changes["warnings"] = _warnings(slot, after, world)
    return Outcome(after.model_copy(update=changes), tuple(others))


def _given_back(slot_id: str, appointment_id: str, world: World) -> list[Record]:
    slot = world.get(AgendaSlot, slot_id) if slot_id else None
    if slot is None or slot.appointment_id != appointment_id:
        return []
    return [slot.model_copy(update={"status": "libre", "appointment_id": ""})]


def _taken(slot: AgendaSlot, appointment_id: str, world: World) -> AgendaSlot:
    """Raises BusinessRefusal when somebody has the slot, or a part of its time."""
    told = f"le {short(slot.on)} à {slot.start}"
    if slot.status != "libre":
        raise BusinessRefusal([f"Le créneau du {told[3:]} n'est plus libre : proposez-en un autre."])
    if field_agenda.starts_at(slot) < world.clock:
        raise BusinessRefusal([f"Le créneau du {told[3:]} est passé."])
    for other in world.where(AgendaSlot, rep_id=slot.rep_id):
        if other.id != slot.id and other.status == "pris" and other.appointment_id != appointment_id and _overlap(slot, other):
            raise BusinessRefusal([f"Un autre rendez-vous occupe déjà ce moment, {told} : proposez-en un autre."])
    return slot.model_copy(update={"status": "pris", "appointment_id": appointment_id})


def _overlap(one: AgendaSlot, other: AgendaSlot) -> bool:
    return field_agenda.starts_at(one) < field_agenda.ends_at(other) and field_agenda.starts_at(other) < field_agenda.ends_at(one)


def _warnings(slot: AgendaSlot, appointment: Appointment, world: World) -> tuple[str, ...]:
    rep = world.get(FieldRep, slot.rep_id)
    if rep is None:
        return ()
    others = [s for s in world.where(AgendaSlot, rep_id=rep.id) if s.appointment_id != appointment.id]
    return tuple(field_agenda.slot_problems(rep, slot, _postcode(appointment, world), world.clock, others))


def _postcode(appointment: Appointment, world: World) -> str:
    """Of the address said, else of the contact's principal one in force."""
    said = world.get(Address, appointment.address_id) if appointment.address_id else None
    if said is not None:
        return said.postcode
    known = [a for a in world.where(Address, contact_id=appointment.contact_id) if a.usage == "principale"]
    in_force = [a for a in known if (a.valid_from or dt.date.min) <= world.today <= (a.valid_to or dt.date.max)]
    return next((a.postcode for a in in_force or known), "")


FOLLOWS: Follows = {"appointment": _appointment}
