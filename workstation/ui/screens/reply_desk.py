"""Writing to the customer after the contacts: the replies due, the channel, a template, the text, handing it in (SC18; c3, c8, c9).

What is typed is a draft on the disk at once, and a record of the file each time the keys rest. Handed in, a reply is closed for good.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Button, ContentSwitcher, TextArea
from textual.widgets.text_area import Selection

from scenarios.pack_letters import filled
from workstation.desk.spelling import allowed as spelling_allowed
from workstation.desk.state import DeskState, Record
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.messages import FileAsked, PaperAsked, PrintAsked, SaveAsked, Told
from workstation.ui.screens import reply_words as words
from workstation.ui.screens.record_pane import RecordPane
from workstation.ui.screens.reply_due import Due, Writing, handed_in, letters_for, reply_of, writing
from workstation.ui.screens.reply_record import begins_with, beside, destination, final_text, letter_values
from workstation.ui.screens.reply_spelling import ReplySpelling
from workstation.ui.screens.reply_steps import ConfirmHandIn
from workstation.ui.widgets.field_box import FieldBox
from workstation.ui.widgets.picker import Picker
from workstation.ui.widgets.record_drafts import drafts_at
from workstation.ui.widgets.record_form import RecordForm
from workstation.ui.widgets.record_subject import Subject
from workstation.ui.widgets.section_bar import Section, SectionBar
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import plain_line, plain_lines

NAMES = ("channel", "sent_to", "subject", "body")
REST = 3.0  # seconds without a key after which what is typed becomes a record of the file
LAST_SECONDS = 2.0  # before the end of the phase: then nothing waits for a rest any more
NO_LETTER = "-"


class ReplyDeskPane(RecordPane):
    pane_id = "reply_desk"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("alt+right", "reply(1)", show=False),
        Binding("alt+left", "reply(-1)", show=False),
        Binding("alt+down", "beside(1)", show=False),
        Binding("alt+up", "beside(-1)", show=False),
        Binding("alt+n", "suggest", show=False, priority=True),  # before the text takes it for a letter
    ]

    def __init__(self) -> None:
        super().__init__()
        self.due: Due | None = None
        self.writing = Writing((), False)
        self._looked: tuple[object, ...] = ()
        self._opened = ""  # record shown in the form
        self._asked = ""  # contact whose file was asked for
        self._arriving = False
        self._resting: Timer | None = None
        self._to_hand_in = False  # once what was typed last is saved
        self._template = ""
        self._after_save: Message | None = None  # a paper asked for while what is typed was not saved yet
        self.bar = SectionBar([Section("", _("Réponses écrites"))], keys="Alt+→", id="reply-list")
        self.letter = Picker(((NO_LETTER, _("page blanche")),), id="reply-letter")
        self.insert = Button(_("Insérer"), id="reply-insert", compact=True)
        self.form = RecordForm(self.pane_id, id="reply-form")
        self.final = Static("", id="reply-final", markup=False)
        self.count = Static("", id="reply-count", markup=False)
        self.spelling = ReplySpelling(self._area)
        self.printing = Static("", id="reply-printing", markup=False)
        self.beside = Static("", markup=False)
        self.why = Static("", id="reply-why", markup=False)

    def title(self) -> str:
        return _("Rédaction")

    def compose(self) -> ComposeResult:
        yield self.bar
        yield self.why
        with Horizontal(id="reply-room"):
            with Vertical(id="reply-writing"):
                with ContentSwitcher(initial="reply-open"):
                    with Vertical(id="reply-open"):
                        with Horizontal(id="reply-letters"):
                            yield Static(_("Modèle"), classes="word", markup=False)
                            yield self.letter
                            yield self.insert
                        yield self.form
                    with VerticalScroll(id="reply-closed"):
                        yield self.final
                yield self.count
                yield self.spelling
                with Horizontal(id="reply-buttons"):
                    yield Button(_("Remettre"), id="reply-hand-in", compact=True)
                    yield Button("PDF", id="reply-pdf", compact=True)
                    yield Button("ODT", id="reply-odt", compact=True)
                    yield Button(_("Imprimer"), id="reply-print", compact=True)
                yield self.printing
            with VerticalScroll(id="reply-beside"):
                yield self.beside

    def on_mount(self) -> None:
        self.set_interval(1.0, self._follow_clock)

    # --- following the state and the clock

    def _follow_clock(self) -> None:
        """A phase that ends closes the texts by itself, in sight or not; what was typed last is saved just before."""
        if not self.writing.ends_at or not self.writing.open:
            return
        if self._now() >= self.writing.ends_at - LAST_SECONDS:
            self._save_now()
        self._follow_writing()
        if self._in_sight():
            self._count(reply_of(self.state, self.due) if self.due is not None else None)
            self.show_state(self.state)

    def _follow_writing(self) -> None:
        now = writing(self.state, self._now())
        if self.writing.open and not now.open:
            self._save_now()
            if self.writing.ends_at:
                self.post_message(Told(now.why, "warning"))
        self.writing = now

    def show_state(self, state: DeskState) -> None:
        self.state = state
        now = (
            state.sitting, state.files, state.drafts, state.saves, state.prints, state.brief, state.link,
            writing(state, self._now()),
        )  # fmt: skip
        if self._in_sight() and now != self._looked:
            self._looked = now
            self.paint(state)

    def _now(self) -> float:
        return time.time() + self.state.clock_offset

    def paint(self, state: DeskState) -> None:
        self._follow_writing()
        dues = self.writing.dues
        if dues:
            self.bar.set_sections([Section(one.id, f"{one.id} {one.title}", one.id, self._mark(one)) for one in dues])
        self.query_one("#reply-room").display = bool(dues)
        self.bar.display = bool(dues)
        self._say_why(dues)
        chosen = next((one for one in dues if one.id == self.bar.key), None)
        if chosen != self.due:
            self._take(chosen)
        if self.due is not None:
            self._show_due(state, self.due)

    def _mark(self, due: Due) -> str:
        reply = reply_of(self.state, due)
        return " ✓" if handed_in(reply) else " …" if reply is not None else ""

    def _say_why(self, dues: tuple[Due, ...]) -> None:
        if not dues:
            said = _("Aucune réponse écrite n'est demandée pour l'instant : elles s'ouvrent une fois leur simulation terminée.")
        else:
            said = self.writing.why
        self.why.update(Text(said, style="bold"))
        self.why.display = bool(said)

    def _take(self, due: Due | None) -> None:
        """Another reply: what is typed in the one before is a draft already."""
        self._save_now()
        self.due, self._opened, self._to_hand_in, self._template, self._after_save = due, "", False, "", None
        self.form.close()

    def _show_due(self, state: DeskState, due: Due) -> None:
        if due.contact_id not in state.files:
            self.beside.update(beside(state, due))
            if self._asked != due.contact_id:
                self._asked = due.contact_id
                self.post_message(FileAsked(due.contact_id, stay=True))
            return
        reply = reply_of(state, due)
        closed = handed_in(reply) or not self.writing.open
        self.query_one(ContentSwitcher).current = "reply-closed" if closed else "reply-open"
        self.beside.update(beside(state, due))
        self.printing.update(words.printing_words(state.prints.get(self._reply_id(reply))))
        if closed:
            self.final.update(final_text(reply))
            if handed_in(reply):
                self.form.close()
                self._opened, self._to_hand_in = "", False
        else:
            self._show_letters(state, due)
            self._open(state, due, reply)
            self.form.show_state(state)
            view = state.saves.get(self.form.record_id)
            if self._to_hand_in and view is not None and view.state in ("failed", "conflict"):
                self._to_hand_in = False
                self.post_message(Told(_("La réponse n'est pas remise : elle n'a pas pu être enregistrée."), "error"))
        self._count(reply)
        self.spelling.follow(state, due.contact_id)
        done = handed_in(reply) or not self.writing.hand_in or (reply is None and not self.writing.open)
        for button, off in (("hand-in", done), ("pdf", reply is None), ("odt", reply is None), ("print", reply is None)):
            self.query_one(f"#reply-{button}", Button).disabled = off

    def _reply_id(self, reply: Record | None) -> str:
        return str(reply["id"]) if reply else ""

    def _open(self, state: DeskState, due: Due, reply: Record | None) -> None:
        """The record, the draft that was left, or a new reply; once, and again when the one shown is another."""
        draft = next(
            (d for d in drafts_at(state, pane=self.pane_id, contact=due.contact_id) if self._is_of(d.typed, d.record_id, due)), None
        )
        options = {"channel": tuple((one, words.channel_words(one)) for one in due.channels)}
        if reply is not None:
            subject = Subject("reply", reply, due.contact_id, NAMES, f"{due.id}", options)
        elif draft is not None:
            subject = Subject.of_draft(draft, names=NAMES, title=due.id, options=options)
        else:
            begins = begins_with(state, due)
            subject = Subject.new("reply", due.contact_id, begins, names=NAMES, title=due.id, options=options)
        wanted = str(subject.record["id"])
        if self._opened and (self._opened == wanted or reply is None):
            return  # a new one keeps the id it was opened with
        self._opened = wanted
        self.call_later(self._open_form, subject)

    def _is_of(self, typed: dict[str, Any], record_id: str, due: Due) -> bool:
        reply = reply_of(self.state, due)
        return typed.get("simulation") == due.simulation or (reply is not None and reply.get("id") == record_id)

    async def _open_form(self, subject: Subject) -> None:
        focused = self.screen.focused
        await self.form.open(subject, self.state, focus=False)
        self.form.box("body").add_class("reply-text")
        self.form.box("body").editor.styles.height = "1fr"
        if self._arriving or focused is None or (self in focused.ancestors and focused is not self.bar):
            self._to_text()
        self._count(None)

    def opened(self, state: DeskState) -> None:
        self._looked, self._asked = (), ""
        super().opened(state)
        self._arriving = True  # until there is a text to be in
        self._to_text()

    def _to_text(self) -> None:
        """Where the work is: the text, else what can be read or chosen."""
        if self.query_one(ContentSwitcher).current == "reply-closed":
            take_focus(self.query_one("#reply-closed"))
            self._arriving = False
        elif self.form.subject is not None:
            self._arriving = False
            take_focus(self.form.box("body").editor)
        elif self.bar.display:
            take_focus(self.bar)

    # --- choosing

    def action_beside(self, by: int) -> None:
        """The file beside, without leaving the text."""
        room = self.query_one("#reply-beside", VerticalScroll)
        room.scroll_relative(y=by * max(1, room.size.height - 2), animate=False)

    def action_reply(self, by: int) -> None:
        self.bar.action_step(by)

    @on(SectionBar.Chosen)
    def _chosen(self, event: SectionBar.Chosen) -> None:
        event.stop()
        self._looked = ()
        self.show_state(self.state)

    def _show_letters(self, state: DeskState, due: Due) -> None:
        letters = letters_for(state, due, self._channel())
        self.letter.set_options(((NO_LETTER, _("page blanche")), *((str(one["id"]), plain_line(one["title"])) for one in letters)))
        if self.letter.value not in {NO_LETTER, *(str(one["id"]) for one in letters)}:
            self.letter.set_value(NO_LETTER)
        self.insert.disabled = self.letter.value == NO_LETTER

    def _channel(self) -> str:
        if self.form.subject is not None:
            return str(self.form.box("channel").typed)
        return self.due.channels[0] if self.due is not None and self.due.channels else "e-mail"

    @on(Picker.Changed, "#reply-letter")
    def _letter_chosen(self, event: Picker.Changed) -> None:
        event.stop()
        self.insert.disabled = self.letter.value == NO_LETTER

    @on(Button.Pressed, "#reply-insert")
    def _insert_letter(self, event: Button.Pressed) -> None:
        """At the cursor: what is typed stays, Ctrl+Z takes the template back, and the first blank is the next to be filled."""
        event.stop()
        due, form = self.due, self.form
        letter = next((one for one in self.state.brief.get("letters") or () if one.get("id") == self.letter.value), None)
        if due is None or letter is None or form.subject is None:
            return
        values = letter_values(self.state, due, str(getattr(self.app, "agent_name", "")))
        area = form.box("body").editor
        assert isinstance(area, TextArea)
        text, start = plain_lines(filled(str(letter.get("text") or ""), values)), min(area.selection)
        area.replace(text, *sorted(area.selection))
        if found := words.first_blank(text, start):
            area.selection = Selection(*found)  # what is typed next takes its place
        if start == (0, 0):
            self.call_after_refresh(area.scroll_home, animate=False)
        if not str(form.box("subject").typed).strip():
            form.put("subject", filled(str(letter.get("subject") or ""), values)[:120])
        self._template = str(letter["id"])
        take_focus(area)

    @on(FieldBox.Edited)
    def _edited(self, event: FieldBox.Edited) -> None:
        due = self.due
        if due is None or self.form.subject is None:
            return
        self._to_hand_in = False  # what was confirmed to be handed in was another text
        if event.box.spec.name == "channel":
            self.form.put("sent_to", destination(self.state, self._channel(), due))
            self._show_letters(self.state, due)
        self._count(None)
        self.spelling.rest()
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(REST, self._save_now)

    # --- saving, handing in

    def _save_now(self) -> None:
        """What was typed, as a draft of the file; a conflict waits for whoever writes."""
        if self._resting is not None:
            self._resting.stop()
            self._resting = None
        if self.form.subject is not None and self.writing.open and self.form.edited and not self.form.query_one(".conflict").display:
            self.form.save()

    def action_save(self) -> None:
        if self.form.subject is not None and self.writing.open:
            self.form.save()

    @on(events.DescendantBlur)
    def _left_a_field(self, event: events.DescendantBlur) -> None:
        if isinstance(event.widget, TextArea):
            self._save_now()

    @on(RecordForm.Left)
    def _left(self, event: RecordForm.Left) -> None:
        event.stop()
        take_focus(self.bar)

    @on(Button.Pressed, "#reply-hand-in")
    def _ask_to_hand_in(self, event: Button.Pressed) -> None:
        event.stop()
        if self.due is None:
            return
        if self.writing.open and self.form.subject is not None:
            typed = {name: str(self.form.box(name).typed) for name in NAMES}
        else:
            typed = {name: str((reply_of(self.state, self.due) or {}).get(name) or "") for name in NAMES}
        if not typed["body"].strip():
            self.post_message(Told(_("La réponse est vide : rien à remettre."), "warning"))
            self._to_text()
            return
        remarks = words.before_handing_in(typed["channel"], typed["sent_to"], typed["subject"], typed["body"])
        self.app.push_screen(ConfirmHandIn(self.state, self.due, remarks, self.hand_in))

    def hand_in(self) -> None:
        """What was typed last is saved first, then the reply is closed. Once the time is over, it is closed as it is kept."""
        reply = reply_of(self.state, self.due) if self.due is not None else None
        if not self.writing.open:
            if reply is not None and self.writing.hand_in:
                self.post_message(SaveAsked("reply", str(reply["id"]), int(reply.get("version") or 0), {"status": "remise"}))
            return
        self._to_hand_in = True
        view = self.state.saves.get(self.form.record_id)
        if self.form.edited or not self.form.version:
            self.form.save()
        elif view is None or view.state != "pending":
            self._close_reply()

    @on(RecordForm.Confirmed)
    def _confirmed(self, event: RecordForm.Confirmed) -> None:
        event.stop()
        if self.form.subject is None or self.form.edited:
            return
        if self._to_hand_in:
            self._close_reply()
        if self._after_save is not None:
            self.post_message(self._after_save)
            self._after_save = None

    def _close_reply(self) -> None:
        self._to_hand_in = False
        fields = {"status": "remise", **({"template": self._template} if self._template else {})}
        self.post_message(SaveAsked("reply", self.form.record_id, self.form.version, fields))

    # --- what is shown of the text

    def _count(self, reply: Record | None) -> None:
        text, channel = str((reply or {}).get("body") or ""), str((reply or {}).get("channel") or "")
        if self.form.subject is not None and not handed_in(reply):
            text, channel = str(self.form.box("body").typed), self._channel()
        said = words.length_line(text, channel)
        said += "" if spelling_allowed(self.state) else " · " + _("sans correcteur")
        self.count.update(Text(said, no_wrap=True, overflow="ellipsis"))

    # --- unknown words

    def _area(self) -> TextArea | None:
        """The text that is being written; None while there is none."""
        if self.form.subject is None or not self.writing.open:
            return None
        editor = self.form.box("body").editor
        return editor if isinstance(editor, TextArea) else None

    def next_word(self) -> bool:
        return self.spelling.next_word()

    def action_suggest(self) -> None:
        self.spelling.suggest()

    @on(TextArea.SelectionChanged)
    def _moved(self, event: TextArea.SelectionChanged) -> None:
        self.spelling.moved()

    # --- papers

    @on(Button.Pressed, "#reply-pdf")
    @on(Button.Pressed, "#reply-odt")
    def _paper(self, event: Button.Pressed) -> None:
        event.stop()
        reply = reply_of(self.state, self.due) if self.due is not None else None
        if reply is not None:
            self._once_saved(PaperAsked(str(reply["id"]), "pdf" if event.button.id == "reply-pdf" else "odt"))

    @on(Button.Pressed, "#reply-print")
    def _print(self, event: Button.Pressed) -> None:
        event.stop()
        reply = reply_of(self.state, self.due) if self.due is not None else None
        if reply is not None and self.due is not None:
            self._once_saved(PrintAsked(str(reply["id"]), f"{self.due.id} {self.due.title}"))

    def _once_saved(self, wish: Message) -> None:
        """What is not saved yet would be missing on paper: the room makes it from what it has."""
        if self.writing.open and self.form.subject is not None and self.form.edited:
            self._after_save = wish
            self._save_now()
        else:
            self.post_message(wish)
