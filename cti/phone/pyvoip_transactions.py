"""What UDP loses is said again: SIP transactions (RFC 3261 §17) of the pyVoIP engine, driven by its one thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cti.phone.pyvoip_wire import Address, Packet

T1, T2 = 0.5, 4.0  # seconds (RFC 3261 §17.1.1.1)
LIFE = 64 * T1
Send = Callable[[bytes, Address], None]


@dataclass
class _Said:
    """A datagram repeated until something answers it."""

    data: bytes
    to: Address
    next_at: float
    interval: float
    until: float
    gave_up: Callable[[], None]
    answered: Callable[[Packet], None] | None = None
    is_invite: bool = False
    dies_at: float = 0.0  # even when quiet
    quiet: bool = False  # a provisional answer came: an INVITE is not repeated any more, and waits as long as its owner likes


def cancel_of(branch: str) -> str:
    """Where the CANCEL of an INVITE waits: it has its INVITE's branch (RFC 3261 §9.1)."""
    return f"{branch} CANCEL"


class Transactions:
    """Requests by branch, answers by (Call-ID, CSeq) until their ACK, and answers remembered for requests that come again."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._requests: dict[str, _Said] = {}
        self._finals: dict[tuple[str, int], _Said] = {}
        self._answers: dict[tuple[str, str], tuple[bytes, float]] = {}

    @property
    def idle(self) -> bool:
        return not self._requests and not self._finals

    # --- ours -----------------------------------------------------------------------------------------

    def request(
        self, branch: str, data: bytes, to: Address, now: float, answered: Callable[[Packet], None], gave_up: Callable[[], None],
        is_invite: bool = False, life: float = LIFE,
    ) -> None:  # fmt: skip
        """`answered` is called with each response, the last one final; `gave_up` when none came within `life` seconds."""
        self._requests[branch] = _Said(data, to, now + T1, T1, now + life, gave_up, answered, is_invite)
        self._send(data, to)

    def response(self, packet: Packet) -> bool:
        """Hand a response to its request; False: nobody waits for it."""
        branch = packet.branch if packet.cseq_method != "CANCEL" else cancel_of(packet.branch)
        said = self._requests.get(branch)
        if said is None or said.answered is None:
            return False
        if packet.code < 200:
            said.quiet = said.is_invite
        else:
            del self._requests[branch]
        said.answered(packet)
        return True

    def expire(self, branch: str, at: float) -> None:
        """Wait for the answer to this request until then, and no longer."""
        if branch in self._requests:
            self._requests[branch].dies_at = at

    # --- theirs ---------------------------------------------------------------------------------------

    def answer(self, request: Packet, data: bytes, now: float, gave_up: Callable[[], None] | None = None) -> None:
        """Send `data` to the sender of `request`, and again each time it asks; a final answer to an INVITE also until its ACK."""
        self._answers[request.branch, request.method] = (data, now + LIFE)
        if gave_up is not None:
            self._finals[request.call, request.number] = _Said(data, request.source, now + T1, T1, now + LIFE, gave_up)
        self._send(data, request.source)

    def repeated(self, request: Packet) -> bool:
        """True when this very request was answered before; it has been answered again."""
        known = self._answers.get((request.branch, request.method))
        if known is None:
            return False
        self._send(known[0], request.source)
        return True

    def acknowledged(self, ack: Packet) -> bool:
        """An ACK came; True when an answer waited for it."""
        return self._finals.pop((ack.call, ack.number), None) is not None

    # --- time -----------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        self._repeat(self._requests, now)
        self._repeat(self._finals, now)
        if len(self._answers) > 64:
            self._answers = {key: known for key, known in self._answers.items() if known[1] > now}

    def _repeat(self, waiting: dict[str, _Said] | dict[tuple[str, int], _Said], now: float) -> None:
        for key, said in list(waiting.items()):
            dead = bool(said.dies_at) and now >= said.dies_at
            if not dead and (said.quiet or now < min(said.next_at, said.until)):
                continue
            if dead or now >= said.until:
                waiting.pop(key)  # type: ignore[call-overload]  # the key came from this very dict
                said.gave_up()
                continue
            self._send(said.data, said.to)
            said.interval = said.interval * 2 if said.is_invite else min(said.interval * 2, T2)
            said.next_at = now + said.interval
