"""The crowd of a pack: customers, companies and their history, drawn once from a fixed seed and kept as CSV files.

    python -m scenarios.pack_crowd scenarios/packs/marvalune [--seed N]

The same seed writes the same bytes. Every date is told from J, every number is in a range that belongs to nobody, every
e-mail ends in `.example`. Products and prices are the pack's own catalogue; nothing here touches `people/`.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from pathlib import Path

from scenarios import pack_crowd_words as words
from scenarios.pack_crowd_campaigns import Campaigns
from scenarios.pack_crowd_people import SEED, People, Row

PEOPLE, PROSPECTS, COMPANIES, STAFF = 340, 50, 120, 110
ORDERS, TALKS = 1500, 3000
PLANS = (
    ("ABO-DOUCEUR", "Abonnement Douceur", "19,90"),
    ("ABO-INTENSE", "Abonnement Intense", "29,90"),
    ("ABO-GRAIN", "Abonnement Grain", "34,90"),
)


class Crowd(People):
    """Rows by kind of record, drawn in a fixed order."""

    def made(self) -> dict[str, list[Row]]:
        for n in range(PEOPLE):
            self._person(f"c{n + 1:04d}", f"MVL-{210000 + n * 7 + self.draw.randrange(5)}", self._name())
        for n, (civility, first, last, reference) in enumerate(words.HOMONYMS):
            self._person(f"h{n + 1:02d}", reference, (civility, first, last))
        for n in range(PROSPECTS):
            self._prospect(f"p{n + 1:03d}")
        for n in range(COMPANIES):
            self._company(f"e{n + 1:03d}", f"PRO-{3100 + n}")
        for n in range(STAFF):
            self._employee(f"s{n + 1:03d}", f"e{self.draw.randrange(COMPANIES) + 1:03d}")
        customers = [c for c in self.since if c[0] in "che"]
        for n in range(ORDERS):
            self._order(n, self.draw.choice(customers))
        self._subscriptions([c for c in customers if c[0] != "e"])
        known = [*customers, *(c for c in self.since if c[0] in "ps")]
        for n in range(TALKS):
            self._talk(n, self.draw.choice(known))
        for n in range(80):
            customer = self.draw.choice(customers)
            ago = self.draw.randrange(1, self.since[customer])
            self.add(
                "note",
                id=f"n{n + 1:03d}",
                contact_id=customer,
                text=self.draw.choice(words.NOTES),
                at=f"J-{ago}< {self._hour()}",
                author=self._agent(),
            )
        for n in range(60):
            self._task(n, self.draw.choice(customers))
        self.rows |= Campaigns(self.rows, self.seed).made()
        return self.rows

    # --- history ---

    def _order(self, n: int, customer: str) -> None:
        ago = min(int(self.draw.expovariate(1 / 260)) + 1, self.since[customer])
        way = self.draw.choices(("relais", "domicile", "retrait"), (62, 32, 6))[0]
        lines = {
            p["id"]: self.draw.choice((1, 1, 2, 3, 4, 6)) if p["category"] in ("Capsules", "Moulu") else 1
            for p in self.draw.sample(self.products, self.draw.choice((1, 2, 2, 3, 4)))
        }
        if self.draw.random() < 0.06:
            lines[self.draw.choice(self.machines)["id"]] = 1
        status = "livrée" if ago > 12 else "expédiée" if ago > 3 else "validée"
        if self.draw.random() < 0.03:
            status = "annulée"
        seq, day = 2000 + n, f"J-{ago}<"
        self.add(
            "order",
            id=f"o{n + 1:04d}",
            contact_id=customer,
            reference=f"CDE-{{{day}|%y%m}}-{seq}",
            status=status,
            ordered_on=day,
            delivery=way,
            relay_point=self.draw.choice(words.RELAYS) if way == "relais" else "",
            address_id=self.home.get(customer, "") if way == "domicile" else "",
            lines=" | ".join(f"{product}x{count}" for product, count in lines.items()),
        )
        if status == "annulée":
            return
        items = sum(self.cents[product] * count for product, count in lines.items())
        fee, free_from = {"relais": (390, 3900), "domicile": (590, 5900), "retrait": (0, 0)}[way]
        total = euros(items + (0 if items >= free_from else fee))
        unpaid = self.draw.random() < 0.02 and ago < 200
        self.add(
            "invoice",
            id=f"fo{n + 1:04d}",
            contact_id=customer,
            reference=f"F-{{{day}|%y%m}}-{seq}",
            order_id=f"o{n + 1:04d}",
            label="Commande",
            issued_on=day,
            due_on=day,
            total=total,
            status="impayée" if unpaid else "payée",
        )
        self.add(
            "payment",
            id=f"ro{n + 1:04d}",
            contact_id=customer,
            reference=f"PL-{{{day}|%y%m}}-{seq}",
            invoice_id=f"fo{n + 1:04d}",
            order_id=f"o{n + 1:04d}",
            means=self.draw.choices(("lien sécurisé", "chèque", "virement"), (90, 6, 4))[0] if not unpaid else "chèque",
            amount=total,
            status="rejeté" if unpaid else "encaissé",
            on=day,
            reason="Chèque sans provision" if unpaid else "",
        )

    def _subscriptions(self, customers: list[str]) -> None:
        seq = 5000
        for customer in customers:
            if self.draw.random() > 0.42:
                continue
            product, label, price = self.draw.choices(PLANS, (46, 34, 20))[0]
            months = min(self.since[customer] // 31, self.draw.randrange(2, 40))
            if months < 1:
                continue
            ended = months > 14 and self.draw.random() < 0.12
            ident, serial = f"{customer}.ab", self.draw.randrange(10000, 99999)
            self.add(
                "subscription",
                id=ident,
                contact_id=customer,
                reference=f"ABO-{seq}",
                product_id=product,
                label=label,
                monthly=price,
                started_on=f"J-{months}m",
                commitment_end=f"J{12 - months:+d}m",
                ended_on="J-2m" if ended else "",
                status="résilié" if ended else "actif",
                machine=f"Lune M nº LM-{serial}" if product == "ABO-GRAIN" else f"Lune S nº LS-{serial}",
            )
            self.add(
                "mandate",
                id=f"{customer}.md",
                contact_id=customer,
                reference=f"MAND-{seq}",
                iban_masked=f"FR76 •••• •••• •••• •••• •••• {self.draw.randrange(1000):03d}",
                bank="Banque d'exemple",
                status="révoqué" if ended else "actif",
                signed_on=f"J-{months}m",
            )
            for back in range(3 if ended else 1, min(months, 9) + 1):
                seq += 1
                rejected = self.draw.random() < 0.02
                month = f"J-{back}m"
                self.add(
                    "invoice",
                    id=f"fa{seq}",
                    contact_id=customer,
                    reference=f"F-{{{month}|%y%m}}-{seq}",
                    subscription_id=ident,
                    label=f"{label}, {{{month}|moisan}}",
                    issued_on=f"{month}@5",
                    due_on=f"{month}@10",
                    total=price,
                    status="impayée" if rejected else "payée",
                )
                self.add(
                    "payment",
                    id=f"ra{seq}",
                    contact_id=customer,
                    reference=f"PR-{{{month}|%y%m}}-{seq}",
                    invoice_id=f"fa{seq}",
                    means="prélèvement",
                    amount=price,
                    status="rejeté" if rejected else "encaissé",
                    on=f"{month}@10>",
                    reason="Provision insuffisante" if rejected else "",
                )
            seq += 1

    def _talk(self, n: int, customer: str) -> None:
        subject, result, codes, comment = self.draw.choice(words.TALKS)
        if customer[0] == "p":
            subject, result, codes, comment = self.draw.choice([t for t in words.TALKS if "CONSEIL" in t[2] or t[1] in ("NRP", "REP")])
        ago = min(int(self.draw.expovariate(1 / 240)) + 1, self.since[customer])
        out = subject.startswith(("Appel", "Enquête", "Relance", "Rappel", "Faux"))
        soon = f"J-{max(ago - 3, 1)}>" if result in ("NRP", "REP", "RAPPEL", "TIERS") else ""
        self.add(
            "interaction",
            id=f"i{n + 1:04d}",
            contact_id=customer,
            channel="téléphone" if out else self.draw.choices(("téléphone", "e-mail", "chat"), (78, 16, 6))[0],
            direction="sortant" if out else "entrant",
            at=f"J-{ago}< {self._hour()}",
            on=f"J-{ago}<",
            subject=subject,
            result=result,
            codes=codes,
            comment=comment,
            next_on=soon,
            agent=self._agent(),
        )

    def _task(self, n: int, customer: str) -> None:
        service, title, detail = self.draw.choice(words.TASKS)
        late = self.draw.random() < 0.6
        self.add(
            "task",
            id=f"t{n + 1:03d}",
            contact_id=customer,
            service=service,
            title=title,
            detail=detail,
            due_on=f"J-{self.draw.randrange(3, 200)}<" if late else f"J+{self.draw.randrange(1, 9)}jo",
            priority=self.draw.choice(("basse", "normale", "normale", "haute")),
            status="faite" if late else self.draw.choice(("à faire", "en cours")),
        )

    def _hour(self) -> str:
        return f"{self.draw.randrange(9, 18):02d}:{self.draw.randrange(60):02d}"

    def _agent(self) -> str:
        return self.draw.choice(words.AGENTS)


def euros(cents: int) -> str:
    return f"{cents // 100},{cents % 100:02d}"


def write(folder: Path, rows: dict[str, list[Row]]) -> dict[str, int]:
    """One CSV per kind under `folder`; returns how many rows each has."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, items in sorted(rows.items()):
        columns = list(dict.fromkeys(column for item in items for column in item))
        with (folder / f"{kind}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, columns, restval="", delimiter=";", lineterminator="\n")
            writer.writeheader()
            writer.writerows(items)
    return {kind: len(items) for kind, items in sorted(rows.items())}


def read_catalogue(pack: Path) -> list[Row]:
    with (pack / "catalogue.csv").open(encoding="utf-8-sig", newline="") as source:
        return [dict(row) for row in csv.DictReader(source, delimiter=";")]


def main(arguments: Iterable[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    seed = SEED
    if "--seed" in given:
        at = given.index("--seed")
        seed = int(given[at + 1])
        del given[at : at + 2]
    if len(given) != 1:
        print("usage : python -m scenarios.pack_crowd DOSSIER_DU_PACK [--seed N]", file=sys.stderr)
        return 2
    pack = Path(given[0])
    for kind, count in write(pack / "crowd", Crowd(read_catalogue(pack), seed).made()).items():
        print(f"{count:6d}  {kind}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
