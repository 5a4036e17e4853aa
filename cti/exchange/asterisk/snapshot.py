"""What Asterisk says of itself when the link comes up, and what that changes in what was believed of it.

Only actions open to a manager of the classes `call` and `agent`. What Asterisk does not tell (who holds, who is heard by a listener)
is believed as it was, for channels that are still there.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from cti.exchange.asterisk.legs import Leg, line_of_channel, line_of_interface, seen
from cti.exchange.asterisk.link import ActionRefused, Session
from cti.exchange.asterisk.translate import Facts, Picture
from cti.exchange.asterisk.wire import Message
from cti.exchange.facts import Cleared, Delivered, Established, ExchangeFact, Failed, ListeningEnded, Parked, QueueMemberChanged
from cti.messages import clean_text

CALLED_BY = ("AppDial", "AppDial2", "AppQueue")  # what Status calls the application of a channel that was called
AT_ONCE = 20  # questions under way


@dataclass(frozen=True)
class Snapshot:
    """Asterisk's own messages, as answered to Status, QueueStatus, ParkedCalls; `contacts` as in Picture; `version` for the log."""

    channels: tuple[Message, ...] = ()
    queues: tuple[Message, ...] = ()
    parked: tuple[Message, ...] = ()
    contacts: Mapping[str, Mapping[str, bool]] | None = None
    version: str = ""


async def take(session: Session, lines: Iterable[str]) -> Snapshot:
    """Asks Asterisk; raises LinkLost. What it refuses to tell is empty."""

    async def listed(action: str) -> tuple[Message, ...]:
        try:
            return tuple(await session.listing(action))
        except ActionRefused:
            return ()

    async def value(expression: str) -> str:
        try:
            return (await session.action("Getvar", {"Variable": expression})).get("Value")
        except ActionRefused:
            return ""

    gate = asyncio.Semaphore(AT_ONCE)

    async def contacts_of(line: str) -> dict[str, bool]:
        async with gate:
            found = {}
            for contact in filter(None, (await value(f"PJSIP_AOR({line},contact)")).split(",")):
                if uri := await value(f"PJSIP_CONTACT({contact},uri)"):
                    found[uri[:400]] = await value(f"PJSIP_CONTACT({contact},status)") != "Unreachable"
            return found

    names = tuple(lines)
    # contacts first: a phone that registers meanwhile is told by its event, which comes after
    contacts = dict(zip(names, await asyncio.gather(*map(contacts_of, names)), strict=True))
    version = clean_text(await value("VERSION()"), 60) or clean_text(session.greeting, 60)
    return Snapshot(await listed("Status"), await listed("QueueStatus"), await listed("ParkedCalls"), contacts, version)


def restore(picture: Picture, now: Snapshot) -> tuple[ExchangeFact, ...]:
    """Bring the picture to what the snapshot shows; what that changes."""
    return (
        *_gone(picture, {message.get("Uniqueid") for message in now.channels}),
        *_silence(picture),
        *_here(picture, now),
        *_parked(picture, now.parked),
        *_waiting(picture, now.queues),
        *_members(picture, now.queues),
        *_lines(picture, now.contacts or {}),
    )


def _gone(picture: Picture, there: set[str]) -> Facts:
    for leg in [leg for leg in picture.legs.values() if leg.id not in there]:
        yield from _unspied(leg)
        if leg.space and leg.call_key:
            yield Parked(leg.call_key, leg.line, "")
        never_answered = "delivered" in leg.told and not leg.up
        yield from picture.once(leg, "ended", (Failed if never_answered else Cleared)(leg.call_key, leg.line))
        leg = picture.legs[leg.id]
        picture.end(replace(leg, bridge="", bridge_at=math.inf, spying="", spying_at=math.inf, space="", parked_at=math.inf, talking=False))
    channels = {leg.channel for leg in picture.legs.values()}
    for leg in [leg for leg in picture.legs.values() if leg.spying and leg.spying not in channels]:
        yield from _unspied(leg)
        picture.put(replace(leg, spying=""))


def _unspied(leg: Leg) -> Facts:
    if leg.spying:
        yield ListeningEnded(leg.line, line_of_channel(leg.spying))


def _silence(picture: Picture) -> Facts:
    """Ends of speech may have been missed: whoever still speaks will be told of again."""
    for leg in [leg for leg in picture.legs.values() if leg.talking]:
        yield from picture.talk(leg, False)


def _here(picture: Picture, now: Snapshot) -> Facts:
    found = {channel.id: (channel, message) for message in now.channels if (channel := seen(message)) is not None}
    parked = {message.get("ParkeeUniqueid") for message in now.parked}
    for channel, message in found.values():
        leg = picture.put(replace(picture.meet(channel), bridge=clean_text(message.get("BridgeID"), 80)))
        waited = channel.offered_after
        if message.get("Application") in CALLED_BY:
            caller, calling = found.get(message.get("Linkedid"), (None, message))
            queue = clean_text(calling.get("Data").partition(",")[0], 64) if waited is not None and caller else ""
            fact = Delivered(
                leg.call_key,
                leg.line,
                caller.line if caller else "",
                channel.connected_number,
                channel.connected_name,
                queue,
                waited or 0.0,
                "" if waited is not None else channel.dialled,
            )
            yield from picture.once(leg, "delivered", fact)
        if leg.bridge and leg.id not in parked:
            yield from picture.once(leg, "established", Established(leg.call_key, leg.line, waited or 0.0))


def _parked(picture: Picture, parked: tuple[Message, ...]) -> Facts:
    spaces = {message.get("ParkeeUniqueid"): clean_text(message.get("ParkingSpace"), 20) for message in parked}
    for leg in list(picture.legs.values()):
        space = spaces.get(leg.id, "")
        if space != leg.space:
            picture.put(replace(leg, space=space))
            if leg.call_key:
                yield Parked(leg.call_key, leg.line, space)


def _waiting(picture: Picture, queues: tuple[Message, ...]) -> Facts:
    for message in queues:
        if message.event == "QueueEntry" and message.get("Uniqueid") in picture.legs:
            yield from picture.apply(Message((("Event", "QueueCallerJoin"), *message.fields[1:])))


def _members(picture: Picture, queues: tuple[Message, ...]) -> Facts:
    listed = [message for message in queues if message.event == "QueueMember"]
    for message in listed:
        yield from picture.apply(Message((("Event", "QueueMemberStatus"), *message.fields[1:])))
    there = {(message.get("Queue"), line_of_interface(message.get("Location"))) for message in listed}
    for queue, line in sorted(picture.members.keys() - there):
        del picture.members[queue, line]
        yield QueueMemberChanged(line, queue, False, False)


def _lines(picture: Picture, contacts: Mapping[str, Mapping[str, bool]]) -> Facts:
    for line in sorted(picture.contacts.keys() | contacts.keys()):
        picture.contacts[line] = dict(contacts.get(line, {}))
        yield from picture.line_told(line)
