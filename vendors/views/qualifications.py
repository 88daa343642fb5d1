"""Qualifications of all vendors on one page, and the history of one."""

from datetime import date
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.http.pages.access import page
from vendors.filters import QualificationFilters
from vendors.models import Qualification
from vendors.selectors import get_one
from vendors.selectors.qualifications import qualification_history, qualifications
from vendors.views.profile import QUALIFICATION_STATES
from vendors.vocabulary import Operation, QualificationStatus

A_PAGE = 50
FIELD_WORDS = {
    "status": "status",
    "basis": "basis",
    "approver": "approver",
    "valid_until": "end",
    "open_capas": "open CAPAs",
    "quality_agreement_signed_on": "quality agreement",
}


@page()
def overview(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/vendors/qualifications/`: by vendor, site and operation, with the filters of the API."""
    as_of = timezone.now().date()
    filters = QualificationFilters(_given(request), queryset=qualifications(actor.organization))
    valid = filters.is_valid()
    rows = filters.qs if valid else qualifications(actor.organization).none()
    shown = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "lines": [qualification_line(row, as_of) for row in shown.object_list],
        "page_shown": shown,
        "statuses": _choices(QualificationStatus, request.GET.getlist("status")),
        "operations": _choices(Operation, request.GET.getlist("operation")),
        "ends_before": request.GET.get("ends_before", ""),
        "capas": request.GET.get("open_capas") == "true",
        "filtered": any(
            request.GET.get(name) for name in ("status", "operation", "ends_before", "open_capas")
        ),
        "valid": valid,
        "as_of": as_of,
        "directory_url": reverse("vendors:directory"),
        "may_qualify": allows(actor, Permission.EDIT_QUALIFICATION),
    }
    return render(request, "vendors/qualifications.html", context, status=200 if valid else 400)


def _given(request: HttpRequest) -> Any:
    """The filters that were filled in: an empty field of the form means nothing."""
    given = request.GET.copy()
    for name in list(given):
        if not any(given.getlist(name)):
            del given[name]
    return given


def _choices(words: Any, chosen: list[str]) -> list[dict[str, Any]]:
    return [{"code": word.value, "label": word.label, "chosen": word.value in chosen} for word in words]


def qualification_line(row: Qualification, as_of: date) -> dict[str, Any]:
    """One qualification in words."""
    status = QualificationStatus(row.status)
    ended = row.valid_until is not None and row.valid_until < as_of
    return {
        "row": row,
        "operation": Operation(row.operation).label,
        "word": f"{status.label}, ended" if ended else status.label,
        "state": "bad" if ended else QUALIFICATION_STATES.get(status, "unknown"),
    }


@page()
def one(request: HttpRequest, actor: Actor, qualification_id: UUID) -> HttpResponse:
    """A qualification with every version of it: who set what, when and why."""
    rows = Qualification.objects.for_organization(actor.organization).select_related("site__vendor")
    row = get_one(rows, qualification_id)
    as_of = timezone.now().date()
    context = {
        "line": qualification_line(row, as_of),
        "site": row.site,
        "vendor": row.site.vendor,
        "versions": [
            {
                "change": change,
                "word": QualificationStatus(change.status).label,
                "state": QUALIFICATION_STATES.get(QualificationStatus(change.status), "unknown"),
                "changed": [FIELD_WORDS[name] for name in change.changed],
            }
            for change in qualification_history(actor.organization, row)
        ],
        "directory_url": reverse("vendors:directory"),
        "overview_url": reverse("vendors:qualifications"),
        "may_qualify": row.site.archived_at is None and allows(actor, Permission.EDIT_QUALIFICATION),
    }
    return render(request, "vendors/qualification.html", context)
