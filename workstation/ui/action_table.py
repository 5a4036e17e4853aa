"""What a table of actions is made of: bindings, key line, help, palette and the Ctrl+G menu are all read from one.

Keys are function keys and Ctrl or Alt chords only, so that they work while a field is being typed in. Left alone because
terminals or fields take them: F1, F10, F11, Ctrl+A/B/C/D/E/F/H/I/J/K/M/U/V/W/X/Y/Z, Alt+B, Alt+F.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic

from textual.binding import Binding

from cti.phone.port import Capability
from workstation.desk.state import C, Softphone
from workstation.i18n import _
from workstation.ui.widgets.choice_list import Choice

LEADER = "ctrl+g"


@dataclass(frozen=True)
class Action(Generic[C]):
    """`second` is another chord, or a letter or digit after Ctrl+G when it has one character. `needs` is a capability of the phone.
    `why_not` gives "" when the action makes sense now, else the reason in French."""

    id: str
    key: str
    second: str
    label: str
    group: str
    why_not: Callable[[C], str]
    needs: Capability | None = None

    @property
    def name(self) -> str:
        return _(self.label)

    def blocked(self, state: C) -> str:
        """The reason why not now; "" when it can be done."""
        phone = state.phone if isinstance(state, Softphone) else None
        if self.needs is not None and phone is not None and phone.state == "ready" and self.needs not in phone.capabilities:
            return _("Ce téléphone ({engine}) ne sait pas le faire.").format(engine=phone.engine)
        return self.why_not(state)

    @property
    def bindings(self) -> str:
        """Every Textual key of it, comma separated."""
        return self.key if len(self.second) == 1 else f"{self.key},{self.second}"

    @property
    def key_words(self) -> tuple[str, str]:
        """Both keys as people read them."""
        second = f"{key_word(LEADER)} {self.second}" if len(self.second) == 1 else key_word(self.second)
        return key_word(self.key.split(",")[0]), second


def shifted(number: str) -> str:
    """The keys of Shift and a function key: most terminals send the twelve further ones in its place."""
    return f"f{int(number) + 12},shift+f{number}"


def key_word(key: str) -> str:
    """ctrl+s → Ctrl+S, f3 → F3, f15 → Maj+F3."""
    if re.fullmatch(r"f(1[3-9]|2[0-4])", key):
        return _("Maj") + f"+F{int(key[1:]) - 12}"
    return "+".join(part.upper() if len(part) <= 3 and part not in ("alt", "up") else part.capitalize() for part in key.split("+"))


def bindings(actions: Sequence[Action[C]]) -> list[Binding]:
    """One priority binding an action: they work while a field is being typed in."""
    return [
        Binding(action.bindings, f"perform('{action.id}')", action.label, id=action.id, priority=True, show=False, system=True)
        for action in actions
    ]


def menu_choices(actions: Sequence[Action[C]], state: C) -> tuple[Choice, ...]:
    """Every action but the menu's own, by group, with the letter that follows Ctrl+G where it has one, and its key."""
    choices: list[Choice] = []
    group = ""
    for action in actions:
        if action.key == LEADER:
            continue
        if action.group != group:
            group = action.group
            choices.append(Choice("", _(group)))
        first, second = action.key_words
        hot = action.second if len(action.second) == 1 else ""
        choices.append(Choice(action.id, action.name, hot, action.blocked(state), first if hot else f"{first} / {second}"))
    return tuple(choices)
