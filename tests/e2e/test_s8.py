"""S8 as its trainee plays it: a subscriber who asked to leave is called, says what he really has too much of, and stays on other terms."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pypdf
import pytest

from crm_mock.models import Amendment, Document, Goodwill, Interaction, Subscription, TerminationRequest
from crm_mock.rules.telephone import to_e164
from tests.e2e.lab import Lab, energy_db, loud_seconds, speech_wav, spoken_fast
from tests.e2e.subject import Story

TANCREDE, MAIL = "bellonte-tancrede", "tancrede.bellonte@courriel.example"
ENDS, MONTHS = "J-5+1m", {"A": 32, "B": 28, "C": 36}  # a month after he asked; how long he has been a subscriber


@pytest.fixture
def lab(tmp_path: Path, subject: str) -> Lab:
    story = Story("S8", subject)
    # after « Client virtuel automatique de Plateau. Oui, Bellonte, j'écoute. », which the law wants heard whole
    asked = story.its("Bonjour monsieur Bellonte, ici la brûlerie Marvalune, je vous appelle au sujet de votre abonnement")
    mic = speech_wav(tmp_path / "mic.wav", [(4.0, asked)], seconds=10)
    return Lab(tmp_path, mic=mic, pack=spoken_fast(tmp_path, "S8", speed=2.0), story=story)


def test_a_subscriber_who_was_leaving_stays_on_terms_that_suit_him(lab: Lab) -> None:
    with lab:
        lab.sign_in("Camille Renard")
        lab.start_simulation("S8")
        _the_file_is_read_and_he_is_called(lab)
        _identification(lab)
        _the_first_reason_and_the_real_one(lab)
        _the_grid_in_its_order(lab)
        _agreement_hesitation_satisfaction(lab)
        _the_request_is_withdrawn_at_his_wish(lab)
        _the_amendment_in_writing(lab)
        _tell(lab, "conge", "bilan")
        _tell(lab, "conge", "au_revoir")
        lab.wait_for_row("CallEnded", by="remote")
        lab.terminal.wait_for("Le client a raccroché", "à qualifier (F8)")
        comment = f"{_left(lab)} capsules en trop ; Douceur à 16,92 EUR six mois, sans engagement."
        lab.qualify(["RETENU_OFFRE", "DOWNGRADE"], comment=comment)
        lab.end_simulation()
        _debrief(lab)
        lab.leave()
    _the_sitting_s_file(lab)
    lab.verify()
    assert lab.tracebacks() == []


def _left(lab: Lab) -> int:
    """Capsules in his cupboard."""
    return int(lab.its("160"))


def _tell(lab: Lab, cue: str, *answers: str) -> None:
    """By key, what was said and that it is the customer's turn; then his answer."""
    lab.cue(cue)
    lab.says(*answers)


def _the_file_is_read_and_he_is_called(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("F5")
    terminal.wait_for("[7 Recherche]")
    terminal.type(lab.its("bellonte"))
    lab.sees("bellonte")
    terminal.keys("Enter")
    lab.sees("« bellonte »", "M. Tancrède BELLONTE ", "MVL-203377")
    terminal.keys("Enter")
    lab.wait_for_row("RecordOpened", id=lab.its(TANCREDE))
    terminal.keys("S-F8")
    asked, ends = lab.story.day("J-5"), lab.story.day(ENDS)
    terminal.wait_for("Fidélisation]", f"29,90 €/mois · depuis {MONTHS[lab.story.letter]} mois · 100/mois")
    terminal.wait_for(f"départ demandé le {asked:%d/%m}, fin le {ends:%d/%m/%Y}")
    gesture = lab.its(f"GC-{lab.story.day('J-14m'):%y%m}-0087")
    terminal.wait_for("gestes 0,00 € sur 45,00 €", gesture)
    terminal.keys("M-4")
    lab.sees("[4 Coordonnées]", "☎ 06 39 98 55 60", "Alt+N appelle", "ligne prête")
    terminal.keys("Down", "M-n")
    lab.wait_for_row("CallPlaced", target=lambda target: to_e164(lab.its("06 39 98 55 60")) in target)
    lab.wait_for_row("CallAnswered", within=30)
    assert lab.says("decroche").data["text"].startswith("Client virtuel automatique")
    heard = lab.wait_for_row("CustomerHeard", within=30)
    assert 2.0 < heard.data["seconds"] < 8.0  # the presentation, through RTP
    before = loud_seconds(lab.heard())
    lab.says("encore")
    lab.wait_until(lambda: loud_seconds(lab.heard()) > before + 1.0, "a second of the customer's voice in the ear")
    assert -40 < energy_db(lab.heard()[-16000:]) < -10


def _identification(lab: Lab) -> None:
    _tell(lab, "identification", "identite")
    lab.terminal.keys("M-1", "M-Right")
    lab.sees("[ ] nom", "[ ] date de naissance   03/05/1971")
    lab.terminal.keys("Space", "Down", "Down", "Down", "Space")
    lab.terminal.wait_for("[x] nom", "[x] date de naissance")
    lab.save_and_wait("identification", contact_id=lab.its(TANCREDE))


def _the_first_reason_and_the_real_one(lab: Lab) -> None:
    """The price first, the quantity once one takes an interest; the motive and what is left in his cupboard go in the file."""
    terminal = lab.terminal
    _tell(lab, "motif", "concurrent")
    _tell(lab, "empathie", "que_quand_on_part")
    _tell(lab, "usage", "surstock")
    terminal.keys("S-F8")
    terminal.wait_for("départ demandé")
    terminal.keys("M-Right")
    terminal.wait_for("→ complète le mot proposé", "Unités en stock")
    terminal.type("surstock")
    terminal.wait_for("Motif             surstock")
    lab.save_and_wait("termination_request", contact_id=lab.its(TANCREDE), after={"motive": "surstock"})
    terminal.wait_for("Motif ✓")
    terminal.keys(*["Tab"] * 7, "C-u")  # the other fields of the request, then what is delivered, then what is left
    terminal.type(str(_left(lab)))
    terminal.wait_for(f"Unités en stock   {_left(lab)}")
    lab.save_and_wait("subscription", contact_id=lab.its(TANCREDE), after={"unused_units": _left(lab)})
    terminal.wait_for(f"{_left(lab)} en réserve")
    _tell(lab, "reformule", "enfants")


def _the_grid_in_its_order(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("M-Right")
    terminal.wait_for("Pause de deux mois offerts", "Douceur, −15 % pendant 6 mois", "à proposer", "rien à payer", "aucun engagement")
    terminal.keys("Enter")
    lab.wait_for_row("RecordCreated", record_kind="amendment", after={"offer_rule": "pause-2", "status": "proposé", "motive": "surstock"})
    terminal.wait_for("AVN-2611-0001", "Accepté par le client")
    _tell(lab, "pause", "pause")
    terminal.keys("Tab", "Enter")
    lab.wait_for_row("RecordChanged", record_kind="amendment", after={"status": "refusé"})
    terminal.wait_for("N°   Offre", "refusé")
    terminal.keys("Down")
    terminal.wait_for("Geste 17,88 €, il reste 45,00 €", "16,92 €", "ensuite 19,90 € par mois")
    terminal.keys("Enter")
    lab.wait_for_row("RecordCreated", record_kind="amendment", after={"offer_rule": "douceur-15", "discounted_cents": 1692})
    terminal.wait_for("AVN-2611-0002", "du 01/12/2026 au 31/05/2027 : 16,92 €")
    _tell(lab, "douceur", "demi_prix")
    _tell(lab, "plafond", "interesse")


def _agreement_hesitation_satisfaction(lab: Lab) -> None:
    terminal = lab.terminal
    _tell(lab, "termes", "accord")
    terminal.keys("Enter")
    row = lab.wait_for_row("RecordChanged", record_kind="amendment", after={"status": "accepté"})
    lab.wait_for_row("RecordCreated", record_kind="goodwill", since=row.seq - 1, after={"amount_cents": 1788})
    terminal.wait_for("Demandez si cela lui convient", "gestes 17,88 € sur 45,00 €", "← →  — · confirmée · réservée")
    _tell(lab, "satisfait", "hesite")
    _tell(lab, "libre", "rassure")
    _tell(lab, "satisfait", "content")
    terminal.keys("c")
    terminal.wait_for("◂ confirmée ▸")
    lab.save_and_wait("amendment", contact_id=lab.its(TANCREDE), after={"satisfaction": "confirmée"})


def _the_request_is_withdrawn_at_his_wish(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("M-Right")
    ends = f"Fin du contrat le {lab.story.day(ENDS):%d/%m/%Y}"
    terminal.wait_for("Son départ n'attend ni offre ni accord", ends, "Traiter la résiliation")
    terminal.keys("Tab", "Enter")
    lab.wait_for_row("RecordChanged", record_kind="termination_request", after={"status": "retirée à la demande du client"})
    terminal.wait_for("le contrat continue", "résiliation retirée à sa demande")


def _the_amendment_in_writing(lab: Lab) -> None:
    lab.terminal.keys("M-Right")
    lab.terminal.wait_for("+ Document")
    lab.terminal.keys("+")
    lab.sees("Document : à créer", "◂ avenant ▸", MAIL)
    lab.save_and_wait("document", contact_id=lab.its(TANCREDE), after={"template": "avenant"})


def _debrief(lab: Lab) -> None:
    terminal = lab.terminal
    lab.open_debrief()
    terminal.keys("BTab", "Enter")
    terminal.wait_for("Bilan enregistré dans le fichier")
    told = next(lab.folder.rglob("*.md")).read_text(encoding="utf-8")
    assert "Geste de 17,88 €, sous le plafond" in told and "La première offre de la grille a été faite" in told
    assert "≠" not in told.split("## Les étapes")[0]


def _the_sitting_s_file(lab: Lab) -> None:
    """What the sitting holds once everything has stopped."""
    (request,) = lab.records(TerminationRequest, contact_id=lab.its(TANCREDE))
    assert (request.status, request.motive, request.effective_on) == ("retirée à la demande du client", "surstock", lab.story.day(ENDS))
    pause, douceur = sorted(lab.records(Amendment, contact_id=lab.its(TANCREDE)), key=lambda a: a.reference)
    assert (pause.offer_rule, pause.status, pause.cost_cents) == ("pause-2", "refusé", 0)
    assert (douceur.before_cents, douceur.discounted_cents, douceur.after_cents) == (2990, 1692, 1990)
    assert (douceur.starts_on, douceur.ends_on, douceur.commitment_months) == (date(2026, 12, 1), date(2027, 5, 31), 0)
    assert (douceur.status, douceur.agreed, douceur.satisfaction, douceur.applied) == ("accepté", True, "confirmée", False)
    (contract,) = lab.records(Subscription, contact_id=lab.its(TANCREDE))
    assert (contract.product_id, contract.ended_on, contract.unused_units) == ("ABO-INTENSE", None, _left(lab))  # until the first
    gesture = next(g for g in lab.records(Goodwill, contact_id=lab.its(TANCREDE)) if g.amendment_id)
    assert (gesture.amount_cents, gesture.amendment_id, gesture.on) == (1788, douceur.id, date(2026, 11, 23))
    (document,) = lab.records(Document, contact_id=lab.its(TANCREDE))
    assert (document.template, document.subject_id, document.sent_to) == ("avenant", douceur.id, lab.its(MAIL))
    pages = pypdf.PdfReader(lab.folder / "documents" / document.file).pages
    text = " ".join(page.extract_text() for page in pages).replace("\u00a0", " ")
    for expected in ("29,90 €", "16,92 €", "19,90 €", "31/05/2027", "aucun nouvel engagement", "est retirée, à votre demande"):
        assert expected in " ".join(text.split()), expected
    call_key = lab.rows("CallAnswered")[0].call_key
    interaction = next(i for i in lab.records(Interaction, contact_id=lab.its(TANCREDE)) if i.call_key == call_key)
    assert (interaction.result, set(interaction.codes), interaction.direction) == ("ABOUTI", {"RETENU_OFFRE", "DOWNGRADE"}, "sortant")
    assert lab.revealed("identite", "concurrent", "surstock", "enfants", "demi_prix", "hesite")
