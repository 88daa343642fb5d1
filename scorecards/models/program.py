"""What the sponsor needs made."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from cdmo_eval.core.models import VersionedModel
from scorecards.querysets import ArchivableQuerySet
from vendors import vocabulary as words
from vendors.models import constraints as rules


def codes(length: int = 32) -> ArrayField:  # type: ignore[type-arg]
    """A list of codes; an empty list asks for nothing."""
    return ArrayField(models.CharField(max_length=length), default=list, blank=True)


class Program(VersionedModel):
    """A programme: its needs only. How missing data count, and as of when, is the scorecard's business.

    Blank text and null numbers mean "not stated", never 0.
    """

    name = models.CharField(max_length=200)
    modality = models.CharField(max_length=32)
    tags = codes()
    phase_now = models.CharField(max_length=16, blank=True, default="")
    phase_target = models.CharField(max_length=16, blank=True, default="")
    target_markets = codes(8)
    scale_needs = models.JSONField(default=list, blank=True)
    need_first_gmp_date = models.DateField(null=True, blank=True)
    required_services = codes()
    # beyond the first eight
    sponsor = models.CharField(max_length=200, blank=True, default="")
    sub_type = models.CharField(
        max_length=200, blank=True, default="", help_text="Serotype, payload, cell source."
    )
    building_block_needs = models.JSONField(default=dict, blank=True)
    patient_specific = models.BooleanField(null=True, blank=True)
    dosage_form = models.CharField(max_length=16, blank=True, default="")
    route = models.CharField(max_length=100, blank=True, default="")
    sterile = models.BooleanField(null=True, blank=True)
    oeb = models.PositiveSmallIntegerField(null=True, blank=True)
    controlled_schedule = models.CharField(max_length=8, blank=True, default="")
    vein_to_release_limit_days = models.PositiveSmallIntegerField(null=True, blank=True)
    storage_class = models.CharField(max_length=16, blank=True, default="")
    titre_or_yield = models.JSONField(null=True, blank=True)
    annual_need = models.JSONField(null=True, blank=True)
    required_operations = codes()
    pipeline_modalities = codes()
    target_regions = codes(16)
    launch_date = models.DateField(null=True, blank=True)
    weeks_to_milestone = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    budget_amount = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    budget_currency = models.CharField(max_length=3, blank=True, default="")
    scope_items = codes(100)
    preferred_model = models.CharField(max_length=16, blank=True, default="")
    max_handoffs = models.PositiveSmallIntegerField(null=True, blank=True)
    us_federal_exposure = models.BooleanField(null=True, blank=True)
    must_haves = models.JSONField(default=list, blank=True)
    exclusions = codes(200)
    archetype = models.CharField(max_length=8, blank=True, default="")
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = ArchivableQuerySet.as_manager()

    class Meta:
        constraints = [
            rules.not_blank("scorecards_program_name_given", "name", "A programme needs a name."),
            models.UniqueConstraint(
                fields=["organization", "name"], condition=models.Q(archived_at__isnull=True), name="scorecards_program_name_once",
                violation_error_message="There is a programme of this name already.", violation_error_code="duplicate",
            ),
            rules.one_of("scorecards_program_modality_known", "modality", words.Modality, "The modality is not in the list of modalities.", blank=False),
            rules.one_of("scorecards_program_phase_now_known", "phase_now", words.Phase, "The phase now is not in the list of phases."),
            rules.one_of("scorecards_program_phase_target_known", "phase_target", words.Phase, "The target phase is not in the list of phases."),
            rules.subset_of("scorecards_program_services_known", "required_services", words.ServiceCode, "A required service is not in the list of services."),
            rules.subset_of("scorecards_program_operations_known", "required_operations", words.Operation, "A required operation is not in the list of operations."),
            rules.subset_of("scorecards_program_pipeline_known", "pipeline_modalities", words.Modality, "A pipeline modality is not in the list of modalities."),
            rules.subset_of("scorecards_program_regions_known", "target_regions", words.Region, "A target region is not in the list of regions."),
            rules.one_of("scorecards_program_storage_known", "storage_class", words.StorageClass, "The storage class is not in the list."),
            rules.one_of("scorecards_program_dosage_form_known", "dosage_form", words.DosageForm, "The dosage form is not in the list."),
            rules.one_of("scorecards_program_model_known", "preferred_model", words.PreferredModel, "The preferred model is integrated, modular, niche or none."),
            rules.within("scorecards_program_oeb_range", "oeb", 1, 6, "The exposure band is 1 to 6."),
            rules.not_negative("scorecards_program_budget_range", "budget_amount", "A budget is not negative."),
            rules.matches("scorecards_program_currency_format", "budget_currency", r"^[A-Z]{3}$", "A currency is a code of three letters, such as EUR."),
            rules.rule(
                "scorecards_program_budget_has_currency",
                models.Q(budget_amount__isnull=True) | ~models.Q(budget_currency=""),
                "A budget names its currency.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


NOT_NEEDS = {
    "id",
    "public_id",
    "organization",
    "created_at",
    "version",
    "updated_at",
    "name",
    "sponsor",
    "archived_at",
    "archetype",
}
NEEDS = tuple(field.name for field in Program._meta.local_fields if field.name not in NOT_NEEDS)
"""The columns on which a rating may depend."""
