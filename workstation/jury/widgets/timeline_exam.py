"""The rows of an exam in the timeline: phases, stops of the clock, papers and spreadsheets. Sentences for a juror, never markup."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workstation.desk.course import phase_word
from workstation.desk.state import Record
from workstation.desk.words import duration
from workstation.i18n import _, labelled


def _phase(data: Record) -> str:
    return phase_word(str(data.get("phase") or "")) or _("Phase")


def _seconds(data: Record, name: str) -> str:
    value = data.get(name)
    return duration(float(value)) if isinstance(value, (int, float)) else "?"


def _hint(data: Record) -> str:
    if not data.get("given"):
        return _("Indice noté par erreur : non donné")
    when = _("INDICE DONNÉ à {time} (dès {minutes} min)").format(time=_seconds(data, "elapsed"), minutes=data.get("after", "?"))
    return labelled(when, f"« {data.get('says') or ''} »")


def jury_change_words(data: Record) -> str:
    """Who left, who came, who plays the customer from then on."""
    left, came = str(data.get("left_name") or data.get("left") or ""), str(data.get("entered_name") or data.get("entered") or "")
    words = []
    if left and came:
        words.append(
            _("{came} à la place de {left}").format(came=came, left=left)
            if not data.get("same")
            else _("{who} change de place").format(who=came)
        )
    elif left or came:
        words.append(_("{who} part").format(who=left) if left else _("{who} arrive").format(who=came))
    if data.get("player"):
        words.append(_("{who} joue le client").format(who=data.get("player_name") or data["player"]))
    return " ; ".join(words)


EXAM_HEADS: dict[str, Callable[[Record, Any], str]] = {
    "PhaseStarted": lambda d, s: labelled(_phase(d), _("début")),
    "PhaseFrozen": lambda d, s: labelled(_("ÉPREUVE SUSPENDUE"), str(d.get("cause") or "?")),
    "PhaseResumeProposed": lambda d, s: labelled(_("Reprise proposée"), str(d.get("choice") or "?")),
    "PhaseResumed": lambda d, s: labelled(_("Épreuve reprise"), str(d.get("choice") or "?")),
    "PhaseTimeGranted": lambda d, s: labelled(_phase(d), _("{time} de plus").format(time=_seconds(d, "seconds"))),
    "PhaseExpired": lambda d, s: labelled(_phase(d), _("temps écoulé")),
    "PhaseEnded": lambda d, s: labelled(_phase(d), _("fin")),
    "HintGiven": lambda d, s: _hint(d),
    "JuryChanged": lambda d, s: labelled(_("Jury changé"), jury_change_words(d)),
    "SpellcheckSet": lambda d, s: labelled(_("Correcteur des réponses écrites"), _("permis") if d.get("allowed") else _("non permis")),
    "SittingPostponed": lambda d, s: _("Passage reporté"),
    "CandidateAbsent": lambda d, s: _("Candidat absent"),
    "ReplyPrinted": lambda d, s: _("Réponse écrite imprimée"),
    "ReplyExported": lambda d, s: _("Réponse écrite exportée"),
    "SheetSaved": lambda d, s: labelled(_("Feuille de calcul enregistrée"), str(d.get("sheet") or "")),
    "SheetExported": lambda d, s: labelled(_("Feuille de calcul exportée"), str(d.get("sheet") or "")),
}
