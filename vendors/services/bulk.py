"""Add many profile rows at once, for imports and demonstration data: a few statements instead of one by one."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model

from cdmo_eval.core import wakeup
from cdmo_eval.core.errors import Invalid, from_validation
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission
from vendors.models import Capability, ServiceOffering, Site, Vendor
from vendors.services.bulk_rows import add_rows
from vendors.services.columns import scored_names
from vendors.services.evidence import Draft, record_checked
from vendors.services.profile import FORM, content, scored_drafts
from vendors.services.provenance import Provenance
from vendors.services.regulatory import refresh_standings
from vendors.services.sites import CAPABILITY_FIELDS, SERVICE_FIELDS, SITE_COLUMNS, check_sizes, with_fei_key
from vendors.services.vendors import VENDOR_FIELDS
from vendors.services.writing import begin, known_fields, own, with_fields

P = TypeVar("P", Vendor, Site, Capability, ServiceOffering)


@dataclass(frozen=True, kw_only=True)
class NewSite:
    """A site to add; `fields` as for `create_site`."""

    vendor: Vendor
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NewCapability:
    """A capability to add; `fields` as for `create_capability`."""

    site: Site
    modality: str
    operation: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NewService:
    """A service to add; `fields` as for `create_service_offering`."""

    vendor: Vendor
    code: str
    site: Site | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def create_vendors(
    *,
    organization: Organization,
    rows: Sequence[Mapping[str, Any]],
    by: Actor,
    now: datetime,
    provenance: Provenance = FORM,
) -> list[Vendor]:
    """Add vendors, each a map of fields as for `create_vendor`. All or nothing.

    The fields of an error start with the position of the row, as in "3.name".
    """
    begin(organization, by, Permission.EDIT_VENDORS)
    vendors = [Vendor(organization=organization, updated_at=now) for _ in rows]
    return _create(vendors, rows, plain=VENDOR_FIELDS, by=by, now=now, provenance=provenance)


@transaction.atomic
def create_sites(
    *,
    organization: Organization,
    rows: Sequence[NewSite],
    by: Actor,
    now: datetime,
    provenance: Provenance = FORM,
) -> list[Site]:
    """Add sites to vendors; errors as in `create_vendors`."""
    begin(organization, by, Permission.EDIT_VENDORS)
    own(organization, *{row.vendor for row in rows})
    sites = [Site(organization=organization, vendor=row.vendor, updated_at=now) for row in rows]
    values = [with_fei_key(dict(row.fields)) for row in rows]
    created = _create(sites, values, plain=SITE_COLUMNS, by=by, now=now, provenance=provenance)
    if numbered := [site for site in created if site.fei_key]:
        refresh_standings(organization=organization, as_of=now.date(), sites=numbered)
    return created


@transaction.atomic
def create_capabilities(
    *,
    organization: Organization,
    rows: Sequence[NewCapability],
    by: Actor,
    now: datetime,
    provenance: Provenance = FORM,
) -> list[Capability]:
    """Add capabilities to sites; errors as in `create_vendors`."""
    begin(organization, by, Permission.EDIT_VENDORS)
    own(organization, *{row.site for row in rows})
    capabilities = []
    for position, row in enumerate(rows):
        with _position(position):
            check_sizes(dict(row.fields))
        capabilities.append(
            Capability(
                organization=organization,
                site=row.site,
                modality=row.modality,
                operation=row.operation,
                updated_at=now,
            )
        )
    values = [row.fields for row in rows]
    return _create(capabilities, values, plain=CAPABILITY_FIELDS, by=by, now=now, provenance=provenance)


@transaction.atomic
def create_service_offerings(
    *,
    organization: Organization,
    rows: Sequence[NewService],
    by: Actor,
    now: datetime,
    provenance: Provenance = FORM,
) -> list[ServiceOffering]:
    """Add services to vendors and sites; errors as in `create_vendors`."""
    begin(organization, by, Permission.EDIT_VENDORS)
    own(organization, *{row.vendor for row in rows}, *{row.site for row in rows})
    offerings = [
        ServiceOffering(
            organization=organization, vendor=row.vendor, site=row.site, code=row.code, updated_at=now
        )
        for row in rows
    ]
    values = [row.fields for row in rows]
    return _create(offerings, values, plain=SERVICE_FIELDS, by=by, now=now, provenance=provenance)


def _create(
    rows: list[P],
    values: Sequence[Mapping[str, Any]],
    *,
    plain: Collection[str],
    by: Actor,
    now: datetime,
    provenance: Provenance,
) -> list[P]:
    """Save rows of one model, then all their evidence, then one projection."""
    if not rows:
        return []
    model: type[Any] = type(rows[0])
    scored: frozenset[str] = scored_names(_as_model(rows[0]))
    allowed = {*plain, *scored}
    before = []
    for position, (row, given) in enumerate(zip(rows, values, strict=True)):
        with _position(position):
            known_fields(given, allowed)
            for name in plain:
                if name in given:
                    setattr(row, name, given[name])
            _clean_columns(row)
        before.append(content(row))
    add_rows(rows)
    drafts: list[Draft] = []
    for position, (row, given) in enumerate(zip(rows, values, strict=True)):
        with _position(position):
            drafts += scored_drafts(row, before[position], given, provenance=provenance)
    record_checked(
        organization=rows[0].organization,
        drafts=drafts,
        by=by,
        now=now,
        bumped={(model, row.pk) for row in rows},
    )
    wakeup.after_commit(rows[0].organization_id)
    fresh = model._default_manager.in_bulk([row.pk for row in rows])
    return [fresh[row.pk] for row in rows]


def _as_model(row: Model) -> type[Model]:
    return type(row)


def _clean_columns(row: P) -> None:
    """Check the columns by themselves; references were checked, and rules of the row are PostgreSQL's."""
    references = {column.name for column in row._meta.fields if column.is_relation}
    try:
        row.clean_fields(exclude=references)
    except ValidationError as error:
        raise with_fields(from_validation(error), type(row)) from error


@contextmanager
def _position(position: int) -> Iterator[None]:
    """Say at which row of many an error happened."""
    try:
        yield
    except Invalid as error:
        error.errors = tuple(replace(one, field=f"{position}.{one.field}") for one in error.errors)
        raise
