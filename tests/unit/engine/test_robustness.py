"""Simulated cases: published and derived examples, and what must hold for any input."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.engine.cells import MissingPolicy
from scorecards.engine.draws import CellModel, Models, WeightModel, draw_weights, lanes
from scorecards.engine.exact import PPM, EngineError
from scorecards.engine.robustness import BLOCK, Problem, Tally, pairwise_winning, run, simulate
from tests.support.shared_data import SAMPLES
from tests.unit.engine.builders import answer, equal_weights, make_cells, unhurried, weights_of
from tests.unit.engine.test_oracles import read_cases

UNIFORM = Models(weights=WeightModel.UNIFORM, cells=CellModel.FIXED)


def names(n: int) -> list[str]:
    return [f"candidate {i}" for i in range(n)]


def flat(rows: list[list[int]], models: Models = UNIFORM, **options: Any) -> Tally:
    cells = make_cells(rows)
    leaves = len(rows[0])
    return simulate(
        cells, equal_weights(leaves), [0] * leaves, names=names(len(rows)), seed=7, models=models, **options
    )


def cases(*methods: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in read_cases() if case["method"] in methods]


def scaled(case: dict[str, Any]) -> list[list[int]]:
    """The published matrix as values: one affine scale for all of it, which moves no rank.

    The figures of the one case that names a scale of its own were computed on the matrix as it is printed.
    """
    matrix = np.array(case["matrix"], dtype=float)
    low, high = min(0.0, float(matrix.min())), max(1.0, float(matrix.max()))
    return [[round((float(value) - low) / (high - low) * PPM) for value in row] for row in matrix]


@pytest.mark.parametrize("case", cases("smaa2"))
def test_smaa2_published_case(case: dict[str, Any]) -> None:
    expected, slack = case["expected"], case["tolerance"]

    tally = flat(scaled(case), draws=20_000)

    if "rank_acceptability" in expected or "rank_acceptability_mc4e6" in expected:
        wanted = expected.get("rank_acceptability") or expected["rank_acceptability_mc4e6"]
        assert tally.shares.tolist() == [pytest.approx(row, abs=slack) for row in wanted]
    if "acceptability_rank1_exact" in expected:
        assert tally.first.tolist() == pytest.approx(expected["acceptability_rank1_exact"], abs=slack)
    central = expected.get("central_weights") or expected["central_weights_exact"]
    for found, wanted in zip(tally.central_weights, central, strict=True):
        if wanted is None:
            assert found is None
        else:
            assert found is not None
            assert found.tolist() == pytest.approx(wanted, abs=slack)


@pytest.mark.parametrize("case", cases("smaa2_pairwise"))
def test_pairwise_winning_published_case(case: dict[str, Any]) -> None:
    values = np.array(case["params"]["samples"]["values"], dtype=float)

    found = pairwise_winning(values) / len(values)

    assert found.tolist() == [
        pytest.approx(row, abs=case["tolerance"]) for row in case["expected"]["pairwise_winning"]
    ]


@pytest.mark.parametrize("case", cases("smaa2_constrained_weights"))
def test_ordinal_weights_centre_on_the_rank_order_centroid(case: dict[str, Any]) -> None:
    weights = weights_of([4, 3, 2, 1])

    drawn = draw_weights(weights, [0] * 4, Models(weights=WeightModel.ORDINAL), draws=20_000, seed=3)

    assert drawn.mean(axis=0).tolist() == pytest.approx(
        case["expected"]["mean_weights"], abs=case["tolerance"]
    )
    assert bool((np.diff(drawn, axis=1) <= 0).all())


def test_oracles_sample_holds_every_simulated_case() -> None:
    kinds = ("smaa2", "smaa2_pairwise", "smaa2_constrained_weights")
    sample = json.loads((SAMPLES / "oracles.json").read_text(encoding="utf-8"))

    assert {case["name"] for case in sample if case["method"] in kinds} == {
        case["name"] for case in read_cases() if case["method"] in kinds
    }


@pytest.mark.parametrize("model", list(WeightModel))
def test_drawn_weights_sum_to_one_and_leave_out_what_weighs_nothing(model: WeightModel) -> None:
    weights = np.array([300_000_000, 0, 200_000_000, 500_000_000, 0], dtype=np.int64)

    drawn = draw_weights(weights, [0, 0, 0, 1, 2], Models(weights=model), draws=500, seed=1)

    assert drawn.sum(axis=1).tolist() == pytest.approx([1.0] * 500)
    assert drawn[:, [1, 4]].any() == np.False_
    assert bool((drawn >= 0).all())


def test_dirichlet_weights_keep_around_the_set_ones() -> None:
    drawn = draw_weights(weights_of([50, 30, 20]), [0] * 3, Models(), draws=20_000, seed=5)

    assert drawn.mean(axis=0).tolist() == pytest.approx([0.5, 0.3, 0.2], abs=0.003)
    assert float(drawn[:, 2].std()) == pytest.approx((0.2 * 0.8 / 51) ** 0.5, abs=0.002)


def test_band_keeps_each_weight_near_its_own() -> None:
    drawn = draw_weights(
        weights_of([50, 50]), [0] * 2, Models(weights=WeightModel.BAND, band=10), draws=2_000, seed=5
    )

    assert float(drawn.min()) >= 0.45
    assert float(drawn.max()) <= 0.55


def test_equal_weights_keep_no_order_between_them() -> None:
    drawn = draw_weights(
        weights_of([2, 1, 1]), [0] * 3, Models(weights=WeightModel.ORDINAL), draws=4_000, seed=2
    )

    assert bool((drawn[:, 0] >= drawn[:, 1:].max(axis=1)).all())
    assert float((drawn[:, 1] > drawn[:, 2]).mean()) == pytest.approx(0.5, abs=0.04)


def claimed(rows: list[list[int]]) -> Any:
    return answer([[("claimed", value) for value in row] for row in rows], MissingPolicy.NEUTRAL)


def test_another_candidate_moves_nobody_elses_draws() -> None:
    rows = [[700_000, 500_000, 900_000], [600_000, 800_000, 700_000]]
    options: dict[str, Any] = {"seed": 11, "draws": 3_000, "pairs": 2}

    few = simulate(claimed(rows), equal_weights(3), [0] * 3, names=["a", "b"], **options)
    more = simulate(claimed([*rows, [0, 0, 0]]), equal_weights(3), [0] * 3, names=["a", "b", "c"], **options)
    turned = simulate(claimed(rows[::-1]), equal_weights(3), [0] * 3, names=["b", "a"], **options)

    assert more.wins.tolist() == few.wins.tolist()
    assert turned.wins.tolist() == few.wins[::-1, ::-1].tolist()


def test_closing_one_cell_moves_no_other_draw() -> None:
    rows = [[("claimed", 700_000), ("claimed", 500_000)], [("claimed", 600_000), ("known", 600_000)]]
    open_cells = answer(rows, MissingPolicy.NEUTRAL)
    rows[0][1] = ("known", 350_000)
    closed = answer(rows, MissingPolicy.NEUTRAL)
    one_leaf = np.array([1_000_000_000, 0], dtype=np.int64)

    before, after = (
        simulate(cells, one_leaf, [0, 0], names=["a", "b"], seed=1, draws=2_000)
        for cells in (open_cells, closed)
    )

    assert before.wins.tolist() == after.wins.tolist()


def test_work_in_slices_counts_the_same_cases() -> None:
    problem = Problem(
        claimed([[700_000, 500_000], [600_000, 650_000], [0, 990_000]]), equal_weights(2), [0, 0], names(3),
        MissingPolicy.NEUTRAL, Models(), 3, 5_000,
    )  # fmt: skip

    whole = run(problem)
    first, rest = run(problem, last=2_100), run(problem, first=2_100)
    both = Tally.unpacked(first.packed()) + rest

    assert (both.cases, both.ranks.tolist(), both.rank_sum.tolist(), both.wins.tolist()) == (
        whole.cases, whole.ranks.tolist(), whole.rank_sum.tolist(), whole.wins.tolist(),
    )  # fmt: skip
    assert both.central.ravel().tolist() == pytest.approx(whole.central.ravel().tolist())


def test_stopping_ends_between_blocks() -> None:
    heard: list[int] = []

    def proceed(done: int) -> bool:
        heard.append(done)
        return len(heard) < 2

    problem = Problem(
        make_cells([[1], [2]]), equal_weights(1), [0], names(2), MissingPolicy.NEUTRAL, UNIFORM, 1
    )
    tally = run(problem, proceed=proceed)

    assert heard == [BLOCK, 2 * BLOCK]
    assert tally.cases == 2 * BLOCK


def test_twins_share_their_rank() -> None:
    tally = flat([[900_000, 100_000], [100_000, 900_000], [900_000, 100_000]], draws=1_000)

    assert tally.ranks[0].tolist() == tally.ranks[2].tolist()
    assert (
        int(tally.ranks[0, 0] + tally.ranks[0, 1]) == 1_000
    )  # first together, or both second behind the other
    assert int(tally.ranks[1, 0] + tally.ranks[1, 2]) == 1_000
    assert int(tally.ranks[0, 0] + tally.ranks[1, 0]) == 1_000


def test_more_than_the_full_matrix_keeps_the_first_ten_and_the_mean_rank() -> None:
    rows = [[1_000 * i, 999_999 - 1_000 * i] for i in range(300)]

    tally = flat(rows, draws=600)

    assert tally.ranks.shape == (300, 10)
    assert tally.rank_range() is None
    assert tally.ranks.sum(axis=0).tolist() == [600] * 10
    assert int(tally.rank_sum.sum()) == 600 * 300 * 301 // 2
    with pytest.raises(EngineError, match="10 ranks were counted"):
        tally.top(11)


def test_known_only_scores_rest_on_what_is_known() -> None:
    cells = answer(
        [[("known", 800_000), ("unknown", 0)], [("known", 700_000), ("known", 700_000)]],
        MissingPolicy.KNOWN_ONLY,
    )
    options: dict[str, Any] = {"names": names(2), "seed": 1, "models": UNIFORM, "draws": 500}

    known_only = simulate(cells, equal_weights(2), [0, 0], policy=MissingPolicy.KNOWN_ONLY, **options)

    assert known_only.first.tolist() == [1.0, 0.0]


def test_rank_ranges_leave_out_what_is_rare() -> None:
    ranks = np.array([[50, 900, 50], [4, 6, 990]], dtype=np.int64)
    tally = Tally(1_000, np.pad(ranks, ((0, 1), (0, 0))), np.zeros(3), np.zeros((3, 1)), np.zeros((0, 0)))  # type: ignore[arg-type]

    found = tally.rank_range()

    assert found is not None
    assert found[:2].tolist() == [[1, 2], [3, 3]]


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("draws", {"draws": 0}),
        ("draws", {"draws": 20_001}),
        ("draws", {"seed": -1}),
        ("names", {"names": ["a", "a"]}),
        ("models", {"models": Models(WeightModel.FIXED, CellModel.FIXED)}),
    ],
)
def test_what_cannot_be_simulated_is_refused(field: str, options: dict[str, Any]) -> None:
    given_options: dict[str, Any] = {"names": names(2), "seed": 1, "models": UNIFORM} | options

    with pytest.raises(EngineError) as refused:
        simulate(make_cells([[1], [2]]), equal_weights(1), [0], **given_options)

    assert refused.value.name == field


def test_models_are_refused_outside_their_limits() -> None:
    with pytest.raises(EngineError):
        Models(concentration=0)
    with pytest.raises(EngineError):
        Models(band=101)


def test_lanes_are_whole_steps_of_the_counter() -> None:
    assert [lanes(leaves) for leaves in (1, 8, 9, 62)] == [8, 8, 16, 64]


values = st.lists(st.lists(st.integers(0, PPM), min_size=3, max_size=3), min_size=2, max_size=6)


@unhurried
@given(
    rows=values,
    model=st.sampled_from([m for m in WeightModel if m is not WeightModel.FIXED]),
    seed=st.integers(0, 2**63 - 1),
)
def test_chances_sum_to_one_and_the_dominated_are_never_first(
    rows: list[list[int]], model: WeightModel, seed: int
) -> None:
    better = [min(PPM, max(column) + 1) for column in zip(*rows, strict=True)]
    rows = [*rows, better]
    cells = make_cells(rows)

    tally = simulate(
        cells, weights_of([5, 3, 2]), [0, 0, 1], names=names(len(rows)), seed=seed,
        models=Models(weights=model, cells=CellModel.FIXED), draws=300,
    )  # fmt: skip

    assert tally.ranks.sum(axis=1).tolist() == [300] * len(rows)
    dominated = [all(a < b for a, b in zip(row, better, strict=True)) for row in rows]
    assert [int(first) for first, out in zip(tally.ranks[:, 0], dominated, strict=True) if out] == [0] * sum(
        dominated
    )
    brute = brute_ranks(rows, cells, model, seed)
    assert tally.ranks.tolist() == brute


def brute_ranks(rows: list[list[int]], cells: Any, model: WeightModel, seed: int) -> list[list[int]]:
    """Rank = 1 + the number strictly better, case by case, on scores rounded to what the low bits leave."""
    drawn = draw_weights(weights_of([5, 3, 2]), [0, 0, 1], Models(weights=model), draws=300, seed=seed)
    n = len(rows)
    counts = [[0] * n for _ in range(n)]
    for weights in drawn:
        scores = [sum(w * v for w, v in zip(weights, row, strict=True)) for row in rows]
        for i in range(n):
            better = sum(rows[k] != rows[i] and scores[k] > scores[i] for k in range(n))
            counts[i][better] += 1
    return counts


def test_intervals_are_drawn_evenly() -> None:
    cells = make_cells([[500_000], [500_000]], low=[[0], [500_000]], high=[[PPM], [500_000]])

    tally = simulate(cells, equal_weights(1), [0], names=names(2), seed=4, draws=20_000)

    assert float(tally.first[0]) == pytest.approx(0.5, abs=0.012)
    assert float(tally.standard_error(tally.first)[0]) == pytest.approx((0.25 / 20_000) ** 0.5, rel=0.01)
