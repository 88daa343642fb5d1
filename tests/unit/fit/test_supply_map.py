"""The assumed supply map, what applies to a program, and contradictions."""

from dataclasses import replace
from datetime import date

import pytest

from scorecards.fit import Rater, applicability, contradictions, default_supply_map
from scorecards.fit.conditions import UnknownConditionError
from scorecards.fit.inputs import CapabilityFacts, Partnership, ScaleNeed, SiteFacts, SupplyLine, VendorFacts
from scorecards.fit.needs import required_operations
from scorecards.fit.rater import UnknownCriterionError
from tests.unit.fit.builders import (
    AS_OF,
    FRAMEWORK,
    NEED_NOW,
    PROGRAM,
    SITE,
    VENDOR,
    candidate,
    cell,
    evidence,
    program,
)
from vendors.vocabulary import CellState, Grade, LineRole, NeedAt, Policy, SiteStatus


def _site(
    number: int, *operations: str, region: str = "N_AMERICA", status: SiteStatus = SiteStatus.ACTIVE
) -> SiteFacts:
    capabilities = tuple(
        CapabilityFacts(number * 10 + i, number, "MAB", operation)
        for i, operation in enumerate(operations, start=1)
    )
    return SiteFacts(number, 1, f"Site {number}", region=region, status=status, capabilities=capabilities)


def _chosen(*sites: SiteFacts, needs: object = None, records: tuple[object, ...] = ()) -> list[int | None]:
    facts = candidate(*records, vendor=VendorFacts(1, "Vendor", sites))  # type: ignore[arg-type]
    lines = default_supply_map(FRAMEWORK, needs or PROGRAM, facts, AS_OF)  # type: ignore[arg-type]
    return [line.site_id for line in lines]


def test_lowest_site_id_decides_last() -> None:
    assert _chosen(_site(2, "UPSTREAM"), _site(1, "UPSTREAM")) == [1]


def test_gmp_stands_before_everything_else() -> None:
    gmp = evidence("capability.gmp", {"yes": True}, capability_id=21)

    assert _chosen(_site(1, "UPSTREAM"), _site(2, "UPSTREAM"), records=(gmp,)) == [2]


def test_phase_stands_before_fit_of_scale() -> None:
    phases = evidence("capability.phases", {"choices": ["PH1"]}, capability_id=21)

    assert _chosen(_site(1, "UPSTREAM"), _site(2, "UPSTREAM"), records=(phases,)) == [2]


def test_fit_of_scale_stands_before_a_site_already_used() -> None:
    records = tuple(
        evidence(f"capability.{field}", value, capability_id=number)
        for number, largest in ((11, 100), (21, 1000))
        for field, value in (
            ("gmp", {"yes": True}),
            ("scale_min", {"number": 10, "unit": "L"}),
            ("scale_max", {"number": largest, "unit": "L"}),
        )
    )

    assert _chosen(
        _site(1, "UPSTREAM"), _site(2, "UPSTREAM"), needs=program(scale_needs=(NEED_NOW,)), records=records
    ) == [2]


def test_site_already_used_stands_before_a_target_region() -> None:
    needs = program(required_operations=("UPSTREAM", "DOWNSTREAM"), target_regions=("EUROPE",))
    sites = (_site(1, "DOWNSTREAM", region="EUROPE"), _site(2, "UPSTREAM", "DOWNSTREAM"))

    assert _chosen(*sites, needs=needs) == [2, 2]


def test_target_region_stands_before_the_id() -> None:
    needs = program(target_regions=("EUROPE",))

    assert _chosen(_site(1, "UPSTREAM"), _site(2, "UPSTREAM", region="EUROPE"), needs=needs) == [2]


def test_closed_site_is_not_used_and_a_missing_operation_is_an_unknown_line() -> None:
    assert _chosen(_site(1, "UPSTREAM", status=SiteStatus.CLOSED), _site(2, "FILL_VIAL")) == [None]


def test_vendor_without_capabilities_works_with_every_active_site() -> None:
    assert _chosen(_site(1), _site(2), _site(3, status=SiteStatus.SOLD)) == [1, 2]


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ({"modality": "SMALL_MOLECULE", "sterile": False}, ("API_SYNTH", "OSD", "TEST_RELEASE")),
        ({"modality": "PEPTIDE", "sterile": True}, ("API_SYNTH", "FILL_VIAL", "TEST_RELEASE")),
        ({"modality": "MRNA_LNP"}, ("IVT", "LNP_ENCAP", "FILL_VIAL", "TEST_RELEASE")),
        ({"modality": "AAV"}, ("VECTOR", "FILL_VIAL", "TEST_RELEASE")),
        ({"modality": "CELL_AUTO"}, ("CELL_PROCESSING", "TEST_RELEASE")),
        ({"modality": "CAR_T_AUTO"}, ("VECTOR", "CELL_PROCESSING", "TEST_RELEASE")),
        ({"modality": "MAB"}, ("UPSTREAM", "DOWNSTREAM", "FILL_VIAL", "TEST_RELEASE")),
        ({"modality": "ADC"}, ("UPSTREAM", "DOWNSTREAM", "CONJUGATION", "FILL_VIAL", "TEST_RELEASE")),
        ({"required_operations": ("OSD", "OSD")}, ("OSD",)),
    ],
)
def test_usual_operations(needs: dict[str, object], expected: tuple[str, ...]) -> None:
    asked = program(**{"required_operations": (), **needs})

    assert required_operations(asked) == expected


def test_backup_lines_are_not_rated() -> None:
    lines = (SupplyLine(1, "UPSTREAM", site_id=1), SupplyLine(2, "UPSTREAM", site_id=2, role=LineRole.BACKUP))
    vendor = VendorFacts(1, "Vendor", (_site(1, "UPSTREAM"), _site(2, "UPSTREAM")))

    found = cell("QUA1", candidate(evidence("QUA1", {"level": 4}, grade=Grade.A), vendor=vendor, lines=lines))

    assert (found.known, found.assumed) == (1_000_000, False)


def test_partner_site_counts_like_an_own_one() -> None:
    partner = VendorFacts(9, "Partner", (SiteFacts(90, 9, "Gamma"),))
    lines = (SupplyLine(1, "UPSTREAM", site_id=1), SupplyLine(2, "FILL_VIAL", site_id=90))
    records = (
        evidence("QUA1", {"level": 5}, grade=Grade.A),
        evidence("QUA1", {"level": 0}, grade=Grade.A, site_id=90, vendor_id=9),
    )

    found = cell("QUA1", candidate(*records, lines=lines, partners=(partner,)))

    assert found.point == 150_000


def test_partnership_counts_half_for_an_operation() -> None:
    vendor = replace(VENDOR, partnerships=(Partnership(9, "EUROPE", ("FILL_VIAL",)),))
    needs = program(required_operations=("FILL_VIAL",), target_regions=("EUROPE",))

    assert cell("SVC1", candidate(vendor=vendor), needs=needs).high == 500_000
    assert cell("GEO1", candidate(vendor=vendor), needs=needs).high == 500_000


def test_scale_need_that_no_line_meets_is_an_unknown_line() -> None:
    needs = program(scale_needs=(ScaleNeed("FILL_VIAL", NeedAt.NOW, 10, "vials"),))

    assert cell("SCL1", candidate(), needs=needs).state == CellState.UNKNOWN


def test_scale_in_a_unit_that_does_not_convert_is_unknown() -> None:
    records = [
        evidence("capability.gmp", {"yes": True}),
        evidence("capability.scale_max", {"number": 5, "unit": "kg"}),
    ]

    found = cell("SCL1", candidate(*records), needs=program(scale_needs=(NEED_NOW,)))

    assert (found.state, found.reason) == (
        CellState.UNKNOWN,
        "kg does not convert to L without a titre or yield.",
    )


@pytest.mark.parametrize(
    ("changes", "leaf", "applies"),
    [
        ({"pipeline_modalities": ()}, "MOD2", False),
        ({"pipeline_modalities": ("ADC",)}, "MOD2", True),
        ({"required_services": ("STABILITY",)}, "MOD6", False),
        ({"required_services": ("PREFORM",)}, "MOD6", True),
        ({"required_services": ()}, "MOD6", True),
        ({"modality": "OLIGO", "required_services": ("STABILITY",)}, "MOD6", True),
        ({"preferred_model": "NONE"}, "SVC7", False),
        ({"preferred_model": "NICHE"}, "SVC7", True),
        ({"patient_specific": False}, "SCL5", False),
        ({"patient_specific": None}, "SCL5", True),
        ({"need_first_gmp_date": AS_OF}, "SCL6", False),
        ({"need_first_gmp_date": date(2026, 7, 2)}, "SCL6", True),
        ({"target_markets": ("US", "JP")}, "REG3", False),
        ({"target_markets": ("US",)}, "REG4", False),
        ({"target_markets": ("US",), "phase_target": "COMMERCIAL"}, "REG4", True),
        ({"phase_target": "PH2"}, "REG6", False),
        ({"sterile": False}, "QUA7", False),
        ({"modality": "PEPTIDE"}, "FLX1", False),
        ({"scale_needs": (ScaleNeed("UPSTREAM", NeedAt.NOW, 5000, "L"),)}, "FLX1", False),
        ({"scale_needs": (ScaleNeed("UPSTREAM", NeedAt.NOW, 4000, "L"),)}, "FLX1", True),
        ({"target_markets": (), "target_regions": ()}, "GEO1", False),
        ({"target_markets": ("JP",)}, "GEO1", True),
        ({"budget": None}, "COM1", False),
        ({"annual_need": None}, "SCL8", False),
    ],
)
def test_what_applies_depends_on_the_program_only(
    changes: dict[str, object], leaf: str, applies: bool
) -> None:
    found = applicability(FRAMEWORK, program(**changes), AS_OF)[leaf]

    assert found.applies is applies
    assert (found.reason == "") is applies


def test_regulatory_services_are_asked_once() -> None:
    needs = program(required_services=("PROC_VAL", "STABILITY"))
    records = [evidence("service.STABILITY.delivery", {"choice": "in_house"}, grade=Grade.A)]

    without = cell("SVC1", candidate(*records), needs=needs)
    asked = cell("SVC1", candidate(*records), needs=needs, weighted=["SVC1"])

    assert (without.known, asked.known) == (500_000, 333_333)


def test_contradiction_compares_the_claim_before_its_limit() -> None:
    claim = evidence("QUA1", {"level": 5})
    check = evidence("QUA1", {"level": 3}, grade=Grade.B)
    other = evidence("QUA5", {"level": 3})
    rater = Rater(FRAMEWORK, PROGRAM, policy=Policy.NEUTRAL, as_of=AS_OF)

    found = contradictions.find(rater, rater.view(candidate(claim, check, other)))

    assert [(c.target, c.first_id, c.second_id, c.difference) for c in found] == [
        ("QUA1", claim.id, check.id, 400_000)
    ]


def test_contradiction_of_delivery_and_gmp() -> None:
    records = [
        evidence("service.STABILITY.delivery", {"choice": "in_house"}),
        evidence("service.STABILITY.delivery", {"choice": "none"}, grade=Grade.C),
        evidence("capability.gmp", {"yes": True}),
        evidence("capability.gmp", {"yes": False}, grade=Grade.C),
        evidence("site.dpmm_level", {"level": 4}),
        evidence("site.dpmm_level", {"level": 2}, grade=Grade.C),
    ]
    rater = Rater(FRAMEWORK, PROGRAM, policy=Policy.NEUTRAL, as_of=AS_OF)

    found = contradictions.find(rater, rater.view(candidate(*records, vendor=VendorFacts(1, "V", (SITE,)))))

    assert [(c.target, c.difference) for c in found] == [
        ("capability.gmp", 1_000_000),
        ("service.STABILITY.delivery", 1_000_000),
        ("site.dpmm_level", 550_000),
    ]


def test_criterion_without_a_rule_is_refused_by_name() -> None:
    group = FRAMEWORK.groups[0]
    strange = replace(group.leaves[0], code="MOD9")
    changed = replace(
        FRAMEWORK, groups=(replace(group, leaves=(strange, *group.leaves)), *FRAMEWORK.groups[1:])
    )

    with pytest.raises(UnknownCriterionError) as refused:
        Rater(changed, PROGRAM, policy=Policy.NEUTRAL, as_of=AS_OF)

    assert refused.value.name == "MOD9"


def test_condition_without_a_rule_is_refused_by_name() -> None:
    strange = replace(FRAMEWORK.conditions[0], code="FULL_MOON")
    changed = replace(FRAMEWORK, conditions=(*FRAMEWORK.conditions, strange))

    with pytest.raises(UnknownConditionError) as refused:
        applicability(changed, PROGRAM, AS_OF)

    assert refused.value.name == "FULL_MOON"
