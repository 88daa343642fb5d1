"""Which open answer could change the result, against trying answers."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.engine.cells import Cells, MissingPolicy
from scorecards.engine.exact import PPM
from scorecards.engine.questions import chances
from scorecards.engine.sensitivity import terms
from tests.unit.engine.builders import answer, score, unhurried, weights_of

STEPS = 50
kinds = st.sampled_from(["known", "known", "claimed", "unknown", "refused"])
cell = st.tuples(kinds, st.integers(0, 20).map(lambda step: step * 50_000))
tables = st.integers(2, 5).flatmap(
    lambda n: st.lists(st.lists(cell, min_size=3, max_size=3), min_size=n, max_size=n)
)


def scores_of(cells: Cells, policy: MissingPolicy) -> list[Fraction]:
    found = score(cells, weights_of([5, 3, 2]), policy=policy)
    return [Fraction(int(n), int(d)) for n, d in zip(found.numerator, found.denominator, strict=True)]


def first(scores: list[Fraction], k: int) -> set[int]:
    """Who is among the first k, ties included."""
    return {row for row, mine in enumerate(scores) if sum(other > mine for other in scores) < k}


def answered(cells: Cells, row: int, column: int, value: int) -> Cells:
    """The cells with one of them known."""
    parts: dict[str, Any] = {name: table.copy() for name, table in cells.numbers.items()}
    parts["state"] = cells.state.copy()
    for name in ("low", "point", "high"):
        parts[name][row, column] = value
    for name in ("known", "verified", "strength"):
        parts[name][row, column] = PPM
    parts["state"][row, column] = 0
    return Cells(**parts)


@unhurried
@given(rows=tables, policy=st.sampled_from(list(MissingPolicy)))
def test_chance_is_the_share_of_answers_that_change_the_result(
    rows: list[list[tuple[str, int]]], policy: MissingPolicy
) -> None:
    rows = [[("known", value), *rest] for ((_, value), *rest) in rows]
    cells = answer(rows, policy)
    given_terms = terms(cells, weights_of([5, 3, 2]), range(len(rows)), policy=policy)
    before = scores_of(cells, policy)

    found = chances(given_terms, cells.low, cells.high, top=2)

    for row, column in np.argwhere(cells.high > cells.low).tolist():
        low, high = int(cells.low[row, column]), int(cells.high[row, column])
        for k, stated in ((1, found.leader), (2, found.top)):
            if len(set(before)) < len(before):
                continue  # between equals either one may be named
            changed = 0
            for step in range(STEPS):
                value = low + (high - low) * (2 * step + 1) // (2 * STEPS)
                after = scores_of(answered(cells, row, column, value), policy)
                changed += (row in first(after, k)) != (row in first(before, k))
            assert changed / STEPS == pytest.approx(float(stated[row, column]), abs=1.5 / STEPS)


def test_closed_cells_and_a_lone_candidate_change_nothing() -> None:
    alone = answer([[("unknown", 0), ("known", 500_000), ("known", 1)]], MissingPolicy.NEUTRAL)
    given_terms = terms(alone, weights_of([5, 3, 2]), [0], policy=MissingPolicy.NEUTRAL)

    found = chances(given_terms, alone.low, alone.high)

    assert [part.tolist() for part in (found.leader, found.top, found.short)] == [[[0.0] * 3]] * 3


def test_an_answer_that_fails_says_by_how_much() -> None:
    cells = answer(
        [[("known", 900_000), ("known", 900_000), ("known", 900_000)], [("known", 500_000), ("unknown", 0), ("known", 0)]],
        MissingPolicy.NEUTRAL,
    )  # fmt: skip
    given_terms = terms(cells, weights_of([5, 3, 2]), [0, 1], policy=MissingPolicy.NEUTRAL)

    found = chances(given_terms, cells.low, cells.high)

    assert float(found.leader[1, 1]) == 0
    assert float(found.short[1, 1]) == pytest.approx(900_000 - 550_000)
