"""`regulatory-records/` and `facts/`: what is only read."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.policies import Actor
from cdmo_eval.http.api import ApiViewSet, ScopedView, check_filters
from cdmo_eval.http.serializers import Output
from vendors.api.regulatory_fields import RecordOut
from vendors.facts import FACTS, Fact
from vendors.filters import RecordFilters
from vendors.models import PublicRecord, Site, Vendor
from vendors.selectors.record_list import record_list, sites_of_records


class RecordViews(ApiViewSet):
    """Official records of the organisation's sites: public ones, and those it uploaded."""

    model = PublicRecord
    serializer_class = RecordOut
    filterset_class = RecordFilters

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        """Both tables, filtered alike."""
        asked = self.filters(PublicRecord.objects.none()).form.cleaned_data
        organization = actor.organization
        return record_list(
            organization,
            vendor=self._row(Vendor.objects.for_organization(organization), asked["vendor"]),
            site=self._row(Site.objects.for_organization(organization), asked["site"]),
            narrow=lambda rows: self.filters(rows).qs,
        )

    def filters(self, rows: QuerySet[Any]) -> RecordFilters:
        """The valid filter set over rows of either table; raises ValidationError."""
        filters = RecordFilters(self.request.query_params, queryset=rows, request=self.request)
        check_filters(filters)
        return filters

    def _row(self, rows: Any, public_id: Any) -> Any:
        if public_id is None:
            return None
        row = rows.filter(public_id=public_id).first()
        if row is None:
            raise NotFound("There is no such thing here.")
        return row

    @extend_schema(responses=RecordOut(many=True))
    def list(self, request: Request) -> Response:
        """Records, newest event first."""
        page = self.paginate_queryset(self.get_queryset())
        assert page is not None  # noqa: S101 - the list is always paged
        sites = sites_of_records(self.actor.organization, page)
        rows = [{**row, "sites": sites[row["origin"], row["id"]]} for row in page]
        return self.get_paginated_response(RecordOut(rows, many=True).data)


class FactOut(Output):
    """What evidence can be about."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field, not the base's attribute
    question = serializers.CharField()
    subjects = serializers.ListField(child=serializers.CharField())
    value_kind = serializers.CharField(source="schema.kind")
    value_schema = serializers.SerializerMethodField()
    unit = serializers.CharField()
    fresh_months = serializers.IntegerField()
    expire_months = serializers.IntegerField()
    scope_parts = serializers.ListField(child=serializers.CharField())
    column = serializers.CharField(
        help_text="The column of the profile that the winning record fills, if any."
    )

    def get_value_schema(self, fact: Fact) -> dict[str, Any]:
        """The limits of the value: options, bounds, parts."""
        return described(fact.schema)


def described(schema: Any) -> dict[str, Any]:
    """A shape of values as plain JSON."""
    found: dict[str, Any] = {}
    for name in type(schema).__dataclass_fields__:
        content = getattr(schema, name)
        if name == "parts":
            found[name] = [described(part) for part in content]
        else:
            found[name] = list(content) if isinstance(content, tuple) else content
    return found


class FactsView(ScopedView):
    """The catalogue of facts: the same for every organisation."""

    @extend_schema(operation_id="facts_list", responses=FactOut(many=True))
    def get(self, request: Request) -> Response:
        """Every fact, in the order of the catalogue."""
        return Response(FactOut(list(FACTS.values()), many=True).data)
