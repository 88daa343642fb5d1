"""The review queue: official records beside the site that they may be of, for a person to decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
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
from vendors.forms.review import DecisionForm, ElsewhereForm
from vendors.imports.countries import country_name
from vendors.models import PublicRecord, RecordMatch, Site, UploadedRecord
from vendors.regulatory.matching import AUTOMATIC, differences
from vendors.selectors import get_one
from vendors.selectors.matches import decided_matches, match_resources, review_queue
from vendors.services.matching_directory import aliases_of, place_of, sought_record
from vendors.vocabulary import RecordKind

A_PAGE = 20
_PARTS = (
    ("firm", "Name"),
    ("city", "City"),
    ("country", "Country"),
    ("fei", "FEI"),
    ("duns", "DUNS"),
    ("ema_org_id", "EMA organisation"),
    ("ema_loc_id", "EMA location"),
    ("mia_number", "Authorisation"),
)
_STATES = {"": "Waiting", "matched": "Matched", "rejected": "Turned down"}
_AGREEMENT = {
    True: ("good", "Agrees"),
    False: ("bad", "Differs"),
    None: ("unknown", "Not stated on both sides"),
}


@dataclass(frozen=True)
class Comparison:
    """One part of record and site side by side."""

    label: str
    record: str
    site: str
    tone: str
    word: str


@dataclass(frozen=True)
class Proposal:
    """One proposal as the queue shows it."""

    match: RecordMatch
    record: PublicRecord | UploadedRecord
    kind: str
    parts: tuple[Comparison, ...]


@page()
def review(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/vendors/review/`: what waits, twenty a page; `?state=matched` and `rejected` are what was decided."""
    state = request.GET.get("state", "")
    state = state if state in _STATES else ""
    if state:
        rows = decided_matches(actor.organization, accepted=state == "matched")
    else:
        rows = review_queue(actor.organization)
    paginator = Paginator(rows, A_PAGE)
    shown = paginator.get_page(request.GET.get("page"))
    context = {
        "proposals": proposals(actor, list(shown.object_list)),
        "page_shown": shown,
        "state": state,
        "listed": paginator.count,
        "tabs": [
            {"label": label, "url": f"?state={one}" if one else "?", "current": one == state, "count": None}
            for one, label in _STATES.items()
        ],
        "threshold": AUTOMATIC,
        "may_decide": allows(actor, Permission.EDIT_RECORDS),
        "directory_url": reverse("vendors:directory"),
        "duplicates_url": reverse("vendors:duplicates"),
    }
    return render(request, "vendors/review.html", context)


def proposals(actor: Actor, matches: Sequence[RecordMatch]) -> list[Proposal]:
    """Each match with what agrees and what differs: one query for all, for the aliases."""
    aliases = aliases_of(actor.organization, {match.site.vendor_id for match in matches})
    found = []
    for match in matches:
        record = record_of(match)
        found.append(
            Proposal(
                match=match,
                record=record,
                kind=RecordKind(record.kind).label,
                parts=_parts(match.site, aliases.get(match.site.vendor_id, []), record),
            )
        )
    return found


def record_of(match: RecordMatch) -> PublicRecord | UploadedRecord:
    """The record of a match."""
    record: PublicRecord | UploadedRecord | None = match.public_record or match.uploaded_record
    assert record is not None  # noqa: S101 - the database says so
    return record


def _parts(site: Site, aliases: list[str], record: PublicRecord | UploadedRecord) -> tuple[Comparison, ...]:
    place, sought = place_of(site, aliases), sought_record(record)
    agreement: Mapping[str, bool | None] = differences(place, sought)
    names = ", ".join(dict.fromkeys(place.names))
    of_site = {"firm": names, "country": country_name(place.country)}
    of_record = {"city": record.city or sought.city, "country": record.country}
    found = []
    for part, label in _PARTS:
        theirs = of_record.get(part, getattr(sought, part))
        ours = of_site.get(part) if part in of_site else getattr(place, part)
        if theirs or part in {"firm", "city", "country"}:
            tone, word = _AGREEMENT[agreement[part]]
            if part == "firm" and not agreement[part]:
                tone, word = "warn", "Similar"
            found.append(Comparison(label, theirs, ours or "", tone, word))
    return tuple(found)


def _match(actor: Actor, match_id: UUID) -> RecordMatch:
    found: RecordMatch = get_one(match_resources(actor.organization), match_id)
    return found


def _back() -> str:
    return reverse("vendors:review")


def _trail() -> tuple[tuple[str, str], ...]:
    return (("Vendors", reverse("vendors:directory")), ("Review queue", _back()))


@page(Permission.EDIT_RECORDS, methods=("POST",))
def match_accept(request: HttpRequest, actor: Actor, match_id: UUID) -> HttpResponse:
    """The record is of the proposed site."""
    match = _match(actor, match_id)
    services.accept_match(match=match, remember=_remember(request), by=actor, now=timezone.now())
    messages.success(request, f"The record counts for {match.site.name} now.")
    return HttpResponseRedirect(_back())


@page(Permission.EDIT_RECORDS, methods=("POST",))
def match_reject(request: HttpRequest, actor: Actor, match_id: UUID) -> HttpResponse:
    """The record is not of the proposed site."""
    match = _match(actor, match_id)
    services.reject_proposal(match=match, remember=_remember(request), by=actor, now=timezone.now())
    messages.success(request, f"The record is not proposed for {match.site.name} again.")
    return HttpResponseRedirect(_back())


def _remember(request: HttpRequest) -> bool:
    form = DecisionForm(request.POST)
    return form.is_valid() and form.cleaned_data["remember"]


@page(Permission.EDIT_RECORDS, **FORM)
def match_elsewhere(request: HttpRequest, actor: Actor, match_id: UUID) -> HttpResponse:
    """The record is of another site."""
    match = _match(actor, match_id)
    sites: Any = (
        Site.objects.for_organization(actor.organization)
        .active()
        .filter(vendor__archived_at__isnull=True)
        .exclude(pk=match.site_id)
        .select_related("vendor")
        .order_by("vendor__name", "name", "id")
    )
    by_id = {str(site.public_id): site for site in sites}
    pairs = [(key, f"{site.vendor.name}, {site.name}") for key, site in by_id.items()]
    form = ElsewhereForm(request.POST or None, sites=pairs)

    def save() -> str:
        given = form.cleaned_data
        services.match_elsewhere(
            match=match,
            site=by_id[given["site"]],
            remember=given["remember"],
            by=actor,
            now=timezone.now(),
        )
        return _back()

    record = record_of(match)
    sheet = Sheet(
        title=f"Another site for the record of {record.firm}"[:150],
        act="Match with this site",
        back=_back(),
        trail=_trail(),
        lede=f"{RecordKind(record.kind).label}: {record.firm}. It was proposed for {match.site.name}.",
        done="The record counts for the chosen site now.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


@page(Permission.EDIT_RECORDS, methods=("POST",))
def match_again(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Look for matches now, as every load and every night does."""
    report = services.match_records(organization=actor.organization, now=timezone.now())
    messages.success(
        request,
        f"{report.looked_at:,} records looked at: {report.matched} matched, {report.proposed} proposed.",
    )
    return HttpResponseRedirect(_back())
