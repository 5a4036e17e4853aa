"""The manager protocol's codec, fed with what a network, a hostile caller and hypothesis can make of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.exchange.asterisk.wire import MAX_FIELDS, MAX_LINE, MAX_SENT_FIELDS, MAX_SENT_LINE, Decoder, Message, Unsendable, encode_action

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
KEYS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=20)
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=60).map(lambda text: text.strip(" "))
SENDABLE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60)
MESSAGES = st.lists(st.lists(st.tuples(KEYS, VALUES), min_size=1, max_size=8).map(lambda fields: Message(tuple(fields))), max_size=6)


def written(messages: list[Message]) -> bytes:
    """As Asterisk writes them."""
    return GREETING + b"".join(
        "".join(f"{key}: {value}\r\n" for key, value in message.fields).encode() + b"\r\n" for message in messages
    )  # fmt: skip


def read(data: bytes, cuts: list[int] | None = None) -> list[Message]:
    decoder, found, at = Decoder(), [], 0
    for cut in [*sorted(cuts or []), len(data)]:
        found += decoder.feed(data[at:cut])
        at = max(at, cut)
    return found


@given(MESSAGES, st.lists(st.integers(0, 3000), max_size=8))
def test_what_is_written_is_read_wherever_the_reads_are_torn(messages: list[Message], cuts: list[int]) -> None:
    data = written(messages)
    assert read(data, [min(cut, len(data)) for cut in cuts]) == messages


@given(st.binary(max_size=4000), st.integers(0, 4000))
def test_whatever_the_bytes_the_reading_does_not_depend_on_where_they_are_torn(data: bytes, cut: int) -> None:
    assert read(data, [min(cut, len(data))]) == read(data)


@given(KEYS, st.lists(st.tuples(KEYS.filter(lambda key: key not in ("Action", "ActionID")), SENDABLE), max_size=8))
def test_an_action_is_read_back_as_it_was_meant(name: str, fields: list[tuple[str, str]]) -> None:
    repeated: dict[str, list[str]] = {}
    for key, value in fields:
        repeated.setdefault(key, []).append(value)
    (message,) = read(GREETING + encode_action(name, "7", repeated))
    assert message.fields[:2] == (("Action", name), ("ActionID", "7"))
    for key, values in repeated.items():
        assert list(message.all(key)) == [value.strip(" ") for value in values]


@given(SENDABLE, st.sampled_from("\r\n\0\x0b\x7f"), SENDABLE)
def test_a_break_or_a_control_is_never_sent(before: str, mark: str, after: str) -> None:
    for fields in ({"Value": before + mark + after}, {"Value": ["good", before + mark + after]}, {f"Val{mark}ue": "x"}):
        with pytest.raises(Unsendable):
            encode_action("Setvar", "1", fields)


@pytest.mark.parametrize("key", ["", "Two words", "Key:", "Clé"])
def test_a_key_is_a_word(key: str) -> None:
    with pytest.raises(Unsendable):
        encode_action("Setvar", "1", {key: "x"})


def test_what_asterisk_would_cut_is_not_sent() -> None:
    with pytest.raises(Unsendable):
        encode_action("Setvar", "1", {"Value": "é" * (MAX_SENT_LINE // 2)})
    with pytest.raises(Unsendable):
        encode_action("Setvar", "1", {"Variable": ["x"] * MAX_SENT_FIELDS})
    with pytest.raises(Unsendable):
        encode_action("Setvar", "1", {"Value": "\ud800"})
    encode_action("Setvar", "1", {"Value": "é" * (MAX_SENT_LINE // 2 - 10), "Variable": ["x"] * (MAX_SENT_FIELDS - 3)})


def test_a_lone_line_feed_in_a_name_starts_no_field() -> None:
    (message,) = read(GREETING + b"Event: Newchannel\r\nCallerIDName: Mallory\nEvent: Hangup\rCause: 16\r\n\r\n")
    assert message.event == "Newchannel"
    assert [key for key, _ in message.fields] == ["Event", "CallerIDName"]


def test_repeated_keys_are_all_kept_in_order() -> None:
    (message,) = read(GREETING + b"Event: X\r\nChanVariable: A=1\r\nChanVariable: B=2: 3\r\nOutput: \r\nOutput: z\r\n\r\n")
    assert message.all("ChanVariable") == ("A=1", "B=2: 3")
    assert message.all("Output") == ("", "z")
    assert message.get("ChanVariable") == "A=1"
    assert "Output" in message and "Nothing" not in message
    assert message.get("Nothing", "else") == "else"


def test_invalid_utf8_is_replaced_and_the_rest_read() -> None:
    (message,) = read(GREETING + b"Event: X\r\nCallerIDName: Ren\xe9\xff\r\nLine: ok\r\n\r\n")
    assert message.get("CallerIDName") == "Ren\ufffd\ufffd"
    assert message.get("Line") == "ok"


@given(st.integers(1, 200))
def test_an_endless_line_is_bounded_and_what_follows_is_read(step: int) -> None:
    decoder = Decoder()
    decoder.feed(GREETING + b"Event: X\r\nCallerIDName: ")
    for _ in range(20):
        assert decoder.feed(b"\r" + b"x" * step * 1000 + b"\n\r") == []
        assert len(decoder._rest) <= MAX_LINE + 1
    long, after = decoder.feed(b"x\r\nLine: ok\r\n\r\nEvent: Y\r\n\r\n")
    assert [key for key, _ in long.fields] == ["Event", "CallerIDName", "Line"]
    assert long.cut == (step > 0 and 20 * step * 1000 > MAX_LINE)
    assert long.get("Line") == "ok"
    assert after == Message((("Event", "Y"),))


def test_endless_fields_are_bounded() -> None:
    flood, after = read(GREETING + b"Event: X\r\n" + b"ChanVariable: A=1\r\n" * (MAX_FIELDS * 3) + b"\r\nEvent: Y\r\n\r\n")
    assert len(flood.fields) == MAX_FIELDS and flood.cut
    assert not after.cut


def test_the_greeting_is_told_apart() -> None:
    decoder = Decoder()
    assert decoder.feed(GREETING[:12]) == [] and decoder.greeting == ""
    assert decoder.feed(GREETING[12:] + b"Response: Success\r\n\r\n") == [Message((("Response", "Success"),))]
    assert decoder.greeting == "Asterisk Call Manager/11.0.0"
