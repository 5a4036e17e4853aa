"""What every console of a room is made of: one frozen state, a reducer, links, a phone where there is one, keys from a table.

The reducer decides; the table of actions says what keys do; a fault of ours is logged and told, and the state is kept.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar, cast

from textual import events, on
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input, TextArea

from cti.messages import EngineFaulted, Fact, LevelsMeasured, Order
from workstation.config import Settings
from workstation.desk.effects import TellPhone
from workstation.desk.events import DevicesChosen, PhoneTold, PhoneUnusable, Said
from workstation.desk.state import C
from workstation.i18n import _, labelled
from workstation.ui.action_table import Action, menu_choices
from workstation.ui.happened import Happened, new_id
from workstation.ui.keys_in_turn import KeysInTurn
from workstation.ui.messages import LeaveAsked
from workstation.ui.palette import Palette
from workstation.ui.phone_port import Phone
from workstation.ui.screens.dialog import ChoiceDialog, Dialog
from workstation.ui.terminal_keys import read_alt_digits, read_shifted_f3
from workstation.ui.widgets.lines import Line

logger = logging.getLogger("plateau.desk")
TICK = 0.5  # seconds between two paints of what only time changes
TYPING = 20.0  # seconds after a key during which a field is being typed in

E = TypeVar("E")
Told = TypeVar("Told", covariant=True)


class RoomSide(Protocol[Told]):
    """What the app needs of the room: effects go to it, events come from it."""

    def carry(self, effect: Any) -> None: ...

    async def run(self, emit: Callable[[Told], object]) -> None: ...

    def stop(self) -> None: ...


class Checking(Protocol):
    """The room's check of this machine (workstation.check.machine)."""

    async def run(self) -> None: ...

    def takes(self, fact: Fact) -> bool: ...

    def ordered(self, order: Order) -> None: ...


class Shell(KeysInTurn[int], Generic[C, E]):
    """`C` is the state, `E` its events. What is drawn, and what each action does, is the subclass's."""

    CSS_PATH = Path(__file__).with_name("app.tcss")
    TITLE = "Plateau"
    ENABLE_COMMAND_PALETTE = False  # ours reads the table of actions
    BINDINGS: ClassVar[list[BindingType]] = [
        # before the focused field sees them: what is typed right after Tab goes to the next field, however busy the machine is
        Binding("tab", "focus_next", priority=True, show=False, system=True),
        Binding("shift+tab", "focus_previous", priority=True, show=False, system=True),
    ]

    def __init__(
        self, state: C, link: RoomSide[E], phone: Phone | None, settings: Settings, keep_settings: Callable[[Settings], object]
    ) -> None:
        read_alt_digits()
        read_shifted_f3()
        super().__init__()
        self.state = state
        self.link, self.phone = link, phone
        self.settings, self.keep_settings = settings, keep_settings
        self.check: Checking | None = None  # in a room that checks its machines
        self.levels = (0.0, 0.0)
        self._paint_due = False
        self._typed_at = 0.0
        self._typed_in: Input | TextArea | None = None
        self._leaving = False

    # --- what each has of its own -------------------------------------------------------------------

    def apply(self, state: C, event: E) -> tuple[C, tuple[Any, ...]]:
        """The reducer."""
        raise NotImplementedError

    def show(self) -> None:
        """Paint what is in sight."""
        raise NotImplementedError

    def show_time(self) -> None:
        """Paint what only time changes."""
        raise NotImplementedError

    @property
    def actions(self) -> Sequence[Action[C]]:
        """What can be done here, now or at other times."""
        raise NotImplementedError

    @property
    def does(self) -> Mapping[str, Callable[[Any], object]]:
        """What each action does, by its id."""
        raise NotImplementedError

    def short_label(self, action: Action[C]) -> str:
        return action.name

    def act(self, effect: Any) -> None:
        """Carry out an effect: orders go to the phone, the rest to the room."""
        if isinstance(effect, TellPhone):
            if self.check is not None:
                self.check.ordered(effect.order)
            if self.phone is not None:
                self.phone.send(effect.order)
        else:
            self.link.carry(effect)

    def heard(self, levels: LevelsMeasured) -> None:
        self.levels = (levels.microphone, levels.speaker)

    # --- life ---------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        self.run_worker(self._follow_room(), group="room", exit_on_error=False)
        if self.phone is not None:
            self.run_worker(self._follow_phone(self.phone), group="phone", exit_on_error=False)
        if self.check is not None:
            self.run_worker(self.check.run(), group="check", exit_on_error=False)
        self.set_interval(TICK, self.paint_time)
        self.paint()

    @on(Line.Resized)
    def _line_resized(self) -> None:
        self.paint_soon()

    async def _follow_room(self) -> None:
        try:
            await self.link.run(self.tell)
        except Exception as error:
            logger.exception("the room link ended")
            self.tell(self._common(Said(self._fault(error), "error", time.time())))

    async def _follow_phone(self, phone: Phone) -> None:
        why = ""
        try:
            async for fact in phone.facts():
                if self.check is not None and self.check.takes(fact):
                    continue
                if isinstance(fact, LevelsMeasured):
                    self.heard(fact)
                    continue
                if isinstance(fact, EngineFaulted):
                    why = why if fact.where == "phone" else fact.what  # "phone": the client's own word that it gave up
                    logger.warning("the phone: %s: %s", fact.where, fact.what)
                self.tell(self._common(PhoneTold(fact, time.time(), new_id())))
        except Exception as error:
            logger.exception("the phone cannot be had")
            why = str(error) or type(error).__name__
        if not self._leaving:  # a phone whose facts end has been given up
            self.tell(self._common(PhoneUnusable(why or _("il s'arrête sans cesse"), time.time())))

    def _fault(self, error: Exception) -> str:
        return _("Défaut du poste, noté dans {file} : {what}").format(file=self.state.log_file, what=type(error).__name__)

    @staticmethod
    def _common(event: PhoneTold | PhoneUnusable | Said | DevicesChosen) -> E:  # every E has these
        return cast(E, event)

    @on(LeaveAsked)
    def _leave_asked(self, message: LeaveAsked) -> None:
        self.leave_soon(message.code)

    def leave_soon(self, code: int = 0) -> None:
        self.run_worker(self.leave(code), group="leaving", exit_on_error=False)

    async def leave(self, code: int = 0) -> None:
        """Let the link put away what it holds, stop the phone, go."""
        if self._leaving:
            return
        self._leaving = True
        self.link.stop()
        try:
            if self.phone is not None:
                await asyncio.wait_for(self.phone.stop(), 6)
        except Exception:
            logger.exception("the phone did not stop well")
        rooms = [worker for worker in self.workers if worker.group == "room" and not worker.is_finished]
        try:
            await asyncio.wait_for(asyncio.gather(*(worker.wait() for worker in rooms), return_exceptions=True), 3)
        except TimeoutError:
            logger.error("the room link did not end in time")
        self.exit(code, return_code=code)

    def get_default_screen(self) -> Screen[object]:
        return Screen(id="desk")

    # --- the one way the state moves ----------------------------------------------------------------

    def tell(self, event: E) -> None:
        """From a link: the event takes its turn."""
        self.post_message(Happened(event))

    def on_happened(self, message: Happened) -> None:
        message.stop()
        self.happen(cast(E, message.event))

    def happen(self, event: E) -> None:
        """Apply, then act. A fault of ours is logged and told; the desk goes on with the state it had."""
        before = self.state
        try:
            self.state, effects = self.apply(before, event)
        except Exception as error:
            logger.exception("while applying %r", event)
            self.state, effects = self.apply(before, self._common(Said(self._fault(error), "error", time.time())))
        if self.state is not before:
            self.paint_soon()
        for effect in effects:
            self.act(effect)

    def say(self, text: str, tone: str = "info") -> None:
        self.happen(self._common(Said(text, tone if tone in ("warning", "error") else "info", time.time())))  # type: ignore[arg-type]

    # --- painting -----------------------------------------------------------------------------------

    def paint_soon(self) -> None:
        if not self._paint_due:
            self._paint_due = True
            self.call_later(self.paint)

    @property
    def painting(self) -> bool:
        return self.is_running and not self._leaving

    def paint(self) -> None:
        self._paint_due = False
        if not self.painting:
            return
        self.show()
        for screen in self.screen_stack:
            if isinstance(screen, Dialog):
                screen.show_state(self.state)

    def paint_time(self) -> None:
        if self.painting:
            self.show_time()

    @property
    def notice_room(self) -> int:
        return 3 if self.size.height >= 30 else 1

    # --- keys ---------------------------------------------------------------------------------------

    async def action_perform(self, action_id: str) -> None:
        """By key."""
        self.perform(action_id)

    def perform(self, action_id: str) -> None:
        """The one door of keys, menu and palette: do it, or say in the notice line why it cannot be done now."""
        action = next((action for action in self.actions if action.id == action_id), None)
        if action is None:
            return
        why = action.blocked(self.state)
        if why:
            self.say(labelled(self.short_label(action), why), "warning")
        elif action_id.startswith("tab."):
            if isinstance(self.screen, Dialog):  # what is typed in it is kept as a draft; the pane asked for must be seen
                self.screen.action_close()
            self.show_pane(action_id.removeprefix("tab."))
        else:
            self.does[action_id](self)

    def show_pane(self, pane_id: str) -> None:
        raise NotImplementedError

    async def on_event(self, event: events.Event) -> None:
        if (
            isinstance(event, (events.Key, events.Paste))
            and not event.is_forwarded
            and self.screen_stack  # a key may come before there is a screen, or after
            and isinstance(field := self.focused, (Input, TextArea))
            and (isinstance(event, events.Paste) or event.is_printable)
        ):
            self._typed_in, self._typed_at = field, time.time()
        await super().on_event(event)

    def typing(self) -> bool:
        """Whether a pane's field is being typed in: it has the focus, now or under a dialog, and something was typed a moment ago."""
        field = self._typed_in
        return field is not None and self.screen_stack[0].focused is field and time.time() - self._typed_at < TYPING

    @property
    def field_in_hand(self) -> Input | TextArea | None:
        """The field being typed in, or last typed in, while it is there."""
        here = self.screen_stack[0].focused
        field = here if isinstance(here, (Input, TextArea)) else self._typed_in
        return field if field is not None and field.is_mounted else None

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._typed_in = None

    # --- dialogs ------------------------------------------------------------------------------------

    def open_dialog(self, dialog: Dialog[C]) -> None:
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
        self.push_screen(Palette(self.state, self.actions, self.perform))

    def open_menu(self) -> None:
        self.open_dialog(
            ChoiceDialog("menu", _("Menu des actions"), self.state, lambda state: menu_choices(self.actions, state), self.perform)
        )

    # --- settings -----------------------------------------------------------------------------------

    def settings_chosen(self, settings: Settings) -> None:
        self.settings = settings
        try:
            self.keep_settings(settings)
        except OSError as error:
            self.say(_("Réglages non gardés : {why}").format(why=error.strerror or error), "warning")
        self.happen(self._common(DevicesChosen(settings.microphone, settings.speaker, settings.ringer)))

    def remember(self, **changes: Any) -> None:
        """Settings that change nothing now; a disk that refuses them is only logged."""
        self.settings = replace(self.settings, **changes)
        try:
            self.keep_settings(self.settings)
        except OSError as error:
            logger.warning("settings were not kept: %s", error)
