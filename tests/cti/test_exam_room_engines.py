"""Which engines an exam room may take."""

from __future__ import annotations

from cti.phone.pjsua2_engine import Pjsua2Engine
from cti.phone.port import EXAM_ROOM_NEEDS, Capability
from cti.phone.pyvoip_engine import PyVoipEngine


def test_pjsua2_has_all_that_an_exam_room_needs() -> None:
    assert EXAM_ROOM_NEEDS <= Pjsua2Engine.capabilities


def test_pyvoip_is_not_for_an_exam_room() -> None:
    missing = EXAM_ROOM_NEEDS - PyVoipEngine.capabilities
    assert {Capability.TLS, Capability.SRTP, Capability.BLIND_TRANSFER} <= missing
