"""Stopping a candidate's clock, giving time, deciding what follows a stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Literal

from textual.widget import Widget

from workstation.desk.words import duration, instant
from workstation.i18n import N_, _
from workstation.session import view
from workstation.session.events import GrantWanted, ResumeWanted
from workstation.session.screens.form import Form, Row, short_field, text_field
from workstation.session.state import SessionState
from workstation.session.typed import minutes_words, seconds_typed
from workstation.ui.happened import new_id
from workstation.ui.plain_text import one_line
from workstation.ui.widgets.choice_list import Choice
from workstation.ui.widgets.picker import Picker

Nature = Literal["incident", "pause", "interruption"]
NATURES: tuple[Nature, ...] = ("incident", "pause", "interruption")
CAUSES: tuple[tuple[str, Nature, str], ...] = (  # key, nature, cause
    ("1", "incident", N_("Téléphone ou son en panne")),
    ("2", "incident", N_("Poste ou logiciel en panne")),
    ("3", "incident", N_("Coupure du réseau ou du courant")),
    ("4", "incident", N_("Candidat souffrant")),
    ("5", "incident", N_("Bruit ou gêne dans la salle")),
    ("6", "interruption", N_("Alarme, évacuation de la salle")),
    ("7", "pause", N_("Pause accordée au candidat")),
)
OTHER = "other"


def cause_choices(state: SessionState) -> tuple[Choice, ...]:
    """One key, and the clock stands: the nature is said with the cause."""
    found = [Choice(key, f"{_(view.NATURE_WORDS[nature])} : {_(cause)}", key) for key, nature, cause in CAUSES]
    return (*found, Choice(OTHER, _("Autre cause…"), "8"))


def cause_of(key: str) -> tuple[Nature, str]:
    """Nature and cause of a choice; the cause is written as it goes into the annex: in French."""
    return next((nature, cause) for known, nature, cause in CAUSES if known == key)


class OtherCause(Form):
    def __init__(self, state: SessionState, who: str, stop: Callable[[Nature, str], object]) -> None:
        self._stop = stop
        self.nature = Picker(tuple((one, _(view.NATURE_WORDS[one])) for one in NATURES))
        self.cause = text_field(limit=500)
        super().__init__("cause", _("Arrêter le temps : {who}").format(who=who), state, _("Arrêter le temps"))

    def rows(self) -> Sequence[Row]:
        return (Row(_("Nature"), self.nature), Row(_("Cause"), self.cause))

    def send(self) -> tuple[str, Widget | None]:
        cause = self.cause.value.strip()
        if not cause:
            return _("Dites la cause en quelques mots."), self.cause
        self._stop(next(one for one in NATURES if one == self.nature.value), cause)
        return "", None


class GrantForm(Form):
    def __init__(self, state: SessionState, number: str) -> None:
        self.number = number
        self.time, self.reason = short_field(), text_field(limit=500)
        self._write_id = new_id()
        super().__init__("grant", _("Candidat {number} : donner du temps").format(number=number), state, _("Donner ce temps"))

    def rows(self) -> Sequence[Row]:
        return (
            Row(_("Le temps s'ajoute à la phase en cours, ou à celle qui vient ; il ne se retire pas.")),
            Row(_("Temps ajouté"), self.time, _("minutes : 5, ou 2:30")),
            Row(_("Motif"), self.reason),
        )

    def send(self) -> tuple[str, Widget | None]:
        seconds, reason = seconds_typed(self.time.value), self.reason.value.strip()
        if not seconds:
            return _("Combien de temps ? En minutes : 5, ou 2:30."), self.time
        if not reason:
            return _("Dites le motif : il va à l'annexe."), self.reason
        self.ask(GrantWanted(self.number, seconds, reason, self._write_id))
        return "", None


def stop_words(state: SessionState, number: str, now: float) -> str:
    """What stopped the clock, by whom, since when."""
    one = view.candidate(state, number)
    told = view.frozen(one)
    stands = duration(now + state.clock_offset - instant(str(told.get("since") or "")))
    return _("{nature} : {cause}. Arrêté par {by}, depuis {stands}.").format(
        nature=_(view.NATURE_WORDS.get(str(told.get("nature")), "INCIDENT")),
        cause=one_line(told.get("cause") or "", 200),
        by=one_line(view.actor(state, one, str(told.get("by") or "")), 40),
        stands=stands,
    )


class ResumeForm(Form):
    """What the manager decides, beside what the jury proposes; the clock goes on once both say the same."""

    def __init__(self, state: SessionState, number: str) -> None:
        self.number = number
        one = view.candidate(state, number)
        mine, jury = view.proposal(one, "manager"), view.proposal(one, "jury")
        known = mine or jury
        self.choice = Picker(tuple((ident, _(word)) for ident, word in view.CHOICE_WORDS.items()), str(known.get("choice") or "rendu"))
        self.given = short_field(minutes_words(int(known.get("given") or 0)))
        self.remark = text_field(limit=2000)
        self._write_id = new_id()
        self._freeze = str(view.frozen(one).get("id") or "")
        super().__init__("resume", _("Candidat {number} : la suite après l'arrêt").format(number=number), state, _("Décider"))

    def rows(self) -> Sequence[Row]:
        one = view.candidate(self.state, self.number)
        both = _("Le temps repart quand le jury et vous dites la même chose.")
        alone = _("Phase sans jury : votre décision suffit.")
        return (
            Row(stop_words(self.state, self.number, time.time())),
            Row(_("Le jury : {words}").format(words=view.proposal_words(one, "jury")) if view.with_jury(one) else alone),
            Row(_("Vous : {words}").format(words=view.proposal_words(one, "manager"))),
            Row(both if view.with_jury(one) else _("La durée de l'arrêt est toujours rendue.")),
            Row(_("Décision"), self.choice),
            Row(_("Temps donné en plus"), self.given, _("minutes, en plus de l'arrêt ; 0 : rien")),
            Row(_("Remarque du candidat"), self.remark),
        )

    def show_state(self, state: SessionState) -> None:
        super().show_state(state)
        told = view.frozen(view.candidate(state, self.number))
        if str(told.get("id") or "") != self._freeze and self.is_current:
            self.dismiss(None)
            return
        one = view.candidate(state, self.number)
        sentences = list(self.query(".sentence"))
        if view.with_jury(one) and len(sentences) > 1:
            sentences[1].update(_("Le jury : {words}").format(words=view.proposal_words(one, "jury")))  # type: ignore[attr-defined]

    def send(self) -> tuple[str, Widget | None]:
        given = seconds_typed(self.given.value or "0")
        if given is None:
            return _("Temps donné en plus : des minutes (5, ou 2:30), 0 pour rien."), self.given
        if self.choice.value == "reporté" and given:
            return _("Un passage reporté ne reçoit pas de temps : mettez 0."), self.given
        wanted = ResumeWanted(self.number, self.choice.value, given, self.remark.value.strip(), self._write_id)
        self.ask(wanted)
        return "", None
