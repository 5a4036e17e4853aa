"""The whole room as the jury sees it: one JSON value, made anew at each change. Nothing of a candidate's records is in it."""

from __future__ import annotations

import dataclasses
from typing import Any

from cti.api import station_view
from cti.exchange.facts import LineChanged
from scenarios.room.core import Room
from scenarios.room.sitting import sitting_view


def room_view(room: Room, seat_id: str) -> dict[str, Any]:
    """As the seat `seat_id` sees it; raises SittingError for a seat this room has not."""
    seat, exchange = room.seats.seat(seat_id), room.follower.view
    listening = exchange.listening.get(seat_id)
    described = room.exchange.describe(seat_id)
    return {
        "room": {
            "name": room.settings.name,
            "mode": room.settings.mode,
            "exchange": {
                "kind": room.exchange.kind,
                "up": exchange.up,
                "since": exchange.since,
                "encrypted": described.get("transport") == "tls",
                "server": described.get("server", ""),
                "refused": exchange.refused,
            },
        },
        "me": {
            **{"seat": seat.id, "label": seat.label, "role": seat.role, "station": seat.station},
            "sitting": room.stand(seat.id, room.stations[seat.station]) if seat.station else "",
            "left": [one for live in room.stations.values() for one in live.jury.left(seat.id, live.card.id)],
            "direct": room.stations[seat.station].board.station.contact if seat.role == "role_player" else "",
        },
        "stations": [_station(room, station) for station in room.stations],
        "seats": [
            {**dataclasses.asdict(one), "connected": room.presence.here(one.id), **_device(room, one.id), "line": _line(room, one.id)}
            for one in room.seats.all()
        ],
        "queues": [_queue(room, queue) for queue in (*room.stations, room.customers.shared_queue) if queue],
        "parked": [{"space": space, "call_key": key} for key, space in sorted(exchange.parked.items(), key=lambda one: one[1])],
        "stream": room.customers.stream_view(),
        "customers": [
            {**one, "label": room.settings.labels.get(one["id"], one["id"]), "line": _line(room, one["id"])}
            for one in room.customers.customers_view()
        ],
        "listening": listening and {"station": listening.station, "mode": listening.mode, "state": "attached", "since": listening.since},
    }


def _station(room: Room, station: str) -> dict[str, Any]:
    live, exchange = room.stations[station], room.follower.view
    told, sitting = station_view(live.board, room.exchange, station), sitting_view(live)
    talking = exchange.talking.get(station, frozenset())
    labels = {seat.id: seat.label for seat in room.seats.all()}
    return {
        "id": station,
        "label": room.labels[station],
        "connected": room.presence.here(station),
        **_device(room, station),
        "agent": told["agent"],
        "calls": told["calls"],
        "line": _line(room, station),
        "sitting": {
            "id": sitting["id"],
            "day": sitting["day"],
            "title": sitting["pack"]["title"],
            "scenario_now": sitting["clock"]["scenario_now"][:16],
        },
        "current": sitting["current"],
        "simulations": [
            {name: value for name, value in one.items() if name not in ("briefing", "written")} for one in sitting["simulations"]
        ],
        **({"team": sitting["team"], "grid_version": live.team.grid_version} if "team" in sitting else {}),
        "player": room.seats.player(station),
        "customer": room.customers.player(station),
        "listeners": [
            {"seat": one.listener, "label": labels.get(one.listener, one.listener), "mode": one.mode, "since": one.since}
            for one in exchange.listening.values()
            if one.station == station
        ],
        "talking": {"own": "own" in talking, "far": "far" in talking},
    }


def _queue(room: Room, queue: str) -> dict[str, Any]:
    """Who waits there, in order, and the stations it may offer calls to."""
    exchange = room.follower.view
    calls = enumerate(exchange.waiting.get(queue, {}).items(), 1)
    return {
        "id": queue,
        "waiting": [{"call_key": key, **dataclasses.asdict(call), "position": position} for position, (key, call) in calls],
        "ready": sorted(exchange.open.get(queue, ())),
    }


def _line(room: Room, line: str) -> dict[str, Any]:
    return dataclasses.asdict(room.follower.view.lines.get(line, LineChanged(line, False, reachable=False)))


def _device(room: Room, place: str) -> dict[str, str]:
    return {"device": room.device_of(place)}
