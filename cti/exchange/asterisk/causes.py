"""Why a call ended (ITU-T Q.850), in words for people."""

from __future__ import annotations

_WORDS = {
    1: "numéro non attribué",
    3: "destination inaccessible",
    16: "raccroché",
    17: "occupé",
    18: "ne répond pas",
    19: "ne répond pas",
    20: "poste non connecté",
    21: "refusé",
    22: "le numéro a changé",
    26: "pris par un autre poste",
    27: "destination hors service",
    28: "numéro incomplet",
    31: "fin normale",
    34: "aucune voie libre",
    38: "réseau hors service",
    41: "panne passagère du réseau",
    42: "central encombré",
    44: "le son n'arrivait plus",
    50: "service non souscrit",
    57: "non autorisé",
    58: "voie incompatible",
    63: "service indisponible",
    79: "service non réalisé",
    88: "destination incompatible",
    102: "délai dépassé",
    111: "erreur de protocole",
}


def words_of(cause: int) -> str:
    """ "" for a cause that says nothing to a person."""
    return _WORDS.get(cause, "")
