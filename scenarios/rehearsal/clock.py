"""A clock that runs faster than the real one from a fixed instant on: the same for every process that reads its file."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
from dataclasses import dataclass
from pathlib import Path

FILE = "clock.json"


@dataclass(frozen=True)
class FastClock:
    """`speed` seconds of the rehearsal pass in a real one since `real`, when it was `told`. Instants are aware."""

    real: dt.datetime
    told: dt.datetime
    speed: float

    def __call__(self) -> dt.datetime:
        return self.told + (dt.datetime.now(dt.UTC) - self.real) * self.speed

    async def until(self, instant: dt.datetime) -> None:
        await asyncio.sleep(max(0.0, (instant - self()).total_seconds() / self.speed))

    async def minutes(self, count: float) -> None:
        await self.until(self() + dt.timedelta(minutes=count))


def new_clock(folder: Path, told: dt.datetime, speed: float) -> FastClock:
    """Begun now, kept in `folder` so that a room server that is started again goes on by it."""
    made = FastClock(dt.datetime.now(dt.UTC), told, speed)
    body = {"real": made.real.isoformat(), "told": made.told.isoformat(), "speed": speed}
    draft = folder / f"{FILE}.new"
    draft.write_text(json.dumps(body), encoding="utf-8")
    os.replace(draft, folder / FILE)
    return made


def kept_clock(folder: Path) -> FastClock:
    """Raises OSError or ValueError where there is none."""
    body = json.loads((folder / FILE).read_text(encoding="utf-8"))
    return FastClock(dt.datetime.fromisoformat(body["real"]), dt.datetime.fromisoformat(body["told"]), float(body["speed"]))
