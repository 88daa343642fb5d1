"""What scorecards' resources have in common: references in what clients send, points, and small answers."""

from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.response import Response

from cdmo_eval.core.errors import NotFound, PreconditionFailed
from cdmo_eval.core.policies import Actor
from cdmo_eval.http.api import ApiViewSet
from cdmo_eval.http.fields import RowField
from cdmo_eval.http.serializers import Output
from scorecards.models import Candidate, Program, Scorecard
from scorecards.selectors.scorecards import by_external_id, framework_list, scorecard_list

BY_EXTERNAL_ID = "by-external-id/<str:system>/<path:value>"
LONGEST_POINTS = 30
LARGEST_QUANTITY = 1e21


class NamedOut(Output):
    """Something referred to."""

    id = serializers.UUIDField()
    name = serializers.CharField()


@extend_schema_field({"oneOf": [{"type": "number"}, {"type": "string", "example": "1/3"}]})
class PointsField(serializers.Field[Any, Any, Any, Any]):
    """Points of a criterion: a number, or a fraction as text. The service says which criterion is wrong."""

    default_error_messages = {"not_points": 'Points are a number, or a fraction such as "1/3".'}

    def to_internal_value(self, data: Any) -> Any:
        """As sent: the service keeps it exactly."""
        known = isinstance(data, int | float | Decimal | str) and not isinstance(data, bool)
        if not known or len(str(data)) > LONGEST_POINTS:
            self.fail("not_points")
        return data

    def to_representation(self, value: Any) -> int | float | str:
        """A JSON number where a decimal is exact, else the fraction."""
        exact = Fraction(value)
        if exact.denominator == 1:
            return exact.numerator
        return float(exact) if Fraction(repr(float(exact))) == exact else str(exact)


class Quantity(serializers.FloatField):
    """A number as it goes into a JSON column: a whole one stays whole. The service says which numbers make sense."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": -LARGEST_QUANTITY, "max_value": LARGEST_QUANTITY, **kwargs})

    def to_internal_value(self, data: Any) -> int | float:
        """200.0 as 200."""
        given: float = super().to_internal_value(data)
        return int(given) if given.is_integer() else given


def program_field(**kwargs: Any) -> RowField:
    """A programme."""
    return RowField(lambda actor: Program.objects.for_organization(actor.organization), **kwargs)


def framework_field(**kwargs: Any) -> RowField:
    """A criteria set."""
    return RowField(lambda actor: framework_list(actor.organization), **kwargs)


def candidate_rows(actor: Actor) -> QuerySet[Candidate]:
    """Candidates that a client may name."""
    rows: QuerySet[Candidate] = Candidate.objects.for_organization(actor.organization)
    return rows.select_related("vendor")


@extend_schema_field(OpenApiTypes.STR)
class WholeNumber(serializers.IntegerField):
    """An exact integer as text: larger than what many JSON readers keep."""

    def to_representation(self, value: Any) -> str:  # type: ignore[override]
        """Its digits."""
        return str(value)


class IdentifiedViews(mixins.ListModelMixin, ApiViewSet):
    """Rows that other systems have ids for; an answer shows these, so its tag follows the content."""

    composite = True
    external_column: ClassVar[str]

    def filter_arguments(self) -> dict[str, Any]:
        """External ids are of an organisation."""
        return {"organization": self.actor.organization}

    def called(self, system: str, value: str) -> Any:
        """The row that another system calls so, or None. Raises PreconditionFailed for an If-Match without a row."""
        organization, column = self.actor.organization, self.external_column
        row = by_external_id(self.get_queryset(), organization, column, system=system, value=value)
        if row is None and "If-Match" in self.request.headers:
            raise PreconditionFailed("There is nothing yet that could have been changed.")
        return row

    def added(self, row: Any) -> Response:
        """The answer to an upsert that added a row."""
        answer = self.show(row, status=201)
        answer["Location"] = reverse(f"{self.basename}-detail", kwargs={"id": row.public_id})
        return answer


class OfScorecard(ApiViewSet):
    """A resource below one scorecard."""

    reading = "scores:read"

    def scorecard(self) -> Scorecard:
        """The scorecard of the address with its freshness, read anew at each call; NotFound when it is not there."""
        found = scorecard_list(self.actor.organization).prefetch_related(None)
        row: Scorecard | None = found.filter(public_id=self.kwargs["scorecard_id"]).first()
        if row is None:
            raise NotFound("There is no such thing here.")
        row.organization = self.actor.organization  # the same one, read already
        return row
