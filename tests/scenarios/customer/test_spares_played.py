"""The virtual customer plays a spare persona as it plays a simulation of the subject."""

from __future__ import annotations

from scenarios.customer.stock import who_answers
from scenarios.customer.thread import written_simulation
from scenarios.customer.world import World, simulation_to_call
from scenarios.pack_load import load_pack
from tests.scenarios.pack_folders import DAY, MARVALUNE


def test_a_spare_calls_writes_and_answers() -> None:
    pack = load_pack(MARVALUNE, DAY, "B")
    calling = simulation_to_call(World(simulation="S1R", agent="ready", desk="sip:desk@10.0.0.1"), pack, 0)
    assert calling is not None and calling.persona.contact_id == "talverac-simone"
    writing = written_simulation(World(simulation="S3R"), pack)
    assert writing is not None and writing.id == "S3R"
    number = pack.simulation("S9R").persona.number
    assert who_answers(pack, "S9R", number).simulation_id == "S9R"
    assert who_answers(pack, "S9", number).kind == "voicemail"
