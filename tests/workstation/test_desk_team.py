"""The trainee's desk among three who practise together: who is meant to be here, what is proposed, the grid once it is shown."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from scenarios.debrief import CriterionLine, DebriefReport, Moment, NoteLine, ObservedLine
from tests.workstation.desk_of_tests import running_desk
from tests.workstation.fake_room import FakeRoom
from tests.workstation.play import ready
from workstation.desk import effects as fx
from workstation.ui.screens.call_log import CallLog
from workstation.ui.widgets.team_line import team_text

PEOPLE = ["Cyr", "Ana", "Bao"]


def test_a_new_round_is_said_in_words_and_a_shown_grid_brings_the_debrief() -> None:
    play = ready()
    assert play.row("PeersRotated", {"round": 2, "people": PEOPLE}) == [fx.FetchSitting()]
    assert play.said == "TOUR 2 : Cyr au poste, Ana joue le client, Bao observe."
    assert play.row("GridShown", {"simulation": "S1", "seat": "jury2", "by": "Bao"}) == [fx.FetchSitting(), fx.FetchDebrief("S1")]
    assert play.said == "Bao montre sa grille : elle est dans le bilan (Alt+Y)."
    said = play.said
    assert play.row("PeersRotated", {"round": 3, "people": PEOPLE}, age=60.0) == [] and play.said == said, "a replay"


def test_the_line_keeps_who_is_meant_to_be_here_however_narrow() -> None:
    team = {"round": 2, "people": [*PEOPLE, "Dia"]}
    assert team_text(team, "stagiaire", 80).plain == "Tour 2   ICI, AU POSTE : Cyr   client : Ana  observateur : Bao  attend : Dia"
    assert team_text(team, "stagiaire", 30).plain.strip() == "Tour 2   ICI, AU POSTE : Cyr"
    assert "ICI, L'OBSERVATEUR : personne" in team_text({"round": 1, "people": PEOPLE[:2]}, "observateur", 80).plain


def report() -> DebriefReport:
    note = NoteLine(at=Moment(hour="09:41:00", after=60.0), about="c2", text="posé")
    mark = ObservedLine(by="Bao", marks={"c2.1": "non constaté"}, notes=(note,))
    return DebriefReport(
        simulation="S1", title="Un renseignement", competence="c2", competence_label="Délivrer", standard="RC", sitting="s", pack="p",
        standard_id="rc", channel="téléphone", direction="entrant",
        day=dt.date(2026, 11, 23), notice="Sans note.", started="09:40:00", ended="09:48:00", seconds=480.0, planned_minutes=8, states={},
        calls=(), records=(), steps=(), hidden=(), identification="", timeline=(),
        criteria=(CriterionLine(id="c2.1", text="La demande est identifiée", facts=()),),
        people={"stagiaire": "Cyr", "client": "Ana", "observateur": "Bao"}, observed=(mark,),
    )  # fmt: skip


async def test_the_desk_of_a_round(tmp_path: Path) -> None:
    room = FakeRoom()
    room.team = {**room.team, "round": 2, "people": PEOPLE}
    room.debrief = report().model_dump(mode="json")
    async with running_desk(tmp_path, room=room, panes=(CallLog,)) as desk:
        await desk.until("Prise de poste", "Cyr")  # whoever's turn it is, not who worked here last
        await desk.pilot.press("enter")
        await desk.until("ICI, AU POSTE : Cyr", "client : Ana", "observateur : Bao", "Un renseignement  PROPOSÉE", gone="Prise de poste")
        assert desk.app.settings.agent_name == ""
        room.simulation = "terminée"
        played = {"simulation": "S1", "round": 2, "people": {"stagiaire": "Cyr"}, "began_at": "", "ended_at": ""}
        room.team = {**room.team, "round": 3, "people": ["Bao", "Cyr", "Ana"], "played": [played]}
        room.journal("PeersRotated", {"round": 3, "people": ["Bao", "Cyr", "Ana"]})
        await desk.until("ICI, AU POSTE : Bao", "TOUR 3 : Bao au poste", "jouée par Cyr")
        room.journal("GridShown", {"simulation": "S1", "seat": "jury2", "by": "Bao"})
        await desk.until("[Bilan]", "Stagiaire : Cyr ; client : Ana ; observateur : Bao.", "› Observé par Bao : non constaté")
        await desk.until("Les notes de Bao", "09:41:00 c2 : posé")
        assert not any(path.startswith(("GET /jury", "PUT /jury")) for path in room.requests)
