"""A written conversation in words: who wrote what and when, what is on the room's disk, how long everybody has waited. Pure."""

from __future__ import annotations

import textwrap

from rich.text import Text

from workstation.desk.state import ChatMessage, ChatView, DeskState
from workstation.desk.words import duration, scenario_now
from workstation.i18n import _, labelled
from workstation.ui.plain_text import fitted
from workstation.ui.widgets.value_text import plain_line, plain_lines

CONFIRMED, WAITING, REFUSED = "✓", "…", "✕"


def hour(state: DeskState, at: float) -> str:
    """Of the sitting's own clock."""
    clock = scenario_now(state, at)
    return f"{clock:%H:%M:%S}" if clock is not None else ""


def visitor(chat: ChatView) -> str:
    return plain_line(chat.visitor) or _("Visiteur")


def status_words(chat: ChatView) -> str:
    if not chat.offered_at:
        return ""
    if chat.closed_at is not None:
        if chat.accepted_at is None:
            return "✕ " + _("manquée")
        return "✕ " + (_("terminée par vous") if chat.closed_by == "conseiller" else _("la personne est partie"))
    if chat.accepted_at is None:
        return "◆ " + _("présentée")
    return "▤ " + (_("fin demandée…") if chat.asked == "close" else _("ouverte"))


def timer_words(chat: ChatView, now: float) -> list[str]:
    """First answer, who has been waiting for whom, whole time: elapsed only, nothing is a target."""
    end = chat.closed_at if chat.closed_at is not None else now
    first = chat.answered_at if chat.answered_at is not None else end
    words = [_("1re réponse {time}").format(time=duration(first - chat.offered_at))]
    if chat.open and chat.messages:
        last = chat.messages[-1]
        waits = _("client muet {time}") if last.who == "conseiller" else _("client attend {time}")
        words.append(waits.format(time=duration(now - last.at)))
    words.append(_("total {time}").format(time=duration(end - chat.offered_at)))
    return words


def head_words(chat: ChatView | None, now: float, width: int) -> Text:
    if chat is None or not chat.offered_at:
        return Text(_("Aucune conversation : elle vous sera présentée quand vous serez prêt."), style="italic")
    status = Text(f"{visitor(chat)} · {status_words(chat)}", style="bold")
    timers = [Text(words) for words in timer_words(chat, now)]
    typing = Text("✎ " + _("écrit…"), style="italic") if now < chat.typing_until else Text("")
    return fitted([(status, 0), (typing, 0), (timers[0], 2), *((one, 1) for one in timers[1:])], width, " · ")


def mark(message: ChatMessage) -> str:
    """Of what we wrote: on the room's disk, on its way, refused."""
    if message.who == "client":
        return ""
    if message.n:
        return CONFIRMED
    if message.refused:
        return labelled(f"{REFUSED} " + _("NON ENVOYÉ"), plain_line(message.refused))
    return f"{WAITING} " + _("pas encore confirmé")


def thread_words(state: DeskState, chat: ChatView, width: int) -> Text:
    """The messages in their order, each after the hour and who wrote it, wrapped to so many cells."""
    lines: list[Text] = []
    for message in chat.messages:
        ours = message.who == "conseiller"
        head = Text(no_wrap=True)
        head.append(f"{hour(state, message.at)} ", "dim")
        head.append(_("Vous") if ours else visitor(chat), "bold" if ours else "bold underline")
        if note := mark(message):
            head.append(f"  {note}", "bold" if message.refused else "dim")
        lines.append(head)
        for line in plain_lines(message.text).split("\n"):
            lines += [Text(f"  {part}") for part in textwrap.wrap(line, max(10, width - 2)) or [""]]
    return Text("\n").join(lines)
