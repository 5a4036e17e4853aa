import itertools

from hypothesis import given
from hypothesis import strategies as st

from cti.phone.audio.ring import BYTES_PER_MS, LIMIT_MS, PRIME_MS, Ring

FRAME = 20 * BYTES_PER_MS
PERIOD = 10 * BYTES_PER_MS


def numbered(start: int, count: int) -> bytes:
    return b"".join((i % 30_000 + 1).to_bytes(2, "little") for i in range(start, start + count))


def test_gives_nothing_before_it_is_primed() -> None:
    ring = Ring()
    ring.put(b"\1" * FRAME)
    assert ring.get(PERIOD) == bytes(PERIOD)
    assert len(ring) == FRAME, "what was put is kept for when it is primed"
    ring.put(b"\1" * FRAME)
    assert ring.get(PERIOD) == b"\1" * PERIOD


def test_running_dry_is_silence_and_primes_again() -> None:
    ring = Ring()
    ring.put(b"\1" * (PRIME_MS * BYTES_PER_MS))
    assert ring.get(FRAME) == b"\1" * FRAME
    assert ring.get(FRAME) == b"\1" * PERIOD + bytes(PERIOD)
    assert ring.underruns == 1
    ring.put(b"\2" * FRAME)
    assert ring.get(PERIOD) == bytes(PERIOD)


def test_too_much_waiting_is_cut_back_to_the_newest() -> None:
    ring = Ring()
    for part in range(6):
        ring.put(bytes([part]) * FRAME)
    assert ring.overruns == 1
    assert len(ring) == PRIME_MS * BYTES_PER_MS
    assert ring.get(FRAME)[-1] == 5


def test_excess_latency_is_given_back_within_two_seconds() -> None:
    ring = Ring()
    ring.put(b"\1" * (90 * BYTES_PER_MS))  # a burst after a stall: 90 ms of pure delay
    for _ in range(100):
        ring.put(b"\1" * FRAME)
        ring.get(PERIOD)
        ring.get(PERIOD)
    assert ring.underruns == 0
    assert ring.overruns in (0, 1)
    assert len(ring) <= (PRIME_MS + 10) * BYTES_PER_MS


def test_a_steady_stream_is_passed_on_whole() -> None:
    ring = Ring()
    ring.put(numbered(0, 320))
    out = bytearray()
    for n in range(300):
        ring.put(numbered(320 + n * 320, 320))
        out += ring.get(FRAME)
    assert bytes(out) == numbered(0, 300 * 320)
    assert (ring.underruns, ring.overruns, ring.trimmed) == (0, 0, 0)


sizes = st.integers(1, 2000).map(lambda n: n * 2)


@given(st.lists(st.tuples(st.booleans(), sizes), max_size=200))
def test_every_reading_is_whole_even_and_in_order(steps: list[tuple[bool, int]]) -> None:
    """Whatever the two clocks do: the size asked, never more than the limit held, samples only dropped, never reordered or doubled."""
    ring, written, heard = Ring(), 0, bytearray()
    for is_put, size in steps:
        if is_put:
            ring.put(numbered(written, size // 2))
            written += size // 2
        else:
            got = ring.get(size)
            assert len(got) == size
            heard += got
        assert len(ring) <= LIMIT_MS * BYTES_PER_MS
        assert len(ring) % 2 == 0
    values = [int.from_bytes(heard[i : i + 2], "little") for i in range(0, len(heard), 2)]
    voiced = [value for value in values if value]
    turns = sum(1 for one, two in itertools.pairwise(voiced) if two <= one)
    assert turns <= written // 30_000 + 1


@given(st.lists(st.integers(-8, 8), min_size=150, max_size=300))
def test_jitter_under_the_prime_costs_nothing(jitter: list[int]) -> None:
    """A writer up to 8 ms early or late of its 20 ms never makes a reader of 10 ms run dry."""
    ring = Ring()
    writes = sorted(n * 20 + late for n, late in enumerate(jitter))
    ring.put(bytes(PRIME_MS * BYTES_PER_MS))
    now = 0
    for n in range(len(jitter) * 2 - 10):
        now = n * 10
        while writes and writes[0] <= now:
            writes.pop(0)
            ring.put(b"\1" * FRAME)
        ring.get(PERIOD)
    assert ring.underruns == 0
