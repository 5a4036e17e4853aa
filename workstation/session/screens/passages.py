"""Every candidate's phase and clock on one screen (who leads), every station's presence and clock (who watches)."""

from __future__ import annotations

import time

from scenarios.phases import PhaseState
from workstation.desk.course import phase_word
from workstation.desk.state import Record
from workstation.desk.words import duration, instant
from workstation.i18n import _
from workstation.session import view
from workstation.session.events import Chosen
from workstation.session.screens.stopping import stop_words
from workstation.session.state import SessionState
from workstation.ui.happened import Happened
from workstation.ui.list_pane import ListPane
from workstation.ui.plain_text import one_line
from workstation.ui.widgets.choice_list import Choice, ChoiceList

STAGE, LINK = 28, 14  # cells
_SIGNS: dict[str, str] = {
    PhaseState.TO_COME: "○",
    PhaseState.RUNNING: "►",
    PhaseState.FROZEN: "‖",
    PhaseState.GRACE: "!",
    PhaseState.GRACE_FROZEN: "‖",
    PhaseState.OVER: "✓",
}


def link_word(connected: bool) -> str:
    return "✓ " + _("relié") if connected else "✕ " + _("POSTE COUPÉ")


def passage_line(state: SessionState, one: Record, now: float) -> str:
    sign, words = view.stage_words(state, one)
    return f"{sign} {one_line(words, STAGE):<{STAGE}} {view.clock_words(state, one, now)}"


def candidate_choices(state: SessionState, now: float) -> tuple[Choice, ...]:
    choices = []
    for place, one in enumerate(view.candidates(state), 1):
        who = f"{one_line(one['number'], 8):<5} {one_line(view.label(one), 10):<8}"
        presence = "–" if view.over(one) else link_word(bool(one.get("connected")))
        label = f"{who} {presence:<{LINK}} {passage_line(state, one, now)}"
        choices.append(Choice(str(one["number"]), label, str(place) if place <= 9 else ""))
    return tuple(choices)


def station_choices(state: SessionState, now: float) -> tuple[Choice, ...]:
    choices = []
    for place, told in enumerate(view.stations(state), 1):
        one = view.at_station(state, str(told["id"]))
        who = f"{one_line(told.get('label') or told['id'], 10):<8} {one_line(one.get('number') or '–', 8):<5}"
        line = passage_line(state, one, now) if one else _("aucun candidat")
        label = f"{who} {link_word(bool(told.get('connected'))):<{LINK}} {line}"
        choices.append(Choice(str(told["id"]), label, str(place) if place <= 9 else ""))
    return tuple(choices)


def phases_line(one: Record) -> str:
    """Every phase of a passage with where it is: « ✓ Préparation  ► Contacts  ○ Écrits »."""
    told = view.records(view.course(one).get("phases"))
    return "  ".join(f"{_SIGNS.get(str(p.get('state')), '○')} {phase_word(str(p['id']))}" for p in told)


def detail_lines(state: SessionState, one: Record, now: float) -> list[str]:
    """What is to know of the candidate in front, one fact a line."""
    if not one:
        return []
    number = str(one["number"])
    lines = [_("Candidat {number} · {station}").format(number=number, station=one_line(view.label(one), 20))]
    begins = instant(str(one.get("starts_at") or ""))
    if begins:
        lines[0] += " · " + _("début prévu {hour}").format(hour=time.strftime("%H:%M", time.localtime(begins)))
    if one.get("variant"):
        lines[0] += " · " + _("sujet {variant}").format(variant=one_line(one["variant"], 16))
    if phases := phases_line(one):
        lines.append(phases)
    seconds = view.record(one.get("seconds"))
    if seconds:
        times = ", ".join(f"{phase_word(ident)} {duration(float(value))}" for ident, value in seconds.items())
        lines.append(_("Temps accordé : {times}").format(times=times))
    late = view.phase(one).get("late")
    if late:
        lines.append(_("Entrée tardive : {time} de retard, la fin n'a pas bougé.").format(time=duration(float(late))))
    if view.frozen(one):
        lines.append(stop_words(state, number, now))
        if view.leads(state):
            jury = view.proposal_words(one, "jury") if view.with_jury(one) else _("phase sans jury")
            lines.append(_("Suite (F9) : vous, {mine} ; le jury, {jury}.").format(mine=view.proposal_words(one, "manager"), jury=jury))
        else:
            lines.append(_("Le responsable de session et le jury décident de la suite."))
    if view.leads(state):
        names = ", ".join(one_line(view.juror_words(juror), 48) for juror in view.jury(one))
        if names:
            lines.append(_("Jury : {names}").format(names=names))
    return lines


class Passages(ListPane[SessionState]):
    pane_id = "passages"

    def __init__(self) -> None:
        super().__init__(SessionState())

    def title(self) -> str:
        return _("Passages")

    def choices(self, state: SessionState, now: float) -> tuple[Choice, ...]:
        return candidate_choices(state, now) if view.leads(state) else station_choices(state, now)

    def detail_words(self, state: SessionState, now: float) -> str:
        return "\n".join(detail_lines(state, view.in_front(state), now))

    def show_state(self, state: SessionState) -> None:
        super().show_state(state)
        self.list.select(state.chosen)

    def show_time(self) -> None:
        self.show_state(self.state)

    def lead_words(self, state: SessionState) -> str:
        if not state.view:
            return _("En attente de la salle…")
        if not view.session(state):
            return _("Aucune session n'est ouverte : Ctrl+N.") if view.leads(state) else _("Aucune session n'est ouverte.")
        if not view.leads(state):
            return _("Choisissez un poste (flèches) ; F8 arrête le temps de son candidat.")
        if not view.candidates(state):
            return _("Aucun candidat : F6 en inscrit un.")
        return _("Choisissez un candidat (flèches, chiffre) : les touches du bas parlent de lui.")

    def on_choice_list_moved(self, event: ChoiceList.Moved) -> None:
        event.stop()
        self.post_message(Happened(Chosen(event.choice.id)))

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        event.stop()
        self.post_message(Happened(Chosen(event.choice.id)))
