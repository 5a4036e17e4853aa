"""What level 2 needs in a ticket to go on without asking again (company's procedure on assistance, P-03; criterion c3.5)."""

from __future__ import annotations

from collections.abc import Callable

from crm_mock.models import Ticket

NEEDED: tuple[tuple[str, str, Callable[[Ticket], bool]], ...] = (
    ("product_id", "la machine", lambda t: bool(t.product_id)),
    ("serial", "le numéro de série", lambda t: bool(t.serial)),
    ("bought_on", "la date d'achat", lambda t: t.bought_on is not None),
    ("symptom", "le symptôme", lambda t: bool(t.symptom)),
    ("context", "le contexte (depuis quand, ce que le client a fait)", lambda t: bool(t.context)),
    ("path", "les tests faits et leurs résultats", lambda t: bool(t.path)),
    ("expectations", "les attentes du client", lambda t: bool(t.expectations or t.consumer_choice)),
    ("reachability", "quand joindre le client", lambda t: bool(t.reachability)),
    ("promised_on", "le délai annoncé", lambda t: t.promised_on is not None),
)


def missing(ticket: Ticket) -> tuple[tuple[str, str], ...]:
    """(field, what it is in French) for each thing not told yet, in the order of the form."""
    return tuple((name, words) for name, words, told in NEEDED if not told(ticket))
