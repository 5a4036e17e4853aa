"""The candidate's brief, the procedures, the knowledge base and the directory of services, searchable during a call (SC9)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import ContentSwitcher, DataTable, Input

from workstation.desk.state import DeskState
from workstation.desk.words import scenario_now
from workstation.i18n import N_, _
from workstation.ui.focus import take_focus
from workstation.ui.messages import Told, Traced
from workstation.ui.screens import opening_hours, reference_text
from workstation.ui.screens.record_pane import RecordPane
from workstation.ui.widgets.record_table import Column, RecordTable, Row
from workstation.ui.widgets.section_bar import Section, SectionBar
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import phone, plain_line

CLOCK = 20.0  # seconds between two looks at the scenario's clock
SECTIONS = (
    ("textes", N_("Dossier et procédures"), N_("Procédures")),
    ("connaissances", N_("Base de connaissances"), N_("Connaissances")),
    ("annuaire", N_("Annuaire des services"), N_("Annuaire")),
)
OF_KNOWLEDGE = "knowledge"  # kind of a text of the second section


class ReferencePane(RecordPane):
    pane_id = "reference"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("alt+right", "section(1)", show=False),
        Binding("alt+left", "section(-1)", show=False),
        Binding("escape", "back", show=False),
        Binding("down", "to_list", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.search = Input(placeholder=_("mots cherchés, sans accents si l'on veut"), compact=True, id="reference-search")
        self.bar = SectionBar([Section(k, _(w), _(s)) for k, w, s in SECTIONS], id="reference-sections")
        self.list = RecordTable([Column(_("Texte")), Column("", 4, True)], id="texts")
        self.text = Static("", markup=False, id="text")
        self.page = VerticalScroll(self.text, id="page")
        self.directory = RecordTable([Column(_("Service"), 25), Column(_("Numéro"), 16), Column(_("Maintenant"))], id="services")
        self.service = Static("", markup=False, id="service")
        self.shelves = {key: reference_text.Shelf(()) for key in ("textes", "connaissances")}
        self.open_ids = dict.fromkeys(self.shelves, "")  # what is open in each section
        self._shelved: object = None  # the documents on the shelves
        self._traced_query = ""

    def title(self) -> str:
        return _("Dossier et procédures")

    def compose(self) -> ComposeResult:
        with Horizontal(classes="query"):
            yield Static(_("Chercher"), classes="tag")
            yield self.search
        yield self.bar
        with ContentSwitcher(initial="textes"):
            with Horizontal(id="textes"):
                yield self.list
                yield self.page
            with Vertical(id="annuaire"):
                yield self.directory
                yield self.service

    def on_mount(self) -> None:
        self.set_interval(CLOCK, self._clock_moved)

    # --- following the state

    def paint(self, state: DeskState) -> None:
        query = self.search.value.strip()
        self._put_on_shelves(state)
        texts = {key: shelf.found(query) for key, shelf in self.shelves.items()}
        self.list.set_rows(
            [Row(str(d["id"]), (plain_line(d.get("title") or ""), str(count) if count else "")) for d, count in texts[self._shelf]]
        )
        found, now = [], scenario_now(state, time.time())
        for service in state.brief.get("directory") or ():
            parts = [str(service.get(n) or "") for n in ("name", "role", "hours", "number")]
            if not query or reference_text.count_matches(query, parts):
                number, hours = str(service.get("number") or ""), opening_hours.words(parts[2], now)
                cells = (plain_line(parts[0]), "☎ " + phone(number), hours or plain_line(parts[2]))
                found.append(Row(str(service.get("id") or parts[0]), cells, number))
        self.directory.set_rows(found)
        self._paint_service()
        counts = {**{key: len(hits) for key, hits in texts.items()}, "annuaire": len(found)}
        self.bar.set_sections([Section(k, _(w), _(s), f" {counts[k]}" if query else "") for k, w, s in SECTIONS])

    @property
    def _shelf(self) -> str:
        """The section whose texts are listed: the directory's own list is beside them."""
        return self.bar.key if self.bar.key in self.shelves else "textes"

    @property
    def open_id(self) -> str:
        return self.open_ids[self._shelf]

    def _put_on_shelves(self, state: DeskState) -> None:
        documents = state.brief.get("documents")
        if documents is not self._shelved:
            self._shelved = documents
            known = [d for d in documents or () if d.get("kind") == OF_KNOWLEDGE]
            self.shelves["textes"] = reference_text.Shelf([d for d in documents or () if d.get("kind") != OF_KNOWLEDGE])
            self.shelves["connaissances"] = reference_text.Shelf(known)

    def _clock_moved(self) -> None:
        """Whether services are open follows the scenario's clock."""
        if self._in_sight():
            self.paint(self.state)

    @on(DataTable.RowHighlighted, "#services")
    def _service_reached(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        self._paint_service()

    def _paint_service(self) -> None:
        """All that is known of the service under the cursor: what it is for, when, how to write to it."""
        key = self.directory.row_key
        service = next((s for s in self.state.brief.get("directory") or () if str(s.get("id") or s.get("name")) == key), None)
        text = Text()
        if service is not None:
            hours, email = plain_line(service.get("hours") or ""), plain_line(service.get("email") or "")
            text.append(plain_line(service.get("name") or ""), style="bold")
            text.append("".join(f" · {part}" for part in (hours, email) if part))
            text.append("\n" + plain_line(service.get("role") or ""))
        self.service.update(text)

    def opened(self, state: DeskState) -> None:
        super().opened(state)
        take_focus(self.search)

    # --- what a person does

    @on(Input.Changed, "#reference-search")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.paint(self.state)
        self._preview()

    @on(Input.Submitted, "#reference-search")
    def _searched(self, event: Input.Submitted) -> None:
        event.stop()
        self._trace_query()
        if self.bar.key in self.shelves and len(self.list.rows_shown) == 1:
            self._open_text(self.list.rows_shown[0].key)  # the only one found is the one wanted
        else:
            self.action_to_list()

    def _trace_query(self) -> None:
        query = self.search.value.strip()
        if query and query != self._traced_query:
            self._traced_query = query
            self.post_message(Traced("BriefSearched", q=query))

    def action_to_list(self) -> None:
        take_focus(self.directory if self.bar.key == "annuaire" else self.list)

    def action_back(self) -> None:
        """From the text to the list, from the list to the search."""
        take_focus(self.list if self.page.has_focus else self.search)

    @on(DataTable.RowHighlighted, "#texts")
    def _text_reached(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        self._preview()

    def _preview(self) -> None:
        """Of the text under the cursor, when none is open or one walks the list: titles are long, lists are narrow."""
        key = self.list.row_key
        if key == self.open_id or (self.open_id and not self.list.has_focus):
            self._show_text(keep_place=True)
            return
        document = next((d for d in self.shelves[self._shelf].documents if str(d["id"]) == key), None)
        if document is not None:
            self.text.update(reference_text.preview(str(document.get("title") or ""), str(document.get("text") or ""), self.search.value))
        else:
            self.text.update("")
        self.page.scroll_to(y=0, animate=False)

    @on(RecordTable.Opened, "#texts")
    def _text_opened(self, event: RecordTable.Opened) -> None:
        event.stop()
        self._trace_query()
        self._open_text(event.key)

    def _open_text(self, key: str) -> None:
        self.open_ids[self._shelf] = key
        document = self._open_document()
        self.post_message(Traced("ProcedureOpened", id=key, title=str(document.get("title") or "")))
        self._show_text(keep_place=False)
        take_focus(self.page)

    def _open_document(self) -> Mapping[str, Any]:
        return next((d for d in self.shelves[self._shelf].documents if str(d["id"]) == self.open_id), {})

    def _show_text(self, *, keep_place: bool) -> None:
        document = self._open_document()
        written, title = str(document.get("text") or ""), str(document.get("title") or "")
        titled = written if written.startswith("# ") or not title else f"# {title}\n\n{written}"
        text, line = reference_text.shown(titled, self.search.value)
        self.text.update(text)
        if not keep_place:
            self.page.scroll_to(y=max(0, line - 2), animate=False)

    @on(RecordTable.Opened, "#services")
    def _service_opened(self, event: RecordTable.Opened) -> None:
        event.stop()
        row = next(r for r in self.directory.rows_shown if r.key == event.key)
        self.post_message(Told(" · ".join((*row.cells, _("Alt+N appelle")))))

    def action_section(self, by: int) -> None:
        self.bar.action_step(by)

    @on(SectionBar.Chosen)
    def _section_chosen(self, event: SectionBar.Chosen) -> None:
        event.stop()
        self.query_one(ContentSwitcher).current = "annuaire" if event.key == "annuaire" else "textes"
        self.paint(self.state)
        if event.key in self.shelves:
            self._preview()
        if not self.bar.has_focus and not self.search.has_focus:
            self.action_to_list()

    def action_save(self) -> None:
        """Nothing is typed here that could be saved."""
        self.post_message(Told(_("Rien à enregistrer ici.")))
