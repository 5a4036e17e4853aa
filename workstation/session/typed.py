"""What is typed in the console's forms, read: durations, hours, seats. Pure."""

from __future__ import annotations

import datetime as dt
import re

LONGEST = 24 * 3600  # seconds


def seconds_typed(text: str) -> int | None:
    """`80` minutes, `53:20` minutes and seconds, `1:20:00` or `1h20`; None for anything else, or for more than a day."""
    typed = re.sub(r"\s", "", text).lower().replace("min", "")
    if found := re.fullmatch(r"(\d{1,2})h(\d{0,2})", typed):
        whole = int(found[1]) * 3600 + int(found[2] or 0) * 60
    elif found := re.fullmatch(r"(\d{1,4})(?::([0-5]\d))?", typed):
        whole = int(found[1]) * 60 + int(found[2] or 0)
    elif found := re.fullmatch(r"(\d{1,2}):([0-5]\d):([0-5]\d)", typed):
        whole = int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3])
    else:
        return None
    return whole if whole <= LONGEST else None


def minutes_words(seconds: int) -> str:
    """As `seconds_typed` reads it again: `80`, `53:20`."""
    whole, rest = divmod(seconds, 60)
    return f"{whole}:{rest:02}" if rest else str(whole)


def start_typed(text: str, today: dt.date, before: dt.datetime | None) -> dt.datetime | None:
    """`09:30` or `9h30` of that day; `+20`: twenty minutes after `before`, the planned start of the candidate named last. Aware, local.
    None for anything else, or without a `before` to count from."""
    typed = re.sub(r"\s", "", text).lower()
    if found := re.fullmatch(r"\+(\d{1,3})", typed):
        return before + dt.timedelta(minutes=int(found[1])) if before is not None else None
    found = re.fullmatch(r"([01]?\d|2[0-3])[:h]([0-5]\d)?", typed)
    if found is None:
        return None
    return dt.datetime.combine(today, dt.time(int(found[1]), int(found[2] or 0))).astimezone()


def names_typed(text: str) -> tuple[str, ...]:
    """Names one after the other, by commas or semicolons."""
    return tuple(one for part in re.split(r"[,;]", text) if (one := " ".join(part.split())))


def seats_typed(text: str, known: tuple[str, ...]) -> tuple[str, ...] | None:
    """`jury1 jury2` or `1, 2`, in the order of the room; () for nothing typed, None for a seat that is not there."""
    typed = {f"jury{one}" if one.isdecimal() else one.lower() for one in re.split(r"[\s,;]+", text.strip()) if one}
    return tuple(one for one in known if one in typed) if typed <= set(known) else None
