"""What can be said of a dialogue without playing it: whether it can be played, and every text it may say. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scenarios.customer import hearing
from scenarios.pack import Dialogue


class DialogueError(ValueError):
    """The graph cannot be played; the message names the node."""


def check(dialogue: Dialogue) -> None:
    """Raises DialogueError for an unknown or doubled node, a regular expression that is not one, or a loop of `then` that never waits."""
    names = [line.id for line in dialogue.lines]
    if doubled := sorted({n for n in names if names.count(n) > 1}):
        raise DialogueError(f"node written twice: {', '.join(doubled)}")
    by_name = {line.id: line for line in dialogue.lines}
    for where, target in _targets(dialogue):
        if target not in by_name:
            raise DialogueError(f"{where} leads to an unknown node: {target}")
    for line in dialogue.lines:
        seen, at = {line.id}, line
        while at.then and not at.hang_up:
            if at.then in seen:
                raise DialogueError(f"{line.id}: its `then` comes round to {at.then} without waiting")
            seen.add(at.then)
            at = by_name[at.then]
    for edge in (*dialogue.always, *(e for line in dialogue.lines for e in line.next)):
        for expression in edge.when.heard or ():
            try:
                hearing.heard_pattern(expression)
            except re.error as error:
                raise DialogueError(f"edge to {edge.go}: {expression!r} is no regular expression ({error})") from None


def spoken_texts(dialogue: Dialogue) -> Iterator[tuple[str, str]]:
    """Every (speaker, text) the dialogue may say, in the order of the pack: what can be rendered ahead of the call."""
    for line in dialogue.lines:
        for text in line.say:
            yield line.speaker, text


def _targets(dialogue: Dialogue) -> Iterator[tuple[str, str]]:
    yield "start", dialogue.start
    for line in dialogue.lines:
        if line.then:
            yield line.id, line.then
        for edge in line.next:
            yield line.id, edge.go
    for edge in dialogue.always:
        yield "always", edge.go
