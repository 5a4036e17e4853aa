"""The written reply of a simulation beside what its pack looks for in it: what is in the text, what is not. Pure.

Nothing here says whether it is well written, or whether a sentence means what it should: an expression stands in the
text or it does not, and people read the reply itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from crm_mock.rules import written_reply
from crm_mock.rules.calendar import PARIS
from scenarios.pack import ExpectedMention, Simulation
from scenarios.pack_letters import blanks, writings

Reply = Mapping[str, Any]  # a record of kind `reply`, as JSON values


class WrittenPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MentionLine(WrittenPart):
    """`found`, `missing`: the expressions looked for. `absent`: none was to be written. `same`: the text is as the pack waits for it."""

    label: str
    found: tuple[str, ...]
    missing: tuple[str, ...]
    absent: bool
    same: bool
    criteria: tuple[str, ...] = ()


class WrittenLine(WrittenPart):
    """`state`: "absente", "brouillon", "remise"; `submitted` the hour as told; `blanks`: fields of a template left as they were."""

    id: str
    title: str
    state: str
    submitted: str = ""
    channel: str = ""
    words: int = 0
    lines: int = 0
    remark: str = ""
    spellcheck: bool = False
    blanks: tuple[str, ...] = ()
    sha256: str = ""
    mentions: tuple[MentionLine, ...] = ()


def written_line(simulation: Simulation, replies: Sequence[Reply]) -> WrittenLine | None:
    """What there is of the reply asked for, None when none is. Of several, the one handed in, else the first given."""
    asked = simulation.written
    if asked is None:
        return None
    own = [reply for reply in replies if reply.get("simulation") == simulation.id]
    reply = next((one for one in own if one.get("status") == "remise"), own[0] if own else None)
    if reply is None:
        return WrittenLine(id=asked.id, title=asked.title, state="absente")
    body, channel = str(reply.get("body") or ""), str(reply.get("channel") or "")
    whole = f"{reply.get('subject') or ''}\n{body}"
    length = written_reply.length(body)
    return WrittenLine(
        id=asked.id,
        title=asked.title,
        state=str(reply.get("status") or ""),
        submitted=_hour(str(reply.get("submitted_at") or "")),
        channel=channel,
        words=length.words,
        lines=length.lines,
        remark=written_reply.length_words(body, channel),
        spellcheck=bool(reply.get("spellcheck")),
        blanks=blanks(whole),
        sha256=str(reply.get("sha256") or ""),
        mentions=tuple(_mention(one, whole, simulation.competence) for one in simulation.expected.written),
    )


def _hour(instant: str) -> str:
    """The hour of the company's clock at an instant."""
    return f"{dt.datetime.fromisoformat(instant).astimezone(PARIS):%H:%M:%S}" if instant else ""


def _mention(one: ExpectedMention, text: str, competence: str) -> MentionLine:
    found = tuple(m for m in one.mentions if any(written_reply.mentions(text, writings(m)).values()))
    missing = tuple(m for m in one.mentions if m not in found)
    label = one.label or next((e.label for e in written_reply.ELEMENTS.get(competence, ()) if e.id == one.element), one.element)
    return MentionLine(
        label=label, found=found, missing=missing, absent=one.absent, same=not (found if one.absent else missing), criteria=one.criteria
    )


def reply_sentence(line: WrittenLine) -> str:
    """The reply itself: whether it is there, since when, by which channel, how long."""
    if line.state == "absente":
        return f"Réponse écrite {line.id} : rien n'a été écrit."
    size = f"{line.channel}, {line.words} mots, {line.lines} lignes" + (", avec correcteur" if line.spellcheck else "")
    if line.state != "remise":
        return f"Réponse écrite {line.id} : commencée, non remise ({size})."
    return f"Réponse écrite {line.id} : remise à {line.submitted} ({size})."


def reply_sentences(line: WrittenLine) -> list[str]:
    """All that is to be said of it, as facts."""
    told = [reply_sentence(line)]
    if line.state != "absente":
        told += [f"Longueur : {line.remark}"] if line.remark else []
        told += [f"Champs du modèle laissés tels quels : {', '.join(f'[{one}]' for one in line.blanks)}"] if line.blanks else []
        told += [mention_sentence(one) for one in line.mentions]
    return told


def mention_sentence(line: MentionLine) -> str:
    if line.absent:
        return f"{line.label} : {'rien de tel dans le texte' if line.same else 'le texte contient ' + _quoted(line.found)}"
    return f"{line.label} : {'dans le texte' if line.same else 'non trouvé dans le texte : ' + _quoted(line.missing)}"


def _quoted(mentions: Sequence[str]) -> str:
    return ", ".join(" ou ".join(f"« {one} »" for one in writings(mention)) for mention in mentions)


def written_facts(line: WrittenLine | None, criterion: str, written_criteria: Sequence[str]) -> list[str]:
    """What bears on one criterion of the référentiel."""
    if line is None or criterion not in written_criteria:
        return []
    own = [mention_sentence(one) for one in line.mentions if criterion in one.criteria] if line.state != "absente" else []
    return [reply_sentence(line), *own]
