"""A practice call is recorded after the trainee agreed, carried out of its sitting, graded by two people apart, read side by side."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pypdf
import pytest

from tests.e2e.lab import Lab, energy_db, loud_seconds, sound_of, speech_wav
from tests.scenarios.pack_folders import lean_marvalune
from tests.terminal import Terminal, plateau


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    greeting = "Brûlerie Marvalune bonjour, que puis-je faire pour vous ?"
    mic = speech_wav(tmp_path / "mic.wav", [(0.6, greeting)], seconds=8)
    return Lab(tmp_path, mic=mic, pack=str(lean_marvalune(tmp_path)))


def test_a_class_grades_one_recorded_call(lab: Lab, tmp_path: Path) -> None:
    with lab:
        lab.sign_in("Camille Renard")
        _the_trainee_agrees(lab)
        lab.start_simulation("S1")
        lab.ready()
        _a_call_is_recorded(lab)
        lab.qualify(["MAJ_DOSSIER"], comment="Rien de fait, pour le calibrage.")
        lab.end_simulation()
        lab.leave()
    sound = next((lab.folder / "recordings").glob("*.wav"))
    both = sound_of(sound)
    assert loud_seconds(both) > 3.0 and -40 < energy_db(both)
    environment = {"PLATEAU_HOME": str(lab.home)}
    told = _run(environment, "training", "recordings")
    assert "Camille Renard" in told and "S1" in told
    shared = tmp_path / "classe"
    carried = shared / "S1.calibrage"
    assert str(carried) in _run(environment, "training", "calibrate", "make", "-o", str(carried))
    for name, mark in (("Inès Marbeau", "c"), ("Hugo Laventin", "n")):
        _graded(environment, carried, name, mark, tmp_path)
    page = tmp_path / "ensemble.pdf"
    _run(environment, "training", "calibrate", "compare", str(shared), "--pdf", str(page))
    words = " ".join(one.extract_text() for one in pypdf.PdfReader(page).pages)
    assert "Réponses différentes" in words and "Inès Marbeau" in words and "Camille" not in words
    _side_by_side(environment, shared)
    assert "1 enregistrement(s) effacé(s)" in _run(environment, "training", "erase", "--all", "--yes")
    assert not sound.exists()
    lab.verify()
    assert lab.tracebacks() == []


def _run(environment: dict[str, str], *words: str) -> str:
    run = subprocess.run(plateau(*words), capture_output=True, text=True, env={**os.environ, **environment}, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def _the_trainee_agrees(lab: Lab) -> None:
    lab.terminal.keys("S-F1")
    lab.terminal.wait_for("Enregistrer les appels d'entraînement", "Qui joue le client est prévenu", "garder 30 jours")
    lab.terminal.type("2")
    lab.wait_for_row("RecordingAgreed", days=30)
    lab.terminal.wait_for("appels enregistrés")


def _a_call_is_recorded(lab: Lab) -> None:
    terminal = lab.terminal
    lab.wait_for_row("CallOffered", caller="+33465712108")
    terminal.keys("F3")
    lab.wait_for_row("CallAnswered")
    terminal.wait_for("CET APPEL EST ENREGISTRÉ")
    lab.says("ouverture")
    lab.wait_until(lambda: loud_seconds(lab.heard()) > 2.0, "two seconds of the customer's voice in the ear")
    terminal.keys("F4")
    row = lab.wait_for_row("CallRecorded")
    assert row.data["seconds"] > 3.0
    terminal.wait_for("Appel enregistré, gardé jusqu'au")


def _graded(environment: dict[str, str], carried: Path, name: str, mark: str, tmp_path: Path) -> None:
    heard = tmp_path / f"{mark}.wav"
    command = plateau("training", "calibrate", "grade", str(carried), "--name", name, "--speaker", str(heard))
    with Terminal(command, columns=80, lines=24, environment=environment) as terminal:
        terminal.wait_for("c2.1", "‖ pause 00:00", "La demande de l'interlocuteur est identifiée")
        terminal.keys("F6")
        terminal.wait_for("▶ lecture")
        terminal.type(mark)
        terminal.wait_for("NON CONSTATÉ" if mark == "n" else "CONSTATÉ")
        terminal.keys("M-2")
        terminal.wait_for("[2 Journal de l'appel]", "Client : « Client virtuel automatique", "Entrée : écouter à partir de là")
        assert "Camille" not in terminal.screen()
        terminal.keys("M-3")
        terminal.wait_for("[3 Partage]", "CRITÈRES SANS RÉPONSE DE VOUS", "c2.2")
        terminal.keys("p")
        terminal.wait_for("Partager ma grille ?")
        terminal.keys("2")
        terminal.wait_for("grille partagée à")
        _leave(terminal)
    assert np.abs(sound_of(heard)).max() > 0


def _leave(terminal: Terminal) -> None:
    terminal.keys("C-q")
    terminal.wait_for("Quitter ?")
    terminal.keys("2")
    terminal.wait_for("EXIT=0")


def _side_by_side(environment: dict[str, str], shared: Path) -> None:
    command = plateau("training", "calibrate", "compare", str(shared), "--no-sound")
    with Terminal(command, columns=80, lines=24, environment=environment) as terminal:
        terminal.wait_for("Grilles côte à côte", "Inès Marbeau", "Hugo Laventin")
        _leave(terminal)
