"""What a room's calls cost: Asterisk's processor time, each conversation without and with a juror who listens to it.

    python -m benchmarks.bench_room_capacity [--calls 10 25 50] [--seconds 5] [--secure 10] [--quick] [--first]

The exchange that `plateau asterisk configure` makes, beside the same Asterisk with a configuration of forty lines (one Dial, one
ChanSpy, nothing else), under the same calls by SIPp: customers who stream speech (PCMA), stations and listeners who send back what they
hear. In the room a call passes by the station's queue and its ticket, its talking is watched, and an account of the room server's is
told every event. The second table has the same calls made by hand over TLS and SRTP, as a room has them, beside UDP and RTP: SIPp
speaks no TLS. Figures are user and system time of Asterisk alone, over the wall clock, in per cent of one core.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks.figures import machine
from benchmarks.processes import put_first
from benchmarks.room_load import BareExchange, Cost, Events, Load, SippLoad, cost, wider
from benchmarks.secure_load import HandLoad
from cti.exchange.asterisk.plan import Transport
from tests.cti.asterisk.room_exchange import RoomExchange, asterisk

MakeLoad = Callable[[RoomExchange, Path, int, ExitStack], Load]


def measured(kind: type[RoomExchange], transport: Transport, n: int, seconds: float, load: MakeLoad) -> Cost:
    with tempfile.TemporaryDirectory(prefix="bench-room-") as name, ExitStack() as stack:
        folder = Path(name)
        room = stack.enter_context(wider(kind(folder, stations=n, juries=n, transport=transport)))
        if kind is RoomExchange:
            stack.enter_context(Events(room.plan, lambda message, at: None))
        return cost(room, n, load(room, folder, n, stack), seconds)


def print_costs(title: str, rows: list[tuple[str, Cost]]) -> None:
    print(f"\n{title}, % of one core\n{'':34}{'':>6}{'talking':>18}{'and listened to':>18}{'a listener':>12}{'lost':>8}{'memory':>9}")
    print(f"{'':34}{'calls':>6}{'all':>9}{'a call':>9}{'all':>9}{'a call':>9}{'':12}{'%':>8}{'MB':>9}")
    for label, it in rows:
        shares = f"{it.talking:9.1f}{it.talking / it.calls:9.2f}{it.listened:9.1f}{it.listened / it.calls:9.2f}"
        print(f"{label:34}{it.calls:6}{shares}{(it.listened - it.talking) / it.calls:12.2f}{it.lost:8.2f}{it.memory:9.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--calls", type=int, nargs="+", default=[10, 25, 50], help="conversations at the same time, by SIPp; 99 at most")
    parser.add_argument("--secure", type=int, default=10, help="conversations at the same time, by hand; 0: none")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each look")
    parser.add_argument("--quick", action="store_true", help="ten calls by SIPp and four by hand, 2 s each")
    parser.add_argument("--first", action="store_true", help="before all else on this machine (real-time turns; needs the right to)")
    options = parser.parse_args()
    if options.first:
        put_first()
    calls, secure, seconds = ([10], 4, 2.0) if options.quick else (options.calls, options.secure, options.seconds)
    by_sipp: list[tuple[str, Cost]] = []
    for n in calls:
        by_sipp.append(("written by hand", measured(BareExchange, "udp", n, seconds, SippLoad)))
        by_sipp.append(("plateau", measured(RoomExchange, "udp", n, seconds, SippLoad)))
    by_hand: list[tuple[str, Cost]] = []
    if secure:

        def load(room: RoomExchange, folder: Path, n: int, stack: ExitStack) -> Load:
            return HandLoad(room, n, stack)

        by_hand.append(("written by hand, UDP and RTP", measured(BareExchange, "udp", secure, seconds, load)))
        by_hand.append(("plateau, UDP and RTP", measured(RoomExchange, "udp", secure, seconds, load)))
        by_hand.append(("plateau, TLS and SRTP", measured(RoomExchange, "tls", secure, seconds, load)))
    print(f"{machine(['sip-tester'])}, Asterisk {asterisk().version}")
    print_costs("Calls by SIPp, PCMA, plain", by_sipp)
    if by_hand:
        print_costs("Calls by hand, PCMA, encryption beside none", by_hand)


if __name__ == "__main__":
    main()
