"""`scorecards/{id}/price-front/`: score against price of every ranked candidate. Commercial scopes."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.policies import Permission, require
from cdmo_eval.http.serializers import Output
from scorecards.api.references import NamedOut
from scorecards.api.results import PublishedViews
from scorecards.api.shapes import LineageOut, lineage_json
from scorecards.models import Scorecard
from scorecards.selectors.freshness import freshness_of
from scorecards.selectors.price_front import Price, PricedCandidate, price_front


class PricedCandidateOut(Output):
    """A ranked candidate with its price over the common scope; null, with the reason, where there is none to compare."""

    id = serializers.UUIDField()
    vendor = NamedOut()
    label = serializers.CharField()  # type: ignore[assignment]
    rank = serializers.IntegerField()
    rank_tied = serializers.BooleanField()
    score = serializers.FloatField()
    price = serializers.FloatField(allow_null=True)
    currency = serializers.CharField(help_text="Of the programme's budget.")
    rate_note = serializers.CharField(
        help_text="The price as quoted, and the rate with its day, where converted."
    )
    reason = serializers.CharField(help_text="Why there is no price to compare.")
    on_front = serializers.BooleanField(
        help_text="No ranked candidate is both at most as dear and at least as good."
    )


class PriceFrontOut(LineageOut):
    """Every ranked candidate in the order of the ranking, and the front from the cheapest to the best."""

    currency = serializers.CharField()
    front = serializers.ListField(child=serializers.UUIDField())
    candidates = PricedCandidateOut(many=True)


class PriceFrontViews(PublishedViews):
    """Score against price."""

    model = Scorecard
    filter_backends: Any = []
    pagination_class = None
    read_permission = Permission.VIEW_COMMERCIAL

    def check_rights(self, request: Request) -> None:
        """It shows scores as well: a token needs the scope of these too."""
        super().check_rights(request)
        require(self.actor, Permission.VIEW, reading=self.reading)

    @extend_schema(operation_id="scorecards_price_front", responses=PriceFrontOut)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Who is neither dearer nor worse than anybody else, of all ranked candidates."""
        scorecard = self.scorecard()
        known = scorecard.last_run["id"] if scorecard.last_run else ""  # type: ignore[attr-defined]  # annotated by the list
        answer = self.unchanged(self.tag(scorecard, known, freshness_of(scorecard, now=self.now)))
        if answer is not None:
            return answer
        found = price_front(scorecard, actor=self.actor, now=self.now)
        body = {
            **lineage_json(found.lineage),
            "currency": found.currency,
            "front": [one.candidate_id for one in found.front],
            "candidates": [_candidate(one) for one in found.candidates],
        }
        response = Response(PriceFrontOut(body).data)
        response["ETag"] = self.tag(scorecard, found.lineage.run_id, found.ranking.freshness)
        return response


def price_json(price: Price) -> dict[str, Any]:
    """A price as it is answered."""
    amount = None if price.amount is None else round(price.amount * 100) / 100
    return {"price": amount, "currency": price.currency, "rate_note": price.note, "reason": price.reason}


def _candidate(one: PricedCandidate) -> dict[str, Any]:
    return {
        "id": one.candidate_id, "vendor": {"id": one.vendor_id, "name": one.vendor}, "label": one.label, "rank": one.rank,
        "rank_tied": one.rank_tied, "score": float(one.score_text), **price_json(one.price), "on_front": one.on_front,
    }  # fmt: skip
