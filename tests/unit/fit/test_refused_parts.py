"""A leaf of which one part is known and another refused: the refused part keeps its weight where only what is known counts."""

import numpy as np

from scorecards.engine.aggregate import Aggregate, aggregate
from scorecards.engine.cells import Cells, MissingPolicy
from scorecards.fit import Cell
from scorecards.rating import pack_cells
from tests.unit.fit.builders import TWO_STEPS, candidate, cell, evidence, two_sites
from vendors.vocabulary import Grade, Policy

ANSWERED = evidence("QUA1", {"level": 4}, grade=Grade.A)
REFUSED = evidence("QUA1", None, site_id=2)
WHOLE = Cell(
    low=1_000_000, point=1_000_000, high=1_000_000, known=1_000_000, verified=1_000_000, strength=1_000_000,
    state=cell("QUA1", candidate(ANSWERED)).state,
)  # fmt: skip


def quality(*records: object, policy: Policy) -> Cell:
    """The cell of a criterion that two sites answer."""
    facts = candidate(*records, vendor=two_sites())  # type: ignore[arg-type]
    return cell("QUA1", facts, needs=TWO_STEPS, policy=policy)


def scores(found: Cell, policy: Policy) -> Aggregate:
    """That cell beside one that is wholly known and best, at equal weights."""
    cells = Cells.unpacked([pack_cells([found, WHOLE], policy=policy)], leaves=2)
    weights = np.array([500_000_000, 500_000_000], dtype=np.int64)
    return aggregate(cells, weights, [0, 1], policy=MissingPolicy(policy.value))


def test_known_only_partly_refused_leaf_keeps_its_full_weight() -> None:
    found = quality(ANSWERED, REFUSED, policy=Policy.KNOWN_ONLY)

    added = scores(found, Policy.KNOWN_ONLY)

    # 70 % of the worst (0) and 30 % of the mean of .8 and 0, at half of the whole weight
    assert (found.point, found.known, found.refused) == (120_000, 500_000, 500_000)
    assert (int(added.denominator[0]), int(added.numerator[0])) == (1_000_000_000, 560_000 * 10**9)


def test_what_was_refused_is_covered_under_no_policy() -> None:
    covered = {
        policy: int(scores(quality(ANSWERED, REFUSED, policy=policy), policy).coverage[0])
        for policy in Policy
    }

    assert set(covered.values()) == {750_000 * 10**9}


def test_what_was_refused_survives_storage() -> None:
    found = quality(ANSWERED, REFUSED, policy=Policy.KNOWN_ONLY)

    packed = pack_cells([found, WHOLE], policy=Policy.KNOWN_ONLY)
    cells = Cells.unpacked([packed], leaves=2)

    assert cells.refused is not None
    assert cells.refused.tolist() == [[500_000, 0]]
    assert cells.weighed.tolist() == [[1_000_000, 1_000_000]]
    assert cells.packed() == [packed]


def test_known_only_partly_unknown_leaf_weighs_its_known_share() -> None:
    found = quality(ANSWERED, policy=Policy.KNOWN_ONLY)

    added = scores(found, Policy.KNOWN_ONLY)

    assert (found.point, found.known, found.refused) == (800_000, 500_000, 0)
    assert (int(added.denominator[0]), int(added.numerator[0])) == (750_000_000, 700_000 * 10**9)


def test_refusing_a_part_is_never_better_than_leaving_it_open_under_known_only() -> None:
    refused, left = (
        scores(quality(*records, policy=Policy.KNOWN_ONLY), Policy.KNOWN_ONLY).key[0]
        for records in ((ANSWERED, REFUSED), (ANSWERED,))
    )

    assert refused < left
