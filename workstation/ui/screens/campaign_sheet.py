"""The argument sheet and the objections, at hand and searchable while one talks (SC11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Input

from workstation.desk.state import DeskState, Record
from workstation.i18n import _
from workstation.ui.messages import Traced
from workstation.ui.screens import campaign_words as words
from workstation.ui.screens import reference_text
from workstation.ui.screens.campaign_step import Step
from workstation.ui.widgets.record_table import Column, RecordTable, Row
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import plain_line

if TYPE_CHECKING:
    from workstation.ui.screens.campaign_desk import CampaignDeskPane


class SheetStep(Step):
    """A word or two in the search leads to the objection; the first text found is shown at once."""

    BINDINGS = [Binding("down", "to_list", show=False), Binding("escape", "back", show=False)]  # noqa: RUF012

    def __init__(self, desk: CampaignDeskPane) -> None:
        super().__init__(desk, "argumentaire")
        self.search = Input(placeholder=_("objection, mot de l'argumentaire"), compact=True, id="sheet-search")
        self.table = RecordTable([Column(_("Texte")), Column("", 4, True)], id="sheets")
        self.text = Static("", markup=False, id="sheet-text")
        self.page = VerticalScroll(self.text, id="sheet-page")
        self.shown_id = ""
        self._brief: object = None
        self._traced: tuple[str, str] = ("", "")

    def compose(self) -> ComposeResult:
        with Horizontal(classes="fields"):
            yield Static(_("Chercher"), classes="tag", markup=False)
            yield self.search
        with Horizontal(classes="split"):
            yield self.table
            yield self.page

    def focus_first(self) -> None:
        self.go_to(self.search)

    def paint(self, state: DeskState) -> None:
        if state.brief is not self._brief:
            self._brief = state.brief
            self._find()

    def entered(self) -> None:
        """The section is in front: the text it shows counts as opened."""
        self._trace()

    def _found(self) -> list[tuple[Record, int]]:
        """The texts with the words searched for, the most mentions first; the prospecting sheet leads when nothing is searched."""
        query, found = self.search.value.strip(), []
        for document in words.sheets(self.desk.state):
            parts = [str(document.get(name) or "") for name in ("title", "keywords", "text")]
            count = reference_text.count_matches(query, parts)
            if not query or count:
                found.append((document, count))
        lead = [w for w in ("argumentaire", "enquête")][words.is_survey(words.campaign(self.desk.state, self.desk.file.campaign_id))]
        return sorted(found, key=lambda one: (-one[1], lead not in str(one[0].get("title") or "").lower()))

    def _find(self) -> None:
        found = self._found()
        self.table.set_rows([Row(str(d["id"]), (plain_line(d.get("title") or ""), str(n) if n else "")) for d, n in found])
        if found and (self.shown_id not in {str(d["id"]) for d, _n in found} or self.search.value.strip()):
            self.show(str(found[0][0]["id"]))
        elif not found:
            self.text.update(_("Rien de tel dans les argumentaires."))
        elif self.shown_id:
            self.show(self.shown_id)

    def show(self, text_id: str) -> None:
        self.shown_id = text_id
        document = next((d for d in words.sheets(self.desk.state) if str(d["id"]) == text_id), {})
        text, line = reference_text.shown(str(document.get("text") or ""), self.search.value)
        self.text.update(text)
        self.page.scroll_to(y=max(0, line - 2), animate=False)

    def _trace(self) -> None:
        if self.shown_id and self._traced != (self.shown_id, self.desk.state.front):
            self._traced = (self.shown_id, self.desk.state.front)
            document = next((d for d in words.sheets(self.desk.state) if str(d["id"]) == self.shown_id), {})
            self.post_message(Traced("ProcedureOpened", id=self.shown_id, title=str(document.get("title") or "")).set_sender(self))

    @on(Input.Changed, "#sheet-search")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._find()

    @on(Input.Submitted, "#sheet-search")
    def _searched(self, event: Input.Submitted) -> None:
        event.stop()
        if query := self.search.value.strip():
            self.post_message(Traced("BriefSearched", q=query).set_sender(self))
        self._trace()
        self.go_to(self.page)

    @on(RecordTable.Opened, "#sheets")
    def _opened(self, event: RecordTable.Opened) -> None:
        event.stop()
        self.show(event.key)
        self._trace()
        self.go_to(self.page)

    def action_to_list(self) -> None:
        self.go_to(self.table)

    def action_back(self) -> None:
        self.go_to(self.table if self.page.has_focus else self.search)
