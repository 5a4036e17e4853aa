"""The knowledge base of Marvalune: sixty articles of a page, agreed with catalogue, services and brief, giving no simulation away."""

from __future__ import annotations

import re
import time
from pathlib import Path

from crm_mock.models import Contact, Product
from crm_mock.rules.telephone import to_e164
from scenarios.brief_pdf import parts
from scenarios.pack import ReferenceText
from scenarios.pack_check import check_pack
from workstation.ui.screens.campaign_words import SHEET_WORDS
from workstation.ui.screens.reference_text import Shelf

from .pack_folders import DAY, marvalune, skeleton, told

AMOUNT = re.compile(r"(\d+(?:,\d\d)?) €")
NUMBER = re.compile(r"0\d(?: \d\d){4}")
SCENES = (  # what a trainee finds out, in each subject
    *("164,60", "41,15", "16,92", "17,88", "418,80", "7,80", "vinaigre blanc", "24,90 € par mois"),
    *("124,60", "31,15", "180,60", "45,15", "8,40", "jus de citron", "25,90 € par mois", "23,90 € par mois"),
)


def articles() -> list[ReferenceText]:
    return [text for text in marvalune().texts if text.kind == "knowledge"]


def test_sixty_articles_of_two_to_four_hundred_words() -> None:
    assert len(articles()) == 60 and [a.id for a in articles()] == [f"K-{n:02d}" for n in range(1, 61)]
    assert len({a.title for a in articles()}) == 60 and all(a.keywords.count(",") >= 3 for a in articles())
    for article in articles():
        words = len(re.findall(r"[\wÀ-ÿ'’\-]+", article.text))
        assert 200 <= words <= 400, (article.id, words)


def test_prices_and_numbers_are_the_pack_s() -> None:
    pack = marvalune()
    known = {f"{r.price_cents // 100},{r.price_cents % 100:02d}" for r in pack.records if isinstance(r, Product)}
    known |= {amount for text in pack.texts if text.kind != "knowledge" for amount in AMOUNT.findall(text.text)}
    numbers = {service.number for service in pack.services}
    for article in articles():
        strange = {a for a in AMOUNT.findall(article.text) if a not in known and f"{a},00" not in known} - {"40"}  # a card that is not made
        assert not strange, (article.id, strange)
        assert {to_e164(n) for n in NUMBER.findall(article.text)} <= numbers, article.id


def test_no_article_tells_of_a_simulation() -> None:
    pack = marvalune()
    heroes = {s.persona.contact_id for s in pack.simulations}
    people = [r for r in pack.records if isinstance(r, Contact) and r.id in heroes]
    secret = {word for r in people for word in (r.last_name, r.reference) if word} | set(SCENES)
    for article in articles():
        text = f"{article.title} {article.text}".casefold()
        assert not [word for word in secret if word.casefold() in text], article.id
        told_of = f"{article.keywords} {article.title}".lower()
        assert not [word for word in SHEET_WORDS if word in told_of], f"{article.id} would be among the argument sheets"


def test_they_are_read_on_screen_and_not_printed() -> None:
    assert all(part.text.kind != "knowledge" for ccp in ("", "ccp1", "ccp2") for part in parts(marvalune(), ccp))


def test_words_without_accents_find_them_and_quickly() -> None:
    shelf = Shelf([text.model_dump(mode="json") for text in articles()])
    first = {
        query: shelf.found(query)[0][0]["title"]
        for query in ("detartrage kit", "pause abonnement", "decafeine", "rgpd", "point relais", "e3")
    }
    assert first["decafeine"] == "Le décaféiné : ce qui existe" and first["rgpd"].startswith("Les données personnelles")
    assert "Détartrer" in first["detartrage kit"] and first["e3"] == "Voyants et codes de la Lune S"
    assert shelf.found("zzz") == [] and len(shelf.found("")) == 60
    begun = time.perf_counter()
    for n in range(1, 12):
        shelf.found("livraison a domicile"[:n])
    assert time.perf_counter() - begun < 0.5  # a tenth of it here; a letter waits for nothing


def test_a_knowledge_article_is_checked_like_the_others(tmp_path: Path) -> None:
    pack = skeleton(tmp_path)
    (pack / "knowledge").mkdir(exist_ok=True)
    (pack / "knowledge" / "K-01-eau.md").write_text("# L'eau\nMots-clés : eau\n\nDe l'eau.\n", encoding="utf-8")
    assert check_pack(pack, DAY) == []
    (pack / "knowledge" / "K-02-sel.md").write_text("Le sel\n", encoding="utf-8")
    assert told(check_pack(pack, DAY), "knowledge/K-02-sel.md", 1, "titre")
