"""The site: where the work is done, and what official files call it."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from cdmo_eval.core.models import TenantForeignKey, VersionedModel
from vendors import vocabulary as words
from vendors.models import constraints as rules
from vendors.models.vendor import Vendor
from vendors.querysets import SiteQuerySet

CONTROLLED_SCHEDULES = ("I", "II", "III", "IV", "V")


class Site(VersionedModel):
    """A plant or laboratory of a vendor.

    `fei_key` is the FEI without its leading zeros, the form in which official files are matched; `fei`
    keeps what was given. `region` follows from the country. Columns that feed a criterion
    (single_use_pct, dpmm_level, ...) are projections of the winning evidence.
    """

    vendor = TenantForeignKey(Vendor, related_name="sites")
    name = models.CharField(max_length=200)
    address = models.CharField(max_length=500, blank=True, default="")
    city = models.CharField(max_length=120, blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="")
    region = models.CharField(max_length=16, blank=True, default="")
    lat = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    lon = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    fei = models.CharField(max_length=10, blank=True, default="")
    fei_key = models.CharField(max_length=10, blank=True, default="")
    duns = models.CharField(max_length=9, blank=True, default="")
    ema_org_id = models.CharField(max_length=13, blank=True, default="")
    ema_loc_id = models.CharField(max_length=13, blank=True, default="")
    mia_number = models.CharField(max_length=100, blank=True, default="")
    mhra_licence = models.CharField(max_length=100, blank=True, default="")
    other_ids = models.JSONField(default=dict, blank=True)
    dea_registered = models.BooleanField(null=True, blank=True)
    opened = models.PositiveSmallIntegerField(null=True, blank=True)
    status = models.CharField(max_length=16, default=words.SiteStatus.ACTIVE.value)
    commercial_products = models.PositiveIntegerField(null=True, blank=True)
    single_use_pct = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    modular_level = models.PositiveSmallIntegerField(null=True, blank=True)
    dpmm_level = models.PositiveSmallIntegerField(null=True, blank=True)
    bsl = models.PositiveSmallIntegerField(null=True, blank=True)
    oeb_max = models.PositiveSmallIntegerField(null=True, blank=True)
    controlled_schedules = ArrayField(models.TextField(), default=list, blank=True)
    storage_classes = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    lanes = models.JSONField(default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    timezone = models.CharField(max_length=64, blank=True, default="")
    authorities_inspected = models.JSONField(default=list, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = SiteQuerySet.as_manager()

    class Meta:
        indexes = [
            # Matching official records of one FEI to the organisation's sites.
            models.Index(fields=["organization", "fei_key"], name="vendors_site_fei_key"),
        ]
        constraints = [
            models.UniqueConstraint(
                models.F("organization"),
                models.F("vendor"),
                Lower("name"),
                condition=models.Q(archived_at__isnull=True),
                name="vendors_site_name_once",
                violation_error_code="vendors_site_name_once",
                violation_error_message="The vendor already has a site of this name.",
            ),
            rules.not_blank("vendors_site_name_given", "name", "A site needs a name."),
            rules.matches(
                "vendors_site_country_format",
                "country",
                rules.COUNTRY_PATTERN,
                "The country is a two-letter country code, such as DE.",
            ),
            rules.one_of(
                "vendors_site_region_known",
                "region",
                words.Region,
                "The region is not in the list of regions.",
            ),
            rules.within("vendors_site_lat_range", "lat", -90, 90, "The latitude is -90 to 90 degrees."),
            rules.within("vendors_site_lon_range", "lon", -180, 180, "The longitude is -180 to 180 degrees."),
            rules.matches(
                "vendors_site_fei_format", "fei", rules.FEI_PATTERN, "An FEI number has 7 to 10 digits."
            ),
            rules.fei_key_follows_fei("vendors_site_fei_key_follows"),
            rules.matches(
                "vendors_site_duns_format",
                "duns",
                rules.DUNS_PATTERN,
                "A DUNS number has 9 digits; leading zeros count.",
            ),
            rules.matches(
                "vendors_site_ema_org_id_format",
                "ema_org_id",
                rules.EMA_ORGANISATION_PATTERN,
                "An EMA organisation id looks like ORG-100047352.",
            ),
            rules.matches(
                "vendors_site_ema_loc_id_format",
                "ema_loc_id",
                rules.EMA_LOCATION_PATTERN,
                "An EMA location id looks like LOC-100078218.",
            ),
            rules.is_object("vendors_site_other_ids_map", "other_ids", "Other ids are a map of name to id."),
            rules.one_of(
                "vendors_site_status_known",
                "status",
                words.SiteStatus,
                "A site is active, closed or sold.",
                blank=False,
            ),
            rules.within("vendors_site_opened_range", "opened", 1600, 2200, "The year of opening is a year."),
            rules.percent(
                "vendors_site_single_use_pct_range", "single_use_pct", "The single-use share is 0 to 100 %."
            ),
            rules.within(
                "vendors_site_modular_level_range", "modular_level", 0, 5, "The modular level is 0 to 5."
            ),
            rules.within(
                "vendors_site_dpmm_level_range", "dpmm_level", 1, 5, "The digital plant maturity is 1 to 5."
            ),
            rules.within("vendors_site_bsl_range", "bsl", 1, 4, "The biosafety level is 1 to 4."),
            rules.within("vendors_site_oeb_max_range", "oeb_max", 1, 6, "The exposure band is 1 to 6."),
            rules.subset_of(
                "vendors_site_controlled_schedules_known",
                "controlled_schedules",
                CONTROLLED_SCHEDULES,
                "A controlled schedule is one of I, II, III, IV and V.",
            ),
            rules.subset_of(
                "vendors_site_storage_classes_known",
                "storage_classes",
                words.StorageClass,
                "A storage class is ambient, 2-8, -20, -80 or liquid nitrogen.",
            ),
            rules.rule(
                "vendors_site_lanes_list",
                models.Q(lanes__contains=[]),
                "Lanes are a list.",
            ),
            rules.rule(
                "vendors_site_authorities_inspected_list",
                models.Q(authorities_inspected__contains=[]),
                "Inspections by authorities are a list.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
