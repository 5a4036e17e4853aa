"""« Ma progression » at the desk: asked for by a key or a button, read anew each time, no wider than the terminal; not in an exam."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.training.test_progress import found, practice, told
from tests.workstation.desk_of_tests import running_desk
from tests.workstation.fake_room import FakeRoom


async def test_the_trainee_sees_what_moves(tmp_path: Path) -> None:
    room = FakeRoom()
    room.progress = told(practice(0, findings=found(a=False)), practice(5, findings=found(a=True))).model_dump(mode="json")
    async with running_desk(tmp_path, room=room, panes=()) as desk:
        await desk.signed_in()
        await desk.pilot.press("alt+w")
        screen = await desk.until("[Progression]", "Progression – Camille Roux", "≠ = montré depuis la fois n° 2")
        assert "sans note ni appréciation" in screen and "x : illisible" in screen
        room.progress = told().model_dump(mode="json")
        await desk.pilot.press("alt+0")
        await desk.until("Ma progression")
        await desk.pilot.click("#simulations #progress")
        await desk.until("[Progression]", "Aucune simulation terminée")
        assert room.requests.count("GET /sitting/progress") == 2
        room.progress = {"autre": 1}
        await desk.pilot.press("alt+0", "alt+w")
        await desk.until("n'a pas la forme attendue")
