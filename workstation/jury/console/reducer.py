"""`apply(state, event)`: the one place where the console's state moves. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workstation.desk import call_wishes as wish
from workstation.desk import events as phone
from workstation.jury.console import events as e
from workstation.jury.console import grid_side as grid
from workstation.jury.console import phone_side as calls
from workstation.jury.console import room_side as room
from workstation.jury.console.state import JuryState
from workstation.jury.console.steps import Step

_MOVES: dict[type, Callable[[Any, Any], Step]] = {
    phone.PhoneTold: calls.phone_told,
    phone.PhoneUnusable: calls.phone_unusable,
    phone.AnswerWanted: wish.answer,
    phone.HangUpWanted: calls.hang_up,
    phone.HoldWanted: wish.hold,
    phone.SwapWanted: wish.swap,
    phone.MuteWanted: wish.mute,
    phone.DigitsWanted: wish.digits,
    phone.DevicesChosen: wish.devices,
    phone.Said: wish.said,
    phone.LinkUp: grid.following(room.link_up),
    phone.LinkDown: room.link_down,
    phone.RowArrived: grid.row_arrived,
    e.JournalRestarted: grid.restarted,
    e.ViewArrived: grid.following(room.view_arrived),
    phone.PlaceLost: room.place_lost,
    e.SeatAnswered: grid.following(room.seat_answered),
    phone.AccountArrived: calls.account_arrived,
    e.SheetArrived: room.sheet_arrived,
    e.WhoArrived: room.who_is_called,
    e.CallGranted: calls.call_granted,
    e.CallDenied: calls.call_denied,
    e.ListeningGranted: room.listening_granted,
    e.ListeningDenied: room.listening_denied,
    e.Refused: room.refused,
    e.Done: room.done,
    e.SeatWanted: room.take_seat,
    e.SimulationChosen: room.simulation_chosen,
    e.SimulationOrdered: room.order_simulation,
    e.StreamWanted: room.want_stream,
    e.TeamWanted: room.want_team,
    e.TurnWanted: room.want_turn,
    e.PersonaCallWanted: calls.call_as_persona,
    e.ParkWanted: calls.park,
    e.PickUpWanted: room.pick_up,
    e.ListenWanted: room.want_listening,
    e.VolumeWanted: calls.change_volume,
    e.LevelHeard: room.level_heard,
    e.Ticked: room.ticked,
    e.SessionArrived: grid.following(grid.session_arrived),
    e.GridArrived: grid.grid_arrived,
    e.EvidenceArrived: grid.evidence_arrived,
    e.OwedLoaded: grid.following(grid.owed_loaded),
    e.WriteAnswered: grid.write_answered,
    e.WriteRefused: grid.write_refused,
    e.WriteWanted: grid.want_write,
    e.Typed: grid.typed,
    e.FactsWanted: grid.want_facts,
    e.EvidenceWanted: grid.want_evidence,
    e.SheetWanted: grid.want_sheet,
}


def apply(state: JuryState, event: e.JuryEvent) -> Step:
    """The state after `event`, and what to ask of the world, in order."""
    return _MOVES[type(event)](state, event)
