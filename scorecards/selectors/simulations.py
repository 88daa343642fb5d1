"""Simulated cases as people and programs read them: the chance of each rank, and whether anyone could win."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import OuterRef, Subquery

from cdmo_eval.core.models import Job, Organization
from cdmo_eval.core.models.job import OPEN
from scorecards.engine import ENGINE_VERSION
from scorecards.engine.digest import canonical_digest
from scorecards.engine.draws import CellModel, Models, WeightModel
from scorecards.engine.robustness import DRAWS, Problem, Tally
from scorecards.models import Candidate, Run, Scorecard, Simulation
from scorecards.scoring_defaults import scoring_defaults
from scorecards.selectors.board import Board, Standing
from scorecards.selectors.firmness import Field

KIND = "robustness"
SEED = 20_260_101
"""The seed unless another one is asked for: any number would do, the same one makes two days comparable."""
ANY_WEIGHTS = Models(weights=WeightModel.UNIFORM, cells=CellModel.FIXED)
CLOSE, CLEAR = 60, 90
TOO_CLOSE = "too close to call"


@dataclass(frozen=True)
class Request:
    """What is to be simulated."""

    models: Models = field(default_factory=Models)
    draws: int = DRAWS
    seed: int = SEED

    def assumptions(self) -> dict[str, Any]:
        """As kept and shown: only what the models use."""
        kept = {name: getattr(value, "value", value) for name, value in asdict(self.models).items()}
        if self.models.weights is not WeightModel.DIRICHLET:
            del kept["concentration"]
        if self.models.weights is not WeightModel.BAND:
            del kept["band"]
        return kept

    def key(self, input_digest: str) -> str:
        """The digest under which the answer is kept: the calculation's input, the seed, the models and how many cases."""
        return canonical_digest(
            {
                "engine": ENGINE_VERSION, "numpy": np.__version__, "input": input_digest, "seed": str(self.seed),
                "draws": self.draws, "models": self.assumptions(),
            }
        )  # fmt: skip


def usual_request(organization: Organization) -> Request:
    """What is simulated unless somebody asks otherwise: the product's models, as many cases as the organisation decided."""
    return Request(draws=scoring_defaults(organization.settings).draws)


def request_of(simulation: Simulation) -> Request:
    """What a kept simulation simulates."""
    kept = simulation.assumptions
    options = {name: kept[name] for name in ("concentration", "band") if name in kept}
    return Request(
        Models(WeightModel(kept["weights"]), CellModel(kept["cells"]), **options), simulation.draws, simulation.seed
    )  # fmt: skip


def problems_of(ranked: Field, request: Request) -> tuple[Problem, Problem]:
    """What is to be counted: with the uncertainty asked for, and with all possible weights over the values as they count.

    Raises EngineError when nobody is ranked.
    """
    board, rows = ranked.board, list(ranked.rows)
    numbers = {name: table[rows] for name, table in board.cells.numbers.items()}
    cells = type(board.cells)(**numbers, state=board.cells.state[rows])
    return tuple(  # type: ignore[return-value]
        Problem(
            cells, board.weights, board.groups, [standing.public_id for standing in ranked.standings], board.policy, models,
            request.seed, request.draws,
        )
        for models in (request.models, ANY_WEIGHTS)
    )  # fmt: skip


@dataclass(frozen=True)
class RankChances:
    """One candidate over all simulated cases. Shares are parts per million; texts have two decimals."""

    standing: Standing
    rank: int
    ranks_ppm: tuple[int, ...]
    first_ppm: int
    top3_ppm: int
    standard_error: str
    expected_rank: str
    rank_5: int | None
    rank_95: int | None
    any_first_ppm: int
    central_weights: dict[str, str] | None
    any_central_weights: dict[str, str] | None


@dataclass(frozen=True)
class Chances:
    """A finished simulation over the candidates in the order of the ranking at the time it was counted."""

    simulation: Simulation
    request: Request
    rows: tuple[RankChances, ...]
    pairwise: tuple[tuple[int, ...], ...]
    current: bool

    @cached_property
    def favourite(self) -> RankChances:
        """Who is first most often; of several the one ranked higher."""
        return max(self.rows, key=lambda row: (row.first_ppm, -row.rank))

    @property
    def leader(self) -> RankChances:
        """Who leads the ranking."""
        return self.rows[0]

    @property
    def verdict(self) -> str:
        """How firm first place is, in words."""
        return verdict_of(percent(self.leader.first_ppm))


def verdict_of(share: int) -> str:
    """How firm first place is, in words, by the leader's share of simulated cases in whole percent."""
    return "clear first" if share >= CLEAR else "ahead" if share >= CLOSE else TOO_CLOSE


@dataclass(frozen=True)
class FirstPlace:
    """In how many of the simulated cases of the published calculation its leader is first."""

    share: int
    cases: int

    @property
    def verdict(self) -> str:
        """That in words."""
        return verdict_of(self.share)


def first_place(scorecard: Scorecard, input_digest: str, leader: UUID) -> FirstPlace | None:
    """The leader's share of first places; None unless the newest simulation is of this very input. Two queries at most."""
    simulation = latest_finished(scorecard)
    if simulation is None or simulation.run.input_digest != input_digest:
        return None
    rows = Candidate.objects.for_organization(scorecard.organization).filter(public_id=leader)
    number = rows.values_list("pk", flat=True).first()
    if number not in simulation.candidates:
        return None
    return _place_of(simulation, number)


def first_places(organization: Organization, leaders: Mapping[int, int]) -> dict[int, FirstPlace]:
    """The leaders' shares of first places by scorecard, where the newest simulation is of what is published.

    `leaders`: candidate by scorecard. One query, and one more for each simulation this process has not read yet.
    """
    published = Run.objects.filter(pk=OuterRef("scorecard__state__last_run_id")).values("input_digest")
    rows = (
        Simulation.objects.for_organization(organization)
        .filter(scorecard_id__in=list(leaders), finished_at__isnull=False)
        .annotate(published=Subquery(published[:1]))
        .select_related("run")
        .defer("tally", "any_tally")
        .order_by("scorecard_id", "-finished_at", "-id")
        .distinct("scorecard_id")
    )
    return {
        simulation.scorecard_id: _place_of(simulation, leaders[simulation.scorecard_id])
        for simulation in rows
        if simulation.run.input_digest == simulation.published
        and leaders[simulation.scorecard_id] in simulation.candidates
    }


def _place_of(simulation: Simulation, candidate_id: int) -> FirstPlace:
    """One candidate's share of first places; unpacked once."""
    key = simulation.public_id
    if key not in _shares:
        if len(_shares) >= KEEP_SHARES:
            _shares.clear()
        tally = Tally.unpacked(bytes(simulation.tally or b""))
        _shares[key] = tally.cases, _ppm(tally.shares[:, 0])
    cases, shares = _shares[key]
    return FirstPlace(percent(shares[simulation.candidates.index(candidate_id)]), cases)


KEEP_SHARES = 256
_shares: dict[UUID, tuple[int, tuple[int, ...]]] = {}
"""Shares of first place of finished simulations, which never change: unpacking one of thousands of vendors takes long."""


def percent(ppm: int) -> int:
    """Parts per million as whole percent, half up, as shown."""
    return (ppm + 5_000) // 10_000


def find_simulation(scorecard: Scorecard, key: str) -> Simulation | None:
    """The simulation kept under a key."""
    rows = Simulation.objects.for_organization(scorecard.organization).filter(scorecard=scorecard, key=key)
    found: Simulation | None = rows.select_related("run").first()
    return found


def latest_finished(scorecard: Scorecard) -> Simulation | None:
    """The newest finished simulation, of whatever calculation: shown, labelled, until the present one is counted."""
    rows = Simulation.objects.for_organization(scorecard.organization).filter(scorecard=scorecard)
    found: Simulation | None = (
        rows.filter(finished_at__isnull=False).select_related("run").order_by("-finished_at", "-id").first()
    )
    return found


def open_job(scorecard: Scorecard) -> Job | None:
    """The job that counts for a scorecard now."""
    rows = Job.objects.for_organization(scorecard.organization).filter(
        kind=KIND, target_public_id=scorecard.public_id, state__in=OPEN
    )
    found: Job | None = rows.order_by("-id").first()
    return found


def latest_job(scorecard: Scorecard) -> Job | None:
    """The newest job of a scorecard, ended or not."""
    rows = Job.objects.for_organization(scorecard.organization).filter(
        kind=KIND, target_public_id=scorecard.public_id
    )
    found: Job | None = rows.order_by("-id").first()
    return found


def chances_of(simulation: Simulation, board: Board, *, current: bool) -> Chances:
    """A finished simulation, for the candidates that are still on the board.

    `current` says whether it is of the published calculation's input.
    """
    tally, any_tally = (
        Tally.unpacked(bytes(kept or b"")) for kept in (simulation.tally, simulation.any_tally)
    )
    by_id = {standing.id: standing for standing in board.standings}
    places = [place for place, candidate in enumerate(simulation.candidates) if candidate in by_id]
    shares, errors, means, ranges = (
        tally.shares,
        tally.standard_error(tally.first),
        tally.expected_rank,
        tally.rank_range(),
    )
    top3, any_first, central = tally.top(3), any_tally.first, tally.central_weights
    any_central = any_tally.central_weights
    codes = board.codes
    rows = tuple(
        RankChances(
            standing=by_id[simulation.candidates[place]], rank=place + 1, ranks_ppm=_ppm(shares[place]),
            first_ppm=_ppm([shares[place, 0]])[0], top3_ppm=_ppm([top3[place]])[0], standard_error=f"{errors[place] * 100:.2f}",
            expected_rank=f"{means[place]:.2f}", rank_5=None if ranges is None else int(ranges[place, 0]),
            rank_95=None if ranges is None else int(ranges[place, 1]), any_first_ppm=_ppm([any_first[place]])[0],
            central_weights=_named(codes, central[place]), any_central_weights=_named(codes, any_central[place]),
        )
        for place in places
    )  # fmt: skip
    pairs = [place for place in places if place < len(tally.wins)]
    pairwise = tuple(_ppm(tally.pairwise[place, pairs]) for place in pairs)
    return Chances(simulation, request_of(simulation), rows, pairwise, current)


def _named(codes: Sequence[str], weights: Any) -> dict[str, str] | None:
    if weights is None or len(weights) != len(codes):
        return None
    return {
        code: f"{weight * 100:.2f}" for code, weight in zip(codes, weights.tolist(), strict=True) if weight
    }


def _ppm(shares: Any) -> tuple[int, ...]:
    return tuple(int(part) for part in np.rint(np.asarray(shares, dtype=np.float64) * 1_000_000).tolist())
