"""The archives made: where they are on the room's server, their hashes; Enter keeps one on this machine too."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message

from workstation.i18n import _
from workstation.session import view
from workstation.session.state import SessionState
from workstation.ui.focus import take_focus
from workstation.ui.pane import Pane
from workstation.ui.plain_text import one_line
from workstation.ui.widgets.choice_list import Choice, ChoiceList
from workstation.ui.widgets.static import Static


def archive_choices(state: SessionState) -> tuple[Choice, ...]:
    choices = []
    for place, one in enumerate(view.candidates(state), 1):
        number = str(one["number"])
        made = view.archive(state, number)
        if made:
            size = _("{count} Ko").format(count=max(1, int(made.get("bytes") or 0) // 1024))
            words = f"✓ {one_line(made['name'], 40)} ({size})"
        elif not one.get("opened"):
            words = "– " + _("aucune séance ouverte")
        else:
            words = "○ " + (_("à faire (Alt+S)") if view.over(one) else _("passage à terminer"))
        choices.append(Choice(number, f"{one_line(number, 8):<6} {words}", str(place) if place <= 9 else ""))
    return tuple(choices)


class Archives(Pane[SessionState]):
    pane_id = "archives"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    class Wanted(Message):
        def __init__(self, number: str) -> None:
            super().__init__()
            self.number = number

    def __init__(self) -> None:
        super().__init__(id=self.pane_id)
        self._lead, self._detail = Static("", classes="lead", markup=False), Static("", classes="detail", markup=False)
        self.list = ChoiceList()
        self.state = SessionState()

    def title(self) -> str:
        return _("Archives")

    def compose(self) -> ComposeResult:
        yield self._lead
        with VerticalScroll(can_focus=False):
            yield self.list
        yield self._detail

    def show_state(self, state: SessionState) -> None:
        self.state = state
        self.list.set_choices(archive_choices(state))
        self._lead.update(Text(_("Alt+S fait les archives ; Entrée en garde une sur cette machine ; Alt+M : annexe du PV."), "bold"))
        self._show_detail()

    def _show_detail(self) -> None:
        current = self.list.current
        made = view.archive(self.state, current.id) if current is not None else {}
        lines = [_("Sur le serveur : {folder}").format(folder=self.state.archives.get("folder") or "—")]
        if made:
            lines.append(_("Empreinte SHA-256 de {name} :").format(name=made["name"]))
            lines.append(str(made.get("sha256") or ""))
        self._detail.update(Text("\n".join(lines)))

    def opened(self, state: SessionState) -> None:
        self.show_state(state)
        take_focus(self.list)

    def on_choice_list_moved(self, event: ChoiceList.Moved) -> None:
        event.stop()
        self._show_detail()

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        event.stop()
        self.post_message(self.Wanted(event.choice.id))
