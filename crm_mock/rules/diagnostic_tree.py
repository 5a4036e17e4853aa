"""A diagnostic tree walked test by test: where one is, what may come next, how it ends (company's procedure on assistance, P-03).

A tree is a pack's data: nodes are tests with named results, or ends. Pure functions over the steps done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from crm_mock.models import TreeStep
from crm_mock.rules.rule_data import Ident, RuleData

Ending = Literal["résolu N1", "escaladé N2", "hors périmètre"]


class Branch(RuleData):
    """A result of a test, and the node it leads to."""

    result: Annotated[str, Field(min_length=1, max_length=120)]
    go: Ident


class Node(RuleData):
    """A test (`branches`) or an end (`ending`). `text` is what is asked or done; `benefit`, what the solution gives the customer."""

    id: Ident
    title: str
    text: Annotated[str, Field(max_length=500)] = ""
    explain: str = ""  # for the agent: why, how
    branches: tuple[Branch, ...] = ()
    ending: Literal["", "résolu N1", "escaladé N2", "hors périmètre"] = ""
    solution: str = ""
    benefit: str = ""


class Tree(RuleData):
    id: Ident
    version: str
    title: str
    products: tuple[str, ...] = ()  # product ids it is for; none: any
    start: Ident
    nodes: tuple[Node, ...]

    def node(self, node_id: str) -> Node | None:
        return next((n for n in self.nodes if n.id == node_id), None)


@dataclass(frozen=True)
class Walk:
    """`at`: the node one stands on. `problem`: a French sentence when a step is not of the tree; `at` is then the last sure place, and
    `done` the steps that were."""

    at: Node
    done: tuple[TreeStep, ...]
    problem: str = ""

    @property
    def ending(self) -> str:
        return self.at.ending


def walk(tree: Tree, steps: Sequence[TreeStep]) -> Walk:
    """Follows the steps from the start. Raises KeyError for a tree without its start or with a branch that leads nowhere (`problems`
    finds those)."""
    at = _sure(tree, tree.start)
    done: list[TreeStep] = []
    for step in steps:
        if step.node != at.id:
            return Walk(at, tuple(done), f"Test « {step.node} » sauté ou hors de l'arbre : il faut d'abord « {at.title} ».")
        branch = next((b for b in at.branches if b.result == step.result), None)
        if branch is None:
            return Walk(at, tuple(done), f"« {step.result} » n'est pas un résultat du test « {at.title} ».")
        done.append(step)
        at = _sure(tree, branch.go)
    return Walk(at, tuple(done))


def _sure(tree: Tree, node_id: str) -> Node:
    found = tree.node(node_id)
    if found is None:
        raise KeyError(node_id)
    return found


def allowed(tree: Tree, steps: Sequence[TreeStep]) -> tuple[str, ...]:
    """Results one may note now; none at an end."""
    return tuple(branch.result for branch in walk(tree, steps).at.branches)


def step(tree: Tree, steps: Sequence[TreeStep], result: str, at: str = "") -> TreeStep:
    """The step to add for this result. Raises ValueError when the result is not allowed here."""
    here = walk(tree, steps).at
    if result not in {branch.result for branch in here.branches}:
        raise ValueError(f"no such result at {here.id!r}: {result!r}")
    return TreeStep(node=here.id, test=here.text or here.title, result=result, at=at)


def path_words(tree: Tree, steps: Sequence[TreeStep]) -> str:
    """The precise path, a line a test, then how it ends: what level 2 wants to read."""
    walked = walk(tree, steps)
    lines = []
    for n, one in enumerate(walked.done, 1):
        node = tree.node(one.node)
        lines.append(f"{n}. {node.title if node else one.node} : {one.result}")
    if walked.at.ending:
        lines.append(f"→ {walked.at.title} ({walked.at.ending})")
    return "\n".join(lines)


def problems(tree: Tree) -> list[tuple[str, str]]:
    """(node id, French sentence) for what is wrong with the tree itself: dead ends, loops, nodes nobody reaches; "" for all of it."""
    found: list[tuple[str, str]] = []
    by_id = {node.id: node for node in tree.nodes}
    if len(by_id) != len(tree.nodes):
        found.append(("", "deux nœuds ont le même identifiant"))
    if tree.start not in by_id:
        return [*found, ("", f"le départ « {tree.start} » n'existe pas")]
    for node in tree.nodes:
        if bool(node.branches) == bool(node.ending):
            found.append((node.id, "un nœud a des résultats (test) ou une fin, et pas les deux"))
        if len({branch.result for branch in node.branches}) != len(node.branches):
            found.append((node.id, "deux résultats portent le même nom"))
        found += [(node.id, f"« {b.result} » mène à « {b.go} », qui n'existe pas") for b in node.branches if b.go not in by_id]
    reached = _reached(tree.start, by_id)
    found += [(node.id, "aucun chemin n'y mène") for node in tree.nodes if node.id not in reached]
    if loop := _loop(tree.start, by_id):
        found.append((loop, "le chemin revient sur ses pas : aucune fin n'est sûre"))
    return found


def _reached(start: str, by_id: dict[str, Node]) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        node_id = waiting.pop()
        if node_id in by_id and node_id not in seen:
            seen.add(node_id)
            waiting += [branch.go for branch in by_id[node_id].branches]
    return seen


def _loop(start: str, by_id: dict[str, Node]) -> str:
    """A node on a loop reached from the start; "" when there is none."""
    finished: set[str] = set()
    path: list[tuple[str, list[str]]] = [(start, [b.go for b in by_id[start].branches])]
    while path:
        node_id, rest = path[-1]
        if not rest:
            finished.add(node_id)
            path.pop()
            continue
        following = rest.pop()
        if following in (on_path for on_path, _ in path):
            return following
        if following in by_id and following not in finished:
            path.append((following, [b.go for b in by_id[following].branches]))
    return ""
