"""The exam's panes by keys, at both sizes: what is read, what the room is told, and what is never shown."""

from __future__ import annotations

import pytest

from tests.workstation.jury.console_of_tests import Console, running_console
from tests.workstation.jury.fake_exam import CRITERIA, ME, OTHER, FakeExam
from tests.workstation.jury.fake_jury_room import PERSONA, FakeJuryRoom
from tests.workstation.wait import wait_for
from workstation.jury.widgets.sheet_text import sheet_text

SIZES = [(80, 24), (120, 36)]


def examining(role: str = "observer") -> FakeJuryRoom:
    return FakeJuryRoom(role=role, exam=True)


def exam_of(console: Console) -> FakeExam:
    assert console.room.exam is not None
    return console.room.exam


@pytest.mark.parametrize("size", SIZES)
async def test_criteria_are_marked_by_one_key_in_words(size: tuple[int, int]) -> None:
    async with running_console(size=size, room=examining()) as console:
        exam = exam_of(console)
        console.room.begin("S4")
        await console.until("sim. 2/3")
        await console.pilot.press("alt+5")
        await console.until("Candidat n° 017", "Contacts 1:1", "◄ ► c6 Prendre des commandes", CRITERIA["c6"]["c6.1"])
        await console.pilot.press("left")
        await console.until("◄ ► c2", CRITERIA["c2"]["c2.1"], "P entretien", "c2.5 ·")
        await console.pilot.press("c", "down", "o")
        await console.until("c2.1 CONSTATÉ", "c2.5 NON OBSERVABLE", gone="pas encore enregistré")
        await console.pilot.press("n")
        await console.until("c2.5 NON CONSTATÉ", gone="pas encore enregistré")
        assert exam.marks["jury1"] == {"c2.1": "constaté", "c2.5": "non constaté"}
        assert "Fiche ouverte" not in console.screen()


@pytest.mark.parametrize("size", SIZES)
async def test_facts_come_by_a_key_and_go(size: tuple[int, int]) -> None:
    async with running_console(size=size, room=examining()) as console:
        await console.pilot.press("alt+5")
        await console.until("◄ ► c2", gone="Fiche ouverte")
        assert not [path for _verb, path, _body in console.room.requests if "evidence" in path]
        await console.pilot.press("e")
        await console.until("Motif de l'appel : absent du dossier", "Fiche ouverte : vu à 09:13:05", "Rien au dossier.")
        await console.pilot.press("e")
        await console.until("E faits", gone="Fiche ouverte")


@pytest.mark.parametrize("size", SIZES)
async def test_notes_and_pins(size: tuple[int, int]) -> None:
    async with running_console(size=size, room=examining()) as console:
        exam = exam_of(console)
        await console.pilot.press("alt+5")
        await console.until("◄ ► c2")
        await console.pilot.press("t", *"dit + ou - bien", "enter")
        await console.until("NOTES", "dit + ou - bien", gone="Note sur c2")
        await wait_for(lambda: len(exam.notes) == 1, "the note in the room")
        await console.pilot.press("end", "p")
        await console.until("À APPROFONDIR EN ENTRETIEN", gone="pas encore enregistré")
        await console.pilot.press("enter", "!", "enter")
        await console.until("dit + ou - bien!", gone="pas encore enregistré")
        [note] = exam.notes.values()
        assert (note["competence"], note["pinned"], note["text"]) == ("c2", True, "dit + ou - bien!")
        await console.pilot.press("delete")
        await console.until("◄ ► c2", gone="NOTES")
        await console.pilot.press("right", "t", *"pas ici", "enter", "end", "p")
        await console.until("◄ ► c6", "pas ici", gone="À APPROFONDIR")
        await console.pilot.press("left", "left", "left", "t", *"voix", "enter")
        await console.until("◄ ► t1", "voix")
        await wait_for(lambda: [one["transversal"] for one in exam.notes.values()] == ["", "t1"], "both")


async def test_what_is_typed_and_noted_while_the_room_is_away_is_not_shown_as_saved() -> None:
    async with running_console(size=(80, 24), room=examining()) as console:
        exam = exam_of(console)
        await console.pilot.press("alt+5")
        await console.until("◄ ► c2")
        console.room.cut()
        await console.until("✕ SALLE COUPÉE")
        await console.pilot.press("c", "t", *"une no")
        await console.until("c2.1 CONSTATÉ (pas encore enregistré)", "1 pas encore enregistré(s)", "Note sur c2 : une no")
        await console.pilot.press("escape", "t")
        await console.until("Note sur c2 : une no")
        await console.pilot.press(*"te", "enter")
        await console.until("2 pas encore enregistré(s)")
        console.room.up = True
        await console.until("c2.1 CONSTATÉ", "une note", gone="pas encore enregistré")
        assert exam.marks["jury1"] == {"c2.1": "constaté"} and [one["text"] for one in exam.notes.values()] == ["une note"]


async def test_without_a_session_there_is_no_pane_of_it() -> None:
    async with running_console(size=(80, 24), room=FakeJuryRoom(role="observer")) as console:
        await console.until("✓ ligne")
        await console.pilot.press("alt+5")
        assert "Grille" not in console.screen()


@pytest.mark.parametrize("size", SIZES)
async def test_a_deliberation(size: tuple[int, int]) -> None:
    """Blind, shared for good after a yes, both originals, decided in words with a reason, agreed to."""
    async with running_console(size=size, room=examining()) as console:
        exam = exam_of(console)
        exam.marks = {ME: {"c2.1": "constaté", "c6.1": "constaté"}, OTHER: {"c2.1": "constaté", "c6.1": "non constaté"}}
        await console.pilot.press("alt+6")
        await console.until("M. Bistorte : pas encore partagée", "CRITÈRES SANS RÉPONSE DE VOUS", "c2.5", gone="NON CONSTATÉ")
        await console.pilot.press("p")
        await console.until("Partager ma grille ?", "2  Partager ma grille, pour de bon")
        await console.pilot.press("1", "p", "2")
        await console.until("Mme Arvel : grille partagée à", "M. Bistorte : pas encore partagée", gone="NON CONSTATÉ")
        exam.shared[OTHER] = exam.shared[ME]
        exam.decides("c2", "acquis", "La demande est comprise.")
        exam.version += 1
        console.room.push()
        both = "Mme Arvel : CONSTATÉ · M. Bistorte : NON CONSTATÉ"
        seen = await console.until("[Critères]", "RÉPONSES DIFFÉRENTES", both, "MÊMES RÉPONSES", "c2.1")
        assert seen.index("c6.1") < seen.index("MÊMES RÉPONSES") < seen.index("c2.1"), seen
        await console.pilot.press("right", "right")
        await console.until(
            "[Décisions]", "proposé, en attente d'accord : ACQUIS", "La demande est comprise.", "accord attendu de : Mme Arvel"
        )
        await console.pilot.press("a")
        await console.until("DÉCIDÉ PAR TOUS : ACQUIS", gone="en attente d'accord")
        await console.pilot.press("down", "enter")
        await console.until("c6 Prendre des commandes", "2  NON ACQUIS")
        await console.pilot.press("2")
        await console.until("NON ACQUIS : motif")
        await console.pilot.press("enter", "enter", "2", *"prix faux", "enter")
        await console.until("proposé, en attente d'accord : NON ACQUIS", "prix faux", "accord attendu de : M. Bistorte", gone="(pas encore")
        assert [(one["subject"], one["outcome"], one["reason"]) for one in exam.decisions] == [
            ("c2", "acquis", "La demande est comprise."), ("c6", "non acquis", "prix faux"),
        ]  # fmt: skip
        await console.pilot.press("right", "down", "enter", *"livret lu", "enter")
        await console.until("[Pièces vues]", "vu par Mme Arvel à", "livret lu")
        assert exam.exhibits[0]["what"] == "ecf"


@pytest.mark.parametrize("size", SIZES)
async def test_the_interviews(size: tuple[int, int]) -> None:
    async with running_console(size=size, room=examining()) as console:
        exam = exam_of(console)
        for id, competence in (("n9", "c9"), ("n2", "c2")):
            exam.notes[id] = {
                "id": id, "juror": ME, "text": f"pourquoi {id} ?", "at": f"2026-11-23T08:0{id[1]}:00+00:00", "simulation": "S1",
                "competence": competence, "transversal": "", "pinned": True, "answer": "",
            }  # fmt: skip
        exam.phase, exam.version = "technical_interview", 1
        console.room.push()
        await console.pilot.press("alt+7")
        seen = await console.until("Entretien technique 1:1", "pourquoi n2 ?", "pourquoi n9 ?", "réponse à noter")
        assert seen.index("n2 ?") < seen.index("n9 ?")
        await console.pilot.press("enter", *"la procédure", "enter")
        await console.until("Réponse : la procédure", gone="(pas encore")
        assert exam.notes["n2"]["answer"] == "la procédure" and exam.notes["n2"]["pinned"]
        await console.pilot.press("f", "2")
        await console.until("Entretien final", "Dossier professionnel", "pas encore noté comme vu")
        await console.pilot.press("t", *"projet clair", "enter")
        await console.until("NOTES", "projet clair", gone="(pas encore")


@pytest.mark.parametrize("size", SIZES)
async def test_an_incident_by_one_key_and_the_jury_s_choice(size: tuple[int, int]) -> None:
    async with running_console(size=size, room=examining("role_player")) as console:
        exam = exam_of(console)
        await console.until("Contacts 1:1")
        await console.pilot.press("alt+a")
        await console.until("INCIDENT : suspendre l'épreuve", "4  Candidat souffrant", "Autre cause")
        await console.pilot.press("tab", "enter")
        await console.until("Écrivez la cause, ou choisissez-la.")
        await console.pilot.press(*"fuite d'eau", "enter")
        await console.until("‖ ÉPREUVE SUSPENDUE")
        assert exam.frozen["cause"] == "fuite d'eau"
        await console.pilot.press("alt+a")
        await console.until("Reprendre l'épreuve", "SUSPENDUE : fuite d'eau", "(•) Rendre le temps")
        await console.pilot.press("2", "tab", "3", "tab", *"prêt", "enter")
        await wait_for(lambda: exam.frozen["proposed"], "the proposal")
        assert exam.frozen["proposed"]["jury"] | {"by": ""} == {"choice": "rejoué", "given": 180, "by": ""}
        assert console.room.asked("POST", "/session/stations/poste3/resume")[0]["remark"] == "prêt"
        await console.pilot.press("alt+5")
        await console.until("SUSPENDUE : fuite d'eau", "jury : simulation rejouée")


@pytest.mark.parametrize("size", SIZES)
async def test_the_role_player_ticks_what_the_customer_said(size: tuple[int, int]) -> None:
    async with running_console(size=size, room=examining("role_player")) as console:
        exam = exam_of(console)
        await console.until("PREMIERS MOTS", "DIT PAR LE CLIENT", "1 [ ] L'ancien compte est clos.", "2 [ ] Son nouvel IBAN.")
        await console.pilot.press("é")  # 2, as a French keyboard types it
        await console.until("2 [x] dit ", "1 [ ]", gone="…  Son")
        await wait_for(lambda: list(exam.revealed.get("S1", {})) == ["iban"], "the tick in the room")
        await console.pilot.press("2", "1")
        await console.until("1 [x] dit ", "2 [ ]")
        await wait_for(lambda: list(exam.revealed["S1"]) == ["banque"], "unticked and ticked")
        assert ("→ si on demande" in console.screen()) or size == SIZES[0]
        await console.pilot.press("alt+s")
        await console.until("S4 Une commande")


@pytest.mark.parametrize("size", SIZES)
async def test_the_hint_is_due_by_its_simulations_clock_and_noted_by_one_key(size: tuple[int, int]) -> None:
    room, words = examining("role_player"), "« Et si je ne peux pas tout payer d'un coup ? »"
    async with running_console(size=size, room=room) as console:
        await console.until("0 [ ] INDICE s'il est bloqué, dès 5 min")
        await console.pilot.press("0")
        await console.until("La simulation n'a pas commencé.")
        room.begin("S1")
        await console.until("INDICE pas encore : dans 04:5", gone="INDICE À DONNER")
        room.begin("S1", minutes_ago=5.1)
        await console.until("0 [ ] INDICE À DONNER s'il est bloqué (dès 5 min)", words)
        await console.pilot.press("à")  # 0, as a French keyboard types it
        await console.until("0 [x] INDICE donné à", "Indice de S1 noté : donné.", gone="INDICE À DONNER")
        await console.pilot.press("alt+4")
        await console.until("INDICE DONNÉ à 05:12 (dès 5 min)")
        await console.pilot.press("alt+p", "alt+2")
        await console.until("0 [ ] INDICE À DONNER", "Indice de S1 : non donné, après tout.")
        assert [body["given"] for body in room.asked("POST", "/jury/simulations/S1/hint")] == [True, False]


def test_the_sheet_says_how_it_goes_on_with_whom() -> None:
    said = sheet_text({"persona": PERSONA}).plain
    assert "à l'aise : Cherche une solution." in said
    assert "bloqué, dès 5 min, un indice : « Et si je ne peux pas tout payer d'un coup ? »" in said


async def test_the_observer_reads_the_ledger_and_cannot_tick_it() -> None:
    async with running_console(size=(120, 36), room=examining()) as console:
        exam = exam_of(console)
        exam.revealed, exam.version = {"S1": {"banque": "2026-11-23T08:12:00+00:00"}}, 3
        console.room.push()
        await console.pilot.press("alt+2")
        await console.until("1 [x] dit ", "2 [ ]")
        await console.pilot.press("2", "0", "alt+5")
        await console.until("◄ ► c2")
        assert not [path for verb, path, _body in console.room.requests if verb != "GET" and "/jury/" in path]


@pytest.mark.parametrize("size", SIZES)
async def test_a_written_reply_beside_the_agreement(size: tuple[int, int]) -> None:
    async with running_console(size=size, room=examining()) as console:
        exam = exam_of(console)
        exam.written_competences = ("c9",)
        exam.version += 1
        field = {"name": "amount_cents", "label": "Montant", "wanted": "41,15 €", "actual": "50,00 €", "same": False}
        plan = {"label": "Échéancier", "record_id": "p1", "same": False, "fields": [field]}
        mention = {"label": "Dates de versement", "found": [], "missing": ["23/12/2026"], "absent": False, "same": False}
        exam.evidence["S9"] = {"criteria": [], "records": [plan], "written": {"mentions": [mention], "blanks": [], "remark": ""}}
        console.room.push()
        await console.pilot.press("alt+8")
        await console.until("◄ ► S9 c9", "Rien n'est encore écrit.", "Échéancier", "≠ attendu : 41,15 €")
        after = {
            "simulation": "S9",
            "status": "remise",
            "channel": "e-mail",
            "subject": "Votre accord",
            "body": "Madame,\nQuatre versements.",
        }
        console.room.journal("RecordChanged", {"record_kind": "reply", "id": "r1", "before": {}, "after": after})
        await console.until("REMISE · e-mail", "Quatre versements.", "≠ non trouvé dans le texte", "23/12/2026")


@pytest.mark.parametrize("size", SIZES)
async def test_writing_as_the_customer(size: tuple[int, int]) -> None:
    room = examining("role_player")
    room.mine["simulations"][1]["channel"] = "chat"
    room.lines = {"S4": [{"id": "l1", "says": "bjr vous livrez le samedi ??", "reveals": []}]}
    async with running_console(size=size, room=room) as console:
        await console.pilot.press("alt+9")
        await console.until("S4 Une commande", "O la présente au candidat", "RÉPLIQUES PRÊTES", "bjr vous livrez le samedi ??")
        await console.pilot.press("o")
        await console.until("dès 5 min", "INDICE, S'IL EST BLOQUÉ (Alt+P note qu'il est donné)")
        await console.until("présentée, le candidat ne l'a pas encore acceptée")
        await console.pilot.press("enter")
        await console.until("Client : bjr vous livrez")
        await console.pilot.press(" ", "s", "v", "p", "enter")
        await console.until("vous (client) bjr vous livrez le samedi ?? svp", gone="(pas encore enregistré)")
        [chat_id] = [path.split("/")[2] for _verb, path, _body in room.requests if path.endswith("/messages")]
        said = {"chat_id": chat_id, "who": "conseiller", "text": "Bonjour, oui.", "n": 2}
        room.journal("ChatMessage", said)
        await console.until("candidat Bonjour, oui.")
        await console.pilot.press("escape", "x")
        await console.until("· terminée")
