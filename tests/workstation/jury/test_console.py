"""The console's reducer as conversations: what happens, what is asked of the world, what is then to be seen."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
from typing import Any, TypeVar

import pytest

from cti import messages as m
from cti.call import CallState
from tests.workstation.jury.fake_jury_room import PERSONA, FakeJuryRoom
from workstation.desk import events as phone
from workstation.desk.effects import BringToFront, TellPhone
from workstation.jury.console import effects as fx
from workstation.jury.console import events as ev
from workstation.jury.console import room_view as view
from workstation.jury.console.hearing import Ear
from workstation.jury.console.reducer import apply
from workstation.jury.console.state import JuryState
from workstation.jury.console.words import banner_words, call_banner, far_words
from workstation.jury.widgets.timeline_words import looks_words

T0 = 1_790_000_000.0
CAPABILITIES = ("register", "hold", "mute", "digits_out", "blind_transfer", "attended_transfer")
ACCOUNT = {"user": "jury1", "password": "secret", "server": "192.0.2.1:5061", "transport": "tls", "label": "Jury 1", "ca": ""}
SHEET = {"simulation": {"id": "S9", "queue": "Recouvrement"}, "persona": PERSONA}
T = TypeVar("T")


class Play:
    def __init__(self, role: str = "role_player", mode: str = "exam") -> None:
        self.room = FakeJuryRoom(role=role, mode=mode)
        self.state, self.now, self._seq = JuryState(), T0, 0
        self.asked: list[Any] = []

    def happens(self, *events: ev.JuryEvent) -> list[Any]:
        asked: list[Any] = []
        for event in events:
            self.state, effects = apply(self.state, event)
            asked += effects
        self.asked = asked
        return asked

    def phone(self, *facts: m.Fact) -> list[Any]:
        self.now += 1
        return self.happens(*(phone.PhoneTold(fact, self.now, "f") for fact in facts))

    def sees(self, **changes: Any) -> list[Any]:
        """The room's view, with these changes of our station."""
        self.room.mine.update(changes)
        return self.happens(ev.ViewArrived(copy.deepcopy(self.room.view), self.now))

    def row(self, kind: str, data: dict[str, Any], *, call_key: str = "", after: float = 0.0) -> None:
        self.now += after
        self._seq += 1
        at = dt.datetime.fromtimestamp(self.now, dt.UTC).isoformat()
        self.happens(phone.RowArrived(self._seq, at, kind, call_key, "candidate", data, self.now))

    def orders(self, kind: type[T]) -> list[T]:
        return [effect.order for effect in self.asked if isinstance(effect, TellPhone) and isinstance(effect.order, kind)]

    def effects(self, kind: type[T]) -> list[T]:
        return [effect for effect in self.asked if isinstance(effect, kind)]

    @property
    def said(self) -> str:
        return self.state.notices[-1].text if self.state.notices else ""

    def ear(self) -> Ear:
        return self.state.hearing.ear

    def banner(self, key: str) -> str:
        return banner_words(self.state.calls[key], self.state.guises[key])


def seated(role: str = "role_player", mode: str = "exam") -> Play:
    play = Play(role, mode)
    play.phone(m.PhoneStarted("fake", "1", CAPABILITIES, "sip:me@127.0.0.1:1"))
    play.happens(phone.LinkUp(play.now))
    play.happens(phone.AccountArrived(ACCOUNT, play.now))
    play.phone(m.RegistrationChanged("registered", "192.0.2.1:5061"))
    play.sees()
    play.happens(ev.SimulationChosen("S9"), ev.SheetArrived("S9", SHEET))
    return play


def called(play: Play, dialled: str, key: str = "k1", transfer: str = "", who: dict[str, str] | None = None) -> Play:
    headers = {"x-plateau-dialled": dialled, **({"X-Plateau-Transfer": transfer} if transfer else {})}
    play.phone(m.CallOffered(key, key, "poste3", "Poste 3", "jury1", "", headers))
    if who is not None:
        play.happens(ev.WhoArrived(key, who, play.now))
    return play


# --- account and seat -------------------------------------------------------------------------------


def test_the_line_registers_when_phone_and_account_are_there_in_either_order() -> None:
    play = Play()
    play.happens(phone.AccountArrived(ACCOUNT, play.now))
    assert play.asked == []
    play.phone(m.PhoneStarted("fake", "1", CAPABILITIES, ""))
    wanted = m.RegisterAccount("jury1", "secret", "192.0.2.1:5061", "tls", "Jury 1")
    assert play.orders(m.RegisterAccount) == [wanted]
    play.happens(phone.AccountArrived(dict(ACCOUNT), play.now))
    assert play.asked == []  # nothing new
    play.happens(phone.AccountArrived({**ACCOUNT, "password": "new"}, play.now))
    assert play.orders(m.RegisterAccount) == [dataclasses.replace(wanted, password="new")]


def test_a_seat_taken_brings_its_pane_journal_and_sheet() -> None:
    play = Play(role="")
    play.sees()
    assert play.effects(fx.FollowJournal) == [] and view.role(play.state) == ""
    play.happens(ev.SeatWanted("role_player", "poste3"))
    assert play.asked == [fx.TakeSeat("role_player", "poste3")] and play.state.asked == "seat"
    play.happens(ev.SeatAnswered({"seat": "jury1", "role": "role_player", "station": "poste3", "direct": ""}, play.now))
    others = [fx.FetchSheet("S4"), fx.FetchSheet("S9")]  # read though the room is cut off
    assert play.asked == [fx.FollowJournal("poste3"), BringToFront("client"), fx.FetchSheet("S1"), *others]
    assert play.state.asked == ""
    play.happens(ev.SeatAnswered({"seat": "jury1", "role": "observer", "station": "poste2", "direct": ""}, play.now))
    assert play.asked == [fx.FollowJournal("poste2"), BringToFront("live"), fx.FetchSheet("S1"), *others]
    play.happens(ev.SeatAnswered({"seat": "jury1", "role": "", "station": "", "direct": ""}, play.now))
    assert play.asked == [fx.FollowJournal(""), BringToFront("stations")]


def test_a_refused_seat_says_who_has_it() -> None:
    play = Play(role="")
    play.happens(ev.SeatWanted("role_player", "poste1"), ev.Refused("seat", "Jury 2 joue déjà le client au Poste 1.", T0))
    assert play.said == "Jury 2 joue déjà le client au Poste 1." and play.state.asked == ""


def test_a_replaced_seat_answers_no_more() -> None:
    play = seated()
    play.happens(phone.PlaceLost(play.now))
    assert play.orders(m.UnregisterAccount) == [m.UnregisterAccount()] and play.state.replaced
    assert play.happens(phone.PlaceLost(play.now)) == []


def test_the_simulation_that_begins_comes_in_front() -> None:
    play = seated()
    play.sees(current="S4")
    assert play.state.chosen == "S4" and play.effects(fx.FetchSheet) == [fx.FetchSheet("S4")]
    play.happens(ev.SimulationChosen("S9"))
    assert play.state.chosen == "S9" and play.effects(fx.FetchSheet) == []  # kept
    play.sees(current="S4")
    assert play.state.chosen == "S9"  # what the juror looks at is not taken from him
    assert play.happens(ev.SimulationChosen("S7")) == [BringToFront("client")] and play.state.chosen == "S9"


def test_a_sheet_arrived_for_another_station_is_forgotten_with_it() -> None:
    play = seated()
    play.happens(ev.SeatAnswered({**play.room.view["me"], "station": "poste1"}, play.now))
    assert play.state.sheets == {} and play.state.chosen == "S1"


# --- calling ----------------------------------------------------------------------------------------


def calls_as_persona(play: Play, *, direct: bool = False) -> None:
    play.happens(ev.PersonaCallWanted(direct, "w1", "c1", "asked-1", play.now))


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

PERSONA_S9 = {"kind": "persona", "name": "Mme Nadège CORBULON", "number": "+33261917044", "reference": "MVL-199407", "simulation": "S9"}
SERVICE = {"kind": "service", "name": "SAV niveau 2", "number": "+33199007700", "reference": "", "simulation": ""}


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


def in_talk(play: Play) -> Play:
    """We have called as the customer, and talk with the candidate."""
    calls_as_persona(play)
    play.happens(ev.CallGranted("asked-1", "j-1", "sip:file-poste3@192.0.2.1", {}, False))
    play.phone(m.CallPlaced("c1", "j-1", "x"), m.CallAnswered("c1", "j-1", "PCMA", True))
    return play


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


# --- the exchange -----------------------------------------------------------------------------------


def test_an_exchange_that_stops_offers_the_direct_call() -> None:
    play = seated()
    play.room.view["room"]["exchange"]["up"] = False
    play.sees()
    assert play.said == "CENTRAL ARRÊTÉ : F9 appelle le candidat en direct ; personne ne pourra écouter."
    assert view.may_go_direct(play.state) == "exchange"
    play.room.view["room"]["exchange"]["up"] = True
    play.sees()
    assert play.said == "Le central téléphonique est revenu." and view.may_go_direct(play.state) == ""
    play.phone(m.RegistrationChanged("failed", "", 503, "no"))
    assert view.may_go_direct(play.state) == "line"


@pytest.mark.parametrize(
    "torn", [{}, {"stations": None, "me": [], "room": "x"}, {"stations": [3, {}], "me": {"role": "king", "station": 7}}]
)
def test_a_torn_view_is_no_fault(torn: dict[str, Any]) -> None:
    play = Play()
    play.happens(ev.ViewArrived(torn, T0))
    assert view.role(play.state) == "" and view.place(play.state) == (0, 0) and not view.exchange_up(play.state)


# --- listening --------------------------------------------------------------------------------------


def listening(play: Play) -> Play:
    play.happens(ev.ListenWanted("listen", play.now))
    [asked] = play.effects(fx.AskListening)
    play.happens(ev.ListeningGranted(asked.attempt, "l1", "ear-1", "sip:ecoute-00@192.0.2.1", "listen", play.now))
    return play


def test_listening_is_a_silent_call_that_is_never_in_front() -> None:
    play = listening(seated("observer"))
    assert play.orders(m.PlaceCall) == [m.PlaceCall("l1", "sip:ecoute-00@192.0.2.1", "ear-1", listen_only=True)]
    play.phone(m.CallPlaced("l1", "ear-1", "x"), m.CallRang("l1", "ear-1"), m.CallAnswered("l1", "ear-1"))
    assert play.state.calls == {} and play.ear() is Ear.WAITING  # the station has no call
    play.room.view["listening"] = {"station": "poste3", "mode": "listen", "state": "attached", "since": ""}
    play.sees(calls=[{"call_key": "k", "state": "talking"}])
    assert play.ear() is Ear.QUIET and play.effects(fx.TellListening) == [fx.TellListening("quiet", "")]
    play.happens(ev.LevelHeard(0.3, play.now))
    assert play.ear() is Ear.HEARING


def test_a_lost_leg_is_mended_within_the_same_event() -> None:
    play = listening(seated("observer"))
    play.phone(m.CallAnswered("l1", "ear-1"))
    play.now += 10
    play.phone(m.CallEnded("l1", "ear-1", m.Cause.NETWORK, answered=True))
    assert play.effects(fx.AskListening) == [fx.AskListening("listen", 2)]
    assert play.effects(fx.TellListening) == [fx.TellListening("deaf", "leg_lost")]
    assert "VOUS N'ENTENDEZ PLUS" in play.said and play.state.log == ()
    play.phone(m.CallEnded("l1", "ear-1", m.Cause.NETWORK))  # told twice
    assert play.asked == []


def test_a_phone_that_dies_or_refuses_is_a_lost_leg() -> None:
    for fact in (m.PhoneLost(-9), m.OrderRefused("PlaceCall", m.Refusal.FAULT, "l1")):
        play = listening(seated("observer"))
        play.now += 10
        play.phone(fact)
        assert play.effects(fx.AskListening) == [fx.AskListening("listen", 2)]


def test_a_grant_that_comes_late_is_not_placed() -> None:
    play = seated("observer")
    play.happens(ev.ListenWanted("listen", play.now), ev.ListenWanted("", play.now))
    assert fx.StopListening() in play.asked
    play.happens(ev.ListeningGranted(1, "l1", "ear-1", "sip:x@y", "listen", play.now))
    assert play.asked == [] and play.state.hearing.call_id == ""


def test_what_will_never_be_granted_is_not_asked_again() -> None:
    play = seated("observer")
    play.happens(ev.ListenWanted("whisper", play.now))
    play.happens(ev.ListeningDenied(1, "Pendant un examen, on écoute sans parler au candidat.", True, play.now))
    assert play.said == "Pendant un examen, on écoute sans parler au candidat." and not play.state.hearing.wanted
    play.now += 60
    assert play.happens(ev.Ticked(play.now)) == []


def test_another_station_ends_the_listening() -> None:
    play = listening(seated("observer"))
    play.happens(ev.SeatAnswered({**play.room.view["me"], "station": "poste1"}, play.now))
    assert play.orders(m.HangUpCall) == [m.HangUpCall("l1")] and fx.StopListening() in play.asked and not play.state.hearing.wanted


def test_volume() -> None:
    play = seated()
    play.happens(ev.VolumeWanted(10), ev.VolumeWanted(10))
    assert play.state.volume == 120 and play.orders(m.SetVolume)[-1] == m.SetVolume(1.2)
    for _press in range(20):
        play.happens(ev.VolumeWanted(-10))
    assert play.state.volume == 0
    play.phone(m.VolumeChanged(0.5))
    assert play.state.volume == 50
    play.phone(m.PhoneStarted("fake", "1", CAPABILITIES, ""))
    assert play.orders(m.SetVolume) == [m.SetVolume(0.5)]


# --- the timeline -----------------------------------------------------------------------------------


def test_each_row_once_with_how_long_what_it_ends_has_lasted() -> None:
    play = seated()
    play.row("CallOffered", {"caller": "+33465712108"}, call_key="k")
    play.row("SimulationStarted", {"simulation": "S1"}, after=5)
    play.row("CallAnswered", {}, call_key="k", after=10)
    play.row("CallHeld", {"by": "local"}, call_key="k", after=20)
    play.row("CallResumed", {"by": "local"}, call_key="k", after=42)
    play.row("CallEnded", {"cause": "hung_up", "by": "local"}, call_key="k", after=8)
    play.row("SimulationEnded", {"simulation": "S1"}, after=1)
    play.row("Searched", {"q": "x", "total": 0}, after=1)
    lines = [(e.kind, e.since_start and round(e.since_start), e.lasted and round(e.lasted)) for e in play.state.timeline]
    assert lines == [
        ("CallOffered", None, None), ("SimulationStarted", 0, None), ("CallAnswered", 10, None), ("CallHeld", 30, None),
        ("CallResumed", 72, 42), ("CallEnded", 80, 70), ("SimulationEnded", 81, 81), ("Searched", None, None),
    ]  # fmt: skip
    before = play.state
    play.happens(phone.RowArrived(3, "", "CallAnswered", "k", "", {}, play.now))
    assert play.state is before
    play.happens(ev.JournalRestarted())
    assert play.state.timeline == () and play.state.seq == 0


def test_of_what_jurors_hear_only_deafness_and_its_end() -> None:
    play = seated()
    for state in ("waiting", "hearing", "deaf", "hearing", "quiet"):
        play.row("JurorHears", {"seat": "jury2", "state": state})
    play.row("TransferProgressed", {"code": 100, "final": False})
    play.row("TransferProgressed", {"code": 200, "final": True})
    told = [(e.kind, e.data.get("state")) for e in play.state.timeline]
    assert told == [("JurorHears", "deaf"), ("JurorHears", "hearing"), ("TransferProgressed", None)] and play.state.seq == 7


def test_what_the_candidate_looks_at() -> None:
    play = seated()
    play.row("ScreenOpened", {"screen": "search"})
    assert play.state.screen == "search" and looks_words(play.state) == "Devant le candidat : Recherche"
    play.happens(phone.RowArrived(None, "", "CustomerSpeaking", "", "customer", {}, play.now))
    assert play.state.screen == "search" and len(play.state.timeline) == 1
    play.happens(ev.JournalRestarted())
    assert looks_words(play.state) == ""


def test_an_exchange_is_back_only_when_it_was_away() -> None:
    play = seated()
    for up in (True, True, False, False, True, True):  # each start of the room server tells that it is there
        play.row("ExchangeLinkChanged", {"up": up})
    assert [entry.data["up"] for entry in play.state.timeline] == [False, True]


def test_who_listens_for_the_room_s_check_is_no_news() -> None:
    play = seated()
    play.row("ExchangeListeningBegan", {"listener": "jury1", "line": "poste3", "check": True})
    for kind, listener in (("Began", "jury2"), ("Ended", "jury1"), ("Ended", "jury2"), ("Began", "jury1")):
        play.row(f"ExchangeListening{kind}", {"listener": listener, "line": "poste3"})
    told = [(entry.kind.removeprefix("ExchangeListening"), entry.data["listener"]) for entry in play.state.timeline]
    assert told == [("Began", "jury2"), ("Ended", "jury2"), ("Began", "jury1")]


def test_customers_are_known_by_their_names() -> None:
    play = seated()
    after = {"civility": "M.", "first_name": "Paul", "last_name": "Aubin", "reference": "MVL-1"}
    play.row("RecordCreated", {"record_kind": "contact", "id": "aubin", "after": after})
    play.happens(ev.WhoArrived("gone", {"contact_id": "x", "name": "X"}, play.now))
    assert play.state.people == {"corbulon-nadege": "Mme Nadège Corbulon", "aubin": "M. Paul Aubin MVL-1"}


def test_the_next_simulation_to_do_comes_when_one_ends() -> None:
    play = seated()
    play.happens(ev.SimulationChosen("S4"))
    play.sees(current="S4")
    play.room.mine["simulations"][1]["state"] = "terminée"
    play.sees(current=None)
    assert play.state.chosen == "S9"
    play.sees(current="S9")
    play.room.mine["simulations"][2]["state"] = "terminée"
    play.sees(current=None)
    assert play.state.chosen == "S1"  # the one that was left out
    play.happens(ev.SimulationChosen("S9"))
    play.sees()
    assert play.state.chosen == "S9"  # read again, by choice
    play.sees(current="S1")
    play.room.mine["simulations"][0]["state"] = "terminée"
    play.sees(current=None)
    assert play.state.chosen == "S1"  # nothing is left to do


def test_calls_for_the_shared_queue() -> None:
    play = seated(mode="practice")
    play.happens(ev.StreamWanted(("S1", "S4"), 5, 20))
    assert play.asked == [fx.AskStream(("S1", "S4"), 5, 20)] and play.state.asked == "stream"
    play.happens(ev.Done("stream", "Appels demandés.", play.now))
    assert play.state.asked == "" and play.said == "Appels demandés."


def test_beginning_and_ending_a_simulation() -> None:
    play = seated()
    play.happens(ev.SimulationOrdered("start", "S9", "w"))
    assert play.asked == [fx.OrderSimulation("start", "S9", "w")] and play.state.asked == "start"
    play.happens(ev.Done("start"))
    assert play.state.asked == ""
    play.happens(ev.SimulationOrdered("end", "S9", "w2"), ev.Refused("end", "Elle n'est pas commencée.", T0))
    assert play.state.asked == "" and play.said == "Elle n'est pas commencée."


def test_every_event_has_its_move() -> None:
    import typing

    from workstation.jury.console.reducer import _MOVES

    assert set(typing.get_args(ev.JuryEvent)) == set(_MOVES)
