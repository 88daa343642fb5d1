"""The scorecards app's tables."""

from scorecards.models.candidate import Candidate, SupplyLine
from scorecards.models.evaluation import Consensus, Invitation, InvitedCandidate, Rating
from scorecards.models.export import Export, ExportFormat, ExportKind, ExportPart
from scorecards.models.framework import Framework
from scorecards.models.program import Program
from scorecards.models.proposal import ExchangeRate, Proposal, ProposalLine, ProposalWithdrawal
from scorecards.models.questionnaire import (
    Questionnaire,
    QuestionnaireAnswer,
    QuestionnaireCopy,
    QuestionnaireItem,
    QuestionnaireQuestion,
    QuestionnaireReview,
)
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
from scorecards.models.shortlist import (
    ConflictDeclaration,
    Shortlist,
    ShortlistDecision,
    ShortlistItem,
    ShortlistRemark,
)
from scorecards.models.simulation import Simulation
from scorecards.models.snapshot import ConsistencyFinding, Snapshot, SnapshotContent
from scorecards.models.weighting import Preregistration, RulesChange, WeightSet

__all__ = [
    "Candidate", "CellsVersion", "ConflictDeclaration", "Consensus", "ConsistencyFinding", "DirtyRow", "ExchangeRate", "Export", "ExportFormat", "ExportKind", "ExportPart", "Framework", "GateWaiver", "Invitation", "InvitedCandidate",
    "Preregistration", "Program", "Proposal", "ProposalLine", "ProposalWithdrawal",
    "Questionnaire", "QuestionnaireAnswer", "QuestionnaireCopy", "QuestionnaireItem", "QuestionnaireQuestion", "QuestionnaireReview",
    "Rating", "Result", "ResultCells", "ResultHistory", "RulesChange", "Run",
    "Scorecard", "ScorecardChoice", "ScorecardGate", "ScorecardState", "Shortlist", "ShortlistDecision", "ShortlistItem", "ShortlistRemark",
    "Simulation", "Snapshot", "SnapshotContent", "SupplyLine", "WeightSet",
]  # fmt: skip
