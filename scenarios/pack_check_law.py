"""Dates and law of the scenes, by the rules in force on the sitting's day: promises and due dates on working days, agenda slots that
exist, legal guarantee and delays of an exchange, and calls that canvassing rules let make."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from crm_mock.models import AgendaSlot, CampaignTarget, Consent, Contact, FieldRep, Reminder, Subscription
from crm_mock.rules import canvassing, legal_guarantee
from crm_mock.rules.calendar import add_working_days, is_working_day, short
from scenarios.pack import ExpectedRecord, Pack
from scenarios.pack_check_wanted import Scene, field, items
from scenarios.pack_files import PackProblem
from scenarios.pack_load import Loaded

WORKED = {  # fields of expected records whose date somebody works on
    "payment_plan": ("instalments.due_on",),
    "promise": ("due_on",),
    "task": ("due_on",),
    "exchange": ("promised_on", "pickup_on"),
    "ticket": ("promised_on",),
    "appointment": ("on",),
    "interaction": ("next_on",),
    "campaign_target": ("next_on",),
}
PURPOSES: dict[str, canvassing.Purpose] = {"c5": "commercial", "c7": "commercial", "c8": "fidélisation"}  # without a campaign
APPOINTMENT = "confirmation de rendez-vous"  # template of a document
_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_PARIS = ZoneInfo("Europe/Paris")


def law_problems(pack: Pack, loaded: Loaded) -> list[PackProblem]:
    found = [problem for simulation in pack.simulations for problem in _Law(pack, simulation, loaded).problems()]
    return found + list(_records(pack, loaded))


def _records(pack: Pack, loaded: Loaded) -> Iterator[PackProblem]:
    """Slots on days of the week their representative works; reminders sent on a working day."""
    reps = {record.id: record for record in pack.records if isinstance(record, FieldRep)}
    for record in pack.records:
        wrong = ""
        if isinstance(record, AgendaSlot) and record.rep_id in reps:
            rep = reps[record.rep_id]
            if rep.weekdays and _DAYS[record.on.weekday()] not in rep.weekdays:
                wrong = f"{rep.name} ne travaille pas le {_DAYS[record.on.weekday()]} ({short(record.on)})"
        elif isinstance(record, Reminder) and record.sent_on is not None and not is_working_day(record.sent_on):
            wrong = f"relance un jour non ouvré ({short(record.sent_on)})"
        if wrong:
            file, line = loaded.where.get(f"{record.kind}:{record.id}", ("people", 0))
            yield PackProblem(file, line, wrong, f"{record.kind} {record.id}")


class _Law(Scene):
    def problems(self) -> Iterator[PackProblem]:
        yield from self._working_days()
        yield from self._slots()
        yield from self._confirmations()
        yield from self._tickets()
        yield from self._call()

    def _working_days(self) -> Iterator[PackProblem]:
        for kind, names in WORKED.items():
            for number, record in self.of(kind):
                for name in names:
                    outer, _, inner = name.partition(".")
                    groups = [[i.get(inner)] for i in items(record.expect.get(outer))] if inner else [field(record, name)]
                    for group in groups:
                        days = [dt.date.fromisoformat(v) for v in group if isinstance(v, str) and len(v) == 10]
                        if days and not any(is_working_day(day) for day in days):
                            said = f"le {short(days[0])} n'est pas un jour ouvré : compter en jours ouvrés (J+3jo) ou reporter (« > »)"
                            yield self.problem(number, said, "expect", outer)

    def _slots(self) -> Iterator[PackProblem]:
        """The appointment is on a free slot of the agenda, at its own day and hour."""
        for number, record in self.of("appointment"):
            for ident in field(record, "slot_id"):
                slot = self.by_id.get(("agenda_slot", str(ident)))
                if not isinstance(slot, AgendaSlot):
                    yield self.problem(number, f"créneau « {ident} » absent de l'agenda", "expect", "slot_id")
                    continue
                if slot.status != "libre":
                    yield self.problem(number, f"le créneau « {ident} » est déjà {slot.status}", "expect", "slot_id")
                if not is_working_day(slot.on):
                    yield self.problem(number, f"le créneau « {ident} » est un jour férié ({short(slot.on)})", "expect", "slot_id")
                for name, right in (("on", slot.on.isoformat()), ("start", slot.start)):
                    if any(value != right for value in field(record, name)):
                        yield self.problem(number, f"le créneau « {ident} » est le {short(slot.on)} à {slot.start}", "expect", name)

    def _confirmations(self) -> Iterator[PackProblem]:
        """A confirmation of an appointment has one to confirm, of the same contact, and a representative who can be called."""
        made = {str(one.match.get("contact_id")): one for _n, one in self.of("appointment")}
        for number, record in self.of("document"):
            if APPOINTMENT not in field(record, "template"):
                continue
            visit = made.get(str(record.match.get("contact_id")))
            if visit is None:
                yield self.problem(number, "aucun rendez-vous attendu à ce dossier : il n'y a rien à confirmer", "match")
                continue
            for ident in field(visit, "slot_id"):
                slot = self.by_id.get(("agenda_slot", str(ident)))
                rep = self.by_id.get(("field_rep", slot.rep_id)) if isinstance(slot, AgendaSlot) else None
                if isinstance(rep, FieldRep) and not rep.phone:
                    yield self.problem(number, f"{rep.name} n'a pas de numéro (crowd/field_rep.csv) : la confirmation le donne", "match")

    def _tickets(self) -> Iterator[PackProblem]:
        """The guarantee is the law's, the delay announced is the company's and the law's."""
        for number, record in self.of("ticket"):
            for bought in field(record, "bought_on"):
                right = legal_guarantee.guarantee(dt.date.fromisoformat(bought), self.pack.day)
                for written in (v for other in self._same("ticket", record.match) for v in field(other, "guarantee_until")):
                    if right.until is None or written != right.until.isoformat():
                        yield self.problem(number, f"garantie légale jusqu'au {short(right.until)} (L217-3)", "expect", "bought_on")
        limit = self.pack.company.exchange_working_days
        for kind in ("ticket", "exchange"):
            for number, record in self.of(kind):
                for promised in (dt.date.fromisoformat(v) for v in field(record, "promised_on")):
                    for said in legal_guarantee.promise_problems(promised, self.pack.day):
                        yield self.problem(number, said, "expect", "promised_on")
                    if kind == "exchange" and limit and promised > add_working_days(self.pack.day, limit):
                        said = f"le {short(promised)} dépasse les {limit} jours ouvrés de l'entreprise (exchange_working_days)"
                        yield self.problem(number, said, "expect", "promised_on")

    def _same(self, kind: str, match: object) -> list[ExpectedRecord]:
        return [record for _, record in self.of(kind) if record.match == match]

    def _call(self) -> Iterator[PackProblem]:
        """An outgoing call to sell is one that the rules of its day and hour let make."""
        simulation = self.simulation
        owner = self.by_id.get(("contact", simulation.persona.contact_id))
        if simulation.direction != "sortant" or not isinstance(owner, Contact):
            return
        targets = self.owned(CampaignTarget, owner.id)
        campaigns = {campaign.id: campaign for campaign in self.pack.campaigns}
        purposes = [campaigns[t.campaign_id].purpose for t in targets if t.campaign_id in campaigns]
        consent = next((c for c in self.owned(Consent, owner.id) if c.purpose == "téléphone"), None)
        purpose = purposes[0] if purposes else PURPOSES.get(simulation.competence, "service")
        call = canvassing.PlannedCall(
            purpose,
            not (owner.category == "professionnel" or owner.company_name or owner.company_id),
            consent.status if consent else "inconnu",
            consent.given_on if consent else None,
            any(s.status == "actif" for s in self.owned(Subscription, owner.id)),
            purpose == "fidélisation",
            any(target.opposed for target in targets),
            [day for target in targets for day in map(_local_day, (a.at for a in target.attempts)) if day],
        )
        source = self.written_in[f"{simulation.id}/simulation"]
        for caution in canvassing.warnings(call, dt.datetime.combine(self.pack.day, simulation.start_time)):
            said = f"{caution.text} ({caution.source})"
            yield PackProblem(source.file, source.line(("start_time",)), said, caution.rule)


def _local_day(instant: str) -> dt.date | None:
    return dt.datetime.fromisoformat(instant.replace("Z", "+00:00")).astimezone(_PARIS).date() if instant else None
