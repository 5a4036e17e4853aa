"""Appointments of the field team: zones, days, last start, notice, travel, and the two slots to propose (company's rules of appointments).

Times are the scenario's local clock, naive. The notice is counted on working days, twenty-four hours each: forty-eight hours
from a Friday at 10:00 end on the Tuesday at 10:00.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from crm_mock.models import AgendaSlot, FieldRep
from crm_mock.rules.calendar import is_working_day, public_holidays, short

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_DAY = dt.timedelta(days=1)


def starts_at(slot: AgendaSlot) -> dt.datetime:
    return dt.datetime.combine(slot.on, dt.time.fromisoformat(slot.start or "00:00"))


def ends_at(slot: AgendaSlot) -> dt.datetime:
    return starts_at(slot) + dt.timedelta(minutes=slot.minutes)


def earliest(now: dt.datetime, notice_hours: int) -> dt.datetime:
    """The first moment that leaves the notice, working days only."""
    moment, left = now, dt.timedelta(hours=notice_hours)
    while True:
        if not is_working_day(moment.date()):
            moment = dt.datetime.combine(moment.date() + _DAY, dt.time())
            continue
        midnight = dt.datetime.combine(moment.date() + _DAY, dt.time())
        if moment + left < midnight:
            return moment + left
        left -= midnight - moment
        moment = midnight


def serves(rep: FieldRep, postcode: str) -> bool:
    """Whether the zone holds the postcode; a representative without postcodes goes anywhere."""
    return not rep.postcodes or any(postcode.startswith(start) for start in rep.postcodes)


def slot_problems(rep: FieldRep, slot: AgendaSlot, postcode: str, now: dt.datetime, others: Iterable[AgendaSlot] = ()) -> list[str]:
    """French sentences, one for each rule the slot does not keep. `others`: the representative's slots, of which the taken ones count.
    An empty `postcode` is in every zone."""
    found: list[str] = []
    start = starts_at(slot)
    if postcode and not serves(rep, postcode):
        found.append(f"{rep.name} ne se déplace pas au {postcode} (zone {rep.zone or ', '.join(rep.postcodes)}).")
    if slot.on in public_holidays(slot.on.year):
        found.append(f"Le {short(slot.on)} est férié.")
    elif rep.weekdays and WEEKDAYS[slot.on.weekday()] not in rep.weekdays:
        found.append(f"{rep.name} ne reçoit pas le {WEEKDAYS[slot.on.weekday()]} ({', '.join(rep.weekdays)} seulement).")
    if rep.first_start and slot.start < rep.first_start:
        found.append(f"Premier rendez-vous à {rep.first_start}.")
    if rep.last_start and slot.start > rep.last_start:
        found.append(f"Dernier rendez-vous à {rep.last_start}.")
    if start < earliest(now, rep.notice_hours):
        soonest = earliest(now, rep.notice_hours)
        found.append(f"Préavis de {rep.notice_hours} h ouvrées : pas avant le {short(soonest.date())} à {soonest:%H h %M}.")
    return found + _travel(rep, slot, others)


def _travel(rep: FieldRep, slot: AgendaSlot, others: Iterable[AgendaSlot]) -> list[str]:
    gap = dt.timedelta(minutes=rep.travel_minutes)
    for other in others:
        if other.id == slot.id or other.rep_id != rep.id or other.status != "pris":
            continue
        if starts_at(slot) < ends_at(other) + gap and starts_at(other) < ends_at(slot) + gap:
            return [f"Trop près du rendez-vous de {other.start} : {rep.travel_minutes} minutes de trajet entre deux."]
    return []


def open_slots(rep: FieldRep, slots: Sequence[AgendaSlot], postcode: str, now: dt.datetime) -> list[AgendaSlot]:
    """The representative's free slots that keep every rule, soonest first."""
    own = [slot for slot in slots if slot.rep_id == rep.id]
    found = [slot for slot in own if slot.status == "libre" and not slot_problems(rep, slot, postcode, now, own)]
    return sorted(found, key=lambda slot: (starts_at(slot), slot.id))


def two_slots(
    reps: Sequence[FieldRep], slots: Sequence[AgendaSlot], postcode: str, now: dt.datetime, after: dt.date | None = None
) -> tuple[AgendaSlot, ...]:
    """What to propose: the soonest slot and the soonest of another day, else of the other half of the same day, else the next
    one. `after`: not before this day, as the customer asked. Fewer than two when there are no more."""
    found = sorted(
        (s for rep in reps for s in open_slots(rep, slots, postcode, now) if after is None or s.on >= after),
        key=lambda slot: (starts_at(slot), slot.id),
    )
    if len(found) < 2:
        return tuple(found)
    first = found[0]
    others = found[1:]
    second = next((s for s in others if s.on != first.on), None)
    second = second or next((s for s in others if (s.start < "12:00") != (first.start < "12:00")), None)
    return (first, second or others[0])
