"""Endpoints of webhooks: make, change, switch off and on, give a new secret, send a test, send again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from cdmo_eval.core import wakeup
from cdmo_eval.core.errors import Conflict, FieldError, Invalid, NotFound, PreconditionFailed, from_validation
from cdmo_eval.core.events import FOR_WEBHOOKS, TASK, EventType, Happening, write_all
from cdmo_eval.core.models import (
    WebhookDelivery,
    WebhookEndpoint,
    WebhookHealth,
    WebhookSecret,
)
from cdmo_eval.core.policies import Actor, Permission, require
from cdmo_eval.core.webhooks.addresses import UnsafeAddressError, parse_url
from cdmo_eval.core.webhooks.signing import new_secret, seal

OVERLAP = timedelta(days=1)
"""For how long the old secret signs too after a rotation."""
MOST_ENDPOINTS = 20


@transaction.atomic
def create_endpoint(
    *, by: Actor, now: datetime, name: str, url: str, types: Sequence[str], enabled: bool = True
) -> tuple[WebhookEndpoint, str]:
    """Add a receiver; returns it with its secret, which cannot be read again.

    Raises Invalid for an address that messages may not go to, for unknown types, and beyond 20 receivers.
    """
    require(by, Permission.MANAGE_WEBHOOKS)
    living = WebhookEndpoint.objects.for_organization(by.organization).filter(archived_at__isnull=True)
    if living.count() >= MOST_ENDPOINTS:
        raise Conflict(f"An organisation has at most {MOST_ENDPOINTS} webhooks.", code="too_many")
    endpoint = WebhookEndpoint(organization=by.organization, created_by=by.user, updated_at=now)
    _fill(endpoint, {"name": name, "url": url, "types": types, "enabled": enabled})
    _save(endpoint)
    WebhookHealth.objects.create(organization=by.organization, endpoint=endpoint)
    return endpoint, _give_secret(endpoint)


@transaction.atomic
def update_endpoint(
    *, endpoint: WebhookEndpoint, expected_version: int | None, by: Actor, now: datetime, **changes: Any
) -> WebhookEndpoint:
    """Change name, address, types, or switch it off and on. Switched on again it begins with a clean slate."""
    require(by, Permission.MANAGE_WEBHOOKS)
    current = _locked(endpoint, expected_version)
    was_on, address = current.enabled, current.url
    _fill(current, changes)
    if (current.enabled and not was_on) or current.url != address:
        WebhookHealth.objects.for_organization(by.organization).filter(endpoint=current).update(
            failures=0, failing_since=None, resting_until=None
        )
    current.version += 1
    current.updated_at = now
    _save(current)
    if current.enabled:
        wakeup.after_commit(by.organization.pk, task=TASK)
    return current


@transaction.atomic
def archive_endpoint(
    *, endpoint: WebhookEndpoint, expected_version: int | None, by: Actor, now: datetime
) -> None:
    """Take a receiver away: nothing is sent to it any more, its log stays for as long as events are kept."""
    require(by, Permission.MANAGE_WEBHOOKS)
    current = _locked(endpoint, expected_version)
    current.archived_at = current.updated_at = now
    current.enabled, current.off_reason = False, WebhookEndpoint.Off.BY_HAND
    current.version += 1
    _save(current)
    WebhookSecret.objects.for_organization(by.organization).filter(endpoint=current).delete()
    WebhookDelivery.objects.for_organization(by.organization).filter(
        endpoint=current, state=WebhookDelivery.State.WAITING
    ).update(state=WebhookDelivery.State.FAILED, next_at=None, finished_at=now)


@transaction.atomic
def rotate_secret(
    *, endpoint: WebhookEndpoint, by: Actor, now: datetime, overlap: timedelta = OVERLAP
) -> tuple[WebhookEndpoint, str]:
    """Give a new secret, returned this once. The newest old one signs too for a day; older ones end at once."""
    require(by, Permission.MANAGE_WEBHOOKS)
    current = _locked(endpoint, None)
    rows = WebhookSecret.objects.for_organization(by.organization).filter(endpoint=current)
    rows.filter(expires_at__isnull=False).delete()
    rows.update(expires_at=now + overlap)
    current.version += 1
    current.updated_at = now
    _save(current)
    return current, _give_secret(current)


@transaction.atomic
def send_test(*, endpoint: WebhookEndpoint, by: Actor, now: datetime) -> WebhookDelivery:
    """Send a message of the type "webhook.test", tried once. Raises Conflict when the endpoint is switched off."""
    require(by, Permission.MANAGE_WEBHOOKS)
    _ready(endpoint)
    (event,) = write_all(
        organization_id=by.organization.pk,
        happenings=[
            Happening(EventType.WEBHOOK_TEST, endpoint.public_id, "webhook", {"name": endpoint.name})
        ],
        now=now,
    )
    delivery = WebhookDelivery.objects.create(
        organization=by.organization, endpoint=endpoint, event_id=event, next_at=now
    )
    _wake(endpoint)
    return delivery


@transaction.atomic
def redeliver(*, delivery: WebhookDelivery, by: Actor, now: datetime) -> WebhookDelivery:
    """Send a message once more, with the same id; the tries begin anew.

    Raises Conflict while it is on its way, or when the endpoint is switched off.
    """
    require(by, Permission.MANAGE_WEBHOOKS)
    _ready(delivery.endpoint)
    rows = WebhookDelivery.objects.for_organization(by.organization).filter(pk=delivery.pk)
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=now)
    if not rows.filter(free).update(
        state=WebhookDelivery.State.WAITING, next_at=now, finished_at=None, tries=0, leased_until=None
    ):
        raise Conflict("This message is being sent just now.", code="in_flight")
    _wake(delivery.endpoint)
    return rows.get()


def _ready(endpoint: WebhookEndpoint) -> None:
    _living(endpoint)
    if not endpoint.enabled:
        raise Conflict("Switch the webhook on first.", code="switched_off")


def _wake(endpoint: WebhookEndpoint) -> None:
    """A person asks: the endpoint rests no longer, and a worker is told."""
    WebhookHealth.objects.for_organization(endpoint.organization).filter(endpoint=endpoint).update(
        resting_until=None
    )
    wakeup.after_commit(endpoint.organization_id, task=TASK)


def endpoint_of(by: Actor, public_id: Any) -> WebhookEndpoint:
    """A receiver of the actor's organisation; NotFound without one."""
    found = (
        WebhookEndpoint.objects.for_organization(by.organization)
        .filter(public_id=public_id, archived_at__isnull=True)
        .first()
    )
    if found is None:
        raise NotFound("There is no such webhook.")
    return found


def _give_secret(endpoint: WebhookEndpoint) -> str:
    secret = new_secret()
    WebhookSecret.objects.create(
        organization=endpoint.organization, endpoint=endpoint, sealed=seal(secret, owner=str(endpoint.public_id))
    )  # fmt: skip
    return secret


def _locked(endpoint: WebhookEndpoint, expected_version: int | None) -> WebhookEndpoint:
    current = (
        WebhookEndpoint.objects.for_organization(endpoint.organization)
        .select_for_update(no_key=True)
        .get(pk=endpoint.pk)
    )
    _living(current)
    if expected_version is not None and current.version != expected_version:
        raise PreconditionFailed("Somebody changed this webhook since you read it.")
    return current


def _living(endpoint: WebhookEndpoint) -> None:
    if endpoint.archived_at is not None:
        raise NotFound("There is no such webhook.")


def _fill(endpoint: WebhookEndpoint, changes: dict[str, Any]) -> None:
    """Set what is given; raises Invalid with the field."""
    errors = []
    if "name" in changes:
        endpoint.name = str(changes["name"]).strip()
    if "url" in changes:
        endpoint.url = str(changes["url"]).strip()
        try:
            parse_url(endpoint.url, allowed=settings.WEBHOOK_NETWORKS)
        except UnsafeAddressError as error:
            errors.append(FieldError("url", error.code, str(error)))
    if "types" in changes:
        known = [one.value for one in FOR_WEBHOOKS]
        endpoint.types = [one for one in known if one in changes["types"]]
        if set(changes["types"]) - set(known):
            words = f"Choose from {', '.join(known)}."
            errors.append(FieldError("types", "unknown_type", words))
    if "enabled" in changes and changes["enabled"] != endpoint.enabled:
        endpoint.enabled = changes["enabled"]
        endpoint.off_reason = "" if endpoint.enabled else WebhookEndpoint.Off.BY_HAND
    if errors:
        raise Invalid("; ".join(error.message for error in errors), errors=errors)


def _save(endpoint: WebhookEndpoint) -> None:
    try:
        endpoint.full_clean()
    except ValidationError as error:
        raise from_validation(error) from error
    endpoint.save()
