"""What pydantic finds wrong, said in French to whoever wrote the file."""

from __future__ import annotations

import difflib
from typing import Any

_MESSAGES = {
    "missing": "clé obligatoire absente : l'ajouter",
    "string_type": "un texte est attendu",
    "string_too_short": "texte trop court ({min_length} signe(s) au moins)",
    "string_too_long": "texte trop long ({max_length} signes au plus)",
    "string_pattern_mismatch": "écriture non admise (modèle {pattern})",
    "int_type": "un nombre entier est attendu",
    "int_parsing": "un nombre entier est attendu",
    "int_from_float": "un nombre entier est attendu",
    "float_type": "un nombre est attendu",
    "float_parsing": "un nombre est attendu (avec un point : 2.5)",
    "bool_type": "true ou false est attendu",
    "bool_parsing": "true ou false est attendu",
    "tuple_type": "une liste est attendue ici (- …)",
    "list_type": "une liste est attendue ici (- …)",
    "dict_type": "des clés sont attendues ici (clé: valeur)",
    "model_type": "des clés sont attendues ici (clé: valeur)",
    "model_attributes_type": "des clés sont attendues ici (clé: valeur)",
    "greater_than_equal": "au moins {ge}",
    "less_than_equal": "au plus {le}",
    "greater_than": "plus de {gt}",
    "less_than": "moins de {lt}",
    "date_type": "une date est attendue (J+8, 2026-12-01 ou 01/12/2026)",
    "date_parsing": "une date est attendue (J+8, 2026-12-01 ou 01/12/2026)",
    "date_from_datetime_parsing": "une date est attendue (J+8, 2026-12-01 ou 01/12/2026)",
    "time_type": "une heure est attendue (09:30)",
    "time_parsing": "une heure est attendue (09:30)",
    "extra_forbidden": "clé inconnue",
}


def explain(error: Any) -> str:
    """A French sentence for one entry of `ValidationError.errors()`."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "literal_error":
        allowed = [part.strip().strip("'") for part in str(context.get("expected", "")).replace(" or ", ", ").split(",")]
        near = difflib.get_close_matches(str(error.get("input", "")), allowed, n=1, cutoff=0.5)
        hint = f" ; vouliez-vous dire « {near[0]} » ?" if near else ""
        return f"« {error.get('input')} » n'est pas admis : {', '.join(a or 'vide' for a in allowed)}{hint}"
    message = _MESSAGES.get(kind)
    return message.format(**context) if message else f"valeur non admise ({error['msg']})"
