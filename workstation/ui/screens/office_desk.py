"""Office tools (annexe 1): spreadsheet, calculator, calendar, scratch paper."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import ContentSwitcher

from workstation.desk.state import DeskState
from workstation.i18n import N_, _
from workstation.ui.messages import Told, Traced
from workstation.ui.pane import Pane
from workstation.ui.screens.calculator import Calculator, Field, give
from workstation.ui.screens.calendar_page import CalendarPage
from workstation.ui.screens.scratch_page import ScratchPage
from workstation.ui.screens.sheet_page import SheetPage
from workstation.ui.widgets.section_bar import Section, SectionBar

SECTIONS = (
    ("sheet-page", N_("Tableur"), N_("Tabl.")),
    ("calculator-page", N_("Calculatrice"), N_("Calc.")),
    ("calendar-page", N_("Calendrier"), N_("Cal.")),
    ("scratch-page", N_("Brouillon"), N_("Brou.")),
)


class OfficeDeskPane(Pane[DeskState]):
    pane_id = "office_desk"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("alt+right", "section(1)", show=False),
        Binding("alt+left", "section(-1)", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(id=self.pane_id)
        self.state = DeskState()
        self.bar = SectionBar([Section(k, _(w), _(s)) for k, w, s in SECTIONS], keys="Alt+← Alt+→", id="office-sections")
        self.sheet, self.calendar, self.scratch = SheetPage(), CalendarPage(), ScratchPage()
        self.calculator = Calculator(id="calculator-page")
        self.pages = ContentSwitcher(self.sheet, self.calculator, self.calendar, self.scratch, initial="sheet-page", id="office-pages")
        self._field: Field | None = None  # where a result may go: last typed in before this pane came to the front

    def title(self) -> str:
        return _("Bureautique")

    def compose(self) -> ComposeResult:
        yield self.bar
        yield self.pages

    def show_state(self, state: DeskState) -> None:
        self.state = state
        self.sheet.show(state)
        self.calendar.show(state)
        self.scratch.show(state)

    def opened(self, state: DeskState) -> None:
        field: Field | None = getattr(self.app, "field_in_hand", None)
        if field is not None and self not in field.ancestors:
            self._field = field
        self.show_state(state)
        self.post_message(Traced("ScreenOpened", screen=self.pane_id))
        self._look()

    def _look(self) -> None:
        match self.pages.current:
            case "calculator-page":
                self.calculator.open()
            case "calendar-page":
                self.calendar.first_look()
            case "scratch-page":
                self.scratch.first_look()
            case _:
                self.sheet.first_look()

    def action_section(self, by: int) -> None:
        self.bar.action_step(by)

    @on(SectionBar.Chosen)
    def _section_chosen(self, event: SectionBar.Chosen) -> None:
        event.stop()
        here = not self.bar.has_focus
        self.pages.current = event.key
        if here:
            self._look()

    @on(Calculator.Wanted)
    def _result_wanted(self, event: Calculator.Wanted) -> None:
        event.stop()
        words = give(event.text, self._field if event.how == "insert" else None, self.app.copy_to_clipboard, focus=False)
        self.post_message(Told(words))

    def action_save(self) -> None:
        if self.pages.current == "sheet-page":
            self.sheet.save()
        else:
            self.post_message(Told(_("Rien à enregistrer ici.")))
