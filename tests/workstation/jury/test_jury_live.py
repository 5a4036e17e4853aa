"""The candidate's desk as facts, on the console's screen at both sizes; its end is followed unless a person has gone back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from textual.events import MouseScrollDown, MouseScrollUp

from tests.workstation.jury.console_of_tests import running_console
from tests.workstation.jury.fake_jury_room import FakeJuryRoom
from tests.workstation.wait import wait_for

SIZES = [(80, 24), (120, 36)]


@pytest.fixture(autouse=True)
def faults(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No test may leave a fault in the console's log."""
    yield
    assert [r.getMessage() for r in caplog.records if r.name == "plateau.desk" and r.levelname == "ERROR"] == []


def playing(**options: Any) -> FakeJuryRoom:
    return FakeJuryRoom(role="role_player", **options)


def observing(**options: Any) -> FakeJuryRoom:
    return FakeJuryRoom(role="observer", **options)


@pytest.mark.parametrize("size", SIZES)
async def test_the_candidate_s_desk_as_facts(size: tuple[int, int]) -> None:
    room = observing()
    async with running_console(size=size, room=room) as console:
        room.begin("S1")
        room.journal("CallAnswered", {}, call_key="k")
        room.journal("ScreenOpened", {"screen": "customer_file"})
        room.journal("Searched", {"q": "vasserand", "total": 2})
        room.journal("CallHeld", {"by": "local"}, call_key="k")
        room.journal("CallResumed", {"by": "local"}, call_key="k")
        change = {"record_kind": "address", "id": "a", "before": {"city": "Lyon", "postcode": "69003"}, "after": {"city": "Bron"}}
        room.journal("RecordChanged", change, call_key="k")
        room.journal("RecordCreated", {"record_kind": "interaction", "id": "i", "before": {}, "after": {"result": "ABOUTI"}})
        await console.until(
            "DÉBUT DE LA SIMULATION S1", "+00:00", "Écran : Fiche client", "Recherche « vasserand » : 2 résultat(s)",
            "Met le client en attente", "Reprend le client après 00:00 d'attente", "MODIFIÉ : Adresse", "Ville : Lyon → Bron",
            "CRÉÉ : Interaction", "Résultat : ABOUTI", "Devant le candidat : Fiche client", "Suit la fin.",
        )  # fmt: skip
        room.journal("ScreenOpened", {"screen": "contact_desk"})
        await console.until("Devant le candidat : Coordonnées")


async def test_the_timeline_follows_unless_one_has_gone_back() -> None:
    room = observing()
    for number in range(60):
        room.journal("Searched", {"q": f"mot-{number:02}", "total": 0})
    async with running_console(size=(80, 24), room=room) as console:
        await console.until("mot-59", "Suit la fin.")
        await console.pilot.press("pageup", "pageup")
        await console.until("NE SUIT PLUS LA FIN", gone="mot-59")
        room.journal("Searched", {"q": "nouveau", "total": 0})
        await wait_for(lambda: len(console.app.state.timeline) == 61, "the new row")
        assert "nouveau" not in await console.until("NE SUIT PLUS LA FIN")
        await console.pilot.press("ctrl+o")
        await console.until("nouveau", "Suit la fin.")
        room.journal("Searched", {"q": "encore", "total": 0})
        await console.until("encore")


@pytest.mark.parametrize("size", SIZES)
async def test_the_timeline_follows_rows_however_quickly_they_come(size: tuple[int, int]) -> None:
    room = observing()
    async with running_console(size=size, room=room) as console:
        await console.until("Suit la fin.")
        timeline = console.app.live.timeline
        for number in range(300):
            room.journal("RecordChanged", {"record_kind": "address", "before": {}, "after": {"city": f"v-{number:03}", "postcode": "1"}})
            if number % 7 == 0:
                await console.pilot.pause()
        await console.until("v-299", "Suit la fin.")
        assert timeline.following and timeline.max_scroll_y > 500
        for behind in (1, 5, 40):  # a move that was meant for an end that rows have pushed on
            timeline.scroll_to(y=timeline.max_scroll_y - behind, animate=False, immediate=True)
            assert timeline.following and timeline.scroll_y < timeline.max_scroll_y
            room.journal("Searched", {"q": f"mot-{behind}", "total": 0})
            await console.until(f"mot-{behind} »", "Suit la fin.")
        await console.pilot.press("up")
        await console.until("NE SUIT PLUS LA FIN")
        await console.pilot.press("end")
        await console.until("Suit la fin.", "mot-40 »")


@pytest.mark.parametrize("size", SIZES)
async def test_lines_that_come_and_go_on_top_leave_the_end_in_sight(size: tuple[int, int]) -> None:
    room = playing()
    for number in range(60):
        room.journal("Searched", {"q": f"mot-{number:02}", "total": 0})
    async with running_console(size=size, room=room) as console:
        await console.until("✓ ligne", "PREMIERS MOTS")
        console.phone.candidate_calls("0199007700")
        await console.until("ON APPELLE LE SERVICE")
        await console.pilot.press("alt+4")
        await console.until("mot-59", "Suit la fin.", "ON APPELLE LE SERVICE")
        await console.pilot.press("f4")
        await console.until("mot-59", "Suit la fin.", "Aucun appel.")
        console.phone.candidate_calls("0199007700", call_id="2", call_key="key-2")
        await console.until("ON APPELLE LE SERVICE")
        await console.pilot.press("alt+4")
        await console.until("mot-59", "Suit la fin.", "ON APPELLE LE SERVICE")


async def test_the_wheel_goes_back_and_comes_again() -> None:
    room = observing()
    for number in range(60):
        room.journal("Searched", {"q": f"mot-{number:02}", "total": 0})
    async with running_console(size=(80, 24), room=room) as console:
        await console.until("mot-59", "Suit la fin.")
        timeline = console.app.live.timeline
        wheel = (timeline, 2, 2, 0, 0, 0, False, False, False)
        timeline.post_message(MouseScrollUp(*wheel))
        await console.until("NE SUIT PLUS LA FIN")
        for _turn in range(5):
            timeline.post_message(MouseScrollDown(*wheel))
        await console.until("mot-59", "Suit la fin.")


async def test_a_file_is_known_by_its_customer_s_name() -> None:
    room = observing()
    room.journal("RecordOpened", {"record_kind": "contact", "id": "corbulon-nadege", "contact_id": "corbulon-nadege"})
    room.journal("RecordOpened", {"record_kind": "contact", "id": "vasserand-odile", "contact_id": "vasserand-odile"})
    room.journal("ExchangeQueued", {"queue": "poste3", "position": 2}, call_key="k")
    async with running_console(size=(80, 24), room=room) as console:
        text = await console.until(
            "Fiche ouverte : Mme Nadège Corbulon", "Fiche ouverte : un autre client", "Un appel attend dans la file du poste, n° 2"
        )
        assert "vasserand" not in text and "poste3" not in text


async def test_the_timeline_takes_another_width() -> None:
    room = observing()
    long = " ".join(f"mot{n}" for n in range(30))
    room.journal("BriefSearched", {"q": long})
    async with running_console(size=(80, 24), room=room) as console:
        await console.until("mot29")
        await console.pilot.resize_terminal(120, 36)
        await wait_for(lambda: console.app.size.width == 120, "the new size")
        await wait_for(lambda: max(len(line) for line in console.screen().splitlines() if "mot" in line) > 90, "wider lines")
