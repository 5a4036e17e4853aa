"""Reading the room server's view: whatever it holds or lacks, an answer. Pure."""

from __future__ import annotations

from typing import cast

from cti.agent import Agent
from workstation.desk.room_news import agent_of
from workstation.desk.state import CallView, Record
from workstation.desk.told import record as record
from workstation.desk.told import records as records
from workstation.desk.words import instant
from workstation.jury.console.hearing import Attached
from workstation.jury.console.state import JuryState

TO_DO, RUNNING, DONE = "à faire", "en cours", "terminée"


def room(state: JuryState) -> Record:
    return record(state.view.get("room"))


def exchange(state: JuryState) -> Record:
    return record(room(state).get("exchange"))


def exchange_up(state: JuryState) -> bool:
    return bool(exchange(state).get("up"))


def practice(state: JuryState) -> bool:
    return room(state).get("mode") == "practice"


def me(state: JuryState) -> Record:
    return record(state.view.get("me"))


def role(state: JuryState) -> str:
    """role_player, observer, "" before a seat is taken."""
    told = str(me(state).get("role") or "")
    return told if told in ("role_player", "observer") and my_station_id(state) else ""


def my_station_id(state: JuryState) -> str:
    return str(me(state).get("station") or "")


def stations(state: JuryState) -> list[Record]:
    return records(state.view.get("stations"))


def station(state: JuryState, station_id: str) -> Record:
    return next((one for one in stations(state) if one.get("id") == station_id), {})


def my_station(state: JuryState) -> Record:
    return station(state, my_station_id(state))


def station_label(state: JuryState) -> str:
    return str(my_station(state).get("label") or my_station_id(state))


def seat_label(state: JuryState, seat_id: str) -> str:
    found = next((one for one in records(state.view.get("seats")) if one.get("id") == seat_id), {})
    return str(found.get("label") or seat_id)


def agent(one: Record) -> Agent:
    """Of a station; signed out when it cannot be read."""
    return agent_of(record(one.get("agent")))


def simulations(state: JuryState) -> list[Record]:
    return records(my_station(state).get("simulations"))


def simulation(state: JuryState, simulation_id: str) -> Record:
    return next((one for one in simulations(state) if one.get("id") == simulation_id), {})


def over(state: JuryState, simulation_id: str) -> bool:
    return simulation(state, simulation_id).get("state") == DONE


def next_to_do(state: JuryState, after: str) -> str:
    """The next simulation to do after that one, in the sitting's order, then from the first; "" when all are done."""
    ids = [str(one.get("id") or "") for one in simulations(state)]
    start = ids.index(after) + 1 if after in ids else 0
    return next((one for one in (*ids[start:], *ids[:start]) if simulation(state, one).get("state") == TO_DO), "")


def current(state: JuryState) -> str:
    """The simulation that runs on our station, "" for none."""
    return str(my_station(state).get("current") or "")


def place(state: JuryState) -> tuple[int, int]:
    """(which of the simulations runs, from 1, 0 for none; how many there are)."""
    ids = [str(one.get("id")) for one in simulations(state)]
    now = current(state)
    return (ids.index(now) + 1 if now in ids else 0), len(ids)


def calls(one: Record) -> list[Record]:
    """A station's calls that are not over."""
    return [call for call in records(one.get("calls")) if call.get("state") != "ended"]


def desk_call(state: JuryState, call_key: str) -> Record:
    """A call as the desk that has it tells it, whichever station that is; {} when none has it."""
    return next((call for one in stations(state) for call in records(one.get("calls")) if call.get("call_key") == call_key), {})


def far_state(state: JuryState, call: CallView) -> str:
    """What a call of ours is at the candidate's desk, by its key: offered, talking, held, ended; "" when no desk has it."""
    guise = state.guises.get(call.call_key)
    return str(desk_call(state, (guise.far_key if guise is not None else "") or call.call_key).get("state") or "")


def parked(state: JuryState) -> dict[str, str]:
    """Every parked call of the room: space → call key."""
    return {str(one["space"]): str(one.get("call_key") or "") for one in records(state.view.get("parked")) if one.get("space")}


def spoken(one: Record) -> bool:
    talking = record(one.get("talking"))
    return bool(talking.get("own") or talking.get("far"))


def attached(state: JuryState) -> Attached:
    """What the room says of our listening: "", asked, attached, waiting."""
    match record(state.view.get("listening")).get("state"):
        case "asked" | "attached" | "waiting" as stage:
            return cast(Attached, stage)
    return ""


def line_up(state: JuryState) -> bool:
    return state.phone.state == "ready" and state.phone.registration == "registered"


def listenable(state: JuryState) -> bool:
    """Whether calls go through an exchange one can listen at."""
    return exchange(state).get("kind") == "asterisk"


def customers(state: JuryState) -> list[Record]:
    """The room's virtual customers."""
    return records(state.view.get("customers"))


def queue(state: JuryState, queue_id: str) -> Record:
    return next((one for one in records(state.view.get("queues")) if one.get("id") == queue_id), {})


def shared_queue(state: JuryState) -> Record:
    """The queue that every station serves; {} where there is none."""
    own = {one.get("id") for one in stations(state)}
    return next((one for one in records(state.view.get("queues")) if one.get("id") not in own), {})


def trains(state: JuryState) -> bool:
    """Whether calls may be made to the shared queue here."""
    return practice(state) and bool(customers(state)) and bool(shared_queue(state))


def stream(state: JuryState) -> Record:
    """The calls still to come to the shared queue; {} none."""
    return record(state.view.get("stream"))


def seconds(value: object) -> int:
    """A whole number of seconds; 0 when it is none."""
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0


def since(text: object, state: JuryState, now: float) -> float:
    """Seconds from an instant of the server to local time `now`; 0 when it is no instant."""
    at = instant(str(text or ""))
    return max(0.0, now + state.clock_offset - at) if at else 0.0


def may_go_direct(state: JuryState) -> str:
    """Why a direct call past the exchange makes sense: exchange, line; "" when it does not."""
    if not exchange_up(state):
        return "exchange"
    return "" if line_up(state) else "line"
