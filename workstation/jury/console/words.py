"""The sentences in which the console speaks of stations, guises, the ear and the exchange. French, by catalogue. Pure."""

from __future__ import annotations

from cti.call import CallState
from workstation.desk.state import CallView, Record
from workstation.desk.words import AGENT_WORDS, CALL_WORDS, REASON_WORDS, duration, number_words
from workstation.i18n import N_, _, labelled
from workstation.jury.console import room_view as view
from workstation.jury.console.hearing import Ear, Why
from workstation.jury.console.phone_side import other_leg
from workstation.jury.console.state import Guise, JuryState

ROLE_WORDS = {"role_player": N_("vous jouez le client"), "observer": N_("vous observez"), "": N_("aucun rôle")}
STAGES = {view.TO_DO: "○", view.RUNNING: "●", view.DONE: "✓"}
_EARS: dict[Ear, tuple[str, str]] = {
    Ear.OFF: ("○", N_("Vous n'écoutez pas (F5 : écouter {station})")),
    Ear.JOINING: ("…", N_("Écoute de {station} demandée")),
    Ear.HEARING: ("♪", N_("Vous écoutez {station} — on parle")),
    Ear.QUIET: ("♪", N_("Vous écoutez {station} — personne ne parle")),
    Ear.WAITING: ("◌", N_("{station} : pas d'appel en cours, l'écoute attend")),
    Ear.DEAF: ("✕", N_("VOUS N'ENTENDEZ PLUS {station} : reprise en cours…")),
}
DEAF_FOR_LONG = 20.0  # seconds after which waiting is no longer what to do
_MODES = {"whisper": N_("vous soufflez au candidat"), "barge": N_("vous parlez dans l'appel"), "listen": ""}
_WHYS: dict[str, str] = {
    Why.LEG_LOST: N_("la communication d'écoute est coupée"),
    Why.REFUSED: N_("la salle n'accorde pas l'écoute"),
    Why.NO_MEDIA: N_("le son n'arrive plus"),
    Why.DETACHED: N_("le central n'écoute pas ce poste"),
    Why.UNHEARD: N_("on parle et rien n'arrive"),
}


def deaf_for_long(state: JuryState, now: float) -> bool:
    return state.hearing.ear is Ear.DEAF and now - state.hearing.since >= DEAF_FOR_LONG


def hearing_words(state: JuryState, now: float) -> tuple[str, str]:
    """(symbol and sentence, more where there is room: why one is deaf, that one speaks too)."""
    symbol, sentence = _EARS[state.hearing.ear]
    if deaf_for_long(state, now):
        sentence = N_("VOUS N'ENTENDEZ PLUS {station} : F5 deux fois ; sinon le technicien")
    words = f"{symbol} {_(sentence).format(station=view.station_label(state))}"
    more = _WHYS.get(state.hearing.why, "") if state.hearing.ear is Ear.DEAF else _MODES.get(state.hearing.mode, "")
    return words, _(more)


def agent_line(one: Record, state: JuryState, now: float) -> str:
    """A candidate's state with its chronometer: `► Prêt 02:13`; with a question mark while the room cannot tell."""
    agent = view.agent(one)
    symbol, word = AGENT_WORDS[agent.state]
    reason = f" ({_(REASON_WORDS[agent.reason])})" if agent.reason else ""
    since = f" {duration(view.since(agent.since, state, now))}" if agent.since else ""
    return f"{symbol} {_(word)}{reason}{since}" if state.link == "up" else f"? {_(word)}{reason}"


def queue_words(queue: Record, state: JuryState, now: float) -> str:
    """`2 appels en attente, le plus ancien 01:12`; "" when nobody waits."""
    waiting = view.records(queue.get("waiting"))
    if not waiting:
        return ""
    oldest = duration(max(view.since(call.get("since"), state, now) for call in waiting))
    if len(waiting) == 1:
        return _("1 appel en attente depuis {oldest}").format(oldest=oldest)
    return _("{count} appels en attente, le plus ancien depuis {oldest}").format(count=len(waiting), oldest=oldest)


def shared_lines(state: JuryState, now: float) -> list[str]:
    """The shared queue of a room that trains: who waits, who is ready; the calls still to come. Nothing where there is none."""
    if not view.trains(state):
        return []
    queue = view.shared_queue(state)
    ready = [str(view.station(state, str(one)).get("label") or one) for one in queue.get("ready") or () if isinstance(one, str)]
    parts = [
        queue_words(queue, state, now) or _("aucun appel en attente"),
        labelled(_("prêts"), ", ".join(ready)) if ready else _("aucun poste prêt"),
    ]
    lines = [labelled(_("File commune"), " · ".join(parts))]
    stream = view.stream(state)
    if not stream:
        return lines
    names = ", ".join(str(one) for one in stream.get("simulations") or ())
    every = view.seconds(stream.get("every"))
    pace = _("un toutes les {seconds} s").format(seconds=every) if every else _("dès qu'un client virtuel est libre")
    words = _("Encore à lancer : {count} ({simulations}), {pace}")
    return [*lines, words.format(count=stream.get("left", "?"), simulations=names, pace=pace)]


def people_words(one: Record, state: JuryState) -> str:
    """Who plays and who listens there, and what is missing of the station."""
    parts = []
    if player := str(one.get("player") or ""):
        parts.append(_("client : {who}").format(who=view.seat_label(state, player)))
    ears = [str(listener.get("label") or listener.get("seat") or "") for listener in view.records(one.get("listeners"))]
    if ears:
        parts.append(_("écoute : {who}").format(who=", ".join(ears)))
    if not one.get("connected"):
        parts.append(_("✕ POSTE ÉTEINT"))
    elif not view.record(one.get("line")).get("registered"):
        parts.append(_("✕ LIGNE ABSENTE"))
    elif view.record(one.get("line")).get("reachable") is False:
        parts.append(_("✕ LIGNE MUETTE"))
    return " · ".join(parts)


def who_words(guise: Guise) -> str:
    """Name and number: `Mme Nadège CORBULON (02 61 91 70 44)`."""
    number = number_words(guise.number or guise.dialled) if guise.number or guise.dialled else ""
    if not guise.name:
        return number
    return f"{guise.name} ({number})" if number else guise.name


def call_banner(state: JuryState, call: CallView) -> str:
    """Who the juror is in this call, and what became of it."""
    guise = state.guises.get(call.call_key)
    if guise is None:
        return ""
    if call.call_key not in state.handed or guise.transfer == "blind":
        words = banner_words(call, guise)
    else:
        words = _("LE CANDIDAT A TRANSFÉRÉ : {who}").format(who=who_words(guise))
    if words and other_leg(state, call.call_key) is not None:
        words += " — " + _("F4 raccroche vos deux lignes")
    return words


def banner_words(call: CallView, guise: Guise) -> str:
    """Who the juror is in this call, before and after answering. "" when there is nothing to say."""
    who = who_words(guise)
    if not who:
        return _("VOUS REPRENEZ UN APPEL GARÉ : la salle ne sait pas de qui") if guise.picked_up else ""
    if guise.transfer == "blind" and guise.kind in ("service", "persona", "contact"):
        words = _("APPEL TRANSFÉRÉ : vous êtes maintenant {who}")
    elif guise.transfer == "blind":
        words = _("APPEL TRANSFÉRÉ vers {who}")
    elif guise.transfer == "attended" and guise.kind == "service":
        words = _("ON VOUS CONSULTE avant un transfert : vous êtes {who}")
    elif guise.kind == "unknown":
        words = _("NUMÉRO INCONNU DU DOSSIER : {who}")
    elif guise.picked_up:
        words = _("VOUS REPRENEZ L'APPEL DE : {who}") if call.answered_at is None else _("VOUS JOUEZ : {who}")
    elif not guise.kind:
        words = _("ON VOUS APPELLE au {who} : recherche…")
    elif call.direction == "sortant":
        words = _("VOUS APPELEZ COMME : {who}") if call.answered_at is None else _("VOUS JOUEZ : {who}")
    elif guise.kind == "service":
        words = _("ON APPELLE LE SERVICE : {who}") if call.state is CallState.OFFERED else _("VOUS ÊTES LE SERVICE : {who}")
    else:
        words = _("ON VOUS APPELLE COMME : {who}") if call.state is CallState.OFFERED else _("VOUS JOUEZ : {who}")
    words = words.format(who=who)
    if guise.simulation:
        words += " — " + _("simulation {id}").format(id=guise.simulation)
    elif guise.reference:
        words += " — " + _("dossier {reference}").format(reference=guise.reference)
    return words


def far_words(state: JuryState, call: CallView) -> str:
    """What our call is at the candidate's desk: our own phone is in conversation with the queue before he has answered."""
    if call.call_key in state.handed:
        return _("transfert : le candidat a quitté l'appel")
    guise = state.guises.get(call.call_key)
    known = guise is not None and (call.direction == "sortant" or guise.picked_up)
    if guise is None or not known or call.call_key in state.direct or call.asked == "dial":
        return ""
    far = view.far_state(state, call)
    if not far:
        return _("candidat : attend dans la file") if call.answered_at is not None and not guise.picked_up else ""
    if far == CallState.ENDED:
        return _("candidat : plus en ligne")
    try:
        symbol, word = CALL_WORDS[CallState(far)]
    except ValueError:
        return ""
    return _("candidat : {what}").format(what=f"{symbol} {_(word)}")


def exchange_words(state: JuryState) -> tuple[str, bool]:
    """(what to say of the exchange, whether it is a fault)."""
    if not state.view:
        return _("… central"), False
    if state.link != "up":
        return _("? central"), False
    if not view.listenable(state):
        return _("sans central : appels directs, pas d'écoute"), False
    return (_("✓ central"), False) if view.exchange_up(state) else (_("✕ CENTRAL ARRÊTÉ"), True)


def secret_words(state: JuryState) -> tuple[str, bool]:
    if not state.view:
        return "", False
    return ("⚿ " + _("chiffré"), False) if view.exchange(state).get("encrypted") else ("! " + _("NON CHIFFRÉ"), True)


def simulation_clock(state: JuryState, now: float) -> tuple[str, str]:
    """(`sim. 3/9 S4 04:12`, `sur 10 min`); the number of simulations alone while none runs."""
    place, count = view.place(state)
    if not count:
        return "", ""
    if not place:
        return _("sim. –/{count}").format(count=count), ""
    one = view.simulation(state, view.current(state))
    run = state.running.elapsed(now + state.clock_offset)
    elapsed = duration(run) if run is not None else "--:--"
    words = _("sim. {place}/{count} {id} {elapsed}").format(place=place, count=count, id=one.get("id"), elapsed=elapsed)
    return words, _("sur {minutes} min").format(minutes=one.get("minutes", "?"))
