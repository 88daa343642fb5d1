"""Celery tasks: ids in, one call. A message is a hint; PostgreSQL knows what is to do."""

from typing import Any

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from scorecards import duties
from scorecards.services import export_slices, exports, simulations

RETRY: dict[str, Any] = {
    "autoretry_for": (OperationalError,),
    "max_retries": 3,
    "retry_backoff": 1,
    "retry_backoff_max": 10,
}


@shared_task(name="scorecards.recompute_dirty", **RETRY)  # type: ignore[untyped-decorator]
def recompute_dirty(*, organization_id: int, **_future: object) -> None:
    """Recompute what is dirty in one organisation."""
    duties.recompute_dirty(organization_id=organization_id, clock=timezone.now)


@shared_task(name="scorecards.nightly", **RETRY)  # type: ignore[untyped-decorator]
def nightly(**_future: object) -> None:
    """The duties of a new day, claimed once."""
    duties.nightly(clock=timezone.now)


@shared_task(name=simulations.TASK, **RETRY)  # type: ignore[untyped-decorator]
def simulate(*, organization_id: int, job_id: int, **_future: object) -> None:
    """Count simulated cases for a while."""
    simulations.count_slice(organization_id=organization_id, job_id=job_id, clock=timezone.now)


@shared_task(name="scorecards.prove_published", **RETRY)  # type: ignore[untyped-decorator]
def prove_published(**_future: object) -> None:
    """Compare what is published with what the facts say, each scorecard once a day."""
    duties.prove_published(clock=timezone.now)


@shared_task(name=exports.TASK, **RETRY)  # type: ignore[untyped-decorator]
def write_export(*, organization_id: int, job_id: int, **_future: object) -> None:
    """Write a file for a while."""
    export_slices.write_slice(organization_id=organization_id, job_id=job_id, clock=timezone.now)
