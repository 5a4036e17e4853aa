"""The field team's agenda as the desk shows it: weeks, slots, what to propose and why another will not do. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm_mock.models import AgendaSlot, FieldRep
from crm_mock.rules import field_agenda
from workstation.desk.state import DeskState, Record
from workstation.i18n import _
from workstation.ui.record_words import value_word
from workstation.ui.screens.campaign_words import now_of
from workstation.ui.widgets.picker import Option
from workstation.ui.widgets.record_drafts import records, scenario_today
from workstation.ui.widgets.record_table import Row
from workstation.ui.widgets.value_text import plain_line

SLOTS, REPS = "agenda_slots", "agenda_reps"  # keys of the lists asked for
WEEKS = 5  # asked for: four of agenda, and what is left of the present one
FREE_ONES, ZONE, ALL = "libres", "zone", "tous"
SHORT_DAYS = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")


@dataclass(frozen=True)
class Agenda:
    """The field team and its slots, for an appointment at this postcode ("" unknown) taken now."""

    reps: tuple[FieldRep, ...]
    slots: tuple[AgendaSlot, ...]
    postcode: str
    now: dt.datetime

    def rep(self, rep_id: str) -> FieldRep | None:
        return next((r for r in self.reps if r.id == rep_id), None)

    def slot(self, slot_id: str) -> AgendaSlot | None:
        return next((s for s in self.slots if s.id == slot_id), None)

    @property
    def serving(self) -> tuple[FieldRep, ...]:
        """Those who go there; all of them while the place is not known."""
        return tuple(r for r in self.reps if not self.postcode or field_agenda.serves(r, self.postcode))

    def reasons(self, slot: AgendaSlot) -> list[str]:
        """Why this slot is outside the rules; [] when it keeps them all."""
        rep = self.rep(slot.rep_id)
        return field_agenda.slot_problems(rep, slot, self.postcode, self.now, self.slots) if rep is not None else []

    def proposals(self, after: dt.date | None) -> tuple[AgendaSlot, ...]:
        return field_agenda.two_slots(self.serving, self.slots, self.postcode, self.now, after)


def read(kind: type[AgendaSlot] | type[FieldRep], found: Sequence[Record]) -> tuple[Any, ...]:
    return tuple(kind.model_validate(r) for r in found)


def postcode_of(state: DeskState, address_id: str = "") -> str:
    """Of this address, else of the contact's principal one in force."""
    known = records(state, "address")
    said = next((a for a in known if a.get("id") == address_id), None)
    if said is not None:
        return str(said.get("postcode") or "")
    today = scenario_today(state).isoformat()
    own = [a for a in known if a.get("usage", "principale") == "principale"]
    in_force = [a for a in own if str(a.get("valid_from") or "") <= today <= str(a.get("valid_to") or "9999")]
    return next((str(a.get("postcode") or "") for a in in_force or own), "")


def agenda_of(state: DeskState, address_id: str = "") -> Agenda | None:
    """None while the agenda or the team is still asked for."""
    slots, reps = state.lists.get(SLOTS), state.lists.get(REPS)
    if slots is None or reps is None or not reps.records:
        return None
    return Agenda(read(FieldRep, reps.records), read(AgendaSlot, slots.records), postcode_of(state, address_id), now_of(state))


def bounds(state: DeskState) -> dict[str, str]:
    """The weeks asked for."""
    today = scenario_today(state)
    return {"since": today.isoformat(), "until": (today + dt.timedelta(days=7 * WEEKS)).isoformat(), "limit": "500"}


def week_options(agenda: Agenda) -> list[Option]:
    """What is free first, then each week that has slots, by its Monday."""
    mondays = sorted({s.on - dt.timedelta(days=s.on.weekday()) for s in agenda.slots})
    return [(FREE_ONES, _("créneaux libres")), *((m.isoformat(), _("semaine du {day}").format(day=f"{m:%d/%m}")) for m in mondays)]


def rep_options(agenda: Agenda) -> list[Option]:
    serving = ", ".join(plain_line(r.name) for r in agenda.serving) or _("personne")
    zone = _("de la zone : {names}").format(names=serving) if agenda.postcode else _("tous (adresse inconnue)")
    each = [(r.id, f"{plain_line(r.name)} · {plain_line(r.zone)}") for r in agenda.reps]
    return [(ZONE, zone), *each, (ALL, _("tous"))]


def shown(agenda: Agenda, week: str, rep: str) -> list[AgendaSlot]:
    """The slots of this choice, soonest first."""
    who = {r.id for r in agenda.serving} if rep == ZONE else {r.id for r in agenda.reps} if rep == ALL else {rep}
    found = [s for s in agenda.slots if s.rep_id in who]
    if week == FREE_ONES:
        found = [s for s in found if s.status == "libre"]
    else:
        monday = dt.date.fromisoformat(week)
        found = [s for s in found if 0 <= (s.on - monday).days < 7]
    return sorted(found, key=lambda s: (field_agenda.starts_at(s), s.rep_id, s.id))


def slot_rows(agenda: Agenda, slots: Sequence[AgendaSlot], after: dt.date | None, own: str) -> list[Row]:
    """One row a slot; `own` is the appointment of the contact in front, whose slot is marked."""
    proposed = {s.id for s in agenda.proposals(after)}
    rows = []
    for slot in slots:
        rep = agenda.rep(slot.rep_id)
        mine = bool(own) and slot.appointment_id == own
        why = [] if slot.status != "libre" else agenda.reasons(slot)
        if after is not None and slot.on < after and not why:
            why = [_("avant le {day}").format(day=f"{after:%d/%m}")]
        word = _("ce rendez-vous") if mine else plain_line(slot.label) or "; ".join(why)
        mark = "● " if mine else "★ " if slot.id in proposed else "▲ " if why else ""
        rows.append(
            Row(
                slot.id,
                (
                    day_words(slot.on),
                    slot.start,
                    str(slot.minutes),
                    plain_line(rep.name if rep else "?"),
                    mark + value_word(slot.status),
                    word,
                ),
                tone="bold" if mine or slot.id in proposed else "dim" if slot.status != "libre" or why else "",
            )
        )
    return rows


def day_words(on: dt.date) -> str:
    """jeu. 26/11"""
    return f"{SHORT_DAYS[on.weekday()]} {on:%d/%m}"


def slot_words(agenda: Agenda, slot: AgendaSlot) -> str:
    """ven. 04/12 à 09:00 (Yoann Kerdilis)"""
    rep = agenda.rep(slot.rep_id)
    when = _("{day} à {hour}").format(day=day_words(slot.on), hour=slot.start)
    return f"{when} ({plain_line(rep.name if rep else '?')})"


def proposal_words(agenda: Agenda, after: dt.date | None) -> str:
    found = agenda.proposals(after)
    if not found:
        return _("Aucun créneau dans les règles : changez « pas avant », ou datez un rappel.")
    if len(found) == 1:
        return _("★ Un seul à proposer : {slot}").format(slot=slot_words(agenda, found[0]))
    return _("★ À proposer : {first} ou {second}").format(first=slot_words(agenda, found[0]), second=slot_words(agenda, found[1]))


def slot_options(agenda: Agenda, own_slot: str) -> list[Option]:
    """The slots an appointment may be put on: those free, soonest first, and its own."""
    slots = [s for s in agenda.slots if s.id == own_slot or (s.status == "libre" and s.rep_id in {r.id for r in agenda.serving})]
    slots.sort(key=lambda s: (field_agenda.starts_at(s), s.id))
    return [(s.id, slot_words(agenda, s)) for s in slots]


QUALIFIED: tuple[tuple[str, ...], ...] = (
    ("address_id", "place"), ("attendees",), ("purpose",), ("machine",), ("volume",), ("supplier",), ("supplier_end_on",),
    ("documents",), ("confirmation",),
)  # fmt: skip
"""Fields of a qualified appointment; of a group, one is enough."""


def missing_fields(typed: Mapping[str, Any]) -> list[str]:
    """The first field of each group with nothing in it."""
    return [group[0] for group in QUALIFIED if not any(typed.get(name) for name in group)]
