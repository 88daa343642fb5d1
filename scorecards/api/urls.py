"""Addresses below /api/v1/."""

from typing import Any

from django.urls import path
from rest_framework.routers import SimpleRouter

from scorecards.api.candidates import CandidateViews
from scorecards.api.catalogue import ArchetypeViews, CriterionViews, FrameworkViews, MustHaveViews
from scorecards.api.exports import ExportView
from scorecards.api.leaves import LeafViews
from scorecards.api.programs import ProgramViews
from scorecards.api.results import ResultViews
from scorecards.api.runs import RunViews
from scorecards.api.scorecards import ScorecardViews
from scorecards.api.waivers import WaiverViews

router = SimpleRouter(use_regex_path=False)
router.register("frameworks", FrameworkViews, basename="api-frameworks")
router.register("programs", ProgramViews, basename="api-programs")
router.register("candidates", CandidateViews, basename="api-candidates")
router.register("scorecards", ScorecardViews, basename="api-scorecards")

READ: Any = {"get": "list"}
ONE: Any = {"get": "retrieve"}
OF = "scorecards/<uuid:scorecard_id>"

urlpatterns = [
    path("criteria/", CriterionViews.as_view(READ), name="api-criteria"),
    path("must-haves/", MustHaveViews.as_view(READ), name="api-must-haves"),
    path("archetypes/", ArchetypeViews.as_view(READ), name="api-archetypes"),
    path("archetypes/<str:code>/", ArchetypeViews.as_view(ONE), name="api-archetype"),
    path(f"{OF}/results/", ResultViews.as_view(READ), name="api-results"),
    path(f"{OF}/results/<uuid:id>/", ResultViews.as_view(ONE), name="api-result"),
    path(f"{OF}/leaves/", LeafViews.as_view(READ), name="api-leaves"),
    path(f"{OF}/runs/", RunViews.as_view(READ), name="api-runs"),
    path(f"{OF}/runs/<uuid:id>/", RunViews.as_view(ONE), name="api-run"),
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
    *router.urls,
]
