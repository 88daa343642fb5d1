"""The watch list of all vendors: what stands against them, what ends soon, and when each source was read."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor
from cdmo_eval.http.pages.access import page
from vendors.models import StandingChange, Vendor
from vendors.selectors import source_reads
from vendors.selectors.watch import Sign, Watched, watch_list
from vendors.views.regulatory import no_record
from vendors.vocabulary import RecordKind

A_PAGE = 50
CHANGES_SHOWN = 10
TONES = {
    Sign.PENDING: "unknown",
    Sign.CERTIFICATE_EXPIRING: "warn",
    Sign.STALE: "warn",
    Sign.NO_RECORD: "unknown",
}
_READ = (
    RecordKind.INSPECTION,
    RecordKind.FORM_483,
    RecordKind.WARNING_LETTER,
    RecordKind.IMPORT_ALERT,
    RecordKind.RECALL,
    RecordKind.GMP_CERTIFICATE,
    RecordKind.GMP_NONCOMPLIANCE,
)


@dataclass(frozen=True)
class Line:
    """One line in words."""

    watched: Watched
    tone: str
    word: str


@page()
def watch(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/vendors/watch/`: filters by sign and vendor in the address; one that means nothing is left aside."""
    as_of = timezone.now().date()
    organization = actor.organization
    known = {sign.value: sign for sign in Sign}
    chosen = frozenset(known[text] for text in request.GET.getlist("sign") if text in known)
    everybody = Vendor.objects.for_organization(organization).active()
    asked = _uuid(request.GET.get("vendor", ""))
    vendor = everybody.filter(public_id=asked).first() if asked else None
    reads = source_reads(organization, as_of)
    listed = watch_list(organization, as_of=as_of, signs=chosen, vendor=vendor)
    shown = Paginator(listed, A_PAGE).get_page(request.GET.get("page"))
    inspections = reads.get(RecordKind.INSPECTION)
    context = {
        "lines": [_line(one, inspections) for one in shown.object_list],
        "page_shown": shown,
        "total": len(listed),
        "signs": [{"code": sign.value, "label": sign.label, "chosen": sign in chosen} for sign in Sign],
        "vendors": everybody.order_by("name", "id").values_list("public_id", "name"),
        "vendor": vendor,
        "filtered": bool(chosen or vendor),
        "none_found": no_record(inspections),
        "reads": [(kind.label, reads.get(kind)) for kind in _READ],
        "changes": _changes(organization),
        "as_of": as_of,
        "directory_url": reverse("vendors:directory"),
    }
    return render(request, "vendors/watch.html", context)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _line(one: Watched, inspections: date | None) -> Line:
    word = no_record(inspections) if one.sign is Sign.NO_RECORD else one.sign.label
    return Line(one, TONES.get(one.sign, "bad"), word)


def _changes(organization: Organization) -> list[Any]:
    """The latest changes of state."""
    return list(StandingChange.objects.for_organization(organization).with_vendor()[:CHANGES_SHOWN])
