"""What a scenario pack says, as types: one folder of YAML, CSV and Markdown that a trainer reads and writes.

Any string of a pack may hold a date relative to the sitting's day J0, `{J+8}` (23/11/2026),
`{J+8|%y%m}`, `{J+8|jour}` (lundi 23 novembre), `{J+8|mois}` (novembre); a field that is a date takes the same expression without
braces. `J+3jo` counts working days; `J+48>` rolls forward to a working day; `J-3m@5>` is the 5th, three months
before. `scenarios/pack_dates.py` resolves them: what these types hold after loading is resolved for one day.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from crm_mock.models import Record
from crm_mock.rules.canvassing import Purpose
from crm_mock.rules.diagnostic_tree import Tree
from crm_mock.rules.profile import CompanyProfile
from crm_mock.rules.questionnaire import Questionnaire
from crm_mock.rules.retention_grid import Grid

Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9_.\-]+$")]


class PackPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Identity(PackPart):
    """`pack.yaml`: what the pack is. `hash` (SHA-256 of every file, in path order) is computed at loading."""

    slug: Name
    title: str
    version: str
    summary: str
    standard: Name  # id of a file of scenarios/standards
    licence: str = "CC-BY-SA-4.0"
    subject: Name = "A"  # what the pack's own files are; of a loaded pack, the subject it is
    subjects: tuple[Name, ...] = ()  # those it offers (variants/); none written: that one
    spares: str = ""  # the table of the spare personas
    hash: str = ""

    @property
    def offered(self) -> tuple[str, ...]:
        return self.subjects or (self.subject,)


class Service(PackPart):
    """A line of the company's directory of services; `number` is E.164."""

    id: Name
    name: str
    number: str
    hours: str
    role: str
    email: str = ""


class ReferenceText(PackPart):
    """A section of the candidate's brief, a procedure, or an article of the knowledge base (on screen only), Markdown, a file each."""

    id: Name
    title: str
    kind: Literal["brief", "procedure", "knowledge"]
    text: str
    keywords: str = ""
    ccps: tuple[Name, ...] = ()  # blocks of the référentiel whose extract holds it; none: all


class Code(PackPart):
    """One qualification. `effect` is shown beside it; `asks` lists what it makes mandatory."""

    code: Name
    label: str
    effect: str = ""
    asks: tuple[Literal["next_on", "comment", "contact"], ...] = ()  # contact: a customer's file


class CodeTree(PackPart):
    """First level (call result), then the codes of each competence."""

    results: tuple[Code, ...]
    competences: dict[str, tuple[Code, ...]]


class When(PackPart):
    """One condition of a dialogue edge: exactly one field is set.

    `cue`: the trainee (or a trainer) pressed the key that says which kind of thing was just said.
    `heard`: regular expressions over what speech recognition understood, any of them, case and accents ignored.
    `record`: a row of the journal: `kind`, then fields of its data as `scenarios/matching.py` reads them ("*": any value).
    `turn`: the trainee has finished speaking, for the n-th time in this node (1 = the first time).
    `silence`: seconds since anybody spoke. `hold`: seconds on hold. `resumed`: taken back from hold.
    `interrupted`: the trainee spoke over the line.
    """

    cue: str | None = None
    heard: tuple[str, ...] | None = None
    record: dict[str, Any] | None = None
    turn: int | None = None
    silence: float | None = None
    hold: float | None = None
    resumed: bool | None = None
    interrupted: bool | None = None
    answered: bool | None = None


class Edge(PackPart):
    """`go` is a line's id. The edge is passed over once every fact or mark of `unless` has been revealed."""

    when: When
    go: Name
    unless: tuple[Name, ...] = ()


CUSTOMER_VOICE = "client"


class Line(PackPart):
    """A node of the dialogue. `say` holds variants, one is drawn with the sitting's seed; [] says nothing and waits.
    `does` acts on the company's world as the customer: open, authorise or refuse the payment link last sent, sign the offer sent."""

    id: Name
    speaker: Name = CUSTOMER_VOICE
    say: tuple[str, ...] = ()
    reveals: tuple[Name, ...] = ()
    interruptible: bool = True
    does: Literal["", "open_link", "authorise_link", "refuse_link", "sign_offer"] = ""
    next: tuple[Edge, ...] = ()
    then: Name | None = None  # goes on at once to this node when the line is said
    hang_up: bool = False


class Dialogue(PackPart):
    """`always` edges are looked at after the node's own. A line reached by one of them that leads nowhere (no `next`, no `then`,
    no `hang_up`) is an aside: said, the customer comes back to the line it left. The trainee who asks to repeat is served by
    the customer itself (cue "repeter", not declared). `marks`: names that lines may `reveal` beside the persona's hidden
    facts, for `unless` to look at (an announced hold, a remark made once)."""

    start: Name
    lines: tuple[Line, ...]
    always: tuple[Edge, ...] = ()
    marks: tuple[Name, ...] = ()


class Cue(PackPart):
    """A kind of thing the trainee may say that he has just said; `id` is used in dialogues."""

    id: Name
    label: str


class Speaker(PackPart):
    """A voice of the persona: `pitch` and `speed` are factors (1.0 the voice's own)."""

    id: Name
    name: str
    gender: Literal["f", "m"]
    pitch: float = Field(1.0, ge=0.5, le=2.0)
    speed: float = Field(1.0, ge=0.5, le=2.0)


class HiddenFact(PackPart):
    id: Name
    fact: str
    reveal: str  # "si on demande …", "jamais", "si reformulé", "après 5 s de silence"


class Objection(PackPart):
    says: str
    yields_if: str = ""
    holds_if: str = ""


class Branches(PackPart):
    """How the customer goes on with a candidate who does well, and with one who does so-so; one who is stuck is given the hint."""

    good: str = Field(min_length=1)
    average: str = Field(min_length=1)


class Hint(PackPart):
    """What may be said to a candidate who is stuck, in the persona's words, from `after` minutes of the simulation's own clock on: it runs
    from its beginning and stands while the sitting's does."""

    after: int = Field(ge=1, le=60)
    says: str = Field(min_length=1)


class Persona(PackPart):
    """The customer as a juror or the virtual customer plays it (domain §3.2). Never shown to a candidate in an exam.

    In a chat nobody needs to be known beforehand: `contact_id` and `number` may be empty, there are no voices, and `typing` says how
    many signs a second the virtual customer types."""

    contact_id: str = ""
    number: str = ""  # E.164, the one that calls or is called
    name: str
    mood: int = Field(3, ge=1, le=5)
    speakers: tuple[Speaker, ...] = ()
    typing: float = Field(5.0, ge=1, le=200)
    opening: str
    situation: str
    request: str
    real_need: str = ""
    hidden: tuple[HiddenFact, ...] = ()
    objections: tuple[Objection, ...] = ()
    branches: Branches | None = None
    hint: Hint | None = None
    limits: str = ""
    forbidden: str = ""
    ending: str = ""


class ExpectedRecord(PackPart):
    """A record as it should stand at the end. `match` picks it, `expect` says its fields, a value or {"any": true},
    {"contains": text}, {"one_of": [...]}, {"absent": true}, as `scenarios/matching.py` reads them; values are as in
    the API's JSON (dates ISO, amounts in cents). With `untouched` nothing of the contact may have changed."""

    id: Name
    label: str
    kind: str = ""
    match: dict[str, Any] = Field(default_factory=dict)
    expect: dict[str, Any] = Field(default_factory=dict)
    count: int | None = None  # how many records must match; None: at least one
    untouched: str = ""  # a contact id
    optional: bool = False  # depends on how the call went: shown, not expected
    of: str = ""  # id of an expected contact written before: the record must belong to the one found there
    criteria: tuple[str, ...] = ()


class ExpectedStep(PackPart):
    """Something that should appear in the journal during the simulation, in order with others when `after` names one."""

    id: Name
    label: str
    event: dict[str, Any]  # {"kind": …, fields}
    during_call: bool | None = None
    after: str = ""
    absent: bool = False
    criteria: tuple[str, ...] = ()


class ExpectedMention(PackPart):
    """Something of the written reply, and the expressions by which it is found in its text: all of `mentions`, each one or more
    writings parted by " | " (`23/11/2026 | 23 novembre 2026`), as crm_mock/rules/written_reply.mentions finds them. `element` is an id of
    written_reply.ELEMENTS, of the competence. With `absent` the text should hold none of them."""

    element: str = ""
    label: str = ""  # default: the element's own
    mentions: tuple[str, ...]
    absent: bool = False
    criteria: tuple[str, ...] = ()


class HeardOnly(PackPart):
    """Criteria that no record and no row of the journal can show: the jury's ear, or its eye on the reply, and why."""

    criteria: tuple[str, ...]
    reason: str = Field(min_length=1)


class Expected(PackPart):
    records: tuple[ExpectedRecord, ...] = ()
    steps: tuple[ExpectedStep, ...] = ()
    written: tuple[ExpectedMention, ...] = ()  # of the reply, when the simulation has one
    heard: tuple[HeardOnly, ...] = ()


ReplyChannel = Literal["lettre", "e-mail", "sms"]


class Letter(PackPart):
    """A template of the company, from a file of `letters/`. `text` holds fields in square brackets: those known by name are filled
    from the record ([client], [référence client]), the others are blanks for whoever writes. Dates of the sitting (`{J}`) are resolved."""

    id: Name
    title: str
    channels: tuple[ReplyChannel, ...]
    subject: str = ""
    text: str


class Written(PackPart):
    """The written reply that follows a simulation; all of it is for the candidate. `letters`: templates offered first."""

    id: Name
    title: str
    instructions: str
    channels: tuple[ReplyChannel, ...] = ("e-mail",)
    letters: tuple[Name, ...] = ()
    minutes: Annotated[int, Field(ge=1, le=60)] = 13


class Simulation(PackPart):
    """One of the situations of the sitting. `briefing` is what the candidate may read before it."""

    id: Name
    title: str
    competence: Name
    channel: Literal["téléphone", "chat"]
    direction: Literal["entrant", "sortant"]
    minutes: int = Field(ge=1, le=60)
    start_time: dt.time  # of the scenario clock
    queue: str = ""
    briefing: str = ""
    codes: tuple[Name, ...] = ()  # competences whose codes are offered first; default: its own
    cues: tuple[Cue, ...] = ()
    written: Written | None = None
    persona: Persona
    dialogue: Dialogue
    expected: Expected


class CannedReply(PackPart):
    """A ready reply of the chat: put into the message at the cursor, then corrected by the agent. `label` is what the list shows."""

    id: Name
    label: str = Field(min_length=1, max_length=60)
    text: str = Field(min_length=1, max_length=400)


class Campaign(PackPart):
    """Outgoing calls to a file of people (`campaign_target`). `questionnaire`, read to each of them, holds the quotas;
    "": nothing is read. `purpose` says which rules of canvassing hold; `objective` is the mission as the candidate reads it."""

    id: Name
    title: str = Field(min_length=1)
    questionnaire: str = ""
    purpose: Purpose = "commercial"
    objective: str = ""


class SheetFile(PackPart):
    """A spreadsheet the candidate works with: its file's name and what it holds, dates unresolved (`scenarios/pack_sheets.py`)."""

    name: str
    content: bytes = Field(repr=False)


class Pack(PackPart):
    """One subject of a pack, resolved for one day. `spares`: a simulation of each competence, to replay one after an incident."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
    identity: Identity
    day: dt.date
    company: CompanyProfile
    services: tuple[Service, ...]
    texts: tuple[ReferenceText, ...]
    codes: CodeTree
    simulations: tuple[Simulation, ...]
    records: tuple[Record, ...]
    questionnaires: tuple[Questionnaire, ...] = ()
    trees: tuple[Tree, ...] = ()
    retention: Grid | None = None
    campaigns: tuple[Campaign, ...] = ()
    sheets: tuple[SheetFile, ...] = ()
    letters: tuple[Letter, ...] = ()
    canned: tuple[CannedReply, ...] = ()
    spares: tuple[Simulation, ...] = ()

    @property
    def playable(self) -> tuple[Simulation, ...]:
        """The subject's simulations, then the spares."""
        return (*self.simulations, *self.spares)

    def simulation(self, simulation_id: str) -> Simulation:
        """One of the subject's, or a spare. Raises KeyError for an unknown id."""
        return next((s for s in self.playable if s.id == simulation_id), None) or _missing(simulation_id)


def _missing(simulation_id: str) -> Simulation:
    raise KeyError(simulation_id)
