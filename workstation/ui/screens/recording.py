"""The switch of recorded practice calls, with its notice: off until the trainee has read it and chosen how long a call is kept."""

from __future__ import annotations

from workstation.desk.state import DeskState
from workstation.i18n import N_, _
from workstation.ui.widgets.choice_list import Choice

OFF, ERASE = "0", "erase"
DAYS = (30, 7, 180)  # offered, the usual first; 180 is the longest
NOTICE = N_(
    "Votre voix et celle du client seront gardées dans cette séance, pour vous réécouter avec le formateur et pour que la classe note le"
    " même appel (calibrage). Effacées d'elles-mêmes à la date dite, ou avant si vous le demandez ici. Qui joue le client est prévenu."
    " Un examen n'est jamais enregistré."
)


def recording_choices(state: DeskState) -> tuple[Choice, ...]:
    now = state.recording.days
    here = {True: _("en ce moment"), False: ""}
    stop = _("Ne plus enregistrer ; l'appel en cours n'est pas gardé") if state.recording.call_key else _("Ne pas enregistrer")
    return (
        Choice(OFF, stop, "1", "", here[not now]),
        *(
            Choice(str(days), _("Enregistrer, garder {days} jours").format(days=days), str(place), "", here[now == days])
            for place, days in enumerate(DAYS, 2)
        ),
        Choice(ERASE, _("Effacer maintenant les enregistrements de cette séance"), "5"),
    )
