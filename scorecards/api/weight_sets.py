"""`scorecards/{id}/weights/` and `scorecards/{id}/weight-sets/`: how much each criterion counts, and for whom."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.api import conditional
from cdmo_eval.http.conditional import version_etag
from cdmo_eval.http.fields import PublicId, texts
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.serializers import Input, NothingIn, Output
from scorecards.api.references import OfScorecard, PointsField
from scorecards.engine.elicitation import Method
from scorecards.models import Scorecard, WeightSet
from scorecards.selectors.board import Standing
from scorecards.selectors.weight_sets import (
    RankingOf,
    Rankings,
    pairwise_checks,
    rankings_of,
    weight_set_list,
)
from scorecards.selectors.weighting import stale_codes, weight_lines
from scorecards.services.scorecards import set_weight
from scorecards.services.weight_sets import (
    CURRENT,
    archive_weight_set,
    create_weight_set,
    put_in_force,
    update_weight_set,
)
from scorecards.services.weighting import confirm_weights

INPUTS = (
    'By group code ("" for the groups): the method and what was entered. `points`: {code: points}; `swing`: '
    "swings {code: 0 to 100, the largest 100}; `order`: [[code, …], …], equally important ones in one step; `pairwise`: "
    'judgements [[first, second, 1 to 9 or "1/2" to "1/9"], …] for every pair of the criteria named.'
)


class WeightIn(Input):
    """One group or criterion in percent of its siblings; the unlocked ones share the rest in proportion."""

    criterion = serializers.CharField(max_length=16)
    percent = PointsField()


class ConfirmIn(Input):
    """Criteria whose weight still stands although their scale has changed; none named: all."""

    criteria = texts(16)


class WeightOut(Output):
    """A group or criterion. Percentages of siblings, and `overall` of all criteria, sum to 100.0."""

    criterion = serializers.CharField(source="code")
    name = serializers.CharField()
    group = serializers.CharField(help_text="Blank for a group.")
    points = PointsField()
    percent = serializers.FloatField()
    overall = serializers.FloatField()
    locked = serializers.BooleanField()
    stale = serializers.BooleanField(help_text="Its scale has changed since the weight was set.")


class WeightsOut(Output):
    """All weights of a scorecard, before anything is left out as not applicable."""

    version = serializers.IntegerField()
    weights = WeightOut(many=True)


class WeightSetIn(Input):
    """A new weight set of the caller's."""

    name = serializers.CharField(max_length=120)
    start = serializers.CharField(
        max_length=8,
        required=False,
        default=CURRENT,
        help_text="`current`, `equal`, or the code of an archetype.",
    )


class WeightSetChange(Input):
    """What of a weight set can change. `weights` sets single points; `inputs` whole siblings by a method."""

    name = serializers.CharField(max_length=120)
    weights = serializers.DictField(child=PointsField(), required=False)
    inputs = serializers.DictField(child=serializers.DictField(), required=False, help_text=INPUTS)
    locked_weights = texts(16)
    confirmed = texts(16, help_text="Criteria whose weight still stands although their scale has changed.")


class JudgementOut(Output):
    """A comparison that contradicts the others, with the step of the scale that would agree."""

    first = serializers.CharField()
    second = serializers.CharField()
    given = serializers.CharField()
    consistent = serializers.CharField(source="nearest")


class PairwiseOut(Output):
    """How consistent the pairwise comparison of some siblings is. Above a ratio of 0.10: look at it again."""

    group = serializers.CharField()
    consistency_ratio = serializers.FloatField()
    consistent = serializers.BooleanField()
    inconsistent = JudgementOut(many=True)


class WeightSetOut(Output):
    """Somebody's weights. The one `in_force` is what the scorecard is calculated by."""

    id = PublicId()
    name = serializers.CharField()
    owner = serializers.CharField(source="owner.name", default="", allow_null=True)
    in_force = serializers.BooleanField()
    method = serializers.ChoiceField(choices=[method.value for method in Method], help_text="Of the groups.")
    weights = serializers.DictField(child=PointsField(), source="points")
    inputs = serializers.DictField(child=serializers.DictField(), help_text=INPUTS)
    pairwise = serializers.SerializerMethodField()
    locked_weights = serializers.ListField(child=serializers.CharField(), source="locks")
    stale_weights = serializers.SerializerMethodField()
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def get_stale_weights(self, row: WeightSet) -> list[str]:
        """By the scales that its weights were set on."""
        return stale_codes(row.scorecard, row.scales)

    @extend_schema_field(PairwiseOut(many=True))
    def get_pairwise(self, row: WeightSet) -> Any:
        """Of each set of siblings compared in pairs."""
        return PairwiseOut(pairwise_checks(row), many=True).data


class PlaceOut(Output):
    """Where a candidate stands under one weight set; no rank when it is not ranked."""

    rank = serializers.IntegerField(allow_null=True)
    rank_tied = serializers.BooleanField(source="tied")
    score = serializers.FloatField(allow_null=True)
    low = serializers.FloatField()
    high = serializers.FloatField()


class RankedCandidateOut(Output):
    """A candidate with its place under each of `sets`, and by how many ranks these differ about it."""

    id = serializers.UUIDField()
    vendor = serializers.UUIDField()
    vendor_name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    spread = serializers.IntegerField(allow_null=True)
    places = PlaceOut(many=True)


class RankedSetOut(Output):
    """A weight set and who leads under it. The first has no id: the published ranking."""

    id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    in_force = serializers.BooleanField()
    leaders = serializers.ListField(child=serializers.UUIDField())
    problem = serializers.CharField(help_text="Why these weights give no ranking; blank when they do.")


class RankingsOut(Output):
    """The rankings of all weight sets, side by side, on the published values of one calculation."""

    run_id = serializers.UUIDField()
    computed_at = serializers.DateTimeField()
    sets = RankedSetOut(many=True)
    candidates = RankedCandidateOut(many=True)
    leaders = serializers.ListField(child=serializers.UUIDField(), help_text="First under at least one set.")
    agreed = serializers.ListField(child=serializers.UUIDField(), help_text="First under every set.")


class WeightViews(OfScorecard):
    """The weights a scorecard is calculated by."""

    model = Scorecard
    serializer_class = WeightsOut
    pagination_class = None
    filter_backends: Any = []
    write_permission = Permission.EDIT_SCORECARDS

    def queryset_for(self, actor: Actor) -> QuerySet[Scorecard]:
        """Only the scorecard of the address."""
        rows: QuerySet[Scorecard] = Scorecard.objects.for_organization(actor.organization)
        return rows.filter(public_id=self.kwargs["scorecard_id"])

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Every group and criterion, with its locks and whether its scale has changed."""
        return self._answer(self.scorecard())

    @extend_schema(request=WeightIn, responses=WeightsOut)
    @conditional
    def set_one(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Set one weight; what is locked keeps its share. 400 names the criterion of an illegal weight."""
        row = self.scorecard()
        version = self.expected_version(row)
        fields = self.input(WeightIn)
        return self._answer(
            set_weight(
                scorecard=row, code=fields["criterion"], percent=fields["percent"], expected_version=version, by=self.actor, now=self.now
            )
        )  # fmt: skip

    @extend_schema(request=ConfirmIn, responses=WeightsOut)
    @conditional
    def confirm(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say that weights still stand although the scales they were set on have changed."""
        row = self.scorecard()
        version = self.expected_version(row)
        codes = self.input(ConfirmIn).get("criteria", [])
        return self._answer(
            confirm_weights(scorecard=row, codes=codes, expected_version=version, by=self.actor, now=self.now)
        )

    def _answer(self, row: Scorecard) -> Response:
        lines = weight_lines(row, row.weights, locks=row.weight_locks, scales=row.weight_scales)
        body = WeightsOut({"version": row.version, "weights": lines}).data
        response = Response(body)
        response["ETag"] = version_etag(row.version, JSONRenderer().render(body))
        return response


class WeightSetViews(mixins.ListModelMixin, OfScorecard):
    """Weight sets. Raters keep their own; managers keep all, and alone put one in force. DELETE archives."""

    model = WeightSet
    serializer_class = WeightSetOut
    write_permission = Permission.RATE
    write_permissions: ClassVar[dict[str, Permission]] = {"force": Permission.EDIT_SCORECARDS}

    def queryset_for(self, actor: Actor) -> QuerySet[WeightSet]:
        """The one in force first, then by name."""
        return weight_set_list(self.scorecard())

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One weight set with what was entered."""
        return self.answer(WeightSetOut, self.get_object())

    @extend_schema(request=WeightSetIn, responses={201: WeightSetOut})
    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Begin a weight set from the present weights, equal ones, or an archetype's."""
        scorecard, fields = self.scorecard(), self.input(WeightSetIn)
        return self.show(
            create_weight_set(scorecard=scorecard, by=self.actor, now=self.now, **fields), status=201
        )

    @extend_schema(request=WeightSetChange, responses=WeightSetOut)
    @conditional
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a weight set; when it is in force, the scorecard follows."""
        row = self.get_object()
        version = self.expected_version(row)
        fields = self.input(WeightSetChange, partial=True)
        if "weights" in fields:
            fields["points"] = fields.pop("weights")
        return self.show(
            update_weight_set(weight_set=row, expected_version=version, by=self.actor, now=self.now, **fields)
        )

    @extend_schema(responses={204: None})
    @conditional
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Archive; 409 for the one in force."""
        row = self.get_object()
        version = self.expected_version(row)
        archive_weight_set(weight_set=row, expected_version=version, by=self.actor, now=self.now)
        return Response(status=204)

    @extend_schema(request=NothingIn, responses=WeightSetOut)
    @conditional
    def force(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Calculate the scorecard by these weights from now on."""
        row = self.get_object()
        version = self.expected_version(row)
        self.input(NothingIn)
        return self.show(put_in_force(weight_set=row, expected_version=version, by=self.actor, now=self.now))


class WeightRankingViews(OfScorecard):
    """What each weight set makes of the published values; nothing is stored."""

    model = WeightSet
    serializer_class = RankingsOut
    pagination_class = None
    filter_backends: Any = []

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """All rankings side by side. 409 before the first calculation and while scores are hidden."""
        scorecard = self.scorecard()
        found = rankings_of(scorecard, list(weight_set_list(scorecard)))
        return Response(RankingsOut(rankings_json(found)).data)


def rankings_json(found: Rankings) -> dict[str, Any]:
    """Rankings as they are answered."""
    return {
        "run_id": found.run.public_id,
        "computed_at": found.run.finished_at,
        "sets": [_set_json(each) for each in found.rankings],
        "candidates": [
            {
                "id": candidate.public_id, "vendor": candidate.vendor_id, "vendor_name": candidate.vendor, "label": candidate.label,
                "spread": found.spread[row], "places": [each.places[row] if each.places else None for each in found.rankings],
            }
            for row, candidate in enumerate(found.candidates)
        ],
        "leaders": _ids(found.leaders),
        "agreed": _ids(found.agreed),
    }  # fmt: skip


def _set_json(each: RankingOf) -> dict[str, Any]:
    row = each.weight_set
    return {
        "id": row.public_id if row else None,
        "name": row.name if row else "As calculated",
        "in_force": row.in_force if row else False,
        "leaders": _ids(each.leaders),
        "problem": each.problem,
    }


def _ids(candidates: Sequence[Standing]) -> list[str]:
    return [candidate.public_id for candidate in candidates]
