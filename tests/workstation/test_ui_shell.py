"""The app on fakes: what is read on the screen, what keys do, what is never taken from the agent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.app import ComposeResult
from textual.widgets import Input, Static, TextArea

from cti import messages as m
from cti.agent import AgentState
from tests.workstation.desk_of_tests import Desk, running_desk
from tests.workstation.fake_phone import FakePhone
from tests.workstation.fake_room import FakeRoom
from tests.workstation.wait import wait_for
from workstation.config import Settings
from workstation.desk import events as ev
from workstation.desk.state import DeskState
from workstation.ui.messages import DialAsked, DocumentAsked, DraftChanged, FileAsked, SaveAsked, SearchAsked, Told, Traced
from workstation.ui.pane import Pane
from workstation.ui.screens.qualification import Qualification, record_id_of

NUMBER = "+33465712108"
SIZES = [(80, 24), (120, 36)]


class FilePane(Pane[DeskState]):
    """Stands for the record panes: shows whose file is in front, holds a field."""

    pane_id = "customer_file"

    def __init__(self) -> None:
        super().__init__(id=self.pane_id)
        self.shown, self.field, self.saves = Static("", markup=False), Input(id="field"), 0

    def title(self) -> str:
        return "Fiche client"

    def compose(self) -> ComposeResult:
        yield self.shown
        yield self.field
        yield TextArea(id="area")

    def show_state(self, state: DeskState) -> None:
        contact = (state.files.get(state.contact_id) or {}).get("contact") or {}
        self.shown.update(f"FICHE {contact.get('last_name', '-')}")

    def opened(self, state: DeskState) -> None:
        self.post_message(Traced("ScreenOpened", screen=self.pane_id))

    def action_save(self) -> None:
        self.post_message(SaveAsked("note", "n1", 0, {"contact_id": "odile", "text": self.field.value}))


class SearchPane(FilePane):
    pane_id = "search"

    def title(self) -> str:
        return "Recherche"

    def show_state(self, state: DeskState) -> None:
        self.shown.update(f"TROUVÉ {(state.search or {}).get('total', '-')}")

    def opened(self, state: DeskState) -> None:
        self.field.focus()


PANES = (FilePane, SearchPane)


@pytest.fixture
def faults(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No test may leave a fault in the desk's log."""
    yield
    assert [r.getMessage() for r in caplog.records if r.name == "plateau.desk" and r.levelname == "ERROR"] == []


pytestmark = pytest.mark.usefixtures("faults")


async def in_conversation(desk: Desk) -> None:
    await desk.signed_in()
    desk.phone.ring(NUMBER)
    await desk.until("SONNE", "FICHE VASSERAND")
    await desk.pilot.press("f3")
    await desk.until("En communication", "● En conversation")


@pytest.mark.parametrize("size", SIZES)
async def test_a_call_from_ring_to_qualification(tmp_path: Path, size: tuple[int, int]) -> None:
    async with running_desk(tmp_path, size=size, panes=PANES) as desk:
        await desk.signed_in()
        await desk.pilot.press("ctrl+r")
        await desk.until("► Prêt")
        desk.phone.ring(NUMBER, name="O. V.", queue="Clients")
        await desk.until(
            "Entrant", "↓ ◆ SONNE", "04 65 71 21 08 – O. V.", "◆ Appel présenté", " F3 Décrocher", " F4 Refuser", "FICHE VASSERAND"
        )
        await desk.pilot.press("f3")
        await desk.until("● En communication", "● En conversation", " F4 Raccrocher", " F6 Attente")
        await desk.pilot.press("f6")
        await desk.until("◫ EN ATTENTE", "EN ATTENTE 00:0", " F6 Reprendre", "◫ En attente")
        await desk.pilot.press("f6")
        await desk.until("● En communication", "● En conversation")
        await desk.pilot.press("f7")
        await desk.until("MICRO COUPÉ")
        await desk.pilot.press("f7")
        await desk.until(gone="MICRO COUPÉ")
        await desk.pilot.press("f4")
        await desk.until("Vous avez raccroché", "✎ Post-appel", " F8 Qualifier", "à qualifier (F8)")
        await desk.pilot.press("f8")
        await desk.until("Qualification de l'appel", "Odile VASSERAND")
        await desk.pilot.press("right", "tab", "space", "tab", *"ok")
        await desk.until("ABOUTI", "Le dossier est clos.", "INFO_DONNEE : Aucun envoi.")
        await desk.pilot.press("ctrl+s")
        await desk.until("En retrait (après l'appel)", "Aucun appel.", "✓ Enregistré", gone="Qualification de l'appel")
        [put] = desk.room.puts
        assert (put["kind"], put["call_key"], put["id"]) == ("interaction", "key-1", record_id_of("key-1"))
        assert put["fields"] | {"at": ""} == {
            "contact_id": "odile", "result": "ABOUTI", "codes": ["INFO_DONNEE"], "comment": "ok", "next_action": "", "call_key": "key-1",
            "channel": "téléphone", "direction": "entrant", "at": "", "on": "2026-11-23", "agent": "Camille Essai",
        }  # fmt: skip


async def test_the_queue_is_read_while_it_rings_at_80_columns(tmp_path: Path) -> None:
    """It is what the greeting begins with."""
    async with running_desk(tmp_path, panes=PANES, size=(80, 24)) as desk:
        await desk.signed_in()
        desk.phone.ring("+33536491275", name="M. Bastien Lormier", queue="Commandes")
        await desk.until("SONNE", "05 36 49 12 75 – M. Bastien Lormier", "file Commandes")


async def test_typing_is_never_disturbed_by_a_call(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES) as desk:
        await desk.signed_in()
        await desk.pilot.press("f5", *"vasse")
        await desk.until("[7 Recherche]")
        desk.phone.ring(NUMBER)
        await desk.until("SONNE", "04 65 71 21 08", "Alt+1 pour voir")
        await desk.pilot.press(*"rand")
        field = desk.app.focused
        assert isinstance(field, Input) and field.value == "vasserand"
        assert "[7 Recherche]" in desk.screen()
        await desk.pilot.press("alt+1")
        await desk.until("[1 Fiche client]", "FICHE VASSERAND")


async def test_an_untouched_field_does_not_hold_the_pop_back(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES) as desk:
        await desk.signed_in()
        await desk.pilot.press("f5")
        await desk.until("[7 Recherche]")
        desk.phone.ring(NUMBER)
        await desk.until("[1 Fiche client]", "FICHE VASSERAND")


@pytest.mark.parametrize(
    ("number", "said"), [("+33199006318", "2 fiches portent le 01 99 00 63 18"), ("+33199000000", "Numéro inconnu"), ("", "Numéro masqué")]
)
async def test_several_matches_none_and_no_number_lead_to_the_search(tmp_path: Path, number: str, said: str) -> None:
    async with running_desk(tmp_path, panes=PANES, size=(120, 36)) as desk:
        await desk.signed_in()
        desk.phone.ring(number)
        await desk.until("[7 Recherche]", said)


async def test_a_missed_call_is_seen(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES, size=(120, 36)) as desk:
        await desk.signed_in()
        desk.phone.ring(NUMBER)
        await desk.until("SONNE")
        desk.phone.tell(m.CallEnded("1", "key-1", m.Cause.CANCELLED))
        await desk.until("APPEL MANQUÉ", "En retrait (appel manqué)", "Aucun appel.", "Appels (1 manqués)")
        await desk.pilot.press("alt+9")
        await desk.until("✕ Manqué", "04 65 71 21 08")


async def test_outside_text_is_never_markup(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES, size=(120, 36)) as desk:
        await desk.signed_in()
        desk.phone.ring("[red]1", name="[/x] \x1b[2J [bold]Zoé\u202e", queue="[link=x]")
        await desk.until("[red]1 – [/x]  [2J [bold]Zoé".replace("  ", " "), "file [link=x]")
        desk.room.journal("CustomerSpoke", {"speaker": "[b]", "text": "[/nope] bonjour [@click=quit]"}, "customer")
        await desk.until("« [b] : [/nope] bonjour [@click=quit] »")
        await desk.pilot.press("alt+0")
        await desk.until("[bold]Soyez bref[/bold]")


async def test_the_room_goes_away_and_comes_back(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES, size=(120, 36)) as desk:
        await in_conversation(desk)
        desk.room.cut()
        await desk.until("SALLE COUPÉE", "● En communication")
        desk.app.front_pane.post_message(SaveAsked("note", "n1", 0, {"contact_id": "odile", "text": "gardé"}))
        await desk.until("NON ENREGISTRÉ – nouvel essai (1)")
        desk.room.up = True
        await desk.until("✓ salle", "✓ Enregistré", gone="SALLE COUPÉE")
        assert [put["fields"]["text"] for put in desk.room.puts] == ["gardé"]


async def test_a_killed_phone_is_said_and_what_was_typed_stays(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES, size=(120, 36)) as desk:
        await in_conversation(desk)
        desk.phone.tell(m.PhoneLost(-9))
        await desk.until("TÉLÉPHONE PERDU", "Coupé : téléphone en défaut", "✎ Post-appel")
        desk.phone.start()
        await desk.until("☏ ligne prête", "Le téléphone est revenu.")


async def test_a_phone_that_cannot_be_had_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class NoPhone(FakePhone):
        def start(self) -> None:
            raise RuntimeError("moteur [absent]")

    async with running_desk(tmp_path, panes=PANES, phone=NoPhone(obeys=False)) as desk:
        await desk.until("TÉLÉPHONE INUTILISABLE", "moteur [absent]")
    caplog.clear()


async def test_a_qualification_survives_the_desk(tmp_path: Path) -> None:
    room = FakeRoom()
    async with running_desk(tmp_path, panes=PANES, room=room) as desk:
        await in_conversation(desk)
        await desk.pilot.press("f4")
        await desk.until("✎ Post-appel")
        await desk.pilot.press("f8", "right", "tab", "tab", *"promis")
        await wait_for(lambda: "promis" in str(desk.app.state.drafts), "the draft")
    async with running_desk(tmp_path, panes=PANES, room=room) as again:
        await again.until("✎ Post-appel", "à qualifier (F8)", "04 65 71 21 08")
        await again.pilot.press("f8")
        await again.until("ABOUTI", "promis")
        again.app.happen(ev.ContactWanted("odile"))  # this room's journal is not replayed
        await again.until("Odile VASSERAND")
        await again.pilot.press("ctrl+s")
        await again.until("En retrait (après l'appel)", gone="Qualification de l'appel")
        assert room.records["interaction", record_id_of("key-1")]["comment"] == "promis"


async def test_a_code_that_asks_for_a_customer_takes_no_call_without_one(tmp_path: Path) -> None:
    room = FakeRoom()
    async with running_desk(tmp_path, panes=PANES, room=room) as desk:
        await desk.signed_in()
        desk.phone.ring("+33199009999")
        await desk.until("SONNE", "Numéro inconnu")
        await desk.pilot.press("f3")
        await desk.until("En communication", "● En conversation")
        await desk.pilot.press("f4")
        await desk.until("✎ Post-appel")
        await desk.pilot.press("f8", "right", "ctrl+s")
        await desk.until("sans fiche", "demande la fiche du client")
        await desk.pilot.press("right", "right", "ctrl+s")
        await desk.until("En retrait (après l'appel)")
        (kept,) = [record for (kind, _id), record in room.records.items() if kind == "interaction"]
        assert (kept["contact_id"], kept["result"]) == ("", "NRP")


async def test_what_a_qualification_lacks_is_said(tmp_path: Path) -> None:
    room = FakeRoom()
    async with running_desk(tmp_path, panes=PANES, room=room, size=(120, 36)) as desk:
        await in_conversation(desk)
        await desk.pilot.press("f4")
        await desk.until("✎ Post-appel")
        await desk.pilot.press("f8", "ctrl+s")
        await desk.until("Choisissez le résultat de l'appel.")
        await desk.pilot.press("right", "right", "ctrl+s")
        await desk.until("RAPPEL : Une tâche de rappel est créée.", "Ce code demande une date de suite.")
        dialog = desk.app.screen
        assert isinstance(dialog, Qualification)
        assert dialog.next_on.has_focus  # where what is missing goes
        dialog.next_on.value = "demain"
        await desk.pilot.press("ctrl+s")
        await desk.until("Date attendue")
        dialog.next_on.value = "25/11"
        dialog.comment.text = "x" * 501
        await desk.pilot.press("ctrl+s")
        await desk.until("1 signes de trop")
        dialog.comment.text = "rappeler"
        room.refuse_puts = (422, {"error_id": "invalid_fields", "title": "Refusé.", "details": {"fields": {"comment": "Pas de [carte]."}}})
        await desk.pilot.press("ctrl+s")
        await desk.until("Refusé.", "Pas de [carte].")
        room.refuse_puts = None
        await desk.pilot.press("ctrl+s")
        await desk.until("En retrait (après l'appel)")
        assert room.puts[0]["fields"]["next_on"] == "2026-11-25"


async def test_the_next_state_is_armed_during_the_call(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES, size=(120, 36)) as desk:
        await in_conversation(desk)
        await desk.pilot.press("alt+a")
        await desk.until("Après l'appel : ► Prêt")
        await desk.pilot.press("quotation_mark")  # 3 without Shift on AZERTY
        await desk.until("ensuite : ‖ En retrait (brief)")


async def test_agent_states_by_dialog(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES, size=(120, 36)) as desk:
        await desk.signed_in()
        await desk.pilot.press("f2")
        await desk.until("État de l'agent", "Se déconnecter")
        await desk.pilot.press("4")
        await desk.until("En retrait (rédaction)")
        await desk.pilot.press("ctrl+r")
        await desk.until("► Prêt")
        await desk.pilot.press("f2", "9")
        await desk.until("passez d'abord en retrait")
        await desk.pilot.press("escape", "ctrl+r")
        await desk.until("En retrait (pause)")
        await desk.pilot.press("f2", "9")
        await desk.until("○ Déconnecté")
        await desk.pilot.press("f2")
        await desk.until("Prise de poste")


async def test_dialling_by_number_and_by_directory(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES, size=(120, 36)) as desk:
        await desk.signed_in()
        await desk.pilot.press("f3")
        await desk.until("Appeler", "Service technique")
        await desk.pilot.press(*"0465712108", "enter")
        await desk.until("Sortant", "↑ ◇ Sonne chez le client", "FICHE VASSERAND")
        placed = next(o for o in desk.phone.orders if isinstance(o, m.PlaceCall))
        desk.phone.tell(m.CallAnswered(placed.call_id, placed.call_key))
        await desk.until("● En conversation")
        await desk.pilot.press("ctrl+n", *"1#")
        await desk.until("Touches envoyées dans l'appel")
        await wait_for(lambda: [o.digits for o in desk.phone.orders if isinstance(o, m.SendDigits)] == ["1", "#"], "two tones")
        await desk.pilot.press("escape", "f4")
        await desk.until("✎ Post-appel")


async def test_an_emergency_number_is_refused_in_words(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES, size=(120, 36)) as desk:
        await desk.signed_in()
        desk.app.dial("112")
        await desk.until("Un numéro d'urgence ne s'appelle pas d'ici.", "Aucun appel.")
        assert not any(isinstance(o, m.PlaceCall) for o in desk.phone.orders)


async def test_transfers_blind_and_attended(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES, size=(120, 36)) as desk:
        await in_conversation(desk)
        await desk.pilot.press("ctrl+t")
        await desk.until("Transférer sans annonce", "Service technique")
        await desk.pilot.press(*"0199007700", "tab", "tab", "tab", "enter")
        await desk.until("consultation", "Sonne chez le client")
        consult = next(o for o in desk.phone.orders if isinstance(o, m.PlaceCall))
        desk.phone.tell(m.CallAnswered(consult.call_id, consult.call_key))
        await desk.until("● En communication", "◫ EN ATTENTE")
        await desk.pilot.press("ctrl+t")
        await desk.until("Mettre en relation", "En attente : ")
        await desk.pilot.press("enter")
        await desk.until("Transféré", "✎ Post-appel")
        assert m.CompleteTransfer("1", consult.call_id) in desk.phone.orders


async def test_a_second_call_waits_in_sight_and_is_taken(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES) as desk:
        await in_conversation(desk)
        desk.phone.ring("+33536491275", call_id="2", call_key="key-2", waiting=True)
        await desk.until("+  Entrant", "05 36 49 12 75", "F3 Décrocher")
        assert "FICHE VASSERAND" in desk.screen(), "the file in front stays"
        await desk.pilot.press("f3")
        await wait_for(lambda: desk.app.state.front == "key-2", "the second call in front")
        await desk.until("◫ EN ATTENTE")
        await desk.pilot.press("alt+v")
        await wait_for(lambda: desk.app.state.front == "key-1", "the first call in front again")


async def test_what_cannot_be_done_says_why(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES, phone=FakePhone(capabilities=())) as desk:
        await desk.signed_in()
        await desk.pilot.press("f6")
        await desk.until("Ce téléphone (fake) ne sait pas le faire.")
        await desk.pilot.press("f4")
        await desk.until("Aucun appel en cours.")


async def test_cues_are_two_keys_away(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES) as desk:
        await desk.signed_in()
        await desk.pilot.press("alt+0", "enter", "enter")
        await desk.until("● Un renseignement", "en cours")
        await desk.pilot.press("f9")
        await desk.until("1  J'accueille le client", "2  Je reformule")
        await desk.pilot.press("2")
        await desk.until("Vous venez de dire : Je reformule")
        await wait_for(lambda: any(t["kind"] == "CueGiven" for t in desk.room.traces), "the cue in the journal")
        assert next(t for t in desk.room.traces if t["kind"] == "CueGiven")["data"] == {"cue": "reformule", "simulation": "S1"}


async def test_menu_and_palette_reach_everything(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES) as desk:
        await desk.signed_in()
        await desk.pilot.press("ctrl+g", "9")
        await desk.until("[9 Appels]")
        await desk.pilot.press("ctrl+p", *"simul")
        await desk.until("Chercher une action")
        await desk.pilot.press("down", "enter")
        await wait_for(lambda: desk.app.front_pane.pane_id in ("simulations", "debrief"), "a pane of the palette")
        await desk.pilot.press("f12")
        await desk.until("Toutes les touches")
        await desk.pilot.press("ctrl+l")
        await desk.until("Journal des messages", gone="Toutes les touches")
        await desk.pilot.press("escape")
        await desk.until(gone="Journal des messages")


async def test_saving_from_the_pane_in_front(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES) as desk:
        await desk.signed_in()
        await desk.pilot.press("ctrl+s")
        await desk.until("Rien à enregistrer ici.")
        desk.app.show_pane("customer_file")
        await desk.pilot.press("ctrl+s")
        await desk.until("✓ Enregistré")
        assert desk.room.puts[0]["kind"] == "note"


async def test_what_panes_ask_reaches_the_room(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES, size=(120, 36)) as desk:
        await desk.signed_in()
        pane = desk.app.front_pane
        messages: list[Any] = [
            FileAsked("bastien"),
            SearchAsked("vasserand"),
            DraftChanged("note", "n2", 0, {"text": "x"}, {"pane": "notes"}),
            DocumentAsked("nowhere"),
            Traced("BriefSearched", query="x"),
            Told("Une phrase de fiche.", "purple"),
            DialAsked("0465712108", "bastien"),
        ]
        for message in messages:
            pane.post_message(message)
        await desk.until("FICHE LORMIER", "Sortant")
        state = desk.app.state
        assert state.search is not None and state.drafts["n2"]["fields"] == {"text": "x"}
        assert state.calls[state.front].contact_id == "bastien"
        said = [n.text for n in state.notices]
        assert "Une phrase de fiche." in said
        await wait_for(lambda: "Rien à cette adresse." in [n.text for n in desk.app.state.notices], "the refusal of the document")
        pane.post_message(DialAsked("0465712108"))
        pane.post_message(DialAsked("0465712108"))
        await wait_for(lambda: sum(isinstance(o, m.PlaceCall) for o in desk.phone.orders) >= 1, "a call")


async def test_a_fault_is_told_without_a_trace_on_the_screen(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FilePane):
        def show_state(self, state: DeskState) -> None:
            raise RuntimeError("boom")

    async with running_desk(tmp_path, panes=(Broken,)) as desk:
        await wait_for(lambda: "Défaut d'affichage, noté dans desk.log." in [n.text for n in desk.app.state.notices], "the pane's fault")
        desk.app.happen(object())  # type: ignore[arg-type]  # no event at all
        assert desk.app.state.notices[-1].text == "Défaut du poste, noté dans desk.log : KeyError"
        assert "Traceback" not in desk.screen()
    assert any("boom" in str(r.exc_info) for r in caplog.records)
    caplog.clear()


async def test_leaving_is_asked_and_refused_during_a_call(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES) as desk:
        await in_conversation(desk)
        await desk.pilot.press("ctrl+q")
        await desk.until("Quitter ?", "raccrochez d'abord")
        await desk.pilot.press("2")
        assert desk.app.is_running and not desk.phone.stopped
        await desk.pilot.press("escape", "f4")
        await desk.until("✎ Post-appel")
        await desk.pilot.press("ctrl+q")
        await desk.until("Il reste un appel à qualifier")
        await desk.pilot.press("2")
        await wait_for(lambda: desk.phone.stopped and desk.app.return_code == 0, "the desk to leave")


async def test_devices_are_chosen_and_remembered(tmp_path: Path) -> None:
    kept: list[Settings] = []
    async with running_desk(tmp_path, panes=PANES, keep_settings=kept.append) as desk:
        await desk.signed_in()
        desk.app.settings_chosen(Settings(microphone="Micro USB"))
        assert kept == [Settings(microphone="Micro USB")]
        assert m.ChooseDevices("Micro USB", "", "") in desk.phone.orders


async def test_no_sound_says_captions(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES, phone=FakePhone(sound="none")) as desk:
        await desk.until("Pas de son : sous-titres")


@pytest.mark.parametrize("size", SIZES)
async def test_nothing_overlaps(tmp_path: Path, size: tuple[int, int]) -> None:
    async with running_desk(tmp_path, size=size, panes=PANES) as desk:
        await in_conversation(desk)
        desk.room.journal("CustomerSpoke", {"speaker": "Mme V.", "text": "Bonjour."}, "customer", "key-1")
        desk.phone.ring("+33536491275", call_id="2", call_key="key-2", waiting=True)
        await desk.until("« Mme V. : Bonjour. »", "+  Entrant")
        await wait_for(lambda: desk.app.bar.region.height == 3, "the third line of the bar")
        regions = [w.region for w in (desk.app.bar, desk.app.tabs, desk.app.front_pane, *desk.app.query("#foot > *")) if w.display]
        rows = [row for region in regions for row in range(region.y, region.bottom)]
        assert sorted(rows) == list(range(size[1])), "every row of the terminal belongs to one part"
        assert all(region.width == size[0] for region in regions)
        assert all(len(line) <= size[0] for line in desk.screen().splitlines())


async def test_an_offer_is_painted_at_once(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES) as desk:
        await desk.signed_in()
        began = time.perf_counter()
        desk.phone.ring(NUMBER)
        while "SONNE" not in desk.screen():
            await asyncio.sleep(0)
            assert time.perf_counter() - began < 5
        assert desk.app.state.agent.state in (AgentState.NOT_READY, AgentState.OFFERED)


async def test_the_agents_name_is_remembered(tmp_path: Path) -> None:
    kept: list[Settings] = []
    async with running_desk(tmp_path, panes=PANES, keep_settings=kept.append) as desk:
        await desk.until("Prise de poste")
        await desk.pilot.press(*"Ana", "enter")  # the name proposed is selected
        await desk.until("En retrait (connexion)", gone="Prise de poste")
        desk.app.settings_chosen(Settings(microphone="m", agent_name=desk.app.settings.agent_name))
        assert [s.agent_name for s in kept] == ["Ana", "Ana"]


async def test_the_debrief_asked_for_comes_to_the_front(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES) as desk:
        await desk.signed_in()
        desk.app.happen(ev.DebriefArrived({"simulation": "S1", "title": "[/x]"}))
        await desk.until("[Bilan]", "Le bilan reçu n'a pas la forme attendue.")


async def test_a_tab_asked_for_is_seen_even_over_a_dialog_whose_typing_is_kept(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=PANES) as desk:
        await in_conversation(desk)
        await desk.pilot.press("f4")
        await desk.until("✎ Post-appel")
        await desk.pilot.press("f8", "right", "tab", "tab", *"promis")
        await wait_for(lambda: "promis" in str(desk.app.state.drafts), "the draft")
        await desk.pilot.press("alt+9")
        await desk.until("[9 Appels", gone="Qualification de l'appel")
        await desk.pilot.press("f8")
        await desk.until("promis")


async def test_the_lines_fit_the_terminal_as_soon_as_it_changes(tmp_path: Path) -> None:
    async with running_desk(tmp_path, size=(120, 36)) as desk:
        await desk.signed_in()
        await desk.until("9 Appels")
        await desk.pilot.resize_terminal(80, 24)
        await desk.until("9 App.")
