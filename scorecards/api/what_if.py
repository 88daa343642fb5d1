"""`scorecards/{id}/what-if/`: the ranking with something changed; nothing is stored."""

from fractions import Fraction
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.policies import Permission, require
from cdmo_eval.http.fields import Code
from cdmo_eval.http.pagination import NumberedPages
from cdmo_eval.http.serializers import Input
from scorecards.api.references import OfScorecard, PointsField
from scorecards.api.shapes import ResultOut, result_json
from scorecards.engine.exact import exact
from scorecards.models import Result
from scorecards.selectors.commercial import Curtain
from scorecards.services.what_if import MOST_CHANGES, CellChange, Change, OutcomeChange, what_if
from vendors.vocabulary import GateOutcome, Stage


class CellIn(Input):
    """Another value (0 to 100) of a criterion of a candidate, taken as known and verified; null: unknown."""

    candidate = serializers.UUIDField()
    criterion = serializers.CharField(max_length=16)
    value = serializers.FloatField(allow_null=True, min_value=0, max_value=100)


class OutcomeIn(Input):
    """Another outcome of a must-have for a candidate."""

    candidate = serializers.UUIDField()
    gate = serializers.CharField(max_length=32)
    outcome = Code(GateOutcome)


class WhatIfIn(Input):
    """What would be different; what is left out is as published."""

    weights = serializers.DictField(child=PointsField(), required=False, default=dict)
    gates = serializers.DictField(
        child=serializers.BooleanField(),
        required=False,
        default=dict,
        help_text="Must-haves by code: false switches one off.",
    )
    outcomes = OutcomeIn(many=True, required=False, max_length=MOST_CHANGES)  # type: ignore[call-arg]
    cells = CellIn(many=True, required=False, max_length=MOST_CHANGES)  # type: ignore[call-arg]
    stage = Code(Stage, required=False)


class WhatIfViews(OfScorecard):
    """Computed when asked, by any reader, exactly as it would be published."""

    model = Result
    filter_backends: Any = []
    pagination_class = NumberedPages
    paged_actions = frozenset({"create"})

    def check_rights(self, request: Request) -> None:
        """Asking by POST is reading too."""
        super().check_rights(request)
        require(self.actor, Permission.VIEW, reading=self.reading)

    @extend_schema(operation_id="scorecards_what_if", request=WhatIfIn, responses={200: ResultOut(many=True)})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The ranking with other weights, must-haves or values, in the shape of `results/`.

        Lineage names the calculation it starts from.
        """
        asked, scorecard = self.input(WhatIfIn), self.scorecard()
        change = Change(
            weights=asked["weights"],
            gates=asked["gates"],
            outcomes=[
                OutcomeChange(str(one["candidate"]), one["gate"], one["outcome"])
                for one in asked.get("outcomes", ())
            ],
            cells=[
                CellChange(str(one["candidate"]), one["criterion"], _value(one["value"]))
                for one in asked.get("cells", ())
            ],
            stage=asked.get("stage", ""),
        )
        found = what_if(scorecard=scorecard, change=change, by=self.actor, now=self.now)
        page = self.paginate_queryset(found.rows)
        assert page is not None  # noqa: S101 - the list is always paged
        curtain = Curtain(self.actor, scorecard, found.board.framework)
        rows = [result_json(curtain.row(row), found.lineage) for row in found.shown(page)]
        return self.get_paginated_response(rows)


def _value(given: float | None) -> Fraction | None:
    return None if given is None else exact(given, name="value")
