"""From database rows to the plain facts that the rating reads, for many candidates in a fixed number of queries."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q

from cdmo_eval.core.models import Organization
from scorecards.fit.inputs import (
    AnnualNeed,
    CandidateFacts,
    CapabilityFacts,
    CertificateFacts,
    ExchangeRate,
    FitSettings,
    GmpRecord,
    ListScreen,
    Money,
    OpenState,
    Partnership,
    ProgramNeeds,
    QualificationFacts,
    RegulatoryFacts,
    ScaleNeed,
    SiteFacts,
    SupplyLine,
    TitreOrYield,
    VendorFacts,
)
from scorecards.models import Candidate, Program
from scorecards.models import SupplyLine as SupplyLineRow
from scorecards.proposal_facts import proposals_of
from scorecards.unanswered import unanswered_of
from vendors import models
from vendors import vocabulary as words
from vendors.regulatory.enforcement import CapCode, gmp_market
from vendors.regulatory.history import SiteHistory
from vendors.regulatory.records import RegulatoryRecord
from vendors.resolution import EvidenceFact
from vendors.selectors.regulatory import sites_regulatory, source_reads
from vendors.vocabulary import RecordKind

PPM_PER_POINT = 10_000
CLINICAL = re.compile(r"\bIMP\b|investigational", re.IGNORECASE)  # not "importation"
OPEN_STATES = {
    CapCode.OAI: OpenState.OAI,
    CapCode.WARNING_LETTER: OpenState.WARNING_LETTER,
    CapCode.IMPORT_ALERT: OpenState.IMPORT_ALERT,
    CapCode.GMP_NONCOMPLIANCE: OpenState.GMPNC,
    CapCode.INJUNCTION: OpenState.INJUNCTION,
    CapCode.SEIZURE: OpenState.SEIZURE,
}
MARKETS_OF_AUTHORITIES = {
    "fda": "US",
    "ema": "EU",
    "mhra": "UK",
    "pmda": "JP",
    "nmpa": "CN",
    "swissmedic": "CH",
    "tga": "AU",
    "anvisa": "BR",
}
EVIDENCE_COLUMNS = (
    "id", "target", "subject_type", "value", "obtained_on", "vendor_id", "site_id", "capability_id", "candidate_id", "proposal_id",
    "modality", "operation", "phase", "market", "program_id", "refused", "claim_type", "grade", "valid_until", "reviewed_by",
)  # fmt: skip
SUBJECTS = {str(kind): kind for kind in words.SubjectType}
CLAIMS = {str(kind): kind for kind in words.ClaimType}
GRADES = {str(grade): grade for grade in words.Grade}


def program_needs(program: Program) -> ProgramNeeds:
    """What the programme asks for, as the rating reads it."""
    titre, annual = program.titre_or_yield, program.annual_need
    return ProgramNeeds(
        id=program.pk,
        modality=program.modality,
        phase_now=program.phase_now,
        phase_target=program.phase_target,
        tags=frozenset(program.tags),
        target_markets=tuple(program.target_markets),
        scale_needs=tuple(
            ScaleNeed(n["operation"], words.NeedAt(n["at"]), Decimal(str(n["value"])), n["unit"])
            for n in program.scale_needs
        ),
        need_first_gmp_date=program.need_first_gmp_date,
        required_services=tuple(program.required_services),
        serotype=program.sub_type,
        building_block_needs=dict(program.building_block_needs),
        patient_specific=program.patient_specific,
        dosage_form=program.dosage_form,
        sterile=program.sterile,
        oeb=program.oeb,
        controlled_schedule=program.controlled_schedule,
        vein_to_release_limit_days=program.vein_to_release_limit_days,
        storage_class=program.storage_class,
        titre_or_yield=TitreOrYield(
            Decimal(str(titre["value"])), titre["unit"], Decimal(str(titre.get("overall_yield", 1)))
        )
        if titre
        else None,
        annual_need=AnnualNeed(Decimal(str(annual["value"])), annual["unit"]) if annual else None,
        required_operations=tuple(program.required_operations),
        pipeline_modalities=tuple(program.pipeline_modalities),
        target_regions=tuple(program.target_regions),
        weeks_to_milestone=program.weeks_to_milestone,
        budget=Money(program.budget_amount, program.budget_currency)
        if program.budget_amount is not None
        else None,
        scope_items=tuple(program.scope_items),
        preferred_model=program.preferred_model,
        us_federal_exposure=program.us_federal_exposure,
    )


def fit_settings(organization: Organization, rates: tuple[ExchangeRate, ...] = ()) -> FitSettings:
    """The organisation's own defaults over the product's, and the exchange rates that count."""
    own = organization.settings
    defaults = FitSettings()
    widths = {
        grade: int(own.get("half_widths", {}).get(grade.value, width))
        for grade, width in defaults.half_widths.items()
    }
    return replace(
        defaults,
        half_widths=widths,
        exchange_rates=rates,
        controlled_jurisdictions=frozenset(own.get("controlled_jurisdictions", ())),
    )


@dataclass(frozen=True)
class Loaded:
    """A candidate's facts, and what its digest and place in the list need beside them."""

    facts: CandidateFacts
    public_id: str
    vendor_name: str
    label: str


def load_candidates(
    organization: Organization, program: Program, ids: Sequence[int], *, as_of: date
) -> list[Loaded]:
    """The named candidates with everything known about them, in a fixed number of queries; read inside one snapshot."""
    rows = list(
        Candidate.objects.for_organization(organization)
        .filter(pk__in=ids)
        .select_related("vendor")
        .order_by("id")
    )
    lines = _supply_lines(organization, [row.pk for row in rows])
    partners = {
        c: {line.partner_vendor_id for line in steps if line.partner_vendor_id} for c, steps in lines.items()
    }
    vendor_ids = (
        {row.vendor_id for row in rows}.union(*partners.values())
        if partners
        else {row.vendor_id for row in rows}
    )
    vendors = load_vendors(organization, vendor_ids, as_of=as_of)
    evidence, of_candidates = _evidence(organization, program, vendor_ids, [row.pk for row in rows])
    unanswered = unanswered_of(organization, [row.pk for row in rows])
    proposals = proposals_of(organization, [row.pk for row in rows], as_of=as_of)
    loaded = []
    for row in rows:
        helpers = tuple(
            vendors[v] for v in sorted(partners.get(row.pk, set()) - {row.vendor_id}) if v in vendors
        )
        about = [*evidence[row.vendor_id], *of_candidates[row.pk]]
        for helper in helpers:
            about += evidence[helper.id]
        facts = CandidateFacts(
            id=row.pk,
            vendor=vendors[row.vendor_id],
            label=row.label,
            lines=tuple(lines.get(row.pk, ())),
            partners=helpers,
            proposals=(proposals[row.pk],) if row.pk in proposals else (),
            evidence=tuple(about),
            unanswered=unanswered.get(row.pk, ()),
        )
        loaded.append(Loaded(facts, str(row.public_id), row.vendor.name, row.label))
    return loaded


def load_vendors(organization: Organization, ids: Iterable[int], *, as_of: date) -> dict[int, VendorFacts]:
    """Vendors with their sites, capabilities, certificates, screens, partners, attestations and official records."""
    wanted = set(ids)
    names = dict(
        models.Vendor.objects.for_organization(organization).filter(pk__in=wanted).values_list("pk", "name")
    )
    sites = list(
        models.Site.objects.for_organization(organization)
        .active()
        .filter(vendor_id__in=wanted)
        .order_by("id")
    )
    country_of = {site.pk: site.country for site in sites}
    regulatory = sites_regulatory(organization, sites, as_of=as_of)
    reads = source_reads(organization)
    capabilities = _grouped(
        models.Capability.objects.for_organization(organization).active().filter(site__vendor_id__in=wanted).order_by("id")
        .values_list("site_id", "pk", "modality", "operation")
    )  # fmt: skip
    of_sites, of_vendors = _certificates(organization, wanted, country_of)
    qualifications = _grouped(
        models.Qualification.objects.for_organization(organization).filter(site__vendor_id__in=wanted).order_by("id")
        .values_list("site_id", "operation", "status", "valid_until", "pk")
    )  # fmt: skip
    by_vendor: dict[int, list[SiteFacts]] = defaultdict(list)
    for site in sites:
        by_vendor[site.vendor_id].append(
            SiteFacts(
                id=site.pk, vendor_id=site.vendor_id, name=site.name, country=site.country, region=site.region, status=words.SiteStatus(site.status),
                capabilities=tuple(CapabilityFacts(pk, site.pk, modality, operation) for pk, modality, operation in capabilities[site.pk]),
                certificates=tuple(of_sites[site.pk]),
                regulatory=regulatory_facts(regulatory[site.pk].history, regulatory[site.pk].records, reads),
                qualifications=tuple(
                    QualificationFacts(operation, words.QualificationStatus(status), until, pk) for operation, status, until, pk in qualifications[site.pk]
                ),
            )
        )  # fmt: skip
    screens, partnerships, attestations = (
        _screens(organization, wanted),
        _partnerships(organization, wanted),
        _attestations(organization, wanted),
    )
    return {
        pk: VendorFacts(
            id=pk, name=name, sites=tuple(by_vendor[pk]), certificates=tuple(of_vendors[pk]), list_screens=tuple(screens[pk]),
            partnerships=tuple(partnerships[pk]), attestations=attestations[pk],
        )
        for pk, name in names.items()
    }  # fmt: skip


def regulatory_facts(
    history: SiteHistory, records: Iterable[RegulatoryRecord], reads: Mapping[RecordKind, date]
) -> RegulatoryFacts:
    """A site's standing as the rating reads it: points become ppm, open enforcement becomes states."""
    gmp = [r for r in records if r.kind in {RecordKind.GMP_CERTIFICATE, RecordKind.GMP_NONCOMPLIANCE}]
    open_events = history.caps
    states = {OPEN_STATES[event.code]: event.statement for event in open_events}
    return RegulatoryFacts(
        base=None if history.base is None else round(history.base * PPM_PER_POINT),
        cap=history.cap_limit if open_events else None,
        score=history.point,
        low=None if history.point is None else history.low,
        high=None if history.point is None else history.high,
        half_width=None if history.half_width is None else round(history.half_width * 1_000_000),
        latest_inspection_on=history.latest_on,
        freshness=history.freshness,
        confidence=None if history.confidence is None else round(history.confidence * 1_000_000),
        pending=history.pending,
        states=frozenset(states),
        noncompliant_markets=frozenset(event.market for event in open_events if event.market),
        state_references=states,
        import_alert_read_on=reads.get(RecordKind.IMPORT_ALERT),
        register_read_on=reads.get(RecordKind.GMP_CERTIFICATE),
        gmp_records=tuple(
            GmpRecord(
                reference=r.label, market=gmp_market(r.authority).value, inspected_on=r.event_on or r.posted_on or r.read_on,
                read_on=r.read_on, noncompliance=r.kind is RecordKind.GMP_NONCOMPLIANCE, clinical=bool(CLINICAL.search(r.scope)), ended_on=r.closed_on,
            )
            for r in gmp
            if r.read_on is not None
        ),
        recall_score=history.recalls.value,
        recalls_read_on=history.recalls.read_on,
        recall_references=tuple(str(event.event_id) for event in history.recalls.events),
        sections_cited=len(history.repeats.sections),
        sections_repeated=len(history.repeats.repeated),
        inspections_with_citations=len(history.repeats.inspections),
        references=tuple(f"Inspection {share.inspection.native_id}" for share in history.shares),
        next_change=history.next_change,
    )  # fmt: skip


def _grouped(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    """Rows by their first column, which is dropped."""
    groups: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for key, *rest in rows:
        groups[key].append(tuple(rest))
    return groups


def _supply_lines(organization: Organization, candidate_ids: Sequence[int]) -> dict[int, list[SupplyLine]]:
    lines: dict[int, list[SupplyLine]] = defaultdict(list)
    rows = (
        SupplyLineRow.objects.for_organization(organization)
        .filter(candidate_id__in=candidate_ids)
        .order_by("candidate_id", "seq", "id")
    )
    for row in rows.values_list(
        "candidate_id",
        "seq",
        "operation",
        "phase",
        "site_id",
        "capability_id",
        "delivery",
        "partner_vendor_id",
        "role",
    ):
        candidate_id, seq, operation, phase, site_id, capability_id, delivery, partner, role = row
        lines[candidate_id].append(
            SupplyLine(
                seq,
                operation,
                phase,
                site_id,
                capability_id,
                words.Delivery(delivery),
                partner,
                words.LineRole(role),
            )
        )
    return lines


def _evidence(
    organization: Organization, program: Program, vendor_ids: Iterable[int], candidate_ids: Sequence[int]
) -> tuple[dict[int, list[EvidenceFact]], dict[int, list[EvidenceFact]]]:
    """Live evidence by vendor, and that about a candidate or its proposals by candidate; only of this programme or of any."""
    by_vendor: dict[int, list[EvidenceFact]] = defaultdict(list)
    by_candidate: dict[int, list[EvidenceFact]] = defaultdict(list)
    rows = (
        models.Evidence.objects.for_organization(organization).live().filter(vendor_id__in=list(vendor_ids))
        .filter(Q(program_id__isnull=True) | Q(program_id=program.pk))
        .filter(Q(candidate_id__isnull=True) | Q(candidate_id__in=candidate_ids))
    )  # fmt: skip
    for row in rows.order_by("id").values_list(*EVIDENCE_COLUMNS).iterator(chunk_size=5000):
        (pk, target, subject, value, obtained, vendor, site, capability, candidate, proposal, modality, operation, phase, market,
         program_id, refused, claim, grade, until, reviewed) = row  # fmt: skip
        fact = EvidenceFact(
            pk, target, SUBJECTS[subject], value, obtained, vendor, site, capability, candidate, proposal, modality, operation, phase, market,
            program_id, refused, CLAIMS[claim], GRADES[grade], until, bool(reviewed),
        )  # fmt: skip
        (by_candidate[candidate] if candidate else by_vendor[vendor]).append(fact)
    return by_vendor, by_candidate


def _certificates(
    organization: Organization, vendor_ids: Iterable[int], country_of: Mapping[int, str]
) -> tuple[dict[int, list[CertificateFacts]], dict[int, list[CertificateFacts]]]:
    of_sites: dict[int, list[CertificateFacts]] = defaultdict(list)
    of_vendors: dict[int, list[CertificateFacts]] = defaultdict(list)
    rows = (
        models.Certificate.objects.for_organization(organization)
        .active()
        .filter(vendor_id__in=list(vendor_ids))
        .order_by("id")
    )
    for row in rows:
        market = MARKETS_OF_AUTHORITIES.get(row.authority.strip().lower(), "") or words.market_of_country(
            country_of.get(row.site_id or 0, "")
        )
        scope = row.scope.upper().replace(",", " ").replace(";", " ").split()
        facts = CertificateFacts(
            id=row.pk, kind=row.kind, obtained_on=row.obtained_on, vendor_id=row.vendor_id, site_id=row.site_id, number=row.number, market=market,
            operations=tuple(o.value for o in words.Operation if o.value in scope), issued_on=row.issued_on, inspected_on=row.inspected_on,
            valid_until=row.valid_until, grade=GRADES[row.grade], claim_type=CLAIMS[row.claim_type],
        )  # fmt: skip
        (of_sites[row.site_id] if row.site_id else of_vendors[row.vendor_id]).append(facts)
    return of_sites, of_vendors


def _screens(organization: Organization, vendor_ids: Iterable[int]) -> dict[int, list[ListScreen]]:
    screens: dict[int, list[ListScreen]] = defaultdict(list)
    rows = (
        models.ListScreen.objects.for_organization(organization)
        .filter(vendor_id__in=list(vendor_ids), retracted_on__isnull=True)
        .order_by("id")
    )
    for row in rows:
        screens[row.vendor_id].append(
            ListScreen(
                list_code=row.list_name, list_version=row.list_version, screened_on=row.screened_on, read_on=row.read_on or row.screened_on,
                result=words.ListResult(row.result), matched_party=row.matched_party, id=row.pk,
            )
        )  # fmt: skip
    return screens


def _partnerships(organization: Organization, vendor_ids: Iterable[int]) -> dict[int, list[Partnership]]:
    partnerships: dict[int, list[Partnership]] = defaultdict(list)
    rows = (
        models.VendorPartnership.objects.for_organization(organization)
        .active()
        .filter(vendor_id__in=list(vendor_ids))
        .order_by("id")
    )
    for row in rows:
        partnerships[row.vendor_id].append(
            Partnership(
                row.partner_vendor_id, row.region, tuple(row.operations), row.bound, row.updated_at.date()
            )
        )
    return partnerships


def _attestations(organization: Organization, vendor_ids: Iterable[int]) -> dict[int, dict[str, date]]:
    newest: dict[int, dict[str, date]] = defaultdict(dict)
    rows = models.SectionAttestation.objects.for_organization(organization).filter(
        vendor_id__in=list(vendor_ids), withdrawn_on__isnull=True
    )
    for vendor_id, section, day in rows.order_by("attested_on", "id").values_list(
        "vendor_id", "section", "attested_on"
    ):
        newest[vendor_id][section] = day
    return newest
