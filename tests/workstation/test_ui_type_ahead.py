"""Keys struck faster than the desk handles them: each letter lands where it would have on an idle machine."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.widgets import TextArea

from tests.workstation.desk_of_tests import Desk, running_desk
from tests.workstation.test_ui_shell import PANES, FilePane, SearchPane
from tests.workstation.wait import wait_for
from workstation.jury.widgets.row_list import Row, RowList
from workstation.ui.screens.dialog import Dialog
from workstation.ui.screens.notes import NotesPane

NAMES = {"\t": "tab", "\b": "backspace", "\x15": "ctrl+u"}


def strike(desk: Desk, text: str) -> None:
    """All at once, as they wait in a busy terminal."""
    for character in text:
        desk.app.post_message(events.Key(NAMES.get(character, character), character if character.isprintable() else None))


async def test_letters_keys_that_edit_and_tab_keep_their_order(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES) as desk:
        await desk.signed_in()
        pane = desk.app.panes["customer_file"]
        assert isinstance(pane, FilePane)
        desk.app.show_pane("customer_file")
        pane.field.focus()
        await desk.pilot.pause()
        area = pane.query_one(TextArea)
        strike(desk, "faux\x1512 rue Xs\b\bdes Lilas\tSaint-Orme\b\bme-le-Haut")
        await wait_for(lambda: area.text.endswith("Haut") or pane.field.value.endswith("Haut"), "the last letter")
        assert (pane.field.value, area.text) == ("12 rue des Lilas", "Saint-Orme-le-Haut")


class ListedPane(FilePane):
    BINDINGS = [Binding("down", "to_list", show=False)]  # noqa: RUF012 - Textual's own way

    def action_to_list(self) -> None:
        self.query_one(TextArea).focus()


async def test_the_down_arrow_leaves_a_field_of_one_line_for_what_its_pane_does_with_it(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=(ListedPane, SearchPane)) as desk:
        await desk.signed_in()
        pane = desk.app.panes["customer_file"]
        assert isinstance(pane, FilePane)
        desk.app.show_pane("customer_file")
        pane.field.focus()
        await desk.pilot.pause()
        await desk.pilot.press("down")
        await wait_for(lambda: pane.query_one(TextArea).has_focus, "the pane's own key")


async def test_what_is_typed_right_after_the_notes_were_called_for_is_in_the_note(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=(*PANES, NotesPane)) as desk:
        await desk.signed_in()
        notes = desk.app.panes["notes"]
        assert isinstance(notes, NotesPane)
        await wait_for(lambda: notes.form.subject is not None and notes.form.box("text").editor.is_mounted, "an empty note")
        desk.app.post_message(events.Key("alt+8", None))
        strike(desk, "rappeler lundi")
        editor = notes.form.box("text").editor
        assert isinstance(editor, TextArea)
        await wait_for(lambda: editor.text.endswith("lundi"), "the last letter")
        assert editor.text == "rappeler lundi"


async def test_what_is_typed_right_before_ctrl_s_is_saved_whole(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES) as desk:
        await desk.signed_in()
        pane = desk.app.panes["customer_file"]
        assert isinstance(pane, FilePane)
        desk.app.show_pane("customer_file")
        pane.field.focus()
        await desk.pilot.pause()
        strike(desk, "rappeler lundi à neuf heures")
        desk.app.post_message(events.Key("ctrl+s", None))
        await wait_for(lambda: desk.room.puts, "the save")
        assert desk.room.puts[0]["fields"]["text"] == "rappeler lundi à neuf heures"


async def test_enter_is_for_what_was_in_front_when_it_was_struck(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES) as desk:
        await desk.signed_in()
        pane = desk.app.panes["customer_file"]
        desk.app.show_pane("customer_file")
        rows = RowList()
        await pane.mount(rows)
        rows.set_rows([Row("one", Text("une ligne"))])
        rows.focus()
        await desk.pilot.pause()
        desk.app.post_message(events.Key("enter", "\r"))
        desk.app.post_message(events.Key("ctrl+q", None))
        await desk.until("Quitter le poste")
        await desk.pilot.pause()
        assert isinstance(desk.app.screen, Dialog)
