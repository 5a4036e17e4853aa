"""`apply(state, event)`: the one place where the desk's state moves. Pure; merges by call key; late answers fall by their key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workstation.desk import agent_wishes as wish
from workstation.desk import call_wishes as call
from workstation.desk import events as e
from workstation.desk import exchange_news as exchange
from workstation.desk import phone_facts as phone
from workstation.desk import room_news as room
from workstation.desk.changes import Step
from workstation.desk.events import DeskEvent
from workstation.desk.state import DeskState

_MOVES: dict[type, Callable[[DeskState, Any], Step]] = {
    e.PhoneTold: phone.phone_told,
    e.PhoneUnusable: phone.phone_unusable,
    e.LinkUp: room.link_up,
    e.LinkDown: room.link_down,
    e.RowArrived: room.row_arrived,
    e.StationArrived: room.station_arrived,
    e.AccountArrived: exchange.account_arrived,
    e.PlaceLost: exchange.place_lost,
    e.SittingLeft: exchange.sitting_left,
    e.AgentArrived: room.agent_arrived,
    e.SittingArrived: room.sitting_arrived,
    e.BriefArrived: room.brief_arrived,
    e.ProductsArrived: room.products_arrived,
    e.DebriefArrived: room.debrief_arrived,
    e.DebriefExported: room.debrief_exported,
    e.LookedUp: room.looked_up,
    e.SearchArrived: room.search_arrived,
    e.FileArrived: room.file_arrived,
    e.DialFound: wish.dial_found,
    e.DialRefused: wish.dial_refused,
    e.Refused: room.refused,
    e.WriteConfirmed: room.write_confirmed,
    e.WriteRefused: room.write_refused,
    e.WritesLate: room.writes_late,
    e.SpoolCounted: room.spool_counted,
    e.DraftsLoaded: room.drafts_loaded,
    e.AnswerWanted: call.answer,
    e.HangUpWanted: call.hang_up,
    e.HoldWanted: call.hold,
    e.SwapWanted: call.swap,
    e.MuteWanted: call.mute,
    e.DigitsWanted: call.digits,
    e.DialWanted: wish.dial,
    e.TransferWanted: wish.transfer,
    e.JoinWanted: call.join,
    e.AgentWanted: wish.order_agent,
    e.ContactWanted: wish.open_contact,
    e.SearchWanted: wish.search,
    e.SaveWanted: wish.save,
    e.DraftTyped: wish.draft,
    e.DocumentWanted: wish.open_document,
    e.SimulationWanted: wish.order_simulation,
    e.DebriefWanted: wish.ask_debrief,
    e.DebriefExportWanted: wish.export_debrief,
    e.TraceMade: wish.trace,
    e.DevicesChosen: call.devices,
    e.Said: call.said,
}


def apply(state: DeskState, event: DeskEvent) -> Step:
    """The state after `event`, and what to ask of the world, in order."""
    return _MOVES[type(event)](state, event)
