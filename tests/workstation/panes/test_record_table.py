"""The cursor of a list whose rows change under it."""

from __future__ import annotations

from textual.app import App, ComposeResult

from workstation.ui.widgets.record_table import Column, RecordTable, Row


class Shown(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.table = RecordTable([Column("Nom")])

    def compose(self) -> ComposeResult:
        yield self.table


def rows(*keys: str) -> list[Row]:
    return [Row(key, (key,)) for key in keys]


async def test_the_cursor_follows_its_row_and_stays_where_it_was_when_that_row_is_gone() -> None:
    app = Shown()
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        app.table.set_rows(rows("a", "b", "c"))
        app.table.move_cursor(row=1)
        app.table.set_rows(rows("new", "a", "b", "c"))
        assert app.table.row_key == "b"
        app.table.set_rows(rows("new", "a", "c"))
        assert app.table.row_key == "c"
        app.table.set_rows(rows("new"))
        assert app.table.row_key == "new"
        app.table.set_rows([])
        assert app.table.row_key == ""
