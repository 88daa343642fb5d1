"""Everything on a vendor's profile as an export: its sites, capabilities, services, certificates, records, evidence."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models

from cdmo_eval.core.policies import Actor
from scorecards.exporting.asking import Asked, Kind, Subject, needed
from scorecards.exporting.content import raw_text
from scorecards.exporting.evidence import evidence_table
from scorecards.exporting.guard import safe_file_name
from scorecards.exporting.tables import (
    Cell,
    Column,
    Document,
    Points,
    Table,
    Type,
    facts_table,
    lines_table,
    whole,
)
from scorecards.models.export import ExportKind
from vendors import models as rows
from vendors.selectors.regulatory import records_of_sites
from vendors.selectors.vendors import vendor_profile


def _record(name: str) -> Any:
    """Reads a part of an official record, the second of a line."""
    return lambda line: cell_of(getattr(line[1], name))


SITE = (
    "name", "address", "city", "country", "region", "lat", "lon", "fei", "duns", "ema_org_id", "ema_loc_id", "mia_number", "mhra_licence",
    "dea_registered", "opened", "status", "commercial_products", "single_use_pct", "modular_level", "dpmm_level", "bsl", "oeb_max",
    "controlled_schedules", "storage_classes", "languages", "timezone",
)  # fmt: skip
CAPABILITY = (
    "modality", "modality_text", "operation", "phases", "gmp", "scale_min", "scale_max", "batch_unit", "train_size", "trains",
    "annual_capacity", "rate_unit", "annual_committed_pct", "programs_by_phase", "batches_36m", "lead_time_weeks", "capacity_open_from",
    "changeover_days", "concurrent_products", "serotypes", "dosage_forms", "container_formats", "plasmid_source",
)  # fmt: skip
CERTIFICATE = (
    "kind",
    "number",
    "authority",
    "scope",
    "issued_on",
    "inspected_on",
    "valid_until",
    "grade",
    "claim_type",
    "obtained_on",
)
QUALIFICATION = (
    "operation",
    "status",
    "basis",
    "approver",
    "valid_until",
    "open_capas",
    "quality_agreement_signed_on",
)
VENDOR = (
    "name", "legal_name", "parent", "ownership_type", "owner_country", "ownership_complete", "owner_competes", "control_changed_on",
    "hq_country", "website", "founded_year", "employees", "integration", "focus", "niche_modalities", "languages", "timezones",
    "ecovadis_score", "sbti_status", "carbon_disclosure", "financial_level", "archived_at",
)  # fmt: skip
RECORD = [
    Column("Site", lambda line: line[0], 26, name="site"),
    *(
        Column(title, _record(name), width, kind, name)
        for name, title, width, kind in (
            ("kind", "Kind", 18, Type.TEXT), ("authority", "Authority", 12, Type.TEXT), ("native_id", "Number", 20, Type.TEXT),
            ("fei", "FEI", 12, Type.TEXT), ("firm", "Firm", 28, Type.TEXT), ("event_on", "Date", 12, Type.DATE),
            ("posted_on", "Posted on", 12, Type.DATE), ("classification", "Classification", 14, Type.TEXT),
            ("product_area", "Product area", 22, Type.TEXT), ("project_area", "Project area", 22, Type.TEXT), ("cfr", "CFR", 18, Type.TEXT),
            ("closed_on", "Closed on", 12, Type.DATE), ("source", "Source", 20, Type.TEXT), ("read_on", "Read on", 12, Type.DATE),
        )
    ),
]  # fmt: skip
TYPES: dict[Any, Type] = {
    models.BooleanField: Type.BOOLEAN,
    models.IntegerField: Type.INTEGER,
    models.DecimalField: Type.NUMBER,
    models.DateTimeField: Type.MOMENT,
    models.DateField: Type.DATE,
}


def find(actor: Actor, subject_id: UUID | None) -> Subject:
    """A vendor with all of its profile."""
    vendor = vendor_profile(actor.organization, needed(subject_id, "vendor"))
    return Subject(vendor.name, vendor.public_id, vendor)


def document(asked: Asked) -> Document:
    """Every part of the profile as a table."""
    vendor: Any = asked.subject.row
    sites = list(vendor.sites.all())
    place = Column("Site", lambda row: row.site.name if row.site else "", 26, name="site")
    capabilities = [row for site in sites for row in site.capabilities.all()]
    qualifications = [row for site in sites for row in site.qualifications.all()]
    found = records_of_sites(asked.actor.organization, sites)
    records = [(site.name, record) for site in sites for record in found.get(site.pk, ())]
    about = [
        ("Vendor", vendor.name), ("Vendor id", str(vendor.public_id)), ("Read at", asked.now),
        ("Commercial records", "included" if asked.commercial else "left out"),
        ("Official records", "No record found is never a clean record."),
    ]  # fmt: skip
    tables = (
        lines_table("profile", "Profile", [("What", 30), ("Value", 60)], list(_profile(vendor))),
        Table("sites", "Sites", columns_of(rows.Site, SITE), whole(sites)),
        Table("capabilities", "Capabilities", [place, *columns_of(rows.Capability, CAPABILITY)], whole(capabilities)),
        Table("services", "Services", [*columns_of(rows.ServiceOffering, ("code", "delivery", "gmp_grade", "markets")), place], whole(vendor.services.all())),
        Table("certificates", "Certificates", [place, *columns_of(rows.Certificate, CERTIFICATE)], whole(vendor.certificates.all())),
        Table("qualifications", "Qualifications", [place, *columns_of(rows.Qualification, QUALIFICATION)], whole(qualifications)),
        Table("records", "Official records", RECORD, whole(records)),
        evidence_table(asked.actor.organization, commercial=asked.commercial, vendor=vendor),
        facts_table(about),
    )  # fmt: skip
    return Document(
        title=vendor.name, stem=f"{safe_file_name(vendor.name)}-profile-{asked.now.date().isoformat()}", made=asked.now, tables=tables,
        facts=tuple(about),
    )  # fmt: skip


def _profile(vendor: rows.Vendor) -> Iterable[tuple[Cell, ...]]:
    for column in columns_of(rows.Vendor, VENDOR):
        yield (column.title, column.value(vendor))


def columns_of(model: type[models.Model], names: Iterable[str]) -> list[Column]:
    """Columns of a model by the names of its fields."""
    return [_column(model, name) for name in names]


def _column(model: type[models.Model], name: str) -> Column:
    field: Any = model._meta.get_field(name)
    kind = next((found for base, found in TYPES.items() if isinstance(field, base)), Type.TEXT)
    title = str(field.verbose_name).replace(" pct", ", %").capitalize()
    return Column(title, lambda row: cell_of(getattr(row, name)), 28 if kind is Type.TEXT else 14, kind, name)


def cell_of(value: Any) -> Cell:
    """A column's value as a cell: lists and maps in words, decimals with their digits."""
    if isinstance(value, Decimal):
        return Points(format(value.normalize(), "f"))
    if value is None or isinstance(value, str | bool | int | date):
        return value
    return raw_text(value)


KIND = Kind(
    ExportKind.PROFILE, "vendor", find, document,
    tables=("profile", "sites", "capabilities", "services", "certificates", "qualifications", "records", "evidence", "about"),
)  # fmt: skip
