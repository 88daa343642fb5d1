"""Begin an annual review: a scorecard of its own that judges as the earlier one did, so that the two can be compared."""

from datetime import datetime

from django.db import transaction

from cdmo_eval.core.policies import Actor, Permission
from scorecards.models import Scorecard, ScorecardChoice, ScorecardGate
from scorecards.triggers import lock_organization
from vendors.services.writing import begin, insert, living

COPIED = (
    "program", "framework", "archetype", "weights", "slots", "weight_locks", "weight_scales", "policy", "stage", "selection",
)  # fmt: skip
LONGEST_NAME = 200
OF_GATES = ("code", "subject", "operator", "value", "label", "waivable", "position", "origin")


@transaction.atomic
def copy_as_review(*, scorecard: Scorecard, by: Actor, now: datetime, name: str = "") -> Scorecard:
    """Copy weights, must-haves, policy, stage, criteria set and choice of candidates into a new scorecard, as of today.

    The earlier scorecard stays as it is. Waivers are not copied: each was given once, for a time. Evidence, ratings and
    calculations are not either; the review reads what is known now. Without a name: that of the earlier one with the
    year. Raises Invalid when there is a scorecard of the name already.
    """
    organization = scorecard.organization
    begin(organization, by, Permission.EDIT_SCORECARDS)
    living(scorecard, scorecard.program)
    lock_organization(organization.pk)
    review = insert(
        Scorecard(
            organization=organization, name=name.strip() or review_name(scorecard, now), copied_from=scorecard, as_of=None, updated_at=now,
            **{field: getattr(scorecard, field) for field in COPIED},
        )
    )  # fmt: skip
    choices = ScorecardChoice.objects.for_organization(organization).filter(scorecard=scorecard)
    for choice in choices.select_related("candidate").order_by("id"):
        insert(ScorecardChoice(organization=organization, scorecard=review, candidate=choice.candidate))
    gates = ScorecardGate.objects.for_organization(organization).active().filter(scorecard=scorecard)
    for gate in gates.order_by("position", "id"):
        kept = {field: getattr(gate, field) for field in OF_GATES}
        insert(ScorecardGate(organization=organization, scorecard=review, updated_at=now, **kept))
    return review


def review_name(scorecard: Scorecard, now: datetime) -> str:
    """What a review is called unless told otherwise."""
    year = f", review {now.year}"
    return scorecard.name[: LONGEST_NAME - len(year)] + year
