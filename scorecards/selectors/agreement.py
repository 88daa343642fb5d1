"""What the evaluators of a scorecard said together: cells by disagreement, agreement figures, each person's ranking."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cdmo_eval.core.errors import Conflict
from scorecards.engine.agreement import Agreement, Word, intraclass_correlation, kendall_w, krippendorff_alpha
from scorecards.engine.cells import Cells, CellState
from scorecards.engine.display import score_text
from scorecards.engine.ranks import Standing
from scorecards.fit.inputs import FitSettings
from scorecards.fit.judging import Judgement, Pooled, decimal_text, judged_cell, level_text, pool
from scorecards.frameworks import Leaf
from scorecards.loading import fit_settings
from scorecards.models import Candidate, Consensus, Rating, Scorecard
from scorecards.selectors.board import Board, current_board
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.evaluators import consensus_list, newest_consensus, submitted_ratings


@dataclass(frozen=True)
class JudgedCell:
    """One criterion of one candidate: what everybody said, joined, and what was agreed. `consensus` has a level."""

    candidate: Candidate
    leaf: Leaf
    ratings: tuple[Rating, ...]
    pooled: Pooled | None
    consensus: Consensus | None

    @property
    def talk(self) -> bool:
        """Whether people should talk: two levels or more apart, and nothing agreed yet."""
        return self.pooled is not None and self.pooled.wide and self.consensus is None

    @property
    def level(self) -> str:
        """The level the cell has by what was submitted, "" when all abstained."""
        if self.consensus is not None:
            return str(self.consensus.level)
        return level_text(self.pooled.level) if self.pooled else ""

    @property
    def rule(self) -> str:
        """ "consensus", "median", "mean", or "" when all abstained."""
        if self.consensus is not None:
            return "consensus"
        return self.pooled.rule.value if self.pooled else ""

    @property
    def range_text(self) -> str:
        """ "2 to 5", "3" when all agree."""
        if self.pooled is None:
            return ""
        return (
            f"{self.pooled.lowest} to {self.pooled.highest}"
            if self.pooled.spread
            else str(self.pooled.lowest)
        )


@dataclass(frozen=True)
class Figure:
    """An agreement figure for people: `text` with three decimals, "" where undefined, then `reason` says why."""

    code: str
    name: str
    what: str
    found: Agreement

    @property
    def text(self) -> str:
        """The figure, "" where it is undefined."""
        return "" if self.found.value is None else decimal_text(self.found.value, 3)


@dataclass(frozen=True)
class Opinions:
    """Everything submitted on a scorecard; cells with the widest spread first."""

    evaluators: tuple[str, ...]
    cells: tuple[JudgedCell, ...]
    figures: tuple[Figure, ...]

    @property
    def word(self) -> Word:
        """What the agreement allows, by alpha."""
        return self.figures[0].found.word

    @property
    def to_talk_about(self) -> int:
        """Cells that call for a talk."""
        return sum(cell.talk for cell in self.cells)


WORDS = {
    Word.GOOD: "Good agreement: the joined ratings can be relied on.",
    Word.TENTATIVE: "Tentative agreement: enough for careful conclusions.",
    Word.LOW: "Low agreement: talk about the widest differences before relying on the joined ratings.",
    Word.UNDEFINED: "Agreement cannot be told.",
}


def opinions_of(scorecard: Scorecard) -> Opinions:
    """What was submitted, for somebody who may read it; two queries."""
    return opinions(scorecard, submitted_ratings(scorecard), list(consensus_list(scorecard)))


def opinions(scorecard: Scorecard, ratings: Sequence[Rating], agreed: Sequence[Consensus]) -> Opinions:
    """The same from rows that were read already (`agreed` newest first)."""
    leaves = {leaf.code: leaf for leaf in criteria_of(scorecard.framework).leaves}
    # a scorecard may have moved to a criteria set without a criterion that was rated
    ratings = [row for row in ratings if row.leaf in leaves]
    newest = newest_consensus(row for row in agreed if row.leaf in leaves)
    by_cell: dict[tuple[int, str], list[Rating]] = defaultdict(list)
    for rating in ratings:
        by_cell[rating.candidate_id, rating.leaf].append(rating)
    cells = []
    for key in {
        **by_cell,
        **{key: () for key, row in newest.items() if row.level is not None and key not in by_cell},
    }:
        said = tuple(by_cell.get(key, ()))
        levels = [rating.level for rating in said if rating.level is not None]
        agreement = newest.get(key)
        agreement = agreement if agreement is not None and agreement.level is not None else None
        candidate = said[0].candidate if said else newest[key].candidate
        cells.append(JudgedCell(candidate, leaves[key[1]], said, pool(levels) if levels else None, agreement))
    order = {code: place for place, code in enumerate(leaves)}
    cells.sort(
        key=lambda cell: (-_spread(cell), str(cell.candidate), order[cell.leaf.code], cell.candidate.pk)
    )
    people = {rating.invitation_id: rating.invitation.evaluator.name for rating in ratings}
    return Opinions(tuple(people.values()), tuple(cells), agreement_figures(ratings))


def _spread(cell: JudgedCell) -> int:
    return cell.pooled.spread if cell.pooled else -1


def agreement_figures(ratings: Sequence[Rating]) -> tuple[Figure, ...]:
    """Krippendorff's alpha first, then Kendall's W and ICC(2,k), over every cell as one thing rated."""
    people = list(dict.fromkeys(rating.invitation_id for rating in ratings))
    things = list(dict.fromkeys((rating.candidate_id, rating.leaf) for rating in ratings))
    given = {(rating.invitation_id, rating.candidate_id, rating.leaf): rating.level for rating in ratings}
    table = [[given.get((person, *thing)) for thing in things] for person in people]
    return (
        Figure("alpha", "Agreement", "Krippendorff's alpha, ordinal: 1 is full agreement, 0 is chance", krippendorff_alpha(table)),
        Figure("kendall_w", "Same order", "Kendall's W, corrected for ties: 1 is the same order for everybody", kendall_w(table)),
        Figure("icc_2k", "Reliability of the mean", "ICC(2,k): how far the mean of other such people would be the same", intraclass_correlation(table)),
    )  # fmt: skip


# Everybody's own ranking ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Where one candidate stands in one ranking. `rank` is None outside it, `score` "" when nothing is known."""

    rank: int | None
    tied: bool
    score: str

    @property
    def label(self) -> str:
        """ "2", "=1" for a tie, "–" without a rank."""
        if self.rank is None:
            return "–"
        return f"={self.rank}" if self.tied else str(self.rank)


@dataclass(frozen=True)
class RankingRow:
    """One candidate in the official ranking and in everybody's own."""

    candidate_id: str
    name: str
    official: Place
    own: tuple[Place, ...]


@dataclass(frozen=True)
class OwnRankings:
    """The official ranking beside each person's own. Rows in the official order; columns follow `evaluators`."""

    run_id: str
    run_number: int
    evaluators: tuple[str, ...]
    rows: tuple[RankingRow, ...]


def own_rankings(scorecard: Scorecard, ratings: Sequence[Rating]) -> OwnRankings:
    """The published calculation added up again with each person's ratings in the place of what was joined or agreed.

    What a person did not rate stays as published. Raises Conflict before the first calculation.
    """
    board = current_board(scorecard)
    settings = fit_settings(scorecard.organization)
    people = {rating.invitation_id: rating.invitation.evaluator.name for rating in ratings}
    official = _places(board, board.cells)
    own = [
        _places(board, with_levels(board, _levels_of(ratings, invitation), settings)) for invitation in people
    ]
    rows = tuple(
        RankingRow(standing.public_id, standing.name, official[row], tuple(places[row] for places in own))
        for row, standing in enumerate(board.standings)
    )
    return OwnRankings(str(board.run.public_id), board.run.number, tuple(people.values()), rows)


def own_rankings_or_none(scorecard: Scorecard, ratings: Sequence[Rating]) -> OwnRankings | None:
    """The same; None before the first calculation or while nobody has rated."""
    if not ratings:
        return None
    try:
        return own_rankings(scorecard, ratings)
    except Conflict:
        return None


def _levels_of(ratings: Sequence[Rating], invitation: int) -> dict[tuple[int, str], int]:
    return {
        (rating.candidate_id, rating.leaf): rating.level
        for rating in ratings
        if rating.invitation_id == invitation and rating.level is not None
    }


def with_levels(board: Board, levels: Mapping[tuple[int, str], int], settings: FitSettings) -> Cells:
    """The board's cells with single levels in the place of what they hold; not applicable stays so."""
    columns = {code: column for column, code in enumerate(board.codes)}
    rows = {standing.id: row for row, standing in enumerate(board.standings)}
    leaves = {leaf.code: leaf for leaf in board.framework.leaves}
    changed = {name: table.copy() for name, table in board.cells.numbers.items()}
    state = board.cells.state.copy()
    for (candidate, code), level in levels.items():
        row, column = rows.get(candidate), columns.get(code)
        if row is None or column is None or state[row, column] == CellState.NOT_APPLICABLE:
            continue
        cell = judged_cell(leaves[code].value_function, settings, Judgement((level,), None, ()))
        if cell is None:
            continue
        for name, table in changed.items():
            table[row, column] = getattr(cell, name)
        state[row, column] = CellState.KNOWN
    return replace(board.cells, **changed, state=np.ascontiguousarray(state))


def _places(board: Board, cells: Cells) -> list[Place]:
    """Every row's place when the board is added up with these cells."""
    scores = board.scores(cells=cells)
    ranking = board.ranking(scores)
    places = []
    for row in range(len(board.standings)):
        ranked = ranking.standing[row] is Standing.RANKED
        text = (
            score_text(int(scores.numerator[row]), int(scores.denominator[row]))
            if scores.has_score[row]
            else ""
        )
        places.append(
            Place(int(ranking.rank[row]) if ranked else None, ranked and bool(ranking.tied[row]), text)
        )
    return places
