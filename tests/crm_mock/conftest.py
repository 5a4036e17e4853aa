from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.crm_mock.world import Room

# Other work shares the machine: how long one example takes says nothing.
settings.register_profile("crm_mock", deadline=None)
settings.load_profile("crm_mock")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    opened = Room(tmp_path)
    yield opened
    opened.case.close()
