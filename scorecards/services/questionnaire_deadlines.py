"""Deadlines of questionnaires as events, for reminders: three days ahead, and on the day after."""

from datetime import datetime, timedelta

from cdmo_eval.core.events import EventType, Happening, emit_all
from cdmo_eval.core.models import Organization
from scorecards.selectors.questionnaires import DeadlineNear, deadlines

AHEAD = timedelta(days=3)


def note_deadlines(*, organization: Organization, now: datetime) -> int:
    """Emit an event for each vendor with open questions whose deadline is near, and one when it has passed.

    Each is emitted once per deadline however often this runs, a new deadline is told anew. Returns how many are near.
    """
    today = now.date()
    near = deadlines(organization, until=today + AHEAD, today=today)
    emit_all(organization_id=organization.pk, happenings=[_happening(one) for one in near], now=now)
    return len(near)


def _happening(one: DeadlineNear) -> Happening:
    copy = one.copy
    passed = one.days_left < 0
    return Happening(
        EventType.QUESTIONNAIRE_DEADLINE, copy.public_id, "questionnaire_copy",
        {
            "questionnaire": {"id": str(copy.questionnaire.public_id), "name": str(copy.questionnaire)},
            "scorecard_id": str(copy.questionnaire.scorecard.public_id), "vendor": {"id": str(copy.candidate.vendor.public_id), "name": copy.candidate.vendor.name},
            "deadline": copy.deadline, "days_left": one.days_left, "open": one.open, "passed": passed,
        },
        f"{copy.public_id}:{copy.deadline}:{'passed' if passed else 'near'}",
    )  # fmt: skip
