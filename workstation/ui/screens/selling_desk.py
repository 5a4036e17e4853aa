"""Selling: what the customer needs, the one offer that fits, its quote, what the law wants said, the offer sent to be signed (c7)."""

from __future__ import annotations

import uuid
from pathlib import Path

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.widgets import ContentSwitcher

from workstation.desk.state import DeskState, Record
from workstation.i18n import N_, _
from workstation.ui.focus import take_focus
from workstation.ui.messages import SaveAsked, Told
from workstation.ui.record_titles import reached_at
from workstation.ui.screens import selling_words as words
from workstation.ui.screens.record_pane import ContactLine
from workstation.ui.screens.sectioned_pane import SectionedPane
from workstation.ui.screens.selling_closing import TO_SIGN, ClosingStep, LawStep, QuoteStep, follow_up_asked
from workstation.ui.screens.selling_form import DISCOVERED, END, LAW, OFFER, SaleForm
from workstation.ui.screens.selling_guide import Guide, cups_a_month, read_guide
from workstation.ui.widgets.check_list import CheckList
from workstation.ui.widgets.field_box import FieldBox
from workstation.ui.widgets.record_drafts import drafts_at, find_record, records
from workstation.ui.widgets.record_form import RecordForm
from workstation.ui.widgets.record_subject import Subject
from workstation.ui.widgets.section_bar import Section, SectionBar
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import plain_line

SECTIONS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("decouverte", N_("Découverte"), N_("Découv."), DISCOVERED),
    ("offre", N_("Offre"), N_("Offre"), OFFER),
    ("devis", N_("Devis"), N_("Devis"), ()),
    ("cadre", N_("Cadre légal"), N_("Légal"), LAW),
    ("fin", N_("Conclusion"), N_("Concl."), END),
)
_SHOWN = {key: names for key, _word, _short, names in SECTIONS}
BESIDE = 110  # cells from which what helps stands beside the form
CLOSED = ("signée", "perdue")
TIMED = ("legal", "stages")  # saved as soon as they are ticked: the time counts


class SellingDeskPane(SectionedPane):
    """`record` is the opportunity in hand; one form edits it, each section shows its part of it and what helps there."""

    pane_id = "selling_desk"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__()
        self.guide, self._guide_of = Guide(), object()
        self.asked: dict[str, str] = {}  # documents asked for, id to template
        self._contact_id, self._sending = "", False
        self._awaited = False  # the form, by who came to this pane before it was there
        self.line = ContactLine()
        self.bar = SectionBar([Section(k, _(w), _(s)) for k, w, s, _n in SECTIONS], keys="Alt+→", id="selling-sections")
        self.stop_line = Static("", id="sale-stopped", markup=False)
        self.form = SaleForm(self.pane_id, lambda: words.stamp(self.state), id="sale-form")
        self.text = Static("", markup=False)
        self.law, self.quote, self.closing = LawStep(self), QuoteStep(self), ClosingStep(self)

    def title(self) -> str:
        return _("Vente")

    def compose(self) -> ComposeResult:
        yield self.line
        yield self.bar
        yield self.stop_line
        with Container(id="sale-body"):
            yield self.form
            with ContentSwitcher(initial="guide", id="sale-side"):
                yield VerticalScroll(self.text, id="guide")
                yield self.law
                yield self.quote
                yield self.closing

    def on_mount(self) -> None:
        self.form.show_only(_SHOWN["decouverte"])
        self.add_class("-decouverte")

    # --- what is in hand

    @property
    def record(self) -> Record:
        return self.form.subject.record if self.form.subject is not None else {}

    @property
    def record_id(self) -> str:
        return self.form.record_id

    @property
    def status(self) -> str:
        return str(self.record.get("status") or "découverte")

    @property
    def reference(self) -> str:
        return str(self.record.get("reference") or "")

    @property
    def cups(self) -> int | None:
        """A month, as what was noted says."""
        persons = self.form.chosen("persons")
        return cups_a_month(self.form.chosen("consumption"), int(persons) if persons.isdigit() else 0)

    def product(self) -> Record | None:
        return words.product_of(self.state, self.form.chosen("product_id"))

    # --- following the state

    def paint(self, state: DeskState) -> None:
        if state.brief is not self._guide_of:
            self._guide_of, self.guide = state.brief, read_guide(state.brief.get("documents") or ())
        self.line.show(state)
        if state.contact_id != self._contact_id and (not state.contact_id or state.contact_id in state.files):
            self._contact_id, self.asked, self._sending = state.contact_id, {}, False
            self.form.close()
            self.call_later(self._take_up)
        self.form.show_state(state)
        self._paint_beside()

    def _paint_beside(self) -> None:
        state = self.state
        stop = words.stopped(state)
        self.stop_line.display = stop is not None
        body = self.query_one("#sale-body")
        if stop is not None and body.has_focus_within:
            take_focus(self.bar)
        body.display = stop is None and bool(self._contact_id)
        if stop is not None:
            self.stop_line.update(
                Text("▲ " + _("Vente arrêtée : personne vulnérable. Rien n'est proposé ni envoyé à cette personne."), style="bold")
                .append(
                    "\n" + _("Prenez congé avec attention, sans rien conclure (abus de faiblesse : c. conso. L121-8)."), style="not bold"
                )
                .append("\n" + _("Qualifiez (F8) : {code}, sans détail de santé.").format(code=words.STOP_CODE), style="not bold")
            )
            return
        self.bar.set_sections([Section(k, _(w), _(s), " ✓" if self._done(k) else "") for k, w, s, _n in SECTIONS])
        if self.form.subject is None:
            return
        match self.bar.key:
            case "cadre":
                self.law.paint(state)
            case "devis":
                self.quote.paint(state)
            case "fin":
                self.closing.paint(state)
            case section:
                self.text.update(self._guide_text(section))

    def _guide_text(self, section: str) -> Text:
        if section == "decouverte":
            cups = self.cups
            read = _("Lu : {count} tasses par mois").format(count=cups) if cups else ""
            return words.joined([Text(read, style="bold"), words.guide_text(self.guide)])
        product = self.product()
        price = Text(words.price_words(self.state, self.guide, product, self.cups), style="bold") if product is not None else Text()
        compared = words.comparison(self.state, self.guide, self.cups, self.form.chosen("product_id"))
        return words.joined([compared, price, words.objections_text(self.guide)])

    def _done(self, section: str) -> bool:
        record, state = self.record, self.state
        match section:
            case "decouverte":
                return bool(record.get("needs") and record.get("motives"))
            case "offre":
                return bool(record.get("product_id"))
            case "devis":
                return any(d.get("template") == "devis" for d in words.documents_of(state, self.record_id))
            case "cadre":
                said = [str(one["item"]) for one in record.get("legal") or ()]
                direction, early = str(record.get("direction") or ""), bool(record.get("early_start"))
                return bool(said) and not words.not_said(said, direction, early, spoken_only=True)
            case _:
                return self.status in ("en attente de signature", *CLOSED)

    async def _take_up(self) -> None:
        """The sale this contact was in: its draft, else the one not ended, else a new one."""
        state = self.state
        if not state.contact_id:
            return
        draft = next((d for d in drafts_at(state, pane=self.pane_id, contact=state.contact_id) if d.kind == "opportunity"), None)
        if draft is not None:
            known = find_record(state, "opportunity", draft.record_id)
            await self._open(known or {**self._beginning(), "id": draft.record_id})
            return
        going = next((o for o in records(state, "opportunity") if o.get("status") not in CLOSED), None)
        await self._open(going or self._beginning())

    def _beginning(self) -> Record:
        call = self.state.call
        direction = call.direction if call is not None else "entrant"
        return {"id": str(uuid.uuid4()), "version": 0, "contact_id": self.state.contact_id, "direction": direction}

    async def _open(self, record: Record) -> None:
        here = self._awaited or (self.has_focus_within and not self.bar.has_focus)
        self._awaited = False
        options = {"product_id": words.offer_options(self.state)}
        await self.form.open(Subject("opportunity", record, self.state.contact_id, options=options), self.state, focus=here)
        self._offer_arguments()
        self._paint_beside()

    async def begin_another(self) -> None:
        await self._open(self._beginning())
        self.bar.choose("decouverte")

    # --- what is typed

    @on(FieldBox.Edited)
    def _edited(self, event: FieldBox.Edited) -> None:
        event.stop()
        name = event.box.spec.name
        if name == "product_id":
            self._take_price()
        if name in ("product_id", "motives"):
            self._offer_arguments()
        if name == "direction":
            self.form.follow_direction()
        if name in TIMED:
            self._save()
        self._paint_beside()

    def _take_price(self) -> None:
        """The catalogue's: an agent sets no price."""
        product = self.product()
        monthly = product is not None and words.is_monthly(product)
        self.form.set("price_cents", int((product or {}).get("price_cents") or 0))
        self.form.set("price_basis", "par mois" if monthly or product is None else "comptant")
        self.form.set("commitment_months", words.commitment_of(product) if product is not None and monthly else 0)

    def _offer_arguments(self) -> None:
        """Those of the motives heard, for the offer chosen; those noted stay."""
        product = self.product()
        fit = self.guide.arguments_for(self.form.listed("motives"), str((product or {}).get("name") or ""))
        kept = [one for one in self.form.listed("arguments") if one not in {a.text for a in fit}]
        editor = self.form.box("arguments").editor
        assert isinstance(editor, CheckList)
        editor.set_options([(a.text, f"{a.motive.capitalize()} · {a.text}") for a in fit] + [(one, plain_line(one)) for one in kept])

    # --- saving

    def action_save(self) -> None:
        self._save()

    def _save(self) -> bool:
        """What was typed; a stage whose fields are filled is reached with it."""
        if self.form.subject is None or words.stopped(self.state) is not None:
            return False
        if any(self.form.chosen(n) for n in ("needs", "consumption", "equipment")) or self.form.listed("motives"):
            self.form.reach("découverte")
        if self.form.chosen("product_id"):
            self.form.reach("proposition")
            if self.status == "découverte":
                self.form.set("status", "proposée")
        return self.form.save()

    def _ready_to_send(self) -> bool:
        problem = ""
        if self.status in CLOSED:
            problem = _("Cette vente est terminée.")
        elif self.product() is None:
            problem = _("Choisissez d'abord l'offre.")
        elif not reached_at(self.state, "e-mail"):
            problem = _("Aucune adresse e-mail active : notez-la dans Coordonnées.")
        if problem:
            self.post_message(Told(problem, "warning"))
        return not problem

    def send_quote(self) -> None:
        if not self._ready_to_send():
            return
        if not self.form.version or self.form.edited:
            self.post_message(Told(_("Enregistrez d'abord l'offre (Ctrl+S)."), "warning"))
            return
        self._send("devis")

    def send_offer(self) -> None:
        """Waiting for the signature first; what is to be signed leaves once that is confirmed."""
        if not self._ready_to_send():
            return
        if self.status == "en attente de signature":
            self._send(*TO_SIGN)
            return
        self.form.set("status", "en attente de signature")
        self.form.reach("conclusion")
        self._sending = self._save()

    @on(RecordForm.Confirmed)
    def _confirmed(self, event: RecordForm.Confirmed) -> None:
        event.stop()
        if self._sending and self.status == "en attente de signature":
            self._sending = False
            self._send(*TO_SIGN)
            self.ask_follow_up()
        self._paint_beside()

    def _send(self, *templates: str) -> None:
        """Those that have not been sent and are not on their way."""
        failed = {key for key, view in self.state.saves.items() if view.state in ("failed", "conflict")}
        there = {str(d.get("template")) for d in words.documents_of(self.state, self.record_id)}
        there |= {template for key, template in self.asked.items() if key not in failed}
        wanted = [template for template in templates if template not in there or template == "devis"]
        if not wanted:
            self.post_message(Told(_("Déjà envoyé : Entrée ouvre le document.")))
        for template in wanted:
            document_id = str(uuid.uuid4())
            self.asked[document_id] = template
            fields = {
                "contact_id": self.state.contact_id,
                "template": template,
                "subject_id": self.record_id,
                "channel": "e-mail",
                "sent_to": reached_at(self.state, "e-mail"),
            }
            self.post_message(SaveAsked("document", document_id, 0, fields))
        self._paint_beside()

    def ask_follow_up(self) -> None:
        """A task two days later, once."""
        product = self.product()
        if self.status in CLOSED:
            self.post_message(Told(_("Cette vente est terminée."), "warning"))
        elif not self.reference:
            self.post_message(Told(_("Enregistrez d'abord l'offre (Ctrl+S)."), "warning"))
        elif words.follow_up(self.state, self.reference) is None:
            self.post_message(follow_up_asked(self.state, self.reference, str((product or {}).get("name") or "")))
        else:
            self.post_message(Told(_("La relance est déjà prévue.")))

    def lose(self) -> None:
        if not self.form.chosen("refusal_reason"):
            self.post_message(Told(_("Indiquez le motif de refus."), "warning"))
            take_focus(self.form.box("refusal_reason").editor)
            return
        self.form.set("status", "perdue")
        self.form.reach("conclusion")
        self._save()

    def stop_sale(self) -> None:
        """The sale ends, nothing has left; the rest is a proper goodbye and the qualification."""
        self.form.set("refusal_reason", "non éligible")
        remark = self.form.chosen("remark")
        self.form.put("remark", f"{words.STOP_CODE} : vente arrêtée, rien proposé ni envoyé" + (f"\n{remark}" if remark else ""))
        self.form.set("status", "perdue")
        self.form.save()

    # --- moving about

    def opened(self, state: DeskState) -> None:
        super().opened(state)
        self._focus_section()

    @on(SectionBar.Chosen)
    def _section_chosen(self, event: SectionBar.Chosen) -> None:
        event.stop()
        here = self.focus_goes_along
        side = self.query_one("#sale-side", ContentSwitcher)
        side.current = event.key if event.key in ("cadre", "devis", "fin") else "guide"
        for key, *_rest in SECTIONS:
            self.set_class(key == event.key, f"-{key}")
        self.form.show_only(_SHOWN[event.key])
        self._paint_beside()
        if here:
            self._focus_section()

    def _focus_section(self) -> None:
        if self.form.subject is None or words.stopped(self.state) is not None:
            self._awaited = self.form.subject is None
            take_focus(self.bar)
        elif self.bar.key == "devis":
            take_focus(self.quote.query_one("#send-quote"))
        elif self.bar.key == "fin" and not _closed_or_waiting(self.status):
            take_focus(self.closing.query_one("#send-offer"))
        else:
            self.form.focus_first()

    @on(RecordForm.Left)
    def _left(self, event: RecordForm.Left) -> None:
        event.stop()
        take_focus(self.bar)

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= BESIDE, "-beside")


def _closed_or_waiting(status: str) -> bool:
    return status in ("en attente de signature", *CLOSED)
