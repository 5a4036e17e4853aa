"""S5 as its trainee plays it: a retiree's needs, the one formula that fits, its price a cup, and an offer to be signed with his wife."""

from __future__ import annotations

from pathlib import Path

import pypdf
import pytest

from crm_mock.models import Contact, Document, Interaction, Opportunity, Subscription, Task
from crm_mock.rules.telephone import to_e164
from tests.e2e.lab import Lab, energy_db, loud_seconds, speech_wav, spoken_fast
from tests.e2e.subject import Story

HECTOR, MAIL = "plessis-vauban-hector", "hector.plessis-vauban@courriel.example"
HOME = {"A": ("2 x 2 tasses par jour", "2"), "B": ("4 tasses par jour", "3"), "C": ("2 x 2 tasses par jour", "2")}
SPOKEN = ["identité", "caractéristiques", "prix", "durée", "rétractation"]


@pytest.fixture
def lab(tmp_path: Path, subject: str) -> Lab:
    greeting = "Brûlerie Marvalune bonjour, que puis-je faire pour vous ?"
    mic = speech_wav(tmp_path / "mic.wav", [(0.6, greeting)], seconds=8)
    return Lab(tmp_path, mic=mic, pack=spoken_fast(tmp_path, "S5"), story=Story("S5", subject))


def test_a_subscription_offered_and_left_to_be_signed_at_home(lab: Lab) -> None:
    with lab:
        lab.sign_in("Camille Renard")
        lab.start_simulation("S5")
        lab.ready()
        _a_prospect_calls(lab)
        _discovery(lab)
        _one_offer(lab)
        _his_card(lab)
        _what_the_law_wants_said(lab)
        _the_offer_leaves(lab)
        lab.qualify(["VENTE_ATT_SIGN"], comment="Grain 34,90 ; décide avec sa femme.", next_on="25/11/2026")
        lab.end_simulation()
        _debrief(lab)
        lab.leave()
    _the_file(lab)
    lab.verify()
    assert lab.tracebacks() == []


def _tell(lab: Lab, cue: str, *answers: str) -> None:
    """By key, what was said and that it is the customer's turn; then his answer."""
    lab.cue(cue)
    lab.says(*answers)


def _a_prospect_calls(lab: Lab) -> None:
    lab.wait_for_row("CallOffered", caller=to_e164(lab.its("03 53 01 60 19")), queue="Conseil et abonnements")
    lab.sees("SONNE", "03 53 01 60 19", "Hector Plessis-Vauban")
    lab.terminal.keys("F3")
    lab.wait_for_row("CallAnswered")
    lab.says("ouverture")
    heard = lab.wait_for_row("CustomerHeard")
    assert 1.0 < heard.data["seconds"] < 8.0  # the greeting, through RTP
    before = loud_seconds(lab.heard())
    lab.wait_until(lambda: loud_seconds(lab.heard()) > before + 1.0, "a second of the customer's voice in the ear")
    assert -40 < energy_db(lab.heard()[-16000:]) < -10


def _discovery(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("S-F7")
    lab.sees("Découverte │ Offre │ Devis", "M. Hector PLESSIS-VAUBAN", "Opportunité : à créer", "Besoins")
    terminal.type("Bon café simple, sans capsules")
    terminal.wait_for("Bon café simple, sans capsules")
    terminal.keys("Tab", "Down", "Down", "Down", "Space", "Down", "Space")
    terminal.wait_for("[x] confort", "[x] argent")
    _tell(lab, "consommation", "foyer")
    drunk, persons = HOME[lab.story.letter]
    lab.field(drunk)
    terminal.wait_for("Lu : 120 tasses par mois")
    lab.field(persons, replacing=True)
    lab.field("Cafetière à filtre")
    lab.field(lab.its("35,00"))
    _tell(lab, "decideur", "epouse")
    lab.field("Sa femme")
    lab.field("Peur de s'engager")
    row = lab.save_and_wait("opportunity", contact_id=lab.its(HECTOR))
    assert [s["stage"] for s in row.data["after"]["stages"]] == ["découverte"]
    terminal.wait_for("OPP-2611-0001", "Découverte ✓")
    _tell(lab, "reformulation", "reformule")


def _one_offer(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("M-Right")
    terminal.wait_for("◂ — ▸", "← → choisissent, une lettre va au nom")
    terminal.keys("BTab", "Right", "Space")
    lab.wait_until(lambda: _stages(lab)[-1:] == ["reformulation"], "the second stage")
    terminal.keys("Tab")
    terminal.type("aaa")
    terminal.wait_for("◂ Abonnement Grain", "› Grain   34,90 €/mois, 0,29 €/tasse", "Intense 37,70 €/mois, 0,31 €/tasse")
    _tell(lab, "offre", "offre")
    terminal.keys("Tab", "Space")
    terminal.wait_for("[x] Confort ·")
    row = lab.save_and_wait("opportunity", contact_id=lab.its(HECTOR))
    assert row.data["after"]["status"] == "proposée" and row.data["after"]["product_id"] == "ABO-GRAIN"
    for cue, answer in (("prix", "prix"), ("tasse", "tasse"), ("souplesse", "rassure"), ("conclusion", "femme")):
        _tell(lab, cue, answer)
    terminal.keys("BTab", "BTab", "Right", "Right", "Space")
    lab.wait_until(lambda: _stages(lab)[-1:] == ["objections"], "the fourth stage")


def _stages(lab: Lab) -> list[str]:
    return [stage.stage for stage in lab.records(Opportunity, contact_id=lab.its(HECTOR))[0].stages]


def _his_card(lab: Lab) -> None:
    terminal = lab.terminal
    _tell(lab, "coordonnees", "coordonnees")
    terminal.keys("M-4")
    terminal.wait_for("[4 Coordonnées]", "+ Téléphone ou e-mail")
    terminal.keys("+")
    terminal.wait_for("Téléphone ou e-mail : à créer")
    terminal.keys("e")
    terminal.wait_for("◂ e-mail ▸")
    lab.field(lab.its(MAIL))
    lab.save_and_wait("contact_point", contact_id=lab.its(HECTOR))
    terminal.keys("M-Right")
    terminal.wait_for("Date d'effet")
    terminal.type("23/11/2026")
    terminal.wait_for("Date d'effet      23/11/2026")
    lab.field(lab.its("9 chemin des Aubépines-Rousses"))
    lab.field(lab.its("96510"), tabs=2)
    lab.field(lab.its("Ormelune-les-Étangs"))
    lab.sees(f"{'Ville':<18}Ormelune-les-Étangs")  # he says it too, and is written on the screen
    lab.save_and_wait("address", contact_id=lab.its(HECTOR))
    terminal.keys("M-Right")
    terminal.wait_for("Canal préféré", "— · M. · Mme")
    lab.field("Café en grains pour deux", tabs=15)
    row = lab.save_and_wait("contact", contact_id=lab.its(HECTOR))
    assert row.data["after"]["need"] == "Café en grains pour deux"


def _what_the_law_wants_said(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("S-F7", "M-Right", "M-Right")
    terminal.wait_for("À dire au téléphone (L221-12)", "· ▲ 09/12/2027")
    for _item in SPOKEN:
        terminal.keys("Space", "Down")
    terminal.wait_for("Cadre légal ✓", "Rétractation jusqu'au 09/12/2026 · 14 jours", "✓ Minimum dit")
    lab.wait_until(lambda: [i.item for i in lab.records(Opportunity, contact_id=lab.its(HECTOR))[0].legal] == SPOKEN, "each said")
    _tell(lab, "legal", "droit")


def _the_offer_leaves(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("M-Right")
    terminal.wait_for("✓ Rien d'oublié", "Décide avec : Sa femme")
    terminal.keys("Enter")
    lab.wait_for_row("RecordChanged", record_kind="opportunity", after={"status": "en attente de signature"})
    lab.wait_until(lambda: len(lab.rows("DocumentProduced")) == 3, "three documents")
    lab.wait_for_row("RecordCreated", record_kind="task", contact_id=lab.its(HECTOR))
    terminal.wait_for("En attente de signature : 418,80 €", "Rien n'est actif avant la signature.")
    lab.says("offre_recue")
    _tell(lab, "conge", "bilan")
    _tell(lab, "conge", "au_revoir")
    lab.wait_for_row("CallEnded", by="remote")
    terminal.wait_for("Le client a raccroché", "à qualifier (F8)")


def _debrief(lab: Lab) -> None:
    terminal = lab.terminal
    lab.open_debrief()
    terminal.keys("BTab", "Enter")
    terminal.wait_for("Bilan enregistré dans le fichier")
    told = next(lab.folder.rglob("*.md")).read_text(encoding="utf-8")
    assert "Aucun contrat actif avant la signature" in told
    assert "≠" not in told.split("## Les étapes")[0]


def _the_file(lab: Lab) -> None:
    """What the sitting holds once everything has stopped."""
    (sale,) = lab.records(Opportunity, contact_id=lab.its(HECTOR))
    assert (sale.status, sale.product_id, sale.price_cents, sale.total_cents) == ("en attente de signature", "ABO-GRAIN", 3490, 41880)
    assert sale.signed_on is None and str(sale.withdrawal_until) == "2026-12-09" and sale.commitment_months == 12
    assert [s.stage for s in sale.stages] == ["découverte", "reformulation", "proposition", "objections", "conclusion"]
    times = [s.at for s in sale.stages]
    assert times == sorted(times) and times[0].startswith("2026-11-23T09:5")  # the scenario's clock: ten to eleven in Paris
    assert all(i.said_at for i in sale.legal) and sale.arguments
    assert lab.records(Subscription, contact_id=lab.its(HECTOR)) == []
    assert lab.records(Contact, id=lab.its(HECTOR))[0].category == "prospect"
    (task,) = lab.records(Task, contact_id=lab.its(HECTOR))
    assert str(task.due_on) == "2026-11-25" and sale.reference in task.title
    texts = {}
    for document in lab.records(Document, contact_id=lab.its(HECTOR)):
        assert (document.status, document.channel, document.sent_to) == ("envoyé", "e-mail", lab.its(MAIL))
        pages = pypdf.PdfReader(lab.folder / "documents" / document.file).pages
        texts[document.template] = "\n".join(page.extract_text() for page in pages)
    assert set(texts) == {"confirmation d'offre", "formulaire de rétractation", "conditions générales"}
    assert f"/signer/{sale.reference}" in texts["confirmation d'offre"] and "418,80" in texts["confirmation d'offre"]
    assert (
        sale.reference in texts["formulaire de rétractation"]
        and lab.its("9 chemin des Aubépines-Rousses") in texts["formulaire de rétractation"]
    )
    call_key = lab.rows("CallAnswered")[0].call_key
    interaction = next(i for i in lab.records(Interaction, contact_id=lab.its(HECTOR)) if i.call_key == call_key)
    assert (interaction.result, interaction.codes) == ("ABOUTI", ("VENTE_ATT_SIGN",))
