"""The written replies as they are handed in, beside what was agreed on the telephone and stands in the file: facts only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from workstation.desk.state import Record
from workstation.i18n import N_, _, labelled
from workstation.jury.console import exam_view as exam
from workstation.jury.console import room_view as view
from workstation.jury.console.events import EvidenceWanted
from workstation.jury.console.state import JuryState
from workstation.jury.screens.exam_pane import ExamPane
from workstation.jury.widgets.row_list import Row, RowList, said
from workstation.ui.happened import Happened
from workstation.ui.plain_text import plain

SIDE_BY_SIDE = 100  # cells
REPLY_STATES = {"remise": N_("REMISE"), "brouillon": N_("COMMENCÉE, NON REMISE")}
INDENT = 4


def written_simulations(state: JuryState) -> list[str]:
    """Those whose competence has criteria of a written reply, in the sitting's order."""
    asked = {str(one.get("id")) for one in exam.competences(state) if one.get("written")}
    return [str(one.get("id")) for one in view.simulations(state) if one.get("competence") in asked]


def reply_of(state: JuryState, simulation: str) -> Record:
    """The one handed in, else the first begun; {} none."""
    own = [one for one in state.replies.values() if one.get("simulation") == simulation]
    return next((one for one in own if one.get("status") == "remise"), own[0] if own else {})


class Replies(ExamPane):
    pane_id = "replies"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "page(1)", show=False),
        Binding("left", "page(-1)", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.simulation = ""
        self.side = RowList(id="replies-facts")
        self._both = Container(self.list, self.side, classes="both")
        self._asked: object = None
        self._in_front = False

    def title(self) -> str:
        return _("Écrits")

    def compose(self) -> ComposeResult:
        yield self.head
        yield self.above
        yield self._both
        yield self._line
        yield self._hint

    def show_state(self, state: JuryState) -> None:
        known = written_simulations(state)
        if self.simulation not in known:
            self.simulation = next(iter(known), "")
        super().show_state(state)
        self.side.set_rows(self._fact_rows(state) if exam.grid(state) else ())
        self._ask(state)

    def _ask(self, state: JuryState) -> None:
        """The facts, each time the reply in front has changed."""
        wanted = (exam.sitting(state), self.simulation, reply_of(state, self.simulation))
        if self.simulation and wanted != self._asked and self._in_front and exam.grid(state):
            self._asked = wanted
            self.post_message(Happened(EvidenceWanted(self.simulation)))

    def opened(self, state: JuryState) -> None:
        self._in_front, self._asked = True, None
        super().opened(state)

    def on_resize(self) -> None:
        super().on_resize()
        self._both.styles.layout = "horizontal" if self.size.width >= SIDE_BY_SIDE else "vertical"

    def above_words(self, state: JuryState) -> Text:
        if not self.simulation:
            return plain(_("Aucune réponse écrite dans cette session."), "bold")
        one = view.simulation(state, self.simulation)
        return plain(f"◄ ► {self.simulation} {one.get('competence') or ''} {one.get('title') or ''}", "bold")

    def rows(self, state: JuryState) -> Sequence[Row]:
        if not self.simulation:
            return ()
        reply = reply_of(state, self.simulation)
        if not reply:
            return [Row("state", Text(_("Rien n'est encore écrit."), "bold"))]
        status = _(REPLY_STATES.get(str(reply.get("status")), "")) or str(reply.get("status") or "")
        checked = " · " + _("avec correcteur (permis par la session)") if reply.get("spellcheck") else ""
        rows = [Row("state", said(f"{status} · {reply.get('channel') or ''}{checked}", "bold"))]
        for name, word in (("sent_to", _("À")), ("subject", _("Objet"))):
            if reply.get(name):
                rows.append(Row(name, said(labelled(word, str(reply[name])))))
        body = str(reply.get("body") or "").splitlines()
        return [*rows, *(Row(f"line{place}", said(line)) for place, line in enumerate(body))]

    def _fact_rows(self, state: JuryState) -> list[Row]:
        if not self.simulation:
            return []
        report = state.evidence.get(self.simulation)
        if not report:
            words = _("Faits du dossier : lecture…") if report is None else _("Simulation pas encore jouée.")
            return [Row("none", Text(words))]
        rows = [Row("", Text(_("L'ACCORD AU DOSSIER"), "bold underline"))]
        for place, one in enumerate(view.records(report.get("records"))):
            rows.append(Row(f"record{place}", _record_words(one), INDENT))
        written = view.record(report.get("written"))
        rows.append(Row("", Text(_("DANS LA RÉPONSE"), "bold underline")))
        for place, one in enumerate(view.records(written.get("mentions"))):
            rows.append(Row(f"mention{place}", said(_mention_words(one)), INDENT))
        blanks = [str(one) for one in written.get("blanks") or ()]
        if blanks:
            rows.append(Row("blanks", said(labelled(_("Champs du modèle laissés tels quels"), ", ".join(blanks))), INDENT))
        if written.get("remark"):
            rows.append(Row("length", said(labelled(_("Longueur"), str(written["remark"]))), INDENT))
        return rows

    def hint(self, state: JuryState) -> str:
        return _("← → autre réponse  ↑ ↓ lire  Tab : la réponse, les faits")

    def action_page(self, by: int) -> None:
        known = written_simulations(self.state)
        if self.simulation in known:
            self.simulation = known[(known.index(self.simulation) + by) % len(known)]
            self.show_state(self.state)
            self.list.action_end_of(0)


def _record_words(one: Record) -> Text:
    """A record of the agreement as it stands, each field with what was expected where it differs."""
    text = said(str(one.get("label") or ""), "bold")
    if not one.get("record_id") and not one.get("same"):
        return text.append(" : " + _("absent du dossier"))
    for field in view.records(one.get("fields")):
        line = labelled(str(field.get("label") or ""), str(field.get("actual") or "–"))
        if not field.get("same"):
            line += " " + _("≠ attendu : {wanted}").format(wanted=field.get("wanted") or "–")
        text.append("\n").append_text(said(line))
    return text


def _mention_words(one: Record) -> str:
    label, found, missing = str(one.get("label") or ""), one.get("found") or (), one.get("missing") or ()
    if one.get("absent"):
        words = _("rien de tel dans le texte") if one.get("same") else _("≠ le texte contient : {what}").format(what=", ".join(found))
    else:
        words = _("dans le texte") if one.get("same") else _("≠ non trouvé dans le texte : {what}").format(what=", ".join(missing))
    return labelled(label, words)
