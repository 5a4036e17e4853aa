from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crm_mock.world import Room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    opened = Room(tmp_path)
    yield opened
    opened.case.close()
