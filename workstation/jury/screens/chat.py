"""The written conversation, as its customer: what was said, the persona's ready lines, a field to write in."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from scenarios.chat import Chat
from workstation.desk.words import clock_time, instant
from workstation.i18n import _
from workstation.jury.console import exam_view as exam
from workstation.jury.console import room_view as view
from workstation.jury.console import writes
from workstation.jury.console.events import SheetWanted
from workstation.jury.console.hint_view import hint_of
from workstation.jury.console.state import JuryState
from workstation.jury.screens.exam_pane import ExamPane
from workstation.jury.widgets.hint_text import hint_stage
from workstation.jury.widgets.row_list import Row, RowList, said
from workstation.ui.happened import Happened, new_id
from workstation.ui.plain_text import plain

LINE, SAY, HINT = "line:", "say:", "hint"
WRITTEN = "chat"  # channel of a simulation
INDENT = 6


def chat_simulation(state: JuryState) -> str:
    """The one in front if it is written, else the first; "" none."""
    own = [str(one.get("id")) for one in view.simulations(state) if one.get("channel") == WRITTEN]
    return state.chosen if state.chosen in own else next(iter(own), "")


def conversation(state: JuryState) -> Chat | None:
    """The one that is open, else the last of this simulation."""
    simulation = chat_simulation(state)
    own = [one for one in state.chats.by_id.values() if one.simulation == simulation]
    return state.chats.current or (own[-1] if own else None)


class CustomerChat(ExamPane):
    pane_id = "chat"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "offer", show=False),
        Binding("t", "write", show=False),
        Binding("x", "close", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._heard = 0
        self._asked = ""

    def title(self) -> str:
        return _("Messagerie")

    def there(self, state: JuryState) -> bool:
        """In practice, before anything has begun too: it begins the simulation."""
        return exam.noting(state) if view.practice(state) else super().there(state)

    def show_state(self, state: JuryState) -> None:
        super().show_state(state)
        simulation = chat_simulation(state)
        if simulation and simulation not in state.sheets and self._asked != simulation and self.there(state):
            self._asked = simulation
            self.post_message(Happened(SheetWanted(simulation)))
        chat = conversation(state)
        heard = len(chat.lines) if chat else 0
        if heard != self._heard and chat is not None:
            self._heard = heard
            self.list.select(f"said{heard}")

    def above_words(self, state: JuryState) -> Text:
        simulation, chat = chat_simulation(state), conversation(state)
        if not simulation:
            return plain(_("Aucune simulation par messagerie dans cette session."), "bold")
        if chat is None:
            stage = _("pas encore ouverte : O la présente au candidat")
        elif not chat.open:
            stage = _("terminée")
        else:
            stage = _("en cours") if chat.accepted_at else _("présentée, le candidat ne l'a pas encore acceptée")
        return plain(f"{simulation} {view.simulation(state, simulation).get('title') or ''} · {stage}{self._hint_words(state)}", "bold")

    def _hint_words(self, state: JuryState) -> str:
        hint = hint_of(state, chat_simulation(state), time.time())
        return f" · {hint_stage(hint, state)}" if hint is not None and view.role(state) == "role_player" else ""

    def show_time(self) -> None:
        super().show_time()
        if exam.grid(self.state):
            self.above.update(self.above_words(self.state))

    def rows(self, state: JuryState) -> Sequence[Row]:
        rows, chat = list[Row](), conversation(state)
        for line in chat.lines if chat else ():
            who = _("candidat") if line.who == "conseiller" else _("vous (client)")
            at = clock_time(instant(line.at) - state.clock_offset)
            rows.append(Row(f"said{line.n}", said(f"{at} {who} ", "bold").append_text(said(line.text)), INDENT))
        for write in exam.owed(state):
            if chat is not None and write.path == f"/chat/{chat.id}/messages":
                text = (
                    said(f"{_('vous (client)')} ", "bold").append_text(said(write.body["text"])).append(self.saved_words(False), "italic")
                )
                rows.append(Row(f"owed{write.id}", text, INDENT))
        lines = view.records(state.sheets.get(chat_simulation(state), {}).get("lines")) if view.role(state) == "role_player" else []
        if lines:
            rows.append(Row("", Text(_("RÉPLIQUES PRÊTES (Entrée : dans le message)"), "bold underline")))
        rows += [Row(f"{LINE}{one.get('id')}", said(one.get("says") or ""), 2) for one in lines]
        hint = hint_of(state, chat_simulation(state), time.time()) if view.role(state) == "role_player" else None
        if hint is not None:
            rows += [
                Row("", Text(_("INDICE, S'IL EST BLOQUÉ (Alt+P note qu'il est donné)"), "bold underline")),
                Row(HINT, said(hint.says), 2),
            ]
        return rows

    def hint(self, state: JuryState) -> str:
        if view.role(state) != "role_player":
            return _("Celui qui joue le client écrit ici.")
        chat = conversation(state)
        if chat is not None and chat.open:
            return _("T écrire, Entrée envoie  X terminer la conversation  Échap : les répliques")
        return _("O présenter la conversation au candidat")

    # --- keys ---------------------------------------------------------------------------------------

    def _open_chat(self) -> Chat | None:
        chat = conversation(self.state)
        return chat if chat is not None and chat.open and view.role(self.state) == "role_player" else None

    def action_offer(self) -> None:
        simulation = chat_simulation(self.state)
        if simulation and self._open_chat() is None and view.role(self.state) == "role_player":
            self.order(writes.offer_chat, simulation, f"chat-{new_id()}")

    def action_write(self) -> None:
        if (chat := self._open_chat()) is not None:
            self.write_about(f"{SAY}{chat.id}", _("Client :"))

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """A ready line goes into the message; it is sent by Enter there."""
        event.stop()
        chat = self._open_chat()
        if chat is None or not event.row_id.startswith((LINE, HINT)):
            return
        hint = hint_of(self.state, chat_simulation(self.state), time.time())
        if hint is not None and event.row_id == HINT:
            self.write_about(f"{SAY}{chat.id}", _("Client :"), hint.says)
            return
        lines = view.records(self.state.sheets.get(chat_simulation(self.state), {}).get("lines"))
        words = next((str(one.get("says") or "") for one in lines if f"{LINE}{one.get('id')}" == event.row_id), "")
        self.write_about(f"{SAY}{chat.id}", _("Client :"), words)

    def entered(self, subject: str, text: str) -> None:
        if not text:
            return
        self.order(writes.say_in_chat, subject.removeprefix(SAY), text)
        self.call_after_refresh(self.action_write)

    def action_close(self) -> None:
        if (chat := self._open_chat()) is not None:
            self.order(writes.close_chat, chat.id)
