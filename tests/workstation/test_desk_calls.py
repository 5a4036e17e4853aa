"""The reducer and the phone: offers, answers, holds, ends, in order and out of order."""

from __future__ import annotations

import itertools

import pytest

from cti import messages as m
from cti.agent import Agent, AgentState
from cti.call import CallState
from tests.workstation.play import NUMBER, Play, offered, only, page, ready, talking
from workstation.desk import effects as fx
from workstation.desk import events as ev
from workstation.desk.changes import owed
from workstation.desk.state import DeskState


def test_an_offer_is_in_front_at_once_and_asks_who_calls() -> None:
    play = ready()
    effects = play.phone(offered(name="O. V.", queue="Clients"))
    assert only(effects, fx.LookUp) == fx.LookUp("k1", NUMBER)
    assert (play.call.state, play.call.direction, play.call.queue, play.call.hits) == (CallState.OFFERED, "entrant", "Clients", None)
    assert play.said == "Appel entrant : O. V. – 04 65 71 21 08"


def test_every_fact_is_reported_once_save_levels() -> None:
    play = ready()
    play.phone(offered())
    report = next(e for e in play.asked if isinstance(e, fx.ReportFact))
    assert (report.fact, report.at) == (offered(), play.now)
    play.phone(m.LevelsMeasured(0.1, 0.2))
    assert play.asked == []


def test_the_same_offer_twice_changes_nothing_and_asks_nothing() -> None:
    play = ready()
    play.phone(offered())
    before = play.state
    assert play.phone(offered()) == []
    assert play.state == before


def test_an_anonymous_caller_leads_to_the_search() -> None:
    play = ready()
    effects = play.phone(offered(number=""))
    assert effects == [fx.BringToFront("search")]
    assert play.call.hits == ()
    assert "masqué" in play.said


def test_a_second_call_waits_behind_the_first() -> None:
    play = talking()
    effects = play.phone(offered("k2", "2", "+33536491275", waiting=True))
    assert play.state.front == "k1"
    assert only(effects, fx.LookUp).call_key == "k2"
    assert play.state.notices[-1].tone == "warning"
    assert play.phone(offered("k3", "3", "", waiting=True)) == []


def test_hold_and_resume_by_us_and_by_the_far_end() -> None:
    play = talking()
    play.phone(m.CallHeld("1", "k1"))
    assert (play.call.state, play.call.held_at) == (CallState.HELD, play.now)
    before = play.state
    play.phone(m.CallHeld("1", "k1"))
    assert play.state == before
    play.phone(m.CallResumed("1", "k1"))
    assert (play.call.state, play.call.held_at) == (CallState.TALKING, None)
    before = play.state
    play.phone(m.CallResumed("1", "k1"))
    assert play.state == before
    play.phone(m.CallHeld("1", "k1", "remote"))
    assert (play.call.state, play.call.held_by_far_end) == (CallState.TALKING, True)
    play.phone(m.CallResumed("1", "k1", "remote"))
    assert not play.call.held_by_far_end


def test_the_customer_hangs_up_and_a_qualification_is_owed() -> None:
    play = talking()
    play.phone(m.CallEnded("1", "k1", m.Cause.HUNG_UP, "remote", answered=True, seconds=5.0))
    assert play.call.state is CallState.ENDED
    assert owed(play.state) == ("k1",)
    assert play.said.startswith("Le client a raccroché") and "F8" in play.said
    assert [c.call_key for c in play.state.log] == ["k1"]


def test_a_call_cut_by_a_failure_before_the_answer_is_not_said_missed() -> None:
    play = ready()
    play.phone(offered())
    play.phone(m.CallEnded("1", "k1", m.Cause.NETWORK, by="system"))
    assert "PAR UNE PANNE" in play.said and not play.state.calls


def test_a_missed_call_that_its_queue_offers_once_more_rings_again() -> None:
    play = ready()
    play.phone(offered())
    play.phone(m.CallEnded("1", "k1", m.Cause.REFUSED, by="local"))
    effects = play.phone(offered(call_id="2"))
    assert (play.call.state, play.call.call_id, play.state.log) == (CallState.OFFERED, "2", ())
    assert only(effects, fx.LookUp) == fx.LookUp("k1", NUMBER)
    play.phone(m.CallAnswered("2", "k1", "PCMA"))
    assert play.call.state is CallState.TALKING
    play.phone(m.CallEnded("2", "k1", m.Cause.HUNG_UP, answered=True))
    assert ([call.call_id for call in play.state.log], play.call.state) == (["2"], CallState.ENDED)


def test_a_missed_call_is_said_logged_and_owes_nothing() -> None:
    play = ready()
    play.phone(offered(), m.CallEnded("1", "k1", m.Cause.CANCELLED))
    assert play.state.call is None
    assert owed(play.state) == ()
    assert "MANQUÉ" in play.said and play.state.notices[-1].tone == "warning"
    assert len(play.state.log) == 1


def test_the_end_of_a_call_brings_the_other_to_the_front() -> None:
    play = talking()
    play.phone(offered("k2", "2", "+33536491275", waiting=True))
    play.phone(m.CallEnded("1", "k1", m.Cause.HUNG_UP, answered=True))
    assert play.state.front == "k2"
    assert owed(play.state) == ("k1",)
    play.phone(m.CallEnded("2", "k2", m.Cause.CANCELLED))
    assert play.state.front == "k1", "what is owed comes back in sight"


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_facts_of_a_call_in_any_order_end_alike(order: tuple[int, ...]) -> None:
    facts: list[m.Fact] = [offered(), m.CallAnswered("1", "k1", "PCMA"), m.CallRang("1", "k1")]
    play = ready()
    play.phone(*(facts[i] for i in order))
    assert (play.call.state, play.call.number, play.call.direction) == (CallState.TALKING, NUMBER, "entrant")


def test_nothing_brings_an_ended_call_back() -> None:
    play = talking()
    play.phone(m.CallEnded("1", "k1", m.Cause.HUNG_UP, answered=True))
    play.row("RecordCreated", {"record_kind": "interaction", "id": "i", "contact_id": "odile", "after": {}}, call_key="k1")
    assert play.state.calls == {}
    late = (offered(), m.CallPlaced("1", "k1", "x"), m.CallRang("1", "k1"), m.CallAnswered("1", "k1"), m.CallHeld("1", "k1"))
    play.phone(*late, m.CallResumed("1", "k1"), m.CallEnded("1", "k1", m.Cause.BUSY), m.CallQuality("1", "k1", "", 0, 0, 0, 0, None, 4.0))
    play.phone(m.TransferProgressed("1", "k1", 200, "OK", True))
    assert play.state.calls == {}
    assert play.state.log[0].qualified


def test_an_ended_call_not_yet_qualified_does_not_hold_or_resume() -> None:
    play = talking()
    play.phone(m.CallEnded("1", "k1", m.Cause.HUNG_UP, answered=True))
    before = play.state.calls
    play.phone(m.CallHeld("1", "k1"), m.CallResumed("1", "k1"), m.CallEnded("1", "k1", m.Cause.BUSY), m.CallAnswered("1", "k1"))
    assert play.state.calls == before


def test_a_call_answered_elsewhere_before_we_knew_keeps_its_seconds() -> None:
    play = ready()
    play.phone(offered(), m.CallEnded("1", "k1", m.Cause.HUNG_UP, answered=True, seconds=7.0))
    assert play.state.log[0].answered_at == play.now - 7.0


def test_an_outgoing_call_from_the_phones_own_telling() -> None:
    play = ready()
    play.phone(m.CallPlaced("9", "k9", "sip:+33465712108@host"))
    assert (play.call.direction, play.call.state) == ("sortant", CallState.DIALLING)
    play.phone(m.CallRang("9", "k9"))
    assert play.call.state is CallState.RINGING
    play.phone(m.CallRang("9", "k9"), m.CallEnded("9", "k9", m.Cause.BUSY, sip_code=486))
    assert owed(play.state) == ("k9",), "an attempt without an answer is qualified too"
    assert play.said.startswith("Occupé")
    talk = talking()
    talk.phone(m.CallPlaced("9", "k9", "x"))
    assert talk.state.front == "k1"


def test_transfers_say_how_far_they_went() -> None:
    play = talking()
    play.phone(m.TransferProgressed("1", "k1", 180, "Ringing"))
    assert play.call.transfer == "transfert en cours (180)"
    play.phone(m.TransferProgressed("1", "k1", 486, "Busy Here", True))
    assert play.call.transfer == "transfert refusé" and "486 Busy Here" in play.said
    play.phone(m.TransferProgressed("1", "k1", 200, "OK", True))
    assert play.call.transfer == "transféré" and play.said == "Transfert réussi."


def test_tones_quality_and_microphone() -> None:
    play = talking()
    play.phone(m.DigitReceived("1", "k1", "5"))
    assert play.said == "Touche reçue du client : 5"
    play.phone(m.DigitsSent("1", "k1", "12"))
    assert play.said == "Touches envoyées : 12"
    play.phone(m.MicrophoneMuted(True))
    assert play.state.phone.muted and "ne vous entend plus" in play.said
    play.phone(m.MicrophoneMuted(False))
    assert not play.state.phone.muted and play.said == "Micro rétabli."
    play.phone(m.CallQuality("1", "k1", "G722", 100, 3, 2.9, 4.0, 20.0, 3.2))
    assert (play.call.mos, play.call.loss_pct, play.call.codec) == (3.2, 2.9, "G722")


def test_sound_is_said_when_it_changes_only() -> None:
    play = ready()
    play.phone(m.SoundChanged("ok", "Micro", "Casque"))
    assert play.said == "Son : Micro / Casque"
    said = play.state.notices
    play.phone(m.SoundChanged("ok", "Micro", "Casque", "Sonnette"))
    assert play.state.notices == said and play.state.phone.ringer == "Sonnette"
    play.phone(m.SoundChanged("lost", "Micro", ""))
    assert "SON PERDU" in play.said and play.state.notices[-1].tone == "warning"


def test_the_line_is_said_when_it_changes_only() -> None:
    play = ready()
    play.phone(m.RegistrationChanged("registered", "host"))
    assert play.said == "Ligne enregistrée."
    said = play.state.notices
    play.phone(m.RegistrationChanged("registered", "host"))
    assert play.state.notices == said
    play.phone(m.RegistrationChanged("failed", "host", 403, "Forbidden"))
    assert play.state.notices[-1].tone == "error" and "403 Forbidden" in play.said


def test_a_refused_order_frees_the_call_and_says_why() -> None:
    play = talking()
    play.happens(ev.HoldWanted())
    play.phone(m.OrderRefused("HoldCall", m.Refusal.FAR_END, "1"))
    assert play.call.asked == "" and "le correspondant ne l'a pas accepté" in play.said
    play.phone(m.OrderRefused("RegisterAccount", m.Refusal.BAD_VALUE))
    assert "ne peuvent pas être envoyées" in play.said
    dialled = ready()
    dialled.happens(ev.DialWanted("0465712108", "9", "k9", dialled.now))
    dialled.phone(m.OrderRefused("PlaceCall", m.Refusal.FAULT, "9"))
    assert dialled.state.calls == {}, "no attempt took place"
    dialled.phone(m.EngineFaulted("media", "rien"))
    assert "signale un défaut" in dialled.said and "rien" not in dialled.said


def test_a_lost_phone_loses_its_calls_and_comes_back() -> None:
    play = talking()
    play.phone(m.SoundChanged("ok", "Micro", "Casque"))
    play.phone(m.PhoneLost(-6))
    assert play.phone_state == "lost"
    assert play.call.cause is m.Cause.FAULT and owed(play.state) == ("k1",)
    told = only(play.phone(m.PhoneStarted("fake", "1", (), "sip:me@127.0.0.1:2")), fx.TellStation)
    assert (told.contact, told.calls) == ("sip:me@127.0.0.1:2", ())
    assert play.phone_state == "ready" and play.said == "Le téléphone est revenu."
    assert play.state.phone.microphone == "Micro"


def test_a_phone_that_cannot_be_had() -> None:
    play = Play()
    told = only(play.happens(ev.PhoneUnusable("moteur absent", play.now)), fx.TellStation)
    assert told.contact == "" and play.phone_state == "unusable" and "moteur absent" in play.said


def test_a_call_without_a_key_goes_by_the_phones_own_name_for_it() -> None:
    play = ready()
    play.phone(m.CallOffered("1", "", NUMBER, "", "x"), m.CallAnswered("1", ""))
    assert (play.state.front, play.call.state) == ("1", CallState.TALKING)


def test_what_the_server_says_is_owed_comes_first() -> None:
    play = talking()
    play.phone(m.CallEnded("1", "k1", m.Cause.HUNG_UP, answered=True))
    agent = Agent(AgentState.WRAP_UP, unqualified=("old", "k1"))
    assert owed(DeskState(agent=agent, calls=play.state.calls, log=play.state.log)) == ("old", "k1")


def test_the_pop_of_a_waiting_call_does_not_cover_the_one_in_front() -> None:
    play = talking()
    play.phone(offered("k2", "2", "+33536491275", waiting=True))
    opened = only(play.happens(ev.LookedUp("k2", page("bastien"), play.now)), fx.OpenFile)
    assert play.happens(ev.FileArrived("bastien", opened.call_key, {"contact": {"id": "bastien"}}, True, play.now)) == []
    assert play.state.contact_id == "odile" and "bastien" in play.state.files
