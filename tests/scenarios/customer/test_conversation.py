"""One call's loop."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from scenarios.customer import moves as m
from scenarios.customer.bot_sound import BotSound
from scenarios.customer.conversation import Conversation, Surroundings
from scenarios.customer.stock import customer_of
from scenarios.customer.voice import VoiceShelf
from tests.scenarios.customer.test_voice import Counted
from tests.scenarios.customer.tiny_pack import tiny_pack


def unused(*_: Any) -> None: ...


@pytest.mark.parametrize("steps", range(5))
async def test_one_that_is_given_up_lets_go_though_something_comes_just_then(tmp_path: Path, steps: int) -> None:
    """However many turns of the event loop lie between the two."""
    shelf = VoiceShelf(Counted(), tmp_path / "voix")
    around = Surroundings(BotSound(unused, unused), shelf, unused, unused, unused)
    conversation = Conversation(customer_of(tiny_pack(tmp_path / "pack").simulations[0]), "seed", around)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(conversation.run())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        conversation.tell(m.CueGiven("rien"))
        for _ in range(steps):
            await asyncio.sleep(0)
        running.cancel()
        done, _ = await asyncio.wait([running], timeout=2)
        conversation.tell(m.CallOver())  # it ends anyway, so that the test does
    assert done and running.cancelled()
    shelf.close()
