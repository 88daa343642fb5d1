"""Second opinions on a published calculation: what two other methods make of the same values and weights."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from scorecards.engine.display import percent_text
from scorecards.engine.exact import PPM
from scorecards.engine.ranks import UNRANKED, competition_ranks
from scorecards.engine.second_opinions import (
    CLOSENESS_UNITS,
    DEFAULT_PREFERENCE,
    OrderAgreement,
    order_agreement,
    promethee_net_flows,
    topsis_closeness,
    values_for_opinions,
    weight_shares,
)
from scorecards.models import Scorecard
from scorecards.selectors.board import Board, Standing, current_board

SAME, MUCH, PARTLY = 0.9, 0.7, 0.4


@dataclass(frozen=True)
class Opinion:
    """One ranked candidate: its rank, and what the two other methods say. Texts have two decimals."""

    standing: Standing
    rank: int
    rank_tied: bool
    score: str
    closeness: str
    topsis_rank: int
    topsis_tied: bool
    net_flow: str
    promethee_rank: int
    promethee_tied: bool

    @property
    def moves(self) -> bool:
        """Whether any of the methods puts it somewhere else."""
        return self.rank != self.topsis_rank or self.rank != self.promethee_rank


@dataclass(frozen=True)
class Agreement:
    """How far another method's order is that of the ranking; texts with two decimals, "" where it cannot be said."""

    method: str
    spearman: str
    kendall: str
    words: str
    same_leader: bool


class Opinions(Sequence[Opinion]):
    """Opinions of many candidates, each written when it is asked for."""

    def __init__(self, opinion: Callable[[int], Opinion], count: int) -> None:
        self._opinion, self._count = opinion, count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Opinion: ...
    @overload
    def __getitem__(self, at: slice) -> list[Opinion]: ...
    def __getitem__(self, at: int | slice) -> Opinion | list[Opinion]:
        if isinstance(at, slice):
            return [self._opinion(number) for number in range(*at.indices(self._count))]
        return self._opinion(range(self._count)[at])


@dataclass(frozen=True)
class SecondOpinions:
    """What both methods say about the ranked candidates of one calculation, in the order of the ranking."""

    board: Board
    rows: Sequence[Opinion]
    unranked: int
    agreements: tuple[Agreement, ...]
    indifference: str
    strict: str


def second_opinions(scorecard: Scorecard) -> SecondOpinions:
    """TOPSIS and PROMETHEE II over the ranked candidates. Raises Conflict before the first calculation."""
    board = current_board(scorecard)
    scores = board.scores()
    ranking = board.ranking(scores)
    ranked = np.flatnonzero(ranking.rank != UNRANKED)
    values, weights = values_for_opinions(board.cells, board.policy)[ranked], board.weights
    closeness = topsis_closeness(values / PPM, weight_shares(weights))
    flows = promethee_net_flows(values, weights)
    everybody = np.ones(len(ranked), dtype=np.bool_)
    by_topsis, by_flow = (
        competition_ranks(closeness, everybody),
        competition_ranks(flows.numerator, everybody),
    )
    main = ranking.rank[ranked]
    listed = np.argsort(main, kind="stable").tolist()

    def opinion(at: int) -> Opinion:
        i = listed[at]
        row = int(ranked[i])
        return Opinion(
            standing=board.standings[row], rank=int(ranking.rank[row]), rank_tied=bool(ranking.tied[row]),
            score=percent_text(int(scores.numerator[row]), int(scores.denominator[row]) * PPM),
            closeness=percent_text(int(closeness[i]), CLOSENESS_UNITS), topsis_rank=int(by_topsis[0][i]), topsis_tied=bool(by_topsis[1][i]),
            net_flow=_signed(int(flows.numerator[i]), flows.denominator), promethee_rank=int(by_flow[0][i]),
            promethee_tied=bool(by_flow[1][i]),
        )  # fmt: skip

    rows = Opinions(opinion, len(listed))
    agreements = tuple(
        _agreement(method, order_agreement(main, ranks), same_leader=bool(((main == 1) & (ranks == 1)).any()))
        for method, ranks in (("TOPSIS", by_topsis[0]), ("PROMETHEE II", by_flow[0]))
    )
    return SecondOpinions(
        board, rows, len(board.standings) - len(rows), agreements if len(rows) > 1 else (),
        percent_text(DEFAULT_PREFERENCE.indifference, PPM), percent_text(DEFAULT_PREFERENCE.strict, PPM),
    )  # fmt: skip


def _signed(numerator: int, denominator: int) -> str:
    """A net flow from -1 to 1 as points from -100 to 100, with its sign: it is no percentage of anything."""
    shown = percent_text(numerator, denominator)
    return f"+{shown}" if numerator > 0 and shown.strip("0.") else shown


def _agreement(method: str, found: OrderAgreement, *, same_leader: bool) -> Agreement:
    if found.spearman is None or found.kendall is None:
        return Agreement(method, "", "", "cannot be compared: everybody shares a place", same_leader)
    return Agreement(
        method, _two(found.spearman), _two(found.kendall), agreement_words(found.spearman), same_leader
    )


def _two(figure: float) -> str:
    return percent_text(round(figure * 10_000), 1_000_000)


def agreement_words(spearman: float) -> str:
    """How near the order is, in words for people."""
    if spearman >= SAME:
        return "nearly the same order"
    if spearman >= MUCH:
        return "much the same order"
    return "partly the same order" if spearman >= PARTLY else "a different order"
