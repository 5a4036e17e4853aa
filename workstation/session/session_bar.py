"""The two lines on top, whatever is below: the link and the hour; the session, who is where, what the room has not answered yet."""

from __future__ import annotations

import time
from pathlib import Path

from rich.text import Text

from workstation.i18n import _
from workstation.session import view
from workstation.session.state import SessionState
from workstation.ui.plain_text import fitted, plain
from workstation.ui.widgets.lines import TONE_STYLES, Line, link_words


def first_line(state: SessionState, now: float, width: int) -> Text:
    hour = time.strftime("%H:%M:%S", time.localtime(now + state.clock_offset))
    told = view.session(state)
    title = plain(told.get("title") or _("aucune session"), "bold")
    return fitted([(link_words(state), 0), (title, 1), (plain(told.get("label") or ""), 3), (Text(hour, "bold"), 0)], width)


def second_line(state: SessionState, width: int) -> Text:
    role = Text(_(view.ROLE_WORDS[state.role]))
    named = view.candidates(state)
    stopped = [one for one in named if view.frozen(one)]
    running = [one for one in named if view.phase(one) and not view.frozen(one)]
    cut = [one for one in named if one.get("opened") and not view.over(one) and not one.get("connected")]
    parts = [(role, 2), (Text(_("{count} candidat(s)").format(count=len(named))), 2)]
    parts.append((Text("► " + _("{count} en cours").format(count=len(running))), 1))
    if stopped:
        numbers = ", ".join(str(one["number"]) for one in stopped)
        parts.append((Text(" ‖ " + _("TEMPS ARRÊTÉ : {numbers}").format(numbers=numbers) + " ", TONE_STYLES["warning"]), 0))
    if cut:
        numbers = ", ".join(str(one["number"]) for one in cut)
        parts.append((Text(" ✕ " + _("POSTE COUPÉ : {numbers}").format(numbers=numbers) + " ", TONE_STYLES["error"]), 0))
    if state.asked:
        late = any(one.late for one in state.asked.values())
        words = _("NON CONFIRMÉ : {count}") if late else _("demandes en cours : {count}")
        parts.append((Text("… " + words.format(count=len(state.asked)), "bold" if late else "italic"), 0))
    return fitted(parts, width)


class SessionBar(Line):
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__(id="session-bar")

    def show(self, state: SessionState, now: float) -> None:
        self.put(Text("\n").join([first_line(state, now, self.cells), second_line(state, self.cells)]))
