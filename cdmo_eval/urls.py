"""Every address of the product."""

from django.urls import include, path

from cdmo_eval.http import health, metrics

urlpatterns = [
    path("health/live/", health.live, name="health_live"),
    path("health/ready/", health.ready, name="health_ready"),
    path("metrics", metrics.metrics, name="metrics"),
    path("accounts/", include("allauth.urls")),
    path("api/", include("cdmo_eval.api_urls")),
    path("vendors/", include("vendors.urls")),
    path("evidence/", include("vendors.ledger_urls")),
    path("", include("cdmo_eval.http.page_urls")),
    path("", include("scorecards.urls")),
]

handler400 = "cdmo_eval.http.problems.forbidden"
handler403 = "cdmo_eval.http.problems.forbidden"
handler404 = "cdmo_eval.http.problems.not_found"
handler500 = "cdmo_eval.http.problems.server_error"
