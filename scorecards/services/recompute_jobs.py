"""Jobs that somebody waits for: "calculate this scorecard now", and whether that has happened."""

from datetime import datetime

from django.db import transaction

from cdmo_eval.core.models import Job
from cdmo_eval.core.models.job import OPEN
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import Run, Scorecard, ScorecardState
from scorecards.services.scorecards import ask_recompute

KIND = "recompute"


@transaction.atomic
def request_recompute(*, scorecard: Scorecard, by: Actor, now: datetime) -> Job:
    """Ask for a calculation and get a job that ends when one has run that saw everything written before this call."""
    ask_recompute(scorecard=scorecard, by=by)
    return Job.objects.create(
        organization=scorecard.organization, kind=KIND, subject=scorecard.name, target_public_id=scorecard.public_id,
        total=1, message="Waiting for a worker.", requested_by=by.user,
    )  # fmt: skip


def complete(scorecard: Scorecard, run: Run | None, *, started: datetime, now: datetime) -> None:
    """End the open jobs of a scorecard, in the transaction that publishes, so that both happen or neither.

    The calculation reads one snapshot. A job that is in it was committed together with the dirty row it caused, so the
    calculation has taken that row; a job committed later is not seen and waits for the next one. `run` is None when
    the figures came out as they were: the published run then stands.
    """
    standing = run or (
        Run.objects.for_organization(scorecard.organization)
        .filter(scorecard=scorecard)
        .order_by("-number")
        .first()
    )
    Job.objects.for_organization(scorecard.organization).filter(
        kind=KIND, target_public_id=scorecard.public_id, state__in=OPEN
    ).update(
        state=Job.State.SUCCEEDED, done=1, started_at=started, finished_at=now, error="",
        message="Published." if run else "Nothing has changed: the published figures stand.",
        result={"run_id": str(standing.public_id), "run_number": standing.number, "changed": run is not None} if standing else {},
    )  # fmt: skip


def cancel(scorecard: Scorecard, *, now: datetime) -> None:
    """End the open jobs of a scorecard that was archived meanwhile."""
    Job.objects.for_organization(scorecard.organization).filter(
        kind=KIND, target_public_id=scorecard.public_id, state__in=OPEN
    ).update(state=Job.State.CANCELLED, finished_at=now, message="The scorecard was archived.")


def note_failure(scorecard_id: int, *, now: datetime) -> None:
    """After a failed calculation: say so on the jobs that wait for it, and end them once the scorecard is set aside.

    Opens the organisation itself. Before that a new attempt follows within seconds, and the jobs wait for it.
    """
    state = ScorecardState.objects.filter(pk=scorecard_id).first()
    if state is None or not state.error:
        return
    with organization_scope(state.organization_id, KIND):
        public_id = Scorecard.objects.filter(pk=scorecard_id).values_list("public_id", flat=True).first()
        waiting = Job.objects.filter(kind=KIND, target_public_id=public_id, state__in=OPEN)
        if state.quarantined_until is None:
            waiting.update(
                message=f"Attempt {state.attempts} failed; another one follows.", error=state.error
            )
        else:
            waiting.update(
                state=Job.State.FAILED, finished_at=now, error=state.error,
                message=f"Failed {state.attempts} times; set aside for a while.",
            )  # fmt: skip
