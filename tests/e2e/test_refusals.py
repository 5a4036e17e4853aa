"""What cannot start says why in one sentence, in French, with a code that is not zero and no traceback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from pathlib import Path

from tests.e2e.lab import SLOW
from tests.terminal import Terminal, plateau
from workstation.cli_options import PACKS


def ended(terminal: Terminal, *words: str) -> str:
    """The last screen, once the program has ended with code 2 and said these words."""
    screen = terminal.wait_for("EXIT=", within=SLOW)
    assert "EXIT=2" in screen, screen
    assert "Traceback" not in screen, screen
    for word in words:
        assert word in " ".join(screen.split()), screen
    return screen


def refusal(home: Path, *arguments: str, words: tuple[str, ...]) -> None:
    with Terminal(plateau("lab", *arguments), columns=240, environment={"PLATEAU_HOME": str(home)}) as terminal:
        ended(terminal, *words)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("a file where the folder should be")
    refusal(home, words=("Le dossier de Plateau ne peut pas être utilisé", "PLATEAU_HOME"))


def test_a_microphone_file_that_is_none(tmp_path: Path) -> None:
    text = tmp_path / "not.wav"
    text.write_text("hello")
    refusal(tmp_path / "home", "--mic", str(tmp_path / "missing.wav"), words=("--mic", "missing.wav", "n'existe pas"))
    refusal(tmp_path / "home", "--mic", str(text), words=("--mic", "Ce n'est pas un fichier WAV", "sox"))
    refusal(tmp_path / "home", "--speaker", str(tmp_path / "no" / "x.wav"), words=("--speaker", "n'existe pas"))
    assert not (tmp_path / "home").exists(), "something was made before the refusal"


def test_a_broken_pack(tmp_path: Path) -> None:
    pack = tmp_path / "mien"
    subprocess.run(plateau("pack", "new", str(pack)), check=True, capture_output=True, timeout=SLOW)
    catalogue = pack / "catalogue.csv"
    catalogue.unlink()
    refusal(tmp_path / "home", "--pack", str(pack), words=("Le paquet de scénarios est à corriger", "catalogue.csv"))
    refusal(tmp_path / "home", "--pack", str(tmp_path / "none"), words=("aucun paquet de scénarios ici",))


def test_no_terminal(tmp_path: Path) -> None:
    run = subprocess.run(
        plateau("lab"), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SLOW,
        env={**os.environ, "PLATEAU_HOME": str(tmp_path / "home")},
    )  # fmt: skip
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.strip().count("\n") == 0 and "a besoin d'un terminal" in run.stderr


def test_a_full_disk(tmp_path: Path) -> None:
    """A file size limit stands for the full disk: no file may grow past 64 KiB."""
    words = ["prlimit", f"--fsize={64 * 1024}", *plateau("lab")]
    with Terminal(words, columns=240, environment={"PLATEAU_HOME": str(tmp_path / "home")}) as terminal:
        ended(terminal, "Le dossier de session ne peut pas être écrit (disque plein ?)")


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    tokens = {role: role.ljust(24, "x") for role in ("candidate", "customer", "trainer")}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        run = subprocess.run(
            plateau("room", "--sitting", str(tmp_path / "sitting"), "--pack", str(PACKS / "marvalune"), "--port", port),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SLOW,
            env={**os.environ, "PLATEAU_TOKENS": json.dumps(tokens), "PLATEAU_HOME": str(tmp_path / "home")},
        )  # fmt: skip
    assert run.returncode == 2
    assert "Traceback" not in run.stderr and "ce port est déjà pris" in run.stderr
