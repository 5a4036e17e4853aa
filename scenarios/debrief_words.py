"""French words for what the journal and the records say: used by the debrief and its export. Pure.

A field or kind without a word here keeps its own name: nothing is hidden for want of a translation.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

KINDS_FR: dict[str, str] = {
    "contact": "fiche contact",
    "address": "adresse",
    "contact_point": "coordonnée",
    "consent": "consentement",
    "identification": "identification",
    "subscription": "abonnement",
    "product": "produit",
    "order": "commande",
    "invoice": "facture",
    "payment": "règlement",
    "payment_link": "lien de paiement",
    "collection_case": "dossier de recouvrement",
    "reminder": "relance",
    "payment_plan": "échéancier",
    "promise": "promesse de règlement",
    "mandate": "mandat SEPA",
    "document": "document",
    "interaction": "qualification",
    "task": "tâche",
    "note": "note",
    "survey": "enquête",
    "campaign_target": "cible de campagne",
    "ticket": "ticket",
    "goodwill": "geste commercial",
    "exchange": "échange",
    "chat": "conversation écrite",
    "field_rep": "commercial",
    "agenda_slot": "créneau",
    "appointment": "rendez-vous",
    "sale_proposal": "proposition",
    "resource": "ressource",
    "availability": "disponibilité",
    "booking": "réservation",
    "opportunity": "opportunité",
    "termination_request": "demande de résiliation",
    "amendment": "avenant",
    "reply": "réponse écrite",
}
FIELDS_FR: dict[str, str] = {
    "acknowledged_on": "accusé du",
    "after_cents": "prix ensuite",
    "after_product_id": "nouvelle formule",
    "agreed": "accord",
    "agreed_by": "accepté par",
    "amount_cents": "montant",
    "applied": "appliqué",
    "balance_cents": "solde",
    "balance_due_on": "solde pour le",
    "bank": "banque",
    "before_cents": "prix avant",
    "before_product_id": "formule avant",
    "booking_id": "réservation",
    "budget_cents": "budget",
    "channel": "canal",
    "city": "ville",
    "codes": "codes",
    "comment": "commentaire",
    "commitment_months": "engagement (mois)",
    "cost_cents": "coût de la remise",
    "delivery": "livraison",
    "delivery_cents": "frais de livraison",
    "deposit_cents": "acompte",
    "direction": "sens",
    "discount_months": "remise (mois)",
    "discount_percent": "remise (%)",
    "discounted_cents": "prix pendant la remise",
    "due_on": "échéance",
    "dunning": "relances",
    "dunning_until": "relances suspendues jusqu'au",
    "effective_on": "prend effet le",
    "elements": "éléments vérifiés",
    "ended_on": "fin",
    "ends_on": "jusqu'au",
    "instalments": "échéances",
    "invoice_ids": "factures",
    "items_cents": "articles",
    "line1": "adresse",
    "line2": "complément",
    "lines": "lignes",
    "means": "moyen",
    "monthly_units": "unités par mois",
    "motive": "motif",
    "next_action": "suite",
    "next_on": "suite le",
    "number": "n°",
    "offer_rule": "offre",
    "options": "options",
    "other_dates": "autres dates",
    "outcome": "issue",
    "pause_months": "pause (mois)",
    "person": "personne",
    "persons": "personnes",
    "postcode": "code postal",
    "product_id": "produit",
    "proposals": "propositions",
    "purpose": "objet",
    "quantity": "quantité",
    "reason": "motif",
    "relay_point": "point relais",
    "remark": "remarque",
    "resource_id": "ressource",
    "result": "résultat",
    "satisfaction": "satisfaction",
    "sent_to": "envoyé à",
    "service": "service",
    "starts_on": "à partir du",
    "status": "état",
    "subject": "objet",
    "subject_id": "pièce concernée",
    "template": "modèle",
    "text": "texte",
    "title": "titre",
    "total_cents": "total",
    "unused_units": "unités en stock",
    "valid_from": "date d'effet",
    "valid_to": "jusqu'au",
    "value": "valeur",
}
COMMON_CUES_FR = {"a_vous": "J'ai fini : au client de parler", "repeter": "Je lui demande de répéter"}  # of every simulation
STATES_FR: dict[str, str] = {
    "signed_out": "Déconnecté",
    "not_ready": "En retrait",
    "ready": "Prêt",
    "offered": "Appel présenté",
    "talking": "En conversation",
    "chatting": "Conversation écrite",
    "holding": "En attente",
    "wrap_up": "Post-appel",
}
CAUSES_FR: dict[str, str] = {
    "hung_up": "raccroché",
    "refused": "refusé",
    "busy": "occupé",
    "no_answer": "sans réponse",
    "cancelled": "l'appelant a renoncé",
    "unknown_number": "numéro inconnu",
    "transferred": "transféré",
    "network": "réseau",
    "fault": "coupé par une panne",
}
BY_FR = {"local": "par l'agent", "remote": "par le client", "system": "par le système"}
_PLUMBING = frozenset(
    {"id", "contact_id", "version", "call_key", "kind", "file", "sha256", "at", "on"}
)  # of a record just made: nothing to read there
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def field_fr(name: str) -> str:
    return ", ".join(FIELDS_FR.get(part, part) for part in name.split("."))


def value_fr(value: Any, name: str = "") -> str:
    """A value of a record, as people write it."""
    if value is None or value == "" or value == [] or value == ():
        return "–"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, int) and name.endswith("_cents"):
        sign, amount = ("−" if value < 0 else ""), abs(value)
        return f"{sign}{amount // 100},{amount % 100:02d} €"
    if isinstance(value, str) and (day := _ISO_DAY.fullmatch(value)):
        return f"{day[3]}/{day[2]}/{day[1]}"
    if isinstance(value, Mapping):
        return ", ".join(f"{field_fr(k)} {value_fr(v, k)}" for k, v in value.items() if v not in (None, "", [], ()))
    if isinstance(value, list | tuple):
        return " ; ".join(value_fr(one, name) for one in value)
    return str(value)


def wanted_fr(wanted: Any, name: str = "") -> str:
    """What a pack asks of a value (scenarios/matching.py), as a phrase."""
    if wanted == "*":
        return "une valeur"
    if isinstance(wanted, Mapping) and len(wanted) == 1:
        operator, asked = next(iter(wanted.items()))
        if operator in ("any", "absent"):
            return "une valeur" if (operator == "any") == bool(asked) else "rien"
        if operator == "one_of":
            return " ou ".join(wanted_fr(one, name) for one in asked)
        if operator == "contains":
            return f"contient {_wanted_items(asked, name)}"
    if isinstance(wanted, Mapping):
        return ", ".join(f"{field_fr(k)} {wanted_fr(v, k)}" for k, v in wanted.items())
    if isinstance(wanted, list | tuple):
        return _wanted_items(wanted, name) or "–"
    return value_fr(wanted, name)


def _wanted_items(asked: Any, name: str) -> str:
    items = asked if isinstance(asked, list | tuple) else [asked]
    return " ; ".join(f"« {one} »" if isinstance(one, str) else wanted_fr(one, name) for one in items)


def seconds_fr(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


def hour_fr(instant: dt.datetime) -> str:
    return f"{instant:%H:%M:%S}"


def _record(data: Mapping[str, Any]) -> str:
    return KINDS_FR.get(str(data.get("record_kind")), str(data.get("record_kind")))


def _change(data: Mapping[str, Any]) -> str:
    before, after = data.get("before") or {}, data.get("after") or {}
    parts = []
    for name, value in after.items():
        if name in before:
            parts.append(f"{field_fr(name)} {value_fr(before[name], name)} → {value_fr(value, name)}")
        elif name not in _PLUMBING and value not in (None, "", [], ()):
            parts.append(f"{field_fr(name)} {value_fr(value, name)}")
    return ", ".join(parts)


def _state(data: Mapping[str, Any]) -> str:
    after = str(data.get("after"))
    return f"État : {STATES_FR.get(after, after)}"


def _ended(data: Mapping[str, Any]) -> str:
    cause, by = str(data.get("cause")), str(data.get("by"))
    return f"Fin de l'appel : {CAUSES_FR.get(cause, cause)} {BY_FR.get(by, by)}"


def _card_refused(data: Mapping[str, Any]) -> str:
    wrote = "Le client a écrit un numéro de carte" if data.get("who") == "client" else "Un numéro de carte a été saisi"
    return f"{wrote} ; il n'a pas été enregistré"


def _number(data: Mapping[str, Any], name: str) -> str:
    text = re.sub(r"^sips?:|@.*$", "", str(data.get(name) or ""))
    return text or "numéro masqué"


PHASES_FR = {
    "preparation": "Préparation",
    "contacts": "Contacts",
    "written": "Écrits",
    "technical_interview": "Entretien technique",
    "final_interview": "Entretien final",
}


def _hint(data: Mapping[str, Any]) -> str:
    if not data.get("given"):
        return "Indice noté par erreur : non donné"
    return f"Indice donné à {seconds_fr(float(data.get('elapsed') or 0))} (dès {data.get('after')} min) : « {data.get('says', '')} »"


def _phase(data: Mapping[str, Any]) -> str:
    return PHASES_FR.get(str(data.get("phase")), str(data.get("phase")))


SENTENCES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "SimulationStarted": lambda d: "Début de la simulation",
    "SimulationEnded": lambda d: "Fin de la simulation",
    "AgentStateChanged": _state,
    "CallOffered": lambda d: f"Appel présenté : {_number(d, 'caller')}{' – ' + d['queue'] if d.get('queue') else ''}",
    "CallPlaced": lambda d: f"Appel lancé : {_number(d, 'target')}",
    "CallRang": lambda d: "Cela sonne chez le correspondant",
    "CallAnswered": lambda d: "Décroché",
    "CallHeld": lambda d: "Mise en attente" if d.get("by") == "local" else "Mis en attente par le correspondant",
    "CallResumed": lambda d: "Reprise de l'appel" if d.get("by") == "local" else "Repris par le correspondant",
    "CallEnded": _ended,
    "ChatOffered": lambda d: f"Conversation écrite présentée : {d.get('visitor') or 'visiteur'}",
    "ChatAccepted": lambda d: "Conversation écrite acceptée",
    "ChatMessage": lambda d: f"{'Conseiller' if d.get('who') == 'conseiller' else 'Client'} (écrit) : « {d.get('text', '')} »",
    "ChatClosed": lambda d: f"Conversation écrite terminée par le {d.get('by') or 'système'}",
    "TransferProgressed": lambda d: f"Transfert : {d.get('code')} {d.get('reason', '')}".strip(),
    "DigitsSent": lambda d: f"Touches envoyées : {d.get('digits')}",
    "PhoneLost": lambda d: "Le téléphone s'est arrêté",
    "Searched": lambda d: f"Recherche « {d.get('q')} » : {'plus de ' if d.get('more') else ''}{d.get('total')} résultat(s)",
    "RecordingBegan": lambda d: "Début de l'enregistrement de l'appel",
    "RecordingEnded": lambda d: "Fin de l'enregistrement de l'appel",
    "RecordOpened": lambda d: f"Fiche ouverte : {_record(d)} {d.get('id')}",
    "RecordCreated": lambda d: f"Créé : {_record(d)} – {_change(d)}",
    "RecordChanged": lambda d: f"Modifié : {_record(d)} – {_change(d)}",
    "DocumentProduced": lambda d: f"Document : {d.get('template')} – {d.get('channel')} {d.get('sent_to', '')}".strip(),
    "CardNumberRefused": _card_refused,
    "ScreenOpened": lambda d: f"Écran : {d.get('screen') or d.get('title') or d.get('id') or '–'}",
    "ProcedureOpened": lambda d: f"Procédure ouverte : {d.get('title') or d.get('id') or '–'}",
    "BriefSearched": lambda d: f"Recherche dans le dossier : « {d.get('q') or d.get('query') or ''} »",
    "CueGiven": lambda d: f"Indiqué par l'agent : « {d.get('label') or d.get('cue') or '–'} »",
    "CustomerRevealed": lambda d: f"Le client a révélé : {d.get('fact')}",
    "HintGiven": _hint,
    "SpellcheckSet": lambda d: f"Correcteur des réponses écrites : {'permis' if d.get('allowed') else 'non permis'}",
    "CustomerSpoke": lambda d: f"Client : « {d.get('text', '')} »",
    "PhaseStarted": lambda d: f"Début de la phase : {_phase(d)}",
    "PhaseFrozen": lambda d: f"Arrêt du temps ({d.get('nature') or 'incident'}) : {d.get('cause') or '–'}",
    "PhaseResumeProposed": lambda d: f"Décision proposée pour la reprise : {d.get('choice')}",
    "PhaseResumed": lambda d: f"Reprise : {d.get('choice') or '–'}",
    "PhaseTimeGranted": lambda d: f"Temps ajouté : {seconds_fr(float(d.get('seconds') or 0))} – {d.get('reason') or '–'}",
    "PhaseExpired": lambda d: f"Temps écoulé : {_phase(d)}",
    "PhaseEnded": lambda d: f"Fin de la phase : {_phase(d)}",
    "JuryChanged": lambda d: f"Jury : {jury_change_fr(d)}. Motif : {d.get('reason') or '–'}",
    "SittingPostponed": lambda d: "Passage reporté",
    "CandidateAbsent": lambda d: "Candidat absent",
    "CustomerHeard": lambda d: f"Compris par le client : « {d.get('text', '')} »",
}


def jury_change_fr(data: Mapping[str, Any]) -> str:
    """What became of a jury, without the reason: who left, who came, who plays the customer from then on."""
    left, entered = data.get("left"), data.get("entered")
    out, came = f"{data.get('left_name') or left}", f"{data.get('entered_name') or entered}"
    words = []
    if left and entered and data.get("same"):
        words.append(f"{came} passe de la place {left} à la place {entered}" if left != entered else f"{out} : nom corrigé en {came}")
    elif left and entered:
        words.append(f"{out} ({left}) est remplacé par {came} ({entered})")
    elif left:
        words.append(f"{out} ({left}) quitte le jury")
    elif entered:
        words.append(f"{came} ({entered}) entre au jury")
    if data.get("player"):
        words.append(f"{data.get('player_name') or data['player']} joue le client")
    return " ; ".join(words)


def sentence_fr(kind: str, data: Mapping[str, Any]) -> str:
    """One journal row as a sentence; "" for kinds that say nothing to a person."""
    say = SENTENCES.get(kind)
    return say(data) if say else ""
