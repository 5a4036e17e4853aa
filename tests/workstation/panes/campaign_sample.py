"""A desk with a campaign being called: its file, a company and its people, the field team and its agenda."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from cti.call import CallState
from tests.workstation.panes import sample
from workstation.desk.state import DeskState, ListView, Record
from workstation.ui.screens import agenda_words, campaign_words

COMPANY, PERSON = "cabinet", "prospect"
CAMPAIGNS = [
    {
        "id": "enquete",
        "title": "Satisfaction après livraison",
        "questionnaire": "livraison",
        "purpose": "enquête",
        "objective": "Lire, noter.",
    },
    {
        "id": "cabinets",
        "title": "Lune Pro, cabinets",
        "questionnaire": "",
        "purpose": "commercial",
        "objective": "Obtenir une démonstration.",
    },
    {"id": "relance", "title": "Relance des demandes", "questionnaire": "", "purpose": "commercial", "objective": "Reprendre contact."},
]
SURVEY = {
    "id": "livraison", "version": "1", "title": "Livraison",
    "questions": [{"id": "Q1", "text": "De 0 à 10 ?", "type": "échelle"}],
    "quotas": [{"cell": "Nord", "wanted": 1}, {"cell": "Sud", "wanted": 3}],
}  # fmt: skip
DOCUMENTS = [
    {"id": "brief-12", "title": "Argumentaire de prospection", "keywords": "argumentaire, objection, prospection",
     "text": "# Argumentaire\n\n**Barrage.** Demander de l'aide.\n\n| Objection | Piste |\n|---|---|\n"
             "| « Envoyez une documentation. » | deux créneaux |\n| « Déjà équipés. » | par qui, jusqu'à quand ? |\n"},
    {"id": "brief-11", "title": "Règles de rendez-vous", "keywords": "rendez-vous, agenda",
     "text": "# Règles\n\nDeux créneaux de l'agenda.\n"},
]  # fmt: skip
CODES = {
    "results": [{"code": "ABOUTI", "label": "Contact abouti"}, {"code": "NRP", "label": "Ne répond pas"},
                {"code": "OPPOSITION", "label": "Opposition à être appelé"}],
    "competences": {"c5": [{"code": "RDV_PRIS", "label": "Rendez-vous pris"}, {"code": "RAPPEL", "label": "Rappel convenu"}],
                    "c1": [{"code": "ENQ_COMPLETE", "label": "Enquête complète"}]},
}  # fmt: skip


def target(target_id: str, campaign_id: str, contact_id: str, position: int, **more: Any) -> Record:
    return {
        "id": target_id, "version": 1, "campaign_id": campaign_id, "contact_id": contact_id, "position": position, "quota_cell": "",
        "status": "à appeler", "attempts": [], "opposed": False, "next_on": None, "next_time": "", "remark": "", **more,
    }  # fmt: skip


TARGETS = {
    "cabinets": (
        target("t1", "cabinets", "e1", 1, attempts=[{"at": "2026-11-20T09:10:00+00:00", "result": "RDV_PRIS"}], status="traitée"),
        target("t2", "cabinets", COMPANY, 2),
        target("t3", "cabinets", "e3", 3, attempts=[{"at": "2026-11-20T09:10:00+00:00", "result": "NRP"}], status="à rappeler",
               next_on="2026-11-23", next_time="08:30"),
        target("t4", "cabinets", "e4", 4, attempts=[{"at": "2026-11-20T09:10:00+00:00", "result": "NRP"}], status="à rappeler",
               next_on="2026-11-24", next_time="10:00"),
        target("t5", "cabinets", "e5", 5, opposed=True, status="traitée",
               attempts=[{"at": "2026-11-19T09:10:00+00:00", "result": "OPPOSITION"}]),
    ),
    "enquete": (
        target("q1", "enquete", "vasserand", 1, quota_cell="Nord"),
        target("q2", "enquete", "e2", 2, quota_cell="Nord", status="traitée",
               attempts=[{"at": "2026-11-18T09:10:00+00:00", "result": "ENQ_COMPLETE"}]),
    ),
    "relance": (target("r1", "relance", PERSON, 1),),
}  # fmt: skip
NAMES = {COMPANY: "Cabinet Lagarrigue", "e1": "Étude Ouzelle", "e3": "Garage Alizier", "e4": "Agence Peyrolac", "e5": "Hôtel Vaucreuse",
         "vasserand": "Odile VASSERAND", "e2": "Jean MARTEL", PERSON: "Inès CALVET"}  # fmt: skip
PEOPLE = (
    sample.contact(
        "sentis", civility="M.", first_name="Armand", last_name="SENTIS", company_id=COMPANY, role="associé", category="professionnel"
    ),
)
REPS = (
    {"id": "kerdilis", "version": 1, "name": "Yoann Kerdilis", "zone": "Sud-Est", "postcodes": ["963"],
     "weekdays": ["mardi", "jeudi", "vendredi"],
     "first_start": "09:00", "last_start": "17:00", "notice_hours": 48, "minutes": 30, "travel_minutes": 30, "phone": "", "email": ""},
    {"id": "tregarnec", "version": 1, "name": "Maud Trégarnec", "zone": "Nord", "postcodes": ["961"], "weekdays": ["lundi", "mardi"],
     "first_start": "09:00", "last_start": "17:00", "notice_hours": 48, "minutes": 30, "travel_minutes": 30, "phone": "", "email": ""},
)  # fmt: skip


def slot(slot_id: str, on: str, start: str, status: str = "libre", rep_id: str = "kerdilis", **more: Any) -> Record:
    return {"id": slot_id, "version": 1, "rep_id": rep_id, "on": on, "start": start, "minutes": 30, "status": status, "appointment_id": "",
            "label": "", **more}  # fmt: skip


SLOTS = (
    slot("mar0", "2026-11-24", "10:00"),  # within the notice
    slot("jeu", "2026-11-26", "10:00"),
    slot("jeu-pris", "2026-11-26", "14:00", "pris", label="Démonstration – Hôtel Vaucreuse"),
    slot("mar", "2026-12-01", "14:30"),
    slot("nord", "2026-12-01", "09:30", rep_id="tregarnec"),
    slot("ven", "2026-12-04", "09:00"),
)


def company_file() -> Record:
    return {
        "contact": sample.contact(COMPANY, civility="", category="prospect", company_name="Cabinet Lagarrigue", segment="25 salariés"),
        "records": {
            "address": [sample.owned(COMPANY, "ad", usage="principale", line1="27 rue des Ormeaux-Clairs", line2="", postcode="96330",
                                     city="Bourg-Sellier", valid_from=None, valid_to=None)],
            "contact_point": [sample.owned(COMPANY, "tel", channel="téléphone", value="+33465718000", label="standard", status="actif",
                                           preferred=True)],
            "campaign_target": [TARGETS["cabinets"][1]],
        },
    }  # fmt: skip


def person_file(**consent: Any) -> Record:
    """A consumer who once asked about a machine."""
    return {
        "contact": sample.contact(PERSON, category="prospect", first_name="Inès", last_name="CALVET"),
        "records": {
            "contact_point": [sample.owned(PERSON, "mob", channel="mobile", value="+33639984102", label="", status="actif",
                                           preferred=True)],
            "consent": [sample.owned(PERSON, "con", purpose="téléphone", **consent)] if consent else [],
            "campaign_target": [TARGETS["relance"][0]],
        },
    }  # fmt: skip


def listed(kind: str, records: tuple[Record, ...], **params: str) -> ListView:
    return ListView(kind, params, records, len(records), NAMES)


def desk(contact_id: str = COMPANY, campaign_id: str = "cabinets", *, call: CallState | None = CallState.TALKING) -> DeskState:
    state = sample.desk("vasserand", call=call, number="+33465718000")
    brief = {**sample.BRIEF, "campaigns": CAMPAIGNS, "questionnaires": [SURVEY], "documents": DOCUMENTS, "codes": CODES}
    state = replace(
        state,
        contact_id=contact_id,
        files={**state.files, COMPANY: company_file(), PERSON: person_file()},
        brief=brief,
        sitting={**state.sitting, "clock": {"scenario_now": "2026-11-23T10:20:00", "server_now": "2026-11-23T09:20:00+00:00"}},
    )
    return replace(
        state,
        lists={
            campaign_words.TARGETS: listed(
                "campaign_target", TARGETS[campaign_id], campaign_id=campaign_id, limit=campaign_words.LIST_LIMIT
            ),
            campaign_words.PEOPLE: listed("contact", PEOPLE, company_id=COMPANY, limit="100"),
            agenda_words.REPS: listed("field_rep", REPS),
            agenda_words.SLOTS: listed("agenda_slot", SLOTS, **agenda_words.bounds(state)),
        },
    )


def at(state: DeskState, moment: dt.datetime) -> DeskState:
    """The same desk at another moment of the scenario."""
    return replace(state, sitting={**state.sitting, "clock": {**state.sitting["clock"], "scenario_now": moment.isoformat()}})
