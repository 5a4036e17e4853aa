"""The hint as whoever plays the customer sees it: not yet, to give, given; its words in full once it is due."""

from __future__ import annotations

from rich.text import Text

from workstation.desk.words import duration
from workstation.i18n import _
from workstation.jury.console import exam_view as exam
from workstation.jury.console.hint_view import Hint, hint_of
from workstation.jury.console.state import JuryState
from workstation.ui.plain_text import one_line

KEY = "0"  # that notes it, on the customer's sheet


def hint_stage(hint: Hint, state: JuryState) -> str:
    """`pas encore : dans 02:13`, with its minute."""
    since = _("dès {minutes} min").format(minutes=hint.after)
    if hint.given:
        return _("INDICE donné à {at}").format(at=hint.given) + ("" if hint.saved else " …")
    if hint.left is None:
        return _("INDICE s'il est bloqué, {since}").format(since=since)
    if hint.due:
        return _("INDICE À DONNER s'il est bloqué ({since})").format(since=since)
    words = _("INDICE pas encore : dans {time} ({since})").format(time=duration(hint.left), since=since)
    return f"{words} · " + _("temps arrêté") if exam.frozen(state) else words


def hint_text(state: JuryState, simulation: str, now: float, width: int, *, roomy: bool) -> Text:
    """One line, and the words under it where they are due or there is room; nothing for a persona without a hint."""
    hint = hint_of(state, simulation, now)
    if hint is None:
        return Text("")
    tick = "[x]" if hint.given else "[ ]"
    line = Text(f"{KEY} {tick} ").append(hint_stage(hint, state), "bold reverse" if hint.due else "bold" if hint.given else "")
    line.truncate(width, overflow="ellipsis")
    if not (hint.due or roomy):
        return line
    words = Text("    « ").append(one_line(hint.says), "bold" if hint.due else "italic").append(" »")
    if not hint.due:
        words.truncate(width, overflow="ellipsis")
    return line.append("\n").append_text(words)
