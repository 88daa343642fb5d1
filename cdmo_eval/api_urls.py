"""Every address below /api/."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from cdmo_eval.http.api_page import ApiPage

app_resources = [
    path("", include("cdmo_eval.http.core_api.urls")),
    path("", include("vendors.api.urls")),
    path("", include("scorecards.api.urls")),
]

urlpatterns = [
    path("v1/", include(app_resources)),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", ApiPage.as_view(), name="api-docs"),
]
