"""The page of the interface for programs: our guide on one page, every endpoint below it."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response


class ApiPage(SpectacularSwaggerSplitView):
    """The guide with this server's address and limits; the script of the part below comes from the same view."""

    template_name = "api_docs.html"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Public: it says how to call, not what is kept."""
        answer: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]  # the library's
        answer.data["limits"] = settings.THROTTLE_PER_MINUTE
        answer.data["base"] = request.build_absolute_uri("/api/v1")
        return answer
