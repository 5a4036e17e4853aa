"""Choosing microphone, headset and ringer by name, with the microphone's live level and a test tone. Remembered on this machine."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button

from workstation.config import Settings
from workstation.desk.changes import alive
from workstation.desk.state import S
from workstation.i18n import _
from workstation.ui.plain_text import one_line, plain
from workstation.ui.screens.dialog import Dialog
from workstation.ui.widgets.lines import bars
from workstation.ui.widgets.picker import Picker
from workstation.ui.widgets.static import Static

PROBE = (sys.executable, "-m", "workstation.links.sound_probe")


logger = logging.getLogger("plateau.desk")


class SoundSetup(Dialog[S]):
    """`keep` is called with the settings chosen. The probe of the machine runs only while the dialog is open, and lets go of the
    microphone during a call, whose own levels are in the status bar."""

    def __init__(self, state: S, settings: Settings, keep: Callable[[Settings], object], probe: tuple[str, ...] = PROBE) -> None:
        super().__init__("sound", _("Micro, casque, sonnerie"), state)
        self.settings, self._keep, self._command = settings, keep, probe
        self.microphone, self.speaker, self.ringer = (
            self._picker(name) for name in (settings.microphone, settings.speaker, settings.ringer)
        )
        self._level = Static("", markup=False)
        self._said = Static(Text(_("Recherche des appareils…")), classes="said", markup=False)
        self._process: asyncio.subprocess.Process | None = None

    def _picker(self, name: str) -> Picker:
        return Picker(self._options((), name), name)

    @staticmethod
    def _options(names: tuple[str, ...], kept: str) -> list[tuple[str, str]]:
        gone = [(kept, one_line(kept) + _(" (absent)"))] if kept and kept not in names else []
        return [("", _("celui de la machine")), *((name, one_line(name)) for name in names), *gone]

    def body(self) -> ComposeResult:
        for word, picker in ((_("Micro"), self.microphone), (_("Casque"), self.speaker), (_("Sonnerie"), self.ringer)):
            with Horizontal(classes="line"):
                yield Static(Text(word), classes="word", markup=False)
                yield picker
        yield self._level
        with Horizontal(classes="buttons"):
            yield Button(_("Son d'essai"), id="tone", compact=True)
            yield Button(_("Garder"), id="keep", variant="primary", compact=True)
        yield Static(Text(_("Flèches gauche et droite : choisir. Parlez : le niveau doit bouger.")), classes="hint", markup=False)
        yield self._said

    def on_mount(self) -> None:
        super().on_mount()
        self.run_worker(self._follow_probe(), group="sound", exit_on_error=False)

    async def _follow_probe(self) -> None:
        process = await asyncio.create_subprocess_exec(
            *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        self._process = process
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                told = json.loads(line)
                if isinstance(told, dict):
                    self._heard(told)
        finally:
            self._process = None
            if process.returncode is None:
                process.kill()
                await process.wait()

    def _heard(self, told: dict[str, Any]) -> None:
        if "microphones" in told:
            microphones, speakers = tuple(map(str, told["microphones"])), tuple(map(str, told["speakers"]))
            for picker, names in ((self.microphone, microphones), (self.speaker, speakers), (self.ringer, speakers)):
                chosen = picker.value
                picker.set_options(self._options(names, chosen))
                picker.set_value(chosen)
            none = not microphones and not speakers
            self._said.update(
                Text(_("Aucun appareil de son sur cette machine : les sous-titres remplacent la voix du client.") if none else "")
            )
            self._listen()
        elif "level" in told:
            self._level.update(Text(_("Niveau du micro : {bars}").format(bars=bars(float(told["level"]), 20))))
        elif "trouble" in told:
            logger.warning("sound: %s", told["trouble"])
            self._said.update(plain(_("Cet appareil ne s'ouvre pas : vérifiez qu'il est branché, ou choisissez-en un autre."), "bold"))

    def _tell(self, order: dict[str, Any]) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write((json.dumps(order) + "\n").encode())

    def _listen(self) -> None:
        """Some machines give a microphone to one program at a time: the call comes first."""
        if any(alive(call) for call in self.state.calls.values()):
            self._tell({"quiet": True})
        else:
            self._tell({"microphone": self.microphone.value})

    def show_state(self, state: S) -> None:
        had = any(alive(call) for call in self.state.calls.values())
        super().show_state(state)
        if had != any(alive(call) for call in state.calls.values()):
            self._listen()

    def on_picker_changed(self, event: Picker.Changed) -> None:
        event.stop()
        if event.picker is self.microphone:
            self._listen()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "tone":
            self._tell({"tone": self.speaker.value})
            return
        chosen = replace(self.settings, microphone=self.microphone.value, speaker=self.speaker.value, ringer=self.ringer.value)
        self.dismiss(None)
        self._keep(chosen)
