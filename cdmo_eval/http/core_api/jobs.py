"""`jobs/`: longer work and how far it is."""

from typing import ClassVar

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from cdmo_eval.core.models import Job
from cdmo_eval.core.policies import Actor
from cdmo_eval.http.api import ListRetrieve
from cdmo_eval.http.fields import PublicId
from cdmo_eval.http.pagination import CursorPages
from cdmo_eval.http.serializers import Output


class JobFilters(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Of the jobs' list, on the page and in the API."""

    state = django_filters.MultipleChoiceFilter(choices=Job.State.choices)
    kind = django_filters.CharFilter(max_length=40)
    target = django_filters.UUIDFilter(field_name="target_public_id")

    class Meta:
        model = Job
        fields: ClassVar[list[str]] = []


class JobOut(Output):
    """A piece of longer work."""

    id = PublicId()
    kind = serializers.CharField()
    subject = serializers.CharField(help_text="What it works on, in words.")
    target = serializers.UUIDField(source="target_public_id", allow_null=True)
    state = serializers.ChoiceField(choices=Job.State.values)
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    message = serializers.CharField()
    error = serializers.CharField()
    requested_by = serializers.CharField(source="requested_by.name", allow_null=True, default=None)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class JobViews(ListRetrieve):
    """Read-only: work is asked for where its result belongs."""

    model = Job
    serializer_class = JobOut
    filterset_class = JobFilters
    pagination_class = CursorPages
    reading = "scores:read"

    def queryset_for(self, actor: Actor) -> QuerySet[Job]:
        """Newest first."""
        rows: QuerySet[Job] = Job.objects.for_organization(actor.organization)
        return rows.select_related("requested_by").order_by("-id")
