"""Write what a file of vendors changes: whole tables at a time, in an order of locks that cannot deadlock.

Rows first, as everywhere; then the inserts that change who is affected (they take the organisation's lock
exclusively); then everything else, evidence last.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import models

from cdmo_eval.core import wakeup
from cdmo_eval.core.errors import Conflict
from cdmo_eval.core.models import Organization, VersionedModel
from cdmo_eval.core.policies import Actor
from vendors.imports.targets import CapabilityTarget, SiteTarget, Target, VendorTarget
from vendors.models import Capability, ExternalId, ExternalIdType, Site, Vendor
from vendors.services import (
    Draft,
    NewCapability,
    NewSite,
    Subject,
    create_capabilities,
    create_sites,
    create_vendors,
    match_records,
    refresh_standings,
)
from vendors.services.bulk_rows import add_rows, set_columns
from vendors.services.evidence import record_checked
from vendors.services.projection import RowKey
from vendors.services.writing import lock_vendors
from vendors.vocabulary import SubjectType

M = TypeVar("M", bound=VersionedModel)
R = TypeVar("R", Vendor, Site)
_DRAFTS_AT_ONCE = 5000


def write_targets(
    organization: Organization, vendors: Sequence[VendorTarget], *, by: Actor, now: datetime
) -> None:
    """Write new and changed vendors, sites, capabilities, ids and evidence. Inside the caller's transaction.

    Raises Conflict when a row changed since the check, Invalid when a name was taken meanwhile.
    """
    sites = [site for vendor in vendors for site in vendor.sites]
    capabilities = [one for site in sites for one in site.capabilities.values()]
    _lock(organization, vendors, sites, capabilities)
    fresh = [target for target in vendors if target.existing is None]
    known = [target for target in vendors if target.existing is not None]
    rows = create_vendors(organization=organization, rows=[target.plain for target in fresh], by=by, now=now)
    for target, row in zip(fresh, rows, strict=True):
        target.existing = row
    bumped: set[RowKey] = {(Vendor, row.pk) for row in rows}
    renumbered = _write_sites(organization, sites, bumped, by=by, now=now)
    _update(Vendor, known, bumped, now)
    _write_capabilities(organization, capabilities, bumped, by=by, now=now)
    _write_ids(organization, vendors, sites)
    _record(organization, vendors, bumped, by=by, now=now)
    if renumbered:
        refresh_standings(organization=organization, as_of=now.date(), sites=renumbered)
    match_records(organization=organization, now=now)
    wakeup.after_commit(organization.pk)


def write_new_targets(
    organization: Organization, vendors: Sequence[VendorTarget], *, by: Actor, now: datetime
) -> None:
    """Write what a file that only names vendors, sites and capabilities makes of them, if anything."""
    sites = [site for vendor in vendors for site in vendor.sites]
    everything: list[Any] = [*vendors, *sites, *(one for site in sites for one in site.capabilities.values())]
    fresh = [target for target in everything if target.existing is None]
    for target in fresh:
        target.plain = {column: stated.value for column, stated in target.values.items()}
    if fresh:
        write_targets(organization, vendors, by=by, now=now)


def _lock(
    organization: Organization,
    vendors: Iterable[VendorTarget],
    sites: Iterable[SiteTarget],
    capabilities: Iterable[CapabilityTarget],
) -> None:
    """Lock what is to be changed, vendors first, and refuse what is not as the check saw it."""
    expected = {target.existing.pk: target.existing for target in vendors if target.existing is not None}
    _compare(expected, lock_vendors(organization, expected))
    for model, targets in ((Site, sites), (Capability, capabilities)):
        seen: dict[int, VersionedModel] = {
            target.existing.pk: target.existing for target in targets if target.existing is not None
        }
        _compare(seen, _locked(organization, model, seen))


def require_unchanged(model: type[Any], rows: Sequence[Any]) -> None:
    """Lock rows that were read; Conflict when one changed or was archived since."""
    if rows:
        seen = {row.pk: row for row in rows}
        _compare(seen, _locked(rows[0].organization, model, seen))


def _locked(organization: Organization, model: type[Any], keys: Iterable[int]) -> models.QuerySet[Any]:
    manager: models.Manager[Any] = model._default_manager
    rows = manager.filter(organization=organization, pk__in=list(keys)).order_by("id")
    return rows.select_for_update(no_key=True)


def _compare(seen: dict[int, Any], rows: Iterable[Any]) -> None:
    versions = {row.pk: (row.version, getattr(row, "archived_at", None)) for row in rows}
    for key, row in seen.items():
        if versions.get(key) != (row.version, None):
            raise Conflict(
                f"{row} was changed by somebody else since the file was checked: check it again.",
                code="changed_since",
            )


def _write_sites(
    organization: Organization,
    sites: Sequence[SiteTarget],
    bumped: set[RowKey],
    *,
    by: Actor,
    now: datetime,
) -> list[Site]:
    """Insert and update sites; those that were there and have another FEI now."""
    known = [target for target in sites if target.existing is not None]
    fresh = [target for target in sites if target.existing is None]
    rows = [NewSite(vendor=_there(target.vendor.existing), fields=target.plain) for target in fresh]
    created = create_sites(organization=organization, rows=rows, by=by, now=now)
    for target, row in zip(fresh, created, strict=True):
        target.existing = row
    bumped.update((Site, row.pk) for row in created)
    for target in known:
        if "fei" in target.plain:
            target.plain["fei_key"] = target.plain["fei"].lstrip("0")
    # a statement that changes an FEI takes the exclusive lock, so it comes before those that share it
    _update(Site, sorted(known, key=lambda target: "fei" not in target.plain), bumped, now)
    return [_there(target.existing) for target in known if "fei" in target.plain]


def _write_capabilities(
    organization: Organization,
    capabilities: Sequence[CapabilityTarget],
    bumped: set[RowKey],
    *,
    by: Actor,
    now: datetime,
) -> None:
    known = [target for target in capabilities if target.existing is not None]
    fresh = [target for target in capabilities if target.existing is None]
    rows = [
        NewCapability(
            site=_there(target.site.existing),
            modality=target.modality,
            operation=target.operation,
            fields=target.plain,
        )
        for target in fresh
    ]
    created = create_capabilities(organization=organization, rows=rows, by=by, now=now)
    for target, row in zip(fresh, created, strict=True):
        target.existing = row
    bumped.update((Capability, row.pk) for row in created)
    _update(Capability, known, bumped, now)


def _there(row: R | None) -> R:
    """A row that was there, or was made before what stands below it."""
    if row is None:
        raise RuntimeError("a row is written before what stands below it")
    return row


def _update(model: type[M], targets: Iterable[Any], bumped: set[RowKey], now: datetime) -> None:
    """Set the plain columns of rows that were there, in the order given."""
    changed: list[M] = []
    columns: set[str] = set()
    for target in targets:
        if not target.plain:
            continue
        for column, value in target.plain.items():
            setattr(target.existing, column, value)
        target.existing.version += 1
        target.existing.updated_at = now
        columns |= set(target.plain)
        changed.append(target.existing)
    set_columns(changed, {*columns, "version", "updated_at"})
    bumped.update((model, row.pk) for row in changed)


def _write_ids(
    organization: Organization, vendors: Iterable[VendorTarget], sites: Iterable[SiteTarget]
) -> None:
    rows = []
    for kind, column, targets in (
        (ExternalIdType.VENDOR, "vendor", vendors),
        (ExternalIdType.SITE, "site", sites),
    ):
        for target in targets:
            owner = {column: target.existing}
            rows += [
                ExternalId(
                    organization=organization, object_type=kind.value, system=system, value=value, **owner
                )
                for system, value in target.ids
            ]
    add_rows(rows)


def _record(
    organization: Organization,
    vendors: Iterable[VendorTarget],
    bumped: set[RowKey],
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Record the evidence, whole vendors at a time, so that each is projected once."""
    drafts: list[Draft] = []
    for vendor in vendors:
        drafts += _drafts(vendor)
        if len(drafts) >= _DRAFTS_AT_ONCE:
            record_checked(organization=organization, drafts=drafts, by=by, now=now, bumped=bumped)
            drafts = []
    record_checked(organization=organization, drafts=drafts, by=by, now=now, bumped=bumped)


def _drafts(target: VendorTarget) -> list[Draft]:
    vendor = _there(target.existing)
    drafts = _of(target, Subject(type=SubjectType.VENDOR, vendor=vendor))
    for site in target.sites:
        drafts += _of(site, Subject(type=SubjectType.SITE, vendor=vendor, site=site.existing))
        for one in site.capabilities.values():
            subject = Subject(
                type=SubjectType.CAPABILITY, vendor=vendor, site=site.existing, capability=one.existing
            )
            drafts += _of(one, subject)
    return drafts


def _of(target: Target, subject: Subject) -> list[Draft]:
    return [
        Draft(subject=subject, target=said.target, value=said.value, provenance=said.provenance)
        for said in target.statements
    ]
