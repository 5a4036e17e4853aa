"""Whether a pack's situations show all that the référentiel asks: every criterion of a competence that is played, and of a whole
subject, which plays every competence, the written replies and the chat that a session of the title holds."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.pack import Pack, Simulation
from scenarios.pack_check_brief import whole_subject
from scenarios.pack_files import PackProblem
from scenarios.pack_load import Loaded
from scenarios.standard import Competence, Standard, load_standard

WRITTEN = "chat"  # channel of a simulation


def subject_problems(pack: Pack, loaded: Loaded) -> list[PackProblem]:
    """Criteria nobody could judge, replies and chats that lack."""
    try:
        standard = load_standard(pack.identity.standard)
    except KeyError:
        return []  # told of the pack itself
    found = list(_criteria(pack, loaded, standard))
    if whole_subject(pack, standard):
        found += _counts(pack, standard)
    return found


def seen_in(simulation: Simulation) -> set[str]:
    """Criteria that a record, a step or a mention of the reply shows."""
    expected = simulation.expected
    groups = [part.criteria for part in expected.records] + [part.criteria for part in expected.steps]
    return {ident for group in (*groups, *(part.criteria for part in expected.written)) for ident in group}


def heard_in(simulation: Simulation) -> set[str]:
    """Criteria declared as the jury's alone."""
    return {ident for heard in simulation.expected.heard for ident in heard.criteria}


def _criteria(pack: Pack, loaded: Loaded, standard: Standard) -> Iterator[PackProblem]:
    for competence in standard.competences:
        played = [simulation for simulation in pack.simulations if simulation.competence == competence.id]
        shown = {ident for simulation in played for ident in seen_in(simulation) | heard_in(simulation)}
        for ident, words in competence.criteria.items():
            if played and ident not in shown:
                source = loaded.sources[f"{played[0].id}/expected"]
                yield PackProblem(source.file, 0, _observable(ident, words, competence), ident)


def _observable(ident: str, words: str, competence: Competence) -> str:
    where = "written" if ident in competence.written_criteria else "records, steps"
    return f"critère « {words} » observable nulle part : le nommer dans {where}, ou dire sous heard pourquoi il s'apprécie autrement"


def _counts(pack: Pack, standard: Standard) -> Iterator[PackProblem]:
    """What the longest session of the référentiel holds; spares may add to it."""
    session = max(standard.sessions, key=lambda one: len(one.competences))
    chats = sum(simulation.channel == WRITTEN for simulation in pack.simulations)
    calls = len(pack.simulations) - chats
    for there, wanted, what in (
        (calls, session.simulations.get("phone"), "appel"),
        (chats, session.simulations.get("chat"), "conversation écrite"),
        (sum(s.written is not None for s in pack.simulations), session.written_replies.get("count"), "réponse écrite"),
    ):
        if isinstance(wanted, int) and there < wanted:
            yield PackProblem("simulations", 0, f"sujet complet : {there} {what} pour {wanted} attendus ({session.label})")
    for competence in session.written_replies.get("competences") or ():
        if not any(s.competence == competence and s.written is not None for s in pack.simulations):
            yield PackProblem("simulations", 0, f"sujet complet : aucune réponse écrite pour {competence} (written dans simulation.yaml)")
