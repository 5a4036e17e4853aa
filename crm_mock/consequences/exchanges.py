"""What follows from a contact or a note: its date and time."""

from __future__ import annotations

from crm_mock.consequences.world import Follows, Outcome, World
from crm_mock.models import Interaction, Note


def _interaction(before: Interaction | None, after: Interaction, world: World) -> Outcome:
    return Outcome(after.model_copy(update={"on": after.on or world.today, "at": after.at or world.now}))


def _note(before: Note | None, after: Note, world: World) -> Outcome:
    return Outcome(after.model_copy(update={"at": after.at or world.now}))


FOLLOWS: Follows = {"interaction": _interaction, "note": _note}
