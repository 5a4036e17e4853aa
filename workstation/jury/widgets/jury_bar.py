"""The lines on top, whatever is below: the links and the clock; who one is; the call, or what one hears; the seat and the candidate."""

from __future__ import annotations

import textwrap
from pathlib import Path

from rich.text import Text

from cti.call import CallState
from workstation.desk.softphone_facts import CUT
from workstation.desk.state import CallView
from workstation.i18n import _
from workstation.jury.console import exam_view as exam
from workstation.jury.console import room_view as view
from workstation.jury.console.hearing import Ear
from workstation.jury.console.state import JuryState
from workstation.jury.console.words import (
    ROLE_WORDS,
    agent_line,
    call_banner,
    deaf_for_long,
    exchange_words,
    far_words,
    hearing_words,
    people_words,
    secret_words,
    simulation_clock,
)
from workstation.jury.widgets.exam_words import phase_words
from workstation.ui.plain_text import fitted, one_line, plain
from workstation.ui.widgets.call_bar import AGENT_COLOURS, CALL_COLOURS, INCIDENT, call_line
from workstation.ui.widgets.lines import Line, link_words, sound_words

BANNER_LINES = 2
_EAR_STYLES = {
    Ear.OFF: "",
    Ear.JOINING: "italic",
    Ear.HEARING: "bold green3 reverse",
    Ear.QUIET: "black on green3",
    Ear.WAITING: "black on dark_orange",
    Ear.DEAF: INCIDENT,
}


def links_line(state: JuryState, now: float, width: int) -> Text:
    """Room, exchange, encryption, our line, the clock: never left out; sound when there is room."""
    exchange, fault = exchange_words(state)
    secret, open_line = secret_words(state)
    clock, planned = simulation_clock(state, now)
    silent = state.phone.sound in ("lost", "none")
    parts = [
        (link_words(state), 0),
        (Text(exchange, INCIDENT if fault else ""), 0),
        (Text(secret, "bold black on yellow3" if open_line else ""), 0),
        (line_words(state), 0),
        (Text("✕ " + _("MICRO COUPÉ"), "bold black on yellow3") if state.phone.muted else Text(), 0),
        (sound_words(state), 0 if silent else 2),
        (plain(clock, "bold"), 0),
        (plain(planned), 3),
    ]
    return fitted(parts, width)


def line_words(state: JuryState) -> Text:
    """Our phone, and its line: registered, or of no use but for direct calls."""
    match state.phone.state:
        case "starting":
            return Text("… " + _("téléphone"), "italic")
        case "lost":
            return Text("✕ " + _("TÉLÉPHONE PERDU"), INCIDENT)
        case "unusable":
            return Text("✕ " + _("TÉLÉPHONE INUTILISABLE"), INCIDENT)
    if state.phone.registration == "registered":
        return Text("✓ " + _("ligne"))
    if state.phone.registration == "failed":
        return Text("✕ " + _("LIGNE REFUSÉE"), INCIDENT)
    if state.phone.registration == CUT:
        return Text("✕ " + _("LIGNE COUPÉE"), INCIDENT)
    return Text("✕ " + _("LIGNE ABSENTE"), INCIDENT) if view.listenable(state) else Text("… " + _("ligne"))


def seat_line(state: JuryState, now: float, width: int) -> Text:
    role = view.role(state)
    if not state.view:
        return Text(" " + _("En attente de la salle…"), "italic")
    if not role:
        return fitted([(plain(view.me(state).get("label") or "", "bold"), 0), (Text(_("Choisissez un poste et un rôle (F2).")), 0)], width)
    here = view.my_station(state)
    seat = plain(f" {view.station_label(state)} · {_(ROLE_WORDS[role])}", "bold")
    agent = plain(f" {agent_line(here, state, now)} ", AGENT_COLOURS[view.agent(here).state])
    stop = Text(" ‖ " + _("ÉPREUVE SUSPENDUE") + " ", INCIDENT) if exam.frozen(state) else Text()
    kept = Text(" ● " + _("APPELS ENREGISTRÉS") + " ", "bold reverse") if state.recorded else Text()
    phase, people = plain(phase_words(state, now), "bold"), plain(people_words(here, state))
    return fitted([(stop, 0), (kept, 0), (seat, 0), (agent, 0), (phase, 1), (people, 2)], width)


def work_line(state: JuryState, now: float, width: int) -> Text:
    """The call in front; without one, what an observer hears."""
    volume = Text(_("volume {pct} %").format(pct=state.volume), "" if state.volume else "bold")
    call = state.call
    if call is not None:
        return fitted([(_told_call(state, call, now, width), 0), (volume, 3)], width)
    if view.role(state) == "observer":
        words, more = hearing_words(state, now)
        rank = 3 if deaf_for_long(state, now) else 0
        return fitted([(plain(f" {words} ", _EAR_STYLES[state.hearing.ear]), 0), (plain(more), 2), (volume, rank)], width)
    return fitted([(Text(" " + _("Aucun appel."), "dim"), 0), (volume, 3)], width)


def _told_call(state: JuryState, call: CallView, now: float, width: int) -> Text:
    """A call as our phone tells it, and what it is at the candidate's desk, which is never left out."""
    far = plain(far_words(state, call), "bold")
    line = call_line(state, call, Text(), now, width - (far.cell_len + 2 if far.plain else 0))
    return fitted([(line, 0), (far, 0)], width)


def banner_lines(state: JuryState, width: int) -> list[Text]:
    """Who the juror is, for the call that rings first, else for the one in front."""
    ringing = [call for call in state.calls.values() if call.state is CallState.OFFERED]
    shown: list[CallView] = ringing[:1] or ([state.call] if state.call is not None else [])
    lines: list[Text] = []
    for call in shown:
        words = one_line(call_banner(state, call), 300)
        style = "bold black on yellow3" if call.state is CallState.OFFERED else CALL_COLOURS[CallState.TALKING]
        lines += [Text(f" {part} ", style) for part in textwrap.wrap(words, width - 2, max_lines=BANNER_LINES, placeholder=" …")]
        if call.call_key in state.direct:
            lines.append(Text(" ! " + _("APPEL DIRECT : personne ne peut l'écouter") + " ", INCIDENT))
    return lines


class JuryBar(Line):
    """Three lines, and more while a second call is there or the juror is somebody."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__(id="jury-bar")
        self._lines = 3

    def show(self, state: JuryState, now: float) -> None:
        width = self.cells
        first = [links_line(state, now, width), *banner_lines(state, width)]  # what a dialog never covers
        lines = [*first, work_line(state, now, width), seat_line(state, now, width)]
        others = [c for c in state.calls.values() if c.call_key != state.front and c.state is not CallState.ENDED]
        lines += [Text("  + ", "bold").append_text(_told_call(state, c, now, width - 4)) for c in others[:1]]
        if len(lines) != self._lines:
            self._lines = len(lines)
            self.styles.height = self._lines
        self.put(Text("\n").join(lines))
