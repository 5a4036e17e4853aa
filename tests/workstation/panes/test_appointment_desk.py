"""The field team's agenda and the appointment: two slots to propose, reasons, qualification, moving, giving the slot back."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from crm_mock.models import AgendaSlot, FieldRep
from tests.workstation.panes import campaign_sample as cs
from tests.workstation.panes.host import Host, type_text, wait_for
from tests.workstation.panes.test_campaign_desk import at_section, pane_of, saved
from workstation.desk.state import DeskState, Record, SaveView
from workstation.ui.messages import Told
from workstation.ui.screens import agenda_words as words
from workstation.ui.screens import campaign_words

DAUNAY = {**cs.PEOPLE[0], "id": "daunay", "civility": "Mme", "first_name": "", "last_name": "DAUNAY", "role": "codécideur – office manager"}


def with_both(state: DeskState) -> DeskState:
    """M. Sentis decides, Mme Daunay too."""
    people = ({**cs.PEOPLE[0], "role": "cible – associé"}, DAUNAY)
    return replace(state, lists={**state.lists, campaign_words.PEOPLE: cs.listed("contact", people, company_id=cs.COMPANY, limit="100")})


def with_appointment(state: DeskState, **fields: Any) -> DeskState:
    """The company has one on Thursday, which the agenda knows."""
    appointment = {
        "id": "rdv", "version": 2, "contact_id": cs.COMPANY, "reference": "RDV-2611-0001", "slot_id": "jeu", "rep_id": "kerdilis",
        "on": "2026-11-26", "start": "10:00", "minutes": 30, "address_id": "ad", "place": "", "purpose": "Démonstration",
        "attendees": ["M. Armand SENTIS"], "documents": "tarif", "machine": "dosettes", "volume": "40", "supplier": "Torrevalde",
        "supplier_end_on": "2027-01-31", "confirmation": "e-mail", "status": "confirmé", "remark": "", "warnings": [], **fields,
    }  # fmt: skip
    file = cs.company_file()
    file["records"]["appointment"] = [appointment]
    slots = tuple({**s, "status": "pris", "appointment_id": "rdv"} if s["id"] == "jeu" else s for s in cs.SLOTS)
    lists = {**state.lists, words.SLOTS: replace(state.lists[words.SLOTS], records=slots)}
    return replace(state, files={**state.files, cs.COMPANY: file}, lists=lists)


async def ready(pilot: Pilot[None], host: Host) -> None:
    await wait_for(pilot, lambda: pane_of(host).result.form.subject is not None, "the forms of the contact")


async def test_two_slots_are_proposed_and_the_others_say_why_not() -> None:
    host = Host("campaign_desk", cs.desk())
    async with host.run_test(size=(80, 15)) as pilot:
        await ready(pilot, host)
        await at_section(pilot, host, "agenda")
        await wait_for(
            pilot, lambda: "★ À proposer : jeu. 26/11 à 10:00 (Yoann Kerdilis) ou mar. 01/12 à 14:30" in _flat(host), "two slots"
        )
        agenda = pane_of(host).agenda
        assert [row.key for row in agenda.table.rows_shown] == ["mar0", "jeu", "mar", "ven"]
        await wait_for(pilot, lambda: "Préavis de 48 h ouvrées : pas avant le 25/11/2026 à 10 h 20." in _flat(host), "why not the first")
        await pilot.press("shift+tab")
        await type_text(pilot, "2/12")
        await wait_for(pilot, lambda: "Un seul à proposer : ven. 04/12 à 09:00" in _flat(host), "after the day asked for")
        assert [row.cells[-1] for row in agenda.table.rows_shown][1] == "avant le 02/12"
        await pilot.press("shift+tab", "end")
        await wait_for(pilot, lambda: "nord" in [row.key for row in agenda.table.rows_shown], "the whole team")
        row = next(r for r in agenda.table.rows_shown if r.key == "nord")
        assert "Maud Trégarnec ne se déplace pas au 96330" in row.cells[-1] and row.cells[4] == "▲ libre"
        await pilot.press("shift+tab", "right")
        await wait_for(pilot, lambda: "Démonstration – Hôtel Vaucreuse" in [r.cells[-1] for r in agenda.table.rows_shown], "a whole week")


def _flat(host: Host) -> str:
    return " ".join(host.screen_text().split())


async def test_the_appointment_is_taken_on_a_slot_and_qualified() -> None:
    host = Host("campaign_desk", with_both(cs.desk()))
    async with host.run_test(size=(80, 15)) as pilot:
        await ready(pilot, host)
        await at_section(pilot, host, "agenda")
        await wait_for(pilot, lambda: len(pane_of(host).agenda.table.rows_shown) == 4, "the slots")
        await pilot.press("down", "down", "down", "enter")
        form = pane_of(host).appointment.form
        await wait_for(pilot, lambda: pane_of(host).bar.key == "rendezvous" and form.subject is not None, "the form")
        await wait_for(pilot, lambda: form.typed("slot_id") == "ven", "on the slot")
        assert form.listed("attendees") == ["M. Armand SENTIS", "Mme DAUNAY"]
        assert form.typed("address_id") == "ad" and "ven. 04/12 à 09:00 (Yoann Kerdilis)" in host.screen_text()
        assert "▲ Reste à qualifier : matériel actuel, volume, fournisseur, fin du contrat, documents, confirmation" in _flat(host)
        for name, value in (("machine", "2 à dosettes"), ("volume", "40 tasses"), ("supplier", "Torrevalde"), ("documents", "tarif")):
            form.box(name).editor.focus()
            await wait_for(pilot, lambda n=name: form.box(n).being_typed_in, name)  # type: ignore[misc]  # n is bound now
            await type_text(pilot, value)
        form.box("supplier_end_on").editor.focus()
        await type_text(pilot, "31/01/2027")
        form.box("confirmation").editor.focus()
        await pilot.press("e")
        await wait_for(pilot, lambda: "✓ Rendez-vous qualifié, dans les règles." in host.screen_text(), "nothing lacking")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: saved(host, "appointment"), "saved")
        fields = saved(host, "appointment")[0].fields
        wanted = {
            "contact_id": cs.COMPANY, "slot_id": "ven", "address_id": "ad", "attendees": ["M. Armand SENTIS", "Mme DAUNAY"],
            "purpose": "Démonstration", "machine": "2 à dosettes", "volume": "40 tasses", "supplier": "Torrevalde",
            "supplier_end_on": "2027-01-31", "confirmation": "e-mail", "status": "à confirmer",
        }  # fmt: skip
        assert wanted.items() <= fields.items() and not {"rep_id", "on", "start", "warnings"} & set(fields)


async def test_a_slot_outside_the_rules_is_a_warning_and_a_taken_one_is_none() -> None:
    host = Host("campaign_desk", cs.desk())
    async with host.run_test(size=(120, 27)) as pilot:
        await ready(pilot, host)
        await at_section(pilot, host, "agenda")
        await wait_for(pilot, lambda: len(pane_of(host).agenda.table.rows_shown) == 4, "the slots")
        pane_of(host).agenda.week.set_value("2026-11-23")
        pane_of(host).agenda.paint(host.state)
        await pilot.press("ctrl+end", "enter")
        await wait_for(pilot, lambda: host.of(Told), "why not")
        assert "n'est pas libre : jeu. 26/11 à 14:00" in host.of(Told)[-1].text and pane_of(host).appointment.form.subject is None
        await pilot.press("ctrl+home", "enter")
        await wait_for(pilot, lambda: pane_of(host).bar.key == "rendezvous", "the form")
        await wait_for(pilot, lambda: "▲ Préavis de 48 h ouvrées" in host.screen_text(), "warned, not stopped")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: saved(host, "appointment"), "saved")
        assert saved(host, "appointment")[0].fields["slot_id"] == "mar0"


async def test_an_appointment_is_moved_by_another_slot_and_cancelled() -> None:
    host = Host("campaign_desk", with_appointment(with_both(cs.desk())))
    async with host.run_test(size=(80, 15)) as pilot:
        await ready(pilot, host)
        await at_section(pilot, host, "agenda")
        agenda = pane_of(host).agenda
        await wait_for(pilot, lambda: "Entrée déplace le rendez-vous ici" in host.screen_text(), "there is one")
        agenda.week.set_value("2026-11-23")
        agenda.paint(host.state)
        assert next(r.cells[-1] for r in agenda.table.rows_shown if r.key == "jeu") == "ce rendez-vous"
        agenda.week.set_value(words.FREE_ONES)
        agenda.paint(host.state)
        await pilot.press("ctrl+end", "enter")
        form = pane_of(host).appointment.form
        await wait_for(pilot, lambda: pane_of(host).bar.key == "rendezvous" and form.typed("slot_id") == "ven", "moved, to be saved")
        assert not saved(host, "appointment")
        assert "Plusieurs personnes décident : une seule sera là." in _flat(host)
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: saved(host, "appointment"), "saved")
        assert saved(host, "appointment")[0].fields == {"slot_id": "ven"} and saved(host, "appointment")[0].version == 2
        form.box("status").editor.focus()
        await pilot.press("end")
        await wait_for(pilot, lambda: form.typed("status") == "annulé", "cancelled")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: len(saved(host, "appointment")) == 2, "saved")
        assert saved(host, "appointment")[1].fields == {"status": "annulé"}


async def test_the_confirmation_is_sent_of_what_is_saved() -> None:
    host = Host("campaign_desk", with_appointment(with_both(cs.desk())))
    async with host.run_test(size=(80, 15)) as pilot:
        await ready(pilot, host)
        await at_section(pilot, host, "rendezvous")
        form, sending = pane_of(host).appointment.form, pane_of(host).appointment.sending
        await wait_for(pilot, lambda: "Par e-mail à" in host.screen_text() and "Envoyer la confirmation" in host.screen_text(), "the line")
        form.box("slot_id").editor.focus()
        await pilot.press("v")
        sending.query_one("#send-appointment").focus()
        await pilot.press("enter")
        await wait_for(pilot, lambda: host.of(Told), "not what is typed and not saved")
        assert "Enregistrez d'abord" in host.of(Told)[-1].text and not saved(host, "document")
        form.box("slot_id").editor.focus()
        await pilot.press("j")
        sending.to.focus()
        await type_text(pilot, "a.sentis@cabinet.example")
        await pilot.press("tab", "enter")
        await wait_for(pilot, lambda: saved(host, "document"), "asked")
        (asked,) = saved(host, "document")
        wanted = {"contact_id": cs.COMPANY, "template": "confirmation de rendez-vous", "subject_id": "rdv", "channel": "e-mail"}
        assert asked.fields == {**wanted, "sent_to": "a.sentis@cabinet.example"}
        file = dict(host.state.files[cs.COMPANY])
        file["records"] = {**file["records"], "document": [{**asked.fields, "id": asked.record_id, "version": 1, "status": "envoyé"}]}
        host.show(replace(host.state, files={**host.state.files, cs.COMPANY: file}))
        await wait_for(pilot, lambda: "✓ Confirmation envoyée à a.sentis@cabinet.example" in host.screen_text(), "sent")
        form.box("confirmation").editor.focus()
        await pilot.press("c")
        await wait_for(pilot, lambda: "Par courrier, à l'adresse du dossier" in host.screen_text() and not sending.to.display, "by post")


async def test_the_servers_refusal_and_its_warnings_are_shown() -> None:
    host = Host("campaign_desk", with_appointment(cs.desk(), warnings=["Dernier rendez-vous à 17:00."]), confirms=False)
    async with host.run_test(size=(80, 15)) as pilot:
        await ready(pilot, host)
        await at_section(pilot, host, "rendezvous")
        await wait_for(pilot, lambda: "▲ Dernier rendez-vous à 17:00." in host.screen_text(), "what the server found")
        form = pane_of(host).appointment.form
        await wait_for(pilot, lambda: form.box("slot_id").being_typed_in, "in the slot")
        await pilot.press("m", "ctrl+s")
        await wait_for(pilot, lambda: saved(host, "appointment"), "asked")
        title = "Le créneau du 01/12/2026 à 14:30 n'est plus libre : proposez-en un autre."
        host.answer("rdv", SaveView("appointment", "rdv", "failed", title=title))
        await wait_for(pilot, lambda: "NON ENREGISTRÉ" in host.screen_text() and "n'est plus libre" in _flat(host), "refused, and why")
        assert form.typed("slot_id") == "mar" and "rdv" in host.state.drafts  # nothing typed is lost


async def test_an_appointment_being_made_is_found_again_after_a_restart() -> None:
    host = Host("campaign_desk", with_both(cs.desk()))
    async with host.run_test(size=(120, 27)) as pilot:
        await ready(pilot, host)
        await pane_of(host).take_slot("mar")
        form = pane_of(host).appointment.form
        await wait_for(pilot, lambda: form.typed("slot_id") == "mar", "on the slot")
        form.put("volume", "40 tasses")
        await wait_for(pilot, lambda: host.state.drafts, "the draft")
        kept = host.state.drafts
    host = Host("campaign_desk", replace(with_both(cs.desk()), drafts=kept))
    async with host.run_test(size=(120, 27)) as pilot:
        await wait_for(pilot, lambda: pane_of(host).bar.key == "rendezvous", "where one was")
        form = pane_of(host).appointment.form
        await wait_for(pilot, lambda: form.subject is not None, "the form")
        assert (form.typed("slot_id"), form.typed("volume")) == ("mar", "40 tasses")
        assert form.listed("attendees") == ["M. Armand SENTIS", "Mme DAUNAY"]
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: saved(host, "appointment"), "saved")
        assert saved(host, "appointment")[0].record_id in kept


# --- the pure part


def agenda_at(now: dt.datetime, slots: tuple[Record, ...], postcode: str = "96330") -> words.Agenda:
    reps = tuple(FieldRep.model_validate(r) for r in cs.REPS)
    return words.Agenda(reps, tuple(AgendaSlot.model_validate(s) for s in slots), postcode, now)


DAYS = st.dates(dt.date(2026, 11, 24), dt.date(2026, 12, 18))
HOURS = st.sampled_from(("08:30", "09:00", "10:00", "14:30", "17:00", "17:30"))
SLOTS = st.lists(
    st.builds(
        lambda n, on, start, status, rep: cs.slot(f"s{n}-{on}-{start}-{rep}", on.isoformat(), start, status, rep),
        st.integers(0, 9), DAYS, HOURS, st.sampled_from(("libre", "pris")), st.sampled_from(("kerdilis", "tregarnec")),
    ),
    max_size=12,
    unique_by=lambda s: s["id"],
)  # fmt: skip


@given(SLOTS, st.one_of(st.none(), DAYS))
def test_what_is_proposed_is_free_has_no_reason_against_it_and_is_marked(slots: list[Record], after: dt.date | None) -> None:
    agenda = agenda_at(dt.datetime(2026, 11, 23, 10, 20), tuple(slots))
    proposed = agenda.proposals(after)
    assert len(proposed) <= 2 and len({s.id for s in proposed}) == len(proposed)
    for slot in proposed:
        assert slot.status == "libre" and agenda.reasons(slot) == [] and (after is None or slot.on >= after)
        assert slot.rep_id == "kerdilis"  # the other one does not go there
    rows = {row.key: row for row in words.slot_rows(agenda, agenda.slots, after, "")}
    assert {key for key, row in rows.items() if row.cells[4].startswith("★")} == {s.id for s in proposed}
    for slot in agenda.slots:
        if slot.status == "libre" and slot.id not in {s.id for s in proposed}:
            assert bool(rows[slot.id].cells[-1]) == bool(agenda.reasons(slot) or (after is not None and slot.on < after))


@given(SLOTS)
def test_every_slot_is_in_one_week_and_only_there(slots: list[Record]) -> None:
    agenda = agenda_at(dt.datetime(2026, 11, 23, 10, 20), tuple(slots))
    weeks = [key for key, _word in words.week_options(agenda) if key != words.FREE_ONES]
    shown = [slot.id for week in weeks for slot in words.shown(agenda, week, words.ALL)]
    assert sorted(shown) == sorted(s.id for s in agenda.slots)


def test_a_qualified_appointment_has_a_place_people_and_the_rest() -> None:
    full = {name: "x" for group in words.QUALIFIED for name in group}
    assert words.missing_fields(full) == []
    assert words.missing_fields({**full, "address_id": "", "place": "au café"}) == []
    assert words.missing_fields({**full, "address_id": "", "place": ""}) == ["address_id"]
    assert words.missing_fields({**full, "attendees": []}) == ["attendees"]
    assert len(words.missing_fields({})) == len(words.QUALIFIED)
