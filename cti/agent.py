"""The eight agent states of the desk, as one table.

Only the room server applies this table; a desk paints what the server has confirmed. Words and
colours are in the workstation. An agent signs in to NOT_READY and signs out from NOT_READY only; a missed
call leads to NOT_READY with the reason MISSED (INCIDENT when a failure took it away); every attempt, answered or not, leads to WRAP_UP,
and only a qualification leaves it. A written conversation is offered, missed, ended and qualified by the same moves as a call; while it
is open, and nothing is said aloud, the agent is CHATTING.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class AgentState(StrEnum):
    SIGNED_OUT = "signed_out"  # Déconnecté
    NOT_READY = "not_ready"  # En retrait (motif)
    READY = "ready"  # Prêt
    OFFERED = "offered"  # Appel présenté (entrant), or our own call being set up
    TALKING = "talking"  # En conversation
    CHATTING = "chatting"  # Conversation écrite: one is open, and no call is up
    HOLDING = "holding"  # En attente: every customer of this agent is on hold
    WRAP_UP = "wrap_up"  # Post-appel


class AgentEvent(StrEnum):
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    MADE_READY = "made_ready"
    WITHDREW = "withdrew"
    CALL_OFFERED = "call_offered"
    CALL_PLACED = "call_placed"
    CALL_ANSWERED = "call_answered"
    CALL_MISSED = "call_missed"
    CALL_HELD = "call_held"
    CALL_RESUMED = "call_resumed"
    CALL_ENDED = "call_ended"
    CHAT_TAKEN = "chat_taken"  # accepted; or what is left to attend to when a call is over
    QUALIFIED = "qualified"


class NotReadyReason(StrEnum):
    SIGN_IN = "sign_in"
    BREAK = "break"
    BRIEFING = "briefing"
    WRITING = "writing"
    INCIDENT = "incident"
    MISSED = "missed"  # set by the system only
    CHAT_MISSED = "chat_missed"  # set by the system only
    AFTER_CALL = "after_call"  # set by the system when a qualification has ended and nothing else was armed


CHOSEN_REASONS = (NotReadyReason.BREAK, NotReadyReason.BRIEFING, NotReadyReason.WRITING, NotReadyReason.INCIDENT)


class IllegalAgentMove(ValueError):
    """An order or fact that the agent's state does not allow; the message names both."""


S, E = AgentState, AgentEvent
AGENT_TRANSITIONS: dict[tuple[AgentState, AgentEvent], AgentState] = {
    (S.SIGNED_OUT, E.SIGNED_IN): S.NOT_READY,
    (S.NOT_READY, E.SIGNED_OUT): S.SIGNED_OUT,
    (S.NOT_READY, E.MADE_READY): S.READY,
    (S.NOT_READY, E.WITHDREW): S.NOT_READY,  # another reason
    (S.NOT_READY, E.CALL_PLACED): S.OFFERED,
    (S.NOT_READY, E.CALL_OFFERED): S.OFFERED,  # a direct call reaches an agent the queue would spare
    (S.READY, E.MADE_READY): S.READY,
    (S.READY, E.WITHDREW): S.NOT_READY,
    (S.READY, E.CALL_OFFERED): S.OFFERED,
    (S.READY, E.CALL_PLACED): S.OFFERED,
    (S.OFFERED, E.CALL_ANSWERED): S.TALKING,
    (S.OFFERED, E.CHAT_TAKEN): S.CHATTING,
    (S.OFFERED, E.CALL_MISSED): S.NOT_READY,  # inbound only: rang out, refused or abandoned
    (S.OFFERED, E.CALL_ENDED): S.WRAP_UP,  # outbound attempt without an answer
    (S.TALKING, E.CALL_HELD): S.HOLDING,
    (S.TALKING, E.CALL_PLACED): S.TALKING,  # consultation
    (S.TALKING, E.CALL_ENDED): S.WRAP_UP,
    (S.TALKING, E.CHAT_TAKEN): S.CHATTING,
    (S.CHATTING, E.CALL_PLACED): S.OFFERED,
    (S.CHATTING, E.CALL_OFFERED): S.OFFERED,
    (S.CHATTING, E.CALL_ENDED): S.WRAP_UP,
    (S.HOLDING, E.CALL_RESUMED): S.TALKING,
    (S.HOLDING, E.CALL_PLACED): S.HOLDING,  # consultation while the customer is held
    (S.HOLDING, E.CALL_ANSWERED): S.TALKING,
    (S.HOLDING, E.CALL_ENDED): S.WRAP_UP,
    (S.HOLDING, E.CHAT_TAKEN): S.CHATTING,
    (S.WRAP_UP, E.QUALIFIED): S.NOT_READY,
    (S.WRAP_UP, E.CALL_PLACED): S.OFFERED,  # calling back at once; what is owed stays in `unqualified`
    (S.WRAP_UP, E.CALL_OFFERED): S.OFFERED,
}
del S, E

ARMABLE = (AgentState.READY, AgentState.NOT_READY)
BUSY = (AgentState.OFFERED, AgentState.TALKING, AgentState.CHATTING, AgentState.HOLDING, AgentState.WRAP_UP)
"""With a contact, or its wrap-up, under way."""


@dataclass(frozen=True)
class Agent:
    """One agent. `armed` is the state chosen for after the wrap-up (None: NOT_READY, AFTER_CALL);
    `unqualified` holds the keys of calls that still owe a qualification, oldest first."""

    state: AgentState = AgentState.SIGNED_OUT
    reason: NotReadyReason | None = None
    since: str = ""  # ISO 8601, UTC
    armed: AgentState | None = None
    armed_reason: NotReadyReason | None = None
    unqualified: tuple[str, ...] = ()

    def apply(self, event: AgentEvent, *, at: str, reason: NotReadyReason | None = None, call_key: str | None = None) -> Agent:
        """The agent after `event`. Raises IllegalAgentMove when the table has no such move.

        CALL_ANSWERED and CALL_ENDED with a `call_key` add to or keep `unqualified`; QUALIFIED takes the key out and
        leaves WRAP_UP only when none is left, for the armed state if there is one.
        """
        try:
            state = AGENT_TRANSITIONS[self.state, event]
        except KeyError:
            raise IllegalAgentMove(f"an agent who is {self.state} cannot be {event}") from None
        owed = self.unqualified
        if event is AgentEvent.CALL_ENDED and call_key and call_key not in owed:
            owed = (*owed, call_key)
        if event is AgentEvent.QUALIFIED:
            owed = tuple(key for key in owed if key != call_key)
            if owed:
                return replace(self, unqualified=owed)
            armed, why = self.armed, self.armed_reason
            return Agent(armed or AgentState.NOT_READY, None if armed is AgentState.READY else why or NotReadyReason.AFTER_CALL, at)
        if event is AgentEvent.CALL_MISSED:
            if owed:  # a missed call does not excuse the qualification still owed
                return replace(self, state=AgentState.WRAP_UP, reason=None, since=at)
            reason = NotReadyReason.MISSED
        if event is AgentEvent.SIGNED_IN:
            reason = NotReadyReason.SIGN_IN
        kept = state is self.state and event not in (AgentEvent.WITHDREW, AgentEvent.MADE_READY)
        return replace(
            self,
            state=state,
            reason=reason if state is AgentState.NOT_READY else None,
            since=self.since if kept else at,
            unqualified=owed,
        )

    def arm(self, state: AgentState, reason: NotReadyReason | None = None) -> Agent:
        """Choose the state that follows the wrap-up; legal while a call or its wrap-up is under way."""
        if state not in ARMABLE:
            raise IllegalAgentMove(f"{state} cannot be armed")
        if self.state not in BUSY:
            raise IllegalAgentMove(f"an agent who is {self.state} has no call to arm a state after")
        return replace(self, armed=state, armed_reason=reason if state is AgentState.NOT_READY else None)
