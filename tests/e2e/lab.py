"""The practice lab played by keys in a real terminal: what the end-to-end tests stand on.

What the tests wait for is a row of the journal or words on the screen, never a length of time. The sitting's case file is read
beside its writer, read-only, as any SQLite tool could.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import sqlite3
import time
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt
import yaml

from crm_mock import journal, store
from crm_mock.casefile import CaseFile
from crm_mock.journal import JournalRow
from crm_mock.models import Record
from cti.phone.audio.port import RATE
from scenarios.customer import french
from scenarios.customer.voice import Voice, choose_voice, levelled
from tests.e2e.subject import FIRST, SPARE, Story
from tests.scenarios.pack_folders import lean_marvalune, marvalune
from tests.terminal import NotSeen, Terminal, plateau
from workstation.cli_options import PACKS

R = TypeVar("R", bound=Record)
LOGS = ("lab.log", "desk/desk.log", "desk/phone.log")
SLOW = 75.0  # seconds: a start on a busy machine


class Lab:
    """`with Lab(tmp_path) as lab:` the lab runs in a terminal; `lab.terminal` types and reads.

    `mic` is the WAV file the trainee speaks from; what is heard goes to `heard_file`. `arguments` go to `plateau lab`. `story`: what is
    played, in which subject.
    """

    def __init__(
        self,
        root: Path,
        *,
        mic: Path | None = None,
        day: str = "23/11/2026",
        pack: str = "marvalune",
        columns: int = 120,
        lines: int = 36,
        arguments: Sequence[str] = (),
        environment: dict[str, str] | None = None,
        story: Story | None = None,
    ) -> None:
        self.home, self.heard_file = root / "home", root / "heard.wav"
        self.pack, self.story = pack, story or Story("")
        self.simulation = ""
        self._known: dict[Path, list[JournalRow]] = {}
        sound = [*(("--mic", str(mic)) if mic else ()), "--speaker", str(self.heard_file)]
        command = plateau("lab", "--pack", pack, "--day", day, *sound, *self.story.arguments, *arguments)
        self.terminal = Terminal(
            command,
            columns=columns,
            lines=lines,
            environment={"PLATEAU_HOME": str(self.home), "PYTHONFAULTHANDLER": "1", **(environment or {})},
        )

    def __enter__(self) -> Self:
        self.terminal.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if error is not None:
                error.add_note(self.told())
        finally:
            self.terminal.__exit__(kind, error, trace)

    # --- the sitting's folder -----------------------------------------------------------------------

    @property
    def folder(self) -> Path:
        """The newest sitting's. Raises FileNotFoundError before there is one."""
        found = sorted((self.home / "data" / "sittings").glob("*/casefile.db"), key=lambda p: p.stat().st_mtime)
        if not found:
            raise FileNotFoundError("no sitting yet")
        return found[-1].parent

    def _read(self) -> sqlite3.Connection:
        conn = sqlite3.connect(f"file:{self.folder / 'casefile.db'}?mode=ro", uri=True, timeout=5)
        conn.row_factory = sqlite3.Row
        return conn

    def records(self, model: type[R], **equal: str) -> list[R]:
        """Records whose columns have these values, newest first."""
        conn = self._read()
        try:
            return store.where(conn, model, **equal) if equal else store.where(conn, model)
        finally:
            conn.close()

    def rows(self, kind: str = "", since: int = 0, **fields: Any) -> list[JournalRow]:
        """Journal rows of this kind after `since`; each of `fields` must be in the row's data (a dict: its own fields must be)."""
        known = self._known.setdefault(self.folder, [])  # rows never change: only what is new is read
        conn = self._read()
        try:
            known += journal.rows(conn, known[-1].seq if known else 0)
        finally:
            conn.close()
        return [r for r in known if r.seq > since and (not kind or r.kind == kind) and _holds(r.data, fields)]

    def last_seq(self) -> int:
        found = self.rows()
        return found[-1].seq if found else 0

    def verify(self) -> None:
        """Once the lab is left: the chain of the journal, by the case file's own check. Raises JournalBroken, CaseFileUnusable."""
        case = CaseFile.open(
            self.folder / "casefile.db", on_commit=lambda _rows: None, today=dt.date.today, now=lambda: dt.datetime.now(dt.UTC)
        )
        try:
            case.verify()
        finally:
            case.close()

    def tracebacks(self) -> list[str]:
        """Lines of the three logs that tell of a fault."""
        found = []
        for path in self.logs():
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else ():
                if "Traceback" in line or "Assertion" in line or " ERROR " in line or "Fatal Python" in line:
                    found.append(f"{path.name}: {line}")
        return found

    def logs(self) -> list[Path]:
        return [self.folder / name for name in LOGS]

    def told(self) -> str:
        """Screen, last rows and ends of the logs: what a failed test shows."""
        parts = [self.terminal.screen()]
        try:
            parts += [f"{r.seq} {r.at} {r.kind} {r.data}"[:300] for r in self.rows() if r.kind != "CallQuality"][-30:]
            for path in self.logs():
                if path.exists():
                    parts += [f"--- {path.name}", *path.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]]
        except (OSError, sqlite3.Error) as error:
            parts.append(f"({error!r})")
        return "\n".join(parts)

    # --- waiting for facts --------------------------------------------------------------------------

    def wait_for_row(self, kind: str, *, within: float = 40.0, since: int = 0, **fields: Any) -> JournalRow:
        """The first such row (see `rows`)."""
        row: JournalRow = self.wait_until(lambda: next(iter(self.rows(kind, since, **fields)), None), f"{kind} {fields}", within)
        return row

    def wait_until(self, what: Callable[[], R | JournalRow | Any], words: str, within: float = 40.0) -> Any:
        """The first true answer. Raises AssertionError with the words."""
        deadline = time.monotonic() + within
        while True:
            try:
                answer = what()
            except (FileNotFoundError, sqlite3.OperationalError):  # not there yet
                answer = None
            if answer:
                return answer
            if time.monotonic() > deadline:
                raise AssertionError(f"never within {within:g} s: {words}\n{self.told()}")
            time.sleep(0.1)

    # --- the subject that is played (see `Story`) ----------------------------------------------------

    def its(self, text: str) -> str:
        return self.story.its(text)

    def sees(self, *texts: str, within: float = 30.0) -> str:
        """On the screen, what this subject has in the place of these texts of the first one."""
        screen: str = self.terminal.wait_for(*map(self.its, texts), within=within)
        return screen

    def revealed(self, *facts: str) -> bool:
        """Whether the customer has told these facts (named as in the first subject)."""
        return {self.its(fact) for fact in facts} <= {row.data["fact"] for row in self.rows("CustomerRevealed")}

    # --- what a trainee does ------------------------------------------------------------------------

    def sign_in(self, name: str = "Camille Renard") -> None:
        """Lands in « En retrait »."""
        self.terminal.wait_for("Prise de poste", within=SLOW)
        self.terminal.type(name)
        self.terminal.wait_for(name)
        self.terminal.keys("Enter")
        self.wait_for_row("AgentStateChanged", after="not_ready")
        self.terminal.wait_gone("Prise de poste")

    def ready(self) -> None:
        self.terminal.wait_for("En retrait")  # the desk knows what the journal tells
        since = self.last_seq()
        self.terminal.keys("C-r")
        self.wait_for_row("AgentStateChanged", since=since, after="ready")

    def start_simulation(self, id: str) -> None:
        """Its briefing stays in front."""
        self.terminal.keys("M-0")
        self.terminal.wait_for("[0 Simulations]")
        self.terminal.keys(*["Down"] * self.simulations().index(id))
        self._enter_and_press("Commencer")
        self.simulation = id
        self.wait_for_row("SimulationStarted", simulation=self.simulation)

    def end_simulation(self) -> None:
        """From the list, then Enter twice: to the button, and on it."""
        self.terminal.keys("M-0")
        self.terminal.wait_for("[0 Simulations]")
        self._enter_and_press("Terminer")
        self.wait_for_row("SimulationEnded", simulation=self.simulation)

    def open_debrief(self) -> str:
        """From the list, once the simulation has ended; the first screen of it. Enter leads to the button, then asks: struck again
        it does no harm."""
        self.terminal.wait_for("terminée")

        def shown() -> str:
            self.terminal.keys("Enter")
            try:
                return self.terminal.wait_for("Le dossier : attendu et obtenu", within=2)
            except NotSeen:
                return ""

        screen: str = self.wait_until(shown, "the debrief", 30)
        return screen

    def _enter_and_press(self, button: str) -> None:
        """Enter on the list leads to the button; Enter again, once it has the focus, presses it."""
        before = self.terminal.painted(button)
        self.terminal.keys("Enter")
        self.terminal.wait_repainted(button, before)
        self.terminal.keys("Enter")

    def simulations(self) -> list[str]:
        """Ids, in the order of the list."""
        opened: list[str] = self.rows("SittingOpened")[0].data["simulations"]
        return opened

    def _cues(self, id: str) -> dict[str, str]:
        """Their labels, by id."""
        if self.story.letter != FIRST:
            return {cue.id: cue.label for cue in marvalune(self.story.letter).simulation(id).cues}
        told = yaml.safe_load((PACKS / self.pack / "simulations" / id / "simulation.yaml").read_text(encoding="utf-8"))
        return {cue["id"]: str(cue["label"]) for cue in told["cues"]}

    def cue(self, id: str) -> JournalRow:
        """F9, « ce que je viens de dire »: one of the pack's (named as in the first subject), "a_vous" (my turn is over) or "repeter"."""
        id = self.its(id)
        labels = self._cues(self.simulation) if self.simulation else {}
        label = {"a_vous": "J'ai fini", "repeter": "répéter"}.get(id) or labels[id][:40]
        since = self.last_seq()
        self.terminal.keys("F9")
        self.terminal.wait_for("Ce que je viens de dire")
        chosen = re.compile(rf"(\w)\s+[^│]*{re.escape(label)}")
        hot: str = self.wait_until(lambda: _key_of(chosen, self.terminal.screen()), f"{id} among the choices of F9")
        self.terminal.keys(hot)
        self.terminal.wait_gone("Ce que je viens de dire")
        return self.wait_for_row("CueGiven", since=since, cue=id)

    def says(self, *lines: str, within: float = 50.0) -> JournalRow:
        """The customer has begun to say one of these lines (named as in the first subject), now or before."""
        ids = [self.its(line) for line in lines]
        spoken: JournalRow = self.wait_until(
            lambda: next((r for r in self.rows("CustomerSpoke") if r.data["line_id"] in ids), None), f"said {ids}", within
        )
        return spoken

    def save_and_wait(self, kind: str, **fields: Any) -> JournalRow:
        """Ctrl+S, until the record is in the journal and the screen says so."""
        since = self.last_seq()
        self.terminal.keys("C-s")

        def saved() -> JournalRow | None:
            rows = (
                *self.rows("RecordCreated", since, record_kind=kind, **fields),
                *self.rows("RecordChanged", since, record_kind=kind, **fields),
            )
            return next(iter(rows), None)

        row: JournalRow = self.wait_until(saved, f"{kind} saved {fields}")
        self.terminal.wait_for("✓ Enregistré")
        return row

    def qualify(self, codes: Sequence[str], *, result: str = "ABOUTI", comment: str = "", next_on: str = "") -> JournalRow:
        """F8, the result and the codes by keys, a comment, the day of what comes next, Ctrl+S."""
        terminal = self.terminal
        terminal.keys("F8")
        terminal.wait_for("Qualification de l'appel")
        self.turn_to(f"◂ {result} ·", "Résultat")
        terminal.keys("Tab")
        offered = re.findall(r"\[ \] (\w+) ·", terminal.screen())
        for index, code in enumerate(offered):
            if index:
                terminal.keys("Down")
            if code in codes:
                terminal.keys("Space")
                terminal.wait_for(f"[x] {code} ·")
        terminal.keys("Tab")
        terminal.type(comment)
        terminal.wait_for(comment[-12:])
        if next_on:
            self.field(next_on, tabs=2)
        row = self.save_and_wait("interaction")
        terminal.wait_gone("Qualification de l'appel")
        return row

    def field(self, text: str, *, replacing: bool = False, tabs: int = 1) -> None:
        """Into the field `tabs` further on."""
        self.terminal.keys(*["Tab"] * tabs, *(["C-u"] if replacing else []))
        self.terminal.type(text)
        self.terminal.wait_for(text[-36:])  # what a field is wide

    def turn_to(self, shown: str, label: str) -> None:
        """→ in the field of this label until it shows this choice."""
        for _step in range(12):
            if shown in self.terminal.screen():
                break
            before = self.terminal.line(label)
            self.terminal.keys("Right")
            self.wait_until(functools.partial(_changed, self.terminal, label, before), f"the next of {label}", 5)
        self.terminal.wait_for(shown)

    def leave(self) -> None:
        """Ctrl+Q, confirmed; the lab's processes end."""
        self.terminal.keys("C-q")
        self.terminal.wait_for("Quitter ?")
        self.terminal.keys("2")
        self.terminal.wait_for("EXIT=0", within=SLOW)

    # --- sound --------------------------------------------------------------------------------------

    def heard(self) -> npt.NDArray[np.float64]:
        """What the trainee's ear got so far, -1..1 at 16 kHz."""
        return sound_of(self.heard_file)


def _key_of(choice: re.Pattern[str], screen: str) -> str:
    """The key that chooses it, as shown in a dialog; "" when it is not shown."""
    found = (choice.search(line) for line in screen.splitlines() if line.count("│") >= 2)
    return next((match[1] for match in found if match), "")


def _changed(terminal: Terminal, text: str, before: str) -> bool:
    return terminal.line(text) != before


def _holds(data: Any, fields: dict[str, Any]) -> bool:
    if not isinstance(data, dict):
        return False
    for name, wanted in fields.items():
        actual = data.get(name)
        if isinstance(wanted, dict):
            if not _holds(actual, wanted):
                return False
        elif callable(wanted):
            if actual is None or not wanted(actual):
                return False
        elif actual != wanted:
            return False
    return True


def spoken_fast(folder: Path, simulation: str, *, speed: float = 1.9, first_sentences: bool = False, spare: bool = False) -> str:
    """A copy of the pack that ships whose customers of one simulation speak fast, for `plateau lab --pack`: what a test waits for most is
    the end of a line. With `first_sentences`, they say the first only of each line. `spare`: of the one that is written apart."""
    pack = lean_marvalune(folder)
    place = pack / (f"variants/{SPARE}/simulations/{simulation}" if spare else f"simulations/{simulation}")
    persona, dialogue = place / "persona.yaml", place / "dialogue.yaml"
    text, count = re.subn(r"speed: [\d.]+", f"speed: {speed}", persona.read_text(encoding="utf-8"))
    assert count, "speakers whose speed is written"
    persona.write_text(text, encoding="utf-8")
    if first_sentences:
        spoken = yaml.safe_load(dialogue.read_text(encoding="utf-8"))
        for line in spoken["lines"]:
            line["say"] = [re.split(r"(?<=[.!?]) ", say)[0] for say in line.get("say") or ()]
        dialogue.write_text(yaml.safe_dump(spoken, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return str(pack)


# --- sound files ------------------------------------------------------------------------------------


@functools.cache
def _voice() -> Voice:
    return choose_voice()


def speech_wav(path: Path, said: Sequence[tuple[float, str]], *, seconds: float = 0.0) -> Path:
    """A microphone's WAV: each text spoken from its second on, silence between and up to `seconds`."""
    lines = [(int(start * RATE), levelled(_voice().render(french.spoken(text), "f", 1.0, 1.0))) for start, text in said]
    length = max([int(seconds * RATE), *(start + len(pcm) // 2 for start, pcm in lines)])
    samples = np.zeros(length, dtype="<i2")
    for start, pcm in lines:
        spoken = np.frombuffer(pcm, dtype="<i2")
        samples[start : start + len(spoken)] = spoken
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE)
        wav.writeframes(samples.tobytes())
    return path


def sound_of(path: Path) -> npt.NDArray[np.float64]:
    """A WAV's samples, also of one that is still being written (its header not yet true): -1..1, mono, 16 kHz expected."""
    content = path.read_bytes() if path.exists() else b""
    at = content.find(b"data")
    pcm = content[at + 8 :] if at >= 0 else b""
    return np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(np.float64) / 32768.0


def energy_db(sound: npt.NDArray[np.float64]) -> float:
    """RMS in dBFS; -120 for silence or nothing."""
    power = float(np.mean(sound**2)) if len(sound) else 0.0
    return 10 * float(np.log10(power)) if power > 1e-12 else -120.0


def loud_seconds(sound: npt.NDArray[np.float64], *, above_db: float = -45.0) -> float:
    """How long it is louder than this, in steps of 20 ms."""
    step = RATE // 50
    count = len(sound) // step
    powers = np.mean(sound[: count * step].reshape(count, step) ** 2, axis=1) if count else np.zeros(0)
    return float(np.count_nonzero(powers > 10 ** (above_db / 10))) * 0.02
