"""Programmes, scorecards and what they say on the feed of changes."""

from django.db import migrations

from cdmo_eval.core.delta_feed import DeltaFeed
from scorecards.results_feed import ResultsFeed


class Migration(migrations.Migration):
    dependencies = [("core", "0004_events"), ("scorecards", "0011_exports")]

    operations = [
        DeltaFeed("Framework", "framework"),
        DeltaFeed("Program", "program"),
        DeltaFeed("vendors.ExternalId", "program", of="program_id", parent="Program"),
        DeltaFeed("Candidate", "candidate"),
        DeltaFeed("SupplyLine", "candidate", of="candidate"),
        DeltaFeed("Scorecard", "scorecard"),
        DeltaFeed("ScorecardChoice", "scorecard", of="scorecard"),
        DeltaFeed("ScorecardGate", "scorecard", of="scorecard"),
        DeltaFeed("vendors.ExternalId", "scorecard", of="scorecard_id", parent="Scorecard"),
        DeltaFeed("GateWaiver", "waiver", scorecard=["gate", "scorecard"]),
        DeltaFeed("WeightSet", "weight_set", scorecard=["scorecard"]),
        DeltaFeed("Run", "run", scorecard=["scorecard"]),
        DeltaFeed("Snapshot", "snapshot", scorecard=["scorecard"]),
        DeltaFeed("Proposal", "proposal", commercial=True),
        DeltaFeed("ProposalLine", "proposal", of="proposal", commercial=True),
        DeltaFeed("ProposalWithdrawal", "proposal", of="proposal", commercial=True),
        DeltaFeed("ExchangeRate", "rate", commercial=True),
        DeltaFeed("Questionnaire", "questionnaire"),
        DeltaFeed("QuestionnaireQuestion", "questionnaire", of="questionnaire"),
        DeltaFeed("QuestionnaireCopy", "questionnaire", of="questionnaire"),
        DeltaFeed("Shortlist", "shortlist"),
        DeltaFeed("ShortlistItem", "shortlist", of="shortlist"),
        DeltaFeed("ShortlistRemark", "shortlist", of="shortlist"),
        DeltaFeed("ConflictDeclaration", "shortlist", of="shortlist"),
        DeltaFeed("ShortlistDecision", "shortlist", of="shortlist"),
        ResultsFeed("Result", "result"),
        ResultsFeed("ResultCells", "leaves", differs="n.facts_digest IS DISTINCT FROM o.facts_digest"),
    ]
