"""The engines that must keep the contract of `cti.phone.port`: name -> how to make one.

An engine whose package is not for this platform still stands here: its `start` raises EngineUnavailable, and the test says so.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import cast

from cti.phone.port import SoftphoneEngine


def _made_by(module: str, name: str) -> Callable[[], SoftphoneEngine]:
    return lambda: cast(SoftphoneEngine, getattr(importlib.import_module(module), name)())


ENGINES: dict[str, Callable[[], SoftphoneEngine]] = {
    "pjsua2": _made_by("cti.phone.pjsua2_engine", "Pjsua2Engine"),
    "pyvoip": _made_by("cti.phone.pyvoip_engine", "PyVoipEngine"),
}
