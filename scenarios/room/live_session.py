"""The exam session of a room: its people and candidates from the register, each candidate's passage from the sitting at the station."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scenarios.jury import Juror, check_trainers
from scenarios.room.access import Identity
from scenarios.room.core import Room
from scenarios.room.live_course import LiveCourse
from scenarios.room.live_sitting import LiveSitting
from scenarios.room.register import Register
from scenarios.room.register_tables import SittingEntry
from scenarios.room.session_store import Candidate, ExamSession, Person, SessionStore
from scenarios.room.unsealed import opening_of
from scenarios.sitting import SittingError
from scenarios.standard import Session, load_standard

ROLE_OF_PLACE = {"seat": "juror", "manager": "session_manager", "invigilator": "invigilator"}


class ExamRoom:
    """`new_folder` gives where a station's next sitting goes. One session at a time; a room without one is open to everything."""

    def __init__(self, room: Room, register: Register, new_folder: Callable[[str], Path], draw: random.Random | None = None) -> None:
        self._room, self._register, self._new_folder = room, register, new_folder
        self.store = SessionStore(register)
        self.grid_version = 0
        self._opening = asyncio.Lock()
        self._draw = draw or random.SystemRandom()
        room.juror_at = self.juror_at

    # --- the session --------------------------------------------------------------------------------

    def session(self) -> ExamSession:
        """Raises SittingError `no_session`."""
        found = self.store.current()
        if found is None:
            raise SittingError("no_session", 409, "Aucune session d'examen n'est ouverte dans cette salle.", {})
        return found

    def session_type(self) -> Session:
        session = self.session()
        return next(one for one in load_standard(session.standard).sessions if one.id == session.type)

    def open(self, kind: str, title: str, people: Iterable[Person], settings: Mapping[str, Any], write_id: str = "") -> ExamSession:
        """Once for one `write_id`. Raises SittingError for a type that the pack's standard has not, for a place that is not one's, or
        while another one is open."""
        tag = hashlib.sha256(write_id.encode()).hexdigest()[:8] if write_id else ""
        already = self.store.current()
        if tag and already is not None and already.id.endswith(f"-{tag}"):
            return already
        if self._room.settings.mode != "exam":
            raise SittingError("not_an_exam", 409, "Cette salle est une salle d'entraînement : ouvrez une salle d'examen.", {})
        identity = self._room.pack.identity
        standard = load_standard(identity.standard)
        if kind not in {one.id for one in standard.sessions}:
            known = ", ".join(one.id for one in standard.sessions)
            raise SittingError("unknown_session_type", 422, f"Type de session inconnu ; attendu : {known}.", {"type": kind})
        named = self._checked(people)
        about = kind, identity.standard, title.strip(), self._room.pack.day, identity.slug, identity.hash
        unsealed = opening_of(self._room.settings.pack)
        kept = {**settings, **({"unsealed": unsealed.told()} if unsealed else {})}
        opened = self.store.open(*about, kept, named, tag)
        self._room.changed()
        return opened

    def set_people(self, people: Iterable[Person]) -> None:
        self.store.set_people(self.session().id, self._checked(people))
        self._room.changed()

    def _checked(self, people: Iterable[Person]) -> list[Person]:
        named = list(people)
        kinds = {one.id: one.kind for one in self._register.places()}
        for one in named:
            if ROLE_OF_PLACE.get(kinds.get(one.place, "")) != one.role:
                words = f"La place « {one.place} » n'est pas celle d'un tel rôle dans cette salle."
                raise SittingError("wrong_place", 422, words, {"place": one.place, "role": one.role})
        return named

    def close(self, ident: str = "") -> None:
        """`ident`: the one that is meant; nothing is done when it is closed already."""
        if ident and (named := self.store.session(ident)) is not None and named.closed_at:
            return
        session = self.session()
        going_on = [one.number for one in session.candidates if (course := self._course_of(one)) is not None and not course.course.over]
        if going_on:
            raise SittingError("passages_going_on", 409, "Des passages ne sont pas terminés.", {"candidates": going_on})
        self.store.close(session.id)
        self._room.changed()

    # --- candidates ---------------------------------------------------------------------------------

    @property
    def variants(self) -> tuple[str, ...]:
        """The subjects the pack offers."""
        return self._room.pack.identity.offered

    def add_candidate(
        self,
        number: str,
        station: str,
        variant: str,
        seconds: Mapping[str, int],
        starts_at: str,
        jury: Iterable[str] = (),
        trainers: Iterable[str] = (),
    ) -> Candidate:
        """`jury` empty: every juror of the session. Raises SittingError for an unknown station, phase, variant or juror, for a juror who
        trained the candidate, or a number already named."""
        session, kind = self.session(), self.session_type()
        if station not in self._room.stations:
            raise SittingError("unknown_station", 404, "Ce poste n'existe pas dans cette salle.", {"station": station})
        phases = {one.id for one in kind.phases}
        if unknown := set(seconds) - phases:
            raise SittingError("unknown_phase", 422, f"Phase inconnue : {', '.join(sorted(unknown))}.", {"phases": sorted(phases)})
        if variant and variant not in self.variants:
            raise SittingError("unknown_variant", 422, f"Sujet inconnu ; attendu : {', '.join(self.variants)}.", {"variant": variant})
        planned = _instant(starts_at) if starts_at else self._room.settings.now()
        seats = tuple(jury) or session.jurors
        if strangers := set(seats) - set(session.jurors):
            raise SittingError("not_a_juror", 422, "Un juré nommé n'est pas de cette session.", {"jury": sorted(strangers)})
        at = planned.astimezone(dt.UTC).isoformat(timespec="milliseconds")
        known = next((one for one in session.candidates if one.number == number.strip()), None)
        drawn = variant or (known.variant if known is not None else self._drawn(session))
        taught = tuple(one.strip() for one in trainers if one.strip())
        check_trainers([session.name_of(seat) for seat in seats], taught)
        made = Candidate(number.strip(), station, drawn, dict(seconds), at, jury=seats, trainers=taught)
        if known is not None and replace(known, sitting="", starts_at=at if not starts_at else known.starts_at) == made:
            return known  # asked again: the answer was lost
        self.store.add_candidate(session.id, made)
        self._room.changed()
        return made

    def _drawn(self, session: ExamSession) -> str:
        """One of the variants that fewest candidates of the session have, by lot."""
        used = [one.variant for one in session.candidates]
        fewest = min(used.count(one) for one in self.variants)
        return self._draw.choice([one for one in self.variants if used.count(one) == fewest])

    def remove_candidate(self, number: str) -> None:
        """Named by mistake. Raises SittingError once a sitting was opened."""
        session = self.session()
        if any(one.number == number and one.sitting for one in session.candidates):
            raise SittingError("already_opened", 409, "La séance de ce candidat est ouverte : il reste inscrit.", {"number": number})
        self.store.remove_candidate(session.id, number)
        self._room.changed()

    async def open_sitting(self, number: str, write_id: str = "") -> None:
        """A clean sitting for this candidate at the station, in the place of the one before; once for one `write_id`. Raises
        SittingError."""
        async with self._opening:  # one at a time: what was asked twice is made once
            await self._open_sitting(number, write_id)

    async def _open_sitting(self, number: str, write_id: str) -> None:
        session = self.session()
        candidate = next((one for one in session.candidates if one.number == number), None)
        if candidate is None:
            raise SittingError("unknown_candidate", 404, "Ce candidat n'est pas inscrit à cette session.", {"number": number})
        if candidate.sitting:
            course = self._course_of(candidate)
            if write_id and course is not None and course.told.get("write_id") == write_id:
                return
            raise SittingError("already_opened", 409, "La séance de ce candidat est déjà ouverte.", {"number": number})
        present = self._room.stations[candidate.station].course
        if present.in_session and not present.course.over:
            raise SittingError("station_taken", 409, "Le passage d'un autre candidat n'est pas terminé à ce poste.", {})
        told = {
            "id": session.id,
            "type": session.type,
            "standard": session.standard,
            "candidate": candidate.number,
            "variant": candidate.variant,
            "seconds": dict(candidate.seconds),
            "settings": {name: value for name, value in session.settings.items() if name != "unsealed"},
            "jury": [{"seat": one.seat, "name": one.name} for one in named_jurors(session, candidate)],
            "write_id": write_id,
            **({"unsealed": session.settings["unsealed"]} if "unsealed" in session.settings else {}),
        }
        pack = self._room.pack_of(candidate.variant)
        live = await self._room.open_sitting(candidate.station, self._new_folder(candidate.station), told, pack)
        card = live.card
        self._register.note_sitting(
            SittingEntry(card.id, live.station, str(live.folder), card.pack, card.pack_hash, card.mode, card.opened_at)
        )
        self.store.change_candidate(session.id, replace(candidate, sitting=card.id))
        self._room.changed()

    def late(self, station: str) -> int:
        """Seconds since the planned start of the candidate at this station; 0 before it."""
        candidate = self.session().candidate(station)
        if candidate is None or not candidate.starts_at:
            return 0
        return max(0, int((self._room.settings.now() - _instant(candidate.starts_at)).total_seconds()))

    def course(self, station: str, who: Identity) -> LiveCourse:
        """Of a station this one may act on: a juror's own, any of the session's for who leads or watches. Raises SittingError."""
        self.session()
        if station not in self._room.stations:
            raise SittingError("unknown_station", 404, "Ce poste n'existe pas dans cette salle.", {"station": station})
        if who.role == "juror" and not self._sits_on(who.place, station):
            raise SittingError("forbidden", 403, "Vous n'êtes pas du jury de ce poste.", {"station": station})
        self._room.still_meant(who, self._room.stations[station])
        found = self._room.stations[station].course
        if not found.in_session:
            raise SittingError("no_sitting", 409, "La séance du candidat n'est pas encore ouverte à ce poste.", {"station": station})
        return found

    def juror_at(self, seat: str, live: LiveSitting) -> Juror | None:
        """Who sits at a seat for this sitting: of a candidate of the session, one of the jury or nobody; of any other, whoever is there."""
        session = self.store.current()
        candidate = session.of_sitting(live.card.id) if session is not None else None
        if session is None or candidate is None:
            return Juror(seat, seat)
        return next((one for one in self.jurors(session, candidate) if one.seat == seat), None)

    def jurors(self, session: ExamSession, candidate: Candidate) -> tuple[Juror, ...]:
        """Who examines a candidate: those named, until the sitting is opened; then those its journal tells of."""
        live = self._room.stations.get(candidate.station)
        if live is not None and candidate.sitting and live.card.id == candidate.sitting and live.jury.members:
            return live.jury.members
        return named_jurors(session, candidate)

    def _sits_on(self, seat: str, station: str) -> bool:
        """Whether this seat is of the jury of whoever is examined at that station now."""
        live = self._room.stations[station]
        of_session = self.session().of_sitting(live.card.id) is not None
        return of_session and self.juror_at(seat, live) is not None and self._room.seats.station_of(seat) == station

    def examined(self, seat: str) -> tuple[Candidate, LiveSitting, Juror]:
        """Whom this seat examines at the station where it is, and who sits there. Raises SittingError when it examines nobody there."""
        live = self._room.stations[self._room.seats.station_of(seat)]
        candidate, juror = self.session().of_sitting(live.card.id), self.juror_at(seat, live)
        if candidate is None or juror is None:
            raise SittingError("not_a_juror", 403, "Vous n'êtes pas du jury du candidat de ce poste.", {"station": live.station})
        return candidate, live, juror

    def still_meant(self, who: Identity, live: LiveSitting) -> None:
        """Raises SittingLeft (Room.still_meant)."""
        self._room.still_meant(who, live)

    def grid_changed(self) -> None:
        """Somebody's grid is no longer what it was: the consoles are told, not what was written."""
        self.grid_version += 1
        self._room.changed()

    def _course_of(self, candidate: Candidate) -> LiveCourse | None:
        live = self._room.stations.get(candidate.station)
        return live.course if live is not None and candidate.sitting and live.card.id == candidate.sitting else None

    # --- what is told -------------------------------------------------------------------------------

    def offers(self, who: Identity) -> dict[str, Any]:
        """What a session may be made of here, for who leads: its types, the room's places, the subjects of the pack. {} for the others."""
        if who.role != "session_manager":
            return {}
        identity = self._room.pack.identity
        return {
            "pack": identity.title,
            "types": [{"id": one.id, "label": one.label} for one in load_standard(identity.standard).sessions],
            "places": [
                {"id": one.id, "label": one.label, "role": ROLE_OF_PLACE[one.kind]}
                for one in self._register.places()
                if one.kind in ROLE_OF_PLACE
            ],
            "stations": [{"id": one, "label": label} for one, label in self._room.labels.items()],
            "variants": list(self.variants),
        }

    def view(self, who: Identity) -> dict[str, Any]:
        """The session as a role may know it: all of it for who leads, presence and clocks for who watches, one's own station for a juror.
        {} without a session."""
        session = self.store.current()
        if session is None:
            return {}
        mine = self._room.seats.seat(who.place).station if who.role == "juror" else ""
        shown = [one for one in session.candidates if who.role != "juror" or one.station == mine]
        return {
            "id": session.id,
            "type": session.type,
            "title": session.title,
            "day": session.day,
            "label": self.session_type().label,
            "grid_version": self.grid_version if who.role == "juror" else 0,
            "settings": dict(session.settings),
            "people": [{"place": one.place, "role": one.role, "name": one.name} for one in session.people],
            "variants": list(self.variants) if who.role == "session_manager" else [],
            "phases": [{"id": one.id, "seconds": one.minutes * 60} for one in self.session_type().phases],
            "candidates": [self._candidate_view(session, one, who) for one in shown],
            "stations": [
                {"id": one, "label": self._room.labels[one], "connected": self._room.presence.here(one)} for one in self._room.stations
            ]
            if who.role != "juror"
            else [],
        }

    def _role(self, seat: str, candidate: Candidate) -> str:
        """What a seat does at the candidate's station; "" when it is not there."""
        there = self._room.seats.seat(seat)
        return there.role if there.station == candidate.station else ""

    def _candidate_view(self, session: ExamSession, candidate: Candidate, who: Identity) -> dict[str, Any]:
        course = self._course_of(candidate)
        return {
            "number": candidate.number,
            "station": candidate.station,
            "label": self._room.labels.get(candidate.station, candidate.station),
            "starts_at": candidate.starts_at,
            "opened": bool(candidate.sitting),
            "seconds": dict(candidate.seconds),
            "connected": self._room.presence.here(candidate.station),
            "course": course.view() if course is not None else None,
            "jury": [
                {"seat": one.seat, "name": one.name, "role": self._role(one.seat, candidate)} for one in self.jurors(session, candidate)
            ],
            **({"variant": candidate.variant, "sitting": candidate.sitting} if who.role == "session_manager" else {}),
        }


def named_jurors(session: ExamSession, candidate: Candidate) -> tuple[Juror, ...]:
    return tuple(Juror(seat, seat, session.name_of(seat)) for seat in candidate.jury)


def _instant(text: str) -> dt.datetime:
    """Raises SittingError for what is no instant; one without zone is this machine's."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise SittingError("invalid_instant", 422, "Heure non reconnue ; attendu : AAAA-MM-JJTHH:MM.", {"starts_at": text}) from None
    return found if found.tzinfo is not None else found.astimezone()
