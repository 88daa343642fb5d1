"""Serializers of the profile: vendor, site, capability, service, as they are written and as they are shown."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cdmo_eval.http.fields import Code, NoId, PublicId, codes, count, day, number, text, texts, yes_no
from cdmo_eval.http.serializers import Input, Output
from vendors import vocabulary as words
from vendors.api.references import ExternalIdOut, external_ids_in, site_field, vendor_field
from vendors.models import Capability, Certificate, ServiceOffering, Site, Vendor

UNKNOWN: dict[str, Any] = {"required": False, "allow_blank": True}


class VendorChange(Input):
    """What may change about a vendor. Columns that feed a criterion become evidence: claimed, of grade D."""

    name = serializers.CharField(max_length=200)
    legal_name = text(200)
    parent = text(200)  # type: ignore[assignment]  # a field, not the base's attribute
    ownership_type = Code(words.OwnershipType, **UNKNOWN)
    owner_country = text(2)
    ownership_complete = yes_no()
    owner_competes = yes_no()
    control_changed_on = day()
    hq_country = text(2)
    website = serializers.URLField(max_length=300, **UNKNOWN)
    founded_year = count(1600, 2200)
    employees = count()
    integration = Code(words.Integration, **UNKNOWN)
    focus = Code(words.Focus, **UNKNOWN)
    niche_modalities = codes(words.Modality, required=False)
    languages = texts(16)
    timezones = texts(64)
    ecovadis_score = number(5, 2)
    ecovadis_on = day()
    sbti_status = Code(words.SbtiStatus, **UNKNOWN)
    sbti_on = day()
    carbon_disclosure = Code(words.CarbonDisclosure, **UNKNOWN)
    financial_level = count(0, 5)
    external_ids = external_ids_in()


class VendorIn(VendorChange):
    """A new vendor."""


class SiteChange(Input):
    """What may change about a site. Columns that feed a criterion become evidence: claimed, of grade D."""

    name = serializers.CharField(max_length=200)
    address = text(500)
    city = text(120)
    country = text(2)
    lat = number(8, 5)
    lon = number(8, 5)
    fei = text(10)
    duns = text(9)
    ema_org_id = text(13)
    ema_loc_id = text(13)
    mia_number = text(100)
    mhra_licence = text(100)
    other_ids = serializers.DictField(child=serializers.CharField(max_length=200), required=False)
    dea_registered = yes_no()
    opened = count(1600, 2200)
    status = Code(words.SiteStatus, required=False)
    commercial_products = count()
    single_use_pct = number(5, 2)
    modular_level = count(0, 5)
    dpmm_level = count(1, 5)
    bsl = count(1, 4)
    oeb_max = count(1, 6)
    controlled_schedules = texts(3)
    storage_classes = codes(words.StorageClass, required=False)
    lanes = serializers.ListField(child=serializers.DictField(), required=False, max_length=500)
    languages = texts(16)
    timezone = text(64)
    authorities_inspected = serializers.ListField(
        child=serializers.DictField(), required=False, max_length=500
    )
    external_ids = external_ids_in()


class SiteIn(SiteChange):
    """A new site."""

    vendor = vendor_field()


class SiteUpsert(SiteChange):
    """A site by its external id; the vendor is needed for a new one only."""

    vendor = vendor_field(required=False)


class CapabilityChange(Input):
    """What may change about a capability; sizes come with their unit."""

    modality_text = text(200)
    tags = codes(words.ModalityTag, required=False)
    phases = codes(words.Phase, required=False)
    gmp = yes_no()
    scale_min = number(30, 6)
    scale_max = number(30, 6)
    batch_unit = Code(words.BatchUnit, **UNKNOWN)
    train_size = number(30, 6)
    trains = count()
    annual_capacity = number(30, 6)
    rate_unit = Code(words.RateUnit, **UNKNOWN)
    annual_committed_pct = number(5, 2)
    programs_by_phase = serializers.DictField(child=count(required=True, allow_null=False), required=False)
    batches_36m = count()
    lead_time_weeks = number(6, 2)
    capacity_open_from = day()
    changeover_days = number(6, 2)
    vein_to_release_days = number(6, 2)
    patient_suites = count()
    concurrent_products = count()
    serotypes = texts(100)
    dosage_forms = codes(words.DosageForm, required=False)
    container_formats = codes(words.ContainerFormat, required=False)
    plasmid_source = Code(words.PlasmidSource, **UNKNOWN)


class CapabilityIn(CapabilityChange):
    """A new capability: which operation for which modality, at which site."""

    site = site_field()
    modality = Code(words.Modality)
    operation = Code(words.Operation)


class ServiceChange(Input):
    """What may change about a service."""

    delivery = Code(words.Delivery, **UNKNOWN)
    partner_vendor = vendor_field(required=False, allow_null=True)
    gmp_grade = Code(words.GmpGrade, **UNKNOWN)
    markets = texts(8)


class ServiceIn(ServiceChange):
    """A new service of a vendor, or of one of its sites."""

    vendor = vendor_field()
    site = site_field(required=False, allow_null=True)
    code = Code(words.ServiceCode)


class CapabilityOut(serializers.ModelSerializer[Capability]):
    """A capability."""

    id = PublicId()
    site = PublicId("site.public_id")
    vendor = PublicId("site.vendor.public_id")

    class Meta:
        model = Capability
        fields = read_only_fields = (
            "id", "vendor", "site", "modality", "modality_text", "tags", "operation", "phases", "gmp", "scale_min",
            "scale_max", "batch_unit", "train_size", "trains", "annual_capacity", "rate_unit", "annual_committed_pct",
            "programs_by_phase", "batches_36m", "lead_time_weeks", "capacity_open_from", "changeover_days",
            "vein_to_release_days", "patient_suites", "concurrent_products", "serotypes", "dosage_forms",
            "container_formats", "plasmid_source", "version", "created_at", "updated_at", "archived_at",
        )  # fmt: skip
        extra_kwargs: ClassVar = {
            "programs_by_phase": {"help_text": "Number of programmes by phase."},
        }


class StandingOut(Output):
    """What official records say about a site, as last worked out; scores 0-100, null without inspections."""

    as_of = serializers.DateField()
    state = serializers.CharField()
    base_score = serializers.FloatField(allow_null=True)
    cap = serializers.IntegerField(allow_null=True)
    score = serializers.FloatField(allow_null=True)
    latest_on = serializers.DateField(allow_null=True)
    latest_classification = serializers.CharField()


class SiteOut(serializers.ModelSerializer[Site]):
    """A site with its capabilities."""

    id = PublicId()
    vendor = PublicId("vendor.public_id")
    regulatory = serializers.SerializerMethodField()
    capabilities = CapabilityOut(many=True)
    external_ids = ExternalIdOut(many=True)

    class Meta:
        model = Site
        fields = read_only_fields = (
            "id", "vendor", "name", "address", "city", "country", "region", "lat", "lon", "fei", "duns", "ema_org_id",
            "ema_loc_id", "mia_number", "mhra_licence", "other_ids", "dea_registered", "opened", "status",
            "commercial_products", "single_use_pct", "modular_level", "dpmm_level", "bsl", "oeb_max",
            "controlled_schedules", "storage_classes", "lanes", "languages", "timezone", "authorities_inspected",
            "regulatory", "capabilities", "external_ids", "version", "created_at", "updated_at", "archived_at",
        )  # fmt: skip

    @extend_schema_field(StandingOut(allow_null=True))
    def get_regulatory(self, site: Site) -> dict[str, object] | None:
        """The standing; null before the first time it was worked out."""
        standings = list(site.standings.all())
        return dict(StandingOut(standings[0]).data) if standings else None


class ServiceOut(serializers.ModelSerializer[ServiceOffering]):
    """A service."""

    id = PublicId()
    vendor = PublicId("vendor.public_id")
    site = NoId("site.public_id")
    partner_vendor = NoId("partner_vendor.public_id")

    class Meta:
        model = ServiceOffering
        fields = read_only_fields = (
            "id", "vendor", "site", "code", "delivery", "partner_vendor", "gmp_grade", "markets", "version",
            "created_at", "updated_at", "archived_at",
        )  # fmt: skip


class CertificateOut(serializers.ModelSerializer[Certificate]):
    """A certificate or licence."""

    id = PublicId()
    vendor = PublicId("vendor.public_id")
    site = NoId("site.public_id")
    file = NoId("file.public_id")

    class Meta:
        model = Certificate
        fields = read_only_fields = (
            "id", "vendor", "site", "kind", "number", "authority", "scope", "issued_on", "inspected_on", "valid_until",
            "file", "claim_type", "grade", "reviewed_by", "reviewed_on", "obtained_on", "author_name", "version",
            "created_at", "updated_at", "archived_at",
        )  # fmt: skip


class VendorOut(serializers.ModelSerializer[Vendor]):
    """A vendor with its living sites, their capabilities, its services and certificates."""

    id = PublicId()
    merged_into = NoId("merged_into.public_id")
    aliases = serializers.SlugRelatedField[Vendor](slug_field="name", many=True, read_only=True)
    external_ids = ExternalIdOut(many=True)
    sites = SiteOut(many=True)
    services = ServiceOut(many=True)
    certificates = CertificateOut(many=True)

    class Meta:
        model = Vendor
        fields = read_only_fields = (
            "id", "name", "legal_name", "parent", "ownership_type", "owner_country", "ownership_complete",
            "owner_competes", "control_changed_on", "hq_country", "website", "founded_year", "employees", "integration",
            "focus", "niche_modalities", "languages", "timezones", "ecovadis_score", "ecovadis_on", "sbti_status",
            "sbti_on", "carbon_disclosure", "financial_level", "merged_into", "aliases", "external_ids", "sites",
            "services", "certificates", "version", "created_at", "updated_at", "archived_at",
        )  # fmt: skip
