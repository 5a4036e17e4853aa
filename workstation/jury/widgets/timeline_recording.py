"""The rows of a recorded practice call in the timeline: whoever plays the customer reads that the voices are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workstation.desk.state import Record
from workstation.i18n import _, labelled

RECORDING_HEADS: dict[str, Callable[[Record, Any], str]] = {
    "RecordingAgreed": lambda d, s: _("LES APPELS DE CE POSTE SONT ENREGISTRÉS, gardés {days} jours").format(days=d.get("days", "?")),
    "RecordingDeclined": lambda d, s: _("Les appels de ce poste ne sont plus enregistrés"),
    "RecordingBegan": lambda d, s: _("CET APPEL EST ENREGISTRÉ : les deux voix sont gardées"),
    "RecordingEnded": lambda d, s: _("Fin de l'enregistrement de l'appel"),
    "CallRecorded": lambda d, s: labelled(_("Appel enregistré, gardé jusqu'au"), str(d.get("kept_until") or "?")[:10]),
    "RecordingExported": lambda d, s: _("Appel enregistré copié pour un calibrage"),
    "RecordingErased": lambda d, s: _("Enregistrement d'un appel effacé"),
}
