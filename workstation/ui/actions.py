"""Everything the agent can do by key: one table that bindings, key line, help, palette and the Ctrl+G menu read.

Which keys may be taken: `workstation/ui/action_table.py`.
"""

from __future__ import annotations

from cti.agent import BUSY, AgentState
from cti.call import CallState
from cti.phone.port import Capability
from workstation.desk import spelling
from workstation.desk.changes import alive, commanded, held, offered, owed
from workstation.desk.chat import offered_chat
from workstation.desk.state import DeskState
from workstation.i18n import N_, _
from workstation.ui.action_table import LEADER, Action, shifted
from workstation.ui.closed import gated


def _always(state: DeskState) -> str:
    return ""


def _answer(state: DeskState) -> str:
    call = offered(state)
    if call is not None:
        return _("Décroché déjà demandé.") if call.asked else ""
    chat = offered_chat(state)
    if chat is not None:
        return _("Acceptation déjà demandée.") if chat.asked else ""
    return _dial(state)


def _dial(state: DeskState) -> str:
    if state.phone.state != "ready":
        return _("Le téléphone n'est pas prêt.")
    if state.agent.state is AgentState.SIGNED_OUT:
        return _("Connectez-vous d'abord.")
    if offered(state) is not None:
        return _("Un appel sonne.")
    if held(state) is not None and sum(alive(c) for c in state.calls.values()) > 1:
        return _("Vous avez déjà deux appels.")
    return ""


def _on_call(state: DeskState) -> str:
    return "" if commanded(state.call) else _("Aucun appel en cours.")


def _in_conversation(state: DeskState) -> str:
    call = state.call
    return (
        "" if call is not None and call.live and call.state in (CallState.TALKING, CallState.HELD) else _("Aucune conversation en cours.")
    )


def _two_calls(state: DeskState) -> str:
    return "" if held(state, beside=state.front) is not None else _("Il faut un autre client en attente.")


def _phone_ready(state: DeskState) -> str:
    return "" if state.phone.state == "ready" else _("Le téléphone n'est pas prêt.")


def _signed_in(state: DeskState) -> str:
    return "" if state.agent.state is not AgentState.SIGNED_OUT else _("Connectez-vous d'abord.")


def _may_be_ready(state: DeskState) -> str:
    if state.agent.state is AgentState.WRAP_UP or (owed(state) and not commanded(state.call)):
        return _("Un appel reste à qualifier (F8).")
    if commanded(state.call) or state.agent.state is AgentState.CHATTING:
        return _("Pendant un appel, armez l'état suivant.")
    return _signed_in(state)


def _may_arm(state: DeskState) -> str:
    return "" if state.agent.state in BUSY else _("L'état suivant s'arme pendant un appel.")


def _owes(state: DeskState) -> str:
    if owed(state) or (state.call is not None and (state.call.answered_at is not None or state.call.direction == "sortant")):
        return ""
    return _("Aucun appel à qualifier.")


def _may_spell(state: DeskState) -> str:
    return "" if spelling.allowed(state) else _("Le correcteur n'est pas permis dans cette séance.")


def _has_cues(state: DeskState) -> str:
    if state.sitting.get("mode") == "exam":  # a juror answers, who hears
        return _("En examen, c'est un juré qui répond.")
    return "" if state.sitting.get("current") else _("Aucune simulation en cours.")


COMMON_CUES = (("a_vous", "0", N_("J'ai fini : au client de parler")), ("repeter", "r", N_("Je lui demande de répéter")))
"""(id, its key, label) of what every virtual customer understands without its pack saying so (scenarios/customer/moves.py)."""


def _practises(state: DeskState) -> str:
    return "" if state.sitting.get("mode") != "exam" else _("Il n'y a pas de relevé de progression pendant un examen.")


def _may_record(state: DeskState) -> str:
    return "" if state.sitting.get("mode") == "practice" else _("Un examen n'est jamais enregistré.")


def cues_of(state: DeskState) -> tuple[tuple[str, str], ...]:
    """(id, label) of what the trainee may say to have said, in the pack's order; the common ones are not among them."""
    current = ((state.brief.get("simulations") or {}).get(str(state.sitting.get("current") or ""))) or {}
    return tuple((str(cue.get("id", "")), str(cue.get("label", ""))) for cue in current.get("cues") or ())


CALL, AGENT, WORK, TABS, DESKS, DESK = N_("Appel"), N_("Agent"), N_("Travail"), N_("Onglets"), N_("Bureaux"), N_("Poste")
_TABS = (
    ("1", "customer_file", N_("Fiche client")),
    ("2", "order_desk", N_("Commande")),
    ("3", "collection_desk", N_("Recouvrement")),
    ("4", "contact_desk", N_("Coordonnées")),
    ("5", "documents_desk", N_("Documents")),
    ("6", "reference", N_("Dossier et procédures")),
    ("7", "search", N_("Recherche")),
    ("8", "notes", N_("Notes")),
    ("9", "call_log", N_("Appels")),
    ("0", "simulations", N_("Simulations")),
)
_DESKS = (  # each the work of one kind of contact, by Shift and a function key
    ("2", "e", "survey_desk", N_("Enquête")),
    ("3", "c", "campaign_desk", N_("Campagne")),
    ("4", "s", "support_desk", N_("Assistance")),
    ("5", "m", "chat_desk", N_("Messagerie")),
    ("6", "r", "booking_desk", N_("Réservation")),
    ("7", "w", "selling_desk", N_("Vente")),
    ("8", "t", "retention_desk", N_("Fidélisation")),
    ("9", "l", "reply_desk", N_("Rédaction")),
    ("12", "b", "office_desk", N_("Bureautique")),
)
DESK_KEYS = {pane_id: f"⇧F{number}" for number, _letter, pane_id, _label in _DESKS}
TAB_SHORT = {  # all of them, with their digits and the brackets of the one in front, hold in 80 cells
    "customer_file": N_("Fiche"),
    "order_desk": N_("Cde"),
    "collection_desk": N_("Rec."),
    "contact_desk": N_("Coor"),
    "documents_desk": N_("Docs"),
    "reference": N_("Proc"),
    "search": N_("Rech"),
    "notes": N_("Notes"),
    "call_log": N_("App."),
    "simulations": N_("Sim."),
    "debrief": N_("Bil."),
    "progress": N_("Prog."),
    "survey_desk": N_("Enq."),
    "campaign_desk": N_("Camp."),
    "support_desk": N_("Assist."),
    "chat_desk": N_("Mess."),
    "booking_desk": N_("Résa."),
    "selling_desk": N_("Vente"),
    "retention_desk": N_("Fidél."),
    "reply_desk": N_("Réd."),
    "office_desk": N_("Bur."),
}
SHARED_PLACE = frozenset({*DESK_KEYS, "progress"})
"""Panes that share the last place of the tab strip: the one of them that was last in front is named there."""
TAB_DIGITS = {pane_id: digit for digit, pane_id, _label in _TABS}

_TABLE: tuple[Action[DeskState], ...] = (
    Action("agent.state", "f2", "alt+e", N_("État de l'agent"), AGENT, _always),
    Action("agent.ready", "ctrl+r", "alt+p", N_("Prêt / En retrait"), AGENT, _may_be_ready),
    Action("agent.arm", "alt+a", "a", N_("État après l'appel"), AGENT, _may_arm),
    Action("call.answer", "f3", "alt+r", N_("Décrocher / Appeler"), CALL, _answer),
    Action("call.hang_up", "f4", "alt+x", N_("Raccrocher / Refuser"), CALL, _on_call),
    Action("call.hold", "f6", "alt+g", N_("Mettre en attente / Reprendre"), CALL, _in_conversation, Capability.HOLD),
    Action("call.swap", "alt+v", "v", N_("Passer d'un appel à l'autre"), CALL, _two_calls, Capability.HOLD),
    Action("call.mute", "f7", "alt+m", N_("Couper / Rétablir le micro"), CALL, _phone_ready, Capability.MUTE),
    Action("call.transfer", "ctrl+t", "alt+t", N_("Transférer"), CALL, _in_conversation, Capability.BLIND_TRANSFER),
    Action("call.keypad", "ctrl+n", "alt+k", N_("Clavier : touches"), CALL, _in_conversation, Capability.DIGITS_OUT),
    Action("call.qualify", "f8", "alt+q", N_("Qualifier l'appel"), WORK, _owes),
    Action("work.search", "f5", "alt+c", N_("Rechercher une fiche"), WORK, _always),
    Action("work.save", "ctrl+s", "alt+s", N_("Enregistrer"), WORK, _always),
    Action("work.cue", "f9", "alt+d", N_("Ce que je viens de dire"), WORK, _has_cues),
    Action("work.your_turn", "alt+z", "z", N_("J'ai fini de parler : au client"), WORK, _has_cues),
    Action("work.calculator", "alt+l", "k", N_("Calculatrice"), WORK, _always),
    Action("work.brief", "ctrl+o", "alt+i", N_("Dossier et procédures"), WORK, _always),
    Action("work.word", shifted("11"), "n", N_("Réponse écrite : le mot inconnu suivant"), WORK, _may_spell),
    *(Action(f"tab.{pane}", f"alt+{digit}", digit, label, TABS, _always) for digit, pane, label in _TABS),
    Action("tab.debrief", "alt+y", "d", N_("Bilan de la simulation"), TABS, _always),
    Action("tab.progress", "alt+w", "g", N_("Ma progression"), TABS, _practises),
    *(Action(f"tab.{pane}", shifted(number), letter, label, DESKS, _always) for number, letter, pane, label in _DESKS),
    Action("desk.help", "f12", "alt+h", N_("Aide : toutes les touches"), DESK, _always),
    Action("desk.messages", "ctrl+l", "alt+j", N_("Journal des messages"), DESK, _always),
    Action("desk.sound", "alt+o", "o", N_("Micro, casque, sonnerie"), DESK, _always),
    Action("desk.recording", shifted("1"), "j", N_("Enregistrer mes appels : oui, non"), DESK, _may_record),
    Action("desk.palette", "ctrl+p", "p", N_("Chercher une action"), DESK, _always),
    Action("desk.menu", LEADER, "alt+u", N_("Menu des actions"), DESK, _always),
    Action("desk.quit", "ctrl+q", "q", N_("Quitter le poste"), DESK, _always),
)
ACTIONS = tuple(gated(action) for action in _TABLE)
DeskAction = Action[DeskState]
BY_ID = {action.id: action for action in ACTIONS}


def useful_now(state: DeskState) -> tuple[Action[DeskState], ...]:
    """What the key line shows, the most pressing first; all of them are possible now."""
    call = state.call
    if offered(state) is not None:
        wanted = ["call.answer", "call.hang_up", "call.hold"]
    elif offered_chat(state) is not None:
        wanted = ["call.answer"]
    elif call is not None and call.written and alive(call):
        wanted = ["tab.chat_desk", "work.cue", "work.search", "work.save", "call.qualify"]
    elif call is not None and call.state in (CallState.TALKING, CallState.HELD):
        wanted = ["call.hang_up", "call.hold", "call.mute", "work.cue", "work.search", "work.save", "call.transfer", "call.keypad"]
    elif call is not None and call.state is not CallState.ENDED:
        wanted = ["call.hang_up"]
    elif owed(state):
        wanted = ["call.qualify", "work.save", "agent.arm"]
    else:
        wanted = ["agent.ready", "call.answer", "work.search", "work.save"]
    wanted += ["agent.state", "desk.menu", "desk.help"]
    return tuple(action for action in (BY_ID[id] for id in wanted) if not action.blocked(state))


def short_label(action: Action[DeskState], state: DeskState) -> str:
    """A word or two for the key line, said for the state it is in."""
    call = state.call
    if action.id == "call.answer":
        return _("Décrocher") if offered(state) else _("Accepter") if offered_chat(state) else _("Appeler")
    if action.id == "call.hang_up":
        return _("Refuser") if call is not None and call.state is CallState.OFFERED else _("Raccrocher")
    if action.id == "call.hold":
        return _("Reprendre") if call is not None and call.state is CallState.HELD else _("Attente")
    if action.id == "call.mute":
        return _("Micro : rétablir") if state.phone.muted else _("Micro : couper")
    if action.id == "agent.ready":
        return _("En retrait") if state.agent.state is AgentState.READY else _("Prêt")
    return _(_SHORT.get(action.id, action.label))


_SHORT = {
    "agent.state": N_("État"),
    "agent.arm": N_("Après l'appel"),
    "call.transfer": N_("Transfert"),
    "call.keypad": N_("Touches"),
    "call.qualify": N_("Qualifier"),
    "work.search": N_("Rechercher"),
    "work.cue": N_("J'ai dit…"),
    "desk.help": N_("Aide"),
    "desk.menu": N_("Menu"),
}
