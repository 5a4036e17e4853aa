"""What this desk's phone recorded, brought to its sitting once the call is over; the desk keeps nothing of it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from pathlib import Path

import httpx

logger = logging.getLogger("plateau.link")
FOLDER = "recordings"
PIECE = 500_000  # bytes at once, within what the room takes
GONE = (403, 409, 410, 422)  # the room will never have it


async def bring(http: httpx.AsyncClient, folder: Path) -> None:
    """Every file of the folder, oldest first. Raises httpx.HTTPError: what is left is brought next time."""
    for path in await asyncio.to_thread(_found, folder):
        content = await asyncio.to_thread(path.read_bytes)
        try:
            await _one(http, path.stem, content)
        except httpx.HTTPStatusError as error:
            if error.response.status_code not in GONE or _again(error.response):
                raise
            logger.error("a recording was not taken by the room and is deleted: %s %s", path.name, error.response.text[:300])
        await asyncio.to_thread(path.unlink, missing_ok=True)


def _found(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.wav"), key=lambda one: one.stat().st_mtime)


async def _one(http: httpx.AsyncClient, call_key: str, content: bytes) -> None:
    there = 0
    while there < len(content):
        piece = content[there : there + PIECE]
        answer = await http.put(f"/sitting/recordings/{call_key}", params={"offset": there}, content=piece)
        answer.raise_for_status()
        there = int(answer.json()["bytes"])
    whole = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (await http.post(f"/sitting/recordings/{call_key}", json=whole)).raise_for_status()


def _again(answer: httpx.Response) -> bool:
    """Refused for now: the whole file is to be sent anew."""
    try:
        return bool(answer.json().get("error_id") in ("not_whole", "sitting_left"))
    except ValueError:
        return True
