"""`organization/scoring/`: what the organisation decides about scoring."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.api import ApiViewSet, conditional
from cdmo_eval.http.conditional import check_if_match, version_etag
from cdmo_eval.http.serializers import Input, Output
from scorecards.api.shapes import number
from scorecards.engine.aggregate import Stage
from scorecards.engine.cells import MissingPolicy
from scorecards.engine.display import percent_text
from scorecards.engine.exact import PPM
from scorecards.scoring_defaults import ScoringDefaults, scoring_defaults
from scorecards.services.scoring_defaults import change_scoring_defaults


class StageLimitsOut(Output):
    """What a stage asks for, percent of the weight."""

    coverage = serializers.FloatField()
    verified = serializers.FloatField()


class ScoringOut(Output):
    """All decisions; points and percentages from 0 to 100."""

    half_widths = serializers.DictField(
        child=serializers.FloatField(), help_text="Points by grade of evidence."
    )
    stage_thresholds = serializers.DictField(child=StageLimitsOut())
    indifference = serializers.FloatField(help_text="Points within which scores count as practically equal.")
    policy = serializers.ChoiceField(
        choices=[policy.value for policy in MissingPolicy], help_text="Of new scorecards."
    )
    draws = serializers.IntegerField(help_text="Simulated cases.")
    pairs = serializers.DictField(
        child=serializers.FloatField(),
        help_text="Share of the first choice (percent), and points a pair loses for a shared country, owner, supplier.",
    )
    version = serializers.IntegerField()


class ScoringIn(Input):
    """Changes. A part of `half_widths`, `stage_thresholds` or `pairs` that is left out stays."""

    half_widths = serializers.DictField(child=serializers.JSONField(), required=False)
    stage_thresholds = serializers.DictField(
        child=serializers.DictField(child=serializers.JSONField()), required=False
    )
    indifference = serializers.JSONField(required=False)
    policy = serializers.CharField(max_length=16, required=False)
    draws = serializers.JSONField(required=False)
    pairs = serializers.DictField(child=serializers.JSONField(), required=False)


class ScoringViews(ApiViewSet):
    """One document; administrators change it, signed in."""

    model = Organization
    filter_backends: Any = []
    pagination_class = None
    reading = "scores:read"
    write_permission = Permission.MANAGE_SETTINGS

    def queryset_for(self, actor: Actor) -> QuerySet[Organization]:
        """The organisation itself."""
        return Organization.objects.filter(pk=actor.organization.pk).order_by("id")

    @extend_schema(operation_id="organization_scoring_retrieve", responses=ScoringOut)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The decisions that hold."""
        return self._answer(scoring_defaults(self.get_queryset().get().settings))

    @extend_schema(operation_id="organization_scoring_change", request=ScoringIn, responses=ScoringOut)
    @conditional
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change some; every scorecard is recalculated. Errors name the fields."""
        organization = self.get_queryset().get()
        present = scoring_defaults(organization.settings)
        version = None
        if "If-Match" in request.headers:
            check_if_match(request._request, present.version)
            version = present.version
        given = flat(self.input(ScoringIn, partial=True))
        return self._answer(
            change_scoring_defaults(
                organization=organization, given=given, expected_version=version, by=self.actor
            )
        )

    def _answer(self, found: ScoringDefaults) -> Response:
        response = Response(ScoringOut(scoring_json(found)).data)
        response["ETag"] = version_etag(found.version, b"")
        return response


def flat(given: dict[str, Any]) -> dict[str, Any]:
    """Nested fields by their dotted paths, as the service takes them."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if not isinstance(value, dict):
            found[name] = value
            continue
        for inner, part in value.items():
            if isinstance(part, dict):
                found |= {f"{name}.{inner}.{last}": each for last, each in part.items()}
            else:
                found[f"{name}.{inner}"] = part
    return found


def scoring_json(found: ScoringDefaults) -> dict[str, Any]:
    """The decisions as plain values."""
    return {
        "half_widths": {grade: _points(width) for grade, width in found.half_widths.items()},
        "stage_thresholds": {
            stage.value: {"coverage": _points(found.thresholds[stage].coverage), "verified": _points(found.thresholds[stage].verified)}
            for stage in Stage
        },
        "indifference": _points(found.indifference), "policy": found.policy, "draws": found.draws, "version": found.version,
        "pairs": {name: _points(part) for name, part in found.pairs.document().items()},
    }  # fmt: skip


def _points(ppm: int) -> float | None:
    return number(percent_text(ppm, PPM))
