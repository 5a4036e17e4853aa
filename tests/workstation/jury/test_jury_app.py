"""The console on fakes: what is read on the screen, what keys do, at both sizes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from cti import messages as m
from tests.workstation.jury.console_of_tests import Console, running_console
from tests.workstation.jury.fake_jury_room import FakeJuryRoom, now
from tests.workstation.wait import wait_for
from workstation.jury.console import words
from workstation.jury.console.hearing import Ear

SIZES = [(80, 24), (120, 36)]
CORBULON = "Mme Nadège CORBULON (02 61 91 70 44) — simulation S9"


@pytest.fixture(autouse=True)
def faults(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No test may leave a fault in the console's log."""
    yield
    assert [r.getMessage() for r in caplog.records if r.name == "plateau.desk" and r.levelname == "ERROR"] == []


def playing(**options: Any) -> FakeJuryRoom:
    return FakeJuryRoom(role="role_player", **options)


def observing(**options: Any) -> FakeJuryRoom:
    return FakeJuryRoom(role="observer", **options)


async def hearing(console: Console) -> None:
    """Listening is asked for, attached, and somebody is heard."""
    await console.until("✓ ligne", "Vous n'écoutez pas")
    await console.pilot.press("f5")
    console.room.hears("attached", speaking=True)
    await wait_for(lambda: console.app.state.hearing.up_at is not None, "the leg")
    console.phone.tell(m.LevelsMeasured(0.0, 0.3))
    await console.until("Vous écoutez Poste 3 — on parle")


# --- start ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_choosing_a_station_and_a_role(size: tuple[int, int]) -> None:
    async with running_console(size=size) as console:
        console.room.view["stations"][0].update(connected=False, player="jury2")
        console.room.view["stations"][1]["listeners"] = [{"seat": "jury2", "label": "Jury 2", "mode": "listen", "since": ""}]
        console.room.push()
        await console.until("Choisissez un poste", "Poste 1", "client : Jury 2", "✕ POSTE ÉTEINT", "écoute : Jury 2", "► Prêt")
        await console.pilot.press("1")
        await console.until("Poste 1 : quel rôle ?", "Jouer le client", "déjà joué par Jury 2", "Observer")
        await console.pilot.press("1")
        await console.until("quel rôle ?", "déjà joué par Jury 2")  # it stays, and says why
        await console.pilot.press("escape", "3", "1")
        await console.until("Poste 3 · vous jouez le client", "PREMIERS MOTS", "[2 Fiche du client]", gone="quel rôle ?")
        assert console.room.asked("PUT", "/jury/seat") == [{"role": "role_player", "station": "poste3"}]
        await console.pilot.press("f2")
        await console.until("[1 Postes]", "▶ Poste 3")


async def test_the_header_says_the_state_of_everything() -> None:
    async with running_console(size=(80, 24), room=playing()) as console:
        await console.until("✓ salle", "✓ central", "⚿ chiffré", "✓ ligne", "sim. –/3")
        console.room.begin("S4")
        await console.until("sim. 2/3 S4 00:0")
        console.room.exchange(up=False, encrypted=False)
        console.phone.tell(m.RegistrationChanged("unregistered"))
        first = (await console.until("✕ CENTRAL ARRÊTÉ", "! NON CHIFFRÉ", "✕ LIGNE ABSENTE")).splitlines()[0]
        assert "✓ salle" in first and "sim. 2/3 S4" in first, first
        console.room.cut()
        await console.until("SALLE COUPÉE")


async def test_the_account_registers_the_line() -> None:
    async with running_console(room=playing()) as console:
        await console.until("✓ ligne")
        assert m.RegisterAccount("jury1", "x", "192.0.2.1:5061", "tls", "Jury 1") in console.phone.orders


# --- the role-player --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_called_as_the_persona(size: tuple[int, int]) -> None:
    async with running_console(size=size, room=playing()) as console:
        await console.until("PREMIERS MOTS", "S1 Un renseignement")
        console.phone.candidate_calls("0261917044")
        await console.until(f"ON VOUS APPELLE COMME : {CORBULON}", "◆ SONNE", " F3 Décrocher", "S9 Quatre factures", "« Allô, oui ? »")
        await console.pilot.press("f3")
        await console.until(f"VOUS JOUEZ : {CORBULON}", "● En communication", " F4 Raccrocher")
        await console.pilot.press("f12")
        await console.until("Toutes les touches", f"VOUS JOUEZ : {CORBULON}")  # a dialog never covers who one is
        await console.pilot.press("escape", "f6")
        await console.until("◫ EN ATTENTE")
        await console.pilot.press("f6", "f7")
        await console.until("● En communication", "MICRO COUPÉ")
        await console.pilot.press("f7", "f4")
        await console.until("Vous avez raccroché", "Aucun appel.", gone="VOUS JOUEZ")


@pytest.mark.parametrize("size", SIZES)
async def test_a_transfer_is_said_as_it_is_and_ended_by_one_key(size: tuple[int, int]) -> None:
    async with running_console(size=size, room=playing()) as console:
        await console.until("✓ ligne", "PREMIERS MOTS")
        await console.pilot.press("f3")
        await console.until("VOUS JOUEZ : Mme Nadège Corbulon", "candidat : attend dans la file")
        key = console.phone.placed[0].call_key
        console.phone.candidate_calls("0199007700", call_id="2", call_key=key, transfer="blind", waiting=True)
        await console.until(
            "APPEL TRANSFÉRÉ : vous êtes maintenant SAV niveau 2", "raccroche vos deux lignes", "transfert : le candidat a quitté l'appel",
            " F3 Décrocher", " F4 Raccrocher les deux",
        )  # fmt: skip
        await console.pilot.press("f3")
        await console.until("◫ EN ATTENTE", "● En communication", "transfert : le candidat a quitté l'appel", " F4 Raccrocher les deux")
        await console.pilot.press("f4")
        await console.until("Aucun appel.")
        assert [order for order in console.phone.orders if isinstance(order, m.HangUpCall)] == [
            m.HangUpCall("2"), m.HangUpCall(console.phone.placed[0].call_id),
        ]  # fmt: skip


async def test_a_service_a_stranger_and_a_transfer() -> None:
    async with running_console(size=(80, 24), room=playing()) as console:
        await console.until("PREMIERS MOTS")
        console.phone.candidate_calls("0199007700")
        await console.until("ON APPELLE LE SERVICE : SAV niveau 2 (01 99 00 77 00)")
        await console.pilot.press("f3")
        await console.until("VOUS ÊTES LE SERVICE : SAV niveau 2")
        console.phone.candidate_calls("0199007700", call_id="2", call_key="key-2", transfer="blind", waiting=True)
        await console.until("APPEL TRANSFÉRÉ : vous êtes maintenant SAV niveau 2")
        await console.pilot.press("f3")
        await console.until("◫ EN ATTENTE", "APPEL TRANSFÉRÉ")
        await console.pilot.press("f4")
        await console.until("VOUS ÊTES LE SERVICE", gone="APPEL TRANSFÉRÉ")
        await console.pilot.press("f6", "f4")
        await console.until("Aucun appel.")
        console.phone.candidate_calls("0199000001", call_id="3", call_key="key-3")
        await console.until("NUMÉRO INCONNU DU DOSSIER : 01 99 00 00 01")


async def test_calling_as_the_persona_by_one_key() -> None:
    async with running_console(size=(80, 24), room=playing()) as console:
        await console.until("✓ ligne", "PREMIERS MOTS")
        await console.pilot.press("f3")
        await console.until("VOUS JOUEZ : Mme Nadège Corbulon (02 61 91 70 44) — simulation S1", "candidat : attend dans la file")
        [placed] = console.phone.placed
        assert placed.target == "sip:file-poste3@192.0.2.1:5061" and placed.headers["X-Plateau-Present-Name"] == "Mme Nadège Corbulon"
        console.room.station(calls=[{"call_key": placed.call_key, "state": "offered"}])
        await console.until("candidat : ◆ SONNE")
        await console.pilot.press("f3")  # in a call, it is asked for twice
        await console.until("Deuxième appel")
        await console.pilot.press("1")
        await wait_for(lambda: len(console.phone.placed) == 2, "the second call")
        await console.until("◫ EN ATTENTE")
        await console.pilot.press("f4", "f6", "f4")
        await console.until("Aucun appel.")
        await console.pilot.press("f3")
        await wait_for(lambda: len(console.phone.placed) == 3, "called again by one key")


async def test_a_simulation_begins_and_ends_after_a_yes() -> None:
    async with running_console(size=(80, 24), room=playing()) as console:
        await console.until("PREMIERS MOTS")
        await console.pilot.press("alt+3")
        await console.until("[3 Simulations]", "○ S9 Quatre factures en attente · à faire · il vous appelle")
        await console.pilot.press("2")
        await console.until("[2 Fiche du client]", "S4 Une commande")
        await console.pilot.press("f8")
        await console.until("Simulation : ○ S4 Une commande", "1  Commencer")
        await console.pilot.press("1")
        await console.until("sim. 2/3 S4 00:0")
        await console.pilot.press("f8")
        await console.until("1  Terminer")
        await console.pilot.press("2")
        await console.until("sim. 2/3 S4", gone="1  Terminer")
        await console.pilot.press("f8", "1")
        await console.until("sim. –/3")
        assert len(console.room.asked("POST", "/jury/simulations/S4/end")) == 1


@pytest.mark.parametrize("size", SIZES)
async def test_the_next_simulation_comes_when_one_is_over(size: tuple[int, int]) -> None:
    async with running_console(size=size, room=playing()) as console:
        await console.until("✓ ligne", "S1 Un renseignement", " F3 Appeler")
        await console.pilot.press("alt+3", "1", "f8", "1")
        await console.until("sim. 1/3 S1")
        await console.pilot.press("f8", "1")
        await console.until("sim. –/3", "○ S4 Une commande", "PREMIERS MOTS", " F8 Commencer")
        await console.pilot.press("alt+3")
        await console.until("✓ S1 Un renseignement", "› 2  ▶ ○ S4 Une commande")
        await console.pilot.press("1")
        await console.until("◄ ► ✓ S1 Un renseignement · terminée", gone=" F3 Appeler")
        await console.pilot.press("f8")
        await console.until("Terminée : choisissez la suivante (Alt+3).", gone="1  Commencer")
        await console.pilot.press("f3")
        await console.until("Cette simulation est terminée.", "1  Ne pas appeler", "2  Appeler quand même")
        await console.pilot.press("1")
        await console.until("Aucun appel.", gone="Ne pas appeler")
        assert console.phone.placed == []
        await console.pilot.press("f3", "2")
        await wait_for(lambda: len(console.phone.placed) == 1, "the call, asked for twice")


async def test_left_and_right_turn_the_sheets() -> None:
    async with running_console(size=(80, 24), room=playing()) as console:
        await console.until("S1 Un renseignement", "PREMIERS MOTS")
        await console.pilot.press("right")
        await console.until("S4 Une commande")
        await console.pilot.press("left", "left")
        await console.until("S9 Quatre factures en attente", "PREMIERS MOTS")
        await console.pilot.press("end")
        await console.until("EN CAS DE PANNE", "je vous rappelle dans une minute")
        await console.pilot.press("home")
        text = await console.until("PREMIERS MOTS")
        assert "CE QU'IL NE DIT QUE SI" in text or console.app.client.scroll.max_scroll_y > 0


async def test_the_direct_call_is_offered_when_the_exchange_is_down() -> None:
    async with running_console(size=(80, 24), room=playing()) as console:
        await console.until("✓ ligne", "PREMIERS MOTS", gone="Appel direct")
        console.room.exchange(up=False)
        await console.until("CENTRAL ARRÊTÉ : F9 appelle le candidat en direct", " F9 Appel direct")
        await console.pilot.press("f3")
        await console.until("Le central est arrêté : F9 appelle en direct.")
        assert console.phone.placed == []
        await console.pilot.press("f9")
        await console.until("APPEL DIRECT : personne ne peut l'écouter", "VOUS JOUEZ : Mme Nadège Corbulon")
        [placed] = console.phone.placed
        assert placed.direct and placed.target == "sip:poste@192.0.2.13:5071;transport=tls"


async def test_the_direct_call_without_the_room_server() -> None:
    async with running_console(size=(80, 24), room=playing()) as console:
        await console.until("✓ ligne", "PREMIERS MOTS")
        console.room.cut()
        await console.until("SALLE COUPÉE")
        await console.pilot.press("f9")
        await console.until("APPEL DIRECT : personne ne peut l'écouter", "● En communication")
        assert [order.direct for order in console.phone.placed] == [True]


async def test_parking_and_picking_up() -> None:
    async with running_console(size=(80, 24), room=playing()) as console:
        await console.until("PREMIERS MOTS")
        console.phone.candidate_calls("0261917044")
        await console.until("◆ SONNE")
        await console.pilot.press("f3")
        await console.until("● En communication")
        await console.pilot.press("ctrl+t")
        await console.until("Garer l'appel en cours (700)")
        await console.pilot.press("1")
        await wait_for(lambda: m.TransferCall("1", "sip:700@192.0.2.1:5061") in console.phone.orders, "the call parked")
        console.room.park("702", "key-1")
        await wait_for(lambda: console.app.state.view["parked"], "the space known")
        await console.pilot.press("ctrl+t")
        await console.until("Reprendre l'appel garé en 702", "Autres places")
        await console.pilot.press("2")
        await wait_for(lambda: "sip:702@192.0.2.1:5061" in [order.target for order in console.phone.placed], "the call picked up")
        console.room.view["parked"] = []
        console.room.station(calls=[{"call_key": "key-1", "state": "talking"}])
        await console.until(f"VOUS JOUEZ : {CORBULON}", "candidat : ● En communication", gone="attend dans la file")


# --- the observer -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_what_one_hears_is_said_in_words(size: tuple[int, int]) -> None:
    async with running_console(size=size, room=observing()) as console:
        await console.until("✓ ligne", "Vous n'écoutez pas (F5 : écouter Poste 3)", "[4 Direct]")
        await console.pilot.press("f5")
        await console.until("Poste 3 : pas d'appel en cours, l'écoute attend", " F5 Arrêter l'écoute")
        assert console.phone.leg.listen_only
        console.room.hears("attached")
        await console.until("Vous écoutez Poste 3 — personne ne parle")
        console.phone.tell(m.LevelsMeasured(0.0, 0.3))
        await console.until("Vous écoutez Poste 3 — on parle")
        await console.pilot.press("f5")
        await console.until("Vous n'écoutez pas", "Écoute arrêtée.")
        await wait_for(lambda: console.room.asked("DELETE", "/jury/listening"), "the listening given back")
        assert [state for state, _why in console.room.tellings] == ["waiting", "quiet", "hearing"]


async def test_a_lost_leg_comes_back_by_itself() -> None:
    async with running_console(size=(80, 24), room=observing()) as console:
        await hearing(console)
        lost = console.phone.leg
        console.phone.tell(m.CallEnded(lost.call_id, lost.call_key, m.Cause.NETWORK, answered=True))
        await wait_for(lambda: console.phone.leg != lost and console.app.state.hearing.up_at is not None, "another leg")
        console.phone.tell(m.LevelsMeasured(0.0, 0.3))
        await console.until("Vous écoutez Poste 3 — on parle", "L'écoute est rétablie.")
        assert [state for state, _why in console.room.tellings][-2:] == ["deaf", "hearing"]


async def test_deafness_is_said_and_asked_about_without_end() -> None:
    async with running_console(size=(80, 24), room=observing()) as console:
        await console.until("✓ ligne")
        console.room.refuse["/jury/listening"] = (503, "Le central ne répond pas.")
        await console.pilot.press("f5")
        await console.until("VOUS N'ENTENDEZ PLUS Poste 3 : reprise en cours…")
        asked = len(console.room.asked("POST", "/jury/listening"))
        await wait_for(lambda: len(console.room.asked("POST", "/jury/listening")) > asked, "asked again")
        assert console.app.state.hearing.ear is Ear.DEAF
        console.room.refuse.clear()
        await console.until("pas d'appel en cours, l'écoute attend", "L'écoute est rétablie.")


@pytest.mark.parametrize("size", SIZES)
async def test_deaf_for_long_it_says_what_to_do(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "DEAF_FOR_LONG", 1.0)
    async with running_console(size=size, room=observing()) as console:
        await console.until("✓ ligne")
        console.room.refuse["/jury/listening"] = (503, "Le central ne répond pas.")
        await console.pilot.press("f5")
        await console.until("VOUS N'ENTENDEZ PLUS Poste 3 : F5 deux fois ; sinon le technicien")
        console.room.refuse.clear()
        await console.pilot.press("f5", "f5")
        await console.until("pas d'appel en cours, l'écoute attend")


async def test_a_juror_without_sound_is_not_sent_to_captions() -> None:
    async with running_console(size=(80, 24), room=observing()) as console:
        await console.until("✓ ligne", "✓ son")
        console.phone.tell(m.SoundChanged("none", "", "", ""))
        assert "sous-titres" not in await console.until("! PAS DE SON : Alt+O", "vous n'entendrez rien. Alt+O")


async def test_deaf_when_they_speak_and_nothing_is_heard() -> None:
    async with running_console(size=(80, 24), room=observing()) as console:
        await console.until("✓ ligne")
        await console.pilot.press("f5")
        await wait_for(lambda: console.app.state.hearing.up_at is not None, "the leg")
        first = console.phone.leg
        console.room.hears("attached", speaking=True)
        await console.until("VOUS N'ENTENDEZ PLUS Poste 3")
        await wait_for(lambda: console.phone.leg != first, "another leg")
        assert m.HangUpCall(first.call_id) in console.phone.orders
        assert console.room.tellings[-1] == ("deaf", "unheard")


@pytest.mark.parametrize("key", ["plus", "ctrl+up", "alt+up"])
async def test_the_volume_anywhere(key: str) -> None:
    async with running_console(size=(80, 24), room=observing()) as console:
        await console.until("volume 100 %")
        await console.pilot.press(key)
        await console.until("volume 110 %")
        await console.pilot.press("alt+3", "minus", "ctrl+down")
        await console.until("volume 90 %")
        await console.pilot.press("ctrl+p", "plus", key)  # a sign is text in a field, a chord is not
        await wait_for(lambda: m.SetVolume(1.0) in console.phone.orders[-2:] or console.app.state.volume in (90, 100), "the volume")
        assert console.app.state.volume == (90 if key == "plus" else 100)


async def test_whispering_in_practice_only() -> None:
    async with running_console(size=(80, 24), room=observing()) as console:
        await console.until("✓ ligne")
        await console.pilot.press("alt+w")
        assert console.room.asked("POST", "/jury/listening") == []
    async with running_console(size=(120, 36), room=observing(mode="practice")) as console:
        await console.until("✓ ligne")
        await console.pilot.press("alt+w")
        await console.until("vous soufflez au candidat")
        assert console.room.asked("POST", "/jury/listening") == [{"mode": "whisper"}] and not console.phone.leg.listen_only


# --- the shared queue -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_the_shared_queue_is_filled_and_emptied(size: tuple[int, int]) -> None:
    room = FakeJuryRoom(mode="practice", customers=2)
    async with running_console(size=size, room=room) as console:
        await console.until("File commune : aucun appel en attente · prêts : Poste 1, Poste 3", " Alt+N File commune")
        ago = (dt.datetime.now(dt.UTC) - dt.timedelta(seconds=75)).isoformat()
        room.waits("commune", ago, now())
        await console.until("File commune : 2 appels en attente, le plus ancien depuis 01:1")
        room.waits("poste2", ago)
        await console.until("1 appel en attente depuis 01:1")
        room.view["stations"][0]["simulations"][1]["state"] = "terminée"
        room.push()
        await console.pilot.press("alt+n")
        await console.until("Appels de la file commune", "[x] S1 Un renseignement  à jouer à 3 poste(s)", "à jouer à 2 poste(s)")
        assert "S9" not in console.screen()  # there the candidate calls
        await console.pilot.press("1", "2", "tab", "enter")
        await console.until("Cochez au moins une simulation.")
        await console.pilot.press("2", "tab", "backspace", "0", "enter")
        await console.until("Combien d'appels ? De 1 à 99.")
        await console.pilot.press("backspace", "1", "2", "tab", "backspace", "backspace", "9", "0", "enter")
        await console.until("Encore à lancer : 12 (S4), un toutes les 90 s", "Appels demandés", " Alt+Z Arrêter la file")
        assert room.asked("POST", "/jury/stream") == [{"simulations": ["S4"], "calls": 12, "every": 90}]
        await console.pilot.press("alt+z")
        await console.until("Plus aucun appel pour la file commune", gone="Encore à lancer")
        assert len(room.asked("DELETE", "/jury/stream")) == 1
        room.refuse["/jury/stream"] = (409, "Cette salle n'a pas de client virtuel.")
        await console.pilot.press("ctrl+p", *"lancer", "enter")
        await console.until("Appels de la file commune")
        await console.pilot.press("tab", "enter")
        await console.until("Cette salle n'a pas de client virtuel.")


async def test_an_exam_has_no_shared_queue() -> None:
    async with running_console(size=(80, 24), room=FakeJuryRoom(mode="exam", customers=2)) as console:
        await console.until("Choisissez un poste", gone="File commune")
        await console.pilot.press("alt+n")
        assert "File commune" not in console.screen() and "Appels de la file" not in console.screen()


# --- hostile text -----------------------------------------------------------------------------------

EVIL = "[bold]x[/nope] \x1b[2J \u202e[@click=app.quit]"


@pytest.mark.parametrize("size", SIZES)
async def test_outside_text_is_never_markup(size: tuple[int, int]) -> None:
    room = playing()
    seen = "[bold]x[/nope]"
    room.personas["S1"] = {
        **room.personas["S1"], "name": EVIL, "opening": EVIL, "situation": EVIL, "hidden": [{"id": "h", "fact": EVIL, "reveal": EVIL}],
        "objections": [{"says": EVIL}], "surprise": EVIL,
    }  # fmt: skip
    room.who["0261917044"]["name"] = EVIL
    room.view["stations"][0]["label"] = EVIL
    async with running_console(size=size, room=room) as console:
        await console.until(f"« {seen}")
        console.phone.candidate_calls("0261917044")
        await console.until(f"ON VOUS APPELLE COMME : {seen}")
        await console.pilot.press("alt+1")
        await console.until("[1 Postes]", seen)
        await console.pilot.press("alt+4")
        room.journal("Searched", {"q": EVIL, "total": EVIL})
        room.journal(EVIL, {"x": EVIL})
        room.journal("RecordChanged", {"record_kind": EVIL, "before": {EVIL: EVIL}, "after": {EVIL: EVIL, "other": [EVIL, {"a": EVIL}]}})
        room.journal("CallEnded", {"cause": EVIL, "by": EVIL})
        room.journal("AgentStateChanged", {"after": EVIL, "reason": EVIL})
        room.journal("TransferProgressed", {"code": EVIL, "final": True, "reason": EVIL})
        await console.until(f"Recherche « {seen}", f"MODIFIÉ : {seen}")
        room.journal("RecordOpened", {"record_kind": EVIL, "id": EVIL, "name": EVIL})
        room.journal("CustomerAssigned", {"customer": EVIL, "simulation": EVIL})
        room.journal("ScreenOpened", {"screen": EVIL})
        await console.until(f"Fiche ouverte : {seen}", f"joue la simulation {seen}", f"Devant le candidat : {seen}")
        room.refuse["/jury/seat"] = (409, EVIL)
        await console.pilot.press("alt+1", "2", "2")
        await console.until(f"ERREUR : {seen}")


# --- phone, leaving ---------------------------------------------------------------------------------


async def test_a_phone_that_dies_is_said_and_registers_again() -> None:
    async with running_console(size=(80, 24), room=playing()) as console:
        await console.until("✓ ligne")
        console.phone.tell(m.PhoneLost(-9))
        await console.until("✕ TÉLÉPHONE PERDU")
        console.phone.start()
        await console.until("✓ ligne", "Ligne enregistrée.")


async def test_leaving_is_refused_during_a_call_and_keeps_the_seat() -> None:
    async with running_console(size=(80, 24), room=playing()) as console:
        await console.until("PREMIERS MOTS")
        console.phone.candidate_calls("0261917044")
        await console.until("◆ SONNE")
        await console.pilot.press("ctrl+q", "2")
        await console.until("Quitter ?", "raccrochez d'abord", "Votre place reste prise")
        await console.pilot.press("escape", "f4")
        await console.until("Aucun appel.")
        await console.pilot.press("ctrl+q", "2")
        await wait_for(lambda: console.phone.stopped, "the phone stopped")
        assert console.room.view["me"]["role"] == "role_player"


@pytest.mark.parametrize("size", SIZES)
async def test_palette_menu_and_messages(size: tuple[int, int]) -> None:
    async with running_console(size=size, room=playing()) as console:
        await console.until("PREMIERS MOTS")
        await console.pilot.press("ctrl+p", *"micro", "enter")
        await console.until("MICRO COUPÉ")
        await console.pilot.press("ctrl+g")
        await console.until("Menu des actions", "Décrocher / Appeler comme le client")
        await console.pilot.press("4")
        await console.until("[4 Direct]", gone="Menu des actions")
        await console.pilot.press("ctrl+l")
        await console.until("Journal des messages", "Micro coupé : le candidat ne vous entend plus.")
