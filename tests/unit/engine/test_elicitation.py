"""Ways to set weights: inputs kept as JSON, shares that sum exactly, locks that hold, refusals by name."""

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.engine.elicitation import Method, elicit, rescaled, within_locks
from scorecards.engine.exact import PPB
from scorecards.engine.weights import WeightError, WeightNode, leaf_weights
from tests.unit.engine.builders import unhurried

CODES = ["A", "B", "C"]


@pytest.mark.parametrize(
    ("inputs", "shares"),
    [
        ({"method": "points", "points": {"A": 10.1, "B": "30.3", "C": 60.6}}, ["1/10", "3/10", "6/10"]),
        ({"method": "swing", "swings": {"A": 100, "B": "80", "C": 20}}, ["1/2", "4/10", "1/10"]),
        ({"method": "order", "order": [["C"], ["A", "B"]]}, ["7/36", "7/36", "11/18"]),
        ({"method": "order", "order": [["B"]]}, ["0", "1", "0"]),
        ({"method": "pairwise", "judgements": [["A", "B", 3], ["B", "C", "1"], ["A", "C", 3]]}, ["3/5", "1/5", "1/5"]),
    ],
)  # fmt: skip
def test_elicit_makes_shares_of_inputs_that_can_be_kept(inputs: dict[str, Any], shares: list[str]) -> None:
    found = elicit(CODES, inputs)

    assert [float(share) for share in found.shares.values()] == pytest.approx(
        [float(Fraction(text)) for text in shares], abs=1e-12
    )
    assert sum(found.shares.values()) == 1
    again = elicit(CODES, json.loads(json.dumps(found.inputs)))
    assert (again.shares, again.inputs) == (found.shares, found.inputs)


@pytest.mark.parametrize(
    ("inputs", "name"),
    [
        ({"method": "magic"}, "method"),
        ({}, "method"),
        ({"method": "points", "points": {"A": -1, "B": 2}}, "A"),
        ({"method": "points", "points": {"A": float("nan")}}, "A"),
        ({"method": "points", "points": {"A": float("inf")}}, "A"),
        ({"method": "points", "points": {"A": "1e999999999"}}, "A"),
        ({"method": "points", "points": {"A": "1/0"}}, "A"),
        ({"method": "points", "points": {"A": True}}, "A"),
        ({"method": "points", "points": {"X": 1}}, "X"),
        ({"method": "points", "points": {"A": 0, "B": 0}}, "A, B, C"),
        ({"method": "points", "points": [1, 2]}, "points"),
        ({"method": "points", "points": {"A": 1}, "order": []}, "order"),
        ({"method": "swing", "swings": {"A": 90}}, "A, B, C"),
        ({"method": "swing", "swings": {"A": 100, "B": 101}}, "B"),
        ({"method": "order", "order": []}, "order"),
        ({"method": "order", "order": ["A"]}, "order"),
        ({"method": "order", "order": [["A"], ["X"]]}, "X"),
        ({"method": "order", "order": [["A"], ["A"]]}, "A"),
        ({"method": "pairwise", "judgements": []}, "judgements"),
        ({"method": "pairwise", "judgements": [["A", "B"]]}, "judgements"),
        ({"method": "pairwise", "judgements": [["A", "B", 3], ["B", "C", 2]]}, "A/C"),
        ({"method": "pairwise", "judgements": [["A", "B", 3], ["A", "B", 2]]}, "A/B"),
        ({"method": "pairwise", "judgements": [["A", ["B"], 3]]}, "['B']"),
    ],
)
def test_elicit_refuses_by_name(inputs: dict[str, Any], name: str) -> None:
    with pytest.raises(WeightError) as refused:
        elicit(CODES, inputs)

    assert refused.value.name == name


def test_methods_have_words_for_people() -> None:
    assert [method.label for method in Method] == [
        "Points",
        "Worst-to-best comparison",
        "Weights from an order",
        "Pairwise comparison",
    ]


def test_rescaled_changes_unlocked_siblings_only() -> None:
    after = rescaled({"A": 40, "B": 30, "C": 20, "D": 10}, {"A": 50}, locked=["B"])

    assert after == {"A": 50, "B": 30, "C": Fraction(40, 3), "D": Fraction(20, 3)}


def test_rescaled_siblings_without_weight_share_equally() -> None:
    assert rescaled({"A": 1, "B": 0, "C": 0}, {"A": 50}) == {"A": 50, "B": 25, "C": 25}


@pytest.mark.parametrize(
    ("changes", "locked", "name", "words"),
    [
        ({"A": 80}, ["B"], "A", "comes to 110 with what is locked, over 100"),
        ({"A": 101}, [], "A", "over 100"),
        ({"A": -1}, [], "A", "must not be negative"),
        ({"A": float("nan")}, [], "A", "must be a finite number"),
        ({"A": float("inf")}, [], "A", "must be a finite number"),
        ({"B": 31}, ["B"], "B", "is locked"),
        ({"X": 1}, [], "X", "is not one of these criteria"),
        ({"A": 20}, ["B", "C"], "A", "leaves nothing unlocked"),
    ],
)
def test_rescaled_illegal_weight_names_the_criterion(
    changes: dict[str, Any], locked: list[str], name: str, words: str
) -> None:
    with pytest.raises(WeightError, match=words) as refused:
        rescaled({"A": 40, "B": 30, "C": 30}, changes, locked=locked)

    assert refused.value.name == name


def test_within_locks_the_locked_share_stays_whatever_is_entered() -> None:
    after = within_locks({"A": 1, "B": 1, "C": 2}, {"A": 1, "B": 3, "C": 1}, ["A"])

    assert after == {"A": 25, "B": Fraction(225, 4), "C": Fraction(75, 4)}


@pytest.mark.parametrize(
    ("entered", "name"),
    [
        ({"A": 2, "B": 1, "C": 2}, "A"),
        ({"A": 1, "B": 0, "C": 0}, "B, C"),
        ({"A": 1, "B": -1, "C": 3}, "B"),
    ],
)
def test_within_locks_refuses_by_name(entered: dict[str, Any], name: str) -> None:
    with pytest.raises(WeightError) as refused:
        within_locks({"A": 1, "B": 1, "C": 2}, entered, ["A"])

    assert refused.value.name == name


points = st.lists(st.integers(0, 1000), min_size=2, max_size=12).filter(any)


def tree(shares: dict[str, Fraction]) -> WeightNode:
    return WeightNode("tree", 1, tuple(WeightNode(code, share) for code, share in shares.items()))


@unhurried
@given(points, st.data())
def test_weights_sum_to_exactly_one_billion_after_any_change(values: list[int], data: st.DataObject) -> None:
    before = {f"C{n}": value for n, value in enumerate(values)}
    code = data.draw(st.sampled_from(sorted(before)))
    others = sorted(set(before) - {code})
    locked = data.draw(st.sets(st.sampled_from(others), max_size=len(others) - 1))
    share = {c: Fraction(100 * v, sum(values)) for c, v in before.items()}
    room = 100 - sum(share[c] for c in locked)
    wanted = data.draw(st.fractions(0, 1, max_denominator=1000)) * room

    after = rescaled(before, {code: wanted}, locked=locked)

    assert sum(after.values()) == 100
    assert int(leaf_weights(tree(after)).ppb.sum()) == PPB
    assert {c: after[c] for c in locked} == {c: share[c] for c in locked}
    assert after[code] == wanted


@unhurried
@given(points, st.data())
def test_rescaled_more_for_one_is_never_more_for_another(values: list[int], data: st.DataObject) -> None:
    before = {f"C{n}": value for n, value in enumerate(values)}
    code = data.draw(st.sampled_from(sorted(before)))
    low, high = sorted(data.draw(st.lists(st.integers(0, 100), min_size=2, max_size=2)))

    less, more = rescaled(before, {code: low}), rescaled(before, {code: high})

    grain = Fraction(len(values), 10**12)
    assert all(more[other] <= less[other] + grain for other in before if other != code)


@unhurried
@given(points, st.randoms())
def test_order_of_the_criteria_never_matters(values: list[int], random: Any) -> None:
    before = {f"C{n}": value for n, value in enumerate(values)}
    shuffled = list(before.items())
    random.shuffle(shuffled)

    plain = elicit(list(before), {"method": "points", "points": before})
    mixed = elicit(sorted(before), {"method": "points", "points": dict(shuffled)})

    assert dict(plain.shares) == dict(mixed.shares)
