"""`webhooks/`: receivers of events, their secrets, and the log of what was sent. For administrators."""

from datetime import datetime
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import FieldError, Invalid
from cdmo_eval.core.events import FOR_WEBHOOKS
from cdmo_eval.core.models import WebhookDelivery, WebhookEndpoint
from cdmo_eval.core.models.webhook import LONGEST_URL
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.core.webhooks import endpoints
from cdmo_eval.core.webhooks.reading import deliveries_of, endpoints_of
from cdmo_eval.http.api import ListRetrieve, conditional
from cdmo_eval.http.fields import PublicId
from cdmo_eval.http.pagination import CursorPages
from cdmo_eval.http.serializers import Input, NothingIn, Output

TYPES = [one.value for one in FOR_WEBHOOKS]


class WebhookIn(Input):
    """A new receiver."""

    name = serializers.CharField(max_length=100)
    url = serializers.CharField(max_length=LONGEST_URL, help_text="https only, on a public address.")
    types = serializers.ListField(
        child=serializers.ChoiceField(choices=TYPES), min_length=1, max_length=len(TYPES)
    )
    enabled = serializers.BooleanField(required=False)


class WebhookChange(Input):
    """What is to change."""

    name = serializers.CharField(max_length=100, required=False)
    url = serializers.CharField(max_length=LONGEST_URL, required=False)
    types = serializers.ListField(
        child=serializers.ChoiceField(choices=TYPES), min_length=1, max_length=len(TYPES), required=False
    )
    enabled = serializers.BooleanField(required=False)


class WebhookOut(Output):
    """A receiver, without its secret. `off_reason`: by_hand, failing, gone, or empty while it is on."""

    id = PublicId()
    name = serializers.CharField()
    url = serializers.CharField()
    types = serializers.ListField(child=serializers.CharField())
    enabled = serializers.BooleanField()
    off_reason = serializers.CharField()
    failures = serializers.SerializerMethodField(help_text="Failed tries since the last success.")
    failing_since = serializers.SerializerMethodField()
    last_success_at = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    version = serializers.IntegerField()

    def get_failures(self, row: WebhookEndpoint) -> int:
        """From its health."""
        return int(_health(row, "failures") or 0)

    def get_failing_since(self, row: WebhookEndpoint) -> datetime | None:
        """From its health."""
        found: datetime | None = _health(row, "failing_since")
        return found

    def get_last_success_at(self, row: WebhookEndpoint) -> datetime | None:
        """From its health."""
        found: datetime | None = _health(row, "last_success_at")
        return found


def _health(row: WebhookEndpoint, name: str) -> Any:
    return next((getattr(health, name) for health in row.health.all()), None)


class NewWebhookOut(WebhookOut):
    """The only answer that holds the secret."""

    secret = serializers.SerializerMethodField(help_text="Shown this once (`whsec_…`).")

    def get_secret(self, row: WebhookEndpoint) -> str:
        """With which messages are signed."""
        return str(self.context["secret"])


class AttemptOut(Output):
    """One try. `error`: what went wrong, in one word; what the receiver answered is kept nowhere."""

    at = serializers.DateTimeField()
    status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField()
    milliseconds = serializers.IntegerField()


class DeliveryOut(Output):
    """One event for one receiver. `message_id` is the `webhook-id` of the message."""

    id = PublicId()
    message_id = serializers.UUIDField(source="event.public_id")
    seq = serializers.IntegerField(source="event.seq", allow_null=True)
    type = serializers.CharField(source="event.type")
    happened_at = serializers.DateTimeField(source="event.at")
    state = serializers.ChoiceField(choices=WebhookDelivery.State.values)
    tries = serializers.IntegerField()
    next_at = serializers.DateTimeField(allow_null=True, help_text="The next try.")
    finished_at = serializers.DateTimeField(allow_null=True)
    attempts = AttemptOut(many=True, source="log")


class DeliveryFilters(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Of the log."""

    state = django_filters.ChoiceFilter(choices=WebhookDelivery.State.choices)
    type = django_filters.CharFilter(field_name="event__type", max_length=60)


class WebhookViews(ListRetrieve):
    """Receivers of the organisation's events."""

    model = WebhookEndpoint
    serializer_class = WebhookOut
    read_permission = Permission.MANAGE_WEBHOOKS
    write_permission = Permission.MANAGE_WEBHOOKS

    def queryset_for(self, actor: Actor) -> QuerySet[WebhookEndpoint]:
        """All that are not archived."""
        return endpoints_of(actor.organization)

    @extend_schema(request=WebhookIn, responses={201: NewWebhookOut})
    def create(self, request: Request) -> Response:
        """Add one. Its answer is never stored, so `Idempotency-Key` is refused here."""
        if "Idempotency-Key" in request.headers:
            message = "The secret is shown once, so this answer is not kept to be repeated."
            raise Invalid(message, errors=[FieldError("Idempotency-Key", "not_here", message)])
        row, secret = endpoints.create_endpoint(by=self.actor, now=self.now, **self.input(WebhookIn))
        shown = self.get_queryset().get(pk=row.pk)
        return self.answer(NewWebhookOut, shown, status=201, secret=secret)

    @extend_schema(request=WebhookChange, responses=WebhookOut)
    @conditional
    def partial_update(self, request: Request, id: str) -> Response:  # noqa: A002 - the URL's own word
        """Change what is sent; `enabled` switches it off and on."""
        row = self.get_object()
        endpoints.update_endpoint(
            endpoint=row, expected_version=self.expected_version(row), by=self.actor, now=self.now, **self.input(WebhookChange),
        )  # fmt: skip
        return self.show(row)

    @extend_schema(responses={204: None})
    @conditional
    def destroy(self, request: Request, id: str) -> Response:  # noqa: A002
        """Take it away: nothing is sent to it any more."""
        row = self.get_object()
        endpoints.archive_endpoint(
            endpoint=row, expected_version=self.expected_version(row), by=self.actor, now=self.now
        )
        return Response(status=204)

    @extend_schema(request=NothingIn, responses=NewWebhookOut)
    @action(detail=True, methods=["post"], url_path="rotate-secret")
    def rotate_secret(self, request: Request, id: str) -> Response:  # noqa: A002
        """A new secret; messages are signed with the old one too for a day."""
        self.input(NothingIn)
        row, secret = endpoints.rotate_secret(endpoint=self.get_object(), by=self.actor, now=self.now)
        return self.answer(NewWebhookOut, self.get_queryset().get(pk=row.pk), secret=secret)

    @extend_schema(request=NothingIn, responses={202: DeliveryOut})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, id: str) -> Response:  # noqa: A002
        """Send a message of the type `webhook.test`; tried once."""
        self.input(NothingIn)
        row = endpoints.send_test(endpoint=self.get_object(), by=self.actor, now=self.now)
        return Response(DeliveryOut(deliveries_of(row.endpoint).get(pk=row.pk)).data, status=202)


class DeliveryViews(ListRetrieve):
    """What was sent to one receiver, newest first."""

    model = WebhookDelivery
    serializer_class = DeliveryOut
    filterset_class = DeliveryFilters
    pagination_class = CursorPages
    read_permission = Permission.MANAGE_WEBHOOKS
    write_permission = Permission.MANAGE_WEBHOOKS

    def queryset_for(self, actor: Actor) -> QuerySet[WebhookDelivery]:
        """The log of the receiver in the address."""
        return deliveries_of(endpoints.endpoint_of(actor, self.kwargs["webhook_id"]))

    @extend_schema(request=NothingIn, responses={202: DeliveryOut})
    def redeliver(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send it once more, with the same message id."""
        self.input(NothingIn)
        row = endpoints.redeliver(delivery=self.get_object(), by=self.actor, now=self.now)
        return Response(DeliveryOut(self.get_queryset().get(pk=row.pk)).data, status=202)
