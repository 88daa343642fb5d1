"""From the outbox to receivers: make a delivery for each event and endpoint, send what is due, remember what came of it.

Everything is a row, so a worker that dies loses nothing: a lease runs out and another one sends the message again, with
the same id. Sending happens outside any transaction. At least once, and in the order of events as far as receivers allow.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import SystemRandom

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q

from cdmo_eval.core import wakeup
from cdmo_eval.core.events import FOR_WEBHOOKS, TASK, EventType, emit
from cdmo_eval.core.models import (
    Event,
    WebhookAttempt,
    WebhookCursor,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookHealth,
    WebhookSecret,
)
from cdmo_eval.core.notices import is_commercial
from cdmo_eval.core.tenancy import organization_scope
from cdmo_eval.core.webhooks.post import Reply, send
from cdmo_eval.core.webhooks.signing import UnreadableSecretError, signed_headers, unseal

DUTY = "webhooks"
AT_ONCE = 500
SLICE_SECONDS = 20.0
LEASE = timedelta(seconds=60)
MINUTE, HOUR = 60, 3600
PAUSES = (5, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 18 * HOUR, 22 * HOUR)
"""Seconds before each further try, each up to a tenth more or less: three days in all."""
LONGEST_REST = timedelta(minutes=5)
PATIENCE = timedelta(days=5)
"""An endpoint that took nothing for so long is switched off."""
AGENT = "CDMO-Eval-Webhooks/1"

State = WebhookDelivery.State
Sender = Callable[..., Reply]
log = structlog.get_logger(__name__)
_random = SystemRandom()


@dataclass(frozen=True)
class Message:
    """A delivery in hand: everything that sending needs, so that no transaction stays open meanwhile."""

    delivery_id: int
    endpoint_id: int
    url: str
    message_id: str
    body: bytes
    secrets: tuple[str, ...]
    tries: int
    test: bool


def fan_out(*, organization_id: int, now: datetime) -> int:
    """Make the deliveries of the organisation's next events; returns how many events were looked at.

    Behind a cursor whose row is locked: a second one finds nothing to do. Commercial events stay in the house.
    """
    with organization_scope(organization_id, DUTY):
        WebhookCursor.objects.get_or_create(organization_id=organization_id)
        cursor = (
            WebhookCursor.objects.select_for_update(skip_locked=True)
            .filter(organization_id=organization_id)
            .first()
        )
        if cursor is None:
            return 0
        events = list(
            Event.objects.filter(organization_id=organization_id, seq__gt=cursor.seq).order_by("seq")[
                :AT_ONCE
            ]
        )
        if not events:
            return 0
        endpoints = list(
            WebhookEndpoint.objects.filter(
                organization_id=organization_id, enabled=True, archived_at__isnull=True
            )
        )
        WebhookDelivery.objects.bulk_create(
            [
                WebhookDelivery(organization_id=organization_id, endpoint=endpoint, event=event, next_at=now)
                for event in events
                for endpoint in endpoints
                if event.type in endpoint.types and event.type in FOR_WEBHOOKS and not is_commercial(event.data)
            ],
            ignore_conflicts=True,
            batch_size=1000,
        )  # fmt: skip
        cursor.seq = events[-1].seq or cursor.seq
        cursor.save(update_fields=["seq"])
        return len(events)


def deliver(
    *,
    organization_id: int,
    clock: Callable[[], datetime],
    seconds: float = SLICE_SECONDS,
    sender: Sender = send,
) -> int:
    """Send what is due in one organisation, for at most `seconds` (and one message more), then ask for the rest."""
    began, sent = time.monotonic(), 0
    while fan_out(organization_id=organization_id, now=clock()) == AT_ONCE:
        pass
    while message := _claim(organization_id, now=clock()):
        _send(organization_id, message, clock=clock, sender=sender)
        sent += 1
        if time.monotonic() - began > seconds:
            wakeup.publish(TASK, organization_id=organization_id)
            break
    return sent


def due_organizations(*, now: datetime) -> list[int]:
    """Organisations with messages to send or events not looked at yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT guard.due_webhooks(%s)
               UNION
               SELECT o.id FROM core_organization o LEFT JOIN core_webhookcursor c ON c.organization_id = o.id
               WHERE coalesce(c.seq, 0) < (SELECT e.seq FROM core_event e WHERE e.organization_id = o.id AND e.seq IS NOT NULL
                                           ORDER BY e.seq DESC LIMIT 1)
               ORDER BY 1""",
            [now],
        )
        return [organization for (organization,) in cursor.fetchall()]


def _claim(organization_id: int, *, now: datetime) -> Message | None:
    """Take one due message by a conditional update, so that two workers never send it at the same time."""
    with organization_scope(organization_id, DUTY):
        resting = WebhookHealth.objects.filter(organization_id=organization_id, resting_until__gt=now)
        found = (
            WebhookDelivery.objects.filter(
                Q(leased_until__isnull=True) | Q(leased_until__lte=now), organization_id=organization_id, state=State.WAITING,
                next_at__lte=now, endpoint__enabled=True, endpoint__archived_at__isnull=True,
            )
            .exclude(endpoint_id__in=resting.values("endpoint_id"))
            .select_for_update(no_key=True, skip_locked=True, of=("self",))
            .select_related("endpoint", "event")
            .order_by("next_at", "id")
            .first()
        )  # fmt: skip
        if found is None:
            return None
        WebhookDelivery.objects.filter(pk=found.pk).update(leased_until=now + LEASE, tries=F("tries") + 1)
        return Message(
            delivery_id=found.pk, endpoint_id=found.endpoint_id, url=found.endpoint.url,
            message_id=str(found.event.public_id), body=body_of(found.event), tries=found.tries + 1,
            secrets=_valid_secrets(found.endpoint, now), test=found.event.type == EventType.WEBHOOK_TEST,
        )  # fmt: skip


def _valid_secrets(endpoint: WebhookEndpoint, now: datetime) -> tuple[str, ...]:
    """The newest first; none when the installation's key changed, so that nothing unsigned is sent."""
    rows = WebhookSecret.objects.filter(organization_id=endpoint.organization_id, endpoint=endpoint)
    valid = rows.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now)).order_by("-id")
    try:
        return tuple(unseal(bytes(row.sealed), owner=str(endpoint.public_id)) for row in valid)
    except UnreadableSecretError:
        return ()


def body_of(event: Event) -> bytes:
    """The message as it is sent: the same bytes each time, since it is signed."""
    told = {
        "type": event.type, "timestamp": event.at.isoformat(), "id": str(event.public_id), "seq": event.seq,
        "subject": {"type": event.subject_type, "id": str(event.subject_id)}, "data": event.data,
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _send(organization_id: int, message: Message, *, clock: Callable[[], datetime], sender: Sender) -> None:
    now = clock()
    if message.secrets:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": AGENT,
            "Accept": "*/*",
            **signed_headers(message.message_id, message.body, message.secrets, now=now),
        }
        reply = sender(message.url, message.body, headers, allowed=settings.WEBHOOK_NETWORKS)
    else:
        reply = Reply(None, "no_secret", 0)
    with organization_scope(organization_id, DUTY):
        _remember(organization_id, message, reply, at=now, now=clock())
    log.info(
        "webhook_sent", delivery=message.delivery_id, status=reply.status, error=reply.error, milliseconds=reply.milliseconds
    )  # fmt: skip


def _remember(organization_id: int, message: Message, reply: Reply, *, at: datetime, now: datetime) -> None:
    """Log the try; settle the message or say when it is tried again; count for the endpoint's health."""
    WebhookAttempt.objects.create(
        organization_id=organization_id, delivery_id=message.delivery_id, status=reply.status, error=reply.error,
        milliseconds=reply.milliseconds, at=at,
    )  # fmt: skip
    row = WebhookDelivery.objects.filter(organization_id=organization_id, pk=message.delivery_id)
    # the owner of an expired lease may come late: what another one settled meanwhile stays settled
    waiting = row.filter(Q(state=State.WAITING) | ~Q(leased_until=None))
    health = WebhookHealth.objects.filter(organization_id=organization_id, endpoint_id=message.endpoint_id)
    if reply.accepted:
        waiting.update(state=State.DELIVERED, next_at=None, leased_until=None, finished_at=now)
        health.update(failures=0, failing_since=None, resting_until=None, last_success_at=now)
        return
    if message.test or reply.gone or message.tries > len(PAUSES):
        waiting.update(state=State.FAILED, next_at=None, leased_until=None, finished_at=now)
    else:
        pause = PAUSES[message.tries - 1] * _random.uniform(0.9, 1.1)
        waiting.update(next_at=now + timedelta(seconds=pause), leased_until=None)
    if message.test:
        return  # trying it out says nothing about days of failures
    current = health.select_for_update(no_key=True).get()
    current.failures += 1
    current.failing_since = current.failing_since or now
    current.resting_until = now + min(LONGEST_REST, timedelta(seconds=2 ** min(current.failures, 10)))
    current.save()
    if reply.gone or now - current.failing_since >= PATIENCE:
        _switch_off(organization_id, message.endpoint_id, gone=reply.gone, now=now)


def _switch_off(organization_id: int, endpoint_id: int, *, gone: bool, now: datetime) -> None:
    """Stop sending to a receiver that takes nothing, and tell the members."""
    reason = WebhookEndpoint.Off.GONE if gone else WebhookEndpoint.Off.FAILING
    rows = WebhookEndpoint.objects.filter(organization_id=organization_id, pk=endpoint_id, enabled=True)
    if rows.update(enabled=False, off_reason=reason, version=F("version") + 1, updated_at=now):
        endpoint = WebhookEndpoint.objects.get(organization_id=organization_id, pk=endpoint_id)
        emit(
            organization_id=organization_id, type=EventType.WEBHOOK_SWITCHED_OFF, subject_id=endpoint.public_id,
            subject_type="webhook", data={"name": endpoint.name, "reason": reason.value}, now=now,
        )  # fmt: skip


def forget_old_deliveries(*, organization_id: int, before: datetime) -> int:
    """Take away the log of messages whose events are not kept any more, and secrets that no longer sign."""
    with transaction.atomic():
        old = WebhookDelivery.objects.filter(organization_id=organization_id, created_at__lt=before)
        old = old.exclude(state=State.WAITING)
        WebhookAttempt.objects.filter(organization_id=organization_id, delivery__in=old).delete()
        count, _ = old.delete()
        WebhookSecret.objects.filter(organization_id=organization_id, expires_at__lt=before).delete()
    return count
