"""Everything a juror can do by key: one table that bindings, key line, help, palette and the Ctrl+G menu read.

The keys of the telephone are those of the candidate's desk. Which keys may be taken: `workstation/ui/action_table.py`.
"""

from __future__ import annotations

from dataclasses import replace

from cti.call import CallState
from cti.phone.port import Capability
from workstation.desk.changes import alive, commanded, held, offered
from workstation.i18n import N_, _
from workstation.jury.console import exam_view as exam
from workstation.jury.console import room_view as view
from workstation.jury.console import team_view as team
from workstation.jury.console.hint_view import hint_of, hinted_simulation
from workstation.jury.console.phone_side import other_leg
from workstation.jury.console.state import LOUDEST, JuryState
from workstation.ui.action_table import LEADER, Action, shifted

JuryAction = Action[JuryState]


def _always(state: JuryState) -> str:
    return ""


def _seated(state: JuryState) -> str:
    return "" if view.role(state) else _("Choisissez d'abord un poste et un rôle (F2).")


def _plays(state: JuryState) -> str:
    return _seated(state) or ("" if view.role(state) == "role_player" else _("Réservé à qui joue le client (F2 change de rôle)."))


def _observes(state: JuryState) -> str:
    return _seated(state) or ("" if view.role(state) == "observer" else _("Réservé à l'observateur (F2 change de rôle)."))


def _phone_ready(state: JuryState) -> str:
    return "" if state.phone.state == "ready" else _("Le téléphone n'est pas prêt.")


def _free_to_call(state: JuryState) -> str:
    if why := _plays(state) or _phone_ready(state):
        return why
    if offered(state) is not None:
        return _("Un appel sonne.")
    if held(state) is not None and sum(alive(c) for c in state.calls.values()) > 1:
        return _("Vous avez déjà deux appels.")
    return "" if state.chosen else _("Choisissez d'abord une simulation (Alt+3).")


def _answer(state: JuryState) -> str:
    call = offered(state)
    if call is not None:
        return _("Décroché déjà demandé.") if call.asked else ""
    if why := _free_to_call(state):
        return why
    if not view.listenable(state):  # without an exchange every call is a direct one
        return ""
    if not view.exchange_up(state):
        return _("Le central est arrêté : F9 appelle en direct.")
    return _("Votre ligne n'est pas enregistrée : F9 appelle en direct.") if not view.line_up(state) else ""


def _direct(state: JuryState) -> str:
    if why := _free_to_call(state):
        return why
    if not view.me(state).get("direct"):
        return _("L'adresse directe de ce poste n'est pas connue.")
    return "" if view.may_go_direct(state) or state.link == "down" else _("Le central répond : appelez par F3.")


def _on_call(state: JuryState) -> str:
    return "" if commanded(state.call) else _("Aucun appel en cours.")


def _in_conversation(state: JuryState) -> str:
    call = state.call
    return "" if call is not None and call.state in (CallState.TALKING, CallState.HELD) else _("Aucune conversation en cours.")


def _two_calls(state: JuryState) -> str:
    return "" if held(state, beside=state.front) is not None else _("Il faut un autre appel en attente.")


def _park(state: JuryState) -> str:
    return _plays(state) or _phone_ready(state)


def _listen(state: JuryState) -> str:
    if state.hearing.wanted:
        return ""
    if why := _observes(state) or _phone_ready(state):
        return why
    return "" if view.listenable(state) else _("Sans central, personne ne peut écouter.")


def _simulation(state: JuryState) -> str:
    if why := _plays(state):
        return why
    if state.asked in ("start", "end"):
        return _("Déjà demandé.")
    if view.current(state):
        return ""
    if view.over(state, state.chosen):
        return _("Terminée : choisissez la suivante (Alt+3).")
    return "" if state.chosen else _("Choisissez d'abord une simulation (Alt+3).")


def _start_stream(state: JuryState) -> str:
    return _("Déjà demandé.") if state.asked == "stream" else ""


def _stop_stream(state: JuryState) -> str:
    if why := _start_stream(state):
        return why
    waiting = view.shared_queue(state).get("waiting")
    return "" if view.stream(state) or waiting else _("Aucun appel à arrêter dans la file commune.")


def _name_team(state: JuryState) -> str:
    if why := _seated(state):
        return why
    if state.asked == "team":
        return _("Déjà demandé.")
    return _("La simulation n'est pas terminée.") if view.current(state) else ""


def _show_grid(state: JuryState) -> str:
    if why := _observes(state):
        return why
    noted = exam.simulation_noted(state)
    if not noted:
        return _("Aucune simulation n'a commencé à ce poste.")
    if not view.over(state, noted):
        return _("La simulation n'est pas terminée.")
    return _("Votre grille est déjà montrée.") if team.shown(state) else ""


def _louder(state: JuryState) -> str:
    return "" if state.volume < LOUDEST else _("Le volume est au plus fort.")


def _softer(state: JuryState) -> str:
    return "" if state.volume > 0 else _("Le volume est à zéro.")


def _next(state: JuryState) -> str:
    if why := _plays(state):
        return why
    if state.asked in ("start", "end"):
        return _("Déjà demandé.")
    return "" if view.next_to_do(state, view.current(state) or state.chosen) else _("Plus aucune simulation à jouer.")


def _hint(state: JuryState) -> str:
    if why := _plays(state):
        return why
    simulation = hinted_simulation(state)
    if hint_of(state, simulation, 0) is None:
        return _("Cette simulation n'a pas d'indice.")
    return _("La simulation n'a pas commencé.") if view.simulation(state, simulation).get("state") == view.TO_DO else ""


CALL, SEAT, QUEUE, TEAM, HEAR, TABS, EXAM, CONSOLE = (
    N_("Appel"),
    N_("Place"),
    N_("File commune"),
    N_("Équipe"),
    N_("Écoute"),
    N_("Onglets"),
    N_("Examen"),
    N_("Console"),
)


def _incident(state: JuryState) -> str:
    """A stop asked for and not confirmed yet is not asked for again."""
    if why := _seated(state):
        return why
    if not exam.phase(state):
        return _("Aucune phase n'est en cours : rien à suspendre.")
    return _("Déjà demandé.") if any(one.path.endswith(("/freeze", "/resume")) for one in exam.owed(state)) else ""


_TABS = (
    ("1", "stations", N_("Postes")),
    ("2", "client", N_("Fiche du client")),
    ("3", "simulations", N_("Simulations")),
    ("4", "live", N_("Direct")),
)
_EXAM_TABS = (
    ("5", "grid", N_("Grille")),
    ("6", "deliberation", N_("Délibération")),
    ("7", "interview", N_("Entretiens")),
    ("8", "replies", N_("Réponses écrites")),
    ("9", "chat", N_("Messagerie : écrire comme le client")),
)
_TEAM_TAB = ("0", "team", N_("Équipe : qui est quoi, ce que chacun a joué"))
TAB_DIGITS = {pane_id: digit for digit, pane_id, _label in (*_TABS, *_EXAM_TABS, _TEAM_TAB)}
TAB_SHORTS = {
    "client": N_("Fiche"),
    "simulations": N_("Sim."),
    "deliberation": N_("Délib."),
    "interview": N_("Entr."),
    "chat": N_("Mess."),
}

ACTIONS: tuple[JuryAction, ...] = (
    Action("call.answer", "f3", "alt+r", N_("Décrocher / Appeler comme le client"), CALL, _answer),
    Action("call.hang_up", "f4", "alt+x", N_("Raccrocher / Refuser"), CALL, _on_call),
    Action("call.hold", "f6", "alt+g", N_("Mettre en attente / Reprendre"), CALL, _in_conversation, Capability.HOLD),
    Action("call.swap", "alt+v", "v", N_("Passer d'un appel à l'autre"), CALL, _two_calls, Capability.HOLD),
    Action("call.mute", "f7", "alt+m", N_("Couper / Rétablir le micro"), CALL, _phone_ready, Capability.MUTE),
    Action("call.transfer", "ctrl+t", "alt+t", N_("Garer l'appel / Reprendre un appel garé"), CALL, _park, Capability.BLIND_TRANSFER),
    Action("call.keypad", "ctrl+n", "alt+k", N_("Clavier : touches"), CALL, _in_conversation, Capability.DIGITS_OUT),
    Action("call.direct", "f9", "alt+d", N_("Appel direct de secours (personne ne peut l'écouter)"), CALL, _direct),
    Action("seat.choose", "f2", "alt+e", N_("Choisir un poste et un rôle"), SEAT, _always),
    Action("seat.simulation", "f8", "alt+q", N_("Commencer / Terminer la simulation"), SEAT, _simulation),
    Action("seat.hint", "alt+p", "i", N_("Indice au candidat bloqué : noter qu'il est donné, ou non"), SEAT, _hint),
    Action("hear.listen", "f5", "alt+c", N_("Écouter / Arrêter l'écoute"), HEAR, _listen),
    Action("hear.louder", "ctrl+up", "alt+up", N_("Volume : plus fort (ou la touche +)"), HEAR, _louder),
    Action("hear.softer", "ctrl+down", "alt+down", N_("Volume : moins fort (ou la touche -)"), HEAR, _softer),
    *(Action(f"tab.{pane}", f"alt+{digit}", digit, label, TABS, _always) for digit, pane, label in _TABS),
    Action("live.follow", "ctrl+o", "alt+i", N_("Direct : suivre la fin"), TABS, _seated),
    Action("desk.help", "f12", "alt+h", N_("Aide : toutes les touches"), CONSOLE, _always),
    Action("desk.messages", "ctrl+l", "alt+j", N_("Journal des messages"), CONSOLE, _always),
    Action("desk.sound", "alt+o", "o", N_("Micro, casque, sonnerie"), CONSOLE, _always),
    Action("desk.palette", "ctrl+p", "p", N_("Chercher une action"), CONSOLE, _always),
    Action("desk.menu", LEADER, "alt+u", N_("Menu des actions"), CONSOLE, _always),
    Action("desk.quit", "ctrl+q", "q", N_("Quitter la console"), CONSOLE, _always),
)
PRACTICE_ACTIONS: tuple[JuryAction, ...] = (
    Action("hear.whisper", "alt+w", "w", N_("Souffler au candidat (entraînement)"), HEAR, _listen),
    Action("hear.barge", "alt+l", "l", N_("Parler dans l'appel (entraînement)"), HEAR, _listen),
)
QUEUE_ACTIONS: tuple[JuryAction, ...] = (
    Action("queue.start", "alt+n", "n", N_("Lancer des appels dans la file commune"), QUEUE, _start_stream),
    Action("queue.stop", "alt+z", "z", N_("Arrêter les appels de la file commune"), QUEUE, _stop_stream),
)
EXAM_ACTIONS: tuple[JuryAction, ...] = (
    *(Action(f"tab.{pane}", f"alt+{digit}", digit, label, EXAM, _seated) for digit, pane, label in _EXAM_TABS),
    Action("seat.next", "alt+s", "s", N_("Simulation suivante : terminer celle-ci, passer à la fiche d'après"), EXAM, _next),
    Action("exam.incident", "alt+a", "a", N_("INCIDENT : suspendre l'épreuve, proposer la reprise"), EXAM, _incident),
)
TEAM_ACTIONS: tuple[JuryAction, ...] = (
    Action("tab.team", "alt+0", "0", _TEAM_TAB[2], TEAM, _always),
    Action("team.name", shifted("2"), "e", N_("Dire qui s'entraîne ensemble : poste, client, observateur"), TEAM, _name_team),
    Action("team.next", "ctrl+r", "r", N_("Tour suivant : chacun change de place"), TEAM, _name_team),
    Action("team.show", "alt+y", "y", N_("Montrer la grille aux trois : ouvrir le bilan"), TEAM, _show_grid),
)
ALL = (*ACTIONS, *PRACTICE_ACTIONS, *QUEUE_ACTIONS, *TEAM_ACTIONS, *EXAM_ACTIONS)
BY_ID = {action.id: action for action in ALL}
SHARED_TABS = ("grid", "chat")  # panes of an exam that practice has too
OF_TEAM = (*TEAM_ACTIONS, *(replace(BY_ID[f"tab.{pane}"], group=TEAM) for pane in SHARED_TABS))


def actions_of(state: JuryState) -> tuple[JuryAction, ...]:
    """Those of an exam, and of its session while one is open; people practise together, and whispering and barging exist, in practice
    only, the shared queue where there are virtual customers besides."""
    if not view.practice(state):
        return (*ACTIONS, *EXAM_ACTIONS) if state.session else ACTIONS
    hear = next(place for place, action in enumerate(ACTIONS) if action.group == HEAR)
    tabs = next(place for place, action in enumerate(ACTIONS) if action.group == TABS)
    queue = QUEUE_ACTIONS if view.trains(state) else ()
    return (*ACTIONS[:hear], *queue, *OF_TEAM, *ACTIONS[hear:tabs], *PRACTICE_ACTIONS, *ACTIONS[tabs:])


def useful_now(state: JuryState) -> tuple[JuryAction, ...]:
    """What the key line shows, the most pressing first; all of them are possible now."""
    call = state.call
    shared = ["queue.stop" if view.stream(state) else "queue.start"] if view.trains(state) else []
    if offered(state) is not None:
        wanted = ["call.answer", "call.hang_up"]
    elif call is not None and other_leg(state, call.call_key) is not None:
        wanted = ["call.hang_up"]  # nobody is at the other end but oneself
    elif call is not None and call.state in (CallState.TALKING, CallState.HELD):
        wanted = ["call.hang_up", "call.hold", "call.mute", "call.transfer", "call.keypad"]
    elif call is not None:
        wanted = ["call.hang_up"]
    elif not view.role(state):
        wanted = ["seat.choose", *shared]
    elif view.role(state) == "observer":
        wanted = ["hear.listen", "live.follow", *shared]
    elif view.over(state, state.chosen) and not view.current(state):
        wanted = [*shared]
    else:
        wanted = ["call.answer", "call.direct", "seat.simulation", *shared]
    if view.current(state):
        wanted.append("seat.hint")
    if exam.phase(state):
        wanted.append("exam.incident")
    if view.practice(state) and view.role(state):
        wanted = [*_team_wanted(state), *wanted]
    wanted += ["seat.choose", "desk.menu", "desk.help"]
    return tuple(action for action in (BY_ID[id] for id in dict.fromkeys(wanted)) if not action.blocked(state))


def _team_wanted(state: JuryState) -> list[str]:
    """What people who practise together have to do now: after a call of theirs, show the grid, then move on."""
    if view.current(state):
        return []
    played = any(one.get("round") == team.number(state) for one in team.played(state))
    return ["team.show", *(["team.next"] if played else [])]


def short_label(action: JuryAction, state: JuryState) -> str:
    """A word or two for the key line, said for the state it is in."""
    call = state.call
    if action.id == "call.answer":
        return _("Décrocher") if offered(state) else _("Appeler")
    if action.id == "call.hang_up":
        if call is not None and other_leg(state, call.call_key) is not None:
            return _("Raccrocher les deux")
        return _("Refuser") if call is not None and call.state is CallState.OFFERED else _("Raccrocher")
    if action.id == "call.hold":
        return _("Reprendre") if call is not None and call.state is CallState.HELD else _("Attente")
    if action.id == "call.mute":
        return _("Micro : rétablir") if state.phone.muted else _("Micro : couper")
    if action.id == "hear.listen":
        return _("Arrêter l'écoute") if state.hearing.wanted else _("Écouter")
    if action.id == "seat.simulation":
        return _("Terminer") if view.current(state) else _("Commencer")
    return _(_SHORT.get(action.id, action.label))


_SHORT = {
    "call.transfer": N_("Garer"),
    "call.keypad": N_("Touches"),
    "call.direct": N_("Appel direct"),
    "seat.choose": N_("Poste et rôle"),
    "seat.hint": N_("Indice"),
    "queue.start": N_("File commune"),
    "queue.stop": N_("Arrêter la file"),
    "live.follow": N_("Suivre"),
    "team.name": N_("Équipe"),
    "team.next": N_("Tour suivant"),
    "team.show": N_("Montrer la grille"),
    "exam.incident": N_("Incident"),
    "desk.help": N_("Aide"),
    "desk.menu": N_("Menu"),
}
