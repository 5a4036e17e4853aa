"""The room server's account on the manager, by hand: one action, its answer."""

from __future__ import annotations

import socket
from types import TracebackType

from tests.cti.asterisk.room_exchange import RoomExchange


class RawManager:
    def __init__(self, room: RoomExchange) -> None:
        self._socket = socket.create_connection(("127.0.0.1", room.manager_port), 5)
        self._lines = self._socket.makefile("rb")
        self._lines.readline()
        plan = room.plan
        assert self.ask("Login", Username=plan.manager_user, Secret=plan.manager_secret, Events="off")["Response"] == "Success"

    def __enter__(self) -> RawManager:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._lines.close()
        self._socket.close()

    def ask(self, action: str, **fields: str) -> dict[str, str]:
        """The response's fields; events are passed over."""
        words = [f"Action: {action}", *(f"{key}: {value}" for key, value in fields.items())]
        self._socket.sendall("\r\n".join([*words, "", ""]).encode())
        while True:
            answer: dict[str, str] = {}
            while (line := self._lines.readline().decode(errors="replace")).strip():
                key, _, value = line.partition(":")
                answer[key.strip()] = value.strip()
            if not line:
                raise AssertionError(f"the manager hung up on {action}")
            if "Response" in answer:
                return answer
