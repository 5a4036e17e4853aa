"""`plateau asterisk configure` as who keeps the server types it: what is not given again stays, what cannot be is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cti.exchange.asterisk.plan import ExchangePlan, Ports, load_plan
from tests.cti.asterisk.room_exchange import asterisk
from workstation.cli import plateau


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    asterisk()


def configure(folder: Path, *words: str) -> Result:
    result = CliRunner().invoke(plateau, ["asterisk", "configure", "--room", str(folder), *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def plan(folder: Path) -> ExchangePlan:
    return load_plan(folder / "exchange")


def test_what_is_not_given_again_stays(tmp_path: Path) -> None:
    given = ("--sip-port", "15061", "--manager-port", "15038", "--rtp-ports", "30000-30999")
    first = configure(tmp_path, "--host", "127.0.0.1", "--stations", "2", "--juries", "1", *given)
    assert first.exit_code == 0 and "127.0.0.1:15061, 2 poste(s), 1 place(s)" in first.output
    before = plan(tmp_path)
    assert before.ports == Ports(15061, 15038, 30000, 30999)
    assert configure(tmp_path, "--stations", "3").exit_code == 0
    after = plan(tmp_path)
    assert (after.host, after.ports, len(after.stations), len(after.seats)) == ("127.0.0.1", before.ports, 3, 1)
    assert after.stations[:2] == before.stations


def test_another_transport_has_its_own_sip_port(tmp_path: Path) -> None:
    assert configure(tmp_path, "--host", "127.0.0.1", "--sip-port", "15061", "--manager-port", "15038").exit_code == 0
    plain = configure(tmp_path, "--plain-udp")
    assert plain.exit_code == 0 and "chiffrés" in plain.output
    assert plan(tmp_path).ports == Ports(sip=5060, manager=15038)


def test_the_virtual_customers_are_counted(tmp_path: Path) -> None:
    told = configure(tmp_path, "--host", "127.0.0.1", "--mode", "practice", "--customers", "2")
    assert told.exit_code == 0 and "2 client(s) virtuel(s)" in told.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--rtp-ports", "30000"), "20000-20999"),
        (("--rtp-ports", "30000-30010"), "n'a pas assez de ports"),
        (("--sip-port", "20500"), "parmi ceux de la parole"),
        (("--sip-port", "15000", "--manager-port", "15000"), "à la fois"),
        (("--sip-port", "80"), "1024"),
        (("--customers", "2"), "client virtuel"),
    ],
)
def test_ports_that_cannot_be_are_refused(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    told = configure(tmp_path, "--host", "127.0.0.1", *words)
    assert told.exit_code != 0 and said in told.output
    assert not (tmp_path / "exchange" / "exchange.json").exists()
