"""Commands given on the room's own server: they speak to its room server with the token of its folder."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from scenarios.room.open import MANAGER_TOKEN, RoomUnusable, room_address
from workstation.i18n import _
from workstation.links.answers import title_of, unreachable
from workstation.links.enrol_link import verified_by


class RoomAway(Exception):
    """The room server did not answer, or refused; the message says why and what to do."""


class RoomSilent(RoomAway):
    """Nothing serves this room now."""


class ManageLink:
    """`folder` is the room's. Raises RoomAway from every method."""

    def __init__(self, folder: Path) -> None:
        try:
            address = room_address(folder)
            token = (folder / MANAGER_TOKEN).read_text(encoding="ascii").strip()
        except (RoomUnusable, OSError) as error:
            raise RoomSilent(str(error)) from None
        self.url = address.url
        trust = verified_by(address.ca_pem) if address.ca_pem else True
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=address.url, headers=headers, verify=trust, trust_env=False, timeout=10.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._http.close()

    def places(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", "/manage/places")
        return found

    def code(self, place: str) -> dict[str, str]:
        """{place, label, code, expires_at, until}: `until` is the local hour."""
        made: dict[str, str] = self.ask("POST", f"/manage/places/{place}/code")
        until = dt.datetime.fromisoformat(made["expires_at"].replace("Z", "+00:00")).astimezone()
        return {**made, "until": f"{until:%H:%M}"}

    def revoke(self, place: str) -> None:
        self.ask("DELETE", f"/manage/places/{place}")

    def ask(self, method: str, path: str, body: object = None) -> Any:
        try:
            answer = self._http.request(method, path, json=body)
        except httpx.TransportError as error:
            raise RoomSilent(_("{why} Est-elle ouverte (plateau room) ?").format(why=unreachable(error))) from None
        if not answer.is_success:
            raise RoomAway(title_of(answer))
        return answer.json()
