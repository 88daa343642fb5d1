"""`scorecards/{id}/export/{csv, xlsx}/`: the ranking as a file."""

from typing import ClassVar
from uuid import UUID

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.policies import Permission
from cdmo_eval.http.api import ScopedView
from scorecards.exports import CONTENT_TYPES, ranking_response


class ExportView(ScopedView, APIView):
    """A download; the same file as on the page."""

    reading = "scores:read"
    read_permission = Permission.EXPORT
    throttle_kind = "heavy"
    parameters: ClassVar[dict[str, str]] = {"bom": "`true`: CSV with a byte order mark."}

    @extend_schema(
        operation_id="scorecards_export",
        parameters=[
            OpenApiParameter("scorecard_id", OpenApiTypes.UUID, OpenApiParameter.PATH),
            OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=list(CONTENT_TYPES)),
        ],
        responses={(200, kind.partition(";")[0]): OpenApiTypes.BINARY for kind in CONTENT_TYPES.values()},
    )
    def get(self, request: Request, scorecard_id: UUID, kind: str) -> StreamingHttpResponse:
        """The ranking as CSV or XLSX; 409 before the first calculation."""
        if kind not in CONTENT_TYPES:
            raise NotFound("There is no such file.")
        mark = request.query_params.get("bom", "false")
        if mark not in {"true", "false"}:
            raise ValidationError({"bom": [ErrorDetail("Give true or false.", "invalid")]})
        return ranking_response(self.actor, scorecard_id, kind, now=self.now, mark=mark == "true")
