"""The vendor: a company that develops or makes medicines for others, and what hangs on its name."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from cdmo_eval.core.models import TenantForeignKey, TenantModel, VersionedModel
from vendors import vocabulary as words
from vendors.models import constraints as rules
from vendors.querysets import VendorOwnedQuerySet, VendorQuerySet


class Vendor(VersionedModel):
    """A company under evaluation.

    Columns that feed a criterion (integration, focus, financial_level, ...) are projections: they show
    the value of the winning evidence record and are written by `services.project_fields` alone.
    """

    name = models.CharField(max_length=200)
    legal_name = models.CharField(max_length=200, blank=True, default="")
    parent = models.CharField(max_length=200, blank=True, default="")
    ownership_type = models.CharField(max_length=16, blank=True, default="")
    owner_country = models.CharField(max_length=2, blank=True, default="")
    ownership_complete = models.BooleanField(null=True, blank=True)
    owner_competes = models.BooleanField(null=True, blank=True)
    control_changed_on = models.DateField(null=True, blank=True)
    hq_country = models.CharField(max_length=2, blank=True, default="")
    website = models.URLField(max_length=300, blank=True, default="")
    founded_year = models.PositiveSmallIntegerField(null=True, blank=True)
    employees = models.PositiveIntegerField(null=True, blank=True)
    integration = models.CharField(max_length=16, blank=True, default="")
    focus = models.CharField(max_length=16, blank=True, default="")
    niche_modalities = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    timezones = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    ecovadis_score = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    ecovadis_on = models.DateField(null=True, blank=True)
    sbti_status = models.CharField(max_length=32, blank=True, default="")
    sbti_on = models.DateField(null=True, blank=True)
    carbon_disclosure = models.CharField(max_length=32, blank=True, default="")
    financial_level = models.PositiveSmallIntegerField(null=True, blank=True)
    merged_into = TenantForeignKey("vendors.Vendor", null=True, blank=True, related_name="merged_vendors")
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = VendorQuerySet.as_manager()

    class Meta:
        indexes = [
            # The directory: an organisation's living vendors by name.
            models.Index("organization", Lower("name"), "id", name="vendors_vendor_directory"),
        ]
        constraints = [
            models.UniqueConstraint(
                F("organization"),
                Lower("name"),
                condition=Q(archived_at__isnull=True),
                name="vendors_vendor_name_once",
                violation_error_code="vendors_vendor_name_once",
                violation_error_message="Another vendor already has this name.",
            ),
            rules.not_blank("vendors_vendor_name_given", "name", "A vendor needs a name."),
            rules.one_of(
                "vendors_vendor_ownership_type_known",
                "ownership_type",
                words.OwnershipType,
                "The ownership type is public, private, private equity or state.",
            ),
            rules.matches(
                "vendors_vendor_owner_country_format",
                "owner_country",
                rules.COUNTRY_PATTERN,
                "The owner's country is a two-letter country code, such as DE.",
            ),
            rules.matches(
                "vendors_vendor_hq_country_format",
                "hq_country",
                rules.COUNTRY_PATTERN,
                "The country of the head office is a two-letter country code, such as DE.",
            ),
            rules.within(
                "vendors_vendor_founded_year_range",
                "founded_year",
                1600,
                2200,
                "The year of foundation is a year from 1600 on.",
            ),
            rules.one_of(
                "vendors_vendor_integration_known",
                "integration",
                words.Integration,
                "The integration is CMO, CDMO or CDMO with CRO.",
            ),
            rules.one_of("vendors_vendor_focus_known", "focus", words.Focus, "The focus is full or niche."),
            rules.subset_of(
                "vendors_vendor_niche_modalities_known",
                "niche_modalities",
                words.Modality,
                "A niche modality is not in the list of modalities.",
            ),
            rules.one_of(
                "vendors_vendor_sbti_status_known",
                "sbti_status",
                words.SbtiStatus,
                "The climate target is none, committed, near-term or net-zero.",
            ),
            rules.one_of(
                "vendors_vendor_carbon_disclosure_known",
                "carbon_disclosure",
                words.CarbonDisclosure,
                "The carbon disclosure is none, scopes 1-2, scopes 1-3 or scopes 1-3 assured.",
            ),
            rules.percent(
                "vendors_vendor_ecovadis_score_range", "ecovadis_score", "An EcoVadis score is 0 to 100."
            ),
            rules.within(
                "vendors_vendor_financial_level_range",
                "financial_level",
                0,
                5,
                "The financial level is 0 to 5.",
            ),
            rules.rule(
                "vendors_vendor_merged_is_archived",
                Q(merged_into__isnull=True) | Q(archived_at__isnull=False),
                "A merged vendor is archived as well.",
            ),
            rules.rule(
                "vendors_vendor_not_merged_into_itself",
                Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                "A vendor cannot be merged into itself.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class VendorAlias(TenantModel):
    """Another name of a vendor: a former name, a brand, the spelling of an official file."""

    vendor = TenantForeignKey(Vendor, related_name="aliases")
    name = models.CharField(max_length=200)
    note = models.CharField(max_length=500, blank=True, default="")
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = VendorOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                F("organization"),
                F("vendor"),
                Lower("name"),
                condition=Q(archived_at__isnull=True),
                name="vendors_vendoralias_once",
                violation_error_code="vendors_vendoralias_once",
                violation_error_message="The vendor already has this alias.",
            ),
            rules.not_blank("vendors_vendoralias_name_given", "name", "An alias needs a name."),
        ]

    def __str__(self) -> str:
        return self.name


class DistinctVendors(TenantModel):
    """Two vendors whose names are alike and of which somebody said that they are two companies. `vendor` is the older."""

    vendor = TenantForeignKey(Vendor, related_name="+")
    other = TenantForeignKey(Vendor, related_name="+")
    decided_by_name = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "vendor", "other"],
                name="vendors_distinctvendors_once",
                violation_error_code="vendors_distinctvendors_once",
                violation_error_message="These two are known to be two companies.",
            ),
            rules.rule(
                "vendors_distinctvendors_in_order",
                Q(vendor__lt=F("other")),
                "Two different vendors, the older one first.",
            ),
        ]


class VendorPartnership(VersionedModel):
    """A partner that works for the vendor in a region, for some operations, bound by contract or not."""

    vendor = TenantForeignKey(Vendor, related_name="partnerships")
    partner_vendor = TenantForeignKey(Vendor, related_name="partner_of")
    region = models.CharField(max_length=16, blank=True, default="")
    operations = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    bound = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = VendorOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "vendor", "partner_vendor", "region"],
                condition=Q(archived_at__isnull=True),
                name="vendors_vendorpartnership_once",
                violation_error_code="vendors_vendorpartnership_once",
                violation_error_message="This partnership in this region is already recorded.",
            ),
            rules.rule(
                "vendors_vendorpartnership_not_itself",
                ~Q(vendor=F("partner_vendor")),
                "A vendor is not its own partner.",
            ),
            rules.one_of(
                "vendors_vendorpartnership_region_known",
                "region",
                words.Region,
                "The region is not in the list of regions.",
            ),
            rules.subset_of(
                "vendors_vendorpartnership_operations_known",
                "operations",
                words.Operation,
                "An operation of the partnership is not in the list of operations.",
            ),
        ]


class ListScreen(TenantModel):
    """The outcome of looking a vendor up in one version of a list of restricted parties."""

    vendor = TenantForeignKey(Vendor, related_name="list_screens")
    list_name = models.CharField(max_length=32)
    list_version = models.CharField(max_length=100, blank=True, default="")
    publication_date = models.DateField(null=True, blank=True)
    effective_date = models.DateField(null=True, blank=True)
    read_on = models.DateField(null=True, blank=True)
    screened_on = models.DateField()
    contract_date = models.DateField(null=True, blank=True)
    result = models.CharField(max_length=16)
    matched_party = models.CharField(max_length=300, blank=True, default="")
    relation = models.CharField(max_length=16, blank=True, default="")
    counsel_note = models.TextField(blank=True, default="")
    source = models.CharField(max_length=500, blank=True, default="")
    retracted_on = models.DateField(null=True, blank=True)
    retraction_reason = models.CharField(max_length=500, blank=True, default="")

    objects: ClassVar = VendorOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "vendor", "list_name", "list_version", "screened_on"],
                condition=Q(retracted_on__isnull=True),
                name="vendors_listscreen_once",
                violation_error_code="vendors_listscreen_once",
                violation_error_message="This list version was already screened on that day.",
            ),
            rules.one_of(
                "vendors_listscreen_list_known",
                "list_name",
                words.ListCode,
                "The list is one of the lists of restricted parties.",
                blank=False,
            ),
            rules.one_of(
                "vendors_listscreen_result_known",
                "result",
                words.ListResult,
                "The result is fail, conditional, pass or unknown.",
                blank=False,
            ),
            rules.one_of(
                "vendors_listscreen_relation_known",
                "relation",
                words.ListRelation,
                "The relation of a matched party is self or affiliate.",
            ),
            rules.rule(
                "vendors_listscreen_match_named",
                ~Q(result__in=["fail", "conditional"]) | ~Q(matched_party=""),
                "A match names the matched party.",
            ),
        ]
