"""The result of an attempt: one form of the target, whose first field adds the attempt and says what becomes of the target."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget

from workstation.desk.state import SaveView
from workstation.i18n import _
from workstation.ui.screens.campaign_words import OPPOSITION, STATUS_AFTER
from workstation.ui.widgets.field_box import FieldBox, Typed
from workstation.ui.widgets.fields import FieldSpec, field_specs
from workstation.ui.widgets.picker import Option, Picker
from workstation.ui.widgets.record_form import RecordForm
from workstation.ui.widgets.record_subject import Subject
from workstation.ui.widgets.static import Static

NAMES = ("status", "next_on", "next_time", "opposed", "remark")
_RESULT = FieldSpec("campaign_target", "attempts", "choice", choices=("",), default=[])


class AttemptBox(FieldBox):
    """How the attempt ended, "" for none: saved as one more attempt after those that are known. The draft keeps the code alone."""

    def __init__(self, spec: FieldSpec) -> None:
        self._picker = Picker()
        self.known: list[dict[str, Any]] = []
        super().__init__(spec, dt.date.today)

    def _editor(self, today: Callable[[], dt.date]) -> Widget:
        return self._picker

    def compose(self) -> ComposeResult:
        with Horizontal(classes="line"):
            yield Static(_("Résultat"), classes="word", markup=False)
            yield self._picker
        yield self._message

    def show(self, value: Any) -> None:
        """The attempts on file; what was chosen for a new one goes."""
        self.known = [dict(one) for one in value or ()]
        self._picker.set_value("")
        self._shown = self.typed

    def restore(self, typed: Any) -> None:
        self._picker.set_value(str(typed) if isinstance(typed, str) else "")
        self._shown = self.typed

    @property
    def typed(self) -> Typed:
        return self._picker.value

    def read(self) -> Any:
        return [*self.known, {"result": self._picker.value}] if self._picker.value else self.known

    def differs_from(self, value: Any) -> bool:
        return bool(self._picker.value)

    def words_of(self, value: Any) -> str:
        return str((value or [{}])[-1].get("result") or "—")


class AttemptForm(RecordForm):
    """A target of the file. Choosing a result proposes the status that goes with it; a callback must have its day."""

    def __init__(self, pane_id: str, *, id: str | None = None) -> None:
        super().__init__(pane_id, id=id)
        self.results: tuple[Option, ...] = ()  # what an attempt of the campaign may come to

    def specs_of(self, subject: Subject) -> tuple[FieldSpec, ...]:
        return (_RESULT, *field_specs("campaign_target", NAMES))

    def make_box(self, spec: FieldSpec) -> FieldBox:
        return AttemptBox(spec) if spec.name == "attempts" else super().make_box(spec)

    def _options(self, spec: FieldSpec) -> Sequence[Option]:
        return (("", "—"), *self.results) if spec.name == "attempts" else super()._options(spec)

    @property
    def chosen(self) -> str:
        """Code of the result chosen and not saved yet."""
        box = self._boxes.get("attempts")
        return str(box.typed) if box is not None else ""

    @on(FieldBox.Edited)
    def _result_chosen(self, event: FieldBox.Edited) -> None:
        if event.box.spec.name != "attempts" or not self.chosen:
            return
        self.put("status", STATUS_AFTER.get(self.chosen, "traitée"))
        if self.chosen == OPPOSITION:
            self.put("opposed", True)

    def _check(self, fields: dict[str, Any]) -> dict[str, str]:
        wrong = super()._check(fields)
        assert self.subject is not None
        whole = {**self.subject.record, **fields}
        if whole.get("status") == "à rappeler" and not whole.get("next_on") and not whole.get("opposed"):
            wrong["next_on"] = _("À dater")
        return wrong

    def _follow_save(self, view: SaveView) -> None:
        """An attempt that the server has is no longer one to be saved."""
        sent = self._sent.get("attempts")
        if view.state == "saved" and sent and self.chosen == sent[-1].get("result"):
            self._boxes["attempts"].show(sent)
        super()._follow_save(view)
        box = self._boxes.get("attempts")
        if view.state == "saved" and isinstance(box, AttemptBox) and self.subject is not None:
            box.known = [dict(one) for one in self.subject.record.get("attempts") or ()]
