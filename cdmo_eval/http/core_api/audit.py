"""`audit/`: the trail that the database keeps, newest first."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.models import AuditEvent
from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.http.api import ApiViewSet
from cdmo_eval.http.core_api.audit_events import OPERATIONS, shown
from cdmo_eval.http.pagination import CursorPages
from cdmo_eval.http.serializers import Output


class AuditFilters(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Of the audit trail, on the page and in the API."""

    table = django_filters.CharFilter(field_name="table_name", max_length=100)
    object = django_filters.UUIDFilter(method="of_object", help_text="The public id of a row.")
    actor = django_filters.CharFilter(
        field_name="actor_id", max_length=100, help_text="A person's public id."
    )
    request = django_filters.CharFilter(field_name="request_id", max_length=100)
    since = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte")
    until = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="lt")

    def of_object(self, queryset: QuerySet[AuditEvent], name: str, value: Any) -> QuerySet[AuditEvent]:
        """Events of one row."""
        return queryset.filter(Q(new__public_id=str(value)) | Q(old__public_id=str(value)))


class FieldChangeOut(Output):
    """One field before and after."""

    field = serializers.CharField()
    old = serializers.JSONField(allow_null=True)
    new = serializers.JSONField(allow_null=True)


class AuditEventOut(Output):
    """One change of one row. `object` is its public id; `withheld` when its content is commercial."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    actor_id = serializers.CharField()
    actor_name = serializers.CharField()
    reason = serializers.CharField()
    request_id = serializers.CharField()
    table = serializers.CharField()
    object = serializers.UUIDField(allow_null=True)
    operation = serializers.ChoiceField(choices=list(OPERATIONS.values()))
    withheld = serializers.BooleanField()
    changes = FieldChangeOut(many=True)


class AuditViews(ApiViewSet):
    """Administrators, quality and auditors."""

    model = AuditEvent
    serializer_class = AuditEventOut
    filterset_class = AuditFilters
    pagination_class = CursorPages
    reading = "audit:read"
    read_permission = Permission.VIEW_AUDIT

    def queryset_for(self, actor: Actor) -> QuerySet[AuditEvent]:
        """Newest first."""
        rows: QuerySet[AuditEvent] = AuditEvent.objects.for_organization(actor.organization)
        return rows.select_related("organization").order_by("-id")

    @extend_schema(responses=AuditEventOut(many=True))
    def list(self, request: Request) -> Response:
        """Events, newest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        assert page is not None  # noqa: S101 - the list is always paged
        events = shown(page, commercial=allows(self.actor, Permission.VIEW_COMMERCIAL))
        return self.get_paginated_response(AuditEventOut(events, many=True).data)
