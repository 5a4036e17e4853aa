"""`apply(state, event)`: the one place where the desk's state moves. Pure; merges by call key; late answers fall by their key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workstation.desk import agent_wishes as wish
from workstation.desk import call_wishes as call
from workstation.desk import chat, recording, sheets
from workstation.desk import events as e
from workstation.desk import exchange_news as exchange
from workstation.desk import paper_wishes as paper
from workstation.desk import phone_facts as phone
from workstation.desk import room_answers as answers
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
    e.SittingArrived: answers.sitting_arrived,
    e.BriefArrived: answers.brief_arrived,
    e.ProductsArrived: answers.products_arrived,
    e.ListArrived: answers.list_arrived,
    e.DebriefArrived: answers.debrief_arrived,
    e.DebriefExported: answers.debrief_exported,
    e.ProgressArrived: answers.progress_arrived,
    e.RecordingsErased: recording.erased,
    e.SheetTold: sheets.sheet_told,
    e.SheetWanted: sheets.sheet_wanted,
    e.LookedUp: answers.looked_up,
    e.SearchArrived: answers.search_arrived,
    e.FileArrived: answers.file_arrived,
    e.DialFound: wish.dial_found,
    e.DialRefused: wish.dial_refused,
    e.Refused: answers.refused,
    e.WriteConfirmed: answers.write_confirmed,
    e.WriteRefused: answers.write_refused,
    e.WritesLate: answers.writes_late,
    e.SpoolCounted: answers.spool_counted,
    e.DraftsLoaded: answers.drafts_loaded,
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
    e.ListWanted: wish.ask_list,
    e.SaveWanted: wish.save,
    e.DraftTyped: wish.draft,
    e.DocumentWanted: wish.open_document,
    e.PaperWanted: paper.fetch_paper,
    e.PrintWanted: paper.print_reply,
    e.PrintTold: paper.print_told,
    e.SimulationWanted: wish.order_simulation,
    e.DebriefWanted: wish.ask_debrief,
    e.DebriefExportWanted: wish.export_debrief,
    e.ProgressWanted: wish.ask_progress,
    e.RecordingWanted: recording.switch,
    e.RecordingsEraseWanted: recording.erase,
    e.TraceMade: wish.trace,
    e.ChatAcceptWanted: chat.accept,
    e.ChatSayWanted: chat.say_it,
    e.ChatCloseWanted: chat.close,
    e.ChatTypingWanted: chat.types,
    e.DevicesChosen: call.devices,
    e.Said: call.said,
}


def apply(state: DeskState, event: DeskEvent) -> Step:
    """The state after `event`, and what to ask of the world, in order."""
    return _MOVES[type(event)](state, event)
