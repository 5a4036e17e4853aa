"""Who and where: the contact's identity and coordinates, and moving house in one form (c2)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from textual import on
from textual.app import ComposeResult

from workstation.desk.state import DeskState, Record
from workstation.i18n import N_, _
from workstation.ui.focus import take_focus
from workstation.ui.messages import SaveAsked, Told
from workstation.ui.screens.record_pane import ContactLine
from workstation.ui.screens.sectioned_pane import SectionedPane
from workstation.ui.widgets.record_drafts import contact, drafts_at, records, scenario_today
from workstation.ui.widgets.record_form import RecordForm
from workstation.ui.widgets.record_list import Contents, RecordList
from workstation.ui.widgets.record_subject import Subject
from workstation.ui.widgets.section_bar import Section, SectionBar
from workstation.ui.widgets.value_text import day


def _begins(state: DeskState, kind: str) -> dict[str, Any]:
    today = scenario_today(state).isoformat()
    match kind:
        case "address":
            return {"valid_from": today}
        case "consent":
            return {"given_on": today, "source": "appel"}
        case _:
            return {}


SECTIONS: tuple[tuple[str, str, Contents], ...] = (
    (
        "coordonnees",
        N_("Coordonnées"),
        Contents(
            ("contact_point", "address"),
            ("what", "text", "status"),
            ("contact_point", "address"),
            _begins,
            by_kind=True,
            widths=(("what", 20), ("status", 24)),
        ),
    ),
    ("demenagement", N_("Déménagement"), Contents(("address",), ("what", "text", "status"), widths=(("what", 20), ("status", 24)))),
    ("identite", N_("Identité"), Contents(("contact",), ("what", "text", "status"))),
    ("consentements", N_("Consentements"), Contents(("consent",), ("date", "text", "status"), ("consent",), _begins)),
)
_CONTENTS = {key: contents for key, _word, contents in SECTIONS}
MOVE_FIELDS = ("valid_from", "line1", "line2", "postcode", "city", "usage")


def current_address(state: DeskState, usage: str) -> Record | None:
    """The address of this usage that has no end yet."""
    found = [a for a in records(state, "address") if a.get("usage", "principale") == usage and not a.get("valid_to")]
    return max(found, key=lambda a: str(a.get("valid_from") or ""), default=None)


class ContactDeskPane(SectionedPane):
    pane_id = "contact_desk"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__()
        self.line = ContactLine()
        self.bar = SectionBar([Section(k, _(w)) for k, w, _c in SECTIONS], id="contact-sections")
        self.list = RecordList(self.pane_id, _CONTENTS["coordonnees"], id="contact-list")
        self._contact_id = ""

    def title(self) -> str:
        return _("Coordonnées")

    def compose(self) -> ComposeResult:
        yield self.line
        yield self.bar
        yield self.list

    def paint(self, state: DeskState) -> None:
        self.line.show(state)
        self.list.show(state, state.contact_id)
        if state.contact_id in state.files and state.contact_id != self._contact_id:
            self._contact_id = state.contact_id
            left = next(iter(drafts_at(state, pane=self.pane_id, contact=state.contact_id)), None)
            section = next((k for k, c in _CONTENTS.items() if left is not None and left.kind in c.kinds), "coordonnees")
            if left is not None and left.kind == "address" and not left.version:
                section = "demenagement"
            self.bar.choose(section)

    def opened(self, state: DeskState) -> None:
        super().opened(state)
        if self.list.form.subject is not None:
            self.list.form.focus_first()
        else:
            take_focus(self.list.table)

    @on(SectionBar.Chosen)
    async def _section_chosen(self, event: SectionBar.Chosen) -> None:
        event.stop()
        here = self.focus_goes_along
        state = self.state
        await self.list.set_contents(_CONTENTS[event.key])
        self.list.show(state, state.contact_id)
        if not state.contact_id:
            return
        draft = next(
            (d for d in drafts_at(state, pane=self.pane_id, contact=state.contact_id) if d.kind in _CONTENTS[event.key].kinds), None
        )
        if event.key == "demenagement":
            await self._open_move(here)
        elif event.key == "identite" and (who := contact(state)) is not None:
            await self.list.open(Subject("contact", who, state.contact_id, title=_("Identité")), focus=here)
        elif draft is not None:
            await self.list.edit(draft.kind, draft.record_id, focus=here)
        elif here:
            take_focus(self.list.table)

    async def _open_move(self, focus: bool) -> None:
        """A new address with its date d'effet; saving it closes the one it follows."""
        state = self.state
        more: dict[str, Any] = {
            "names": MOVE_FIELDS,
            "needed": ("valid_from",),
            "title": _("Nouvelle adresse (l'ancienne sera fermée la veille)"),
        }
        drafts = drafts_at(state, pane=self.pane_id, contact=state.contact_id)
        draft = next((d for d in drafts if d.kind == "address" and not d.version), None)
        subject = Subject.of_draft(draft, **more) if draft is not None else Subject.new("address", state.contact_id, **more)
        await self.list.open(subject, focus=focus)

    @on(RecordForm.SaveSent)
    def _close_old_address(self, event: RecordForm.SaveSent) -> None:
        event.stop()
        if self.bar.key != "demenagement" or not event.created or event.form.subject is None:
            return
        old = current_address(self.state, str(event.fields.get("usage") or "principale"))
        starts = event.fields.get("valid_from")
        if old is None or not starts:
            return
        last = (dt.date.fromisoformat(str(starts)) - dt.timedelta(days=1)).isoformat()
        self.post_message(SaveAsked("address", str(old["id"]), int(old.get("version") or 0), {"valid_to": last}).set_sender(self))
        self.post_message(Told(_("L'ancienne adresse vaut jusqu'au {day}.").format(day=day(last))).set_sender(self))

    def action_save(self) -> None:
        self.list.form.save()
