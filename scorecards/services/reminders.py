"""Remind evaluators whose deadline comes near and who have not submitted."""

from datetime import datetime

from cdmo_eval.core.events import EventType, Happening, emit_all, named
from cdmo_eval.core.models import Organization
from scorecards.selectors.evaluators import reminders


def remind_evaluators(*, organization: Organization, now: datetime) -> int:
    """Write one event for each open invitation whose deadline is near or past; repeating it writes nothing more.

    The event names the evaluator: nobody else is told who has not rated yet.
    """
    found = [
        Happening(
            EventType.EVALUATOR_DEADLINE, one.invitation.public_id, "invitation",
            {
                "scorecard": named(one.invitation.scorecard),
                "deadline": str(one.invitation.deadline),
                "to": [str(one.invitation.evaluator.public_id)],
            },
            f"{one.invitation.public_id}:{one.invitation.deadline}",
        )
        for one in reminders(organization, today=now.date())
    ]  # fmt: skip
    emit_all(organization_id=organization.pk, happenings=found, now=now)
    return len(found)
