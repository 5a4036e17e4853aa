"""The consumer's right of withdrawal from a distance contract (code de la consommation, L221-18 to L221-28)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from crm_mock.rules.calendar import add_months, next_working_day

PERIOD_DAYS = 14  # L221-18


@dataclass(frozen=True)
class WithdrawalException:
    """A case in which the right cannot be exercised."""

    article: str
    label: str


EXCEPTIONS: tuple[WithdrawalException, ...] = (
    WithdrawalException("L221-28 1°", "service pleinement exécuté avant la fin du délai, avec accord exprès"),
    WithdrawalException("L221-28 2°", "bien ou service dont le prix dépend du marché financier"),
    WithdrawalException("L221-28 3°", "bien confectionné selon les spécifications du consommateur ou nettement personnalisé"),
    WithdrawalException("L221-28 4°", "bien susceptible de se détériorer ou de se périmer rapidement"),
    WithdrawalException("L221-28 5°", "bien descellé après livraison et non renvoyable pour des raisons d'hygiène"),
    WithdrawalException("L221-28 6°", "bien mélangé de manière indissociable à d'autres après livraison"),
    WithdrawalException("L221-28 7°", "boisson alcoolisée livrée au-delà de trente jours, de prix convenu selon le marché"),
    WithdrawalException("L221-28 8°", "entretien ou réparation à réaliser en urgence au domicile, à la demande du consommateur"),
    WithdrawalException("L221-28 9°", "enregistrement ou logiciel descellé après livraison"),
    WithdrawalException("L221-28 10°", "journal, périodique ou magazine, hors abonnement"),
    WithdrawalException("L221-28 11°", "vente aux enchères publiques"),
    WithdrawalException("L221-28 12°", "hébergement, transport, restauration ou loisirs à une date déterminée"),
    WithdrawalException("L221-28 13°", "contenu numérique sans support, commencé avec accord exprès et renoncement"),
)

StartEvent = Literal["contrat", "réception"]


@dataclass(frozen=True)
class WithdrawalPeriod:
    """`starts_on` is the day of the event, not counted; `last_day` None when there is no right, `exception` saying why."""

    event: StartEvent
    starts_on: dt.date
    last_day: dt.date | None
    exception: WithdrawalException | None = None
    extended: bool = False  # the consumer was not informed (L221-20)
    source: str = "c. conso. L221-18 à L221-20"


def period(
    event: StartEvent,
    starts_on: dt.date,
    *,
    article: str = "",
    informed: bool = True,
    informed_on: dt.date | None = None,
) -> WithdrawalPeriod:
    """`event`: the conclusion of the contract, for a service; the receipt of the goods (the last of an order, the first of regular
    deliveries), for goods and for contracts that bear on both (L221-18). `article`: the exception that bars the right, if any. Raises
    ValueError for an article that is none."""
    if article:
        barred = exception(article)
        if barred is None:
            raise ValueError(f"no exception to withdrawal: {article!r}")
        return WithdrawalPeriod(event, starts_on, None, barred, source="c. conso. L221-28")
    if informed:
        return WithdrawalPeriod(event, starts_on, last_day(starts_on))
    return WithdrawalPeriod(event, starts_on, last_day_uninformed(starts_on, informed_on), extended=True)


def last_day(received_on: dt.date) -> dt.date:
    """Last day on which one may withdraw. The day of receipt (of the contract, for a service) is not counted; a period
    that ends on a Saturday, a Sunday or a public holiday runs to the next working day (L221-19)."""
    return next_working_day(received_on + dt.timedelta(days=PERIOD_DAYS))


def last_day_uninformed(received_on: dt.date, informed_on: dt.date | None = None) -> dt.date:
    """When the seller did not inform the consumer: twelve months after the first period; informed meanwhile,
    fourteen days from that information (L221-20)."""
    extended = next_working_day(add_months(last_day(received_on), 12))
    if informed_on is None or informed_on > extended:
        return extended
    return max(last_day(received_on), min(extended, last_day(informed_on)))


def exception(article: str) -> WithdrawalException | None:
    """The exception of that article ("L221-28 4°"), None when there is none."""
    return next((e for e in EXCEPTIONS if e.article == article), None)
