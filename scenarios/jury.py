"""Who examines a candidate, as the sitting's journal tells it: the jury it was opened with, then each change of it. Pure.

    JuryChanged   {left, left_name, entered, entered_name, same, player, player_name, reason}

A juror is a person at a seat. Whoever takes another's place is another juror, were it at the same seat: with a grid of their own, and
the journal from the row by which they came. Only with `same` does a person go on, at another seat or under a name spelled better.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from scenarios.grid import JURORS_NEEDED
from scenarios.sitting import Row, SittingError

CHANGED = "JuryChanged"
_CIVILITIES = frozenset({"m", "mr", "monsieur", "mme", "madame", "mlle", "mademoiselle", "dr", "me"})


@dataclass(frozen=True)
class Juror:
    """`id` is whose marks and notes are, for good: the seat, of one that the sitting was opened with; else the seat come to and the row
    of it. `since`: the row from which the journal is told them, 0 for the first."""

    id: str
    seat: str
    name: str = ""
    since: int = 0


@dataclass(frozen=True)
class JuryChange:
    """What is asked for. `left`, `entered`: seats, "" for nobody. `player`: the seat that plays the customer from then on, "" for no
    change but that of whoever leaves."""

    left: str = ""
    entered: str = ""
    name: str = ""
    same: bool = False
    player: str = ""
    reason: str = ""


@dataclass(frozen=True)
class JuryChanged:
    """What became of it. `at` is ISO 8601, UTC; `before` left, `after` came; of one who went on, both are one juror."""

    seq: int
    at: str
    by: str
    change: JuryChange
    before: Juror | None = None
    after: Juror | None = None
    data: Mapping[str, Any] = field(default_factory=dict)  # of the row

    @property
    def gone(self) -> Juror | None:
        """Whose grid was closed by it."""
        return None if self.change.same else self.before


@dataclass(frozen=True)
class Jury:
    """`members` in the order they were named, whoever comes in the place of whoever leaves."""

    members: tuple[Juror, ...] = ()
    changes: tuple[JuryChanged, ...] = ()

    def made(self, write_id: str) -> JuryChanged | None:
        """The change that was asked for so."""
        return next((one for one in self.changes if one.data.get("write_id") == write_id), None)

    def at(self, seat: str) -> Juror | None:
        """Who of the jury sits there now."""
        return next((one for one in self.members if one.seat == seat), None)

    def sat(self, seat: str, seq: int) -> Juror | None:
        """Who of the jury sat there when that row was written; None for nobody of it."""
        for one in self.changes:
            if one.seq > seq and one.before is not None and one.before.seat == seat:
                return one.before
            if one.seq > seq and one.after is not None and one.after.seat == seat:
                return None
        return self.at(seat)

    @property
    def gone(self) -> tuple[Juror, ...]:
        """Those whose grid was closed."""
        return tuple(one.gone for one in self.changes if one.gone is not None)

    @property
    def names(self) -> dict[str, str]:
        """By a juror's id, of all there ever were; as last spelled."""
        return {one.id: one.name for one in (*self.gone, *self.members)}

    def left(self, seat: str, sitting: str) -> tuple[str, ...]:
        """The stands of jurors who have left that seat."""
        here = self.at(seat)
        told = (stand(sitting, one.before) for one in self.changes if one.before is not None and one.before.seat == seat)
        return tuple(one for one in dict.fromkeys(told) if here is None or one != stand(sitting, here))

    def after(self, change: JuryChange, seq: int) -> tuple[tuple[Juror, ...], Juror | None, Juror | None]:
        """The members after a change, who left and who came."""
        before, came = self.at(change.left) if change.left else None, None
        if change.entered and change.same and before is not None:
            came = replace(before, seat=change.entered, name=change.name)
        elif change.entered:
            came = Juror(f"{change.entered}~{seq}", change.entered, change.name, seq)
        places = [came if one is before else one for one in self.members] + ([came] if before is None else [])
        return tuple(one for one in places if one is not None), before, came

    def apply(self, row: Row) -> Jury:
        """The jury after one row; rows of other kinds change nothing."""
        if row.kind == "SittingOpened":
            return replace(self, members=_opened(row.data))
        if row.kind != CHANGED:
            return self
        data = row.data
        words = {name: str(data.get(name) or "") for name in ("left", "entered", "player", "reason")}
        change = JuryChange(**words, name=str(data.get("entered_name") or ""), same=bool(data.get("same")))
        members, before, after = self.after(change, row.seq)
        told = JuryChanged(row.seq, row.at, row.actor, change, before, after, data)
        return Jury(members, (*self.changes, told))


def _opened(opened: Mapping[str, Any]) -> tuple[Juror, ...]:
    told = (opened.get("session") or {}).get("jury") or ()
    return tuple(Juror(str(one["seat"]), str(one["seat"]), str(one["name"])) for one in told)


def fold_jury(rows: Iterable[Row]) -> Jury:
    jury = Jury()
    for row in rows:
        jury = jury.apply(row)
    return jury


def stand(sitting: str, juror: Juror) -> str:
    """What a sitting is called where a juror sits: for each who comes to a seat another name, so that nothing that was noted there before
    is ever taken for theirs."""
    return sitting if juror.id == juror.seat else f"{sitting}~{juror.id}"


def row_of(jury: Jury, change: JuryChange, write_id: str) -> dict[str, Any]:
    """The data of the change's row."""
    asked = asdict(change)
    members, before, _came = jury.after(change, 0)
    player = next((one.name for one in members if one.seat == change.player), "")
    names = {"left_name": before.name if before else "", "entered_name": asked.pop("name"), "player_name": player}
    return {**asked, **names, "write_id": write_id}


def same_name(one: str, other: str) -> bool:
    """Whether two people are named alike, whatever the case, the accents and the civility."""
    return bool(_words(one)) and _words(one) == _words(other)


def _words(name: str) -> list[str]:
    plain = "".join(one for one in unicodedata.normalize("NFD", name.casefold()) if not unicodedata.combining(one))
    words = "".join(one if one.isalnum() else " " for one in plain).split()
    return words[1:] if len(words) > 1 and words[0] in _CIVILITIES else words


@dataclass(frozen=True)
class Circumstances:
    """What else bears on a change. `trainers`: names of those who trained the candidate; `contact`: one is under way and the clock
    runs; `decided`: the jury has agreed on everything; `over`: the candidate is absent, or the passage is postponed."""

    trainers: Collection[str] = ()
    contact: bool = False
    decided: bool = False
    over: bool = False


def check_change(jury: Jury, change: JuryChange, around: Circumstances) -> None:
    """Raises SittingError for a change that is not to be made now."""
    _check_sense(jury, change)
    if around.over:
        raise SittingError("sitting_ended", 409, "Le candidat est absent ou son passage est reporté : son jury ne change plus.", {})
    if around.decided:
        raise SittingError("jury_decided", 409, "Le jury a décidé de tout pour ce candidat : il ne change plus.", {})
    if change.entered and any(same_name(change.name, one) for one in around.trainers):
        title = f"{change.name} a formé ce candidat : cette personne ne peut pas être de son jury."
        raise SittingError("trainer", 409, title, {"name": change.name})
    members, _before, _came = jury.after(change, 0)
    if len(members) < JURORS_NEEDED:
        title = "Il resterait moins de deux jurés : nommez en même temps la personne qui arrive."
        raise SittingError("too_few_jurors", 409, title, {"jurors": [one.seat for one in members]})
    if change.player and change.player not in [one.seat for one in members]:
        raise SittingError("not_a_juror", 422, "Qui joue le client est du jury du candidat.", {"seat": change.player})
    if around.contact:
        title = "Un contact du candidat est en cours : attendez sa fin, ou arrêtez le temps (F8), avant de changer son jury."
        raise SittingError("contact_under_way", 409, title, {})


def _check_sense(jury: Jury, change: JuryChange) -> None:
    if not (change.left or change.entered or change.player):
        raise SittingError("nothing_changes", 422, "Rien ne change : dites qui part, qui arrive, ou qui joue le client.", {})
    if not change.reason.strip():
        raise SittingError("no_reason", 422, "Un changement de jury est motivé : dites pourquoi.", {})
    before = jury.at(change.left)
    if change.left and before is None:
        raise SittingError("not_a_juror", 409, "Cette place n'est pas du jury de ce candidat.", {"seat": change.left})
    if change.same and (before is None or not change.entered):
        raise SittingError("nobody_goes_on", 422, "Pour la même personne, dites la place qu'elle quitte et celle où elle continue.", {})
    others = [one for one in jury.members if one is not before]
    if change.entered and any(one.seat == change.entered for one in others):
        raise SittingError("juror_already", 409, "Cette place est déjà du jury de ce candidat.", {"seat": change.entered})
    if change.entered and not change.name.strip():
        raise SittingError("no_name", 422, "Donnez le nom de la personne qui arrive : il va au procès-verbal.", {"seat": change.entered})
    if change.entered and any(same_name(change.name, one.name) for one in others):
        raise SittingError("juror_already", 409, f"{change.name} est déjà du jury de ce candidat.", {"name": change.name})
    if change.entered and not change.same and before is not None and before.seat == change.entered and same_name(before.name, change.name):
        raise SittingError("juror_already", 409, f"{change.name} siège déjà là : pour la même personne, sa grille la suit.", {})


def check_trainers(names: Sequence[str], trainers: Collection[str]) -> None:
    """Raises SittingError when one of these jurors trained the candidate."""
    for name in names:
        if any(same_name(name, one) for one in trainers):
            raise SittingError("trainer", 409, f"{name} a formé ce candidat : cette personne ne peut pas être de son jury.", {"name": name})
