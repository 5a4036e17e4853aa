"""Who may write what: the one table. What is not granted is refused.

Roles are those of the room's tokens. Fields of `SERVER_FIELDS` are computed by the server and by nobody else; a
caller may repeat their present value. `contact_id` never changes once it is set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crm_mock.errors import Forbidden
from crm_mock.models import KINDS, Owned

SERVER_FIELDS: dict[str, frozenset[str]] = {
    "order": frozenset({"reference", "ordered_on", "items_cents", "delivery_cents", "total_cents", "withdrawal_until"}),
    "payment_link": frozenset({"reference", "authorisation"}),
    "document": frozenset({"file", "sha256"}),
    "survey": frozenset({"answered", "started_at", "ended_at"}),
    "ticket": frozenset({"reference", "guarantee", "guarantee_until", "opened_on", "escalated_at", "closed_on"}),
    "goodwill": frozenset({"reference"}),
    "exchange": frozenset({"reference", "label"}),
    "chat": frozenset({"first_answer_seconds"}),
    "appointment": frozenset({"reference", "rep_id", "on", "start", "minutes", "warnings"}),
    "sale_proposal": frozenset({"at"}),
    "booking": frozenset(
        {"reference", "stay_cents", "options_cents", "total_cents", "deposit_cents", "balance_cents", "booked_on", "withdrawal_exception"}
    ),
    "opportunity": frozenset({"reference", "total_cents", "signed_on", "withdrawal_until"}),
    "termination_request": frozenset({"reference"}),
    "amendment": frozenset(
        {
            "reference",
            "before_product_id",
            "before_cents",
            "after_cents",
            "discounted_cents",
            "ends_on",
            "cost_cents",
            "applied",
        }
    ),
    "reply": frozenset({"word_count", "line_count", "spellcheck", "submitted_at", "sha256"}),
}
FIXED_FIELDS: dict[str, frozenset[str]] = {  # once created
    "document": frozenset({"template", "subject_id"}),
    "goodwill": frozenset({"amount_cents", "ticket_id", "order_id", "subscription_id", "amendment_id", "on"}),
    "termination_request": frozenset({"subscription_id"}),
    "amendment": frozenset({"subscription_id"}),
    "survey": frozenset({"questionnaire_id", "questionnaire_version"}),
    "reply": frozenset({"simulation"}),
}


@dataclass(frozen=True)
class Grant:
    """`fields` None: all of them, save the server's and `but`; `values` narrows what a field may be set to."""

    create: bool = True
    fields: frozenset[str] | None = None
    but: frozenset[str] = frozenset()
    values: Mapping[str, frozenset[object]] = field(default_factory=dict)

    def allows(self, name: str) -> bool:
        return name not in self.but and (self.fields is None or name in self.fields)


_ALL = Grant()
GRANTS: dict[str, dict[str, Grant]] = {
    "candidate": {
        "contact": Grant(but=frozenset({"reference", "customer_since"})),
        "address": _ALL,
        "contact_point": _ALL,
        "consent": _ALL,
        "identification": _ALL,
        "subscription": Grant(but=frozenset({"reference"})),
        "order": Grant(values={"status": frozenset({"brouillon", "validée", "annulée"})}),
        "invoice": Grant(create=False, fields=frozenset({"status", "detail"}), values={"status": frozenset({"impayée", "en litige"})}),
        "payment_link": Grant(values={"status": frozenset({"envoyé", "expiré"})}),
        "collection_case": Grant(create=False, fields=frozenset({"reason", "dunning", "dunning_until", "remark"})),
        "payment_plan": _ALL,
        "promise": _ALL,
        "mandate": Grant(but=frozenset({"reference", "signed_on"}), values={"status": frozenset({"à signer", "révoqué"})}),
        "document": _ALL,
        "interaction": _ALL,
        "task": _ALL,
        "note": _ALL,
        "survey": _ALL,
        "campaign_target": Grant(
            create=False, fields=frozenset({"status", "attempts", "opposed", "next_on", "next_time", "remark", "quota_cell"})
        ),
        "ticket": _ALL,
        "goodwill": Grant(but=frozenset({"amendment_id"})),
        "exchange": Grant(values={"status": frozenset({"demandé", "étiquette envoyée", "annulé"})}),
        "chat": Grant(create=False, fields=frozenset({"contact_id"})),  # whose conversation it was; what was written is the room's
        "appointment": _ALL,
        "sale_proposal": _ALL,
        "booking": _ALL,
        "opportunity": Grant(values={"status": frozenset({"découverte", "proposée", "en attente de signature", "perdue"})}),
        "termination_request": _ALL,
        "amendment": _ALL,
        "reply": _ALL,
    },
    "customer": {
        "payment_link": Grant(create=False, fields=frozenset({"status"}), values={"status": frozenset({"ouvert", "autorisé", "refusé"})}),
        "opportunity": Grant(create=False, fields=frozenset({"status"}), values={"status": frozenset({"signée"})}),
    },
    "server": {"chat": _ALL},  # the room itself, never a token's
    "trainer": {kind: _ALL for kind in KINDS},
}


def check(role: str, kind: str, creating: bool, changed: Mapping[str, object], *, unowned: bool = False) -> None:
    """`changed`: JSON values of the fields whose value would differ. `unowned`: the record has no contact yet, and may be given one.
    Raises Forbidden."""
    grant = GRANTS.get(role, {}).get(kind)
    if grant is None:
        raise Forbidden("Ce type de fiche se consulte mais ne se modifie pas depuis ce poste.", kind)
    if creating and not grant.create:
        raise Forbidden("Ce type de fiche ne se crée pas depuis ce poste.", kind)
    identity = {"contact_id"} if issubclass(KINDS[kind], Owned) else set()
    fixed = frozenset() if creating else FIXED_FIELDS.get(kind, frozenset()) | (set() if unowned else identity)
    refused = [
        name
        for name in changed
        if name in fixed or name in SERVER_FIELDS.get(kind, frozenset()) or not (grant.allows(name) or (creating and name in identity))
    ]
    if refused:
        raise Forbidden("Ces informations ne se modifient pas depuis ce poste.", kind, refused)
    forbidden_values = [n for n, allowed in grant.values.items() if n in changed and changed[n] not in allowed]
    if forbidden_values:
        raise Forbidden("Cet état ne se choisit pas depuis ce poste.", kind, forbidden_values)
