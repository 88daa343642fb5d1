"""Weight sets of a scorecard, and the rankings that each of them gives on the same published cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from django.db.models import QuerySet

from scorecards.engine.display import percent_text
from scorecards.engine.elicitation import Method, elicit
from scorecards.engine.exact import PPM
from scorecards.engine.pairwise import Judgement, Pairwise
from scorecards.engine.ranks import Standing
from scorecards.engine.weights import WeightError, leaf_weights
from scorecards.frameworks import FrameworkError, weight_tree
from scorecards.frameworks.scales import names_of, sibling_sets
from scorecards.models import Run, Scorecard, WeightSet
from scorecards.selectors.board import Board, current_board
from scorecards.selectors.board import Standing as Candidate
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.weighting import aligned


@dataclass(frozen=True)
class Place:
    """Where one candidate stands under one weight set. `rank` is None when it is not ranked; texts have two decimals."""

    rank: int | None
    tied: bool
    score: str | None
    low: str
    high: str


@dataclass(frozen=True)
class RankingOf:
    """The ranking under one weight set; `weight_set` is None for the weights of the published calculation.

    `problem` says why there is none: weights that leave nothing to weigh for this programme.
    """

    weight_set: WeightSet | None
    places: tuple[Place, ...]
    leaders: tuple[Candidate, ...]
    problem: str = ""


@dataclass(frozen=True)
class Rankings:
    """All rankings side by side, candidates in the order of the published one. Places follow `candidates`.

    `leaders` lead under at least one set, `agreed` under every one; `spread` is by how many ranks the sets differ about
    each candidate, None where one of them does not rank it.
    """

    run: Run
    candidates: tuple[Candidate, ...]
    rankings: tuple[RankingOf, ...]
    leaders: tuple[Candidate, ...]
    agreed: tuple[Candidate, ...]
    spread: tuple[int | None, ...]


@dataclass(frozen=True)
class PairwiseCheck:
    """How consistent the pairwise comparison of some siblings is."""

    group: str
    pairwise: Pairwise
    names: Mapping[str, str]

    @property
    def consistency_ratio(self) -> str:
        """With four decimals."""
        return f"{float(self.pairwise.consistency_ratio):.4f}"

    @property
    def consistent(self) -> bool:
        """Whether the judgements contradict each other little enough."""
        return self.pairwise.consistent

    @property
    def inconsistent(self) -> tuple[Judgement, ...]:
        """The judgements that contradict the others most."""
        return self.pairwise.inconsistent

    @property
    def title(self) -> str:
        """What was compared, as people read it."""
        return self.names[self.group] if self.group else "the groups"

    @property
    def named(self) -> list[Judgement]:
        """The same judgements with names instead of codes."""
        return [
            replace(judgement, first=self.names[judgement.first], second=self.names[judgement.second])
            for judgement in self.inconsistent
        ]


def pairwise_checks(weight_set: WeightSet) -> list[PairwiseCheck]:
    """The consistency of every pairwise comparison kept in a weight set; criteria that are gone are left out."""
    criteria = criteria_of(weight_set.scorecard.framework)
    sets, names = sibling_sets(criteria), names_of(criteria)
    checks = []
    for node, given in weight_set.inputs.items():
        if given.get("method") != Method.PAIRWISE or node not in sets:
            continue
        try:
            found = elicit(sets[node], given).pairwise
        except WeightError:
            continue
        if found is not None:
            checks.append(PairwiseCheck(node, found, names))
    return checks


def weight_set_list(scorecard: Scorecard) -> QuerySet[WeightSet]:
    """The weight sets of a scorecard that are not archived: the one in force first, then by name."""
    rows: QuerySet[WeightSet] = WeightSet.objects.for_organization(scorecard.organization).active()
    return (
        rows.filter(scorecard=scorecard)
        .select_related("owner", "scorecard__framework", "scorecard__organization", "organization")
        .order_by("-in_force", "name", "id")
    )


def rankings_of(scorecard: Scorecard, sets: Sequence[WeightSet]) -> Rankings:
    """The published ranking and the one of each set, added up from the published cells; nothing is stored.

    Raises Conflict before the first calculation and while scores are hidden.
    """
    board = current_board(scorecard)
    found = [_ranking(board, None), *(_ranking(board, each) for each in sets)]
    solved = [each for each in found if not each.problem]
    ids = [{leader.id for leader in each.leaders} for each in solved]
    led, everywhere = set().union(*ids), ids[0].intersection(*ids)
    return Rankings(
        run=board.run, candidates=board.standings, rankings=tuple(found),
        leaders=tuple(each for each in board.standings if each.id in led),
        agreed=tuple(each for each in board.standings if each.id in everywhere),
        spread=tuple(_spread([each.places[row].rank for each in solved]) for row in range(len(board.standings))),
    )  # fmt: skip


def _ranking(board: Board, weight_set: WeightSet | None) -> RankingOf:
    weights = board.weights
    if weight_set is not None:
        try:
            known = aligned(board.framework, weight_set.points)
            points = {code: Fraction(text) for code, text in known.items()}
            tree = weight_tree(board.framework, points)
            weights = leaf_weights(tree, not_applicable=board.not_applicable.keys()).ppb
        except (WeightError, FrameworkError) as error:
            return RankingOf(weight_set, (), (), f"{error.name}: {error.message}")
    scores = board.scores(weights)
    ranking = board.ranking(scores)
    places, leaders = [], []
    for row, candidate in enumerate(board.standings):
        ranked = ranking.standing[row] is Standing.RANKED
        rank = int(ranking.rank[row]) if ranked else None
        if rank == 1:
            leaders.append(candidate)
        numerator, denominator = int(scores.numerator[row]), int(scores.denominator[row]) * PPM
        score = percent_text(numerator, denominator, decimals=2) if scores.has_score[row] else None
        low, high = (percent_text(int(part[row]), decimals=2) for part in (scores.low, scores.high))
        places.append(Place(rank, bool(ranked and ranking.tied[row]), score, low, high))
    return RankingOf(weight_set, tuple(places), tuple(leaders))


def _spread(ranks: Sequence[int | None]) -> int | None:
    known = [rank for rank in ranks if rank is not None]
    return max(known) - min(known) if known and len(known) == len(ranks) else None
