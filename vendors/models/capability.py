"""What a site can do: capabilities by modality and operation, and the services offered."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from cdmo_eval.core.models import TenantForeignKey, TenantModel, VersionedModel
from vendors import vocabulary as words
from vendors.models import constraints as rules
from vendors.models.site import Site
from vendors.models.vendor import Vendor
from vendors.querysets import CapabilityQuerySet, VendorOwnedQuerySet


class Capability(VersionedModel):
    """One operation for one modality at one site: its phases, scale, capacity and speed.

    Sizes are in `batch_unit`, yearly capacity in `rate_unit`; without the unit a size means nothing.
    Columns that feed a criterion are projections of the winning evidence.
    """

    site = TenantForeignKey(Site, related_name="capabilities")
    modality = models.CharField(max_length=32)
    modality_text = models.CharField(max_length=200, blank=True, default="")
    tags = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    operation = models.CharField(max_length=32)
    phases = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    gmp = models.BooleanField(null=True, blank=True)
    scale_min = models.DecimalField(max_digits=30, decimal_places=6, null=True, blank=True)
    scale_max = models.DecimalField(max_digits=30, decimal_places=6, null=True, blank=True)
    batch_unit = models.CharField(max_length=8, blank=True, default="")
    train_size = models.DecimalField(max_digits=30, decimal_places=6, null=True, blank=True)
    trains = models.PositiveIntegerField(null=True, blank=True)
    annual_capacity = models.DecimalField(max_digits=30, decimal_places=6, null=True, blank=True)
    rate_unit = models.CharField(max_length=16, blank=True, default="")
    annual_committed_pct = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    programs_by_phase = models.JSONField(default=dict, blank=True)
    batches_36m = models.PositiveIntegerField(null=True, blank=True)
    lead_time_weeks = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    capacity_open_from = models.DateField(null=True, blank=True)
    changeover_days = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    vein_to_release_days = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    patient_suites = models.PositiveIntegerField(null=True, blank=True)
    concurrent_products = models.PositiveIntegerField(null=True, blank=True)
    serotypes = ArrayField(models.TextField(), default=list, blank=True)
    dosage_forms = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    container_formats = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    plasmid_source = models.CharField(max_length=16, blank=True, default="")
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = CapabilityQuerySet.as_manager()

    class Meta:
        indexes = [
            # The directory's filters by modality, operation and phase.
            models.Index(fields=["organization", "modality", "operation"], name="vendors_capability_what"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "site", "modality", "operation"],
                condition=Q(archived_at__isnull=True),
                name="vendors_capability_once",
                violation_error_code="vendors_capability_once",
                violation_error_message="The site already has a capability for this modality and operation.",
            ),
            rules.one_of(
                "vendors_capability_modality_known",
                "modality",
                words.Modality,
                "The modality is not in the list of modalities.",
                blank=False,
            ),
            rules.rule(
                "vendors_capability_other_described",
                ~Q(modality=words.Modality.OTHER.value) | ~Q(modality_text=""),
                'The modality "other" needs a description.',
            ),
            rules.subset_of(
                "vendors_capability_tags_known",
                "tags",
                words.ModalityTag,
                "A tag of the modality is not known.",
            ),
            rules.one_of(
                "vendors_capability_operation_known",
                "operation",
                words.Operation,
                "The operation is not in the list of operations.",
                blank=False,
            ),
            rules.subset_of(
                "vendors_capability_phases_known",
                "phases",
                words.Phase,
                "A phase is not in the list of phases.",
            ),
            rules.not_negative(
                "vendors_capability_scale_min_sign", "scale_min", "The smallest scale is not negative."
            ),
            rules.not_negative(
                "vendors_capability_scale_max_sign", "scale_max", "The largest scale is not negative."
            ),
            rules.one_of(
                "vendors_capability_batch_unit_known",
                "batch_unit",
                words.BatchUnit,
                "The unit of the batch size is not in the list of units.",
            ),
            rules.rule(
                "vendors_capability_scale_has_unit",
                ~Q(batch_unit="")
                | Q(scale_min__isnull=True, scale_max__isnull=True, train_size__isnull=True),
                "A scale needs its unit.",
            ),
            rules.not_negative(
                "vendors_capability_train_size_sign", "train_size", "The size of a train is not negative."
            ),
            rules.not_negative(
                "vendors_capability_annual_capacity_sign",
                "annual_capacity",
                "The yearly capacity is not negative.",
            ),
            rules.one_of(
                "vendors_capability_rate_unit_known",
                "rate_unit",
                words.RateUnit,
                "The unit of the yearly capacity is not in the list of units.",
            ),
            rules.rule(
                "vendors_capability_capacity_has_unit",
                ~Q(rate_unit="") | Q(annual_capacity__isnull=True),
                "A yearly capacity needs its unit.",
            ),
            rules.percent(
                "vendors_capability_annual_committed_pct_range",
                "annual_committed_pct",
                "The committed share of the capacity is 0 to 100 %.",
            ),
            rules.is_object(
                "vendors_capability_programs_by_phase_map",
                "programs_by_phase",
                "Programmes by phase are a map of phase to count.",
            ),
            rules.not_negative(
                "vendors_capability_lead_time_weeks_sign", "lead_time_weeks", "A lead time is not negative."
            ),
            rules.not_negative(
                "vendors_capability_changeover_days_sign",
                "changeover_days",
                "The days of a changeover are not negative.",
            ),
            rules.not_negative(
                "vendors_capability_vein_to_release_days_sign",
                "vein_to_release_days",
                "The days from vein to release are not negative.",
            ),
            rules.subset_of(
                "vendors_capability_dosage_forms_known",
                "dosage_forms",
                words.DosageForm,
                "A dosage form is not in the list of dosage forms.",
            ),
            rules.subset_of(
                "vendors_capability_container_formats_known",
                "container_formats",
                words.ContainerFormat,
                "A container is not in the list of containers.",
            ),
            rules.one_of(
                "vendors_capability_plasmid_source_known",
                "plasmid_source",
                words.PlasmidSource,
                "The source of plasmids is in-house, a partner or the sponsor.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.modality} {self.operation}"


class ServiceOffering(VersionedModel):
    """A service that a vendor, or one of its sites, delivers itself, through a partner, or not at all."""

    vendor = TenantForeignKey(Vendor, related_name="services")
    site = TenantForeignKey(Site, null=True, blank=True, related_name="services")
    code = models.CharField(max_length=32)
    delivery = models.CharField(max_length=16, blank=True, default="")
    partner_vendor = TenantForeignKey(Vendor, null=True, blank=True, related_name="partner_services")
    gmp_grade = models.CharField(max_length=16, blank=True, default="")
    markets = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = VendorOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "vendor", "site", "code"],
                condition=Q(archived_at__isnull=True),
                nulls_distinct=False,
                name="vendors_serviceoffering_once",
                violation_error_code="vendors_serviceoffering_once",
                violation_error_message="This service is already listed here.",
            ),
            rules.one_of(
                "vendors_serviceoffering_code_known",
                "code",
                words.ServiceCode,
                "The service is not in the list of services.",
                blank=False,
            ),
            rules.one_of(
                "vendors_serviceoffering_delivery_known",
                "delivery",
                words.Delivery,
                "A service is delivered in-house, by a partner or not at all.",
            ),
            rules.one_of(
                "vendors_serviceoffering_gmp_grade_known",
                "gmp_grade",
                words.GmpGrade,
                "The GMP grade of the service is not known.",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class SectionAttestation(TenantModel):
    """A dated statement that a section of the profile is complete, so that absence means "no"."""

    vendor = TenantForeignKey(Vendor, related_name="attestations")
    section = models.CharField(max_length=16)
    attested_on = models.DateField()
    attested_by = models.CharField(max_length=200)
    note = models.CharField(max_length=500, blank=True, default="")
    withdrawn_on = models.DateField(null=True, blank=True)
    withdrawal_reason = models.CharField(max_length=500, blank=True, default="")

    objects: ClassVar = VendorOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "vendor", "section", "attested_on"],
                condition=Q(withdrawn_on__isnull=True),
                name="vendors_sectionattestation_once",
                violation_error_code="vendors_sectionattestation_once",
                violation_error_message="This section was already attested on that day.",
            ),
            rules.one_of(
                "vendors_sectionattestation_section_known",
                "section",
                words.AttestedSection,
                "The section is sites, capabilities or services.",
                blank=False,
            ),
            rules.not_blank(
                "vendors_sectionattestation_by_given", "attested_by", "An attestation names who attests."
            ),
            rules.rule(
                "vendors_sectionattestation_withdrawn_why",
                Q(withdrawn_on__isnull=True) | ~Q(withdrawal_reason=""),
                "A withdrawn attestation needs a reason.",
            ),
        ]
