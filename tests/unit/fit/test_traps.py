"""What must never happen: silence that pays, claims that beat audits, order that matters."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorecards.engine.cells import Cells
from scorecards.engine.cells import CellState as EngineState
from scorecards.fit import Cell
from scorecards.fit.inputs import (
    AnnualNeed,
    CapabilityFacts,
    Money,
    RegulatoryFacts,
    SiteFacts,
    VendorFacts,
)
from tests.unit.fit.builders import (
    AS_OF,
    NEED_NOW,
    NEED_TARGET,
    SITE,
    VENDOR,
    candidate,
    cell,
    evidence,
    program,
    rate,
    two_sites,
)
from vendors.facts import FACTS
from vendors.facts.schema import Choice, Choices, Counts, Day, Findings, Flags, Number, Rate, Rubric, YesNo
from vendors.resolution import EvidenceFact
from vendors.vocabulary import CellState, Freshness, Grade, Policy, SubjectType

NEEDS = program(
    required_operations=("UPSTREAM", "DOWNSTREAM"),
    required_services=("STABILITY", "FORM_DEV"),
    scale_needs=(NEED_NOW, NEED_TARGET),
    need_first_gmp_date=date(2027, 3, 1),
    annual_need=AnnualNeed(20, "batches/y"),
    pipeline_modalities=("MAB", "ADC"),
    preferred_model="INTEGRATED",
    patient_specific=True,
    budget=Money(1000, "USD"),
    weeks_to_milestone=50,
)


def _lowest(code: str) -> Mapping[str, Any] | None:
    """The worst answer that can be given to a fact, where one end of its range is the worst."""
    schema = FACTS[code].schema
    if isinstance(schema, Rubric):
        return {"level": schema.low}
    if isinstance(schema, Flags):
        return {"flags": dict.fromkeys(schema.options, 0)}
    if isinstance(schema, Rate):
        return {"successes": 0, "attempts": 10}
    if isinstance(schema, Findings):
        return {"critical": 1, "major": 0, "minor": 0}
    if isinstance(schema, YesNo):
        return {"yes": False}
    return None


def _level_one(code: str) -> Mapping[str, Any] | None:
    return {"level": 1} if isinstance(FACTS[code].schema, Rubric) else _lowest(code)


_ANSWERABLE = [code for code in FACTS if _lowest(code) is not None and "." not in code]


def _total(cells: Mapping[str, Cell]) -> int:
    applicable = [found for found in cells.values() if found.state != CellState.NOT_APPLICABLE]
    return sum(found.point for found in applicable)


@pytest.mark.parametrize("policy", [Policy.NEUTRAL, Policy.CONSERVATIVE])
def test_refusing_everything_never_outranks_level_one_throughout(policy: Policy) -> None:
    answered = [evidence(c, _level_one(c), subject=FACTS[c].subjects[-1]) for c in _ANSWERABLE]
    refused = [replace(record, value=None, refused=True) for record in answered]

    honest = rate(candidate(*answered), needs=NEEDS, policy=policy)
    silent = rate(candidate(*refused), needs=NEEDS, policy=policy)

    assert _total(silent) <= _total(honest)
    if policy is Policy.NEUTRAL:
        assert _total(silent) < _total(honest)


@pytest.mark.parametrize("code", _ANSWERABLE)
@pytest.mark.parametrize("policy", list(Policy))
def test_refusing_never_beats_answering_the_lowest(code: str, policy: Policy) -> None:
    lowest = evidence(code, _lowest(code), subject=FACTS[code].subjects[-1])
    needs = replace(NEEDS, required_operations=("UPSTREAM",), sterile=True)

    answered = cell(code, candidate(lowest), needs=needs, policy=policy)
    refused = cell(code, candidate(replace(lowest, value=None, refused=True)), needs=needs, policy=policy)

    if answered.state != CellState.UNKNOWN:
        assert refused.point <= answered.point


@pytest.mark.parametrize("policy", list(Policy))
def test_no_record_never_beats_a_clean_record_by_silence(policy: Policy) -> None:
    clean = RegulatoryFacts(
        base=970_000, score=970_000, low=900_000, high=1_000_000, latest_inspection_on=date(2025, 1, 1),
        freshness=Freshness.FRESH, confidence=1_000_000,
    )  # fmt: skip
    known = candidate(vendor=VendorFacts(1, "V", (replace(SITE, regulatory=clean),)))

    assert cell("REG1", candidate(), policy=policy).point < cell("REG1", known, policy=policy).point


def test_no_data_scores_neither_0_nor_100() -> None:
    cells = rate(candidate(), needs=NEEDS)
    unknown = [found for found in cells.values() if found.state == CellState.UNKNOWN]

    assert {(found.low, found.point, found.high) for found in unknown} == {(0, 500_000, 1_000_000)}


def test_unanswered_after_the_deadline_counts_like_a_refusal() -> None:
    late = candidate(unanswered=(evidence("QUA1", None, on=AS_OF),))

    found = cell("QUA1", late)

    assert (found.point, found.state, found.known) == (0, CellState.OVERDUE, 0)
    assert found.reason == "Quality system maturity (ICH Q10): not answered by the deadline."


def test_unanswered_before_the_deadline_is_unknown_until_the_day_after_it() -> None:
    day_after = date(2026, 7, 15)
    asked = candidate(unanswered=(evidence("QUA1", None, on=day_after),))

    found = cell("QUA1", asked)

    assert (found.point, found.state, found.next_change) == (500_000, CellState.UNKNOWN, day_after)


def test_what_is_known_stands_before_a_silence() -> None:
    told = candidate(evidence("QUA1", {"level": 2}), unanswered=(evidence("QUA1", None, on=AS_OF),))

    assert cell("QUA1", told) == cell("QUA1", candidate(told.evidence[0]))


def test_silence_about_another_site_leaves_this_one_unknown_in_part_only() -> None:
    elsewhere = evidence("QUA1", None, on=AS_OF, site_id=99)
    two_parts = candidate(evidence("QUA1", {"level": 2}), unanswered=(elsewhere,))

    assert cell("QUA1", two_parts).state is CellState.KNOWN


def test_a_vendor_without_sites_that_leaves_the_question_about_them_open_has_not_answered() -> None:
    nobody = replace(
        candidate(unanswered=(evidence("capability.programs_by_phase", None, subject=SubjectType.VENDOR, on=AS_OF),)),
        vendor=replace(VENDOR, sites=()),
    )  # fmt: skip

    found = cell("MOD1", nobody)

    assert (found.point, found.state) == (0, CellState.OVERDUE)
    assert found.reason.endswith("not answered by the deadline.")


def test_a_service_asked_in_vain_counts_zero() -> None:
    silent = candidate(
        unanswered=(evidence("service.FORM_DEV.delivery", None, subject=SubjectType.VENDOR, on=AS_OF),)
    )

    found = cell("SVC1", silent, needs=program(required_services=("FORM_DEV",), required_operations=()))

    assert (found.point, found.state) == (0, CellState.OVERDUE)


def test_claimed_level_five_counts_as_three_and_says_so() -> None:
    found = cell("QUA1", candidate(evidence("QUA1", {"level": 5})))

    assert (found.high, found.reason, found.raw) == (600_000, "claimed 5", {"level": 5})


def test_not_applicable_says_why_for_every_candidate() -> None:
    found = cell("QUA7", candidate(evidence("QUA7", {"level": 5})), needs=program(sterile=False))

    assert (found.state, found.reason) == (CellState.NOT_APPLICABLE, "The product is not sterile.")


def test_an_unstated_condition_counts_as_true() -> None:
    assert cell("QUA7", candidate(), needs=program(sterile=None)).state == CellState.UNKNOWN


def test_absence_is_unknown_until_attested() -> None:
    needs = program(required_operations=("FILL_VIAL",))
    silent = cell("SVC1", candidate(), needs=needs)
    attested = replace(VENDOR, attestations={"capabilities": date(2026, 6, 1)})

    assert silent.state == CellState.UNKNOWN
    assert (cell("SVC1", candidate(vendor=attested), needs=needs).point) == 0


def test_partial_answer_counts_its_known_share() -> None:
    flags = {"flags": {"named_pm": 1, "joint_steering": 0}}
    record = evidence("RSK2", flags, subject=SubjectType.CANDIDATE, grade=Grade.A)

    neutral = cell("RSK2", candidate(record))
    worst_case = cell("RSK2", candidate(record), policy=Policy.CONSERVATIVE)
    known_only = cell("RSK2", candidate(record), policy=Policy.KNOWN_ONLY)

    assert (neutral.low, neutral.point, neutral.high, neutral.known) == (200_000, 500_000, 800_000, 400_000)
    assert (worst_case.point, known_only.point, known_only.known) == (200_000, 500_000, 400_000)


def test_two_sites_weigh_the_worst_with_70_percent() -> None:
    records = [
        evidence("QUA1", {"level": 4}, grade=Grade.A),
        evidence("QUA1", {"level": 2}, grade=Grade.A, site_id=2),
    ]
    needs = program(required_operations=("UPSTREAM", "DOWNSTREAM"))

    found = cell("QUA1", candidate(*records, vendor=two_sites()), needs=needs)

    assert (found.low, found.point, found.high) == (460_000, 460_000, 460_000)


def test_an_unknown_site_spans_everything() -> None:
    needs = program(required_operations=("UPSTREAM", "DOWNSTREAM"))
    facts = candidate(evidence("QUA1", {"level": 4}, grade=Grade.A), vendor=two_sites())

    neutral = cell("QUA1", facts, needs=needs)
    known_only = cell("QUA1", facts, needs=needs, policy=Policy.KNOWN_ONLY)

    # 70 % of the worst (0, .5, .8) and 30 % of the mean with .8
    assert (neutral.low, neutral.point, neutral.high) == (120_000, 545_000, 830_000)
    assert (neutral.known, known_only.point) == (500_000, 800_000)


def test_vendor_level_record_applies_to_each_site_and_a_site_record_stands_before_it() -> None:
    general = evidence("QUA1", {"level": 2}, subject=SubjectType.VENDOR, grade=Grade.A)
    own = evidence("QUA1", {"level": 4}, grade=Grade.A)

    assert cell("QUA1", candidate(general)).point == 400_000
    assert cell("QUA1", candidate(general, own)).point == 800_000


def test_ageing_widens_and_stale_counts_one_grade_lower() -> None:
    def at(on: date) -> Cell:
        return cell("QUA1", candidate(evidence("QUA1", {"level": 3}, grade=Grade.B, on=on)))

    fresh, ageing, stale = at(date(2024, 7, 1)), at(date(2024, 6, 30)), at(date(2023, 6, 30))

    assert (fresh.low, fresh.freshness, fresh.next_change) == (550_000, Freshness.FRESH, date(2026, 7, 2))
    assert (ageing.low, ageing.freshness, ageing.grade) == (500_000, Freshness.AGEING, Grade.B)
    assert (stale.low, stale.freshness, stale.grade) == (450_000, Freshness.STALE, Grade.C)
    assert (stale.strength, ageing.strength) == (640_000, 855_000)
    assert at(date(2021, 12, 31)).state == CellState.UNKNOWN


def test_next_change_is_the_day_on_which_the_cell_changes() -> None:
    record = evidence("QUA1", {"level": 3}, grade=Grade.B, on=date(2024, 7, 15))
    before = cell("QUA1", candidate(record))
    assert before.next_change is not None

    same = cell("QUA1", candidate(record), as_of=before.next_change - timedelta(days=1))
    changed = cell("QUA1", candidate(record), as_of=before.next_change)

    assert (same.low, changed.low) == (before.low, before.low - 50_000)


def test_record_of_the_future_does_not_count_yet_but_is_announced() -> None:
    found = cell("QUA1", candidate(evidence("QUA1", {"level": 3}, on=date(2026, 7, 10))))

    assert (found.state, found.next_change) == (CellState.UNKNOWN, date(2026, 7, 10))


# --- properties -------------------------------------------------------------------------------------------


def _values(code: str) -> st.SearchStrategy[dict[str, Any]]:
    schema = FACTS[code].schema
    for kind, strategy in _STRATEGIES:
        if isinstance(schema, kind):
            return strategy(schema)
    return st.nothing()


def _numbers(schema: Number) -> st.SearchStrategy[dict[str, Any]]:
    if schema.units:
        return st.integers(1, 5000).map(lambda number: {"number": number, "unit": schema.units[0]})
    high = 100 if schema.high is None else int(schema.high)
    return st.integers(int(schema.low or 0), high).map(lambda number: {"number": number})


def _rates(_: Rate) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(st.integers(0, 50), st.integers(0, 50)).map(
        lambda pair: {"successes": pair[0], "attempts": pair[0] + pair[1]}
    )


_STRATEGIES: list[tuple[type, Callable[[Any], st.SearchStrategy[dict[str, Any]]]]] = [
    (Rubric, lambda s: st.integers(s.low, s.high).map(lambda level: {"level": level})),
    (
        Flags,
        lambda s: st.dictionaries(st.sampled_from(s.options), st.sampled_from([0, 0.5, 1]), min_size=1).map(
            lambda flags: {"flags": flags}
        ),
    ),
    (Rate, _rates),
    (YesNo, lambda _: st.booleans().map(lambda yes: {"yes": yes})),
    (Number, _numbers),
    (Choice, lambda s: st.sampled_from(s.options).map(lambda choice: {"choice": choice})),
    (
        Choices,
        lambda s: st.lists(st.sampled_from(s.options), unique=True).map(lambda found: {"choices": found}),
    ),
    (
        Counts,
        lambda s: st.dictionaries(st.sampled_from(s.options), st.integers(0, 20)).map(
            lambda counts: {"counts": counts}
        ),
    ),
    (
        Day,
        lambda _: st.dates(date(2026, 1, 1), date(2027, 12, 31)).map(lambda day: {"date": day.isoformat()}),
    ),
]


_DRAWN = sorted(
    code
    for code, fact in FACTS.items()
    if isinstance(fact.schema, Rubric | Flags | Rate | YesNo | Number | Choice | Counts | Day)
    or (isinstance(fact.schema, Choices) and fact.schema.options)
)


@st.composite
def _records(draw: st.DrawFn) -> EvidenceFact:
    code = draw(st.sampled_from(_DRAWN))
    grade = draw(st.sampled_from(list(Grade)))
    refused = draw(st.integers(0, 9)) == 0
    value = None if refused else draw(_values(code))
    subject = draw(st.sampled_from(FACTS[code].subjects))
    on = AS_OF - timedelta(days=draw(st.integers(0, 1500)))
    site = draw(st.sampled_from([1, 2]))
    return evidence(
        code, value, subject=subject, grade=grade, on=on, site_id=site, capability_id=site * 10 + 1
    )


_SITES = (
    SITE,
    SiteFacts(2, 1, "Beta", "DE", "EUROPE", capabilities=(CapabilityFacts(21, 2, "MAB", "DOWNSTREAM"),)),
)
_BOTH = VendorFacts(1, "Vendor", _SITES)


@settings(max_examples=60, deadline=None)
@given(records=st.lists(_records(), max_size=40), policy=st.sampled_from(list(Policy)))
def test_every_cell_is_in_order_and_in_bounds(records: list[EvidenceFact], policy: Policy) -> None:
    for code, found in rate(candidate(*records, vendor=_BOTH), needs=NEEDS, policy=policy).items():
        assert 0 <= found.low <= found.point <= found.high <= 1_000_000, code
        assert 0 <= found.verified <= found.known <= 1_000_000, code
        assert 0 <= found.strength <= 1_000_000, code
        assert (found.known > 0) == (found.state == CellState.KNOWN), code
        if found.state in {CellState.REFUSED, CellState.OVERDUE}:
            assert found.point == 0, code
        assert json.loads(json.dumps(found.raw)) == found.raw, code


@settings(max_examples=25, deadline=None)
@given(records=st.lists(_records(), max_size=40), policy=st.sampled_from(list(Policy)))
def test_cells_are_what_the_engine_accepts(records: list[EvidenceFact], policy: Policy) -> None:
    rated = list(rate(candidate(*records, vendor=_BOTH), needs=NEEDS, policy=policy).values())

    def row(name: str) -> Any:
        return np.array([[getattr(found, name) for found in rated]], dtype=np.int64)

    states = np.array([[EngineState[found.state.name] for found in rated]], dtype=np.uint8)
    names = ("low", "point", "high", "known", "verified", "strength")

    cells = Cells(*(row(name) for name in names), states)

    assert cells.low.shape == (1, 62)


@settings(max_examples=40, deadline=None)
@given(records=st.lists(_records(), max_size=30), seed=st.integers(0, 1000))
def test_order_of_evidence_does_not_matter(records: list[EvidenceFact], seed: int) -> None:
    shuffled = sorted(records, key=lambda record: (record.id * 7919 + seed) % 101)

    assert rate(candidate(*records, vendor=_BOTH), needs=NEEDS) == rate(
        candidate(*shuffled, vendor=_BOTH), needs=NEEDS
    )


@settings(max_examples=40, deadline=None)
@given(records=st.lists(_records(), max_size=25), policy=st.sampled_from(list(Policy)))
def test_claims_never_beat_the_same_values_audited(records: list[EvidenceFact], policy: Policy) -> None:
    base = [record for record in records if not record.refused and record.target != "SVC8"]
    as_claimed = [evidence(r.target, r.value, subject=r.subject_type, on=r.obtained_on, grade=Grade.D,
                           site_id=r.site_id, capability_id=r.capability_id, id=r.id) for r in base]  # fmt: skip
    audited = [evidence(r.target, r.value, subject=r.subject_type, on=r.obtained_on, grade=Grade.B,
                        site_id=r.site_id, capability_id=r.capability_id, id=r.id) for r in base]  # fmt: skip

    claims = rate(candidate(*as_claimed, vendor=_BOTH), needs=NEEDS, policy=policy)
    audits = rate(candidate(*audited, vendor=_BOTH), needs=NEEDS, policy=policy)

    for code, claim in claims.items():
        assert claim.point <= audits[code].point or audits[code].known > claim.known, code


_LOWEST_FIELDS: dict[str, dict[str, Any]] = {
    "capability.gmp": {"yes": False},
    "capability.scale_max": {"number": 0, "unit": "L"},
    "capability.lead_time_weeks": {"number": 900},
    "capability.programs_by_phase": {"counts": {}},
    "capability.changeover_days": {"number": 900},
    "capability.phases": {"choices": []},
    "service.STABILITY.delivery": {"choice": "none"},
    "service.REG_LIAISON.markets": {"choices": []},
    "site.single_use_pct": {"number": 0},
    "site.dpmm_level": {"level": 1},
    "site.authorities_inspected": {"authorities": []},
    "MOD5": {"number": 0},
    "GEO5": {"number": 0},
}
_WORST = {**{code: _lowest(code) for code in _ANSWERABLE}, **_LOWEST_FIELDS}


@settings(max_examples=60, deadline=None)
@given(
    records=st.lists(_records(), max_size=25),
    code=st.sampled_from(sorted(_WORST)),
    policy=st.sampled_from([Policy.NEUTRAL, Policy.CONSERVATIVE]),
    site=st.sampled_from([1, 2]),
)
def test_refusing_one_thing_among_many_never_beats_its_lowest_answer(
    records: list[EvidenceFact], code: str, policy: Policy, site: int
) -> None:
    rest = [record for record in records if record.target != code]
    lowest = evidence(
        code, _WORST[code], subject=FACTS[code].subjects[0], site_id=site, capability_id=site * 10 + 1
    )
    refusal = replace(lowest, value=None, refused=True)

    answered = rate(candidate(*rest, lowest, vendor=_BOTH), needs=NEEDS, policy=policy)
    refused = rate(candidate(*rest, refusal, vendor=_BOTH), needs=NEEDS, policy=policy)

    assert [leaf for leaf, found in refused.items() if found.point > answered[leaf].point] == []
