"""Streams recorded from a real Asterisk, told again in order, shuffled and twice; and what callers may write into them."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.exchange.asterisk.causes import words_of
from cti.exchange.asterisk.legs import contact_place, seen
from cti.exchange.asterisk.listening import Listening, Move, aim
from cti.exchange.asterisk.snapshot import Snapshot, restore
from cti.exchange.asterisk.strangers import MAX_KNOWN, SAME_ATTEMPT, TOLD_EVERY, Strangers, address_of
from cti.exchange.asterisk.translate import _TRANSLATIONS, MAX_CONTACTS, MAX_LEGS, REMEMBERED, Picture
from cti.exchange.asterisk.wire import Message
from cti.exchange.facts import (
    Abandoned,
    Cleared,
    Delivered,
    Established,
    ExchangeFact,
    Failed,
    Held,
    IntruderRefused,
    LineChanged,
    ListeningBegan,
    ListeningEnded,
    Parked,
    Queued,
    QueueMemberChanged,
    Retrieved,
    TalkingChanged,
    Transferred,
)

STREAMS = Path(__file__).parent / "streams"
STATIONS = {"poste1", "poste2"}
CALLER = "0612345678", "Zoé O'Hara"
PAUSED = QueueMemberChanged("poste1", "poste1", True, True)


def offered(key: str) -> list[ExchangeFact]:
    return [Queued(key, "poste1", *CALLER, 1), Delivered(key, "poste1", "jury1", *CALLER, "poste1", 0.0)]


def dialled(key: str, line: str, number: str) -> Delivered:
    return Delivered(key, line, "poste1", "poste1", "Poste 1", dialled=number)


def talk(key: str, *lines: str) -> list[ExchangeFact]:
    return [Established(key, line) for line in lines]


def over(key: str, *lines: str) -> list[ExchangeFact]:
    return [Cleared(key, line, 16, "raccroché") for line in lines]


BEGAN, ENDED = ListeningBegan("jury3", "poste1"), ListeningEnded("jury3", "poste1")
TOLD: dict[str, list[ExchangeFact]] = {
    "answered": [
        *offered("answered"), *talk("answered", "poste1", "jury1"), Held("answered", "poste1"), Retrieved("answered", "poste1"),
        *over("answered", "poste1", "jury1"),
    ],
    "outbound": [
        dialled("outbound", "jury1", "+33140000000"), *talk("outbound", "jury1", "poste1"), *over("outbound", "poste1", "jury1"),
    ],
    "busy": [dialled("busy", "jury1", "+33140000000"), Failed("busy", "jury1", 17, "occupé"), Cleared("busy", "poste1", 17, "occupé")],
    "cancelled": [
        dialled("cancelled", "jury1", "+33140000000"), Cleared("cancelled", "poste1", 127, "abandon avant la réponse"),
        Failed("cancelled", "jury1", 127, "sans réponse"),
    ],
    "abandoned": [
        *offered("abandoned"), Abandoned("abandoned", "poste1", 1.0), Failed("abandoned", "poste1", 0, "sans réponse"),
        Cleared("abandoned", "jury1"),
    ],
    "refused": [
        *offered("refused"), Failed("refused", "poste1", 21, "refusé"), Abandoned("refused", "poste1", 0.0), Cleared("refused", "jury1"),
    ],
    "blind": [
        *offered("blind"), *talk("blind", "poste1", "jury1"), Transferred("blind", "poste1", "blind", "+33140000000"),
        *over("blind", "poste1"), Delivered("blind", "jury2", "jury1", "poste1", "Poste 1", dialled="+33140000000"),
        *talk("blind", "jury2"), *over("blind", "jury1", "jury2"),
    ],
    "attended": [
        *offered("customer"), *talk("customer", "poste1", "jury1"), Held("customer", "poste1"),
        dialled("consult", "jury2", "+33140000001"), *talk("consult", "jury2", "poste1"), Retrieved("customer", "poste1"),
        Transferred("customer", "poste1", "attended"), *over("customer", "poste1"), *over("consult", "poste1"), *over("customer", "jury1"),
        *over("consult", "jury2"),
    ],
    "parked": [
        *offered("parked"), *talk("parked", "poste1", "jury1"), Transferred("parked", "jury1", "blind", "700"),
        Parked("parked", "poste1", "701"), *talk("picked-up", "jury2"), Parked("parked", "poste1", ""), *over("picked-up", "jury2"),
        *over("parked", "poste1", "jury1"),
    ],
    "listening": [
        *offered("customer2"), *talk("customer2", "poste1", "jury1"), BEGAN, Held("customer2", "poste1"),
        dialled("consult2", "jury2", "+33140000001"), *talk("consult2", "jury2", "poste1"), ENDED, BEGAN, *over("consult2", "jury2"), ENDED,
        *over("consult2", "poste1"), BEGAN, Retrieved("customer2", "poste1"), *over("customer2", "jury1"), ENDED,
        *over("customer2", "poste1"),
    ],
}  # fmt: skip


def read(name: str) -> list[Message]:
    blocks = (STREAMS / f"{name}.txt").read_text(encoding="utf-8").split("\n\n")
    split = [[line.partition(":")[::2] for line in block.splitlines()] for block in blocks if block.strip()]
    return [Message(tuple((key, value.strip()) for key, value in fields)) for fields in split]


def tell(messages: Iterable[Message], picture: Picture | None = None) -> list[ExchangeFact]:
    picture = picture or Picture(STATIONS)
    return [fact for message in messages for fact in picture.apply(message)]


def of_calls(facts: Iterable[ExchangeFact]) -> list[ExchangeFact]:
    return [fact for fact in facts if not isinstance(fact, QueueMemberChanged)]


def key_of(message: Message) -> str:
    """The call an event is of, "" for none."""
    for name, value in message.fields:
        if name.endswith("ChanVariable") and value.startswith("PLATEAU_CALL="):
            return value
    return ""


@pytest.mark.parametrize("name", TOLD)
def test_a_recorded_stream_tells_its_call(name: str) -> None:
    picture = Picture(STATIONS)
    told = tell(read(name), picture)
    assert of_calls(told) == TOLD[name]
    assert PAUSED in told and picture.legs == {}


def situation(facts: Iterable[ExchangeFact]) -> dict[tuple[str, str, str], ExchangeFact]:
    """What is left of facts whose last one counts."""
    last: dict[tuple[str, str, str], ExchangeFact] = {}
    for fact in facts:
        if isinstance(fact, (Held, Retrieved)):
            last["held", fact.call_key, fact.line] = fact
        elif isinstance(fact, Parked):
            last["parked", fact.call_key, fact.line] = fact
        elif isinstance(fact, (ListeningBegan, ListeningEnded)):
            last["listening", "", fact.listener] = fact
    return {
        key: fact for key, fact in last.items() if not isinstance(fact, (Retrieved, ListeningEnded)) and getattr(fact, "space", "x") != ""
    }


@pytest.mark.parametrize("name", TOLD)
def test_the_events_of_a_call_in_any_order_and_twice_tell_the_same(name: str) -> None:
    stream = read(name)
    expected = of_calls(tell(stream))
    lasting = {fact for fact in expected if not isinstance(fact, (Held, Retrieved, Parked, ListeningBegan, ListeningEnded))}
    for seed in range(60):
        chance = random.Random(seed)
        shuffled = list(stream)
        for key in sorted({key_of(message) for message in stream} - {""}):
            places = [at for at, message in enumerate(stream) if key_of(message) == key]
            for at, source in zip(places, chance.sample(places, len(places)), strict=True):
                shuffled[at] = stream[source]
        for _ in range(seed % 20):
            again = chance.choice(shuffled)
            shuffled.insert(chance.randrange(len(shuffled) + 1), again)
        picture = Picture(STATIONS)
        told = of_calls(tell(shuffled, picture))
        found = [fact for fact in told if not isinstance(fact, (Held, Retrieved, Parked, ListeningBegan, ListeningEnded))]
        assert set(found) == lasting and len(found) == len(lasting), f"seed {seed}"
        assert situation(told) == situation(expected), f"seed {seed}"
        assert all(not leg.held for leg in picture.legs.values())


def test_registrations() -> None:
    picture = Picture(STATIONS)
    told = [fact for fact in tell(read("lines"), picture) if isinstance(fact, LineChanged)]
    assert [(fact.line, fact.registered, fact.transport) for fact in told] == [
        ("poste1", True, "tls"), ("jury1", True, "tls"), ("jury2", True, "tls"), ("jury3", True, "tls"),
    ]  # fmt: skip
    (old,) = picture.contacts["poste1"]

    def contact(uri: str, status: str) -> list[ExchangeFact]:
        fields = ("Event", "ContactStatus"), ("URI", uri), ("ContactStatus", status), ("AOR", "poste1"), ("EndpointName", "poste1")
        return list(picture.apply(Message(fields)))

    fresh = "sip:poste1@[2001:db8::7]:5999;transport=TLS;ob"
    assert contact(fresh, "NonQualified") == [LineChanged("poste1", True, "[2001:db8::7]:5999", "tls")]
    assert contact(old, "Removed") == []
    assert contact(fresh, "Unreachable") == [LineChanged("poste1", True, "[2001:db8::7]:5999", "tls", False)]
    assert contact(fresh, "Reachable") == [LineChanged("poste1", True, "[2001:db8::7]:5999", "tls")]
    assert contact(fresh, "Reachable") == []
    assert contact(fresh, "Removed") == [LineChanged("poste1", False)]
    for number in range(50):
        contact(f"sip:poste1@192.0.2.9:{number}", "NonQualified")
    assert len(picture.contacts["poste1"]) <= MAX_CONTACTS


def channel(prefix: str = "", *, name: str = "PJSIP/poste1-00000001", id: str = "1.1", key: str = "k", **more: str) -> dict[str, str]:
    return {
        f"{prefix}Channel": name,
        f"{prefix}Uniqueid": id,
        f"{prefix}ChannelState": "6",
        f"{prefix}ChanVariable": f"PLATEAU_CALL={key}",
        **more,
    }


def event(name: str, *channels: dict[str, str], at: float = 1.0, **fields: str) -> Message:
    return Message((("Event", name), ("Timestamp", str(at)), *(pair for one in channels for pair in one.items()), *fields.items()))


def test_what_a_caller_writes_is_cleaned_and_bounded() -> None:
    name = 'Zo\u202eé \\"[red]\\"\\n\x07' + "x" * 500
    fields = {"CallerIDNum": "06\r\n12\u200b", "CallerIDName": name, "Queue": "poste1", "Position": "-1"}
    (fact,) = Picture(STATIONS).apply(event("QueueCallerJoin", channel(name="PJSIP/jury1-00000001"), fields))
    assert isinstance(fact, Queued)
    assert fact.number == "0612" and fact.name.startswith('Zoé "[red]" x') and len(fact.name) == 200 and fact.position == 1
    assert "\u202e" not in fact.name and fact.name.isprintable()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Local/x@y-1;1",
        "PJSIP/poste1",
        "PJSIP/../etc-00000001",
        "PJSIP/poste1-00000001\nx",
        "PJSIP/Poste1-01",
        "PJSIP/" + "a" * 200 + "-01",
    ],
)
def test_a_channel_that_is_no_line_tells_nothing(name: str) -> None:
    picture = Picture(STATIONS)
    assert picture.apply(event("Hangup", channel(name=name), Cause="16")) == ()
    assert picture.legs == {}


def test_a_key_is_only_what_a_key_may_be() -> None:
    (fact,) = Picture().apply(event("Hangup", channel(key="a-B_9/../" + "x" * 100), Cause="99999999999999"))
    assert isinstance(fact, Cleared) and fact.call_key == ("a-B9" + "x" * 100)[:64] and fact.cause == 0


VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["", "1", "-1", "6", "4", "1e999", "nan", "PJSIP/poste1-00000001", "PJSIP/jury1-00000002", "1.1", "1.2"]),
)
FIELD_NAMES = sorted(
    {name for stream in TOLD for message in read(stream) for name, _ in message.fields} | {"Location", "SpyerChannel", "SpyeeChannel"}
)
MESSAGES = st.builds(
    lambda name, fields: Message((("Event", name), *fields)),
    st.sampled_from(sorted(_TRANSLATIONS)),
    st.lists(st.tuples(st.sampled_from(FIELD_NAMES), VALUES), max_size=30),
)


@given(st.lists(MESSAGES, max_size=20))
def test_no_event_however_twisted_raises(messages: list[Message]) -> None:
    tell(messages)
    picture = Picture(STATIONS)
    restore(picture, Snapshot(tuple(messages), tuple(messages), tuple(messages), {"poste1": {"x": True}}))


def test_what_is_remembered_is_bounded() -> None:
    picture = Picture()
    for number in range(MAX_LEGS + 10):
        picture.apply(event("Newchannel", channel(id=f"1.{number}")))
    assert len(picture.legs) == MAX_LEGS
    for number in range(MAX_LEGS + 10):
        picture.apply(event("Hangup", channel(id=f"1.{number}")))
    assert picture.legs == {} and len(picture._over) == REMEMBERED


def test_a_hold_that_comes_after_a_later_unhold_changes_nothing() -> None:
    picture = Picture()
    assert tell([event("Hold", channel(), at=1.0)], picture) == [Held("k", "poste1")]
    assert tell([event("Unhold", channel(), at=3.0), event("Hold", channel(), at=2.0)], picture) == [Retrieved("k", "poste1")]
    assert not picture.legs["1.1"].held


def test_who_speaks() -> None:
    picture = Picture(STATIONS)
    desk = channel()
    customer = channel(name="PJSIP/jury1-00000002", id="1.2")
    assert tell([event("ChannelTalkingStart", customer, at=1.0)], picture) == []  # waits in the queue, and speaks
    told = tell([event("BridgeEnter", which, at=2.0, BridgeUniqueid="b") for which in (customer, desk)], picture)
    assert told == [Established("k", "jury1"), TalkingChanged("poste1", "far", True), Established("k", "poste1")]
    assert tell([event("ChannelTalkingStart", desk, at=3.0)] * 2, picture) == [TalkingChanged("poste1", "own", True)]
    assert tell([event("ChannelTalkingStop", customer, at=4.0)], picture) == [TalkingChanged("poste1", "far", False)]
    assert tell([event("BridgeLeave", desk, at=5.0, BridgeUniqueid="b")], picture) == [TalkingChanged("poste1", "own", False)]


def test_queue_members() -> None:
    picture = Picture()

    def told(name: str, paused: str) -> list[ExchangeFact]:
        return list(picture.apply(event(name, Queue="poste1", Interface="PJSIP/poste1", Paused=paused)))

    assert told("QueueMemberAdded", "1") == [QueueMemberChanged("poste1", "poste1", True, True)]
    assert told("QueueMemberStatus", "1") == []
    assert told("QueueMemberPause", "0") == [QueueMemberChanged("poste1", "poste1", True, False)]
    assert told("QueueMemberRemoved", "0") == [QueueMemberChanged("poste1", "poste1", False, False)]
    assert told("QueueMemberRemoved", "0") == []


# --- after a cut --------------------------------------------------------------------------------------


def status(name: str, id: str, linked: str, application: str, data: str = "", bridge: str = "b", **variables: str) -> Message:
    fields = {"Channel": name, "ChannelState": "6", "Uniqueid": id, "Linkedid": linked, "Application": application, "Data": data}
    shown = {"CallerIDNum": CALLER[0], "CallerIDName": CALLER[1], "ConnectedLineNum": CALLER[0], "ConnectedLineName": CALLER[1]}
    told = tuple(("ChanVariable", f"{key}={value}") for key, value in variables.items())
    return Message((("Event", "Status"), *fields.items(), ("BridgeID", bridge), *shown.items(), *told))


DESK = status("PJSIP/poste1-00000002", "1.2", "1.1", "AppQueue", PLATEAU_CALL="k", PLATEAU_WAITED="4")
JURY = status("PJSIP/jury1-00000001", "1.1", "1.1", "Queue", "poste1,ib(x)", PLATEAU_CALL="k")
MEMBER = Message((("Event", "QueueMember"), ("Queue", "poste1"), ("Location", "PJSIP/poste1"), ("Paused", "1")))


def test_calls_that_were_there_before_us() -> None:
    picture = Picture(STATIONS)
    waiting = status("PJSIP/jury2-00000003", "1.3", "1.3", "Queue", "poste1", bridge="", PLATEAU_CALL="w")
    entry = Message((("Event", "QueueEntry"), ("Queue", "poste1"), ("Position", "2"), *waiting.fields[1:]))
    shot = Snapshot((JURY, DESK, waiting), (MEMBER, entry), (), {"poste1": {"sip:poste1@192.0.2.1:5999;transport=tls": True}})
    told = restore(picture, shot)
    assert set(told) == {
        Established("k", "jury1"), Delivered("k", "poste1", "jury1", *CALLER, "poste1", 4.0), Established("k", "poste1", 4.0),
        Queued("w", "poste1", *CALLER, 2), QueueMemberChanged("poste1", "poste1", True, True),
        LineChanged("poste1", True, "192.0.2.1:5999", "tls"),
    }  # fmt: skip
    assert restore(picture, shot) == ()
    belated = [event("DialBegin", channel(name="PJSIP/jury1-00000001", id="1.1"), channel("Dest", id="1.2", name="PJSIP/poste1-00000002"))]
    assert tell(belated, picture) == []


def test_calls_that_ended_while_nobody_listened() -> None:
    picture = Picture(STATIONS)
    restore(picture, Snapshot((JURY, DESK), (MEMBER,), (), {"poste1": {"sip:a@192.0.2.1": True}}))
    tell([event("ChannelTalkingStart", channel(id="1.2", name="PJSIP/poste1-00000002"), at=2.0)], picture)
    told = restore(picture, Snapshot())
    assert set(told) == {
        Cleared("k", "jury1"), Cleared("k", "poste1"), QueueMemberChanged("poste1", "poste1", False, False), LineChanged("poste1", False),
    }  # fmt: skip
    assert picture.legs == {}
    assert tell([event("Hangup", channel(id="1.2", name="PJSIP/poste1-00000002"), at=3.0, Cause="16")], picture) == []


def test_an_offer_and_a_listening_that_ended_meanwhile() -> None:
    picture = Picture(STATIONS)
    caller, called = channel(name="PJSIP/jury1-00000001", id="1.1"), channel("Dest", id="1.2", DestChannelState="5")
    tell([event("DialBegin", caller, called)], picture)
    spyer, heard = channel("Spyer", name="PJSIP/jury3-00000009", id="1.9"), channel("Spyee", name="PJSIP/poste2-00000008", id="1.8")
    spied = event("ChanSpyStart", spyer, heard, at=2.0)
    assert tell([spied], picture) == [ListeningBegan("jury3", "poste2")]
    here = status("PJSIP/jury3-00000009", "1.9", "1.9", "ChanSpy", bridge="")
    told = restore(picture, Snapshot((here,)))
    assert set(told) == {Failed("k", "poste1"), Cleared("k", "jury1"), ListeningEnded("jury3", "poste2")}
    assert picture.legs["1.9"].spying == ""


def test_parking_seen_and_unseen() -> None:
    picture = Picture(STATIONS)
    parked = Message((("Event", "ParkedCall"), ("ParkeeUniqueid", "1.2"), ("ParkingSpace", "702")))
    told = restore(picture, Snapshot((DESK,), (), (parked,)))
    assert Parked("k", "poste1", "702") in told and not [fact for fact in told if isinstance(fact, Established)]
    assert set(restore(picture, Snapshot((DESK,), (), ()))) == {Parked("k", "poste1", ""), Established("k", "poste1", 4.0)}


# --- listeners ----------------------------------------------------------------------------------------


def picture_with_listener(spying: str = "PJSIP/poste1-00000001") -> Picture:
    picture = Picture(STATIONS)
    tell([event("Newstate", channel(name="PJSIP/poste1-00000001", id="1.1"))], picture)
    variables = ("SPY_MODE=listen", "SPY_STATION=poste1", "PLATEAU_CALL=own")
    fields = (("Channel", "PJSIP/jury3-00000009"), ("Uniqueid", "1.9"), ("ChannelState", "6"))
    picture.apply(Message((("Event", "Newstate"), *fields, *(("ChanVariable", text) for text in variables))))
    picture.put(replace(picture.legs["1.9"], spying=spying))
    return picture


def consult(picture: Picture) -> None:
    tell([event("Hold", channel()), event("Newstate", channel(name="PJSIP/poste1-00000002", id="1.10"))], picture)


def test_a_listener_takes_part_in_no_call() -> None:
    picture = picture_with_listener()
    assert picture.legs["1.9"].call_key == "" and picture.legs["1.9"].station == "poste1"


def test_a_listener_is_aimed_at_the_call_that_is_not_held() -> None:
    picture = picture_with_listener()
    listener = picture.legs["1.9"]
    assert aim(listener, picture.legs.values()) == ""
    consult(picture)
    assert aim(listener, picture.legs.values()) == "PJSIP/poste1-00000002"  # 1.10 is younger than 1.9
    tell([event("Hold", channel(name="PJSIP/poste1-00000002", id="1.10"), at=2.0)], picture)
    assert aim(listener, picture.legs.values()) == ""  # all held: it stays
    assert aim(replace(listener, spying=""), picture.legs.values()) == "PJSIP/poste1-00000002"
    assert aim(replace(listener, station="poste2", spying=""), picture.legs.values()) == ""


def test_a_move_is_ordered_at_once_and_only_once_unless_nothing_comes_of_it() -> None:
    picture, listening = picture_with_listener(), Listening()
    assert listening.moves(picture.legs.values(), 0.0) == []
    consult(picture)
    move = Move("PJSIP/jury3-00000009", "PJSIP/poste1-00000002")
    assert listening.moves(picture.legs.values(), 0.1) == [move]
    assert listening.moves(picture.legs.values(), 0.2) == []
    picture.put(replace(picture.legs["1.9"], spying=""))  # between two channels
    assert listening.moves(picture.legs.values(), 0.3) == []
    assert listening.moves(picture.legs.values(), 1.2) == [move]
    picture.put(replace(picture.legs["1.9"], spying="PJSIP/poste1-00000002"))
    assert listening.moves(picture.legs.values(), 1.3) == []
    tell([event("Unhold", channel(), at=2.0), event("Hold", channel(name="PJSIP/poste1-00000002", id="1.10"), at=3.0)], picture)
    assert listening.moves(picture.legs.values(), 1.4) == [Move("PJSIP/jury3-00000009", "PJSIP/poste1-00000001")]


def test_a_listener_that_hears_nothing_is_given_a_second_to_begin_by_itself() -> None:
    picture, listening = picture_with_listener(spying=""), Listening()
    assert listening.moves(picture.legs.values(), 10.0) == []
    assert listening.moves(picture.legs.values(), 10.9) == []
    assert listening.moves(picture.legs.values(), 11.0) == [Move("PJSIP/jury3-00000009", "PJSIP/poste1-00000001")]


# --- strangers ----------------------------------------------------------------------------------------


def refusal(account: str, session: str = "s", name: str = "InvalidAccountID", address: str = "192.0.2.7") -> Message:
    return event(name, AccountID=account, SessionID=session, RemoteAddress=f"IPV4/TLS/{address}/41609")


def test_a_refusal_is_told_at_once_and_then_counted() -> None:
    strangers = Strangers()
    assert strangers.heard(refusal("x"), 0.0) == (IntruderRefused("192.0.2.7", "x"),)
    assert strangers.heard(refusal("<unknown>", name="ChallengeResponseFailed"), 0.1) == ()  # of the same request
    for number in range(5):
        assert strangers.heard(refusal("x", f"s{number}"), 1.0 + number) == ()
    assert strangers.due(TOLD_EVERY - 0.1) == ()
    assert strangers.due(TOLD_EVERY) == (IntruderRefused("192.0.2.7", "x", 5),)
    assert strangers.due(3 * TOLD_EVERY) == ()
    assert strangers.heard(refusal("x"), 4 * TOLD_EVERY) == (IntruderRefused("192.0.2.7", "x"),)


def test_a_flood_is_bounded_and_nothing_but_refusals_is_heard() -> None:
    strangers = Strangers()
    told = [fact for n in range(3 * MAX_KNOWN) for fact in strangers.heard(refusal(f"a{n}", f"s{n}"), n * SAME_ATTEMPT / 100)]
    assert len(told) <= MAX_KNOWN + 1
    for name in ("Hangup", "ChallengeSent", "SuccessfulAuth", "AttendedTransfer"):
        assert Strangers().heard(refusal("x", name=name), 0.0) == ()
    (fact,) = Strangers().heard(refusal("zz\u202e\n\x07" + "y" * 300), 0.0)
    assert fact.account == ("zz" + "y" * 300)[:80]


@pytest.mark.parametrize(
    ("remote", "address"),
    [("IPV4/TLS/192.0.2.7/41609", "192.0.2.7"), ("IPV6/UDP/2001:db8::1/5", "2001:db8::1"), ("", ""), ("x", ""), ("a/b", "")],
)
def test_the_address_of_a_stranger(remote: str, address: str) -> None:
    assert address_of(remote) == address


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("sip:poste1@192.0.2.1:5062;transport=TLS;ob", ("192.0.2.1:5062", "tls")),
        ("sip:poste1@192.0.2.1:5062", ("192.0.2.1:5062", "udp")),
        ("sips:192.0.2.1;transport=tcp", ("192.0.2.1", "tcp")),
        ("sip:a@b@192.0.2.1", ("", "")),
        ("http://x", ("", "")),
        ("", ("", "")),
    ],
)
def test_where_a_contact_is(uri: str, place: tuple[str, str]) -> None:
    assert contact_place(uri) == place


def test_words_for_people_and_names_as_they_were_meant() -> None:
    assert words_of(17) == "occupé" and words_of(0) == words_of(127) == ""
    found = seen(event("X", channel(), CallerIDName="Zo\\\"\\'\\\\\\n", CallerIDNum="<unknown>"))
    assert found is not None and found.name == "Zo\"'\\" and found.number == ""
