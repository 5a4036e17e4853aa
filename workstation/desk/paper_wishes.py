"""The papers of written replies: asked for as files, printed, and what the printer says of it."""

from __future__ import annotations

from dataclasses import replace

from workstation.desk.changes import Step
from workstation.desk.effects import FetchPaper, PrintReply
from workstation.desk.events import PaperWanted, PrintTold, PrintWanted
from workstation.desk.state import DeskState, PrintView


def fetch_paper(state: DeskState, event: PaperWanted) -> Step:
    return state, (FetchPaper(event.reply_id, event.form),)


def print_reply(state: DeskState, event: PrintWanted) -> Step:
    """One printing of a reply at a time: asked again while it is on its way, nothing is sent twice."""
    under_way = state.prints.get(event.reply_id)
    if under_way is not None and not under_way.over:
        return state, ()
    view = PrintView("sending")
    return replace(state, prints={**state.prints, event.reply_id: view}), (PrintReply(event.reply_id, event.printer, event.title),)


def print_told(state: DeskState, event: PrintTold) -> Step:
    return replace(state, prints={**state.prints, event.reply_id: event.view}), ()
