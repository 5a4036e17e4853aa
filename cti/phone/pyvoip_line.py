"""One call of the pyVoIP engine, and the requests its dialog sends (RFC 3261 §12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cti.messages import Cause, Party
from cti.phone.pyvoip_media import Stream
from cti.phone.pyvoip_wire import Address, Packet, Session, host_and_port, message, new_branch, tag_of, uri_of


@dataclass(eq=False)
class Line:
    """Times are `time.monotonic()`. `local`, `remote`: what stands in From and To of our requests, without the tag."""

    call_id: str
    call_key: str
    outbound: bool
    dialog: str  # Call-ID
    local: str
    remote: str
    local_tag: str
    target: str  # URI our requests go to
    far: Address  # where they go on the network
    contact: str
    remote_tag: str = ""
    routes: list[str] = field(default_factory=list)
    number: int = 0  # CSeq of our last request
    far_number: int = 0  # of theirs
    invite: Packet | None = None  # inbound: the one to be answered
    branch: str = ""  # outbound: of the INVITE under way
    extra: list[tuple[str, str]] = field(default_factory=list)  # headers of our INVITE
    provisional: bool = False  # something came back: a CANCEL may be sent
    cancel_wanted: bool = False
    challenged: bool = False
    ring_until: float = 0.0
    answered_at: float | None = None
    ended: bool = False
    told_answered: bool = False
    rang: bool | None = None  # early_media of the last CallRang
    ending: tuple[Cause, Party] | None = None
    # media
    identity: int = 0
    version: int = 0
    session: Session | None = None  # theirs
    stream: Stream | None = None
    local_held: bool = False
    remote_held: bool = False
    reinviting: str = ""  # the order our re-INVITE carries out
    retry_at: float = 0.0
    tries: int = 0

    def learn(self, packet: Packet, from_them: str) -> None:
        """What a dialog-forming or refreshing message says of the far end; `from_them`: its From, or its To for a response."""
        self.remote_tag = tag_of(from_them) or self.remote_tag
        contact = uri_of(packet.value("contact"))
        if host_and_port(contact):
            self.target = contact

    def request(self, method: str, extra: Sequence[tuple[str, str]] = (), body: str = "", number: int | None = None) -> tuple[str, bytes]:
        """(branch, datagram) of a request in this dialog; `number` for an ACK, which repeats its INVITE's."""
        if number is None:
            self.number += 1
            number = self.number
        branch = new_branch()
        return branch, self.compose(method, branch, number, extra, body)

    def compose(
        self, method: str, branch: str, number: int, extra: Sequence[tuple[str, str]] = (), body: str = "", to_tag: str | None = None
    ) -> bytes:
        host, _, port = self.contact.rpartition("@")[2].partition(":")
        tag = self.remote_tag if to_tag is None else to_tag
        headers = [("Via", f"SIP/2.0/UDP {host}:{port};rport;branch={branch}")]
        headers += [("Route", route) for route in self.routes]
        headers += [
            ("Max-Forwards", "70"),
            ("From", f"{self.local};tag={self.local_tag}"),
            ("To", f"{self.remote};tag={tag}" if tag else self.remote),
            ("Call-ID", self.dialog),
            ("CSeq", f"{number} {method}"),
        ]
        headers += [("Contact", f"<{self.contact}>")] if method == "INVITE" else []
        return message(f"{method} {self.target} SIP/2.0", [*headers, *extra], body)

    @property
    def hop(self) -> str:
        """The URI whose host gets the next request."""
        return uri_of(self.routes[0]) if self.routes else self.target
