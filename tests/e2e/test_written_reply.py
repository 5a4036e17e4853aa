"""A written reply from the end of its simulation to paper: a template, the text by keys, kept as it is typed, handed in for good,
exported, printed on a real queue, and what the debrief finds in it."""

from __future__ import annotations

import hashlib
import io
import re
import time
from pathlib import Path

import odfdo
import pypdf
import pytest

from crm_mock.models import Reply
from crm_mock.reply_paper import page_hash
from tests.cups_queue import CupsQueue
from tests.e2e.lab import Lab
from tests.scenarios.pack_folders import lean_marvalune
from workstation.config import Settings, save_settings

TEXT = "23 novembre 2026, pour quatre versements de 41,15 EUR, soit 164,60 EUR"


@pytest.fixture
def queue(tmp_path: Path) -> CupsQueue:
    return CupsQueue(tmp_path / "cups")


@pytest.fixture
def lab(tmp_path: Path, queue: CupsQueue) -> Lab:
    lab = Lab(tmp_path, pack=str(lean_marvalune(tmp_path)))
    save_settings(Settings(printer=queue.address), lab.home)
    return lab


def test_a_reply_is_written_handed_in_and_printed(lab: Lab, queue: CupsQueue) -> None:
    with queue, lab:
        lab.sign_in("Camille Renard")
        _nothing_is_due_yet(lab)
        lab.start_simulation("S9")
        lab.end_simulation()
        _the_reply_is_due(lab)
        _from_a_template(lab)
        _typed_and_kept(lab)
        _printed_as_a_draft_it_says_so(lab, queue)
        _handed_in(lab)
        _locked(lab)
        _on_paper(lab, queue)
        _as_files(lab)
        _the_debrief_tells_what_is_in_it(lab)
        lab.leave()
    lab.verify()
    assert lab.tracebacks() == []


def _nothing_is_due_yet(lab: Lab) -> None:
    lab.terminal.keys("S-F9")
    lab.terminal.wait_for("Aucune réponse écrite n'est demandée pour l'instant")


def _the_reply_is_due(lab: Lab) -> None:
    lab.terminal.keys("S-F9")
    lab.terminal.wait_for(
        "W3 Confirmation de l'accord de paiement", "Consigne", "Mme Nadège CORBULON", "Factures non réglées", "F-2610-0917"
    )
    lab.terminal.wait_for("W3 : à créer", "nadege.corbulon@courriel.example", "0 mots · 0 lignes (8 à 15) · sans correcteur")
    lab.wait_for_row("RecordOpened", id="corbulon-nadege")


def _from_a_template(lab: Lab) -> None:
    """Back from the text: subject, addressee, channel, template; its button is next."""
    terminal = lab.terminal
    for _step in range(4):
        before = terminal.painted("page blanche")
        terminal.keys("BTab")
        time.sleep(0.1)
    terminal.wait_repainted("page blanche", before)
    terminal.keys("Right")
    terminal.wait_for("◂ Accord de paiement ▸")
    before = terminal.painted("Insérer")
    terminal.keys("Tab")
    terminal.wait_repainted("Insérer", before)
    terminal.keys("Enter")
    terminal.wait_for("Madame Corbulon,", "Confirmation de notre accord – dossier MVL-199407", "entretien téléphonique du [date du")
    lab.wait_for_row("RecordCreated", record_kind="reply", after={"simulation": "S9", "status": "brouillon", "channel": "e-mail"})


def _typed_and_kept(lab: Lab) -> None:
    """In place of the template's first blank, the day of a call that was not made; a record of the file each time the keys rest."""
    lab.terminal.type(TEXT)
    lab.wait_for_row("RecordChanged", record_kind="reply", after={"body": lambda body: TEXT in body and "[date du contact]" not in body})
    lab.terminal.wait_for("Enregistré")


def _press(lab: Lab, name: str) -> None:
    """From the text, Tab leads to the buttons in order."""
    order = ("Remettre", "PDF", "ODT", "Imprimer")
    for button in order[: order.index(name) + 1]:
        before = lab.terminal.painted("Imprimer")
        lab.terminal.keys("Tab")
        lab.terminal.wait_repainted("Imprimer", before)
        assert button
    lab.terminal.keys("Enter")


def _printed_as_a_draft_it_says_so(lab: Lab, queue: CupsQueue) -> None:
    _press(lab, "Imprimer")
    lab.terminal.wait_for("✓ Imprimé", within=40)
    (draft,) = queue.printed()
    assert "BROUILLON, NON REMIS" in _text(draft)
    assert lab.wait_for_row("ReplyPrinted", state="done").data["printer"] == "Laser de la salle"


def _handed_in(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("S-F9")  # the text has the focus again
    _press(lab, "Remettre")
    terminal.wait_for("Remettre W3 – Confirmation de l'accord de paiement ?", "Une réponse remise ne se modifie plus.", "[échéances")
    terminal.keys("2")
    lab.wait_for_row("RecordChanged", record_kind="reply", after={"status": "remise"})
    terminal.wait_for("✓ Remise le 23/11/2026", "elle ne se modifie plus")


def _locked(lab: Lab) -> None:
    """No key changes it any more."""
    since = lab.last_seq()
    lab.terminal.type("encore un mot")
    lab.terminal.keys("C-s")
    lab.terminal.keys("M-0")
    lab.terminal.wait_for("[0 Sim")
    lab.terminal.keys("S-F9")
    lab.terminal.wait_for("elle ne se modifie plus")
    assert not lab.rows("RecordChanged", since, record_kind="reply")


def _on_paper(lab: Lab, queue: CupsQueue) -> None:
    """The very text on the record, its hash and that of the page."""
    for _step in range(3):  # the closed text, PDF, ODT, Imprimer
        before = lab.terminal.painted("Imprimer")
        lab.terminal.keys("Tab")
        lab.terminal.wait_repainted("Imprimer", before)
    lab.terminal.keys("Enter")
    lab.wait_until(lambda: len(queue.printed()) == 2, "the second printing", 40)
    (reply,) = lab.records(Reply)
    assert (
        reply.status == "remise"
        and reply.sha256 == hashlib.sha256(reply.body.encode()).hexdigest()
        and reply.template == "confirmation-echeancier"
    )
    printed = _text(queue.printed()[1])
    assert reply.sha256 in printed and TEXT in printed and "Confirmation de notre accord – dossier MVL-199407" in printed
    candidate = re.search(r"Candidat : (\S+, séance \S+) · W3 · remise le 23/11/2026", printed)
    assert candidate is not None and page_hash(reply.sha256, candidate[1], 1, 1) in printed


def _as_files(lab: Lab) -> None:
    before = lab.terminal.painted("ODT")
    lab.terminal.keys("BTab")
    lab.terminal.wait_repainted("ODT", before)
    lab.terminal.keys("Enter")
    row = lab.wait_for_row("ReplyExported", status="remise", file=lambda name: name.endswith(".odt"))
    kept = lab.folder / "replies" / row.data["file"]
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == row.data["sha256"]
    document = odfdo.Document(io.BytesIO(kept.read_bytes()))
    assert any(TEXT in line.inner_text for line in document.body.get_elements("text:p"))
    lab.wait_until(lambda: list(lab.folder.rglob("documents/W3-*.odt")), "the copy on the desk's side")


def _the_debrief_tells_what_is_in_it(lab: Lab) -> None:
    lab.terminal.keys("M-0")
    lab.terminal.wait_for("[0 Sim")
    lab.open_debrief()  # of the one the list was left on
    told = _whole_debrief(lab)
    assert "La réponse écrite" in told and "Réponse écrite W3 : remise à" in told
    assert "Total de la dette, 164,60 € : dans le texte" in told and "Montant de chaque échéance, 41,15 € : dans le texte" in told
    assert "Les quatre dates : non trouvé dans le texte" in told and "Aucun frais réclamé : rien de tel dans le texte" in told


def _whole_debrief(lab: Lab) -> str:
    """As exported: the file holds all of it."""
    lab.terminal.keys("BTab", "Enter")
    path = lab.wait_until(lambda: next(iter(lab.folder.glob("debrief/*.md")), None), "the debrief's file")
    return re.sub(r"\\(.)", r"\1", Path(path).read_text(encoding="utf-8"))


def _text(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())
