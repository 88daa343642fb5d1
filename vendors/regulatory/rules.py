"""The numbers of the regulatory score, in one place, as an editable default.

Severity, half-life and prior were fitted on 26,165 FDA inspections; caps, half-widths and months are
judgement. An edit is a new version of the criteria set.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from vendors.regulatory.records import same_words
from vendors.vocabulary import Classification

PPM = 1_000_000
KEPT_PRODUCT_TYPES = frozenset({same_words("Drugs"), same_words("Biologics")})
DROPPED_PROJECT_AREAS = frozenset(
    same_words(area)
    for area in (
        "Bioresearch Monitoring",
        "Unapproved and Misbranded Drugs",
        "Prescription Drug Advertising and Labelling",
        "Over-the-Counter Drug Evaluation",
        "Postmarket Surv. and Epidemiology",
    )
)
IMPORT_ALERT_DRUG_GMP = "66-40"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegulatoryRule:
    """Parameters of the site score. Caps are points 0-100, widths are shares of the 0-1 scale."""

    half_life_years: float = 3.0
    window_years: float = 10.0
    severity: Mapping[Classification, float] = field(
        default_factory=lambda: MappingProxyType(
            {Classification.OAI: 1.0, Classification.VAI: 0.2, Classification.NAI: 0.0}
        )
    )
    prior_weight: float = 0.5
    prior_severity: float = 0.15
    narrowest_half_width: float = 0.03
    half_width_of_no_weight: float = 0.25
    fresh_months: int = 36
    ageing_months: int = 60
    cap_oai: int = 40
    cap_warning_letter: int = 30
    cap_import_alert: int = 10
    cap_noncompliance: int = 10
    cap_court: int = 5
    letter_follows_oai_days: int = 400
    pending_factor: float = 0.7
    recall_half_life_years: float = 2.0
    recall_points: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType({"class i": 20.0, "class ii": 6.0, "class iii": 2.0})
    )
    citation_years: int = 5


DEFAULT_RULE = RegulatoryRule()
