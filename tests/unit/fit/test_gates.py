"""Every must-have: met, failed and unknown, with the reason that names what it rests on."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from scorecards.fit.gates import NAMED, GateError, GateSpec
from scorecards.fit.inputs import (
    CandidateFacts,
    GmpRecord,
    ListScreen,
    OpenState,
    Partnership,
    ProgramNeeds,
    ProposalFacts,
    QualificationFacts,
    RegulatoryFacts,
    ScaleNeed,
    SiteFacts,
    VendorFacts,
)
from scorecards.frameworks import load_gates
from tests.unit.fit.builders import NEED_TARGET, PROGRAM, SITE, VENDOR, candidate, evidence, gate, program
from vendors.vocabulary import (
    GateOperator,
    GateOutcome,
    Grade,
    ListResult,
    NeedAt,
    QualificationStatus,
    SubjectType,
)

PASS, FAIL, UNKNOWN = GateOutcome.PASS, GateOutcome.FAIL, GateOutcome.UNKNOWN
CONDITIONAL = GateOutcome.CONDITIONAL
READ = date(2026, 6, 20)


def _site(**changes: Any) -> CandidateFacts:
    return candidate(vendor=VendorFacts(1, "Vendor", (replace(SITE, **changes),)))


def _official(**changes: Any) -> CandidateFacts:
    return _site(regulatory=RegulatoryFacts(**changes))


def _screens(*screens: ListScreen) -> CandidateFacts:
    return candidate(vendor=replace(VENDOR, list_screens=screens))


def _ofac(result: ListResult, read: date = READ) -> ListScreen:
    return ListScreen("OFAC", "2026-06", read, read, result)


def _status(status: QualificationStatus, **rest: Any) -> CandidateFacts:
    return _site(qualifications=(QualificationFacts("UPSTREAM", status, **rest),))


def _of(modality: str, operation: str, *records: Any, **vendor: Any) -> CandidateFacts:
    capability = replace(SITE.capabilities[0], modality=modality, operation=operation)
    site: SiteFacts = replace(SITE, capabilities=(capability,))
    return candidate(*records, vendor=VendorFacts(1, "Vendor", (site,), **vendor))


ATTESTED = {"attestations": {"capabilities": date(2026, 6, 1)}}
CELL = program(modality="CAR_T_AUTO", required_operations=("CELL_PROCESSING",), vein_to_release_limit_days=20)
AAV = program(modality="AAV", required_operations=("VECTOR",), serotype="AAV9")
LNP = program(modality="MRNA_LNP", required_operations=("LNP_ENCAP",))
FILL = program(required_operations=("FILL_VIAL",))
CONTAINED = program(oeb=4, controlled_schedule="II")
SCALED = program(scale_needs=(NEED_TARGET,))
DAYS = "capability.vein_to_release_days"
GMP = "capability.gmp"


def _vector(**found: Any) -> list[Any]:
    usual: dict[str, Any] = {
        "capability.serotypes": {"choices": ["AAV9"]},
        "site.bsl": {"number": 2},
        "capability.plasmid_source": {"choice": "PARTNER"},
    }
    return [evidence(target, value) for target, value in {**usual, **found}.items() if value is not None]


CASES: list[tuple[str, GateOutcome, ProgramNeeds, CandidateFacts]] = [
    ("G_IMPORT_ALERT", PASS, PROGRAM, _official(import_alert_read_on=READ)),
    ("G_IMPORT_ALERT", PASS, program(target_markets=("EU",)), candidate()),
    ("G_IMPORT_ALERT", FAIL, PROGRAM, _official(states=frozenset({OpenState.IMPORT_ALERT}))),
    ("G_IMPORT_ALERT", UNKNOWN, PROGRAM, _official(import_alert_read_on=date(2026, 5, 1))),
    ("G_IMPORT_ALERT", UNKNOWN, PROGRAM, candidate()),
    ("G_GMPNC", PASS, PROGRAM, _official(register_read_on=READ)),
    ("G_GMPNC", PASS, program(target_markets=("US",)), candidate()),
    ("G_GMPNC", FAIL, PROGRAM, _official(noncompliant_markets=frozenset({"EU"}))),
    (
        "G_GMPNC",
        PASS,
        program(target_markets=("UK",)),
        _official(noncompliant_markets=frozenset({"EU"}), register_read_on=READ),
    ),
    ("G_GMPNC", UNKNOWN, PROGRAM, _official()),
    ("G_LISTED", PASS, PROGRAM, _screens(_ofac(ListResult.PASS))),
    ("G_LISTED", FAIL, PROGRAM, _screens(_ofac(ListResult.FAIL))),
    ("G_LISTED", CONDITIONAL, PROGRAM, _screens(_ofac(ListResult.CONDITIONAL))),
    ("G_LISTED", UNKNOWN, PROGRAM, _screens(_ofac(ListResult.PASS, date(2026, 5, 1)))),
    ("G_LISTED", UNKNOWN, PROGRAM, candidate()),
    ("G_LISTED", UNKNOWN, program(us_federal_exposure=True), _screens(_ofac(ListResult.PASS))),
    ("G_DATE", PASS, program(need_first_gmp_date=date(2026, 7, 2)), candidate()),
    ("G_DATE", FAIL, program(need_first_gmp_date=date(2026, 7, 1)), candidate()),
    ("G_DATE", UNKNOWN, PROGRAM, candidate()),
    ("G_QUALIFIED", PASS, PROGRAM, _status(QualificationStatus.APPROVED)),
    ("G_QUALIFIED", CONDITIONAL, PROGRAM, _status(QualificationStatus.CONDITIONALLY_APPROVED)),
    ("G_QUALIFIED", FAIL, PROGRAM, _status(QualificationStatus.SUSPENDED)),
    ("G_QUALIFIED", FAIL, PROGRAM, _status(QualificationStatus.APPROVED, valid_until=date(2026, 6, 30))),
    ("G_QUALIFIED", UNKNOWN, PROGRAM, candidate()),
    ("G_OAI", PASS, PROGRAM, _official(latest_inspection_on=READ)),
    ("G_OAI", FAIL, PROGRAM, _official(latest_inspection_on=READ, states=frozenset({OpenState.OAI}))),
    ("G_OAI", UNKNOWN, PROGRAM, candidate()),
    ("G_V2R", PASS, CELL, _of("CAR_T_AUTO", "CELL_PROCESSING", evidence(DAYS, {"number": 20}))),
    ("G_V2R", FAIL, CELL, _of("CAR_T_AUTO", "CELL_PROCESSING", evidence(DAYS, {"number": 21}))),
    ("G_V2R", UNKNOWN, CELL, _of("CAR_T_AUTO", "CELL_PROCESSING")),
    ("G_MODALITY", PASS, PROGRAM, candidate(evidence(GMP, {"yes": True}))),
    (
        "G_MODALITY",
        FAIL,
        PROGRAM,
        candidate(evidence(GMP, {"yes": False}), vendor=replace(VENDOR, **ATTESTED)),
    ),
    ("G_MODALITY", UNKNOWN, PROGRAM, candidate(evidence(GMP, {"yes": False}))),
    ("G_MODALITY", UNKNOWN, PROGRAM, candidate(vendor=replace(VENDOR, **ATTESTED))),
    ("G_SCALE", PASS, SCALED, candidate(evidence("capability.scale_max", {"number": 2000, "unit": "L"}))),
    ("G_SCALE", FAIL, SCALED, candidate(evidence("capability.scale_max", {"number": 1999, "unit": "L"}))),
    ("G_SCALE", UNKNOWN, SCALED, candidate(evidence("capability.scale_max", {"number": 2, "unit": "kg"}))),
    ("G_SCALE", UNKNOWN, PROGRAM, candidate()),
    ("G_MARKET", PASS, PROGRAM, _official(gmp_records=(GmpRecord("X", "EU", date(2026, 1, 1), READ),))),
    ("G_MARKET", FAIL, PROGRAM, candidate(evidence("site.authorities_inspected", {"authorities": []}))),
    ("G_MARKET", UNKNOWN, PROGRAM, candidate()),
    ("G_LNP", PASS, LNP, _of("MRNA_LNP", "LNP_ENCAP")),
    (
        "G_LNP",
        PASS,
        LNP,
        candidate(
            vendor=replace(VENDOR, partnerships=(Partnership(9, "EUROPE", ("LNP_ENCAP",), bound=True),))
        ),
    ),
    ("G_LNP", FAIL, LNP, candidate(vendor=replace(VENDOR, **ATTESTED))),
    ("G_LNP", UNKNOWN, LNP, candidate()),
    ("G_CONTAIN", PASS, PROGRAM, candidate()),
    (
        "G_CONTAIN",
        PASS,
        CONTAINED,
        candidate(
            evidence("site.oeb_max", {"number": 4}),
            evidence("site.controlled_schedules", {"choices": ["II"]}),
        ),
    ),
    ("G_CONTAIN", FAIL, CONTAINED, candidate(evidence("site.oeb_max", {"number": 3}))),
    ("G_CONTAIN", UNKNOWN, CONTAINED, candidate(evidence("site.oeb_max", {"number": 4}))),
    ("G_STERILE", PASS, FILL, _of("MAB", "FILL_VIAL", evidence("QUA7", {"level": 3}))),
    ("G_STERILE", FAIL, FILL, _of("MAB", "FILL_VIAL", evidence("QUA7", {"level": 2}))),
    ("G_STERILE", UNKNOWN, FILL, _of("MAB", "FILL_VIAL")),
    ("G_STERILE", FAIL, FILL, candidate(evidence("QUA7", {"level": 3}), vendor=replace(VENDOR, **ATTESTED))),
    ("G_VECTOR", PASS, AAV, _of("AAV", "VECTOR", *_vector())),
    (
        "G_VECTOR",
        FAIL,
        AAV,
        _of("AAV", "VECTOR", *_vector(**{"capability.serotypes": {"choices": ["AAV2"]}})),
    ),
    ("G_VECTOR", FAIL, AAV, _of("AAV", "VECTOR", *_vector(**{"site.bsl": {"number": 1}}))),
    ("G_VECTOR", UNKNOWN, AAV, _of("AAV", "VECTOR", *_vector(**{"capability.plasmid_source": None}))),
]


def test_every_named_must_have_is_decided_and_tested() -> None:
    shipped = {shipped_gate.code for shipped_gate in load_gates()}

    assert set(NAMED) == shipped == {case[0] for case in CASES}


@pytest.mark.parametrize(
    ("code", "outcome", "needs", "facts"),
    CASES,
    ids=[f"{case[0]}-{case[1]}-{i}" for i, case in enumerate(CASES)],
)
def test_named_must_have(code: str, outcome: GateOutcome, needs: ProgramNeeds, facts: CandidateFacts) -> None:
    found = gate(code, facts, needs=needs)

    assert found.outcome == outcome, found.reason
    assert found.reason != ""


@pytest.mark.parametrize("code", sorted(NAMED))
def test_a_candidate_about_which_nothing_is_known_passes_no_must_have_that_asks_something(code: str) -> None:
    needs = program(
        need_first_gmp_date=None, oeb=3, scale_needs=(NEED_TARGET,), vein_to_release_limit_days=20
    )

    assert gate(code, candidate(vendor=VendorFacts(1)), needs=needs).outcome == UNKNOWN


def test_failure_names_the_record() -> None:
    facts = _official(
        states=frozenset({OpenState.OAI}),
        state_references={OpenState.OAI: "Inspection 1264264 of 2025-07-14 (OAI)"},
        latest_inspection_on=date(2025, 7, 14),
    )

    found = gate("G_OAI", facts)

    assert found.reason == "Alpha: Inspection 1264264 of 2025-07-14 (OAI) is not lifted."
    assert found.references == ("Inspection 1264264 of 2025-07-14 (OAI)",)


def test_list_screen_becomes_unknown_on_the_day_after_31_days() -> None:
    found = gate("G_LISTED", _screens(_ofac(ListResult.PASS)))

    assert found.next_change == date(2026, 7, 22)


def test_conditional_outcome_can_always_be_waived() -> None:
    assert gate("G_LISTED", _screens(_ofac(ListResult.CONDITIONAL))).waivable is True
    assert gate("G_LISTED", _screens(_ofac(ListResult.FAIL))).waivable is False


def _compare(target: str, operator: GateOperator, value: Any) -> GateSpec:
    return GateSpec("OWN", "Own", target=target, operator=operator, value=value)


SCHEDULES = evidence("site.controlled_schedules", {"choices": ["II", "III"]})
COMPARISONS = [
    (_compare("QUA1", GateOperator.AT_LEAST, 3), evidence("QUA1", {"level": 3}), PASS),
    (_compare("QUA1", GateOperator.AT_LEAST, 4), evidence("QUA1", {"level": 5}), FAIL),
    (_compare("QUA1", GateOperator.AT_LEAST, 4), evidence("QUA1", {"level": 5}, grade=Grade.B), PASS),
    (_compare("DIG1", GateOperator.AT_LEAST, 3), evidence("site.dpmm_level", {"level": 2}), FAIL),
    (_compare("DIG1", GateOperator.AT_LEAST, 3), SCHEDULES, UNKNOWN),
    (_compare("SUS2", GateOperator.AT_LEAST, 60), evidence("SUS2", {"number": 60}, subject=SubjectType.VENDOR, grade=Grade.A), PASS),
    (_compare("SUS2", GateOperator.AT_LEAST, 66), evidence("SUS2", {"number": 60}, subject=SubjectType.VENDOR, grade=Grade.A), FAIL),
    (_compare("SUS2", GateOperator.AT_LEAST, 66), SCHEDULES, UNKNOWN),
    (_compare("site.controlled_schedules", GateOperator.CONTAINS, "II"), SCHEDULES, PASS),
    (_compare("site.controlled_schedules", GateOperator.CONTAINS, "IV"), SCHEDULES, FAIL),
    (_compare("site.bsl", GateOperator.AT_LEAST, 2), SCHEDULES, UNKNOWN),
    (_compare("vendor.integration", GateOperator.IN, ["CDMO", "CDMO_CRO"]), evidence("vendor.integration", {"choice": "CDMO"}), PASS),
    (_compare("vendor.integration", GateOperator.EQUAL, "CMO"), evidence("vendor.integration", {"choice": "CDMO"}), FAIL),
    (_compare("vendor.integration", GateOperator.NOT_EQUAL, "CMO"), evidence("vendor.integration", {"choice": "CDMO"}), PASS),
    (_compare("capability.scale_max", GateOperator.AT_LEAST, {"number": 1, "unit": "kg"}), evidence("capability.scale_max", {"number": 2000, "unit": "g"}), PASS),
    (_compare("capability.scale_max", GateOperator.AT_LEAST, {"number": 1, "unit": "L"}), evidence("capability.scale_max", {"number": 2000, "unit": "g"}), UNKNOWN),
    (_compare("capability.gmp", GateOperator.EQUAL, True), evidence("capability.gmp", {"yes": True}), PASS),
    (_compare("capability.capacity_open_from", GateOperator.AT_MOST, "2026-12-31"), evidence("capability.capacity_open_from", {"date": "2027-01-01"}), FAIL),
    (_compare("proposal.ip_owner", GateOperator.EQUAL, "sponsor"), SCHEDULES, UNKNOWN),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "record", "outcome"), COMPARISONS)
def test_comparison(spec: GateSpec, record: Any, outcome: GateOutcome) -> None:
    found = gate(spec, candidate(record))

    assert found.outcome == outcome, found.reason


def test_comparison_of_a_term_of_the_proposal() -> None:
    offer = ProposalFacts(1, 1, date(2026, 6, 1), must_have_terms={"ip_owner": "sponsor"})
    spec = _compare("proposal.ip_owner", GateOperator.EQUAL, "sponsor")

    assert gate(spec, candidate(proposals=(offer,))).outcome == PASS


def test_criterion_that_does_not_apply_is_no_obstacle() -> None:
    assert (
        gate(_compare("QUA7", GateOperator.AT_LEAST, 3), candidate(), needs=program(sterile=False)).outcome
        == PASS
    )


@pytest.mark.parametrize(
    "spec",
    [
        GateSpec("G_NONSENSE"),
        GateSpec("OWN", target="site.colour", operator=GateOperator.EQUAL, value=1),
        GateSpec("OWN", target="site.bsl", value=1),
        GateSpec("OWN", target="vendor.integration", operator=GateOperator.AT_LEAST, value=3),
    ],
)
def test_must_have_that_makes_no_sense_is_refused(spec: GateSpec) -> None:
    facts = candidate(evidence("vendor.integration", {"choice": "CDMO"}))

    with pytest.raises(GateError):
        gate(spec, facts)


def test_scale_need_of_another_operation_is_unknown() -> None:
    needs = program(scale_needs=(ScaleNeed("FILL_VIAL", NeedAt.TARGET, 10, "vials"),))

    assert gate("G_SCALE", candidate(), needs=needs).outcome == UNKNOWN
