"""What the desk learns of the exchange of its room: the account its phone registers with, who listens, whether it is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from cti.messages import HangUpCall, RegisterAccount, UnregisterAccount, clean_text
from workstation.desk.changes import Step, commanded, say
from workstation.desk.effects import Effect, FetchAccount, LeaveDesk, TellPhone
from workstation.desk.events import AccountArrived, PlaceLost, RowArrived, SittingLeft
from workstation.desk.state import DeskState, Record
from workstation.i18n import _

OTHER_SITTING = 75  # exit code (EX_TEMPFAIL): to be opened again, on the sitting of now


def exchange_arrived(state: DeskState, exchange: Record) -> tuple[DeskState, tuple[Effect, ...]]:
    """How this station reaches the exchange; where phones register, the account is asked for each time: its secret may be new."""
    return replace(state, exchange=exchange), (FetchAccount(),) if exchange.get("kind") == "asterisk" else ()


def account_arrived(state: DeskState, event: AccountArrived) -> Step:
    return state, (TellPhone(registration(event.account)),) if event.account else ()


def registration(account: Record) -> RegisterAccount:
    """The order that registers this account, as GET /cti/account gave it."""
    user, password, server, label = (str(account.get(name, "")) for name in ("user", "password", "server", "label"))
    transport: Literal["udp", "tls"] = "udp" if account.get("transport") == "udp" else "tls"
    return RegisterAccount(user, password, server, transport, label)


def place_lost(state: DeskState, event: PlaceLost) -> Step:
    """Our phone must not stay in the place's calls, nor answer them; what is typed and not sent stays on this disk."""
    if state.replaced:
        return state, ()
    words = _("CE POSTE A ÉTÉ REMPLACÉ par une autre machine, ou retiré de la salle : appelez le surveillant.")
    calls = tuple(TellPhone(HangUpCall(call.call_id)) for call in state.calls.values() if commanded(call))
    return say(replace(state, replaced=True, link="down"), words, event.at, "error"), (*calls, TellPhone(UnregisterAccount()))


def sitting_left(state: DeskState, event: SittingLeft) -> Step:
    """Nothing of one candidate may be before the next: the desk ends, and is opened anew on the sitting its place has now."""
    words = _("Une autre séance est ouverte à ce poste : il se rouvre sur elle.")
    return say(state, words, event.at, "warning"), (LeaveDesk(OTHER_SITTING),)


def listening_words(state: DeskState) -> str:
    """What the agent must always be able to read about who hears the calls; "" on a station that nobody can listen to."""
    if state.listeners:
        return _("ÉCOUTE EN COURS : {who}").format(who=", ".join(state.listeners))
    if state.exchange.get("kind") != "asterisk":
        return ""
    return _("appels écoutés par le jury") if state.exchange.get("mode") == "exam" else _("appels écoutables par le formateur")


def _began(state: DeskState, event: RowArrived, silent: bool) -> Step:
    label = clean_text(str(event.data.get("label") or event.data.get("listener") or ""), 40)
    if label in state.listeners:
        return state, ()
    state = replace(state, listeners=(*state.listeners, label))
    return (state if silent else say(state, _("Vos appels sont écoutés par : {who}.").format(who=label), event.now, quiet=True)), ()


def _ended(state: DeskState, event: RowArrived, silent: bool) -> Step:
    label = clean_text(str(event.data.get("label") or event.data.get("listener") or ""), 40)
    return replace(state, listeners=tuple(who for who in state.listeners if who != label)), ()


def _link(state: DeskState, event: RowArrived, silent: bool) -> Step:
    up = bool(event.data.get("up"))
    state = replace(state, exchange={**state.exchange, "reachable": up})
    if silent:
        return state, ()
    if up:
        return say(state, _("Le central téléphonique répond."), event.now), ()
    words = _("Le central téléphonique ne répond plus : attendez, le jury peut encore vous appeler directement.")
    return say(state, words, event.now, "error"), ()


EXCHANGE_ROWS: dict[str, Callable[[DeskState, RowArrived, bool], Step]] = {
    "ExchangeListeningBegan": _began,
    "ExchangeListeningEnded": _ended,
    "ExchangeLinkChanged": _link,
}
