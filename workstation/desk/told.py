"""What the room tells as JSON, read whatever it holds or lacks. Pure."""

from __future__ import annotations

from workstation.desk.state import Record


def records(value: object) -> list[Record]:
    """The objects of a list; nothing when it is none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, (list, tuple)) else []


def record(value: object) -> Record:
    return value if isinstance(value, dict) else {}
