"""Contact, documents, reference, search and notes."""

from __future__ import annotations

import time
from dataclasses import replace

from cti.call import CallState
from tests.workstation.panes import sample
from tests.workstation.panes.host import Host, type_text, wait_for
from workstation.desk.state import SaveView
from workstation.ui.messages import DialAsked, DraftChanged, FileAsked, SaveAsked, SearchAsked, Traced
from workstation.ui.screens.contact_desk import ContactDeskPane
from workstation.ui.screens.documents_desk import DocumentsDeskPane
from workstation.ui.screens.notes import NotesPane
from workstation.ui.screens.reference import ReferencePane
from workstation.ui.screens.reference_text import preview
from workstation.ui.screens.search import SearchPane


async def test_moving_house_opens_the_new_address_and_closes_the_old_one() -> None:
    host = Host("contact_desk", sample.desk())
    async with host.run_test(size=(80, 15)) as pilot:
        pane = host.pane
        assert isinstance(pane, ContactDeskPane)
        await wait_for(pilot, lambda: pane.list.table.has_focus, "the coordinates")
        await pilot.press("alt+right")
        await wait_for(pilot, lambda: "valid_from" in pane.list.form._boxes and pane.list.form.box("valid_from").being_typed_in, "the date")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: pane.list.form.box("valid_from").complaint == "À remplir", "the date is needed")
        await type_text(pilot, "01/12")
        await pilot.press("tab")
        await type_text(pilot, "3 impasse")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: len(host.of(SaveAsked)) == 2, "both addresses saved")
        new, old = host.of(SaveAsked)
        assert (new.kind, new.version, new.fields["valid_from"], new.fields["line1"]) == ("address", 0, "2026-12-01", "3 impasse")
        assert (old.record_id, old.version, old.fields) == ("ad1", 1, {"valid_to": "2026-11-30"})


async def test_a_duplicate_is_asked_for_the_latest_invoice_at_the_usable_address() -> None:
    host = Host("documents_desk", sample.desk())
    async with host.run_test(size=(80, 15)) as pilot:
        pane = host.pane
        assert isinstance(pane, DocumentsDeskPane)
        await wait_for(pilot, lambda: host.focused is not None and host.focused.has_class("add"), "the button that creates")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "F-2610-0231" in host.screen_text(), "the invoice offered")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: host.of(SaveAsked), "asked")
        fields = host.of(SaveAsked)[0].fields
        assert fields["template"] == "duplicata de facture" and fields["subject_id"] == "in1"
        assert fields["sent_to"] == "o.vasserand@ancien.example"


async def test_procedures_are_found_without_accents_and_their_opening_is_traced() -> None:
    host = Host("reference", sample.desk())
    async with host.run_test(size=(80, 15)) as pilot:
        pane = host.pane
        assert isinstance(pane, ReferencePane)
        await wait_for(pilot, lambda: pane.search.has_focus, "the search")
        await type_text(pilot, "echeance")
        await wait_for(pilot, lambda: [r.key for r in pane.list.rows_shown] == ["p-09"], "the one procedure")
        await pilot.press("enter")  # the only one found opens at once
        await wait_for(pilot, lambda: "quatre échéances" in host.screen_text() and pane.page.has_focus, "the text")
        assert "**" not in host.screen_text()
        traces = [(t.kind, t.data) for t in host.of(Traced)]
        assert ("BriefSearched", {"q": "echeance"}) in traces
        assert ("ProcedureOpened", {"id": "p-09", "title": "P-09 Recouvrement"}) in traces
        assert len([k for k, _data in traces if k == "BriefSearched"]) == 1


async def test_a_service_is_called_from_the_directory() -> None:
    host = Host("reference", sample.desk())
    async with host.run_test(size=(80, 15)) as pilot:
        pane = host.pane
        assert isinstance(pane, ReferencePane)
        pane.bar.choose("annuaire")
        await wait_for(pilot, lambda: "01 99 00 40 05" in host.screen_text() and "9 h–17 h" in host.screen_text(), "number and hours")
        pane.directory.focus()
        await wait_for(pilot, lambda: pane.number_in_hand() == "+33199004005", "on the service")
        await pilot.press("alt+n")
        await wait_for(pilot, lambda: host.of(DialAsked), "called")
        assert host.of(DialAsked)[0].number == "+33199004005"


async def test_search_says_why_and_enter_opens() -> None:
    host = Host("search", replace(sample.desk(), contact_id=""))
    async with host.run_test(size=(120, 27)) as pilot:
        pane = host.pane
        assert isinstance(pane, SearchPane)
        await wait_for(pilot, lambda: pane.query_input.has_focus, "the field")
        await type_text(pilot, "vaserand")
        await pilot.press("enter")
        await wait_for(pilot, lambda: host.of(SearchAsked), "asked")
        near = sample.hit("vasserand", "Mme Odile VASSERAND", "nom", "VASSERAND", exact=False)
        other = sample.hit("odette", "Mme Odette VASSERAND [/x]", "téléphone", "+33465712109")
        host.show(replace(host.state, search=sample.page("vaserand", near, other)))
        await wait_for(pilot, lambda: pane.table.has_focus, "the results")
        await wait_for(pilot, lambda: "nom VASSERAND (proche)" in host.screen_text(), "why it matched")
        assert "VASSERAND [/x]" in host.screen_text()
        host.show(replace(host.state, search={**sample.page("vaserand", near, other), "total": 1000, "more": True}))
        await wait_for(pilot, lambda: "plus de 1000 fiches dont 2 affichées" in host.screen_text(), "that there are more")
        await pilot.press("enter")
        await wait_for(pilot, lambda: host.of(FileAsked), "opened")
        assert host.of(FileAsked)[0].contact_id == "vasserand"


async def test_several_files_of_one_number_are_offered_while_it_rings() -> None:
    state = sample.desk("", call=CallState.OFFERED)
    hits = (sample.hit("a", "Mme UNE", "téléphone", "+33465712108"), sample.hit("b", "M. DEUX", "téléphone", "+33465712108"))
    call = replace(state.calls["k1"], hits=hits, contact_id="")
    host = Host("search", replace(state, calls={"k1": call}))
    async with host.run_test(size=(80, 15)) as pilot:
        await wait_for(pilot, lambda: "2 fiches portent ce numéro" in host.screen_text(), "the choice")
        assert "Mme UNE" in host.screen_text() and "M. DEUX" in host.screen_text()


async def test_a_new_contact_opens_once_the_server_has_it() -> None:
    host = Host("search", replace(sample.desk(), contact_id=""), confirms=False)
    async with host.run_test(size=(80, 15)) as pilot:
        pane = host.pane
        assert isinstance(pane, SearchPane)
        await wait_for(pilot, lambda: pane.query_input.has_focus, "the field")
        await type_text(pilot, "plessis")
        await pilot.press("tab", "enter")
        await wait_for(pilot, lambda: pane.form.subject is not None and pane.form.box("last_name").typed == "PLESSIS", "the form")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: host.of(SaveAsked), "sent")
        save = host.of(SaveAsked)[0]
        assert save.fields["category"] == "prospect" and host.of(FileAsked) == []
        host.answer(save.record_id, SaveView("contact", save.record_id, "saved", at="09:00:00"))
        await wait_for(pilot, lambda: host.of(FileAsked), "its file")
        assert host.of(FileAsked)[0].contact_id == save.record_id


async def test_a_note_begun_before_any_file_goes_to_the_first_one_opened() -> None:
    host = Host("notes", replace(sample.desk(), contact_id=""))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = host.pane
        assert isinstance(pane, NotesPane)
        await wait_for(pilot, lambda: pane.form.subject is not None and pane.form.box("text").being_typed_in, "the note")
        await type_text(pilot, "rappeler")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: host.of(DraftChanged), "kept")
        assert host.of(SaveAsked) == []
        host.show(replace(host.state, contact_id="vasserand"))
        await wait_for(pilot, lambda: pane.form.subject is not None and pane.form.subject.contact_id == "vasserand", "given")
        assert pane.form.box("text").typed == "rappeler"
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: host.of(SaveAsked), "saved")
        fields = host.of(SaveAsked)[0].fields
        assert fields["contact_id"] == "vasserand" and fields["text"] == "rappeler"


async def test_the_directory_says_who_is_open_now_and_what_each_is_for() -> None:
    clock = {"scenario_now": "2026-11-23T17:20:00", "server_now": "2026-11-23T16:20:00+00:00"}
    host = Host("reference", replace(sample.desk(), sitting={"id": "s", "clock": clock}, sitting_at=time.time()))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = host.pane
        assert isinstance(pane, ReferencePane)
        pane.bar.choose("annuaire")
        await wait_for(pilot, lambda: "fermé, ouvre demain à 9 h" in host.screen_text(), "Service Contrats")
        assert "ouvert jusqu'à 18 h" in host.screen_text()
        assert "lun–ven 9 h–17 h · contrats@marvalune.example" in host.screen_text() and "Changement de titulaire" in host.screen_text()
        pane.directory.focus()
        await pilot.press("down")
        await wait_for(pilot, lambda: "Dettes au-delà de 300 €" in host.screen_text(), "the next one")
        later = {"clock": {**clock, "scenario_now": "2026-11-23T18:01:00"}}
        host.show(replace(host.state, sitting={**host.state.sitting, **later}, sitting_at=time.time()))
        pane._clock_moved()
        await wait_for(pilot, lambda: "ouvert jusqu'à" not in host.screen_text(), "an hour later")


async def test_the_knowledge_base_is_a_section_of_its_own_searched_as_one_types() -> None:
    article = {"id": "K-13", "title": "Détartrer une Lune M", "kind": "knowledge", "keywords": "calcaire", "text": "Une dose du **kit**.\n"}
    desk = sample.desk()
    host = Host("reference", replace(desk, brief={**desk.brief, "documents": [*desk.brief["documents"], article]}))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = host.pane
        assert isinstance(pane, ReferencePane)
        await wait_for(pilot, lambda: pane.search.has_focus, "the search")
        assert [r.key for r in pane.list.rows_shown] == ["b-01", "p-06", "p-09"] and "onnaissances" in host.screen_text()
        await type_text(pilot, "detartr")
        await wait_for(pilot, lambda: not pane.list.rows_shown and "onnaissances 1" in host.screen_text(), "told where it is")
        await pilot.press("alt+right")
        await wait_for(pilot, lambda: [r.key for r in pane.list.rows_shown] == ["K-13"], "the article")
        await wait_for(pilot, lambda: "Détartrer une Lune M" in str(pane.text.visual), "its whole title before it is opened")
        assert not [t for t in host.of(Traced) if t.kind == "ProcedureOpened"]
        await pilot.press("enter")
        await wait_for(pilot, lambda: "Une dose du kit." in host.screen_text(), "its text")
        assert ("ProcedureOpened", {"id": "K-13", "title": "Détartrer une Lune M"}) in [(t.kind, t.data) for t in host.of(Traced)]
        await pilot.press("alt+left")
        await wait_for(pilot, lambda: "Une dose du kit." not in host.screen_text(), "the brief again")


def test_a_text_is_told_before_it_is_opened() -> None:
    markdown = "Rien.\n\n- La **lune** demande son détartrage par le pictogramme de la goutte barrée.\n| kit | détartrage |\n"
    said = preview("Détartrer [une] Lune M", markdown, "detartrage", lines=1).plain.split("\n")
    assert said[0] == "Détartrer [une] Lune M" and len(said) == 2
    assert "détartrage" in said[1] and said[1].endswith(" …") and "*" not in said[1] and len(said[1]) < 90
    assert preview("Titre", markdown, "").plain == "Titre" and preview("Titre", markdown, "absent").plain == "Titre"
