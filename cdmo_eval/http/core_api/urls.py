"""Addresses below /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from cdmo_eval.http.core_api.audit import AuditViews
from cdmo_eval.http.core_api.audit_chain import AuditChainView
from cdmo_eval.http.core_api.changes import ChangesView
from cdmo_eval.http.core_api.jobs import JobViews
from cdmo_eval.http.core_api.me import MeView
from cdmo_eval.http.core_api.members import MemberViews
from cdmo_eval.http.core_api.notifications import NotificationSettingsView, NotificationViews
from cdmo_eval.http.core_api.retention import AccessViews, HoldViews, RetentionView
from cdmo_eval.http.core_api.tokens import TokenViews
from cdmo_eval.http.core_api.webhooks import DeliveryViews, WebhookViews

router = SimpleRouter(use_regex_path=False)
router.register("organization/members", MemberViews, basename="api-members")
router.register("tokens", TokenViews, basename="api-tokens")
router.register("jobs", JobViews, basename="api-jobs")
router.register("audit", AuditViews, basename="api-audit")
router.register("webhooks", WebhookViews, basename="api-webhooks")
router.register("notifications", NotificationViews, basename="api-notifications")
router.register("legal-holds", HoldViews, basename="api-legal-holds")

urlpatterns = [
    path("me/", MeView.as_view(), name="api-me"),
    path("audit/chain/", AuditChainView.as_view(), name="api-audit-chain"),
    path("notification-settings/", NotificationSettingsView.as_view(), name="api-notification-settings"),
    path("organization/retention/", RetentionView.as_view(), name="api-retention"),
    path("organization/access/", AccessViews.as_view({"get": "list"}), name="api-access"),
    path("changes/", ChangesView.as_view(), name="api-delta-feed"),
    path(
        "webhooks/<uuid:webhook_id>/deliveries/",
        DeliveryViews.as_view({"get": "list"}),
        name="api-webhook-deliveries",
    ),
    path(
        "webhooks/<uuid:webhook_id>/deliveries/<uuid:id>/",
        DeliveryViews.as_view({"get": "retrieve"}),
        name="api-webhook-delivery",
    ),
    path(
        "webhooks/<uuid:webhook_id>/deliveries/<uuid:id>/redeliver/",
        DeliveryViews.as_view({"post": "redeliver"}),
        name="api-webhook-redeliver",
    ),
    *router.urls,
]
