"""The written conversations of a live sitting: who may do what, what is journaled, and the record kept of each in the file.

A conversation belongs to the station's agent as a call does (cti.station): its offer, its acceptance and its end move the agent in the
same transaction as their row. The `chat` record is the room's: made at the offer, closed with the whole transcript; only the contact it
belongs to is the candidate's to say.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crm_mock.casefile import CaseFile
from crm_mock.errors import RecordNotFound, VersionConflict
from crm_mock.journal import Event, JournalRow
from crm_mock.models import Chat as ChatRecord
from crm_mock.rules import card_numbers
from crm_mock.store import dump
from cti.agent import AgentState
from cti.chat import ChatAccepted, ChatClosed, ChatOffered
from cti.switchboard import SYSTEM, Switchboard
from scenarios.chat import MAX_MESSAGES, Chat, Chats, Who, clean, fold_chats
from scenarios.pack import Simulation
from scenarios.sitting import SittingError

logger = logging.getLogger(__name__)
SERVER_ROLE = "server"
SPARE_TRIES = 5  # of a write of the record that meets the candidate's


class LiveChats:
    """`story` gives the story's instant (ISO) at an instant of the server's clock."""

    def __init__(self, case: CaseFile, board: Switchboard, rows: Sequence[JournalRow], story: Callable[[dt.datetime], str]) -> None:
        self._case, self._board, self._story = case, board, story
        self.chats: Chats = fold_chats(rows)
        self._seen = rows[-1].seq if rows else 0

    def catch_up(self) -> None:
        """Whatever the last stop left unwritten of the records."""
        for chat in self.chats.by_id.values():
            self._file(chat)

    # --- orders -------------------------------------------------------------------------------------

    def offer(self, simulation: Simulation, chat_id: str, write_id: str, actor: str) -> Mapping[str, Any]:
        """Raises SittingError when nobody can take it now."""
        if write_id not in self.chats.answers:
            if self.chats.current is not None or chat_id in self.chats.by_id:
                raise SittingError("chat_open", 409, "Une conversation est déjà ouverte à ce poste.", {"chat_id": chat_id})
            if self._board.station.agent.state is not AgentState.READY:
                title = "Le conseiller n'est pas prêt : la conversation lui sera présentée quand il le sera."
                raise SittingError("agent_not_ready", 409, title, {"state": self._board.station.agent.state})
            visitor = simulation.persona.name if simulation.persona.contact_id else "Visiteur"
            data = {"chat_id": chat_id, "simulation": simulation.id, "visitor": visitor, "write_id": write_id}
            self._board.chat(ChatOffered(chat_id, visitor), data, actor, write_id)
            self._follow(chat_id)
        return self._answer(write_id, chat_id, "ChatOffered")

    def accept(self, chat_id: str, write_id: str, actor: str) -> Mapping[str, Any]:
        if write_id not in self.chats.answers:
            if self._open(chat_id).accepted_at:
                raise SittingError("chat_accepted", 409, "Cette conversation est déjà prise.", {"chat_id": chat_id})
            self._board.chat(ChatAccepted(chat_id), {"chat_id": chat_id, "write_id": write_id}, actor, write_id)
            self._follow(chat_id)
        return self._answer(write_id, chat_id, "ChatAccepted")

    def say(self, chat_id: str, who: Who, text: str, write_id: str, actor: str, line_id: str = "") -> Mapping[str, Any]:
        if write_id not in self.chats.answers:
            chat = self._open(chat_id)
            if who == "conseiller" and not chat.accepted_at:
                raise SittingError("chat_not_accepted", 409, "Acceptez d'abord la conversation.", {"chat_id": chat_id})
            if len(chat.lines) >= MAX_MESSAGES:
                raise SittingError("chat_full", 409, f"Cette conversation a {MAX_MESSAGES} messages : elle n'en prend plus.", {})
            kept = clean(text)
            if not kept:
                raise SittingError("empty_message", 422, "Ce message est vide.", {"chat_id": chat_id})
            events = []
            if natures := sorted({one.nature for one in card_numbers.find(kept)}):
                kept = card_numbers.mask(kept)
                refused = {"chat_id": chat_id, "field": "text", "who": who, "natures": natures}
                events.append(Event("CardNumberRefused", refused, actor, chat_id, f"card:{write_id}"))
            data = {"chat_id": chat_id, "who": who, "text": kept, "n": len(chat.lines) + 1, "write_id": write_id}
            if line_id:
                data["line_id"] = line_id
            self._case.append_events([*events, Event("ChatMessage", data, actor, chat_id, write_id)])
            self._follow(chat_id, record=who == "conseiller" and not chat.answered_at)
        return self._answer(write_id, chat_id, "ChatMessage")

    def close(self, chat_id: str, by: Who, write_id: str, actor: str) -> Mapping[str, Any]:
        if write_id not in self.chats.answers:
            self._open(chat_id)
            data = {"chat_id": chat_id, "by": by, "write_id": write_id}
            self._board.chat(ChatClosed(chat_id, by), data, actor, write_id)
            self._follow(chat_id)
        return self._answer(write_id, chat_id, "ChatClosed")

    def end_open(self, reason: str) -> None:
        """The time of contacts is over: what is open ends, whoever was writing."""
        if (chat := self.chats.current) is not None:
            data = {"chat_id": chat.id, "by": "système", "reason": reason}
            self._board.chat(ChatClosed(chat.id), data, SYSTEM, f"{chat.id}:ended")
            self._follow(chat.id)

    def chat(self, chat_id: str) -> Chat:
        """Raises SittingError `unknown_chat`."""
        try:
            return self.chats.by_id[chat_id]
        except KeyError:
            raise SittingError("unknown_chat", 404, "Cette conversation n'existe pas.", {"chat_id": chat_id}) from None

    # --- inside -------------------------------------------------------------------------------------

    def _open(self, chat_id: str) -> Chat:
        chat = self.chat(chat_id)
        if not chat.open:
            raise SittingError("chat_closed", 409, "Cette conversation est terminée.", {"chat_id": chat_id})
        return chat

    def _follow(self, chat_id: str, *, record: bool = True) -> None:
        """Believe what is on disk, then bring the record to it."""
        for row in self._case.rows(self._seen):
            self.chats, self._seen = self.chats.apply(row), row.seq
        if record:
            self._file(self.chats.by_id[chat_id])

    def _file(self, chat: Chat) -> None:
        wanted = self._fields(chat)
        for _ in range(SPARE_TRIES):
            try:
                present: dict[str, Any] | None = dump(self._case.get(ChatRecord, chat.id))
            except RecordNotFound:
                present = None
            if present is not None and all(present[name] == value for name, value in wanted.items()):
                return
            version = present["version"] if present is not None else 0
            try:
                self._case.put(
                    "chat", chat.id, version, wanted, write_id=str(uuid.uuid4()), actor=SYSTEM, role=SERVER_ROLE, call_key=chat.id
                )
                return
            except VersionConflict:
                continue
        logger.error("the record of chat %s could not be brought up to date", chat.id)

    def _fields(self, chat: Chat) -> dict[str, Any]:
        def told(at: str) -> str:
            return self._story(dt.datetime.fromisoformat(at)) if at else ""

        fields: dict[str, Any] = {
            "call_key": chat.id,
            "visitor": chat.visitor,
            "opened_at": told(chat.offered_at),
            "answered_at": told(chat.answered_at),
            "status": "abandonnée" if chat.abandoned else "ouverte" if chat.open else "close",
        }
        if not chat.open:
            fields["closed_at"] = told(chat.closed_at)
            fields["transcript"] = [{"who": line.who, "text": line.text, "at": told(line.at)} for line in chat.lines]
        return fields

    def _answer(self, write_id: str, chat_id: str, kind: str) -> Mapping[str, Any]:
        answer = self.chats.answers.get(write_id, {})
        if (answer.get("chat_id"), answer.get("kind")) != (chat_id, kind):
            title = "Cette demande porte l'identifiant d'une autre : rien n'a changé."
            raise SittingError("write_id_reused", 409, title, {"write_id": write_id})
        return answer
