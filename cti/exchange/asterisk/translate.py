"""Asterisk's events to what the exchange tells (cti.exchange.facts). Pure.

Every fact of a call comes from one event, which names the line, the call's key and the channel by itself: so the facts of a call are
the same in whatever order its events come, and however often. Where the order does matter (hold, parking, listening), the events'
own instants decide, not their arrival. Of what is over, the last channels are remembered for their belated events.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from cti.exchange.asterisk.causes import words_of
from cti.exchange.asterisk.legs import (
    RING,
    UP,
    Leg,
    Seen,
    contact_place,
    instant,
    line_name,
    line_of_channel,
    line_of_interface,
    number,
    seen,
)  # fmt: skip
from cti.exchange.asterisk.wire import Message
from cti.exchange.facts import (
    Abandoned,
    Cleared,
    Delivered,
    Established,
    ExchangeFact,
    Failed,
    Held,
    LineChanged,
    ListeningBegan,
    ListeningEnded,
    Parked,
    Queued,
    QueueMemberChanged,
    Retrieved,
    TalkingChanged,
    Transferred,
)  # fmt: skip
from cti.messages import clean_text

REMEMBERED = 500  # channels that are over
MAX_LEGS = 5_000
MAX_CONTACTS = 10  # of a line
Facts = Iterable[ExchangeFact]


class Picture:
    """What is known of the exchange: `legs` by Uniqueid, `members` (queue, line) → paused, `contacts` line → SIP URI → reachable."""

    def __init__(self, stations: Collection[str] = ()) -> None:
        self.stations = frozenset(stations)
        self.legs: dict[str, Leg] = {}
        self.members: dict[tuple[str, str], bool] = {}
        self.contacts: dict[str, dict[str, bool]] = {}
        self._over: dict[str, Leg] = {}
        self._lines: dict[str, LineChanged] = {}  # last told

    def apply(self, message: Message) -> tuple[ExchangeFact, ...]:
        """What that event tells; () for most."""
        translate = _TRANSLATIONS.get(message.event)
        return tuple(translate(self, message)) if translate else ()

    def legs_of(self, line: str) -> tuple[Leg, ...]:
        return tuple(leg for leg in self.legs.values() if leg.line == line)

    # --- legs -----------------------------------------------------------------------------------------

    def meet(self, channel: Seen) -> Leg:
        """The leg of that channel, known from now on, with what the message adds to it."""
        known = self.legs.get(channel.id) or self._over.get(channel.id) or Leg(channel.id, channel.channel, channel.line)
        leg = replace(
            known,
            call_key="" if channel.mode or known.mode else channel.call_key or known.call_key,
            station=channel.station or known.station,
            mode=channel.mode or known.mode,
            up=known.up or channel.state == UP,
        )
        self.put(leg)
        return leg

    def put(self, leg: Leg) -> Leg:
        if leg.id in self._over:
            self._over[leg.id] = leg
        elif leg.id in self.legs or len(self.legs) < MAX_LEGS:
            self.legs[leg.id] = leg
        return leg

    def end(self, leg: Leg) -> None:
        self.legs.pop(leg.id, None)
        self._over[leg.id] = leg
        while len(self._over) > REMEMBERED:
            del self._over[next(iter(self._over))]

    def is_over(self, leg: Leg) -> bool:
        return leg.id in self._over

    def once(self, leg: Leg, what: str, fact: ExchangeFact) -> Facts:
        """That fact, unless one of its sort was told of the leg, or the leg takes no part in a call."""
        leg = self.legs.get(leg.id) or self._over.get(leg.id) or leg
        if not leg.call_key or what in leg.told:
            return ()
        self.put(replace(leg, told=leg.told | {what}))
        return (fact,)

    def talk(self, leg: Leg, talking: bool) -> Facts:
        """Told to the leg's own station, and to the station at the other end of its bridge."""
        self.put(replace(leg, talking=talking))
        if leg.line in self.stations and leg.call_key:
            yield TalkingChanged(leg.line, "own", talking)
        for other in self.bridged_with(leg):
            if other.line in self.stations:
                yield TalkingChanged(other.line, "far", talking)

    def bridged_with(self, leg: Leg) -> list[Leg]:
        return [other for other in self.legs.values() if leg.bridge and other.bridge == leg.bridge and other.id != leg.id]

    # --- lines ----------------------------------------------------------------------------------------

    def line_told(self, line: str) -> Facts:
        """The line's registration, when it is not what was last told."""
        fact = LineChanged(line, False)
        for uri, reachable in self.contacts.get(line, {}).items():
            address, transport = contact_place(uri)
            fact = LineChanged(line, True, address, transport, reachable)
        if fact != self._lines.get(line, LineChanged(line, False)):
            self._lines[line] = fact
            yield fact


def _offer(picture: Picture, message: Message) -> Facts:
    called, caller = seen(message, "Dest"), seen(message)
    if called is None:
        return ()
    leg, waited = picture.meet(called), called.offered_after
    if (waited is not None) != (message.event == "AgentCalled"):
        return ()  # a queue's offer makes both events, and only AgentCalled names the queue
    by, name, calling = called.connected_number, called.connected_name, ""
    if caller is not None:
        picture.meet(caller)
        by, name, calling = caller.number, caller.name, caller.line
    queue, dialled = (clean_text(message.get("Queue"), 64), "") if waited is not None else ("", called.dialled)
    return picture.once(leg, "delivered", Delivered(leg.call_key, leg.line, calling, by, name, queue, waited or 0.0, dialled))


def _queue_answer(picture: Picture, message: Message) -> Facts:
    called = seen(message, "Dest")
    if called is None:
        return ()
    leg = picture.meet(called)
    waited = float(number(message.get("HoldTime")))
    return picture.once(leg, "established", Established(leg.call_key, leg.line, waited))


def _bridged(picture: Picture, message: Message) -> Facts:
    channel = seen(message)
    if channel is None:
        return
    leg, at = picture.meet(channel), instant(message)
    if at >= leg.bridge_at and not picture.is_over(leg):
        leg = picture.put(replace(leg, bridge=clean_text(message.get("BridgeUniqueid"), 80), bridge_at=at))
        for other in picture.bridged_with(leg):  # who had begun to speak before
            if leg.talking and other.line in picture.stations:
                yield TalkingChanged(other.line, "far", True)
            if other.talking and leg.line in picture.stations:
                yield TalkingChanged(leg.line, "far", True)
    # parked is no conversation; and an answer from a queue is told by AgentConnect, with the time waited
    if message.get("BridgeTechnology") != "holding_bridge" and channel.offered_after is None:
        yield from picture.once(leg, "established", Established(leg.call_key, leg.line))


def _unbridged(picture: Picture, message: Message) -> Facts:
    channel = seen(message)
    if channel is None:
        return
    leg, at = picture.meet(channel), instant(message)
    if at >= leg.bridge_at and not picture.is_over(leg):
        if leg.talking:
            yield from picture.talk(leg, False)
            leg = replace(leg, talking=False)
        picture.put(replace(leg, bridge="", bridge_at=at))


def _hold(picture: Picture, message: Message) -> Facts:
    channel = seen(message)
    if channel is None:
        return ()
    leg, at, held = picture.meet(channel), instant(message), message.event == "Hold"
    if at < leg.held_at:
        return ()
    picture.put(replace(leg, held=held, held_at=at))
    if held == leg.held or not leg.call_key:
        return ()
    return (Held(leg.call_key, leg.line) if held else Retrieved(leg.call_key, leg.line),)


def _blind_transfer(picture: Picture, message: Message) -> Facts:
    channel = seen(message, "Transferer")
    if channel is None or message.get("Result") != "Success":
        return ()
    leg = picture.meet(channel)
    dialled = clean_text(message.get("Extension"), 64)
    return picture.once(leg, "transferred", Transferred(leg.call_key, leg.line, "blind", dialled))


def _attended_transfer(picture: Picture, message: Message) -> Facts:
    channel = seen(message, "OrigTransferer")
    if channel is None or message.get("Result") != "Success":
        return ()
    leg = picture.meet(channel)
    return picture.once(leg, "transferred", Transferred(leg.call_key, leg.line, "attended"))


def _parking(picture: Picture, message: Message) -> Facts:
    channel = seen(message, "Parkee")
    if channel is None:
        return ()
    leg, at = picture.meet(channel), instant(message)
    if at < leg.parked_at:
        return ()
    space = clean_text(message.get("ParkingSpace"), 20) if message.event == "ParkedCall" else ""
    picture.put(replace(leg, space=space, parked_at=at))
    return (Parked(leg.call_key, leg.line, space),) if space != leg.space and leg.call_key else ()


def _hung_up(picture: Picture, message: Message) -> Facts:
    channel = seen(message)
    if channel is None:
        return
    leg = picture.meet(channel)
    if leg.talking:
        yield from picture.talk(leg, False)
    if leg.spying:
        yield ListeningEnded(leg.line, line_of_channel(leg.spying))
    if leg.space and leg.call_key:
        yield Parked(leg.call_key, leg.line, "")
    cause = number(message.get("Cause"))
    words = words_of(cause)
    if channel.state in (UP, RING):
        if message.get("TechCause") == "487":  # the caller's CANCEL
            words = "abandon avant la réponse"
        yield from picture.once(leg, "ended", Cleared(leg.call_key, leg.line, cause, words))
    else:
        yield from picture.once(leg, "ended", Failed(leg.call_key, leg.line, cause, words or "sans réponse"))
    leg = picture.legs.get(leg.id, leg)
    picture.end(replace(leg, bridge="", bridge_at=math.inf, spying="", spying_at=math.inf, space="", parked_at=math.inf, talking=False))


def _joined(picture: Picture, message: Message) -> Facts:
    channel = seen(message)
    if channel is None:
        return ()
    leg, queue = picture.meet(channel), clean_text(message.get("Queue"), 64)
    position = max(1, number(message.get("Position")))
    return picture.once(leg, f"queued in {queue}", Queued(leg.call_key, queue, channel.number, channel.name, position))


def _abandoned(picture: Picture, message: Message) -> Facts:
    channel = seen(message)
    if channel is None:
        return ()
    leg, queue = picture.meet(channel), clean_text(message.get("Queue"), 64)
    return picture.once(leg, "abandoned", Abandoned(leg.call_key, queue, float(number(message.get("HoldTime")))))


def _spying(picture: Picture, message: Message) -> Facts:
    spyer, heard = seen(message, "Spyer"), seen(message, "Spyee")
    if spyer is None or heard is None:
        return
    leg, at = picture.meet(spyer), instant(message)
    if at < leg.spying_at:
        return
    mode = leg.mode or "listen"
    if message.event == "ChanSpyStart":
        picture.put(replace(leg, spying=heard.channel, spying_at=at, mode=mode, station=leg.station or heard.line))
        if leg.spying != heard.channel:
            yield ListeningBegan(leg.line, heard.line, mode)
    elif leg.spying in (heard.channel, ""):
        picture.put(replace(leg, spying="", spying_at=at))
        if leg.spying:
            yield ListeningEnded(leg.line, heard.line)


def _talking(picture: Picture, message: Message) -> Facts:
    channel = seen(message)
    if channel is None:
        return ()
    leg, talking = picture.meet(channel), message.event == "ChannelTalkingStart"
    return () if leg.talking == talking or picture.is_over(leg) else tuple(picture.talk(leg, talking))


def _member(picture: Picture, message: Message) -> Facts:
    line = line_of_interface(message.get("Interface") or message.get("Location"))
    queue = clean_text(message.get("Queue"), 64)
    if not line or not queue:
        return
    if message.event == "QueueMemberRemoved":
        if picture.members.pop((queue, line), None) is not None:
            yield QueueMemberChanged(line, queue, False, False)
        return
    paused = message.get("Paused") == "1"
    if picture.members.get((queue, line)) != paused:
        picture.members[queue, line] = paused
        yield QueueMemberChanged(line, queue, True, paused)


def _contact(picture: Picture, message: Message) -> Facts:
    line = line_name(message.get("EndpointName") or message.get("AOR"))
    uri, status = message.get("URI")[:400], message.get("ContactStatus")
    if not line:
        return ()
    contacts = picture.contacts.setdefault(line, {})
    contacts.pop(uri, None)
    if status != "Removed" and len(contacts) < MAX_CONTACTS:
        contacts[uri] = status != "Unreachable"
    return picture.line_told(line)


def _met(picture: Picture, message: Message) -> Facts:
    channel = seen(message)
    if channel is not None:
        picture.meet(channel)
    return ()


_TRANSLATIONS: dict[str, Callable[[Picture, Message], Facts]] = {
    "Newchannel": _met,
    "Newstate": _met,
    "AgentCalled": _offer,
    "DialBegin": _offer,
    "AgentConnect": _queue_answer,
    "BridgeEnter": _bridged,
    "BridgeLeave": _unbridged,
    "Hold": _hold,
    "Unhold": _hold,
    "BlindTransfer": _blind_transfer,
    "AttendedTransfer": _attended_transfer,
    "ParkedCall": _parking,
    "ParkedCallGiveUp": _parking,
    "ParkedCallTimeOut": _parking,
    "UnParkedCall": _parking,
    "Hangup": _hung_up,
    "QueueCallerJoin": _joined,
    "QueueCallerAbandon": _abandoned,
    "ChanSpyStart": _spying,
    "ChanSpyStop": _spying,
    "ChannelTalkingStart": _talking,
    "ChannelTalkingStop": _talking,
    "QueueMemberAdded": _member,
    "QueueMemberPause": _member,
    "QueueMemberRemoved": _member,
    "QueueMemberStatus": _member,
    "ContactStatus": _contact,
}
