"""Load a large file, or take it back, as a job: asked for by its person, done by a worker, seen among the jobs."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Q

from cdmo_eval.core import wakeup
from cdmo_eval.core.errors import Conflict, DomainError
from cdmo_eval.core.models import Job, Membership, Organization
from cdmo_eval.core.models.job import OPEN
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from vendors.imports import uploads
from vendors.imports.own_files import read_own, take_time
from vendors.models import UploadedLoad

KIND = "import"
TASK = "vendors.import"
FORGOTTEN_AFTER = timedelta(minutes=20)
"""A worker that has not said it is done by then is gone: the work may be taken up again."""
ASKED_AGAIN_AFTER = timedelta(minutes=1)
"""A job that waits longer is asked for again: its message was lost, or the workers are busy, which does no harm."""

log = structlog.get_logger(__name__)
Clock = Callable[[], datetime]


def open_job(load: UploadedLoad) -> Job | None:
    """The job that is loading a file or taking it back, if any."""
    return (
        Job.objects.for_organization(load.organization)
        .filter(kind=KIND, target_public_id=load.public_id, state__in=OPEN)
        .order_by("id")
        .first()
    )


def latest_job(load: UploadedLoad) -> Job | None:
    """The last job that was asked for a file, whatever became of it."""
    rows = Job.objects.for_organization(load.organization)
    return rows.filter(kind=KIND, target_public_id=load.public_id).order_by("-id").first()


def title_of(job: Job) -> str:
    """What a job does to a file, in words."""
    return "Taking the import back" if "undo" in job.parameters else "Loading the file"


@transaction.atomic
def request_commit(*, load: UploadedLoad, only_valid: bool = False, by: Actor, now: datetime) -> Job | None:
    """Load a checked file at once, or make the job that does when it is large (None: it is done).

    Raises what loading raises; Conflict when it is being loaded already.
    """
    if not _is_large(load, by):
        _require_idle(load)
        uploads.commit_upload(load=load, by=by, now=now, only_valid=only_valid)
        return None
    uploads.require_loadable(load=load, by=by, only_valid=only_valid)
    return _asked(load, by, only_valid=only_valid)


@transaction.atomic
def request_undo(*, load: UploadedLoad, reason: str, by: Actor, now: datetime) -> Job | None:
    """Take a loaded file back at once, or make the job that does when it is large (None: it is done).

    Raises what undoing raises; Conflict when it is being undone already. That later work stands on a large one is found
    by its job, which then says so.
    """
    if not _is_large(load, by):
        uploads.undo_upload(load=load, reason=reason, by=by, now=now)
        return None
    reason = uploads.require_undoable(load=load, reason=reason, by=by)
    _require_idle(load)
    # of two that ask at once the second waits here, and then finds the job of the first
    UploadedLoad.objects.for_organization(load.organization).select_for_update(no_key=True).only("pk").get(
        pk=load.pk
    )
    return _asked(load, by, undo=reason)


def _is_large(load: UploadedLoad, by: Actor) -> bool:
    """Whether a worker does it: of our own kinds only, and for a member, whose rights are looked at again."""
    return load.counts.get("read", 0) > uploads.LARGE and uploads.is_own(load.kind) and by.user is not None


def _asked(load: UploadedLoad, by: Actor, **parameters: Any) -> Job:
    _require_idle(load)
    job: Job = Job.objects.create(
        organization=load.organization,
        kind=KIND,
        subject=load.file_name,
        target_public_id=load.public_id,
        total=load.counts["read"],
        message="Waiting for a worker.",
        requested_by=by.user,
        parameters={**parameters, "by_name": by.name},
    )
    transaction.on_commit(partial(ask, load.organization_id, job.pk))
    return job


def _require_idle(load: UploadedLoad) -> None:
    if open_job(load) is not None:
        raise Conflict("A job is at work on this file already.", code="being_loaded")


def ask(organization_id: int, job_id: int) -> bool:
    """Ask a worker for the job; a hint only."""
    return wakeup.publish(TASK, organization_id=organization_id, job_id=job_id)


def ask_forgotten(*, clock: Clock) -> int:
    """Ask again for the jobs that nobody took up: their messages may be lost. Returns how many were asked for."""
    now, asked = clock(), 0
    for organization_id in Organization.objects.order_by("id").values_list("id", flat=True):
        with organization_scope(organization_id, KIND):
            waiting = list(
                Job.objects.filter(kind=KIND, organization_id=organization_id)
                .filter(
                    Q(state=Job.State.QUEUED, created_at__lt=now - ASKED_AGAIN_AFTER)
                    | Q(state=Job.State.RUNNING, started_at__lt=now - FORGOTTEN_AFTER)
                )
                .order_by("id")
                .values_list("id", flat=True)
            )
        for job_id in waiting:
            asked += ask(organization_id, job_id)
    return asked


def run_import(*, organization_id: int, job_id: int, clock: Clock) -> bool:
    """Do what a job asks for, all or nothing; whether this call did it. Safe to call any number of times."""
    taken = _take(organization_id, job_id, clock=clock)
    if taken is None:
        return False
    load, actor, parameters = taken
    act = _undo if "undo" in parameters else _load
    try:
        act(load, actor, job_id, parameters, clock)
    except DomainError as error:
        with organization_scope(organization_id, actor):
            _end(job_id, Job.State.FAILED, "Nothing was written.", clock(), error=error.message)
    except DatabaseError:
        with organization_scope(organization_id, actor):
            Job.objects.filter(pk=job_id, state=Job.State.RUNNING).update(
                state=Job.State.QUEUED, started_at=None, message="Interrupted; another attempt follows."
            )
        raise
    return True


def give_up(*, organization_id: int, job_id: int, clock: Clock) -> None:
    """End a job that took longer than a worker may: what it had begun is rolled back, and another attempt would be no faster."""
    error = "It took longer than a job may take. The operator's command import_records has no such limit."
    with organization_scope(organization_id, KIND):
        _end(job_id, Job.State.FAILED, "Nothing was written.", clock(), error=error)


def _load(load: UploadedLoad, actor: Actor, job_id: int, parameters: Mapping[str, Any], clock: Clock) -> None:
    with uploads.kept_file(load) as path:
        file = read_own(load, path)  # outside any transaction: only the check and the write hold locks
    _say(load.organization_id, job_id, done=file.read // 2, message="Checking and writing.")
    with organization_scope(load.organization_id, actor):
        take_time("statement_timeout")
        only_valid = bool(parameters["only_valid"])
        uploads.commit_upload(load=load, by=actor, now=clock(), only_valid=only_valid, file=file)
        _end(job_id, Job.State.SUCCEEDED, "Loaded.", clock())


def _undo(load: UploadedLoad, actor: Actor, job_id: int, parameters: Mapping[str, Any], clock: Clock) -> None:
    _say(load.organization_id, job_id, done=0, message="Taking it back.")
    with organization_scope(load.organization_id, actor):
        take_time("statement_timeout")
        uploads.undo_upload(load=load, reason=parameters["undo"], by=actor, now=clock())
        _end(job_id, Job.State.SUCCEEDED, "Taken back.", clock())


def _take(
    organization_id: int, job_id: int, *, clock: Clock
) -> tuple[UploadedLoad, Actor, Mapping[str, Any]] | None:
    """Claim the job: one worker at a time. None when there is nothing to do."""
    now = clock()
    with organization_scope(organization_id, KIND):
        claimed = Job.objects.filter(
            Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, started_at__lt=now - FORGOTTEN_AFTER),
            pk=job_id,
            kind=KIND,
        ).update(state=Job.State.RUNNING, started_at=now, message="At work.")
        if not claimed:
            return None
        organization = Organization.objects.get(pk=organization_id)
        job = Job.objects.select_related("requested_by").get(pk=job_id)
        load = (
            UploadedLoad.objects.for_organization(organization)
            .select_related("organization")
            .filter(public_id=str(job.target_public_id))
            .first()
        )
        member = Membership.objects.filter(organization=organization, user=job.requested_by).first()
        if load is None or member is None or job.requested_by is None:
            _end(job_id, Job.State.CANCELLED, "Whoever asked for it is no longer a member.", now)
            return None
        actor = Actor(organization, Role(member.role), job.parameters["by_name"], job.requested_by)
        return load, actor, job.parameters


def _say(organization_id: int, job_id: int, *, done: int, message: str) -> None:
    with organization_scope(organization_id, KIND):
        Job.objects.filter(pk=job_id, state=Job.State.RUNNING).update(done=done, message=message)


def _end(job_id: int, state: Job.State, message: str, now: datetime, *, error: str = "") -> None:
    job = Job.objects.filter(pk=job_id, state__in=OPEN)
    if state == Job.State.SUCCEEDED:
        total = job.values_list("total", flat=True).first()
        job.update(state=state, message=message, finished_at=now, error="", done=total or 0)
    else:
        job.update(state=state, message=message, finished_at=now, error=error)
