"""The persona sheet in the order in which it is played: first words, situation, request, what is hidden and when it is said, objections,
how it goes on with a good, an average, a stuck candidate, limits, what must not be improvised, the end, and what to say when the telephone
fails. All of it is the pack's text: never markup."""

from __future__ import annotations

from rich.text import Text

from workstation.desk.state import Record
from workstation.desk.words import number_words
from workstation.i18n import N_, _, labelled
from workstation.jury.console.room_view import record, records
from workstation.ui.plain_text import one_line, plain, plain_lines

MOODS = {1: N_("hostile"), 2: N_("méfiante"), 3: N_("neutre"), 4: N_("aimable"), 5: N_("charmante")}
FAILURE = N_("« La ligne est mauvaise, je vous rappelle dans une minute. » Puis raccrochez et rappelez par F3.")
_SHOWN = {
    "contact_id", "number", "name", "mood", "speakers", "opening", "situation", "request", "real_need", "hidden", "objections",
    "branches", "hint", "limits", "forbidden", "ending", "technical_failure",
}  # fmt: skip


def sheet_text(sheet: Record) -> Text:
    """`sheet`: what GET /jury/persona gives."""
    persona = record(sheet.get("persona"))
    text = Text()
    name = one_line(persona.get("name") or "")
    number = number_words(str(persona.get("number") or "")) if persona.get("number") else ""
    text.append(f"{name}   {one_line(number)}\n", "bold")
    mood = persona.get("mood")
    if isinstance(mood, int) and mood in MOODS:
        text.append(labelled(_("Humeur"), f"{mood}/5, {_(MOODS[mood])}") + "\n")
    speakers = [one_line(s.get("name") or "") for s in records(persona.get("speakers"))]
    if len(speakers) > 1:
        text.append(labelled(_("Qui parle, dans l'ordre"), ", ".join(speakers)) + "\n")
    text.append("\n" + _("PREMIERS MOTS") + "\n", "bold underline")
    text.append("\n  « ", "bold").append_text(plain_lines(persona.get("opening") or "", "bold reverse")).append(" »\n", "bold")
    for title, field in (
        (N_("SITUATION"), "situation"),
        (N_("CE QU'IL DEMANDE"), "request"),
        (N_("CE DONT IL A BESOIN AU FOND"), "real_need"),
    ):
        _paragraph(text, title, persona.get(field))
    _hidden(text, records(persona.get("hidden")))
    _objections(text, records(persona.get("objections")))
    _stuck(text, record(persona.get("branches")), record(persona.get("hint")))
    _paragraph(text, N_("JUSQU'OÙ IL ACCEPTE"), persona.get("limits"))
    _paragraph(text, N_("NE PAS IMPROVISER"), persona.get("forbidden"), "bold")
    _paragraph(text, N_("COMMENT IL PREND CONGÉ"), persona.get("ending"))
    for field, value in persona.items():
        if field not in _SHOWN and value:
            _paragraph(text, one_line(field).upper(), value)
    _paragraph(text, N_("EN CAS DE PANNE"), persona.get("technical_failure") or _(FAILURE))
    return text


def _paragraph(text: Text, title: str, value: object, style: str = "") -> None:
    if not value:
        return
    text.append(f"\n{_(title)}\n", "bold underline")
    text.append_text(plain_lines(value, style)).append("\n")


def _hidden(text: Text, facts: list[Record]) -> None:
    if not facts:
        return
    text.append("\n" + _("CE QU'IL NE DIT QUE SI…") + "\n", "bold underline")
    for fact in facts:
        text.append(" • ").append_text(plain(fact.get("fact") or "", limit=600)).append("\n")
        text.append("      → ", "bold").append_text(plain(fact.get("reveal") or "", "italic", limit=300)).append("\n")


def _stuck(text: Text, branches: Record, hint: Record) -> None:
    """How it goes on with one who does well, so-so, or is stuck: then what may be said, and when."""
    if branches or hint:
        text.append("\n" + _("SELON LE CANDIDAT") + "\n", "bold underline")
    for word, field in ((N_("à l'aise :"), "good"), (N_("moyen :"), "average")):
        if branches.get(field):
            text.append(f" {_(word)} ", "bold").append_text(plain(branches[field], limit=600)).append("\n")
    if hint:
        word = _("bloqué, dès {minutes} min, un indice :").format(minutes=hint.get("after", "?"))
        text.append(f" {one_line(word)} « ", "bold").append_text(plain(hint.get("says") or "", limit=600)).append(" »\n", "bold")


def _objections(text: Text, objections: list[Record]) -> None:
    if not objections:
        return
    text.append("\n" + _("OBJECTIONS, DANS L'ORDRE") + "\n", "bold underline")
    for place, one in enumerate(objections, 1):
        text.append(f" {place}. « ").append_text(plain(one.get("says") or "", limit=600)).append(" »\n")
        for word, field in ((N_("cède si"), "yields_if"), (N_("ne cède pas si"), "holds_if")):
            if one.get(field):
                text.append(f"      {_(word)} ", "bold").append_text(plain(one[field], "italic", limit=300)).append("\n")
