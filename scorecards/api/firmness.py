"""`scorecards/{id}/sensitivity/`, `robustness/`, `next-questions/`: how firm the ranking is."""

from fractions import Fraction
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import FieldError, Invalid
from cdmo_eval.core.policies import Permission, require
from cdmo_eval.http.parameters import ID, told, whole
from cdmo_eval.http.serializers import Output
from scorecards.api.references import NamedOut, OfScorecard
from scorecards.api.shapes import number
from scorecards.models import Scorecard
from scorecards.selectors.board import Standing
from scorecards.selectors.firmness import (
    CriterionFirmness,
    FlipFigures,
    points_text,
    read_field,
    share_text,
)
from scorecards.selectors.next_questions import Question, next_questions

MOST_QUESTIONS = 200


class RankedVendorOut(Output):
    """A candidate and its vendor."""

    vendor = NamedOut()
    candidate = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]


class FlipOut(Output):
    """A weight, in percent, at which places change: `passing` overtake `passed`. `exact` is the fraction of 1."""

    weight = serializers.FloatField()
    exact = serializers.CharField()
    change = serializers.FloatField(
        allow_null=True, help_text="Relative change of the present weight, in percent."
    )
    passing = RankedVendorOut(many=True)
    passed = RankedVendorOut(many=True)


class RangeOut(Output):
    """From and to, in percent."""

    low = serializers.FloatField()
    high = serializers.FloatField()


class CriterionFirmnessOut(Output):
    """What moving one weight does, the others in proportion. `defined` false: it carries the whole weight, or none to share out."""

    criterion = serializers.CharField()
    name = serializers.CharField()
    group = serializers.CharField()
    weight = serializers.FloatField()
    weight_ppb = serializers.IntegerField()
    defined = serializers.BooleanField()
    leader_stays = RangeOut(allow_null=True)
    order_stays = RangeOut(allow_null=True)
    flip_below = FlipOut(allow_null=True)
    flip_above = FlipOut(allow_null=True)
    order_flip_below = FlipOut(allow_null=True)
    order_flip_above = FlipOut(allow_null=True)
    sentence = serializers.CharField()


class NearestOut(Output):
    """The smallest relative change of one weight that changes first place."""

    criterion = serializers.CharField()
    flip = FlipOut()
    sentence = serializers.CharField()


class BreakEvenOut(Output):
    """The value with which a candidate draws level; above it, it is ahead. Below 0: always ahead; above 100: never."""

    criterion = serializers.CharField()
    candidate = serializers.UUIDField()
    value = serializers.FloatField(allow_null=True)
    reachable = serializers.BooleanField()


class SwapsOut(Output):
    """The weights, in percent, at which two candidates change places while this criterion's weight is moved."""

    criterion = serializers.CharField()
    weights = serializers.ListField(child=serializers.FloatField())


class SensitivityOut(Output):
    """Exact, from the published calculation. What was not asked for is null."""

    scorecard_id = serializers.UUIDField()
    run_id = serializers.UUIDField()
    digest = serializers.CharField()
    policy = serializers.CharField()
    ranked = serializers.IntegerField()
    leader = RankedVendorOut(allow_null=True)
    tied = serializers.BooleanField(help_text="Whether first place is shared.")
    nearest = NearestOut(allow_null=True)
    criteria = CriterionFirmnessOut(many=True)
    crossings = FlipOut(
        many=True,
        allow_null=True,
        help_text="With `criterion`: every change of places among the first fifty.",
    )
    break_even = BreakEvenOut(allow_null=True, help_text="With `criterion` and `candidate`.")
    swaps = SwapsOut(many=True, allow_null=True, help_text="With `candidate` and `rival`.")


def standing_json(standing: Standing) -> dict[str, Any]:
    """Who."""
    return {
        "vendor": {"id": standing.vendor_id, "name": standing.vendor},
        "candidate": standing.public_id,
        "label": standing.label,
    }


def flip_json(flip: FlipFigures | None) -> dict[str, Any] | None:
    """A change of places."""
    if flip is None:
        return None
    return {
        "weight": number(flip.weight), "exact": str(flip.weight_exact), "change": number(flip.change),
        "passing": [standing_json(one) for one in flip.passing], "passed": [standing_json(one) for one in flip.passed],
    }  # fmt: skip


def _between(ends: tuple[Fraction, Fraction]) -> dict[str, Any]:
    return {"low": number(share_text(ends[0])), "high": number(share_text(ends[1]))}


def criterion_json(one: CriterionFirmness) -> dict[str, Any]:
    """What moving one weight does."""
    found = one.found
    return {
        "criterion": one.criterion.code, "name": one.criterion.name, "group": one.criterion.group, "weight": number(one.weight),
        "weight_ppb": one.criterion.weight_ppb, "defined": found is not None,
        "leader_stays": _between(found.leader_stays) if found else None, "order_stays": _between(found.order_stays) if found else None,
        "flip_below": flip_json(one.below), "flip_above": flip_json(one.above), "order_flip_below": flip_json(one.order_below),
        "order_flip_above": flip_json(one.order_above), "sentence": one.sentence,
    }  # fmt: skip


class FirmnessViews(OfScorecard):
    """Computed from the published calculation. Any reader may ask, and stores nothing that could be lost."""

    model = Scorecard
    filter_backends: Any = []
    pagination_class = None

    def check_rights(self, request: Request) -> None:
        """Asking by POST is reading too."""
        super().check_rights(request)
        require(self.actor, Permission.VIEW, reading=self.reading)


class SensitivityViews(FirmnessViews):
    """Flip points of every weight."""

    parameters: ClassVar[dict[str, str]] = {
        "criterion": "A group or criterion: adds every crossing point of its weight.",
        "candidate": told("A ranked candidate: with `criterion` adds the value that would make it win.", ID),
        "rival": told(
            "Another one: adds where the two change places, and makes the value the one that beats this one.",
            ID,
        ),
    }

    @extend_schema(operation_id="scorecards_sensitivity", responses=SensitivityOut)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """How far each weight can move before first place, or any place, changes; exact."""
        field = read_field(self.scorecard())
        asked = request.query_params
        row = field.row_of(asked["candidate"]) if "candidate" in asked else None
        rival = field.row_of(asked["rival"], field="rival") if "rival" in asked else None
        criterion = field.criterion(asked["criterion"]) if "criterion" in asked else None
        if rival is not None and rival == row:
            message = "A candidate is no rival of itself."
            raise Invalid(message, errors=[FieldError("rival", "same", message)])
        run, nearest = field.board.run, field.nearest
        body: dict[str, Any] = {
            "scorecard_id": str(field.board.scorecard.public_id), "run_id": str(run.public_id), "digest": run.output_digest,
            "policy": run.policy, "ranked": len(field.rows), "leader": standing_json(field.standings[0]) if field.rows else None,
            "tied": field.tied,
            "nearest": nearest and {"criterion": nearest.criterion.code, "flip": flip_json(nearest.nearest), "sentence": nearest.sentence},
            "criteria": [criterion_json(one) for one in field.all],
            "crossings": None, "break_even": None, "swaps": None,
        }  # fmt: skip
        if criterion is not None and field.rows:
            body["crossings"] = [flip_json(flip) for flip, _ in field.crossings(criterion)]
        if criterion is not None and row is not None:
            if criterion.is_group:
                message = "A value belongs to one criterion, not to a group."
                raise Invalid(message, errors=[FieldError("criterion", "is_group", message)])
            value = field.break_even(row, criterion, rival)
            body["break_even"] = {
                "criterion": criterion.code, "candidate": field.standings[row].public_id,
                "value": None if value is None else number(points_text(value)),
                "reachable": value is not None and value < 1_000_000,
            }  # fmt: skip
        if row is not None and rival is not None:
            body["swaps"] = [
                {"criterion": code, "weights": [number(share_text(weight)) for weight in weights]}
                for code, weights in field.swaps(row, rival).items()
            ]
        return Response(body)


class QuestionOut(Output):
    """An open answer. Chances are percentages, the cell anywhere in its interval, everything else as it is."""

    vendor = NamedOut()
    candidate = serializers.UUIDField()
    criterion = serializers.CharField()
    name = serializers.CharField()
    question = serializers.CharField()
    why = serializers.ChoiceField(choices=["unknown", "refused", "stale", "partly_unknown", "claimed"])
    reason = serializers.CharField()
    weight = serializers.FloatField()
    chance_leader = serializers.FloatField()
    chance_top3 = serializers.FloatField()
    short = serializers.FloatField(
        help_text="By how many points the most telling answer fails to change first place."
    )


class QuestionsOut(Output):
    """In the order in which to ask. The first `telling` can change first place or the top three by themselves."""

    scorecard_id = serializers.UUIDField()
    run_id = serializers.UUIDField()
    count = serializers.IntegerField()
    telling = serializers.IntegerField()
    results = QuestionOut(many=True)


def question_json(question: Question) -> dict[str, Any]:
    """One open answer."""
    return {
        "vendor": {"id": question.standing.vendor_id, "name": question.standing.vendor}, "candidate": question.standing.public_id,
        "criterion": question.criterion.code, "name": question.criterion.name, "question": question.text, "why": question.why,
        "reason": question.reason, "weight": number(question.weight), "chance_leader": question.leader_ppm / 10_000,
        "chance_top3": question.top_ppm / 10_000, "short": number(question.short),
    }  # fmt: skip


class NextQuestionViews(FirmnessViews):
    """What to find out first."""

    parameters: ClassVar[dict[str, str]] = {
        "limit": told("How many; 50 unless told otherwise.", whole(1, MOST_QUESTIONS))
    }

    @extend_schema(operation_id="scorecards_next_questions", responses=QuestionsOut)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Open and stale answers by their chance of changing who is first, or who is in the top three."""
        text = request.query_params.get("limit", "50")
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_QUESTIONS):
            raise ValidationError(
                {"limit": [ErrorDetail(f"Give a whole number from 1 to {MOST_QUESTIONS}.", "invalid")]}
            )
        found = next_questions(read_field(self.scorecard()))
        board = found.field.board
        return Response(
            {
                "scorecard_id": str(board.scorecard.public_id), "run_id": str(board.run.public_id), "count": len(found.questions),
                "telling": found.telling, "results": [question_json(one) for one in found.questions[: int(text)]],
            }
        )  # fmt: skip
