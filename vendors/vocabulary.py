"""The closed vocabularies of the domain: codes as stored and exchanged, labels as people read them.

A member *is* its code (``Modality.MAB == "MAB"``); ``member.label`` is the text for pages and documents.
Codes never change meaning. The module is pure: no Django, no clock.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Self


class Code(StrEnum):
    """A string enumeration whose members carry a label."""

    label: str

    def __new__(cls, code: str, label: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Pairs (code, label) in the order of definition, as forms and model fields want them."""
        return [(member.value, member.label) for member in cls]


# --- What is made -----------------------------------------------------------------------------------------


class ModalityClass(Code):
    """The five families of modalities; criteria differ by family, not by modality."""

    CHEM = "CHEM", "Chemical"
    RNA = "RNA", "RNA"
    VIRAL = "VIRAL", "Viral vector"
    CELL = "CELL", "Cell"
    BIO = "BIO", "Biological"


class Modality(Code):
    """The kind of product."""

    SMALL_MOLECULE = "SMALL_MOLECULE", "Small molecule"
    PEPTIDE = "PEPTIDE", "Peptide"
    OLIGO = "OLIGO", "Oligonucleotide"
    MAB = "MAB", "Monoclonal antibody"
    ADVANCED_MAB = "ADVANCED_MAB", "Advanced antibody (bispecific, fragment, fusion)"
    RECOMB_PROTEIN = "RECOMB_PROTEIN", "Recombinant protein"
    MICROBIAL = "MICROBIAL", "Microbial product"
    ADC = "ADC", "Antibody-drug conjugate"
    VACCINE = "VACCINE", "Vaccine"
    MRNA_LNP = "MRNA_LNP", "mRNA in lipid nanoparticles"
    PLASMID = "PLASMID", "Plasmid DNA"
    AAV = "AAV", "Adeno-associated virus"
    LENTI_RETRO = "LENTI_RETRO", "Lentivirus or retrovirus"
    ADENO_ONCOLYTIC = "ADENO_ONCOLYTIC", "Adenovirus or oncolytic virus"
    CAR_T_AUTO = "CAR_T_AUTO", "CAR-T, autologous"
    CAR_T_ALLO = "CAR_T_ALLO", "CAR-T, allogeneic"
    CELL_AUTO = "CELL_AUTO", "Cell therapy, autologous"
    CELL_ALLO_IPSC = "CELL_ALLO_IPSC", "Cell therapy, allogeneic or iPSC"
    RADIOPHARM = "RADIOPHARM", "Radiopharmaceutical"
    LBP = "LBP", "Live biotherapeutic"
    OTHER = "OTHER", "Other"


_CLASS_OF_MODALITY: Mapping[Modality, ModalityClass] = MappingProxyType(
    {
        Modality.SMALL_MOLECULE: ModalityClass.CHEM,
        Modality.PEPTIDE: ModalityClass.CHEM,
        Modality.OLIGO: ModalityClass.CHEM,
        Modality.RADIOPHARM: ModalityClass.CHEM,
        Modality.MRNA_LNP: ModalityClass.RNA,
        Modality.AAV: ModalityClass.VIRAL,
        Modality.LENTI_RETRO: ModalityClass.VIRAL,
        Modality.ADENO_ONCOLYTIC: ModalityClass.VIRAL,
        Modality.CAR_T_AUTO: ModalityClass.CELL,
        Modality.CAR_T_ALLO: ModalityClass.CELL,
        Modality.CELL_AUTO: ModalityClass.CELL,
        Modality.CELL_ALLO_IPSC: ModalityClass.CELL,
    }
)

MATURE_MODALITIES: frozenset[Modality] = frozenset(
    {
        Modality.SMALL_MOLECULE,
        Modality.PEPTIDE,
        Modality.MAB,
        Modality.RECOMB_PROTEIN,
        Modality.MICROBIAL,
        Modality.VACCINE,
    }
)
"""Modalities for which a hundred and fifty experience points are within reach of an established vendor."""


class ModalityTag(Code):
    """What is said of a program beside its modality."""

    GENE_EDITED = "GENE_EDITED", "Gene edited"


def modality_class(modality: str) -> ModalityClass:
    """The family of a modality; everything not named elsewhere is biological. ValueError if unknown."""
    return _CLASS_OF_MODALITY.get(Modality(modality), ModalityClass.BIO)


class Operation(Code):
    """A manufacturing step."""

    CELL_LINE = "CELL_LINE", "Cell line development"
    PROCESS_DEV = "PROCESS_DEV", "Process development"
    FORMULATION = "FORMULATION", "Formulation"
    UPSTREAM = "UPSTREAM", "Upstream"
    DOWNSTREAM = "DOWNSTREAM", "Downstream"
    API_SYNTH = "API_SYNTH", "Drug substance synthesis"
    VECTOR = "VECTOR", "Viral vector production"
    IVT = "IVT", "In-vitro transcription"
    LNP_ENCAP = "LNP_ENCAP", "LNP encapsulation"
    CONJUGATION = "CONJUGATION", "Conjugation"
    CELL_PROCESSING = "CELL_PROCESSING", "Cell processing"
    FILL_VIAL = "FILL_VIAL", "Vial filling"
    FILL_PFS_CARTRIDGE = "FILL_PFS_CARTRIDGE", "Syringe or cartridge filling"
    LYO = "LYO", "Freeze drying"
    OSD = "OSD", "Oral solid dose"
    DEVICE_ASSEMBLY = "DEVICE_ASSEMBLY", "Device assembly"
    PACK_LABEL = "PACK_LABEL", "Packaging and labelling"
    TEST_RELEASE = "TEST_RELEASE", "Release testing"
    QP_RELEASE = "QP_RELEASE", "QP release"
    BANKING = "BANKING", "Cell or virus banking"
    STORAGE_COLD = "STORAGE_COLD", "Cold storage"


FILL_OPERATIONS: frozenset[Operation] = frozenset({Operation.FILL_VIAL, Operation.FILL_PFS_CARTRIDGE})


class Phase(Code):
    """The stage of a program, in order of definition."""

    IND_ENABLING = "IND_ENABLING", "IND-enabling"
    PH1 = "PH1", "Phase 1"
    PH1_2 = "PH1_2", "Phase 1/2"
    PH2 = "PH2", "Phase 2"
    PH3 = "PH3", "Phase 3"
    PPQ_FILING = "PPQ_FILING", "PPQ and filing"
    COMMERCIAL = "COMMERCIAL", "Commercial"
    LIFECYCLE = "LIFECYCLE", "Life cycle"


PHASES: tuple[Phase, ...] = tuple(Phase)
_PHASE_ORDER: Mapping[Phase, int] = MappingProxyType({phase: index for index, phase in enumerate(PHASES)})


def phase_order(phase: str) -> int:
    """Position of a phase, 0 for IND-enabling. ValueError if unknown."""
    return _PHASE_ORDER[Phase(phase)]


class BuildingBlock(Code):
    """A technical building block that a modality class needs."""

    SYNTHESIS = "synthesis", "Synthesis"
    CONTAINMENT = "containment", "Containment"
    SOLID_STATE = "solid_state", "Solid-state science"
    IVT = "ivt", "In-vitro transcription"
    LNP = "lnp", "Lipid nanoparticles"
    CELL_CULTURE = "cell_culture", "Cell culture"
    VIRAL_VECTOR = "viral_vector", "Viral vector work"
    ASEPTIC = "aseptic", "Aseptic processing"
    ANALYTICS = "analytics", "Advanced analytics"
    GMP = "gmp", "GMP infrastructure"


_BLOCKS_CHEM = (
    BuildingBlock.SYNTHESIS,
    BuildingBlock.CONTAINMENT,
    BuildingBlock.SOLID_STATE,
    BuildingBlock.ANALYTICS,
    BuildingBlock.GMP,
)
_BLOCKS_RNA = (
    BuildingBlock.IVT,
    BuildingBlock.LNP,
    BuildingBlock.ASEPTIC,
    BuildingBlock.ANALYTICS,
    BuildingBlock.GMP,
)
_BLOCKS_OTHER = (
    BuildingBlock.CELL_CULTURE,
    BuildingBlock.VIRAL_VECTOR,
    BuildingBlock.ASEPTIC,
    BuildingBlock.ANALYTICS,
    BuildingBlock.GMP,
)


def building_blocks(family: ModalityClass) -> tuple[BuildingBlock, ...]:
    """The five building blocks asked of a modality class."""
    if family is ModalityClass.CHEM:
        return _BLOCKS_CHEM
    if family is ModalityClass.RNA:
        return _BLOCKS_RNA
    return _BLOCKS_OTHER


class DosageForm(Code):
    """The form of the finished product."""

    ORAL_SOLID = "ORAL_SOLID", "Oral solid"
    ORAL_LIQUID = "ORAL_LIQUID", "Oral liquid"
    SOLUTION = "SOLUTION", "Solution"
    LYO_POWDER = "LYO_POWDER", "Freeze-dried powder"
    SUSPENSION = "SUSPENSION", "Suspension"
    TOPICAL = "TOPICAL", "Topical"
    INHALED = "INHALED", "Inhaled"
    OTHER = "OTHER", "Other"


class ContainerFormat(Code):
    """The primary container."""

    VIAL = "VIAL", "Vial"
    PFS = "PFS", "Pre-filled syringe"
    CARTRIDGE = "CARTRIDGE", "Cartridge"
    BAG = "BAG", "Bag"
    BLISTER = "BLISTER", "Blister"
    BOTTLE = "BOTTLE", "Bottle"
    OTHER = "OTHER", "Other"


class PlasmidSource(Code):
    """Who makes the plasmids of a vector process."""

    IN_HOUSE = "IN_HOUSE", "In-house"
    PARTNER = "PARTNER", "Partner"
    SPONSOR = "SPONSOR", "Sponsor"


class StorageClass(Code):
    """A storage temperature."""

    AMBIENT = "AMBIENT", "Ambient"
    C2_8 = "C2_8", "2 to 8 °C"
    M20 = "M20", "-20 °C"
    M80 = "M80", "-80 °C"
    LN2 = "LN2", "Liquid nitrogen"


# --- Quantities -------------------------------------------------------------------------------------------


class BatchUnit(Code):
    """The unit of a batch size."""

    L = "L", "L"
    KG = "kg", "kg"
    G = "g", "g"
    MG = "mg", "mg"
    VG = "vg", "vector genomes"
    TU = "TU", "transducing units"
    CELLS = "cells", "cells"
    VIALS = "vials", "vials"
    UNITS = "units", "units"


class RateUnit(Code):
    """The unit of a yearly capacity or need."""

    BATCHES = "batches/y", "batches a year"
    PATIENTS = "patients/y", "patients a year"
    KG = "kg/y", "kg a year"
    UNITS = "units/y", "units a year"


class NeedAt(Code):
    """The moment a need of scale is for."""

    NOW = "now", "Now"
    TARGET = "target", "At the target phase"


# --- Where ------------------------------------------------------------------------------------------------


class Region(Code):
    """The seven regions of the footprint."""

    N_AMERICA = "N_AMERICA", "North America"
    LATAM = "LATAM", "Latin America"
    EUROPE = "EUROPE", "Europe"
    MEA = "MEA", "Middle East and Africa"
    E_ASIA = "E_ASIA", "East Asia"
    S_ASIA = "S_ASIA", "South and South-East Asia"
    OCEANIA = "OCEANIA", "Oceania"


_COUNTRIES_OF_REGION: Mapping[Region, str] = MappingProxyType(
    {
        Region.N_AMERICA: "US CA BM GL PM",
        Region.LATAM: (
            "AG AI AR AW BB BL BO BQ BR BS BZ CL CO CR CU CW DM DO EC FK GD GF GP GS GT GY HN HT JM KN"
            " KY LC MF MQ MS MX NI PA PE PR PY SR SV SX TC TT UY VC VE VG VI"
        ),
        Region.EUROPE: (
            "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI"
            " LT LU LV MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA XK"
        ),
        Region.MEA: (
            "AE AM AO AZ BF BH BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GE GH GM GN GQ GW IL IQ"
            " IR JO KE KM KW LB LR LS LY MA MG ML MR MU MW MZ NA NE NG OM PS QA RE RW SA SC SD SH SL SN"
            " SO SS ST SY SZ TD TG TN TR TZ UG YE YT ZA ZM ZW"
        ),
        Region.E_ASIA: "CN HK JP KP KR MN MO TW",
        Region.S_ASIA: "AF BD BN BT ID IN IO KG KH KZ LA LK MM MV MY NP PH PK SG TH TJ TL TM UZ VN",
        Region.OCEANIA: "AS AU CC CK CX FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV UM VU WF WS",
    }
)
_REGION_OF_COUNTRY: Mapping[str, Region] = MappingProxyType(
    {country: region for region, countries in _COUNTRIES_OF_REGION.items() for country in countries.split()}
)
_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EEA_COUNTRIES: frozenset[str] = frozenset(_EU.split()) | {"IS", "LI", "NO"}
"""Countries whose national inspectors act for the EU market."""

COUNTRY_CODES: frozenset[str] = frozenset(_REGION_OF_COUNTRY)
"""The ISO 3166 two-letter codes we know a region of."""


def region_of_country(iso2: str) -> Region | None:
    """Region of an ISO 3166 two-letter country code (any case); None when the code is not known."""
    return _REGION_OF_COUNTRY.get(iso2.strip().upper())


class Market(Code):
    """A market with a code of its own; any other market is its ISO two-letter country code."""

    US = "US", "United States"
    EU = "EU", "European Union"
    UK = "UK", "United Kingdom"
    JP = "JP", "Japan"
    CN = "CN", "China"
    CA = "CA", "Canada"
    AU = "AU", "Australia"
    CH = "CH", "Switzerland"
    BR = "BR", "Brazil"
    KR = "KR", "South Korea"
    IN = "IN", "India"


def is_market(code: str) -> bool:
    """Whether the code is a named market or a country code."""
    return code in Market.__members__ or code in COUNTRY_CODES


def market_of_country(iso2: str) -> str:
    """The market a country belongs to: EU for its members, UK for GB, otherwise the country itself."""
    country = iso2.strip().upper()
    if country in EEA_COUNTRIES:
        return Market.EU.value
    return Market.UK.value if country == "GB" else country


def region_of_market(market: str) -> Region | None:
    """Region of a market code; None when the code is not known."""
    if market in {Market.EU, Market.UK}:
        return Region.EUROPE
    return region_of_country(market)


# --- Vendors and sites ------------------------------------------------------------------------------------


class OwnershipType(Code):
    """Who owns a vendor."""

    PUBLIC = "PUBLIC", "Listed company"
    PRIVATE = "PRIVATE", "Private company"
    PE = "PE", "Private equity"
    STATE = "STATE", "State"


class Integration(Code):
    """How much of the way from development to trial a vendor covers."""

    CMO = "CMO", "Manufacturing only (CMO)"
    CDMO = "CDMO", "Development and manufacturing (CDMO)"
    CDMO_CRO = "CDMO_CRO", "CDMO with clinical research (CRO)"


class Focus(Code):
    """Whether a vendor serves every modality or a few."""

    FULL = "FULL", "Full range"
    NICHE = "NICHE", "Niche"


class PreferredModel(Code):
    """The business model a program looks for."""

    INTEGRATED = "INTEGRATED", "Integrated"
    MODULAR = "MODULAR", "Modular"
    NICHE = "NICHE", "Niche"
    NONE = "NONE", "No preference"


class SiteStatus(Code):
    """Whether a site works for this vendor."""

    ACTIVE = "ACTIVE", "Active"
    CLOSED = "CLOSED", "Closed"
    SOLD = "SOLD", "Sold"


class Delivery(Code):
    """How a service or an operation is delivered."""

    IN_HOUSE = "in_house", "In-house"
    PARTNER = "partner", "By a partner"
    NONE = "none", "Not offered"


class LineRole(Code):
    """The role of a line of the supply map."""

    PRIMARY = "primary", "Primary"
    BACKUP = "backup", "Backup"


class ServiceCode(Code):
    """A service; manufacturing steps are operations."""

    PREFORM = "PREFORM", "Pre-formulation"
    FORM_DEV = "FORM_DEV", "Formulation development"
    METHOD_DEV_VAL = "METHOD_DEV_VAL", "Method development and validation"
    STABILITY = "STABILITY", "Stability studies"
    SMALL_SCALE_MFG = "SMALL_SCALE_MFG", "Small-scale manufacturing"
    SCALE_UP = "SCALE_UP", "Scale-up"
    GMP_CLINICAL = "GMP_CLINICAL", "GMP clinical manufacturing"
    COMMERCIAL = "COMMERCIAL", "Commercial manufacturing"
    ANALYTICAL = "ANALYTICAL", "Analytical services"
    PROC_VAL = "PROC_VAL", "Process validation"
    REG_SUPPORT = "REG_SUPPORT", "Regulatory support"
    TECH_TRANSFER = "TECH_TRANSFER", "Technology transfer"
    PROCESS_DEV = "PROCESS_DEV", "Process development"
    REG_LIAISON = "REG_LIAISON", "Liaison with regulators"
    COMPARABILITY = "COMPARABILITY", "Comparability studies"
    GLOBAL_REG = "GLOBAL_REG", "Global registration"
    CLIN_LOGISTICS = "CLIN_LOGISTICS", "Clinical logistics"
    CRO_CLINICAL = "CRO_CLINICAL", "Clinical research (CRO)"


REGULATORY_SERVICES: tuple[ServiceCode, ...] = (
    ServiceCode.PROC_VAL,
    ServiceCode.COMPARABILITY,
    ServiceCode.REG_SUPPORT,
    ServiceCode.REG_LIAISON,
    ServiceCode.GLOBAL_REG,
)
"""The five services of the criterion "Regulatory services"."""

MARKET_SERVICES: frozenset[ServiceCode] = frozenset({ServiceCode.REG_LIAISON, ServiceCode.GLOBAL_REG})
"""Services offered market by market."""


class GmpGrade(Code):
    """The GMP grade at which something is delivered."""

    NONE = "NONE", "Not GMP"
    CLINICAL = "CLINICAL", "Clinical GMP"
    COMMERCIAL = "COMMERCIAL", "Commercial GMP"


class CertificateKind(Code):
    """The kind of a certificate."""

    GMP = "GMP", "GMP certificate"
    MIA = "MIA", "Manufacturing authorisation"
    MIA_IMP = "MIA_IMP", "Manufacturing authorisation, investigational products"
    NATIONAL_LICENCE = "NATIONAL_LICENCE", "National licence"
    ISO_27001 = "ISO_27001", "ISO 27001"
    SOC2_T2 = "SOC2_T2", "SOC 2 Type II"
    ISO_14001 = "ISO_14001", "ISO 14001"
    PSCI = "PSCI", "PSCI audit"
    INSURANCE = "INSURANCE", "Insurance"
    OTHER = "OTHER", "Other"


class QualificationStatus(Code):
    """How far an organisation has qualified a site for an operation."""

    NOT_ASSESSED = "not_assessed", "Not assessed"
    PAPER_QUALIFIED = "paper_qualified", "Paper-qualified"
    AUDIT_PLANNED = "audit_planned", "Audit planned"
    CONDITIONALLY_APPROVED = "conditionally_approved", "Conditionally approved"
    APPROVED = "approved", "Approved"
    SUSPENDED = "suspended", "Suspended"
    DISQUALIFIED = "disqualified", "Disqualified"


class CdaStatus(Code):
    """State of the confidentiality agreement with a vendor."""

    NONE = "none", "None"
    REQUESTED = "requested", "Requested"
    SIGNED = "signed", "Signed"


class NoteKind(Code):
    """The occasion of a note."""

    CALL = "call", "Call"
    SITE_VISIT = "site_visit", "Site visit"
    REFERENCE = "reference", "Reference"
    OTHER = "other", "Other"


class ListCode(Code):
    """A list of restricted parties; entries are stored with their source, never named here."""

    SECTION_1260H = "1260H", "Section 1260H list"
    OMB_BIOSECURE = "OMB_BIOSECURE", "OMB list (BIOSECURE)"
    ENTITY_LIST = "ENTITY_LIST", "Entity List"
    OFAC = "OFAC", "OFAC sanctions"


FEDERAL_EXPOSURE_LISTS: frozenset[ListCode] = frozenset(
    {ListCode.SECTION_1260H, ListCode.OMB_BIOSECURE, ListCode.ENTITY_LIST}
)
"""Lists that count only when the program is exposed to United States federal money."""


class ListResult(Code):
    """The outcome of one screen against one version of a list."""

    FAIL = "fail", "Exact match"
    CONDITIONAL = "conditional", "Affiliate match"
    PASS = "pass", "No match"
    UNKNOWN = "unknown", "Not screened"


class ListRelation(Code):
    """Who matched a list entry."""

    SELF = "self", "The party itself"
    AFFILIATE = "affiliate", "An affiliate"


class SbtiStatus(Code):
    """State of a science-based climate target."""

    NONE = "NONE", "None"
    COMMITTED = "COMMITTED", "Committed"
    NEAR_TERM = "NEAR_TERM", "Near-term target validated"
    NET_ZERO = "NET_ZERO", "Net-zero target validated"


class CarbonDisclosure(Code):
    """How much of its carbon footprint a vendor discloses."""

    NONE = "NONE", "None"
    S1_2 = "S1_2", "Scopes 1 and 2"
    S1_3 = "S1_3", "Scopes 1 to 3"
    S1_3_ASSURED = "S1_3_ASSURED", "Scopes 1 to 3, assured"


# --- Regulatory records -----------------------------------------------------------------------------------


class RecordKind(Code):
    """The kind of a regulatory record."""

    INSPECTION = "INSPECTION", "Inspection"
    CITATION = "CITATION", "Citation"
    FORM_483 = "FORM_483", "Form 483"
    WARNING_LETTER = "WARNING_LETTER", "Warning letter"
    INJUNCTION = "INJUNCTION", "Injunction"
    SEIZURE = "SEIZURE", "Seizure"
    IMPORT_ALERT = "IMPORT_ALERT", "Import alert"
    RECALL = "RECALL", "Recall"
    REGISTRATION = "REGISTRATION", "Registration"
    GMP_CERTIFICATE = "GMP_CERTIFICATE", "GMP certificate"
    GMP_NONCOMPLIANCE = "GMP_NONCOMPLIANCE", "GMP non-compliance statement"
    COURT_RELEASE = "COURT_RELEASE", "Court release"


class Classification(Code):
    """The classification of an FDA inspection, best first."""

    NAI = "NAI", "No action indicated"
    VAI = "VAI", "Voluntary action indicated"
    OAI = "OAI", "Official action indicated"


class InspectionOutcome(Code):
    """The outcome of any authority's inspection, as stated on the site's profile."""

    POSITIVE = "positive", "Positive"
    NEGATIVE = "negative", "Negative"
    PENDING = "pending", "Pending"


# --- Evidence ---------------------------------------------------------------------------------------------


class SubjectType(Code):
    """What a piece of evidence is about, broadest first."""

    VENDOR = "vendor", "Vendor"
    SITE = "site", "Site"
    CAPABILITY = "capability", "Capability"
    CANDIDATE = "candidate", "Candidate"
    PROPOSAL = "proposal", "Proposal"


class Grade(Code):
    """How good a piece of evidence is."""

    A = "A", "Regulator or public record"
    B = "B", "Audit by the sponsor or an independent party"
    C = "C", "Document reviewed by the organisation"
    D = "D", "Vendor's own declaration"
    E = "E", "Estimate"


VERIFIED_GRADES: frozenset[Grade] = frozenset({Grade.A, Grade.B, Grade.C})
"""Grades good enough to count as verified."""


class ClaimType(Code):
    """Whether somebody checked it."""

    CLAIMED = "claimed", "Claimed"
    VERIFIED = "verified", "Verified"


class Freshness(Code):
    """Age of what is known, youngest first."""

    FRESH = "fresh", "Fresh"
    AGEING = "ageing", "Getting old"
    STALE = "stale", "Stale"
    EXPIRED = "expired", "Expired"


class Confidentiality(Code):
    """Who may see a piece of evidence or a note."""

    PUBLIC = "public", "Public"
    CDA = "cda", "Under a confidentiality agreement"
    COMMERCIAL = "commercial", "Commercial"


class SourceKind(Code):
    """Where a piece of evidence comes from."""

    OFFICIAL_RECORD = "official_record", "Official record"
    AUDIT_REPORT = "audit_report", "Audit report"
    DOCUMENT = "document", "Document"
    QUESTIONNAIRE = "questionnaire", "Questionnaire"
    PROPOSAL = "proposal", "Proposal"
    DEMONSTRATION = "demonstration", "Live demonstration"
    REFERENCE = "reference", "Reference"
    NOTE = "note", "Note"
    IMPORT = "import", "Import"
    FORM = "form", "Form"
    PUBLIC_WEB = "public_web", "Public web page"
    ESTIMATE = "estimate", "Estimate"


class AttestedSection(Code):
    """A section of a profile that a vendor can attest as complete."""

    SITES = "sites", "Sites"
    CAPABILITIES = "capabilities", "Capabilities"
    SERVICES = "services", "Services"


# --- Proposals --------------------------------------------------------------------------------------------


class LineInclusion(Code):
    """Whether a proposal's line is part of the offer."""

    INCLUDED = "included", "Included"
    EXCLUDED = "excluded", "Excluded"
    OPTIONAL = "optional", "Optional"


class GovernanceTerm(Code):
    """The flags of the criterion "Governance and communication"."""

    NAMED_PM = "named_pm", "Named project manager"
    JOINT_STEERING = "joint_steering", "Joint steering committee"
    ESCALATION_24H = "escalation_24h", "Escalation within 24 hours"
    MINUTES_3D = "minutes_3d", "Minutes within 3 days"
    RESPONSE_TIME = "response_time", "Response time agreed"


class TransparencyTerm(Code):
    """The flags of the criterion "Transparency"."""

    PERSON_IN_PLANT = "person_in_plant", "Person in plant"
    JOINT_REPORTS = "joint_reports", "Joint reports"
    RAW_DATA_ACCESS = "raw_data_access", "Access to raw data"
    OPEN_AUDIT_DATES = "open_audit_dates", "Open audit dates"
    DEVIATION_DASHBOARD = "deviation_dashboard", "Deviation dashboard"


class SharingTerm(Code):
    """The flags of the criterion "Risk and capital sharing"."""

    MILESTONE_PRICING = "milestone_pricing", "Milestone pricing"
    BATCH_FAILURE_REMEDY = "batch_failure_remedy", "Remedy for failed batches"
    CAPACITY_GUARANTEE = "capacity_guarantee", "Capacity guarantee"
    CANCELLATION_6M = "cancellation_6m", "Cancellation within 6 months"
    TECH_TRANSFER_OUT = "tech_transfer_out", "Right to transfer the technology out"
    MIN_COMMITMENT_50 = "min_commitment_50", "Minimum commitment at most half of the need"
    NO_SPONSOR_CAPEX = "no_sponsor_capex", "No capital from the sponsor"
    UPFRONT_30 = "upfront_30", "Upfront payment at most 30 %"


class QualityAgreementTerm(Code):
    """The flags of the criterion "Quality agreement readiness"."""

    DEVIATION_NOTICE_72H = "deviation_notice_72h", "Notice of deviations within 72 hours"
    BATCH_RECORD_ACCESS = "batch_record_access", "Access to batch records"
    AUDIT_RIGHT = "audit_right", "Right to audit"
    SUBCONTRACTOR_APPROVAL = "subcontractor_approval", "Approval of sub-contractors"
    INSPECTION_PRESENCE = "inspection_presence", "Presence at inspections"


class EnergyMeasure(Code):
    """The flags of the criterion "Energy and materials"."""

    ENERGY_MANAGEMENT = "energy_management", "Energy management"
    WATER_SOLVENT_RECOVERY = "water_solvent_recovery", "Water or solvent recovery"
    MATERIAL_SUBSTITUTION = "material_substitution", "Material substitution"
    SINGLE_USE_TAKE_BACK = "single_use_take_back", "Take-back of single-use material"


class MustHaveTerm(Code):
    """Terms of a proposal that a program may demand."""

    IP_OWNER = "ip_owner", "Owner of the intellectual property"
    BACKGROUND_ROYALTY = "background_royalty", "Royalty on background technology"
    TECH_TRANSFER_OUT = "tech_transfer_out", "Technology transfer out"
    EHS_PSCI_AUDIT = "ehs_psci_audit", "EHS or PSCI audit"
    INSURANCE_AMOUNT = "insurance_amount", "Insured amount"
    SUBCONTRACTORS_DISCLOSED = "subcontractors_disclosed", "Sub-contractors disclosed"
    SERIALISATION = "serialisation", "Serialisation"


# --- Must-haves -------------------------------------------------------------------------------------------


class GateOutcome(Code):
    """The outcome of a must-have."""

    PASS = "pass", "Met"
    FAIL = "fail", "Failed"
    CONDITIONAL = "conditional", "Conditional"
    UNKNOWN = "unknown", "Unknown"


class GateOperator(Code):
    """How a must-have compares a fact with its value."""

    AT_LEAST = ">=", "at least"
    AT_MOST = "<=", "at most"
    GREATER = ">", "more than"
    LESS = "<", "less than"
    EQUAL = "==", "equal to"
    NOT_EQUAL = "!=", "not equal to"
    IN = "in", "one of"
    CONTAINS = "contains", "containing"


class Stage(Code):
    """The stage of a scorecard."""

    SCREEN = "screen", "Screen"
    SHORTLIST = "shortlist", "Shortlist"
    AWARD = "award", "Award"


class Policy(Code):
    """What an unknown counts as in the ranked figure."""

    NEUTRAL = "neutral", "Unknowns count half"
    CONSERVATIVE = "conservative", "Worst case"
    KNOWN_ONLY = "known_only", "Only what is known"


class CellState(Code):
    """What is known of a criterion for a candidate."""

    KNOWN = "known", "Known"
    UNKNOWN = "unknown", "Unknown"
    REFUSED = "refused", "Refused"
    OVERDUE = "overdue", "Not answered by the deadline"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
