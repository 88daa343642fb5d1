"""Celery tasks: ids in, one call. A message is a hint; PostgreSQL knows what is to do."""

from typing import Any

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, connection
from django.utils import timezone

from vendors import duties
from vendors.imports import jobs
from vendors.services.looking import MATCH_TASK

RETRY: dict[str, Any] = {
    "autoretry_for": (OperationalError,),
    "max_retries": 3,
    "retry_backoff": 1,
    "retry_backoff_max": 10,
}


@shared_task(name=jobs.TASK, time_limit=900, soft_time_limit=840, **RETRY)  # type: ignore[untyped-decorator]
def import_file(*, organization_id: int, job_id: int, **_future: object) -> None:
    """Load the file of a job, or take it back."""
    try:
        jobs.run_import(organization_id=organization_id, job_id=job_id, clock=timezone.now)
    except SoftTimeLimitExceeded:
        connection.close()  # whatever statement it was in the middle of
        jobs.give_up(organization_id=organization_id, job_id=job_id, clock=timezone.now)


@shared_task(name=MATCH_TASK, **RETRY)  # type: ignore[untyped-decorator]
def match_records(*, organization_id: int, **_future: object) -> None:
    """Look for official records of the sites of one organisation."""
    duties.look_for_records(organization_id=organization_id, now=timezone.now())
