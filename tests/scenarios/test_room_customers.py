"""Virtual customers of a practice room: who plays where, as a pure roster; then in a room whose exchange the test speaks for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.exchange import facts as fx
from cti.exchange.asterisk.plan import new_plan
from scenarios.room.customer_processes import CustomerProcesses, _reachable
from scenarios.room.customer_roster import (
    FREE,
    CustomerNow,
    Duty,
    Roster,
    SharedCall,
    StationNow,
    Stream,
    bind,
    free,
    player,
    settle,
    take,
    takes_shared,
)
from scenarios.room.customers import GOES_ON, REPORT_LIMIT, read_report
from scenarios.room.presence import Dismissed
from scenarios.room.view import room_view
from scenarios.sitting import SITTING_HEADER
from tests.scenarios.exam_room import ExamRoom, open_exam_room
from tests.scenarios.room_world import fact, offered, write_pack
from tests.scenarios.test_room_stations import kinds, make_ready, now, until, write

HERE = CustomerNow(True)
BUSY = CustomerNow(True, frozenset({"k1"}))
IDLE = StationNow(ready=True, to_do=frozenset({"S1", "S4"}))


def playing(simulation: str, since: str = "1", **more: Any) -> StationNow:
    return replace(IDLE, simulation=simulation, since=since, to_do=IDLE.to_do - {simulation}, **more)


# --- the roster, as conversations -------------------------------------------------------------------


def test_a_simulation_that_begins_gets_who_is_free_and_gives_it_back_at_its_end() -> None:
    nobody: Roster = {"client1": FREE, "client2": FREE}
    here = {"client1": HERE, "client2": HERE}
    one = settle(nobody, {"poste1": playing("S1"), "poste2": IDLE}, here)
    assert one == {"client1": Duty("poste1", "S1"), "client2": FREE}
    both = settle(one, {"poste1": playing("S1"), "poste2": playing("S4")}, here)
    assert both == {"client1": Duty("poste1", "S1"), "client2": Duty("poste2", "S4")}
    over = replace(IDLE, to_do=frozenset({"S4"}))
    assert settle(both, {"poste1": over, "poste2": playing("S4")}, here) == {"client1": FREE, "client2": Duty("poste2", "S4")}


def test_whoever_waits_longest_comes_first_and_the_next_when_somebody_is_free() -> None:
    stations = {"poste1": playing("S1", "2"), "poste2": playing("S1", "1"), "poste3": playing("S1", "3")}
    first = settle({"client1": FREE}, stations, {"client1": HERE})
    assert first == {"client1": Duty("poste2", "S1")}
    stations["poste2"] = IDLE
    assert settle(first, stations, {"client1": HERE}) == {"client1": Duty("poste1", "S1")}


def test_a_juror_who_plays_has_precedence_once_the_call_is_over() -> None:
    roster: Roster = {"client1": Duty("poste1", "S1")}
    stations = {"poste1": playing("S1", human=True)}
    assert settle(roster, stations, {"client1": BUSY}) == roster
    assert settle(roster, stations, {"client1": HERE}) == {"client1": FREE}
    assert settle({"client1": FREE}, stations, {"client1": HERE}) == {"client1": FREE}


def test_nobody_comes_who_is_not_there() -> None:
    assert settle({"client1": FREE}, {"poste1": playing("S1")}, {"client1": CustomerNow()}) == {"client1": FREE}
    assert settle({"client1": FREE}, {"poste1": playing("S1")}, {"client1": BUSY}) == {"client1": FREE}  # a call of before, not over yet


def test_a_customer_whose_process_died_is_replaced_unless_it_is_soon_back() -> None:
    roster: Roster = {"client1": Duty("poste1", "S1"), "client2": FREE}
    moment = {"client1": CustomerNow(awaited=True), "client2": HERE}
    assert settle(roster, {"poste1": playing("S1")}, moment) == roster
    assert settle({"client1": FREE, "client2": FREE}, {"poste1": playing("S1")}, moment)["client2"].station == "poste1"
    after = settle(roster, {"poste1": playing("S1")}, {"client1": CustomerNow(), "client2": HERE})
    assert after == {"client1": FREE, "client2": Duty("poste1", "S1")}


def test_a_call_of_the_shared_queue_from_its_first_ring_to_the_end_of_its_simulation() -> None:
    stations = {"poste1": IDLE, "poste2": IDLE}
    here = {"client1": HERE}
    found = Stream(("S1", "S4"), 1).next_call({"client1": FREE}, stations, here, 0.0)
    assert found is not None and found[1:] == ("client1", "S1") and found[0].left == 0
    asked: Roster = {"client1": Duty(shared=SharedCall("k1", "S1"))}
    assert settle(asked, stations, here) == asked  # it has not called yet
    up = settle(asked, stations, {"client1": BUSY})
    assert up == {"client1": Duty(shared=SharedCall("k1", "S1", up=True))}
    bound = bind(up, "k1", "poste2", IDLE)
    assert bound == ("client1", Duty("poste2", "S1", SharedCall("k1", "S1", up=True)))
    stations["poste2"] = playing("S1")
    in_call = {"client1": bound[1]}
    assert settle(in_call, stations, {"client1": BUSY}) == in_call
    assert settle(in_call, stations, here) == {"client1": Duty("poste2", "S1")}  # over: it stays for the rest of the simulation
    stations["poste2"] = replace(IDLE, to_do=frozenset({"S4"}))
    assert settle(in_call, stations, here) == {"client1": FREE}


def test_a_call_that_nobody_can_take_any_more_is_taken_back() -> None:
    asked: Roster = {"client1": Duty(shared=SharedCall("k1", "S1", up=True))}
    done = replace(IDLE, to_do=frozenset({"S4"}))
    assert settle(asked, {"poste1": done, "poste2": playing("S1")}, {"client1": BUSY}) == {"client1": FREE}
    assert free({"client1": FREE}, {"client1": BUSY}) == []  # until it has hung up


def test_an_offer_that_does_not_fit_binds_nothing() -> None:
    asked: Roster = {"client1": Duty(shared=SharedCall("k1", "S1", up=True)), "client2": Duty("poste2", "S4")}
    assert bind(asked, "k2", "poste1", IDLE) is None
    assert bind(asked, "k1", "poste1", playing("S4")) is None
    assert bind(asked, "k1", "poste1", replace(IDLE, to_do=frozenset({"S4"}))) is None
    assert bind(asked, "k1", "poste1", replace(IDLE, human=True)) is None
    taken = take({"client1": Duty("poste1", "S1", SharedCall("k1", "S1", up=True))}, "k1", "poste1")
    assert bind(taken, "k1", "poste2", IDLE) is None  # it is of a sitting for good


def test_a_call_that_was_offered_and_not_taken_may_go_on_to_another_station() -> None:
    rings: Roster = {"client1": Duty("poste1", "S1", SharedCall("k1", "S1", up=True))}
    assert bind(rings, "k1", "poste2", IDLE) == ("client1", Duty("poste2", "S1", SharedCall("k1", "S1", up=True)))
    assert take(rings, "k1", "poste2") == rings and take(rings, "k2", "poste1") == rings
    assert not takes_shared(replace(IDLE, to_do=frozenset({"S4"})), rings)
    assert takes_shared(replace(IDLE, to_do=frozenset({"S4"})), take(rings, "k1", "poste1"))


def test_the_shared_queue_spares_who_could_not_take_what_waits() -> None:
    nothing: Roster = {"client1": FREE}
    asked: Roster = {"client1": Duty(shared=SharedCall("k1", "S1"))}
    assert takes_shared(IDLE, nothing) and takes_shared(IDLE, asked)
    assert not takes_shared(playing("S4"), nothing)
    assert not takes_shared(replace(IDLE, human=True), nothing)
    assert not takes_shared(replace(IDLE, to_do=frozenset({"S4"})), asked)


def test_a_stream_calls_in_turn_at_its_pace_and_only_for_who_is_ready() -> None:
    stations = {"poste1": IDLE, "poste2": replace(IDLE, ready=False)}
    here = {"client1": HERE, "client2": HERE, "client3": HERE}
    roster: dict[str, Duty] = dict.fromkeys(here, FREE)
    stream = Stream(("S1", "S4"), 3, every=5.0)
    first = stream.next_call(roster, stations, here, 100.0)
    assert first is not None and first[1:] == ("client1", "S1")
    roster["client1"] = Duty(shared=SharedCall("k1", "S1"))
    assert first[0].next_call(roster, stations, here, 104.9) is None
    second = first[0].next_call(roster, stations, here, 105.0)
    assert second is not None and second[1:] == ("client2", "S4")
    roster["client2"] = Duty(shared=SharedCall("k2", "S4"))
    third = second[0].next_call(roster, stations, here, 110.0)
    assert third is not None and third[1:] == ("client3", "S1")  # the second station will take it, when it is ready
    assert third[0].next_call({**roster, "client4": FREE}, stations, {**here, "client4": HERE}, 200.0) is None  # three were asked for
    away = {name: replace(station, ready=False) for name, station in stations.items()}
    assert stream.next_call(dict.fromkeys(here, FREE), away, here, 100.0) is None
    alone = {"poste1": IDLE}
    once: Roster = {"client1": Duty(shared=SharedCall("k1", "S1")), "client2": FREE}
    assert Stream(("S1",), 5).next_call(once, alone, here, 0.0) is None  # nobody could take a second one


# --- the roster, whatever happens -------------------------------------------------------------------

SIMULATIONS = ("S1", "S4")
STATIONS, CLIENTS = ("poste1", "poste2", "poste3"), ("client1", "client2")


@st.composite
def some_station(draw: st.DrawFn) -> StationNow:
    to_do = draw(st.frozensets(st.sampled_from(SIMULATIONS)))
    simulation = draw(st.sampled_from(("", "S1", "S4", "S9")))
    since = draw(st.sampled_from(("1", "2")))
    return StationNow(simulation, since, draw(st.booleans()), draw(st.booleans()) and draw(st.booleans()), to_do - {simulation})


steps = st.lists(
    st.one_of(
        st.tuples(st.just("station"), st.sampled_from(STATIONS), some_station()),
        st.tuples(st.just("client"), st.sampled_from(CLIENTS), st.sampled_from((CustomerNow(), CustomerNow(awaited=True), HERE, BUSY))),
        st.tuples(st.just("place"), st.just(""), st.none()),
        st.tuples(st.just("picks up"), st.sampled_from(CLIENTS), st.none()),
        st.tuples(st.just("offer"), st.sampled_from(STATIONS), st.none()),
        st.tuples(st.just("answer"), st.sampled_from(STATIONS), st.none()),
    ),
    max_size=40,
)


@given(steps)
def test_a_station_has_one_customer_a_customer_one_station_and_nobody_is_kept_for_nothing(events: list[tuple[str, str, Any]]) -> None:
    roster: dict[str, Duty] = dict.fromkeys(CLIENTS, FREE)
    stations: dict[str, StationNow] = dict.fromkeys(STATIONS, IDLE)
    clients: dict[str, CustomerNow] = dict.fromkeys(CLIENTS, HERE)
    stream, placed = Stream(SIMULATIONS, 99), 0
    for what, name, value in events:
        if what == "station":
            stations[name] = value
        elif what == "client":
            clients[name] = value
        elif what == "place" and (found := stream.next_call(roster, stations, clients, 0.0)):
            stream, caller, simulation = found
            assert any(station.ready and station.could_take(simulation) for station in stations.values())
            assert roster[caller] == FREE
            placed += 1
            roster[caller] = Duty(shared=SharedCall(f"shared{placed}", simulation))
        elif what == "picks up" and (call := roster[name].shared):
            clients[name] = CustomerNow(True, frozenset({call.key}))
        elif what == "offer":
            for call in [duty.open for duty in roster.values() if duty.open is not None]:
                if bound := bind(roster, call.key, name, stations[name]):
                    assert not player(roster, name)
                    roster[bound[0]] = bound[1]
                    stations[name] = replace(stations[name], simulation=call.simulation, to_do=stations[name].to_do - {call.simulation})
        elif what == "answer" and (call := next((d.open for d in roster.values() if d.station == name and d.open), None)):
            roster = take(roster, call.key, name)
            assert not [duty for duty in roster.values() if duty.open == call]
        former = roster
        roster = settle(roster, stations, clients)
        assert settle(roster, stations, clients) == roster  # decided once, decided
        told = [duty.station for duty in roster.values() if duty.station]
        assert len(told) == len(set(told))
        for line, duty in roster.items():
            if duty.station:
                station = stations[duty.station]
                assert (station.wants and station.simulation == duty.simulation) or clients[line].calls or clients[line].awaited
                assert former[line].station in ("", duty.station) or not clients[line].calls  # never taken away from a call
            if duty != FREE:
                assert clients[line].here or clients[line].awaited
        if free(roster, clients):
            assert not [name for name, station in stations.items() if station.wants and not player(roster, name)]


# --- in a room --------------------------------------------------------------------------------------


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return write_pack(tmp_path)


class Practice:
    """A practice room whose customers the test speaks for: `attend` is their socket, `told` what they say on it."""

    def __init__(self, opened: ExamRoom, sockets: ExitStack) -> None:
        self.opened, self.room, self.exchange = opened, opened.room, opened.exchange
        self.customers = opened.room.customers
        self._sockets: dict[str, ExitStack] = {}
        self._all = sockets

    def attend(self, line: str, *calls: str) -> None:
        self._sockets[line] = self._all.enter_context(ExitStack())
        self._sockets[line].enter_context(self.customers.attending(line))
        self.customers.told(line, calls)

    def dies(self, line: str) -> None:
        self._sockets[line].close()

    def http(self, line: str) -> httpx.AsyncClient:
        return self.opened.client(self.room.settings.tokens[f"customer:{line}"])

    def me(self, line: str) -> dict[str, Any]:
        me: dict[str, Any] = self.customers.view(line)["me"]
        return me

    async def trainee(self, station: str) -> httpx.AsyncClient:
        desk = (await self.opened.enrol(station))[1]
        await make_ready(desk)
        return desk

    async def plays(self, line: str, station: str) -> None:
        await until(lambda: self.me(line)["station"] == station)

    def queue(self, name: str = "commune") -> dict[str, Any]:
        queues: list[dict[str, Any]] = room_view(self.room, "jury1")["queues"]
        return next(queue for queue in queues if queue["id"] == name)


@pytest.fixture
async def practice(tmp_path: Path, pack: Path) -> AsyncIterator[Practice]:
    async with open_exam_room(tmp_path / "room", pack, mode="practice", customers=2) as opened:
        with ExitStack() as sockets:
            yield Practice(opened, sockets)


async def start(desk: httpx.AsyncClient, simulation: str = "S1", what: str = "start") -> None:
    answer = await desk.post(f"/sitting/simulations/{simulation}/{what}", json=write())
    assert answer.status_code == 200, answer.text


async def stream(room: Practice, calls: int = 1, every: float = 0.0) -> httpx.AsyncClient:
    trainer = room.opened.clients.get("jury1") or (await room.opened.enrol("jury1"))[1]
    answer = await trainer.post("/jury/stream", json={"simulations": ["S1"], "calls": calls, "every": every})
    assert answer.status_code == 200, answer.text
    return trainer


async def test_a_trainee_who_starts_a_simulation_gets_a_customer_and_its_sitting_only(practice: Practice) -> None:
    one, two = await practice.trainee("poste1"), await practice.trainee("poste2")
    practice.attend("client1")
    async with practice.http("client1") as customer:
        refusal = await customer.get("/sitting")
        assert (refusal.status_code, refusal.json()["error_id"]) == (409, "no_station")
        account = (await customer.get("/cti/account")).json()
        assert (account["user"], account["label"]) == ("client1", "Client virtuel 1")
        await start(two, "S2")
        await practice.plays("client1", "poste2")
        me = practice.me("client1")
        assert me["target"] == f"sip:file-poste2@{practice.exchange.plan.server};transport=tls"
        assert me["sitting"] == (await customer.get("/sitting")).json()["id"] == practice.room.stations["poste2"].card.id
        await until(lambda: practice.exchange.players.get("poste2") == "client1")
        word = write(kind="CustomerSpoke", data={"text": "Bonjour.", "line_id": "l"}, call_key="k")
        assert (await customer.post("/sitting/customer/spoke", json=word)).json() == {"new": 1}
        assert "CustomerSpoke" not in kinds(practice.room, "poste1")
        await start(two, "S2", "end")
        await practice.plays("client1", "")
        await until(lambda: practice.exchange.players.get("poste2") == "")
        await start(one)
        await practice.plays("client1", "poste1")
        late = await customer.post("/sitting/customer/spoke", json=write(data={}), headers={SITTING_HEADER: me["sitting"]})
        assert (late.status_code, late.json()["error_id"]) == (409, "sitting_left")
        late = await customer.put(
            "/crm/payment_link/LP-1", json=write(version=1, fields={"status": "ouvert"}), headers={SITTING_HEADER: me["sitting"]}
        )
        assert (late.status_code, late.json()["error_id"]) == (409, "sitting_left")
    rows = [row.data for row in practice.room.stations["poste2"].case.rows() if row.kind == "CustomerAssigned"]
    assert [(row["customer"], row["simulation"], row["left"]) for row in rows] == [("client1", "S2", False), ("client1", "S2", True)]


async def test_who_is_sent_elsewhere_is_sent_off_from_the_former_sitting(practice: Practice) -> None:
    desk = await practice.trainee("poste1")
    practice.attend("client1")
    await start(desk)
    await practice.plays("client1", "poste1")
    with practice.room.presence.visiting("client1", "events") as visit, practice.room.presence.visiting("client1", "watch") as stays:
        await start(desk, what="end")
        with pytest.raises(Dismissed) as sent_off:
            async with asyncio.timeout(5):
                await visit.until_dismissed()
        assert sent_off.value.code == 4010
        assert not stays.over.done()


async def test_a_juror_who_takes_the_players_seat_replaces_the_customer_once_its_call_is_over(practice: Practice) -> None:
    desk = await practice.trainee("poste1")
    practice.attend("client1")
    await start(desk)
    await practice.plays("client1", "poste1")
    practice.customers.told("client1", ["k1"])
    juror = await practice.opened.seat("jury1", "role_player", "poste1")
    await until(lambda: practice.exchange.players.get("poste1") == "jury1")
    assert practice.me("client1")["station"] == "poste1"
    practice.customers.told("client1", [])
    assert practice.me("client1")["station"] == ""
    await juror.put("/jury/seat", json={"role": "", "station": ""})
    await practice.plays("client1", "poste1")
    await until(lambda: practice.exchange.players.get("poste1") == "client1")


async def test_a_customer_that_dies_is_replaced_and_comes_back_free(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scenarios.room.customers.AWAITED", 0.1)
    desk = await practice.trainee("poste1")
    practice.attend("client1")
    practice.attend("client2")
    await start(desk)
    await practice.plays("client1", "poste1")
    practice.dies("client1")
    await practice.plays("client2", "poste1")
    practice.attend("client1")
    assert practice.me("client1")["station"] == ""


async def test_a_customer_whose_socket_was_cut_for_a_moment_keeps_its_station_and_its_call(practice: Practice) -> None:
    desk = await practice.trainee("poste1")
    practice.attend("client1")
    practice.attend("client2")
    await start(desk)
    await practice.plays("client1", "poste1")
    practice.customers.told("client1", ["k1"])
    practice.dies("client1")
    await asyncio.sleep(0.1)
    assert not room_view(practice.room, "jury1")["customers"][0]["connected"]
    practice.attend("client1", "k1")
    assert (practice.me("client1")["station"], practice.me("client2")["station"]) == ("poste1", "")


async def ring(practice: Practice, line: str, station: str) -> str:
    """The exchange offers that customer's call of the shared queue to this station."""
    call = practice.me(line)["call"]
    key = str(call["call_key"])
    practice.customers.told(line, [key])
    practice.exchange.emit(fx.Queued(key, "commune", "+33465712108", "Mme Léa Martin", 1))
    practice.exchange.emit(fx.Delivered(key, station, line, "+33465712108", "Mme Léa Martin", "commune", 2.0))
    return key


async def test_calls_of_the_shared_queue_are_each_of_the_sitting_they_are_offered_to(practice: Practice) -> None:
    one, two = await practice.trainee("poste1"), await practice.trainee("poste2")
    practice.attend("client1")
    practice.attend("client2")
    await stream(practice, calls=2)
    await until(lambda: all(practice.me(line)["call"] for line in ("client1", "client2")))
    assert practice.me("client1")["call"]["target"] == f"sip:file-commune@{practice.exchange.plan.server};transport=tls"
    keys = {"poste2": await ring(practice, "client1", "poste2"), "poste1": await ring(practice, "client2", "poste1")}
    for station, desk in (("poste1", one), ("poste2", two)):
        live, key = practice.room.stations[station], keys[station]
        assert live.sitting.current == "S1"
        await desk.post("/cti/facts", json={"facts": [offered(key, now()), fact("CallAnswered", key, now())]})
        practice.exchange.emit(fx.Established(key, station, 2.0))
        told = [row for row in live.case.rows() if row.call_key]
        assert {row.call_key for row in told} == {key}
        order = [row.kind for row in live.case.rows()]
        assert order.index("SimulationStarted") < order.index("ExchangeQueued") < order.index("CallOffered")
    assert (practice.me("client1")["station"], practice.me("client2")["station"]) == ("poste2", "poste1")
    await until(lambda: practice.exchange.players == {"poste1": "client2", "poste2": "client1"})
    view = room_view(practice.room, "jury1")
    assert view["stream"] is None
    assert [(c["id"], c["connected"], c["station"], c["simulation"]) for c in view["customers"]] == [
        ("client1", True, "poste2", "S1"),
        ("client2", True, "poste1", "S1"),
    ]


async def test_the_desk_may_tell_of_the_call_before_the_exchange_does(practice: Practice) -> None:
    desk = await practice.trainee("poste1")
    practice.attend("client1")
    await stream(practice)
    await until(lambda: practice.me("client1")["call"])
    key = practice.me("client1")["call"]["call_key"]
    practice.customers.told("client1", [key])
    await desk.post("/cti/facts", json={"facts": [offered(key, now())]})
    order = kinds(practice.room, "poste1")
    assert order.index("SimulationStarted") < order.index("CallOffered")
    practice.exchange.emit(fx.Delivered(key, "poste1", "client1", "", "", "commune", 2.0))
    assert kinds(practice.room, "poste1").count("SimulationStarted") == 1
    assert not [order for order in practice.exchange.orders if order[0] == "clear"]


async def test_a_call_that_is_not_taken_is_of_the_sitting_it_is_offered_to_next(practice: Practice) -> None:
    one = await practice.trainee("poste1")
    await practice.trainee("poste2")
    practice.attend("client1")
    await stream(practice)
    await until(lambda: practice.me("client1")["call"])
    key = await ring(practice, "client1", "poste1")
    for fact_told in (
        fx.Failed(key, "poste1", 17, "occupé"),
        fx.Delivered(key, "poste2", "client1", "", "", "commune", 4.0),
    ):
        practice.exchange.emit(fact_told)
    await one.post("/cti/facts", json={"facts": [offered(key, now())]})  # late
    practice.exchange.emit(fx.Established(key, "poste2", 4.0))
    practice.exchange.emit(fx.Established(key, "client1"))
    assert practice.me("client1")["station"] == "poste2"
    assert practice.room.stations["poste2"].sitting.current == "S1"
    assert kinds(practice.room, "poste1", "Exchange")[1:] == ["ExchangeQueued", "ExchangeDelivered", "ExchangeFailed"]
    assert kinds(practice.room, "poste2", "Exchange")[1:] == ["ExchangeDelivered", "ExchangeEstablished", "ExchangeEstablished"]
    await asyncio.sleep(GOES_ON + 0.2)
    assert ("clear", "client1", key) not in practice.exchange.orders
    practice.attend("client2")  # whoever is free next is for the station that still waits for its customer
    await practice.plays("client2", "poste1")


async def test_a_call_that_is_not_taken_and_goes_to_nobody_is_hung_up(practice: Practice) -> None:
    await practice.trainee("poste1")
    practice.attend("client1")
    await stream(practice)
    await until(lambda: practice.me("client1")["call"])
    key = await ring(practice, "client1", "poste1")
    practice.exchange.emit(fx.Failed(key, "poste1", 19, "ne répond pas"))
    await until(lambda: ("clear", "client1", key) in practice.exchange.orders)
    practice.customers.told("client1", [])
    assert practice.me("client1") | {"sitting": "", "target": ""} == {
        "seat": "client1", "station": "poste1", "sitting": "", "target": "", "call": None,
    }  # fmt: skip


async def test_a_call_that_fits_nobody_is_taken_back(practice: Practice) -> None:
    await practice.trainee("poste1")
    two = await practice.trainee("poste2")
    practice.attend("client1")
    await stream(practice)
    await until(lambda: practice.me("client1")["call"])
    await start(two, "S2")
    key = await ring(practice, "client1", "poste2")  # the queue did not know yet
    await until(lambda: ("clear", "client1", key) in practice.exchange.orders)
    assert practice.room.stations["poste2"].sitting.current == "S2" and practice.me("client1")["station"] == ""


async def test_the_queue_spares_a_station_that_plays_or_has_played_what_waits(practice: Practice) -> None:
    one = await practice.trainee("poste1")
    await until(lambda: practice.exchange.shared.get("poste1"))
    await start(one, "S2")
    await until(lambda: practice.exchange.ready["poste1"] and not practice.exchange.shared["poste1"])
    await start(one, "S2", "end")
    await until(lambda: practice.exchange.shared["poste1"])
    await start(one)
    await start(one, what="end")  # it has played S1
    await practice.trainee("poste2")
    practice.attend("client1")
    await stream(practice)
    await until(lambda: practice.me("client1")["call"] and not practice.exchange.shared["poste1"] and practice.exchange.shared["poste2"])


async def test_the_supervisor_sees_who_waits_and_takes_the_calls_back(practice: Practice) -> None:
    await practice.trainee("poste1")
    await practice.trainee("poste2")
    practice.attend("client1")
    trainer = await stream(practice, calls=4)
    await until(lambda: practice.me("client1")["call"])
    key = practice.me("client1")["call"]["call_key"]
    practice.customers.told("client1", [key])
    for name in ("k0", key):
        practice.exchange.emit(fx.Queued(name, "commune", "+33465712108", "Mme Léa Martin", 1))
    practice.exchange.emit(fx.QueueMemberChanged("poste2", "commune", True, False))
    practice.exchange.emit(fx.QueueMemberChanged("poste1", "commune", True, True))
    shared = practice.queue()
    assert [(call["call_key"], call["name"], call["position"]) for call in shared["waiting"]] == [
        ("k0", "Mme Léa Martin", 1),
        (key, "Mme Léa Martin", 2),
    ]
    assert shared["ready"] == ["poste2"] and shared["waiting"][0]["since"] <= shared["waiting"][1]["since"]
    practice.exchange.emit(fx.Abandoned("k0", "commune", 3.0))
    assert [call["position"] for call in practice.queue()["waiting"]] == [1]
    assert room_view(practice.room, "jury1")["stream"] == {"simulations": ["S1"], "left": 3, "every": 0.0}
    assert (await trainer.delete("/jury/stream")).status_code == 200
    assert practice.me("client1")["call"] is None and room_view(practice.room, "jury1")["stream"] is None
    practice.exchange.emit(fx.Cleared(key, "client1", 16))
    assert practice.queue()["waiting"] == []


@pytest.mark.parametrize(
    ("body", "status", "error_id"),
    [
        ({"simulations": ["S2"]}, 422, "not_inbound"),
        ({"simulations": ["S7"]}, 404, "unknown_simulation"),
        ({"simulations": []}, 422, "invalid_fields"),
        ({"simulations": ["S1"], "calls": 0}, 422, "invalid_fields"),
        ({"simulations": ["S1"], "calls": 100}, 422, "invalid_fields"),
        ({"simulations": ["S1"], "every": -1}, 422, "invalid_fields"),
    ],
)
async def test_what_a_stream_cannot_be(practice: Practice, body: Mapping[str, Any], status: int, error_id: str) -> None:
    trainer = (await practice.opened.enrol("jury1"))[1]
    answer = await trainer.post("/jury/stream", json=body)
    assert (answer.status_code, answer.json()["error_id"]) == (status, error_id)


async def test_a_room_without_customers_says_so(tmp_path: Path, pack: Path) -> None:
    async with open_exam_room(tmp_path / "room", pack, mode="practice", customers=2, with_customers=False) as opened:
        trainer = (await opened.enrol("jury1"))[1]
        answer = await trainer.post("/jury/stream", json={"simulations": ["S1"]})
        assert (answer.status_code, answer.json()["error_id"]) == (409, "no_customers")
        assert not [name for name in opened.room.settings.tokens if name.startswith("customer")]


def test_the_processes_are_the_servers_own_and_told_where_it_is(tmp_path: Path) -> None:
    made = CustomerProcesses(new_plan("192.0.2.1", stations=1, juries=0, customers=2, mode="practice").customers, tmp_path, tmp_path)
    assert made.lines == ("client1", "client2")
    assert set(made.tokens) == {"customer:client1", "customer:client2"} and len(set(made.tokens.values())) == 2
    assert [_reachable(url) for url in ("https://192.0.2.1:8443", "https://0.0.0.0:8443", "http://[::]:1")] == [
        "https://192.0.2.1:8443",
        "https://127.0.0.1:8443",
        "http://127.0.0.1:1",
    ]


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ('{"calls": []}', ()),
        ('{"calls": ["a", "b"]}', ("a", "b")),
        ('{"calls": [1]}', None),
        ('{"calls": "a"}', None),
        ("[]", None),
        ("{", None),
        (f'{{"calls": ["{"a" * REPORT_LIMIT}"]}}', None),
    ],
)
def test_what_a_customer_says_is_read_or_ignored(text: str, calls: tuple[str, ...] | None) -> None:
    assert read_report(text) == calls
