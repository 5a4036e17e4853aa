"""Which of this machine's addresses a far end reaches us at."""

from __future__ import annotations

import socket

EVERY = ("", "0.0.0.0")
DISCARD_PORT = 9  # of RFC 863; nothing is sent to it


def host_of(server: str) -> str:
    """The host of host[:port], brackets of IPv6 kept."""
    return server.rsplit(":", 1)[0] if server.count(":") == 1 or (server.startswith("[") and "]:" in server) else server


def own_address(bind: str, server: str) -> str:
    """The address to show to `server` (host[:port]): the bound one, else the one this machine's routes give packets to it; "" when
    bound to every address and there is no such route, or no such host. A name is looked up, which may take seconds."""
    if bind not in EVERY:
        return bind
    if not server:
        return ""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host_of(server), DISCARD_PORT))  # of UDP: asks the routes, sends nothing
        except OSError:
            return ""
        return str(probe.getsockname()[0])
