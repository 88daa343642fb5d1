"""Every criterion: a verified value, the same value claimed, nothing known, and refused, computed by hand."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from scorecards.fit.inputs import (
    AnnualNeed,
    CandidateFacts,
    CertificateFacts,
    GmpRecord,
    ListScreen,
    Money,
    ProgramNeeds,
    ProposalFacts,
    ProposalLine,
    RegulatoryFacts,
    SupplyLine,
    VendorFacts,
)
from scorecards.fit.leaves import RULES
from tests.unit.fit.builders import (
    FRAMEWORK,
    NEED_NOW,
    NEED_TARGET,
    PROGRAM,
    SITE,
    VENDOR,
    candidate,
    cell,
    evidence,
    program,
)
from vendors.vocabulary import (
    CellState,
    Freshness,
    Grade,
    LineInclusion,
    ListResult,
    Policy,
    SubjectType,
)

V, P = SubjectType.VENDOR, SubjectType.PROPOSAL
SCALE_NOW = program(scale_needs=(NEED_NOW,))
SCALE_TARGET = program(scale_needs=(NEED_TARGET,))

# code, program, records (target, value[, subject]), value of the criterion in ppm when graded A
ANSWERED: list[tuple[str, ProgramNeeds, list[tuple[Any, ...]], int]] = [
    # 4 programs in phase 1 (0.5 each) and 2 in phase 3 (2 each) are 6 points; 4:25, 20:60 -> 29.375
    ("MOD1", PROGRAM, [("capability.programs_by_phase", {"counts": {"PH1": 4, "PH3": 2}})], 293_750),
    (
        "MOD3",
        PROGRAM,
        [("MOD3", {"flags": {"cell_culture": 1, "aseptic": 0.5, "analytics": 0, "gmp": 1}})],
        625_000,
    ),
    ("MOD4", PROGRAM, [("MOD4", {"level": 3})], 600_000),
    ("MOD5", PROGRAM, [("MOD5", {"number": 25}, V)], 700_000),
    ("MOD6", PROGRAM, [("MOD6", {"level": 2})], 400_000),
    ("SVC3", PROGRAM, [("SVC3", {"level": 1}, V)], 200_000),
    ("SVC6", PROGRAM, [("SVC6", {"level": 3}, V)], 600_000),
    ("SVC7", program(preferred_model="INTEGRATED"), [("vendor.integration", {"choice": "CDMO"})], 600_000),
    ("SVC8", PROGRAM, [("SVC8", {"months": 3, "cost_pct": 5}, V)], 500_000),
    (
        "SCL1",
        SCALE_NOW,
        [
            ("capability.gmp", {"yes": True}),
            ("capability.scale_min", {"number": 1000, "unit": "L"}),
            ("capability.scale_max", {"number": 2000, "unit": "L"}),
        ],
        700_000,
    ),
    ("SCL2", SCALE_TARGET, [("capability.scale_max", {"number": 1000, "unit": "L"})], 200_000),
    # (5 + 1) / (6 + 2) = .75; between .7:40 and .85:75 -> 51.6667
    ("SCL3", PROGRAM, [("SCL3", {"successes": 5, "attempts": 6})], 516_667),
    ("SCL4", PROGRAM, [("SCL4", {"months": 12, "ppq_rate": 0.8})], 500_000),
    (
        "SCL5",
        program(
            modality="CAR_T_AUTO",
            patient_specific=True,
            required_operations=("UPSTREAM",),
            annual_need=AnnualNeed(730, "patients/y"),
        ),
        [
            ("SCL5", {"days": 21, "suites": 42, "products": 3}, SubjectType.VENDOR),
        ],
        # 730 a year x 21 days / 365 = 42 suites: ratio 1 -> 70; .5 x 80 + .25 x 70 + .25 x 70 = 75
        750_000,
    ),
    (
        "SCL6",
        program(need_first_gmp_date=date(2027, 2, 10)),
        [("capability.lead_time_weeks", {"number": 32})],
        700_000,
    ),
    ("SCL7", PROGRAM, [("SCL7", {"level": 2})], 400_000),
    (
        "SCL8",
        program(annual_need=AnnualNeed(100, "kg/y")),
        [
            ("capability.annual_capacity", {"number": 200, "unit": "kg/y"}),
            ("capability.annual_committed_pct", {"number": 50}),
        ],
        750_000,
    ),
    ("REG6", PROGRAM, [("REG6", {"number": 3})], 750_000),
    ("QUA1", PROGRAM, [("QUA1", {"level": 3})], 600_000),
    # 2 majors of which 1 closed, 4 minors: 100 - 15 - 7.5 - 8 = 69.5
    ("QUA2", PROGRAM, [("QUA2", {"critical": 0, "major": 2, "minor": 4, "closed_major": 1})], 695_000),
    # 97 / 100 -> (98) / (102) = .960784; .95:70, .98:90 -> 77.1895
    ("QUA3", PROGRAM, [("QUA3", {"successes": 97, "attempts": 100})], 771_895),
    ("QUA4", PROGRAM, [("QUA4", {"number": 90})], 750_000),
    ("QUA5", PROGRAM, [("QUA5", {"level": 1})], 200_000),
    (
        "QUA6",
        PROGRAM,
        [
            (
                "QUA6",
                {
                    "flags": {
                        "deviation_notice_72h": 1,
                        "batch_record_access": 1,
                        "audit_right": 1,
                        "subcontractor_approval": 0,
                        "inspection_presence": 0,
                    }
                },
                V,
            )
        ],
        600_000,
    ),
    ("QUA7", program(required_operations=("FILL_VIAL",)), [("QUA7", {"level": 2})], 400_000),
    ("DIG1", PROGRAM, [("site.dpmm_level", {"level": 2})], 350_000),
    ("DIG2", PROGRAM, [("DIG2", {"level": 1})], 200_000),
    ("DIG3", PROGRAM, [("DIG3", {"level": 3})], 600_000),
    ("DIG4", PROGRAM, [("DIG4", {"level": 2}, V)], 400_000),
    ("DIG5", PROGRAM, [("DIG5", {"yes": True}, V)], 1_000_000),
    ("FLX1", PROGRAM, [("site.single_use_pct", {"number": 50})], 700_000),
    ("FLX2", PROGRAM, [("site.modular_level", {"level": 3})], 600_000),
    ("FLX3", PROGRAM, [("capability.changeover_days", {"number": 7})], 600_000),
    ("GEO1", program(target_regions=("N_AMERICA",)), [("capability.gmp", {"yes": True})], 1_000_000),
    (
        "GEO2",
        SCALE_TARGET,
        [("capability.scale_max", {"number": 2000, "unit": "L"}), ("GEO2", {"months": 12}, V)],
        340_000,
    ),
    (
        "GEO3",
        program(storage_class="M20", target_regions=("EUROPE",)),
        [
            ("GEO3", {"single_source_pct": 30}),
            ("site.storage_classes", {"choices": ["M20"]}),
            ("site.lanes", {"lanes": [{"region": "EUROPE", "storage_class": "C2_8"}]}),
        ],
        440_000,
    ),
    ("GEO5", PROGRAM, [("GEO5", {"number": 95})], 800_000),
    ("RSK1", PROGRAM, [("RSK1", {"level": 3})], 600_000),
    ("RSK4", PROGRAM, [("RSK4", {"rto_weeks": 12, "tested": False})], 360_000),
    (
        "SUS1",
        PROGRAM,
        [("SUS1", {"sbti": "NEAR_TERM", "disclosure": "S1_2", "trend_pct": 0}, V)],
        610_000,
    ),
    ("SUS2", PROGRAM, [("SUS2", {"number": 60}, V)], 650_000),
    (
        "SUS4",
        PROGRAM,
        [
            (
                "SUS4",
                {
                    "renewable_pct": 40,
                    "flags": {
                        "energy_management": 1,
                        "water_solvent_recovery": 0.5,
                        "material_substitution": 0,
                        "single_use_take_back": 0,
                    },
                },
            )
        ],
        387_500,
    ),
    (
        "COM1",
        program(budget=Money(1000, "USD")),
        [("COM1", {"amount": 1100, "currency": "USD"}, SubjectType.CANDIDATE)],
        550_000,
    ),
    ("COM3", program(phase_now="PH3"), [("capability.phases", {"choices": ["PH3", "PPQ_FILING"]})], 666_667),
    ("COM4", PROGRAM, [("vendor.financial_level", {"level": 3})], 600_000),
    ("COM5", PROGRAM, [("COM5", {"level": 3}, SubjectType.CANDIDATE)], 600_000),
    (
        "SVC1",
        program(required_services=("STABILITY",), required_operations=("UPSTREAM",)),
        [("service.STABILITY.delivery", {"choice": "partner"}), ("capability.gmp", {"yes": True})],
        750_000,
    ),
    (
        "RSK2",
        PROGRAM,
        [
            (
                "RSK2",
                {
                    "flags": {
                        "named_pm": 1,
                        "joint_steering": 1,
                        "escalation_24h": 0,
                        "minutes_3d": 0,
                        "response_time": 0,
                    }
                },
                SubjectType.CANDIDATE,
            )
        ],
        400_000,
    ),
    (
        "RSK3",
        PROGRAM,
        [
            (
                "RSK3",
                {
                    "flags": {
                        "person_in_plant": 1,
                        "joint_reports": 0.5,
                        "raw_data_access": 0,
                        "open_audit_dates": 0,
                        "deviation_dashboard": 0,
                    }
                },
                SubjectType.CANDIDATE,
            )
        ],
        300_000,
    ),
    (
        "RSK5",
        PROGRAM,
        [
            (
                "RSK5",
                {
                    "flags": {
                        "milestone_pricing": 1,
                        "batch_failure_remedy": 1,
                        "capacity_guarantee": 0,
                        "cancellation_6m": 0,
                        "tech_transfer_out": 0,
                        "min_commitment_50": 0,
                        "no_sponsor_capex": 0,
                        "upfront_30": 0,
                    }
                },
                SubjectType.CANDIDATE,
            )
        ],
        250_000,
    ),
    (
        "MOD2",
        program(pipeline_modalities=("MAB",)),
        [("capability.gmp", {"yes": True}), ("capability.batches_36m", {"number": 2})],
        1_000_000,
    ),
    (
        "SVC5",
        program(target_markets=("US", "EU")),
        [
            (f"service.{code}.delivery", {"choice": "in_house"})
            for code in ("PROC_VAL", "COMPARABILITY", "REG_SUPPORT", "REG_LIAISON", "GLOBAL_REG")
        ]
        + [
            ("service.REG_LIAISON.markets", {"choices": ["US"]}),
            ("service.GLOBAL_REG.markets", {"choices": ["US", "EU"]}),
        ],
        900_000,
    ),
]
BY_RECORDS = {case[0] for case in ANSWERED}
OTHERWISE = {"SVC2", "SVC4", "REG1", "REG3", "REG4", "REG5", "REG7", "GEO4", "SUS3", "COM2"}


def _facts(needs: ProgramNeeds, records: list[tuple[Any, ...]], grade: Grade) -> CandidateFacts:
    capability = replace(
        SITE.capabilities[0], modality=needs.modality, operation=needs.required_operations[0]
    )
    site = replace(SITE, capabilities=(capability,))
    made = [evidence(r[0], r[1], subject=r[2] if len(r) > 2 else None, grade=grade) for r in records]
    return candidate(*made, vendor=VendorFacts(1, "Vendor", (site,)))


def test_cases_cover_every_criterion() -> None:
    assert BY_RECORDS | OTHERWISE == {leaf.code for leaf in FRAMEWORK.leaves} == set(RULES)


@pytest.mark.parametrize(
    ("code", "needs", "records", "expected"), ANSWERED, ids=lambda c: c if isinstance(c, str) else ""
)
class TestAnsweredByRecords:
    def test_verified_value_is_exact(
        self, code: str, needs: ProgramNeeds, records: list[tuple[Any, ...]], expected: int
    ) -> None:
        found = cell(code, _facts(needs, records, Grade.A), needs=needs)

        assert (found.low, found.point, found.high) == (expected, expected, expected)
        assert (found.known, found.verified, found.strength) == (1_000_000, 1_000_000, 1_000_000)
        assert (found.state, found.grade, found.freshness) == (CellState.KNOWN, Grade.A, Freshness.FRESH)

    @pytest.mark.parametrize("policy", list(Policy))
    def test_claimed_value_reaches_downward_only(
        self, code: str, needs: ProgramNeeds, records: list[tuple[Any, ...]], expected: int, policy: Policy
    ) -> None:
        found = cell(code, _facts(needs, records, Grade.D), needs=needs, policy=policy)

        if code == "SVC8":
            assert (found.state, found.known) == (CellState.UNKNOWN, 0)
            return
        assert found.high == expected
        assert found.low <= found.point <= expected
        assert found.low >= max(0, expected - 300_000)
        assert found.verified == 0
        assert found.point == found.low if policy is Policy.CONSERVATIVE else found.point >= found.low

    @pytest.mark.parametrize(("policy", "point"), [(Policy.NEUTRAL, 500_000), (Policy.CONSERVATIVE, 0)])
    def test_nothing_known_spans_everything(
        self,
        code: str,
        needs: ProgramNeeds,
        records: list[tuple[Any, ...]],
        expected: int,
        policy: Policy,
        point: int,
    ) -> None:
        found = cell(code, _facts(needs, [], Grade.A), needs=needs, policy=policy)

        assert (found.low, found.point, found.high, found.known) == (0, point, 1_000_000, 0)
        assert found.state == CellState.UNKNOWN
        assert found.reason != ""

    @pytest.mark.parametrize("policy", list(Policy))
    def test_refused_counts_zero(
        self, code: str, needs: ProgramNeeds, records: list[tuple[Any, ...]], expected: int, policy: Policy
    ) -> None:
        refusals = [(record[0], None, *record[2:]) for record in records]

        found = cell(code, _facts(needs, refusals, Grade.D), needs=needs, policy=policy)

        assert (found.low, found.point, found.high, found.known) == (0, 0, 1_000_000, 0)
        assert found.state == CellState.REFUSED

    def test_evidence_and_next_change_are_named(
        self, code: str, needs: ProgramNeeds, records: list[tuple[Any, ...]], expected: int
    ) -> None:
        facts = _facts(needs, records, Grade.C)

        found = cell(code, facts, needs=needs)

        assert set(found.evidence_ids) <= {record.id for record in facts.evidence}
        assert found.evidence_ids != ()
        assert found.next_change is not None
        assert found.next_change > date(2026, 7, 1)


PROPOSAL = ProposalFacts(1, 1, date(2026, 6, 1), signed=True, currency="USD")


def test_proposal_terms_and_times_answer_the_offer() -> None:
    needs = program(weeks_to_milestone=50, phase_now="PH1", phase_target="PH3")
    offer = replace(
        PROPOSAL,
        weeks_to_milestone=40,
        stand_alone_stages=("PH1", "PH1_2", "PH2"),
        terms={"milestone_pricing": 1},
    )
    facts = candidate(proposals=(offer,))

    assert cell("COM2", facts, needs=needs).high == 1_000_000
    assert cell("COM2", facts, needs=needs).point == 1_000_000
    assert cell("SVC4", facts, needs=needs).point == 750_000
    assert cell("RSK5", facts, needs=needs).known == 125_000


def test_expired_proposal_says_nothing() -> None:
    needs = program(weeks_to_milestone=50)
    offer = replace(PROPOSAL, weeks_to_milestone=40, valid_until=date(2026, 6, 30))

    assert cell("COM2", candidate(proposals=(offer,)), needs=needs).state == CellState.UNKNOWN


def test_unpriced_item_leaves_the_price_open() -> None:
    needs = program(budget=Money(1000, "USD"), scope_items=("a", "b"))
    lines = (ProposalLine("a", LineInclusion.INCLUDED, 500), ProposalLine("b", LineInclusion.INCLUDED))
    offer = replace(PROPOSAL, lines=lines, pass_throughs=200)

    found = cell("COM1", candidate(proposals=(offer,)), needs=needs)

    assert (found.low, found.point, found.high, found.known) == (0, 500_000, 1_000_000, 500_000)


def test_handoffs_of_an_entered_map() -> None:
    lines = (SupplyLine(1, "UPSTREAM", site_id=1), SupplyLine(2, "FILL_VIAL", partner_vendor_id=9))

    found = cell("SVC2", candidate(lines=lines))

    assert (found.low, found.point, found.high) == (550_000, 700_000, 850_000)
    assert (found.grade, found.next_change) == (Grade.D, None)


def test_handoffs_of_an_assumed_map_are_an_estimate() -> None:
    found = cell("SVC2", candidate())

    assert (found.high, found.grade, found.assumed) == (1_000_000, Grade.E, True)


def test_handoffs_without_capabilities_are_unknown() -> None:
    bare = VendorFacts(1, "Vendor", (replace(SITE, capabilities=()),))

    assert cell("SVC2", candidate(vendor=bare)).state == CellState.UNKNOWN


def _with_records(regulatory: RegulatoryFacts) -> CandidateFacts:
    return candidate(vendor=VendorFacts(1, "Vendor", (replace(SITE, regulatory=regulatory),)))


def test_inspections_keep_the_score_and_interval_of_the_records() -> None:
    facts = RegulatoryFacts(
        base=597_100,
        cap=400_000,
        score=400_000,
        low=300_000,
        high=400_000,
        confidence=900_000,
        latest_inspection_on=date(2025, 7, 14),
        freshness=Freshness.FRESH,
    )

    found = cell("REG1", _with_records(facts))

    assert (found.low, found.point, found.high, found.verified) == (300_000, 400_000, 400_000, 1_000_000)
    assert (found.strength, found.grade) == (900_000, Grade.A)


def test_no_inspection_is_unknown_and_says_why() -> None:
    found = cell("REG1", _with_records(RegulatoryFacts()))

    assert (found.low, found.point, found.high, found.known) == (0, 500_000, 1_000_000, 0)
    assert found.reason == "No inspection on record; clinical-only sites are seldom inspected by FDA."


def test_site_without_inspection_stays_under_its_cap() -> None:
    found = cell("REG1", _with_records(RegulatoryFacts(cap=100_000)))

    assert (found.low, found.point, found.high) == (0, 100_000, 100_000)


@pytest.mark.parametrize(
    ("noncompliance", "expected"), [(False, 1_000_000), (True, 0)], ids=["certificate", "non-compliance"]
)
def test_latest_gmp_document_decides(noncompliance: bool, expected: int) -> None:
    record = GmpRecord("X", "EU", date(2025, 7, 1), date(2026, 6, 30), noncompliance=noncompliance)

    found = cell("REG3", _with_records(RegulatoryFacts(gmp_records=(record,))))

    assert (found.low, found.point, found.high) == (expected, expected, expected)


def test_clinical_certificate_does_not_count_for_commercial_supply() -> None:
    record = GmpRecord("X", "EU", date(2025, 7, 1), date(2026, 6, 30), clinical=True)
    facts = _with_records(RegulatoryFacts(gmp_records=(record,)))

    assert cell("REG3", facts, needs=program(phase_target="COMMERCIAL")).state == CellState.UNKNOWN
    assert cell("REG3", facts).state == CellState.KNOWN


def test_authorities_cover_asked_markets_only() -> None:
    rows = {"authorities": [{"authority": "EMA", "market": "EU", "outcome": "positive"}]}
    facts = candidate(evidence("site.authorities_inspected", rows, grade=Grade.A))

    assert cell("REG4", facts).point == 1_000_000
    assert cell("REG4", facts, needs=program(phase_target="COMMERCIAL")).point == 500_000


def test_certificate_covers_a_market_the_profile_leaves_open() -> None:
    certificate = CertificateFacts(1, "MIA_IMP", date(2026, 6, 1), 1, site_id=1, market="EU", grade=Grade.C)
    vendor = VendorFacts(1, "Vendor", (replace(SITE, certificates=(certificate,)),))

    found = cell("REG4", candidate(vendor=vendor))

    assert (found.low, found.point, found.high) == (850_000, 1_000_000, 1_000_000)


def test_recalls_are_weak_evidence() -> None:
    facts = RegulatoryFacts(recall_score=800_000, recalls_read_on=date(2026, 6, 25))

    found = cell("REG5", _with_records(facts))

    assert (found.low, found.point, found.high) == (400_000, 600_000, 800_000)
    assert (found.strength, found.verified) == (400_000, 0)


def test_recalls_without_a_source_are_unknown() -> None:
    assert cell("REG5", _with_records(RegulatoryFacts())).state == CellState.UNKNOWN


def test_repeat_observations_need_two_inspections() -> None:
    one = RegulatoryFacts(sections_cited=4, sections_repeated=0, inspections_with_citations=1)
    two = replace(one, sections_repeated=1, inspections_with_citations=2, half_width=100_000)

    assert cell("REG7", _with_records(one)).state == CellState.UNKNOWN
    found = cell("REG7", _with_records(two))
    assert (found.low, found.point, found.high) == (650_000, 750_000, 850_000)


def _screened(result: ListResult, on: date = date(2026, 6, 15)) -> VendorFacts:
    return replace(VENDOR, list_screens=(ListScreen("OFAC", "1", on, on, result),))


def test_trade_exposure_levels() -> None:
    owned = [
        evidence("vendor.ownership_complete", {"yes": True}, grade=Grade.C),
        evidence("vendor.owner_country", {"choice": "US"}, grade=Grade.C),
    ]

    assert cell("GEO4", candidate(vendor=_screened(ListResult.FAIL))).point == 0
    assert cell("GEO4", candidate(vendor=_screened(ListResult.CONDITIONAL))).point == 200_000
    assert cell("GEO4", candidate(*owned, vendor=_screened(ListResult.PASS))).point == 1_000_000


def test_trade_exposure_without_a_recent_screen_is_unknown() -> None:
    old = _screened(ListResult.PASS, date(2026, 3, 1))

    assert cell("GEO4", candidate(vendor=old)).state == CellState.UNKNOWN


def test_waste_without_a_reference_does_not_apply() -> None:
    found = cell("SUS3", candidate(evidence("SUS3", {"number": 10})))

    assert found.state == CellState.NOT_APPLICABLE
    assert found.reason == "The criteria set holds no waste reference for this modality."
