"""Grading a recorded call alone, then a class's grids side by side: the jury's own grid over files, marks on the disk at once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from click.testing import CliRunner
from textual.pilot import Pilot

from cti.phone.audio.playback import Playback
from cti.phone.audio.wav_files import read_wav
from scenarios.grid import Mark
from scenarios.training.calibration import Calibration, Graded, grid_path, read_calibration, read_graded, write_graded
from scenarios.training.calibration_making import make_calibration, recorded_calls
from tests.scenarios.practice_world import Play, play
from tests.scenarios.room_world import write_pack
from tests.scenarios.training.test_calibration import graded
from tests.workstation.wait import wait_for
from workstation.calibrate.app import CalibrateApp
from workstation.calibrate.book import Book, Closed
from workstation.calibrate.screens import CallFacts, CallGrid, Compared, Sharing
from workstation.calibrate.told import named_apart, state_of, with_typed
from workstation.cli import plateau

YESTERDAY = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    play(folder / "data" / "sittings", write_pack(folder), "one", Play(YESTERDAY, recorded=True))
    return make_calibration(recorded_calls([folder / "data"])[0][0], folder / "S1.calibrage", dt.datetime.now(dt.UTC))


def opened(call: Path) -> tuple[Calibration, Playback]:
    about, _sound = read_calibration(call, dt.datetime.now(dt.UTC))
    return about, Playback(read_wav(call.parent / "data" / "sittings" / "one" / "recordings" / "k1.wav"))


def grading(call: Path, path: Path, name: str = "Ana") -> CalibrateApp:
    about, playback = opened(call)
    own = read_graded(path) if path.exists() else Graded(calibration=about.id, name=name)
    state = with_typed(state_of(about, [own], name), own)
    return CalibrateApp(about, state, Book(about, own, path), (CallGrid(), CallFacts(), Sharing()), playback)


async def until(pilot: Pilot[int], *texts: str) -> str:
    def screen() -> str:
        strips = pilot.app.screen._compositor.render_strips()
        return "\n".join(strip.crop(0, pilot.app.size.width).text.rstrip() for strip in strips)

    try:
        await wait_for(lambda: all(text in screen() for text in texts), f"{texts}")
    except AssertionError:
        raise AssertionError(screen()) from None
    return screen()


async def test_one_person_listens_marks_and_shares_for_good(call: Path, tmp_path: Path) -> None:
    path = tmp_path / "S1.ana.grille.json"
    app = grading(call, path)
    async with app.run_test(size=(80, 36)) as pilot:
        await until(pilot, "[1 Grille]", "c2.1 ·", "‖ pause 00:00 / 00:05")
        await pilot.press("c", "down", "n", "enter")
        await pilot.press(*"loin")
        await until(pilot, "c2.1 CONSTATÉ", "c2.2 NON CONSTATÉ", "Note sur c2 :")
        await pilot.press("enter")
        await until(pilot, "c2.2 loin")
        await wait_for(lambda: [one.text for one in read_graded(path).notes] == ["c2.2 loin"], "the reason on the disk")
        await pilot.press("t", *"bon a")
        await wait_for(lambda: "bon a" in read_graded(path).typed.values(), "what is typed on the disk")
        await pilot.press("escape", "space")
        await until(pilot, "▶ lecture")
        await pilot.press("f6", "f8", "alt+2")
        await until(pilot, "[2 Journal de l'appel]", "‖ pause 00:05", "+00:00  Client : « Bonjour. »")
        await app.leave()
    again = grading(call, path)
    async with again.run_test(size=(80, 36)) as pilot:
        await until(pilot, "c2.2 NON CONSTATÉ", "c2.2 loin")
        await pilot.press("t")
        await until(pilot, "bon a")
        await pilot.press("escape", "alt+3", "p", "2")
        await until(pilot, "Ana : grille partagée à")
        await pilot.press("alt+1", "o")
        await until(pilot, "ne change plus")
        await again.leave()
    kept = read_graded(path)
    assert kept.shared_at and [(one.criterion, one.value) for one in kept.marks] == [("c2.1", Mark.SEEN), ("c2.2", Mark.NOT_SEEN)]


async def test_a_class_reads_its_grids_side_by_side(call: Path) -> None:
    about, playback = opened(call)
    ana = graded(about, "Ana", Mark.SEEN, Mark.NOT_SEEN, why="c2.2 loin")
    both = named_apart([ana, graded(about, "Ana", Mark.SEEN, Mark.SEEN, why="On entend mal.")])
    app = CalibrateApp(about, state_of(about, both, "Ana"), Closed(about), (Compared(), CallFacts()), playback)
    async with app.run_test(size=(100, 40)) as pilot:
        screen = await until(pilot, "RÉPONSES DIFFÉRENTES", "MÊMES RÉPONSES", "REMARQUES")
        assert screen.index("c2.2 La réponse") < screen.index("MÊMES RÉPONSES") < screen.index("c2.1 La demande")
        assert "Ana : NON CONSTATÉ — loin" in screen and "Ana (2) : CONSTATÉ" in screen and "Ana (2) : On entend mal." in screen
        await pilot.press("alt+2", "end", "enter")
        await until(pilot, "[2 Journal de l'appel]", "00:05 / 00:05")
        await app.leave()


def test_the_commands_say_what_is_missing(call: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLATEAU_HOME", str(call.parent))

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(plateau, ["training", *arguments])
        return done.exit_code, done.output

    code, told = run("recordings")
    assert code == 0 and "S1 Un déménagement" in told and "Camille Roux" in told
    code, told = run("calibrate", "make", "-o", str(tmp_path / "S1.calibrage"))
    assert code == 0 and (tmp_path / "S1.calibrage").exists()
    assert run("calibrate", "make", "--call", "autre")[0] == 2
    about, _sound = read_calibration(tmp_path / "S1.calibrage", dt.datetime.now(dt.UTC))
    write_graded(grid_path(tmp_path / "S1.calibrage", "Ana"), graded(about, "Ana", Mark.SEEN))
    write_graded(grid_path(tmp_path / "S1.calibrage", "Zoé"), graded(about, "Zoé", shared=False))
    (tmp_path / "cassée.grille.json").write_text("{")
    code, told = run("calibrate", "compare", str(tmp_path), "--pdf", str(tmp_path / "c.pdf"))
    assert code == 2 and "Zoé n'a pas partagé" in told and "au moins deux grilles" in told and "cassée" in told
    write_graded(grid_path(tmp_path / "S1.calibrage", "Noé"), graded(about, "Noé", Mark.NOT_SEEN))
    code, told = run("calibrate", "compare", str(tmp_path), "--pdf", str(tmp_path / "c.pdf"))
    assert code == 0 and (tmp_path / "c.pdf").read_bytes().startswith(b"%PDF")
    assert run("erase") == (0, "Rien à effacer.\n")
    code, told = run("erase", "--all", "--yes")
    assert code == 0 and "1 enregistrement(s) effacé(s)" in told
    assert run("recordings") == (0, "Aucun appel enregistré.\n")
