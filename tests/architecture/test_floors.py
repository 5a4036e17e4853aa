"""Who may load whom, looked at where it counts: in `sys.modules` of a fresh interpreter.

The static contracts (import-linter, in pyproject.toml) see the graph; this sees what an import really loads.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCREEN = {"textual", "rich"}
NETWORK = {"httpx", "uvicorn", "websockets", "fastapi", "starlette"}
STORAGE = {"sqlite_utils", "sqlite3"}
SIP = {"pjsua2", "pyVoIP"}
SOUND = {"miniaudio", "pasimple", "pulsectl", "py_nanotts"}

PURE = {
    "cti.messages": SCREEN | NETWORK | STORAGE | SIP | SOUND | {"pydantic", "crm_mock", "scenarios", "workstation"},
    "cti.agent": SCREEN | NETWORK | STORAGE | SIP | SOUND | {"pydantic", "crm_mock", "scenarios", "workstation"},
    "cti.call": SCREEN | NETWORK | STORAGE | SIP | SOUND | {"pydantic", "crm_mock", "scenarios", "workstation"},
    "cti.phone.port": SCREEN | NETWORK | STORAGE | SIP | SOUND | {"crm_mock", "scenarios", "workstation"},
    "cti.phone.emodel": SCREEN | NETWORK | STORAGE | SIP | SOUND | {"crm_mock", "scenarios", "workstation"},
    "cti.phone.audio.known_tones": SCREEN | NETWORK | STORAGE | SIP | SOUND | {"crm_mock", "scenarios", "workstation"},
    "cti.phone.client": SCREEN | NETWORK | STORAGE | SIP | SOUND | {"crm_mock", "scenarios", "workstation"},
    "cti.api": SCREEN | STORAGE | SIP | SOUND | {"crm_mock", "scenarios", "workstation"},
    "crm_mock.models": SCREEN | NETWORK | STORAGE | SIP | SOUND | {"cti", "scenarios", "workstation"},
    "crm_mock.rules.payment_plan": SCREEN | NETWORK | STORAGE | SIP | SOUND | {"cti", "scenarios", "workstation"},
    "crm_mock.rules.order_totals": SCREEN | NETWORK | STORAGE | SIP | SOUND | {"cti", "scenarios", "workstation"},
    "crm_mock.casefile": SCREEN | NETWORK | SIP | SOUND | {"cti", "scenarios", "workstation"},
    "crm_mock.api": SCREEN | SIP | SOUND | {"cti", "scenarios", "workstation"},
    "scenarios.customer.dialogue": SCREEN | NETWORK | STORAGE | SIP | SOUND | {"workstation"},
    "scenarios.customer.turn_taking": SCREEN | NETWORK | STORAGE | SIP | {"workstation"},
    "scenarios.evidence": SCREEN | NETWORK | STORAGE | SIP | SOUND | {"workstation"},
    "scenarios.sitting": SCREEN | NETWORK | STORAGE | SIP | SOUND | {"workstation"},
    "scenarios.clock": SCREEN | NETWORK | STORAGE | SIP | SOUND | {"workstation"},
    "scenarios.pack_load": SCREEN | NETWORK | SIP | SOUND | {"workstation"},
    "scenarios.room.check": SCREEN | NETWORK | STORAGE | SIP | SOUND | {"workstation"},
    "scenarios.room.serve": SCREEN | SIP | SOUND | {"workstation"},
    "workstation.desk.reducer": SCREEN | NETWORK | STORAGE | SIP | SOUND,
    "workstation.jury.console.reducer": SCREEN | NETWORK | STORAGE | SIP | SOUND,
    "workstation.jury.console.words": SCREEN | NETWORK | STORAGE | SIP | SOUND,
    "workstation.check.calls": SCREEN | NETWORK | STORAGE | SIP | SOUND,
    "workstation.links.spool": SCREEN | SIP | SOUND,
}


@pytest.mark.parametrize("module", PURE)
def test_what_a_module_loads(module: str) -> None:
    probe = f"import json, sys\nimport {module}\nprint(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    run = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    loaded = set(json.loads(run.stdout.splitlines()[-1]))
    assert not loaded & PURE[module], f"{module} loads {sorted(loaded & PURE[module])}"


def files_that_mention(words: tuple[str, ...], among: str) -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for floor in ("workstation", "scenarios", "cti", "crm_mock")
        for path in (ROOT / floor).rglob(among)
        if any(word in path.read_text() for word in words)
    }


def test_each_sip_library_lives_behind_its_own_files() -> None:
    assert all(name.startswith("cti/phone/pjsua2") for name in files_that_mention(("import pjsua2", "from pjsua2"), "*.py"))
    assert all(name.startswith("cti/phone/pyvoip") for name in files_that_mention(("import pyVoIP", "from pyVoIP"), "*.py"))
