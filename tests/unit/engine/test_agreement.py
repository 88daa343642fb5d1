"""Agreement of raters: published worked examples, laws, and what is undefined."""

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.engine.agreement import (
    AgreementError,
    Icc,
    Scale,
    Word,
    intraclass_correlation,
    kendall_w,
    krippendorff_alpha,
)
from tests.support.shared_data import SAMPLES, shared_data

METHODS = {"krippendorff_alpha", "icc", "kendall_w"}


def read_cases(path: Any) -> dict[str, dict[str, Any]]:
    """Published cases about agreement, by name."""
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return {case["name"]: case for case in found if case["method"] in METHODS}


SAMPLE = read_cases(SAMPLES / "oracles.json")
CASES = SAMPLE | read_cases(shared_data("mcda_oracles.json") or SAMPLES / "oracles.json")


def computed(case: dict[str, Any]) -> dict[str, Any]:
    """What the engine makes of a case, under the names of its expected figures."""
    matrix = case["matrix"]
    if case["method"] == "krippendorff_alpha":
        return {name: krippendorff_alpha(matrix, Scale(name)).value for name in case["expected"]}
    if case["method"] == "kendall_w":
        return {"w": kendall_w(matrix).value}
    by_rater = [list(row) for row in zip(*matrix, strict=True)]  # published with one row per thing
    return {"icc": [intraclass_correlation(by_rater, Icc(form)).value for form in case["params"]["order"]]}


@pytest.mark.parametrize("name", sorted(CASES))
def test_agreement_published_case(name: str) -> None:
    case = CASES[name]

    found = computed(case)

    for figure, expected in case["expected"].items():
        values = found[figure] if isinstance(expected, list) else [found[figure]]
        wanted = expected if isinstance(expected, list) else [expected]
        assert [float(value) for value in values] == pytest.approx(wanted, abs=case["tolerance"])


def test_agreement_sample_holds_every_case() -> None:
    assert {name: case["expected"] for name, case in CASES.items()} == {
        name: case["expected"] for name, case in SAMPLE.items()
    }


def test_alpha_ordinal_known_value_with_gaps() -> None:
    """Hand-made: two raters, one step apart once; the thing that one alone rated does not count."""
    found = krippendorff_alpha([[1, 2, 3, None], [1, 2, 4, 5]])

    # pairable: 1-1, 2-2, 3-4; an ordinal distance counts the ratings between, each end half
    observed = Fraction(2)
    distances = {
        (1, 2): Fraction(4), (1, 3): Fraction(49, 4), (1, 4): Fraction(81, 4),
        (2, 3): Fraction(9, 4), (2, 4): Fraction(25, 4), (3, 4): Fraction(1),
    }  # fmt: skip
    counts = {1: 2, 2: 2, 3: 1, 4: 1}
    expected = Fraction(
        2 * sum((counts[a] * counts[b] * d for (a, b), d in distances.items()), Fraction(0)), 5
    )
    assert (found.value, found.raters, found.items) == (1 - observed / expected, 2, 3)


def test_alpha_nothing_rated_twice_is_undefined() -> None:
    found = krippendorff_alpha([[1, None], [None, 2]])

    assert (found.value, found.word, found.reason) == (
        None, Word.UNDEFINED, "Nothing was rated by two evaluators.",
    )  # fmt: skip


def test_alpha_without_variation_is_undefined_and_not_one() -> None:
    found = krippendorff_alpha([[3, 3, 3], [3, 3, None]])

    assert (found.value, found.reason.partition(":")[0]) == (
        None, "Everybody gave the same rating everywhere",
    )  # fmt: skip


def test_alpha_nobody_rated_is_undefined() -> None:
    assert krippendorff_alpha([]).value is None


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        ([[1, 2, 3]], "It takes two evaluators."),
        ([[1, None], [None, 2]], "It takes two things that everybody rated."),
        ([[2, 2], [3, 3]], "Nobody tells any two things apart."),
    ],
)
def test_kendall_w_undefined_says_why(ratings: Any, reason: str) -> None:
    found = kendall_w(ratings)

    assert (found.value, found.reason) == (None, reason)


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        ([[1, 2, 3]], "It takes two evaluators."),
        ([[2, 2], [2, 2]], "The ratings do not vary in a way that tells things and evaluators apart."),
    ],
)
def test_icc_undefined_says_why(ratings: Any, reason: str) -> None:
    found = intraclass_correlation(ratings)

    assert (found.value, found.reason) == (None, reason)


def test_agreement_ragged_rows_are_refused() -> None:
    with pytest.raises(AgreementError, match="rater 2: must rate the same number of things"):
        krippendorff_alpha([[1, 2], [1]])


def test_agreement_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="rater 1: must be a finite number"):
        kendall_w([[float("nan"), 1], [1, 2]])


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("4/5", Word.GOOD),
        ("7999/10000", Word.TENTATIVE),
        ("667/1000", Word.TENTATIVE),
        ("6669/10000", Word.LOW),
    ],
)
def test_agreement_word_at_its_marks(value: str, word: Word) -> None:
    assert replace(krippendorff_alpha([[1, 2], [1, 2]]), value=Fraction(value)).word is word


levels = st.integers(0, 5)
columns = st.lists(st.lists(st.one_of(st.none(), levels), min_size=3, max_size=3), min_size=2, max_size=8)


@given(columns, st.permutations(range(3)))
def test_agreement_order_of_raters_does_not_matter(things: list[list[int | None]], order: list[int]) -> None:
    table = [list(row) for row in zip(*things, strict=True)]
    shuffled = [table[place] for place in order]

    for figure in (krippendorff_alpha, kendall_w, intraclass_correlation):
        assert figure(shuffled) == figure(table)


@given(columns, st.randoms())
def test_agreement_order_of_things_does_not_matter(things: list[list[int | None]], random: Any) -> None:
    mixed = list(things)
    random.shuffle(mixed)

    for figure in (krippendorff_alpha, kendall_w, intraclass_correlation):
        assert figure(list(zip(*mixed, strict=True))) == figure(list(zip(*things, strict=True)))


@given(st.lists(levels, min_size=2, max_size=10).filter(lambda row: len(set(row)) > 1), st.integers(2, 5))
def test_agreement_of_perfect_agreement_is_one(row: list[int], raters: int) -> None:
    table = [row] * raters

    assert [figure(table).value for figure in (krippendorff_alpha, kendall_w, intraclass_correlation)] == [
        1,
        1,
        1,
    ]


@given(columns)
def test_agreement_figures_stay_within_their_bounds(things: list[list[int | None]]) -> None:
    table = list(zip(*things, strict=True))

    alpha, same_order = krippendorff_alpha(table).value, kendall_w(table).value

    assert alpha is None or alpha <= 1
    assert same_order is None or 0 <= same_order <= 1
