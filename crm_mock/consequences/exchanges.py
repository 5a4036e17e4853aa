"""What follows from a contact, a note, a chat, a written reply: dates and times, counts, a reply handed in for good."""

from __future__ import annotations

import datetime as dt

from crm_mock.consequences.world import Follows, Outcome, World
from crm_mock.errors import BusinessRefusal, InvalidFields
from crm_mock.models import Chat, Interaction, Note, Reply
from crm_mock.rules import written_reply


def _interaction(before: Interaction | None, after: Interaction, world: World) -> Outcome:
    return Outcome(after.model_copy(update={"on": after.on or world.today, "at": after.at or world.now}))


def _note(before: Note | None, after: Note, world: World) -> Outcome:
    return Outcome(after.model_copy(update={"at": after.at or world.now}))


def _chat(before: Chat | None, after: Chat, world: World) -> Outcome:
    opened_at = after.opened_at or world.now
    closed_at = (after.closed_at or world.now) if after.status != "ouverte" else ""
    lines = tuple(line if line.at else line.model_copy(update={"at": world.now}) for line in after.transcript)
    seconds = _seconds(opened_at, after.answered_at)
    return Outcome(
        after.model_copy(update={"opened_at": opened_at, "closed_at": closed_at, "transcript": lines, "first_answer_seconds": seconds})
    )


def _seconds(start: str, end: str) -> int:
    """Whole seconds between two ISO instants; 0 when one is missing. Raises InvalidFields."""
    if not end:
        return 0
    try:
        elapsed = dt.datetime.fromisoformat(end) - dt.datetime.fromisoformat(start)
    except (ValueError, TypeError):
        raise InvalidFields({"answered_at": "Moment non reconnu."}) from None
    return min(1_000_000, max(0, int(elapsed.total_seconds())))


def _reply(before: Reply | None, after: Reply, world: World) -> Outcome:
    if before is not None and before.status == "remise":
        raise BusinessRefusal(["Cette réponse a été remise : elle ne se modifie plus."])
    length = written_reply.length(after.body)
    changes: dict[str, object] = {"word_count": length.words, "line_count": length.lines, "submitted_at": "", "sha256": ""}
    changes["spellcheck"] = world.spellcheck or (before is not None and before.spellcheck)
    if after.status == "remise":
        if not length.words:
            raise InvalidFields({"body": "La réponse est vide."})
        changes |= {"submitted_at": world.now, "sha256": written_reply.fingerprint(after.body)}
    return Outcome(after.model_copy(update=changes))


FOLLOWS: Follows = {"interaction": _interaction, "note": _note, "chat": _chat, "reply": _reply}
