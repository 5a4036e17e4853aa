"""A written reply's papers brought from the room: a file for the machine's viewer, a job for its printer."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from workstation.desk import effects as fx
from workstation.desk import events as ev
from workstation.desk.state import PrintView
from workstation.i18n import _
from workstation.links.answers import as_file_name, show_file, title_of, unreachable
from workstation.links.print_job import print_pdf


async def bring_paper(
    http: httpx.AsyncClient, effect: fx.FetchPaper, exports: Path, on_disk: Callable[..., Awaitable[Any]]
) -> list[ev.DeskEvent]:
    """On this machine's disk and given to its viewer; the notice says where it lies, for a machine without one."""
    answer = await http.get(f"/sitting/replies/{effect.reply_id}/{effect.form}")
    answer.raise_for_status()
    folder = exports / "documents"
    path = folder / f"{_name(answer) or as_file_name(effect.reply_id)}.{effect.form}"

    def keep() -> None:
        folder.mkdir(exist_ok=True)
        path.write_bytes(answer.content)

    await on_disk(keep)
    words = _("Document ouvert : {path}") if show_file(path) else _("Document dans le fichier {path}")
    return [ev.Said(words.format(path=path), "info", time.time())]


def _name(answer: httpx.Response) -> str:
    """The stem of the file's name as the room gave it, of safe signs only."""
    said = answer.headers.get("content-disposition", "")
    _before, _sign, name = said.partition('filename="')
    return as_file_name(name.rpartition(".")[0]) if name else ""


async def print_reply(http: httpx.AsyncClient, effect: fx.PrintReply) -> AsyncIterator[ev.DeskEvent]:
    """Each thing the printer says, and once sent and at its end a line of the journal."""
    try:
        answer = await http.get(f"/sitting/replies/{effect.reply_id}/pdf")
        answer.raise_for_status()
    except httpx.TransportError as error:
        yield ev.PrintTold(effect.reply_id, PrintView("failed", detail=unreachable(error)))
        return
    except httpx.HTTPStatusError as error:
        yield ev.PrintTold(effect.reply_id, PrintView("failed", detail=title_of(error.response)))
        return
    async for news in print_pdf(effect.printer, answer.content, effect.title, "plateau"):
        view = PrintView(news.state, news.printer, news.job, news.reasons, news.formats)
        yield ev.PrintTold(effect.reply_id, view)
        if news.state == "sent" or view.over:
            data = {"id": effect.reply_id, "state": news.state, "printer": news.printer, "job": news.job, "reasons": list(news.reasons)}
            yield ev.TraceMade("ReplyPrinted", data, str(uuid.uuid4()), time.time())
