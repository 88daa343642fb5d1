"""Everything on a vendor's profile as an export: its sites, capabilities, services, certificates, records, evidence."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models

from cdmo_eval.core.errors import FieldError, Invalid
from cdmo_eval.core.policies import Actor
from scorecards.exporting.asking import Asked, Kind, Subject
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
from vendors.selectors.vendors import vendor_profile, vendor_profiles

VENDORS = "vendors"
"""The option that names several."""
MOST_VENDORS = 80


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
    """A vendor with all of its profile; without one, those that the option `vendors` names."""
    if subject_id is None:
        return Subject("Chosen vendors")
    vendor = vendor_profile(actor.organization, subject_id)
    return Subject(vendor.name, vendor.public_id, vendor)


def check(asked: Asked) -> None:
    """One vendor, or one to eighty chosen ones; never both."""
    try:
        ids, one = asked.ids(VENDORS), asked.subject.id is not None
    except ValueError:
        raise Invalid("What was sent is no list of vendors.", code="vendors") from None
    if one == bool(ids):
        message = (
            "Name one vendor as the subject or several as vendors, not both." if one else "Say which vendor."
        )
        raise Invalid(message, errors=[FieldError(VENDORS if one else "subject", "required", message)])
    if len(ids) > MOST_VENDORS:
        message = f"At most {MOST_VENDORS} vendors go into one file."
        raise Invalid(message, errors=[FieldError(VENDORS, "too_many", message)])
    if ids:
        vendor_profiles(asked.actor.organization, ids)


def document(asked: Asked) -> Document:
    """Every part of the profile as a table; of several vendors each line says whose it is."""
    several = asked.subject.row is None
    organization = asked.actor.organization
    vendors: list[Any] = vendor_profiles(organization, asked.ids(VENDORS)) if several else [asked.subject.row]
    sites = [site for vendor in vendors for site in vendor.sites.all()]
    name_of = {vendor.pk: vendor.name for vendor in vendors}
    whose = [Column("Vendor", lambda row: name_of[row.vendor_id], 28, name="vendor")] if several else []
    whose_site = (
        [Column("Vendor", lambda row: name_of[row.site.vendor_id], 28, name="vendor")] if several else []
    )
    place = Column("Site", lambda row: row.site.name if row.site else "", 26, name="site")
    capabilities = [row for site in sites for row in site.capabilities.all()]
    qualifications = [row for site in sites for row in site.qualifications.all()]
    services = [row for vendor in vendors for row in vendor.services.all()]
    certificates = [row for vendor in vendors for row in vendor.certificates.all()]
    found = records_of_sites(organization, sites)
    records = [
        (site.name, record, name_of[site.vendor_id]) for site in sites for record in found.get(site.pk, ())
    ]
    whose_record = [Column("Vendor", lambda line: line[2], 28, name="vendor")] if several else []
    about: list[tuple[str, Cell]] = [
        ("Vendors", ", ".join(name_of.values())) if several else ("Vendor", asked.subject.name),
        *([] if several else [("Vendor id", str(asked.subject.id))]), ("Read at", asked.now),
        ("Commercial records", "included" if asked.commercial else "left out"),
        ("Official records", "No record found is never a clean record."),
    ]  # fmt: skip
    tables = (
        _profile_table(vendors, several=several),
        Table("sites", "Sites", [*whose, *columns_of(rows.Site, SITE)], whole(sites)),
        Table("capabilities", "Capabilities", [*whose_site, place, *columns_of(rows.Capability, CAPABILITY)], whole(capabilities)),
        Table("services", "Services", [*whose, *columns_of(rows.ServiceOffering, ("code", "delivery", "gmp_grade", "markets")), place], whole(services)),
        Table("certificates", "Certificates", [*whose, place, *columns_of(rows.Certificate, CERTIFICATE)], whole(certificates)),
        Table("qualifications", "Qualifications", [*whose_site, place, *columns_of(rows.Qualification, QUALIFICATION)], whole(qualifications)),
        Table("records", "Official records", [*whose_record, *RECORD], whole(records)),
        evidence_table(organization, commercial=asked.commercial, vendors=vendors),
        facts_table(about),
    )  # fmt: skip
    title = f"{len(vendors)} vendor{'s' if len(vendors) > 1 else ''}" if several else asked.subject.name
    stem = f"{safe_file_name(title)}-profile{'s' if several else ''}-{asked.now.date().isoformat()}"
    return Document(title=title, stem=stem, made=asked.now, tables=tables, facts=tuple(about))


def _profile_table(vendors: Sequence[rows.Vendor], *, several: bool) -> Table:
    """What is known of the company: of one vendor a line for each fact, of several a line for each vendor."""
    columns = columns_of(rows.Vendor, VENDOR)
    if several:
        number = Column("Vendor id", lambda row: str(row.public_id), 38, name="vendor_id")
        return Table("profile", "Profile", [*columns, number], whole(vendors))
    lines: list[tuple[Cell, ...]] = [(column.title, column.value(vendors[0])) for column in columns]
    return lines_table("profile", "Profile", [("What", 30), ("Value", 60)], lines)


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
    ExportKind.PROFILE, "vendor", find, document, check=check, options=frozenset({VENDORS}),
    tables=("profile", "sites", "capabilities", "services", "certificates", "qualifications", "records", "evidence", "about"),
)  # fmt: skip
