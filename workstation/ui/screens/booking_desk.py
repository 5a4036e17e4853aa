"""Booking a lodging or a session: who, what is free and when, options, summary, deposit by secure link, confirmation (c6)."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text

from workstation.desk.state import DeskState, Record
from workstation.i18n import N_, _
from workstation.ui.messages import ListAsked, SaveAsked, Told
from workstation.ui.record_titles import summary
from workstation.ui.screens import booking_stay, booking_words
from workstation.ui.screens.basket import next_outcome
from workstation.ui.screens.booking_stay import Stay, stay_of
from workstation.ui.screens.booking_steps import ADDON, SUBSTITUTION, BookingSummary, FreeStep, OptionsStep
from workstation.ui.screens.making_closing import ConfirmationStep, PaymentStep
from workstation.ui.screens.making_pane import MakingPane
from workstation.ui.widgets.record_drafts import find_record, records, scenario_today
from workstation.ui.widgets.record_table import Column, Row
from workstation.ui.widgets.value_text import day

LIMIT = "500"
TEMPLATES = ("confirmation de réservation", "conditions générales")
_WORDS = {
    "list": N_("Entrée ouvre une réservation ; la première ligne en commence une."),
    "changed": N_("Réservation modifiée entre-temps"),
    "unsaved": N_("Confirmez d'abord la réservation."),
    "unconfirmed": N_("Réservation pas encore confirmée"),
}


class BookingDeskPane(MakingPane[Stay]):
    """Holds the booking being made. Proposals are records of their own, saved as they are made: when they were made is evidence."""

    pane_id = "booking_desk"
    kind = "booking"
    STEPS: ClassVar[tuple[tuple[str, str, str], ...]] = (
        ("identification", N_("1 Identification"), N_("1 Ident.")),
        ("disponibilite", N_("2 Disponibilité"), N_("2 Dispo.")),
        ("options", N_("3 Options"), N_("3 Options")),
        ("recapitulatif", N_("4 Récapitulatif"), N_("4 Récap.")),
        ("reglement", N_("5 Acompte"), N_("5 Acpte")),
        ("confirmation", N_("6 Confirmation"), N_("6 Conf.")),
    )
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__([Column(_("Réservation"), 14), Column(_("Détail")), Column(_("Total"), 11, True), Column(_("État"), 12)])
        self.free = FreeStep(self)
        self.options = OptionsStep(self)
        self.summary_step = BookingSummary(self)
        self.payment = PaymentStep(self)
        self.confirmation = ConfirmationStep(self, TEMPLATES)
        self._asked_lists: dict[str, dict[str, str]] = {}  # on their way
        self._asked: dict[str, Record] = {}  # proposals made and not in the file yet
        self._unsent: list[str] = []  # those that wait for the booking to be there
        self._answers: dict[str, int] = {}  # answers given while their proposal was being saved

    def title(self) -> str:
        return _("Réservation")

    @property
    def steps(self) -> dict[str, Any]:
        found = (self.free, self.options, self.summary_step, self.payment, self.confirmation)
        return {str(step.id): step for step in found}

    def made_of(self, fields: Record) -> Stay:
        return stay_of(fields)

    def rows(self, state: DeskState) -> list[Row]:
        rows = []
        for record in records(state, "booking"):
            said = summary("booking", record)
            detail = f"{booking_words.name_of(state, str(record.get('resource_id') or ''))} · {day(record.get('starts_on'))}"
            rows.append(Row(str(record["id"]), (said.what, detail, said.amount, said.status)))
        return rows

    def done(self, step: str) -> bool:
        match step:
            case "identification":
                return self.identified
            case "disponibilite":
                return self.made.complete
            case "options":
                return any(p.get("what") == ADDON for p in self.proposals())
            case "recapitulatif":
                return self.record.get("status") == "confirmée"
            case "reglement":
                return any(link.get("status") == "autorisé" for link in self.links())
            case _:
                return any(d.get("subject_id") == self.record_id for d in records(self.state, "document"))

    def next_step(self, record: Record) -> str:
        return "options" if record.get("status") == "brouillon" else "reglement"

    def to_pay(self) -> int:
        return booking_words.due_cents(self)

    def words(self, what: str) -> str:
        return _(_WORDS[what])

    def foot_words(self) -> str:
        return booking_words.one_line(self)

    def receipt_words(self) -> Text:
        return booking_words.receipt(self)

    # --- what is free

    def paint(self, state: DeskState) -> None:
        super().paint(state)
        self.ask_lists()
        self._send_proposals()
        for ident in [ident for ident, count in self._answers.items() if count]:
            self._answers[ident] -= 1
            self.settle(ident)

    def ask_lists(self) -> None:
        """What can be booked, what is free on the dates asked for, and near them for what is full; each asked for once."""
        self._ask(booking_stay.RESOURCES, "resource", limit=LIMIT)
        dates = self.made.dates
        if dates is not None and dates[0] <= dates[1]:
            self._ask(booking_stay.ASKED, "availability", since=dates[0].isoformat(), until=dates[1].isoformat(), limit=LIMIT)
        if self.free.near:
            since = scenario_today(self.state).isoformat()
            self._ask(booking_stay.NEAR, "availability", resource_id=self.free.near, since=since, limit=LIMIT)

    def _ask(self, key: str, kind: str, **params: str) -> None:
        """Unless the state holds it, or it was asked for and is on its way."""
        held = self.state.lists.get(key)
        if held is not None and (held.kind, held.params) == (kind, params):
            self._asked_lists.pop(key, None)
        elif self._asked_lists.get(key) != params:
            self._asked_lists[key] = params
            self.post_message(ListAsked(key, kind, **params))

    # --- proposals

    def proposals(self) -> list[Record]:
        """Those of this booking, and those on their way."""
        known = booking_stay.proposals(self.state, self.record_id)
        ids = {str(p["id"]) for p in known}
        waiting = [p for ident, p in self._asked.items() if ident not in ids and p["booking_id"] == self.record_id]
        return [*known, *waiting]

    def propose(self, what: str, product_id: str, instead_of: str = "") -> None:
        """Record at once that it was put to the customer, with the booking it is about (a draft, when it is new); once each."""
        same = (what, product_id, instead_of)
        if not self._contact_id or any((p.get("what"), p.get("product_id"), p.get("instead_of") or "") == same for p in self.proposals()):
            self.go("options")
            return
        if what == SUBSTITUTION and not self.made.resource_id:
            self._put_resource(instead_of)
        if not self.version and not self.made.complete:
            self.post_message(Told(_("Choisissez d'abord quoi et quand."), "warning"))
            return
        ident = str(uuid.uuid4())
        fields = {"contact_id": self._contact_id, "booking_id": self.record_id, "what": what, "product_id": product_id}
        self._asked[ident] = {"id": ident, "version": 0, **fields, "instead_of": instead_of, "outcome": "proposée"}
        self._unsent.append(ident)
        if not self.version:
            self.save()
        self._send_proposals()
        name = booking_words.name_of(self.state, product_id)
        self.post_message(Told(_("Proposé : {name}. Notez la réponse.").format(name=name)))
        if what == SUBSTITUTION:
            self.go("options")
        self.paint(self.state)

    def _send_proposals(self) -> None:
        """A proposal names its booking, which must be there before it."""
        ready = [ident for ident in self._unsent if self.version and self._asked[ident]["booking_id"] == self.record_id]
        self._unsent = [ident for ident in self._unsent if ident not in ready]
        for ident in ready:
            fields = {name: value for name, value in self._asked[ident].items() if name not in ("id", "version")}
            self.post_message(SaveAsked("sale_proposal", ident, 0, fields))

    def settle(self, proposal_id: str) -> None:
        """The customer's next answer: proposée, acceptée, refusée. Accepted, it is in the booking."""
        record = find_record(self.state, "sale_proposal", proposal_id)
        view = self.state.saves.get(proposal_id)
        if record is None or (view is not None and view.state == "pending"):
            self._answers[proposal_id] = self._answers.get(proposal_id, 0) + 1  # as soon as it is there
            return
        outcome = next_outcome(str(record.get("outcome") or "proposée"))
        self.post_message(SaveAsked("sale_proposal", proposal_id, int(record.get("version") or 0), {"outcome": outcome}))
        accepted = outcome == "acceptée"
        if record.get("what") == SUBSTITUTION:
            self._put_resource(str(record["product_id"] if accepted else record.get("instead_of") or ""))
        elif (product := find_record(self.state, "product", str(record["product_id"]))) is not None:
            count = max(1, self.made.quantity_of(str(product["id"]))) if accepted else 0
            self.change(self.made.with_option(product, count))

    def _put_resource(self, resource_id: str) -> None:
        resource = booking_stay.resource_of(self.state, resource_id)
        if resource is None:
            return
        dates = booking_stay.stay_dates(resource, self.made)
        stay = replace(self.made, resource_id=resource.id)
        self.change(stay.at(*dates) if dates is not None else stay)

    def save(self, status: str = "") -> None:
        if not self.made.complete:
            self.post_message(Told(_("Choisissez d'abord quoi et quand."), "warning"))
            return
        super().save(status)
