"""The archives made: where they are on the room's server, their hashes; Enter keeps one on this machine too."""

from __future__ import annotations

from textual.message import Message

from workstation.i18n import _
from workstation.session import view
from workstation.session.state import SessionState
from workstation.ui.list_pane import ListPane
from workstation.ui.plain_text import one_line
from workstation.ui.widgets.choice_list import Choice, ChoiceList


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


class Archives(ListPane[SessionState]):
    pane_id = "archives"

    class Wanted(Message):
        def __init__(self, number: str) -> None:
            super().__init__()
            self.number = number

    def __init__(self) -> None:
        super().__init__(SessionState())

    def title(self) -> str:
        return _("Archives")

    def choices(self, state: SessionState, now: float) -> tuple[Choice, ...]:
        return archive_choices(state)

    def lead_words(self, state: SessionState) -> str:
        return _("Alt+S fait les archives ; Entrée en garde une sur cette machine ; Alt+M : annexe du PV.")

    def detail_words(self, state: SessionState, now: float) -> str:
        current = self.list.current
        made = view.archive(state, current.id) if current is not None else {}
        lines = [_("Sur le serveur : {folder}").format(folder=state.archives.get("folder") or "—")]
        if made:
            lines.append(_("Empreinte SHA-256 de {name} :").format(name=made["name"]))
            lines.append(str(made.get("sha256") or ""))
        return "\n".join(lines)

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        event.stop()
        self.post_message(self.Wanted(event.choice.id))
