"""Vendors, sites, services and what is said of them."""

from vendors.vocabulary.code import Code


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
