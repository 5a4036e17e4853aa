"""The legal guarantee, gestures, diagnostic trees, what level 2 needs."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_mock.models import Ticket, TreeStep
from crm_mock.rules import diagnostic_tree, escalation, goodwill, legal_guarantee
from crm_mock.rules.calendar import add_months
from crm_mock.rules.diagnostic_tree import Branch, Node, Tree
from crm_mock.rules.goodwill import Gesture
from tests.crm_mock.world import TODAY

days = st.dates(dt.date(2020, 1, 1), dt.date(2040, 12, 31))

# -- legal guarantee


def test_the_domain_s_machine_is_under_guarantee() -> None:
    found = legal_guarantee.guarantee(dt.date(2025, 2, 14), TODAY)
    assert (found.status, found.until, found.presumed) == ("active", dt.date(2027, 2, 14), True)
    assert "14/02/2027" in found.text and "rien à prouver" in found.text


@pytest.mark.parametrize(
    ("delivered", "options", "status", "until", "presumed"),
    [
        (dt.date(2024, 11, 23), {}, "active", dt.date(2026, 11, 23), True),  # its last day
        (dt.date(2024, 11, 22), {}, "expirée", dt.date(2026, 11, 22), False),
        (dt.date(2024, 11, 22), {"repaired": True}, "active", dt.date(2027, 5, 22), False),
        (dt.date(2025, 6, 1), {"second_hand": True}, "active", dt.date(2027, 6, 1), False),
        (dt.date(2026, 6, 1), {"second_hand": True}, "active", dt.date(2028, 6, 1), True),
        (dt.date(2024, 2, 29), {}, "expirée", dt.date(2026, 2, 28), False),
        (None, {}, "inconnue", None, False),
        (dt.date(2026, 11, 24), {}, "inconnue", None, False),  # not delivered yet
    ],
)
def test_where_a_guarantee_stands(
    delivered: dt.date | None, options: dict[str, bool], status: str, until: dt.date | None, presumed: bool
) -> None:
    found = legal_guarantee.guarantee(delivered, TODAY, **options)
    assert (found.status, found.until, found.presumed) == (status, until, presumed) and found.text


@given(days, st.integers(0, 1200), st.booleans(), st.booleans())
def test_a_guarantee_lasts_two_years_and_is_presumed_no_longer_than_it_lasts(
    delivered: dt.date, later: int, second_hand: bool, repaired: bool
) -> None:
    today = delivered + dt.timedelta(days=later)
    found = legal_guarantee.guarantee(delivered, today, second_hand=second_hand, repaired=repaired)
    assert found.until is not None and found.presumed_until is not None
    assert add_months(delivered, 24) <= found.until <= add_months(delivered, 30)
    assert (found.status == "active") == (today <= found.until)
    assert not found.presumed or (found.status == "active" and today <= found.presumed_until <= found.until)


def test_the_consumer_chooses_and_then_price_or_refund() -> None:
    later = TODAY + dt.timedelta(days=31)
    assert legal_guarantee.remedies(TODAY, TODAY) == ("réparation", "remplacement")
    assert legal_guarantee.remedies(TODAY, TODAY, impossible=("réparation",)) == ("remplacement",)
    assert legal_guarantee.remedies(TODAY, TODAY, impossible=("réparation", "remplacement")) == legal_guarantee.THEN
    assert legal_guarantee.remedies(TODAY, later)[2:] == legal_guarantee.THEN
    assert legal_guarantee.remedies(TODAY, TODAY, failed=True)[2:] == legal_guarantee.THEN
    assert legal_guarantee.promise_problems(dt.date(2026, 12, 23), TODAY) == []
    assert "23/12/2026" in legal_guarantee.promise_problems(dt.date(2026, 12, 24), TODAY)[0]
    assert "passée" in legal_guarantee.promise_problems(dt.date(2026, 11, 22), TODAY)[0]


# -- gestures

gestures = st.lists(st.builds(Gesture, days, st.integers(1, 3000), st.sampled_from(["", "T1", "T2", "ABO"])), max_size=8)


def test_a_gesture_beyond_the_cap_is_refused_with_what_remains() -> None:
    made = [Gesture(dt.date(2026, 3, 2), 1788, "ABO")]
    assert goodwill.problems(780, "T1", made, TODAY, 4500) == []
    (said,) = goodwill.problems(3000, "T1", made, TODAY, 4500)
    assert "45,00\u00a0€" in said and "17,88\u00a0€ ont déjà été accordés" in said and "il reste 27,12\u00a0€" in said
    (nothing,) = goodwill.problems(1, "T1", [Gesture(TODAY, 4500)], TODAY, 4500)
    assert nothing.endswith("il ne reste rien.")
    assert "ne se cumulent pas" in goodwill.problems(100, "ABO", made, TODAY, 4500)[0]
    assert "positif" in goodwill.problems(0, "T1", [], TODAY, 4500)[0]


def test_a_gesture_counts_for_twelve_months_to_the_day() -> None:
    assert goodwill.used_cents([Gesture(dt.date(2025, 11, 23), 500)], TODAY) == 0
    assert goodwill.used_cents([Gesture(dt.date(2025, 11, 24), 500)], TODAY) == 500
    assert goodwill.used_cents([Gesture(dt.date(2026, 11, 24), 500)], TODAY) == 0  # of a later day


@given(gestures, days, st.integers(1, 6000), st.integers(0, 6000))
def test_what_is_granted_never_passes_the_cap(made: list[Gesture], today: dt.date, amount: int, cap: int) -> None:
    remaining = goodwill.remaining_cents(made, today, cap)
    assert 0 <= remaining <= cap
    allowed = not goodwill.problems(amount, "", made, today, cap)
    assert allowed == (amount <= remaining)
    if allowed:
        assert goodwill.used_cents([*made, Gesture(today, amount)], today) <= cap
        assert goodwill.remaining_cents([*made, Gesture(today, amount)], today, cap) == remaining - amount


# -- diagnostic trees

TREE = Tree(
    id="machines",
    version="1",
    title="Machines, niveau 1",
    start="alimentation",
    nodes=(
        Node(id="alimentation", title="Alimentation", text="Le voyant s'allume-t-il ?", branches=(
            Branch(result="oui", go="reset"), Branch(result="non", go="prise"))),
        Node(id="prise", title="Prise", branches=(Branch(result="marche", go="ok"), Branch(result="ne marche pas", go="n2"))),
        Node(id="reset", title="Remise à zéro", branches=(Branch(result="E4 revient", go="n2"), Branch(result="chauffe", go="ok"))),
        Node(id="ok", title="Résolu", ending="résolu N1", solution="Machine remise en service"),
        Node(id="n2", title="Niveau 2", ending="escaladé N2"),
    ),
)  # fmt: skip


def taken(*steps: tuple[str, str]) -> list[TreeStep]:
    return [TreeStep(node=node, result=result) for node, result in steps]


def test_a_walk_tells_where_one_is_and_how_it_ends() -> None:
    assert diagnostic_tree.problems(TREE) == []
    assert diagnostic_tree.allowed(TREE, []) == ("oui", "non")
    step = diagnostic_tree.step(TREE, [], "oui", "2026-11-23T09:50:00Z")
    assert (step.node, step.test) == ("alimentation", "Le voyant s'allume-t-il ?")
    steps = [step, *taken(("reset", "E4 revient"))]
    walked = diagnostic_tree.walk(TREE, steps)
    assert (walked.ending, walked.problem, diagnostic_tree.allowed(TREE, steps)) == ("escaladé N2", "", ())
    assert diagnostic_tree.path_words(TREE, steps).splitlines() == [
        "1. Alimentation : oui",
        "2. Remise à zéro : E4 revient",
        "→ Niveau 2 (escaladé N2)",
    ]


def test_a_skipped_test_and_a_strange_result_are_told() -> None:
    skipped = diagnostic_tree.walk(TREE, taken(("reset", "E4 revient")))
    assert skipped.at.id == "alimentation" and skipped.done == () and "sauté" in skipped.problem
    strange = diagnostic_tree.walk(TREE, taken(("alimentation", "peut-être")))
    assert "« peut-être » n'est pas un résultat" in strange.problem
    with pytest.raises(ValueError, match="no such result"):
        diagnostic_tree.step(TREE, [], "peut-être")


def changed(**fields: object) -> Tree:
    return TREE.model_copy(update=fields)


@pytest.mark.parametrize(
    ("tree", "node", "said"),
    [
        (changed(start="nulle part"), "", "n'existe pas"),
        (changed(nodes=(*TREE.nodes, TREE.nodes[0])), "", "deux nœuds"),
        (changed(nodes=TREE.nodes[:-1]), "prise", "« ne marche pas » mène à « n2 »"),
        (changed(nodes=(*TREE.nodes, Node(id="seul", title="x", ending="résolu N1"))), "seul", "aucun chemin"),
        (changed(nodes=(*TREE.nodes[:-1], Node(id="n2", title="x"))), "n2", "et pas les deux"),
        (
            changed(nodes=(*TREE.nodes[:-1], Node(id="n2", title="x", branches=(Branch(result="a", go="alimentation"),)))),
            "alimentation",
            "revient sur ses pas",
        ),
    ],
)
def test_what_is_wrong_with_a_tree_is_said(tree: Tree, node: str, said: str) -> None:
    assert any(found == node and said in message for found, message in diagnostic_tree.problems(tree)), diagnostic_tree.problems(tree)


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Nodes that lead to later ones only: some are ends, some nobody reaches."""
    count = draw(st.integers(1, 9))
    nodes = []
    for n in range(count):
        later = draw(st.lists(st.integers(n + 1, count - 1), max_size=3)) if n < count - 1 else []
        branches = tuple(Branch(result=f"r{i}", go=f"n{to}") for i, to in enumerate(later))
        nodes.append(Node(id=f"n{n}", title=f"Test {n}", branches=branches, ending="" if branches else "résolu N1"))
    return Tree(id="t", version="1", title="T", start="n0", nodes=tuple(nodes))


@given(trees(), st.lists(st.integers(0, 2), max_size=12))
def test_allowed_results_always_lead_on_to_an_end(tree: Tree, choices: list[int]) -> None:
    assert all("aucun chemin" in message for _, message in diagnostic_tree.problems(tree))
    steps: list[TreeStep] = []
    for choice in (*choices, *[0] * len(tree.nodes)):
        results = diagnostic_tree.allowed(tree, steps)
        if not results:
            break
        steps.append(diagnostic_tree.step(tree, steps, results[choice % len(results)]))
    walked = diagnostic_tree.walk(tree, steps)
    assert walked.ending and not walked.problem and walked.done == tuple(steps) and len(steps) < len(tree.nodes)
    if len(steps) > 1:
        assert diagnostic_tree.walk(tree, steps[1:]).problem


def test_what_level_2_needs() -> None:
    bare = Ticket(id="t", contact_id="c")
    assert [name for name, _ in escalation.missing(bare)] == [name for name, _, _ in escalation.NEEDED]
    full = Ticket(
        id="t",
        contact_id="c",
        product_id="lune",
        serial="LS-1",
        bought_on=TODAY,
        symptom="E4",
        context="vinaigre",
        path=tuple(taken(("reset", "E4 revient"))),
        consumer_choice="remplacement",
        reachability="après 17 h",
        promised_on=TODAY,
    )
    assert escalation.missing(full) == ()
    assert [w for _, w in escalation.missing(full.model_copy(update={"reachability": ""}))] == ["quand joindre le client"]
