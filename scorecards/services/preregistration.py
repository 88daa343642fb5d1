"""Settle weights, must-haves and criteria before anybody sees a score."""

from datetime import datetime

from django.db import connection, transaction

from cdmo_eval.core.errors import Conflict
from cdmo_eval.core.policies import Actor, Permission
from scorecards.claims import CLAIM_LOCK
from scorecards.models import Preregistration, Scorecard
from scorecards.selectors.preregistration import rules_digest, rules_of, scores_seen
from scorecards.triggers import lock_organization
from vendors.services.writing import begin, change, insert, living, locked


@transaction.atomic
def hide_scores(*, scorecard: Scorecard, expected_version: int | None, by: Actor, now: datetime) -> Scorecard:
    """Calculate and show nothing until the weights are locked.

    Raises Conflict once a calculation has been published: what people may have seen cannot be unseen. Waits until a
    calculation that runs now has ended.
    """
    current = _begun(scorecard, expected_version, by)
    if current.weights_locked_at is not None:
        raise Conflict("The weights are locked already.", code="locked")
    _wait_for_calculation(current)
    if scores_seen(current):
        message = "Scores of this scorecard have been published already, so they cannot be hidden any more."
        raise Conflict(message, code="scores_seen")
    change(current, {"hide_until_locked": True}, now=now)
    return current


@transaction.atomic
def show_scores(*, scorecard: Scorecard, expected_version: int | None, by: Actor, now: datetime) -> Scorecard:
    """Give the waiting up: scores are calculated and shown, and nothing is locked."""
    current = _begun(scorecard, expected_version, by)
    if not current.scores_hidden:
        raise Conflict("The scores are not hidden.", code="not_hidden")
    change(current, {"hide_until_locked": False}, now=now)
    return current


@transaction.atomic
def lock_weights(
    *, scorecard: Scorecard, expected_version: int | None, by: Actor, now: datetime
) -> Preregistration:
    """Lock what the scorecard judges by, for ever, with digest, person and time; then scores are calculated and shown.

    Later changes stay possible. Each is recorded, and one that changes who leads is flagged for good. Raises Conflict
    unless the scores are hidden: what is locked after scores were seen proves nothing.
    """
    current = _begun(scorecard, expected_version, by)
    if not current.scores_hidden:
        locked_before = current.weights_locked_at is not None
        message = (
            "The weights are locked already."
            if locked_before
            else "The scores are visible, so locking the weights now would prove nothing."
        )
        raise Conflict(message, code="locked" if locked_before else "not_hidden")
    rules = rules_of(current)
    row = insert(
        Preregistration(
            organization=current.organization, scorecard=current, content=rules, digest=rules_digest(rules), locked_by=by.user,
            locked_by_name=by.name, locked_at=now,
        )
    )  # fmt: skip
    change(current, {"weights_locked_at": now}, now=now)
    return row


def _begun(scorecard: Scorecard, expected_version: int | None, by: Actor) -> Scorecard:
    begin(scorecard.organization, by, Permission.EDIT_SCORECARDS)
    lock_organization(scorecard.organization_id)
    current = locked(scorecard, expected_version)
    living(current)
    return current


def _wait_for_calculation(scorecard: Scorecard) -> None:
    """Take the very lock by which a recompute claims the scorecard, until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [CLAIM_LOCK, scorecard.pk])
