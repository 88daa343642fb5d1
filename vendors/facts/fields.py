"""Facts that fill a column of a profile: fields of vendor, site and capability."""

from vendors.facts.catalogue import CAPABILITY, COUNTRIES, MARKETS, SITE, VENDOR, Fact
from vendors.facts.schema import (
    Choice,
    Choices,
    Counts,
    Day,
    Number,
    Part,
    Record,
    Rows,
    Rubric,
    ValueSchema,
    YesNo,
)
from vendors.vocabulary import (
    BatchUnit,
    CarbonDisclosure,
    Code,
    ContainerFormat,
    DosageForm,
    Focus,
    InspectionOutcome,
    Integration,
    Modality,
    OwnershipType,
    Phase,
    PlasmidSource,
    RateUnit,
    Region,
    SbtiStatus,
    StorageClass,
    SubjectType,
)


def _codes(vocabulary: type[Code]) -> tuple[str, ...]:
    return tuple(member.value for member in vocabulary)


_SCALE = Number(low=0, units=_codes(BatchUnit))
_COUNT = Number(low=0, integer=True)
_PERCENT = Number(low=0, high=100)
_YES_NO = YesNo()
_PROGRAM = ("program",)


def _column(
    code: str,
    subjects: tuple[SubjectType, ...],
    schema: ValueSchema,
    months: tuple[int, int],
    label: str,
    question: str,
    unit: str = "",
) -> Fact:
    column = code.partition(".")[2]
    return Fact(code, subjects, schema, unit, months[0], months[1], _PROGRAM, label, question, column)


_VENDOR_FACTS = (
    _column(
        "vendor.integration",
        VENDOR,
        Choice(_codes(Integration)),
        (24, 36),
        "Integration",
        "Do you offer manufacturing only, development and manufacturing, or clinical research as well?",
    ),
    _column(
        "vendor.focus",
        VENDOR,
        Choice(_codes(Focus)),
        (24, 36),
        "Focus",
        "Full range, or a niche of modalities?",
    ),
    _column(
        "vendor.niche_modalities",
        VENDOR,
        Choices(_codes(Modality)),
        (24, 36),
        "Niche modalities",
        "Which modalities are your niche?",
    ),
    _column(
        "vendor.ownership_type",
        VENDOR,
        Choice(_codes(OwnershipType)),
        (6, 12),
        "Ownership",
        "Who owns the company?",
    ),
    _column(
        "vendor.owner_country",
        VENDOR,
        Choice(COUNTRIES),
        (12, 24),
        "Country of the ultimate owner",
        "In which country is the ultimate owner?",
    ),
    _column(
        "vendor.ownership_complete",
        VENDOR,
        _YES_NO,
        (12, 24),
        "Ownership chain complete",
        "Is the chain of ownership disclosed up to the ultimate owner?",
    ),
    _column(
        "vendor.owner_competes",
        VENDOR,
        _YES_NO,
        (6, 12),
        "Owner competes with the sponsor",
        "Does an owner develop products that compete with the sponsor's?",
    ),
    _column(
        "vendor.control_changed_on",
        VENDOR,
        Day(),
        (6, 12),
        "Last change of control",
        "When did control of the company last change?",
    ),
    _column(
        "vendor.financial_level",
        VENDOR,
        Rubric(),
        (6, 12),
        "Financial and ownership stability",
        "How stable are finances and ownership?",
    ),
    _column(
        "vendor.ecovadis",
        VENDOR,
        Record((Part("score", "number", high=100, needed=True), Part("on", "date"))),
        (12, 18),
        "EcoVadis scorecard",
        "What is your EcoVadis score, and of which date?",
    ),
    _column(
        "vendor.sbti",
        VENDOR,
        Record((Part("status", "choice", options=_codes(SbtiStatus), needed=True), Part("on", "date"))),
        (12, 24),
        "Science-based target",
        "What is the status of your science-based climate target?",
    ),
    _column(
        "vendor.carbon_disclosure",
        VENDOR,
        Choice(_codes(CarbonDisclosure)),
        (12, 24),
        "Carbon disclosure",
        "Which emissions do you disclose?",
    ),
)

_SITE_FACTS = (
    _column("site.country", SITE, Choice(COUNTRIES), (24, 36), "Country", "In which country is the site?"),
    _column(
        "site.single_use_pct",
        SITE,
        _PERCENT,
        (24, 36),
        "Single-use share",
        "What share of the train's capacity is single-use?",
        "%",
    ),
    _column("site.modular_level", SITE, Rubric(), (24, 36), "Modular build", "How modular is the plant?"),
    _column(
        "site.dpmm_level",
        SITE,
        Rubric(low=1),
        (18, 30),
        "Digital plant maturity",
        "Which level of the digital plant maturity model (1 to 5) has the site?",
    ),
    _column(
        "site.bsl",
        SITE,
        Number(low=1, high=4, integer=True),
        (24, 36),
        "Biosafety level",
        "Which biosafety level does the site work at?",
    ),
    _column(
        "site.oeb_max",
        SITE,
        Number(low=1, high=6, integer=True),
        (24, 36),
        "Highest OEB",
        "Up to which occupational exposure band does the site work?",
    ),
    _column(
        "site.controlled_schedules",
        SITE,
        Choices(),
        (24, 36),
        "Controlled schedules",
        "For which schedules of controlled substances is the site registered?",
    ),
    _column(
        "site.storage_classes",
        SITE,
        Choices(_codes(StorageClass)),
        (12, 18),
        "Storage",
        "Which storage temperatures does the site offer?",
    ),
    _column(
        "site.lanes",
        SITE,
        Rows(
            "lanes",
            (
                Part("region", "choice", options=_codes(Region), needed=True),
                Part("storage_class", "choice", options=_codes(StorageClass), needed=True),
                Part("qualified_on", "date"),
            ),
        ),
        (12, 18),
        "Shipping lanes",
        "Which shipping lanes (region, temperature) are qualified, and since when?",
    ),
    _column(
        "site.authorities_inspected",
        SITE,
        Rows(
            "authorities",
            (
                Part("authority", "text", needed=True),
                Part("market", "choice", options=MARKETS, needed=True),
                Part("date", "date"),
                Part("outcome", "choice", options=_codes(InspectionOutcome), needed=True),
                Part("scope", "text"),
            ),
        ),
        (24, 36),
        "Authorities that inspected",
        "Which authorities inspected the site, when, for what and with which outcome?",
    ),
)

_CAPABILITY_FACTS = (
    _column(
        "capability.phases",
        CAPABILITY,
        Choices(_codes(Phase)),
        (24, 36),
        "Phases",
        "For which phases do you offer this operation?",
    ),
    _column("capability.gmp", CAPABILITY, _YES_NO, (12, 24), "GMP", "Is this operation run under GMP?"),
    _column(
        "capability.scale_min",
        CAPABILITY,
        _SCALE,
        (12, 24),
        "Smallest batch",
        "What is the smallest batch you make?",
    ),
    _column(
        "capability.scale_max",
        CAPABILITY,
        _SCALE,
        (12, 24),
        "Largest batch",
        "What is the largest batch you make?",
    ),
    _column(
        "capability.annual_capacity",
        CAPABILITY,
        Number(low=0, units=_codes(RateUnit)),
        (6, 12),
        "Annual capacity",
        "What can you make in a year?",
    ),
    _column(
        "capability.annual_committed_pct",
        CAPABILITY,
        _PERCENT,
        (6, 12),
        "Capacity already committed",
        "What share of the annual capacity is already committed?",
        "%",
    ),
    _column(
        "capability.programs_by_phase",
        CAPABILITY,
        Counts(_codes(Phase)),
        (12, 24),
        "Programs by phase",
        "How many programs of the last 5 years reached each phase here?",
    ),
    _column(
        "capability.batches_36m",
        CAPABILITY,
        _COUNT,
        (12, 24),
        "GMP batches in 36 months",
        "How many GMP batches were released in the last 36 months?",
        "batches",
    ),
    _column(
        "capability.lead_time_weeks",
        CAPABILITY,
        Number(low=0, high=1000),
        (3, 6),
        "Lead time",
        "How many weeks until the first free GMP slot?",
        "weeks",
    ),
    _column(
        "capability.capacity_open_from",
        CAPABILITY,
        Day(),
        (3, 6),
        "Capacity open from",
        "From which date is a GMP slot free?",
    ),
    _column(
        "capability.changeover_days",
        CAPABILITY,
        Number(low=0, high=1000),
        (12, 24),
        "Changeover",
        "How many days from one product to the next?",
        "days",
    ),
    _column(
        "capability.vein_to_release_days",
        CAPABILITY,
        Number(low=0, high=1000),
        (6, 12),
        "Vein to release",
        "How many days from collection to release?",
        "days",
    ),
    _column(
        "capability.patient_suites",
        CAPABILITY,
        _COUNT,
        (6, 12),
        "Patient suites",
        "How many patient suites run in parallel?",
    ),
    _column(
        "capability.concurrent_products",
        CAPABILITY,
        _COUNT,
        (6, 12),
        "Concurrent products",
        "How many products run at the same time?",
    ),
    _column(
        "capability.serotypes", CAPABILITY, Choices(), (24, 36), "Serotypes", "Which serotypes do you make?"
    ),
    _column(
        "capability.dosage_forms",
        CAPABILITY,
        Choices(_codes(DosageForm)),
        (24, 36),
        "Dosage forms",
        "Which dosage forms do you make?",
    ),
    _column(
        "capability.container_formats",
        CAPABILITY,
        Choices(_codes(ContainerFormat)),
        (24, 36),
        "Containers",
        "Which containers do you fill?",
    ),
    _column(
        "capability.plasmid_source",
        CAPABILITY,
        Choice(_codes(PlasmidSource)),
        (24, 36),
        "Source of plasmids",
        "Who makes the plasmids?",
    ),
)

PROFILE_FACTS: tuple[Fact, ...] = (*_VENDOR_FACTS, *_SITE_FACTS, *_CAPABILITY_FACTS)
