"""The two lines on top, whatever is below: what I chose and what the phone does; the call. A third line when a second call waits.

Every state has a word and a symbol; colours only repeat them (green ready, reversed green talking, blue wrap-up, orange not ready,
yellow ringing, grey signed out; red is for incidents alone).
"""

from __future__ import annotations

from pathlib import Path

from rich.text import Text
from textual.widget import Widget

from cti.agent import AgentState
from cti.call import CallState
from workstation.desk.changes import owed
from workstation.desk.softphone_facts import CUT
from workstation.desk.state import CLOCKS_APART, CallView, DeskState, Softphone
from workstation.desk.words import (
    ASKED_WORDS,
    DIRECTION_WORDS,
    agent_now_words,
    agent_words,
    call_words,
    duration,
    instant,
    number_words,
    quality_words,
)
from workstation.i18n import N_, _
from workstation.ui.plain_text import fitted, one_line, plain
from workstation.ui.widgets.record_drafts import contact_name

AGENT_COLOURS: dict[AgentState, str] = {
    AgentState.SIGNED_OUT: "white on grey30",
    AgentState.NOT_READY: "black on dark_orange",
    AgentState.READY: "black on green3",
    AgentState.OFFERED: "black on yellow3",
    AgentState.TALKING: "bold green3 on black reverse",
    AgentState.CHATTING: "bold green3 on black reverse",
    AgentState.HOLDING: "black on yellow3",
    AgentState.WRAP_UP: "white on dodger_blue3",
}
CALL_COLOURS: dict[CallState, str] = {
    CallState.OFFERED: "bold black on yellow3",
    CallState.DIALLING: "",
    CallState.RINGING: "",
    CallState.TALKING: "bold green3 reverse",
    CallState.HELD: "bold black on yellow3",
    CallState.ENDED: "white on dodger_blue3",
}
INCIDENT = "bold white on red3"
_AGENT_ASKED = {
    "sign_in": N_("connexion demandée"),
    "sign_out": N_("déconnexion demandée"),
    "ready": N_("« prêt » demandé"),
    "not_ready": N_("retrait demandé"),
    "arm": N_("état suivant demandé"),
}


def agent_line(state: DeskState, now: float, width: int) -> Text:
    agent = state.agent
    word = Text(f" {agent_now_words(state)} ", AGENT_COLOURS[agent.state])
    if agent.since:
        word.append(duration(now + state.clock_offset - instant(agent.since)) + " ")
    armed = Text(_("ensuite : {words}").format(words=agent_words(agent.armed, agent.armed_reason))) if agent.armed else Text()
    asked = Text(f"… {_(_AGENT_ASKED[state.agent_asked])}", "italic") if state.agent_asked else Text()
    debt = [key for key in owed(state) if key != state.front or not _ended(state.call)]
    due = Text(_("à qualifier : {count}").format(count=len(debt)), "bold") if debt else Text()
    return fitted(
        [
            (word, 0), (recording_words(state), 0), (asked, 1), (armed, 2), (due, 3), (phone_words(state), 1), (plain_words(state), 1),
            (clock_words(state), 4),
        ],
        width,
    )  # fmt: skip


def recording_words(state: DeskState) -> Text:
    """Said for as long as a call is recorded, and while the next one will be."""
    if state.recording.call_key:
        return Text(" ● " + _("CET APPEL EST ENREGISTRÉ") + " ", "bold reverse")
    return Text("● " + _("appels enregistrés")) if state.recording.days else Text()


def clock_words(state: DeskState) -> Text:
    """Said for as long as this machine's clock is wrong, for whoever can mend it."""
    apart = abs(state.clock_offset)
    return Text("! " + _("horloge décalée de {time}").format(time=duration(round(apart))), "bold") if apart >= CLOCKS_APART else Text()


def plain_words(state: DeskState) -> Text:
    """Said for as long as a room's calls can be heard on its network."""
    plainly = state.exchange.get("kind") == "asterisk" and not state.exchange.get("encrypted")
    return Text(" ✕ " + _("NON CHIFFRÉ") + " ", "bold black on yellow3") if plainly else Text()


def _ended(call: CallView | None) -> bool:
    return call is not None and call.state is CallState.ENDED


def phone_words(state: Softphone) -> Text:
    phone = state.phone
    if phone.state == "starting":
        return Text("☏ " + _("téléphone : démarre"), "italic")
    if phone.state in ("lost", "unusable"):
        return Text(" ✕ " + (_("TÉLÉPHONE PERDU, redémarre") if phone.state == "lost" else _("TÉLÉPHONE INUTILISABLE")) + " ", INCIDENT)
    if phone.registration == "failed":
        line = Text(" ✕ " + _("LIGNE REFUSÉE") + " ", INCIDENT)
    elif phone.registration == CUT:
        line = Text(" ✕ " + _("LIGNE COUPÉE, reprise en cours") + " ", INCIDENT)
    elif phone.registration == "unregistered":
        line = Text(" ✕ " + _("ligne non enregistrée") + " ", INCIDENT)
    else:
        line = Text("☏ " + (_("ligne enregistrée") if phone.registration else _("ligne prête")))
    if phone.muted:
        line.append("  ")
        line.append(" ✕ " + _("MICRO COUPÉ") + " ", "bold black on yellow3")
    return line


def call_line(state: Softphone, call: CallView, known: Text, now: float, width: int) -> Text:
    """Direction, state with its timers, who, queue, what was asked, what is `known` of the number, quality."""
    arrow, direction = DIRECTION_WORDS[call.direction]
    words = Text(f" {arrow} {call_words(call, state.other)} ", CALL_COLOURS[call.state])
    words.append(_timers(call, now))
    who = plain(call.name if call.written else number_words(call.number), "bold")
    if call.name and not call.written:
        who.append(" – " + one_line(call.name, 60))
    asked = Text(f"… {_(ASKED_WORDS.get(call.asked, call.asked))}", "italic") if call.asked else Text()
    far = Text(_(state.other.holding), "italic") if call.held_by_far_end else Text()
    moved = plain(call.transfer, "italic")
    queue = plain(queue_words(call)) if call.queue else Text()
    due = Text(_("à qualifier (F8)"), "bold") if _ended(call) and not call.qualified else Text()
    second = Text(_("consultation")) if call.consultation else Text()
    secret = Text("⚿ " + _("chiffré")) if call.encrypted else Text()
    parts = [
        (Text(f" {_(direction)}"), 3), (words, 0), (who, 0), (asked, 1), (far, 2), (moved, 2), (due, 1), (second, 2),
        (queue, 2), (known, 3), (Text(quality_words(call)), 5), (secret, 6),
    ]  # fmt: skip
    return fitted(parts, width)


def queue_words(call: CallView) -> str:
    """The queue, the place the caller had in it and how long he waited, where the exchange says so."""
    words = _("file {name}").format(name=call.queue)
    if call.position:
        words += " " + _("(n° {position}, attente {waited})").format(position=call.position, waited=duration(call.waited))
    return words


def _timers(call: CallView, now: float) -> str:
    if call.state is CallState.ENDED:
        return duration((call.ended_at or now) - call.answered_at) + " " if call.answered_at is not None else ""
    since = duration(now - (call.answered_at if call.answered_at is not None else call.began_at))
    if call.state is CallState.HELD and call.held_at is not None:
        return _("{held} · appel {total}").format(held=duration(now - call.held_at), total=since) + " "
    return since + " "


def pop_words(state: DeskState, call: CallView) -> Text:
    """What the number led to in the CRM."""
    if call.consultation or not call.number:
        return Text()
    if call.hits is None:
        return Text(_("fiche : recherche…"), "italic")
    if call.contact_id:
        if call.contact_id not in state.files:
            return Text(_("fiche : ouverture…"), "italic")
        hit = next((h for h in call.hits if h.get("contact_id") == call.contact_id), {})
        matched = str(hit.get("matched_on") or "")
        name = contact_name(state.files[call.contact_id].get("contact") or {})  # opened by hand, or called from it
        return plain(_("fiche : {why}").format(why=_(matched) if matched else one_line(name, 40)))
    if len(call.hits) > 1:
        return Text(_("{count} fiches possibles").format(count=len(call.hits)))
    return Text(_("inconnu : rechercher (F5)")) if not call.hits and call.state is not CallState.ENDED else Text()


class CallBar(Widget):
    """Painted from the desk's state and the hour; two lines, three while a second call is there."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__(id="call-bar")
        self._text = Text()
        self._lines = 2

    def show(self, state: DeskState, now: float) -> None:
        """Paint if what is to be read has changed."""
        width = max(20, self.size.width or 80)
        lines = [agent_line(state, now, width)]
        call = state.call
        lines.append(call_line(state, call, pop_words(state, call), now, width) if call else Text(" " + _("Aucun appel."), "dim"))
        others = [c for c in state.calls.values() if c.call_key != state.front and c.state is not CallState.ENDED]
        if others:
            lines.append(Text("  + ", "bold").append_text(call_line(state, others[0], pop_words(state, others[0]), now, width - 4)))
        text = Text("\n").join(lines)
        if text == self._text and text.spans == self._text.spans:
            return
        self._text = text
        if len(lines) != self._lines:
            self._lines = len(lines)
            self.styles.height = self._lines
        self.refresh()

    def render(self) -> Text:
        return self._text
