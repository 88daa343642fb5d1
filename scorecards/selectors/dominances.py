"""Which of the compared candidates dominates which: surely, as the values count, or under any weights in this order."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from scorecards.engine.cells import Cells, Int64Array, MissingPolicy
from scorecards.engine.exact import PPM
from scorecards.engine.explain import dominance, dominance_under_order, surely_dominates
from scorecards.presentation import Figures


@dataclass(frozen=True)
class Dominance:
    """One candidate dominates another: `certain`, `as_counted`, or under `any_weights_in_order`."""

    over: Figures
    under: Figures
    kind: str
    sentence: str


def name_of(row: Figures) -> str:
    """A candidate as people read it."""
    return f"{row.vendor} ({row.label})" if row.label else row.vendor


def dominances_of(
    columns: Sequence[Figures], cells: Cells, weights: Int64Array, policy: MissingPolicy
) -> list[Dominance]:
    """The strongest statement about each pair for which there is one."""
    weighted = np.flatnonzero(weights > 0)
    point, known = cells.point[:, weighted], cells.answered[:, weighted]
    sure = surely_dominates(cells.low[:, weighted], cells.high[:, weighted])
    counted = dominance(point)[0]
    ordered = dominance_under_order(cells.point, weights)
    found = []
    for over, under in permutations(range(len(columns)), 2):
        unknown = int(((known[over] < PPM) | (known[under] < PPM)).sum())
        comparable = policy is not MissingPolicy.KNOWN_ONLY or not unknown
        names, open_parts = (name_of(columns[over]), name_of(columns[under])), _open(unknown)
        told = ""
        if sure[over, under]:
            kind, told = (
                "certain",
                "is at least as good as {} on every criterion, wherever the values lie in their intervals",
            )
        elif comparable and counted[over, under]:
            kind, told = (
                "as_counted",
                "is at least as good as {} on every criterion, as the values count" + open_parts,
            )
        elif comparable and ordered[over, under]:
            kind, told = (
                "any_weights_in_order",
                "is ahead of {} under any weights that keep the order of these weights, as the values count"
                + open_parts,
            )
        if told:
            sentence = f"{names[0]} {told.format(names[1])}."
            found.append(Dominance(columns[over], columns[under], kind, sentence))
    return found


def _open(unknown: int) -> str:
    if not unknown:
        return ""
    return f"; {unknown} {'criterion is' if unknown == 1 else 'criteria are'} not fully known of both"
