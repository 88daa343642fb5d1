"""Celery tasks: ids in, one call. A message is a hint; PostgreSQL knows what is to do."""

from typing import Any

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from scorecards import duties

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
