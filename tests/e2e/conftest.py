"""Every test here drives several processes over real SIP and RTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.pack_variants import subjects
from tests.e2e.subject import FIRST, OPTION
from tests.scenarios.pack_folders import MARVALUNE

HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    told = "subjects in which the stories of S1 to S9 are played, as A,B,C (A)"
    parser.addoption(OPTION, default=FIRST, help=told)


def pytest_configure(config: pytest.Config) -> None:
    if (asked := _asked(config)) != [FIRST] and (unknown := set(asked) - set(subjects(MARVALUNE))):
        raise pytest.UsageError(f"{OPTION}: no subject {', '.join(sorted(unknown))} in {MARVALUNE.name}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for a `subject` gets the letter of each of those asked for."""
    if "subject" in metafunc.fixturenames:
        metafunc.parametrize("subject", _asked(metafunc.config))


def _asked(config: pytest.Config) -> list[str]:
    """The first subject where the option is not known, as these tests are not named on the command line."""
    return str(config.getoption(OPTION, FIRST)).upper().split(",")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """They wait more than they compute: dealt out evenly among the other tests, whole paths wait at the same time as others compute,
    and none is left to run alone at the end."""
    paths = [item for item in items if item.path.is_relative_to(HERE)]
    for item in paths:
        item.add_marker(pytest.mark.e2e)
        item.add_marker(pytest.mark.timeout(480))  # seconds: two minutes here, more while every core is busy
    workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
    if workers > 1:
        items[:] = dealt(paths, [item for item in items if not item.path.is_relative_to(HERE)], workers)


def dealt(paths: list[pytest.Item], others: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """All of them, in as many runs as there are workers, which each begin with one run (pytest-xdist, worksteal); in each, the
    paths come at even distances from its start on."""
    items: list[pytest.Item] = []
    mixed = [path for worker in range(workers) for path in paths[worker::workers]]  # those of a file are long alike
    paths_left, others_left = iter(mixed), iter(others)
    count, path_count = len(paths) + len(others), len(paths)
    for workers_left in range(workers, 0, -1):
        size, mine = count // workers_left, path_count // workers_left
        count, path_count = count - size, path_count - mine
        places = {rank * size // mine for rank in range(mine)}
        items += [next(paths_left) if place in places else next(others_left) for place in range(size)]
    return items
