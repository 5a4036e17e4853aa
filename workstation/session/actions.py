"""Everything that can be done by key on a session console: one table that bindings, key line, help, palette and the Ctrl+G menu read.

Which keys may be taken: `workstation/ui/action_table.py`.
"""

from __future__ import annotations

from scenarios.phases import PhaseState
from workstation.i18n import N_, _
from workstation.session import view
from workstation.session.state import SessionState
from workstation.ui.action_table import LEADER, Action

SessionAction = Action[SessionState]


def _always(state: SessionState) -> str:
    return ""


def _session(state: SessionState) -> str:
    return "" if view.session(state) else _("Aucune session n'est ouverte (Ctrl+N).")


def _candidate(state: SessionState) -> str:
    return _session(state) or ("" if view.in_front(state) else _("Inscrivez d'abord un candidat (F6)."))


def _no_session(state: SessionState) -> str:
    if not view.offers(state):
        return _("En attente de la salle…")
    return _("Une session est déjà ouverte : fermez-la d'abord (Alt+Z).") if view.session(state) else ""


def _not_opened(state: SessionState) -> str:
    if why := _candidate(state):
        return why
    return _("La séance de ce candidat est déjà ouverte.") if view.in_front(state).get("opened") else ""


def _jury(state: SessionState) -> str:
    if why := _candidate(state):
        return why
    one = view.in_front(state)
    return _("Sa séance n'est plus à son poste : son jury ne change plus.") if one.get("opened") and not view.course(one) else ""


def _start(state: SessionState) -> str:
    if why := _candidate(state):
        return why
    one = view.in_front(state)
    if not one.get("opened"):
        return _("Ouvrez d'abord sa séance (F5).")
    if view.phase(one):
        return _("Une phase est en cours : terminez-la d'abord (F4).")
    return "" if view.following(one) else _("Le passage de ce candidat est terminé.")


def _start_all(state: SessionState) -> str:
    return _session(state) or (
        "" if view.ready(state) else _("Aucun candidat n'est prêt : séance ouverte, poste relié, aucune phase en cours.")
    )


def _end(state: SessionState) -> str:
    if why := _candidate(state):
        return why
    if view.frozen(view.in_front(state)):
        return _("Le temps est arrêté : décidez d'abord de la suite (F9).")
    return "" if view.phase(view.in_front(state)) else _("Aucune phase n'est en cours pour ce candidat.")


def _grant(state: SessionState) -> str:
    if why := _candidate(state):
        return why
    one = view.in_front(state)
    return "" if view.phase(one) or view.following(one) else _("Aucune phase n'est en cours ni à venir pour ce candidat.")


def _stop(state: SessionState) -> str:
    if why := _session(state):
        return why
    one = view.in_front(state)
    if not one:
        return _("Aucun candidat n'est inscrit à ce poste.")
    if view.frozen(one):
        return _("Le temps de ce candidat est déjà arrêté.")
    return "" if view.phase(one) else _("Aucune phase n'est en cours pour ce candidat.")


def _stop_all(state: SessionState) -> str:
    if why := _session(state):
        return why
    running = [one for one in view.candidates(state) if view.phase(one) and not view.frozen(one)]
    return "" if running else _("Aucune phase n'est en cours.")


def _resume(state: SessionState) -> str:
    return _candidate(state) or ("" if view.frozen(view.in_front(state)) else _("Le temps de ce candidat n'est pas arrêté."))


def _absent(state: SessionState) -> str:
    if why := _candidate(state):
        return why
    one = view.in_front(state)
    if not view.course(one):
        return _("Ouvrez d'abord sa séance (F5).") if not one.get("opened") else _("Son passage est terminé.")
    begun = any(p.get("state") != PhaseState.TO_COME for p in view.records(view.course(one).get("phases")))
    return _("Son épreuve a commencé : il n'est pas absent.") if begun or view.over(one) else ""


def _archive(state: SessionState) -> str:
    return _session(state) or ("" if any(view.over(one) for one in view.candidates(state)) else _("Aucun passage n'est terminé."))


def _minutes(state: SessionState) -> str:
    opened = any(one.get("opened") for one in view.candidates(state))
    return _session(state) or ("" if opened else _("Aucun candidat n'a encore de séance."))


def _close(state: SessionState) -> str:
    going_on = [str(one["number"]) for one in view.candidates(state) if one.get("opened") and not view.over(one)]
    told = _("Des passages ne sont pas terminés : {numbers}.").format(numbers=", ".join(going_on)) if going_on else ""
    return _session(state) or told


PASSAGE, STOP, SESSION, TABS, CONSOLE = N_("Passage"), N_("Arrêt du temps"), N_("Session"), N_("Onglets"), N_("Console")
_TABS = (("1", "passages", N_("Passages")), ("2", "about", N_("Session")), ("3", "archives", N_("Archives")))
TAB_DIGITS = {pane_id: digit for digit, pane_id, _label in _TABS}

_STOP_ONE: SessionAction = Action("stop.one", "f8", "alt+i", N_("INCIDENT, pause : arrêter le temps du candidat"), STOP, _stop)
_CONSOLE: tuple[SessionAction, ...] = (
    Action("desk.help", "f12", "alt+h", N_("Aide : toutes les touches"), CONSOLE, _always),
    Action("desk.messages", "ctrl+l", "alt+j", N_("Journal des messages"), CONSOLE, _always),
    Action("desk.palette", "ctrl+p", "p", N_("Chercher une action"), CONSOLE, _always),
    Action("desk.menu", LEADER, "alt+u", N_("Menu des actions"), CONSOLE, _always),
    Action("desk.quit", "ctrl+q", "q", N_("Quitter la console"), CONSOLE, _always),
)
MANAGER: tuple[SessionAction, ...] = (
    Action("phase.start", "f2", "alt+d", N_("Commencer la phase du candidat ; entrée tardive"), PASSAGE, _start),
    Action("phase.start_all", "f3", "alt+t", N_("Commencer pour tous les candidats prêts"), PASSAGE, _start_all),
    Action("phase.end", "f4", "alt+x", N_("Terminer la phase du candidat"), PASSAGE, _end),
    Action("sitting.open", "f5", "alt+o", N_("Ouvrir la séance du candidat à son poste"), PASSAGE, _not_opened),
    Action("candidate.add", "f6", "alt+c", N_("Inscrire un candidat"), PASSAGE, _session),
    Action("time.grant", "f7", "alt+g", N_("Donner du temps, avec un motif"), PASSAGE, _grant),
    Action("candidate.absent", "alt+a", "a", N_("Noter le candidat absent"), PASSAGE, _absent),
    Action("candidate.jury", "alt+e", "e", N_("Changer le jury du candidat"), PASSAGE, _jury),
    Action("candidate.remove", "alt+v", "v", N_("Retirer un candidat inscrit par erreur"), PASSAGE, _not_opened),
    _STOP_ONE,
    Action("stop.resume", "f9", "alt+r", N_("Après l'arrêt : décider de la suite"), STOP, _resume),
    Action("stop.all", "ctrl+t", "t", N_("Interruption : arrêter le temps de tous"), STOP, _stop_all),
    Action("session.open", "ctrl+n", "n", N_("Ouvrir une session"), SESSION, _no_session),
    Action("session.people", "alt+n", "l", N_("Noms des personnes, place par place"), SESSION, _session),
    Action("archive.make", "alt+s", "s", N_("Faire les archives des candidats"), SESSION, _archive),
    Action("minutes.save", "alt+m", "m", N_("Enregistrer l'annexe du procès-verbal"), SESSION, _minutes),
    Action("session.close", "alt+z", "z", N_("Fermer la session"), SESSION, _close),
    *(Action(f"tab.{pane}", f"alt+{digit}", digit, label, TABS, _always) for digit, pane, label in _TABS),
    *_CONSOLE,
)
INVIGILATOR: tuple[SessionAction, ...] = (_STOP_ONE, *_CONSOLE)
ACTIONS = {"session_manager": MANAGER, "invigilator": INVIGILATOR}
_BY_ID = {action.id: action for action in MANAGER}
_SHORT = {
    "phase.start": N_("Commencer"),
    "phase.start_all": N_("Tous"),
    "phase.end": N_("Terminer"),
    "sitting.open": N_("Séance"),
    "candidate.add": N_("Candidat"),
    "time.grant": N_("Temps"),
    "stop.one": N_("INCIDENT"),
    "stop.resume": N_("Suite"),
    "stop.all": N_("Arrêter tout"),
    "session.open": N_("Ouvrir une session"),
    "session.close": N_("Fermer"),
    "archive.make": N_("Archives"),
    "minutes.save": N_("Annexe du PV"),
    "desk.menu": N_("Menu"),
    "desk.help": N_("Aide"),
}
_WANTED = (
    "stop.resume", "phase.start", "stop.one", "phase.start_all", "phase.end", "sitting.open", "session.open", "candidate.add",
    "archive.make", "time.grant", "desk.menu", "desk.help",
)  # fmt: skip


def useful_now(state: SessionState) -> tuple[SessionAction, ...]:
    """What the key line shows, the most pressing first; all of them are possible now."""
    if not view.leads(state):
        return tuple(one for one in INVIGILATOR if one.id in ("stop.one", "desk.menu", "desk.help") and not one.blocked(state))
    return tuple(_BY_ID[ident] for ident in _WANTED if not _BY_ID[ident].blocked(state))


def short_label(action: SessionAction) -> str:
    """A word or two for the key line."""
    return _(_SHORT.get(action.id, action.label))
