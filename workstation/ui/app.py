"""The desk's app: state, links, phone and panes put together. The reducer decides; the table of actions says what keys do."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import ContentSwitcher

from cti.agent import AgentState
from scenarios.phases import Opens
from workstation.config import Settings, save_settings
from workstation.desk import effects as fx
from workstation.desk import events as ev
from workstation.desk.changes import Step
from workstation.desk.course import closed, opens, phase_now
from workstation.desk.reducer import apply
from workstation.desk.state import DeskState
from workstation.desk.team import TRAINEE, team_of, who_is
from workstation.i18n import _
from workstation.ui import messages as asked
from workstation.ui.action_keys import DOES
from workstation.ui.action_table import bindings
from workstation.ui.actions import ACTIONS, BY_ID, DESK_KEYS, SHARED_PLACE, TAB_DIGITS, TAB_SHORT, DeskAction, short_label, useful_now
from workstation.ui.closed import front_for
from workstation.ui.happened import new_id
from workstation.ui.pane import Pane
from workstation.ui.phone_port import Phone
from workstation.ui.screens import RECORD_PANES
from workstation.ui.screens.agent_state import SignIn
from workstation.ui.screens.call_log import CallLog
from workstation.ui.screens.curtain import Curtain
from workstation.ui.screens.debrief import Debrief
from workstation.ui.screens.dialog import Dialog
from workstation.ui.screens.progress import ProgressPane
from workstation.ui.screens.simulations import Simulations
from workstation.ui.shell import RoomSide, Shell
from workstation.ui.widgets.call_bar import CallBar
from workstation.ui.widgets.lines import Captions, KeyLine, NoticeLine, StatusBar, TabStrip
from workstation.ui.widgets.team_line import TeamLine

logger = logging.getLogger("plateau.desk")
HIDDEN_AFTER = 0.05  # hidden panes are brought up to date once what is in sight has been painted
HOME = "simulations"


class DeskApp(Shell[DeskState, ev.DeskEvent]):
    """`panes` are those over records, in tab order; the app adds calls, simulations, debrief and progress."""

    phone: Phone  # always one here
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS)]

    def __init__(
        self,
        link: RoomSide[ev.DeskEvent],
        phone: Phone,
        *,
        settings: Settings | None = None,
        agent_name: str = "",
        panes: Sequence[type[Pane[DeskState]]] = RECORD_PANES,
        keep_settings: Callable[[Settings], object] = save_settings,
    ) -> None:
        super().__init__(DeskState(), link, phone, settings or Settings(), keep_settings)
        self.agent_name = agent_name or self.settings.agent_name
        self.panes: dict[str, Pane[DeskState]] = {
            pane.pane_id: pane for pane in (*(kind() for kind in panes), CallLog(), Simulations(), Debrief(), ProgressPane())
        }
        self.bar, self.tabs, self.captions = CallBar(), TabStrip({**TAB_DIGITS, **DESK_KEYS}, TAB_SHORT), Captions(id="captions")
        self.team = TeamLine()
        self.notice, self.status, self.keys = NoticeLine(id="notice"), StatusBar(id="status"), KeyLine(id="keys")
        first = (pane for pane_id, pane in self.panes.items() if pane_id not in DESK_KEYS)
        self._switcher = ContentSwitcher(*first, initial=HOME, id="panes")
        self._mounting = asyncio.Lock()
        self._wanted = HOME  # the pane last asked for
        self._here = tuple(a for a in ACTIONS if not a.id.startswith("tab.") or a.id.removeprefix("tab.") in self.panes)
        self._last_desk = ""  # of those that share the last place of the tab strip
        self._hidden_due = False
        self._sign_in_shown = False
        self._phase = ""
        self._faulty: set[str] = set()  # panes whose fault has been told

    # --- shape --------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield self.bar
        yield self.tabs
        yield self.team
        yield self._switcher
        with Vertical(id="foot"):
            yield self.captions
            yield self.notice
            yield self.status
            yield self.keys

    def on_mount(self) -> None:
        self.panes[HOME].opened(self.state)

    def apply(self, state: DeskState, event: ev.DeskEvent) -> Step:
        return apply(state, event)

    def act(self, effect: fx.Effect) -> None:
        if isinstance(effect, fx.LeaveDesk):
            self.post_message(asked.LeaveAsked(effect.code))
        elif isinstance(effect, fx.BringToFront):
            self.bring_to_front(effect.pane_id)
        elif isinstance(effect, fx.RingBell):
            self.bell()
        else:
            super().act(effect)

    @property
    def actions(self) -> Sequence[DeskAction]:
        return self._here

    @property
    def does(self) -> Mapping[str, Callable[[Any], object]]:
        return DOES

    def short_label(self, action: DeskAction) -> str:
        return short_label(action, self.state)

    # --- painting -----------------------------------------------------------------------------------

    @property
    def front_pane(self) -> Pane[DeskState]:
        return self.panes[self._switcher.current or HOME]

    def show(self) -> None:
        """What is in sight now; the hidden panes a moment later."""
        self._show_around()
        self._show_in(self.front_pane)
        if not self._hidden_due:
            self._hidden_due = True
            self.set_timer(HIDDEN_AFTER, self._paint_hidden)
        self._offer_sign_in()
        self._follow_phase()

    def _show_around(self) -> None:
        now = time.time()
        self.bar.show(self.state, now)
        self._show_tabs()
        self.team.show(team_of(self.state.sitting), TRAINEE)
        self.captions.show(self.state, 4 if self.size.height >= 30 else 2)
        self.notice.show(self.state, now, self.notice_room)
        self.status.show(self.state, now, self.levels)
        self.keys.show((action.key_words[0], self.short_label(action)) for action in useful_now(self.state))

    def _follow_phase(self) -> None:
        """A new phase begins with its own pane in front; while nothing is open the curtain lies over everything but help."""
        phase = str((phase_now(self.state) or {}).get("id", ""))
        if phase != self._phase:
            self._phase = phase
            if pane := front_for(self.state):
                self.show_pane(pane)
        if closed(self.state) is not None and not isinstance(self.screen, Dialog):
            self.push_screen(Curtain(self.state))

    def show_time(self) -> None:
        now = time.time()
        self._follow_phase()
        self.bar.show(self.state, now)
        self.notice.show(self.state, now, self.notice_room)
        self.status.show(self.state, now, self.levels)

    def _paint_hidden(self) -> None:
        self._hidden_due = False
        if not self.painting:
            return
        for pane in self.panes.values():
            if pane is not self.front_pane and pane.is_mounted:
                self._show_in(pane)
        self._show_tabs()  # a hidden pane may have changed its title

    def _show_tabs(self) -> None:
        front = self._switcher.current or ""
        if front in SHARED_PLACE:
            self._last_desk = front
        titles = [(pane_id, pane.title()) for pane_id, pane in self.panes.items() if pane_id not in SHARED_PLACE]
        if self._last_desk:
            titles.append((self._last_desk, self.panes[self._last_desk].title()))
        self.tabs.show(titles, front)

    def _show_in(self, pane: Pane[DeskState]) -> None:
        try:
            pane.show_state(self.state)
        except Exception:
            logger.exception("the pane %s could not paint", pane.pane_id)
            if pane.pane_id not in self._faulty:
                self._faulty.add(pane.pane_id)
                self.tell(ev.Said(_("Défaut d'affichage, noté dans desk.log."), "error", time.time()))

    def _offer_sign_in(self) -> None:
        """Once, when the server has said that nobody is signed in here."""
        signed_out = self.state.link == "up" and self.state.sitting and self.state.agent.state is AgentState.SIGNED_OUT
        if not self._sign_in_shown and signed_out and Opens.WORK in opens(self.state):
            self._sign_in_shown = True
            self.open_dialog(SignIn(self.state, self.who))

    # --- panes in front -----------------------------------------------------------------------------

    def bring_to_front(self, pane_id: str) -> None:
        """A pop: never takes a field away from who is typing in it."""
        if pane_id not in self.panes or self._switcher.current == pane_id:
            return
        if self.typing():
            words = _("{title} : prêt, {key} pour voir (votre saisie est gardée devant).")
            text = words.format(title=self.panes[pane_id].title(), key=BY_ID[f"tab.{pane_id}"].key_words[0])
            self.happen(ev.Said(text, "info", time.time()))
            return
        self.show_pane(pane_id)

    async def action_perform(self, action_id: str) -> None:
        """Keys typed behind the one that shows a desk for the first time go to that desk: they wait until it is there."""
        pane = self.panes.get(action_id.removeprefix("tab.")) if action_id.startswith("tab.") else None
        if pane is not None and not BY_ID[action_id].blocked(self.state):
            await self._mount(pane)
        await super().action_perform(action_id)

    async def _mount(self, pane: Pane[DeskState]) -> None:
        async with self._mounting:
            if not pane.is_attached:
                pane.display = False
                await self._switcher.mount(pane)

    async def _mount_and_show(self, pane: Pane[DeskState]) -> None:
        await self._mount(pane)
        if self._wanted == pane.pane_id:
            self.show_pane(pane.pane_id)

    def show_pane(self, pane_id: str) -> None:
        pane = self.panes.get(pane_id)
        if pane is None:
            return
        self._wanted = pane_id
        if not pane.is_mounted:
            self.run_worker(self._mount_and_show(pane), group="panes", exit_on_error=False)
            return
        self._switcher.current = pane_id
        self._show_in(pane)
        pane.opened(self.state)
        self._show_around()

    @on(TabStrip.Chosen)
    def _tab_clicked(self, message: TabStrip.Chosen) -> None:
        self.show_pane(message.pane_id)

    # --- what panes ask -----------------------------------------------------------------------------

    @on(asked.SaveAsked)
    def _save_asked(self, m: asked.SaveAsked) -> None:
        self.happen(ev.SaveWanted(new_id(), m.kind, m.record_id, m.version, m.fields))

    @on(asked.DraftChanged)
    def _draft_changed(self, m: asked.DraftChanged) -> None:
        self.happen(ev.DraftTyped(m.kind, m.record_id, m.version, m.fields, m.where))

    @on(asked.FileAsked)
    def _file_asked(self, m: asked.FileAsked) -> None:
        self.happen(ev.ContactWanted(m.contact_id, m.stay))

    @on(asked.SearchAsked)
    def _search_asked(self, m: asked.SearchAsked) -> None:
        self.happen(ev.SearchWanted(m.query, m.page))

    @on(asked.ListAsked)
    def _list_asked(self, m: asked.ListAsked) -> None:
        self.happen(ev.ListWanted(m.key, m.kind, m.params))

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

    @on(asked.ChatSaid)
    def _chat_said(self, m: asked.ChatSaid) -> None:
        if m.typing is not None:
            self.happen(ev.ChatTypingWanted(m.chat_id, m.typing))
        else:
            self.happen(ev.ChatSayWanted(m.chat_id, m.text, new_id(), time.time()))

    @on(asked.ChatOrdered)
    def _chat_ordered(self, m: asked.ChatOrdered) -> None:
        self.happen(ev.ChatAcceptWanted(new_id()) if m.order == "accept" else ev.ChatCloseWanted(m.chat_id, new_id()))

    @on(asked.DocumentAsked)
    def _document_asked(self, m: asked.DocumentAsked) -> None:
        self.happen(ev.DocumentWanted(m.document_id))

    @on(asked.PaperAsked)
    def _paper_asked(self, m: asked.PaperAsked) -> None:
        self.happen(ev.PaperWanted(m.reply_id, m.form))

    @on(asked.PrintAsked)
    def _print_asked(self, m: asked.PrintAsked) -> None:
        if self.settings.printer:
            self.happen(ev.PrintWanted(m.reply_id, self.settings.printer, m.title))
        else:
            self.say(_('Pas d\'imprimante à ce poste : printer = "ipp://machine:port/file" dans station.toml.'), "warning")

    @on(asked.SheetAsked)
    def _sheet_asked(self, m: asked.SheetAsked) -> None:
        self.happen(ev.SheetWanted(m.what, m.sheet, new_id(), m.data))

    @on(asked.PaneAsked)
    def _pane_asked(self, m: asked.PaneAsked) -> None:
        self.perform(f"tab.{m.pane_id}")

    @on(asked.Traced)
    def _traced(self, m: asked.Traced) -> None:
        self.happen(ev.TraceMade(m.kind, m.data, new_id(), time.time()))

    @on(asked.Told)
    def _told(self, m: asked.Told) -> None:
        self.say(m.text, m.tone)

    @property
    def who(self) -> str:
        """Whoever works at this desk: of people who practise together, the trainee of the round."""
        return who_is(team_of(self.state.sitting), TRAINEE) or self.agent_name

    def name_chosen(self, name: str) -> None:
        if name.strip() and name.strip() not in (self.agent_name, self.who):
            self.agent_name = name.strip()
            self.remember(agent_name=self.agent_name)
