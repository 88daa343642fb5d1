"""`regulatory-changes/`: the events of sites' regulatory states."""

from django.db.models import QuerySet
from rest_framework import serializers

from cdmo_eval.core.policies import Actor
from cdmo_eval.http.api import ListRetrieve
from cdmo_eval.http.pagination import CursorPages
from cdmo_eval.http.serializers import Output
from vendors.filters import StandingChangeFilters
from vendors.models import StandingChange


class StandingChangeOut(Output):
    """A site's state before and after, with what decides it."""

    id = serializers.UUIDField(source="public_id")
    at = serializers.DateTimeField(source="created_at")
    as_of = serializers.DateField()
    site = serializers.UUIDField(source="site.public_id")
    vendor = serializers.UUIDField(source="site.vendor.public_id")
    old_state = serializers.CharField()
    new_state = serializers.CharField()
    old_score = serializers.FloatField(allow_null=True)
    new_score = serializers.FloatField(allow_null=True)
    reason = serializers.CharField()


class StandingChangeViews(ListRetrieve):
    """Changes of regulatory state of the organisation's sites, newest first."""

    model = StandingChange
    serializer_class = StandingChangeOut
    filterset_class = StandingChangeFilters
    pagination_class = CursorPages

    def queryset_for(self, actor: Actor) -> QuerySet[StandingChange]:
        """Events with site and vendor."""
        rows: QuerySet[StandingChange] = StandingChange.objects.for_organization(
            actor.organization
        ).with_vendor()
        return rows
