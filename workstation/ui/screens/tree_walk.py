"""A diagnostic tree walked test by test: what to say to the customer, what was found, where it leads (SC10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message

from crm_mock.models import TreeStep
from crm_mock.rules import diagnostic_tree
from crm_mock.rules.diagnostic_tree import Node, Tree
from workstation.i18n import N_, _
from workstation.ui.screens.support_words import step_words
from workstation.ui.widgets.choice_list import Choice, ChoiceList
from workstation.ui.widgets.picker import Picker
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import plain_line, plain_lines

KEEP = "@keep"  # the choice offered at an end
ENDINGS = {"résolu N1": N_("Résolu au niveau 1"), "escaladé N2": N_("À transmettre au niveau 2"), "hors périmètre": N_("Hors périmètre")}
BESIDE = 100  # cells from which the tests done stand beside the question


class TreeWalk(Vertical):
    """Shows a walk; holds none: the steps come by `show`, and each wish is a message."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("backspace", "back", show=False)]

    class Walked(Message):
        """The tests are now these: one more, or one fewer."""

        def __init__(self, tree: Tree, steps: tuple[TreeStep, ...]) -> None:
            super().__init__()
            self.tree, self.steps = tree, steps

    class Kept(Message):
        """What this end proposes is taken up."""

        def __init__(self, node: Node) -> None:
            super().__init__()
            self.node = node

    class TreeChosen(Message):
        def __init__(self, tree_id: str) -> None:
            super().__init__()
            self.tree_id = tree_id

    def __init__(self) -> None:
        super().__init__(id="walk")
        self.followed: Tree | None = None
        self.steps: tuple[TreeStep, ...] = ()
        self._blocked = ""
        self.which = Picker()
        self.before = Static("", markup=False, classes="said")
        self.said = Static("", markup=False, classes="said")
        self.results = ChoiceList(id="results")
        self.done = Static("", markup=False, classes="done")

    def compose(self) -> ComposeResult:
        with Horizontal(classes="which"):
            yield Static(_("Arbre"), classes="tag", markup=False)
            yield self.which
        with Horizontal(classes="columns"):
            with Vertical(classes="now"):
                with VerticalScroll(can_focus=False, classes="question"):
                    yield self.before
                    yield self.said
                yield self.results
            with VerticalScroll(can_focus=False, classes="past"):
                yield self.done

    # --- painting

    def show(self, trees: Sequence[Tree], tree: Tree | None, steps: Sequence[TreeStep], blocked: str = "") -> None:
        """`blocked`: why no test may be noted now, in French."""
        self.followed, self.steps, self._blocked = tree, tuple(steps), blocked
        which = self.query_one(".which")
        which.display = len(trees) > 1 and not steps
        self.which.set_options(tuple((t.id, plain_line(t.title)) for t in trees))
        if tree is not None and which.display:
            self.which.set_value(tree.id)
        self._paint()

    def _paint(self) -> None:
        beside = self.size.width >= BESIDE
        self.query_one(".past").display = beside and self.followed is not None
        if self.followed is None:
            self.said.update(Text(_("Aucun arbre pour ce produit : notez les essais au contexte du ticket."), style="italic"))
            self.before.display = False
            self.results.set_choices(())
            return
        walked = diagnostic_tree.walk(self.followed, self.steps)
        lines = self.past_lines()
        self.done.update(Text("\n".join([_("Tests faits"), *lines]) if lines else _("Aucun test fait"), style="dim"))
        self.before.update(Text("\n".join(lines), style="dim"))
        self.before.display = bool(lines) and not beside
        self.said.update(self._question(walked))
        self.results.set_choices(self._choices(walked))
        self.call_after_refresh(self._to_question)

    def _to_question(self) -> None:
        """The question whole first, then as many of the tests before it as there is room for."""
        self.query_one(".question", VerticalScroll).scroll_to_widget(self.said, top=True, animate=False)

    def past_lines(self) -> list[str]:
        return [step_words(self.followed, number, step) for number, step in enumerate(self.steps, 1)]

    def _question(self, walked: diagnostic_tree.Walk) -> Text:
        text, node = Text(), walked.at
        if self._blocked:
            text.append("▲ " + self._blocked + "\n", style="bold")
        if walked.problem:
            text.append("▲ " + plain_line(walked.problem) + "\n", style="bold red")
        text.append(plain_line(node.title), style="bold underline")
        if node.ending:
            text.append(f" – {_(ENDINGS[node.ending])}", style="bold")
        if self.steps and not self._blocked:
            text.append(_("   Retour arrière : test d'avant"), style="dim")
        if node.text:
            text.append("\n" + _("Dites : « {text} »").format(text=plain_lines(node.text)))
        if node.explain:
            text.append("\n" + plain_lines(node.explain), style="italic")
        if node.solution:
            text.append("\n" + _("Solution : {solution}").format(solution=plain_lines(node.solution)))
        if node.benefit:
            text.append("\n" + _("À valoriser : {benefit}").format(benefit=plain_lines(node.benefit)), style="bold")
        return text

    def _choices(self, walked: diagnostic_tree.Walk) -> tuple[Choice, ...]:
        if self._blocked:
            return ()
        if walked.problem:
            return (Choice(KEEP, _("Reprendre ici : les tests hors de l'arbre sont retirés"), "1"),)
        if walked.at.ending:
            return (Choice(KEEP, _("Retenir cette solution"), "1"),)
        return tuple(Choice(b.result, plain_line(b.result), str(n)) for n, b in enumerate(walked.at.branches, 1))

    def on_resize(self) -> None:
        self._paint()

    # --- what a person does

    @on(ChoiceList.Chosen)
    def _chosen(self, event: ChoiceList.Chosen) -> None:
        event.stop()
        if self.followed is None or self._blocked:
            return
        walked = diagnostic_tree.walk(self.followed, self.steps)
        if event.choice.id != KEEP:
            self.post_message(self.Walked(self.followed, (*self.steps, diagnostic_tree.step(self.followed, self.steps, event.choice.id))))
        elif walked.problem:
            self.post_message(self.Walked(self.followed, walked.done))
        else:
            self.post_message(self.Kept(walked.at))

    def action_back(self) -> None:
        """Takes the last test back."""
        if self.followed is not None and self.steps and not self._blocked:
            self.post_message(self.Walked(self.followed, self.steps[:-1]))

    @on(Picker.Changed)
    def _tree_chosen(self, event: Picker.Changed) -> None:
        event.stop()
        self.post_message(self.TreeChosen(self.which.value))
