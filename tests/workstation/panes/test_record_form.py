"""The one form: typing, drafts, saving, conflicts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from textual.pilot import Pilot

from tests.workstation.panes import sample
from tests.workstation.panes.host import Host, type_text, wait_for
from workstation.desk.state import DeskState, Record, SaveView
from workstation.ui.messages import DraftChanged, SaveAsked, Traced
from workstation.ui.screens.contact_desk import ContactDeskPane
from workstation.ui.widgets.record_form import RecordForm
from workstation.ui.widgets.record_subject import Subject


def changed(state: DeskState, kind: str, record_id: str, **fields: Any) -> DeskState:
    """The state after somebody else changed this record at the server."""
    file = state.files["vasserand"]
    found = [{**r, **fields, "version": r["version"] + 1} if r["id"] == record_id else r for r in file["records"][kind]]
    return replace(state, files={**state.files, "vasserand": {**file, "records": {**file["records"], kind: found}}})


def address(state: DeskState) -> Record:
    return next(iter(state.files["vasserand"]["records"]["address"]))


@asynccontextmanager
async def opened(
    subject: Subject | None = None, state: DeskState | None = None, *, confirms: bool = True, size: tuple[int, int] = (80, 15)
) -> AsyncIterator[tuple[Pilot[None], Host, RecordForm]]:
    state = state or sample.desk()
    host = Host("contact_desk", state, confirms=confirms)
    async with host.run_test(size=size) as pilot:
        assert isinstance(host.pane, ContactDeskPane)
        listed = host.pane.list
        await wait_for(pilot, lambda: listed.table.rows_shown, "the list of coordinates")
        await listed.open(subject or Subject("address", address(state), "vasserand"))
        await wait_for(pilot, lambda: host.focused is not None and listed.form in host.focused.ancestors, "the first field focused")
        yield pilot, host, listed.form


async def type_in(pilot: Pilot[None], form: RecordForm, name: str, text: str) -> None:
    editor = form.box(name).editor
    editor.focus()
    await wait_for(pilot, lambda: editor.has_focus, f"{name} focused")
    await pilot.press("home", "shift+end", "delete")
    await type_text(pilot, text)
    await wait_for(pilot, lambda: form.box(name).typed == text, f"{name} typed")


async def test_only_what_changed_is_saved_and_the_hour_is_the_servers() -> None:
    async with opened() as (pilot, host, form):
        await type_in(pilot, form, "valid_to", "30/11")
        await wait_for(pilot, lambda: "brouillon" in form.saved_words, "said to be a draft")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: form.saved_words == "Enregistré 14:03:22", "said to be saved")
        (save,) = host.of(SaveAsked)
        assert (save.kind, save.record_id, save.version, save.fields) == ("address", "ad1", 1, {"valid_to": "2026-11-30"})
        assert form.version == 2 and host.state.drafts == {}


async def test_every_keystroke_is_in_the_draft_and_comes_back_after_a_restart() -> None:
    async with opened(confirms=False) as (pilot, host, form):
        await type_in(pilot, form, "city", "Saint-Or")
        await type_in(pilot, form, "valid_from", "31/1")
        await wait_for(pilot, lambda: len(host.of(DraftChanged)) >= 12, "a draft per keystroke")
        kept = host.state.drafts
        assert kept["ad1"]["fields"] == {"city": "Saint-Or", "valid_from": "31/1"}
        assert kept["ad1"]["where"] == {"pane": "contact_desk", "contact": "vasserand", "form": "contact-list-form"}
    async with opened(state=replace(sample.desk(), drafts=kept)) as (_pilot, _host, form):
        assert form.box("city").typed == "Saint-Or"
        assert form.box("valid_from").typed == "31/1"
        assert form.edited == {"city", "valid_from"}


async def test_a_draft_opens_its_form_by_itself_after_a_restart() -> None:
    where = {"pane": "contact_desk", "contact": "vasserand", "form": "contact-list-form"}
    typed = {"contact_id": "vasserand", "channel": "e-mail", "value": "odile.vas", "label": "", "status": "actif", "preferred": "non"}
    draft = {"kind": "contact_point", "record_id": "new1", "version": 0, "fields": typed, "where": where}
    host = Host("contact_desk", replace(sample.desk(), drafts={"new1": draft}))
    async with host.run_test(size=(80, 15)) as pilot:
        assert isinstance(host.pane, ContactDeskPane)
        form = host.pane.list.form
        await wait_for(pilot, lambda: form.subject is not None, "the form")
        assert form.record_id == "new1" and form.box("value").typed == "odile.vas"
        await type_in(pilot, form, "value", "odile.vasserand@courriel.example")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: host.of(SaveAsked), "a save")
        fields = host.of(SaveAsked)[0].fields
        assert fields["contact_id"] == "vasserand" and fields["value"] == "odile.vasserand@courriel.example"
        assert fields["preferred"] is False and host.of(SaveAsked)[0].version == 0


async def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_sent() -> None:
    async with opened() as (pilot, host, form):
        await type_in(pilot, form, "postcode", "3145")
        await type_in(pilot, form, "valid_to", "bientot")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: "Date attendue" in form.box("valid_to").complaint, "the complaint about the date")
        assert "NON ENREGISTRÉ" in form.saved_words
        assert host.of(SaveAsked) == []
        assert form.box("valid_to").typed == "bientot"
        await type_in(pilot, form, "valid_to", "30/11/2026")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: "Cinq chiffres" in form.box("postcode").complaint, "the complaint about the postcode")
        assert form.box("postcode").editor.has_focus


async def test_the_servers_refusal_is_shown_beside_its_field() -> None:
    async with opened(confirms=False) as (pilot, host, form):
        await type_in(pilot, form, "city", "Ailleurs")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: form.saved_words == "enregistrement…", "on its way")
        host.answer("ad1", SaveView("address", "ad1", "failed", title="Champ refusé", fields={"city": "Ville inconnue de La Poste"}))
        await wait_for(pilot, lambda: form.box("city").complaint == "Ville inconnue de La Poste", "the server's word")
        assert form.saved_words == "NON ENREGISTRÉ – Champ refusé"
        assert form.box("city").typed == "Ailleurs" and "ad1" in host.state.drafts


async def test_a_field_being_typed_in_is_never_repainted() -> None:
    async with opened() as (pilot, host, form):
        await type_in(pilot, form, "line1", "12 quai")
        form.box("city").editor.focus()
        await wait_for(pilot, lambda: form.box("city").being_typed_in, "in the city")
        host.show(changed(host.state, "address", "ad1", line2="Bâtiment B", city="Autreville"))
        await wait_for(pilot, lambda: form.box("line2").typed == "Bâtiment B", "the field nobody is in follows")
        assert form.box("line1").typed == "12 quai"
        assert form.box("city").typed == "Valmérac-sur-Ouzelle"
        form.box("line1").editor.focus()
        await wait_for(pilot, lambda: form.box("city").typed == "Autreville", "the field left follows then")


async def test_a_conflict_shows_both_values_and_keeps_mine() -> None:
    async with opened(confirms=False) as (pilot, host, form):
        await type_in(pilot, form, "city", "Mienne")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: host.of(SaveAsked), "a save")
        theirs = {**address(host.state), "city": "Leur", "version": 4}
        host.answer("ad1", SaveView("address", "ad1", "conflict", title="Modifiée entre-temps", current=theirs))
        await wait_for(pilot, lambda: "Leur" in form.box("city").complaint, "the other value")
        assert form.box("city").typed == "Mienne"
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: host.focused is not None and host.focused.id == "keep-mine", "asked to choose")
        assert len(host.of(SaveAsked)) == 1
        await pilot.press("enter")
        await wait_for(pilot, lambda: len(host.of(SaveAsked)) == 2, "saved over the other value")
        assert host.of(SaveAsked)[1].version == 4 and host.of(SaveAsked)[1].fields == {"city": "Mienne"}


async def test_a_conflict_may_take_the_other_value() -> None:
    async with opened() as (pilot, host, form):
        await type_in(pilot, form, "city", "Mienne")
        host.show(changed(host.state, "address", "ad1", city="Leur"))
        await wait_for(pilot, lambda: "Leur" in form.box("city").complaint, "the other value")
        await wait_for(pilot, lambda: host.query_one("#take-theirs").region.area, "the button drawn")
        await pilot.click("#take-theirs")
        await wait_for(pilot, lambda: form.box("city").typed == "Leur", "the other value taken")
        assert not form.edited and "ad1" not in host.state.drafts


async def test_what_is_typed_while_a_save_is_on_its_way_is_saved_next() -> None:
    async with opened(confirms=False) as (pilot, host, form):
        await type_in(pilot, form, "city", "Une")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: host.of(SaveAsked), "a save")
        await type_in(pilot, form, "city", "Deux")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: form.box("city").typed == "Deux", "typed on")
        assert len(host.of(SaveAsked)) == 1
        host.confirm(host.of(SaveAsked)[0])
        await wait_for(pilot, lambda: len(host.of(SaveAsked)) == 2, "the second save")
        assert host.of(SaveAsked)[1].version == 2 and host.of(SaveAsked)[1].fields == {"city": "Deux"}
        assert host.state.drafts["ad1"]["fields"] == {"city": "Deux"}


async def test_a_card_number_is_masked_before_it_reaches_a_draft() -> None:
    subject = Subject.new("note", "vasserand")
    async with opened(subject) as (pilot, host, form):
        await type_text(pilot, "carte 4111 1111 1111 1111")
        await wait_for(pilot, lambda: "masqué" in form.box("text").complaint, "said to be masked")
        assert "4111 1111" not in str(form.box("text").typed)
        assert [t.data for t in host.of(Traced) if t.kind == "CardNumberRefused"] == [{"field": "text"}], "the journal tells of it"
        await wait_for(pilot, lambda: "•" in str(host.state.drafts.get(subject.record["id"])), "the draft masked")
        assert "4111 1111 1111 1111" not in str(host.state.drafts)


async def test_pickers_are_set_by_arrows_and_by_letter() -> None:
    async with opened() as (pilot, _host, form):
        editor = form.box("usage").editor
        editor.focus()
        await wait_for(pilot, lambda: editor.has_focus, "in the picker")
        await pilot.press("right")
        assert form.box("usage").typed == "livraison"
        await pilot.press("f")
        assert form.box("usage").typed == "facturation"
        await pilot.press("left", "left", "left")
        assert form.box("usage").typed == "facturation"


async def test_an_address_reads_in_two_columns_only_where_there_is_room() -> None:
    async with opened(size=(120, 30)) as (pilot, host, form):
        await wait_for(pilot, lambda: form.has_class("-single"), "one column beside the list")
        assert "Valmérac-sur-Ouzelle" in host.screen_text()


async def test_asked_twice_before_the_desk_has_noticed_the_first_it_is_saved_once() -> None:
    """A tick that saves by itself, then Ctrl+S: the second of two saves of one version would be refused as somebody else's."""
    async with opened() as (pilot, host, form):
        await type_in(pilot, form, "valid_to", "30/11")
        assert form.save() and form.save()
        await wait_for(pilot, lambda: form.version == 2, "confirmed")
        await pilot.pause()
        assert len(host.of(SaveAsked)) == 1 and form.edited == set()
        await type_in(pilot, form, "valid_to", "29/11")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: form.version == 3, "the next, confirmed in the same second")
        assert not form.edited
