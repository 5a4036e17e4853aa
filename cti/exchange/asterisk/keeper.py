"""The process that keeps a room's Asterisk running: starts it, starts it again when it dies, watches for intruders, ends it.

One a room: it holds a lock on its own pid file, so that a file left behind is never taken for a process.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from cti.exchange.asterisk.configure import address_of, run_folder, write_denied
from cti.exchange.asterisk.install import Installation
from cti.exchange.asterisk.intruders import IntruderWatch
from cti.exchange.asterisk.plan import load_plan
from cti.exchange.asterisk.server import STOP_LIMIT, ExchangeServer, ServerFailed, first_error
from cti.exchange.asterisk.server import stop as stop_asterisk

PID_FILE = "plateau.pid"
MAX_DEATHS = 5
DEATHS_WITHIN = 60.0  # seconds; more deaths than MAX_DEATHS in that time: it is given up
LOOK = 0.1  # seconds between two looks at the child


def keep(folder: Path, installation: Installation, stop: threading.Event, told: Callable[[str], None]) -> None:
    """Run the exchange until `stop`. `told` hears, in French, when it is ready, dies, or locks somebody out.

    Raises ServerFailed when it cannot run (any more), PlanUnusable, ConfigureFailed, OSError."""
    plan = load_plan(folder)
    server = ExchangeServer(folder, installation)
    with _alone(folder):
        write_denied(folder, ())
        watch = IntruderWatch(folder, frozenset({address_of(plan.host), "127.0.0.1", "::1"}), told)
        watching = threading.Thread(target=watch.run, args=(stop,), name="intruders")
        deaths: deque[float] = deque(maxlen=MAX_DEATHS)
        try:
            while not stop.is_set():
                took = server.start()
                told(f"Le central est prêt ({plan.server}, {took:.1f} s).")
                if not watching.is_alive():
                    watching.start()
                while (alive := server.running) and not stop.wait(LOOK):
                    pass
                if alive:
                    break
                deaths.append(time.monotonic())
                if len(deaths) == MAX_DEATHS and deaths[-1] - deaths[0] < DEATHS_WITHIN:
                    raise ServerFailed(f"Le central est abandonné après {MAX_DEATHS} arrêts en une minute : {first_error(folder)}")
                told("Le central s'est arrêté de lui-même : on le relance.")
                server.kill()
        finally:
            stop.set()
            server.stop()
            if watching.is_alive():
                watching.join()


def keeper_of(folder: Path) -> int | None:
    """The process that keeps this room's exchange; None when nobody does."""
    try:
        with (run_folder(folder) / PID_FILE).open("r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return int(file.read())
    except (OSError, ValueError):
        pass
    return None


def stop_room(folder: Path, limit: float = STOP_LIMIT) -> bool:
    """End the exchange and who keeps it; calls are told. False when nothing ran. Raises ServerFailed."""
    keeper = keeper_of(folder)
    if keeper is not None:
        try:
            os.kill(keeper, signal.SIGTERM)
        except ProcessLookupError:
            pass
        except PermissionError:
            raise ServerFailed(f"Le central est à un autre utilisateur (processus {keeper}), qui seul peut l'arrêter.") from None
        until = time.monotonic() + limit + 2.0
        while keeper_of(folder) is not None:
            if time.monotonic() > until:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(keeper, signal.SIGKILL)
                break
            time.sleep(0.02)
    return stop_asterisk(folder, limit) or keeper is not None


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    path = run_folder(folder) / PID_FILE
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ServerFailed(
                f"Le central de cette salle tourne déjà (processus {file.read().strip()}) : plateau asterisk stop l'arrête."
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
        file.truncate(0)
