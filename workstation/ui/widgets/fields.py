"""Which fields of a kind are edited, and how each is typed: read from the models, so that one form serves all kinds. Pure."""

from __future__ import annotations

import datetime as dt
import types
import typing
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from crm_mock.models import KINDS, Record
from workstation.i18n import N_, _
from workstation.ui.record_words import field_word

Typing = Literal["text", "lines", "choice", "choices", "date", "money", "point", "count", "flag", "link", "links"]

# What the server computes or keeps, and what desks of their own edit: never in a form.
UNSEEN: dict[str, frozenset[str]] = {
    "": frozenset({"id", "version", "contact_id", "call_key", "at"}),
    "order": frozenset(
        {"lines", "proposals", "items_cents", "delivery_cents", "total_cents", "reference", "withdrawal_until", "ordered_on"}
    ),
    "payment_plan": frozenset({"instalments"}),
    "payment_link": frozenset({"reference", "authorisation", "status"}),
    "document": frozenset({"file", "sha256", "status"}),
    "interaction": frozenset({"codes"}),
    "contact": frozenset({"reference"}),
    "survey": frozenset({"answers", "answered", "started_at", "ended_at"}),
    "campaign_target": frozenset({"attempts"}),
    "ticket": frozenset({"reference", "path", "guarantee", "guarantee_until", "opened_on", "escalated_at", "closed_on"}),
    "goodwill": frozenset({"reference", "amendment_id"}),
    "exchange": frozenset({"reference", "label"}),
    "chat": frozenset({"transcript", "first_answer_seconds", "opened_at", "answered_at", "closed_at"}),
    "field_rep": frozenset({"postcodes"}),
    "appointment": frozenset({"reference", "rep_id", "on", "start", "minutes", "attendees", "warnings"}),
    "booking": frozenset(
        {
            "reference", "options", "other_dates", "stay_cents", "options_cents", "total_cents", "deposit_cents", "balance_cents",
            "booked_on", "withdrawal_exception",
        }
    ),
    "opportunity": frozenset({"reference", "arguments", "stages", "legal", "total_cents", "signed_on", "withdrawal_until"}),
    "termination_request": frozenset({"reference"}),
    "amendment": frozenset(
        {
            "reference", "before_product_id", "before_cents", "after_cents", "discounted_cents", "ends_on", "cost_cents", "applied",
        }
    ),
    "reply": frozenset({"word_count", "line_count", "submitted_at", "sha256"}),
}  # fmt: skip

# Kinds that a field's id may point to.
LINKS: dict[tuple[str, str], tuple[str, ...]] = {
    ("contact", "company_id"): (),
    ("subscription", "product_id"): ("product",),
    ("order", "address_id"): ("address",),
    ("invoice", "order_id"): ("order",),
    ("invoice", "subscription_id"): ("subscription",),
    ("payment", "invoice_id"): ("invoice",),
    ("payment", "order_id"): ("order",),
    ("payment_link", "order_id"): ("order",),
    ("payment_link", "plan_id"): ("payment_plan",),
    ("collection_case", "invoice_ids"): ("invoice",),
    ("reminder", "invoice_ids"): ("invoice",),
    ("payment_plan", "case_id"): ("collection_case",),
    ("payment_plan", "invoice_ids"): ("invoice",),
    ("promise", "plan_id"): ("payment_plan",),
    ("payment", "booking_id"): ("booking",),
    ("payment_link", "booking_id"): ("booking",),
    ("ticket", "product_id"): ("product",),
    ("goodwill", "ticket_id"): ("ticket",),
    ("goodwill", "order_id"): ("order",),
    ("goodwill", "subscription_id"): ("subscription",),
    ("exchange", "ticket_id"): ("ticket",),
    ("exchange", "product_id"): ("product",),
    ("exchange", "address_id"): ("address",),
    ("appointment", "slot_id"): ("agenda_slot",),
    ("appointment", "address_id"): ("address",),
    ("agenda_slot", "rep_id"): ("field_rep",),
    ("sale_proposal", "order_id"): ("order",),
    ("sale_proposal", "booking_id"): ("booking",),
    ("availability", "resource_id"): ("resource",),
    ("booking", "resource_id"): ("resource",),
    ("opportunity", "product_id"): ("product",),
    ("termination_request", "subscription_id"): ("subscription",),
    ("amendment", "subscription_id"): ("subscription",),
    ("amendment", "after_product_id"): ("product",),
    ("document", "subject_id"): ("order", "invoice", "payment_plan", "amendment", "termination_request", "booking"),
}

POINTS = frozenset({("contact_point", "value"), ("payment_link", "sent_to")})  # a telephone number or an e-mail address
WIDE = frozenset(
    {
        "value",
        "sent_to",
        "line1",
        "line2",
        "title",
        "subject",
        "label",
        "next_action",
        "relay_point",
        "name",
        "subject_id",
        "reason",
        "template",
        "attempts",
        "slot_id",
    }
)
# Another order than the model's, where people fill it in another one.
ORDER: dict[str, tuple[str, ...]] = {
    "contact": (
        "civility", "last_name", "first_name", "birth_date", "category", "preferred_channel", "company_name", "role", "remark",
        "customer_since", "segment", "source", "company_id", "budget_cents", "horizon", "need",
    ),
}  # fmt: skip
_MULTILINE_FROM = 121  # characters allowed from which a text gets several lines


@dataclass(frozen=True)
class FieldSpec:
    """One field as it is typed. `choices` are the values of a choice; `linked` the kinds a link may point to."""

    kind: str
    name: str
    typing: Typing
    required: bool = False
    choices: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    limit: int = 0  # characters, 0 unlimited
    default: Any = None

    @property
    def word(self) -> str:
        return field_word(self.kind, self.name)

    @property
    def wide(self) -> bool:
        return self.typing in ("lines", "choices", "links") or self.name in WIDE

    @property
    def empty(self) -> Any:
        """What the record holds when nothing is typed."""
        if self.typing == "date" or (self.typing == "money" and self.default is None):
            return None
        return "" if self.default is None else self.default


def _literal_values(annotation: Any) -> tuple[str, ...]:
    return tuple(str(v) for v in typing.get_args(annotation)) if typing.get_origin(annotation) is Literal else ()


def _bare(annotation: Any) -> Any:
    """The annotation without Annotated and None."""
    while typing.get_origin(annotation) is Annotated:
        annotation = typing.get_args(annotation)[0]
    if typing.get_origin(annotation) in (Union, types.UnionType):
        return _bare(next(a for a in typing.get_args(annotation) if a is not type(None)))
    return annotation


def _limit(info: FieldInfo) -> int:
    return next((int(m.max_length) for m in info.metadata if getattr(m, "max_length", None)), 0)


def _spec(kind: str, name: str, info: FieldInfo) -> FieldSpec | None:
    bare = _bare(info.annotation)
    choices = _literal_values(bare)
    limit = _limit(info)
    linked = LINKS.get((kind, name))
    made: Typing
    if linked is not None:
        made = "links" if typing.get_origin(bare) is tuple else "link"
    elif choices:
        made = "choice"
    elif typing.get_origin(bare) is tuple:
        choices = _literal_values(_bare(typing.get_args(bare)[0]))
        if not choices:
            return None
        made = "choices"
    elif bare is bool:
        made = "flag"
    elif bare is dt.date:
        made = "date"
    elif bare is int:
        made = "money" if name.endswith("_cents") else "count"
    elif (kind, name) in POINTS:
        made = "point"
    elif bare is str:
        made = "lines" if limit >= _MULTILINE_FROM else "text"
    else:
        return None
    default = None if info.is_required() else info.default
    if isinstance(default, tuple):
        default = list(default)
    return FieldSpec(kind, name, made, info.is_required(), choices, linked or (), limit, default)


def field_specs(kind: str, names: tuple[str, ...] | None = None) -> tuple[FieldSpec, ...]:
    """The fields of a kind's form, in the model's order, or those of `names` in that order. Raises KeyError for an unknown kind."""
    model = KINDS[kind]
    hidden = UNSEEN[""] | UNSEEN.get(kind, frozenset())
    wanted = names or ORDER.get(kind) or tuple(n for n in model.model_fields if n not in hidden)
    return tuple(spec for n in wanted if (spec := _spec(kind, n, model.model_fields[n])) is not None)


_MESSAGES = {
    "missing": N_("À remplir"),
    "string_too_long": N_("Trop long"),
    "string_pattern_mismatch": N_("Forme attendue non respectée"),
    "literal_error": N_("Valeur inconnue"),
}
_REFUSED = N_("Valeur refusée")
ELEMENTS_NEEDED = 2  # matching elements before any personal data is told


def complaints(kind: str, record: dict[str, Any]) -> dict[str, str]:
    """What is wrong in a whole record, field by field, in French; {} when it is fit to be sent."""
    wrong = _model_complaints(kind, record)
    if kind == "identification" and record.get("outcome") == "vérifié" and len(record.get("elements") or ()) < ELEMENTS_NEEDED:
        wrong["elements"] = _("Deux éléments concordants au moins avant de dire « vérifié »")
    if kind == "contact_point" and (record.get("channel") == "e-mail") != ("@" in str(record.get("value") or "")):
        expected = _("Une adresse e-mail est attendue"), _("Un numéro de téléphone est attendu")
        wrong["value"] = expected[0] if record.get("channel") == "e-mail" else expected[1]
    return wrong


def _model_complaints(kind: str, record: dict[str, Any]) -> dict[str, str]:
    """What the model refuses."""
    model: type[Record] = KINDS[kind]
    try:
        model.model_validate(record)
    except ValidationError as error:
        found: dict[str, str] = {}
        for one in error.errors():
            name = str(one["loc"][0]) if one["loc"] else ""
            if (kind, name) == ("address", "postcode"):
                found[name] = _("Cinq chiffres attendus")
            else:
                found[name] = _(_MESSAGES.get(one["type"], _REFUSED))
        return found
    return {}
