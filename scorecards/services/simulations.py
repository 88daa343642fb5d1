"""Count simulated cases as a job: asked for by any reader, done in slices, cancelled between blocks, kept by digest."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import numpy as np
import structlog
from django.db import transaction

from cdmo_eval.core import wakeup
from cdmo_eval.core.errors import Conflict, FieldError, Invalid
from cdmo_eval.core.models import Job, Organization
from cdmo_eval.core.models.job import OPEN
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.tenancy import organization_scope
from scorecards.engine.exact import EngineError
from scorecards.engine.robustness import Problem, Tally, run
from scorecards.models import Scorecard, Simulation
from scorecards.selectors.board import current_board
from scorecards.selectors.firmness import Field
from scorecards.selectors.simulations import KIND, Request, find_simulation, open_job, problems_of, request_of
from scorecards.services.reading import begin_reading
from vendors.services.writing import living

TASK = "scorecards.simulate"
AT_ONCE = 2
"""Simulations an organisation may have under way."""
SLICE_SECONDS = 20.0
SAY_EVERY_SECONDS = 0.5
FORGOTTEN_AFTER = timedelta(seconds=10)
KEPT = 10
"""Finished simulations kept per scorecard; older ones can be counted again."""

log = structlog.get_logger(__name__)
Clock = Callable[[], datetime]


@transaction.atomic
def request_simulation(
    *, scorecard: Scorecard, request: Request, by: Actor, now: datetime
) -> tuple[Simulation, Job | None]:
    """The simulation of the published calculation, and the job that counts it; no job when it is counted already.

    Raises Conflict before the first calculation, when nobody is ranked and when two are being counted already; Invalid
    for models that leave nothing uncertain.
    """
    begin_reading(scorecard.organization, by)
    living(scorecard)
    field = Field(current_board(scorecard))
    if not field.rows:
        raise Conflict("Nobody is ranked, so there is nothing to simulate.", code="nobody_ranked")
    try:
        problems_of(field, request)
    except EngineError as error:
        raise Invalid(
            f"{error.name}: {error.message}.", errors=[FieldError(error.name, "invalid", error.message)]
        ) from error
    board, organization = field.board, scorecard.organization
    Organization.objects.select_for_update(no_key=True).get(
        pk=organization.pk
    )  # two requests at once make one job
    key = request.key(board.run.input_digest)
    found = find_simulation(scorecard, key)
    if found is not None and found.finished_at is not None:
        return found, None
    under_way = Job.objects.for_organization(organization).filter(kind=KIND, state__in=OPEN)
    if found is None:
        found = Simulation.objects.create(
            organization=organization, scorecard=scorecard, run=board.run, key=key, assumptions=request.assumptions(),
            draws=request.draws, seed=request.seed, numpy_version=np.__version__, touched_at=now,
            candidates=[standing.id for standing in field.standings],
        )  # fmt: skip
    else:
        for job in under_way.filter(target_public_id=scorecard.public_id):
            if job.parameters.get("simulation") == str(found.public_id):
                return found, job
    if under_way.count() >= AT_ONCE:
        raise Conflict(
            "Two simulations are being counted already. Wait for one, or stop it.",
            code="too_many_jobs",
            retry_after=10,
        )
    job = Job.objects.create(
        organization=organization, kind=KIND, subject=scorecard.name, target_public_id=scorecard.public_id, done=found.done,
        total=2 * request.draws, message="Waiting for a worker.", requested_by=by.user, parameters={"simulation": str(found.public_id)},
    )  # fmt: skip
    transaction.on_commit(partial(ask, organization.pk, job.pk))
    return found, job


def ask(organization_id: int, job_id: int) -> bool:
    """Ask a worker for a slice of a job; a hint only."""
    return wakeup.publish(TASK, organization_id=organization_id, job_id=job_id)


@transaction.atomic
def stop_simulation(*, scorecard: Scorecard, by: Actor, now: datetime) -> Job:
    """Stop the counting; what is counted is kept and serves when it is asked for again. Raises Conflict without a job."""
    begin_reading(scorecard.organization, by)
    job = open_job(scorecard)
    if job is None:
        raise Conflict("Nothing is being counted for this scorecard.", code="not_running")
    Job.objects.filter(pk=job.pk, state__in=OPEN).update(
        state=Job.State.CANCELLED, finished_at=now, message="Stopped."
    )
    job.refresh_from_db()
    return job


@dataclass
class _Slice:
    """What a slice works on, read in one scope, so that the counting itself holds no transaction open."""

    organization_id: int
    job_id: int
    simulation: Simulation
    problems: tuple[Problem, Problem]
    first: int


def count_slice(*, organization_id: int, job_id: int, clock: Clock, seconds: float = SLICE_SECONDS) -> bool:
    """Count for about so many seconds, keep what was counted, and say whether the job is over.

    Safe to call any number of times: a slice that somebody else has counted meanwhile is thrown away.
    """
    taken = _take(organization_id, job_id, clock=clock)
    if taken is None:
        return True
    began = said = time.monotonic()

    def proceed(done: int) -> bool:
        nonlocal said
        at = time.monotonic()
        if at - said < SAY_EVERY_SECONDS:
            return at - began < seconds
        said = at
        return _say(taken, done, clock=clock) and at - began < seconds

    draws = taken.simulation.draws
    counted: list[Tally | None] = [None, None]
    done = taken.first
    for part, problem in enumerate(taken.problems):
        start = max(0, done - part * draws)
        if start >= draws or done < part * draws:
            continue
        offset = part * draws
        tally = run(problem, first=start, proceed=lambda at, offset=offset: proceed(at + offset))  # type: ignore[misc]
        counted[part] = tally
        done += tally.cases
    return _keep(taken, counted, done, clock=clock)


def _take(organization_id: int, job_id: int, *, clock: Clock) -> _Slice | None:
    """Begin or go on: read the problem anew. None when there is nothing to do; the job is ended when its question is gone."""
    with organization_scope(organization_id, KIND):
        job = Job.objects.filter(pk=job_id, kind=KIND, state__in=OPEN).first()
        if job is None:
            return None
        rows = Simulation.objects.select_related("scorecard__framework", "scorecard__organization", "run")
        simulation = rows.filter(public_id=job.parameters["simulation"]).first()
        if simulation is None or simulation.finished_at is not None:
            _end(
                job_id,
                Job.State.SUCCEEDED if simulation else Job.State.CANCELLED,
                "Counted already." if simulation else "Stopped.",
                clock(),
            )
            return None
        scorecard = simulation.scorecard
        field = Field(current_board(scorecard))
        request = request_of(simulation)
        if request.key(field.board.run.input_digest) != simulation.key:
            message = "The ranking has changed meanwhile: ask for it again."
            _end(job_id, Job.State.CANCELLED, message, clock())
            simulation.delete()
            return None
        Job.objects.filter(pk=job_id, state=Job.State.QUEUED).update(
            state=Job.State.RUNNING, started_at=clock(), message="Simulating cases."
        )
        Simulation.objects.filter(pk=simulation.pk).update(touched_at=clock())
        return _Slice(organization_id, job_id, simulation, problems_of(field, request), simulation.done)


def _say(taken: _Slice, done: int, *, clock: Clock) -> bool:
    """Tell how far it is; False when somebody stopped it."""
    with organization_scope(taken.organization_id, KIND):
        Simulation.objects.filter(pk=taken.simulation.pk).update(touched_at=clock())
        return bool(Job.objects.filter(pk=taken.job_id, state=Job.State.RUNNING).update(done=done))


def _keep(taken: _Slice, counted: list[Tally | None], done: int, *, clock: Clock) -> bool:
    """Add what was counted to what is kept, unless somebody else did; whether the job is over."""
    simulation, now = taken.simulation, clock()
    over = done >= 2 * simulation.draws
    merged = {
        name: _added(getattr(simulation, name), tally)
        for name, tally in zip(("tally", "any_tally"), counted, strict=True)
        if tally is not None
    }
    with organization_scope(taken.organization_id, KIND):
        Simulation.objects.filter(pk=simulation.pk, done=taken.first).update(
            done=done, touched_at=now, finished_at=now if over else None, **merged
        )
        if over:
            _end(taken.job_id, Job.State.SUCCEEDED, "Counted.", now, done=done)
            _forget_old(simulation)
            return True
        if not Job.objects.filter(pk=taken.job_id, state=Job.State.RUNNING).update(done=done):
            return True
    ask(taken.organization_id, taken.job_id)
    return False


def _added(kept: bytes | None, tally: Tally) -> bytes:
    return (tally if kept is None else Tally.unpacked(bytes(kept)) + tally).packed()


def _end(job_id: int, state: Job.State, message: str, now: datetime, **fields: int) -> None:
    Job.objects.filter(pk=job_id, state__in=OPEN).update(
        state=state, finished_at=now, message=message, **fields
    )


def _forget_old(simulation: Simulation) -> None:
    """Keep the newest few of a scorecard."""
    rows = (
        Simulation.objects.filter(scorecard_id=simulation.scorecard_id)
        .order_by("-id")
        .values_list("pk", flat=True)
    )
    old = list(rows[KEPT:])
    if old:
        Simulation.objects.filter(pk__in=old, finished_at__isnull=False).delete()


def count_forgotten(*, clock: Clock) -> int:
    """Go on with what nobody has counted for ten seconds, in this process: the queue may have lost the message."""
    found = 0
    for organization_id in list(Organization.objects.order_by("id").values_list("pk", flat=True)):
        with organization_scope(organization_id, KIND):
            jobs = list(
                Job.objects.filter(kind=KIND, state__in=OPEN)
                .order_by("id")
                .values_list("pk", "parameters", "created_at")
            )
            alive = dict(
                Simulation.objects.filter(
                    public_id__in=[parameters["simulation"] for _, parameters, _ in jobs]
                ).values_list("public_id", "touched_at")
            )
        since = {str(public_id): at for public_id, at in alive.items()}
        for job_id, parameters, created_at in jobs:
            if max(created_at, since.get(parameters["simulation"], created_at)) < clock() - FORGOTTEN_AFTER:
                log.info("simulation_resumed", organization=organization_id, job=job_id)
                count_slice(organization_id=organization_id, job_id=job_id, clock=clock)
                found += 1
    return found
