"""What panes ask of the app. A pane never talks to the network, the phone or the disk: it posts one of these."""

from __future__ import annotations

from typing import Any, Literal

from textual.message import Message

SheetOrder = Literal["list", "open", "save", "export", "hand_over", "take_back", "let_go"]


class SaveAsked(Message):
    """Save these fields of a record. `version` 0 creates it; `record_id` is a UUID made when the form opened."""

    def __init__(self, kind: str, record_id: str, version: int, fields: dict[str, Any]) -> None:
        super().__init__()
        self.kind, self.record_id, self.version, self.fields = kind, record_id, version, fields


class DraftChanged(Message):
    """What is typed in a form, to be kept on disk until saved or dropped (`fields` None drops it).
    `where` (pane and contact) lets the pane find it again after a restart."""

    def __init__(self, kind: str, record_id: str, version: int, fields: dict[str, Any] | None, where: dict[str, str]) -> None:
        super().__init__()
        self.kind, self.record_id, self.version, self.fields, self.where = kind, record_id, version, fields, where


class FileAsked(Message):
    """Open this contact's file and put it in front; `stay`: the pane in front, which shows it in its own way, stays there."""

    def __init__(self, contact_id: str, *, stay: bool = False) -> None:
        super().__init__()
        self.contact_id, self.stay = contact_id, stay


class SearchAsked(Message):
    def __init__(self, query: str, page: int = 1) -> None:
        super().__init__()
        self.query, self.page = query, page


class ListAsked(Message):
    """Have records that are no customer's own, or a campaign's targets, in `state.lists[key]`, kept up to date from then on. `params` are
    the filters, bounds and page of GET /crm/{kind}; asking again under a key replaces what it held."""

    def __init__(self, key: str, kind: str, **params: str) -> None:
        super().__init__()
        self.key, self.kind, self.params = key, kind, params


class DialAsked(Message):
    """Call this number (any French writing of it)."""

    def __init__(self, number: str, contact_id: str = "") -> None:
        super().__init__()
        self.number, self.contact_id = number, contact_id


class ChatSaid(Message):
    """Send this in the written conversation; `typing` alone only tells that it is being written, or no more."""

    def __init__(self, chat_id: str, text: str = "", *, typing: bool | None = None) -> None:
        super().__init__()
        self.chat_id, self.text, self.typing = chat_id, text, typing


class ChatOrdered(Message):
    """Accept the conversation that is offered, or close this one."""

    def __init__(self, order: str, chat_id: str) -> None:
        super().__init__()
        self.order, self.chat_id = order, chat_id


class DocumentAsked(Message):
    """Open the produced document with the machine's viewer."""

    def __init__(self, document_id: str) -> None:
        super().__init__()
        self.document_id = document_id


class PaperAsked(Message):
    """Have a written reply as a file (pdf, odt) and open it with the machine's viewer."""

    def __init__(self, reply_id: str, form: Literal["pdf", "odt"]) -> None:
        super().__init__()
        self.reply_id, self.form = reply_id, form


class PrintAsked(Message):
    """Print a written reply on this machine's printer; `title` names the job."""

    def __init__(self, reply_id: str, title: str) -> None:
        super().__init__()
        self.reply_id, self.title = reply_id, title


class SheetAsked(Message):
    """About a spreadsheet of the sitting: `what` is one of AskSheet's (workstation/desk/effects.py), with what it needs in `data`."""

    def __init__(self, what: SheetOrder, name: str = "", **data: Any) -> None:
        super().__init__()
        self.what: SheetOrder = what
        self.sheet, self.data = name, data


class PaneAsked(Message):
    """Put another pane in front."""

    def __init__(self, pane_id: str) -> None:
        super().__init__()
        self.pane_id = pane_id


class Traced(Message):
    """Something seen that the journal keeps: ScreenOpened, ProcedureOpened, BriefSearched."""

    def __init__(self, kind: str, **data: Any) -> None:
        super().__init__()
        self.kind, self.data = kind, data


class Told(Message):
    """A sentence for the agent, by the app's one notice line."""

    def __init__(self, text: str, tone: str = "info") -> None:
        super().__init__()
        self.text, self.tone = text, tone


class LeaveAsked(Message):
    """Leave the desk, without a question: whoever started it is gone, or it has nothing more to do here. `code` is its exit code."""

    def __init__(self, code: int = 0) -> None:
        super().__init__()
        self.code = code
