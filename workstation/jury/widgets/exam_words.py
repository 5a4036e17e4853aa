"""What an exam's panes say of the candidate, the phase and its clock, and of what is not confirmed. Words, never colours alone."""

from __future__ import annotations

from rich.text import Text

from workstation.desk.course import phase_word
from workstation.desk.words import duration
from workstation.i18n import N_, _, labelled
from workstation.jury.console import exam_view as exam
from workstation.jury.console import room_view as view
from workstation.jury.console import team_view
from workstation.jury.console.state import JuryState
from workstation.jury.console.words import simulation_clock
from workstation.ui.plain_text import fitted, one_line, plain

CHOICE_WORDS = {"rendu": N_("temps rendu"), "rejoué": N_("simulation rejouée"), "reporté": N_("passage reporté")}
SIDES = {"jury": N_("jury"), "manager": N_("responsable de session")}


def phase_words(state: JuryState, now: float) -> str:
    """`Contacts 1:12:03`; "" between two phases."""
    told, left = exam.phase(state), exam.phase_left(state, now)
    if not told or left is None:
        return ""
    words = phase_word(str(told.get("id") or "")) + " " + (duration(left) if left >= 0 else "+" + duration(-left))
    return _("{clock} pour enregistrer").format(clock=words) if told.get("grace_ends_at") else words


def stop_words(state: JuryState) -> str:
    """`SUSPENDUE : panne du téléphone`, with what each side has proposed; "" while the clock runs."""
    frozen = exam.frozen(state)
    if not frozen:
        return ""
    words = labelled(_("SUSPENDUE"), one_line(frozen.get("cause") or "", 60))
    made = [
        labelled(_(SIDES.get(str(side), "")), _(CHOICE_WORDS.get(str(view.record(one).get("choice")), "")))
        for side, one in view.record(frozen.get("proposed")).items()
    ]
    return " · ".join((words, *made))


def owed_words(state: JuryState) -> str:
    """How much the room has not confirmed."""
    here, elsewhere = len(exam.owed(state)), exam.owed_elsewhere(state)
    words = _("{count} pas encore enregistré(s)").format(count=here) if here else ""
    other = _("{count} en attente pour un autre candidat").format(count=elsewhere) if elsewhere else ""
    return " · ".join(part for part in (words, other) if part)


def head_lines(state: JuryState, now: float, width: int) -> Text:
    """Candidate, session type, simulation, competence, elapsed and planned; phase and its clock, what stands, what is owed."""
    if not exam.candidate(state):
        return _practice_head(state, width)
    clock, planned = simulation_clock(state, now)
    number = one_line(exam.candidate(state).get("number") or "", 12)
    competence = exam.current_competence(state)
    first = [
        (plain(_("Candidat n° {number}").format(number=number), "bold"), 0),
        (plain(state.session.get("label") or ""), 2),
        (plain(clock), 0),
        (plain(competence), 1),
        (plain(planned), 3),
    ]
    stop, owed = stop_words(state), owed_words(state)
    second = [
        (plain(phase_words(state, now) or _("Entre deux phases"), "bold"), 0),
        (plain(stop, "bold reverse"), 0),
        (plain(owed, "bold"), 1),
    ]
    return fitted(first, width).append("\n").append_text(fitted(second, width))


def _practice_head(state: JuryState, width: int) -> Text:
    """The simulation the grid is of and who played it, else the one that runs; what is owed."""
    noted = exam.simulation_noted(state) or view.current(state)
    one, who = view.simulation(state, noted), team_view.trainee_of(state, noted)
    owed = owed_words(state)
    parts = [
        (plain(f"{noted} {one.get('title') or ''}".strip() or _("Aucune simulation n'a commencé."), "bold"), 0),
        (plain(labelled(_("au poste"), who) if who else ""), 1),
    ]
    return fitted(parts, width).append(f"\n{owed}" if owed else "", "bold")


def no_grid_words(state: JuryState) -> str:
    """Why there is nothing to fill in here."""
    if not view.role(state):
        return _("Choisissez d'abord un poste et un rôle (F2).")
    if view.practice(state):
        return _("Aucune simulation n'a commencé à ce poste : la grille vient avec elle.")
    if not state.session:
        return _("Aucune session d'examen n'est ouverte dans cette salle.")
    if not exam.candidate(state):
        return _("Aucun candidat n'est en épreuve à ce poste.")
    return _("Vous n'êtes pas du jury de ce candidat, ou la salle ne répond pas.")
