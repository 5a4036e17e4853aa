"""What every test has: properties tried on as many examples as two cores can afford, never failed for being slow; no search for
unreachable cycles among all that is imported."""

import gc

import pytest
from hypothesis import settings

settings.register_profile("suite", max_examples=50, deadline=None)
settings.load_profile("suite")


def pytest_collection_finish(session: pytest.Session) -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
