"""Evidence: subjects, grades, ages and sources."""

from vendors.vocabulary.code import Code


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
