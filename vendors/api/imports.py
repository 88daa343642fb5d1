"""`imports/`, `import-kinds/`, `public-loads/`: files that are checked, mended, loaded and undone."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import PermissionDenied
from cdmo_eval.core.policies import Actor
from cdmo_eval.http.api import READING, ListRetrieve, ScopedView
from cdmo_eval.http.fields import PublicId
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.parsers import StrictJSONParser
from cdmo_eval.http.serializers import Input, NothingIn, ReasonIn
from vendors.api.import_report import KindOut, ReportOut
from vendors.imports import jobs, uploads
from vendors.imports.kinds import own_kinds
from vendors.imports.repairs import How
from vendors.imports.template import described
from vendors.models import PublicLoad, UploadedLoad
from vendors.selectors.loads import public_loads, uploaded_loads

REPAIRS = (
    "dates and numbers: how they are written; replace: texts by others; blank: take as unknown; skip: leave the rows out; "
    "create: make what is unknown; keep: which of several rows about the same counts."
)
REPORT = "What becomes of the rows: read, new, changed, unchanged, rejections and others, by name."


class ImportIn(Input):
    """A file to check, as multipart/form-data."""

    kind = serializers.ChoiceField(choices=sorted(uploads.kinds()))
    file = serializers.FileField(
        max_length=255,
        help_text="CSV or XLSX, at most 25 MB; official files as they were downloaded, at most 64 MB.",
    )
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
        help_text="Of our own kinds: a JSON object of column to field (blank: leave it out), or lines of the form "
        "column=field. Known names are matched without it, and a header that was matched before as it was then.",
    )
    only_mapped = serializers.BooleanField(
        required=False, help_text="Of our own kinds: leave out columns that are no field."
    )


class RepairIn(Input):
    """One choice for all cells of a field with the same error."""

    repair = serializers.ChoiceField(choices=[how.value for how in How], help_text=REPAIRS)
    field = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="Path of the field, as `groups` say it."
    )
    code = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="Of the error; blank: any."
    )
    option = serializers.CharField(
        max_length=20,
        required=False,
        allow_blank=True,
        help_text="dates: dmy, mdy or ymd; numbers: comma or point; keep: first or last.",
    )
    values = serializers.JSONField(
        required=False,
        help_text="replace: an object of found text to new text; else a list of the texts it is about (none: all).",
    )


class MendIn(Input):
    """What to match or repair anew; what is left out stays as it is."""

    mapping = serializers.DictField(
        child=serializers.CharField(max_length=200, allow_blank=True),
        required=False,
        help_text="Column → path of a field; blank leaves the column out.",
    )
    only_mapped = serializers.BooleanField(required=False)
    sheet = serializers.CharField(max_length=200, required=False, allow_blank=True)
    repairs = RepairIn(many=True, required=False, help_text="All of them: they replace those chosen before.")


class CommitIn(Input):
    """How a file is loaded."""

    only_valid = serializers.BooleanField(
        required=False, help_text="Load the rows without errors; else any error means that nothing is loaded."
    )


_SHOWN = ("kind", "file_name", "sha256", "read_on", "record_kinds", "state", "counts", "by_name")
_TIMES = ("created_at", "loaded_at", "undone_at", "undone_by_name", "undone_reason")


class ImportOut(serializers.ModelSerializer[UploadedLoad]):
    """A file and what became, or would become, of its rows."""

    id = PublicId()
    number = serializers.IntegerField(source="position", read_only=True, allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField(), read_only=True, help_text=REPORT)
    report = serializers.SerializerMethodField()
    job = serializers.SerializerMethodField(help_text="The job that is loading it or taking it back.")

    class Meta:
        model = UploadedLoad
        fields = read_only_fields = ("id", "number", *_SHOWN, *_TIMES, "report", "job")

    @extend_schema_field(ReportOut(allow_null=True))
    def get_report(self, row: UploadedLoad) -> dict[str, Any] | None:
        """Of one import of our own kinds, for those who may see what stands in it."""
        view = self.context["view"]
        if view.action == "list" or not row.findings or not uploads.may_see(view.actor, row):
            return None
        chosen = {name: row.options.get(name) for name in ("repairs", "mapping")}
        return {**row.findings, **chosen}

    def get_job(self, row: UploadedLoad) -> UUID | None:
        """Its id while there is one."""
        if self.context["view"].action == "list":
            return None
        job = jobs.open_job(row)
        return job.public_id if job else None


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
    """Files of the organisation's members: POST checks one, PATCH mends it, `commit/` loads it, `undo/` takes it back."""

    model = UploadedLoad
    serializer_class = ImportOut
    paged_actions = frozenset({"rejected"})

    def check_rights(self, request: Request) -> None:
        """Who may import nothing, or no file of this kind, is turned away before anything sent is looked at."""
        super().check_rights(request)
        if request.method in READING:
            return
        kinds = [self.get_object().kind] if self.detail else uploads.kinds_for(self.actor)
        if not any(uploads.may_import(self.actor, kind) for kind in kinds):
            raise PermissionDenied("You may not import files of this kind.")

    def queryset_for(self, actor: Actor) -> QuerySet[UploadedLoad]:
        """The organisation's own, newest first; a list without what their checks found."""
        rows = uploaded_loads(actor.organization).select_related("organization")
        return rows if self.action == "list" else rows.defer(None).defer("added", "met")

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

    @extend_schema(request=MendIn, responses=ImportOut)
    def partial_update(self, request: Request, id: str) -> Response:  # noqa: A002 - the URL's own word
        """Match columns or choose repairs, and check the kept file again; nothing of it is written."""
        row = self.get_object()
        sent = self.input(MendIn)
        return self.show(uploads.mend_upload(load=row, by=self.actor, now=self.now, **sent))

    @extend_schema(request=CommitIn, responses={200: ImportOut, 202: ImportOut})
    @action(detail=True, methods=["post"])
    def commit(self, request: Request, id: str) -> Response:  # noqa: A002
        """Load a file that was checked; 202 with a `job` when it has more than 5 000 rows."""
        row = self.get_object()
        sent = self.input(CommitIn)
        job = jobs.request_commit(load=row, by=self.actor, now=self.now, **sent)
        return self.show(row, status=202 if job else 200)

    @extend_schema(request=NothingIn, responses=ImportOut)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, id: str) -> Response:  # noqa: A002
        """Throw a checked file away."""
        row = self.get_object()
        self.input(NothingIn)
        return self.show(uploads.discard_upload(load=row, by=self.actor))

    @extend_schema(request=ReasonIn, responses={200: ImportOut, 202: ImportOut})
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, id: str) -> Response:  # noqa: A002
        """Take a loaded file back: scores return to what they were. 409 when a later load built on it.

        202 with a `job` when it had more than 5 000 rows; that later work stands on it is then said by the job.
        """
        row = self.get_object()
        reason = self.input(ReasonIn)["reason"]
        job = jobs.request_undo(load=row, reason=reason, by=self.actor, now=self.now)
        row.refresh_from_db()
        return self.show(row, status=202 if job else 200)

    @extend_schema(responses=RejectedOut(many=True))
    @action(detail=True, methods=["get"])
    def rejected(self, request: Request, id: str) -> Response:  # noqa: A002
        """The rows that were left out, with their reasons; the first 10 000."""
        load = self.get_object()
        uploads.require_sight(load, self.actor)
        rows = [{"row": row[0], "column": row[1], "reason": row[2]} for row in load.rejected]
        return self.answer_page(rows, RejectedOut)


class KindsView(ScopedView):
    """`import-kinds/`: our own kinds of file with their columns; official kinds need no columns."""

    @extend_schema(responses=KindOut(many=True))
    def get(self, request: Request) -> Response:
        """Every kind."""
        rows = [
            {
                "code": kind.code, "label": kind.label, "meaning": kind.meaning, "group": kind.group,
                "may_import": kind.allowed(self.actor),
                "columns": [
                    dict(zip(("path", "meaning", "type", "allowed"), described(field), strict=True))
                    for field in kind.fields().values()
                ],
            }
            for kind in own_kinds().values()
        ]  # fmt: skip
        return Response(rows)


class PublicLoadViews(ListRetrieve):
    """Public files that the operator loaded, newest first."""

    model = PublicLoad
    serializer_class = PublicLoadOut

    def queryset_for(self, actor: Actor) -> QuerySet[PublicLoad]:
        """The same for every organisation."""
        return public_loads()
