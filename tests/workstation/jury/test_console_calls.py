"""The console's calls as conversations: as the persona, as whoever is dialled, parked ones, transfers."""

from __future__ import annotations

import pytest

from cti import messages as m
from cti.call import CallState
from tests.workstation.jury.conversation import (
    PERSONA_S9,
    SERVICE,
    Play,
    called,
    calls_as_persona,
    in_talk,
    seated,
)
from workstation.desk import events as phone
from workstation.desk.effects import BringToFront
from workstation.jury.console import effects as fx
from workstation.jury.console import events as ev
from workstation.jury.console.words import call_banner, far_words

# --- calling ----------------------------------------------------------------------------------------


def test_calling_as_the_persona() -> None:
    play = seated()
    calls_as_persona(play)
    assert play.asked == [fx.AskCall("w1", "asked-1", "S9", False)]
    call = play.state.call
    assert call is not None and (call.state, call.asked, call.number) == (CallState.DIALLING, "dial", "Poste 3")
    assert play.banner("asked-1") == "VOUS APPELEZ COMME : Mme Nadège Corbulon (02 61 91 70 44) — simulation S9"
    headers = {"X-Plateau-Call": "j-1", "X-Plateau-Present-Number": "+33261917044", "X-Plateau-Queue": "Recouvrement"}
    play.happens(ev.CallGranted("asked-1", "j-1", "sip:file-poste3@192.0.2.1", headers, False))
    [placed] = play.orders(m.PlaceCall)
    assert (placed.call_id, placed.target, placed.call_key, placed.direct) == ("c1", "sip:file-poste3@192.0.2.1", "j-1", False)
    assert placed.headers == {
        "X-Plateau-Present-Number": "+33261917044",
        "X-Plateau-Queue": "Recouvrement",
    }  # the key is the phone's to add
    assert list(play.state.calls) == ["j-1"] == [play.state.front] == list(play.state.guises)
    play.phone(m.CallPlaced("c1", "j-1", placed.target), m.CallAnswered("c1", "j-1", "PCMA", True))
    assert play.banner("j-1") == "VOUS JOUEZ : Mme Nadège Corbulon (02 61 91 70 44) — simulation S9"


def test_the_queue_answers_before_the_candidate_does() -> None:
    play = seated()
    calls_as_persona(play)
    play.happens(ev.CallGranted("asked-1", "j-1", "sip:file-poste3@192.0.2.1", {}, False))
    assert far_words(play.state, play.state.calls["j-1"]) == ""
    play.phone(m.CallPlaced("c1", "j-1", "x"), m.CallAnswered("c1", "j-1"))
    assert far_words(play.state, play.state.calls["j-1"]) == "candidat : attend dans la file"
    play.sees(calls=[{"call_key": "j-1", "state": "offered"}])
    assert far_words(play.state, play.state.calls["j-1"]) == "candidat : ◆ SONNE"
    play.sees(calls=[{"call_key": "j-1", "state": "ended"}])
    assert far_words(play.state, play.state.calls["j-1"]) == "candidat : plus en ligne"
    play.sees(calls=[{"call_key": "j-1", "state": "talking"}])
    assert far_words(play.state, play.state.calls["j-1"]) == "candidat : ● En communication"


def test_a_refused_call_leaves_nothing() -> None:
    play = seated()
    calls_as_persona(play)
    play.happens(ev.CallDenied("asked-1", "Le central est arrêté.", False, play.now))
    assert play.state.calls == {} and play.said == "Le central est arrêté."


def test_hung_up_before_the_answer_of_the_room() -> None:
    play = seated()
    calls_as_persona(play)
    play.happens(phone.HangUpWanted())
    assert play.happens(ev.CallGranted("asked-1", "j-1", "sip:x@y", {}, False)) == [] and play.state.calls == {}


def test_a_second_call_holds_the_first() -> None:
    play = called(seated(), "0261917044")
    play.phone(m.CallAnswered("k1", "k1"))
    calls_as_persona(play)
    assert play.orders(m.HoldCall) == [m.HoldCall("k1")] and play.effects(fx.AskCall)


def test_a_direct_call_says_that_nobody_can_listen() -> None:
    play = seated()
    calls_as_persona(play, direct=True)
    assert play.said == "Appel direct : PERSONNE NE PEUT L'ÉCOUTER." and play.state.direct == {"asked-1"}
    play.happens(ev.CallGranted("asked-1", "j-1", "sip:poste@192.0.2.13:5071;transport=tls", {}, True))
    [placed] = play.orders(m.PlaceCall)
    assert placed.direct and (placed.display_name, placed.present_number) == ("Mme Nadège Corbulon", "02 61 91 70 44")
    assert play.state.direct == {"j-1"}
    play.phone(m.CallPlaced("c1", "j-1", "x"), m.CallEnded("c1", "j-1", m.Cause.HUNG_UP))
    assert play.state.direct == frozenset()


def test_a_direct_call_is_placed_though_the_room_does_not_answer() -> None:
    play = seated()
    calls_as_persona(play, direct=True)
    play.happens(ev.CallDenied("asked-1", "La salle est injoignable.", True, play.now))
    [placed] = play.orders(m.PlaceCall)
    assert placed.direct and placed.target == "sip:poste@192.0.2.13:5071;transport=tls" and placed.call_key == "asked-1"
    assert placed.headers == {
        "X-Plateau-Present-Number": "02 61 91 70 44", "X-Plateau-Present-Name": "Mme Nadège Corbulon", "X-Plateau-Queue": "Recouvrement",
    }  # fmt: skip


def test_a_call_the_room_does_not_answer_leads_to_the_direct_one() -> None:
    play = seated()
    calls_as_persona(play)
    play.happens(ev.CallDenied("asked-1", "La salle est injoignable.", True, play.now))
    assert play.said == "La salle est injoignable. F9 : appel direct de secours." and play.orders(m.PlaceCall) == []


# --- being called -----------------------------------------------------------------------------------


def test_whose_telephone_rings() -> None:
    play = seated()
    play.happens(ev.SimulationChosen("S1"))
    called(play, "0261917044")
    assert play.asked == [fx.FetchWho("k1", "0261917044")]
    assert play.banner("k1") == "ON VOUS APPELLE au 02 61 91 70 44 : recherche…"
    play.happens(ev.WhoArrived("k1", PERSONA_S9, play.now))
    assert play.banner("k1") == "ON VOUS APPELLE COMME : Mme Nadège CORBULON (02 61 91 70 44) — simulation S9"
    assert play.state.chosen == "S9" and play.effects(BringToFront) == [BringToFront("client")]
    play.phone(m.CallAnswered("k1", "k1"))
    assert play.banner("k1") == "VOUS JOUEZ : Mme Nadège CORBULON (02 61 91 70 44) — simulation S9"


@pytest.mark.parametrize(
    ("dialled", "transfer", "who", "said"),
    [
        ("0199007700", "", SERVICE, "ON APPELLE LE SERVICE : SAV niveau 2 (01 99 00 77 00)"),
        ("0199007700", "blind", SERVICE, "APPEL TRANSFÉRÉ : vous êtes maintenant SAV niveau 2 (01 99 00 77 00)"),
        ("0199007700", "attended", SERVICE, "ON VOUS CONSULTE avant un transfert : vous êtes SAV niveau 2 (01 99 00 77 00)"),
        ("0199000001", "", {"kind": "unknown"}, "NUMÉRO INCONNU DU DOSSIER : 01 99 00 00 01"),
        ("0199000001", "blind", {"kind": "unknown"}, "APPEL TRANSFÉRÉ vers 01 99 00 00 01"),
        (
            "0465712108",
            "",
            {"kind": "contact", "name": "M. X", "number": "+33465712108", "reference": "MVL-1", "simulation": ""},
            "ON VOUS APPELLE COMME : M. X (04 65 71 21 08) — dossier MVL-1",
        ),
    ],
)
def test_who_one_is_called_as(dialled: str, transfer: str, who: dict[str, str], said: str) -> None:
    assert called(seated(), dialled, transfer=transfer, who=who).banner("k1") == said


def test_a_customer_transferred_comes_back_under_his_own_key() -> None:
    """The exchange keeps the key of a call it transfers: the juror's phone has it already, for the call he made himself."""
    play = seated()
    calls_as_persona(play)
    play.happens(ev.CallGranted("asked-1", "j-1", "sip:file-poste3@192.0.2.1", {}, False))
    play.phone(m.CallPlaced("c1", "j-1", "x"), m.CallAnswered("c1", "j-1", "PCMA", True))
    called(play, "0199007700", key="j-1", transfer="blind")
    [_own, other] = play.state.calls
    assert play.asked == [fx.FetchWho(other, "0199007700")]
    play.happens(ev.WhoArrived(other, SERVICE, play.now))
    assert play.banner(other) == "APPEL TRANSFÉRÉ : vous êtes maintenant SAV niveau 2 (01 99 00 77 00)"
    play.happens(phone.AnswerWanted())
    assert play.orders(m.HoldCall) == [m.HoldCall("c1")] and play.orders(m.AnswerCall) == [m.AnswerCall("j-1")]
    play.phone(m.CallHeld("c1", "j-1"), m.CallAnswered("j-1", "j-1"))
    assert [call.state for call in play.state.calls.values()] == [CallState.HELD, CallState.TALKING] and play.state.front == other
    play.phone(m.CallEnded("c1", "j-1", m.Cause.HUNG_UP, answered=True))
    assert list(play.state.calls) == [other]
    play.phone(m.CallEnded("j-1", "j-1", m.Cause.HUNG_UP, answered=True))
    assert play.state.calls == {}
    called(play, "0199007700", key="j-1", transfer="blind")  # and again, once its calls are in the log
    assert len(play.state.calls) == 1


def test_an_answer_about_a_call_that_is_over_is_dropped() -> None:
    play = called(seated(), "0261917044")
    play.phone(m.CallEnded("k1", "k1", m.Cause.CANCELLED))
    said = play.said
    play.happens(ev.SimulationChosen("S1"), ev.WhoArrived("k1", PERSONA_S9, play.now))
    assert play.state.chosen == "S1" and play.said == said and "APPEL MANQUÉ" in said


def test_parking_and_picking_up() -> None:
    play = called(seated(), "0261917044", who=PERSONA_S9)
    assert play.happens(ev.ParkWanted()) == []  # it rings
    play.phone(m.CallAnswered("k1", "k1"))
    play.happens(ev.ParkWanted())
    assert play.orders(m.TransferCall) == [m.TransferCall("k1", "sip:700@192.0.2.1:5061")]
    play.room.park("703", "k1")
    play.sees(calls=[{"call_key": "k1", "state": "talking"}])
    play.phone(m.CallEnded("k1", "k1", m.Cause.TRANSFERRED, "system", answered=True))
    play.happens(ev.PickUpWanted("703", "c2", "k2", play.now))
    assert play.orders(m.PlaceCall) == [m.PlaceCall("c2", "sip:703@192.0.2.1:5061", "k2")]
    assert play.effects(BringToFront) == [BringToFront("client")] and play.state.chosen == "S9"
    assert play.banner("k2") == "VOUS REPRENEZ L'APPEL DE : Mme Nadège CORBULON (02 61 91 70 44) — simulation S9"
    play.phone(m.CallAnswered("c2", "k2"))
    assert play.banner("k2") == "VOUS JOUEZ : Mme Nadège CORBULON (02 61 91 70 44) — simulation S9"
    assert far_words(play.state, play.state.calls["k2"]) == "candidat : ● En communication"
    play.room.park("", "")
    play.sees(calls=[{"call_key": "k1", "state": "held"}])
    assert far_words(play.state, play.state.calls["k2"]) == "candidat : ◫ EN ATTENTE"
    assert play.banner("k2") == "VOUS JOUEZ : Mme Nadège CORBULON (02 61 91 70 44) — simulation S9"
    assert play.happens(ev.PickUpWanted("7; exit", "c3", "k3", play.now)) == []


def test_a_colleague_s_parked_call_is_known_by_the_journal() -> None:
    play = seated()
    play.row("JurorCalled", {"seat": "jury2", "name": "M. Bastien Lormier", "number": "05 36 49 12 75", "simulation": "S4"}, call_key="j-9")
    play.room.park("701", "j-9")
    play.sees()
    play.happens(ev.PickUpWanted("701", "c2", "k2", play.now))
    assert play.banner("k2") == "VOUS REPRENEZ L'APPEL DE : M. Bastien Lormier (05 36 49 12 75) — simulation S4"
    assert play.effects(fx.FetchWho) == [] and play.state.chosen == "S4"


def test_a_call_parked_at_another_station_is_known_by_the_desk_that_has_it() -> None:
    play = seated()
    far = {"call_key": "j-7", "state": "talking", "number": "+33261917044", "name": "Mme Nadège Corbulon"}
    play.room.view["stations"][0]["calls"] = [far]
    play.room.park("705", "j-7")
    play.sees()
    play.happens(ev.SimulationChosen("S1"), ev.PickUpWanted("705", "c2", "k2", play.now))
    assert play.effects(fx.FetchWho) == [fx.FetchWho("k2", "+33261917044")]
    assert play.banner("k2") == "VOUS REPRENEZ L'APPEL DE : Mme Nadège Corbulon (02 61 91 70 44)"
    play.phone(m.CallPlaced("c2", "k2", "x"), m.CallAnswered("c2", "k2"))
    play.happens(ev.WhoArrived("k2", PERSONA_S9, play.now))
    assert play.banner("k2") == "VOUS JOUEZ : Mme Nadège CORBULON (02 61 91 70 44) — simulation S9" and play.state.chosen == "S9"
    assert far_words(play.state, play.state.calls["k2"]) == "candidat : ● En communication"


def test_a_parked_call_of_whom_nothing_is_known_says_so() -> None:
    play = seated()
    play.happens(ev.PickUpWanted("709", "c2", "k2", play.now))
    play.phone(m.CallPlaced("c2", "k2", "x"), m.CallAnswered("c2", "k2"))
    assert play.banner("k2") == "VOUS REPRENEZ UN APPEL GARÉ : la salle ne sait pas de qui"
    assert far_words(play.state, play.state.calls["k2"]) == ""


def test_a_parked_call_that_nobody_took_comes_back_with_its_customer() -> None:
    play = in_talk(seated())
    play.happens(ev.ParkWanted())
    play.phone(m.CallEnded("c1", "j-1", m.Cause.TRANSFERRED, "system", answered=True))
    play.phone(m.CallOffered("9", "j-1", "", "", "jury1", "", {"X-Plateau-Station": "poste3"}))
    [back] = play.state.calls
    assert play.banner(back) == "VOUS REPRENEZ L'APPEL DE : Mme Nadège Corbulon (02 61 91 70 44) — simulation S9"
    play.phone(m.CallAnswered("9", "j-1"))
    play.sees(calls=[{"call_key": "j-1", "state": "talking"}])
    assert play.banner(back) == "VOUS JOUEZ : Mme Nadège Corbulon (02 61 91 70 44) — simulation S9"
    assert far_words(play.state, play.state.calls[back]) == "candidat : ● En communication"


# --- transfers --------------------------------------------------------------------------------------

LEFT = "transfert : le candidat a quitté l'appel"


def transferred(play: Play) -> str:
    """The candidate sends our customer to a service: the key under which our second line rings."""
    called(play, "0199007700", key="j-1", transfer="blind", who=None)
    [_first, second] = play.state.calls
    play.happens(ev.WhoArrived(second, SERVICE, play.now))
    return second


def test_both_lines_of_a_transfer_are_ended_by_one_key_and_say_what_happened() -> None:
    play = in_talk(seated())
    second = transferred(play)
    assert far_words(play.state, play.state.calls["j-1"]) == LEFT == far_words(play.state, play.state.calls[second])
    joined = "F4 raccroche vos deux lignes"
    assert call_banner(play.state, play.state.calls[second]) == f"{play.banner(second)} — {joined}"
    assert call_banner(play.state, play.state.calls["j-1"]).startswith("LE CANDIDAT A TRANSFÉRÉ : Mme Nadège Corbulon")
    play.happens(phone.AnswerWanted())
    play.phone(m.CallHeld("c1", "j-1"), m.CallAnswered("j-1", "j-1"))
    play.happens(phone.HangUpWanted())
    assert play.orders(m.HangUpCall) == [m.HangUpCall("j-1"), m.HangUpCall("c1")]
    play.phone(m.CallEnded("j-1", "j-1", m.Cause.HUNG_UP, "local", answered=True))
    assert "Vous avez raccroché" in play.said
    play.phone(m.CallEnded("c1", "j-1", m.Cause.HUNG_UP, "remote", answered=True))
    assert play.said == "Transfert : le candidat a quitté l'appel." and play.state.calls == {} and play.state.handed == frozenset()
    assert not any("Le candidat a raccroché" in notice.text for notice in play.state.notices)


def test_a_transfer_that_is_not_answered_is_ended_by_the_same_key() -> None:
    play = in_talk(seated())
    second = transferred(play)
    assert play.state.front == "j-1"
    play.happens(phone.HangUpWanted())
    assert play.orders(m.HangUpCall) == [m.HangUpCall("c1")] and play.orders(m.RefuseCall) == [m.RefuseCall("j-1")]
    assert play.state.calls[second].asked == "hang_up"


def test_after_a_consultation_both_lines_are_left() -> None:
    play = in_talk(seated())
    called(play, "0199007700", key="k2", transfer="attended", who=SERVICE)
    assert far_words(play.state, play.state.calls["j-1"]) == "candidat : attend dans la file"  # the desk has not told yet
    play.happens(phone.AnswerWanted())
    play.phone(m.CallHeld("c1", "j-1"), m.CallAnswered("k2", "k2"))
    play.row("ExchangeTransferred", {"line": "poste3", "kind": "attended", "dialled": ""}, call_key="j-1")
    assert play.state.handed == {"j-1", "k2"}
    play.phone(m.CallEnded("k2", "k2", m.Cause.HUNG_UP, "remote", answered=True))
    assert play.said == "Transfert : le candidat a quitté l'appel." and list(play.state.calls) == ["j-1"]


def test_a_call_that_is_not_transferred_ends_as_it_did() -> None:
    play = in_talk(seated())
    play.row("ExchangeTransferred", {"line": "poste3", "kind": "blind", "dialled": "1"}, call_key="another")
    play.phone(m.CallEnded("c1", "j-1", m.Cause.HUNG_UP, "remote", answered=True))
    assert play.said == "Le candidat a raccroché : Poste 3."
