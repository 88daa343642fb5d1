"""Vendors entered twice: what may be one company, and merging."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.http.pages.access import FORM, page
from cdmo_eval.http.pages.sheet import Sheet, form_sheet
from vendors import services
from vendors.forms.merging import MergeForm
from vendors.models import Vendor
from vendors.selectors import get_one
from vendors.selectors.duplicates import possible_duplicates
from vendors.views.frame import find_vendor, trail, vendor_url

A_PAGE = 20
MOVES = (
    "Its sites, evidence, certificates, contacts, notes and screens go over, its names stay as other names, and it is "
    "archived. Offers made under its name stay in its name. This cannot be undone."
)


@page()
def duplicates(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/vendors/duplicates/`: pairs of vendors of one name, twenty a page."""
    pairs = possible_duplicates(actor.organization)
    shown = Paginator(pairs, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page_shown": shown,
        "may_edit": allows(actor, Permission.EDIT_VENDORS),
        "directory_url": reverse("vendors:directory"),
    }
    return render(request, "vendors/duplicates.html", context)


@page(Permission.EDIT_VENDORS, **FORM)
def vendor_merge(request: HttpRequest, actor: Actor, vendor_id: UUID) -> HttpResponse:
    """Merge a vendor into another one; `?into=` chooses it beforehand."""
    vendor = find_vendor(actor, vendor_id)
    others = _others(actor, vendor)
    by_id = {str(other.public_id): other for other in others}
    pairs = [(key, other.name) for key, other in by_id.items()]
    initial = {"version": vendor.version, "into": request.GET.get("into", "")}
    form = MergeForm(request.POST or None, initial=initial, others=pairs)

    def save() -> str:
        given = form.cleaned_data
        kept = services.merge_vendor(
            vendor=vendor,
            into=by_id[given["into"]],
            expected_version=given["version"],
            by=actor,
            now=timezone.now(),
        )
        return vendor_url(kept)

    sheet = Sheet(
        title=f"Merge {vendor.name} into another vendor",
        act=f"Merge {vendor.name}",
        kind="danger",
        back=vendor_url(vendor),
        trail=trail(vendor),
        lede=MOVES,
        done=f"{vendor.name} was merged.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


def _others(actor: Actor, vendor: Vendor) -> Sequence[Vendor]:
    rows = Vendor.objects.for_organization(actor.organization).active().exclude(pk=vendor.pk)
    return list(rows.order_by("name", "id"))


@page(Permission.EDIT_VENDORS, methods=("POST",))
def vendors_apart(request: HttpRequest, actor: Actor, vendor_id: UUID, other_id: UUID) -> HttpResponse:
    """Two vendors of like names are two companies."""
    vendor = find_vendor(actor, vendor_id)
    other = get_one(Vendor.objects.for_organization(actor.organization), other_id)
    services.keep_apart(vendor=vendor, other=other, by=actor)
    messages.success(request, f"{vendor.name} and {other.name} are two companies.")
    return HttpResponseRedirect(reverse("vendors:duplicates"))
