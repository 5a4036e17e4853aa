"""What the room server's view and answers change, and what the juror asks of it."""

from __future__ import annotations

from dataclasses import replace

from cti.messages import UnregisterAccount
from workstation.desk.changes import link_is_down, link_is_up, say
from workstation.desk.effects import BringToFront, TellPhone
from workstation.desk.events import LinkDown, LinkUp, PlaceLost
from workstation.desk.words import instant
from workstation.i18n import _
from workstation.jury.console import hearing as ear
from workstation.jury.console import phone_side
from workstation.jury.console.effects import (
    AskStream,
    FetchAccount,
    FetchSheet,
    FollowJournal,
    JuryEffect,
    NameTeam,
    NextRound,
    OrderSimulation,
    StopListening,
    TakeSeat,
)
from workstation.jury.console.events import (
    Done,
    LevelHeard,
    ListeningDenied,
    ListeningGranted,
    ListenWanted,
    PickUpWanted,
    Refused,
    SeatAnswered,
    SeatWanted,
    SheetArrived,
    SimulationChosen,
    SimulationOrdered,
    StreamWanted,
    TeamWanted,
    Ticked,
    TurnWanted,
    ViewArrived,
    WhoArrived,
)
from workstation.jury.console.phone_side import CLIENT_PANE, place_listening, who_arrived
from workstation.jury.console.room_view import (
    DONE,
    current,
    exchange_up,
    listenable,
    my_station_id,
    next_to_do,
    record,
    role,
    room,
    simulation,
    simulations,
    station_label,
)
from workstation.jury.console.state import JuryState
from workstation.jury.console.steps import Step, exchange_said, listen, meet

STATIONS_PANE, LIVE_PANE = "stations", "live"
HOME = {"": STATIONS_PANE, "role_player": CLIENT_PANE, "observer": LIVE_PANE}


def link_up(state: JuryState, event: LinkUp) -> Step:
    return replace(link_is_up(state, event.at), replaced=False), (FetchAccount(),)


def link_down(state: JuryState, event: LinkDown) -> Step:
    words = _("Liaison avec la salle coupée : nouvel essai en cours. Une communication en cours continue.")
    return link_is_down(state, words, event.at), ()


def place_lost(state: JuryState, event: PlaceLost) -> Step:
    """Our phone must not answer this seat's calls any more."""
    if state.replaced:
        return state, ()
    words = _("Cette place a été reprise par un autre ordinateur : demandez un nouveau code au responsable.")
    state = say(replace(state, replaced=True, link="down"), words, event.at, "error")
    state, effects = listen(state, ear.Stopped(), event.at) if state.hearing.wanted else (state, ())
    return state, (*effects, TellPhone(UnregisterAccount()))


def view_arrived(state: JuryState, event: ViewArrived) -> Step:
    before = state
    state = replace(state, view=event.view, view_at=event.at)
    told = instant(str(room(state).get("server_now") or ""))
    if told:
        state = replace(state, clock_offset=told - event.at)
    state = _say_exchange(before, state, event.at)
    state = _say_seated(before, state, event.at)
    return _seated(before, state, event.at)


def _say_seated(before: JuryState, state: JuryState, at: float) -> JuryState:
    """That somebody else has seated us."""
    same = (role(before), my_station_id(before)) == (role(state), my_station_id(state))
    if same or not before.view or not role(state) or state.asked == "seat":
        return state
    words = _("Le responsable de session vous place à {station} : vous jouez le client.")
    if role(state) == "observer":
        words = _("Le responsable de session vous place à {station} : vous observez.")
    return say(state, words.format(station=station_label(state)), at, "warning")


def _say_exchange(before: JuryState, state: JuryState, at: float) -> JuryState:
    if not before.view or not listenable(state) or exchange_up(before) == exchange_up(state):
        return state
    if exchange_up(state):
        return say(state, _("Le central téléphonique est revenu."), at)
    words = _("CENTRAL ARRÊTÉ : ni appel ni écoute.")
    if role(state) == "role_player":
        words = _("CENTRAL ARRÊTÉ : F9 appelle le candidat en direct ; personne ne pourra écouter.")
    return say(state, words, at, "warning")


def _seated(before: JuryState, state: JuryState, at: float) -> Step:
    """What follows from where the room says we sit: the pane, the journal, the sheet, the listening."""
    effects: list[JuryEffect] = []
    moved = my_station_id(before) != my_station_id(state)
    if moved:
        state = replace(state, sheets={}, chosen="")
        effects.append(FollowJournal(my_station_id(state) if role(state) else ""))
    if moved or role(before) != role(state):
        effects.append(BringToFront(HOME[role(state)]))
    if state.hearing.wanted and (moved or role(state) != "observer"):
        state, more = listen(state, ear.Stopped(), at)
        effects += [*more, StopListening()]
    state, sheets = _choose_for(before, state)
    effects += sheets
    if state.hearing.wanted:
        state, more = listen(state, exchange_said(state), at)
        effects += more
    return state, tuple(effects)


def _choose_for(before: JuryState, state: JuryState) -> tuple[JuryState, list[JuryEffect]]:
    """The sheet in front: the simulation that begins, else the one chosen, else the next that is still to do: the first of all, or after
    the one in front when that has just ended."""
    if not role(state):
        return state, []
    wanted, now = state.chosen, current(state)
    ended = "" if now else current(before)
    if now and now != current(before):
        wanted = now
    elif not simulation(state, wanted):
        wanted = now or next_to_do(state, "") or str((simulations(state) or [{}])[0].get("id") or "")
    elif ended and simulation(state, wanted).get("state") == DONE:
        wanted = next_to_do(state, ended) or wanted
    state, effects = choose(state, wanted)
    return state, effects + _other_sheets(before, state)


def _other_sheets(before: JuryState, state: JuryState) -> list[JuryEffect]:
    """Every other sheet of a seat just taken: they are read though the room is cut off, and tell who is who in the journal."""
    if role(before) and my_station_id(before) == my_station_id(state):
        return []
    others = (str(one.get("id") or "") for one in simulations(state))
    return [FetchSheet(one) for one in others if one and one != state.chosen and one not in state.sheets]


def choose(state: JuryState, wanted: str) -> tuple[JuryState, list[JuryEffect]]:
    if wanted == state.chosen or not simulation(state, wanted):
        return state, []
    return replace(state, chosen=wanted), [] if wanted in state.sheets else [FetchSheet(wanted)]


def simulation_chosen(state: JuryState, event: SimulationChosen) -> Step:
    state, effects = choose(state, event.simulation)
    return state, (*effects, BringToFront(CLIENT_PANE))


def sheet_arrived(state: JuryState, event: SheetArrived) -> Step:
    persona = record(event.sheet.get("persona"))
    state = meet(state, str(persona.get("contact_id") or ""), str(persona.get("name") or ""))
    return replace(state, sheets={**state.sheets, event.simulation: event.sheet}), ()


def who_is_called(state: JuryState, event: WhoArrived) -> Step:
    state, effects = who_arrived(state, event)
    return _sheet_of_call(state, event.call_key, effects)


def pick_up(state: JuryState, event: PickUpWanted) -> Step:
    state, effects = phone_side.pick_up(state, event)
    return _sheet_of_call(state, event.call_key, effects)


def _sheet_of_call(state: JuryState, key: str, effects: tuple[JuryEffect, ...]) -> Step:
    """The sheet of the one who is played in a call comes to the front with it."""
    guise = state.guises.get(key)
    if key not in state.calls or guise is None or not simulation(state, guise.simulation):
        return state, effects
    state, more = choose(state, guise.simulation)
    return state, (*effects, *more, BringToFront(CLIENT_PANE))


# --- asked by the juror -----------------------------------------------------------------------------


def take_seat(state: JuryState, event: SeatWanted) -> Step:
    return replace(state, asked="seat"), (TakeSeat(event.role, event.station),)


def seat_answered(state: JuryState, event: SeatAnswered) -> Step:
    before, state = state, replace(state, asked="", view={**state.view, "me": event.me})
    return _seated(before, state, event.at)


def order_simulation(state: JuryState, event: SimulationOrdered) -> Step:
    return replace(state, asked=event.order), (OrderSimulation(event.order, event.simulation, event.write_id),)


def done(state: JuryState, event: Done) -> Step:
    state = replace(state, asked="" if state.asked == event.what else state.asked)
    return say(state, event.words, event.at) if event.words else state, ()


def want_stream(state: JuryState, event: StreamWanted) -> Step:
    return replace(state, asked="stream"), (AskStream(event.simulations, event.calls, event.every),)


def want_team(state: JuryState, event: TeamWanted) -> Step:
    return replace(state, asked="team"), (NameTeam(event.people, event.write_id),)


def want_turn(state: JuryState, event: TurnWanted) -> Step:
    return replace(state, asked="team"), (NextRound(event.round, event.write_id),)


def refused(state: JuryState, event: Refused) -> Step:
    state = replace(state, asked="" if state.asked == event.what else state.asked)
    return say(state, event.title, event.at, "error"), ()


# --- listening --------------------------------------------------------------------------------------


def want_listening(state: JuryState, event: ListenWanted) -> Step:
    if event.mode:
        return listen(state, ear.Begun(event.mode), event.at)
    state, effects = listen(state, ear.Stopped(), event.at)
    return say(state, _("Écoute arrêtée."), event.at), (*effects, StopListening())


def listening_granted(state: JuryState, event: ListeningGranted) -> Step:
    state, effects = listen(state, ear.Granted(event.attempt, event.call_id), event.at)
    if state.hearing.call_id != event.call_id:  # asked for no more
        return state, effects
    state, placed = place_listening(state, event.call_id, event.call_key, event.target, event.mode)
    return state, (*effects, *placed)


def listening_denied(state: JuryState, event: ListeningDenied) -> Step:
    if event.attempt != state.hearing.attempt or not state.hearing.wanted:
        return state, ()
    if not any(notice.text == event.title for notice in state.notices[-3:]):
        state = say(state, event.title, event.at, "error")
    return listen(state, ear.Stopped() if event.final else ear.Denied(event.attempt), event.at)


def level_heard(state: JuryState, event: LevelHeard) -> Step:
    return listen(state, ear.LevelRead(event.level), event.at) if state.hearing.up_at is not None else (state, ())


def ticked(state: JuryState, event: Ticked) -> Step:
    return listen(state, exchange_said(state), event.at) if state.hearing.wanted else (state, ())
