"""A small pack with one written simulation beside those of the telephone, for tests of the chat."""

from __future__ import annotations

import textwrap
from pathlib import Path

from tests.scenarios.room_world import write_pack

FILES = {
    "simulation": """
        id: S3
        title: Elle écrit
        competence: c4
        channel: chat
        direction: entrant
        minutes: 10
        start_time: "10:20"
        briefing: Sur la messagerie.
        cues: [{id: besoin, label: Je questionne}]
        """,
    "persona": """
        name: Mme Inès Calvarez
        typing: 100
        opening: bjr
        situation: Elle hésite.
        request: Quelle machine ?
        hint: {after: 3, says: "vs me demandez pas cb on en boit ?"}
        hidden:
          - {id: usage, fact: Huit cafés par jour., reveal: si on demande}
          - {id: budget, fact: 350 €., reveal: si on demande}
        """,
    "dialogue": """
        start: bonjour
        lines:
          - id: bonjour
            say: ["Client virtuel automatique de Plateau. bjr S ou M ??"]
            then: ecoute
          - id: ecoute
            say: []
            next:
              - {when: {heard: ["combien"]}, go: usage, unless: [usage]}
              - {when: {heard: ["budget"]}, go: budget, unless: [budget]}
              - {when: {heard: ["au revoir"]}, go: adieu}
              - {when: {cue: besoin}, go: usage, unless: [usage]}
              - {when: {turn: 1}, go: robot}
          - id: robot
            say: ["vous etes un robot ?"]
            then: ecoute
          - id: usage
            say: ["8 par jour"]
            reveals: [usage]
            then: ecoute
          - id: budget
            say: ["350 max"]
            reveals: [budget]
            then: ecoute
          - id: adieu
            say: ["merci"]
            hang_up: true
          - id: allo
            say: ["vous etes la ?"]
        always:
          - {when: {silence: 30}, go: allo}
        """,
    "expected": """
        records:
          - id: prospecte
            label: La prospecte
            kind: contact
            match: {category: prospect, last_name: CALVAREZ}
            expect: {first_name: Inès}
            criteria: [c4.6]
          - id: mail
            label: Son accord
            kind: consent
            of: prospecte
            match: {purpose: e-mail}
            expect: {status: donné}
            count: 1
            criteria: [c4.6]
          - id: conversation
            label: Sa conversation
            kind: chat
            of: prospecte
            expect: {status: close, transcript: {contains: {who: conseiller, text: {contains: lune}}}}
            count: 1
            criteria: [c4.5]
        steps:
          - id: acceptee
            label: Conversation acceptée
            event: {kind: ChatAccepted}
            criteria: [c4.5]
          - id: fiche
            label: Fiche créée pendant la conversation
            event: {kind: RecordCreated, record_kind: contact}
            during_call: true
            criteria: [c4.6]
        heard:
          - criteria: [c4.1, c4.2, c4.3, c4.4]
            reason: Se lit dans la conversation.
        """,
}


def write_chat_pack(folder: Path) -> Path:
    """The pack of `room_world`, with S3 by chat."""
    root = write_pack(folder)
    for part, text in FILES.items():
        path = root / "simulations" / "S3" / f"{part}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    codes = root / "codes.yaml"
    added = "  c4:\n    - {code: CONSEIL_DONNE, label: Conseil donné}\n"
    codes.write_text(codes.read_text(encoding="utf-8").rstrip("\n") + "\n" + added, encoding="utf-8")
    return root
