"""Opening a session, and the names of its people place by place."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widget import Widget
from textual.widgets import Input

from workstation.i18n import _
from workstation.session import view
from workstation.session.events import OpenWanted, PeopleWanted
from workstation.session.screens.form import Form, Row, short_field, text_field, yes_no
from workstation.session.state import SessionState
from workstation.ui.happened import new_id
from workstation.ui.plain_text import one_line
from workstation.ui.widgets.picker import Picker

KEPT_DAYS, LONGEST_KEPT = 365, 3650


class _Named(Form):
    """The part on people: one field a place of the room; an empty one is nobody."""

    def people_rows(self, state: SessionState) -> list[Row]:
        named = {str(one.get("place")): str(one.get("name") or "") for one in view.records(view.session(state).get("people"))}
        places = view.records(view.offers(state).get("places"))
        order = {"session_manager": 0, "invigilator": 1, "juror": 2}
        places = sorted(places, key=lambda one: (order.get(str(one.get("role")), 9), str(one.get("id"))))
        self.names: dict[tuple[str, str], Input] = {}
        rows = []
        for one in places:
            place, role = str(one["id"]), str(one["role"])
            self.names[place, role] = text_field(named.get(place, ""), limit=120)
            rows.append(Row(one_line(one.get("label") or place, 22), self.names[place, role]))
        return rows

    def people(self) -> tuple[tuple[str, str, str], ...]:
        return tuple((place, role, field.value.strip()) for (place, role), field in self.names.items() if field.value.strip())


class OpenForm(_Named):
    def __init__(self, state: SessionState) -> None:
        types = tuple((str(one["id"]), one_line(one.get("label") or one["id"])) for one in view.records(view.offers(state).get("types")))
        self.kind, self.title_field = Picker(types), text_field(placeholder=_("par exemple : Session de novembre"))
        self.spellcheck = yes_no(_("autorisé"), _("interdit"))
        self.office = yes_no(_("autorisé"), _("interdit"))
        self.days = short_field(str(KEPT_DAYS), limit=4)
        self._write_id = new_id()
        super().__init__("opening", _("Ouvrir une session"), state, _("Ouvrir la session"))

    def rows(self) -> Sequence[Row]:
        subject = one_line(view.offers(self.state).get("pack") or "")
        return (
            Row(_("Sujet : {pack}. Tab passe à la suite, ← → choisit.").format(pack=subject)),
            Row(_("Type de session"), self.kind),
            Row(_("Intitulé"), self.title_field),
            *self.people_rows(self.state),
            Row(_("Correcteur orthographique"), self.spellcheck),
            Row(_("LibreOffice du poste"), self.office),
            Row(_("Conserver, en jours"), self.days, _("après la fermeture ; puis effacé")),
        )

    def send(self) -> tuple[str, Widget | None]:
        title, days = self.title_field.value.strip(), self.days.value.strip()
        if not title:
            return _("Donnez un intitulé à la session."), self.title_field
        if not (days.isascii() and days.isdecimal() and 1 <= int(days) <= LONGEST_KEPT):
            return _("Combien de jours conserver ? De 1 à {most}.").format(most=LONGEST_KEPT), self.days
        people = self.people()
        if not any(role == "juror" for _place, role, _name in people):
            return _("Nommez au moins un juré, à sa place."), next(
                (field for (_p, role), field in self.names.items() if role == "juror"), None
            )
        allowed = self.spellcheck.value == "yes", self.office.value == "yes"
        self.ask(OpenWanted(self.kind.value, title, people, *allowed, int(days), self._write_id))
        return "", None


class PeopleForm(_Named):
    def __init__(self, state: SessionState) -> None:
        self._write_id = new_id()
        super().__init__("people", _("Noms des personnes"), state, _("Enregistrer"))

    def rows(self) -> Sequence[Row]:
        return (
            Row(_("Ces noms vont au procès-verbal. Une place vide n'est occupée par personne.")),
            Row(_("Ils valent pour les séances à ouvrir ; pour un candidat dont la séance est ouverte : Alt+E.")),
            *self.people_rows(self.state),
        )

    def send(self) -> tuple[str, Widget | None]:
        self.ask(PeopleWanted(self.people(), self._write_id))
        return "", None
