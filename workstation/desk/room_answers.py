"""What the desk asked the room server for, as it answers: the sitting, files, lists, what a number is, what became of a write."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from workstation.desk import chat
from workstation.desk.changes import Step, change_call, say
from workstation.desk.effects import BringToFront, OpenFile
from workstation.desk.events import (
    BriefArrived,
    DebriefArrived,
    DebriefExported,
    DraftsLoaded,
    FileArrived,
    ListArrived,
    LookedUp,
    ProductsArrived,
    ProgressArrived,
    Refused,
    SearchArrived,
    SittingArrived,
    SpoolCounted,
    WriteConfirmed,
    WriteRefused,
    WritesLate,
)
from workstation.desk.open_files import patch_file, qualified
from workstation.desk.phone_facts import SEARCH_PANE
from workstation.desk.state import CLOCKS_APART, DeskState, ListView, Record, SaveView
from workstation.desk.words import duration, number_words
from workstation.i18n import _

FILE_PANE = "customer_file"
DEBRIEF_PANE = "debrief"


def sitting_arrived(state: DeskState, event: SittingArrived) -> Step:
    offset = state.clock_offset if event.offset is None else event.offset
    if abs(offset) >= CLOCKS_APART > abs(state.clock_offset):
        words = _("L'horloge de ce poste {ahead} de {time} sur celle de la salle. Continuez : tout est noté à l'heure de la salle.")
        ahead = _("avance") if offset < 0 else _("retarde")
        state = say(state, words.format(ahead=ahead, time=duration(round(abs(offset)))), event.at, "warning")
    return replace(state, sitting=event.sitting, sitting_at=event.at, clock_offset=offset), ()


def brief_arrived(state: DeskState, event: BriefArrived) -> Step:
    return replace(state, brief=event.brief), ()


def products_arrived(state: DeskState, event: ProductsArrived) -> Step:
    return replace(state, products=event.products), ()


def list_arrived(state: DeskState, event: ListArrived) -> Step:
    """An answer to a question that has been replaced since is dropped."""
    known = state.lists.get(event.key)
    if known is None or (known.kind, known.params) != (event.kind, event.params):
        return state, ()
    told = event.listing
    names = {str(key): str(name) for key, name in (told.get("names") or {}).items()}
    records = tuple(told.get("records") or ())
    fresh = ListView(event.kind, event.params, records, int(told.get("total") or len(records)), names)
    return replace(state, lists={**state.lists, event.key: fresh}), ()


def debrief_arrived(state: DeskState, event: DebriefArrived) -> Step:
    """It was asked for: it comes to the front."""
    return replace(state, debrief=event.debrief), (BringToFront(DEBRIEF_PANE),)


def debrief_exported(state: DeskState, event: DebriefExported) -> Step:
    return say(state, _("Bilan enregistré dans le fichier {path}").format(path=event.path), event.at), ()


def progress_arrived(state: DeskState, event: ProgressArrived) -> Step:
    return replace(state, progress=event.progress), ()


def looked_up(state: DeskState, event: LookedUp) -> Step:
    """The pop: one match opens, several are offered, none leads to the search. An answer for a call that is gone is dropped."""
    call = state.calls.get(event.call_key)
    if call is None or call.hits is not None or event.page is None:
        return state, ()
    hits = tuple(cast("list[Record]", event.page.get("hits") or []))
    state = change_call(state, call.call_key, hits=hits, name=call.name or (str(hits[0].get("name", "")) if len(hits) == 1 else ""))
    number, front = number_words(call.number), call.call_key == state.front
    if len(hits) == 1:
        contact = str(hits[0].get("contact_id", ""))
        if call.contact_id:
            return state, ()
        return change_call(state, call.call_key, contact_id=contact), (OpenFile(contact, call.call_key, popped=True),)
    if hits:
        words = _("{count} fiches portent le {number} : choisissez.").format(count=len(hits), number=number)
    else:
        words = _("Numéro inconnu {number} : rechercher la fiche.").format(number=number)
    state = say(state, words, event.at, "warning")
    if not front:
        return state, ()
    return replace(state, search=event.page), (BringToFront(SEARCH_PANE),)


def search_arrived(state: DeskState, event: SearchArrived) -> Step:
    return replace(state, search=event.page), ()


def file_arrived(state: DeskState, event: FileArrived) -> Step:
    """A popped file comes to the front only while its call is in front; one the agent asked for always does."""
    state = replace(state, files={**state.files, event.contact_id: event.file})
    if not event.popped:
        return replace(state, contact_id=event.contact_id), () if event.stay else (BringToFront(FILE_PANE),)
    call = state.calls.get(event.call_key)
    if call is None or event.call_key != state.front:
        return state, ()
    hit = next((h for h in call.hits or () if h.get("contact_id") == event.contact_id), {})
    if call.hits is None:  # a call of an earlier run of the desk: its file is known without looking for its number
        state = change_call(state, call.call_key, hits=())
    why, value = _(str(hit.get("matched_on") or "téléphone")), number_words(str(hit.get("matched") or call.number))
    words = _("Fiche ouverte : {name} ({why} {value}).").format(name=hit.get("name") or call.name, why=why, value=value)
    return say(replace(state, contact_id=event.contact_id), words, event.at), () if call.written else (BringToFront(FILE_PANE),)


def refused(state: DeskState, event: Refused) -> Step:
    if event.what == "OrderAgent":
        state = replace(state, agent_asked="")
    return say(state, event.title, event.at, "error"), ()


def write_confirmed(state: DeskState, event: WriteConfirmed) -> Step:
    state = replace(state, late=False)
    if event.what != "save" or event.saved is None:
        return state, ()
    saved = event.saved
    kind, record = str(saved.get("kind", "")), dict(saved.get("record") or {})
    record.setdefault("id", event.record_id)
    record["version"] = saved.get("version", record.get("version", 0))
    saves = {**state.saves, event.record_id: SaveView(kind, event.record_id, "saved", at=event.clock)}
    drafts = {key: value for key, value in state.drafts.items() if key != event.record_id}
    if event.draft is not None:
        drafts[event.record_id] = event.draft
    state = replace(state, saves=saves, drafts=drafts, saved_at=event.clock)
    state = patch_file(state, str(record.get("contact_id", "")), kind, record, whole=True)
    if kind == "interaction" and record.get("call_key"):
        state = qualified(state, str(record["call_key"]))
    return state, ()


def write_refused(state: DeskState, event: WriteRefused) -> Step:
    if event.what == "save":
        conflict = event.error_id == "version_conflict"
        view = SaveView(
            state.saves[event.record_id].kind if event.record_id in state.saves else "",
            event.record_id,
            "conflict" if conflict else "failed",
            title=event.title,
            fields={str(k): str(v) for k, v in (event.details.get("fields") or {}).items()},
            current=event.details.get("current") if conflict else None,
        )
        state = replace(state, saves={**state.saves, event.record_id: view})
    if event.what == "chat":
        return say(chat.refused(state, event), _("NON ENVOYÉ : {why}").format(why=event.title), event.at, "error"), ()
    return say(state, _("NON ENREGISTRÉ : {why}").format(why=event.title), event.at, "error"), ()


def writes_late(state: DeskState, event: WritesLate) -> Step:
    if state.late:
        return state, ()
    return say(replace(state, late=True), _("NON ENREGISTRÉ – nouvel essai. {why}").format(why=event.title), event.at, "error"), ()


def spool_counted(state: DeskState, event: SpoolCounted) -> Step:
    return replace(state, unconfirmed=event.unconfirmed), ()


def drafts_loaded(state: DeskState, event: DraftsLoaded) -> Step:
    saves = {str(p["record_id"]): SaveView(str(p["kind"]), str(p["record_id"]), "pending") for p in event.pending}
    state = chat.still_to_send(state, event.chats)
    return replace(state, drafts={**event.drafts, **state.drafts}, saves={**saves, **state.saves}), ()
