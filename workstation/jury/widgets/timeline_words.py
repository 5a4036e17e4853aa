"""A row of the journal as facts a juror reads: what was opened, searched, changed (before → after), said by telephone. Never markup."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

from rich.text import Text

from cti.agent import AgentState, NotReadyReason
from cti.messages import Cause
from workstation.desk.state import Record
from workstation.desk.team import people_of, round_words
from workstation.desk.words import agent_words, clock_time, duration, number_words
from workstation.i18n import N_, _, labelled
from workstation.jury.console.room_view import customers, record, seat_label, stations
from workstation.jury.console.state import Entry, JuryState
from workstation.jury.widgets.timeline_exam import EXAM_HEADS
from workstation.jury.widgets.timeline_recording import RECORDING_HEADS
from workstation.ui.plain_text import one_line
from workstation.ui.record_words import field_word, kind_word, value_word
from workstation.ui.widgets.value_text import day, money

PANE_WORDS = {
    "customer_file": N_("Fiche client"),
    "order_desk": N_("Commande"),
    "collection_desk": N_("Recouvrement"),
    "contact_desk": N_("Coordonnées"),
    "documents_desk": N_("Documents"),
    "reference": N_("Dossier et procédures"),
    "search": N_("Recherche"),
    "notes": N_("Notes"),
    "call_log": N_("Appels"),
    "simulations": N_("Simulations"),
    "debrief": N_("Bilan de la simulation"),
}
CAUSES = {
    Cause.HUNG_UP: N_("raccroché"),
    Cause.REFUSED: N_("refusé"),
    Cause.BUSY: N_("occupé"),
    Cause.NO_ANSWER: N_("sans réponse"),
    Cause.CANCELLED: N_("l'appelant a renoncé"),
    Cause.UNKNOWN_NUMBER: N_("numéro inconnu"),
    Cause.TRANSFERRED: N_("transféré"),
    Cause.NETWORK: N_("coupé : réseau"),
    Cause.FAULT: N_("coupé : téléphone en défaut"),
}
ENDED_BY = {"local": N_("par le candidat"), "remote": N_("par le client"), "system": N_("par le système")}
HEARD_WORDS = {"hearing": N_("entend"), "quiet": N_("silence"), "waiting": N_("attend un appel"), "deaf": N_("N'ENTEND PLUS")}
_PLUMBING = frozenset({"id", "contact_id", "version", "call_key", "kind", "file", "sha256", "at", "on", "record_kind"})
QUIET_KINDS = frozenset(
    {
        "CallQuality", "LevelsMeasured", "SoundChanged", "MediaFlowed", "VolumeChanged", "CaptionShown", "RegistrationChanged", "CallRang",
        "PhoneStarted", "MicrophoneMuted", "OrderRefused", "EngineFaulted", "SittingOpened", "ExchangeLineChanged", "ExchangeDelivered",
        "ExchangeEstablished", "ExchangeHeld", "ExchangeRetrieved", "ExchangeCleared", "ExchangeQueueMemberChanged", "ExchangeFailed",
        "ExchangeIntruderRefused", "ExchangeTransferred", "CustomerSpoke", "CustomerHeard", "CustomerRevealed",
        "LoopMeasured", "PatternHeard", "CustomerConnected",
    }
)  # fmt: skip
"""Rows that say nothing to a juror, or what another row already says."""


def value_text(name: str, value: Any) -> str:
    """A value of a record as people write it."""
    if value is None or value == "" or value == [] or value == {}:
        return "–"
    if isinstance(value, bool):
        return value_word(value)
    if isinstance(value, int) and name.endswith("_cents"):
        return money(value)
    if isinstance(value, str):
        if len(value) == 10 and value[4] == "-" and value[7] == "-":
            return day(value)
        return number_words(value) if value.startswith("+") and value[1:].isdigit() else value_word(value)
    if isinstance(value, dict):
        return ", ".join(f"{field_word('', str(k))} {value_text(str(k), v)}" for k, v in value.items() if v not in (None, "", [], {}))
    if isinstance(value, (list, tuple)):
        return " ; ".join(value_text(name, one) for one in value)
    return str(value)


def _number(data: Record, name: str) -> str:
    return number_words(str(data.get(name) or ""))


def _changes(data: Record, created: bool) -> list[str]:
    """One line a field: before → after."""
    kind = str(data.get("record_kind") or "")
    before, after = record(data.get("before")), record(data.get("after"))
    lines = []
    for name, value in after.items():
        if name in _PLUMBING or (created and value in (None, "", [], {})):
            continue
        word, now = field_word(kind, name), value_text(name, value)
        lines.append(labelled(word, now if created else f"{value_text(name, before.get(name))} → {now}"))
    return lines


def _record_word(data: Record) -> str:
    return kind_word(str(data.get("record_kind") or ""))


def _agent(data: Record) -> str:
    after = record(data.get("after")) or {"state": data.get("after"), "reason": data.get("reason")}
    try:
        reason = NotReadyReason(after["reason"]) if after.get("reason") else None
        return agent_words(AgentState(str(after.get("state"))), reason)
    except ValueError:
        return str(after.get("state") or "")


def _ended(data: Record) -> str:
    cause, by = data.get("cause"), _(ENDED_BY.get(str(data.get("by")), ""))
    word = next((_(words) for known, words in CAUSES.items() if known == cause), str(cause or ""))
    return f"{word} {by}" if by and cause == Cause.HUNG_UP else word


def _transfer(data: Record) -> str:
    code = data.get("code")
    done = isinstance(code, int) and 200 <= code < 300
    return _("Transfert réussi") if done else _("Transfert refusé ({code} {reason})").format(code=code, reason=data.get("reason") or "")


def _hearing(data: Record, state: JuryState) -> str:
    who, heard = seat_label(state, str(data.get("seat") or "")), HEARD_WORDS.get(str(data.get("state")), "")
    return labelled(_("Écoute de {who}").format(who=who), _(heard))


def _offered(data: Record) -> str:
    name = str(data.get("caller_name") or "")
    return labelled(_("Appel présenté"), f"{_number(data, 'caller')} {name}".rstrip())


def _opened(data: Record, state: JuryState) -> str:
    """By the name people know; what the file is called inside is no word for a juror."""
    contact_id = str(data.get("contact_id") or (data.get("id") if data.get("record_kind") == "contact" else "") or "")
    known = state.people.get(contact_id) or str(data.get("name") or "")
    who = " ".join(part for part in (known, str(data.get("reference") or "")) if part)
    if data.get("record_kind") == "contact":
        return labelled(_("Fiche ouverte"), who or _("un autre client"))
    return labelled(_("Fiche ouverte"), " · ".join(part for part in (_record_word(data), who) if part))


def _queued(data: Record, state: JuryState) -> str:
    own = any(one.get("id") == data.get("queue") for one in stations(state))
    name = _("la file du poste") if own else _("la file commune")
    return _("Un appel attend dans {queue}, n° {place}").format(queue=name, place=data.get("position", "?"))


def _assigned(data: Record, state: JuryState) -> str:
    """A virtual customer of a room that trains."""
    id = str(data.get("customer") or "")
    who = next((str(one.get("label") or "") for one in customers(state) if one.get("id") == id), "") or _("Client virtuel")
    simulation = str(data.get("simulation") or "")
    if data.get("left"):
        return _("{who} quitte le poste").format(who=who)
    return _("{who} joue la simulation {id}").format(who=who, id=simulation) if simulation else _("{who} vient au poste").format(who=who)


def _document(data: Record) -> str:
    return labelled(_("Document produit"), " ".join(value_word(data[name]) for name in ("template", "channel") if data.get(name)))


HEADS: dict[str, Callable[[Record, JuryState], str]] = {
    "SimulationStarted": lambda d, s: _("DÉBUT DE LA SIMULATION {id}").format(id=d.get("simulation") or ""),
    "SimulationEnded": lambda d, s: _("FIN DE LA SIMULATION {id}").format(id=d.get("simulation") or ""),
    "AgentStateChanged": lambda d, s: labelled(_("État"), _agent(d)),
    "CallOffered": lambda d, s: _offered(d),
    "ChatOffered": lambda d, s: labelled(_("Conversation écrite présentée"), str(d.get("visitor") or "")),
    "ChatAccepted": lambda d, s: _("Conversation écrite acceptée"),
    "ChatMessage": lambda d, s: labelled(
        _("Le candidat écrit") if d.get("who") == "conseiller" else _("Le client écrit"), str(d.get("text") or "")
    ),
    "ChatClosed": lambda d, s: (
        _("Le candidat termine la conversation") if d.get("by") == "conseiller" else _("Le client quitte la conversation")
    ),
    "CallPlaced": lambda d, s: labelled(_("Le candidat appelle"), _number(d, "target")),
    "CallAnswered": lambda d, s: _("Décroché"),
    "CallHeld": lambda d, s: _("Met le client en attente") if d.get("by", "local") == "local" else _("Mis en attente par le client"),
    "CallResumed": lambda d, s: _("Reprend le client") if d.get("by", "local") == "local" else _("Repris par le client"),
    "CallEnded": lambda d, s: labelled(_("Fin de l'appel"), _ended(d)),
    "TransferProgressed": lambda d, s: _transfer(d),
    "DigitsSent": lambda d, s: labelled(_("Touches envoyées"), str(d.get("digits") or "")),
    "DigitReceived": lambda d, s: labelled(_("Touche reçue"), str(d.get("digit") or "")),
    "PhoneLost": lambda d, s: _("✕ Le téléphone du candidat s'est arrêté"),
    "Searched": lambda d, s: (
        _("Recherche « {words} » : plus de {count} résultats") if d.get("more") else _("Recherche « {words} » : {count} résultat(s)")
    ).format(words=d.get("q") or "", count=d.get("total", "?")),
    "RecordOpened": _opened,
    "RecordCreated": lambda d, s: labelled(_("CRÉÉ"), _record_word(d)),
    "RecordChanged": lambda d, s: labelled(_("MODIFIÉ"), _record_word(d)),
    "DocumentProduced": lambda d, s: _document(d),
    "CardNumberRefused": lambda d, s: _("Un numéro de carte a été saisi ; il n'a pas été enregistré"),
    "ScreenOpened": lambda d, s: labelled(_("Écran"), pane_word(d.get("screen"))),
    "ProcedureOpened": lambda d, s: labelled(_("Procédure ouverte"), str(d.get("title") or d.get("id") or "")),
    "BriefSearched": lambda d, s: labelled(_("Recherche dans le dossier"), str(d.get("q") or "")),
    "CueGiven": lambda d, s: labelled(_("Indiqué par le candidat"), str(d.get("label") or d.get("cue") or "")),
    "Dialled": lambda d, s: labelled(_("Numéro composé"), _number(d, "number")),
    "JurorCalled": lambda d, s: _("{seat} appelle comme {name} {number}").format(
        seat=seat_label(s, str(d.get("seat") or "")), name=d.get("name") or "", number=_number(d, "number")
    ) + (" " + _("(appel direct)") if d.get("direct") else ""),
    "JurorHears": _hearing,
    "PeersRotated": lambda d, s: round_words(d.get("round"), people_of(d)),
    "GridShown": lambda d, s: _("{who} montre sa grille aux trois").format(who=d.get("by") or ""),
    "SeatTaken": lambda d, s: labelled(_("Place quittée") if d.get("left") else _("Place prise"), seat_label(s, str(d.get("seat") or ""))),
    "StationConnected": lambda d, s: _("Le poste du candidat est relié"),
    "ExchangeLinkChanged": lambda d, s: _("Le central est revenu") if d.get("up") else _("✕ CENTRAL ARRÊTÉ"),
    "ExchangeQueued": _queued,
    "CustomerAssigned": _assigned,
    "ExchangeAbandoned": lambda d, s: _("L'appelant a renoncé dans la file"),
    "ExchangeParked": lambda d, s: labelled(_("Appel garé"), str(d["space"])) if d.get("space") else _("Appel garé : repris ou perdu"),
    "ExchangeListeningBegan": lambda d, s: labelled(_("Écoute commencée"), seat_label(s, str(d.get("listener") or ""))),
    "ExchangeListeningEnded": lambda d, s: labelled(_("Écoute finie"), seat_label(s, str(d.get("listener") or ""))),
}  # fmt: skip
HEADS.update(EXAM_HEADS)
HEADS.update(RECORDING_HEADS)
MARGIN = 17  # cells of the two clocks before a line
_LASTED = {
    "CallResumed": N_("après {time} d'attente"),
    "CallEnded": N_("après {time} de conversation"),
    "SimulationEnded": N_("après {time}"),
    "AgentStateChanged": N_("(le précédent : {time})"),
}
_STRONG = frozenset(
    {"SimulationStarted", "SimulationEnded", "PeersRotated", "RecordCreated", "RecordChanged", "PhoneLost", "ExchangeLinkChanged"}
)


def pane_word(pane: object) -> str:
    """The tab of the candidate's desk, by its identifier."""
    return _(PANE_WORDS[str(pane)]) if str(pane) in PANE_WORDS else str(pane or "–")


def shown(entry: Entry) -> bool:
    return entry.kind not in QUIET_KINDS


def entry_text(entry: Entry, state: JuryState, width: int) -> Text:
    """`+02:13 14:05:31 MODIFIÉ : Adresse`, and one line a field under it, in `width` cells. Kinds without a sentence keep their own
    name: nothing is hidden for want of a word."""
    relative = f"+{duration(entry.since_start)}" if entry.since_start is not None else ""
    say = HEADS.get(entry.kind)
    head = say(entry.data, state) if say is not None else entry.kind
    lasted = _LASTED.get(entry.kind)
    if lasted is not None and entry.lasted is not None:
        head += " " + _(lasted).format(time=duration(entry.lasted))
    created = entry.kind == "RecordCreated"
    changes = _changes(entry.data, created) if created or entry.kind == "RecordChanged" else []
    room = max(20, width - MARGIN)
    lines = [part for line in (head, *changes) for part in textwrap.wrap(one_line(line, 1000), room, subsequent_indent="  ") or [""]]
    text = Text(f"{relative:>7} {clock_time(entry.at - state.clock_offset)} ", no_wrap=True)
    text.append(lines[0], "bold" if entry.kind in _STRONG else "")
    for line in lines[1:]:
        text.append("\n" + " " * MARGIN + line)
    return text


def looks_words(state: JuryState) -> str:
    """What the candidate has before his eyes, as the screens he opens tell it; "" before the first."""
    return labelled(_("Devant le candidat"), pane_word(state.screen)) if state.screen else ""
