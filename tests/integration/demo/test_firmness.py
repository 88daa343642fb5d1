"""Everything that says how firm a ranking is says the same, on every scorecard of the demo."""

from fractions import Fraction
from typing import Any

import pytest
from django.utils import timezone

from cdmo_eval.core.models import Membership, Organization
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.engine.draws import Models, WeightModel
from scorecards.engine.robustness import run as count
from scorecards.models import Result, Scorecard
from scorecards.selectors.firmness import CriterionFirmness, Field, FlipFigures, read_field
from scorecards.selectors.next_questions import Question, next_questions
from scorecards.selectors.pages import View, ranking_board
from scorecards.selectors.simulations import Request, problems_of
from scorecards.services.scorecards import update_scorecard
from scorecards.services.what_if import CellChange, Change, what_if
from tests.integration.demo.conftest import apart

pytestmark = pytest.mark.django_db
STEP = Fraction(1, 10**6)


def actor(organization: Organization) -> Actor:
    member = Membership.objects.select_related("user").get(organization=organization, role=Role.MANAGER)
    return Actor(organization=organization, role=Role.MANAGER, name=member.user.name, user=member.user)


def scorecards(organization: Organization) -> list[Scorecard]:
    rows = Scorecard.objects.filter(archived_at__isnull=True)
    return [
        row for row in rows.select_related("program", "framework", "organization") if not row.scores_hidden
    ]


def leader(scorecard: Scorecard, change: Change, organization: Organization) -> str:
    found = what_if(scorecard=scorecard, change=change, by=actor(organization), now=timezone.now())
    return str(found.rows[0].candidate.public_id)


def points(field: Field, one: CriterionFirmness, weight: Fraction) -> dict[str, str]:
    """Points of the groups with one of them at a weight and the others in proportion."""
    now, groups = Fraction(one.criterion.weight_ppb, 10**9), [c for c in field.criteria if c.is_group]
    shares = {group.code: Fraction(group.weight_ppb, 10**9) * (1 - weight) / (1 - now) for group in groups}
    shares[one.criterion.code] = weight
    return {code: f"{float(share):.11f}" for code, share in shares.items()}


def group_flips(field: Field) -> list[tuple[CriterionFirmness, FlipFigures, int]]:
    """Changes of first place by the weight of a group, with the direction away from the present weight."""
    return [
        (one, flip, direction)
        for one in field.all
        if one.criterion.is_group
        for flip, direction in ((one.below, -1), (one.above, 1))
        if flip is not None and 2 * STEP < flip.weight_exact < 1 - 2 * STEP
    ]


def test_answer_flip_points_and_ranks_name_the_same_leader(demo: Organization) -> None:
    with organization_scope(demo.pk, "test"):
        for scorecard in scorecards(demo):
            field = read_field(scorecard)
            board = ranking_board(scorecard, view=View.NUMBERS, start="", page=1, now=timezone.now())
            first = board.answer.leader
            assert first is not None
            assert first.figures.candidate_id == field.standings[0].public_id
            for one in field.all:
                assert (
                    one.found is None
                    or one.found.leader_stays[0] <= one.found.now <= one.found.leader_stays[1]
                )
                assert one.found is None or one.found.order_stays[0] >= one.found.leader_stays[0]
            if field.nearest is not None and not field.tied:
                assert field.standings[0] in field.nearest.nearest.passed  # type: ignore[union-attr]


def test_weights_past_a_flip_point_flip_there_in_a_what_if(demo: Organization) -> None:
    tried = 0
    with organization_scope(demo.pk, "test"):
        for scorecard in scorecards(demo):
            field = read_field(scorecard)
            if scorecard.weight_locks:  # a locked weight stays where it is
                continue
            for one, flip, direction in group_flips(field)[:2]:
                before, after = (
                    leader(
                        scorecard,
                        Change(weights=points(field, one, flip.weight_exact + side * direction * STEP)),
                        demo,
                    )
                    for side in (-1, 1)
                )
                assert before == field.standings[0].public_id, (scorecard.name, one.sentence)
                assert after in {standing.public_id for standing in flip.passing}, (
                    scorecard.name,
                    one.sentence,
                )
                tried += 1

    assert tried >= 5


def test_simulated_ranks_stay_within_the_ranks_that_the_intervals_allow(demo: Organization) -> None:
    request = Request(Models(weights=WeightModel.FIXED), draws=400)
    with organization_scope(demo.pk, "test"):
        for scorecard in scorecards(demo):
            field = read_field(scorecard)
            tally = count(problems_of(field, request)[0])
            rows = {
                row.candidate.public_id: row
                for row in Result.objects.filter(scorecard=scorecard).select_related("candidate")
            }
            assert tally.ranks.sum(axis=1).tolist() == [400] * len(field.rows)
            for place, standing in enumerate(field.standings):
                row: Any = next(found for key, found in rows.items() if str(key) == standing.public_id)
                taken = [rank for rank, cases in enumerate(tally.ranks[place].tolist(), start=1) if cases]
                assert row.best_rank <= taken[0]
                assert taken[-1] <= row.worst_rank


def test_next_questions_change_the_leader_exactly_when_they_say_so(demo: Organization) -> None:
    with organization_scope(demo.pk, "test"):
        for scorecard in scorecards(demo):
            field = read_field(scorecard)
            for question in next_questions(field).questions[:2]:
                ends = {leader(scorecard, Change(cells=[end]), demo) for end in ends_of(field, question)}
                changes = ends != {field.standings[0].public_id}
                assert changes == (question.leader_ppm > 0), (scorecard.name, question)


def ends_of(field: Field, question: Question) -> list[CellChange]:
    row, column = field.standings.index(question.standing), question.criterion.columns[0]
    return [
        CellChange(
            question.standing.public_id, question.criterion.code, Fraction(int(end[row, column]), 10_000)
        )
        for end in field.interval
    ]


def test_saved_weights_flip_first_place_exactly_there(demo: Organization) -> None:
    """Weights really saved and calculated, just before the stated point and just after; then put back."""
    with organization_scope(demo.pk, "test"):
        found = [(scorecard, read_field(scorecard)) for scorecard in scorecards(demo)]
        scorecard, field = next(
            (scorecard, field)
            for scorecard, field in found
            if group_flips(field) and not (scorecard.weights_locked_at or scorecard.weight_locks)
        )
        one, flip, direction = group_flips(field)[0]
        kept = {code: scorecard.weights[code] for code in points(field, one, flip.weight_exact)}

    def first_with(weights: dict[str, str]) -> str:
        with organization_scope(demo.pk, "test"):
            row = Scorecard.objects.select_related("organization").get(pk=scorecard.pk)
            update_scorecard(
                scorecard=row,
                expected_version=row.version,
                weights=weights,
                by=actor(demo),
                now=timezone.now(),
            )
        recompute.run(scorecard.pk, clock=timezone.now)
        with organization_scope(demo.pk, "test"):
            top = (
                Result.objects.filter(scorecard=scorecard)
                .select_related("candidate")
                .order_by("position")
                .first()
            )
            assert top is not None
            return str(top.candidate.public_id)

    before, after, back = (
        apart(lambda weights=weights: first_with(weights))  # type: ignore[misc]
        for weights in (
            points(field, one, flip.weight_exact - direction * STEP),
            points(field, one, flip.weight_exact + direction * STEP),
            kept,
        )
    )

    assert before == back == field.standings[0].public_id, one.sentence
    assert after in {standing.public_id for standing in flip.passing}, one.sentence
