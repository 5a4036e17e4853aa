"""What a form edits, and how its fields are laid out."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from textual.containers import Horizontal
from textual.widget import Widget

from workstation.desk.state import Record
from workstation.i18n import _
from workstation.ui.record_words import kind_word, value_word
from workstation.ui.widgets.field_box import FieldBox
from workstation.ui.widgets.fields import FieldSpec, field_specs
from workstation.ui.widgets.picker import Option
from workstation.ui.widgets.record_drafts import Draft
from workstation.ui.widgets.value_text import plain_line


@dataclass(frozen=True)
class Subject:
    """What a form edits. `record` is the record as confirmed, or, with `version` 0, what a new one begins with.
    `names` are the fields shown (None: all that people edit); `options` replace the choices of a field."""

    kind: str
    record: Record
    contact_id: str = ""
    names: tuple[str, ...] | None = None
    title: str = ""
    options: Mapping[str, Sequence[Option]] = field(default_factory=dict)
    needed: tuple[str, ...] = ()  # fields that must be filled here, beside those the kind requires

    def whole(self, specs: Sequence[FieldSpec]) -> Record:
        """The record with every field shown, empty or as it begins where it says nothing."""
        empties = {s.name: s.default if s.default is not None else s.empty for s in specs}
        for s in specs:
            if s.typing == "choice" and not empties[s.name] and "" not in s.choices:
                empties[s.name] = s.choices[0]
        return {**empties, **self.record}

    def title_words(self, shown: Collection[str]) -> str:
        """With what the form shows no field for: a status others change (a link being paid), the reference the server gave."""
        title = self.title or kind_word(self.kind)
        if not self.record.get("version"):
            return _("{what} : à créer").format(what=title)
        reference = str(self.record.get("reference") or "") if not self.title and "reference" not in shown else ""
        status = value_word(self.record.get("status")) if self.record.get("status") and "status" not in shown else ""
        return plain_line(" · ".join(part for part in (title, status, reference) if part))

    @classmethod
    def of_draft(cls, draft: Draft, **more: Any) -> Subject:
        """The new record a draft was of."""
        shown = {s.name for s in field_specs(draft.kind)}
        begins = {k: v for k, v in draft.typed.items() if k not in shown}
        return cls(draft.kind, {"id": draft.record_id, "version": 0, **begins}, draft.where.get("contact", ""), **more)

    @classmethod
    def new(cls, kind: str, contact_id: str, begins: Mapping[str, Any] | None = None, **more: Any) -> Subject:
        """A record to be created: its UUID is made here, once, so that a save sent twice is one record."""
        owned = {"contact_id": contact_id} if kind not in ("contact", "product") else {}
        return cls(kind, {"id": str(uuid.uuid4()), "version": 0, **owned, **(begins or {})}, contact_id, **more)


def in_lines(boxes: Sequence[FieldBox]) -> Iterator[Widget]:
    """Short fields two a line, the others each on its own."""
    pending: list[FieldBox] = []
    for box in boxes:
        if not box.spec.wide:
            pending.append(box)
        if pending and (box.spec.wide or len(pending) == 2):
            yield Horizontal(*pending, classes="pair")
            pending = []
        if box.spec.wide:
            yield box
    if pending:
        yield Horizontal(*pending, classes="pair")
