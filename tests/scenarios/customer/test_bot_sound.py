"""The customer's microphone and ear, frame by frame."""

from __future__ import annotations

from cti.phone.audio.port import FRAME_BYTES
from scenarios.customer.bot_sound import BATCH, BotSound

TONE = b"\x00\x10\x00\xf0"


def pcm(ms: int) -> bytes:
    return TONE * (ms * 8)


class Watched:
    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.ended: list[int] = []
        self.sound = BotSound(self.heard.append, self.ended.append)

    def read(self, frames: int) -> bytes:
        return b"".join(self.sound.read_frame() for _ in range(frames))


def test_a_line_comes_out_frame_by_frame_then_silence() -> None:
    w = Watched()
    assert w.read(1) == bytes(FRAME_BYTES)
    number = w.sound.say(pcm(50))
    assert round(w.sound.seconds_left, 2) == 0.05
    assert w.read(2) == pcm(40) and w.ended == []
    assert w.read(1) == pcm(10) + bytes(320) and w.ended == [number]
    assert w.read(2) == bytes(2 * FRAME_BYTES) and w.ended == [number]


def test_a_line_stopped_or_replaced_never_says_that_it_ended() -> None:
    w = Watched()
    w.sound.say(pcm(100))
    w.read(2)
    w.sound.stop_saying()
    assert w.read(10) == bytes(10 * FRAME_BYTES) and w.ended == []
    w.sound.say(pcm(100))
    last = w.sound.say(pcm(20))
    w.read(10)
    assert w.ended == [last]


def test_a_line_taken_up_goes_on_from_the_pause_before_the_cut() -> None:
    w = Watched()
    first, pause, second = pcm(1000), bytes(32 * 200), pcm(1000)
    w.sound.say(first + pause + second)
    w.read(80)  # 400 ms into the second part
    w.sound.stop_saying()
    number = w.sound.go_on()
    rest = w.read(100)
    assert rest.strip(b"\0") == second.strip(b"\0")
    assert rest.startswith(bytes(FRAME_BYTES)) and not rest.startswith(bytes(32 * 200))
    assert w.ended == [number]


def test_a_line_without_a_pause_goes_a_few_syllables_back() -> None:
    w = Watched()
    w.sound.say(pcm(3000))
    w.read(100)
    w.sound.stop_saying()
    w.sound.go_on()
    assert round(w.sound.seconds_left, 2) == 1.4


def test_what_is_heard_comes_in_batches() -> None:
    w = Watched()
    for _ in range(BATCH):
        assert w.heard == []
        w.sound.write_frame(pcm(20))
    assert w.heard == [pcm(20) * BATCH]
    w.sound.write_frame(b"short")
    w.sound.call_began()  # another call: nothing of the former one
    for _ in range(BATCH):
        w.sound.write_frame(bytes(FRAME_BYTES))
    assert w.heard[1] == bytes(FRAME_BYTES * BATCH)
