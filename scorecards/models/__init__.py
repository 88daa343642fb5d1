"""The scorecards app's tables."""

from scorecards.models.candidate import Candidate, SupplyLine
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

__all__ = [
    "Candidate",
    "CellsVersion", "DirtyRow", "Framework", "GateWaiver", "Program", "Result", "ResultCells", "ResultHistory", "Run",
    "Scorecard", "ScorecardChoice", "ScorecardGate", "ScorecardState", "SupplyLine",
]  # fmt: skip
