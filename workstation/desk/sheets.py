"""How what the desk knows of the sitting's spreadsheets moves.

A working copy is the server's; what is typed since its last save is a draft (`sheet:<name>`), kept on this disk until the server has
confirmed a save that says the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from workstation.desk.changes import Step, say
from workstation.desk.effects import AskSheet, KeepDraft
from workstation.desk.events import SheetTold, SheetWanted
from workstation.desk.sheets_view import HandedSheet, OpenSheet, draft_id
from workstation.desk.state import DeskState
from workstation.i18n import _


def outside_program_blocked(state: DeskState) -> str:
    """Why a spreadsheet may not be opened in another program now; "" when it may: in practice, and in an exam whose session allows it."""
    allowed = ((state.sitting.get("course") or {}).get("settings") or {}).get("office")
    return "" if allowed or state.sitting.get("mode") == "practice" else _("Pas pendant un examen : le tableur du poste suffit.")


def sheet_wanted(state: DeskState, event: SheetWanted) -> Step:
    if event.what == "save":
        state = _opened(state, event.name, save="saving", title="")
    return state, (AskSheet(event.what, event.name, event.write_id, event.data),)


def sheet_told(state: DeskState, event: SheetTold) -> Step:
    view, data = state.sheets, event.data
    match event.what:
        case "list":
            return replace(state, sheets=replace(view, files=tuple(data["files"]))), ()
        case "open":
            sheet = OpenSheet(event.name, int(data["version"]), data["document"], str(data["clock"]), str(data["write_id"]))
            return replace(state, sheets=replace(view, opened={**view.opened, event.name: sheet})), ()
        case "save":
            return _saved(state, event)
        case "save_failed":
            version = data.get("version")  # of the copy that was saved meanwhile: the next save is made on it
            known = {} if version is None else {"version": int(version)}
            state = _opened(state, event.name, save="failed", title=str(data["title"]), **known)
            return say(state, _("NON ENREGISTRÉ : {why}").format(why=data["title"]), event.at, "error"), ()
        case "export":
            return say(state, _("Tableur exporté : {path}").format(path=data["path"]), event.at), ()
        case "hand_over":
            handed = HandedSheet(event.name, str(data["path"]), bool(data["read_only"]))
            state = replace(state, sheets=replace(view, handed={**view.handed, event.name: handed}))
            return say(state, _("Ouvert dans {program} : {path}").format(**data), event.at), ()
        case "take_back":
            handed = replace(view.handed[event.name], back=data["document"])
            return replace(state, sheets=replace(view, handed={**view.handed, event.name: handed})), ()
        case "let_go":
            kept = {name: one for name, one in view.handed.items() if name != event.name}
            return replace(state, sheets=replace(view, handed=kept)), ()
    return state, ()


def _saved(state: DeskState, event: SheetTold) -> Step:
    data = event.data
    files = state.sheets.files
    if files is not None and event.name not in (one["name"] for one in files):
        files = (*files, {"name": event.name, "version": data["version"], "of_pack": False})
    state = replace(state, sheets=replace(state.sheets, files=files), saved_at=str(data["clock"]))
    new = {"version": int(data["version"]), "document": data["document"], "saved_at": str(data["clock"]), "save": "", "title": ""}
    new["write_id"] = data["write_id"]
    state = _opened(state, event.name, **new)
    draft = state.drafts.get(draft_id(event.name))
    if draft is None:
        return state, ()
    if (draft.get("fields") or {}).get("document") == data["document"]:
        drafts = {key: value for key, value in state.drafts.items() if key != draft_id(event.name)}
        return replace(state, drafts=drafts), (KeepDraft(draft_id(event.name), None),)
    draft = {**draft, "version": int(data["version"])}
    return replace(state, drafts={**state.drafts, draft_id(event.name): draft}), (KeepDraft(draft_id(event.name), draft),)


def _opened(state: DeskState, name: str, **changes: Any) -> DeskState:
    known = state.sheets.opened.get(name) or OpenSheet(name, 0, {})
    return replace(state, sheets=replace(state.sheets, opened={**state.sheets.opened, name: replace(known, **changes)}))
