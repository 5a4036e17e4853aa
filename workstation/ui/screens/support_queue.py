"""What is to be saved of a ticket beside its form: one save of a record at a time, in the order it was wanted, nothing lost meanwhile."""

from __future__ import annotations

from typing import Any

from workstation.desk.state import SaveView

Fields = dict[str, Any]


class Queue:
    """Fields of one record, kept until the server has them. A save made upon a version that has changed since is refused, and the
    desk learns of the new version only with the answer: the next save waits for it.

    `ready` says what to ask for now; whoever asks tells it by `asked`."""

    def __init__(self, record_id: str = "", fields: Fields | None = None) -> None:
        self.record_id = record_id
        self.fields: Fields = dict(fields or {})
        self._sent: Fields | None = None
        self._form_sent = False
        self._known: object = object()  # the save's view when something was last asked for; none of them yet

    def want(self, fields: Fields) -> None:
        self.fields |= fields

    def asked(self, view: SaveView | None, fields: Fields | None = None) -> None:
        """A save was just asked for, of these fields of ours or (None) of the form's, while `view` was the last known."""
        self._known, self._sent, self._form_sent = view, fields, fields is None

    def follow(self, view: SaveView | None) -> bool:
        """Takes note of an answer; whether it changed what is kept. What the server refused is dropped: the screen says why."""
        if view is None or view is self._known or view.state == "pending" or not (self._form_sent or self._sent is not None):
            return False
        before, refused = self.fields, view.state != "saved"
        if self._sent is not None:
            kept = {} if refused else {name: value for name, value in before.items() if self._sent.get(name, ...) != value}
        else:  # a status goes with what is typed, or not at all
            kept = {name: value for name, value in before.items() if not (refused and name == "status")}
        self.fields, self._sent, self._form_sent = kept, None, False
        return kept != before

    def ready(self, view: SaveView | None) -> Fields:
        """What may be asked for now; {} while another save of the record is on its way."""
        waiting = view is self._known or (view is not None and view.state == "pending")
        return {} if waiting else dict(self.fields)
