"""Unknown words of the reply being written, where the session allows it: how many, the next one by a key, suggestions when asked for.

Nothing is corrected by itself: the next unknown word is selected, and what is then typed takes its place.
"""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text
from textual.timer import Timer
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from workstation.desk import spelling
from workstation.desk.state import DeskState, Record
from workstation.i18n import _
from workstation.links.french_dictionary import NoSpeller, Speller, french_dictionary
from workstation.ui.focus import take_focus
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import plain_line

REST = 0.4  # seconds without a key after which the text is looked up again
SHOWN = 4  # words named on the line


class ReplySpelling(Static):
    """One line under the text, two where it wraps; nothing where the session allows no checker."""

    def __init__(self, area: Callable[[], TextArea | None]) -> None:
        super().__init__("", id="reply-spelling", markup=False)
        self._area = area
        self._speller: Speller | None = None
        self._lacking = ""  # what this machine lacks
        self._names: frozenset[str] = frozenset()
        self._named_for: tuple[object, ...] = ()
        self._allowed = False
        self._words: tuple[spelling.Unknown, ...] = ()
        self._text: str | None = None
        self._asked: tuple[str, list[str]] = ("", [])  # the word that suggestions were asked for, and they
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        self.display = False

    def load(self) -> Speller:
        """Raises NoSpeller."""
        return french_dictionary()

    @property
    def words(self) -> tuple[spelling.Unknown, ...]:
        return self._words

    def follow(self, state: DeskState, contact_id: str) -> None:
        """Whether it is allowed, and whose names are known."""
        self._allowed = spelling.allowed(state)
        self.display = self._allowed
        if not self._allowed:
            return
        if self._speller is None and not self._lacking:
            try:
                self._speller = self.load()
            except NoSpeller as lacking:
                self._lacking = str(lacking)
        file = state.files.get(contact_id)
        now = (file, state.products, state.brief.get("company"))
        if any(one is not other for one, other in zip(now, self._named_for, strict=False)) or not self._named_for:
            self._named_for, self._text = now, None
            self._names = spelling.names((_named(file), *(str(p.get("name") or "") for p in state.products), *_company(state)))
        self.look()

    def rest(self) -> None:
        """A key was typed: look again once they rest."""
        if not self._allowed or self._speller is None:
            return
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(REST, self.look)

    def moved(self) -> None:
        """The cursor is elsewhere."""
        if self._allowed and self._speller is not None:
            self._tell()

    def look(self) -> None:
        area = self._area()
        text = area.text if area is not None else ""
        if self._speller is not None and text != self._text:
            self._text = text
            self._words = spelling.unknown(text, self._speller.known, self._names)
        self._tell()

    # --- what a person does

    def next_word(self) -> bool:
        """Select the next unknown word; False when there is none, or no checker."""
        area = self._area()
        if not self._allowed or self._speller is None or area is None:
            self._tell()
            return False
        self.look()
        found = spelling.after(self._words, area.selection.start if area.selected_text else area.cursor_location)
        if found is None:
            return False
        area.selection = Selection(found.start, found.end)
        area.scroll_cursor_visible(animate=False)
        take_focus(area)
        self._tell()
        return True

    def suggest(self) -> None:
        """For the word that the cursor is in."""
        here = self._here()
        if here is not None and self._speller is not None:
            self._asked = (here.word, self._speller.suggest(here.word))
        self._tell()

    def _here(self) -> spelling.Unknown | None:
        area = self._area()
        return spelling.at(self._words, area.selection.start if area.selected_text else area.cursor_location) if area is not None else None

    # --- what is told

    def _tell(self) -> None:
        self.update(Text(self._said()))

    def _said(self) -> str:
        if self._lacking:
            return self._lacking
        head = _("avec correcteur (permis par la session)")
        here = self._here()
        if here is not None:
            place = self._words.index(here) + 1
            if here.word == self._asked[0]:
                found = ", ".join(self._asked[1]) or _("aucune suggestion")
                return _("« {word} » : {found}").format(word=plain_line(here.word), found=plain_line(found))
            told = _("« {word} » est inconnu ({place}/{count}) · Alt+N suggestions, Maj+F11 suivant")
            return told.format(word=plain_line(here.word), place=place, count=len(self._words))
        if not self._words:
            return f"{head} · " + _("aucun mot inconnu")
        names = ", ".join(dict.fromkeys(plain_line(one.word) for one in self._words[:SHOWN]))
        count = _("1 mot inconnu") if len(self._words) == 1 else _("{count} mots inconnus").format(count=len(self._words))
        return f"{head} · {count} (Maj+F11) : {names}{'…' if len(self._words) > SHOWN else ''}"


def _named(file: Record | None) -> list[object]:
    """What of a customer's file is names: who, where, what they have."""
    if file is None:
        return []
    records = file.get("records") or {}
    kinds = ("address", "contact_point", "subscription", "order", "ticket", "mandate", "appointment", "opportunity")
    return [file.get("contact"), *(records.get(kind) for kind in kinds)]


def _company(state: DeskState) -> tuple[object, ...]:
    return (state.brief.get("company"), [one.get("name") for one in state.brief.get("directory") or ()], getattr(state, "agent_name", ""))
