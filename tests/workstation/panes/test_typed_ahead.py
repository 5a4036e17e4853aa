"""Keys typed faster than the screen follows do what they would have done one by one."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType

from workstation.ui.widgets.check_list import CheckList
from workstation.ui.widgets.picker import Picker
from workstation.ui.widgets.section_bar import Section, SectionBar


class Fields(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "focus_next", priority=True)]  # as the desk has it

    def __init__(self) -> None:
        super().__init__()
        self.picker = Picker((("", "—"), ("ABOUTI", "ABOUTI"), ("NRP", "NRP")))
        self.codes = CheckList((("PROMESSE", "Promesse"), ("ECHEANCIER", "Échéancier"), ("LITIGE", "Litige")))

    def compose(self) -> ComposeResult:
        yield self.picker
        yield self.codes


async def test_a_choice_made_just_before_tab_is_kept() -> None:
    app = Fields()
    async with app.run_test() as pilot:
        app.picker.focus()
        await pilot.pause()
        # as from a terminal: all keys are in the queue before the first is acted on
        for key in ("right", "tab", "down", "space"):
            app.simulate_key(key)
        await pilot.pause()
        await pilot.pause()
        assert app.picker.value == "ABOUTI"
        assert app.codes.value == ["ECHEANCIER"]


class Bar(App[None]):
    def __init__(self, ticked: bool) -> None:
        super().__init__()
        mark = " ✓" if ticked else ""
        words = (("Motif et relances", "Motif"), ("Échéancier", "Échéancier"), ("Promesse", "Promesse"), ("Lien et mandat", "Lien/mandat"))
        self.bar = SectionBar([Section(w, w, s, mark) for w, s in words])

    def compose(self) -> ComposeResult:
        yield self.bar


async def test_marks_are_kept_and_words_are_shortened_where_there_is_no_room() -> None:
    for ticked, width, wanted in (
        (False, 62, "Motif et relances │ Échéancier │ Promesse │ Lien et mandat"),
        (True, 62, "Motif et relances ✓  Échéancier ✓  Promesse ✓  Lien/mandat ✓"),
        (True, 48, "Motif et relances  Échéancier  Promesse  Lien/mandat"),
    ):
        app = Bar(ticked)
        async with app.run_test(size=(width, 5)) as pilot:
            await pilot.pause()
            assert str(app.bar.render()).strip() == wanted, (ticked, width)
