"""Three who practise together, at a console by its keys: who is what, the next round, the observer's grid until it is shown and after."""

from __future__ import annotations

import pytest

from tests.workstation.jury.console_of_tests import Console, running_console
from tests.workstation.jury.fake_jury_room import FakeJuryRoom
from tests.workstation.jury.fake_trio import FakeTrio
from workstation.jury.screens.team_names import names_in

SIZES = [(80, 24), (120, 36)]


def practising(role: str) -> FakeJuryRoom:
    return FakeJuryRoom(mode="practice", role=role)


def trio_of(console: Console) -> FakeTrio:
    assert console.room.trio is not None
    return console.room.trio


def test_names_on_a_line() -> None:
    assert names_in("Ana, Bao ,Cyr") == names_in("Ana Bao  Cyr") == ("Ana", "Bao", "Cyr")
    assert names_in("Jean Luc; Bao;") == ("Jean Luc", "Bao")


@pytest.mark.parametrize("size", SIZES)
async def test_three_are_named_and_move_on_by_two_keys(size: tuple[int, int]) -> None:
    async with running_console(size=size, room=practising("role_player")) as console:
        await console.until("[2 Fiche", "0 Équipe", gone="Délib")
        await console.pilot.press("alt+0")
        await console.until("S'entraîner à trois, ou à deux")
        await console.pilot.press("ctrl+r")
        await console.until("Qui s'entraîne ensemble ?")
        await console.pilot.press(*"Ana")
        await console.pilot.press("enter")
        await console.until("Il faut de 2 à 6 noms")
        await console.pilot.press(*", Bao, Cyr")
        await console.until("Ana au poste, Bao joue le client, Cyr observe")
        await console.pilot.press("enter")
        await console.until("TOUR 1", "ICI, LE CLIENT : Bao", "au poste : Ana", "observateur : Cyr", "À JOUER MAINTENANT : S1", "► CLIENT")
        trio_of(console).plays()
        console.room.push()
        await console.until("CE QUE CHACUN A JOUÉ", "S1 c2  Ana  (client : Bao, observateur : Cyr)", "Ctrl+R Tour suivant")
        await console.pilot.press("ctrl+r")
        await console.until("Tour suivant ?", "TOUR 2 : Cyr au poste, Ana joue le client, Bao observe.")
        await console.pilot.press("1")
        await console.until("ICI, LE CLIENT : Ana", "au poste : Cyr", "À JOUER MAINTENANT : S4", gone="Tour suivant ?")
        [asked] = console.room.asked("POST", "/jury/team/next")
        assert asked["round"] == 1
        console.room.begin("S4")
        await console.pilot.press("ctrl+r")
        await console.until("La simulation n'est pas terminée.")


@pytest.mark.parametrize("size", SIZES)
async def test_the_observer_notes_and_shows(size: tuple[int, int]) -> None:
    room = practising("observer")
    async with running_console(size=size, room=room) as console:
        await console.pilot.press("alt+5")
        await console.until("Aucune simulation n'a commencé à ce poste : la grille vient avec elle.")
        room.begin("S1")
        await console.until("S1 Un renseignement", "c2 Délivrer une information", "La demande de l'interlocuteur est identifiée")
        await console.pilot.press("n", "t", *"posé", "enter")
        await console.until("c2.1 NON CONSTATÉ", "posé", gone="(pas encore enregistré)")
        [mark] = room.asked("PUT", "/jury/grid/marks")
        assert (mark["criterion"], mark["simulation"]) == ("c2.1", "S1") and trio_of(console).notes
        assert "Rien au dossier" not in console.screen()  # the ears come first
        await console.pilot.press("e")
        await console.until("Motif de l'appel : absent du dossier", "E cacher les faits")
        await console.pilot.press("alt+y")
        await console.until("La simulation n'est pas terminée.")
        room.end("S1")
        await console.until("Fiche ouverte", "Alt+Y")
        await console.pilot.press("alt+y")
        await console.until("Montrer ma grille aux trois", "il n'y a pas de note")
        await console.pilot.press("2")
        await console.until("Grille montrée : elle ne change plus.", gone="Montrer ma grille")
        assert room.asked("POST", "/jury/grid/share") == [{"simulation": "S1"}]


async def test_whoever_plays_the_customer_ticks_and_reads_the_grid_once_it_is_shown() -> None:
    room = practising("role_player")
    async with running_console(size=(80, 24), room=room) as console:
        room.begin("S1")
        await console.until("DIT PAR LE CLIENT (1 à 9 coche)")
        await console.pilot.press("1")
        await console.until("1 [x] dit ")
        assert room.asked("PUT", "/jury/grid/reveals")[0]["fact"] == "banque"
        await console.pilot.press("alt+5")
        await console.until("c2.1", "L'observateur note ; sa grille se lit ici quand il la montre.")
        await console.pilot.press("c", "t")
        assert not room.asked("PUT", "/jury/grid/marks") and "Note sur" not in console.screen()
        trio_of(console).shows("jury2", {"c2.1": "constaté"})
        room.station(grid_version=1)
        await console.until("c2.1   Jury 2 : CONSTATÉ", "telle qu'il l'a montrée")
        await console.pilot.press("alt+y")
        await console.until("Réservé à l'observateur")


async def test_a_chat_is_written_as_the_customer_in_practice_too() -> None:
    room = practising("role_player")
    room.mine["simulations"][0]["channel"] = "chat"
    room.lines["S1"] = [{"id": "l1", "says": "bjr vous livrez", "reveals": []}]
    async with running_console(size=(80, 24), room=room) as console:
        await console.pilot.press("alt+9")
        await console.until("pas encore ouverte : O la présente au candidat", "bjr vous livrez")
        await console.pilot.press("o")
        await console.until("ne l'a pas encore acceptée")
        await console.pilot.press("t", *"salut", "enter")
        await console.until("vous (client) salut")


async def test_an_exam_s_console_has_nothing_of_it() -> None:
    async with running_console(size=(80, 24), room=FakeJuryRoom(role="observer", exam=True)) as console:
        await console.until("5 Grille")
        await console.pilot.press("alt+0", "f14", "ctrl+r", "alt+y")
        await console.pilot.pause()
        assert "Équipe" not in console.screen() and "Qui s'entraîne" not in console.screen()
