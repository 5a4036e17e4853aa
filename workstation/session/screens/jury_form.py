"""A candidate's jury changed: who leaves, who comes, who plays the customer, and why."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.widget import Widget

from workstation.i18n import N_, _
from workstation.session import view
from workstation.session.events import JuryWanted
from workstation.session.screens.form import Form, Row, text_field
from workstation.session.state import SessionState
from workstation.ui.happened import new_id
from workstation.ui.plain_text import one_line
from workstation.ui.widgets.picker import Picker

OTHER = "autre"
REASONS = (  # as they go into the annex: in French
    N_("Juré absent"),
    N_("Juré souffrant"),
    N_("Déport : le juré connaît le candidat"),
    N_("Déport : le juré a formé le candidat"),
    N_("Machine de la place remplacée"),
    N_("Nom mal écrit"),
)


class JuryForm(Form):
    def __init__(self, state: SessionState, number: str) -> None:
        self.number = number
        one = view.candidate(state, number)
        self.jurors = {str(juror["seat"]): one_line(juror.get("name") or juror["seat"], 40) for juror in view.jury(one)}
        self.named = {str(person.get("place")): str(person.get("name") or "") for person in view.records(view.session(state).get("people"))}
        seats = [place for place in view.records(view.offers(state).get("places")) if place.get("role") == "juror"]
        self.seats = {str(place["id"]): one_line(place.get("label") or place["id"], 22) for place in seats}
        nobody = ("", _("personne"))
        self.leaving = Picker((nobody, *((seat, f"{name} ({self.seats.get(seat, seat)})") for seat, name in self.jurors.items())))
        self.coming = Picker((nobody, *((seat, self._seat_words(seat)) for seat in self.seats)))
        self.name_field = text_field(limit=120)
        self.whose = Picker((("other", _("une autre personne : grille vide")), ("same", _("la même personne : sa grille la suit"))))
        plays = next((str(juror["seat"]) for juror in view.jury(one) if juror.get("role") == "role_player"), "")
        as_before = _("comme avant ({name})").format(name=self.jurors[plays]) if plays else _("comme avant")
        self.player = Picker((("", as_before), *self.seats.items()))
        self.reason = Picker((("", _("à choisir")), *((reason, _(reason)) for reason in REASONS), (OTHER, _("autre : à écrire"))))
        self.more = text_field(limit=400)
        self._write_id = new_id()
        super().__init__("jury", _("Candidat {number} : changer le jury").format(number=number), state, _("Changer le jury"))

    def _seat_words(self, seat: str) -> str:
        name = self.jurors.get(seat) or self.named.get(seat, "")
        return f"{self.seats[seat]} ({one_line(name, 40)})" if name else self.seats[seat]

    def rows(self) -> Sequence[Row]:
        told = ", ".join(view.juror_words(juror) for juror in view.jury(view.candidate(self.state, self.number)))
        return (
            Row(_("Jury : {names}").format(names=told)),
            Row(_("Qui part voit sa grille close et n'entend plus rien ; qui arrive voit la suite seulement.")),
            Row(_("Qui part"), self.leaving),
            Row(_("Place de qui arrive"), self.coming),
            Row(_("Son nom"), self.name_field),
            Row(_("C'est"), self.whose),
            Row(_("Joue le client"), self.player),
            Row(_("Motif"), self.reason),
            Row(_("Précision"), self.more),
        )

    @on(Picker.Changed)
    def _prefill(self, event: Picker.Changed) -> None:
        """The name that goes with what was picked, unless another was typed."""
        event.stop()
        same = self.whose.value == "same"
        known = {"", *self.jurors.values(), *self.named.values()}
        if event.picker in (self.leaving, self.coming, self.whose) and self.name_field.value in known:
            here = "" if self.coming.value == self.leaving.value else self.named.get(self.coming.value, "")
            self.name_field.value = self.jurors.get(self.leaving.value, "") if same else here

    def send(self) -> tuple[str, Widget | None]:
        left, entered, name = self.leaving.value, self.coming.value, self.name_field.value.strip()
        if not (left or entered or self.player.value):
            return _("Dites qui part, qui arrive, ou qui joue le client."), self.leaving
        if entered and not name:
            return _("Donnez le nom de la personne qui arrive : il va au procès-verbal."), self.name_field
        kind, more = self.reason.value, self.more.value.strip()
        if not kind or (kind == OTHER and not more):
            return _("Dites le motif : il va à l'annexe."), self.more if kind else self.reason
        reason = " : ".join(part for part in ("" if kind == OTHER else kind, more) if part)
        same = bool(entered) and self.whose.value == "same"
        self.ask(JuryWanted(self.number, left, entered, name if entered else "", same, self.player.value, reason, self._write_id))
        return "", None
