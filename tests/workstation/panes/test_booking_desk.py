"""A workshop booked by keyboard against a real case file: full on the day asked for, other dates, options, deposit, documents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from crm_mock.casefile import CaseFile
from crm_mock.models import Availability, Resource, SaleProposal
from crm_mock.rules import booking as rules
from tests.workstation.panes import sample
from tests.workstation.panes.host import Host, type_text, wait_for
from tests.workstation.panes.room_host import TODAY, RoomHost, case_of, desk
from workstation.desk.state import DeskState, ListView, Record
from workstation.ui.messages import ListAsked, SaveAsked, Told
from workstation.ui.screens import booking_stay
from workstation.ui.screens.booking_desk import BookingDeskPane
from workstation.ui.screens.booking_stay import Stay, stay_of

BASTIEN = "lormier-bastien"


@pytest.fixture
def case(tmp_path: Path) -> Iterator[CaseFile]:
    made = case_of(tmp_path, BASTIEN)
    yield made
    made.close()


def room_host(case: CaseFile, state: DeskState | None = None, **more: Any) -> RoomHost:
    return RoomHost("booking_desk", case, BASTIEN, state, **more)


def pane_of(host: Host) -> BookingDeskPane:
    assert isinstance(host.pane, BookingDeskPane)
    return host.pane


def saved(host: Host, kind: str) -> list[SaveAsked]:
    return [s for s in host.of(SaveAsked) if s.kind == kind]


async def asked_for(pilot: Pilot[None], host: Host, when: str, persons: str) -> BookingDeskPane:
    """A new booking, its date and its number typed; the list of what is free has the focus."""
    pane = pane_of(host)
    await wait_for(pilot, lambda: pane.list.has_focus and pane.list.rows_shown, "the bookings")
    await pilot.press("enter")
    await wait_for(pilot, lambda: pane.free.starts_on.has_focus and pane.free.table.rows_shown, "what can be booked")
    await type_text(pilot, when)
    await pilot.press("enter")
    await wait_for(pilot, lambda: pane.free.persons.has_focus, "how many")
    await type_text(pilot, persons)  # in place of the number that was there
    await wait_for(pilot, lambda: pane.made.persons == int(persons), "that many")
    await pilot.press("enter")
    await wait_for(pilot, lambda: pane.free.table.has_focus, "the list")
    return pane


async def test_a_workshop_that_is_full_from_other_dates_to_documents_by_keyboard(case: CaseFile) -> None:
    host = room_host(case)
    async with host.run_test(size=(80, 15)) as pilot:
        pane = await asked_for(pilot, host, "03/12", "3")
        await wait_for(pilot, lambda: "complet" in host.screen_text() and "pas ce jour" in host.screen_text(), "full, and not on that day")
        table = pane.free.table
        table.move_cursor(row=[r.key for r in table.rows_shown].index("ATELIER-LATTE"))
        await pilot.press("enter")
        await wait_for(pilot, lambda: "jeudi 10/12/2026" in host.screen_text(), "other dates")
        assert [r.key for r in table.rows_shown][:2] == ["2026-12-10|2026-12-10", "2026-12-17|2026-12-17"]  # 26/11: two places left only
        assert "à la place : Atelier barista" in host.screen_text()
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.options.table.has_focus and "Autre date" in host.screen_text(), "dates proposed")
        assert pane.made.other_dates[0].outcome == "proposée" and pane.made.starts_on == "2026-12-03"
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.made.starts_on == "2026-12-10", "accepted")
        await options(pilot, host, pane)
        await summary(pilot, host, pane)
        await deposit(pilot, host, pane)
        await documents(pilot, host, pane)
    (day,) = [a for a in case.all(Availability, resource_id="ATELIER-LATTE") if a.day == dt.date(2026, 12, 10)]
    assert day.free == 2
    (made,) = case.all(SaleProposal, contact_id=BASTIEN)
    assert (made.what, made.product_id, made.outcome, made.booking_id) == ("vente additionnelle", "PICHET-LAIT", "acceptée", pane.record_id)
    assert made.at


async def options(pilot: Pilot[None], host: Host, pane: BookingDeskPane) -> None:
    await pilot.press("down")
    assert pane.options.table.row_key == "option:PICHET-LAIT"
    await pilot.press("enter")
    await wait_for(pilot, lambda: saved(host, "sale_proposal") and pane.proposals()[0].get("version"), "proposed, on record")
    await pilot.press("enter")
    await wait_for(pilot, lambda: pane.made.quantity_of("PICHET-LAIT") == 1, "one taken")
    await pilot.press("plus")
    await wait_for(pilot, lambda: pane.made.quantity_of("PICHET-LAIT") == 2, "two")
    assert [line.origin for line in pane.made.options] == ["additionnel"]


async def summary(pilot: Pilot[None], host: Host, pane: BookingDeskPane) -> None:
    await pilot.press("alt+right")
    await wait_for(pilot, lambda: pane.summary_step.balance.being_typed_in, "the summary")
    text = " ".join(host.screen_text().split())
    assert "date du solde à donner" in text and "vente additionnelle non proposée" not in text
    assert "pas de droit de rétractation (L221-28 12°)" in text and "152,00 €, acompte 45,60 € (estimation)" in text
    await type_text(pilot, "02/12")
    await pilot.press("tab", "enter")
    await wait_for(pilot, lambda: pane.record.get("status") == "confirmée", "confirmed by the server")
    assert pane.record["reference"] == "RES-2611-0001" and "Enregistré 14:03:22" in pane.foot.saved.words
    record = pane.record
    assert (record["total_cents"], record["deposit_cents"], record["balance_cents"]) == (15200, 4560, 10640)
    assert record["balance_due_on"] == "2026-12-02" and "estimation" not in host.screen_text()


async def deposit(pilot: Pilot[None], host: RoomHost, pane: BookingDeskPane) -> None:
    await pilot.press("alt+right")
    await wait_for(pilot, lambda: host.focused is not None and host.focused.id == "new-link", "to prepare a link")
    await pilot.press("enter")
    await wait_for(pilot, lambda: pane.payment.form.subject is not None and "45,60 €" in host.screen_text(), "the deposit")
    await pilot.press("ctrl+s")
    await wait_for(pilot, lambda: "LP-2611-0001" in host.screen_text(), "sent")
    (link,) = saved(host, "payment_link")
    assert link.fields["booking_id"] == pane.record_id and link.fields["amount_cents"] == 4560
    paid = {"write_id": "client", "actor": "Bastien", "role": "customer", "call_key": "k1"}
    host.case.put("payment_link", link.record_id, 1, {"status": "autorisé"}, **paid)
    host.refresh_file()
    await wait_for(pilot, lambda: "5 Acpte ✓" in host.screen_text() or "5 Acompte ✓" in host.screen_text(), "paid")
    assert pane.to_pay() == 10640  # then the balance


async def documents(pilot: Pilot[None], host: RoomHost, pane: BookingDeskPane) -> None:
    await pilot.press("alt+right")
    await wait_for(pilot, lambda: "Numéro à donner au client : RES-2611-0001" in host.screen_text(), "the number to give")
    await pilot.press("tab", "tab", "enter")
    await wait_for(pilot, lambda: len(saved(host, "document")) == 2, "two documents")
    sent = {s.fields["template"]: s.record_id for s in saved(host, "document")}
    assert set(sent) == {"confirmation de réservation", "conditions générales"}
    text = pypdf.PdfReader(host.case.document_path(sent["confirmation de réservation"])).pages[0].extract_text().replace("\u00a0", " ")
    assert "Acompte reçu par lien sécurisé : 45,60 €" in text and "L221-28 12°" in text


async def test_another_workshop_in_place_of_the_full_one_is_on_record_with_its_answer(case: CaseFile) -> None:
    host = room_host(case)
    async with host.run_test(size=(120, 27)) as pilot:
        pane = await asked_for(pilot, host, "25/11", "2")
        await wait_for(pilot, lambda: "complet" in host.screen_text(), "full on that day")
        table = pane.free.table
        table.move_cursor(row=[r.key for r in table.rows_shown].index("ATELIER-BARISTA"))
        await pilot.press("enter")
        await wait_for(pilot, lambda: "à la place : Atelier latte art" in host.screen_text(), "what can replace it")
        table.move_cursor(row=[r.key for r in table.rows_shown].index("ATELIER-LATTE"))
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.options.table.has_focus and "Substitution" in host.screen_text(), "proposed")
        (proposed,) = saved(host, "sale_proposal")
        assert (proposed.fields["product_id"], proposed.fields["instead_of"]) == ("ATELIER-LATTE", "ATELIER-BARISTA")
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.made.resource_id == "ATELIER-LATTE", "accepted: it is what is booked")
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.made.resource_id == "ATELIER-BARISTA", "refused after all")
        assert case.all(SaleProposal, contact_id=BASTIEN)[0].outcome == "refusée"


async def test_the_server_refuses_what_is_full_and_the_booking_stays_a_draft(case: CaseFile) -> None:
    host = room_host(case)
    async with host.run_test(size=(80, 15)) as pilot:
        pane = await asked_for(pilot, host, "26/11", "2")
        await wait_for(pilot, lambda: pane.made.persons == 2 and "Atelier latte art" in host.screen_text(), "two places left")
        table = pane.free.table
        table.move_cursor(row=[r.key for r in table.rows_shown].index("ATELIER-LATTE"))
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.options.table.has_focus, "chosen")
        assert "à venir" not in host.screen_text() and pane.made.complete
        (day,) = [a for a in case.all(Availability, resource_id="ATELIER-LATTE") if a.day == dt.date(2026, 11, 26)]
        other = {"write_id": "autre", "actor": "Formateur", "role": "trainer", "call_key": ""}
        case.put("availability", day.id, day.version, {"free": 1}, **other)  # somebody else takes a place meanwhile
        pane.save("confirmée")
        await wait_for(pilot, lambda: "NON ENREGISTRÉ" in pane.foot.saved.words, "the refusal")
        assert "complet le 26/11/2026" in pane.foot.saved.words and "Dates proches" in pane.foot.saved.words
        assert host.state.drafts and pane.made.starts_on == "2026-11-26"


async def test_without_a_date_the_next_free_ones_are_shown_and_taken_at_once(case: CaseFile) -> None:
    host = room_host(case)
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await wait_for(pilot, lambda: pane.list.has_focus and pane.list.rows_shown, "the bookings")
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.free.starts_on.has_focus and pane.free.table.rows_shown, "what can be booked")
        pane.save()
        await wait_for(pilot, lambda: any("quoi et quand" in told.text for told in host.of(Told)), "nothing to save yet")
        assert saved(host, "booking") == []
        pane.free.table.focus()
        await wait_for(pilot, lambda: pane.free.table.has_focus, "the list")
        table = pane.free.table
        table.move_cursor(row=[r.key for r in table.rows_shown].index("ATELIER-LATTE"))
        await pilot.press("enter")
        await wait_for(pilot, lambda: "jeudi 26/11/2026" in host.screen_text(), "its next dates")
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.options.table.has_focus, "chosen")
        assert (pane.made.resource_id, pane.made.starts_on, pane.made.ends_on) == ("ATELIER-LATTE", "2026-11-26", "2026-11-26")
        assert pane.made.other_dates == ()


async def test_a_booking_comes_back_after_a_restart(case: CaseFile) -> None:
    host = room_host(case, confirms=False)
    async with host.run_test(size=(80, 15)) as pilot:
        pane = await asked_for(pilot, host, "26/11", "2")
        await wait_for(pilot, lambda: host.state.drafts and pane.made.persons == 2, "a draft")
        kept, ident = host.state.drafts, pane.record_id
    host = room_host(case, replace(desk(BASTIEN), drafts=kept))
    async with host.run_test(size=(120, 27)) as pilot:
        pane = pane_of(host)
        await wait_for(pilot, lambda: pane.record_id == ident, "the same booking")
        assert (pane.made.starts_on, pane.made.persons) == ("2026-11-26", 2)


def resource(**fields: Any) -> Record:
    base = {"id": "r", "version": 1, "name": "Gîte", "basis": "nuit", "capacity": 4, "price_cents": 8450, "deposit_percent": 30}
    return {**base, **fields}


def state_with(records: list[Record], days: dict[dt.date, int], key: str) -> DeskState:
    told = tuple({"id": f"a{d}", "version": 1, "resource_id": "r", "day": d.isoformat(), "free": n} for d, n in days.items())
    lists = {booking_stay.RESOURCES: ListView("resource", {}, tuple(records)), key: ListView("availability", {}, told)}
    return replace(sample.desk("lormier"), lists=lists)


async def test_nights_have_two_dates_and_take_one_lodging_each() -> None:
    days = {dt.date(2026, 12, 18) + dt.timedelta(days=n): 1 for n in range(5)}
    state = state_with([resource(addons=["filtre"])], days, booking_stay.ASKED)
    host = Host("booking_desk", state)
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await wait_for(pilot, lambda: pane.list.has_focus and pane.list.rows_shown, "the bookings")
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.free.starts_on.has_focus and pane.free.ends_on.display, "two dates")
        await type_text(pilot, "18/12")
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.free.ends_on.has_focus, "the day of departure")
        await type_text(pilot, "21/12")
        await pilot.press("enter", "4", "enter")
        await wait_for(pilot, lambda: pane.free.table.has_focus and pane.made.persons == 4, "the list")
        asked = [m for m in host.of(ListAsked) if m.key == booking_stay.ASKED]
        assert (asked[-1].params["since"], asked[-1].params["until"]) == ("2026-12-18", "2026-12-21")
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.options.table.has_focus, "chosen")
        pane.go("recapitulatif")
        await wait_for(pilot, lambda: "du 18/12/2026 au 21/12/2026 (3 nuit(s))" in host.screen_text(), "three nights")
        assert "253,50 €, acompte 76,05 €" in host.screen_text() and "vente additionnelle non proposée" in " ".join(
            host.screen_text().split()
        )
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: saved(host, "booking"), "saved as a draft")
        fields = saved(host, "booking")[0].fields
        assert (fields["resource_id"], fields["starts_on"], fields["ends_on"], fields["persons"]) == ("r", "2026-12-18", "2026-12-21", 4)
        assert "status" not in fields


@given(st.lists(st.integers(0, 2), min_size=1, max_size=20), st.integers(0, 20), st.integers(1, 5), st.integers(1, 6))
def test_what_fits_is_what_the_rules_say(frees: list[int], start: int, nights: int, persons: int) -> None:
    days = {TODAY + dt.timedelta(days=n): left for n, left in enumerate(frees)}
    state = state_with([resource()], days, booking_stay.ASKED)
    (one,) = booking_stay.resources(state)
    arrival = TODAY + dt.timedelta(days=start)
    stay = Stay("r", persons=persons).at(arrival, arrival + dt.timedelta(days=nights))
    wanted = rules.days("nuit", arrival, arrival + dt.timedelta(days=nights))
    assert booking_stay.fits(state, one, stay) == (not rules.lacking(wanted, 1, days) and persons <= 4)


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(-2, 12)), max_size=12))
def test_options_are_what_was_last_said_of_each(steps: list[tuple[str, int]]) -> None:
    stay, wanted = Stay("r"), {"a": 0, "b": 0}
    for ident, count in steps:
        stay = stay.with_option({"id": ident, "name": ident, "price_cents": 150}, count)
        wanted[ident] = max(0, count)
        assert stay_of(stay.draft()) == stay
    assert {ident: stay.quantity_of(ident) for ident in wanted} == wanted
    one = Resource.model_validate(resource(basis="séance", price_cents=1000))
    told = booking_stay.price(one, replace(stay.at(TODAY, TODAY), persons=3))
    assert told is not None and told.total_cents == 3000 + 150 * sum(wanted.values())
    assert told.deposit_cents + told.balance_cents == told.total_cents
