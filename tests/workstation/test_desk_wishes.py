"""The reducer and the agent: nothing is painted as done before the phone or the room has said so."""

from __future__ import annotations

from cti import messages as m
from cti.call import CallState
from tests.workstation.play import NUMBER, file_of, offered, only, page, ready, talking
from workstation.desk import effects as fx
from workstation.desk import events as ev


def test_answering_is_asked_then_told() -> None:
    play = ready()
    assert play.happens(ev.AnswerWanted()) == []
    play.phone(offered())
    assert play.happens(ev.AnswerWanted()) == [fx.TellPhone(m.AnswerCall("1"))]
    assert (play.call.state, play.call.asked) == (CallState.OFFERED, "answer")
    assert play.happens(ev.AnswerWanted()) == [], "asked once"
    play.phone(m.CallAnswered("1", "k1"))
    assert (play.call.state, play.call.asked) == (CallState.TALKING, "")


def test_taking_the_waiting_call_holds_the_first() -> None:
    play = talking()
    play.phone(offered("k2", "2", "+33536491275", waiting=True))
    assert play.happens(ev.AnswerWanted()) == [fx.TellPhone(m.HoldCall("1")), fx.TellPhone(m.AnswerCall("2"))]
    play.phone(m.CallHeld("1", "k1"), m.CallAnswered("2", "k2"))
    assert play.state.front == "k2" and play.state.calls["k1"].state is CallState.HELD
    assert play.happens(ev.SwapWanted()) == [fx.TellPhone(m.HoldCall("2")), fx.TellPhone(m.ResumeCall("1"))]
    play.phone(m.CallHeld("2", "k2"), m.CallResumed("1", "k1"))
    assert play.state.front == "k1"


def test_hanging_up_refusing_and_nothing_to_hang_up() -> None:
    play = ready()
    assert play.happens(ev.HangUpWanted()) == []
    play.phone(offered())
    assert play.happens(ev.HangUpWanted()) == [fx.TellPhone(m.RefuseCall("1"))]
    play = talking()
    assert play.happens(ev.HangUpWanted()) == [fx.TellPhone(m.HangUpCall("1"))]
    assert play.call.asked == "hang_up"
    play.phone(m.CallEnded("1", "k1", m.Cause.HUNG_UP, "local", answered=True))
    assert play.happens(ev.HangUpWanted()) == []


def test_hold_is_a_switch() -> None:
    play = ready()
    assert play.happens(ev.HoldWanted()) == []
    play.phone(offered())
    assert play.happens(ev.HoldWanted()) == []
    play = talking()
    assert play.happens(ev.SwapWanted()) == []
    assert play.happens(ev.HoldWanted()) == [fx.TellPhone(m.HoldCall("1"))]
    assert play.happens(ev.HoldWanted()) == []
    play.phone(m.CallHeld("1", "k1"))
    assert play.happens(ev.HoldWanted()) == [fx.TellPhone(m.ResumeCall("1"))]


def test_an_answer_of_the_phone_does_not_wipe_another_order() -> None:
    play = talking()
    play.happens(ev.HangUpWanted())
    play.phone(m.CallHeld("1", "k1"), m.CallResumed("1", "k1"))
    assert play.call.asked == "hang_up"
    ringing = ready()
    ringing.phone(offered())
    ringing.happens(ev.HangUpWanted())
    ringing.phone(m.CallAnswered("1", "k1"))
    assert ringing.call.asked == "hang_up"


def test_muting_and_tones() -> None:
    play = talking()
    assert play.happens(ev.MuteWanted()) == [fx.TellPhone(m.MuteMicrophone(True))]
    play.phone(m.MicrophoneMuted(True))
    assert play.happens(ev.MuteWanted()) == [fx.TellPhone(m.MuteMicrophone(False))]
    assert play.happens(ev.DigitsWanted("12#")) == [fx.TellPhone(m.SendDigits("1", "12#"))]
    play.phone(m.CallHeld("1", "k1"))
    assert play.happens(ev.DigitsWanted("1")) == []


def test_dialling_asks_the_room_then_the_phone() -> None:
    play = ready()
    assert play.happens(ev.DialWanted("04 65 71 21 08", "9", "k9", play.now)) == [fx.FindDial("call", "k9", "04 65 71 21 08")]
    assert (play.call.asked, play.call.state) == ("dial", CallState.DIALLING)
    effects = play.happens(ev.DialFound("call", "k9", "sip:c@h", NUMBER, "Odile"))
    assert effects == [fx.TellPhone(m.PlaceCall("9", "sip:c@h", "k9")), fx.LookUp("k9", NUMBER)]
    assert (play.call.number, play.call.name) == (NUMBER, "Odile")
    play.phone(m.CallPlaced("9", "k9", "sip:c@h"))
    assert play.call.asked == ""
    assert play.happens(ev.DialFound("call", "k9", "sip:c@h", NUMBER)) == [], "placed once"


def test_dialling_from_a_file_does_not_look_its_number_up() -> None:
    play = ready()
    play.happens(ev.DialWanted("0465712108", "9", "k9", play.now, "odile"))
    assert play.happens(ev.DialFound("call", "k9", "sip:c@h", NUMBER)) == [fx.TellPhone(m.PlaceCall("9", "sip:c@h", "k9"))]
    assert play.call.contact_id == "odile"


def test_an_answer_that_overtakes_the_placing() -> None:
    play = ready()
    play.happens(ev.DialWanted("0465712108", "9", "k9", play.now))
    play.happens(ev.DialFound("call", "k9", "sip:c@h", NUMBER))
    play.phone(m.CallAnswered("9", "k9"), m.CallPlaced("9", "k9", "sip:c@h"))
    assert (play.call.state, play.call.asked, play.call.direction) == (CallState.TALKING, "", "sortant")


def test_a_number_that_must_not_be_called() -> None:
    play = ready()
    play.happens(ev.DialWanted("112", "9", "k9", play.now), ev.DialRefused("call", "k9", "Numéro d'urgence.", play.now))
    assert play.state.calls == {} and play.said == "Numéro d'urgence."
    play.happens(ev.DialRefused("call", "k9", "Numéro d'urgence.", play.now))
    assert play.state.calls == {}


def test_giving_up_before_the_phone_was_asked() -> None:
    play = ready()
    play.happens(ev.DialWanted("0465712108", "9", "k9", play.now))
    play.happens(ev.HangUpWanted())
    assert play.state.calls == {}
    assert play.happens(ev.DialFound("call", "k9", "sip:c@h", NUMBER)) == []


def test_a_consultation_holds_the_customer_and_owes_nothing() -> None:
    play = talking()
    effects = play.happens(ev.DialWanted("0199007700", "9", "k9", play.now, "whoever"))
    assert effects == [fx.TellPhone(m.HoldCall("1")), fx.FindDial("call", "k9", "0199007700")]
    play.phone(m.CallHeld("1", "k1"))
    assert play.happens(ev.DialFound("call", "k9", "sip:n2@h", "+33199007700")) == [fx.TellPhone(m.PlaceCall("9", "sip:n2@h", "k9"))]
    play.phone(m.CallPlaced("9", "k9", "sip:n2@h"), m.CallAnswered("9", "k9"))
    assert play.call.consultation and play.call.contact_id == ""
    assert play.happens(ev.JoinWanted()) == [fx.TellPhone(m.CompleteTransfer("1", "9"))]
    play.phone(m.CallEnded("9", "k9", m.Cause.HUNG_UP, answered=True))
    assert list(play.state.calls) == ["k1"] and play.state.front == "k1"
    assert play.happens(ev.JoinWanted()) == []


def test_a_blind_transfer() -> None:
    play = ready()
    assert play.happens(ev.TransferWanted("0199007700")) == []
    play = talking()
    assert play.happens(ev.TransferWanted("0199007700")) == [fx.FindDial("transfer", "k1", "0199007700")]
    assert play.happens(ev.TransferWanted("0199007700")) == []
    assert play.happens(ev.DialFound("transfer", "k1", "sip:n2@h", "x")) == [fx.TellPhone(m.TransferCall("1", "sip:n2@h"))]
    play.happens(ev.DialRefused("transfer", "k1", "Inconnu.", play.now))
    assert play.call.asked == "" and play.said == "Inconnu."
    assert play.happens(ev.DialFound("transfer", "gone", "sip:n2@h", "x")) == []


def test_agent_orders_are_asked_not_painted() -> None:
    play = ready()
    state = play.state.agent
    assert play.happens(ev.AgentWanted("ready", "w1")) == [fx.OrderAgent("ready", "w1")]
    assert play.state.agent == state and play.state.agent_asked == "ready"
    play.happens(ev.AgentArrived({"state": "ready", "since": "2026-11-23T08:00:00+00:00"}, play.now))
    assert play.state.agent_asked == "" and play.said == "État : ► Prêt"
    play.happens(ev.AgentWanted("sign_out", "w2"), ev.Refused("OrderAgent", "Impossible maintenant.", play.now))
    assert play.state.agent_asked == "" and play.said == "Impossible maintenant."
    talk = talking()
    assert only(talk.happens(ev.AgentWanted("arm", "w3", "break", "not_ready")), fx.OrderAgent).call_key == "k1"


def test_the_first_file_opened_for_a_call_is_its_file() -> None:
    play = ready()
    assert play.happens(ev.ContactWanted("a")) == [fx.OpenFile("a", "")]
    play.phone(offered(number=""))
    play.happens(ev.ContactWanted("odile"), ev.ContactWanted("bastien"))
    assert play.call.contact_id == "odile"


def test_saves_and_drafts() -> None:
    play = talking()
    effects = play.happens(ev.SaveWanted("w", "note", "n1", 0, {"text": "a"}))
    assert effects == [fx.SaveRecord("w", "note", "n1", 0, {"text": "a"}, "k1")]
    assert play.state.saves["n1"].state == "pending" and play.state.unconfirmed == 1
    assert only(play.happens(ev.DraftTyped("note", "n2", 0, {"text": "b"}, {"pane": "notes"})), fx.KeepDraft).draft is not None
    assert play.state.drafts["n2"]["fields"] == {"text": "b"}
    assert play.happens(ev.DraftTyped("note", "n2", 0, None)) == [fx.KeepDraft("n2", None)]
    assert play.happens(ev.DraftTyped("note", "n2", 0, None)) == []


def test_the_rest_is_passed_on() -> None:
    play = talking()
    assert play.happens(ev.SearchWanted("vasser", 2)) == [fx.Search("vasser", 2)]
    assert play.happens(ev.DocumentWanted("d")) == [fx.OpenDocument("d")]
    assert play.happens(ev.SimulationWanted("start", "S1", "w")) == [fx.OrderSimulation("start", "S1", "w")]
    assert play.happens(ev.DebriefWanted("S1")) == [fx.FetchDebrief("S1")]
    assert play.happens(ev.DebriefExportWanted("S1")) == [fx.ExportDebrief("S1")]
    assert play.happens(ev.TraceMade("CueGiven", {"cue": "a"}, "t", 1.0)) == [fx.ReportTrace("t", 1.0, "CueGiven", {"cue": "a"}, "k1")]
    assert play.happens(ev.DevicesChosen("mic", "", None)) == [fx.TellPhone(m.ChooseDevices("mic", "", None))]
    play.happens(ev.Said("Bonjour.", "info", play.now))
    assert play.said == "Bonjour."


def test_one_match_opens_the_file_with_its_reason() -> None:
    play = ready()
    play.phone(offered())
    assert play.happens(ev.LookedUp("k1", page("odile"), play.now)) == [fx.OpenFile("odile", "k1", popped=True)]
    assert play.call.name == "Odile"
    assert play.happens(ev.FileArrived("odile", "k1", file_of("odile"), True, play.now)) == [fx.BringToFront("customer_file")]
    assert play.said == "Fiche ouverte : Odile (téléphone 04 65 71 21 08)."
    assert play.happens(ev.LookedUp("k1", page("bastien"), play.now)) == [], "answered once"


def test_no_match_and_several_matches_lead_to_the_search() -> None:
    for hits, word in ((page(), "inconnu"), (page("odile", "bastien"), "choisissez")):
        play = ready()
        play.phone(offered())
        assert play.happens(ev.LookedUp("k1", hits, play.now)) == [fx.BringToFront("search")]
        assert play.state.search == hits and word in play.said
    behind = talking()
    behind.phone(offered("k2", "2", "+33536491275", waiting=True))
    assert behind.happens(ev.LookedUp("k2", page(), behind.now)) == []


def test_late_answers_fall_by_their_key() -> None:
    play = ready()
    play.phone(offered(), m.CallEnded("1", "k1", m.Cause.CANCELLED))
    assert play.happens(ev.LookedUp("k1", page("odile"), play.now)) == []
    assert play.happens(ev.FileArrived("odile", "k1", file_of("odile"), True, play.now)) == []
    assert play.state.contact_id == ""


def test_a_match_does_not_replace_the_file_already_chosen() -> None:
    play = ready()
    play.phone(offered())
    play.happens(ev.ContactWanted("bastien"))
    assert play.happens(ev.LookedUp("k1", page("odile"), play.now)) == []
    assert play.call.contact_id == "bastien"


def test_a_lookup_that_could_not_be_made_is_made_again_when_the_room_is_back() -> None:
    play = ready()
    play.phone(offered())
    play.happens(ev.LookedUp("k1", None, play.now))
    assert play.call.hits is None
    play.happens(ev.LinkDown(play.now))
    assert fx.LookUp("k1", NUMBER) in play.happens(ev.LinkUp(play.now))
