"""S3 as its trainee plays it: a prospect who writes, advised between two machines, her card made from the chat, her consents as given.

The desk is killed while a message is being written, and the customer's process with it: what was typed and sent is there again, and
she goes on where she was.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

import pytest

from crm_mock.journal import JournalRow
from crm_mock.models import Chat, Consent, Contact, ContactPoint, Interaction
from tests.e2e.lab import Lab
from tests.e2e.processes import Processes
from tests.e2e.subject import Story
from tests.scenarios.pack_folders import lean_marvalune

MAIL = "ines.calvarez@courriel.example"
CODES = ("CONSEIL_DONNE", "PROSPECT_CREE")


@pytest.fixture
def lab(tmp_path: Path, subject: str) -> Lab:
    return Lab(tmp_path, pack=str(_quick(tmp_path)), story=Story("S3", subject))


def _quick(tmp_path: Path) -> Path:
    """The pack as it is, save that she types fast, and comes back after four seconds instead of ninety."""
    pack = lean_marvalune(tmp_path)
    for file, before, after in (("persona", "typing: 5\n", "typing: 200\n"), ("dialogue", "silence: 90}", "silence: 4}")):
        path = pack / f"simulations/S3/{file}.yaml"
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1
        path.write_text(text.replace(before, after), encoding="utf-8")
    return pack


def test_a_prospect_is_advised_by_chat_and_becomes_a_card(lab: Lab) -> None:
    with lab:
        lab.sign_in("Camille Renard")
        lab.start_simulation("S3")
        lab.ready()
        _accepted(lab)
        _questions(lab)
        _killed_while_writing(lab)
        _machines_side_by_side(lab)
        _advice_and_silence(lab)
        _card(lab)
        _goodbye(lab)
        _qualified(lab)
        _on_its_line(lab)
        lab.end_simulation()
        _debrief(lab)
        lab.leave()
    _the_file(lab)
    lab.verify()
    assert lab.tracebacks() == []


def _wrote(lab: Lab, *lines: str) -> JournalRow:
    """The customer has written one of these lines of her dialogue, now or before."""
    ids = [lab.its(line) for line in lines]
    row: JournalRow = lab.wait_until(
        lambda: next((r for r in lab.rows("ChatMessage", who="client") if r.data.get("line_id") in ids), None), f"wrote {ids}", 40
    )
    return row


def _say(lab: Lab, text: str) -> JournalRow:
    """Typed, sent by Enter, on the room's disk and said so."""
    lab.terminal.type(text)
    lab.terminal.keys("Enter")
    return lab.wait_for_row("ChatMessage", who="conseiller", text=text)


def _accepted(lab: Lab) -> None:
    row = lab.wait_for_row("ChatOffered", simulation="S3")
    assert row.data["visitor"] == "Visiteur"
    first = lab.wait_for_row("ChatMessage", who="client", n=1)
    assert "virtuel" in first.data["text"] and "jsp laquelle S ou M" in first.data["text"]
    lab.terminal.wait_for("ON VOUS ÉCRIT", "jsp laquelle S ou M", "Accepter la conversation (F3)")
    lab.terminal.keys("F3")
    lab.wait_for_row("AgentStateChanged", after="chatting")
    lab.terminal.wait_for("▤ ouverte", "Entrée envoie")


def _questions(lab: Lab) -> None:
    """Three short messages one after the other, each in its place; two questions in one of them, each answered."""
    lab.terminal.type("Bonjour, Camille de la Brûlerie Marvalune.")
    lab.terminal.keys("Enter")
    _say(lab, "Combien de cafés par jour buvez-vous, et pour quel budget ?")
    mine = [row.data["text"] for row in lab.rows("ChatMessage", who="conseiller")]
    assert mine == ["Bonjour, Camille de la Brûlerie Marvalune.", "Combien de cafés par jour buvez-vous, et pour quel budget ?"]
    assert [row.data["n"] for row in lab.rows("ChatMessage")][:3] == [1, 2, 3]
    _wrote(lab, "usage")
    _wrote(lab, "budget")
    lab.wait_for_row("CustomerRevealed", fact="budget")
    lab.terminal.wait_for("Vous  ✓", "1re réponse 00:")
    _say(lab, "Pour quand vous la faut-il ?")
    _wrote(lab, "delai")


def _killed_while_writing(lab: Lab) -> None:
    """kill -9 of the desk: it comes back with the thread and with what was being typed. The customer's process too: she goes on."""
    lab.terminal.type("Je vérifie, une min")
    lab.terminal.wait_for("Je vérifie, une min")
    kept = lab.folder / "desk" / "desk.spool-wal"
    lab.wait_until(lambda: b"une min" in kept.read_bytes(), "the draft on the disk")
    processes = Processes(lab.home)
    processes.kill("desk")
    processes.kill("customer")
    lab.terminal.wait_for("[0 Sim", within=60)
    lab.terminal.keys("S-F5")
    lab.terminal.wait_for(_budget(lab), "Je vérifie, une min", "▤ ouverte", within=30)
    _say_more(lab, "ute.", "Je vérifie, une minute.")


def _budget(lab: Lab) -> str:
    """In euros."""
    return str(lab.story.cents("350,00") // 100)


def _say_more(lab: Lab, text: str, whole: str) -> None:
    lab.terminal.type(text)
    lab.terminal.wait_for(whole)
    lab.terminal.keys("Enter")
    lab.wait_for_row("ChatMessage", who="conseiller", text=whole)


def _machines_side_by_side(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("M-Right")
    terminal.wait_for("chercher un produit")
    for words, name in (("grains noire", "Lune M (grains), noire"), ("capsules noire", "Lune S (capsules), noire")):
        terminal.type(words)
        lab.wait_until(functools.partial(_only, lab, name), f"{name} alone in the list", 10)
        terminal.keys("Enter")
        lab.wait_until(functools.partial(_only, lab, name, "✓"), f"{name} compared", 10)
        terminal.keys("BTab", "BTab", "C-u")
        terminal.wait_for("chercher un produit")
    screen = terminal.wait_for("349,00 €", "129,00 €", "relais offert", "grains", "capsules")
    assert "10:20" in screen and "Vous  ✓" in screen  # the thread is still in sight
    lab.wait_for_row("ScreenOpened", screen="comparatif")
    _back_to_the_message(lab)


def _back_to_the_message(lab: Lab) -> None:
    lab.terminal.keys("Escape")
    lab.terminal.wait_for("Entrée envoie")


def _only(lab: Lab, name: str, mark: str = "") -> bool:
    """Whether the list of products holds this one alone, marked or not."""
    found = [line for line in lab.terminal.screen().splitlines() if re.search(r"│ .. .*\d,\d\d €\s+\d+\s*$", line)]
    return len(found) == 1 and name[:18] in found[0] and mark in found[0]


def _advice_and_silence(lab: Lab) -> None:
    _say(lab, lab.its("Je vous conseille la Lune M : son broyeur suit huit cafés par jour."))
    _wrote(lab, "conseil")
    _say(lab, "Nous n'avons pas de déca en grains : moulu, ou en capsules avec une Lune S.")
    _wrote(lab, "deca_note")
    _wrote(lab, "revenue")  # she had gone silent
    _say(lab, "Nos capsules sont compostables en compostage industriel, pas au jardin.")
    _wrote(lab, "compost")
    _say(lab, "Est-ce clair pour vous ?")
    _wrote(lab, "clair")


def _card(lab: Lab) -> None:
    """From the chat, during it: need, budget, horizon, then the e-mail and both consents exactly as given."""
    terminal = lab.terminal
    _say(lab, "Puis-je avoir votre nom et votre e-mail ?")
    _wrote(lab, "identite")
    _say(lab, "Acceptez-vous nos offres par e-mail, et d'être appelée ?")
    _wrote(lab, "accords")
    terminal.keys("M-Right")
    terminal.wait_for("Conversation sans fiche", "Nouveau prospect")
    terminal.keys("Tab")
    terminal.type(lab.its("CALVAREZ"))
    lab.field(lab.its("Inès"))
    terminal.keys("Tab", "Right", "Right")
    terminal.wait_for("◂ e-mail ▸")
    lab.field(_budget(lab))
    lab.field(f"{lab.story.day('J+22'):%d/%m}")
    lab.field(lab.its("8 par jour, invités, un déca"))
    card = _saved(lab, "contact")
    lab.wait_for_row("RecordChanged", record_kind="chat", contact_id=card.data["id"])
    lab.sees("Rattachée à Inès CALVAREZ", "+ Consentement")
    _added(lab, "Téléphone ou e-mail : à créer", 0)
    lab.field(lab.its(MAIL))
    _saved(lab, "contact_point")
    _added(lab, "Consentement : à créer", 2)
    terminal.keys("Right")
    terminal.wait_for("◂ e-mail ▸")
    terminal.keys("Tab", "Right")
    terminal.wait_for("◂ donné ▸")
    _saved(lab, "consent")
    _added(lab, "Consentement : à créer", 2)
    terminal.wait_for("◂ téléphone ▸", "◂ inconnu ▸")  # nothing is agreed beforehand
    terminal.keys("Tab", "Right", "Right")
    terminal.wait_for("◂ refusé ▸")
    _saved(lab, "consent")


def _saved(lab: Lab, kind: str) -> JournalRow:
    since = lab.last_seq()
    lab.terminal.keys("C-s")
    row = lab.wait_for_row("RecordCreated", since=since, record_kind=kind)
    lab.terminal.wait_for("✓ Enregistré")
    return row


def _added(lab: Lab, title: str, tabs: int) -> None:
    """From the form before, if there is one, to the list, to the button that creates."""
    if tabs:
        lab.terminal.keys("Escape")
        lab.terminal.wait_for("+ Consentement")
    lab.terminal.keys(*["Tab"] * tabs, "Enter")
    lab.terminal.wait_for(title)


def _goodbye(lab: Lab) -> None:
    lab.terminal.keys("Escape")  # out of the form
    lab.terminal.wait_for("+ Consentement")
    _back_to_the_message(lab)
    _say(lab, "Je vous envoie le comparatif par e-mail demain. Bonne journée !")
    _wrote(lab, "adieu")
    lab.wait_for_row("ChatClosed", by="client")
    lab.terminal.wait_for("la personne est partie", "à qualifier (F8)")


def _qualified(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("F8")
    lab.sees("Qualification de la conversation", "Inès CALVAREZ")
    lab.turn_to("◂ ABOUTI ·", "Résultat")
    terminal.keys("Tab")
    for index, code in enumerate(re.findall(r"\[ \] (\w+) ·", terminal.screen())):
        if index:
            terminal.keys("Down")
        if code in CODES:
            terminal.keys("Space")
            terminal.wait_for(f"[x] {code} ·")
    lab.field("Lune M conseillée, déca en moulu ; ne veut aucun appel.")
    lab.field("E-mail avec le comparatif S et M")
    lab.field("24/11")
    lab.save_and_wait("interaction")
    terminal.wait_gone("Qualification de la conversation")


def _on_its_line(lab: Lab) -> None:
    """The list of simulations, whose cursor is at the top since the desk was started again."""
    lab.terminal.keys("M-0")
    lab.terminal.wait_for("[0 Simulations]")
    lab.terminal.keys(*["Down"] * lab.simulations().index("S3"))
    lab.terminal.wait_for("› ● S ou M ?")


def _debrief(lab: Lab) -> None:
    terminal = lab.terminal
    lab.open_debrief()
    terminal.keys("BTab", "Enter")
    terminal.wait_for("Bilan enregistré dans le fichier")
    told = next(lab.folder.rglob("*.md")).read_text(encoding="utf-8")
    assert "Conversation rattachée à la fiche" in told
    assert "≠" not in told.split("## Les étapes")[0]
    assert "≠" not in told.split("## Les étapes")[1].split("##")[0]


def _the_file(lab: Lab) -> None:
    (ines,) = lab.records(Contact, last_name=lab.its("CALVAREZ"))
    assert (ines.category, ines.source) == ("prospect", "messagerie")
    assert (ines.budget_cents, ines.horizon) == (lab.story.cents("350,00"), lab.story.day("J+22"))
    (chat,) = lab.records(Chat)
    assert (chat.contact_id, chat.status, chat.visitor) == (ines.id, "close", "Visiteur")
    assert chat.opened_at < chat.answered_at < chat.closed_at and 0 <= chat.first_answer_seconds < 120
    said = [row.data["text"] for row in lab.rows("ChatMessage")]
    assert [line.text for line in chat.transcript] == said and len(said) == len(set(said))
    (mail,) = lab.records(ContactPoint, contact_id=ines.id)
    assert (mail.channel, mail.value) == ("e-mail", lab.its(MAIL))
    assert {(c.purpose, c.status) for c in lab.records(Consent, contact_id=ines.id)} == {("e-mail", "donné"), ("téléphone", "refusé")}
    (interaction,) = lab.records(Interaction, contact_id=ines.id)
    assert (interaction.channel, interaction.call_key, sorted(interaction.codes)) == ("chat", chat.id, sorted(CODES))
