"""Addresses below /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from cdmo_eval.http.core_api.audit import AuditViews
from cdmo_eval.http.core_api.jobs import JobViews
from cdmo_eval.http.core_api.me import MeView
from cdmo_eval.http.core_api.members import MemberViews
from cdmo_eval.http.core_api.tokens import TokenViews

router = SimpleRouter(use_regex_path=False)
router.register("organization/members", MemberViews, basename="api-members")
router.register("tokens", TokenViews, basename="api-tokens")
router.register("jobs", JobViews, basename="api-jobs")
router.register("audit", AuditViews, basename="api-audit")

urlpatterns = [path("me/", MeView.as_view(), name="api-me"), *router.urls]
