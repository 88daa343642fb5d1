"""`exports/`: files made as recorded jobs; and `scorecards/{id}/export/{csv, xlsx}/`, a ranking at once."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.api import ApiViewSet, ScopedView
from cdmo_eval.http.core_api.jobs import JobOut
from cdmo_eval.http.fields import Code, PublicId, day, text
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.pagination import CursorPages
from cdmo_eval.http.serializers import Input, Output
from scorecards.exporting.writers import CONTENT_TYPES as TYPES
from scorecards.exports import CONTENT_TYPES, export_response, ranking_response
from scorecards.models import Export, ExportFormat, ExportKind
from scorecards.selectors.exports import export_list
from scorecards.services.exports import request_export, stop_export


class ExportIn(Input):
    """What is to be written. Which subject and options a kind takes is in the guide; others are refused."""

    kind = Code(ExportKind)
    format = Code(ExportFormat)
    subject = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="The scorecard, vendor, shortlist, programme or frozen calculation it is about.",
    )
    table = text(20, help_text="CSV, NDJSON and Parquet hold one table; the first unless named.")
    bom = serializers.BooleanField(required=False, default=False, help_text="CSV with a byte order mark.")
    candidates = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=5, help_text="Whom to compare: two to five."
    )
    vendors = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=80, help_text="Profiles: of several vendors in one file, instead of a subject."
    )  # fmt: skip
    on = day(help_text="Access rights: as of the end of this day (UTC); today unless given.")
    since = day(help_text="Audit: from this day on (UTC).")
    until = day(help_text="Audit: up to this day, included (UTC).")
    retracted = serializers.BooleanField(
        required=False, default=False, help_text="Evidence: with retracted records."
    )


class ExportColumnOut(Output):
    """What a column means."""

    name = serializers.CharField()
    title = serializers.CharField()
    type = serializers.ChoiceField(
        choices=["text", "integer", "points", "number", "boolean", "date", "moment"]
    )
    description = serializers.CharField()


class ExportTableOut(Output):
    """A table of the file."""

    table = serializers.CharField()
    title = serializers.CharField()
    columns = ExportColumnOut(many=True)


class ExportOut(Output):
    """A file that was asked for. `sha256`, `size` and `made_at` are there when the job has succeeded."""

    id = PublicId()
    kind = serializers.ChoiceField(choices=[kind.value for kind in ExportKind])
    format = serializers.ChoiceField(choices=[one.value for one in ExportFormat])
    subject_type = serializers.CharField()
    subject_id = serializers.UUIDField(allow_null=True)
    subject = serializers.CharField(help_text="In words.")
    options = serializers.DictField()
    requested_by = serializers.CharField(source="requested_by_name")
    created_at = serializers.DateTimeField()
    job = JobOut()
    file_name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField(allow_null=True)
    sha256 = serializers.CharField()
    made_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    removed_at = serializers.DateTimeField(allow_null=True)


class ExportViews(mixins.ListModelMixin, ApiViewSet):
    """Exports whose content the caller may see, newest first. A POST answers 202; the file is there when its job has succeeded."""

    model = Export
    serializer_class = ExportOut
    pagination_class = CursorPages
    filter_backends: Any = []
    reading = "scores:read"
    read_permission = Permission.EXPORT
    write_permission: ClassVar[Permission | None] = Permission.EXPORT

    @property
    def throttle_kind(self) -> str:
        """Asking for a file is heavy."""
        return "heavy" if self.action == "create" else ""

    def queryset_for(self, actor: Actor) -> QuerySet[Export]:
        """Newest first."""
        return export_list(actor)

    @extend_schema(request=ExportIn, responses={202: ExportOut})
    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask for a file; 202 with the export and its job."""
        fields = self.input(ExportIn)
        kind, file_format = ExportKind(fields.pop("kind")), ExportFormat(fields.pop("format"))
        subject = fields.pop("subject", None)
        options = {
            name: plain_option(value) for name, value in fields.items() if value not in (None, "", [], False)
        }
        row = request_export(
            organization=self.actor.organization, kind=kind, format=file_format, subject=subject, options=options, by=self.actor, now=self.now,
        )  # fmt: skip
        response = self.show(row, status=202)
        response["Location"] = f"{request.path.rstrip('/')}/{row.public_id}/"
        return response

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One export and how far it is."""
        return self.answer(ExportOut, self.get_object())

    @extend_schema(
        responses={
            (200, kind): OpenApiTypes.BINARY
            for kind in sorted({of.partition(";")[0] for of in TYPES.values()})
        }
    )
    @action(detail=True, methods=["get"], url_path="file")
    def content(self, request: Request, *args: Any, **kwargs: Any) -> FileResponse:
        """The file as an attachment; 409 while it is being written, 410 when it has expired."""
        return export_response(self.get_object(), self.actor, now=self.now)

    @extend_schema(operation_id="exports_schema", responses=ExportTableOut(many=True))
    @action(detail=True, methods=["get"], url_path="schema", pagination_class=None)
    def columns(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The schema file: the tables of the file, and what their columns mean. Empty until it is written."""
        return Response(self.get_object().columns)

    @extend_schema(request=None, responses=ExportOut)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Stop writing it; 409 when it is over."""
        return self.show(stop_export(export=self.get_object(), by=self.actor, now=self.now))


def plain_option(value: Any) -> Any:
    """An option as it is kept: dates and ids as text."""
    if isinstance(value, list):
        return [plain_option(one) for one in value]
    return value if isinstance(value, str | bool | int) else str(value)


class ExportView(ScopedView, APIView):
    """A download at once; the same file as on the page."""

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
