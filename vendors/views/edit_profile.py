"""Forms of the profile: vendor, sites, capabilities, services."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from cdmo_eval.core.models import VersionedModel
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.pages.access import FORM, page
from cdmo_eval.http.pages.sheet import Sheet, Stored, VersionedForm, form_sheet
from vendors import services
from vendors.forms.profile import CapabilityForm, ServiceForm, SiteForm, StatedForm, VendorForm
from vendors.models import Capability, ServiceOffering, Site, Vendor
from vendors.selectors import get_one
from vendors.services import Provenance
from vendors.views.frame import find_vendor, sites_of, trail, vendor_url
from vendors.views.record_lines import capability_name
from vendors.vocabulary import ServiceCode, SourceKind


def stored_values(row: VersionedModel, names: Any) -> dict[str, Any]:
    """A row's columns as its form shows them, and its version."""
    values: dict[str, Any] = {"version": row.version}
    for name in names:
        content = getattr(row, name, None)
        values[name] = str(content.public_id) if isinstance(content, Vendor | Site) else content
    return values


def reread(row: VersionedModel, names: Any) -> Stored:
    """The row as it stands now, for a form that was overtaken."""
    row.refresh_from_db()
    return Stored(row.version, stored_values(row, names))


def stated(form: StatedForm) -> Provenance:
    """Where the entries of a profile form come from."""
    given = form.cleaned_data
    return Provenance(
        grade=given["stated_grade"],
        source=given["stated_source"],
        obtained_on=given["stated_on"],
        source_kind=SourceKind.FORM.value,
    )


def fields_of(form: VersionedForm) -> list[str]:
    """The names of a form's fields that are columns."""
    return [name for name in form.fields if name != "version" and not name.startswith("stated_")]


@page(Permission.EDIT_VENDORS, **FORM)
def vendor_add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A new vendor."""
    form = VendorForm(request.POST or None)
    directory = reverse("vendors:directory")

    def save() -> str:
        vendor = services.create_vendor(
            organization=actor.organization,
            by=actor,
            now=timezone.now(),
            provenance=stated(form),
            **form.entered(),
        )
        return vendor_url(vendor)

    sheet = Sheet(
        title="Add vendor",
        act="Add vendor",
        back=directory,
        trail=(("Vendors", directory),),
        lede="The name is enough to begin with. What you leave blank is unknown, and can be asked later.",
        done="The vendor was added.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


@page(Permission.EDIT_VENDORS, **FORM)
def vendor_edit(request: HttpRequest, actor: Actor, vendor_id: UUID) -> HttpResponse:
    """The vendor's own fields."""
    vendor = find_vendor(actor, vendor_id)
    names = fields_of(VendorForm())
    form = VendorForm(request.POST or None, initial=stored_values(vendor, names))

    def save() -> str:
        services.update_vendor(
            vendor=vendor,
            expected_version=form.cleaned_data["version"],
            by=actor,
            now=timezone.now(),
            provenance=stated(form),
            **form.entered(),
        )
        return vendor_url(vendor)

    sheet = Sheet(
        title=f"Edit {vendor.name}",
        act="Save vendor",
        back=vendor_url(vendor),
        trail=trail(vendor),
        done="The vendor was saved.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save, stored=lambda: reread(vendor, names))


@page(Permission.EDIT_VENDORS, **FORM)
def site_add(request: HttpRequest, actor: Actor, vendor_id: UUID) -> HttpResponse:
    """A new site."""
    vendor = find_vendor(actor, vendor_id)
    form = SiteForm(request.POST or None)

    def save() -> str:
        services.create_site(
            organization=actor.organization,
            vendor=vendor,
            by=actor,
            now=timezone.now(),
            provenance=stated(form),
            **form.entered(),
        )
        return vendor_url(vendor, "sites")

    sheet = Sheet(
        title="Add site",
        act="Add site",
        back=vendor_url(vendor, "sites"),
        trail=trail(vendor),
        done="The site was added.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


def _site(actor: Actor, site_id: UUID) -> Site:
    return get_one(Site.objects.for_organization(actor.organization).select_related("vendor"), site_id)


@page(Permission.EDIT_VENDORS, **FORM)
def site_edit(request: HttpRequest, actor: Actor, site_id: UUID) -> HttpResponse:
    """A site's fields."""
    site = _site(actor, site_id)
    names = fields_of(SiteForm())
    form = SiteForm(request.POST or None, initial=stored_values(site, names))

    def save() -> str:
        services.update_site(
            site=site,
            expected_version=form.cleaned_data["version"],
            by=actor,
            now=timezone.now(),
            provenance=stated(form),
            **form.entered(),
        )
        return vendor_url(site.vendor, "sites")

    sheet = Sheet(
        title=f"Edit {site.name}",
        act="Save site",
        back=vendor_url(site.vendor, "sites"),
        trail=trail(site.vendor, ("Sites", vendor_url(site.vendor, "sites"))),
        done="The site was saved.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save, stored=lambda: reread(site, names))


@page(Permission.EDIT_VENDORS, **FORM)
def capability_add(request: HttpRequest, actor: Actor, site_id: UUID) -> HttpResponse:
    """What a site can do."""
    site = _site(actor, site_id)
    form = CapabilityForm(request.POST or None, new=True)

    def save() -> str:
        services.create_capability(
            organization=actor.organization,
            site=site,
            by=actor,
            now=timezone.now(),
            provenance=stated(form),
            **form.entered(),
        )
        return vendor_url(site.vendor, "sites")

    sheet = Sheet(
        title=f"Add capability of {site.name}",
        act="Add capability",
        back=vendor_url(site.vendor, "sites"),
        trail=trail(site.vendor, ("Sites", vendor_url(site.vendor, "sites"))),
        done="The capability was added.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


@page(Permission.EDIT_VENDORS, **FORM)
def capability_edit(request: HttpRequest, actor: Actor, capability_id: UUID) -> HttpResponse:
    """A capability's sizes, phases and speed."""
    rows = Capability.objects.for_organization(actor.organization).select_related("site__vendor")
    row = get_one(rows, capability_id)
    vendor = row.site.vendor
    names = fields_of(CapabilityForm(new=False))
    form = CapabilityForm(request.POST or None, new=False, initial=stored_values(row, names))

    def save() -> str:
        entered = form.entered()
        for size, unit in (
            ("scale_min", "batch_unit"),
            ("scale_max", "batch_unit"),
            ("annual_capacity", "rate_unit"),
        ):
            if size in entered:  # a size is stated together with its unit
                entered[unit] = form.cleaned_data[unit]
        services.update_capability(
            capability=row,
            expected_version=form.cleaned_data["version"],
            by=actor,
            now=timezone.now(),
            provenance=stated(form),
            **entered,
        )
        return vendor_url(vendor, "sites")

    sheet = Sheet(
        title=f"Edit {capability_name(row)}",
        act="Save capability",
        back=vendor_url(vendor, "sites"),
        trail=trail(vendor, ("Sites", vendor_url(vendor, "sites"))),
        meta=f"At {row.site.name}",
        done="The capability was saved.",
        template="vendors/archivable_form.html",
        context={
            "archive_url": reverse("vendors:capability_archive", args=[row.public_id]),
            "archive_act": "Archive this capability",
        },
    )
    return form_sheet(request, sheet=sheet, form=form, save=save, stored=lambda: reread(row, names))


def _partners(actor: Actor, vendor: Vendor) -> list[tuple[str, str]]:
    rows = Vendor.objects.for_organization(actor.organization).active().exclude(pk=vendor.pk).by_name()
    return [(str(public_id), name) for public_id, name in rows.values_list("public_id", "name")]


def _with_rows(actor: Actor, entered: dict[str, Any]) -> dict[str, Any]:
    """Public ids of site and partner as rows."""
    for name, model in (("site", Site), ("partner_vendor", Vendor)):
        if name in entered:
            chosen = entered[name]
            rows: Any = model._default_manager.filter(organization=actor.organization)
            entered[name] = get_one(rows, chosen) if chosen else None
    return entered


def site_pairs(sites: list[Site]) -> list[tuple[str, str]]:
    """Sites for a choice."""
    return [(str(site.public_id), site.name) for site in sites]


@page(Permission.EDIT_VENDORS, **FORM)
def service_add(request: HttpRequest, actor: Actor, vendor_id: UUID) -> HttpResponse:
    """A service of the vendor or of one of its sites."""
    vendor = find_vendor(actor, vendor_id)
    form = ServiceForm(
        request.POST or None,
        new=True,
        sites=site_pairs(sites_of(actor, vendor)),
        partners=_partners(actor, vendor),
    )

    def save() -> str:
        services.create_service_offering(
            organization=actor.organization,
            vendor=vendor,
            by=actor,
            now=timezone.now(),
            provenance=stated(form),
            **_with_rows(actor, form.entered()),
        )
        return vendor_url(vendor)

    sheet = Sheet(
        title="Add service",
        act="Add service",
        back=vendor_url(vendor),
        trail=trail(vendor),
        done="The service was added.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


@page(Permission.EDIT_VENDORS, **FORM)
def service_edit(request: HttpRequest, actor: Actor, service_id: UUID) -> HttpResponse:
    """How a service is delivered."""
    rows = ServiceOffering.objects.for_organization(actor.organization)
    row = get_one(rows.select_related("vendor", "site", "partner_vendor"), service_id)
    vendor = row.vendor

    def build(data: Any, initial: dict[str, Any] | None = None) -> ServiceForm:
        return ServiceForm(data, new=False, sites=[], partners=partners, initial=initial)

    partners = _partners(actor, vendor)
    names = fields_of(build(None))
    form = build(request.POST or None, stored_values(row, names))

    def save() -> str:
        services.update_service_offering(
            offering=row,
            expected_version=form.cleaned_data["version"],
            by=actor,
            now=timezone.now(),
            provenance=stated(form),
            **_with_rows(actor, form.entered()),
        )
        return vendor_url(vendor)

    sheet = Sheet(
        title=ServiceCode(row.code).label,
        act="Save service",
        back=vendor_url(vendor),
        trail=trail(vendor),
        meta=f"At {row.site.name}" if row.site else "Of the whole vendor",
        done="The service was saved.",
        template="vendors/archivable_form.html",
        context={
            "archive_url": reverse("vendors:service_archive", args=[row.public_id]),
            "archive_act": "Archive this service",
        },
    )
    return form_sheet(request, sheet=sheet, form=form, save=save, stored=lambda: reread(row, names))
