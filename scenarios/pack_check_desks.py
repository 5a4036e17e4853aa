"""Whether questionnaires, diagnostic trees, the retention grid and campaigns hold, and whether records name those of the pack.

What is wrong inside one of them is told by its own rules (`crm_mock/rules`); here it gets a file and a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

from crm_mock.models import Amendment, CampaignTarget, Product, Record, Survey, Ticket
from crm_mock.rules import diagnostic_tree, questionnaire, retention_grid
from scenarios.pack import Pack
from scenarios.pack_fields import suggestion
from scenarios.pack_files import PackProblem, Source, Spot
from scenarios.pack_load import Loaded

T = TypeVar("T", bound="_Named")


class _Named(Protocol):
    @property
    def id(self) -> str: ...


def desk_problems(pack: Pack, loaded: Loaded) -> list[PackProblem]:
    """Faults of the material of surveys, assistance, retention and campaigns, and of the records that name it."""
    return list(_Desks(pack, loaded).problems())


class _Desks:
    def __init__(self, pack: Pack, loaded: Loaded) -> None:
        self.pack, self.loaded = pack, loaded
        self.products = [record.id for record in pack.records if isinstance(record, Product)]
        self.questionnaires = {one.id: one for one in pack.questionnaires}
        self.trees = {one.id: one for one in pack.trees}
        self.campaigns = {one.id: one for one in pack.campaigns}
        self.offers = [offer.id for offer in pack.retention.offers] if pack.retention else []

    def problems(self) -> Iterator[PackProblem]:
        yield from self._questionnaires()
        yield from self._trees()
        yield from self._grid()
        yield from self._campaigns()
        for record in self.pack.records:
            match record:
                case Survey():
                    yield from self._survey(record)
                case CampaignTarget():
                    yield from self._target(record)
                case Ticket():
                    yield from self._ticket(record)
                case Amendment() if record.offer_rule:
                    yield from self._named(record, "offer_rule", "offre", record.offer_rule, self.offers, "retention.yaml")

    # --- the material itself ---

    def _questionnaires(self) -> Iterator[PackProblem]:
        yield from self._twice("questionnaires", self.pack.questionnaires)
        for one, source in self._files("questionnaires", self.pack.questionnaires):
            yield from _told(source, questionnaire.problems(one), "questions", one.questions, ("questions",))
            for n, quota in enumerate(one.quotas):
                if quota.cell in {earlier.cell for earlier in one.quotas[:n]}:
                    yield _at(source, ("quotas", n, "cell"), f"case « {quota.cell} » donnée deux fois")

    def _trees(self) -> Iterator[PackProblem]:
        yield from self._twice("trees", self.pack.trees)
        for one, source in self._files("trees", self.pack.trees):
            whole: Spot = ("nodes",) if one.node(one.start) else ("start",)
            yield from _told(source, diagnostic_tree.problems(one), "nodes", one.nodes, whole)
            for n, product in enumerate(one.products):
                if product not in self.products:
                    yield _at(source, ("products", n), f"produit « {product} » inconnu{suggestion(product, self.products)}")

    def _grid(self) -> Iterator[PackProblem]:
        grid = self.pack.retention
        if grid is not None:
            source = self.loaded.sources["retention"]
            yield from _told(source, retention_grid.grid_problems(grid, self.products), "offers", grid.offers, ("offers",))

    def _campaigns(self) -> Iterator[PackProblem]:
        for n, campaign in enumerate(self.pack.campaigns):
            source = self.loaded.sources["campaigns"]
            if campaign.id in {earlier.id for earlier in self.pack.campaigns[:n]}:
                yield _at(source, ("campaigns", n, "id"), f"identifiant « {campaign.id} » donné à deux campagnes")
            if campaign.questionnaire and campaign.questionnaire not in self.questionnaires:
                hint = suggestion(campaign.questionnaire, self.questionnaires)
                message = f"questionnaire « {campaign.questionnaire} » absent de questionnaires/{hint}"
                yield _at(source, ("campaigns", n, "questionnaire"), message)

    def _files(self, where: str, parts: Sequence[T]) -> Iterator[tuple[T, Source]]:
        """Each part with its file: a pack that loads has one a file, in the files' order."""
        sources = [source for name, source in self.loaded.sources.items() if name.startswith(f"{where}/")]
        return zip(parts, sources, strict=True)

    def _twice(self, where: str, parts: Sequence[_Named]) -> Iterator[PackProblem]:
        first: dict[str, str] = {}
        for part, source in self._files(where, parts):
            if part.id in first:
                yield _at(source, ("id",), f"identifiant « {part.id} » déjà donné dans {first[part.id]}")
            first.setdefault(part.id, source.file)

    # --- records ---

    def _survey(self, survey: Survey) -> Iterator[PackProblem]:
        read = self.questionnaires.get(survey.questionnaire_id)
        yield from self._named(survey, "questionnaire_id", "questionnaire", survey.questionnaire_id, self.questionnaires, "questionnaires/")
        if survey.campaign_id:
            yield from self._named(survey, "campaign_id", "campagne", survey.campaign_id, self.campaigns, "campaigns.yaml")
        if read is not None:
            questions = {question.id: question for question in read.questions}
            for answer in survey.answers:
                question = questions.get(answer.question_id)
                if question is None:
                    hint = suggestion(answer.question_id, questions)
                    yield self._say(survey, "answers", f"question « {answer.question_id} » absente du questionnaire « {read.id} »{hint}")
                elif problem := questionnaire.answer_problem(question, answer):
                    yield self._say(survey, "answers", f"question « {question.id} », réponse « {answer.value} » : {problem}")
            yield from self._cell(survey, survey.quota_cell, read)

    def _target(self, target: CampaignTarget) -> Iterator[PackProblem]:
        yield from self._named(target, "campaign_id", "campagne", target.campaign_id, self.campaigns, "campaigns.yaml")
        campaign = self.campaigns.get(target.campaign_id)
        read = self.questionnaires.get(campaign.questionnaire) if campaign else None
        if read is not None:
            yield from self._cell(target, target.quota_cell, read)

    def _cell(self, record: Record, cell: str, read: questionnaire.Questionnaire) -> Iterator[PackProblem]:
        cells = [quota.cell for quota in read.quotas]
        if cell and cell not in cells:
            yield self._say(record, "quota_cell", f"case « {cell} » absente des quotas de « {read.id} »{suggestion(cell, cells)}")

    def _ticket(self, ticket: Ticket) -> Iterator[PackProblem]:
        if not ticket.tree_id:
            return
        yield from self._named(ticket, "tree_id", "arbre", ticket.tree_id, self.trees, "trees/")
        tree = self.trees.get(ticket.tree_id)
        if tree is not None and not diagnostic_tree.problems(tree):
            walked = diagnostic_tree.walk(tree, ticket.path)
            if walked.problem:
                yield self._say(ticket, "path", walked.problem)

    def _named(self, record: Record, key: str, what: str, ident: str, known: Iterable[str], where: str) -> Iterator[PackProblem]:
        if ident not in known:
            yield self._say(record, key, f"{what} « {ident} » : rien de tel dans {where}{suggestion(ident, known)}")

    def _say(self, record: Record, key: str, message: str) -> PackProblem:
        file, line = self.loaded.where.get(f"{record.kind}:{record.id}", ("people", 0))
        return PackProblem(file, line, message, f"{record.kind} {record.id}.{key}")


def _told(source: Source, problems: Iterable[tuple[str, str]], key: str, parts: Sequence[_Named], whole: Spot) -> Iterator[PackProblem]:
    """What a rule found, at the line of the part it names; of an id given twice, the second."""
    places = {part.id: n for n, part in enumerate(parts)}
    for ident, message in problems:
        yield _at(source, (key, places[ident]) if ident in places else whole, f"« {ident} » : {message}" if ident else message)


def _at(source: Source, spot: Spot, message: str) -> PackProblem:
    return PackProblem(source.file, source.line(spot), message, ".".join(str(part) for part in spot))
