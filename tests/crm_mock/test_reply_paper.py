"""Written replies on paper: the PDF and its hashes, the OpenDocument file opened again, text that no font or XML takes."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
import zipfile

import odfdo
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_mock.models import Reply
from crm_mock.reply_odt import reply_odt
from crm_mock.reply_pages import reply_pdf
from crm_mock.reply_paper import Paper, page_hash
from crm_mock.rules.profile import CompanyProfile

COMPANY = CompanyProfile(
    name="Brûlerie d'Essai",
    legal="SAS au capital de 1 000 € (société fictive)",
    address=("1 quai des Essais", "96100 Valmérac-sur-Ouzelle"),
    phone="+33199004000",
    email="bonjour@essai.example",
    website="www.essai.example",
    mediator="Médiation Exemple (fictif)",
    delivery={},
    scale=(),
)
BODY = "Madame Corbulon,\n\nNous confirmons l'accord : quatre échéances de 41,15 €, œuvre d'hier.\n\n  1) 23/11/2026\n\nCordialement"
ADDRESS = ("Mme Nadège CORBULON", "6 rue du Four-à-Chanvre", "96270 Lanvern-le-Bas")


def paper(body: str = BODY, **more: object) -> Paper:
    given_fields = {"channel": "lettre", "subject": "Notre accord – MVL-199407", "sent_to": "nadege@courriel.example", "body": body}
    handed_in = {"status": "remise", "submitted_at": "2026-11-23T14:20:05Z", "sha256": hashlib.sha256(body.encode()).hexdigest()}
    reply = Reply.model_validate({"id": "w3", "contact_id": "c", "simulation": "S9", **given_fields, **handed_in, **more})
    return Paper(COMPANY, reply, ADDRESS, dt.date(2026, 11, 23), "0042", "W3")


def pages_of(content: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def test_a_letter_has_its_letterhead_its_address_and_its_text() -> None:
    (page,) = pages_of(reply_pdf(paper()))
    expected = (
        COMPANY.name,
        "01 99 00 40 00",
        *ADDRESS,
        "Valmérac-sur-Ouzelle, le lundi 23 novembre 2026",
        "Objet : Notre accord – MVL-199407",
    )
    for text in (*expected, "quatre échéances de 41,15 €, œuvre d'hier.", "1) 23/11/2026", "Médiation Exemple"):
        assert text in page, text
    assert "nadege@courriel.example" not in page  # a letter goes to the address


def test_each_page_says_whose_it_is_and_a_hash_that_can_be_made_again() -> None:
    long = paper("\n".join(f"ligne {n}" for n in range(120)))
    pages = pages_of(reply_pdf(long))
    assert len(pages) == 3
    digest = hashlib.sha256(long.reply.body.encode()).hexdigest()
    shown = []
    for number, page in enumerate(pages, start=1):
        assert "Candidat : 0042 · W3 · remise le 23/11/2026 à 15:20:05" in page and digest in page
        found = re.search(rf"Page {number}/3 : ((?:[0-9a-f]{{4}} ?){{4}})", page)
        assert found is not None
        shown.append(found[1].strip())
        again = hashlib.sha256(f"{digest}\f0042\f{number}/3".encode()).hexdigest()[:16]
        assert shown[-1].replace(" ", "") == again
    assert len(set(shown)) == 3


def test_another_text_another_candidate_or_another_page_is_another_hash() -> None:
    hashes = {page_hash("a", "0042", 1, 2), page_hash("b", "0042", 1, 2), page_hash("a", "0043", 1, 2), page_hash("a", "0042", 2, 2)}
    assert len(hashes) == 4


def test_an_e_mail_and_a_text_message_have_their_heads() -> None:
    (mail,) = pages_of(reply_pdf(paper(channel="e-mail")))
    assert "E-mail" in mail and "nadege@courriel.example" in mail and "bonjour@essai.example" in mail and "Lanvern" not in mail
    (text,) = pages_of(reply_pdf(paper("Rappel convenu.", channel="sms", subject="")))
    assert "SMS" in text and "Objet" not in text and "Rappel convenu." in text


def test_a_draft_says_so() -> None:
    draft = paper(status="brouillon", submitted_at="", sha256="")
    (page,) = pages_of(reply_pdf(draft))
    assert "BROUILLON, NON REMIS" in page and hashlib.sha256(BODY.encode()).hexdigest() in page


def test_the_same_reply_is_the_same_file() -> None:
    assert reply_pdf(paper()) == reply_pdf(paper())


def test_the_odt_is_one_that_a_word_processor_opens() -> None:
    content = reply_odt(paper())
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.infolist()[0].filename == "mimetype" and packed.infolist()[0].compress_type == zipfile.ZIP_STORED
        assert packed.read("mimetype") == b"application/vnd.oasis.opendocument.text"
        assert packed.testzip() is None and {"content.xml", "styles.xml", "meta.xml", "META-INF/manifest.xml"} <= set(packed.namelist())
    document = odfdo.Document(io.BytesIO(content))
    assert document.get_type() == "text"
    lines = [paragraph.inner_text for paragraph in document.body.get_elements("text:p")]
    assert lines[:3] == list(ADDRESS) and "Objet : Notre accord – MVL-199407" in lines
    assert lines[-len(BODY.splitlines()) :] == BODY.splitlines()
    assert (document.meta.title, document.meta.generator) == ("Notre accord – MVL-199407", "Plateau")
    page = document.get_style("master-page", "Standard")
    assert isinstance(page, odfdo.StyleMasterPage)
    head, foot = page.get_page_header(), page.get_page_footer()
    assert head is not None and foot is not None
    assert COMPANY.name in head.inner_text
    assert "Candidat : 0042 · W3 · remise le 23/11/2026 à 15:20:05" in foot.inner_text and paper().sha256 in foot.inner_text
    assert foot.get_elements("//text:page-number")


@pytest.mark.parametrize(
    "hostile", ['<b>gras</b> & "fin"', "a\x00b\x0b\ud800c", "tab\tulation", "a\n  deux  blancs,  puis trois   ici", "漢字 🎉 ﷽", "]]>"]
)
def test_text_from_people_is_only_text(hostile: str) -> None:
    made = paper(hostile.encode("utf-8", "ignore").decode())
    assert pages_of(reply_pdf(made))
    document = odfdo.Document(io.BytesIO(reply_odt(made)))
    last = document.body.get_elements("text:p")[-1].inner_text
    assert last == "".join(c for c in made.reply.body.splitlines()[-1] if c == "\t" or c.isprintable())


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=400))
def test_no_text_breaks_the_papers(body: str) -> None:
    made = paper(body)
    assert pages_of(reply_pdf(made))
    assert odfdo.Document(io.BytesIO(reply_odt(made))).get_type() == "text"
