"""The form of a sale: the opportunity's fields, and those that have their time: the stages reached, what the law wants said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.geometry import Region
from textual.widget import Widget

from crm_mock.rules import distance_selling
from workstation.desk.state import SaveView
from workstation.i18n import N_, _
from workstation.ui.focus import take_focus
from workstation.ui.record_words import value_word
from workstation.ui.widgets.check_list import CheckList
from workstation.ui.widgets.field_box import FieldBox, Typed
from workstation.ui.widgets.fields import FieldSpec, field_specs
from workstation.ui.widgets.picker import Option
from workstation.ui.widgets.record_form import RecordForm
from workstation.ui.widgets.record_subject import Subject
from workstation.ui.widgets.value_text import instant, money, plain_line

STAGES = ("découverte", "reformulation", "proposition", "objections", "conclusion")
DISCOVERED = ("needs", "motives", "consumption", "persons", "equipment", "budget_cents", "deciders", "brakes")
FILLED = ("status", "price_cents", "price_basis", "commitment_months")  # by the desk, from what is chosen: never shown
OFFER, LAW, END = ("product_id", "arguments"), ("legal", "direction", "early_start"), ("refusal_reason", "remark")
_OWN = {
    "arguments": FieldSpec("opportunity", "arguments", "choices", default=[]),
    "legal": FieldSpec("opportunity", "legal", "lines", default=[]),
    "stages": FieldSpec("opportunity", "stages", "lines", default=[]),
}
ORDER = ("stages", *DISCOVERED, *OFFER, *LAW, *END, *FILLED)
SPOKEN, WRITTEN = N_("À dire au téléphone"), N_("À dire, ou sur support durable")
ROOM_FOR_HOURS, ROOM_FOR_WORDS = 100, 72  # cells from which a stage has its hour, its whole word
_SHORT = 6  # letters of a stage's word where there is less room


class TallList(CheckList):
    """A list of ticks that keeps its cursor in sight where it is taller than what holds it."""

    def action_move(self, by: int) -> None:
        super().action_move(by)
        top, holder = self.virtual_region.y, self.parent
        while isinstance(holder, Widget) and not isinstance(holder, VerticalScroll):
            top, holder = top + holder.virtual_region.y, holder.parent
        if isinstance(holder, VerticalScroll):  # by places that do not move with the scroll: keys come faster than it is drawn
            holder.scroll_to_region(Region(0, top + self._line_of(self._at), 1, 1), animate=False)

    def _line_of(self, index: int) -> int:
        """The line an option is drawn on."""
        return index


class TimedTicks(TallList):
    """Ticks that remember when: `times` by value, in the order they were made. `stamp` gives the instant, "" when it is not known."""

    def __init__(self, stamp: Callable[[], str]) -> None:
        super().__init__()
        self._stamp = stamp
        self.times: dict[str, str] = {}

    def put(self, times: Mapping[str, str]) -> None:
        """Show these without telling anybody."""
        self.times = dict(times)
        self.set_value(self.times)

    def tick(self, value: str) -> None:
        """As if it had been ticked by hand, once."""
        if value not in self.times:
            self.times[value] = self._stamp()
            self.set_value(self.times)
            self.post_message(self.Changed(self))

    def action_tick(self) -> None:
        if not self._options:
            return
        value = self._options[self._at][0]
        if value in self.times:
            del self.times[value]
        else:
            self.times[value] = self._stamp()
        self.set_value(self.times)
        self.post_message(self.Changed(self))

    def hour(self, value: str) -> str:
        return instant(self.times[value])[-5:] if self.times.get(value) else ""


class StageStrip(TimedTicks):
    """The stages on one line; ← → choose, Space ticks."""

    def set_options(self, options: Sequence[Option]) -> None:
        super().set_options(options)
        self.styles.height = 1

    def hint(self) -> Text:
        return Text(_("← → choisissent, Espace : étape atteinte, avec son heure"), style="dim")

    def render(self) -> Text:
        text, self._spans = Text(no_wrap=True, overflow="ellipsis", end=""), []
        for index, (value, words) in enumerate(self._options):
            text.append("  " if index else "")
            start = len(text)
            reached = value in self.times
            hour = f" {self.hour(value)}" if reached and self.size.width >= ROOM_FOR_HOURS else ""
            word = plain_line(words) if self.size.width >= ROOM_FOR_WORDS else plain_line(words)[:_SHORT] + "."
            style = "reverse" if index == self._at and self.has_focus else "" if reached else "dim"
            text.append(f"{'✓' if reached else '○'} {word}{hour}", style=style)
            self._spans.append((start, len(text)))
        return text

    def on_key(self, event: events.Key) -> None:
        if event.key in ("right", "left"):
            self.action_move(1 if event.key == "right" else -1)
        elif event.key in ("space", "enter"):
            self.action_tick()
        else:
            return
        event.stop()
        event.prevent_default()

    def on_click(self, event: events.Click) -> None:
        for index, (start, end) in enumerate(self._spans):
            if start <= event.x < end:
                self._at = index
                self.action_tick()

    def _line_of(self, index: int) -> int:
        return 0


class LegalList(TimedTicks):
    """What the law wants said (c. conso. L221-5): the least one says aloud (L221-12) apart from what the durable medium may carry."""

    def follow(self, direction: str) -> None:
        """The items of a call this way, in the order they are said."""
        items = distance_selling.checklist("sortant" if direction == "sortant" else "entrant")
        self._spoken = sum(item.spoken for item in items)
        ordered = [i for i in items if i.spoken] + [i for i in items if not i.spoken]
        self.set_options([(i.id, f"{i.label} · {i.article.removesuffix(', L221-12')}") for i in ordered])
        self.styles.height = len(ordered) + 2

    def _line_of(self, index: int) -> int:
        return index + (1 if index < self._spoken else 2)

    def render(self) -> Text:
        text = Text(no_wrap=True, overflow="ellipsis", end="")
        for index, (value, words) in enumerate(self._options):
            if index in (0, self._spoken):
                aloud = index == 0
                law = "L221-12" if aloud else "L221-13"
                text.append(("" if aloud else "\n") + f"{_(SPOKEN if aloud else WRITTEN)} ({law})", style="bold")
            said = value in self.times
            line = f"\n{'[x]' if said else '[ ]'} {self.hour(value) + ' ' if said else ''}{plain_line(words)}"
            text.append(line[0])
            text.append(line[1:], style="reverse" if index == self._at and self.has_focus else "")
        return text

    def on_click(self, event: events.Click) -> None:
        for index in range(len(self._options)):
            if self._line_of(index) == event.y:
                self._at = index
                self.action_tick()


class ArgumentsBox(FieldBox):
    def _editor(self, today: Callable[[], dt.date]) -> Widget:
        return TallList()


class TimedBox(FieldBox):
    """A field of ticks with their time: a list of {`name`, `at`} in the record, of « at|name » in a draft."""

    def __init__(self, spec: FieldSpec, editor: TimedTicks, name: str, at: str) -> None:
        self.ticks, self._name_key, self._at_key = editor, name, at
        super().__init__(spec, dt.date.today)

    def _editor(self, today: Callable[[], dt.date]) -> Widget:
        return self.ticks

    def compose(self) -> ComposeResult:
        yield self.ticks
        yield self._message

    def show(self, value: Any) -> None:
        self.ticks.put({str(one[self._name_key]): str(one.get(self._at_key) or "") for one in value or ()})
        self._shown, self._on_the_way = self.typed, False

    def restore(self, typed: Any) -> None:
        parts = [str(one).partition("|") for one in typed if isinstance(typed, list | tuple)]
        self.ticks.put({name: at for at, _bar, name in parts if name})
        self._shown, self._on_the_way = self.typed, False

    @property
    def typed(self) -> Typed:
        return [f"{at}|{name}" for name, at in self.ticks.times.items()]

    def read(self) -> Any:
        return [{self._name_key: name, self._at_key: at} for name, at in self.ticks.times.items()]

    def differs_from(self, value: Any) -> bool:
        """A time that was left to the server is the server's."""
        theirs = {str(one[self._name_key]): str(one.get(self._at_key) or "") for one in value or ()}
        mine = self.ticks.times
        return mine.keys() != theirs.keys() or any(at and at != theirs[name] for name, at in mine.items())

    def words_of(self, value: Any) -> str:
        return ", ".join(value_word(one[self._name_key]) for one in value or ()) or "—"


class SaleForm(RecordForm):
    """The one form of an opportunity, of which each section of the desk shows a part: one draft, one version."""

    def __init__(self, pane_id: str, stamp: Callable[[], str], *, id: str | None = None) -> None:
        super().__init__(pane_id, id=id)
        self._stamp = stamp
        self._seen: frozenset[str] = frozenset()

    def specs_of(self, subject: Subject) -> tuple[FieldSpec, ...]:
        known = {spec.name: spec for spec in field_specs(subject.kind, tuple(n for n in ORDER if n not in _OWN))} | _OWN
        return tuple(known[name] for name in ORDER)

    def make_box(self, spec: FieldSpec) -> FieldBox:
        match spec.name:
            case "arguments":
                return ArgumentsBox(spec, self._today)
            case "legal":
                return TimedBox(spec, LegalList(self._stamp), "item", "said_at")
            case "stages":
                strip = StageStrip(self._stamp)
                strip.set_options([(stage, value_word(stage).capitalize()) for stage in STAGES])
                return TimedBox(spec, strip, "stage", "at")
            case _:
                return super().make_box(spec)

    async def open(self, subject: Subject, state: Any, *, focus: bool = True) -> None:
        await super().open(subject, state, focus=False)
        self.follow_direction()
        self.show_only(self._seen)
        if focus:
            self.focus_first()

    def follow_direction(self) -> None:
        """What is to be said depends on who called."""
        legal = self.ticks("legal")
        assert isinstance(legal, LegalList)
        legal.follow(self.chosen("direction"))

    def show_only(self, names: Collection[str]) -> None:
        """The stages and these fields."""
        self._seen = frozenset(names)
        for name, box in self._boxes.items():
            box.display = name == "stages" or name in self._seen
        for pair in self.query(".pair").results(Horizontal):
            shown = [child for child in pair.children if child.display]
            pair.display = bool(shown)
            for child in pair.children:
                child.set_class(len(shown) == 1, "-alone")
        self._hint_text = Text("")
        self._paint_line()

    def _hint(self, box: FieldBox) -> None:
        """The catalogue is too long to be told on a line."""
        super()._hint(box)
        if box.spec.name == "product_id":
            self._hint_text = Text(_("← → choisissent, une lettre va au nom"), style="dim")
            self._paint_line()

    def focus_first(self) -> None:
        """Into the first field in error that is shown, else the first of the section."""
        shown = [box for name, box in self._boxes.items() if box.display and name != "stages"]
        wrong = next((box for box in shown if box.complaint), None)
        first = wrong or next(iter(shown), None) or self._boxes.get("stages")
        if first is not None:
            take_focus(first.editor)

    # --- what is typed

    def chosen(self, name: str) -> str:
        """What a text or a choice holds now."""
        typed = self._boxes[name].typed if name in self._boxes else ""
        return typed if isinstance(typed, str) else ""

    def listed(self, name: str) -> list[str]:
        """What is ticked now."""
        box = self._boxes.get(name)
        if isinstance(box, TimedBox):
            return list(box.ticks.times)
        return list(box.typed) if box is not None and isinstance(box.typed, list) else []

    def ticks(self, name: str) -> TimedTicks:
        box = self._boxes[name]
        assert isinstance(box, TimedBox)
        return box.ticks

    def set(self, name: str, value: Any) -> None:
        """Fill a field that is never shown, when it is another."""
        if self._boxes[name].differs_from(value):
            self.put(name, value)

    def reach(self, stage: str) -> None:
        """The stage is reached, if it was not: noted in the draft, saved with the rest."""
        box = self._boxes["stages"]
        assert isinstance(box, TimedBox)
        if stage in box.ticks.times:
            return
        if box.being_typed_in:
            box.ticks.tick(stage)
        else:
            self.put("stages", [*box.read(), {"stage": stage, "at": self._stamp()}])

    # --- following

    def title_words(self) -> str:
        assert self.subject is not None
        if not self.version:
            return _("Opportunité : à créer")
        record = self.subject.record
        total = money(record.get("total_cents")) if record.get("product_id") else ""
        parts = (record.get("reference"), value_word(record.get("status")), total)
        return plain_line(" · ".join(str(part) for part in parts if part))

    def _follow_save(self, view: SaveView) -> None:
        super()._follow_save(view)
        if view.state == "failed" and self.subject is not None:  # the step was refused: it is not tried again with the next save
            self._touched.discard("status")
            self._boxes["status"].show(self.subject.record.get("status"))
            self._keep_draft()
