"""What must hold for any cells and weights: order, batch, bounds, monotonicity."""

import dataclasses
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scorecards.engine.aggregate import Aggregate, aggregate, aggregate_packed
from scorecards.engine.cells import Cells, CellState, MissingPolicy, packed_type
from scorecards.engine.exact import EXACT_ONE, PPM
from scorecards.engine.weights import WeightNode, leaf_weights
from tests.unit.engine.builders import rank, unhurried

PER_CANDIDATE = [
    field.name for field in dataclasses.fields(Aggregate) if field.name not in {"policy", "group_weight"}
]
policies = st.sampled_from(list(MissingPolicy))


@st.composite
def scorecards(draw: st.DrawFn) -> tuple[Cells, np.ndarray[Any, np.dtype[np.int64]], list[int]]:
    """Cells of up to 8 candidates on up to 9 leaves in up to 3 groups, with weights."""
    n, m = draw(st.integers(1, 8)), draw(st.integers(1, 9))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = np.sort(random.integers(0, PPM + 1, (3, n, m)), axis=0)
    state = random.choice(np.array([0, 0, 0, 1, 2, 4], dtype=np.uint8), (n, m))
    silent, zero = state != CellState.KNOWN, (state == CellState.REFUSED) | (state == CellState.OVERDUE)
    known = np.where(silent, 0, random.choice([PPM, PPM, 1, 333_333], (n, m)))
    refused = np.where(silent, 0, (PPM - known) // 2) if draw(st.booleans()) else None
    cells = Cells(
        low=np.where(silent, 0, values[0]),
        point=np.where(zero, 0, np.where(silent, 500_000, values[1])),
        high=np.where(silent, PPM, values[2]),
        known=known,
        verified=known // 2,
        strength=np.where(silent, 0, random.integers(0, PPM + 1, (n, m))),
        state=state,
        refused=refused,
    )
    points = draw(st.lists(st.integers(0, 50), min_size=m, max_size=m).filter(any))
    tree = WeightNode("tree", 1, tuple(WeightNode(f"L{i}", p) for i, p in enumerate(points)))
    return cells, leaf_weights(tree).ppb, random.integers(0, 3, m).tolist()


def rows_of(cells: Cells, rows: Any, columns: Any = slice(None)) -> Cells:
    numbers = {name: np.ascontiguousarray(table[rows][:, columns]) for name, table in cells.numbers.items()}
    return Cells(**numbers, state=np.ascontiguousarray(cells.state[rows][:, columns]))


def bits(scores: Aggregate, rows: Any = slice(None)) -> list[bytes]:
    arrays = [np.asarray(getattr(scores, name))[rows] for name in [*PER_CANDIDATE, "key"]]
    return [np.ascontiguousarray(array).tobytes() for array in arrays]


@unhurried
@given(scorecards(), policies)
def test_score_alone_and_in_a_batch_is_bitwise_equal(card: Any, policy: MissingPolicy) -> None:
    cells, weights, groups = card

    together = aggregate(cells, weights, groups, policy=policy)

    for i in range(len(together.numerator)):
        alone = aggregate(rows_of(cells, [i]), weights, groups, policy=policy)
        assert bits(alone) == bits(together, [i])


@unhurried
@given(scorecards(), policies, st.integers(1, 9))
def test_packed_cells_in_blocks_of_any_size_score_bitwise_equal(
    card: Any, policy: MissingPolicy, block: int
) -> None:
    cells, weights, groups = card
    rows = np.frombuffer(
        b"".join(cells.packed()), dtype=packed_type(cells.low.shape[1], refused=cells.refused is not None)
    )

    whole = aggregate(cells, weights, groups, policy=policy)
    blocks = aggregate_packed(rows, weights, groups, policy=policy, block=block)

    assert bits(blocks) == bits(whole)
    assert (blocks.group_weight == whole.group_weight).all()
    none = aggregate_packed(rows[:0], weights, groups, policy=policy, block=block)
    assert none.numerator.shape == (0,)
    assert none.group_known.shape == (0, len(whole.group_weight))


@unhurried
@given(scorecards(), policies, st.randoms(use_true_random=False))
def test_order_of_candidates_does_not_matter(card: Any, policy: MissingPolicy, random: Any) -> None:
    cells, weights, groups = card
    order = list(range(cells.low.shape[0]))
    random.shuffle(order)

    plain = aggregate(cells, weights, groups, policy=policy)
    shuffled = aggregate(rows_of(cells, order), weights, groups, policy=policy)

    assert bits(shuffled) == bits(plain, order)
    assert rank(shuffled).rank.tolist() == rank(plain).rank[order].tolist()


@unhurried
@given(scorecards(), policies, st.randoms(use_true_random=False))
def test_order_of_leaves_does_not_matter(card: Any, policy: MissingPolicy, random: Any) -> None:
    cells, weights, groups = card
    order = list(range(len(weights)))
    random.shuffle(order)
    moved = rows_of(cells, slice(None), order)

    plain = aggregate(cells, weights, groups, policy=policy)
    shuffled = aggregate(moved, weights[order], [groups[i] for i in order], policy=policy)

    assert bits(shuffled) == bits(plain)


@unhurried
@given(scorecards(), policies)
def test_score_lies_within_bounds_and_its_interval(card: Any, policy: MissingPolicy) -> None:
    cells, weights, groups = card

    found = aggregate(cells, weights, groups, policy=policy)

    assert int(found.low.min()) >= 0
    assert int(found.high.max()) <= EXACT_ONE
    for i in np.flatnonzero(found.has_score):
        exact_score = int(found.numerator[i]) * 10**9
        rests_on = int(found.denominator[i])
        assert int(found.low[i]) * rests_on <= exact_score <= int(found.high[i]) * rests_on
    ranking = rank(found)
    ranked = ranking.rank > 0
    assert bool((ranking.best <= ranking.rank)[ranked].all())
    assert bool((ranking.rank <= ranking.worst)[ranked].all())
    assert found.has_score.tolist() == [bool(label) for label in map(ranking.label, range(len(ranked)))]


@unhurried
@given(scorecards(), policies)
def test_integers_agree_with_arbitrary_precision(card: Any, policy: MissingPolicy) -> None:
    cells, weights, groups = card

    found = aggregate(cells, weights, groups, policy=policy)

    for i in np.flatnonzero(found.has_score):
        if policy is MissingPolicy.KNOWN_ONLY:
            refused = 0 if cells.refused is None else cells.refused[i]
            shares = np.where(cells.counts_zero[i], PPM, cells.known[i] + refused).tolist()
            used = [half_even(w * share, PPM) for w, share in zip(weights.tolist(), shares, strict=True)]
        else:
            used = weights.tolist()
        values = cells.point[i].tolist()
        assert int(found.numerator[i]) == sum(w * v for w, v in zip(used, values, strict=True))
        assert int(found.denominator[i]) == sum(used)


def half_even(numerator: int, denominator: int) -> int:
    whole, rest = divmod(numerator, denominator)
    return whole + (2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1))


@unhurried
@given(scorecards(), policies, st.data())
def test_better_value_never_lowers_the_score_nor_the_rank(
    card: Any, policy: MissingPolicy, data: st.DataObject
) -> None:
    cells, weights, groups = card
    row = data.draw(st.integers(0, cells.low.shape[0] - 1))
    column = data.draw(st.integers(0, cells.low.shape[1] - 1))
    point, high = cells.point.copy(), cells.high.copy()
    if cells.state[row, column] == CellState.KNOWN:
        point[row, column] = high[row, column] = data.draw(st.integers(int(cells.high[row, column]), PPM))

    before = aggregate(cells, weights, groups, policy=policy)
    after = aggregate(dataclasses.replace(cells, point=point, high=high), weights, groups, policy=policy)

    assert np.asarray(after.key)[row] >= np.asarray(before.key)[row]
    assert rank(after).rank[row] <= rank(before).rank[row]


@unhurried
@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, PPM), st.integers(0, PPM))
def test_more_weight_on_a_better_value_never_lowers_the_score(less: int, more: int, a: int, b: int) -> None:
    better, worse = max(a, b), min(a, b)
    cells = Cells(
        *(np.array([[better, worse]]),) * 3, *(np.array([[PPM, PPM]]),) * 3, np.zeros((1, 2), np.uint8)
    )

    scores = []
    for points in (min(less, more), max(less, more)):
        tree = WeightNode("tree", 1, (WeightNode("better", points), WeightNode("worse", 10)))
        scores.append(aggregate(cells, leaf_weights(tree).ppb, [0, 0], policy=MissingPolicy.NEUTRAL))

    assert scores[0].numerator[0] <= scores[1].numerator[0]
