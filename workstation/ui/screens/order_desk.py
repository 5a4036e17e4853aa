"""Taking an order: who, what is in stock, basket, summary, payment by secure link, confirmation (SC6, SC8; c6)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text

from workstation.desk.state import DeskState, Record
from workstation.i18n import N_, _
from workstation.ui.record_titles import summary
from workstation.ui.screens import order_words
from workstation.ui.screens.basket import Basket, basket_of
from workstation.ui.screens.making_closing import ConfirmationStep, PaymentStep
from workstation.ui.screens.making_pane import MakingPane
from workstation.ui.screens.order_steps import AvailabilityStep, BasketStep, SummaryStep
from workstation.ui.widgets.record_drafts import records
from workstation.ui.widgets.record_table import Column, RecordTable, Row

TEMPLATES = ("confirmation de commande", "conditions générales", "formulaire de rétractation")
_WORDS = {
    "list": N_("Entrée ouvre une commande ; la première ligne en commence une."),
    "changed": N_("Commande modifiée entre-temps"),
    "unsaved": N_("Enregistrez d'abord la commande."),
    "unconfirmed": N_("Commande pas encore validée"),
}


class OrderDeskPane(MakingPane[Basket]):
    """Holds the order being made; the steps show it and ask for changes through `change`."""

    pane_id = "order_desk"
    kind = "order"
    STEPS: ClassVar[tuple[tuple[str, str, str], ...]] = (
        ("identification", N_("1 Identification"), N_("1 Ident.")),
        ("disponibilite", N_("2 Disponibilité"), N_("2 Dispo.")),
        ("panier", N_("3 Panier"), N_("3 Panier")),
        ("recapitulatif", N_("4 Récapitulatif"), N_("4 Récap.")),
        ("reglement", N_("5 Règlement"), N_("5 Règl.")),
        ("confirmation", N_("6 Confirmation"), N_("6 Conf.")),
    )
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__([Column(_("Commande"), 14), Column(_("Détail")), Column(_("Total"), 11, True), Column(_("État"), 12)])
        self.availability = AvailabilityStep(self)
        self.basket_step = BasketStep(self)
        self.summary_step = SummaryStep(self)
        self.payment = PaymentStep(self)
        self.confirmation = ConfirmationStep(self, TEMPLATES)

    def title(self) -> str:
        return _("Commande")

    @property
    def steps(self) -> dict[str, Any]:
        found = (self.availability, self.basket_step, self.summary_step, self.payment, self.confirmation)
        return {str(step.id): step for step in found}

    @property
    def basket(self) -> Basket:
        return self.made

    @property
    def orders(self) -> RecordTable:
        return self.list

    def made_of(self, fields: Record) -> Basket:
        return basket_of(fields)

    def rows(self, state: DeskState) -> list[Row]:
        rows = []
        for order in records(state, "order"):
            said = summary("order", order)
            rows.append(Row(str(order["id"]), (said.what, f"{said.date} {said.text}".strip(), said.amount, said.status)))
        return rows

    def done(self, step: str) -> bool:
        match step:
            case "identification":
                return self.identified
            case "panier" | "disponibilite":
                return bool(self.basket.lines)
            case "recapitulatif":
                return self.record.get("status") not in (None, "", "brouillon")
            case "reglement":
                return any(link.get("status") == "autorisé" for link in self.links())
            case _:
                return any(d.get("subject_id") == self.record_id for d in records(self.state, "document"))

    def next_step(self, record: Record) -> str:
        return "panier" if record.get("status") == "brouillon" else "reglement"

    def to_pay(self) -> int:
        return order_words.amounts(self)[2]

    def words(self, what: str) -> str:
        return _(_WORDS[what])

    def foot_words(self) -> str:
        return order_words.one_line_total(self)

    def receipt_words(self) -> Text:
        return order_words.receipt(self)
