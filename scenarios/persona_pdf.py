"""The customers' sheets on paper, for whoever plays them when the screens are off: one page a simulation, in the largest type that fits,
with a box to tick for each hidden fact and for the hint. For the jury alone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from crm_mock.document_pages import printable
from crm_mock.rules.telephone import display
from scenarios.pack import Pack, Simulation

_SIDE, _TOP, _FOOT = 15 * mm, 14 * mm, 16 * mm
_WIDTH, _HEIGHT = A4[0] - 2 * _SIDE, A4[1] - _TOP - _FOOT
LARGEST, SMALLEST = 15.0, 8.0  # points; a sheet that does not fit in the smallest goes on over the page
MOODS_FR = {1: "hostile", 2: "méfiante", 3: "neutre", 4: "aimable", 5: "charmante"}
FAILURE_FR = "« La ligne est mauvaise, je vous rappelle dans une minute. » Raccrocher, rappeler."
_BOX = "<font name='Courier'>[ ]</font> "


@dataclass(frozen=True)
class PersonaSheets:
    pdf: bytes
    pages: int


def persona_pdf(pack: Pack) -> PersonaSheets:
    """Of every simulation of the subject, then of the spares."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setTitle(printable(f"{pack.identity.title} – fiches des clients"))
    pages = 0
    for simulation in pack.playable:
        for shown in _pages(list(_lines(simulation))):
            pages += 1
            top = A4[1] - _TOP
            for one in shown:
                top -= one.getSpaceBefore() + one.wrap(_WIDTH, _HEIGHT)[1]
                one.drawOn(canvas, _SIDE, top)
            canvas.setFont("Helvetica", 8)
            canvas.drawString(_SIDE, 9 * mm, printable(f"{pack.identity.title} · sujet {pack.identity.subject} · {pack.day:%d/%m/%Y}"))
            canvas.drawRightString(A4[0] - _SIDE, 9 * mm, "Réservé au jury : ne pas laisser devant un candidat")
            canvas.showPage()
    canvas.save()
    return PersonaSheets(out.getvalue(), pages)


def _lines(simulation: Simulation) -> Iterator[tuple[str, str]]:
    """What stands on the sheet, as (kind, markup): title, head, text. Outside text is never markup."""
    persona, who = simulation.persona, "le candidat l'appelle" if simulation.direction == "sortant" else "appelle le candidat"
    yield "title", _safe(f"{simulation.id} · {persona.name}{f' · {display(persona.number)}' if persona.number else ''}")
    how = "écrit au candidat" if simulation.channel == "chat" else who
    about = (simulation.title, simulation.competence, how, f"{simulation.minutes} min", f"humeur : {MOODS_FR[persona.mood]}")
    yield "text", _safe(" · ".join(about))
    if len(persona.speakers) > 1:
        yield "text", _safe(f"Qui parle, dans l'ordre : {', '.join(one.name for one in persona.speakers)}")
    yield from _paragraph("Premiers mots", f"« {persona.opening} »")
    yield from _paragraph("Situation", persona.situation)
    yield from _paragraph("Ce qu'il demande", persona.request)
    yield from _paragraph("Ce dont il a besoin au fond", persona.real_need)
    if persona.hidden:
        yield "head", _safe("Ce qu'il ne dit que si… (cocher ce qui est dit)")
    for fact in persona.hidden:
        yield "text", f"{_BOX}{_safe(fact.fact)} <i>→ {_safe(fact.reveal)}</i>"
    if persona.objections:
        yield "head", _safe("Objections, dans l'ordre")
    for place, one in enumerate(persona.objections, 1):
        ends = [f"<i>{word} {_safe(text)}</i>" for word, text in (("cède si", one.yields_if), ("ne cède pas si", one.holds_if)) if text]
        yield "text", f"{place}. « {_safe(one.says)} » {' ; '.join(ends)}"
    if persona.branches is not None:
        yield "head", _safe("Selon le candidat")
        yield "text", f"<b>À l'aise :</b> {_safe(persona.branches.good)}"
        yield "text", f"<b>Moyen :</b> {_safe(persona.branches.average)}"
    if persona.hint is not None:
        yield "head", _safe(f"Indice, s'il est bloqué : dès {persona.hint.after} min")
        yield "text", f"{_BOX}« {_safe(persona.hint.says)} » donné à ....... min"
    yield from _paragraph("Jusqu'où il accepte", persona.limits)
    yield from _paragraph("Ne pas improviser", persona.forbidden)
    yield from _paragraph("Comment il prend congé", persona.ending)
    yield from _paragraph("En cas de panne", FAILURE_FR)


def _paragraph(title: str, text: str) -> Iterator[tuple[str, str]]:
    if text:
        yield "head", _safe(title)
        yield "text", _safe(text)


def _safe(text: str) -> str:
    return escape(printable(text))


def _pages(lines: list[tuple[str, str]]) -> list[list[Paragraph]]:
    """Laid out in the largest type in which all of it is on one page; over several in the smallest."""
    size = LARGEST
    while size > SMALLEST and len(_laid(lines, size)) > 1:
        size -= 0.5
    return _laid(lines, size)


def _laid(lines: list[tuple[str, str]], size: float) -> list[list[Paragraph]]:
    styles = _styles(size)
    pages: list[list[Paragraph]] = [[]]
    left = _HEIGHT
    for kind, text in lines:
        one = Paragraph(text, styles[kind])
        height = one.getSpaceBefore() + one.wrap(_WIDTH, _HEIGHT)[1]
        if height > left and pages[-1]:
            pages.append([])
            left = _HEIGHT
        pages[-1].append(one)
        left -= height
    return pages


def _styles(size: float) -> dict[str, ParagraphStyle]:
    ink, bold = colors.black, "Helvetica-Bold"
    text = ParagraphStyle("text", fontName="Helvetica", fontSize=size, leading=size * 1.2, textColor=ink, spaceBefore=size * 0.15)
    head = ParagraphStyle("head", parent=text, fontName=bold, fontSize=size * 0.85, spaceBefore=size * 0.5)
    title = ParagraphStyle("title", parent=text, fontName=bold, fontSize=size * 1.35, leading=size * 1.6, spaceBefore=0)
    return {"text": text, "head": head, "title": title}
