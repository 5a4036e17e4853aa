"""What follows in campaigns: answers dated, interviews complete or not, attempts kept, opposition honoured everywhere."""

from __future__ import annotations

from crm_mock.consequences.world import Follows, Outcome, World, derived_id
from crm_mock.errors import BusinessRefusal
from crm_mock.models import CampaignTarget, Consent, Record, Survey


def _survey(before: Survey | None, after: Survey, world: World) -> Outcome:
    answers = tuple(a if a.answered_at else a.model_copy(update={"answered_at": world.now}) for a in after.answers)
    latest = {a.question_id: a for a in answers}
    answered = sum(bool(a.value or a.verbatim or a.refused) for a in latest.values())
    if after.status == "complète":
        problems = []
        if after.target_reached != "cible":
            problems.append("Une enquête n'est complète que si la personne cible a répondu.")
        if answered == 0 or answered < after.applicable:
            problems.append(f"Une enquête complète a toutes ses réponses : {answered} sur {after.applicable}.")
        if problems:
            raise BusinessRefusal(problems)
    over = after.status != "en cours"
    return Outcome(
        after.model_copy(
            update={
                "answers": answers,
                "answered": answered,
                "started_at": after.started_at or world.now,
                "ended_at": (after.ended_at or world.now) if over else "",
            }
        )
    )


def _campaign_target(before: CampaignTarget | None, after: CampaignTarget, world: World) -> Outcome:
    known = before.attempts if before is not None else ()
    if after.attempts[: len(known)] != known:
        raise BusinessRefusal(["Une tentative d'appel notée ne s'efface pas et ne se corrige pas : ajoutez-en une autre."])
    attempts = tuple(a if a.at else a.model_copy(update={"at": world.now}) for a in after.attempts)
    after = after.model_copy(update={"attempts": attempts})
    if not after.opposed or (before is not None and before.opposed):
        return Outcome(after)
    return Outcome(_left_alone(after), tuple(_opposition(after, world)))


def _left_alone(target: CampaignTarget) -> CampaignTarget:
    waiting = target.status in ("à appeler", "à rappeler")
    status = "traitée" if waiting else target.status
    return target.model_copy(update={"opposed": True, "status": status, "next_on": None, "next_time": ""})


def _opposition(target: CampaignTarget, world: World) -> list[Record]:
    """The person's other targets, and the consent to be telephoned: withdrawn when it was given, refused else."""
    others = [t for t in world.where(CampaignTarget, contact_id=target.contact_id) if t.id != target.id and not t.opposed]
    changed: list[Record] = [_left_alone(other) for other in others]
    consents = [c for c in world.where(Consent, contact_id=target.contact_id) if c.purpose == "téléphone"]
    for consent in consents:
        if consent.status not in ("refusé", "retiré"):
            status = "retiré" if consent.status == "donné" else "refusé"
            changed.append(consent.model_copy(update={"status": status, "source": "opposition au téléphone"}))
    if not consents:
        changed.append(
            Consent(
                id=derived_id("cst", target.contact_id, "téléphone"),
                contact_id=target.contact_id,
                purpose="téléphone",
                status="refusé",
                source="opposition au téléphone",
            )
        )
    return changed


FOLLOWS: Follows = {"survey": _survey, "campaign_target": _campaign_target}
