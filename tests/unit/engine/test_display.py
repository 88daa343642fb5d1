"""Numbers as shown: half to even, from integers, with a fixed number of decimals."""

from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.engine.display import percent_number, percent_text, score_text, score_texts, value_text
from scorecards.engine.exact import EXACT_ONE, PPB, EngineError
from tests.unit.engine.builders import unhurried


@pytest.mark.parametrize(
    ("numerator", "decimals", "shown"),
    [
        (0, 2, "0.00"),
        (EXACT_ONE, 2, "100.00"),
        (EXACT_ONE, 1, "100.0"),
        (EXACT_ONE, 0, "100"),
        (5 * 10**10, 2, "0.00"),
        (15 * 10**10, 2, "0.02"),
        (123_456_789_012_345, 2, "12.35"),
        (-123_456_789_012_345, 2, "-12.35"),
        (-1, 2, "0.00"),
    ],
)
def test_score_text(numerator: int, decimals: int, shown: str) -> None:
    assert score_text(numerator, decimals=decimals) == shown


def test_score_text_rests_on_part_of_the_weight() -> None:
    assert score_text(620_000_000 * 600_000, 620_000_000) == "60.00"


def test_score_text_without_known_weight_is_refused() -> None:
    with pytest.raises(EngineError, match="denominator: must be positive"):
        score_text(0, 0)


def test_score_texts_of_many() -> None:
    assert score_texts([0, EXACT_ONE], [PPB, PPB], decimals=1) == ["0.0", "100.0"]


def test_percent_and_value_text() -> None:
    assert [percent_text(620 * 10**12), value_text(666_667), value_text(50_000, decimals=1)] == [
        "62.00",
        "66.67",
        "5.0",
    ]


@unhurried
@given(st.integers(0, EXACT_ONE), st.integers(1, PPB), st.integers(0, 4))
def test_score_text_agrees_with_decimal(numerator: int, denominator: int, decimals: int) -> None:
    with localcontext() as context:
        context.prec = 60
        quotient = Decimal(numerator) / (Decimal(denominator) * 10**4)
        expected = quotient.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)

    assert score_text(numerator, denominator, decimals=decimals) == str(expected)


@unhurried
@given(st.integers(0, EXACT_ONE), st.integers(1, EXACT_ONE))
def test_percent_number_has_the_digits_of_the_text(units: int, whole: int) -> None:
    assert percent_number(units, whole) == float(percent_text(units, whole))
