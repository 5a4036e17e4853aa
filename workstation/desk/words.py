"""The words, symbols and figures in which the desk speaks of states, calls, numbers and times. French, by catalogue."""

from __future__ import annotations

import datetime as dt

from cti.agent import AgentState, NotReadyReason
from cti.call import CallState
from cti.messages import Cause, Refusal
from workstation.desk.other_party import CUSTOMER, OtherParty
from workstation.desk.state import CallView, DeskState
from workstation.i18n import N_, _

AGENT_WORDS: dict[AgentState, tuple[str, str]] = {  # symbol, word
    AgentState.SIGNED_OUT: ("○", N_("Déconnecté")),
    AgentState.NOT_READY: ("‖", N_("En retrait")),
    AgentState.READY: ("►", N_("Prêt")),
    AgentState.OFFERED: ("◆", N_("Appel présenté")),
    AgentState.TALKING: ("●", N_("En conversation")),
    AgentState.CHATTING: ("▤", N_("Conversation écrite")),
    AgentState.HOLDING: ("◫", N_("En attente")),
    AgentState.WRAP_UP: ("✎", N_("Post-appel")),
}
REASON_WORDS: dict[NotReadyReason, str] = {
    NotReadyReason.SIGN_IN: N_("connexion"),
    NotReadyReason.BREAK: N_("pause"),
    NotReadyReason.BRIEFING: N_("brief"),
    NotReadyReason.WRITING: N_("rédaction"),
    NotReadyReason.INCIDENT: N_("incident"),
    NotReadyReason.MISSED: N_("appel manqué"),
    NotReadyReason.CHAT_MISSED: N_("conversation manquée"),
    NotReadyReason.AFTER_CALL: N_("après l'appel"),
}
CALL_WORDS: dict[CallState, tuple[str, str]] = {
    CallState.OFFERED: ("◆", N_("SONNE")),
    CallState.DIALLING: ("…", N_("Numérotation")),
    CallState.RINGING: ("◇", CUSTOMER.rings),
    CallState.TALKING: ("●", N_("En communication")),
    CallState.HELD: ("◫", N_("EN ATTENTE")),
    CallState.ENDED: ("✕", N_("Terminé")),
}
ASKED_WORDS: dict[str, str] = {
    "answer": N_("décroché demandé"),
    "hang_up": N_("raccroché demandé"),
    "hold": N_("mise en attente demandée"),
    "resume": N_("reprise demandée"),
    "dial": N_("appel demandé"),
    "transfer": N_("transfert demandé"),
    "accept": N_("acceptation demandée"),
}
WRITTEN_WORDS: dict[CallState, tuple[str, str]] = {  # of a written conversation
    CallState.OFFERED: ("◆", N_("ON VOUS ÉCRIT")),
    CallState.TALKING: ("▤", N_("Conversation écrite")),
    CallState.ENDED: ("✕", N_("Conversation terminée")),
}
DIRECTION_WORDS = {"entrant": ("↓", N_("Entrant")), "sortant": ("↑", N_("Sortant"))}
_CAUSES: dict[Cause, str] = {
    Cause.REFUSED: N_("Appel refusé"),
    Cause.BUSY: N_("Occupé"),
    Cause.NO_ANSWER: N_("Sans réponse"),
    Cause.CANCELLED: N_("Abandonné par l'appelant"),
    Cause.UNKNOWN_NUMBER: N_("Numéro non attribué"),
    Cause.TRANSFERRED: N_("Transféré"),
    Cause.NETWORK: N_("Coupé : réseau"),
    Cause.FAULT: N_("Coupé : téléphone en défaut"),
}


def agent_words(state: AgentState, reason: NotReadyReason | None = None) -> str:
    """Symbol and word, with the reason in brackets: `‖ En retrait (pause)`."""
    symbol, word = AGENT_WORDS[state]
    return f"{symbol} {_(word)}" + (f" ({_(REASON_WORDS[reason])})" if reason else "")


def agent_now_words(state: DeskState) -> str:
    """As `agent_words`, of the agent here: a call of one's own is being dialled, not offered."""
    agent, call = state.agent, state.call
    if agent.state is AgentState.OFFERED and call is not None and call.direction == "sortant":
        return f"{AGENT_WORDS[agent.state][0]} {_(CALL_WORDS[CallState.DIALLING][1])}"
    if agent.state is AgentState.OFFERED and call is not None and call.written:
        return AGENT_WORDS[agent.state][0] + " " + _("Conversation présentée")
    return agent_words(agent.state, agent.reason)


def call_words(call: CallView, other: OtherParty = CUSTOMER) -> str:
    if call.written:
        symbol, word = WRITTEN_WORDS.get(call.state, CALL_WORDS[call.state])
        return f"{symbol} {_(word)}"
    symbol, word = CALL_WORDS[call.state]
    if call.state is CallState.RINGING:
        word = other.rings
    text = f"{symbol} {_(word)}"
    if call.state is CallState.ENDED:
        text = f"{symbol} {cause_words(call, other)}"
    return text


def cause_words(call: CallView, other: OtherParty = CUSTOMER) -> str:
    """Why a call is over, and by whose hand."""
    if missed(call) and call.cause in (Cause.CANCELLED, Cause.NO_ANSWER, Cause.HUNG_UP, Cause.REFUSED, None):
        return _("Manqué")
    if call.cause in (None, Cause.HUNG_UP):
        if call.ended_by == "local":
            return _("Vous avez raccroché")
        return _(other.hung_up) if call.ended_by == "remote" else _("Terminé")
    if call.direction == "sortant" and call.cause is Cause.CANCELLED:
        return _("Appel abandonné")
    return _(_CAUSES[call.cause])


def missed(call: CallView) -> bool:
    """An inbound call that ended without having been answered."""
    return call.direction == "entrant" and call.state is CallState.ENDED and call.answered_at is None


def number_words(number: str) -> str:
    """A French number in pairs, `05 36 49 12 75`; another E.164 number in threes; "" reads « numéro masqué »."""
    if not number:
        return _("numéro masqué")
    if number.startswith("sip:"):
        number = number[4:].partition("@")[0]
    if number.startswith("+33") and len(number) == 12 and number[3:].isdigit():
        number = "0" + number[3:]
    if number.isdigit() and len(number) == 10:
        return " ".join(number[i : i + 2] for i in range(0, 10, 2))
    if number.startswith("+") and number[1:].isdigit():
        return number[:3] + " " + " ".join(number[i : i + 3] for i in range(3, len(number), 3))
    return number


def who(call: CallView) -> str:
    """The caller's name if the network or the CRM gave one, and the number; whoever writes has none."""
    if call.written:
        return call.name
    number = number_words(call.number)
    return f"{call.name} – {number}" if call.name else number


def duration(seconds: float) -> str:
    """`03:25`, `1:03:25`; never negative."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60:02}:{rest % 60:02}"


def clock_time(at: float) -> str:
    """Local hour, minute and second of a UNIX time."""
    return dt.datetime.fromtimestamp(at).strftime("%H:%M:%S")


def instant(text: str) -> float:
    """UNIX seconds of an ISO 8601 instant (UTC when it says no zone); 0.0 when it is none."""
    try:
        parsed = dt.datetime.fromisoformat(text)
    except ValueError:
        return 0.0
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)).timestamp()


def quality_words(call: CallView) -> str:
    """The E-model's estimate as a word (ITU-T G.107 annex B), with the loss when there is some; "" without figures."""
    if call.mos is None:
        return ""
    word = _("son bon") if call.mos >= 3.6 else _("son moyen") if call.mos >= 3.1 else _("son mauvais")
    return word + (_(" (pertes {pct} %)").format(pct=round(call.loss_pct)) if call.loss_pct and call.loss_pct >= 1 else "")


def scenario_now(state: DeskState, now: float) -> dt.datetime | None:
    """The sitting's own date and hour (naive, Paris) at UNIX time `now`, past or present; None before the sitting is known."""
    told = str((state.sitting.get("clock") or {}).get("scenario_now", ""))
    try:
        base = dt.datetime.fromisoformat(told)
    except ValueError:
        return None
    return base.replace(tzinfo=None) + dt.timedelta(seconds=now - state.sitting_at)


REFUSALS: dict[Refusal, str] = {
    Refusal.UNABLE: N_("ce moteur téléphonique ne sait pas le faire sans risque."),
    Refusal.NO_SUCH_CALL: N_("cet appel n'existe plus."),
    Refusal.CALL_EXISTS: N_("cet appel existe déjà."),
    Refusal.NOT_RINGING: N_("cet appel ne sonne pas."),
    Refusal.NOT_ANSWERED: N_("l'appel n'est pas décroché."),
    Refusal.ALREADY_HELD: N_("l'appel est déjà en attente."),
    Refusal.NOT_HELD: N_("l'appel n'est pas en attente."),
    Refusal.HOLD_UNDER_WAY: N_("une mise en attente est déjà en cours."),
    Refusal.TRANSFER_UNDER_WAY: N_("un transfert est déjà en cours."),
    Refusal.SAME_CALL: N_("un appel ne se transfère pas à lui-même."),
    Refusal.TOO_MANY_CALLS: N_("trop d'appels à la fois."),
    Refusal.OTHER_CALL_NOT_HELD: N_("l'appel en cours n'a pas pu être mis en attente."),
    Refusal.LISTEN_ONLY: N_("cette communication ne fait qu'écouter."),
    Refusal.FAR_END: N_("le correspondant ne l'a pas accepté."),
    Refusal.BAD_VALUE: N_("cette adresse ou ces touches ne peuvent pas être envoyées."),
    Refusal.STOPPING: N_("le téléphone s'arrête."),
    Refusal.NO_PHONE: N_("le téléphone n'est pas là."),
    Refusal.FAULT: N_("le téléphone a failli ; recommencez."),
    Refusal.UNREADABLE: N_("ordre illisible."),
}
