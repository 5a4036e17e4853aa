"""The desk's app: state, links, phone and panes put together. The reducer decides; the table of actions says what keys do."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Protocol

from textual import events, on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import ContentSwitcher, Input, TextArea

from cti.agent import AgentState
from cti.messages import EngineFaulted, LevelsMeasured
from workstation.config import Settings, save_settings
from workstation.desk import effects as fx
from workstation.desk import events as ev
from workstation.desk.reducer import apply
from workstation.desk.state import DeskState
from workstation.i18n import _
from workstation.ui import messages as asked
from workstation.ui.action_keys import ActionKeys
from workstation.ui.actions import ACTIONS, BY_ID, TAB_DIGITS
from workstation.ui.happened import Happened, new_id
from workstation.ui.palette import Palette
from workstation.ui.pane import Pane
from workstation.ui.phone_port import Phone
from workstation.ui.screens import RECORD_PANES
from workstation.ui.screens.agent_state import SignIn
from workstation.ui.screens.call_log import CallLog
from workstation.ui.screens.debrief import Debrief
from workstation.ui.screens.dialog import Dialog
from workstation.ui.screens.simulations import Simulations
from workstation.ui.terminal_keys import read_alt_digits
from workstation.ui.widgets.call_bar import CallBar
from workstation.ui.widgets.lines import Captions, KeyLine, Line, NoticeLine, StatusBar, TabStrip

logger = logging.getLogger("plateau.desk")
TICK = 0.5  # seconds between two paints of what only time changes
HIDDEN_AFTER = 0.05  # hidden panes are brought up to date once what is in sight has been painted
TYPING = 20.0  # seconds after a key during which a field is being typed in
HOME = "simulations"


class Link(Protocol):
    """What the app needs of the room: `workstation.links.room_link.RoomLink` is one, tests have another."""

    def carry(self, effect: fx.Effect) -> None: ...

    async def run(self, emit: Callable[[ev.DeskEvent], object]) -> None: ...

    def stop(self) -> None: ...


class DeskApp(ActionKeys, App[int]):
    """`panes` are those over records, in tab order; the app adds calls, simulations and debrief."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    TITLE = "Plateau"
    ENABLE_COMMAND_PALETTE = False  # ours reads the table of actions
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(action.bindings, f"desk('{action.id}')", action.label, id=action.id, priority=True, show=False, system=True)
            for action in ACTIONS
        ),
        # before the focused field sees them: what is typed right after Tab goes to the next field, however busy the machine is
        Binding("tab", "focus_next", priority=True, show=False, system=True),
        Binding("shift+tab", "focus_previous", priority=True, show=False, system=True),
    ]

    def __init__(
        self,
        link: Link,
        phone: Phone,
        *,
        settings: Settings | None = None,
        agent_name: str = "",
        panes: Sequence[type[Pane]] = RECORD_PANES,
        keep_settings: Callable[[Settings], object] = save_settings,
    ) -> None:
        read_alt_digits()
        super().__init__()
        self.link, self.phone = link, phone
        self.settings: Settings = settings or Settings()
        self.agent_name = agent_name or self.settings.agent_name
        self.keep_settings = keep_settings
        self.state: DeskState = DeskState()
        self.levels = (0.0, 0.0)
        self.panes: dict[str, Pane] = {pane.pane_id: pane for pane in (*(kind() for kind in panes), CallLog(), Simulations(), Debrief())}
        self.bar, self.tabs, self.captions = CallBar(), TabStrip(), Captions(id="captions")
        self.notice, self.status, self.keys = NoticeLine(id="notice"), StatusBar(id="status"), KeyLine(id="keys")
        self._switcher = ContentSwitcher(*self.panes.values(), initial=HOME, id="panes")
        self._paint_due = self._hidden_due = False
        self._typed_at = 0.0
        self._typed_in: Input | TextArea | None = None
        self._sign_in_shown = False
        self._leaving = False
        self._faulty: set[str] = set()  # panes whose fault has been told

    # --- shape --------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield self.bar
        yield self.tabs
        yield self._switcher
        with Vertical(id="foot"):
            yield self.captions
            yield self.notice
            yield self.status
            yield self.keys

    def on_mount(self) -> None:
        self.run_worker(self._follow_room(), group="room", exit_on_error=False)
        self.run_worker(self._follow_phone(), group="phone", exit_on_error=False)
        self.set_interval(TICK, self.paint_time)
        self.panes[HOME].opened(self.state)
        self.paint()

    @on(Line.Resized)
    def _line_resized(self) -> None:
        if not self._paint_due:
            self._paint_due = True
            self.call_later(self.paint)

    async def _follow_room(self) -> None:
        try:
            await self.link.run(self._tell)
        except Exception as error:
            logger.exception("the room link ended")
            self._tell(ev.Said(_("Défaut du poste, noté dans desk.log : {what}").format(what=type(error).__name__), "error", time.time()))

    async def _follow_phone(self) -> None:
        why = ""
        try:
            async for fact in self.phone.facts():
                if isinstance(fact, LevelsMeasured):
                    self.levels = (fact.microphone, fact.speaker)
                    continue
                if isinstance(fact, EngineFaulted):
                    why = why if fact.where == "phone" else fact.what  # "phone": the client's own word that it gave up
                    logger.warning("the phone: %s: %s", fact.where, fact.what)
                self._tell(ev.PhoneTold(fact, time.time(), new_id()))
        except Exception as error:
            logger.exception("the phone cannot be had")
            why = str(error) or type(error).__name__
        if not self._leaving:  # a phone whose facts end has been given up
            self._tell(ev.PhoneUnusable(why or _("il s'arrête sans cesse"), time.time()))

    def _tell(self, event: ev.DeskEvent) -> None:
        self.post_message(Happened(event))

    # --- the one way the desk moves -----------------------------------------------------------------

    def on_happened(self, message: Happened) -> None:
        message.stop()
        self.happen(message.event)

    def happen(self, event: ev.DeskEvent) -> None:
        """Apply, then act. A fault of ours is logged and told; the desk goes on with the state it had."""
        try:
            state, effects = apply(self.state, event)
        except Exception as error:
            logger.exception("while applying %r", event)
            words = _("Défaut du poste, noté dans desk.log : {what}").format(what=type(error).__name__)
            state, effects = apply(self.state, ev.Said(words, "error", time.time()))
        self.state = state
        if not self._paint_due:
            self._paint_due = True
            self.call_later(self.paint)
        for effect in effects:
            self._act(effect)

    def _act(self, effect: fx.Effect) -> None:
        if isinstance(effect, fx.TellPhone):
            self.phone.send(effect.order)
        elif isinstance(effect, fx.BringToFront):
            self.bring_to_front(effect.pane_id)
        else:
            self.link.carry(effect)

    # --- painting -----------------------------------------------------------------------------------

    @property
    def front_pane(self) -> Pane:
        return self.panes[self._switcher.current or HOME]

    def paint(self) -> None:
        """What is in sight now; the hidden panes a moment later."""
        self._paint_due = False
        if not self.is_running or self._leaving:
            return
        self._show_around()
        self._show_in(self.front_pane)
        for screen in self.screen_stack:
            if isinstance(screen, Dialog):
                screen.show_state(self.state)
        if not self._hidden_due:
            self._hidden_due = True
            self.set_timer(HIDDEN_AFTER, self._paint_hidden)
        self._offer_sign_in()

    @property
    def _notice_room(self) -> int:
        return 3 if self.size.height >= 30 else 1

    def _show_around(self) -> None:
        now = time.time()
        self.bar.show(self.state, now)
        self.tabs.show([(pane_id, pane.title()) for pane_id, pane in self.panes.items()], self._switcher.current or "")
        self.captions.show(self.state, 4 if self.size.height >= 30 else 2)
        self.notice.show(self.state, now, self._notice_room)
        self.status.show(self.state, now, self.levels)
        self.keys.show(self.state)

    def paint_time(self) -> None:
        if self.is_running and not self._leaving:
            now = time.time()
            self.bar.show(self.state, now)
            self.notice.show(self.state, now, self._notice_room)
            self.status.show(self.state, now, self.levels)

    def _paint_hidden(self) -> None:
        self._hidden_due = False
        if not self.is_running or self._leaving:
            return
        for pane in self.panes.values():
            if pane is not self.front_pane:
                self._show_in(pane)

    def _show_in(self, pane: Pane) -> None:
        try:
            pane.show_state(self.state)
        except Exception:
            logger.exception("the pane %s could not paint", pane.pane_id)
            if pane.pane_id not in self._faulty:
                self._faulty.add(pane.pane_id)
                self._tell(ev.Said(_("Défaut d'affichage, noté dans desk.log."), "error", time.time()))

    def _offer_sign_in(self) -> None:
        """Once, when the server has said that nobody is signed in here."""
        if not self._sign_in_shown and self.state.link == "up" and self.state.sitting and self.state.agent.state is AgentState.SIGNED_OUT:
            self._sign_in_shown = True
            self.open_dialog(SignIn(self.state, self.agent_name))

    # --- panes in front -----------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        if (
            isinstance(event, (events.Key, events.Paste))
            and not event.is_forwarded
            and self.screen_stack  # a key may come before there is a screen, or after
            and isinstance(field := self.focused, (Input, TextArea))
        ):
            if isinstance(event, events.Paste) or event.is_printable:
                self._typed_in, self._typed_at = field, time.time()
            elif await self._edits(field, event):
                return
        await super().on_event(event)

    async def _edits(self, field: Input | TextArea, event: events.Key) -> bool:
        """Backspace, Ctrl+U and the like take their turn among the letters: Textual acts on them only once they have come back up
        from the field, when letters typed after them may be in it already. Keys that would only scroll the field are its pane's."""
        own = [b for b in field._bindings.key_to_bindings.get(event.key, ()) if not b.action.startswith(("scroll_", "page_"))]
        if not own or await self._check_bindings(event.key, priority=True):
            return bool(own)
        field.call_later(field.run_action, own[0].action)
        return True

    def typing(self) -> bool:
        """Whether a pane's field is being typed in: it has the focus, now or under a dialog, and something was typed a moment ago."""
        field = self._typed_in
        return field is not None and self.screen_stack[0].focused is field and time.time() - self._typed_at < TYPING

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._typed_in = None

    def bring_to_front(self, pane_id: str) -> None:
        """A pop: never takes a field away from who is typing in it."""
        if pane_id not in self.panes or self._switcher.current == pane_id:
            return
        if self.typing():
            words = _("{title} : prêt, Alt+{digit} pour voir (votre saisie est gardée devant).")
            text = words.format(title=self.panes[pane_id].title(), digit=TAB_DIGITS.get(pane_id, "Y"))
            self.happen(ev.Said(text, "info", time.time()))
            return
        self.show_pane(pane_id)

    def show_pane(self, pane_id: str) -> None:
        pane = self.panes.get(pane_id)
        if pane is None:
            return
        self._switcher.current = pane_id
        self._show_in(pane)
        pane.opened(self.state)
        self._show_around()

    @on(TabStrip.Chosen)
    def _tab_clicked(self, message: TabStrip.Chosen) -> None:
        self.show_pane(message.pane_id)

    def open_dialog(self, dialog: Dialog) -> None:
        """One dialog of a name at a time; a new one takes the place of what was open."""
        top = self.screen
        if isinstance(top, Dialog):
            if top.name == dialog.name:
                top.dismiss(None)
                return
            self.switch_screen(dialog)
            return
        self.push_screen(dialog)

    def push_palette(self) -> None:
        self.push_screen(Palette(self.state, self.perform))

    # --- what panes ask -----------------------------------------------------------------------------

    @on(asked.SaveAsked)
    def _save_asked(self, m: asked.SaveAsked) -> None:
        self.happen(ev.SaveWanted(new_id(), m.kind, m.record_id, m.version, m.fields))

    @on(asked.DraftChanged)
    def _draft_changed(self, m: asked.DraftChanged) -> None:
        self.happen(ev.DraftTyped(m.kind, m.record_id, m.version, m.fields, m.where))

    @on(asked.FileAsked)
    def _file_asked(self, m: asked.FileAsked) -> None:
        self.happen(ev.ContactWanted(m.contact_id))

    @on(asked.SearchAsked)
    def _search_asked(self, m: asked.SearchAsked) -> None:
        self.happen(ev.SearchWanted(m.query, m.page))

    @on(asked.DialAsked)
    def _dial_asked(self, m: asked.DialAsked) -> None:
        self.dial(m.number, m.contact_id)

    def dial(self, number: str, contact_id: str = "") -> None:
        """Call, if the table of actions lets a call be made now."""
        why = BY_ID["call.answer"].blocked(self.state)
        if why:
            self.happen(ev.Said(why, "warning", time.time()))
        else:
            self.happen(ev.DialWanted(number, f"c-{new_id()}", new_id(), time.time(), contact_id))

    @on(asked.DocumentAsked)
    def _document_asked(self, m: asked.DocumentAsked) -> None:
        self.happen(ev.DocumentWanted(m.document_id))

    @on(asked.Traced)
    def _traced(self, m: asked.Traced) -> None:
        self.happen(ev.TraceMade(m.kind, m.data, new_id(), time.time()))

    @on(asked.Told)
    def _told(self, m: asked.Told) -> None:
        tone = m.tone if m.tone in ("info", "warning", "error") else "info"
        self.happen(ev.Said(m.text, tone, time.time()))  # type: ignore[arg-type]  # one of the three, checked above

    # --- settings, leaving --------------------------------------------------------------------------

    def settings_chosen(self, settings: Settings) -> None:
        self.settings = settings
        try:
            self.keep_settings(settings)
        except OSError as error:
            self.happen(ev.Said(_("Réglages non gardés : {why}").format(why=error.strerror or error), "warning", time.time()))
        self.happen(ev.DevicesChosen(settings.microphone, settings.speaker, settings.ringer))

    def name_chosen(self, name: str) -> None:
        if name.strip() and name.strip() != self.agent_name:
            self.agent_name = name.strip()
            self.settings = replace(self.settings, agent_name=self.agent_name)
            try:
                self.keep_settings(self.settings)
            except OSError as error:
                logger.warning("the agent's name was not kept: %s", error)

    @on(asked.LeaveAsked)
    def _leave_asked(self) -> None:
        self.run_worker(self.leave(), group="leaving", exit_on_error=False)

    async def leave(self) -> None:
        """Put drafts and writes on the disk, stop the phone, go."""
        if self._leaving:
            return
        self._leaving = True
        self.link.stop()
        try:
            await asyncio.wait_for(self.phone.stop(), 6)
        except Exception:
            logger.exception("the phone did not stop well")
        rooms = [worker for worker in self.workers if worker.group == "room" and not worker.is_finished]
        try:
            await asyncio.wait_for(asyncio.gather(*(worker.wait() for worker in rooms), return_exceptions=True), 3)
        except TimeoutError:
            logger.error("the room link did not end in time")
        self.exit(0)

    def get_default_screen(self) -> Screen[object]:
        return Screen(id="desk")
