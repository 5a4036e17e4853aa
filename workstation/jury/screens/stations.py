"""Every station of the room, with its state in words; Enter on one chooses it, then the role."""

from __future__ import annotations

import time
from pathlib import Path

from rich.text import Text
from textual.app import ComposeResult
from textual.message import Message

from workstation.i18n import _
from workstation.jury.console import room_view as view
from workstation.jury.console.state import JuryState
from workstation.jury.console.words import agent_line, people_words, queue_words, shared_lines
from workstation.ui.list_pane import ListPane
from workstation.ui.plain_text import one_line
from workstation.ui.widgets.choice_list import Choice, ChoiceList
from workstation.ui.widgets.static import Static


def station_choices(state: JuryState, now: float) -> tuple[Choice, ...]:
    choices = []
    for place, one in enumerate(view.stations(state), 1):
        mine = "▶ " if one.get("id") == view.my_station_id(state) else "  "
        label = f"{mine}{one_line(one.get('label') or one.get('id') or '', 20):<10} {agent_line(one, state, now)}"
        waits = queue_words(view.queue(state, str(one.get("id") or "")), state, now)
        detail = " · ".join(part for part in (people_words(one, state), waits) if part)
        choices.append(Choice(str(one.get("id") or ""), label, str(place) if place <= 9 else "", "", detail))
    return tuple(choices)


def role_choices(state: JuryState, station: str) -> tuple[Choice, ...]:
    """What one may be there; a role that is taken stays and says by whom."""
    player = str(view.station(state, station).get("player") or "")
    taken = player and player != view.me(state).get("seat")
    why = _("déjà joué par {who}").format(who=view.seat_label(state, player)) if taken else ""
    choices = [
        Choice("role_player", _("Jouer le client"), "1", why, "" if why else _("le candidat vous appelle, vous l'appelez")),
        Choice("observer", _("Observer"), "2", "", _("vous écoutez et voyez son poste")),
    ]
    if view.role(state) and view.my_station_id(state) == station:
        choices.append(Choice("leave", _("Quitter cette place"), "3"))
    return tuple(choices)


class Stations(ListPane[JuryState]):
    pane_id = "stations"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    class Chosen(Message):
        def __init__(self, station: str) -> None:
            super().__init__()
            self.station = station

    def __init__(self) -> None:
        super().__init__(JuryState())
        self._shared = Static("", classes="shared", markup=False)

    def title(self) -> str:
        return _("Postes")

    def between(self) -> ComposeResult:
        yield self._shared

    def choices(self, state: JuryState, now: float) -> tuple[Choice, ...]:
        return station_choices(state, now)

    def lead_words(self, state: JuryState) -> str:
        return _("Choisissez un poste (flèches, Entrée), puis votre rôle.") if state.view else _("En attente de la salle…")

    def show_state(self, state: JuryState) -> None:
        super().show_state(state)
        shared = shared_lines(state, time.time())
        self._shared.display = bool(shared)
        self._shared.update(Text("\n".join(one_line(line) for line in shared)))

    def show_time(self) -> None:
        self.show_state(self.state)

    def detail_words(self, state: JuryState, now: float) -> str:
        current = self.list.current
        one = view.station(state, current.id) if current is not None else {}
        title = one_line(view.record(one.get("sitting")).get("title") or "")
        stages = [str(s.get("state")) for s in view.records(one.get("simulations"))]
        done = _("{done} simulation(s) jouée(s) sur {count}").format(done=stages.count(view.DONE), count=len(stages)) if stages else ""
        machine = _("machine {name}").format(name=one_line(one["device"], 40)) if one.get("device") else ""
        link = _("poste relié") if one.get("connected") else _("poste éteint")
        line = _("ligne enregistrée") if view.record(one.get("line")).get("registered") else _("ligne absente")
        facts = (title, done, machine, link, line) if one else ()
        return " · ".join(part for part in facts if part)

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        event.stop()
        self.post_message(self.Chosen(event.choice.id))
