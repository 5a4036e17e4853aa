"""Whether the scenes of a pack can be played and assessed: dialogue graphs, personas, expected records and steps."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crm_mock.models import Contact, ContactPoint, OrderLine, Product
from crm_mock.rules import payment_plan
from crm_mock.rules.money import format_cents
from crm_mock.rules.order_totals import totals
from crm_mock.rules.telephone import is_fiction
from cti.messages import FACTS
from scenarios.matching import plain
from scenarios.pack import Dialogue, Edge, ExpectedRecord, Pack, Simulation, When
from scenarios.pack_fields import suggestion
from scenarios.pack_files import PackProblem, Source, Spot
from scenarios.pack_load import Loaded
from scenarios.standard import Standard, load_standard, standards

REPEAT_CUE = "repeter"  # understood without being declared
EVENTS = frozenset(FACTS) | frozenset(
    (
        "RecordCreated RecordChanged RecordOpened Searched AgentStateChanged DocumentProduced CardNumberRefused SittingOpened "
        "SimulationStarted SimulationEnded ScreenOpened ProcedureOpened BriefSearched CaptionShown CueGiven Dialled CustomerSpoke "
        "CustomerHeard CustomerRevealed ChatOffered ChatAccepted ChatMessage ChatClosed"
    ).split()
)  # kinds of rows of the journal
WRITTEN = "chat"  # channel of a simulation
AI_WORDS = ("automatique", "robot", "artificiel", "virtuel")
SPEECH_LIMIT = 420  # signs of one line: about half a minute of speech


def scene_problems(pack: Pack, loaded: Loaded) -> list[PackProblem]:
    """Problems of the simulations, and of what names them."""
    found: list[PackProblem] = []
    standard: Standard | None = None
    try:
        standard = load_standard(pack.identity.standard)
    except KeyError:
        source = loaded.sources["pack"]
        hint = suggestion(pack.identity.standard, standards())
        found.append(PackProblem(source.file, source.line(("identity", "standard")), f"référentiel inconnu{hint}", "identity.standard"))
    competences = {competence.id for competence in standard.competences} if standard else set()
    for competence in pack.codes.competences:
        if standard and competence not in competences:
            found.append(_at(loaded.sources["codes"], ("competences", competence), "compétence absente du référentiel"))
    for simulation in pack.simulations:
        found += _Scene(pack, simulation, loaded, standard).problems()
    if not pack.simulations:
        found.append(PackProblem("simulations", 0, "aucune simulation : créer simulations/S1/"))
    return found


def _at(source: Source, spot: Spot, message: str) -> PackProblem:
    return PackProblem(source.file, source.line(spot), message, ".".join(str(part) for part in spot))


class _Scene:
    def __init__(self, pack: Pack, simulation: Simulation, loaded: Loaded, standard: Standard | None) -> None:
        self.pack, self.simulation, self.standard = pack, simulation, standard
        self.source = {part: loaded.sources[f"{simulation.id}/{part}"] for part in ("simulation", "persona", "dialogue", "expected")}
        self.contacts = {record.id for record in pack.records if isinstance(record, Contact)}
        self.found: list[PackProblem] = []

    def problems(self) -> list[PackProblem]:
        self._announced()
        self._persona()
        self._graph()
        self._speech()
        self._expected()
        return self.found

    def _say(self, part: str, spot: Spot, message: str) -> None:
        self.found.append(_at(self.source[part], spot, message))

    # --- the simulation and its persona ---

    def _announced(self) -> None:
        """The competence is the référentiel's, its codes are there, cues are named once."""
        simulation = self.simulation
        if self.standard and all(c.id != simulation.competence for c in self.standard.competences):
            self._say("simulation", ("competence",), f"compétence « {simulation.competence} » absente du référentiel")
        for competence in simulation.codes or (simulation.competence,):
            if competence not in self.pack.codes.competences:
                self._say("simulation", ("codes",), f"codes.yaml n'a pas de codes pour « {competence} »")
        ids = [cue.id for cue in simulation.cues]
        for number, ident in enumerate(ids):
            if ids.index(ident) != number:
                self._say("simulation", ("cues", number, "id"), f"touche « {ident} » déclarée deux fois")
            if ident == REPEAT_CUE:
                self._say("simulation", ("cues", number, "id"), "« repeter » est toujours là : ne pas la déclarer")

    def _persona(self) -> None:
        """The contact is in the base under this very number, and every fact that may be told is told somewhere."""
        persona, written = self.simulation.persona, self.simulation.channel == WRITTEN
        if persona.contact_id not in self.contacts and not (written and not persona.contact_id):
            self._say(
                "persona", ("contact_id",), f"contact « {persona.contact_id} » inconnu{suggestion(persona.contact_id, self.contacts)}"
            )
        if not is_fiction(persona.number) and not (written and not persona.number):
            self._say("persona", ("number",), "ce numéro n'est pas un numéro de fiction")
        points = [r for r in self.pack.records if isinstance(r, ContactPoint) and r.contact_id == persona.contact_id]
        owned = {point.value for point in points}
        if persona.contact_id in self.contacts and persona.number not in owned and not written:
            self._say("persona", ("number",), "ce numéro n'est pas au dossier du contact : la fiche ne remonterait pas")
        if not persona.speakers and not written:
            self._say("persona", ("speakers",), "donner au moins une voix")
        told = {fact for line in self.simulation.dialogue.lines for fact in line.reveals}
        reached = self._reachable()
        told_in_reach = {fact for line in self.simulation.dialogue.lines if line.id in reached for fact in line.reveals}
        for number, hidden in enumerate(persona.hidden):
            never = plain(hidden.reveal).startswith("jamais")
            if never and hidden.id in told:
                self._say("persona", ("hidden", number), f"« {hidden.id} » ne doit jamais être dit, une réplique le révèle")
            if not never and hidden.id not in told:
                self._say("persona", ("hidden", number), f"aucune réplique ne révèle « {hidden.id} » (reveals)")
            elif not never and hidden.id not in told_in_reach:
                self._say("persona", ("hidden", number), f"« {hidden.id} » n'est révélé que par une réplique que rien n'atteint")

    # --- the dialogue ---

    def _reachable(self) -> set[str]:
        dialogue = self.simulation.dialogue
        lines = {line.id: line for line in dialogue.lines}
        waiting = [dialogue.start, *(edge.go for edge in dialogue.always)]
        seen: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in seen or name not in lines:
                continue
            seen.add(name)
            line = lines[name]
            waiting += [edge.go for edge in line.next] + ([line.then] if line.then else [])
        return seen

    def _graph(self) -> None:
        """Every line exists, is reached, leads somewhere, and every wait ends without keys nor speech recognition."""
        dialogue = self.simulation.dialogue
        names = [line.id for line in dialogue.lines]
        cues = {cue.id for cue in self.simulation.cues} | {REPEAT_CUE}
        facts = {hidden.id for hidden in self.simulation.persona.hidden} | set(dialogue.marks)
        speakers = {speaker.id for speaker in self.simulation.persona.speakers}
        if dialogue.start not in names:
            self._say("dialogue", ("start",), f"réplique « {dialogue.start} » inconnue{suggestion(dialogue.start, names)}")
        asides = {edge.go for edge in dialogue.always}
        reached = self._reachable()
        for number, line in enumerate(dialogue.lines):
            spot: Spot = ("lines", number)
            if names.index(line.id) != number:
                self._say("dialogue", (*spot, "id"), f"réplique « {line.id} » écrite deux fois")
            if line.id not in reached:
                self._say("dialogue", spot, f"rien ne mène à la réplique « {line.id} »")
            if line.speaker not in speakers and self.simulation.channel != WRITTEN:
                self._say("dialogue", (*spot, "speaker"), f"voix « {line.speaker} » non déclarée{suggestion(line.speaker, speakers)}")
            if line.then and line.then not in names:
                self._say("dialogue", (*spot, "then"), f"réplique « {line.then} » inconnue{suggestion(line.then, names)}")
            for fact in line.reveals:
                if fact not in facts:
                    self._say("dialogue", (*spot, "reveals"), f"« {fact} » n'est ni un fait caché ni une marque{suggestion(fact, facts)}")
            self._ways_out(dialogue, number, asides)
            for n, edge in enumerate(line.next):
                self._edge(edge, (*spot, "next", n), names, cues, facts)
        for n, edge in enumerate(dialogue.always):
            self._edge(edge, ("always", n), names, cues, facts)
        if not any(line.hang_up for line in dialogue.lines if line.id in reached):
            self._say("dialogue", ("lines",), "aucune réplique ne raccroche (hang_up: true)")
        self._loops(dialogue)

    def _ways_out(self, dialogue: Dialogue, number: int, asides: set[str]) -> None:
        line = dialogue.lines[number]
        spot: Spot = ("lines", number)
        ways = bool(line.next) + bool(line.then) + line.hang_up
        if ways == 0 and line.id not in asides:
            self._say("dialogue", spot, f"la réplique « {line.id} » ne mène nulle part : donner next, then ou hang_up")
        if ways > 1:
            self._say("dialogue", spot, f"« {line.id} » : un seul de next, then et hang_up")
        free = [edge for edge in (*line.next, *dialogue.always) if not edge.unless]
        if line.next and not any(edge.when.turn is not None or edge.when.silence is not None for edge in free):
            self._say(
                "dialogue", (*spot, "next"), f"« {line.id} » attend sans fin sans touche : ajouter une sortie turn ou silence sans unless"
            )

    def _edge(self, edge: Edge, spot: Spot, names: list[str], cues: set[str], facts: set[str]) -> None:
        given = [name for name in When.model_fields if getattr(edge.when, name) is not None]
        if len(given) != 1:
            self._say("dialogue", (*spot, "when"), f"une condition et une seule est attendue ({', '.join(given) or 'aucune ici'})")
        if edge.go not in names:
            self._say("dialogue", (*spot, "go"), f"réplique « {edge.go} » inconnue{suggestion(edge.go, names)}")
        for fact in edge.unless:
            if fact not in facts:
                self._say("dialogue", (*spot, "unless"), f"« {fact} » n'est ni un fait caché ni une marque{suggestion(fact, facts)}")
        when = edge.when
        if when.cue is not None and when.cue not in cues:
            self._say("dialogue", (*spot, "when"), f"touche « {when.cue} » non déclarée dans simulation.yaml{suggestion(when.cue, cues)}")
        for expression in when.heard or ():
            try:
                re.compile(expression)
            except re.error as error:
                self._say("dialogue", (*spot, "when", "heard"), f"expression « {expression} » illisible ({error})")
        if when.record is not None:
            self._event(when.record, "dialogue", (*spot, "when", "record"))
        for name in ("turn", "silence", "hold"):
            value = getattr(when, name)
            if value is not None and value <= 0:
                self._say("dialogue", (*spot, "when"), f"{name} doit être plus grand que zéro")

    def _loops(self, dialogue: Dialogue) -> None:
        lines = {line.id: line for line in dialogue.lines}
        for number, line in enumerate(dialogue.lines):
            seen, at = {line.id}, line
            while at.then in lines and at.then not in seen:
                at = lines[str(at.then)]
                seen.add(at.id)
            if at.then in seen:
                self._say("dialogue", ("lines", number, "then"), f"« {line.id} » tourne en rond sans attendre")

    def _speech(self) -> None:
        """The first words tell that a machine speaks (règlement (UE) 2024/1689, art. 50), and lines can be followed by ear."""
        dialogue = self.simulation.dialogue
        lines = {line.id: line for line in dialogue.lines}
        first: list[str] = []
        waiting, seen = [dialogue.start], set[str]()
        while waiting:
            name = waiting.pop()
            line = lines.get(name)
            if line is None or name in seen:
                continue
            seen.add(name)
            if line.say:
                first.append(name)
            else:
                waiting += [edge.go for edge in line.next] + ([line.then] if line.then else [])
        for number, line in enumerate(dialogue.lines):
            for n, text in enumerate(line.say):
                if line.id in first and not any(word in plain(text) for word in AI_WORDS):
                    self._say(
                        "dialogue",
                        ("lines", number, "say", n),
                        "première réplique : annoncer un client automatique (UE 2024/1689, art. 50)",
                    )
                if self.simulation.channel == WRITTEN:
                    continue  # read, not heard: see pack_check_chat
                if len(text) > SPEECH_LIMIT:
                    self._say(
                        "dialogue",
                        ("lines", number, "say", n),
                        f"réplique trop longue à entendre ({len(text)} signes, {SPEECH_LIMIT} au plus)",
                    )
                if re.search(r"[{}<>*_#]", text):
                    self._say("dialogue", ("lines", number, "say", n), "signe qui ne se dit pas ({ } < > * _ #)")

    # --- what is expected ---

    def _event(self, event: dict[str, object], part: str, spot: Spot) -> None:
        asked = event.get("kind")
        kinds = asked if isinstance(asked, list) else [asked]
        for kind in kinds:
            if not isinstance(kind, str) or kind not in EVENTS:
                self._say(part, (*spot, "kind"), f"événement « {kind} » inconnu{suggestion(str(kind), EVENTS)}")
        about_record = any(str(kind).startswith("Record") for kind in kinds)
        if about_record and "record_kind" not in event and "id" not in event:
            self._say(part, spot, "dire record_kind")
        owner = event.get("contact_id")
        if isinstance(owner, str) and owner not in self.contacts:
            self._say(part, (*spot, "contact_id"), f"contact « {owner} » inconnu{suggestion(owner, self.contacts)}")
        if asked == "ProcedureOpened" and (ident := event.get("id")) is not None:
            procedures = {text.id for text in self.pack.texts}
            if ident not in procedures:
                self._say(part, (*spot, "id"), f"procédure « {ident} » absente{suggestion(str(ident), procedures)}")

    def _expected(self) -> None:
        """Records and steps name what exists: criteria, contacts, codes, kinds; sums and plans follow the company's rules."""
        expected = self.simulation.expected
        criteria = self.standard.criteria() if self.standard else {}
        for number, record in enumerate(expected.records):
            spot: Spot = ("records", number)
            self._criteria(record.criteria, (*spot, "criteria"), criteria)
            self._record(record, spot)
            before = [one.id for one in expected.records[:number] if one.kind == "contact"]
            if record.of and record.of not in before:
                self._say(
                    "expected", (*spot, "of"), f"« {record.of} » n'est pas un contact attendu plus haut{suggestion(record.of, before)}"
                )
        ids = [step.id for step in expected.steps]
        for number, step in enumerate(expected.steps):
            spot = ("steps", number)
            self._criteria(step.criteria, (*spot, "criteria"), criteria)
            self._event(step.event, "expected", (*spot, "event"))
            if step.after and step.after not in ids[:number]:
                self._say("expected", (*spot, "after"), f"l'étape « {step.after} » doit être écrite avant celle-ci")
        for number, mention in enumerate(expected.written):
            self._criteria(mention.criteria, ("written", number, "criteria"), criteria)
        for number, heard in enumerate(expected.heard):
            self._criteria(heard.criteria, ("heard", number, "criteria"), criteria)
        for part, items in (("records", expected.records), ("steps", expected.steps)):
            names = [item.id for item in items]
            for number, name in enumerate(names):
                if names.index(name) != number:
                    self._say("expected", (part, number, "id"), f"« {name} » donné deux fois")

    def _criteria(self, ids: tuple[str, ...], spot: Spot, known: dict[str, str]) -> None:
        for ident in ids:
            if known and ident not in known:
                self._say("expected", spot, f"critère « {ident} » absent du référentiel{suggestion(ident, known)}")
            elif known and not ident.startswith(f"{self.simulation.competence}."):
                self._say("expected", spot, f"critère « {ident} » d'une autre compétence que {self.simulation.competence}")

    def _record(self, record: ExpectedRecord, spot: Spot) -> None:
        if bool(record.kind) == bool(record.untouched):
            self._say("expected", spot, "donner kind, ou untouched, l'un des deux")
        for key, ident in (("untouched", record.untouched), ("match", record.match.get("contact_id"))):
            if isinstance(ident, str) and ident and ident not in self.contacts:
                self._say("expected", (*spot, key), f"contact « {ident} » inconnu{suggestion(ident, self.contacts)}")
        if record.kind == "interaction":
            self._codes(record, spot)
        if record.kind == "payment_plan":
            self._plan(record, spot)
        if record.kind == "order":
            self._order(record, spot)

    def _codes(self, record: ExpectedRecord, spot: Spot) -> None:
        results = {code.code for code in self.pack.codes.results}
        codes = {
            code.code for c in self.simulation.codes or (self.simulation.competence,) for code in self.pack.codes.competences.get(c, ())
        }
        for key, known in (("result", results), ("codes", codes)):
            for value in _leaves(record.expect.get(key)):
                if value not in known:
                    self._say("expected", (*spot, "expect", key), f"code « {value} » absent de codes.yaml{suggestion(value, known)}")

    def _plan(self, record: ExpectedRecord, spot: Spot) -> None:
        total, parts = record.expect.get("total_cents"), record.expect.get("instalments")
        if not isinstance(total, int) or not isinstance(parts, list):
            return
        wanted = [amount for part in parts if isinstance(part, dict) and isinstance(amount := part.get("amount_cents"), int)]
        if len(wanted) == len(parts) and sum(wanted) != total:
            said = f"les échéances font {format_cents(sum(wanted))} pour {format_cents(total)}"
            self._say("expected", (*spot, "expect", "instalments"), said)
        try:
            proposed = payment_plan.propose(total, len(parts), self.pack.day, self.pack.company.instalment_day, self.pack.company.scale)
        except ValueError as error:
            self._say("expected", (*spot, "expect", "instalments"), str(error))
            return
        for message in payment_plan.check(proposed, total, self.pack.company.scale, self.pack.day):
            self._say("expected", (*spot, "expect", "instalments"), message)
        for number, (part, right) in enumerate(zip(parts, proposed, strict=True)):
            for key, value in (("due_on", right.due_on.isoformat()), ("amount_cents", right.amount_cents)):
                if isinstance(part, dict) and isinstance(part.get(key), str | int) and part[key] != value:
                    self._say(
                        "expected", (*spot, "expect", "instalments", number), f"le barème donne {value} ({key.removesuffix('_cents')})"
                    )

    def _order(self, record: ExpectedRecord, spot: Spot) -> None:
        """Expected totals against the expected lines of the same match, at the catalogue's prices."""
        lines = record.expect.get("lines")
        wanted = lines.get("contains") if isinstance(lines, dict) else lines
        if not isinstance(wanted, list):
            return
        products = {r.id: r for r in self.pack.records if r.kind == "product"}
        lines_at_price: list[OrderLine] = []
        for number, line in enumerate(wanted):
            product = products.get(line.get("product_id", "")) if isinstance(line, dict) else None
            if not isinstance(product, Product):
                self._say("expected", (*spot, "expect", "lines"), f"produit de la ligne {number + 1} inconnu au catalogue")
                return
            if isinstance(line.get("unit_cents"), int) and line["unit_cents"] != product.price_cents:
                self._say("expected", (*spot, "expect", "lines"), f"{product.id} : le catalogue dit {format_cents(product.price_cents)}")
            lines_at_price.append(OrderLine(product_id=product.id, quantity=line.get("quantity", 1), unit_cents=product.price_cents))
        rules = {str(way): rule for way, rule in self.pack.company.delivery.items()}
        for expect in (r.expect for r in self.simulation.expected.records if r.kind == "order" and r.match == record.match):
            way = expect.get("delivery")
            sums = totals(lines_at_price, way if isinstance(way, str) else "", rules)
            checked = [("items_cents", sums.items_cents)]
            if isinstance(way, str):
                checked += [("delivery_cents", sums.delivery_cents), ("total_cents", sums.total_cents)]
            for key, right in checked:
                if isinstance(expect.get(key), int) and expect[key] != right:
                    said = f"{format_cents(expect[key])} attendus, les lignes font {format_cents(right)}"
                    self._say("expected", (*spot, "expect"), f"{key.removesuffix('_cents')} : {said}")


def _leaves(wanted: object) -> Iterator[str]:
    """Plain texts inside a wanted value."""
    if isinstance(wanted, str) and wanted != "*":
        yield wanted
    elif isinstance(wanted, dict):
        for key, value in wanted.items():
            if key in ("one_of", "contains"):
                yield from _leaves(value)
    elif isinstance(wanted, list | tuple):
        for value in wanted:
            yield from _leaves(value)
