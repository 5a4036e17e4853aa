"""Who answers at a number that is nobody's of the simulation: a service of the company, an answering machine, a wrong number.

A desk's telephone must never ring in the void: every number of the practice lab leads somewhere, and these few dialogues are
where. They are said by a voice of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from scenarios.pack import Dialogue, Edge, Line, Pack, Service, Simulation, Speaker, When

WRITTEN = "chat"  # channel of a simulation: whoever writes does not pick up
STOCK_SPEAKER = Speaker(id="poste", name="", gender="f", pitch=0.95, speed=1.0)


@dataclass(frozen=True)
class Answering:
    """Who is at the end of a dialled number. `simulation_id` is set when it is the customer."""

    kind: Literal["customer", "service", "voicemail", "wrong number"]
    dialogue: Dialogue
    speakers: tuple[Speaker, ...]
    simulation_id: str = ""
    facts: frozenset[str] = frozenset()  # hidden facts of the persona: what CustomerRevealed may tell


def e164(dialled: str) -> str:
    """A dialled number of France, or one already international, in E.164; anything else as its digits."""
    digits = re.sub(r"[^\d+]", "", dialled)
    if digits.startswith("00"):
        return "+" + digits[2:]
    if re.fullmatch(r"0[1-9]\d{8}", digits):
        return "+33" + digits[1:]
    return digits


def who_answers(pack: Pack, current: str, dialled: str) -> Answering:
    """`current` is the id of the simulation being played, or ""; `dialled` the user part of the request URI."""
    number = e164(dialled)
    playing = next((s for s in pack.playable if s.id == current), None)
    if playing is not None and playing.channel != WRITTEN and e164(playing.persona.number) == number:
        return customer_of(playing)
    service = next((s for s in pack.services if e164(s.number) == number), None)
    if service is not None or number == e164(pack.company.phone):
        return Answering("service", service_greeting(service, pack.company.name), (_named(service),))
    known = {e164(s.persona.number) for s in pack.playable if s.persona.number}
    known |= {e164(str(r.value)) for r in pack.records if r.kind == "contact_point" and getattr(r, "channel", "") != "e-mail"}  # type: ignore[attr-defined]  # contact points have a value
    if number in known:
        return Answering("voicemail", VOICEMAIL, (STOCK_SPEAKER,))
    return Answering("wrong number", WRONG_NUMBER, (STOCK_SPEAKER.model_copy(update={"gender": "m"}),))


def customer_of(simulation: Simulation) -> Answering:
    persona = simulation.persona
    return Answering("customer", simulation.dialogue, persona.speakers, simulation.id, frozenset(fact.id for fact in persona.hidden))


def _named(service: Service | None) -> Speaker:
    return STOCK_SPEAKER.model_copy(update={"name": service.name if service else "Standard"})


def service_greeting(service: Service | None, company: str) -> Dialogue:
    """A colleague who takes over whatever is passed on: greets, hears what it is about, and thanks."""
    name = service.name if service else "le standard"
    return Dialogue(
        start="accueil",
        lines=(
            Line(
                id="accueil",
                speaker="poste",
                say=(f"{company}, {name}, bonjour.",),
                next=(Edge(when=When(turn=1), go="reprise"), Edge(when=When(silence=8), go="fin")),
            ),
            Line(
                id="reprise",
                speaker="poste",
                say=("Très bien, je prends la suite. Vous pouvez me passer l'appel.",),
                next=(Edge(when=When(turn=1), go="fin"), Edge(when=When(silence=20), go="fin")),
            ),
            Line(id="fin", speaker="poste", say=("Merci, au revoir.",), hang_up=True),
        ),
    )


VOICEMAIL = Dialogue(
    start="annonce",
    lines=(
        Line(
            id="annonce",
            speaker="poste",
            say=("Bonjour, je ne suis pas disponible pour le moment. Vous pouvez laisser un message après le signal. Merci, à bientôt.",),
            interruptible=False,
            next=(Edge(when=When(turn=1), go="fin"), Edge(when=When(silence=5), go="fin")),
        ),
        Line(id="fin", speaker="poste", hang_up=True),
    ),
)

WRONG_NUMBER = Dialogue(
    start="allo",
    lines=(
        Line(
            id="allo",
            speaker="poste",
            say=("Allô ?",),
            next=(Edge(when=When(turn=1), go="erreur"), Edge(when=When(silence=5), go="erreur")),
        ),
        Line(
            id="erreur",
            speaker="poste",
            say=("Ah non, désolé, vous faites erreur : il n'y a personne de ce nom ici. Bonne journée.",),
            hang_up=True,
        ),
    ),
)
