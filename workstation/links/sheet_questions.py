"""What the desk asks about spreadsheets: of the room server, and of the office suite of this machine."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from workstation.desk import effects as fx
from workstation.desk import events as ev
from workstation.desk.words import clock_time, instant
from workstation.i18n import _
from workstation.links import office_program
from workstation.links.answers import as_file_name, object_of, title_of, unreachable

logger = logging.getLogger("plateau.link")
FORMATS = ("ods", "xlsx", "csv")


class SheetQuestions:
    """`exports` is the folder exported files are written to, by `on_disk`, which runs a function off the loop."""

    def __init__(self, http: httpx.AsyncClient, exports: Path, on_disk: Callable[..., Awaitable[Any]]) -> None:
        self._http, self._exports, self._on_disk = http, exports, on_disk
        self._given: dict[str, str] = {}  # by path: SHA-256 of what the office suite was given

    async def ask(self, effect: fx.AskSheet) -> list[ev.DeskEvent]:
        """What became of it. Raises httpx errors, which the caller tells; a save's are told as its own failure."""
        match effect.what:
            case "list":
                answer = await self._http.get("/sitting/sheets")
                answer.raise_for_status()
                return [self._told(effect, files=answer.json())]
            case "open":
                return [await self._open(effect)]
            case "save":
                return [await self._save(effect)]
            case "export":
                return [await self._export(effect)]
            case "hand_over":
                return [await self._hand_over(effect)]
            case "take_back":
                return await self._take_back(effect)
            case "let_go":
                return [self._told(effect)]

    @staticmethod
    def _told(effect: fx.AskSheet, **data: Any) -> ev.SheetTold:
        return ev.SheetTold(effect.what, effect.name, data, time.time())

    async def _open(self, effect: fx.AskSheet) -> ev.SheetTold:
        answer = await self._http.get(f"/sitting/sheets/{effect.name}")
        answer.raise_for_status()
        view = answer.json()
        known = {name: view[name] for name in ("version", "document", "write_id")}
        return self._told(effect, clock=_clock(view["saved_at"]), **known)

    async def _save(self, effect: fx.AskSheet) -> ev.SheetTold:
        document = effect.data["document"]
        write_id = str(effect.data.get("write_id") or effect.write_id)
        body = {"write_id": write_id, "version": effect.data["version"], "document": document}
        failed = ev.SheetTold("save_failed", effect.name, {"title": ""}, time.time())
        try:
            answer = await self._http.put(f"/sitting/sheets/{effect.name}", json=body)
        except httpx.TransportError as error:
            return ev.SheetTold(failed.what, effect.name, {"title": unreachable(error)}, time.time())
        if answer.is_success:
            saved = answer.json()
            return self._told(effect, version=saved["version"], document=document, clock=_clock(saved["saved_at"]), write_id=write_id)
        told = object_of(answer)
        logger.error("a spreadsheet was not saved: %s %s", answer.status_code, told.get("error_id"))
        version = (told.get("details") or {}).get("version") if told.get("error_id") == "sheet_changed" else None
        return ev.SheetTold(failed.what, effect.name, {"title": title_of(answer), "version": version}, time.time())

    async def _export(self, effect: fx.AskSheet) -> ev.SheetTold:
        form = str(effect.data["form"])
        answer = await self._http.get(f"/sitting/sheets/{effect.name}/export/{form}", params={"sheet": effect.data.get("sheet", 0)})
        answer.raise_for_status()
        stamp = dt.datetime.now().strftime("%Y%m%d-%H%M%S")
        path = self._exports / "tableurs" / f"{as_file_name(effect.name.rpartition('.')[0])}-{stamp}.{form}"
        await self._on_disk(_write, path, answer.content)
        return self._told(effect, path=str(path))

    # --- the office suite ---------------------------------------------------------------------------

    async def _hand_over(self, effect: fx.AskSheet) -> ev.DeskEvent:
        """Give the suite a copy of what is on the screen; say clearly where there is no suite, or no screen for it."""
        program = office_program.office_program()
        if not program:
            return _said(
                _("{program} n'est pas installé sur ce poste : exportez le fichier, ou restez ici.").format(program=office_program.NAME)
            )
        if not office_program.has_screen():
            return _said(_("Ce poste n'a pas d'écran graphique : {program} ne peut pas s'y ouvrir.").format(program=office_program.NAME))
        read_only = bool(effect.data.get("read_only"))
        form = effect.name.rpartition(".")[2]
        form = form if form in ("ods", "xlsx") else "ods"  # a text file would lose formulas
        path = self._exports / "bureautique" / f"{as_file_name(effect.name.rpartition('.')[0])}.{form}"
        content = await self._on_disk(_file_of, effect.data["document"], form, effect.data["today"])
        await self._on_disk(_write, path, content)
        self._given[str(path)] = hashlib.sha256(content).hexdigest()
        try:
            office_program.open_in_office(program, path, read_only=read_only)
        except OSError as error:
            words = _("{program} ne s'ouvre pas : {why}")
            return _said(words.format(program=office_program.NAME, why=error.strerror or error))
        return self._told(effect, path=str(path), read_only=read_only, program=office_program.NAME)

    async def _take_back(self, effect: fx.AskSheet) -> list[ev.DeskEvent]:
        path = Path(str(effect.data["path"]))
        try:
            content = await self._on_disk(path.read_bytes)
        except OSError as error:
            return [_said(_("Fichier illisible : {path} ({why})").format(path=path, why=error.strerror or error))]
        if hashlib.sha256(content).hexdigest() == self._given.get(str(path)):
            return [_said(_("Rien n'y a été enregistré : enregistrez d'abord dans {program}.").format(program=office_program.NAME), "info")]
        document, why = await self._on_disk(_document_of, path.name, content, effect.data["today"])
        return [_said(why)] if why else [self._told(effect, document=document)]


def _said(text: str, tone: str = "warning") -> ev.Said:
    return ev.Said(text, "info" if tone == "info" else "warning", time.time())


def _clock(told: str) -> str:
    at = instant(told)
    return clock_time(at) if at else ""


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _file_of(document: dict[str, Any], form: str, today: dt.date) -> bytes:
    from scenarios.sheet.document import Document
    from scenarios.sheet.files import write_file

    return write_file(Document.model_validate(document), form, today)


def _document_of(name: str, content: bytes, today: dt.date) -> tuple[dict[str, object], str]:
    """What the file holds, or why it cannot be taken back."""
    from scenarios.sheet import SheetError
    from scenarios.sheet.document import card_numbers_in
    from scenarios.sheet.files import read_file

    try:
        document = read_file(name, content, today)
    except SheetError as error:
        return {}, str(error)
    if next(card_numbers_in(document), None):
        return {}, _("Un numéro de carte ou un cryptogramme est dans le fichier : effacez-le d'abord.")
    return document.compact(), ""
