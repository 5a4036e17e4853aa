"""What must be said to a consumer before a contract made at a distance, and from when he is bound.

Code de la consommation: L221-5 (the whole information), L221-11, L221-12 (what is said on the telephone itself),
L221-13 (confirmation on a durable medium, with the withdrawal form), L221-16 (after an outgoing sales call nobody
is bound before having signed), L221-25 (service begun early). Order public: L221-29.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

Direction = Literal["entrant", "sortant"]


@dataclass(frozen=True)
class Information:
    """`spoken`: belongs to the least that is said on the telephone (L221-12)."""

    id: str
    label: str
    article: str
    spoken: bool = False


CHECKLIST: tuple[Information, ...] = (
    Information("identité", "Identité du vendeur, téléphone, adresse", "L221-5 I 4°, L221-12", True),
    Information("caractéristiques", "Caractéristiques essentielles du bien ou du service", "L221-5 I 1°, L221-12", True),
    Information("prix", "Prix total TTC, frais compris", "L221-5 I 1°, L221-12", True),
    Information("durée", "Durée du contrat, engagement, conditions de résiliation", "L221-5 I 1°, L221-12", True),
    Information("rétractation", "Droit de rétractation : conditions, délai, formulaire", "L221-5 I 2°, L221-12", True),
    Information("livraison", "Date ou délai de livraison ou d'exécution", "L221-5 I 1°"),
    Information("frais de retour", "Frais de renvoi en cas de rétractation", "L221-5 I 2°"),
    Information("commencement anticipé", "Somme due si le service commence avant la fin du délai", "L221-5 I 2°, L221-25"),
    Information("garanties", "Garanties légales, service après-vente", "L221-5 I 1°, L111-1"),
    Information("paiement", "Moyens et modalités de paiement", "L221-5 I 1°"),
    Information("médiateur", "Médiateur de la consommation et réclamations", "L221-5 I 1°, L616-1"),
    Information("support durable", "Confirmation et formulaire envoyés sur support durable", "L221-13"),
)
BY_ID: dict[str, Information] = {one.id: one for one in CHECKLIST}
OPENING = Information("nature commerciale", "Identité, pour le compte de qui, nature commerciale de l'appel", "L221-16", True)


def checklist(direction: Direction) -> tuple[Information, ...]:
    """What to say, in an order one can follow aloud; an outgoing call begins with its commercial nature."""
    return (OPENING, *CHECKLIST) if direction == "sortant" else CHECKLIST


def missing(said: Collection[str], direction: Direction, *, spoken_only: bool = False, early_start: bool = True) -> tuple[Information, ...]:
    """Informations not given yet. `early_start` False: the service begins after the period, and what it would cost needs no saying."""
    return tuple(
        one
        for one in checklist(direction)
        if one.id not in said and (one.spoken or not spoken_only) and (early_start or one.id != "commencement anticipé")
    )


def unknown(said: Collection[str]) -> tuple[str, ...]:
    """Ids that are of no checklist."""
    return tuple(sorted(set(said) - BY_ID.keys() - {OPENING.id}))


def informed_of_withdrawal(said: Collection[str]) -> bool:
    """Without it the right lasts twelve months more (L221-20)."""
    return "rétractation" in said


@dataclass(frozen=True)
class Binding:
    bound: bool
    text: str
    source: str


def binding(direction: Direction, *, agreed: bool, signed: bool) -> Binding:
    """Whether the consumer is bound. On an incoming call a clear agreement binds; on an outgoing one, only a signature."""
    if direction == "sortant" and not signed:
        text = "Le client n'est engagé qu'après avoir signé et accepté l'offre sur support durable."
        return Binding(False, text, "c. conso. L221-16")
    if signed or agreed:
        return Binding(True, "Le contrat est conclu ; sa confirmation part sur support durable.", "c. conso. L221-13")
    return Binding(False, "Pas d'accord exprès du client.", "c. conso. L221-14")


def withdrawal_form(recipient: str, subject: str = "", ordered: str = "", names: str = "", address: str = "") -> tuple[str, ...]:
    """The model form, paragraph by paragraph, word for word (annexe à l'article R221-1)."""
    return (
        "(Veuillez compléter et renvoyer le présent formulaire uniquement si vous souhaitez vous rétracter du contrat.)",
        f"À l'attention de {recipient} :",
        "Je/nous (*) vous notifie/notifions (*) par la présente ma/notre (*) rétractation du contrat (*) portant sur la vente"
        " du bien (*)/pour la prestation de services (*) ci-dessous :",
        subject or "…",
        f"Commandé le (*)/reçu le (*) : {ordered}",
        f"Nom du (des) consommateur(s) : {names}",
        f"Adresse du (des) consommateur(s) : {address}",
        "Signature du (des) consommateur(s) (uniquement en cas de notification du présent formulaire sur papier) :",
        "Date :",
        "(*) Rayez la mention inutile.",
    )
