"""On top of a calibration, whatever is in front: the competence that is noted, and where the playing of the call stands."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from cti.phone.audio.playback import Playback
from scenarios.training.calibration import Calibration
from workstation.desk.words import duration
from workstation.i18n import _
from workstation.jury.console.state import JuryState
from workstation.ui.plain_text import fitted, plain
from workstation.ui.widgets.lines import Line


def place_words(playback: Playback | None, width: int) -> Text:
    """`▶ 02:13 / 06:40`, or why nothing is heard."""
    if playback is None:
        return plain(_("Le son n'est pas dans ce dossier : les grilles se lisent sans."), "italic")
    sign, word = ("▶", _("lecture")) if playback.playing else ("‖", _("pause"))
    clock = f"{duration(playback.position)} / {duration(playback.length)}"
    silent = _("PAS DE SON ici : lisez le journal (Alt+2)") if playback.sound == "none" else ""
    return fitted([(plain(f"{sign} {word} {clock}", "bold"), 0), (plain(silent), 1)], width)


class PlayerBar(Line):
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self, about: Calibration, playback: Playback | None) -> None:
        super().__init__(id="player-bar")
        self._about, self._playback = about, playback

    def show(self, state: JuryState, now: float) -> None:
        label = plain(f"{self._about.competence} {self._about.competence_label}", "bold")
        label.truncate(self.cells, overflow="ellipsis")
        self.put(Text("\n").join([label, place_words(self._playback, self.cells)]))
