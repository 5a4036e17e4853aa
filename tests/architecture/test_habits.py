"""House rules a machine can hold: sizes, names, bans."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = ("workstation", "scenarios", "cti", "crm_mock")
SOURCES = sorted(path for floor in (*FLOORS, "tests", "benchmarks") for path in (ROOT / floor).rglob("*.py"))
OURS = [path for path in SOURCES if path.relative_to(ROOT).parts[0] in FLOORS]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_source_file_passes_600_lines() -> None:
    long = {name(path): len(path.read_text().splitlines()) for path in SOURCES}
    assert {n: lines for n, lines in long.items() if lines > 600} == {}


def test_names_say_what_a_file_holds() -> None:
    vague = {"utils", "helpers", "manager", "handler", "common", "misc"}
    assert [name(path) for path in SOURCES if path.stem in vague] == []


def test_nothing_is_called_from_a_foreign_thread() -> None:
    """Textual's call_from_thread blocks the caller and hangs at shutdown: post_message is the way."""
    assert [name(path) for path in OURS if "call_from_thread" in path.read_text()] == []


@pytest.mark.parametrize("path", [p for p in OURS if "textual" in p.read_text()], ids=name)
def test_every_worker_names_its_group_and_spares_the_app(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
        if called in ("run_worker", "work"):
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            spared = given.get("exit_on_error")
            assert "group" in given, f"{name(path)}:{node.lineno}: a worker without group="
            assert isinstance(spared, ast.Constant) and spared.value is False, f"{name(path)}:{node.lineno}: exit_on_error=False is missing"


def test_nothing_committed_names_a_machine_or_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    forbidden = re.compile(
        "|".join(("/wor" + "k/", "/roo" + "t/", "pythonhoste" + "d", "pypi[.]or" + "g", "deb[.]debia" + "n[.]org", "npmj" + "s[.]org"))
    )
    found = []
    for file in filter(None, listed):
        path = ROOT / file
        if path.suffix in (".mo", ".png", ".wav", ".pdf") or not path.is_file():
            continue
        found += [f"{file}:{n}" for n, line in enumerate(path.read_text(errors="replace").splitlines(), 1) if forbidden.search(line)]
    assert found == []


def test_sql_lives_in_the_case_file_and_the_register() -> None:
    """The desk's spool keeps its own small queue; nobody else speaks SQL."""
    speaks = re.compile(r"\b(SELECT .+ FROM|INSERT (OR \w+ )?INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE)\b")
    elsewhere = [
        name(path)
        for path in OURS
        if speaks.search(path.read_text())
        and not name(path).startswith(("crm_mock/", "scenarios/room/register.py", "workstation/links/spool.py"))
    ]
    assert elsewhere == []
