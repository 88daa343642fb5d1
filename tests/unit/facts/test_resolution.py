"""Which record counts, how old it is, and what contradicts what."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vendors.resolution import (
    AgeLimits,
    EvidenceFact,
    Place,
    Standing,
    add_months,
    contradictions,
    resolve,
    standing,
)
from vendors.vocabulary import ClaimType, Freshness, Grade, SubjectType

AS_OF = date(2026, 7, 1)
LIMITS = AgeLimits(12, 24)
PLACE = Place(
    vendor_ids=frozenset({1}),
    site_ids=frozenset({1}),
    capability_ids=frozenset({1}),
    candidate_id=1,
    proposal_id=1,
    modalities=frozenset({"MAB"}),
    operations=frozenset({"UPSTREAM"}),
    program_id=1,
)


def _record(number: int, **changes: Any) -> EvidenceFact:
    usual: dict[str, Any] = {
        "target": "QUA1",
        "subject_type": SubjectType.SITE,
        "value": {"level": 3},
        "obtained_on": date(2026, 6, 1),
        "vendor_id": 1,
        "site_id": 1,
        "capability_id": 1,
        "candidate_id": 1,
        "proposal_id": 1,
    }
    return EvidenceFact(id=number, **{**usual, **changes})


VERIFIED = {"claim_type": ClaimType.VERIFIED, "reviewed": True, "grade": Grade.C}


@pytest.mark.parametrize(
    ("loser", "winner"),
    [
        ({"grade": Grade.D, "obtained_on": date(2026, 6, 30)}, {**VERIFIED, "obtained_on": date(2025, 8, 1)}),
        ({"subject_type": SubjectType.VENDOR}, {"subject_type": SubjectType.SITE}),
        ({"subject_type": SubjectType.SITE}, {"subject_type": SubjectType.CAPABILITY}),
        ({"subject_type": SubjectType.CAPABILITY}, {"subject_type": SubjectType.CANDIDATE}),
        ({"subject_type": SubjectType.CANDIDATE}, {"subject_type": SubjectType.PROPOSAL}),
        ({}, {"modality": "MAB"}),
        ({"modality": "MAB"}, {"modality": "MAB", "program_id": 1}),
        ({"grade": Grade.E}, {"grade": Grade.D, "obtained_on": date(2026, 5, 1)}),
        ({"obtained_on": date(2026, 5, 1)}, {"obtained_on": date(2026, 5, 2)}),
        ({}, {}),
        # a stale D is an E, so a fresh E that is newer wins
        ({"grade": Grade.D, "obtained_on": date(2024, 6, 1)}, {"grade": Grade.E}),
    ],
    ids=[
        "verified", "site", "capability", "candidate", "proposal", "scope", "more scope", "grade", "newer", "id",
        "effective grade",
    ],
)  # fmt: skip
def test_order_of_precedence(loser: dict[str, Any], winner: dict[str, Any]) -> None:
    records = [_record(1, **loser), _record(2, **winner)]

    for order in (records, records[::-1]):
        found = resolve(order, PLACE, limits=LIMITS, as_of=AS_OF)
        assert found is not None
        assert found.record.id == 2


@pytest.mark.parametrize(
    "other",
    [
        {"site_id": 2},
        {"subject_type": SubjectType.VENDOR, "vendor_id": 2},
        {"subject_type": SubjectType.CANDIDATE, "candidate_id": 2},
        {"modality": "ADC"},
        {"operation": "FILL_VIAL"},
        {"program_id": 2},
        {"obtained_on": date(2026, 7, 2)},
        {"obtained_on": date(2023, 6, 30)},
        {"valid_until": date(2026, 6, 30)},
        {"grade": Grade.E, "obtained_on": date(2024, 6, 1)},
    ],
)
def test_record_that_does_not_speak_here_and_now(other: dict[str, Any]) -> None:
    assert resolve([_record(1, **other)], PLACE, limits=LIMITS, as_of=AS_OF) is None


@pytest.mark.parametrize(
    ("obtained_on", "expected"),
    [
        (date(2026, 7, 1), Standing(Freshness.FRESH, Grade.C, date(2027, 7, 2))),
        (date(2025, 7, 1), Standing(Freshness.FRESH, Grade.C, date(2026, 7, 2))),
        (date(2025, 6, 30), Standing(Freshness.AGEING, Grade.C, date(2027, 7, 1))),
        (date(2024, 7, 1), Standing(Freshness.AGEING, Grade.C, date(2026, 7, 2))),
        (date(2024, 6, 30), Standing(Freshness.STALE, Grade.D, date(2027, 7, 1))),
        (date(2023, 7, 1), Standing(Freshness.STALE, Grade.D, date(2026, 7, 2))),
        (date(2023, 6, 30), None),
    ],
)
def test_age_at_each_boundary(obtained_on: date, expected: Standing | None) -> None:
    found = standing(grade=Grade.C, obtained_on=obtained_on, valid_until=None, limits=LIMITS, as_of=AS_OF)

    assert found == expected


def test_validity_ends_before_the_age_does() -> None:
    found = standing(
        grade=Grade.B, obtained_on=AS_OF, valid_until=date(2026, 7, 1), limits=LIMITS, as_of=AS_OF
    )

    assert found == Standing(Freshness.FRESH, Grade.B, date(2026, 7, 2))


def test_record_without_an_age_keeps_its_grade() -> None:
    limits = AgeLimits(None, None)

    found = standing(
        grade=Grade.B, obtained_on=date(1999, 1, 1), valid_until=None, limits=limits, as_of=AS_OF
    )

    assert found == Standing(Freshness.FRESH, Grade.B, None)


def test_half_a_month_is_fifteen_days() -> None:
    limits = AgeLimits(6, 9)
    last = date(2027, 8, 16)
    arguments = {"grade": Grade.B, "obtained_on": AS_OF, "valid_until": None, "limits": limits}

    assert standing(as_of=last, **arguments) is not None  # type: ignore[arg-type]
    assert standing(as_of=date(2027, 8, 17), **arguments) is None  # type: ignore[arg-type]


@given(day=st.dates(date(1990, 1, 1), date(2090, 1, 1)), months=st.integers(-240, 240))
def test_months_keep_the_day_or_take_the_last(day: date, months: int) -> None:
    found = add_months(day, months)

    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day == day.day or (found.day < day.day and add_months(found, 0) == found)


def _level(record: EvidenceFact) -> int | None:
    return None if record.value is None else int(record.value["level"]) * 200_000


def _found(*records: EvidenceFact) -> list[tuple[int, int]]:
    clashes = contradictions(records, limits=LIMITS, as_of=AS_OF, value_of=_level)
    return [(clash.first_id, clash.second_id) for clash in clashes]


def test_claim_far_from_the_verified_value_is_a_contradiction() -> None:
    claim, check = _record(1, value={"level": 5}), _record(2, value={"level": 3}, **VERIFIED)

    assert _found(claim, check) == [(1, 2)]
    assert _found(check, claim) == [(1, 2)]


@pytest.mark.parametrize(
    "claim",
    [
        {"value": {"level": 4}},
        {"value": {"level": 5}, "site_id": 2},
        {"value": {"level": 5}, "modality": "MAB"},
        {"value": {"level": 5}, "obtained_on": date(2020, 1, 1)},
        {"value": None, "refused": True},
    ],
    ids=["one level apart", "another site", "another scope", "expired", "refused"],
)
def test_what_is_not_a_contradiction(claim: dict[str, Any]) -> None:
    assert _found(_record(1, **claim), _record(2, value={"level": 3}, **VERIFIED)) == []


def test_two_claims_do_not_contradict_but_two_checks_do() -> None:
    assert _found(_record(1, value={"level": 5}), _record(2, value={"level": 1})) == []
    assert _found(_record(1, value={"level": 5}, **VERIFIED), _record(2, value={"level": 1}, **VERIFIED)) == [
        (1, 2)
    ]


def test_flag_claimed_and_verified_as_missing_is_a_contradiction() -> None:
    claim = _record(1, target="RSK2", value={"flags": {"a": 1, "b": 1, "c": 1}})
    check = _record(2, target="RSK2", value={"flags": {"a": 1, "b": 0}}, **VERIFIED)

    clashes = contradictions([claim, check], limits=LIMITS, as_of=AS_OF, value_of=lambda _: None)

    assert [(clash.flags, clash.difference) for clash in clashes] == [(("b",), 0)]
