"""A machine with sound of its own: a private PulseAudio server, one microphone, one headset."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pulse import PulseServer


@pytest.fixture
def pulse(monkeypatch: pytest.MonkeyPatch) -> Iterator[PulseServer]:
    """The program under test sees this server and no other."""
    with PulseServer() as server:
        for name, value in server.env.items():
            monkeypatch.setenv(name, value)
        yield server
