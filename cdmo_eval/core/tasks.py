"""Celery tasks of core: no arguments or ids in, one call. A message is a hint; PostgreSQL knows what is to do."""

from typing import Any

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from cdmo_eval.core import digests, events, notifications, retention
from cdmo_eval.core.webhooks import duty

RETRY: dict[str, Any] = {
    "autoretry_for": (OperationalError,),
    "max_retries": 3,
    "retry_backoff": 1,
    "retry_backoff_max": 10,
}


@shared_task(name="core.tell_members", **RETRY)  # type: ignore[untyped-decorator]
def tell_members(**_future: object) -> None:
    """Tell members what happened since they were told last."""
    events.number_events()
    notifications.tell_all(now=timezone.now())


@shared_task(name="core.digests", **RETRY)  # type: ignore[untyped-decorator]
def send_digests(**_future: object) -> None:
    """Send the mails of the day."""
    digests.send_digests(now=timezone.now())


@shared_task(name="core.purge", **RETRY)  # type: ignore[untyped-decorator]
def purge(**_future: object) -> None:
    """Take away what has outlived its days."""
    retention.purge_all(now=timezone.now())


@shared_task(name=events.TASK, **RETRY)  # type: ignore[untyped-decorator]
def tell_events(*, organization_id: int, **_future: object) -> None:
    """Tell one organisation's members and receivers what just happened."""
    duty.tell_events(organization_id=organization_id, clock=timezone.now)


@shared_task(name="core.send_webhooks", **RETRY)  # type: ignore[untyped-decorator]
def send_webhooks(**_future: object) -> None:
    """Ask for the sending of what has become due."""
    duty.ask_for_due(clock=timezone.now)
