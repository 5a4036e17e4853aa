"""What the customer knows from the journal, and what a payment link goes through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scenarios.customer.stock import e164, who_answers
from scenarios.customer.world import LinkWish, World, link_moves, simulation_to_call
from tests.scenarios.customer.playbook import row
from tests.scenarios.customer.tiny_pack import CALLED, tiny_pack


def told(*rows: dict[str, Any]) -> World:
    world = World()
    for one in rows:
        world = world.apply(one)
    return world


def test_rows_are_kept_from_the_start_of_the_simulation_without_its_own_words() -> None:
    opened = row("RecordOpened", id="c-1")
    world = told(row("RecordOpened", id="before"), row("SimulationStarted", simulation="IN"), opened, row("CustomerSpoke", text="x"))
    assert world.rows == (opened,)
    assert world.apply(row("SimulationEnded", simulation="IN")).rows == ()


def test_only_an_inbound_simulation_that_is_played_wants_a_call(tmp_path: Path) -> None:
    pack = tiny_pack(tmp_path)
    ready = [row("StationConnected", contact="sip:x@y"), row("AgentStateChanged", after={"state": "ready"})]
    assert simulation_to_call(told(*ready), pack, 0) is None
    assert simulation_to_call(told(*ready, row("SimulationStarted", simulation="OUT")), pack, 0) is None
    playing = told(*ready, row("SimulationStarted", simulation="IN"))
    called = simulation_to_call(playing, pack, 2)
    assert called is not None and called.id == "IN"
    assert simulation_to_call(playing, pack, 3) is None
    assert simulation_to_call(playing.apply(row("AgentStateChanged", after="wrap_up")), pack, 0) is None
    assert simulation_to_call(playing.apply(row("StationConnected", contact="")), pack, 0) is None


def test_where_to_call_may_be_the_exchanges_to_say(tmp_path: Path) -> None:
    pack = tiny_pack(tmp_path)
    playing = told(row("AgentStateChanged", after="ready"), row("SimulationStarted", simulation="IN"))
    assert simulation_to_call(playing, pack, 0) is None
    assert simulation_to_call(playing, pack, 0, "sip:file-poste1@192.0.2.1") is not None
    assert simulation_to_call(playing.apply(row("StationConnected", contact="sip:x@y")), pack, 0, "") is None


@pytest.mark.parametrize(("cause", "taken"), [(44, False), (16, True), (31, True)])
def test_a_call_of_which_one_end_died_is_to_be_made_again(cause: int, taken: bool) -> None:
    def of_the_call(kind: str, **data: Any) -> dict[str, Any]:
        return {**row(kind, **data), "call_key": "k1"}

    world = told(row("SimulationStarted", simulation="IN"), of_the_call("CallOffered"), of_the_call("CallAnswered"))
    assert world.taken
    ended = world.apply(of_the_call("CallEnded", cause="hung_up")).apply(of_the_call("ExchangeCleared", line="client1", cause=cause))
    assert ended.taken is taken


def test_the_last_open_link_of_the_contact_is_the_one_that_is_paid() -> None:
    def link(name: str, kind: str = "RecordCreated", **after: Any) -> dict[str, Any]:
        return row(kind, record_kind="payment_link", id=name, contact_id="c-1", after=after, version=1 if kind == "RecordCreated" else 2)

    world = told(link("a", status="envoyé"), link("b", status="envoyé"), link("a", "RecordChanged", status="autorisé"))
    found = world.link_of("c-1")
    assert found is not None and (found.id, found.version) == ("b", 1)
    assert world.link_of("c-2") is None
    assert world.links["a"].version == 2


@pytest.mark.parametrize(
    ("wish", "status", "moves"),
    [
        ("open_link", "envoyé", ("ouvert",)),
        ("authorise_link", "envoyé", ("ouvert", "autorisé")),
        ("authorise_link", "ouvert", ("autorisé",)),
        ("authorise_link", "refusé", ("autorisé",)),
        ("refuse_link", "envoyé", ("ouvert", "refusé")),
        ("refuse_link", "autorisé", ()),
        ("open_link", "ouvert", ()),
    ],
)
def test_what_a_link_goes_through(wish: LinkWish, status: str, moves: tuple[str, ...]) -> None:
    assert link_moves(wish, status) == moves


def test_a_number_is_the_customers_only_while_his_simulation_is_played(tmp_path: Path) -> None:
    pack = tiny_pack(tmp_path)
    assert [who_answers(pack, playing, CALLED).kind for playing in ("OUT", "IN", "")] == ["customer", "voicemail", "voicemail"]


@pytest.mark.parametrize("written", ["02 61 91 70 44", "0261917044", "0033261917044", "+33 2 61 91 70 44", "+33261917044"])
def test_a_dialled_number_in_any_writing(written: str) -> None:
    assert e164(written) == CALLED
