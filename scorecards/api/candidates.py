"""`candidates/`: a vendor with the sites it would use for a programme."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.http.api import ApiViewSet, conditional
from cdmo_eval.http.fields import Code, PublicId, number, text
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.serializers import Input, Output
from scorecards.api.references import program_field
from scorecards.filters import CandidateFilters
from scorecards.models import Candidate
from scorecards.selectors.scorecards import candidate_list
from scorecards.selectors.supply_maps import supply_maps
from scorecards.services.candidates import archive_candidate, create_candidate, update_candidate
from vendors import vocabulary as words
from vendors.api.references import capability_field, site_field, vendor_field

LONGEST_MAP = 100


class StepIn(Input):
    """Who does one operation: a site of the vendor, or of the partner."""

    operation = Code(words.Operation, required=False, allow_blank=True)
    phase = Code(words.Phase, required=False, allow_blank=True)
    site = site_field(required=False, allow_null=True)
    capability = capability_field(required=False, allow_null=True)
    delivery = Code([words.Delivery.IN_HOUSE, words.Delivery.PARTNER], required=False)
    partner_vendor = vendor_field(required=False, allow_null=True)
    role = Code(words.LineRole, required=False)


class CandidateChange(Input):
    """What of a candidate can change. An empty supply map goes back to the assumed one."""

    label = text(100)  # type: ignore[assignment]
    incumbent = serializers.BooleanField(required=False)
    switching_cost = number(16, 2)
    switching_currency = text(3)
    switching_months = number(5, 1)
    supply_map = StepIn(many=True, required=False, max_length=LONGEST_MAP)  # type: ignore[call-arg]


class CandidateIn(CandidateChange):
    """A candidate. Without a supply map the best-fitting sites are assumed."""

    program = program_field()
    vendor = vendor_field()


class StepOut(Output):
    """One step of a supply map; `site` null: it is not known who would do it."""

    seq = serializers.IntegerField()
    operation = serializers.CharField()
    phase = serializers.CharField()
    site = serializers.UUIDField(source="site.id", allow_null=True, default=None)
    site_name = serializers.CharField(source="site.name", default="")
    capability = serializers.UUIDField(allow_null=True)
    delivery = serializers.CharField()
    partner_vendor = serializers.UUIDField(source="partner_vendor.id", allow_null=True, default=None)
    partner_vendor_name = serializers.CharField(source="partner_vendor.name", default="")
    role = serializers.CharField()


class CandidateOut(Output):
    """A candidate with the supply map that counts today; `assumed` says that nobody has described it."""

    id = PublicId()
    program = PublicId("program.public_id")
    program_name = serializers.CharField(source="program.name")
    vendor = PublicId("vendor.public_id")
    vendor_name = serializers.CharField(source="vendor.name")
    label = serializers.CharField()  # type: ignore[assignment]
    incumbent = serializers.BooleanField()
    switching_cost = serializers.SerializerMethodField(help_text="Null, too, for who may not read offers.")
    switching_currency = serializers.CharField()
    switching_months = serializers.FloatField(allow_null=True)
    assumed = serializers.BooleanField(source="supply.assumed")
    supply_map = StepOut(source="supply.steps", many=True)
    archived_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def get_switching_cost(self, row: Candidate) -> float | None:
        """For those who may read offers."""
        seen = row.switching_cost is not None and allows(
            self.context["view"].actor, Permission.VIEW_COMMERCIAL
        )
        return float(row.switching_cost) if seen and row.switching_cost is not None else None


class CandidateViews(mixins.ListModelMixin, ApiViewSet):
    """Candidates; procurement and managers write them. DELETE archives."""

    model = Candidate
    serializer_class = CandidateOut
    filterset_class = CandidateFilters
    reading = "scores:read"
    write_permission = Permission.EDIT_CANDIDATES
    composite: ClassVar[bool] = True

    def queryset_for(self, actor: Actor) -> QuerySet[Candidate]:
        """By programme, vendor and label."""
        return candidate_list(actor.organization)

    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        """A page whose candidates know the supply map that counts."""
        page = super().paginate_queryset(queryset)
        return None if page is None else self.with_maps(page)

    def with_maps(self, rows: Sequence[Candidate]) -> list[Any]:
        """The rows, each with the supply map that counts today as `supply`."""
        maps = supply_maps(rows, as_of=self.today)
        for row in rows:
            row.supply = maps[row.pk]  # type: ignore[attr-defined]
        return list(rows)

    def answer(self, serializer: Any, row: Any, *, status: int = 200, **context: Any) -> Response:
        """One candidate with its supply map."""
        return super().answer(serializer, self.with_maps([row])[0], status=status, **context)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One candidate."""
        return self.answer(CandidateOut, self.get_object())

    @extend_schema(request=CandidateIn, responses={201: CandidateOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Let a vendor stand in a programme."""
        return self.show(create_candidate(by=self.actor, now=self.now, **self.input(CandidateIn)), status=201)

    @extend_schema(request=CandidateChange, responses=CandidateOut)
    @conditional
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change some fields; a given supply map replaces the present one."""
        row = self.get_object()
        version = self.expected_version(row)
        changes = self.input(CandidateChange, partial=True)
        return self.show(
            update_candidate(candidate=row, expected_version=version, by=self.actor, now=self.now, **changes)
        )

    @extend_schema(responses={204: None})
    @conditional
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Archive: the candidate leaves its programme's scorecards."""
        row = self.get_object()
        version = self.expected_version(row)
        archive_candidate(candidate=row, expected_version=version, by=self.actor, now=self.now)
        return Response(status=204)
