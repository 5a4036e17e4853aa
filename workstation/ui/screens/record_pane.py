"""What the panes over records share: the contact's name on top, the trace of having been opened, saving."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text
from textual import on
from textual.widget import Widget

from workstation.desk.state import DeskState
from workstation.i18n import _
from workstation.ui.messages import DialAsked, Traced
from workstation.ui.pane import Pane
from workstation.ui.record_titles import summary
from workstation.ui.widgets.record_drafts import contact, contact_name, records
from workstation.ui.widgets.record_table import RecordTable
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import day, money, plain_line


class RecordPane(Pane[DeskState]):
    """A pane that works on the contact in front. `action_save` saves what is open in it."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__(id=self.pane_id)
        self.state = DeskState()

    def show_state(self, state: DeskState) -> None:
        before, self.state = self.state, state
        if self._in_sight() and any(old is not new for old, new in zip(_looked_at(before), _looked_at(state), strict=True)):
            self.paint(state)

    def _in_sight(self) -> bool:
        """A pane behind another is painted when it is opened, not at each keystroke in front of it."""
        return all(node.display for node in self.ancestors_with_self if isinstance(node, Widget))

    def paint(self, state: DeskState) -> None:
        """Show this state: called only when something a record pane shows has changed."""
        raise NotImplementedError

    def opened(self, state: DeskState) -> None:
        self.state = state
        self.paint(state)
        self.post_message(Traced("ScreenOpened", screen=self.pane_id))

    def number_in_hand(self) -> str:
        """The telephone number (E.164) of the row under the cursor, "" when there is none."""
        focused = self.screen.focused
        return focused.number if isinstance(focused, RecordTable) and self in focused.ancestors else ""

    @on(RecordTable.Dialled)
    def _dialled(self, event: RecordTable.Dialled) -> None:
        event.stop()
        self.post_message(DialAsked(event.number, self.state.contact_id))

    def action_save(self) -> None:
        raise NotImplementedError


def _looked_at(state: DeskState) -> tuple[object, ...]:
    call = state.call
    return (
        state.contact_id, state.files, state.drafts, state.saves, state.front, call and call.state, call and call.hits, state.products,
        state.lists, state.brief, state.search, state.sitting.get("current"),
    )  # fmt: skip


class ContactLine(Static):
    """Whose file this is, whether identified in this call, and what must not be missed."""

    def __init__(self) -> None:
        super().__init__("", markup=False, classes="contact-line")

    def show(self, state: DeskState) -> None:
        self.update(contact_words(state))


def identification_of_call(state: DeskState) -> dict[str, object] | None:
    """The identification recorded in the call in front, for the contact in front."""
    return next((r for r in records(state, "identification") if state.front and r.get("call_key") == state.front), None)


def contact_words(state: DeskState) -> Text:
    who = contact(state)
    text = Text(no_wrap=True, overflow="ellipsis")
    if who is None:
        return text.append(_("Aucune fiche ouverte : passez par la recherche."), style="italic")
    text.append(plain_line(contact_name(who)), style="bold")
    for part in (who.get("reference"), _(str(who.get("category") or "")), who.get("segment")):
        if part:
            text.append(f" · {plain_line(part)}")
    if who.get("customer_since"):
        text.append(" · " + _("client depuis {day}").format(day=day(str(who["customer_since"]))))
    done = identification_of_call(state)
    text.append("\n")
    if done is not None:
        good = done.get("outcome") == "vérifié"
        text.append(("✓ " if good else "▲ ") + summary("identification", done).status, style="green" if good else "bold red")
        text.append(" (" + summary("identification", done).text + ")")
    elif state.front:
        text.append("▲ " + _("Identification à faire"), style="bold yellow")
    else:
        text.append(_("Hors appel"), style="dim")
    unpaid = [r for r in records(state, "invoice") if r.get("status") == "impayée"]
    if unpaid:
        total = sum(int(str(r.get("total_cents") or 0)) for r in unpaid)
        text.append(" · ▲ " + _("{count} impayé(s) : {total}").format(count=len(unpaid), total=money(total)), style="bold")
    if who.get("remark"):
        text.append(" · " + plain_line(who["remark"]))
    return text
