"""Calls of virtual customers to the shared queue of a room that trains: as whom, how many, how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Input

from workstation.desk.state import Record
from workstation.i18n import _
from workstation.jury.console import room_view as view
from workstation.jury.console.state import JuryState
from workstation.ui.focus import take_focus
from workstation.ui.plain_text import one_line
from workstation.ui.screens.dialog import Dialog
from workstation.ui.widgets.choice_list import Choice, ChoiceList
from workstation.ui.widgets.static import Static

MOST_CALLS, LONGEST = 99, 3600  # what the room takes: calls in one order, seconds between two
PHONE, INBOUND = "téléphone", "entrant"

Start = Callable[[tuple[str, ...], int, int], object]


def offered_to(state: JuryState) -> list[tuple[Record, int]]:
    """The simulations whose customer calls by telephone, each with how many stations have still to play it."""
    sittings = [view.records(one.get("simulations")) for one in view.stations(state)]
    to_do = Counter(str(one.get("id")) for sitting in sittings for one in sitting if one.get("state") == view.TO_DO)
    first = sittings[0] if sittings else []
    calls = [one for one in first if (one.get("channel"), one.get("direction")) == (PHONE, INBOUND)]
    return [(one, to_do[str(one.get("id"))]) for one in calls]


def stream_choices(state: JuryState, ticked: Collection[str]) -> tuple[Choice, ...]:
    choices = []
    for place, (one, stations) in enumerate(offered_to(state), 1):
        id = str(one.get("id") or "")
        label = f"{'[x]' if id in ticked else '[ ]'} {one_line(id)} {one_line(one.get('title') or '', 44)}"
        left = _("à jouer à {count} poste(s)").format(count=stations) if stations else _("jouée partout")
        choices.append(Choice(id, label, str(place) if place <= 9 else "", "", left))
    return tuple(choices)


def whole(text: str, least: int, most: int) -> int | None:
    """The number typed; None when it is none between these two."""
    return int(text) if text.isascii() and text.isdecimal() and least <= int(text) <= most else None


class StreamDialog(Dialog[JuryState]):
    """`start` is called with the simulations, the number of calls and the seconds between two (0: as soon as a customer is free)."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self, state: JuryState, start: Start) -> None:
        super().__init__("stream", _("Appels de la file commune"), state)
        self._start = start
        self._ticked = {str(one.get("id")) for one, stations in offered_to(state) if stations}
        self.list = ChoiceList(stream_choices(state, self._ticked))
        self.calls = Input("5", compact=True, restrict=r"[0-9]*", max_length=2)
        self.every = Input("20", compact=True, restrict=r"[0-9]*", max_length=4)
        self._said = Static("", classes="said", markup=False)

    def body(self) -> ComposeResult:
        yield Static(
            Text(_("Des clients virtuels appellent ; le premier poste prêt les prend. Entrée coche, Tab passe à la suite.")), markup=False
        )
        with VerticalScroll(can_focus=False, classes="room"):
            yield self.list
        for word, field, hint in (
            (_("Combien"), self.calls, _("appels, 99 au plus")),
            (_("Toutes les"), self.every, _("secondes ; 0 : au plus vite")),
        ):
            with Horizontal(classes="line"):
                yield Static(Text(word), classes="word", markup=False)
                yield field
                yield Static(Text(hint), classes="hint", markup=False)
        with Horizontal(classes="buttons"):
            yield Button(_("Lancer"), id="start", variant="primary", compact=True)
        yield self._said

    def show_state(self, state: JuryState) -> None:
        super().show_state(state)
        self.list.set_choices(stream_choices(state, self._ticked))

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        event.stop()
        self._ticked ^= {event.choice.id}
        self.show_state(self.state)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._order()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self._order()

    def _order(self) -> None:
        calls, every = whole(self.calls.value, 1, MOST_CALLS), whole(self.every.value, 0, LONGEST)
        simulations = tuple(str(one.get("id")) for one, _stations in offered_to(self.state) if one.get("id") in self._ticked)
        if not simulations:
            self._refuse(_("Cochez au moins une simulation."), self.list)
        elif calls is None:
            self._refuse(_("Combien d'appels ? De 1 à 99."), self.calls)
        elif every is None:
            self._refuse(_("Combien de secondes entre deux ? De 0 à 3600."), self.every)
        else:
            self.dismiss(None)
            self._start(simulations, calls, every)

    def _refuse(self, why: str, at: ChoiceList | Input) -> None:
        self._said.update(Text(why, "bold"))
        take_focus(at)
