"""The customers' sheets on paper: one page each, whole, with the hint to tick."""

from __future__ import annotations

import io

import pypdf

from scenarios.persona_pdf import persona_pdf

from .pack_folders import marvalune


def test_each_customer_is_on_one_page_with_what_is_hidden_and_the_hint() -> None:
    pack = marvalune()
    made = persona_pdf(pack)
    pages = [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(made.pdf)).pages]
    assert made.pages == len(pages) == len(pack.playable) == 18
    for page, simulation in zip(pages, pack.playable, strict=True):
        persona = simulation.persona
        assert page.startswith(f"{simulation.id} · {persona.name}") and "Réservé au jury" in page
        assert persona.hint is not None and f"dès {persona.hint.after} min" in page and persona.hint.says[:30] in page
        assert page.count("[ ]") == len(persona.hidden) + 1 and persona.ending[-30:] in page and "En cas de panne" in page
