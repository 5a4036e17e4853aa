"""A desk's state with the files of three fictional customers."""

from __future__ import annotations

import datetime as dt
from typing import Any

from cti.call import CallState
from workstation.desk.state import CallView, DeskState, Record

TODAY = dt.date(2026, 11, 23)
HOSTILE = "[/x] bad \u202etxet \x1b[31m=cmd|' /C calc'!A0"


def contact(contact_id: str, **fields: Any) -> Record:
    return {
        "id": contact_id,
        "version": 1,
        "category": "particulier",
        "civility": "Mme",
        "preferred_channel": "",
        "company_id": "",
        **fields,
    }


def owned(contact_id: str, record_id: str, **fields: Any) -> Record:
    return {"id": record_id, "version": 1, "contact_id": contact_id, **fields}


def vasserand() -> Record:
    c = "vasserand"
    return {
        "contact": contact(
            c,
            reference="MVL-204518",
            first_name="Odile",
            last_name="VASSERAND",
            birth_date="1951-04-12",
            customer_since="2019-03-12",
            remark="Parle lentement, entend mal",
        ),
        "records": {
            "address": [
                owned(c, "ad1", usage="principale", line1="8 rue des Lavandières", line2="", postcode="31450", city="Valmérac-sur-Ouzelle",
                      valid_from="2015-01-01", valid_to=None),
            ],
            "contact_point": [
                owned(c, "cp1", channel="téléphone", value="+33465712108", label="domicile", status="actif", preferred=True),
                owned(c, "cp2", channel="e-mail", value="o.vasserand@ancien.example", label="", status="actif", preferred=False),
            ],
            "consent": [owned(c, "co1", purpose="téléphone", status="refusé", given_on="2025-11-02", source="courrier")],
            "subscription": [
                owned(c, "su1", reference="ABO-1182", product_id="douceur", label="Douceur", monthly_cents=1990, started_on="2019-03-12",
                      status="actif", machine="Lune S", commitment_end=None),
            ],
            "invoice": [
                owned(c, "in1", reference="F-2610-0231", label="Abonnement octobre", issued_on="2026-10-05", due_on="2026-10-15",
                      total_cents=1990, status="payée", detail="Douceur 19,90 €"),
            ],
            "interaction": [
                owned(c, "it1", channel="téléphone", direction="entrant", at="2026-09-14T08:12:00+00:00", on="2026-09-14",
                      subject="Question sur une livraison", result="ABOUTI", codes=["INFO_DONNEE"],
                      comment="Colis retrouvé", call_key="k0"),
                owned(c, "it2", channel="e-mail", direction="entrant", at="2026-02-03T15:40:00+00:00", on="2026-02-03",
                      subject="Changement de prélèvement", result="ABOUTI", codes=[], comment=HOSTILE,
                      call_key=""),
            ],
            "task": [], "note": [], "document": [], "order": [], "payment": [],
        },
    }  # fmt: skip


def lormier() -> Record:
    c = "lormier"
    return {
        "contact": contact(
            c, reference="MVL-201340", civility="M.", first_name="Bastien", last_name="LORMIER", birth_date="1988-07-02",
            customer_since="2021-06-18",
        ),
        "records": {
            "address": [
                owned(c, "ad2", usage="principale", line1="27 chemin des Ormeaux", line2="", postcode="64120", city="Saint-Orme-le-Haut",
                      valid_from=None, valid_to=None),
            ],
            "contact_point": [
                owned(c, "cp3", channel="téléphone", value="+33536491275", label="", status="actif", preferred=True),
                owned(c, "cp4", channel="e-mail", value="bastien.lormier@courriel.example", label="", status="actif", preferred=True),
            ],
            "order": [],
            "interaction": [],
        },
    }  # fmt: skip


def corbulon() -> Record:
    c = "corbulon"
    unpaid = [
        ("F-2608-0917", "2026-08-05", "2026-08-15", 2990),
        ("F-2609-0917", "2026-09-05", "2026-09-15", 2990),
        ("F-2610-0917", "2026-10-05", "2026-10-15", 2990),
        ("F-2609-1187", "2026-09-11", "2026-09-26", 7490),
    ]
    ids = [f"i{n}" for n in range(len(unpaid))]
    return {
        "contact": contact(
            c, reference="MVL-199407", first_name="Nadège", last_name="CORBULON", birth_date="1990-01-30", customer_since="2022-02-01"
        ),
        "records": {
            "invoice": [
                owned(c, i, reference=ref, label="", issued_on=issued, due_on=due, total_cents=cents, status="impayée", detail="")
                for i, (ref, issued, due, cents) in zip(ids, unpaid, strict=True)
            ],
            "payment": [
                owned(c, f"p{n}", reference=f"PRL-{n}", invoice_id=f"i{n}", order_id="", means="prélèvement", amount_cents=2990,
                      status="rejeté", on=f"2026-{8 + n:02d}-20", reason="compte clos")
                for n in range(3)
            ],
            "collection_case": [
                owned(c, "cc1", invoice_ids=ids, total_cents=16460, reason="", dunning="active", dunning_until=None, remark=""),
            ],
            "reminder": [
                owned(c, "r1", stage="relance 1", sent_on="2026-10-05", channel="e-mail", invoice_ids=ids, total_cents=16460),
                owned(c, "r2", stage="relance 2", sent_on="2026-10-26", channel="courrier", invoice_ids=ids, total_cents=16460),
            ],
            "mandate": [
                owned(c, "m1", reference="RUM-199407-1", iban_masked="FR•• •••• •••• •••• •••• •••4 417", bank="Banque Exemple",
                      status="révoqué", signed_on="2022-02-01"),
            ],
            "contact_point": [
                owned(c, "cp5", channel="téléphone", value="+33261917044", label="", status="actif", preferred=True),
                owned(c, "cp6", channel="e-mail", value="nadege.corbulon@courriel.example", label="", status="actif", preferred=False),
            ],
            "address": [],
            "interaction": [],
        },
    }  # fmt: skip


def product(product_id: str, name: str, cents: int, stock: int, **more: Any) -> Record:
    return {
        "id": product_id, "version": 1, "name": name, "category": "café", "unit": "étui", "price_cents": cents, "price_ht": False,
        "stock": stock, "back_on": None, "substitutes": [], "addons": [], "withdrawal": "14 jours", "withdrawal_exception": "",
        "description": "", "keywords": "", **more,
    }  # fmt: skip


PRODUCTS = (
    product("equinoxe", "Équinoxe", 410, 0, back_on="2027-01-12", substitutes=["zenith"], addons=["filtre"]),
    product("zenith", "Zénith", 420, 140, addons=["filtre"]),
    product("kit", "Kit détartrage", 1290, 35, category="entretien", unit="kit", addons=["filtre"]),
    product("filtre", "Filtre à eau", 990, 60, category="entretien", unit="pièce"),
)

BRIEF: Record = {
    "company": {"name": "Brûlerie Marvalune", "phone": "+33199004000"},
    "documents": [
        {"id": "b-01", "title": "La société", "kind": "brief", "keywords": "",
         "text": "# La société\n\nBrûlerie Marvalune **torréfie** et vend du café.\n\n- Siège : Valmérac\n- 25 salariés\n"},
        {"id": "p-06", "title": "P-06 Règlement", "kind": "procedure", "keywords": "carte lien",
         "text": "# P-06 Règlement\n\nLien sécurisé, mandat SEPA signé en ligne ou chèque. *Jamais* une carte dictée.\n\n"
                 "| Moyen | Délai |\n|---|---|\n| Lien | immédiat |\n| Chèque | 8 jours |\n"},
        {"id": "p-09", "title": "P-09 Recouvrement", "kind": "procedure", "keywords": "échéancier barème",
         "text": "# P-09 Recouvrement\n\nJusqu'à 90 € : un paiement, ou deux sous 30 jours.\n\nDe 90 à 300 € : **quatre échéances** "
                 "au plus, la première d'au moins 25 % le jour même.\n\n1. Demander le motif\n2. Proposer le paiement entier\n"},
    ],
    "directory": [
        {"id": "contrats", "name": "Service Contrats", "number": "+33199004005", "hours": "lun–ven 9 h–17 h", 
         "role": "Changement de titulaire", "email": "contrats@marvalune.example"},
        {"id": "comptes", "name": "Comptes clients", "number": "+33199004009", "hours": "lun–ven 9 h–18 h",
         "role": "Dettes au-delà de 300 €"},
    ],
    "codes": {"results": [], "competences": {}},
    "rules": {
        "delivery": {"relais": {"fee_cents": 390, "free_from_cents": 3900}, "domicile": {"fee_cents": 590, "free_from_cents": 5900},
                     "retrait": {"fee_cents": 0, "free_from_cents": 0}},
        "scale": [{"up_to_cents": 9000, "instalments": 2, "first_percent": 0, "within_days": 30},
                  {"up_to_cents": 30000, "instalments": 4, "first_percent": 25, "within_days": None}],
        "instalment_day": 10,
    },
    "simulations": {},
}  # fmt: skip


def desk(contact_id: str = "vasserand", *, call: CallState | None = CallState.TALKING, number: str = "+33465712108") -> DeskState:
    """The desk with all three files open and one of them in front, in a call with the key "k1"."""
    calls = {"k1": CallView("c1", "k1", "entrant", call, number, contact_id=contact_id, hits=())} if call else {}
    return DeskState(
        link="up",
        calls=calls,
        front="k1" if call else "",
        contact_id=contact_id,
        files={"vasserand": vasserand(), "lormier": lormier(), "corbulon": corbulon()},
        products=PRODUCTS,
        sitting={"id": "s", "clock": {"scenario_now": "2026-11-23T09:00:00", "server_now": "2026-11-23T08:00:00+00:00"}},
        brief=BRIEF,
    )


def page(query: str, *hits: Record) -> Record:
    return {"query": query, "hits": list(hits), "total": len(hits), "page": 1}


def hit(contact_id: str, name: str, matched_on: str, matched: str, **more: Any) -> Record:
    return {
        "contact_id": contact_id, "reference": "MVL-1", "name": name, "city": "Valmérac", "postcode": "31450", "category": "particulier",
        "matched_on": matched_on, "matched": matched, "exact": True, **more,
    }  # fmt: skip
