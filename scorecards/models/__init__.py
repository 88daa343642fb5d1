"""The scorecards app's tables."""

from scorecards.models.candidate import Candidate, SupplyLine
from scorecards.models.evaluation import Consensus, Invitation, InvitedCandidate, Rating
from scorecards.models.framework import Framework
from scorecards.models.program import Program
from scorecards.models.result import (
    CellsVersion,
    DirtyRow,
    Result,
    ResultCells,
    ResultHistory,
    Run,
    ScorecardState,
)
from scorecards.models.scorecard import GateWaiver, Scorecard, ScorecardChoice, ScorecardGate
from scorecards.models.simulation import Simulation
from scorecards.models.snapshot import ConsistencyFinding, Snapshot, SnapshotContent
from scorecards.models.weighting import Preregistration, RulesChange, WeightSet

__all__ = [
    "Candidate", "CellsVersion", "Consensus", "ConsistencyFinding", "DirtyRow", "Framework", "GateWaiver", "Invitation", "InvitedCandidate", "Preregistration", "Program",
    "Rating", "Result", "ResultCells", "ResultHistory", "RulesChange", "Run",
    "Scorecard", "ScorecardChoice", "ScorecardGate", "ScorecardState", "Simulation", "Snapshot", "SnapshotContent", "SupplyLine", "WeightSet",
]  # fmt: skip
