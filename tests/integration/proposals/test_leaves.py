"""What an offer moves: every criterion and must-have that reads proposals, as of a day, by the organisation's rates."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from cdmo_eval.core.policies import Actor
from scorecards import loading
from scorecards.fit import Cell
from scorecards.frame import frame_of
from scorecards.models import Candidate, DirtyRow, Program, Scorecard
from scorecards.rating import Rated, rate_candidate
from scorecards.services.proposals import withdraw_proposal
from tests.factories.core import NOW
from tests.factories.proposals import line, make_proposal, make_rate
from tests.factories.scorecards import make_candidate, make_program, make_scorecard
from tests.factories.vendors import make_evidence, make_vendor
from vendors.services import Subject

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
PPM = 1_000_000


@pytest.fixture
def program(scope: Actor) -> Program:
    """A budget of a thousand euros over two items, and forty weeks to the milestone."""
    return make_program(
        scope.organization, budget_amount=1000, budget_currency="EUR", scope_items=["drug substance", "stability"],
        weeks_to_milestone=40,
    )  # fmt: skip


@pytest.fixture
def candidate(program: Program) -> Candidate:
    return make_candidate(program, make_vendor(program.organization, name="Alder"))


@pytest.fixture
def scorecard(candidate: Candidate) -> Scorecard:
    return make_scorecard(
        candidate.program, candidates=[candidate], gates=[{"subject": "proposal.serialisation", "operator": "==", "value": True}]
    )  # fmt: skip


def rated(scorecard: Scorecard, as_of: date = TODAY) -> Rated:
    frame = frame_of(Scorecard.objects.get(pk=scorecard.pk), as_of=as_of)
    (loaded,) = loading.load_candidates(
        scorecard.organization, scorecard.program, sorted(frame.members), as_of=as_of
    )
    return rate_candidate(frame, loaded, {})


def cells(scorecard: Scorecard, as_of: date = TODAY) -> Mapping[str, Cell]:
    return rated(scorecard, as_of).cells


def shown(cell: Cell) -> tuple[int, int, int, int]:
    return cell.low, cell.high, cell.known, cell.verified


WHOLE = (line("drug substance", 400), line("stability", 30, quantity=10))


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("COM1", {}),
        ("COM2", {"weeks_to_milestone": 36}),
        ("SVC4", {"stand_alone_stages": ["PH1"]}),
        ("SCL6", {"slot_week": date(2026, 11, 2)}),
        ("RSK2", {"terms": {"named_pm": 1, "joint_steering": 0.5}}),
        ("RSK3", {"terms": {"joint_reports": 1}}),
        ("RSK5", {"terms": {"no_sponsor_capex": 1}}),
    ],
)
def test_each_criterion_of_an_offer_is_read_from_it(
    scorecard: Scorecard, candidate: Candidate, code: str, fields: dict[str, Any]
) -> None:
    before = cells(scorecard)[code]

    make_proposal(candidate, *WHOLE, signed=True, **fields)
    after = cells(scorecard)[code]

    assert (before.known, after.known > 0, after.verified > 0) == (0, True, True)


def test_without_a_signed_offer_the_figures_are_claims(scorecard: Scorecard, candidate: Candidate) -> None:
    make_proposal(candidate, *WHOLE)
    claimed = cells(scorecard)["COM1"]

    make_proposal(candidate, *WHOLE, signed=True)
    signed = cells(scorecard)["COM1"]

    assert shown(claimed) == (700_000, PPM, PPM, 0)  # 700 of 1000: all points; 30 % less without proof
    assert shown(signed) == (850_000, PPM, PPM, PPM)
    assert (claimed.grade, signed.grade) == ("D", "C")


def test_an_item_without_a_price_leaves_the_price_open(scorecard: Scorecard, candidate: Candidate) -> None:
    make_proposal(candidate, line("drug substance", 900), line("stability"))
    found = cells(scorecard)["COM1"]

    assert (found.low, found.known, found.reason) == (0, PPM // 2, "No price for stability.")


@pytest.mark.parametrize("inclusion", ["excluded", "missing"])
def test_an_item_that_is_not_offered_leaves_the_price_open(
    scorecard: Scorecard, candidate: Candidate, inclusion: str
) -> None:
    lines = [line("drug substance", 900)]
    if inclusion == "excluded":
        lines.append(line("stability", 50, inclusion="excluded"))
    make_proposal(candidate, *lines)

    found = cells(scorecard)["COM1"]

    assert (found.low, found.known, found.raw["price"]) == (0, PPM // 2, 900.0)


def test_pass_throughs_that_are_not_stated_leave_the_price_open(
    scorecard: Scorecard, candidate: Candidate
) -> None:
    make_proposal(candidate, *WHOLE, pass_throughs=None)
    found = cells(scorecard)["COM1"]

    assert (found.low, found.known, found.reason) == (0, 666_667, "No price for pass-through costs.")


def test_optional_lines_pass_throughs_and_capex_count(scorecard: Scorecard, candidate: Candidate) -> None:
    make_proposal(
        candidate, line("drug substance", 400), line("stability", 50, quantity=2, inclusion="optional"),
        line("a journey", 5000), pass_throughs=150, capex=50,
    )  # fmt: skip

    assert cells(scorecard)["COM1"].raw["price"] == 700.0


def test_a_price_in_another_currency_is_converted_by_the_newest_rate(
    scorecard: Scorecard, candidate: Candidate, program: Program
) -> None:
    make_proposal(candidate, *WHOLE, currency="USD")
    unknown = cells(scorecard)["COM1"]

    make_rate(program.organization, "USD", "EUR", "0.5", on=TODAY - timedelta(days=40))
    make_rate(program.organization, "USD", "EUR", "1.25", on=TODAY - timedelta(days=2))
    make_rate(program.organization, "EUR", "USD", "0.8")
    converted = cells(scorecard)["COM1"]

    assert (unknown.known, unknown.reason) == (0, "No exchange rate from USD to EUR by 2026-07-01.")
    note = "1 USD = 1.25 EUR (2026-06-29 ECB)"
    assert converted.raw == {
        "price": 700.0, "currency": "USD", "budget": 1000.0, "converted": 875.0, "rate": note,
    }  # fmt: skip
    assert converted.reason == note
    assert cells(scorecard, TODAY - timedelta(days=3))["COM1"].known == 0  # the offer came later


def test_a_rate_is_part_of_the_key_of_every_rating(scorecard: Scorecard, program: Program) -> None:
    def key() -> str:
        return frame_of(Scorecard.objects.get(pk=scorecard.pk), as_of=TODAY).rating_key

    keys = [key()]
    make_rate(program.organization, "USD", "JPY", "150")
    keys.append(key())
    make_rate(program.organization, "USD", "EUR", "0.9")
    keys.append(key())
    make_rate(program.organization, "USD", "EUR", "0.91")
    keys.append(key())

    assert keys[0] == keys[1]
    assert len(set(keys[1:])) == 3


def test_the_highest_version_received_by_the_day_counts(scorecard: Scorecard, candidate: Candidate) -> None:
    first = make_proposal(candidate, line("drug substance", 700), received_on=TODAY - timedelta(days=30))
    second = make_proposal(candidate, line("drug substance", 900), received_on=TODAY - timedelta(days=3))
    prices = {day: cells(scorecard, TODAY - timedelta(days=day))["COM1"].raw for day in (0, 3, 4, 30, 31)}

    assert (first.version, second.version) == (1, 2)
    assert {day: raw and raw["price"] for day, raw in prices.items()} == {
        0: 900.0, 3: 900.0, 4: 700.0, 30: 700.0, 31: None,
    }  # fmt: skip


def test_an_offer_that_is_no_longer_valid_says_nothing(scorecard: Scorecard, candidate: Candidate) -> None:
    until = TODAY + timedelta(days=10)
    make_proposal(candidate, *WHOLE, valid_until=until, must_have_terms={"serialisation": True})
    last, after = rated(scorecard, until), rated(scorecard, until + timedelta(days=1))

    assert (last.cells["COM1"].known, last.cells["COM1"].next_change) == (PPM, until + timedelta(days=1))
    assert (after.cells["COM1"].known, after.cells["COM1"].reason) == (
        0, "The proposal is too old or no longer valid.",
    )  # fmt: skip
    assert [(one.gates[-1].result.outcome, one.gates[-1].next_change) for one in (last, after)] == [
        ("pass", until + timedelta(days=1)), ("unknown", None),
    ]  # fmt: skip


def test_withdrawing_a_version_lets_the_one_before_count_again(
    scorecard: Scorecard, candidate: Candidate, scope: Actor
) -> None:
    make_proposal(candidate, line("drug substance", 700))
    second = make_proposal(candidate, line("drug substance", 900))

    withdraw_proposal(proposal=second, reason="A slip", by=scope, now=NOW)

    assert cells(scorecard)["COM1"].raw["price"] == 700.0


def test_evidence_about_the_version_that_counts_is_read(scorecard: Scorecard, candidate: Candidate) -> None:
    proposal = make_proposal(candidate, *WHOLE)
    subject = Subject.of_proposal(candidate.vendor, candidate.pk, proposal.pk)
    make_evidence(subject, "COM5", {"level": 2})

    assert cells(scorecard)["COM5"].raw == {"level": 2}
    make_proposal(candidate, *WHOLE)
    assert cells(scorecard)["COM5"].known == 0


def test_an_offer_marks_its_candidate_and_a_rate_the_programmes_budgeted_in_it(
    scorecard: Scorecard, candidate: Candidate, scope: Actor
) -> None:
    other = make_scorecard(make_program(scope.organization, budget_amount=9, budget_currency="USD"))

    def dirty() -> set[tuple[int, int | None]]:
        rows = set(DirtyRow.objects.values_list("scorecard_id", "candidate_id"))
        DirtyRow.objects.all().delete()
        return rows

    dirty()
    proposal = make_proposal(candidate, *WHOLE)
    of_offer = dirty()
    withdraw_proposal(proposal=proposal, reason="A slip", by=scope, now=NOW)
    of_withdrawal = dirty()
    make_rate(scope.organization, "EUR", "USD", "1.1")
    of_rate = dirty()

    assert of_offer == {(scorecard.pk, candidate.pk)}
    assert of_withdrawal == {(scorecard.pk, candidate.pk)}
    assert of_rate == {(other.pk, 0)}


def test_the_counted_version_is_part_of_the_input(scorecard: Scorecard, candidate: Candidate) -> None:
    digests = [rated(scorecard).digest]
    for _ in range(2):
        make_proposal(candidate, *WHOLE)
        digests.append(rated(scorecard).digest)

    assert len(set(digests)) == 3
