"""Addresses below /api/v1/."""

from typing import Any

from django.urls import path
from rest_framework.routers import SimpleRouter

from scorecards.api.candidates import CandidateViews
from scorecards.api.catalogue import ArchetypeViews, CriterionViews, MustHaveViews
from scorecards.api.comparison import CompareViews
from scorecards.api.decisions import (
    DecisionViews,
    ScorecardPairViews,
    ShortlistPairViews,
    SignatureViews,
    SupersedeViews,
)
from scorecards.api.evaluators import (
    AgreementView,
    ConsensusViews,
    InvitationViews,
    OwnRankingsView,
    RatingSheetViews,
)
from scorecards.api.exchange_rates import RateViews
from scorecards.api.exports import ExportView, ExportViews
from scorecards.api.firmness import NextQuestionViews, SensitivityViews
from scorecards.api.frameworks import FrameworkViews, ScorecardFrameworkViews
from scorecards.api.history import ChangeViews, HistoryViews, VendorScoreViews
from scorecards.api.leaves import LeafViews
from scorecards.api.preregistration import PreregistrationViews
from scorecards.api.price_front import PriceFrontViews
from scorecards.api.programs import ProgramViews
from scorecards.api.proposals import ProposalComparisonViews, ProposalViews
from scorecards.api.questionnaires import (
    AnswerViews,
    CopyViews,
    QuestionnaireViews,
    ReviewViews,
    WorkbookViews,
)
from scorecards.api.ratings import RatingViews
from scorecards.api.results import ResultViews
from scorecards.api.robustness import RobustnessViews
from scorecards.api.runs import AnyRunViews, RunViews
from scorecards.api.scorecards import ScorecardViews
from scorecards.api.scoring_defaults import ScoringViews
from scorecards.api.second_opinions import SecondOpinionViews
from scorecards.api.shortlists import (
    CommentViews,
    DeclarationViews,
    FunnelViews,
    ItemViews,
    ShortlistViews,
)
from scorecards.api.snapshots import ScorecardSnapshotViews, SnapshotViews
from scorecards.api.waivers import WaiverViews
from scorecards.api.weight_sets import WeightRankingViews, WeightSetViews, WeightViews
from scorecards.api.what_if import WhatIfViews

router = SimpleRouter(use_regex_path=False)
router.register("frameworks", FrameworkViews, basename="api-frameworks")
router.register("programs", ProgramViews, basename="api-programs")
router.register("candidates", CandidateViews, basename="api-candidates")
router.register("proposals", ProposalViews, basename="api-proposals")
router.register("rates", RateViews, basename="api-rates")
router.register("scorecards", ScorecardViews, basename="api-scorecards")
router.register("ratings", RatingViews, basename="api-ratings")
router.register("questionnaires", QuestionnaireViews, basename="api-questionnaires")
router.register("shortlists", ShortlistViews, basename="api-shortlists")
router.register("runs", AnyRunViews, basename="api-any-runs")
router.register("snapshots", SnapshotViews, basename="api-snapshots")
router.register("exports", ExportViews, basename="api-exports")

READ: Any = {"get": "list"}
ONE: Any = {"get": "retrieve"}
OF = "scorecards/<uuid:scorecard_id>"
LISTED = "shortlists/<uuid:shortlist_id>"
COPIES = "questionnaires/<uuid:questionnaire_id>/copies"

urlpatterns = [
    path(
        "organization/scoring/",
        ScoringViews.as_view({**ONE, "patch": "partial_update"}),
        name="api-organization-scoring",
    ),
    path("criteria/", CriterionViews.as_view(READ), name="api-criteria"),
    path("must-haves/", MustHaveViews.as_view(READ), name="api-must-haves"),
    path("archetypes/", ArchetypeViews.as_view(READ), name="api-archetypes"),
    path("archetypes/<str:code>/", ArchetypeViews.as_view(ONE), name="api-archetype"),
    path(f"{OF}/results/", ResultViews.as_view(READ), name="api-results"),
    path(f"{OF}/results/<uuid:id>/", ResultViews.as_view(ONE), name="api-result"),
    path(f"{OF}/leaves/", LeafViews.as_view(READ), name="api-leaves"),
    path(f"{OF}/compare/", CompareViews.as_view(ONE), name="api-compare"),
    path(f"{OF}/price-front/", PriceFrontViews.as_view(ONE), name="api-price-front"),
    path(
        "programs/<uuid:program_id>/proposal-comparison/",
        ProposalComparisonViews.as_view(READ),
        name="api-proposal-comparison",
    ),
    path(f"{OF}/history/", HistoryViews.as_view(READ), name="api-history"),
    path(f"{OF}/changes/", ChangeViews.as_view(ONE), name="api-changes"),
    path("vendors/<uuid:id>/scores/", VendorScoreViews.as_view(ONE), name="api-vendor-scores"),
    path(f"{OF}/runs/", RunViews.as_view(READ), name="api-runs"),
    path(f"{OF}/runs/<uuid:id>/", RunViews.as_view(ONE), name="api-run"),
    path(
        f"{OF}/framework/",
        ScorecardFrameworkViews.as_view({"post": "create"}),
        name="api-scorecard-framework",
    ),
    path(f"{OF}/second-opinions/", SecondOpinionViews.as_view(ONE), name="api-second-opinions"),
    path(
        f"{OF}/snapshots/",
        ScorecardSnapshotViews.as_view({**READ, "post": "create"}),
        name="api-scorecard-snapshots",
    ),
    path(f"{OF}/invitations/", InvitationViews.as_view({**READ, "post": "create"}), name="api-invitations"),
    path(
        f"{OF}/invitations/<uuid:id>/",
        InvitationViews.as_view({**ONE, "patch": "partial_update"}),
        name="api-invitation",
    ),
    path(
        f"{OF}/invitations/<uuid:id>/submit/",
        InvitationViews.as_view({"post": "submit"}),
        name="api-invitation-submit",
    ),
    path(
        f"{OF}/invitations/<uuid:id>/withdraw/",
        InvitationViews.as_view({"post": "withdraw"}),
        name="api-invitation-withdraw",
    ),
    path(
        f"{OF}/invitations/<uuid:id>/sheet/",
        RatingSheetViews.as_view({**ONE, "post": "create"}),
        name="api-rating-sheet",
    ),
    path(f"{OF}/consensus/", ConsensusViews.as_view({**READ, "post": "create"}), name="api-consensus"),
    path(f"{OF}/consensus/<uuid:id>/", ConsensusViews.as_view(ONE), name="api-consensus-one"),
    path(f"{OF}/agreement/", AgreementView.as_view(ONE), name="api-agreement"),
    path(f"{OF}/evaluator-rankings/", OwnRankingsView.as_view(ONE), name="api-evaluator-rankings"),
    path(f"{OF}/sensitivity/", SensitivityViews.as_view(ONE), name="api-sensitivity"),
    path(f"{OF}/what-if/", WhatIfViews.as_view({"post": "create"}), name="api-what-if"),
    path(f"{OF}/next-questions/", NextQuestionViews.as_view(ONE), name="api-next-questions"),
    path(
        f"{OF}/robustness/",
        RobustnessViews.as_view({**ONE, "post": "create", "delete": "destroy"}),
        name="api-robustness",
    ),
    path(f"{OF}/waivers/", WaiverViews.as_view({**READ, "post": "create"}), name="api-waivers"),
    path(f"{OF}/waivers/<uuid:id>/", WaiverViews.as_view(ONE), name="api-waiver"),
    path(
        f"{OF}/waivers/<uuid:id>/approve/",
        WaiverViews.as_view({"post": "approve"}),
        name="api-waiver-approve",
    ),
    path(
        f"{OF}/waivers/<uuid:id>/revoke/", WaiverViews.as_view({"post": "revoke"}), name="api-waiver-revoke"
    ),
    path(f"{OF}/export/<str:kind>/", ExportView.as_view(), name="api-scorecard-export"),
    path(f"{OF}/weights/", WeightViews.as_view({**ONE, "post": "set_one"}), name="api-weights"),
    path(f"{OF}/weights/confirm/", WeightViews.as_view({"post": "confirm"}), name="api-weights-confirm"),
    path(f"{OF}/weight-sets/", WeightSetViews.as_view({**READ, "post": "create"}), name="api-weight-sets"),
    path(f"{OF}/weight-sets/rankings/", WeightRankingViews.as_view(ONE), name="api-weight-rankings"),
    path(
        f"{OF}/weight-sets/<uuid:id>/",
        WeightSetViews.as_view({**ONE, "patch": "partial_update", "delete": "destroy"}),
        name="api-weight-set",
    ),
    path(
        f"{OF}/weight-sets/<uuid:id>/put-in-force/",
        WeightSetViews.as_view({"post": "force"}),
        name="api-weight-set-force",
    ),
    path(f"{OF}/preregistration/", PreregistrationViews.as_view(ONE), name="api-preregistration"),
    path(
        f"{OF}/preregistration/hide/",
        PreregistrationViews.as_view({"post": "hide"}),
        name="api-preregistration-hide",
    ),
    path(
        f"{OF}/preregistration/show/",
        PreregistrationViews.as_view({"post": "show_scores"}),
        name="api-preregistration-show",
    ),
    path(
        f"{OF}/preregistration/lock/",
        PreregistrationViews.as_view({"post": "lock"}),
        name="api-preregistration-lock",
    ),
    path(f"{COPIES}/", CopyViews.as_view(READ), name="api-questionnaire-copies"),
    path(
        f"{COPIES}/<uuid:id>/",
        CopyViews.as_view({**ONE, "patch": "partial_update"}),
        name="api-questionnaire-copy",
    ),
    path(
        f"{COPIES}/<uuid:id>/withdraw/",
        CopyViews.as_view({"post": "withdraw"}),
        name="api-questionnaire-copy-withdraw",
    ),
    path(
        f"{COPIES}/<uuid:id>/answers/",
        AnswerViews.as_view({**ONE, "post": "create"}),
        name="api-questionnaire-answers",
    ),
    path(
        f"{COPIES}/<uuid:id>/sheet/",
        WorkbookViews.as_view({**ONE, "post": "create"}),
        name="api-questionnaire-sheet",
    ),
    path(
        f"{COPIES}/<uuid:id>/review/",
        ReviewViews.as_view({"post": "create"}),
        name="api-questionnaire-review",
    ),
    path(f"{OF}/pairs/", ScorecardPairViews.as_view(ONE), name="api-scorecard-pairs"),
    path(f"{LISTED}/items/", ItemViews.as_view({**READ, "post": "create"}), name="api-shortlist-items"),
    path(
        f"{LISTED}/items/<uuid:id>/",
        ItemViews.as_view({"patch": "partial_update", "delete": "destroy"}),
        name="api-shortlist-item",
    ),
    path(
        f"{LISTED}/comments/",
        CommentViews.as_view({**READ, "post": "create"}),
        name="api-shortlist-comments",
    ),
    path(
        f"{LISTED}/declarations/",
        DeclarationViews.as_view({**READ, "post": "create"}),
        name="api-shortlist-declarations",
    ),
    path(f"{LISTED}/funnel/", FunnelViews.as_view(READ), name="api-shortlist-funnel"),
    path(f"{LISTED}/pairs/", ShortlistPairViews.as_view(ONE), name="api-shortlist-pairs"),
    path(f"{LISTED}/decision/", DecisionViews.as_view(ONE), name="api-shortlist-decision"),
    path(
        f"{LISTED}/signatures/",
        SignatureViews.as_view({**READ, "post": "create"}),
        name="api-shortlist-signatures",
    ),
    path(f"{LISTED}/supersede/", SupersedeViews.as_view({"post": "create"}), name="api-shortlist-supersede"),
    *router.urls,
]
