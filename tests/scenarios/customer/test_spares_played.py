"""The virtual customer plays a spare persona as it plays a simulation of the subject."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_mock import errors
from scenarios.customer.stock import who_answers
from scenarios.customer.thread import written_simulation
from scenarios.customer.world import World, simulation_to_call
from scenarios.evidence import compare_records
from scenarios.pack_load import load_pack
from tests.scenarios.pack_folders import DAY, MARVALUNE, marvalune
from tests.workstation.panes.room_host import case_of


def test_a_spare_calls_writes_and_answers() -> None:
    pack = load_pack(MARVALUNE, DAY, "B")
    calling = simulation_to_call(World(simulation="S1R", agent="ready", desk="sip:desk@10.0.0.1"), pack, 0)
    assert calling is not None and calling.persona.contact_id == "talverac-simone"
    writing = written_simulation(World(simulation="S3R"), pack)
    assert writing is not None and writing.id == "S3R"
    number = pack.simulation("S9R").persona.number
    assert who_answers(pack, "S9R", number).simulation_id == "S9R"
    assert who_answers(pack, "S9", number).kind == "voicemail"


def test_what_a_desk_may_write_is_all_that_the_over_indebted_spare_expects(tmp_path: Path) -> None:
    spare = marvalune().simulation("S9R")
    who = spare.persona.contact_id
    case = case_of(tmp_path, who)

    def put(kind: str, ident: str, version: int = 0, **fields: object) -> None:
        desk = {"write_id": f"{kind}-{ident}", "actor": "candidate", "role": "candidate", "call_key": "k1"}
        case.put(kind, ident, version, fields if version else {"contact_id": who, **fields}, **desk)

    before = compare_records(spare.expected.records, case.customer_file(who).records, case.rows())
    assert [one.expected.id for one in before if one.same] == ["aucun_echeancier", "aucune_promesse", "aucun_lien", "aucun_mandat"]
    noted = "Surendettement : dossier Banque de France 126 4518, recevabilité du 10/11."
    put("identification", "i", outcome="vérifié", elements=["date de naissance"])
    put("collection_case", f"{who}.impaye", 1, reason="surendettement", remark=noted)
    for kind, fields in (("promise", {"amount_cents": 2000}), ("payment_plan", {"status": "accepté"})):
        with pytest.raises(errors.BusinessRefusal, match="surendettement"):
            put(kind, "non", **fields)
    put("task", "t", service="Comptes clients", title="Surendettement", detail=noted)
    put("interaction", "n", call_key="k1", result="TRANSFERT", direction="sortant", codes=["SURENDETTEMENT"], comment="Comptes clients")
    after = compare_records(spare.expected.records, case.customer_file(who).records, case.rows())
    assert [one.expected.id for one in after if not one.same] == []
    case.close()
