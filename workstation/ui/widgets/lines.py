"""The single lines around the panes: tabs above; captions, notice, status and keys below. Each paints only when its text changes."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widget import Widget

from workstation.desk.course import clock_words
from workstation.desk.exchange_news import listening_words
from workstation.desk.state import Caption, Console, DeskState, Notice, Softphone
from workstation.desk.words import clock_time, scenario_now
from workstation.i18n import N_, _, labelled
from workstation.ui.plain_text import fitted, one_line, plain

DAYS = (N_("lundi"), N_("mardi"), N_("mercredi"), N_("jeudi"), N_("vendredi"), N_("samedi"), N_("dimanche"))
TONE_WORDS = {"info": ("·", ""), "warning": ("!", N_("ATTENTION")), "error": ("✕", N_("ERREUR"))}
TONE_STYLES = {"info": "", "warning": "bold black on yellow3", "error": "bold white on red3"}


class Line(Widget):
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    class Resized(Message):
        """Its width has changed: what it shows is to be made again."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._text = Text()

    def put(self, text: Text) -> None:
        if text != self._text or text.spans != self._text.spans:
            self._text = text
            self.refresh()

    def render(self) -> Text:
        return self._text

    def on_resize(self) -> None:
        self.post_message(self.Resized())

    @property
    def cells(self) -> int:
        return max(20, self.size.width or 80)


class TabStrip(Line):
    """Digit and word of each pane; the one in front reversed and in brackets. Words are short where there is no room."""

    class Chosen(Message):
        def __init__(self, pane_id: str) -> None:
            super().__init__()
            self.pane_id = pane_id

    def __init__(self, digits: Mapping[str, str], shorts: Mapping[str, str]) -> None:
        """By pane id: its digit, and its word (marked) where there is little room."""
        super().__init__(id="tabs")
        self._digits, self._shorts = digits, shorts
        self._places: list[tuple[int, str]] = []  # first cell of each tab

    def show(self, titles: Sequence[tuple[str, str]], front: str) -> None:
        """`titles`: (pane id, word) in order."""
        short = [(pane_id, _(self._shorts.get(pane_id, word))) for pane_id, word in titles]
        some = [(pane_id, word if pane_id == front else brief) for (pane_id, word), (_same, brief) in zip(titles, short, strict=True)]
        first = [(pane_id, word.split(" ")[0]) for pane_id, word in titles]
        fits = (
            choice for choice in (titles, first, some, short) if sum(len(self._label(*tab, front)) + 1 for tab in choice) <= self.cells + 1
        )
        text = Text(no_wrap=True)
        self._places = []
        for pane_id, word in next(fits, None) or self._shortest(short, front):
            self._places.append((text.cell_len, pane_id))
            text.append(self._label(pane_id, word, front), "reverse bold" if pane_id == front else "")
            text.append(" ")
        text.truncate(self.cells)
        self.put(text)

    def _shortest(self, tabs: Sequence[tuple[str, str]], front: str) -> list[tuple[str, str]]:
        """Where even the short words do not hold: without those of the last tabs before the last one, whose digits are left."""
        shown = list(tabs)
        for place in range(len(shown) - 2, -1, -1):
            if sum(len(self._label(*tab, front)) + 1 for tab in shown) <= self.cells + 1:
                break
            if shown[place][0] != front:
                shown[place] = (shown[place][0], "")
        return [tab for tab in shown if self._label(*tab, front)]

    def _label(self, pane_id: str, word: str, front: str) -> str:
        label = f"{self._digits.get(pane_id, '')} {one_line(word)}".strip()
        return f"[{label}]" if pane_id == front else label

    def on_click(self, event: events.Click) -> None:
        chosen = [pane_id for start, pane_id in self._places if start <= event.x]
        if chosen:
            self.post_message(self.Chosen(chosen[-1]))


def caption_lines(caption: Caption, width: int, room: int) -> list[Text]:
    """A caption on as many lines of `width` cells as it needs, `room` at most."""
    speaker = one_line(caption.speaker, 40)  # « Mme Ginette Marsoleil (sa mère) »
    words = f"« {speaker} : {one_line(caption.text, 1000)} »" if speaker else f"« {one_line(caption.text, 1000)} »"
    parts = textwrap.wrap(words, width, subsequent_indent="  ", max_lines=room, placeholder=" … »")
    lines = [Text(part, no_wrap=True) for part in parts]
    if speaker:
        lines[0].stylize("bold", 2, 2 + len(speaker))
    return lines


class Captions(Line):
    """What the customer of the call in front says: the last sentence whole, those before it where they fit whole; absent without."""

    def show(self, state: DeskState, room: int) -> None:
        """`room`: how many lines it may take."""
        began = state.call.began_at if state.call is not None else math.inf
        lines: list[Text] = []
        for caption in reversed([caption for caption in state.captions if caption.at >= began]):
            more = caption_lines(caption, self.cells, room)
            if len(lines) + len(more) > room:
                break
            lines = more + lines
        self.display = bool(lines)
        self.styles.height = max(1, len(lines))
        self.put(Text("\n").join(lines))


def notice_text(notice: Notice) -> Text:
    symbol, word = TONE_WORDS[notice.tone]
    text = Text(f" {symbol} ", TONE_STYLES[notice.tone])
    text.append(clock_time(notice.at) + " ")
    if word:
        text.append(labelled(_(word), ""), "bold")
    return text.append_text(plain(notice.text))


def told_last(state: Console, now: float) -> Notice | None:
    """The one sentence for a single line: an error for 10 s, then what says more than the call bar for 6 s, then the last."""
    pressing = next((n for n in reversed(state.notices) if n.tone == "error" and now - n.at < 10), None)
    fresh = next((n for n in reversed(state.notices) if not n.quiet and now - n.at < 6), None)
    return pressing or fresh or (state.notices[-1] if state.notices else None)


class NoticeLine(Line):
    """The last sentences told to whoever sits here, newest last."""

    def show(self, state: Console, now: float, room: int = 1) -> None:
        """`room`: how many lines it may take; the one that matters is always among them."""
        shown = state.notices[-room:]
        first = told_last(state, now)
        if first is not None and first not in shown:
            shown = (first, *shown[1:])
        lines = [notice_text(notice) for notice in shown]
        for line in lines:
            line.truncate(self.cells, overflow="ellipsis")
        self.styles.height = room
        self.put(Text("\n").join(lines))


def save_words(state: DeskState) -> Text:
    """Whether everything decided here is on the server's disk."""
    if state.late:
        return Text(" ✕ " + _("NON ENREGISTRÉ – nouvel essai") + f" ({state.unconfirmed}) ", TONE_STYLES["error"])
    if any(save.state == "pending" for save in state.saves.values()):
        return Text("… " + _("enregistrement"), "italic")
    if state.unconfirmed:
        return Text("… " + _("écritures en attente : {count}").format(count=state.unconfirmed), "italic")
    return Text("✓ " + _("Enregistré {time}").format(time=state.saved_at)) if state.saved_at else Text("✓ " + _("rien à enregistrer"))


def sound_words(state: Softphone) -> Text:
    match state.phone.sound:
        case "ok":
            return Text("✓ " + _("son"))
        case "file":
            return Text("✓ " + _("son : fichier"))
        case "lost":
            return Text(" ✕ " + _("SON PERDU") + " ", TONE_STYLES["error"])
        case "none":
            return Text("! " + _(state.other.soundless), "bold")
        case _:
            return Text("… " + _("son"), "italic")


def link_words(state: Console) -> Text:
    if state.link == "up":
        return Text("✓ " + _("salle"))
    if state.link == "connecting":
        return Text("… " + _("salle : connexion"), "italic")
    return Text(" ✕ " + _("SALLE COUPÉE") + " ", TONE_STYLES["error"])


class StatusBar(Line):
    def show(self, state: DeskState, now: float, levels: tuple[float, float]) -> None:
        clock = scenario_now(state, now)
        hour = Text(f"{_(DAYS[clock.weekday()])} {clock:%d/%m/%Y %H:%M}", "bold") if clock else Text()
        running = next((s for s in state.sitting.get("simulations") or () if s.get("id") == state.sitting.get("current")), None)
        title = plain(_("simulation : {title}").format(title=running.get("title", ""))) if running else Text()
        talking = any(c.answered_at and not c.ended_at and not c.written for c in state.calls.values())
        meter = Text(_(state.other.meter).format(mic=bars(levels[0]), speaker=bars(levels[1]))) if talking else Text()
        if talking and state.phone.muted:
            meter = Text()
        parts = [
            (Text(clock_words(state, now), "bold"), 0), (link_words(state), 0), (save_words(state), 0), (listened(state), 0),
            (sound_words(state), 1), (meter, 3), (hour, 1), (title, 4),
        ]  # fmt: skip
        self.put(fitted(parts, self.cells))


def listened(state: DeskState) -> Text:
    """Who hears the calls; never left out where somebody may."""
    return plain(words, "bold" if state.listeners else "") if (words := listening_words(state)) else Text()


def bars(level: float, length: int = 4) -> str:
    """A level 0.0 … 1.0 as filled and empty blocks; speech is mostly below 0.5, so the scale is square-rooted."""
    filled = round(math.sqrt(min(1.0, max(0.0, level))) * length)
    return "▮" * filled + "▯" * (length - filled)


class KeyLine(Line):
    """The keys that make sense now, with their words."""

    def show(self, keys: Iterable[tuple[str, str]]) -> None:
        """`keys`: (key, word), the most pressing first; those that find no room are left out."""
        text = Text(no_wrap=True)
        for key, label in keys:
            if text.cell_len + len(key) + len(label) + 3 > self.cells:
                continue
            text.append(f" {key} ", "reverse")
            text.append(f"{label} ")
        self.put(text)
