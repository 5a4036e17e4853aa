"""Naming a candidate: number, station, subject, time decided by the authority phase by phase, planned start, jury."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from textual.widget import Widget
from textual.widgets import Button

from workstation.desk.course import phase_word
from workstation.i18n import _
from workstation.session import view
from workstation.session.events import CandidateWanted
from workstation.session.screens.form import Form, Row, short_field, text_field
from workstation.session.state import SessionState
from workstation.session.typed import minutes_words, names_typed, seats_typed, seconds_typed, start_typed
from workstation.ui.happened import new_id
from workstation.ui.plain_text import one_line
from workstation.ui.widgets.picker import Picker


class CandidateForm(Form):
    def __init__(self, state: SessionState) -> None:
        told = view.session(state)
        self.phases = {str(one["id"]): int(one["seconds"]) for one in view.records(told.get("phases"))}
        taken = {str(one.get("station")) for one in view.candidates(state) if not view.over(one)}
        stations = [(str(one["id"]), one_line(one.get("label") or one["id"])) for one in view.stations(state)]
        free = next((ident for ident, _label in stations if ident not in taken), "")
        self.number = short_field(limit=32)
        self.station = Picker(stations, free)
        variants = [str(one) for one in told.get("variants") or ()]
        self.variant = Picker((("", _("tiré au sort")), *((one, one_line(one)) for one in variants)))
        self.times = {ident: short_field(minutes_words(seconds)) for ident, seconds in self.phases.items()}
        self.start = short_field()
        self.jurors = {
            str(one["place"]): str(one.get("name") or "") for one in view.records(told.get("people")) if one.get("role") == "juror"
        }
        self.jury, self.trainers = text_field(), text_field()
        self._write_id = new_id()
        super().__init__("candidate", _("Inscrire un candidat"), state, _("Inscrire"))

    def rows(self) -> Sequence[Row]:
        jurors = ", ".join(f"{place} {one_line(name, 24)}" for place, name in self.jurors.items())
        return (
            Row(_("Numéro de candidat"), self.number, _("aucun nom : un numéro")),
            Row(_("Poste"), self.station),
            Row(_("Sujet"), self.variant),
            *(
                Row(phase_word(ident), self.times[ident], _("minutes ; la session : {time}").format(time=minutes_words(seconds)))
                for ident, seconds in self.phases.items()
            ),
            Row(_("Début prévu"), self.start, _("09:30, ou +20 après le précédent ; vide : maintenant")),
            Row(_("Jury"), self.jury, _("vide : tous")),
            Row(_("Formateurs du candidat"), self.trainers, _("leurs noms : jamais de son jury")),
            Row(_("Jurés : {names}").format(names=jurors or _("aucun"))),
        )

    def buttons(self) -> Sequence[Button]:
        return (Button(_("Tiers temps entier"), id="third", compact=True), Button(_("Temps de la session"), id="plain", compact=True))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id in ("third", "plain"):
            event.stop()
            for ident, seconds in self.phases.items():
                self.times[ident].value = minutes_words(seconds * 4 // 3 if event.button.id == "third" else seconds)

    def send(self) -> tuple[str, Widget | None]:
        number = self.number.value.strip()
        if not number:
            return _("Donnez le numéro du candidat."), self.number
        seconds: list[tuple[str, int]] = []
        for ident, field in self.times.items():
            found = seconds_typed(field.value)
            if found is None or found < 60:
                return _("{phase} : une durée en minutes, par exemple 80 ou 53:20.").format(phase=phase_word(ident)), field
            if found != self.phases[ident]:
                seconds.append((ident, found))
        start = None
        if self.start.value.strip():
            start = start_typed(self.start.value, dt.date.today(), self._before())
            if start is None:
                return _("Début prévu : une heure (09:30), ou un décalage après le candidat précédent (+20)."), self.start
        seats = seats_typed(self.jury.value, tuple(self.jurors))
        if seats is None:
            return _("Jury : des places de la session, par exemple jury1 jury2."), self.jury
        starts_at = start.isoformat(timespec="seconds") if start else ""
        about = number, self.station.value, self.variant.value, tuple(seconds), starts_at, seats
        self.ask(CandidateWanted(*about, self._write_id, names_typed(self.trainers.value)))
        return "", None

    def _before(self) -> dt.datetime | None:
        """The planned start of the candidate named last."""
        named = view.candidates(self.state)
        try:
            return dt.datetime.fromisoformat(str(named[-1].get("starts_at"))) if named else None
        except ValueError:
            return None
