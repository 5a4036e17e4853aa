"""Whether what a situation expects can be had: each kind of record by a screen that ships, each state by somebody who may choose it,
each line of an order as the catalogue has it proposed, each record named by an id that is there, each hidden fact by turns, keys and
records alone, without speech recognition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from crm_mock.models import KINDS
from crm_mock.permissions import GRANTS
from crm_mock.store import LINKS
from scenarios.matching import plain
from scenarios.pack import Edge, ExpectedRecord, Line, Pack, Simulation
from scenarios.pack_check_wanted import Scene, field, items, values
from scenarios.pack_fields import suggestion
from scenarios.pack_files import PackProblem, Spot
from scenarios.pack_load import Loaded

# Kind of record: the pane of the workstation that makes or changes it (tests hold the table against the panes).
SCREENS: dict[str, str] = {
    "contact": "search",
    "address": "contact_desk",
    "contact_point": "contact_desk",
    "consent": "contact_desk",
    "identification": "customer_file",
    "task": "customer_file",
    "note": "notes",
    "order": "order_desk",
    "payment_link": "order_desk",
    "document": "documents_desk",
    "collection_case": "collection_desk",
    "payment_plan": "collection_desk",
    "promise": "collection_desk",
    "mandate": "collection_desk",
    "invoice": "collection_desk",
    "survey": "survey_desk",
    "campaign_target": "campaign_desk",
    "appointment": "campaign_desk",
    "ticket": "support_desk",
    "exchange": "support_desk",
    "goodwill": "support_desk",
    "chat": "chat_desk",
    "booking": "booking_desk",
    "sale_proposal": "booking_desk",
    "opportunity": "selling_desk",
    "subscription": "retention_desk",
    "termination_request": "retention_desk",
    "amendment": "retention_desk",
    "reply": "reply_desk",
    "interaction": "qualification",
}
FOLLOWS: dict[str, tuple[str, ...]] = {  # what the server changes when one of these is saved
    "product": ("order", "exchange"),
    "agenda_slot": ("appointment",),
    "availability": ("booking",),
}
SPEECH_ONLY = ("heard",)  # conditions that need speech recognition


def reach_problems(pack: Pack, loaded: Loaded) -> list[PackProblem]:
    found: list[PackProblem] = []
    for simulation in pack.simulations:
        found += _Reach(pack, simulation, loaded).problems()
        found += _facts(simulation, loaded)
    return found


class _Reach(Scene):
    def problems(self) -> Iterator[PackProblem]:
        for number, record in enumerate(self.simulation.expected.records):
            if record.kind in KINDS and record.count != 0:
                yield from self._made(number, record)
                yield from self._state(number, record)
                yield from self._sold(number, record)
            yield from self._named(number, record)
        for number, step in enumerate(self.simulation.expected.steps):
            yield from self._step(number, step.event)

    def _made(self, number: int, record: ExpectedRecord) -> Iterator[PackProblem]:
        """A kind that a screen makes, or that follows from one; else a record that the pack holds."""
        if record.kind in SCREENS or record.kind in FOLLOWS or record.optional:
            grant = GRANTS["candidate"].get(record.kind)
            if grant is None or grant.create or record.kind == "chat" or record.of or self._held(record):
                return
            yield self.problem(number, f"aucun « {record.kind} » à ce dossier, et le poste n'en crée pas : l'écrire dans people/", "match")
        elif not self._held(record):
            yield self.problem(number, f"aucun écran ne fait un enregistrement « {record.kind} »", "kind")

    def _sold(self, number: int, record: ExpectedRecord) -> Iterator[PackProblem]:
        """The order's screen proposes what the catalogue says: what goes with another line, what takes another's place."""
        lines = items(record.expect.get("lines"))
        for line in lines:
            ident, others = str(line.get("product_id")), [one for one in lines if one is not line]
            if line.get("origin") == "additionnel":
                with_it = {addon for one in others for addon in self._going_with(one, "addons")}
                if ident not in with_it:
                    told = f"le poste ne propose « {ident} » avec aucune autre ligne : l'ajouter aux « addons » de l'une d'elles"
                    yield self.problem(number, told, "expect", "lines")
            elif line.get("origin") == "substitution" and ident not in self._going_with(line, "substitutes", "replaces"):
                told = f"le poste ne propose pas « {ident} » à la place de « {line.get('replaces')} » : l'ajouter à ses « substitutes »"
                yield self.problem(number, told, "expect", "lines")

    def _going_with(self, line: dict[str, Any], what: str, product: str = "product_id") -> tuple[str, ...]:
        found = self.by_id.get(("product", str(line.get(product))))
        return tuple(getattr(found, what, ()))

    def _held(self, record: ExpectedRecord) -> bool:
        owners, idents = values(record.match.get("contact_id")), values(record.match.get("id"))
        return any(
            r.kind == record.kind and (r.id in idents or (not idents and getattr(r, "contact_id", "") in owners)) for r in self.pack.records
        )

    def _state(self, number: int, record: ExpectedRecord) -> Iterator[PackProblem]:
        """One value at least that somebody of the situation may choose."""
        grants = [grant for who in ("candidate", "customer") if (grant := GRANTS[who].get(record.kind))]
        for name in {name for grant in grants for name in grant.values}:
            may = {value for grant in grants for value in grant.values.get(name, ())}
            wanted = field(record, name)
            kept = {getattr(r, name, None) for r in self.pack.records if r.kind == record.kind and r.id in values(record.match.get("id"))}
            if wanted and not may & set(wanted) and not kept & set(wanted):
                yield self.problem(number, f"ni le poste ni le client ne mettent « {wanted[0]} » ({name})", "expect", name)

    def _named(self, number: int, record: ExpectedRecord) -> Iterator[PackProblem]:
        """Ids lead to records of the pack."""
        known = {r.id for r in self.pack.records if r.kind == record.kind}
        for ident in values(record.match.get("id")):
            if ident not in known:
                yield self.problem(number, f"{record.kind} « {ident} » inconnu{suggestion(str(ident), known)}", "match", "id")
        for name in (*record.match, *record.expect):
            target = LINKS.get((record.kind, name))
            ids = {r.id for r in self.pack.records if r.kind == target} if target else set[str]()
            for ident in field(record, name) if target else ():
                if ident not in ids:
                    yield self.problem(number, f"{target} « {ident} » inconnu{suggestion(str(ident), ids)}", "expect", name)

    def _step(self, number: int, event: dict[str, object]) -> Iterator[PackProblem]:
        """Facts, keys, screens and kinds that rows of the journal may name."""
        dialogue, persona = self.simulation.dialogue, self.simulation.persona
        known: dict[str, Iterable[str]] = {
            "CustomerRevealed.fact": [*(hidden.id for hidden in persona.hidden), *dialogue.marks],
            "CueGiven.cue": [cue.id for cue in self.simulation.cues],
            "ScreenOpened.screen": SHOWN,
        }
        for name, names in known.items():
            kind, _, key = name.partition(".")
            if event.get("kind") != kind:
                continue
            for value in values(event.get(key)):
                if value not in names:
                    yield self._wrong(number, f"« {value} » n'arrive jamais ici ({key}){suggestion(str(value), names)}")
        if event.get("kind") == "RecordCreated" and "absent" not in event:
            kind = str(event.get("record_kind", ""))
            if kind in KINDS and kind not in SCREENS:
                yield self._wrong(number, f"aucun écran ne crée un « {kind} »")

    def _wrong(self, number: int, message: str) -> PackProblem:
        spot: Spot = ("steps", number, "event")
        return PackProblem(self.source.file, self.source.line(spot), message, ".".join(map(str, spot)))


SHOWN = frozenset(SCREENS.values()) | {"reference", "search", "office_desk", "sheet", "comparatif", "customer_file", "debrief", "call_log"}


def _facts(simulation: Simulation, loaded: Loaded) -> Iterator[PackProblem]:
    """Every fact that may be told is, without speech recognition too (a chat needs none); every mark that lines look at is set by one."""
    dialogue = simulation.dialogue
    lines = {line.id: line for line in dialogue.lines}
    told = {fact for ident in _reached(lines, dialogue.start, dialogue.always) for fact in lines[ident].reveals}
    heard = {fact for line in dialogue.lines for fact in line.reveals}
    source = loaded.sources[f"{simulation.id}/persona"]
    for number, hidden in enumerate(simulation.persona.hidden):
        if simulation.channel == "chat" or plain(hidden.reveal).startswith("jamais"):
            continue
        if hidden.id in heard and hidden.id not in told:
            said = f"« {hidden.id} » ne se dit que si la parole est reconnue : donner aussi une sortie cue, record ou turn"
            yield PackProblem(source.file, source.line(("hidden", number)), said, f"hidden.{number}")
    looked = {fact for edge in (*dialogue.always, *(e for line in dialogue.lines for e in line.next)) for fact in edge.unless}
    source = loaded.sources[f"{simulation.id}/dialogue"]
    for number, mark in enumerate(dialogue.marks):
        if mark in looked and mark not in heard:
            said = f"aucune réplique ne retient « {mark} » (reveals), que des sorties regardent"
            yield PackProblem(source.file, source.line(("marks", number)), said, f"marks.{number}")


def _reached(lines: dict[str, Line], start: str, always: tuple[Edge, ...]) -> set[str]:
    """Lines that can be come to without a word being recognised."""
    waiting, seen = [start, *(edge.go for edge in always if _felt(edge))], set[str]()
    while waiting:
        ident = waiting.pop()
        line = lines.get(ident)
        if line is None or ident in seen:
            continue
        seen.add(ident)
        waiting += [edge.go for edge in line.next if _felt(edge)] + ([line.then] if line.then else [])
    return seen


def _felt(edge: Edge) -> bool:
    return all(getattr(edge.when, name) is None for name in SPEECH_ONLY)
