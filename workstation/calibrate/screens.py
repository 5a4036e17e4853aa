"""The panes of a calibration: the jury's grid and its sharing over one recorded call, what the journal shows of that call, and the grids
of a class side by side. Nothing counts, nothing suggests; words, no colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol, cast

from rich.text import Text
from textual.binding import Binding, BindingType

from cti.phone.audio.playback import Playback
from scenarios.training.calibration import Calibration, CalibrationFact, is_reason, reason_words
from workstation.desk.words import duration
from workstation.i18n import _, labelled
from workstation.jury.console import exam_view as exam
from workstation.jury.console import room_view as view
from workstation.jury.console.state import JuryState
from workstation.jury.screens.deliberation import SHARING, Deliberation, mark_word
from workstation.jury.screens.exam_pane import ExamPane
from workstation.jury.screens.grid import Grid
from workstation.jury.widgets.row_list import Row, RowList, said

INDENT = 6
_PLAYER_KEYS: list[BindingType] = [
    Binding("space", "app.perform('call.play')", show=False),
    Binding("comma", "app.perform('call.back')", show=False),
    Binding("semicolon", "app.perform('call.forward')", show=False),
]


class Listening(Protocol):
    """The app whose call these panes are about; `playback` None where its sound is not here."""

    about: Calibration
    playback: Playback | None


class OfCall(ExamPane):
    """A pane over one call; keys that play it where no field is being typed in."""

    BINDINGS: ClassVar[list[BindingType]] = _PLAYER_KEYS

    @property
    def listening(self) -> Listening:
        return cast(Listening, self.app)

    def on_mount(self) -> None:
        self.head.display = False

    def show_time(self) -> None:
        """The bar on top says which call it is, and where it stands."""


class CallGrid(OfCall, Grid):
    """The jury's own."""


class Sharing(OfCall, Deliberation):
    """Closing one's grid, for good."""

    def title(self) -> str:
        return _("Partage")

    def sections(self, state: JuryState) -> tuple[str, ...]:
        return (SHARING,)


class CallFacts(OfCall):
    """What the journal shows, second by second of the call; Enter plays from there."""

    pane_id = "facts"

    def title(self) -> str:
        return _("Journal de l'appel")

    def rows(self, state: JuryState) -> Sequence[Row]:
        now = self._now()
        return [Row(str(place), _fact_text(one, place == now), 10) for place, one in enumerate(self.listening.about.facts)]

    def _now(self) -> int:
        """The last fact that has come."""
        playback = self.listening.playback
        if playback is None:
            return -1
        passed = [place for place, one in enumerate(self.listening.about.facts) if one.second <= playback.position]
        return passed[-1] if passed and playback.position else -1

    def show_time(self) -> None:
        self.list.set_rows(self.rows(self.state))

    def hint(self, state: JuryState) -> str:
        return _("Entrée : écouter à partir de là")

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        event.stop()
        playback = self.listening.playback
        if playback is not None and event.row_id:
            playback.go_to(max(0.0, self.listening.about.facts[int(event.row_id)].second))
            playback.play()
            self.show_time()


def _fact_text(one: CalibrationFact, now: bool) -> Text:
    sign = "-" if one.second <= -1 else "+"
    clock = f"{'►' if now else ' '} {sign}{duration(abs(one.second))}"
    return Text(f"{clock:<9} ", "bold" if now else "").append_text(said(one.text))


class Compared(OfCall):
    """Everybody's marks and reasons, criterion by criterion, those where people differ first."""

    pane_id = "grid"

    def title(self) -> str:
        return _("Grilles côte à côte")

    def rows(self, state: JuryState) -> Sequence[Row]:
        told, rows = view.records(exam.grid(state).get("compared")), list[Row]()
        for differs, title in ((True, _("RÉPONSES DIFFÉRENTES")), (False, _("MÊMES RÉPONSES"))):
            own = [str(one.get("criterion")) for one in told if bool(one.get("differs")) is differs]
            rows += [Row("", Text(title, "bold underline"))] if own else []
            rows += [Row(f"criterion:{id}", self._criterion(state, id), INDENT) for id in own]
        others = [note for note in exam.notes(state) if _is_remark(state, note.text)]
        rows += [Row("", Text(_("REMARQUES"), "bold underline"))] if others else []
        rows += [Row(f"note:{note.id}", said(labelled(exam.juror_name(state, note.juror), note.text)), INDENT) for note in others]
        return rows

    def _criterion(self, state: JuryState, id: str) -> Text:
        text = said(f"{id} {exam.criterion_text(state, id)}", "bold")
        for seat in exam.jurors(state):
            mark = mark_word(exam.marks_of(state, seat).get(id))
            why = [reason_words(note.text, id) for note in exam.notes(state) if note.juror == seat and is_reason(note.text, id)]
            text.append("\n").append_text(said(labelled(exam.juror_name(state, seat), mark)))
            text.append_text(said(f" — {' / '.join(why)}") if why else Text())
        return text

    def hint(self, state: JuryState) -> str:
        return _("Espace : écouter. Ce qui diffère se parle ; le programme ne compte pas et ne tranche pas.")


def _is_remark(state: JuryState, text: str) -> bool:
    return not any(is_reason(text, id) for one in exam.competences(state) for id in exam.criteria(one))
