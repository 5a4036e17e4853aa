"""Calling a file: preview before the number, the law on the scenario's clock, opposition, attempts, people, arguments."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.workstation.panes import campaign_sample as cs
from tests.workstation.panes import sample
from tests.workstation.panes.host import Host, type_text, wait_for
from workstation.desk.state import DeskState, SaveView
from workstation.ui.messages import DialAsked, FileAsked, ListAsked, SaveAsked, Told, Traced
from workstation.ui.screens import campaign_words as words
from workstation.ui.screens.campaign_desk import SECTIONS, CampaignDeskPane


def pane_of(host: Host) -> CampaignDeskPane:
    assert isinstance(host.pane, CampaignDeskPane)
    return host.pane


def saved(host: Host, kind: str) -> list[SaveAsked]:
    return [s for s in host.of(SaveAsked) if s.kind == kind]


def patched(state: DeskState, **fields: Any) -> DeskState:
    """The company's target with other fields, in its file."""
    file = cs.company_file()
    file["records"]["campaign_target"] = [{**cs.TARGETS["cabinets"][1], **fields}]
    return replace(state, files={**state.files, cs.COMPANY: file})


async def at_section(pilot: Pilot[None], host: Host, key: str) -> None:
    """By keys, until the section is in front."""
    for _step in SECTIONS:
        if pane_of(host).bar.key == key:
            break
        await pilot.press("alt+right")
        await pilot.pause()
    assert pane_of(host).bar.key == key
    await pilot.pause()


async def test_the_file_has_what_is_to_be_called_first() -> None:
    host = Host("campaign_desk", replace(cs.desk(call=None), contact_id=""))
    async with host.run_test(size=(80, 15)) as pilot:
        await wait_for(pilot, lambda: "Garage Alizier" in host.screen_text(), "the file")
        assert pane_of(host).bar.key == "fichier"
        assert [row.key for row in pane_of(host).file.table.rows_shown] == ["t3", "t2", "t4", "t1", "t5"]
        for told in ("▲ 23/11 08:30", "24/11 10:00", "1 RDV_PRIS", "⊘ opposé", "3 à appeler sur 5", "Obtenir une démonstration."):
            assert told in host.screen_text(), told
        asked = {a.key: a for a in host.of(ListAsked)}
        assert asked["campaign_targets"].params == {"campaign_id": "cabinets", "limit": "500"}
        assert asked["agenda_slots"].params["since"] == "2026-11-23"
        await pilot.press("shift+tab", "left")
        await wait_for(pilot, lambda: host.of(ListAsked)[-1].params.get("campaign_id") == "enquete", "another file asked for")
        await wait_for(pilot, lambda: "Le fichier arrive" in host.screen_text(), "not the rows of another campaign")
        host.show(cs.desk("", "enquete", call=None))
        await wait_for(pilot, lambda: "Nord 1/1 pleine · Sud 0/3" in host.screen_text(), "the quotas")


async def test_a_record_is_read_before_its_number_is_dialled() -> None:
    host = Host("campaign_desk", replace(cs.desk(call=None), contact_id="", files={}))
    async with host.run_test(size=(80, 15)) as pilot:
        await wait_for(pilot, lambda: "Cabinet Lagarrigue" in host.screen_text(), "the file")
        await pilot.press("down", "alt+n")
        await wait_for(pilot, lambda: host.of(Told), "why nothing is dialled")
        assert "d'abord la fiche" in host.of(Told)[-1].text and not host.of(DialAsked)
        await pilot.press("enter")
        await wait_for(pilot, lambda: host.of(FileAsked), "the file asked for")
        assert (host.of(FileAsked)[0].contact_id, host.of(FileAsked)[0].stay) == (cs.COMPANY, True)
        host.show(cs.desk(call=None))
        await wait_for(pilot, lambda: pane_of(host).bar.key == "fiche", "the record in front")
        await wait_for(pilot, lambda: "04 65 71 80 00" in host.screen_text(), "its number")
        for told in ("rang 2", "Mission : Obtenir", "Tentatives : aucune", "27 rue des Ormeaux", "M. Armand SENTIS (associé)", "L221-16"):
            assert told in host.screen_text(), told
        assert "▲" not in str(pane_of(host).call.text.content)  # nothing of the law stands against calling a company
        assert not host.of(DialAsked)  # never by itself
        await wait_for(pilot, lambda: pane_of(host).call.numbers.has_focus, "on the number")
        await pilot.press("alt+n")
        await wait_for(pilot, lambda: host.of(DialAsked), "dialled")
        assert (host.of(DialAsked)[0].number, host.of(DialAsked)[0].contact_id) == ("+33465718000", cs.COMPANY)
        assert {"fiche"} == {t.data.get("section") for t in host.of(Traced) if t.data.get("section")}


async def test_who_is_opposed_is_not_dialled_from_the_file_and_it_says_why() -> None:
    host = Host("campaign_desk", patched(cs.desk(call=None), opposed=True, status="traitée"))
    async with host.run_test(size=(80, 15)) as pilot:
        await wait_for(pilot, lambda: pane_of(host).bar.key == "fiche", "the record")
        await wait_for(pilot, lambda: "⊘ 04 65 71 80 00" in host.screen_text(), "a number that is not one to dial")
        told = str(pane_of(host).call.text.content)
        assert "▲ Cette personne s'est opposée" in told and "(RGPD art. 21" in told
        pane_of(host).call.numbers.focus()
        await pilot.press("alt+n", "asterisk")
        await wait_for(pilot, lambda: host.of(Told), "why")
        assert host.of(Told)[-1].text == "Opposition : cette personne ne doit plus être appelée. La fiche ne se compose pas."
        assert pane_of(host).number_in_hand() == "" and not host.of(DialAsked)
        pane_of(host).bar.choose("fichier")
        pane_of(host).file.table.focus()
        await pilot.press("ctrl+end", "alt+n")
        await wait_for(pilot, lambda: len(host.of(Told)) >= 3, "why, from the list too")
        assert "Opposition" in host.of(Told)[-1].text and not host.of(DialAsked)


@pytest.mark.parametrize(
    ("moment", "consent", "told"),
    [
        ((2026, 11, 23, 10, 20), {}, "Pas de consentement valable"),
        ((2026, 11, 23, 10, 20), {"status": "donné", "given_on": "2026-03-01"}, ""),
        ((2026, 11, 23, 10, 20), {"status": "donné", "given_on": "2025-03-01"}, "a plus d'un an"),
        ((2026, 11, 23, 13, 20), {"status": "donné", "given_on": "2026-03-01"}, "il est en dehors de 10 h–13 h et 14 h–20 h"),
        ((2026, 11, 28, 10, 20), {"status": "donné", "given_on": "2026-03-01"}, "du lundi au vendredi"),
        ((2026, 11, 23, 10, 20), {"status": "retiré", "given_on": "2026-03-01"}, "s'est opposée"),
    ],
)
def test_the_law_before_calling_a_consumer(moment: tuple[int, ...], consent: dict[str, Any], told: str) -> None:
    state = cs.at(cs.desk(cs.PERSON, "relance", call=None), dt.datetime(*moment))  # type: ignore[arg-type]  # year … minute
    state = replace(state, files={**state.files, cs.PERSON: cs.person_file(**consent)})
    found = words.cautions(state, cs.TARGETS["relance"][0])
    assert (not found) if not told else any(told in c.text and c.source for c in found), found


def test_a_fifth_attempt_in_thirty_days_is_one_too_many() -> None:
    state = cs.desk(cs.PERSON, "relance", call=None)
    file = cs.person_file(status="donné", given_on="2026-03-01")
    tried = [{"at": f"2026-11-{day:02d}T10:00:00+00:00", "result": "NRP"} for day in (4, 9, 15, 20)]
    for count, late in ((3, False), (4, True)):
        file["records"]["campaign_target"] = [{**cs.TARGETS["relance"][0], "attempts": tried[:count]}]
        found = words.cautions(replace(state, files={cs.PERSON: file}), file["records"]["campaign_target"][0])
        assert [c.rule for c in found] == (["R-DEM-4"] if late else [])


def test_a_survey_is_no_canvassing_but_its_quota_may_be_full() -> None:
    state = cs.desk("vasserand", "enquete", call=None)
    one = cs.TARGETS["enquete"][0]
    file = sample.vasserand()
    file["records"]["campaign_target"] = [one]
    state = replace(state, files={"vasserand": file})
    assert words.cautions(state, one) == []  # a Sunday, a refused consent: nothing is sold
    told = words.preview(state, one, cs.TARGETS["enquete"]).plain
    assert "Quota « Nord » atteint" in told and "Enquête (⇧F2)" in told and "L221-16" not in told
    assert [code for code, _word in words.results(state, cs.CAMPAIGNS[0])] == ["ENQ_COMPLETE", "NRP", "OPPOSITION"]


async def test_a_result_proposes_what_becomes_of_the_target_and_is_saved_once() -> None:
    host = Host("campaign_desk", cs.desk())
    async with host.run_test(size=(80, 15)) as pilot:
        await wait_for(pilot, lambda: pane_of(host).result.form.subject is not None, "the form")
        await at_section(pilot, host, "resultat")
        form = pane_of(host).result.form
        await wait_for(pilot, lambda: form.box("attempts").being_typed_in, "in the result")
        await pilot.press("r")
        await wait_for(pilot, lambda: form.box("status").typed == "traitée", "the status that goes with it")
        assert form.chosen == "RDV_PRIS" and "RDV_PRIS · Rendez-vous pris" in host.screen_text()
        assert next(iter(host.state.drafts.values()))["fields"]["attempts"] == "RDV_PRIS"
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: "Enregistré 14:03:22" in form.saved_words, "saved")
        (first,) = saved(host, "campaign_target")
        assert first.fields == {"attempts": [{"result": "RDV_PRIS"}], "status": "traitée"} and first.version == 1
        assert form.chosen == "" and "Tentatives : RDV_PRIS" in host.screen_text() and not host.state.drafts
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert len(saved(host, "campaign_target")) == 1  # the same attempt is not told twice
        await pilot.press("n")
        await wait_for(pilot, lambda: form.chosen == "NRP" and form.box("status").typed == "à rappeler", "a later try")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: "▲ À dater" in host.screen_text(), "a callback has its day")
        assert len(saved(host, "campaign_target")) == 1
        await wait_for(pilot, lambda: form.box("next_on").being_typed_in, "in the day to mend")
        await type_text(pilot, "24/11")
        await pilot.press("tab")
        await type_text(pilot, "10")
        await pilot.press("colon", "3", "0", "ctrl+s")
        await wait_for(pilot, lambda: len(saved(host, "campaign_target")) == 2, "saved again")
        second = saved(host, "campaign_target")[1]
        assert second.fields["attempts"][-1] == {"result": "NRP"} and len(second.fields["attempts"]) == 2
        assert (second.fields["next_on"], second.fields["next_time"], second.fields["status"]) == ("2026-11-24", "10:30", "à rappeler")
        assert second.version == 2


async def test_an_opposition_is_one_key_and_a_result_left_is_found_again() -> None:
    host = Host("campaign_desk", cs.desk())
    async with host.run_test(size=(120, 27)) as pilot:
        await wait_for(pilot, lambda: pane_of(host).result.form.subject is not None, "the form")
        await at_section(pilot, host, "resultat")
        form = pane_of(host).result.form
        await wait_for(pilot, lambda: form.box("attempts").being_typed_in, "in the result")
        await pilot.press("o")
        await wait_for(pilot, lambda: form.box("opposed").typed == "oui", "opposed")
        kept = host.state.drafts
    host = Host("campaign_desk", replace(cs.desk(), drafts=kept))
    async with host.run_test(size=(120, 27)) as pilot:
        await wait_for(pilot, lambda: pane_of(host).bar.key == "resultat", "where one was")
        await wait_for(pilot, lambda: pane_of(host).result.form.chosen == "OPPOSITION", "what was chosen")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: saved(host, "campaign_target"), "saved")
        assert saved(host, "campaign_target")[0].fields["opposed"] is True


async def test_a_refused_attempt_stays_to_be_saved() -> None:
    host = Host("campaign_desk", cs.desk(), confirms=False)
    async with host.run_test(size=(80, 15)) as pilot:
        await wait_for(pilot, lambda: pane_of(host).result.form.subject is not None, "the form")
        await at_section(pilot, host, "resultat")
        form = pane_of(host).result.form
        await wait_for(pilot, lambda: form.box("attempts").being_typed_in, "in the result")
        await pilot.press("r", "ctrl+s")
        await wait_for(pilot, lambda: saved(host, "campaign_target"), "asked")
        host.answer("t2", SaveView("campaign_target", "t2", "failed", title="Refusé par le serveur."))
        await wait_for(pilot, lambda: "NON ENREGISTRÉ" in host.screen_text(), "not saved")
        assert form.chosen == "RDV_PRIS" and host.state.drafts["t2"]["fields"]["attempts"] == "RDV_PRIS"


async def test_people_are_added_with_their_part_in_the_decision() -> None:
    host = Host("campaign_desk", cs.desk(), confirms=False)
    async with host.run_test(size=(80, 15)) as pilot:
        await wait_for(pilot, lambda: pane_of(host).result.form.subject is not None, "ready")
        await at_section(pilot, host, "interlocuteurs")
        step = pane_of(host).contacts
        await wait_for(pilot, lambda: "M. Armand SENTIS" in host.screen_text(), "who is known")
        await pilot.press("plus")
        await wait_for(pilot, lambda: step.form.subject is not None and step.form.box("civility").being_typed_in, "the form")
        await pilot.press("end", "tab", "tab")
        await type_text(pilot, "corvisier")
        await pilot.press("tab")
        await type_text(pilot, "standard")
        kept = next(iter(host.state.drafts.values()))
        assert kept["kind"] == "contact" and kept["fields"]["company_id"] == cs.COMPANY
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: saved(host, "contact"), "saved")
        made = saved(host, "contact")[0]
        wanted = {"company_id": cs.COMPANY, "civility": "Mme", "last_name": "corvisier", "role": "barrage – standard"}
        assert made.version == 0 and wanted.items() <= made.fields.items() and "contact_id" not in made.fields
        person = {"id": made.record_id, "version": 1, **made.fields}
        host.answer(made.record_id, SaveView("contact", made.record_id, "saved", at="14:03:22"))
        host.show(
            replace(
                host.state,
                lists={**host.state.lists, words.PEOPLE: cs.listed("contact", (*cs.PEOPLE, person), company_id=cs.COMPANY, limit="100")},
            )
        )
        await pilot.press("escape")
        await wait_for(pilot, lambda: "Mme corvisier" in host.screen_text(), "in the list")
        assert [row.cells[0] for row in step.table.rows_shown] == ["–", "barrage"]
        await pilot.press("down", "enter")
        await wait_for(pilot, lambda: step.form.subject is not None and step.form.box("role").typed == "barrage – standard", "open again")


async def test_a_person_being_added_is_found_again_after_a_restart() -> None:
    host = Host("campaign_desk", cs.desk())
    async with host.run_test(size=(120, 27)) as pilot:
        await wait_for(pilot, lambda: pane_of(host).result.form.subject is not None, "ready")
        await pane_of(host).contacts.add(words.CO_DECIDER)
        form = pane_of(host).contacts.form
        form.put("last_name", "DAUNAY")
        await wait_for(pilot, lambda: host.state.drafts, "the draft")
        kept = host.state.drafts
    host = Host("campaign_desk", replace(cs.desk(), drafts=kept))
    async with host.run_test(size=(120, 27)) as pilot:
        await wait_for(pilot, lambda: pane_of(host).bar.key == "interlocuteurs", "where one was")
        await wait_for(pilot, lambda: pane_of(host).contacts.form.subject is not None, "the form")
        assert pane_of(host).contacts.form.box("last_name").typed == "DAUNAY"
        assert pane_of(host).contacts.form.box("role").typed == "codécideur –"


async def test_the_objection_is_found_by_a_word() -> None:
    host = Host("campaign_desk", cs.desk())
    async with host.run_test(size=(80, 15)) as pilot:
        await wait_for(pilot, lambda: pane_of(host).result.form.subject is not None, "ready")
        await at_section(pilot, host, "argumentaire")
        await wait_for(pilot, lambda: "Demander de l'aide" in host.screen_text(), "the sheet, at once")
        await wait_for(pilot, lambda: [t.data["id"] for t in host.of(Traced) if t.kind == "ProcedureOpened"] == ["brief-12"], "opened")
        await type_text(pilot, "equipes")
        await wait_for(pilot, lambda: [r.key for r in pane_of(host).sheet.table.rows_shown] == ["brief-12"], "the text that has it")
        assert "par qui" in host.screen_text()
        await pilot.press("enter")
        await wait_for(pilot, lambda: [t.data["q"] for t in host.of(Traced) if t.kind == "BriefSearched"] == ["equipes"], "traced")
        await pilot.press("escape", "escape", "home", "shift+end", "delete")
        await type_text(pilot, "zzz")
        await wait_for(pilot, lambda: "Rien de tel" in host.screen_text(), "nothing")


async def test_outside_text_is_never_markup() -> None:
    state = patched(cs.desk(call=None), remark=sample.HOSTILE, attempts=[{"at": "2026-11-20T09:00:00+00:00", "result": sample.HOSTILE}])
    file = state.files[cs.COMPANY]
    file["contact"]["segment"] = sample.HOSTILE
    named = {**sample.contact("x", last_name=sample.HOSTILE, role=sample.HOSTILE, company_id=cs.COMPANY)}
    campaign = [{**cs.CAMPAIGNS[1], "title": sample.HOSTILE, "objective": sample.HOSTILE}]
    state = replace(state, brief={**state.brief, "campaigns": campaign})
    state = replace(state, lists={**state.lists, words.PEOPLE: cs.listed("contact", (named,), company_id=cs.COMPANY, limit="100")})
    host = Host("campaign_desk", state)
    async with host.run_test(size=(120, 27)) as pilot:
        for key, _word, _short in SECTIONS:
            pane_of(host).bar.choose(key)
            await pilot.pause()
            assert "\x1b" not in host.screen_text() and "\u202e" not in host.screen_text()
            assert key not in ("fichier", "fiche", "interlocuteurs") or "[/x] bad" in host.screen_text()
