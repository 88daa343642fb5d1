"""What the background processes do: drain what is dirty, look again after midnight, reconcile."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, connection

from cdmo_eval.core import audit_chain, retention
from cdmo_eval.core.changes import forget_old_changes
from cdmo_eval.core.events import forget_old_events
from cdmo_eval.core.models import Organization, PeriodKey
from cdmo_eval.core.tenancy import organization_scope
from cdmo_eval.core.webhooks import duty
from scorecards import recompute, scheduling
from scorecards.services import export_slices, proof, recompute_jobs, simulations
from scorecards.services.questionnaire_deadlines import note_deadlines
from scorecards.services.reminders import remind_evaluators
from vendors.imports import jobs as import_jobs
from vendors.services import match_records, refresh_standings
from vendors.services.announce import stale_evidence
from vendors.services.reminders import remind_of_ends

SLICE_SECONDS = 20.0
RECONCILER_LOCK = 4714
LOOK_FOR_SIMULATIONS = timedelta(seconds=5)
ASK_AGAIN_EVERY = timedelta(minutes=1)
SEAL_EVERY = timedelta(seconds=20)

log = structlog.get_logger(__name__)
Clock = Callable[[], datetime]


def recompute_dirty(*, organization_id: int, clock: Clock) -> int:
    """Recompute the organisation's dirty scorecards for at most 20 s, then ask for the rest; returns how many ran."""
    began, ran = time.monotonic(), 0
    for scorecard_id in scheduling.due_scorecards(now=clock(), organization_id=organization_id):
        if time.monotonic() - began > SLICE_SECONDS:
            scheduling.ask_again(organization_id)
            break
        ran += _recompute(scorecard_id, clock=clock)
    return ran


def _recompute(scorecard_id: int, *, clock: Clock) -> bool:
    """One recompute whose failure does not keep the others from theirs; it is counted and shown on the scorecard."""
    try:
        recompute.run(scorecard_id, clock=clock)
    except DatabaseError:
        connection.close_if_unusable_or_obsolete()
        log.warning("recompute_interrupted", scorecard=scorecard_id, exc_info=True)
        return False
    except (ArithmeticError, LookupError, TypeError, ValueError, RuntimeError):
        recompute_jobs.note_failure(scorecard_id, now=clock())
        return False  # logged and counted by the recompute itself
    return True


def prove_published(*, clock: Clock) -> int:
    """Compare published figures with the facts for at most 20 s, each scorecard once a day (UTC); returns how many.

    The next call goes on where this one stopped; a failure of one scorecard does not keep the others from theirs.
    """
    began, done = time.monotonic(), 0
    for scorecard_id, organization_id in proof.unproved_scorecards(clock().date()):
        if time.monotonic() - began > SLICE_SECONDS:
            break
        try:
            done += proof.prove(scorecard_id, organization_id=organization_id, clock=clock) is not None
        except DatabaseError:
            connection.close_if_unusable_or_obsolete()
            log.warning("consistency_check_interrupted", scorecard=scorecard_id, exc_info=True)
        except (ArithmeticError, LookupError, TypeError, ValueError, RuntimeError):
            log.exception("consistency_check_failed", scorecard=scorecard_id)
    return done


def nightly(*, clock: Clock) -> bool:
    """Once a day (UTC): sites' standings are worked out anew, and whatever age or validity has made stale is recomputed.

    False when this day is claimed already.
    """
    now = clock()
    _, mine = PeriodKey.objects.get_or_create(
        key=f"nightly:{now.date().isoformat()}", defaults={"claimed_at": now}
    )
    if not mine:
        return False
    held = False
    for organization in Organization.objects.order_by("id"):
        with organization_scope(organization.pk, "nightly"):
            held |= retention.standing_holds(organization).exists()
            match_records(organization=organization, now=now)
            refresh_standings(organization=organization, as_of=now.date())
            note_deadlines(organization=organization, now=now)
            remind_of_ends(organization=organization, now=now)
            remind_evaluators(organization=organization, now=now)
            stale_evidence(organization=organization, now=now)
    if not held:  # the outbox and the feed are trimmed for all at once: one legal hold keeps them whole
        forget_old_events(now=now)
        forget_old_changes()
    for scorecard_id in scheduling.due_scorecards(now=now):
        _recompute(scorecard_id, clock=clock)
    return True


def reconcile(*, clock: Clock, stop: Callable[[], bool], pause: Callable[[float], None] = time.sleep) -> None:
    """Recompute, in this process, what stayed stale for more than a few seconds, and seal the audit trail, until `stop`.

    Needs no broker: scores converge with Redis gone. One process at a time does it, by an advisory lock.
    """
    looked = clock() - LOOK_FOR_SIMULATIONS
    sealed = clock() - SEAL_EVERY
    asked = clock() - ASK_AGAIN_EVERY
    while not stop():
        try:
            if _single():
                _reconcile_once(clock=clock, stop=stop)
                if clock() - looked >= LOOK_FOR_SIMULATIONS:
                    looked = clock()
                    duty.send_forgotten(clock=clock)
                    simulations.count_forgotten(clock=clock)
                    export_slices.write_forgotten(clock=clock)
                if clock() - asked >= ASK_AGAIN_EVERY:
                    asked = clock()
                    import_jobs.ask_forgotten(clock=clock)
                if clock() - sealed >= SEAL_EVERY:
                    sealed = clock()
                    seal_audit(clock=clock)
        except DatabaseError:
            log.warning("reconciler_waits_for_the_database", exc_info=True)
            connection.close()
        pause(1.0)


def seal_audit(*, clock: Clock) -> int:
    """Seal the audit trail of every organisation, and once a day tell each head outside; returns how many events were sealed."""
    sealed = audit_chain.seal_all()
    now = clock()
    audit_chain.tell_heads(today=now.date(), now=now)
    return sealed


def _single() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_lock(%s, 0)", [RECONCILER_LOCK]
        )  # taken again by its holder: harmless
        return bool(cursor.fetchone()[0])


def _reconcile_once(*, clock: Clock, stop: Callable[[], bool]) -> None:
    patience = timedelta(seconds=settings.RECONCILE_AFTER_SECONDS)
    for scorecard_id in scheduling.due_scorecards(now=clock(), older_than=patience):
        if stop():
            return
        _recompute(scorecard_id, clock=clock)
