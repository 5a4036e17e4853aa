"""Fixtures of the contract suite: a started phone of each engine, stopped whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from cti.phone.port import PhoneSettings
from tests.contract.engines import ENGINES
from tests.contract.station import Station

MakeStation = Callable[..., Station]


@pytest.fixture(params=list(ENGINES))
def make_station(request: pytest.FixtureRequest) -> Iterator[MakeStation]:
    """`make_station(**settings)` starts the phone under test; one a test, since a SIP stack may allow no more in a process."""
    made: list[Station] = []

    def make(**changes: object) -> Station:
        fields: dict[str, object] = {"user": "plateau", "media_timeout": 0.0, **changes}
        station = Station(ENGINES[request.param](), PhoneSettings(**fields))  # type: ignore[arg-type]  # a test's own fields
        made.append(station)
        station.start()
        return station

    yield make
    for station in made:
        station.stop()


@pytest.fixture
def station(make_station: MakeStation) -> Station:
    """A started phone with default settings, whose calls are not ended for want of RTP."""
    return make_station()
