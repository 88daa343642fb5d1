"""The audit plan: what an audit of each site has to look at."""

from collections import Counter
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from cdmo_eval.core.errors import Invalid
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.http.pages.access import page
from vendors.filters import AuditPlanFilters
from vendors.models import Site, Vendor
from vendors.policies import sees_commercial
from vendors.selectors.audit_plan import FACT_MATTERS, INSPECTION_MONTHS, Matter, PlanLine, audit_plan
from vendors.views.frame import url_or_none

A_PAGE = 50
TONES = {
    Matter.ENFORCEMENT: "bad",
    Matter.CONTRADICTION: "bad",
    Matter.CAPAS: "warn",
    Matter.QUALIFICATION: "warn",
    Matter.NO_INSPECTION: "warn",
    Matter.NO_CERTIFICATE: "warn",
    Matter.CLAIMED: "plain",
    Matter.STALE: "warn",
    Matter.UNKNOWN: "unknown",
}


@page()
def plan(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/vendors/audit-plan/`: filters by vendor, matter and months without an inspection, as in the API."""
    as_of = timezone.now().date()
    organization = actor.organization
    given = {name: request.GET.getlist(name) for name in ("vendor", "matter", "inspection_months")}
    filters = AuditPlanFilters(_filled(request), queryset=Site.objects.none())
    valid = filters.is_valid()
    asked = filters.form.cleaned_data if valid else {}
    everybody = Vendor.objects.for_organization(organization).active()
    named = asked.get("vendor")
    vendor = everybody.filter(public_id=named).first() if named else None
    chosen = frozenset(Matter(code) for code in asked.get("matter") or ())
    months = int(asked.get("inspection_months") or INSPECTION_MONTHS)
    listed, too_wide = _listed(
        organization,
        chosen,
        as_of=as_of,
        commercial=sees_commercial(actor),
        vendor=vendor,
        inspection_months=months,
    )
    counts = Counter(one.matter for one in listed)
    shown = Paginator(listed, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "lines": [
            {"line": one, "tone": TONES[one.matter], "word": one.matter.label} for one in shown.object_list
        ],
        "page_shown": shown,
        "total": len(listed),
        "sites": len({one.site.pk for one in listed}),
        "matters": [
            {"code": matter.value, "label": matter.label, "chosen": matter in chosen, "count": counts[matter]}
            for matter in Matter
        ],
        "vendors": everybody.order_by("name", "id").values_list("public_id", "name"),
        "vendor": vendor,
        "months": months,
        "filtered": any(any(values) for values in given.values()),
        "valid": valid,
        "too_wide": too_wide,
        "as_of": as_of,
        "directory_url": reverse("vendors:directory"),
        "export_url": _export_url(actor, vendor),
    }
    return render(request, "vendors/audit_plan.html", context, status=200 if valid else 400)


def _listed(
    organization: Organization, chosen: frozenset[Matter], **asked: Any
) -> tuple[list[PlanLine], str]:
    """The lines, and what to choose where there are too many sites to list every fact of."""
    try:
        return audit_plan(organization, matters=chosen, **asked), ""
    except Invalid as error:
        rest = (chosen or frozenset(Matter)) - FACT_MATTERS
        return (audit_plan(organization, matters=rest, **asked) if rest else []), error.message


def _export_url(actor: Actor, vendor: Vendor | None) -> str:
    """Where the plan is asked for as a file; "" for who may not export."""
    address = url_or_none("exports:new") if allows(actor, Permission.EXPORT) else ""
    about = f"&subject={vendor.public_id}" if vendor else ""
    return f"{address}?kind=audit_plan{about}" if address else ""


def _filled(request: HttpRequest) -> Any:
    """The filters that were filled in: an empty field of the form means nothing."""
    given = request.GET.copy()
    for name in list(given):
        if not any(given.getlist(name)):
            del given[name]
    return given
