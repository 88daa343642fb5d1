"""Who may recompute a scorecard now: one holder at a time, attempts counted, poison set aside."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max

from scorecards.models import DirtyRow, ScorecardState

CLAIM_LOCK = 4712
ATTEMPTS = 3
WAITS = (timedelta(minutes=1), timedelta(minutes=10), timedelta(minutes=60))


@dataclass(frozen=True)
class Claim:
    """The right to recompute one scorecard, held by this database session."""

    scorecard_id: int
    organization_id: int
    attempts: int
    up_to: int
    input_digest: str
    """Of what is published; nobody else can change it while the claim is held."""


@contextmanager
def claim(scorecard_id: int, organization_id: int, *, now: datetime) -> Iterator[Claim | None]:
    """Claim by a *session* advisory lock, outside any transaction; None when somebody else holds it or it is quarantined.

    A killed holder's lock is free within milliseconds. The attempt is counted, in its own commit, before the work: a
    process that dies in the middle has counted, and the same input that fails three times is set aside.
    """
    if connection.in_atomic_block:
        raise RuntimeError("a claim begins outside any transaction")
    if not _lock(scorecard_id):
        yield None
        return
    try:
        yield _begin(scorecard_id, organization_id, now=now)
    finally:
        connection.close_if_unusable_or_obsolete()
        if connection.connection is not None:
            _unlock(scorecard_id)


def _begin(scorecard_id: int, organization_id: int, *, now: datetime) -> Claim | None:
    newest = DirtyRow.objects.filter(scorecard_id=scorecard_id).aggregate(newest=Max("id"))["newest"] or 0
    state, _ = ScorecardState.objects.get_or_create(
        scorecard_id=scorecard_id, defaults={"organization_id": organization_id}
    )
    fresh_input = (
        newest > state.attempted_up_to
    )  # new dirty rows are a new input: earlier failures say nothing about it
    if state.quarantined_until and now < state.quarantined_until and not fresh_input:
        return None
    attempts = 1 if fresh_input else state.attempts + 1
    if attempts > ATTEMPTS and not state.error:  # three deaths without a word
        error = "The calculation was ended from outside three times with the same input (out of memory, or killed)."
        ScorecardState.objects.filter(pk=scorecard_id).update(
            error=error, attempts=attempts, quarantined_until=now + _wait(attempts)
        )
        if not state.quarantined_until:
            return None
    with transaction.atomic(), connection.cursor() as cursor:
        # a killed process cannot lose the count, only a crash of the server can: no reason to wait for the disk
        cursor.execute("SET LOCAL synchronous_commit TO OFF")
        ScorecardState.objects.filter(pk=scorecard_id).update(
            attempts=attempts, attempted_up_to=max(newest, state.attempted_up_to)
        )
    return Claim(scorecard_id, organization_id, attempts, newest, state.input_digest)


def failed(held: Claim, error: Exception, *, now: datetime) -> None:
    """Keep what went wrong; from the third failure on, wait before the next attempt."""
    until = now + _wait(held.attempts) if held.attempts >= ATTEMPTS else None
    text = f"{type(error).__name__}: {error}"[:2000]
    ScorecardState.objects.filter(pk=held.scorecard_id).update(error=text, quarantined_until=until)


def forgive(scorecard_id: int) -> None:
    """Forget failed attempts: the retry button, and faults of the infrastructure rather than of the input."""
    ScorecardState.objects.filter(pk=scorecard_id).update(attempts=0, quarantined_until=None, error="")


def _wait(attempts: int) -> timedelta:
    return WAITS[min(max(attempts - ATTEMPTS, 0), len(WAITS) - 1)]


def _lock(scorecard_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [CLAIM_LOCK, scorecard_id])
        return bool(cursor.fetchone()[0])


def _unlock(scorecard_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [CLAIM_LOCK, scorecard_id])
