"""All the keys, by group, from the table of actions; and the journal of what the program has said."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from workstation.desk.state import C
from workstation.i18n import _
from workstation.ui.action_table import Action
from workstation.ui.screens.dialog import Dialog
from workstation.ui.widgets.lines import notice_text
from workstation.ui.widgets.static import Static


def help_text(state: C, actions: Sequence[Action[C]], everywhere: str) -> Text:
    """`everywhere`: lines on the keys that are the same whatever is in front."""
    text = Text()
    group = ""
    for action in actions:
        if action.group != group:
            group = action.group
            text.append(f"{_(group)}\n", "bold underline")
        first, second = action.key_words
        why = action.blocked(state)
        text.append(f"  {first:<9} {second:<11}", "bold")
        text.append(action.name, "dim" if why else "")
        text.append(f"  ({why})\n" if why else "\n", "dim italic")
    text.append(_("\nPartout\n"), "bold underline")
    text.append(everywhere)
    text.append(_("  Tab, Maj+Tab : champ suivant, précédent.  Échap : fermer.\n"))
    text.append(_("  Ctrl+G puis une lettre ou un chiffre : le menu, si votre terminal garde des touches pour lui.\n"))
    return text


class Help(Dialog[C]):
    def __init__(self, state: C, actions: Sequence[Action[C]], everywhere: str) -> None:
        super().__init__("help", _("Toutes les touches"), state)
        self.text = Static(help_text(state, actions, everywhere), markup=False)

    def body(self) -> ComposeResult:
        with VerticalScroll(classes="room"):
            yield self.text


class Messages(Dialog[C]):
    """Newest first."""

    def __init__(self, state: C) -> None:
        super().__init__("messages", _("Journal des messages"), state)
        self.text = Static("", markup=False)

    def body(self) -> ComposeResult:
        with VerticalScroll(classes="room"):
            yield self.text

    def on_mount(self) -> None:
        super().on_mount()
        self.show_state(self.state)

    def show_state(self, state: C) -> None:
        super().show_state(state)
        lines = [notice_text(notice) for notice in reversed(state.notices)]
        self.text.update(Text("\n").join(lines) if lines else Text(_("Rien encore.")))
