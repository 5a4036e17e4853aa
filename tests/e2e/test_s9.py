"""S9 as its trainee plays it: a debtor is called, her mother answers, a plan is agreed and its first instalment paid during the call."""

from __future__ import annotations

import datetime as dt
from datetime import date
from pathlib import Path

import pypdf
import pytest

from crm_mock.journal import JournalRow
from crm_mock.models import CollectionCase, Document, Interaction, Mandate, Payment, PaymentLink, PaymentPlan, Promise
from crm_mock.rules.telephone import to_e164
from tests.e2e.lab import SLOW, Lab, energy_db, loud_seconds, speech_wav
from tests.e2e.subject import Story

NADEGE = "corbulon-nadege"
REASON = "changement de banque et baisse de revenus"
DATES = (date(2026, 11, 23), date(2026, 12, 10), date(2027, 1, 11), date(2027, 2, 10))


@pytest.fixture
def lab(tmp_path: Path, subject: str) -> Lab:
    story = Story("S9", subject)
    # after « Client virtuel automatique de Plateau. Allô, oui ? », which the law wants heard whole
    asked = story.its("Bonjour madame, je souhaite parler à madame Nadège Corbulon s'il vous plaît")
    return Lab(tmp_path, mic=speech_wav(tmp_path / "mic.wav", [(4.5, asked)], seconds=10), story=story)


def test_a_plan_agreed_and_begun(lab: Lab) -> None:
    with lab:
        lab.sign_in("Camille Renard")
        lab.start_simulation("S9")
        _file_and_procedure_are_read(lab)
        _the_call_is_made_from_the_file(lab)
        _nothing_is_told_to_the_mother(lab)
        _identification(lab)
        _reason(lab)
        _plan(lab)
        _promise(lab)
        _link_paid_during_the_call(lab)
        _mandate(lab)
        _plan_in_writing(lab)
        _goodbye(lab)
        lab.qualify(["ECHEANCIER"], comment=lab.its("4 x 41,15 EUR, le premier est payé."), next_on="10/12/2026")
        lab.end_simulation()
        _debrief(lab)
        lab.leave()
    _the_file(lab)
    lab.verify()
    assert lab.tracebacks() == []


def test_an_attempt_that_reaches_nobody_is_qualified_too(tmp_path: Path) -> None:
    """A wrong number, then a call given up while it rings: Post-appel each time, and no way to Prêt without a qualification."""
    lab = Lab(tmp_path)
    terminal = lab.terminal
    with lab:
        lab.sign_in("Camille Renard")
        lab.start_simulation("S9")
        _dial(lab, "02 61 91 00 99")
        lab.wait_for_row("CallAnswered", within=30)
        lab.wait_for_row("CallEnded", by="remote", within=60)  # « vous faites erreur »
        terminal.wait_for("Post-appel", "à qualifier (F8)")
        _not_ready_before_qualified(lab)
        lab.qualify([], result="FAUX_NUM", comment="personne de ce nom")
        terminal.wait_for("En retrait (après l'appel)", "Aucun appel.")
        since = lab.last_seq()
        _dial(lab, "+33 3 53 01 60 19")  # on file: a voicemail would answer
        terminal.wait_for("Sonne chez le client")
        terminal.keys("F4")
        ended = lab.wait_for_row("CallEnded", since=since)
        terminal.wait_for("Post-appel", "Appel abandonné", "à qualifier (F8)")
        _not_ready_before_qualified(lab)
        lab.qualify([], result="NRP", comment="raccroché avant la réponse", next_on="24/11/2026")
        terminal.wait_for("En retrait (après l'appel)", "Aucun appel.")
        assert not lab.rows("CallAnswered", since=since)
        lab.leave()
    wrong, given_up = lab.rows("CallPlaced")[0].call_key, ended.call_key
    kept = {i.call_key: (i.contact_id, i.result, i.direction) for i in lab.records(Interaction) if i.call_key in (wrong, given_up)}
    assert kept[wrong] == ("", "FAUX_NUM", "sortant")
    assert kept[given_up][1:] == ("NRP", "sortant")
    lab.verify()
    assert lab.tracebacks() == []


def _dial(lab: Lab, number: str) -> None:
    lab.terminal.wait_for("ligne prête", within=SLOW)
    lab.terminal.keys("F3")
    lab.terminal.wait_for("Entrée appelle")
    lab.terminal.type(number)
    lab.terminal.wait_for(number)
    lab.terminal.keys("Enter")


def _not_ready_before_qualified(lab: Lab) -> None:
    lab.wait_for_row("AgentStateChanged", after="wrap_up")
    lab.terminal.keys("C-r")
    lab.terminal.wait_for("Un appel reste à qualifier (F8).")
    assert not lab.rows("AgentStateChanged", after="ready")


def _file_and_procedure_are_read(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("F5")
    terminal.wait_for("[7 Recherche]")
    terminal.type(lab.its("corbulon nadege"))
    lab.sees("corbulon nadege")
    terminal.keys("Enter")
    lab.sees("« corbulon nadege »", "Mme Nadège CORBULON ", "MVL-199407")
    terminal.keys("Enter")
    lab.wait_for_row("RecordOpened", id=lab.its(NADEGE))
    lab.sees("Mme Nadège CORBULON · MVL-199407")
    terminal.keys("M-3")
    lab.sees("[3 Recouvrement]", "Dû 164,60 €", "la plus ancienne : 105 j", "4 rejets", "mandat révoqué", "relances : active")
    lab.sees("F-2608-0917", "F-2609-0917", "F-2610-0917", "F-2609-1187", "74,90 €", "Compte clos", "Relance 2")
    terminal.keys("C-o")
    terminal.wait_for("Chercher")
    terminal.type("débiteur")
    terminal.wait_for("P-09 – Recouvrement amiable")
    terminal.keys("Enter")  # the only one found opens
    lab.wait_for_row("ProcedureOpened", id="P-09")
    terminal.wait_for("S'assurer de parler à la personne concernée", "À un tiers : rien")


def _the_call_is_made_from_the_file(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("M-4")
    lab.sees("[4 Coordonnées]", "☎ 02 61 91 70 44", "Alt+N appelle", "ligne prête")
    terminal.keys("Down", "M-n")
    lab.wait_for_row("CallPlaced", target=lambda target: to_e164(lab.its("02 61 91 70 44")) in target)
    lab.wait_for_row("CallRang")
    lab.wait_for_row("CallAnswered", within=30)
    lab.sees("Sortant", "En communication", "02 61 91 70 44", "Identification à faire")


def _nothing_is_told_to_the_mother(lab: Lab) -> None:
    assert lab.says("decroche").data["text"].startswith("Client virtuel automatique")
    lab.sees("Mme Solange Corbulon (sa mère) : Client virtuel")
    heard = lab.wait_for_row("CustomerHeard", within=30)
    assert 2.0 < heard.data["seconds"] < 8.0  # the question, through RTP
    lab.says("mere_qui")
    before = loud_seconds(lab.heard())
    lab.wait_until(lambda: loud_seconds(lab.heard()) > before + 1.5, "the mother's voice in the ear")
    assert -40 < energy_db(lab.heard()[-16000:]) < -10
    lab.cue("discret")
    lab.says("mere_passe")
    lab.says("nadege")
    lab.sees("Nadège Corbulon : Allô ? Oui, c'est Nadège Corbulon.")


def _identification(lab: Lab) -> None:
    lab.cue("identification")
    lab.says("identite")
    lab.terminal.keys("M-1")
    lab.terminal.wait_for("[1 Fiche", "Relance 2")
    lab.terminal.keys("M-Right")
    lab.sees("[ ] nom", "[ ] date de naissance   08/11/1988")
    lab.terminal.keys("Space", "Down", "Down", "Down", "Space")
    lab.terminal.wait_for("[x] nom", "[x] date de naissance")
    lab.save_and_wait("identification", contact_id=lab.its(NADEGE))
    lab.terminal.wait_for("✓ vérifié (nom, date de naissance)")


def _reason(lab: Lab) -> None:
    terminal = lab.terminal
    lab.cue("annonce")
    spoken = lab.says("reaction")
    lab.cue("pas_de_frais")
    _cut_short(lab, spoken)
    lab.says("soulagee")
    lab.cue("motif")
    lab.says("banque")
    terminal.keys("M-3")
    terminal.wait_for("[3 Recouvrement]")
    terminal.keys("M-Right")
    terminal.wait_for("Motif de l'impayé", "◂ — ▸")
    terminal.type("c")
    terminal.wait_for("◂ changement de banque ▸")
    lab.cue("motif")
    lab.says("revenus")
    terminal.type("c")
    terminal.wait_for(f"◂ {REASON[:36]}")
    lab.save_and_wait("collection_case", after={"reason": REASON})
    terminal.wait_for("Motif et relances ✓")


def _plan(lab: Lab) -> None:
    terminal = lab.terminal
    lab.cue("solde")
    lab.says("pas_tout")
    lab.cue("bareme")
    lab.says("combien")
    terminal.keys("M-Right")
    lab.sees("Barème : 4 échéances au plus", "41,15 €")
    terminal.keys("Enter")
    lab.sees("23/11/2026", "10/12/2026", "11/01/2027", "10/02/2027", "Somme 164,60 € sur 164,60 € ✓")
    lab.cue("echeancier")
    spoken = lab.says("capacite")
    row = lab.save_and_wait(
        "payment_plan", contact_id=lab.its(NADEGE), after={"status": "accepté", "total_cents": lab.story.cents("164,60")}
    )
    terminal.wait_for("enregistré : accepté", "relances : suspendue")
    lab.wait_for_row("RecordChanged", record_kind="collection_case", since=row.seq - 1, after={"dunning": "suspendue"})
    lab.cue("accord")
    _cut_short(lab, spoken)
    lab.says("accord")


def _cut_short(lab: Lab, spoken: JournalRow) -> None:
    """Alt+Z, so as not to hear out a line of eight seconds; only while more than half of it is to come: later the key would fall on the
    next line."""
    if (dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(spoken.at)).total_seconds() < 4:
        lab.terminal.keys("M-z")


def _promise(lab: Lab) -> None:
    lab.terminal.keys("M-Right")
    lab.terminal.wait_for("+ Promesse de paiement")
    lab.terminal.keys("+")
    lab.sees("Promesse de paiement : à créer", "À payer le", "41,15 €", "lien sécurisé", "Mme Nadège CORBULON")
    lab.save_and_wait("promise", contact_id=lab.its(NADEGE), after={"amount_cents": lab.story.cents("41,15"), "due_on": "2026-11-23"})


def _link_paid_during_the_call(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("M-Right")
    terminal.wait_for("+ Lien de paiement")
    terminal.keys("+")
    lab.sees("Lien de paiement : à créer", "41,15 €", "nadege.corbulon@courriel.example")
    row = lab.save_and_wait(
        "payment_link", contact_id=lab.its(NADEGE), after={"amount_cents": lab.story.cents("41,15"), "status": "envoyé"}
    )
    lab.says("lien_recu", within=40)
    lab.says("lien_paye", within=40)
    paid = lab.wait_for_row("RecordChanged", record_kind="payment_link", since=row.seq, after={"status": "autorisé"})
    assert paid.actor == "customer" and not lab.rows("CallEnded")
    terminal.wait_for("Lien de paiement · autorisé", "Lien · LP-2611-0001")


def _mandate(lab: Lab) -> None:
    terminal = lab.terminal
    lab.cue("mandat")
    lab.says("mandat_vu", within=40)
    terminal.keys("Escape")
    terminal.wait_gone("Envoyé à")
    for _step in range(2):  # the list, « + Lien de paiement », « + Mandat SEPA »
        before = terminal.painted("+ Mandat SEPA")
        terminal.keys("Tab")
        terminal.wait_repainted("+ Mandat SEPA", before)
    terminal.keys("Enter")
    terminal.wait_for("Mandat SEPA : à créer", "◂ à signer ▸")
    lab.save_and_wait("mandate", contact_id=lab.its(NADEGE), after={"status": "à signer"})
    terminal.wait_for("mandat à signer")


def _plan_in_writing(lab: Lab) -> None:
    lab.terminal.keys("M-Right")
    lab.terminal.wait_for("+ Document")
    lab.terminal.keys("+")
    lab.sees("Document : à créer", "◂ échéancier ▸", "nadege.corbulon@courriel.example")
    lab.save_and_wait("document", contact_id=lab.its(NADEGE), after={"template": "échéancier"})
    lab.terminal.wait_for("Document produit : échéancier")


def _goodbye(lab: Lab) -> None:
    lab.cue("conge")
    lab.says("bilan")
    lab.cue("conge")
    lab.says("au_revoir", within=40)
    lab.wait_for_row("CallEnded", by="remote")
    lab.terminal.wait_for("Post-appel", "Le client a raccroché", "à qualifier (F8)")


def _debrief(lab: Lab) -> None:
    terminal = lab.terminal
    assert "≠" not in lab.open_debrief()
    terminal.keys("BTab", "Enter")
    terminal.wait_for("Bilan enregistré dans le fichier")
    told = next(lab.folder.rglob("*.md")).read_text(encoding="utf-8")
    assert "La dette n'a pas été dite à la mère" in told
    assert lab.its("Lien de paiement de 41,15 € autorisé") in told
    assert "≠" not in told


def _the_file(lab: Lab) -> None:
    """What the sitting holds once everything has stopped."""
    due, instalment = lab.story.cents("164,60"), lab.story.cents("41,15")
    case = lab.records(CollectionCase, contact_id=lab.its(NADEGE))[0]
    assert (case.reason, case.dunning, case.total_cents) == (REASON, "suspendue", due)
    plan = lab.records(PaymentPlan, contact_id=lab.its(NADEGE))[0]
    assert (plan.status, plan.agreed_by) == ("accepté", lab.its("Mme Nadège CORBULON"))
    assert [(i.due_on, i.amount_cents) for i in plan.instalments] == [(day, instalment) for day in DATES]
    promise = lab.records(Promise, contact_id=lab.its(NADEGE))[0]
    assert (promise.plan_id, promise.means, promise.due_on) == (plan.id, "lien sécurisé", DATES[0])
    link = lab.records(PaymentLink, contact_id=lab.its(NADEGE))[0]
    assert (link.status, link.amount_cents, link.plan_id) == ("autorisé", instalment, plan.id)
    payment = next(p for p in lab.records(Payment, contact_id=lab.its(NADEGE)) if p.status == "encaissé" and p.on == DATES[0])
    assert payment.amount_cents == instalment
    mandate = next(m for m in lab.records(Mandate, contact_id=lab.its(NADEGE)) if m.status == "à signer")
    assert mandate.iban_masked == ""
    document = lab.records(Document, contact_id=lab.its(NADEGE))[0]
    assert (document.template, document.status, document.sent_to) == ("échéancier", "envoyé", lab.its("nadege.corbulon@courriel.example"))
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(lab.folder / "documents" / document.file).pages).replace("\u00a0", " ")
    assert text.count(lab.its("41,15 €")) == len(DATES) and lab.its("164,60 €") in text
    assert all(f"{day:%d/%m/%Y}" in text for day in DATES)
    call_key = lab.rows("CallAnswered")[0].call_key
    interaction = next(i for i in lab.records(Interaction, contact_id=lab.its(NADEGE)) if i.call_key == call_key)
    assert (interaction.result, tuple(interaction.codes), interaction.direction) == ("ABOUTI", ("ECHEANCIER",), "sortant")
    assert interaction.next_on == DATES[1]
    assert lab.revealed("identite", "banque", "revenus", "vingt_euros", "capacite", "frais") and not lab.revealed("tiers_informe")
