"""The candidate's brief on paper: what it holds, its table of contents, extracts by block, and how long it may be."""

from __future__ import annotations

import datetime as dt
import io
import re
from pathlib import Path

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.brief_pdf import EXTRACT, WHOLE, Brief, brief_pdf, page_count, parts
from scenarios.pack import Pack, ReferenceText
from scenarios.pack_check import check_pack
from scenarios.pack_check_brief import whole_subject
from scenarios.pack_load import load_pack, read_pack
from scenarios.standard import load_standard

from .pack_folders import DAY, MARVALUNE, OTHER_DAYS, skeleton, spoil, told
from .pack_folders import marvalune as read_marvalune


def pages_of(brief: Brief) -> list[str]:
    """Each page's words, parted by one blank."""
    return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(brief.pdf)).pages]


@pytest.fixture(scope="module")
def marvalune() -> Pack:
    return read_marvalune()


def test_the_whole_holds_every_text_and_leads_to_it(marvalune: Pack) -> None:
    brief = brief_pdf(marvalune)
    pages = pages_of(brief)
    assert len(pages) == brief.pages and WHOLE[0] <= brief.pages <= WHOLE[1]
    contents, everything = pages[0], " ".join(pages)
    for part in parts(marvalune):
        assert part.title in contents, part.title
    for words in ("Mise en situation du lundi 23 novembre 2026", "01 99 00 40 09", "Ne jamais souffler", "25,00 €"):
        assert words in everything, words
    assert "**" not in everything and "|---" not in everything and "Mots-clés" not in everything and "CCP : " not in everything
    for number, page in enumerate(pages, 1):
        assert f"Page {number}/{len(pages)}" in page and "dossier du candidat" in page


def test_the_table_of_contents_tells_the_page_where_each_part_begins(marvalune: Pack) -> None:
    pages = pages_of(brief_pdf(marvalune))
    places = [int(found[1]) for part in parts(marvalune) if (found := re.search(re.escape(part.title) + r" (\d+) ", pages[0]))]
    assert len(places) == len(parts(marvalune)) and places == sorted(places), pages[0]
    for part, page in zip(parts(marvalune), places, strict=True):
        assert part.title in pages[page - 1], (part.title, page)
    reader = pypdf.PdfReader(io.BytesIO(brief_pdf(marvalune).pdf))
    outline = [item for item in reader.outline if not isinstance(item, list)]
    assert [item.title for item in outline] == [part.title for part in parts(marvalune)]
    assert [(reader.get_destination_page_number(item) or 0) + 1 for item in outline] == places


@pytest.mark.parametrize("ccp", ["ccp1", "ccp2"])
def test_an_extract_holds_its_block_under_the_numbers_of_the_whole(marvalune: Pack, ccp: str) -> None:
    brief = brief_pdf(marvalune, ccp)
    assert EXTRACT[0] <= brief.pages <= EXTRACT[1]
    contents = pages_of(brief)[0]
    assert f"extrait {ccp.upper()}" in contents
    titles = {part.title for part in parts(marvalune, ccp)}
    own, other = ("10. Enquêtes", "8. Barème") if ccp == "ccp1" else ("8. Barème", "10. Enquêtes")
    assert any(title.startswith(own) for title in titles) and not any(title.startswith(other) for title in titles)
    assert own in contents and other not in contents and "1. Consignes" in contents and "9. Charte" in contents


def test_every_competence_has_its_procedures_in_its_extract(marvalune: Pack) -> None:
    """What a page names (P-09, partie 7) is in the same extract, or in every one."""
    for ccp in ("ccp1", "ccp2"):
        chosen = parts(marvalune, ccp)
        ids = {part.text.id for part in chosen}
        for part in chosen:
            if part.text.ccps == (ccp,):
                named = set(re.findall(r"P-\d\d", part.text.text))
                missing = named - ids - {"P-13"}  # a complaint is transmitted whatever the block
                assert not missing, (ccp, part.title, missing)


def test_the_same_texts_give_the_same_bytes_and_count(marvalune: Pack) -> None:
    assert brief_pdf(marvalune).pdf == brief_pdf(marvalune.model_copy()).pdf
    assert page_count(marvalune) == brief_pdf(marvalune).pages


@pytest.mark.parametrize("day", OTHER_DAYS[:3])
def test_it_holds_on_other_days(day: dt.date) -> None:
    pack = read_pack(MARVALUNE, day).pack
    assert pack is not None
    assert [WHOLE[0] <= page_count(pack) <= WHOLE[1], *(EXTRACT[0] <= page_count(pack, c) <= EXTRACT[1] for c in ("ccp1", "ccp2"))] == [
        True
    ] * 3


def test_marvalune_is_a_whole_subject(marvalune: Pack) -> None:
    standard = load_standard(marvalune.identity.standard)
    assert whole_subject(marvalune, standard)
    assert not whole_subject(marvalune.model_copy(update={"simulations": marvalune.simulations[:8]}), standard)


def test_a_brief_too_long_or_of_an_unknown_block_is_a_fault(tmp_path: Path) -> None:
    path = skeleton(tmp_path)
    page = next((path / "brief").glob("*.md"))
    page.write_text(page.read_text(encoding="utf-8").replace("\n", "\nCCP : ccp3\n", 1), encoding="utf-8")
    assert told(check_pack(path, DAY), f"brief/{page.name}", 3, "bloc « ccp3 » inconnu")
    spoil(path, f"brief/{page.name}", "CCP : ccp3\n", "CCP : CCP1, ccp2\n")
    assert load_pack(path, DAY).texts[0].ccps == ("ccp1", "ccp2") and check_pack(path, DAY) == []
    page.write_text(page.read_text(encoding="utf-8") + "\n\nUn paragraphe de plus, qui ne dit rien de neuf." * 1200, encoding="utf-8")
    assert told(check_pack(path, DAY), "brief", 0, "pages imprimées, 16 au plus")


MARKDOWN = st.lists(
    st.sampled_from(
        ["", "Un **texte** et *un autre* <b>", "## Titre", "- point", "  - dedans", "1. un", "   suite", "| a | b |", "|---|---|", "| 1 |",
         "| | |", "`code` & → ≤ − « é »", "**", "- ", "#", "|", "漢字 🎉"]
    ),
    max_size=14,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(MARKDOWN)
def test_no_text_breaks_it(lines: list[str]) -> None:
    pack = read_marvalune().model_copy(update={"texts": (ReferenceText(id="b", title="T", kind="brief", text="\n".join(lines)),)})
    brief = brief_pdf(pack)
    assert brief.pages >= 1 and "1. T" in pages_of(brief)[0]
