"""Value functions: reference levels, clipping with a flag, exact rounding, clear refusals."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.engine.composite import Deductions, Discounted, Part, Weighted
from scorecards.engine.exact import EngineError
from scorecards.engine.value_functions import (
    Fit,
    Linear,
    Lookup,
    Measure,
    Ordinal,
    PiecewiseLinear,
    Scaled,
    SetCoverage,
    SuccessRate,
    ValueFunctionError,
    YesNo,
    known_share,
)
from tests.unit.engine.builders import unhurried


def piecewise(*points: tuple[float, float]) -> PiecewiseLinear:
    return PiecewiseLinear(tuple((Fraction(repr(float(x))), Fraction(repr(float(y)))) for x, y in points))


FIT = Fit(piecewise((1, 100), (1.25, 60), (2, 20), (4, 0)), piecewise((1, 100), (2, 70), (4, 30), (8, 0)))
RUBRIC = Ordinal(tuple((level, Fraction(20 * level)) for level in range(6)))


@pytest.mark.parametrize(
    ("worst", "best", "number", "expected"),
    [
        (0, 100, 62.5, Scaled(625_000)),
        (60, 100, 60, Scaled(0)),
        (60, 100, 59.9, Scaled(0, clipped=True)),
        (60, 100, 100, Scaled(1_000_000)),
        (60, 100, 100.1, Scaled(1_000_000, clipped=True)),
        (1, 0, 0.25, Scaled(750_000)),
        (1, 0, 1.5, Scaled(0, clipped=True)),
        (0, 3, Decimal(1), Scaled(333_333)),
        (0, 3, 2, Scaled(666_667)),
    ],
)
def test_linear_value(worst: int, best: int, number: Any, expected: Scaled) -> None:
    assert Linear(Fraction(worst), Fraction(best)).value(number) == expected


def test_linear_same_ends_is_refused() -> None:
    with pytest.raises(ValueFunctionError, match="worst and best must differ"):
        Linear(Fraction(1), Fraction(1))


@pytest.mark.parametrize(("parts", "expected"), [(1, 0), (3, 2), (5, 2), (7, 4)])
def test_value_exact_half_is_rounded_to_even(parts: int, expected: int) -> None:
    assert Linear(Fraction(0), Fraction(2_000_000)).value(parts).ppm == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, Scaled(0)),
        (4, Scaled(250_000)),
        (12, Scaled(425_000)),
        (150, Scaled(1_000_000)),
        (151, Scaled(1_000_000, clipped=True)),
        (-1, Scaled(0, clipped=True)),
    ],
)
def test_piecewise_value(number: int, expected: Scaled) -> None:
    assert piecewise((0, 0), (4, 25), (20, 60), (60, 85), (150, 100)).value(number) == expected


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([(0, 0)], "needs 2 to 8 breakpoints, not 1"),
        ([(i, i) for i in range(9)], "needs 2 to 8 breakpoints, not 9"),
        ([(0, 0), (0, 100)], "the x of the breakpoints must rise"),
        ([(0, 0), (1, 100), (2, 50)], "the points must only rise or only fall"),
        ([(0, 0), (1, 101)], "points must lie between 0 and 100"),
    ],
)
def test_piecewise_ill_defined_is_refused(points: list[tuple[float, float]], message: str) -> None:
    with pytest.raises(ValueFunctionError, match=message):
        piecewise(*points)


@pytest.mark.parametrize(
    ("need", "minimum", "maximum", "expected"),
    [
        (500, 200, 2000, Scaled(1_000_000)),
        (200, 200, 2000, Scaled(1_000_000)),
        (2000, 200, 2000, Scaled(1_000_000)),
        (2500, 200, 2000, Scaled(600_000)),
        (8001, 200, 2000, Scaled(0, clipped=True)),
        (100, 200, 2000, Scaled(700_000)),
        (20, 200, 2000, Scaled(0, clipped=True)),
        (5, 0, 0, Scaled(0, clipped=True)),
    ],
)
def test_fit_value(need: float, minimum: float, maximum: float, expected: Scaled) -> None:
    assert FIT.value(need, minimum=minimum, maximum=maximum) == expected


@pytest.mark.parametrize(("need", "minimum", "maximum"), [(0, 1, 2), (-1, 1, 2), (1, 3, 2), (1, -1, 2)])
def test_fit_impossible_numbers_are_refused(need: float, minimum: float, maximum: float) -> None:
    with pytest.raises(ValueFunctionError):
        FIT.value(need, minimum=minimum, maximum=maximum)


@pytest.mark.parametrize(("level", "ppm"), [(0, 0), (3, 600_000), (5, 1_000_000)])
def test_rubric_value(level: int, ppm: int) -> None:
    assert RUBRIC.value(level) == Scaled(ppm)


@pytest.mark.parametrize("level", [-1, 6, True])
def test_rubric_undescribed_level_is_refused(level: int) -> None:
    with pytest.raises(ValueFunctionError, match="is not one of 0, 1, 2, 3, 4, 5"):
        RUBRIC.value(level)


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ([(0, 0)], "at least two levels"),
        ([(1, 0), (0, 10)], "levels must rise"),
        ([(0, 50), (1, 40)], "must not be worth less"),
    ],
)
def test_rubric_ill_defined_is_refused(levels: list[tuple[int, int]], message: str) -> None:
    with pytest.raises(ValueFunctionError, match=message):
        Ordinal(tuple((level, Fraction(points)) for level, points in levels))


def test_yes_no_value() -> None:
    assert [YesNo().value(True), YesNo().value(False)] == [Scaled(1_000_000), Scaled(0)]


def test_yes_no_something_else_is_refused() -> None:
    with pytest.raises(ValueFunctionError, match="must be yes or no"):
        YesNo().value(1)  # type: ignore[arg-type]


def test_set_coverage_weighs_items() -> None:
    found = SetCoverage().value({"lnp": 1, "aseptic": 0.5, "gmp": 0}, {"lnp": 2, "aseptic": 2, "gmp": 1})

    assert found == Scaled(600_000)


def test_set_coverage_unknown_item_takes_the_stand_in() -> None:
    met = {"a": 1, "b": None}

    found = [SetCoverage().value(met, unknown=unknown) for unknown in (0, 0.5, 1)]

    assert found == [Scaled(500_000), Scaled(750_000), Scaled(1_000_000)]


@pytest.mark.parametrize("weights", [{}, {"a": 0}])
def test_set_coverage_nothing_asked_has_no_value(weights: dict[str, int]) -> None:
    assert SetCoverage().value(dict.fromkeys(weights, 1), weights) is None


@pytest.mark.parametrize(
    ("met", "weights", "name"),
    [({"a": 1.5}, {"a": 1}, "a"), ({"a": 1}, {"a": -1}, "a"), ({"a": 1, "b": 1}, {"a": 1}, "b")],
)
def test_set_coverage_bad_item_is_named(met: dict[str, float], weights: dict[str, int], name: str) -> None:
    with pytest.raises(ValueFunctionError) as refused:
        SetCoverage().value(met, weights)

    assert refused.value.name == name


def test_known_share_counts_the_weight_of_known_items() -> None:
    assert known_share({"a": 0, "b": None}, {"a": 1, "b": 2}) == 333_333


def test_known_share_nothing_asked_is_zero() -> None:
    assert known_share({}) == 0


def test_success_rate_one_of_one_is_not_a_hundred_percent() -> None:
    scale = piecewise((0.5, 0), (0.7, 40), (0.85, 75), (0.95, 100))

    assert SuccessRate(scale).value(1, 1) == Scaled(333_333)


def test_success_rate_without_attempts_is_unknown() -> None:
    assert SuccessRate(piecewise((0, 0), (1, 100))).value(0, 0) is None


@pytest.mark.parametrize(("successes", "attempts"), [(2, 1), (-1, 1), (0, -1), (True, 1), (1.0, 2)])
def test_success_rate_impossible_counts_are_refused(successes: Any, attempts: Any) -> None:
    with pytest.raises(ValueFunctionError):
        SuccessRate(piecewise((0, 0), (1, 100))).value(successes, attempts)


def test_lookup_value() -> None:
    assert Lookup((("NONE", Fraction(0)), ("COMMITTED", Fraction(40)))).value("COMMITTED") == Scaled(400_000)


def test_lookup_other_answer_is_refused() -> None:
    with pytest.raises(ValueFunctionError, match="'MAYBE' is not one of NONE"):
        Lookup((("NONE", Fraction(0)),)).value("MAYBE")


@pytest.mark.parametrize(
    ("counts", "ppm"),
    [
        ({}, 1_000_000),
        ({"critical": 1}, 0),
        ({"major": 1, "closed_major": 1, "minor": 2}, 735_000),
        ({"major": 9}, 0),
        ({"closed_minor": 3}, 970_000),
    ],
)
def test_deductions_value(counts: dict[str, int], ppm: int) -> None:
    findings = {
        "major": Fraction(15),
        "minor": Fraction(2),
        "closed_major": Fraction(15, 2),
        "closed_minor": Fraction(1),
    }

    assert Deductions(("critical",), tuple(findings.items())).value(counts) == Scaled(ppm)


@pytest.mark.parametrize("counts", [{"other": 1}, {"major": -1}, {"major": True}])
def test_deductions_bad_count_is_refused(counts: dict[str, int]) -> None:
    with pytest.raises(ValueFunctionError):
        Deductions((), (("major", Fraction(15)),)).value(counts)


def test_discounted_untested_plan_is_worth_less() -> None:
    function = Discounted(piecewise((4, 100), (12, 60)), "tested", Fraction(3, 5))

    assert [function.value(4, met=True), function.value(4, met=False)] == [Scaled(1_000_000), Scaled(600_000)]


def weighted() -> Weighted:
    months = Part("months", Fraction(7, 10), piecewise((4, 100), (24, 0)))
    return Weighted((months, Part("rate", Fraction(3, 10), piecewise((0, 0), (1, 100)))))


def test_weighted_value_adds_the_parts() -> None:
    found = weighted().value({"months": Measure(Fraction(1)), "rate": Measure(Fraction(1, 2), clipped=True)})

    assert found == Scaled(850_000, clipped=True)


def test_weighted_unknown_part_takes_the_stand_in() -> None:
    known = {"months": Measure(Fraction(1)), "rate": None}

    found = [weighted().value(known, unknown=unknown).ppm for unknown in (0, 0.5, 1)]

    assert found == [700_000, 850_000, 1_000_000]


def test_weighted_known_part_worth_nothing_is_not_unknown() -> None:
    found = weighted().value({"months": Measure(Fraction(0)), "rate": Measure(Fraction(0))}, unknown=1)

    assert found == Scaled(0)


def test_weighted_known_parts_alone_are_renormalised() -> None:
    assert weighted().known_measure({"months": None, "rate": Measure(Fraction(1, 2))}) == Measure(
        Fraction(1, 2)
    )


def test_weighted_nothing_known_has_no_value() -> None:
    assert weighted().known_measure({}) is None


def test_weighted_known_share_counts_parts() -> None:
    assert weighted().known_share(["months"]) == 700_000


def test_weighted_shares_must_sum_to_one() -> None:
    with pytest.raises(ValueFunctionError, match="sum to 1"):
        Weighted((Part("a", Fraction(1, 2), SetCoverage()),))


@pytest.mark.parametrize(
    "number", [float("nan"), float("inf"), -float("inf"), Decimal("NaN"), True, "7", None]
)
def test_value_of_no_number_is_refused(number: Any) -> None:
    with pytest.raises(EngineError):
        Linear(Fraction(0), Fraction(1)).value(number)


@unhurried
@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.booleans())
def test_piecewise_is_monotone_and_bounded(a: float, b: float, falling: bool) -> None:
    ends = [(0.0, 0.0), (10.0, 40.0), (25.0, 70.0), (50.0, 100.0)]
    function = piecewise(*((x, 100 - y if falling else y) for x, y in ends))

    low, high = function.value(min(a, b)).ppm, function.value(max(a, b)).ppm

    assert min(low, high) >= 0
    assert max(low, high) <= 1_000_000
    assert (low >= high) if falling else (low <= high)


@unhurried
@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 10**6))
def test_fit_is_best_inside_the_range(need: int, low: int, width: int) -> None:
    inside = low <= need <= low + width

    found = FIT.value(need, minimum=low, maximum=low + width)

    assert 0 <= found.ppm <= 1_000_000
    assert (found.ppm == 1_000_000) or not inside


def test_lookup_answers_named_twice_are_refused() -> None:
    with pytest.raises(ValueFunctionError, match="each named once"):
        Lookup((("A", Fraction(0)), ("A", Fraction(1))))


def test_discounted_factor_above_one_is_refused() -> None:
    with pytest.raises(ValueFunctionError, match="tested: the factor must lie between 0 and 1"):
        Discounted(piecewise((0, 0), (1, 100)), "tested", Fraction(3, 2))


def test_weighted_parts_named_twice_are_refused() -> None:
    half = Part("a", Fraction(1, 2), SetCoverage())

    with pytest.raises(ValueFunctionError, match="each part is named once"):
        Weighted((half, half))
