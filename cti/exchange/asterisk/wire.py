"""The manager protocol of Asterisk (AMI): bytes in, messages out; actions to bytes. Pure.

A message is `Key: value` lines ended by CR LF, and a blank line; a key may come back (`ChanVariable`, `Output`). Lines end at CR LF and
nowhere else: a lone line feed is part of a value, so that a caller's name cannot start a field of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MAX_LINE = 16 * 1024  # bytes kept of one line; the rest of it is thrown away
MAX_FIELDS = 512  # of one message
MAX_SENT_LINE = 1000  # bytes; Asterisk reads lines of 1024
MAX_SENT_FIELDS = 120  # Asterisk reads 128
_COMES_BACK = ("ChanVariable", "Variable", "Output")
_BREAK = b"\r\n"


class Unsendable(ValueError):
    """An action that would not reach Asterisk as it was meant."""


@dataclass(frozen=True)
class Message:
    """`fields` in the order received, keys as Asterisk writes them. `cut`: a line or fields were beyond the bounds and are missing."""

    fields: tuple[tuple[str, str], ...]
    cut: bool = False

    def get(self, key: str, default: str = "") -> str:
        """The first value of that key."""
        return next((value for name, value in self.fields if name == key), default)

    def all(self, key: str) -> tuple[str, ...]:
        return tuple(value for name, value in self.fields if name == key)

    def __contains__(self, key: object) -> bool:
        return any(name == key for name, _ in self.fields)

    @property
    def repeats(self) -> bool:
        """Whether a key comes back that never does. Asterisk writes some texts of callers as they are, line ends included: what such a
        text adds to a message of ours shows here."""
        once = [key for key, _ in self.fields if not key.endswith(_COMES_BACK)]
        return len(once) != len(set(once))

    @property
    def event(self) -> str:
        """The event's name; "" for a response."""
        return self.get("Event")


class Decoder:
    """Fed with whatever the socket gave; holds at most one unfinished message within the bounds above."""

    def __init__(self) -> None:
        self.greeting = ""
        """The server's first line, "Asterisk Call Manager/11.0.0"; "" until it has come."""
        self._rest = b""  # of a line whose end has not come
        self._overlong = False  # that line is beyond MAX_LINE
        self._fields: list[tuple[str, str]] = []
        self._cut = False

    def feed(self, data: bytes) -> list[Message]:
        """The messages that `data` completes."""
        done: list[Message] = []
        *lines, rest = (self._rest + data).split(_BREAK)
        for line in lines:
            message = self._take(line[:MAX_LINE], self._overlong or len(line) > MAX_LINE)
            self._overlong = False
            if message is not None:
                done.append(message)
        if len(rest) > MAX_LINE:
            self._overlong = True
            # only a CR that really came last may meet the LF of the next read
            rest = rest[:MAX_LINE].rstrip(b"\r") + (b"\r" if rest.endswith(b"\r") else b"")
        self._rest = rest
        return done

    def _take(self, line: bytes, overlong: bool) -> Message | None:
        text = line.decode("utf-8", "replace")
        if not self.greeting:
            self.greeting = text[:200] or "?"
            return None
        if text:
            key, _, value = text.partition(":")
            self._cut = self._cut or overlong or len(self._fields) >= MAX_FIELDS
            if len(self._fields) < MAX_FIELDS:
                self._fields.append((key.strip(), value.strip(" ")))
            return None
        if not self._fields:
            return None
        message = Message(tuple(self._fields), self._cut)
        self._fields, self._cut = [], False
        return message


def encode_action(name: str, action_id: str, fields: Mapping[str, str | Sequence[str]] | None = None) -> bytes:
    """One action; a sequence repeats its key. Raises Unsendable for a line break or a control in it, or beyond what Asterisk reads."""
    lines = [("Action", name), ("ActionID", action_id)]
    for key, value in (fields or {}).items():
        lines.extend((key, one) for one in ((value,) if isinstance(value, str) else value))
    if len(lines) > MAX_SENT_FIELDS:
        raise Unsendable(f"{len(lines)} fields in {name}")
    sent = bytearray()
    for key, value in lines:
        if not key.isascii() or not key.isalnum() or any(ord(c) < 32 or ord(c) == 127 for c in value):
            raise Unsendable(f"{key!r} of {name} cannot be sent")
        try:
            line = f"{key}: {value}".encode()
        except UnicodeEncodeError:
            raise Unsendable(f"{key!r} of {name} is not Unicode") from None
        if len(line) > MAX_SENT_LINE:
            raise Unsendable(f"{key!r} of {name} has {len(line)} bytes")
        sent += line + _BREAK
    return bytes(sent + _BREAK)
