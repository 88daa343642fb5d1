"""The words in which the demo's fictional vendors are written down.

A vendor is described by what a person would say of it (where it works, what it makes, how mature it is, how well
that is known); `facts.py` turns that into evidence. Times are ages in years before the day the demo is made, so that
everything keeps its age.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vendors.vocabulary import Delivery, Focus, Integration, OwnershipType, SiteStatus

FICTIONAL = "Fictional demo vendor"
"""What every invented profile says of itself."""

EARLY = ("IND_ENABLING", "PH1", "PH1_2", "PH2")
LATE = (*EARLY, "PH3", "PPQ_FILING")
FULL = (*LATE, "COMMERCIAL", "LIFECYCLE")
MARKET = ("PH3", "PPQ_FILING", "COMMERCIAL", "LIFECYCLE")


@dataclass(frozen=True, kw_only=True)
class Can:
    """One operation for one modality at a site. `scale` is (smallest, largest, unit), `yearly` (amount, unit, % sold)."""

    modality: str
    operation: str
    phases: tuple[str, ...]
    scale: tuple[float, float, str] | None = None
    yearly: tuple[float, str, int] | None = None
    programs: Mapping[str, int] = field(default_factory=dict)
    batches: int | None = None
    lead: int | None = None
    changeover: int | None = None
    gmp: bool | None = True
    extras: Mapping[str, Any] = field(default_factory=dict)
    """Further columns of a capability: serotypes, patient_suites, dosage_forms, ..."""


@dataclass(frozen=True, kw_only=True)
class Plant:
    """A site. `marks` and `known` default to the vendor's. `inspections` reads "NAI 4.1, VAI 1.3" (class, years ago)."""

    name: str
    city: str
    country: str
    lat: float
    lon: float
    timezone: str
    opened: int
    can: tuple[Can, ...] = ()
    inspections: str = ""
    actions: tuple[str, ...] = ()
    """Other official records: "WARNING_LETTER 5.2 closed 4.1", "IMPORT_ALERT 1.1", "RECALL 0.7 Class II"."""
    certificates: str = ""
    """Official GMP certificates: "EU 1.5, UK 2.0" (market, years since the inspection)."""
    licences: str = ""
    """The vendor's own certificates: "MIA_IMP 1.2, NATIONAL_LICENCE 2" (kind, years ago)."""
    markets: Mapping[str, str] = field(default_factory=dict)
    """Inspections by other authorities: market to authority."""
    single_use: int | None = None
    modular: int | None = None
    bsl: int | None = None
    oeb: int | None = None
    schedules: tuple[str, ...] = ()
    storage: tuple[str, ...] = ("AMBIENT", "C2_8", "M20")
    lanes: tuple[str, ...] = ()
    status: SiteStatus = SiteStatus.ACTIVE
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Values set by hand, by criterion or field; None leaves a gap, REFUSED a refusal."""


@dataclass(frozen=True, kw_only=True)
class Marks:
    """How good a vendor really is, 0 to 5, by subject; the levels of its evidence lie near them."""

    platform: int = 3
    service: int = 3
    scale_up: int = 3
    quality: int = 3
    digital: int = 2
    flexible: int = 3
    resilience: int = 3
    governance: int = 3
    green: int = 2
    finance: int = 3


@dataclass(frozen=True, kw_only=True)
class Maker:
    """A fictional vendor with its sites. `price` is its quote against the budget, 1 being all of it."""

    name: str
    legal_name: str
    story: str
    hq: str
    founded: int
    employees: int
    sites: tuple[Plant, ...]
    marks: Marks = field(default_factory=Marks)
    known: str = "documented"
    """How well it is known: a profile of `proof.py`."""
    integration: Integration = Integration.CDMO
    focus: Focus = Focus.FULL
    niches: tuple[str, ...] = ()
    shares: Mapping[str, int] = field(default_factory=dict)
    """Share of GMP batches by modality, %."""
    ownership: OwnershipType = OwnershipType.PRIVATE
    owner: str = ""
    chain_complete: bool | None = True
    control_changed: float | None = None
    owner_competes: bool | None = None
    price: float = 1.0
    services: Mapping[str, str] = field(default_factory=dict)
    """Exceptions to what its kind of company offers: service to in_house, partner or none."""
    screens: Mapping[str, str] = field(default_factory=dict)
    """Exceptions to "no match": list to fail, conditional, unknown or "" (never screened)."""
    certificates: str = ""
    attested: str = ""
    """Sections attested complete: "sites capabilities services"."""
    partners: tuple[tuple[str, str, str, bool], ...] = ()
    """(vendor, region, operation, bound by contract)."""
    contact: str = ""
    cda: str = "signed"
    facts: Mapping[str, Any] = field(default_factory=dict)


class Refused:
    """Stands where the vendor refused to answer."""


REFUSED = Refused()


@dataclass(frozen=True)
class Disputed:
    """A claim and what an audit saw: both are kept, the audit counts, the contradiction is listed."""

    claimed: Mapping[str, Any]
    seen: Mapping[str, Any]


def delivery_of(integration: Integration) -> dict[str, str]:
    """How a company of a kind delivers each service unless it says otherwise."""
    own, partner, none = Delivery.IN_HOUSE.value, Delivery.PARTNER.value, Delivery.NONE.value
    made = (
        "GMP_CLINICAL",
        "ANALYTICAL",
        "TECH_TRANSFER",
        "SMALL_SCALE_MFG",
        "SCALE_UP",
        "STABILITY",
        "METHOD_DEV_VAL",
    )
    developed = ("PREFORM", "FORM_DEV", "PROCESS_DEV", "PROC_VAL", "COMPARABILITY", "REG_SUPPORT")
    advised = ("REG_LIAISON", "GLOBAL_REG", "CLIN_LOGISTICS")
    given = dict.fromkeys((*made, "COMMERCIAL"), own)
    given |= dict.fromkeys(developed, none if integration is Integration.CMO else own)
    given |= dict.fromkeys(advised, own if integration is Integration.CDMO_CRO else partner)
    given["CRO_CLINICAL"] = own if integration is Integration.CDMO_CRO else none
    return given
