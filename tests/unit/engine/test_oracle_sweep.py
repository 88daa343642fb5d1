"""Every published worked example is passed by a named test, or left out with a reason: none can be forgotten."""

import ast
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scorecards.engine.exact import exact, to_ppm
from scorecards.engine.ranks import competition_ranks
from scorecards.engine.second_opinions import (
    CLOSENESS_UNITS,
    Preference,
    criterion_flow,
    preference_span,
    promethee_net_flows,
    topsis_closeness,
)
from scorecards.engine.value_functions import Linear
from tests.support.shared_data import SAMPLES
from tests.unit.engine.test_oracles import read_cases

HERE = Path(__file__).parent
PASSED = {
    "ahp": "test_pairwise.py",
    "ahp_hierarchy": "test_pairwise.py",
    "dominance": "test_explain.py",
    "hierarchical_weighted_sum": "test_oracles.py",
    "hierarchical_weights": "test_oracles.py",
    "icc": "test_agreement.py",
    "kendall_w": "test_agreement.py",
    "krippendorff_alpha": "test_agreement.py",
    "pareto": "test_explain.py",
    "promethee_ii": "test_oracle_sweep.py",
    "roc": "test_oracles.py",
    "smaa2": "test_robustness.py",
    "smaa2_constrained_weights": "test_robustness.py",
    "smaa2_pairwise": "test_robustness.py",
    "swing_weights": "test_oracles.py",
    "topsis": "test_oracle_sweep.py",
    "value_function": "test_oracles.py",
    "weight_rounding": "test_oracles.py",
    "weighted_sum": "test_oracles.py",
}
"""Method → the file whose tests reproduce its cases."""
LEFT_OUT = {
    "pvf_linear_extrapolate": "a value outside its scale is clipped and flagged, never extrapolated",
    "rank_sum_and_reciprocal_n4": "weights from an order are rank-order centroids; rank sum and reciprocal are not offered",
    "saw_rizan2020_students": "divides by the largest value in the list, so that adding a vendor could reverse two others",
    "topsis_ersoy2021_entropy": "divides by the length of the list's columns, so that adding a vendor could reverse two others",
    "topsis_tzeng2011": "divides by the length of the list's columns, so that adding a vendor could reverse two others",
}
"""Cases no test reproduces, each with its reason."""


def cases_of(method: str) -> list[Any]:
    found = [case for case in read_cases() if case["method"] == method and case["name"] not in LEFT_OUT]
    return [pytest.param(case, id=case["name"]) for case in found]


def text_of(file: str) -> str:
    return (HERE / file).read_text(encoding="utf-8")


def test_every_case_is_passed_or_left_out_with_a_reason() -> None:
    forgotten = [
        case["name"] for case in read_cases() if case["name"] not in LEFT_OUT and case["method"] not in PASSED
    ]

    assert forgotten == []


def test_every_method_is_named_in_the_tests_that_pass_it() -> None:
    """A file that reads cases by method names it; one that reads them by name names the cases."""
    names = {method: [case["name"] for case in read_cases() if case["method"] == method] for method in PASSED}

    missing = [
        method
        for method, file in PASSED.items()
        if f'"{method}"' not in text_of(file)
        and not all(f'"{name}"' in text_of(file) for name in names[method])
    ]

    assert missing == []


def test_files_that_pass_cases_have_tests() -> None:
    empty = [
        file
        for file in set(PASSED.values())
        if not any(
            isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
            for node in ast.walk(ast.parse(text_of(file)))
        )
    ]

    assert empty == []


def test_what_is_left_out_are_real_cases() -> None:
    assert sorted(set(LEFT_OUT) - {case["name"] for case in read_cases()}) == []


def test_samples_hold_every_case_so_that_nothing_depends_on_the_shared_data() -> None:
    sample = {
        case["name"]: case["expected"]
        for case in json.loads((SAMPLES / "oracles.json").read_text(encoding="utf-8"))
    }

    assert {case["name"]: sample.get(case["name"]) for case in read_cases()} == {
        case["name"]: case["expected"] for case in read_cases()
    }


# --- TOPSIS: with ideal points that are given; the product's are the ends of its scales ---------------------


@pytest.mark.parametrize("case", cases_of("topsis"))
def test_topsis_published_case(case: dict[str, Any]) -> None:
    matrix, weights = np.array(case["matrix"], dtype=np.float64), np.array(case["weights"], dtype=np.float64)
    if (
        case["params"]["normalization"] == "minmax"
    ):  # read as fixed scales: exactly the product's ideal points
        ends = [
            (min(c), max(c)) if goal == "max" else (max(c), min(c))
            for c, goal in zip(matrix.T, case["objectives"], strict=True)
        ]
        scales = [
            Linear(exact(float(low), name="low"), exact(float(high), name="high")) for low, high in ends
        ]
        matrix = np.array(
            [[float(s.measure(float(x)).share) for s, x in zip(scales, row, strict=True)] for row in matrix]
        )
        found = topsis_closeness(matrix, weights)
    else:
        found = topsis_closeness(matrix, weights, ideal=matrix.max(axis=0), worst=matrix.min(axis=0))

    assert (found / CLOSENESS_UNITS).tolist() == pytest.approx(
        case["expected"]["score"], abs=case["tolerance"]
    )
    if "rank_competition" in case["expected"]:
        ranks, _ = competition_ranks(found, np.ones(len(found), dtype=np.bool_))
        assert ranks.tolist() == case["expected"]["rank_competition"]


def test_topsis_has_cases_to_pass() -> None:
    assert len(cases_of("topsis")) == 2


# --- PROMETHEE II ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", cases_of("promethee_ii"))
def test_promethee_published_case(case: dict[str, Any]) -> None:
    """Values and thresholds of a criterion as whole numbers on one scale; flows are exact, so only weights are rounded."""
    params, n, m = case["params"], len(case["matrix"]), len(case["weights"])
    strict, indifference = params.get("p", [0] * m), params.get("q", [0] * m)
    flows = [Fraction(0)] * n
    total = sum((exact(w, name="w") for w in case["weights"]), Fraction(0))
    for j, weight in enumerate(case["weights"]):
        column = [
            exact(row[j], name="x") * (1 if case["objectives"][j] == "max" else -1) for row in case["matrix"]
        ]
        grain = 10_000
        preference = Preference(
            int(exact(indifference[j], name="q") * grain), int(exact(strict[j], name="p") * grain)
        )
        whole = np.array([int(x * grain) for x in column], dtype=np.int64)
        span = preference_span(preference)
        for i, flow in enumerate(criterion_flow(whole, preference).tolist()):
            flows[i] += exact(weight, name="w") / total * Fraction(flow, span * (n - 1))

    assert [float(flow) for flow in flows] == pytest.approx(
        case["expected"]["net_flow"], abs=case["tolerance"]
    )


@pytest.mark.parametrize("name", ["promethee2_zhao2013_usual", "promethee2_papathanasiou2018_linear"])
def test_promethee_published_case_by_the_function_the_product_calls(name: str) -> None:
    case = next(case for case in read_cases() if case["name"] == name)
    scale = 100_000
    values = np.array(
        [[to_ppm(Fraction(int(x) * scale, 1_000_000)) for x in row] for row in case["matrix"]], dtype=np.int64
    )
    weights = np.array([round(w * 1_000_000_000) for w in case["weights"]], dtype=np.int64)
    preference = Preference(
        int(case["params"].get("q", [0])[0]) * scale, int(case["params"].get("p", [0])[0]) * scale
    )

    flows = promethee_net_flows(values, weights, preference)

    assert (flows.numerator / flows.denominator).tolist() == pytest.approx(
        case["expected"]["net_flow"], abs=1e-12
    )
