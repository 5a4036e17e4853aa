"""Machines of a network on this one: Linux network namespaces on a switch of their own, each with its cable, which can be pulled out.

    with Network() as network:
        desk = network.machine("192.0.2.21")
        desk.command([...])            # the words that run something on that machine
        desk.pull_out(); desk.plug_in()

Whoever enters it becomes the server of that network, at SERVER: this very thread and what it starts from then on, until it leaves.
Needs root and iproute2.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import threading
import uuid
from pathlib import Path
from types import TracebackType

SERVER = "192.0.2.1"  # of TEST-NET-1 (RFC 5737): nobody's
_CLONE_NEWNET = 0x40000000


class NoNamespaces(Exception):
    """This machine, or this user, cannot make any; the message says why."""


class Network:
    """A switch, and the server on it. Raises NoNamespaces on entering."""

    def __init__(self) -> None:
        self._mark = uuid.uuid4().hex[:6]
        self._count = 0
        self._made: list[str] = []
        self._home = -1

    def __enter__(self) -> Network:
        self._home = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY)
        try:
            server = self._new()
            self._enter(Path("/run/netns") / server)
            try:
                _ip("link", "set", "lo", "up")
                _ip("link", "add", "switch", "type", "bridge")
                _ip("address", "add", f"{SERVER}/24", "dev", "switch")
                _ip("link", "set", "switch", "up")
            except NoNamespaces:
                self._enter_home()
                raise
        except NoNamespaces:
            self._forget()
            os.close(self._home)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._enter_home()
        os.close(self._home)
        self._forget()

    def machine(self, address: str) -> Machine:
        """Another machine of the network, its cable plugged in."""
        name = self._new()
        self._count += 1
        port = f"port{self._count}"
        _ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("link", "set", port, "master", "switch", "up")
        _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", name, "address", "add", f"{address}/24", "dev", "eth0")
        _ip("-n", name, "link", "set", "eth0", "up")
        return Machine(name, address, port)

    def _new(self) -> str:
        name = f"plateau-{self._mark}-{len(self._made)}"
        _ip("netns", "add", name)
        self._made.append(name)
        return name

    def _enter_home(self) -> None:
        _set_namespace(self._home)

    def _enter(self, path: Path) -> None:
        with contextlib.closing(_Descriptor(path)) as there:
            _set_namespace(there.number)

    def _forget(self) -> None:
        for name in self._made:
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


class Machine:
    def __init__(self, name: str, address: str, port: str) -> None:
        self.name, self.address, self._port = name, address, port

    def command(self, words: list[str]) -> list[str]:
        return ["nsenter", f"--net=/run/netns/{self.name}", *words]

    def pull_out(self) -> None:
        """Nothing passes any more, and nobody is told: the machine keeps its address and its connections."""
        _ip("link", "set", self._port, "down")

    def plug_in(self) -> None:
        _ip("link", "set", self._port, "up")


class _Descriptor:
    def __init__(self, path: Path) -> None:
        self.number = os.open(path, os.O_RDONLY)

    def close(self) -> None:
        os.close(self.number)


def _set_namespace(descriptor: int) -> None:
    """Of the calling thread, and of what it starts from now on."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, _CLONE_NEWNET) != 0:
        raise NoNamespaces(os.strerror(ctypes.get_errno()))


def _ip(*words: str) -> None:
    try:
        subprocess.run(["ip", *words], check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise NoNamespaces("iproute2 (the command `ip`) is not installed") from None
    except subprocess.CalledProcessError as error:
        raise NoNamespaces(f"ip {' '.join(words)}: {error.stderr.strip()}") from None
