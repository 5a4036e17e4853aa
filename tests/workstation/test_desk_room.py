"""The reducer and the room: rows once each, answers, saves, what an earlier run of the desk left."""

from __future__ import annotations

import dataclasses
from typing import Any

from cti import messages as m
from cti.agent import AgentState, NotReadyReason
from cti.call import CallState
from tests.workstation.play import NUMBER, Play, file_of, offered, only, ready, talking
from workstation.desk import effects as fx
from workstation.desk import events as ev
from workstation.desk.changes import owed
from workstation.desk.room_news import agent_of


def fact_row(play: Play, fact: m.Fact, **more: Any) -> None:
    play.row(
        type(fact).__name__, {**dataclasses.asdict(fact), "fact_id": "f", "told_at": "2026-09-21T12:00:00+00:00"}, actor="candidate", **more
    )


def test_the_link_comes_up_goes_down_and_comes_back() -> None:
    play = Play()
    play.happens(ev.LinkDown(play.now))
    assert play.link == "connecting" and not play.state.notices
    effects = play.happens(ev.LinkUp(play.now))
    assert effects == [fx.FetchStation(), fx.FetchSitting(), fx.FetchProducts(), fx.FetchBrief(), fx.BringRecordings()]
    play.happens(ev.BriefArrived({"company": {}}), ev.LinkDown(play.now, "x"))
    assert play.link == "down" and play.state.notices[-1].tone == "error"
    said = play.state.notices
    play.happens(ev.LinkDown(play.now))
    assert play.state.notices == said, "said once"
    play.phone(m.PhoneStarted("fake", "1", (), "sip:me@h"))
    assert [type(e) for e in play.happens(ev.LinkUp(play.now))] == [fx.TellStation, fx.FetchSitting, fx.FetchProducts, fx.BringRecordings]
    assert play.said == "Liaison avec la salle rétablie."


def test_a_file_asked_of_a_room_that_went_away_is_asked_again() -> None:
    play = ready()
    play.phone(offered("k1"))
    page = {"hits": [{"contact_id": "c-1", "name": "Odile"}]}
    assert fx.OpenFile("c-1", "k1", popped=True) in play.happens(ev.LookedUp("k1", page, play.now))
    assert fx.OpenFile("c-1", "k1", popped=True) in play.happens(ev.LinkDown(play.now, "x"), ev.LinkUp(play.now))
    play.happens(ev.FileArrived("c-1", "k1", file_of("c-1"), True, play.now))
    assert not [e for e in play.happens(ev.LinkDown(play.now, "x"), ev.LinkUp(play.now)) if isinstance(e, fx.OpenFile)]


def test_a_row_counts_once() -> None:
    play = ready()
    change: dict[str, Any] = {
        "before": "not_ready",
        "after": "ready",
        "reason": None,
        "since": "2026-11-23T08:00:00+00:00",
        "armed": None,
        "unqualified": [],
    }
    play.row("AgentStateChanged", change)
    assert play.state.agent.state is AgentState.READY and play.said == "État : ► Prêt"
    before = play.state
    play.row("AgentStateChanged", {**change, "after": "signed_out"}, seq=1)
    assert play.state == before
    play.row("SomethingNew", {})
    assert play.state.seq == 2


def test_the_missed_call_state_is_a_warning_and_armed_states_are_said() -> None:
    play = talking()
    play.row("AgentStateChanged", {"after": "talking", "reason": None, "armed": "not_ready", "armed_reason": "break", "unqualified": []})
    assert play.said == "Après l'appel : ‖ En retrait (pause)"
    play.row("AgentStateChanged", {"after": {"state": "not_ready", "reason": "missed"}})
    assert play.state.agent.reason is NotReadyReason.MISSED and play.state.notices[-1].tone == "warning"


def test_replayed_rows_are_silent() -> None:
    play = ready()
    said = play.state.notices
    play.row("AgentStateChanged", {"after": "ready", "unqualified": []}, age=60)
    play.row("SimulationStarted", {"simulation": "S1"}, age=60)
    play.row("DocumentProduced", {"file": "x"}, age=60)
    assert play.state.notices == said and play.asked == []


def test_news_of_the_sitting() -> None:
    play = ready()
    assert play.row("SimulationStarted", {"simulation": "S1"}) == [fx.FetchSitting()]
    assert play.row("SimulationEnded", {"simulation": "S1"}) == [fx.FetchSitting()]
    play.row("DocumentProduced", {"template": "attestation"})
    assert play.said == "Document produit : attestation"
    play.happens(ev.SittingArrived({"id": "s"}, 5.0, 2.0), ev.SittingArrived({"id": "s"}, 6.0))
    assert (play.state.sitting_at, play.state.clock_offset) == (6.0, 2.0)
    play.happens(ev.ProductsArrived(({"id": "p"},)), ev.DebriefArrived({"simulation": "S1"}), ev.SearchArrived({"hits": []}))
    assert play.state.products == ({"id": "p"},) and play.state.debrief == {"simulation": "S1"} and play.state.search == {"hits": []}
    play.happens(ev.DebriefExported("bilan.md", play.now))
    assert play.said.endswith("bilan.md")


def test_captions_come_once_although_told_twice() -> None:
    play = talking()
    play.row("CustomerSpeaking", {"speaker": "Mme V.", "text": "Bonjour."}, seq=None)
    play.row("CustomerSpoke", {"speaker": "Mme V.", "text": "Bonjour."}, actor="customer")
    play.row("CustomerSpeaking", {"text": ""}, seq=None)
    play.row("CustomerSpoke", {"speaker": "Mme V.", "text": "Voilà."}, actor="customer")
    assert [(c.speaker, c.text) for c in play.state.captions] == [("Mme V.", "Bonjour."), ("Mme V.", "Voilà.")]


def test_unreadable_agents_read_as_signed_out() -> None:
    assert agent_of({"state": "flying"}).state is AgentState.SIGNED_OUT
    assert agent_of({}).state is AgentState.SIGNED_OUT


# --- what an earlier run of the desk left -----------------------------------------------------------


def test_a_call_of_an_earlier_run_is_shown_cut_and_owed() -> None:
    play = ready()
    station = {
        "agent": {"state": "wrap_up", "unqualified": ["old"], "since": ""},
        "calls": [
            {
                "call_key": "old",
                "call_id": "1",
                "direction": "inbound",
                "state": "talking",
                "number": NUMBER,
                "answered_at": "2026-11-23T08:00:00+00:00",
            },
            {"call_key": "", "state": "ended"},
            {"call_key": "odd", "direction": "outbound", "state": "flying"},
        ],
    }
    play.happens(ev.StationArrived(station, play.now))
    assert play.call.call_key == "old" and play.call.cause is m.Cause.FAULT and not play.call.live
    assert owed(play.state)[0] == "old"
    assert any("coupé par l'arrêt du poste" in n.text for n in play.state.notices)
    before = play.state.log
    play.happens(ev.StationArrived(station, play.now))
    assert play.state.log == before
    assert play.happens(ev.HangUpWanted()) == [], "it is in nobody's hands"
    play.happens(ev.StationArrived({"agent": {"state": "not_ready"}}, play.now))
    assert play.state.calls == {}


def test_a_station_answer_does_not_touch_our_own_calls() -> None:
    play = talking()
    play.happens(ev.StationArrived({"agent": {"state": "talking"}, "calls": [{"call_key": "k1", "state": "held"}]}, play.now))
    assert play.call.state is CallState.TALKING


def test_the_journal_rebuilds_the_log_and_never_overrules_our_phone() -> None:
    play = ready()
    fact_row(play, offered("old", "7"))
    fact_row(play, m.CallEnded("7", "old", m.Cause.CANCELLED))
    assert [c.call_key for c in play.state.log] == ["old"] and play.state.calls == {}
    assert play.state.notices[-1].text == "Téléphone prêt (fake).", "a replay says nothing"
    fact_row(play, offered("old", "7"))
    assert len(play.state.log) == 1
    play = talking()
    fact_row(play, m.CallHeld("1", "k1"))
    assert play.call.state is CallState.TALKING
    play.row("CallHeld", {"call_id": "1", "call_key": "zz"}, actor="customer")
    play.row("CallHeld", {"nonsense": 1}, actor="candidate")
    play.row("MicrophoneMuted", {"muted": True}, actor="candidate")
    assert play.state.phone.muted is False and list(play.state.calls) == ["k1"]


def test_the_phones_own_telling_takes_a_call_over_from_the_journal() -> None:
    play = ready()
    fact_row(play, offered("k1", "1"))
    assert not play.call.live
    assert only(play.phone(offered("k1", "1")), fx.LookUp).call_key == "k1"
    assert play.call.live


def test_an_answered_call_the_journal_remembers_leaves_when_it_is_not_owed() -> None:
    play = ready()
    for fact in (offered("old", "7"), m.CallAnswered("7", "old"), m.CallEnded("7", "old", m.Cause.HUNG_UP, answered=True)):
        fact_row(play, fact)
    assert play.state.calls == {} and len(play.state.log) == 1


# --- records ----------------------------------------------------------------------------------------


def record(kind: str, id: str, version: int, **after: Any) -> dict[str, Any]:
    return {"record_kind": kind, "id": id, "contact_id": "odile", "version": version, "before": {}, "after": after}


def test_rows_bring_open_files_up_to_date() -> None:
    play = talking()
    play.row("RecordCreated", record("note", "n1", 1, text="a"))
    play.row("RecordChanged", record("note", "n1", 2, text="b"))
    play.row("RecordChanged", record("note", "n1", 1, text="old"))
    assert play.state.files["odile"]["records"]["note"] == [{"contact_id": "odile", "text": "b", "id": "n1", "version": 2}]
    play.row("RecordChanged", {**record("contact", "odile", 2, last_name="NOUVEAU"), "contact_id": ""})
    play.row("RecordChanged", {**record("contact", "odile", 1, last_name="VIEUX"), "contact_id": ""})
    assert play.state.files["odile"]["contact"]["last_name"] == "NOUVEAU"
    before = play.state.files
    play.row("RecordCreated", {**record("note", "n9", 1, text="a"), "contact_id": "nobody"})
    assert play.state.files == before


def test_a_confirmed_save_is_in_the_file_and_its_draft_gone() -> None:
    play = talking()
    play.happens(ev.DraftTyped("note", "n1", 0, {"text": "a"}), ev.SaveWanted("w", "note", "n1", 0, {"text": "a"}))
    saved = {"kind": "note", "version": 1, "record": {"id": "n1", "contact_id": "odile", "text": "a"}}
    play.happens(ev.WriteConfirmed("save", "n1", saved, "14:03:22"))
    assert (play.state.saves["n1"].state, play.state.saves["n1"].at, play.state.saved_at) == ("saved", "14:03:22", "14:03:22")
    assert play.state.drafts == {}
    assert play.state.files["odile"]["records"]["note"][0]["version"] == 1
    typed = {"fields": {"text": "ab"}}
    play.happens(ev.WriteConfirmed("save", "n1", saved, "14:03:23", draft=typed))
    assert play.state.drafts["n1"] == typed
    play.happens(ev.WriteConfirmed("fact", "", None, "14:03:24"))
    assert play.state.saved_at == "14:03:23"


def test_a_qualification_confirmed_takes_the_call_out_of_the_bar() -> None:
    play = talking()
    play.phone(m.CallEnded("1", "k1", m.Cause.HUNG_UP, answered=True))
    saved = {"kind": "interaction", "version": 1, "record": {"call_key": "k1", "contact_id": "odile"}}
    play.happens(ev.WriteConfirmed("save", "i", saved, "14:03:22"))
    assert play.state.calls == {} and play.state.log[0].qualified and owed(play.state) == ()
    play.row("RecordCreated", record("interaction", "i", 1, call_key="k1"))
    assert play.state.log[0].qualified


def test_a_call_qualified_while_it_lasts_owes_nothing_when_it_ends() -> None:
    play = talking()
    play.row("RecordCreated", record("interaction", "i", 1, call_key="k1"))
    assert play.call.qualified
    play.phone(m.CallEnded("1", "k1", m.Cause.HUNG_UP, answered=True))
    assert owed(play.state) == ()


def test_refusals_are_shown_where_they_belong() -> None:
    play = talking()
    play.happens(ev.SaveWanted("w", "note", "n1", 0, {}))
    play.happens(ev.WriteRefused("save", "n1", "invalid_fields", "Champs refusés.", {"fields": {"text": "trop long"}}, play.now))
    view = play.state.saves["n1"]
    assert (view.kind, view.state, view.fields, view.current) == ("note", "failed", {"text": "trop long"}, None)
    play.happens(ev.WriteRefused("save", "n2", "version_conflict", "Changée.", {"current": {"version": 3}}, play.now))
    assert (play.state.saves["n2"].state, play.state.saves["n2"].current) == ("conflict", {"version": 3})
    play.happens(ev.WriteRefused("trace", "", "x", "Non.", {}, play.now))
    assert play.said == "NON ENREGISTRÉ : Non."
    play.happens(ev.Refused("Search", "Recherche impossible.", play.now))
    assert play.said == "Recherche impossible."


def test_late_writes_are_said_once_and_counted() -> None:
    play = ready()
    play.happens(ev.WritesLate("La salle est injoignable.", play.now), ev.SpoolCounted(3))
    assert play.state.late and play.state.unconfirmed == 3 and "nouvel essai" in play.said
    said = play.state.notices
    play.happens(ev.WritesLate("La salle est injoignable.", play.now))
    assert play.state.notices == said
    play.happens(ev.WriteConfirmed("fact", "", None, "x"))
    assert not play.state.late


def test_what_the_disk_kept_is_there_at_the_start() -> None:
    play = Play()
    play.happens(ev.DraftsLoaded({"n1": {"fields": {"text": "a"}}}, ({"kind": "note", "record_id": "n2"},)))
    assert play.state.drafts["n1"]["fields"] == {"text": "a"} and play.state.saves["n2"].state == "pending"


def test_a_file_the_agent_asked_for_comes_to_the_front() -> None:
    play = ready()
    assert play.happens(ev.FileArrived("bastien", "", file_of("bastien"), False, play.now)) == [fx.BringToFront("customer_file")]
    assert play.state.contact_id == "bastien"


def test_a_file_asked_for_by_a_pane_that_shows_it_leaves_that_pane_in_front() -> None:
    play = ready()
    assert play.happens(ev.ContactWanted("odile", stay=True)) == [fx.OpenFile("odile", "", stay=True)]
    assert play.happens(ev.FileArrived("odile", "", file_of("odile"), False, play.now, stay=True)) == []
    assert play.state.contact_id == "odile"


def test_the_customer_of_a_call_cut_with_the_desk_is_open_again_for_its_qualification() -> None:
    play = Play()
    fact_row(play, offered())
    fact_row(play, m.CallAnswered("1", "k1"))
    play.row("RecordOpened", {"record_kind": "contact", "id": "odile"}, call_key="k1")
    play.row("RecordOpened", {"record_kind": "contact", "id": "clemence"}, call_key="k1")
    station = {"agent": {"state": "wrap_up", "unqualified": ["k1"]}, "calls": [{"call_key": "k1", "state": "ended", "number": NUMBER}]}
    effects = play.happens(ev.StationArrived(station, play.now))
    assert only(effects, fx.OpenFile) == fx.OpenFile("odile", "k1", popped=True)
    assert [(c.call_key, c.contact_id) for c in play.state.calls.values()] == [("k1", "odile")]
    assert [c.state for c in play.state.calls.values()] == [CallState.ENDED]


def test_the_same_when_the_file_was_opened_before_the_journal_heard_of_the_call() -> None:
    play = Play()
    play.row("RecordOpened", {"record_kind": "contact", "id": "odile"}, call_key="k1")
    fact_row(play, offered())
    fact_row(play, m.CallAnswered("1", "k1"))
    station = {"agent": {"state": "wrap_up", "unqualified": ["k1"]}, "calls": [{"call_key": "k1", "state": "ended", "number": NUMBER}]}
    effects = play.happens(ev.StationArrived(station, play.now))
    assert only(effects, fx.OpenFile) == fx.OpenFile("odile", "k1", popped=True)


def test_the_same_when_the_server_speaks_before_its_rows() -> None:
    play = Play()
    station = {"agent": {"state": "wrap_up", "unqualified": ["k1"]}, "calls": [{"call_key": "k1", "state": "ended", "number": NUMBER}]}
    assert not any(isinstance(effect, fx.OpenFile) for effect in play.happens(ev.StationArrived(station, play.now)))
    fact_row(play, offered())
    fact_row(play, m.CallAnswered("1", "k1"))
    effects = play.row("RecordOpened", {"record_kind": "contact", "id": "odile"}, call_key="k1")
    assert effects == [fx.OpenFile("odile", "k1", popped=True)]
    assert [(c.state, c.contact_id) for c in play.state.calls.values()] == [(CallState.ENDED, "odile")]


def test_the_echo_of_a_refused_order_changes_nothing() -> None:
    play = ready()
    before = play.state
    play.row("OrderRefused", {"order": "RefuseCall", "reason": "no_such_call", "call_id": "1", "detail": ""}, actor="candidate")
    assert dataclasses.replace(play.state, seq=before.seq) == before


def test_a_list_is_asked_for_kept_up_to_date_and_asked_again_when_the_link_is_back() -> None:
    play, asked = Play(), {"rep_id": "kerdilis", "status": "libre"}
    assert play.happens(ev.ListWanted("slots", "agenda_slot", asked)) == [fx.FetchList("slots", "agenda_slot", asked)]
    listing = {"kind": "agenda_slot", "records": [{"id": "s1"}], "total": 40, "offset": 0, "names": {}}
    play.happens(ev.ListArrived("slots", "agenda_slot", asked, listing))
    known = play.state.lists["slots"]
    assert (known.records, known.total) == (({"id": "s1"},), 40)
    assert play.row("RecordChanged", record("agenda_slot", "s1", 2, status="pris")) == [fx.FetchList("slots", "agenda_slot", asked)]
    assert play.row("RecordChanged", record("contact", "s1", 2)) == []
    play.happens(ev.ListWanted("slots", "agenda_slot", asked))
    assert play.state.lists["slots"] is known  # the same question leaves what is known in sight
    play.happens(ev.LinkUp(play.now), ev.LinkDown(play.now))
    assert fx.FetchList("slots", "agenda_slot", asked) in play.happens(ev.LinkUp(play.now))


def test_the_answer_to_a_question_since_replaced_is_dropped() -> None:
    play = Play()
    play.happens(ev.ListWanted("slots", "agenda_slot", {"rep_id": "a"}), ev.ListWanted("slots", "agenda_slot", {"rep_id": "b"}))
    play.happens(ev.ListArrived("slots", "agenda_slot", {"rep_id": "a"}, {"records": [{"id": "of a"}], "total": 1}))
    assert play.state.lists["slots"].records == ()
    play.happens(ev.ListArrived("other", "resource", {}, {"records": [{"id": "r"}], "total": 1}))
    assert "other" not in play.state.lists
