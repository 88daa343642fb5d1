"""`scorecards/{id}/second-opinions/`: what two other methods make of the published values and weights."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.http.serializers import Output
from scorecards.api.references import NamedOut, OfScorecard
from scorecards.api.shapes import number
from scorecards.models import Scorecard
from scorecards.selectors.second_opinions import Agreement, Opinion, SecondOpinions, second_opinions


class OpinionCandidateOut(Output):
    """The candidate of a row."""

    id = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]


class OpinionOut(Output):
    """A ranked candidate by three methods. The rank of the product is `rank`; the others are second opinions."""

    vendor = NamedOut()
    candidate = OpinionCandidateOut()
    rank = serializers.IntegerField()
    rank_tied = serializers.BooleanField()
    score = serializers.FloatField()
    topsis_closeness = serializers.FloatField(
        help_text="0 (the worst vendor there could be) to 100 (the ideal)."
    )
    topsis_rank = serializers.IntegerField()
    topsis_tied = serializers.BooleanField()
    promethee_net_flow = serializers.FloatField(
        help_text="-100 (every other is preferred) to 100 (preferred to every other)."
    )
    promethee_rank = serializers.IntegerField()
    promethee_tied = serializers.BooleanField()


class AgreementOut(Output):
    """How far another method's order is that of the ranking; null where an order knows no differences."""

    method = serializers.ChoiceField(choices=["TOPSIS", "PROMETHEE II"])
    spearman = serializers.FloatField(allow_null=True)
    kendall = serializers.FloatField(allow_null=True)
    words = serializers.CharField()
    same_leader = serializers.BooleanField()


class ThresholdsOut(Output):
    """PROMETHEE's preference function, in points of the value scale: type V, linear with indifference."""

    indifference = serializers.FloatField()
    strict = serializers.FloatField()


class SecondOpinionsOut(Output):
    """All ranked candidates of one calculation, in the order of the ranking."""

    scorecard_id = serializers.UUIDField()
    run_id = serializers.UUIDField()
    run_number = serializers.IntegerField()
    policy = serializers.CharField()
    stage = serializers.CharField()
    digest = serializers.CharField(help_text="SHA-256 of the published figures these opinions are about.")
    preference = ThresholdsOut()
    agreement = AgreementOut(many=True)
    unranked = serializers.IntegerField(help_text="How many candidates have no rank, and so no opinion.")
    results = OpinionOut(many=True)


class SecondOpinionViews(OfScorecard):
    """Computed when asked, from the published cells; nothing is stored."""

    model = Scorecard
    filter_backends: Any = []
    pagination_class = None

    @extend_schema(operation_id="scorecards_second_opinions", responses=SecondOpinionsOut)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """TOPSIS with fixed ideal points, and PROMETHEE II, beside the rank."""
        return Response(SecondOpinionsOut(laid_out(second_opinions(self.scorecard()))).data)


def laid_out(found: SecondOpinions) -> dict[str, Any]:
    """The answer as plain values."""
    run = found.board.run
    return {
        "scorecard_id": found.board.scorecard.public_id, "run_id": run.public_id, "run_number": run.number, "policy": run.policy,
        "stage": run.stage, "digest": run.output_digest,
        "preference": {"indifference": number(found.indifference), "strict": number(found.strict)},
        "agreement": [_agreement(one) for one in found.agreements], "unranked": found.unranked,
        "results": [_opinion(one) for one in found.rows],
    }  # fmt: skip


def _agreement(one: Agreement) -> dict[str, Any]:
    return {
        "method": one.method, "spearman": number(one.spearman or None), "kendall": number(one.kendall or None), "words": one.words,
        "same_leader": one.same_leader,
    }  # fmt: skip


def _opinion(one: Opinion) -> dict[str, Any]:
    standing = one.standing
    return {
        "vendor": {"id": standing.vendor_id, "name": standing.vendor}, "candidate": {"id": standing.public_id, "label": standing.label},
        "rank": one.rank, "rank_tied": one.rank_tied, "score": number(one.score), "topsis_closeness": number(one.closeness),
        "topsis_rank": one.topsis_rank, "topsis_tied": one.topsis_tied, "promethee_net_flow": number(one.net_flow),
        "promethee_rank": one.promethee_rank, "promethee_tied": one.promethee_tied,
    }  # fmt: skip
