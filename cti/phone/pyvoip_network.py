"""The sockets of the pyVoIP engine: one for SIP, one for the sound of the call under way. Nothing here waits."""

from __future__ import annotations

import random
import socket

from cti.phone.own_address import EVERY
from cti.phone.port import EngineUnavailable
from cti.phone.pyvoip_wire import Address, host_and_port

MAX_PACKET = 16_384  # a longer one is no call of ours


class Network:
    def __init__(self, bind: str, port: int, user: str, rtp_port: int, rtp_range: int, shown: str = "") -> None:
        """`shown`: our address, "" when it is not known. Raises EngineUnavailable when the SIP port is taken."""
        self._rtp_port, self._rtp_range = rtp_port, rtp_range
        self.acks: dict[tuple[str, int], tuple[bytes, Address]] = {}  # of accepted INVITEs, for when their 200 comes again
        self._media: socket.socket | None = None
        self.sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self.sip.bind((bind, port))
        except OSError as error:
            self.sip.close()
            raise EngineUnavailable(
                f"Impossible d'ouvrir le téléphone sur {bind}:{port} ({error.strerror}). Choisissez un autre port."
            ) from None
        self.sip.setblocking(False)
        self.host = bind if bind not in EVERY else shown or _own_address()
        self.port: int = self.sip.getsockname()[1]
        self.contact = f"sip:{user}@{self.host}:{self.port}"

    def send(self, data: bytes, to: Address) -> None:
        try:
            self.sip.sendto(data, to)
        except OSError:
            pass  # as a lost datagram: it is said again, and given up in the end

    def receive(self) -> tuple[bytes, Address] | None:
        """The next datagram; None when there is none."""
        while True:
            try:
                data, source = self.sip.recvfrom(65_535)
            except BlockingIOError:
                return None
            except OSError:
                continue  # an ICMP error of something sent before
            if len(data) <= MAX_PACKET:
                return data, (source[0], source[1])

    def resolve(self, uri: str) -> Address | None:
        """Where `uri` is on the network; None when it names no host that is known."""
        named = host_and_port(uri)
        if named is None:
            return None
        try:
            return socket.gethostbyname(named[0]), named[1]
        except OSError:
            return None

    def media_socket(self) -> socket.socket:
        """The call's RTP socket, on a random even port of the range: a new call must not hear a dead one's stream."""
        if self._media is None:
            ports = range(self._rtp_port + self._rtp_port % 2, self._rtp_port + max(self._rtp_range, 2), 2)
            for port in [*random.sample(ports, len(ports)), 0]:
                media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                try:
                    media.bind((self.sip.getsockname()[0], port))
                except OSError:
                    media.close()
                    continue
                media.setblocking(False)
                self._media = media
                break
        assert self._media is not None
        return self._media

    def media_address(self) -> Address:
        return self.host, self.media_socket().getsockname()[1]

    def close_media(self) -> None:
        media, self._media = self._media, None
        if media is not None:
            media.close()

    def close(self) -> None:
        self.close_media()
        self.sip.close()


def _own_address() -> str:
    """The address of the interface the default route uses; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # RFC 5737: nobody's
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
