"""A frame's bytes taken at once are the frame's bytes, whatever became of the buffer."""

from __future__ import annotations

import pjsua2 as pj
import pytest

from cti.phone.pjsua2_media import bytes_of

FRAME = bytes(range(256)) * 2 + bytes(reversed(range(128)))


def test_a_frame_is_copied_whole() -> None:
    frame = pj.MediaFrame()
    frame.buf = pj.ByteVector(FRAME)
    taken = bytes_of(frame.buf)
    frame.buf = pj.ByteVector(bytes(640))
    assert taken == FRAME  # a copy: what the library does next with its buffer is its own affair


@pytest.mark.parametrize("size", [0, 1, 10, 640, 5000])
def test_only_what_is_in_the_buffer_now(size: int) -> None:
    buffer = pj.ByteVector(FRAME)
    buffer.resize(size)
    assert bytes_of(buffer) == (FRAME + bytes(5000))[:size]
    buffer.append(7)
    assert bytes_of(buffer) == (FRAME + bytes(5000))[:size] + b"\x07"


def test_a_layout_that_is_not_the_one_expected_is_read_the_slow_way(monkeypatch: pytest.MonkeyPatch) -> None:
    class Elsewhere:
        first, last, room = 8, 16, 4  # not the buffer's size: must not be followed

        @classmethod
        def from_address(cls, _address: int) -> Elsewhere:
            return cls()

    monkeypatch.setattr("cti.phone.pjsua2_media._Vector", Elsewhere)
    assert bytes_of(pj.ByteVector(FRAME)) == FRAME
