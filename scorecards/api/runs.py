"""`runs/` and `scorecards/{id}/runs/`: the calculations; they never change."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.policies import Actor
from cdmo_eval.http.api import ListRetrieve
from cdmo_eval.http.fields import PublicId
from cdmo_eval.http.pagination import CursorPages
from cdmo_eval.http.serializers import Output
from scorecards.api.references import OfScorecard
from scorecards.filters import RunFilters
from scorecards.models import Run
from scorecards.selectors.scorecards import run_list


class RunOut(Output):
    """One published calculation."""

    id = PublicId()
    number = serializers.IntegerField()
    as_of = serializers.DateField()
    started_at = serializers.DateTimeField()
    computed_at = serializers.DateTimeField(source="finished_at")
    framework = serializers.CharField(source="framework_code")
    framework_version = serializers.IntegerField()
    engine_version = serializers.CharField()
    policy = serializers.CharField()
    stage = serializers.CharField()
    candidates = serializers.IntegerField()
    ranked = serializers.IntegerField()
    rated = serializers.IntegerField(help_text="How many candidates were rated anew.")
    input_digest = serializers.CharField()
    digest = serializers.CharField(source="output_digest", help_text="SHA-256 of the published figures.")


class AnyRunOut(RunOut):
    """A calculation of some scorecard."""

    scorecard = PublicId("scorecard.public_id")


class RunDetailOut(AnyRunOut):
    """With the weights it used."""

    criteria = serializers.JSONField(
        help_text="Groups and criteria in order, weights in parts per billion, what is not applicable and why."
    )


class AnyRunViews(ListRetrieve):
    """Of every scorecard, newest first."""

    model = Run
    serializer_class = AnyRunOut
    filterset_class = RunFilters
    pagination_class = CursorPages
    reading = "scores:read"

    def queryset_for(self, actor: Actor) -> QuerySet[Run]:
        """The organisation's."""
        rows = run_list(actor.organization).select_related("scorecard")
        return rows.defer("criteria") if self.action == "list" else rows

    @extend_schema(responses=RunDetailOut)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One calculation with its weights."""
        return self.answer(RunDetailOut, self.get_object())


class RunViews(mixins.ListModelMixin, OfScorecard):
    """Newest first."""

    model = Run
    serializer_class = RunOut
    pagination_class = CursorPages
    filter_backends: Any = []

    def queryset_for(self, actor: Actor) -> QuerySet[Run]:
        """Of one scorecard."""
        rows = run_list(actor.organization, self.scorecard()).select_related("scorecard")
        return rows.defer("criteria") if self.action == "list" else rows

    @extend_schema(responses=RunDetailOut)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One calculation with its weights."""
        return self.answer(RunDetailOut, self.get_object())
