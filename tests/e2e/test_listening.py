"""What is heard when a juror listens: the two right voices, all sitting long, and never a trace of anybody else.

Two candidates are on the phone at the same time; everyone says a tone of his own, and what each listener's headset got is measured.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from cti.exchange.asterisk.server import reload
from cti.messages import (
    CallEnded,
    CallHeld,
    CallResumed,
    CompleteTransfer,
    DigitsSent,
    HangUpCall,
    HoldCall,
    OrderRefused,
    ResumeCall,
    SendDigits,
    TransferProgressed,
)
from cti.phone.audio.port import RATE
from tests.e2e.exam import ABSENT, PRESENT, ExamRoom, place, tones_in
from tests.e2e.lab import sound_of

GAP = 1.0  # seconds: the longest a listener may hear nothing while the two speak
SERVICE = "01 99 00 40 05"


async def hears(room: ExamRoom, who: str, *others: str, since: int, within: float = 30.0) -> int:
    return await asyncio.to_thread(room.wait_hears, who, *others, since=since, within=within)


def gap(room: ExamRoom, who: str, *others: str, since: int) -> float:
    """Seconds of that headset's sound, from there on, until both voices are in it."""
    sound, step = sound_of(room.heard_file(who))[since:], RATE // 5
    for at in range(0, len(sound) - step, RATE // 50):
        loud = tones_in(sound[at : at + step])
        if all(loud[other] > PRESENT for other in others):
            return at / RATE
    return float("inf")


def never_heard(room: ExamRoom, who: str, *strangers: str) -> None:
    """Not for a tenth of a second, in all that this headset got."""
    sound, step = sound_of(room.heard_file(who)), RATE // 10
    for at in range(0, len(sound) - step, step):
        loud = tones_in(sound[at : at + step])
        # a tenth of a second tells tones of 240 Hz apart; a voice that is there is ten times as loud
        stray = {name: level for name, level in loud.items() if name in strangers and level > 10 * ABSENT}
        assert not stray, f"{who} heard {stray} at {at / RATE:.1f} s"


async def test_each_listener_hears_one_candidate_and_never_a_trace_of_the_other(tmp_path: Path) -> None:
    with ExamRoom(tmp_path, juries=5) as room:
        async with (
            place(room, "poste1") as one,
            place(room, "poste2") as two,
            place(room, "jury1", "role_player", "poste1") as player,
            place(room, "jury2", "role_player", "poste2") as other,
            place(room, "jury3", "observer", "poste1") as listener,
            place(room, "jury4", "observer", "poste2") as beside,
        ):
            listening = await listener.listen()  # before any call
            call, call2 = await player.call("S1"), await other.call("S1")
            offered, _ = await asyncio.gather(one.answer(), two.answer())
            await beside.listen()  # during a call
            await hears(room, "jury3", "poste1", "jury1", since=0)
            await hears(room, "jury4", "poste2", "jury2", since=0)

            # keys are dead: at the listener's own phone, and none of those of the conversation reaches what is heard
            before = listener.now
            listener.send(SendDigits(listening, "*"))
            await listener.wait(OrderRefused, after=before)
            player.send(SendDigits(call, "5#*"))
            await player.wait(DigitsSent)
            at = room.mark("jury3")
            await hears(room, "jury3", "poste1", "jury1", since=at)

            # hold and back
            one.send(HoldCall(offered.call_id))
            await one.wait(CallHeld)
            one.send(ResumeCall(offered.call_id))
            await one.wait(CallResumed)
            at = room.mark("jury3")
            await hears(room, "jury3", "poste1", "jury1", since=at)

            # a consultation: what is heard is where the candidate is; then the customer is put through
            seen = player.now
            held = one.now
            one.send(HoldCall(offered.call_id))
            await one.wait(CallHeld, after=held)
            consultation = await one.dial(SERVICE)
            as_service = await player.answer(seen)
            assert as_service.headers["X-Plateau-Transfer"] == "attended"
            at = room.mark("jury3")
            await hears(room, "jury3", "poste1", "jury1", since=at)
            assert gap(room, "jury3", "poste1", "jury1", since=at) < GAP
            one.send(CompleteTransfer(offered.call_id, consultation))
            await one.wait(TransferProgressed, lambda fact: fact.final and fact.code == 200)
            await one.wait(CallEnded, lambda fact: fact.call_id == offered.call_id)
            for leg in (call, as_service.call_id):
                player.send(HangUpCall(leg))
            await player.wait(CallEnded, lambda fact: fact.call_id == as_service.call_id)

            # called again: the same listening goes on
            await one.ready_again(call)
            seen = one.now
            again = await player.call("S1")
            await one.answer(seen)
            at = room.mark("jury3")
            await hears(room, "jury3", "poste1", "jury1", since=at)
            assert gap(room, "jury3", "poste1", "jury1", since=at) < GAP

            # the exchange's configuration read anew, in the middle of a call
            await asyncio.to_thread(reload, room.exchange.folder)
            at = room.mark("jury3")
            await hears(room, "jury3", "poste1", "jury1", since=at)
            at = room.mark("jury4")
            await hears(room, "jury4", "poste2", "jury2", since=at)

            # the channel that is listened to dies
            room.exchange.cli(f"channel request hangup {channel_of(room, 'poste1')}")
            await player.wait(CallEnded, lambda fact: fact.call_id == again)
            await one.ready_again(again)
            seen = one.now
            await player.call("S1")
            await one.answer(seen)
            at = room.mark("jury3")
            await hears(room, "jury3", "poste1", "jury1", since=at)
            other.send(HangUpCall(call2))
        never_heard(room, "jury3", "poste2", "jury2", "jury4")
        never_heard(room, "jury4", "poste1", "jury1", "jury3")
        for name in ("poste1", "poste2", "jury1", "jury2"):
            never_heard(room, name, "jury3", "jury4", "jury5")
        told = [row.kind for row in room.rows("poste1") if row.kind.startswith("ExchangeListening")]
        assert told.count("ExchangeListeningBegan") == told.count("ExchangeListeningEnded") >= 3


def channel_of(room: ExamRoom, line: str) -> str:
    listed = room.exchange.cli("core show channels concise")
    return next(row.split("!")[0] for row in listed.splitlines() if row.startswith(f"PJSIP/{line}-"))
