"""Finding a contact by telephone, name or number; creating one; choosing among those a ringing number matched (SC3)."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Button, Input

from crm_mock.rules.telephone import to_e164
from workstation.desk.state import CallView, DeskState, Record
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.messages import FileAsked, SearchAsked
from workstation.ui.screens.record_pane import RecordPane
from workstation.ui.widgets.record_drafts import drafts_at
from workstation.ui.widgets.record_form import RecordForm
from workstation.ui.widgets.record_subject import Subject
from workstation.ui.widgets.record_table import Column, RecordTable, Row
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import phone, plain_line

NEW_FIELDS = ("category", "civility", "last_name", "first_name", "birth_date", "company_name", "role", "source", "need", "remark")
PAGE_FULL = 20


class SearchPane(RecordPane):
    pane_id = "search"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("down", "to_results", show=False)]

    def __init__(self) -> None:
        super().__init__()
        self.query_input = Input(placeholder=_("téléphone, nom, n° client, de commande ou de facture"), compact=True, id="search-query")
        self.said = Static("", classes="said", markup=False)
        self.table = RecordTable([Column(_("Nom")), Column(_("N° client"), 10), Column(_("Ville"), 13), Column(_("Trouvé par"), 24)])
        self.form = RecordForm(self.pane_id, id="new-contact")
        self._asked = ""
        self._awaited = False

    def title(self) -> str:
        return _("Recherche")

    def compose(self) -> ComposeResult:
        with Horizontal(classes="query"):
            yield Static(_("Rechercher"), classes="tag")
            yield self.query_input
            yield Button(_("+ Nouveau contact"), id="create", compact=True)
        yield self.said
        yield self.table
        yield self.form

    # --- following the state

    def paint(self, state: DeskState) -> None:
        page = state.search or {}
        hits, words = tuple(page.get("hits") or ()), self._words(state, page)
        if self._ringing(state) is not None and not self._asked:
            call = self._ringing(state)
            hits = tuple(call.hits or ()) if call is not None else hits
        self.said.update(words)
        self.table.set_rows([self._row(hit) for hit in hits])
        self.form.show_state(state)
        self.table.display = self.form.subject is None
        self.said.display = self.form.subject is None
        if self._awaited and self._asked and page.get("query") == self._asked:
            self._awaited = False
            if hits and self.query_input.has_focus:
                take_focus(self.table)

    @staticmethod
    def _ringing(state: DeskState) -> CallView | None:
        """The call in front whose number matched several contacts, or none, and no file chosen yet."""
        call = state.call
        return call if call is not None and call.hits is not None and not call.contact_id and len(call.hits) != 1 else None

    def _words(self, state: DeskState, page: Record) -> str:
        call = self._ringing(state)
        if call is not None and not self._asked:
            number = phone(call.number) if call.number else _("numéro masqué")
            if call.hits:
                return _("{number} : {count} fiches portent ce numéro, choisissez avec le client.").format(
                    number=number, count=len(call.hits)
                )
            return _("{number} : aucune fiche. Cherchez par le nom, ou créez le contact.").format(number=number)
        if not page:
            return _("Entrée lance la recherche, Entrée sur une ligne ouvre la fiche.")
        total, query = int(page.get("total") or 0), plain_line(page.get("query") or "")
        if not total:
            return _("« {query} » : rien trouvé.").format(query=query)
        shown = len(page.get("hits") or ())
        counted = _("« {query} » : plus de {total} fiches") if page.get("more") else _("« {query} » : {total} fiche(s)")
        words = counted.format(query=query, total=total)
        return words + (" " + _("dont {shown} affichées : précisez.").format(shown=shown) if shown < total else "")

    @staticmethod
    def _row(hit: Record) -> Row:
        matched = str(hit.get("matched") or "")
        why = plain_line(_(str(hit.get("matched_on") or "")))
        shown = phone(matched) if matched.startswith("+") else plain_line(matched)
        why = f"{why} {shown}".strip() + ("" if hit.get("exact", True) else " " + _("(proche)"))
        town = " ".join(plain_line(hit.get(n) or "") for n in ("postcode", "city")).strip()
        category = str(hit.get("category") or "")
        name = plain_line(hit.get("name") or "") + (f" ({plain_line(_(category))})" if category not in ("", "particulier") else "")
        cells = (name, plain_line(hit.get("reference") or ""), town, why)
        return Row(str(hit["contact_id"]), cells, matched if matched.startswith("+") else "")

    def opened(self, state: DeskState) -> None:
        super().opened(state)
        draft = next((d for d in drafts_at(state, pane=self.pane_id) if d.kind == "contact" and not d.version), None)
        if draft is not None and self.form.subject is None:
            self.call_later(self._open_form, Subject.of_draft(draft, names=NEW_FIELDS))
        elif self.form.subject is not None:
            self.form.focus_first()
        elif self._ringing(state) is not None and self.table.rows_shown:
            take_focus(self.table)
        else:
            take_focus(self.query_input)

    # --- what a person does

    @on(Input.Submitted, "#search-query")
    def _search(self, event: Input.Submitted) -> None:
        event.stop()
        query = event.value.strip()
        if query:
            self._asked, self._awaited = query, True
            self.said.update(_("Recherche de « {query} »…").format(query=plain_line(query)))
            self.post_message(SearchAsked(query))

    def action_to_results(self) -> None:
        if self.table.rows_shown:
            take_focus(self.table)

    @on(RecordTable.Opened)
    def _hit_opened(self, event: RecordTable.Opened) -> None:
        event.stop()
        self._asked = ""
        self.post_message(FileAsked(event.key))

    @on(Button.Pressed, "#create")
    async def _create(self, event: Button.Pressed) -> None:
        event.stop()
        begins = {"category": "prospect"}
        typed = self.query_input.value.strip()
        if typed and to_e164(typed) is None and not any(c.isdigit() for c in typed):
            begins["last_name"] = typed.upper()
        await self._open_form(Subject.new("contact", "", begins, names=NEW_FIELDS, title=_("Nouveau contact")))

    async def _open_form(self, subject: Subject) -> None:
        await self.form.open(subject, self.state)
        self.paint(self.state)

    @on(RecordForm.Left)
    def _left(self, event: RecordForm.Left) -> None:
        event.stop()
        self.form.close()
        self.paint(self.state)
        take_focus(self.query_input)

    @on(RecordForm.Confirmed)
    def _created(self, event: RecordForm.Confirmed) -> None:
        """The new contact's file opens once the server has it, for its telephone and address."""
        event.stop()
        contact_id = self.form.record_id
        self.form.close()
        self.paint(self.state)
        self.post_message(FileAsked(contact_id))

    def action_save(self) -> None:
        self.form.save()
