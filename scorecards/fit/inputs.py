"""What the rating of a candidate needs to know, as plain values: the program, the vendor and its sites.

The database loader fills these; nothing here knows Django. Ids are the database's own integers. Numbers
that people typed stay what they are (int, float or Decimal) and are made exact where they are used. A blank
text is "unknown", a number None is "unknown"; profile columns are not handed over: evidence is the truth.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from scorecards.engine.exact import PPM, Number
from vendors.resolution import EvidenceFact
from vendors.vocabulary import (
    ClaimType,
    Delivery,
    Freshness,
    Grade,
    LineInclusion,
    LineRole,
    ListResult,
    NeedAt,
    QualificationStatus,
    SiteStatus,
)

# --- The program ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ScaleNeed:
    """A batch size that an operation must reach, now or at the target phase."""

    operation: str
    at: NeedAt
    value: Number
    unit: str


@dataclass(frozen=True, slots=True)
class TitreOrYield:
    """What a litre gives: value in ``unit`` per litre before losses, and the share kept (0 to 1)."""

    value: Number
    unit: str
    overall_yield: Number = 1


@dataclass(frozen=True, slots=True)
class AnnualNeed:
    """What is needed a year, in a rate unit."""

    value: Number
    unit: str


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency of three letters."""

    amount: Number
    currency: str


@dataclass(frozen=True, slots=True)
class ProgramNeeds:
    """What a program asks for. None or "" is "not stated"; an empty tuple asks for nothing."""

    id: int
    modality: str
    phase_now: str = ""
    phase_target: str = ""
    tags: frozenset[str] = frozenset()
    target_markets: tuple[str, ...] = ()
    scale_needs: tuple[ScaleNeed, ...] = ()
    need_first_gmp_date: date | None = None
    required_services: tuple[str, ...] = ()
    serotype: str = ""
    building_block_needs: Mapping[str, Number] = field(default_factory=dict)
    patient_specific: bool | None = None
    dosage_form: str = ""
    sterile: bool | None = None
    oeb: int | None = None
    controlled_schedule: str = ""
    vein_to_release_limit_days: Number | None = None
    storage_class: str = ""
    titre_or_yield: TitreOrYield | None = None
    annual_need: AnnualNeed | None = None
    required_operations: tuple[str, ...] = ()
    pipeline_modalities: tuple[str, ...] = ()
    target_regions: tuple[str, ...] = ()
    weeks_to_milestone: Number | None = None
    budget: Money | None = None
    scope_items: tuple[str, ...] = ()
    preferred_model: str = ""
    us_federal_exposure: bool | None = None


# --- The vendor, its sites and their records ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """A certificate of a vendor (``site_id`` None) or of a site, graded like evidence.

    ``market`` is where it counts (a national licence, a GMP certificate); ``operations`` is what it covers,
    empty when the scope does not say.
    """

    id: int
    kind: str
    obtained_on: date
    vendor_id: int
    site_id: int | None = None
    number: str = ""
    market: str = ""
    operations: tuple[str, ...] = ()
    issued_on: date | None = None
    inspected_on: date | None = None
    valid_until: date | None = None
    grade: Grade = Grade.D
    claim_type: ClaimType = ClaimType.CLAIMED


class OpenState(StrEnum):
    """An enforcement state of a site that is not lifted."""

    OAI = "oai"
    WARNING_LETTER = "warning_letter"
    IMPORT_ALERT = "import_alert"
    GMPNC = "gmpnc"
    INJUNCTION = "injunction"
    SEIZURE = "seizure"


@dataclass(frozen=True, slots=True)
class GmpRecord:
    """An entry of an official GMP register: a certificate, or a statement of non-compliance.

    ``market`` is EU or UK. ``clinical`` tells an authorisation for investigational products. ``operations``
    is what it covers, empty when the register does not say. ``ended_on`` is a withdrawal.
    """

    reference: str
    market: str
    inspected_on: date
    read_on: date
    noncompliance: bool = False
    clinical: bool = False
    operations: tuple[str, ...] = ()
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class RegulatoryFacts:
    """What official records say of one site as of a date; the arithmetic was done where records are read.

    Scores and ends of the interval are ppm of the value scale (1 000 000 is the best). ``score`` is the base
    limited by ``cap``; None everywhere when there is no inspection. ``references`` name the records, for
    people. ``import_alert_read_on`` and ``register_read_on`` are the days the lists were last read.
    """

    base: int | None = None
    cap: int | None = None
    score: int | None = None
    low: int | None = None
    high: int | None = None
    half_width: int | None = None
    latest_inspection_on: date | None = None
    freshness: Freshness | None = None
    confidence: int | None = None
    pending: bool = False
    states: frozenset[OpenState] = frozenset()
    noncompliant_markets: frozenset[str] = frozenset()
    state_references: Mapping[OpenState, str] = field(default_factory=dict)
    import_alert_read_on: date | None = None
    register_read_on: date | None = None
    gmp_records: tuple[GmpRecord, ...] = ()
    recall_score: int | None = None
    recalls_read_on: date | None = None
    recall_references: tuple[str, ...] = ()
    sections_cited: int = 0
    sections_repeated: int = 0
    inspections_with_citations: int = 0
    references: tuple[str, ...] = ()
    next_change: date | None = None


@dataclass(frozen=True, slots=True)
class QualificationFacts:
    """How far the organisation has qualified a site; ``operation`` "" speaks for the whole site."""

    operation: str
    status: QualificationStatus
    valid_until: date | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class CapabilityFacts:
    """A site's capability for a modality and an operation; what it can do is in its evidence."""

    id: int
    site_id: int
    modality: str
    operation: str


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """A site. ``region`` and ``country`` are identity, not evidence; "" is unknown."""

    id: int
    vendor_id: int
    name: str = ""
    country: str = ""
    region: str = ""
    status: SiteStatus = SiteStatus.ACTIVE
    capabilities: tuple[CapabilityFacts, ...] = ()
    certificates: tuple[CertificateFacts, ...] = ()
    regulatory: RegulatoryFacts | None = None
    qualifications: tuple[QualificationFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class ListScreen:
    """One screen of a vendor against one version of one list.

    ``read_on`` is when the list was read, ``screened_on`` when the vendor was compared with it.
    """

    list_code: str
    list_version: str
    screened_on: date
    read_on: date
    result: ListResult
    grade: Grade = Grade.A
    claim_type: ClaimType = ClaimType.VERIFIED
    matched_party: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Partnership:
    """A partner that works for the vendor in a region, for some operations; ``bound`` means by contract."""

    partner_vendor_id: int | None
    region: str
    operations: tuple[str, ...] = ()
    bound: bool = False
    obtained_on: date | None = None
    grade: Grade = Grade.D
    claim_type: ClaimType = ClaimType.CLAIMED


@dataclass(frozen=True, slots=True)
class VendorFacts:
    """A vendor with its sites. ``attestations`` maps a section to the day it was attested complete."""

    id: int
    name: str = ""
    sites: tuple[SiteFacts, ...] = ()
    certificates: tuple[CertificateFacts, ...] = ()
    list_screens: tuple[ListScreen, ...] = ()
    partnerships: tuple[Partnership, ...] = ()
    attestations: Mapping[str, date] = field(default_factory=dict)


# --- The candidate ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SupplyLine:
    """One step of a supply map. ``operation`` "" is unspecified; ``site_id`` None is an unknown line."""

    seq: int
    operation: str = ""
    phase: str = ""
    site_id: int | None = None
    capability_id: int | None = None
    delivery: Delivery = Delivery.IN_HOUSE
    partner_vendor_id: int | None = None
    role: LineRole = LineRole.PRIMARY


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """One line of a quote."""

    scope_item: str
    inclusion: LineInclusion
    price: Number | None = None
    quantity: Number = 1


@dataclass(frozen=True, slots=True)
class ProposalFacts:
    """One version of a proposal; ``signed`` means a signed offer is on file.

    ``terms`` are the flags of governance, transparency and risk sharing (0, 0.5 or 1), a code left out being
    unknown; ``stand_alone_stages`` None means it does not say. ``pass_throughs`` and ``capex`` None are not stated.
    """

    id: int
    version: int
    received_on: date
    valid_until: date | None = None
    signed: bool = False
    currency: str = ""
    lines: tuple[ProposalLine, ...] = ()
    pass_throughs: Number | None = 0
    capex: Number | None = 0
    slot_week: date | None = None
    weeks_to_milestone: Number | None = None
    stand_alone_stages: tuple[str, ...] | None = None
    terms: Mapping[str, Number] = field(default_factory=dict)
    must_have_terms: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CandidateFacts:
    """One vendor's offer for one program.

    ``lines`` empty means that no supply map is entered: one is then assumed. ``partners`` are the vendors
    behind partner lines, with their sites. ``evidence`` is everything live about any of them, in any order.
    ``unanswered`` are questions of questionnaires without an answer, as refused records of the thing asked about, dated
    the day from which silence counts: the day after the deadline. Known records always stand before them.
    """

    id: int
    vendor: VendorFacts
    label: str = ""
    lines: tuple[SupplyLine, ...] = ()
    partners: tuple[VendorFacts, ...] = ()
    proposals: tuple[ProposalFacts, ...] = ()
    evidence: tuple[EvidenceFact, ...] = ()
    unanswered: tuple[EvidenceFact, ...] = ()


# --- Settings of the organisation --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """One unit of ``source`` is worth ``rate`` units of ``target``, as published on a day."""

    source: str
    target: str
    rate: Number
    on: date
    published_by: str = ""


_HALF_WIDTHS: Mapping[Grade, int] = MappingProxyType(
    {
        Grade.A: 0,
        Grade.B: 50_000,
        Grade.C: 150_000,
        Grade.D: 300_000,
        Grade.E: 400_000,
    }
)
_STRENGTHS: Mapping[Grade, int] = MappingProxyType(
    {
        Grade.A: PPM,
        Grade.B: 950_000,
        Grade.C: 800_000,
        Grade.D: 500_000,
        Grade.E: 300_000,
    }
)


@dataclass(frozen=True, slots=True)
class FitSettings:
    """What an organisation may set: widths and strengths by grade (ppm), rates, controlled jurisdictions."""

    half_widths: Mapping[Grade, int] = field(default_factory=lambda: _HALF_WIDTHS)
    strengths: Mapping[Grade, int] = field(default_factory=lambda: _STRENGTHS)
    ageing_width: int = 50_000
    exchange_rates: tuple[ExchangeRate, ...] = ()
    controlled_jurisdictions: frozenset[str] = frozenset()
