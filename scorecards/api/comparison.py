"""`scorecards/{id}/compare/`: two to five candidates side by side, and why one is ahead of another."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, ClassVar
from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.http.serializers import Output
from scorecards.api.price_front import price_json
from scorecards.api.references import NamedOut, WholeNumber
from scorecards.api.results import PublishedViews
from scorecards.api.shapes import (
    LineageOut,
    RangedOut,
    ValueOut,
    digits,
    figures_json,
    lineage_json,
    number,
    range_json,
    value_json,
)
from scorecards.engine.display import share_text
from scorecards.engine.exact import EXACT_ONE
from scorecards.models import Scorecard
from scorecards.presentation import Figures
from scorecards.selectors.comparison import (
    Compared,
    CompareLine,
    Difference,
    OutlineLine,
    TermLine,
    chosen_candidates,
    compare,
)
from scorecards.selectors.freshness import freshness_of


class PointsOut(Output):
    """A criterion and what it wins, loses or leaves open, in points of the score."""

    criterion = serializers.CharField()
    name = serializers.CharField()
    points = serializers.FloatField()


class ComparedCandidateOut(RangedOut):
    """One compared candidate. Strengths are known and worth 75 or more, gaps 40 or less; never by comparison with others."""

    id = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]
    vendor = NamedOut()
    strengths = PointsOut(many=True)
    gaps = PointsOut(many=True)
    unknowns = PointsOut(many=True)


class ComparedValueOut(ValueOut):
    """One criterion of one candidate."""

    candidate = serializers.UUIDField()
    best = serializers.BooleanField(help_text="Nobody compared has more, and not all have the same.")
    obtained_on = serializers.DateField(allow_null=True, help_text="Of the newest record behind the value.")


class ComparedCriterionOut(Output):
    """One criterion of all compared, in the order of the candidates."""

    criterion = serializers.CharField()
    name = serializers.CharField()
    weight = serializers.FloatField()
    weight_ppb = serializers.IntegerField()
    differs = serializers.BooleanField()
    values = ComparedValueOut(many=True)


class ComparedGroupOut(Output):
    """A group; those that matter most for the difference come first, and so do its criteria."""

    group = serializers.CharField()
    name = serializers.CharField()
    weight = serializers.FloatField()
    scores = serializers.ListField(child=serializers.FloatField(allow_null=True))
    criteria = ComparedCriterionOut(many=True)


class TermOut(Output):
    """What a criterion adds to the difference. `low` and `high` where something of it is unknown, on the whole weight."""

    criterion = serializers.CharField()
    name = serializers.CharField()
    amount = serializers.FloatField()
    amount_exact = WholeNumber()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    decides = serializers.BooleanField(help_text="Of the smallest set without which there would be no lead.")


class GroupTermOut(Output):
    """The terms of one group and their sum."""

    group = serializers.CharField()
    name = serializers.CharField()
    amount = serializers.FloatField()
    amount_exact = WholeNumber()
    terms = TermOut(many=True)


class DifferenceOut(Output):
    """First minus second. The exact amounts of the terms, and those of the groups, sum to `difference_exact`."""

    first = serializers.UUIDField()
    second = serializers.UUIDField()
    difference = serializers.FloatField()
    difference_exact = WholeNumber()
    denominator_exact = WholeNumber(help_text="Of all exact amounts: 1 is 100 points.")
    low = serializers.FloatField(help_text="The least difference that the intervals of the values allow.")
    high = serializers.FloatField()
    sentence = serializers.CharField()
    groups = GroupTermOut(many=True)


class DominanceOut(Output):
    """A statement about two candidates that does not depend on the exact weights."""

    over = serializers.UUIDField()
    under = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=["certain", "as_counted", "any_weights_in_order"])
    sentence = serializers.CharField()


class CostOut(Output):
    """The quoted price over the common scope. Null, with the reason, where there is none to compare."""

    candidate = serializers.UUIDField()
    price = serializers.FloatField(allow_null=True)
    currency = serializers.CharField(help_text="Of the programme's budget.")
    on_front = serializers.BooleanField(
        help_text="Nobody compared is both at most as dear and at least as good."
    )
    rate_note = serializers.CharField(
        help_text="The price as quoted, and the rate with its day, where converted."
    )
    reason = serializers.CharField()


class CompareOut(LineageOut):
    """Candidates side by side, all of one calculation. `difference` is null when one of the pair has no score."""

    candidates = ComparedCandidateOut(many=True)
    groups = ComparedGroupOut(many=True)
    difference = DifferenceOut(allow_null=True)
    dominance = DominanceOut(many=True)
    costs = CostOut(many=True, help_text="Score against cost; empty for who may not see offers.")


class CompareViews(PublishedViews):
    """Side by side."""

    model = Scorecard
    filter_backends: Any = []
    pagination_class = None
    parameters: ClassVar[dict[str, str]] = {
        "candidates": "Ids of 2 to 5 candidates, with commas. They are shown in the order of the ranking.",
        "pair": "Two of them, with a comma: whose difference is split. The two best placed unless given.",
    }

    @extend_schema(operation_id="scorecards_compare", responses=CompareOut)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Every criterion of each, the difference of two split exactly, and who dominates whom."""
        scorecard = self.scorecard()
        ids = chosen_candidates(request.query_params.get("candidates", "").split(","))
        pair = self._pair()
        known = scorecard.last_run["id"] if scorecard.last_run else ""  # type: ignore[attr-defined]
        answer = self.unchanged(self.tag(scorecard, known, freshness_of(scorecard, now=self.now)))
        if answer is not None:
            return answer
        found = compare(scorecard, ids, pair=pair, actor=self.actor, now=self.now)
        response = Response(CompareOut(compared_json(found)).data)
        lineage = found.ranking.lineage
        response["ETag"] = self.tag(scorecard, lineage.run_id if lineage else "", found.ranking.freshness)
        return response

    def _pair(self) -> list[UUID]:
        given = self.request.query_params.get("pair", "")
        try:
            return [UUID(text.strip()) for text in given.split(",")] if given else []
        except ValueError:
            raise ValidationError({"pair": [ErrorDetail("An id is a UUID.", "invalid")]}) from None


def signed(share: Fraction) -> float:
    """An exact share of the scale as points with two decimals."""
    return float(share_text(share, signed=False))


def over_one(exact: int | None) -> float | None:
    """Units of 1e-15 as points."""
    return None if exact is None else signed(Fraction(exact, EXACT_ONE))


def compared_json(found: Compared) -> dict[str, Any]:
    """The answer as plain values."""
    lineage = found.ranking.lineage
    assert lineage is not None  # noqa: S101 - a comparison is of a calculation
    ids = [column.candidate_id for column in found.columns]
    return {
        **lineage_json(lineage),
        "candidates": [
            {
                **_candidate(column),
                **{name: _points(getattr(outline, name)) for name in ("strengths", "gaps", "unknowns")},
            }
            for column, outline in zip(found.columns, found.outlines, strict=True)
        ],
        "groups": [
            {
                "group": group.code, "name": group.name, "weight": number(group.weight),
                "scores": [number(score) for score in group.scores], "criteria": [_criterion(line, ids) for line in group.lines],
            }
            for group in found.groups
        ],
        "difference": _difference(found.difference) if found.difference else None,
        "dominance": [
            {"over": one.over.candidate_id, "under": one.under.candidate_id, "kind": one.kind, "sentence": one.sentence}
            for one in found.dominances
        ],
        "costs": [
            {
                "candidate": line.figures.candidate_id, **price_json(line.price), "on_front": line.on_front,
            }
            for line in found.costs
        ],
    }  # fmt: skip


def _candidate(row: Figures) -> dict[str, Any]:
    return {
        "id": row.candidate_id, "label": row.label, "vendor": {"id": row.vendor_id, "name": row.vendor},
        **figures_json(row, row), **range_json(row),
    }  # fmt: skip


def _points(lines: Sequence[OutlineLine]) -> list[dict[str, Any]]:
    return [{"criterion": line.code, "name": line.name, "points": number(line.points)} for line in lines]


def _criterion(line: CompareLine, ids: Sequence[str]) -> dict[str, Any]:
    return {
        "criterion": line.code, "name": line.name, "weight": number(line.weight), "weight_ppb": line.weight_ppb, "differs": line.differs,
        "values": [
            {
                "candidate": candidate, **value_json(cell.leaf), "best": cell.best,
                "evidence": [str(record.public_id) for record in cell.records], "obtained_on": cell.newest,
            }
            for candidate, cell in zip(ids, line.cells, strict=True)
        ],
    }  # fmt: skip


def _difference(found: Difference) -> dict[str, Any]:
    whole = found.found.denominator
    return {
        "first": found.first.candidate_id, "second": found.second.candidate_id, "difference": signed(found.found.exact),
        "difference_exact": digits(found.found.difference), "denominator_exact": digits(whole),
        "low": over_one(found.found.low), "high": over_one(found.found.high), "sentence": found.sentence,
        "groups": [
            {
                "group": group.code, "name": group.name, "amount": signed(group.amount),
                "amount_exact": digits(int(group.amount * whole)), "terms": [_term(line, whole) for line in group.lines],
            }
            for group in found.groups
        ],
    }  # fmt: skip


def _term(line: TermLine, whole: int) -> Mapping[str, Any]:
    return {
        "criterion": line.code, "name": line.name, "amount": signed(line.amount), "amount_exact": digits(int(line.amount * whole)),
        "low": over_one(line.low), "high": over_one(line.high), "decides": line.decides,
    }  # fmt: skip
