"""Every address below /api/."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

app_resources = [
    path("", include("cdmo_eval.http.core_api.urls")),
    path("", include("vendors.api.urls")),
    path("", include("scorecards.api.urls")),
]

urlpatterns = [
    path("v1/", include(app_resources)),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(template_name="api_docs.html"), name="api-docs"),
]
