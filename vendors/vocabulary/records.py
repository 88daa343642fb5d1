"""Official regulatory records."""

from vendors.vocabulary.code import Code


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
