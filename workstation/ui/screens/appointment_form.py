"""The form of an appointment: its slot among those of the agenda, who will be there among the people of the company, what qualifies it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual import on

from workstation.i18n import _
from workstation.ui.record_words import field_word
from workstation.ui.screens import agenda_words, campaign_words
from workstation.ui.widgets.check_list import CheckList
from workstation.ui.widgets.field_box import FieldBox
from workstation.ui.widgets.fields import FieldSpec, field_specs
from workstation.ui.widgets.picker import Option
from workstation.ui.widgets.record_drafts import contact, contact_name
from workstation.ui.widgets.record_form import RecordForm
from workstation.ui.widgets.record_subject import Subject
from workstation.ui.widgets.value_text import plain_line

BEFORE = ("slot_id", "address_id", "place")
AFTER = ("purpose", "status", "machine", "volume", "supplier", "supplier_end_on", "documents", "confirmation", "remark")
_ATTENDEES = FieldSpec("appointment", "attendees", "choices", default=[])


class AppointmentForm(RecordForm):
    """A qualified appointment; what is not told yet is a warning, the agenda's rules too: the server has the last word."""

    def specs_of(self, subject: Subject) -> tuple[FieldSpec, ...]:
        return (*field_specs("appointment", BEFORE), _ATTENDEES, *field_specs("appointment", AFTER))

    def _options(self, spec: FieldSpec) -> Sequence[Option]:
        state = self._state
        match spec.name:
            case "slot_id":
                agenda = agenda_words.agenda_of(state, self.typed("address_id"))
                own = str((self.subject.record if self.subject else {}).get("slot_id") or "")
                return agenda_words.slot_options(agenda, own) if agenda is not None else ()
            case "attendees":
                return self._people()
            case _:
                return super()._options(spec)

    def _people(self) -> list[Option]:
        """The people of the company, and those the appointment already names."""
        state = self._state
        found = [(plain_line(contact_name(p)), campaign_words.person_words(p)) for p in campaign_words.people(state)]
        who = contact(state)
        if who is not None and not who.get("company_name") and not any(v == plain_line(contact_name(who)) for v, _words in found):
            found.insert(0, (plain_line(contact_name(who)), campaign_words.person_words(who)))
        known = {value for value, _words in found}
        named = [*((self.subject.record if self.subject else {}).get("attendees") or ()), *self.listed("attendees")]
        return found + [(str(n), plain_line(n)) for n in dict.fromkeys(named) if n not in known]

    def show_state(self, state: Any) -> None:
        super().show_state(state)
        if self.subject is not None and (box := self._boxes.get("attendees")) is not None:
            box.set_options(self._people())

    def typed(self, name: str) -> str:
        """What a text or a choice holds now."""
        box = self._boxes.get(name)
        return box.typed if box is not None and isinstance(box.typed, str) else ""

    def listed(self, name: str) -> list[str]:
        box = self._boxes.get(name)
        return list(box.typed) if box is not None and isinstance(box.typed, list) else []

    @on(FieldBox.Edited)
    def _address_chosen(self, event: FieldBox.Edited) -> None:
        """The place decides who of the team may come."""
        if event.box.spec.name == "address_id":
            self._boxes["slot_id"].set_options(self._options(self._boxes["slot_id"].spec))

    def warnings(self) -> list[str]:
        """Rules the slot does not keep, then what is still to be told."""
        if self.subject is None:
            return []
        found = []
        agenda = agenda_words.agenda_of(self._state, self.typed("address_id"))
        slot = agenda.slot(self.typed("slot_id")) if agenda is not None else None
        if agenda is not None and slot is not None and slot.appointment_id != self.record_id:
            found += agenda.reasons(slot)
        elif self.version and self.typed("status") != "annulé":
            found += [plain_line(w) for w in self.subject.record.get("warnings") or ()]
        if self.typed("status") == "annulé":
            return found
        if self.version and slot is None and agenda is not None:
            found.append(_("Le créneau n'est plus à l'agenda."))
        everything: dict[str, Any] = {name: box.typed for name, box in self._boxes.items()}
        lacking = [field_word("appointment", name).lower() for name in agenda_words.missing_fields(everything)]
        if lacking:
            found.append(_("Reste à qualifier : {fields}").format(fields=", ".join(lacking)))
        elif len(self.listed("attendees")) < 2 and self._deciders() > 1:
            found.append(_("Plusieurs personnes décident : une seule sera là."))
        return found

    def _deciders(self) -> int:
        roles = (campaign_words.role_of(p) for p in campaign_words.people(self._state))
        return sum(role in (campaign_words.TARGET, campaign_words.CO_DECIDER) for role in roles)

    def tick(self, names: Sequence[str]) -> None:
        """Propose these people as attendees, when nobody is yet."""
        editor = self._boxes["attendees"].editor
        if isinstance(editor, CheckList) and not editor.value and names:
            self.put("attendees", list(names))
