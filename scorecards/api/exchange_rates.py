"""`rates/`: the organisation's dated exchange rates. Commercial scopes."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.api import ListRetrieve
from cdmo_eval.http.fields import Day, PublicId, number, text
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.serializers import Input, Output, ReasonIn
from scorecards.filters import ExchangeRateFilters
from scorecards.models import ExchangeRate
from scorecards.selectors.proposals import rate_list
from scorecards.services.exchange_rates import record_rate, withdraw_rate


class RateIn(Input):
    """One unit of `source` is worth `rate` units of `target`, as published on a day."""

    source = serializers.CharField(
        min_length=3, max_length=3, help_text="A code of three letters, such as USD."
    )  # type: ignore[assignment]  # a field, which the metaclass takes out of the way
    target = serializers.CharField(min_length=3, max_length=3)
    rate = number(22, 10, required=True, allow_null=False)
    on = Day()
    published_by = text(200, help_text="Who published it, such as ECB.")


class RateOut(Output):
    """A rate. It `counts` unless a later revision of the same pair and day replaced it or took it back."""

    id = PublicId()
    source = serializers.CharField()  # type: ignore[assignment]
    target = serializers.CharField()
    rate = serializers.FloatField(allow_null=True, help_text="Null in a revision that takes a rate back.")
    on = serializers.DateField()
    published_by = serializers.CharField()
    revision = serializers.IntegerField()
    counts = serializers.SerializerMethodField()
    reason = serializers.CharField(help_text="Why it was taken back.")
    recorded_by = serializers.CharField(source="recorded_by_name")
    recorded_at = serializers.DateTimeField()

    def get_counts(self, row: ExchangeRate) -> bool:
        """Whether it is the highest revision and has a rate."""
        return row.rate is not None and not row.replaced  # type: ignore[attr-defined]


class RateViews(ListRetrieve):
    """Rates in all their revisions; procurement and managers write them. A rate is replaced, never changed."""

    model = ExchangeRate
    serializer_class = RateOut
    filterset_class = ExchangeRateFilters
    read_permission = Permission.VIEW_COMMERCIAL
    write_permission = Permission.EDIT_COMMERCIAL

    def queryset_for(self, actor: Actor) -> QuerySet[ExchangeRate]:
        """The newest day first."""
        return rate_list(actor.organization)

    @extend_schema(request=RateIn, responses={201: RateOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Add a rate; one of the same pair and day is replaced. Scorecards budgeted in `target` are calculated anew."""
        organization = self.actor.organization
        row = record_rate(organization=organization, by=self.actor, now=self.now, **self.input(RateIn))
        return self.show(row, status=201)

    @extend_schema(
        parameters=[OpenApiParameter("reason", str, description="Why it is taken back.")],
        responses={204: None},
    )
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take it back, with the reason as parameter or in the body; no rate counts for that day then."""
        row = self.get_object()
        reason = request.query_params.get("reason", "") or self.input(ReasonIn)["reason"]
        withdraw_rate(rate=row, reason=reason, by=self.actor, now=self.now)
        return Response(status=204)

    def described_parameters(self) -> dict[str, str]:
        """Beside the filters."""
        return {"reason": "Why."} if self.action == "destroy" else {}
