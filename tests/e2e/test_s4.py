"""S4 as its trainee plays it: an order with a shortage, a substitution, an additional sale, and a customer who reads his card aloud."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pypdf
import pytest

from crm_mock.models import Document, Identification, Interaction, Note, Order, PaymentLink, Product
from crm_mock.rules.telephone import to_e164
from tests.e2e.lab import Lab, energy_db, loud_seconds, speech_wav, spoken_fast
from tests.e2e.subject import Story

BASTIEN, MAIL = "lormier-bastien", "bastien.lormier@courriel.example"
CARD = "4970105181854329"  # passes Luhn's check; nobody's
CODES = ["CDE_VALIDEE", "SUBSTITUTION_OK", "VA_ACCEPTEE", "REGLT_OK"]

ZENITH = 420  # cents, the box


@dataclass(frozen=True)
class Asked:
    """What the customer wants: boxes of capsules, and a product, as it is typed and shown; how many of these are left."""

    boxes: int
    typed: str
    also: str
    left: int


ASKED = {
    "A": Asked(6, "detart", "Kit de détartrage", 35),
    "B": Asked(7, "nettoyant", "Nettoyant circuit lait", 40),
    "C": Asked(5, "pichet", "Pichet à lait", 33),
}


@pytest.fixture
def lab(tmp_path: Path, subject: str) -> Lab:
    greeting = "Brûlerie Marvalune, service commandes, bonjour, que puis-je faire pour vous ?"
    mic = speech_wav(tmp_path / "mic.wav", [(0.6, greeting)], seconds=8)
    return Lab(tmp_path, mic=mic, pack=spoken_fast(tmp_path, "S4"), story=Story("S4", subject))


def test_an_order_with_a_shortage_paid_by_secure_link(lab: Lab) -> None:
    with lab:
        lab.sign_in("Camille Renard")
        lab.start_simulation("S4")
        lab.ready()
        _the_call_names_its_queue_and_is_answered(lab)
        _identification(lab)
        _substitution(lab)
        _what_was_asked_and_what_goes_with_it(lab)
        _five_no_six(lab)
        _validated(lab)
        _no_card_aloud_nor_in_a_note(lab)
        _paid_by_link(lab)
        _documents_and_goodbye(lab)
        lab.qualify(CODES, comment="Zénith à la place d'Équinoxe, filtre ajouté, payé par lien.")
        lab.end_simulation()
        _debrief(lab)
        lab.leave()
    _the_file(lab)
    _no_card_on_disk(lab)
    lab.verify()
    assert lab.tracebacks() == []


def _asked(lab: Lab) -> Asked:
    return ASKED[lab.story.letter]


def _euros(cents: int) -> str:
    return f"{cents // 100},{cents % 100:02} €"


def _tell(lab: Lab, cue: str, *answers: str) -> None:
    """By key, what was said and that it is the customer's turn; then his answer."""
    lab.cue(cue)
    lab.says(*answers)


def _the_call_names_its_queue_and_is_answered(lab: Lab) -> None:
    lab.wait_for_row("CallOffered", caller=to_e164(lab.its("05 36 49 12 75")), queue="Commandes")
    lab.sees("SONNE", "05 36 49 12 75", "Bastien Lormier", "file Commandes", "M. Bastien LORMIER · MVL-201340")
    lab.terminal.keys("F3")
    lab.wait_for_row("CallAnswered")
    lab.says("ouverture")
    heard = lab.wait_for_row("CustomerHeard")
    assert 1.5 < heard.data["seconds"] < 8.0  # the greeting, through RTP
    before = loud_seconds(lab.heard())
    lab.wait_until(lambda: loud_seconds(lab.heard()) > before + 2.0, "two seconds of the customer's voice in the ear")
    assert -40 < energy_db(lab.heard()[-16000:]) < -10


def _identification(lab: Lab) -> None:
    _tell(lab, "identification", "identite")
    lab.terminal.keys("M-1", "M-Right")
    lab.sees("[ ] code postal         96450")
    lab.terminal.keys("Space", "Down", "Down", "Space")
    lab.terminal.wait_for("[x] nom", "[x] code postal")
    lab.save_and_wait("identification", contact_id=lab.its(BASTIEN))
    lab.terminal.wait_for("✓ vérifié (nom, code postal)")


def _substitution(lab: Lab) -> None:
    lab.cue("besoin")
    lab.cue("a_vous")  # he spells his name for twelve seconds
    lab.says("besoin")
    lab.terminal.keys("M-2")
    lab.terminal.wait_for("+ nouvelle")
    lab.terminal.keys("Enter")
    lab.terminal.wait_for("produit, ou « 6 produit »")
    lab.terminal.type(f"{_asked(lab).boxes} equi")
    lab.terminal.wait_for("Équinoxe", "rupture", "12/01/2027")
    before = lab.terminal.painted("12/01/2027")
    lab.terminal.keys("Enter")
    lab.terminal.wait_repainted("12/01/2027", before)
    lab.terminal.keys("Enter")
    lab.terminal.wait_for("Rupture : Capsules Équinoxe", "Capsules Zénith", "4,20 €")
    _tell(lab, "rupture", "rupture")
    lab.terminal.keys("Enter")
    lab.terminal.wait_for("Capsules Zénith, étui de 10 ← ", "proposée")
    _tell(lab, "substitution", "zenith")
    lab.terminal.keys("Enter")
    lab.terminal.wait_for("acceptée", "au lieu de", _euros(ZENITH * _asked(lab).boxes))
    row = lab.save_and_wait("order", contact_id=lab.its(BASTIEN))
    assert [(p["nature"], p["outcome"]) for p in row.data["after"]["proposals"]] == [("substitution", "acceptée")]


def _what_was_asked_and_what_goes_with_it(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("M-Left")
    terminal.wait_for("Chercher")
    asked = _asked(lab)
    goods = asked.boxes * ZENITH + lab.story.cents("12,90")
    terminal.type(asked.typed)
    lab.sees(asked.also, "12,90 €")
    terminal.keys("Enter")
    terminal.wait_for(f"{asked.boxes + 1} art. {_euros(goods)} + 3,90 € = {_euros(goods + 390)}")
    terminal.keys("M-Right", "M-Right")
    terminal.wait_for(f"il manque {_euros(3900 - goods)}", "vente additionnelle non proposée")
    lab.sees("↓ reprend Place des Halles-Neuves")
    _tell(lab, "livraison", "relais")
    terminal.keys("Tab", "Down")
    terminal.wait_gone("point relais à choisir")
    _tell(lab, "total", "frais")
    terminal.keys("M-Left")
    screen = terminal.wait_for("à proposer")
    offered = [line for line in screen.splitlines() if "Substitution " in line or "Additionnelle " in line]
    terminal.keys("Tab", "Tab", *["Down"] * next(i for i, line in enumerate(offered) if "Filtre" in line), "Enter")
    terminal.wait_for("Filtre à eau ←")
    _tell(lab, "additionnelle", "filtre")
    terminal.keys("Enter")
    _basket(lab, asked.boxes + 2, "48,00")


def _basket(lab: Lab, articles: int, total: str) -> None:
    """Delivered for nothing."""
    lab.sees(f"{articles} art. {total} € + 0,00 € = {total} €")


def _five_no_six(lab: Lab) -> None:
    """« Mettez plutôt cinq », then six again: the basket follows, and is told again each time."""
    terminal = lab.terminal
    _tell(lab, "recapitulatif", "hesite")
    terminal.keys("BTab", "BTab", "Home", "-")
    _basket(lab, _asked(lab).boxes + 1, "43,80")
    _tell(lab, "recapitulatif", "laisse_six")
    terminal.keys("+")
    _basket(lab, _asked(lab).boxes + 2, "48,00")


def _validated(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("M-Right")
    lab.sees("✓ Rien d'oublié", "atteint", "48,00 €")
    since = lab.last_seq()
    terminal.keys("Tab", "Tab", "Enter")
    row = lab.wait_for_row("RecordChanged", record_kind="order", since=since, after={"status": "validée"})
    assert row.data["after"]["reference"].startswith("CDE-")
    terminal.wait_for(row.data["after"]["reference"], "(confirmé)")


def _no_card_aloud_nor_in_a_note(lab: Lab) -> None:
    terminal = lab.terminal
    lab.says("paiement")
    _tell(lab, "stop_carte", "carte_stoppee")
    terminal.keys("M-8")
    terminal.wait_for("[8 Notes]")
    terminal.type(f"carte {CARD} fin")
    terminal.wait_for("masqué", "4329")
    assert CARD not in terminal.screen()
    lab.wait_for_row("CardNumberRefused", field="text")
    lab.save_and_wait("note", contact_id=lab.its(BASTIEN))


def _paid_by_link(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("M-2", "M-Right")
    terminal.wait_for("Préparer un lien")
    terminal.keys("Enter")
    lab.sees("Envoyer le lien", MAIL, "48,00 €")
    lab.save_and_wait("payment_link", contact_id=lab.its(BASTIEN))
    terminal.wait_for("Lien envoyé")
    lab.says("lien_recu")
    lab.wait_for_row("RecordChanged", record_kind="payment_link", after={"status": "ouvert"})
    terminal.wait_for("ouvert")
    lab.says("lien_paye")
    row = lab.wait_for_row("RecordChanged", record_kind="payment_link", after={"status": "autorisé"})
    terminal.wait_for("autorisé", row.data["after"]["authorisation"])


def _documents_and_goodbye(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("M-Right")
    lab.sees("Numéro à donner au client : CDE-", "[x] confirmation de commande", MAIL)
    terminal.keys("Tab", "Tab", "Enter")
    lab.wait_until(lambda: len(lab.rows("DocumentProduced")) == 3, "three documents")
    _tell(lab, "documents", "bilan")
    _tell(lab, "conge", "au_revoir")
    lab.wait_for_row("CallEnded", by="remote")
    terminal.wait_for("Le client a raccroché", "à qualifier (F8)")


def _debrief(lab: Lab) -> None:
    terminal = lab.terminal
    lab.open_debrief()
    terminal.keys("BTab", "Enter")
    terminal.wait_for("Bilan enregistré dans le fichier")
    told = next(lab.folder.rglob("*.md")).read_text(encoding="utf-8")
    assert "Stock de filtres à eau diminué d'un" in told
    assert "≠" not in told.split("## Les étapes")[0]


def _the_file(lab: Lab) -> None:
    """What the sitting holds once everything has stopped."""
    assert lab.records(Identification, contact_id=lab.its(BASTIEN))[0].outcome == "vérifié"
    asked, total = _asked(lab), lab.story.cents("48,00")
    order = next(o for o in lab.records(Order, contact_id=lab.its(BASTIEN)) if o.status == "validée" and o.total_cents == total)
    assert (order.delivery, order.relay_point, order.delivery_cents) == ("relais", lab.its("Place des Halles-Neuves"), 0)
    assert sorted((line.product_id, line.quantity, line.origin, line.replaces) for line in order.lines) == [
        ("CAP-ZENITH", asked.boxes, "substitution", "CAP-EQUINOXE"),
        ("FILTRE-EAU", 1, "additionnel", ""),
        (lab.its("KIT-DETARTRAGE"), 1, "demandé", ""),
    ]
    assert [(p.nature, p.product_id, p.outcome) for p in order.proposals] == [
        ("substitution", "CAP-ZENITH", "acceptée"),
        ("additionnelle", "FILTRE-EAU", "acceptée"),
    ]
    stocks = {p.id: p.stock for p in lab.records(Product)}
    assert (stocks["CAP-ZENITH"], stocks[lab.its("KIT-DETARTRAGE")], stocks["FILTRE-EAU"]) == (240 - asked.boxes, asked.left, 53)
    (link,) = lab.records(PaymentLink, contact_id=lab.its(BASTIEN))
    assert (link.order_id, link.status, link.amount_cents, link.sent_to) == (order.id, "autorisé", total, lab.its(MAIL))
    texts = {}
    for document in lab.records(Document, contact_id=lab.its(BASTIEN)):
        assert (document.status, document.channel, document.sent_to) == ("envoyé", "e-mail", lab.its(MAIL))
        pages = pypdf.PdfReader(lab.folder / "documents" / document.file).pages
        texts[document.template] = "\n".join(page.extract_text() for page in pages)
    assert set(texts) == {"confirmation de commande", "conditions générales", "formulaire de rétractation"}
    confirmation = texts["confirmation de commande"]
    assert all(words in confirmation for words in (order.reference, lab.its("48,00"), "Zénith", lab.its("Halles-Neuves")))
    assert order.reference in texts["formulaire de rétractation"]
    call_key = lab.rows("CallAnswered")[0].call_key
    interaction = next(i for i in lab.records(Interaction, contact_id=lab.its(BASTIEN)) if i.call_key == call_key)
    assert (interaction.result, sorted(interaction.codes)) == ("ABOUTI", sorted(CODES))


def _no_card_on_disk(lab: Lab) -> None:
    note = lab.records(Note, contact_id=lab.its(BASTIEN))[0]
    assert note.text.startswith("carte •") and "4329" in note.text
    for path in lab.folder.rglob("*"):
        if path.is_file():
            assert CARD[:12].encode() not in path.read_bytes(), path
