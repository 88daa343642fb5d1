"""`snapshots/` and `scorecards/{id}/snapshots/`: frozen calculations, and checks that they still say what they said."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.policies import Actor, Permission, require
from cdmo_eval.http.api import ApiViewSet
from cdmo_eval.http.fields import PublicId, text
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.pagination import CursorPages
from cdmo_eval.http.serializers import Input, Output
from scorecards.api.references import OfScorecard
from scorecards.models import Snapshot
from scorecards.models.snapshot import LONGEST_REASON
from scorecards.selectors.signatures import held_against, signature_list
from scorecards.selectors.snapshots import snapshot_bytes, snapshot_content, snapshot_list
from scorecards.services.snapshots import freeze_calculation
from scorecards.snapshots.document import file_of
from scorecards.snapshots.verification import Verification, verify_stored


class SnapshotIn(Input):
    """Freeze the published calculation of a scorecard."""

    reason = text(LONGEST_REASON, help_text="What it is kept for.")


class SnapshotOut(Output):
    """A frozen calculation. It never changes; `digest` is the SHA-256 of its content's canonical JSON."""

    id = PublicId()
    scorecard = PublicId("scorecard.public_id")
    scorecard_name = serializers.CharField(source="scorecard.name")
    run = PublicId("run.public_id")
    run_number = serializers.IntegerField(source="run.number")
    as_of = serializers.DateField(source="run.as_of")
    number = serializers.IntegerField()
    reason = serializers.CharField()
    digest = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes of the content.")
    candidates = serializers.IntegerField()
    ranked = serializers.IntegerField()
    frozen_by = serializers.CharField(source="frozen_by_name")
    frozen_at = serializers.DateTimeField()


class FrozenDifferenceOut(Output):
    """Where a frozen calculation says something else than follows from it."""

    path = serializers.CharField()
    frozen = serializers.CharField()
    found = serializers.CharField()


class VerifiedSignatureOut(Output):
    """A signature under a frozen document. `fits`: it was given to exactly these bytes."""

    meaning = serializers.CharField()
    printed_name = serializers.CharField()
    role = serializers.CharField()
    signed_at = serializers.DateTimeField()
    proof = serializers.CharField()
    declaration = serializers.CharField()
    digest = serializers.CharField()
    fits = serializers.BooleanField()


class VerificationOut(Output):
    """What a check found."""

    intact = serializers.BooleanField(
        help_text="Nothing was changed, and every figure follows from the cells."
    )
    untouched = serializers.BooleanField(help_text="The bytes are those that were frozen.")
    digest = serializers.CharField()
    recomputed_digest = serializers.CharField()
    engine_version = serializers.CharField()
    same_engine = serializers.BooleanField(
        help_text="False: frozen by another version of the engine, whose figures may differ."
    )
    candidates = serializers.IntegerField()
    figures = serializers.IntegerField(help_text="How many figures were worked out again.")
    words = serializers.CharField()
    differences = FrozenDifferenceOut(many=True)
    signatures = VerifiedSignatureOut(many=True)


class SnapshotViews(mixins.ListModelMixin, ApiViewSet):
    """All frozen calculations of the organisation, newest first."""

    model = Snapshot
    serializer_class = SnapshotOut
    pagination_class = CursorPages
    filter_backends: Any = []
    reading = "scores:read"

    @property
    def throttle_kind(self) -> str:
        """Working everything out again is heavy."""
        return "heavy" if self.action in {"verify", "content"} else ""

    def queryset_for(self, actor: Actor) -> QuerySet[Snapshot]:
        """Newest first."""
        return snapshot_list(actor.organization)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One frozen calculation, without its content."""
        return self.answer(SnapshotOut, self.get_object())

    @extend_schema(
        operation_id="snapshots_content", responses={(200, "application/json"): OpenApiTypes.OBJECT}
    )
    @action(detail=True, methods=["get"], url_path="file")
    def content(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The file that `manage.py verify_snapshot` checks: content, digest, digests of parts. Needs the right to read offers."""
        require(self.actor, Permission.VIEW_COMMERCIAL)
        return snapshot_file(self.get_object())

    @extend_schema(operation_id="snapshots_verify", responses=VerificationOut)
    @action(detail=True, methods=["get"])
    def verify(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Work every figure out again from the frozen cells, compare figures and digests, and hold signatures against them."""
        row = self.get_object()
        found = verify_stored(snapshot_bytes(row), digest=row.digest)
        signed = held_against(
            signature_list(row.organization, snapshot_id=row.public_id), found.recomputed_digest
        )
        return Response(VerificationOut({**_told(found), "signatures": signed}).data)


class ScorecardSnapshotViews(mixins.ListModelMixin, OfScorecard):
    """The frozen calculations of one scorecard."""

    model = Snapshot
    serializer_class = SnapshotOut
    pagination_class = CursorPages
    filter_backends: Any = []
    write_permission: ClassVar[Permission | None] = Permission.EDIT_SHORTLISTS

    def queryset_for(self, actor: Actor) -> QuerySet[Snapshot]:
        """Newest first."""
        return snapshot_list(actor.organization, self.scorecard())

    @extend_schema(request=SnapshotIn, responses={201: SnapshotOut})
    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Freeze the published calculation; 409 unless it is fresh. The same calculation again gives the same snapshot."""
        fields = self.input(SnapshotIn)
        row = freeze_calculation(scorecard=self.scorecard(), by=self.actor, now=self.now, **fields)
        response = self.show(row, status=201)
        response["Location"] = reverse("api-snapshots-detail", kwargs={"id": row.public_id})
        return response


def _told(found: Verification) -> dict[str, Any]:
    names = [str(name) for name in VerificationOut().fields]
    return {name: getattr(found, name) for name in names if name != "signatures"}


def snapshot_file(row: Snapshot) -> HttpResponse:
    """The download."""
    name = f"calculation-{row.run.number}-{row.digest[:12]}.json"
    return HttpResponse(
        file_of(snapshot_content(row)), content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"},
    )  # fmt: skip
