"""The outgoing campaigns of a crowd: whom their files hold, and the agenda of the field team. Drawn apart from the rest of the crowd.

Positions left free belong to people written by hand (`RESERVED`). The slots of `OPEN` are the only free ones of their representative;
around them his days are full, so that whatever the sitting's day they keep every rule of appointments (the first two: unless a public
holiday falls on them, and then the desk says so).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from scenarios import pack_crowd_words as words

Row = dict[str, str]
SIZE = 25  # of the part still being called; the interviews already complete follow it
RESERVED = {"enquete-livraison": 12, "prospection-cabinets": 4}
COMPLETE = {  # interviews by quota cell, as counted on the targets
    "enquete-livraison": {"Moins de 35 ans": 30, "35 à 59 ans": 22, "60 ans et plus": 17},
    "enquete-abonnes": {"Douceur": 8, "Intense": 5, "Grain": 9},
}
WEEKS = 4
DAYS = {"lundi": "lun", "mardi": "mar", "mercredi": "mer", "jeudi": "jeu", "vendredi": "ven"}
REPS = (
    {
        "id": "kerdilis",
        "name": "Yoann Kerdilis",
        "zone": "Sud-Est",
        "postcodes": "963|964",
        "weekdays": "mardi|jeudi|vendredi",
        "first_start": "09:00",
        "last_start": "17:00",
        "notice_hours": "48",
        "phone": "01 99 00 40 31",
    },
    {
        "id": "tregarnec",
        "name": "Maud Trégarnec",
        "zone": "Nord-Ouest",
        "postcodes": "961",
        "weekdays": "lundi|mercredi|jeudi",
        "first_start": "09:30",
        "last_start": "16:30",
        "notice_hours": "48",
        "phone": "01 99 00 40 32",
    },
    {
        "id": "ouldenec",
        "name": "Samir Ouldenec",
        "zone": "Centre",
        "postcodes": "962",
        "weekdays": "mardi|mercredi|vendredi",
        "first_start": "09:00",
        "last_start": "17:00",
        "notice_hours": "24",
        "phone": "01 99 00 40 33",
    },
)
OPEN = (
    {"id": "kerdilis-1", "rep_id": "kerdilis", "on": "J+3jo>jeu", "start": "10:00"},
    {"id": "kerdilis-2", "rep_id": "kerdilis", "on": "J+8>mar", "start": "14:30"},
    {"id": "kerdilis-3", "rep_id": "kerdilis", "on": "J+11>venjo", "start": "09:00"},
)
FULL = {  # thirty minutes each, with half an hour of travel before and after those of OPEN
    "mardi": ("09:00", "10:30", "13:30", "15:30", "17:00"),
    "jeudi": ("09:00", "11:00", "14:00", "15:30", "17:00"),
    "vendredi": ("10:00", "11:30", "14:00", "15:30"),
}
STARTS = ("09:30", "10:30", "11:30", "14:00", "15:00", "16:30")
ENDED = {
    "enquete-livraison": ("ENQ_PARTIELLE", "ENQ_REFUS", "ENQ_HORS_QUOTA"),
    "enquete-abonnes": ("ENQ_PARTIELLE", "ENQ_REFUS", "ENQ_REFUS"),
    "prospection-cabinets": ("DEJA_EQUIPE", "REFUS_ARGUMENTE", "RDV_PRIS"),
    "relance-devis": ("REFUS_ARGUMENTE", "DOC_A_ENVOYER", "REFUS_ARGUMENTE"),
}


class Campaigns:
    """Rows of `campaign_target`, `field_rep` and `agenda_slot`, from the rows of the crowd already made."""

    def __init__(self, rows: Mapping[str, Sequence[Row]], seed: int) -> None:
        self.rows, self.draw = rows, random.Random(seed + 5)
        self.people = {r["id"]: r for r in rows["contact"]}
        self.plans = {r["contact_id"]: r["label"].split()[-1] for r in rows["subscription"] if r["status"] == "actif"}
        self.refusing = {r["contact_id"] for r in rows["consent"] if r["purpose"] == "téléphone" and r["status"] in ("refusé", "retiré")}

    def made(self) -> dict[str, list[Row]]:
        targets = [row for campaign, people in self._files().items() for row in self._targets(campaign, people)]
        reps = [{**rep, "minutes": "30", "travel_minutes": "30", "email": f"{rep['id']}@marvalune.example"} for rep in REPS]
        return {"campaign_target": targets, "field_rep": reps, "agenda_slot": self._agenda()}

    # --- the call files

    def _files(self) -> dict[str, list[str]]:
        """Whom each campaign may hold, in a drawn order; a household of the first survey is not asked again by the second."""
        orders = [r for r in self.rows["order"] if r["contact_id"][0] == "c" and r["status"] == "livrée"]
        delivered = list(dict.fromkeys(r["contact_id"] for r in orders if _days_ago(r["ordered_on"]) < 240))
        self.draw.shuffle(delivered)
        subscribed = [i for i in self.plans if i[0] == "c"]
        self.draw.shuffle(subscribed)
        return {
            "enquete-livraison": delivered,
            "enquete-abonnes": subscribed,
            "prospection-cabinets": self._drawn("e", segment="10 à 30 salariés"),
            "relance-devis": self._drawn("p"),
        }

    def _drawn(self, letter: str, **fields: str) -> list[str]:
        found = [i for i, r in self.people.items() if i[0] == letter and all(r.get(n) == v for n, v in fields.items())]
        return self.draw.sample(found, len(found))

    def _cell(self, campaign: str, contact: str) -> str:
        if campaign == "enquete-abonnes":
            return self.plans[contact]
        if campaign != "enquete-livraison":
            return ""
        age = 2026 - int(self.people[contact]["birth_date"][:4])
        return "Moins de 35 ans" if age < 35 else "35 à 59 ans" if age < 60 else "60 ans et plus"

    def _targets(self, campaign: str, people: list[str]) -> list[Row]:
        wanted = dict(COMPLETE.get(campaign, {}))
        complete, others = [], []
        for contact in people:
            cell = self._cell(campaign, contact)
            if wanted.get(cell) and contact not in self.refusing:
                wanted[cell] -= 1
                complete.append(contact)
            else:
                others.append(contact)
        places = [n for n in range(1, SIZE + 1) if n != RESERVED.get(campaign)]
        chosen = others[: len(places)]
        opposed = next((i for i in chosen if i in self.refusing), chosen[-1])
        made = [
            self._target(campaign, place, contact, self._opposed() if contact == opposed else self._state(campaign, number))
            for number, (place, contact) in enumerate(zip(places, chosen, strict=True))
        ]
        for place, contact in enumerate(complete, SIZE + 1):
            attempts = f"{self._when(self.draw.randrange(1, 20))} ENQ_COMPLETE"
            made.append(self._target(campaign, place, contact, {"status": "traitée", "attempts": attempts}))
        return made

    def _target(self, campaign: str, place: int, contact: str, state: Row) -> Row:
        return {
            "id": f"{campaign}.{place:02d}",
            "campaign_id": campaign,
            "contact_id": contact,
            "position": str(place),
            "quota_cell": self._cell(campaign, contact),
            **state,
        }

    def _opposed(self) -> Row:
        return {"status": "traitée", "attempts": f"{self._when(6)} OPPOSITION", "opposed": "true", "remark": "Ne plus appeler."}

    def _state(self, campaign: str, number: int) -> Row:
        """Half the file is new; the rest was tried, some of it to its end."""
        commercial = campaign in ("prospection-cabinets", "relance-devis")
        match number:
            case 2 | 9 | 15 | 20:
                results = ("NRP", "BARRAGE", "OCC") if campaign == "prospection-cabinets" else ("NRP", "REP", "OCC")
                tried = sorted(self.draw.sample(range(2, 15), self.draw.choice((1, 2))), reverse=True)
                return self._called_back([f"{self._when(ago)} {self.draw.choice(results)}" for ago in tried])
            case 5:
                tries = ((20, "NRP"), (13, "REP"), (8, "NRP"), (3, "NRP"))[0 if commercial else 1 :]
                return self._called_back([f"{self._when(ago)} {result}" for ago, result in tries])
            case 1 | 11 | 17:
                result = ENDED[campaign][(number - 1) // 6]
                return {"status": "traitée", "attempts": f"{self._when(self.draw.randrange(1, 9))} {result}"}
            case 13:
                return {"status": "hors cible", "attempts": f"{self._when(4)} HORS_CIBLE"}
            case 22:
                return {"status": "injoignable", "attempts": f"{self._when(7)} FAUX_NUM", "remark": "Numéro non attribué."}
            case _:
                return {"status": "à appeler"}

    def _called_back(self, attempts: list[str]) -> Row:
        return {
            "status": "à rappeler",
            "attempts": " | ".join(attempts),
            "next_on": self.draw.choice(("J", "J", "J+1jo", "J+2jo")),
            "next_time": f"{self.draw.choice((10, 11, 14, 15, 16, 17))}:{self.draw.choice(('00', '15', '30'))}",
        }

    def _when(self, ago: int) -> str:
        return f"J-{ago}< {self.draw.choice((10, 11, 14, 15, 16, 17))}:{self.draw.randrange(60):02d}"

    # --- the agenda

    def _agenda(self) -> list[Row]:
        slots = [{**slot, "minutes": "30", "status": "libre"} for slot in OPEN]
        companies = [r["company_name"] for r in self.people.values() if r.get("company_name")]
        for rep in REPS:
            for weekday in rep["weekdays"].split("|"):
                for week in range(WEEKS):
                    slots += self._day(rep["id"], weekday, f"J+{1 + 7 * week}>{DAYS[weekday]}", companies)
        return slots

    def _day(self, rep: str, weekday: str, on: str, companies: list[str]) -> list[Row]:
        full = rep == OPEN[0]["rep_id"]
        starts = FULL[weekday] if full else STARTS
        slots = []
        for start in starts:
            free = not full and self.draw.random() < 0.35
            label = "" if free else f"{self.draw.choice(('Démonstration', 'Visite', 'Renouvellement'))} – {self.draw.choice(companies)}"
            slots.append({"rep_id": rep, "on": on, "start": start, "minutes": "30", "status": "libre" if free else "pris", "label": label})
        town = self.draw.choice(words.TOWNS)[1]
        slots.append({"rep_id": rep, "on": on, "start": "12:15", "minutes": "60", "status": "trajet", "label": f"Trajet vers {town}"})
        key = on.removeprefix("J+").replace(">", "-")
        return [{"id": f"{rep}.{key}-{slot['start'].replace(':', '')}", **slot} for slot in slots]


def _days_ago(expression: str) -> int:
    """12 of « J-12< »."""
    return int(expression.removeprefix("J-").rstrip("<>"))
