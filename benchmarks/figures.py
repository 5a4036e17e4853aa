"""One line of figures for each thing measured."""

from __future__ import annotations

import platform
import statistics
import subprocess
from collections.abc import Iterable, Mapping, Sequence


def p95(values: Sequence[float]) -> float:
    """The smallest value that at least 95 % of them do not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, -(-len(ordered) * 95 // 100) - 1)]


def print_table(title: str, unit: str, rows: Mapping[str, Sequence[float]], digits: int = 1) -> None:
    print(f"\n{title}, {unit}\n{'':52}{'count':>7}{'min':>9}{'median':>9}{'p95':>9}{'max':>9}")
    for label, values in rows.items():
        if not values:
            print(f"{label:52}{0:7}")
            continue
        figures = (min(values), statistics.median(values), p95(values), max(values))
        print(f"{label:52}{len(values):7}" + "".join(f"{figure:9.{digits}f}" for figure in figures))


def print_ratio(words: str, ours: Sequence[float], theirs: Sequence[float], unit: str) -> None:
    """Median against median; the difference says more than the ratio where both are small."""
    if ours and theirs and (other := statistics.median(theirs)):
        mine = statistics.median(ours)
        print(f"  {words}: {mine / other:.2f} times, {mine - other:+.1f} {unit}")


def machine(programs: Iterable[str] = ()) -> str:
    """What was measured on: Python, processor, versions of Debian packages where dpkg knows them."""
    versions = []
    for package in programs:
        try:
            told = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True).stdout
        except FileNotFoundError:
            told = ""
        versions.append(f"{package} {told or '?'}")
    with open("/proc/loadavg") as load:
        busy = load.read().split()[0]
    return ", ".join([f"Python {platform.python_version()}", platform.machine(), *versions, f"load average {busy}"])
