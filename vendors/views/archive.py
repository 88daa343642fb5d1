"""Archive rows of a profile, each on a page that names the thing; what is known of it stays."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from cdmo_eval.core.models import VersionedModel
from cdmo_eval.core.policies import Actor, Permission, require
from cdmo_eval.http.pages.access import FORM, page
from cdmo_eval.http.pages.sheet import Sheet, VersionedForm, form_sheet
from vendors import services
from vendors.models import Capability, Certificate, Contact, Note, ServiceOffering, Site, Vendor
from vendors.policies import sees_commercial
from vendors.selectors import get_one
from vendors.views.frame import trail, vendor_url
from vendors.views.record_lines import capability_name
from vendors.vocabulary import CertificateKind, ServiceCode

STAYS = "It leaves all lists and scorecards. What is known of it stays on file and in the audit trail."


@dataclass(frozen=True)
class Kind:
    """How one kind of row is archived."""

    permission: Permission
    model: type[VersionedModel]
    related: tuple[str, ...]
    argument: str
    archive: Callable[..., Any]
    vendor: Callable[[Any], Vendor]
    name: Callable[[Any], str]
    tab: str = "profile"


KINDS: dict[str, Kind] = {
    "vendor": Kind(
        Permission.EDIT_VENDORS, Vendor, (), "vendor", services.archive_vendor, lambda r: r, lambda r: r.name
    ),
    "site": Kind(
        Permission.EDIT_VENDORS, Site, ("vendor",), "site", services.archive_site,
        lambda r: r.vendor, lambda r: r.name, "sites",
    ),
    "capability": Kind(
        Permission.EDIT_VENDORS, Capability, ("site__vendor",), "capability", services.archive_capability,
        lambda r: r.site.vendor, capability_name, "sites",
    ),
    "service": Kind(
        Permission.EDIT_VENDORS, ServiceOffering, ("vendor",), "offering", services.archive_service_offering,
        lambda r: r.vendor, lambda r: ServiceCode(r.code).label,
    ),
    "certificate": Kind(
        Permission.EDIT_EVIDENCE, Certificate, ("vendor",), "certificate", services.archive_certificate,
        lambda r: r.vendor, lambda r: CertificateKind(r.kind).label,
    ),
    "contact": Kind(
        Permission.EDIT_CONTACTS, Contact, ("vendor",), "contact", services.archive_contact,
        lambda r: r.vendor, lambda r: r.name, "dealings",
    ),
    "note": Kind(
        Permission.EDIT_NOTES, Note, ("vendor",), "note", services.archive_note,
        lambda r: r.vendor, lambda r: f"the note of {r.on:%d %b %Y}".replace(" 0", " "), "dealings",
    ),
}  # fmt: skip


@page(**FORM)
def archive(request: HttpRequest, actor: Actor, kind: str, row_id: UUID) -> HttpResponse:
    """Ask on a page of its own, then archive the version that was shown."""
    known = KINDS[kind]
    require(actor, known.permission)
    rows: Any = known.model._default_manager.filter(organization=actor.organization)
    if kind == "note":
        rows = rows.visible(commercial=sees_commercial(actor))
    row: Any = get_one(rows.select_related(*known.related) if known.related else rows, row_id)
    vendor, name = known.vendor(row), known.name(row)
    form = VersionedForm(request.POST or None, initial={"version": row.version})

    def save() -> str:
        known.archive(
            **{known.argument: row},
            expected_version=form.cleaned_data["version"],
            by=actor,
            now=timezone.now(),
        )
        return vendor_url(vendor, known.tab)

    sheet = Sheet(
        title=f"Archive {name}",
        act=f"Archive {name}",
        kind="danger",
        back=vendor_url(vendor, known.tab),
        trail=trail(vendor),
        lede=STAYS,
        done=f"Archived: {name}.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


@page(Permission.EDIT_VENDORS, **FORM)
def vendor_restore(request: HttpRequest, actor: Actor, vendor_id: UUID) -> HttpResponse:
    """Bring an archived vendor back."""
    vendor = get_one(Vendor.objects.for_organization(actor.organization), vendor_id)
    form = VersionedForm(request.POST or None, initial={"version": vendor.version})

    def save() -> str:
        services.restore_vendor(
            vendor=vendor, expected_version=form.cleaned_data["version"], by=actor, now=timezone.now()
        )
        return vendor_url(vendor)

    sheet = Sheet(
        title=f"Restore {vendor.name}",
        act=f"Restore {vendor.name}",
        back=vendor_url(vendor),
        trail=trail(vendor),
        lede="It comes back to the directory, with all that was known of it.",
        done="The vendor was restored.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)
