"""A station killed while its candidate types in a spreadsheet: `python -m tests.workstation.office_killed FOLDER PACK`.

One save is confirmed, then a cell is changed and another is being typed in; the process, room server included, is killed (SIGKILL) as
soon as the draft is on the disk, or right after the save with `--saved`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.workstation.office_of_tests import office_desk
from tests.workstation.wait import wait_for
from workstation.links.room_link import RoomLink


async def _main(folder: Path, pack: Path, *, saved_only: bool) -> None:
    async with office_desk(folder, pack) as desk:
        await desk.press("enter")
        await desk.until("/ : commandes")
        await desk.press("down")
        await desk.type("Abouti")
        await desk.press("enter")
        await desk.press("ctrl+s")
        await desk.until("Enregistré")
        if not saved_only:
            await desk.type("Refus")
            await desk.press("enter")
            await desk.type("en cours")

            def typing() -> str:
                fields = desk.app.state.drafts["sheet:appels.csv"]["fields"]
                return str((fields.get("typing") or {}).get("text"))

            await wait_for(lambda: typing() == "en cours", "the last key")
            link = desk.app.link
            assert isinstance(link, RoomLink)
            await wait_for(lambda: link.disk.resting, "the draft on its way to the disk")
            await link.disk.do(int)  # after what was asked of the disk before
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), Path(sys.argv[2]), saved_only="--saved" in sys.argv))
