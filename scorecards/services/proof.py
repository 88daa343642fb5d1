"""The nightly comparison of what is published with what the facts say: claimed per scorecard, logged, audited, shown."""

from collections.abc import Callable
from datetime import date, datetime

import structlog
from django.db.models import Q

from cdmo_eval.core.tenancy import organization_scope
from scorecards.consistency import Check, check_scorecard
from scorecards.models import ConsistencyFinding, ScorecardState

EXAMPLES = 10
DUTY = "consistency check"

log = structlog.get_logger(__name__)


def unproved_scorecards(today: date) -> list[tuple[int, int]]:
    """(scorecard, organisation) of everything published that was not compared today, longest ago first."""
    rows = ScorecardState.objects.exclude(last_run_id=None).filter(
        Q(proved_on__isnull=True) | Q(proved_on__lt=today)
    )
    return list(rows.order_by("proved_on", "scorecard_id").values_list("scorecard_id", "organization_id"))


def prove(scorecard_id: int, *, organization_id: int, clock: Callable[[], datetime]) -> Check | None:
    """Compare one scorecard, once a day whoever asks; None when it was claimed already.

    The claim is a conditional update, so that two processes do not both do it. What differs is logged, kept as an audited
    row, and counted on the state, where the status page reads it; nothing is repaired.
    """
    today = clock().date()
    mine = ScorecardState.objects.filter(
        Q(pk=scorecard_id), Q(proved_on__isnull=True) | Q(proved_on__lt=today)
    ).update(proved_on=today)
    if not mine:
        return None
    check = check_scorecard(scorecard_id, organization_id=organization_id)
    if check.skipped:
        return check
    found = len(check.differences)
    ScorecardState.objects.filter(pk=scorecard_id).update(unproved=found)
    if found:
        log.error("published_is_not_what_the_facts_say", scorecard=scorecard_id, differences=found)
        with organization_scope(organization_id, DUTY):
            ConsistencyFinding.objects.create(
                organization_id=organization_id, scorecard_id=scorecard_id, found_at=clock(), differences=found,
                examples="\n".join(str(difference) for difference in check.differences[:EXAMPLES]),
            )  # fmt: skip
    return check
