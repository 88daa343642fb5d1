"""`programs/`: what the sponsor needs made."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.api import conditional
from cdmo_eval.http.fields import Code, PublicId, codes, count, day, number, text, texts, yes_no
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.serializers import Input, Output
from scorecards.api.references import BY_EXTERNAL_ID, IdentifiedViews, Quantity
from scorecards.filters import ProgramFilters
from scorecards.models import Program
from scorecards.selectors.scorecards import program_list
from scorecards.services.programs import archive_program, create_program, update_program
from vendors import vocabulary as words
from vendors.api.references import ExternalIdOut, external_ids_in


class ScaleNeedIn(Input):
    """How much of one operation is needed, now or at the target phase."""

    operation = Code(words.Operation)
    at = Code(words.NeedAt)
    value = Quantity()
    unit = Code(words.BatchUnit)


class AmountIn(Input):
    """A yearly need."""

    value = Quantity()
    unit = Code(words.RateUnit)


class TitreIn(Input):
    """What a batch yields."""

    value = Quantity()
    unit = Code(words.BatchUnit)
    overall_yield = Quantity(required=False)


class MustHaveRuleIn(Input):
    """An own must-have: a criterion or field compared with a value."""

    subject = serializers.CharField(max_length=64)
    operator = Code(words.GateOperator)
    value = serializers.JSONField()
    waivable = serializers.BooleanField(required=False)
    label = text(200)  # type: ignore[assignment]


class ProgramIn(Input):
    """A programme. Only the name and the modality are needed; what is left out is not stated."""

    name = serializers.CharField(max_length=200)
    modality = Code(words.Modality)
    tags = codes(words.ModalityTag, required=False)
    phase_now = Code(words.Phase, required=False, allow_blank=True)
    phase_target = Code(words.Phase, required=False, allow_blank=True)
    target_markets = texts(8)
    scale_needs = ScaleNeedIn(many=True, required=False, max_length=50)  # type: ignore[call-arg]
    need_first_gmp_date = day()
    required_services = codes(words.ServiceCode, required=False)
    sponsor = text(200)
    sub_type = text(200)
    building_block_needs = serializers.DictField(child=serializers.IntegerField(), required=False)
    patient_specific = yes_no()
    dosage_form = Code(words.DosageForm, required=False, allow_blank=True)
    route = text(100)
    sterile = yes_no()
    oeb = count(1, 6)
    controlled_schedule = text(8)
    vein_to_release_limit_days = count(0, 32767)
    storage_class = Code(words.StorageClass, required=False, allow_blank=True)
    titre_or_yield = TitreIn(required=False, allow_null=True)
    annual_need = AmountIn(required=False, allow_null=True)
    required_operations = codes(words.Operation, required=False)
    pipeline_modalities = codes(words.Modality, required=False)
    target_regions = codes(words.Region, required=False)
    launch_date = day()
    weeks_to_milestone = number(6, 2)
    budget_amount = number(16, 2)
    budget_currency = text(3)
    scope_items = texts(100)
    preferred_model = Code(words.PreferredModel, required=False, allow_blank=True)
    max_handoffs = count(0, 32767)
    us_federal_exposure = yes_no()
    must_haves = MustHaveRuleIn(many=True, required=False, max_length=50)  # type: ignore[call-arg]
    exclusions = texts(200)
    archetype = text(8)
    external_ids = external_ids_in()


class ProgramOut(Output):
    """A programme's needs. Blank text and null mean "not stated", never 0."""

    id = PublicId()
    name = serializers.CharField()
    modality = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    phase_now = serializers.CharField()
    phase_target = serializers.CharField()
    target_markets = serializers.ListField(child=serializers.CharField())
    scale_needs = serializers.JSONField()
    need_first_gmp_date = serializers.DateField(allow_null=True)
    required_services = serializers.ListField(child=serializers.CharField())
    sponsor = serializers.CharField()
    sub_type = serializers.CharField()
    building_block_needs = serializers.DictField(child=serializers.IntegerField())
    patient_specific = serializers.BooleanField(allow_null=True)
    dosage_form = serializers.CharField()
    route = serializers.CharField()
    sterile = serializers.BooleanField(allow_null=True)
    oeb = serializers.IntegerField(allow_null=True)
    controlled_schedule = serializers.CharField()
    vein_to_release_limit_days = serializers.IntegerField(allow_null=True)
    storage_class = serializers.CharField()
    titre_or_yield = serializers.JSONField(allow_null=True)
    annual_need = serializers.JSONField(allow_null=True)
    required_operations = serializers.ListField(child=serializers.CharField())
    pipeline_modalities = serializers.ListField(child=serializers.CharField())
    target_regions = serializers.ListField(child=serializers.CharField())
    launch_date = serializers.DateField(allow_null=True)
    weeks_to_milestone = serializers.FloatField(allow_null=True)
    budget_amount = serializers.FloatField(allow_null=True)
    budget_currency = serializers.CharField()
    scope_items = serializers.ListField(child=serializers.CharField())
    preferred_model = serializers.CharField()
    max_handoffs = serializers.IntegerField(allow_null=True)
    us_federal_exposure = serializers.BooleanField(allow_null=True)
    must_haves = serializers.JSONField()
    exclusions = serializers.ListField(child=serializers.CharField())
    archetype = serializers.CharField()
    external_ids = ExternalIdOut(many=True)
    archived_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ProgramViews(IdentifiedViews):
    """Programmes; managers write them. DELETE archives."""

    model = Program
    serializer_class = ProgramOut
    filterset_class = ProgramFilters
    reading = "scores:read"
    write_permission = Permission.EDIT_PROGRAMS
    external_column = "program_id"

    def queryset_for(self, actor: Actor) -> QuerySet[Program]:
        """By name."""
        return program_list(actor.organization)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One programme."""
        return self.answer(ProgramOut, self.get_object())

    @extend_schema(request=ProgramIn, responses={201: ProgramOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Add a programme."""
        row = create_program(
            organization=self.actor.organization, by=self.actor, now=self.now, **self.input(ProgramIn)
        )
        return self.show(row, status=201)

    @extend_schema(request=ProgramIn, responses=ProgramOut)
    @conditional
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change some fields; its scorecards are calculated anew."""
        row = self.get_object()
        version = self.expected_version(row)
        changes = self.input(ProgramIn, partial=True)
        return self.show(
            update_program(program=row, expected_version=version, by=self.actor, now=self.now, **changes)
        )

    @extend_schema(responses={204: None})
    @conditional
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Archive."""
        row = self.get_object()
        version = self.expected_version(row)
        archive_program(program=row, expected_version=version, by=self.actor, now=self.now)
        return Response(status=204)

    @extend_schema(operation_id="programs_by_external_id", responses=ProgramOut)
    @action(detail=False, methods=["get"], url_path=BY_EXTERNAL_ID, url_name="by-external-id")
    def by_external_id(self, request: Request, system: str, value: str) -> Response:
        """The programme that another system calls so."""
        row = self.called(system, value)
        if row is None:
            raise NotFound("There is no such thing here.")
        return self.answer(ProgramOut, row)

    @extend_schema(
        operation_id="programs_upsert", request=ProgramIn, responses={200: ProgramOut, 201: ProgramOut}
    )
    @by_external_id.mapping.put
    @conditional
    def upsert(self, request: Request, system: str, value: str) -> Response:
        """Change the programme that another system calls so, or add it."""
        fields = self.input(ProgramIn)
        row = self.called(system, value)
        ids = fields.pop("external_ids", None if row else [])
        if ids is not None:
            ids = [*ids, {"system": system, "value": value}]
        if row is None:
            made = create_program(
                organization=self.actor.organization, by=self.actor, now=self.now, external_ids=ids, **fields
            )
            return self.added(made)
        version = self.expected_version(row)
        return self.show(
            update_program(
                program=row, expected_version=version, by=self.actor, now=self.now, external_ids=ids, **fields
            )
        )
