"""Vendors and sites together with what other systems call them: one call for whoever keeps both in step."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from cdmo_eval.core.errors import FieldError, Invalid, PreconditionFailed
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission
from vendors.models import ExternalId, ExternalIdType, Site, Vendor
from vendors.services.external_ids import set_external_ids
from vendors.services.profile import FORM
from vendors.services.provenance import Provenance
from vendors.services.sites import create_site, update_site
from vendors.services.vendors import create_vendor, update_vendor
from vendors.services.writing import begin

Ids = Iterable[Mapping[str, str]]


@transaction.atomic
def create_identified_vendor(
    *,
    organization: Organization,
    by: Actor,
    now: datetime,
    external_ids: Ids = (),
    provenance: Provenance = FORM,
    **fields: Any,
) -> Vendor:
    """Add a vendor with its external ids."""
    vendor = create_vendor(organization=organization, by=by, now=now, provenance=provenance, **fields)
    _name(vendor, external_ids, by=by, now=now, bumped=True)
    return vendor


@transaction.atomic
def update_identified_vendor(
    *,
    vendor: Vendor,
    expected_version: int | None,
    by: Actor,
    now: datetime,
    external_ids: Ids | None = None,
    provenance: Provenance = FORM,
    **fields: Any,
) -> Vendor:
    """Change a vendor, and with `external_ids` what it is called elsewhere."""
    before = vendor.version
    current = update_vendor(
        vendor=vendor, expected_version=expected_version, by=by, now=now, provenance=provenance, **fields
    )
    if external_ids is not None:
        _name(current, external_ids, by=by, now=now, bumped=current.version != before)
    return current


@transaction.atomic
def create_identified_site(
    *,
    organization: Organization,
    vendor: Vendor,
    by: Actor,
    now: datetime,
    external_ids: Ids = (),
    provenance: Provenance = FORM,
    **fields: Any,
) -> Site:
    """Add a site with its external ids."""
    site = create_site(
        organization=organization, vendor=vendor, by=by, now=now, provenance=provenance, **fields
    )
    _name(site, external_ids, by=by, now=now, bumped=True)
    return site


@transaction.atomic
def update_identified_site(
    *,
    site: Site,
    expected_version: int | None,
    by: Actor,
    now: datetime,
    external_ids: Ids | None = None,
    provenance: Provenance = FORM,
    **fields: Any,
) -> Site:
    """Change a site, and with `external_ids` what it is called elsewhere."""
    before = site.version
    current = update_site(
        site=site, expected_version=expected_version, by=by, now=now, provenance=provenance, **fields
    )
    if external_ids is not None:
        _name(current, external_ids, by=by, now=now, bumped=current.version != before)
    return current


def _name(row: Vendor | Site, ids: Ids, *, by: Actor, now: datetime, bumped: bool) -> None:
    """Set the external ids; a change of them is a change of the row."""
    of_row = {"vendor": row} if isinstance(row, Vendor) else {"site": row}
    before = {(one.system, one.value) for one in row.external_ids.all()}
    after = set_external_ids(organization=row.organization, by=by, ids=ids, **of_row)
    if not bumped and {(one.system, one.value) for one in after} != before:
        row.version += 1
        row.updated_at = now
        row.save(update_fields=["version", "updated_at"])


@transaction.atomic
def claim_external_id(
    *, organization: Organization, object_type: ExternalIdType, system: str, value: str, by: Actor
) -> Vendor | Site | None:
    """The vendor or site that another system calls so, or None; nobody else can give the id away until the end of
    the transaction, so that two callers at once make one row."""
    begin(organization, by, Permission.EDIT_VENDORS)
    name = f"{organization.pk}:{object_type.value}:{system}:{value}"
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
    found = (
        ExternalId.objects.for_organization(organization)
        .called(object_type.value, system, value)
        .select_related("vendor", "site__vendor")
        .first()
    )
    return (found.vendor or found.site) if found else None


def upsert_vendor(
    *,
    organization: Organization,
    system: str,
    value: str,
    by: Actor,
    now: datetime,
    must_exist: bool = False,
    expected_version: int | None = None,
    external_ids: Ids | None = None,
    **fields: Any,
) -> tuple[Vendor, bool]:
    """Change the vendor that another system calls so, or add it; whether it was added.

    `must_exist`: PreconditionFailed instead of adding. The id stays in any list of `external_ids`.
    """
    with transaction.atomic():
        own = {"system": system, "value": value}
        present = claim_external_id(
            organization=organization, object_type=ExternalIdType.VENDOR, system=system, value=value, by=by
        )
        if isinstance(present, Vendor):
            ids = None if external_ids is None else [own, *external_ids]
            row = update_identified_vendor(
                vendor=present, expected_version=expected_version, by=by, now=now, external_ids=ids, **fields
            )
            return row, False
        _refuse_to_add(must_exist=must_exist)
        ids = [own, *(external_ids or ())]
        return (
            create_identified_vendor(organization=organization, by=by, now=now, external_ids=ids, **fields),
            True,
        )


def upsert_site(
    *,
    organization: Organization,
    system: str,
    value: str,
    by: Actor,
    now: datetime,
    vendor: Vendor | None = None,
    must_exist: bool = False,
    expected_version: int | None = None,
    external_ids: Ids | None = None,
    **fields: Any,
) -> tuple[Site, bool]:
    """The same for a site, which is added to `vendor`; an existing one stays where it is."""
    with transaction.atomic():
        own = {"system": system, "value": value}
        present = claim_external_id(
            organization=organization, object_type=ExternalIdType.SITE, system=system, value=value, by=by
        )
        if isinstance(present, Site):
            ids = None if external_ids is None else [own, *external_ids]
            row = update_identified_site(
                site=present, expected_version=expected_version, by=by, now=now, external_ids=ids, **fields
            )
            return row, False
        _refuse_to_add(must_exist=must_exist)
        if vendor is None:
            message = "A new site needs its vendor."
            raise Invalid(message, errors=[FieldError("vendor", "required", message)])
        ids = [own, *(external_ids or ())]
        return (
            create_identified_site(
                organization=organization, vendor=vendor, by=by, now=now, external_ids=ids, **fields
            ),
            True,
        )


def _refuse_to_add(*, must_exist: bool) -> None:
    if must_exist:
        raise PreconditionFailed("Nothing here has this external id.")
