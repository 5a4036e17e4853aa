"""What the exchange tells of its lines and calls: facts in the past tense, all frozen; names follow ECMA-269 (CSTA) events.

`call_key` is the one of header X-Plateau-Call, the same the phones tell; `line` is a SIP account ("poste3", "jury1"). Text that came
from the network is carried as `clean_text` left it. The room journals each as "Exchange" + the class's name, save those of
EPHEMERAL; facts of one call may arrive in any order and twice.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal, Union


@dataclass(frozen=True)
class LinkChanged:
    """The link to the exchange came up (state rebuilt, facts made up for) or was lost. `detail` is for the log."""

    up: bool
    version: str = ""
    detail: str = ""


@dataclass(frozen=True)
class LineChanged:
    """A line's registration. `address`: host:port its phone registered from; `transport`: udp, tcp, tls."""

    line: str
    registered: bool
    address: str = ""
    transport: str = ""
    reachable: bool = True  # False: registered and does not answer OPTIONS


@dataclass(frozen=True)
class Queued:
    """A call joined the queue of a station, or the shared one."""

    call_key: str
    queue: str
    number: str
    name: str
    position: int  # from 1


@dataclass(frozen=True)
class Abandoned:
    """The caller gave up before anybody answered."""

    call_key: str
    queue: str
    waited: float  # seconds


@dataclass(frozen=True)
class Delivered:
    """The INVITE left for `line`; `from_line` is who called, "" when unknown. `dialled`: the number a station dialled to get there."""

    call_key: str
    line: str
    from_line: str = ""
    number: str = ""  # caller's, as shown
    name: str = ""
    queue: str = ""
    waited: float = 0.0  # seconds in the queue
    dialled: str = ""


@dataclass(frozen=True)
class Failed:
    """The offer to `line` ended without an answer. `cause`: ITU-T Q.850, 0 unknown."""

    call_key: str
    line: str
    cause: int = 0
    words: str = ""


@dataclass(frozen=True)
class Established:
    """`line` is in conversation in this call."""

    call_key: str
    line: str
    waited: float = 0.0  # seconds in the queue before it


@dataclass(frozen=True)
class Held:
    call_key: str
    line: str  # who holds


@dataclass(frozen=True)
class Retrieved:
    call_key: str
    line: str


@dataclass(frozen=True)
class Transferred:
    """`line` sent the call elsewhere; `dialled` is where (blind), "" when attended."""

    call_key: str
    line: str
    kind: Literal["blind", "attended"]
    dialled: str = ""


@dataclass(frozen=True)
class Parked:
    call_key: str
    line: str  # whose channel is parked
    space: str  # number to dial to pick it up; "" when it has been picked up or has gone


@dataclass(frozen=True)
class Cleared:
    """`line` left the call. `cause`: ITU-T Q.850, 0 unknown."""

    call_key: str
    line: str
    cause: int = 0
    words: str = ""


@dataclass(frozen=True)
class QueueMemberChanged:
    """Whether the queue may offer calls to that station. Confirms `Exchange.set_ready`."""

    line: str
    queue: str
    member: bool
    paused: bool


@dataclass(frozen=True)
class ListeningBegan:
    """`listener` hears `line` from now on, on that very channel; `mode` whisper and barge exist in practice only."""

    listener: str
    line: str
    mode: Literal["listen", "whisper", "barge"] = "listen"


@dataclass(frozen=True)
class ListeningEnded:
    listener: str
    line: str


@dataclass(frozen=True)
class TalkingChanged:
    """Somebody on the calls of `line` began or ceased to speak, as the exchange hears it: `side` own is who is at the line."""

    line: str
    side: Literal["own", "far"]
    talking: bool


@dataclass(frozen=True)
class IntruderRefused:
    """A request with a wrong name or password, or from a stranger. `locked_out`: its address gets no answer any more."""

    address: str
    account: str
    times: int = 1
    locked_out: bool = False


ExchangeFact = Union[
    LinkChanged, LineChanged, Queued, Abandoned, Delivered, Failed, Established, Held, Retrieved, Transferred, Parked, Cleared,
    QueueMemberChanged, ListeningBegan, ListeningEnded, TalkingChanged, IntruderRefused,
]  # fmt: skip
EPHEMERAL = (TalkingChanged, QueueMemberChanged)
"""Told live, never journaled."""


def as_data(fact: ExchangeFact) -> dict[str, Any]:
    """The fact's fields, for JSON; its kind is not among them."""
    return dataclasses.asdict(fact)
