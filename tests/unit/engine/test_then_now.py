"""Then against now: every step changes one thing, and the steps add up to the whole difference of score and rank."""

import dataclasses
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scorecards.engine.aggregate import STAGE_THRESHOLDS, Stage
from scorecards.engine.cells import Cells, CellState, MissingPolicy
from scorecards.engine.exact import PPM
from scorecards.engine.then_now import Cause, Moment, ThenNow, summed
from tests.unit.engine.builders import answer, make_cells, rank, score, unhurried, weights_of

KINDS = ("known", "claimed", "unknown", "refused")
NEUTRAL, KNOWN_ONLY = MissingPolicy.NEUTRAL, MissingPolicy.KNOWN_ONLY


def moment(
    cells: Cells, points: list[int], *, policy: MissingPolicy = NEUTRAL, stage: Stage = Stage.SCREEN,
    gated: list[bool] | None = None, present: list[bool] | None = None,
) -> Moment:  # fmt: skip
    n = len(cells.low)
    return Moment(
        cells=cells, weights=weights_of(points), policy=policy, thresholds=STAGE_THRESHOLDS[stage],
        gated=np.array(gated or [False] * n), present=np.array(present or [True] * n),
    )  # fmt: skip


def compared(then: Moment, now: Moment, *, rescaled: Any = None, rated: Any = None) -> ThenNow:
    n, m = then.cells.low.shape
    return ThenNow(
        then, now, rescaled=np.zeros(m, bool) if rescaled is None else np.array(rescaled),
        rated=np.zeros((n, m), bool) if rated is None else np.array(rated),
    )  # fmt: skip


def known(*rows: list[int], policy: MissingPolicy = NEUTRAL) -> Cells:
    return answer([[("known", value * 10_000) for value in row] for row in rows], policy)


def amounts(found: ThenNow, row: int) -> dict[Cause, Fraction]:
    return {step.cause: step.amount * 100 for step in found.steps(row) if step.amount}


@st.composite
def moments(draw: st.DrawFn, n: int, m: int) -> Moment:
    policy = draw(st.sampled_from(list(MissingPolicy)))
    rows = draw(
        st.lists(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, PPM)), min_size=m, max_size=m), min_size=n, max_size=n)
    )  # fmt: skip
    return moment(
        answer(rows, policy), draw(st.lists(st.integers(0, 9), min_size=m, max_size=m).filter(any)), policy=policy,
        stage=draw(st.sampled_from(list(Stage))), gated=draw(st.lists(st.booleans(), min_size=n, max_size=n)),
        present=draw(st.lists(st.booleans(), min_size=n, max_size=n)),
    )  # fmt: skip


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Moment, Moment, Any, Any]:
    n, m = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    flags = st.lists(st.booleans(), min_size=m, max_size=m)
    return (
        draw(moments(n, m)),
        draw(moments(n, m)),
        draw(flags),
        draw(st.lists(flags, min_size=n, max_size=n)),
    )


@unhurried
@given(pairs())
def test_steps_sum_to_the_difference_of_the_published_scores(pair: tuple[Moment, Moment, Any, Any]) -> None:
    then, now, rescaled, rated = pair
    before = score(then.cells, then.weights, policy=then.policy)
    after = score(now.cells, now.weights, policy=now.policy)

    found = compared(then, now, rescaled=rescaled, rated=rated)

    for row in range(len(then.cells.low)):
        steps, scored = found.steps(row), before.has_score[row] and after.has_score[row]
        whole = Fraction(0)
        if scored and then.present[row] and now.present[row]:
            whole = Fraction(int(after.numerator[row]), int(after.denominator[row]) * PPM)
            whole -= Fraction(int(before.numerator[row]), int(before.denominator[row]) * PPM)
        assert summed(steps) == whole
        assert all(
            step.split is None or sum(step.split.share(term) for term in step.split.terms) == step.amount
            for step in steps
        )


@unhurried
@given(pairs())
def test_rank_steps_begin_and_end_with_the_published_ranks(pair: tuple[Moment, Moment, Any, Any]) -> None:
    then, now, rescaled, rated = pair
    published = []
    for each, stage in ((then, then.thresholds), (now, now.thresholds)):
        scores = score(each.cells, each.weights, policy=each.policy)
        name = next(s for s, t in STAGE_THRESHOLDS.items() if t == stage)
        published.append(
            rank(
                scores, name, [bool(g or not p) for g, p in zip(each.gated, each.present, strict=True)]
            ).rank.tolist()
        )

    found = compared(then, now, rescaled=rescaled, rated=rated)

    rows = range(len(then.cells.low))
    assert [found.rank(row, now=False) or 0 for row in rows] == published[0]
    assert [found.rank(row, now=True) or 0 for row in rows] == published[1]
    for row in rows:
        steps = found.steps(row)
        assert [step.rank_after for step in steps[:-1]] == [step.rank_before for step in steps[1:]]


def test_nothing_changed_moves_nobody() -> None:
    same = moment(known([80, 20], [40, 60]), [2, 1])

    found = compared(same, same)

    assert found.moved().tolist() == []
    assert amounts(found, 0) == {}


def test_what_was_refused_is_told_with_the_policy_that_weighs_it() -> None:
    cells = make_cells([[300_000, 900_000]], known=[[500_000, PPM]])
    told = dataclasses.replace(cells, refused=np.array([[500_000, 0]]))

    found = compared(moment(cells, [1, 1]), moment(told, [1, 1], policy=KNOWN_ONLY))

    assert (found.score(0, now=False), found.score(0, now=True)) == (Fraction(6, 10), Fraction(6, 10))
    assert amounts(found, 0) == {}


def test_each_cause_takes_its_own_part() -> None:
    then = moment(known([80, 20, 50, 50], [40, 60, 50, 50]), [1, 1, 1, 1])
    now = moment(known([40, 40, 90, 50], [40, 60, 50, 50]), [1, 1, 1, 5])

    found = compared(
        then, now, rescaled=[False, True, False, False], rated=[[False, False, True, False], [False] * 4]
    )

    assert amounts(found, 0) == {
        Cause.SCALES: Fraction(5), Cause.EVIDENCE: Fraction(-10), Cause.EVALUATORS: Fraction(10),
        Cause.WEIGHTS: Fraction(40 + 40 + 90 + 250, 8) - Fraction(220, 4),
    }  # fmt: skip


def test_how_unknowns_count_is_a_cause_of_its_own() -> None:
    row = [[("known", 900_000), ("unknown", 0)], [("known", 500_000), ("known", 500_000)]]
    then = moment(answer(row, NEUTRAL), [1, 1])
    now = moment(answer(row, MissingPolicy.CONSERVATIVE), [1, 1], policy=MissingPolicy.CONSERVATIVE)

    found = compared(then, now)

    assert amounts(found, 0) == {Cause.POLICY: Fraction(-25)}
    assert amounts(found, 1) == {}


def test_rank_that_others_moved_is_put_down_to_them() -> None:
    then, now = moment(known([60], [50], [10]), [1]), moment(known([60], [50], [90]), [1])

    found = compared(then, now)

    assert [
        (s.cause, s.rank_before, s.rank_after) for s in found.steps(0) if s.rank_before != s.rank_after
    ] == [(Cause.COMPETITORS, 1, 2)]
    assert [
        (s.cause, s.rank_before, s.rank_after) for s in found.steps(2) if s.rank_before != s.rank_after
    ] == [(Cause.EVIDENCE, 3, 1)]


def test_failed_must_have_takes_the_rank_and_not_the_score() -> None:
    cells = known([60], [50])

    found = compared(moment(cells, [1]), moment(cells, [1], gated=[True, False]))

    assert amounts(found, 0) == {}
    assert [
        (s.cause, s.rank_before, s.rank_after) for s in found.steps(0) if s.rank_before != s.rank_after
    ] == [(Cause.MUST_HAVES, 1, None)]
    assert found.rank(1, now=True) == 1
    assert found.moved().tolist() == [0, 1]


def test_candidate_that_came_is_a_competitor_to_the_others() -> None:
    cells = known([60], [90])

    found = compared(moment(cells, [1], present=[True, False]), moment(cells, [1]))

    assert (found.rank(1, now=False), found.rank(1, now=True)) == (None, 1)
    assert found.score(1, now=False) is None
    assert [s.cause for s in found.steps(0) if s.rank_before != s.rank_after] == [Cause.COMPETITORS]


def test_criterion_that_no_longer_applies_is_a_change_of_weights() -> None:
    then = moment(known([60, 100], [50, 0]), [1, 1])
    cells = make_cells(
        [[600_000, 0], [500_000, 0]], known=[[PPM, 0], [PPM, 0]],
        state=[[CellState.KNOWN, CellState.NOT_APPLICABLE]] * 2,
    )  # fmt: skip
    now = moment(cells, [1, 0])

    assert amounts(compared(then, now), 0) == {Cause.WEIGHTS: Fraction(-20)}
    assert amounts(compared(now, then), 0) == {Cause.WEIGHTS: Fraction(20)}


def test_known_only_evidence_moves_the_leaf_it_is_about() -> None:
    then = moment(answer([[("known", 500_000), ("unknown", 0)]], KNOWN_ONLY), [1, 1], policy=KNOWN_ONLY)
    now = moment(answer([[("known", 500_000), ("known", 900_000)]], KNOWN_ONLY), [1, 1], policy=KNOWN_ONLY)

    found = compared(then, now)

    assert amounts(found, 0) == {Cause.EVIDENCE: Fraction(20)}
