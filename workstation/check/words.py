"""The result of a check of the room as people read it: one short cell an item, and for what is not right, why and the mend.

The codes are those of scenarios.room.check. Everything that a machine or a printer called itself is drawn as plain text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cti.messages import clean_text
from workstation.i18n import N_, _, labelled

Record = Mapping[str, Any]
SYMBOLS = {"ok": "✓", "warning": "!", "failed": "✕", "none": "–"}
ITEM_WORDS: dict[str, str] = {
    "version": N_("Plateau"),
    "clock": N_("Horloge"),
    "line": N_("Ligne"),
    "secret": N_("Chiffrement"),
    "loop": N_("Boucle"),
    "headset": N_("Casque"),
    "printer": N_("Imprimante"),
    "listening": N_("Écoute"),
}
CELL_LIMIT = 22  # characters of a device's name in a cell
GAP = "  "
MANY = 2  # places of a kind; more of them are named together


@dataclass(frozen=True)
class Words:
    """In the cell; what is wrong, and the mend: "" where all is well. All marked, with the cell's values and `place` in braces."""

    short: str
    what: str = ""
    mend: str = ""


_SILENT = Words(N_("muet"), N_("la machine n'a pas répondu à temps"), N_("voir si Plateau y répond encore, au besoin le relancer"))
_NO_CALL = Words(
    N_("pas d'appel"),
    N_("l'appel d'essai n'a pas abouti ({cause})"),
    N_("voir la ligne ; raccrocher un appel ou une écoute en cours"),
)

WORDS: dict[tuple[str, str], Words] = {
    ("version", "version"): Words("{here}", N_("Plateau {here}, et {room} sur le serveur"), N_("mettre la même version sur cette machine")),
    ("version", "silent"): _SILENT,
    ("version", "closed"): Words(
        N_("FERMÉ"),
        N_("Plateau n'est pas ouvert sur {device}"),
        N_("y lancer plateau desk ou plateau jury ; sinon plateau code {place} --revoke"),
    ),
    ("version", "not_enrolled"): Words(
        N_("pas inscrite"), N_("aucune machine n'y est inscrite : la place ne compte pas"), N_("plateau code {place}, si elle doit servir")
    ),
    ("clock", "clock"): Words(
        "{skew} s", N_("l'horloge s'écarte de {skew} s de celle de la salle"), N_("mettre la machine à l'heure (heure automatique)")
    ),
    ("clock", "silent"): _SILENT,
    ("line", "registered"): Words(N_("inscrite")),
    ("line", "unreachable"): Words(
        N_("injoignable"),
        N_("la ligne est inscrite et le central ne l'atteint pas ({address})"),
        N_("vérifier le réseau et le pare-feu de cette machine"),
    ),
    ("line", "not_registered"): Words(
        N_("absente"),
        N_("la ligne n'est pas inscrite au central"),
        N_("vérifier le réseau de cette machine et que le central tourne (plateau asterisk status)"),
    ),
    ("line", "refused"): Words(
        N_("refusée"), N_("le central refuse le mot de passe de la ligne"), N_("inscrire de nouveau la machine : plateau code {place}")
    ),
    ("line", "no_phone"): Words(
        N_("pas de tél."), N_("le téléphone de la machine ne tourne pas"), N_("relancer Plateau sur cette machine ; voir phone.log")
    ),
    ("secret", "secret"): Words("TLS + SRTP"),
    ("secret", "plain_room"): Words(N_("EN CLAIR"), N_("la salle est réglée sans chiffrement"), "plateau asterisk configure --encrypted"),
    ("secret", "plain_signalling"): Words(
        N_("SANS TLS"), N_("la ligne est inscrite sans TLS ({transport})"), N_("inscrire de nouveau la machine : plateau code {place}")
    ),
    ("secret", "plain_voice"): Words(
        N_("SANS SRTP"),
        N_("la voix de l'appel d'essai n'était pas chiffrée"),
        N_("vérifier la version de Plateau et les réglages du central"),
    ),
    ("secret", "no_call"): _NO_CALL,
    ("secret", "silent"): _SILENT,
    ("loop", "echo"): Words("{delay_ms} ms {level} %"),
    ("loop", "loud"): Words(
        "{delay_ms} ms {level} %", N_("le son revient plus fort qu'envoyé ({level} %)"), N_("vérifier les réglages de son de la machine")
    ),
    ("loop", "slow"): Words(
        "{delay_ms} ms {level} %", N_("le son revient tard ({delay_ms} ms, 300 au plus)"), N_("alléger le réseau ou la machine")
    ),
    ("loop", "late"): Words(
        "{delay_ms} ms {level} %",
        N_("le son revient bien trop tard ({delay_ms} ms)"),
        N_("vérifier le réseau (Wi-Fi ?) et la charge de la machine"),
    ),
    ("loop", "faint"): Words(
        "{delay_ms} ms {level} %", N_("le son revient trop faible ({level} %)"), N_("vérifier le réseau ; refaire le contrôle")
    ),
    ("loop", "muted"): Words(N_("micro coupé"), N_("le micro est coupé au poste"), N_("rétablir le micro (touche du micro, au poste)")),
    ("loop", "no_echo"): Words(
        N_("RIEN N'ARRIVE"), N_("le son envoyé ne revient pas"), N_("vérifier le pare-feu (RTP) entre la machine et le serveur")
    ),
    ("loop", "no_call"): _NO_CALL,
    ("loop", "silent"): _SILENT,
    ("headset", "headset"): Words("{speaker}"),
    ("headset", "file"): Words(N_("fichier"), N_("un fichier tient lieu de casque"), N_("relancer sans --mic ni --speaker pour un examen")),
    ("headset", "still_microphone"): Words(
        N_("micro muet"), N_("il ne sort rien du micro {microphone}"), N_("voir l'interrupteur du casque ; parler et refaire le contrôle")
    ),
    ("headset", "not_tried"): Words(N_("non essayé"), N_("le casque n'a pas pu être essayé sans appel"), N_("régler d'abord la ligne")),
    ("headset", "no_device"): Words(
        N_("AUCUN"), N_("la machine n'a ni micro ni écouteur"), N_("brancher le casque ; voir les réglages de son du poste")
    ),
    ("headset", "lost"): Words(N_("PERDU"), N_("le casque a disparu"), N_("rebrancher le casque")),
    ("headset", "unknown"): Words(
        N_("inconnu"), N_("le téléphone n'a rien dit de ses appareils de son"), N_("relancer Plateau sur cette machine")
    ),
    ("headset", "microphone_shut"): Words(
        N_("micro fermé"),
        N_("le micro {microphone} ne s'ouvre pas"),
        N_("libérer le micro (autre logiciel ?) et vérifier ses autorisations"),
    ),
    ("headset", "speaker_shut"): Words(
        N_("écouteur fermé"), N_("l'écouteur {speaker} ne s'ouvre pas"), N_("libérer l'écouteur (autre logiciel ?)")
    ),
    ("headset", "silent"): _SILENT,
    ("printer", "no_printer"): Words(
        N_("non configurée"),
        N_("aucune imprimante n'est configurée"),
        N_('printer = "ipp://machine:port/file" dans station.toml, si elle doit servir'),
    ),
    ("printer", "printer_ready"): Words("{printer}"),
    ("printer", "printer_stopped"): Words(
        N_("ARRÊTÉE"), N_("l'imprimante {printer} est arrêtée ({detail})"), N_("papier, bourrage, capot : la remettre en marche")
    ),
    ("printer", "printer_refusing"): Words(
        N_("REFUSE"), N_("l'imprimante {printer} refuse les travaux ({detail})"), N_("l'autoriser à imprimer")
    ),
    ("printer", "printer_unreachable"): Words(
        N_("INJOIGNABLE"), N_("l'imprimante {printer} ne répond pas ({detail})"), N_("l'allumer, vérifier son adresse dans station.toml")
    ),
    ("printer", "silent"): _SILENT,
    ("listening", "heard"): Words("↔ {with}"),
    ("listening", "deaf"): Words(
        N_("SOURDE"),
        N_("l'écoute avec {with} n'apporte pas le son attendu"),
        N_("refaire le contrôle ; sinon vérifier le réseau de cette machine"),
    ),
    ("listening", "not_journaled"): Words(
        N_("HORS JOURNAL"),
        N_("l'écoute avec {with} s'entend, et le journal du poste n'en dit rien"),
        N_("ne pas ouvrir d'examen ; redémarrer le serveur de salle et le central, refaire le contrôle"),
    ),
    ("listening", "no_tone"): Words(
        N_("sans signal"), N_("{with} n'a pas pu jouer le signal d'essai"), N_("régler d'abord la ligne de {with}")
    ),
    ("listening", "no_ear"): Words(
        N_("pas d'appel"), N_("l'appel d'écoute de {with} n'a pas abouti ({cause})"), N_("refaire le contrôle ; voir la ligne de la place")
    ),
    ("listening", "no_line"): Words(N_("sans ligne"), N_("l'écoute ne peut être essayée sans ligne"), N_("régler d'abord la ligne")),
    ("listening", "no_seat"): Words(
        N_("sans jury"), N_("aucune place de jury n'a pu écouter ce poste"), N_("ouvrir une place de jury : plateau jury")
    ),
    ("listening", "no_station"): Words(N_("sans poste"), N_("aucun poste n'a pu être écouté d'ici"), N_("ouvrir un poste : plateau desk")),
    ("listening", "listening_refused"): Words(
        N_("REFUSÉE"), N_("le central a refusé l'écoute : {detail}"), N_("vérifier que le central tourne : plateau asterisk status")
    ),
}

CAUSES: dict[str, str] = {
    "busy": N_("un appel ou une écoute est en cours"),
    "late": N_("pas à temps"),
    "gave_way": N_("un vrai appel est passé devant"),
    "no_answer": N_("pas de réponse du central"),
    "network": N_("réseau"),
    "no_phone": N_("téléphone arrêté"),
    "phone_lost": N_("le téléphone s'est arrêté"),
    "unknown_number": N_("numéro d'essai inconnu du central"),
    "refused": N_("refusé par le central"),
}


@dataclass(frozen=True)
class Fault:
    """One thing that is not right, at however many places and items. `state`: warning, failed."""

    state: str
    text: str


def cell_words(item: str, cell: Record) -> str:
    """Symbol and value, in a few characters: never a symbol alone but where there is nothing to say."""
    symbol = SYMBOLS.get(str(cell["state"]), "?")
    if cell["state"] == "none":
        return symbol
    return f"{symbol} {_(_words(item, cell).short).format_map(_Values(cell, CELL_LIMIT))}".rstrip()


def faults(result: Record) -> list[Fault]:
    """What is not right and its mend, what stands against the room first; the same at several items or places is said once."""
    items = dict[tuple[str, ...], list[str]]()  # place, state, what, mend → items
    for place in result["places"]:
        for item, cell in place["cells"].items():
            if cell["state"] in ("failed", "warning"):
                words, values = _words(item, cell), _Values(cell, 120, "{place}")
                key = (place["id"], cell["state"], _(words.what).format_map(values), _(words.mend).format_map(values))
                items.setdefault(key, []).append(_(ITEM_WORDS[item]))
    places = dict[tuple[str, ...], list[str]]()  # state, items, what, mend → places
    for (place_id, state, what, mend), titles in items.items():
        places.setdefault((state, ", ".join(titles), what, mend), []).append(place_id)
    labels = {place["id"]: clean_text(str(place["label"]), 20) for place in result["places"]}
    stations, seats = (frozenset(p["id"] for p in result["places"] if p["kind"] == kind) for kind in ("station", "seat"))
    everywhere = {stations | seats: _("Toutes les places"), stations: _("Tous les postes"), seats: _("Toutes les places de jury")}
    everywhere = {ids: words for ids, words in everywhere.items() if len(ids) > MANY}
    found = []
    for (state, titles_told, what, mend), ids in places.items():
        where = everywhere.get(frozenset(ids)) or ", ".join(labels[one] for one in ids)
        mended = mend.replace("{place}", ids[0] if len(ids) == 1 else _("PLACE"))
        told = labelled(f"{where} · {titles_told}", what)
        found.append(Fault(state, f"{SYMBOLS[state]} {told}" + (f" → {mended}" if mended else "")))
    return sorted(found, key=lambda fault: fault.state != "failed")


def missing(result: Record) -> list[Fault]:
    """Kinds of places of which the room has none."""
    here = {place["kind"] for place in result["places"] if place["presence"] == "here"}
    words = {"station": N_("aucun poste n'est ouvert"), "seat": N_("aucune place de jury n'est ouverte")}
    return [Fault("failed", f"{SYMBOLS['failed']} {_(what)}") for kind, what in words.items() if kind not in here]


def tables(result: Record, width: int) -> list[list[str]]:
    """A line a place under a line of titles; columns that do not fit `width` make a further table."""
    columns = [[_("Place"), *(clean_text(str(place["label"]), 20) for place in result["places"])]]
    columns += [[_(title), *(cell_words(item, place["cells"][item]) for place in result["places"])] for item, title in ITEM_WORDS.items()]
    padded = [[text.ljust(max(map(len, column))) for text in column] for column in columns]
    first, found = padded[0], list[list[str]]()
    lines = first
    for column in padded[1:]:
        if lines is not first and len(lines[0]) + len(GAP) + len(column[0]) > width:
            found.append(lines)
            lines = first
        lines = [line + GAP + text for line, text in zip(lines, column, strict=True)]
    return [[line.rstrip() for line in table] for table in (*found, lines)]


def verdict_words(result: Record, against: Sequence[Fault]) -> str:
    if result["verdict"] == "go":
        return _("GO : la salle est prête ({seconds} s de contrôle).").format(seconds=number(result["seconds"], 0))
    count = sum(fault.state == "failed" for fault in against)
    return _("NO-GO : {count} point(s) à régler.").format(count=count)


def progress_words(state: Record) -> str:
    match state.get("step"):
        case "loop":
            return _("Chaque machine s'appelle elle-même…")
        case "listening":
            return _("Écoute, tour {round} sur {rounds}…").format(round=state["round"], rounds=state["rounds"])
        case "listening_again":
            return _("Écoute, tour de vérification…")
    return _("Les machines sont appelées…")


def number(value: float, digits: int, signed: bool = False) -> str:
    """As the language writes it."""
    text = f"{round(value, digits) + 0.0:{'+' if signed else ''}.{digits}f}"  # no negative zero
    return text.replace(".", _(","))


def _words(item: str, cell: Record) -> Words:
    return WORDS.get((item, str(cell["why"])), Words("?", str(cell["why"])))  # of a newer room server


class _Values(dict[str, str]):
    """A cell's values, ready to be read."""

    def __init__(self, cell: Record, limit: int, place: str = "") -> None:
        super().__init__({name: self._shown(name, value, limit) for name, value in cell["values"].items()}, place=place)

    @staticmethod
    def _shown(name: str, value: object, limit: int) -> str:
        if name == "level" and isinstance(value, (int, float)):
            return number(value * 100, 0)
        if name == "skew" and isinstance(value, (int, float)):
            return number(value, 2, signed=True)
        if name == "cause":
            return _(CAUSES.get(str(value), str(value))) or "?"
        return clean_text(str(value), limit)

    def __missing__(self, name: str) -> str:
        return ""
