"""How soon a call is seen: from the INVITE to the caller's number on the terminal, our desk beside baresip.

    python -m benchmarks.bench_pop [--calls 20] [--first]

Ours is the whole practice lab (room server, virtual customer, desk and its phone) on a terminal of 120 columns and 36 lines, an
agent signed in; "painted" is the moment the last digit of the number has been read from that terminal. baresip's is its line
"Incoming call from …". Each call comes from a number never seen before, rings, and is cancelled; the two are called in turn by
the same caller. A desk draws a screen, baresip prints a line: the difference is what the screen costs.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.baresip_side import BaresipSide
from benchmarks.figures import machine, print_ratio, print_table
from benchmarks.our_side import LabDesk
from benchmarks.processes import Painted, put_first
from benchmarks.sip_caller import SipCaller

WARM_UP = 2  # calls whose figures are left out
PAUSE = 0.7  # seconds between two calls: the last one's end has been painted


def ring_once(caller: SipCaller, painted: Painted, number: str) -> tuple[float, float]:
    """Milliseconds from the INVITE to 180, and to the number on the terminal."""
    painted.forget()
    began = time.monotonic()
    caller.invite(number)
    ringing = caller.wait_ringing()
    seen = painted.wait(number, within=5.0)
    caller.cancel()
    return (ringing - began) * 1000, (seen - began) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--calls", type=int, default=20, help="to each of the two")
    parser.add_argument("--first", action="store_true", help="before all else on this machine (real-time turns; needs the right to)")
    options = parser.parse_args()
    if options.first:
        put_first()
    rang: dict[str, list[float]] = {"plateau": [], "baresip": []}
    shown: dict[str, list[float]] = {"plateau": [], "baresip": []}
    with tempfile.TemporaryDirectory(prefix="bench-pop-") as name:
        with BaresipSide(Path(name) / "baresip") as theirs, LabDesk(Path(name) / "lab") as ours:
            callers = {"plateau": SipCaller(ours.target), "baresip": SipCaller(theirs.target)}
            terminals = {"plateau": ours.painted, "baresip": theirs.painted}
            for turn in range(options.calls + WARM_UP):
                for side, caller in callers.items():
                    # numbers that Arcep keeps for fiction, décision 2018-0881 annexe 1
                    ringing, seen = ring_once(caller, terminals[side], f"026191{turn:04d}")
                    if turn >= WARM_UP:
                        rang[side].append(ringing)
                        shown[side].append(seen)
                    time.sleep(PAUSE / 2)
    print(machine(["baresip-core"]))
    print_table("INVITE → 180 Ringing", "ms", rang)
    print_ratio("plateau to baresip", rang["plateau"], rang["baresip"], "ms")
    print_table("INVITE → the caller's number on the terminal", "ms", shown)
    print_ratio("plateau to baresip", shown["plateau"], shown["baresip"], "ms")


if __name__ == "__main__":
    main()
