"""What pages and the interface show of webhooks."""

from django.db.models import Prefetch, QuerySet

from cdmo_eval.core.models import Organization, WebhookAttempt, WebhookDelivery, WebhookEndpoint


def endpoints_of(organization: Organization) -> QuerySet[WebhookEndpoint]:
    """Receivers with their health, by name."""
    rows = WebhookEndpoint.objects.for_organization(organization).filter(archived_at__isnull=True)
    return rows.prefetch_related("health").order_by("name", "id")


def deliveries_of(endpoint: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
    """The log of one receiver, newest first, each with its event and tries."""
    rows = WebhookDelivery.objects.for_organization(endpoint.organization).filter(endpoint=endpoint)
    tries = Prefetch("attempts", WebhookAttempt.objects.order_by("id"), to_attr="log")
    return rows.select_related("event", "endpoint").prefetch_related(tries).order_by("-id")
