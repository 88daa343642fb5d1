"""`scorecards/{id}/robustness/`: simulated cases, counted as a job."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.http.core_api.jobs import JobOut
from cdmo_eval.http.fields import Code
from cdmo_eval.http.parameters import one_of, told, whole
from cdmo_eval.http.serializers import Input, Output
from scorecards.api.firmness import FirmnessViews, RankedVendorOut, standing_json
from scorecards.api.shapes import number
from scorecards.engine.draws import BAND_PERCENT, CONCENTRATION, CellModel, Models, WeightModel
from scorecards.engine.robustness import MOST_DRAWS
from scorecards.selectors.board import current_board
from scorecards.selectors.simulations import (
    SEED,
    Chances,
    RankChances,
    chances_of,
    latest_finished,
    usual_request,
)
from scorecards.selectors.simulations import Request as Simulated
from scorecards.services.simulations import request_simulation, stop_simulation


class SimulationIn(Input):
    """What may vary. The same question, seed and number of cases are counted once."""

    weights = Code(WeightModel, required=False, default=WeightModel.DIRICHLET.value)
    cells = Code(CellModel, required=False, default=CellModel.INTERVAL.value)
    concentration = serializers.IntegerField(min_value=1, max_value=10_000, default=CONCENTRATION)
    band = serializers.IntegerField(min_value=1, max_value=100, default=BAND_PERCENT)
    draws = serializers.IntegerField(
        min_value=100,
        max_value=MOST_DRAWS,
        required=False,
        help_text="The organisation's own number unless stated.",
    )
    seed = serializers.IntegerField(min_value=0, max_value=2**63 - 1, default=SEED)


class ChancesOut(RankedVendorOut):
    """A candidate over all simulated cases; shares in percent. `rank` is its place when they were counted.

    Above 200 candidates only the first ten ranks are counted, and the range of ranks is null.
    """

    rank = serializers.IntegerField()
    first = serializers.FloatField()
    first_standard_error = serializers.FloatField()
    top3 = serializers.FloatField()
    expected_rank = serializers.FloatField()
    rank_5 = serializers.IntegerField(allow_null=True)
    rank_95 = serializers.IntegerField(allow_null=True)
    ranks = serializers.ListField(child=serializers.FloatField(), help_text="The chance of rank 1, 2, …")
    all_weights_first = serializers.FloatField(
        help_text="Its share of all possible weights, values as they count."
    )
    all_weights_central = serializers.DictField(
        child=serializers.FloatField(),
        allow_null=True,
        help_text="The mean of all possible weights that make it first.",
    )
    central_weights = serializers.DictField(
        child=serializers.FloatField(),
        allow_null=True,
        help_text="The mean weights of the cases it won; null when it won none.",
    )


class SimulationOut(Output):
    """A finished simulation. `current` false: it was counted on an earlier calculation and is being replaced."""

    run_id = serializers.UUIDField()
    current = serializers.BooleanField()
    draws = serializers.IntegerField()
    seed = serializers.CharField()
    assumptions = serializers.DictField()
    numpy_version = serializers.CharField()
    computed_at = serializers.DateTimeField()
    verdict = serializers.CharField()
    results = ChancesOut(many=True)
    pairwise = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()),
        help_text="How often the row's candidate beats the column's, percent, among the first twenty.",
    )


class RobustnessOut(Output):
    """The simulation of the published calculation, or the job that counts it and what was counted before."""

    scorecard_id = serializers.UUIDField()
    job = JobOut(allow_null=True)
    result = SimulationOut(allow_null=True)


def chances_json(row: RankChances) -> dict[str, Any]:
    """One candidate's chances."""
    return {
        **standing_json(row.standing), "rank": row.rank, "first": _percent(row.first_ppm),
        "first_standard_error": number(row.standard_error), "top3": _percent(row.top3_ppm), "expected_rank": number(row.expected_rank),
        "rank_5": row.rank_5, "rank_95": row.rank_95, "ranks": [_percent(ppm) for ppm in row.ranks_ppm],
        "all_weights_first": _percent(row.any_first_ppm),
        "all_weights_central": _weights(row.any_central_weights), "central_weights": _weights(row.central_weights),
    }  # fmt: skip


def _weights(central: dict[str, str] | None) -> dict[str, float | None] | None:
    return None if central is None else {code: number(text) for code, text in central.items()}


def _percent(ppm: int) -> float:
    return round(ppm / 10_000, 2)


def simulation_json(found: Chances) -> dict[str, Any]:
    """A finished simulation."""
    kept = found.simulation
    return {
        "run_id": str(kept.run.public_id), "current": found.current, "draws": kept.draws, "seed": str(kept.seed),
        "assumptions": kept.assumptions, "numpy_version": kept.numpy_version, "computed_at": kept.finished_at,
        "verdict": found.verdict if found.rows else "", "results": [chances_json(row) for row in found.rows],
        "pairwise": [[_percent(ppm) for ppm in row] for row in found.pairwise],
    }  # fmt: skip


class RobustnessViews(FirmnessViews):
    """Simulated cases, counted as a job and kept under the digest of what they depend on."""

    throttle_kind = "heavy"
    parameters: ClassVar[dict[str, str]] = {
        "weights": told("Which weights are possible.", one_of(list(WeightModel))),
        "cells": told("Which values are possible.", one_of(list(CellModel))),
        "concentration": told(
            "How closely drawn weights keep to the set ones (dirichlet).", whole(1, 10_000)
        ),
        "band": told("How far each weight may lie from its own, in percent of it (band).", whole(1, 100)),
        "draws": told("How many cases.", whole(100, MOST_DRAWS)),
        "seed": told("The seed.", whole(0, 2**63 - 1)),
    }

    def known_parameters(self) -> frozenset[str]:
        """Parameters belong to reading; a POST says the same in its body."""
        return super().known_parameters() if self.request.method in {"GET", "HEAD"} else frozenset()

    @extend_schema(
        operation_id="scorecards_robustness", responses={200: RobustnessOut, 202: RobustnessOut}
    )  # fmt: skip
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The chances of each rank; 202 and a job while they are not counted yet."""
        asked = request.query_params.dict()
        asked.pop("format", None)
        return self._answer(asked, from_query=True)

    @extend_schema(
        operation_id="scorecards_robustness_create", request=SimulationIn, responses={200: RobustnessOut, 202: RobustnessOut}
    )  # fmt: skip
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask for the chances of each rank: 200 when they are counted already, else 202 and a job."""
        return self._answer(request.data)

    @extend_schema(operation_id="scorecards_robustness_stop", responses={200: JobOut})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Stop the counting. What was counted is kept and serves when it is asked for again."""
        return Response(JobOut(stop_simulation(scorecard=self.scorecard(), by=self.actor, now=self.now)).data)

    def _answer(self, given: Any, *, from_query: bool = False) -> Response:
        bound = SimulationIn(data=given, context={"from_query": from_query})
        bound.is_valid(raise_exception=True)
        asked = bound.validated_data
        models = Models(
            WeightModel(asked["weights"]), CellModel(asked["cells"]), asked["concentration"], asked["band"]
        )
        scorecard = self.scorecard()
        found, job = request_simulation(
            scorecard=scorecard,
            request=Simulated(
                models, asked.get("draws", usual_request(scorecard.organization).draws), asked["seed"]
            ),
            by=self.actor,
            now=self.now,
        )
        kept = found if job is None else latest_finished(scorecard)
        body = {
            "scorecard_id": str(scorecard.public_id),
            "job": None if job is None else JobOut(job).data,
            "result": None
            if kept is None
            else simulation_json(chances_of(kept, current_board(scorecard), current=job is None)),
        }
        return Response(body, status=200 if job is None else 202)
