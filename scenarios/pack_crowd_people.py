"""The people of a crowd: who they are, where they live, how they are reached. `pack_crowd` gives them a history."""

from __future__ import annotations

import datetime as dt
import random
import re
import unicodedata
from functools import cache

from crm_mock.rules.telephone import FICTION_ROOTS
from scenarios import pack_crowd_words as words

SEED = 20261123
MACHINES = ("LUNE-S", "LUNE-S-IVOIRE", "LUNE-M")
MOBILE = FICTION_ROOTS[-1]
TAKEN = {"0465712108", "0639982044", "0536491275", "0261917044"}  # the heroes' own
Row = dict[str, str]


@cache
def plain(text: str) -> str:
    """ASCII letters and hyphens only, for e-mails."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", bare.casefold()).strip("-")


class People:
    """Rows by kind of record, drawn in a fixed order."""

    def __init__(self, catalogue: list[Row], seed: int = SEED) -> None:
        self.seed, self.draw = seed, random.Random(seed)
        self.rows: dict[str, list[Row]] = {}
        self.products = [p for p in catalogue if p["category"] in ("Capsules", "Grains", "Moulu", "Entretien", "Accessoires")]
        self.products = [p for p in self.products if p["stock"] != "0"]
        self.machines = [p for p in catalogue if p["id"] in MACHINES]
        self.cents = {p["id"]: round(float(p["price"].replace(",", ".")) * 100) for p in catalogue}
        self.phones: set[str] = set(TAKEN)
        self.emails: set[str] = set()
        self.since: dict[str, int] = {}
        self.home: dict[str, str] = {}
        self.direct_debit: set[str] = set()

    def add(self, kind: str, **fields: str) -> Row:
        self.rows.setdefault(kind, []).append(fields)
        return fields

    def _name(self) -> tuple[str, str, str]:
        woman = self.draw.random() < 0.52
        return ("Mme" if woman else "M.", self.draw.choice(words.WOMEN if woman else words.MEN), self.draw.choice(words.SURNAMES))

    def _born(self) -> str:
        age = min(92, max(19, round(self.draw.gauss(49, 16))))
        return (dt.date(2026 - age, 1, 1) + dt.timedelta(days=self.draw.randrange(365))).isoformat()

    def _person(self, ident: str, reference: str, name: tuple[str, str, str]) -> None:
        days = self.draw.randrange(60, 2200)
        self.since[ident] = days
        self.add(
            "contact",
            id=ident,
            reference=reference,
            category="particulier",
            civility=name[0],
            first_name=name[1],
            last_name=name[2],
            birth_date=self._born(),
            customer_since=f"J-{days}",
            segment=self.draw.choice(("Acheteur régulier", "Acheteur occasionnel", "Abonné", "Nouveau client")),
            source=self.draw.choice(("Site", "Boutique", "Salon", "Parrainage", "Téléphone")),
            preferred_channel=self.draw.choice(("", "téléphone", "e-mail", "sms")),
        )
        self._address(ident, days)
        self._phone(ident, days)
        self._email(ident, f"{plain(name[1])}.{plain(name[2])}")
        self._consents(ident, days)

    def _prospect(self, ident: str) -> None:
        civility, first, last = self._name()
        days = self.draw.randrange(2, 120)
        self.since[ident] = days
        budget = self.draw.choice(("", "30,00", "130,00", "350,00", "400,00"))
        self.add(
            "contact",
            id=ident,
            reference="",
            category="prospect",
            civility=civility,
            first_name=first,
            last_name=last,
            source=self.draw.choice(("Site", "Salon", "Chat", "Parrainage")),
            need=self.draw.choice(("Une machine simple", "Comparer Lune S et Lune M", "Un abonnement", "Du café en grains", "")),
            budget=budget,
            horizon=self.draw.choice(("", "J+15", "J+30", "J+90")),
            preferred_channel=self.draw.choice(("e-mail", "téléphone")),
        )
        self._phone(ident, days)
        self._email(ident, f"{plain(first)}.{plain(last)}")
        self._consents(ident, days)

    def _company(self, ident: str, reference: str) -> None:
        days = self.draw.randrange(90, 2000)
        self.since[ident] = days
        name = f"{self.draw.choice(words.COMPANIES)} {self.draw.choice(words.COMPANY_NAMES)}"
        self.add(
            "contact",
            id=ident,
            reference=reference,
            category="professionnel",
            company_name=name,
            customer_since=f"J-{days}",
            segment=self.draw.choice(("Moins de 10 salariés", "10 à 30 salariés", "Plus de 30 salariés")),
            source=self.draw.choice(("Salon", "Prospection", "Site")),
        )
        self._address(ident, days, usage="facturation")
        self._phone(ident, days, landline=True)
        self._email(ident, f"contact.{plain(name)}")

    def _employee(self, ident: str, company: str) -> None:
        civility, first, last = self._name()
        days = self.draw.randrange(30, self.since[company])
        self.since[ident] = days
        self.add(
            "contact",
            id=ident,
            category="professionnel",
            civility=civility,
            first_name=first,
            last_name=last,
            company_id=company,
            role=self.draw.choice(words.ROLES),
        )
        self._phone(ident, days)
        self._email(ident, f"{plain(first)}.{plain(last)}")

    def _address(self, owner: str, days: int, usage: str = "principale") -> None:
        postcode, town = self.draw.choice(words.TOWNS)
        street = f"{self.draw.randrange(1, 129)} {self.draw.choice(words.STREETS)}"
        moved = usage == "principale" and days > 500 and self.draw.random() < 0.12
        if moved:
            old_postcode, old_town = self.draw.choice(words.TOWNS)
            ago = self.draw.randrange(40, 400)
            self.add(
                "address",
                id=f"{owner}.ad0",
                contact_id=owner,
                usage=usage,
                line1=f"{self.draw.randrange(1, 99)} {self.draw.choice(words.STREETS)}",
                postcode=old_postcode,
                city=old_town,
                valid_from=f"J-{days}",
                valid_to=f"J-{ago + 1}",
            )
            days = ago
        self.home[owner] = f"{owner}.ad1"
        self.add(
            "address",
            id=f"{owner}.ad1",
            contact_id=owner,
            usage=usage,
            line1=street,
            line2=self.draw.choice(("", "", "", "Bâtiment B", "3e étage", "Résidence des Saules")),
            postcode=postcode,
            city=town,
            valid_from=f"J-{days}",
            valid_to="",
        )

    def _number(self, root: str) -> str:
        while True:
            digits = f"{root}{self.draw.randrange(10000):04d}"
            if digits not in self.phones and not digits.startswith("01990040"):
                self.phones.add(digits)
                return " ".join(digits[i : i + 2] for i in range(0, 10, 2))

    def _phone(self, owner: str, days: int, landline: bool = False) -> None:
        shared = owner[0] == "c" and self.draw.random() < 0.05 and "contact_point" in self.rows
        mobile = not landline and self.draw.random() < 0.65
        if shared:  # one household, two files: a call pops up both
            number = next(r["value"] for r in reversed(self.rows["contact_point"]) if r["channel"] != "e-mail")
            mobile = number.startswith("06")
        else:
            number = self._number(MOBILE if mobile else self.draw.choice(FICTION_ROOTS[:-1]))
        self.add(
            "contact_point",
            id=f"{owner}.tel",
            contact_id=owner,
            channel="mobile" if mobile else "téléphone",
            value=number,
            label="standard" if landline else "personnel" if mobile else "domicile",
            status="actif",
            preferred="true",
        )

    def _email(self, owner: str, local: str) -> None:
        if owner[0] != "e" and self.draw.random() < 0.08:
            return
        address, n = f"{local}@{self.draw.choice(('courriel', 'messagerie', 'boite-aux-lettres'))}.example", 1
        while address in self.emails:
            n += 1
            address = f"{local}{n}@courriel.example"
        self.emails.add(address)
        self.add(
            "contact_point",
            id=f"{owner}.mel",
            contact_id=owner,
            channel="e-mail",
            value=address,
            label="",
            status=self.draw.choices(("actif", "erroné", "fermé"), (94, 4, 2))[0],
            preferred="",
        )

    def _consents(self, owner: str, days: int) -> None:
        for purpose, chances in (("téléphone", (50, 14, 30, 6)), ("e-mail", (10, 62, 22, 6))):
            status = self.draw.choices(("inconnu", "donné", "refusé", "retiré"), chances)[0]
            given = "" if status == "inconnu" else f"J-{self.draw.randrange(1, days)}"
            source = "" if status == "inconnu" else self.draw.choice(("site", "bulletin", "téléphone", "boutique"))
            self.add("consent", id=f"{owner}.{purpose[0]}", contact_id=owner, purpose=purpose, status=status, given_on=given, source=source)
