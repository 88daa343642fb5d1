"""The pages of one vendor: overview, sites, evidence, dealings, scores, changes."""

from datetime import date
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from cdmo_eval.core.models import AuditEvent
from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.http.pages.access import page
from cdmo_eval.http.pages.audit_words import by_day, read_events
from vendors import vocabulary as words
from vendors.filters import EvidenceFilters
from vendors.models import (
    Capability,
    Cda,
    Certificate,
    Contact,
    Evidence,
    ListScreen,
    Note,
    Qualification,
    SectionAttestation,
    ServiceOffering,
    Site,
    StoredFile,
    Vendor,
    VendorAlias,
    VendorPartnership,
)
from vendors.policies import sees_commercial
from vendors.selectors import contradictions_of_vendor, evidence_of_vendor, vendor_profile
from vendors.selectors.agreements import state_of
from vendors.selectors.findings import findings
from vendors.views.agreements import TONES
from vendors.views.frame import find_vendor, frame, sites_of, url_or_none, vendor_url
from vendors.views.overview import (
    batch_scales,
    capability_lines,
    findings_part,
    matrix,
    proven_phases,
    sentence,
    sites_part,
)
from vendors.views.record_lines import freshness_of, record_lines
from vendors.views.regulatory import no_record, past_day, record_rows, regulatory_part
from vendors.vocabulary import ListResult, QualificationStatus

A_PAGE = 50
SHOWN_RECORDS = 5
FICTIONAL = "fictional"
QUALIFICATION_STATES = {
    QualificationStatus.APPROVED: "good",
    QualificationStatus.CONDITIONALLY_APPROVED: "warn",
    QualificationStatus.PAPER_QUALIFIED: "warn",
    QualificationStatus.SUSPENDED: "bad",
    QualificationStatus.DISQUALIFIED: "bad",
}
SCREEN_STATES = {ListResult.PASS: "good", ListResult.CONDITIONAL: "warn", ListResult.FAIL: "bad"}


@page()
def profile(request: HttpRequest, actor: Actor, vendor_id: UUID) -> HttpResponse:
    """Overview: what they can do, where, with what record, and what is not known, in that order."""
    as_of = timezone.now().date()
    organization, commercial = actor.organization, sees_commercial(actor)
    vendor = vendor_profile(organization, vendor_id)
    sites = list(vendor.sites.all())
    records = list(evidence_of_vendor(organization, vendor, commercial=commercial))
    pairs = contradictions_of_vendor(organization, vendor, as_of=as_of, commercial=commercial)
    proven = proven_phases(records)
    regulatory = regulatory_part(organization, sites, as_of=as_of)
    columns, rows = matrix(vendor, sites, proven)
    cda = next(iter(vendor.cdas.all()), None)
    ages = {age.value: 0 for age in words.Freshness}
    for record in records:
        ages[freshness_of(record, as_of=as_of).value] += 1
    context = frame(actor, vendor, "profile", sites=len(sites)) | {
        "as_of": as_of,
        "fictional": is_fictional(vendor),
        "sentence": sentence(
            sites,
            proven,
            regulatory=regulatory.worst,
            no_record=no_record(regulatory.read_on),
            is_open=any(one.history.caps for one in regulatory.standings.values()),
            records=records,
            contradictions=len(pairs),
        ),
        "places": sites_part(sites),
        "columns": columns,
        "rows": rows,
        "capabilities": capability_lines(sites, proven),
        "regulatory": regulatory,
        "newest": record_lines(_latest_dated(records), as_of=as_of),
        "evidence_url": vendor_url(vendor, "evidence"),
        "ages": ages,
        "record_count": len(records),
        "contradictions": [_pair(pair.label, pair.first, pair.second, as_of) for pair in pairs],
        "findings": findings_part(findings(records, as_of=as_of), as_of=as_of),
        "plan_url": f"{reverse('vendors:audit_plan')}?vendor={vendor.public_id}",
        "scores_part_url": url_or_none("scorecards:vendor_scores", vendor.public_id),
        "services": [_service(offering) for offering in vendor.services.all()],
        "certificates": [_certificate(one, as_of) for one in vendor.certificates.all()],
        "screens": _grouped_screens([_screen(one) for one in vendor.list_screens.all()]),
        "attestations": vendor.attestations.all(),
        "facts": _facts(vendor),
        "scales": batch_scales(sites),
        "qualified": _grouped_qualifications(sites),
        "cda": cda,
        "cda_state": _cda_state(cda, as_of),
        "first_contact": next(iter(vendor.contacts.all()), None),
    }
    return render(request, "vendors/profile.html", context)


def _latest_dated(records: list[Evidence]) -> list[Evidence]:
    """The few records of the profile that were obtained last."""
    own = [one for one in records if one.candidate_id is None and one.proposal_id is None]
    return sorted(own, key=lambda one: (one.obtained_on, one.pk), reverse=True)[:SHOWN_RECORDS]


def _grouped_qualifications(listed: list[Site]) -> list[dict[str, Any]]:
    """Operations of one site with the same status until the same day, as one line."""
    groups: dict[tuple[int, str, date | None], dict[str, Any]] = {}
    for site in listed:
        for row in site.qualifications.all():
            one = _qualification(row)
            group = groups.setdefault(
                (site.pk, row.status, row.valid_until), {**one, "site": site.name, "operations": []}
            )
            group["operations"].append(one["operation"])
    return list(groups.values())


def _grouped_screens(screens: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lists that were looked up on one day with one answer, as one line."""
    groups: dict[tuple[str, date], dict[str, Any]] = {}
    for one in screens:
        group = groups.setdefault((one["word"], one["row"].screened_on), {**one, "lists": []})
        group["lists"].append(one["label"])
    return list(groups.values())


def _pair(label: str, first: Evidence, second: Evidence, as_of: date) -> dict[str, Any]:
    """Two records that cannot both be right: what is claimed, and what was verified against it."""
    claimed, verified = sorted(
        (first, second), key=lambda row: (row.claim_type == words.ClaimType.VERIFIED, row.pk)
    )
    lines = record_lines([claimed, verified], as_of=as_of)
    return {"label": label, "about": lines[0].about, "both": lines}


@page()
def regulatory(request: HttpRequest, actor: Actor, vendor_id: UUID) -> HttpResponse:
    """The official record: lanes, the standing of each site, and every record with its source."""
    today = timezone.now().date()
    as_of = past_day(request.GET.get("as_of", ""), today=today)
    vendor = find_vendor(actor, vendor_id)
    listed = sites_of(actor, vendor)
    part = regulatory_part(actor.organization, listed, as_of=as_of)
    rows = record_rows(part, as_of=as_of, until=as_of if as_of < today else None)
    shown = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = frame(actor, vendor, "regulatory", sites=len(listed)) | {
        "as_of": as_of,
        "today": today,
        "regulatory": part,
        "page_shown": shown,
        "query": request.GET,
        "review_url": f"{reverse('vendors:review')}?vendor={vendor.public_id}",
        "watch_url": f"{reverse('vendors:watch')}?vendor={vendor.public_id}",
    }
    return render(request, "vendors/regulatory.html", context)


def is_fictional(vendor: Vendor) -> bool:
    """Whether the vendor is marked as invented, by its legal name or another name of it."""
    if FICTIONAL in vendor.legal_name.casefold():
        return True
    return any(FICTIONAL in f"{alias.name} {alias.note}".casefold() for alias in vendor.aliases.all())


def _facts(vendor: Vendor) -> list[tuple[str, Any]]:
    aliases = ", ".join(alias.name for alias in vendor.aliases.all())
    rows: list[tuple[str, Any]] = [
        ("Legal name", vendor.legal_name),
        ("Owner", vendor.parent),
        ("Kind of owner", _word(words.OwnershipType, vendor.ownership_type)),
        ("Founded", vendor.founded_year),
        ("Employees", f"{vendor.employees:,}" if vendor.employees is not None else None),
        ("Focus", _word(words.Focus, vendor.focus)),
    ]
    return [*rows, ("Also known as", aliases)] if aliases else rows


def _word(codes: type[words.Code], value: str) -> str:
    return codes(value).label if value in set(codes) else ""


def _service(row: ServiceOffering) -> dict[str, Any]:
    states = {words.Delivery.IN_HOUSE: "good", words.Delivery.PARTNER: "warn"}
    delivery = words.Delivery(row.delivery) if row.delivery else None
    said = delivery.label if delivery else "Unknown"
    if row.partner_vendor is not None:
        said = f"{said}: {row.partner_vendor.name}"
    return {
        "row": row,
        "label": _word(words.ServiceCode, row.code),
        "state": states.get(delivery, "plain" if delivery else "unknown") if delivery else "unknown",
        "delivery": said,
        "grade": _word(words.GmpGrade, row.gmp_grade),
        "markets": ", ".join(row.markets),
        "where": row.site.name if row.site else "",
    }


def _certificate(row: Certificate, as_of: Any) -> dict[str, Any]:
    if row.valid_until is None:
        state, word = "unknown", "no end stated"
    elif row.valid_until < as_of:
        state, word = "bad", "ended"
    else:
        state, word = "good", "valid"
    return {
        "row": row,
        "label": _word(words.CertificateKind, row.kind),
        "where": row.site.name if row.site else "The vendor",
        "state": state,
        "word": word,
        "mine": False,
    }


def _screen(row: ListScreen) -> dict[str, Any]:
    return {
        "row": row,
        "label": _word(words.ListCode, row.list_name),
        "state": SCREEN_STATES.get(ListResult(row.result), "unknown"),
        "word": ListResult(row.result).label,
    }


@page()
def sites(request: HttpRequest, actor: Actor, vendor_id: UUID) -> HttpResponse:
    """Every site with its numbers, qualification and capabilities."""
    as_of = timezone.now().date()
    vendor = vendor_profile(actor.organization, vendor_id)
    listed = list(vendor.sites.all())
    regulatory = regulatory_part(actor.organization, listed, as_of=as_of)
    proven = proven_phases(
        evidence_of_vendor(actor.organization, vendor, commercial=sees_commercial(actor)).about(
            "capability.phases", "capability.programs_by_phase"
        )
    )
    standing = {line.site.pk: line for line in regulatory.sites}
    context = frame(actor, vendor, "sites", sites=len(listed)) | {
        "as_of": as_of,
        "listed": [
            {
                "site": site,
                "facts": _site_facts(site),
                "standing": standing[site.pk],
                "capabilities": capability_lines([site], proven),
                "qualifications": [_qualification(one) for one in site.qualifications.all()],
            }
            for site in listed
        ],
    }
    return render(request, "vendors/sites.html", context)


def _site_facts(site: Site) -> list[tuple[str, Any]]:
    place = ", ".join(part for part in (site.address, site.city) if part)
    return [
        ("Address", place),
        ("FEI", site.fei),
        ("Manufacturing authorisation", site.mia_number or site.mhra_licence),
        ("Opened", site.opened),
        ("Single-use", f"{site.single_use_pct.normalize():f}%" if site.single_use_pct is not None else None),
        ("Digital maturity", f"level {site.dpmm_level} of 5" if site.dpmm_level is not None else None),
    ]


def _qualification(row: Qualification) -> dict[str, Any]:
    status = QualificationStatus(row.status)
    return {
        "row": row,
        "operation": words.Operation(row.operation).label,
        "word": status.label,
        "state": QUALIFICATION_STATES.get(status, "unknown"),
    }


@page()
def evidence(request: HttpRequest, actor: Actor, vendor_id: UUID) -> HttpResponse:
    """The ledger of the vendor, filtered."""
    as_of = timezone.now().date()
    vendor = find_vendor(actor, vendor_id)
    listed = sites_of(actor, vendor)
    commercial = sees_commercial(actor)
    rows = evidence_of_vendor(actor.organization, vendor, commercial=commercial, retracted=True)
    filters = EvidenceFilters(request.GET, queryset=rows, as_of=as_of)
    valid = filters.is_valid()
    found = filters.qs if valid else rows.none()
    shown = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    chosen = {
        name: request.GET.get(name, "") for name in ("freshness", "claim_type", "grade", "site", "include")
    }
    context = frame(actor, vendor, "evidence", sites=len(listed)) | {
        "as_of": as_of,
        "lines": record_lines(shown.object_list, as_of=as_of),
        "page_shown": shown,
        "query": request.GET,
        "filtered": any(chosen.values()),
        "chosen": chosen,
        "valid": valid,
        "selects": [
            ("freshness", "Age", words.Freshness.choices()),
            ("claim_type", "Claimed or verified", words.ClaimType.choices()),
            ("grade", "Grade", [(grade.value, f"{grade.value}: {grade.label}") for grade in words.Grade]),
            ("site", "Site", [(str(site.public_id), site.name) for site in listed]),
        ],
    }
    return render(request, "vendors/evidence.html", context, status=200 if valid else 400)


@page()
def dealings(request: HttpRequest, actor: Actor, vendor_id: UUID) -> HttpResponse:
    """Contacts, the confidentiality agreement, notes and files."""
    organization, commercial = actor.organization, sees_commercial(actor)
    vendor = find_vendor(actor, vendor_id)
    listed = sites_of(actor, vendor)
    as_of = timezone.now().date()
    cda = Cda.objects.for_organization(organization).of_vendor(vendor).active().select_related("file").first()
    notes = (
        Note.objects.for_organization(organization).of_vendor(vendor).active().visible(commercial=commercial)
    )
    contacts = Contact.objects.for_organization(organization).of_vendor(vendor).active()
    files = StoredFile.objects.for_organization(organization).of_vendor(vendor).visible(commercial=commercial)
    screens = ListScreen.objects.for_organization(organization).of_vendor(vendor)
    context = frame(actor, vendor, "dealings", sites=len(listed)) | {
        "as_of": as_of,
        "contacts": contacts.order_by("-primary", "name", "id"),
        "notes": Paginator(notes.select_related("site", "promoted_to").newest_first(), A_PAGE).get_page(
            request.GET.get("page")
        ),
        "query": request.GET,
        "cda": cda,
        "cda_state": _cda_state(cda, as_of),
        "files": files.order_by("-id")[:A_PAGE],
        "screens": [_screen_line(one) for one in screens.order_by("-screened_on", "-id")[:A_PAGE]],
        "names": VendorAlias.objects.for_organization(organization)
        .active()
        .of_vendor(vendor)
        .order_by("name", "id"),
    }
    return render(request, "vendors/dealings.html", context)


def _screen_line(screen: ListScreen) -> dict[str, Any]:
    """One list screen in words."""
    tones = {"fail": "bad", "conditional": "warn", "pass": "good"}
    retracted = screen.retracted_on is not None
    return {
        "screen": screen,
        "name": words.ListCode(screen.list_name).label,
        "word": "Retracted" if retracted else words.ListResult(screen.result).label,
        "tone": "unknown" if retracted else tones.get(screen.result, "unknown"),
    }


def _cda_state(cda: Cda | None, as_of: Any) -> tuple[str, str]:
    state = state_of(cda, as_of)
    return TONES[state], state.label


@page()
def scores(request: HttpRequest, actor: Actor, vendor_id: UUID) -> HttpResponse:
    """What the vendor scores in each programme: the part that the scorecards serve."""
    vendor = find_vendor(actor, vendor_id)
    context = frame(actor, vendor, "scores", sites=len(sites_of(actor, vendor))) | {
        "part_url": url_or_none("scorecards:vendor_scores", vendor.public_id),
        "scorecards_url": url_or_none("scorecards:list"),
    }
    return render(request, "vendors/scores.html", context)


@page(Permission.VIEW_AUDIT)
def changes(request: HttpRequest, actor: Actor, vendor_id: UUID) -> HttpResponse:
    """Who changed what of this vendor, newest first."""
    vendor = find_vendor(actor, vendor_id)
    number = request.GET.get("page", "1")
    at = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    rows = (
        AuditEvent.objects.for_organization(actor.organization)
        .filter(_of_vendor(actor, vendor))
        .select_related("organization")
        .order_by("-id")[(at - 1) * A_PAGE : at * A_PAGE + 1]
    )
    events = list(rows)
    context = frame(actor, vendor, "changes", sites=len(sites_of(actor, vendor))) | {
        "days": by_day(read_events(events[:A_PAGE], commercial=allows(actor, Permission.VIEW_COMMERCIAL))),
        "newer": at - 1,
        "older": at + 1 if len(events) > A_PAGE else 0,
    }
    return render(request, "vendors/changes.html", context)


def _of_vendor(actor: Actor, vendor: Vendor) -> Q:
    """Events of the vendor's row and of every row that hangs on it."""
    organization = actor.organization
    found = Q(table_name=Vendor._meta.db_table, row_id=vendor.pk)
    on_vendor = (
        Site, ServiceOffering, SectionAttestation, Certificate, Contact, Note, Cda, Evidence, VendorAlias,
        VendorPartnership, ListScreen, StoredFile,
    )  # fmt: skip
    for model in on_vendor:
        keys = model._default_manager.filter(organization=organization, vendor=vendor).order_by().values("pk")
        found |= Q(table_name=model._meta.db_table, row_id__in=keys)
    for below in (Capability, Qualification):
        rows = below._default_manager.filter(organization=organization, site__vendor=vendor)
        found |= Q(table_name=below._meta.db_table, row_id__in=rows.order_by().values("pk"))
    return found
