"""The file of a campaign and the record read before the number is dialled: one at a time, never by itself (SC14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll

from workstation.desk.state import DeskState, Record
from workstation.i18n import _
from workstation.ui.messages import FileAsked, ListAsked, Told
from workstation.ui.screens import campaign_words as words
from workstation.ui.screens.campaign_step import Step
from workstation.ui.widgets.picker import Picker
from workstation.ui.widgets.record_table import Column, RecordTable, Row
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import plain_line

if TYPE_CHECKING:
    from workstation.ui.screens.campaign_desk import CampaignDeskPane


class TargetTable(RecordTable):
    """The file: a row is read before it is called, so nothing is dialled from here."""

    def __init__(self, step: FileStep) -> None:
        super().__init__(
            [
                Column(_("Rang"), 4, True),
                Column(_("Nom")),
                Column(_("Essais"), 14),
                Column(_("Rappel"), 14),
                Column(_("État"), 12),
            ],
            id="targets",
        )
        self.step = step

    def action_dial(self) -> None:
        target = self.step.target(self.row_key)
        if target is not None and target.get("opposed"):
            self.post_message(Told(opposed_words(), "warning"))
        elif target is not None:
            self.post_message(Told(_("Entrée ouvre d'abord la fiche : on lit, puis on appelle.")))


class FileStep(Step):
    """The campaign chosen, its quotas, and whom it holds."""

    def __init__(self, desk: CampaignDeskPane) -> None:
        super().__init__(desk, "fichier")
        self.picker = Picker(id="campaign")
        self.told = Static("", classes="note", markup=False)
        self.table = TargetTable(self)
        self.foot = Static("", classes="note", markup=False)
        self._asked = ""

    def compose(self) -> ComposeResult:
        with Horizontal(classes="fields"):
            yield Static(_("Campagne"), classes="tag", markup=False)
            yield self.picker
        yield self.told
        yield self.table
        yield self.foot

    @property
    def campaign_id(self) -> str:
        return self.picker.value

    def focus_first(self) -> None:
        self.go_to(self.table)

    def choose(self, campaign_id: str) -> None:
        """Show this campaign's file."""
        if campaign_id and campaign_id != self.picker.value:
            self.picker.set_value(campaign_id)
        self.paint(self.desk.state)

    def paint(self, state: DeskState) -> None:
        known = words.campaigns(state)
        self.picker.set_options([(str(c["id"]), plain_line(c.get("title") or c["id"])) for c in known])
        if not known:
            self.told.update(_("Ce dossier n'a pas de campagne."))
            return
        if self.campaign_id != self._asked:
            self._asked = self.campaign_id
            self.post_message(ListAsked(words.TARGETS, "campaign_target", campaign_id=self._asked, limit=words.LIST_LIMIT).set_sender(self))
        view = words.targets_of(state, self.campaign_id)
        rows: list[Row] = words.file_rows(state, view) if view is not None else []
        self.table.set_rows(rows)
        one = words.campaign(state, self.campaign_id)
        quotas = words.quota_words(state, one, view.records if view is not None else ())
        self.told.update(Text(_("Quotas : {cells}").format(cells=quotas) if quotas else plain_line(one.get("objective") or "")))
        waiting = sum(t.get("status") in words.OPEN and not t.get("opposed") for t in (view.records if view is not None else ()))
        counted = _("{waiting} à appeler sur {total}").format(waiting=waiting, total=len(rows)) if rows else _("Le fichier arrive…")
        self.foot.update(Text(" · ".join((counted, _("Entrée ouvre la fiche"), _("Alt+→ section")))))

    def target(self, target_id: str) -> Record | None:
        view = words.targets_of(self.desk.state, self.campaign_id)
        return next((t for t in view.records if t.get("id") == target_id), None) if view is not None else None

    @on(Picker.Changed)
    def _campaign_chosen(self, event: Picker.Changed) -> None:
        event.stop()
        self.paint(self.desk.state)

    @on(RecordTable.Opened)
    def _opened(self, event: RecordTable.Opened) -> None:
        event.stop()
        target = self.target(event.key)
        if target is not None:
            self.desk.expects = str(target["contact_id"])
            self.post_message(FileAsked(self.desk.expects, stay=True))


class NumberTable(RecordTable):
    """The numbers of the record; those of who is opposed are not dialled, and it says why."""

    def __init__(self) -> None:
        super().__init__([Column(_("Numéro"), 20), Column(_("Pour"))], id="numbers")

    def action_dial(self) -> None:
        if self.number:
            super().action_dial()
        elif self.rows_shown:
            self.post_message(Told(opposed_words(), "warning"))


def opposed_words() -> str:
    return _("Opposition : cette personne ne doit plus être appelée. La fiche ne se compose pas.")


class CallStep(Step):
    """The record in preview: mission, law, attempts, history; then the numbers."""

    def __init__(self, desk: CampaignDeskPane) -> None:
        super().__init__(desk, "fiche")
        self.text = Static("", markup=False, id="preview")
        self.numbers = NumberTable()
        self.foot = Static("", classes="note", markup=False)

    def compose(self) -> ComposeResult:
        yield VerticalScroll(self.text, id="preview-page")
        yield self.numbers
        yield self.foot

    def focus_first(self) -> None:
        self.go_to(self.numbers)

    def paint(self, state: DeskState) -> None:
        target = words.target_of(state, self.desk.file.campaign_id)
        if target is None:
            self.text.update(_("Cette fiche n'est dans le fichier d'aucune campagne.") if state.contact_id else "")
        else:
            view = words.targets_of(state, str(target.get("campaign_id") or ""))
            self.text.update(words.preview(state, target, view.records if view is not None else ()))
        self.numbers.set_rows(words.number_rows(state) if state.contact_id else [])
        told = _("⊘ Opposition : la fiche ne se compose pas.") if words.is_opposed(state) else _("Alt+N appelle")
        if self.numbers.rows_shown:
            self.foot.update(Text(f"{told} · " + _("Alt+→ section")))
        else:
            self.foot.update(Text(_("Aucun numéro utilisable.") if state.contact_id else _("Ouvrez une fiche du fichier (Alt+←).")))
