"""The parts of a vendor's overview that are worked out from its rows: sentence, matrix, map."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from cdmo_eval.core.figures.worldmap import Place, SiteMap, site_map
from vendors import vocabulary as words
from vendors.imports.countries import country_name
from vendors.models import Capability, Evidence, Site, Vendor
from vendors.selectors.findings import Finding, Findings
from vendors.value_words import number_words
from vendors.views.record_lines import RecordLine, capability_name, in_sentence, record_line
from vendors.vocabulary import AttestedSection, BatchUnit, ClaimType, RateUnit, phase_order

PROVEN, CLAIMED, UNKNOWN, NONE = "proven", "claimed", "unknown", ""


@dataclass(frozen=True)
class CapabilityLine:
    """One capability in words."""

    row: Capability
    name: str
    site: str
    phases: str
    gmp: str
    scale: str
    capacity: str
    lead: str
    proven: bool


@dataclass(frozen=True)
class SitesPart:
    """The map, and the sites that it cannot show."""

    map: SiteMap
    unplaced: tuple[str, ...]


def sites_part(sites: Sequence[Site]) -> SitesPart:
    """Sites with coordinates numbered on the map; the others by name."""
    placed = [site for site in sites if site.lat is not None and site.lon is not None]
    return SitesPart(
        map=site_map(Place(place_of(site), float(site.lat or 0), float(site.lon or 0)) for site in placed),
        unplaced=tuple(place_of(site) for site in sites if site not in placed),
    )


def place_of(site: Site) -> str:
    """Name, city and country of a site, each said once."""
    parts = [site.name]
    if site.city and site.city.casefold() not in site.name.casefold():
        parts.append(site.city)
    if site.country:
        parts.append(country_name(site.country))
    if site.status != words.SiteStatus.ACTIVE:
        parts.append(words.SiteStatus(site.status).label.lower())
    return ", ".join(parts)


def proven_phases(records: Iterable[Evidence]) -> dict[int, set[str]]:
    """Phases that checked records prove, by capability: phases stated as such, or programmes counted."""
    proven: dict[int, set[str]] = defaultdict(set)
    for record in records:
        if record.capability_id is None or record.claim_type != ClaimType.VERIFIED or record.value is None:
            continue
        if record.target == "capability.phases":
            proven[record.capability_id] |= set(record.value["choices"])
        elif record.target == "capability.programs_by_phase":
            counts: Mapping[str, int] = record.value["counts"]
            proven[record.capability_id] |= {phase for phase, count in counts.items() if count}
    return proven


def matrix(
    vendor: Vendor, sites: Iterable[Site], proven: Mapping[int, set[str]]
) -> tuple[list[str], list[dict[str, Any]]]:
    """Columns and rows of modality by phase. A blank is "not offered" only once capabilities are attested complete."""
    attested = any(one.section == AttestedSection.CAPABILITIES for one in vendor.attestations.all())
    missing = NONE if attested else UNKNOWN
    claimed: dict[str, set[str]] = defaultdict(set)
    shown: dict[str, set[str]] = defaultdict(set)
    for site in sites:
        for capability in site.capabilities.all():
            claimed[capability.modality] |= set(capability.phases)
            shown[capability.modality] |= proven.get(capability.pk, set())
    rows = []
    for modality in words.Modality:
        if modality.value not in claimed:
            continue
        cells = [
            PROVEN if phase in shown[modality] else CLAIMED if phase in claimed[modality] else missing
            for phase in words.Phase
        ]
        rows.append({"label": modality.label.partition(" (")[0], "cells": cells})
    return [phase.label for phase in words.Phase], rows


def capability_lines(sites: Iterable[Site], proven: Mapping[int, set[str]]) -> list[CapabilityLine]:
    """Every capability, by site."""
    return [
        _capability_line(site, capability, proven) for site in sites for capability in site.capabilities.all()
    ]


def _capability_line(site: Site, row: Capability, proven: Mapping[int, set[str]]) -> CapabilityLine:
    phases = [phase for phase in words.Phase if phase in set(row.phases)]
    said = ""
    if phases:
        said = phases[0].label if len(phases) == 1 else f"{phases[0].label} to {phases[-1].label}"
    return CapabilityLine(
        row=row,
        name=capability_name(row),
        site=site.name,
        phases=said,
        gmp={True: "GMP", False: "not GMP", None: ""}[row.gmp],
        scale=_scale(row),
        capacity=_capacity(row),
        lead="" if row.lead_time_weeks is None else f"{number_words(float(row.lead_time_weeks))} weeks",
        proven=bool(proven.get(row.pk)),
    )


def batch_scales(sites: Iterable[Site]) -> list[tuple[str, str]]:
    """By modality, the largest batch in each unit and where it is made."""
    largest: dict[tuple[str, str], tuple[Decimal, str]] = {}
    for site in sites:
        for row in site.capabilities.all():
            size = row.scale_max if row.scale_max is not None else row.scale_min
            key = (row.modality, row.batch_unit)
            if size is not None and row.batch_unit and (key not in largest or size > largest[key][0]):
                largest[key] = (size, site.name)
    found: dict[str, list[str]] = defaultdict(list)
    for (modality, unit), (size, name) in largest.items():
        found[modality].append(f"{_amount(size)} {BatchUnit(unit).label} ({name})")
    return [
        (modality.label.partition(" (")[0], "; ".join(found[modality.value]))
        for modality in words.Modality
        if modality.value in found
    ]


def _scale(row: Capability) -> str:
    """Batch sizes with their unit, and the trains."""
    unit = BatchUnit(row.batch_unit).label if row.batch_unit else ""
    sizes = [_amount(size) for size in (row.scale_min, row.scale_max) if size is not None]
    said = ""
    if sizes:
        said = f"{' to '.join(dict.fromkeys(sizes))} {unit}".strip()
    if row.trains:
        size = f" of {_amount(row.train_size)} {unit}".rstrip() if row.train_size is not None else ""
        trains = f"{row.trains} {'train' if row.trains == 1 else 'trains'}{size}"
        said = f"{said}, {trains}" if said else trains
    return said


def _capacity(row: Capability) -> str:
    if row.annual_capacity is None:
        return ""
    unit = RateUnit(row.rate_unit).label if row.rate_unit else ""
    return f"{_amount(row.annual_capacity)} {unit}".strip()


def _amount(size: Decimal | None) -> str:
    return "" if size is None else number_words(float(size))


@dataclass(frozen=True)
class Sentence:
    """The answer at the top of the page, in parts."""

    makes_state: str
    makes: str
    record: str
    record_open: bool
    ledger: str


def sentence(
    sites: Sequence[Site],
    proven: Mapping[int, set[str]],
    *,
    regulatory: str,
    no_record: str,
    is_open: bool,
    records: Sequence[Evidence],
    contradictions: int,
) -> Sentence:
    """What it can do, with what record, and how well that is known."""
    state, makes = _makes(sites, proven)
    verified = sum(record.claim_type == ClaimType.VERIFIED for record in records)
    ledger = f"{_count(len(records), 'statement')} on file, {verified} of them verified"
    if not records:
        ledger = "Nothing is on file yet"
    if contradictions:
        ledger += f"; {_count(contradictions, 'contradiction')} to clear up"
    return Sentence(state, makes, regulatory or no_record, is_open, ledger)


def _makes(sites: Sequence[Site], proven: Mapping[int, set[str]]) -> tuple[str, str]:
    offers = [capability for site in sites for capability in site.capabilities.all()]
    for state, reached in (
        ("Proven", lambda row: proven.get(row.pk, set())),
        ("Claims", lambda row: set(row.phases)),
    ):
        best: dict[str, int] = {}
        for row in offers:
            for phase in reached(row):
                order = phase_order(words.Phase(phase))
                best[row.modality] = max(order, best.get(row.modality, -1))
        if best:
            highest = max(best.values())
            phase = next(one for one in words.Phase if phase_order(one) == highest)
            named = [
                words.Modality(code).label.partition(" (")[0]
                for code, order in best.items()
                if order == highest
            ]
            others = len(best) - 1
            more = (
                f", and {_count(others, 'other modality', 'other modalities')} at some phase"
                if others
                else ""
            )
            verb = "up to" if state == "Proven" else "work up to"
            return (
                state,
                f"{verb} {phase.label} for {in_sentence(named[0])}{more}",
            )
    return "Unknown:", "what it makes, and in which phase"


WHY = {
    "unknown": ("unknown", "unknown"),
    "expired": ("unknown", "expired"),
    "claimed": ("warn", "claimed only"),
    "stale": ("bad", "stale"),
}


@dataclass(frozen=True)
class FindingLine:
    """A strength or a gap in words."""

    line: RecordLine
    verified: bool


@dataclass(frozen=True)
class QuestionLine:
    """Something to ask, and why."""

    label: str
    question: str
    tone: str
    word: str


def findings_part(found: Findings, *, as_of: date) -> dict[str, Any]:
    """Strengths, gaps and questions as the page lists them."""

    def lines(listed: Sequence[Finding]) -> list[FindingLine]:
        return [FindingLine(record_line(one.record, as_of=as_of), one.verified) for one in listed]

    return {
        "strengths": lines(found.strengths),
        "gaps": lines(found.gaps),
        "questions": [
            QuestionLine(one.fact.label, one.fact.question, *WHY[one.why]) for one in found.questions
        ],
        "more_questions": found.open_questions - len(found.questions),
    }


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
