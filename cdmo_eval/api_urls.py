"""Every address below /api/."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from cdmo_eval.http.api_page import ApiPage
from cdmo_eval.http.schema import KeptDocument

app_resources = [
    path("", include("cdmo_eval.http.core_api.urls")),
    path("", include("vendors.api.urls")),
    path("", include("scorecards.api.urls")),
]

urlpatterns = [
    path("v1/", include(app_resources)),
    path("schema/", SpectacularAPIView.as_view(generator_class=KeptDocument), name="schema"),
    path("docs/", ApiPage.as_view(), name="api-docs"),
]
