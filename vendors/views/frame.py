"""What every page of one vendor has: its name, the line below, its tabs and what may be done with it."""

from typing import Any
from uuid import UUID

from django.urls import NoReverseMatch, reverse

from cdmo_eval.core.policies import Actor, Permission, allows
from vendors.imports.countries import country_name
from vendors.models import Evidence, Site, Vendor
from vendors.policies import sees_commercial
from vendors.selectors import get_one
from vendors.vocabulary import Integration, OwnershipType

TABS = (
    ("profile", "Overview"),
    ("sites", "Sites"),
    ("evidence", "Evidence"),
    ("regulatory", "Regulatory"),
    ("dealings", "Dealings"),
    ("scores", "Scores"),
    ("changes", "Changes"),
)


def find_vendor(actor: Actor, public_id: UUID) -> Vendor:
    """The vendor by itself; NotFound also for another organisation's."""
    return get_one(Vendor.objects.for_organization(actor.organization), public_id)


def sites_of(actor: Actor, vendor: Vendor) -> list[Site]:
    """The living sites in their order on pages."""
    return list(Site.objects.for_organization(actor.organization).of_vendor(vendor).active().by_place())


def vendor_url(vendor: Vendor, page: str = "profile") -> str:
    """The address of one of the vendor's pages."""
    return reverse(f"vendors:{page}", args=[vendor.public_id])


def trail(vendor: Vendor, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """The way to a page below the vendor."""
    return (("Vendors", reverse("vendors:directory")), (vendor.name, vendor_url(vendor)), *more)


def url_or_none(name: str, *args: Any) -> str:
    """The address of another app's page, or "" while the product has none."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def frame(actor: Actor, vendor: Vendor, current: str, *, sites: int) -> dict[str, Any]:
    """The context of header and tabs: one query, for the number of records."""
    records = (
        Evidence.objects.for_organization(actor.organization)
        .of_vendor(vendor)
        .visible(commercial=sees_commercial(actor))
        .active()
        .count()
    )
    counts = {"sites": sites, "evidence": records}
    tabs = [
        {
            "label": label,
            "url": vendor_url(vendor, page),
            "current": page == current,
            "count": counts.get(page),
        }
        for page, label in TABS
        if page != "changes" or allows(actor, Permission.VIEW_AUDIT)
    ]
    living = vendor.archived_at is None
    return {
        "vendor": vendor,
        "tabs": tabs,
        "line": _line(vendor, sites),
        "directory_url": reverse("vendors:directory"),
        "may_edit": living and allows(actor, Permission.EDIT_VENDORS),
        "may_restore": not living
        and vendor.merged_into_id is None
        and allows(actor, Permission.EDIT_VENDORS),
        "may_state": living and allows(actor, Permission.EDIT_EVIDENCE),
        "may_verify": living and allows(actor, Permission.VERIFY_EVIDENCE),
        "may_contact": living and allows(actor, Permission.EDIT_CONTACTS),
        "may_note": living and allows(actor, Permission.EDIT_NOTES),
        "may_cda": living and allows(actor, Permission.EDIT_CDAS),
        "may_qualify": living and allows(actor, Permission.EDIT_QUALIFICATION),
    }


def _line(vendor: Vendor, sites: int) -> str:
    """Type, head office, sites, owner: what is known of them."""
    parts = []
    if vendor.integration in set(Integration):
        parts.append(Integration(vendor.integration).label)
    if vendor.hq_country:
        parts.append(country_name(vendor.hq_country))
    parts.append(f"{sites} {'site' if sites == 1 else 'sites'}" if sites else "no site known")
    if vendor.parent:
        parts.append(f"owned by {vendor.parent}")
    elif vendor.ownership_type in set(OwnershipType):
        parts.append(OwnershipType(vendor.ownership_type).label)
    return " · ".join(parts)
