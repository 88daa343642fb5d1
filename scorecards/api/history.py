"""`scorecards/{id}/history/` and `changes/`: scores over calculations, and why they moved. `vendors/{id}/scores/`."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.policies import Actor
from cdmo_eval.http.api import PAGING, ApiViewSet
from cdmo_eval.http.pagination import CursorPages
from cdmo_eval.http.parameters import ID, told
from cdmo_eval.http.serializers import Output
from scorecards.api.comparison import signed
from scorecards.api.references import NamedOut, OfScorecard, WholeNumber
from scorecards.api.shapes import (
    CalculationOut,
    FiguresOut,
    RangedOut,
    digits,
    figures_json,
    number,
    range_json,
)
from scorecards.engine.then_now import Cause
from scorecards.models import Candidate, Run, Scorecard
from scorecards.selectors.changes import CauseChange, LeafChange, Move, change_records, changes_between
from scorecards.selectors.commercial import Curtain
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.history import Moment, PastFigures, moments
from scorecards.selectors.scorecards import run_list
from scorecards.selectors.vendor_scores import VendorScore, vendor_scores
from scorecards.selectors.visibility import check_visible
from vendors.models import Vendor


class PastFiguresOut(FiguresOut):
    """One candidate's figures at one calculation. `changed`: this calculation changed them."""

    candidate = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]
    vendor = NamedOut()
    changed = serializers.BooleanField()


class MomentOut(CalculationOut):
    """A calculation with who led, and the candidate asked for."""

    candidates = serializers.IntegerField()
    ranked = serializers.IntegerField()
    leader = PastFiguresOut(allow_null=True)
    candidate = PastFiguresOut(
        allow_null=True, help_text="Null unless asked for, and when it did not stand on the scorecard then."
    )


class HistoryViews(mixins.ListModelMixin, OfScorecard):
    """Newest first."""

    model = Run
    serializer_class = MomentOut
    pagination_class = CursorPages
    filter_backends: Any = []
    parameters: ClassVar[dict[str, str]] = {
        "candidate": told("A candidate whose figures are wanted beside the leader's.", ID)
    }

    def queryset_for(self, actor: Actor) -> QuerySet[Run]:
        """Of one scorecard."""
        return run_list(actor.organization, self.scorecard()).defer("criteria")

    @extend_schema(operation_id="scorecards_history_list", responses=MomentOut(many=True))
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of calculations, each with the leader's figures and a candidate's."""
        scorecard = self.scorecard()
        check_visible(scorecard)
        candidate = self._candidate(scorecard)
        runs = run_list(self.actor.organization, scorecard).defer("criteria")
        page = self.paginate_queryset(runs)
        assert page is not None  # noqa: S101 - the list is always paged
        found = moments(page, candidate_id=candidate.pk if candidate else None)
        return self.get_paginated_response(
            MomentOut([moment_json(each, scorecard) for each in found], many=True).data
        )

    def _candidate(self, scorecard: Scorecard) -> Candidate | None:
        given = self.request.query_params.get("candidate", "")
        if not given:
            return None
        try:
            public_id = UUID(given)
        except ValueError:
            raise ValidationError({"candidate": [ErrorDetail("An id is a UUID.", "invalid")]}) from None
        rows = Candidate.objects.for_organization(scorecard.organization).filter(
            program_id=scorecard.program_id
        )
        found: Candidate | None = rows.filter(public_id=public_id).first()
        if found is None:
            raise NotFound("There is no such candidate in this scorecard's programme.")
        return found


class LeafChangeOut(Output):
    """What a criterion did to a score, and the records that came or went. Empty without a change of records: age,
    official records or what the programme asks for."""

    criterion = serializers.CharField()
    name = serializers.CharField()
    group = serializers.CharField()
    amount = serializers.FloatField()
    amount_exact = WholeNumber()
    value_then = serializers.FloatField(allow_null=True)
    value_now = serializers.FloatField(allow_null=True)
    state_then = serializers.CharField()
    state_now = serializers.CharField()
    grade_then = serializers.CharField()
    grade_now = serializers.CharField()
    weight_ppb_then = serializers.IntegerField()
    weight_ppb_now = serializers.IntegerField()
    evidence_came = serializers.ListField(child=serializers.UUIDField())
    evidence_went = serializers.ListField(child=serializers.UUIDField())


class CauseChangeOut(Output):
    """What one cause did. Causes are changed one after the other: each begins at the rank where the one before ended."""

    cause = serializers.ChoiceField(choices=[cause.value for cause in Cause])
    amount = serializers.FloatField()
    amount_exact = WholeNumber()
    rank_before = serializers.IntegerField(allow_null=True)
    rank_after = serializers.IntegerField(allow_null=True)
    leaves = LeafChangeOut(many=True)


class MoveOut(Output):
    """One candidate then and now. The exact amounts of the causes sum to `difference_exact`."""

    candidate = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]
    vendor = NamedOut()
    rank_then = serializers.IntegerField(allow_null=True)
    rank_now = serializers.IntegerField(allow_null=True)
    score_then = serializers.FloatField(allow_null=True)
    score_now = serializers.FloatField(allow_null=True)
    difference = serializers.FloatField(allow_null=True)
    difference_exact = WholeNumber(allow_null=True)
    denominator_exact = WholeNumber()
    stood_then = serializers.BooleanField()
    stands_now = serializers.BooleanField()
    sentence = serializers.CharField()
    causes = CauseChangeOut(many=True)


class MovesOut(Output):
    """Who moved between two calculations, and why."""

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    then = CalculationOut()
    now = CalculationOut()
    rescaled = serializers.ListField(
        child=serializers.CharField(),
        help_text="Criteria whose scale is another now: their values are not comparable.",
    )
    results = MoveOut(many=True)


class ChangeViews(OfScorecard):
    """By the rank of now."""

    model = Scorecard
    serializer_class = MoveOut
    filter_backends: Any = []
    parameters: ClassVar[dict[str, str]] = {
        "since": "Id or number of a calculation, a date (the last one published by then), or `source`: the last one of the scorecard that "
        "this one was copied from. Without it: the calculation before.",
        "until": "Id or number of a calculation, or a date. Without it: the last one.",
    }

    def known_parameters(self) -> frozenset[str]:
        """With those of pages."""
        return super().known_parameters() | PAGING

    @extend_schema(operation_id="scorecards_changes", responses=MovesOut)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Every candidate whose score or rank is another now, split by cause."""
        scorecard = self.scorecard()
        given = request.query_params
        found = changes_between(scorecard, since=given.get("since", ""), until=given.get("until", ""))
        page = self.paginate_queryset(found.moved)
        assert page is not None  # noqa: S101 - always paged
        moves = found.moves(page)
        curtain = Curtain(self.actor, scorecard, criteria_of(scorecard.framework))
        records = {
            number: str(row.public_id)
            for number, row in change_records(scorecard.organization, moves, curtain).items()
        }
        response = self.get_paginated_response([move_json(move, records) for move in moves])
        response.data |= {
            "then": run_json(found.then.run, found.then.scorecard), "now": run_json(found.now.run, found.now.scorecard),
            "rescaled": list(found.rescaled),
        }  # fmt: skip
        response.data = MovesOut(response.data).data
        return response


class VendorScoreOut(RangedOut):
    """Where a vendor stands on one scorecard."""

    scorecard = NamedOut()
    program = NamedOut()
    candidate = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]
    stage = serializers.CharField()
    policy = serializers.CharField()
    ranked = serializers.IntegerField(help_text="How many are ranked on that scorecard.")
    fresh = serializers.BooleanField()
    computed_at = serializers.DateTimeField(allow_null=True)


class VendorScoresOut(Output):
    """All scorecards that judge the vendor, by programme."""

    vendor = NamedOut()
    results = VendorScoreOut(many=True)


class VendorScoreViews(ApiViewSet):
    """This vendor in all programmes."""

    model = Vendor
    reading = "scores:read"
    pagination_class = None
    filter_backends: Any = []

    def queryset_for(self, actor: Actor) -> QuerySet[Vendor]:
        """Vendors."""
        rows: QuerySet[Vendor] = Vendor.objects.for_organization(actor.organization)
        return rows

    @extend_schema(operation_id="vendors_scores", responses=VendorScoresOut)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Rank, score, interval, answered share and freshness on every scorecard."""
        vendor = self.get_object()
        rows = vendor_scores(self.actor.organization, vendor, now=self.now)
        body = {
            "vendor": {"id": vendor.public_id, "name": vendor.name},
            "results": [score_json(row) for row in rows],
        }
        return Response(VendorScoresOut(body).data)


def run_json(run: Run, scorecard: Scorecard) -> dict[str, Any]:
    """A calculation."""
    return {
        "run_id": run.public_id, "run_number": run.number, "scorecard_id": scorecard.public_id, "computed_at": run.finished_at,
        "as_of": run.as_of, "framework_version": run.framework_version, "policy": run.policy, "stage": run.stage,
        "digest": run.output_digest,
    }  # fmt: skip


def moment_json(moment: Moment, scorecard: Scorecard) -> dict[str, Any]:
    """A calculation with the figures asked for."""
    run = moment.run
    return {
        **run_json(run, scorecard), "candidates": run.candidates, "ranked": run.ranked,
        "leader": past_json(moment.leader), "candidate": past_json(moment.candidate),
    }  # fmt: skip


def past_json(row: PastFigures | None) -> dict[str, Any] | None:
    """One candidate then."""
    if row is None:
        return None
    return {
        "candidate": row.candidate_id, "label": row.label, "vendor": {"id": row.vendor_id, "name": row.vendor},
        **figures_json(row, row), "changed": row.changed,
    }  # fmt: skip


def move_json(move: Move, records: Mapping[int, str]) -> dict[str, Any]:
    """One candidate, with all exact amounts over one denominator."""
    amounts = [cause.amount for cause in move.causes]
    amounts += [leaf.amount for cause in move.causes for leaf in cause.leaves]
    whole = lcm(*(amount.denominator for amount in amounts), (move.difference or Fraction(0)).denominator)
    return {
        "candidate": move.who.public_id, "label": move.who.label, "vendor": {"id": move.who.vendor_id, "name": move.who.vendor},
        "rank_then": move.rank_then, "rank_now": move.rank_now, "score_then": number(move.score_then), "score_now": number(move.score_now),
        "difference": None if move.difference is None else signed(move.difference),
        "difference_exact": None if move.difference is None else digits(int(move.difference * whole)),
        "denominator_exact": digits(whole), "stood_then": move.stood_then, "stands_now": move.stands_now, "sentence": move.sentence,
        "causes": [_cause(cause, whole, records) for cause in move.causes],
    }  # fmt: skip


def _cause(cause: CauseChange, whole: int, records: Mapping[int, str]) -> dict[str, Any]:
    return {
        "cause": cause.cause.value, "amount": signed(cause.amount), "amount_exact": digits(int(cause.amount * whole)),
        "rank_before": cause.rank_before, "rank_after": cause.rank_after,
        "leaves": [_leaf(leaf, whole, records) for leaf in cause.leaves],
    }  # fmt: skip


def _leaf(leaf: LeafChange, whole: int, records: Mapping[int, str]) -> dict[str, Any]:
    def shown(numbers: Sequence[int]) -> list[str]:
        return [records[each] for each in numbers if each in records]

    return {
        "criterion": leaf.code, "name": leaf.name, "group": leaf.group, "amount": signed(leaf.amount),
        "amount_exact": digits(int(leaf.amount * whole)), "value_then": number(leaf.then.value), "value_now": number(leaf.now.value),
        "state_then": leaf.then.state, "state_now": leaf.now.state, "grade_then": leaf.then.grade, "grade_now": leaf.now.grade,
        "weight_ppb_then": leaf.then.weight_ppb, "weight_ppb_now": leaf.now.weight_ppb,
        "evidence_came": shown(leaf.came), "evidence_went": shown(leaf.went),
    }  # fmt: skip


def score_json(row: VendorScore) -> dict[str, Any]:
    """One scorecard of a vendor."""
    result, scorecard = row.result, row.scorecard
    return {
        "scorecard": {"id": scorecard.public_id, "name": scorecard.name},
        "program": {"id": scorecard.program.public_id, "name": scorecard.program.name},
        "candidate": result.candidate.public_id, "label": result.candidate.label, "stage": scorecard.stage, "policy": scorecard.policy,
        **figures_json(result, row), **range_json(result), "ranked": row.of, "fresh": row.freshness.fresh, "computed_at": row.freshness.last_run_at,
    }  # fmt: skip
