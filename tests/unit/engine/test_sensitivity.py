"""How firm a ranking is: exact flip points against brute force with fractions."""

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.engine.cells import MissingPolicy
from scorecards.engine.crossings import Polynomial
from scorecards.engine.exact import PPB, PPM, EngineError
from scorecards.engine.sensitivity import (
    Flip,
    Lever,
    Terms,
    crossings,
    firmness,
    first_places,
    lever,
    terms,
    value_to_win,
)
from tests.unit.engine.builders import answer, make_cells, unhurried, weights_of

LITTLE = Fraction(1, 10**15)
POLICIES = list(MissingPolicy)
WHOLE = (Fraction(0), Fraction(1))


def plain(rows: list[list[int]], points: list[int]) -> Terms:
    return terms(make_cells(rows), weights_of(points), range(len(rows)), policy=MissingPolicy.NEUTRAL)


def moved(given: Terms, *columns: int) -> Lever:
    found = lever(given, columns)
    assert found is not None
    return found


def scores_at(given: Terms, columns: tuple[int, ...], weight: Fraction) -> list[Fraction | None]:
    """Scores in ppm with the columns at a weight and all others scaled, straight from the definition."""
    inside = sum(int(given.weights[j]) for j in columns)
    found: list[Fraction | None] = []
    for i in range(len(given.values)):
        over = under = Fraction(0)
        for j in range(len(given.weights)):
            if j in columns:
                part = weight * int(given.weights[j]) / inside if inside else weight
            else:
                part = (1 - weight) * Fraction(int(given.weights[j]), PPB - inside)
            # what of the leaf counts, as it counts in the score: rounded where it weighs something
            weighs = int(given.weights[j])
            share = (
                Fraction(int(given.weighs[i, j]), weighs) if weighs else Fraction(int(given.known[i, j]), PPM)
            )
            over += part * share * int(given.values[i, j])
            under += part * share
        found.append(over / under if under else None)
    return found


def by_score(given: Terms) -> list[int]:
    return sorted(range(len(given.values)), key=lambda row: (-given.score(row), row))


def test_two_lines_cross_where_they_are_equal() -> None:
    given = plain([[900_000, 100_000], [500_000, 600_000]], [60, 40])

    found = firmness(moved(given, 0), [0, 1])

    # 0.9 t + 0.1 (1 - t) = 0.5 t + 0.6 (1 - t) at t = 5/9
    assert found.leader_below == Flip(Fraction(5, 9), (0,), (1,))
    assert found.leader_above is None
    assert found.leader_stays == (Fraction(5, 9), Fraction(1))
    assert found.order_stays == (Fraction(5, 9), Fraction(1))
    nearest = found.nearest
    assert nearest is not None
    assert nearest.weight == Fraction(5, 9)
    assert nearest.change(found.now) == Fraction(-2, 27)


def test_crossing_outside_0_to_1_cannot_flip() -> None:
    given = plain([[900_000, 500_000], [800_000, 100_000]], [60, 40])

    found = firmness(moved(given, 0), [0, 1])

    assert (found.leader_below, found.leader_above, found.nearest) == (None, None, None)
    assert found.leader_stays == WHOLE


def test_criterion_with_all_the_weight_is_undefined() -> None:
    given = plain([[1, 2], [2, 1]], [1, 0])

    assert lever(given, [0]) is None


def test_group_without_weight_is_undefined() -> None:
    given = plain([[1, 2, 3], [3, 2, 1]], [1, 0, 0])

    assert lever(given, [1, 2]) is None


def test_criterion_without_weight_can_still_flip() -> None:
    given = plain([[600_000, 0], [500_000, 900_000]], [1, 0])

    found = firmness(moved(given, 1), [0, 1])

    assert found.now == 0
    assert found.leader_below is None
    assert found.leader_above == Flip(Fraction(1, 10), (0,), (1,))
    assert found.leader_above is not None
    assert found.leader_above.change(found.now) is None


def test_group_moves_as_one_and_keeps_its_proportions() -> None:
    given = plain([[900_000, 900_000, 100_000], [200_000, 800_000, 700_000]], [30, 10, 60])

    found = firmness(moved(given, 0, 1), [1, 0])

    # inside 0.9 against (0.75 x 0.2 + 0.25 x 0.8) = 0.35: 0.55 t = 0.6 (1 - t)
    assert found.leader_above == Flip(Fraction(12, 23), (1,), (0,))


def test_tied_leaders_flip_at_once() -> None:
    given = plain([[600_000, 400_000], [400_000, 600_000], [0, 0]], [50, 50])

    found = firmness(moved(given, 0), [0, 1, 2])

    assert found.leader_below == Flip(Fraction(1, 2), (0,), (1,))
    assert found.leader_above is None
    assert found.order_stays == (Fraction(1, 2), Fraction(1, 2))


def test_twins_never_flip() -> None:
    given = plain([[600_000, 400_000], [600_000, 400_000]], [50, 50])

    found = firmness(moved(given, 0), [0, 1])

    assert (found.leader_stays, found.order_stays) == (WHOLE, WHOLE)
    assert crossings(moved(given, 0), [0, 1]) == []


def test_one_candidate_cannot_lose() -> None:
    given = plain([[600_000, 400_000]], [50, 50])

    found = firmness(moved(given, 0), [0])

    assert (found.leader_stays, found.order_stays) == (WHOLE, WHOLE)
    assert value_to_win(given, 0, 0) is None


def test_first_places_walk_the_upper_envelope() -> None:
    given = plain([[0, 900_000], [600_000, 700_000], [1_000_000, 0], [500_000, 500_000]], [50, 50])

    found = first_places(moved(given, 0))

    assert found == [(0, 0), (Fraction(1, 4), 1), (Fraction(7, 11), 2)]


def test_crossings_name_who_was_before_and_after() -> None:
    given = plain([[900_000, 100_000], [500_000, 600_000], [500_000, 500_000]], [60, 40])

    found = crossings(moved(given, 0), [0, 1, 2])

    # the second and third meet only at the very end, which is no change of places
    assert found == [(Fraction(1, 2), 2, 0), (Fraction(5, 9), 1, 0)]


def test_value_to_win_draws_level_with_the_leader() -> None:
    given = plain([[900_000, 100_000], [500_000, 600_000]], [60, 40])

    assert value_to_win(given, 1, 0) == Fraction(580_000 - 240_000) / Fraction(6, 10)
    assert value_to_win(given, 1, 1) == 700_000
    assert value_to_win(given, 0, 0, rival=1) == Fraction(540_000 - 40_000) / Fraction(6, 10)
    assert value_to_win(plain([[1, 1], [2, 2]], [1, 0]), 0, 1) is None


def test_value_to_win_makes_an_open_cell_known() -> None:
    cells = answer(
        [[("known", 800_000), ("known", 400_000)], [("known", 500_000), ("unknown", 0)]],
        MissingPolicy.KNOWN_ONLY,
    )
    given = terms(cells, weights_of([50, 50]), [0, 1], policy=MissingPolicy.KNOWN_ONLY)

    assert value_to_win(given, 1, 1) == 700_000


def test_nobody_ranked_is_refused() -> None:
    with pytest.raises(EngineError):
        terms(make_cells([[1]]), weights_of([1]), [], policy=MissingPolicy.NEUTRAL)


@unhurried
@given(st.integers(-9, 9), st.integers(-9, 9), st.integers(-9, 9))
def test_polynomial_roots_and_first_loss(q2: int, q1: int, q0: int) -> None:
    polynomial = Polynomial(q2, q1, q0)

    for root in polynomial.roots():
        assert abs(polynomial(root)) < Fraction(1, 10**30)
    loss = polynomial.first_loss(Fraction(1))
    inside = [polynomial(Fraction(100 + step, 100)) >= 0 for step in range(1, 1_200, 2)]
    if loss is None:
        assert all(inside)
    else:
        assert [
            Fraction(100 + step, 100) <= loss
            for step, good in zip(range(1, 1_200, 2), inside, strict=True)
            if not good
        ] == [False for good in inside if not good]
        assert polynomial(loss + LITTLE) < 0


cell_rows = st.integers(2, 5).flatmap(
    lambda n: st.lists(
        st.lists(
            st.tuples(st.sampled_from(["known", "known", "claimed", "unknown", "refused"]), st.integers(0, 10).map(lambda v: v * 100_000)),
            min_size=3, max_size=3,
        ),
        min_size=n, max_size=n,
    )
)  # fmt: skip


@unhurried
@given(
    rows=cell_rows,
    policy=st.sampled_from(POLICIES),
    points=st.lists(st.integers(0, 9), min_size=3, max_size=3),
    pair=st.booleans(),
)
def test_flips_are_where_brute_force_has_them(
    rows: list[list[tuple[str, int]]], policy: MissingPolicy, points: list[int], pair: bool
) -> None:
    if sum(points) == 0:
        return
    cells = answer(rows, policy)
    ranked = [row for row in range(len(rows)) if any(kind == "known" for kind, _ in rows[row])]
    if not ranked:
        return
    given = terms(cells, weights_of(points), ranked, policy=policy)
    if (given.totals[1] == 0).any():
        return
    columns = (0, 1) if pair else (1,)
    found_lever = lever(given, columns)
    if found_lever is None:
        return
    order = by_score(given)

    found = firmness(found_lever, order)

    check_side(given, columns, order, found.now, found.leader_below, first_only=True, down=True)
    check_side(given, columns, order, found.now, found.leader_above, first_only=True, down=False)
    check_side(given, columns, order, found.now, found.order_below, first_only=False, down=True)
    check_side(given, columns, order, found.now, found.order_above, first_only=False, down=False)
    check_envelope(given, columns, first_places(found_lever))


def keeps(
    given: Terms, columns: tuple[int, ...], order: list[int], weight: Fraction, *, first_only: bool
) -> bool:
    scores = [score if score is not None else Fraction(-1) for score in scores_at(given, columns, weight)]
    if first_only:
        return scores[order[0]] == max(scores)
    pairs = itertools.pairwise(order)
    tied = {(a, b): given.score(a) == given.score(b) for a, b in itertools.pairwise(order)}
    return all(scores[a] == scores[b] if tied[a, b] else scores[a] >= scores[b] for a, b in pairs)


def check_side(
    given: Terms, columns: tuple[int, ...], order: list[int], now: Fraction, flip: Flip | None, *, first_only: bool, down: bool
) -> None:  # fmt: skip
    end = LITTLE if down else 1 - LITTLE
    stop = flip.weight if flip else end
    if (stop < now) == down and stop != now:
        for step in range(9):
            weight = now + (stop - now) * Fraction(step, 8) * (1 - LITTLE)
            assert keeps(given, columns, order, weight, first_only=first_only), (weight, flip)
    if flip is not None:
        beyond = flip.weight + (-LITTLE if down else LITTLE)
        if 0 < beyond < 1:
            assert not keeps(given, columns, order, beyond, first_only=first_only), flip


def check_envelope(given: Terms, columns: tuple[int, ...], walk: list[tuple[Fraction, int]]) -> None:
    ends = [*(weight for weight, _ in walk[1:]), Fraction(1)]
    for (start, row), stop in zip(walk, ends, strict=True):
        scores = scores_at(given, columns, (start + stop) / 2)
        assert scores[row] == max(score for score in scores if score is not None)
        assert start < stop


def test_5000_candidates_are_fast() -> None:
    random = np.random.default_rng(1)
    cells: Any = make_cells(random.integers(0, PPM + 1, (5_000, 62)))
    given = terms(cells, weights_of([1] * 62), range(5_000), policy=MissingPolicy.NEUTRAL)
    over, _ = given.totals

    found = [firmness(moved(given, column), np.argsort(-over, kind="stable")) for column in range(62)]

    assert sum(one.nearest is not None for one in found) == 62
