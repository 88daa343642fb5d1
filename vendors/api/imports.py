"""`imports/`, `public-loads/`: files that were checked, loaded and undone."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.api import ApiViewSet, ListRetrieve
from cdmo_eval.http.fields import PublicId
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.parsers import StrictJSONParser
from cdmo_eval.http.serializers import Input, NothingIn, ReasonIn
from vendors.imports import uploads
from vendors.models import PublicLoad, UploadedLoad
from vendors.selectors.loads import public_loads, uploaded_loads

REPORT = "What becomes of the rows: read, new, changed, unchanged, rejections and others, by name."


class ImportIn(Input):
    """A file to check, as multipart/form-data."""

    kind = serializers.ChoiceField(choices=sorted(uploads.kinds()))
    file = serializers.FileField(max_length=255, help_text="As it was downloaded; at most 64 MB.")
    read_on = serializers.DateField(
        required=False, help_text="When it was taken from its source; today when left out."
    )
    sheet = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="Of a workbook."
    )
    mapping = serializers.CharField(
        max_length=10_000,
        required=False,
        allow_blank=True,
        help_text="For vendors: a JSON object of column to field, or lines of the form column=field.",
    )
    only_mapped = serializers.BooleanField(
        required=False, help_text="For vendors: leave out columns that are no field."
    )


_SHOWN = ("kind", "file_name", "sha256", "read_on", "record_kinds", "state", "counts", "by_name")
_TIMES = ("created_at", "loaded_at", "undone_at", "undone_by_name", "undone_reason")


class ImportOut(serializers.ModelSerializer[UploadedLoad]):
    """A file and what became, or would become, of its rows."""

    id = PublicId()
    number = serializers.IntegerField(source="position", read_only=True, allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField(), read_only=True, help_text=REPORT)

    class Meta:
        model = UploadedLoad
        fields = read_only_fields = ("id", "number", *_SHOWN, *_TIMES)


class PublicLoadOut(serializers.ModelSerializer[PublicLoad]):
    """A public file that the operator loaded for everybody."""

    id = PublicId()
    number = serializers.IntegerField(source="position", read_only=True, allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField(), read_only=True, help_text=REPORT)

    class Meta:
        model = PublicLoad
        fields = read_only_fields = ("id", "number", *_SHOWN, *_TIMES)


class RejectedOut(serializers.Serializer[Any]):
    """A row that was left out."""

    row = serializers.IntegerField(read_only=True)
    column = serializers.CharField(read_only=True)
    reason = serializers.CharField(read_only=True)


class ImportViews(ListRetrieve):
    """Files of the organisation's members: POST checks one, `commit/` loads it, `undo/` takes it back."""

    model = UploadedLoad
    serializer_class = ImportOut
    write_permission = Permission.EDIT_RECORDS

    def queryset_for(self, actor: Actor) -> QuerySet[UploadedLoad]:
        """The organisation's own, newest first."""
        return uploaded_loads(actor.organization).select_related("organization")

    def get_parsers(self) -> list[Any]:
        """A file comes as a form, everything else as JSON."""
        posted = getattr(self, "action_map", {}).get("post") == "create"
        return [MultiPartParser()] if posted else [StrictJSONParser()]

    @extend_schema(request={"multipart/form-data": ImportIn}, responses={201: ImportOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Check a file and say what loading it would do; nothing of it is written."""
        sent = self.input(ImportIn)
        upload = sent["file"]
        load = uploads.check_upload(
            organization=self.actor.organization,
            kind=sent["kind"],
            content=upload,
            name=upload.name or "",
            read_on=sent.get("read_on"),
            sheet=sent.get("sheet", ""),
            mapping=uploads.read_mapping(sent.get("mapping", "")),
            only_mapped=sent.get("only_mapped", False),
            by=self.actor,
            now=self.now,
        )
        return self.show(load, status=201)

    @extend_schema(request=NothingIn, responses=ImportOut)
    @action(detail=True, methods=["post"])
    def commit(self, request: Request, id: str) -> Response:  # noqa: A002 - the URL's own word
        """Load a file that was checked."""
        row = self.get_object()
        self.input(NothingIn)
        return self.show(uploads.commit_upload(load=row, by=self.actor, now=self.now))

    @extend_schema(request=NothingIn, responses=ImportOut)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, id: str) -> Response:  # noqa: A002
        """Throw a checked file away."""
        row = self.get_object()
        self.input(NothingIn)
        return self.show(uploads.discard_upload(load=row, by=self.actor))

    @extend_schema(request=ReasonIn, responses=ImportOut)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, id: str) -> Response:  # noqa: A002
        """Take a loaded file back: scores return to what they were. 409 when a later load built on it."""
        row = self.get_object()
        reason = self.input(ReasonIn)["reason"]
        return self.show(uploads.undo_upload(load=row, reason=reason, by=self.actor, now=self.now))

    @extend_schema(responses=RejectedOut(many=True))
    @action(detail=True, methods=["get"])
    def rejected(self, request: Request, id: str) -> Response:  # noqa: A002
        """The rows that were left out, with their reasons; the first 10 000."""
        rows = [{"row": row[0], "column": row[1], "reason": row[2]} for row in self.get_object().rejected]
        return Response(RejectedOut(rows, many=True).data)


class PublicLoadViews(ApiViewSet):
    """Public files that the operator loaded, newest first."""

    model = PublicLoad
    serializer_class = PublicLoadOut

    def queryset_for(self, actor: Actor) -> QuerySet[PublicLoad]:
        """The same for every organisation."""
        return public_loads()

    @extend_schema(responses=PublicLoadOut(many=True))
    def list(self, request: Request) -> Response:
        """A page of loads."""
        return self.answer_page(self.get_queryset())
