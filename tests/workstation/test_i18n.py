"""The interface in English: nothing missing from the catalogue, nothing said in the wrong language."""

from __future__ import annotations

import ast
import gettext
import io
import re
import string
import typing
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from pydantic import BaseModel

from crm_mock.models import KINDS, Instalment, OrderLine, Proposal
from tests.workstation.desk_of_tests import running_desk
from workstation import i18n
from workstation.i18n import DOMAIN, LOCALES, _, labelled, use_language
from workstation.ui.actions import SHARED_PLACE, TAB_DIGITS, TAB_SHORT
from workstation.ui.record_words import FIELD_WORDS, SPECIAL_WORDS, VALUE_WORDS

SOURCE = Path(i18n.__file__).parents[1]
PO = LOCALES / "en" / "LC_MESSAGES" / f"{DOMAIN}.po"
# Where a word of a table, or a French value of the records, is translated as it is shown.
SHOWN_FROM_TABLES = {
    "calibrate/app.py",
    "check/words.py", "desk/course.py", "desk/phone_facts.py", "desk/room_answers.py", "desk/room_news.py",
    "desk/softphone_facts.py", "desk/team.py", "desk/words.py", "jury/action_keys.py", "jury/actions.py", "jury/console/words.py",
    "jury/screens/client.py", "jury/screens/deliberation.py", "jury/screens/grid.py", "jury/screens/incident.py",
    "jury/screens/interview.py", "jury/screens/replies.py", "jury/screens/team.py", "jury/widgets/exam_words.py",
    "jury/widgets/jury_bar.py", "jury/widgets/sheet_text.py", "jury/widgets/timeline_words.py", "links/french_dictionary.py",
    "session/action_keys.py", "session/actions.py", "session/reducer.py", "session/screens/jury_form.py",
    "session/screens/stopping.py", "session/session_bar.py", "session/view.py", "ui/action_keys.py", "ui/action_table.py",
    "ui/actions.py", "ui/record_words.py", "ui/screens/booking_desk.py", "ui/screens/calendar_page.py", "ui/screens/call_log.py",
    "ui/screens/campaign_desk.py", "ui/screens/campaign_people.py", "ui/screens/chat_desk.py", "ui/screens/collection_desk.py",
    "ui/screens/contact_desk.py", "ui/screens/customer_file.py", "ui/screens/help.py", "ui/screens/keypad.py",
    "ui/screens/making_pane.py", "ui/screens/office_desk.py", "ui/screens/opening_hours.py", "ui/screens/order_desk.py",
    "ui/screens/record_pane.py", "ui/screens/reference.py", "ui/screens/reply_words.py", "ui/screens/retention_desk.py",
    "ui/screens/search.py", "ui/screens/selling_desk.py", "ui/screens/selling_form.py", "ui/screens/sheet_commands.py",
    "ui/screens/simulations.py", "ui/screens/support_desk.py", "ui/screens/support_words.py", "ui/screens/survey_desk.py",
    "ui/screens/survey_interview.py", "ui/screens/survey_steps.py", "ui/screens/survey_words.py", "ui/screens/tree_walk.py",
    "ui/widgets/call_bar.py", "ui/widgets/field_box.py", "ui/widgets/fields.py", "ui/widgets/lines.py", "ui/widgets/record_form.py",
    "ui/widgets/record_list.py", "ui/widgets/save_words.py", "ui/widgets/team_line.py",
}  # fmt: skip
# The language is chosen before the commands are described.
AT_IMPORT = {
    "archive_cli.py", "asterisk_cli.py", "calibrate_cli.py", "check_cli.py", "cli.py", "cli_options.py", "rehearsal_cli.py", "room_cli.py",
    "rotation_cli.py", "seal_cli.py", "session_cli.py", "training_cli.py",
}  # fmt: skip


@pytest.fixture
def english() -> Iterator[None]:
    use_language("en")
    yield
    use_language("fr")


@cache
def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="en")


def texts(path: Path) -> dict[str, str]:
    """msgid to msgstr, without the header."""
    return {str(message.id): str(message.string) for message in catalogue(path) if message.id}


@cache
def extracted() -> frozenset[str]:
    found = extract_from_dir(SOURCE, [("**.py", "python")], keywords={**DEFAULT_KEYWORDS, "N_": None})
    return frozenset(str(message) for _file, _line, message, _comments, _context in found)


@cache
def marked() -> tuple[tuple[str, ast.Call], ...]:
    """(file, call) of each `_(…)` and `N_(…)` of the source."""
    calls = []
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "N_"):
                calls.append((path.relative_to(SOURCE).as_posix(), node))
    return tuple(calls)


def literal(call: ast.Call) -> str | None:
    first = call.args[0]
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def test_the_template_is_the_source_s() -> None:
    assert set(texts(SOURCE / "i18n" / f"{DOMAIN}.pot")) == extracted(), "run `make i18n`"


def test_what_is_marked_is_extracted() -> None:
    """Extraction does not see a call inside another, nor inside an f-string."""
    assert {text for _file, call in marked() if (text := literal(call)) is not None} == extracted()


def test_every_string_is_said_in_english() -> None:
    assert set(texts(PO)) == extracted(), "run `make i18n`"
    assert [id for id, said in texts(PO).items() if not said.strip()] == []
    assert [message.id for message in catalogue(PO) if message.fuzzy] == []


def _holes(text: str) -> list[tuple[str, str | None]]:
    return sorted((name, form) for _text, name, form, _conversion in string.Formatter().parse(text) if name is not None)


def test_translations_keep_placeholders_and_edges() -> None:
    for id, said in texts(PO).items():
        assert _holes(id) == _holes(said), id
        assert (id[:1].isspace(), id[-1:].isspace()) == (said[:1].isspace(), said[-1:].isspace()), id


def test_english_punctuation() -> None:
    """No blank before a colon, a semicolon or a question mark; no French quotation marks; no key by its French name."""
    for id, said in texts(PO).items():
        assert not re.search(r"\s[:;?!](\s|$)|[«»]|\b(Échap|Maj|Entrée|Suppr)\b", said), (id, said)


def test_the_compiled_catalogue_is_the_text_s() -> None:
    made = io.BytesIO()
    write_mo(made, catalogue(PO))
    made.seek(0)
    with PO.with_suffix(".mo").open("rb") as file:
        kept = gettext.GNUTranslations(file)
    now = gettext.GNUTranslations(made)
    assert {id: kept.gettext(id) for id in texts(PO)} == {id: now.gettext(id) for id in texts(PO)}, "run `make i18n`"
    assert kept.info() == now.info()


def test_files_say_the_same_at_every_run() -> None:
    for path in (SOURCE / "i18n" / f"{DOMAIN}.pot", PO):
        text = path.read_text(encoding="utf-8")
        assert "POT-Creation-Date: 2026-01-01 00:00+0000" in text
        assert "\n#: " not in text, "no places in the source: they change with every edit"


def test_only_strings_and_words_of_tables_are_translated() -> None:
    for file, call in marked():
        assert len(call.args) == 1, (file, call.lineno)
        if literal(call) is None:
            where = f"{file}:{call.lineno} {ast.unparse(call)}"
            assert isinstance(call.func, ast.Name)
            assert call.func.id == "_", where
            assert file in SHOWN_FROM_TABLES, where
            within = [call.args[0], *ast.walk(call.args[0])]
            assert not any(isinstance(node, (ast.JoinedStr, ast.BinOp)) for node in within), where


class _AtImport(ast.NodeVisitor):
    """`_` calls that run when a module is imported: not in the body of a function, yet in its decorators and defaults."""

    def __init__(self) -> None:
        self.found: list[int] = []

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for part in (*node.decorator_list, node.args):
            self.visit(part)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.visit(node.args)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id == "_":
            self.found.append(node.lineno)
        self.generic_visit(node)


def test_nothing_is_translated_at_import() -> None:
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        visitor = _AtImport()
        visitor.visit(ast.parse(path.read_text(encoding="utf-8")))
        assert not visitor.found or name in AT_IMPORT, (name, visitor.found)


def _values(annotation: object) -> Iterator[str]:
    if typing.get_origin(annotation) is typing.Literal:
        yield from typing.get_args(annotation)
    else:
        for part in typing.get_args(annotation):
            yield from _values(part)


def test_every_enumerated_value_has_a_word() -> None:
    models: tuple[type[BaseModel], ...] = (*KINDS.values(), OrderLine, Proposal, Instalment)
    values = {value for model in models for field in model.model_fields.values() for value in _values(field.annotation) if value}
    assert values <= set(VALUE_WORDS)


@pytest.mark.usefixtures("english")
def test_the_empty_string_stays_empty() -> None:
    assert _("") == ""
    assert labelled("Dû {n}", "50 %") == "Dû {n}: 50 %"


@pytest.mark.usefixtures("english")
def test_the_short_tabs_hold_in_80_cells() -> None:
    written = [f"{TAB_DIGITS.get(pane, '')} {_(word)}".strip() for pane, word in TAB_SHORT.items() if pane not in SHARED_PLACE]
    assert len(" ".join(written)) + len("[]") <= 80, written


@pytest.mark.usefixtures("english")
def test_the_words_of_fields_hold_before_their_fields() -> None:
    assert [_(word) for word in (*FIELD_WORDS.values(), *SPECIAL_WORDS.values()) if len(_(word)) > 17] == []


def _french_on(screen: str) -> list[str]:
    """Strings of the interface, of two words or more or written with an accent, that the screen shows untranslated."""
    shown = " ".join(screen.split())
    telling = (id for id, said in texts(PO).items() if id != said and "{" not in id and (" " in id.strip() or not id.isascii()))
    return [id for id in telling if re.search(rf"(?<!\w){re.escape(' '.join(id.split()))}(?!\w)", shown)]


@pytest.mark.usefixtures("english")
async def test_the_desk_speaks_english(tmp_path: Path) -> None:
    async with running_desk(tmp_path) as desk:
        assert _french_on(await desk.until("Sign-in", "Your name")) == []
        await desk.pilot.press("enter")
        await desk.until("Not ready (sign-in)", gone="Sign-in")
        for digit in "1234567890":
            await desk.pilot.press(f"alt+{digit}")
            assert _french_on(await desk.until(f"[{digit} ")) == [], digit
        await desk.pilot.press("f12")
        assert _french_on(await desk.until("All keys", "Answer / Call")) == []
        await desk.pilot.press("escape")
        await desk.pilot.press("ctrl+r")
        await desk.until("► Ready", gone="All keys")
        desk.phone.ring("+33465712108", name="O. VASSERAND", queue="Clients")
        assert _french_on(await desk.until("RINGING", "O. VASSERAND", "Answer")) == []
        await desk.pilot.press("f3")
        assert _french_on(await desk.until("● Talking", "Hang up")) == []
        await desk.pilot.press("f4")
        await desk.until("After-call work")
        await desk.pilot.press("f8")
        assert _french_on(await desk.until("Call disposition", "Save (Ctrl+S)")) == []
