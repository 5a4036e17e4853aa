"""Another subject of the pack: its own customer calls, is known to the desk, and is there again when the lab is opened anew."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.lab import SLOW, Lab
from tests.scenarios.pack_folders import lean_marvalune


def test_subject_b_is_played_and_taken_up_again(tmp_path: Path) -> None:
    pack = str(lean_marvalune(tmp_path))
    lab = Lab(tmp_path, pack=pack, arguments=["--variant", "b"])
    with lab:
        lab.sign_in("Camille Renard")
        lab.start_simulation("S1")
        lab.ready()
        lab.wait_for_row("CallOffered", caller="+33465713562")
        lab.terminal.wait_for("SONNE", "04 65 71 35 62", "Mme Lucette RAVINEL · MVL-204732")
        lab.terminal.keys("F4")
        lab.wait_for_row("CallEnded")
        assert lab.rows("SittingOpened")[0].data["pack"]["subject"] == "B"
        folder = lab.folder
        lab.leave()
    again = Lab(tmp_path, pack=pack)
    with again:
        again.terminal.wait_for("Simulations", "✓ salle", within=SLOW)
        assert again.folder == folder and len(again.rows("SittingOpened")) == 1
