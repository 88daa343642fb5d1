"""Builders of programs, vendors, evidence and candidates for the tests of the rating."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any

from scorecards.fit import Cell, Rater
from scorecards.fit.gates import GateResult, GateSpec, evaluate
from scorecards.fit.inputs import (
    CandidateFacts,
    CapabilityFacts,
    FitSettings,
    ProgramNeeds,
    ScaleNeed,
    SiteFacts,
    SupplyLine,
    VendorFacts,
)
from scorecards.frameworks import load_framework
from vendors.resolution import EvidenceFact
from vendors.vocabulary import ClaimType, Grade, NeedAt, Policy, SubjectType

AS_OF = date(2026, 7, 1)
OBTAINED = date(2026, 6, 1)
FRAMEWORK = load_framework()
_IDS = count(1)

PROGRAM = ProgramNeeds(
    id=1,
    modality="MAB",
    phase_now="PH1",
    phase_target="PH3",
    target_markets=("US", "EU"),
    required_operations=("UPSTREAM",),
    sterile=True,
    us_federal_exposure=False,
)
NEED_NOW = ScaleNeed("UPSTREAM", NeedAt.NOW, 500, "L")
NEED_TARGET = ScaleNeed("UPSTREAM", NeedAt.TARGET, 2000, "L")
UPSTREAM = CapabilityFacts(11, 1, "MAB", "UPSTREAM")
SITE = SiteFacts(1, 1, "Alpha", "US", "N_AMERICA", capabilities=(UPSTREAM,))
OTHER_UPSTREAM = CapabilityFacts(21, 2, "MAB", "DOWNSTREAM")
OTHER_SITE = SiteFacts(2, 1, "Beta", "DE", "EUROPE", capabilities=(OTHER_UPSTREAM,))
VENDOR = VendorFacts(1, "Vendor", (SITE,))


def evidence(
    target: str,
    value: Mapping[str, Any] | None,
    *,
    subject: SubjectType | None = None,
    grade: Grade = Grade.D,
    on: date = OBTAINED,
    **rest: Any,
) -> EvidenceFact:
    """A record; verified when its grade is A to C, about the site with id 1 unless said otherwise."""
    subject = subject or _subject_of(target)
    verified = grade <= Grade.C
    ids: dict[str, Any] = {
        "vendor_id": 1,
        "site_id": 1,
        "capability_id": 11,
        "candidate_id": 1,
        "proposal_id": 1,
    }
    defaults: dict[str, Any] = {
        "claim_type": ClaimType.VERIFIED if verified else ClaimType.CLAIMED,
        "reviewed": verified,
        "refused": value is None,
        "id": next(_IDS),
        **ids,
    }
    return EvidenceFact(
        target=target, subject_type=subject, value=value, grade=grade, obtained_on=on, **{**defaults, **rest}
    )


def _subject_of(target: str) -> SubjectType:
    prefix = target.partition(".")[0]
    named = {
        "vendor": SubjectType.VENDOR,
        "service": SubjectType.VENDOR,
        "site": SubjectType.SITE,
        "capability": SubjectType.CAPABILITY,
    }
    return named.get(prefix, SubjectType.SITE)


def candidate(*records: EvidenceFact, vendor: VendorFacts = VENDOR, **rest: Any) -> CandidateFacts:
    """A candidate of the vendor with the records."""
    return CandidateFacts(id=1, vendor=vendor, evidence=records, **rest)


def program(**changes: Any) -> ProgramNeeds:
    """The usual program with changes."""
    return replace(PROGRAM, **changes)


def rate(
    facts: CandidateFacts,
    *,
    needs: ProgramNeeds = PROGRAM,
    policy: Policy = Policy.NEUTRAL,
    as_of: date = AS_OF,
    settings: FitSettings | None = None,
    weighted: Sequence[str] | None = None,
) -> dict[str, Cell]:
    """All cells of a candidate."""
    rater = Rater(FRAMEWORK, needs, policy=policy, as_of=as_of, settings=settings, weighted=weighted)
    return rater.rate(facts)


def cell(code: str, facts: CandidateFacts, **rest: Any) -> Cell:
    """One cell of a candidate."""
    return rate(facts, **rest)[code]


def figures(value: Cell) -> tuple[int, int, int, int]:
    """Low, point, high and known share in ppm."""
    return value.low, value.point, value.high, value.known


def gate(spec: GateSpec | str, facts: CandidateFacts, *, needs: ProgramNeeds = PROGRAM) -> GateResult:
    """The outcome of one must-have."""
    rater = Rater(FRAMEWORK, needs, policy=Policy.NEUTRAL, as_of=AS_OF)
    view = rater.view(facts)
    return evaluate([GateSpec(spec) if isinstance(spec, str) else spec], rater, view, rater.rate_view(view))[
        0
    ]


def two_sites() -> VendorFacts:
    """A vendor whose second site does the second operation."""
    return VendorFacts(1, "Vendor", (SITE, OTHER_SITE))


TWO_STEPS = program(required_operations=("UPSTREAM", "DOWNSTREAM"))
UNKNOWN_LINE = SupplyLine(seq=9, operation="FILL_VIAL")
