"""A sitting's spreadsheets: the pack's, as the candidate finds them, and the candidate's working copies, one file a save.

    <sitting>/sheets/tarifs.ods.3.json     the third save: what it holds, when, by which request
    <sitting>/sheets/tarifs.ods            the file last exported

The newest save is the copy; none is ever overwritten. A save is on the disk before it is answered and journaled.
"""

# Annotations are evaluated here, not postponed: FastAPI must see the dependencies closed over by `sheets_router`.
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from crm_mock.journal import Event
from scenarios.pack_dates import DateExpressionError
from scenarios.pack_sheets import sheet_document
from scenarios.room.access import Identity, only
from scenarios.room.live_sitting import LiveSitting, utc_now
from scenarios.sheet import SheetError
from scenarios.sheet.document import Document, card_numbers_in, changed_cells
from scenarios.sitting import SittingError

FOLDER = "sheets"
OWN_LIMIT = 20  # workbooks a candidate may begin
Name = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,58}\.(ods|xlsx|csv)$")]
MEDIA_TYPES = {
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
_SAVED = re.compile(r"(.+)\.(\d{1,6})\.json")
_writing = threading.Lock()


class SheetWrite(BaseModel):
    """`version` is the one the copy was opened on: 0 for the pack's own file, or for a workbook that begins."""

    model_config = ConfigDict(extra="forbid")
    write_id: Annotated[str, Field(min_length=1, max_length=128)]
    version: Annotated[int, Field(ge=0, le=10**6)]
    document: Document


@dataclass(frozen=True)
class SavedCopy:
    version: int
    write_id: str
    saved_at: str
    document: Document


def sheets_view(live: LiveSitting) -> list[dict[str, Any]]:
    """Every spreadsheet of the sitting, the pack's first; `version` 0: never saved."""
    saved = _versions(live)
    names = [file.name for file in live.pack.sheets]
    own = sorted(name for name in saved if name not in names)
    return [{"name": name, "version": saved.get(name, 0), "of_pack": name in names} for name in (*names, *own)]


def sheet_view(live: LiveSitting, name: str, *, original: bool = False) -> dict[str, Any]:
    """The working copy, or the pack's file while there is none. Raises SittingError `unknown_sheet`."""
    copy = None if original else last_copy(live, name)
    document = copy.document if copy else original_document(live, name)
    head = {"name": name, "version": copy.version if copy else 0, "saved_at": copy.saved_at if copy else ""}
    head["write_id"] = copy.write_id if copy else ""
    return {**head, "document": document.compact()}


def original_document(live: LiveSitting, name: str) -> Document:
    file = next((file for file in live.pack.sheets if file.name == name), None)
    if file is None:
        raise SittingError("unknown_sheet", 404, "Ce tableur n'existe pas dans cette séance.", {"sheet": name})
    try:
        return sheet_document(file, live.pack.day)
    except (SheetError, DateExpressionError) as error:
        raise SittingError("unreadable_sheet", 422, str(error), {"sheet": name}) from error


def last_copy(live: LiveSitting, name: str) -> SavedCopy | None:
    version = _versions(live).get(name, 0)
    if not version:
        return None
    kept = json.loads(_path(live, name, version).read_text(encoding="utf-8"))
    return SavedCopy(version, kept["write_id"], kept["saved_at"], Document.model_validate(kept["document"]))


def save_copy(live: LiveSitting, name: str, write: SheetWrite, actor: str) -> dict[str, Any]:
    """Idempotent by `write_id`. Raises SittingError: a card number, another save since, a disk that refuses."""
    cards = [f"{sheet}!{where}" for sheet, where in card_numbers_in(write.document)]
    if cards:
        title = "Un numéro de carte ou un cryptogramme est dans la feuille : effacez-le, rien n'a été enregistré."
        raise SittingError("card_number", 422, title, {"cells": cards[:20]})
    with _writing:
        saved = last_copy(live, name)
        if saved is None or saved.write_id != write.write_id:
            saved = _new_version(live, name, write, saved)
        _journal(live, name, saved, actor)
    return {"name": name, "version": saved.version, "saved_at": saved.saved_at}


def _new_version(live: LiveSitting, name: str, write: SheetWrite, before: SavedCopy | None) -> SavedCopy:
    current = before.version if before else 0
    if write.version != current:
        title = "Ce tableur a été enregistré entre-temps : votre version est gardée en brouillon."
        raise SittingError("sheet_changed", 409, title, {"sheet": name, "version": current})
    if before is None and not any(file.name == name for file in live.pack.sheets):
        own = [one for one in sheets_view(live) if not one["of_pack"]]
        if len(own) >= OWN_LIMIT:
            raise SittingError("too_many_sheets", 409, f"{OWN_LIMIT} nouveaux classeurs au plus : reprenez-en un.", {"limit": OWN_LIMIT})
    now = utc_now().isoformat(timespec="milliseconds")
    body = {"write_id": write.write_id, "saved_at": now, "document": write.document.compact()}
    _keep(live, f"{name}.{current + 1}.json", json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())
    return SavedCopy(current + 1, write.write_id, now, write.document)


def _journal(live: LiveSitting, name: str, saved: SavedCopy, actor: str) -> None:
    """The row of a save; saying it again for the same request adds nothing."""
    if saved.version > 1:
        former = Document.model_validate(json.loads(_path(live, name, saved.version - 1).read_text(encoding="utf-8"))["document"])
    else:
        in_pack = any(file.name == name for file in live.pack.sheets)
        former = (
            original_document(live, name) if in_pack else Document.model_validate({"sheets": [{"name": saved.document.sheets[0].name}]})
        )
    changed = len(changed_cells(former, saved.document))
    data = {"sheet": name, "version": saved.version, "cells": saved.document.size, "changed": changed, "write_id": saved.write_id}
    live.journal([Event("SheetSaved", data, actor, event_id=saved.write_id)])


def export_copy(live: LiveSitting, name: str, form: Literal["ods", "xlsx", "csv"], sheet: int, actor: str) -> tuple[str, bytes]:
    """The copy as a file, kept in the sitting's folder too; its name and content."""
    from scenarios.sheet.files import write_file

    copy = last_copy(live, name)
    document = copy.document if copy else original_document(live, name)
    try:
        content = write_file(document, form, live.pack.day, sheet)
    except SheetError as error:
        raise SittingError("sheet_not_written", 422, str(error), {"sheet": name}) from error
    exported = f"{name.rpartition('.')[0]}.{form}"
    _keep(live, exported, content)
    live.journal([Event("SheetExported", {"sheet": name, "version": copy.version if copy else 0, "file": exported}, actor)])
    return exported, content


def _versions(live: LiveSitting) -> dict[str, int]:
    """The newest save of each spreadsheet that has one."""
    newest: dict[str, int] = {}
    folder = live.folder / FOLDER
    for path in folder.iterdir() if folder.is_dir() else ():
        found = _SAVED.fullmatch(path.name)
        if found is not None:
            newest[found[1]] = max(newest.get(found[1], 0), int(found[2]))
    return newest


def _path(live: LiveSitting, name: str, version: int) -> FilePath:
    return live.folder / FOLDER / f"{name}.{version}.json"


def _keep(live: LiveSitting, name: str, content: bytes) -> None:
    live.keep_file(FOLDER, name, content, "sheet_not_kept", "Ce tableur ne peut pas être écrit dans le dossier de la séance.")


def sheets_router(live: Callable[[Identity], LiveSitting], authorise: Callable[[Request], Identity]) -> APIRouter:
    """Routes under /sitting/sheets. The candidate of the sitting and the trainer read; only the candidate saves."""
    router = APIRouter(prefix="/sitting/sheets", tags=["sitting"])
    Who = Annotated[Identity, Depends(authorise)]

    @router.get("", summary="Les tableurs de la séance")
    def sheets(who: Who) -> list[dict[str, Any]]:
        only(who, "candidate", "trainer")
        return sheets_view(live(who))

    @router.get("/{name}", summary="Un tableur : la copie de travail, sinon le fichier du dossier")
    def sheet(name: Name, who: Who, original: bool = False) -> dict[str, Any]:
        only(who, "candidate", "trainer")
        return sheet_view(live(who), name, original=original)

    @router.put("/{name}", summary="Enregistrer la copie de travail")
    def save(name: Name, body: SheetWrite, who: Who) -> dict[str, Any]:
        only(who, "candidate")
        return save_copy(live(who), name, body, who.name)

    @router.get(
        "/{name}/export/{form}",
        response_class=Response,
        responses={200: {"content": {media: {} for media in MEDIA_TYPES.values()}}},
        summary="La copie de travail, en fichier de tableur",
    )
    def export(name: Name, form: Literal["ods", "xlsx", "csv"], who: Who, sheet: Annotated[int, Query(ge=0, le=100)] = 0) -> Response:
        only(who, "candidate", "trainer")
        exported, content = export_copy(live(who), name, form, sheet, who.name)
        headers = {"Content-Disposition": f'attachment; filename="{exported}"'}
        return Response(content, media_type=MEDIA_TYPES[form], headers=headers)

    return router
