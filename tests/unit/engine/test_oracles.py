"""Published worked examples with known answers: the engine reproduces every one whose method it offers.

Two roundings are the engine's own and bound the tolerance: a value is whole parts per million, a leaf weight
whole parts per billion. Ranks must agree without any tolerance.
"""

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from scorecards.engine.exact import EXACT_ONE, PPB, PPM, exact, to_ppm
from scorecards.engine.value_functions import Linear, PiecewiseLinear
from scorecards.engine.weights import (
    WeightNode,
    display_percentages,
    leaf_weights,
    normalise,
    rank_order_centroid,
    swing_weights,
)
from tests.support.shared_data import SAMPLES, shared_data
from tests.unit.engine.builders import make_cells, rank, score, weights_of

OFFERED = {
    "ahp",
    "ahp_hierarchy",
    "weighted_sum",
    "hierarchical_weighted_sum",
    "hierarchical_weights",
    "swing_weights",
    "roc",
    "value_function",
    "weight_rounding",
}
EXCLUDED = {
    "pvf_linear_extrapolate": "we clip and flag, never extrapolate",
    "saw_rizan2020_students": "normalises over the list, so that adding a vendor could reverse two others",
}


def read_cases() -> list[dict[str, Any]]:
    path = shared_data("mcda_oracles.json") or SAMPLES / "oracles.json"
    cases: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return cases


def cases_of(method: str) -> list[Any]:
    found = [case for case in read_cases() if case["method"] == method and case["name"] not in EXCLUDED]
    return [pytest.param(case, id=case["name"]) for case in found]


def test_oracles_offered_methods_have_cases() -> None:
    methods = {case["method"] for case in read_cases()}

    assert sorted(OFFERED - methods) == []


def test_oracles_exclusions_name_real_cases() -> None:
    names = {case["name"] for case in read_cases() if case["method"] in OFFERED}

    assert sorted(set(EXCLUDED) - names) == []


def test_oracles_sample_holds_every_offered_case() -> None:
    sample = json.loads((SAMPLES / "oracles.json").read_text(encoding="utf-8"))
    expected = {case["name"]: case["expected"] for case in read_cases() if case["method"] in OFFERED}

    assert {case["name"]: case["expected"] for case in sample if case["method"] in OFFERED} == expected


@pytest.mark.parametrize("case", cases_of("weighted_sum"))
def test_weighted_sum_published_case(case: dict[str, Any]) -> None:
    scales = case["params"].get("value_functions")
    shares, low, span = (
        rescaled(case["matrix"]) if scales is None else (on_scales(case["matrix"], scales), 0, 1)
    )
    weights, total = weights_of(case["weights"]), sum(case["weights"])

    scores = score(make_cells([[to_ppm(share) for share in row] for row in shares]), weights)

    found = [float(total * (low + span * Fraction(int(n), EXACT_ONE))) for n in scores.numerator]
    slack = float(total * span) * (0.5 / PPM + len(weights) / PPB)
    assert found == pytest.approx(case["expected"]["score"], rel=0, abs=max(case["tolerance"], slack))
    by_score = [
        1 + sum(other > mine for other in case["expected"]["score"]) for mine in case["expected"]["score"]
    ]
    assert rank(scores).rank.tolist() == case["expected"].get("rank_competition", by_score)


def rescaled(rows: list[list[float]]) -> tuple[list[list[Fraction]], Fraction, Fraction]:
    """The matrix moved affinely onto 0..1, on one scale for all: ranks and ratios of differences are kept."""
    numbers = [exact(x, name="x") for row in rows for x in row]
    low = min(Fraction(0), *numbers)
    span = Fraction(10) ** len(str(int(max(numbers) - low)))
    return [[(exact(x, name="x") - low) / span for x in row] for row in rows], low, span


def on_scales(rows: list[list[float]], scales: list[dict[str, Any]]) -> list[list[Fraction]]:
    functions = [Linear(*(exact(end, name="range") for end in scale["range"])) for scale in scales]
    return [[f.measure(x).share for f, x in zip(functions, row, strict=True)] for row in rows]


@pytest.mark.parametrize("case", cases_of("hierarchical_weighted_sum"))
def test_hierarchical_weighted_sum_published_case(case: dict[str, Any]) -> None:
    groups = case["weights"]["groups"]
    nodes = [
        WeightNode(
            f"G{g}",
            group["weight"],
            tuple(WeightNode(f"G{g}L{i}", p) for i, p in enumerate(group["children"])),
        )
        for g, group in enumerate(groups)
    ]
    weights = leaf_weights(WeightNode("tree", 1, tuple(nodes)))
    membership = [g for g, group in enumerate(groups) for _ in group["children"]]
    values = [[to_ppm(exact(x, name="x")) for x in row] for row in case["matrix"]]

    scores = score(make_cells(values), weights.ppb, membership)

    expected = case["expected"]
    assert (weights.ppb / PPB).tolist() == pytest.approx(expected["global_weights"], abs=case["tolerance"])
    assert (scores.numerator / EXACT_ONE).tolist() == pytest.approx(expected["score"], abs=case["tolerance"])
    group_scores = scores.group_numerator / scores.group_denominator / PPM
    assert np.allclose(group_scores, expected["group_score"], rtol=0, atol=case["tolerance"])
    assert rank(scores).rank.tolist() == expected["rank_competition"]


@pytest.mark.parametrize("case", cases_of("hierarchical_weights"))
def test_hierarchical_weights_published_case(case: dict[str, Any]) -> None:
    """The published local weights as points: the part of the example that needs no pairwise judgements."""
    expected, params = case["expected"], case["params"]
    parts = zip(params["cost_subcriteria"], expected["cost_local"], strict=True)
    children = {"Cost": tuple(WeightNode(name, local) for name, local in parts)}
    top = [
        WeightNode(name, local, children.get(name, ()))
        for name, local in zip(params["criteria"], expected["criteria_local"], strict=True)
    ]

    weights = leaf_weights(WeightNode("tree", 1, tuple(top)))

    found = [float(weights.overall[name]) for name in params["cost_subcriteria"]]
    assert found == pytest.approx(expected["cost_global"], abs=case["tolerance"])


@pytest.mark.parametrize("case", cases_of("swing_weights"))
def test_swing_weights_published_case(case: dict[str, Any]) -> None:
    swings = {f"C{i}": points for i, points in enumerate(case["params"]["swing_points"])}

    weights = swing_weights(swings)

    assert list(weights.values()) == [Fraction(text) for text in case["expected"]["weights_exact"]]


@pytest.mark.parametrize("case", cases_of("roc"))
def test_rank_order_centroid_published_case(case: dict[str, Any]) -> None:
    order = [[f"C{i}"] for i in range(case["params"]["n"])]

    weights = rank_order_centroid(order)

    assert list(weights.values()) == [Fraction(text) for text in case["expected"]["weights_exact"]]


@pytest.mark.parametrize("case", cases_of("value_function"))
def test_value_function_published_case(case: dict[str, Any]) -> None:
    params = case["params"]
    corners = zip(params["cutoffs"], params["values"], strict=True)
    points = [(exact(x, name="x"), exact(y, name="y") * 100) for x, y in corners]

    measures = [PiecewiseLinear(tuple(points)).measure(x) for x in params["x"]]

    found = [float(measure.share) for measure in measures]
    assert found == pytest.approx(case["expected"]["value"], rel=0, abs=case["tolerance"])
    outside = [not params["cutoffs"][0] <= x <= params["cutoffs"][-1] for x in params["x"]]
    assert [measure.clipped for measure in measures] == outside


@pytest.mark.parametrize("case", cases_of("weight_rounding"))
def test_weight_rounding_published_case(case: dict[str, Any]) -> None:
    shares = normalise({f"C{i}": points for i, points in enumerate(case["weights"])})

    shown = display_percentages(list(shares.values()))

    assert [float(text) for text in shown] == case["expected"]["percent"]
