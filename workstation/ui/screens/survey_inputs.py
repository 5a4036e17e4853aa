"""The fields in which an answer is typed: a number or a key, or what is said; no card number stays in either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, TextArea

from crm_mock.rules import card_numbers
from workstation.ui.messages import Traced

if TYPE_CHECKING:
    from workstation.ui.screens.survey_steps import QuestionStep


def masked(asker: Vertical, editor: Input | TextArea) -> str:
    """What the editor holds, card numbers masked in it too: they would go to drafts on disk (CNIL 2018-303)."""
    typed = editor.value if isinstance(editor, Input) else editor.text
    if not card_numbers.find(typed):
        return typed
    clean = card_numbers.mask(typed)
    if isinstance(editor, Input):
        editor.value = clean
    else:
        editor.load_text(clean)
        editor.move_cursor(editor.document.end)
    asker.post_message(Traced("CardNumberRefused", field="answers").set_sender(asker))
    return clean


class Response(Input):
    """A number or a key. Enter acts in its turn among the keys: what is typed next finds the next question."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "step(-1)", show=False),
        Binding("down", "step(1)", show=False),
    ]

    def __init__(self, step: QuestionStep, **options: Any) -> None:
        super().__init__(compact=True, **options)
        self.step = step

    async def action_submit(self) -> None:
        self.step.enter()

    def action_step(self, by: int) -> None:
        self.step.action_step(by)

    async def _on_key(self, event: events.Key) -> None:  # the Input's own follows, unless prevented
        if event.character == "+" and self is self.step.response:  # no answer has one: as in lists, it begins something new
            event.stop()
            event.prevent_default()
            await self.step.desk.action_complain()


class Verbatim(TextArea):
    """Several lines of what is said; Enter enters it, the arrows leave it at its first and last lines."""

    def __init__(self, step: QuestionStep, **options: Any) -> None:
        super().__init__(compact=True, show_line_numbers=False, tab_behavior="focus", soft_wrap=True, **options)
        self.step = step

    async def _on_key(self, event: events.Key) -> None:  # the TextArea's own follows, unless prevented
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.step.enter()

    def action_cursor_up(self, select: bool = False) -> None:
        if select or not self.cursor_at_first_line:
            super().action_cursor_up(select)
        else:
            self.step.action_step(-1)

    def action_cursor_down(self, select: bool = False) -> None:
        if select or not self.cursor_at_last_line:
            super().action_cursor_down(select)
        else:
            self.step.action_step(1)
