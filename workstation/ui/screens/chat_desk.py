"""The chat (c4): the thread and the message being written; ready replies, catalogue and the person's card beside them.

Nothing that arrives takes the focus: a message is told by the bell, a notice and the thread itself. What is written is kept at each
keystroke, and what is sent is marked until the room has it on its disk.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, ContentSwitcher, TextArea

from workstation.desk.chat import current_chat, draft_id
from workstation.desk.state import ChatView, DeskState
from workstation.i18n import N_, _
from workstation.ui.focus import take_focus
from workstation.ui.messages import ChatOrdered, ChatSaid, DraftChanged, Told, Traced
from workstation.ui.screens.chat_box import MAX_TEXT, MessageBox
from workstation.ui.screens.chat_card import CardPanel
from workstation.ui.screens.chat_products import ProductsPanel
from workstation.ui.screens.chat_replies import PutIn, RepliesPanel
from workstation.ui.screens.chat_words import head_words, thread_words
from workstation.ui.screens.record_pane import RecordPane
from workstation.ui.widgets.section_bar import Section, SectionBar
from workstation.ui.widgets.static import Static

SIDE_BY_SIDE = 100  # cells from which the panel stands beside the thread
TICK = 0.5  # seconds
TYPING_TOLD_EVERY = 3.0  # seconds
SECTIONS = (
    ("fil", N_("Fil"), N_("Fil")),
    ("reponses", N_("Réponses prêtes"), N_("Réponses")),
    ("produits", N_("Produits"), N_("Produits")),
    ("fiche", N_("Fiche"), N_("Fiche")),
)


class ChatDeskPane(RecordPane):
    pane_id = "chat_desk"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [
        # before the focused field sees them: what is typed right after goes to the part chosen, however busy the machine is
        Binding("alt+right", "section(1)", show=False, priority=True),
        Binding("alt+left", "section(-1)", show=False, priority=True),
        Binding("escape", "write", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.head = Static("", markup=False, id="chat-head")
        self.bar = SectionBar([Section(key, _(word), _(short)) for key, word, short in SECTIONS], keys="Alt+← Alt+→", id="chat-sections")
        self.thread = VerticalScroll(id="chat-thread")
        self._said = Static("", markup=False)
        self.box = MessageBox(id="chat-box")
        self._accept = Button(_("Accepter la conversation (F3)"), id="chat-accept", variant="primary", compact=True)
        self._hint = Static("", markup=False, classes="hint")
        self._end_button = Button(_("Terminer"), id="chat-close", compact=True)
        self.replies, self.products = RepliesPanel(id="reponses"), ProductsPanel(id="produits")
        self.card = CardPanel(self.pane_id, id="fiche")
        self._panels = ContentSwitcher(self.replies, self.products, self.card, initial="reponses", id="chat-panels")
        self._chat: ChatView | None = None
        self._seen: dict[str, int] = {}  # by conversation: how many of the customer's messages were in sight
        self._ending = False
        self._told_typing = 0.0
        self._placed = False  # a part beside a wide thread was chosen

    def title(self) -> str:
        fresh = sum(chat.heard - self._seen.get(chat.chat_id, 0) for chat in self.state.chats.values() if chat.open)
        return _("Messagerie") + (f" ●{fresh}" if fresh > 0 else "")

    def compose(self) -> ComposeResult:
        yield self.head
        yield self.bar
        with Horizontal(id="chat-split"):
            with Vertical(id="chat-talk"):
                with self.thread:
                    yield self._said
                yield self._accept
                yield self.box
                with Horizontal(id="chat-foot"):
                    yield self._hint
                    yield self._end_button
            yield self._panels

    def on_mount(self) -> None:
        self.set_interval(TICK, self._tick)

    # --- painting -----------------------------------------------------------------------------------

    def show_state(self, state: DeskState) -> None:
        before = self.state
        super().show_state(state)
        if before.chats is not state.chats and self._in_sight():
            self.paint(state)

    def paint(self, state: DeskState) -> None:
        chat = current_chat(state)
        if (chat.chat_id if chat else "") != (self._chat.chat_id if self._chat else ""):
            self._ending = False
            self._begin(state, chat)
        self._chat = chat
        if chat is not None:
            self._seen[chat.chat_id] = chat.heard
        self._paint_thread()
        offered = chat is not None and chat.open and chat.accepted_at is None
        usable = not offered and chat is not None and chat.open
        freed = usable and (self._accept.display or self.box.disabled) and self.screen.focused in (None, self._accept, self.thread)
        self._accept.display = offered
        self.box.display = not offered
        self.box.disabled = chat is None or not chat.open
        if freed:
            take_focus(self.box)  # at once: the next letter is of the message
        self._end_button.display = chat is not None and chat.open and not offered
        self._ask_end(self._ending)
        self._paint_hint()
        self._tick()
        self.replies.show(state)
        self.products.show(state)
        self.card.show(state, chat)
        if chat is not None and chat.open and self.card.wants_form:
            self.call_later(self.card.ready)  # its fields are there before they are asked for

    def _begin(self, state: DeskState, chat: ChatView | None) -> None:
        """What was being written to this conversation, of an earlier run of the desk too, unless it was sent meanwhile."""
        kept = state.drafts.get(draft_id(chat.chat_id)) if chat is not None else None
        text = str(((kept or {}).get("fields") or {}).get("text") or "")
        if chat is not None and any(one.who == "conseiller" and one.text == text for one in chat.messages[-3:]):
            text = ""
        with self.prevent(TextArea.Changed):
            self.box.load_text(text)
        self.box.move_cursor(self.box.document.end)

    def _paint_thread(self) -> None:
        width = max(20, self.thread.size.width - 2)
        words = thread_words(self.state, self._chat, width) if self._chat is not None else Text("")
        at_end = self.thread.is_vertical_scroll_end
        self._said.update(words)
        if at_end:
            self._to_end()

    def _to_end(self) -> None:
        self.thread.scroll_end(animate=False)

    def _lay_out_thread(self) -> None:
        self._paint_thread()
        self.call_after_refresh(self._to_end)

    def _paint_hint(self) -> None:
        left = MAX_TEXT - len(self.box.text)
        if left < 0:
            words = _("Message trop long de {count} signes.").format(count=-left)
        elif self._chat is None or not self._chat.open:
            words = _("À qualifier : F8.") if self._chat is not None and self._chat.chat_id in self.state.calls else ""
        elif self._chat.accepted_at is None:
            words = ""
        else:
            words = _("Entrée envoie · Alt+→ réponses, produits, fiche") if self.box.has_focus else _("Échap : revenir au message")
        self._hint.update(Text(words))

    def on_descendant_focus(self) -> None:
        self._paint_hint()

    def on_descendant_blur(self) -> None:
        self._paint_hint()

    def _tick(self) -> None:
        if self._in_sight():
            self.head.update(head_words(self._chat, time.time(), max(20, self.size.width - 2)))

    def on_resize(self, event: events.Resize) -> None:
        if self.size.width >= SIDE_BY_SIDE and not self._placed:
            self._placed = True
            if self.bar.key == "fil":
                with self.bar.prevent(SectionBar.Chosen):
                    self.bar.choose("reponses")
        self._arrange()
        self.call_after_refresh(self._lay_out_thread)

    def _arrange(self) -> None:
        self.set_class(self.size.width >= SIDE_BY_SIDE, "-wide")
        self.set_class(self.bar.key != "fil", "-beside")
        self._panels.display = self.bar.key != "fil"

    def opened(self, state: DeskState) -> None:
        super().opened(state)
        self._arrange()
        self._focus_talk()

    def _focus_talk(self) -> None:
        to = self._accept if self._accept.display else self.thread if self.box.disabled else self.box
        take_focus(to)

    # --- writing ------------------------------------------------------------------------------------

    @on(TextArea.Changed, "#chat-box")
    def _written(self, event: TextArea.Changed) -> None:
        event.stop()
        chat = self._chat
        if chat is None or not chat.open:
            return
        self.box.mask_cards()
        text = self.box.text
        where = {"pane": self.pane_id, "chat": chat.chat_id}
        self.post_message(DraftChanged("chat", draft_id(chat.chat_id), 0, {"text": text} if text else None, where))
        now = time.time()
        if bool(text) != bool(self._told_typing) or (text and now - self._told_typing >= TYPING_TOLD_EVERY):
            self._told_typing = now if text else 0.0
            self.post_message(ChatSaid(chat.chat_id, typing=bool(text)))
        self._paint_hint()

    @on(MessageBox.CardMasked)
    def _card_masked(self, event: MessageBox.CardMasked) -> None:
        event.stop()
        self.post_message(Traced("CardNumberRefused", field="message"))
        self.post_message(Told(_("Un numéro de carte ou un cryptogramme ne s'écrit nulle part : masqué"), "warning"))

    @on(MessageBox.Sent)
    def _send(self, event: MessageBox.Sent) -> None:
        event.stop()
        self._told_typing = 0.0
        self._to_end()
        self.post_message(ChatSaid(self._chat.chat_id if self._chat is not None else "", event.text))

    @on(PutIn)
    def _put_in(self, event: PutIn) -> None:
        event.stop()
        if self.box.disabled or not self.box.display:
            self.post_message(Told(_("Acceptez d'abord la conversation (F3)."), "warning"))
            return
        self.box.put_in(event.text)
        take_focus(self.box)

    def action_write(self) -> None:
        self._ask_end(False)
        self._focus_talk()

    # --- ordering -----------------------------------------------------------------------------------

    @on(Button.Pressed, "#chat-accept")
    def _accepted(self, event: Button.Pressed) -> None:
        event.stop()
        if self._chat is not None:
            self.post_message(ChatOrdered("accept", self._chat.chat_id))

    @on(Button.Pressed, "#chat-close")
    def _close_pressed(self, event: Button.Pressed) -> None:
        """Twice: whoever writes last is the customer, as a rule."""
        event.stop()
        if self._chat is None:
            return
        if not self._ending:
            self._ask_end(True)
            return
        self._ask_end(False)
        self.post_message(ChatOrdered("close", self._chat.chat_id))

    def _ask_end(self, ask: bool) -> None:
        words = _("Terminer ? Entrée confirme") if ask else _("Terminer")
        self._ending = ask
        if str(self._end_button.label) != words:
            self._end_button.label = words
            self._end_button.refresh(layout=True)

    # --- sections -----------------------------------------------------------------------------------

    def action_section(self, by: int) -> None:
        """At once: what is typed next is for that part."""
        keys = [section.key for section in self.bar.sections]
        with self.bar.prevent(SectionBar.Chosen):
            self.bar.choose(keys[(keys.index(self.bar.key) + by) % len(keys)])
        self._show_section(focus=not self.bar.has_focus)

    @on(SectionBar.Chosen)
    def _section_chosen(self, event: SectionBar.Chosen) -> None:
        event.stop()
        self._show_section(focus=self.has_focus_within and not self.bar.has_focus)

    def _show_section(self, *, focus: bool) -> None:
        key = self.bar.key
        if key != "fil":
            self._panels.current = key
        self._arrange()
        self.call_after_refresh(self._lay_out_thread)
        if not focus:
            return
        if key == "fil":
            self._focus_talk()
        else:
            panels: dict[str, RepliesPanel | ProductsPanel | CardPanel]
            panels = {"reponses": self.replies, "produits": self.products, "fiche": self.card}
            panels[key].focus_first()

    def action_save(self) -> None:
        """The card where one is being filled in, else what is written is sent."""
        if self.bar.key == "fiche" and not self.box.has_focus:
            self.card.save()
        else:
            self.box.send()
