"""A program that the demo organisation tells what happens: switched off, since its address leads nowhere."""

from datetime import timedelta

from cdmo_eval.core.events import EventType, Happening, write_all
from cdmo_eval.core.models import WebhookAttempt, WebhookDelivery
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from cdmo_eval.core.webhooks.endpoints import create_endpoint
from scorecards.demo.dealings import Desk
from scorecards.demo.spec import FICTIONAL

LOG = ((30, None, "timeout", 5000), (25, 503, "status", 212), (1, 200, "", 95))
"""Minutes ago, status, what went wrong, milliseconds: one message that got through at the third try."""


def write_receivers(desk: Desk) -> None:
    """Add the program with the log of one test message; it stays off, so that a demo sends nothing anywhere."""
    organization, now, admin = desk.organization, desk.now, desk.actors[Role.ADMIN]
    with organization_scope(organization.pk, admin, reason="demo data"):
        endpoint, _ = create_endpoint(
            by=admin, now=now, name=f"Data warehouse ({FICTIONAL})", url="https://warehouse.example/cdmo", enabled=False,
            types=[EventType.SCORECARD_RANK_CHANGED, EventType.VENDOR_REGULATORY_STATE_CHANGED, EventType.VENDOR_MERGED],
        )  # fmt: skip
        (event,) = write_all(
            organization_id=organization.pk, now=now - timedelta(minutes=30),
            happenings=[Happening(EventType.WEBHOOK_TEST, endpoint.public_id, "webhook", {"name": endpoint.name})],
        )  # fmt: skip
        delivery = WebhookDelivery.objects.create(
            organization=organization, endpoint=endpoint, event_id=event, state=WebhookDelivery.State.DELIVERED,
            tries=len(LOG), finished_at=now - timedelta(minutes=1),
        )  # fmt: skip
        WebhookAttempt.objects.bulk_create(
            WebhookAttempt(
                organization=organization, delivery=delivery, at=now - timedelta(minutes=minutes), status=status, error=error,
                milliseconds=milliseconds,
            )
            for minutes, status, error, milliseconds in LOG
        )  # fmt: skip
